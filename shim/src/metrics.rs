//! What Prometheus is told.

use std::sync::atomic::{AtomicI64, AtomicU64};
use std::time::Duration;

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

use crate::db::{Fold, Status};
use crate::errors::Error;
use crate::router::App;

/// Seconds, from a tracking call on an idle machine to a report on a large shop.
const SECONDS: [f64; 14] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

/// Items a batch.
const ITEMS: [f64; 11] = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0, 1024.0];

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Request {
    route: String,
    method: &'static str,
    status: u16,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Route {
    route: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Kind {
    kind: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Outcome {
    outcome: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Connections {
    role: &'static str,
    state: &'static str,
}

type Histograms<L> = Family<L, Histogram, fn() -> Histogram>;

/// The server's counters. Those of the database are read when they are asked for.
pub struct Metrics {
    registry: Registry,
    requests: Family<Request, Counter>,
    seconds: Histograms<Route>,
    batch_items: Histograms<Kind>,
    batch_seconds: Histograms<Kind>,
    queue: Family<Kind, Gauge>,
    connections: Family<Connections, Gauge>,
    database_up: Gauge,
    failures: Gauge,
    snapshot_turns: Family<Outcome, Counter>,
    snapshot_lag: Gauge<f64, AtomicU64>,
    campaigns: Gauge<i64, AtomicI64>,
    visits: Gauge<i64, AtomicI64>,
    conversions: Gauge<i64, AtomicI64>,
}

impl Metrics {
    pub fn new() -> Self {
        let metrics = Self {
            registry: Registry::with_prefix("campaign"),
            requests: Family::default(),
            seconds: Family::new_with_constructor(|| Histogram::new(SECONDS)),
            batch_items: Family::new_with_constructor(|| Histogram::new(ITEMS)),
            batch_seconds: Family::new_with_constructor(|| Histogram::new(SECONDS)),
            queue: Family::default(),
            connections: Family::default(),
            database_up: Gauge::default(),
            failures: Gauge::default(),
            snapshot_turns: Family::default(),
            snapshot_lag: Gauge::default(),
            campaigns: Gauge::default(),
            visits: Gauge::default(),
            conversions: Gauge::default(),
        };
        metrics.registered()
    }

    fn registered(mut self) -> Self {
        let registry = &mut self.registry;
        registry.register("http_requests", "Requests answered", self.requests.clone());
        registry.register_with_unit(
            "http_request_duration",
            "Time to answer a request",
            Unit::Seconds,
            self.seconds.clone(),
        );
        registry.register("batch_items", "Clicks or page views written at once", self.batch_items.clone());
        registry.register_with_unit(
            "batch_duration",
            "Time to write a batch",
            Unit::Seconds,
            self.batch_seconds.clone(),
        );
        registry.register("queue_items", "Clicks or page views waiting to be written", self.queue.clone());
        registry.register("database_connections", "Connections to the database", self.connections.clone());
        registry.register("database_up", "Whether the database answered", self.database_up.clone());
        registry.register(
            "attribution_failures",
            "Orders waiting for campaign_retry_failures()",
            self.failures.clone(),
        );
        registry.register(
            "snapshot_turns",
            "Turns of the snapshot timer: made, passed because another was at work, or failed",
            self.snapshot_turns.clone(),
        );
        registry.register_with_unit(
            "snapshot_lag",
            "How far the snapshots are behind the clock, seen at most a minute ago",
            Unit::Seconds,
            self.snapshot_lag.clone(),
        );
        registry.register("campaigns", "Campaigns", self.campaigns.clone());
        registry.register("visits", "Visits recorded", self.visits.clone());
        registry.register("conversions", "Orders credited to a visit", self.conversions.clone());
        self
    }

    /// `route` is the pattern of the path, `none` when no route matched.
    pub fn answered(&self, route: &str, method: &'static str, status: u16, took: Duration) {
        self.requests.get_or_create(&Request { route: route.to_owned(), method, status }).inc();
        self.seconds.get_or_create(&Route { route: route.to_owned() }).observe(took.as_secs_f64());
    }

    /// The counters of one kind of batch.
    pub fn batches(&self, kind: &'static str) -> BatchMetrics {
        let kind = Kind { kind };
        BatchMetrics {
            items: self.batch_items.get_or_create_owned(&kind),
            seconds: self.batch_seconds.get_or_create_owned(&kind),
        }
    }

    /// The counters of the snapshot timer.
    pub fn snapshots(&self) -> SnapshotMetrics {
        SnapshotMetrics(self.snapshot_turns.clone())
    }

    /// Notes what can only be known now.
    fn measure(&self, app: &App) {
        let count = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
        for (kind, depth) in [("visit", app.visits.depth()), ("activity", app.views.depth())] {
            self.queue.get_or_create(&Kind { kind }).set(count(depth));
        }
        for (role, pool) in app.db.pools() {
            let idle = pool.available;
            for (state, connections) in
                [("idle", idle), ("busy", pool.size.saturating_sub(idle)), ("awaited", pool.waiting)]
            {
                self.connections.get_or_create(&Connections { role, state }).set(count(connections));
            }
        }
    }

    fn note(&self, status: Option<&Status>) {
        self.database_up.set(status.is_some().into());
        let Some(status) = status else { return };
        self.failures.set(status.failures_waiting);
        self.snapshot_lag.set(status.snapshot_lag.unwrap_or(f64::NAN));
        self.campaigns.set(status.campaigns);
        self.visits.set(status.visits);
        self.conversions.set(status.conversions);
    }

    fn text(&self) -> Result<String, std::fmt::Error> {
        let mut text = String::new();
        encode(&mut text, &self.registry)?;
        Ok(text)
    }
}

/// The counters of one kind of batch.
#[derive(Clone)]
pub struct BatchMetrics {
    items: Histogram,
    seconds: Histogram,
}

impl Default for BatchMetrics {
    fn default() -> Self {
        Self { items: Histogram::new(ITEMS), seconds: Histogram::new(SECONDS) }
    }
}

impl BatchMetrics {
    pub fn written(&self, items: usize, took: Duration) {
        self.items.observe(u32::try_from(items).unwrap_or(u32::MAX).into());
        self.seconds.observe(took.as_secs_f64());
    }
}

/// The counters of the snapshot timer.
pub struct SnapshotMetrics(Family<Outcome, Counter>);

impl SnapshotMetrics {
    /// `None` is a failure.
    pub fn turned(&self, fold: Option<&Fold>) {
        let outcome = match fold {
            Some(Fold { ran: true, .. }) => "made",
            Some(Fold { ran: false, .. }) => "passed",
            None => "failed",
        };
        self.0.get_or_create(&Outcome { outcome }).inc();
    }
}

pub async fn metrics(State(app): State<App>) -> Result<Response, Error> {
    app.metrics.measure(&app);
    app.metrics.note(app.db.status().await.ok().as_ref());
    let text = app.metrics.text().map_err(|error| Error::Unwritable(Box::new(error)))?;
    Ok(([(header::CONTENT_TYPE, "application/openmetrics-text; version=1.0.0; charset=utf-8")], text).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_counted_is_told() {
        let metrics = Metrics::new();
        metrics.answered("/campaigns/{id}", "GET", 200, Duration::from_millis(3));
        metrics.batches("visit").written(7, Duration::from_millis(2));
        metrics.note(None);
        let text = metrics.text().unwrap();
        for line in [
            "campaign_http_requests_total{route=\"/campaigns/{id}\",method=\"GET\",status=\"200\"} 1",
            "campaign_http_request_duration_seconds_count{route=\"/campaigns/{id}\"} 1",
            "campaign_batch_items_sum{kind=\"visit\"} 7.0",
            "campaign_database_up 0",
        ] {
            assert!(text.contains(line), "{line} in {text}");
        }
    }
}
