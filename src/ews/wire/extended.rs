//! Extended properties: MAPI properties that have no element of their own.

use std::borrow::Cow;
use std::io::{self, BufRead};

use super::xml::{EMPTY, Start, XmlReader, XmlWriter};
use super::{FieldValue, WireError};
use crate::contact::KNOWN_SETS;

/// The set that a named property belongs to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PropertySet {
    /// A well-known set by its name, such as `Address` or `PublicStrings`.
    Distinguished(Cow<'static, str>),
    /// Any other set by its GUID, lower case and without braces.
    Guid(Cow<'static, str>),
}

/// The name of an extended property, in one of the three forms that we use. Two names of one property are equal.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ExtendedFieldUri {
    /// A named property with a textual name.
    Name {
        /// Its set.
        set: PropertySet,
        /// `PropertyName`
        name: Cow<'static, str>,
        /// `PropertyType`, such as `String`.
        kind: Cow<'static, str>,
    },
    /// A named property with a number; decimal on the wire.
    Id {
        /// Its set.
        set: PropertySet,
        /// `PropertyId`
        id: u32,
        /// `PropertyType`
        kind: Cow<'static, str>,
    },
    /// A property below 0x8000.
    Tag {
        /// `PropertyTag`, the id half.
        tag: u16,
        /// `PropertyType`
        kind: Cow<'static, str>,
    },
}

impl ExtendedFieldUri {
    /// Whether its values are lists.
    pub(super) fn is_list(&self) -> bool {
        let (Self::Name { kind, .. } | Self::Id { kind, .. } | Self::Tag { kind, .. }) = self;
        kind.ends_with("Array")
    }

    pub(super) fn write(&self, xml: &mut XmlWriter) -> io::Result<()> {
        let number;
        let mut attributes: Vec<(&str, &str)> = Vec::with_capacity(3);
        let kind = match self {
            Self::Name { set, name, kind } => {
                attributes.push(set.attribute());
                attributes.push(("PropertyName", name));
                kind
            }
            Self::Id { set, id, kind } => {
                number = id.to_string();
                attributes.push(set.attribute());
                attributes.push(("PropertyId", &number));
                kind
            }
            Self::Tag { tag, kind } => {
                number = format!("0x{tag:04X}");
                attributes.push(("PropertyTag", &number));
                kind
            }
        };
        attributes.push(("PropertyType", kind));
        xml.empty("t:ExtendedFieldURI", &attributes)
    }

    /// The name that an element gives, or `None` for a form that we never ask for.
    pub(super) fn from_start(start: &Start) -> Option<Self> {
        let kind = Cow::Owned(start.attribute("PropertyType")?.to_owned());
        if let Some(tag) = start.attribute("PropertyTag") {
            let tag = match tag.strip_prefix("0x").or_else(|| tag.strip_prefix("0X")) {
                Some(hexadecimal) => u16::from_str_radix(hexadecimal, 16),
                None => tag.parse(),
            };
            return tag.ok().map(|tag| Self::Tag { tag, kind });
        }
        let set = if let Some(name) = start.attribute("DistinguishedPropertySetId") {
            PropertySet::Distinguished(Cow::Owned(name.to_owned()))
        } else {
            PropertySet::from_guid(start.attribute("PropertySetId")?)
        };
        if let Some(name) = start.attribute("PropertyName") {
            let name = Cow::Owned(name.to_owned());
            return Some(Self::Name { set, name, kind });
        }
        let id = start.attribute("PropertyId")?.parse().ok()?;
        Some(Self::Id { set, id, kind })
    }
}

impl PropertySet {
    /// The set of a well-known name or a GUID.
    #[must_use]
    pub fn of(name: &str) -> Self {
        if name.contains('-') {
            Self::from_guid(name)
        } else {
            Self::Distinguished(Cow::Owned(name.to_owned()))
        }
    }

    fn from_guid(guid: &str) -> Self {
        let guid = guid.trim_matches(['{', '}']).to_ascii_lowercase();
        match KNOWN_SETS.iter().find(|(_, known)| *known == guid) {
            Some((name, _)) => Self::Distinguished(Cow::Borrowed(name)),
            None => Self::Guid(Cow::Owned(guid)),
        }
    }

    fn attribute(&self) -> (&'static str, &str) {
        match self {
            Self::Distinguished(name) => ("DistinguishedPropertySetId", name),
            Self::Guid(guid) => ("PropertySetId", guid),
        }
    }
}

/// Writes an `ExtendedProperty` with its value or values.
pub(super) fn write_property(
    xml: &mut XmlWriter,
    uri: &ExtendedFieldUri,
    value: &FieldValue,
) -> io::Result<()> {
    xml.element("t:ExtendedProperty", EMPTY, |xml| {
        uri.write(xml)?;
        match value {
            FieldValue::Strings(values) => xml.element("t:Values", EMPTY, |xml| {
                let mut all = values.iter();
                all.try_for_each(|value| xml.text("t:Value", EMPTY, value))
            }),
            FieldValue::Text(_) | FieldValue::Html(_) | FieldValue::Email(_) => {
                xml.text("t:Value", EMPTY, value.as_text())
            }
        }
    })
}

/// Reads an `ExtendedProperty`; its start is read already. `None` when it is of no form that we know.
pub(super) fn read_property<R: BufRead>(
    xml: &mut XmlReader<R>,
) -> Result<Option<(ExtendedFieldUri, Vec<String>)>, WireError> {
    let mut uri = None;
    let mut values = Vec::new();
    while let Some(child) = xml.child()? {
        match child.local.as_str() {
            "ExtendedFieldURI" => {
                uri = ExtendedFieldUri::from_start(&child);
                xml.skip()?;
            }
            "Value" => values.push(xml.text()?),
            "Values" => {
                while xml.child()?.is_some() {
                    values.push(xml.text()?);
                }
            }
            _ => xml.skip()?,
        }
    }
    Ok(uri.map(|uri| (uri, values)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(attributes: &str) -> Option<(ExtendedFieldUri, Vec<String>)> {
        let text = format!("<p><ExtendedFieldURI {attributes}/><Value>v</Value></p>");
        let mut xml = XmlReader::new(text.as_bytes());
        xml.root().unwrap();
        read_property(&mut xml).unwrap()
    }

    #[test]
    fn names_that_servers_write_differently_are_equal() {
        let twin = ExtendedFieldUri::Id {
            set: PropertySet::Distinguished(Cow::Borrowed("Address")),
            id: 32990,
            kind: Cow::Borrowed("SystemTime"),
        };
        for attributes in [
            "DistinguishedPropertySetId='Address' PropertyId='32990' PropertyType='SystemTime'",
            "PropertySetId='00062004-0000-0000-C000-000000000046' PropertyId='32990' PropertyType='SystemTime'",
        ] {
            assert_eq!(read(attributes), Some((twin.clone(), vec!["v".to_owned()])));
        }
        let tag = |text| read(&format!("PropertyTag='{text}' PropertyType='String'"));
        assert_eq!(tag("0x3a45"), tag("0x3A45"));
        assert_eq!(tag("14917"), tag("0x3A45"));
        assert_ne!(tag("0x3A46"), tag("0x3A45"));
        assert_eq!(read("PropertyName='X'"), None);
    }
}
