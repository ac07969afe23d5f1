//! Attaching and leaving tables of any shape, with all that may be there already.

use super::stage::{Shop, Speaks, number_of};

stories! {
    a_dropped_table_has_a_successor
    a_mapping_is_tried_on_the_orders_that_are_there
    a_mapping_is_tried_without_orders_too
    a_table_that_was_swapped_is_told
    another_table_is_another_book
    a_trigger_that_is_disabled_is_told
    columns_named_like_ours_are_the_shops_own
    the_same_orders_in_another_table_are_the_same
    what_the_shop_indexed_itself_stays
}

// Partitioned orders are settled row by row, which takes more of both time and memory.
stories_of_plain_tables! {
    a_statement_on_very_many_orders_goes_in_pieces
    tables_that_inherit_from_the_orders_are_followed
}

fn columns_named_like_ours_are_the_shops_own(shop: &Shop) {
    shop.run(
        "create table promotions (id uuid primary key);
         insert into promotions values ('0190a000-0000-7000-8000-000000000007');
         alter table orders add campaign_id uuid references promotions",
    );
    let refused = |words: &str| {
        let before = shop.db.definitions("public");
        let failure = shop.attempt(&shop.install("orders", "")).expect_err("it is refused");
        assert_eq!(failure.sqlstate, "55000", "{failure:?}");
        assert!(failure.message.contains(words), "{failure:?}");
        assert!(failure.hint.as_ref().is_some_and(|hint| hint.contains("add_columns => false")), "{failure:?}");
        assert_eq!(shop.db.definitions("public"), before);
    };
    refused("campaign_id");
    shop.run("alter table orders rename campaign_id to promotion; alter table orders add visit_id uuid");
    refused("visit_id");
    shop.run("alter table orders drop visit_id; alter table customers add acquisition_campaign_id uuid");
    refused("acquisition_campaign_id");
    shop.run("alter table customers drop acquisition_campaign_id");
    // Without columns of ours nobody reads or writes them.
    shop.run("alter table orders rename promotion to campaign_id; alter table customers add acquisition_campaign_id text default 'a friend'");
    shop.attach("add_columns => false");
    shop.run("insert into orders (id, customer_id, session_id, campaign_id) values (:order1, :customer1, 's', '0190a000-0000-7000-8000-000000000007'), (:order2, null, 't', null)");
    shop.run("update orders set total = 90");
    assert_eq!(shop.recorded(), "1 A s 100 90 0 90\n2 B t 100 90 0 90");
    assert_eq!(
        shop.show("select count(*) from orders where campaign_id = '0190a000-0000-7000-8000-000000000007'"),
        "1"
    );
    assert_eq!(shop.show("select string_agg(distinct acquisition_campaign_id, ',') from customers"), "a friend");
    assert_eq!(shop.show("select customer_id = :customer1, tracking_code from campaign_attached_customers"), "t|A");
    shop.run("select campaign_delete(id, force => true) from campaigns where tracking_code = 'B'; select campaign_uninstall()");
    assert_eq!(shop.show("select count(campaign_id) from orders"), "1");
    // Our own are known as such when the shop is attached anew.
    shop.run("alter table orders drop campaign_id; alter table customers drop acquisition_campaign_id");
    shop.run(&shop.install("orders", ""));
    shop.run(&shop.install("orders", ""));
    shop.run("call campaign_backfill()");
    assert_eq!(shop.marks(), "1 A\n2 none");
}

fn what_the_shop_indexed_itself_stays(shop: &Shop) {
    shop.run(
        "create index campaign_orders_status_idx on orders (status);
         create index campaign_orders_session_id_idx on orders (session_id);
         create unique index campaign_one_name_idx on customers (name);
         alter table orders rename to campaign_orders",
    );
    let before = shop.db.definitions("public");
    shop.run(&shop.install("campaign_orders", ""));
    shop.click_both();
    shop.run("insert into campaign_orders (id, session_id) values (:order1, 's')");
    assert_eq!(shop.recorded(), "1 A s 100 100 0 100");
    assert_ne!(shop.db.definitions("public"), before);
    shop.run("select campaign_uninstall()");
    assert_eq!(shop.db.definitions("public"), before);
    shop.run("alter table campaign_orders rename to orders");
}

fn another_table_is_another_book(shop: &Shop) {
    shop.attach("");
    shop.run("insert into orders (id, session_id) values (:order1, 's'), (:order2, 's')");
    shop.run("select campaign_uninstall()");
    shop.create_orders("orders2");
    let failure = shop.attempt(&shop.install("orders2", "")).expect_err("it is refused");
    assert_eq!(failure.sqlstate, "55000", "{failure:?}");
    let hint = failure.hint.unwrap_or_default();
    assert!(hint.contains("same_orders => true") && hint.contains("campaign_uninstall(keep_data => false)"), "{hint}");
    // The former one may come back.
    shop.run(&shop.install("orders", ""));
    assert_eq!(shop.show("call campaign_backfill()"), "2|0|2|0");
    shop.run("insert into orders (id, session_id) values (:order3, 't')");
    assert_eq!(shop.recorded(), "1 A s 100 100 0 100\n2 A s 100 100 0 100\n3 B t 100 100 0 100");
    // Or the book is closed, and a new one opened.
    shop.run("select campaign_uninstall(keep_data => false)");
    shop.run(&shop.install("orders2", ""));
    shop.click_both();
    shop.run("insert into orders2 (id, session_id, total) values (:order1, 't', 7)");
    assert_eq!(shop.recorded(), "1 B t 7 7 0 7");
    // As long as nothing is recorded, no book is open.
    shop.run("select campaign_uninstall(keep_data => false)");
    shop.run(&shop.install("orders", ""));
    shop.run("select campaign_uninstall()");
    shop.run(&shop.install("orders2", ""));
}

/// As a migration does that copies orders into a new table while the shop is open.
fn the_same_orders_in_another_table_are_the_same(shop: &Shop) {
    shop.attach("");
    shop.run("insert into orders (id, customer_id, session_id) values (:order1, :customer1, 's'), (:order2, null, 's'), (:order3, null, null)");
    shop.run("select campaign_uninstall()");
    shop.create_orders("orders2");
    shop.run(
        "insert into orders2 (id, customer_id, session_id, total) select id, customer_id, session_id, total from orders;
         insert into orders2 (id, session_id) values (:order4, 't')",
    );
    shop.run(&shop.install("orders2", "same_orders => true"));
    shop.run("update orders2 set total = 70 where id = :order1");
    shop.run("delete from orders2 where id = :order2");
    shop.run("delete from orders where id = :order1");
    assert_eq!(shop.recorded(), "1 A s 100 70 0 70\n2 A s 100 100 0 0 cancelled");
    assert_eq!(shop.show("call campaign_backfill()"), "3|1|1|0");
    assert_eq!(shop.recorded(), "1 A s 100 70 0 70\n2 A s 100 100 0 0 cancelled\n4 B t 100 100 0 100");
    assert_eq!(shop.show("select count(visit_id) from orders2"), "2");
}

/// What campaign_status says keeps orders from being credited; `null` when nothing does.
fn warnings(shop: &Shop) -> String {
    shop.show("select array_to_string(warnings, ' ') from campaign_status()")
}

/// The orders are copied into a new table, and the old one is dropped.
fn a_dropped_table_has_a_successor(shop: &Shop) {
    shop.attach("");
    shop.run("insert into orders (id, session_id) values (:order1, 's'), (:order2, 't')");
    shop.create_orders("orders_v2");
    shop.run(
        "insert into orders_v2 (id, session_id, total) select id, session_id, total from orders; drop table orders",
    );
    assert!(warnings(shop).contains("the attached orders table is gone"), "{}", warnings(shop));
    assert_eq!(shop.show("select conversions, revenue from campaign_roi() order by 1"), "1|100.00\n1|100.00");
    shop.run("alter table orders_v2 rename to orders");
    shop.run(&shop.install("orders", "same_orders => true"));
    assert_eq!(warnings(shop), "null");
    shop.run(
        "insert into orders (id, session_id) values (:order3, 's'); update orders set total = 80 where id = :order1",
    );
    shop.run("delete from orders where id = :order2");
    assert_eq!(shop.recorded(), "1 A s 100 80 0 80\n2 B t 100 100 0 0 cancelled\n3 A s 100 100 0 100");
    shop.run("call campaign_backfill()");
    assert_eq!(shop.marks(), "1 A\n3 A");
}

fn a_trigger_that_is_disabled_is_told(shop: &Shop) {
    shop.attach("");
    shop.run("alter table orders disable trigger user");
    shop.run("insert into orders (id, session_id) values (:order1, 's')");
    assert_eq!(shop.recorded(), "");
    assert!(warnings(shop).contains("of public.orders is disabled"), "{}", warnings(shop));
    shop.run("alter table orders enable trigger user");
    assert_eq!(warnings(shop), "null");
    shop.run("call campaign_backfill()");
    assert_eq!(shop.recorded(), "1 A s 100 100 0 100");
}

/// The attached table is renamed, and another one gets its name.
fn a_table_that_was_swapped_is_told(shop: &Shop) {
    shop.attach("");
    shop.run("insert into orders (id, session_id, total) values (:order1, 's', 77)");
    shop.refuse_conversion_of(2);
    shop.run("insert into orders (id, session_id) values (:order2, 't')");
    shop.refuse_no_more();
    assert_eq!(warnings(shop), "null");
    shop.run("alter table orders rename to orders_v1");
    assert!(warnings(shop).contains("the attached orders are public.orders_v1"), "{}", warnings(shop));
    shop.create_orders("orders_v2");
    shop.run("alter table orders_v2 rename to orders");
    assert!(warnings(shop).contains("public.orders is another table now"), "{}", warnings(shop));
    assert_eq!(shop.show("select orders from campaign_status()"), "public.orders_v1");
    // The new one is not attached: nothing of it is read or credited.
    shop.run("insert into orders (id, session_id, total) values (:order1, 's', 5), (:order3, 't', 5)");
    assert_eq!(shop.retry(), "2 t");
    assert_eq!(shop.show("call campaign_backfill()"), "2|0|2|0");
    assert_eq!(shop.recorded(), "1 A s 77 77 0 77\n2 B t 100 100 0 100");
    shop.run("delete from orders where id = :order1");
    assert_eq!(shop.recorded(), "1 A s 77 77 0 77\n2 B t 100 100 0 100");
    // The old one still is.
    shop.run("update orders_v1 set total = 78 where id = :order1; insert into orders_v1 (id, session_id) values (:order4, 's')");
    assert_eq!(shop.recorded(), "1 A s 77 78 0 78\n2 B t 100 100 0 100\n4 A s 100 100 0 100");
    assert_eq!(shop.show("select count(visit_id) from orders_v1"), "3");
    // Until the shop says that these are its orders now.
    shop.run("select campaign_uninstall()");
    shop.run(
        "insert into orders (id, session_id, total) values (:order1, 's', 78), (:order2, 't', 60), (:order4, 's', 100)",
    );
    shop.run(&shop.install("orders", "same_orders => true"));
    assert_eq!(warnings(shop), "null");
    assert_eq!(shop.show("call campaign_backfill()"), "4|1|3|0");
    assert_eq!(shop.recorded(), "1 A s 77 78 0 78\n2 B t 100 60 0 60\n3 B t 5 5 0 5\n4 A s 100 100 0 100");
}

fn tables_that_inherit_from_the_orders_are_followed(shop: &Shop) {
    shop.run("create table orders_by_phone (called_by text, primary key (id)) inherits (orders)");
    let before = shop.db.definitions("public");
    shop.attach("order_is_cancelled => $$o.status = 'void'$$");
    shop.run("insert into orders (id, session_id) values (:order1, 's')");
    shop.run("insert into orders_by_phone (id, customer_id, session_id, called_by) values (:order2, null, 't', 'Bob'), (:order3, null, 's', 'Bob'), (:order4, null, 's', 'Ada')");
    assert_eq!(shop.marks(), "1 A\n2 B\n3 A\n4 A");
    assert_eq!(shop.recorded(), "1 A s 100 100 0 100\n2 B t 100 100 0 100\n3 A s 100 100 0 100\n4 A s 100 100 0 100");
    // By its own name, and by that of all orders.
    shop.run("update orders_by_phone set total = 60 where id = :order2");
    shop.run("update orders set total = 50 where id in (:order1, :order3)");
    shop.run("update only orders set currency = 'EUR'");
    assert_eq!(shop.recorded(), "1 A s 100 50 0 50\n2 B t 100 60 0 60\n3 A s 100 50 0 50\n4 A s 100 100 0 100");
    shop.run("delete from orders where id = :order3");
    shop.run("delete from orders_by_phone where id = :order4");
    assert_eq!(
        shop.recorded(),
        "1 A s 100 50 0 50\n2 B t 100 60 0 60\n3 A s 100 50 0 0 cancelled\n4 A s 100 100 0 0 cancelled"
    );
    // One that comes later is not followed, and that is told. What it holds can still be found.
    assert_eq!(warnings(shop), "null");
    shop.run("create table orders_by_mail () inherits (orders); insert into orders_by_mail (id, session_id) values (:order5, 's')");
    assert_eq!(shop.show("select count(*) from campaign_conversions"), "4");
    assert!(warnings(shop).contains("public.orders_by_mail inherits from the orders"), "{}", warnings(shop));
    shop.run(&shop.install("orders", "order_is_cancelled => $$o.status = 'void'$$"));
    assert_eq!(warnings(shop), "null");
    shop.run("call campaign_backfill()");
    shop.run("update orders_by_mail set total = 40");
    assert_eq!(shop.marks(), "1 A\n2 B\n5 A");
    shop.run("truncate orders");
    assert_eq!(shop.show("select count(*), count(cancelled_at) from campaign_conversions"), "5|5");
    shop.run("drop table orders_by_mail; select campaign_uninstall()");
    assert_eq!(shop.db.definitions("public"), before);
}

/// What plans but does not run is refused, and the argument named; nothing is left of the attempt.
fn a_mapping_is_tried_on_the_orders_that_are_there(shop: &Shop) {
    shop.run("insert into orders (id, session_id) values (:order1, 's')");
    try_mappings(shop);
    shop.refuses("22023", "order_total => ", &shop.install("orders", "order_total => 'o.total / 0'"));
    // What runs, but not by every path, is warned of.
    shop.run(&format!(
        "create table prices (order_id {key}, amount numeric); insert into prices values (:order1, 30);
         create function price_of({key}) returns numeric language plpgsql stable as
           $$ begin return (select sum(p.amount) from prices p where p.order_id = $1); end $$;
         grant select on prices to {owner}",
        key = shop.keys().kind,
        owner = shop.role("owner"),
    ));
    shop.db.heard();
    shop.run(&shop.install("orders", "order_total => 'public.price_of(o.id)', order_currency => 'currency'"));
    let heard = shop.db.heard();
    assert!(heard.iter().any(|notice| notice.starts_with("WARNING: ") && notice.contains("order_total")), "{heard:?}");
    assert!(
        !heard.iter().any(|notice| notice.starts_with("WARNING: ") && notice.contains("order_currency")),
        "{heard:?}"
    );
    shop.click_both();
    shop.run("call campaign_backfill()");
    assert_eq!(shop.recorded(), "1 A s USD 30 30 0 30");
}

/// A made order stands in for those to come. What only a real one could show is said.
fn a_mapping_is_tried_without_orders_too(shop: &Shop) {
    try_mappings(shop);
    shop.db.heard();
    shop.run(
        &shop.install("orders", "order_total => '100 / num_nonnulls(o.customer_id)', order_currency => 'currency'"),
    );
    let untried: Vec<String> =
        shop.db.heard().into_iter().filter(|notice| notice.contains("could not be tried")).collect();
    assert!(untried.len() == 1 && untried[0].contains("order_total"), "{untried:?}");
}

/// Functions that find their tables only by a path that will not be there, and tables that the owner may not read.
fn try_mappings(shop: &Shop) {
    let owner = shop.role("owner");
    let key = shop.keys().kind;
    shop.run(&format!(
        "create role {owner}; grant create on schema public to {owner};
         alter table orders owner to {owner}; alter table customers owner to {owner}; alter table refunds owner to {owner};
         create schema pricing; grant usage on schema pricing to {owner};
         create table pricing.lists (order_id {key}, amount numeric, session text, at timestamptz, is_so boolean);
         grant select on pricing.lists to {owner};
         create function pricing.amount(text) returns numeric language plpgsql stable as $$ begin return (select sum(l.amount) from lists l); end $$;
         create function pricing.session(text) returns text language plpgsql stable as $$ begin return (select max(l.session) from lists l); end $$;
         create function pricing.at(text) returns timestamptz language plpgsql stable as $$ begin return (select max(l.at) from lists l); end $$;
         create function pricing.is_so(text) returns boolean language plpgsql stable as $$ begin return (select bool_or(l.is_so) from lists l); end $$;
         create function pricing.key({key}) returns {key} language plpgsql stable as $$ begin perform from lists; return $1; end $$;
         create schema secret;
         create table secret.lists (order_id {key}, amount numeric, session text);
         create schema open; grant usage on schema open to {owner};
         create table open.lists (order_id {key}, amount numeric)"
    ));
    let before = shop.db.definitions("public");
    for (argument, expression) in [
        ("order_id", "pricing.key(o.id)"),
        ("order_total", "pricing.amount(o.id::text)"),
        ("order_total", "(select sum(l.amount) from secret.lists l)"),
        ("order_total", "(select sum(l.amount) from open.lists l)"),
        ("order_currency", "pricing.session(o.id::text)"),
        ("order_session", "pricing.session(o.id::text)"),
        ("order_session", "(select l.session from secret.lists l where l.order_id = o.id)"),
        ("order_placed_at", "pricing.at(o.id::text)"),
        ("order_is_placed", "pricing.is_so(o.id::text)"),
        ("order_is_cancelled", "pricing.is_so(o.id::text)"),
        ("order_refunded", "(select sum(l.amount) from open.lists l where l.order_id = o.id)"),
        ("order_lines", "select l.session, l.session, 1, l.amount from secret.lists l where l.order_id = o.id"),
    ] {
        shop.refuses(
            "22023",
            &format!("{argument} => "),
            &shop.install("orders", &format!("{argument} => $m${expression}$m$")),
        );
        assert_eq!(shop.db.definitions("public"), before, "{argument} => {expression}");
    }
    shop.refuses(
        "22023",
        "order_parts",
        &shop.install("orders", r#"order_parts => '{"public.refunds": "pricing.key(o.order_id)"}'"#),
    );
    assert_eq!(shop.db.definitions("public"), before);
}

/// A statement on a hundred thousand orders needs hardly more memory than one on ten thousand.
fn a_statement_on_very_many_orders_goes_in_pieces(shop: &Shop) {
    shop.attach("order_is_cancelled => $$o.status = 'void'$$");
    // One order in ten was won by a campaign.
    let key = shop.key_of("n");
    shop.run("set session_replication_role = replica");
    shop.run(&format!("insert into orders (id) select {key} from generate_series(100001, 200000) n where n % 10 > 0"));
    shop.run("reset session_replication_role");
    shop.run(&format!("insert into orders (id, session_id) select {key}, case n % 20 when 0 then 's' else 't' end from generate_series(100010, 200000, 10) n"));
    let counts = |what: &str| shop.show(&format!("select count(*), {what} from campaign_conversions"));
    assert_eq!(counts("sum(net_revenue)"), "10000|1000000");
    shop.run(&format!("update orders set total = 90 where {} <= 110000", number_of("id")));
    let before = peak(shop);
    shop.run("update orders set total = 60");
    assert_eq!(counts("sum(net_revenue)"), "10000|600000");
    shop.run("update orders set status = 'void'");
    assert_eq!(counts("count(cancelled_at)"), "10000|10000");
    shop.run("update orders set status = 'paid' where session_id is not null; delete from orders");
    assert_eq!(counts("count(cancelled_at)"), "10000|10000");
    let grown = peak(shop) - before;
    assert!(grown <= MOST_MEGABYTES, "the peak grew by {grown} MB");
}

/// Some 200 bytes for each of the other orders: PostgreSQL itself keeps an event for each until the triggers fire, and at COMMIT
/// each key waits.
const MOST_MEGABYTES: u64 = 20;

/// The most memory that the session's backend ever had, in megabytes.
fn peak(shop: &Shop) -> u64 {
    let status = shop.show("select pg_read_file('/proc/self/status')");
    let line = status.lines().find_map(|line| line.strip_prefix("VmPeak:")).expect("Linux tells the peak");
    line.trim().trim_end_matches(" kB").parse::<u64>().expect("it is a number") / 1024
}
