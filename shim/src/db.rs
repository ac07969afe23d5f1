//! The database: one pool a role, one statement a function of the extension. No other file holds SQL.

use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use deadpool_postgres::{Client, Manager, ManagerConfig, Pool, RecyclingMethod, Runtime};
use tokio::sync::Mutex;
use tokio_postgres::Row;
use tokio_postgres::types::{ToSql, Type};
use uuid::Uuid;

use crate::config::Config;
use crate::envelope::utc;
use crate::errors::{Error, StartError, chain};
use crate::tls::{self, Login};

type Args<'a> = &'a [&'a (dyn ToSql + Sync)];

/// The roles a connection can take, in the order they are checked.
const ROLES: [&str; 4] = ["campaign_tracker", "campaign_analyst", "campaign_admin", "campaign_gatekeeper"];

/// The version of this server, which extension and tables must share.
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// How long the state of the installation is remembered.
const STATUS_REMEMBERED: Duration = Duration::from_secs(60);

/// Enough to look up keys, which are remembered for some seconds.
const GATEKEEPER_CONNECTIONS: u16 = 2;

/// The arguments of campaign_create: name, type, and whether it has no default.
const CAMPAIGN_FIELDS: [(&str, &str, bool); 14] = [
    ("name", "text", true),
    ("platform", "text", true),
    ("campaign_type", "text", true),
    ("parent_campaign_id", "uuid", false),
    ("description", "text", false),
    ("post_url", "text", false),
    ("landing_url", "text", false),
    ("tracking_code", "text", false),
    ("cost", "numeric", false),
    ("budget", "numeric", false),
    ("starts_at", "timestamptz", false),
    ("ends_at", "timestamptz", false),
    ("is_active", "boolean", false),
    ("metadata", "jsonb", false),
];

/// What the login finds at start: the extension's schema, whether its tables are there, and what is wrong with a role.
const CHECK: &str = "
select quote_ident(n.nspname) as schema,
       exists (select from pg_class c where c.relnamespace = n.oid and c.relname = 'campaigns') as installed,
       current_database()::text as database,
       current_user::text as login,
       (select string_agg(role, ', ' order by role) from unnest($1::text[]) role
        where not exists (select from pg_roles r where r.rolname = role)) as absent,
       (select string_agg(role, ', ' order by role) from unnest($1::text[]) role
        where exists (select from pg_roles r where r.rolname = role and not pg_has_role(r.oid, 'member'))) as withheld
from (select) one
left join pg_extension e on e.extname = 'pg_campaign'
left join pg_namespace n on n.oid = e.extnamespace";

/// The statements, with the extension's schema in them. Each answers one row; documents are JSON text.
struct Sql {
    schema: String,
    update: String,
    delete: String,
    set_active: [String; 2],
    get: String,
    list: String,
    children: String,
    landing: String,
    tracking_url: String,
    track_visits: String,
    update_activities: String,
    identify: String,
    preview: String,
    deletion: String,
    analytics: String,
    compared_analytics: String,
    timeline: String,
    products: String,
    conversions: String,
    visits: String,
    leaderboard: String,
    overview: String,
    compared_overview: String,
    branches: String,
    live: String,
    overlap: String,
    platforms: String,
    create_key: String,
    list_keys: String,
    revoke_key: String,
    key_role: String,
    versions: String,
    status: String,
    installation: String,
    settings: String,
    failures: String,
    retry_failures: String,
    snapshot: String,
    order_source: String,
    acquisition: String,
    history: String,
    place_order: String,
}

impl Sql {
    fn new(schema: &str) -> Self {
        let campaign = document("c");
        let one = |call: &str| format!("select {campaign}::text from {schema}.{call} c");
        let plain = |call: &str| format!("select {schema}.{call}::text");
        let rows = |call: &str| format!("select coalesce(jsonb_agg(to_jsonb(r)), '[]')::text from {schema}.{call} r");
        // The cursor of a full page's last row asks for the next page.
        let page = |call: &str, size: &str| {
            format!(
                "select coalesce(jsonb_agg(to_jsonb(r) - 'cursor'), '[]')::text,
                        case when count(*) = {size}::int then (array_agg(r.cursor))[{size}::int] end
                 from {schema}.{call} r"
            )
        };
        Self {
            schema: schema.to_owned(),
            update: one("campaign_update(id => $1, changes => $2::text::jsonb)"),
            delete: format!("select to_jsonb(d)::text from {schema}.campaign_delete(id => $1, force => $2) d"),
            set_active: [one("campaign_deactivate(id => $1)"), one("campaign_activate(id => $1)")],
            get: one("campaign_get(id => $1)"),
            list: format!(
                "select coalesce(jsonb_agg({campaign}), '[]')::text,
                        {schema}.campaign_count(platform => $1::text, campaign_type => $2::text, is_active => $3::boolean,
                            parent_campaign_id => $4::uuid, search => $5::text)
                 from {schema}.campaign_list(platform => $1::text, campaign_type => $2::text, is_active => $3::boolean,
                     parent_campaign_id => $4::uuid, search => $5::text, page => $6::int, page_size => $7::int) c"
            ),
            children: format!(
                "select coalesce(jsonb_agg({campaign}), '[]')::text from {schema}.campaign_children(id => $1) c"
            ),
            landing: plain("campaign_landing(tracking_code => $1)"),
            tracking_url: plain("campaign_tracking_url(id => $1)"),
            track_visits: format!(
                "select visit_id, campaign_id, expires_at, error_code, error_message
                 from {schema}.campaign_track_visits(tracking_codes => $1, session_ids => $2, landing_pages => $3,
                     user_agents => $4, referrers => $5, ip_addresses => $6)
                 order by ordinal"
            ),
            update_activities: format!(
                "select expires_at, error_code, error_message
                 from {schema}.campaign_update_activities(session_ids => $1)
                 order by ordinal"
            ),
            identify: format!(
                "select json_build_object('visits_linked', visits)::text
                 from {schema}.campaign_identify(session_id => $1, customer_id => $2::text) visits"
            ),
            analytics: plain(
                "campaign_analytics(campaign_id => $1, start_date => $2::text::date, end_date => $3::text::date,
                     include_children => $4, tz => $5)",
            ),
            compared_analytics: format!(
                "select ({schema}.campaign_analytics(campaign_id => $1, start_date => $2::text::date, end_date => $3::text::date,
                     include_children => $4, tz => $5)
                 || jsonb_build_object('previous', {schema}.campaign_comparison(campaign_id => $1, start_date => $2::text::date,
                     end_date => $3::text::date, include_children => $4, tz => $5)))::text"
            ),
            preview: format!(
                "select to_jsonb(p)::text from {schema}.campaign_preview(name => $1, platform => $2,
                     campaign_type => coalesce($3, 'post'), landing_url => $4, wanted_code => $5) p"
            ),
            deletion: format!(
                "select to_jsonb(d)::text from {schema}.campaign_deletion(ids => string_to_array($1::text, ',')::uuid[]) d"
            ),
            timeline: format!(
                "select coalesce(jsonb_agg(jsonb_build_object('date', t.bucket_date, 'starts_at', t.bucket, 'visits', t.visits,
                        'unique_visitors', t.unique_visitors, 'conversions', t.conversions, 'revenue', t.revenue)), '[]')::text
                 from {schema}.campaign_timeline(campaign_id => $1, start_date => $2::text::date, end_date => $3::text::date,
                     include_children => $4, tz => $5, granularity => $6) t"
            ),
            products: rows(
                "campaign_products(campaign_id => $1, start_date => $2::text::date, end_date => $3::text::date,
                     include_children => $4, tz => $5, max_rows => $6)",
            ),
            conversions: page(
                "campaign_conversions_of(campaign_id => $1, start_date => $2::text::date, end_date => $3::text::date,
                     include_children => $4, tz => $5, cursor => $6, page_size => $7)",
                "$7",
            ),
            visits: page(
                "campaign_visits_of(campaign_id => $1, only_active => $2, include_children => $3, cursor => $4, page_size => $5)",
                "$5",
            ),
            leaderboard: rows(
                "campaign_leaderboard(metric => $1, max_rows => $2, start_date => $3::text::date, end_date => $4::text::date,
                     platform => $5, minimum_visits => $6, tz => $7, include_children => $8)",
            ),
            overview: plain("campaign_overview(start_date => $1::text::date, end_date => $2::text::date, tz => $3)"),
            compared_overview: format!(
                "select ({schema}.campaign_overview(start_date => $1::text::date, end_date => $2::text::date, tz => $3)
                 || jsonb_build_object('previous', {schema}.campaign_comparison(start_date => $1::text::date,
                     end_date => $2::text::date, tz => $3)))::text"
            ),
            branches: rows(
                "campaign_branches(parent_campaign_id => $1::uuid, start_date => $2::text::date, end_date => $3::text::date,
                     tz => $4, max_rows => $5)",
            ),
            live: rows("campaign_live()"),
            overlap: rows(
                "campaign_overlap(campaign_id => $1, start_date => $2::text::date, end_date => $3::text::date, tz => $4,
                     max_children => $5)",
            ),
            platforms: rows("campaign_platforms(start_date => $1::text::date, end_date => $2::text::date, tz => $3)"),
            create_key: format!(
                "select json_build_object('id', {schema}._campaign_key_id(k.key), 'key', k.key)::text
                 from {schema}.campaign_create_key(name => $1, role => $2) k (key)"
            ),
            list_keys: rows("campaign_list_keys()"),
            revoke_key: format!(
                "select json_build_object('id', $1, 'revoked_at', {})::text from {schema}.campaign_revoke_key(id => $1) k (revoked_at)",
                time("k.revoked_at")
            ),
            key_role: plain("_campaign_key_role(key => $1)"),
            versions: format!(
                "select e.extversion, (select v.version from {schema}._campaign_schema_version v)
                 from pg_extension e where e.extname = 'pg_campaign'"
            ),
            status: format!(
                "select failures_waiting, campaigns, visits, conversions,
                        extract(epoch from clock_timestamp() - snapshots_until)::float8
                 from {schema}.campaign_status()"
            ),
            installation: format!("select to_jsonb(s)::text from {schema}.campaign_status() s"),
            settings: format!(
                "select (jsonb_build_object('role', $1::text) || to_jsonb(s))::text from {schema}.campaign_settings() s"
            ),
            failures: rows("campaign_failures(max_rows => $1)"),
            retry_failures: rows("campaign_retry_failures()"),
            snapshot: format!("select ran, facts from {schema}.campaign_snapshot()"),
            order_source: plain("campaign_order_source(order_id => $1::text)"),
            acquisition: plain("campaign_customer_acquisition(customer_id => $1::text)"),
            history: plain("campaign_customer_history(customer_id => $1::text)"),
            place_order: "select demo.place_order(customer_id => $1, items => $2::text::jsonb, shipping_address_id => $3,
                billing_address_id => $4, session_id => $5)::text"
                .to_owned(),
        }
    }

    /// campaign_create with the given fields only, so that SQL's own defaults stand for the others.
    fn create(&self, given: &[String]) -> String {
        let is_given = |name: &str| given.iter().any(|field| field == name);
        let arguments: Vec<String> = CAMPAIGN_FIELDS
            .iter()
            .filter(|(name, _, required)| *required || is_given(name))
            .map(|(name, of_type, _)| match *of_type {
                "jsonb" => format!("{name} => nullif($1::jsonb -> '{name}', 'null')"),
                of_type => format!("{name} => ($1::jsonb ->> '{name}')::{of_type}"),
            })
            .collect();
        let Self { schema, .. } = self;
        format!("select {}::text from {schema}.campaign_create({}) c", document("c"), arguments.join(", "))
    }
}

/// A campaign_details row as jsonb, its times ending in Z.
fn document(row: &str) -> String {
    let times: Vec<String> = ["starts_at", "ends_at", "created_at", "updated_at"]
        .iter()
        .map(|column| format!("'{column}', {}", time(&format!("{row}.{column}"))))
        .collect();
    format!("(to_jsonb({row}) || jsonb_build_object({}))", times.join(", "))
}

/// A timestamptz as RFC 3339 text ending in Z; sessions of the shim are in UTC.
fn time(expression: &str) -> String {
    format!("replace(to_jsonb({expression}) #>> '{{}}', '+00:00', 'Z')")
}

/// One page of campaigns to look for; `None` does not filter.
pub struct CampaignFilter<'a> {
    pub platform: Option<&'a str>,
    pub campaign_type: Option<&'a str>,
    pub is_active: Option<bool>,
    pub parent_campaign_id: Option<Uuid>,
    pub search: Option<&'a str>,
    /// From 1.
    pub page: i32,
    /// Rows.
    pub page_size: i32,
}

/// A campaign that is not made yet.
pub struct Preview<'a> {
    pub name: Option<&'a str>,
    pub platform: Option<&'a str>,
    pub campaign_type: Option<&'a str>,
    pub landing_url: Option<&'a str>,
    pub tracking_code: Option<&'a str>,
}

/// A click on a trackable link.
#[derive(Debug, Default)]
pub struct Click {
    pub tracking_code: Option<String>,
    pub session_id: Option<String>,
    pub landing_page: Option<String>,
    pub user_agent: Option<String>,
    pub referrer: Option<String>,
    pub ip_address: Option<String>,
}

/// What a click came to; an unrecorded bot has no visit.
#[derive(Debug)]
pub struct Visit {
    pub visit_id: Option<Uuid>,
    pub campaign_id: Option<Uuid>,
    pub expires_at: Option<DateTime<Utc>>,
}

/// A part of a list: JSON rows, and the cursor that asks for the next part.
pub type Part = (String, Option<String>);

/// Which campaigns compete, and by what.
pub struct Contest<'a> {
    pub metric: &'a str,
    pub limit: i32,
    pub platform: Option<&'a str>,
    pub minimum_visits: i64,
}

/// What a report covers.
pub struct Range<'a> {
    /// First day, inclusive; `None`: from the beginning.
    pub start_date: Option<&'a str>,
    /// Last day, inclusive; `None`: until now.
    pub end_date: Option<&'a str>,
    pub include_children: bool,
    /// Time zone of the days; `None`: the shop's.
    pub tz: Option<&'a str>,
}

/// An order of the demo shop; `items` is JSON text.
pub struct Order<'a> {
    pub customer_id: Option<Uuid>,
    pub items: Option<&'a str>,
    pub shipping_address_id: Option<Uuid>,
    pub billing_address_id: Option<Uuid>,
    pub session_id: Option<&'a str>,
}

/// The state of the installation.
#[derive(Clone)]
pub struct Status {
    pub failures_waiting: i64,
    pub campaigns: i64,
    pub visits: i64,
    pub conversions: i64,
    /// Seconds that the snapshots are behind the clock; `None` before the first.
    pub snapshot_lag: Option<f64>,
}

/// What a turn of the snapshot timer came to.
pub struct Fold {
    /// Whether it was our turn: not while another one runs.
    pub ran: bool,
    /// Clicks and conversions that were folded in.
    pub facts: i64,
}

/// The database as the routes see it.
#[derive(Clone)]
pub struct Db(Arc<Inner>);

struct Inner {
    tracker: Pool,
    analyst: Pool,
    admin: Pool,
    gatekeeper: Pool,
    snapshots: Pool,
    status: Mutex<Option<(Status, Instant)>>,
    sql: Sql,
}

impl Db {
    /// Connects, and checks that everything the routes need is there.
    pub async fn connect(config: &Config) -> Result<Self, StartError> {
        let (mut login, tls) = tls::login(&config.database_url)?;
        login.connect_timeout(config.connect_timeout);
        login.keepalives_idle(Duration::from_secs(30));
        login.tcp_user_timeout(config.request_timeout);
        let login = (login, tls);
        let schema = check(&login).await?;
        let pool = |role, connections| pool_of(&login, config, role, connections, config.statement_timeout);
        let [tracker, analyst, admin, gatekeeper] = ROLES;
        let inner = Inner {
            tracker: pool(tracker, config.tracker_connections)?,
            analyst: pool(analyst, config.analyst_connections)?,
            admin: pool(admin, config.admin_connections)?,
            gatekeeper: pool(gatekeeper, GATEKEEPER_CONNECTIONS)?,
            // The first fold of a large shop takes its time.
            snapshots: pool_of(&login, config, admin, 1, Duration::ZERO)?,
            status: Mutex::default(),
            sql: Sql::new(&schema),
        };
        for pool in [&inner.tracker, &inner.analyst, &inner.admin, &inner.gatekeeper] {
            drop(pool.get().await.map_err(|error| unreachable(&error))?);
        }
        Ok(Self(Arc::new(inner)))
    }

    /// Ends all connections.
    pub fn close(&self) {
        let inner = &self.0;
        for pool in [&inner.tracker, &inner.analyst, &inner.admin, &inner.gatekeeper, &inner.snapshots] {
            pool.close();
        }
    }

    /// The version that extension, tables and server share; an error says which of them is of another.
    pub async fn ready(&self) -> Result<&'static str, Error> {
        let found = row(&self.0.analyst, &self.0.sql.versions, &[]).await?;
        let found = found.ok_or_else(|| Error::Unready("the extension pg_campaign is missing".to_owned()))?;
        let versions = [("extension", found.try_get(0)?), ("tables", found.try_get::<_, Option<String>>(1)?)];
        match versions.into_iter().find(|(_, version)| version.as_deref() != Some(VERSION)) {
            None => Ok(VERSION),
            Some((what, version)) => Err(Error::Unready(format!(
                "{what} of version {}, server of version {VERSION}",
                version.as_deref().unwrap_or("none")
            ))),
        }
    }

    /// The state of the installation. It counts rows, so that it is read at most every so often.
    pub async fn status(&self) -> Result<Status, Error> {
        let mut known = self.0.status.lock().await;
        if let Some((status, since)) = &*known
            && since.elapsed() < STATUS_REMEMBERED
        {
            // Whether the database answers is asked each time.
            row(&self.0.analyst, "select 1", &[]).await?;
            return Ok(status.clone());
        }
        let since = Instant::now();
        let found = row(&self.0.analyst, &self.0.sql.status, &[]).await?;
        let found = found.ok_or_else(|| Error::Unready("campaign_status() gave no row".to_owned()))?;
        let count = |column: usize| found.try_get::<_, Option<i64>>(column).map(Option::unwrap_or_default);
        let status = Status {
            failures_waiting: count(0)?,
            campaigns: count(1)?,
            visits: count(2)?,
            conversions: count(3)?,
            snapshot_lag: found.try_get(4)?,
        };
        *known = Some((status.clone(), since));
        Ok(status)
    }

    /// Folds what was recorded since the last time into snapshots.
    pub async fn snapshot(&self) -> Result<Fold, Error> {
        let found = row(&self.0.snapshots, &self.0.sql.snapshot, &[]).await?;
        let found = found.ok_or_else(|| Error::Unready("campaign_snapshot() gave no row".to_owned()))?;
        Ok(Fold { ran: found.try_get(0)?, facts: found.try_get::<_, Option<i64>>(1)?.unwrap_or_default() })
    }

    /// The state of each pool, by its role.
    pub fn pools(&self) -> [(&'static str, deadpool_postgres::Status); 4] {
        let inner = &self.0;
        let pools = [&inner.tracker, &inner.analyst, &inner.admin, &inner.gatekeeper];
        std::array::from_fn(|i| (ROLES[i], pools[i].status()))
    }

    /// `given` names the fields of `json`, the campaign to create.
    pub async fn campaign_create(&self, given: &[String], json: &str) -> Result<String, Error> {
        // Not kept: every set of fields is a statement of its own.
        let client = self.0.admin.get().await?;
        let rows = client.query_typed(&self.0.sql.create(given), &[(&json, Type::TEXT)]).await?;
        rows.first().map_or_else(|| Ok(null()), text)
    }

    /// `changes` is a JSON object with the fields to change.
    pub async fn campaign_update(&self, id: Uuid, changes: &str) -> Result<String, Error> {
        answer(&self.0.admin, &self.0.sql.update, &[&id, &changes]).await
    }

    pub async fn campaign_delete(&self, id: Uuid, force: bool) -> Result<String, Error> {
        answer(&self.0.admin, &self.0.sql.delete, &[&id, &force]).await
    }

    pub async fn campaign_set_active(&self, id: Uuid, active: bool) -> Result<String, Error> {
        answer(&self.0.admin, &self.0.sql.set_active[usize::from(active)], &[&id]).await
    }

    pub async fn campaign_get(&self, id: Uuid) -> Result<String, Error> {
        answer(&self.0.analyst, &self.0.sql.get, &[&id]).await
    }

    pub async fn campaign_children(&self, id: Uuid) -> Result<String, Error> {
        answer(&self.0.analyst, &self.0.sql.children, &[&id]).await
    }

    /// The campaigns of one page, and how many there are on all pages.
    pub async fn campaign_list(&self, filter: &CampaignFilter<'_>) -> Result<(String, i64), Error> {
        let CampaignFilter { platform, campaign_type, is_active, parent_campaign_id, search, page, page_size } = filter;
        let args: Args = &[platform, campaign_type, is_active, parent_campaign_id, search, page, page_size];
        match row(&self.0.analyst, &self.0.sql.list, args).await? {
            Some(row) => Ok((text(&row)?, row.try_get(1)?)),
            None => Ok(("[]".to_owned(), 0)),
        }
    }

    /// The code and the link that a campaign would get.
    pub async fn campaign_preview(&self, draft: &Preview<'_>) -> Result<String, Error> {
        let Preview { name, platform, campaign_type, landing_url, tracking_code } = draft;
        let args: Args = &[name, platform, campaign_type, landing_url, tracking_code];
        answer(&self.0.analyst, &self.0.sql.preview, args).await
    }

    /// How much would go with these campaigns; `ids` with commas between.
    pub async fn campaign_deletion(&self, ids: &str) -> Result<String, Error> {
        answer(&self.0.analyst, &self.0.sql.deletion, &[&ids]).await
    }

    /// Where a click on a campaign's short link goes; `None` when nobody has said.
    pub async fn landing(&self, tracking_code: &str) -> Result<Option<String>, Error> {
        optional(&self.0.tracker, &self.0.sql.landing, &[&tracking_code]).await
    }

    /// The link to post; `None` when nobody has said where it leads.
    pub async fn tracking_url(&self, id: Uuid) -> Result<Option<String>, Error> {
        optional(&self.0.analyst, &self.0.sql.tracking_url, &[&id]).await
    }

    /// Records clicks in one transaction. One result a click, in their order.
    pub async fn track_visits(&self, clicks: &[Click]) -> Result<Vec<Result<Visit, Error>>, Error> {
        fn column(clicks: &[Click], field: fn(&Click) -> &Option<String>) -> Vec<Option<&str>> {
            clicks.iter().map(|click| field(click).as_deref()).collect()
        }
        let args: Args = &[
            &column(clicks, |click| &click.tracking_code),
            &column(clicks, |click| &click.session_id),
            &column(clicks, |click| &click.landing_page),
            &column(clicks, |click| &click.user_agent),
            &column(clicks, |click| &click.referrer),
            &column(clicks, |click| &click.ip_address),
        ];
        let rows = rows(&self.0.tracker, &self.0.sql.track_visits, args).await?;
        rows.iter()
            .map(|row| {
                element(row, 3, || {
                    Ok(Visit { visit_id: row.try_get(0)?, campaign_id: row.try_get(1)?, expires_at: row.try_get(2)? })
                })
            })
            .collect()
    }

    /// Records page views in one transaction. One result a view, in their order: until when the session's visit is now
    /// live, `None` when it has none.
    pub async fn update_activities(
        &self,
        sessions: &[Option<String>],
    ) -> Result<Vec<Result<Option<DateTime<Utc>>, Error>>, Error> {
        let rows = rows(&self.0.tracker, &self.0.sql.update_activities, &[&sessions]).await?;
        rows.iter().map(|row| element(row, 1, || row.try_get(0))).collect()
    }

    pub async fn identify(&self, session_id: Option<&str>, customer_id: Option<&str>) -> Result<String, Error> {
        answer(&self.0.admin, &self.0.sql.identify, &[&session_id, &customer_id]).await
    }

    /// `compare`: with the days before the range.
    pub async fn analytics(&self, id: Uuid, range: &Range<'_>, compare: bool) -> Result<String, Error> {
        let Range { start_date, end_date, include_children, tz } = range;
        let args: Args = &[&id, start_date, end_date, include_children, tz];
        let sql = if compare { &self.0.sql.compared_analytics } else { &self.0.sql.analytics };
        answer(&self.0.analyst, sql, args).await.map(utc)
    }

    pub async fn timeline(&self, id: Uuid, range: &Range<'_>, granularity: &str) -> Result<String, Error> {
        let Range { start_date, end_date, include_children, tz } = range;
        let args: Args = &[&id, start_date, end_date, include_children, tz, &granularity];
        answer(&self.0.analyst, &self.0.sql.timeline, args).await
    }

    pub async fn products(&self, id: Uuid, range: &Range<'_>, limit: i32) -> Result<String, Error> {
        let Range { start_date, end_date, include_children, tz } = range;
        let args: Args = &[&id, start_date, end_date, include_children, tz, &limit];
        answer(&self.0.analyst, &self.0.sql.products, args).await
    }

    pub async fn conversions(
        &self,
        id: Uuid,
        range: &Range<'_>,
        cursor: Option<&str>,
        page_size: i32,
    ) -> Result<Part, Error> {
        let Range { start_date, end_date, include_children, tz } = range;
        let args: Args = &[&id, start_date, end_date, include_children, tz, &cursor, &page_size];
        part(&self.0.analyst, &self.0.sql.conversions, args).await
    }

    pub async fn visits(
        &self,
        id: Uuid,
        only_active: bool,
        include_children: bool,
        cursor: Option<&str>,
        page_size: i32,
    ) -> Result<Part, Error> {
        let args: Args = &[&id, &only_active, &include_children, &cursor, &page_size];
        part(&self.0.analyst, &self.0.sql.visits, args).await
    }

    pub async fn leaderboard(&self, contest: &Contest<'_>, range: &Range<'_>) -> Result<String, Error> {
        let Contest { metric, limit, platform, minimum_visits } = contest;
        let Range { start_date, end_date, include_children, tz } = range;
        let args: Args = &[metric, limit, start_date, end_date, platform, minimum_visits, tz, include_children];
        answer(&self.0.analyst, &self.0.sql.leaderboard, args).await
    }

    /// `include_children` has no meaning here; `compare`: with the days before the range.
    pub async fn overview(&self, range: &Range<'_>, compare: bool) -> Result<String, Error> {
        let args: Args = &[&range.start_date, &range.end_date, &range.tz];
        let sql = if compare { &self.0.sql.compared_overview } else { &self.0.sql.overview };
        answer(&self.0.analyst, sql, args).await.map(utc)
    }

    /// One level of the tree, each campaign with all under it.
    pub async fn branches(&self, parent: Option<Uuid>, range: &Range<'_>, limit: i32) -> Result<String, Error> {
        let args: Args = &[&parent, &range.start_date, &range.end_date, &range.tz, &limit];
        answer(&self.0.analyst, &self.0.sql.branches, args).await
    }

    /// Who is in the shop now.
    pub async fn live(&self) -> Result<String, Error> {
        answer(&self.0.analyst, &self.0.sql.live, &[]).await
    }

    /// The visitors that a campaign's children share, pair by pair.
    pub async fn overlap(&self, id: Uuid, range: &Range<'_>, limit: i32) -> Result<String, Error> {
        let args: Args = &[&id, &range.start_date, &range.end_date, &range.tz, &limit];
        answer(&self.0.analyst, &self.0.sql.overlap, args).await
    }

    /// `include_children` has no meaning here.
    pub async fn platforms(&self, range: &Range<'_>) -> Result<String, Error> {
        let args: Args = &[&range.start_date, &range.end_date, &range.tz];
        answer(&self.0.analyst, &self.0.sql.platforms, args).await
    }

    /// A document with the new key, which is told this once.
    pub async fn create_key(&self, name: Option<&str>, role: Option<&str>) -> Result<String, Error> {
        answer(&self.0.admin, &self.0.sql.create_key, &[&name, &role]).await
    }

    pub async fn list_keys(&self) -> Result<String, Error> {
        answer(&self.0.admin, &self.0.sql.list_keys, &[]).await.map(utc)
    }

    pub async fn revoke_key(&self, id: Uuid) -> Result<String, Error> {
        answer(&self.0.admin, &self.0.sql.revoke_key, &[&id]).await
    }

    /// What a key may do, `analyst` or `admin`; `None` for one that is unknown or revoked.
    pub async fn key_role(&self, key: &str) -> Result<Option<String>, Error> {
        optional(&self.0.gatekeeper, &self.0.sql.key_role, &[&key]).await
    }

    /// The state of the installation as a document.
    pub async fn installation(&self) -> Result<String, Error> {
        answer(&self.0.analyst, &self.0.sql.installation, &[]).await.map(utc)
    }

    /// How the reports are to be read, with the caller's role.
    pub async fn settings(&self, role: &str) -> Result<String, Error> {
        answer(&self.0.analyst, &self.0.sql.settings, &[&role]).await
    }

    pub async fn failures(&self, limit: i32) -> Result<String, Error> {
        answer(&self.0.analyst, &self.0.sql.failures, &[&limit]).await.map(utc)
    }

    /// Credits once more what failed; one outcome an order.
    pub async fn retry_failures(&self) -> Result<String, Error> {
        answer(&self.0.admin, &self.0.sql.retry_failures, &[]).await
    }

    pub async fn order_source(&self, order_id: &str) -> Result<String, Error> {
        answer(&self.0.analyst, &self.0.sql.order_source, &[&order_id]).await.map(utc)
    }

    pub async fn customer_acquisition(&self, customer_id: &str) -> Result<String, Error> {
        answer(&self.0.analyst, &self.0.sql.acquisition, &[&customer_id]).await.map(utc)
    }

    pub async fn customer_history(&self, customer_id: &str) -> Result<String, Error> {
        answer(&self.0.analyst, &self.0.sql.history, &[&customer_id]).await.map(utc)
    }

    /// Places an order in the demo shop.
    pub async fn place_order(&self, order: &Order<'_>) -> Result<String, Error> {
        let Order { customer_id, items, shipping_address_id, billing_address_id, session_id } = order;
        let args: Args = &[customer_id, items, shipping_address_id, billing_address_id, session_id];
        of_demo_shop(answer(&self.0.tracker, &self.0.sql.place_order, args).await).map(utc)
    }

    /// What the demo shop sells, to whom, and the links that lead to it.
    pub async fn catalogue(&self) -> Result<String, Error> {
        of_demo_shop(answer(&self.0.tracker, "select demo.catalogue()::text", &[]).await)
    }
}

/// An answer of the demo shop, which many databases do not have.
fn of_demo_shop(answer: Result<String, Error>) -> Result<String, Error> {
    match answer {
        Err(Error::Database(error)) if is_absent(&error) => {
            Err(Error::NotFound("the demo shop is not installed in this database".to_owned()))
        }
        answer => answer,
    }
}

/// Checks what the shim needs, as the login itself, and finds the extension's schema.
async fn check((login, tls): &Login) -> Result<String, StartError> {
    let (client, connection) = login.connect(tls.clone()).await.map_err(|error| unreachable(&error))?;
    let connection = tokio::spawn(connection);
    let found = client.query_one(CHECK, &[&ROLES.as_slice()]).await;
    drop(client);
    // Its error, if any, is the error of the query.
    drop(connection.await);
    let found = found.map_err(|error| unreachable(&error))?;
    let get = |column| found.try_get::<_, Option<String>>(column).map_err(|error| unreachable(&error));
    let (database, login) = (get("database")?.unwrap_or_default(), get("login")?.unwrap_or_default());
    let Some(schema) = get("schema")? else {
        return Err(StartError::new(format!(
            "database {database} has no extension pg_campaign; there, run: create extension pg_campaign"
        )));
    };
    if let Some(roles) = get("absent")? {
        return Err(StartError::new(format!(
            "missing database roles: {roles}; the extension makes them, or run: create role <name> nologin"
        )));
    }
    if let Some(roles) = get("withheld")? {
        return Err(StartError::new(format!(
            "login {login} is not a member of: {roles}; as an administrator, run: grant {roles} to {login}"
        )));
    }
    match found.try_get("installed") {
        Ok(true) => Ok(schema),
        Ok(false) => Err(StartError::new(format!(
            "the tables of pg_campaign are missing in database {database}; there, run: select {schema}.campaign_install()"
        ))),
        Err(error) => Err(unreachable(&error)),
    }
}

fn unreachable(error: &dyn std::error::Error) -> StartError {
    StartError::new(format!("cannot reach the database: {}", chain(error)))
}

/// A pool whose connections have taken the role before their first statement. No statement timeout is zero.
fn pool_of(
    (login, tls): &Login,
    config: &Config,
    role: &str,
    connections: u16,
    statement_timeout: Duration,
) -> Result<Pool, StartError> {
    let mut login = login.clone();
    let options = format!(
        "{} -c role={role} -c statement_timeout={} -c default_transaction_isolation=read\\ committed -c timezone=UTC -c datestyle=ISO -c standard_conforming_strings=on",
        login.get_options().unwrap_or_default(),
        statement_timeout.as_millis()
    );
    login.options(options.trim_start());
    login.application_name(format!("campaign-shim {role}"));
    let manager = Manager::from_config(login, tls.clone(), ManagerConfig { recycling_method: RecyclingMethod::Fast });
    Pool::builder(manager)
        .max_size(usize::from(connections))
        .wait_timeout(Some(config.pool_timeout))
        .create_timeout(Some(config.connect_timeout))
        .recycle_timeout(Some(config.connect_timeout))
        .runtime(Runtime::Tokio1)
        .build()
        .map_err(|error| StartError::new(format!("cannot make a connection pool: {error}")))
}

/// The document a statement answers; JSON `null` for no row and for NULL.
async fn answer(pool: &Pool, sql: &str, args: Args<'_>) -> Result<String, Error> {
    row(pool, sql, args).await?.as_ref().map_or_else(|| Ok(null()), text)
}

/// The text a statement answers; `None` for NULL.
async fn optional(pool: &Pool, sql: &str, args: Args<'_>) -> Result<Option<String>, Error> {
    match row(pool, sql, args).await? {
        Some(row) => Ok(row.try_get(0)?),
        None => Ok(None),
    }
}

async fn part(pool: &Pool, sql: &str, args: Args<'_>) -> Result<Part, Error> {
    match row(pool, sql, args).await? {
        Some(row) => Ok((text(&row)?, row.try_get(1)?)),
        None => Ok(("[]".to_owned(), None)),
    }
}

/// A row of a batch's answer: what `done` reads, or the error whose SQLSTATE and message stand from column `error` on.
fn element<T>(
    row: &Row,
    error: usize,
    done: impl FnOnce() -> Result<T, tokio_postgres::Error>,
) -> Result<Result<T, Error>, Error> {
    match row.try_get(error)? {
        Some(sqlstate) => Ok(Err(Error::Refused {
            sqlstate,
            message: row.try_get::<_, Option<String>>(error + 1)?.unwrap_or_default(),
        })),
        None => Ok(Ok(done()?)),
    }
}

async fn row(pool: &Pool, sql: &str, args: Args<'_>) -> Result<Option<Row>, Error> {
    Ok(rows(pool, sql, args).await?.pop())
}

async fn rows(pool: &Pool, sql: &str, args: Args<'_>) -> Result<Vec<Row>, Error> {
    let client = pool.get().await?;
    let result = execute(&client, sql, args).await;
    if result.as_ref().is_err_and(is_stale) {
        client.statement_cache.clear();
    }
    Ok(result?)
}

async fn execute(client: &Client, sql: &str, args: Args<'_>) -> Result<Vec<Row>, tokio_postgres::Error> {
    let statement = client.prepare_cached(sql).await?;
    client.query(&statement, args).await
}

fn text(row: &Row) -> Result<String, Error> {
    Ok(row.try_get::<_, Option<String>>(0)?.unwrap_or_else(null))
}

fn null() -> String {
    "null".to_owned()
}

/// Whether kept statements may be out of date, because what they call was replaced.
fn is_stale(error: &tokio_postgres::Error) -> bool {
    error.code().is_some_and(|code| matches!(code.code().get(..2), Some("0A" | "26" | "42")))
}

/// Whether the called function itself is missing; an error from inside it has a context.
fn is_absent(error: &tokio_postgres::Error) -> bool {
    error.as_db_error().is_some_and(|db| matches!(db.code().code(), "3F000" | "42883") && db.where_().is_none())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_given_fields_are_passed() {
        let sql = Sql::new("marketing").create(&["name".to_owned(), "cost".to_owned(), "metadata".to_owned()]);
        for part in [
            "marketing.campaign_create(",
            "name => ($1::jsonb ->> 'name')::text",
            "platform => ($1::jsonb ->> 'platform')::text",
            "cost => ($1::jsonb ->> 'cost')::numeric",
            "metadata => nullif($1::jsonb -> 'metadata', 'null')",
        ] {
            assert!(sql.contains(part), "{part} in {sql}");
        }
        for absent in ["budget =>", "is_active =>", "tracking_code =>"] {
            assert!(!sql.contains(absent), "{absent} in {sql}");
        }
    }
}
