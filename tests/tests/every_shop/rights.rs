//! Whose rights and whose names hold when the shop's own tables are read and written.

use super::stage::{Client, Mode, Shop, Speaks};

stories! {
    a_new_owner_changes_nothing
    a_policy_for_the_application_alone_hides_no_order_from_us
    an_order_that_cannot_be_read_is_no_deleted_order
    rows_that_a_policy_hides_are_not_deleted
    the_shops_triggers_find_their_tables_by_the_owners_path
    the_shops_triggers_find_their_tables_by_the_path_they_are_used_to
}

/// Gives the shop's tables to a new login, and opens its session.
fn owned(shop: &Shop) -> Client {
    let owner = shop.login("owner", "");
    let name = shop.role("owner");
    shop.run(&format!(
        "alter table orders owner to {name}; alter table customers owner to {name}; alter table refunds owner to {name};
         grant all on schema public to {name}"
    ));
    owner
}

const REFUNDS: &str = r#"order_refunded => $$(select sum(r.amount) from public.refunds r where r.order_id = o.id)$$,
                         order_parts => '{"public.refunds": "order_id"}'"#;

/// Each tenant sees its own orders, the owner of the table too. Whoever repairs belongs to none.
fn rows_that_a_policy_hides_are_not_deleted(shop: &Shop) {
    let app = owned(shop);
    shop.run(
        "alter table orders add tenant int not null default 1; alter table customers add tenant int not null default 1",
    );
    shop.attach(REFUNDS);
    for table in ["orders", "customers"] {
        shop.run(&format!(
            "alter table {table} enable row level security; alter table {table} force row level security;
             create policy tenants on {table} using (tenant = current_setting('app.tenant', true)::int)"
        ));
    }
    app.run("set app.tenant = '1'");
    app.run("insert into orders (id, customer_id, session_id) values (:order1, :customer1, 's'), (:order2, null, 's')");
    shop.refuse_conversion_of(3);
    app.run("insert into orders (id, customer_id, session_id) values (:order3, :customer3, 't')");
    shop.refuse_no_more();
    assert_eq!(shop.failures(), "3 23514");
    shop.fold();
    let admin = shop.login("admin", "campaign_admin");
    assert_eq!(admin.show("select resolved from campaign_retry_failures()"), "t");
    assert_eq!(shop.recorded(), "1 A s 100 100 0 100\n2 A s 100 100 0 100\n3 B t 100 100 0 100");
    assert_eq!((shop.marks(), shop.customers()), ("1 A\n2 A\n3 B".to_owned(), "1 A\n3 B".to_owned()));
    assert_eq!(admin.show("call campaign_backfill()"), "3|0|3|0");
    // Changes by the application; a refund by somebody who sees no order at all.
    app.run("update orders set total = 50 where id = :order1");
    app.run("set app.tenant = '2'");
    app.run("insert into refunds (order_id, amount) values (:order1, 20)");
    app.run("delete from orders");
    assert_eq!(shop.recorded(), "1 A s 100 50 20 30\n2 A s 100 100 0 100\n3 B t 100 100 0 100");
    app.run("set app.tenant = '1'");
    app.run("delete from orders where id = :order2");
    assert_eq!(shop.recorded(), "1 A s 100 50 20 30\n2 A s 100 100 0 0 cancelled\n3 B t 100 100 0 100");
    assert_eq!(admin.show("call campaign_backfill()"), "2|0|2|0");
    assert_eq!(admin.show("select is_new from campaign_attribute((:order1::text), 't')"), "f");
}

fn a_policy_for_the_application_alone_hides_no_order_from_us(shop: &Shop) {
    let owner = owned(shop);
    let app = shop.login("app", "");
    let name = shop.role("app");
    shop.attach(REFUNDS);
    for table in ["orders", "customers", "refunds"] {
        shop.run(&format!(
            "alter table {table} enable row level security; alter table {table} force row level security;
             create policy app on {table} to {name} using (true) with check (true);
             grant select, insert, update, delete on {table} to {name}"
        ));
    }
    assert_eq!(owner.show("select count(*) from customers"), "0", "the owner sees nothing");
    app.run("insert into orders (id, customer_id, session_id) values (:order1, :customer1, 's'), (:order2, :customer2, 's'), (:order3, null, 't')");
    assert_eq!(shop.recorded(), "1 A s 100 100 0 100\n2 A s 100 100 0 100\n3 B t 100 100 0 100");
    assert_eq!((shop.marks(), shop.customers()), ("1 A\n2 A\n3 B".to_owned(), "1 A\n2 A".to_owned()));
    app.run("update orders set total = 50 where id = :order1");
    app.run("insert into refunds (order_id, amount) values (:order2, 20)");
    app.run("delete from orders where id = :order3");
    assert_eq!(shop.recorded(), "1 A s 100 50 0 50\n2 A s 100 100 20 80\n3 B t 100 100 0 0 cancelled");
    app.run("begin; set local campaign.session_id = 't'; insert into orders (id) values (:order4); commit");
    assert_eq!(shop.marks(), "1 A\n2 A\n4 B");
}

/// The owner of the orders may not even read them. What cannot be read is told, and not taken for gone.
fn an_order_that_cannot_be_read_is_no_deleted_order(shop: &Shop) {
    let _owner = owned(shop);
    shop.attach(REFUNDS);
    shop.run("insert into orders (id, session_id) values (:order1, 's'), (:order2, 't')");
    shop.refuse_conversion_of(3);
    shop.run("insert into orders (id, session_id) values (:order3, 's')");
    shop.refuse_no_more();
    shop.run(&format!("revoke select on orders from {}", shop.role("owner")));
    assert_eq!(shop.retry(), "3 f");
    assert_eq!(shop.recorded(), "1 A s 100 100 0 100\n2 B t 100 100 0 100");
    shop.run("insert into refunds (order_id, amount) values (:order2, 20)");
    assert_eq!(shop.recorded(), "1 A s 100 100 0 100\n2 B t 100 100 0 100");
    assert_eq!(shop.failures(), "2 42501\n3 42501");
    shop.run(&format!("grant select on orders to {}", shop.role("owner")));
    assert_eq!(shop.retry(), "2 t\n3 t");
    assert_eq!(shop.recorded(), "1 A s 100 100 0 100\n2 B t 100 100 20 80\n3 A s 100 100 0 100");
}

fn a_new_owner_changes_nothing(shop: &Shop) {
    let owner = owned(shop);
    shop.attach(REFUNDS);
    owner.run("insert into orders (id, customer_id, session_id) values (:order1, :customer1, 's')");
    // The new one may not act for the one before, nor the other way round.
    let app = shop.login("app", "");
    shop.login("heir", "");
    shop.run(&format!(
        "grant select, insert, update, delete on orders, customers, refunds to {app};
         alter table orders owner to {heir}; alter table customers owner to {heir}; alter table refunds owner to {heir};
         grant usage on schema public to {heir}",
        app = shop.role("app"),
        heir = shop.role("heir"),
    ));
    app.run("insert into orders (id, customer_id, session_id) values (:order2, :customer2, 't'), (:order3, :customer3, 's')");
    app.run("update orders set total = 60 where id = :order1");
    app.run("insert into refunds (order_id, amount) values (:order1, 10)");
    app.run("delete from orders where id = :order2");
    assert_eq!(shop.failures(), "");
    assert_eq!(shop.recorded(), "1 A s 100 60 10 50\n2 B t 100 100 0 0 cancelled\n3 A s 100 100 0 100");
    assert_eq!((shop.marks(), shop.customers()), ("1 A\n3 A".to_owned(), "1 A\n2 B\n3 A".to_owned()));
    assert_eq!(shop.show("call campaign_backfill()"), "2|0|2|0");
    // One owner of the orders, another one of the customers.
    shop.run(&format!("alter table orders owner to {}", shop.role("owner")));
    shop.run(&format!("grant usage on schema public to {}; grant select on refunds to {0}", shop.role("owner")));
    shop.run("update customers set acquisition_campaign_id = null where id = :customer2");
    shop.run("delete from campaign_conversions where order_id = :order2");
    app.run("insert into orders (id, customer_id, session_id) values (:order4, :customer2, 's')");
    assert_eq!(
        (shop.failures(), shop.marks(), shop.customers()),
        (String::new(), "1 A\n3 A\n4 A".to_owned(), "1 A\n2 A\n3 A".to_owned())
    );
}

/// Orders and customers in schemas of their own, each with a trigger that writes into a table it does not name in full.
fn audited(shop: &Shop) -> Client {
    let owner = owned(shop);
    let name = shop.role("owner");
    shop.run(&format!(
        "create schema sales authorization {name}; create schema people authorization {name}; create schema audit authorization {name};
         alter table orders set schema sales; alter table customers set schema people;
         create table audit.audit_log (what text, ran_as text); alter table audit.audit_log owner to {name};
         create function audit.note() returns trigger language plpgsql as $$
         begin
           insert into audit_log values (tg_table_name || ' ' || tg_op, current_user);
           perform from customers where name = 'nobody';
           return new;
         end $$;
         create trigger note before update on people.customers for each row execute function audit.note();
         create trigger note_all after update on sales.orders for each row execute function audit.note();
         set search_path = sales, people, audit, campaign"
    ));
    owner
}

/// What the triggers wrote down. At COMMIT an order is marked by an UPDATE, else as it comes.
fn assert_noted(shop: &Shop, orders: u32) {
    let owner = shop.role("owner");
    let by_commit = if shop.mode == Mode::Commit { format!("\norders UPDATE|{owner}|{orders}") } else { String::new() };
    assert_eq!(
        shop.show("select what, ran_as, count(*) from audit_log group by 1, 2 order by 1, 2"),
        format!("customers UPDATE|{owner}|1{by_commit}")
    );
}

fn the_shops_triggers_find_their_tables_by_the_path_they_are_used_to(shop: &Shop) {
    let owner = audited(shop);
    owner.run("set search_path = sales, people, audit");
    shop.attach("");
    owner.run("insert into orders (id, customer_id, session_id) values (:order1, :customer1, 's')");
    owner.run(
        "insert into orders (id, customer_id, session_id) values (:order2, :customer1, 't'), (:order3, null, null)",
    );
    assert_eq!(shop.recorded(), "1 A s 100 100 0 100\n2 B t 100 100 0 100");
    assert_eq!(
        (shop.marks(), shop.customers(), shop.failures()),
        ("1 A\n2 B\n3 none".to_owned(), "1 A".to_owned(), String::new())
    );
    assert_noted(shop, 2);
    // Who repairs lends nobody a path: the owner's own counts then.
    shop.refuse_conversion_of(4);
    owner.run("insert into orders (id, customer_id, session_id) values (:order4, :customer2, 's')");
    shop.refuse_no_more();
    shop.run(&format!("alter role {} set search_path = sales, people, audit", shop.role("owner")));
    assert_eq!(shop.retry(), "4 t");
    assert_eq!((shop.marks(), shop.customers()), ("1 A\n2 B\n3 none\n4 A".to_owned(), "1 A\n2 A".to_owned()));
    owner.run("update orders set total = 90 where id = :order1");
    assert_eq!(shop.recorded(), "1 A s 100 90 0 90\n2 B t 100 100 0 100\n4 A s 100 100 0 100");
}

/// An application that is not the owner has a path that leads nowhere; the owner has his.
fn the_shops_triggers_find_their_tables_by_the_owners_path(shop: &Shop) {
    audited(shop);
    shop.attach("");
    shop.run(&format!("alter role {} set search_path = sales, people, audit", shop.role("owner")));
    let app = shop.login("app", "");
    shop.run(&format!(
        "grant usage on schema sales, people to {0}; grant select, insert, update, delete on sales.orders, people.customers to {0}",
        shop.role("app")
    ));
    app.run("set search_path = ''");
    app.run("insert into sales.orders (id, customer_id, session_id) values (:order1, :customer1, 's')");
    app.run("insert into sales.orders (id, customer_id, session_id) values (:order2, :customer1, 't'), (:order3, null, null)");
    assert_eq!(shop.recorded(), "1 A s 100 100 0 100\n2 B t 100 100 0 100");
    assert_eq!(
        (shop.marks(), shop.customers(), shop.failures()),
        ("1 A\n2 B\n3 none".to_owned(), "1 A".to_owned(), String::new())
    );
    assert_noted(shop, 2);
    // Nor does a path that the application chose lead the owner's triggers astray.
    app.run("create temp table audit_log (what text, ran_as text); grant all on audit_log to public; set search_path = pg_temp");
    app.run("insert into sales.orders (id, customer_id, session_id) values (:order4, :customer2, 's')");
    assert_eq!(app.show("select count(*) from pg_temp.audit_log"), "0");
    assert_eq!(shop.customers(), "1 A\n2 A");
}
