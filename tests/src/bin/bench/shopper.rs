//! One client that places orders one after the other, through a prepared statement, and what its backend takes for it.

use postgres::{Client, NoTls, Statement};

use crate::stage::{CUSTOMERS, FIRST, Stage, Tables, key};

/// A connection with its statements prepared. Commits do not wait for the disk: whose time is counted shall not depend
/// on who writes the log.
pub struct Shopper {
    client: Client,
    backend: i32,
    order: Statement,
    orders: Statement,
    order_without_session: Statement,
    change: Statement,
}

impl Shopper {
    pub fn come(stage: &Stage, tables: Tables) -> Shopper {
        let mut client = Client::connect(&stage.url("postgres"), NoTls).expect("the server takes connections");
        client.batch_execute("set synchronous_commit = off").expect("a session may choose");
        let backend = client.query_one("select pg_backend_pid()", &[]).expect("a session knows its backend").get(0);
        let orders = tables.orders();
        let mut prepare = |sql: String| client.prepare(&sql).unwrap_or_else(|error| panic!("{sql}\nfailed: {error:?}"));
        let order = prepare(format!(
            "insert into {orders} (customer_id, total, session_id)
             values (('00000000-0000-4000-9000-' || $1::text)::uuid, 129.90, '00000000-0000-4000-8000-' || $2::text)"
        ));
        let order_without_session = prepare(format!(
            "insert into {orders} (customer_id, total) values (('00000000-0000-4000-9000-' || $1::text)::uuid, 129.90)"
        ));
        let many = prepare(format!(
            "insert into {orders} (customer_id, total, session_id)
             select ({})::uuid, 129.90, {} from generate_series($1::bigint, $1::bigint + $2::bigint - 1) n",
            key("4000-9000", &format!("{FIRST} + abs(hashint8(n)::bigint) % {CUSTOMERS}")),
            key("4000-8000", "n"),
        ));
        let change = prepare(format!("update {orders} set note = $1 where id = $2::text::uuid"));
        Shopper { client, backend, order, orders: many, order_without_session, change }
    }

    /// The order of the session with this number, by any customer.
    pub fn order(&mut self, number: u32) {
        let session = (FIRST + u64::from(number)).to_string();
        self.run(&self.order.clone(), &[&customer(number), &session]);
    }

    /// The orders of so many sessions from this number on, in one INSERT.
    pub fn many(&mut self, first: u32, orders: u32) {
        let rows = self.client.execute(&self.orders, &[&(FIRST as i64 + i64::from(first)), &i64::from(orders)]);
        assert_eq!(rows.expect("orders can be placed"), u64::from(orders));
    }

    /// An order that tells no session, by any customer.
    pub fn order_without_session(&mut self, number: u32) {
        self.run(&self.order_without_session.clone(), &[&customer(number)]);
    }

    /// Writes a note on an order.
    pub fn change(&mut self, order: &str, note: &str) {
        self.run(&self.change.clone(), &[&note, &order]);
    }

    fn run(&mut self, statement: &Statement, values: &[&(dyn postgres::types::ToSql + Sync)]) {
        let rows = self.client.execute(statement, values).expect("an order can be placed and changed");
        assert_eq!(rows, 1);
    }

    /// Begins or ends a transaction of several orders.
    pub fn transaction(&mut self, word: &str) {
        self.client.batch_execute(word).expect("transactions begin and end");
    }

    /// Microseconds that its backend has spent on a processor so far, in the kernel too, as the kernel counted them.
    pub fn cpu(&self) -> f64 {
        let file = format!("/proc/{}/schedstat", self.backend);
        let text = std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("cannot read {file}: {error}"));
        let nanoseconds: f64 =
            text.split(' ').next().and_then(|first| first.parse().ok()).expect("the kernel tells a number first");
        nanoseconds / 1000.0
    }
}

/// The digits of one customer of all, as if by chance, for the same number always the same.
fn customer(number: u32) -> String {
    let mixed = u64::from(number + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 33;
    (FIRST + mixed % u64::from(CUSTOMERS)).to_string()
}
