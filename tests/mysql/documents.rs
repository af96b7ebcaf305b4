//! Properties that have their places in the JSON document of a column.

use exchange_contact_sync::contact::{Changes, Contact, PhoneKey, Property, Value};
use exchange_contact_sync::mysql::MySqlStore;
use exchange_contact_sync::sync::error::StoreClass;
use exchange_contact_sync::sync::ids::ItemId;
use exchange_contact_sync::sync::ports::{
    Applied, Effect, LinkWrite, RowWrite, Step, Store, Target,
};

use crate::support::{
    App, Rig, apply, contact, draft, insert, key, look, note_unnoted, present, seed,
};

const MOBILE: Property = Property::Phone(PhoneKey::MobilePhone);

fn table(column: &str) -> String {
    format!(
        "CREATE TABLE contacts (id INT NOT NULL AUTO_INCREMENT PRIMARY KEY, first_name VARCHAR(40) NULL, data {column}) DEFAULT CHARSET=utf8mb4"
    )
}

fn store(rig: &Rig) -> MySqlStore {
    let mut config = rig.config();
    config.map = vec![
        ("first_name".to_owned(), Property::GivenName),
        ("data->phones.mobile".to_owned(), MOBILE),
        ("data->tags".to_owned(), Property::Categories),
        ("data->born".to_owned(), Property::Birthday),
    ];
    rig.store_with(config)
}

fn changes(of: &[(&str, &str)], cleared: &[Property]) -> Changes {
    let contact = contact(of);
    let set = contact
        .iter()
        .map(|(property, value)| (property, Some(value.clone())));
    set.chain(cleared.iter().map(|property| (*property, None)))
        .collect()
}

/// Links a row of the app with an item, and lets the item change it.
fn edit(store: &mut MySqlStore, row: &str, item: &str, changes: Changes) -> Applied {
    let mapped = store.mapped().to_vec();
    let seen = look(store, row);
    let contact: Contact = present(&seen).contact.clone();
    let step = Step {
        row: RowWrite::Update(changes),
        link: LinkWrite::Save(draft(item, &contact, &mapped)),
        effect: Effect::RowUpdated,
        ..Step::nothing()
    };
    let link = seen.link.map(|link| (link.id, link.version));
    apply(store, vec![Target::Row(key(row), link)], vec![step]).remove(0)
}

/// A document as a column keeps it: the JSON type of MySQL has a form of its own.
fn kept(app: &mut App, column: &str, document: &str) -> String {
    if !column.starts_with("JSON") || app.is_mariadb() {
        return document.to_owned();
    }
    let document = document.replace('\\', "\\\\").replace('\'', "\\'");
    app.one(&format!("SELECT CAST('{document}' AS JSON)"))
}

/// P8, R13: what is not mapped in a document stays to the byte, where the server keeps the bytes; in every type that holds JSON.
#[test]
fn a_change_leaves_the_rest_of_the_document_as_it_is() {
    let original = "{ \"n\":1.10,\"phones\":{\"fax\" : \"1\", \"mobile\":\"2\"}, \"tags\" :[\"A\",\"B\"],\"born\":\"1980-05-17\",\"x\":[1,{\"y\":null}] }";
    for column in ["JSON NULL", "LONGTEXT NULL", "VARCHAR(300) NOT NULL"] {
        let Some(mut rig) = Rig::new(&table(column)) else {
            return;
        };
        rig.app.run(&format!(
            "INSERT INTO contacts (data) VALUES ('{original}')"
        ));
        let mut store = store(&rig);
        assert_eq!(
            present(&look(&mut store, "1")).contact,
            contact(&[
                ("MobilePhone", "2"),
                ("Categories", "A\nB"),
                ("Birthday", "1980-05-17")
            ])
        );
        let step = changes(
            &[("MobilePhone", "+49 'ü\" \\"), ("Categories", "B\nC, D")],
            &[],
        );
        assert!(matches!(
            edit(&mut store, "1", "I1", step),
            Applied::Done { .. }
        ));
        let expected = original
            .replace("\"2\"", r#""+49 'ü\" \\""#)
            .replace("[\"A\",\"B\"]", "[\"B\",\"C, D\"]");
        assert_eq!(
            rig.app.one("SELECT data FROM contacts"),
            kept(&mut rig.app, column, &expected),
            "{column}"
        );
        let seen = look(&mut store, "1");
        let base = seen.link.clone().unwrap().base;
        assert!(
            base.legs(MOBILE)
                .row
                .holds(present(&seen).contact.get(MOBILE))
        );
        assert_eq!(store.counts().unwrap().pending, 0, "our own write");

        let step = changes(&[], &[MOBILE, Property::Categories, Property::Birthday]);
        edit(&mut store, "1", "I1", step);
        let expected = "{ \"n\":1.10,\"phones\":{\"fax\" : \"1\"}, \"x\":[1,{\"y\":null}] }";
        assert_eq!(
            rig.app.one("SELECT data FROM contacts"),
            kept(&mut rig.app, column, expected)
        );
        assert!(present(&look(&mut store, "1")).contact.is_empty());
    }
}

/// What is missing on the way is made, in a new row as well as in one that has no document yet.
#[test]
fn documents_and_objects_on_the_way_are_made() {
    for (column, empty) in [
        ("JSON NULL", "NULL"),
        ("JSON NOT NULL DEFAULT ('{}')", "{}"),
        ("TEXT NOT NULL", "{}"),
        ("JSON NOT NULL", "{}"),
    ] {
        let Some(mut rig) = Rig::new(&table(column)) else {
            return;
        };
        let mut store = store(&rig);
        let made = r#"{"phones": {"mobile": "1"}, "tags": ["X"], "born": "1899-12-31"}"#;
        let full = contact(&[
            ("MobilePhone", "1"),
            ("Categories", "X"),
            ("Birthday", "1899-12-31"),
        ]);
        let bare = contact(&[("GivenName", "Bea")]);
        seed(&mut store, &[("I1", full.clone()), ("I2", bare)]);
        assert_eq!(
            rig.app.rows("SELECT data FROM contacts ORDER BY id"),
            [kept(&mut rig.app, column, made), empty.to_owned()],
            "{column}"
        );
        assert_eq!(present(&look(&mut store, "1")).contact, full);
        edit(&mut store, "2", "I2", changes(&[("MobilePhone", "2")], &[]));
        assert_eq!(
            rig.app.one("SELECT data FROM contacts WHERE id=2"),
            r#"{"phones": {"mobile": "2"}}"#
        );
        rig.app
            .run("UPDATE contacts SET data='{\"phones\": null, \"a\": 1}' WHERE id=2");
        edit(&mut store, "2", "I2", changes(&[("MobilePhone", "3")], &[]));
        assert_eq!(
            rig.app.one("SELECT data FROM contacts WHERE id=2"),
            kept(
                &mut rig.app,
                column,
                r#"{"phones": {"mobile": "3"}, "a": 1}"#
            )
        );
    }
}

/// P8, P6: what cannot be understood is said and left alone, by a write as well.
#[test]
fn what_is_no_document_is_never_overwritten() {
    let Some(mut rig) = Rig::new(&table("TEXT NULL")) else {
        return;
    };
    let wrong = [
        "not json",
        "[1, 2]",
        "{\"phones\": \"12\", \"tags\": {\"a\": 1}}",
        "{\"phones\": [], \"tags\": [{}]}",
    ];
    let mut store = store(&rig);
    for (place, text) in wrong.iter().enumerate() {
        rig.app.run(&format!(
            "INSERT INTO contacts (first_name, data) VALUES ('Anna', '{text}')"
        ));
        let row = (place + 1).to_string();
        let seen = look(&mut store, &row);
        let seen = present(&seen);
        assert_eq!(seen.contact, contact(&[("GivenName", "Anna")]), "{text}");
        assert!(
            !seen.can_read(MOBILE) && !seen.can_read(Property::Categories),
            "{text}"
        );
        let reason = seen.unreadable[0].reason.clone().unwrap();
        assert!(reason.contains("column data"), "{reason}");
        let applied = edit(
            &mut store,
            &row,
            &format!("I{row}"),
            changes(&[("MobilePhone", "5")], &[]),
        );
        assert!(matches!(applied, Applied::Held(..)), "{applied:?}");
    }
    assert_eq!(rig.app.rows("SELECT data FROM contacts ORDER BY id"), wrong);
    let numbers = "{\"phones\": {\"mobile\": 4930}, \"tags\": [1, \"b\"], \"born\": null}";
    rig.app
        .run(&format!("UPDATE contacts SET data='{numbers}' WHERE id=1"));
    assert_eq!(
        present(&look(&mut store, "1")).contact,
        contact(&[
            ("GivenName", "Anna"),
            ("MobilePhone", "4930"),
            ("Categories", "1\nb")
        ])
    );
}

/// R12, P6: a document that has no room is held alone; a change past the triggers is found.
#[test]
fn a_document_that_does_not_fit_is_held_and_changes_are_found() {
    let Some(mut rig) = Rig::new(&table("VARCHAR(40) NULL")) else {
        return;
    };
    let mut store = store(&rig);
    let mapped = store.mapped().to_vec();
    let long = contact(&[("MobilePhone", &"1".repeat(30))]);
    let target = vec![
        Target::Unlinked(ItemId::new("I1")),
        Target::Unlinked(ItemId::new("I2")),
    ];
    let short = contact(&[("MobilePhone", "1")]);
    let steps = vec![insert("I1", &long, &mapped), insert("I2", &short, &mapped)];
    let applied = apply(&mut store, target, steps);
    assert!(matches!(applied[0], Applied::Held(..)), "{applied:?}");
    assert!(matches!(applied[1], Applied::Done { .. }), "{applied:?}");
    assert_eq!(note_unnoted(&mut store, true), 0);
    rig.app.run("DROP TRIGGER ecs_1_update");
    rig.app
        .run("UPDATE contacts SET data='{\"phones\": {\"mobile\": \"2\"}}'");
    assert_eq!(note_unnoted(&mut store, true), 1);
    let value = Value::Text("2".to_owned());
    assert_eq!(
        present(&look(&mut store, "1")).contact.get(MOBILE),
        Some(&value)
    );
}

/// R23: another place is another mapping.
#[test]
fn a_wrong_place_is_an_error_that_names_it() {
    let Some(rig) = Rig::new(&table("DOUBLE NULL")) else {
        return;
    };
    for (name, part) in [
        (
            "data->a",
            "the column \"data\" (double) cannot hold a JSON document with MobilePhone: expected a JSON or text column",
        ),
        (
            "dta->a",
            "no column \"dta\", which contacts.map names for MobilePhone; did you mean \"data\"?",
        ),
        (
            "first_name->a[1]",
            "contacts.map.first_name->a[1] (MobilePhone)",
        ),
        (
            "id->a",
            "is key or scope and cannot be mapped to MobilePhone",
        ),
    ] {
        let mut config = rig.config();
        config.map = vec![(name.to_owned(), MOBILE)];
        let error = MySqlStore::new(config).unwrap().install().unwrap_err();
        assert_eq!(error.class, StoreClass::Config);
        assert!(error.message.contains(part), "{}", error.message);
    }
}

/// P1, R13: a list in a JSON column is an array from the first one on, also where the server keeps JSON as a text with a condition.
#[test]
fn the_first_list_of_a_json_column_is_an_array() {
    let Some(mut rig) = Rig::new(&table("JSON NULL")) else {
        return;
    };
    rig.app
        .run("INSERT INTO contacts (first_name) VALUES ('a')");
    let mut config = rig.config();
    config.map = vec![("data".to_owned(), Property::Categories)];
    let mut store = rig.store_with(config);
    edit(
        &mut store,
        "1",
        "item",
        changes(&[("Categories", "A\nB")], &[]),
    );
    let list = "SELECT JSON_CONTAINS(data, '[\"A\",\"B\"]') FROM contacts";
    assert_eq!(rig.app.one(list), "1");
    let mut line = rig.config();
    line.map = vec![("data".to_owned(), Property::GivenName)];
    let error = MySqlStore::new(line).unwrap().install().unwrap_err();
    assert!(
        error.message.contains("data->key"),
        "a text is no JSON: {}",
        error.message
    );
}
