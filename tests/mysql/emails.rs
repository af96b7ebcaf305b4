//! Lists of e-mail addresses in the places where an app may keep one, and lists that are too long for Exchange.

use exchange_contact_sync::contact::{Changes, Property, Value};
use exchange_contact_sync::mysql::{ChildConfig, ChildRows, MySqlConfig};
use exchange_contact_sync::sync::email_overflow::EmailOverflow;
use exchange_contact_sync::sync::error::StoreClass;
use exchange_contact_sync::sync::matching::{MatchKind, match_keys};
use exchange_contact_sync::sync::ports::{Applied, Effect, RowWrite, Step, Target};

use crate::support::{Rig, apply, contact, key, look, note_unnoted, present, seed};

const LIST: Property = Property::EmailAddresses;
const TABLE: &str = "CREATE TABLE contacts (id INT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY, first_name VARCHAR(40) NULL, \
                     mails TEXT NULL, data JSON NULL, email VARCHAR(60) NULL) DEFAULT CHARSET=utf8mb4";
const CHILD: &str = "CREATE TABLE contact_emails (contact_id INT UNSIGNED NOT NULL, email VARCHAR(60) NOT NULL, KEY (contact_id))";

/// A text column, a place in a document, a child table.
const PLACES: [&str; 3] = ["mails", "data->mail.all", "contact_emails"];

fn config(rig: &Rig, place: &str, overflow: EmailOverflow) -> MySqlConfig {
    let mut config = rig.config();
    config.email_overflow = overflow;
    config.map = vec![("first_name".to_owned(), Property::GivenName)];
    if place == "contact_emails" {
        config.children = vec![ChildConfig {
            table: place.to_owned(),
            contact: "contact_id".to_owned(),
            rows: ChildRows::List {
                value: "email".to_owned(),
                property: LIST,
            },
        }];
    } else {
        config.map.push((place.to_owned(), LIST));
    }
    config
}

/// semantics 35, P6: too long a list is unreadable with its reason wherever it is, tells who the contact is, and stops nothing else.
#[test]
fn a_list_that_is_too_long_waits_alone() {
    for place in PLACES {
        let Some(mut rig) = Rig::new(TABLE) else {
            return;
        };
        rig.app.run(CHILD);
        let mut store = rig.store_with(config(&rig, place, EmailOverflow::Extended));
        let five = contact(&[
            ("GivenName", "Anna"),
            ("EmailAddresses", "a@x\nb@x\nc@x\nd@x\ne@x"),
        ]);
        seed(&mut store, &[("I1", five.clone())]);
        let seen = look(&mut store, "1");
        assert_eq!(present(&seen).contact, five, "{place}");
        assert!(present(&seen).can_read(LIST));
        drop(store);

        let mut store = rig.store_with(config(&rig, place, EmailOverflow::Hold));
        let seen = look(&mut store, "1");
        let row = present(&seen);
        assert!(!row.can_read(LIST) && row.can_read(Property::GivenName));
        assert_eq!(row.unreadable.len(), 1, "{place}");
        let reason = row.unreadable[0].reason.clone().unwrap();
        assert!(reason.contains("has 5 e-mail addresses"), "{reason}");
        let keys = match_keys(&row.contact);
        let emails = keys.iter().filter(|key| key.kind == MatchKind::Email);
        assert_eq!(emails.count(), 5);
        assert_eq!(note_unnoted(&mut store, true), 0, "{place}");
        let name = Value::Text("Anne".to_owned());
        let step = Step {
            row: RowWrite::Update([(Property::GivenName, Some(name))].into_iter().collect()),
            effect: Effect::RowUpdated,
            ..Step::nothing()
        };
        let link = seen.link.map(|link| (link.id, link.version));
        let applied = apply(&mut store, vec![Target::Row(key("1"), link)], vec![step]).remove(0);
        assert!(matches!(applied, Applied::Done { .. }), "{applied:?}");
        let seen = look(&mut store, "1");
        let list = |property| present(&seen).contact.get(property).cloned();
        assert_eq!(list(LIST), five.get(LIST).cloned(), "{place}");
    }
}

/// semantics 45, P8: entries come and go one by one, and those that stay keep their rows.
#[test]
fn a_list_is_written_entry_by_entry() {
    for place in PLACES {
        let Some(mut rig) = Rig::new(TABLE) else {
            return;
        };
        rig.app.run(CHILD);
        let mut store = rig.store_with(config(&rig, place, EmailOverflow::Hold));
        let three = contact(&[("GivenName", "Anna"), ("EmailAddresses", "a@x\nb@x\nc@x")]);
        seed(&mut store, &[("I1", three)]);
        let seen = look(&mut store, "1");
        let wanted = contact(&[("EmailAddresses", "c@x\na@x\nd@x")]);
        let changes: Changes = [(LIST, wanted.get(LIST).cloned())].into_iter().collect();
        let step = Step {
            row: RowWrite::Update(changes),
            effect: Effect::RowUpdated,
            ..Step::nothing()
        };
        let link = seen.link.map(|link| (link.id, link.version));
        apply(&mut store, vec![Target::Row(key("1"), link)], vec![step]);
        let stored = match place {
            "contact_emails" => rig
                .app
                .rows("SELECT email FROM contact_emails ORDER BY email"),
            "mails" => rig.app.rows("SELECT mails FROM contacts"),
            _ => rig.app.rows("SELECT data FROM contacts"),
        };
        let expected: &[&str] = match place {
            "contact_emails" => &["a@x", "c@x", "d@x"],
            "mails" => &["c@x, a@x, d@x"],
            _ => &["{\"mail\":{\"all\":[\"c@x\",\"a@x\",\"d@x\"]}}"],
        };
        let stored: Vec<String> = stored
            .iter()
            .map(|text| text.replace("\": ", "\":"))
            .collect();
        let stored: Vec<String> = stored
            .iter()
            .map(|text| text.replace("\", \"", "\",\""))
            .collect();
        assert_eq!(stored, expected, "{place}");
    }
}

/// R23: the list and its slots are one thing, wherever they are mapped.
#[test]
fn the_list_and_a_slot_cannot_both_be_mapped() {
    let Some(mut rig) = Rig::new(TABLE) else {
        return;
    };
    rig.app.run(CHILD);
    let mut config = config(&rig, "contact_emails", EmailOverflow::Hold);
    let slot = "EmailAddress1".parse().unwrap();
    config.map.push(("email".to_owned(), slot));
    let mut store = exchange_contact_sync::mysql::MySqlStore::new(config).unwrap();
    let error = store.install().unwrap_err();
    assert_eq!(error.class, StoreClass::Config);
    assert!(
        error.message.contains("EmailAddresses") && error.message.contains("EmailAddress1"),
        "{}",
        error.message
    );
}
