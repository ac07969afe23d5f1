//! Counting visits for snapshots: one pass over the facts fills every hour, day and breakdown value at once.
//!
//! SQL would group the same visits once for each of them, at fifty times the cost.

use pgrx::datum::{Date, TimestampWithTimeZone};
use pgrx::pg_sys::panic::ErrorReport;
use pgrx::prelude::*;
use pgrx::spi::SpiClient;
use pgrx::{FromDatum, check_for_interrupts};
use roaring::RoaringTreemap;
use rustc_hash::FxHashMap;
use std::borrow::{Borrow, Cow};
use std::hash::Hash;
use std::ptr;

use crate::audience::Audience;
use crate::errors::Error;
use crate::links::host;
use crate::plans::{kept, schema_of};
use pgrx::pg_sys::BuiltinOid::{TIMESTAMPTZARRAYOID, TIMESTAMPTZOID, UUIDARRAYOID};

/// Visits read at a time.
const BATCH: i64 = 8_192;

/// Microseconds of an hour.
const HOUR: i64 = 3_600_000_000;

macro_rules! visits {
    () => {
        "select v.campaign_id, v.visited_at, v.session_no, v.device_type, v.country, v.city, v.referrer, v.landing_page
"
    };
}

/// What visits are told apart by, in the order of the columns of `visits!` from [`FIRST_VALUE`] on.
const DIMENSIONS: [&str; 5] = ["device", "country", "city", "referrer", "landing_page"];
const REFERRER: usize = 3;

/// The column of the first dimension.
const FIRST_VALUE: usize = 3;
const COLUMNS: usize = FIRST_VALUE + DIMENSIONS.len();

/// The visits of all campaigns in one stretch of time, and those of some campaigns, each in a stretch of its own.
const VISITS_OF_ALL: &str = concat!(
    visits!(),
    "  from campaign_visits v
 where v.visited_at >= $1 and v.visited_at < $2 and v.device_type is distinct from 'bot'"
);
const VISITS_OF_SOME: &str = concat!(
    visits!(),
    "  from unnest($1, $2, $3) r (campaign_id, starts_at, ends_at)
  join campaign_visits v on v.campaign_id = r.campaign_id and v.visited_at >= r.starts_at and v.visited_at < r.ends_at
 where v.device_type is distinct from 'bot'"
);

/// The sessions of the visits of one bucket, one for each visit.
type Sessions = Vec<u64>;

/// A value of a dimension on a day, all by their numbers here; the value 0 is what is not known.
type Cell = (u32, u32, u8, u32);

#[derive(Default)]
struct Tally {
    campaigns: Numbered<[u8; 16]>,
    values: Numbered<String>,
    hours: FxHashMap<(u32, i64), Sessions>,
    cells: FxHashMap<Cell, Sessions>,
}

/// Numbers things in the order in which they come, from 1.
struct Numbered<T> {
    numbers: FxHashMap<T, u32>,
}

impl<T> Default for Numbered<T> {
    fn default() -> Self {
        Numbered { numbers: FxHashMap::default() }
    }
}

impl<T: Eq + Hash> Numbered<T> {
    fn number<Q>(&mut self, thing: &Q) -> u32
    where
        T: Borrow<Q>,
        Q: Eq + Hash + ToOwned<Owned = T> + ?Sized,
    {
        if let Some(number) = self.numbers.get(thing) {
            return *number;
        }
        let number = self.numbers.len() as u32 + 1;
        self.numbers.insert(thing.to_owned(), number);
        number
    }

    /// The things by their numbers; the first is a gap.
    fn things(self) -> Vec<Option<T>> {
        let mut things: Vec<Option<T>> = Vec::new();
        things.resize_with(self.numbers.len() + 1, || None);
        for (thing, number) in self.numbers {
            things[number as usize] = Some(thing);
        }
        things
    }
}

/// The visits of campaign_ids[i] in starts[i] <= t < ends[i], or of all campaigns in starts[1] <= t < ends[1] when
/// campaign_ids is NULL, without bots, counted by hour of UTC (hour is set), by day
/// (only day is set) and by day and value of each dimension (dimension is set; value is NULL for what is not known).
/// day_starts are the first instants of the local days, ascending; visits before the first or from the last one's end
/// on count in the first or last.
#[pg_extern(stable, parallel_unsafe, security_definer, requires = ["campaign_audience_type"])]
#[search_path(@extschema@, pg_temp)]
#[allow(clippy::type_complexity)]
fn _campaign_tally_visits(
    campaign_ids: Option<Vec<pgrx::Uuid>>,
    starts: Vec<TimestampWithTimeZone>,
    ends: Vec<TimestampWithTimeZone>,
    days: Vec<Date>,
    day_starts: Vec<TimestampWithTimeZone>,
    fcinfo: pg_sys::FunctionCallInfo,
) -> Result<
    TableIterator<
        'static,
        (
            name!(campaign_id, pgrx::Uuid),
            name!(hour, Option<TimestampWithTimeZone>),
            name!(day, Option<Date>),
            name!(dimension, Option<&'static str>),
            name!(value, Option<String>),
            name!(visits, i64),
            name!(audience, Audience<'static>),
        ),
    >,
    ErrorReport,
> {
    let day_starts: Vec<i64> = day_starts.into_iter().map(Into::into).collect();
    if days.is_empty() || days.len() != day_starts.len() || starts.is_empty() || starts.len() != ends.len() {
        return Err(Error::Internal("the arrays do not belong together".to_owned()).into());
    }
    let tally = Spi::connect(|client| count(client, schema_of(fcinfo), campaign_ids, starts, ends, &day_starts))?;

    let campaigns = tally.campaigns.things();
    let values = tally.values.things();
    let mut whole_days: FxHashMap<(u32, u32), Sessions> = FxHashMap::default();
    // Every visit has one device, known or not: together the devices of a day are the day.
    for ((campaign, day, dimension, _), sessions) in &tally.cells {
        if *dimension == 0 {
            whole_days.entry((*campaign, *day)).or_default().extend(sessions);
        }
    }
    let id = move |campaign: u32| pgrx::Uuid::from_bytes(campaigns[campaign as usize].unwrap_or_default());
    let hours = tally.hours.into_iter().map(|((campaign, hour), sessions)| {
        let hour = TimestampWithTimeZone::try_from(hour * HOUR).ok();
        (campaign, hour, None, None, None, sessions)
    });
    let day_rows = whole_days.into_iter().map({
        let days = days.clone();
        move |((campaign, day), sessions)| (campaign, None, Some(days[day as usize]), None, None, sessions)
    });
    let cells = tally.cells.into_iter().map(move |((campaign, day, dimension, value), sessions)| {
        let value = values[value as usize].clone();
        (campaign, None, Some(days[day as usize]), Some(DIMENSIONS[dimension as usize]), value, sessions)
    });
    let rows = hours.chain(day_rows).chain(cells).map(move |(campaign, hour, day, dimension, value, sessions)| {
        let visits = sessions.len() as i64;
        Ok((id(campaign), hour, day, dimension, value, visits, audience(sessions)?))
    });
    Ok(TableIterator::new(rows.collect::<Result<Vec<_>, ErrorReport>>()?))
}

fn audience(mut sessions: Sessions) -> Result<Audience<'static>, ErrorReport> {
    sessions.sort_unstable();
    sessions.dedup();
    let set = RoaringTreemap::from_sorted_iter(sessions)
        .map_err(|_| Error::Internal("sorted sessions are not sorted".to_owned()))?;
    Audience::try_from(set)
}

fn count(
    client: &SpiClient<'_>,
    schema: pg_sys::Oid,
    campaign_ids: Option<Vec<pgrx::Uuid>>,
    starts: Vec<TimestampWithTimeZone>,
    ends: Vec<TimestampWithTimeZone>,
    day_starts: &[i64],
) -> Result<Tally, Error> {
    let mut cursor = match campaign_ids {
        Some(campaign_ids) => {
            let types = [UUIDARRAYOID, TIMESTAMPTZARRAYOID, TIMESTAMPTZARRAYOID];
            let plan = kept(client, schema, VISITS_OF_SOME, &types)?;
            client.try_open_cursor(&*plan, &[campaign_ids.into(), starts.into(), ends.into()])?
        }
        None => {
            let plan = kept(client, schema, VISITS_OF_ALL, &[TIMESTAMPTZOID, TIMESTAMPTZOID])?;
            client.try_open_cursor(&*plan, &[starts[0].into(), ends[0].into()])?
        }
    };
    let mut tally = Tally::default();
    let mut last_day = 0;
    loop {
        check_for_interrupts!();
        if cursor.fetch(BATCH)?.is_empty() {
            return Ok(tally);
        }
        // SAFETY: fetching left the rows here, and nothing else runs queries until they are freed.
        unsafe {
            let table = pg_sys::SPI_tuptable;
            for i in 0..(*table).numvals as usize {
                let mut values = [pg_sys::Datum::null(); COLUMNS];
                let mut nulls = [false; COLUMNS];
                let row = *(*table).vals.add(i);
                pg_sys::heap_deform_tuple(row, (*table).tupdesc, values.as_mut_ptr(), nulls.as_mut_ptr());
                tally.add(&values, &nulls, day_starts, &mut last_day);
            }
            pg_sys::SPI_freetuptable(table);
            pg_sys::SPI_tuptable = ptr::null_mut();
        }
    }
}

impl Tally {
    /// Counts one row of `visits!`. Rows come in the order of time more often than not: `last_day` is tried first.
    ///
    /// # Safety
    /// The datums are those of a row of `visits!`.
    unsafe fn add(
        &mut self,
        values: &[pg_sys::Datum; COLUMNS],
        nulls: &[bool; COLUMNS],
        day_starts: &[i64],
        last_day: &mut usize,
    ) {
        // SAFETY: the first column is a uuid, and none of the first three can be NULL.
        let campaign = unsafe { &*values[0].cast_mut_ptr::<[u8; 16]>() };
        let at = values[1].value() as i64;
        let session = values[2].value() as u64;
        let campaign = self.campaigns.number(campaign);
        let is_that_day = day_starts[*last_day] <= at && day_starts.get(*last_day + 1).is_none_or(|next| at < *next);
        if !is_that_day {
            *last_day = day_starts.partition_point(|start| *start <= at).saturating_sub(1);
        }
        self.hours.entry((campaign, at.div_euclid(HOUR))).or_default().push(session);
        for dimension in 0..DIMENSIONS.len() {
            let column = FIRST_VALUE + dimension;
            // SAFETY: these columns are texts.
            let text = unsafe { <&str>::from_datum(values[column], nulls[column]) };
            let value = match dimension {
                REFERRER => text.and_then(host),
                _ => text.map(Cow::Borrowed),
            };
            let value = value.filter(|value| !value.is_empty()).map_or(0, |value| self.values.number(&*value));
            let cell = (campaign, *last_day as u32, dimension as u8, value);
            self.cells.entry(cell).or_default().push(session);
        }
    }
}
