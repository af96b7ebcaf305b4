//! Rows as they are read, with what is known about them.

use crate::contact::{Contact, Property, Value};
use crate::sync::email_overflow::EmailOverflow;
use crate::sync::ids::{Moment, OutboxId, RowKey};
use crate::sync::link::Link;

/// A row as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Its mapped values.
    pub contact: Contact,
    /// Whether it lies in the configured scope.
    pub in_scope: bool,
    /// When it was last edited by the app: the newest note in the outbox, else the modified column.
    pub edited: Option<Moment>,
    /// Mapped values that cannot be read as what the property wants; where they stand is left alone.
    pub unreadable: Vec<Unread>,
}

impl Row {
    /// Whether the row's value of a property can be read, also when it is empty.
    #[must_use]
    pub fn can_read(&self, property: Property) -> bool {
        self.unreadable
            .iter()
            .all(|unread| unread.property != property)
    }

    /// Counts a list of e-mail addresses that Exchange could not keep whole as one that cannot be read, so that it waits and nothing
    /// else does. It still tells who the contact is.
    pub fn hold_overflow(&mut self, overflow: EmailOverflow) {
        let property = Property::EmailAddresses;
        if let Some(Value::List(addresses)) = self.contact.get(property)
            && let Some(reason) = overflow.objection(addresses)
        {
            self.unreadable.push(Unread {
                reason: Some(reason),
                ..Unread::new(property, addresses.join(", "))
            });
        }
    }
}

/// A mapped value that cannot be read as what its property wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unread {
    /// The property.
    pub property: Property,
    /// What stands there, as text.
    pub text: String,
    /// Why it cannot be read, where more is known than that it is no such value.
    pub reason: Option<String>,
}

impl Unread {
    /// A text that is no value of the property.
    #[must_use]
    pub fn new(property: Property, text: impl Into<String>) -> Self {
        Self {
            property,
            text: text.into(),
            reason: None,
        }
    }
}

/// What a locking look at a row found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RowSeen {
    /// The row is there.
    Present(Box<Row>),
    /// There is no such row.
    Absent,
    /// Another transaction, maybe the app's own, holds it.
    Locked,
}

/// A row with its link and the notes that speak of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Look {
    /// The key as it is stored.
    pub key: RowKey,
    /// The row.
    pub row: RowSeen,
    /// Its link.
    pub link: Option<Link>,
    /// The notes, read before the row was.
    pub notes: Vec<OutboxId>,
    /// How often its delivery failed in a way that may be the contact's own fault; need not be known of a row without notes.
    pub tries: u32,
    /// Whether it is known that no delivery of the row failed and nothing at all is held, so that there is no trouble to end.
    pub untroubled: bool,
}

/// A row that waits for its delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pending {
    /// Its key.
    pub key: RowKey,
    /// Its first note: the order of deliveries, and where the next page begins.
    pub first: OutboxId,
    /// How often its delivery failed in a way that may be the contact's own fault: then it is sent alone.
    pub tries: u32,
}
