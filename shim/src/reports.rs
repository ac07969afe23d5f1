//! Reports on campaigns.

use axum::extract::State;
use serde::Deserialize;

use crate::db::{Db, Range};
use crate::envelope::Answer;
use crate::errors::Error;
use crate::extract::{CampaignId, Query};
use crate::values::{Day, Text};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Period {
    start_date: Option<Day>,
    end_date: Option<Day>,
    #[serde(default)]
    include_children: bool,
    tz: Option<Text>,
}

impl Period {
    fn as_range(&self) -> Range<'_> {
        Range {
            start_date: self.start_date.as_deref(),
            end_date: self.end_date.as_deref(),
            include_children: self.include_children,
            tz: self.tz.as_deref(),
        }
    }
}

pub async fn analytics(
    State(db): State<Db>,
    CampaignId(id): CampaignId,
    Query(period): Query<Period>,
) -> Result<Answer, Error> {
    let document = db.analytics(id, &period.as_range()).await?;
    Ok(Answer::ok(document))
}
