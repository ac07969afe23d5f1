//! The database: one pool a role, one statement a function of the extension. No other file holds SQL.

use std::sync::Arc;
use std::time::Duration;

use deadpool_postgres::{Client, Manager, ManagerConfig, Pool, RecyclingMethod, Runtime};
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{NoTls, Row};
use uuid::Uuid;

use crate::config::Config;
use crate::envelope::utc;
use crate::errors::{Error, StartError, chain};

type Args<'a> = &'a [&'a (dyn ToSql + Sync)];

/// The roles a connection can take, in the order they are checked.
const ROLES: [&str; 3] = ["campaign_tracker", "campaign_analyst", "campaign_admin"];

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
    track_visit: String,
    update_activity: String,
    identify: String,
    analytics: String,
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
            track_visit: format!(
                "select json_build_object('visit_id', v.visit_id, 'campaign_id', v.campaign_id, 'expires_at', {})::text
                 from {schema}.campaign_track_visit(tracking_code => $1, session_id => $2, landing_page => $3,
                     user_agent => $4, referrer => $5, ip_address => $6) v",
                time("v.expires_at")
            ),
            update_activity: format!(
                "select json_build_object('active', expires_at is not null, 'expires_at', {})::text
                 from {schema}.campaign_update_activity(session_id => $1) expires_at",
                time("expires_at")
            ),
            identify: format!(
                "select json_build_object('visits_linked', visits)::text
                 from {schema}.campaign_identify(session_id => $1, customer_id => $2::text) visits"
            ),
            analytics: plain(
                "campaign_analytics(campaign_id => $1, start_date => $2::text::date, end_date => $3::text::date,
                     include_children => $4, tz => $5)",
            ),
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
        format!(
            "select {}::text from {schema}.campaign_create({}) c",
            document("c"),
            arguments.join(", ")
        )
    }
}

/// A campaign_details row as jsonb, its times ending in Z.
fn document(row: &str) -> String {
    let times: Vec<String> = ["starts_at", "ends_at", "created_at", "updated_at"]
        .iter()
        .map(|column| format!("'{column}', {}", time(&format!("{row}.{column}"))))
        .collect();
    format!(
        "(to_jsonb({row}) || jsonb_build_object({}))",
        times.join(", ")
    )
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

/// A click on a trackable link.
pub struct Click<'a> {
    pub tracking_code: Option<&'a str>,
    pub session_id: Option<&'a str>,
    pub landing_page: Option<&'a str>,
    pub user_agent: Option<&'a str>,
    pub referrer: Option<&'a str>,
    pub ip_address: Option<&'a str>,
}

/// What an analytics document covers.
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

/// The database as the routes see it.
#[derive(Clone)]
pub struct Db(Arc<Inner>);

struct Inner {
    tracker: Pool,
    analyst: Pool,
    admin: Pool,
    sql: Sql,
}

impl Db {
    /// Connects, and checks that everything the routes need is there.
    pub async fn connect(config: &Config) -> Result<Self, StartError> {
        let mut login: tokio_postgres::Config = config.database_url.parse().map_err(|error| {
            StartError::new(format!("the database URL is not valid: {}", chain(&error)))
        })?;
        login.connect_timeout(config.connect_timeout);
        login.keepalives_idle(Duration::from_secs(30));
        login.tcp_user_timeout(config.request_timeout);
        let schema = check(&login).await?;
        let pool = |role, connections: u16| pool(&login, config, role, connections);
        let [tracker, analyst, admin] = ROLES;
        let inner = Inner {
            tracker: pool(tracker, config.tracker_connections)?,
            analyst: pool(analyst, config.analyst_connections)?,
            admin: pool(admin, config.admin_connections)?,
            sql: Sql::new(&schema),
        };
        for pool in [&inner.tracker, &inner.analyst, &inner.admin] {
            drop(pool.get().await.map_err(|error| unreachable(&error))?);
        }
        Ok(Self(Arc::new(inner)))
    }

    /// Ends all connections.
    pub fn close(&self) {
        for pool in [&self.0.tracker, &self.0.analyst, &self.0.admin] {
            pool.close();
        }
    }

    /// Whether a statement runs.
    pub async fn ping(&self) -> Result<(), Error> {
        row(&self.0.tracker, "select 1", &[]).await.map(drop)
    }

    /// `given` names the fields of `json`, the campaign to create.
    pub async fn campaign_create(&self, given: &[String], json: &str) -> Result<String, Error> {
        // Not kept: every set of fields is a statement of its own.
        let client = self.0.admin.get().await?;
        let rows = client
            .query_typed(&self.0.sql.create(given), &[(&json, Type::TEXT)])
            .await?;
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
        answer(
            &self.0.admin,
            &self.0.sql.set_active[usize::from(active)],
            &[&id],
        )
        .await
    }

    pub async fn campaign_get(&self, id: Uuid) -> Result<String, Error> {
        answer(&self.0.analyst, &self.0.sql.get, &[&id]).await
    }

    pub async fn campaign_children(&self, id: Uuid) -> Result<String, Error> {
        answer(&self.0.analyst, &self.0.sql.children, &[&id]).await
    }

    /// The campaigns of one page, and how many there are on all pages.
    pub async fn campaign_list(&self, filter: &CampaignFilter<'_>) -> Result<(String, i64), Error> {
        let CampaignFilter {
            platform,
            campaign_type,
            is_active,
            parent_campaign_id,
            search,
            page,
            page_size,
        } = filter;
        let args: Args = &[
            platform,
            campaign_type,
            is_active,
            parent_campaign_id,
            search,
            page,
            page_size,
        ];
        match row(&self.0.analyst, &self.0.sql.list, args).await? {
            Some(row) => Ok((text(&row)?, row.try_get(1)?)),
            None => Ok(("[]".to_owned(), 0)),
        }
    }

    pub async fn track_visit(&self, click: &Click<'_>) -> Result<String, Error> {
        let Click {
            tracking_code,
            session_id,
            landing_page,
            user_agent,
            referrer,
            ip_address,
        } = click;
        let args: Args = &[
            tracking_code,
            session_id,
            landing_page,
            user_agent,
            referrer,
            ip_address,
        ];
        answer(&self.0.tracker, &self.0.sql.track_visit, args).await
    }

    pub async fn update_activity(&self, session_id: Option<&str>) -> Result<String, Error> {
        answer(&self.0.tracker, &self.0.sql.update_activity, &[&session_id]).await
    }

    pub async fn identify(
        &self,
        session_id: Option<&str>,
        customer_id: Option<&str>,
    ) -> Result<String, Error> {
        answer(
            &self.0.admin,
            &self.0.sql.identify,
            &[&session_id, &customer_id],
        )
        .await
    }

    pub async fn analytics(&self, id: Uuid, range: &Range<'_>) -> Result<String, Error> {
        let Range {
            start_date,
            end_date,
            include_children,
            tz,
        } = range;
        let args: Args = &[&id, start_date, end_date, include_children, tz];
        answer(&self.0.analyst, &self.0.sql.analytics, args)
            .await
            .map(utc)
    }

    pub async fn order_source(&self, order_id: &str) -> Result<String, Error> {
        answer(&self.0.analyst, &self.0.sql.order_source, &[&order_id])
            .await
            .map(utc)
    }

    pub async fn customer_acquisition(&self, customer_id: &str) -> Result<String, Error> {
        answer(&self.0.analyst, &self.0.sql.acquisition, &[&customer_id])
            .await
            .map(utc)
    }

    pub async fn customer_history(&self, customer_id: &str) -> Result<String, Error> {
        answer(&self.0.analyst, &self.0.sql.history, &[&customer_id])
            .await
            .map(utc)
    }

    /// Places an order in the demo shop.
    pub async fn place_order(&self, order: &Order<'_>) -> Result<String, Error> {
        let Order {
            customer_id,
            items,
            shipping_address_id,
            billing_address_id,
            session_id,
        } = order;
        let args: Args = &[
            customer_id,
            items,
            shipping_address_id,
            billing_address_id,
            session_id,
        ];
        match answer(&self.0.admin, &self.0.sql.place_order, args).await {
            Err(Error::Database(error)) if is_absent(&error) => Err(Error::NotFound(
                "the demo shop is not installed in this database".to_owned(),
            )),
            placed => placed.map(utc),
        }
    }
}

/// Checks what the shim needs, as the login itself, and finds the extension's schema.
async fn check(login: &tokio_postgres::Config) -> Result<String, StartError> {
    let (client, connection) = login
        .connect(NoTls)
        .await
        .map_err(|error| unreachable(&error))?;
    let connection = tokio::spawn(connection);
    let found = client.query_one(CHECK, &[&ROLES.as_slice()]).await;
    drop(client);
    // Its error, if any, is the error of the query.
    drop(connection.await);
    let found = found.map_err(|error| unreachable(&error))?;
    let get = |column| {
        found
            .try_get::<_, Option<String>>(column)
            .map_err(|error| unreachable(&error))
    };
    let (database, login) = (
        get("database")?.unwrap_or_default(),
        get("login")?.unwrap_or_default(),
    );
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

/// A pool whose connections have taken the role before their first statement.
fn pool(
    login: &tokio_postgres::Config,
    config: &Config,
    role: &str,
    connections: u16,
) -> Result<Pool, StartError> {
    let mut login = login.clone();
    let options = format!(
        "{} -c role={role} -c statement_timeout={} -c timezone=UTC -c datestyle=ISO -c standard_conforming_strings=on",
        login.get_options().unwrap_or_default(),
        config.statement_timeout.as_millis()
    );
    login.options(options.trim_start());
    login.application_name(format!("campaign-shim {role}"));
    let manager = Manager::from_config(
        login,
        NoTls,
        ManagerConfig {
            recycling_method: RecyclingMethod::Fast,
        },
    );
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
    row(pool, sql, args)
        .await?
        .as_ref()
        .map_or_else(|| Ok(null()), text)
}

async fn row(pool: &Pool, sql: &str, args: Args<'_>) -> Result<Option<Row>, Error> {
    let client = pool.get().await?;
    let result = execute(&client, sql, args).await;
    if result.as_ref().is_err_and(is_stale) {
        client.statement_cache.clear();
    }
    Ok(result?)
}

async fn execute(
    client: &Client,
    sql: &str,
    args: Args<'_>,
) -> Result<Option<Row>, tokio_postgres::Error> {
    let statement = client.prepare_cached(sql).await?;
    client.query_opt(&statement, args).await
}

fn text(row: &Row) -> Result<String, Error> {
    Ok(row.try_get::<_, Option<String>>(0)?.unwrap_or_else(null))
}

fn null() -> String {
    "null".to_owned()
}

/// Whether kept statements may be out of date, because what they call was replaced.
fn is_stale(error: &tokio_postgres::Error) -> bool {
    error
        .code()
        .is_some_and(|code| matches!(code.code().get(..2), Some("0A" | "26" | "42")))
}

/// Whether the called function itself is missing; an error from inside it has a context.
fn is_absent(error: &tokio_postgres::Error) -> bool {
    error
        .as_db_error()
        .is_some_and(|db| matches!(db.code().code(), "3F000" | "42883") && db.where_().is_none())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_given_fields_are_passed() {
        let sql = Sql::new("marketing").create(&[
            "name".to_owned(),
            "cost".to_owned(),
            "metadata".to_owned(),
        ]);
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
