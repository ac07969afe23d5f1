//! Many at once: what must hold whoever comes first.

use std::sync::Barrier;
use std::thread;

use pg_campaign_tests::{Database, Session};

/// Runs the same work in so many sessions, all starting together; what each returned.
fn together<T: Send>(db: &Database, sessions: usize, work: impl Fn(&Session, usize) -> T + Sync) -> Vec<T> {
    let start = Barrier::new(sessions);
    let url = db.url("postgres");
    thread::scope(|scope| {
        let threads: Vec<_> = (0..sessions)
            .map(|number| {
                let (start, work, url) = (&start, &work, &url);
                scope.spawn(move || {
                    let session = Session::open(url);
                    session.run("select campaign_status()");
                    start.wait();
                    work(&session, number)
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().expect("every session does its work")).collect()
    })
}

/// Touches are numbered 1, 2, 3 ... in each session, each session has one number of its own.
fn assert_touches_are_consistent(db: &Database) {
    assert_eq!(
        db.show(
            "select count(*) from (
               select session_id from campaign_visits group by session_id
               having min(touch_no) <> 1 or max(touch_no) <> count(*) or count(distinct session_no) <> 1) wrong"
        ),
        "0"
    );
    assert_eq!(db.show("select count(distinct session_no) = count(distinct session_id) from campaign_visits"), "t");
}

#[test]
fn two_clicks_at_once() {
    let db = Database::shop();
    db.campaign("A");
    for round in 0..20 {
        let visits = together(&db, 32, |session, _| {
            session.show(&format!("select visit_id, is_new from campaign_track_visit('A', 's{round}')"))
        });
        let ids: std::collections::HashSet<&str> = visits.iter().filter_map(|row| row.split('|').next()).collect();
        assert_eq!(ids.len(), 1, "{visits:?}");
        assert_eq!(visits.iter().filter(|row| row.ends_with("|t")).count(), 1, "{visits:?}");
    }
    assert_eq!(db.show("select count(*), count(distinct session_id), max(touch_no) from campaign_visits"), "20|20|1");
    assert_touches_are_consistent(&db);
}

#[test]
fn many_clicks_of_many_sessions_at_once() {
    let db = Database::shop();
    db.campaign("A");
    together(&db, 32, |session, number| {
        for step in 0..100 {
            session.run(&format!("select campaign_track_visit('A', 's{}')", (step * 7 + number) % 50));
        }
    });
    assert_eq!(db.show("select count(*), count(distinct session_id), max(touch_no) from campaign_visits"), "50|50|1");
    assert_touches_are_consistent(&db);
}

#[test]
fn clicks_on_several_campaigns_at_once() {
    let db = Database::shop();
    for code in ["A", "B", "C"] {
        db.campaign(code);
    }
    let new: usize = together(&db, 16, |session, number| {
        (0..100)
            .filter(|step| {
                let code = ["A", "B", "C"][(step * 3 + number) % 3];
                session.show(&format!("select is_new from campaign_track_visit('{code}', 's{}')", step % 5)) == "t"
            })
            .count()
    })
    .into_iter()
    .sum();
    assert_touches_are_consistent(&db);
    assert_eq!(db.show("select count(*) from campaign_visits"), new.to_string());
    // Two touches in a row of one campaign would be one visit told twice.
    assert_eq!(
        db.show(
            "select count(*) from campaign_visits a join campaign_visits b
               on b.session_id = a.session_id and b.touch_no = a.touch_no + 1 and b.campaign_id = a.campaign_id"
        ),
        "0"
    );
}

#[test]
fn a_click_waits_for_one_that_is_not_committed_yet() {
    let db = Database::shop();
    db.campaign("A");
    let first = db.session();
    first.run("begin; select campaign_track_visit('A', 'kept')");
    let second = db.session();
    let pid = second.pid();
    let answer = thread::scope(|scope| {
        let waiting = scope.spawn(move || second.show("select is_new from campaign_track_visit('A', 'kept')"));
        let waits = format!("select coalesce(wait_event_type, '') from pg_stat_activity where pid = {pid}");
        while db.show(&waits) != "Lock" {
            assert!(!waiting.is_finished(), "the second click did not wait");
            thread::yield_now();
        }
        first.run("commit");
        waiting.join().unwrap()
    });
    assert_eq!(answer, "f");
    assert_eq!(db.show("select count(*) from campaign_visits"), "1");
}

#[test]
fn a_click_takes_the_place_of_one_that_was_rolled_back() {
    let db = Database::shop();
    db.campaign("A");
    db.campaign("B");
    let first = db.session();
    first.run("begin; select campaign_track_visit('B', 's')");
    let second = db.session();
    let pid = second.pid();
    let answer = thread::scope(|scope| {
        let waiting = scope.spawn(move || second.show("select is_new from campaign_track_visit('A', 's')"));
        let waits = format!("select coalesce(wait_event_type, '') from pg_stat_activity where pid = {pid}");
        while db.show(&waits) != "Lock" {
            assert!(!waiting.is_finished(), "the second click did not wait");
            thread::yield_now();
        }
        first.run("rollback");
        waiting.join().unwrap()
    });
    assert_eq!(answer, "t");
    assert_eq!(db.touches("s"), "1:A");
}

#[test]
fn a_click_within_a_fixed_snapshot_fails_as_any_write_would() {
    let db = Database::shop();
    db.campaign("A");
    let old = db.session();
    old.run("begin isolation level repeatable read; select count(*) from campaign_visits");
    db.run("select campaign_track_visit('A', 's')");
    old.refuses("40001", "could not serialize", "select campaign_track_visit('A', 's')");
}

#[test]
fn batches_do_not_wait_for_each_other_in_circles() {
    let db = Database::shop();
    for code in ["A", "B"] {
        db.campaign(code);
    }
    let errors: Vec<String> = together(&db, 12, |session, number| {
        (0..15)
            .map(|round| {
                // Overlapping sessions, in another order for every connection.
                let (step, offset) = ([1, 7, 11, 13, 17, 19][number % 6], number * 13 + round);
                session.show(&format!(
                    "select count(*) filter (where error_code is not null) from (
                       select array_agg(case when n % 4 = 0 then 'B' else 'A' end order by n) as codes,
                              array_agg('s' || (n * {step} + {offset}) % 200 order by n) as sessions from generate_series(1, 150) n) b
                     cross join lateral campaign_track_visits(codes, sessions)"
                ))
            })
            .collect::<Vec<_>>()
    })
    .into_iter()
    .flatten()
    .collect();
    assert!(errors.iter().all(|errors| errors == "0"), "{errors:?}");
    assert_touches_are_consistent(&db);
    assert_eq!(
        db.show(
            "select count(*) from campaign_visits a join campaign_visits b
               on b.session_id = a.session_id and b.touch_no = a.touch_no + 1 and b.campaign_id = a.campaign_id"
        ),
        "0"
    );
}

#[test]
fn batches_of_one_transaction_and_single_clicks_mix() {
    let db = Database::shop();
    db.campaign("A");
    together(&db, 12, |session, number| {
        for round in 0..10 {
            if number % 2 == 0 {
                session.run(
                    "select campaign_track_visits(array_fill('A'::text, array[40]), array(select 's' || n from generate_series(40, 1, -1) n))",
                );
            } else {
                session.run(&format!("select campaign_track_visit('A', 's{}')", 1 + (round * 7 + number) % 40));
                session.run(&format!("select campaign_update_activity('s{}')", 1 + (round * 3 + number) % 40));
            }
        }
    });
    assert_eq!(db.show("select count(*), max(touch_no) from campaign_visits"), "40|1");
    assert_touches_are_consistent(&db);
}

#[test]
fn campaigns_of_one_name_created_at_once() {
    let db = Database::shop();
    let mut codes = together(&db, 16, |session, _| {
        (0..5)
            .map(|_| {
                session.show("select tracking_code from campaign_create('Summer Dress Reel', 'instagram', 'reel')")
            })
            .collect::<Vec<_>>()
    })
    .concat();
    codes.sort();
    let expected: Vec<String> = (1..=80).map(|number| format!("INSTA_SUMMER_DRESS_{number:02}")).collect();
    assert_eq!(codes, expected);
}

#[test]
fn one_code_given_twice_at_once_goes_to_one() {
    let db = Database::shop();
    let outcomes = together(&db, 16, |session, number| {
        let code = if number % 2 == 0 { "code" } else { "CODE" };
        match session.attempt(&format!("select campaign_create('n', 'other', 'post', tracking_code => '{code}')")) {
            Ok(_) => "made".to_owned(),
            Err(failure) => failure.sqlstate,
        }
    });
    assert_eq!(outcomes.iter().filter(|outcome| *outcome == "made").count(), 1);
    assert_eq!(outcomes.iter().filter(|outcome| *outcome == "23505").count(), 15);
}

#[test]
fn moves_at_once_never_close_a_cycle() {
    let db = Database::shop();
    let ids: Vec<String> = (0..6).map(|number| db.campaign(&format!("C{number}"))).collect();
    together(&db, 8, |session, number| {
        for round in 0..40 {
            let (child, parent) = ((round + number) % 6, (round * 5 + number * 3 + 1) % 6);
            let change = match (round + number) % 7 {
                0 => "null".to_owned(),
                _ => format!("\"{}\"", ids[parent]),
            };
            let moved = session
                .attempt(&format!("select campaign_update('{}', '{{\"parent_campaign_id\": {change}}}')", ids[child]));
            if let Err(failure) = moved {
                assert_eq!(failure.sqlstate, "22023", "{failure:?}");
            }
        }
    });
    assert_eq!(
        db.show(
            "with recursive up as (
               select id, parent_campaign_id as above, 1 as steps from campaigns
               union all
               select up.id, c.parent_campaign_id, steps + 1 from up join campaigns c on c.id = up.above where steps < 20)
             select count(*) from up where steps > 6"
        ),
        "0"
    );
}

#[test]
fn one_order_attributed_from_everywhere_at_once() {
    let db = Database::shop();
    db.campaign("A");
    db.click("A", "s", "2024-06-01 10:00Z");
    for round in 0..10 {
        let order = db.show("insert into orders (created_at) values ('2024-06-02 10:00Z') returning id");
        let answers = together(&db, 12, |session, _| {
            session.show(&format!("select campaign_id, visit_id, is_new from campaign_attribute('{order}', 's')"))
        });
        assert_eq!(answers.iter().filter(|answer| answer.ends_with("|t")).count(), 1, "round {round}: {answers:?}");
        let same: std::collections::HashSet<&str> = answers.iter().map(|answer| &answer[..answer.len() - 2]).collect();
        assert_eq!(same.len(), 1, "round {round}: {answers:?}");
        assert_eq!(db.credit(&order), "A");
    }
    assert_eq!(db.show("select count(*) from campaign_conversions"), "10");
}

#[test]
fn orders_of_one_visit_and_customer_at_once() {
    let db = Database::shop();
    db.campaign("A");
    db.run("insert into customers default values");
    db.click("A", "s", "2024-06-01 10:00Z");
    together(&db, 12, |session, number| {
        for round in 0..10 {
            session.run(&format!(
                "insert into orders (customer_id, session_id, created_at) values (1, 's', '2024-06-02 10:{number:02}:{round:02}Z')"
            ));
        }
    });
    assert_eq!(db.show("select count(*), count(distinct order_id) from campaign_conversions"), "120|120");
    assert_eq!(db.show("select count(*) from campaign_attribution_failures"), "0");
    assert_eq!(db.show("select converted, attributed_order_id is not null, customer_id from campaign_visits"), "t|t|1");
    assert_eq!(db.show("select count(acquisition_campaign_id) from customers"), "1");
}

#[test]
fn first_orders_of_many_customers_at_once() {
    const CUSTOMERS: usize = 150;
    let db = Database::shop();
    db.campaign("A");
    db.click("A", "s", "2024-06-01 10:00Z");
    // Their pages are full, so who writes on them also waits for room, though each row is one session's alone.
    db.run(&format!(
        "insert into customers (email) select repeat('x', 500) || n from generate_series(1, 16 * {CUSTOMERS}) n"
    ));
    together(&db, 16, |session, number| {
        for customer in number * CUSTOMERS + 1..=(number + 1) * CUSTOMERS {
            session.run(&format!(
                "insert into orders (customer_id, session_id, created_at) values ({customer}, 's', '2024-06-02 10:00Z')"
            ));
        }
    });
    assert_eq!(db.show("select order_id, step, message from campaign_attribution_failures limit 3"), "");
    assert_eq!(db.show("select count(*), count(acquisition_campaign_id) from customers"), "2400|2400");
}

#[test]
fn many_orders_of_the_same_visits_do_not_wait_in_circles() {
    let db = Database::shop();
    db.campaign("A");
    db.run(
        "insert into customers select from generate_series(1, 50);
         select count(*) from generate_series(1, 50) n cross join lateral campaign_track_visit('A', 's' || n, visited_at => '2024-06-01 10:00Z')",
    );
    together(&db, 8, |session, number| {
        let step = [1, 3, 7, 9, 11, 13, 17, 19][number];
        for _ in 0..3 {
            session.run(&format!(
                "insert into orders (customer_id, session_id, created_at)
                 select 1 + (n * {step}) % 50, 's' || 1 + (n * {step}) % 50, '2024-06-02 10:00Z'::timestamptz + n * {step} * interval '1 second'
                   from generate_series(1, 100) n"
            ));
        }
    });
    assert_eq!(db.show("select count(*) from orders"), "2400");
    assert_eq!(db.show("select count(*) from campaign_conversions"), "2400");
    assert_eq!(db.show("select string_agg(distinct sqlstate, ' ') from campaign_attribution_failures"), "null");
}

#[test]
fn a_click_that_outlives_its_campaign_harms_no_order() {
    let db = Database::shop();
    db.campaign("KEPT");
    let gone = db.campaign("GONE");
    db.click("KEPT", "s", "2024-06-01 10:00Z");
    let late = db.session();
    late.run("begin");
    late.click("GONE", "s", "2024-06-02 10:00Z");
    let deleting = db.session();
    let pid = deleting.pid();
    thread::scope(|scope| {
        let deletion =
            scope.spawn(move || deleting.show(&format!("select campaigns_deleted from campaign_delete('{gone}')")));
        // Whether it waits for the click or goes ahead is its own affair.
        let waits = format!("select coalesce(wait_event_type, '') from pg_stat_activity where pid = {pid}");
        while !deletion.is_finished() && db.show(&waits) != "Lock" {
            thread::yield_now();
        }
        late.run("commit");
        assert_eq!(deletion.join().unwrap(), "1");
    });
    let order = db.order("s", "2024-06-03 10:00Z");
    assert_eq!(db.show("select message from campaign_attribution_failures"), "");
    assert_eq!(db.credit(&order), "KEPT");
}
