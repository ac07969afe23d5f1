//! Real shops' tables, each attached by the call that its page in docs/shops shows, and their orders' lives.

use pg_campaign_tests::Database;

/// A shop's tables, and the page that tells how to attach it.
struct Shop {
    schema: &'static str,
    page: &'static str,
}

macro_rules! shop {
    ($name:literal) => {
        Shop {
            schema: include_str!(concat!("../shops/", $name, "/schema.sql")),
            page: include_str!(concat!("../../docs/shops/", $name, ".md")),
        }
    };
}

const PLAIN: Shop = shop!("plain");
const MEDUSA: Shop = shop!("medusa");
const EVERSHOP: Shop = shop!("evershop");
const VENDURE: Shop = shop!("vendure");
const SALEOR: Shop = shop!("saleor");

impl Shop {
    /// The SQL of the page.
    fn mapping(&self) -> &'static str {
        self.page.split("```sql\n").nth(1).and_then(|rest| rest.split("```").next()).expect("the page shows its call")
    }

    /// Its tables, not attached yet, and the extension.
    fn unattached(&self) -> Database {
        let db = Database::empty();
        db.run(self.schema);
        db.run("create extension pg_campaign; select campaign_install()");
        for code in ["A", "B"] {
            db.run(&format!(
                "select campaign_create('Campaign {code}', 'instagram', 'post', tracking_code => '{code}', cost => 50)"
            ));
        }
        db.click("A", "s", "2024-06-01 10:00Z");
        db.click("B", "t", "2024-06-01 10:00Z");
        db
    }

    /// The same, attached.
    fn attached(&self) -> Database {
        let db = self.unattached();
        db.run(self.mapping());
        db
    }
}

/// What each campaign earned: code, conversions, revenue, ROI.
fn earned(db: &Database) -> String {
    db.show("select tracking_code, conversions, revenue, roi from campaign_roi() order by 1")
}

/// What is recorded of each credited order: key, campaign, customer, currency, revenue, net revenue, whether cancelled.
fn credited(db: &Database) -> String {
    db.show(
        "select k.order_id, c.tracking_code, k.customer_id, k.currency, round(k.revenue, 2), round(k.net_revenue, 2), k.cancelled_at is not null
           from campaign_conversions k join campaigns c on c.id = k.campaign_id order by k.order_id",
    )
}

fn assert_no_failures(db: &Database) {
    assert_eq!(db.show("select order_id, step, message from campaign_attribution_failures"), "");
}

/// The sum of the lines of A's orders, as campaign_products tells them.
fn products(db: &Database) -> String {
    db.show("select product_id, product_name, quantity_sold, revenue from campaign_products((select id from campaigns where tracking_code = 'A')) order by 1")
}

#[test]
fn plain_shop() {
    let db = PLAIN.attached();
    db.run(
        "insert into customers (email) values ('ada@example.com');
         insert into products (title, price) values ('Dress', 40);
         insert into orders (customer_id, subtotal, shipping, currency, session_id, created_at) values
           (1, 80, 5, 'eur', 's', '2024-06-02 10:00Z'),
           (null, 40, 5, 'EUR', 's', '2024-06-03 10:00Z'),
           (null, 40, 5, 'EUR', 't', '2024-06-03 10:00Z'),
           (null, 40, 5, 'EUR', null, '2024-06-03 10:00Z');
         insert into order_lines (order_id, product_id, title, quantity, amount) values (1, 1, 'Dress', 2, 80), (2, 1, 'Dress', 1, 40)",
    );
    assert_eq!(earned(&db), "A|2|130.00|160.00\nB|1|45.00|-10.00");
    assert_eq!(products(&db), "1|Dress|3|120.00");
    // A refund in its own table, which touches no order; one that is taken back; one that moves to the right order.
    db.run("insert into refunds (order_id, amount) values (1, 20), (4, 5)");
    assert_eq!(earned(&db), "A|2|110.00|120.00\nB|1|45.00|-10.00");
    db.run("update refunds set order_id = 2 where order_id = 1");
    assert_eq!(credited(&db), "1|A|1|EUR|85.00|85.00|f\n2|A|null|EUR|45.00|25.00|f\n3|B|null|EUR|45.00|45.00|f");
    db.run("delete from refunds");
    assert_eq!(earned(&db), "A|2|130.00|160.00\nB|1|45.00|-10.00");
    // Cancelled, deleted softly, deleted for good; and back again.
    db.run(
        "update orders set status = 'cancelled' where id = 1;
         update orders set deleted_at = now() where id = 2;
         delete from orders where id = 3",
    );
    assert_eq!(earned(&db), "A|0|0.00|-100.00\nB|0|0.00|-100.00");
    db.run("update orders set deleted_at = null");
    assert_eq!(earned(&db), "A|1|45.00|-10.00\nB|0|0.00|-100.00");
    assert_eq!(
        credited(&db),
        "1|A|1|EUR|85.00|0.00|t\n2|A|null|EUR|45.00|45.00|f\n3|B|null|EUR|45.00|0.00|t",
        "what an order was worth when placed stays on record"
    );
    assert_no_failures(&db);
}

/// A checkout of Medusa's: the order first, what it is worth later in the transaction.
fn medusa_checkout(order: &str, customer: &str, session: &str, total: u32, more: &str) -> String {
    format!(
        r#"begin;
           insert into "order" (id, customer_id, email, currency_code, metadata, created_at)
           values ('{order}', {customer}, 'a@example.com', 'eur', '{{"campaign_session": "{session}"}}', '2024-06-02 10:00Z');
           insert into order_line_item (id, title, product_id, product_title, unit_price) values ('li_{order}', 'M', 'prod_1', 'Shirt', {total});
           insert into order_item (id, order_id, version, item_id, quantity) values ('it_{order}', '{order}', 1, 'li_{order}', 1);
           insert into order_summary (id, order_id, version, totals) values
             ('sum_{order}', '{order}', 1, '{{"paid_total": 0, "refunded_total": 0, "current_order_total": {total}, "original_order_total": {total}}}');
           {more}
           commit"#
    )
}

#[test]
fn medusa() {
    let db = MEDUSA.attached();
    db.run("insert into customer (id, email, has_account) values ('cus_1', 'ada@example.com', true)");
    db.run(&medusa_checkout("order_1", "'cus_1'", "s", 100, ""));
    // A guest of Medusa's has a customer that is only in this transaction; this one has none at all.
    db.run(&medusa_checkout("order_2", "null", "s", 60, ""));
    db.run(&medusa_checkout("order_3", "null", "nobody", 60, ""));
    assert_eq!(earned(&db), "A|2|160.00|220.00\nB|0|0.00|-100.00");
    assert_eq!(credited(&db), "order_1|A|cus_1|EUR|100.00|100.00|f\norder_2|A|null|EUR|60.00|60.00|f");
    assert_eq!(products(&db), "prod_1|Shirt|2|160.00");

    // The stock step fails: rolled back before the commit, or the committed order is deleted again.
    db.run(
        &medusa_checkout("order_4", "null", "t", 60, "").replace("commit", "rollback").replace("order_1", "order_4"),
    );
    db.run(&medusa_checkout("order_5", "null", "t", 60, ""));
    assert_eq!(earned(&db), "A|2|160.00|220.00\nB|1|60.00|20.00");
    db.run(r#"delete from "order" where id = 'order_5'"#);
    assert_eq!(earned(&db), "A|2|160.00|220.00\nB|0|0.00|-100.00");

    // Paid, then partly refunded: the order's row is not touched, its summary is.
    db.run(
        r#"update order_summary set totals = totals || '{"paid_total": 100}' where order_id = 'order_1';
           insert into order_transaction (id, order_id, amount, currency_code, reference) values ('tr_1', 'order_1', -30, 'eur', 'refund');
           update order_summary set totals = totals || '{"refunded_total": 30}' where order_id = 'order_1'"#,
    );
    assert_eq!(earned(&db), "A|2|130.00|160.00\nB|0|0.00|-100.00");
    // A return makes version 2: the total falls, and what is paid back for it is not subtracted twice.
    db.run(
        r#"begin;
           update "order" set version = 2 where id = 'order_1';
           insert into order_item (id, order_id, version, item_id, quantity) values ('it_1_2', 'order_1', 2, 'li_order_1', 0.5);
           insert into order_summary (id, order_id, version, totals) values ('sum_1_2', 'order_1', 2,
             '{"paid_total": 100, "refunded_total": 30, "current_order_total": 50, "original_order_total": 100}');
           commit"#,
    );
    assert_eq!(credited(&db).lines().next(), Some("order_1|A|cus_1|EUR|100.00|50.00|f"), "refund still to come");
    db.run(
        r#"update order_summary set totals = totals || '{"refunded_total": 50}' where order_id = 'order_1' and version = 2"#,
    );
    assert_eq!(credited(&db).lines().next(), Some("order_1|A|cus_1|EUR|100.00|50.00|f"));
    db.run(
        r#"update order_summary set totals = totals || '{"refunded_total": 100}' where order_id = 'order_1' and version = 2"#,
    );
    assert_eq!(credited(&db).lines().next(), Some("order_1|A|cus_1|EUR|100.00|0.00|f"));

    // Cancelled: the total stays, the order counts no more.
    db.run(r#"update "order" set status = 'canceled', canceled_at = now() where id = 'order_2'"#);
    assert_eq!(earned(&db), "A|1|0.00|-100.00\nB|0|0.00|-100.00");

    // A draft is none until it is converted.
    db.run(
        r#"begin;
           insert into "order" (id, currency_code, metadata, status, is_draft_order, created_at)
           values ('order_6', 'usd', '{"campaign_session": "t"}', 'draft', true, '2024-06-02 10:00Z');
           insert into order_summary (id, order_id, totals) values ('sum_6', 'order_6', '{"current_order_total": 75}');
           commit"#,
    );
    assert_eq!(db.show("select count(*) from campaign_conversions where order_id = 'order_6'"), "0");
    db.run(r#"update "order" set status = 'pending', is_draft_order = false where id = 'order_6'"#);
    assert_eq!(credited(&db).lines().last(), Some("order_6|B|null|USD|75.00|75.00|f"));
    let source = db.json("select campaign_order_source('order_1')");
    assert_eq!((&source["attributed"], &source["campaign"]["tracking_code"]), (&true.into(), &"A".into()));
    assert_no_failures(&db);
}

#[test]
fn medusa_never_answers_500_for_us() {
    let db = MEDUSA.attached();
    db.run("alter table campaign.campaign_conversions add constraint broken check (false)");
    db.run(&medusa_checkout("order_1", "null", "s", 100, ""));
    assert_eq!(db.show(r#"select count(*) from "order""#), "1");
    assert_eq!(db.show("select order_id, sqlstate from campaign_attribution_failures"), "order_1|23514");
    db.run("alter table campaign.campaign_conversions drop constraint broken; select campaign_retry_failures()");
    assert_eq!(credited(&db), "order_1|A|null|EUR|100.00|100.00|f");
    assert_no_failures(&db);
}

#[test]
fn evershop() {
    let db = EVERSHOP.attached();
    assert_eq!(
        db.show(r#"select count(*) from pg_trigger where tgrelid = '"order"'::regclass and not tgisinternal and tgname not like 'zz\_campaign%'"#),
        "30"
    );
    db.run(
        "insert into customer (email) values ('ada@example.com');
         insert into cart (sid) select 'sid' from generate_series(1, 4)",
    );
    let checkout = |number: u32, customer: &str, total: &str| {
        format!(
            r#"insert into "order" (order_number, cart_id, currency, customer_id, sub_total, grand_total, created_at)
               values ('{number}', {number}, 'USD', {customer}, {total}, {total}, '2024-06-02 10:00Z');
               insert into order_item (order_item_order_id, product_id, product_sku, product_name, final_price, qty, line_total)
               values ({number}, 7, 'sku', 'Hat', {total}, 1, {total});
               update cart set status = false where cart_id = {number};
               insert into order_activity (order_activity_order_id, comment) values ({number}, 'Order created')"#
        )
    };
    // The session by a call after the order is placed, for a guest and for a customer; and carried by the transaction.
    db.run(&format!("begin; {}; commit", checkout(1, "null", "99.9900")));
    assert_eq!(db.show("select count(*) from campaign_conversions"), "0");
    assert_eq!(
        db.show("select is_new from campaign.campaign_attribute(order_id => 1::bigint, session_id => 's')"),
        "t"
    );
    db.run(&format!("begin; {}; commit", checkout(2, "1", "200")));
    assert_eq!(
        db.show("select is_new from campaign.campaign_attribute(order_id => 2::bigint, session_id => 's')"),
        "t"
    );
    db.run(&format!("begin; set local campaign.session_id = 't'; {}; commit", checkout(3, "1", "50")));
    // Out of stock: the checkout is rolled back.
    db.run(&format!("begin; set local campaign.session_id = 't'; {}; rollback", checkout(4, "1", "50")));
    assert_eq!(earned(&db), "A|2|299.99|499.98\nB|1|50.00|0.00");
    assert_eq!(products(&db), "7|Hat|2|299.99");
    assert_eq!(
        db.show("select customer_id, tracking_code, first_order_id from campaign_attached_customers"),
        "1|A|2",
        "both orders are of one moment, and order 2 was credited first"
    );
    // Canceled; partly and fully refunded; deleted.
    db.run(r#"update "order" set status = 'canceled', payment_status = 'canceled' where order_id = 1"#);
    assert_eq!(earned(&db), "A|1|200.00|300.00\nB|1|50.00|0.00");
    db.run(
        r#"update "order" set payment_status = 'partial_refunded' where order_id = 2;
           select campaign.campaign_refund(order_id => 2::bigint, amount => 80)"#,
    );
    assert_eq!(earned(&db), "A|1|120.00|140.00\nB|1|50.00|0.00");
    db.run(
        r#"update "order" set payment_status = 'refunded' where order_id = 2; delete from "order" where order_id = 3"#,
    );
    assert_eq!(earned(&db), "A|0|0.00|-100.00\nB|0|0.00|-100.00");
    assert_eq!(credited(&db), "1|A|null|USD|99.99|0.00|t\n2|A|1|USD|200.00|0.00|t\n3|B|1|USD|50.00|0.00|t");
    // Its own triggers did their work all the same.
    assert_eq!(db.show("select name, count(*) from event group by 1 order by 1"), "order_created|3\norder_status|1");
    assert_no_failures(&db);
}

/// Vendure's way from an empty cart to a placed order; totals in minor units.
fn vendure_order(order: u32, customer: &str, session: Option<&str>, total: u32) -> String {
    let session = session.map_or("null".to_owned(), |session| format!("'{session}'"));
    format!(
        r#"insert into "order" (id, code, state, "currencyCode", "subTotal", "subTotalWithTax") values ({order}, 'C{order}', 'AddingItems', 'USD', 0, 0);
           insert into order_line (quantity, "listPrice", "orderId", "productVariantId") values (2, {total} / 2, {order}, 1);
           update "order" set "subTotal" = {total}, "subTotalWithTax" = {total} where id = {order};
           update "order" set "customFieldsCampaignsession" = {session} where id = {order};
           update "order" set "customerId" = {customer} where id = {order};
           update "order" set state = 'ArrangingPayment', shipping = 500, "shippingWithTax" = 500 where id = {order};
           insert into payment (method, state, "orderId", amount) values ('card', 'Settled', {order}, {total} + 500);
           update "order" set state = 'PaymentSettled', active = false, "orderPlacedAt" = '2024-06-02 10:00' where id = {order}"#
    )
}

#[test]
fn vendure() {
    let db = VENDURE.attached();
    db.run(
        "set timezone = 'Asia/Tokyo';
         insert into customer (\"emailAddress\") values ('ada@example.com'), ('guest@example.com');
         insert into product_variant (sku) values ('dress');
         insert into product_variant_translation (\"languageCode\", name, \"baseId\") values ('en', 'Dress', 1)",
    );
    // A cart is no order, whatever it holds.
    db.run(
        r#"insert into "order" (id, code, state, "currencyCode", "subTotal", "subTotalWithTax", "customFieldsCampaignsession")
           values (9, 'C9', 'AddingItems', 'USD', 4000, 4000, 's')"#,
    );
    assert_eq!(db.show("select count(*) from campaign_conversions"), "0");
    db.run(&vendure_order(1, "1", Some("s"), 10_000));
    db.run(&vendure_order(2, "2", Some("s"), 6_000));
    db.run(&vendure_order(3, "2", None, 6_000));
    assert_eq!(credited(&db), "1|A|1|USD|105.00|105.00|f\n2|A|2|USD|65.00|65.00|f");
    assert_eq!(
        db.show("select distinct converted_at at time zone 'UTC' from campaign_conversions"),
        "2024-06-02 10:00:00",
        "a local timestamp is read the same in every session's time zone"
    );
    assert_eq!(earned(&db), "A|2|170.00|240.00\nB|0|0.00|-100.00");
    assert_eq!(products(&db), "1|Dress|4|160.00");

    // A refund row does not touch the order. It counts once it is settled.
    db.run(r#"insert into refund (state, "paymentId", total) values ('Pending', 1, 3000)"#);
    assert_eq!(earned(&db), "A|2|170.00|240.00\nB|0|0.00|-100.00");
    db.run("update refund set state = 'Settled'");
    assert_eq!(earned(&db), "A|2|140.00|180.00\nB|0|0.00|-100.00");
    // A cancelled line lowers the total; refunding that line too must not count twice.
    db.run(
        r#"update order_line set quantity = 1 where "orderId" = 2;
           update "order" set state = 'PaymentSettled', "subTotal" = 3000, "subTotalWithTax" = 3000 where id = 2"#,
    );
    assert_eq!(credited(&db).lines().last(), Some("2|A|2|USD|65.00|35.00|f"));
    db.run(r#"insert into refund (state, "paymentId", total) values ('Settled', 2, 3000)"#);
    assert_eq!(credited(&db).lines().last(), Some("2|A|2|USD|65.00|35.00|f"));
    // Cancelled as a whole: Vendure sets the totals to 0, what the order was worth stays on record.
    db.run(
        r#"update "order" set state = 'Cancelled', "subTotal" = 0, "subTotalWithTax" = 0, shipping = 0, "shippingWithTax" = 0 where id = 1"#,
    );
    assert_eq!(credited(&db), "1|A|1|USD|105.00|0.00|t\n2|A|2|USD|65.00|35.00|f");
    assert_eq!(earned(&db), "A|1|35.00|-30.00\nB|0|0.00|-100.00");
    assert_eq!(
        db.show("select string_agg(attname, ' ') from pg_attribute where attrelid = '\"order\"'::regclass and attname ~* 'campaign|visit'"),
        "customFieldsCampaignsession"
    );
    assert_no_failures(&db);
}

#[test]
fn saleor() {
    let db = SALEOR.attached();
    let id = |n: u32| format!("00000000-0000-4000-8000-00000000000{n}");
    let order = |n: u32, user: &str, session: &str, status: &str, origin: &str, total: &str| {
        format!(
            r#"insert into order_order (id, number, created_at, updated_at, status, origin, user_id, currency, total_gross_amount, metadata)
               values ('{}', {n}, '2024-06-02 10:00Z', '2024-06-02 10:00Z', '{status}', '{origin}', {user}, 'PLN', {total}, '{{"campaign_session": "{session}"}}');
               insert into order_orderline (order_id, variant_id, product_name, quantity, currency, unit_price_gross_amount, total_price_gross_amount)
               values ('{}', 3, 'Mug', 1, 'PLN', {total}, {total})"#,
            id(n),
            id(n)
        )
    };
    db.run("insert into account_user (email) values ('ada@example.com')");
    db.run(&format!("begin; {}; commit", order(1, "1", "s", "unfulfilled", "checkout", "100.125")));
    db.run(&format!("begin; {}; commit", order(2, "null", "s", "unconfirmed", "checkout", "50")));
    db.run(&format!("begin; {}; commit", order(3, "null", "t", "draft", "draft", "80")));
    db.run(&format!("begin; {}; rollback", order(4, "null", "t", "unfulfilled", "checkout", "80")));
    let a = |n: u32| id(n);
    assert_eq!(credited(&db), format!("{}|A|1|PLN|100.13|100.13|f\n{}|A|null|PLN|50.00|50.00|f", a(1), a(2)));
    assert_eq!(products(&db), "3|Mug|2|150.13");
    // Django saves the whole row: paid, nothing else.
    db.run(&format!(
        "update order_order set number = number, status = status, currency = currency, user_id = user_id, metadata = metadata,
           total_gross_amount = total_gross_amount, total_charged_amount = 100.125, charge_status = 'full', updated_at = now()
          where id = '{0}';
         insert into payment_transactionitem (order_id, charged_value) values ('{0}', 100.125)",
        id(1)
    ));
    assert_eq!(db.show("select round(sum(net_revenue), 3) from campaign_conversions"), "150.125");
    // A refund, by a transaction; and by a payment of the older kind.
    db.run(&format!(
        "begin;
         update payment_transactionitem set charged_value = 60.125, refunded_value = 40;
         update order_order set total_charged_amount = 60.125, charge_status = 'partial' where id = '{}';
         commit;
         insert into payment_payment (order_id, charge_status, total, captured_amount) values ('{1}', 'fully-charged', 50, 50);
         update payment_payment set charge_status = 'partially-refunded', captured_amount = 30",
        id(1),
        id(2)
    ));
    assert_eq!(db.show("select round(net_revenue, 3) from campaign_conversions order by 1"), "30.000\n60.125");
    // A draft is completed by an update, with a customer that arrives at the same time.
    db.run(&format!(
        "update order_order set status = 'unfulfilled', user_id = 1, updated_at = '2024-06-05 10:00Z' where id = '{}'",
        id(3)
    ));
    assert_eq!(
        db.show("select converted_at, customer_id, revenue from campaign_conversions where currency = 'PLN' order by converted_at desc limit 1"),
        "2024-06-05 10:00:00+00|1|80.000"
    );
    assert_eq!(earned(&db), "A|2|90.13|80.25\nB|1|80.00|60.00");
    db.run(&format!(
        "update order_order set status = 'canceled' where id = '{}'; update order_order set status = 'expired' where id = '{}'",
        id(1),
        id(3)
    ));
    assert_eq!(earned(&db), "A|1|30.00|-40.00\nB|0|0.00|-100.00");
    assert_no_failures(&db);
}

#[test]
fn leaving_leaves_the_definitions_as_they_were() {
    for (name, shop) in
        [("plain", PLAIN), ("medusa", MEDUSA), ("evershop", EVERSHOP), ("vendure", VENDURE), ("saleor", SALEOR)]
    {
        let db = Database::empty();
        db.run(shop.schema);
        let dump = || {
            let text = db.cluster().run("pg_dump", &["--schema-only", db.name()]);
            // Newer minor versions guard psql with a key that is another one each time.
            let lines =
                text.lines().filter(|line| !line.starts_with("\\restrict") && !line.starts_with("\\unrestrict"));
            lines.collect::<Vec<_>>().join("\n")
        };
        let before = dump();
        db.run("create extension pg_campaign");
        db.run(shop.mapping());
        let public = db.definitions("public");
        db.run("select campaign.campaign_uninstall()");
        assert_ne!(db.definitions("public"), public, "{name}");
        db.run(shop.mapping());
        db.run(
            "select campaign.campaign_uninstall(keep_data => false); drop extension pg_campaign; drop schema campaign",
        );
        assert_eq!(dump(), before, "{name}");
    }
}

/// What campaign_suggest_mapping says of a shop: the call, and the arguments that it is unsure of.
fn suggestion(db: &Database, orders: &str) -> (String, String) {
    let call = db.show(&format!("select call from campaign_suggest_mapping('{orders}')"));
    let unsure = db.show(&format!(
        "select string_agg(distinct split_part(u, ':', 1), ' ') from campaign_suggest_mapping('{orders}') s, unnest(s.unsure) u"
    ));
    (call, unsure)
}

/// The value of an argument in a call, NULL when it is not there.
fn argument(db: &Database, name: &str) -> String {
    db.show(&format!("select {name} from campaign._campaign_shop"))
}

#[test]
fn a_mapping_is_suggested_for_the_plain_shop() {
    let db = PLAIN.unattached();
    let (call, unsure) = suggestion(&db, "orders");
    assert_eq!(unsure, "at order_lines order_refunded order_session order_total");
    assert_eq!(db.show("select orders from campaign_status()"), "null", "it changes nothing");
    db.run(&call);
    assert_eq!(argument(&db, "order_total"), "o.subtotal + o.shipping");
    assert_eq!(argument(&db, "order_is_cancelled"), "o.status in ('cancelled') or o.deleted_at is not null");
    assert_eq!(argument(&db, "order_parts"), r#"{"public.refunds": "o.order_id"}"#);
    db.run(
        "insert into products (title, price) values ('Dress', 40);
         insert into orders (subtotal, shipping, session_id, created_at) values (80, 5, 's', '2024-06-02 10:00Z');
         insert into order_lines (order_id, product_id, title, quantity, amount) values (1, 1, 'Dress', 2, 80);
         insert into refunds (order_id, amount) values (1, 15)",
    );
    assert_eq!(credited(&db), "1|A|null|EUR|85.00|70.00|f");
    assert_eq!(products(&db), "1|Dress|2|80.00");
}

#[test]
fn a_mapping_is_suggested_for_medusa() {
    let db = MEDUSA.unattached();
    // What is in the tables tells more than their columns do.
    db.run(&medusa_checkout("order_0", "null", "nobody", 100, ""));
    let (call, unsure) = suggestion(&db, r#""order""#);
    assert_eq!(unsure, "add_columns customers order_lines order_refunded order_session order_total");
    db.run(&call);
    assert_eq!(argument(&db, "attribute_at"), "commit");
    assert_eq!(argument(&db, "order_session"), "o.metadata ->> 'campaign_session'");
    db.run(&medusa_checkout("order_1", "null", "s", 100, ""));
    assert_eq!(credited(&db), "order_1|A|null|EUR|100.00|100.00|f");
    assert_eq!(products(&db), "prod_1|Shirt|1|100.00");
    db.run(r#"update "order" set status = 'canceled'"#);
    assert_eq!(credited(&db), "order_1|A|null|EUR|100.00|0.00|t");
}

#[test]
fn a_mapping_is_suggested_for_evershop() {
    let db = EVERSHOP.unattached();
    let (call, unsure) = suggestion(&db, r#""order""#);
    assert_eq!(unsure, "at customers order_is_cancelled order_lines order_refunded order_session");
    db.run(&call);
    assert_eq!(argument(&db, "order_key"), "o.order_id");
    assert_eq!(argument(&db, "customer_key"), "o.customer_id");
    db.run(
        r#"insert into cart (sid) values ('sid');
           insert into "order" (order_number, cart_id, currency, sub_total, grand_total, session_id, created_at)
           values ('1', 1, 'USD', 90, 99.99, 's', '2024-06-02 10:00Z')"#,
    );
    assert_eq!(credited(&db), "1|A|null|USD|99.99|99.99|f");
}

#[test]
fn a_mapping_is_suggested_for_vendure() {
    let db = VENDURE.unattached();
    let (call, unsure) = suggestion(&db, r#""order""#);
    assert_eq!(
        unsure,
        "add_columns order_is_cancelled order_lines order_placed_at order_refunded order_session order_total"
    );
    db.run(&call);
    assert_eq!(argument(&db, "order_total"), r#"(o."subTotalWithTax" + o."shippingWithTax") / 100.0"#);
    assert_eq!(argument(&db, "order_is_placed"), r#"o."orderPlacedAt" is not null"#);
    db.run("insert into product_variant (sku) values ('dress'); insert into customer (\"emailAddress\") values ('a@example.com')");
    db.run(&vendure_order(1, "1", Some("s"), 10_000));
    assert_eq!(credited(&db), "1|A|1|USD|105.00|105.00|f");
    db.run(r#"insert into refund (state, "paymentId", total) values ('Settled', 1, 3000)"#);
    assert_eq!(credited(&db), "1|A|1|USD|105.00|75.00|f");
}

#[test]
fn a_mapping_is_suggested_for_saleor() {
    let db = SALEOR.unattached();
    db.run(
        r#"insert into order_order (id, number, created_at, updated_at, status, origin, currency, total_gross_amount)
           select gen_random_uuid(), n, now(), now(), (array['draft', 'canceled', 'unfulfilled'])[n], 'checkout', 'EUR', 1 from generate_series(1, 3) n"#,
    );
    let (call, unsure) = suggestion(&db, "order_order");
    assert_eq!(unsure, "add_columns at order_is_placed order_lines order_refunded order_session".replace(" at", ""));
    db.run(&call);
    assert_eq!(argument(&db, "order_total"), "o.total_gross_amount");
    assert_eq!(argument(&db, "order_is_placed"), "o.status not in ('draft')");
    assert_eq!(argument(&db, "customers"), "account_user");
    db.run(
        r#"insert into order_order (id, number, created_at, updated_at, status, origin, currency, total_gross_amount, metadata)
           values ('00000000-0000-4000-8000-000000000001', 9, '2024-06-02 10:00Z', now(), 'unfulfilled', 'checkout', 'EUR', 80, '{"campaign_session": "s"}')"#,
    );
    assert_eq!(credited(&db), "00000000-0000-4000-8000-000000000001|A|null|EUR|80.00|80.00|f");
}

#[test]
fn a_suggestion_for_a_strange_table_says_what_is_missing() {
    let db = PLAIN.unattached();
    db.run("create table things (a int, b text); create view seen as select * from orders");
    let (call, unsure) = suggestion(&db, "things");
    for argument in ["order_id", "customers", "order_total", "order_placed_at", "order_session", "order_is_cancelled"] {
        assert!(unsure.contains(argument), "{argument} in {unsure}");
    }
    db.refuses("22023", "does not work on public.things", &call);
    db.refuses("22023", "orders => public.seen is not a table", "select * from campaign_suggest_mapping('seen')");
    db.refuses("22023", "orders must be given", "select * from campaign_suggest_mapping(null)");
    // It is for who installs.
    let admin = db.login("admin", "campaign_admin");
    admin.refuses("42501", "permission denied", "select call from campaign.campaign_suggest_mapping('public.orders')");
}

/// The plain shop with 10 orders of before it was attached: every second one of session s, one a day from June 1st on.
fn with_a_past() -> Database {
    let db = PLAIN.unattached();
    db.run(
        "alter table orders add session_id text;
         insert into customers (email) values ('ada@example.com');
         insert into orders (customer_id, subtotal, session_id, created_at)
         select 1, 100, case when n % 2 = 0 then 's' end, timestamptz '2024-06-01 12:00Z' + (n - 1) * interval '1 day' from generate_series(1, 10) n",
    );
    db.run(PLAIN.mapping());
    db
}

#[test]
fn orders_of_the_past_are_credited() {
    let db = with_a_past();
    db.run("select campaign_snapshot()");
    assert_eq!(earned(&db), "A|0|0.00|-100.00\nB|0|0.00|-100.00");
    db.heard();
    assert_eq!(
        db.show("call campaign_backfill(start_date => '2024-06-01', end_date => '2024-06-04', batch_size => 3)"),
        "4|2|0|0"
    );
    assert_eq!(
        db.heard(),
        [
            "NOTICE: campaign_backfill: 3 of 4 orders, 1 credited, 0 credited before, 0 failed",
            "NOTICE: campaign_backfill: 4 of 4 orders, 2 credited, 0 credited before, 0 failed"
        ]
    );
    assert_eq!(db.show("call campaign_backfill('2024-06-03', null, batch_size => 2)"), "8|3|1|0");
    assert_eq!(db.show("call campaign_backfill()"), "10|0|5|0", "a second run changes nothing");
    assert_eq!(db.show("call campaign_backfill(null, '2024-05-31')"), "0|0|0|0");
    assert_eq!(earned(&db), "A|5|500.00|900.00\nB|0|0.00|-100.00");
    assert_eq!(
        db.show(
            "select count(*) from orders o join campaign_conversions k on k.order_id = o.id and k.visit_id = o.visit_id"
        ),
        "5"
    );
    assert_eq!(db.show("select count(acquisition_campaign_id) from customers"), "1");
    assert_eq!(db.show("select converted, attributed_order_id from campaign_visits where session_id = 's'"), "t|2");
    assert_eq!(db.show("select min(converted_at) from campaign_conversions"), "2024-06-02 12:00:00+00");
    db.run("select campaign_snapshot()");
    assert_eq!(earned(&db), "A|5|500.00|900.00\nB|0|0.00|-100.00");
    assert_eq!(db.show("select count(*) from campaign_verify_snapshots()"), "0");
    // Days are those of a time zone.
    db.run("delete from campaign_conversions where order_id = 2");
    assert_eq!(db.show("call campaign_backfill('2024-06-03', '2024-06-03', 'Pacific/Kiritimati')"), "1|1|0|0");
    assert_no_failures(&db);
}

#[test]
fn the_past_is_judged_by_the_windows_as_they_were() {
    let db = PLAIN.unattached();
    db.run("alter table orders add session_id text");
    db.view("s", "2024-06-20 10:00Z");
    db.click("B", "s", "2024-07-01 10:00Z");
    let moments = [
        "2024-06-01 09:59:59.999999Z",
        "2024-06-01 10:00Z",
        "2024-07-01 09:59:59.999999Z",
        "2024-07-01 10:00Z",
        "2024-07-31 09:59:59.999999Z",
        "2024-07-31 10:00Z",
    ];
    for at in moments {
        db.run(&format!("insert into orders (subtotal, session_id, created_at) values (10, 's', '{at}')"));
    }
    db.run(PLAIN.mapping());
    // The window of today is not that of the clicks.
    db.run("set campaign.\"window\" = '1d'");
    assert_eq!(db.show("call campaign_backfill()"), "6|4|0|0");
    assert_eq!(
        db.show("select k.order_id, c.tracking_code from campaign_conversions k join campaigns c on c.id = k.campaign_id order by 1"),
        "2|A\n3|A\n4|B\n5|B"
    );
}

#[test]
fn what_happened_while_detached_is_made_good() {
    let db = PLAIN.attached();
    db.run("insert into orders (subtotal, session_id, created_at) values (100, 's', '2024-06-02 10:00Z'), (100, 's', '2024-06-02 10:00Z')");
    db.run("select campaign_uninstall()");
    db.run(
        "alter table orders add session_id text;
         insert into orders (subtotal, session_id, created_at) values (40, 's', '2024-06-03 10:00Z');
         update orders set status = 'cancelled' where id = 1;
         insert into refunds (order_id, amount) values (2, 30)",
    );
    db.run(PLAIN.mapping());
    assert_eq!(db.show("call campaign_backfill()"), "3|1|2|0");
    assert_eq!(credited(&db), "1|A|null|EUR|100.00|0.00|t\n2|A|null|EUR|100.00|70.00|f\n3|A|null|EUR|40.00|40.00|f");
    assert_eq!(db.show("select count(visit_id) from orders"), "3");
}

#[test]
fn a_backfill_goes_on_where_it_stopped() {
    let db = with_a_past();
    // One bad order costs only itself.
    db.run("alter table campaign.campaign_conversions add constraint not_4 check (order_id <> 4)");
    assert_eq!(db.show("call campaign_backfill(batch_size => 5)"), "10|4|0|1");
    assert_eq!(db.show("select order_id, step from campaign_attribution_failures"), "4|backfill");
    db.run("alter table campaign.campaign_conversions drop constraint not_4");
    assert_eq!(db.show("call campaign_backfill()"), "10|1|4|0");
    assert_no_failures(&db);

    // Batches that were committed stay when the run is stopped.
    let db = with_a_past();
    db.run(
        "create function stop() returns trigger language plpgsql as $$ begin raise query_canceled; end $$;
         create trigger stop before insert on campaign.campaign_conversions for each row when (new.order_id = 8) execute function stop()",
    );
    db.refuses("57014", "", "call campaign_backfill(batch_size => 2)");
    assert_eq!(db.show("select order_id from campaign_conversions order by 1"), "2\n4\n6");
    db.run("drop function stop cascade");
    assert_eq!(db.show("call campaign_backfill(batch_size => 2)"), "10|2|3|0");
}

#[test]
fn who_may_backfill_and_what_is_refused() {
    let db = with_a_past();
    let admin = db.login("admin", "campaign_admin");
    admin.run("set search_path = \"$user\", public");
    assert_eq!(admin.show("call campaign.campaign_backfill()"), "10|5|0|0");
    assert_eq!(admin.show("show search_path"), "\"$user\", public", "the caller's path is as it was");
    let analyst = db.login("analyst", "campaign_analyst");
    analyst.refuses("42501", "permission denied", "call campaign.campaign_backfill()");
    admin.refuses("2D000", "invalid transaction termination", "begin; call campaign.campaign_backfill()");
    admin.run("rollback");
    for (words, arguments) in [
        ("batch_size must be between 1 and 100000", "batch_size => 0"),
        ("batch_size must be between 1 and 100000", "batch_size => null"),
        ("is before start_date", "'2024-06-02', '2024-06-01'"),
        ("time zone", "tz => 'Atlantis'"),
    ] {
        admin.refuses("22023", words, &format!("call campaign.campaign_backfill({arguments})"));
    }
    db.run("select campaign_uninstall()");
    db.refuses("55000", "no shop is attached", "call campaign_backfill()");
}

#[test]
fn views_stand_in_for_columns() {
    let db = VENDURE.attached();
    db.run("insert into customer (\"emailAddress\") values ('ada@example.com'); insert into product_variant (sku) values ('dress')");
    db.run(&vendure_order(1, "1", Some("s"), 10_000));
    db.run(&vendure_order(2, "1", Some("t"), 10_000));
    db.run(&vendure_order(3, "1", None, 10_000));
    assert_eq!(
        db.show(
            r#"select o.code, a.tracking_code, a.platform, a.net_revenue, pg_typeof(a.order_id)
                 from "order" o left join campaign_attached_orders a on a.order_id = o.id order by o.id"#
        ),
        "C1|A|instagram|105.00|integer\nC2|B|instagram|105.00|integer\nC3|null|null|null|null"
            .replace("null|null|null|null", "null|null|null|integer")
    );
    assert_eq!(
        db.show(
            r#"select u."emailAddress", a.tracking_code, a.first_order_id from customer u left join campaign_attached_customers a on a.customer_id = u.id"#
        ),
        "ada@example.com|A|1"
    );
    let analyst = db.login("analyst", "campaign_analyst");
    assert_eq!(analyst.show("select count(*) from campaign.campaign_attached_orders"), "2");
    // They stand in no migration's way.
    db.run(r#"alter table "order" alter "subTotalWithTax" type bigint, drop column "subTotal"; alter table customer alter "emailAddress" type text"#);
    db.run("select campaign_uninstall()");
    assert_eq!(db.show("select to_regclass('campaign.campaign_attached_orders')"), "null");
}

#[test]
fn a_time_without_a_zone_is_warned_of() {
    let db = VENDURE.unattached();
    db.heard();
    db.run(&VENDURE.mapping().replace(r#"$$o."orderPlacedAt" at time zone 'UTC'$$"#, "'orderPlacedAt'"));
    let heard = db.heard();
    assert!(heard.iter().any(|notice| notice.starts_with("WARNING: order_placed_at")), "{heard:?}");
    db.run(VENDURE.mapping());
    assert_eq!(db.heard(), [r#"INFO: public."order" has no row yet: the mapping is tried on an empty one"#]);
}

#[test]
fn parts_that_do_not_fit_are_named() {
    let db = PLAIN.unattached();
    db.run("create view seen as select * from refunds");
    for (words, parts) in [
        ("order_parts must be an object", r#"["public.refunds"]"#),
        ("order_parts => 'public.nothing' is not a table", r#"{"public.nothing": "order_id"}"#),
        ("order_parts => public.seen is not a table", r#"{"public.seen": "order_id"}"#),
        ("does not work on public.refunds", r#"{"public.refunds": "orderId"}"#),
        ("does not work on public.refunds", r#"{"public.refunds": "created_at"}"#),
        ("must be given", r#"{"public.refunds": null}"#),
    ] {
        db.refuses(
            "22023",
            words,
            &format!(
                "select campaign_install(orders => 'orders', order_total => 'subtotal', order_parts => '{parts}')"
            ),
        );
    }
    // What a table's owner makes of it must not run with the rights of the orders' owner.
    db.run(&format!("create role {0}_other; alter table refunds owner to {0}_other", db.name()));
    db.refuses(
        "22023",
        "order_parts => public.refunds belongs to another owner than public.orders",
        r#"select campaign_install(orders => 'orders', order_total => 'subtotal', order_parts => '{"public.refunds": "order_id"}')"#,
    );
}

#[test]
fn an_owner_keeps_the_rights_that_were_not_ours_to_give() {
    let db = Database::empty();
    let owner = format!("{}_owner", db.name());
    db.run(&format!(
        "create role {owner}; create schema shop authorization {owner};
         create table shop.orders (id bigint primary key, customer_id bigint, total numeric, created_at timestamptz);
         alter table shop.orders owner to {owner};
         create extension pg_campaign; grant usage on schema campaign to {owner}"
    ));
    let usage = format!("select has_schema_privilege('{owner}', 'campaign', 'usage')");
    db.run("select campaign_install(orders => 'shop.orders'); select campaign_uninstall()");
    assert_eq!(db.show(&usage), "t");
    db.run(&format!("revoke usage on schema campaign from {owner}; select campaign_install(orders => 'shop.orders')"));
    db.run("select campaign_uninstall()");
    assert_eq!(db.show(&usage), "f");
}
