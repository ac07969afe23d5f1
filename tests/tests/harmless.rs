//! What others do around an order, and what goes wrong in attribution, never harms the order nor the figures.

use std::time::{Duration, Instant};

use pg_campaign_tests::{Database, Session};

/// The ways to attach the plain shop.
const WAYS: [&str; 4] = ["", ", at => 'commit'", ", add_columns => false", ", add_columns => false, at => 'commit'"];

/// The plain shop with a session column of its own, attached in one of the ways; campaign A, clicked by session s.
fn attached(way: &str) -> Database {
    let db = Database::shop();
    db.run(&format!(
        "select campaign_uninstall(); alter table orders add session_id text, add status text, add shipped boolean;
         select campaign_install(orders => 'orders', customers => 'customers', order_is_cancelled => $$o.status = 'void'$${way})"
    ));
    db.campaign("A");
    db.click("A", "s", "2024-06-01 10:00Z");
    db
}

const ORDER: &str = "insert into orders (session_id, created_at) values ('s', '2024-06-02 10:00Z')";

/// What is recorded of each order: key, total, net, whether cancelled.
fn recorded(db: &Session) -> String {
    db.show("select order_id, order_total, net_revenue, cancelled_at is not null from campaign_conversions order by 1")
}

fn failures(db: &Session) -> String {
    db.show("select order_id, sqlstate from campaign_attribution_failures order by 1")
}

/// Waits until a session's backend waits for a lock.
fn wait_for_lock(db: &Session, pid: &str) {
    let start = Instant::now();
    while db.show(&format!("select wait_event_type from pg_stat_activity where pid = {pid}")) != "Lock" {
        assert!(start.elapsed() < Duration::from_secs(30), "the session should come to wait for a lock");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn a_timeout_lets_the_order_through() {
    for way in WAYS {
        // PostgreSQL ends statement_timeout before it runs what waits for the commit.
        let own = if way.contains("commit") { "campaign.lock_timeout" } else { "statement_timeout" };
        for (table, timeout) in [("campaign_visits", own), ("campaign_conversions", "lock_timeout")] {
            let what = format!("{table} locked, {timeout}{way}");
            let db = attached(way);
            let other = db.session();
            other.run(&format!("begin; lock table {table}"));
            db.run(&format!("set {timeout} = '200ms'"));
            db.run(ORDER);
            // Many orders wait once, not once each.
            db.run(
                    "begin; insert into orders (session_id, created_at) select 's', '2024-06-02 10:00Z' from generate_series(1, 50); commit",
                );
            assert_eq!(db.show("select count(*) from orders"), "51", "{what}");
            assert_eq!(db.show("select count(*) from campaign_attribution_failures"), "51", "{what}");
            assert_eq!(
                db.show("select count(*) >= 49 from campaign_attribution_failures where message like 'not tried%'"),
                "t",
                "{what}"
            );
            assert!(db.heard().iter().any(|notice| notice.starts_with("WARNING: attribution of order")), "{what}");
            other.run("commit");
            db.run(&format!("reset {timeout}"));
            // Another transaction is tried again.
            db.run(ORDER);
            assert_eq!(db.show("select count(*) from campaign_retry_failures() where resolved"), "51", "{what}");
            assert_eq!(db.show("select count(*), sum(revenue) from campaign_conversions"), "52|5200", "{what}");
            assert_eq!(failures(&db), "", "{what}");
            if !way.contains("false") {
                assert_eq!(db.show("select count(visit_id) from orders"), "52", "{what}");
            }
        }
    }
}

#[test]
fn a_timeout_while_an_order_changes_lets_the_change_through() {
    for way in WAYS {
        let db = attached(way);
        db.run(ORDER);
        db.run(ORDER);
        let other = db.session();
        other.run("begin; lock table campaign_conversions");
        db.run("set statement_timeout = '400ms'; set campaign.lock_timeout = '200ms'");
        db.run("update orders set total = 40 where id = 1");
        db.run("delete from orders where id = 2");
        assert_eq!(db.show("select id, total from orders"), "1|40", "{way}");
        other.run("commit");
        db.run("reset statement_timeout");
        assert_eq!(recorded(&db), "1|100|100|f\n2|100|100|f", "{way}");
        assert_eq!(db.show("select order_id from campaign_attribution_failures order by 1"), "1\n2", "{way}");
        db.run("select campaign_retry_failures()");
        assert_eq!(recorded(&db), "1|40|40|f\n2|100|0|t", "{way}");
        assert_eq!(failures(&db), "", "{way}");
    }
}

#[test]
fn the_statement_timeout_still_bounds_the_statement() {
    // What comes after a survived timeout has its time anew, and no more than that.
    let db = attached("");
    db.run(
        "create function linger() returns trigger language plpgsql as $$ begin perform pg_sleep(30); return null; end $$;
         create trigger zzz_linger after insert on orders for each statement execute function linger()",
    );
    let other = db.session();
    other.run("begin; lock table campaign_conversions");
    db.run("set statement_timeout = '200ms'; set campaign.lock_timeout = 0");
    db.refuses("57014", "statement timeout", ORDER);
    assert_eq!(db.show("select count(*) from orders"), "0");
}

#[test]
fn a_users_cancel_cancels() {
    for way in WAYS {
        let db = attached(way);
        let other = db.session();
        other.run("begin; lock table campaign_conversions");
        let buyer = db.session();
        buyer.run("set campaign.lock_timeout = 0");
        let pid = buyer.pid();
        let placed =
            std::thread::spawn(move || buyer.attempt(ORDER).map_err(|failure| (failure.sqlstate, failure.message)));
        wait_for_lock(&other, &pid);
        other.run(&format!("select pg_cancel_backend({pid})"));
        let failure = placed.join().expect("the buyer's thread ends").expect_err("the order is cancelled");
        assert_eq!(failure, ("57014".to_owned(), "canceling statement due to user request".to_owned()), "{way}");
        other.run("rollback");
        assert_eq!(db.show("select count(*) from orders"), "0", "{way}");
        assert_eq!(failures(&db), "", "{way}");
    }
}

#[test]
fn a_failure_that_cannot_be_recorded_lets_the_order_through() {
    let db = attached("");
    let other = db.session();
    other.run("begin; lock table campaign_conversions, campaign_attribution_failures");
    db.run("set statement_timeout = '200ms'");
    db.run(ORDER);
    assert!(db.heard().iter().any(|notice| notice.starts_with("WARNING: the failure could not be recorded")));
    other.run("commit");
    db.run("reset statement_timeout");
    assert_eq!((db.show("select count(*) from orders"), failures(&db)), ("1".to_owned(), String::new()));
    // Nothing remembers it, but the order itself does.
    assert_eq!(db.show("call campaign_backfill()"), "1|1|0|0");
    assert_eq!(recorded(&db), "1|100|100|f");
}

#[test]
fn whatever_breaks_the_order_goes_through_and_is_repaired() {
    let raise = |table: &str, event: &str| {
        (
            format!(
                "create function refuse() returns trigger language plpgsql as $$ begin raise exception 'disk quota exceeded' using errcode = '53100'; end $$;
                 create trigger refuse before {event} on {table} for each row execute function refuse()"
            ),
            "drop function refuse cascade".to_owned(),
        )
    };
    let plain = |breaking: &str, mending: &str| (breaking.to_owned(), mending.to_owned());
    let damages = [
        raise("campaign_conversions", "insert"),
        raise("campaign_visits", "update"),
        raise("customers", "update"),
        plain("alter table campaign_visits rename expires_at to lost", "alter table campaign_visits rename lost to expires_at"),
        plain("alter table campaign_conversions rename order_total to lost", "alter table campaign_conversions rename lost to order_total"),
        plain("alter table campaign_visits alter expires_at type text", "alter table campaign_visits alter expires_at type timestamptz using expires_at::timestamptz"),
        plain("alter table campaign_visits rename to lost", "alter table lost rename to campaign_visits"),
        plain("alter index campaign_visits_touch_key rename to lost", "alter index campaign.lost rename to campaign_visits_touch_key"),
        plain("alter table orders rename total to price", "alter table orders rename price to total"),
        plain("alter table orders alter total drop default, alter total type text, alter total set default 'much'",
              "alter table orders alter total drop default, alter total type numeric using 100, alter total set default 100"),
        plain("alter table customers rename id to nr", "alter table customers rename nr to id"),
        (
            "create function assert_it() returns trigger language plpgsql as $$ begin assert false, 'never'; return null; end $$;
             create trigger assert_it before insert on campaign_conversions for each row execute function assert_it()".to_owned(),
            "drop function assert_it cascade".to_owned(),
        ),
    ];
    for way in [WAYS[0], WAYS[3]] {
        for (breaking, mending) in &damages {
            let what = format!("{breaking}{way}");
            let db = attached(way);
            db.run("insert into customers select from generate_series(1, 2)");
            db.run(breaking);
            // Some break nothing in some of the ways: then nothing is recorded.
            let app = db.session();
            app.run(
                "insert into orders (customer_id, session_id, created_at) values (1, 's', '2024-06-02 10:00Z');
                 begin; insert into orders (customer_id, session_id, created_at) select 2, 's', '2024-06-02 10:00Z' from generate_series(1, 3); commit",
            );
            assert_eq!(app.show("select count(*) from orders"), "4", "{what}");
            db.run(mending);
            let missing = db.show(
                "select o.id from orders o left join campaign_conversions k on k.order_id = o.id
                  where k.id is null and not exists (select from campaign_attribution_failures f where f.order_id = o.id::text)",
            );
            assert_eq!(missing, "", "{what}: neither credited nor recorded");
            let again = db.session();
            assert_eq!(again.show("select * from campaign_retry_failures() where not resolved"), "", "{what}");
            assert_eq!(again.show("select count(*), sum(order_total) from campaign_conversions"), "4|400", "{what}");
            assert_eq!(failures(&again), "", "{what}");
            if !way.contains("false") {
                assert_eq!(again.show("select count(visit_id) from orders"), "4", "{what}");
                assert_eq!(again.show("select count(acquisition_campaign_id) from customers"), "2", "{what}");
            }
        }
    }
}

#[test]
fn orders_whose_key_is_lost_go_through_too() {
    for way in WAYS {
        let db = attached(way);
        db.run("alter table orders rename id to nr");
        let app = db.session();
        app.run(ORDER);
        app.run(ORDER);
        app.run("update orders set total = 70 where nr = 2");
        assert_eq!(app.show("select count(*) from orders"), "2", "{way}");
        assert_eq!(db.show("select order_id, sqlstate from campaign_attribution_failures"), "null|42703", "{way}");
        assert_eq!(
            db.show("select order_id, resolved, message like '%campaign_backfill%' from campaign_retry_failures()"),
            "null|f|t",
            "{way}"
        );
        db.run(&format!(
            "select campaign_install(orders => 'orders', customers => 'customers', order_id => 'nr', order_is_cancelled => $$o.status = 'void'$${way})"
        ));
        assert_eq!(app.show("call campaign_backfill()"), "2|2|0|0", "{way}");
        assert_eq!(recorded(&db), "1|100|100|f\n2|70|70|f", "{way}");
        assert_eq!(failures(&db), "", "{way}");
    }
}

#[test]
fn other_triggers_may_fire_in_any_order() {
    for way in WAYS {
        for name in ["aaa", "zzz"] {
            let what = format!("{name}{way}");
            let db = attached(way);
            // One brings the session as the row is inserted, others write the row again once it is.
            db.run(&format!(
                r#"create function before_it() returns trigger language plpgsql as $$ begin new.session_id := 's'; return new; end $$;
                   create trigger "{name}_before" before insert on orders for each row execute function before_it();
                   create function after_row() returns trigger language plpgsql as $$ begin update orders set total = total + 1 where id = new.id; return null; end $$;
                   create trigger "{name}_after" after insert on orders for each row execute function after_row();
                   create function after_it() returns trigger language plpgsql as $$ begin update orders set total = total + 10 where not coalesce(shipped, false); return null; end $$;
                   create trigger "{name}_after_all" after insert on orders for each statement execute function after_it();
                   create function on_ship() returns trigger language plpgsql as $$ begin update orders set total = total + 100 where id = new.id; return null; end $$;
                   create trigger "{name}_update" after update of shipped on orders for each row execute function on_ship()"#
            ));
            db.run("insert into orders (created_at) values ('2024-06-02 10:00Z')");
            assert_eq!(recorded(&db), "1|111|111|f", "{what}");
            db.run("update orders set shipped = true, total = 200 where id = 1");
            assert_eq!(recorded(&db), "1|300|300|f", "{what}");
            db.run(
                "begin; insert into orders (created_at) values ('2024-06-02 10:00Z'), ('2024-08-02 10:00Z'); commit",
            );
            assert_eq!(recorded(&db), "1|300|300|f\n2|111|111|f", "{what}");
            assert_eq!(failures(&db), "", "{what}");
            if !way.contains("false") {
                assert_eq!(db.credit("2"), "A", "{what}");
            }
        }
    }
}

#[test]
fn a_trigger_that_takes_the_order_away_takes_its_credit() {
    for way in WAYS {
        let db = attached(way);
        db.run(
            "create function veto() returns trigger language plpgsql as $$ begin delete from orders where id = new.id and new.status = 'fraud'; return null; end $$;
             create trigger veto after insert on orders for each row execute function veto();
             create function skip() returns trigger language plpgsql as $$ begin if new.status = 'skip' then return null; end if; return new; end $$;
             create trigger zzz_skip before insert on orders for each row execute function skip();
             insert into orders (session_id, created_at, status) values
               ('s', '2024-06-02 10:00Z', 'fraud'), ('s', '2024-06-02 10:00Z', 'skip'), ('s', '2024-06-02 10:00Z', 'fine')",
        );
        assert_eq!(db.show("select id from orders"), "3", "{way}");
        assert_eq!(db.show("select order_id from campaign_conversions where cancelled_at is null"), "3", "{way}");
        assert_eq!(failures(&db), "", "{way}");
    }
}

#[test]
fn orders_by_copy_and_in_bulk() {
    for way in WAYS {
        let db = attached(way);
        let file = db.cluster().directory().join(format!("{}.csv", db.name()));
        std::fs::write(&file, "s,2024-06-02 10:00Z\nt,2024-06-02 10:00Z\ns,2024-06-03 10:00Z\n")
            .expect("the file can be written");
        db.run(&format!("copy orders (session_id, created_at) from '{}' (format csv)", file.display()));
        assert_eq!(recorded(&db), "1|100|100|f\n3|100|100|f", "{way}");
        assert_eq!(
            db.show("insert into orders (session_id, created_at) values ('s', '2024-06-02 10:00Z'), ('s', '2024-06-04 10:00Z') returning id, total"),
            "4|100\n5|100",
            "{way}"
        );
        db.run("insert into orders (id, session_id, created_at) values (5, 's', '2024-06-02 10:00Z'), (6, 's', '2024-06-02 10:00Z') on conflict (id) do nothing");
        db.run(
            "insert into orders (id, session_id, created_at, total) values (5, null, '2024-06-02 10:00Z', 30), (7, 's', '2024-06-02 10:00Z', 30)
             on conflict (id) do update set total = excluded.total, session_id = excluded.session_id",
        );
        assert_eq!(recorded(&db), "1|100|100|f\n3|100|100|f\n4|100|100|f\n5|30|30|f\n6|100|100|f\n7|30|30|f", "{way}");
        if !way.contains("false") {
            assert_eq!(db.credit("5"), "A", "{way}: it keeps the session that won it");
        }
        assert_eq!(failures(&db), "", "{way}");
    }
}

#[test]
fn savepoints_and_prepared_transactions() {
    for way in WAYS {
        let db = attached(way);
        db.run(&format!("begin; {ORDER}; savepoint one; {ORDER}; rollback to one; {ORDER}; release one; commit"));
        assert_eq!(recorded(&db), "1|100|100|f\n3|100|100|f", "{way}");
        let name = db.name();
        db.run(&format!("begin; {ORDER}; update orders set total = 60 where id = 1; prepare transaction '{name}'"));
        assert_eq!(recorded(&db.session()), "1|100|100|f\n3|100|100|f", "{way}");
        db.run(&format!("commit prepared '{name}'"));
        assert_eq!(recorded(&db), "1|60|60|f\n3|100|100|f\n4|100|100|f", "{way}");
        db.run(&format!("begin; {ORDER}; prepare transaction '{name}'"));
        db.run(&format!("rollback prepared '{name}'"));
        assert_eq!(recorded(&db), "1|60|60|f\n3|100|100|f\n4|100|100|f", "{way}");
        // Constraints checked early read the order early, and once more when it changes.
        db.run(&format!(
            "begin; set constraints all immediate; {ORDER}; update orders set total = 5 where id = 6; commit"
        ));
        assert_eq!(recorded(&db).lines().last(), Some("6|5|5|f"), "{way}");
        assert_eq!(failures(&db), "", "{way}");
    }
}

#[test]
fn what_a_replica_applies_is_mended_by_a_backfill() {
    for way in WAYS {
        let db = attached(way);
        db.run(&format!("set session_replication_role = replica; {ORDER}; {ORDER}; reset session_replication_role"));
        assert_eq!(recorded(&db), "", "{way}: the triggers of a replica do not fire");
        assert_eq!(db.show("call campaign_backfill('2024-06-02', '2024-06-02')"), "2|2|0|0", "{way}");
        db.run("set session_replication_role = replica; update orders set total = 7 where id = 1; reset session_replication_role");
        assert_eq!(db.show("call campaign_backfill()"), "2|0|2|0", "{way}");
        assert_eq!(recorded(&db), "1|7|7|f\n2|100|100|f", "{way}");
        if !way.contains("false") {
            assert_eq!((db.credit("1"), db.credit("2")), ("A".to_owned(), "A".to_owned()));
        }
    }
}

#[test]
fn an_application_that_saves_whole_rows_loses_nothing() {
    let db = attached("");
    db.run(ORDER);
    let marks = db.show("select campaign_id, visit_id from orders");
    db.run("update orders set total = 90, session_id = null, campaign_id = null, visit_id = null, status = status");
    assert_eq!(db.show("select campaign_id, visit_id from orders"), marks);
    assert_eq!(recorded(&db), "1|90|90|f");
    db.run("update orders set campaign_id = gen_random_uuid(), visit_id = gen_random_uuid()");
    assert_eq!(db.show("select campaign_id, visit_id from orders"), marks);
    assert_eq!(failures(&db), "");
}

#[test]
fn orders_of_a_deleted_campaign_go_to_no_other() {
    for db in [attached(""), attached(", at => 'commit'"), partitioned("")] {
        db.campaign("B");
        db.click("B", "s", "2024-06-20 12:00Z");
        db.run("insert into orders (id, session_id, created_at) values (1, 's', '2024-06-21 10:00Z')");
        assert_eq!(db.credit("1"), "B");
        // Its columns come back when they are cleared, and are cleared with the campaign.
        db.run("update orders set campaign_id = null, visit_id = null");
        assert_eq!(db.credit("1"), "B");
        db.run("select campaign_delete(id, force => true) from campaigns where tracking_code = 'B'");
        assert_eq!(db.show("select campaign_id, visit_id from orders"), "null|null");
        assert_eq!(recorded(&db), "");
        assert_eq!(failures(&db), "");
    }
}

#[test]
fn a_guest_who_registers_was_won_by_the_order() {
    for way in WAYS {
        let db = attached(way);
        db.run(ORDER);
        db.run("insert into customers default values; update orders set customer_id = 1");
        assert_eq!(db.show("select customer_id from campaign_conversions"), "1", "{way}");
        assert_eq!(db.show("select customer_id from campaign_visits"), "1", "{way}");
        assert_eq!(db.show("select customer_id, tracking_code from campaign_attached_customers"), "1|A", "{way}");
        if !way.contains("false") {
            assert_eq!(db.show("select count(acquisition_campaign_id) from customers"), "1", "{way}");
        }
    }
}

#[test]
fn a_transaction_lends_its_session_only_to_orders_it_places() {
    for way in WAYS {
        let db = attached(way);
        db.campaign("B");
        db.click("B", "t", "2024-06-01 10:00Z");
        db.run("insert into orders (created_at) values ('2024-06-02 10:00Z')");
        db.run("begin; set local campaign.session_id = 't'; update orders set total = 50; commit");
        assert_eq!(recorded(&db), "", "{way}");
        // The order's own session goes first.
        db.run(&format!("begin; set local campaign.session_id = 't'; {ORDER}; commit"));
        assert_eq!(db.show("select session_id from campaign_conversions"), "s", "{way}");
        db.run("begin; set local campaign.session_id = 't'; insert into orders (created_at) values ('2024-06-02 10:00Z'); commit");
        assert_eq!(db.show("select session_id from campaign_conversions where order_id = 3"), "t", "{way}");
    }
}

/// Orders in monthly partitions, attached in one of the ways.
fn partitioned(way: &str) -> Database {
    let db = Database::empty();
    db.run(&format!(
        "create table orders (id bigint generated by default as identity, customer_id bigint, session_id text, total numeric default 100,
           created_at timestamptz not null, primary key (id, created_at)) partition by range (created_at);
         create table orders_june partition of orders for values from ('2024-06-01') to ('2024-07-01');
         create extension pg_campaign;
         select campaign_install(orders => 'orders'{way});
         create table orders_july partition of orders for values from ('2024-07-01') to ('2024-08-01');
         create table orders_august (id bigint, customer_id bigint, session_id text, total numeric default 100, created_at timestamptz not null,
           primary key (id, created_at));
         alter table orders_august add {columns}stray int;
         alter table orders_august drop stray;
         alter table orders attach partition orders_august for values from ('2024-08-01') to ('2024-09-01')",
        columns = if way.contains("false") { "" } else { "campaign_id uuid, add visit_id uuid, add " },
    ));
    db.campaign("A");
    db.click("A", "s", "2024-06-20 10:00Z");
    db.view("s", "2024-07-10 10:00Z");
    db
}

#[test]
fn partitions_named_by_a_statement_are_followed() {
    for way in WAYS {
        let db = partitioned(way);
        let before = db.definitions("public");
        db.run(
            "insert into orders (id, session_id, created_at) values (1, 's', '2024-06-21 10:00Z'), (2, 's', '2024-07-21 10:00Z'), (3, 's', '2024-08-21 10:00Z');
             insert into orders_june (id, session_id, created_at) values (11, 's', '2024-06-21 10:00Z'), (12, 's', '2024-06-01 10:00Z');
             insert into orders_july (id, session_id, created_at) values (13, 's', '2024-07-21 10:00Z');
             insert into orders_august (id, session_id, created_at) values (14, 's', '2024-08-01 10:00Z')",
        );
        assert_eq!(db.show("select order_id from campaign_conversions order by 1"), "1\n2\n11\n13\n14", "{way}");
        db.run("update orders_july set total = 60; update orders_june set session_id = 's' where id = 12; delete from orders_june where id = 11");
        // Rows that move to another partition, by a statement that names none or one.
        db.run("update orders set created_at = '2024-07-22 10:00Z', total = 70 where id = 1");
        db.run("update orders set created_at = '2024-07-23 10:00Z' where id = 14");
        assert_eq!(recorded(&db), "1|70|70|f\n2|60|60|f\n11|100|0|t\n13|60|60|f\n14|100|100|f", "{way}");
        if !way.contains("false") {
            for order in ["1", "2", "13", "14"] {
                assert_eq!(db.credit(order), "A", "{way}: {order}");
            }
            // Credited by a call, then moved: the columns go along.
            db.run("insert into orders (id, created_at) values (20, '2024-06-25 10:00Z'); select campaign_attribute(20, 's');
                    update orders set created_at = '2024-08-25 10:00Z' where id = 20");
            assert_eq!(db.credit("20"), "A", "{way}");
            db.run("delete from orders where id = 20");
        }
        // Taken off as an archive: what was sold stays sold.
        db.run("alter table orders detach partition orders_august; drop table orders_august");
        assert_eq!(db.show("select count(*) from campaign_conversions where cancelled_at is null"), "4", "{way}");
        db.run("truncate orders");
        assert_eq!(db.show("select count(*) from campaign_conversions where cancelled_at is null"), "0", "{way}");
        assert_eq!(failures(&db), "", "{way}");
        db.run("select campaign_uninstall()");
        assert_eq!(
            db.show("select tgname, tgrelid::regclass from pg_trigger where not tgisinternal and tgname like 'zz%'"),
            "",
            "{way}"
        );
        assert_ne!(db.definitions("public"), before);
    }
}

#[test]
fn many_orders_in_partitions_at_once() {
    let db = partitioned("");
    db.run(
        "insert into orders (session_id, created_at) select case when n % 2 = 0 then 's' end, timestamptz '2024-06-21 10:00Z' + n * interval '1 hour'
           from generate_series(1, 1000) n",
    );
    assert_eq!(
        db.show("select count(*) from campaign_conversions"),
        db.show("select count(*) from orders where session_id = 's' and created_at < '2024-08-09 10:00Z'")
    );
    assert_eq!(db.show("select count(*) from orders o left join campaign_conversions k on k.order_id = o.id where o.visit_id is distinct from k.visit_id"), "0");
}

#[test]
fn a_fixed_snapshot_keeps_the_order() {
    // A page view of the same visit commits while the order's transaction reads an older snapshot.
    let db = attached("");
    db.run("begin isolation level repeatable read; select count(*) from orders");
    db.session().view("s", "2024-06-01 20:00Z");
    db.run(ORDER);
    db.run("commit");
    assert_eq!(failures(&db), "1|40001");
    db.run("select campaign_retry_failures()");
    assert_eq!(db.credit("1"), "A");
}
