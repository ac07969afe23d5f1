//! Campaigns: create, change, delete, find.

use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;
use std::collections::BTreeMap;
use uuid::Uuid;

use crate::db::{CampaignFilter, Db, Preview};
use crate::envelope::{Answer, Paging};
use crate::errors::Error;
use crate::extract::{Body, CampaignId, Form, Query};
use crate::sheet;
use crate::values::{Number, Text, Timestamp};

/// The fields of a campaign that a caller can set. Only their form is checked here; SQL reads them from the body.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "read for their form")]
pub struct Campaign {
    name: Option<Text>,
    platform: Option<Text>,
    campaign_type: Option<Text>,
    parent_campaign_id: Option<Uuid>,
    description: Option<Text>,
    post_url: Option<Text>,
    landing_url: Option<Text>,
    tracking_code: Option<Text>,
    cost: Option<Number>,
    budget: Option<Number>,
    starts_at: Option<Timestamp>,
    ends_at: Option<Timestamp>,
    is_active: Option<bool>,
    metadata: Option<Box<RawValue>>,
}

impl Body<Campaign> {
    /// The names of the fields in the body, those that are null among them.
    fn given(&self) -> Vec<String> {
        let fields = serde_json::from_str::<BTreeMap<String, IgnoredAny>>(self.json());
        fields.unwrap_or_default().into_keys().collect()
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Force {
    /// Delete even with conversions, and delete those too.
    #[serde(default)]
    force: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Filter {
    platform: Option<Text>,
    campaign_type: Option<Text>,
    is_active: Option<bool>,
    parent_campaign_id: Option<Uuid>,
    search: Option<Text>,
    #[serde(default = "first_page")]
    page: i32,
    #[serde(default = "usual_page_size")]
    page_size: i32,
}

fn first_page() -> i32 {
    1
}

fn usual_page_size() -> i32 {
    50
}

impl Filter {
    fn paging(&self, total: i64) -> Paging {
        Paging::Page { page: self.page, page_size: self.page_size, total }
    }

    fn as_filter(&self) -> CampaignFilter<'_> {
        CampaignFilter {
            platform: self.platform.as_deref(),
            campaign_type: self.campaign_type.as_deref(),
            is_active: self.is_active,
            parent_campaign_id: self.parent_campaign_id,
            search: self.search.as_deref(),
            page: self.page,
            page_size: self.page_size,
        }
    }
}

/// A campaign that is not made yet.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Draft {
    name: Option<Text>,
    platform: Option<Text>,
    campaign_type: Option<Text>,
    landing_url: Option<Text>,
    tracking_code: Option<Text>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Chosen {
    /// Ids, with commas between.
    ids: Text,
}

pub async fn preview(State(db): State<Db>, Query(draft): Query<Draft>) -> Result<Answer, Error> {
    let preview = db
        .campaign_preview(&Preview {
            name: draft.name.as_deref(),
            platform: draft.platform.as_deref(),
            campaign_type: draft.campaign_type.as_deref(),
            landing_url: draft.landing_url.as_deref(),
            tracking_code: draft.tracking_code.as_deref(),
        })
        .await?;
    Ok(Answer::ok(preview))
}

pub async fn deletion(State(db): State<Db>, Query(Chosen { ids }): Query<Chosen>) -> Result<Answer, Error> {
    let counts = db.campaign_deletion(&ids).await?;
    Ok(Answer::ok(counts))
}

pub async fn create(State(db): State<Db>, body: Body<Campaign>) -> Result<Answer, Error> {
    let campaign = db.campaign_create(&body.given(), body.json()).await?;
    Ok(Answer::created(campaign))
}

pub async fn update(State(db): State<Db>, CampaignId(id): CampaignId, body: Body<Campaign>) -> Result<Answer, Error> {
    let campaign = db.campaign_update(id, body.json()).await?;
    Ok(Answer::ok(campaign))
}

pub async fn delete(
    State(db): State<Db>,
    CampaignId(id): CampaignId,
    Query(Force { force }): Query<Force>,
) -> Result<Answer, Error> {
    let deleted = db.campaign_delete(id, force).await?;
    Ok(Answer::ok(deleted))
}

pub async fn activate(State(db): State<Db>, CampaignId(id): CampaignId) -> Result<Answer, Error> {
    let campaign = db.campaign_set_active(id, true).await?;
    Ok(Answer::ok(campaign))
}

pub async fn deactivate(State(db): State<Db>, CampaignId(id): CampaignId) -> Result<Answer, Error> {
    let campaign = db.campaign_set_active(id, false).await?;
    Ok(Answer::ok(campaign))
}

pub async fn get(State(db): State<Db>, CampaignId(id): CampaignId) -> Result<Answer, Error> {
    let campaign = db.campaign_get(id).await?;
    Ok(Answer::ok(campaign))
}

pub async fn children(State(db): State<Db>, CampaignId(id): CampaignId) -> Result<Answer, Error> {
    let campaigns = db.campaign_children(id).await?;
    Ok(Answer::ok(campaigns))
}

pub async fn list(State(db): State<Db>, Query(filter): Query<Filter>, form: Form) -> Result<Response, Error> {
    let (campaigns, total) = db.campaign_list(&filter.as_filter()).await?;
    sheet::CAMPAIGNS.answer(form, campaigns, Some(filter.paging(total)))
}
