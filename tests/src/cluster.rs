//! A private PostgreSQL: its own directory, its own socket, no network.

use std::io::Write;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, OnceLock};
use std::time::{Duration, Instant};

use crate::database::Session;

/// Where Debian keeps the programs of PostgreSQL 15.
pub const PROGRAMS: &str = "/usr/lib/postgresql/15/bin";

/// Directories of clusters are named after the process they belong to. Short, because a socket's path may have 107 bytes.
const PREFIX: &str = "/tmp/pgct-";

/// Waits for the end of its input, which is the end of the test process, then stops the server and removes its files.
const GUARD: &str = r#"
trap '' INT HUP TERM
cat >/dev/null
if read -r pid <"$1/data/postmaster.pid"; then kill -QUIT "$pid"; while kill -0 "$pid"; do sleep 0.05; done; fi
rm -rf "$1"
"#;

const SETTINGS: &str = "
listen_addresses = ''
unix_socket_permissions = 0777
max_connections = 150
max_prepared_transactions = 10
fsync = off
full_page_writes = off
autovacuum = off
jit = off
statement_timeout = '60s'
timezone = 'UTC'
search_path = 'public, campaign'
log_line_prefix = '%m [%p] %q%u@%d '
";

/// A running PostgreSQL that ends with this process, however that ends.
pub struct Cluster {
    directory: PathBuf,
    /// Connected to the database postgres.
    admin: Mutex<Option<Session>>,
    _guard: Child,
}

impl Cluster {
    /// The cluster that all tests of a run share.
    pub fn shared() -> &'static Cluster {
        static SHARED: OnceLock<Cluster> = OnceLock::new();
        SHARED.get_or_init(Cluster::start)
    }

    /// A new cluster, for a test that stops and starts its server.
    pub fn start() -> Cluster {
        static STARTED: AtomicU32 = AtomicU32::new(0);
        remove_left_overs();
        let number = STARTED.fetch_add(1, Ordering::Relaxed);
        let directory = PathBuf::from(format!("{PREFIX}{}-{number}", std::process::id()));
        std::fs::create_dir(&directory).expect("a directory for the cluster can be made");
        if is_root() {
            succeed(Command::new("chown").arg("postgres:").arg(&directory));
        }
        let guard = guard(&directory);
        let data = directory.join("data");
        succeed(program("initdb").args(["--no-sync", "--auth=trust", "--username=postgres"]).args([
            "--encoding=UTF8",
            "--locale=C.UTF-8",
            "--pgdata",
            path(&data),
        ]));
        let mut settings = std::fs::OpenOptions::new()
            .append(true)
            .open(data.join("postgresql.conf"))
            .expect("the settings of the new cluster can be opened");
        writeln!(settings, "{SETTINGS}unix_socket_directories = '{}'", directory.display())
            .expect("the settings can be written");
        let cluster = Cluster { directory, admin: Mutex::new(None), _guard: guard };
        cluster.resume();
        let available = cluster
            .admin(|admin| admin.show("select count(*) from pg_available_extensions where name = 'pg_campaign'"));
        assert_eq!(available, "1", "the extension is not installed into PostgreSQL 15: run make build first");
        cluster
    }

    /// Starts the server again after [`Cluster::halt`].
    pub fn resume(&self) {
        let log = self.directory.join("server.log");
        succeed(program("pg_ctl").args(["start", "--wait", "--silent"]).args([
            "--pgdata",
            path(&self.directory.join("data")),
            "--log",
            path(&log),
        ]));
        *self.admin_lock() = Some(Session::open(&self.url("postgres", "postgres")));
    }

    /// Stops the server as an operator would, its clients cut off.
    pub fn halt(&self) {
        *self.admin_lock() = None;
        succeed(
            program("pg_ctl")
                .args(["stop", "--wait", "--silent", "--mode=fast"])
                .args(["--pgdata", path(&self.directory.join("data"))]),
        );
    }

    /// Ends every process of the server at once, as a loss of power would.
    pub fn kill(&self) {
        *self.admin_lock() = None;
        let file = self.directory.join("data/postmaster.pid");
        let text = std::fs::read_to_string(&file).expect("the running server tells its process id");
        let postmaster: u32 = text.lines().next().and_then(|line| line.parse().ok()).expect("it is a number");
        // A stopped postmaster starts no process that would be missed.
        signal("STOP", &[postmaster]);
        wait_until("the server stops", || matches!(process(postmaster), None | Some(('T', _))));
        let mut processes = vec![postmaster];
        processes.extend(
            std::fs::read_dir("/proc")
                .expect("processes can be listed")
                .flatten()
                .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
                .filter(|&pid| process(pid).is_some_and(|(_, parent)| parent == postmaster)),
        );
        signal("KILL", &processes);
        wait_until("the server's processes end", || {
            processes.iter().all(|&pid| matches!(process(pid), None | Some(('Z', _))))
        });
        // As long as nobody took note of the postmaster's end, its id in these would pass for that of a running server.
        for file in [file, self.directory.join(".s.PGSQL.5432.lock")] {
            std::fs::remove_file(file).expect("a dead server's files can be removed");
        }
    }

    /// Does something as the superuser in the database postgres.
    pub fn admin<T>(&self, work: impl FnOnce(&Session) -> T) -> T {
        let mut admin = self.admin_lock();
        work(admin.get_or_insert_with(|| Session::open(&self.url("postgres", "postgres"))))
    }

    /// The connection string of a database for a login.
    pub fn url(&self, database: &str, user: &str) -> String {
        format!("postgresql:///{database}?host={}&port=5432&user={user}", path(&self.directory).replace('/', "%2F"))
    }

    /// A directory that the server may read and write, gone with the cluster.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// Runs one of PostgreSQL's client programs as the superuser; its standard output.
    pub fn run(&self, name: &str, arguments: &[&str]) -> String {
        let mut command = clean(Command::new(format!("{PROGRAMS}/{name}")));
        command.args(["-h", path(&self.directory), "-p", "5432", "-U", "postgres"]).args(arguments);
        succeed(&mut command)
    }

    fn admin_lock(&self) -> std::sync::MutexGuard<'_, Option<Session>> {
        self.admin.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// One of PostgreSQL's server programs, run as the system user postgres when we are root.
fn program(name: &str) -> Command {
    let file = format!("{PROGRAMS}/{name}");
    if !is_root() {
        return clean(Command::new(file));
    }
    let mut command = Command::new("runuser");
    command.args(["-u", "postgres", "--", &file]);
    clean(command)
}

/// Takes from a command's environment what could lead it to another server or make a server add backtraces to errors.
fn clean(mut command: Command) -> Command {
    for (variable, _) in std::env::vars_os() {
        if variable.to_string_lossy().starts_with("PG") {
            command.env_remove(variable);
        }
    }
    command.env_remove("RUST_BACKTRACE").env_remove("RUST_LIB_BACKTRACE").env("LC_ALL", "C.UTF-8").current_dir("/");
    command
}

/// Runs a program to its end, which must be a good one; its standard output.
#[track_caller]
fn succeed(command: &mut Command) -> String {
    let output =
        command.stdin(Stdio::null()).output().unwrap_or_else(|error| panic!("cannot run {command:?}: {error}"));
    assert!(
        output.status.success(),
        "{command:?} failed:\n{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Sends a signal to processes, some of which may have ended already.
fn signal(name: &str, processes: &[u32]) {
    let ids = processes.iter().map(u32::to_string);
    let status = Command::new("sh")
        .args(["-c", "kill -s \"$@\" || true", "signal", name])
        .args(ids)
        .stderr(Stdio::null())
        .status()
        .expect("sh can be run");
    assert!(status.success());
}

/// The state and the parent of a process as /proc tells them; `None` when there is no such process.
fn process(pid: u32) -> Option<(char, u32)> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let mut fields = text.rsplit_once(')')?.1.split_whitespace();
    Some((fields.next()?.chars().next()?, fields.next()?.parse().ok()?))
}

#[track_caller]
fn wait_until(what: &str, done: impl Fn() -> bool) {
    let start = Instant::now();
    while !done() {
        assert!(start.elapsed() < Duration::from_secs(30), "waited too long until {what}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

fn guard(directory: &Path) -> Child {
    Command::new("sh")
        .args(["-c", GUARD, "guard", path(directory)])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .process_group(0)
        .spawn()
        .expect("sh can be run")
}

/// Ends what a run left whose guard was killed too.
fn remove_left_overs() {
    static ONCE: OnceLock<()> = OnceLock::new();
    ONCE.get_or_init(|| {
        let entries = std::fs::read_dir("/tmp").into_iter().flatten().flatten();
        for directory in entries.map(|entry| entry.path()) {
            let owner = path(&directory).strip_prefix(PREFIX).and_then(|rest| rest.split('-').next());
            if owner.is_some_and(|pid| !Path::new("/proc").join(pid).exists()) {
                // Its input ends at once.
                let mut guard = guard(&directory);
                drop(guard.stdin.take());
                let _ = guard.wait();
            }
        }
    });
}

fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0)
}

fn path(path: &Path) -> &str {
    path.to_str().expect("paths of clusters are plain")
}
