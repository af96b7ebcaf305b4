//! Every answer recorded from a real Exchange server is read, and nothing of a contact is lost on the way.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::indexing_slicing,
    reason = "tests"
)]

use std::collections::BTreeMap;
use std::path::PathBuf;

use exchange_contact_sync::ews::wire::{
    self, AddressPart, ChangeKind, ContactElement, ContactItem, CreateItem, DeleteItem, FieldPath,
    FieldValue, FindFolder, FindItem, GetFolder, GetItem, Item, ItemElement, Message, Operation,
    SyncFolderItems, UpdateItem,
};

/// The recordings by file name; empty, with a message, where they are not at hand.
fn recordings() -> BTreeMap<String, String> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/recordings");
    let Ok(entries) = std::fs::read_dir(&folder) else {
        eprintln!("skipped: the recordings are not at hand");
        return BTreeMap::new();
    };
    let files: BTreeMap<String, String> = entries
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "xml"))
        .map(|path| {
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            (name, std::fs::read_to_string(&path).unwrap())
        })
        .collect();
    assert_eq!(files.len(), 49);
    files
}

fn read<O: Operation>(name: &str, xml: &str) -> Vec<Message<O::Part>> {
    let mut messages = Vec::new();
    wire::read::<O>(xml.as_bytes(), &mut |message| messages.push(message))
        .unwrap_or_else(|error| panic!("{name}: {error}"));
    messages
}

fn only<O: Operation>(name: &str, xml: &str) -> O::Part {
    let mut messages = read::<O>(name, xml);
    assert_eq!(messages.len(), 1, "{name}");
    let part = messages.pop().unwrap().into_result();
    part.unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// What stands between two texts, without any knowledge of XML but its five entities.
fn between<'a>(text: &'a str, start: &str, end: &str) -> Option<&'a str> {
    let from = text.find(start)? + start.len();
    let length = text[from..].find(end)?;
    Some(&text[from..from + length])
}

fn attribute(text: &str, element: &str, name: &str) -> Option<String> {
    let tag = between(text, &format!("<t:{element} "), ">")?;
    between(tag, &format!("{name}=\""), "\"").map(plain)
}

fn plain(text: &str) -> String {
    let text = text.replace("&lt;", "<").replace("&gt;", ">");
    text.replace("&quot;", "\"").replace("&amp;", "&")
}

fn entries(text: &str, dictionary: &str) -> Vec<(String, String)> {
    let Some(inner) = between(
        text,
        &format!("<t:{dictionary}>"),
        &format!("</t:{dictionary}>"),
    ) else {
        return Vec::new();
    };
    let parts = inner.split("<t:Entry ").skip(1);
    parts
        .map(|entry| {
            let key = between(entry, "Key=\"", "\"").unwrap().to_owned();
            let value = between(entry, ">", "</t:Entry>").unwrap_or_default();
            (key, value.to_owned())
        })
        .collect()
}

/// Compares a contact that was read with what a plain scan of its text finds.
fn compare(name: &str, contact: &ContactItem, text: &str) -> usize {
    let value = |path: FieldPath| {
        let found = contact.fields.iter().find(|(known, _)| *known == path);
        found.map(|(_, value)| value.as_text().to_owned())
    };
    let own_id = attribute(text, "ItemId", "Id").unwrap();
    assert_eq!(contact.item_id.id, own_id, "{name}");
    assert_eq!(
        contact.item_id.change_key,
        attribute(text, "ItemId", "ChangeKey")
    );
    assert_eq!(
        contact.parent_folder_id,
        attribute(text, "ParentFolderId", "Id")
    );
    let time = between(text, "<t:LastModifiedTime>", "<").map(str::to_owned);
    assert_eq!(contact.last_modified_time, time);
    assert_eq!(contact.item_class.is_some(), time.is_some());

    // The nested names are derived from the others, and must not be taken for them.
    let text = match between(text, "<t:CompleteName>", "</t:CompleteName>") {
        Some(derived) => text.replace(derived, ""),
        None => text.to_owned(),
    };
    let mut seen = 0;
    let contacts = ContactElement::ALL.iter();
    let items = ItemElement::ALL.iter();
    let elements = contacts
        .map(|element| (element.name(), FieldPath::Contact(*element)))
        .chain(items.map(|element| (element.name(), FieldPath::Item(*element))));
    for (element, path) in elements {
        let (open, close) = (format!("<t:{element}>"), format!("</t:{element}>"));
        let empty = text.contains(&format!("<t:{element}/>"));
        let expected = between(&text, &open, &close)
            .map(plain)
            .or(empty.then(String::new));
        let read = value(path);
        assert_eq!(read, expected, "{name}: {element}");
        seen += usize::from(read.is_some());
    }
    let body = text
        .contains("<t:Body BodyType=\"Text\"/>")
        .then(String::new);
    assert_eq!(value(FieldPath::Body), body, "{name}");
    let check = |dictionary, path: &dyn Fn(&'static str) -> FieldPath, keys: &[&'static str]| {
        let entries = entries(&text, dictionary);
        for (key, expected) in &entries {
            let key = keys.iter().find(|known| *known == key).unwrap();
            assert_eq!(value(path(key)).as_deref(), Some(plain(expected).as_str()));
        }
        entries.len()
    };
    seen += check(
        "EmailAddresses",
        &FieldPath::EmailAddress,
        &wire::EMAIL_KEYS,
    );
    seen += check("PhoneNumbers", &FieldPath::PhoneNumber, &wire::PHONE_KEYS);
    seen += check("ImAddresses", &FieldPath::ImAddress, &wire::IM_KEYS);
    for (key, inner) in entries(&text, "PhysicalAddresses") {
        let key = wire::PHYSICAL_ADDRESS_KEYS
            .iter()
            .find(|known| **known == key)
            .unwrap();
        for part in AddressPart::ALL {
            let (open, close) = (
                format!("<t:{}>", part.name()),
                format!("</t:{}>", part.name()),
            );
            let expected = between(&inner, &open, &close).map(plain);
            let read = value(FieldPath::PhysicalAddress(key, *part));
            assert_eq!(read, expected, "{name}");
            seen += usize::from(read.is_some());
        }
    }
    let others = contact.fields.iter().filter(|(path, _)| {
        matches!(
            path,
            FieldPath::Body | FieldPath::Categories | FieldPath::Extended(_)
        )
    });
    assert_eq!(contact.fields.len(), seen + others.count(), "{name}");
    seen
}

fn compare_items(name: &str, items: &[Item], xml: &str) -> usize {
    let scanned: Vec<&str> = xml.split("<t:Contact>").skip(1).collect();
    let contacts: Vec<&ContactItem> = items
        .iter()
        .filter_map(|item| match item {
            Item::Contact(contact) => Some(contact.as_ref()),
            Item::Other { .. } => None,
        })
        .collect();
    assert_eq!(contacts.len(), scanned.len(), "{name}");
    let pairs = contacts.iter().zip(scanned);
    pairs
        .map(|(contact, text)| compare(name, contact, text))
        .sum()
}

#[test]
fn every_recording_is_read_completely() {
    let mut fields = 0;
    for (name, xml) in recordings() {
        match name.split('-').nth(2).unwrap() {
            "GetFolder" => {
                let folders = only::<GetFolder>(&name, &xml).0;
                assert_eq!(folders.len(), 1);
                assert_eq!(folders[0].id, attribute(&xml, "FolderId", "Id").unwrap());
                assert!(!folders[0].display_name.is_empty());
                assert!(folders[0].total_count.is_some());
            }
            "FindFolder" => {
                let found = only::<FindFolder>(&name, &xml);
                assert!(found.includes_last);
                let count = between(&xml, "TotalItemsInView=\"", "\"").unwrap();
                assert_eq!(found.folders.len().to_string(), count, "{name}");
                for folder in &found.folders {
                    assert!(xml.contains(&format!("<t:DisplayName>{}<", folder.display_name)));
                    assert!(folder.folder_class.is_some(), "{name}");
                    assert!(folder.rights.is_some(), "{name}");
                }
            }
            "FindItem" => {
                let found = only::<FindItem>(&name, &xml);
                assert!(found.includes_last);
                fields += compare_items(&name, &found.items, &xml);
            }
            "GetItem" => {
                let items = only::<GetItem>(&name, &xml).0;
                assert_eq!(items.len(), 1, "{name}");
                fields += compare_items(&name, &items, &xml);
            }
            "CreateItem" => {
                let items = only::<CreateItem>(&name, &xml).0;
                assert_eq!(items.len(), 1, "{name}");
                let id = items[0].item_id();
                assert_eq!(Some(&id.id), attribute(&xml, "ItemId", "Id").as_ref());
                assert!(id.change_key.is_some());
            }
            "UpdateItem" => {
                let items = only::<UpdateItem>(&name, &xml).0;
                assert_eq!(items.len(), 1, "{name}");
                let key = attribute(&xml, "ItemId", "ChangeKey");
                assert_eq!(items[0].item_id().change_key, key);
            }
            "DeleteItem" => {
                let messages = read::<DeleteItem>(&name, &xml);
                assert_eq!(messages.len(), 1, "{name}");
                let code = messages[0].error.as_ref().map(|error| error.code.as_str());
                let failed = name.starts_with("DeleteItemsFail-02");
                assert_eq!(code, failed.then_some("ErrorItemNotFound"), "{name}");
            }
            "SyncFolderItems" => {
                let page = only::<SyncFolderItems>(&name, &xml);
                let state = between(&xml, "<m:SyncState>", "</m:SyncState>");
                assert_eq!(page.sync_state.as_deref(), state);
                assert_eq!(page.includes_last, Some(true));
                let expected = xml.matches("<t:Create>").count();
                assert_eq!(page.changes.len(), expected, "{name}");
                for change in &page.changes {
                    assert_eq!(change.kind, ChangeKind::Create);
                    assert!(!change.is_contact, "a calendar item");
                    assert!(change.parent_folder_id.is_some());
                }
            }
            other => panic!("no reader for {other}"),
        }
    }
    eprintln!("{fields} field values compared");
}

#[test]
fn the_richest_recorded_contact_is_read_as_written_here() {
    let recordings = recordings();
    let name = "ContactFieldVariations-05-GetItem-v15.2.xml";
    let Some(xml) = recordings.get(name) else {
        return;
    };
    let mut items = only::<GetItem>(name, xml).0;
    let Some(Item::Contact(contact)) = items.pop() else {
        panic!("no contact");
    };
    assert_eq!(contact.item_class.as_deref(), Some("IPM.Contact"));
    let text = |path: FieldPath, text: &str| (path, FieldValue::Text(text.to_owned()));
    let element = |element, value: &str| text(FieldPath::Contact(element), value);
    let email = FieldValue::Email(wire::EmailAddress {
        address: "complete@test.com".to_owned(),
        name: Some("complete@test.com".to_owned()),
        routing_type: Some("SMTP".to_owned()),
    });
    assert_eq!(
        contact.fields,
        [
            text(
                FieldPath::Item(ItemElement::Subject),
                "Complete Test - Test Company Inc."
            ),
            text(FieldPath::Item(ItemElement::Sensitivity), "Normal"),
            text(FieldPath::Body, ""),
            text(FieldPath::Item(ItemElement::Importance), "Normal"),
            text(FieldPath::Item(ItemElement::Culture), "en-US"),
            element(ContactElement::FileAs, ""),
            element(ContactElement::FileAsMapping, "None"),
            element(ContactElement::DisplayName, "Complete Test"),
            element(ContactElement::GivenName, "Complete"),
            element(ContactElement::CompanyName, "Test Company Inc."),
            (FieldPath::EmailAddress("EmailAddress1"), email),
            text(FieldPath::PhoneNumber("HomePhone"), "+1-555-0123"),
            element(ContactElement::Department, "Quality Assurance"),
            element(ContactElement::JobTitle, "Senior Test Engineer"),
            element(ContactElement::Surname, "Test"),
        ]
    );
}

#[test]
fn every_recording_cut_anywhere_is_an_error_or_complete() {
    for (name, xml) in recordings() {
        if !name.contains("GetItem") {
            continue;
        }
        let bytes = xml.trim_end().as_bytes();
        for end in (0..bytes.len()).step_by(7) {
            let mut count = 0;
            let read = wire::read::<GetItem>(&bytes[..end], &mut |_| count += 1);
            assert!(read.is_err(), "{name} cut at {end}");
        }
    }
}

/// Damage anywhere in an answer is an error or another value, never a panic or an endless loop.
#[test]
fn damaged_recordings_do_no_harm() {
    let mut state = 0x2545_F491_4F6C_DD1D_u64;
    let mut random = move |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % u64::try_from(below).unwrap()).unwrap()
    };
    let pieces: &[&[u8]] = &[
        b"<",
        b">",
        b"/",
        b"\"",
        b"&",
        b"&#x0;",
        b"&#",
        b"\xFF",
        b"\0",
        b"</t:Contact>",
        b"<a>",
        b"<!--",
        b"]]>",
        b"<![CDATA[",
    ];
    let mut failed = 0;
    for (name, xml) in recordings() {
        for _ in 0..60 {
            let mut bytes = xml.clone().into_bytes();
            for _ in 0..=random(3) {
                let at = random(bytes.len());
                let piece = pieces[random(pieces.len())];
                let end = (at + random(4)).min(bytes.len());
                bytes.splice(at..end, piece.iter().copied());
            }
            let read = match name.split('-').nth(2).unwrap() {
                "FindFolder" => wire::read::<FindFolder>(&bytes[..], &mut |_| {}),
                "FindItem" => wire::read::<FindItem>(&bytes[..], &mut |_| {}),
                "SyncFolderItems" => wire::read::<SyncFolderItems>(&bytes[..], &mut |_| {}),
                _ => wire::read::<GetItem>(&bytes[..], &mut |_| {}),
            };
            failed += usize::from(read.is_err());
        }
    }
    eprintln!("{failed} damaged answers were refused");
}
