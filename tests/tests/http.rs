//! The same over HTTP, as browsers, dashboards and fools call it.

use pg_campaign_tests::shim::{KEY, grant_login};
use pg_campaign_tests::{Cluster, Database, Session, Shim};
use serde_json::{Value, json};

const PHONE: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.0 Mobile/15E148 Safari/604.1";
const NOBODY: &str = "00000000-0000-0000-0000-000000000000";
const ADA: &str = "c0000000-0000-4000-8000-000000000001";
const HOME: &str = "a0000000-0000-4000-8000-000000000001";
const DRESS: &str = "d0000000-0000-4000-8000-000000000001";

fn shop() -> (Database, Shim) {
    let db = Database::demo();
    db.run(&format!("alter database {0} set campaign.store_url = 'https://yourstore.com'; alter database {0} set campaign.currency = 'USD'", db.name()));
    let shim = Shim::start(&db);
    (db, shim)
}

fn keys(document: &Value) -> Vec<&str> {
    document.as_object().map(|fields| fields.keys().map(String::as_str).collect()).unwrap_or_default()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// A campaign with this code, made over HTTP; its id.
fn campaign(shim: &Shim, code: &str) -> String {
    let made = shim.post(
        "/campaigns",
        &json!({"name": code, "platform": "instagram", "campaign_type": "reel", "tracking_code": code, "cost": 250}),
    );
    text(&made.data(201)["id"])
}

fn click(shim: &Shim, code: &str, session: &str) -> Value {
    let visit = json!({"tracking_code": code, "session_id": session, "landing_page": "/p", "user_agent": PHONE, "referrer": "https://instagram.com"});
    shim.browse("/campaigns/track-visit", &visit).data(200).clone()
}

fn recorded(db: &Database) -> String {
    ["campaigns", "campaign_visits", "campaign_conversions", "demo.orders"]
        .iter()
        .map(|table| {
            db.show(&format!("select count(*), md5(string_agg(t::text, ',' order by t::text)) from {table} t"))
        })
        .collect::<Vec<_>>()
        .join(" ")
}

#[test]
fn from_a_click_to_roi() {
    let (db, shim) = shop();
    let parent = shim.post(
        "/campaigns",
        &json!({"name": "Summer 2024 Sale", "description": "Main summer campaign across all platforms", "platform": "multi", "campaign_type": "campaign",
                "budget": 5000.00, "starts_at": "2024-06-01T00:00:00Z", "ends_at": "2024-08-31T23:59:59Z"}),
    );
    let parent = parent.data(201).clone();
    assert_eq!(parent["tracking_code"], "SUMMER_2024");
    assert_eq!(parent["is_active"], true);
    assert_eq!(parent["starts_at"], "2024-06-01T00:00:00Z");
    let child = shim.post(
        "/campaigns",
        &json!({"parent_campaign_id": parent["id"], "name": "Summer Dress Reel - Instagram", "platform": "instagram", "campaign_type": "reel",
                "post_url": "https://instagram.com/p/xyz123", "cost": 250.00, "budget": 300.00}),
    );
    assert!(child.text.contains("250.00") && child.text.contains("300.00"), "money keeps its places: {}", child.text);
    let child = child.data(201).clone();
    assert_eq!(child["tracking_code"], "INSTA_SUMMER_DRESS_01");
    assert_eq!(child["tracking_url"], "https://yourstore.com?utm_campaign=INSTA_SUMMER_DRESS_01");
    assert_eq!(child["parent_campaign_id"], parent["id"]);

    let first = click(&shim, "INSTA_SUMMER_DRESS_01", "session-abc-123");
    assert_eq!(keys(&first), ["campaign_id", "expires_at", "visit_id"]);
    assert_eq!(first["campaign_id"], child["id"]);
    assert!(text(&first["expires_at"]).ends_with('Z'), "{first}");
    let again = shim.send(
        "POST",
        "/campaigns/track-visit",
        &[("user-agent", PHONE)],
        Some(br#"{"tracking_code": "insta_summer_dress_01", "session_id": "session-abc-123"}"#),
    );
    assert_eq!(again.data(200)["visit_id"], first["visit_id"]);
    let seen = shim.browse("/campaigns/update-activity", &json!({"session_id": "session-abc-123"}));
    assert_eq!(seen.data(200)["active"], true);
    assert_eq!(
        db.show("select count(*), min(device_type), min(ip_address) from campaign_visits"),
        "1|mobile|127.0.0.0"
    );

    // Three ways to buy: the checkout, any other INSERT, and one that only a transaction's setting tells of.
    let order = shim.browse(
        "/orders",
        &json!({"customer_id": ADA, "session_id": "session-abc-123", "items": [{"product_id": DRESS, "quantity": 2}],
                "shipping_address_id": HOME, "billing_address_id": HOME}),
    );
    let order = order.data(201).clone();
    assert_eq!(order["campaign_id"], child["id"]);
    assert_eq!(order["visit_id"], first["visit_id"]);
    assert_eq!(order["total"], json!(300.00));
    db.run(&format!(
        "insert into demo.orders (customer_id, subtotal, total, session_id) values ('{ADA}', 150, 150, 'session-abc-123');
         begin; set local campaign.session_id = 'session-abc-123';
         insert into demo.orders (customer_id, subtotal, total) values ('{ADA}', 50, 50); commit"
    ));

    let child_id = text(&child["id"]);
    let analytics = shim.get(&format!("/campaigns/{child_id}/analytics"));
    assert!(analytics.text.contains("500.00"), "{}", analytics.text);
    let analytics = analytics.data(200).clone();
    assert_eq!(
        analytics["metrics"],
        json!({"total_visits": 1, "unique_visitors": 1, "total_conversions": 3, "conversion_rate": 300.00, "currency": "USD", "total_revenue": 500.00,
               "average_order_value": 166.67, "profit": 250.00, "roi": 100.00, "cost_per_visit": 250.00, "cost_per_conversion": 83.33, "other_currencies": null})
    );
    assert_eq!(analytics["campaign"]["parent_campaign"], json!({"id": parent["id"], "name": "Summer 2024 Sale"}));
    assert_eq!(
        analytics["top_products"],
        json!([{"product_id": DRESS, "product_name": "Summer Dress", "quantity_sold": 2, "revenue": 300.00}])
    );
    assert_eq!(analytics["device_breakdown"], json!([{"device_type": "mobile", "visits": 1, "conversions": 3}]));
    let tree = shim.get(&format!("/campaigns/{}/analytics?include_children=true", text(&parent["id"])));
    let tree = tree.data(200);
    assert_eq!(tree["campaign"]["total_budget"], json!(5000.00));
    assert_eq!(tree["campaign"]["total_cost"], json!(250.00));
    assert_eq!(tree["campaign"]["child_count"], 1);
    assert_eq!(tree["metrics"]["roi"], json!(100.00));
    assert_eq!(tree["children"][0]["id"], child["id"]);
    assert_eq!(
        tree["platform_breakdown"],
        json!([{"platform": "instagram", "visits": 1, "conversions": 3, "revenue": 500.00}])
    );

    let source = shim.get(&format!("/orders/{}/campaign-source", text(&order["id"])));
    let source = source.data(200);
    assert_eq!(source["attributed"], true);
    assert_eq!(source["campaign"]["id"], child["id"]);
    assert!(text(&source["conversion"]["converted_at"]).ends_with('Z'), "{source}");
    let won = shim.get(&format!("/customers/{ADA}/acquisition"));
    assert_eq!(won.data(200)["campaign"]["id"], child["id"]);
    assert_eq!(won.data(200)["order_id"], order["id"]);
    let history = shim.get(&format!("/customers/{ADA}/campaign-history"));
    assert_eq!(history.data(200)["campaigns"][0]["conversions"], 3);
}

#[test]
fn without_a_user_agent_in_the_body_the_header_tells() {
    let (db, shim) = shop();
    let id = campaign(&shim, "A");
    let click = |agent: &str, session: &str| {
        let body = json!({"tracking_code": "A", "session_id": session}).to_string();
        shim.send("POST", "/campaigns/track-visit", &[("user-agent", agent)], Some(body.as_bytes())).data(200).clone()
    };
    assert!(click(PHONE, "s")["visit_id"].is_string());
    assert_eq!(click("curl/7.88.1", "t"), json!({"visit_id": null, "campaign_id": id, "expires_at": null}));
    assert_eq!(db.show("select session_id, device_type from campaign_visits"), "s|mobile");
}

#[test]
fn campaigns_are_managed() {
    let (_db, shim) = shop();
    let id = campaign(&shim, "A");
    let child = shim.post("/campaigns", &json!({"name": "B", "platform": "tiktok", "campaign_type": "video", "parent_campaign_id": id, "metadata": {"tags": ["x"]}}));
    let child = text(&child.data(201)["id"]);
    assert_eq!(shim.get(&format!("/campaigns/{id}")).data(200)["child_count"], 1);
    let children = shim.get(&format!("/campaigns/{id}/children"));
    assert_eq!(children.data(200).as_array().map(Vec::len), Some(1));
    assert_eq!(children.data(200)[0]["metadata"], json!({"tags": ["x"]}));
    let changed =
        shim.put(&format!("/campaigns/{child}"), &json!({"cost": 12.5, "description": "new", "metadata": null}));
    assert_eq!(
        [&changed.data(200)["cost"], &changed.data(200)["metadata"], &changed.data(200)["name"]],
        [&json!(12.50), &json!(null), &json!("B")]
    );
    assert_eq!(shim.call("PUT", &format!("/campaigns/{child}/deactivate"), None).data(200)["is_active"], false);
    let list = shim.get("/campaigns?is_active=true&page_size=1");
    assert_eq!(list.data(200).as_array().map(Vec::len), Some(1));
    assert_eq!(list.data(200)[0]["id"], id);
    assert_eq!(shim.call("PUT", &format!("/campaigns/{child}/activate"), None).data(200)["is_active"], true);
    for (query, names) in [
        ("", json!(["B", "A"])),
        ("?platform=tiktok", json!(["B"])),
        ("?campaign_type=reel", json!(["A"])),
        (&format!("?parent_campaign_id={id}"), json!(["B"])),
        ("?search=new", json!(["B"])),
        ("?page=2&page_size=1", json!(["A"])),
        ("?is_active=false", json!([])),
    ] {
        let list = shim.get(&format!("/campaigns{query}"));
        let found: Vec<&Value> = list.data(200).as_array().unwrap().iter().map(|campaign| &campaign["name"]).collect();
        assert_eq!(json!(found), names, "{query}");
    }
    assert_eq!(
        shim.get("/campaigns?page=2&page_size=1").json["paging"],
        json!({"page": 2, "page_size": 1, "total": 2})
    );
    assert_eq!(
        shim.delete(&format!("/campaigns/{id}")).data(200),
        &json!({"campaigns_deleted": 2, "visits_deleted": 0, "conversions_deleted": 0})
    );
    shim.get(&format!("/campaigns/{id}")).refused(404, "not_found", "no campaign with id");
}

#[test]
fn deletion_with_conversions_needs_force() {
    let (db, shim) = shop();
    let id = campaign(&shim, "A");
    click(&shim, "A", "s");
    db.run(&format!(
        "insert into demo.orders (customer_id, subtotal, total, session_id) values ('{ADA}', 150, 150, 's')"
    ));
    shim.delete(&format!("/campaigns/{id}")).refused(409, "conflict", "conversions");
    assert_eq!(
        shim.delete(&format!("/campaigns/{id}?force=true")).data(200),
        &json!({"campaigns_deleted": 1, "visits_deleted": 1, "conversions_deleted": 1})
    );
    assert_eq!(db.show("select count(*), count(campaign_id) from demo.orders"), "1|0");
}

#[test]
fn sessions_are_identified() {
    let (db, shim) = shop();
    campaign(&shim, "A");
    click(&shim, "A", "s");
    let linked = shim.post("/campaigns/identify", &json!({"session_id": "s", "customer_id": ADA}));
    assert_eq!(linked.data(200), &json!({"visits_linked": 1}));
    assert_eq!(db.show("select customer_id from campaign_visits"), ADA);
    shim.post("/campaigns/identify", &json!({"session_id": "s", "customer_id": "ada"})).refused(
        422,
        "invalid_value",
        "",
    );
    shim.browse("/campaigns/identify", &json!({"session_id": "s", "customer_id": ADA})).refused(
        401,
        "unauthorized",
        "key",
    );
}

#[test]
fn page_views_of_nobody_are_told() {
    let (_db, shim) = shop();
    let seen = shim.browse("/campaigns/update-activity", &json!({"session_id": "nobody"}));
    assert_eq!(seen.data(200), &json!({"active": false, "expires_at": null}));
}

#[test]
fn bad_clicks_are_told_and_change_nothing() {
    let (db, shim) = shop();
    campaign(&shim, "A");
    let stopped = campaign(&shim, "STOPPED");
    shim.call("PUT", &format!("/campaigns/{stopped}/deactivate"), None).data(200);
    let before = recorded(&db);
    let long = "x".repeat(10_240);
    let path = "/campaigns/track-visit";
    for (body, status, code, words) in [
        (json!({"tracking_code": "NOPE", "session_id": "s"}), 404, "not_found", "no campaign with tracking code NOPE"),
        (json!({"tracking_code": "STOPPED", "session_id": "s"}), 409, "conflict", "not active"),
        (json!({"tracking_code": "A", "session_id": ""}), 422, "invalid_value", "session_id must be given"),
        (json!({"tracking_code": "A"}), 422, "invalid_value", "session_id"),
        (json!({"tracking_code": "A", "session_id": null}), 422, "invalid_value", "session_id"),
        (json!({"session_id": "s"}), 422, "invalid_value", "tracking_code"),
        (json!({"tracking_code": "A", "session_id": "x".repeat(201)}), 422, "invalid_value", "at most 200 bytes"),
        (json!({"tracking_code": "A", "session_id": long}), 413, "too_large", "too large"),
        (
            json!({"tracking_code": "A", "session_id": "a\u{0}b"}),
            422,
            "invalid_value",
            "session_id: control characters",
        ),
        (
            json!({"tracking_code": "A\u{0}", "session_id": "s"}),
            422,
            "invalid_value",
            "tracking_code: control characters",
        ),
        (
            json!({"tracking_code": "A", "session_id": "s", "landing_page": "\u{0}"}),
            422,
            "invalid_value",
            "landing_page: control characters",
        ),
        (json!({"tracking_code": "A", "session_id": 7}), 422, "invalid_value", "session_id: invalid type"),
        (json!({"tracking_code": ["A"], "session_id": "s"}), 422, "invalid_value", "tracking_code: invalid type"),
        (
            json!({"tracking_code": "A", "session_id": "s", "colour": "red"}),
            422,
            "invalid_value",
            "unknown field `colour`",
        ),
        (
            json!({"tracking_code": "A", "session_id": "s", "visited_at": "2024-06-01T00:00:00Z"}),
            422,
            "invalid_value",
            "unknown field `visited_at`",
        ),
        (
            json!({"tracking_code": "A", "session_id": "s", "ip_address": "1.2.3.4"}),
            422,
            "invalid_value",
            "unknown field `ip_address`",
        ),
        (json!(["A", "s"]), 422, "invalid_value", "expected an object"),
        (json!("A"), 422, "invalid_value", "expected an object"),
        (json!(null), 422, "invalid_value", "expected an object"),
    ] {
        shim.browse(path, &body).refused(status, code, words);
    }
    for body in [
        &b"not JSON"[..],
        b"",
        b"{",
        b"{\"tracking_code\": \"A\", \"session_id\": \"s\"} x",
        b"\xff\xfe",
        b"{\"tracking_code\": \"A\", \"session_id\": \"s\x00\"}",
    ] {
        shim.send("POST", path, &[], Some(body)).refused(400, "malformed", "");
    }
    shim.send("POST", path, &[("content-type", "application/x-www-form-urlencoded")], Some(b"tracking_code=A"))
        .refused(415, "unsupported_media_type", "");
    shim.browse("/campaigns/update-activity", &json!({"session_id": ""})).refused(
        422,
        "invalid_value",
        "session_id must be given",
    );
    shim.browse("/campaigns/update-activity", &json!({"session": "s"})).refused(
        422,
        "invalid_value",
        "unknown field `session`",
    );
    assert_eq!(recorded(&db), before);
}

#[test]
fn bad_campaigns_are_told_and_change_nothing() {
    let (db, shim) = shop();
    let id = campaign(&shim, "TAKEN");
    let before = recorded(&db);
    let with = |field: &str, value: Value| {
        let mut body = json!({"name": "n", "platform": "instagram", "campaign_type": "post"});
        body[field] = value;
        body
    };
    for (body, status, code, words) in [
        (json!({}), 422, "invalid_value", "name"),
        (json!({"name": "n", "platform": "instagram"}), 422, "invalid_value", "campaign_type must be given"),
        (with("name", json!(" ")), 422, "invalid_value", "name must not be blank"),
        (with("name", json!("a\u{0}")), 422, "invalid_value", "name: control characters"),
        (with("platform", json!("myspace")), 422, "invalid_value", "unknown platform 'myspace'"),
        (with("campaign_type", json!("tweet")), 422, "invalid_value", "unknown campaign_type 'tweet'"),
        (with("cost", json!(-0.01)), 422, "invalid_value", "cost must be 0 or more"),
        (with("budget", json!(-1)), 422, "invalid_value", "budget must be 0 or more"),
        (with("cost", json!("12")), 422, "invalid_value", "cost: expected a number"),
        (with("cost", json!(null)), 422, "invalid_value", "cost must be given"),
        (with("is_active", json!("yes")), 422, "invalid_value", "is_active: invalid type"),
        (with("starts_at", json!("tomorrow")), 422, "invalid_value", "starts_at: expected a time"),
        (with("parent_campaign_id", json!("mother")), 422, "invalid_value", "parent_campaign_id"),
        (with("parent_campaign_id", json!(NOBODY)), 404, "not_found", "no campaign with id"),
        (with("post_url", json!("javascript:alert(1)")), 422, "invalid_value", "post_url"),
        (with("metadata", json!([1])), 422, "invalid_value", "metadata must be a JSON object"),
        (with("tracking_code", json!("a b")), 422, "invalid_value", "tracking_code"),
        (with("tracking_code", json!("taken")), 409, "conflict", "tracking code taken is taken"),
        (with("colour", json!("red")), 422, "invalid_value", "unknown field `colour`"),
        (with("id", json!(NOBODY)), 422, "invalid_value", "unknown field `id`"),
        (json!([]), 422, "invalid_value", "expected an object"),
    ] {
        shim.post("/campaigns", &body).refused(status, code, words);
    }
    let mut dates = with("starts_at", json!("2024-06-02T00:00:00Z"));
    dates["ends_at"] = json!("2024-06-01T00:00:00Z");
    shim.post("/campaigns", &dates).refused(422, "invalid_value", "ends_at must be later than starts_at");
    let key = format!("Bearer {KEY}");
    let headers = [("authorization", key.as_str())];
    shim.send("POST", "/campaigns", &headers, Some(b"{")).refused(400, "malformed", "not JSON");
    shim.send("POST", "/campaigns", &headers, Some(b"{\"name\": \"a\", \"name\": \"b\"}")).refused(
        422,
        "invalid_value",
        "duplicate field `name`",
    );
    shim.send("POST", "/campaigns", &headers, Some("x".repeat(300_000).as_bytes())).refused(413, "too_large", "");
    for (body, status, code, words) in [
        (json!({"colour": "red"}), 422, "invalid_value", "unknown field `colour`"),
        (json!({"cost": -1}), 422, "invalid_value", "cost must be 0 or more"),
        (json!({"name": null}), 422, "invalid_value", "name must be given"),
        (json!({"parent_campaign_id": id}), 422, "invalid_value", "under itself"),
    ] {
        shim.put(&format!("/campaigns/{id}"), &body).refused(status, code, words);
    }
    shim.put(&format!("/campaigns/{NOBODY}"), &json!({})).refused(404, "not_found", "no campaign with id");
    for path in ["/campaigns/mother", "/campaigns/mother/children", "/campaigns/mother/analytics", "/campaigns/123"] {
        shim.get(path).refused(422, "invalid_value", "UUID");
    }
    for path in [
        format!("/campaigns/{NOBODY}"),
        format!("/campaigns/{NOBODY}/children"),
        format!("/campaigns/{NOBODY}/analytics"),
    ] {
        shim.get(&path).refused(404, "not_found", "no campaign with id");
    }
    for (query, words) in [
        ("page=0", "page must be 1 or more"),
        ("page=two", "page"),
        ("page_size=1001", "page_size"),
        ("is_active=perhaps", "is_active"),
        ("parent_campaign_id=mother", "parent_campaign_id"),
        ("colour=red", "colour"),
        ("page=1&page=2", "page"),
    ] {
        shim.get(&format!("/campaigns?{query}")).refused(422, "invalid_value", words);
    }
    assert_eq!(recorded(&db), before);
}

#[test]
fn bad_periods_are_told() {
    let (_db, shim) = shop();
    let id = campaign(&shim, "A");
    let analytics = |query: &str| shim.get(&format!("/campaigns/{id}/analytics?{query}"));
    analytics("start_date=2024-06-02&end_date=2024-06-01").refused(
        422,
        "invalid_value",
        "end_date 2024-06-01 is before start_date 2024-06-02",
    );
    analytics("start_date=June").refused(422, "invalid_value", "start_date: expected a day");
    analytics("end_date=2024-02-30").refused(422, "invalid_value", "end_date: expected a day");
    analytics("include_children=maybe").refused(422, "invalid_value", "include_children");
    analytics("tz=Mars/Olympus").refused(422, "invalid_value", "time zone");
    analytics("from=2024-06-01").refused(422, "invalid_value", "unknown field `from`");
    let days = analytics("start_date=2024-06-01&end_date=2024-06-02&tz=Europe/Berlin");
    assert_eq!(days.data(200)["timeline"].as_array().map(Vec::len), Some(2));
}

#[test]
fn without_the_key_only_the_public_routes_answer() {
    let (db, shim) = shop();
    let id = campaign(&shim, "A");
    let before = recorded(&db);
    let routes = [
        ("GET", "/campaigns".to_owned()),
        ("POST", "/campaigns".to_owned()),
        ("GET", format!("/campaigns/{id}")),
        ("PUT", format!("/campaigns/{id}")),
        ("DELETE", format!("/campaigns/{id}")),
        ("GET", format!("/campaigns/{id}/children")),
        ("PUT", format!("/campaigns/{id}/activate")),
        ("PUT", format!("/campaigns/{id}/deactivate")),
        ("GET", format!("/campaigns/{id}/analytics")),
        ("POST", "/campaigns/identify".to_owned()),
        ("GET", "/orders/1/campaign-source".to_owned()),
        ("GET", "/customers/1/acquisition".to_owned()),
        ("GET", "/customers/1/campaign-history".to_owned()),
    ];
    for (method, path) in &routes {
        let body = (*method != "GET").then_some(&b"{}"[..]);
        for headers in [
            &[][..],
            &[("authorization", "Bearer wrong")],
            &[("authorization", "Bearer ")],
            &[("authorization", "Basic a2V5LW9mLXRoZS10ZXN0cw==")],
            &[("authorization", KEY)],
        ] {
            let reply = shim.send(method, path, headers, body);
            reply.refused(401, "unauthorized", "key");
            assert_eq!(reply.header("www-authenticate"), "Bearer", "{method} {path}");
        }
    }
    assert_eq!(recorded(&db), before);
    assert_eq!(shim.send("GET", "/healthz", &[], None).status, 200);
    assert_eq!(shim.send("GET", "/readyz", &[], None).status, 200);
    click(&shim, "A", "s");
}

#[test]
fn orders_of_the_demo_shop() {
    let (db, shim) = shop();
    campaign(&shim, "A");
    click(&shim, "A", "s");
    let order = |changes: Value| {
        let mut body = json!({"customer_id": ADA, "session_id": "s", "items": [{"product_id": DRESS, "quantity": 1}], "shipping_address_id": HOME});
        for (field, value) in changes.as_object().unwrap() {
            body[field] = value.clone();
        }
        shim.browse("/orders", &body)
    };
    let placed = order(json!({}));
    assert!(placed.data(201)["campaign_id"].is_string());
    assert!(text(&placed.data(201)["created_at"]).ends_with('Z'));
    assert_eq!(order(json!({"session_id": null})).data(201)["campaign_id"], json!(null));
    let before = recorded(&db);
    for (changes, status, code, words) in [
        (json!({"customer_id": NOBODY}), 404, "not_found", "no such customer"),
        (json!({"customer_id": null}), 422, "invalid_value", "customer_id"),
        (json!({"customer_id": "ada"}), 422, "invalid_value", "customer_id"),
        (json!({"items": []}), 422, "invalid_value", "needs items"),
        (json!({"items": null}), 422, "invalid_value", "needs items"),
        (json!({"items": "dress"}), 422, "invalid_value", "needs items"),
        (json!({"items": [{"product_id": DRESS, "quantity": 0}]}), 422, "invalid_value", "quantity of item 1"),
        (json!({"items": [{"product_id": DRESS, "quantity": "1"}]}), 422, "invalid_value", "quantity of item 1"),
        (json!({"items": [{"product_id": DRESS}]}), 422, "invalid_value", "quantity of item 1"),
        (json!({"items": [{"product_id": NOBODY, "quantity": 1}]}), 404, "not_found", "no such product"),
        (
            json!({"items": [{"product_id": DRESS, "quantity": 1, "price": 1}]}),
            422,
            "invalid_value",
            "unknown field: price",
        ),
        (json!({"shipping_address_id": NOBODY}), 404, "not_found", "no such address"),
        (json!({"shipping_address_id": null}), 422, "invalid_value", "shipping_address_id"),
        (
            json!({"billing_address_id": "a0000000-0000-4000-8000-000000000002"}),
            422,
            "invalid_value",
            "belongs to another customer",
        ),
        (json!({"session_id": "a\u{0}"}), 422, "invalid_value", "control characters"),
        (json!({"total": 1}), 422, "invalid_value", "unknown field `total`"),
    ] {
        order(changes).refused(status, code, words);
    }
    assert_eq!(recorded(&db), before);
}

#[test]
fn sources_of_what_there_is_not() {
    let (_db, shim) = shop();
    assert_eq!(
        shim.get(&format!("/orders/{NOBODY}/campaign-source")).data(200),
        &json!({"order_id": NOBODY, "attributed": false, "campaign": null, "visit": null, "conversion": null, "touches": []})
    );
    for path in [
        "/orders/first/campaign-source",
        "/customers/me/acquisition",
        "/customers/me/campaign-history",
        "/orders/a%00b/campaign-source",
    ] {
        shim.get(path).refused(422, "invalid_value", "");
    }
}

#[test]
fn addresses_and_methods_that_are_none() {
    let (_db, shim) = shop();
    for path in ["/nothing", "/campaigns/a/b/c", "/campaign"] {
        shim.get(path).refused(404, "not_found", "");
    }
    shim.call("PATCH", "/campaigns", None).refused(405, "method_not_allowed", "");
    shim.get("/campaigns/track-visit").refused(405, "method_not_allowed", "");
    assert_eq!(shim.get("/campaigns").header("content-type"), "application/json");
    assert_eq!(shim.get("/campaigns").header("x-content-type-options"), "nosniff");
}

#[test]
fn the_shim_needs_no_search_path() {
    let db = Database::empty();
    // A shop may have tables and functions of our names, and its database a path that leads to them.
    db.run(&format!(
        "create extension pg_campaign; select campaign_install();
         create table public.campaigns (id int);
         create function public.campaign_create(text, text, text) returns int language sql return 1;
         alter database {} set search_path = public",
        db.name()
    ));
    let shim = Shim::start(&db);
    let id = campaign(&shim, "A");
    click(&shim, "A", "s");
    assert_eq!(shim.get(&format!("/campaigns/{id}/analytics")).data(200)["metrics"]["total_visits"], 1);
    shim.browse("/orders", &json!({"customer_id": ADA})).refused(404, "not_found", "the demo shop is not installed");
}

#[test]
fn it_starts_only_where_it_can_work() {
    let fails = |url: &str, words: &str| match Shim::try_start(url, &[]) {
        Ok(_) => panic!("started on {url}"),
        Err(error) => assert!(error.contains(words), "{error}"),
    };
    let db = Database::empty();
    let login = format!("{}_shim", db.name());
    // The roles belong to the cluster, and may be there before the extension is.
    db.run("create extension pg_campaign; drop extension pg_campaign");
    grant_login(&db, &login);
    fails(&db.url(&login), "create extension pg_campaign");
    db.run("create extension pg_campaign");
    fails(&db.url(&login), "campaign_install()");
    db.run("select campaign_install()");
    assert!(Shim::try_start(&db.url(&login), &[]).is_ok());
    db.run(&format!("revoke campaign_admin from {login}"));
    fails(&db.url(&login), "campaign_admin");
    fails(&db.cluster().url("no_such_database", &login), "no_such_database");
    fails("postgresql:///x?host=/no/such/directory", "cannot reach the database");
    fails("nonsense", "not valid");
}

#[test]
fn the_database_may_go_away_and_come_back() {
    let cluster = Cluster::start();
    cluster.admin(|admin| {
        admin.run("create extension pg_campaign; select campaign_install()");
        admin.campaign("A");
        grant_login(admin, "shim");
    });
    let shim =
        Shim::start_on(&cluster.url("postgres", "shim"), &["--pool-timeout", "500ms", "--connect-timeout", "500ms"]);
    let before = click(&shim, "A", "s");
    cluster.halt();
    let visit = json!({"tracking_code": "A", "session_id": "s", "user_agent": PHONE});
    for _ in 0..3 {
        let reply = shim.browse("/campaigns/track-visit", &visit);
        reply.refused(503, "unavailable", "not available");
        assert_eq!(reply.header("retry-after"), "1");
    }
    shim.get("/campaigns").refused(503, "unavailable", "not available");
    shim.send("GET", "/readyz", &[], None).refused(503, "unavailable", "");
    assert_eq!(shim.send("GET", "/healthz", &[], None).status, 200);
    cluster.resume();
    // A connection that died with the server may cost one more answer.
    let answers: Vec<u16> = (0..50)
        .map(|_| shim.browse("/campaigns/track-visit", &visit).status)
        .take_while(|status| *status != 200)
        .collect();
    assert!(answers.len() < 50 && answers.iter().all(|status| *status == 503), "{answers:?}");
    assert_eq!(click(&shim, "A", "s")["visit_id"], before["visit_id"]);
    assert_eq!(shim.get("/campaigns").data(200).as_array().map(Vec::len), Some(1));
    assert_eq!(Session::open(&cluster.url("postgres", "postgres")).show("select count(*) from campaign_visits"), "1");
}
