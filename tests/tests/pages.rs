//! The web files that the shim serves: to whom, in which form, for how long.

use pg_campaign_tests::shim::grant_login;
use pg_campaign_tests::{Database, Reply, Shim};

/// Most bytes that the snippet may cost a page, compressed by gzip.
const SNIPPET: usize = 2048;

fn serve(more: &[&str]) -> (Database, Shim) {
    let db = Database::demo();
    let login = format!("{}_shim", db.name());
    grant_login(&db, &login);
    let shim = Shim::start_on(&db.url(&login), more);
    (db, shim)
}

fn get(shim: &Shim, path: &str, headers: &[(&str, &str)]) -> Reply {
    shim.send("GET", path, headers, None)
}

/// The address of a file that a page names in an attribute, e.g. `src="/shop/assets/`.
fn named<'a>(page: &'a str, attribute: &str, start: &str) -> &'a str {
    let from = page.find(&format!("{attribute}=\"{start}")).expect("the page names such a file");
    page[from..].split('"').nth(1).expect("an attribute has a value")
}

#[test]
fn the_snippet_is_small_and_for_every_site() {
    let (_db, shim) = serve(&[]);
    let plain = get(&shim, "/campaign.js", &[]);
    assert_eq!(plain.status, 200, "{}", plain.text);
    assert!(plain.text.contains("campaign_session_id"), "{}", plain.text);
    assert_eq!(plain.header("content-encoding"), "");
    assert_eq!(plain.header("content-type"), "text/javascript; charset=utf-8");
    assert_eq!(plain.header("access-control-allow-origin"), "*");
    assert_eq!(plain.header("cross-origin-resource-policy"), "cross-origin");
    assert_eq!(plain.header("cache-control"), "public, max-age=3600");
    assert_eq!(plain.header("vary"), "accept-encoding");
    assert_eq!(plain.header("x-content-type-options"), "nosniff");

    let mut tags = vec![plain.header("etag").to_owned()];
    for (accepted, form) in [("gzip, deflate", "gzip"), ("gzip, deflate, br, zstd", "br"), ("br;q=0, gzip", "gzip")] {
        let reply = get(&shim, "/campaign.js", &[("accept-encoding", accepted)]);
        assert_eq!(reply.header("content-encoding"), form, "{accepted}");
        let size: usize = reply.header("content-length").parse().expect("the size is told");
        assert!((500..=SNIPPET).contains(&size), "{form}: {size} bytes");
        tags.push(reply.header("etag").to_owned());
    }
    assert_eq!(tags[1], tags[3]);
    tags.truncate(3);
    tags.sort();
    tags.dedup();
    assert_eq!(tags.len(), 3, "each form has a tag of its own: {tags:?}");
}

#[test]
fn a_file_that_the_browser_has_is_not_sent_again() {
    let (_db, shim) = serve(&[]);
    let tag = get(&shim, "/campaign.js", &[]).header("etag").to_owned();
    for known in [tag.clone(), format!("W/{tag}"), format!("\"other\", {tag}"), "*".to_owned()] {
        let reply = get(&shim, "/campaign.js", &[("if-none-match", &known)]);
        assert_eq!((reply.status, reply.text.as_str()), (304, ""), "{known}");
        assert_eq!(reply.header("etag"), tag);
        assert_eq!(reply.header("access-control-allow-origin"), "*");
    }
    assert_eq!(get(&shim, "/campaign.js", &[("if-none-match", "\"other\"")]).status, 200);
}

#[test]
fn pages_may_ask_this_server_only() {
    let (_db, shim) = serve(&["--example-shop"]);
    for path in ["/", "/app", "/app/campaigns/1?from=2024-06-01", "/shop/", "/shop/products/dress-summer", "/docs"] {
        let reply = get(&shim, path, &[]);
        assert_eq!(reply.header("content-type"), "text/html; charset=utf-8", "{path}");
        let policy = reply.header("content-security-policy");
        for part in [
            "default-src 'self';",
            "script-src 'self';",
            "connect-src 'self';",
            "frame-ancestors 'none'",
            "base-uri 'none'",
            "form-action 'none'",
        ] {
            assert!(policy.contains(part), "{path}: {policy}");
        }
    }
}

#[test]
fn the_example_shop_is_there_when_asked_for() {
    let (_db, shim) = serve(&[]);
    for path in ["/shop", "/shop/", "/shop/catalogue.json", "/shop/assets/x.js"] {
        shim.get(path).refused(404, "not_found", "there is no such address");
    }

    let (db, shim) = serve(&["--example-shop"]);
    let moved = get(&shim, "/shop", &[]);
    assert_eq!((moved.status, moved.header("location")), (308, "/shop/"));
    let page = get(&shim, "/shop/", &[]);
    assert_eq!((page.status, page.header("cache-control")), (200, "no-cache"), "{}", page.text);
    for file in [named(&page.text, "src", "/shop/assets/"), named(&page.text, "href", "/shop/assets/")] {
        let reply = get(&shim, file, &[]);
        assert_eq!(reply.status, 200, "{file}: {}", reply.text);
        assert_eq!(reply.header("cache-control"), "public, max-age=31536000, immutable", "{file}");
    }

    db.campaign("POST");
    let paused = db.campaign("PAUSED");
    db.run(&format!("select campaign_deactivate('{paused}')"));
    db.run("select campaign_create('Parent', 'multi', 'campaign')");
    let catalogue = get(&shim, "/shop/catalogue.json", &[]);
    let catalogue = catalogue.data(200);
    assert_eq!(catalogue["products"].as_array().map(Vec::len), Some(24));
    assert_eq!(catalogue["products"][0]["name"], "Summer Dress");
    assert_eq!(catalogue["customers"].as_array().map(Vec::len), Some(12));
    assert_eq!(catalogue["customers"][0]["name"], "Ada Moreau");
    assert_eq!(catalogue["campaigns"].as_array().map(Vec::len), Some(1), "active posts alone: {catalogue}");
    assert_eq!(catalogue["campaigns"][0]["tracking_code"], "POST");
}

#[test]
fn a_database_without_the_demo_shop_has_no_catalogue() {
    let db = Database::shop();
    let login = format!("{}_shim", db.name());
    grant_login(&db, &login);
    let shim = Shim::start_on(&db.url(&login), &["--example-shop"]);
    shim.get("/shop/catalogue.json").refused(404, "not_found", "the demo shop is not installed");
}

#[test]
fn no_path_leads_out_of_the_files() {
    let (_db, shim) = serve(&["--example-shop"]);
    for path in [
        "/assets/../package.json",
        "/assets/..%2F..%2Fpackage.json",
        "/assets/%2E%2E/%2E%2E/%2E%2E/%2E%2E/Cargo.toml",
        "/shop/assets/..%2F..%2Fpackage.json",
        "/shop/assets/%2Fetc%2Fpasswd",
        "/shop/assets/none.js",
    ] {
        let reply = get(&shim, path, &[]);
        assert!(matches!(reply.status, 400 | 404), "{path}: {} {}", reply.status, reply.text);
    }
}
