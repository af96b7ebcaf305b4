//! The three forms of an item's id.

use serde_json::{Value, json};

use crate::client::{Graph, IMMUTABLE, contact, contacts, user};

fn translate(graph: &Graph, from: &str, to: &str, ids: &[&str]) -> Vec<Value> {
    let body = json!({ "inputIds": ids, "sourceIdType": from, "targetIdType": to });
    let answer = graph.send("POST", &user("/translateExchangeIds"), "", &body);
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(answer.each("sourceId"), ids);
    answer.json["value"].as_array().unwrap().clone()
}

/// Graph reference 7: a move makes another ordinary id and leaves the immutable one; either is taken.
#[test]
fn immutable_ids_survive_moves() {
    let graph = Graph::start();
    let (ews, _) = graph.sim.outlook_contact(&json!({ "Surname": "x" }));
    let ordinary = graph.get(&contacts("")).each("id")[0].clone();
    let fixed = graph.get_with(&contacts(""), IMMUTABLE).each("id")[0].clone();
    let (ordinary, fixed) = (ordinary.as_str().unwrap(), fixed.as_str().unwrap());
    assert!(
        fixed.len() < ordinary.len() && fixed[..4] != ordinary[..4],
        "{fixed} {ordinary}"
    );
    let applied = graph.get_with(&contact(fixed), IMMUTABLE);
    assert_eq!(
        applied.header("Preference-Applied"),
        Some("IdType=\"ImmutableId\"")
    );
    assert_eq!(applied.text("id"), fixed);
    assert_eq!(graph.get(&contact(fixed)).text("id"), ordinary);
    graph
        .sim
        .door("POST", "folders", &json!({ "path": "contacts/Other" }));
    graph.sim.door(
        "POST",
        "items/move",
        &json!({ "id": ews, "folder": "contacts/Other" }),
    );
    assert_eq!(graph.get(&contact(ordinary)).status, 404);
    let moved = graph.get(&contact(fixed));
    assert_eq!((moved.status, moved.text("surname").as_str()), (200, "x"));
    assert_ne!(moved.text("id"), ordinary);
    let other = contact(fixed).replace("a%40", "b%40");
    assert_eq!(graph.get(&other).status, 404);
}

/// Graph reference 7: translation between all kinds, and what cannot be translated at its entry.
#[test]
fn ids_are_translated() {
    let graph = Graph::start();
    let (ews, _) = graph.sim.outlook_contact(&json!({ "Surname": "x" }));
    let fixed = graph.get_with(&contacts(""), IMMUTABLE).each("id")[0].clone();
    let kinds = [
        "ewsId",
        "restId",
        "entryId",
        "immutableEntryId",
        "restImmutableEntryId",
    ];
    for kind in kinds {
        let there = translate(&graph, "ewsId", kind, &[&ews])[0]["targetId"].clone();
        let there = there.as_str().unwrap();
        assert!(kind == "ewsId" || !there.contains(['+', '/']), "{there}");
        let back = translate(&graph, kind, "restImmutableEntryId", &[there]);
        assert_eq!(back[0]["targetId"], fixed, "{kind}");
    }
    let mixed = translate(&graph, "ewsId", "restId", &["nonsense", &ews]);
    assert_eq!(mixed[0]["errorDetails"]["code"], "ErrorInvalidIdMalformed");
    assert_eq!(mixed[0]["targetId"], Value::Null);
    assert!(mixed[1]["targetId"].is_string() && mixed[1]["errorDetails"].is_null());
    graph.sim.door(
        "POST",
        "items/delete",
        &json!({ "id": ews, "type": "HardDelete" }),
    );
    let gone = translate(&graph, "ewsId", "restId", &[&ews]);
    assert_eq!(gone[0]["errorDetails"]["code"], "ErrorItemNotFound");
    // Microsoft's own client writes the names with a capital letter.
    let body = json!({ "InputIds": [ews], "SourceIdType": "ewsId", "TargetIdType": "restId" });
    let answer = graph.send("POST", &user("/translateExchangeIds"), "", &body);
    assert_eq!(answer.status, 200);
    let many = vec!["x"; 1001];
    for body in [
        json!({ "inputIds": many, "sourceIdType": "ewsId", "targetIdType": "restId" }),
        json!({ "inputIds": ["x"], "sourceIdType": "ewsId", "targetIdType": "guid" }),
        json!({ "sourceIdType": "ewsId", "targetIdType": "restId" }),
    ] {
        assert_eq!(
            graph
                .send("POST", &user("/translateExchangeIds"), "", &body)
                .status,
            400
        );
    }
}

/// Graph reference 7: ids are case-sensitive; here neighbours differ in the case of one letter only.
#[test]
fn neighbours_differ_in_case_only() {
    let graph = Graph::start();
    graph.sim.door("POST", "seed", &json!({ "count": 2 }));
    for headers in ["", IMMUTABLE] {
        let ids = graph.get_with(&contacts(""), headers).each("id");
        let (one, two) = (ids[0].as_str().unwrap(), ids[1].as_str().unwrap());
        assert!(one != two && one.eq_ignore_ascii_case(two), "{one} {two}");
        assert_eq!(graph.get_with(&contact(two), headers).text("id"), two);
    }
}
