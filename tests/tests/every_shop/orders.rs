//! How an order comes to its shop, whatever else happens beside it.

use super::stage::{Mode, Shop, Speaks};

stories! {
    a_failed_order_says_nothing_of_a_campaign
    a_mapped_column_may_be_generated
    a_visit_belongs_to_the_first_customer_who_is_known
    an_application_needs_no_right_of_ours
    an_order_may_bring_others_along
    an_order_is_credited_by_what_its_row_finally_says
    an_order_takes_the_session_of_its_own_moment
    any_statement_may_place_an_order
    other_triggers_may_fire_in_any_order
    parts_may_place_an_order_where_that_is_mapped
    savepoints_and_prepared_transactions_count_as_they_end
    procedures_may_commit_between_orders
    the_latest_click_opens_the_click_window
    two_visitors_at_serializable_disturb_nobody
}

stories_of_partitions! {
    partitions_are_followed_by_any_name
}

stories_with_any_keys! {
    a_key_may_be_generated
}

fn any_statement_may_place_an_order(shop: &Shop) {
    shop.attach("");
    let file = shop.db.cluster().directory().join(format!("{}.csv", shop.db.name()));
    let key = |number: u32| shop.show(&format!("select (:order{number}::text)"));
    let lines = [(1, "s"), (2, "nobody"), (3, "t")]
        .map(|(number, session)| format!("\"{}\",{session}\n", key(number).replace('"', "\"\"")));
    std::fs::write(&file, lines.concat()).expect("the file can be written");
    shop.run(&format!("copy orders (id, session_id) from '{}' (format csv)", file.display()));
    assert_eq!(shop.recorded(), "1 A s 100 100 0 100\n3 B t 100 100 0 100");
    assert_eq!(
        shop.show("insert into orders (id, session_id) values (:order4, 's') returning total, visit_id is not null"),
        {
            // At COMMIT is after RETURNING.
            if shop.mode == Mode::Commit { "100|f" } else { "100|t" }
        }
    );
    let conflict = shop.mode.primary_key("id");
    shop.run(&format!(
        "insert into orders (id, session_id) values (:order4, 't'), (:order5, 't') on conflict ({conflict}) do nothing"
    ));
    shop.run(&format!(
        "insert into orders (id, session_id, total) values (:order4, null, 30), (:order6, 's', 30)
         on conflict ({conflict}) do update set total = excluded.total, session_id = excluded.session_id"
    ));
    shop.run(
        "merge into orders o using (values (:order6, 20), (:order7, 70)) n (id, total) on o.id::text = n.id::text
         when matched then update set total = n.total
         when not matched then insert (id, session_id, total) values (:order7, 's', n.total)",
    );
    shop.run("with placed as (insert into orders (id, session_id) values (:order8, 't') returning *) select count(*) from placed");
    assert_eq!(
        shop.recorded(),
        "1 A s 100 100 0 100\n3 B t 100 100 0 100\n4 A s 100 30 0 30\n5 B t 100 100 0 100\n6 A s 30 20 0 20\n7 A s 70 70 0 70\n8 B t 100 100 0 100"
    );
    assert_eq!(shop.marks(), "1 A\n2 none\n3 B\n4 A\n5 B\n6 A\n7 A\n8 B");
}

fn savepoints_and_prepared_transactions_count_as_they_end(shop: &Shop) {
    shop.attach("");
    shop.run(
        "begin;
         insert into orders (id, session_id) values (:order1, 's');
         savepoint one; insert into orders (id, session_id) values (:order2, 's'); rollback to one;
         insert into orders (id, session_id) values (:order3, 's'); release one;
         commit",
    );
    assert_eq!(shop.recorded(), "1 A s 100 100 0 100\n3 A s 100 100 0 100");
    let name = shop.db.name();
    shop.run(&format!(
        "begin; insert into orders (id, session_id) values (:order4, 't'); update orders set total = 60 where id = :order1;
         prepare transaction '{name}'"
    ));
    assert_eq!(shop.recorded(), "1 A s 100 100 0 100\n3 A s 100 100 0 100");
    shop.run(&format!("commit prepared '{name}'"));
    assert_eq!(shop.recorded(), "1 A s 100 60 0 60\n3 A s 100 100 0 100\n4 B t 100 100 0 100");
    shop.run(&format!(
        "begin; insert into orders (id, session_id) values (:order5, 't'); prepare transaction '{name}'"
    ));
    shop.run(&format!("rollback prepared '{name}'"));
    // Constraints that are checked early read the order early, and once more when it changes.
    shop.run("begin; set constraints all immediate; insert into orders (id, session_id) values (:order6, 's'); update orders set total = 5 where id = :order6; commit");
    shop.run("begin; insert into orders (id, session_id) values (:order7, 's'); set constraints all immediate; set constraints all deferred; update orders set total = 7 where id = :order7; commit");
    assert_eq!(
        shop.recorded(),
        "1 A s 100 60 0 60\n3 A s 100 100 0 100\n4 B t 100 100 0 100\n6 A s 100 5 0 5\n7 A s 100 7 0 7"
    );
    assert_eq!(shop.marks(), "1 A\n3 A\n4 B\n6 A\n7 A");
}

fn an_order_takes_the_session_of_its_own_moment(shop: &Shop) {
    shop.attach("order_is_placed => $$o.status <> 'cart'$$");
    shop.run(
        "begin;
         set local campaign.session_id = 's'; insert into orders (id) values (:order1);
         set local campaign.session_id = 't'; insert into orders (id) values (:order2), (:order3);
         insert into orders (id, session_id) values (:order4, 's');
         set local campaign.session_id = ''; insert into orders (id) values (:order5);
         savepoint one; set local campaign.session_id = 's'; rollback to one;
         insert into orders (id) values (:order6);
         commit",
    );
    shop.run("insert into orders (id) values (:order7)");
    assert_eq!(shop.recorded(), "1 A s 100 100 0 100\n2 B t 100 100 0 100\n3 B t 100 100 0 100\n4 A s 100 100 0 100");
    // A cart that becomes an order does so in the transaction of its own visitor.
    shop.run("insert into orders (id, status) values (:order8, 'cart'), (:order9, 'cart')");
    shop.run(
        "begin;
         set local campaign.session_id = 's'; update orders set status = 'paid' where id = :order8;
         set local campaign.session_id = 't'; update orders set status = 'paid' where id = :order9;
         update orders set total = 80 where id = :order8;
         set local campaign.session_id = 'nobody';
         commit",
    );
    let when_placed = if shop.mode == Mode::Commit { 80 } else { 100 };
    assert_eq!(
        shop.show("select session_id, order_total, revenue from campaign_conversions where customer_id is null order by converted_at, created_at, order_id")
            .lines()
            .skip(4)
            .collect::<Vec<_>>()
            .join("\n"),
        format!("s|80|{when_placed}\nt|100|100")
    );
    assert_eq!(shop.marks(), "1 A\n2 B\n3 B\n4 A\n5 none\n6 none\n7 none\n8 A\n9 B");
}

fn the_latest_click_opens_the_click_window(shop: &Shop) {
    shop.attach("");
    shop.run("set campaign.click_window = '3d'");
    // One visit of campaign A: clicked twice, then only viewed.
    shop.click("A", "w", ":day2 10:00Z");
    shop.click("A", "w", ":day10 10:00Z");
    shop.run("select campaign_update_activity('w', ':day12 10:00Z')");
    shop.run("insert into orders (id, session_id, created_at) values (:order1, 'w', ':day11 10:00Z')");
    shop.run("insert into orders (id, session_id, created_at) values (:order2, 'w', ':day13 10:00Z')");
    shop.run("insert into orders (id, session_id, created_at) values (:order3, 'w', ':day13 10:00:00.000001Z')");
    assert_eq!(shop.recorded(), "1 A w 100 100 0 100\n2 A w 100 100 0 100");
    shop.run("set campaign.click_window = 0; insert into orders (id, session_id, created_at) values (:order4, 'w', ':day13 10:00:00.000001Z')");
    assert_eq!(shop.marks(), "1 A\n2 A\n3 none\n4 A");
}

fn a_visit_belongs_to_the_first_customer_who_is_known(shop: &Shop) {
    shop.attach("");
    shop.run(
        "insert into orders (id, customer_id, session_id, created_at) values
           (:order1, null, 's', ':day2 10:00Z'), (:order2, :customer1, 's', ':day3 10:00Z'), (:order3, :customer2, 's', ':day4 10:00Z')",
    );
    assert_eq!(
        shop.show("select customer_id = :customer1, conversion_at from campaign_visits where session_id = 's'"),
        { shop.words().fill("t|:day2 10:00:00+00") }
    );
    // It is not another one's, whoever else comes by that session.
    shop.run("select campaign_identify('s', (select id::text from customers where id = :customer3))");
    assert_eq!(shop.show("select customer_id = :customer1 from campaign_visits where session_id = 's'"), "t");
    assert_eq!((shop.buyers(), shop.customers()), ("2 1\n3 2".to_owned(), "1 A\n2 A".to_owned()));
}

/// Triggers of the shop that fire after ours may clear the session, change the time, or take the row away.
fn an_order_is_credited_by_what_its_row_finally_says(shop: &Shop) {
    shop.attach("order_is_cancelled => $$o.status = 'void'$$");
    shop.click("A", "u", ":day1 10:00Z");
    shop.click("B", "u", ":day5 10:00Z");
    shop.run(
        "create function last_word() returns trigger language plpgsql as $$
         begin
           case new.status
             when 'opted out' then new.session_id := null;
             when 'of before' then new.created_at := ':day1 09:00Z';
             when 'of later' then new.created_at := ':day6 10:00Z';
             when 'of another' then new.session_id := 't';
             when 'cheaper' then new.total := 40;
             when 'not at all' then return null;
             else null;
           end case;
           return new;
         end $$;
         create trigger zzz_last_word before insert or update on orders for each row execute function last_word();
         create function fraud() returns trigger language plpgsql as $$
         begin delete from orders where id = new.id and new.status = 'fraud'; return null; end $$;
         create trigger fraud after insert on orders for each row execute function fraud()",
    );
    shop.run(
        "insert into orders (id, session_id, status) values
           (:order1, 's', 'opted out'), (:order2, 's', 'of before'), (:order3, 'u', 'of later'), (:order4, 's', 'of another'),
           (:order5, 's', 'cheaper'), (:order6, 's', 'not at all'), (:order7, 's', 'fraud'), (:order8, 'u', 'paid')",
    );
    assert_eq!(shop.marks(), "1 none\n2 none\n3 B\n4 B\n5 A\n8 A");
    assert_eq!(
        shop.show("select count(*) from campaign_conversions where cancelled_at is null"),
        "4",
        "what was taken away may be told, as cancelled"
    );
    // The same by an update.
    shop.run("insert into orders (id) values (:order11), (:order12), (:order13)");
    shop.run("update orders set session_id = 's', status = 'opted out' where id = :order11");
    shop.run("update orders set session_id = 's', status = 'of before' where id = :order12");
    shop.run("update orders set session_id = 'u', status = 'of later' where id = :order13");
    assert_eq!(shop.marks(), "1 none\n2 none\n3 B\n4 B\n5 A\n8 A\n11 none\n12 none\n13 B");
    // Who opts out after the order was credited takes the session from it, not the credit.
    shop.run("update orders set status = 'opted out' where id = :order8");
    assert_eq!(shop.marks(), "1 none\n2 none\n3 B\n4 B\n5 A\n8 A\n11 none\n12 none\n13 B");
}

fn other_triggers_may_fire_in_any_order(shop: &Shop) {
    shop.attach("");
    for (name, first) in [("aaa", 1), ("zzz", 11)] {
        // One brings the session as the row is inserted, others write the row again once it is.
        shop.run(&format!(
            "create function {name}_before() returns trigger language plpgsql as $$ begin new.session_id := 's'; return new; end $$;
             create trigger {name}_before before insert on orders for each row execute function {name}_before();
             create function {name}_row() returns trigger language plpgsql as $$ begin update orders set total = total + 1 where id = new.id; return null; end $$;
             create trigger {name}_row after insert on orders for each row execute function {name}_row();
             create function {name}_all() returns trigger language plpgsql as $$ begin update orders set total = total + 10 where status = 'new'; return null; end $$;
             create trigger {name}_all after insert on orders for each statement execute function {name}_all();
             create function {name}_sent() returns trigger language plpgsql as $$ begin update orders set total = total + 100 where id = new.id; return null; end $$;
             create trigger {name}_sent after update of status on orders for each row execute function {name}_sent()"
        ));
        let (second, third) = (first + 1, first + 2);
        shop.run(&format!("insert into orders (id, status) values (:order{first}, 'new')"));
        shop.run(&format!("update orders set status = 'sent', total = 200 where id = :order{first}"));
        shop.run(&format!("insert into orders (id, status, created_at) values (:order{second}, 'new', ':day2 10:00Z'), (:order{third}, 'new', ':day32 10:00Z')"));
        assert_eq!(
            shop.show(&format!(
                "select order_total, net_revenue, session_id from campaign_conversions where order_id in (:order{first}, :order{second}, :order{third}) order by order_id"
            )),
            "300|300|s\n111|111|s",
            "{name}"
        );
        shop.run(&format!("drop function {name}_before, {name}_row, {name}_all, {name}_sent cascade"));
    }
}

/// The total, the session and the time are columns that PostgreSQL computes from others.
fn a_mapped_column_may_be_generated(shop: &Shop) {
    shop.run("drop table orders; create domain amount as numeric");
    shop.run(&format!(
        "create table orders (
           id {key} not null, customer_id {customer}, net numeric not null default 80, tax numeric not null default 20, note jsonb,
           total amount generated always as (net + tax) stored,
           browser text generated always as (note ->> 'session') stored,
           is_void boolean generated always as (coalesce(note ? 'void', false)) stored,
           created_at timestamptz not null default ':day2 10:00Z', primary key ({primary})){partitions}",
        key = shop.keys().kind,
        customer = shop.customer_type(),
        primary = shop.mode.primary_key("id"),
        partitions = shop.mode.partitions("orders", "id"),
    ));
    shop.attach("order_session => 'browser', order_is_cancelled => 'is_void'");
    shop.run(r#"insert into orders (id, customer_id, note) values (:order1, :customer1, '{"session": "s"}'), (:order2, null, '{"session": "nobody"}'), (:order3, null, null)"#);
    assert_eq!((shop.recorded(), shop.marks()), ("1 A s 100 100 0 100".to_owned(), "1 A\n2 none\n3 none".to_owned()));
    shop.run("update orders set tax = 5");
    assert_eq!(shop.recorded(), "1 A s 100 85 0 85");
    shop.run(r#"update orders set note = '{"session": "t"}' where id = :order3"#);
    assert_eq!(
        (shop.recorded(), shop.marks()),
        ("1 A s 100 85 0 85\n3 B t 85 85 0 85".to_owned(), "1 A\n2 none\n3 B".to_owned())
    );
    shop.run(r#"update orders set note = note || '{"void": true}' where id = :order1"#);
    assert_eq!(shop.recorded(), "1 A s 100 85 0 0 cancelled\n3 B t 85 85 0 85");
}

/// What the shop calls an order's key is computed by PostgreSQL, from a number.
fn a_key_may_be_generated(shop: &Shop) {
    let kind = shop.keys().kind;
    let key = shop.show("select :order1::text").replace('\'', "''");
    let before = &key[..key.len() - 6];
    shop.run("drop table orders");
    shop.run(&format!(
        "create table orders (
           number int not null, id {kind} generated always as (('{before}' || lpad(number::text, 6, '0'))::{kind}) stored,
           customer_id {customer}, total numeric default 100, session_id text, created_at timestamptz not null default ':day2 10:00Z',
           primary key ({primary})){partitions}",
        customer = shop.customer_type(),
        primary = shop.mode.primary_key("number"),
        partitions = shop.mode.partitions("orders", "number"),
    ));
    shop.attach("");
    shop.run("insert into orders (number, session_id) values (1, 's'), (2, 't'), (3, null)");
    assert_eq!(
        (shop.recorded(), shop.marks()),
        ("1 A s 100 100 0 100\n2 B t 100 100 0 100".to_owned(), "1 A\n2 B\n3 none".to_owned())
    );
    shop.run("update orders set total = 70 where number = 1; delete from orders where number = 2");
    assert_eq!(shop.recorded(), "1 A s 100 70 0 70\n2 B t 100 100 0 0 cancelled");
    // Its number changes, and with it its key.
    shop.run("update orders set number = 4 where number = 1");
    assert_eq!(
        (shop.recorded(), shop.marks()),
        ("2 B t 100 100 0 0 cancelled\n4 A s 100 70 0 70".to_owned(), "3 none\n4 A".to_owned())
    );
}

fn parts_may_place_an_order_where_that_is_mapped(shop: &Shop) {
    shop.run(&format!("create table payments (order_id {} not null, amount numeric not null)", shop.keys().kind));
    shop.attach(
        r#"order_is_placed => 'exists (select from public.payments p where p.order_id = o.id)',
           order_refunded => $$(select sum(r.amount) from public.refunds r where r.order_id = o.id)$$,
           order_parts => '{"public.payments": "order_id", "public.refunds": "order_id"}'"#,
    );
    shop.run("insert into orders (id, session_id) values (:order1, 's'), (:order2, 't'), (:order3, null)");
    assert_eq!(shop.recorded(), "");
    shop.run("insert into payments values (:order1, 100), (:order3, 100)");
    assert_eq!((shop.recorded(), shop.marks()), ("1 A s 100 100 0 100".to_owned(), "1 A\n2 none\n3 none".to_owned()));
    shop.run("begin; insert into payments values (:order2, 100); insert into refunds (order_id, amount) values (:order1, 10), (:order2, 20); commit");
    assert_eq!(shop.recorded(), "1 A s 100 100 10 90\n2 B t 100 100 20 80");
    // Paid back: it is no longer placed. Moved to the order it was meant for: both are read again.
    shop.run("delete from payments where order_id = :order1");
    assert_eq!(shop.recorded(), "1 A s 100 100 10 0 cancelled\n2 B t 100 100 20 80");
    shop.run("update payments set order_id = :order1 where order_id = :order2");
    assert_eq!(shop.recorded(), "1 A s 100 100 10 90\n2 B t 100 100 20 0 cancelled");
    // Refunds of what was never placed, or is gone, place nothing.
    shop.run("delete from orders where id = :order1");
    shop.run("insert into refunds (order_id, amount) values (:order1, 5), (:order3, 5), (:order9, 5)");
    assert_eq!(
        shop.show("select order_id, cancelled_at is null from campaign_conversions where cancelled_at is null"),
        ""
    );
}

fn partitions_are_followed_by_any_name(shop: &Shop) {
    shop.attach("");
    shop.run(
        "insert into orders (id, session_id, created_at) values
           (:order1, 's', ':day2 10:00Z'), (:order2, 's', ':day3 10:00Z'), (:order3, 's', ':day22 10:00Z')",
    );
    let home = |number: u32| shop.show(&format!("select tableoid::regclass from orders where id = :order{number}"));
    let (first, third) = (home(1), home(3));
    shop.run(&format!("update {first} set total = 60 where id = :order1"));
    shop.run(&format!("delete from {third} where id = :order3"));
    shop.run(&format!("insert into {third} (id, session_id, created_at) values (:order3, 's', ':day22 10:00Z')"));
    assert_eq!(shop.recorded(), "1 A s 100 60 0 60\n2 A s 100 100 0 100\n3 A s 100 100 0 100");
    // A row that moves to another partition, by its time or by its key, is the same order.
    let fits = |number: &u32| {
        let remainder = &first[first.len() - 1..];
        shop.show(&format!(
            "select satisfies_hash_partition('orders'::regclass, 3, {remainder}, :order{number}::{})",
            shop.keys().kind
        )) == "t"
    };
    let (moved, detached, new) = if shop.mode == Mode::ByTime {
        shop.run("update orders set created_at = ':day23 10:00Z', total = 50 where id = :order1");
        (1, "orders_rest", "orders_late partition of orders for values from (':day21 00:00Z') to (':day41 00:00Z')")
    } else {
        let elsewhere = (10..40).find(|number| !fits(number)).expect("some key belongs into another partition");
        shop.run(&format!("update orders set id = :order{elsewhere}, total = 50 where id = :order1"));
        (elsewhere, "orders_0", "orders_late partition of orders for values with (modulus 3, remainder 0)")
    };
    assert_ne!(home(moved), first);
    // So is one that gets another key by the way.
    if shop.mode == Mode::ByTime {
        shop.run("update orders set created_at = ':day4 10:00Z', id = :order60 where id = :order1");
        shop.run("update orders set created_at = ':day23 10:00Z', id = :order1 where id = :order60");
    }
    assert_eq!(
        shop.show(&format!("select order_total, revenue from campaign_conversions where order_id = :order{moved}")),
        "50|100"
    );
    assert_eq!(shop.show("select count(*) from campaign_conversions"), "3");
    // What is taken off is an archive: its sales stay. So is what is emptied by its own name.
    shop.run(&format!("alter table orders detach partition {detached}; create table {new}"));
    shop.run(&format!("drop table {detached}"));
    shop.run(&format!("truncate {}", if shop.mode == Mode::ByTime { "orders_first" } else { "orders_1" }));
    assert_eq!(shop.show("select count(*) from campaign_conversions where cancelled_at is null"), "3");
    // The new one is followed as the others are.
    let late = if shop.mode == Mode::ByTime {
        50
    } else {
        (50..80)
            .find(|number| {
                shop.show(&format!(
                    "select satisfies_hash_partition('orders'::regclass, 3, 0, :order{number}::{})",
                    shop.keys().kind
                )) == "t"
            })
            .expect("some key belongs into it")
    };
    shop.run(&format!(
        "insert into orders_late (id, session_id, created_at) values (:order{late}, 's', ':day22 10:00Z')"
    ));
    shop.run("update orders_late set total = 40");
    assert_eq!(
        shop.show(&format!("select order_total, revenue from campaign_conversions where order_id = :order{late}")),
        "40|100"
    );
    // All of them at once, by the name of the whole.
    shop.run("truncate orders");
    assert_eq!(shop.show("select count(*), count(cancelled_at) from campaign_conversions"), "4|4");
}

fn an_application_needs_no_right_of_ours(shop: &Shop) {
    shop.run("alter table orders alter total set default 100");
    shop.attach(r#"order_refunded => $$(select sum(r.amount) from public.refunds r where r.order_id = o.id)$$, order_parts => '{"public.refunds": "order_id"}'"#);
    let app = shop.login("app", "");
    shop.run(&format!("grant select, insert, update, delete on orders, customers, refunds to {}", shop.role("app")));
    for (number, path) in
        [(1, "public"), (2, ""), (3, "nowhere"), (4, "pg_temp, pg_catalog, public"), (5, "\"$user\", public")]
    {
        app.run(&format!("select set_config('search_path', '{path}', false)"));
        app.run(&format!(
            "insert into public.orders (id, customer_id, session_id) values (:order{number}, :customer1, 's')"
        ));
        app.run(&format!("update public.orders set total = 90 where id = :order{number}"));
        app.run(&format!("insert into public.refunds (order_id, amount) values (:order{number}, 10)"));
    }
    app.run("begin; set local campaign.session_id = 't'; insert into public.orders (id) values (:order6); commit");
    app.run("delete from public.orders where id = :order1");
    assert_eq!(
        shop.recorded(),
        "1 A s 100 90 10 0 cancelled\n2 A s 100 90 10 80\n3 A s 100 90 10 80\n4 A s 100 90 10 80\n5 A s 100 90 10 80\n6 B t 100 100 0 100"
    );
    assert_eq!(shop.customers(), "1 A");
    for statement in ["select * from campaign.campaign_conversions", "select campaign.campaign_status()"] {
        app.refuses("42501", "permission denied", statement);
    }
}

fn a_failed_order_says_nothing_of_a_campaign(shop: &Shop) {
    shop.attach("order_total => $$case o.status when 'broken' then o.total / 0 else o.total end$$");
    shop.refuse_conversion_of(2);
    shop.run("insert into orders (id, customer_id, session_id) values (:order1, :customer1, 's'), (:order2, :customer2, 's'), (:order3, :customer3, 't')");
    assert_eq!(shop.recorded(), "1 A s 100 100 0 100\n3 B t 100 100 0 100");
    assert_eq!((shop.failures(), shop.customers()), ("2 23514".to_owned(), "1 A\n3 B".to_owned()));
    assert_eq!(shop.marks(), "1 A\n2 none\n3 B");
    assert_eq!(shop.show("select count(*) from orders where num_nonnulls(campaign_id, visit_id) = 1"), "0");
    // Alone, and when a session comes later, it fares no better.
    shop.run("delete from orders where id = :order2");
    shop.run("insert into orders (id) values (:order2)");
    shop.run("update orders set session_id = 's' where id = :order2");
    assert_eq!((shop.marks(), shop.failures()), ("1 A\n2 none\n3 B".to_owned(), "2 23514".to_owned()));
    shop.refuse_no_more();
    assert_eq!(shop.retry(), "2 t");
    shop.click("A", "u", ":day1 10:00Z");
    // The same when the shop's own expression fails, a lock is not to be had, or the transaction sees the past.
    shop.run("insert into orders (id, session_id, status) values (:order4, 's', 'broken')");
    let other = shop.client();
    other.run("begin; lock table campaign_conversions");
    shop.run("set campaign.lock_timeout = '100ms'; insert into orders (id, session_id) values (:order5, 't')");
    other.run("commit");
    shop.run("reset campaign.lock_timeout");
    shop.run("begin isolation level repeatable read; select count(*) from orders");
    other.run("select campaign_update_activity('u', ':day1 20:00Z')");
    shop.run("insert into orders (id, session_id) values (:order6, 'u')");
    shop.run("commit");
    assert_eq!(shop.failures(), "4 22012\n5 55P03\n6 40001");
    assert_eq!(shop.marks(), "1 A\n2 A\n3 B\n4 none\n5 none\n6 none");
    shop.run(
        "set session_replication_role = replica; update orders set status = 'paid'; reset session_replication_role",
    );
    assert_eq!(shop.retry(), "4 t\n5 t\n6 t");
    assert_eq!(shop.marks(), "1 A\n2 A\n3 B\n4 A\n5 B\n6 A");
}

/// Two orders of two visitors have nothing to do with each other, however small the tables are.
fn two_visitors_at_serializable_disturb_nobody(shop: &Shop) {
    shop.attach("");
    shop.run("insert into orders (id, customer_id, session_id) values (:order1, :customer1, 's'), (:order2, :customer2, 't')");
    shop.run("analyze");
    let (ada, bob) = (shop.client(), shop.client());
    for client in [&ada, &bob] {
        // The shop's own statement reads but what it changes.
        client.run("set enable_seqscan = off");
    }
    let beside = |hers: &str, his: &str| {
        for client in [&ada, &bob] {
            client.run("begin isolation level serializable");
        }
        ada.run(hers);
        bob.run(his);
        ada.run("commit");
        bob.run("commit");
        assert_eq!(shop.failures(), "");
    };
    // Guests; customers who were won before; what becomes of their orders.
    beside(
        "insert into orders (id, session_id) values (:order11, 's')",
        "insert into orders (id, session_id) values (:order12, 't')",
    );
    beside(
        "insert into orders (id, customer_id, session_id) values (:order21, :customer1, 's')",
        "insert into orders (id, customer_id, session_id) values (:order22, :customer2, 't')",
    );
    beside("update orders set total = 80 where id = :order11", "update orders set total = 70 where id = :order12");
    beside("delete from orders where id = :order21", "delete from orders where id = :order22");
    assert_eq!(
        shop.recorded(),
        "1 A s 100 100 0 100\n2 B t 100 100 0 100\n11 A s 100 80 0 80\n12 B t 100 70 0 70\n21 A s 100 100 0 0 cancelled\n22 B t 100 100 0 0 cancelled"
    );
}

/// Triggers of the shop that place orders because of an order, before it and after it.
fn an_order_may_bring_others_along(shop: &Shop) {
    shop.attach("");
    shop.run(&format!(
        "create function gift() returns trigger language plpgsql as $$
         begin
           if new.status = 'with a gift before' then
             insert into orders (id, session_id, total) values ({gift}, 't', 0);
           end if;
           return new;
         end $$;
         create trigger gift before insert on orders for each row execute function gift();
         create function bill() returns trigger language plpgsql as $$
         begin
           if new.status = 'with a bill after' then
             insert into orders (id, customer_id, session_id, total) values ({bill}, new.customer_id, new.session_id, 5);
             update orders set total = total - 5 where id = new.id;
           end if;
           return null;
         end $$;
         create trigger bill after insert on orders for each row execute function bill()",
        gift = shop.key_of("lpad((right(new.id::text, 6)::int + 100)::text, 6, '0')"),
        bill = shop.key_of("lpad((right(new.id::text, 6)::int + 200)::text, 6, '0')"),
    ));
    shop.run(
        "insert into orders (id, customer_id, session_id, status) values
           (:order1, :customer1, 's', 'with a gift before'), (:order2, :customer2, 's', 'with a bill after'), (:order3, :customer3, 't', 'paid')",
    );
    assert_eq!(
        shop.show("select right(order_id::text, 3), session_id, net_revenue from campaign_conversions order by 1"),
        "001|s|100\n002|s|95\n003|t|100\n101|t|0\n202|s|5"
    );
    assert_eq!(shop.marks(), "1 A\n2 A\n3 B\n101 B\n202 A");
    assert_eq!((shop.buyers(), shop.customers()), ("1 1\n2 2\n3 3\n202 2".to_owned(), "1 A\n2 A\n3 B".to_owned()));
}

/// Each transaction of a procedure is one of its own, and so is each block that catches an error.
fn procedures_may_commit_between_orders(shop: &Shop) {
    shop.attach("");
    shop.run(
        "create procedure place() language plpgsql as $$
         begin
           perform set_config('campaign.session_id', 's', true);
           insert into orders (id) values (:order1);
           commit;
           insert into orders (id) values (:order2);
           perform set_config('campaign.session_id', 't', true);
           insert into orders (id) values (:order3);
           commit;
           insert into orders (id, session_id) values (:order4, 's');
           rollback;
           begin
             insert into orders (id, session_id) values (:order5, 's');
             raise exception 'out of stock';
           exception
             when raise_exception then insert into orders (id, session_id) values (:order6, 't');
           end;
         end $$",
    );
    shop.run("call place()");
    assert_eq!(shop.recorded(), "1 A s 100 100 0 100\n3 B t 100 100 0 100\n6 B t 100 100 0 100");
    assert_eq!(shop.marks(), "1 A\n2 none\n3 B\n6 B");
}
