//! PostgreSQL is killed under load: what was acknowledged is there, once, and the shim goes on by itself.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use pg_campaign_tests::shim::grant_login;
use pg_campaign_tests::{Cluster, Reply, Shim};
use serde_json::json;

const ROUNDS: usize = 20;
const VISITORS: usize = 16;

/// How long the shim may be without an answer after PostgreSQL is back.
const PATIENCE: Duration = Duration::from_secs(30);

/// How long it usually is.
const USUAL_GAP: Duration = Duration::from_secs(2);

/// A visit that the shim said was recorded.
struct Acknowledged {
    visit: String,
    session: String,
    code: &'static str,
}

/// Tells the visitors to go when it is dropped, so that a failure elsewhere does not wait for them for ever.
struct Closing<'a>(&'a AtomicBool);

impl Drop for Closing<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Small numbers that look random (xorshift).
struct Dice(u64);

impl Dice {
    fn throw(&mut self, below: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % below
    }
}

fn click(shim: &Shim, code: &str, session: &str) -> Reply {
    let visit =
        json!({"tracking_code": code, "session_id": session, "landing_page": "/p", "user_agent": "Mozilla/5.0"});
    shim.browse("/campaigns/track-visit", &visit)
}

/// Clicks until closing time. Most sessions are new; now and then one comes again by the other campaign's link. A click
/// that is not acknowledged is sent again, as the snippet in a shop's page would.
fn visit(shim: &Shim, visitor: usize, closed: &AtomicBool, served: &AtomicUsize) -> Vec<Acknowledged> {
    let mut acknowledged = Vec::new();
    for number in 0.. {
        // Two visitors share each session that comes again, so that clicks of one session meet.
        let (session, code) = match number % 8 {
            7 => (format!("again-{}", visitor / 2), if number % 16 == 7 { "A" } else { "B" }),
            _ => (format!("new-{visitor}-{number}"), "A"),
        };
        loop {
            if closed.load(Ordering::Relaxed) {
                return acknowledged;
            }
            let reply = click(shim, code, &session);
            if reply.status == 200 {
                let visit = reply.json["data"]["visit_id"].as_str().expect("a person's click is recorded").to_owned();
                acknowledged.push(Acknowledged { visit, session, code });
                served.fetch_add(1, Ordering::Relaxed);
                break;
            }
            reply.refused(503, "unavailable", "");
            thread::sleep(Duration::from_millis(50));
        }
    }
    acknowledged
}

#[test]
fn nothing_acknowledged_is_lost_when_postgresql_is_killed() {
    let seed = SystemTime::UNIX_EPOCH.elapsed().map_or(1, |since| since.as_nanos() as u64 | 1);
    println!("seed {seed}");
    let mut dice = Dice(seed);
    let cluster = Cluster::start();
    cluster.admin(|admin| {
        admin.run("alter system set fsync = on");
        admin.run("alter system set full_page_writes = on");
        admin.run("select pg_reload_conf()");
        admin.run("create extension pg_campaign; select campaign_install()");
        admin.campaign("A");
        admin.campaign("B");
        grant_login(admin, "shim");
    });
    // What was made so far is on the disk before the first crash.
    cluster.halt();
    cluster.resume();
    assert_eq!(cluster.admin(|admin| admin.show("show fsync")), "on");
    let shim =
        Shim::start_on(&cluster.url("postgres", "shim"), &["--pool-timeout", "500ms", "--connect-timeout", "500ms"]);

    let (closed, served) = (AtomicBool::new(false), AtomicUsize::new(0));
    let acknowledged: Vec<Acknowledged> = thread::scope(|scope| {
        let closing = Closing(&closed);
        let visitors: Vec<_> = (0..VISITORS)
            .map(|visitor| {
                let (shim, closed, served) = (&shim, &closed, &served);
                scope.spawn(move || visit(shim, visitor, closed, served))
            })
            .collect();
        let mut gaps = Vec::new();
        for round in 0..ROUNDS {
            let before = served.load(Ordering::Relaxed);
            thread::sleep(Duration::from_millis(50 + dice.throw(400)));
            cluster.kill();
            cluster.resume();
            let back = Instant::now();
            while click(&shim, "A", &format!("probe-{round}")).status != 200 {
                assert!(back.elapsed() < PATIENCE, "round {round}: not served again after {:?}", back.elapsed());
                thread::sleep(Duration::from_millis(10));
            }
            gaps.push(back.elapsed());
            println!(
                "round {round}: {} acknowledged, served again after {:?}",
                served.load(Ordering::Relaxed) - before,
                back.elapsed()
            );
        }
        // Of all rounds, because a machine that does other things may be slow for a moment.
        gaps.sort_unstable();
        assert!(gaps[ROUNDS / 2] < USUAL_GAP, "usually served again after {:?} only", gaps[ROUNDS / 2]);
        drop(closing);
        visitors.into_iter().flat_map(|visitor| visitor.join().expect("every visitor is answered")).collect()
    });
    assert!(acknowledged.len() > ROUNDS * VISITORS, "only {} clicks: this tests nothing", acknowledged.len());

    cluster.admin(|admin| {
        // The table itself is asked, not an index that a crash might have left behind.
        admin.run("set enable_indexscan = off; set enable_indexonlyscan = off; set enable_bitmapscan = off");
        admin.run("create temp table acknowledged (visit uuid, session text, code text)");
        for some in acknowledged.chunks(5_000) {
            let mut rows = String::new();
            for Acknowledged { visit, session, code } in some {
                let comma = if rows.is_empty() { "" } else { "," };
                write!(rows, "{comma}('{visit}','{session}','{code}')").expect("a string takes all");
            }
            admin.run(&format!("insert into acknowledged values {rows}"));
        }
        assert_eq!(admin.show("select count(*) from acknowledged"), acknowledged.len().to_string());
        let none = |what: &str, query: &str| assert_eq!(admin.show(query), "", "{what}");
        none(
            "acknowledged, but not there or another's",
            "select a.* from acknowledged a
               left join campaign_visits v on v.id = a.visit
               left join campaigns c on c.id = v.campaign_id
              where (v.session_id, c.tracking_code) is distinct from (a.session, a.code) limit 5",
        );
        none(
            "there more than once",
            "select session_id, touch_no from campaign_visits group by 1, 2 having count(*) > 1 limit 5",
        );
        none("ids there more than once", "select id from campaign_visits group by 1 having count(*) > 1 limit 5");
        none(
            "touches with gaps",
            "select session_id from campaign_visits group by 1
             having min(touch_no) <> 1 or max(touch_no) <> count(*) or count(distinct session_no) <> 1 limit 5",
        );
        none(
            "sessions that came once and have more than one visit",
            "select session_id from campaign_visits where session_id not like 'again-%' group by 1 having count(*) > 1 limit 5",
        );
        assert_eq!(
            admin.show("select count(distinct session_id) from campaign_visits where session_id like 'probe-%'"),
            ROUNDS.to_string()
        );
        assert_ne!(admin.show("select max(touch_no) from campaign_visits where session_id like 'again-%'"), "1");
    });
}
