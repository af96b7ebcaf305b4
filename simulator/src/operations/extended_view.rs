//! Showing extended properties (EWS reference, section 3.7).

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::item_view::{Mode, View};
use super::shape::Wanted;
use crate::clock;
use crate::contact::extended_value;
use crate::contact::fields::{self, Kind};
use crate::contact::value::Value;
use crate::soap::write;

/// Bytes of a binary value in a list of items (semantics 8).
const BINARY_CUT: usize = 512;

impl View<'_> {
    /// Appends those properties that the request names and the item has.
    pub(super) fn extended(&self, out: &mut String) {
        for (wanted, path) in &self.shape.extended {
            let (value, binary) = match wanted {
                Wanted::Field(id) => (
                    extended_value::of_field(*id, self.properties()),
                    fields::of(*id).is_some_and(|field| field.kind == Kind::Binary),
                ),
                Wanted::Extended(name) => {
                    let id = self.store.registry.find(name);
                    let value = id.and_then(|id| self.properties().get(id));
                    (
                        value.map(Cow::Borrowed),
                        name.property_type.starts_with("Binary"),
                    )
                }
            };
            let Some(value) = value else { continue };
            let cut = |text: &str| match binary {
                true => self.cut_binary(text),
                false => self.cut(text).to_owned(),
            };
            out.push_str("<t:ExtendedProperty>");
            out.push_str(path);
            match &*value {
                Value::List(list) => {
                    out.push_str("<t:Values>");
                    list.iter()
                        .for_each(|text| write::element(out, "Value", &cut(text)));
                    out.push_str("</t:Values>");
                }
                Value::Text(text) => write::element(out, "Value", &cut(text)),
                Value::Time(instant) => write::element(out, "Value", &clock::format(*instant)),
            }
            out.push_str("</t:ExtendedProperty>");
        }
    }

    fn cut_binary(&self, text: &str) -> String {
        let bytes = STANDARD.decode(text).unwrap_or_default();
        match bytes.get(..BINARY_CUT) {
            Some(head) if self.mode == Mode::Find => STANDARD.encode(head),
            _ => text.to_owned(),
        }
    }
}
