//! E-mail slots: an entry and its five named properties are one storage (EWS reference, sections
//! 3.3 and 3.7; semantics 34 and 36).
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stderr
)]

mod support;

use serde_json::{Value, json};
use support::{
    Simulator, assert_valid, between, changed, clear, codes, create, encoded, get_item, recorded,
    set, set_value, value_of,
};

/// A named property of the Address set.
fn named(number: u32, kind: &str) -> String {
    format!(
        "<t:ExtendedFieldURI DistinguishedPropertySetId=\"Address\" PropertyId=\"{number}\" PropertyType=\"{kind}\"/>"
    )
}

/// Display name, address type, address, original display name and original entry id of slot 2.
fn second() -> [String; 5] {
    [
        named(0x8090, "String"),
        named(0x8092, "String"),
        named(0x8093, "String"),
        named(0x8094, "String"),
        named(0x8095, "Binary"),
    ]
}

fn slot(key: &str) -> String {
    format!("<t:IndexedFieldURI FieldURI=\"contacts:EmailAddress\" FieldIndex=\"{key}\"/>")
}

fn entry(key: &str, name: &str, address: &str) -> String {
    let name = if name.is_empty() {
        String::new()
    } else {
        format!(" Name=\"{name}\"")
    };
    format!("<t:EmailAddresses><t:Entry Key=\"{key}\"{name}>{address}</t:Entry></t:EmailAddresses>")
}

/// The tag of a slot's entry and its text, empty where there is none.
fn shown(sim: &Simulator, id: &str, key: &str) -> (String, String) {
    let answer = sim.soap(&get_item(&[id]));
    let emails = between(&answer, "<t:EmailAddresses>", "</t:EmailAddresses>");
    let tag = between(&emails, &format!("<t:Entry Key=\"{key}\" "), ">");
    let text = between(&emails, &format!("Key=\"{key}\" {tag}>"), "<");
    (tag, text)
}

fn three(sim: &Simulator) -> String {
    sim.outlook_contact(&json!({
        "Surname": "x", "EmailAddress1": "one@example.test", "EmailAddress2": "two@example.test",
        "EmailAddress2.Name": "Two", "EmailAddress3": "three@example.test",
    }))
    .0
}

/// EWS reference 3.3, 3.7: what an entry sets is read by its named properties, and what they set is
/// shown by the entry.
#[test]
fn an_entry_and_its_named_properties_are_one_storage() {
    let (sim, traffic) = recorded("slots");
    let made = sim.soap(&create(&entry("EmailAddress2", "Two", "two@example.test")));
    let id = between(&made, "ItemId Id=\"", "\"");
    let [name, kind, address, original, entry_id] = second();
    let read = |path: &str| value_of(&sim, &id, path);
    assert_eq!(read(&name).as_deref(), Some("Two"));
    assert_eq!(read(&kind).as_deref(), Some("SMTP"));
    assert_eq!(read(&address).as_deref(), Some("two@example.test"));
    assert_eq!(read(&original).as_deref(), Some("two@example.test"));
    assert!(read(&entry_id).is_some_and(|text| text.starts_with("AAAAAIErH6S+oxAZnW4A3QEPVAI")));
    // Nothing of the other slots.
    assert_eq!(read(&named(0x8080, "String")), None);
    assert_eq!(read(&named(0x80A5, "Binary")), None);
    // Another type is another property.
    assert_eq!(read(&named(0x8093, "Binary")), None);

    let changes = [
        set_value(&name, "Zwei"),
        set_value(&original, "orig"),
        set_value(&entry_id, "AAEC"),
    ]
    .concat();
    assert_eq!(changed(&sim, &id, &changes), "NoError");
    let (tag, text) = shown(&sim, &id, "EmailAddress2");
    assert!(tag.starts_with("Name=\"Zwei\" RoutingType=\"SMTP\"") && text == "two@example.test");
    assert_eq!(read(&entry_id).as_deref(), Some("AAEC"));
    // A new entry replaces all five.
    let anew = set(
        &slot("EmailAddress2"),
        &entry("EmailAddress2", "", "new@example.test"),
    );
    assert_eq!(changed(&sim, &id, &anew), "NoError");
    assert_eq!(read(&name).as_deref(), Some("new@example.test"));
    assert_eq!(read(&original).as_deref(), Some("new@example.test"));
    // A slot made of named properties only, as some clients write it.
    let first = [
        named(0x8083, "String"),
        named(0x8080, "String"),
        named(0x8082, "String"),
    ];
    let values = ["one@example.test", "One", "SMTP"];
    let changes: String = first
        .iter()
        .zip(values)
        .map(|(path, value)| set_value(path, value))
        .collect();
    assert_eq!(changed(&sim, &id, &changes), "NoError");
    let (tag, text) = shown(&sim, &id, "EmailAddress1");
    assert!(tag.starts_with("Name=\"One\" ") && text == "one@example.test");
    assert_valid(&traffic, 20);
}

/// Semantics 34: changing only the address leaves the old display name, original display name and
/// entry id.
#[test]
fn an_address_that_changes_alone_leaves_the_old_names() {
    let sim = Simulator::start(&[]);
    let id = three(&sim);
    let [name, _, address, original, entry_id] = second();
    let before = value_of(&sim, &id, &entry_id);
    let write = set_value(&address, "new@example.test");
    assert_eq!(changed(&sim, &id, &write), "NoError");
    let (tag, text) = shown(&sim, &id, "EmailAddress2");
    assert!(tag.contains("Name=\"Two\"") && text == "new@example.test");
    assert_eq!(
        value_of(&sim, &id, &original).as_deref(),
        Some("two@example.test")
    );
    assert_eq!(value_of(&sim, &id, &entry_id), before);
    // Servers where an entry without Name does the same.
    sim.door("POST", "modes", &json!({"keepDisplayNames": true}));
    let write = |name: &str| {
        let content = entry("EmailAddress2", name, "newer@example.test");
        assert_eq!(
            changed(&sim, &id, &set(&slot("EmailAddress2"), &content)),
            "NoError"
        );
        value_of(&sim, &id, &second()[0])
    };
    assert_eq!(write("").as_deref(), Some("Two"));
    assert_eq!(write("Newer").as_deref(), Some("Newer"));
    assert_eq!(value_of(&sim, &id, &name).as_deref(), Some("Newer"));
}

/// EWS reference 3.3 and semantics 34: DeleteItemField clears a slot with all that belongs to it,
/// and the slots beside it stay.
#[test]
fn a_deleted_slot_is_gone() {
    let sim = Simulator::start(&[]);
    let id = three(&sim);
    assert_eq!(
        changed(&sim, &id, &clear(&slot("EmailAddress2"))),
        "NoError"
    );
    assert_eq!(shown(&sim, &id, "EmailAddress2").0, "");
    for path in second() {
        assert_eq!(value_of(&sim, &id, &path), None, "{path}");
    }
    assert_eq!(shown(&sim, &id, "EmailAddress1").1, "one@example.test");
    assert_eq!(shown(&sim, &id, "EmailAddress3").1, "three@example.test");
}

/// Semantics 34 and EWS reference 3.3: on some servers a deleted slot leaves a ghost, an entry with
/// its display name and no address, until its named properties are deleted too.
#[test]
fn a_ghost_stays_until_its_named_properties_are_deleted() {
    let (sim, traffic) = recorded("ghosts");
    let modes = sim.door("POST", "modes", &json!({"ghostSlots": true}));
    assert_eq!(modes["ghostSlots"], true);
    let id = three(&sim);
    let both = clear(&slot("EmailAddress2")) + &clear(&slot("EmailAddress3"));
    assert_eq!(changed(&sim, &id, &both), "NoError");
    let (tag, text) = shown(&sim, &id, "EmailAddress2");
    assert!(tag.starts_with("Name=\"Two\" RoutingType=\"SMTP\"") && tag.ends_with('/'));
    assert_eq!(text, "");
    // A name that nobody gave is the address.
    assert!(
        shown(&sim, &id, "EmailAddress3")
            .0
            .starts_with("Name=\"three@example.test\"")
    );
    let item = sim.door("GET", &format!("items/{}", encoded(&id)), &Value::Null);
    assert_eq!(item["fields"]["EmailAddress2"], Value::Null);
    assert_eq!(item["fields"]["EmailAddress2.Name"], "Two");
    // Once more changes nothing, the named properties do.
    assert_eq!(
        changed(&sim, &id, &clear(&slot("EmailAddress2"))),
        "NoError"
    );
    assert_ne!(shown(&sim, &id, "EmailAddress2").0, "");
    let all: String = second().iter().map(|path| clear(path)).collect();
    assert_eq!(changed(&sim, &id, &all), "NoError");
    assert_eq!(shown(&sim, &id, "EmailAddress2").0, "");
    for path in second() {
        assert_eq!(value_of(&sim, &id, &path), None, "{path}");
    }
    assert_eq!(shown(&sim, &id, "EmailAddress1").1, "one@example.test");
    // Both in one request.
    let (id, _) = sim.outlook_contact(&json!({"EmailAddress2": "two@example.test"}));
    let changes = clear(&slot("EmailAddress2")) + &all;
    assert_eq!(changed(&sim, &id, &changes), "NoError");
    assert_eq!(shown(&sim, &id, "EmailAddress2").0, "");
    assert_valid(&traffic, 20);
}

/// Semantics 34: a person leaves no ghost, and a ghost can be planted.
#[test]
fn a_person_clears_a_slot_whole() {
    let sim = Simulator::start(&[]);
    let id = three(&sim);
    let write =
        |fields: Value| sim.door("POST", "items/update", &json!({"id": id, "fields": fields}));
    write(json!({"EmailAddress2": null}));
    assert_eq!(shown(&sim, &id, "EmailAddress2").0, "");
    write(json!({"EmailAddress2": null, "EmailAddress2.Name": "Ghost"}));
    let (tag, text) = shown(&sim, &id, "EmailAddress2");
    assert!(tag.starts_with("Name=\"Ghost\"") && text.is_empty());
}

/// Semantics 36 and EWS reference 3.3: a contact picked from the GAL has a legacy DN for an address
/// and RoutingType EX; the SMTP address is its original display name.
#[test]
fn an_entry_of_the_gal_can_be_planted() {
    let (sim, traffic) = recorded("gal");
    let dn = "/o=ExchangeLabs/ou=Exchange Administrative Group/cn=Recipients/cn=anna";
    let (id, _) = sim.outlook_contact(&json!({
        "Surname": "x", "EmailAddress1": dn, "EmailAddress1.RoutingType": "EX",
        "EmailAddress1.Name": "Anna", "EmailAddress1.MailboxType": "Mailbox",
        "EmailAddress1.OriginalDisplayName": "anna@example.com",
    }));
    let (tag, text) = shown(&sim, &id, "EmailAddress1");
    assert_eq!(
        (tag.as_str(), text.as_str()),
        (
            "Name=\"Anna\" RoutingType=\"EX\" MailboxType=\"Mailbox\"",
            dn
        )
    );
    assert_eq!(
        value_of(&sim, &id, &named(0x8084, "String")).as_deref(),
        Some("anna@example.com")
    );
    // The entry id of the address book's provider.
    assert!(
        value_of(&sim, &id, &named(0x8085, "Binary"))
            .is_some_and(|id| id.starts_with("AAAAANynQMjAQhAatLkIACsv4YI"))
    );
    let found = sim.soap(&format!(
        "<m:FindItem Traversal=\"Shallow\"><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape><m:Restriction>\
         <t:IsEqualTo>{}<t:FieldURIOrConstant><t:Constant Value=\"anna@example.com\"/></t:FieldURIOrConstant>\
         </t:IsEqualTo></m:Restriction><m:ParentFolderIds><t:DistinguishedFolderId Id=\"contacts\"/></m:ParentFolderIds>\
         </m:FindItem>",
        named(0x8084, "String")
    ));
    assert!(found.contains(&id), "{found}");
    assert_eq!(codes(&found), ["NoError"]);
    assert_valid(&traffic, 8);
}
