//! Showing the dictionaries of a contact: e-mail, phone, instant messaging and postal addresses.

use super::item_view::{Mode, View};
use crate::contact::fields::{self, Place};
use crate::contact::slot;
use crate::contact::value::{PropertyId, Value};
use crate::soap::write;

impl View<'_> {
    /// Appends a dictionary; it is left out when no entry is shown. `whole` shows all entries,
    /// else only those are shown that the request names.
    pub(super) fn dictionary(&self, out: &mut String, name: &str, whole: bool) {
        let start = out.len();
        write::open(out, name);
        let empty = out.len();
        match name {
            "EmailAddresses" => self.emails(out, whole),
            "PhysicalAddresses" => self.addresses(out, whole),
            _ => self.texts(out, name, whole),
        }
        if out.len() == empty {
            out.truncate(start);
        } else {
            write::close(out, name);
        }
    }

    /// Stored texts that are shown, with their places, in the order of the fields.
    fn shown(&self, whole: bool) -> impl Iterator<Item = (PropertyId, Place, &str)> {
        self.properties().iter().filter_map(move |(id, value)| {
            let place = fields::of(id)?.place;
            match value {
                Value::Text(text) if whole || self.shape.entries.contains(&id) => {
                    Some((id, place, &**text))
                }
                _ => None,
            }
        })
    }

    fn texts(&self, out: &mut String, name: &str, whole: bool) {
        for (_, place, text) in self.shown(whole) {
            let key = match place {
                Place::Phone(key) if name == "PhoneNumbers" => key,
                Place::Im(key) if name == "ImAddresses" => key,
                _ => continue,
            };
            open_entry(out, key);
            close_entry(out, self.cut(text));
        }
    }

    fn emails(&self, out: &mut String, whole: bool) {
        let properties = self.properties();
        for slot in slot::all() {
            let wanted = whole || self.shape.entries.contains(&slot.address);
            if !wanted || !slot.is_shown(properties) {
                continue;
            }
            let address = properties.text(slot.address);
            open_entry(out, slot.key);
            if self.mode == Mode::Get {
                for (property, attribute, default) in [
                    (slot.name, "Name", address),
                    (slot.routing_type, "RoutingType", "SMTP"),
                    (slot.mailbox_type, "MailboxType", "Contact"),
                ] {
                    let text = properties.text(property);
                    out.push_str("\" ");
                    out.push_str(attribute);
                    out.push_str("=\"");
                    write::attribute(out, if text.is_empty() { default } else { text });
                }
            }
            close_entry(out, self.cut(address));
        }
    }

    fn addresses(&self, out: &mut String, whole: bool) {
        let mut open = "";
        for (_, place, text) in self.shown(whole) {
            let Place::Address(key, part) = place else {
                continue;
            };
            if open != key {
                if !open.is_empty() {
                    out.push_str("</t:Entry>");
                }
                open_entry(out, key);
                out.push_str("\">");
                open = key;
            }
            write::element(out, part, self.cut(text));
        }
        if !open.is_empty() {
            out.push_str("</t:Entry>");
        }
    }
}

fn open_entry(out: &mut String, key: &str) {
    out.push_str("<t:Entry Key=\"");
    out.push_str(key);
}

fn close_entry(out: &mut String, text: &str) {
    if text.is_empty() {
        out.push_str("\"/>");
    } else {
        out.push_str("\">");
        write::text(out, text);
        out.push_str("</t:Entry>");
    }
}
