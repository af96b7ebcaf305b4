//! The list of a contact's e-mail addresses: its three slots, and what has no slot. It is read from wherever an address may be, so
//! that another policy loses none, and written to where the policy says.

use super::catalogue::original_display_name;
use super::email_slots::{Slot, place};
use super::map::{contact_of, smtp_address};
use super::notes_line::{self, Obstacle};
use super::wire::{ContactItem, FieldPath, FieldUpdate, FieldValue};
use super::{catalogue, email_slots};
use crate::contact::{
    Changes, Contact, EmailKey, Kind, Property, Value, normalise_list, normalise_text,
};
use crate::sync::email_overflow::{EmailOverflow, SLOTS, distinct, is_address};

/// The addresses of an item by their places.
#[derive(Debug, PartialEq, Eq)]
struct Addresses {
    slots: [Slot; SLOTS],
    extended: Vec<String>,
    notes: Vec<String>,
}

/// What is read of an item for its list, beside the slots themselves.
pub(super) fn paths() -> Vec<FieldPath> {
    let names = EmailKey::ALL.iter().map(|key| original_display_name(*key));
    names.chain([FieldPath::Body]).collect()
}

/// Whether the item has to be read before it gets these changes.
pub(super) fn touches_list(changes: &Changes, overflow: EmailOverflow) -> bool {
    changes.contains(Property::EmailAddresses)
        || (overflow == EmailOverflow::Notes
            && (changes.contains(Property::Body) || changes.contains(Property::HtmlBody)))
}

/// The values of an item, the list among them where it is mapped. The line of notes that holds addresses is no note.
pub(super) fn read(
    item: &mut ContactItem,
    mapped: &[Property],
    overflow: EmailOverflow,
) -> Contact {
    if !mapped.contains(&Property::EmailAddresses) {
        return contact_of(item, mapped);
    }
    let list = Addresses::of(item).list();
    if overflow == EmailOverflow::Notes {
        for (path, value) in &mut item.fields {
            if *path == FieldPath::Body {
                *value = notes_line::without(value);
            }
        }
    }
    let mut contact = contact_of(item, mapped);
    contact.set(Property::EmailAddresses, list);
    contact
}

/// A new contact with the addresses of its list at their places.
pub(super) fn spread(contact: &Contact, overflow: EmailOverflow) -> Contact {
    let mut spread = contact.clone();
    let Some(Value::List(wanted)) = contact.get(Property::EmailAddresses) else {
        return spread;
    };
    let empty = [Slot::Free, Slot::Free, Slot::Free];
    let placement = place(&empty, &[], wanted);
    for (key, address) in placement.slots {
        spread.set(Property::Email(key), address.map(Value::Text));
    }
    let mut others = placement.others;
    if overflow == EmailOverflow::Notes {
        let (property, note) = match contact.text(Property::HtmlBody) {
            Some(html) => (Property::HtmlBody, FieldValue::Html(html.to_owned())),
            None => {
                let text = contact.text(Property::Body).unwrap_or_default();
                (Property::Body, FieldValue::Text(text.to_owned()))
            }
        };
        if let Ok(note) = notes_line::with(&note, &with_own(&others, &note)) {
            let note = normalise_text(Kind::Note, note.as_text());
            spread.set(property, note.map(Value::Text));
            others.clear();
        }
    }
    // What has no other place is never left out.
    spread.set(Property::EmailAddresses, list(others));
    spread
}

/// Changes of an item with those of its list by their places, and the body where it is more than the app's note.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Spread {
    pub(super) changes: Changes,
    pub(super) body: Option<FieldValue>,
}

/// Brings changes of the list to their places, given the item as it is.
///
/// # Errors
/// With the reason, when there is no place for an address.
pub(super) fn spread_changes(
    item: &ContactItem,
    changes: &Changes,
    overflow: EmailOverflow,
) -> Result<Spread, String> {
    let now = Addresses::of(item);
    let kept: &[String] = match overflow {
        EmailOverflow::Hold => &[],
        EmailOverflow::Extended => &now.extended,
        EmailOverflow::Notes => &now.notes,
    };
    let mut note = None;
    let mut wanted = None;
    let mut spread = Changes::new();
    for (property, value) in changes.iter() {
        match property {
            Property::EmailAddresses => wanted = Some(value),
            Property::Body | Property::HtmlBody => note = Some((property, value)),
            _ => spread.insert(property, value.cloned()),
        }
    }
    let mut others = kept.to_vec();
    if let Some(wanted) = wanted {
        let wanted = match wanted {
            Some(Value::List(addresses)) => addresses.as_slice(),
            Some(_) | None => &[],
        };
        let placement = place(&now.slots, kept, wanted);
        if let Some(reason) = objection(&now.slots, &placement, overflow) {
            return Err(reason);
        }
        for (key, address) in placement.slots {
            spread.insert(Property::Email(key), address.map(Value::Text));
        }
        others = placement.others;
        let extended: &[String] = match overflow {
            EmailOverflow::Extended => &others,
            EmailOverflow::Hold | EmailOverflow::Notes => &[],
        };
        if extended != now.extended {
            spread.insert(Property::EmailAddresses, list(extended.to_vec()));
        }
    }
    let line: &[String] = match overflow {
        EmailOverflow::Notes => &others,
        EmailOverflow::Hold | EmailOverflow::Extended => &[],
    };
    let body = match note {
        Some((property, note)) => {
            let note = note.map(Value::display).unwrap_or_default();
            let note = note.replace('\n', "\r\n");
            Some(if property == Property::HtmlBody && !note.is_empty() {
                FieldValue::Html(note)
            } else {
                FieldValue::Text(note)
            })
        }
        None if line == now.notes => None,
        None => Some(
            body(item)
                .cloned()
                .unwrap_or(FieldValue::Text(String::new())),
        ),
    };
    let has_note = note.is_some();
    let body = body
        .map(|body| match overflow {
            EmailOverflow::Notes if has_note => notes_line::with(&body, &with_own(line, &body)),
            EmailOverflow::Hold | EmailOverflow::Extended | EmailOverflow::Notes => {
                notes_line::with(&body, line)
            }
        })
        .transpose()
        .map_err(because)?;
    Ok(Spread {
        changes: spread,
        body,
    })
}

/// A write that leaves an item as it is.
pub(super) fn rewrite(item: &ContactItem) -> FieldUpdate {
    let path = catalogue::path(Property::EmailAddresses);
    match Addresses::of(item).extended {
        entries if entries.is_empty() => FieldUpdate::Delete(path),
        entries => FieldUpdate::Set((path, FieldValue::Strings(entries))),
    }
}

/// The addresses of the line, with those that the app itself has written in that form.
fn with_own(others: &[String], note: &FieldValue) -> Vec<String> {
    let own = notes_line::addresses(note);
    let all: Vec<String> = others.iter().cloned().chain(own).collect();
    distinct(&all).cloned().collect()
}

/// Why an address has no place.
fn objection(
    slots: &[Slot; SLOTS],
    placement: &email_slots::Placement,
    overflow: EmailOverflow,
) -> Option<String> {
    let others = &placement.others;
    let foreign = slots.iter().filter(|slot| **slot == Slot::Foreign).count();
    match overflow {
        EmailOverflow::Extended => None,
        EmailOverflow::Notes if others.iter().all(|address| is_address(address)) => None,
        EmailOverflow::Notes => Some(
            "an e-mail address without a slot is no address that a line of notes can hold"
                .to_owned(),
        ),
        EmailOverflow::Hold if others.is_empty() => None,
        EmailOverflow::Hold => Some(format!(
            "the list of e-mail addresses is longer than Exchange has slots: {foreign} of {SLOTS} hold entries of the company's address \
             list, which are left alone; remove some addresses, or let policy.email_overflow keep them"
        )),
    }
}

fn because(obstacle: Obstacle) -> String {
    match obstacle {
        Obstacle::Words => {
            "the line of e-mail addresses in the item's notes holds more than addresses; correct it in Outlook".to_owned()
        }
        Obstacle::Form => {
            "the line of e-mail addresses cannot be changed in the item's formatted notes without a touch of the rest; \
             give it a paragraph of its own in Outlook, or take it out"
                .to_owned()
        }
    }
}

impl Addresses {
    fn of(item: &ContactItem) -> Self {
        let path = catalogue::path(Property::EmailAddresses);
        let extended = item.fields.iter().find(|(known, _)| *known == path);
        let extended = match extended {
            Some((_, FieldValue::Strings(entries))) => entries.clone(),
            Some(_) | None => Vec::new(),
        };
        let mut keys = EmailKey::ALL.iter();
        Self {
            slots: [(); SLOTS].map(|()| keys.next().map_or(Slot::Free, |key| slot(item, *key))),
            extended,
            notes: body(item).map(notes_line::addresses).unwrap_or_default(),
        }
    }

    /// All of them, each once.
    fn list(&self) -> Option<Value> {
        let slots = self.slots.iter().filter_map(Slot::address);
        let all: Vec<String> = slots
            .chain(&self.extended)
            .chain(&self.notes)
            .cloned()
            .collect();
        list(distinct(&all).cloned().collect())
    }
}

fn list(addresses: Vec<String>) -> Option<Value> {
    normalise_list(addresses.iter().map(String::as_str))
}

fn body(item: &ContactItem) -> Option<&FieldValue> {
    let mut fields = item.fields.iter();
    let (_, body) = fields.find(|(path, _)| *path == FieldPath::Body)?;
    Some(body)
}

fn slot(item: &ContactItem, key: EmailKey) -> Slot {
    let path = FieldPath::EmailAddress(key.name());
    let mut fields = item.fields.iter();
    let Some((_, FieldValue::Email(email))) = fields.find(|(known, _)| *known == path) else {
        return Slot::Free;
    };
    let address = smtp_address(item, key, email);
    let address = address.and_then(|text| normalise_text(Kind::Line, text));
    match (address, super::map::is_legacy(email)) {
        (Some(address), true) => Slot::Listed(address),
        (Some(address), false) => Slot::Address(address),
        (None, true) if !email.address.trim().is_empty() => Slot::Foreign,
        (None, true | false) => Slot::Free,
    }
}

#[cfg(test)]
#[path = "email_list_tests.rs"]
mod tests;
