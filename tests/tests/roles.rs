//! Who may do what.

use pg_campaign_tests::{Database, Session};

const TRACKING: [&str; 4] = [
    "select campaign_track_visit('A', 'r')",
    "select campaign_track_visits(array['A'], array['r'])",
    "select campaign_update_activity('s')",
    "select campaign_identify('s', 1)",
];

const READING: [&str; 25] = [
    "select campaign_get((select id from ids))",
    "select campaign_list()",
    "select campaign_count()",
    "select campaign_children((select id from ids))",
    "select campaign_tracking_code('Hats', 'tiktok')",
    "select campaign_tracking_url((select id from ids))",
    "select campaign_metrics((select id from ids))",
    "select campaign_roi()",
    "select campaign_analytics((select id from ids), include_children => true)",
    "select campaign_timeline((select id from ids))",
    "select campaign_products((select id from ids))",
    "select campaign_breakdown((select id from ids), 'device')",
    "select campaign_order_source(1)",
    "select campaign_customer_acquisition(1)",
    "select campaign_customer_history('1')",
    "select campaign_status()",
    "select campaign_settings()",
    "select campaign_failures()",
    "select campaign_branches()",
    "select campaign_comparison(start_date => current_date)",
    "select campaign_live()",
    "select campaign_overlap((select id from ids))",
    "select campaign_preview('Hats', 'tiktok')",
    "select campaign_deletion(array[(select id from ids)])",
    "select campaign_average(1, 2), campaign_rate(1, 2), campaign_return(1, 2)",
];

const MANAGING: [&str; 8] = [
    "select campaign_create('n', 'other', 'post')",
    "select campaign_update((select id from ids), '{\"cost\": 5}')",
    "select campaign_deactivate((select id from ids))",
    "select campaign_activate((select id from ids))",
    "select campaign_attribute('1')",
    "select campaign_refund(1, 5)",
    "select campaign_retry_failures()",
    "select campaign_delete((select id from ids), true)",
];

const SET_UP: [&str; 2] = ["select campaign_install()", "select campaign_uninstall()"];

const TABLES: [&str; 5] = [
    "campaigns",
    "campaign_visits",
    "campaign_conversions",
    "campaign_analytics_snapshots",
    "campaign_attribution_failures",
];

/// A campaign with a visit and a conversion. The table ids, readable by all, tells the campaign's id.
fn busy() -> Database {
    let db = Database::shop();
    let id = db.campaign("A");
    db.click("A", "s", "2024-06-01 10:00Z");
    db.order("s", "2024-06-02 10:00Z");
    db.run(&format!("create table ids as select '{id}'::uuid as id; grant select on ids to public"));
    db
}

#[track_caller]
fn may(session: &Session, statements: &[&str]) {
    for statement in statements {
        session.run(&format!("begin; {statement}; rollback"));
    }
}

#[track_caller]
fn may_not(session: &Session, statements: &[&str]) {
    for statement in statements {
        session.refuses("42501", "permission denied", statement);
    }
}

#[track_caller]
fn may_not_write(session: &Session) {
    for table in TABLES {
        for statement in [
            format!("insert into {table} default values"),
            format!("update {table} set id = default"),
            format!("delete from {table}"),
            format!("truncate {table}"),
        ] {
            session.refuses("42501", "permission denied", &statement);
        }
    }
    session.refuses("42501", "permission denied", "update _campaign_shop set order_total = '0'");
    session.refuses("42501", "permission denied", "select setval('_campaign_session_no', 1)");
    session.refuses("42501", "must be owner", "drop table campaigns cascade");
}

#[test]
fn a_tracker_can_only_track() {
    let db = busy();
    let tracker = db.login("tracker", "campaign_tracker");
    may(&tracker, &TRACKING);
    may_not(&tracker, &READING);
    may_not(&tracker, &MANAGING);
    may_not(&tracker, &SET_UP);
    may_not_write(&tracker);
    for table in TABLES {
        tracker.refuses("42501", "permission denied", &format!("select from {table}"));
    }
}

#[test]
fn an_analyst_can_only_read() {
    let db = busy();
    let analyst = db.login("analyst", "campaign_analyst");
    may(&analyst, &READING);
    may_not(&analyst, &TRACKING);
    may_not(&analyst, &MANAGING);
    may_not(&analyst, &SET_UP);
    may_not_write(&analyst);
    for table in TABLES {
        analyst.run(&format!("select count(*) from {table}"));
    }
    assert_eq!(
        analyst.show("select r.name, count(k.id) from campaign_roi() r join campaign_conversions k using (campaign_id) group by 1"),
        "Campaign A|1"
    );
}

#[test]
fn an_administrator_can_do_all_but_set_up() {
    let db = busy();
    let admin = db.login("admin", "campaign_admin");
    may(&admin, &TRACKING);
    may(&admin, &READING);
    may(&admin, &MANAGING);
    may_not(&admin, &SET_UP);
    may_not_write(&admin);
}

#[test]
fn a_stranger_can_do_nothing() {
    let db = busy();
    let stranger = db.login("stranger", "");
    stranger.refuses("42501", "permission denied for schema campaign", "select campaign.campaign_status()");
    // Nor would it help to see what is in the schema.
    db.run(&format!("grant usage on schema campaign to {}_stranger", db.name()));
    for statements in [&TRACKING[..], &READING[..], &MANAGING[..], &SET_UP[..]] {
        may_not(&stranger, statements);
    }
    may_not_write(&stranger);
    // Not even by naming our inner functions.
    let inner = db.show(
        "select string_agg(format('%I.%I', n.nspname, p.proname), ' ') from pg_proc p join pg_namespace n on n.oid = p.pronamespace
          where p.proname like '\\_campaign%' and p.prorettype <> 'trigger'::regtype and p.proname <> '_campaign_is_marking' and has_function_privilege(current_user, p.oid, 'execute')
            and has_function_privilege((select oid from pg_roles where rolname like '%\\_stranger' and rolname like current_database() || '%'), p.oid, 'execute')",
    );
    assert_eq!(inner, "null");
}

#[test]
fn inner_functions_that_run_with_our_rights_are_for_no_role() {
    let db = busy();
    for role in ["campaign_tracker", "campaign_analyst", "campaign_admin"] {
        assert_eq!(
            db.show(&format!(
                "select p.oid::regprocedure from pg_proc p
                  where p.proname like '\\_campaign%' and p.prorettype <> 'trigger'::regtype and p.proname <> '_campaign_is_marking' and p.prosecdef and p.proname <> '_campaign_key_role' and has_function_privilege('{role}', p.oid, 'execute')
                    and not ('{role}' = 'campaign_admin' and p.proname ~ '^_campaign_backfill_(batch|batches|done)$')"
            )),
            "",
            "{role}"
        );
    }
}

#[test]
fn roles_survive_a_second_database() {
    // They belong to the cluster: making the extension again, anywhere, finds them.
    let first = Database::empty();
    first.run("create extension pg_campaign; select campaign_install()");
    let second = Database::empty();
    second.run("create extension pg_campaign; drop extension pg_campaign; create extension pg_campaign");
    assert_eq!(
        first.show("select rolname, rolcanlogin, rolsuper from pg_roles where rolname in ('campaign_tracker', 'campaign_analyst', 'campaign_admin') order by 1"),
        "campaign_admin|f|f\ncampaign_analyst|f|f\ncampaign_tracker|f|f"
    );
    assert_eq!(
        first.show("select pg_has_role('campaign_admin', 'campaign_tracker', 'usage'), pg_has_role('campaign_admin', 'campaign_analyst', 'usage')"),
        "t|t"
    );
}
