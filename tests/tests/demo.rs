//! The demo shop: its own rules, and a season in it.

use pg_campaign_tests::Database;
use serde_json::json;

const ADA: &str = "c0000000-0000-4000-8000-000000000001";
const HOME: &str = "a0000000-0000-4000-8000-000000000001";
const DRESS: &str = "d0000000-0000-4000-8000-000000000001";

fn order(customer: &str, items: &str, address: &str) -> String {
    format!("select demo.place_order('{customer}', '{items}', '{address}', session_id => 's')")
}

#[test]
fn a_checkout_adds_tax_and_shipping() {
    let db = Database::demo();
    let campaign = db.campaign("A");
    db.click("A", "s", "2024-06-01 10:00Z");
    let visit = db.show("select id from campaign_visits");
    db.run("update campaign_visits set expires_at = 'infinity'");
    let placed = db.json(&order(ADA, &format!(r#"[{{"product_id": "{DRESS}", "quantity": 1}}]"#), HOME));
    assert_eq!(placed["campaign_id"], campaign.as_str());
    assert_eq!(placed["visit_id"], visit.as_str());
    assert_eq!(placed["order_number"], "ORD-10001");
    assert_eq!(
        [&placed["subtotal"], &placed["tax"], &placed["shipping"], &placed["total"]],
        [&json!(150.00), &json!(0.00), &json!(0.00), &json!(150.00)]
    );
    // New York: 8.875 % of 32 is 2.84, and 5.95 to send it.
    let (customer, address) = db
        .show("select customer_id, id from demo.addresses where region = 'NY' order by id limit 1")
        .split_once('|')
        .map(|(customer, address)| (customer.to_owned(), address.to_owned()))
        .unwrap();
    let tee = db.show("select id from demo.products where sku = 'TEE-STRIPE'");
    let placed = db.json(&order(&customer, &format!(r#"[{{"product_id": "{tee}", "quantity": 1}}]"#), &address));
    assert_eq!([&placed["tax"], &placed["shipping"], &placed["total"]], [&json!(2.84), &json!(5.95), &json!(40.79)]);
    assert_eq!(db.show("select revenue, currency from campaign_conversions order by 1"), "40.79|USD\n150.00|USD");
}

#[test]
fn a_checkout_refuses_what_cannot_be() {
    let db = Database::demo();
    let one = format!(r#"[{{"product_id": "{DRESS}", "quantity": 1}}]"#);
    let nobody = "00000000-0000-0000-0000-000000000000";
    let elsewhere = "a0000000-0000-4000-8000-000000000002";
    for (sqlstate, words, statement) in [
        ("P0002", "no such customer", order(nobody, &one, HOME)),
        ("P0002", "no such address", order(ADA, &one, nobody)),
        ("22023", "belongs to another customer", order(ADA, &one, elsewhere)),
        ("22023", "needs items", order(ADA, "[]", HOME)),
        ("22023", "needs items", order(ADA, "{}", HOME)),
        ("22023", "unknown field: price", order(ADA, &one.replace("}", r#", "price": 1}"#), HOME)),
        ("22023", "quantity of item 1", order(ADA, &one.replace(": 1}", ": 0}"), HOME)),
        ("22023", "quantity of item 1", order(ADA, &one.replace(": 1}", ": 1.5}"), HOME)),
        ("22023", "product_id of item 1 is not a UUID", order(ADA, &one.replace(DRESS, "dress"), HOME)),
        ("P0002", "no such product", order(ADA, &one.replace(DRESS, nobody), HOME)),
    ] {
        db.refuses(sqlstate, words, &statement);
    }
    assert_eq!(db.show("select count(*) from demo.orders"), "0");
}

#[test]
fn a_season_adds_up() {
    let db = Database::demo();
    let places = db.cluster().directory().join(format!("{}.mmdb", db.name()));
    std::fs::copy(concat!(env!("CARGO_MANIFEST_DIR"), "/data/geo/cities.mmdb"), &places).unwrap();
    db.run(&format!("alter database {} set campaign.geoip_database = '{}'", db.name(), places.display()));
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../sql/demo/season.sql");
    db.cluster().run("psql", &["-X", "-q", "-d", db.name(), "-v", "visits=3000", "-f", file]);

    assert_eq!(db.show("select count(*) from campaign_attribution_failures"), "0");
    assert_eq!(
        db.show(
            "select count(*) filter (where parent_campaign_id is null), count(*) filter (where parent_campaign_id is not null) >= 8,
                    count(distinct platform) filter (where parent_campaign_id is not null) >= 4 from campaigns"
        ),
        "2|t|t"
    );
    assert_eq!(db.show("select count(*) between 2400 and 3600, max(visited_at) <= now(), now() - min(visited_at) < interval '91 days' from campaign_visits"), "t|t|t");
    assert_eq!(db.show("select count(*) > 40 from campaign_conversions"), "t");
    // The reports say what the tables say, and what the shop says.
    let roi = "select sum(visits), sum(conversions), sum(revenue), sum(cost) from campaign_roi()";
    assert_eq!(
        db.show(roi),
        db.show(
            "select (select count(*) from campaign_visits where device_type is distinct from 'bot'),
                    (select count(*) from campaign_conversions where cancelled_at is null),
                    (select round(sum(net_revenue), 2) from campaign_conversions),
                    (select round(sum(cost), 2) from campaigns)"
        )
    );
    assert_eq!(
        db.show("select sum(conversions), sum(revenue) from campaign_roi()"),
        db.show("select count(*), round(sum(total - refunded), 2) from demo.orders where campaign_id is not null and status <> 'cancelled'")
    );
    assert_eq!(
        db.show("select sum(visits), sum(conversions), sum(revenue) from campaign_roi()"),
        db.show(
            "select sum(r.visits), sum(r.conversions), sum(r.revenue) from campaigns c cross join lateral campaign_roi(c.id, include_children => true) r
              where c.parent_campaign_id is null"
        )
    );
    // Days add up to the whole, and products to the lines that were sold.
    assert_eq!(
        db.show("select sum(t.visits), sum(t.conversions), sum(t.revenue) from campaigns c cross join lateral campaign_timeline(c.id) t"),
        db.show("select sum(visits), sum(conversions), sum(revenue) from campaign_roi()")
    );
    assert_eq!(
        db.show(
            "select sum(p.quantity_sold), sum(p.revenue) from campaigns c cross join lateral campaign_products(c.id, include_children => true, max_rows => 1000) p
              where c.parent_campaign_id is null"
        ),
        db.show(
            "select sum(l.quantity), sum(l.amount) from demo.order_lines l join demo.orders o on o.id = l.order_id
              where o.campaign_id is not null and o.status <> 'cancelled'"
        )
    );
    // Every order went to the session's latest live click, told by plain SQL.
    assert_eq!(
        db.show(
            "select count(*) from demo.orders o
               left join lateral (select v.id from campaign_visits v where v.session_id = o.session_id and v.visited_at <= o.created_at
                 order by v.visited_at desc, v.touch_no desc limit 1) v on true
              where o.visit_id is distinct from v.id and o.visit_id is not null"
        ),
        "0"
    );
    assert_eq!(
        db.show("select count(*) from demo.customers u where u.acquisition_campaign_id is distinct from
                   (select k.campaign_id from campaign_conversions k where k.customer_id = u.id order by k.converted_at, k.order_id limit 1)"),
        "0"
    );
    // A second season is refused, and the first one is still whole.
    let before = db.show(roi);
    let again = std::process::Command::new(format!("{}/psql", pg_campaign_tests::cluster::PROGRAMS))
        .args(["-X", "-q", "-d", &db.url("postgres"), "-v", "visits=3000", "-f", file])
        .output()
        .unwrap();
    assert!(!again.status.success());
    assert!(String::from_utf8_lossy(&again.stderr).contains("the season is already in this database"));
    assert_eq!(db.show(roi), before);
}
