//! The catalogue and the checkout of the demo shop. A real shop has its own.

use axum::extract::State;
use serde::Deserialize;
use serde_json::value::RawValue;
use uuid::Uuid;

use crate::db::{Db, Order};
use crate::envelope::Answer;
use crate::errors::Error;
use crate::extract::Body;
use crate::values::Text;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Checkout {
    customer_id: Option<Uuid>,
    session_id: Option<Text>,
    /// `[{"product_id": ..., "quantity": ...}, ...]`; the shop checks it.
    items: Option<Box<RawValue>>,
    shipping_address_id: Option<Uuid>,
    billing_address_id: Option<Uuid>,
}

/// What the example shop's page shows.
pub async fn catalogue(State(db): State<Db>) -> Result<Answer, Error> {
    Ok(Answer::ok(db.catalogue().await?))
}

pub async fn place_order(State(db): State<Db>, body: Body<Checkout>) -> Result<Answer, Error> {
    let checkout = body.value;
    let order = db
        .place_order(&Order {
            customer_id: checkout.customer_id,
            items: checkout.items.as_deref().map(RawValue::get),
            shipping_address_id: checkout.shipping_address_id,
            billing_address_id: checkout.billing_address_id,
            session_id: checkout.session_id.as_deref(),
        })
        .await?;
    Ok(Answer::created(order))
}
