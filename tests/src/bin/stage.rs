//! Demo shops with a shim each, for browsers to visit. Reads commands, one a line, and answers each by a line of JSON:
//!
//! - `open [argument of campaign-shim ...]`: a new shop; its number, address, key and database
//! - `season NUMBER VISITS`: fills a shop with a season of data
//! - `stop NUMBER`, `start NUMBER`: takes a shop's shim away, and brings it back at the same address
//! - `close NUMBER`: ends a shop and drops its database
//!
//! The end of the input ends everything. A command that fails ends the program, which says why on standard error.

use std::collections::BTreeMap;
use std::io::{BufRead, stdin};

use pg_campaign_tests::shim::{KEY, grant_login};
use pg_campaign_tests::{Database, Shim};
use serde_json::{Value, json};

struct Shop {
    db: Database,
    login: String,
    /// Where the shim listens, whether it runs or not.
    address: String,
    /// More arguments of the shim.
    more: Vec<String>,
    shim: Option<Shim>,
}

impl Shop {
    fn open(more: &[&str]) -> Shop {
        let db = Database::demo();
        db.run(&format!("alter database {0} set campaign.store_url = 'https://yourstore.com'", db.name()));
        db.run(&format!("alter database {0} set campaign.currency = 'USD'", db.name()));
        let login = format!("{}_shim", db.name());
        grant_login(&db, &login);
        let more = more.iter().map(|argument| (*argument).to_owned()).collect();
        let mut shop = Shop { db, login, address: "127.0.0.1:0".to_owned(), more, shim: None };
        shop.start();
        shop
    }

    fn start(&mut self) {
        let more: Vec<&str> = ["--example-shop"].into_iter().chain(self.more.iter().map(String::as_str)).collect();
        let shim = Shim::start_at(&self.address, &self.db.url(&self.login), &more)
            .unwrap_or_else(|error| panic!("the shim did not start: {error}"));
        self.address = shim.address().to_owned();
        self.shim = Some(shim);
    }

    fn told(&self, number: usize) -> Value {
        json!({
            "shop": number,
            "url": format!("http://{}", self.address),
            "key": KEY,
            "database": self.db.url("postgres"),
        })
    }
}

fn main() {
    let mut shops = BTreeMap::new();
    let mut opened = 0;
    for line in stdin().lock().lines() {
        let line = line.expect("commands are text");
        let words: Vec<&str> = line.split_whitespace().collect();
        println!("{}", obey(&words, &mut shops, &mut opened));
    }
}

fn obey(words: &[&str], shops: &mut BTreeMap<usize, Shop>, opened: &mut usize) -> Value {
    let number = || words.get(1).and_then(|word| word.parse().ok()).expect("the command names a shop by its number");
    match words {
        ["open", more @ ..] => {
            let shop = Shop::open(more);
            let told = shop.told(*opened);
            shops.insert(*opened, shop);
            *opened += 1;
            return told;
        }
        ["close", _] => drop(shops.remove(&number())),
        ["season", _, visits] => fill(open_shop(shops, number()), visits),
        ["stop", _] => open_shop(shops, number()).shim = None,
        ["start", _] => open_shop(shops, number()).start(),
        _ => panic!("there is no such command: {}", words.join(" ")),
    }
    json!({})
}

fn open_shop(shops: &mut BTreeMap<usize, Shop>, number: usize) -> &mut Shop {
    shops.get_mut(&number).unwrap_or_else(|| panic!("shop {number} is not open"))
}

fn fill(shop: &Shop, visits: &str) {
    let season = concat!(env!("CARGO_MANIFEST_DIR"), "/../sql/demo/season.sql");
    let settings = ["-v", "ON_ERROR_STOP=1", "-v", &format!("visits={visits}")];
    shop.db.cluster().run("psql", &[&["-X", "-q", "-d", shop.db.name()], &settings[..], &["-f", season]].concat());
}
