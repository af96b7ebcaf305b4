//! Properties of a contact from JSON (Graph reference, sections 3 and 4).

use serde_json::{Map, Value as Json};

use super::contact_map::{MAP, READ_ONLY, SINGLE_EMAILS, yomi_company};
use super::error::GraphError;
use super::extended;
use super::modes::Settings;
use crate::clock;
use crate::contact::computed;
use crate::contact::fields::{
    BIRTHDAY, BODY, BODY_TYPE, DISPLAY_NAME, FILE_AS, FILE_AS_MAPPING, GENERATION, GIVEN_NAME,
    MIDDLE_NAME, SURNAME,
};
use crate::contact::slot;
use crate::contact::value::{Properties, PropertyId, Value};
use crate::operations::body::crlf;
use crate::store::Store;

/// 1601-01-01, where the storage of instants begins; what is earlier stands for no date.
const FIRST_INSTANT: i64 = -11_644_473_600;

/// A contact that is being written.
struct Draft<'a> {
    properties: Properties,
    given: Vec<PropertyId>,
    modes: &'a Settings,
}

/// The properties of a contact after a write; `before` are those of the contact, none for a new one.
pub fn apply(
    store: &mut Store,
    before: Option<&Properties>,
    sent: &Map<String, Json>,
    modes: &Settings,
) -> Result<Properties, GraphError> {
    let none = Properties::default();
    let old = before.unwrap_or(&none);
    let mut draft = Draft {
        properties: old.clone(),
        given: Vec::new(),
        modes,
    };
    for (name, value) in sent {
        draft.set(store, name, value)?;
    }
    let Draft {
        mut properties,
        mut given,
        ..
    } = draft;
    if given.contains(&FILE_AS) {
        properties.remove(FILE_AS_MAPPING);
    } else if before.is_none() {
        properties.set(FILE_AS_MAPPING, Value::text("LastCommaFirst"));
    }
    let names = [GIVEN_NAME, MIDDLE_NAME, SURNAME, GENERATION];
    if !given.contains(&DISPLAY_NAME) && names.iter().any(|name| given.contains(name)) {
        // Also one that somebody chose is overwritten (Graph reference, section 3, traps).
        let name = computed::display_name(&properties);
        properties.put(DISPLAY_NAME, (!name.is_empty()).then(|| Value::text(&name)));
        given.push(DISPLAY_NAME);
    }
    computed::settle(old, &mut properties, &given);
    Ok(properties)
}

impl Draft<'_> {
    fn put(&mut self, id: PropertyId, value: Option<Value>) {
        self.properties.put(id, value);
        self.given.push(id);
    }

    fn set(&mut self, store: &mut Store, name: &str, value: &Json) -> Result<(), GraphError> {
        if READ_ONLY.contains(&name) || name.starts_with("@odata.") {
            return Ok(());
        }
        if SINGLE_EMAILS.contains(&name) {
            return Err(GraphError::new(
                400,
                "ErrorInvalidPropertySet",
                format!("The property '{name}' cannot be set."),
            ));
        }
        if let Some((_, id)) = MAP.texts.iter().find(|(known, _)| *known == name) {
            let text = text(name, value)?;
            self.put(*id, text.map(|text| Value::text(&text)));
        } else if let Some((_, ids)) = MAP.slots.iter().find(|(known, _)| *known == name) {
            let texts = self.cut(name, texts(name, value)?, ids.len())?;
            for (at, id) in ids.iter().enumerate() {
                self.put(*id, texts.get(at).map(|text| Value::text(text)));
            }
        } else if let Some((_, id)) = MAP.lists.iter().find(|(known, _)| *known == name) {
            let texts: Box<[Box<str>]> = texts(name, value)?.into_iter().map(Into::into).collect();
            self.put(*id, (!texts.is_empty()).then_some(Value::List(texts)));
        } else if let Some((_, parts)) = MAP.addresses.iter().find(|(known, _)| *known == name) {
            self.address(name, value, parts)?;
        } else {
            match name {
                "emailAddresses" => self.emails(value)?,
                "birthday" => self.birthday(value)?,
                "personalNotes" => {
                    let text = text(name, value)?.filter(|text| !text.is_empty());
                    self.put(BODY, text.map(|text| Value::text(&crlf(&text))));
                    self.put(BODY_TYPE, None);
                }
                "yomiCompanyName" => {
                    let text = text(name, value)?;
                    let id = store
                        .registry
                        .intern(&yomi_company())
                        .ok_or_else(|| GraphError::of_store(400, "ErrorItemSavePropertyError"))?;
                    self.put(id, text.map(|text| Value::text(&text)));
                }
                "singleValueExtendedProperties" | "multiValueExtendedProperties" => {
                    let listed = name.starts_with("multi");
                    let (properties, given) = (&mut self.properties, &mut self.given);
                    extended::write(store, properties, given, value, listed)?;
                }
                _ => {
                    return Err(GraphError::body(format!(
                        "The property '{name}' does not exist on type 'microsoft.graph.contact'. Make sure to only use property names that are defined by the type."
                    )));
                }
            }
        }
        Ok(())
    }

    /// No more entries than there are slots; what the service does with more is not known.
    fn cut<T>(&self, name: &str, mut all: Vec<T>, slots: usize) -> Result<Vec<T>, GraphError> {
        if all.len() > slots && self.modes.refuse_extras {
            return Err(GraphError::new(
                400,
                "ErrorPropertyValidationFailure",
                format!("The property '{name}' has too many entries."),
            ));
        }
        all.truncate(slots);
        Ok(all)
    }

    /// An entry replaces all of its slot, and slots are filled from the first one on.
    fn emails(&mut self, value: &Json) -> Result<(), GraphError> {
        let name = "emailAddresses";
        let entries = value.as_array().ok_or_else(|| wrong(name))?;
        let mut emails = Vec::new();
        for entry in entries {
            let entry = entry.as_object().ok_or_else(|| wrong(name))?;
            if let Some(unknown) = entry.keys().find(|key| !is_email_key(key)) {
                return Err(GraphError::body(format!(
                    "The property '{unknown}' does not exist on type 'microsoft.graph.emailAddress'."
                )));
            }
            let part = |key: &str| text(name, entry.get(key).unwrap_or(&Json::Null));
            emails.push((part("address")?, part("name")?));
        }
        let emails = self.cut(name, emails, slot::all().len())?;
        for (at, slot) in slot::all().iter().enumerate() {
            for other in slot.others() {
                self.put(other, None);
            }
            let (address, shown) = emails.get(at).cloned().unwrap_or_default();
            let filled = |text: Option<String>| {
                text.filter(|text| !text.is_empty())
                    .map(|text| Value::text(&text))
            };
            self.put(slot.address, filled(address));
            self.put(slot.name, filled(shown));
        }
        Ok(())
    }

    /// An address is replaced as a whole.
    fn address(
        &mut self,
        name: &str,
        value: &Json,
        parts: &[(&'static str, PropertyId)],
    ) -> Result<(), GraphError> {
        let none = Map::new();
        let sent = match value {
            Json::Null => &none,
            Json::Object(sent) => sent,
            _ => return Err(wrong(name)),
        };
        let known =
            |key: &String| key.starts_with("@odata.") || parts.iter().any(|(part, _)| part == key);
        if let Some(unknown) = sent.keys().find(|key| !known(key)) {
            return Err(GraphError::body(format!(
                "The property '{unknown}' does not exist on type 'microsoft.graph.physicalAddress'."
            )));
        }
        for (part, id) in parts {
            let value = match sent.get(*part) {
                None if self.modes.merge_addresses && !value.is_null() => continue,
                value => text(name, value.unwrap_or(&Json::Null))?,
            };
            self.put(*id, value.map(|text| Value::text(&text)));
        }
        Ok(())
    }

    fn birthday(&mut self, value: &Json) -> Result<(), GraphError> {
        let instant = match text("birthday", value)? {
            None => None,
            Some(text) => Some(clock::parse(&text).ok_or_else(|| wrong("birthday"))?),
        };
        let instant = instant.filter(|instant| *instant >= FIRST_INSTANT);
        self.put(BIRTHDAY, instant.map(Value::Time));
        Ok(())
    }
}

fn is_email_key(key: &str) -> bool {
    matches!(key, "name" | "address") || key.starts_with("@odata.")
}

fn wrong(name: &str) -> GraphError {
    GraphError::body(format!(
        "Cannot convert the value of '{name}' to the expected type."
    ))
}

fn text(name: &str, value: &Json) -> Result<Option<String>, GraphError> {
    match value {
        Json::Null => Ok(None),
        Json::String(text) => legal(name, text).map(Some),
        _ => Err(wrong(name)),
    }
}

fn texts(name: &str, value: &Json) -> Result<Vec<String>, GraphError> {
    let all = value.as_array().ok_or_else(|| wrong(name))?;
    all.iter()
        .map(|one| match one {
            Json::String(text) => legal(name, text),
            _ => Err(wrong(name)),
        })
        .collect()
}

/// What XML cannot hold is not stored, as EWS could not show it.
fn legal(name: &str, text: &str) -> Result<String, GraphError> {
    let is_legal = |c: char| c >= ' ' || matches!(c, '\t' | '\n' | '\r');
    match text.chars().all(is_legal) {
        true => Ok(text.to_owned()),
        false => Err(GraphError::new(
            400,
            "ErrorPropertyValidationFailure",
            format!("The property '{name}' holds a control character."),
        )),
    }
}
