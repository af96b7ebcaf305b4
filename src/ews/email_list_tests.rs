use super::*;
use crate::contact::diff;
use crate::ews::map::{new_item, updates_of};
use crate::ews::wire::{EmailAddress, Field, ItemId};
use crate::sync::ids::Stamp;

const MAPPED: &[Property] = &[Property::EmailAddresses, Property::Body, Property::Surname];
const POLICIES: [EmailOverflow; 3] = [
    EmailOverflow::Hold,
    EmailOverflow::Extended,
    EmailOverflow::Notes,
];

fn item(fields: Vec<Field>) -> ContactItem {
    ContactItem {
        item_id: ItemId {
            id: "i".to_owned(),
            change_key: Some("k".to_owned()),
        },
        parent_folder_id: None,
        item_class: None,
        date_time_created: None,
        last_modified_time: None,
        fields,
        attachments: Vec::new(),
    }
}

fn contact(addresses: &str, note: &str) -> Contact {
    let mut contact = Contact::new();
    let lines = addresses.replace(' ', "\n");
    contact.set_raw(Property::EmailAddresses, &lines).unwrap();
    contact.set_raw(Property::Body, note).unwrap();
    contact
}

/// Whether two contacts mean the same.
fn assert_same(left: &Contact, right: &Contact, what: &str) {
    let changes = diff(left, right, MAPPED);
    assert!(changes.is_empty(), "{what}: {left:?} is not {right:?}");
}

fn created(contact: &Contact, policy: EmailOverflow) -> ContactItem {
    item(new_item(&spread(contact, policy), &Stamp::new("s")))
}

fn read(item: &ContactItem, policy: EmailOverflow) -> Contact {
    super::read(&mut item.clone(), MAPPED, policy).only(MAPPED)
}

/// Writes changes to an item as its server would.
fn change(item: &mut ContactItem, changes: &Changes, policy: EmailOverflow) -> Vec<FieldUpdate> {
    let spread = spread_changes(item, changes, policy).unwrap();
    let mut updates = updates_of(&spread.changes);
    updates.extend(
        spread
            .body
            .map(|body| FieldUpdate::Set((FieldPath::Body, body))),
    );
    for update in &updates {
        let (FieldUpdate::Set((path, _)) | FieldUpdate::Delete(path)) = update;
        item.fields.retain(|(known, _)| known != path);
        if let FieldUpdate::Set(field) = update {
            item.fields.push(field.clone());
        }
    }
    updates
}

fn changes(pairs: &[(Property, Option<&Value>)]) -> Changes {
    let pairs = pairs.iter();
    pairs
        .map(|(property, value)| (*property, value.map(Value::clone)))
        .collect()
}

/// P1, semantics 35: what a row holds is what its item gives back, by every policy that keeps it, at creation and at change.
#[test]
fn a_list_survives_the_way_to_an_item_and_back() {
    for policy in POLICIES {
        for (addresses, note) in [
            ("", "a note"),
            ("a@x", ""),
            ("a@x b@x c@x", "a note\n\nof lines"),
            ("a@x b@x c@x d@x e@x", "a note"),
            ("a@x b@x c@x d@x e@x", ""),
        ] {
            let wanted = contact(addresses, note);
            let is_kept = match wanted.get(Property::EmailAddresses) {
                Some(Value::List(list)) => policy.objection(list).is_none(),
                _ => true,
            };
            let item = created(&wanted, policy);
            assert_same(&read(&item, policy), &wanted, addresses);
            if !is_kept {
                continue;
            }
            for (from, note_before) in [("", ""), ("x@y", "old"), ("q@x c@x b@x", "old")] {
                let mut item = created(&contact(from, note_before), policy);
                let list = wanted.get(Property::EmailAddresses);
                let body = wanted.get(Property::Body);
                change(
                    &mut item,
                    &changes(&[(Property::EmailAddresses, list)]),
                    policy,
                );
                change(&mut item, &changes(&[(Property::Body, body)]), policy);
                let what = format!("{policy:?} {from} -> {addresses}");
                assert_same(&read(&item, policy), &wanted, &what);
            }
        }
    }
}

/// P1: another policy reads all that the one before wrote, and brings it to its own place with the next change of the list.
#[test]
fn another_policy_loses_no_address() {
    let five = contact("a@x b@x c@x d@x e@x", "a note");
    for before in [EmailOverflow::Extended, EmailOverflow::Notes] {
        for after in POLICIES {
            let mut item = created(&five, before);
            let list = five.get(Property::EmailAddresses);
            assert_eq!(read(&item, after).get(Property::EmailAddresses), list);
            let fewer = contact("b@x e@x", "");
            let fewer = fewer.get(Property::EmailAddresses);
            change(
                &mut item,
                &changes(&[(Property::EmailAddresses, fewer)]),
                after,
            );
            let what = format!("{before:?} {after:?}");
            assert_same(&read(&item, after), &contact("b@x e@x", "a note"), &what);
        }
    }
}

/// semantics 35: of a change of the list nothing is written but what it changes; of a note nothing of the list.
#[test]
fn nothing_is_written_but_what_changes() {
    for policy in [EmailOverflow::Extended, EmailOverflow::Notes] {
        let five = contact("a@x b@x c@x d@x e@x", "a note");
        let mut item = created(&five, policy);
        let same = five.get(Property::EmailAddresses);
        let written = change(
            &mut item,
            &changes(&[(Property::EmailAddresses, same)]),
            policy,
        );
        assert_eq!(written, [], "{policy:?}");
        let less = contact("e@x d@x c@x a@x", "");
        let less = less.get(Property::EmailAddresses);
        let written = change(
            &mut item,
            &changes(&[(Property::EmailAddresses, less)]),
            policy,
        );
        let deleted = |update: &FieldUpdate| matches!(update, FieldUpdate::Delete(_));
        assert!(
            written.len() == 5 && written.iter().all(deleted),
            "{written:?}"
        );
        assert_eq!(
            written.first(),
            Some(&FieldUpdate::Delete(FieldPath::EmailAddress(
                "EmailAddress2"
            )))
        );
    }
}

/// semantics 36: an entry without a known address is in no list, and its slot stays as it is.
#[test]
fn a_foreign_entry_keeps_its_slot() {
    let legacy = EmailAddress {
        address: "/o=Example/cn=erika".to_owned(),
        name: Some("Erika".to_owned()),
        routing_type: Some("EX".to_owned()),
    };
    let foreign = (
        FieldPath::EmailAddress("EmailAddress2"),
        FieldValue::Email(legacy),
    );
    for policy in POLICIES {
        let mut item = created(&contact("a@x", ""), policy);
        item.fields.push(foreign.clone());
        let two = contact("a@x b@x", "");
        assert_eq!(read(&item, policy), contact("a@x", ""));
        let list = two.get(Property::EmailAddresses);
        change(
            &mut item,
            &changes(&[(Property::EmailAddresses, list)]),
            policy,
        );
        assert_eq!(read(&item, policy), two);
        change(
            &mut item,
            &changes(&[(Property::EmailAddresses, None)]),
            policy,
        );
        assert!(item.fields.contains(&foreign), "{policy:?}");
        let three = contact("a@x b@x c@x", "");
        let list = three.get(Property::EmailAddresses);
        let wanted = changes(&[(Property::EmailAddresses, list)]);
        if policy == EmailOverflow::Hold {
            let reason = spread_changes(&item, &wanted, policy).unwrap_err();
            assert!(reason.contains("1 of 3"), "{reason}");
        } else {
            change(&mut item, &wanted, policy);
            assert_eq!(read(&item, policy), three);
        }
    }
}

/// semantics 40: formatted notes stay formatted, and what cannot be told apart is refused with its reason.
#[test]
fn formatted_notes_keep_their_form() {
    let policy = EmailOverflow::Notes;
    let html = |text: &str| (FieldPath::Body, FieldValue::Html(text.to_owned()));
    let mut formatted = created(&contact("a@x b@x c@x", ""), policy);
    formatted
        .fields
        .push(html("<body><p>Hi <b>you</b></p></body>"));
    let five = contact("a@x b@x c@x d@x e@x", "");
    let list = changes(&[(Property::EmailAddresses, five.get(Property::EmailAddresses))]);
    let written = change(&mut formatted, &list, policy);
    let expected =
        html("<body><p>Hi <b>you</b></p><p>Further e-mail addresses: d@x; e@x</p></body>");
    assert_eq!(written, [FieldUpdate::Set(expected)]);

    let mut unclear = created(&contact("a@x b@x c@x", ""), policy);
    unclear
        .fields
        .push(html("x<br>Further e-mail addresses: d@x<br>y"));
    let reason = spread_changes(&unclear, &list, policy).unwrap_err();
    assert!(reason.contains("formatted notes"), "{reason}");
}

/// semantics 40: where the app has notes as HTML, they come back without the line, which is a paragraph of theirs.
#[test]
fn notes_as_html_have_a_paragraph() {
    const HTML: &[Property] = &[Property::EmailAddresses, Property::HtmlBody];
    let policy = EmailOverflow::Notes;
    let mut wanted = contact("a@x b@x c@x d@x", "");
    wanted
        .set_raw(Property::HtmlBody, "<p>Hi <b>you</b></p>")
        .unwrap();
    let mut item = created(&wanted, policy);
    let read = |item: &ContactItem| super::read(&mut item.clone(), HTML, policy).only(HTML);
    assert_eq!(read(&item), wanted);
    let note = Value::Text("<p>New</p>".to_owned());
    wanted.set(Property::HtmlBody, Some(note.clone()));
    change(
        &mut item,
        &changes(&[(Property::HtmlBody, Some(&note))]),
        policy,
    );
    assert_eq!(read(&item), wanted);
    // As a server shows a plain text.
    for shown in [
        "<html><body>Further e-mail addresses: d@x</body></html>",
        "<html><body>New<br>\r\n<br>\r\nFurther e-mail addresses: d@x</body></html>",
    ] {
        item.fields.retain(|(path, _)| *path != FieldPath::Body);
        let shown = FieldValue::Html(shown.to_owned());
        item.fields.push((FieldPath::Body, shown));
        let read = read(&item);
        assert_eq!(
            read.get(Property::EmailAddresses),
            wanted.get(Property::EmailAddresses)
        );
        let note = read.text(Property::HtmlBody).unwrap_or("New");
        assert_eq!(note, "New");
    }
}
