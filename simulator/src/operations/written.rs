//! Reading the properties that a request writes: those of `t:Contact` in CreateItem and in a
//! SetItemField.

use super::body::crlf;
use super::item_error::ItemError;
use super::paths::{self, Path};
use crate::clock;
use crate::contact::extended::ExtendedName;
use crate::contact::fields::{self, BODY_TYPE, Kind, Place};
use crate::contact::value::{PropertyId, Value};
use crate::contact::{extended_value, slot};
use crate::soap::xml::Element;

/// One property with its new value. An e-mail entry also sets the hidden properties beside it.
#[derive(Debug)]
pub struct Written {
    /// The property.
    pub path: Path,
    /// Values of the property and of those that belong to it; None clears.
    pub values: Vec<(Target, Option<Value>)>,
}

/// Where a value goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// To a first-class property.
    Field(PropertyId),
    /// To an extended property.
    Extended(ExtendedName),
}

/// Reads all properties of an item element; item class and attachments come separately.
pub fn read(item: &Element) -> Result<Vec<Written>, ItemError> {
    let mut all = Vec::new();
    for child in &item.children {
        match child.name.as_str() {
            "ItemClass" | "Attachments" => {}
            "EmailAddresses" => {
                for entry in &child.children {
                    all.push(email(entry));
                }
            }
            "ImAddresses" => entries(child, "ImAddress", &mut all),
            "PhoneNumbers" => entries(child, "PhoneNumber", &mut all),
            "PhysicalAddresses" => {
                for entry in &child.children {
                    let key = entry.attribute("Key").unwrap_or_default();
                    for part in &entry.children {
                        let found =
                            fields::by_entry(&format!("PhysicalAddress:{}", part.name), key);
                        all.extend(found.map(|(id, _)| single(id, Value::text(&part.text))));
                    }
                }
            }
            "ExtendedProperty" => all.push(extended(child)?),
            _ => all.push(simple(child)?),
        }
    }
    Ok(all)
}

fn single(property: PropertyId, value: Value) -> Written {
    Written {
        path: Path::Field(property),
        values: vec![(Target::Field(property), Some(value))],
    }
}

fn entries(dictionary: &Element, name: &str, all: &mut Vec<Written>) {
    for entry in &dictionary.children {
        let key = entry.attribute("Key").unwrap_or_default();
        all.extend(fields::by_entry(name, key).map(|(id, _)| single(id, Value::text(&entry.text))));
    }
}

fn email(entry: &Element) -> Written {
    let key = entry.attribute("Key").unwrap_or_default();
    let Some((id, _)) = fields::by_entry("EmailAddress", key) else {
        return Written {
            path: Path::Named("contacts:EmailAddresses".to_owned()),
            values: Vec::new(),
        };
    };
    let mut written = single(id, Value::text(&entry.text));
    let Some(slot) = slot::of(id) else {
        return written;
    };
    for other in slot.others() {
        let given = match fields::of(other).map(|field| field.place) {
            Some(Place::EmailAttribute(_, attribute)) => entry.attribute(attribute),
            _ => None,
        };
        let value = given.filter(|value| !value.is_empty()).map(Value::text);
        written.values.push((Target::Field(other), value));
    }
    written
}

fn simple(child: &Element) -> Result<Written, ItemError> {
    let found = fields::all().find(|(_, field)| match field.place {
        Place::Contact(name) | Place::Item(name) => name == child.name,
        _ => false,
    });
    let Some((id, field)) = found else {
        let uri = read_only_uri(&child.name);
        let code = match child.name.as_str() {
            "Notes" | "Photo" => "ErrorInvalidPropertyRequest",
            _ => "ErrorInvalidPropertySet",
        };
        return Err(ItemError::about(
            code,
            &format!("<t:FieldURI FieldURI=\"{uri}\"/>"),
        ));
    };
    let value = match field.kind {
        Kind::Time => Value::Time(clock::parse(&child.text).unwrap_or_default()),
        Kind::List => Value::List(
            child
                .children
                .iter()
                .map(|entry| entry.text.as_str().into())
                .collect(),
        ),
        Kind::Lines => Value::text(&crlf(&child.text)),
        Kind::Flag => Value::text(match child.text.trim() {
            "true" | "1" => "true",
            _ => "false",
        }),
        Kind::Text | Kind::Word | Kind::Binary => Value::text(&child.text),
    };
    let mut written = single(id, value);
    if id == fields::BODY {
        let html = child.attribute("BodyType") == Some("HTML");
        written
            .values
            .push((Target::Field(BODY_TYPE), html.then(|| Value::text("HTML"))));
    }
    fits(&written)?;
    Ok(written)
}

fn read_only_uri(element: &str) -> String {
    let contact = matches!(
        element,
        "CompleteName"
            | "ContactSource"
            | "HasPicture"
            | "Alias"
            | "Notes"
            | "Photo"
            | "DirectoryId"
            | "ManagerMailbox"
            | "DirectReports"
            | "UserSMIMECertificate"
            | "MSExchangeCertificate"
    ) || element.starts_with("Phonetic");
    format!("{}:{element}", if contact { "contacts" } else { "item" })
}

fn extended(property: &Element) -> Result<Written, ItemError> {
    let Some(uri) = property.child("ExtendedFieldURI") else {
        return Err(ItemError::new("ErrorInvalidExtendedProperty"));
    };
    let name = ExtendedName::read(uri).map_err(ItemError::from)?;
    let list = property.child("Values");
    let texts: Vec<&str> = match list {
        Some(values) => values
            .children
            .iter()
            .map(|one| one.text.as_str())
            .collect(),
        None => vec![property.child_text("Value").unwrap_or_default()],
    };
    let invalid = || ItemError::about("ErrorInvalidExtendedPropertyValue", &paths::text(uri));
    let value =
        extended_value::read(&name.property_type, &texts, list.is_some()).ok_or_else(invalid)?;
    let Some(id) = name.alias() else {
        return Ok(Written {
            path: Path::Extended(name.clone()),
            values: vec![(Target::Extended(name), Some(value))],
        });
    };
    let mut written = single(id, extended_value::to_field(id, value).ok_or_else(invalid)?);
    if id == fields::BODY {
        written.values.push((Target::Field(BODY_TYPE), None));
    }
    fits(&written)?;
    Ok(written)
}

/// A subject has 255 characters at most (EWS reference, section 3.1).
fn fits(written: &Written) -> Result<(), ItemError> {
    let long = written.values.iter().any(|value| match value {
        (Target::Field(fields::SUBJECT), Some(Value::Text(text))) => text.chars().count() > 255,
        _ => false,
    });
    if long {
        let path = "<t:FieldURI FieldURI=\"item:Subject\"/>";
        return Err(ItemError::about("ErrorDataSizeLimitExceeded", path));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::soap::xml::parse;

    fn values(contact: &str) -> Result<Vec<(String, Option<String>)>, String> {
        let written =
            read(&parse(&format!("<Contact>{contact}</Contact>")).unwrap()).map_err(|e| e.code)?;
        let name = |target: &Target| match target {
            Target::Field(id) => fields::of(*id).unwrap().name.to_owned(),
            Target::Extended(name) => name.display(),
        };
        Ok(written
            .iter()
            .flat_map(|w| &w.values)
            .map(|(target, value)| (name(target), value.as_ref().map(Value::to_text)))
            .collect())
    }

    #[test]
    fn an_email_entry_replaces_all_of_its_slot() {
        let found = values(
            "<EmailAddresses><Entry Key='EmailAddress2' Name='N'>a@b</Entry></EmailAddresses>",
        )
        .unwrap();
        let expect = |name: &str, value: Option<&str>| (name.to_owned(), value.map(str::to_owned));
        assert_eq!(
            found,
            [
                expect("EmailAddress2", Some("a@b")),
                expect("EmailAddress2.Name", Some("N")),
                expect("EmailAddress2.RoutingType", None),
                expect("EmailAddress2.MailboxType", None),
                expect("EmailAddress2.OriginalDisplayName", None),
                expect("EmailAddress2.OriginalEntryId", None),
            ]
        );
    }

    #[test]
    fn read_only_properties_are_refused() {
        assert_eq!(
            values("<HasPicture>true</HasPicture>").unwrap_err(),
            "ErrorInvalidPropertySet"
        );
        assert_eq!(
            values("<Notes>x</Notes>").unwrap_err(),
            "ErrorInvalidPropertyRequest"
        );
        assert_eq!(
            values(&format!("<Subject>{}</Subject>", "x".repeat(256))).unwrap_err(),
            "ErrorDataSizeLimitExceeded"
        );
    }

    #[test]
    fn extended_values_are_checked_and_made_canonical() {
        let property = |kind: &str, value: &str| {
            values(&format!(
                "<ExtendedProperty><ExtendedFieldURI PropertyTag='0x3A50' PropertyType='{kind}'/>\
                 <Value>{value}</Value></ExtendedProperty>"
            ))
        };
        assert_eq!(
            property("Boolean", "1").unwrap()[0].1.as_deref(),
            Some("true")
        );
        assert_eq!(
            property("Integer", "x").unwrap_err(),
            "ErrorInvalidExtendedPropertyValue"
        );
        assert_eq!(
            property("StringArray", "x").unwrap_err(),
            "ErrorInvalidExtendedPropertyValue"
        );
    }
}
