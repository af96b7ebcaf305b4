//! Reading the properties that a request writes: those of `t:Contact` in CreateItem and in a
//! SetItemField.

use super::item_error::ItemError;
use super::paths::{self, Path};
use crate::clock;
use crate::contact::extended::ExtendedName;
use crate::contact::fields::{self, BODY_TYPE, Kind, Place};
use crate::contact::value::{PropertyId, Value};
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

/// Reads all properties of an item element; the item class comes separately.
pub fn read(item: &Element) -> Result<Vec<Written>, ItemError> {
    let mut all = Vec::new();
    for child in &item.children {
        match child.name.as_str() {
            "ItemClass" => {}
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
    written.values.extend(beside(id).map(|(other, attribute)| {
        (
            Target::Field(other),
            entry
                .attribute(attribute)
                .filter(|value| !value.is_empty())
                .map(Value::text),
        )
    }));
    written
}

/// The hidden properties beside an e-mail address and the attributes that show them.
pub fn beside(email: PropertyId) -> impl Iterator<Item = (PropertyId, &'static str)> {
    let key = match fields::of(email).map(|field| field.place) {
        Some(Place::Email(key)) => Some(key),
        _ => None,
    };
    fields::all().filter_map(move |(id, field)| match field.place {
        Place::EmailAttribute(its, attribute) if Some(its) == key => Some((id, attribute)),
        _ => None,
    })
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
        Kind::Text | Kind::Word | Kind::Flag => Value::text(&child.text),
    };
    let mut written = single(id, value);
    if id == fields::BODY {
        let html = child.attribute("BodyType") == Some("HTML");
        written
            .values
            .push((Target::Field(BODY_TYPE), html.then(|| Value::text("HTML"))));
    }
    if id == fields::SUBJECT && child.text.chars().count() > 255 {
        return Err(ItemError::about(
            "ErrorDataSizeLimitExceeded",
            "<t:FieldURI FieldURI=\"item:Subject\"/>",
        ));
    }
    Ok(written)
}

/// Stored notes have CRLF line ends (EWS reference, section 3.6).
pub fn crlf(text: &str) -> String {
    text.replace("\r\n", "\n")
        .replace('\r', "\n")
        .replace('\n', "\r\n")
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
    let texts: Vec<&str> = match property.child("Values") {
        Some(values) => values
            .children
            .iter()
            .map(|value| value.text.as_str())
            .collect(),
        None => vec![property.child_text("Value").unwrap_or_default()],
    };
    let invalid = || ItemError::about("ErrorInvalidExtendedPropertyValue", &paths::text(uri));
    if name.is_array() != property.child("Values").is_some() {
        return Err(invalid());
    }
    let base = name.property_type.trim_end_matches("Array");
    let texts = texts
        .into_iter()
        .map(|text| canonical(base, text))
        .collect::<Option<Vec<_>>>()
        .ok_or_else(invalid)?;
    let value = match (name.is_array(), &*name.property_type, texts.as_slice()) {
        (true, ..) => Value::List(texts.iter().map(|text| text.as_str().into()).collect()),
        (false, "SystemTime", [text]) => Value::Time(clock::parse(text).ok_or_else(invalid)?),
        (false, _, [text]) => Value::text(text),
        (false, ..) => return Err(invalid()),
    };
    let (path, target) = match name.alias() {
        Some(id) => (Path::Field(id), Target::Field(id)),
        None => (Path::Extended(name.clone()), Target::Extended(name)),
    };
    Ok(Written {
        path,
        values: vec![(target, Some(value))],
    })
}

/// A value as the server shows it again, None when it is not of the type.
fn canonical(property_type: &str, text: &str) -> Option<String> {
    let trimmed = text.trim();
    match property_type {
        "Boolean" => match trimmed {
            "true" | "1" => Some("true".to_owned()),
            "false" | "0" => Some("false".to_owned()),
            _ => None,
        },
        "Short" => trimmed.parse::<i16>().ok().map(|n| n.to_string()),
        "Integer" => trimmed.parse::<i32>().ok().map(|n| n.to_string()),
        "Long" | "Currency" => trimmed.parse::<i64>().ok().map(|n| n.to_string()),
        "Double" | "Float" | "ApplicationTime" => {
            trimmed.parse::<f64>().ok().map(|_| trimmed.to_owned())
        }
        "SystemTime" => clock::parse(trimmed).map(clock::format),
        _ => Some(text.to_owned()),
    }
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
