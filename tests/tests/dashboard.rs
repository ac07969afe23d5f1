//! What the dashboard asks beyond the other reports: the tree level by level, comparisons, overlaps, who is there now,
//! previews, what a deletion takes, and the state of the installation.

use pg_campaign_tests::{Database, Shim};
use serde_json::{Value, json};

/// A parent with the posts A and B under it, C under B, and D beside them all.
fn tree() -> Database {
    let db = Database::shop();
    db.run(
        "select campaign_create('Parent', 'multi', 'campaign', tracking_code => 'P');
         select campaign_create('A', 'tiktok', 'video', cost => 100, tracking_code => 'A',
           parent_campaign_id => (select id from campaigns where tracking_code = 'P'));
         select campaign_create('B', 'instagram', 'reel', cost => 50, tracking_code => 'B',
           parent_campaign_id => (select id from campaigns where tracking_code = 'P'));
         select campaign_create('C', 'instagram', 'post', tracking_code => 'C',
           parent_campaign_id => (select id from campaigns where tracking_code = 'B'));
         select campaign_create('D', 'youtube', 'video', tracking_code => 'D')",
    );
    db
}

fn id(db: &Database, code: &str) -> String {
    db.show(&format!("select id from campaigns where tracking_code = '{code}'"))
}

#[test]
fn a_level_of_the_tree_covers_what_is_under_it() {
    let db = tree();
    db.click("A", "ada", "2024-06-01 10:00Z");
    db.click("C", "ben", "2024-06-01 10:00Z");
    db.click("B", "ben", "2024-06-02 10:00Z");
    db.order("ben", "2024-06-03 10:00Z");
    db.order("ada", "2024-06-20 10:00Z");
    let level = |arguments: &str| {
        db.show(&format!(
            "select name, child_count, cost, revenue, roi, visits, unique_visitors, conversions from campaign_branches({arguments})"
        ))
    };
    assert_eq!(level(""), "Parent|2|150.00|200.00|33.33|3|2|2\nD|0|0.00|0.00|null|0|0|0");
    let parent = format!("parent_campaign_id => '{}'", id(&db, "P"));
    assert_eq!(level(&parent), "B|1|50.00|100.00|100.00|2|1|1\nA|0|100.00|100.00|0.00|1|1|1");
    assert_eq!(
        level(&format!("{parent}, end_date => '2024-06-10'")),
        "B|1|50.00|100.00|100.00|2|1|1\nA|0|100.00|0.00|-100.00|1|1|0"
    );
    assert_eq!(level("max_rows => 1"), "Parent|2|150.00|200.00|33.33|3|2|2");
    db.refuses("P0002", "no campaign", "select campaign_branches('00000000-0000-0000-0000-000000000000')");
    db.refuses("22023", "max_rows", "select campaign_branches(max_rows => 0)");
}

#[test]
fn a_range_is_compared_with_as_many_days_before() {
    let db = tree();
    db.click("A", "ada", "2024-05-31 23:59Z");
    db.click("A", "ben", "2024-06-01 00:00Z");
    db.click("B", "cleo", "2024-06-07 23:59Z");
    db.click("A", "dora", "2024-06-08 00:00Z");
    let compared = |arguments: &str| {
        db.show(&format!(
            "select c #>> '{{range,start_date}}', c #>> '{{range,end_date}}', c #>> '{{metrics,total_visits}}', jsonb_array_length(c -> 'timeline')
             from campaign_comparison({arguments}) c"
        ))
    };
    assert_eq!(compared("start_date => '2024-06-08', end_date => '2024-06-14'"), "2024-06-01|2024-06-07|2|7");
    let of_a = format!("'{}', '2024-06-08', '2024-06-14'", id(&db, "A"));
    assert_eq!(compared(&of_a), "2024-06-01|2024-06-07|1|7");
    let of_parent = format!("'{}', '2024-06-08', '2024-06-14', true", id(&db, "P"));
    assert_eq!(compared(&of_parent), "2024-06-01|2024-06-07|2|7");
    // Midnight is that of the zone asked for.
    assert_eq!(
        compared("start_date => '2024-06-08', end_date => '2024-06-14', tz => 'America/New_York'"),
        "2024-06-01|2024-06-07|2|7"
    );
    assert_eq!(compared("start_date => '2024-06-01', end_date => '2024-06-01'"), "2024-05-31|2024-05-31|1|1");
    assert_eq!(db.show("select campaign_comparison(end_date => '2024-06-14') is null"), "t");
    assert_eq!(db.show("select campaign_comparison(start_date => current_date + 2) is null"), "t");
    assert_eq!(
        db.show("select campaign_comparison(start_date => current_date - 6) #>> '{range,end_date}' = (current_date - 7)::text"),
        "t"
    );
    assert_eq!(db.show("select campaign_comparison(null, '0001-01-01', '9999-12-31') is null"), "t");
    db.refuses("22023", "before start_date", "select campaign_comparison(null, '2024-06-02', '2024-06-01')");
}

#[test]
fn children_share_visitors() {
    let db = tree();
    for (code, session, at) in [
        ("A", "ada", "2024-06-01 10:00Z"),
        ("B", "ada", "2024-06-02 10:00Z"),
        ("C", "ben", "2024-06-02 11:00Z"),
        ("A", "ben", "2024-06-09 10:00Z"),
        ("A", "cleo", "2024-06-01 10:00Z"),
        ("D", "cleo", "2024-06-01 11:00Z"),
    ] {
        db.click(code, session, at);
    }
    let overlap = |more: &str| {
        let parent = id(&db, "P");
        db.show(&format!(
            "select name, visitors, other_name, other_visitors, common_visitors from campaign_overlap('{parent}'{more})"
        ))
    };
    // C counts for B, which it is under; D is nobody's child.
    assert_eq!(overlap(""), "A|3|B|2|2");
    assert_eq!(overlap(", end_date => '2024-06-08'"), "A|2|B|2|1");
    assert_eq!(overlap(", start_date => '2024-06-09'"), "");
    let leaf = id(&db, "A");
    assert_eq!(db.show(&format!("select count(*) from campaign_overlap('{leaf}')")), "0");
    db.refuses("22023", "max_children", &format!("select campaign_overlap('{leaf}', max_children => 1)"));
    db.refuses("P0002", "no campaign", "select campaign_overlap('00000000-0000-0000-0000-000000000000')");
}

#[test]
fn only_who_was_active_just_now_is_live() {
    let db = tree();
    db.run(
        "select campaign_track_visit('A', s) from unnest(array['now', 'gone', 'old']) s;
         select campaign_track_visit('B', 'now2');
         update campaign_visits set last_activity_at = now() - interval '6 minutes' where session_id = 'gone';
         update campaign_visits set visited_at = now() - interval '25 hours' where session_id = 'old'",
    );
    assert_eq!(db.show("select name, visitors from campaign_live()"), "A|1\nB|1");
}

#[test]
fn a_preview_is_what_creating_gives() {
    let db = tree();
    db.run(&format!("alter database {} set campaign.store_url = 'https://yourstore.com'", db.name()));
    // A session that knows the setting.
    let db = db.session();
    let preview = |arguments: &str| db.show(&format!("select * from campaign_preview({arguments})"));
    let promised = preview("'Summer Dress Reel', 'instagram', 'reel'");
    assert_eq!(promised, "INSTA_SUMMER_DRESS_01|https://yourstore.com?utm_campaign=INSTA_SUMMER_DRESS_01|t");
    let made =
        db.show("select tracking_code, tracking_url from campaign_create('Summer Dress Reel', 'instagram', 'reel')");
    assert_eq!(promised, format!("{made}|t"));
    assert!(preview("'Summer Dress Reel', 'instagram', 'reel'").starts_with("INSTA_SUMMER_DRESS_02|"));
    assert_eq!(
        preview("'x', 'other', landing_url => 'https://a.example/b', wanted_code => 'a'"),
        "a|https://a.example/b?utm_campaign=a|f"
    );
    assert!(preview("'x', 'other', wanted_code => 'new'").ends_with("|t"));
    db.refuses("22023", "name must not be blank", "select campaign_preview(' ', 'other')");
    db.refuses("22023", "tracking_code", "select campaign_preview('x', 'other', wanted_code => 'a b')");
}

#[test]
fn a_deletion_is_counted_as_it_happens() {
    let db = tree();
    db.click("A", "ada", "2024-06-01 10:00Z");
    db.click("C", "ben", "2024-06-02 10:00Z");
    db.order("ben", "2024-06-03 10:00Z");
    let (parent, post, other) = (id(&db, "P"), id(&db, "B"), id(&db, "D"));
    let counted = |ids: &[&str]| db.show(&format!("select * from campaign_deletion('{{{}}}')", ids.join(",")));
    assert_eq!(counted(&[]), "0|0|0");
    assert_eq!(counted(&[&post]), "2|1|1");
    // What is chosen twice, by itself and with its parent, goes once.
    assert_eq!(counted(&[&parent, &post, &other]), "5|2|1");
    assert_eq!(counted(&[&parent]), "4|2|1");
    assert_eq!(db.show(&format!("select * from campaign_delete('{parent}', force => true)")), "4|2|1");
    db.refuses("P0002", "no campaign", &format!("select campaign_deletion('{{{parent}}}')"));
    db.refuses("22023", "ids must be given", "select campaign_deletion(null)");
    db.refuses("22023", "", "select campaign_deletion('{null}')");
}

#[test]
fn an_order_tells_why_each_click_got_it_or_not() {
    let db = tree();
    db.click("A", "other", "2024-05-20 10:00Z");
    db.run("select campaign_identify('other', 1)");
    db.click("A", "ada", "2024-06-01 10:00Z");
    db.click("B", "ada", "2024-06-02 10:00Z");
    db.run(
        "insert into customers (id) overriding system value values (1) on conflict do nothing;
         insert into orders (customer_id, session_id, created_at) values (1, 'ada', '2024-06-03 10:00Z')",
    );
    let verdicts = |order: &str| {
        db.show(&format!(
            "select string_agg(t #>> '{{campaign,name}}' || ' ' || (t ->> 'verdict'), ', ' order by n)
             from jsonb_array_elements(campaign_order_source('{order}') -> 'touches') with ordinality t (t, n)"
        ))
    };
    let order = db.show("select max(id) from orders");
    assert_eq!(verdicts(&order), "A other_session, A earlier, B credited");
    // The later click expired, by hand, before the order: the one before it is credited.
    db.click("A", "ben", "2024-07-01 10:00Z");
    db.click("B", "ben", "2024-07-02 10:00Z");
    db.run("update campaign_visits set expires_at = '2024-07-02 11:00Z' where session_id = 'ben' and touch_no = 2");
    let order = db.order("ben", "2024-07-03 10:00Z");
    assert_eq!(verdicts(&order), "A credited, B not_live");
}

#[test]
fn the_service_tells_all_this() {
    let db = Database::demo();
    db.run(&format!(
        "alter database {0} set campaign.store_url = 'https://yourstore.com'; alter database {0} set campaign.currency = 'USD'",
        db.name()
    ));
    let shim = Shim::start(&db);
    let made = |body: Value| shim.post("/campaigns", &body).data(201)["id"].as_str().unwrap_or_default().to_owned();
    let parent = made(json!({"name": "Parent", "platform": "multi", "campaign_type": "campaign"}));
    for (name, platform) in [("A", "tiktok"), ("B", "instagram")] {
        made(
            json!({"name": name, "platform": platform, "campaign_type": "post", "tracking_code": name, "parent_campaign_id": parent, "cost": 10}),
        );
        db.run(&format!("select campaign_track_visit('{name}', 's')"));
    }

    let me = shim.get("/me");
    assert_eq!(
        me.data(200),
        &json!({"role": "admin", "timezone": "UTC", "currency": "USD", "store_url": "https://yourstore.com",
                "attribution_window": "30d", "click_window": null, "match_customer": false, "on_error": "warn"})
    );
    let key = shim.post("/keys", &json!({"name": "Ana", "role": "analyst"})).data(201)["key"].clone();
    let bearer = format!("Bearer {}", key.as_str().unwrap_or_default());
    assert_eq!(shim.send("GET", "/me", &[("authorization", &bearer)], None).data(200)["role"], "analyst");

    let branches = shim.get(&format!("/campaigns/tree?parent_campaign_id={parent}"));
    assert_eq!(branches.data(200).as_array().map(Vec::len), Some(2));
    assert_eq!(branches.data(200)[0]["roi"], json!(-100.00));
    assert_eq!(shim.get("/campaigns/tree").data(200)[0]["visits"], 2);
    assert_eq!(shim.get("/campaigns/live").data(200).as_array().map(Vec::len), Some(2));
    assert_eq!(shim.get(&format!("/campaigns/{parent}/overlap")).data(200)[0]["common_visitors"], 1);
    assert_eq!(
        shim.get("/campaigns/preview?name=Winter%20Coats&platform=tiktok").data(200),
        &json!({"tracking_code": "TIKTOK_WINTER_COATS_01", "tracking_url": "https://yourstore.com?utm_campaign=TIKTOK_WINTER_COATS_01", "is_free": true})
    );
    assert_eq!(shim.get("/campaigns/preview?name=x&platform=tiktok&tracking_code=a").data(200)["is_free"], false);
    assert_eq!(
        shim.get(&format!("/campaigns/deletion?ids={parent}")).data(200),
        &json!({"campaigns": 3, "visits": 2, "conversions": 0})
    );
    let status = shim.get("/status");
    assert_eq!([&status.data(200)["orders"], &status.data(200)["visits"]], [&json!("demo.orders"), &json!(2)]);

    for (path, words) in [
        ("/campaigns/preview?platform=tiktok", "name must be given"),
        ("/campaigns/preview?name=x&platform=myspace", "unknown platform"),
        ("/campaigns/deletion", "ids"),
        ("/campaigns/deletion?ids=mother", ""),
        ("/campaigns/tree?limit=1001", "max_rows"),
        ("/attribution-failures?limit=0", "max_rows"),
    ] {
        shim.get(path).refused(422, "invalid_value", words);
    }

    // With and without the days before; a document of before is the same but for them.
    let today = db.show("select current_date");
    for path in
        [format!("/campaigns/{parent}/analytics?include_children=true"), "/campaigns/analytics/overview?".to_owned()]
    {
        let plain = shim.get(&format!("{path}&start_date={today}")).data(200).clone();
        let mut compared = shim.get(&format!("{path}&start_date={today}&compare=true")).data(200).clone();
        let previous = compared.as_object_mut().and_then(|document| document.remove("previous"));
        assert_eq!(plain, compared);
        let previous = previous.unwrap_or_default();
        assert_eq!([&previous["metrics"]["total_visits"], &previous["timeline"][0]["visits"]], [&json!(0), &json!(0)]);
        assert_eq!(shim.get(&format!("{path}&compare=true")).data(200)["previous"], Value::Null);
    }
}

#[test]
fn failures_are_listed_and_tried_again_over_http() {
    let db = Database::demo();
    let shim = Shim::start(&db);
    let campaign = db.campaign("A");
    db.run("select campaign_track_visit('A', 's')");
    let order = db.show(
        "insert into demo.orders (customer_id, subtotal, total) select id, 80, 80 from demo.customers order by id limit 1 returning id",
    );
    assert_eq!(shim.get("/attribution-failures").data(200), &json!([]));
    db.run(&format!(
        "insert into campaign_attribution_failures (order_id, session_id, step, sqlstate, message)
         values ('{order}', 's', 'convert', '22012', 'division by zero'), ('no such order', 's', 'convert', '22012', 'division by zero')"
    ));
    let failures = shim.get("/attribution-failures");
    assert_eq!(failures.data(200).as_array().map(Vec::len), Some(2));
    assert_eq!(failures.data(200)[1]["order_id"], order.as_str());
    assert_eq!(failures.data(200)[1]["attempts"], 1);
    assert_eq!(shim.get("/attribution-failures?limit=1").data(200).as_array().map(Vec::len), Some(1));
    let outcomes = shim.call("POST", "/attribution-failures/retry", None);
    let resolved: Vec<&Value> =
        outcomes.data(200).as_array().unwrap().iter().map(|outcome| &outcome["resolved"]).collect();
    assert_eq!(resolved, [&json!(true), &json!(false)]);
    assert_eq!(db.show("select campaign_id from campaign_conversions"), campaign);
    let left = shim.get("/attribution-failures");
    assert_eq!(left.data(200).as_array().map(Vec::len), Some(1));
    assert_eq!(left.data(200)[0]["attempts"], 2);
}
