//! Two sides measured in turns, so that a slow minute of the machine slows both.

use crate::report::{Goal, Row, Unit};

/// How long and how often to measure.
#[derive(Clone, Copy)]
pub struct Effort {
    /// Seconds of each run that count.
    pub seconds: u32,
    /// Runs of each side.
    pub rounds: u32,
}

impl Effort {
    /// Statements of each side where one statement is a run: they are quick, and vary more.
    pub fn statements(self) -> u32 {
        self.rounds.max(5)
    }
}

/// One side of a comparison: what is done, and a way to do it once that answers its figure.
pub struct Side<'a> {
    pub what: &'static str,
    pub run: Box<dyn Fn() -> f64 + 'a>,
}

impl<'a> Side<'a> {
    pub fn new(what: &'static str, run: impl Fn() -> f64 + 'a) -> Side<'a> {
        Side { what, run: Box::new(run) }
    }
}

/// Runs all sides in turns, `rounds` times each; the figures of each side in the order of its runs.
pub fn in_turns(title: &str, unit: Unit, rounds: u32, sides: &[Side<'_>]) -> Vec<Vec<f64>> {
    eprintln!("{title}");
    let mut figures = vec![Vec::new(); sides.len()];
    for round in 1..=rounds {
        for (side, figures) in sides.iter().zip(&mut figures) {
            let figure = (side.run)();
            eprintln!("  {round}/{rounds}  {:<42} {:>14}", side.what, unit.show(figure));
            figures.push(figure);
        }
    }
    figures
}

/// The row of the report that compares our figures with those of another side. Its ratio is the median of those of
/// neighbouring runs: when the machine is faster for a while, it is so for both of them.
pub fn compare(name: String, unit: Unit, goal: Goal, ours: &[f64], theirs: &[f64], against: &'static str) -> Row {
    let pairs: Vec<f64> = ours.iter().zip(theirs).map(|(ours, theirs)| ours / theirs).collect();
    Row {
        name,
        measured: median(&pairs),
        goal,
        ours: unit.show(median(ours)),
        theirs: unit.show(median(theirs)),
        against,
        pairs: Some(range(&pairs)),
    }
}

/// Runs two sides in many short turns, and answers the row of the report that compares what they take when nobody disturbs
/// them, in the way of `compared`: other programs only ever add to it, so that is the lower quartile of the turns of each.
pub fn compare_undisturbed(
    name: &str,
    unit: Unit,
    goal: Goal,
    turns: u32,
    sides: &[Side<'_>; 2],
    compared: fn(f64, f64) -> f64,
) -> Row {
    eprintln!("{name}");
    let pairs: Vec<[f64; 2]> = (0..turns).map(|_| sides.each_ref().map(|side| (side.run)())).collect();
    let [ours, theirs] = [0, 1].map(|side| quartile(&pairs.iter().map(|pair| pair[side]).collect::<Vec<_>>()));
    for (side, figure) in sides.iter().zip([ours, theirs]) {
        eprintln!("  {turns} turns  {:<42} {:>10}", side.what, unit.show(figure));
    }
    Row {
        name: name.to_owned(),
        measured: compared(ours, theirs),
        goal,
        ours: unit.show(ours),
        theirs: unit.show(theirs),
        against: sides[1].what,
        pairs: Some(range(&pairs.iter().map(|[ours, theirs]| compared(*ours, *theirs)).collect::<Vec<_>>())),
    }
}

fn range(figures: &[f64]) -> (f64, f64) {
    (figures.iter().copied().fold(f64::INFINITY, f64::min), figures.iter().copied().fold(f64::NEG_INFINITY, f64::max))
}

pub fn median(figures: &[f64]) -> f64 {
    let mut sorted = figures.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    if sorted.len() % 2 == 1 { sorted[middle] } else { (sorted[middle - 1] + sorted[middle]) / 2.0 }
}

/// The figure that a quarter of them lies below.
fn quartile(figures: &[f64]) -> f64 {
    let mut sorted = figures.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted[sorted.len() / 4]
}
