//! Clicks: `campaign_track_visit`, every session a new one.

use crate::load::{Commit, Script, script};
use crate::report::{Goal, Row, Unit};
use crate::stage::{CAMPAIGNS, FIRST, Stage, Tables};
use crate::turns::{Effort, Side, compare, in_turns};

const CLICK: Script = script!("click.sql");
const BARE_INSERT: Script = script!("bare_insert_visit.sql");

/// Against an INSERT of the same row into a copy of the table.
pub fn against_bare_insert(stage: &Stage, effort: Effort) -> Vec<Row> {
    let measure = |commit: Commit| {
        let name = format!("clicks, synchronous_commit {}", commit.setting());
        let sides = [
            Side::new("campaign_track_visit", || run(stage, effort, commit, &CLICK, Tables::Ours, CAMPAIGNS)),
            Side::new("bare INSERT", || run(stage, effort, commit, &BARE_INSERT, Tables::Bare, CAMPAIGNS)),
        ];
        let figures = in_turns(&name, Unit::Tps, effort.rounds, &sides);
        compare(name, Unit::Tps, Goal::AtLeast(0.9), &figures[0], &figures[1], sides[1].what)
    };
    Commit::BOTH.map(measure).into()
}

/// All clicks on one campaign against clicks on any of them.
pub fn one_campaign_against_all(stage: &Stage, effort: Effort) -> Vec<Row> {
    let measure = |commit: Commit| {
        let name = format!("clicks on one campaign, synchronous_commit {}", commit.setting());
        let sides = [
            Side::new("clicks on one campaign", || run(stage, effort, commit, &CLICK, Tables::Ours, 1)),
            Side::new("clicks spread over 200", || run(stage, effort, commit, &CLICK, Tables::Ours, CAMPAIGNS)),
        ];
        let figures = in_turns(&name, Unit::Tps, effort.rounds, &sides);
        compare(name, Unit::Tps, Goal::AtLeast(0.9), &figures[0], &figures[1], sides[1].what)
    };
    Commit::BOTH.map(measure).into()
}

fn run(stage: &Stage, effort: Effort, commit: Commit, script: &Script, tables: Tables, campaigns: u32) -> f64 {
    stage.ready_for_clicks(tables);
    let visits = format!("select count(*) from {}", tables.visits());
    let before = stage.count(&visits);
    let last = FIRST + u64::from(campaigns) - 1;
    let load = stage.load(
        script,
        commit,
        effort.seconds,
        &[("first_campaign", &FIRST.to_string()), ("last_campaign", &last.to_string())],
    );
    assert_eq!(stage.count(&visits) - before, load.transactions, "each click should have made one visit");
    load.tps
}
