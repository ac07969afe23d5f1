//! What orders cost the processor and the log: one client works one by one, and the kernel tells what its backend took.
//! So neither the client nor the disk is counted, and other programs disturb less.

use std::cell::RefCell;

use crate::orders::check_credited;
use crate::report::{Goal, Row, Unit};
use crate::shopper::Shopper;
use crate::stage::{Stage, Tables};
use crate::turns::{Effort, Side, compare, difference, in_turns, median};

/// Orders that count, each of another session.
const ORDERS: u32 = 20_000;

/// Orders before those: the backend knows its plans then, and nearly every page that orders change was written to the log
/// whole.
const ORDERS_BEFORE: u32 = 5_000;

/// Orders that are changed, again and again.
const CHANGED: u32 = 2_000;

/// Credited orders, orders without a session, and changes that say nothing new to us, each against the same without
/// triggers.
pub fn all(stage: &Stage, effort: Effort) -> Vec<Row> {
    let mut rows = credited(stage, effort);
    rows.push(without_session(stage, effort));
    rows.push(changed(stage, effort));
    rows
}

fn credited(stage: &Stage, effort: Effort) -> Vec<Row> {
    let name = "CPU an order, one client".to_owned();
    let logged = [RefCell::default(), RefCell::default()];
    let run = |tables: Tables, logged: &RefCell<Vec<f64>>| {
        match tables {
            Tables::Ours => stage.ready_for_orders_of(tables, ORDERS_BEFORE + ORDERS),
            Tables::Bare => stage.ready_for_bare_orders(),
        }
        let mut shopper = Shopper::come(stage, tables);
        (0..ORDERS_BEFORE).for_each(|number| shopper.order(number));
        let (cpu, log) = (shopper.cpu(), log_position(stage));
        (ORDERS_BEFORE..ORDERS_BEFORE + ORDERS).for_each(|number| shopper.order(number));
        let figure = (shopper.cpu() - cpu) / f64::from(ORDERS);
        logged.borrow_mut().push((log_position(stage) - log) / 1000.0 / f64::from(ORDERS));
        if tables == Tables::Ours {
            check_credited(stage, tables);
        }
        figure
    };
    let sides = [
        Side::new("order INSERT with triggers", || run(Tables::Ours, &logged[0])),
        Side::new("bare INSERT", || run(Tables::Bare, &logged[1])),
    ];
    let figures = in_turns(&name, Unit::Us, effort.rounds, &sides);
    let [ours, theirs] = logged.each_ref().map(|logged| median(&logged.borrow()));
    vec![
        compare(name, Unit::Us, Goal::AtMost(3.0), &figures[0], &figures[1], sides[1].what),
        Row {
            name: "WAL an order after warm-up, kilobytes".to_owned(),
            measured: ours,
            goal: Goal::AtMost(1.5),
            ours: Unit::Kb.show(ours),
            theirs: Unit::Kb.show(theirs),
            against: sides[1].what,
            pairs: None,
        },
    ]
}

fn without_session(stage: &Stage, effort: Effort) -> Row {
    let name = "CPU an order without a session, one client".to_owned();
    let run = |tables: Tables| {
        match tables {
            Tables::Ours => stage.ready_for_orders_of(tables, ORDERS),
            Tables::Bare => stage.ready_for_bare_orders(),
        }
        let mut shopper = Shopper::come(stage, tables);
        (0..ORDERS_BEFORE).for_each(|number| shopper.order_without_session(number));
        let cpu = shopper.cpu();
        (ORDERS_BEFORE..ORDERS_BEFORE + ORDERS).for_each(|number| shopper.order_without_session(number));
        (shopper.cpu() - cpu) / f64::from(ORDERS)
    };
    let sides = [
        Side::new("with triggers", || run(Tables::Ours)),
        Side::new("the same without triggers", || run(Tables::Bare)),
    ];
    let figures = in_turns(&name, Unit::Us, effort.rounds, &sides);
    compare(name, Unit::Us, Goal::AtMost(1.15), &figures[0], &figures[1], sides[1].what)
}

/// An UPDATE by key of a column that nothing is made of, on credited orders.
fn changed(stage: &Stage, effort: Effort) -> Row {
    let name = "CPU an UPDATE that changes nothing of ours".to_owned();
    let run = |tables: Tables| {
        stage.ready_for_changes(CHANGED);
        let keys = stage.session().show(&format!("select id from {}", tables.orders()));
        let keys: Vec<&str> = keys.lines().collect();
        let mut shopper = Shopper::come(stage, tables);
        let mut change_all = |times: u32, note: &str| {
            (0..times).for_each(|_| keys.iter().for_each(|key| shopper.change(key, note)));
            shopper.cpu()
        };
        let before = change_all(4, "packed");
        (change_all(6, "sent") - before) / f64::from(6 * CHANGED)
    };
    let sides = [
        Side::new("with triggers", || run(Tables::Ours)),
        Side::new("the same without triggers", || run(Tables::Bare)),
    ];
    let figures = in_turns(&name, Unit::Us, effort.statements(), &sides);
    difference(
        format!("{name}, microseconds more"),
        Unit::Us,
        Goal::AtMost(3.0),
        &figures[0],
        &figures[1],
        sides[1].what,
    )
}

/// How many bytes the log has had.
fn log_position(stage: &Stage) -> f64 {
    stage.count("select (pg_current_wal_insert_lsn() - '0/0')::bigint") as f64
}
