//! What the operator can set, by flag or environment variable.

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::{Parser, ValueEnum};

use crate::errors::StartError;

/// Where `make up` leaves the admin key of a development checkout.
const LOCAL_ADMIN_KEY: &str = ".local/admin.key";

/// HTTP shim of pg_campaign: tracking, campaigns and reports over JSON, each request one SQL function
///
/// Durations are written as 500ms, 15s, 2m. The login in the database URL must be a member of the roles
/// campaign_tracker, campaign_analyst and campaign_admin.
#[derive(Clone, Debug, Parser)]
#[command(name = "campaign-shim", version)]
pub struct Config {
    /// Address and port to listen on; port 0 takes any free port
    #[arg(
        long,
        env = "CAMPAIGN_LISTEN",
        default_value = "127.0.0.1:8080",
        value_name = "ADDRESS"
    )]
    pub listen: String,

    /// Database to connect to, e.g. postgresql://user@host/db or postgresql:///db?host=/socket/directory&user=x
    #[arg(long, env = "DATABASE_URL", hide_env_values = true, value_name = "URL")]
    pub database_url: String,

    /// Key of the administrator; prefer the environment or a file, other users of the machine can read the flag
    #[arg(
        long,
        env = "CAMPAIGN_ADMIN_KEY",
        hide_env_values = true,
        value_name = "KEY"
    )]
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
    #[arg(
        long,
        env = "CAMPAIGN_TRUSTED_PROXIES",
        default_value_t = 0,
        value_name = "N"
    )]
    pub trusted_proxies: u8,

    /// Origin of a shop whose pages may call the public routes, e.g. https://shop.example; repeat for more, or * for any
    #[arg(
        long = "allow-origin",
        env = "CAMPAIGN_ALLOW_ORIGIN",
        value_delimiter = ',',
        value_name = "ORIGIN"
    )]
    pub allow_origin: Vec<String>,

    /// Form of the log on standard error
    #[arg(long, env = "CAMPAIGN_LOG_FORMAT", value_enum, default_value_t = LogFormat::Plain)]
    pub log_format: LogFormat,

    /// What to log: error, warn, info, debug (each request), or target=level pairs with commas between
    #[arg(
        long,
        env = "CAMPAIGN_LOG",
        default_value = "info",
        value_name = "FILTER"
    )]
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
    /// The administrator's key: the flag or variable, else the named file, else `.local/admin.key`; `None` when there
    /// is none of them. A file that cannot be read and an empty key are errors.
    pub(crate) fn admin_key(&self) -> Result<Option<String>, StartError> {
        let key = match (&self.admin_key, &self.admin_key_file) {
            (Some(key), _) => key.clone(),
            (None, Some(file)) => read_key(file)?,
            (None, None) if Path::new(LOCAL_ADMIN_KEY).exists() => {
                read_key(Path::new(LOCAL_ADMIN_KEY))?
            }
            (None, None) => return Ok(None),
        };
        match key.trim() {
            "" => Err(StartError::new("the admin key is empty")),
            key => Ok(Some(key.to_owned())),
        }
    }
}

fn read_key(file: &Path) -> Result<String, StartError> {
    std::fs::read_to_string(file).map_err(|error| {
        StartError::new(format!(
            "cannot read the admin key from {}: {error}",
            file.display()
        ))
    })
}

fn connections() -> clap::builder::RangedI64ValueParser<u16> {
    clap::value_parser!(u16).range(1..)
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
        Config::parse_from(
            [
                &["campaign-shim", "--database-url", "postgresql:///shop"],
                more,
            ]
            .concat(),
        )
    }

    #[test]
    fn the_command_line_is_consistent() {
        use clap::CommandFactory;
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
    fn durations_have_units_and_bounds() {
        assert_eq!(duration("500ms"), Ok(Duration::from_millis(500)));
        assert!(duration("0s").is_err());
        assert!(duration("2 days").is_err());
        assert!(duration("5").is_err());
    }
}
