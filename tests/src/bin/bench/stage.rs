//! The cluster, its tables, and how they are brought back to the same state before every run.

use std::path::Path;
use std::time::{Duration, Instant};

use pg_campaign_tests::{Cluster, Session};

use crate::load::{self, CLIENTS};

pub const DATABASE: &str = "bench";
pub const CAMPAIGNS: u32 = 200;
pub const CUSTOMERS: u32 = 10_000;
/// Sessions with one live visit each, each of which places one order.
pub const SESSIONS: u32 = 200_000;
/// Visits that are there before clicks are measured.
const CLICKED_BEFORE: u32 = 50_000;

/// Keys end in numbers of 12 digits from here on, so that scripts can make them by putting a number behind a text.
pub const FIRST: u64 = 100_000_000_001;

/// Above those of the tests' clusters: a server as a shop would run it, that writes to the disk when it says so. What
/// would work in the background at a time of its own choice is done before each run instead.
const SETTINGS: [(&str, &str); 7] = [
    ("fsync", "on"),
    ("full_page_writes", "on"),
    ("shared_buffers", "1GB"),
    ("max_wal_size", "8GB"),
    ("checkpoint_timeout", "1h"),
    ("autovacuum", "off"),
    ("track_io_timing", "off"),
];

/// The tables that the bare side of each ratio uses: the same columns, constraints, indexes and storage, no triggers.
const COPIES: &str = r#"
do $$
declare
  v_table text;
  v_definition record;
begin
  foreach v_table in array array['campaign_visits', 'campaign_conversions', 'customers', 'orders'] loop
    execute format('create table %I (like %I including all)', 'bare_' || replace(v_table, 'campaign_', ''), v_table);
    for v_definition in
      select format('set (%s)', array_to_string(reloptions, ', ')) as part
        from pg_class where oid = v_table::regclass and reloptions is not null
      union all
      select format('add %s', replace(pg_get_constraintdef(oid), 'REFERENCES customers(', 'REFERENCES bare_customers('))
        from pg_constraint where conrelid = v_table::regclass and contype = 'f'
    loop
      execute format('alter table %I %s', 'bare_' || replace(v_table, 'campaign_', ''), v_definition.part);
    end loop;
  end loop;
end
$$;
create sequence bare_session_no;
"#;

const SHOP: &str = "
create extension pg_campaign;
create table customers (id uuid primary key default gen_random_uuid(), email text not null);
create table orders (
  id uuid primary key default gen_random_uuid(),
  customer_id uuid references customers,
  total numeric not null,
  created_at timestamptz default now(),
  note text
);
select campaign_install(orders => 'orders', customers => 'customers');
";

/// Which tables a run works on.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Tables {
    /// The product's own, the shop attached.
    Ours,
    /// Their copies.
    Bare,
}

impl Tables {
    pub fn visits(self) -> &'static str {
        match self {
            Tables::Ours => "campaign_visits",
            Tables::Bare => "bare_visits",
        }
    }

    pub fn conversions(self) -> &'static str {
        match self {
            Tables::Ours => "campaign_conversions",
            Tables::Bare => "bare_conversions",
        }
    }

    pub fn orders(self) -> &'static str {
        match self {
            Tables::Ours => "orders",
            Tables::Bare => "bare_orders",
        }
    }

    pub fn customers(self) -> &'static str {
        match self {
            Tables::Ours => "customers",
            Tables::Bare => "bare_customers",
        }
    }
}

/// A private PostgreSQL with an attached shop, and a session of its superuser.
pub struct Stage {
    cluster: Cluster,
    session: Session,
}

impl Stage {
    /// Starts the server and makes everything that the runs have in common.
    pub fn set() -> Stage {
        let cluster = Cluster::start();
        for (name, value) in SETTINGS {
            cluster.admin(|admin| admin.run(&format!("alter system set {name} = '{value}'")));
        }
        cluster.halt();
        cluster.resume();
        cluster.admin(|admin| admin.run(&format!("create database {DATABASE}")));
        let session = Session::open(&cluster.url(DATABASE, "postgres"));
        session.run(SHOP);
        session.run(COPIES);
        let stage = Stage { cluster, session };
        stage.prepare_campaigns();
        stage.prepare_visits("prepared_clicks", CLICKED_BEFORE, "gen_random_uuid()");
        stage.prepare_visits("prepared_sessions", SESSIONS, &key("4000-8000", "n"));
        stage.prepare_customers();
        stage
    }

    fn prepare_campaigns(&self) {
        self.session.run(&format!(
            "insert into campaigns (id, name, platform, campaign_type, tracking_code)
             select ({})::uuid, 'Bench ' || n, 'instagram', 'post', 'BENCH_' || n
               from generate_series({FIRST}, {FIRST} + {CAMPAIGNS} - 1) n",
            key("7000-8000", "n")
        ));
        self.tidy(&["campaigns"]);
    }

    /// Live visits in a table to copy from, in an order that has nothing to do with their sessions' ids.
    fn prepare_visits(&self, table: &str, visits: u32, session_id: &str) {
        self.session.run(&format!(
            "create unlogged table {table} (like campaign_visits including defaults);
             insert into {table}
               (id, campaign_id, session_id, session_no, touch_no, ip_address, user_agent, referrer, landing_page,
                country, city, device_type, visited_at, last_activity_at, expires_at)
             select _campaign_uuid(), ({campaign})::uuid, {session_id}, n - {FIRST} + 1, 1, '203.0.113.0', '{user_agent}',
                    '{referrer}', '{landing_page}', 'DE', 'Berlin', 'mobile', now(), now(), now() + interval '30 days'
               from (select n from generate_series({FIRST}, {FIRST} + {visits} - 1) n order by md5(n::text)) n",
            campaign = key("7000-8000", &format!("{FIRST} + n % {CAMPAIGNS}")),
            user_agent = load::USER_AGENT,
            referrer = load::REFERRER,
            landing_page = load::LANDING_PAGE,
        ));
    }

    fn prepare_customers(&self) {
        self.session.run(&format!(
            "create unlogged table prepared_customers as
             select ({})::uuid as id, format('customer-%s@mail.example', n) as email
               from generate_series({FIRST}, {FIRST} + {CUSTOMERS} - 1) n",
            key("4000-9000", "n")
        ));
    }

    /// Visits as if clicks had come in for a while, and nothing else.
    pub fn ready_for_clicks(&self, tables: Tables) {
        self.fill_visits(tables, "prepared_clicks", CLICKED_BEFORE);
        self.tidy(&[tables.visits()]);
    }

    /// One live visit of each of the first `sessions` sessions.
    pub fn ready_for_views(&self, tables: Tables, sessions: u32) {
        self.fill_visits(tables, "prepared_sessions", sessions);
        self.tidy(&[tables.visits()]);
    }

    /// A shop that has customers and no orders, and one live visit of each session that will order.
    pub fn ready_for_orders(&self, tables: Tables) {
        self.ready_for_orders_of(tables, SESSIONS);
    }

    /// The same of the first `sessions` sessions.
    pub fn ready_for_orders_of(&self, tables: Tables, sessions: u32) {
        self.fill_visits(tables, "prepared_sessions", sessions);
        self.session.run(&format!("truncate {}", tables.conversions()));
        self.fill_shop(tables);
        self.tidy(&[tables.visits(), tables.conversions(), tables.orders(), tables.customers()]);
    }

    /// The same without visits, for orders that nobody credits.
    pub fn ready_for_bare_orders(&self) {
        self.fill_shop(Tables::Bare);
        self.tidy(&[Tables::Bare.orders(), Tables::Bare.customers()]);
    }

    /// The same `orders` orders on both sides, ours credited.
    pub fn ready_for_changes(&self, orders: u32) {
        self.ready_for_orders_of(Tables::Ours, orders);
        self.ready_for_bare_orders();
        self.session.run(&format!(
            "insert into orders (customer_id, total, session_id)
             select ({customer})::uuid, 129.90, {session} from generate_series({FIRST}, {FIRST} + {orders} - 1) n;
             insert into bare_orders select * from orders",
            customer = key("4000-9000", &format!("{FIRST} + n % {CUSTOMERS}")),
            session = key("4000-8000", "n"),
        ));
        self.tidy(&["campaign_visits", "campaign_conversions", "orders", "customers", "bare_orders"]);
    }

    fn fill_visits(&self, tables: Tables, from: &str, visits: u32) {
        let table = tables.visits();
        self.session
            .run(&format!("truncate {table}; insert into {table} select * from {from} where session_no <= {visits}"));
    }

    fn fill_shop(&self, tables: Tables) {
        let (orders, customers) = (tables.orders(), tables.customers());
        self.session.run(&format!(
            "truncate {orders}, {customers}; insert into {customers} (id, email) select id, email from prepared_customers"
        ));
    }

    fn tidy(&self, tables: &[&str]) {
        self.session.run(&format!("vacuum (analyze) {}", tables.join(", ")));
        self.session.run("checkpoint");
    }

    /// A session of the superuser in the bench's database.
    pub fn session(&self) -> &Session {
        &self.session
    }

    /// The connection string for a login.
    pub fn url(&self, login: &str) -> String {
        self.cluster.url(DATABASE, login)
    }

    /// A number that a query answers.
    pub fn count(&self, query: &str) -> u64 {
        let answer = self.session.show(query);
        answer.parse().unwrap_or_else(|_| panic!("{query}\nshould answer a number, not {answer:?}"))
    }

    /// Where the server's socket is.
    pub fn directory(&self) -> &Path {
        self.cluster.directory()
    }

    /// Waits until other connections are gone, which is when their statistics are counted.
    pub fn wait_until_alone(&self) {
        let start = Instant::now();
        let others =
            format!("select count(*) from pg_stat_activity where datname = '{DATABASE}' and pid <> pg_backend_pid()");
        while self.count(&others) > 0 {
            assert!(start.elapsed() < Duration::from_secs(30), "connections to the server do not end");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// What was measured, where.
    pub fn describe(&self) -> String {
        let versions =
            self.session.show("select format('pg_campaign %s, %s', version, version()) from campaign_status()");
        let settings = self.session.show(
            "select string_agg(format('%s = %s', name, current_setting(name)), ', ' order by name)
               from unnest(array['fsync', 'full_page_writes', 'shared_buffers', 'max_wal_size', 'wal_level', 'autovacuum',
                                 'jit', 'checkpoint_timeout']) name",
        );
        format!(
            "{versions}\n{} cores, {CLIENTS} clients over a local socket, {} campaigns, {} customers, {} sessions\n{settings}",
            load::cores(),
            CAMPAIGNS,
            crate::report::grouped(f64::from(CUSTOMERS)),
            crate::report::grouped(f64::from(SESSIONS)),
        )
    }
}

/// The SQL expression of a key whose last 12 digits are those of the number `n`.
pub fn key(kind: &str, n: &str) -> String {
    format!("'00000000-0000-{kind}-' || ({n})")
}
