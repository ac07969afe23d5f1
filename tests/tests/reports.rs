//! Figures: exact, current, and the ones that hand arithmetic gives.

use pg_campaign_tests::Database;
use serde_json::{Value, json};

const METRICS: &str = "m.total_visits, m.unique_visitors, m.total_conversions, m.conversion_rate, m.total_revenue, m.average_order_value, m.cost, m.budget, m.roi, m.cost_per_visit, m.cost_per_conversion, m.profit";

fn keys(document: &Value) -> Vec<&str> {
    document.as_object().map(|fields| fields.keys().map(String::as_str).collect()).unwrap_or_default()
}

/// The plan's tree: 15,000 visits by 12,000 visitors, 450 orders of 150, 4,200 spent; the first child has 1,250 visits,
/// 45 orders and cost 250. A campaign beside the tree has visits and an order too.
fn the_plans_summer() -> Database {
    let db = Database::shop();
    db.run(
        "do $$ declare v_parent uuid; begin
           v_parent := (campaign_create('Summer 2024 Sale', 'multi', 'campaign', budget => 5000)).id;
           perform campaign_create('Summer Dress Reel - Instagram', 'instagram', 'reel', v_parent, cost => 250, budget => 300, tracking_code => 'ONE');
           perform campaign_create('Beach Collection - TikTok', 'tiktok', 'video', v_parent, cost => 500, budget => 700, tracking_code => 'TWO');
           perform campaign_create('Everything - Facebook', 'facebook', 'ad', v_parent, cost => 3450, tracking_code => 'THREE');
           perform campaign_create('Elsewhere', 'youtube', 'video', cost => 10, tracking_code => 'OTHER');
         end $$;
         select count(*) from (select array_agg(case when n <= 1250 then 'ONE' when n <= 4450 then 'TWO' when n <= 12000 then 'THREE' else 'OTHER' end order by n) as codes,
             array_agg('s' || n order by n) as sessions,
             array_agg('2024-06-01 00:00Z'::timestamptz + (n % 10) * interval '1 day' order by n) as ats
           from generate_series(1, 12100) n) b cross join lateral campaign_track_visits(codes, sessions, visited_at => ats);
         insert into orders (total, session_id, created_at)
         select 150, 's' || case when n <= 45 then n when n <= 165 then 1250 + n else 4450 + n end, '2024-06-15 12:00Z' from generate_series(1, 450) n;
         insert into orders (total, session_id, created_at) values (99, 's12050', '2024-06-15 12:00Z');
         select count(*) from (select array_agg('s' || n order by n) as sessions, array_fill('2024-06-20 12:00Z'::timestamptz, array[3000]) as ats
           from generate_series(1, 3000) n) b cross join lateral campaign_track_visits(array_fill('THREE'::text, array[3000]), sessions, visited_at => ats)",
    );
    db
}

#[test]
fn the_plans_figures() {
    let db = the_plans_summer();
    let metrics = |code: &str, more: &str| {
        db.show(&format!("select {METRICS} from campaigns c cross join lateral campaign_metrics(c.id{more}) m where c.tracking_code = '{code}'"))
    };
    assert_eq!(metrics("ONE", ""), "1250|1250|45|3.60|6750.00|150.00|250.00|300.00|2600.00|0.20|5.56|6500.00");
    assert_eq!(
        metrics("SUMMER_2024", ", include_children => true"),
        "15000|12000|450|3.00|67500.00|150.00|4200.00|5000.00|1507.14|0.28|9.33|63300.00"
    );
    assert_eq!(metrics("SUMMER_2024", ""), "0|0|0|null|0.00|null|0.00|5000.00|null|null|null|0.00");
    assert_eq!(
        db.show("select tracking_code, visits, conversions, revenue, roi from campaign_roi()"),
        "THREE|10550|285|42750.00|1139.13\n\
         TWO|3200|120|18000.00|3500.00\n\
         ONE|1250|45|6750.00|2600.00\n\
         OTHER|100|1|99.00|890.00\n\
         SUMMER_2024|0|0|0.00|null"
    );
    assert_eq!(
        db.show("select tracking_code, visits, unique_visitors, revenue, roi from campaign_roi(include_children => true) limit 1"),
        "SUMMER_2024|15000|12000|67500.00|1507.14"
    );
}

#[test]
fn the_plans_document_of_a_post() {
    let db = the_plans_summer();
    let document =
        db.json("select campaign_analytics(id, '2024-06-01', '2024-06-30') from campaigns where tracking_code = 'ONE'");
    assert_eq!(
        keys(&document),
        ["campaign", "device_breakdown", "geographic_breakdown", "metrics", "timeline", "top_products"]
    );
    let parent = db.show("select id from campaigns where tracking_code = 'SUMMER_2024'");
    assert_eq!(
        document["campaign"],
        json!({
            "id": db.show("select id from campaigns where tracking_code = 'ONE'"), "name": "Summer Dress Reel - Instagram",
            "tracking_code": "ONE", "platform": "instagram", "cost": 250.00, "budget": 300.00,
            "parent_campaign": {"id": parent, "name": "Summer 2024 Sale"},
        })
    );
    assert_eq!(
        document["metrics"],
        json!({
            "total_visits": 1250, "unique_visitors": 1250, "total_conversions": 45, "conversion_rate": 3.60, "currency": null,
            "total_revenue": 6750.00, "average_order_value": 150.00, "profit": 6500.00, "roi": 2600.00, "cost_per_visit": 0.20,
            "cost_per_conversion": 5.56, "other_currencies": null,
        })
    );
    let timeline = document["timeline"].as_array().unwrap();
    assert_eq!(timeline.len(), 30);
    assert_eq!(timeline[0], json!({"date": "2024-06-01", "visits": 125, "conversions": 0, "revenue": 0.00}));
    assert_eq!(timeline[14], json!({"date": "2024-06-15", "visits": 0, "conversions": 45, "revenue": 6750.00}));
    assert_eq!(timeline[29]["date"], "2024-06-30");
    assert_eq!(document["device_breakdown"], json!([{"device_type": "unknown", "visits": 1250, "conversions": 45}]));
    assert_eq!(
        document["geographic_breakdown"],
        json!([{"country": "unknown", "visits": 1250, "conversions": 45, "revenue": 6750.00}])
    );
    // Money keeps its two places in the text.
    let text = db.show("select campaign_analytics(id) from campaigns where tracking_code = 'ONE'");
    assert!(text.contains("\"total_revenue\": 6750.00") && text.contains("\"roi\": 2600.00"), "{text}");
}

#[test]
fn the_plans_document_of_a_parent() {
    let db = the_plans_summer();
    let document = db.json(
        "select campaign_analytics(id, include_children => true) from campaigns where tracking_code = 'SUMMER_2024'",
    );
    assert_eq!(
        document["campaign"],
        json!({
            "id": db.show("select id from campaigns where tracking_code = 'SUMMER_2024'"), "name": "Summer 2024 Sale",
            "total_budget": 5000.00, "total_cost": 4200.00, "child_count": 3,
        })
    );
    for (field, value) in [
        ("total_visits", json!(15000)),
        ("unique_visitors", json!(12000)),
        ("total_conversions", json!(450)),
        ("conversion_rate", json!(3.00)),
        ("total_revenue", json!(67500.00)),
        ("average_order_value", json!(150.00)),
        ("roi", json!(1507.14)),
        ("cost_per_conversion", json!(9.33)),
    ] {
        assert_eq!(document["metrics"][field], value, "{field}");
    }
    let children = document["children"].as_array().unwrap();
    let told: Vec<Value> = children
        .iter()
        .map(|child| {
            json!([
                child["name"],
                child["platform"],
                child["visits"],
                child["conversions"],
                child["revenue"],
                child["roi"]
            ])
        })
        .collect();
    assert_eq!(
        told,
        [
            json!(["Everything - Facebook", "facebook", 10550, 285, 42750.00, 1139.13]),
            json!(["Beach Collection - TikTok", "tiktok", 3200, 120, 18000.00, 3500.00]),
            json!(["Summer Dress Reel - Instagram", "instagram", 1250, 45, 6750.00, 2600.00]),
        ]
    );
    assert!(children.iter().all(|child| child["id"].is_string()));
    assert_eq!(
        document["platform_breakdown"],
        json!([
            {"platform": "facebook", "visits": 10550, "conversions": 285, "revenue": 42750.00},
            {"platform": "tiktok", "visits": 3200, "conversions": 120, "revenue": 18000.00},
            {"platform": "instagram", "visits": 1250, "conversions": 45, "revenue": 6750.00},
        ])
    );
    // Without a budget of its own, a parent has the sum of its tree's.
    db.run("select campaign_update(id, '{\"budget\": 0}') from campaigns where tracking_code = 'SUMMER_2024'");
    let document = db.json(
        "select campaign_analytics(id, include_children => true) from campaigns where tracking_code = 'SUMMER_2024'",
    );
    assert_eq!(document["campaign"]["total_budget"], json!(1000.00));
    let alone = db.json("select campaign_analytics(id) from campaigns where tracking_code = 'SUMMER_2024'");
    assert_eq!(alone["campaign"]["parent_campaign"], json!(null));
    assert!(alone.get("children").is_none() && alone.get("platform_breakdown").is_none());
}

#[test]
fn a_deep_tree_counts_everyone_once() {
    let db = Database::shop();
    db.run(
        "do $$ declare v_id uuid; begin
           for level in 1 .. 6 loop
             v_id := (campaign_create('Level ' || level, 'other', 'post', v_id, cost => 10, budget => level, tracking_code => 'L' || level)).id;
           end loop;
         end $$;
         select campaign_track_visit('L' || level, 'everyone', visited_at => '2024-06-01 10:00Z'::timestamptz + level * interval '1 hour') from generate_series(1, 6) level;
         select campaign_track_visit('L' || level, 's' || level, visited_at => '2024-06-01 10:00Z') from generate_series(1, 6) level;
         insert into orders (total, session_id, created_at) values (60, 'everyone', '2024-06-02 10:00Z'), (30, 's2', '2024-06-02 10:00Z')",
    );
    assert_eq!(
        db.show("select name, visits, unique_visitors, conversions, revenue, cost, budget, roi from campaign_roi(include_children => true) order by name"),
        "Level 1|12|7|2|90.00|60.00|1.00|50.00\n\
         Level 2|10|6|2|90.00|50.00|2.00|80.00\n\
         Level 3|8|5|1|60.00|40.00|3.00|50.00\n\
         Level 4|6|4|1|60.00|30.00|4.00|100.00\n\
         Level 5|4|3|1|60.00|20.00|5.00|200.00\n\
         Level 6|2|2|1|60.00|10.00|6.00|500.00"
    );
    let document =
        db.json("select campaign_analytics(id, include_children => true) from campaigns where tracking_code = 'L1'");
    assert_eq!(document["campaign"]["child_count"], 1);
    assert_eq!(document["children"].as_array().map(Vec::len), Some(1));
    assert_eq!(document["children"][0]["visits"], 10);
    assert_eq!(document["children"][0]["unique_visitors"], 6);
    assert_eq!(
        document["platform_breakdown"],
        json!([{"platform": "other", "visits": 12, "conversions": 2, "revenue": 90.00}])
    );
}

#[test]
fn a_zero_denominator_is_null() {
    let db = Database::shop();
    db.run("select campaign_create('Free', 'other', 'post', tracking_code => 'FREE'), campaign_create('Paid', 'other', 'post', tracking_code => 'PAID', cost => 30)");
    let figures = |code: &str| {
        db.show(&format!(
            "select m.conversion_rate, m.average_order_value, m.roi, m.cost_per_visit, m.cost_per_conversion, m.profit
               from campaigns c cross join lateral campaign_metrics(c.id) m where c.tracking_code = '{code}'"
        ))
    };
    assert_eq!(figures("FREE"), "null|null|null|null|null|0.00");
    assert_eq!(figures("PAID"), "null|null|-100.00|null|null|-30.00");
    for code in ["FREE", "PAID"] {
        db.click(code, code, "2024-06-01 10:00Z");
        db.run(&format!(
            "insert into orders (total, session_id, created_at) values (0, '{code}', '2024-06-01 11:00Z')"
        ));
    }
    assert_eq!(figures("FREE"), "100.00|0.00|null|0.00|0.00|0.00");
    assert_eq!(figures("PAID"), "100.00|0.00|-100.00|30.00|30.00|-30.00");
    db.run("update orders set total = 100");
    assert_eq!(figures("FREE"), "100.00|100.00|null|0.00|0.00|100.00");
    assert_eq!(figures("PAID"), "100.00|100.00|233.33|30.00|30.00|70.00");
    assert_eq!(
        db.show("select campaign_rate(1, 0), campaign_return(1, 0), campaign_average(1, 0), campaign_rate(null, 1)"),
        "null|null|null|null"
    );
    assert_eq!(db.show("select campaign_return(6750, 250), campaign_return(67500, 4200), campaign_rate(2, 3), campaign_average(2, 3)"), "2600.00|1507.14|66.67|0.67");
}

#[test]
fn an_empty_campaign_has_an_empty_document() {
    let db = Database::shop();
    db.campaign("A");
    let document = db.json("select campaign_analytics(id, include_children => true) from campaigns");
    for list in
        ["timeline", "top_products", "device_breakdown", "geographic_breakdown", "children", "platform_breakdown"]
    {
        assert_eq!(document[list], json!([]), "{list}");
    }
    assert_eq!(document["metrics"]["total_visits"], 0);
    assert_eq!(document["metrics"]["roi"], json!(null));
    let days = db.json("select campaign_analytics(id, '2024-06-01', '2024-06-03') from campaigns");
    assert_eq!(
        days["timeline"],
        json!([
            {"date": "2024-06-01", "visits": 0, "conversions": 0, "revenue": 0.00},
            {"date": "2024-06-02", "visits": 0, "conversions": 0, "revenue": 0.00},
            {"date": "2024-06-03", "visits": 0, "conversions": 0, "revenue": 0.00},
        ])
    );
    for report in ["campaign_timeline", "campaign_products"] {
        assert_eq!(
            db.show(&format!("select count(*) from campaign_{}((select id from campaigns))", &report[9..])),
            "0"
        );
    }
    assert_eq!(db.show("select count(*) from campaign_breakdown((select id from campaigns), 'country')"), "0");
}

#[test]
fn days_are_inclusive_and_of_the_shops_zone() {
    let db = Database::shop();
    db.campaign("A");
    // The last moment of a day in Berlin, and the first of the next.
    for (session, at) in [
        ("a", "2024-06-01 21:59:59.999999Z"),
        ("b", "2024-06-01 22:00:00Z"),
        ("c", "2024-06-02 21:59:59.999999Z"),
        ("d", "2024-06-02 22:00:00Z"),
    ] {
        db.click("A", session, at);
        db.order(session, at);
    }
    let figures = |arguments: &str| {
        db.show(&format!("select total_visits, total_conversions, total_revenue from campaign_metrics((select id from campaigns){arguments})"))
    };
    assert_eq!(figures(""), "4|4|400.00");
    assert_eq!(figures(", '2024-06-02', '2024-06-02', tz => 'Europe/Berlin'"), "2|2|200.00");
    assert_eq!(figures(", '2024-06-02', '2024-06-02'"), "2|2|200.00");
    assert_eq!(figures(", '2024-06-01', '2024-06-01'"), "2|2|200.00");
    assert_eq!(figures(", '2024-06-03', tz => 'Europe/Berlin'"), "1|1|100.00");
    assert_eq!(figures(", null, '2024-06-01', tz => 'Europe/Berlin'"), "1|1|100.00");
    db.run("set campaign.timezone = 'Europe/Berlin'");
    assert_eq!(figures(", '2024-06-01', '2024-06-01'"), "1|1|100.00");
    assert_eq!(
        db.show("select bucket_date, visits, conversions, revenue, bucket from campaign_timeline((select id from campaigns))"),
        "2024-06-01|1|1|100.00|2024-05-31 22:00:00+00\n2024-06-02|2|2|200.00|2024-06-01 22:00:00+00\n2024-06-03|1|1|100.00|2024-06-02 22:00:00+00"
    );
    // Half an hour off, and the caller's own zone is nobody's business.
    db.run("set timezone = 'America/New_York'");
    assert_eq!(figures(", '2024-06-02', '2024-06-02', tz => 'Asia/Kolkata'"), "2|2|200.00");
    db.refuses("22023", "Mars", "select campaign_metrics((select id from campaigns), tz => 'Mars/Olympus')");
}

#[test]
fn days_of_23_and_25_hours() {
    let db = Database::shop();
    db.campaign("A");
    db.run(
        "select count(*) from generate_series('2024-03-30 23:00Z'::timestamptz, '2024-03-31 21:30Z', '30 minutes') at, campaign_track_visit('A', 'march ' || at, visited_at => at);
         select count(*) from generate_series('2024-10-26 22:00Z'::timestamptz, '2024-10-27 22:30Z', '30 minutes') at, campaign_track_visit('A', 'october ' || at, visited_at => at)",
    );
    let day = |day: &str, granularity: &str| {
        db.show(&format!(
            "select count(*), min(visits), max(visits), sum(visits) from campaign_timeline((select id from campaigns), '{day}', '{day}', tz => 'Europe/Berlin', granularity => '{granularity}')"
        ))
    };
    assert_eq!(day("2024-03-31", "hour"), "23|2|2|46");
    assert_eq!(day("2024-03-31", "day"), "1|46|46|46");
    assert_eq!(day("2024-10-27", "hour"), "25|2|2|50");
    assert_eq!(day("2024-10-27", "day"), "1|50|50|50");
    assert_eq!(
        db.show("select total_visits from campaign_metrics((select id from campaigns), '2024-03-31', '2024-03-31', tz => 'Europe/Berlin')"),
        "46"
    );
    let timeline = db.json(
        "select campaign_analytics(id, '2024-03-30', '2024-04-01', tz => 'Europe/Berlin') -> 'timeline' from campaigns",
    );
    assert_eq!(timeline[0]["visits"], 0);
    assert_eq!(timeline[1]["visits"], 46);
    assert_eq!(timeline[2]["visits"], 0);
    assert_eq!(
        db.show("select bucket_date, visits from campaign_timeline((select id from campaigns), '2024-03-01', '2024-10-31', tz => 'Europe/Berlin', granularity => 'month') where visits > 0"),
        "2024-03-01|46\n2024-10-01|50"
    );
}

#[test]
fn a_range_that_cannot_be_is_refused() {
    let db = Database::shop();
    db.campaign("A");
    for report in ["campaign_metrics", "campaign_analytics", "campaign_timeline", "campaign_products", "campaign_roi"] {
        let call = |arguments: &str| format!("select {report}((select id from campaigns), {arguments})");
        db.refuses("22023", "end_date 2024-06-01 is before start_date 2024-06-02", &call("'2024-06-02', '2024-06-01'"));
        db.refuses("22023", "time zone", &call("tz => 'Nowhere'"));
        db.refuses("22023", "time zone is empty", &call("tz => ''"));
        db.refuses("22023", "years 1 to 9999", &call("'-infinity'"));
        db.refuses("22023", "include_children is NULL", &call("include_children => null"));
        db.refuses("P0002", "no campaign with id", &format!("select {report}('00000000-0000-0000-0000-000000000000')"));
        db.run(&call("'2024-06-01', '2024-06-01'"));
        if report != "campaign_roi" {
            db.refuses("22023", "campaign id must be given", &format!("select {report}(null)"));
        }
    }
    db.refuses(
        "22023",
        "unknown granularity 'minute'",
        "select campaign_timeline((select id from campaigns), granularity => 'minute')",
    );
    db.refuses("22023", "unknown dimension 'shoe'", "select campaign_breakdown((select id from campaigns), 'shoe')");
    db.refuses(
        "22023",
        "max_rows must be 1 or more",
        "select campaign_products((select id from campaigns), max_rows => 0)",
    );
}

#[test]
fn money_of_different_currencies_is_never_added_up() {
    let db = Database::shop();
    db.run(
        "alter table orders add currency text;
         select campaign_install(orders => 'orders', customers => 'customers', order_currency => 'currency');
         select campaign_create('A', 'instagram', 'post', tracking_code => 'A', cost => 50)",
    );
    db.click("A", "s", "2024-06-01 10:00Z");
    db.run(
        "insert into orders (total, currency, session_id, created_at) values
           (100, 'eur', 's', '2024-06-02Z'), (200, ' EUR ', 's', '2024-06-02Z'), (1000, 'JPY', 's', '2024-06-02Z'), (7, 'USD', 's', '2024-06-02Z'), (9, 'USD', 's', '2024-06-02Z'),
           (1, 'EUR', 's', '2024-06-02Z')",
    );
    let figures = || {
        db.show("select currency, total_conversions, total_revenue, average_order_value, roi, other_currencies from campaign_metrics((select id from campaigns))")
    };
    assert_eq!(
        figures(),
        "EUR|6|301.00|100.33|502.00|[{\"revenue\": 1000.00, \"currency\": \"JPY\", \"conversions\": 1, \"average_order_value\": 1000.00}, \
         {\"revenue\": 16.00, \"currency\": \"USD\", \"conversions\": 2, \"average_order_value\": 8.00}]"
    );
    db.run("set campaign.currency = 'usd'");
    assert!(figures().starts_with("USD|6|16.00|8.00|-68.00|"), "{}", figures());
    let document = db.json("select campaign_analytics(id) from campaigns");
    assert_eq!(document["metrics"]["total_revenue"], json!(16.00));
    assert_eq!(document["metrics"]["other_currencies"].as_array().map(Vec::len), Some(2));
    assert_eq!(document["timeline"][1], json!({"date": "2024-06-02", "visits": 0, "conversions": 6, "revenue": 16.00}));
}

#[test]
fn refund_corrects_roi() {
    let db = Database::shop();
    db.run("select campaign_create('A', 'instagram', 'post', tracking_code => 'A', cost => 100)");
    db.click("A", "s", "2024-06-01 10:00Z");
    let first = db.order("s", "2024-06-02 10:00Z");
    let second =
        db.show("insert into orders (total, session_id, created_at) values (300, 's', '2024-06-03Z') returning id");
    let figures = || db.show("select conversions, revenue, average_order_value, roi, profit from campaign_roi()");
    assert_eq!(figures(), "2|400.00|200.00|300.00|300.00");
    db.run(&format!("select campaign_refund({second}::bigint, 50)"));
    assert_eq!(figures(), "2|350.00|175.00|250.00|250.00");
    db.run(&format!("update orders set total = 80 where id = {first}"));
    assert_eq!(figures(), "2|330.00|165.00|230.00|230.00");
    db.run(&format!("delete from orders where id = {second}"));
    assert_eq!(figures(), "1|80.00|80.00|-20.00|-20.00");
    let timeline = db.json("select campaign_analytics(id) -> 'timeline' from campaigns");
    assert_eq!(timeline.as_array().map(Vec::len), Some(2), "a cancelled order stretches nothing");
}

#[test]
fn breakdowns_tell_devices_places_and_pages() {
    let db = Database::shop();
    db.campaign("A");
    db.run(
        "select campaign_track_visit('A', 's1', '/a', 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/125.0.0.0 Safari/537.36', 'https://L.Instagram.com/x?y', visited_at => '2024-06-01 10:00Z');
         select campaign_track_visit('A', 's2', '/a', null, 'https://l.instagram.com/z', visited_at => '2024-06-01 10:00Z');
         select campaign_track_visit('A', 's3', '/b', null, null, visited_at => '2024-06-01 10:00Z');
         update campaign_visits set country = 'US', city = 'Austin' where session_id = 's1';
         update campaign_visits set country = 'CA' where session_id = 's2'",
    );
    db.order("s1", "2024-06-02 10:00Z");
    db.order("s3", "2024-06-02 10:00Z");
    let by = |dimension: &str| {
        db.show(&format!("select value, visits, unique_visitors, conversions, conversion_rate, revenue from campaign_breakdown((select id from campaigns), '{dimension}')"))
    };
    assert_eq!(by("device"), "null|2|2|1|50.00|100.00\ndesktop|1|1|1|100.00|100.00");
    assert_eq!(by("country"), "US|1|1|1|100.00|100.00\nnull|1|1|1|100.00|100.00\nCA|1|1|0|0.00|0.00");
    assert_eq!(by("city"), "null|2|2|1|50.00|100.00\nAustin|1|1|1|100.00|100.00");
    assert_eq!(by("referrer"), "l.instagram.com|2|2|1|50.00|100.00\nnull|1|1|1|100.00|100.00");
    assert_eq!(by("landing_page"), "/a|2|2|1|50.00|100.00\n/b|1|1|1|100.00|100.00");
    assert_eq!(by("platform"), "instagram|3|3|2|66.67|200.00");
    let document = db.json("select campaign_analytics(id) from campaigns");
    assert_eq!(
        document["device_breakdown"],
        json!([{"device_type": "unknown", "visits": 2, "conversions": 1}, {"device_type": "desktop", "visits": 1, "conversions": 1}])
    );
    assert_eq!(
        document["geographic_breakdown"],
        json!([
            {"country": "US", "visits": 1, "conversions": 1, "revenue": 100.00},
            {"country": "unknown", "visits": 1, "conversions": 1, "revenue": 100.00},
            {"country": "CA", "visits": 1, "conversions": 0, "revenue": 0.00},
        ])
    );
}

#[test]
fn top_products_come_from_the_order_lines() {
    let db = Database::demo();
    db.campaign("A");
    db.click("A", "s", "2024-06-01 10:00Z");
    let product = |number: u32| format!("d0000000-0000-4000-8000-{number:012}");
    let place = |items: &str, session: &str| {
        db.run(&format!(
            "select demo.place_order('c0000000-0000-4000-8000-000000000001', '{items}', 'a0000000-0000-4000-8000-000000000001',
               session_id => {session}, placed_at => '2024-06-02 10:00Z')"
        ));
    };
    place(
        &format!(
            r#"[{{"product_id": "{}", "quantity": 2}}, {{"product_id": "{}", "quantity": 1}}]"#,
            product(1),
            product(15)
        ),
        "'s'",
    );
    place(&format!(r#"[{{"product_id": "{}", "quantity": 1}}]"#, product(1)), "'s'");
    place(&format!(r#"[{{"product_id": "{}", "quantity": 9}}]"#, product(2)), "null");
    let products = || {
        db.show("select product_id, product_name, quantity_sold, revenue from campaign_products((select id from campaigns))")
    };
    assert_eq!(products(), format!("{}|Summer Dress|3|450.00\n{}|Straw Sun Hat|1|45.00", product(1), product(15)));
    assert_eq!(
        db.json("select campaign_analytics(id) -> 'top_products' from campaigns"),
        json!([
            {"product_id": product(1), "product_name": "Summer Dress", "quantity_sold": 3, "revenue": 450.00},
            {"product_id": product(15), "product_name": "Straw Sun Hat", "quantity_sold": 1, "revenue": 45.00},
        ])
    );
    assert_eq!(
        db.show("select product_name from campaign_products((select id from campaigns), max_rows => 1)"),
        "Summer Dress"
    );
    db.run("update demo.orders set status = 'cancelled' where total = (select max(total) from demo.orders where session_id = 's')");
    assert_eq!(products(), format!("{}|Summer Dress|1|150.00", product(1)));
}

#[test]
fn the_source_of_an_order() {
    let db = Database::shop();
    let a = db.campaign("A");
    db.campaign("B");
    db.run("insert into customers default values");
    let first = db.show("select visit_id from campaign_track_visit('A', 's', '/p', null, 'https://instagram.com', visited_at => '2024-06-01 10:00Z')");
    db.click("B", "s", "2024-06-02 10:00Z");
    let visit = db.show("select visit_id from campaign_track_visit('A', 's', '/p', visited_at => '2024-06-03 10:00Z')");
    db.click("B", "s", "2024-06-05 10:00Z");
    db.run("insert into orders (customer_id, session_id, created_at) values (1, 's', '2024-06-04 10:00Z'), (1, null, '2024-06-04 10:00Z')");
    db.run("set timezone = 'Asia/Tokyo'");
    let source = db.json("select campaign_order_source(1)");
    assert_eq!(keys(&source), ["attributed", "campaign", "conversion", "order_id", "touches", "visit"]);
    assert_eq!(source["order_id"], 1);
    assert_eq!(source["attributed"], true);
    assert_eq!(
        source["campaign"],
        json!({"id": a, "name": "Campaign A", "tracking_code": "A", "platform": "instagram"})
    );
    assert_eq!(source["visit"]["id"], visit.as_str());
    assert_eq!(source["visit"]["visited_at"], "2024-06-03T10:00:00+00:00");
    assert_eq!(source["conversion"]["revenue"], json!(100.00));
    assert_eq!(source["conversion"]["converted_at"], "2024-06-04T10:00:00+00:00");
    let touches: Vec<Value> = source["touches"]
        .as_array()
        .unwrap()
        .iter()
        .map(|touch| json!([touch["campaign"]["tracking_code"], touch["credited"]]))
        .collect();
    assert_eq!(touches, [json!(["A", false]), json!(["B", false]), json!(["A", true])]);
    assert_eq!(source["touches"][0]["id"], first.as_str());
    assert_eq!(source["touches"][0]["referrer"], "https://instagram.com");
    for order in ["2", "404"] {
        assert_eq!(
            db.json(&format!("select campaign_order_source({order})")),
            json!({"order_id": order.parse::<i64>().unwrap(), "attributed": false, "campaign": null, "visit": null, "conversion": null, "touches": []})
        );
    }
    db.refuses("22023", "order_id is NULL", "select campaign_order_source(null::bigint)");
    db.refuses("22P02", "bigint", "select campaign_order_source('first')");
}

#[test]
fn who_won_a_customer_and_what_they_met() {
    let db = Database::shop();
    let (a, b) = (db.campaign("A"), db.campaign("B"));
    db.run("insert into customers select from generate_series(1, 3)");
    db.click("A", "s", "2024-06-01 10:00Z");
    db.click("B", "t", "2024-06-03 10:00Z");
    db.click("B", "stranger", "2024-06-03 10:00Z");
    db.run(
        "insert into orders (customer_id, session_id, created_at) values (1, 's', '2024-06-02 10:00Z'), (1, 't', '2024-06-04 10:00Z'), (1, 't', '2024-06-05 10:00Z');
         select campaign_refund(2, 40); delete from orders where id = 3",
    );
    assert_eq!(
        db.json("select campaign_customer_acquisition(1)"),
        json!({
            "customer_id": 1, "campaign": {"id": a, "name": "Campaign A", "tracking_code": "A", "platform": "instagram"},
            "acquired_at": "2024-06-02T10:00:00+00:00", "order_id": 1,
        })
    );
    assert_eq!(
        db.json("select campaign_customer_acquisition('2')"),
        json!({"customer_id": 2, "campaign": null, "acquired_at": null, "order_id": null})
    );
    let history = db.json("select campaign_customer_history(1)");
    assert_eq!(keys(&history), ["campaigns", "conversions", "customer_id", "visits"]);
    assert_eq!(history["visits"].as_array().map(Vec::len), Some(2));
    let conversions: Vec<Value> = history["conversions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|conversion| {
            json!([
                conversion["order_id"],
                conversion["campaign"]["tracking_code"],
                conversion["net_revenue"],
                conversion["cancelled_at"].is_null()
            ])
        })
        .collect();
    assert_eq!(
        conversions,
        [json!([1, "A", 100.00, true]), json!([2, "B", 60.00, true]), json!([3, "B", 0.00, false])]
    );
    let met: Vec<Value> = history["campaigns"]
        .as_array()
        .unwrap()
        .iter()
        .map(|met| {
            json!([
                met["campaign"]["id"],
                met["first_touch_at"],
                met["last_touch_at"],
                met["visits"],
                met["conversions"],
                met["revenue"]
            ])
        })
        .collect();
    assert_eq!(
        met,
        [
            json!([a, "2024-06-01T10:00:00+00:00", "2024-06-01T10:00:00+00:00", 1, 1, 100.00]),
            json!([b, "2024-06-03T10:00:00+00:00", "2024-06-03T10:00:00+00:00", 1, 1, 60.00]),
        ]
    );
    assert_eq!(
        db.json("select campaign_customer_history(3)"),
        json!({"customer_id": 3, "visits": [], "conversions": [], "campaigns": []})
    );
    db.refuses("22023", "customer_id is NULL", "select campaign_customer_acquisition(null::text)");
    db.refuses("22P02", "bigint", "select campaign_customer_history('me')");
}

#[test]
fn reports_join_the_shops_own_tables() {
    let db = Database::shop();
    db.campaign("A");
    db.run("insert into customers (email) values ('ada@example.com')");
    db.click("A", "s", "2024-06-01 10:00Z");
    db.run("insert into orders (customer_id, session_id, created_at) values (1, 's', '2024-06-02 10:00Z')");
    assert_eq!(
        db.show(
            "select r.name, u.email, o.total from campaign_roi() r
               join orders o using (campaign_id) join customers u on u.id = o.customer_id and u.acquisition_campaign_id = r.campaign_id"
        ),
        "Campaign A|ada@example.com|100"
    );
}

#[test]
fn what_only_reads_works_where_nothing_can_be_written() {
    let db = Database::shop();
    db.campaign("A");
    db.click("A", "s", "2024-06-01 10:00Z");
    db.order("s", "2024-06-02 10:00Z");
    db.run("set default_transaction_read_only = on");
    let id = "(select id from campaigns)";
    for call in [
        format!("campaign_metrics({id})"),
        "campaign_roi()".to_owned(),
        format!("campaign_analytics({id}, include_children => true)"),
        format!("campaign_timeline({id})"),
        format!("campaign_products({id})"),
        format!("campaign_breakdown({id}, 'device')"),
        "campaign_order_source(1)".to_owned(),
        "campaign_customer_acquisition(1)".to_owned(),
        "campaign_customer_history(1)".to_owned(),
        "campaign_status()".to_owned(),
        "campaign_list()".to_owned(),
        format!("campaign_get({id})"),
        format!("campaign_children({id})"),
        "campaign_tracking_code('a', 'other')".to_owned(),
    ] {
        db.run(&format!("begin; select {call}"));
        // On a replica there is no transaction id to be had.
        assert_eq!(db.show("select pg_current_xact_id_if_assigned(); commit"), "null", "{call}");
    }
    db.refuses("25006", "read-only", "select campaign_track_visit('A', 't')");
}
