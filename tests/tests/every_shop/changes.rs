//! What becomes of an order after it was placed.

use super::stage::{Mode, Shop, Speaks};

stories! {
    a_changed_key_may_have_been_another_orders
    a_deleted_order_is_cancelled_and_all_of_them_by_truncate
    a_failed_order_that_is_deleted_waits_for_no_repair
    a_guest_who_registers_was_won_by_the_order
    a_key_that_moves_on_within_a_transaction_takes_its_conversion_along
    a_key_used_again_by_another_visitor_is_a_new_order
    a_key_used_again_by_the_same_visitor_is_the_same_order
    a_key_used_again_by_nobody_of_ours_stays_cancelled
    a_negative_total_can_be_refunded_by_nothing
    a_saved_row_that_clears_our_columns_gets_them_back
    an_order_may_be_deleted_and_inserted_by_one_statement
    an_order_of_another_customer_takes_its_acquisition_along
    an_order_that_is_no_longer_placed_counts_no_more
    an_order_that_was_not_credited_is_judged_again_only_by_session_or_customer
    another_currency_is_followed
    foreign_keys_change_orders_too
    what_a_replica_applied_is_made_good_by_a_backfill
}

stories_with_any_keys! {
    a_changed_key_renames_the_conversion
    an_order_lives_its_whole_life
}

const REFUNDS: &str = r#"order_refunded => $$(select sum(r.amount) from public.refunds r where r.order_id = o.id)$$,
                         order_parts => '{"public.refunds": "order_id"}'"#;

/// Every step is counted into the snapshots before the next one changes it.
fn an_order_lives_its_whole_life(shop: &Shop) {
    shop.attach(&format!(
        "order_is_placed => $$o.status <> 'cart'$$, order_is_cancelled => $$o.status = 'void'$$, order_currency => 'currency', {REFUNDS}"
    ));
    shop.run(
        "insert into orders (id, customer_id, session_id, status) values
           (:order1, :customer1, 's', 'paid'), (:order2, :customer2, 't', 'cart'), (:order3, null, null, 'paid'), (:order4, null, 'nobody', 'paid')",
    );
    assert_eq!(shop.recorded(), "1 A s USD 100 100 0 100");
    assert_eq!((shop.buyers(), shop.customers()), ("1 1".to_owned(), "1 A".to_owned()));
    shop.fold();
    shop.run("update orders set status = 'paid' where id = :order2; insert into refunds (order_id, amount) values (:order1, 30), (:order3, 5)");
    assert_eq!(shop.recorded(), "1 A s USD 100 100 30 70\n2 B t USD 100 100 0 100");
    assert_eq!(shop.customers(), "1 A\n2 B");
    shop.fold();
    shop.run("update orders set total = 90 where id = :order1; update orders set status = 'void' where id = :order2");
    assert_eq!(shop.recorded(), "1 A s USD 100 90 30 60\n2 B t USD 100 100 0 0 cancelled");
    shop.fold();
    shop.run("delete from refunds where order_id = :order1; update orders set status = 'paid' where id = :order2");
    assert_eq!(shop.recorded(), "1 A s USD 100 90 0 90\n2 B t USD 100 100 0 100");
    shop.fold();
    shop.run("delete from orders where id = :order2");
    assert_eq!(shop.recorded(), "1 A s USD 100 90 0 90\n2 B t USD 100 100 0 0 cancelled");
    shop.fold();
    // Credited by a call; failed, and mended by a retry; of the past.
    assert_eq!(
        shop.show("select is_new from campaign_attribute((select id::text from orders where id = :order3), 't')"),
        "t"
    );
    assert_eq!(
        shop.show("select is_new from campaign_attribute((select id::text from orders where id = :order3), 's')"),
        "f"
    );
    shop.refuse_conversion_of(5);
    shop.run("insert into orders (id, customer_id, session_id) values (:order5, :customer3, 's')");
    assert_eq!(shop.failures(), "5 23514");
    shop.refuse_no_more();
    assert_eq!(shop.retry(), "5 t");
    shop.run("set session_replication_role = replica; insert into orders (id, session_id) values (:order6, 's'); reset session_replication_role");
    assert_eq!(shop.show("call campaign_backfill()"), "5|1|3|0");
    assert_eq!(
        shop.recorded(),
        "1 A s USD 100 90 0 90\n2 B t USD 100 100 0 0 cancelled\n3 B t USD 100 100 5 95\n5 A s USD 100 100 0 100\n6 A s USD 100 100 0 100"
    );
    assert_eq!(shop.marks(), "1 A\n3 B\n4 none\n5 A\n6 A");
    assert_eq!((shop.buyers(), shop.customers()), ("1 1\n2 2\n5 3".to_owned(), "1 A\n2 B\n3 A".to_owned()));
    assert_eq!(
        shop.show("select count(*) from orders o join campaign_attached_orders a on a.order_id = o.id join campaign_conversions k on k.order_id = o.id"),
        "4",
        "our keys join with the shop's"
    );
    shop.fold();
    shop.run("truncate orders");
    assert_eq!(shop.show("select count(*), count(cancelled_at) from campaign_conversions"), "5|5");
}

fn a_changed_key_renames_the_conversion(shop: &Shop) {
    shop.attach(&format!("order_is_cancelled => $$o.status = 'void'$$, {REFUNDS}"));
    shop.run("insert into orders (id, customer_id, session_id) values (:order1, :customer1, 's'), (:order2, :customer2, 't'), (:order3, null, null)");
    shop.fold();
    shop.run("update orders set id = :order12 where id = :order2");
    assert_eq!(shop.recorded(), "1 A s 100 100 0 100\n12 B t 100 100 0 100");
    assert_eq!(
        shop.show("select right(attributed_order_id::text, 2) from campaign_visits where session_id = 't'"),
        "12"
    );
    // It is followed under its new name, and the old one is free.
    shop.run("update orders set total = 70 where id = :order12; insert into refunds (order_id, amount) values (:order12, 20)");
    assert_eq!(shop.recorded(), "1 A s 100 100 0 100\n12 B t 100 70 20 50");
    shop.run("insert into orders (id, session_id) values (:order2, 's')");
    assert_eq!(shop.recorded(), "1 A s 100 100 0 100\n2 A s 100 100 0 100\n12 B t 100 70 20 50");
    // Name and money at once; one without a conversion; several in one statement.
    shop.run("update orders set id = :order11, total = 60 where id = :order1; update orders set id = :order13 where id = :order3");
    assert_eq!(shop.recorded(), "2 A s 100 100 0 100\n11 A s 100 60 0 60\n12 B t 100 70 20 50");
    shop.run(&format!(
        "update orders set id = (case id when :order2 then :order22 when :order11 then :order21 else :order23 end)::{}
          where id in (:order2, :order11, :order13)",
        shop.keys().kind
    ));
    assert_eq!(shop.recorded(), "12 B t 100 70 20 50\n21 A s 100 60 0 60\n22 A s 100 100 0 100");
    shop.run("delete from orders where id = :order22; update orders set status = 'void' where id = :order21");
    assert_eq!(shop.recorded(), "12 B t 100 70 20 50\n21 A s 100 60 0 0 cancelled\n22 A s 100 100 0 0 cancelled");
    assert_eq!(shop.show("call campaign_backfill()"), "3|0|2|0");
    assert_eq!(shop.recorded(), "12 B t 100 70 20 50\n21 A s 100 60 0 0 cancelled\n22 A s 100 100 0 0 cancelled");
}

fn a_key_that_moves_on_within_a_transaction_takes_its_conversion_along(shop: &Shop) {
    shop.attach("");
    shop.run(
        "begin;
         insert into orders (id, session_id) values (:order1, 's'), (:order2, 't');
         update orders set id = :order3 where id = :order1;
         update orders set total = 80 where id = :order3;
         update orders set id = :order4 where id = :order3;
         commit",
    );
    let when_placed = if shop.mode == Mode::Commit { 80 } else { 100 };
    assert_eq!(shop.recorded(), format!("2 B t 100 100 0 100\n4 A s {when_placed} 80 0 80"));
    // The old name is taken at once by another order.
    shop.run(
        "begin;
         update orders set id = :order5 where id = :order2;
         insert into orders (id, session_id, total) values (:order2, 's', 30);
         commit",
    );
    assert_eq!(
        shop.show("select order_total, net_revenue, session_id from campaign_conversions order by 1, 3"),
        "30|30|s\n80|80|s\n100|100|t"
    );
    // A rolled back change of names changes none.
    shop.run("begin; update orders set id = :order6 where id = :order5; savepoint one; update orders set id = :order7 where id = :order6; rollback to one; commit");
    shop.run("begin; update orders set id = :order8 where id = :order6; rollback");
    assert_eq!(shop.show("select right(order_id::text, 1) from campaign_conversions order by 1"), "2\n4\n6");
}

fn an_order_that_is_no_longer_placed_counts_no_more(shop: &Shop) {
    shop.attach(
        "order_is_placed => $$o.status in ('paid', 'shipped')$$, order_is_cancelled => $$o.status = 'cancelled'$$, order_refunded => 'refunded'",
    );
    shop.run(
        "insert into orders (id, session_id) values (:order1, 's'), (:order2, 's'), (:order3, 's'), (:order4, 's')",
    );
    shop.fold();
    shop.run(
        "update orders set status = 'cancelled' where id = :order1;
         update orders set status = 'refunded', refunded = 100 where id = :order2;
         update orders set status = 'payment_failed' where id = :order3",
    );
    assert_eq!(
        shop.recorded(),
        "1 A s 100 100 0 0 cancelled\n2 A s 100 100 100 0 cancelled\n3 A s 100 100 0 0 cancelled\n4 A s 100 100 0 100"
    );
    // What it is worth is followed all the same.
    let cancelled_at = "select cancelled_at from campaign_conversions order by order_id";
    let before = shop.show(cancelled_at);
    shop.run("update orders set total = 80, currency = 'EUR' where id = :order3; update orders set refunded = 40 where id = :order2");
    assert_eq!(
        shop.recorded(),
        "1 A s 100 100 0 0 cancelled\n2 A s 100 100 40 0 cancelled\n3 A s 100 80 0 0 cancelled\n4 A s 100 100 0 100"
    );
    assert_eq!(shop.show(cancelled_at), before);
    shop.run("update orders set status = 'shipped', refunded = null");
    assert_eq!(shop.recorded(), "1 A s 100 100 0 100\n2 A s 100 100 0 100\n3 A s 100 80 0 80\n4 A s 100 100 0 100");
    // The same when nobody looked while it happened.
    shop.run("set session_replication_role = replica; update orders set status = 'payment_failed' where id = :order3; reset session_replication_role");
    shop.run("call campaign_backfill()");
    assert_eq!(
        shop.recorded(),
        "1 A s 100 100 0 100\n2 A s 100 100 0 100\n3 A s 100 80 0 0 cancelled\n4 A s 100 100 0 100"
    );
    // One that was never placed is credited when it is, not before.
    shop.run("insert into orders (id, session_id, status) values (:order5, 't', 'cart'); update orders set status = 'cancelled' where id = :order5");
    assert_eq!(shop.show("select count(*) from campaign_conversions"), "4");
}

fn another_currency_is_followed(shop: &Shop) {
    shop.attach("order_currency => 'currency'");
    shop.run("insert into orders (id, session_id) values (:order1, 's'), (:order2, 's')");
    shop.fold();
    shop.run("update orders set currency = 'jpy', total = 15000 where id = :order1");
    assert_eq!(shop.recorded(), "1 A s JPY 100 15000 0 15000\n2 A s USD 100 100 0 100");
    shop.run("update orders set currency = 'EUR' where id = :order1");
    assert_eq!(shop.recorded(), "1 A s EUR 100 15000 0 15000\n2 A s USD 100 100 0 100");
    shop.run("set session_replication_role = replica; update orders set currency = 'CHF' where id = :order1; reset session_replication_role");
    shop.run("call campaign_backfill()");
    assert_eq!(shop.recorded(), "1 A s CHF 100 15000 0 15000\n2 A s USD 100 100 0 100");
}

fn an_order_of_another_customer_takes_its_acquisition_along(shop: &Shop) {
    shop.attach("");
    let told = || (shop.buyers(), shop.customers());
    shop.run("insert into orders (id, customer_id, session_id) values (:order1, :customer1, 's')");
    assert_eq!(told(), ("1 1".to_owned(), "1 A".to_owned()));
    shop.run("update orders set customer_id = :customer2");
    assert_eq!(told(), ("1 2".to_owned(), "2 A".to_owned()));
    // Who was won by more than this order stays won, and who is won already stays with his campaign.
    shop.run("insert into orders (id, customer_id, session_id) values (:order2, :customer2, 's'), (:order3, :customer3, 't')");
    shop.run("update orders set customer_id = :customer3 where id = :order1");
    assert_eq!(told(), ("1 3\n2 2\n3 3".to_owned(), "2 A\n3 B".to_owned()));
    // A customer that is erased is not another customer.
    shop.run("update orders set customer_id = null where id = :order2");
    assert_eq!(told(), ("1 3\n2 2\n3 3".to_owned(), "2 A\n3 B".to_owned()));
    // The same when nobody looked while it happened.
    shop.run("set session_replication_role = replica; update orders set customer_id = :customer1 where id = :order1; reset session_replication_role");
    shop.run("call campaign_backfill()");
    assert_eq!(told(), ("1 1\n2 2\n3 3".to_owned(), "1 A\n2 A\n3 B".to_owned()));
}

fn a_guest_who_registers_was_won_by_the_order(shop: &Shop) {
    shop.attach("");
    shop.run("insert into orders (id, session_id) values (:order1, 's')");
    shop.run("update orders set customer_id = :customer1");
    assert_eq!((shop.buyers(), shop.customers()), ("1 1".to_owned(), "1 A".to_owned()));
    assert_eq!(shop.show("select customer_id = :customer1 from campaign_visits where session_id = 's'"), "t");
}

fn a_key_used_again_by_the_same_visitor_is_the_same_order(shop: &Shop) {
    shop.attach("");
    shop.run("insert into orders (id, session_id) values (:order1, 's'), (:order2, 's')");
    shop.run("delete from orders where id = :order1");
    shop.fold();
    shop.run("insert into orders (id, session_id, total) values (:order1, 's', 90)");
    assert_eq!(shop.recorded(), "1 A s 100 90 0 90\n2 A s 100 100 0 100");
    assert_eq!(shop.marks(), "1 A\n2 A");
    // As an application does that replaces rows.
    shop.run("begin; delete from orders where id = :order2; insert into orders (id, session_id, total) values (:order2, 's', 70); commit");
    assert_eq!(shop.recorded(), "1 A s 100 90 0 90\n2 A s 100 70 0 70");
    assert_eq!(shop.marks(), "1 A\n2 A");
}

fn a_key_used_again_by_another_visitor_is_a_new_order(shop: &Shop) {
    shop.attach("");
    shop.run(
        "insert into orders (id, customer_id, session_id) values (:order1, :customer1, 's'), (:order2, null, 's')",
    );
    shop.run("delete from orders where id = :order1");
    shop.fold();
    shop.run("insert into orders (id, customer_id, session_id, total, created_at) values (:order1, :customer2, 't', 40, ':day3 10:00Z')");
    assert_eq!(shop.recorded(), "1 B t 40 40 0 40\n2 A s 100 100 0 100");
    assert_eq!(shop.marks(), "1 B\n2 A");
    assert_eq!(
        shop.show("select converted_at from campaign_conversions where session_id = 't'"),
        shop.words().fill(":day3 10:00:00+00")
    );
    assert_eq!(
        shop.show("select converted, conversion_at from campaign_visits where session_id = 't'"),
        shop.words().fill("t|:day3 10:00:00+00")
    );
    assert_eq!((shop.buyers(), shop.customers()), ("1 2".to_owned(), "2 B".to_owned()));
    // Both within one transaction.
    shop.run("begin; delete from orders where id = :order2; insert into orders (id, session_id, total) values (:order2, 't', 70); commit");
    assert_eq!(shop.recorded(), "1 B t 40 40 0 40\n2 B t 70 70 0 70");
    assert_eq!(shop.marks(), "1 B\n2 B");
}

fn a_key_used_again_by_nobody_of_ours_stays_cancelled(shop: &Shop) {
    shop.attach("");
    shop.run("insert into orders (id, session_id) values (:order1, 's'), (:order2, 's')");
    shop.run("delete from orders");
    shop.run("insert into orders (id, session_id) values (:order1, null), (:order2, 'nobody')");
    assert_eq!(shop.marks(), "1 none\n2 none");
    shop.run("update orders set total = 70");
    assert_eq!(shop.show("select count(*), count(cancelled_at), sum(net_revenue) from campaign_conversions"), "2|2|0");
    assert_eq!(shop.marks(), "1 none\n2 none");
    shop.run("call campaign_backfill()");
    assert_eq!(shop.show("select count(*), count(cancelled_at), sum(net_revenue) from campaign_conversions"), "2|2|0");
    shop.run("delete from orders");
}

fn a_negative_total_can_be_refunded_by_nothing(shop: &Shop) {
    shop.attach("");
    shop.run("insert into orders (id, session_id, total) values (:order1, 's', -50)");
    assert_eq!(shop.recorded(), "1 A s -50 -50 0 -50");
    let refund = |amount: &str| format!("select campaign_refund((select id::text from orders), {amount})");
    shop.run(&refund("0"));
    assert_eq!(shop.recorded(), "1 A s -50 -50 0 -50");
    for amount in ["10", "-10", "-50"] {
        shop.refuses("22023", "amount must be", &refund(amount));
    }
    assert_eq!(shop.recorded(), "1 A s -50 -50 0 -50");
}

fn a_deleted_order_is_cancelled_and_all_of_them_by_truncate(shop: &Shop) {
    shop.attach("");
    shop.run("insert into orders (id, session_id) values (:order1, 's'), (:order2, 's'), (:order3, 't')");
    shop.fold();
    shop.run("begin; delete from orders; rollback; delete from orders where id = :order2");
    assert_eq!(shop.recorded(), "1 A s 100 100 0 100\n2 A s 100 100 0 0 cancelled\n3 B t 100 100 0 100");
    shop.run("begin; truncate orders; rollback");
    assert_eq!(shop.recorded(), "1 A s 100 100 0 100\n2 A s 100 100 0 0 cancelled\n3 B t 100 100 0 100");
    shop.run("truncate orders");
    assert_eq!(
        shop.recorded(),
        "1 A s 100 100 0 0 cancelled\n2 A s 100 100 0 0 cancelled\n3 B t 100 100 0 0 cancelled"
    );
    // Placed and gone within one transaction.
    shop.run("begin; insert into orders (id, session_id) values (:order4, 's'); delete from orders; commit");
    assert_eq!(shop.show("select count(*) from campaign_conversions where cancelled_at is null"), "0");
}

fn a_failed_order_that_is_deleted_waits_for_no_repair(shop: &Shop) {
    shop.attach("");
    shop.refuse_conversion_of(1);
    shop.run("insert into orders (id, session_id) values (:order1, 's')");
    assert_eq!(shop.failures(), "1 23514");
    shop.run("delete from orders");
    assert_eq!(shop.failures(), "");
    assert_eq!(shop.recorded(), "");
}

fn a_saved_row_that_clears_our_columns_gets_them_back(shop: &Shop) {
    shop.attach("");
    shop.run("insert into orders (id, session_id) values (:order1, 's'), (:order2, null)");
    shop.run("update orders set total = 90, session_id = null, campaign_id = null, visit_id = null, status = status");
    assert_eq!((shop.recorded(), shop.marks()), ("1 A s 100 90 0 90".to_owned(), "1 A\n2 none".to_owned()));
    shop.run("update orders set campaign_id = null, visit_id = null");
    assert_eq!(shop.marks(), "1 A\n2 none");
    shop.run("update orders set campaign_id = gen_random_uuid(), visit_id = gen_random_uuid() where id = :order1");
    assert_eq!(shop.marks(), "1 A\n2 none");
    // A campaign that is deleted with its conversions takes its marks from the orders.
    shop.run("select campaign_delete(id, force => true) from campaigns where tracking_code = 'A'");
    assert_eq!((shop.recorded(), shop.marks()), (String::new(), "1 none\n2 none".to_owned()));
}

/// Only what places an order may lend it a session, and what else changes about it does not bring it credit.
fn an_order_that_was_not_credited_is_judged_again_only_by_session_or_customer(shop: &Shop) {
    shop.attach(REFUNDS);
    shop.run(
        "insert into orders (id, customer_id) values (:order1, :customer1), (:order2, null), (:order3, :customer3)",
    );
    shop.run("select campaign_identify('s', (select id::text from customers where id = :customer1))");
    for change in [
        "update orders set total = 50, status = 'sent'",
        "update orders set customer_id = :customer2 where id = :order2",
        "insert into refunds (order_id, amount) values (:order1, 10), (:order2, 10)",
        "update refunds set amount = 5",
        "update orders set campaign_id = null",
    ] {
        shop.run(&format!("begin; set local campaign.session_id = 't'; {change}; commit"));
        assert_eq!(shop.recorded(), "", "{change}");
    }
    shop.run("set campaign.match_customer = on");
    for change in [
        "update orders set total = 60",
        "insert into refunds (order_id, amount) values (:order1, 10)",
        "update orders set customer_id = :customer1 where id = :order1",
    ] {
        shop.run(change);
        assert_eq!(shop.recorded(), "", "{change}");
    }
    shop.run("update orders set customer_id = :customer1 where id = :order3");
    assert_eq!(shop.recorded(), "3 A s 60 60 0 60");
    shop.run("reset campaign.match_customer; update orders set session_id = 't' where id = :order2");
    assert_eq!(shop.recorded(), "2 B t 60 60 5 55\n3 A s 60 60 0 60");
}

fn what_a_replica_applied_is_made_good_by_a_backfill(shop: &Shop) {
    shop.attach("order_is_cancelled => $$o.status = 'void'$$");
    let by_replica =
        |sql: &str| shop.run(&format!("set session_replication_role = replica; {sql}; reset session_replication_role"));
    by_replica(
        "insert into orders (id, customer_id, session_id) values (:order1, :customer1, 's'), (:order2, null, 's'), (:order3, null, 'nobody')",
    );
    assert_eq!(shop.recorded(), "");
    assert_eq!(shop.show("call campaign_backfill(':day2', ':day2')"), "3|2|0|0");
    shop.fold();
    by_replica("update orders set total = 7 where id = :order1; update orders set status = 'void' where id = :order2");
    assert_eq!(shop.show("call campaign_backfill()"), "3|0|2|0");
    assert_eq!(shop.recorded(), "1 A s 100 7 0 7\n2 A s 100 100 0 0 cancelled");
    assert_eq!((shop.marks(), shop.customers()), ("1 A\n2 A\n3 none".to_owned(), "1 A".to_owned()));
}

/// The key of a deleted order is taken by another one, or two orders change places.
fn a_changed_key_may_have_been_another_orders(shop: &Shop) {
    shop.attach("");
    shop.run("insert into orders (id, session_id, total) values (:order1, 's', 10), (:order2, 't', 20), (:order3, null, 30), (:order4, 's', 40), (:order5, 't', 50)");
    // One that was credited takes the key of one that was, and is gone.
    shop.run("delete from orders where id = :order2");
    shop.run("update orders set id = :order2 where id = :order1");
    assert_eq!(shop.failures(), "");
    assert_eq!(shop.marks(), "2 A\n3 none\n4 A\n5 B");
    assert_eq!(
        shop.show("select order_total, net_revenue, session_id from campaign_conversions where order_id = :order2"),
        "10|10|s"
    );
    // One that was not credited takes such a key.
    shop.run("delete from orders where id = :order5");
    shop.run("update orders set id = :order5 where id = :order3");
    assert_eq!((shop.failures(), shop.marks()), (String::new(), "2 A\n4 A\n5 none".to_owned()));
    assert_eq!(
        shop.show("select net_revenue, cancelled_at is null from campaign_conversions where order_id = :order5"),
        "0|f"
    );
    shop.run("update orders set total = 35 where id = :order5");
    assert_eq!(
        shop.show("select net_revenue, cancelled_at is null from campaign_conversions where order_id = :order5"),
        "0|f"
    );
    // They change places, by way of a third key.
    shop.run(
        "begin;
         update orders set id = :order9 where id = :order2;
         update orders set id = :order2 where id = :order4;
         update orders set id = :order4 where id = :order9;
         commit",
    );
    assert_eq!((shop.failures(), shop.marks()), (String::new(), "2 A\n4 A\n5 none".to_owned()));
    assert_eq!(
        shop.show("select order_total, net_revenue from campaign_conversions where order_id in (:order2, :order4) order by order_id"),
        "40|40\n10|10"
    );
    assert_eq!(shop.show("call campaign_backfill()"), "3|0|2|0");
    assert_eq!(shop.marks(), "2 A\n4 A\n5 none");
}

/// As an application does that replaces a row by a new one.
fn an_order_may_be_deleted_and_inserted_by_one_statement(shop: &Shop) {
    shop.attach("");
    shop.run("insert into orders (id, session_id) values (:order1, 's'), (:order2, 't'), (:order3, null)");
    shop.run(
        "with gone as (delete from orders returning id, session_id, total)
         insert into orders (id, session_id, total) select id, session_id, total - 20 from gone",
    );
    assert_eq!(shop.recorded(), "1 A s 100 80 0 80\n2 B t 100 80 0 80");
    assert_eq!(shop.marks(), "1 A\n2 B\n3 none");
    shop.run(
        "with gone as (delete from orders where id = :order1 returning id, total)
         insert into orders (id, session_id, total) select id, 't', total - 20 from gone",
    );
    assert_eq!(shop.recorded(), "1 B t 60 60 0 60\n2 B t 100 80 0 80");
    assert_eq!(shop.marks(), "1 B\n2 B\n3 none");
}

/// A customer is numbered anew, erased, or deleted with the orders: PostgreSQL itself writes the orders then.
fn foreign_keys_change_orders_too(shop: &Shop) {
    shop.run(&format!(
        "create table carts (id int primary key);
         insert into carts values (1), (2);
         alter table orders drop constraint orders_customer_id_fkey, add cart_id int references carts on delete cascade,
           add foreign key (customer_id) references customers on update cascade on delete set null;
         create role {0}; grant create on schema public to {0};
         alter table orders owner to {0}; alter table customers owner to {0}; alter table carts owner to {0}; alter table refunds owner to {0}",
        shop.role("owner")
    ));
    shop.attach("");
    let app = shop.login("app", "");
    shop.run(&format!("grant select, insert, update, delete on orders, customers, carts to {}", shop.role("app")));
    app.run(
        "insert into orders (id, customer_id, cart_id, session_id) values
           (:order1, :customer1, 1, 's'), (:order2, :customer2, 2, 's'), (:order3, :customer2, 2, null), (:order4, :customer3, null, 't')",
    );
    app.run("update customers set id = :customer9 where id = :customer1");
    assert_eq!((shop.buyers(), shop.customers()), ("1 9\n2 2\n4 3".to_owned(), "2 A\n3 B\n9 A".to_owned()));
    app.run("delete from carts where id = 2");
    assert_eq!(shop.recorded(), "1 A s 100 100 0 100\n2 A s 100 100 0 0 cancelled\n4 B t 100 100 0 100");
    app.run("delete from customers where id = :customer3");
    assert_eq!(shop.recorded(), "1 A s 100 100 0 100\n2 A s 100 100 0 0 cancelled\n4 B t 100 100 0 100");
    assert_eq!((shop.buyers(), shop.marks()), ("1 9\n2 2\n4 3".to_owned(), "1 A\n4 B".to_owned()));
    assert_eq!(shop.failures(), "");
}
