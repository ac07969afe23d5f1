//! What orders cost the processor and the log: one client works one by one, and the kernel tells what its backend took.
//! So neither the client nor the disk is counted. Both sides are there at once and take many short turns.

use std::cell::RefCell;

use crate::orders::check_credited;
use crate::report::{Goal, Row, Unit};
use crate::shopper::Shopper;
use crate::stage::{Stage, Tables};
use crate::turns::{Side, compare_undisturbed, median};

/// Statements in a turn, and turns of each side.
const TURN: u32 = 500;
const TURNS: u32 = 48;

/// Turns before those: the backend knows its plans then, and nearly every page that orders change was written to the log
/// whole.
const TURNS_BEFORE: u32 = 12;

/// Orders that are changed, again and again.
const CHANGED: u32 = 1_000;

/// Credited orders, orders without a session, and changes that say nothing new to us, each against the same without
/// triggers.
pub fn all(stage: &Stage) -> Vec<Row> {
    let mut rows = credited(stage);
    rows.push(without_session(stage));
    rows.push(changed(stage));
    rows
}

fn credited(stage: &Stage) -> Vec<Row> {
    ready(stage);
    let logged = [RefCell::default(), RefCell::default()];
    let ours = logging(stage, turns(stage, Tables::Ours, Shopper::order), &logged[0]);
    let theirs = logging(stage, turns(stage, Tables::Bare, Shopper::order), &logged[1]);
    let sides = [Side::new("order INSERT with triggers", ours), Side::new("bare INSERT", theirs)];
    let cpu =
        compare_undisturbed("CPU an order", Unit::Us, Goal::AtMost(3.0), TURNS, &sides, |ours, theirs| ours / theirs);
    check_credited(stage, Tables::Ours);
    let [our_log, their_log] = logged.each_ref().map(|logged| median(&logged.borrow()));
    vec![
        cpu,
        Row {
            name: "WAL an order after warm-up, kilobytes".to_owned(),
            measured: our_log,
            goal: Goal::AtMost(1.5),
            ours: Unit::Kb.show(our_log),
            theirs: Unit::Kb.show(their_log),
            against: sides[1].what,
            pairs: None,
        },
    ]
}

fn without_session(stage: &Stage) -> Row {
    ready(stage);
    let sides = [
        Side::new("with triggers", turns(stage, Tables::Ours, Shopper::order_without_session)),
        Side::new("the same without triggers", turns(stage, Tables::Bare, Shopper::order_without_session)),
    ];
    let goal = Goal::AtMost(1.15);
    compare_undisturbed("CPU an order without a session", Unit::Us, goal, TURNS, &sides, |ours, theirs| ours / theirs)
}

/// An UPDATE by key of a column that nothing is made of, on credited orders.
fn changed(stage: &Stage) -> Row {
    stage.ready_for_changes(CHANGED);
    let side = |tables: Tables| {
        let keys = stage.session().show(&format!("select id from {}", tables.orders()));
        let keys: Vec<String> = keys.lines().map(str::to_owned).collect();
        turns(stage, tables, move |shopper, number| {
            shopper.change(&keys[(number % CHANGED) as usize], &format!("parcel {}", number / CHANGED));
        })
    };
    let sides =
        [Side::new("with triggers", side(Tables::Ours)), Side::new("the same without triggers", side(Tables::Bare))];
    let name = "CPU an UPDATE that changes nothing of ours, microseconds more";
    compare_undisturbed(name, Unit::Us, Goal::AtMost(3.0), TURNS, &sides, |ours, theirs| ours - theirs)
}

fn ready(stage: &Stage) {
    stage.ready_for_orders_of(Tables::Ours, (TURNS_BEFORE + TURNS) * TURN);
    stage.ready_for_bare_orders();
}

/// A client that has warmed up, and what one turn of its statements takes: microseconds each.
fn turns<'a>(stage: &Stage, tables: Tables, statement: impl Fn(&mut Shopper, u32) + 'a) -> impl Fn() -> f64 + 'a {
    let mut shopper = Shopper::come(stage, tables);
    (0..TURNS_BEFORE * TURN).for_each(|number| statement(&mut shopper, number));
    let state = RefCell::new((shopper, TURNS_BEFORE * TURN));
    move || {
        let (shopper, next) = &mut *state.borrow_mut();
        let before = shopper.cpu();
        (*next..*next + TURN).for_each(|number| statement(shopper, number));
        *next += TURN;
        (shopper.cpu() - before) / f64::from(TURN)
    }
}

/// A turn that also notes the kilobytes that each of its statements added to the log.
fn logging<'a>(stage: &'a Stage, turn: impl Fn() -> f64 + 'a, logged: &'a RefCell<Vec<f64>>) -> impl Fn() -> f64 + 'a {
    move || {
        let before = log_position(stage);
        let cpu = turn();
        logged.borrow_mut().push((log_position(stage) - before) / 1000.0 / f64::from(TURN));
        cpu
    }
}

/// How many bytes the log has had.
fn log_position(stage: &Stage) -> f64 {
    stage.count("select (pg_current_wal_insert_lsn() - '0/0')::bigint") as f64
}
