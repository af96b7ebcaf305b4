//! Before some updates the item is read: where a part of a name changes, so that the names that follow it can be told from those which
//! somebody chose; where the list of e-mail addresses does, so that each one stays where it is. One request for both.

use super::Ews;
use super::email_list::{self, Spread, touches_list};
use super::map::{contact_of, shape_as, updates_of};
use super::naming::{NAMES, following, touches_names};
use super::remote::without_version;
use super::wire::{self, BodyType, ContactItem, FieldPath, FieldUpdate, GetItem};
use crate::contact::{Changes, Property};
use crate::sync::email_overflow::EmailOverflow;
use crate::sync::error::{RemoteClass, RemoteError};
use crate::sync::ports::Update;

/// What one update is to write, or why nothing can be written.
pub(super) type Plan = Result<Vec<FieldUpdate>, RemoteError>;

impl Ews {
    /// What each update is to write; one request if any of them needs its item, else none. Of an item that cannot be read no name
    /// follows: its update tells why.
    pub(super) fn plans(&self, updates: &[Update]) -> Result<Vec<Plan>, RemoteError> {
        let overflow = self.shared.transport.config().email_overflow;
        let named = |update: &&Update| touches_names(&update.changes);
        let listed = |update: &&Update| touches_list(&update.changes, overflow);
        let needed: Vec<&Update> = updates
            .iter()
            .filter(|update| named(update) || listed(update))
            .collect();
        if needed.is_empty() {
            return Ok(updates
                .iter()
                .map(|update| Ok(updates_of(&update.changes)))
                .collect());
        }
        let mut read: Vec<Property> = Vec::new();
        if needed.iter().any(named) {
            read.extend(NAMES);
        }
        if needed.iter().any(listed) {
            read.push(Property::EmailAddresses);
        }
        let operation = GetItem {
            shape: shape_as(&read, BodyType::Best),
            item_ids: needed
                .iter()
                .map(|update| without_version(&update.id))
                .collect(),
        };
        let (entries, _) = self.entries(&operation, needed.len())?;
        let mut items = entries.into_iter();
        let plans = updates.iter().map(|update| {
            if !named(&update) && !listed(&update) {
                return Ok(updates_of(&update.changes));
            }
            let item = match items.next() {
                Some(Ok(mut found)) => match found.0.pop() {
                    Some(wire::Item::Contact(item)) => Ok(Some(item)),
                    Some(wire::Item::Other { .. }) | None => Ok(None),
                },
                Some(Err(error)) => Err(error),
                None => Ok(None),
            };
            plan(update, item, listed(&update), overflow)
        });
        Ok(plans.collect())
    }
}

fn plan(
    update: &Update,
    item: Result<Option<Box<ContactItem>>, RemoteError>,
    listed: bool,
    overflow: EmailOverflow,
) -> Plan {
    let mut changes = update.changes.clone();
    let item = match item {
        Ok(Some(item)) => item,
        Err(error) if listed => return Err(error),
        Ok(None) if listed => {
            return Err(RemoteError::new(
                RemoteClass::Permanent,
                "the item is no contact any more",
            ));
        }
        Ok(None) | Err(_) => return Ok(updates_of(&changes)),
    };
    if touches_names(&changes) {
        follow(&mut changes, &item);
    }
    if !listed {
        return Ok(updates_of(&changes));
    }
    let Spread { changes, body } =
        email_list::spread_changes(&item, &changes, overflow).map_err(|reason| RemoteError {
            property: at_fault(&update.changes),
            ..RemoteError::new(RemoteClass::Permanent, reason)
        })?;
    let mut updates = updates_of(&changes);
    updates.extend(body.map(|body| {
        if body.as_text().is_empty() {
            FieldUpdate::Delete(FieldPath::Body)
        } else {
            FieldUpdate::Set((FieldPath::Body, body))
        }
    }));
    let is_current = item.item_id.change_key.as_deref() == Some(update.change_key.as_str());
    if updates.is_empty() && !is_current {
        // Whether an old version will do is the server's to say: it is asked with a write that changes nothing.
        updates.push(email_list::rewrite(&item));
    }
    Ok(updates)
}

/// Without which of its changes the others of an update could be written: the list, or the notes that hold a part of it.
fn at_fault(changes: &Changes) -> Option<Property> {
    [Property::EmailAddresses, Property::Body, Property::HtmlBody]
        .into_iter()
        .find(|property| changes.contains(*property))
}

fn follow(changes: &mut Changes, item: &ContactItem) {
    let more = following(&contact_of(item, NAMES), changes);
    for (property, value) in more.iter() {
        changes.insert(property, value.cloned());
    }
}
