//! Plays a life in a database and sees what is recorded.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::io::Write as _;

use pg_campaign_tests::Database;
use postgres::{Client, Config, NoTls, SimpleQueryMessage};

use super::oracle::{Figures, World};
use super::story::{
    Answer, Campaign, Change, Column, Conflict, Customer, DAY, Ending, HOUR, History, Key, Mode, Moment, Money,
    NewOrder, Obstacle, Placed, Poison, Refunds, SECOND, Shop, Step, Touch, Transaction, When, code, money, stamp,
    touch,
};

/// Where the shop's tables and the product's are found.
const SEARCH_PATH: &str = "public, campaign";

pub const CUSTOMERS: std::ops::RangeInclusive<Customer> = 1..=5;

/// Tables are emptied row by row, and now and then at once, so that they do not grow for ever.
const TRUNCATE_EVERY: usize = 40;

const STATEMENT_TIMEOUT: &str = "150ms";
const LOCK_TIMEOUT: &str = "40ms";

/// What fails on demand: rows of `poison` name it.
const POISON: &str = "
create table poison (what text, who text, primary key (what, who));
create function fail_poisoned() returns trigger language plpgsql as $$
declare
  v_who constant text := case tg_argv[0]
    when 'conversion' then to_jsonb(new) ->> 'order_id' when 'slow' then to_jsonb(new) ->> 'order_id'
    when 'visit' then to_jsonb(new) ->> 'session_id' when 'failures' then 'all' else to_jsonb(new) ->> 'id' end;
begin
  if exists (select from public.poison p where p.what = tg_argv[0] and p.who = v_who) then
    if tg_argv[0] = 'slow' then
      perform pg_sleep(10);
    end if;
    raise exception '% % is poisoned', tg_argv[0], v_who;
  end if;
  return new;
end
$$";

const POISON_TRIGGERS: &str = "
create trigger lives_conversion before insert or update on campaign_conversions for each row execute function fail_poisoned('conversion');
create trigger lives_slow before insert or update on campaign_conversions for each row execute function fail_poisoned('slow');
create trigger lives_visit before update on campaign_visits for each row
  when (new.converted and not old.converted) execute function fail_poisoned('visit');
create trigger lives_customer before update on customers for each row
  when (new.acquisition_campaign_id is distinct from old.acquisition_campaign_id) execute function fail_poisoned('customer');
create trigger lives_mark before update on orders for each row
  when (new.visit_id is distinct from old.visit_id) execute function fail_poisoned('mark');
create trigger lives_failures before insert or update on campaign_attribution_failures for each row execute function fail_poisoned('failures')";

const NO_POISON_TRIGGERS: &str = "
drop trigger if exists lives_conversion on campaign_conversions;
drop trigger if exists lives_slow on campaign_conversions;
drop trigger if exists lives_visit on campaign_visits;
drop trigger if exists lives_customer on customers;
drop trigger if exists lives_mark on orders;
drop trigger if exists lives_failures on campaign_attribution_failures;
truncate poison";

/// Everything that is compared, a kind of row after the other.
const RECORDED: &str = r#"
select 'order', o.id, o.customer_id, trim_scale(o.total), o.currency, o.status, trim_scale(o.refunded), o.session_id,
       to_char(o.created_at, 'YYYY-MM-DD HH24:MI:SS.USZ'), c.code, v.touch
  from orders o
  left join lateral (select coalesce((select tracking_code from campaigns c where c.id = o.campaign_id), '?') as code) c on o.campaign_id is not null
  left join lateral (select coalesce((select v.session_id || '#' || v.touch_no from campaign_visits v where v.id = o.visit_id), '?') as touch) v
    on o.visit_id is not null;
select 'conversion', k.order_id, c.tracking_code, v.session_id || '#' || v.touch_no, k.session_id, k.customer_id, k.currency,
       trim_scale(k.revenue), trim_scale(k.order_total), trim_scale(k.refunded), trim_scale(k.net_revenue),
       k.cancelled_at is not null, to_char(k.converted_at, 'YYYY-MM-DD HH24:MI:SS.USZ')
  from campaign_conversions k left join campaigns c on c.id = k.campaign_id left join campaign_visits v on v.id = k.visit_id;
select 'visit', v.session_id || '#' || v.touch_no, c.tracking_code, to_char(v.visited_at, 'YYYY-MM-DD HH24:MI:SS.USZ'),
       to_char(v.last_activity_at, 'YYYY-MM-DD HH24:MI:SS.USZ'), to_char(v.expires_at, 'YYYY-MM-DD HH24:MI:SS.USZ'), v.converted, v.customer_id,
       coalesce(v.device_type = 'bot', false)
  from campaign_visits v left join campaigns c on c.id = v.campaign_id;
select 'customer', u.id, c.code from customers u
  left join lateral (select coalesce((select tracking_code from campaigns c where c.id = u.acquisition_campaign_id), '?') as code) c
    on u.acquisition_campaign_id is not null;
select 'failure', f.order_id from campaign_attribution_failures f;
select 'sessions with several numbers', session_id from campaign_visits group by session_id having count(distinct session_no) > 1;
select 'sessions of one number', session_no from campaign_visits group by session_no having count(distinct session_id) > 1"#;

/// Every row of figures: campaign, visits, visitors, conversions, revenue in the main currency, others.
const FIGURES: &str =
    "tracking_code, visits, unique_visitors, conversions, currency, trim_scale(revenue), other_currencies";

/// What a life came to that it should not have.
#[derive(Clone, Debug)]
pub struct Difference {
    /// How many transactions it took.
    pub after: usize,
    pub what: String,
}

type Row = Vec<Option<String>>;

/// A connection, which tells errors by SQLSTATE and message.
struct Link(Client);

impl Link {
    fn open(url: &str) -> Link {
        let config: Config = url.parse().expect("the connection string is valid");
        let mut link = Link(config.connect(NoTls).expect("the database can be reached"));
        link.must(&format!("set search_path = {SEARCH_PATH}; set timezone = 'UTC'; set client_min_messages = 'error'"));
        link
    }

    fn ask(&mut self, sql: &str) -> Result<Vec<Row>, (String, String)> {
        let messages = self.0.simple_query(sql).map_err(told)?;
        Ok(messages
            .into_iter()
            .filter_map(|message| match message {
                SimpleQueryMessage::Row(row) => {
                    Some((0..row.len()).map(|column| row.get(column).map(str::to_owned)).collect())
                }
                _ => None,
            })
            .collect())
    }

    fn copy(&mut self, statement: &str, rows: &str) -> Result<Vec<Row>, (String, String)> {
        let mut writer = self.0.copy_in(statement).map_err(told)?;
        writer.write_all(rows.as_bytes()).map_err(|error| (String::new(), error.to_string()))?;
        writer.finish().map_err(told)?;
        Ok(Vec::new())
    }

    #[track_caller]
    fn must(&mut self, sql: &str) -> Vec<Row> {
        self.ask(sql).unwrap_or_else(|(code, message)| panic!("{sql}\nfailed: {code} {message}"))
    }
}

fn told(error: postgres::Error) -> (String, String) {
    match error.as_db_error() {
        Some(error) => (error.code().code().to_owned(), error.message().to_owned()),
        None => ("lost".to_owned(), format!("{error:?}")),
    }
}

/// A shop in a database of its own, in which one life follows the other.
pub struct Stage {
    shop: Shop,
    link: Link,
    other: Link,
    /// Partitions of the orders: from when on, and the name.
    partitions: Vec<(Moment, String)>,
    /// Tables of ours that are empty at the beginning of a life.
    emptied: Vec<String>,
    /// Tables of ours that have rows then, which are kept in a table of this name.
    restored: Vec<String>,
    lives: usize,
    has_poison: bool,
    _database: Database,
}

impl Stage {
    /// Makes the shop and attaches it. Partitions are bounded near now.
    pub fn new(shop: Shop, now: Moment) -> Stage {
        let database = Database::empty();
        let mut link = Link::open(&database.url("postgres"));
        let other = Link::open(&database.url("postgres"));
        let partitions: Vec<(Moment, String)> = if shop.mode == Mode::Partitions {
            let bounds = [now - 60 * DAY, now - 20 * DAY, now - 3 * DAY, now - 9 * HOUR];
            std::iter::once(i64::MIN)
                .chain(bounds)
                .zip(["orders_0", "orders_1", "orders_2", "orders_3", "orders_4"].map(str::to_owned))
                .collect()
        } else {
            Vec::new()
        };
        link.must(&attached(shop, &partitions));
        link.must(POISON);
        let tables = link.must(
            "select c.relname from pg_class c
              where c.relkind in ('r', 'p') and not c.relispartition and c.relname ~ '^_?campaign'
                and c.relnamespace = (select relnamespace from pg_class where oid = 'campaign_visits'::regclass)
                and c.relname not in ('_campaign_shop', '_campaign_keys', '_campaign_schema_version')
              order by c.relname = 'campaigns', c.relname",
        );
        let (mut emptied, mut restored) = (Vec::new(), Vec::new());
        for name in tables.into_iter().filter_map(|row| row.into_iter().next().flatten()) {
            let is_empty = link.must(&format!("select from {name} limit 1")).is_empty();
            if !is_empty {
                link.must(&format!("create table lives_of{name} as table {name}"));
                restored.push(name.clone());
            }
            emptied.push(name);
        }
        Stage { shop, link, other, partitions, emptied, restored, lives: 0, has_poison: false, _database: database }
    }

    /// Plays a life from its beginning to its end, and compares as it goes.
    pub fn play(&mut self, history: &History) -> Result<World, Difference> {
        self.clear(history);
        let mut world = World::new(self.shop, history.settings.clone(), CUSTOMERS);
        for (transaction, after) in history.transactions.iter().zip(1..) {
            let played = self.play_one(transaction, &mut world);
            if let Err(what) = played {
                // The next life shall find no open transaction.
                drop(self.link.ask("rollback"));
                drop(self.other.ask("rollback"));
                return Err(Difference { after, what });
            }
        }
        Ok(world)
    }

    /// Forgets the life before.
    fn clear(&mut self, history: &History) {
        self.lives += 1;
        let mut sql = "set session_replication_role = replica;".to_owned();
        let is_truncated = self.lives.is_multiple_of(TRUNCATE_EVERY);
        if is_truncated {
            write!(sql, "truncate orders, refunds, customers, {};", self.emptied.join(", "))
                .expect("a string takes all");
        } else {
            sql.push_str("delete from orders; delete from refunds; delete from customers;");
            for name in self.emptied.iter().filter(|name| *name != "campaigns") {
                write!(sql, "delete from {name};").expect("a string takes all");
            }
        }
        // What is remembered of campaigns is told by a trigger that it is so no more.
        sql.push_str(
            "set session_replication_role = origin; delete from campaigns; set session_replication_role = replica;",
        );
        for name in &self.restored {
            write!(sql, "delete from {name}; insert into {name} overriding system value table lives_of{name};")
                .expect("a string takes all");
        }
        write!(
            sql,
            "insert into customers select generate_series({}, {}); set session_replication_role = origin;",
            CUSTOMERS.start(),
            CUSTOMERS.end()
        )
        .expect("a string takes all");
        if self.has_poison {
            sql.push_str(NO_POISON_TRIGGERS);
            self.has_poison = false;
        }
        self.link.must(&sql);
        self.link.must(&settings(history));
    }

    fn play_one(&mut self, transaction: &Transaction, world: &mut World) -> Result<(), String> {
        let before = world.clone();
        let mut now = 0;
        match (transaction.ending, transaction.obstacle) {
            (Ending::Alone, Some(obstacle)) => self.play_hindered(&transaction.steps[0], obstacle, world)?,
            (Ending::Alone, None) => {
                let step = &transaction.steps[0];
                if !world.is_told(step) {
                    return Ok(());
                }
                let answer = world.perform(step, now);
                world.commit();
                if matches!(step, Step::Poison(_)) {
                    self.arm();
                }
                let seen = self.speak(step);
                check(step, &answer, seen)?;
                if matches!(step, Step::Heal) {
                    self.has_poison = false;
                }
            }
            (ending, _) => {
                self.link.must("begin");
                now = self.now();
                self.play_steps(&transaction.steps, world, now)?;
                if ending == Ending::Commit {
                    self.link.ask("commit").map_err(|(code, message)| format!("COMMIT failed: {code} {message}"))?;
                    world.commit();
                } else {
                    self.link.must("rollback");
                    *world = before.clone();
                }
            }
        }
        let compared = self.compare(world);
        if compared.is_err() && transaction.ending != Ending::Rollback && transaction.obstacle.is_none() {
            let mut other = before.judged_one_by_one(&transaction.steps, now);
            if self.compare(&mut other).is_err() {
                return compared;
            }
            *world = other;
        } else {
            compared?;
        }
        if transaction.is_reported {
            self.compare_reports(world)?;
        }
        Ok(())
    }

    fn play_steps(&mut self, steps: &[Step], world: &mut World, now: Moment) -> Result<(), String> {
        for step in steps {
            if let Step::Sub { steps, is_kept } = step {
                let before = world.clone();
                self.link.must("savepoint sub");
                self.play_steps(steps, world, now)?;
                if *is_kept {
                    self.link.must("release savepoint sub");
                } else {
                    self.link.must("rollback to savepoint sub; release savepoint sub");
                    *world = before;
                }
                continue;
            }
            if !world.is_told(step) {
                continue;
            }
            let answer = world.perform(step, now);
            if let Answer::Error(_) = answer {
                self.link.must("savepoint refused");
                let seen = self.speak(step);
                self.link.must("rollback to savepoint refused; release savepoint refused");
                check(step, &answer, seen)?;
            } else {
                let seen = self.speak(step);
                check(step, &answer, seen)?;
            }
            if world.is_open() {
                let seen = self.recorded()?;
                accept(world, &seen);
            }
        }
        Ok(())
    }

    /// Plays a statement while something is in its way.
    fn play_hindered(&mut self, step: &Step, obstacle: Obstacle, world: &mut World) -> Result<(), String> {
        if !world.is_told(step) {
            return Ok(());
        }
        let before = self.failures()?;
        let is_slow = matches!(obstacle, Obstacle::Slow(_));
        if is_slow {
            self.arm();
        }
        self.other.must(&hinder(obstacle));
        let (on, off) = if is_slow {
            (format!("set statement_timeout = '{STATEMENT_TIMEOUT}'"), "reset statement_timeout")
        } else {
            (format!("set campaign.lock_timeout = '{LOCK_TIMEOUT}'"), "reset campaign.lock_timeout")
        };
        self.link.must(&on);
        let seen = self.speak(step);
        self.link.must(off);
        self.other.must(if is_slow { "delete from poison where what = 'slow'" } else { "rollback" });
        // A machine that is slow at this moment ends the shop's own statement.
        if is_slow && matches!(&seen, Err((code, _)) if code == "57014") {
            return Ok(());
        }
        let failed: BTreeSet<Key> = self.failures()?.difference(&before).copied().collect();
        let answer = world.perform_hindered(step, 0, obstacle, failed);
        check(step, &answer, seen)
    }

    fn now(&mut self) -> Moment {
        let rows = self.link.must("select (extract(epoch from now()) * 1000000)::bigint");
        rows[0][0].as_deref().and_then(|text| text.parse().ok()).expect("a number")
    }

    fn arm(&mut self) {
        if !self.has_poison {
            self.link.must(POISON_TRIGGERS);
            self.has_poison = true;
        }
    }

    fn speak(&mut self, step: &Step) -> Result<Vec<Row>, (String, String)> {
        if let Step::Insert { orders, by_copy: true, .. } = step {
            let (statement, rows) = copy(orders);
            return self.link.copy(&statement, &rows);
        }
        self.link.ask(&self.sql(step))
    }

    /// The step as a statement.
    fn sql(&self, step: &Step) -> String {
        match step {
            Step::Insert { orders, conflict, .. } => insert(self.table(orders, conflict), orders, conflict, self.shop),
            _ => sql(step),
        }
    }

    /// Orders that all belong into one partition are put there by its own name as often as not.
    fn table(&self, orders: &[NewOrder], conflict: &Conflict) -> &str {
        let partition = |order: &NewOrder| match order.at {
            When::At(at) => self.partitions.iter().rev().find(|(from, _)| *from <= at),
            When::Now => None,
        };
        let Some(first) = orders.first() else { return "orders" };
        match partition(first) {
            Some((_, name))
                if *conflict == Conflict::Fail
                    && first.key % 2 == 0
                    && orders.iter().all(|order| partition(order).is_some_and(|(_, other)| other == name)) =>
            {
                name
            }
            _ => "orders",
        }
    }

    fn failures(&mut self) -> Result<BTreeSet<Key>, String> {
        let rows = self.link.ask("select order_id from campaign_attribution_failures").map_err(|error| error.1)?;
        Ok(rows.into_iter().filter_map(|row| row[0].as_deref()?.parse().ok()).collect())
    }

    fn recorded(&mut self) -> Result<Vec<Row>, String> {
        self.link.ask(RECORDED).map_err(|(code, message)| format!("{code} {message}"))
    }

    /// Compares everything that is recorded.
    fn compare(&mut self, world: &mut World) -> Result<(), String> {
        let seen = self.recorded()?;
        if world.is_open() {
            accept(world, &seen);
        }
        let seen: Vec<String> = seen.iter().map(|row| line(row)).collect();
        differ(expected(world), seen)
    }

    fn compare_reports(&mut self, world: &World) -> Result<(), String> {
        let ask = |stage: &mut Stage, sql: &str| {
            stage.link.ask(sql).map_err(|(code, message)| format!("{sql}\n{code} {message}"))
        };
        for with_children in [false, true] {
            let sql = format!("select {FIGURES} from campaign_roi(include_children => {with_children})");
            let seen = figures_seen(&ask(self, &sql)?);
            differ(figures_expected(&world.figures(with_children, None)), seen)
                .map_err(|what| format!("campaign_roi(include_children => {with_children}):\n{what}"))?;
        }
        // Days in the middle of it, whole ones of UTC.
        let first = world.visits.values().flatten().map(|visit| visit.at).min();
        if let Some(first) = first {
            let from = (first / DAY + 1) * DAY;
            let days = (from, from + 2 * DAY);
            let sql = format!(
                "select {} from campaigns c cross join lateral campaign_metrics(c.id, '{}', '{}', tz => 'UTC') m",
                "c.tracking_code, m.total_visits, m.unique_visitors, m.total_conversions, m.currency, trim_scale(m.total_revenue), m.other_currencies",
                &stamp(days.0)[..10],
                &stamp(days.1 - 1)[..10]
            );
            let seen = figures_seen(&ask(self, &sql)?);
            differ(figures_expected(&world.figures(false, Some(days))), seen)
                .map_err(|what| format!("{sql}:\n{what}"))?;
        }
        let sql =
            "select 'all', m ->> 'total_visits', m ->> 'unique_visitors', m ->> 'total_conversions', m ->> 'currency',
             trim_scale((m ->> 'total_revenue')::numeric), nullif(m -> 'other_currencies', 'null')
           from (select campaign_overview() -> 'metrics' as m) o";
        let seen = figures_seen(&ask(self, sql)?);
        differ(vec![figure("all", &world.all_figures())], seen)
            .map_err(|what| format!("campaign_overview():\n{what}"))?;
        let wrong = ask(self, "select * from campaign_verify_snapshots()")?;
        if wrong.is_empty() { Ok(()) } else { Err(format!("campaign_verify_snapshots() tells {wrong:?}")) }
    }

    /// The life as a script that psql runs.
    pub fn script(&self, history: &History) -> String {
        let mut script = format!("{};\n{};\n", attached(self.shop, &self.partitions), settings(history));
        writeln!(script, "insert into customers select generate_series({}, {});", CUSTOMERS.start(), CUSTOMERS.end())
            .expect("a string takes all");
        if history.transactions.iter().any(|transaction| {
            transaction.steps.iter().any(|step| matches!(step, Step::Poison(_)))
                || matches!(transaction.obstacle, Some(Obstacle::Slow(_)))
        }) {
            writeln!(script, "{POISON};{POISON_TRIGGERS};").expect("a string takes all");
        }
        for transaction in &history.transactions {
            if let Some(obstacle) = transaction.obstacle {
                writeln!(script, "-- another session: {}", hinder(obstacle)).expect("a string takes all");
            }
            match transaction.ending {
                Ending::Alone => self.write(&mut script, &transaction.steps, ""),
                ending => {
                    script.push_str("begin;\n");
                    self.write(&mut script, &transaction.steps, "  ");
                    script.push_str(if ending == Ending::Commit { "commit;\n" } else { "rollback;\n" });
                }
            }
        }
        script
    }

    fn write(&self, script: &mut String, steps: &[Step], indent: &str) {
        for step in steps {
            match step {
                Step::Sub { steps, is_kept } => {
                    writeln!(script, "{indent}savepoint sub;").expect("a string takes all");
                    self.write(script, steps, &format!("{indent}  "));
                    let end = if *is_kept {
                        "release savepoint sub"
                    } else {
                        "rollback to savepoint sub; release savepoint sub"
                    };
                    writeln!(script, "{indent}{end};").expect("a string takes all");
                }
                step => {
                    let by_copy = matches!(step, Step::Insert { by_copy: true, .. });
                    let note = if by_copy { " -- by COPY" } else { "" };
                    writeln!(script, "{indent}{};{note}", self.sql(step)).expect("a string takes all");
                }
            }
        }
    }
}

/// The shop's tables, and the call that attaches them.
fn attached(shop: Shop, partitions: &[(Moment, String)]) -> String {
    let (key, by) = match shop.mode {
        Mode::Partitions => ("primary key (id, created_at)", " partition by range (created_at)"),
        _ => ("primary key (id)", ""),
    };
    let mut sql = format!(
        "create extension pg_campaign;
create table customers (id bigint primary key);
create table orders (
  id bigint not null, customer_id bigint references customers, total numeric not null, currency text, status text not null,
  refunded numeric, created_at timestamptz not null, broken boolean not null default false, {key}
){by};
create table refunds (id bigint primary key, order_id bigint not null, amount numeric not null);\n"
    );
    for (place, (from, name)) in partitions.iter().enumerate() {
        let bound = |moment: Option<Moment>, none: &str| match moment {
            Some(moment) if moment != i64::MIN => format!("'{}'", stamp(moment)),
            _ => none.to_owned(),
        };
        let until = bound(partitions.get(place + 1).map(|(from, _)| *from), "maxvalue");
        let from = bound(Some(*from), "minvalue");
        writeln!(sql, "create table {name} partition of orders for values from ({from}) to ({until});")
            .expect("a string takes all");
    }
    sql.push_str("select campaign_install(orders => 'orders', customers => 'customers', order_is_cancelled => $$o.status = 'cancelled'$$");
    if shop.maps_currency {
        sql.push_str(", order_currency => 'currency'");
    }
    if shop.can_break {
        sql.push_str(", order_total => 'case when o.broken then o.total / 0 else o.total end'");
    }
    match shop.placed {
        Placed::All => {}
        Placed::PaidOrShipped => sql.push_str(", order_is_placed => $$o.status in ('paid', 'shipped')$$"),
        Placed::AllButCarts => sql.push_str(", order_is_placed => $$o.status <> 'cart'$$"),
    }
    match shop.refunds {
        Refunds::Column => sql.push_str(", order_refunded => 'refunded'"),
        Refunds::Parts => sql.push_str(
            ", order_refunded => '(select sum(r.amount) from public.refunds r where r.order_id = o.id)', order_parts => '{\"public.refunds\": \"order_id\"}'",
        ),
        Refunds::Calls => {}
    }
    if shop.mode == Mode::Commit {
        sql.push_str(", at => 'commit'");
    }
    sql.push(')');
    sql
}

fn settings(history: &History) -> String {
    let settings = &history.settings;
    format!(
        "set campaign.\"window\" = '{}s'; set campaign.click_window = '{}s'; set campaign.match_customer = {}; set campaign.record_bots = {};
         set campaign.currency = '{}'; set campaign.timezone = '{}'",
        settings.window / SECOND,
        settings.click_window.unwrap_or(0) / SECOND,
        settings.match_customer,
        settings.record_bots,
        settings.currency.unwrap_or(""),
        settings.zone
    )
}

fn hinder(obstacle: Obstacle) -> String {
    match obstacle {
        Obstacle::Visit((session, number)) => format!(
            "begin; select from campaign_visits where session_id = 's{session}' and touch_no = {number} for update"
        ),
        Obstacle::Customer(customer) => format!("begin; select from customers where id = {customer} for no key update"),
        Obstacle::Conversion(key) => {
            format!("begin; select from campaign_conversions where order_id = {key} for update")
        }
        Obstacle::Slow(key) => format!("insert into poison values ('slow', '{key}')"),
    }
}

fn at(when: When) -> String {
    match when {
        When::At(moment) => format!("'{}'", stamp(moment)),
        When::Now => "now()".to_owned(),
    }
}

fn session(session: Option<u32>) -> String {
    session.map_or("null".to_owned(), |session| format!("'s{session}'"))
}

fn number(number: Option<i64>) -> String {
    number.map_or("null".to_owned(), |number| number.to_string())
}

fn decimal(amount: Option<Money>) -> String {
    amount.map_or("null".to_owned(), money)
}

fn text(text: Option<&str>) -> String {
    text.map_or("null".to_owned(), |text| format!("'{text}'"))
}

fn list(keys: &[Key]) -> String {
    keys.iter().map(Key::to_string).collect::<Vec<_>>().join(", ")
}

fn insert(table: &str, orders: &[NewOrder], conflict: &Conflict, shop: Shop) -> String {
    let rows: Vec<String> = orders
        .iter()
        .map(|order| {
            format!(
                "({}, {}, {}, {}, '{}', {}, {}, {}, {})",
                order.key,
                number(order.customer),
                money(order.total),
                text(order.currency),
                order.status,
                decimal(order.refunded),
                session(order.session),
                at(order.at),
                order.broken
            )
        })
        .collect();
    let mut sql = format!("insert into {table} ({ORDER_COLUMNS}) values {}", rows.join(", "));
    let key = if shop.mode == Mode::Partitions { "(id, created_at)" } else { "(id)" };
    match conflict {
        Conflict::Fail => {}
        Conflict::Nothing => write!(sql, " on conflict {key} do nothing").expect("a string takes all"),
        Conflict::Update(columns) => {
            let set: Vec<String> = columns
                .iter()
                .map(|column| {
                    let name = match column {
                        Column::Customer => "customer_id",
                        Column::Total => "total",
                        Column::Currency => "currency",
                        Column::Status => "status",
                        Column::Refunded => "refunded",
                        Column::Session => "session_id",
                    };
                    format!("{name} = excluded.{name}")
                })
                .collect();
            write!(sql, " on conflict {key} do update set {}", set.join(", ")).expect("a string takes all");
        }
    }
    sql
}

const ORDER_COLUMNS: &str = "id, customer_id, total, currency, status, refunded, session_id, created_at, broken";

fn copy(orders: &[NewOrder]) -> (String, String) {
    let mut rows = String::new();
    for order in orders {
        let at = match order.at {
            When::At(moment) => stamp(moment),
            When::Now => "now".to_owned(),
        };
        let fields = [
            order.key.to_string(),
            number(order.customer),
            money(order.total),
            order.currency.unwrap_or("null").to_owned(),
            order.status.to_string(),
            decimal(order.refunded),
            order.session.map_or("null".to_owned(), |session| format!("s{session}")),
            at,
            order.broken.to_string(),
        ];
        writeln!(rows, "{}", fields.join("\t")).expect("a string takes all");
    }
    (format!("copy orders ({ORDER_COLUMNS}) from stdin with (null 'null')"), rows)
}

fn sql(step: &Step) -> String {
    match step {
        Step::Insert { .. } | Step::Sub { .. } => unreachable!("told elsewhere"),
        Step::Campaign { campaign, parent } => {
            let parent = parent.map_or("null".to_owned(), |parent| {
                format!("(select id from campaigns where tracking_code = '{}')", code(parent))
            });
            format!(
                "select campaign_create('Campaign {0}', 'instagram', 'post', tracking_code => '{0}', parent_campaign_id => {parent}, cost => 50)",
                code(*campaign)
            )
        }
        Step::Click { campaign, session, at: when, is_bot } => {
            let agent = if *is_bot { ", user_agent => 'Googlebot/2.1 (+http://www.google.com/bot.html)'" } else { "" };
            let visited_at = match when {
                When::At(moment) => format!(", visited_at => '{}'", stamp(*moment)),
                When::Now => String::new(),
            };
            format!("select is_new from campaign_track_visit('{}', 's{session}'{agent}{visited_at})", code(*campaign))
        }
        Step::View { session, at: when } => {
            let more = match when {
                When::At(moment) => format!(", '{}'", stamp(*moment)),
                When::Now => String::new(),
            };
            format!("select to_char(campaign_update_activity('s{session}'{more}), 'YYYY-MM-DD HH24:MI:SS.USZ')")
        }
        Step::Update { keys, changes } => {
            let set: Vec<String> = changes
                .iter()
                .map(|change| match *change {
                    Change::Customer(customer) => format!("customer_id = {}", number(customer)),
                    Change::Total(total) => format!("total = {}", money(total)),
                    Change::Currency(currency) => format!("currency = {}", text(currency)),
                    Change::Status(status) => format!("status = '{status}'"),
                    Change::Refunded(refunded) => format!("refunded = {}", decimal(refunded)),
                    Change::Session(some) => format!("session_id = {}", session(some)),
                    Change::At(moment) => format!("created_at = '{}'", stamp(moment)),
                    Change::Key(more) => format!("id = id + {more}"),
                    Change::Clear => "campaign_id = null, visit_id = null".to_owned(),
                    Change::Nothing => "total = total".to_owned(),
                    Change::Break => "broken = true".to_owned(),
                })
                .collect();
            format!("update orders set {} where id in ({})", set.join(", "), list(keys))
        }
        Step::Delete { keys } => format!("delete from orders where id in ({})", list(keys)),
        Step::Truncate => "truncate orders".to_owned(),
        Step::Refund { row, now: None } => format!("delete from refunds where id = {row}"),
        Step::Refund { row, now: Some((order, amount)) } => format!(
            "insert into refunds values ({row}, {order}, {0}) on conflict (id) do update set order_id = {order}, amount = {0}",
            money(*amount)
        ),
        Step::Lend(some) => match some {
            Some(session) => format!("set local campaign.session_id = 's{session}'"),
            None => "set local campaign.session_id = ''".to_owned(),
        },
        Step::Identify { session, customer } => format!("select campaign_identify('s{session}', '{customer}')"),
        Step::Attribute { key, session: some } => {
            format!("select is_new from campaign_attribute('{key}', {})", session(*some))
        }
        Step::CallRefund { key, amount } => format!("select campaign_refund('{key}', {})", money(*amount)),
        Step::Retry => "select * from campaign_retry_failures()".to_owned(),
        Step::Backfill => "call campaign_backfill()".to_owned(),
        Step::Snapshot => "select * from campaign_snapshot()".to_owned(),
        Step::SettleNow => "set constraints all immediate; set constraints all deferred".to_owned(),
        Step::Poison(poison) => {
            let rows: Vec<String> = poison
                .iter()
                .map(|poison| match poison {
                    Poison::Conversion(key) => format!("('conversion', '{key}')"),
                    Poison::Visit(session) => format!("('visit', 's{session}')"),
                    Poison::Customer(customer) => format!("('customer', '{customer}')"),
                    Poison::Mark(key) => format!("('mark', '{key}')"),
                    Poison::Failures => "('failures', 'all')".to_owned(),
                })
                .collect();
            format!("insert into poison values {} on conflict do nothing", rows.join(", "))
        }
        Step::Heal => NO_POISON_TRIGGERS.to_owned(),
        Step::Mend { keys } => format!(
            "set session_replication_role = replica; update orders set broken = false where id in ({}); set session_replication_role = origin",
            list(keys)
        ),
    }
}

fn check(step: &Step, answer: &Answer, seen: Result<Vec<Row>, (String, String)>) -> Result<(), String> {
    match (answer, seen) {
        (Answer::Any, Ok(_)) => Ok(()),
        (Answer::Error(expected), Err((code, _))) if *expected == code => Ok(()),
        (Answer::Text(expected), Ok(rows)) => {
            let seen = rows.first().and_then(|row| row[0].clone()).unwrap_or_else(|| "null".to_owned());
            if seen == *expected { Ok(()) } else { Err(format!("{step:?}\nanswered {seen}, expected {expected}")) }
        }
        (expected, seen) => Err(format!("{step:?}\nanswered {seen:?}, expected {expected:?}")),
    }
}

fn line(row: &[Option<String>]) -> String {
    row.iter().map(|field| field.as_deref().unwrap_or("-")).collect::<Vec<_>>().join(" ")
}

fn accept(world: &mut World, seen: &[Row]) {
    let campaign = |text: &Option<String>| {
        let letter = text.as_deref()?.bytes().next()?;
        letter.checked_sub(b'A').map(Campaign::from)
    };
    let mut acquisitions = BTreeMap::new();
    let mut linked: BTreeMap<Touch, Option<Customer>> = BTreeMap::new();
    let mut failures = BTreeSet::new();
    for row in seen {
        let key = row[1].as_deref().unwrap_or_default();
        match row[0].as_deref() {
            Some("customer") => {
                acquisitions.extend(key.parse().ok().map(|customer: Customer| (customer, campaign(&row[2]))));
            }
            Some("visit") => {
                if let Some((session, number)) = key.trim_start_matches('s').split_once('#') {
                    let touch = (session.parse().unwrap_or_default(), number.parse().unwrap_or_default());
                    linked.insert(touch, row[7].as_deref().and_then(|text| text.parse().ok()));
                }
            }
            Some("failure") => failures.extend(key.parse::<Key>().ok()),
            _ => {}
        }
    }
    world.accept(&acquisitions, &linked, &failures);
}

/// What the rows of [`RECORDED`] should be.
fn expected(world: &World) -> Vec<String> {
    fn some<T: ToString>(value: Option<T>) -> String {
        value.map_or("-".to_owned(), |value| value.to_string())
    }
    fn flag(is_so: bool) -> char {
        if is_so { 't' } else { 'f' }
    }
    let mut lines = Vec::new();
    for (key, order) in &world.orders {
        let marks = world.marks(*key);
        lines.push(format!(
            "order {key} {} {} {} {} {} {} {} {} {}",
            some(order.customer),
            money(order.total),
            some(order.currency),
            order.status,
            some(order.refunded.map(money)),
            some(order.session.map(|session| format!("s{session}"))),
            stamp(order.at),
            some(marks.map(|(campaign, _)| code(campaign))),
            some(marks.map(|(_, visit)| touch(visit)))
        ));
    }
    for (key, conversion) in &world.conversions {
        let net = if conversion.is_cancelled { 0 } else { conversion.total - conversion.refunded };
        lines.push(format!(
            "conversion {key} {} {} s{} {} {} {} {} {} {} {} {}",
            code(conversion.campaign),
            touch(conversion.touch),
            conversion.touch.0,
            some(conversion.customer),
            some(conversion.currency.as_deref()),
            money(conversion.revenue),
            money(conversion.total),
            money(conversion.refunded),
            money(net),
            flag(conversion.is_cancelled),
            stamp(conversion.at)
        ));
    }
    for (session, visits) in &world.visits {
        for (visit, place) in visits.iter().zip(1..) {
            lines.push(format!(
                "visit {} {} {} {} {} {} {} {}",
                touch((*session, place)),
                code(visit.campaign),
                stamp(visit.at),
                stamp(visit.seen),
                stamp(visit.expires),
                flag(visit.converted),
                some(visit.customer.get()),
                flag(visit.is_bot)
            ));
        }
    }
    for (customer, acquisition) in &world.customers {
        lines.push(format!("customer {customer} {}", some(acquisition.get().map(code))));
    }
    lines.extend(world.failures.keys().map(|key| format!("failure {key}")));
    lines
}

fn differ(mut expected: Vec<String>, mut seen: Vec<String>) -> Result<(), String> {
    expected.sort_unstable();
    seen.sort_unstable();
    if expected == seen {
        return Ok(());
    }
    let mut what = String::new();
    for line in expected.iter().filter(|line| seen.binary_search(line).is_err()) {
        writeln!(what, "  expected  {line}").expect("a string takes all");
    }
    for line in seen.iter().filter(|line| expected.binary_search(line).is_err()) {
        writeln!(what, "  recorded  {line}").expect("a string takes all");
    }
    if what.is_empty() {
        what.push_str("  rows come more than once");
    }
    Err(what)
}

/// One campaign's figures as a line: reports round money to two places.
fn figure(name: &str, figures: &Figures) -> String {
    let mut sales: Vec<String> = figures
        .sales
        .iter()
        .map(|(currency, (conversions, revenue))| {
            let cents = (revenue.abs() + 5) / 10 * revenue.signum();
            (currency.as_deref().unwrap_or("-"), *conversions, money(cents * 10))
        })
        .map(|(currency, conversions, revenue)| format!("{currency}:{conversions}:{revenue}"))
        .collect();
    sales.sort_unstable();
    format!("{name} {} {} {} {}", figures.visits, figures.visitors.len(), figures.conversions, sales.join(" "))
}

fn figures_expected(figures: &BTreeMap<Campaign, Figures>) -> Vec<String> {
    figures.iter().map(|(campaign, figures)| figure(&code(*campaign).to_string(), figures)).collect()
}

/// The same of rows of [`FIGURES`]. Which currency is the main one, where none is set, is not compared: only what is in it.
fn figures_seen(rows: &[Row]) -> Vec<String> {
    rows.iter()
        .map(|row| {
            let field = |place: usize| row[place].as_deref().unwrap_or("-");
            let others: Vec<serde_json::Value> =
                row[6].as_deref().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
            let mut sales = Vec::new();
            let mut rest: i64 = field(3).parse().unwrap_or_default();
            for other in &others {
                let conversions = other["conversions"].as_i64().unwrap_or_default();
                rest -= conversions;
                sales.push(format!(
                    "{}:{conversions}:{}",
                    other["currency"].as_str().unwrap_or("-"),
                    trimmed(&other["revenue"].to_string())
                ));
            }
            if rest != 0 || field(5) != "0" {
                sales.push(format!("{}:{rest}:{}", field(4), field(5)));
            }
            sales.sort_unstable();
            format!("{} {} {} {} {}", field(0), field(1), field(2), field(3), sales.join(" "))
        })
        .collect()
}

/// A decimal without zeros at its end.
fn trimmed(number: &str) -> String {
    let number = number.trim_matches('"');
    if number.contains('.') { number.trim_end_matches('0').trim_end_matches('.').to_owned() } else { number.to_owned() }
}
