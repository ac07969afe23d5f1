//! Who gets the credit for an order, and what becomes of it later.

use pg_campaign_tests::Database;

/// A session of the plain shop with campaign A, clicked by session s on the first of June at ten.
fn clicked() -> Database {
    let db = Database::shop();
    db.campaign("A");
    db.click("A", "s", "2024-06-01 10:00Z");
    db
}

/// What a conversion says of money: revenue, total, refunded, net, and whether it is cancelled.
fn money(db: &Database, order: &str) -> String {
    db.show(&format!(
        "select revenue, order_total, refunded, net_revenue, cancelled_at is not null
           from campaign_conversions where order_id::text = '{order}'"
    ))
}

/// A fingerprint of everything that is recorded, and of the shop's own tables.
fn fingerprint(db: &Database) -> String {
    ["campaigns", "campaign_visits", "campaign_conversions", "campaign_attribution_failures", "orders", "customers"]
        .iter()
        .map(|table| db.show(&format!("select md5(string_agg(t::text, ',' order by t::text)) from {table} t")))
        .collect::<Vec<_>>()
        .join(" ")
}

#[test]
fn last_click_wins() {
    let db = clicked();
    db.campaign("B");
    db.click("B", "s", "2024-06-02 10:00Z");
    let order = db.order("s", "2024-06-03 10:00Z");
    assert_eq!(db.credit(&order), "B");
    assert_eq!(db.touches("s"), "1:A 2:B*");
}

#[test]
fn a_b_a_credits_the_last_a() {
    let db = clicked();
    db.campaign("B");
    db.click("B", "s", "2024-06-02 10:00Z");
    let last = db.click("A", "s", "2024-06-03 10:00Z");
    let order = db.order("s", "2024-06-04 10:00Z");
    assert_eq!(db.credit(&order), "A");
    assert_eq!(db.touches("s"), "1:A 2:B 3:A*");
    assert_eq!(db.show("select visit_id from campaign_conversions"), last);
}

#[test]
fn a_conversion_tells_its_story() {
    let db = Database::shop();
    let campaign = db.campaign("A");
    db.run("set campaign.currency = 'eur'; insert into customers default values");
    let visit = db.show(
        "select visit_id from campaign_track_visit('A', 's', user_agent =>
           'Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Mobile/15E148 Safari/604.1',
           visited_at => '2024-06-01 10:00Z')",
    );
    db.run("insert into orders (customer_id, total, session_id, created_at) values (1, 149.995, 's', '2024-06-02 12:34:56.789012Z')");
    assert_eq!(
        db.show(
            "select campaign_id, visit_id, order_id, customer_id, session_id, device_type, country, currency, revenue, order_total,
                    refunded, cancelled_at, net_revenue, converted_at
               from campaign_conversions"
        ),
        format!("{campaign}|{visit}|1|1|s|mobile|null|EUR|149.995|149.995|0|null|149.995|2024-06-02 12:34:56.789012+00")
    );
    assert_eq!(
        db.show("select converted, conversion_at, attributed_order_id, customer_id from campaign_visits"),
        "t|2024-06-02 12:34:56.789012+00|1|1"
    );
    assert_eq!(db.show("select acquisition_campaign_id from customers"), campaign);
    assert_eq!(db.show("select substr(id::text, 15, 1) from campaign_conversions"), "7", "ids are UUIDv7");
}

#[test]
fn window_rolls_with_activity() {
    let db = clicked();
    db.click("A", "idle", "2024-06-01 10:00Z");
    assert_eq!(db.view("s", "2024-06-30 10:00Z"), "2024-07-30 10:00:00+00");
    assert_eq!(db.credit(&db.order("s", "2024-07-16 10:00Z")), "A");
    assert_eq!(db.credit(&db.order("idle", "2024-07-16 10:00Z")), "null");
}

#[test]
fn window_rolls_with_a_second_click() {
    let db = clicked();
    db.click("A", "s", "2024-06-30 10:00Z");
    assert_eq!(db.touches("s"), "1:A");
    assert_eq!(db.credit(&db.order("s", "2024-07-30 09:59:59.999999Z")), "A");
    assert_eq!(db.credit(&db.order("s", "2024-07-30 10:00Z")), "null");
}

#[test]
fn day_30_boundary_to_the_microsecond() {
    let db = clicked();
    assert_eq!(db.show("select expires_at from campaign_visits"), "2024-07-01 10:00:00+00");
    assert_eq!(db.credit(&db.order("s", "2024-07-01 09:59:59.999999Z")), "A");
    assert_eq!(db.credit(&db.order("s", "2024-07-01 10:00:00Z")), "null");
    assert_eq!(db.show("select count(*) from campaign_conversions"), "1");
}

#[test]
fn the_boundaries_hold_for_every_way_to_credit() {
    let moments =
        ["2024-06-01 09:59:59.999999Z", "2024-06-01 10:00:00Z", "2024-07-01 09:59:59.999999Z", "2024-07-01 10:00:00Z"];
    for install in ["", ", at => 'commit'", ", add_columns => false, order_session => 'browser'"] {
        let db = Database::shop();
        db.run(&format!(
            "select campaign_uninstall(); alter table orders add browser text;
             select campaign_install(orders => 'orders', customers => 'customers'{install})"
        ));
        db.campaign("A");
        db.click("A", "s", "2024-06-01 10:00Z");
        let column = if install.contains("browser") { "browser" } else { "session_id" };
        for at in moments {
            db.run(&format!("insert into orders ({column}, created_at) values ('s', '{at}')"));
        }
        assert_eq!(db.show("select order_id from campaign_conversions order by 1"), "2\n3", "inserted{install}");
        for at in moments {
            db.run(&format!("insert into orders (created_at) values ('{at}')"));
        }
        db.run(&format!("update orders set {column} = 's' where id > 4"));
        assert_eq!(db.show("select order_id from campaign_conversions order by 1"), "2\n3\n6\n7", "updated{install}");
        for at in moments {
            db.run(&format!("insert into orders (created_at) values ('{at}')"));
        }
        db.run("select campaign_attribute(id, 's') from orders where id > 8");
        assert_eq!(
            db.show("select order_id from campaign_conversions order by 1"),
            "2\n3\n6\n7\n10\n11",
            "called{install}"
        );
    }
}

#[test]
fn a_visit_that_the_order_names_itself_earns_nothing() {
    let db = clicked();
    db.click("A", "t", "2024-06-01 10:00Z");
    let forge = |session: &str, at: &str| {
        db.run(&format!(
            "insert into orders (session_id, created_at, visit_id, campaign_id)
             select {session}, '{at}', id, campaign_id from campaign_visits where session_id = 's'"
        ));
    };
    forge("null", "2024-06-02 10:00Z");
    forge("'stranger'", "2024-06-02 10:00Z");
    forge("'s'", "2024-07-01 10:00Z");
    forge("'s'", "2024-06-01 09:59:59.999999Z");
    assert_eq!(db.show("select count(*) from campaign_conversions"), "0");
    forge("'t'", "2024-06-02 10:00Z");
    assert_eq!(db.show("select session_id from campaign_conversions"), "t");
    assert_eq!(db.show("select count(*) from campaign_attribution_failures"), "0");
}

#[test]
fn the_window_is_a_setting() {
    let db = Database::shop();
    db.campaign("A");
    db.run("set campaign.\"window\" = '7d'");
    db.click("A", "s", "2024-06-01 10:00Z");
    assert_eq!(db.credit(&db.order("s", "2024-06-08 09:59:59.999999Z")), "A");
    assert_eq!(db.credit(&db.order("s", "2024-06-08 10:00Z")), "null");
}

#[test]
fn no_session_no_credit() {
    let db = clicked();
    for session in ["null", "''", "'another'", "'S'", "' s'"] {
        let order = db.show(&format!(
            "insert into orders (session_id, created_at) values ({session}, '2024-06-02 10:00Z') returning id"
        ));
        assert_eq!(db.credit(&order), "null", "{session}");
    }
    assert_eq!(db.show("select count(*) from campaign_conversions"), "0");
    assert_eq!(db.show("select count(*) from campaign_attribution_failures"), "0");
}

#[test]
fn order_before_the_click_gets_nothing() {
    let db = clicked();
    assert_eq!(db.credit(&db.order("s", "2024-06-01 09:59:59.999999Z")), "null");
    assert_eq!(db.credit(&db.order("s", "2024-06-01 10:00:00Z")), "A");
}

#[test]
fn an_order_of_the_past_goes_to_the_click_before_it() {
    let db = clicked();
    db.campaign("B");
    db.click("B", "s", "2024-06-05 10:00Z");
    assert_eq!(db.credit(&db.order("s", "2024-06-05 09:59:59.999999Z")), "A");
    assert_eq!(db.credit(&db.order("s", "2024-06-05 10:00:00Z")), "B");
    assert_eq!(db.touches("s"), "1:A* 2:B*");
}

#[test]
fn clicks_of_one_moment_are_told_apart_by_their_order() {
    let db = clicked();
    db.campaign("B");
    db.click("B", "s", "2024-06-01 10:00Z");
    assert_eq!(db.credit(&db.order("s", "2024-06-01 10:00Z")), "B");
}

#[test]
fn a_stopped_campaign_keeps_the_credit_for_its_clicks() {
    let db = clicked();
    db.run("select campaign_deactivate(id) from campaigns");
    assert_eq!(db.credit(&db.order("s", "2024-06-02 10:00Z")), "A");
}

#[test]
fn acquisition_only_once() {
    let db = clicked();
    db.campaign("B");
    db.run("insert into customers default values; insert into customers default values");
    let order = |session: &str, at: &str| {
        db.show(&format!(
            "insert into orders (customer_id, session_id, created_at) values (1, '{session}', '{at}') returning id"
        ))
    };
    assert_eq!(db.credit(&order("s", "2024-06-02 10:00Z")), "A");
    db.click("B", "s", "2024-06-03 10:00Z");
    assert_eq!(db.credit(&order("s", "2024-06-04 10:00Z")), "B");
    assert_eq!(
        db.show(
            "select u.id, c.tracking_code from customers u left join campaigns c on c.id = u.acquisition_campaign_id order by u.id"
        ),
        "1|A\n2|null"
    );
}

#[test]
fn the_first_order_of_a_statement_acquires() {
    let db = clicked();
    db.campaign("B");
    db.click("B", "t", "2024-06-01 10:00Z");
    db.run(
        "insert into customers default values;
         insert into orders (customer_id, session_id, created_at)
         values (1, 's', '2024-06-03 10:00Z'), (1, 't', '2024-06-02 10:00Z')",
    );
    assert_eq!(
        db.show("select c.tracking_code from customers u join campaigns c on c.id = u.acquisition_campaign_id"),
        "B"
    );
}

#[test]
fn repeat_orders_of_one_visit() {
    let db = clicked();
    let first = db.order("s", "2024-06-02 10:00Z");
    let second = db.order("s", "2024-06-03 10:00Z");
    assert_eq!((db.credit(&first), db.credit(&second)), ("A".to_owned(), "A".to_owned()));
    assert_eq!(db.show("select count(*), count(distinct visit_id) from campaign_conversions"), "2|1");
    assert_eq!(
        db.show("select attributed_order_id, conversion_at from campaign_visits"),
        format!("{first}|2024-06-02 10:00:00+00")
    );
}

#[test]
fn orders_of_one_statement_share_a_visit() {
    let db = clicked();
    db.run(
        "insert into orders (session_id, created_at)
         values ('s', '2024-06-03 10:00Z'), ('s', '2024-06-02 10:00Z'), ('s', '2024-08-01 10:00Z')",
    );
    assert_eq!(db.show("select order_id from campaign_conversions order by 1"), "1\n2");
    assert_eq!(db.show("select attributed_order_id, conversion_at from campaign_visits"), "2|2024-06-02 10:00:00+00");
}

#[test]
fn guest_orders() {
    let db = clicked();
    let order = db.order("s", "2024-06-02 10:00Z");
    assert_eq!(db.credit(&order), "A");
    assert_eq!(
        db.show("select k.customer_id, v.customer_id from campaign_conversions k join campaign_visits v on v.id = k.visit_id"),
        "null|null"
    );
    // The guest registers: the order gets its customer, and so does the conversion.
    db.run("insert into customers default values; update orders set customer_id = 1");
    assert_eq!(db.show("select customer_id from campaign_conversions"), "1");
}

#[test]
fn rolled_back_order_leaves_no_conversion() {
    let db = clicked();
    let before = fingerprint(&db);
    db.run("begin; insert into orders (session_id, created_at) values ('s', '2024-06-02 10:00Z')");
    assert_eq!(db.show("select count(*) from campaign_conversions"), "1");
    db.run("rollback");
    assert_eq!(fingerprint(&db), before);
    db.run(
        "begin; savepoint one; insert into orders (session_id, created_at) values ('s', '2024-06-02 10:00Z');
         rollback to one; commit",
    );
    assert_eq!(fingerprint(&db), before);
}

#[test]
fn same_order_twice() {
    let db = clicked();
    let campaign = db.show("select id from campaigns");
    let visit = db.show("select id from campaign_visits");
    let order = db.order("s", "2024-06-02 10:00Z");
    let before = fingerprint(&db);
    for _ in 0..2 {
        assert_eq!(
            db.show(&format!("select * from campaign_attribute({order}::bigint)")),
            format!("{campaign}|{visit}|f")
        );
        assert_eq!(
            db.show(&format!("select * from campaign_attribute('{order}', 'other')")),
            format!("{campaign}|{visit}|f")
        );
    }
    assert_eq!(fingerprint(&db), before);
    // Even when a later click would win today.
    db.campaign("B");
    db.click("B", "s", "2024-06-01 20:00Z");
    assert_eq!(db.show(&format!("select * from campaign_attribute('{order}')")), format!("{campaign}|{visit}|f"));
    assert_eq!(db.credit(&order), "A");
}

#[test]
fn attribution_by_call() {
    let db = clicked();
    let campaign = db.show("select id from campaigns");
    let visit = db.show("select id from campaign_visits");
    db.run("insert into customers default values");
    let order = db.show("insert into orders (customer_id, created_at) values (1, '2024-06-02 10:00Z') returning id");
    assert_eq!(db.show(&format!("select * from campaign_attribute('{order}')")), "null|null|f");
    assert_eq!(db.show(&format!("select * from campaign_attribute('{order}', 'nobody')")), "null|null|f");
    assert_eq!(db.show(&format!("select * from campaign_attribute('{order}', '')")), "null|null|f");
    assert_eq!(
        db.show(&format!("select * from campaign_attribute({order}::bigint, 's')")),
        format!("{campaign}|{visit}|t")
    );
    assert_eq!(db.credit(&order), "A");
    assert_eq!(db.show("select acquisition_campaign_id from customers"), campaign);
    assert_eq!(
        db.show("select converted, attributed_order_id, customer_id from campaign_visits"),
        format!("t|{order}|1")
    );
    assert_eq!(db.show(&format!("select * from campaign_attribute('{order}', 's')")), format!("{campaign}|{visit}|f"));
}

#[test]
fn attribution_by_call_can_fail() {
    let db = clicked();
    db.refuses("P0002", "no order with key 404", "select campaign_attribute('404', 's')");
    db.refuses("22023", "order_id must be given", "select campaign_attribute(null::text, 's')");
    db.refuses("22023", "order_id must be given", "select campaign_attribute(null::bigint, 's')");
    db.refuses("22023", "order_id must be given", "select campaign_attribute('', 's')");
    db.refuses("22P02", "bigint", "select campaign_attribute('seven', 's')");
    let db = Database::empty();
    db.run("create extension pg_campaign; select campaign_install()");
    db.refuses("55000", "no shop is attached", "select campaign_attribute('1', 's')");
    db.refuses("55000", "no shop is attached", "select campaign_refund('1', 1)");
}

#[test]
fn set_local_session_carries() {
    let db = clicked();
    db.run(
        "begin; set local campaign.session_id = 's';
         insert into orders (created_at) values ('2024-06-02 10:00Z'); commit;
         insert into orders (created_at) values ('2024-06-02 10:00Z')",
    );
    assert_eq!((db.credit("1"), db.credit("2")), ("A".to_owned(), "null".to_owned()));
    assert_eq!(db.show("select session_id from campaign_conversions"), "s");
    // A setting that the transaction did not end with a commit carries nothing either.
    db.run(
        "begin; set local campaign.session_id = 's'; rollback;
         insert into orders (created_at) values ('2024-06-02 10:00Z')",
    );
    assert_eq!(db.credit("3"), "null");
}

#[test]
fn the_orders_own_session_goes_before_the_setting() {
    let db = clicked();
    db.campaign("B");
    db.click("B", "t", "2024-06-01 10:00Z");
    db.run(
        "begin; set local campaign.session_id = 's';
         insert into orders (session_id, created_at) values
           ('t', '2024-06-02 10:00Z'), ('', '2024-06-02 10:00Z'), (null, '2024-06-02 10:00Z'), ('unknown', '2024-06-02 10:00Z');
         commit",
    );
    let credits: Vec<String> = ["1", "2", "3", "4"].iter().map(|order| db.credit(order)).collect();
    assert_eq!(credits, ["B", "A", "A", "null"]);
}

#[test]
fn any_way_to_insert_is_an_order() {
    let db = clicked();
    db.run(
        "prepare a_purchase (text, timestamptz) as insert into orders (session_id, created_at) values ($1, $2);
         execute a_purchase('s', '2024-06-02 10:00Z');
         create function place() returns void language sql as
           $$ insert into orders (session_id, created_at) values ('s', '2024-06-02 10:00Z') $$;
         select place();
         with placed as (insert into orders (session_id, created_at) values ('s', '2024-06-02 10:00Z') returning *)
         select * from placed;
         insert into orders (id, session_id, created_at) values (100, 's', '2024-06-02 10:00Z')
         on conflict (id) do update set total = 200;
         insert into orders (id, session_id, created_at) values (100, 's', '2024-06-02 10:00Z'), (101, 's', '2024-06-02 10:00Z')
         on conflict (id) do update set total = 200;
         merge into orders using (values (100), (102)) n (id) on orders.id = n.id
         when matched then update set total = 300
         when not matched then insert (id, session_id, created_at) values (n.id, 's', '2024-06-02 10:00Z')",
    );
    assert_eq!(
        db.show("select order_id, revenue, order_total from campaign_conversions order by 1"),
        "1|100|100\n2|100|100\n3|100|100\n100|100|300\n101|100|100\n102|100|100"
    );
    for order in ["1", "2", "3", "100", "101", "102"] {
        assert_eq!(db.credit(order), "A");
    }
}

#[test]
fn ten_thousand_orders_in_one_insert() {
    let db = Database::shop();
    for code in ["A", "B", "C"] {
        db.campaign(code);
    }
    db.run(
        "insert into customers (email) select n || '@example.com' from generate_series(1, 500) n;
         select count(*) from generate_series(1, 1000) n cross join lateral
           campaign_track_visit(chr(65 + n % 3), 's' || n, visited_at => '2024-06-01 10:00Z');
         insert into orders (customer_id, total, session_id, created_at)
         select case when n % 4 > 0 then 1 + n % 500 end, n, 's' || n % 2000, timestamptz '2024-06-02 10:00Z' + n * interval '1 second'
           from generate_series(1, 10000) n",
    );
    // Of the sessions s0 to s1999, s1 to s1000 have clicked.
    assert_eq!(db.show("select count(*) from orders"), "10000");
    assert_eq!(
        db.show(
            "select count(*), sum(revenue), count(customer_id), count(distinct visit_id) from campaign_conversions"
        ),
        db.show("select count(*), sum(total), count(customer_id), 1000 from orders where id % 2000 between 1 and 1000")
    );
    assert_eq!(
        db.show(
            "select count(*) from orders o left join campaign_conversions k on k.order_id = o.id
              where (o.campaign_id, o.visit_id) is distinct from (k.campaign_id, k.visit_id)"
        ),
        "0"
    );
    assert_eq!(
        db.show(
            "select c.tracking_code, count(*) from campaign_conversions k join campaigns c on c.id = k.campaign_id
              group by 1 order by 1"
        ),
        "A|1665\nB|1670\nC|1665"
    );
    assert_eq!(db.show("select count(*) from campaign_visits where converted"), "1000");
    assert_eq!(
        db.show(
            "select count(*) from campaign_visits v
              where v.attributed_order_id <> (select min(o.id) from orders o where o.session_id = v.session_id)"
        ),
        "0"
    );
    assert_eq!(
        db.show("select count(*) from customers where acquisition_campaign_id is not null"),
        db.show("select count(distinct customer_id) from orders where campaign_id is not null")
    );
    assert_eq!(db.show("select count(*) from campaign_attribution_failures"), "0");
}

#[test]
fn total_edit_corrects_conversion() {
    let db = clicked();
    let order = db.order("s", "2024-06-02 10:00Z");
    assert_eq!(money(&db, &order), "100|100|0|100|f");
    db.run("update orders set total = 80");
    assert_eq!(money(&db, &order), "100|80|0|80|f");
    db.run("update orders set total = 120.505");
    assert_eq!(money(&db, &order), "100|120.505|0|120.505|f");
    db.run("begin; update orders set total = 1; rollback");
    assert_eq!(money(&db, &order), "100|120.505|0|120.505|f");
}

#[test]
fn an_update_of_nothing_writes_nothing() {
    let db = clicked();
    let order = db.order("s", "2024-06-02 10:00Z");
    let version = "select xmin, ctid from campaign_conversions";
    let before = db.show(version);
    db.run(&format!("update orders set total = total; update orders set session_id = 'x' where id = {order}"));
    assert_eq!(db.show(version), before);
    assert_eq!(db.credit(&order), "A");
}

#[test]
fn delete_cancels() {
    let db = clicked();
    let kept = db.order("s", "2024-06-02 10:00Z");
    let gone = db.order("s", "2024-06-02 11:00Z");
    db.run(&format!("begin; delete from orders where id = {gone}; rollback"));
    assert_eq!(money(&db, &gone), "100|100|0|100|f");
    db.run(&format!("delete from orders where id = {gone}"));
    assert_eq!(money(&db, &gone), "100|100|0|0|t");
    assert_eq!(money(&db, &kept), "100|100|0|100|f");
    assert_eq!(
        db.show("select total_conversions, total_revenue from campaigns c cross join lateral campaign_metrics(c.id)"),
        "1|100.00"
    );
}

#[test]
fn truncate_cancels() {
    let db = clicked();
    db.order("s", "2024-06-02 10:00Z");
    db.order("s", "2024-06-02 11:00Z");
    db.run("truncate orders");
    assert_eq!(
        db.show("select count(*), count(cancelled_at), sum(revenue), sum(net_revenue) from campaign_conversions"),
        "2|2|200|0"
    );
}

#[test]
fn an_order_that_comes_back_counts_again() {
    let db = clicked();
    let order = db.order("s", "2024-06-02 10:00Z");
    db.run(&format!(
        "delete from orders where id = {order};
         insert into orders (id, session_id, total, created_at) values ({order}, 's', 90, '2024-06-02 10:00Z')"
    ));
    assert_eq!(db.credit(&order), "A");
    assert_eq!(money(&db, &order), "100|90|0|90|f");
}

#[test]
fn refund_by_call() {
    let db = clicked();
    let order = db.order("s", "2024-06-02 10:00Z");
    db.run(&format!("select campaign_refund('{order}', 30)"));
    assert_eq!(money(&db, &order), "100|100|30|70|f");
    db.run(&format!("select campaign_refund({order}::bigint, 40.5)"));
    assert_eq!(money(&db, &order), "100|100|40.5|59.5|f");
    // A shop that maps no refunds edits a total: the refund stays.
    db.run("update orders set total = 90");
    assert_eq!(money(&db, &order), "100|90|40.5|49.5|f");
    db.run(&format!("select campaign_refund('{order}', 90)"));
    assert_eq!(money(&db, &order), "100|90|90|0|f");
    db.run(&format!("select campaign_refund('{order}', 0)"));
    assert_eq!(money(&db, &order), "100|90|0|90|f");
    for (amount, sqlstate) in
        [("-0.01", "22023"), ("90.01", "22023"), ("'NaN'", "22023"), ("'infinity'", "22023"), ("null", "22023")]
    {
        db.refuses(
            sqlstate,
            "amount must be between 0 and the order's total of 90",
            &format!("select campaign_refund('{order}', {amount})"),
        );
    }
    db.refuses("P0002", "order 404 has no conversion", "select campaign_refund('404', 1)");
    db.refuses("22023", "order_id must be given", "select campaign_refund(null::text, 1)");
    assert_eq!(money(&db, &order), "100|90|0|90|f");
}

#[test]
fn refunds_and_cancellations_of_the_shop() {
    let db = Database::shop();
    db.run(
        "alter table orders add status text not null default 'paid', add money_back numeric;
         select campaign_install(orders => 'orders', customers => 'customers',
           order_is_cancelled => $$o.status in ('void', 'lost')$$, order_refunded => 'money_back')",
    );
    db.campaign("A");
    db.click("A", "s", "2024-06-01 10:00Z");
    let order = db.order("s", "2024-06-02 10:00Z");
    assert_eq!(money(&db, &order), "100|100|0|100|f");
    db.run("update orders set money_back = 25");
    assert_eq!(money(&db, &order), "100|100|25|75|f");
    db.run("update orders set status = 'void'");
    assert_eq!(money(&db, &order), "100|100|25|0|t");
    let cancelled_at = db.show("select cancelled_at from campaign_conversions");
    db.run("update orders set status = 'lost', total = 50");
    assert_eq!(money(&db, &order), "100|50|25|0|t");
    assert_eq!(db.show("select cancelled_at from campaign_conversions"), cancelled_at);
    db.run("update orders set status = 'paid', money_back = null");
    assert_eq!(money(&db, &order), "100|50|0|50|f");
    db.refuses(
        "55000",
        "refunds are read from the shop's own orders",
        &format!("select campaign_refund('{order}', 1)"),
    );
    // An order can arrive refunded or cancelled, as when history is imported.
    db.run(
        "insert into orders (session_id, status, money_back, created_at) values
           ('s', 'void', null, '2024-06-03 10:00Z'), ('s', 'paid', 100, '2024-06-04 10:00Z')",
    );
    assert_eq!(money(&db, "2"), "100|100|0|0|t");
    assert_eq!(money(&db, "3"), "100|100|100|0|f");
    assert_eq!(
        db.show("select total_conversions, total_revenue from campaigns c cross join lateral campaign_metrics(c.id)"),
        "2|50.00"
    );
}

#[test]
fn order_placed_by_update() {
    let db = Database::shop();
    db.run(
        "alter table orders add state text not null default 'cart', add placed_at timestamptz;
         select campaign_install(orders => 'orders', customers => 'customers',
           order_is_placed => $$o.state = 'placed'$$, order_placed_at => 'placed_at')",
    );
    db.campaign("A");
    db.click("A", "s", "2024-06-01 10:00Z");
    db.run("insert into orders (session_id, total) values ('s', 10), (null, 20), ('s', 30)");
    assert_eq!(db.show("select count(*) from campaign_conversions"), "0");
    assert_eq!(db.show("select count(campaign_id) from orders"), "0");
    db.run("update orders set total = 15 where id = 1");
    assert_eq!(db.show("select count(*) from campaign_conversions"), "0");
    db.run("update orders set state = 'placed', placed_at = '2024-06-02 10:00Z' where id = 1");
    assert_eq!(db.credit("1"), "A");
    assert_eq!(money(&db, "1"), "15|15|0|15|f");
    // The session is known to the transaction only.
    db.run(
        "begin; set local campaign.session_id = 's';
         update orders set state = 'placed', placed_at = '2024-06-03 10:00Z' where id = 2; commit",
    );
    assert_eq!(db.credit("2"), "A");
    // Outside the window.
    db.run("update orders set state = 'placed', placed_at = '2024-07-01 10:00Z' where id = 3");
    assert_eq!(db.credit("3"), "null");
    // An order that is only looked after in a session's transaction is not that session's.
    db.run(
        "insert into orders (state, placed_at) values ('placed', '2024-06-02 10:00Z');
         begin; set local campaign.session_id = 's'; update orders set total = 1 where id = 4; commit",
    );
    assert_eq!(db.credit("4"), "null");
}

#[test]
fn session_arriving_by_update() {
    let db = clicked();
    db.run(
        "insert into customers default values;
         insert into orders (customer_id, created_at) values (1, '2024-06-02 10:00Z'), (1, '2024-08-02 10:00Z')",
    );
    assert_eq!(db.show("select count(*) from campaign_conversions"), "0");
    db.run("update orders set session_id = 's'");
    assert_eq!((db.credit("1"), db.credit("2")), ("A".to_owned(), "null".to_owned()));
    assert_eq!(db.show("select count(acquisition_campaign_id) from customers"), "1");
}

#[test]
fn at_commit_the_order_is_complete() {
    let db = Database::empty();
    db.run(
        "create table orders (id text primary key, customer_id text, created_at timestamptz not null default now());
         create table lines (order_id text references orders, amount numeric);
         create extension pg_campaign;
         select campaign_install(orders => 'orders', at => 'commit',
           order_total => '(select sum(l.amount) from public.lines l where l.order_id = o.id)')",
    );
    db.campaign("A");
    db.click("A", "s", "2024-06-01 10:00Z");
    db.run(
        "begin;
         insert into orders (id, session_id, created_at) values ('one', 's', '2024-06-02 10:00Z'), ('none', null, '2024-06-02 10:00Z');
         insert into lines values ('one', 30), ('one', 12.5)",
    );
    assert_eq!(db.show("select count(*) from campaign_conversions"), "0");
    db.run("commit");
    assert_eq!(db.credit("one"), "A");
    assert_eq!(db.credit("none"), "null");
    assert_eq!(money(&db, "one"), "42.5|42.5|0|42.5|f");
    db.run(
        "begin; insert into lines values ('one', 7.5); update orders set customer_id = 'c' where id = 'one'; commit",
    );
    assert_eq!(money(&db, "one"), "42.5|50.0|0|50.0|f");
    // Gone before the commit, gone after it, and never committed.
    db.run(
        "begin; insert into orders (id, session_id, created_at) values ('two', 's', '2024-06-02 10:00Z');
         delete from orders where id = 'two'; commit;
         begin; insert into orders (id, session_id, created_at) values ('three', 's', '2024-06-02 10:00Z'); rollback;
         begin; set local campaign.session_id = 's'; insert into orders (id, created_at) values ('four', '2024-06-02 10:00Z'); commit;
         delete from orders where id = 'four'",
    );
    assert_eq!(
        db.show("select order_id, cancelled_at is not null from campaign_conversions order by 1"),
        "four|t\none|f"
    );
    assert_eq!(db.show("select count(*) from campaign_attribution_failures"), "0");
}

#[test]
fn at_commit_ten_thousand_orders() {
    let db = Database::shop();
    db.run("select campaign_install(orders => 'orders', customers => 'customers', at => 'commit')");
    db.campaign("A");
    db.click("A", "s", "2024-06-01 10:00Z");
    db.run(
        "insert into orders (session_id, created_at)
         select case when n % 2 = 0 then 's' end, '2024-06-02 10:00Z' from generate_series(1, 10000) n",
    );
    assert_eq!(db.show("select count(*), count(distinct order_id) from campaign_conversions"), "5000|5000");
    assert_eq!(db.show("select count(visit_id) from orders"), "5000");
}

#[test]
fn without_columns_of_ours() {
    let db = Database::empty();
    db.run(
        "create table orders (id bigint generated by default as identity primary key, customer_id bigint,
           total numeric default 100, created_at timestamptz default now(), note jsonb);
         create table customers (id bigint primary key);
         create extension pg_campaign;
         select campaign_install(orders => 'orders', customers => 'customers', order_session => $$o.note ->> 'session'$$, add_columns => false)",
    );
    let columns = "select string_agg(attname, ' ' order by attnum) from pg_attribute where attrelid = 'orders'::regclass and attnum > 0";
    assert_eq!(db.show(columns), "id customer_id total created_at note");
    assert_eq!(db.show(&columns.replace("orders", "customers")), "id");
    let campaign = db.campaign("A");
    db.click("A", "s", "2024-06-01 10:00Z");
    db.run(
        r#"insert into customers values (7);
           insert into orders (customer_id, note, created_at) values
             (7, '{"session": "s"}', '2024-06-02 10:00Z'), (null, '{"session": "t"}', '2024-06-02 10:00Z'), (7, null, '2024-06-02 10:00Z')"#,
    );
    assert_eq!(
        db.show("select order_id, campaign_id, customer_id from campaign_conversions"),
        format!("1|{campaign}|7")
    );
    db.run("update orders set total = 60; delete from orders where id = 2");
    assert_eq!(money(&db, "1"), "100|60|0|60|f");
    assert_eq!(db.show("select is_new from campaign_attribute(3, 's')"), "t");
    assert_eq!(db.json("select campaign_customer_acquisition(7)")["campaign"]["tracking_code"], "A");
    assert_eq!(db.show("select count(*) from campaign_attribution_failures"), "0");
}

#[test]
fn keys_of_every_kind() {
    const KINDS: [(&str, [&str; 2]); 4] = [
        ("uuid", ["'0190a000-0000-7000-8000-000000000001'", "'0190a000-0000-7000-8000-000000000002'"]),
        ("bigint", ["5000000000", "7"]),
        ("integer", ["1", "2"]),
        ("text", ["'ORD-1 \"é\"'", "'ORD-2'"]),
    ];
    let db = Database::empty();
    for (order_kind, [first, second]) in KINDS {
        for (customer_kind, [customer, _]) in KINDS {
            let what = format!("orders {order_kind}, customers {customer_kind}");
            db.run(&format!(
                "drop extension if exists pg_campaign cascade; drop schema if exists campaign cascade;
                 drop schema public cascade; create schema public;
                 create table customers (id {customer_kind} primary key);
                 create table orders (id {order_kind} primary key, customer_id {customer_kind} references customers,
                   total numeric not null default 100, created_at timestamptz not null default now());
                 create extension pg_campaign;
                 select campaign_install(orders => 'orders', customers => 'customers')"
            ));
            assert_eq!(
                db.show(
                    "select string_agg(format_type(atttypid, null), ' ' order by attrelid::regclass::text, attname) from pg_attribute
                      where attrelid in ('campaign_conversions'::regclass, 'campaign_visits'::regclass)
                        and attname in ('order_id', 'customer_id', 'attributed_order_id')"
                ),
                format!("{customer_kind} {order_kind} {order_kind} {customer_kind}"),
                "{what}"
            );
            let campaign = db.campaign("A");
            db.click("A", "s", "2024-06-01 10:00Z");
            db.run(&format!(
                "insert into customers values ({customer});
                 insert into orders (id, customer_id, session_id, created_at) values
                   ({first}, {customer}, 's', '2024-06-02 10:00Z'), ({second}, {customer}, null, '2024-06-02 10:00Z')"
            ));
            assert_eq!(
                db.show(&format!(
                    "select order_id = {first}, customer_id = {customer}, campaign_id from campaign_conversions"
                )),
                format!("t|t|{campaign}"),
                "{what}"
            );
            assert_eq!(db.show("select count(acquisition_campaign_id) from customers"), "1", "{what}");
            assert_eq!(
                db.show(&format!("select is_new from campaign_attribute({second}::{order_kind}, 's')")),
                "t",
                "{what}"
            );
            assert_eq!(
                db.show(&format!("select is_new from campaign_attribute({second}::{order_kind}::text, 's')")),
                "f",
                "{what}"
            );
            db.run(&format!("select campaign_refund({second}::{order_kind}, 10)"));
            assert_eq!(db.show("select sum(net_revenue) from campaign_conversions"), "190", "{what}");
            let plain = |literal: &str| literal.trim_matches('\'').to_owned();
            let source = db.json(&format!("select campaign_order_source({first}::{order_kind})"));
            let told = source["order_id"].as_str().map_or_else(|| source["order_id"].to_string(), str::to_owned);
            assert_eq!(told, plain(first), "{what}");
            assert_eq!(source["campaign"]["id"], campaign.as_str(), "{what}");
            let won = db.json(&format!("select campaign_customer_acquisition({customer}::{customer_kind})"));
            assert_eq!(won["campaign"]["id"], campaign.as_str(), "{what}");
            let history = db.json(&format!("select campaign_customer_history({customer}::{customer_kind})"));
            assert_eq!(history["conversions"].as_array().map(Vec::len), Some(2), "{what}");
            db.click("A", "t", "2024-06-01 10:00Z");
            assert_eq!(db.show(&format!("select campaign_identify('t', {customer}::{customer_kind})")), "1", "{what}");
            db.run(&format!("delete from orders where id = {first}"));
            assert_eq!(db.show("select sum(net_revenue) from campaign_conversions"), "90", "{what}");
            assert_eq!(db.show("select count(*) from campaign_attribution_failures"), "0", "{what}");
        }
    }
}

#[test]
fn odd_key_types_are_refused() {
    let db = Database::empty();
    db.run(
        "create extension pg_campaign;
         create table orders (id numeric primary key, customer_id bigint, total numeric, created_at timestamptz)",
    );
    db.refuses("22023", "order_id", "select campaign_install(orders => 'orders')");
}

#[test]
fn weird_names() {
    let db = Database::empty();
    db.run(
        r#"create schema "My Shop";
           create table "My Shop"."Customer" ("customerId" serial primary key, "E-Mail" text);
           create table "My Shop"."Order" (
             "orderId" uuid primary key default gen_random_uuid(), "customerId" int references "My Shop"."Customer",
             "grandTotal" numeric(12, 2) not null, "currencyCode" char(3) not null default 'usd',
             "placedAt" timestamp not null, "browser session" varchar(80), "isVoid" boolean not null default false, "select" numeric
           );
           create extension pg_campaign;
           select campaign_install(
             orders => '"My Shop"."Order"', customers => '"My Shop"."Customer"', order_id => 'orderId', customer_id => 'customerId',
             order_customer => 'customerId', order_total => 'grandTotal', order_currency => 'currencyCode',
             order_session => 'browser session', order_placed_at => 'placedAt', order_is_cancelled => 'isVoid',
             order_refunded => 'select', order_lines => 'select ''p'', ''It''''s'', 1, o."grandTotal"')"#,
    );
    db.campaign("A");
    db.click("A", "s", "2024-06-01 10:00Z");
    db.run(
        r#"insert into "My Shop"."Customer" default values;
           insert into "My Shop"."Order" ("customerId", "grandTotal", "placedAt", "browser session")
           values (1, 150, '2024-06-02 10:00', 's'), (1, 50, '2024-06-02 11:00', 's'), (1, 70, '2024-06-02 12:00', 'other');
           update "My Shop"."Order" set "select" = 20 where "grandTotal" = 150;
           update "My Shop"."Order" set "isVoid" = true where "grandTotal" = 50"#,
    );
    assert_eq!(
        db.show("select revenue, net_revenue, currency, converted_at, cancelled_at is null from campaign_conversions order by 1"),
        "50.00|0|USD|2024-06-02 11:00:00+00|f\n150.00|130.00|USD|2024-06-02 10:00:00+00|t"
    );
    assert_eq!(db.show(r#"select count(*), count(campaign_id), count(visit_id) from "My Shop"."Order""#), "3|2|2");
    assert_eq!(db.show(r#"select count(acquisition_campaign_id) from "My Shop"."Customer""#), "1");
    assert_eq!(
        db.show("select product_id, product_name, quantity_sold, revenue from campaigns c cross join lateral campaign_products(c.id)"),
        "p|It's|1|150.00"
    );
    db.run(r#"delete from "My Shop"."Order""#);
    assert_eq!(db.show("select count(*) from campaign_conversions where cancelled_at is null"), "0");
    assert_eq!(db.show("select count(*) from campaign_attribution_failures"), "0");
}

#[test]
fn expressions_over_the_order() {
    let db = Database::empty();
    db.run(
        r#"create extension pg_campaign;
           create table currencies (code text primary key, decimals int);
           insert into currencies values ('KWD', 3), ('USD', 2);
           create table orders (number int primary key, buyer jsonb, net_minor bigint, tax_minor bigint, currency text, events jsonb);
           select campaign_install(
             orders => 'orders', order_id => $$'R-' || o.number$$, order_customer => $$o.buyer ->> 'id'$$,
             order_total => $$(o.net_minor + o.tax_minor) / (10 ^ (select c.decimals from public.currencies c where c.code = o.currency))$$,
             order_currency => 'currency', order_session => $$o.buyer ->> 'session'$$,
             order_placed_at => $$(o.events -> 0 ->> 'at')::timestamptz$$)"#,
    );
    db.campaign("A");
    db.click("A", "s", "2024-06-01 10:00Z");
    db.run(
        r#"insert into orders values
             (1, '{"id": "c1", "session": "s"}', 10000, 1500, 'USD', '[{"at": "2024-06-02T10:00:00Z"}]'),
             (2, '{"session": "s"}', 1000, 234, 'KWD', '[{"at": "2024-06-02T10:00:00Z"}]'),
             (3, '{"id": "c1"}', 1000, 234, 'KWD', '[{"at": "2024-06-02T10:00:00Z"}]')"#,
    );
    assert_eq!(
        db.show("select order_id, customer_id, round(revenue, 3), currency from campaign_conversions order by 1"),
        "R-1|c1|115.000|USD\nR-2|null|1.234|KWD"
    );
    assert_eq!(db.show("select count(campaign_id) from orders"), "2");
    db.run("update orders set net_minor = 0 where number = 2");
    assert_eq!(db.show("select round(order_total, 3) from campaign_conversions where order_id = 'R-2'"), "0.234");
    assert_eq!(db.show("select is_new from campaign_attribute('R-3', 's')"), "t");
    assert_eq!(db.show("select count(campaign_id) from orders"), "3");
    assert_eq!(db.show("select count(*) from campaign_attribution_failures"), "0");
}

#[test]
fn partitioned_orders() {
    let db = Database::empty();
    db.run(
        "create table orders (id bigint, customer_id bigint, total numeric default 100, created_at timestamptz not null,
           primary key (id, created_at)) partition by range (created_at);
         create table orders_june partition of orders for values from ('2024-06-01') to ('2024-07-01');
         create table orders_july partition of orders for values from ('2024-07-01') to ('2024-08-01');
         create extension pg_campaign;
         select campaign_install(orders => 'orders')",
    );
    db.campaign("A");
    db.click("A", "s", "2024-06-20 10:00Z");
    db.run(
        "insert into orders (id, session_id, created_at) values
           (1, 's', '2024-06-21 10:00Z'), (2, 's', '2024-07-02 10:00Z'), (3, 's', '2024-06-01 10:00Z')",
    );
    assert_eq!((db.credit("1"), db.credit("2"), db.credit("3")), ("A".to_owned(), "A".to_owned(), "null".to_owned()));
    // A row that moves to another partition is the same order.
    db.run("update orders set created_at = '2024-07-03 10:00Z', total = 70 where id = 1");
    assert_eq!(money(&db, "1"), "100|70|0|70|f");
    assert_eq!(db.credit("1"), "A");
    db.run("delete from orders where id = 2");
    assert_eq!(money(&db, "2"), "100|100|0|0|t");
    db.run("select campaign_uninstall()");
    assert_eq!(
        db.show("select tgname, tgrelid::regclass from pg_trigger where not tgisinternal and tgname like 'zz%'"),
        ""
    );
}

#[test]
fn match_customer() {
    let db = clicked();
    db.campaign("B");
    db.run("insert into customers select from generate_series(1, 2)");
    db.click("B", "phone", "2024-06-05 10:00Z");
    db.run("select campaign_identify('s', 1), campaign_identify('phone', 1)");
    let order = |customer: &str, session: &str, at: &str| {
        db.show(&format!(
            "insert into orders (customer_id, session_id, created_at) values ({customer}, {session}, '{at}') returning id"
        ))
    };
    assert_eq!(db.credit(&order("1", "null", "2024-06-06 10:00Z")), "null");
    db.run("set campaign.match_customer = on");
    assert_eq!(db.credit(&order("1", "null", "2024-06-06 10:00Z")), "B");
    assert_eq!(db.credit(&order("1", "'unknown'", "2024-06-06 10:00Z")), "B");
    // The session's own visit goes first, though the customer's other one is later.
    assert_eq!(db.credit(&order("1", "'s'", "2024-06-06 10:00Z")), "A");
    assert_eq!(db.credit(&order("1", "null", "2024-06-04 10:00Z")), "A");
    assert_eq!(db.credit(&order("2", "null", "2024-06-06 10:00Z")), "null");
    assert_eq!(db.credit(&order("null", "null", "2024-06-06 10:00Z")), "null");
    assert_eq!(db.credit(&order("1", "null", "2024-07-05 09:59:59.999999Z")), "B");
    assert_eq!(db.credit(&order("1", "null", "2024-07-05 10:00Z")), "null");
    assert_eq!(db.show("select count(*) from campaign_attribution_failures"), "0");
}

#[test]
fn click_window() {
    let db = clicked();
    db.view("s", "2024-06-20 10:00Z");
    db.run("set campaign.click_window = '7d'");
    assert_eq!(db.credit(&db.order("s", "2024-06-08 10:00:00Z")), "A");
    assert_eq!(db.credit(&db.order("s", "2024-06-08 10:00:00.000001Z")), "null");
    db.run("set campaign.click_window = 0");
    assert_eq!(db.credit(&db.order("s", "2024-06-08 10:00:00.000001Z")), "A");
}

#[test]
fn a_bot_is_never_credited() {
    let db = clicked();
    db.campaign("B");
    db.run("set campaign.record_bots = on");
    db.run("select campaign_track_visit('B', 's', user_agent => 'Twitterbot/1.0', visited_at => '2024-06-02 10:00Z')");
    assert_eq!(db.touches("s"), "1:A 2:B");
    assert_eq!(db.credit(&db.order("s", "2024-06-03 10:00Z")), "A");
    db.run("insert into customers default values; update campaign_visits set customer_id = 1 where touch_no = 2; set campaign.match_customer = on");
    let order = db.show("insert into orders (customer_id, created_at) values (1, '2024-06-03 10:00Z') returning id");
    assert_eq!(db.credit(&order), "null");
}

#[test]
fn failure_never_fails_the_order() {
    let db = clicked();
    db.run("alter table campaign_conversions add constraint broken check (false)");
    let order = db.order("s", "2024-06-02 10:00Z");
    assert!(
        db.heard().iter().any(|notice| notice.starts_with(&format!("WARNING: attribution of order {order} failed")))
    );
    assert_eq!(db.show("select count(*) from orders"), "1");
    assert_eq!(db.show("select count(*) from campaign_conversions"), "0");
    assert_eq!(
        db.show("select order_id, sqlstate, attempts, message like '%broken%' from campaign_attribution_failures"),
        format!("{order}|23514|1|t")
    );
    assert_eq!(db.show("select failures_waiting from campaign_status()"), "1");
    // While the cause is there, a retry says so and keeps the failure.
    assert_eq!(
        db.show("select order_id, resolved, message like '%broken%' from campaign_retry_failures()"),
        format!("{order}|f|t")
    );
    assert_eq!(db.show("select attempts from campaign_attribution_failures"), "2");
    db.run("alter table campaign_conversions drop constraint broken");
    assert_eq!(db.show("select * from campaign_retry_failures()"), format!("{order}|t|null"));
    assert_eq!(db.show("select * from campaign_retry_failures()"), "");
    assert_eq!(db.credit(&order), "A");
    assert_eq!(money(&db, &order), "100|100|0|100|f");
    assert_eq!(db.show("select count(*) from campaign_attribution_failures"), "0");
}

#[test]
fn a_lost_column_never_fails_the_order() {
    let db = clicked();
    db.run("alter table campaign_visits rename column device_type to lost");
    let order = db.order("s", "2024-06-02 10:00Z");
    assert_eq!(db.show("select order_id, sqlstate from campaign_attribution_failures"), format!("{order}|42703"));
    db.run("alter table campaign_visits rename column lost to device_type; select campaign_retry_failures()");
    assert_eq!(db.credit(&order), "A");
}

#[test]
fn a_session_that_only_the_transaction_knew_is_kept_with_the_failure() {
    let db = clicked();
    db.run("alter table campaign_conversions add constraint broken check (false)");
    db.run("begin; set local campaign.session_id = 's'; insert into orders (created_at) values ('2024-06-02 10:00Z'); commit");
    assert_eq!(db.show("select order_id, session_id from campaign_attribution_failures"), "1|s");
    db.run("alter table campaign_conversions drop constraint broken; select campaign_retry_failures()");
    assert_eq!(db.credit("1"), "A");
}

#[test]
fn one_bad_order_costs_only_itself_its_credit() {
    let db = clicked();
    db.run(
        "insert into customers select from generate_series(1, 10);
         alter table campaign_conversions add constraint not_37 check (order_id <> 37);
         insert into orders (customer_id, session_id, created_at)
         select 1 + n % 10, 's', '2024-06-02 10:00Z' from generate_series(1, 100) n",
    );
    assert_eq!(db.show("select count(*) from orders"), "100");
    assert_eq!(db.show("select count(*), sum(revenue) from campaign_conversions"), "99|9900");
    assert_eq!(db.show("select order_id, sqlstate from campaign_attribution_failures"), "37|23514");
    assert_eq!(db.show("select count(acquisition_campaign_id) from customers"), "10");
    db.run("alter table campaign_conversions drop constraint not_37; select campaign_retry_failures()");
    assert_eq!(db.show("select count(*), sum(revenue) from campaign_conversions"), "100|10000");
}

#[test]
fn a_total_that_is_no_number_costs_only_the_credit() {
    let db = clicked();
    for total in ["'NaN'", "'infinity'", "'-infinity'"] {
        let order = db.show(&format!(
            "insert into orders (session_id, total, created_at) values ('s', {total}, '2024-06-02 10:00Z') returning id"
        ));
        assert_eq!(
            db.show(&format!("select sqlstate from campaign_attribution_failures where order_id = '{order}'")),
            "23514",
            "{total}"
        );
    }
    let order = db
        .show("insert into orders (session_id, total, created_at) values ('s', -5, '2024-06-02 10:00Z') returning id");
    assert_eq!(money(&db, &order), "-5|-5|0|-5|f");
    let order = db.show("insert into orders (session_id, total, created_at) values ('s', 250000000000.5, '2024-06-02 10:00Z') returning id");
    assert_eq!(money(&db, &order), "250000000000.5|250000000000.5|0|250000000000.5|f");
}

#[test]
fn later_failures_never_fail_the_shop_either() {
    let db = clicked();
    let order = db.order("s", "2024-06-02 10:00Z");
    db.run(
        "create function refuse() returns trigger language plpgsql as $$ begin raise exception 'refused' using errcode = 'XX001'; end $$;
         create trigger refuse before update on campaign_conversions for each row execute function refuse()",
    );
    db.run("update orders set total = 70");
    assert_eq!(db.show("select total from orders"), "70");
    assert_eq!(
        db.show("select order_id, sqlstate, step from campaign_attribution_failures"),
        format!("{order}|XX001|correct")
    );
    db.run("delete from orders");
    assert_eq!(
        db.show("select order_id, sqlstate, step, attempts from campaign_attribution_failures"),
        format!("{order}|XX001|cancel|2")
    );
    assert_eq!(money(&db, &order), "100|100|0|100|f");
    db.run("drop trigger refuse on campaign_conversions; select campaign_retry_failures()");
    assert_eq!(money(&db, &order), "100|100|0|0|t");
    assert_eq!(db.show("select count(*) from campaign_attribution_failures"), "0");
}

#[test]
fn a_failure_at_commit_never_fails_the_order() {
    let db = Database::shop();
    db.run("select campaign_install(orders => 'orders', customers => 'customers', at => 'commit')");
    db.campaign("A");
    db.click("A", "s", "2024-06-01 10:00Z");
    db.run("alter table campaign_conversions add constraint not_2 check (order_id <> 2)");
    db.run("begin; insert into orders (session_id, created_at) select 's', '2024-06-02 10:00Z' from generate_series(1, 3); commit");
    assert_eq!(db.show("select order_id from campaign_conversions order by 1"), "1\n3");
    assert_eq!(db.show("select order_id, sqlstate, step from campaign_attribution_failures"), "2|23514|commit");
}

#[test]
fn strict_when_told_so() {
    let db = clicked();
    db.run("alter table campaign_conversions add constraint broken check (false); set campaign.on_error = 'raise'");
    db.refuses("23514", "broken", "insert into orders (session_id, created_at) values ('s', '2024-06-02 10:00Z')");
    assert_eq!(db.show("select count(*) from orders"), "0");
    assert_eq!(db.show("select count(*) from campaign_attribution_failures"), "0");
    // An order without a session has nothing that can fail.
    db.run("insert into orders default values");
    db.run("set campaign.on_error = 'warn'");
    db.order("s", "2024-06-02 10:00Z");
    assert_eq!(db.show("select count(*) from campaign_attribution_failures"), "1");
}

/// A shop of its own owner in schema shop, attached by the superuser. The owner and
/// an application's login know nothing of the extension.
fn owned_by_others() -> Database {
    let db = Database::empty();
    let owner = format!("{}_owner", db.name());
    db.run(&format!(
        "create extension pg_campaign;
         create role {owner} login; create schema shop authorization {owner};
         set role {owner};
         create table shop.customers (id bigint generated by default as identity primary key);
         create table shop.orders (id bigint generated by default as identity primary key, customer_id bigint references shop.customers,
           total numeric not null default 100, created_at timestamptz not null default now());
         reset role;
         select campaign_install(orders => 'shop.orders', customers => 'shop.customers')"
    ));
    db.campaign("A");
    db.click("A", "s", "2024-06-01 10:00Z");
    db
}

#[test]
fn an_application_without_any_right_of_ours_places_orders() {
    let db = owned_by_others();
    let app = db.login("app", "");
    db.run(&format!(
        "grant usage on schema shop to {0}_app;
         grant select, insert, update, delete on all tables in schema shop to {0}_app",
        db.name()
    ));
    app.run(
        "insert into shop.customers default values;
         insert into shop.orders (customer_id, session_id, created_at) values (1, 's', '2024-06-02 10:00Z'), (1, 's', '2024-06-03 10:00Z')",
    );
    app.run("begin; set local campaign.session_id = 's'; insert into shop.orders (created_at) values ('2024-06-02 10:00Z'); commit");
    app.run("update shop.orders set total = 60 where id = 1; delete from shop.orders where id = 2");
    assert_eq!(db.show("select order_id, net_revenue from campaign_conversions order by 1"), "1|60\n2|0\n3|100");
    assert_eq!(db.show("select count(acquisition_campaign_id) from shop.customers"), "1");
    assert_eq!(app.show("select count(campaign_id) from shop.orders"), "2");
    for statement in [
        "select * from campaign.campaigns",
        "select campaign.campaign_status()",
        "select campaign._campaign_forget('{}')",
        "insert into campaign.campaign_conversions select",
    ] {
        app.refuses("42501", "permission denied", statement);
    }
    assert_eq!(db.show("select count(*) from campaign_attribution_failures"), "0");
}

#[test]
fn triggers_on_the_shops_tables_never_run_with_our_rights() {
    let db = owned_by_others();
    let owner = format!("{}_owner", db.name());
    db.run(&format!(
        "set role {owner};
         create table shop.witness (place text, ran_as text);
         create function shop.spy() returns trigger language plpgsql as $$
           begin insert into shop.witness values (tg_table_name || ' ' || tg_op, current_user); return new; end $$;
         create trigger spy before update on shop.customers for each row execute function shop.spy();
         create trigger spy before update on shop.orders for each row execute function shop.spy();
         insert into shop.customers default values;
         insert into shop.orders (customer_id, session_id, created_at) values (1, 's', '2024-06-02 10:00Z');
         insert into shop.orders (customer_id, created_at) values (1, '2024-06-02 10:00Z');
         reset role;
         select campaign_attribute(2, 's')"
    ));
    assert_eq!(db.credit_in("shop", "2"), "A");
    assert_eq!(
        db.show("select place, ran_as from shop.witness order by 1"),
        format!("customers UPDATE|{owner}\norders UPDATE|{owner}")
    );
}

#[test]
fn the_owner_of_the_orders_gains_nothing() {
    // Who may alter the orders table chooses what its columns' types, casts and operators do.
    let db = owned_by_others();
    let owner = format!("{}_owner", db.name());
    db.run(&format!(
        "set role {owner};
         create table shop.witness (ran_as text);
         grant insert on shop.witness to public;
         create type shop.amount as (value numeric);
         create function shop.to_numeric(shop.amount) returns numeric language plpgsql as $$
           begin insert into shop.witness values (current_user); return ($1).value; end $$;
         create cast (shop.amount as numeric) with function shop.to_numeric(shop.amount);
         alter table shop.orders alter total drop default, alter total type shop.amount using row(total)::shop.amount;
         insert into shop.orders (total, session_id, created_at) values (row(100), 's', '2024-06-02 10:00Z');
         reset role"
    ));
    assert_eq!(db.show(&format!("select count(*) from shop.witness where ran_as <> '{owner}'")), "0");
}

#[test]
fn a_view_in_the_place_of_the_orders_gains_nothing() {
    let db = owned_by_others();
    db.run("select campaign_install(orders => 'shop.orders', customers => 'shop.customers', at => 'commit')");
    let owner = format!("{}_owner", db.name());
    db.run(&format!(
        "set role {owner};
         create table shop.witness (ran_as text);
         grant insert on shop.witness to public;
         create function shop.spy(bigint) returns bigint language plpgsql as $$
           begin insert into shop.witness values (current_user); return $1; end $$;
         alter table shop.orders rename to real_orders;
         create view shop.orders as select shop.spy(id) as id, customer_id, total, created_at, session_id, campaign_id, visit_id from shop.real_orders;
         insert into shop.real_orders (session_id, created_at) values ('s', '2024-06-02 10:00Z');
         reset role"
    ));
    assert_eq!(db.show(&format!("select count(*) from shop.witness where ran_as <> '{owner}'")), "0");
}

#[test]
fn a_temporary_table_shadows_nothing() {
    let db = clicked();
    db.run(
        "create temp table campaign_visits (like campaign_visits including all);
         create temp table campaign_conversions (like campaign_conversions including all);
         create temp table campaigns (like campaigns including all);
         create temp table orders (like orders including all);
         create function pg_temp._campaign_uuid() returns uuid language sql as $$ select null::uuid $$;
         create function pg_temp.now() returns timestamptz language sql as $$ select 'infinity'::timestamptz $$;
         set search_path = pg_temp, public",
    );
    db.run("insert into public.orders (session_id, created_at) values ('s', '2024-06-02 10:00Z')");
    db.run("select campaign.campaign_track_visit('A', 't')");
    assert_eq!(db.show("select count(*) from campaign.campaign_conversions"), "1");
    assert_eq!(db.show("select count(*) from campaign.campaign_visits"), "2");
    assert_eq!(db.show("select sum(conversions) from campaign.campaign_roi()"), "1");
    for table in ["campaign_visits", "campaign_conversions", "campaigns", "orders"] {
        assert_eq!(db.show(&format!("select count(*) from pg_temp.{table}")), "0", "{table}");
    }
    db.run("update public.orders set total = 50; delete from public.orders");
    assert_eq!(db.show("select order_total, net_revenue from campaign.campaign_conversions"), "50|0");
    assert_eq!(db.show("select count(*) from campaign.campaign_attribution_failures"), "0");
}

#[test]
fn a_hostile_search_path_changes_nothing() {
    let db = clicked();
    db.run(
        "create schema evil;
         create function evil.coalesce_numeric(numeric) returns numeric language sql as $$ select 666.0 $$;
         create function evil.equal(text, text) returns boolean language sql as $$ select false $$;
         create operator evil.= (leftarg = text, rightarg = text, function = evil.equal);
         create function evil.round(numeric, integer) returns numeric language sql as $$ select 666.0 $$;
         create function evil.upper(text) returns text language sql as $$ select 'EVIL' $$;
         create table evil.campaign_visits (id uuid);
         create table evil.campaigns (id uuid);
         set search_path = evil, pg_catalog, public",
    );
    db.run("insert into public.orders (session_id, created_at) values ('s', '2024-06-02 10:00Z')");
    assert_eq!(db.show("select campaign.campaign_average(10, 4), campaign.campaign_rate(1, 3)"), "2.50|33.33");
    assert_eq!(db.show("select conversions, revenue from campaign.campaign_roi()"), "1|100.00");
    assert_eq!(
        db.show("select is_new from campaign.campaign_track_visit('a', 's', visited_at => '2024-06-03 10:00Z')"),
        "f"
    );
}
