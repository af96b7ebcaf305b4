//! E-mail slots. The five named properties of a slot are one storage with its entry (EWS reference,
//! sections 3.3 and 3.7; semantics 34): address, display name, address type, original display name
//! and original entry id. What was never given is derived from the address, not stored.

use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::fields::{self, Place};
use super::value::{Properties, PropertyId, Value};

/// The properties of one slot.
#[derive(Debug)]
pub struct Slot {
    /// Key of the entry.
    pub key: &'static str,
    /// Text of the entry.
    pub address: PropertyId,
    /// Its attribute Name, the display name.
    pub name: PropertyId,
    /// Its attribute RoutingType, the address type.
    pub routing_type: PropertyId,
    /// Its attribute MailboxType, which is no named property.
    pub mailbox_type: PropertyId,
    /// Original display name; for an entry of the GAL the SMTP address.
    pub original_name: PropertyId,
    /// Original entry id, base64.
    pub original_id: PropertyId,
}

static SLOTS: LazyLock<Vec<Slot>> = LazyLock::new(|| {
    let find = |place| fields::by_place(&place).map(|(id, _)| id);
    let slot = |key: &&'static str| {
        Some(Slot {
            key,
            address: find(Place::Email(key))?,
            name: find(Place::EmailAttribute(key, "Name"))?,
            routing_type: find(Place::EmailAttribute(key, "RoutingType"))?,
            mailbox_type: find(Place::EmailAttribute(key, "MailboxType"))?,
            original_name: find(Place::EmailHidden(key, "OriginalDisplayName"))?,
            original_id: find(Place::EmailHidden(key, "OriginalEntryId"))?,
        })
    };
    fields::EMAIL_KEYS.iter().filter_map(slot).collect()
});

/// All slots.
pub fn all() -> &'static [Slot] {
    &SLOTS
}

/// The slot that a property belongs to.
pub fn of(property: PropertyId) -> Option<&'static Slot> {
    SLOTS
        .iter()
        .find(|slot| slot.address == property || slot.others().any(|other| other == property))
}

impl Slot {
    /// All properties but the address.
    pub fn others(&self) -> impl Iterator<Item = PropertyId> {
        [
            self.name,
            self.routing_type,
            self.mailbox_type,
            self.original_name,
            self.original_id,
        ]
        .into_iter()
    }

    /// Whether the entry is shown: with an address, or as a ghost with a display name only.
    pub fn is_shown(&self, properties: &Properties) -> bool {
        properties.get(self.address).is_some() || !properties.text(self.name).is_empty()
    }

    /// What a property of the slot has as long as nobody gives it a value.
    pub fn derived(&self, properties: &Properties, property: PropertyId) -> Option<Value> {
        let address = Some(properties.text(self.address)).filter(|text| !text.is_empty())?;
        let or = |property, other| match properties.text(property) {
            "" => other,
            text => text,
        };
        let text = match property {
            p if p == self.name || p == self.original_name => address.to_owned(),
            p if p == self.routing_type => "SMTP".to_owned(),
            p if p == self.original_id => entry_id(
                or(self.name, address),
                or(self.routing_type, "SMTP"),
                address,
            ),
            _ => return None,
        };
        Some(Value::text(&text))
    }

    /// Stores what has been derived so far, so that it stays when the address changes alone.
    pub fn fix(&self, properties: &mut Properties) {
        for property in [
            self.name,
            self.routing_type,
            self.original_name,
            self.original_id,
        ] {
            if properties.get(property).is_none()
                && let Some(value) = self.derived(properties, property)
            {
                properties.set(property, value);
            }
        }
    }
}

/// MUIDOOP, provider of one-off entry ids.
const ONE_OFF: [u8; 16] = [
    0x81, 0x2B, 0x1F, 0xA4, 0xBE, 0xA3, 0x10, 0x19, 0x9D, 0x6E, 0, 0xDD, 1, 0x0F, 0x54, 2,
];
/// MUIDEMSAB, provider of the address book's entry ids.
const ADDRESS_BOOK: [u8; 16] = [
    0xDC, 0xA7, 0x40, 0xC8, 0xC0, 0x42, 0x10, 0x1A, 0xB4, 0xB9, 8, 0, 0x2B, 0x2F, 0xE1, 0x82,
];

fn entry_id(name: &str, routing_type: &str, address: &str) -> String {
    let mut bytes = vec![0, 0, 0, 0];
    if routing_type == "EX" {
        bytes.extend_from_slice(&ADDRESS_BOOK);
        bytes.extend_from_slice(&[1, 0, 0, 0, 0, 0, 0, 0]);
        bytes.extend_from_slice(address.as_bytes());
        bytes.push(0);
    } else {
        bytes.extend_from_slice(&ONE_OFF);
        bytes.extend_from_slice(&[0, 0, 1, 0x90]);
        for text in [name, routing_type, address] {
            bytes.extend(text.encode_utf16().chain([0]).flat_map(u16::to_le_bytes));
        }
    }
    STANDARD.encode(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first() -> &'static Slot {
        &all()[0]
    }

    #[test]
    fn every_property_leads_to_its_slot() {
        assert_eq!(all().len(), 3);
        for slot in all() {
            assert!(
                slot.others()
                    .all(|other| of(other).unwrap().key == slot.key)
            );
        }
        assert!(of(fields::GIVEN_NAME).is_none());
    }

    #[test]
    fn derives_until_somebody_gives_a_value() {
        let slot = first();
        let mut properties = Properties::default();
        assert_eq!(slot.derived(&properties, slot.name), None);
        properties.set(slot.address, Value::text("a@b"));
        assert_eq!(
            slot.derived(&properties, slot.name),
            Some(Value::text("a@b"))
        );
        slot.fix(&mut properties);
        properties.remove(slot.address);
        assert!(slot.is_shown(&properties) && properties.text(slot.name) == "a@b");
        properties.remove(slot.name);
        assert!(!slot.is_shown(&properties));
    }

    #[test]
    fn an_entry_of_the_gal_has_an_id_of_the_address_book() {
        let bytes = STANDARD.decode(entry_id("N", "EX", "/o=X/cn=a")).unwrap();
        assert!(bytes[4..20] == ADDRESS_BOOK && bytes.ends_with(b"/o=X/cn=a\0"));
        let bytes = STANDARD.decode(entry_id("N", "SMTP", "a@b")).unwrap();
        assert!(bytes[4..20] == ONE_OFF && bytes.ends_with(b"a\0@\0b\0\0\0"));
    }
}
