//! Whoever has a hold on the shop, on its database or on a role of ours gains nothing by attribution: what is his runs with
//! his own rights, or with those of who writes or reads his table by himself, as without the extension.
//!
//! Each test gives one role one hold and then lets everybody do what they do every day. The witness tells what ran as whom.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fmt::Write;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};

use pg_campaign_tests::{Cluster, Session};

const WITNESS: &str = include_str!("../attackers/witness.sql");
const SHADOWS: &str = include_str!("../attackers/shadows.sql");
const SHOP: &str = include_str!("../attackers/shop.sql");

/// Who may log in besides the superuser, which of our roles they have, and what they own (see shop.sql).
const PEOPLE: [(&str, &str); 12] = [
    ("landlord", ""),
    ("seller", ""),
    ("registrar", ""),
    ("bookkeeper", ""),
    ("pricer", ""),
    ("heir", ""),
    ("app", ""),
    ("tinkerer", ""),
    ("tracker", "campaign_tracker"),
    ("analyst", "campaign_analyst"),
    ("admin", "campaign_admin"),
    ("gatekeeper", "campaign_gatekeeper"),
];

/// How orders come to be credited.
const WAYS: [&str; 3] = ["insert", "commit", "partitions"];

fn install(way: &str) -> String {
    let at = if way == "commit" { "commit" } else { "insert" };
    format!(
        "select campaign.campaign_install(
           orders => 'shop.orders', customers => 'people.customers',
           order_total => $$pricing.net(o.total, o.broken) * pricing.rate('USD')$$,
           order_currency => 'currency',
           order_is_placed => $$o.status::text <> 'cart'$$,
           order_is_cancelled => $$o.status::text = 'cancelled'$$,
           order_refunded => '(select sum(r.amount) from shop.refunds r where r.order_id = o.id)',
           order_lines => 'select i.product_id, i.product, i.quantity, i.amount from shop.items i where i.order_id = o.id',
           order_parts => '{{\"shop.refunds\": \"order_id\"}}',
           at => '{at}')"
    )
}

/// What the shop's application does first: orders 1 to 7, six of them credited in the end, 6 a failure at first.
const ORDERING: [&str; 12] = [
    "insert into shop.orders (id, customer_id, session_id) values (1, 1, 's1')",
    "insert into shop.orders (id, customer_id, session_id)
     values (2, 2, 's2'), (3, null, 's3'), (4, 4, null)",
    "begin; set local campaign.session_id = 's5';
     insert into shop.orders (id, customer_id) values (5, 5); commit",
    "insert into shop.orders (id, customer_id, session_id, broken) values (6, 6, 's6', true)",
    "insert into shop.orders (id, customer_id, session_id, status) values (7, 7, 's7', 'cart')",
    "update shop.orders set status = 'paid' where id = 7",
    "insert into shop.items (order_id, product_id, product, quantity, amount) values (1, 1, 'Hat', 1, 100)",
    "update shop.orders set total = 60, customer_id = 8 where id = 3",
    "update shop.orders set status = 'cancelled' where id = 2",
    "update shop.orders set id = 1005 where id = 5",
    "insert into shop.refunds (order_id, amount) values (1, 10)",
    "update shop.refunds set amount = 20",
];

const TRACKING: [&str; 4] = [
    "select * from campaign.campaign_track_visit('A', 's20')",
    "select * from campaign.campaign_track_visits(array['A'], array['s21'])",
    "select * from campaign.campaign_update_activity('s20')",
    "select * from campaign.campaign_identify('s20', '1')",
];

const REPORTS: [&str; 28] = [
    "select * from campaign.campaign_get('{campaign}')",
    "select * from campaign.campaign_list()",
    "select * from campaign.campaign_metrics('{campaign}')",
    "select * from campaign.campaign_roi()",
    "select * from campaign.campaign_overview()",
    "select * from campaign.campaign_analytics('{campaign}', include_children => true)",
    "select * from campaign.campaign_timeline('{campaign}')",
    "select * from campaign.campaign_products('{campaign}')",
    "select * from campaign.campaign_breakdown('{campaign}', 'device')",
    "select * from campaign.campaign_conversions_of('{campaign}')",
    "select * from campaign.campaign_visits_of('{campaign}')",
    "select * from campaign.campaign_leaderboard()",
    "select * from campaign.campaign_platforms()",
    "select * from campaign.campaign_comparison(start_date => current_date)",
    "select * from campaign.campaign_branches()",
    "select * from campaign.campaign_live()",
    "select * from campaign.campaign_overlap('{campaign}')",
    "select * from campaign.campaign_order_source('1')",
    "select * from campaign.campaign_order_source(1)",
    "select * from campaign.campaign_customer_acquisition('1')",
    "select * from campaign.campaign_customer_history(1)",
    "select * from campaign.campaign_status()",
    "select * from campaign.campaign_settings()",
    "select * from campaign.campaign_failures()",
    "select * from campaign.campaign_attached_orders",
    "select * from campaign.campaign_attached_customers",
    "select * from campaign.campaign_conversions",
    "select * from campaign.campaign_visits",
];

const REPAIRS: [&str; 6] = [
    "select * from campaign.campaign_attribute('4', 's4')",
    "select * from campaign.campaign_retry_failures()",
    "call campaign.campaign_backfill()",
    "select * from campaign.campaign_identify('s8', '8')",
    "select * from campaign.campaign_update('{campaign}', '{\"cost\": 5}')",
    "select * from campaign.campaign_create_key('key', 'analyst')",
];

/// After the application has mended order 6.
const OPERATING: [&str; 8] = [
    "select * from campaign.campaign_retry_failures()",
    "select * from campaign.campaign_attribute('4', 's4')",
    "call campaign.campaign_backfill()",
    "select * from campaign.campaign_suggest_mapping('shop.orders')",
    "{install}",
    "select * from campaign.campaign_snapshot()",
    "select * from campaign.campaign_verify_snapshots()",
    "select * from campaign.campaign_rebuild_snapshots()",
];

const LATER_ORDERS: [&str; 7] = [
    "insert into shop.orders (id, customer_id, session_id)
     values (9, 9, 's9'), (10, 10, 's10')",
    "update shop.orders set total = 70, session_id = 's2' where id = 9",
    "delete from shop.refunds",
    "delete from shop.orders where id = 10",
    "insert into shop.orders (id, customer_id, session_id) values (10, 11, 's9')",
    "update shop.orders set customer_id = 12 where id = 7",
    "update shop.orders set session_id = 's4' where id = 4",
];

const LEAVING: [&str; 2] =
    ["select * from campaign.campaign_delete('{campaign}', true)", "select * from campaign.campaign_uninstall()"];

/// Which orders are credited.
const CREDITED: &str =
    "select string_agg(order_id::text, ' ' order by order_id::text) from campaign.campaign_conversions";

/// A database of the shop of shop.sql, attached, with a campaign that sessions s1 to s10 clicked.
struct Stage {
    name: String,
    way: &'static str,
    campaign: String,
    /// What sessions of a role begin with.
    openings: RefCell<Vec<(&'static str, String)>>,
    /// The path that the connections of a role ask for, as PGOPTIONS does.
    paths: RefCell<Vec<(&'static str, &'static str)>>,
    /// What is done first on the day, and by whom.
    beforehand: RefCell<Vec<(&'static str, String)>>,
    /// What some type after each statement.
    afterthought: RefCell<(Vec<&'static str>, &'static str)>,
    /// What the superuser is asked when the first orders have been placed.
    question: RefCell<&'static str>,
    superuser: Option<Session>,
}

impl Stage {
    fn set(way: &'static str) -> Stage {
        static TEMPLATES: Mutex<BTreeSet<&str>> = Mutex::new(BTreeSet::new());
        static MADE: AtomicU32 = AtomicU32::new(0);
        let cluster = Cluster::shared();
        let template = format!("attackers_{way}");
        {
            let mut made = TEMPLATES.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            if made.insert(way) {
                cluster.admin(|admin| {
                    admin.run(&format!("drop database if exists {template}"));
                    admin.run(&format!("create database {template}"));
                });
                Stage::build(&Session::open(&cluster.url(&template, "postgres")), way);
            }
        }
        let name = format!("attack_{}", MADE.fetch_add(1, Ordering::Relaxed));
        cluster.admin(|admin| admin.run(&format!("create database {name} owner landlord template {template}")));
        let superuser = Session::open(&with_path(&cluster.url(&name, "postgres"), "pg_catalog"));
        let campaign = superuser.show("select id from campaign.campaigns");
        Stage {
            name,
            way,
            campaign,
            openings: RefCell::default(),
            paths: RefCell::default(),
            beforehand: RefCell::default(),
            afterthought: RefCell::default(),
            question: RefCell::new(CREDITED),
            superuser: Some(superuser),
        }
    }

    fn build(db: &Session, way: &str) {
        db.run("create extension pg_campaign");
        for (person, role) in PEOPLE {
            if db.show(&format!("select count(*) from pg_roles where rolname = '{person}'")) == "0" {
                db.run(&format!("create role {person} login"));
            }
            if !role.is_empty() {
                db.run(&format!("grant {role} to {person}"));
            }
        }
        db.run(WITNESS);
        db.run(SHADOWS);
        let (key, partition, parts) = match way {
            "partitions" => (
                "id, created_at",
                "partition by range (created_at)",
                "create table shop.orders_now partition of shop.orders for values from ('2024-01-01') to ('2100-01-01');
                 create table shop.orders_rest partition of shop.orders default;",
            ),
            _ => ("id", "", ""),
        };
        db.run(&SHOP.replace("{key}", key).replace("{partition}", partition).replace("{parts}", parts));
        db.run("create schema shadows; grant usage on schema shadows to public; call witness.shadow('shadows', false)");
        db.run(&install(way));
        db.run(
            "select campaign.campaign_create('A', 'instagram', 'post', tracking_code => 'A');
             select campaign.campaign_track_visit('A', 's' || n, visited_at => now() - interval '1 day') from generate_series(1, 10) n",
        );
    }

    /// A session of one of the people, or of the superuser.
    fn session(&self, who: &str) -> Session {
        let mut url = Cluster::shared().url(&self.name, who);
        for (role, path) in self.paths.borrow().iter() {
            if *role == who {
                url = with_path(&url, path);
            }
        }
        let session = Session::open(&url);
        for (role, opening) in self.openings.borrow().iter() {
            if *role == who {
                session.run(opening);
            }
        }
        session
    }

    /// Has somebody do what he may do.
    #[track_caller]
    fn by(&self, who: &str, sql: &str) {
        if who == "postgres" { self.superuser().run(sql) } else { self.session(who).run(sql) }
    }

    /// Lets every later session of somebody begin with this.
    fn begins_with(&self, who: &'static str, sql: &str) {
        self.openings.borrow_mut().push((who, sql.to_owned()));
    }

    /// Lets some go on with this after each statement of theirs.
    fn thinks_afterwards(&self, who: &[&'static str], sql: &'static str) {
        self.afterthought.replace((who.to_vec(), sql));
    }

    /// Lets the day begin with this.
    fn first(&self, who: &'static str, sql: &str) {
        self.beforehand.borrow_mut().push((who, sql.to_owned()));
    }

    fn superuser(&self) -> &Session {
        self.superuser.as_ref().expect("the session lasts as long as the stage")
    }

    /// A day of everybody.
    fn live(&self) -> Day<'_> {
        let mut day = Day { stage: self, sights: Vec::new(), troubles: Vec::new(), answer: String::new() };
        let [app, tracker, analyst, admin, gatekeeper, postgres] =
            ["app", "tracker", "analyst", "admin", "gatekeeper", "postgres"].map(|who| (who, self.session(who)));
        for (who, sql) in self.beforehand.borrow().iter() {
            day.does(&(who, self.session(who)), &[sql]);
            // An administrator's repair may be refused; who prepares something must be able to.
            assert!(day.troubles.is_empty() || *who == "admin", "{}", day.story("the day cannot begin"));
        }
        day.does(&tracker, &TRACKING);
        day.does(&app, &ORDERING);
        day.answer = self.superuser().show(&self.question.borrow());
        day.does(&analyst, &REPORTS);
        day.does(&gatekeeper, &["select * from campaign._campaign_key_role('none')"]);
        day.does(&admin, &REPAIRS);
        day.does(&app, &["update shop.orders set broken = false where id = 6"]);
        day.does(&postgres, &OPERATING);
        day.does(&postgres, &REPORTS);
        day.does(&app, &LATER_ORDERS);
        day.does(&("seller", self.session("seller")), &["truncate shop.orders"]);
        day.does(&postgres, &LEAVING);
        day
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        self.superuser = None;
        // The server may be why: the database goes with the cluster.
        if std::thread::panicking() {
            return;
        }
        let statement = format!("drop database if exists {} with (force)", self.name);
        Cluster::shared().admin(|admin| drop(admin.attempt(&statement)));
    }
}

/// A connection string that asks for a path, before which those set for databases and roles stand back.
fn with_path(url: &str, path: &str) -> String {
    format!("{url}&options=-c%20search_path%3D{path}")
}

/// What ran, and whom it reached.
struct Sight {
    during: String,
    place: String,
    reached: Vec<String>,
}

/// What came of a day.
struct Day<'a> {
    stage: &'a Stage,
    sights: Vec<Sight>,
    troubles: Vec<String>,
    answer: String,
}

impl Day<'_> {
    fn does(&mut self, (who, session): &(&str, Session), statements: &[&str]) {
        for statement in statements {
            let sql =
                statement.replace("{campaign}", &self.stage.campaign).replace("{install}", &install(self.stage.way));
            let during = format!("{who}: {}", sql.split_whitespace().collect::<Vec<_>>().join(" "));
            if let Err(failure) = session.attempt(&sql) {
                self.troubles.push(format!("{who}: {} {} ({sql:.100})", failure.sqlstate, failure.message));
                drop(session.attempt("rollback"));
            }
            let (thinkers, thought) = &*self.stage.afterthought.borrow();
            if thinkers.contains(who) {
                drop(session.attempt(thought));
            }
            for notice in session.heard() {
                if let Some(told) = notice.strip_prefix("WARNING: witness\t") {
                    let told: Vec<&str> = told.split('\t').collect();
                    self.sights.push(Sight {
                        during: during.clone(),
                        place: told[0].to_owned(),
                        reached: told[2].split(',').map(str::to_owned).collect(),
                    });
                }
            }
        }
    }

    /// What is told of a day that went wrong.
    fn story(&self, what: &str) -> String {
        let mut story = format!("{} ({})\n", what, self.stage.way);
        let mut told = BTreeSet::new();
        for sight in &self.sights {
            if told.insert((&sight.during, &sight.place, &sight.reached)) && told.len() <= 60 {
                let _ =
                    writeln!(story, "  {} reached {:?}\n    during {:.150}", sight.place, sight.reached, sight.during);
            }
        }
        for trouble in &self.troubles {
            let _ = writeln!(story, "  trouble: {trouble:.300}");
        }
        story
    }

    #[track_caller]
    fn orders_go_through(&self) -> &Self {
        let refused = self.troubles.iter().any(|trouble| trouble.starts_with("app: "));
        assert!(!refused, "{}", self.story("the application was refused"));
        self
    }

    /// Every order that had something to be credited to was.
    #[track_caller]
    fn orders_are_credited(&self) -> &Self {
        assert_eq!(self.answer, "1 1005 2 3 7", "{}", self.story("orders are not credited"));
        self
    }

    /// What was planted ran, and only with the rights of these.
    #[track_caller]
    fn reached_only(&self, allowed: &[&str]) -> &Self {
        self.reached_at_most(allowed);
        assert!(!self.sights.is_empty(), "{}", self.story("nothing of what was planted ran"));
        self
    }

    /// What was planted ran with the rights of these, if at all.
    #[track_caller]
    fn reached_at_most(&self, allowed: &[&str]) -> &Self {
        let beyond: Vec<Sight> = self
            .sights
            .iter()
            .filter(|sight| sight.reached.iter().any(|who| !allowed.contains(&who.as_str())))
            .map(|sight| Sight {
                during: sight.during.clone(),
                place: sight.place.clone(),
                reached: sight.reached.clone(),
            })
            .collect();
        if !beyond.is_empty() {
            let day = Day { stage: self.stage, sights: beyond, troubles: self.troubles.clone(), answer: String::new() };
            panic!("{}", day.story(&format!("reached more than {allowed:?}")));
        }
        self
    }

    /// What was planted ran, if at all, with the rights of whose session it was.
    #[track_caller]
    fn reached_themselves(&self) -> &Self {
        let beyond = |sight: &Sight| sight.reached.iter().any(|who| !sight.during.starts_with(&format!("{who}: ")));
        assert!(!self.sights.iter().any(beyond), "{}", self.story("reached somebody else"));
        self
    }

    #[track_caller]
    fn reached_nobody(&self) -> &Self {
        self.reached_at_most(&[])
    }
}

/// Plays a story with orders that come in each of the ways.
fn in_every_way(play: impl Fn(&Stage)) {
    for way in WAYS {
        play(&Stage::set(way));
    }
}

fn in_one_way(way: &'static str, play: impl Fn(&Stage)) {
    play(&Stage::set(way));
}

/// Triggers on a table for every event, each time and level, with a condition where they may have one.
fn every_trigger(table: &str, prefix: &str) -> String {
    let mut sql = String::new();
    for event in ["insert", "update", "delete"] {
        for time in ["before", "after"] {
            for (level, condition) in [("row", "when (witness.saw('condition'))"), ("statement", "")] {
                let _ = writeln!(
                    sql,
                    "create trigger {prefix}_{time}_{event}_{level} {time} {event} on {table} for each {level} {condition}
                       execute function witness.watch();"
                );
            }
        }
    }
    sql
}

#[test]
fn a_day_without_any_attack() {
    in_every_way(|stage| {
        let day = stage.live();
        day.reached_nobody().orders_go_through().orders_are_credited();
        assert!(day.troubles.is_empty(), "{}", day.story("somebody was refused"));
    });
}

#[test]
fn the_witness_is_not_blind() {
    let stage = Stage::set("insert");
    let spied = |who: &str, sql: &str| {
        let session = stage.session(who);
        session.run(sql);
        let heard = session.heard();
        assert_eq!(heard.len(), 1, "{heard:?}");
        heard[0].rsplit('\t').next().map(str::to_owned)
    };
    assert_eq!(spied("app", "select witness.saw('here')").as_deref(), Some("app"));
    stage.by(
        "postgres",
        "create function lair.trap() returns void language plpgsql security definer as $$ begin perform witness.saw('trap'); end $$;
         alter function lair.trap() owner to seller",
    );
    assert_eq!(spied("app", "select lair.trap()").as_deref(), Some("seller"));
    // Whoever can step back to the superuser is told as the superuser, whom everything is open to.
    assert_eq!(spied("postgres", "set role seller; select witness.saw('here')").as_deref(), Some("postgres,seller"));
    let everybody = spied("postgres", "select witness.saw('here')").expect("something was told");
    assert!(everybody.contains("superuser") && everybody.contains("seller"), "{everybody}");
    assert_eq!(
        stage.superuser().show(
            "select (select count(*) from pg_proc where pronamespace = 'shadows'::regnamespace) > 4000,
                    (select count(*) from pg_operator where oprnamespace = 'shadows'::regnamespace) > 1000,
                    (select count(*) from pg_class where relnamespace = 'shadows'::regnamespace) > 100"
        ),
        "t|t|t"
    );
    for shadow in ["lower('X')", "1 + 1", "'x'::text", "count(*)", "(select count(oid) from pg_class)"] {
        let session = stage.session("app");
        session.run(&format!("set search_path = shadows, pg_catalog; select {shadow}"));
        assert!(!session.heard().is_empty(), "{shadow}");
    }
    // Behind pg_catalog only what fits better is found first.
    stage.by("landlord", "call witness.shadow('public', true)");
    for shadow in ["cardinality(array[1])", "array[1] = array[1]", "array_agg(1)"] {
        let session = stage.session("app");
        session.run(&format!("select {shadow}"));
        assert!(!session.heard().is_empty(), "{shadow}");
    }
}

// What is ours

#[test]
fn nothing_of_ours_belongs_to_anybody_else() {
    in_every_way(|stage| {
        let others = stage.superuser().show(
            "select 'owns', pg_describe_object(d.classid, d.objid, 0), pg_get_userbyid(d.refobjid)
               from pg_shdepend d
              where d.deptype = 'o' and d.dbid = (select oid from pg_database where datname = current_database())
                and d.classid in ('pg_proc'::regclass, 'pg_class'::regclass, 'pg_type'::regclass, 'pg_operator'::regclass)
                and coalesce((select pronamespace from pg_proc where d.classid = 'pg_proc'::regclass and oid = d.objid),
                             (select relnamespace from pg_class where d.classid = 'pg_class'::regclass and oid = d.objid),
                             (select typnamespace from pg_type where d.classid = 'pg_type'::regclass and oid = d.objid),
                             (select oprnamespace from pg_operator where d.classid = 'pg_operator'::regclass and oid = d.objid))
                    = 'campaign'::regnamespace
              union all
             select privilege_type, place, case grantee when 0 then 'public' else pg_get_userbyid(grantee)::text end
               from (select 'schema campaign' as place, coalesce(nspacl, acldefault('n', nspowner)) as rights
                       from pg_namespace where nspname = 'campaign'
                      union all
                     select oid::regprocedure::text, coalesce(proacl, acldefault('f', proowner))
                       from pg_proc
                      -- Triggers of partitioned orders are made anew by whoever makes a partition; see the next test but one. The
                      -- condition of one is asked by whoever writes an order; it tells whether we are writing it.
                      where pronamespace = 'campaign'::regnamespace and prorettype <> 'trigger'::regtype
                        and proname <> '_campaign_is_marking'
                      union all
                     select oid::regclass::text, coalesce(relacl, acldefault('r', relowner))
                       from pg_class where relnamespace = 'campaign'::regnamespace and relkind in ('r', 'p', 'v', 'S')) o,
                    aclexplode(rights)
              where case grantee when 0 then 'public' else pg_get_userbyid(grantee)::text end
                    not in ('postgres', 'campaign_tracker', 'campaign_analyst', 'campaign_admin', 'campaign_gatekeeper')
                 or place = 'schema campaign' and privilege_type = 'CREATE' and grantee <> 10
              order by 1, 2",
        );
        assert_eq!(others, "", "{}", stage.way);
    });
}

#[test]
fn nobody_changes_or_calls_a_function_of_ours() {
    in_every_way(|stage| {
        let functions = stage.superuser().show(
            "select format('%s %s', case prokind when 'p' then 'procedure' when 'a' then 'aggregate' else 'function' end, oid::regprocedure),
                    proname like '\\_%' and proname <> '_campaign_is_marking' and not proacl::text like '%campaign\\_%'
                      and not exists (select from pg_type t where t.oid = any (proargtypes::oid[]) and t.typtype = 'p'),
                    array_to_string(array(select format('(select null::%s)', format_type(t, null)) from unnest(proargtypes::oid[]) t), ', '),
                    prorettype = 'trigger'::regtype
               from pg_proc where pronamespace = 'campaign'::regnamespace",
        );
        for (who, role) in PEOPLE {
            let session = stage.session(who);
            session.run("create temp table own (id bigint)");
            let refused = |sql: &str| match session.attempt(sql) {
                // That the schema is closed, the function not theirs, none at all, or only for triggers, whichever comes first.
                Err(failure) if ["42501", "42883", "42809", "39P01"].contains(&failure.sqlstate.as_str()) => {}
                other => panic!("{}: {who}: {sql}: {other:?}", stage.way),
            };
            for function in functions.lines() {
                let [signature, is_private, arguments, is_trigger] = function.split('|').collect::<Vec<_>>()[..] else {
                    panic!("{function}")
                };
                if !signature.starts_with("aggregate") {
                    refused(&format!("alter {signature} security invoker"));
                    refused(&format!("alter {signature} set search_path = shadows"));
                }
                refused(&format!("alter {signature} owner to {who}"));
                refused(&format!("drop {signature} cascade"));
                if is_private == "t" && signature.starts_with("function") {
                    let name = signature.split(['(', ' ']).nth(1).expect("it has a name");
                    refused(&format!("select {name}({arguments})"));
                }
                // Who may not even look into the schema cannot name it.
                if is_trigger == "t" && role.is_empty() {
                    let name = signature.split(['(', ' ']).nth(1).expect("it has a name");
                    let table = match who {
                        "registrar" => "people.customers",
                        "seller" | "tinkerer" => "shop.orders",
                        _ => "own",
                    };
                    for trigger in [
                        format!("before insert on {table} for each row execute function {name}()"),
                        format!("after delete on {table} for each statement execute function {name}('x')"),
                    ] {
                        refused(&format!("create trigger own {trigger}"));
                    }
                }
            }
            refused("create function campaign.cardinality(uuid[]) returns integer language sql return 1");
            refused("create table campaign.campaigns2 ()");
            refused("create type campaign.text as (x integer)");
            refused("drop schema campaign cascade");
            refused("alter schema campaign rename to other");
            refused(&format!("alter schema campaign owner to {who}"));
            refused("drop extension pg_campaign cascade");
            refused("alter extension pg_campaign update");
            refused("set session_replication_role = replica");
        }
        stage.live().reached_nobody().orders_go_through().orders_are_credited();
    });
}

#[test]
fn our_triggers_do_nothing_for_others() {
    in_every_way(|stage| {
        stage.by(
            "seller",
            "grant usage on schema shop to analyst; grant trigger on all tables in schema shop to analyst; grant select on shop.orders to analyst",
        );
        let analyst = stage.session("analyst");
        analyst.run("create temp table own as select * from shop.orders; create temp table own_part (order_id bigint, amount numeric)");
        let functions = stage.superuser().show(
            "select oid::regprocedure from pg_proc where pronamespace = 'campaign'::regnamespace and prorettype = 'trigger'::regtype",
        );
        let mut made = 0;
        for (number, function) in functions.lines().enumerate() {
            for event in ["insert", "update", "delete", "truncate"] {
                for (level, transitions) in [("row", ""), ("statement", ""), ("statement", "transitions")] {
                    for table in ["own", "own_part", "shop.orders", "shop.refunds", "shop.items"] {
                        let tables = match (transitions, event) {
                            ("", _) | (_, "truncate") => "",
                            (_, "insert") => "referencing new table as fresh",
                            (_, "delete") => "referencing old table as stale",
                            _ => "referencing old table as stale new table as fresh",
                        };
                        let name = format!("own_{number}_{event}_{level}_{transitions}");
                        for time in ["after", "before"] {
                            // Before a row of the shop's it would take the row away, as any trigger can.
                            if table.starts_with("shop") && time == "before" {
                                continue;
                            }
                            // What is no such trigger, and what may not be used.
                            made += usize::from(
                                analyst
                                    .attempt(&format!(
                                        "create trigger {name}_{time} {time} {event} on {table} {tables} for each {level} execute function {function}"
                                    ))
                                    .is_ok(),
                            );
                        }
                    }
                }
            }
        }
        drop(analyst.attempt(
            "insert into own (id, session_id, status) values (1, 's1', 'paid');
             insert into own_part values (1, 5); update own set total = 5; update own_part set amount = 6; delete from own_part",
        ));
        analyst.run("delete from own; truncate own, own_part");
        assert_eq!(
            stage.superuser().show(
                "select (select count(*) from campaign.campaign_conversions), (select count(*) from campaign.campaign_attribution_failures),
                        (select count(*) from campaign.campaign_visits where converted)"
            ),
            "0|0|0",
            "{}",
            stage.way
        );
        assert!(made > 100, "{made}");
        stage.live().reached_nobody().orders_go_through().orders_are_credited();
    });
}

// The reproductions of two escalations

#[test]
fn the_owner_of_the_orders_does_not_become_superuser() {
    in_every_way(|stage| {
        let seller = stage.session("seller");
        drop(seller.attempt("alter function campaign._campaign_read_orders(bigint[]) security invoker"));
        seller.run(
            "create function shop.evil(bigint) returns bigint language plpgsql as $$
               begin perform witness.saw('view'); return $1; end $$;
             alter table shop.orders rename to real_orders;
             create view shop.orders as select shop.evil(id) as id, customer_id, total, currency, status, broken, created_at, session_id,
               campaign_id, visit_id from shop.real_orders;
             insert into shop.real_orders (id, session_id) values (1, 's1')",
        );
        drop(seller.attempt("select campaign._campaign_reconcile_safely('1', null, 'x')"));
        stage.live().reached_at_most(&["seller", "app"]);
    });
}

#[test]
fn the_owner_of_the_database_does_not_become_superuser() {
    in_every_way(|stage| {
        let landlord = stage.session("landlord");
        landlord.run(
            "create function public.cardinality(uuid[]) returns int language plpgsql as $$
               begin perform witness.saw('cardinality'); return array_length($1, 1); end $$",
        );
        for schema in ["campaign", "public"] {
            drop(landlord.attempt(&format!(
                "create or replace function {schema}._campaign_read_orders(p bigint[]) returns setof shop.orders language plpgsql
                   security invoker as $$ begin perform witness.saw('read'); return; end $$"
            )));
        }
        drop(landlord.attempt("select campaign._campaign_reconcile_safely('1', null, 'x')"));
        stage.by("landlord", &format!("alter database {} set search_path = public, campaign", stage.name));
        stage.live().reached_nobody().orders_go_through();
    });
}

// The owner of the orders

#[test]
fn triggers_on_the_orders() {
    in_every_way(|stage| {
        // Before ours and after them: triggers fire by name.
        for prefix in ["a", "zzz"] {
            stage.by("seller", &every_trigger("shop.orders", prefix));
        }
        stage.live().reached_only(&["seller", "app"]).orders_go_through().orders_are_credited();
    });
}

#[test]
fn triggers_on_the_orders_that_fire_at_commit() {
    in_every_way(|stage| {
        stage.by(
            "seller",
            "create constraint trigger late after insert or update or delete on shop.orders
               deferrable initially deferred for each row execute function witness.watch()",
        );
        stage.live().reached_only(&["seller", "app"]).orders_go_through();
    });
}

/// A function that leaves something behind wherever it runs: what fires or is computed at the end of the transaction, a
/// path, and temporary objects with names of PostgreSQL's own.
const LEAVE_BEHIND: &str = "
create table lair.traps (n integer);
create sequence lair.number;
grant all on lair.traps, lair.number to public;
create constraint trigger trap after insert on lair.traps deferrable initially deferred for each row execute function witness.watch();
create function lair.leave_behind() returns void language plpgsql as $$
begin
  perform witness.saw('who leaves something behind');
  -- Each apart: what is refused must not hinder the rest.
  begin
    insert into lair.traps values (1);
  exception when others then null;
  end;
  begin
    execute pg_catalog.format('declare held%s cursor with hold for select witness.saw(''cursor'')', pg_catalog.nextval('lair.number'));
  exception when others then null;
  end;
  begin
    create temp view pg_class as select * from pg_catalog.pg_class where witness.saw('temporary view');
    grant select on pg_temp.pg_class to public;
  exception when others then null;
  end;
  begin
    create domain pg_temp.text as pg_catalog.text check (witness.saw('temporary type'));
  exception when others then null;
  end;
  perform pg_catalog.set_config('search_path', 'shadows, pg_catalog', false);
end $$;
create function lair.leave_behind_trigger() returns trigger language plpgsql as $$
begin
  perform lair.leave_behind();
  return new;
end $$;
";

/// What somebody types who trusts the names of PostgreSQL's own.
const AFTERTHOUGHT: &str = "select lower('X'), 'x'::text, count(*) from pg_class where relname = 'orders'";

#[test]
fn what_triggers_on_the_orders_leave_behind() {
    in_every_way(|stage| {
        stage.by(
            "seller",
            &format!(
                "{LEAVE_BEHIND}
                 create trigger leave before update on shop.orders for each row execute function lair.leave_behind_trigger()"
            ),
        );
        stage.thinks_afterwards(&["admin", "analyst", "postgres"], AFTERTHOUGHT);
        stage.live().reached_only(&["seller", "app"]).orders_go_through();
    });
}

#[test]
fn what_triggers_on_the_customers_leave_behind() {
    in_every_way(|stage| {
        stage.by(
            "registrar",
            &format!(
                "{LEAVE_BEHIND}
                 create trigger leave before update on people.customers for each row execute function lair.leave_behind_trigger()"
            ),
        );
        stage.thinks_afterwards(&["app", "admin", "analyst", "postgres"], AFTERTHOUGHT);
        stage.live().reached_only(&["registrar"]).orders_go_through();
    });
}

#[test]
fn what_functions_in_the_mapping_leave_behind() {
    in_every_way(|stage| {
        stage.by(
            "pricer",
            &format!(
                "{LEAVE_BEHIND}
                 create or replace function pricing.net(total numeric, broken boolean) returns numeric language plpgsql volatile as $$
                 begin
                   perform lair.leave_behind();
                   return total operator(pg_catalog./) case when broken then 0 else 1 end;
                 end $$"
            ),
        );
        stage.thinks_afterwards(&["app", "admin", "analyst", "postgres"], AFTERTHOUGHT);
        stage.live().reached_only(&["pricer", "seller"]).orders_go_through();
    });
}

#[test]
fn a_view_swapped_for_the_orders() {
    in_every_way(|stage| {
        stage.by(
            "seller",
            "alter table shop.orders rename to real_orders;
             create view shop.orders as select * from shop.real_orders where witness.saw('view');
             grant select, insert, update, delete on shop.orders to app",
        );
        stage.live().reached_only(&["seller", "app"]).orders_go_through().orders_are_credited();
    });
}

#[test]
fn orders_that_become_a_view() {
    for way in ["insert", "commit"] {
        let stage = Stage::set(way);
        let seller = stage.session("seller");
        seller.run("create table shop.real_orders (like shop.orders including all)");
        let triggers = stage.superuser().show(
            "select quote_ident(tgname) from pg_trigger where tgrelid = 'shop.orders'::regclass and not tgisinternal",
        );
        for trigger in triggers.lines() {
            seller.run(&format!("drop trigger {trigger} on shop.orders"));
        }
        let constraints = stage
            .superuser()
            .show("select quote_ident(conname) from pg_constraint where conrelid = 'shop.orders'::regclass");
        for constraint in constraints.lines() {
            seller.run(&format!("alter table shop.orders drop constraint if exists {constraint}"));
        }
        let indexes = stage
            .superuser()
            .show("select indexrelid::regclass from pg_index where indrelid = 'shop.orders'::regclass");
        for index in indexes.lines() {
            seller.run(&format!("drop index {index}"));
        }
        seller.run("alter table shop.orders alter id drop identity");
        seller.run("vacuum shop.orders");
        let columns = stage.superuser().show(
            "select string_agg(quote_ident(attname), ', ' order by attnum) from pg_attribute
              where attrelid = 'shop.orders'::regclass and attnum > 0 and not attisdropped",
        );
        seller.run(&format!(
            "create rule \"_RETURN\" as on select to shop.orders do instead
               select {columns} from shop.real_orders where witness.saw('rule')"
        ));
        stage.live().reached_only(&["seller", "app"]);
    }
}

#[test]
fn rules_on_the_orders() {
    in_every_way(|stage| {
        stage.by(
            "seller",
            "create table lair.noted (what text);
             create rule on_insert as on insert to shop.orders do also insert into lair.noted select 'insert' where witness.saw('rule on insert');
             create rule on_update as on update to shop.orders do also insert into lair.noted select 'update' where witness.saw('rule on update');
             create rule on_delete as on delete to shop.orders do also insert into lair.noted select 'delete' where witness.saw('rule on delete')",
        );
        stage.live().reached_only(&["seller", "app"]).orders_go_through();
    });
}

/// Everything in a table's definition that computes something, also what can be computed while a statement is planned.
fn computed(table: &str, column: &str) -> String {
    format!(
        "alter table {table}
           add column made numeric generated always as (witness.fixed('generated column', {column})) stored,
           add column noted text default witness.pass('default', 'x'::text);
         {}",
        computed_apart(table, column)
    )
}

/// The same without columns, which a partition cannot have of its own.
fn computed_apart(table: &str, column: &str) -> String {
    format!(
        "alter table {table}
           add constraint checked check (witness.pass('check', {column}) is not null),
           add constraint folded check ({column} is not null or witness.fixed('folded check', true));
         create index on {table} (witness.fixed('index', {column}));
         create index on {table} ((1 + length(witness.fixed('folded index', 'x'::text)) + {column}));
         create index on {table} ({column}) where {column} > length(witness.fixed('predicate', 'x'::text)) - 100;
         create statistics lair.{} on (witness.fixed('statistics', {column})),
           ({column} + length(witness.fixed('folded statistics', 'x'::text))) from {table}",
        table.replace('.', "_")
    )
}

#[test]
fn what_the_orders_table_computes() {
    in_every_way(|stage| {
        stage.by("seller", &computed("shop.orders", "total"));
        stage.live().reached_only(&["seller", "app"]).orders_go_through().orders_are_credited();
    });
}

#[test]
fn policies_on_the_orders() {
    in_every_way(|stage| {
        stage.by(
            "seller",
            "alter table shop.orders enable row level security, force row level security;
             create policy watched on shop.orders using (witness.saw('policy')) with check (witness.saw('policy'))",
        );
        stage.live().reached_only(&["seller", "app"]).orders_go_through().orders_are_credited();
    });
}

/// A type over labels, whose cast to text and whose operators are somebody's own.
fn own_labels(name: &str, labels: &str) -> String {
    format!(
        "create type lair.{name} as enum ({labels});
         create function lair.{name}_text(lair.{name}) returns text language plpgsql stable as $$
           begin perform witness.saw('cast of {name}'); return textin(enum_out($1)); end $$;
         create cast (lair.{name} as text) with function lair.{name}_text as implicit;
         create function lair.{name}_equal(lair.{name}, lair.{name}) returns boolean language plpgsql stable as $$
           begin perform witness.saw('operator of {name}'); return $1 operator(pg_catalog.=) $2; end $$;
         create operator lair.= (leftarg = lair.{name}, rightarg = lair.{name}, function = lair.{name}_equal);
         create function lair.{name}_equal(lair.{name}, text) returns boolean language plpgsql stable as $$
           begin perform witness.saw('operator of {name} and text'); return textin(enum_out($1)) operator(pg_catalog.=) $2; end $$;
         create operator lair.= (leftarg = lair.{name}, rightarg = text, function = lair.{name}_equal);"
    )
}

/// A type over numbers with casts that are somebody's own.
const OWN_AMOUNT: &str = "
create type lair.amount as (value numeric);
create function lair.to_numeric(lair.amount) returns numeric language plpgsql as $$
  begin perform witness.saw('cast to numeric'); return ($1).value; end $$;
create function lair.to_text(lair.amount) returns text language plpgsql as $$
  begin perform witness.saw('cast to text'); return ($1).value; end $$;
create function lair.to_bigint(lair.amount) returns bigint language plpgsql as $$
  begin perform witness.saw('cast to bigint'); return ($1).value; end $$;
create function lair.to_amount(numeric) returns lair.amount language plpgsql as $$
  begin perform witness.saw('cast from numeric'); return row($1)::lair.amount; end $$;
create function lair.to_amount(integer) returns lair.amount language plpgsql as $$
  begin perform witness.saw('cast from integer'); return row($1::numeric)::lair.amount; end $$;
create cast (lair.amount as numeric) with function lair.to_numeric as implicit;
create cast (lair.amount as text) with function lair.to_text as assignment;
create cast (lair.amount as bigint) with function lair.to_bigint as assignment;
create cast (numeric as lair.amount) with function lair.to_amount(numeric) as assignment;
create cast (integer as lair.amount) with function lair.to_amount(integer) as assignment;
";

#[test]
fn types_of_the_orders_owner() {
    in_every_way(|stage| {
        stage.by(
            "seller",
            &format!(
                "set search_path = pg_catalog;
                 {OWN_AMOUNT}{}{}{}
                 alter table shop.orders alter total drop default, alter total type lair.amount using row(total)::lair.amount;
                 alter table shop.orders alter total set default row(100)::lair.amount;
                 alter table shop.orders alter session_id type lair.session using session_id::lair.session;
                 alter table shop.orders alter currency drop default, alter currency type lair.currency using currency::lair.currency;
                 alter table shop.orders alter currency set default 'USD';
                 alter table shop.orders alter status drop default, alter status type lair.status using status::lair.status;
                 alter table shop.orders alter status set default 'paid';
                 alter role seller in database {} set search_path = lair, pg_catalog, public",
                own_labels("session", "'s1', 's2', 's3', 's4', 's5', 's6', 's7', 's8', 's9', 's10'"),
                own_labels("currency", "'USD', 'EUR'"),
                own_labels("status", "'paid', 'cart', 'cancelled'"),
                stage.name
            ),
        );
        stage.live().reached_only(&["seller", "app"]).orders_go_through();
    });
}

#[test]
fn columns_that_change_their_type() {
    // A value is never taken for one of the type that its column had before.
    in_every_way(|stage| {
        stage.by("app", "insert into shop.orders (id, session_id) values (100, 's1')");
        stage.by(
            "seller",
            "alter table shop.orders alter session_id type bigint using 1, alter session_id set default 77;
             alter table shop.orders alter currency drop default, alter currency type integer using 2, alter currency set default 3",
        );
        stage.by("app", "insert into shop.orders (id) values (101)");
        stage.by("app", "update shop.orders set total = 5 where id = 100; update shop.orders set session_id = 5; delete from shop.orders where id = 101");
        stage.by(
            "seller",
            "create domain lair.moment as timestamptz check (witness.saw('domain'));
             create domain lair.money as numeric check (witness.saw('domain'));
             create domain lair.label as text check (witness.saw('domain'));
             alter table shop.orders alter session_id drop default, alter session_id type lair.label using null,
               alter currency drop default, alter currency type lair.label using 'USD', alter currency set default 'USD',
               alter total type lair.money, alter status type lair.label",
        );
        if stage.way != "partitions" {
            stage.by("seller", "alter table shop.orders alter created_at type lair.moment");
        }
        stage.live().reached_only(&["seller", "app"]).orders_go_through();
    });
}

#[test]
fn columns_of_ours_that_change_their_type() {
    // Nor is a value of theirs taken for one of ours.
    for (way, kind) in [
        ("insert", "bigint using 12345"),
        ("insert", "text using 'x'"),
        ("commit", "bigint using 12345"),
        ("commit", "lair.amount using row(1)::lair.amount"),
        ("partitions", "bytea using '\\x01'"),
    ] {
        in_one_way(way, |stage| {
            stage.by("seller", OWN_AMOUNT);
            stage.by(
                "app",
                "insert into shop.orders (id, customer_id, session_id) values (100, 1, 's1'), (101, 2, 's2')",
            );
            let app = stage.session("app");
            app.run("insert into shop.orders (id, customer_id, session_id) values (102, 1, 's1')");
            stage.by(
                "seller",
                &format!("alter table shop.orders alter campaign_id type {kind}, alter visit_id type {kind}"),
            );
            app.run("insert into shop.orders (id, customer_id, session_id) values (103, 1, 's1'), (104, 2, 's2')");
            app.run("update shop.orders set total = 5; delete from shop.orders where id = 101");
            stage.live().reached_at_most(&["seller", "app"]).orders_go_through();
        });
    }
}

#[test]
fn keys_of_a_domain() {
    in_every_way(|stage| {
        stage.by(
            "seller",
            "create domain shop.key as bigint;
             alter table shop.orders alter id drop identity;
             alter table shop.orders alter id type shop.key;
             alter table shop.refunds alter order_id type shop.key",
        );
        stage.by(
            "registrar",
            "create domain people.key as bigint;
             alter table people.customers alter id drop identity;
             alter table people.customers alter id type people.key",
        );
        stage.by("postgres", &install(stage.way));
        stage.by("seller", "alter domain shop.key add constraint watched check (witness.saw('key of an order'))");
        stage
            .by("registrar", "alter domain people.key add constraint watched check (witness.saw('key of a customer'))");
        stage.live().reached_only(&["seller", "app"]).orders_go_through().orders_are_credited();
    });
}

#[test]
fn types_of_the_order_lines() {
    in_one_way("insert", |stage| {
        stage.by(
            "seller",
            &format!(
                "{OWN_AMOUNT}{}
                 alter table shop.items alter product_id type lair.amount using row(product_id)::lair.amount;
                 alter table shop.items alter quantity type lair.amount using row(quantity)::lair.amount;
                 alter table shop.items alter amount type lair.amount using row(amount)::lair.amount;
                 alter table shop.items alter product type lair.product using product::lair.product",
                own_labels("product", "'Hat'")
            ),
        );
        stage.live().reached_only(&["seller", "app"]).orders_go_through().orders_are_credited();
    });
}

#[test]
fn a_view_swapped_for_the_order_lines() {
    in_one_way("partitions", |stage| {
        stage.by(
            "seller",
            "alter table shop.items rename to real_items;
             create view shop.items as select * from shop.real_items where witness.saw('view of items');
             grant select, insert on shop.items to app;
             alter table shop.refunds rename to real_refunds;
             create view shop.refunds as select * from shop.real_refunds where witness.saw('view of refunds');
             grant select, insert, update, delete on shop.refunds to app",
        );
        stage.live().reached_only(&["seller", "app"]).orders_go_through().orders_are_credited();
    });
}

#[test]
fn what_the_orders_owner_finds_by_name() {
    in_every_way(|stage| {
        stage.by(
            "seller",
            &format!("alter role seller in database {} set search_path = shadows, pg_catalog, public", stage.name),
        );
        stage.live().reached_only(&["seller"]).orders_go_through().orders_are_credited();
    });
}

#[test]
fn triggers_that_take_the_names_of_ours() {
    in_every_way(|stage| {
        let ours = stage.superuser().show(
            "select tgname from pg_trigger where tgrelid = 'shop.orders'::regclass and not tgisinternal and tgparentid = 0",
        );
        assert_ne!(ours, "");
        for name in ours.lines() {
            stage.by(
                "seller",
                &format!(
                    "alter trigger \"{name}\" on shop.orders rename to \"x{name}\";
                     create trigger \"{name}\" after update on shop.orders for each row execute function witness.watch()"
                ),
            );
        }
        stage.live().reached_only(&["seller", "app"]).orders_go_through();
    });
}

#[test]
fn children_and_partitions_of_somebody_else() {
    in_every_way(|stage| {
        let part = if stage.way == "partitions" { "shop.orders_now" } else { "shop.orders_old" };
        if stage.way != "partitions" {
            stage.by(
                "seller",
                "create table shop.orders_old () inherits (shop.orders); grant select, insert, update, delete on shop.orders_old to app",
            );
            stage.first("app", "insert into shop.orders_old (id, session_id) values (50, 's8')");
        }
        stage.by("postgres", &format!("alter table {part} owner to heir; grant create on schema shop to heir"));
        stage.by("heir", &every_trigger(part, "zzz"));
        stage.by("heir", &computed_apart(part, "total"));
        stage.live().reached_only(&["seller", "app", "heir"]).orders_go_through();
    });
}

#[test]
fn orders_and_customers_that_change_hands() {
    in_every_way(|stage| {
        stage.by("seller", &every_trigger("shop.orders", "zzz"));
        stage.by("seller", &computed("shop.orders", "total"));
        stage.by("registrar", &every_trigger("people.customers", "zzz"));
        stage.by(
            "postgres",
            "alter table shop.orders owner to heir; alter table people.customers owner to heir;
             grant select on shop.refunds, shop.items to heir; grant references on people.customers to heir;
             grant usage on schema people to heir",
        );
        stage.live().reached_only(&["heir", "app"]).orders_go_through().orders_are_credited();
    });
}

#[test]
fn names_that_are_statements() {
    in_every_way(|stage| {
        let hostile = |what: &str| format!("\"x\"\"'); select witness.saw('{what}'); --$$\"");
        stage.by(
            "seller",
            &format!(
                "alter table shop.orders rename column currency to {};
                 alter table shop.orders rename to {};
                 create view shop.orders as select * from shop.{1};
                 grant select, insert, update, delete on shop.orders to app",
                hostile("column"),
                hostile("table")
            ),
        );
        stage.by(
            "registrar",
            &format!(
                "alter table people.customers rename column id to {};
                 alter table people.customers rename to {}",
                hostile("key"),
                hostile("customers")
            ),
        );
        let quoted = |name: &str| format!("$q${name}$q$");
        stage.first(
            "postgres",
            &install(stage.way)
                .replace("'shop.orders'", &quoted(&format!("shop.{}", hostile("table"))))
                .replace("'people.customers'", &quoted(&format!("people.{}", hostile("customers"))))
                .replace(
                    "order_currency => 'currency'",
                    &format!(
                        "order_currency => {}, customer_id => {}",
                        quoted(&hostile("column")),
                        quoted(&hostile("key"))
                    ),
                ),
        );
        stage.live().reached_nobody().orders_go_through().orders_are_credited();
    });
}

#[test]
fn an_error_leaves_the_application_who_it_was() {
    in_every_way(|stage| {
        stage.by(
            "registrar",
            "create function people.refuse() returns trigger language plpgsql as $$ begin raise exception 'no'; end $$;
             create trigger refuse before update on people.customers for each row execute function people.refuse()",
        );
        let app = stage.session("app");
        app.run("set search_path = lair; begin");
        for (order, broken) in [(1, true), (2, false)] {
            app.run(&format!(
                "insert into shop.orders (id, customer_id, session_id, broken)
                 values ({order}, {order}, 's{order}', {broken});
                 set constraints all immediate"
            ));
            assert_eq!(
                app.show("select current_user, session_user, current_setting('search_path'), current_setting('role')"),
                "app|app|lair|none",
                "{}",
                stage.way
            );
            for owner in ["seller", "registrar", "postgres"] {
                app.run("savepoint here");
                app.refuses("42501", "permission denied", &format!("select from vault.{owner}"));
                app.run("rollback to here");
            }
        }
        app.run("commit");
    });
}

#[test]
fn triggers_that_place_and_change_orders() {
    in_every_way(|stage| {
        stage.by(
            "seller",
            "create function shop.follow_up() returns trigger language plpgsql as $$
             begin
               perform witness.saw('trigger of orders');
               if new.id < 100 and tg_op = 'INSERT' then
                 insert into shop.orders (id, session_id, total) values (new.id + 200, 's10', 7) on conflict do nothing;
               elsif new.id < 100 then
                 update shop.orders set total = total + 1 where id = new.id + 200;
               end if;
               return null;
             end $$;
             create trigger follow_up after insert or update on shop.orders for each row execute function shop.follow_up();
             grant insert on shop.orders to registrar",
        );
        stage.by(
            "registrar",
            "create function people.follow_up() returns trigger language plpgsql as $$
             begin
               perform witness.saw('trigger of customers');
               insert into shop.orders (id, session_id, total) values (new.id + 300, 's9', 8) on conflict do nothing;
               return null;
             end $$;
             create trigger follow_up after update on people.customers for each row execute function people.follow_up()",
        );
        stage.question.replace(
            "select count(*) > 10, bool_and(o.total is not distinct from k.order_total)
               from shop.orders o left join campaign.campaign_conversions k on k.order_id = o.id
              where o.session_id is not null and not o.broken",
        );
        let day = stage.live();
        day.reached_only(&["seller", "app", "registrar"]).orders_go_through();
        assert_eq!(day.answer, "t|t", "{}", day.story("orders and conversions differ"));
    });
}

/// A function by which others place orders with its owner's rights, and whose every name is bound: no path of a caller's
/// reaches it.
fn placing_function(schema: &str) -> String {
    format!(
        "create function {schema}.place(id bigint, session text) returns void language sql security definer begin atomic
           insert into shop.orders (id, customer_id, session_id) values (id, id - 70, session); end"
    )
}

#[test]
fn orders_placed_with_the_owners_rights() {
    in_every_way(|stage| {
        stage.by("seller", &placing_function("shop"));
        stage.paths.borrow_mut().push(("app", "shadows,pg_catalog,public"));
        stage.first("app", "select shop.place(78, 's8')");
        stage.live().reached_at_most(&["app"]).orders_go_through();
    });
    in_every_way(|stage| {
        stage.by("seller", &placing_function("shop"));
        stage.begins_with(
            "app",
            "call witness.shadow_types('pg_temp');
             call witness.shadow_relations('pg_temp', array['campaign', 'shop', 'people', 'pg_catalog']);
             set search_path = pg_temp, public",
        );
        stage.first("app", "select shop.place(78, 's8')");
        stage.live().reached_at_most(&["app"]).orders_go_through();
    });
}

#[test]
fn what_waits_for_commit_when_a_repair_is_called() {
    // Who repairs may have written orders in the same transaction: what their triggers put off is still his to run.
    in_every_way(|stage| {
        stage.by(
            "seller",
            "create constraint trigger late after insert or update or delete on shop.orders
               deferrable initially deferred for each row execute function witness.watch();
             grant select, insert, update, delete on shop.orders to admin",
        );
        for repair in [
            "select * from campaign.campaign_attribute('78', 's8')",
            "select * from campaign.campaign_retry_failures()",
            "select * from campaign.campaign_delete('{campaign}', true)",
        ] {
            stage.first(
                "admin",
                &format!("begin; insert into shop.orders (id, session_id) values (78, 's8'); {repair}; rollback"),
            );
            stage.first("admin", &format!("begin; insert into shop.orders (id) values (78); {repair}; rollback"));
        }
        stage.live().reached_only(&["seller", "app", "admin"]);
    });
}

#[test]
fn what_waits_for_commit_when_somebody_elses_rights_place_an_order() {
    // The superuser's function, called by the application: what the customers' triggers put off is the application's to run.
    in_every_way(|stage| {
        stage.by("postgres", &placing_function("lair"));
        stage.by(
            "registrar",
            "create constraint trigger late after insert or update or delete on people.customers
               deferrable initially deferred for each row execute function witness.watch();
             grant select, update on people.customers to app; grant usage on schema people to app",
        );
        stage.first(
            "app",
            "begin; update people.customers set name = 'x' where id = 8; select lair.place(78, 's8'); commit",
        );
        stage.live().reached_only(&["registrar", "app"]).orders_go_through();
    });
}

#[test]
fn orders_placed_by_a_part_of_them() {
    // The bookkeeper writes payments, never orders: what the orders' triggers leave behind is not his to run.
    in_every_way(|stage| {
        let mapping = install(stage.way)
            .replace("$$o.status::text <> 'cart'$$", "'exists (select from shop.refunds r where r.order_id = o.id)'");
        stage.by("seller", "grant select, insert, update on shop.refunds to bookkeeper");
        stage.first("postgres", &mapping);
        stage.first("app", "insert into shop.orders (id, customer_id, session_id) values (78, 8, 's8')");
        stage.first(
            "seller",
            &format!(
                "{LEAVE_BEHIND}
                 create trigger leave before update on shop.orders for each row execute function lair.leave_behind_trigger();
                 create constraint trigger late after update on shop.orders
                   deferrable initially deferred for each row execute function witness.watch()"
            ),
        );
        stage.first("bookkeeper", "insert into shop.refunds (order_id, amount) values (78, 1)");
        stage.thinks_afterwards(&["bookkeeper"], AFTERTHOUGHT);
        stage.live().reached_only(&["seller", "app"]).orders_go_through();
    });
}

#[test]
fn schemas_that_take_the_name_of_the_shops() {
    in_every_way(|stage| {
        stage.by("postgres", "alter schema shop owner to landlord");
        let (app, landlord) = (stage.session("app"), stage.session("landlord"));
        app.run("insert into shop.orders (id, customer_id, session_id) values (1, 1, 's1')");
        landlord.run(
            "alter schema shop rename to former;
             create schema shop; grant usage on schema shop to public;
             create table shop.orders (id bigint default witness.pass('decoy', 1::bigint), customer_id bigint, total numeric, currency text,
               status text, broken boolean, session_id text, created_at timestamptz, campaign_id uuid, visit_id uuid);
             create trigger watch before insert or update or delete on shop.orders for each statement execute function witness.watch();
             create policy watched on shop.orders using (witness.saw('policy')); alter table shop.orders enable row level security;
             grant all on shop.orders to public",
        );
        drop(app.heard());
        app.run(
            "insert into former.orders (id, customer_id, session_id) values (2, 2, 's2'), (3, 3, 's3');
             update former.orders set total = 60 where id = 2;
             update former.orders set customer_id = 5, status = 'cart' where id = 3;
             update former.orders set status = 'paid' where id = 3",
        );
        let seen: Vec<String> = app.heard().into_iter().filter(|notice| notice.contains("witness")).collect();
        assert!(seen.is_empty(), "{}: {seen:?}", stage.way);
    });
}

// The owner of the customers

#[test]
fn triggers_on_the_customers() {
    in_every_way(|stage| {
        stage.by("registrar", &every_trigger("people.customers", "zzz"));
        stage.live().reached_only(&["registrar"]).orders_go_through().orders_are_credited();
    });
}

#[test]
fn triggers_on_the_customers_that_fire_at_commit() {
    in_every_way(|stage| {
        stage.by(
            "registrar",
            "create constraint trigger late after insert or update or delete on people.customers
               deferrable initially deferred for each row execute function witness.watch();
             create table people.history (customer_id bigint references people.customers deferrable initially deferred);
             create function people.remember() returns trigger language plpgsql as $$
               begin insert into people.history values (new.id); return null; end $$;
             create trigger remember after update on people.customers for each row execute function people.remember()",
        );
        stage.question.replace(
            "select string_agg(id::text, ' ' order by id) from people.customers where acquisition_campaign_id is not null",
        );
        let day = stage.live();
        day.reached_only(&["registrar"]).orders_go_through();
        assert_eq!(day.answer, "1 2 5 7 8", "{}", day.story("customers were not won"));
    });
}

#[test]
fn what_the_customers_table_computes() {
    in_every_way(|stage| {
        stage.by("registrar", &computed("people.customers", "id"));
        stage.live().reached_only(&["registrar"]).orders_go_through().orders_are_credited();
    });
}

#[test]
fn rules_and_policies_on_the_customers() {
    in_every_way(|stage| {
        stage.by(
            "registrar",
            "create table lair.noted (what text);
             create rule on_update as on update to people.customers do also insert into lair.noted select 'update' where witness.saw('rule on update');
             alter table people.customers enable row level security, force row level security;
             create policy watched on people.customers using (witness.saw('policy')) with check (witness.saw('policy'))",
        );
        stage.live().reached_only(&["registrar"]).orders_go_through().orders_are_credited();
    });
}

#[test]
fn a_view_swapped_for_the_customers() {
    in_every_way(|stage| {
        stage.by(
            "registrar",
            "alter table people.customers rename to real_customers;
             create view people.customers as select * from people.real_customers where witness.saw('view')",
        );
        stage.live().reached_at_most(&["registrar"]).orders_go_through().orders_are_credited();
    });
}

#[test]
fn what_the_customers_owner_finds_by_name() {
    in_every_way(|stage| {
        stage.by(
            "registrar",
            &format!(
                "create function people.audit() returns trigger language plpgsql as $$ begin new.name := lower(new.name) || 'x'; return new; end $$;
                 create trigger audit before update on people.customers for each row execute function people.audit();
                 alter role registrar in database {} set search_path = shadows, pg_catalog, public",
                stage.name
            ),
        );
        stage.live().reached_only(&["registrar"]).orders_go_through().orders_are_credited();
    });
}

// The owner of a part table, of a function in the mapping, of the database; who may put triggers on orders

#[test]
fn the_owner_of_a_part_table() {
    let holds = [
        format!(
            "{}{};
             create constraint trigger late after insert or update or delete on shop.refunds
               deferrable initially deferred for each row execute function witness.watch();
             alter table shop.refunds enable row level security, force row level security;
             create policy watched on shop.refunds using (witness.saw('policy')) with check (witness.saw('policy'))",
            every_trigger("shop.refunds", "zzz"),
            computed("shop.refunds", "amount")
        ),
        format!(
            "{OWN_AMOUNT} alter table shop.refunds alter amount type lair.amount using row(amount)::lair.amount;
             alter table shop.refunds alter order_id type lair.amount using row(order_id)::lair.amount"
        ),
    ];
    for hold in holds {
        in_every_way(|stage| {
            stage.by(
                "postgres",
                "alter table shop.refunds owner to bookkeeper; grant create on schema shop to bookkeeper; grant select on shop.refunds to seller",
            );
            stage.by("bookkeeper", &hold);
            // The mapping names the table: its owner reads it, and so runs what reading it runs, as any reader.
            stage.live().reached_only(&["bookkeeper", "app", "seller"]).orders_go_through();
        });
    }
}

#[test]
fn the_owner_of_a_function_in_the_mapping() {
    for rights in ["security definer", "security invoker set search_path = shadows, pg_catalog"] {
        in_every_way(|stage| {
            stage.by(
                "pricer",
                &format!(
                    "create or replace function pricing.net(total numeric, broken boolean) returns numeric language plpgsql volatile {rights}
                       as $$ begin perform witness.saw('function'); return total / case when broken then 0 else 1 end; end $$;
                     create or replace function pricing.rate(currency text) returns numeric language plpgsql immutable {rights}
                       as $$ begin perform witness.saw('folded function'); return 1; end $$"
                ),
            );
            stage.live().reached_only(&["pricer", "seller"]).orders_go_through().orders_are_credited();
        });
    }
}

#[test]
fn whoever_may_put_triggers_on_the_orders() {
    in_every_way(|stage| {
        stage.by("tinkerer", &every_trigger("shop.orders", "zzz"));
        stage.live().reached_only(&["seller", "app", "tinkerer"]).orders_go_through().orders_are_credited();
    });
}

#[test]
fn the_path_of_the_database() {
    in_every_way(|stage| {
        stage.by(
            "landlord",
            &format!("alter database {} set search_path = shadows, pg_catalog, \"$user\", public", stage.name),
        );
        // What the application and the mapping themselves leave to the path, and nothing else.
        stage.live().reached_only(&["app", "seller"]).orders_go_through().orders_are_credited();
    });
}

#[test]
fn better_fitting_functions_in_public() {
    in_every_way(|stage| {
        stage.by("landlord", "call witness.shadow('public', true)");
        stage.by("landlord", &format!("alter database {} set search_path = public, campaign", stage.name));
        stage.live().reached_at_most(&["app", "seller"]).orders_go_through().orders_are_credited();
    });
}

/// Gives the shop's tables to the superuser, as many shops have them.
const SUPERUSERS_SHOP: &str = "
alter table shop.orders owner to postgres; alter table shop.refunds owner to postgres; alter table shop.items owner to postgres;
alter table people.customers owner to postgres; grant select on people.customers to seller";

#[test]
fn the_path_of_the_database_over_tables_of_the_superuser() {
    in_one_way("partitions", |stage| {
        stage.by("postgres", SUPERUSERS_SHOP);
        stage.by(
            "landlord",
            &format!("alter database {} set search_path = shadows, pg_catalog, \"$user\", public", stage.name),
        );
        stage.live().reached_only(&["app"]).orders_go_through().orders_are_credited();
    });
}

#[test]
fn better_fitting_functions_over_tables_of_the_superuser() {
    // What a mapping names without a schema is PostgreSQL's own wherever that has it.
    in_one_way("commit", |stage| {
        stage.by("postgres", SUPERUSERS_SHOP);
        stage.first(
            "postgres",
            &install(stage.way).replace(
                "o.status::text <> 'cart'",
                "cardinality(array[o.status, 'cart']) = 2 and o.status <> all (array['cart'])",
            ),
        );
        stage.first("landlord", "call witness.shadow('public', true)");
        stage.live().reached_at_most(&["app"]).orders_go_through().orders_are_credited();
    });
}

// The application, and our own roles

#[test]
fn the_path_of_the_application() {
    in_every_way(|stage| {
        stage.paths.borrow_mut().push(("app", "shadows,pg_catalog,public"));
        stage.begins_with("app", "set campaign.match_customer = on");
        stage.live().reached_only(&["app"]).orders_go_through().orders_are_credited();
    });
}

#[test]
fn the_paths_of_our_roles() {
    in_every_way(|stage| {
        for who in ["tracker", "analyst", "admin", "gatekeeper"] {
            stage.by(
                who,
                &format!("alter role {who} in database {} set search_path = shadows, pg_catalog, public", stage.name),
            );
        }
        stage.live().reached_themselves().orders_go_through().orders_are_credited();
    });
}

#[test]
fn temporary_objects() {
    in_every_way(|stage| {
        for who in ["app", "tracker", "analyst", "admin", "gatekeeper"] {
            stage.begins_with(
                who,
                "call witness.shadow_types('pg_temp');
                 call witness.shadow_relations('pg_temp', array['campaign', 'shop', 'people', 'pg_catalog']);
                 set search_path = pg_temp, public",
            );
        }
        stage.live().reached_themselves().orders_go_through().orders_are_credited();
    });
}

#[test]
fn unqualified_triggers_never_meet_the_applications_objects() {
    let decoys = [
        "create temp table {log} (what text default witness.pass('default', 'x'::text));
         create trigger watch before insert on {log} for each row execute function witness.watch();
         grant all on {log} to public",
        "create table lair.{log} (what text default witness.pass('default', 'x'::text));
         create trigger watch before insert on lair.{log} for each row execute function witness.watch();
         grant all on lair.{log} to public; set search_path = lair, pg_catalog",
    ];
    for decoy in decoys {
        in_every_way(|stage| {
            stage.by(
                "postgres",
                "create table public.order_log (what text); alter table public.order_log owner to seller; grant insert on public.order_log to app;
                 create table public.customer_log (what text); alter table public.customer_log owner to registrar",
            );
            stage.by(
                "seller",
                "create function shop.audit() returns trigger language plpgsql as $$ begin insert into order_log values (tg_op); return new; end $$;
                 create trigger audit after update on shop.orders for each row execute function shop.audit()",
            );
            stage.by(
                "registrar",
                "create function people.audit() returns trigger language plpgsql as $$ begin insert into customer_log values (tg_op); return new; end $$;
                 create trigger audit after update on people.customers for each row execute function people.audit()",
            );
            stage.begins_with("app", &decoy.replace("{log}", "order_log"));
            stage.begins_with("app", &decoy.replace("{log}", "customer_log"));
            stage.live().reached_only(&["app"]).orders_go_through().orders_are_credited();
            // The owners' own triggers found what they meant.
            assert_ne!(stage.superuser().show("select count(*) from public.order_log"), "0", "{}", stage.way);
            assert_ne!(stage.superuser().show("select count(*) from public.customer_log"), "0", "{}", stage.way);
        });
    }
}

#[test]
fn settings_of_the_application() {
    in_every_way(|stage| {
        stage.begins_with(
            "app",
            "set row_security = off; set standard_conforming_strings = off; set backslash_quote = on; set escape_string_warning = off;
             set transform_null_equals = on; set array_nulls = off; set quote_all_identifiers = on; set check_function_bodies = off;
             set datestyle = 'German, DMY'; set intervalstyle = 'sql_standard'; set timezone = 'Asia/Kathmandu'; set bytea_output = 'escape';
             set extra_float_digits = -15; set default_transaction_isolation = 'serializable'; set plan_cache_mode = force_generic_plan;
             set constraint_exclusion = on; set enable_indexscan = off; set enable_seqscan = off; set enable_bitmapscan = off; set jit = on;
             set jit_above_cost = 0; set client_min_messages = error; set xmloption = document; set default_transaction_deferrable = on",
        );
        stage.live().reached_nobody().orders_go_through().orders_are_credited();
    });
    in_one_way("commit", |stage| {
        // on_error is theirs to set: it says what becomes of their own order.
        stage.by("postgres", "load 'pg_campaign'");
        let settings = stage
            .superuser()
            .show("select name from pg_settings where name like 'campaign.%' and name <> 'campaign.on_error'");
        assert_ne!(settings, "");
        for setting in settings.lines() {
            stage.begins_with(
                "app",
                &format!(
                    "do $$ begin perform set_config('{setting}', $q$'); select witness.saw('setting'); --$q$, false); exception when others then null; end $$"
                ),
            );
        }
        stage.live().reached_nobody().orders_go_through();
    });
}

#[test]
fn what_is_recorded_is_never_a_statement() {
    in_one_way("insert", |stage| {
        let hostile = "x\"'')); select witness.saw(''text''); --\\'' || witness.saw(''text'') || ''{}$$%s%I%L";
        stage.by("tracker", &format!("select campaign.campaign_track_visit('A', '{hostile}', user_agent => '{hostile}', referrer => '{hostile}', landing_page => '{hostile}')"));
        stage.by(
            "admin",
            &format!(
                "select campaign.campaign_create('{hostile}', 'other', 'post', description => '{hostile}');
                 select campaign.campaign_identify('s1', '7'); select campaign.campaign_create_key('{hostile}', 'admin')"
            ),
        );
        stage.by("app", &format!("insert into shop.orders (id, session_id, currency, status) values (90, '{hostile}', '{hostile}', '{hostile}'  )"));
        stage.by("app", &format!("insert into shop.items values (90, 1, '{hostile}', 1, 1)"));
        stage.first("admin", &format!("select * from campaign.campaign_attribute('90', '{hostile}')"));
        stage.live().reached_nobody().orders_go_through();
    });
}

#[test]
fn keys_are_never_statements() {
    for way in ["insert", "commit"] {
        let stage = Stage::set(way);
        stage.by(
            "seller",
            "alter table shop.orders add column code text unique;
             update shop.orders set code = id;
             create function shop.name() returns trigger language plpgsql as $f$ begin
               new.code := new.id || $k$'); select witness.saw('key'); --\\' || witness.saw('key') || '\"$k$; return new; end $f$;
             create trigger a_name before insert on shop.orders for each row execute function shop.name()",
        );
        let mapping = install(way)
            .replace("order_total =>", "order_id => 'code', order_total =>")
            .replace("'{\"shop.refunds\": \"order_id\"}'", "null");
        stage.first("postgres", &mapping);
        stage.first("admin", "call campaign.campaign_backfill()");
        stage.live().reached_nobody().orders_go_through();
    }
}

#[test]
fn arguments_are_never_statements() {
    let stage = Stage::set("insert");
    let app = stage.session("app");
    for order in &ORDERING {
        app.run(order);
    }
    let hostile = [
        "'); select witness.saw('argument'); --",
        "' || witness.saw('argument') || '",
        "\"; select witness.saw('argument'); --",
        "\\'; select witness.saw('argument'); --",
    ];
    for who in ["tracker", "analyst", "admin", "gatekeeper"] {
        let session = stage.session(who);
        let functions = stage.superuser().show(&format!(
            "select oid::regproc, prokind, array_to_string(proargnames[1:pronargs], ','), array_to_string(array(select format_type(t, null) from unnest(proargtypes::oid[]) t), ','),
                    pronargs - pronargdefaults
               from pg_proc
              where pronamespace = 'campaign'::regnamespace and prokind in ('f', 'p') and has_function_privilege('{who}', oid, 'execute')
                and proargtypes::oid[] && array['text', 'text[]', 'jsonb']::regtype[]::oid[]"
        ));
        assert_ne!(functions, "");
        let mut calls = 0;
        for function in functions.lines() {
            let [name, kind, arguments, types, needed] = function.split('|').collect::<Vec<_>>()[..] else {
                panic!("{function}")
            };
            let arguments: Vec<(&str, &str)> = arguments.split(',').zip(types.split(',')).collect();
            let needed: usize = needed.parse().expect("a number");
            for (attacked, (_, of)) in arguments.iter().enumerate() {
                for text in hostile {
                    let text = text.replace('\'', "''");
                    let value = match *of {
                        "text" => format!("'{text}'"),
                        "text[]" => format!("array['{text}']"),
                        "jsonb" => format!("jsonb_build_object('name', '{text}', '{text}', 1)"),
                        _ => continue,
                    };
                    let list: Vec<String> = arguments
                        .iter()
                        .enumerate()
                        .filter(|(place, _)| *place == attacked || *place < needed)
                        .map(|(place, (argument, of))| {
                            let value = match *of {
                                _ if place == attacked => value.clone(),
                                "uuid" => format!("'{}'", stage.campaign),
                                "text" if argument.contains("code") => "'A'".to_owned(),
                                "text" => "'1'".to_owned(),
                                "text[]" => "array['A']".to_owned(),
                                "uuid[]" => format!("array['{}']::uuid[]", stage.campaign),
                                "jsonb" => "'{}'".to_owned(),
                                "integer" | "bigint" | "numeric" => "1".to_owned(),
                                _ => "null".to_owned(),
                            };
                            format!("{argument} => {value}")
                        })
                        .collect();
                    let call = if kind == "p" { "call" } else { "select * from" };
                    drop(session.attempt(&format!("{call} {name}({})", list.join(", "))));
                    calls += 1;
                }
            }
        }
        let seen: Vec<String> = session.heard().into_iter().filter(|notice| notice.contains("witness")).collect();
        assert!(seen.is_empty() && calls > 0, "{who}: {seen:?}");
    }
}

// Who was there before us

#[test]
fn a_schema_of_somebody_elses_is_not_taken() {
    static MADE: AtomicU32 = AtomicU32::new(0);
    let cluster = Cluster::shared();
    let refused = |preparation: &str| {
        let name = format!("squatted_{}", MADE.fetch_add(1, Ordering::Relaxed));
        let squatter = format!("{name}_squatter");
        cluster.admin(|admin| {
            admin.run(&format!("create role {squatter} login"));
            admin.run(&format!("create database {name} owner {squatter}"));
        });
        let preparation = preparation.replace("{squatter}", &squatter);
        let db = Session::open(&cluster.url(&name, "postgres"));
        db.run(&preparation);
        let answer = db.attempt("create extension pg_campaign").map_err(|failure| failure.sqlstate);
        drop(db);
        cluster.admin(|admin| {
            admin.run(&format!("drop database {name} with (force)"));
            admin.run(&format!("drop role {squatter}"));
        });
        assert_eq!(answer, Err("55000".to_owned()), "{preparation}");
    };
    refused("create schema campaign authorization {squatter}");
    refused("create schema campaign authorization pg_database_owner");
    refused("create schema campaign; grant create on schema campaign to {squatter}");
    refused("create schema campaign; grant create on schema campaign to public");
    let object = "create schema campaign; grant all on schema campaign to {squatter}; set role {squatter}; {object}; reset role; revoke all on schema campaign from {squatter}";
    for made in [
        "create function campaign.cardinality(uuid[]) returns int language sql return 1",
        "create table campaign.campaigns (id uuid)",
        "create view campaign.campaigns as select 1",
        "create domain campaign.text as pg_catalog.text",
        "create type campaign.campaign_dimension as enum ('device')",
        "create sequence campaign._campaign_session_no",
        "create function campaign.equal(text, text) returns boolean language sql return true;
         create operator campaign.= (leftarg = text, rightarg = text, function = campaign.equal)",
        "create collation campaign.\"default\" from \"C\"",
        "create aggregate campaign.sum(numeric) (sfunc = numeric_add, stype = numeric)",
        "create text search dictionary campaign.simple (template = simple)",
        "create statistics campaign.s on oid, relname from pg_class",
    ] {
        if !made.contains("statistics") {
            refused(&object.replace("{object}", made));
        }
    }
}

#[test]
fn an_opened_schema_is_not_installed_into() {
    let stage = Stage::set("insert");
    let open = [
        ("grant create on schema campaign to landlord", "revoke create on schema campaign from landlord"),
        ("grant create on schema campaign to public", "revoke create on schema campaign from public"),
        ("alter schema campaign owner to landlord", "alter schema campaign owner to postgres"),
    ];
    for (opened, closed) in open {
        stage.by("postgres", opened);
        let answer = stage.superuser().attempt(&install("insert")).map_err(|failure| failure.sqlstate);
        assert_eq!(answer, Err("55000".to_owned()), "{opened}");
        stage.by("postgres", closed);
    }
    stage.by("postgres", "grant create on schema campaign to landlord");
    stage.by(
        "landlord",
        "create function campaign.cardinality(uuid[]) returns int language plpgsql as $$ begin perform witness.saw('overload'); return 1; end $$",
    );
    stage.by("postgres", "revoke create on schema campaign from landlord");
    let answer = stage.superuser().attempt(&install("insert")).map_err(|failure| failure.sqlstate);
    assert_eq!(answer, Err("55000".to_owned()));
}
