//! The shim, running inside the test on a port of its own, and a client that sends what a browser or a fool would.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use clap::Parser;
use pg_campaign_shim::Config;
use serde_json::Value;
use tokio::runtime::Runtime;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use ureq::Agent;
use ureq::http::Request;

use crate::contract;
use crate::database::{Database, Session};

/// The administrator's key of every shim here.
pub const KEY: &str = "key-of-the-tests";

/// A running shim; it stops with this value.
pub struct Shim {
    address: String,
    agent: Agent,
    stop: Mutex<Option<oneshot::Sender<()>>>,
    served: JoinHandle<()>,
    runtime: Option<Runtime>,
}

/// What the shim answered.
#[derive(Clone, Debug)]
pub struct Reply {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub text: String,
    /// NULL when the body is not JSON.
    pub json: Value,
}

impl Shim {
    /// Starts one on a database, by a login that has the three roles and nothing else.
    pub fn start(database: &Database) -> Shim {
        let login = format!("{}_shim", database.name());
        grant_login(database, &login);
        Shim::start_on(&database.url(&login), &[])
    }

    /// Starts one on a connection string, with more arguments.
    pub fn start_on(url: &str, more: &[&str]) -> Shim {
        match Shim::try_start(url, more) {
            Ok(shim) => shim,
            Err(error) => panic!("the shim did not start: {error}"),
        }
    }

    /// Starts one, or says why not.
    pub fn try_start(url: &str, more: &[&str]) -> Result<Shim, String> {
        Shim::start_at("127.0.0.1:0", url, more)
    }

    /// Starts one at an address, or says why not.
    pub fn start_at(listen: &str, url: &str, more: &[&str]) -> Result<Shim, String> {
        let mut arguments = vec!["campaign-shim", "--listen", listen, "--admin-key", KEY, "--database-url", url];
        // All tests come from one address, and make their snapshots themselves.
        for setting in ["--rate-limit", "--total-rate-limit", "--snapshot-every"] {
            if !more.contains(&setting) {
                arguments.extend([setting, "0"]);
            }
        }
        arguments.extend(more);
        let config = Config::parse_from(arguments);
        let runtime = Runtime::new().map_err(|error| error.to_string())?;
        let server = runtime.block_on(pg_campaign_shim::build(config)).map_err(|error| error.to_string())?;
        let address = server.address().to_string();
        let (stop, stopped) = oneshot::channel::<()>();
        let served = runtime.spawn(server.run(async {
            let _ = stopped.await;
        }));
        let agent = Agent::new_with_config(
            Agent::config_builder()
                .http_status_as_error(false)
                .max_redirects(0)
                .timeout_global(Some(Duration::from_secs(60)))
                .build(),
        );
        Ok(Shim { address, agent, stop: Mutex::new(Some(stop)), served, runtime: Some(runtime) })
    }

    /// Where it listens.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Tells it to stop, as a signal would.
    pub fn stop(&self) {
        drop(self.stop.lock().unwrap_or_else(PoisonError::into_inner).take());
    }

    /// Whether it has stopped and finished what it had accepted.
    pub fn has_ended(&self) -> bool {
        self.served.is_finished()
    }

    /// Where an address of it is found.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Sends a request with the administrator's key.
    pub fn call(&self, method: &str, path: &str, body: Option<&Value>) -> Reply {
        let body = body.map(|body| body.to_string().into_bytes());
        self.send(method, path, &[("authorization", &format!("Bearer {KEY}"))], body.as_deref())
    }

    pub fn get(&self, path: &str) -> Reply {
        self.call("GET", path, None)
    }

    pub fn post(&self, path: &str, body: &Value) -> Reply {
        self.call("POST", path, Some(body))
    }

    pub fn put(&self, path: &str, body: &Value) -> Reply {
        self.call("PUT", path, Some(body))
    }

    pub fn delete(&self, path: &str) -> Reply {
        self.call("DELETE", path, None)
    }

    /// Sends a request without a key, as a visitor's browser does.
    pub fn browse(&self, path: &str, body: &Value) -> Reply {
        self.send("POST", path, &[], Some(body.to_string().as_bytes()))
    }

    /// Sends a request exactly as told, and holds the answer against the contract; with `Content-Type: application/json` unless told otherwise.
    pub fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: Option<&[u8]>) -> Reply {
        let mut request = Request::builder().method(method).uri(self.url(path));
        if body.is_some() && !headers.iter().any(|(name, _)| *name == "content-type") {
            request = request.header("content-type", "application/json");
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(body.unwrap_or_default().to_vec()).expect("the request can be built");
        let mut response =
            self.agent.run(request).unwrap_or_else(|error| panic!("{method} {path} was not answered: {error}"));
        // A QR code is no text.
        let body = response.body_mut().read_to_vec().expect("the answer can be read");
        let text = String::from_utf8_lossy(&body).into_owned();
        let reply = Reply {
            status: response.status().as_u16(),
            headers: response
                .headers()
                .iter()
                .map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
                .collect(),
            json: serde_json::from_str(&text).unwrap_or_default(),
            text,
        };
        contract::check(method, path, &reply);
        reply
    }
}

impl Drop for Shim {
    fn drop(&mut self) {
        self.stop();
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_timeout(Duration::from_secs(5));
        }
    }
}

/// Makes the shim's login: no right of its own, and membership in the product's roles.
pub fn grant_login(session: &Session, login: &str) {
    let roles = session.show("select string_agg(rolname, ', ') from pg_roles where rolname like 'campaign\\_%'");
    session.run(&format!("create role {login} login noinherit; grant {roles} to {login}"));
}

impl Reply {
    /// The data of a success with this status.
    #[track_caller]
    pub fn data(&self, status: u16) -> &Value {
        assert_eq!(self.status, status, "{}", self.text);
        assert_eq!(self.json["success"], true, "{}", self.text);
        assert!(self.json.get("error").is_none(), "{}", self.text);
        &self.json["data"]
    }

    /// Must be a failure with this status and code, and a message that holds these words and no internals.
    #[track_caller]
    pub fn refused(&self, status: u16, code: &str, words: &str) {
        assert_eq!(self.status, status, "{}", self.text);
        assert_eq!(self.json["success"], false, "{}", self.text);
        assert_eq!(self.json["error"]["code"], code, "{}", self.text);
        assert!(self.json.get("data").is_none(), "{}", self.text);
        let message = self.json["error"]["message"].as_str().unwrap_or_default();
        assert!(message.contains(words), "should speak of {words:?}: {}", self.text);
        for internal in ["SQLSTATE", "PL/pgSQL", "CONTEXT", "_pkey", "_fkey", "::", "select "] {
            assert!(!message.contains(internal), "tells internals: {}", self.text);
        }
    }

    /// The value of a header, `""` without it.
    pub fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }
}
