//! PostgreSQL is killed under load: what was acknowledged is there, once, orders and conversions one to one, and the shim
//! goes on by itself.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use pg_campaign_tests::shim::grant_login;
use pg_campaign_tests::{Cluster, Reply, Session, Shim};
use postgres::{Client, NoTls};
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

/// A number to begin with, told so that a failure can be played again.
fn seed() -> u64 {
    let seed = SystemTime::UNIX_EPOCH.elapsed().map_or(1, |since| since.as_nanos() as u64 | 1);
    println!("seed {seed}");
    seed
}

/// Lets the server write as a shop's would. A killed process loses nothing that it handed to the kernel, so fsync decides
/// nothing here; but a kill can end the write of a page half way, which full_page_writes mends.
fn write_to_the_disk(admin: &Session) {
    admin.run("alter system set fsync = on");
    admin.run("alter system set full_page_writes = on");
    admin.run("select pg_reload_conf()");
}

/// A query that tells what is wrong must answer nothing.
#[track_caller]
fn none(session: &Session, what: &str, query: &str) {
    assert_eq!(session.show(query), "", "{what}");
}

#[test]
fn nothing_acknowledged_is_lost_when_postgresql_is_killed() {
    let mut dice = Dice(seed());
    let cluster = Cluster::start();
    cluster.admin(|admin| {
        write_to_the_disk(admin);
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
        let none = |what: &str, query: &str| none(admin, what, query);
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

/// How often the server is killed while orders come. `make soak` sets it to 50.
const CRASHES: &str = "CRASHES";

/// Clients that shop at once, half of them in each database.
const BUYERS: u64 = 16;

/// A database for each time at which orders are credited.
const SHOPS: [(&str, &str); 2] = [("at_insert", "insert"), ("at_commit", "commit")];

const SHOP: &str = "
create extension pg_campaign;
create table customers (id bigint primary key, email text);
insert into customers select n from generate_series(1, 200) n;
create table orders (
  id bigint primary key,
  customer_id bigint references customers,
  total numeric not null,
  status text not null default 'paid',
  created_at timestamptz not null default now(),
  version integer not null default 0
);
create table refunds (
  id bigint generated always as identity primary key,
  order_id bigint not null references orders on delete cascade,
  amount numeric not null
);
create index on refunds (order_id);
";

const ATTACH: &str = "
select campaign_install(
  orders => 'orders', customers => 'customers',
  order_is_placed => $$o.status <> 'cart'$$,
  order_is_cancelled => $$o.status = 'cancelled'$$,
  order_refunded => '(select coalesce(sum(r.amount), 0) from public.refunds r where r.order_id = o.id)',
  order_parts => '{\"public.refunds\": \"order_id\"}',
  at => '$at')";

/// An order as its client knows it: its row carries the number of the last change that was committed.
struct Order {
    id: u64,
    /// The last change that was sent; the order itself is number 0.
    sent: i32,
    /// The last one that was acknowledged; -1 when not even the order was.
    acknowledged: i32,
    deletion: Deletion,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Deletion {
    No,
    Sent,
    Acknowledged,
}

/// One of a shop's clients. It clicks and orders, in its own sessions and by its own keys, and remembers what was
/// acknowledged; a session has one visit, so its orders are that visit's.
struct Buyer {
    number: u64,
    dice: Dice,
    made: u64,
    clicks: Vec<Acknowledged>,
    orders: Vec<Order>,
}

impl Buyer {
    /// Does one thing after the other until the server is gone. The server must refuse none of them.
    fn shop(&mut self, url: &str) {
        let mut server = Client::connect(url, NoTls).expect("the server takes connections");
        loop {
            let done = match self.dice.throw(24) {
                0..=4 => self.click(&mut server),
                5..=10 => self.order(&mut server, 1),
                11 => self.order(&mut server, 3),
                12 => self.order_in_steps(&mut server),
                13 => self.order_without_session(&mut server),
                14 | 15 => self.change(&mut server, "total = 100 + version", ""),
                16 | 17 => {
                    self.change(&mut server, "total = total", "insert into refunds (order_id, amount) values ($id, 1)")
                }
                18 => self.change(
                    &mut server,
                    "status = case status when 'cancelled' then 'paid' else 'cancelled' end",
                    "",
                ),
                19 => self.delete(&mut server),
                20 => self.visit_again(&mut server),
                _ => self.order_twice_in_a_transaction(&mut server),
            };
            if let Err(error) = done {
                assert!(is_gone(&error), "the server refused: {error:?}");
                return;
            }
        }
    }

    fn next(&mut self) -> u64 {
        self.made += 1;
        self.number * 1_000_000 + self.made
    }

    /// Half of the clicks are told later, as an import does, so that they lie before what is folded already.
    fn click(&mut self, server: &mut Client) -> Result<(), postgres::Error> {
        let session = format!("s{}", self.next());
        let code = if self.dice.throw(2) == 0 { "A" } else { "B" };
        let hours = if self.dice.throw(2) == 0 { 0 } else { 1 + self.dice.throw(200) };
        let rows = server.simple_query(&format!(
            "select visit_id from campaign_track_visit('{code}', '{session}', visited_at => now() - interval '{hours} hours')"
        ))?;
        let visit = rows
            .iter()
            .find_map(|message| match message {
                postgres::SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
                _ => None,
            })
            .expect("a click is recorded");
        self.clicks.push(Acknowledged { visit, session, code });
        Ok(())
    }

    /// The values of a new order of one of the sessions, now or soon after the session's visit.
    fn values(&mut self, status: &str) -> Option<String> {
        if self.clicks.is_empty() {
            return None;
        }
        let place = self.dice.throw(self.clicks.len() as u64) as usize;
        let (id, customer) = (self.next(), self.customer());
        self.orders.push(Order { id, sent: 0, acknowledged: -1, deletion: Deletion::No });
        let Acknowledged { visit, session, .. } = &self.clicks[place];
        let at = match self.dice.throw(2) {
            0 => "now()".to_owned(),
            _ => format!(
                "(select visited_at + interval '1 second' from campaign_visits where session_id = '{session}' and id = '{visit}')"
            ),
        };
        Some(format!("({id}, {customer}, 100, '{status}', '{session}', {at})"))
    }

    fn customer(&mut self) -> String {
        match self.dice.throw(5) {
            0 => "null".to_owned(),
            _ => (1 + self.dice.throw(200)).to_string(),
        }
    }

    /// Some orders in one INSERT.
    fn order(&mut self, server: &mut Client, orders: usize) -> Result<(), postgres::Error> {
        let values: Vec<String> = (0..orders).map_while(|_| self.values("paid")).collect();
        if !values.is_empty() {
            server.batch_execute(&insert(&values.join(", ")))?;
            self.acknowledge(values.len());
        }
        Ok(())
    }

    /// A cart that becomes an order.
    fn order_in_steps(&mut self, server: &mut Client) -> Result<(), postgres::Error> {
        let Some(values) = self.values("cart") else { return Ok(()) };
        server.batch_execute(&insert(&values))?;
        self.acknowledge(1);
        let order = self.orders.last_mut().expect("it was just placed");
        order.sent = 1;
        server.batch_execute(&format!("update orders set status = 'paid', version = 1 where id = {}", order.id))?;
        order.acknowledged = 1;
        Ok(())
    }

    fn order_without_session(&mut self, server: &mut Client) -> Result<(), postgres::Error> {
        let (id, customer) = (self.next(), self.customer());
        self.orders.push(Order { id, sent: 0, acknowledged: -1, deletion: Deletion::No });
        server.batch_execute(&format!("insert into orders (id, customer_id, total) values ({id}, {customer}, 100)"))?;
        self.acknowledge(1);
        Ok(())
    }

    /// Two orders in a transaction, and between them one that is taken back.
    fn order_twice_in_a_transaction(&mut self, server: &mut Client) -> Result<(), postgres::Error> {
        let Some(taken_back) = self.values("paid") else { return Ok(()) };
        // Nobody will see it, so nobody should look for it.
        self.orders.pop();
        let values: Vec<String> = (0..2).map_while(|_| self.values("paid")).collect();
        server.batch_execute("begin")?;
        server.batch_execute(&insert(&values[0]))?;
        server.batch_execute(&format!("savepoint s; {}; rollback to s", insert(&taken_back)))?;
        server.batch_execute(&insert(&values[1]))?;
        server.batch_execute("commit")?;
        self.acknowledge(2);
        Ok(())
    }

    /// Changes an order whose state is known, and something else in the same transaction.
    fn change(&mut self, server: &mut Client, change: &str, besides: &str) -> Result<(), postgres::Error> {
        let Some(order) = self.some_order() else { return Ok(()) };
        order.sent += 1;
        let (id, version) = (order.id, order.sent);
        server.batch_execute("begin")?;
        server.batch_execute(&besides.replace("$id", &id.to_string()))?;
        server.batch_execute(&format!(
            "update orders set version = {version}, {} where id = {id}",
            change.replace("version", &version.to_string())
        ))?;
        server.batch_execute("commit")?;
        order.acknowledged = order.sent;
        Ok(())
    }

    fn delete(&mut self, server: &mut Client) -> Result<(), postgres::Error> {
        let Some(order) = self.some_order() else { return Ok(()) };
        order.deletion = Deletion::Sent;
        server.batch_execute(&format!("delete from orders where id = {}", order.id))?;
        order.deletion = Deletion::Acknowledged;
        Ok(())
    }

    fn visit_again(&mut self, server: &mut Client) -> Result<(), postgres::Error> {
        match self.clicks.last() {
            Some(click) => server.batch_execute(&format!("select campaign_update_activity('{}')", click.session)),
            None => Ok(()),
        }
    }

    /// An order that is there in a state that is known.
    fn some_order(&mut self) -> Option<&mut Order> {
        let mut known: Vec<&mut Order> = self
            .orders
            .iter_mut()
            .filter(|order| {
                order.acknowledged >= 0 && order.sent == order.acknowledged && order.deletion == Deletion::No
            })
            .collect();
        let place = self.dice.throw(known.len().max(1) as u64) as usize;
        (place < known.len()).then(|| known.swap_remove(place))
    }

    /// The last orders are placed.
    fn acknowledge(&mut self, orders: usize) {
        let first = self.orders.len() - orders;
        self.orders[first..].iter_mut().for_each(|order| order.acknowledged = 0);
    }
}

/// Whether an error says that the server went away; a backend that outlives the others for a moment may still say so.
fn is_gone(error: &postgres::Error) -> bool {
    error.as_db_error().is_none_or(|error| error.code().code() == "57P01")
}

fn insert(values: &str) -> String {
    format!("insert into orders (id, customer_id, total, status, session_id, created_at) values {values}")
}

/// Folds snapshots all the time, so that a kill meets a fold, and lets recoveries begin anywhere.
fn fold(url: &str) {
    let mut server = Client::connect(url, NoTls).expect("the server takes connections");
    for round in 1.. {
        let more = match round % 8 {
            0 => "vacuum",
            4 => "checkpoint",
            _ => "select",
        };
        let done = server.batch_execute("select campaign_snapshot()").and_then(|()| server.batch_execute(more));
        if let Err(error) = done {
            assert!(is_gone(&error), "the server refused: {error:?}");
            return;
        }
    }
}

/// Puts what the clients of a shop know into tables of the session.
fn tell(session: &Session, buyers: &[&Buyer]) {
    session.run(
        "create temp table sent (id bigint, sent integer, acknowledged integer, deletion text);
         create temp table acknowledged (visit uuid, session text, code text)",
    );
    let orders = buyers
        .iter()
        .flat_map(|buyer| &buyer.orders)
        .map(|order| format!("({}, {}, {}, '{:?}')", order.id, order.sent, order.acknowledged, order.deletion));
    let clicks = buyers
        .iter()
        .flat_map(|buyer| &buyer.clicks)
        .map(|click| format!("('{}', '{}', '{}')", click.visit, click.session, click.code));
    for (table, rows) in [("sent", orders.collect::<Vec<_>>()), ("acknowledged", clicks.collect())] {
        for some in rows.chunks(5_000) {
            session.run(&format!("insert into {table} values {}", some.join(", ")));
        }
    }
}

/// What holds after every crash, whatever was on its way.
fn check_shop(session: &Session) {
    // The tables themselves are asked, not indexes that a crash might have left behind; pg_amcheck compares those.
    session.run("set enable_indexscan = off; set enable_indexonlyscan = off; set enable_bitmapscan = off");
    none(
        session,
        "acknowledged clicks that are not there or another's",
        "select a.* from acknowledged a
           left join campaign_visits v on v.id = a.visit
           left join campaigns c on c.id = v.campaign_id
          where (v.session_id, c.tracking_code) is distinct from (a.session, a.code) limit 5",
    );
    none(
        session,
        "acknowledged orders and changes that are not there",
        "select s.*, o.* from sent s left join orders o using (id)
          where s.deletion = 'No' and s.acknowledged >= 0 and o.version between s.acknowledged and s.sent is not true limit 5",
    );
    none(
        session,
        "acknowledged deletions that are not done",
        "select s.*, o.* from sent s join orders o using (id) where s.deletion = 'Acknowledged' limit 5",
    );
    none(
        session,
        "orders that nobody sent",
        "select o.* from orders o left join sent s using (id) where s.id is null limit 5",
    );
    none(
        session,
        "conversions told twice",
        "select order_id from campaign_conversions group by 1 having count(*) > 1 limit 5",
    );
    none(
        session,
        "conversions without an order, but for orders that were deleted",
        "select k.* from campaign_conversions k
           left join orders o on o.id = k.order_id
           left join sent s on s.id = k.order_id and s.deletion <> 'No'
          where o.id is null and (s.id is null or k.cancelled_at is null) limit 5",
    );
    none(session, "snapshots that differ from the facts", "select * from campaign_verify_snapshots() limit 5");
}

/// Whether every order has the conversion that is its own, but for those whose failure is recorded.
fn check_credit(session: &Session) {
    none(
        session,
        "orders and conversions that do not match",
        "select o.*, v.id as visit, k.* from orders o
           left join campaign_visits v
             on v.session_id = o.session_id and o.status <> 'cart' and v.visited_at <= o.created_at and o.created_at < v.expires_at
           left join campaign_conversions k on k.order_id = o.id
           left join lateral (select coalesce(sum(r.amount), 0) as refunded from refunds r where r.order_id = o.id) r on true
          where (k.visit_id, k.campaign_id, k.session_id, k.order_total, k.refunded, k.cancelled_at is not null, o.visit_id, o.campaign_id)
                is distinct from
                (v.id, v.campaign_id, v.session_id, case when v.id is not null then o.total end,
                 case when v.id is not null then r.refunded end, v.id is not null and o.status = 'cancelled', v.id, v.campaign_id)
            and not exists (select from campaign_attribution_failures f where f.order_id = o.id::text and f.step <> 'acquire')
          limit 5",
    );
    none(
        session,
        "visits that are not marked as their conversions say",
        "select v.*, k.orders from campaign_visits v
           left join lateral (select array_agg(order_id) as orders from campaign_conversions k where k.visit_id = v.id) k on true
          where v.converted <> (k.orders is not null)
             or v.converted <> coalesce(v.attributed_order_id = any(k.orders), false)
          limit 5",
    );
}

#[test]
fn orders_and_conversions_stay_one_to_one_when_postgresql_is_killed() {
    let crashes: usize = std::env::var(CRASHES).map_or(5, |number| number.parse().expect("CRASHES is a number"));
    let seed = seed();
    let mut dice = Dice(seed);
    let cluster = Cluster::start();
    cluster.admin(write_to_the_disk);
    for (shop, at) in SHOPS {
        cluster.admin(|admin| admin.run(&format!("create database {shop}")));
        let session = Session::open(&cluster.url(shop, "postgres"));
        session.run(SHOP);
        session.run(&ATTACH.replace("$at", at));
        session.campaign("A");
        session.campaign("B");
    }
    let mut buyers: Vec<Buyer> = (0..BUYERS)
        .map(|number| Buyer {
            number,
            dice: Dice(seed ^ (number + 1) << 32),
            made: 0,
            clicks: Vec::new(),
            orders: Vec::new(),
        })
        .collect();
    let shop_of = |number: u64| SHOPS[number as usize % SHOPS.len()].0;

    let mut failures = 0;
    for crash in 1..=crashes {
        thread::scope(|scope| {
            for (shop, _) in SHOPS {
                let url = cluster.url(shop, "postgres");
                scope.spawn(move || fold(&url));
            }
            for buyer in &mut buyers {
                let url = cluster.url(shop_of(buyer.number), "postgres");
                scope.spawn(move || buyer.shop(&url));
            }
            thread::sleep(Duration::from_millis(200 + dice.throw(800)));
            cluster.kill();
        });
        cluster.resume();
        for (shop, _) in SHOPS {
            let session = Session::open(&cluster.url(shop, "postgres"));
            let known: Vec<&Buyer> = buyers.iter().filter(|buyer| shop_of(buyer.number) == shop).collect();
            tell(&session, &known);
            check_shop(&session);
            check_credit(&session);
            // What could not be done at once, such as an acquisition while the customer's row was locked, is done now.
            failures +=
                session.show("select count(*) from campaign_retry_failures()").parse::<usize>().expect("a count");
            none(&session, "failures that stay", "select * from campaign_attribution_failures limit 5");
            check_shop(&session);
            check_credit(&session);
            none(
                &session,
                "customers whose acquisition and orders differ",
                "select c.* from customers c
                  where (c.acquisition_campaign_id is not null) <> exists (select from campaign_conversions k where k.customer_id = c.id)
                  limit 5",
            );
            let told = cluster.run(
                "pg_amcheck",
                &[
                    "--install-missing",
                    "--heapallindexed",
                    "--schema=public",
                    "--schema=campaign",
                    "--no-strict-names",
                    shop,
                ],
            );
            assert_eq!(told, "", "pg_amcheck of {shop}");
        }
        println!("crash {crash}: {} orders acknowledged so far, {failures} failures retried", acknowledged(&buyers));
    }
    let acknowledged = acknowledged(&buyers);
    assert!(acknowledged > crashes * BUYERS as usize, "only {acknowledged} orders: this tests nothing");
    assert!(failures * 10 < acknowledged, "{failures} failures among {acknowledged} orders: attribution does not work");
    for (shop, _) in SHOPS {
        let session = Session::open(&cluster.url(shop, "postgres"));
        assert_ne!(session.show("select count(*) from campaign_analytics_snapshots"), "0", "nothing was folded");
    }
}

/// How many orders are on record with their clients.
fn acknowledged(buyers: &[Buyer]) -> usize {
    buyers.iter().flat_map(|buyer| &buyer.orders).filter(|order| order.acknowledged >= 0).count()
}
