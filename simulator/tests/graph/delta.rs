//! Changes of a folder's contacts.

use serde_json::{Value, json};

use crate::client::{Graph, IMMUTABLE, Reply, contact, contacts};

/// Pages until the deltaLink: all entries, and that link.
fn pages(graph: &Graph, first: Reply, headers: &str) -> (Vec<Value>, Value) {
    let (mut page, mut all) = (first, Vec::new());
    loop {
        assert_eq!(page.status, 200, "{}", page.body);
        all.extend(page.json["value"].as_array().unwrap().clone());
        if page.json["@odata.deltaLink"].is_string() {
            return (all, page.json["@odata.deltaLink"].clone());
        }
        page = graph.follow(&page.json["@odata.nextLink"], headers);
    }
}

fn start(graph: &Graph, query: &str, headers: &str) -> (Vec<Value>, Value) {
    let first = graph.get_with(&contacts(&format!("/delta{query}")), headers);
    pages(graph, first, headers)
}

fn since(graph: &Graph, link: &Value, headers: &str) -> (Vec<Value>, Value) {
    pages(graph, graph.follow(link, headers), headers)
}

fn id(entry: &Value) -> &str {
    entry["id"].as_str().unwrap()
}

/// Graph reference 5: pages of the wished size, the selection sealed into the links, own writes and those of others, deletions; a
/// link that is read twice gives the same.
#[test]
fn changes_come_in_pages() {
    let graph = Graph::start();
    graph.sim.door("POST", "seed", &json!({ "count": 5 }));
    let size = "Prefer: odata.maxpagesize=2\r\n";
    let first = graph.get_with(&contacts("/delta?$select=surname"), size);
    assert_eq!(first.each("id").len(), 2);
    let entry = &first.json["value"][0];
    assert_eq!(entry["@odata.type"], "#microsoft.graph.contact");
    assert!(entry["surname"].is_string() && entry["@odata.etag"].is_string());
    assert_eq!(entry["givenName"], Value::Null);
    let (all, link) = pages(&graph, first, size);
    assert_eq!(all.len(), 5);
    assert_eq!(since(&graph, &link, "").0.len(), 0);

    let own = graph.create(&json!({ "surname": "own" }));
    let patched = id(&all[0]);
    graph.send(
        "PATCH",
        &contact(patched),
        "",
        &json!({ "surname": "patched" }),
    );
    graph.delete(&contact(id(&all[1])), "");
    let (changes, next) = since(&graph, &link, "");
    assert_eq!(changes.len(), 3);
    let of = |id: &str| changes.iter().find(|entry| entry["id"] == id).unwrap();
    assert_eq!(of(&own.text("id"))["@odata.etag"], own.json["@odata.etag"]);
    assert_eq!(of(patched)["surname"], "patched");
    assert_eq!(
        of(patched)["givenName"],
        Value::Null,
        "the selection is part of the link"
    );
    let removed = json!({ "@removed": { "reason": "deleted" }, "id": all[1]["id"] });
    assert_eq!(*of(id(&all[1])), removed);
    assert_eq!(since(&graph, &link, "").0, changes);
    assert_eq!(since(&graph, &next, "").0.len(), 0);
}

/// Graph reference 5 and 7: a move is a removal here and an addition there, with immutable ids under the same id; what has come
/// back is not removed.
#[test]
fn moves_are_removals() {
    let graph = Graph::start();
    let (ews, _) = graph.sim.outlook_contact(&json!({ "Surname": "x" }));
    graph
        .sim
        .door("POST", "folders", &json!({ "path": "contacts/Other" }));
    let (before, link) = start(&graph, "", IMMUTABLE);
    let (ordinary, _) = start(&graph, "", "");
    let moved = graph.sim.door(
        "POST",
        "items/move",
        &json!({ "id": ews, "folder": "contacts/Other" }),
    );
    let (gone, _) = since(&graph, &link, IMMUTABLE);
    assert_eq!(
        gone,
        [json!({ "@removed": { "reason": "deleted" }, "id": before[0]["id"] })]
    );
    // A link works with either kind of id.
    let (gone, _) = since(&graph, &link, "");
    assert_eq!(gone[0]["id"], ordinary[0]["id"]);
    graph.modes(&json!({ "graphRemovedReason": "changed" }));
    assert_eq!(
        since(&graph, &link, "").0[0]["@removed"]["reason"],
        "changed"
    );
    graph.sim.door(
        "POST",
        "items/move",
        &json!({ "id": moved["id"], "folder": "contacts" }),
    );
    let (back, _) = since(&graph, &link, IMMUTABLE);
    assert_eq!(back.len(), 1);
    assert_eq!(
        (id(&back[0]), back[0]["surname"].as_str()),
        (id(&before[0]), Some("x"))
    );
}

/// Graph reference 5: options of the first request only, no others, and no tokens that somebody made up.
#[test]
fn options_are_limited() {
    let graph = Graph::start();
    let (_, link) = start(&graph, "?$select=surname", "");
    let again = json!(format!("{}&$select=givenName", link.as_str().unwrap()));
    assert_eq!(graph.follow(&again, "").status, 400);
    for query in [
        "$expand=photo",
        "$filter=x",
        "$orderby=surname",
        "$select=shoes",
        "$deltatoken=made-up",
    ] {
        let refused = graph.get(&contacts(&format!("/delta?{query}")));
        assert_eq!(refused.status, 400, "{query}");
    }
}

/// Graph reference 5, semantics 55: a lost state is 410 with a place to begin anew, spelled in several ways, or a 400.
#[test]
fn a_lost_state_is_gone() {
    let graph = Graph::start();
    graph.create(&json!({}));
    let (_, link) = start(&graph, "", "");
    graph.modes(&json!({ "forgetStates": true }));
    for (word, status, code) in [
        (Value::Null, 410, "SyncStateNotFound"),
        (json!("syncStateNotFound"), 410, "syncStateNotFound"),
        (json!("resyncRequired"), 410, "resyncRequired"),
        (
            json!("ErrorInvalidIdMalformed"),
            400,
            "ErrorInvalidIdMalformed",
        ),
    ] {
        graph.modes(&json!({ "graphLostState": word }));
        let lost = graph.follow(&link, "");
        assert_eq!((lost.status, lost.code()), (status, code));
        if status == 410 {
            let anew = json!(lost.header("Location").unwrap());
            let (all, _) = since(&graph, &anew, "");
            assert_eq!(all.len(), 1);
        }
    }
    // The link of one folder is none for another.
    graph
        .sim
        .door("POST", "folders", &json!({ "path": "contacts/Other" }));
    let (_, link) = start(&graph, "", "");
    let other = graph
        .get(&crate::client::user("/contactFolders"))
        .each("id")[0]
        .clone();
    let moved = link.as_str().unwrap().replace(
        "/contactFolders/contacts/",
        &format!("/contactFolders/{}/", other.as_str().unwrap()),
    );
    assert_eq!(graph.follow(&json!(moved), "").status, 400);
}

/// Graph reference 5 and 14: an empty page with a nextLink, duplicates, and links to another host.
#[test]
fn odd_pages() {
    let graph = Graph::start();
    graph.sim.door("POST", "seed", &json!({ "count": 2 }));
    graph.modes(&json!({ "graphEmptyPages": 1, "duplicates": true }));
    let empty = graph.get(&contacts("/delta"));
    assert_eq!(empty.each("id").len(), 0);
    assert_eq!(empty.json["@odata.deltaLink"], Value::Null);
    let (all, _) = since(&graph, &empty.json["@odata.nextLink"], "");
    assert_eq!(all.len(), 4);
    assert_eq!(all[..2], all[2..]);
    graph.modes(&json!({ "duplicates": false, "repeatStates": 1 }));
    let (_, link) = start(&graph, "", "Prefer: odata.maxpagesize=1\r\n");
    assert!(link.is_string());
    graph.modes(&json!({ "repeatStates": 1 }));
    let stands = graph.follow(&link, "");
    assert_eq!(
        stands.json["@odata.nextLink"], link,
        "it stands for the same"
    );
    graph.modes(&json!({ "graphLinkHost": "evil.example" }));
    let foreign = graph.get(&contacts("/delta")).text("@odata.deltaLink");
    assert!(
        foreign.starts_with("http://evil.example/v1.0/users/"),
        "{foreign}"
    );
}
