//! The HTTP contract: what schemathesis makes up from the document, the shim answers as the document says.
//!
//! A program of its own, because it takes a minute or two: `cargo test --package pg_campaign_tests --test contract`.

use std::path::Path;
use std::process::{Command, Stdio};

use pg_campaign_tests::contract::{document, errors};
use pg_campaign_tests::shim::KEY;
use pg_campaign_tests::{Database, Shim};
use serde_json::{Value, json};

const TESTS: &str = env!("CARGO_MANIFEST_DIR");

/// A demo shop with a small season in it.
struct Shop {
    db: Database,
    shim: Shim,
}

impl Shop {
    fn open() -> Shop {
        let db = Database::demo();
        db.run(&format!("alter database {} set campaign.store_url = 'https://yourstore.com'", db.name()));
        let season = format!("{TESTS}/../sql/demo/season.sql");
        db.cluster().run("psql", &["-X", "-q", "-d", db.name(), "-v", "visits=2000", "-f", &season]);
        db.run("analyze");
        let shim = Shim::start(&db);
        Shop { db, shim }
    }

    /// Sends what schemathesis makes up, so many examples an operation; its report is the failure when an answer is not
    /// as the document says.
    fn explore(&self, key: &str, examples: u32, operations: &[&str]) {
        let program = Path::new(&cache()).join("pg_campaign/schemathesis/bin/schemathesis");
        assert!(program.exists(), "{} is missing: run scripts/setup", program.display());
        let find = |what: &str| {
            self.db.show(&format!("select {what} from campaign_conversions k join campaigns c on c.id = k.campaign_id join demo.orders o on o.id = k.order_id where o.customer_id is not null order by k.converted_at desc limit 1"))
        };
        let output = Command::new(program)
            .args(["--no-color", "--config-file", &format!("{TESTS}/openapi/schemathesis.toml"), "run"])
            .arg(self.shim.url("/openapi.json"))
            .args(["--checks=all", "--seed=1", "--continue-on-failure", "--request-timeout=30"])
            .args([&format!("--max-examples={examples}"), "--generation-database=none", "--warnings=off"])
            .args(operations)
            .envs([
                ("CAMPAIGN_KEY", key),
                ("PARENT", &find("c.parent_campaign_id")),
                ("CAMPAIGN", &find("c.id")),
                ("CODE", &find("c.tracking_code")),
                ("ORDER", &find("o.id")),
                ("CUSTOMER", &find("o.customer_id")),
            ])
            // It leaves files where it runs.
            .current_dir(self.db.cluster().directory())
            .stdin(Stdio::null())
            .output()
            .expect("schemathesis can be run");
        let report = String::from_utf8_lossy(&output.stdout);
        println!("{report}");
        assert!(output.status.success(), "answers were not as documented: {}", String::from_utf8_lossy(&output.stderr));
    }
}

/// Where scripts/setup puts what it installs.
fn cache() -> String {
    std::env::var("XDG_CACHE_HOME").unwrap_or_else(|_| format!("{}/.cache", std::env::var("HOME").unwrap_or_default()))
}

#[test]
fn an_administrator_is_answered_as_documented() {
    let shop = Shop::open();
    shop.explore(KEY, 300, &["--exclude-tag=Reports"]);
    assert_eq!(shop.db.show("select count(*) from campaign_attribution_failures"), "0");
}

#[test]
fn reports_are_answered_as_documented() {
    Shop::open().explore(KEY, 300, &["--include-tag=Reports"]);
}

#[test]
fn an_analyst_and_a_stranger_are_answered_as_documented() {
    let shop = Shop::open();
    let made = shop.shim.post("/keys", &json!({"name": "Reports", "role": "analyst"}));
    let analyst = made.data(201)["key"].as_str().expect("a key is told once").to_owned();
    let campaigns = || shop.db.show("select count(*), md5(string_agg(c::text, '' order by id)) from campaigns c");
    let before = campaigns();
    shop.explore(&analyst, 20, &[]);
    shop.explore("of-nobody", 20, &[]);
    assert_eq!(campaigns(), before, "neither may change a campaign");
}

/// What the document shows is what it says: the examples, the plan's among them, are valid by their schemas.
#[test]
fn examples_are_what_they_illustrate() {
    fn walk(at: &str, value: &Value, seen: &mut usize) {
        if let Some(examples) = value["examples"].as_array() {
            for example in examples {
                *seen += 1;
                assert_eq!(errors(value, example), Vec::<String>::new(), "{at}");
            }
        }
        match value {
            Value::Object(fields) => fields
                .iter()
                .filter(|(name, _)| *name != "examples")
                .for_each(|(name, field)| walk(&format!("{at}/{name}"), field, seen)),
            Value::Array(items) => items.iter().for_each(|item| walk(at, item, seen)),
            _ => {}
        }
    }
    let mut seen = 0;
    walk("", document(), &mut seen);
    assert!(seen > 30, "only {seen} examples");
}
