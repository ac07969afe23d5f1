//! Random lives of a shop, in each of its modes: what is recorded is what the rules say (`lives/oracle.rs`), whatever
//! happened, in whatever order, and whatever failed meanwhile.
//!
//! `LIVES=10000` plays so many instead of the few of an ordinary run, `LIVES_FROM=1` from which seed on, and
//! `LIVES_SEED=7` only the one that a failure named. `LIVES_NOW` is the moment around which they were drawn, which the
//! failure tells too.

mod generator;
mod oracle;
mod player;
mod story;

use std::time::{Instant, SystemTime};

use player::{Difference, Stage};
use story::{History, Mode, Moment, Placed, Refunds, Shop, Step, Transaction};

/// How many lives an ordinary run plays in each mode.
const LIVES: u64 = 120;

/// After how many failed lives a run ends.
const MOST_FAILURES: usize = 3;

/// How often a failed life is played again to find out what of it matters.
const MOST_REPETITIONS: usize = 400;

fn number(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{name}={text} is not a number")))
}

/// The shops of a mode, which take turns.
fn shops(mode: Mode) -> [Shop; 4] {
    let shop = |refunds, placed, maps_currency, can_break| Shop { mode, refunds, placed, maps_currency, can_break };
    [
        shop(Refunds::Column, Placed::PaidOrShipped, true, true),
        shop(Refunds::Parts, Placed::AllButCarts, true, false),
        shop(Refunds::Calls, Placed::All, false, false),
        shop(Refunds::Parts, Placed::All, true, true),
    ]
}

fn lives(mode: Mode) {
    let now = number("LIVES_NOW").and_then(|now| now.try_into().ok()).unwrap_or_else(|| {
        let since = SystemTime::UNIX_EPOCH.elapsed().map_or(0, |since| since.as_secs());
        Moment::try_from(since).unwrap_or_default() / 3_600 * story::HOUR
    });
    let seeds = match number("LIVES_SEED") {
        Some(seed) => seed..seed + 1,
        None => {
            let from = number("LIVES_FROM").unwrap_or(1);
            from..from + number("LIVES").map_or(LIVES, |lives| lives.div_ceil(3))
        }
    };
    let most_failures = number("LIVES_FAILURES").and_then(|most| most.try_into().ok()).unwrap_or(MOST_FAILURES);
    let mut stages: Vec<Stage> = shops(mode).into_iter().map(|shop| Stage::new(shop, now)).collect();
    let mut failed = Vec::new();
    let start = Instant::now();
    let mut transactions = 0;
    for (seed, played) in seeds.zip(1..) {
        let place = usize::try_from(seed % 4).unwrap_or_default();
        let stage = &mut stages[place];
        let history = generator::history(seed, shops(mode)[place], now);
        transactions += history.transactions.len();
        if let Err(difference) = stage.play(&history) {
            let (history, difference) = distilled(stage, history, difference);
            failed.push(format!(
                "LIVES_SEED={seed} LIVES_NOW={now} ({mode:?})\n{}\n{}",
                stage.script(&history),
                difference.what
            ));
            println!("{}\n", failed[failed.len() - 1]);
            if failed.len() >= most_failures {
                break;
            }
        }
        if played % 500 == 0 {
            println!("{mode:?}: {played} lives in {:?}, at seed {seed}", start.elapsed());
        }
    }
    println!("{mode:?}: {transactions} transactions in {:?}", start.elapsed());
    assert!(failed.is_empty(), "{} lives went wrong:\n\n{}", failed.len(), failed.join("\n\n"));
}

/// What of a failed life is needed for it to fail: transactions and steps are left out while it still does.
fn distilled(stage: &mut Stage, mut history: History, mut difference: Difference) -> (History, Difference) {
    history.transactions.truncate(difference.after);
    let mut repetitions = 0;
    loop {
        let before = repetitions;
        let mut has_shrunk = false;
        let mut size = history.transactions.len().div_ceil(2);
        while size > 0 {
            let mut end = history.transactions.len();
            while end > 0 {
                let begin = end.saturating_sub(size);
                let mut less = history.clone();
                less.transactions.drain(begin..end);
                has_shrunk |= fails(stage, &mut history, less, &mut difference, &mut repetitions);
                end = begin.min(history.transactions.len());
            }
            size /= 2;
        }
        for place in (0..history.transactions.len()).rev() {
            // The difference may have come earlier since.
            let Some(transaction) = history.transactions.get(place) else { continue };
            for steps in smaller(&transaction.steps) {
                let mut less = history.clone();
                less.transactions[place] = Transaction { steps, ..less.transactions[place].clone() };
                if fails(stage, &mut history, less, &mut difference, &mut repetitions) {
                    has_shrunk = true;
                    break;
                }
            }
        }
        if !has_shrunk || repetitions >= MOST_REPETITIONS || before == repetitions {
            return (history, difference);
        }
    }
}

/// Whether less of the life still fails; then it takes its place.
fn fails(
    stage: &mut Stage,
    history: &mut History,
    mut less: History,
    difference: &mut Difference,
    repetitions: &mut usize,
) -> bool {
    if *repetitions >= MOST_REPETITIONS {
        return false;
    }
    *repetitions += 1;
    match stage.play(&less) {
        Ok(_) => false,
        Err(found) => {
            less.transactions.truncate(found.after);
            *history = less;
            *difference = found;
            true
        }
    }
}

/// The steps with one of them left out, or with less in it.
fn smaller(steps: &[Step]) -> Vec<Vec<Step>> {
    let mut all = Vec::new();
    for place in 0..steps.len() {
        if steps.len() > 1 {
            let mut less = steps.to_vec();
            less.remove(place);
            all.push(less);
        }
        let mut put = |step: Step| {
            let mut less = steps.to_vec();
            less[place] = step;
            all.push(less);
        };
        match &steps[place] {
            Step::Sub { steps, is_kept } => {
                for steps in smaller(steps) {
                    put(Step::Sub { steps, is_kept: *is_kept });
                }
            }
            Step::Insert { orders, conflict, by_copy } if orders.len() > 1 => {
                let half = orders.len() / 2;
                for orders in [&orders[..half], &orders[half..]] {
                    put(Step::Insert { orders: orders.to_vec(), conflict: conflict.clone(), by_copy: *by_copy });
                }
                if orders.len() <= 6 {
                    for order in 0..orders.len() {
                        let mut orders = orders.clone();
                        orders.remove(order);
                        put(Step::Insert { orders, conflict: conflict.clone(), by_copy: *by_copy });
                    }
                }
            }
            Step::Update { keys, changes } => {
                if keys.len() > 1 {
                    let half = keys.len() / 2;
                    for keys in [&keys[..half], &keys[half..]] {
                        put(Step::Update { keys: keys.to_vec(), changes: changes.clone() });
                    }
                }
                if changes.len() > 1 {
                    for change in changes {
                        put(Step::Update { keys: keys.clone(), changes: vec![*change] });
                    }
                }
            }
            Step::Delete { keys } if keys.len() > 1 => {
                for key in keys {
                    put(Step::Delete { keys: vec![*key] });
                }
            }
            Step::Poison(poison) if poison.len() > 1 => {
                for one in poison {
                    put(Step::Poison(vec![*one]));
                }
            }
            _ => {}
        }
    }
    all
}

#[test]
fn lives_of_a_shop_that_credits_when_orders_are_inserted() {
    lives(Mode::Insert);
}

#[test]
fn lives_of_a_shop_that_credits_at_commit() {
    lives(Mode::Commit);
}

#[test]
fn lives_of_a_shop_with_partitioned_orders() {
    lives(Mode::Partitions);
}
