//! Reports on campaigns.

use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;
use uuid::Uuid;

use crate::db::{Contest, Db, Range};
use crate::envelope::{Answer, Paging};
use crate::errors::Error;
use crate::extract::{CampaignId, Form, Query};
use crate::sheet;
use crate::values::{Day, Text};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Compared {
    start_date: Option<Day>,
    end_date: Option<Day>,
    #[serde(default)]
    include_children: bool,
    tz: Option<Text>,
    /// With the days before the range, too.
    #[serde(default)]
    compare: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Level {
    parent_campaign_id: Option<Uuid>,
    start_date: Option<Day>,
    end_date: Option<Day>,
    tz: Option<Text>,
    #[serde(default = "usual_branches")]
    limit: i32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pairs {
    start_date: Option<Day>,
    end_date: Option<Day>,
    tz: Option<Text>,
    #[serde(default = "usual_limit")]
    limit: i32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Steps {
    start_date: Option<Day>,
    end_date: Option<Day>,
    #[serde(default)]
    include_children: bool,
    tz: Option<Text>,
    granularity: Option<Text>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Best {
    start_date: Option<Day>,
    end_date: Option<Day>,
    #[serde(default)]
    include_children: bool,
    tz: Option<Text>,
    #[serde(default = "usual_limit")]
    limit: i32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sales {
    start_date: Option<Day>,
    end_date: Option<Day>,
    #[serde(default)]
    include_children: bool,
    tz: Option<Text>,
    cursor: Option<Text>,
    #[serde(default = "usual_page_size")]
    page_size: i32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Traffic {
    #[serde(default)]
    include_children: bool,
    cursor: Option<Text>,
    #[serde(default = "usual_page_size")]
    page_size: i32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Race {
    metric: Option<Text>,
    #[serde(default = "usual_limit")]
    limit: i32,
    platform: Option<Text>,
    #[serde(default)]
    minimum_visits: i64,
    start_date: Option<Day>,
    end_date: Option<Day>,
    #[serde(default)]
    include_children: bool,
    tz: Option<Text>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Days {
    start_date: Option<Day>,
    end_date: Option<Day>,
    tz: Option<Text>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ComparedDays {
    start_date: Option<Day>,
    end_date: Option<Day>,
    tz: Option<Text>,
    #[serde(default)]
    compare: bool,
}

fn usual_branches() -> i32 {
    100
}

fn usual_limit() -> i32 {
    10
}

fn usual_page_size() -> i32 {
    50
}

/// The days a query asks for.
macro_rules! range {
    ($query:ident, $include_children:expr) => {
        Range {
            start_date: $query.start_date.as_deref(),
            end_date: $query.end_date.as_deref(),
            include_children: $include_children,
            tz: $query.tz.as_deref(),
        }
    };
    ($query:ident) => {
        range!($query, $query.include_children)
    };
}

impl Race {
    fn as_contest(&self) -> Contest<'_> {
        Contest {
            metric: self.metric.as_deref().unwrap_or("roi"),
            limit: self.limit,
            platform: self.platform.as_deref(),
            minimum_visits: self.minimum_visits,
        }
    }
}

pub async fn analytics(
    State(db): State<Db>,
    CampaignId(id): CampaignId,
    Query(asked): Query<Compared>,
) -> Result<Answer, Error> {
    let document = db.analytics(id, &range!(asked), asked.compare).await?;
    Ok(Answer::ok(document))
}

pub async fn timeline(
    State(db): State<Db>,
    CampaignId(id): CampaignId,
    Query(asked): Query<Steps>,
    form: Form,
) -> Result<Response, Error> {
    let rows = db.timeline(id, &range!(asked), asked.granularity.as_deref().unwrap_or("day")).await?;
    sheet::TIMELINE.answer(form, rows, None)
}

pub async fn products(
    State(db): State<Db>,
    CampaignId(id): CampaignId,
    Query(asked): Query<Best>,
) -> Result<Answer, Error> {
    let rows = db.products(id, &range!(asked), asked.limit).await?;
    Ok(Answer::ok(rows))
}

pub async fn conversions(
    State(db): State<Db>,
    CampaignId(id): CampaignId,
    Query(asked): Query<Sales>,
    form: Form,
) -> Result<Response, Error> {
    let page_size = asked.page_size;
    let (rows, next) = db.conversions(id, &range!(asked), asked.cursor.as_deref(), page_size).await?;
    sheet::CONVERSIONS.answer(form, rows, Some(Paging::Cursor { page_size, next }))
}

pub async fn visits(db: State<Db>, id: CampaignId, asked: Query<Traffic>, form: Form) -> Result<Response, Error> {
    visits_of(db, id, asked, form, false).await
}

pub async fn active_visits(
    db: State<Db>,
    id: CampaignId,
    asked: Query<Traffic>,
    form: Form,
) -> Result<Response, Error> {
    visits_of(db, id, asked, form, true).await
}

async fn visits_of(
    State(db): State<Db>,
    CampaignId(id): CampaignId,
    Query(Traffic { include_children, cursor, page_size }): Query<Traffic>,
    form: Form,
    only_active: bool,
) -> Result<Response, Error> {
    let (rows, next) = db.visits(id, only_active, include_children, cursor.as_deref(), page_size).await?;
    sheet::VISITS.answer(form, rows, Some(Paging::Cursor { page_size, next }))
}

pub async fn leaderboard(State(db): State<Db>, Query(asked): Query<Race>, form: Form) -> Result<Response, Error> {
    let rows = db.leaderboard(&asked.as_contest(), &range!(asked)).await?;
    sheet::LEADERBOARD.answer(form, rows, None)
}

pub async fn branches(State(db): State<Db>, Query(asked): Query<Level>) -> Result<Answer, Error> {
    let rows = db.branches(asked.parent_campaign_id, &range!(asked, true), asked.limit).await?;
    Ok(Answer::ok(rows))
}

pub async fn live(State(db): State<Db>) -> Result<Answer, Error> {
    let rows = db.live().await?;
    Ok(Answer::ok(rows))
}

pub async fn overlap(
    State(db): State<Db>,
    CampaignId(id): CampaignId,
    Query(asked): Query<Pairs>,
) -> Result<Answer, Error> {
    let rows = db.overlap(id, &range!(asked, true), asked.limit).await?;
    Ok(Answer::ok(rows))
}

pub async fn overview(State(db): State<Db>, Query(asked): Query<ComparedDays>) -> Result<Answer, Error> {
    let document = db.overview(&range!(asked, false), asked.compare).await?;
    Ok(Answer::ok(document))
}

pub async fn platforms(State(db): State<Db>, Query(asked): Query<Days>) -> Result<Answer, Error> {
    let rows = db.platforms(&range!(asked, false)).await?;
    Ok(Answer::ok(rows))
}
