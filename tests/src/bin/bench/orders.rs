//! Orders: what the triggers add to an INSERT, one by one and 10,000 at once.

use std::time::Instant;

use crate::load::{CLIENTS, Commit, Pages, Script, script};
use crate::report::{Goal, Row, Unit};
use crate::shopper::Shopper;
use crate::stage::{CUSTOMERS, FIRST, SESSIONS, Stage, Tables, key};
use crate::turns::{Effort, Side, compare, in_turns};

const ORDER: Script = script!("order.sql");
const APPLICATION: Script = script!("application_order.sql");
const BARE_INSERT: Script = script!("bare_insert_order.sql");

/// Orders in one statement.
const BULK: u32 = 10_000;

/// Against what an application would send instead, and against the INSERT without triggers.
pub fn one_by_one(stage: &Stage, effort: Effort) -> Vec<Row> {
    by_many_clients(stage, effort, Pages::Whole)
}

/// The same where the log is told pages compressed, on all sides.
pub fn one_by_one_compressed(stage: &Stage, effort: Effort) -> Vec<Row> {
    by_many_clients(stage, effort, Pages::Compressed)
}

fn by_many_clients(stage: &Stage, effort: Effort, pages: Pages) -> Vec<Row> {
    let measure = |commit: Commit| {
        let sides = [
            Side::new("order INSERT with triggers", || {
                stage.ready_for_orders(Tables::Ours);
                let tps = run(stage, effort, commit, pages, &ORDER, Tables::Ours);
                check_credited(stage, Tables::Ours);
                tps
            }),
            Side::new("five statements of an application", || {
                stage.ready_for_orders(Tables::Bare);
                let tps = run(stage, effort, commit, pages, &APPLICATION, Tables::Bare);
                check_credited(stage, Tables::Bare);
                tps
            }),
            Side::new("bare INSERT", || {
                stage.ready_for_bare_orders();
                run(stage, effort, commit, pages, &BARE_INSERT, Tables::Bare)
            }),
        ];
        let title = match pages {
            Pages::Whole => format!("orders, synchronous_commit {}", commit.setting()),
            Pages::Compressed => {
                format!("orders, synchronous_commit {}, wal_compression {}", commit.setting(), pages.setting())
            }
        };
        let figures = in_turns(&title, Unit::Tps, effort.rounds, &sides);
        let (application_goal, bare_goal) = match commit {
            Commit::Waits => (2.2, 0.5),
            Commit::DoesNotWait => (2.5, 0.35),
        };
        [(1, application_goal), (2, bare_goal)].map(|(other, goal)| {
            compare(title.clone(), Unit::Tps, Goal::AtLeast(goal), &figures[0], &figures[other], sides[other].what)
        })
    };
    Commit::BOTH.map(measure).into_iter().flatten().collect()
}

/// One INSERT of many orders, each of another session, against the same without triggers.
pub fn all_at_once(stage: &Stage, effort: Effort) -> Vec<Row> {
    stage.session().run(&format!(
        "drop table if exists prepared_orders;
         create unlogged table prepared_orders as
         select ({customer})::uuid as customer_id, 129.90 as total, {session} as session_id
           from generate_series({FIRST}, {FIRST} + {BULK} - 1) n;
         analyze prepared_orders",
        customer = key("4000-9000", &format!("{FIRST} + abs(hashint8(n)::bigint) % {CUSTOMERS}")),
        session = key("4000-8000", &format!("{FIRST} + (n - {FIRST}) * {}", SESSIONS / BULK)),
    ));
    let sides = [
        Side::new("with triggers", || {
            stage.ready_for_orders(Tables::Ours);
            let took = insert_all(stage, Tables::Ours);
            check_credited(stage, Tables::Ours);
            took
        }),
        Side::new("the same without triggers", || {
            stage.ready_for_bare_orders();
            insert_all(stage, Tables::Bare)
        }),
    ];
    let name = "10,000 orders in one INSERT (time)".to_owned();
    // The first statement of a connection also loads the extension and prepares its plans.
    for side in &sides {
        (side.run)();
    }
    let figures = in_turns(&name, Unit::Ms, effort.statements(), &sides);
    vec![compare(name, Unit::Ms, Goal::AtMost(3.0), &figures[0], &figures[1], sides[1].what)]
}

/// How a thousand orders come.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Thousand {
    InOneInsert,
    InOneTransaction,
    OneByOne,
}

/// A thousand orders in one statement, one by one in one transaction, and in as many transactions, credited at INSERT and
/// at COMMIT, against none.
pub fn a_thousand(stage: &Stage, effort: Effort) -> Vec<Row> {
    let ways = [
        (Thousand::InOneInsert, "in one INSERT", [4.0, 5.0]),
        (Thousand::InOneTransaction, "one by one in one transaction", [5.0, 5.0]),
        (Thousand::OneByOne, "one by one", [2.9, 2.9]),
    ];
    let mut rows = Vec::new();
    for (place, at) in ["insert", "commit"].into_iter().enumerate() {
        stage
            .session()
            .run(&format!("select campaign_install(orders => 'orders', customers => 'customers', at => '{at}')"));
        for (way, how, goals) in ways {
            let sides = [
                Side::new("with triggers", || place_a_thousand(stage, Tables::Ours, way)),
                Side::new("the same without triggers", || place_a_thousand(stage, Tables::Bare, way)),
            ];
            let name = format!("1,000 orders {how}, at => '{at}' (time)");
            let figures = in_turns(&name, Unit::Ms, effort.statements(), &sides);
            rows.push(compare(name, Unit::Ms, Goal::AtMost(goals[place]), &figures[0], &figures[1], sides[1].what));
        }
    }
    stage.session().run("select campaign_install(orders => 'orders', customers => 'customers')");
    rows
}

/// Places them on a connection of its own; the milliseconds from the first to the end of the last commit.
fn place_a_thousand(stage: &Stage, tables: Tables, way: Thousand) -> f64 {
    const ORDERS: u32 = 1_000;
    /// Orders before those that count: the first of a connection also loads the extension and prepares its plans.
    const ORDERS_BEFORE: u32 = 10;
    match tables {
        Tables::Ours => stage.ready_for_orders_of(Tables::Ours, SESSIONS / 10),
        Tables::Bare => stage.ready_for_bare_orders(),
    }
    let mut shopper = Shopper::come(stage, tables);
    shopper.many(0, ORDERS_BEFORE);
    (ORDERS_BEFORE..2 * ORDERS_BEFORE).for_each(|number| shopper.order(number));
    let (first, end) = (2 * ORDERS_BEFORE, 2 * ORDERS_BEFORE + ORDERS);
    let start = Instant::now();
    match way {
        Thousand::InOneInsert => shopper.many(first, ORDERS),
        Thousand::InOneTransaction => {
            shopper.transaction("begin");
            (first..end).for_each(|number| shopper.order(number));
            shopper.transaction("commit");
        }
        Thousand::OneByOne => (first..end).for_each(|number| shopper.order(number)),
    }
    let took = start.elapsed();
    assert_eq!(stage.count(&format!("select count(*) from {}", tables.orders())), u64::from(end));
    if tables == Tables::Ours {
        check_credited(stage, tables);
    }
    took.as_secs_f64() * 1000.0
}

fn insert_all(stage: &Stage, tables: Tables) -> f64 {
    let statement = format!(
        "insert into {} (customer_id, total, session_id) select customer_id, total, session_id from prepared_orders",
        tables.orders()
    );
    let start = Instant::now();
    stage.session().run(&statement);
    let took = start.elapsed();
    assert_eq!(stage.count(&format!("select count(*) from {}", tables.orders())), u64::from(BULK));
    took.as_secs_f64() * 1000.0
}

fn run(stage: &Stage, effort: Effort, commit: Commit, pages: Pages, script: &Script, tables: Tables) -> f64 {
    let last_customer = FIRST + u64::from(CUSTOMERS) - 1;
    let load = stage.load_by(
        CLIENTS,
        script,
        commit,
        pages,
        effort.seconds,
        &[
            ("first_customer", &FIRST.to_string()),
            ("last_customer", &last_customer.to_string()),
            ("first_session", &FIRST.to_string()),
            ("sessions", &SESSIONS.to_string()),
            ("sessions_of_client", &(SESSIONS / CLIENTS).to_string()),
            ("placed", "0"),
        ],
    );
    let orders = stage.count(&format!("select count(*) from {}", tables.orders()));
    assert_eq!(orders, load.transactions, "each transaction should have placed one order");
    load.tps
}

/// Every order must have its conversion, every conversion its visit, every customer the campaign that won them.
pub fn check_credited(stage: &Stage, tables: Tables) {
    let (visits, conversions, orders, customers) =
        (tables.visits(), tables.conversions(), tables.orders(), tables.customers());
    let not_credited = stage.count(&format!(
        "select count(*)
           from {orders} o
           left join {conversions} c on c.order_id = o.id and c.visit_id = o.visit_id and c.campaign_id = o.campaign_id
           left join {visits} v on v.id = c.visit_id and v.session_id = o.session_id and v.converted
           left join {customers} k on k.id = o.customer_id and k.acquisition_campaign_id is not null
          where c.id is null or v.id is null or k.id is null"
    ));
    assert_eq!(not_credited, 0, "every order should be credited, or its time says nothing");
}
