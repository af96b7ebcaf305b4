//! What an edit writes: texts that nobody else writes, so that each can be followed to where it ends.

use exchange_contact_sync::contact::{
    Changes, Contact, EmailKey, Fingerprint, ImKey, PhoneKey, Picture, Property, Value,
};

use crate::world::{EMAIL, MOBILE};

/// An edit of one field: set to a text that nobody else writes, or cleared.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Edit {
    pub(crate) field: u8,
    pub(crate) clears: bool,
}

/// What is edited; where contacts have no slots, only the first ones.
pub(crate) const FIELDS: [Property; 15] = [
    Property::GivenName,
    Property::Surname,
    Property::CompanyName,
    Property::Body,
    Property::Categories,
    Property::Birthday,
    EMAIL,
    MOBILE,
    Property::Photo,
    Property::Email(EmailKey::EmailAddress2),
    Property::Im(ImKey::ImAddress1),
    Property::Im(ImKey::ImAddress2),
    Property::Im(ImKey::ImAddress3),
    Property::Phone(PhoneKey::BusinessPhone),
    Property::Phone(PhoneKey::BusinessPhone2),
];

/// So many of them are no slots of a list.
pub(crate) const SINGLE: usize = 9;

/// The slots as a server has them that keeps them as lists; one of them is not mapped.
pub(crate) fn lists() -> Vec<Vec<Property>> {
    let [.., second, im1, im2, im3, phone1, phone2] = FIELDS;
    let third = Property::Email(EmailKey::EmailAddress3);
    vec![
        vec![EMAIL, second, third],
        vec![im1, im2, im3],
        vec![phone1, phone2],
    ]
}

pub(crate) fn new_contact(who: &str, id: u32, shared: Option<u8>, slots: bool) -> Contact {
    let mut contact = Contact::new();
    let mut set = |property, text: String| contact.set(property, Some(Value::Text(text)));
    set(Property::GivenName, format!("given-{who}{id}"));
    set(Property::Surname, format!("surname-{who}{id}"));
    match shared {
        Some(number) => set(EMAIL, format!("shared{number}@example.test")),
        // A list may begin with a gap.
        None if slots && id.is_multiple_of(3) => {}
        None => set(EMAIL, format!("{who}{id}@example.test")),
    }
    if slots {
        // With or without a gap.
        for property in FIELDS
            .into_iter()
            .skip(SINGLE + (id % 3) as usize)
            .step_by(2)
        {
            set(property, text(property, who, id));
        }
    }
    contact
}

pub(crate) fn changes(contact: &Contact, edit: Edit, who: &str, id: u32) -> Changes {
    let property = FIELDS[usize::from(edit.field) % FIELDS.len()];
    let value = match property {
        Property::GivenName => Some(Value::Text(format!("given-{who}{id}"))),
        Property::Categories => {
            let mut entries = match contact.get(property) {
                Some(Value::List(entries)) => entries.clone(),
                _ => Vec::new(),
            };
            if edit.clears {
                entries.pop();
            } else {
                entries.push(format!("category-{who}{id}"));
            }
            (!entries.is_empty()).then_some(Value::List(entries))
        }
        _ if edit.clears => None,
        Property::Birthday => {
            let text = format!("19{:02}-05-17", id % 100);
            Some(Value::Date(text.parse().unwrap()))
        }
        Property::Photo => Some(Value::Picture(picture(who, id))),
        _ => Some(Value::Text(text(property, who, id))),
    };
    [(property, value)].into_iter().collect()
}

fn text(property: Property, who: &str, id: u32) -> String {
    match property {
        EMAIL => format!("{who}{id}@example.test"),
        Property::Email(_) => format!("second-{who}{id}@example.test"),
        _ => format!("{property}-{who}{id}"),
    }
}

/// A picture that only one edit makes.
fn picture(who: &str, id: u32) -> Picture {
    let bytes = format!("GIF89a {who}{id}").into_bytes();
    Picture::with(Fingerprint::of(&bytes), bytes.into())
}
