//! The `t:Contact` element: its fields written in the order of the schema, and read in any.

use std::io::{self, BufRead};

use super::field::known_key;
use super::xml::{EMPTY, Start, XmlReader, XmlWriter};
use super::{
    AddressPart, BodyType, ContactElement, EMAIL_KEYS, EmailAddress, Field, FieldPath, FieldValue,
    IM_KEYS, ItemElement, PHONE_KEYS, PHYSICAL_ADDRESS_KEYS, WireError, extended,
};

/// A stretch of the sequence that the schema demands after the part of `ItemType`.
enum Section {
    Element(ContactElement),
    EmailAddresses,
    PhysicalAddresses,
    PhoneNumbers,
    ImAddresses,
}

/// `ContactItemType` in `types.xsd`, as far as we write it.
const SEQUENCE: &[Section] = {
    use ContactElement as E;
    use Section::{Element, EmailAddresses, ImAddresses, PhoneNumbers, PhysicalAddresses};
    &[
        Element(E::FileAs),
        Element(E::FileAsMapping),
        Element(E::DisplayName),
        Element(E::GivenName),
        Element(E::Initials),
        Element(E::MiddleName),
        Element(E::Nickname),
        Element(E::CompanyName),
        EmailAddresses,
        PhysicalAddresses,
        PhoneNumbers,
        Element(E::AssistantName),
        Element(E::Birthday),
        Element(E::BusinessHomePage),
        Element(E::Children),
        Element(E::Companies),
        Element(E::Department),
        Element(E::Generation),
        ImAddresses,
        Element(E::JobTitle),
        Element(E::Manager),
        Element(E::Mileage),
        Element(E::OfficeLocation),
        Element(E::PostalAddressIndex),
        Element(E::Profession),
        Element(E::SpouseName),
        Element(E::Surname),
        Element(E::WeddingAnniversary),
    ]
};

/// Writes a `t:Contact` with these fields, each at most once, in the order that the schema demands.
pub(super) fn write_contact(
    xml: &mut XmlWriter,
    item_class: Option<&str>,
    fields: &[Field],
) -> io::Result<()> {
    let value = |path: &FieldPath| {
        let found = fields.iter().find(|(known, _)| known == path);
        found.map(|(_, value)| value)
    };
    xml.element("t:Contact", EMPTY, |xml| {
        if let Some(item_class) = item_class {
            xml.text("t:ItemClass", EMPTY, item_class)?;
        }
        use ItemElement as I;
        let item = |xml: &mut XmlWriter, elements: &[ItemElement]| {
            elements.iter().try_for_each(|element| {
                let found = value(&FieldPath::Item(*element));
                found.map_or(Ok(()), |value| write_value(xml, element.name(), value))
            })
        };
        item(xml, &[I::Subject, I::Sensitivity])?;
        if let Some(body) = value(&FieldPath::Body) {
            let body_type = match body {
                FieldValue::Html(_) => BodyType::Html,
                FieldValue::Text(_) | FieldValue::Strings(_) | FieldValue::Email(_) => {
                    BodyType::Text
                }
            };
            let attributes = [("BodyType", body_type.name())];
            xml.text("t:Body", &attributes, body.as_text())?;
        }
        if let Some(categories) = value(&FieldPath::Categories) {
            write_value(xml, "Categories", categories)?;
        }
        item(xml, &[I::Importance, I::ReminderDueBy, I::ReminderIsSet])?;
        for (path, value) in fields {
            if let FieldPath::Extended(uri) = path {
                extended::write_property(xml, uri, value)?;
            }
        }
        item(xml, &[I::Culture])?;
        for section in SEQUENCE {
            match section {
                Section::Element(element) => {
                    if let Some(value) = value(&FieldPath::Contact(*element)) {
                        write_value(xml, element.name(), value)?;
                    }
                }
                Section::EmailAddresses => {
                    let entry = |key| value(&FieldPath::EmailAddress(key));
                    let smtp = &[("RoutingType", "SMTP")];
                    write_dictionary(xml, "t:EmailAddresses", &EMAIL_KEYS, smtp, entry)?;
                }
                Section::PhoneNumbers => {
                    let entry = |key| value(&FieldPath::PhoneNumber(key));
                    write_dictionary(xml, "t:PhoneNumbers", &PHONE_KEYS, EMPTY, entry)?;
                }
                Section::ImAddresses => {
                    let entry = |key| value(&FieldPath::ImAddress(key));
                    write_dictionary(xml, "t:ImAddresses", &IM_KEYS, EMPTY, entry)?;
                }
                Section::PhysicalAddresses => {
                    let part = |key, part| value(&FieldPath::PhysicalAddress(key, part));
                    write_physical_addresses(xml, part)?;
                }
            }
        }
        Ok(())
    })
}

/// Writes an element with a text or a list of strings.
fn write_value(xml: &mut XmlWriter, name: &str, value: &FieldValue) -> io::Result<()> {
    let name = format!("t:{name}");
    match value {
        FieldValue::Strings(strings) => xml.element(&name, EMPTY, |xml| {
            let mut all = strings.iter();
            all.try_for_each(|string| xml.text("t:String", EMPTY, string))
        }),
        FieldValue::Text(_) | FieldValue::Html(_) | FieldValue::Email(_) => {
            xml.text(&name, EMPTY, value.as_text())
        }
    }
}

fn write_dictionary<'a>(
    xml: &mut XmlWriter,
    name: &str,
    keys: &[&'static str],
    attributes: &[(&str, &str)],
    value: impl Fn(&'static str) -> Option<&'a FieldValue>,
) -> io::Result<()> {
    if !keys.iter().any(|key| value(key).is_some()) {
        return Ok(());
    }
    xml.element(name, EMPTY, |xml| {
        for key in keys {
            if let Some(value) = value(key) {
                let mut with_key = vec![("Key", *key)];
                if let FieldValue::Email(EmailAddress {
                    name: Some(name), ..
                }) = value
                {
                    with_key.push(("Name", name));
                }
                with_key.extend_from_slice(attributes);
                xml.text("t:Entry", &with_key, value.as_text())?;
            }
        }
        Ok(())
    })
}

fn write_physical_addresses<'a>(
    xml: &mut XmlWriter,
    value: impl Fn(&'static str, AddressPart) -> Option<&'a FieldValue>,
) -> io::Result<()> {
    let parts = |key| {
        let all = AddressPart::ALL.iter();
        all.filter_map(|part| Some((*part, value(key, *part)?)))
            .collect::<Vec<_>>()
    };
    if PHYSICAL_ADDRESS_KEYS
        .iter()
        .all(|key| parts(key).is_empty())
    {
        return Ok(());
    }
    xml.element("t:PhysicalAddresses", EMPTY, |xml| {
        for key in PHYSICAL_ADDRESS_KEYS {
            let parts = parts(key);
            if parts.is_empty() {
                continue;
            }
            xml.element("t:Entry", &[("Key", key)], |xml| {
                parts.iter().try_for_each(|(part, value)| {
                    xml.text(&format!("t:{}", part.name()), EMPTY, value.as_text())
                })
            })?;
        }
        Ok(())
    })
}

/// Reads a child of `t:Contact` into `fields`, or skips it. Empty texts are kept: they are values of the server.
pub(super) fn read_field<R: BufRead>(
    child: &Start,
    xml: &mut XmlReader<R>,
    fields: &mut Vec<Field>,
) -> Result<(), WireError> {
    match child.local.as_str() {
        "Body" => {
            let is_html = child.attribute("BodyType") == Some(BodyType::Html.name());
            let text = xml.text()?;
            let value = if is_html {
                FieldValue::Html(text)
            } else {
                FieldValue::Text(text)
            };
            fields.push((FieldPath::Body, value));
        }
        "Categories" => {
            let categories = read_strings(xml)?;
            fields.push((FieldPath::Categories, categories));
        }
        "ExtendedProperty" => {
            if let Some((uri, mut values)) = extended::read_property(xml)? {
                let value = if uri.is_list() {
                    FieldValue::Strings(values)
                } else {
                    FieldValue::Text(values.pop().unwrap_or_default())
                };
                fields.push((FieldPath::Extended(uri), value));
            }
        }
        "EmailAddresses" => read_emails(xml, fields)?,
        "PhoneNumbers" => read_dictionary(xml, &PHONE_KEYS, FieldPath::PhoneNumber, fields)?,
        "ImAddresses" => read_dictionary(xml, &IM_KEYS, FieldPath::ImAddress, fields)?,
        "PhysicalAddresses" => read_physical_addresses(xml, fields)?,
        name => match (
            ContactElement::from_name(name),
            ItemElement::from_name(name),
        ) {
            (Some(element), _) if element.is_list() => {
                let strings = read_strings(xml)?;
                fields.push((FieldPath::Contact(element), strings));
            }
            (Some(element), _) => {
                let value = FieldValue::Text(xml.text()?);
                fields.push((FieldPath::Contact(element), value));
            }
            (None, Some(element)) => {
                let value = FieldValue::Text(xml.text()?);
                fields.push((FieldPath::Item(element), value));
            }
            (None, None) => xml.skip()?,
        },
    }
    Ok(())
}

fn read_strings<R: BufRead>(xml: &mut XmlReader<R>) -> Result<FieldValue, WireError> {
    let mut strings = Vec::new();
    while xml.child()?.is_some() {
        strings.push(xml.text()?);
    }
    Ok(FieldValue::Strings(strings))
}

fn read_dictionary<R: BufRead>(
    xml: &mut XmlReader<R>,
    keys: &[&'static str],
    path: impl Fn(&'static str) -> FieldPath,
    fields: &mut Vec<Field>,
) -> Result<(), WireError> {
    while let Some(entry) = xml.child()? {
        match known_key(keys, entry.attribute("Key").unwrap_or_default()) {
            Some(key) => fields.push((path(key), FieldValue::Text(xml.text()?))),
            None => xml.skip()?,
        }
    }
    Ok(())
}

fn read_emails<R: BufRead>(
    xml: &mut XmlReader<R>,
    fields: &mut Vec<Field>,
) -> Result<(), WireError> {
    while let Some(entry) = xml.child()? {
        let Some(key) = known_key(&EMAIL_KEYS, entry.attribute("Key").unwrap_or_default()) else {
            xml.skip()?;
            continue;
        };
        let email = EmailAddress {
            address: xml.text()?,
            name: entry.attribute("Name").map(str::to_owned),
            routing_type: entry.attribute("RoutingType").map(str::to_owned),
        };
        fields.push((FieldPath::EmailAddress(key), FieldValue::Email(email)));
    }
    Ok(())
}

fn read_physical_addresses<R: BufRead>(
    xml: &mut XmlReader<R>,
    fields: &mut Vec<Field>,
) -> Result<(), WireError> {
    while let Some(entry) = xml.child()? {
        let key = entry.attribute("Key").unwrap_or_default();
        let Some(key) = known_key(&PHYSICAL_ADDRESS_KEYS, key) else {
            xml.skip()?;
            continue;
        };
        while let Some(child) = xml.child()? {
            // Very old servers answered with `Country`.
            let part = match child.local.as_str() {
                "Country" => Some(AddressPart::CountryOrRegion),
                name => AddressPart::from_name(name),
            };
            match part {
                Some(part) => {
                    let value = FieldValue::Text(xml.text()?);
                    fields.push((FieldPath::PhysicalAddress(key, part), value));
                }
                None => xml.skip()?,
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(xml: &str) -> Vec<Field> {
        let mut reader = XmlReader::new(xml.as_bytes());
        reader.root().unwrap();
        let mut fields = Vec::new();
        while let Some(child) = reader.child().unwrap() {
            read_field(&child, &mut reader, &mut fields).unwrap();
        }
        fields
    }

    #[test]
    fn fields_given_in_any_order_are_written_in_the_schemas_and_read_back() {
        let text = |text: &str| FieldValue::Text(text.to_owned());
        let smtp = EmailAddress {
            address: "a@example.test".to_owned(),
            name: None,
            routing_type: Some("SMTP".to_owned()),
        };
        let given = vec![
            (FieldPath::Contact(ContactElement::Surname), text("B")),
            (FieldPath::ImAddress("ImAddress2"), text("sip:a")),
            (FieldPath::PhoneNumber("Isdn"), text("2")),
            (FieldPath::PhoneNumber("Callback"), text("1")),
            (
                FieldPath::PhysicalAddress("Home", AddressPart::City),
                text("P"),
            ),
            (
                FieldPath::EmailAddress("EmailAddress3"),
                FieldValue::Email(smtp),
            ),
            (FieldPath::Contact(ContactElement::FileAs), text("B, A")),
            (FieldPath::Body, text("note\r\nline")),
            (
                FieldPath::Categories,
                FieldValue::Strings(vec!["x".to_owned(), "y".to_owned()]),
            ),
        ];
        let mut xml = XmlWriter::new().unwrap();
        write_contact(&mut xml, Some("IPM.Contact"), &given).unwrap();
        let written = String::from_utf8(xml.into_bytes()).unwrap();
        let order: Vec<usize> = [
            "Body",
            "Categories",
            "FileAs",
            "Email",
            "Physical",
            "Callback",
            "Isdn",
            "ImA",
            "Surname",
        ]
        .iter()
        .map(|name| written.find(name).unwrap())
        .collect();
        assert!(order.is_sorted(), "{written}");
        let (mut read, mut given) = (fields(&written), given);
        read.sort_by(|left, right| left.0.cmp(&right.0));
        given.sort_by(|left, right| left.0.cmp(&right.0));
        assert_eq!(read, given);
    }

    /// semantics 40: a body is written and read as what it is.
    #[test]
    fn a_body_tells_whether_it_is_html() {
        for body in [
            FieldValue::Text("a < b".to_owned()),
            FieldValue::Html("<p>a &lt; b</p>".to_owned()),
        ] {
            let given = vec![(FieldPath::Body, body)];
            let mut xml = XmlWriter::new().unwrap();
            write_contact(&mut xml, None, &given).unwrap();
            assert_eq!(fields(&String::from_utf8(xml.into_bytes()).unwrap()), given);
        }
    }

    #[test]
    fn old_new_and_unknown_shapes_are_read() {
        let read = fields(
            "<t:Contact xmlns:t='t'><t:PhysicalAddresses><t:Entry Key='Business'><t:Country>DE</t:Country><t:State/><t:New>1</t:New></t:Entry>\
             <t:Entry Key='Moon'><t:City>x</t:City></t:Entry></t:PhysicalAddresses><t:PhoneNumbers><t:Entry Key='Mms'>1</t:Entry><t:Entry Key='Telex'/></t:PhoneNumbers>\
             <t:CompleteName><t:FirstName>A</t:FirstName></t:CompleteName><t:HasPicture>true</t:HasPicture></t:Contact>",
        );
        let business = |part| FieldPath::PhysicalAddress("Business", part);
        assert_eq!(
            read,
            [
                (
                    business(AddressPart::CountryOrRegion),
                    FieldValue::Text("DE".to_owned())
                ),
                (
                    business(AddressPart::State),
                    FieldValue::Text(String::new())
                ),
                (
                    FieldPath::PhoneNumber("Telex"),
                    FieldValue::Text(String::new())
                ),
            ]
        );
    }
}
