//! Clicks and page views: who touched which campaign, and until when that touch is live.
//!
//! One rule decides what a click does ([`Latest::answers`]). A batch inserts the first touches of new sessions set-wise
//! and settles its other clicks as a click alone is settled. No lock is taken: a new touch is inserted as the session's
//! last number plus one, and whoever loses that race reads again.

use pgrx::datum::{DatumWithOid, TimestampWithTimeZone};
use pgrx::pg_sys::panic::ErrorReport;
use pgrx::prelude::*;
use pgrx::spi::SpiClient;
use std::collections::{HashMap, HashSet};
use std::net::IpAddr;

use crate::addresses;
use crate::campaigns::{self, Campaign};
use crate::devices::{self, Device};
use crate::errors::Error;
use crate::geo;
use crate::plans::{kept, schema_of};
use crate::settings;
use pgrx::pg_sys::BuiltinOid::{
    INT4OID, INT8OID, TEXTARRAYOID, TEXTOID, TIMESTAMPTZARRAYOID, TIMESTAMPTZOID, UUIDARRAYOID, UUIDOID,
};

const LONGEST_SESSION_ID: usize = 200;
const LONGEST_TEXT: usize = 2_000;
/// A click that loses this many races in a row is given up: nobody clicks that fast.
const MOST_ROUNDS: usize = 1_000;

/// In microseconds.
const ONE_SECOND: i64 = 1_000_000;

/// A moment in microseconds since PostgreSQL's epoch.
type Moment = i64;

/// One click as the caller tells it.
#[derive(Clone, Copy, Default)]
struct Click<'a> {
    tracking_code: Option<&'a str>,
    session_id: Option<&'a str>,
    landing_page: Option<&'a str>,
    user_agent: Option<&'a str>,
    referrer: Option<&'a str>,
    ip_address: Option<&'a str>,
    visited_at: Option<Moment>,
}

/// A click that has passed every check, with what could be learned from it.
struct Touch<'a> {
    campaign_id: pgrx::Uuid,
    session_id: &'a str,
    landing_page: Option<&'a str>,
    user_agent: Option<&'a str>,
    referrer: Option<&'a str>,
    ip_address: Option<String>,
    device: Option<Device>,
    country: Option<String>,
    city: Option<String>,
    at: Moment,
}

/// What a click came to. A bot that is not recorded has no visit.
#[derive(Clone, Copy)]
struct Outcome {
    visit_id: Option<pgrx::Uuid>,
    campaign_id: pgrx::Uuid,
    expires_at: Option<Moment>,
    is_new: bool,
}

/// The latest visit of a session.
#[derive(Clone, Copy)]
struct Latest {
    campaign_id: pgrx::Uuid,
    touch_no: i32,
    session_no: i64,
    expires_at: Moment,
    is_bot: bool,
}

impl Latest {
    /// Whether a click continues this visit instead of making a new one.
    fn answers(&self, touch: &Touch<'_>) -> bool {
        self.campaign_id == touch.campaign_id
            && touch.at < self.expires_at
            && self.is_bot == (touch.device == Some(Device::Bot))
    }
}

/// Records a click on a campaign's link. One row: the visit (new, or the session's live visit of that campaign,
/// extended), the campaign, and until when the visit is live. A bot gets a NULL visit unless campaign.record_bots is on.
/// Texts are cut at 2,000 characters; country, city and device come from the address and the user agent.
/// visited_at is for importing history and needs campaign_admin. Errors: P0002 no such campaign, 55000 the campaign is
/// not active, 22023 a code or session id that cannot be, 42501 visited_at without campaign_admin.
#[pg_extern(volatile, parallel_unsafe, security_definer)]
#[search_path(@extschema@, pg_temp)]
#[allow(clippy::too_many_arguments, clippy::type_complexity)]
fn campaign_track_visit(
    tracking_code: Option<&str>,
    session_id: Option<&str>,
    landing_page: default!(Option<&str>, "NULL"),
    user_agent: default!(Option<&str>, "NULL"),
    referrer: default!(Option<&str>, "NULL"),
    ip_address: default!(Option<&str>, "NULL"),
    visited_at: default!(Option<TimestampWithTimeZone>, "NULL"),
    fcinfo: pg_sys::FunctionCallInfo,
) -> Result<
    TableIterator<
        'static,
        (
            name!(visit_id, Option<pgrx::Uuid>),
            name!(campaign_id, pgrx::Uuid),
            name!(expires_at, Option<TimestampWithTimeZone>),
            name!(is_new, bool),
        ),
    >,
    ErrorReport,
> {
    let click = Click {
        tracking_code,
        session_id,
        landing_page,
        user_agent,
        referrer,
        ip_address,
        visited_at: visited_at.map(moment),
    };
    let outcome = Spi::connect_mut(|client| track_one(client, schema_of(fcinfo), click))?;
    Ok(TableIterator::once((outcome.visit_id, outcome.campaign_id, outcome.expires_at.map(timestamp), outcome.is_new)))
}

/// Records many clicks at once; arrays of one length, one element a click. One row an element, in their order: what
/// campaign_track_visit would answer, or the SQLSTATE and message of what is wrong with that element, which never
/// spoils the others. Elements of one session count in their order. Batches touch sessions in sorted order, so that two
/// of them do not wait for each other. Errors: 22023 arrays of different lengths, 42501 visited_at without campaign_admin.
#[pg_extern(volatile, parallel_unsafe, security_definer)]
#[search_path(@extschema@, pg_temp)]
#[allow(clippy::too_many_arguments, clippy::type_complexity)]
fn campaign_track_visits(
    tracking_codes: Option<Vec<Option<String>>>,
    session_ids: Option<Vec<Option<String>>>,
    landing_pages: default!(Option<Vec<Option<String>>>, "NULL"),
    user_agents: default!(Option<Vec<Option<String>>>, "NULL"),
    referrers: default!(Option<Vec<Option<String>>>, "NULL"),
    ip_addresses: default!(Option<Vec<Option<String>>>, "NULL"),
    visited_at: default!(Option<Vec<Option<TimestampWithTimeZone>>>, "NULL"),
    fcinfo: pg_sys::FunctionCallInfo,
) -> Result<
    TableIterator<
        'static,
        (
            name!(ordinal, i32),
            name!(visit_id, Option<pgrx::Uuid>),
            name!(campaign_id, Option<pgrx::Uuid>),
            name!(expires_at, Option<TimestampWithTimeZone>),
            name!(is_new, Option<bool>),
            name!(error_code, Option<String>),
            name!(error_message, Option<String>),
        ),
    >,
    ErrorReport,
> {
    let (Some(tracking_codes), Some(session_ids)) = (tracking_codes, session_ids) else {
        return Err(Error::InvalidValue("tracking_codes and session_ids must be given".to_owned()).into());
    };
    let length = tracking_codes.len();
    for (name, other) in [
        ("session_ids", Some(session_ids.len())),
        ("landing_pages", landing_pages.as_ref().map(Vec::len)),
        ("user_agents", user_agents.as_ref().map(Vec::len)),
        ("referrers", referrers.as_ref().map(Vec::len)),
        ("ip_addresses", ip_addresses.as_ref().map(Vec::len)),
        ("visited_at", visited_at.as_ref().map(Vec::len)),
    ] {
        if other.is_some_and(|other| other != length) {
            return Err(Error::InvalidValue(format!(
                "{name} has {} elements where tracking_codes has {length}",
                other.unwrap_or_default()
            ))
            .into());
        }
    }
    let clicks: Vec<Click<'_>> = (0..length)
        .map(|i| Click {
            tracking_code: tracking_codes[i].as_deref(),
            session_id: session_ids[i].as_deref(),
            landing_page: element(&landing_pages, i),
            user_agent: element(&user_agents, i),
            referrer: element(&referrers, i),
            ip_address: element(&ip_addresses, i),
            visited_at: visited_at.as_ref().and_then(|moments| moments[i]).map(moment),
        })
        .collect();
    let outcomes = Spi::connect_mut(|client| track_many(client, schema_of(fcinfo), &clicks))?;
    Ok(TableIterator::new(outcomes.into_iter().zip(1..).map(|(outcome, ordinal)| match outcome {
        Ok(outcome) => (
            ordinal,
            outcome.visit_id,
            Some(outcome.campaign_id),
            outcome.expires_at.map(timestamp),
            Some(outcome.is_new),
            None,
            None,
        ),
        Err(error) => (ordinal, None, None, None, None, Some(error.sqlstate_text()), Some(error.to_string())),
    })))
}

fn element(texts: &Option<Vec<Option<String>>>, i: usize) -> Option<&str> {
    texts.as_ref().and_then(|texts| texts[i].as_deref())
}

/// Records a page view: extends the session's latest live visit by campaign.window and returns its new expiry, or NULL
/// when the session has no live visit. at is for importing history and needs campaign_admin. Errors: 22023 a session id
/// that cannot be, 42501 at without campaign_admin.
#[pg_extern(volatile, parallel_unsafe, security_definer)]
#[search_path(@extschema@, pg_temp)]
fn campaign_update_activity(
    session_id: Option<&str>,
    at: default!(Option<TimestampWithTimeZone>, "NULL"),
    fcinfo: pg_sys::FunctionCallInfo,
) -> Result<Option<TimestampWithTimeZone>, ErrorReport> {
    let session_id = checked_session(session_id)?;
    let at = checked_moment(at.map(moment))?;
    let expires_at = Spi::connect_mut(|client| -> Result<_, Error> {
        let plan = kept(client, schema_of(fcinfo), VIEW_PAGE, &[TEXTOID, TIMESTAMPTZOID, TIMESTAMPTZOID])?;
        let rows = client.update(
            &*plan,
            None,
            &[session_id.into(), timestamp(at).into(), timestamp(at + settings::window_micros()).into()],
        )?;
        if rows.is_empty() {
            return Ok(None);
        }
        Ok(rows.first().get_one::<TimestampWithTimeZone>()?)
    })?;
    Ok(expires_at)
}

/// Records many page views at once; one element a session. One row an element, in their order: the new expiry of the
/// session's latest live visit, NULL when it has none, or the SQLSTATE and message of what is wrong with that element,
/// which never spoils the others. A session that comes twice is extended once and told twice. Batches touch sessions in
/// sorted order, so that two of them do not wait for each other. Errors: 22023 session_ids is NULL.
#[pg_extern(volatile, parallel_unsafe, security_definer)]
#[search_path(@extschema@, pg_temp)]
#[allow(clippy::type_complexity)]
fn campaign_update_activities(
    session_ids: Option<Vec<Option<String>>>,
    fcinfo: pg_sys::FunctionCallInfo,
) -> Result<
    TableIterator<
        'static,
        (
            name!(ordinal, i32),
            name!(expires_at, Option<TimestampWithTimeZone>),
            name!(error_code, Option<String>),
            name!(error_message, Option<String>),
        ),
    >,
    ErrorReport,
> {
    let session_ids = session_ids.ok_or_else(|| Error::InvalidValue("session_ids must be given".to_owned()))?;
    let checked: Vec<Result<&str, Error>> = session_ids.iter().map(|id| checked_session(id.as_deref())).collect();
    let extended = Spi::connect_mut(|client| view_many(client, schema_of(fcinfo), &checked))?;
    let rows: Vec<_> = checked
        .into_iter()
        .zip(1..)
        .map(|(session_id, ordinal)| match session_id {
            Ok(session_id) => (ordinal, extended.get(session_id).copied().map(timestamp), None, None),
            Err(error) => (ordinal, None, Some(error.sqlstate_text()), Some(error.to_string())),
        })
        .collect();
    Ok(TableIterator::new(rows))
}

/// Tells whose session it is: links the customer to the session's visits that have none yet, and returns how many were
/// linked. A visit already linked to another customer keeps it. Errors: 22023 a session id or customer key that cannot
/// be, 22P02 a key that is not of the shop's type.
#[pg_extern(volatile, parallel_unsafe, security_definer)]
#[search_path(@extschema@, pg_temp)]
fn campaign_identify(
    session_id: Option<&str>,
    customer_id: Option<&str>,
    fcinfo: pg_sys::FunctionCallInfo,
) -> Result<i32, ErrorReport> {
    let session_id = checked_session(session_id)?;
    let customer_id = customer_id
        .filter(|key| !key.is_empty())
        .ok_or_else(|| Error::InvalidValue("customer_id must be given".to_owned()))?;
    let linked = Spi::connect_mut(|client| -> Result<_, Error> {
        let plan = kept(client, schema_of(fcinfo), CHECK_CUSTOMER, &[TEXTOID])?;
        client.select(&*plan, None, &[customer_id.into()])?;
        let plan = kept(client, schema_of(fcinfo), LINK_CUSTOMER, &[TEXTOID, TEXTOID])?;
        Ok(client.update(&*plan, None, &[session_id.into(), customer_id.into()])?.len())
    })?;
    Ok(i32::try_from(linked).unwrap_or(i32::MAX))
}

const FIND_LATEST: &str = "select campaign_id, touch_no, session_no, expires_at, device_type is not distinct from 'bot'
  from campaign_visits where session_id = $1 order by touch_no desc limit 1";

const FIND_KNOWN: &str = "select s.session_id
  from unnest($1) s (session_id)
 where exists (select from campaign_visits v where v.session_id = s.session_id)";

const EXTEND: &str = "update campaign_visits
   set last_activity_at = greatest(last_activity_at, $3), expires_at = greatest(expires_at, $4),
       clicked_at = greatest(coalesce(clicked_at, visited_at), $3)
 where session_id = $1 and touch_no = $2
returning id, expires_at";

const INSERT: &str = "insert into campaign_visits
   (id, campaign_id, session_id, session_no, touch_no, ip_address, user_agent, referrer, landing_page, country, city,
    device_type, visited_at, last_activity_at, expires_at)
 values ($1, $2, $3, $4, $5, $6::inet, $7, $8, $9, $10, $11, $12, $13, $13, $14)
 on conflict (session_id, touch_no) do nothing
returning visited_at < (select until from _campaign_snapshot_state)";

// A number is drawn only for a session that has no visit, so that numbers stay dense.
const INSERT_FIRST: &str = "insert into campaign_visits
   (id, campaign_id, session_id, session_no, touch_no, ip_address, user_agent, referrer, landing_page, country, city,
    device_type, visited_at, last_activity_at, expires_at)
 select $1, $2, $3, nextval('_campaign_session_no'), 1, $4::inet, $5, $6, $7, $8, $9, $10, $11, $11, $12
  where not exists (select from campaign_visits where session_id = $3)
 on conflict (session_id, touch_no) do nothing
returning visited_at < (select until from _campaign_snapshot_state)";

const INSERT_FIRST_OF_MANY: &str = "insert into campaign_visits
   (id, campaign_id, session_id, session_no, touch_no, ip_address, user_agent, referrer, landing_page, country, city,
    device_type, visited_at, last_activity_at, expires_at)
 select t.id, t.campaign_id, t.session_id, nextval('_campaign_session_no'), 1,
        t.ip_address::inet, t.user_agent, t.referrer, t.landing_page, t.country, t.city, t.device_type, t.at, t.at, t.until
   from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
     t (id, campaign_id, session_id, ip_address, user_agent, referrer, landing_page, country, city, device_type, at, until)
 on conflict (session_id, touch_no) do nothing
returning session_id, id, visited_at < (select until from _campaign_snapshot_state)";

// Which of them are late is its to say.
const MARK_LATE: &str = "select _campaign_mark_late('visit', $1, $2)";

const VIEW_PAGE: &str = "update campaign_visits
   set last_activity_at = greatest(last_activity_at, $2), expires_at = greatest(expires_at, $3)
 where session_id = $1 and touch_no = (
   select touch_no from campaign_visits
    where session_id = $1 and expires_at > $2 and device_type is distinct from 'bot'
    order by touch_no desc limit 1)
returning expires_at";

// The visits are locked one by one in the order of the array, so that two batches never wait for each other in a circle.
const VIEW_PAGES: &str = "update campaign_visits v
   set last_activity_at = greatest(v.last_activity_at, $2), expires_at = greatest(v.expires_at, $3)
  from unnest($1) s (session_id)
 cross join lateral (
   select touch_no from campaign_visits
    where session_id = s.session_id and expires_at > $2 and device_type is distinct from 'bot'
    order by touch_no desc limit 1
      for no key update
 ) l
 where v.session_id = s.session_id and v.touch_no = l.touch_no
returning v.session_id, v.expires_at";

// The customer column has the shop's own key type; reading the key as a row of the table casts it to that type.
const CHECK_CUSTOMER: &str = "select (jsonb_populate_record(null::campaign_customer_sessions,
   jsonb_build_object('customer_id', $1))).customer_id";

const LINK_CUSTOMER: &str = "with linked as (
   update campaign_visits v
      set customer_id = (jsonb_populate_record(null::campaign_customer_sessions,
            jsonb_build_object('customer_id', $2))).customer_id
    where v.session_id = $1 and v.customer_id is null
   returning v.id, v.customer_id
 ),
 told as (
   insert into campaign_customer_sessions (customer_id, session_id)
   select l.customer_id, $1 from linked l limit 1
   on conflict do nothing
 )
 select l.id from linked l";

/// Extends the latest live visit of each session, and tells until when those that have one are live now.
fn view_many(
    client: &mut SpiClient<'_>,
    schema: pg_sys::Oid,
    session_ids: &[Result<&str, Error>],
) -> Result<HashMap<String, Moment>, Error> {
    let mut sessions: Vec<&str> = session_ids.iter().flatten().copied().collect();
    sessions.sort_unstable();
    sessions.dedup();
    if sessions.is_empty() {
        return Ok(HashMap::new());
    }
    let at = checked_moment(None)?;
    let plan = kept(client, schema, VIEW_PAGES, &[TEXTARRAYOID, TIMESTAMPTZOID, TIMESTAMPTZOID])?;
    client
        .update(
            &*plan,
            None,
            &[sessions.into(), timestamp(at).into(), timestamp(at + settings::window_micros()).into()],
        )?
        .map(|row| Ok((needed(row.get(1)?)?, moment(needed(row.get(2)?)?))))
        .collect()
}

fn track_one(client: &mut SpiClient<'_>, schema: pg_sys::Oid, click: Click<'_>) -> Result<Outcome, Error> {
    let (code, session_id, at) = checked(&click)?;
    campaigns::hold(schema)?;
    let campaign_id = active_campaign(code, campaigns::find(client, schema, code)?)?;
    let touch = touch_of(&click, session_id, at, campaign_id);
    if touch.is_unrecorded_bot() {
        return Ok(touch.unrecorded());
    }
    // Most clicks open a session: the first touch is tried without looking for others.
    match insert_one(client, schema, &touch, None)? {
        Some(outcome) => Ok(outcome),
        None => settle(client, schema, &touch),
    }
}

/// Records a click of a session that has visits, or may have.
fn settle(client: &mut SpiClient<'_>, schema: pg_sys::Oid, touch: &Touch<'_>) -> Result<Outcome, Error> {
    for _ in 0..MOST_ROUNDS {
        let plan = kept(client, schema, FIND_LATEST, &[TEXTOID])?;
        let found = client.select(&*plan, Some(1), &[touch.session_id.into()])?;
        let latest = match found.is_empty() {
            true => None,
            false => {
                let row = found.first();
                Some(Latest {
                    campaign_id: needed(row.get(1)?)?,
                    touch_no: needed(row.get(2)?)?,
                    session_no: needed(row.get(3)?)?,
                    expires_at: moment(needed(row.get(4)?)?),
                    is_bot: needed(row.get(5)?)?,
                })
            }
        };
        let outcome = match latest {
            Some(latest) if latest.answers(touch) => extend_one(client, schema, touch, latest)?,
            _ => insert_one(client, schema, touch, latest)?,
        };
        if let Some(outcome) = outcome {
            return Ok(outcome);
        }
    }
    Err(Error::Internal(format!("lost {MOST_ROUNDS} races for the next touch of one session")))
}

/// Extends a visit; `None` when it has been deleted meanwhile.
fn extend_one(
    client: &mut SpiClient<'_>,
    schema: pg_sys::Oid,
    touch: &Touch<'_>,
    latest: Latest,
) -> Result<Option<Outcome>, Error> {
    let plan = kept(client, schema, EXTEND, &[TEXTOID, INT4OID, TIMESTAMPTZOID, TIMESTAMPTZOID])?;
    let rows = client.update(
        &*plan,
        None,
        &[touch.session_id.into(), latest.touch_no.into(), timestamp(touch.at).into(), timestamp(touch.until()).into()],
    )?;
    if rows.is_empty() {
        return Ok(None);
    }
    let row = rows.first();
    Ok(Some(touch.outcome(needed(row.get(1)?)?, moment(needed(row.get(2)?)?), false)))
}

/// Inserts the session's next touch after `latest`, or its first; `None` when somebody else has done so meanwhile.
fn insert_one(
    client: &mut SpiClient<'_>,
    schema: pg_sys::Oid,
    touch: &Touch<'_>,
    latest: Option<Latest>,
) -> Result<Option<Outcome>, Error> {
    let id = crate::ids::new_id();
    let told: [DatumWithOid<'_>; 9] = [
        touch.ip_address.as_deref().into(),
        touch.user_agent.into(),
        touch.referrer.into(),
        touch.landing_page.into(),
        touch.country.as_deref().into(),
        touch.city.as_deref().into(),
        touch.device.map(Device::as_str).into(),
        timestamp(touch.at).into(),
        timestamp(touch.until()).into(),
    ];
    let told_types = [TEXTOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, TIMESTAMPTZOID, TIMESTAMPTZOID];
    let mut arguments: Vec<DatumWithOid<'_>> = vec![id.into(), touch.campaign_id.into(), touch.session_id.into()];
    let mut types = vec![UUIDOID, UUIDOID, TEXTOID];
    if let Some(latest) = latest {
        arguments.extend([latest.session_no.into(), (latest.touch_no + 1).into()]);
        types.extend([INT8OID, INT4OID]);
    }
    arguments.extend(told);
    types.extend(told_types);
    let plan = kept(client, schema, if latest.is_some() { INSERT } else { INSERT_FIRST }, &types)?;
    let inserted = client.update(&*plan, None, &arguments)?;
    if inserted.is_empty() {
        return Ok(None);
    }
    if inserted.first().get_one()? == Some(true) || touch.may_be_late() {
        mark_late(client, schema, &[touch])?;
    }
    Ok(Some(touch.outcome(id, touch.until(), true)))
}

/// Lets snapshots know of visits that were just inserted, and that they may have passed already.
fn mark_late(client: &mut SpiClient<'_>, schema: pg_sys::Oid, touches: &[&Touch<'_>]) -> Result<(), Error> {
    let plan = kept(client, schema, MARK_LATE, &[UUIDARRAYOID, TIMESTAMPTZARRAYOID])?;
    let arguments = [column(touches, |touch| touch.campaign_id), column(touches, |touch| timestamp(touch.at))];
    client.update(&*plan, None, &arguments)?;
    Ok(())
}

fn track_many(
    client: &mut SpiClient<'_>,
    schema: pg_sys::Oid,
    clicks: &[Click<'_>],
) -> Result<Vec<Result<Outcome, Error>>, Error> {
    let checked: Vec<Result<_, Error>> = clicks.iter().map(checked).collect();
    if let Some(Err(error)) = checked.iter().find(|result| matches!(result, Err(Error::NotAllowed(_)))) {
        return Err(error.clone());
    }
    campaigns::hold(schema)?;
    let mut found = HashMap::new();
    for (code, _, _) in checked.iter().flatten() {
        if !found.contains_key(code) {
            found.insert(*code, campaigns::find(client, schema, code)?);
        }
    }

    let mut outcomes: Vec<Option<Result<Outcome, Error>>> = vec![None; clicks.len()];
    let mut pending: Vec<(usize, Touch<'_>)> = Vec::with_capacity(clicks.len());
    for (i, (click, checked)) in clicks.iter().zip(checked).enumerate() {
        let touch = checked.and_then(|(code, session_id, at)| {
            let campaign = active_campaign(code, found.get(code).copied().flatten())?;
            Ok(touch_of(click, session_id, at, campaign))
        });
        match touch {
            Err(error) => outcomes[i] = Some(Err(error)),
            Ok(touch) if touch.is_unrecorded_bot() => outcomes[i] = Some(Ok(touch.unrecorded())),
            Ok(touch) => pending.push((i, touch)),
        }
    }

    // Two batches never wait for each other in a circle: both touch sessions in sorted order, first those that are new
    // to them, all at once, then the others one by one. A session that is new to this batch is not held by one that has
    // come to its second part.
    pending.sort_by(|a, b| a.1.session_id.cmp(b.1.session_id).then(a.0.cmp(&b.0)));
    let inserted = insert_first_of_many(client, schema, &pending)?;
    let mut last_session = "";
    for (i, touch) in &pending {
        pgrx::check_for_interrupts!();
        let is_first = touch.session_id != last_session;
        last_session = touch.session_id;
        outcomes[*i] = Some(Ok(match inserted.get(touch.session_id) {
            Some(visit_id) if is_first => touch.outcome(*visit_id, touch.until(), true),
            _ => settle(client, schema, touch)?,
        }));
    }
    Ok(outcomes.into_iter().flatten().collect())
}

/// Inserts the first touch of each session that has none, and tells the visits made; `touches` are sorted by session.
fn insert_first_of_many(
    client: &mut SpiClient<'_>,
    schema: pg_sys::Oid,
    touches: &[(usize, Touch<'_>)],
) -> Result<HashMap<String, pgrx::Uuid>, Error> {
    let first: Vec<&Touch<'_>> =
        touches.chunk_by(|a, b| a.1.session_id == b.1.session_id).map(|clicks| &clicks[0].1).collect();
    let plan = kept(client, schema, FIND_KNOWN, &[TEXTARRAYOID])?;
    let known: HashSet<String> = client
        .select(&*plan, None, &[column(&first, |touch| touch.session_id)])?
        .map(|row| needed(row.get(1)?))
        .collect::<Result<_, Error>>()?;
    let new: Vec<&Touch<'_>> = first.into_iter().filter(|touch| !known.contains(touch.session_id)).collect();
    if new.is_empty() {
        return Ok(HashMap::new());
    }
    let plan = kept(
        client,
        schema,
        INSERT_FIRST_OF_MANY,
        &[
            UUIDARRAYOID,
            UUIDARRAYOID,
            TEXTARRAYOID,
            TEXTARRAYOID,
            TEXTARRAYOID,
            TEXTARRAYOID,
            TEXTARRAYOID,
            TEXTARRAYOID,
            TEXTARRAYOID,
            TEXTARRAYOID,
            TIMESTAMPTZARRAYOID,
            TIMESTAMPTZARRAYOID,
        ],
    )?;
    let mut is_late = false;
    let inserted = client
        .update(
            &*plan,
            None,
            &[
                column(&new, |_| crate::ids::new_id()),
                column(&new, |touch| touch.campaign_id),
                column(&new, |touch| touch.session_id),
                column(&new, |touch| touch.ip_address.as_deref()),
                column(&new, |touch| touch.user_agent),
                column(&new, |touch| touch.referrer),
                column(&new, |touch| touch.landing_page),
                column(&new, |touch| touch.country.as_deref()),
                column(&new, |touch| touch.city.as_deref()),
                column(&new, |touch| touch.device.map(Device::as_str)),
                column(&new, |touch| timestamp(touch.at)),
                column(&new, |touch| timestamp(touch.until())),
            ],
        )?
        .map(|row| {
            is_late |= row.get(3)? == Some(true);
            Ok((needed(row.get(1)?)?, needed(row.get(2)?)?))
        })
        .collect::<Result<HashMap<String, pgrx::Uuid>, Error>>()?;
    if is_late || new.iter().any(|touch| touch.may_be_late()) {
        let inserted: Vec<&Touch<'_>> =
            new.into_iter().filter(|touch| inserted.contains_key(touch.session_id)).collect();
        mark_late(client, schema, &inserted)?;
    }
    Ok(inserted)
}

/// One array argument: a value of each touch.
fn column<'a, T>(touches: &'a [&'a Touch<'a>], value: impl Fn(&'a Touch<'a>) -> T) -> DatumWithOid<'static>
where
    Vec<T>: IntoDatum,
{
    touches.iter().map(|touch| value(touch)).collect::<Vec<T>>().into()
}

impl<'a> Touch<'a> {
    /// Whether the click is of another time than now, or its transaction has run for long. To be asked once the visit is
    /// inserted.
    fn may_be_late(&self) -> bool {
        // SAFETY: both read the clock, or what was read of it.
        let (start, now) = unsafe { (pg_sys::GetCurrentTransactionStartTimestamp(), pg_sys::GetCurrentTimestamp()) };
        self.at < start || now - start > ONE_SECOND
    }

    fn until(&self) -> Moment {
        self.at + settings::window_micros()
    }

    fn is_unrecorded_bot(&self) -> bool {
        self.device == Some(Device::Bot) && !settings::record_bots()
    }

    fn unrecorded(&self) -> Outcome {
        Outcome { visit_id: None, campaign_id: self.campaign_id, expires_at: None, is_new: false }
    }

    fn outcome(&self, visit_id: pgrx::Uuid, expires_at: Moment, is_new: bool) -> Outcome {
        Outcome { visit_id: Some(visit_id), campaign_id: self.campaign_id, expires_at: Some(expires_at), is_new }
    }
}

/// Fills in what the click does not say itself: the device, the address as it may be kept, and where it is.
fn touch_of<'a>(click: &Click<'a>, session_id: &'a str, at: Moment, campaign_id: pgrx::Uuid) -> Touch<'a> {
    let user_agent = cut(click.user_agent);
    let address = click.ip_address.and_then(addresses::parse);
    let (country, city) = address.map_or((None, None), place_of);
    Touch {
        campaign_id,
        session_id,
        landing_page: cut(click.landing_page),
        user_agent,
        referrer: cut(click.referrer),
        ip_address: address
            .and_then(|address| addresses::store(address, settings::ip_storage()))
            .map(|kept| kept.to_string()),
        device: user_agent.and_then(devices::classify),
        country,
        city,
        at,
    }
}

fn place_of(address: IpAddr) -> (Option<String>, Option<String>) {
    let Some(path) = settings::geoip_database() else {
        return (None, None);
    };
    let place = geo::lookup(&path, address);
    if let Some(warning) = place.warning {
        warning!("{warning}");
    }
    (place.country, place.city)
}

fn checked<'a>(click: &Click<'a>) -> Result<(&'a str, &'a str, Moment), Error> {
    let code = click
        .tracking_code
        .map(str::trim)
        .filter(|code| !code.is_empty())
        .ok_or_else(|| Error::InvalidValue("tracking_code must be given".to_owned()))?;
    Ok((code, checked_session(click.session_id)?, checked_moment(click.visited_at)?))
}

fn checked_session(session_id: Option<&str>) -> Result<&str, Error> {
    let session_id = session_id.unwrap_or_default();
    if session_id.trim().is_empty() {
        return Err(Error::InvalidValue("session_id must be given".to_owned()));
    }
    if session_id.len() > LONGEST_SESSION_ID {
        return Err(Error::InvalidValue(format!("session_id must have at most {LONGEST_SESSION_ID} bytes")));
    }
    if session_id.chars().any(char::is_control) {
        return Err(Error::InvalidValue("session_id must not hold control characters".to_owned()));
    }
    Ok(session_id)
}

/// The transaction's moment, or the one given, which must not lie after it and needs campaign_admin.
fn checked_moment(given: Option<Moment>) -> Result<Moment, Error> {
    // SAFETY: reads a field of the current transaction.
    let now = unsafe { pg_sys::GetCurrentTransactionStartTimestamp() };
    let Some(given) = given else {
        return Ok(now);
    };
    // SAFETY: both look up roles in the system caches.
    let is_admin = unsafe {
        let admin = pg_sys::get_role_oid(c"campaign_admin".as_ptr(), true);
        admin != pg_sys::InvalidOid && pg_sys::has_privs_of_role(pg_sys::GetOuterUserId(), admin)
    };
    if !is_admin {
        return Err(Error::NotAllowed("only campaign_admin may record clicks and views of another time".to_owned()));
    }
    // The epoch 1970 keeps infinities and dates of another calendar out.
    if given > now || given < -946_684_800_000_000 {
        return Err(Error::InvalidValue("the time of a click or view must lie between 1970 and now".to_owned()));
    }
    Ok(given)
}

fn active_campaign(code: &str, campaign: Option<Campaign>) -> Result<pgrx::Uuid, Error> {
    match campaign {
        None => Err(Error::NotFound(format!("no campaign with tracking code {code}"))),
        Some(Campaign { is_active: false, .. }) => Err(Error::Refused(format!("campaign {code} is not active"))),
        Some(Campaign { id, is_active: true }) => Ok(id),
    }
}

/// A text as it is kept: at most 2,000 characters, and nothing rather than blank.
fn cut(text: Option<&str>) -> Option<&str> {
    let text = text?.trim();
    let end = text.char_indices().nth(LONGEST_TEXT).map_or(text.len(), |(end, _)| end);
    (!text.is_empty()).then_some(&text[..end])
}

fn needed<T>(value: Option<T>) -> Result<T, Error> {
    value.ok_or_else(|| Error::Internal("a column that cannot be NULL is NULL".to_owned()))
}

fn moment(timestamp: TimestampWithTimeZone) -> Moment {
    timestamp.into()
}

fn timestamp(moment: Moment) -> TimestampWithTimeZone {
    TimestampWithTimeZone::try_from(moment).unwrap_or_else(|_| TimestampWithTimeZone::positive_infinity())
}
