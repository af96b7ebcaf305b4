//! Lists of contacts: pages, selections and the one filter.

use serde_json::{Value, json};

use crate::client::{Graph, UID, contacts, encoded, user};

/// Graph reference 2: pages by absolute links, ten entries unless told otherwise; every contact once.
#[test]
fn pages_are_linked() {
    let graph = Graph::start();
    graph.sim.door("POST", "seed", &json!({ "count": 25 }));
    let mut page = graph.get(&user("/contacts?$select=surname&$count=true"));
    assert_eq!(page.json["@odata.count"], 25);
    let mut ids = page.each("id");
    let mut pages = 1;
    while page.json["@odata.nextLink"].is_string() {
        assert_eq!(page.each("givenName")[0], Value::Null);
        page = graph.follow(&page.json["@odata.nextLink"], "");
        ids.extend(page.each("id"));
        pages += 1;
    }
    ids.sort_by_key(Value::to_string);
    ids.dedup();
    assert_eq!((ids.len(), pages), (25, 3));
    let one = graph.get(&user("/contacts?$top=1&$skip=24"));
    assert_eq!(
        (one.each("id").len(), one.json["@odata.nextLink"].clone()),
        (1, Value::Null)
    );
    let preferred = graph.get_with(&user("/contacts"), "Prefer: odata.maxpagesize=3\r\n");
    assert_eq!(preferred.each("id").len(), 3);
    let sorted = graph.get(&user(
        "/contacts?$top=25&$orderby=surname%20desc&$select=surname",
    ));
    let names: Vec<String> = sorted
        .each("surname")
        .iter()
        .map(|name| name.as_str().unwrap().to_lowercase())
        .collect();
    assert!(names.is_sorted_by(|a, b| a >= b), "{names:?}");
    for wrong in [
        "$top=0",
        "$top=2000",
        "$select=shoes",
        "$filter=surname%20eq%20'x'",
        "$expand=folder",
        "$search=x",
    ] {
        assert_eq!(
            graph.get(&user(&format!("/contacts?{wrong}"))).status,
            400,
            "{wrong}"
        );
    }
}

/// Graph reference 6 and 8: the contact with an extended property of a value; Any has a capital letter.
#[test]
fn a_contact_is_found_by_its_own_id() {
    let graph = Graph::start();
    for uid in ["u-1", "u-2", "u'3"] {
        graph.create(&json!({ "surname": uid, "singleValueExtendedProperties": [{ "id": UID, "value": uid }] }));
    }
    let find = |any: &str, value: &str| {
        let filter = format!(
            "singleValueExtendedProperties/{any}(ep: ep/id eq '{UID}' and ep/value eq '{value}')"
        );
        graph.get(&contacts(&format!("?$filter={}", encoded(&filter))))
    };
    assert_eq!(find("Any", "u-2").each("surname"), [json!("u-2")]);
    assert_eq!(find("Any", "u''3").each("surname"), [json!("u'3")]);
    assert_eq!(find("Any", "u-4").each("surname"), Vec::<Value>::new());
    assert_eq!(find("any", "u-2").status, 400);
}
