//! Which campaign brought an order or a customer, and the orders where nobody could tell.

use axum::extract::State;
use serde::Deserialize;

use crate::db::Db;
use crate::envelope::Answer;
use crate::errors::Error;
use crate::extract::{PathKey, Query};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Latest {
    #[serde(default = "usual_limit")]
    limit: i32,
}

fn usual_limit() -> i32 {
    100
}

pub async fn order_source(State(db): State<Db>, PathKey(order): PathKey) -> Result<Answer, Error> {
    let source = db.order_source(&order).await?;
    Ok(Answer::ok(source))
}

pub async fn customer_acquisition(State(db): State<Db>, PathKey(customer): PathKey) -> Result<Answer, Error> {
    let acquisition = db.customer_acquisition(&customer).await?;
    Ok(Answer::ok(acquisition))
}

pub async fn customer_history(State(db): State<Db>, PathKey(customer): PathKey) -> Result<Answer, Error> {
    let history = db.customer_history(&customer).await?;
    Ok(Answer::ok(history))
}

pub async fn failures(State(db): State<Db>, Query(Latest { limit }): Query<Latest>) -> Result<Answer, Error> {
    let failures = db.failures(limit).await?;
    Ok(Answer::ok(failures))
}

pub async fn retry_failures(State(db): State<Db>) -> Result<Answer, Error> {
    let outcomes = db.retry_failures().await?;
    Ok(Answer::ok(outcomes))
}
