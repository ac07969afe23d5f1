//! Campaigns: made, changed, found, moved and deleted.

use pg_campaign_tests::Database;
use serde_json::json;

fn create(db: &Database, arguments: &str) -> String {
    db.show(&format!("select tracking_code from campaign_create({arguments})"))
}

/// The ids of a tree: root, its children one and two, and below one a leaf.
fn tree(db: &Database) -> [String; 4] {
    let child = |name: &str, parent: &str| {
        db.show(&format!(
            "select id from campaign_create('{name}', 'instagram', 'post', parent_campaign_id => '{parent}', tracking_code => '{name}')"
        ))
    };
    let root = db.show("select id from campaign_create('root', 'multi', 'campaign', tracking_code => 'root')");
    let one = child("one", &root);
    let two = child("two", &root);
    let leaf = child("leaf", &one);
    [root, one, two, leaf]
}

#[test]
fn the_plans_campaigns() {
    let db = Database::shop();
    db.run("set campaign.store_url = 'https://yourstore.com'");
    let parent = db.json(
        "select to_jsonb(c) from campaign_create(name => 'Summer 2024 Sale', description => 'Main summer campaign across all platforms',
           platform => 'multi', campaign_type => 'campaign', budget => 5000.00,
           starts_at => '2024-06-01T00:00:00Z', ends_at => '2024-08-31T23:59:59Z') c",
    );
    assert_eq!(parent["tracking_code"], "SUMMER_2024");
    assert_eq!(parent["is_active"], true);
    let id = parent["id"].as_str().unwrap();
    let child = db.json(&format!(
        "select to_jsonb(c) from campaign_create(parent_campaign_id => '{id}', name => 'Summer Dress Reel - Instagram', platform => 'instagram',
           campaign_type => 'reel', post_url => 'https://instagram.com/p/xyz123', cost => 250.00, budget => 300.00) c"
    ));
    for (field, value) in [
        ("parent_campaign_id", json!(id)),
        ("name", json!("Summer Dress Reel - Instagram")),
        ("description", json!(null)),
        ("platform", json!("instagram")),
        ("campaign_type", json!("reel")),
        ("post_url", json!("https://instagram.com/p/xyz123")),
        ("landing_url", json!(null)),
        ("tracking_code", json!("INSTA_SUMMER_DRESS_01")),
        ("tracking_url", json!("https://yourstore.com?utm_campaign=INSTA_SUMMER_DRESS_01")),
        ("cost", json!(250.00)),
        ("budget", json!(300.00)),
        ("starts_at", json!(null)),
        ("ends_at", json!(null)),
        ("is_active", json!(true)),
        ("metadata", json!(null)),
        ("child_count", json!(0)),
    ] {
        assert_eq!(child[field], value, "{field}");
    }
    assert_eq!(child.as_object().map(serde_json::Map::len), Some(19));
    assert_eq!(
        db.show(&format!("select child_count, starts_at, ends_at, budget from campaign_get('{id}')")),
        "1|2024-06-01 00:00:00+00|2024-08-31 23:59:59+00|5000.00"
    );
    assert_eq!(db.show("select cost, budget from campaign_list(search => 'dress')"), "250.00|300.00");
}

#[test]
fn codes_tell_what_a_campaign_is() {
    let db = Database::shop();
    for (name, platform, kind, code) in [
        ("Summer 2024 Sale", "multi", "campaign", "SUMMER_2024"),
        ("Summer 2024 Sale", "multi", "campaign", "SUMMER_2024_02"),
        ("Summer Dress Reel - Instagram", "instagram", "reel", "INSTA_SUMMER_DRESS_01"),
        ("Summer Dress Reel - Instagram", "instagram", "reel", "INSTA_SUMMER_DRESS_02"),
        ("Beach Dress Reel #1", "instagram", "reel", "INSTA_BEACH_DRESS_01"),
        ("Beach Collection - TikTok", "tiktok", "video", "TIKTOK_BEACH_COLLECTION_01"),
        ("BF Facebook Ad", "facebook", "ad", "FB_BF_01"),
        ("Launch Video A - Emotional", "youtube", "video", "YT_LAUNCH_A_EMOTIONAL_01"),
        ("Été à la plage", "multi", "campaign", "ETE_LA_PLAGE"),
        ("Летняя распродажа", "other", "post", "LETNIAIA_RASPRODAZHA_01"),
        ("夏季2024", "twitter", "post", "TWITTER_XIA_JI_2024_01"),
        ("🔥", "instagram", "post", "INSTA_FIRE_01"),
        ("!!!", "instagram", "story", "INSTA_STORY_01"),
        ("Instagram", "instagram", "reel", "INSTA_REEL_01"),
    ] {
        assert_eq!(db.show(&format!("select campaign_tracking_code('{name}', '{platform}', '{kind}')")), code);
        assert_eq!(create(&db, &format!("'{name}', '{platform}', '{kind}'")), code, "{name}");
    }
    let long = create(&db, "repeat('Wonderful ', 19), 'instagram', 'post'");
    assert!(long.len() <= 40 && long.starts_with("INSTA_WONDERFUL_") && long.ends_with("_01"), "{long}");
    assert_eq!(db.show("select count(*) from campaigns where tracking_code !~ '^[A-Z0-9_]{1,40}$'"), "0");
    assert_eq!(db.show("select campaign_tracking_code('Hats', 'tiktok')"), "TIKTOK_HATS_01");
    db.refuses("22023", "unknown platform", "select campaign_tracking_code('Hats', 'myspace')");
    db.refuses("22023", "name", "select campaign_tracking_code(' ', 'tiktok')");
}

#[test]
fn a_given_code_is_kept_and_unique_without_case() {
    let db = Database::shop();
    assert_eq!(create(&db, "'a', 'other', 'post', tracking_code => 'Summer.Sale-01_x'"), "Summer.Sale-01_x");
    db.refuses(
        "23505",
        "tracking code SUMMER.SALE-01_X is taken",
        "select campaign_create('b', 'other', 'post', tracking_code => 'SUMMER.SALE-01_X')",
    );
    // A generated code steps aside, also when the other one is written small.
    create(&db, "'c', 'other', 'post', tracking_code => 'insta_hats_01'");
    assert_eq!(create(&db, "'Hats', 'instagram', 'post'"), "INSTA_HATS_02");
    for code in ["''", "' '", "'a b'", "'a/b'", "'é'", "'a&b=c'", "repeat('x', 65)", r"e'a\n'"] {
        db.refuses(
            "22023",
            "tracking_code",
            &format!("select campaign_create('d', 'other', 'post', tracking_code => {code})"),
        );
    }
    assert_eq!(create(&db, "'e', 'other', 'post', tracking_code => repeat('x', 64)"), "x".repeat(64));
}

#[test]
fn what_cannot_be_a_campaign() {
    let db = Database::shop();
    for (sqlstate, words, arguments) in [
        ("22023", "name must be given", "null, 'instagram', 'post'"),
        ("22023", "name must not be blank", "'', 'instagram', 'post'"),
        ("22023", "name must not be blank", "e' \\t', 'instagram', 'post'"),
        ("22023", "name must have at most 200 characters", "repeat('x', 201), 'instagram', 'post'"),
        ("22023", "platform must be given", "'a', null, 'post'"),
        ("22023", "unknown platform 'myspace'", "'a', 'myspace', 'post'"),
        ("22023", "unknown platform 'Instagram'", "'a', 'Instagram', 'post'"),
        ("22023", "campaign_type must be given", "'a', 'instagram', null"),
        ("22023", "unknown campaign_type 'tweet'", "'a', 'instagram', 'tweet'"),
        ("22023", "cost must be 0 or more", "'a', 'instagram', 'post', cost => -0.01"),
        ("22023", "cost must be 0 or more", "'a', 'instagram', 'post', cost => 'NaN'"),
        ("22023", "cost must be 0 or more", "'a', 'instagram', 'post', cost => 'infinity'"),
        ("22023", "cost must be given", "'a', 'instagram', 'post', cost => null"),
        ("22023", "budget must be 0 or more", "'a', 'instagram', 'post', budget => -1"),
        ("22023", "budget must be given", "'a', 'instagram', 'post', budget => null"),
        ("22023", "is_active must be given", "'a', 'instagram', 'post', is_active => null"),
        (
            "22023",
            "ends_at must be later than starts_at",
            "'a', 'instagram', 'post', starts_at => '2024-06-02', ends_at => '2024-06-01'",
        ),
        (
            "22023",
            "ends_at must be later than starts_at",
            "'a', 'instagram', 'post', starts_at => '2024-06-02', ends_at => '2024-06-02'",
        ),
        ("22023", "post_url", "'a', 'instagram', 'post', post_url => 'javascript:alert(1)'"),
        ("22023", "post_url", "'a', 'instagram', 'post', post_url => ''"),
        ("22023", "landing_url", "'a', 'instagram', 'post', landing_url => 'yourstore.com'"),
        ("22023", "landing_url", "'a', 'instagram', 'post', landing_url => 'https://user:secret@yourstore.com'"),
        ("22023", "metadata must be a JSON object", "'a', 'instagram', 'post', metadata => '[1]'"),
        (
            "P0002",
            "no campaign with id 00000000-0000-0000-0000-000000000000",
            "'a', 'instagram', 'post', parent_campaign_id => '00000000-0000-0000-0000-000000000000'",
        ),
    ] {
        db.refuses(sqlstate, words, &format!("select campaign_create({arguments})"));
    }
    assert_eq!(db.show("select count(*) from campaigns"), "0");
    assert_eq!(db.show("select name, cost, budget from campaign_create(repeat('x', 200), 'other', 'ad', cost => 1e12, budget => 0.005)").len(), 200 + "|1000000000000.00|0.01".len());
}

#[test]
fn an_update_changes_only_what_it_names() {
    let db = Database::shop();
    let id = db.show(
        "select id from campaign_create('Hats', 'instagram', 'post', description => 'd', post_url => 'https://a.com/p', landing_url => 'https://a.com/l',
           tracking_code => 'HATS', cost => 12.345, budget => 20, starts_at => '2024-06-01 10:00:00.123456Z', ends_at => '2024-07-01Z', metadata => '{\"tags\": [\"sun\"]}')",
    );
    let before = db.json("select to_jsonb(c) - 'updated_at' from campaigns c");
    let unchanged = |changed: &[&str]| {
        let after = db.json("select to_jsonb(c) - 'updated_at' from campaigns c");
        for (field, value) in before.as_object().unwrap() {
            assert_eq!(&after[field] == value, !changed.contains(&field.as_str()), "{field}: {}", after[field]);
        }
    };
    db.run(&format!("select campaign_update('{id}', '{{}}')"));
    unchanged(&[]);
    assert_eq!(
        db.show(&format!("select cost, name from campaign_update('{id}', '{{\"cost\": 99.99}}')")),
        "99.99|Hats"
    );
    unchanged(&["cost"]);
    db.run(&format!("select campaign_update('{id}', '{{\"description\": null, \"ends_at\": null, \"metadata\": null, \"landing_url\": null}}')"));
    unchanged(&["cost", "description", "ends_at", "metadata", "landing_url"]);
    assert_eq!(db.show("select num_nulls(description, ends_at, metadata, landing_url) from campaigns"), "4");
    assert_eq!(
        db.show(&format!(
            "select name, platform, campaign_type, tracking_code, budget, starts_at, is_active, metadata from campaign_update('{id}',
               '{{\"name\": \" Caps \", \"platform\": \"tiktok\", \"campaign_type\": \"video\", \"tracking_code\": \"hats\", \"budget\": 1,
                  \"starts_at\": \"2024-05-01T00:00:00+02:00\", \"is_active\": false, \"metadata\": {{\"a\": 1}}}}')"
        )),
        "Caps|tiktok|video|hats|1.00|2024-04-30 22:00:00+00|f|{\"a\": 1}"
    );
    assert_eq!(db.show("select updated_at > created_at from campaigns"), "t");
}

#[test]
fn what_cannot_be_an_update() {
    let db = Database::shop();
    let id = db.show("select id from campaign_create('Hats', 'instagram', 'post', tracking_code => 'HATS', starts_at => '2024-06-01Z')");
    db.campaign("TAKEN");
    let before = db.show("select md5(string_agg(c::text, ',' order by id)) from campaigns c");
    for (sqlstate, words, changes) in [
        ("22023", "unknown field 'colour'", r#"{"colour": "red"}"#),
        ("22023", "unknown field 'id'", r#"{"id": "00000000-0000-0000-0000-000000000000"}"#),
        ("22023", "unknown field 'created_at'", r#"{"created_at": null}"#),
        ("22023", "unknown field 'child_count'", r#"{"child_count": 3}"#),
        ("22023", "cost has the wrong type", r#"{"cost": "12"}"#),
        ("22023", "name has the wrong type", r#"{"name": 12}"#),
        ("22023", "is_active has the wrong type", r#"{"is_active": "yes"}"#),
        ("22023", "metadata has the wrong type", r#"{"metadata": "x"}"#),
        ("22023", "metadata has the wrong type", r#"{"metadata": [1]}"#),
        ("22023", "name must be given", r#"{"name": null}"#),
        ("22023", "name must not be blank", r#"{"name": " "}"#),
        ("22023", "cost must be given", r#"{"cost": null}"#),
        ("22023", "cost must be 0 or more", r#"{"cost": -1}"#),
        ("22023", "is_active must be given", r#"{"is_active": null}"#),
        ("22023", "tracking_code must be given", r#"{"tracking_code": null}"#),
        ("22023", "tracking_code", r#"{"tracking_code": "a b"}"#),
        ("22023", "unknown platform", r#"{"platform": "myspace"}"#),
        ("22023", "unknown campaign_type", r#"{"campaign_type": "tweet"}"#),
        ("22023", "ends_at must be later than starts_at", r#"{"ends_at": "2024-06-01T00:00:00Z"}"#),
        ("22007", "invalid input syntax", r#"{"ends_at": "soon"}"#),
        ("22P02", "invalid input syntax", r#"{"parent_campaign_id": "mother"}"#),
        ("P0002", "no campaign with id", r#"{"parent_campaign_id": "00000000-0000-0000-0000-000000000000"}"#),
        ("23505", "tracking code taken is taken", r#"{"tracking_code": "taken"}"#),
        ("22023", "changes must be a JSON object", "[]"),
        ("22023", "changes must be a JSON object", "null"),
    ] {
        db.refuses(sqlstate, words, &format!("select campaign_update('{id}', '{changes}')"));
    }
    db.refuses("22023", "changes must be a JSON object", &format!("select campaign_update('{id}', null)"));
    db.refuses("P0002", "no campaign", "select campaign_update('00000000-0000-0000-0000-000000000000', '{}')");
    db.refuses("22023", "campaign id must be given", "select campaign_update(null, '{}')");
    assert_eq!(db.show("select md5(string_agg(c::text, ',' order by id)) from campaigns c"), before);
}

#[test]
fn no_such_campaign() {
    let db = Database::shop();
    for function in [
        "campaign_get",
        "campaign_children",
        "campaign_tracking_url",
        "campaign_activate",
        "campaign_deactivate",
        "campaign_delete",
    ] {
        db.refuses(
            "P0002",
            "no campaign with id",
            &format!("select {function}('00000000-0000-0000-0000-000000000000')"),
        );
        db.refuses("22023", "campaign id must be given", &format!("select {function}(null)"));
    }
}

#[test]
fn activation() {
    let db = Database::shop();
    let id = db.campaign("A");
    assert_eq!(db.show(&format!("select is_active from campaign_deactivate('{id}')")), "f");
    assert_eq!(db.show(&format!("select is_active from campaign_deactivate('{id}')")), "f");
    assert_eq!(db.show(&format!("select is_active from campaign_activate('{id}')")), "t");
    assert_eq!(db.show("select is_active from campaigns"), "t");
}

#[test]
fn cycles_are_refused() {
    let db = Database::shop();
    let [root, one, two, leaf] = tree(&db);
    let put = |id: &str, parent: &str| {
        db.attempt(&format!("select campaign_update('{id}', '{{\"parent_campaign_id\": \"{parent}\"}}')"))
    };
    for (id, parent) in [(&root, &root), (&root, &one), (&root, &leaf), (&one, &leaf), (&leaf, &leaf)] {
        assert_eq!(put(id, parent).unwrap_err().sqlstate, "22023");
    }
    put(&one, &two).unwrap();
    assert_eq!(put(&two, &leaf).unwrap_err().sqlstate, "22023");
    put(&leaf, &root).unwrap();
    put(&two, &leaf).unwrap();
    db.run(&format!("select campaign_update('{leaf}', '{{\"parent_campaign_id\": null}}')"));
    assert_eq!(
        db.show(
            "select c.name, p.name from campaigns c left join campaigns p on p.id = c.parent_campaign_id order by 1"
        ),
        "leaf|null\none|two\nroot|null\ntwo|leaf"
    );
}

#[test]
fn deletion_takes_the_tree_and_what_it_recorded() {
    let db = Database::shop();
    let [root, one, two, _] = tree(&db);
    let other = db.campaign("other");
    db.run("insert into customers select from generate_series(1, 2)");
    for (code, session) in [("leaf", "s"), ("one", "s"), ("two", "t"), ("other", "u")] {
        db.click(code, session, "2024-06-01 10:00Z");
    }
    db.run(
        "insert into orders (customer_id, session_id, created_at) values
           (1, 's', '2024-06-02 10:00Z'), (2, 'u', '2024-06-02 10:00Z')",
    );
    assert_eq!(db.credit("1"), "one");
    // Children and their visits alone do not stand in the way.
    assert_eq!(db.show(&format!("select * from campaign_delete('{two}')")), "1|1|0");
    for id in [&root, &one] {
        db.refuses(
            "55000",
            "the campaign or its children have 1 conversions",
            &format!("select campaign_delete('{id}')"),
        );
        db.refuses("22023", "force must be true or false", &format!("select campaign_delete('{id}', null)"));
    }
    assert_eq!(db.show("select count(*) from campaigns"), "4");
    assert_eq!(db.show(&format!("select * from campaign_delete('{root}', force => true)")), "3|2|1");
    assert_eq!(db.show("select id from campaigns"), other);
    assert_eq!(db.show("select session_id from campaign_visits"), "u");
    assert_eq!(db.show("select order_id from campaign_conversions"), "2");
    // The shop's rows stay, and name no campaign that is gone.
    assert_eq!(
        db.show("select id, campaign_id is not distinct from null, total from orders order by 1"),
        "1|t|100\n2|f|100"
    );
    assert_eq!(
        db.show(&format!(
            "select id, acquisition_campaign_id is not distinct from '{other}' from customers order by 1"
        )),
        "1|f\n2|t"
    );
    // The order may find its way to a campaign again.
    db.campaign("one");
    assert_eq!(db.show("select count(*) from campaign_attribution_failures"), "0");
}

#[test]
fn lists_are_filtered_and_paged() {
    let db = Database::shop();
    let [root, one, ..] = tree(&db);
    db.run(
        "select campaign_create('Hats 100% off', 'tiktok', 'video', description => 'Straw and felt', tracking_code => 'HATS', is_active => false);
         select campaign_create('Caps_new', 'tiktok', 'ad', tracking_code => 'CAPS')",
    );
    let list = |arguments: &str| {
        db.show(&format!("select coalesce(string_agg(name, ', '), '') from campaign_list({arguments})"))
    };
    let count = |arguments: &str| db.show(&format!("select campaign_count({arguments})"));
    for (filter, names) in [
        ("", "Caps_new, Hats 100% off, leaf, two, one, root"),
        ("platform => 'tiktok'", "Caps_new, Hats 100% off"),
        ("platform => 'facebook'", ""),
        ("campaign_type => 'video'", "Hats 100% off"),
        ("is_active => false", "Hats 100% off"),
        ("is_active => true", "Caps_new, leaf, two, one, root"),
        (&format!("parent_campaign_id => '{root}'"), "two, one"),
        (&format!("parent_campaign_id => '{one}'"), "leaf"),
        ("search => 'HAT'", "Hats 100% off"),
        ("search => ' felt '", "Hats 100% off"),
        ("search => 'caps'", "Caps_new"),
        ("search => '%'", "Hats 100% off"),
        ("search => '_'", "Caps_new"),
        ("search => 'o'", "Hats 100% off, two, one, root"),
        ("platform => 'tiktok', campaign_type => 'ad', is_active => true, search => 'new'", "Caps_new"),
    ] {
        assert_eq!(list(filter), names, "{filter}");
        let expected = if names.is_empty() { 0 } else { names.split(", ").count() };
        assert_eq!(count(filter), expected.to_string(), "{filter}");
    }
    assert_eq!(list("page_size => 4"), "Caps_new, Hats 100% off, leaf, two");
    assert_eq!(list("page => 2, page_size => 4"), "one, root");
    assert_eq!(list("page => 3, page_size => 4"), "");
    assert_eq!(list("page => 2147483647, page_size => 1000"), "");
    for paging in
        ["page => 0", "page => -1", "page => null", "page_size => 0", "page_size => 1001", "page_size => null"]
    {
        db.refuses("22023", "page", &format!("select campaign_list({paging})"));
    }
    for (filter, known) in [("platform", "instagram, facebook, tiktok"), ("campaign_type", "post, reel, story")] {
        for function in ["campaign_list", "campaign_count"] {
            let words = format!("unknown {filter} 'myspace': expected {known}");
            db.refuses("22023", &words, &format!("select {function}({filter} => 'myspace')"));
        }
    }
    assert_eq!(db.show(&format!("select string_agg(name, ', ') from campaign_children('{root}')")), "one, two");
    assert_eq!(db.show(&format!("select child_count from campaign_get('{root}')")), "2");
}

#[test]
fn tracking_urls_keep_what_was_there() {
    let db = Database::shop();
    let id = db.campaign("CODE");
    let url = || db.show(&format!("select campaign_tracking_url('{id}')"));
    assert_eq!(url(), "null");
    for (base, expected) in [
        ("https://yourstore.com", "https://yourstore.com?utm_campaign=CODE"),
        ("https://yourstore.com/", "https://yourstore.com/?utm_campaign=CODE"),
        ("https://yourstore.com/a?b=1#c", "https://yourstore.com/a?b=1&utm_campaign=CODE#c"),
        ("https://yourstore.com?utm_campaign=OLD&utm_source=x", "https://yourstore.com?utm_campaign=CODE&utm_source=x"),
        ("https://yourstore.com/#/spa?x=1", "https://yourstore.com/?utm_campaign=CODE#/spa?x=1"),
    ] {
        db.run(&format!("set campaign.store_url = '{base}'"));
        assert_eq!(url(), expected);
    }
    db.run(&format!("select campaign_update('{id}', '{{\"landing_url\": \"https://landing.example/x?y=1\"}}')"));
    assert_eq!(url(), "https://landing.example/x?y=1&utm_campaign=CODE");
    assert_eq!(db.show("select tracking_url from campaign_list()"), url());
}

#[test]
fn a_store_url_that_is_none_is_told_when_it_is_needed() {
    let db = Database::shop();
    db.run("set campaign.store_url = 'yourstore'");
    db.refuses("22023", "yourstore", "select campaign_create('a', 'other', 'post')");
    assert_eq!(db.show("select count(*) from campaigns"), "0");
    db.run("reset campaign.store_url");
    assert_eq!(create(&db, "'a', 'other', 'post'"), "A_01");
}
