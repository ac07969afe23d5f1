//! Snapshots: whatever happened, and whenever they ran, reports tell what the facts tell.

use pg_campaign_tests::{Database, Session};

/// Every report there is, over all time, a range, and with whole trees, as one text.
const REPORTS: &str = "select jsonb_build_object(
    'roi', (select jsonb_agg(to_jsonb(r) order by r.campaign_id) from campaign_roi(start_date => $start, end_date => $end, tz => $tz) r),
    'trees', (select jsonb_agg(to_jsonb(r) order by r.campaign_id) from campaign_roi(start_date => $start, end_date => $end, include_children => true, tz => $tz) r),
    'leaderboard', (select jsonb_agg(to_jsonb(r)) from campaign_leaderboard('visitors', 10, $start, $end, tz => $tz) r),
    'leaderboard_roi', (select jsonb_agg(to_jsonb(r)) from campaign_leaderboard('roi', 10, $start, $end, tz => $tz) r),
    'platforms', (select jsonb_agg(to_jsonb(r)) from campaign_platforms($start, $end, tz => $tz) r),
    'overview', campaign_overview($start, $end, $tz),
    'documents', (select jsonb_object_agg(c.id, campaign_analytics(c.id, $start, $end, tz => $tz)) from campaigns c),
    'tree', (select jsonb_object_agg(c.id, campaign_analytics(c.id, $start, $end, true, $tz)) from campaigns c),
    'timelines', (select jsonb_agg(to_jsonb(t) order by c.id, g, t.bucket) from campaigns c, unnest(array['day', 'week', 'month']) g,
        campaign_timeline(c.id, $start, $end, c.parent_campaign_id is null, $tz, g) t),
    'hours', (select jsonb_agg(to_jsonb(t) order by c.id, t.bucket) from campaigns c, campaign_timeline(c.id, '2024-03-29', '2024-04-02', false, $tz, 'hour') t),
    'breakdowns', (select jsonb_agg(to_jsonb(b) order by c.id, d, b.value) from campaigns c,
        unnest(array['device', 'country', 'city', 'referrer', 'landing_page', 'platform']) d,
        campaign_breakdown(c.id, d, $start, $end, c.parent_campaign_id is null, $tz) b)
  )";

const RANGES: [(&str, &str, &str); 6] = [
    ("null", "null", "null"),
    ("'2024-03-30'", "'2024-04-10'", "null"),
    ("'2024-03-31'", "'2024-03-31'", "'Europe/Berlin'"),
    ("'2024-03-30'", "'2024-04-02'", "'Asia/Kolkata'"),
    ("null", "'2024-04-05'", "'America/New_York'"),
    ("'2024-03-25'", "null", "'Asia/Kathmandu'"),
];

fn reports(db: &Database, (start, end, tz): &(&str, &str, &str)) -> String {
    db.show(&REPORTS.replace("$start", start).replace("$end", end).replace("$tz", tz))
}

/// Compares every report with what it is without snapshots, which is counted from the facts alone.
#[track_caller]
fn agree(db: &Database, step: &str, ranges: &[(&str, &str, &str)]) {
    for range in ranges {
        let with = reports(db, range);
        db.run("begin; update _campaign_snapshot_state set until = null");
        let without = reports(db, range);
        db.run("rollback");
        assert_eq!(with, without, "{step}: {range:?}");
    }
    assert_eq!(db.show("select * from campaign_verify_snapshots()"), "", "{step}");
}

/// Numbers that look random and are the same in every run (SplitMix64).
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % bound
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.below(from.len() as u64) as usize]
    }
}

/// A shop with currencies and cancellations, a tree of campaigns, and the settings of a zone with summer time.
fn shop(zone: &str) -> Database {
    let db = Database::shop();
    db.run("select campaign_uninstall();
        insert into customers default values; insert into customers default values;
        alter table orders add status text not null default 'paid', add currency text, add refunded numeric not null default 0;
        select campaign_install(orders => 'public.orders', customers => 'public.customers', order_currency => 'currency',
          order_is_cancelled => $$o.status = 'cancelled'$$, order_refunded => 'refunded')");
    db.run(&format!("alter database {} set campaign.timezone = '{zone}'; set campaign.timezone = '{zone}'", db.name()));
    db.run(
        "do $$ declare v_top uuid := (campaign_create('Top', 'multi', 'campaign', tracking_code => 'TOP')).id; begin
           perform campaign_create('A', 'instagram', 'reel', v_top, cost => 100, tracking_code => 'A');
           perform campaign_create('B', 'tiktok', 'video', v_top, cost => 50, tracking_code => 'B');
           perform campaign_create('C', 'facebook', 'ad', cost => 10, tracking_code => 'C');
         end $$",
    );
    db
}

/// A moment around the change to summer time.
fn moment(dice: &mut Dice) -> String {
    format!("2024-03-{} {:02}:{:02}:{:02}Z", 25 + dice.below(7), dice.below(24), dice.below(60), dice.below(60))
}

fn step(db: &Database, dice: &mut Dice) -> String {
    let session = format!("s{}", dice.below(12));
    let code = dice.pick(&["A", "B", "C", "TOP"]);
    let order = "(select id from orders order by md5(id::text || $seed) limit 1)"
        .replace("$seed", &dice.below(1000).to_string());
    let sql = match dice.below(20) {
        0..=5 => format!(
            "select campaign_track_visit('{code}', '{session}', '{}', '{}', '{}', visited_at => '{}')",
            dice.pick(&["/a", "/b", ""]),
            dice.pick(&[
                "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X)",
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64)",
                "x"
            ]),
            dice.pick(&["https://l.instagram.com/x", "https://t.co/", ""]),
            moment(dice)
        ),
        6 => format!("select campaign_track_visit('{code}', '{session}')"),
        7 => format!(
            "select count(*) from campaign_track_visits(array['A', 'B', '{code}'], array['{session}', 'n{0}', 'n{0}'])",
            dice.below(1000)
        ),
        8..=10 => format!(
            "insert into orders (total, session_id, created_at, currency, customer_id) values ({}.50, '{session}', '{}', {}, {})",
            dice.below(300),
            moment(dice),
            dice.pick(&["'EUR'", "'usd'", "'EUR'", "null"]),
            dice.pick(&["null", "1", "2"])
        ),
        11 => format!(
            "insert into orders (total, session_id) select n, 's' || n from generate_series(1, {}) n",
            1 + dice.below(8)
        ),
        12 => format!("update orders set status = 'cancelled' where id = {order}"),
        13 => format!("update orders set status = 'paid' where id = {order}"),
        14 => format!("update orders set refunded = least(total, {}) where id = {order}", dice.below(50)),
        15 => format!("update orders set total = total + {} where id = {order}", dice.below(50)),
        16 => format!("delete from orders where id = {order}"),
        17 => format!(
            "select campaign_update(id, '{{\"cost\": {}}}') from campaigns where tracking_code = '{code}'",
            dice.below(200)
        ),
        _ => "select campaign_snapshot()".to_owned(),
    };
    db.run(&sql);
    sql
}

fn play(zone: &str, seed: u64) {
    let db = shop(zone);
    let mut dice = Dice(seed);
    for i in 0..100 {
        let done = step(&db, &mut dice);
        if i % 20 == 19 {
            let some = i / 20 % RANGES.len();
            agree(&db, &format!("{zone} {seed}, step {i}: {done}"), &RANGES[some..=some]);
        }
    }
    db.run("select campaign_snapshot()");
    assert_ne!(db.show("select count(*) from campaign_analytics_snapshots where total_conversions > 0"), "0");
    agree(&db, &format!("{zone} {seed}, folded"), &RANGES);
    db.run("select campaign_rebuild_snapshots('2024-03-28', '2024-03-31')");
    agree(&db, &format!("{zone} {seed}, partly rebuilt"), &RANGES[1..2]);
    db.run("select campaign_rebuild_snapshots()");
    agree(&db, &format!("{zone} {seed}, rebuilt"), &RANGES[2..3]);
}

#[test]
fn reports_are_the_same_with_snapshots_and_without() {
    play("UTC", 1);
}

#[test]
fn reports_are_the_same_where_summer_time_begins() {
    play("Europe/Berlin", 2);
}

#[test]
fn reports_are_the_same_in_a_zone_of_half_hours() {
    play("Asia/Kolkata", 3);
}

/// What all campaigns together come to: visits, visitors, conversions and revenue.
fn totals(session: &Session) -> String {
    session.show(
        "select m ->> 'total_visits', m ->> 'unique_visitors', m ->> 'total_conversions', m ->> 'total_revenue'
           from campaign_overview() o cross join lateral (select o -> 'metrics' as m) x",
    )
}

/// The same from the facts.
fn facts(session: &Session) -> String {
    session.show(
        "select (select count(*) from campaign_visits), (select count(distinct session_no) from campaign_visits),
                count(*), round(coalesce(sum(net_revenue), 0), 2) from campaign_conversions where cancelled_at is null",
    )
}

#[test]
fn a_fold_counts_what_is_new_and_says_so() {
    let db = Database::shop();
    assert_eq!(db.show("select * from campaign_snapshot()"), "null|0|t", "no campaign yet");
    db.campaign("A");
    db.click("A", "s", "2024-06-01 10:30Z");
    db.click("A", "t", "2024-06-01 11:30Z");
    db.order("s", "2024-06-02 10:00Z");
    assert_eq!(
        db.show(
            "select facts, ran, folded_until between now() - interval '1 minute' and now() from campaign_snapshot()"
        ),
        "3|t|t"
    );
    assert_eq!(db.show("select facts from campaign_snapshot()"), "0", "nothing is counted twice");
    assert_eq!(
        db.show("select snapshot_date, snapshot_hour, total_visits, unique_visitors, audience, total_conversions, total_revenue, conversion_rate, average_order_value, roi
                   from campaign_analytics_snapshots order by snapshot_hour nulls first, snapshot_date"),
        "2024-06-01|null|2|2|{1,2}|0|0|0.00|null|null\n\
         2024-06-02|null|0|0|{}|1|100|null|100.00|null\n\
         2024-06-01|10|1|1|{1}|0|0|0.00|null|null\n\
         2024-06-02|10|0|0|{}|1|100|null|100.00|null\n\
         2024-06-01|11|1|1|{2}|0|0|0.00|null|null"
    );
    db.run("select campaign_update(id, '{\"cost\": 40}') from campaigns");
    db.run("select campaign_snapshot()");
    assert_eq!(db.show("select string_agg(roi::text, ' ' order by snapshot_date) from campaign_analytics_snapshots where snapshot_hour is null"), "-100.00 150.00");
    assert_eq!(
        db.show(
            "select snapshots_until is not null, last_snapshot_at is not null, snapshot_rows from campaign_status()"
        ),
        "t|t|5"
    );
}

#[test]
fn money_that_moves_later_is_in_every_report_at_once() {
    let db = Database::shop();
    db.campaign("A");
    db.click("A", "s", "2024-06-01 10:00Z");
    let kept = db.order("s", "2024-06-02 10:00Z");
    let cancelled = db.order("s", "2024-06-02 10:10Z");
    db.run("select campaign_snapshot()");
    assert_eq!(totals(&db), "1|1|2|200.00");
    db.run(&format!("select campaign_refund({kept}, 30)"));
    assert_eq!(totals(&db), "1|1|2|170.00");
    db.run(&format!("delete from orders where id = {cancelled}"));
    assert_eq!(totals(&db), "1|1|1|70.00");
    db.run(&format!("update orders set total = 250 where id = {kept}"));
    assert_eq!(totals(&db), "1|1|1|220.00");
    // One quarter of an hour of one campaign is all there is to count again, and once that is done nothing is.
    assert_eq!(db.show("select count(distinct at) from _campaign_snapshot_marks"), "1");
    db.run("select campaign_snapshot()");
    assert_eq!(db.show("select count(*) from _campaign_snapshot_marks"), "0");
    assert_eq!(totals(&db), "1|1|1|220.00");
    assert_eq!(
        db.show("select sum(total_revenue) from campaign_analytics_snapshots where snapshot_hour is null"),
        "220"
    );
    assert_eq!(db.show("select * from campaign_verify_snapshots()"), "");
    // Nor does it take an update that moves no money.
    db.run(&format!("update orders set created_at = created_at where id = {kept}"));
    assert_eq!(db.show("select count(*) from _campaign_snapshot_marks"), "0");
}

#[test]
fn a_transaction_that_commits_late_is_not_passed_by() {
    let db = Database::shop();
    db.campaign("A");
    db.run("select campaign_snapshot()");
    let (writer, sleeper, placer) = (db.session(), db.session(), db.session());
    writer.run("begin; select campaign_track_visit('A', 'early writer')");
    sleeper.run("begin; select 1");
    placer.run("begin; select campaign_track_visit('A', 'shopper'); commit; begin; select 1");
    // Longer than the margin that campaign_snapshot keeps from the clock.
    std::thread::sleep(std::time::Duration::from_secs(17));
    let started = writer.show("select now()");
    let until = db.show("select folded_until from campaign_snapshot()");
    assert_eq!(
        db.show(&format!("select '{until}'::timestamptz < '{started}'")),
        "t",
        "a writer holds the snapshots back"
    );
    writer.run("commit");
    let until = db.show("select folded_until from campaign_snapshot()");
    assert_eq!(db.show(&format!("select '{until}'::timestamptz > '{started}'")), "t", "readers do not");
    assert_eq!(totals(&db), "2|2|0|0.00");
    // Their clicks and orders are of the moment their transactions began, which the snapshots have passed.
    sleeper.run("select campaign_track_visit('A', 'late writer')");
    sleeper.run("select count(*) from campaign_track_visits(array['A', 'A'], array['late one', 'late two']); commit");
    placer.run("insert into orders (session_id, created_at) values ('shopper', now()); commit");
    assert_eq!(totals(&db), "5|5|1|100.00");
    db.run("select campaign_snapshot()");
    assert_eq!(totals(&db), "5|5|1|100.00");
    assert_eq!(db.show("select sum(total_visits), sum(total_conversions) from campaign_analytics_snapshots where snapshot_hour is null"), "5|1");
    assert_eq!(db.show("select * from campaign_verify_snapshots()"), "");
}

#[test]
fn snapshots_run_while_the_shop_is_busy() {
    let db = Database::shop();
    for code in ["A", "B", "C"] {
        db.campaign(code);
    }
    let ends = std::time::Instant::now() + std::time::Duration::from_secs(16);
    std::thread::scope(|scope| {
        for number in 0..3 {
            let session = db.session();
            scope.spawn(move || {
                let mut dice = Dice(number);
                while std::time::Instant::now() < ends {
                    let visitor = dice.below(500);
                    session.run(&match dice.below(6) {
                        0 => format!("insert into orders (session_id) values ('s{visitor}')"),
                        1 => format!("update orders set total = total + 1 where id = {visitor}"),
                        2 => format!(
                            "begin; select campaign_track_visit('A', 'n{visitor}'); select pg_sleep(0.2); commit"
                        ),
                        _ => format!("select campaign_track_visit('{}', 's{visitor}')", dice.pick(&["A", "B", "C"])),
                    });
                }
            });
        }
        for _ in 0..2 {
            let session = db.session();
            scope.spawn(move || {
                while std::time::Instant::now() < ends {
                    session.run("select campaign_snapshot()");
                    // One statement sees one state of all tables: what a report counts agrees with the facts beside it.
                    let both = session.show(
                        "select (campaign_overview() #>> '{metrics,total_visits}')::bigint, (select count(*) from campaign_visits)",
                    );
                    let (report, counted) = both.split_once('|').expect("two figures");
                    assert_eq!(report, counted);
                    std::thread::sleep(std::time::Duration::from_millis(300));
                }
            });
        }
    });
    assert_ne!(db.show("select count(*) from campaign_analytics_snapshots where total_visits > 0"), "0");
    assert_eq!(totals(&db), facts(&db));
    assert_eq!(db.show("select * from campaign_verify_snapshots()"), "");
}

#[test]
fn a_clock_that_steps_back_loses_nothing() {
    let db = Database::shop();
    db.campaign("A");
    db.click("A", "s", "2024-06-01 10:00Z");
    db.run("select campaign_snapshot()");
    // As if the clock had been an hour ahead then.
    db.run("update _campaign_snapshot_state set until = until + interval '1 hour'");
    db.run("select campaign_track_visit('A', 't')");
    db.run("select count(*) from campaign_track_visits(array['A', 'A'], array['u', 's'])");
    db.run("insert into orders (session_id) values ('t')");
    assert_eq!(totals(&db), "4|3|1|100.00");
    db.run("select campaign_snapshot()");
    assert_eq!(totals(&db), "4|3|1|100.00");
    assert_eq!(db.show("select * from campaign_verify_snapshots()"), "");
}

#[test]
fn one_fold_at_a_time_and_only_where_it_sees_all() {
    let db = Database::shop();
    db.campaign("A");
    let other = db.session();
    other.run("begin; select campaign_snapshot()");
    assert_eq!(db.show("select ran from campaign_snapshot()"), "f");
    other.run("rollback");
    assert_eq!(db.show("select ran from campaign_snapshot()"), "t");
    db.run("begin isolation level repeatable read");
    db.refuses("25001", "read committed", "select campaign_snapshot()");
    db.run("rollback");
}

#[test]
fn a_change_by_hand_is_found_and_mended() {
    let db = Database::shop();
    db.campaign("A");
    db.click("A", "s", "2024-06-01 10:00Z");
    db.click("A", "t", "2024-06-03 10:00Z");
    db.order("s", "2024-06-02 10:00Z");
    db.run("select campaign_snapshot()");
    assert_eq!(db.show("select * from campaign_verify_snapshots()"), "");
    db.run("update campaign_visits set device_type = 'desktop' where session_id = 't'; update campaign_analytics_snapshots set total_revenue = 7 where snapshot_hour is null");
    assert_eq!(
        db.show("select snapshot_date, snapshot_hour, dimension, value, figure, snapshot, facts from campaign_verify_snapshots()"),
        "2024-06-02|null|null|null|sales|{\"\": [1, 7]}|{\"\": [1, 100]}\n\
         2024-06-03|null|device|desktop|visits|null|1\n\
         2024-06-03|null|device|null|visits|1|null"
    );
    db.run("select campaign_rebuild_snapshots('2024-06-03', '2024-06-03')");
    assert_eq!(db.show("select count(*), min(figure) from campaign_verify_snapshots()"), "1|sales");
    db.run("select campaign_rebuild_snapshots()");
    assert_eq!(db.show("select * from campaign_verify_snapshots()"), "");
    assert_eq!(totals(&db), "2|2|1|100.00");
}

#[test]
fn another_time_zone_means_other_days() {
    let db = shop("UTC");
    db.click("A", "s", "2024-06-01 23:30Z");
    db.run("select campaign_snapshot()");
    assert_eq!(
        db.show("select snapshot_date from campaign_analytics_snapshots where snapshot_hour is null"),
        "2024-06-01"
    );
    db.run("set campaign.timezone = 'Asia/Kolkata'");
    assert_eq!(db.show("select visits from campaign_roi(start_date => '2024-06-02') where tracking_code = 'A'"), "1");
    db.run("select campaign_snapshot()");
    assert_eq!(
        db.show("select snapshot_date from campaign_analytics_snapshots where snapshot_hour is null"),
        "2024-06-02"
    );
    agree(&db, "another zone", &RANGES);
}

#[test]
fn purged_visits_stay_in_the_figures() {
    let db = shop("Asia/Kolkata");
    let mut dice = Dice(9);
    for _ in 0..60 {
        step(&db, &mut dice);
    }
    db.refuses("22023", "positive", "select campaign_purge_visits('0')");
    db.refuses("22023", "max_rows", "select campaign_purge_visits('1 year', 0)");
    db.run("select campaign_snapshot()");
    let ranges = [
        ("null", "null", "null"),
        ("'2024-03-26'", "'2024-03-29'", "null"),
        ("null", "'2024-03-30'", "'Asia/Kolkata'"),
    ];
    // Hours of UTC do not begin where hours of Kolkata do.
    let reports = |range: [&str; 3]| {
        db.show(
            &REPORTS
                .replace(
                    "'2024-03-29', '2024-04-02', false, $tz, 'hour'",
                    "'2024-03-29', '2024-04-02', false, 'UTC', 'hour'",
                )
                .replace("$start", range[0])
                .replace("$end", range[1])
                .replace("$tz", range[2]),
        )
    };
    let before: Vec<String> = ranges.iter().map(|(start, end, tz)| reports([*start, *end, *tz])).collect();
    let old = db.show("select count(*) from campaign_visits where visited_at < '2024-04-01' and not converted");
    assert_ne!(old, "0");
    assert_eq!(db.show("select campaign_purge_visits('1 year', 3)"), "3");
    assert_eq!(db.show(&format!("select campaign_purge_visits('1 year') + 3 - {old}")), "0");
    assert_eq!(db.show("select count(*) from campaign_visits where visited_at < '2024-04-01' and not converted"), "0");
    let after: Vec<String> = ranges.iter().map(|(start, end, tz)| reports([*start, *end, *tz])).collect();
    assert_eq!(before, after);
    assert_eq!(db.show("select * from campaign_verify_snapshots()"), "");
    // Conversions are still counted from their own records.
    db.run("update orders set total = total + 1, status = 'paid' where created_at < '2024-04-01'");
    let with = db.show("select sum(revenue) from campaign_roi()");
    db.run("select campaign_snapshot()");
    assert_eq!(db.show("select sum(revenue) from campaign_roi()"), with);
    // Half an hour of a day cannot be counted any more, and nothing can be added there.
    db.refuses("55000", "purged", "select campaign_overview('2024-03-26', '2024-03-27', 'UTC')");
    db.refuses("55000", "purged", "select campaign_track_visit('A', 'x', visited_at => '2024-03-26')");
    db.run("set campaign.timezone = 'UTC'; select campaign_snapshot()");
    assert!(db.heard().iter().any(|notice| notice.contains("the snapshots stay in days of Asia/Kolkata")));
}

#[test]
fn reports_write_nothing() {
    let db = shop("UTC");
    let mut dice = Dice(4);
    for _ in 0..40 {
        step(&db, &mut dice);
    }
    db.run("select campaign_snapshot(); update orders set total = total + 1");
    // So they run on a standby too.
    db.run("begin transaction read only");
    reports(&db, &RANGES[0]);
    db.run("select campaign_verify_snapshots()");
    assert_eq!(db.show("select pg_current_xact_id_if_assigned() is null"), "t");
    db.run("rollback");
}

#[test]
fn a_schedule_needs_pg_cron_and_says_what_else_would_do() {
    let db = Database::shop();
    let failure = db.attempt("select campaign_schedule()").expect_err("pg_cron is not there");
    assert_eq!(
        (failure.sqlstate.as_str(), failure.hint.is_some_and(|hint| hint.contains("postgresql-15-cron"))),
        ("55000", true)
    );
    db.refuses("22023", "cannot be scheduled", "select campaign_schedule('7 minutes')");
    db.refuses("22023", "cannot be scheduled", "select campaign_schedule(null)");
}

#[test]
fn a_deleted_campaign_leaves_no_snapshots() {
    let db = Database::shop();
    let a = db.campaign("A");
    db.campaign("B");
    db.click("A", "s", "2024-06-01 10:00Z");
    db.click("B", "t", "2024-06-01 10:00Z");
    db.order("s", "2024-06-02 10:00Z");
    db.run("select campaign_snapshot()");
    db.run(&format!("select campaign_delete('{a}', force => true)"));
    assert_eq!(totals(&db), "1|1|0|0.00");
    assert_eq!(db.show("select (select count(*) from campaign_analytics_snapshots), (select count(*) from campaign_breakdown_snapshots), (select count(*) from _campaign_snapshot_marks)"), "2|5|0");
    assert_eq!(db.show("select * from campaign_verify_snapshots()"), "");
}
