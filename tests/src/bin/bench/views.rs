//! Page views: `campaign_update_activity` on live sessions.

use std::cell::Cell;

use crate::load::{Commit, Script, script};
use crate::report::{Goal, Row, Unit, grouped};
use crate::stage::{FIRST, Stage, Tables};
use crate::turns::{Effort, Side, compare, in_turns};

const VIEW: Script = script!("page_view.sql");
const BARE_UPDATE: Script = script!("bare_update_visit.sql");

/// Sessions that look at pages.
const LIVE_SESSIONS: u32 = 20_000;

/// Updates of a table, and how many of them were heap-only.
#[derive(Clone, Copy, Default)]
struct Updates {
    all: u64,
    hot: u64,
}

/// Against an UPDATE of the same columns by the primary way to find a visit; and whether our updates are heap-only.
pub fn against_bare_update(stage: &Stage, effort: Effort) -> Vec<Row> {
    let ours = Cell::new(Updates::default());
    let measure = |commit: Commit| {
        let name = format!("page views, synchronous_commit {}", commit.setting());
        let sides = [
            Side::new("campaign_update_activity", || {
                let (tps, updates) = run(stage, effort, commit, &VIEW, Tables::Ours);
                let before = ours.get();
                ours.set(Updates { all: before.all + updates.all, hot: before.hot + updates.hot });
                tps
            }),
            Side::new("bare HOT UPDATE", || run(stage, effort, commit, &BARE_UPDATE, Tables::Bare).0),
        ];
        let figures = in_turns(&name, Unit::Tps, effort.rounds, &sides);
        compare(name, Unit::Tps, Goal::AtLeast(0.9), &figures[0], &figures[1], sides[1].what)
    };
    let mut rows: Vec<Row> = Commit::BOTH.map(measure).into();
    let Updates { all, hot } = ours.get();
    rows.push(Row {
        name: "page views that are HOT updates".to_owned(),
        measured: hot as f64 / all as f64,
        goal: Goal::All,
        ours: grouped(hot as f64),
        theirs: grouped(all as f64),
        against: "page views",
        pairs: None,
    });
    rows
}

fn run(stage: &Stage, effort: Effort, commit: Commit, script: &Script, tables: Tables) -> (f64, Updates) {
    stage.ready_for_views(tables, LIVE_SESSIONS);
    let before = updates(stage, tables);
    let last = FIRST + u64::from(LIVE_SESSIONS) - 1;
    let load = stage.load(
        script,
        commit,
        effort.seconds,
        &[("first_session", &FIRST.to_string()), ("last_session", &last.to_string())],
    );
    let after = updates(stage, tables);
    let made = Updates { all: after.all - before.all, hot: after.hot - before.hot };
    assert_eq!(made.all, load.transactions, "each page view should have updated one visit");
    (load.tps, made)
}

fn updates(stage: &Stage, tables: Tables) -> Updates {
    let count = |column: &str| {
        stage.count(&format!("select {column} from pg_stat_user_tables where relname = '{}'", tables.visits()))
    };
    Updates { all: count("n_tup_upd"), hot: count("n_tup_hot_upd") }
}
