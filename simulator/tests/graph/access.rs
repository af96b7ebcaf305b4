//! Tokens, rights and what every answer has.

use serde_json::{Value, json};

use crate::client::{Graph, MAILBOX, Reply, contacts, token, user};

/// Graph reference 1.1, 12 and 14: 401 `InvalidAuthenticationToken` for a token that is missing, unknown, for something else, or
/// over; a password is none.
#[test]
fn only_a_good_token_is_let_in() {
    let graph = Graph::start();
    let with = |authorization: &str| {
        let answer = graph
            .sim
            .http("GET", &format!("/v1.0{}", contacts("")), authorization, "");
        Reply::from(answer.unwrap())
    };
    assert_eq!(with(&graph.authorization()).status, 200);
    let foreign = token(&graph.sim, "https://outlook.office365.com/.default");
    for authorization in [
        String::new(),
        "Authorization: Bearer nonsense\r\n".to_owned(),
        // svc:secret
        "Authorization: Basic c3ZjOnNlY3JldA==\r\n".to_owned(),
        format!("Authorization: Bearer {foreign}\r\n"),
    ] {
        let answer = with(&authorization);
        assert_eq!(
            (answer.status, answer.code()),
            (401, "InvalidAuthenticationToken"),
            "{authorization}"
        );
        assert!(
            answer
                .header("WWW-Authenticate")
                .unwrap()
                .starts_with("Bearer ")
        );
    }
    let own = token(&graph.sim, "http://sim/.default");
    assert_eq!(
        with(&format!("Authorization: Bearer {own}\r\n")).status,
        200
    );
    graph.sim.door("POST", "oauth", &json!({ "expire": true }));
    let answer = with(&graph.authorization());
    assert_eq!(answer.status, 401);
    assert!(answer.body.contains("expired"), "{}", answer.body);
}

/// Graph reference 1 and 12: request-id, client-request-id and Date in the head, the ids in the error too.
#[test]
fn answers_name_the_request() {
    let graph = Graph::start();
    let own = "client-request-id: 11111111-2222-3333-4444-555555555555\r\n";
    let good = graph.get_with(&contacts(""), own);
    assert_eq!(
        good.header("client-request-id"),
        Some("11111111-2222-3333-4444-555555555555")
    );
    assert!(good.header("Date").unwrap().ends_with("GMT"));
    assert!(
        good.header("Content-Type")
            .unwrap()
            .starts_with("application/json;odata.metadata=minimal")
    );
    let bad = graph.get_with(&contacts("/nonsense"), own);
    assert_eq!((bad.status, bad.code()), (400, "ErrorInvalidIdMalformed"));
    let inner = &bad.json["error"]["innerError"];
    assert_eq!(inner["request-id"].as_str(), bad.header("request-id"));
    assert_eq!(
        inner["client-request-id"],
        "11111111-2222-3333-4444-555555555555"
    );
    assert_ne!(good.header("request-id"), bad.header("request-id"));
    graph.modes(&json!({ "graphLowerInnerError": true }));
    let bad = graph.get(&contacts("/nonsense"));
    assert!(
        bad.json["error"]["innererror"]["date"].is_string(),
        "{}",
        bad.body
    );
}

/// Graph reference 1.2 and 12: mailboxes outside of the application's rights, unknown ones, `/me` of an application.
#[test]
fn a_mailbox_has_to_exist_and_to_be_allowed() {
    let graph = Graph::start();
    graph.modes(&json!({ "graphDenied": ["b@example.com"] }));
    let denied = graph.get("/users/b%40example.com/contacts");
    assert_eq!((denied.status, denied.code()), (403, "ErrorAccessDenied"));
    assert_eq!(graph.get(&user("/contacts")).status, 200);
    let unknown = graph.get("/users/nobody%40example.com/contacts");
    assert_eq!(
        (unknown.status, unknown.code()),
        (404, "Request_ResourceNotFound")
    );
    assert_eq!(graph.get("/me/contacts").status, 400);
    assert_eq!(graph.send("PUT", &contacts(""), "", &json!({})).status, 405);
    assert_eq!(graph.get("/nonsense").status, 400);
}

/// Graph reference 2: `/me` is the owner of a delegated token.
#[test]
fn me_is_the_owner_of_the_token() {
    let graph = Graph::start();
    let person = json!({ "grant": "persons-token", "mailbox": MAILBOX });
    graph.sim.door("POST", "oauth", &person);
    graph.create(&json!({ "surname": "x" }));
    let headers = "Authorization: Bearer persons-token\r\n";
    let answer = graph.sim.http("GET", "/v1.0/me/contacts", headers, "");
    let answer = Reply::from(answer.unwrap());
    assert_eq!(answer.each("surname"), [json!("x")]);
}

/// Requests are counted by operation; a batch is one, its parts stand apart.
#[test]
fn requests_are_counted() {
    let graph = Graph::start();
    let id = graph.create(&json!({})).text("id");
    graph.get(&contacts(""));
    graph.get(&contacts("/delta"));
    graph.batch(&json!([{ "id": "1", "method": "GET", "url": user(&format!("/contacts/{id}")) }]));
    let stats = graph.stats();
    let expected = json!({
        "GraphCreateContact": 1, "GraphListContacts": 1, "GraphDelta": 1, "GraphBatch": 1,
    });
    assert_eq!(stats["requests"], expected);
    assert_eq!(stats["parts"], json!({ "GraphGetContact": 1 }));
    assert_eq!(stats["writes"], 1);
    assert_eq!(stats["atOnce"][MAILBOX], 1);
    graph.sim.door("POST", "stats/reset", &Value::Null);
    assert_eq!(graph.stats()["parts"], json!({}));
}

/// Traffic is kept in files, without the token, and answers are compressed where both sides want it.
#[test]
fn traffic_is_recorded_and_compressed() {
    let directory = std::path::PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("graph-traffic");
    let _ = std::fs::remove_dir_all(&directory);
    let graph = Graph::with(&["--gzip", "--record", directory.to_str().unwrap()]);
    graph.create(&json!({ "surname": "Muster" }));
    let packed = graph.get_with(&contacts(""), "Accept-Encoding: gzip\r\n");
    assert_eq!(packed.header("Content-Encoding"), Some("gzip"));
    assert_eq!(graph.get(&contacts("")).header("Content-Encoding"), None);
    let read = |name: &str| std::fs::read_to_string(directory.join(name)).unwrap();
    let request = read("000001-GraphCreateContact-request.txt");
    assert!(
        request.starts_with(&format!("POST /v1.0{}\n\n{{", contacts(""))),
        "{request}"
    );
    assert!(read("000001-GraphCreateContact-response.txt").starts_with("201\n\n{"));
    assert!(read("000002-GraphListContacts-response.txt").contains("\"surname\":\"Muster\""));
    assert!(!request.contains("Bearer"), "{request}");
}
