//! Limits, and faults that a test plants.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::client::{Graph, contacts, user};

/// Graph reference 11: a wait in whole seconds, in fractions, as a date, or none.
#[test]
fn waits_have_several_forms() {
    let graph = Graph::start();
    let forms = [
        Some("5"),
        Some("2.128"),
        Some("Fri, 27 Nov 2026 10:00:00 GMT"),
        None,
    ];
    for wait in forms {
        graph.sim.plant(&json!({ "operation": "GraphListContacts", "kind": "graph_error", "status": 429,
                                 "code": "TooManyRequests", "message": "Too many.", "retryAfter": wait }));
        let answer = graph.get(&contacts(""));
        assert_eq!((answer.status, answer.code()), (429, "TooManyRequests"));
        assert_eq!(answer.header("Retry-After"), wait);
        assert!(answer.json["error"]["innerError"]["request-id"].is_string());
        assert_eq!(graph.get(&contacts("")).status, 200);
    }
    for bad in [
        json!({ "kind": "graph_error", "status": 429 }),
        json!({ "kind": "graph_error", "code": "x" }),
    ] {
        let refused = graph.sim.http("POST", "/_sim/faults", "", &bad.to_string());
        assert_eq!(refused.unwrap().status, 400);
    }
}

/// Graph reference 11: a penalty holds the mailbox, not the others.
#[test]
fn a_penalty_is_for_one_mailbox() {
    let graph = Graph::start();
    graph.sim.plant(&json!({ "operation": "GraphListContacts", "kind": "graph_error", "status": 429, "code": "TooManyRequests",
                             "retryAfter": "60", "penalty": 60_000 }));
    assert_eq!(graph.get(&contacts("")).status, 429);
    assert_eq!(graph.get(&user("/contactFolders")).status, 429);
    assert_eq!(graph.get("/users/b%40example.com/contacts").status, 200);
    assert_eq!(graph.stats()["refused"], 1);
    graph.sim.door("DELETE", "faults", &serde_json::Value::Null);
    assert_eq!(graph.get(&contacts("")).status, 200);
}

/// The faults of EWS: before and after the effect, in the middle, a delay, offline; and only for requests with a certain text.
#[test]
fn connections_are_cut() {
    let graph = Graph::start();
    let plant = |kind: &str, operation: &str| {
        let fault = json!({ "operation": operation, "kind": kind, "ms": 200, "containing": "/users/a@example.com/" });
        graph.sim.plant(&fault);
    };
    let create = || {
        let kind = "Content-Type: application/json\r\n";
        graph.attempt("POST", &contacts(""), kind, "{\"surname\":\"x\"}")
    };
    let count = || graph.sim.door("GET", "items", &serde_json::Value::Null)["total"].clone();
    for (kind, total) in [("cut_before", 0), ("cut_after", 1), ("cut_middle", 2)] {
        plant(kind, "GraphCreateContact");
        assert!(create().is_err(), "{kind}");
        assert_eq!(count(), total, "{kind}");
    }
    plant("delay_ms", "GraphCreateContact");
    let begun = Instant::now();
    assert_eq!(create().unwrap().status, 201);
    assert!(begun.elapsed() >= Duration::from_millis(200));
    plant("cut_before", "GraphListContacts");
    assert_eq!(graph.get("/users/b%40example.com/contacts").status, 200);
    assert!(graph.attempt("GET", &contacts(""), "", "").is_err());
    plant("cut_after", "GraphCreateContact");
    let part = json!({ "id": "1", "method": "POST", "url": contacts(""), "headers": { "Content-Type": "application/json" },
                       "body": { "surname": "y" } });
    let body = json!({ "requests": [part] }).to_string();
    assert!(
        graph
            .attempt(
                "POST",
                "/$batch",
                "Content-Type: application/json\r\n",
                &body
            )
            .is_err()
    );
    assert_eq!(count(), 4);
    graph
        .sim
        .door("POST", "offline", &json!({ "offline": true }));
    assert!(create().is_err());
    graph
        .sim
        .door("POST", "offline", &json!({ "offline": false }));
    assert_eq!(create().unwrap().status, 201);
}

/// Graph reference 11 and 14: more than 4 at once for one mailbox are throttled; a batch takes as many places as it has parts, 4 at
/// most, and what finds none is throttled alone.
#[test]
fn requests_at_once_are_limited() {
    let graph = Graph::start();
    graph.modes(&json!({ "graphAtOnce": 4 }));
    graph.sim.plant(
        &json!({ "operation": "GraphListFolders", "kind": "delay_ms", "ms": 1500, "times": 3 }),
    );
    std::thread::scope(|scope| {
        let slow: Vec<_> = (0..3)
            .map(|_| scope.spawn(|| graph.get(&user("/contactFolders")).status))
            .collect();
        let begun = Instant::now();
        while graph.stats()["atOnce"]["a@example.com"] != 3 {
            assert!(
                begun.elapsed() < Duration::from_secs(1),
                "the three are under way"
            );
        }
        assert_eq!(graph.get(&contacts("")).status, 200);
        let list = |id: &str| json!({ "id": id, "method": "GET", "url": contacts("") });
        let parts = graph.batch(&json!([list("1"), list("2"), list("3")]));
        let states: Vec<u64> = parts
            .iter()
            .map(|part| part["status"].as_u64().unwrap())
            .collect();
        assert_eq!(states, [429, 429, 200]);
        assert_eq!(parts[0]["body"]["error"]["code"], "ApplicationThrottled");
        assert!(
            parts[0]["body"]["error"]["message"]
                .as_str()
                .unwrap()
                .contains("MailboxConcurrency")
        );
        for status in slow {
            assert_eq!(status.join().unwrap(), 200);
        }
    });
    graph.modes(&json!({ "graphAtOnce": 0 }));
    assert_eq!(graph.get(&contacts("")).status, 200);
}
