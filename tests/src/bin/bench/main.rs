//! `make bench`: what tracking and attribution cost, as ratios to the bare work, from one run on one private cluster.
//!
//! The figures of a machine are its own and change by the minute; the ratio of two figures that were measured in turns
//! tells more. Every measurement starts from freshly filled, vacuumed tables and a checkpoint.

mod clicks;
mod cpu;
mod http;
mod load;
mod loader;
mod orders;
mod report;
mod reports;
mod shopper;
mod stage;
mod turns;
mod views;
mod without_database;

use clap::{Arg, ArgAction, Command, value_parser};

use report::Row;
use stage::Stage;
use turns::Effort;

/// A measurement's name, what it measures, and how.
type Measurement = (&'static str, &'static str, fn(&Stage, Effort) -> Vec<Row>);

const MEASUREMENTS: [Measurement; 10] = [
    ("clicks", "single campaign_track_visit calls against a bare INSERT of the same row", clicks::against_bare_insert),
    ("hot", "clicks on one campaign against clicks spread over all", clicks::one_campaign_against_all),
    (
        "views",
        "campaign_update_activity against a bare HOT UPDATE, and the share of HOT updates",
        views::against_bare_update,
    ),
    (
        "orders",
        "order INSERTs with triggers against an application's own statements and a bare INSERT",
        orders::one_by_one,
    ),
    ("compressed", "the same with wal_compression = lz4 on all sides", orders::one_by_one_compressed),
    (
        "cpu",
        "CPU and WAL of one order, of one without a session, and of an UPDATE, against the same without triggers",
        |stage, _| cpu::all(stage),
    ),
    ("bulk", "10,000 orders in one INSERT with triggers against the same without", orders::all_at_once),
    ("reports", "reports over the visits of make bench-data against plain SQL, and what snapshots cost", reports::all),
    ("http", "the shim: durable clicks by 64 browsers, their times, reports, memory and start", http::all),
    (
        "thousand",
        "1,000 orders in one INSERT, in one transaction and one by one, credited at INSERT and at COMMIT, against none",
        orders::a_thousand,
    ),
];

fn main() {
    let given: Vec<String> = std::env::args().skip(1).collect();
    if let [argument, address] = &given[..]
        && argument == without_database::ARGUMENT
    {
        return without_database::serve(address);
    }
    let arguments = command().get_matches();
    let effort = Effort {
        seconds: arguments.get_one("seconds").copied().expect("seconds has a default"),
        rounds: arguments.get_one("rounds").copied().expect("rounds has a default"),
    };
    let wanted: Vec<&String> = arguments.get_many("only").into_iter().flatten().collect();

    let load_before = load_average();
    eprintln!("preparing a private PostgreSQL and {} visits ...", report::grouped(f64::from(stage::SESSIONS)));
    let stage = Stage::set();
    let mut rows = Vec::new();
    for (name, _, measure) in MEASUREMENTS {
        if wanted.is_empty() || wanted.iter().any(|wanted| *wanted == name) {
            rows.extend(measure(&stage, effort));
        }
    }

    println!("{}", stage.describe());
    if let Some(load_before) = load_before {
        println!("load average of the machine before this run: {load_before} (1, 5 and 15 minutes)");
    }
    println!();
    print!("{}", report::table(&rows));
    println!();
    println!("{}", legend(effort));
}

fn legend(effort: Effort) -> String {
    format!(
        "pg_campaign and its counterpart ran in turns, {} s at a time ({} runs each for 1,000 and 10,000 orders).
The figures are medians of {} runs. The ratio is the median of the ratios of neighbouring runs, and \"pairs\" is
the lowest and the highest of them: they lie far apart when other programs kept the machine busy.
CPU is the time of the backend on a processor (/proc/<pid>/schedstat) for each of the statements that one client sends one
by one, prepared, with synchronous_commit off, after 6,000 to warm up: the lower quartile of 48 turns of 500, because
others only ever add to it; WAL is what the log grew by meanwhile. Of the orders about a fifth are their customer's first.",
        effort.seconds,
        effort.statements(),
        effort.rounds,
    )
}

fn command() -> Command {
    let measurements: String =
        MEASUREMENTS.iter().map(|(name, meaning, _)| format!("\n  {name:<10} {meaning}")).collect();
    Command::new("bench")
        .about("Measures what tracking and attribution cost, as ratios to the bare work, on a private PostgreSQL")
        .after_help(format!("Measurements:{measurements}\n\nThe exit code is 0 whether or not the goals are met."))
        .arg(
            Arg::new("seconds")
                .long("seconds")
                .value_name("N")
                .help("How long each run is measured, after a second to warm up")
                .value_parser(value_parser!(u32).range(1..=3600))
                .default_value("5"),
        )
        .arg(
            Arg::new("rounds")
                .long("rounds")
                .value_name("N")
                .help("How many runs of each side, taken in turns")
                .value_parser(value_parser!(u32).range(1..=100))
                .default_value("3"),
        )
        .arg(
            Arg::new("only")
                .long("only")
                .value_name("NAME")
                .help("Measure only this; may be repeated")
                .value_parser(MEASUREMENTS.map(|(name, _, _)| name))
                .action(ArgAction::Append),
        )
}

fn load_average() -> Option<String> {
    let text = std::fs::read_to_string("/proc/loadavg").ok()?;
    Some(text.split(' ').take(3).collect::<Vec<_>>().join(" "))
}
