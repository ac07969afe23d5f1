//! Load on the server, by pgbench.

use std::process::{Command, Stdio};

use pg_campaign_tests::cluster::PROGRAMS;

use crate::stage::{DATABASE, Stage};

/// Connections that work at once.
pub const CLIENTS: u32 = 16;

/// What every browser of the bench sends, the same on both sides.
pub const LANDING_PAGE: &str =
    "https://shop.example/products/linen-summer-dress?utm_source=instagram&utm_medium=social&utm_campaign=BENCH";
pub const USER_AGENT: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) \
                              Version/17.5 Mobile/15E148 Safari/604.1";
pub const REFERRER: &str = "https://l.instagram.com/";

/// A script of pgbench, by its file's name.
pub struct Script {
    pub name: &'static str,
    pub text: &'static str,
}

/// The script in the file of this name.
macro_rules! script {
    ($name:literal) => {
        $crate::load::Script { name: $name, text: include_str!(concat!("scripts/", $name)) }
    };
}
pub(crate) use script;

/// Whether a commit waits for the disk.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Commit {
    Waits,
    DoesNotWait,
}

impl Commit {
    pub const BOTH: [Commit; 2] = [Commit::Waits, Commit::DoesNotWait];

    /// The value of synchronous_commit.
    pub fn setting(self) -> &'static str {
        match self {
            Commit::Waits => "on",
            Commit::DoesNotWait => "off",
        }
    }
}

/// What the log is told of a page that changes for the first time after a checkpoint.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Pages {
    /// All of it: how PostgreSQL is delivered.
    Whole,
    /// All of it, compressed.
    Compressed,
}

impl Pages {
    /// The value of wal_compression.
    pub fn setting(self) -> &'static str {
        match self {
            Pages::Whole => "off",
            Pages::Compressed => "lz4",
        }
    }
}

/// What a run came to.
pub struct Load {
    /// Transactions a second, the first second left out.
    pub tps: f64,
    /// All transactions, those of the first second too.
    pub transactions: u64,
}

impl Stage {
    /// Runs a script on all connections, prepared, for a second to warm up and `seconds` that count. The tables should
    /// be ready and a checkpoint done. Returns when the connections are gone and their statistics are counted.
    pub fn load(&self, script: &Script, commit: Commit, seconds: u32, variables: &[(&str, &str)]) -> Load {
        self.load_by(CLIENTS, script, commit, Pages::Whole, seconds, variables)
    }

    /// The same on so many connections, which log pages in this way.
    pub fn load_by(
        &self,
        clients: u32,
        script: &Script,
        commit: Commit,
        pages: Pages,
        seconds: u32,
        variables: &[(&str, &str)],
    ) -> Load {
        let file = self.directory().join(script.name);
        std::fs::write(&file, script.text).expect("a script can be written beside the cluster");
        let mut command = Command::new(format!("{PROGRAMS}/pgbench"));
        for (variable, _) in std::env::vars_os() {
            if variable.to_string_lossy().starts_with("PG") {
                command.env_remove(variable);
            }
        }
        command
            .env("LC_ALL", "C.UTF-8")
            .env(
                "PGOPTIONS",
                format!("-c synchronous_commit={} -c wal_compression={}", commit.setting(), pages.setting()),
            )
            .args(["--no-vacuum", "--protocol=prepared", "--progress=1", "--username=postgres", "--port=5432"])
            .arg(format!("--client={clients}"))
            .arg(format!("--jobs={}", cores().min(clients)))
            .arg(format!("--time={}", seconds + 1))
            .arg("--host")
            .arg(self.directory())
            .arg("--file")
            .arg(&file);
        let texts = [("landing_page", LANDING_PAGE), ("user_agent", USER_AGENT), ("referrer", REFERRER)];
        for (name, value) in texts.iter().chain(variables) {
            command.arg("--define").arg(format!("{name}={value}"));
        }
        let output = command
            .arg(DATABASE)
            .stdin(Stdio::null())
            .output()
            .unwrap_or_else(|error| panic!("cannot run pgbench: {error}"));
        let told = String::from_utf8_lossy(&output.stdout);
        let progress = String::from_utf8_lossy(&output.stderr);
        let failed: Option<u64> = number_after(&told, "number of failed transactions: ");
        assert!(output.status.success() && failed == Some(0), "{} failed:\n{told}{progress}", script.name);
        let load =
            Load::read(&told, &progress).unwrap_or_else(|| panic!("cannot read what pgbench tells:\n{told}{progress}"));
        self.wait_until_alone();
        load
    }
}

impl Load {
    /// From pgbench's report and its progress lines, such as `progress: 1.0 s, 4523.1 tps, lat 3.534 ms ...`. In the
    /// time before the first of them connections load the extension and prepare their plans.
    fn read(told: &str, progress: &str) -> Option<Load> {
        let transactions: u64 = number_after(told, "number of transactions actually processed: ")?;
        let tps: f64 = number_after(told, "\ntps = ")?;
        let mut first = progress.lines().find_map(|line| line.strip_prefix("progress: "))?.split(' ');
        let warm_up: f64 = first.next()?.parse().ok()?;
        let warm_up_tps: f64 = first.nth(1)?.parse().ok()?;
        let all = transactions as f64;
        Some(Load { tps: (all - warm_up * warm_up_tps) / (all / tps - warm_up), transactions })
    }
}

fn number_after<T: std::str::FromStr>(text: &str, words: &str) -> Option<T> {
    let (_, rest) = text.split_once(words)?;
    rest.split(|character: char| !character.is_ascii_digit() && character != '.').next()?.parse().ok()
}

/// Processors that this process may use.
pub fn cores() -> u32 {
    std::thread::available_parallelism().ok().and_then(|cores| u32::try_from(cores.get()).ok()).unwrap_or(1)
}
