//! The contract of the HTTP interface: every answer to a test is held against what `/openapi.json` says of it.

use std::collections::HashMap;
use std::sync::{Mutex, OnceLock, PoisonError};

use jsonschema::Validator;
use serde_json::{Map, Value};

use crate::shim::Reply;

/// The document, as the shim serves it.
pub fn document() -> &'static Value {
    static DOCUMENT: OnceLock<Value> = OnceLock::new();
    DOCUMENT.get_or_init(|| {
        serde_json::from_str(include_str!("../../shim/docs/openapi.json")).expect("the document is JSON")
    })
}

/// Fails unless the document says that this request may be answered so: its status, its media type, its headers and,
/// to the last field, its JSON. Addresses and methods that the document does not know must be told so.
#[track_caller]
pub fn check(method: &str, address: &str, reply: &Reply) {
    let path = address.split('?').next().unwrap_or(address);
    let request = format!("{method} {path}");
    let Some((template, operations)) = operations(path) else {
        // Pages and their files, the example shop's among them, are no part of the contract.
        if is_json(reply) && !path.starts_with("/shop/") {
            assert!(reply.status >= 400, "{request} is answered, but not in the document");
            expect_error(&request, reply);
        }
        return;
    };
    // HEAD is GET without a body.
    let name = if method == "HEAD" { "get".to_owned() } else { method.to_lowercase() };
    let Some(operation) = operations.get(&name) else {
        match method {
            "OPTIONS" => assert!([200, 204].contains(&reply.status), "{request}: {}", reply.status),
            _ => {
                assert!([401, 403, 405].contains(&reply.status), "{request}: {} {}", reply.status, reply.text);
                expect_error(&request, reply);
            }
        }
        return;
    };
    let told = format!("{request}: {} {}", reply.status, reply.text);
    let response = resolved(&operation["responses"][reply.status.to_string()]);
    assert!(response.is_object(), "the status is not in the document: {told}");
    for header in response["headers"].as_object().into_iter().flat_map(Map::keys) {
        let optional = resolved(&response["headers"][header])["required"] != true;
        assert!(optional || !reply.header(&header.to_lowercase()).is_empty(), "without the header {header}: {told}");
    }
    let Some(content) = response["content"].as_object() else {
        return;
    };
    let media_type = media_type(reply);
    let Some(of_type) = content.get(media_type) else {
        panic!("the media type {media_type:?} is not in the document: {told}");
    };
    if media_type == "application/json" && method != "HEAD" {
        expect_schema(&format!("{name} {template} {}", reply.status), &of_type["schema"], &reply.json, &told);
    }
}

/// What is wrong with a value by a schema of the document.
pub fn errors(schema: &Value, value: &Value) -> Vec<String> {
    tell(&validator(schema), value)
}

fn expect_error(request: &str, reply: &Reply) {
    let schema = &document()["components"]["schemas"]["Error"];
    expect_schema("error", schema, &reply.json, &format!("{request}: {} {}", reply.status, reply.text));
}

/// `key` names the schema, which is compiled once.
fn expect_schema(key: &str, schema: &Value, value: &Value, told: &str) {
    static COMPILED: Mutex<Option<HashMap<String, &'static Validator>>> = Mutex::new(None);
    let mut compiled = COMPILED.lock().unwrap_or_else(PoisonError::into_inner);
    let known = compiled.get_or_insert_default();
    let validator = *known.entry(key.to_owned()).or_insert_with(|| Box::leak(Box::new(validator(schema))));
    drop(compiled);
    let errors = tell(validator, value);
    assert!(errors.is_empty(), "not as the document says:\n{}\n{told}", errors.join("\n"));
}

fn tell(validator: &Validator, value: &Value) -> Vec<String> {
    validator.iter_errors(value).map(|error| format!("{}: {error}", error.instance_path())).collect()
}

fn validator(schema: &Value) -> Validator {
    // References lead from the root.
    let mut root = schema.as_object().cloned().unwrap_or_default();
    root.insert("components".to_owned(), document()["components"].clone());
    jsonschema::draft202012::options()
        .should_validate_formats(true)
        .build(&Value::Object(root))
        .unwrap_or_else(|error| panic!("a schema of the document is none: {error}"))
}

/// The path of the document that stands for an address, and its operations; one without parameters goes before.
fn operations(path: &str) -> Option<(&'static str, &'static Map<String, Value>)> {
    let paths = document()["paths"].as_object()?;
    let is_alike = |template: &str| {
        let (mut own, mut given) = (template.split('/'), path.split('/'));
        loop {
            match (own.next(), given.next()) {
                (None, None) => return true,
                (Some(own), Some(given)) if own == given || (own.starts_with('{') && !given.is_empty()) => {}
                _ => return false,
            }
        }
    };
    let (template, operations) =
        paths.get_key_value(path).or_else(|| paths.iter().find(|(template, _)| is_alike(template)))?;
    Some((template, operations.as_object()?))
}

fn resolved(value: &'static Value) -> &'static Value {
    match value["$ref"].as_str().and_then(|reference| reference.strip_prefix('#')) {
        Some(pointer) => document().pointer(pointer).unwrap_or_else(|| panic!("nothing is at {pointer}")),
        None => value,
    }
}

fn media_type(reply: &Reply) -> &str {
    reply.header("content-type").split(';').next().unwrap_or_default().trim()
}

fn is_json(reply: &Reply) -> bool {
    media_type(reply) == "application/json"
}
