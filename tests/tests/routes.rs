//! Who may call what: every operation of the document, with every role's key, a wrong one and none.

use std::collections::BTreeMap;

use pg_campaign_tests::{Database, Reply, Shim};
use serde_json::{Value, json};

const NOBODY: &str = "00000000-0000-0000-0000-000000000000";
const ADA: &str = "c0000000-0000-4000-8000-000000000001";
const HOME: &str = "a0000000-0000-4000-8000-000000000001";
const DRESS: &str = "d0000000-0000-4000-8000-000000000001";

/// What the shim says of an address that is none.
const NO_ROUTE: &str = "there is no such address";

/// A method and an address as the document writes them, e.g. `GET /campaigns/{id}`.
struct Operation {
    name: String,
    method: String,
    /// The address with its parameters filled in.
    path: String,
    role: String,
    body: Option<Value>,
    statuses: Vec<String>,
}

impl Operation {
    /// Calls it with an `Authorization` header, or without one.
    fn call(&self, shim: &Shim, authorization: Option<&str>) -> Reply {
        let headers: Vec<(&str, &str)> = authorization.map(|value| ("authorization", value)).into_iter().collect();
        let body = self.body.as_ref().map(|body| body.to_string().into_bytes());
        shim.send(&self.method, &self.path, &headers, body.as_deref())
    }

    /// The answer must be one of the operation itself: past the keys, documented, and no failure of the server.
    fn passes(&self, shim: &Shim, authorization: Option<&str>) {
        let reply = self.call(shim, authorization);
        let told = format!("{} with {authorization:?}: {} {}", self.name, reply.status, reply.text);
        assert!(![401, 403, 405].contains(&reply.status) && reply.status < 500, "{told}");
        assert!(self.statuses.contains(&reply.status.to_string()), "not in the document: {told}");
        assert_ne!(reply.json["error"]["message"], NO_ROUTE, "{told}");
    }

    fn is_refused(&self, shim: &Shim, authorization: Option<&str>, status: u16, code: &str) {
        let reply = self.call(shim, authorization);
        assert_eq!(reply.status, status, "{} with {authorization:?}: {}", self.name, reply.text);
        reply.refused(status, code, "");
    }
}

/// A demo shop with a campaign of the code A, a click, and an order credited to it.
struct Shop {
    db: Database,
    shim: Shim,
    campaign: String,
    order: String,
}

impl Shop {
    fn open() -> Shop {
        let db = Database::demo();
        db.run(&format!("alter database {} set campaign.store_url = 'https://yourstore.com'", db.name()));
        let shim = Shim::start(&db);
        let campaign = db.campaign("A");
        db.run("select campaign_track_visit('A', 's')");
        let order = db.show(&format!(
            "insert into demo.orders (customer_id, subtotal, total, session_id) values ('{ADA}', 150, 150, 's') returning id"
        ));
        Shop { db, shim, campaign, order }
    }

    /// A new key: its id, and the header that shows it.
    fn key(&self, role: &str) -> (String, String) {
        let made = self.shim.post("/keys", &json!({"name": "Test", "role": role}));
        let made = made.data(201);
        let text = |field: &str| made[field].as_str().expect("a made key has an id and a key").to_owned();
        (text("id"), format!("Bearer {}", text("key")))
    }

    /// All operations of the document that the shim serves.
    fn operations(&self) -> Vec<Operation> {
        let document = self.shim.send("GET", "/openapi.json", &[], None);
        assert_eq!(document.status, 200);
        let mut operations = Vec::new();
        for (path, methods) in document.json["paths"].as_object().expect("the document has paths") {
            for (method, operation) in methods.as_object().expect("a path has methods") {
                if method == "parameters" {
                    continue;
                }
                let name = format!("{} {path}", method.to_uppercase());
                let role = operation["x-role"].as_str().unwrap_or("public").to_owned();
                let open = operation["security"] == json!([]);
                assert_eq!(open, role == "public", "{name}: security and x-role differ");
                let takes_body = operation.get("requestBody").is_some();
                operations.push(Operation {
                    method: method.to_uppercase(),
                    path: self.address(method, path),
                    role,
                    body: takes_body.then(|| body(&name)),
                    statuses: operation["responses"]
                        .as_object()
                        .expect("an operation has responses")
                        .keys()
                        .cloned()
                        .collect(),
                    name,
                });
            }
        }
        operations
    }

    /// The address with ids of what there is; what is deleted is not there, so that everything stays.
    fn address(&self, method: &str, path: &str) -> String {
        let id = match path.split('/').nth(1) {
            _ if method == "delete" => NOBODY,
            Some("campaigns") => &self.campaign,
            Some("orders") => &self.order,
            Some("customers") => ADA,
            _ => NOBODY,
        };
        let address = path.replace("{id}", id).replace("{code}", "A");
        assert!(!address.contains('{'), "the test knows no value for a parameter of {path}");
        match path {
            "/campaigns/preview" => format!("{address}?name=Hats&platform=tiktok"),
            "/campaigns/deletion" => format!("{address}?ids={}", self.campaign),
            _ => address,
        }
    }

    /// How much there is of everything a request could write.
    fn recorded(&self) -> String {
        let keys = self.shim.get("/keys").data(200).as_array().map_or(0, Vec::len);
        let tables = ["campaigns", "campaign_visits", "campaign_conversions", "demo.orders"].map(|table| {
            self.db.show(&format!("select count(*), md5(string_agg(t::text, ',' order by t::text)) from {table} t"))
        });
        format!("{keys} {}", tables.join(" "))
    }
}

/// The least body that an operation takes.
fn body(name: &str) -> Value {
    match name {
        "POST /campaigns" => json!({"name": "New", "platform": "tiktok", "campaign_type": "video"}),
        "PUT /campaigns/{id}" => json!({"description": "changed"}),
        "POST /campaigns/track-visit" => json!({"tracking_code": "A", "session_id": "t", "user_agent": "Mozilla/5.0"}),
        "POST /campaigns/update-activity" => json!({"session_id": "s"}),
        "POST /campaigns/identify" => json!({"session_id": "s", "customer_id": ADA}),
        "POST /orders" => {
            json!({"customer_id": ADA, "items": [{"product_id": DRESS, "quantity": 1}], "shipping_address_id": HOME})
        }
        "POST /keys" => json!({"name": "New", "role": "analyst"}),
        _ => panic!("the test knows no body for {name}"),
    }
}

#[test]
fn every_operation_asks_for_its_role() {
    let shop = Shop::open();
    let shim = &shop.shim;
    let (_, analyst) = shop.key("analyst");
    let (_, admin) = shop.key("admin");
    let wrong = [
        None,
        Some("Bearer nonsense".to_owned()),
        Some("Bearer ".to_owned()),
        Some(format!("Bearer pgc_{}_{}", NOBODY.replace('-', ""), "x".repeat(43))),
        Some(format!("{admin}x")),
        Some(admin[..admin.len() - 1].to_owned()),
        Some(admin.replace("Bearer", "Basic")),
    ];
    let mut of_role = BTreeMap::new();
    for operation in shop.operations() {
        *of_role.entry(operation.role.clone()).or_insert(0) += 1;
        let before = shop.recorded();
        match operation.role.as_str() {
            "public" => wrong.iter().for_each(|key| operation.passes(shim, key.as_deref())),
            "analyst" | "admin" => {
                for key in &wrong {
                    operation.is_refused(shim, key.as_deref(), 401, "unauthorized");
                }
            }
            other => panic!("{}: there is no role {other}", operation.name),
        }
        match operation.role.as_str() {
            "admin" => operation.is_refused(shim, Some(&analyst), 403, "forbidden"),
            _ => operation.passes(shim, Some(&analyst)),
        }
        if operation.role != "public" {
            assert_eq!(shop.recorded(), before, "{} wrote without an administrator's key", operation.name);
        }
        operation.passes(shim, Some(&admin));
    }
    assert_eq!(of_role.keys().collect::<Vec<_>>(), ["admin", "analyst", "public"]);
}

#[test]
fn what_there_is_is_read_by_an_analyst() {
    let shop = Shop::open();
    let (_, analyst) = shop.key("analyst");
    for operation in shop.operations().iter().filter(|operation| operation.role == "analyst") {
        let reply = operation.call(&shop.shim, Some(&analyst));
        assert_eq!(reply.status, 200, "{}: {}", operation.name, reply.text);
        let head = |authorization: &[(&str, &str)]| shop.shim.send("HEAD", &operation.path, authorization, None).status;
        assert_eq!(head(&[("authorization", &analyst)]), 200, "HEAD of {}", operation.name);
        assert_eq!(head(&[]), 401, "HEAD of {}", operation.name);
    }
}

#[test]
fn a_revoked_key_stops_working() {
    let shop = Shop::open();
    let with = |key: &str| shop.shim.send("GET", "/campaigns", &[("authorization", key)], None);
    for role in ["analyst", "admin"] {
        let (id, key) = shop.key(role);
        let (_, other) = shop.key(role);
        with(&key).data(200);
        assert_eq!(shop.shim.delete(&format!("/keys/{id}")).data(200)["id"], id);
        with(&key).refused(401, "unauthorized", "");
        with(&other).data(200);
    }
}

#[test]
fn other_methods_and_addresses_are_told_in_the_envelope() {
    let shop = Shop::open();
    for operation in shop.operations() {
        shop.shim.call("PATCH", &operation.path, None).refused(405, "method_not_allowed", "");
        shop.shim.send("PATCH", &operation.path, &[], None).refused(405, "method_not_allowed", "");
        let address = operation.path.split('?').next().unwrap_or_default();
        let below = format!("{address}/x/y/z");
        shop.shim.call(&operation.method, &below, None).refused(404, "not_found", NO_ROUTE);
        shop.shim.send(&operation.method, &below, &[], None).refused(404, "not_found", NO_ROUTE);
    }
    for path in ["/campaigns/", "/nothing", "/Campaigns", "/keys.csv", "//campaigns"] {
        shop.shim.get(path).refused(404, "not_found", NO_ROUTE);
    }
}
