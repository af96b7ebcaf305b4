//! Properties that live in tables beside the contacts table.

use exchange_contact_sync::contact::{
    AddressKey, AddressPart, Changes, Contact, PhoneKey, Property,
};
use exchange_contact_sync::mysql::{
    ChildConfig, ChildRows, MySqlConfig, MySqlStore, ScopeValue, SlotConfig,
};
use exchange_contact_sync::sync::error::StoreClass;
use exchange_contact_sync::sync::ids::{ItemId, RowKey};
use exchange_contact_sync::sync::ports::{
    Applied, Batch, Effect, HoldKind, LinkWrite, Missed, RowSeen, RowWrite, Step, Store, Target,
};

mod looks;
mod mapping;
mod triggers;
mod writes;

use crate::support::{
    CONTACTS, Rig, apply, contact, draft, email, insert, key, look, note_unnoted, present, seed,
};

const MOBILE: Property = Property::Phone(PhoneKey::MobilePhone);
const WORK: Property = Property::Phone(PhoneKey::BusinessPhone);
const CITY: Property = Property::Address(AddressKey::Business, AddressPart::City);

const PHONES: &str = "CREATE TABLE contact_phones (
  id INT NOT NULL AUTO_INCREMENT PRIMARY KEY, contact_id INT UNSIGNED NOT NULL, kind VARCHAR(20) NOT NULL,
  number VARCHAR(20) NULL, note VARCHAR(40) NULL,
  main TINYINT NOT NULL DEFAULT 5, label VARCHAR(9) NOT NULL DEFAULT 'o''k', created_at DATETIME NULL, KEY (contact_id),
  CONSTRAINT phones_contact FOREIGN KEY (contact_id) REFERENCES contacts (id))";
const EMAILS: &str = "CREATE TABLE contact_emails (
  contact_id INT UNSIGNED NOT NULL, position INT NOT NULL, email VARCHAR(60) NOT NULL UNIQUE, PRIMARY KEY (contact_id, position))";
const ADDRESSES: &str = "CREATE TABLE contact_addresses (
  contact_id INT UNSIGNED NOT NULL, type ENUM('work','home') NOT NULL, street VARCHAR(60) NOT NULL DEFAULT '', city VARCHAR(60) NULL,
  PRIMARY KEY (contact_id, type), FOREIGN KEY (contact_id) REFERENCES contacts (id) ON DELETE CASCADE)";
const TAGS: &str = "CREATE TABLE contact_tags (
  contact_id INT UNSIGNED NOT NULL, tag VARCHAR(40) NOT NULL, added INT NOT NULL DEFAULT 0, KEY (contact_id))";

fn slots(table: &str, column: &str, slots: &[(&str, &[(&str, &str)])]) -> ChildConfig {
    let slots = slots.iter().map(|(slot, map)| SlotConfig {
        slot: (*slot).to_owned(),
        map: map
            .iter()
            .map(|(column, property)| ((*column).to_owned(), property.parse().unwrap()))
            .collect(),
    });
    ChildConfig {
        table: table.to_owned(),
        contact: "contact_id".to_owned(),
        rows: ChildRows::Slots {
            column: column.to_owned(),
            slots: slots.collect(),
        },
    }
}

fn config(rig: &Rig) -> MySqlConfig {
    let mut config = rig.config();
    config.map = vec![("first_name".to_owned(), Property::GivenName)];
    config.children = vec![
        slots(
            "contact_phones",
            "kind",
            &[
                ("mobile", &[("number", "MobilePhone")]),
                ("work", &[("number", "BusinessPhone")]),
            ],
        ),
        slots(
            "contact_emails",
            "position",
            &[
                ("1", &[("email", "EmailAddress1")]),
                ("02", &[("email", "EmailAddress2")]),
            ],
        ),
        slots(
            "contact_addresses",
            "type",
            &[
                (
                    "work",
                    &[
                        ("street", "BusinessAddress.Street"),
                        ("city", "BusinessAddress.City"),
                    ],
                ),
                ("home", &[("city", "HomeAddress.City")]),
            ],
        ),
        ChildConfig {
            table: "contact_tags".to_owned(),
            contact: "contact_id".to_owned(),
            rows: ChildRows::List {
                value: "tag".to_owned(),
                property: Property::Categories,
            },
        },
    ];
    config
}

fn rig() -> Option<Rig> {
    let mut rig = Rig::new(CONTACTS)?;
    for table in [PHONES, EMAILS, ADDRESSES, TAGS] {
        rig.app.run(table);
    }
    Some(rig)
}

fn full() -> Contact {
    contact(&[
        ("GivenName", "Anna"),
        ("MobilePhone", "1"),
        ("BusinessPhone", "2"),
        ("EmailAddress2", "two@x"),
        ("BusinessAddress.City", "Köln"),
        ("HomeAddress.City", "Bonn"),
        ("Categories", "A\nB"),
    ])
}

fn change(values: &[(Property, &str)]) -> Changes {
    let values = values.iter().map(|(property, text)| {
        let name = property.to_string();
        (
            *property,
            contact(&[(&*name, text)]).get(*property).cloned(),
        )
    });
    values.collect()
}

/// Lets the item of a contact change its row.
fn edit(store: &mut MySqlStore, row: &str, changes: Changes) -> Applied {
    let mapped = store.mapped().to_vec();
    let seen = look(store, row);
    let contact: Contact = present(&seen).contact.clone();
    let step = Step {
        row: RowWrite::Update(changes),
        link: LinkWrite::Save(draft(&format!("I{row}"), &contact, &mapped)),
        effect: Effect::RowUpdated,
        ..Step::nothing()
    };
    let link = seen.link.map(|link| (link.id, link.version));
    apply(store, vec![Target::Row(key(row), link)], vec![step]).remove(0)
}

fn remove(store: &mut MySqlStore, row: &str) -> Applied {
    let step = Step {
        row: RowWrite::Delete,
        link: LinkWrite::End,
        effect: Effect::RowDeleted,
        ..Step::nothing()
    };
    let link = look(store, row).link.map(|link| (link.id, link.version));
    apply(store, vec![Target::Row(key(row), link)], vec![step]).remove(0)
}

fn noted(rig: &mut Rig) -> String {
    let noted = rig
        .app
        .one("SELECT GROUP_CONCAT(DISTINCT row_key ORDER BY row_key) FROM ecs_outbox");
    rig.app.run("DELETE FROM ecs_outbox");
    noted
}

fn is_held(applied: &Applied, kind: HoldKind, part: &str) {
    match applied {
        Applied::Held(held, reason) => {
            assert_eq!(*held, kind, "{reason}");
            // MySQL says whose key it is.
            let reason = reason.replace("unique key contact_emails.", "unique key ");
            assert!(reason.contains(part), "{reason}");
        }
        other => panic!("{other:?}"),
    }
}

fn is_done(applied: &Applied) {
    assert!(matches!(applied, Applied::Done { .. }), "{applied:?}");
}
