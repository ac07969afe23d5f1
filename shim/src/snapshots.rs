//! The timer that folds what was recorded into snapshots. Reports are current without it, and faster with it.

use std::time::{Duration, Instant};

use tokio::task::JoinHandle;

use crate::db::{Db, Fold};
use crate::metrics::SnapshotMetrics;

/// Folds every so often until the answer is aborted. The database lets one fold at a time run, whoever asks: a turn
/// that finds another at work passes. A failure is logged and counted, and the next turn tries again.
pub fn start(db: Db, every: Duration, metrics: SnapshotMetrics) -> JoinHandle<()> {
    tokio::spawn(async move {
        loop {
            tokio::time::sleep(every).await;
            let started = Instant::now();
            let fold = db.snapshot().await;
            metrics.turned(fold.as_ref().ok());
            match fold {
                Ok(Fold { ran: true, facts }) => {
                    tracing::debug!(facts, milliseconds = started.elapsed().as_millis(), "snapshot made");
                }
                Ok(Fold { ran: false, .. }) => tracing::debug!("another snapshot is being made"),
                Err(error) => tracing::warn!(cause = error.cause(), "no snapshot could be made"),
            }
        }
    })
}
