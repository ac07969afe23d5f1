//! Lists as CSV, for spreadsheets.

use std::collections::HashMap;

use axum::http::{HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde_json::value::RawValue;

use crate::envelope::{Answer, Paging, utc};
use crate::errors::Error;
use crate::extract::Form;

const NEXT_CURSOR: HeaderName = HeaderName::from_static("x-next-cursor");

/// A kind of list: the columns of its CSV form, in order, and the name a browser saves it under.
pub struct Sheet {
    columns: &'static [&'static str],
    file: &'static str,
}

pub const CAMPAIGNS: Sheet = Sheet {
    columns: &[
        "id",
        "parent_campaign_id",
        "name",
        "description",
        "platform",
        "campaign_type",
        "post_url",
        "landing_url",
        "tracking_code",
        "tracking_url",
        "cost",
        "budget",
        "starts_at",
        "ends_at",
        "is_active",
        "metadata",
        "child_count",
        "created_at",
        "updated_at",
    ],
    file: "campaigns.csv",
};

pub const TIMELINE: Sheet = Sheet {
    columns: &["date", "starts_at", "visits", "unique_visitors", "conversions", "revenue"],
    file: "timeline.csv",
};

pub const CONVERSIONS: Sheet = Sheet {
    columns: &[
        "id",
        "campaign_id",
        "tracking_code",
        "order_id",
        "customer_id",
        "visit_id",
        "device_type",
        "country",
        "currency",
        "revenue",
        "order_total",
        "refunded",
        "net_revenue",
        "converted_at",
        "cancelled_at",
    ],
    file: "conversions.csv",
};

pub const VISITS: Sheet = Sheet {
    columns: &[
        "id",
        "campaign_id",
        "session_id",
        "customer_id",
        "referrer",
        "landing_page",
        "country",
        "city",
        "device_type",
        "visited_at",
        "last_activity_at",
        "expires_at",
        "is_active",
        "converted",
        "conversion_at",
        "attributed_order_id",
    ],
    file: "visits.csv",
};

pub const LEADERBOARD: Sheet = Sheet {
    columns: &[
        "rank",
        "campaign_id",
        "name",
        "tracking_code",
        "platform",
        "campaign_type",
        "currency",
        "cost",
        "revenue",
        "profit",
        "roi",
        "visits",
        "unique_visitors",
        "conversions",
        "conversion_rate",
        "average_order_value",
        "cost_per_conversion",
        "other_currencies",
    ],
    file: "leaderboard.csv",
};

impl Sheet {
    /// The answer to a list: in the envelope, or as CSV with the cursor of the next page in a header.
    pub fn answer(&self, form: Form, rows: String, paging: Option<Paging>) -> Result<Response, Error> {
        let rows = utc(rows);
        match form {
            Form::Json => Ok(Answer::list(rows, paging).into_response()),
            Form::Csv => {
                let mut response = self.csv(&rows).map_err(Error::Unwritable)?.into_response();
                let headers = response.headers_mut();
                headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8"));
                headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
                headers.insert(header::VARY, HeaderValue::from_static("Accept"));
                if let Ok(disposition) = HeaderValue::from_str(&format!("attachment; filename=\"{}\"", self.file)) {
                    headers.insert(header::CONTENT_DISPOSITION, disposition);
                }
                if let Some(Paging::Cursor { next: Some(next), .. }) = paging
                    && let Ok(next) = HeaderValue::from_str(&next)
                {
                    headers.insert(NEXT_CURSOR, next);
                }
                Ok(response)
            }
        }
    }

    /// `rows` is a JSON list of objects; a field that is absent or null is an empty cell.
    fn csv(&self, rows: &str) -> Result<String, Box<dyn std::error::Error + Send + Sync>> {
        let rows: Vec<HashMap<&str, &RawValue>> = serde_json::from_str(rows)?;
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record(self.columns)?;
        for row in rows {
            let cells = self.columns.iter().map(|column| row.get(column).map_or_else(String::new, |value| cell(value)));
            writer.write_record(cells)?;
        }
        Ok(String::from_utf8(writer.into_inner()?)?)
    }
}

/// A JSON value as a cell. A text that a spreadsheet would take for a formula gets an apostrophe in front.
fn cell(value: &RawValue) -> String {
    let text = match value.get().as_bytes().first() {
        Some(b'"') => serde_json::from_str::<String>(value.get()).unwrap_or_default(),
        Some(b'n') => String::new(),
        _ => return value.get().to_owned(),
    };
    match text.as_bytes().first() {
        Some(b'=' | b'+' | b'-' | b'@' | b'\t' | b'\r') => format!("'{text}"),
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_has_every_column() {
        let rows =
            r#"[{"visits": 7, "date": "2024-06-01", "revenue": 750.00}, {"date": "2024-06-02", "revenue": null}]"#;
        assert_eq!(
            TIMELINE.csv(rows).unwrap(),
            "date,starts_at,visits,unique_visitors,conversions,revenue\n2024-06-01,,7,,,750.00\n2024-06-02,,,,,\n"
        );
        assert_eq!(TIMELINE.csv("[]").unwrap(), "date,starts_at,visits,unique_visitors,conversions,revenue\n");
    }

    #[test]
    fn formulas_are_inert_and_numbers_stay_numbers() {
        let cell = |json: &str| cell(&RawValue::from_string(json.to_owned()).unwrap());
        for formula in ["=1+1", "+49 30", "-2", "@sum", "\\t=1", "\\r=1"] {
            assert!(cell(&format!("\"{formula}\"")).starts_with('\''), "{formula}");
        }
        for (json, text) in [
            ("-2.50", "-2.50"),
            ("true", "true"),
            ("null", ""),
            ("\"\"", ""),
            ("\"a=b\"", "a=b"),
            ("\"say \\\"hi\\\"\"", "say \"hi\""),
            ("{\"a\": 1}", "{\"a\": 1}"),
        ] {
            assert_eq!(cell(json), text);
        }
    }

    #[test]
    fn commas_quotes_and_lines_are_quoted() {
        let rows = r#"[{"date": "a,\"b\"\nc"}]"#;
        assert!(TIMELINE.csv(rows).unwrap().contains("\"a,\"\"b\"\"\nc\",,,,,\n"));
    }
}
