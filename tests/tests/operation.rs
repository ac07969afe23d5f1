//! What the shim does by itself, and what it tells those who run it.

use std::thread;
use std::time::{Duration, Instant};

use pg_campaign_tests::shim::grant_login;
use pg_campaign_tests::{Database, Shim};
use serde_json::json;

const PATIENCE: Duration = Duration::from_secs(30);

fn shop(arguments: &[&str]) -> (Database, Shim) {
    let db = Database::shop();
    db.campaign("A");
    let login = format!("{}_shim", db.name());
    grant_login(&db, &login);
    let shim = Shim::start_on(&db.url(&login), arguments);
    (db, shim)
}

#[track_caller]
fn wait_until(what: &str, done: impl Fn() -> bool) {
    let start = Instant::now();
    while !done() {
        assert!(start.elapsed() < PATIENCE, "waited too long until {what}");
        thread::sleep(Duration::from_millis(20));
    }
}

/// The value of a line of the metrics, NaN without it.
fn metric(shim: &Shim, name: &str) -> f64 {
    let metrics = shim.get("/metrics").text;
    let line = metrics.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    line.and_then(|value| value.parse().ok()).unwrap_or(f64::NAN)
}

fn turns(shim: &Shim, outcome: &str) -> f64 {
    metric(shim, &format!("campaign_snapshot_turns_total{{outcome=\"{outcome}\"}}"))
}

#[test]
fn snapshots_are_made_by_the_clock() {
    let (db, shim) = shop(&["--snapshot-every", "50ms"]);
    db.click("A", "s", "2024-06-01 10:00Z");
    wait_until("the click is counted", || {
        db.show("select coalesce(sum(total_visits), 0) from campaign_analytics_snapshots where snapshot_hour is null")
            == "1"
    });
    assert!(turns(&shim, "made") >= 1.0);
    // Two shims, one fold at a time.
    let other = Shim::start_on(&db.url(&format!("{}_shim", db.name())), &["--snapshot-every", "20ms"]);
    let folding = db.session();
    folding.run("begin; select campaign_snapshot()");
    wait_until("both find another one at work", || turns(&shim, "passed") >= 1.0 && turns(&other, "passed") >= 1.0);
    folding.run("commit");
    let before = turns(&other, "made");
    wait_until("it goes on", || turns(&other, "made") > before || (before.is_nan() && turns(&other, "made") >= 1.0));
    // The status was first asked for after the first fold.
    let lag = metric(&other, "campaign_snapshot_lag_seconds");
    assert!(lag > 0.0, "{lag}");
}

#[test]
fn a_failing_snapshot_stops_nothing() {
    let (db, shim) = shop(&["--snapshot-every", "20ms"]);
    db.run("alter function campaign_snapshot() rename to broken");
    wait_until("a turn fails", || turns(&shim, "failed") >= 2.0);
    shim.browse(
        "/campaigns/track-visit",
        &json!({"tracking_code": "A", "session_id": "s", "user_agent": "Mozilla/5.0"}),
    )
    .data(200);
    db.run("alter function broken() rename to campaign_snapshot");
    let before = turns(&shim, "made");
    wait_until("the next turns succeed", || {
        turns(&shim, "made") > before || (before.is_nan() && turns(&shim, "made") >= 1.0)
    });
}

#[test]
fn nobody_waits_for_a_snapshot_at_the_end() {
    let (db, shim) = shop(&["--snapshot-every", "20ms"]);
    let holding = db.session();
    // The fold waits for a lock that is not given.
    holding.run("begin; lock table campaign_analytics_snapshots in access exclusive mode");
    db.click("A", "s", "2024-06-01 10:00Z");
    wait_until("a fold waits", || {
        db.show("select count(*) > 0 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock' and query like '%campaign_snapshot%' and application_name like 'campaign-shim%'") == "t"
    });
    shim.stop();
    wait_until("the shim ends", || shim.has_ended());
    holding.run("rollback");
}

#[test]
fn failures_that_wait_are_told() {
    let (db, shim) = shop(&["--snapshot-every", "0"]);
    db.click("A", "s", "2024-06-01 10:00Z");
    db.run(
        "create function broken() returns trigger language plpgsql as $$ begin raise exception 'broken'; end $$;
            create trigger broken before insert on campaign_conversions for each row execute function broken()",
    );
    db.run("insert into orders (session_id, created_at) values ('s', '2024-06-02 10:00Z')");
    assert_eq!(db.show("select count(*) from campaign_attribution_failures"), "1");
    assert_eq!(metric(&shim, "campaign_attribution_failures"), 1.0);
    assert_eq!(metric(&shim, "campaign_database_up"), 1.0);
    assert_eq!(metric(&shim, "campaign_visits"), 1.0);
    assert!(metric(&shim, "campaign_snapshot_lag_seconds").is_nan());
    assert!(turns(&shim, "made").is_nan(), "others make the snapshots");
}
