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
        attachments: Vec::new(),
    }
}

/// All of the catalogue that is kept in fields, and an extended property of every type.
fn everything() -> Vec<Property> {
    let extended = [
        "Note",
        "Number#int",
        "Address/40000#short",
        "0x6801#long",
        "Common/Vip#bool",
        "7c1d9c0e-52a1-4c8e-9f52-0d4a3b6f1a77/Ratio#double",
        "PublicStrings/Ratio#float",
        "Task/33000#datetime",
        "PublicStrings/Words#list",
    ];
    let extended = extended.map(|name| format!("extended:{name}").parse().unwrap());
    // A photo is no field, and the list of e-mail addresses another view of the slots.
    let is_field = |property: &Property| {
        property.kind() != Kind::Picture && *property != Property::EmailAddresses
    };
    Property::all().filter(is_field).chain(extended).collect()
}

/// A contact with a value for every property, varied by a number.
fn full(seed: usize) -> Contact {
    let mut contact = Contact::new();
    for (index, property) in everything().into_iter().enumerate() {
        let raw = match (property, property.kind()) {
            (Property::Culture, _) => ["de-DE", "fr-FR", "ja-JP"][seed % 3].to_owned(),
            (_, Kind::Choice(words)) => words[1 + seed % (words.len() - 1)].to_owned(),
            (_, Kind::Integer) => format!("-{seed}{index}"),
            (_, Kind::Boolean) => seed.is_multiple_of(2).to_string(),
            (_, Kind::Double) => format!("{seed}.25"),
            (_, Kind::Moment) => format!(
                "{}-02-2{}T23:59:0{}Z",
                1990 + seed,
                index % 8 + 1,
                seed % 10
            ),
            (_, Kind::Date) => format!("{}-02-2{}", 1900 + seed, index % 8 + 1),
            (_, Kind::Set) => format!("one {seed}\ntwo; {index}\nthrée"),
            (_, Kind::Note) => format!("line {seed}\n\n  <second> & {index}\tx 😀"),
            (_, Kind::Picture) => continue,
            (_, Kind::Line) => format!("{property} \"{seed}\" <&> ü"),
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
        assert_eq!(contact_of(&item, &everything()), contact);
        assert_eq!(stamp_of(&item), Some(stamp));
    }
}

#[test]
fn each_property_alone_survives_creation_change_and_clearing() {
    let (old, new) = (full(1), full(2));
    for property in everything() {
        let alone = old.only(&[property]);
        let mut created = item(new_item(&alone, &Stamp::new("s")));
        assert_eq!(
            contact_of(&created, &everything()).only(&[property]),
            alone,
            "{property}"
        );

        let changes = diff(&old, &new, &[property]);
        let updates = updates_of(&changes);
        assert!(!updates.is_empty(), "{property}");
        created.fields = updated(&created.fields, &updates);
        let after = contact_of(&created, &everything());
        assert_eq!(after.only(&[property]), new.only(&[property]), "{property}");

        let cleared = updates_of(&diff(&new, &Contact::new(), &[property]));
        let deletes = |update: &FieldUpdate| matches!(update, FieldUpdate::Delete(_));
        let refused = catalogue::clear(property) != Clear::Delete;
        assert_eq!(!cleared.iter().all(deletes), refused, "{property}");
        created.fields = updated(&created.fields, &cleared);
        assert_eq!(
            contact_of(&created, &everything()).get(property),
            None,
            "{property}"
        );
    }
}

#[test]
fn every_random_change_turns_one_item_into_another() {
    let all = everything();
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
        let mut read = contact_of(&item(fields), &everything());
        // What was only added to give the item a name in Outlook is no value of the contact.
        for property in [
            Property::DisplayName,
            Property::FileAs,
            Property::FileAsMapping,
            Property::PostalAddressIndex,
        ] {
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
        let text = |property| {
            let path = catalogue::path(property);
            let found = fields.iter().find(|(known, _)| *known == path);
            found.map(|(_, value)| value.as_text().to_owned())
        };
        (
            text(Property::FileAs),
            text(Property::FileAsMapping),
            text(Property::DisplayName),
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

/// semantics 36.
#[test]
fn an_exchange_users_address_is_its_smtp_form_or_has_none() {
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
            let value = FieldValue::Text(original.to_owned());
            fields.push((original_display_name(key), value));
        }
        let contact = contact_of(&item(fields), &everything());
        contact.get(Property::Email(key)).cloned()
    };
    let some = |text: &str| Some(Value::Text(text.to_owned()));
    let legacy = "/o=Example/ou=x/cn=erika";
    let entry = Some(Value::Opaque(legacy.to_owned()));
    assert_eq!(read(legacy, "Erika", "EX", None), entry);
    assert_eq!(read(legacy, "Erika", "EX", Some("Erika B")), entry);
    assert_eq!(
        read(legacy, "Erika", "EX", Some("erika@example.test")),
        some("erika@example.test")
    );
    assert_eq!(read(legacy, "Erika", "", None), entry);
    assert_eq!(read("SMTP:a@b.test", "", "SMTP", None), some("a@b.test"));
    assert_eq!(read("", "a@b.test", "SMTP", None), some("a@b.test"));
    assert_eq!(read("", "Anna", "SMTP", None), None);
    assert_eq!(read(" A@b.test ", "x", "SMTP", None), some("A@b.test"));
}

/// semantics 40: one body in two forms, as the mapping asks for it.
#[test]
fn notes_are_read_and_written_in_the_form_that_is_mapped() {
    let html = FieldValue::Html("<body><p onclick='x'>a &lt; b</p>\r\n</body>".to_owned());
    let text = FieldValue::Text("a < b\r\n".to_owned());
    for (mapped, body, expected) in [
        (Property::Body, &text, "a < b"),
        (Property::HtmlBody, &html, "<p>a &lt; b</p>"),
        (Property::HtmlBody, &text, "a &lt; b<br>"),
    ] {
        let item = item(vec![(FieldPath::Body, body.clone())]);
        let contact = contact_of(&item, &[mapped]);
        assert_eq!(contact.text(mapped), Some(expected), "{mapped} {body:?}");
        assert_eq!(contact.iter().count(), 1);
    }
    let ItemShape::Contact(_, form) = shape(&[Property::HtmlBody]) else {
        panic!("contacts")
    };
    assert_eq!(form, BodyType::Html);
    let changes = [(
        Property::HtmlBody,
        Some(Value::Text("<p>a</p>\nb".to_owned())),
    )];
    let html = FieldValue::Html("<p>a</p>\r\nb".to_owned());
    assert_eq!(
        updates_of(&changes.into_iter().collect()),
        [FieldUpdate::Set((FieldPath::Body, html))]
    );
}

/// P8: what a person could not read is there all the same, and is nothing that a row may take the place of unasked.
#[test]
fn a_value_that_is_none_of_its_kind_is_kept_apart() {
    let vip = "extended:Vip#Integer".parse().unwrap();
    for (property, text, expected) in [
        (vip, "12", Some(Value::Integer(12))),
        (vip, "a dozen", Some(Value::Opaque("a dozen".to_owned()))),
        (vip, " ", None),
        (
            Property::Birthday,
            "soon",
            Some(Value::Opaque("soon".to_owned())),
        ),
        (Property::Gender, "0", None),
        (Property::Gender, "7", Some(Value::Opaque("7".to_owned()))),
        (Property::Importance, "Normal", None),
        (
            Property::Importance,
            "Utmost",
            Some(Value::Opaque("Utmost".to_owned())),
        ),
    ] {
        let value = FieldValue::Text(text.to_owned());
        let contact = contact_of(&item(vec![(catalogue::path(property), value)]), &[property]);
        assert_eq!(
            contact.get(property).cloned(),
            expected,
            "{property} {text}"
        );
    }
}

#[test]
fn the_time_of_the_last_change_is_read() {
    assert_eq!(
        modified_of(&item(Vec::new())),
        Some(Moment(1_751_752_203_000_000))
    );
}
