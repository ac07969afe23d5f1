//! Which campaign brought an order or a customer.

use axum::extract::State;

use crate::db::Db;
use crate::envelope::Answer;
use crate::errors::Error;
use crate::extract::PathKey;

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
