//! What slow, broken, greedy and hostile clients get, and what the others notice of them: nothing.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

use pg_campaign_tests::shim::{KEY, grant_login};
use pg_campaign_tests::{Database, Session, Shim};
use serde_json::{Value, json};

const PATH: &str = "/campaigns/track-visit";

/// How long to wait for what must happen.
const PATIENCE: Duration = Duration::from_secs(30);

/// A database with the campaign A, and a shim on it with these arguments.
fn shop(arguments: &[&str]) -> (Database, Shim) {
    let db = Database::shop();
    db.campaign("A");
    let login = format!("{}_shim", db.name());
    grant_login(&db, &login);
    let shim = Shim::start_on(&db.url(&login), arguments);
    (db, shim)
}

fn visit(session: &str) -> Value {
    json!({"tracking_code": "A", "session_id": session, "user_agent": "Mozilla/5.0"})
}

fn connect(shim: &Shim) -> TcpStream {
    let stream = TcpStream::connect(shim.address()).expect("the shim listens");
    stream.set_read_timeout(Some(PATIENCE)).expect("a time limit can be set");
    stream
}

/// Everything until the shim closes the connection.
#[track_caller]
fn answer(mut stream: TcpStream) -> String {
    let mut text = Vec::new();
    match stream.read_to_end(&mut text) {
        Ok(_) => {}
        Err(error) if error.kind() == ErrorKind::ConnectionReset => {}
        Err(error) => panic!("the connection was not closed: {error}"),
    }
    String::from_utf8_lossy(&text).into_owned()
}

/// Sends a byte at a time until the shim has had enough, and tells what it answered.
fn dribble(mut stream: TcpStream) -> String {
    let mut reader = stream.try_clone().expect("a socket can be read and written by two");
    let heard = thread::spawn(move || {
        let mut text = Vec::new();
        drop(reader.read_to_end(&mut text));
        String::from_utf8_lossy(&text).into_owned()
    });
    while !heard.is_finished() {
        thread::sleep(Duration::from_millis(20));
        if stream.write_all(b"x").is_err() {
            break;
        }
    }
    heard.join().expect("the answer can be read")
}

#[track_caller]
fn wait_until(what: &str, done: impl Fn() -> bool) {
    let start = Instant::now();
    while !done() {
        assert!(start.elapsed() < PATIENCE, "waited too long until {what}");
        thread::sleep(Duration::from_millis(5));
    }
}

/// Clicks that wait to be written, as the shim's own metrics tell.
fn queued(shim: &Shim) -> usize {
    let metrics = shim.get("/metrics").text;
    let line = metrics.lines().find_map(|line| line.strip_prefix("campaign_queue_items{kind=\"visit\"} "));
    line.and_then(|count| count.parse().ok()).expect("the metrics tell the queue")
}

/// Holds every write of visits back until it is dropped.
struct Dam<'a>(&'a Database, Session);

impl<'a> Dam<'a> {
    fn raise(db: &'a Database) -> Dam<'a> {
        let session = db.session();
        session.run("begin; lock table campaign_visits in exclusive mode");
        Dam(db, session)
    }

    /// Waits until a write has come this far.
    fn is_reached(&self) {
        wait_until("a write waits for the table", || {
            let waiting = "select count(*) > 0 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";
            self.0.show(waiting) == "t"
        });
    }

    fn open(self) {
        self.1.run("commit");
    }
}

#[test]
fn heads_that_never_end_are_dropped() {
    let (_db, shim) = shop(&["--header-timeout", "300ms"]);
    let slow: Vec<_> = (0..20)
        .map(|_| {
            let mut stream = connect(&shim);
            stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: shop\r\nX-Slow: ").expect("a head can be begun");
            thread::spawn(move || dribble(stream))
        })
        .collect();
    shim.send("GET", "/healthz", &[], None).data(200);
    for slow in slow {
        let told = slow.join().expect("it is cut off");
        assert!(!told.contains("200 OK"), "{told}");
    }
    shim.browse(PATH, &visit("s")).data(200);
}

#[test]
fn connections_that_say_nothing_make_room_for_others() {
    let (_db, shim) = shop(&["--header-timeout", "300ms", "--max-connections", "4"]);
    let silent: Vec<TcpStream> = (0..8).map(|_| connect(&shim)).collect();
    shim.browse(PATH, &visit("s")).data(200);
    for stream in silent {
        assert_eq!(answer(stream), "");
    }
}

#[test]
fn bodies_that_never_end_are_dropped() {
    let (db, shim) = shop(&["--body-timeout", "300ms"]);
    let begin = |path: &str, more: &str| {
        let mut stream = connect(&shim);
        write!(stream, "POST {path} HTTP/1.1\r\nHost: shop\r\nContent-Length: 5000\r\n{more}\r\n{{")
            .expect("it can be begun");
        stream
    };
    let key = format!("Authorization: Bearer {KEY}\r\n");
    for (path, more, status) in [
        (PATH, "", "408"),
        ("/campaigns/update-activity", "", "408"),
        ("/campaigns", &key, "408"),
        ("/campaigns", "", "401"),
    ] {
        let told = dribble(begin(path, more));
        assert!(told.starts_with(&format!("HTTP/1.1 {status} ")), "{path}: {told}");
    }
    assert_eq!(db.show("select count(*) from campaign_visits"), "0");
    shim.browse(PATH, &visit("s")).data(200);
}

#[test]
fn bodies_that_are_too_large_are_refused() {
    let (_db, shim) = shop(&[]);
    let body = vec![b' '; 1024 * 1024];
    let told = |head: &str| {
        let mut stream = connect(&shim);
        write!(stream, "POST {PATH} HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n{head}\r\n\r\n")
            .expect("a head can be sent");
        // The shim does not have to take all of it.
        drop(stream.write_all(&body));
        answer(stream)
    };
    for head in ["Content-Length: 1048576", "Transfer-Encoding: chunked\r\n\r\n100000"] {
        let told = told(head);
        assert!(told.starts_with("HTTP/1.1 413 "), "{head}: {told}");
    }
    // One that waits for leave to send is not asked to.
    let mut stream = connect(&shim);
    write!(stream, "POST {PATH} HTTP/1.1\r\nHost: shop\r\nContent-Length: 1048576\r\nConnection: close\r\nExpect: 100-continue\r\n\r\n").expect("a head can be sent");
    let told = answer(stream);
    assert!(told.starts_with("HTTP/1.1 413 "), "{told}");
    shim.send("POST", PATH, &[], Some(&[b' '; 8 * 1024 + 1])).refused(413, "too_large", "");
    shim.send("POST", PATH, &[], Some(&[b' '; 8 * 1024])).refused(400, "malformed", "");
}

#[test]
fn heads_that_are_too_large_are_refused() {
    let (_db, shim) = shop(&[]);
    let mut stream = connect(&shim);
    drop(write!(stream, "GET /healthz HTTP/1.1\r\nHost: shop\r\nX-Large: {}\r\n\r\n", "x".repeat(64 * 1024)));
    let told = answer(stream);
    assert!(told.is_empty() || told.starts_with("HTTP/1.1 431 "), "{told}");
    shim.send("GET", "/healthz", &[], None).data(200);
}

/// How many of these callers, told by X-Forwarded-For, are let through by one request a second and a burst of 5; and
/// how many a second would let through at most.
fn let_through(shim: &Shim, callers: impl Iterator<Item = String>) -> (usize, usize) {
    let start = Instant::now();
    let passed = callers
        .filter(|caller| {
            let reply = shim.send("POST", PATH, &[("x-forwarded-for", caller)], Some(b"{}"));
            match reply.status {
                422 => true,
                _ => {
                    reply.refused(429, "too_many", "");
                    assert!(reply.header("retry-after").parse::<u32>().is_ok_and(|wait| wait >= 1));
                    false
                }
            }
        })
        .count();
    (passed, 6 + usize::try_from(start.elapsed().as_secs()).unwrap_or(usize::MAX))
}

const ONE_A_SECOND: [&str; 4] = ["--rate-limit", "1", "--rate-burst", "5"];

#[test]
fn ten_thousand_forged_addresses_are_one_visitor() {
    let (_db, shim) = shop(&[&ONE_A_SECOND[..], &["--trusted-proxies", "1"]].concat());
    let forged = (0..10_000).map(|n| format!("10.{}.{}.7, 198.51.100.{}, 203.0.113.7", n / 250, n % 250, n % 250));
    let (passed, most) = let_through(&shim, forged);
    assert!((5..=most).contains(&passed), "{passed} passed");
    let (passed, _) = let_through(&shim, (0..3).map(|_| "203.0.113.8".to_owned()));
    assert_eq!(passed, 3, "another visitor is not to suffer");
    // The holder of a key may come as often as they like.
    for _ in 0..20 {
        shim.get("/campaigns").data(200);
    }
    // Who tries keys may not.
    let try_key = |n| shim.send("GET", "/campaigns", &[("authorization", &format!("Bearer pgc_{n}"))], None).status;
    assert!((0..50).map(try_key).any(|status| status == 429));
}

#[test]
fn without_proxies_the_header_counts_for_nothing() {
    let (_db, shim) = shop(&ONE_A_SECOND);
    let (passed, most) = let_through(&shim, (0..500).map(|n| format!("203.0.{}.{}", n / 250, n % 250)));
    assert!((5..=most).contains(&passed), "{passed} passed");
}

#[test]
fn an_ipv6_network_is_one_visitor() {
    let (_db, shim) = shop(&[&ONE_A_SECOND[..], &["--trusted-proxies", "1"]].concat());
    let (passed, most) = let_through(&shim, (1..500).map(|n| format!("2001:db8:0:1:{n:x}::{n:x}")));
    assert!((5..=most).contains(&passed), "{passed} passed");
    let (passed, _) = let_through(&shim, (0..3).map(|n| format!("2001:db8:0:2::{n:x}")));
    assert_eq!(passed, 3, "another network is not to suffer");
}

#[test]
fn all_together_are_limited_too() {
    let (_db, shim) = shop(&["--total-rate-limit", "5", "--trusted-proxies", "1"]);
    let (passed, most) = let_through(&shim, (0..200).map(|n| format!("203.0.113.{n}")));
    assert!((5..=5 * most).contains(&passed) && passed < 200, "{passed} passed");
}

#[test]
fn a_full_queue_says_when_to_come_back() {
    let (db, shim) = shop(&["--queue-size", "2", "--batch-size", "1"]);
    let dam = Dam::raise(&db);
    let replies: Vec<_> = thread::scope(|scope| {
        let shim = &shim;
        let callers: Vec<_> =
            (0..10).map(|n| scope.spawn(move || shim.browse(PATH, &visit(&format!("s{n}"))))).collect();
        // One is in the database, at most two wait: the others have their answer already.
        wait_until("those that find no place are answered", || {
            callers.iter().filter(|caller| caller.is_finished()).count() >= 7
        });
        dam.open();
        callers.into_iter().map(|caller| caller.join().expect("every caller is answered")).collect()
    });
    let written = replies.iter().filter(|reply| reply.status == 200).count();
    for reply in replies.iter().filter(|reply| reply.status != 200) {
        reply.refused(503, "unavailable", "waiting");
        assert_eq!(reply.header("retry-after"), "1");
    }
    assert!((1..=3).contains(&written), "{written} written");
    assert_eq!(db.show("select count(*) from campaign_visits"), written.to_string());
}

#[test]
fn who_hangs_up_disturbs_nobody() {
    let (db, shim) = shop(&[]);
    let dam = Dam::raise(&db);
    let patient: Vec<_> = thread::scope(|scope| {
        let shim = &shim;
        let first = scope.spawn(move || shim.browse(PATH, &visit("first")));
        dam.is_reached();
        let hasty: Vec<TcpStream> = (0..20)
            .map(|n| {
                let (mut stream, body) = (connect(shim), visit(&format!("hasty-{n}")).to_string());
                write!(stream, "POST {PATH} HTTP/1.1\r\nHost: shop\r\nContent-Length: {}\r\n\r\n{body}", body.len())
                    .expect("a request can be sent");
                stream
            })
            .collect();
        let patient: Vec<_> =
            (0..5).map(|n| scope.spawn(move || shim.browse(PATH, &visit(&format!("patient-{n}"))))).collect();
        wait_until("all wait in the queue", || queued(shim) == 25);
        drop(hasty);
        // Half a request, and gone.
        let mut broken = connect(shim);
        write!(broken, "POST {PATH} HTTP/1.1\r\nHost: shop\r\nContent-Length: 100\r\n\r\n{{\"tracking")
            .expect("it can be begun");
        drop(broken);
        dam.open();
        patient.into_iter().chain([first]).map(|caller| caller.join().expect("every caller is answered")).collect()
    });
    for reply in patient {
        reply.data(200);
    }
    assert_eq!(
        db.show("select count(*) filter (where session_id like 'patient-%'), count(*) filter (where session_id like 'hasty-%'), count(*) from campaign_visits"),
        "5|20|26"
    );
}

#[test]
fn what_was_accepted_is_finished_before_the_end() {
    let (db, shim) = shop(&[]);
    let dam = Dam::raise(&db);
    let replies: Vec<_> = thread::scope(|scope| {
        let shim = &shim;
        let first = scope.spawn(move || shim.browse(PATH, &visit("first")));
        dam.is_reached();
        let others: Vec<_> =
            (0..10).map(|n| scope.spawn(move || shim.browse(PATH, &visit(&format!("s{n}"))))).collect();
        wait_until("the others wait in the queue", || queued(shim) == 10);
        shim.stop();
        wait_until("the door is closed", || TcpStream::connect(shim.address()).is_err());
        assert!(!shim.has_ended(), "requests are still waiting");
        dam.open();
        others.into_iter().chain([first]).map(|caller| caller.join().expect("every caller is answered")).collect()
    });
    for reply in &replies {
        reply.data(200);
    }
    wait_until("the shim ends", || shim.has_ended());
    assert_eq!(db.show("select count(*), count(distinct session_id) from campaign_visits"), "11|11");
}

#[test]
fn beacons_of_allowed_pages_are_taken() {
    let (db, shim) = shop(&["--allow-origin", "https://shop.example"]);
    let beacon = |origin: &str, session: &str| {
        let headers = [("content-type", "text/plain;charset=UTF-8"), ("origin", origin)];
        shim.send("POST", PATH, &headers, Some(visit(session).to_string().as_bytes()))
    };
    let taken = beacon("https://shop.example", "s");
    taken.data(200);
    assert_eq!(taken.header("access-control-allow-origin"), "https://shop.example");
    // The page of another site may send one, as any program may, but not read the answer.
    assert_eq!(beacon("https://evil.example", "t").header("access-control-allow-origin"), "");
    assert_eq!(db.show("select string_agg(session_id, ',' order by session_id) from campaign_visits"), "s,t");

    let ask = |path: &str, origin: &str| {
        let headers = [
            ("origin", origin),
            ("access-control-request-method", "POST"),
            ("access-control-request-headers", "content-type"),
        ];
        shim.send("OPTIONS", path, &headers, None)
    };
    let allowed = ask(PATH, "https://shop.example");
    assert_eq!(allowed.status, 200);
    assert_eq!(allowed.header("access-control-allow-origin"), "https://shop.example");
    assert_eq!(allowed.header("access-control-allow-headers"), "content-type");
    assert_eq!(ask(PATH, "https://evil.example").header("access-control-allow-origin"), "");
    assert_eq!(ask("/campaigns", "https://shop.example").header("access-control-allow-origin"), "");
}

#[test]
fn options_tell_the_methods() {
    let (_db, shim) = shop(&[]);
    for (path, methods) in [
        ("/campaigns", ["GET", "HEAD", "POST"].as_slice()),
        ("/campaigns/00000000-0000-0000-0000-000000000000", &["DELETE", "GET", "HEAD", "PUT"]),
        (PATH, &["POST"]),
        ("/healthz", &["GET", "HEAD"]),
    ] {
        let reply = shim.send("OPTIONS", path, &[], None);
        let mut told: Vec<&str> = reply.header("allow").split(',').map(str::trim).collect();
        told.sort_unstable();
        assert_eq!(told, methods, "{path}: {}", reply.status);
    }
}

#[test]
fn formulas_in_csv_are_text() {
    let (_db, shim) = shop(&[]);
    let formula = "=HYPERLINK(\"https://evil.example\", \"a, b\")";
    shim.post(
        "/campaigns",
        &json!({"name": formula, "platform": "tiktok", "campaign_type": "post", "description": "@sum(1)\n+1"}),
    )
    .data(201);
    let expected = "\"'=HYPERLINK(\"\"https://evil.example\"\", \"\"a, b\"\")\",\"'@sum(1)\n+1\"";
    let by_path = shim.get("/campaigns.csv");
    let by_header =
        shim.send("GET", "/campaigns", &[("authorization", &format!("Bearer {KEY}")), ("accept", "text/csv")], None);
    for reply in [by_path, by_header] {
        assert_eq!((reply.status, reply.header("content-type")), (200, "text/csv; charset=utf-8"));
        assert!(reply.header("content-disposition").contains("campaigns.csv"));
        assert!(reply.text.contains(expected), "{}", reply.text);
    }
}

#[test]
fn control_characters_lead_nowhere() {
    let (db, shim) = shop(&[]);
    for path in ["/r/A%00", "/r/A%0d%0aSet-Cookie:x", "/r/%ff"] {
        shim.send("GET", path, &[], None).refused(404, "not_found", "");
    }
    for query in ["search=%00", "search=a%1b", "platform=%00", "search=%ff%fe"] {
        let reply = shim.get(&format!("/campaigns?{query}"));
        assert!([200, 422].contains(&reply.status) && !reply.text.contains('\0'), "{query}: {}", reply.text);
    }
    shim.browse(PATH, &visit("s\u{0}")).refused(422, "invalid_value", "control characters");
    assert_eq!(db.show("select count(*) from campaign_visits"), "0");
}
