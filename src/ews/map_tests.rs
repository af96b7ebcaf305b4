use super::*;
use crate::contact::diff;

fn item(fields: Vec<Field>) -> ContactItem {
    ContactItem {
        item_id: super::super::wire::ItemId {
            id: "i".to_owned(),
            change_key: Some("k".to_owned()),
        },
        parent_folder_id: None,
        item_class: None,
        date_time_created: None,
        last_modified_time: Some("2025-07-05T21:50:03Z".to_owned()),
        fields,
    }
}

/// A contact with a value for every property, varied by a number.
fn full(seed: usize) -> Contact {
    let mut contact = Contact::new();
    for (index, property) in Property::all().enumerate() {
        let raw = match property.kind() {
            Kind::Date => format!("{}-02-2{}", 1900 + seed, index % 8 + 1),
            Kind::Set => format!("one {seed}\ntwo; {index}\nthrée"),
            Kind::Note => format!("line {seed}\n\n  <second> & {index}\tx 😀"),
            Kind::Line => format!("{property} \"{seed}\" <&> ü"),
        };
        contact.set_raw(property, &raw).unwrap();
    }
    for key in EmailKey::ALL {
        let address = format!("{}.{seed}@example.test", key.name());
        contact.set_raw(Property::Email(*key), &address).unwrap();
    }
    contact
}

/// What an item holds after these updates.
fn updated(fields: &[Field], updates: &[FieldUpdate]) -> Vec<Field> {
    let mut fields = fields.to_vec();
    for update in updates {
        let path = match update {
            FieldUpdate::Set((path, _)) | FieldUpdate::Delete(path) => path,
        };
        fields.retain(|(known, _)| known != path);
        if let FieldUpdate::Set(field) = update {
            fields.push(field.clone());
        }
    }
    fields
}

#[test]
fn a_contact_survives_the_way_to_an_item_and_back() {
    for seed in 0..50 {
        let contact = full(seed);
        let stamp = Stamp::new(format!("stamp-{seed}"));
        let item = item(new_item(&contact, &stamp));
        assert_eq!(contact_of(&item), contact);
        assert_eq!(stamp_of(&item), Some(stamp));
    }
}

#[test]
fn each_property_alone_survives_creation_change_and_clearing() {
    let (old, new) = (full(1), full(2));
    for property in Property::all() {
        let alone = old.only(&[property]);
        let mut created = item(new_item(&alone, &Stamp::new("s")));
        assert_eq!(contact_of(&created).only(&[property]), alone, "{property}");

        let changes = diff(&old, &new, &[property]);
        let updates = updates_of(&changes);
        assert!(!updates.is_empty(), "{property}");
        created.fields = updated(&created.fields, &updates);
        let after = contact_of(&created);
        assert_eq!(after.only(&[property]), new.only(&[property]), "{property}");

        let cleared = updates_of(&diff(&new, &Contact::new(), &[property]));
        assert!(
            cleared
                .iter()
                .all(|update| matches!(update, FieldUpdate::Delete(_))),
            "{property}"
        );
        created.fields = updated(&created.fields, &cleared);
        assert_eq!(contact_of(&created).get(property), None, "{property}");
    }
}

#[test]
fn every_random_change_turns_one_item_into_another() {
    let all: Vec<Property> = Property::all().collect();
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let mut random = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    for _ in 0..200 {
        let mut part = |seed: usize| {
            let kept: Vec<Property> = all.iter().copied().filter(|_| random() % 3 == 0).collect();
            full(seed).only(&kept)
        };
        let (from, to) = (part(1), part(2));
        let mut fields = new_item(&from, &Stamp::new("s"));
        fields = updated(&fields, &updates_of(&diff(&from, &to, &all)));
        let mut read = contact_of(&item(fields));
        // What was only added to give the item a name in Outlook is no value of the contact.
        for property in [Property::DisplayName, Property::FileAs] {
            if to.get(property).is_none() && from.get(property).is_none() {
                read.set(property, None);
            }
        }
        assert_eq!(read, to);
    }
}

#[test]
fn a_new_item_has_a_name_in_every_list() {
    let named = |pairs: &[(Property, &str)]| {
        let mut contact = Contact::new();
        for (property, text) in pairs {
            contact.set_raw(*property, text).unwrap();
        }
        let fields = new_item(&contact, &Stamp::new("s"));
        let text = |element| {
            let path = FieldPath::Contact(element);
            let found = fields.iter().find(|(known, _)| *known == path);
            found.map(|(_, value)| value.as_text().to_owned())
        };
        (
            text(ContactElement::FileAs),
            text(ContactElement::FileAsMapping),
            text(ContactElement::DisplayName),
        )
    };
    let some = |text: &str| Some(text.to_owned());
    assert_eq!(
        named(&[(Property::Surname, "B"), (Property::GivenName, "A")]),
        (None, some("LastCommaFirst"), some("A B"))
    );
    assert_eq!(
        named(&[(Property::Surname, "B"), (Property::FileAs, "x")]),
        (some("x"), None, some("B"))
    );
    assert_eq!(
        named(&[(Property::CompanyName, "Muster")]),
        (None, some("Company"), None)
    );
    let email = Property::Email(EmailKey::EmailAddress2);
    assert_eq!(
        named(&[(email, "a@example.test")]),
        (some("a@example.test"), None, None)
    );
    assert_eq!(
        named(&[(Property::DisplayName, "Team"), (email, "a@example.test")]),
        (some("Team"), None, some("Team"))
    );
    assert_eq!(named(&[(Property::Body, "note")]), (None, None, None));
}

#[test]
fn an_exchange_users_address_is_its_smtp_form_or_nothing() {
    let read = |address: &str, name: &str, kind: &str, original: Option<&str>| {
        let email = EmailAddress {
            address: address.to_owned(),
            name: Some(name.to_owned()),
            routing_type: Some(kind.to_owned()),
        };
        let key = EmailKey::EmailAddress2;
        let mut fields = vec![(
            FieldPath::EmailAddress(key.name()),
            FieldValue::Email(email),
        )];
        if let Some(original) = original {
            let [_, second, _] = ORIGINAL_DISPLAY_NAMES.clone();
            let value = FieldValue::Text(original.to_owned());
            fields.push((FieldPath::Extended(second), value));
        }
        let contact = contact_of(&item(fields));
        contact.text(Property::Email(key)).map(str::to_owned)
    };
    let some = |text: &str| Some(text.to_owned());
    let legacy = "/o=Example/ou=x/cn=erika";
    assert_eq!(read(legacy, "Erika", "EX", None), None);
    assert_eq!(read(legacy, "Erika", "EX", Some("Erika B")), None);
    assert_eq!(
        read(legacy, "Erika", "EX", Some("erika@example.test")),
        some("erika@example.test")
    );
    assert_eq!(read(legacy, "Erika", "", None), None);
    assert_eq!(read("SMTP:a@b.test", "", "SMTP", None), some("a@b.test"));
    assert_eq!(read("", "a@b.test", "SMTP", None), some("a@b.test"));
    assert_eq!(read("", "Anna", "SMTP", None), None);
    assert_eq!(read(" A@b.test ", "x", "SMTP", None), some("A@b.test"));
}

#[test]
fn the_time_of_the_last_change_is_read() {
    assert_eq!(
        modified_of(&item(Vec::new())),
        Some(Moment(1_751_752_203_000_000))
    );
}
