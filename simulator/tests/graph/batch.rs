//! Several requests in one.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use serde_json::{Value, json};

use crate::client::{Graph, IMMUTABLE, PICTURE, contact, contacts};

fn get(id: &str, url: &str) -> Value {
    json!({ "id": id, "method": "GET", "url": url })
}

/// Graph reference 10: answers in another order than the requests, each with its own status, head and body.
#[test]
fn parts_are_answered_singly() {
    let graph = Graph::start();
    let made = graph.create(&json!({ "surname": "x" }));
    let url = contact(&made.text("id"));
    let json_type = json!({ "Content-Type": "application/json" });
    let requests = json!([
        get("1", &format!("{url}?$select=changeKey")),
        { "id": "2", "method": "PATCH", "url": url, "headers": { "Content-Type": "application/json", "If-Match": "W/\"EQAAAA==\"" },
          "body": { "surname": "y" } },
        { "id": "3", "method": "POST", "url": contacts(""), "headers": json_type, "body": { "surname": "z" } },
        get("4", &contact("nonsense")),
        { "id": "5", "method": "GET", "url": url, "headers": { "Prefer": "IdType=\"ImmutableId\"" } },
        { "id": "6", "method": "DELETE", "url": url },
    ]);
    let whole = graph.send("POST", "/$batch", "", &json!({ "requests": requests }));
    let order: Vec<&str> = whole.json["responses"]
        .as_array()
        .unwrap()
        .iter()
        .map(|part| part["id"].as_str().unwrap())
        .collect();
    assert_ne!(order, ["1", "2", "3", "4", "5", "6"]);
    let part = |id: &str| {
        whole.json["responses"]
            .as_array()
            .unwrap()
            .iter()
            .find(|part| part["id"] == id)
            .unwrap()
            .clone()
    };
    assert_eq!(part("1")["body"]["changeKey"], made.json["changeKey"]);
    assert_eq!(part("1")["headers"]["ETag"], made.json["@odata.etag"]);
    assert_eq!(part("2")["status"], 400);
    assert_eq!(part("2")["body"]["error"]["code"], "ErrorInvalidChangeKey");
    assert_eq!(
        (
            part("3")["status"].clone(),
            part("3")["body"]["surname"].clone()
        ),
        (json!(201), json!("z"))
    );
    assert_eq!(
        part("4")["body"]["error"]["code"],
        "ErrorInvalidIdMalformed"
    );
    assert_eq!(part("5")["body"]["id"].as_str().unwrap().len(), 72);
    assert_eq!(
        (part("6")["status"].clone(), part("6")["body"].clone()),
        (json!(204), Value::Null)
    );
    let whole = graph.batch(&json!([
        get("1", &format!("http://sim/v1.0{}", contacts(""))),
        get("2", &format!("http://other/v1.0{}", contacts(""))),
    ]));
    assert_eq!(whole[0]["status"], 200);
    assert_eq!(whole[1]["status"], 400);
    let fixed = graph.get_with(&contacts(""), IMMUTABLE).each("surname");
    assert_eq!(fixed, [json!("z")]);
}

/// Graph reference 10: a part whose dependency failed is 424, and so is what depends on it.
#[test]
fn dependencies_fail_together() {
    let graph = Graph::start();
    let after = |id: &str, on: &str| json!({ "id": id, "method": "GET", "url": contacts(""), "dependsOn": [on] });
    let parts = graph.batch(&json!([
        get("1", &contact("nonsense")),
        after("2", "1"),
        after("3", "2"),
        get("4", &contacts("")),
        after("5", "4"),
    ]));
    let states: Vec<u64> = parts
        .iter()
        .map(|part| part["status"].as_u64().unwrap())
        .collect();
    assert_eq!(states, [400, 424, 424, 200, 200]);
}

/// Graph reference 10: more than 20, none, a wrong form, the same id twice, an unknown dependency are 400 as a whole.
#[test]
fn a_malformed_batch_is_refused() {
    let graph = Graph::start();
    let many: Vec<Value> = (0..21)
        .map(|id| get(&id.to_string(), &contacts("")))
        .collect();
    assert_eq!(graph.batch(&json!(many[..20])).len(), 20);
    for requests in [
        json!(many),
        json!([]),
        json!("x"),
        json!([get("1", &contacts("")), get("1", &contacts(""))]),
        json!([{ "id": "1", "method": "GET", "url": contacts(""), "dependsOn": ["7"] }]),
        json!([{ "id": "1", "url": contacts("") }]),
    ] {
        let refused = graph.send("POST", "/$batch", "", &json!({ "requests": requests }));
        assert_eq!(refused.status, 400, "{requests}");
    }
    let parts = graph.batch(&json!([
        get("1", "/$batch"),
        { "id": "2", "method": "POST", "url": contacts(""), "body": { "surname": "x" } },
    ]));
    assert_eq!(
        (parts[0]["status"].clone(), parts[1]["status"].clone()),
        (json!(400), json!(400))
    );
    assert_eq!(graph.get(&contacts("")).each("id").len(), 0);
}

/// Graph reference 10 and 11: a part may be throttled alone, with a wait of its own.
#[test]
fn a_part_is_throttled_alone() {
    let graph = Graph::start();
    graph.sim.plant(&json!({ "operation": "GraphGetContact", "kind": "graph_error", "status": 429, "code": "TooManyRequests",
                             "retryAfter": "2.128", "skip": 1 }));
    let made = graph.create(&json!({}));
    let url = contact(&made.text("id"));
    let parts = graph.batch(&json!([get("1", &url), get("2", &url), get("3", &url)]));
    let states: Vec<u64> = parts
        .iter()
        .map(|part| part["status"].as_u64().unwrap())
        .collect();
    assert_eq!(states, [200, 429, 200]);
    assert_eq!(parts[1]["headers"]["Retry-After"], "2.128");
    assert_eq!(parts[1]["body"]["error"]["code"], "TooManyRequests");
    graph.sim.plant(&json!({ "operation": "GraphBatch", "kind": "graph_error", "status": 503, "code": "serviceNotAvailable" }));
    let whole = graph.send(
        "POST",
        "/$batch",
        "",
        &json!({ "requests": [get("1", &url)] }),
    );
    assert_eq!(whole.status, 503);
}

/// Graph reference 9 and 10: bytes are base64 in a batch, of either alphabet.
#[test]
fn photos_are_base64() {
    let graph = Graph::start();
    let url = contact(&graph.create(&json!({})).text("id"));
    for engine in [STANDARD.encode(PICTURE), URL_SAFE.encode(PICTURE)] {
        let parts = graph.batch(&json!([
            { "id": "1", "method": "PUT", "url": format!("{url}/photo/$value"), "headers": { "Content-Type": "image/jpeg" },
              "body": engine },
            get("2", &format!("{url}/photo/$value")),
        ]));
        assert_eq!(parts[0]["status"], 200);
        assert_eq!(parts[1]["body"], STANDARD.encode(PICTURE));
        assert_eq!(parts[1]["headers"]["Content-Type"], "image/jpeg");
    }
}
