//! A list of e-mail addresses against the simulator: what is written to the slots, and by how many requests.
#![cfg(all(feature = "ews", feature = "mysql"))]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::indexing_slicing,
    reason = "tests"
)]

use crate::simulator::Simulator;
use exchange_contact_sync::contact::{Changes, Contact, Property, Value};
use exchange_contact_sync::ews::{Ews, EwsConfig};
use exchange_contact_sync::sync::email_overflow::EmailOverflow;
use exchange_contact_sync::sync::error::{RemoteClass, RemoteError};
use exchange_contact_sync::sync::ids::{FolderId, Stamp};
use exchange_contact_sync::sync::ports::{Fetched, Item, NewItem, Remote, Update, Written};
use exchange_contact_sync::web::Secret;

const LIST: Property = Property::EmailAddresses;
const MAPPED: [Property; 3] = [LIST, Property::Body, Property::Surname];

struct Mailbox {
    simulator: Simulator,
    ews: Ews,
    folder: FolderId,
}

impl Mailbox {
    /// `None` where the simulator is not built.
    fn open(overflow: EmailOverflow) -> Option<Self> {
        let simulator = Simulator::start(&[])?;
        let mut config = EwsConfig::basic(&simulator.url, "svc", Secret::new("secret"));
        config.email_overflow = overflow;
        let ews = Ews::new(config).unwrap();
        let folder = ews.resolve_folder().unwrap().id;
        Some(Self {
            simulator,
            ews,
            folder,
        })
    }

    fn create(&self, addresses: &str) -> Written {
        let mut contact = Contact::new();
        contact.set_raw(Property::Surname, "Berg").unwrap();
        contact.set(LIST, list(addresses));
        let new = NewItem {
            contact,
            stamp: Stamp::new("s"),
        };
        let mut written = self.ews.create(&self.folder, &[new]).unwrap();
        written.pop().unwrap().unwrap()
    }

    fn update(&self, written: &Written, changes: Changes) -> Result<Written, RemoteError> {
        let update = Update {
            id: written.id.clone(),
            change_key: written.change_key.clone(),
            changes,
            known: Changes::new(),
        };
        self.ews
            .update(&self.folder, &[update])
            .unwrap()
            .pop()
            .unwrap()
    }

    fn set(&self, written: &Written, addresses: &str) -> Result<Written, RemoteError> {
        self.update(written, [(LIST, list(addresses))].into_iter().collect())
    }

    fn item(&self, written: &Written) -> Item {
        let ids = [written.id.clone()];
        match self.ews.fetch(&self.folder, &ids, &MAPPED).unwrap().pop() {
            Some(Fetched::Item(item)) => *item,
            other => panic!("{other:?}"),
        }
    }

    /// The addresses as they are read, sorted.
    fn addresses(&self, written: &Written) -> String {
        match self.item(written).contact.get(LIST) {
            Some(Value::List(entries)) => {
                let mut entries = entries.clone();
                entries.sort();
                entries.join(" ")
            }
            _ => String::new(),
        }
    }

    /// What the side door shows of an item.
    fn shown(&self, written: &Written) -> serde_json::Value {
        let id = written.id.as_str().replace('+', "%2B").replace('/', "%2F");
        serde_json::from_str(&self.simulator.get(&format!("items/{id}"))).unwrap()
    }

    fn slots(&self, written: &Written) -> [String; 3] {
        let fields = &self.shown(written)["fields"];
        [1, 2, 3].map(|slot| {
            let address = fields[format!("EmailAddress{slot}")].as_str();
            address.unwrap_or_default().to_owned()
        })
    }

    /// What a person in Outlook does; the item's new version.
    fn edit(&self, written: &Written, fields: &serde_json::Value) -> Written {
        let edit = serde_json::json!({"id": written.id.as_str(), "fields": fields});
        self.simulator.post("items/update", &edit.to_string());
        Written {
            change_key: self.item(written).change_key,
            ..written.clone()
        }
    }
}

fn list(addresses: &str) -> Option<Value> {
    let entries: Vec<String> = addresses.split_whitespace().map(str::to_owned).collect();
    (!entries.is_empty()).then_some(Value::List(entries))
}

/// semantics 35, 34: a hundred random edits on both sides never move an address, whatever the server leaves behind, and cost two
/// requests each, or one where the item holds the list already.
#[test]
fn a_hundred_random_edits_reorder_nothing() {
    for modes in ["{}", r#"{"ghostSlots":true,"keepDisplayNames":true}"#] {
        let Some(mailbox) = Mailbox::open(EmailOverflow::Extended) else {
            return;
        };
        mailbox.simulator.post("modes", modes);
        let mut state = 0x2545_F491_4F6C_DD1D_u64;
        let mut random = move |below: usize| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            usize::try_from(state % below as u64).unwrap()
        };
        let mut written = mailbox.create("a0@x.test a1@x.test");
        let mut writes = 0;
        for _ in 0..100 {
            let before = mailbox.slots(&written);
            if random(3) == 0 {
                // Outlook's own edits leave everything else where it is, as long as we do.
                let slot = random(3) + 1;
                let address = format!("o{}@x.test", random(1_000));
                let fields = serde_json::json!({
                    format!("EmailAddress{slot}"): address,
                    format!("EmailAddress{slot}.Name"): address,
                });
                written = mailbox.edit(&written, &fields);
                assert!(mailbox.addresses(&written).contains(&address));
                continue;
            }
            let now = mailbox.addresses(&written);
            let mut wanted: Vec<String> = now.split_whitespace().map(str::to_owned).collect();
            wanted.retain(|_| random(4) > 0);
            let fresh = (0..random(3)).map(|_| format!("a{}@x.test", random(1_000)));
            wanted.extend(fresh.collect::<Vec<_>>());
            wanted.truncate(6);
            wanted.sort();
            wanted.dedup();
            let same = wanted.join(" ") == now;
            let turned = random(wanted.len().max(1));
            wanted.rotate_left(turned);
            let requests = mailbox.ews.requests();
            written = mailbox.set(&written, &wanted.join(" ")).unwrap();
            let sent = mailbox.ews.requests() - requests;
            assert_eq!(sent, if same { 1 } else { 2 });
            writes += u32::from(!same);
            for (was, is) in before.iter().zip(mailbox.slots(&written)) {
                assert!(*was == is || !wanted.contains(was), "{was} became {is}");
            }
            wanted.sort();
            assert_eq!(mailbox.addresses(&written), wanted.join(" "));
        }
        assert!(writes > 40, "{writes}");
    }
}

/// semantics 34, 36: a cleared slot leaves nothing of itself, and an entry of the address list stays as it is.
#[test]
fn a_foreign_entry_and_its_neighbours_stay() {
    let Some(mailbox) = Mailbox::open(EmailOverflow::Hold) else {
        return;
    };
    mailbox
        .simulator
        .post("modes", r#"{"ghostSlots":true,"keepDisplayNames":true}"#);
    let written = mailbox.create("a@x.test");
    let foreign = serde_json::json!({
        "EmailAddress2": "/o=Org/cn=erika",
        "EmailAddress2.RoutingType": "EX",
        "EmailAddress2.Name": "Erika",
        "EmailAddress2.OriginalDisplayName": "Erika",
        "EmailAddress2.OriginalEntryId": "AAAAANynQMjAQhAatLkIACsv4YIBAAAA",
    });
    let written = mailbox.edit(&written, &foreign);
    assert_eq!(mailbox.addresses(&written), "a@x.test");
    let written = mailbox.set(&written, "a@x.test b@x.test").unwrap();
    let slots = ["a@x.test", "/o=Org/cn=erika", "b@x.test"];
    assert_eq!(mailbox.slots(&written), slots);
    let error = mailbox
        .set(&written, "a@x.test b@x.test c@x.test")
        .unwrap_err();
    assert_eq!(error.class, RemoteClass::Permanent);
    assert!(error.message.contains("1 of 3"), "{}", error.message);
    let written = mailbox.set(&written, "").unwrap();
    let shown = mailbox.shown(&written);
    let fields = shown["fields"].as_object().unwrap();
    for (name, value) in fields
        .iter()
        .filter(|(name, _)| name.starts_with("EmailAddress"))
    {
        assert_eq!(foreign.get(name), Some(value), "{name}");
    }
    assert_eq!(mailbox.addresses(&written), "");
}

/// semantics 40, 35: formatted notes get a paragraph and keep the rest to the byte; the app never sees the line; a person may edit it.
#[test]
fn notes_hold_what_has_no_slot() {
    let Some(mailbox) = Mailbox::open(EmailOverflow::Notes) else {
        return;
    };
    let written = mailbox.create("a@x.test b@x.test c@x.test d@x.test");
    let body = |written: &Written| {
        let body = mailbox.shown(written)["fields"]["Body"].clone();
        body.as_str().unwrap_or_default().to_owned()
    };
    assert_eq!(body(&written), "Further e-mail addresses: d@x.test");
    let html = "<html><body><p>Met at <b>CeBIT</b></p></body></html>";
    let written = mailbox.edit(
        &written,
        &serde_json::json!({"Body": html, "BodyType": "HTML"}),
    );
    assert_eq!(mailbox.addresses(&written), "a@x.test b@x.test c@x.test");
    let five = "a@x.test b@x.test c@x.test d@x.test e@x.test";
    let written = mailbox.set(&written, five).unwrap();
    let line = "<p>Further e-mail addresses: d@x.test; e@x.test</p>";
    assert_eq!(
        body(&written),
        html.replace("</body>", &format!("{line}</body>"))
    );
    assert_eq!(mailbox.addresses(&written), five);
    let note = |written: &Written| {
        let item = mailbox.item(written);
        item.contact.text(Property::Body).map(str::to_owned)
    };
    assert_eq!(note(&written).as_deref(), Some("Met at CeBIT"));

    let linked = body(&written).replace("d@x.test; ", "<a href=\"mailto:f@x.test\">f@x.test</a>, ");
    let written = mailbox.edit(
        &written,
        &serde_json::json!({"Body": linked, "BodyType": "HTML"}),
    );
    let edited = "a@x.test b@x.test c@x.test e@x.test f@x.test";
    assert_eq!(mailbox.addresses(&written), edited);

    let text = Value::Text("A new note".to_owned());
    let changes = [(Property::Body, Some(text))].into_iter().collect();
    let requests = mailbox.ews.requests();
    let written = mailbox.update(&written, changes).unwrap();
    assert_eq!(mailbox.ews.requests() - requests, 2);
    assert_eq!(mailbox.addresses(&written), edited);
    assert_eq!(note(&written).as_deref(), Some("A new note"));

    let three = "a@x.test b@x.test c@x.test";
    let written = mailbox.set(&written, three).unwrap();
    assert_eq!(body(&written), "A new note");
    let unclear = "x<br>Further e-mail addresses: d@x.test<br>y";
    let written = mailbox.edit(
        &written,
        &serde_json::json!({"Body": unclear, "BodyType": "HTML"}),
    );
    let error = mailbox.set(&written, five).unwrap_err();
    assert_eq!(error.class, RemoteClass::Permanent);
    assert_eq!(
        body(&written),
        unclear,
        "nothing is lost where it is refused"
    );
}

/// semantics 26: a list is placed in the version that was read, and in no other.
#[test]
fn a_stale_version_is_a_conflict() {
    let Some(mailbox) = Mailbox::open(EmailOverflow::Hold) else {
        return;
    };
    let written = mailbox.create("a@x.test");
    mailbox.edit(&written, &serde_json::json!({"EmailAddress2": "b@x.test"}));
    let error = mailbox.set(&written, "a@x.test c@x.test").unwrap_err();
    assert_eq!(error.class, RemoteClass::Conflict);
    assert_eq!(mailbox.addresses(&written), "a@x.test b@x.test");
    // Both needs of an update together cost one request more.
    let current = Written {
        change_key: mailbox.item(&written).change_key,
        ..written
    };
    let mut changes: Changes = [(LIST, list("b@x.test"))].into_iter().collect();
    let surname = Value::Text("Tal".to_owned());
    changes.insert(Property::Surname, Some(surname));
    let requests = mailbox.ews.requests();
    let current = mailbox.update(&current, changes).unwrap();
    assert_eq!(mailbox.ews.requests() - requests, 2);
    assert_eq!(mailbox.slots(&current), ["", "b@x.test", ""]);
    // What is there already is no write; under an old version it is the server that says whether it would be one.
    let requests = mailbox.ews.requests();
    let same = mailbox.set(&current, "b@x.test").unwrap();
    assert_eq!(same.change_key, current.change_key);
    assert_eq!(mailbox.ews.requests() - requests, 1);
    let newer = mailbox.edit(&current, &serde_json::json!({"Surname": "Hof"}));
    let error = mailbox.set(&current, "b@x.test").unwrap_err();
    assert_eq!(error.class, RemoteClass::Conflict);
    mailbox
        .simulator
        .post("modes", r#"{"ignoreChangeKeys":true}"#);
    let written = mailbox.set(&current, "b@x.test").unwrap();
    assert_ne!(written.change_key, newer.change_key);
    assert_eq!(mailbox.addresses(&written), "b@x.test");
}
