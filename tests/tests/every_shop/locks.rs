//! Several at once, and what goes wrong in attribution: nobody waits for us, and nothing is lost.

use super::stage::{Shop, Speaks};

stories! {
    a_campaign_that_is_being_edited_holds_up_no_order
    a_campaign_with_conversions_goes_only_by_force
    a_customer_who_is_being_edited_is_won_later
    a_failure_that_cannot_be_recorded_lets_the_order_through
    a_fixed_snapshot_keeps_the_order
    a_key_column_that_is_lost_harms_no_order
    a_lock_that_is_not_to_be_had_lets_the_order_through
    a_refund_that_comes_first_may_commit_last
    a_repair_does_not_bring_back_what_is_being_deleted
    a_statement_timeout_lets_the_order_through
    a_users_cancel_cancels_the_order
    an_error_fails_the_order_when_told_so
    an_error_inside_attribution_lets_the_order_through
    an_error_while_an_order_changes_lets_the_change_through
    refunds_by_columns_add_up
}

/// Lets a refund be recorded in the shop's own table.
const REFUNDS: &str = r#"order_refunded => $$(select sum(r.amount) from public.refunds r where r.order_id = o.id)$$,
                         order_parts => '{"public.refunds": "order_id"}'"#;

fn an_error_inside_attribution_lets_the_order_through(shop: &Shop) {
    shop.attach("order_total => $$case o.status when 'broken' then o.total / 0 else o.total end$$");
    shop.db.heard();
    shop.run("insert into orders (id, session_id, status) values (:order1, 's', 'paid'), (:order2, 's', 'broken'), (:order3, 't', 'paid')");
    assert_eq!(shop.show("select count(*) from orders"), "3");
    assert_eq!(shop.recorded(), "1 A s 100 100 0 100\n3 B t 100 100 0 100");
    assert_eq!(shop.failures(), "2 22012");
    let heard = shop.db.heard();
    assert!(heard.iter().any(|notice| notice.starts_with("WARNING: attribution of order")), "{heard:?}");
    // As long as the cause is there, a retry says so.
    assert_eq!(shop.retry(), "2 f");
    shop.run(
        "set session_replication_role = replica; update orders set status = 'paid'; reset session_replication_role",
    );
    assert_eq!(shop.retry(), "2 t");
    assert_eq!(shop.recorded(), "1 A s 100 100 0 100\n2 A s 100 100 0 100\n3 B t 100 100 0 100");
    // A session that only the transaction knew is kept with the failure.
    shop.refuse_conversion_of(4);
    shop.run("begin; set local campaign.session_id = 't'; insert into orders (id) values (:order4); commit");
    assert_eq!(shop.show("select session_id from campaign_attribution_failures"), "t");
    shop.refuse_no_more();
    assert_eq!(shop.retry(), "4 t");
    assert_eq!(shop.marks(), "1 A\n2 A\n3 B\n4 B");
}

fn an_error_while_an_order_changes_lets_the_change_through(shop: &Shop) {
    shop.attach("order_total => $$case o.status when 'broken' then o.total / 0 else o.total end$$");
    shop.run("insert into orders (id, session_id) values (:order1, 's'), (:order2, 's'), (:order3, 't')");
    shop.run("update orders set total = 50, status = case id when :order1 then 'broken' else status end");
    assert_eq!(shop.show("select sum(total) from orders"), "150");
    assert_eq!(shop.recorded(), "1 A s 100 100 0 100\n2 A s 100 50 0 50\n3 B t 100 50 0 50");
    assert_eq!(shop.failures(), "1 22012");
    // Mended by the next change that succeeds, or by a retry.
    shop.run(
        "set session_replication_role = replica; update orders set status = 'paid'; reset session_replication_role",
    );
    assert_eq!(shop.retry(), "1 t");
    assert_eq!(shop.recorded(), "1 A s 100 50 0 50\n2 A s 100 50 0 50\n3 B t 100 50 0 50");
    // A deletion that cannot be told is one that is still to be told.
    shop.run(
        "create function refuse() returns trigger language plpgsql as $$ begin raise exception 'refused' using errcode = 'XX001'; end $$;
         create trigger refuse before update on campaign_conversions for each row execute function refuse()",
    );
    shop.run("delete from orders where id = :order2");
    assert_eq!(shop.failures(), "2 XX001");
    shop.run("drop function refuse cascade");
    assert_eq!(shop.retry(), "2 t");
    assert_eq!(shop.recorded(), "1 A s 100 50 0 50\n2 A s 100 50 0 0 cancelled\n3 B t 100 50 0 50");
}

fn an_error_fails_the_order_when_told_so(shop: &Shop) {
    shop.attach("");
    shop.refuse_conversion_of(1);
    shop.run("set campaign.on_error = 'raise'");
    shop.refuses("23514", "refused", "insert into orders (id, session_id) values (:order1, 's')");
    assert_eq!(shop.show("select count(*) from orders"), "0");
    // An order without a session has nothing that can fail.
    shop.run("insert into orders (id) values (:order1)");
    shop.refuses("23514", "refused", "update orders set session_id = 's'");
    shop.refuse_no_more();
    shop.run("update orders set session_id = 's'");
    assert_eq!(shop.recorded(), "1 A s 100 100 0 100");
}

fn a_lock_that_is_not_to_be_had_lets_the_order_through(shop: &Shop) {
    shop.attach("");
    shop.run("insert into orders (id, session_id) values (:order1, 's')");
    let other = shop.client();
    for (first, timeout) in [(10, "campaign.lock_timeout"), (20, "lock_timeout")] {
        let numbers = [first, first + 1, first + 2];
        other.run("begin; lock table campaign_conversions");
        shop.run(&format!("set {timeout} = '100ms'"));
        // Many orders wait once, not once each.
        shop.run(&format!(
            "begin; insert into orders (id, session_id) values (:order{}, 's'), (:order{}, 's'); insert into orders (id, session_id) values (:order{}, 't'); commit",
            numbers[0], numbers[1], numbers[2]
        ));
        shop.run("update orders set total = total - 10 where id = :order1");
        assert_eq!(
            shop.show("select count(distinct order_id) from campaign_attribution_failures"),
            "4",
            "{timeout} {}",
            shop.failures()
        );
        assert_eq!(
            shop.show(&format!(
                "select message like 'not tried%' from campaign_attribution_failures where order_id = (:order{}::text)",
                numbers[2]
            )),
            "t",
            "{timeout}: what else the transaction placed is recorded without being tried"
        );
        other.run("commit");
        shop.run(&format!("reset {timeout}"));
        assert_eq!(shop.retry(), format!("1 t\n{} t\n{} t\n{} t", numbers[0], numbers[1], numbers[2]), "{timeout}");
    }
    assert_eq!(shop.marks(), "1 A\n10 A\n11 A\n12 B\n20 A\n21 A\n22 B");
    assert_eq!(shop.show("select sum(net_revenue) from campaign_conversions"), "680");
}

fn a_statement_timeout_lets_the_order_through(shop: &Shop) {
    shop.attach("");
    let other = shop.client();
    other.run("begin; lock table campaign_conversions");
    // PostgreSQL ends statement_timeout before it runs what waits for COMMIT.
    shop.run("set statement_timeout = '300ms'; set campaign.lock_timeout = '500ms'");
    shop.run("insert into orders (id, session_id) values (:order1, 's')");
    assert_eq!(shop.show("select count(*) from orders"), "1");
    assert_eq!(shop.failures().split(' ').next(), Some("1"));
    other.run("commit");
    shop.run("reset statement_timeout; reset campaign.lock_timeout");
    assert_eq!(shop.retry(), "1 t");
    assert_eq!(shop.recorded(), "1 A s 100 100 0 100");
}

fn a_users_cancel_cancels_the_order(shop: &Shop) {
    shop.attach("");
    let other = shop.client();
    other.run("begin; lock table campaign_conversions");
    let mut buyer = shop.client();
    buyer.run("set campaign.lock_timeout = 0");
    let pid = buyer.show("select pg_backend_pid()");
    let outcome = shop.meanwhile(&mut buyer, "insert into orders (id, session_id) values (:order1, 's')", || {
        shop.run(&format!("select pg_cancel_backend({pid})"));
    });
    assert!(outcome.waited);
    let failure = outcome.answer.expect_err("the order is cancelled");
    assert_eq!(
        (failure.sqlstate.as_str(), failure.message.as_str()),
        ("57014", "canceling statement due to user request")
    );
    other.run("rollback");
    assert_eq!((shop.show("select count(*) from orders"), shop.failures()), ("0".to_owned(), String::new()));
}

fn a_failure_that_cannot_be_recorded_lets_the_order_through(shop: &Shop) {
    shop.attach("");
    let other = shop.client();
    other.run("begin; lock table campaign_conversions, campaign_attribution_failures");
    shop.run("set campaign.lock_timeout = '100ms'");
    shop.db.heard();
    shop.run("insert into orders (id, session_id) values (:order1, 's')");
    let heard = shop.db.heard();
    assert!(heard.iter().any(|notice| notice.starts_with("WARNING: the failure could not be recorded")), "{heard:?}");
    other.run("commit");
    shop.run("reset campaign.lock_timeout");
    assert_eq!((shop.show("select count(*) from orders"), shop.failures()), ("1".to_owned(), String::new()));
    // Nothing remembers it, but the order itself does.
    assert_eq!(shop.show("call campaign_backfill()"), "1|1|0|0");
    assert_eq!(shop.recorded(), "1 A s 100 100 0 100");
}

/// Orders go through, none waits for another's, and one failure stands for all of them.
fn a_key_column_that_is_lost_harms_no_order(shop: &Shop) {
    shop.attach("");
    shop.run("alter table orders rename id to nr");
    let (first, mut second) = (shop.client(), shop.client());
    second.run("insert into orders (nr, session_id) values (:order1, 's')");
    first.run("begin; insert into orders (nr, session_id) values (:order3, 's'); set constraints all immediate");
    shop.passes(&mut second, "insert into orders (nr, session_id) values (:order2, 't')");
    shop.passes(&mut second, "update orders set total = 70 where nr = :order2");
    first.run("commit");
    assert_eq!(shop.show("select count(*) from orders"), "3");
    for client in [&first, &second] {
        let heard = client.session().heard();
        assert!(!heard.iter().any(|notice| notice.contains("could not be recorded")), "{heard:?}");
    }
    assert_eq!(shop.failures(), "nobody 42703");
    assert_eq!(shop.retry(), "f");
    let mapping = "order_id => 'nr'";
    shop.run(&shop.install("orders", mapping));
    assert_eq!(shop.show("call campaign_backfill()"), "3|3|0|0");
    assert_eq!(shop.recorded(), "1 A s 100 100 0 100\n2 B t 70 70 0 70\n3 A s 100 100 0 100");
    assert_eq!(shop.failures(), "");
    shop.run("alter table orders rename nr to id");
    shop.run(&shop.install("orders", ""));
}

fn a_fixed_snapshot_keeps_the_order(shop: &Shop) {
    shop.attach("");
    shop.run("begin isolation level repeatable read; select count(*) from orders");
    shop.client().run("select campaign_update_activity('s', ':day1 20:00Z')");
    shop.run("insert into orders (id, session_id) values (:order1, 's')");
    shop.run("commit");
    assert_eq!(shop.failures(), "1 40001");
    assert_eq!(shop.retry(), "1 t");
    assert_eq!(shop.recorded(), "1 A s 100 100 0 100");
}

/// A refund is recorded in its own table. Whoever commits last, both are counted.
fn a_refund_that_comes_first_may_commit_last(shop: &Shop) {
    shop.attach(REFUNDS);
    shop.run("insert into orders (id, session_id) values (:order1, 's'), (:order2, 's'), (:order3, null)");
    let refund =
        |order: u32, amount: u32| format!("insert into refunds (order_id, amount) values (:order{order}, {amount})");
    let (first, mut second) = (shop.client(), shop.client());
    // The first has read its order when the second comes, and commits before it.
    first.run(&format!("begin; {}; set constraints all immediate", refund(1, 10)));
    let outcome = shop.meanwhile(&mut second, &refund(1, 20), || first.run("commit"));
    outcome.answer.expect("the second refund commits");
    assert_eq!(shop.recorded(), "1 A s 100 100 30 70\n2 A s 100 100 0 100");
    // The second commits first.
    first.run(&format!("begin; {}", refund(2, 10)));
    second.run(&refund(2, 20));
    assert_eq!(shop.recorded(), "1 A s 100 100 30 70\n2 A s 100 100 20 80");
    first.run("commit");
    assert_eq!(shop.recorded(), "1 A s 100 100 30 70\n2 A s 100 100 30 70");
    // The first takes its refund back.
    first.run(&format!("begin; {}; set constraints all immediate", refund(1, 40)));
    let outcome = shop.meanwhile(&mut second, &refund(1, 5), || first.run("rollback"));
    outcome.answer.expect("the second refund commits");
    assert_eq!(shop.recorded(), "1 A s 100 100 35 65\n2 A s 100 100 30 70");
    // One beside a change of the order itself, and one beside a repair.
    first.run(&format!("begin; {}; set constraints all immediate", refund(1, 5)));
    let outcome =
        shop.meanwhile(&mut second, "update orders set total = 90 where id = :order1", || first.run("commit"));
    outcome.answer.expect("the order changes");
    assert_eq!(shop.recorded(), "1 A s 100 90 40 50\n2 A s 100 100 30 70");
    first.run("begin; update orders set total = 80 where id = :order1; set constraints all immediate");
    let outcome = shop.meanwhile(&mut second, &refund(1, 10), || first.run("commit"));
    outcome.answer.expect("the refund commits");
    assert_eq!(shop.recorded(), "1 A s 100 80 50 30\n2 A s 100 100 30 70");
}

fn refunds_by_columns_add_up(shop: &Shop) {
    shop.attach("order_refunded => 'refunded'");
    shop.run("insert into orders (id, session_id, refunded) values (:order1, 's', 0)");
    let refund = |amount: u32| format!("update orders set refunded = refunded + {amount} where id = :order1");
    let (first, mut second) = (shop.client(), shop.client());
    for (mine, total) in [(10, 15), (20, 40)] {
        first.run(&format!("begin; {}", refund(mine)));
        shop.waits(&mut second, &refund(5), || first.run("commit"));
        assert_eq!(shop.recorded(), format!("1 A s 100 100 {total} {}", 100 - total));
    }
    first.run(&format!("begin; {}; set constraints all immediate", refund(30)));
    shop.waits(&mut second, &refund(5), || first.run("rollback"));
    assert_eq!(shop.recorded(), "1 A s 100 100 45 55");
}

fn a_customer_who_is_being_edited_is_won_later(shop: &Shop) {
    shop.attach("");
    let other = shop.client();
    let mut buyer = shop.client();
    other.run("begin; update customers set name = 'Ada' where id = :customer1");
    shop.passes(&mut buyer, "insert into orders (id, customer_id, session_id) values (:order1, :customer1, 's')");
    shop.passes(&mut buyer, "insert into orders (id, customer_id, session_id) values (:order2, :customer2, 't'), (:order3, :customer1, 't')");
    assert_eq!(shop.recorded(), "1 A s 100 100 0 100\n2 B t 100 100 0 100\n3 B t 100 100 0 100");
    assert_eq!((shop.marks(), shop.customers()), ("1 A\n2 B\n3 B".to_owned(), "2 B".to_owned()));
    assert_eq!(shop.show("select distinct step from campaign_attribution_failures"), "acquire");
    other.run("commit");
    shop.run("select campaign_retry_failures()");
    assert_eq!((shop.failures(), shop.customers()), (String::new(), "1 A\n2 B".to_owned()));
    // A trigger of the customers that refuses costs the acquisition, nothing else.
    shop.run(
        "create function refuse() returns trigger language plpgsql as $$ begin raise exception 'no changes on Sundays'; end $$;
         create trigger refuse before update on customers for each row execute function refuse()",
    );
    shop.run("insert into orders (id, customer_id, session_id) values (:order4, :customer3, 's')");
    assert_eq!((shop.marks(), shop.customers()), ("1 A\n2 B\n3 B\n4 A".to_owned(), "1 A\n2 B".to_owned()));
    assert_eq!(shop.show("select step, sqlstate from campaign_attribution_failures"), "acquire|P0001");
    assert_eq!(shop.retry(), "4 f");
    shop.run("drop function refuse cascade");
    assert_eq!(shop.retry(), "4 t");
    assert_eq!(shop.customers(), "1 A\n2 B\n3 A");
}

fn a_campaign_that_is_being_edited_holds_up_no_order(shop: &Shop) {
    shop.attach("");
    let mut editor = shop.client();
    let mut buyer = shop.client();
    editor.run("begin; select campaign_update(id, '{\"cost\": 5}') from campaigns where tracking_code = 'A'");
    shop.passes(&mut buyer, "insert into orders (id, customer_id, session_id) values (:order1, :customer1, 's')");
    shop.passes(&mut buyer, "update orders set total = 80");
    editor.run("commit");
    assert_eq!(shop.recorded(), "1 A s 100 80 0 80");
    // The other way round.
    buyer.run("begin; insert into orders (id, session_id) values (:order2, 's'); set constraints all immediate");
    shop.passes(&mut editor, "select campaign_update(id, '{\"cost\": 6}') from campaigns where tracking_code = 'A'");
    buyer.run("commit");
    assert_eq!(shop.recorded(), "1 A s 100 80 0 80\n2 A s 100 100 0 100");
}

fn a_campaign_with_conversions_goes_only_by_force(shop: &Shop) {
    shop.attach("");
    shop.run("insert into orders (id, customer_id, session_id) values (:order1, :customer1, 's'), (:order2, :customer2, 't')");
    shop.refuses("23503", "", "delete from campaigns where tracking_code = 'A'");
    shop.refuses("55000", "1 conversions", "select campaign_delete(id) from campaigns where tracking_code = 'A'");
    assert_eq!(shop.show("select campaigns_deleted, conversions_deleted from campaigns c cross join campaign_delete(c.id, force => true) where c.tracking_code = 'A'"), "1|1");
    assert_eq!(
        (shop.recorded(), shop.marks(), shop.customers()),
        ("2 B t 100 100 0 100".to_owned(), "1 none\n2 B".to_owned(), "2 B".to_owned())
    );
    // Without conversions it may go by hand, as far as its clicks are nobody's concern.
    shop.db.campaign("C");
    shop.run("delete from campaigns where tracking_code = 'C'");
}

/// What repairs an order holds it still, so that the shop's own change of it comes before or after, never beside.
fn a_repair_does_not_bring_back_what_is_being_deleted(shop: &Shop) {
    shop.run(&shop.install("orders", "add_columns => false"));
    shop.click_both();
    let by_replica =
        |sql: &str| shop.run(&format!("set session_replication_role = replica; {sql}; reset session_replication_role"));
    by_replica(
        "insert into orders (id, session_id) values (:order1, 's'), (:order2, 's'), (:order3, 's'), (:order4, 's'), (:order5, 's'), (:order6, 's')",
    );
    let (repair, mut app) = (shop.client(), shop.client());
    let attribute = |number: u32| format!("select is_new from campaign_attribute((:order{number}::text), 's')");
    // The repair comes first.
    for (number, change) in
        [(1, "delete from orders where id = :order1"), (2, "update orders set total = 5 where id = :order2")]
    {
        repair.run("begin");
        assert_eq!(repair.show(&attribute(number)), "t");
        shop.meanwhile(&mut app, change, || repair.run("commit")).answer.expect("the change is made");
    }
    assert_eq!(shop.recorded(), "1 A s 100 100 0 0 cancelled\n2 A s 100 5 0 5");
    // The shop comes first.
    let (app, mut repair) = (app, repair);
    app.run("begin; delete from orders where id = :order3");
    let outcome = shop.meanwhile(&mut repair, &attribute(3), || app.run("commit"));
    assert_eq!(outcome.answer.expect_err("it is gone").sqlstate, "P0002");
    app.run("begin; update orders set total = 7 where id = :order4");
    assert_eq!(shop.meanwhile(&mut repair, &attribute(4), || app.run("commit")).answer, Ok("t".to_owned()));
    assert_eq!(shop.recorded(), "1 A s 100 100 0 0 cancelled\n2 A s 100 5 0 5\n4 A s 7 7 0 7");
    // The same beside campaign_backfill and campaign_retry_failures, held up in the middle of their work.
    shop.run(
        "create function hold() returns trigger language plpgsql as $$ begin perform pg_advisory_xact_lock(10); return new; end $$;
         create trigger hold before insert on campaign_conversions for each row execute function hold()",
    );
    shop.run("select pg_advisory_lock(10)");
    let mut deleting = app;
    let outcome = shop.meanwhile(&mut repair, "call campaign_backfill()", || {
        shop.meanwhile(&mut deleting, "delete from orders where id = :order5", || {
            shop.run("select pg_advisory_unlock(10)")
        })
        .answer
        .expect("it is deleted");
    });
    assert!(outcome.waited && outcome.answer.is_ok());
    assert_eq!(
        shop.show("select count(*) from campaign_conversions where order_id = :order5 and cancelled_at is null"),
        "0"
    );
    shop.run("drop function hold cascade");
    assert_eq!(
        shop.show("select right(order_id::text, 1) from campaign_conversions where cancelled_at is null order by 1"),
        "2\n4\n6"
    );
    // An order whose attribution failed, tried again while it is deleted.
    shop.refuse_conversion_of(7);
    shop.run("insert into orders (id, session_id) values (:order7, 's')");
    shop.refuse_no_more();
    assert_eq!(shop.failures(), "7 23514");
    repair.run("begin; select campaign_retry_failures()");
    shop.meanwhile(&mut deleting, "delete from orders where id = :order7", || repair.run("commit"))
        .answer
        .expect("it is deleted");
    assert_eq!(
        shop.show("select count(*) from campaign_conversions where order_id = :order7 and cancelled_at is null"),
        "0"
    );
}
