//! The shim: durable clicks over HTTP, how long they take, what a report costs more than its SQL, memory and start.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use pg_campaign_tests::shim::{KEY, grant_login};
use postgres::NoTls;

use crate::load::{Commit, Pages, Script, script};
use crate::loader::{self, Burst, Pace};
use crate::report::{Goal, Row, Unit, grouped};
use crate::stage::{CAMPAIGNS, FIRST, Stage, Tables};
use crate::turns::{Effort, Side, compare, in_turns, median};
use crate::without_database;

const BARE_INSERT: Script = script!("bare_insert_visit.sql");

/// Browsers at once, and pgbench's clients.
const CONNECTIONS: u32 = 64;

/// Starts that are measured.
const STARTS: usize = 5;

/// Reports asked for, one after the other, each way.
const REPORTS: usize = 200;

/// The login of the shim.
const LOGIN: &str = "bench_shim";

/// A server of ours in a process of its own; it is told to end with this value.
struct Process {
    child: Child,
    address: SocketAddr,
    took: Duration,
}

impl Process {
    /// Starts it, and waits until it answers.
    fn start(command: impl FnOnce(SocketAddr) -> Command) -> Process {
        let free = TcpListener::bind("127.0.0.1:0").and_then(|socket| socket.local_addr());
        let address = free.expect("there is a free port");
        let mut command = command(address);
        let started = Instant::now();
        let child =
            command.stdin(Stdio::null()).spawn().unwrap_or_else(|error| panic!("cannot run {command:?}: {error}"));
        let mut process = Process { child, address, took: Duration::ZERO };
        while TcpStream::connect(address).is_err() {
            assert!(matches!(process.child.try_wait(), Ok(None)), "{command:?} has ended");
            assert!(started.elapsed() < Duration::from_secs(30), "{command:?} does not listen");
            thread::sleep(Duration::from_millis(1));
        }
        process.took = started.elapsed();
        process
    }

    fn shim(stage: &Stage) -> Process {
        let program = beside("campaign-shim");
        assert!(program.exists(), "{} is missing: run make build first", program.display());
        Process::start(|address| {
            let mut command = Command::new(program);
            command
                .args(["--listen", &address.to_string(), "--database-url", &stage.url(LOGIN), "--admin-key", KEY])
                .args(["--rate-limit", "0", "--total-rate-limit", "0", "--snapshot-every", "0", "--log", "warn"]);
            command
        })
    }

    /// The least an axum server does for the same request.
    fn without_database() -> Process {
        Process::start(|address| {
            let mut command = Command::new(std::env::current_exe().expect("this program has a file"));
            command.args([without_database::ARGUMENT, &address.to_string()]);
            command
        })
    }

    /// Resident memory, in MiB.
    fn memory(&self) -> f64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kilobytes = line.and_then(|line| line.split_whitespace().next()?.parse::<f64>().ok());
        kilobytes.expect("the system tells the memory of a running process") / 1024.0
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // As an operator stops it; the signal cannot miss, because nobody has waited for the child yet.
        let told = Command::new("kill").arg(self.child.id().to_string()).status();
        assert!(told.is_ok_and(|status| status.success()), "the server cannot be told to end");
        drop(self.child.wait());
    }
}

/// A program that was built with this one.
fn beside(name: &str) -> PathBuf {
    std::env::current_exe().expect("this program has a file").with_file_name(name)
}

pub fn all(stage: &Stage, effort: Effort) -> Vec<Row> {
    grant_login(stage.session(), LOGIN);
    let (mut rows, clicks, memory) = clicks(stage, effort);
    rows.push(latency(stage, effort, clicks / 2.0));
    rows.push(report(stage, effort));
    rows.push(memory);
    rows.push(start(stage));
    rows
}

/// Every answer to a click comes after its commit, and every session is a new one. Also the clicks a second, and the
/// row that tells the shim's memory after them.
fn clicks(stage: &Stage, effort: Effort) -> (Vec<Row>, f64, Row) {
    let memory = std::cell::Cell::new((0, 0.0));
    let sides = [
        Side::new("POST /campaigns/track-visit", || {
            stage.ready_for_clicks(Tables::Ours);
            let shim = Process::shim(stage);
            let burst = counted(stage, || loader::run(shim.address, CONNECTIONS, effort.seconds, Pace::Full));
            memory.set((burst.requests, shim.memory()));
            drop(shim);
            stage.wait_until_alone();
            burst.per_second
        }),
        Side::new("bare INSERT, 64 clients", || {
            stage.ready_for_clicks(Tables::Bare);
            let last = FIRST + u64::from(CAMPAIGNS) - 1;
            let variables = [("first_campaign", &*FIRST.to_string()), ("last_campaign", &*last.to_string())];
            stage.load_by(CONNECTIONS, &BARE_INSERT, Commit::Waits, Pages::Whole, effort.seconds, &variables).tps
        }),
        Side::new("an axum route without a database", || {
            let server = Process::without_database();
            loader::run(server.address, CONNECTIONS, effort.seconds, Pace::Full).per_second
        }),
    ];
    let title = "clicks over HTTP, synchronous_commit on";
    let figures = in_turns(title, Unit::Tps, effort.rounds, &sides);
    let rows = [(1, Goal::AtLeast(1.5)), (2, Goal::AtLeast(0.8))].map(|(other, goal)| {
        compare(title.to_owned(), Unit::Tps, goal, &figures[0], &figures[other], sides[other].what)
    });
    let (requests, mebibytes) = memory.get();
    let memory = absolute(
        &format!("memory of the shim after {} clicks", grouped(requests as f64)),
        Goal::AtMost(40.0),
        mebibytes,
        "MiB",
    );
    (rows.into(), median(&figures[0]), memory)
}

/// Each click that was answered is one visit more.
fn counted(stage: &Stage, burst: impl FnOnce() -> Burst) -> Burst {
    let visits = "select count(*) from campaign_visits";
    let before = stage.count(visits);
    let burst = burst();
    assert_eq!(stage.count(visits) - before, burst.requests, "each answered click should have made one visit");
    burst
}

/// Clicks come evenly, whether those before are answered or not.
fn latency(stage: &Stage, effort: Effort, per_second: f64) -> Row {
    stage.ready_for_clicks(Tables::Ours);
    let shim = Process::shim(stage);
    let burst = counted(stage, || loader::run(shim.address, CONNECTIONS, effort.seconds, Pace::PerSecond(per_second)));
    drop(shim);
    stage.wait_until_alone();
    let name = format!("99 % of clicks answered, at {} a second, within", grouped(burst.per_second));
    absolute(&name, Goal::AtMost(25.0), burst.percentile(0.99), "ms")
}

/// One reader, who asks again when answered; the same SQL beside it, prepared.
fn report(stage: &Stage, effort: Effort) -> Row {
    stage.ready_for_clicks(Tables::Ours);
    let campaign = stage.session().show("select id from campaigns order by id limit 1");
    let shim = Process::shim(stage);
    let mut client = postgres::Client::connect(&stage.url(LOGIN), NoTls).expect("the server takes connections");
    client.batch_execute("set role campaign_analyst; set timezone = 'UTC'").expect("the login may take the role");
    let statement = client
        .prepare(&format!("select campaign_analytics(campaign_id => '{campaign}')::text"))
        .expect("the statement is valid");
    let mut sql = || {
        let start = Instant::now();
        let row = client.query_one(&statement, &[]).expect("the report is made");
        assert!(row.get::<_, String>(0).contains("metrics"));
        start.elapsed()
    };
    let mut browser = loader::Browser::connect(shim.address);
    let request =
        format!("GET /campaigns/{campaign}/analytics HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {KEY}\r\n\r\n");
    let mut http = || {
        let start = Instant::now();
        browser.ask(request.as_bytes());
        start.elapsed()
    };
    let mut figures = (Vec::new(), Vec::new());
    for round in 0..REPORTS * effort.rounds as usize {
        let (ours, theirs) = (http(), sql());
        // The first ones prepare their plans.
        if round >= 20 {
            figures.0.push(ours.as_secs_f64() * 1000.0);
            figures.1.push(theirs.as_secs_f64() * 1000.0);
        }
    }
    drop(client);
    drop(shim);
    stage.wait_until_alone();
    let (ours, theirs) = (median(&figures.0), median(&figures.1));
    Row {
        name: "GET /campaigns/{id}/analytics adds, ms".to_owned(),
        measured: ours - theirs,
        goal: Goal::AtMost(1.0),
        ours: format!("{ours:.2} ms"),
        theirs: format!("{theirs:.2} ms"),
        against: "its SQL alone",
        pairs: None,
    }
}

fn start(stage: &Stage) -> Row {
    let times: Vec<f64> = (0..STARTS).map(|_| Process::shim(stage).took.as_secs_f64() * 1000.0).collect();
    stage.wait_until_alone();
    absolute("start of the shim until it listens", Goal::AtMost(200.0), median(&times), "ms")
}

/// A figure that is compared with its goal alone.
fn absolute(name: &str, goal: Goal, figure: f64, unit: &str) -> Row {
    Row {
        name: format!("{name}, {unit}"),
        measured: figure,
        goal,
        ours: format!("{figure:.1} {unit}"),
        theirs: String::new(),
        against: "",
        pairs: None,
    }
}
