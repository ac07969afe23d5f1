//! Reports over millions of visits, against the SQL a user would write over the same tables.

use std::time::Instant;

use pg_campaign_tests::Session;

use crate::report::{Goal, Row, Unit, grouped};
use crate::stage::Stage;
use crate::turns::{Effort, Side, compare, in_turns, median};

/// Where `make bench-data` put the visits.
const DATABASE: &str = "BENCH_DATABASE_URL";

/// A report: its name, the call, what it says of the headline figures, the plain SQL for all of it, of which the first
/// statement tells the same figures, the milliseconds it may take, and how many times faster than plain SQL it should be.
struct Report {
    name: &'static str,
    call: &'static str,
    headline: &'static str,
    plain: &'static str,
    milliseconds: f64,
    times: f64,
}

const REPORTS: [Report; 4] = [
    Report {
        name: "analytics of the largest campaign",
        call: "select campaign_analytics($campaign, $from, $to)",
        headline: "select visits, unique_visitors, conversions, revenue from campaign_roi($campaign, $from, $to)",
        plain: "select (select count(*) from v), (select count(distinct session_id) from v), count(*), round(sum(net_revenue), 2) from k;
                select visited_at::date, count(*) from v group by 1;
                select converted_at::date, count(*), sum(net_revenue) from k group by 1;
                select device_type, count(*) from v group by 1;
                select device_type, count(*) from k group by 1;
                select country, count(*) from v group by 1;
                select country, count(*), sum(net_revenue) from k group by 1;
                select l.product_id, l.title, sum(l.quantity), sum(l.amount) from k join order_lines l on l.order_id = k.order_id
                 group by 1, 2 order by 4 desc limit 10",
        milliseconds: 20.0,
        times: 100.0,
    },
    Report {
        name: "analytics of a tree of 50 campaigns",
        call: "select campaign_analytics($tree, $from, $to, true)",
        headline: "select visits, unique_visitors, conversions, revenue from campaign_roi($tree, $from, $to, true)",
        plain: "select (select count(*) from v), (select count(distinct session_id) from v), count(*), round(sum(net_revenue), 2) from k;
                select campaign_id, count(*), count(distinct session_id) from v group by 1;
                select campaign_id, count(*), sum(net_revenue) from k group by 1;
                select visited_at::date, count(*) from v group by 1;
                select converted_at::date, count(*), sum(net_revenue) from k group by 1;
                select device_type, count(*) from v group by 1;
                select device_type, count(*) from k group by 1;
                select country, count(*) from v group by 1;
                select country, count(*), sum(net_revenue) from k group by 1;
                select l.product_id, l.title, sum(l.quantity), sum(l.amount) from k join order_lines l on l.order_id = k.order_id
                 group by 1, 2 order by 4 desc limit 10",
        milliseconds: 60.0,
        times: 100.0,
    },
    Report {
        name: "overview of all campaigns",
        call: "select campaign_overview($from, $to)",
        headline: "select o #>> '{metrics,total_visits}', o #>> '{metrics,unique_visitors}', o #>> '{metrics,total_conversions}',
                     o #>> '{metrics,total_revenue}' from campaign_overview($from, $to) o",
        plain: "select (select count(*) from v), (select count(distinct session_id) from v), count(*), round(sum(net_revenue), 2) from k;
                select visited_at::date, count(*) from v group by 1;
                select converted_at::date, count(*), sum(net_revenue) from k group by 1;
                select platform, count(*), count(distinct session_id) from v join campaigns c on c.id = v.campaign_id group by 1;
                select platform, count(*), sum(net_revenue) from k join campaigns c on c.id = k.campaign_id group by 1;
                select campaign_id, count(*), count(distinct session_id) from v group by 1;
                select campaign_id, count(*), sum(net_revenue) from k group by 1 order by 3 desc limit 5",
        milliseconds: 150.0,
        times: 10.0,
    },
    Report {
        name: "leaderboard of all campaigns",
        call: "select * from campaign_leaderboard('roi', 10, $from, $to)",
        headline: "select l.visits, l.unique_visitors, l.conversions, l.revenue from campaign_leaderboard('visits', 1, $from, $to) l",
        plain: "select t.visits, t.visitors, s.conversions, round(s.revenue, 2)
                  from (select campaign_id, count(*) as visits, count(distinct session_id) as visitors from v group by 1) t
                  join (select campaign_id, count(*) as conversions, sum(net_revenue) as revenue from k group by 1) s using (campaign_id)
                 order by 1 desc limit 1",
        milliseconds: 50.0,
        times: 10.0,
    },
];

/// All of it, or nothing where there is no data yet.
pub fn all(_: &Stage, effort: Effort) -> Vec<Row> {
    let Ok(url) = std::env::var(DATABASE) else {
        eprintln!("reports are not measured: make bench-data makes the visits to report on");
        return Vec::new();
    };
    let session = Session::open(&url);
    // Another role's settings or this machine's zone must not make the two sides mean different days.
    session.run("set timezone = 'UTC'; set campaign.timezone = 'UTC'; set jit = off");
    let mut rows = vec![fold_from_nothing(&session), size(&session)];
    session.run("vacuum analyze campaign_analytics_snapshots, campaign_breakdown_snapshots");
    let alone: Vec<f64> = REPORTS.iter().map(|report| measure(&session, effort, report, &mut rows)).collect();
    rows.push(fold_of_a_tail(&session, effort, &alone));
    rows
}

fn fold_from_nothing(session: &Session) -> Row {
    eprintln!("campaign_snapshot() from nothing");
    let visits: f64 = number(&session.show("select count(*) from campaign_visits"));
    session.run("checkpoint");
    session.run(
        "truncate campaign_analytics_snapshots, campaign_breakdown_snapshots, _campaign_snapshot_marks;
         update _campaign_snapshot_state set until = null, since = null, purged_until = null",
    );
    let milliseconds = timed(session, "select campaign_snapshot()");
    let rate = visits / milliseconds / 1000.0;
    Row {
        name: "snapshots from nothing, million visits a second".to_owned(),
        measured: rate,
        goal: Goal::AtLeast(1.0),
        ours: format!("{} s", grouped(milliseconds / 1000.0)),
        theirs: String::new(),
        against: "",
        pairs: None,
    }
}

fn size(session: &Session) -> Row {
    let bytes = |tables: &str| -> f64 {
        number(&session.show(&format!("select sum(pg_total_relation_size(t)) from unnest(array[{tables}]) t (t)")))
    };
    let (ours, theirs) =
        (bytes("'campaign_analytics_snapshots', 'campaign_breakdown_snapshots'"), bytes("'campaign_visits'"));
    let megabytes = |bytes: f64| format!("{} MB", grouped(bytes / 1e6));
    Row {
        name: "size of snapshots against visits".to_owned(),
        measured: ours / theirs,
        goal: Goal::AtMost(0.05),
        ours: megabytes(ours),
        theirs: megabytes(theirs),
        against: "the visits and their indexes",
        pairs: None,
    }
}

/// Adds the report's rows; its milliseconds.
fn measure(session: &Session, effort: Effort, report: &Report, rows: &mut Vec<Row>) -> f64 {
    let (call, headline, plain) =
        (filled(session, report.call), filled(session, report.headline), filled(session, report.plain));
    let scope = match report.name {
        name if name.contains("largest") => "= $campaign",
        name if name.contains("tree") => {
            "in (select c.id from campaigns c where c.id = $tree or c.parent_campaign_id = $tree)"
        }
        _ => "is not null",
    };
    // What the plain SQL reads, as a user would restrict it.
    session.run(&filled(
        session,
        &format!(
            "create or replace temporary view v as select * from campaign_visits
               where campaign_id {scope} and visited_at >= $from and visited_at < $to + 1 and device_type is distinct from 'bot';
             create or replace temporary view k as select * from campaign_conversions
               where campaign_id {scope} and converted_at >= $from and converted_at < $to + 1 and cancelled_at is null"
        ),
    ));
    let first = plain.split(';').next().unwrap_or_default();
    assert_eq!(session.show(&headline), session.show(first), "{}: both must tell the same", report.name);

    timed(session, &call);
    let sides = [
        Side::new("pg_campaign", || (0..9).map(|_| timed(session, &call)).fold(f64::INFINITY, f64::min)),
        Side::new("plain SQL", || timed(session, &plain)),
    ];
    let figures = in_turns(report.name, Unit::Ms, effort.rounds, &sides);
    rows.push(compare(
        format!("{}, times faster", report.name),
        Unit::Ms,
        Goal::AtLeast(report.times),
        &figures[1],
        &figures[0],
        "",
    ));
    let milliseconds = median(&figures[0]);
    rows.push(in_milliseconds(report.name.to_owned(), milliseconds, report.milliseconds));
    milliseconds
}

/// The same reports while 100,000 visits are not folded yet, and then folding them.
fn fold_of_a_tail(session: &Session, effort: Effort, alone: &[f64]) -> Row {
    eprintln!("100,000 visits that are not folded yet");
    session.run("select campaign_snapshot()");
    session.run(
        "insert into campaign_visits (id, campaign_id, session_id, session_no, touch_no, landing_page, country, city, device_type,
            visited_at, last_activity_at, expires_at)
         select _campaign_uuid(), c.ids[1 + n % cardinality(c.ids)], gen_random_uuid(), nextval('_campaign_session_no'), 1, '/', 'US', 'City 1', 'mobile',
                now(), now(), now() + interval '30 days'
           from generate_series(1, 100000) n, (select array_agg(id) as ids from campaigns where tracking_code like 'POST%') c",
    );
    let mut worst: f64 = 0.0;
    for (report, alone) in REPORTS.iter().zip(alone) {
        let call = filled(session, &report.call.replace("$to", "current_date"));
        timed(session, &call);
        let with = (0..9 * effort.rounds).map(|_| timed(session, &call)).fold(f64::INFINITY, f64::min);
        eprintln!("  {:<44} {:>8.1} ms, {:.2} times as long", report.name, with, with / alone);
        worst = worst.max(with / alone);
    }
    std::thread::sleep(std::time::Duration::from_secs(12));
    let folded = timed(session, "select campaign_snapshot()");
    eprintln!("  folding them took {folded:.0} ms");
    Row {
        name: "reports with 100,000 unfolded visits, the worst".to_owned(),
        measured: worst,
        goal: Goal::AtMost(2.0),
        ours: format!("folded in {} ms", grouped(folded)),
        theirs: String::new(),
        against: "the same without",
        pairs: None,
    }
}

fn in_milliseconds(name: String, milliseconds: f64, goal: f64) -> Row {
    Row {
        name: format!("{name}, milliseconds"),
        measured: milliseconds,
        goal: Goal::AtMost(goal),
        ours: format!("{milliseconds:.1} ms"),
        theirs: String::new(),
        against: "",
        pairs: None,
    }
}

fn filled(session: &Session, sql: &str) -> String {
    let of = |code: &str| {
        session.show(&format!("select quote_literal(id) || '::uuid' from campaigns where tracking_code = '{code}'"))
    };
    sql.replace("$campaign", &of("POST_1_1"))
        .replace("$tree", &of("TREE_1"))
        .replace("$from", "(current_date - 90)")
        .replace("$to", "(current_date - 1)")
}

fn timed(session: &Session, sql: &str) -> f64 {
    let started = Instant::now();
    session.run(sql);
    started.elapsed().as_secs_f64() * 1000.0
}

fn number(text: &str) -> f64 {
    text.parse().unwrap_or_else(|_| panic!("{text} is not a number"))
}
