//! One contact: its properties, versions and extended properties.

use serde_json::{Value, json};

use crate::client::{Graph, UID, contact, contacts, encoded, user};
use crate::support::{
    all_between, between, encoded as id_encoded, get_item, set_given_name, sync, update,
};

/// All properties that may be written, none of them the same.
fn whole() -> Value {
    json!({
        "assistantName": "As", "companyName": "Muster AG", "department": "De", "displayName": "Di", "fileAs": "Fi",
        "generation": "Jr.", "givenName": "Max", "initials": "M. M.", "jobTitle": "Jo", "manager": "Ma",
        "middleName": "Mi", "nickName": "Ni", "officeLocation": "Of", "personalNotes": "one\r\ntwo",
        "profession": "Pr", "spouseName": "Sp", "surname": "Muster", "title": "Dr.",
        "businessHomePage": "https://example.test", "mobilePhone": "+49 170 1",
        "yomiCompanyName": "Yc", "yomiGivenName": "Yg", "yomiSurname": "Ys",
        "birthday": "1980-05-17T11:59:00Z",
        "businessPhones": ["+49 30 1", "+49 30 2"], "homePhones": ["+49 89 1", "+49 89 2"],
        "imAddresses": ["im1", "im2", "im3"], "children": ["Anna", "Ben"], "categories": ["Customers", "VIP"],
        "emailAddresses": [
            { "name": "Max Muster", "address": "max@example.test" },
            { "name": "two@example.test", "address": "two@example.test" },
            { "name": "Three", "address": "three@example.test" },
        ],
        "businessAddress": { "street": "Hauptstr. 5\r\nHof", "city": "Berlin", "state": "BE", "countryOrRegion": "Germany",
                             "postalCode": "10115" },
        "homeAddress": { "street": "a", "city": "b", "state": "c", "countryOrRegion": "d", "postalCode": "e" },
        "otherAddress": { "street": "f", "city": "g", "state": "h", "countryOrRegion": "i", "postalCode": "j" },
    })
}

/// Graph reference 3 and 4: what is written comes back, from a list and from a GET, and is the same property at the side door.
#[test]
fn every_property_comes_back() {
    let graph = Graph::start();
    let sent = whole();
    let made = graph.create(&sent);
    let id = made.text("id");
    let read = graph.get(&contact(&id)).json;
    let listed = graph.get(&contacts("")).json["value"][0].clone();
    for (name, value) in sent.as_object().unwrap() {
        assert_eq!(&made.json[name], value, "{name}");
        assert_eq!(&read[name], value, "{name}");
        assert_eq!(&listed[name], value, "{name}");
    }
    assert_eq!(read["primaryEmailAddress"]["address"], "max@example.test");
    let stored = graph.sim.door("GET", "items", &Value::Null)["items"][0].clone();
    for (field, value) in [
        ("GivenName", json!("Max")),
        ("Nickname", json!("Ni")),
        ("Title", json!("Dr.")),
        ("Body", json!("one\r\ntwo")),
        ("BusinessPhone2", json!("+49 30 2")),
        ("ImAddress3", json!("im3")),
        ("EmailAddress3.Name", json!("Three")),
        ("OtherAddress.PostalCode", json!("j")),
        ("Birthday", json!("1980-05-17")),
        ("Children", json!(["Anna", "Ben"])),
        ("PhoneticLastName", json!("Ys")),
    ] {
        assert_eq!(stored["fields"][field], value, "{field}");
    }
    for clear in [
        "/businessPhones",
        "/categories",
        "/emailAddresses",
        "/children",
        "/homePhones",
        "/imAddresses",
    ] {
        let name = clear.trim_start_matches('/');
        let cleared = graph.send("PATCH", &contact(&id), "", &json!({ name: [] }));
        assert_eq!(cleared.json[name], json!([]), "{name}");
    }
    let nulls: serde_json::Map<String, Value> = sent
        .as_object()
        .unwrap()
        .iter()
        .filter(|(_, value)| !value.is_array())
        .map(|(name, _)| (name.clone(), Value::Null))
        .collect();
    let cleared = graph.send("PATCH", &contact(&id), "", &Value::Object(nulls));
    assert_eq!(cleared.status, 200, "{}", cleared.body);
    for (name, none) in [
        ("givenName", Value::Null),
        ("birthday", Value::Null),
        ("homeAddress", json!({})),
        ("personalNotes", json!("")),
        ("yomiCompanyName", Value::Null),
        ("primaryEmailAddress", Value::Null),
    ] {
        assert_eq!(cleared.json[name], none, "{name}");
    }
}

/// The same contact through EWS: created here, seen there, changed there, read here.
#[test]
fn both_doors_show_one_contact() {
    let graph = Graph::start();
    let made = graph.create(&json!({ "givenName": "Max", "surname": "Muster" }));
    let ids = all_between(&graph.sim.soap(&sync("", 9)), "ItemId Id=\"", "\"");
    assert_eq!(ids.len(), 1);
    // The one is the other in an alphabet that is safe in addresses (section 4).
    assert_eq!(ids[0].replace('+', "-").replace('/', "_"), made.text("id"));
    let shown = graph.sim.soap(&get_item(&[&ids[0]]));
    assert_eq!(between(&shown, "<t:FileAs>", "<"), "Muster, Max");
    let key = between(&shown, "ChangeKey=\"", "\"");
    assert_eq!(key, made.text("changeKey"));
    let change = set_given_name("Moritz");
    let answer = graph
        .sim
        .soap(&update("NeverOverwrite", &ids[0], &key, &change));
    let newer = between(&answer, "ChangeKey=\"", "\"");
    let read = graph.get(&contact(&made.text("id")));
    assert_eq!(read.text("givenName"), "Moritz");
    assert_eq!(read.text("changeKey"), newer);
    assert_eq!(read.text("displayName"), "Moritz Muster");
}

/// Graph reference 3, traps: displayName is made anew with other name parts, though somebody had chosen it; not when it is sent.
#[test]
fn the_display_name_is_made_anew() {
    let graph = Graph::start();
    let made =
        graph.create(&json!({ "givenName": "A", "surname": "B", "displayName": "The Boss" }));
    let id = made.text("id");
    assert_eq!(made.text("displayName"), "The Boss");
    let patch = |body: Value| {
        graph
            .send("PATCH", &contact(&id), "", &body)
            .text("displayName")
    };
    assert_eq!(patch(json!({ "jobTitle": "x" })), "The Boss");
    assert_eq!(patch(json!({ "givenName": "C" })), "C B");
    assert_eq!(
        patch(json!({ "surname": "D", "displayName": "Own" })),
        "Own"
    );
}

/// Graph reference 3, traps: an e-mail array has no gaps, and writing it back moves entries to the first slots.
#[test]
fn gaps_between_email_slots_vanish() {
    let graph = Graph::start();
    let fields = json!({ "EmailAddress2": "two@example.test", "EmailAddress3": "/o=x/cn=anna", "EmailAddress3.RoutingType": "EX",
                         "BusinessPhone2": "2", "ImAddress3": "3" });
    let (id, _) = graph.sim.outlook_contact(&fields);
    let read = graph.get(&contacts("")).json["value"][0].clone();
    let emails = &read["emailAddresses"];
    assert_eq!(emails[0]["address"], "two@example.test");
    assert_eq!(emails[1]["address"], "/o=x/cn=anna");
    assert_eq!(read["primaryEmailAddress"], Value::Null);
    assert_eq!(read["secondaryEmailAddress"]["address"], "two@example.test");
    assert_eq!(read["businessPhones"], json!(["2"]));
    let body = json!({ "emailAddresses": emails });
    let written = graph.send("PATCH", &contact(read["id"].as_str().unwrap()), "", &body);
    assert_eq!(
        written.json["primaryEmailAddress"]["address"],
        "two@example.test"
    );
    assert_eq!(written.json["tertiaryEmailAddress"], Value::Null);
    let stored = graph
        .sim
        .door("GET", &format!("items/{}", id_encoded(&id)), &Value::Null);
    assert_eq!(stored["fields"]["EmailAddress2"], "/o=x/cn=anna");
    assert_eq!(stored["fields"]["EmailAddress2.RoutingType"], Value::Null);
}

/// Graph reference 3: an address is replaced as a whole, unless the mode says otherwise; so are more entries than slots.
#[test]
fn addresses_are_replaced_and_extra_entries_dropped() {
    let graph = Graph::start();
    let made = graph.create(&json!({ "homeAddress": { "street": "s", "city": "c" } }));
    let id = made.text("id");
    assert_eq!(made.json["homeAddress"]["state"], Value::Null);
    let patch = |body: Value| graph.send("PATCH", &contact(&id), "", &body);
    let city = json!({ "homeAddress": { "city": "d" } });
    let street = |reply: &crate::client::Reply| reply.json["homeAddress"]["street"].clone();
    assert_eq!(street(&patch(city.clone())), Value::Null);
    patch(json!({ "homeAddress": { "street": "s", "city": "c" } }));
    graph.modes(&json!({ "graphMergeAddresses": true }));
    assert_eq!(street(&patch(city)), "s");
    let phones = json!({ "businessPhones": ["1", "2", "3"] });
    assert_eq!(
        patch(phones.clone()).json["businessPhones"],
        json!(["1", "2"])
    );
    graph.modes(&json!({ "graphRefuseExtras": true }));
    let refused = patch(phones);
    assert_eq!(
        (refused.status, refused.code()),
        (400, "ErrorPropertyValidationFailure")
    );
}

/// Graph reference 3, traps: how an unset birthday is shown; notes that were HTML are text, and a write replaces them.
#[test]
fn birthdays_and_notes() {
    let graph = Graph::start();
    let fields = json!({ "Body": "<p>rich <b>text</b></p>", "BodyType": "HTML" });
    graph.sim.outlook_contact(&fields);
    let read = graph.get(&contacts("")).json["value"][0].clone();
    assert_eq!(read["birthday"], Value::Null);
    assert_eq!(read["personalNotes"], "rich text\r\n");
    graph.modes(&json!({ "graphEmptyBirthday": true }));
    let id = read["id"].as_str().unwrap();
    let written = graph.send(
        "PATCH",
        &contact(id),
        "",
        &json!({ "personalNotes": "a\nb" }),
    );
    assert_eq!(written.text("birthday"), "0001-01-01T08:00:00Z");
    assert_eq!(written.text("personalNotes"), "a\r\nb");
    let stored = graph.sim.door("GET", "items", &Value::Null)["items"][0].clone();
    assert_eq!(stored["fields"]["BodyType"], Value::Null);
    let set = graph.send(
        "PATCH",
        &contact(id),
        "",
        &json!({ "birthday": "1980-05-17T11:59:00Z" }),
    );
    assert_eq!(set.text("birthday"), "1980-05-17T11:59:00Z");
}

/// Graph reference 3 and 12: what the type does not have, or has otherwise, is 400 and changes nothing.
#[test]
fn wrong_bodies_are_refused() {
    let graph = Graph::start();
    let made = graph.create(&json!({ "surname": "x" }));
    let path = contact(&made.text("id"));
    for body in [
        json!({ "surname": "y", "shoeSize": 43 }),
        json!({ "surname": 5 }),
        json!({ "surname": "y", "businessPhones": "1" }),
        json!({ "surname": "y", "businessPhones": [1] }),
        json!({ "birthday": "1980-05-17" }),
        json!({ "birthday": true }),
        json!({ "homeAddress": "here" }),
        json!({ "homeAddress": { "house": "1" } }),
        json!({ "emailAddresses": [{ "mail": "x" }] }),
        json!({ "weddingAnniversary": "2000-01-01" }),
    ] {
        let refused = graph.send("PATCH", &path, "", &body);
        assert_eq!(
            (refused.status, refused.code()),
            (400, "RequestBodyRead"),
            "{body}"
        );
    }
    let answer = graph.attempt("PATCH", &path, "Content-Type: application/json\r\n", "{");
    assert_eq!(answer.unwrap().status, 400);
    let answer = graph.attempt("PATCH", &path, "", "{}");
    assert_eq!(answer.unwrap().status, 400);
    assert_eq!(graph.get(&path).text("changeKey"), made.text("changeKey"));
}

/// Graph reference 6, semantics 55: a stale If-Match is 412 and nothing changes; the version moves with each write and stands in body and head.
#[test]
fn a_stale_version_is_refused() {
    let graph = Graph::start();
    let made = graph.create(&json!({ "surname": "x" }));
    let (path, etag) = (contact(&made.text("id")), made.text("@odata.etag"));
    assert_eq!(etag, format!("W/\"{}\"", made.text("changeKey")));
    assert_eq!(made.header("ETag"), Some(etag.as_str()));
    let current = format!("If-Match: {etag}\r\n");
    let written = graph.send("PATCH", &path, &current, &json!({ "surname": "y" }));
    assert_eq!(written.status, 200);
    assert_ne!(written.text("@odata.etag"), etag);
    let stale = graph.send("PATCH", &path, &current, &json!({ "surname": "z" }));
    assert_eq!(
        (stale.status, stale.code()),
        (412, "ErrorIrresolvableConflict")
    );
    assert_eq!(graph.delete(&path, &current).status, 412);
    assert_eq!(graph.get(&path).text("surname"), "y");
    // Without If-Match the last writer wins.
    assert_eq!(
        graph
            .send("PATCH", &path, "", &json!({ "surname": "w" }))
            .status,
        200
    );
    graph.modes(&json!({ "ignoreChangeKeys": true }));
    assert_eq!(graph.send("PATCH", &path, &current, &json!({})).status, 200);
    let newest = format!("If-Match: {}\r\n", graph.get(&path).text("@odata.etag"));
    graph.modes(&json!({ "ignoreChangeKeys": false }));
    assert_eq!(graph.delete(&path, &newest).status, 204);
}

/// Graph reference 2: a deleted contact is in Deleted Items; one that is deleted for good is not.
#[test]
fn deleting_moves_to_deleted_items() {
    let graph = Graph::start();
    let (one, two) = (graph.create(&json!({})), graph.create(&json!({})));
    let path = contact(&one.text("id"));
    assert_eq!(graph.delete(&path, "").status, 204);
    let gone = graph.get(&path);
    assert_eq!((gone.status, gone.code()), (404, "ErrorItemNotFound"));
    let bin = || {
        graph
            .sim
            .door("GET", "items?folder=deleteditems", &Value::Null)["total"]
            .clone()
    };
    assert_eq!(bin(), 1);
    let path = format!("{}/permanentDelete", contact(&two.text("id")));
    assert_eq!(graph.send("POST", &path, "", &json!({})).status, 204);
    assert_eq!(
        (bin(), graph.get(&contacts("")).each("id").len()),
        (json!(1), 0)
    );
}

/// Graph reference 8: extended properties share the storage of EWS, come only with $expand, in normal form, and go with null.
#[test]
fn extended_properties() {
    let graph = Graph::start();
    let entry = |id: &str, value: Value| json!({ "id": id, "value": value });
    let made = graph.create(&json!({ "singleValueExtendedProperties": [
        entry(UID, json!("u-1")), entry("String 0x3A24", json!("+49 30 9")), entry("Integer 0x0036", json!("2")),
        entry("SystemTime 0x3A41", json!("2001-06-01T11:59:00Z")),
    ], "multiValueExtendedProperties": [
        entry("StringArray {00062008-0000-0000-C000-000000000046} Id 0x8539", json!(["a", "b"])),
    ] }));
    let id = made.text("id");
    assert_eq!(made.json["singleValueExtendedProperties"], Value::Null);
    let stored = graph.sim.door("GET", "items", &Value::Null)["items"][0].clone();
    assert_eq!(stored["fields"]["BusinessFax"], "+49 30 9");
    assert_eq!(stored["fields"]["Sensitivity"], "Private");
    assert_eq!(
        stored["extended"]["7c1d9c0e-52a1-4c8e-9f52-0d4a3b6f1a77/SyncUid"],
        "u-1"
    );
    let expand = format!(
        "singleValueExtendedProperties($filter=id eq '{UID}' or id eq 'String 0x3a24' or id eq 'Integer 0x0036' or id eq \
         'String 0x3A21'),multiValueExtendedProperties($filter=id eq 'StringArray {{00062008-0000-0000-C000-000000000046}} Id 0x8539')"
    );
    let read = || {
        graph
            .get(&format!("{}?$expand={}", contact(&id), encoded(&expand)))
            .json
    };
    let shown = read();
    assert_eq!(
        shown["singleValueExtendedProperties"],
        json!([
            entry(UID, json!("u-1")),
            entry("String 0x3a24", json!("+49 30 9")),
            entry("Integer 0x36", json!("2"))
        ])
    );
    let multi = "StringArray {00062008-0000-0000-c000-000000000046} Id 0x8539";
    assert_eq!(
        shown["multiValueExtendedProperties"],
        json!([entry(multi, json!(["a", "b"]))])
    );
    let patch = |entries: Value| {
        let body = json!({ "singleValueExtendedProperties": entries });
        graph.send("PATCH", &contact(&id), "", &body).status
    };
    assert_eq!(patch(json!([entry("String 0x3A24", Value::Null)])), 200);
    let left = read()["singleValueExtendedProperties"]
        .as_array()
        .unwrap()
        .len();
    assert_eq!(left, 2, "what is not named stays");
    for wrong in [
        json!([entry("Integer 0x0036", json!("many"))]),
        json!([entry("Integer 0x0036", json!(2))]),
        json!([entry("String 0x8022", json!("x"))]),
        json!([entry("nonsense", json!("x"))]),
        json!([{ "id": UID }]),
    ] {
        assert_eq!(patch(wrong.clone()), 400, "{wrong}");
    }
}

/// Graph reference 3, traps: lists of contacts are no contacts.
#[test]
fn distribution_lists_are_not_there() {
    let graph = Graph::start();
    let list = json!({ "itemClass": "IPM.DistList", "fields": { "DisplayName": "Team" } });
    let made = graph.sim.door("POST", "items", &list);
    let id = made["id"]
        .as_str()
        .unwrap()
        .replace('+', "-")
        .replace('/', "_");
    assert_eq!(graph.get(&user("/contacts")).each("id").len(), 0);
    assert_eq!(graph.get(&contacts("/delta")).each("id").len(), 0);
    assert_eq!(graph.get(&contact(&id)).status, 404);
}
