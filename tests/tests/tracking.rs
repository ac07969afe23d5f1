//! Clicks and page views: what is recorded, what is refused, what is nobody's business.

use pg_campaign_tests::Database;

const PHONE: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Mobile/15E148 Safari/604.1";
const TABLET: &str = "Mozilla/5.0 (iPad; CPU OS 16_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/16.6 Mobile/15E148 Safari/604.1";
const DESKTOP: &str =
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/125.0.0.0 Safari/537.36";
const IN_APP: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 Instagram 331.0.3.29.90 (iPhone15,2; iOS 17_4_1; en_US; en; scale=3.00; 1179x2556; 594100240)";
const BOT: &str = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)";

fn with_campaigns(codes: &[&str]) -> Database {
    let db = Database::shop();
    for code in codes {
        db.campaign(code);
    }
    db
}

/// Copies one of the small address files to where the server can read it.
fn addresses(db: &Database, name: &str) -> String {
    let to = db.cluster().directory().join(format!("{}_{name}", db.name()));
    let from = format!("{}/data/geo/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::copy(&from, &to).expect("the file can be copied");
    to.display().to_string()
}

#[test]
fn the_plans_click() {
    let db = with_campaigns(&["INSTA_SUMMER_DRESS_01"]);
    let campaign = db.show("select id from campaigns");
    let answer = db.show(&format!(
        "select campaign_id, expires_at - now(), is_new, visit_id is not null
           from campaign_track_visit('INSTA_SUMMER_DRESS_01', 'session-abc-123', '/products/summer-dress', '{PHONE}', 'https://instagram.com', '203.0.113.77')"
    ));
    assert_eq!(answer, format!("{campaign}|30 days|t|t"));
    assert_eq!(
        db.show(
            "select campaign_id, session_id, session_no, touch_no, customer_id, ip_address, referrer, landing_page, country, city, device_type,
                    last_activity_at = visited_at, converted, conversion_at, attributed_order_id, expires_at - visited_at, substr(id::text, 15, 1)
               from campaign_visits"
        ),
        format!("{campaign}|session-abc-123|1|1|null|203.0.113.0|https://instagram.com|/products/summer-dress|null|null|mobile|t|f|null|null|30 days|7")
    );
    assert_eq!(db.show("select user_agent from campaign_visits"), PHONE);
}

#[test]
fn a_second_click_extends_the_visit() {
    let db = with_campaigns(&["A"]);
    let visit = db.click("A", "s", "2024-06-01 10:00Z");
    assert_eq!(
        db.show("select visit_id, expires_at, is_new from campaign_track_visit('A', 's', '/other', visited_at => '2024-06-11 10:00Z')"),
        format!("{visit}|2024-07-11 10:00:00+00|f")
    );
    assert_eq!(
        db.show("select visited_at, last_activity_at, expires_at, landing_page from campaign_visits"),
        "2024-06-01 10:00:00+00|2024-06-11 10:00:00+00|2024-07-11 10:00:00+00|null"
    );
}

#[test]
fn a_click_after_the_window_is_a_new_visit() {
    let db = with_campaigns(&["A"]);
    let first = db.click("A", "s", "2024-06-01 10:00Z");
    assert_eq!(db.click("A", "s", "2024-07-01 09:59:59.999999Z"), first);
    assert_eq!(db.show("select expires_at from campaign_visits"), "2024-07-31 09:59:59.999999+00");
    let second = db.click("A", "s", "2024-07-31 09:59:59.999999Z");
    assert_ne!(second, first);
    assert_eq!(
        db.show("select touch_no, session_no, visited_at from campaign_visits order by touch_no"),
        "1|1|2024-06-01 10:00:00+00\n2|1|2024-07-31 09:59:59.999999+00"
    );
}

#[test]
fn a_click_of_the_past_shortens_nothing() {
    let db = with_campaigns(&["A"]);
    db.click("A", "s", "2024-06-10 10:00Z");
    db.click("A", "s", "2024-06-01 10:00Z");
    assert_eq!(
        db.show("select last_activity_at, expires_at from campaign_visits"),
        "2024-06-10 10:00:00+00|2024-07-10 10:00:00+00"
    );
    assert_eq!(db.view("s", "2024-06-02 10:00Z"), "2024-07-10 10:00:00+00");
}

#[test]
fn codes_are_compared_without_case_and_blanks() {
    let db = with_campaigns(&["Summer.Sale-1"]);
    for code in ["Summer.Sale-1", "SUMMER.SALE-1", "summer.sale-1", "  summer.SALE-1 "] {
        assert_eq!(db.show(&format!("select campaign_id is not null from campaign_track_visit('{code}', 's')")), "t");
    }
    assert_eq!(db.touches("s"), "1:Summer.Sale-1");
}

#[test]
fn bad_clicks_change_nothing() {
    let db = with_campaigns(&["A", "STOPPED"]);
    db.run("select campaign_deactivate(id) from campaigns where tracking_code = 'STOPPED'");
    let long = "x".repeat(10_240);
    let cases = [
        ("P0002", "no campaign with tracking code NOPE", "'NOPE', 's'".to_owned()),
        ("55000", "not active", "'STOPPED', 's'".to_owned()),
        ("55000", "not active", "'stopped', 's'".to_owned()),
        ("22023", "tracking_code must be given", "null, 's'".to_owned()),
        ("22023", "tracking_code must be given", "'', 's'".to_owned()),
        ("22023", "tracking_code must be given", "' ', 's'".to_owned()),
        ("22023", "session_id must be given", "'A', null".to_owned()),
        ("22023", "session_id must be given", "'A', ''".to_owned()),
        ("22023", "session_id must be given", "'A', '  '".to_owned()),
        ("22023", "session_id must have at most 200 bytes", format!("'A', '{long}'")),
        ("22023", "session_id must have at most 200 bytes", format!("'A', '{}'", "é".repeat(101))),
        ("22023", "control characters", r"'A', e'a\nb'".to_owned()),
        ("22023", "between 1970 and now", "'A', 's', visited_at => now() + interval '1 microsecond'".to_owned()),
        ("22023", "between 1970 and now", "'A', 's', visited_at => 'infinity'".to_owned()),
        ("22023", "between 1970 and now", "'A', 's', visited_at => '-infinity'".to_owned()),
        ("22023", "between 1970 and now", "'A', 's', visited_at => '1969-12-31 23:59:59.999999Z'".to_owned()),
        ("22021", "invalid byte sequence", r"'A', e'a\x00b'".to_owned()),
    ];
    for (sqlstate, words, arguments) in cases {
        db.refuses(sqlstate, words, &format!("select campaign_track_visit({arguments})"));
    }
    assert_eq!(db.show("select count(*) from campaign_visits"), "0");
    // What lies just within.
    db.run(&format!(
        "select campaign_track_visit('A', '{}'); select campaign_track_visit('A', '{}');
         select campaign_track_visit('A', 'old', visited_at => '1970-01-01Z'); select campaign_track_visit('A', 'now', visited_at => now())",
        "x".repeat(200),
        "é".repeat(100)
    ));
    assert_eq!(db.show("select count(*) from campaign_visits"), "4");
}

#[test]
fn texts_are_cut_and_blanks_are_nothing() {
    let db = with_campaigns(&["A"]);
    db.run(
        "select campaign_track_visit('A', 's', repeat('é', 3000), repeat('u', 3000), repeat('r', 3000), 'nonsense')",
    );
    assert_eq!(
        db.show("select char_length(landing_page), char_length(user_agent), char_length(referrer), ip_address from campaign_visits"),
        "2000|2000|2000|null"
    );
    db.run("select campaign_track_visit('A', 't', ' ', '', e'\\t', '')");
    assert_eq!(
        db.show("select num_nulls(landing_page, user_agent, referrer, ip_address, device_type) from campaign_visits where session_id = 't'"),
        "5"
    );
}

#[test]
fn devices_are_told_apart() {
    let db = with_campaigns(&["A"]);
    for (number, (device, agent)) in
        [("mobile", PHONE), ("tablet", TABLET), ("desktop", DESKTOP), ("mobile", IN_APP), ("null", "Something/1.0")]
            .iter()
            .enumerate()
    {
        db.run(&format!("select campaign_track_visit('A', 's{number}', user_agent => '{agent}')"));
        assert_eq!(
            db.show(&format!("select device_type from campaign_visits where session_id = 's{number}'")),
            *device,
            "{agent}"
        );
    }
}

#[test]
fn bots_are_not_counted() {
    let db = with_campaigns(&["A"]);
    let campaign = db.show("select id from campaigns");
    let click = format!("select * from campaign_track_visit('A', 'crawler', user_agent => '{BOT}')");
    assert_eq!(db.show(&click), format!("null|{campaign}|null|f"));
    assert_eq!(db.show("select count(*) from campaign_visits"), "0");
    db.run("set campaign.record_bots = on");
    assert_eq!(db.show(&click.replace('*', "campaign_id, is_new")), format!("{campaign}|t"));
    assert_eq!(db.show("select session_id, device_type from campaign_visits"), "crawler|bot");
    db.run(&format!("select campaign_track_visit('A', 'person', user_agent => '{PHONE}')"));
    assert_eq!(
        db.show("select total_visits, unique_visitors from campaign_metrics((select id from campaigns))"),
        "1|1"
    );
    assert_eq!(db.show("select visits from campaign_roi()"), "1");
    assert_eq!(db.show("select sum(visits) from campaign_timeline((select id from campaigns))"), "1");
    assert_eq!(
        db.show("select value, visits from campaign_breakdown((select id from campaigns), 'device')"),
        "mobile|1"
    );
}

#[test]
fn keeping_bots_changes_no_figure() {
    let figures = |keep: &str| {
        let db = with_campaigns(&["A"]);
        db.run(&format!(
            "set campaign.record_bots = {keep};
             select campaign_track_visit('A', 's', user_agent => '{BOT}', visited_at => '2024-06-01 10:00Z');
             select campaign_track_visit('A', 's', user_agent => '{PHONE}', visited_at => '2024-06-01 11:00Z')"
        ));
        let order = db.order("s", "2024-06-02 10:00Z");
        format!("{} {}", db.show("select visits from campaign_roi()"), db.credit(&order))
    };
    assert_eq!(figures("off"), "1 A");
    assert_eq!(figures("on"), "1 A");
}

#[test]
fn addresses_are_kept_as_the_shop_says() {
    let db = with_campaigns(&["A"]);
    let kept = |setting: &str, address: &str| {
        db.run(&format!("truncate campaign_visits; set campaign.ip_storage = {setting}"));
        db.run(&format!("select campaign_track_visit('A', 's', ip_address => '{address}')"));
        db.show("select ip_address from campaign_visits")
    };
    for (address, masked, full) in [
        ("203.0.113.255", "203.0.113.0", "203.0.113.255"),
        ("2001:db8:1234:ffff:ffff:ffff:ffff:ffff", "2001:db8:1234::", "2001:db8:1234:ffff:ffff:ffff:ffff:ffff"),
        ("::ffff:198.51.100.7", "198.51.100.0", "198.51.100.7"),
        ("not an address", "null", "null"),
        ("203.0.113.7/24", "null", "null"),
    ] {
        assert_eq!(kept("default", address), masked);
        assert_eq!(kept("masked", address), masked);
        assert_eq!(kept("full", address), full);
        assert_eq!(kept("none", address), "null");
    }
    db.refuses("22023", "invalid value", "set campaign.ip_storage = 'some'");
}

#[test]
fn visitors_come_from_somewhere() {
    let db = with_campaigns(&["A"]);
    let file = addresses(&db, "cities.mmdb");
    // Where someone is does not depend on how much of the address is kept.
    db.run(&format!("set campaign.geoip_database = '{file}'; set campaign.ip_storage = none"));
    for (number, (address, place)) in [
        ("203.0.113.7", "US|Austin"),
        ("198.51.100.255", "CA|Toronto"),
        ("2001:db8::1", "DE|Berlin"),
        ("192.0.2.1", "BR|null"),
        ("10.0.0.1", "null|null"),
    ]
    .iter()
    .enumerate()
    {
        db.run(&format!("select campaign_track_visit('A', 's{number}', ip_address => '{address}')"));
        assert_eq!(
            db.show(&format!("select country, city from campaign_visits where session_id = 's{number}'")),
            *place,
            "{address}"
        );
    }
    assert_eq!(db.heard(), Vec::<String>::new());
    let order = db.show("insert into orders (session_id) values ('s0') returning id");
    assert_eq!(db.show(&format!("select country from campaign_conversions where order_id = {order}")), "US");
}

#[test]
fn a_lost_address_file_is_one_warning() {
    let db = with_campaigns(&["A"]);
    let broken = addresses(&db, "countries.mmdb");
    std::fs::write(&broken, b"not a database of addresses").unwrap();
    for (file, what) in [("/no/such/file.mmdb".to_owned(), "missing"), (broken, "broken")] {
        let session = db.session();
        session.run(&format!("set campaign.geoip_database = '{file}'"));
        for number in 0..3 {
            session.run(&format!("select campaign_track_visit('A', '{what}{number}', ip_address => '203.0.113.7')"));
        }
        let heard = session.heard();
        assert_eq!(heard.len(), 1, "{heard:?}");
        assert!(heard[0].starts_with("WARNING: campaign.geoip_database"), "{heard:?}");
        assert!(heard[0].contains(&file), "{heard:?}");
    }
    assert_eq!(db.show("select count(*), count(country), count(city) from campaign_visits"), "6|0|0");
}

#[test]
fn page_views_extend_the_latest_live_visit() {
    let db = with_campaigns(&["A", "B"]);
    db.click("A", "s", "2024-06-01 10:00Z");
    db.click("B", "s", "2024-06-02 10:00Z");
    assert_eq!(db.view("s", "2024-06-12 10:00Z"), "2024-07-12 10:00:00+00");
    assert_eq!(
        db.show("select touch_no, last_activity_at, expires_at from campaign_visits order by 1"),
        "1|2024-06-01 10:00:00+00|2024-07-01 10:00:00+00\n2|2024-06-12 10:00:00+00|2024-07-12 10:00:00+00"
    );
    // Dead to the microsecond: no one is extended, and the caller is told.
    assert_eq!(db.view("s", "2024-07-12 10:00Z"), "null");
    assert_eq!(db.view("s", "2024-07-12 09:59:59.999999Z"), "2024-08-11 09:59:59.999999+00");
    assert_eq!(db.view("nobody", "2024-06-02 10:00Z"), "null");
    assert_eq!(db.show("select campaign_update_activity('nobody')"), "null");
    assert_eq!(db.show("select count(*) from campaign_visits"), "2");
}

#[test]
fn page_views_now() {
    let db = with_campaigns(&["A"]);
    db.run("select campaign_track_visit('A', 's', visited_at => now() - interval '10 days')");
    assert_eq!(db.show("select campaign_update_activity('s') - now()"), "30 days");
    assert_eq!(db.show("select last_activity_at - visited_at > interval '10 days' from campaign_visits"), "t");
    for (arguments, words) in [
        ("null", "session_id must be given"),
        ("''", "session_id must be given"),
        ("repeat('x', 201)", "at most 200 bytes"),
        ("'s', now() + interval '1 second'", "between 1970 and now"),
    ] {
        db.refuses("22023", words, &format!("select campaign_update_activity({arguments})"));
    }
}

#[test]
fn page_views_rewrite_rows_in_place() {
    let db = with_campaigns(&["A"]);
    db.run("select campaign_track_visit('A', 's', visited_at => now() - interval '1 day')");
    db.run("begin; select campaign_update_activity('s', now() - n * interval '1 minute') from generate_series(20, 1, -1) n");
    assert_eq!(
        db.show(
            "select pg_stat_get_xact_tuples_updated(t), pg_stat_get_xact_tuples_hot_updated(t) from (values ('campaign_visits'::regclass)) v (t)"
        ),
        "20|20"
    );
    db.run("commit");
}

#[test]
fn identify_links_the_visits_of_a_session() {
    let db = with_campaigns(&["A", "B"]);
    db.click("A", "s", "2024-06-01 10:00Z");
    db.click("B", "s", "2024-06-02 10:00Z");
    db.click("A", "t", "2024-06-01 10:00Z");
    assert_eq!(db.show("select campaign_identify('s', 7)"), "2");
    assert_eq!(db.show("select campaign_identify('s', '7')"), "0");
    // Who was there first stays.
    assert_eq!(db.show("select campaign_identify('s', 8)"), "0");
    assert_eq!(db.show("select campaign_identify('nobody', 7)"), "0");
    assert_eq!(db.show("select session_id, customer_id from campaign_visits order by 1, touch_no"), "s|7\ns|7\nt|null");
    db.click("A", "s", "2024-06-03 10:00Z");
    assert_eq!(db.show("select campaign_identify('s', 8)"), "1");
    db.refuses("22023", "customer_id must be given", "select campaign_identify('s', null::text)");
    db.refuses("22023", "customer_id must be given", "select campaign_identify('s', '')");
    db.refuses("22023", "session_id must be given", "select campaign_identify('', 7)");
    db.refuses("22P02", "bigint", "select campaign_identify('t', 'seven')");
}

#[test]
fn sessions_are_numbered_densely() {
    let db = with_campaigns(&["A", "B"]);
    for (code, session) in [("A", "s"), ("A", "s"), ("B", "s"), ("A", "t"), ("B", "t"), ("A", "s"), ("A", "u")] {
        db.click(code, session, "2024-06-01 10:00Z");
    }
    db.run("select campaign_track_visits(array['A', 'B', 'A'], array['v', 'v', 's'])");
    assert_eq!(
        db.show("select session_no, session_id, count(*) from campaign_visits group by 1, 2 order by 1"),
        "1|s|4\n2|t|2\n3|u|1\n4|v|2"
    );
}

#[test]
fn a_batch_answers_each_element() {
    let db = with_campaigns(&["A", "B", "STOPPED"]);
    db.run("select campaign_deactivate(id) from campaigns where tracking_code = 'STOPPED'");
    assert_eq!(
        db.show(&format!(
            "select t.ordinal, c.tracking_code, t.visit_id is not null, t.expires_at, t.is_new, t.error_code, t.error_message
               from campaign_track_visits(
                 array['A', 'NOPE', 'STOPPED', null, 'B', 'A', 'b', 'A', 'A'],
                 array['s', 's', 's', 's', '', 'bot', 's', repeat('x', 201), null],
                 user_agents => array['{PHONE}', null, null, null, null, '{BOT}', '{DESKTOP}', null, null],
                 landing_pages => array['/a', null, null, null, null, null, '/b', null, null],
                 referrers => array['r', null, null, null, null, null, null, null, null],
                 ip_addresses => array['203.0.113.7', null, null, null, null, null, 'x', null, null],
                 visited_at => array_fill('2024-06-01 10:00Z'::timestamptz, array[9])) t
               left join campaigns c on c.id = t.campaign_id
              order by t.ordinal"
        )),
        "1|A|t|2024-07-01 10:00:00+00|t|null|null\n\
         2|null|f|null|null|P0002|no campaign with tracking code NOPE\n\
         3|null|f|null|null|55000|campaign STOPPED is not active\n\
         4|null|f|null|null|22023|tracking_code must be given\n\
         5|null|f|null|null|22023|session_id must be given\n\
         6|A|f|null|f|null|null\n\
         7|B|t|2024-07-01 10:00:00+00|t|null|null\n\
         8|null|f|null|null|22023|session_id must have at most 200 bytes\n\
         9|null|f|null|null|22023|session_id must be given"
    );
    assert_eq!(
        db.show("select touch_no, landing_page, referrer, ip_address, device_type from campaign_visits order by 1"),
        "1|/a|r|203.0.113.0|mobile\n2|/b|null|null|desktop"
    );
}

#[test]
fn a_session_may_come_several_times_in_a_batch() {
    let db = with_campaigns(&["A", "B"]);
    let rows = db.show(
        "select ordinal, is_new, dense_rank() over (order by visit_id)
           from campaign_track_visits(
             array['A', 'A', 'B', 'A', 'B', 'A', 'A'], array['s', 's', 's', 't', 'u', 's', 's'],
             visited_at => array(select '2024-06-01 10:00Z'::timestamptz + n * interval '1 minute' from generate_series(1, 7) n))
          order by 1",
    );
    assert_eq!(db.touches("s"), "1:A 2:B 3:A");
    assert_eq!(db.touches("t"), "1:A");
    assert_eq!(db.touches("u"), "1:B");
    let new: Vec<&str> = rows.lines().map(|row| row.split('|').nth(1).unwrap()).collect();
    assert_eq!(new, ["t", "f", "t", "t", "t", "t", "f"]);
    let visit: Vec<&str> = rows.lines().map(|row| row.split('|').nth(2).unwrap()).collect();
    assert!(visit[0] == visit[1] && visit[5] == visit[6] && visit[0] != visit[5], "{visit:?}");
    assert_eq!(
        db.show("select touch_no, visited_at, last_activity_at from campaign_visits where session_id = 's' order by 1"),
        "1|2024-06-01 10:01:00+00|2024-06-01 10:02:00+00\n\
         2|2024-06-01 10:03:00+00|2024-06-01 10:03:00+00\n\
         3|2024-06-01 10:06:00+00|2024-06-01 10:07:00+00"
    );
}

#[test]
fn a_batch_counts_as_single_clicks_do() {
    let clicks = "select chr(65 + (n * 7) % 3) as code, 's' || (n * n) % 11 as session, '2024-06-01 10:00Z'::timestamptz + (n * n * 37 % 2000) * interval '1 hour' as at, n
                    from generate_series(1, 300) n";
    let recorded = "select string_agg(format('%s %s %s %s %s %s %s', session_id, session_no > 0, touch_no, tracking_code, visited_at, last_activity_at, expires_at), '; ' order by session_id, touch_no)
                      from campaign_visits join campaigns c on c.id = campaign_id";
    let one_by_one = with_campaigns(&["A", "B", "C"]);
    one_by_one.run(&format!(
        "do $$ declare c record; begin
           for c in select * from ({clicks}) c order by n loop perform campaign_track_visit(c.code, c.session, visited_at => c.at); end loop;
         end $$"
    ));
    let batch = with_campaigns(&["A", "B", "C"]);
    batch.run(&format!(
        "select count(*) from (select array_agg(code order by n) as codes, array_agg(session order by n) as sessions, array_agg(at order by n) as ats
           from ({clicks}) c) b cross join lateral campaign_track_visits(codes, sessions, visited_at => ats)"
    ));
    assert_eq!(batch.show(recorded), one_by_one.show(recorded));
}

#[test]
fn batches_must_fit_together() {
    let db = with_campaigns(&["A"]);
    assert_eq!(db.show("select count(*) from campaign_track_visits('{}', '{}')"), "0");
    for (arguments, words) in [
        ("null, array['s']", "must be given"),
        ("array['A'], null", "must be given"),
        ("array['A'], array['s', 't']", "session_ids has 2 elements where tracking_codes has 1"),
        ("array['A'], array['s'], landing_pages => '{}'", "landing_pages has 0 elements"),
        ("array['A'], array['s'], user_agents => array['a', 'b']", "user_agents has 2 elements"),
        ("array['A'], array['s'], referrers => '{}'", "referrers has 0 elements"),
        ("array['A'], array['s'], ip_addresses => '{}'", "ip_addresses has 0 elements"),
        ("array['A'], array['s'], visited_at => '{}'", "visited_at has 0 elements"),
    ] {
        db.refuses("22023", words, &format!("select campaign_track_visits({arguments})"));
    }
    assert_eq!(
        db.show("select error_code from campaign_track_visits(array['A', 'A'], array['s', 't'], visited_at => array['infinity', now()]::timestamptz[])"),
        "22023\nnull"
    );
    assert_eq!(db.show("select count(*) from campaign_visits"), "1");
}

#[test]
fn ten_thousand_clicks_in_one_batch() {
    let db = with_campaigns(&["A", "B"]);
    db.run(
        "select count(*) from (select array_agg(case when n % 3 = 0 then 'A' else 'B' end order by n) as codes,
             array_agg('s' || n % 4000 order by n) as sessions from generate_series(1, 10000) n) b
         cross join lateral campaign_track_visits(codes, sessions)",
    );
    // Each session's campaign changes or not from one click to the next, as the numbers fall.
    assert_eq!(
        db.show("select count(*), count(distinct session_id), count(distinct session_no), max(touch_no) from campaign_visits"),
        db.show(
            "with clicks as (select 's' || n % 4000 as session, n % 3 = 0 as is_a, n from generate_series(1, 10000) n),
                  changes as (select session, is_a is distinct from lag(is_a) over (partition by session order by n) as is_new from clicks)
             select count(*) filter (where is_new), count(distinct session), count(distinct session),
                    (select max(number) from (select count(*) filter (where is_new) as number from changes group by session) m) from changes"
        )
    );
}

#[test]
fn another_time_is_for_administrators() {
    let db = with_campaigns(&["A"]);
    let tracker = db.login("tracker", "campaign_tracker");
    for statement in [
        "select campaign_track_visit('A', 's', visited_at => now() - interval '1 day')",
        "select campaign_track_visits(array['A', 'A'], array['s', 't'], visited_at => array[null, now()])",
        "select campaign_update_activity('s', now())",
    ] {
        tracker.refuses("42501", "only campaign_admin", statement);
    }
    assert_eq!(db.show("select count(*) from campaign_visits"), "0");
    tracker.run("select campaign_track_visits(array['A'], array['s'], visited_at => array[null]::timestamptz[])");
    tracker.run("select campaign_update_activity('s')");
    let admin = db.login("admin", "campaign_admin");
    admin.run("select campaign_track_visit('A', 't', visited_at => now() - interval '1 day')");
    assert_eq!(db.show("select count(*) from campaign_visits"), "2");
    // Taking a role on or off counts, and so does who a function runs as.
    admin.run("set role campaign_tracker");
    admin.refuses("42501", "only campaign_admin", "select campaign_track_visit('A', 'u', visited_at => now())");
}

#[test]
fn every_session_sees_changes_of_campaigns_at_once() {
    let db = with_campaigns(&["A"]);
    let id = db.show("select id from campaigns");
    let other = db.session();
    let click =
        |code: &str| match other.attempt(&format!("select campaign_id from campaign_track_visit('{code}', 's')")) {
            Ok(campaign) => campaign,
            Err(failure) => failure.sqlstate,
        };
    assert_eq!(click("A"), id);
    db.run("select campaign_deactivate(id) from campaigns");
    assert_eq!(click("A"), "55000");
    db.run("select campaign_activate(id) from campaigns");
    assert_eq!(click("A"), id);
    db.run("select campaign_update(id, '{\"tracking_code\": \"B\"}') from campaigns");
    assert_eq!((click("A"), click("B")), ("P0002".to_owned(), id.clone()));
    db.run("begin; select campaign_deactivate(id) from campaigns");
    assert_eq!(click("B"), id);
    db.run("rollback");
    assert_eq!(click("B"), id);
    db.run("select campaign_delete(id) from campaigns");
    assert_eq!(click("B"), "P0002");
    let again = db.campaign("B");
    assert_eq!(click("B"), again);
    // By plain SQL of the tables' owner, and by everything at once.
    db.run("update campaigns set is_active = false");
    assert_eq!(click("B"), "55000");
    db.run("truncate campaigns cascade");
    assert_eq!(click("B"), "P0002");
}

#[test]
fn a_campaign_that_was_never_committed_is_forgotten() {
    let db = with_campaigns(&[]);
    db.run("begin");
    let id = db.campaign("A");
    assert_eq!(db.show("select campaign_id from campaign_track_visit('A', 's')"), id);
    db.run("rollback");
    db.refuses("P0002", "no campaign", "select campaign_track_visit('A', 's')");
    db.run("begin; savepoint one");
    db.campaign("A");
    db.run("select campaign_track_visit('A', 's'); rollback to one");
    db.refuses("P0002", "no campaign", "select campaign_track_visit('A', 's')");
    db.run("rollback");
    let id = db.campaign("A");
    db.run("begin; select campaign_deactivate(id) from campaigns");
    db.refuses("55000", "not active", "select campaign_track_visit('A', 's')");
    db.run("rollback");
    assert_eq!(db.show("select campaign_id from campaign_track_visit('A', 's')"), id);
    assert_eq!(db.show("select count(*) from campaign_visits"), "1");
}

#[test]
fn one_session_uses_two_installations() {
    // The extension dropped and made again with its schema, within one connection.
    let db = with_campaigns(&["A"]);
    db.click("A", "s", "2024-06-01 10:00Z");
    db.run(
        "drop extension pg_campaign cascade; drop table orders, customers; drop schema campaign cascade;
         create extension pg_campaign; select campaign_install()",
    );
    let campaign = db.campaign("A");
    assert_eq!(db.show("select campaign_id from campaign_track_visit('A', 's')"), campaign);
    assert_eq!(db.show("select count(*) from campaign_visits"), "1");
}
