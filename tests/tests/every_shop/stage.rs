//! The stage of the stories: a small shop in each of the modes, with keys of any kind, and what must hold when a story ends.

use std::cell::Cell;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use pg_campaign_tests::{Database, Failure, Session};

/// How a shop's orders are stored and read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// A plain table, read when an order is inserted.
    Insert,
    /// A plain table, read when the transaction commits.
    Commit,
    /// Partitions of some days each: a row moves when its time does.
    ByTime,
    /// Partitions by the key: a row moves when its key does.
    ByKey,
}

impl Mode {
    /// What campaign_install is told of it.
    pub fn at(self) -> &'static str {
        match self {
            Mode::Commit => "at => 'commit'",
            _ => "at => 'insert'",
        }
    }

    /// The end of `create table`: how the table is partitioned, and its partitions. A column may stand in for the key.
    pub fn partitions(self, table: &str, key: &str) -> String {
        match self {
            Mode::Insert | Mode::Commit => String::new(),
            Mode::ByTime => format!(
                " partition by range (created_at);
                 create table {table}_first partition of {table} for values from (':day1 00:00Z') to (':day21 00:00Z');
                 create table {table}_rest partition of {table} default"
            ),
            Mode::ByKey => format!(
                " partition by hash ({key});
                 create table {table}_0 partition of {table} for values with (modulus 3, remainder 0);
                 create table {table}_1 partition of {table} for values with (modulus 3, remainder 1);
                 create table {table}_2 partition of {table} for values with (modulus 3, remainder 2)"
            ),
        }
    }

    /// Its primary key, with the column that tells the partition.
    pub fn primary_key(self, key: &str) -> String {
        if self == Mode::ByTime { format!("{key}, created_at") } else { key.to_owned() }
    }
}

/// A kind of keys. Every key ends in its number, six digits long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Keys {
    pub kind: &'static str,
    /// The type below it, when the kind is a domain.
    over: &'static str,
    before_number: &'static str,
}

impl Keys {
    const fn plain(kind: &'static str, before_number: &'static str) -> Keys {
        Keys { kind, over: "", before_number }
    }

    const fn domain(kind: &'static str, over: &'static str, before_number: &'static str) -> Keys {
        Keys { kind, over, before_number }
    }

    pub fn of(mode: Mode) -> Keys {
        match mode {
            Mode::Insert => BIGINT,
            Mode::Commit => UUID,
            Mode::ByTime => TEXT,
            Mode::ByKey => INTEGER,
        }
    }

    /// Another kind than this: customers need not be numbered as orders are.
    fn others(self) -> Keys {
        let place = KINDS.iter().position(|kind| *kind == self).unwrap_or_default();
        let (first, count) = if place < PLAIN { (0, PLAIN) } else { (PLAIN, KINDS.len() - PLAIN) };
        KINDS[first + (place - first + 2) % count]
    }

    fn literal(self, number: &str) -> String {
        format!("'{}{number:0>6}'", self.before_number)
    }
}

const UUID: Keys = Keys::plain("uuid", "0190a000-0000-7000-8000-000000");
const BIGINT: Keys = Keys::plain("bigint", "5000000");
const INTEGER: Keys = Keys::plain("integer", "7");
const TEXT: Keys = Keys::plain("text", "Order \"é\" %s ");

/// How many of [`KINDS`] are no domains. They come first.
const PLAIN: usize = 5;

/// Every kind that campaign_install takes.
pub const KINDS: [Keys; 10] = [
    UUID,
    BIGINT,
    INTEGER,
    TEXT,
    Keys::plain("varchar(40)", "ORD-"),
    Keys::domain("uid_of", "uuid", "0190a000-0000-7000-8000-000000"),
    Keys::domain("number_of", "bigint check (value > 0)", "5000000"),
    Keys::domain("small_number_of", "whole_number", "7"),
    Keys::domain("code_of", "text check (value <> '')", "order/"),
    Keys::domain("short_code_of", "varchar(20) not null", "no. "),
];

/// What stands for what in the SQL of stories.
#[derive(Clone)]
pub struct Words {
    orders: Keys,
    customers: Keys,
    /// Some weeks ago: the first fold walks through every day since the first fact.
    days: Arc<[String]>,
}

impl Words {
    /// SQL in which `:order1` and `:customer1` stand for keys, and `:day1` for the day of the clicks.
    pub fn fill(&self, sql: &str) -> String {
        let mut filled = String::with_capacity(sql.len());
        let mut rest = sql;
        while let Some(place) = rest.find(':') {
            let (before, after) = rest.split_at(place);
            filled.push_str(before);
            let (word, after) = self.word(after).unwrap_or_else(|| (":".to_owned(), &after[1..]));
            filled.push_str(&word);
            rest = after;
        }
        filled + rest
    }

    /// What the word at the beginning stands for, and what follows it.
    fn word<'a>(&self, text: &'a str) -> Option<(String, &'a str)> {
        let (kind, rest) =
            [":order", ":customer", ":day"].iter().find_map(|kind| Some((*kind, text.strip_prefix(kind)?)))?;
        let end = rest.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(rest.len());
        let number = &rest[..end];
        let word = match kind {
            _ if number.is_empty() => return None,
            ":order" => self.orders.literal(number),
            ":customer" => self.customers.literal(number),
            _ => self.days[number.parse::<usize>().expect("days are numbered")].clone(),
        };
        Some((word, &rest[end..]))
    }
}

/// Whoever speaks SQL to the shop's database and may name keys as [`Words::fill`] reads them.
pub trait Speaks {
    fn words(&self) -> &Words;
    fn session(&self) -> &Session;

    #[track_caller]
    fn run(&self, sql: &str) {
        self.session().run(&self.words().fill(sql));
    }

    #[track_caller]
    fn show(&self, sql: &str) -> String {
        self.session().show(&self.words().fill(sql))
    }

    fn attempt(&self, sql: &str) -> Result<String, Failure> {
        self.session().attempt(&self.words().fill(sql))
    }

    #[track_caller]
    fn refuses(&self, sqlstate: &str, words: &str, sql: &str) {
        self.session().refuses(sqlstate, words, &self.words().fill(sql));
    }
}

/// One more session in the shop's database.
pub struct Client {
    session: Session,
    words: Words,
}

impl Speaks for Client {
    fn words(&self) -> &Words {
        &self.words
    }

    fn session(&self) -> &Session {
        &self.session
    }
}

/// What became of a statement while the others were watched.
pub struct Outcome {
    pub answer: Result<String, Failure>,
    /// Whether it waited for a lock.
    pub waited: bool,
}

/// A shop with the tables orders and refunds and the customers 1 to 3, attached by [`Shop::attach`]. The superuser's session.
pub struct Shop {
    pub db: Database,
    pub mode: Mode,
    words: Words,
    /// Attached with `add_columns => false`.
    without_columns: Cell<bool>,
}

impl Speaks for Shop {
    fn words(&self) -> &Words {
        &self.words
    }

    fn session(&self) -> &Session {
        &self.db
    }
}

/// The number that a key ends in.
pub fn number_of(key: &str) -> String {
    format!("right({key}::text, 6)::int")
}

impl Shop {
    /// Nothing but the extension.
    pub fn empty(mode: Mode) -> Shop {
        let db = Database::empty();
        db.run("create extension pg_campaign");
        let days =
            db.show("select current_date - 41 + n from generate_series(0, 60) n").lines().map(str::to_owned).collect();
        let orders = Keys::of(mode);
        Shop { db, mode, words: Words { orders, customers: orders.others(), days }, without_columns: Cell::new(false) }
    }

    /// Makes the tables, with keys of this kind, not attached yet.
    pub fn furnish(&mut self, orders: Keys) {
        let customers = orders.others();
        self.words = Words { orders, customers, days: Arc::clone(&self.words.days) };
        // One domain is over another.
        self.run("create domain whole_number as integer");
        for keys in [orders, customers] {
            if !keys.over.is_empty() {
                self.run(&format!("create domain {} as {}", keys.kind, keys.over));
            }
        }
        self.run(&format!(
            "create table customers (id {customer} primary key, name text);
             insert into customers values (:customer1), (:customer2), (:customer3);
             create table refunds (id bigint generated always as identity primary key, order_id {order}, amount numeric not null)",
            customer = customers.kind,
            order = orders.kind,
        ));
        self.create_orders("orders");
    }

    /// The kind of its orders' keys.
    pub fn keys(&self) -> Keys {
        self.words.orders
    }

    /// The type of a column that names a customer, or none: not a domain that is NOT NULL.
    pub fn customer_type(&self) -> &'static str {
        self.words.customers.kind.strip_prefix("short_code_of").map_or(self.words.customers.kind, |_| "varchar(20)")
    }

    /// The key of the number that an SQL expression gives.
    pub fn key_of(&self, number: &str) -> String {
        let Keys { kind, before_number, .. } = self.words.orders;
        format!("('{before_number}' || {number})::{kind}")
    }

    /// Takes everything away but the extension.
    pub fn clear(&self) {
        self.run("select campaign.campaign_uninstall(keep_data => false)");
        self.run("drop schema public cascade; create schema public");
    }

    /// One more table of orders, stored in the same way.
    pub fn create_orders(&self, table: &str) {
        self.run(&format!(
            "create table {table} (
               id {key} not null, customer_id {customer} references customers, total numeric not null default 100,
               currency text not null default 'USD', status text not null default 'paid', refunded numeric, session_id text,
               created_at timestamptz not null default ':day2 10:00Z', primary key ({primary})){partitions}",
            key = self.words.orders.kind,
            customer = self.customer_type(),
            primary = self.mode.primary_key("id"),
            partitions = self.mode.partitions(table, "id"),
        ));
    }

    /// The call that attaches a table of orders, with more arguments.
    pub fn install(&self, orders: &str, mapping: &str) -> String {
        self.without_columns.set(mapping.contains("add_columns => false"));
        let more = if mapping.is_empty() { String::new() } else { format!(", {mapping}") };
        format!(
            "select campaign.campaign_install(orders => '{orders}', customers => 'customers', {}{more})",
            self.mode.at()
        )
    }

    /// Attaches orders and customers, with more arguments for the mapping. Then session s has clicked campaign A and
    /// session t campaign B, on the first day at ten.
    #[track_caller]
    pub fn attach(&self, mapping: &str) {
        self.run(&self.install("orders", mapping));
        self.click_both();
    }

    /// The clicks that every story begins with.
    #[track_caller]
    pub fn click_both(&self) {
        for (code, session) in [("A", "s"), ("B", "t")] {
            self.db.campaign(code);
            self.click(code, session, ":day1 10:00Z");
        }
    }

    /// Records a click at a moment.
    #[track_caller]
    pub fn click(&self, code: &str, session: &str, at: &str) {
        self.run(&format!("select campaign_track_visit('{code}', '{session}', visited_at => '{at}')"));
    }

    /// One more session of the superuser.
    pub fn client(&self) -> Client {
        Client { session: self.db.session(), words: self.words.clone() }
    }

    /// A session of a new login, which belongs to the given roles (`""`: to none).
    pub fn login(&self, name: &str, roles: &str) -> Client {
        Client { session: self.db.login(name, roles), words: self.words.clone() }
    }

    /// What a role made by [`Shop::login`] is called.
    pub fn role(&self, name: &str) -> String {
        format!("{}_{name}", self.db.name())
    }

    /// Has a client run a statement, and once this question about it is answered by yes, or it is done, does something else.
    fn watch(&self, client: &mut Client, sql: &str, question: &str, then: impl FnOnce()) -> Outcome {
        let question = format!(
            "select coalesce((select bool_or({question}) from pg_locks where pid = {} and not granted), false)",
            client.session.pid()
        );
        thread::scope(|scope| {
            let running = scope.spawn(move || client.attempt(sql));
            let mut waited = false;
            while !waited && !running.is_finished() {
                waited = self.db.show(&question) == "t";
                thread::sleep(Duration::from_millis(1));
            }
            then();
            Outcome { answer: running.join().expect("the client's thread ends"), waited }
        })
    }

    /// Has a client run a statement, and once it waits for a lock, or is done, does something else.
    #[track_caller]
    pub fn meanwhile(&self, client: &mut Client, sql: &str, then: impl FnOnce()) -> Outcome {
        self.watch(client, sql, "true", then)
    }

    /// Has a client run a statement that must succeed, and not wait until a lock is let go or its time is up.
    #[track_caller]
    pub fn passes(&self, client: &mut Client, sql: &str) -> String {
        let outcome = self.watch(client, sql, "clock_timestamp() - waitstart > interval '0.5 seconds'", || {});
        assert!(!outcome.waited, "should not wait for a lock: {sql}");
        outcome.answer.unwrap_or_else(|failure| panic!("{sql}\nfailed: {failure:?}"))
    }

    /// Has a client run a statement that must wait for what is done then, and succeed.
    #[track_caller]
    pub fn waits(&self, client: &mut Client, sql: &str, then: impl FnOnce()) -> String {
        let outcome = self.meanwhile(client, sql, then);
        assert!(outcome.waited, "should wait for a lock: {sql}");
        outcome.answer.unwrap_or_else(|failure| panic!("{sql}\nfailed: {failure:?}"))
    }

    /// Counts what happened so far into the snapshots, so that what comes must correct them.
    #[track_caller]
    pub fn fold(&self) {
        self.run("select campaign_snapshot()");
    }

    /// What is recorded of each order: number, campaign, session, currency, revenue when placed, total, refunded, net.
    #[track_caller]
    pub fn recorded(&self) -> String {
        self.show(&format!(
            "select concat_ws(' ', {}, c.tracking_code, k.session_id, k.currency, trim_scale(k.revenue), trim_scale(k.order_total),
                     trim_scale(k.refunded), trim_scale(k.net_revenue), case when k.cancelled_at is not null then 'cancelled' end)
               from campaign_conversions k join campaigns c on c.id = k.campaign_id order by {0}",
            number_of("k.order_id")
        ))
    }

    /// Which customer each recorded order names, `number customer`; a guest's order is not there.
    #[track_caller]
    pub fn buyers(&self) -> String {
        let (order, customer) = (number_of("k.order_id"), number_of("k.customer_id"));
        self.show(&format!(
            "select {order} || ' ' || {customer} from campaign_conversions k where k.customer_id is not null order by {order}"
        ))
    }

    /// The customers that campaigns have won, `number campaign`.
    #[track_caller]
    pub fn customers(&self) -> String {
        let number = number_of("u.id");
        self.show(&format!(
            "select {number} || ' ' || c.tracking_code
               from customers u join campaigns c on c.id = u.acquisition_campaign_id order by {number}"
        ))
    }

    /// The campaigns that the orders themselves name, `number campaign`.
    #[track_caller]
    pub fn marks(&self) -> String {
        let number = number_of("o.id");
        self.show(&format!(
            "select {number} || ' ' || coalesce(c.tracking_code, 'none')
               from orders o left join campaigns c on c.id = o.campaign_id order by {number}"
        ))
    }

    /// The failures that wait, `number sqlstate`.
    #[track_caller]
    pub fn failures(&self) -> String {
        self.show(&format!(
            "select coalesce({0}::text, 'nobody') || ' ' || sqlstate from campaign_attribution_failures order by {0} nulls first",
            number_of("order_id")
        ))
    }

    /// Tries them again: `number resolved`.
    #[track_caller]
    pub fn retry(&self) -> String {
        self.show(&format!(
            "select concat_ws(' ', {0}, resolved) from campaign_retry_failures() order by {0}",
            number_of("order_id")
        ))
    }

    /// Has the conversion of an order refused from now on.
    #[track_caller]
    pub fn refuse_conversion_of(&self, number: u32) {
        self.run(&format!(
            "alter table campaign_conversions add constraint refused check ({} <> {number}) not valid",
            number_of("order_id")
        ));
    }

    /// Takes that back.
    #[track_caller]
    pub fn refuse_no_more(&self) {
        self.run("alter table campaign_conversions drop constraint refused");
    }

    /// What must hold at the end of every story: nothing waits to be repaired; orders, conversions, visits and customers say
    /// the same; the snapshots equal what they were made from.
    #[track_caller]
    pub fn is_sound(&self) {
        let is_installed = self.show("select to_regclass('campaign.campaign_conversions') is not null");
        if is_installed == "f" {
            return;
        }
        assert_eq!(
            self.show("select order_id, step, sqlstate, message from campaign_attribution_failures"),
            "",
            "failures"
        );
        assert_eq!(
            self.show(
                "select k.order_id, k.campaign_id, v.campaign_id, k.session_id, v.session_id, v.converted, v.attributed_order_id
                   from campaign_conversions k left join campaign_visits v on v.id = k.visit_id
                  where (k.campaign_id, k.session_id) is distinct from (v.campaign_id, v.session_id)
                     or not v.converted or v.attributed_order_id is null"
            ),
            "",
            "conversions and their visits differ"
        );
        self.marks_agree();
        for _ in 0..2 {
            assert_eq!(self.show("select * from campaign_verify_snapshots()"), "", "snapshots");
            assert_eq!(
                self.show("select coalesce(sum(conversions), 0) from campaign_roi()"),
                self.show("select count(*) from campaign_conversions where cancelled_at is null"),
                "the report and the conversions"
            );
            self.fold();
        }
    }

    /// The columns of ours in the shop's tables say what is recorded.
    #[track_caller]
    fn marks_agree(&self) {
        let attached = self.show("select orders, customers from campaign_status()");
        let Some((orders, customers)) = attached.split_once('|').filter(|(orders, _)| *orders != "null") else {
            return;
        };
        let has = |table: &str, column: &str| {
            let found =
                format!("select from pg_attribute where attrelid = to_regclass('{table}') and attname = '{column}'");
            !self.without_columns.get() && self.show(&format!("select exists ({found})")) == "t"
        };
        if has(orders, "visit_id") {
            // What was deleted stays recorded as cancelled. An order that took such a key without coming by that visit is another one.
            assert_eq!(
                self.show(&format!(
                    "select o.id, o.campaign_id, o.visit_id, k.order_id, k.campaign_id, k.visit_id, k.cancelled_at
                       from {orders} o full join campaign_conversions k on k.order_id::text = o.id::text
                      where case
                              when o.id is null then k.cancelled_at is null
                              when k.cancelled_at is not null and num_nonnulls(o.campaign_id, o.visit_id) = 0
                              then to_jsonb(o) ->> 'session_id' = k.session_id
                              else (o.campaign_id, o.visit_id) is distinct from (k.campaign_id, k.visit_id)
                            end"
                )),
                "",
                "orders and their conversions differ"
            );
        }
        if has(customers, "acquisition_campaign_id") {
            assert_eq!(
                self.show(&format!(
                    "select u.id, u.acquisition_campaign_id, array_agg(k.campaign_id)
                       from {customers} u left join campaign_conversions k on k.customer_id::text = u.id::text
                      group by 1, 2
                     having not bool_or(u.acquisition_campaign_id is not distinct from k.campaign_id)"
                )),
                "",
                "customers and their conversions differ"
            );
        }
    }
}
