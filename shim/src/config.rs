//! What the operator can set, by flag or environment variable.

use std::ffi::OsString;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::{Command, CommandFactory, FromArgMatches, Parser, ValueEnum};

use crate::batch::Bounds;
use crate::errors::StartError;
use crate::limits::{Limits, Rate};

/// Where `make up` leaves the admin key of a development checkout.
const LOCAL_ADMIN_KEY: &str = ".local/admin.key";

/// HTTP shim of pg_campaign: tracking, campaigns and reports over JSON, each request one SQL function
///
/// Durations are written as 500ms, 15s, 2m. The login in the database URL must be a member of the roles
/// campaign_tracker, campaign_analyst and campaign_admin.
#[derive(Clone, Debug, Parser)]
#[command(name = "campaign-shim", version)]
pub struct Config {
    /// File with these settings in TOML, e.g. listen = "0.0.0.0:8080"; flags and environment stand above it
    #[arg(long, env = "CAMPAIGN_CONFIG", value_name = "FILE")]
    pub config: Option<PathBuf>,

    /// Check the settings and the database, say what is wrong, and end
    #[arg(long)]
    pub check: bool,

    /// Address and port to listen on; port 0 takes any free port
    #[arg(long, env = "CAMPAIGN_LISTEN", default_value = "127.0.0.1:8080", value_name = "ADDRESS")]
    pub listen: String,

    /// Database to connect to, e.g. postgresql://user@host/db or postgresql:///db?host=/socket/directory&user=x
    ///
    /// sslmode and sslrootcert stand in it as for other clients of PostgreSQL: sslmode is disable, prefer (the
    /// default), require, verify-ca or verify-full; sslrootcert is a PEM file, else the system's authorities are
    /// trusted. Over a network, use sslmode=verify-full.
    #[arg(long, env = "DATABASE_URL", hide_env_values = true, value_name = "URL")]
    pub database_url: String,

    /// Key of the administrator; prefer the environment or a file, other users of the machine can read the flag
    #[arg(long, env = "CAMPAIGN_ADMIN_KEY", hide_env_values = true, value_name = "KEY")]
    pub admin_key: Option<String>,

    /// File whose content is the key of the administrator [default: .local/admin.key when there is one]
    #[arg(long, env = "CAMPAIGN_ADMIN_KEY_FILE", value_name = "FILE")]
    pub admin_key_file: Option<PathBuf>,

    /// Most database connections for tracking (role campaign_tracker)
    #[arg(long, env = "CAMPAIGN_TRACKER_CONNECTIONS", default_value_t = 8, value_name = "N", value_parser = connections())]
    pub tracker_connections: u16,

    /// Most database connections for reads (role campaign_analyst)
    #[arg(long, env = "CAMPAIGN_ANALYST_CONNECTIONS", default_value_t = 4, value_name = "N", value_parser = connections())]
    pub analyst_connections: u16,

    /// Most database connections for management (role campaign_admin)
    #[arg(long, env = "CAMPAIGN_ADMIN_CONNECTIONS", default_value_t = 2, value_name = "N", value_parser = connections())]
    pub admin_connections: u16,

    /// Longest wait for a new database connection
    #[arg(long, env = "CAMPAIGN_CONNECT_TIMEOUT", default_value = "5s", value_name = "TIME", value_parser = duration)]
    pub connect_timeout: Duration,

    /// Longest wait for a free database connection before a request is answered with 503
    #[arg(long, env = "CAMPAIGN_POOL_TIMEOUT", default_value = "2s", value_name = "TIME", value_parser = duration)]
    pub pool_timeout: Duration,

    /// Longest time a statement may run in the database before the request is answered with 504
    #[arg(long, env = "CAMPAIGN_STATEMENT_TIMEOUT", default_value = "15s", value_name = "TIME", value_parser = duration)]
    pub statement_timeout: Duration,

    /// Longest time to receive the head of a request, and longest idle time of a kept connection
    #[arg(long, env = "CAMPAIGN_HEADER_TIMEOUT", default_value = "15s", value_name = "TIME", value_parser = duration)]
    pub header_timeout: Duration,

    /// Longest time to receive the body of a request before it is answered with 408
    #[arg(long, env = "CAMPAIGN_BODY_TIMEOUT", default_value = "10s", value_name = "TIME", value_parser = duration)]
    pub body_timeout: Duration,

    /// Longest time for a whole request before it is answered with 504
    #[arg(long, env = "CAMPAIGN_REQUEST_TIMEOUT", default_value = "30s", value_name = "TIME", value_parser = duration)]
    pub request_timeout: Duration,

    /// Longest time to finish accepted requests after SIGTERM or SIGINT
    #[arg(long, env = "CAMPAIGN_SHUTDOWN_TIMEOUT", default_value = "30s", value_name = "TIME", value_parser = duration)]
    pub shutdown_timeout: Duration,

    /// Most client connections served at once; more wait to be accepted
    #[arg(long, env = "CAMPAIGN_MAX_CONNECTIONS", default_value_t = 1024, value_name = "N", value_parser = connections())]
    pub max_connections: u16,

    /// Proxies of your own in front of the shim: a visitor's address is taken from X-Forwarded-For, counted this many
    /// hops from the right; 0 ignores the header
    #[arg(long, env = "CAMPAIGN_TRUSTED_PROXIES", default_value_t = 0, value_name = "N")]
    pub trusted_proxies: u8,

    /// Requests a second that one address (IPv6: one /64 network) may send to the public routes; 0 does not limit
    #[arg(long, env = "CAMPAIGN_RATE_LIMIT", default_value_t = 50, value_name = "N")]
    pub rate_limit: u32,

    /// Requests that one address may send at once after a quiet time
    #[arg(long, env = "CAMPAIGN_RATE_BURST", default_value_t = 200, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub rate_burst: u32,

    /// Requests a second that all together may send to the public routes; 0 does not limit
    #[arg(long, env = "CAMPAIGN_TOTAL_RATE_LIMIT", default_value_t = 50_000, value_name = "N")]
    pub total_rate_limit: u32,

    /// Most clicks or page views written in one transaction
    #[arg(long, env = "CAMPAIGN_BATCH_SIZE", default_value_t = 1_000, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub batch_size: u32,

    /// Most clicks, and most page views, that wait to be written; more are answered with 503
    #[arg(long, env = "CAMPAIGN_QUEUE_SIZE", default_value_t = 4_096, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub queue_size: u32,

    /// Batches of clicks, and of page views, that may be in the database at once
    #[arg(long, env = "CAMPAIGN_WRITERS", default_value_t = 1, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=64))]
    pub writers: u16,

    /// How often to fold what was recorded into snapshots; 0 leaves that to others, such as pg_cron
    #[arg(long, env = "CAMPAIGN_SNAPSHOT_EVERY", default_value = "60s", value_name = "TIME", value_parser = duration_or_never)]
    pub snapshot_every: Duration,

    /// Origin of a shop whose pages may call the public routes, e.g. https://shop.example; repeat for more, or * for any
    #[arg(long = "allow-origin", env = "CAMPAIGN_ALLOW_ORIGIN", value_delimiter = ',', value_name = "ORIGIN")]
    pub allow_origin: Vec<String>,

    /// Serve an example shop at /shop/, to try campaigns on; it needs the demo shop's tables
    #[arg(long, env = "CAMPAIGN_EXAMPLE_SHOP")]
    pub example_shop: bool,

    /// Form of the log on standard error
    #[arg(long, env = "CAMPAIGN_LOG_FORMAT", value_enum, default_value_t = LogFormat::Plain)]
    pub log_format: LogFormat,

    /// What to log: error, warn, info, debug (each request), or target=level pairs with commas between
    #[arg(long, env = "CAMPAIGN_LOG", default_value = "info", value_name = "FILTER")]
    pub log: String,
}

/// How a line of the log looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// Text for people.
    Plain,
    /// One JSON object a line.
    Json,
}

impl Config {
    /// Reads flags, environment and the configuration file; ends the process on `--help` and on what is not valid.
    pub fn load() -> Result<Self, StartError> {
        let arguments: Vec<OsString> = std::env::args_os().collect();
        let named =
            Self::command().ignore_errors(true).get_matches_from(&arguments).get_one::<PathBuf>("config").cloned();
        let command = match named {
            Some(file) => with_file(Self::command(), &file)?,
            None => Self::command(),
        };
        let matches = command.get_matches_from(arguments);
        Self::from_arg_matches(&matches).map_err(|error| StartError::new(error.to_string()))
    }

    /// How often the public routes may be called: by one address, and by all.
    pub(crate) fn limits(&self) -> Limits {
        let rate =
            |per_second, burst| Some(Rate { per_second: NonZeroU32::new(per_second)?, burst: NonZeroU32::new(burst)? });
        Limits::new(rate(self.rate_limit, self.rate_burst), rate(self.total_rate_limit, self.total_rate_limit))
    }

    pub(crate) fn bounds(&self) -> Bounds {
        let size = |size: u32| usize::try_from(size).unwrap_or(usize::MAX);
        Bounds { items: size(self.batch_size), queue: size(self.queue_size), writers: usize::from(self.writers) }
    }

    /// The administrator's key: the flag or variable, else the named file, else `.local/admin.key`; `None` when there
    /// is none of them. A file that cannot be read and an empty key are errors.
    pub(crate) fn admin_key(&self) -> Result<Option<String>, StartError> {
        let key = match (&self.admin_key, &self.admin_key_file) {
            (Some(key), _) => key.clone(),
            (None, Some(file)) => read_key(file)?,
            (None, None) if Path::new(LOCAL_ADMIN_KEY).exists() => read_key(Path::new(LOCAL_ADMIN_KEY))?,
            (None, None) => return Ok(None),
        };
        match key.trim() {
            "" => Err(StartError::new("the admin key is empty")),
            key => Ok(Some(key.to_owned())),
        }
    }
}

/// The command with the file's settings as defaults. A setting is named as its flag, with `-` or `_`.
fn with_file(command: Command, file: &Path) -> Result<Command, StartError> {
    let wrong = |what: String| StartError::new(format!("{}: {what}", file.display()));
    let text = std::fs::read_to_string(file).map_err(|error| wrong(error.to_string()))?;
    let settings: toml::Table = text.parse().map_err(|error: toml::de::Error| wrong(error.to_string()))?;
    settings.into_iter().try_fold(command, |command, (name, value)| {
        let id = name.replace('-', "_");
        let is_setting =
            id != "config" && id != "check" && command.get_arguments().any(|arg| arg.get_id() == id.as_str());
        if !is_setting {
            return Err(wrong(format!("there is no setting {name}")));
        }
        let values = setting(value)
            .ok_or_else(|| wrong(format!("{name}: expected a text, a number, true, false, or a list of texts")))?;
        Ok(command.mut_arg(id, |arg| arg.default_values(values).required(false)))
    })
}

fn setting(value: toml::Value) -> Option<Vec<String>> {
    match value {
        toml::Value::String(text) => Some(vec![text]),
        toml::Value::Integer(number) => Some(vec![number.to_string()]),
        toml::Value::Boolean(is_on) => Some(vec![is_on.to_string()]),
        toml::Value::Array(values) => {
            values.into_iter().map(setting).collect::<Option<Vec<_>>>().map(|lists| lists.concat())
        }
        _ => None,
    }
}

fn read_key(file: &Path) -> Result<String, StartError> {
    std::fs::read_to_string(file)
        .map_err(|error| StartError::new(format!("cannot read the admin key from {}: {error}", file.display())))
}

fn connections() -> clap::builder::RangedI64ValueParser<u16> {
    clap::value_parser!(u16).range(1..)
}

fn duration_or_never(text: &str) -> Result<Duration, String> {
    match text.trim() {
        "0" => Ok(Duration::ZERO),
        text => duration(text),
    }
}

fn duration(text: &str) -> Result<Duration, String> {
    match humantime::parse_duration(text) {
        Ok(time) if time < Duration::from_millis(1) => Err("must be at least 1ms".to_owned()),
        Ok(time) if time > Duration::from_secs(86_400) => Err("must be at most one day".to_owned()),
        Ok(time) => Ok(time),
        Err(error) => Err(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(more: &[&str]) -> Config {
        Config::parse_from([&["campaign-shim", "--database-url", "postgresql:///shop"], more].concat())
    }

    #[test]
    fn the_command_line_is_consistent() {
        Config::command().debug_assert();
    }

    #[test]
    fn a_key_file_is_trimmed_and_must_not_be_empty() {
        let file = std::env::temp_dir().join(format!("campaign-shim-key-{}", std::process::id()));
        let path = file.to_str().unwrap();
        std::fs::write(&file, "secret\n").unwrap();
        let given = config(&["--admin-key-file", path]);
        assert_eq!(given.admin_key().unwrap().as_deref(), Some("secret"));
        std::fs::write(&file, " \n").unwrap();
        assert!(given.admin_key().is_err());
        std::fs::remove_file(&file).unwrap();
        assert!(given.admin_key().is_err());
    }

    #[test]
    fn flags_stand_above_the_file() {
        let file = std::env::temp_dir().join(format!("campaign-shim-config-{}", std::process::id()));
        let read = |text: &str, flags: &[&str]| {
            std::fs::write(&file, text).unwrap();
            let command = with_file(Config::command(), &file)?;
            let matches = command.get_matches_from([&["campaign-shim"], flags].concat());
            Ok::<_, StartError>(Config::from_arg_matches(&matches).unwrap())
        };
        let text = "database-url = \"postgresql:///shop\"\nwriters = 2\nexample-shop = true\nallow_origin = [\"https://a.example\", \"https://b.example\"]\npool-timeout = \"3s\"";
        let config = read(text, &["--writers", "3"]).unwrap();
        assert_eq!(config.database_url, "postgresql:///shop");
        assert_eq!(config.writers, 3);
        assert!(config.example_shop);
        assert_eq!(config.allow_origin, ["https://a.example", "https://b.example"]);
        assert_eq!(config.pool_timeout, Duration::from_secs(3));
        for wrong in ["colour = 1", "check = true", "listen = 1.5", "listen ="] {
            assert!(read(wrong, &[]).is_err(), "{wrong}");
        }
        std::fs::remove_file(&file).unwrap();
    }

    #[test]
    fn durations_have_units_and_bounds() {
        assert_eq!(duration("500ms"), Ok(Duration::from_millis(500)));
        assert!(duration("0s").is_err());
        assert!(duration("2 days").is_err());
        assert!(duration("5").is_err());
        assert_eq!(duration_or_never("0"), Ok(Duration::ZERO));
        assert_eq!(duration_or_never("60s"), Ok(Duration::from_secs(60)));
        assert!(duration_or_never("60").is_err());
    }
}
