//! Every request that we can build is valid by the official schema.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::indexing_slicing,
    reason = "tests"
)]

use std::borrow::Cow;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use exchange_contact_sync::ews::wire::{
    self, AddressPart, BodyType, ConflictResolution, ContactElement, Context, CreateAttachment,
    CreateFolder, CreateItem, DeleteAttachment, DeleteItem, DeleteType, EmailAddress,
    ExtendedFieldUri, Field, FieldPath, FieldUpdate, FieldValue, FindFolder, FindItem, FolderRef,
    GetAttachment, GetFolder, GetItem, IsEqualTo, ItemElement, ItemId, ItemShape, ItemUpdate,
    MoveItem, Operation, PropertySet, SchemaVersion, SyncFolderItems, UpdateItem,
};

/// Validates documents with xmllint; says so and does nothing where schema or tool are not at hand.
fn validate(documents: &[(String, Vec<u8>)]) {
    let schema = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/ews-schema/ews.xsd");
    if !schema.exists() || Command::new("xmllint").arg("--version").output().is_err() {
        eprintln!("skipped: the schema or xmllint is not at hand");
        return;
    }
    let folder = std::env::temp_dir().join(format!("ews-requests-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let mut files = Vec::new();
    for (name, bytes) in documents {
        let file = folder.join(format!("{name}.xml"));
        let mut out = std::fs::File::create(&file).unwrap();
        out.write_all(bytes).unwrap();
        files.push(file);
    }
    let output = Command::new("xmllint")
        .args(["--noout", "--nonet", "--schema"])
        .arg(&schema)
        .args(&files)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    for file in &files {
        std::fs::remove_file(file).unwrap();
    }
    std::fs::remove_dir(&folder).ok();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    assert_eq!(said.matches("validates").count(), files.len(), "{said}");
}

fn document<O: Operation>(name: &str, operation: &O) -> (String, Vec<u8>) {
    let bytes = wire::write(&Context::default(), operation).unwrap();
    (name.to_owned(), bytes)
}

fn stamp() -> ExtendedFieldUri {
    ExtendedFieldUri::Name {
        set: PropertySet::Guid(Cow::Borrowed("7c1d9c0e-52a1-4c8e-9f52-0d4a3b6f1a77")),
        name: Cow::Borrowed("Some Name"),
        kind: Cow::Borrowed("String"),
    }
}

fn twin() -> ExtendedFieldUri {
    ExtendedFieldUri::Id {
        set: PropertySet::Distinguished(Cow::Borrowed("Address")),
        id: 32990,
        kind: Cow::Borrowed("SystemTime"),
    }
}

fn title() -> ExtendedFieldUri {
    ExtendedFieldUri::Tag {
        tag: 0x3A45,
        kind: Cow::Borrowed("String"),
    }
}

fn words() -> ExtendedFieldUri {
    ExtendedFieldUri::Name {
        set: PropertySet::of("PublicStrings"),
        name: Cow::Borrowed("Words"),
        kind: Cow::Borrowed("StringArray"),
    }
}

/// Every field with a value that fits its type, and with characters that need care.
fn all_fields() -> Vec<Field> {
    let text = |text: &str| FieldValue::Text(text.to_owned());
    let value = |element: ContactElement| match element {
        ContactElement::FileAsMapping => "LastCommaFirst",
        ContactElement::PostalAddressIndex => "Business",
        ContactElement::Birthday => "1980-05-17T11:59:00Z",
        ContactElement::WeddingAnniversary => "2004-02-29T11:59:00Z",
        ContactElement::BusinessHomePage => "www.example.test/ a b?c=<d>&e",
        _ => "A \"quoted\" <tag> & 'more' \u{0}\u{1}\u{FFFE}😀 \r\n end",
    };
    let elements = ContactElement::ALL.iter();
    let strings = || FieldValue::Strings(vec!["Mia".to_owned(), "Ben & Tom".to_owned()]);
    let mut fields: Vec<Field> = elements
        .map(|element| {
            let value = match element.is_list() {
                true => strings(),
                false => text(value(*element)),
            };
            (FieldPath::Contact(*element), value)
        })
        .collect();
    let items = ItemElement::ALL.iter().map(|element| {
        let value = match element {
            ItemElement::Subject => "Anna <Berg> & Co",
            ItemElement::Sensitivity => "Private",
            ItemElement::Importance => "High",
            ItemElement::ReminderDueBy => "2026-01-31T08:00:00Z",
            ItemElement::ReminderIsSet => "true",
            ItemElement::Culture => "de-DE",
        };
        (FieldPath::Item(*element), text(value))
    });
    fields.extend(items);
    for key in wire::EMAIL_KEYS {
        let email = EmailAddress {
            address: format!("{key}@example.test"),
            name: (key != "EmailAddress2").then(|| "\"Anna\" <a>".to_owned()),
            routing_type: Some("SMTP".to_owned()),
        };
        fields.push((FieldPath::EmailAddress(key), FieldValue::Email(email)));
    }
    fields.extend(wire::IM_KEYS.map(|key| (FieldPath::ImAddress(key), text("sip:x"))));
    fields.extend(wire::PHONE_KEYS.map(|key| (FieldPath::PhoneNumber(key), text("+49 30 1"))));
    for key in wire::PHYSICAL_ADDRESS_KEYS {
        for part in AddressPart::ALL {
            fields.push((FieldPath::PhysicalAddress(key, *part), text("x\ny")));
        }
    }
    let categories = vec!["Customers".to_owned(), "Red & blue".to_owned()];
    fields.push((FieldPath::Categories, FieldValue::Strings(categories)));
    fields.push((FieldPath::Body, text("Note\r\nof two lines\u{8}")));
    fields.push((FieldPath::Extended(stamp()), text("s-1")));
    fields.push((FieldPath::Extended(title()), text("Dr.")));
    fields.push((FieldPath::Extended(words()), strings()));
    fields.push((FieldPath::Extended(twin()), text("1980-05-17T00:00:00Z")));
    fields
}

fn item_id() -> ItemId {
    ItemId {
        id: "AAMk+/\"&=".to_owned(),
        change_key: Some("EQAAABYAAAA=".to_owned()),
    }
}

fn update(updates: Vec<FieldUpdate>) -> UpdateItem {
    UpdateItem {
        conflict_resolution: ConflictResolution::NeverOverwrite,
        item_changes: vec![ItemUpdate {
            item_id: item_id(),
            updates,
        }],
    }
}

#[test]
fn reading_requests_are_valid() {
    let contacts = FolderRef::Distinguished {
        name: "contacts".to_owned(),
        mailbox: None,
    };
    let delegate = FolderRef::Distinguished {
        name: "contacts".to_owned(),
        mailbox: Some("erika@example.test".to_owned()),
    };
    let by_id = FolderRef::Id("AAMk=".to_owned());
    let sync = |sync_state: Option<&str>| SyncFolderItems {
        folder: by_id.clone(),
        sync_state: sync_state.map(str::to_owned),
        max_changes: 600,
    };
    let find = |values: &[&str]| FindItem {
        parent: by_id.clone(),
        any_of: values
            .iter()
            .map(|value| IsEqualTo {
                path: stamp(),
                value: (*value).to_owned(),
            })
            .collect(),
        offset: 3,
        max_entries: 100,
    };
    let mut documents = vec![
        document(
            "get-folder",
            &GetFolder {
                folder_ids: vec![contacts.clone(), delegate, by_id.clone()],
            },
        ),
        document(
            "find-folder",
            &FindFolder {
                parent: contacts.clone(),
                offset: 0,
            },
        ),
        document(
            "create-folder",
            &CreateFolder {
                parent: contacts,
                display_name: "Customers <new> & \"old\"".to_owned(),
            },
        ),
        document("sync-first", &sync(None)),
        document("sync-next", &sync(Some("H4sI+/="))),
        document("find-all", &find(&[])),
        document("find-one", &find(&["s-1"])),
        document("find-two", &find(&["s-1", "s-2\"<"])),
        document(
            "get-ids",
            &GetItem {
                shape: ItemShape::IdOnly,
                item_ids: vec![item_id()],
            },
        ),
        document(
            "get-item",
            &GetItem {
                shape: ItemShape::Contact(
                    all_fields().into_iter().map(|(path, _)| path).collect(),
                    BodyType::Best,
                ),
                item_ids: vec![item_id(), item_id()],
            },
        ),
        document(
            "move-item",
            &MoveItem {
                to_folder: by_id.clone(),
                item_ids: vec![item_id()],
            },
        ),
        document(
            "get-attachment",
            &GetAttachment {
                attachment_ids: vec!["AAMkAtt=".to_owned(), "AAMkAtt2=\"<".to_owned()],
            },
        ),
        document(
            "create-attachment",
            &CreateAttachment {
                parent_item_id: item_id(),
                name: "ContactPicture.jpg".to_owned(),
                content_type: "image/jpeg".to_owned(),
                content: "/9j/4AAQSkZJRgABAQ==".to_owned(),
            },
        ),
        document(
            "delete-attachment",
            &DeleteAttachment {
                attachment_ids: vec!["AAMkAtt=".to_owned()],
            },
        ),
        document(
            "delete-item",
            &DeleteItem {
                delete_type: DeleteType::MoveToDeletedItems,
                item_ids: vec![item_id()],
            },
        ),
    ];
    let context = Context {
        version: SchemaVersion::Exchange2010Sp2,
        impersonate: Some("erika@example.test".to_owned()),
    };
    let bytes = wire::write(&context, &sync(None)).unwrap();
    assert!(
        String::from_utf8(bytes.clone())
            .unwrap()
            .contains("<t:PrimarySmtpAddress>erika@example.test<")
    );
    documents.push(("impersonation".to_owned(), bytes));
    validate(&documents);
}

#[test]
fn creating_with_all_fields_and_with_each_alone_is_valid() {
    let create = |contacts: Vec<Vec<Field>>| CreateItem {
        folder: FolderRef::Id("AAMk=".to_owned()),
        contacts,
    };
    let all = all_fields();
    let mut reversed = all.clone();
    reversed.reverse();
    let mut documents = vec![document(
        "all",
        &create(vec![all.clone(), reversed, Vec::new()]),
    )];
    for (index, field) in all.into_iter().enumerate() {
        documents.push(document(
            &format!("one-{index}"),
            &create(vec![vec![field]]),
        ));
    }
    validate(&documents);
}

#[test]
fn updating_and_clearing_all_fields_and_each_alone_is_valid() {
    let all = all_fields();
    let sets = |fields: &[Field]| fields.iter().cloned().map(FieldUpdate::Set).collect();
    let clears = |fields: &[Field]| {
        let paths = fields.iter().map(|(path, _)| path.clone());
        paths.map(FieldUpdate::Delete).collect()
    };
    let mut documents = vec![
        document("set-all", &update(sets(&all))),
        document("clear-all", &update(clears(&all))),
    ];
    for (index, field) in all.chunks(1).enumerate() {
        documents.push(document(&format!("set-{index}"), &update(sets(field))));
        documents.push(document(&format!("clear-{index}"), &update(clears(field))));
    }
    validate(&documents);
}

/// semantics 27.
#[test]
fn an_update_names_one_property_in_each_change_description() {
    for field in all_fields() {
        let path = field.0.clone();
        let bytes =
            wire::write(&Context::default(), &update(vec![FieldUpdate::Set(field)])).unwrap();
        let text = String::from_utf8(bytes).unwrap();
        let contact = text.split("<t:Contact>").nth(1).unwrap();
        let contact = contact.split("</t:Contact>").next().unwrap();
        let properties = contact.matches("</t:").count();
        let expected = match path {
            FieldPath::Contact(element) if element.is_list() => 3,
            FieldPath::Body | FieldPath::Contact(_) | FieldPath::Item(_) => 1,
            FieldPath::Attachments => 0,
            FieldPath::Categories => 3,
            FieldPath::Extended(uri) if uri == words() => 4,
            FieldPath::Extended(_) => 2,
            FieldPath::EmailAddress(_) | FieldPath::PhoneNumber(_) | FieldPath::ImAddress(_) => 2,
            FieldPath::PhysicalAddress(..) => 3,
        };
        assert_eq!(properties, expected, "{contact}");
    }
}
