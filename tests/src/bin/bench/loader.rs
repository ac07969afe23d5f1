//! A light crowd of browsers that click: it shares the processors with what it measures.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::sleep_until;

use crate::load::{LANDING_PAGE, REFERRER, USER_AGENT};
use crate::stage::{CAMPAIGNS, FIRST};

/// How fast clicks come.
#[derive(Clone, Copy)]
pub enum Pace {
    /// Each browser clicks again when it is answered.
    Full,
    /// So many a second in all, evenly; one that is late counts from when it should have been sent.
    PerSecond(f64),
}

/// What came of a crowd.
pub struct Burst {
    /// Answered clicks, those of the warm-up too.
    pub requests: u64,
    /// Answered clicks a second, after the warm-up.
    pub per_second: f64,
    /// Milliseconds of each click after the warm-up, in order.
    latencies: Vec<f64>,
}

impl Burst {
    pub fn percentile(&self, share: f64) -> f64 {
        let place = (self.latencies.len() as f64 * share) as usize;
        self.latencies.get(place.min(self.latencies.len().saturating_sub(1))).copied().unwrap_or(f64::NAN)
    }
}

/// Clicks on so many connections for a second to warm up and `seconds` that count. Every click must be answered 200.
pub fn run(address: SocketAddr, connections: u32, seconds: u32, pace: Pace) -> Burst {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime can be made");
    runtime.block_on(async {
        let start = Instant::now();
        let counts_from = start + Duration::from_secs(1);
        let end = counts_from + Duration::from_secs(seconds.into());
        let browsers: Vec<_> = (0..connections)
            .map(|number| {
                let step = match pace {
                    Pace::Full => None,
                    Pace::PerSecond(rate) => Some(Duration::from_secs_f64(f64::from(connections) / rate)),
                };
                let first = start + step.unwrap_or_default() * number / connections;
                tokio::spawn(browse(address, number, first, step, counts_from, end))
            })
            .collect();
        let (mut requests, mut latencies) = (0, Vec::new());
        for browser in browsers {
            let (clicks, took) = browser.await.expect("a browser clicks to its end");
            requests += clicks;
            latencies.extend(took);
        }
        latencies.sort_by(f64::total_cmp);
        Burst { requests, per_second: latencies.len() as f64 / f64::from(seconds), latencies }
    })
}

/// One browser: how often it clicked, and the milliseconds of those clicks that count.
async fn browse(
    address: SocketAddr,
    number: u32,
    first: Instant,
    step: Option<Duration>,
    counts_from: Instant,
    end: Instant,
) -> (u64, Vec<f64>) {
    let mut stream = tokio::net::TcpStream::connect(address).await.expect("the server takes connections");
    stream.set_nodelay(true).expect("the socket takes options");
    let (mut request, session) = click(number);
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15 ^ (u64::from(number) << 32) ^ nanoseconds());
    let mut answer = vec![0; 4096];
    let (mut clicks, mut took, mut due) = (0, Vec::new(), first);
    loop {
        let since = match step {
            Some(step) => {
                sleep_until(due.into()).await;
                due += step;
                due - step
            }
            None => Instant::now(),
        };
        if Instant::now() >= end {
            return (clicks, took);
        }
        dice.fill(&mut request[session..session + 32]);
        stream.write_all(&request).await.expect("the server reads");
        let mut filled = 0;
        while !is_whole(&answer[..filled]) {
            let read = stream.read(&mut answer[filled..]).await.expect("the server answers");
            assert!(read > 0, "the server hung up");
            filled += read;
        }
        assert!(answer.starts_with(b"HTTP/1.1 200 "), "{}", String::from_utf8_lossy(&answer[..filled]));
        clicks += 1;
        let now = Instant::now();
        if since >= counts_from && now < end {
            took.push((now - since).as_secs_f64() * 1000.0);
        }
    }
}

/// The bytes of a click, and where the 32 digits of its session stand in them.
fn click(number: u32) -> (Vec<u8>, usize) {
    let code = FIRST + u64::from(number % CAMPAIGNS);
    let body = format!(
        r#"{{"tracking_code":"BENCH_{code}","session_id":"00000000000000000000000000000000","landing_page":"{LANDING_PAGE}","user_agent":"{USER_AGENT}","referrer":"{REFERRER}"}}"#
    );
    let head = format!(
        "POST /campaigns/track-visit HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    let session = head.len() + body.find(&"0".repeat(32)).expect("the body has a session");
    ((head + &body).into_bytes(), session)
}

/// Whether an answer has arrived with all its body.
fn is_whole(answer: &[u8]) -> bool {
    const LENGTH: &[u8] = b"content-length: ";
    let Some(head) = answer.windows(4).position(|end| end == b"\r\n\r\n") else {
        return false;
    };
    let Some(at) = answer[..head].windows(LENGTH.len()).position(|name| name == LENGTH) else {
        panic!("an answer without its length: {}", String::from_utf8_lossy(answer));
    };
    let digits = answer[at + LENGTH.len()..].iter().take_while(|byte| byte.is_ascii_digit());
    let length = digits.fold(0, |length, digit| length * 10 + usize::from(digit - b'0'));
    answer.len() >= head + 4 + length
}

/// Digits that look random (xorshift).
struct Dice(u64);

impl Dice {
    fn fill(&mut self, digits: &mut [u8]) {
        for sixteen in digits.chunks_mut(16) {
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 7;
            self.0 ^= self.0 << 17;
            let mut number = self.0;
            for digit in sixteen {
                *digit = b"0123456789abcdef"[(number & 15) as usize];
                number >>= 4;
            }
        }
    }
}

fn nanoseconds() -> u64 {
    std::time::SystemTime::UNIX_EPOCH.elapsed().map_or(1, |since| since.as_nanos() as u64)
}

/// One browser that waits for each answer.
pub struct Browser {
    stream: TcpStream,
    answer: Vec<u8>,
}

impl Browser {
    pub fn connect(address: SocketAddr) -> Browser {
        let stream = TcpStream::connect(address).expect("the server takes connections");
        stream.set_nodelay(true).expect("the socket takes options");
        Browser { stream, answer: Vec::new() }
    }

    /// Sends a request that must be answered 200.
    pub fn ask(&mut self, request: &[u8]) {
        self.stream.write_all(request).expect("the server reads");
        self.answer.clear();
        let mut part = [0; 16 * 1024];
        while !is_whole(&self.answer) {
            let read = self.stream.read(&mut part).expect("the server answers");
            assert!(read > 0, "the server hung up");
            self.answer.extend_from_slice(&part[..read]);
        }
        assert!(self.answer.starts_with(b"HTTP/1.1 200 "), "{}", String::from_utf8_lossy(&self.answer));
    }
}
