//! Snapshots: whatever happened, and whenever they ran, reports tell what the facts tell.

use pg_campaign_tests::Database;

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
    let session = format!("s{}", dice.below(25));
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
