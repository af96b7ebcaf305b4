//! Contact folders.

use serde_json::{Value, json};

use crate::client::{Graph, contacts, encoded, user};

/// Graph reference 2: no list has the default folder, which its well-known name leads to.
#[test]
fn the_default_folder_is_in_no_list() {
    let graph = Graph::start();
    assert_eq!(graph.get(&user("/contactFolders")).each("id").len(), 0);
    let default = graph.get(&user("/contactFolders/contacts"));
    assert_eq!(default.text("displayName"), "Contacts");
    let by_id = user(&format!("/contactFolders/{}", default.text("id")));
    assert_eq!(graph.get(&by_id).text("displayName"), "Contacts");
    graph.create(&json!({ "surname": "x" }));
    let hint = graph.get(&user("/contacts?$top=1&$select=parentFolderId"));
    assert_eq!(hint.each("parentFolderId"), [json!(default.text("id"))]);
    assert_eq!(hint.each("surname"), [Value::Null]);
    graph.modes(&json!({ "graphHiddenFolders": true }));
    let query = "?$top=50&$expand=".to_owned()
        + &encoded(
            "singleValueExtendedProperties($filter=id eq 'String 0x3613' or id eq 'Boolean 0x10F4')",
        );
    let hidden = graph.get(&user(&format!("/contactFolders{query}")));
    let names = hidden.each("displayName");
    assert!(names.contains(&json!("Recipient Cache")) && !names.contains(&json!("Contacts")));
    let at = names
        .iter()
        .position(|name| name == "GAL Contacts")
        .unwrap();
    assert_eq!(
        hidden.each("singleValueExtendedProperties")[at],
        json!([{ "id": "String 0x3613", "value": "IPF.Contact.GalContacts" }, { "id": "Boolean 0x10f4", "value": "true" }])
    );
}

/// Graph reference 2 and 12: create, one level each, rename, an existing name, delete; the ids are those of EWS.
#[test]
fn folders_are_made_and_renamed() {
    let graph = Graph::start();
    let name = |name: &str| json!({ "displayName": name });
    let made = graph.send("POST", &user("/contactFolders"), "", &name("Customers"));
    assert_eq!(made.status, 201, "{}", made.body);
    let path = user(&format!("/contactFolders/{}", made.text("id")));
    let below = format!("{path}/childFolders");
    let child = graph.send("POST", &below, "", &name("Old ones"));
    assert_eq!(child.text("parentFolderId"), made.text("id"));
    let again = graph.send("POST", &user("/contactFolders"), "", &name("customers"));
    assert_eq!((again.status, again.code()), (409, "ErrorFolderExists"));
    let listed = |path: &str| graph.get(path).each("displayName");
    assert_eq!(listed(&user("/contactFolders")), [json!("Customers")]);
    assert_eq!(listed(&below), [json!("Old ones")]);
    let renamed = graph.send("PATCH", &path, "", &name("Clients"));
    assert_eq!(
        (renamed.status, renamed.text("displayName").as_str()),
        (200, "Clients")
    );
    let folders = graph.sim.door("GET", "folders", &Value::Null);
    let stored = folders["folders"].as_array().unwrap();
    let found = stored
        .iter()
        .find(|folder| folder["name"] == "Clients")
        .unwrap();
    assert_eq!(
        found["id"]
            .as_str()
            .unwrap()
            .replace('+', "-")
            .replace('/', "_"),
        made.text("id")
    );
    let inside = graph.send(
        "POST",
        &format!("{path}/contacts"),
        "",
        &json!({ "surname": "x" }),
    );
    assert_eq!(inside.text("parentFolderId"), made.text("id"));
    assert_eq!(graph.get(&contacts("")).each("id").len(), 0);
    // A contact is not found by way of another folder.
    assert_eq!(
        graph
            .get(&contacts(&format!("/{}", inside.text("id"))))
            .status,
        404
    );
    assert_eq!(graph.delete(&path, "").status, 204);
    assert_eq!(graph.get(&path).status, 404);
    let default = graph.delete(&user("/contactFolders/contacts"), "");
    assert_eq!(
        (default.status, default.code()),
        (400, "ErrorDeleteDistinguishedFolder")
    );
    let unknown = graph.send(
        "POST",
        &user("/contactFolders"),
        "",
        &json!({ "displayName": "x", "color": "red" }),
    );
    assert_eq!((unknown.status, unknown.code()), (400, "RequestBodyRead"));
}

/// Graph reference 5: changes of folders by links; the link of one list is none for another.
#[test]
fn folder_changes_are_linked() {
    let graph = Graph::start();
    let make = |name: &str| {
        let made = graph.send(
            "POST",
            &user("/contactFolders"),
            "",
            &json!({ "displayName": name }),
        );
        user(&format!("/contactFolders/{}", made.text("id")))
    };
    let (one, two) = (make("One"), make("Two"));
    let first = graph.get(&user("/contactFolders/delta"));
    assert_eq!(first.each("displayName"), [json!("One"), json!("Two")]);
    let link = first.json["@odata.deltaLink"].clone();
    assert_eq!(graph.follow(&link, "").each("id"), Vec::<Value>::new());
    graph.create(&json!({ "surname": "x" }));
    let gone = graph.get(&two).json["id"].clone();
    graph.send("PATCH", &one, "", &json!({ "displayName": "First" }));
    graph.delete(&two, "");
    let changes = graph.follow(&link, "");
    assert_eq!(changes.each("displayName"), [json!("First"), Value::Null]);
    assert_eq!(
        changes.json["value"][1],
        json!({ "@removed": { "reason": "deleted" }, "id": gone })
    );
    let contacts_link = link.as_str().unwrap().replace(
        "/contactFolders/delta",
        "/contactFolders/contacts/contacts/delta",
    );
    let crossed = graph.follow(&json!(contacts_link), "");
    assert_eq!((crossed.status, crossed.code()), (410, "SyncStateNotFound"));
    graph.modes(&json!({ "forgetStates": true }));
    assert_eq!(graph.follow(&link, "").status, 410);
}
