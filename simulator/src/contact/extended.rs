//! Extended properties: their names and the registry that numbers them (EWS reference, section 3.7).

use std::collections::HashMap;

use super::fields::{self, Alias, FIELDS};
use super::value::PropertyId;
use crate::schema::simple::property_tag;
use crate::soap::xml::Element;

const ADDRESS_SET: &str = "00062004-0000-0000-c000-000000000046";
const PUBLIC_STRINGS: &str = "00020329-0000-0000-c000-000000000046";

/// The canonical name of an extended property.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ExtendedName {
    /// Which property.
    pub identity: Identity,
    /// PropertyType; the same name with another type is another property.
    pub property_type: Box<str>,
}

/// What identifies an extended property.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Identity {
    /// A MAPI tag below 0x8000.
    Tag(u16),
    /// A property set (lower-case GUID) and a number.
    Number(Box<str>, i32),
    /// A property set (lower-case GUID) and a name.
    Name(Box<str>, Box<str>),
}

/// Why a path to an extended property is refused.
#[derive(Debug, PartialEq, Eq)]
pub enum BadName {
    /// The attributes do not form one of the legal sets.
    Mixed,
    /// A tag of the custom range.
    CustomTag,
    /// A type that cannot be used.
    Type,
}

impl ExtendedName {
    /// Reads t:ExtendedFieldURI.
    pub fn read(path: &Element) -> Result<Self, BadName> {
        let property_type = path.attribute("PropertyType").unwrap_or_default();
        if matches!(property_type, "Error" | "Null" | "Object" | "ObjectArray") {
            return Err(BadName::Type);
        }
        let set = match (
            path.attribute("DistinguishedPropertySetId"),
            path.attribute("PropertySetId"),
        ) {
            (Some(_), Some(_)) => return Err(BadName::Mixed),
            (Some(word), None) => Some(distinguished(word).to_owned()),
            (None, Some(guid)) => Some(guid.to_ascii_lowercase()),
            (None, None) => None,
        };
        let identity = match (
            set,
            path.attribute("PropertyTag"),
            path.attribute("PropertyId"),
            path.attribute("PropertyName"),
        ) {
            (None, Some(tag), None, None) => match property_tag(tag) {
                Some(tag) if tag < 0x8000 => Identity::Tag(tag),
                _ => return Err(BadName::CustomTag),
            },
            (Some(set), None, Some(number), None) => Identity::Number(
                set.into(),
                number.trim().parse().map_err(|_| BadName::Mixed)?,
            ),
            (Some(set), None, None, Some(name)) => Identity::Name(set.into(), name.into()),
            _ => return Err(BadName::Mixed),
        };
        Ok(Self {
            identity,
            property_type: property_type.into(),
        })
    }

    /// The first-class property that is the same storage.
    pub fn alias(&self) -> Option<PropertyId> {
        let wanted = match &self.identity {
            Identity::Tag(tag) => Alias::Tag(*tag),
            Identity::Number(set, number) if &**set == ADDRESS_SET => Alias::Address(*number),
            Identity::Name(set, name)
                if &**set == PUBLIC_STRINGS && name.eq_ignore_ascii_case("Keywords") =>
            {
                Alias::Keywords
            }
            _ => return None,
        };
        let (id, field) = fields::all().find(|(_, field)| field.alias == wanted)?;
        let natural = match field.kind {
            fields::Kind::Time => "SystemTime",
            fields::Kind::List => "StringArray",
            fields::Kind::Flag => "Boolean",
            fields::Kind::Binary => "Binary",
            fields::Kind::Word => "Integer",
            fields::Kind::Text | fields::Kind::Lines => "String",
        };
        (*self.property_type == *natural).then_some(id)
    }

    /// A readable name for the side door, e.g. `7c1d…/SyncUid`.
    pub fn display(&self) -> String {
        match &self.identity {
            Identity::Tag(tag) => format!("0x{tag:04X}"),
            Identity::Number(set, number) => format!("{set}/{number}"),
            Identity::Name(set, name) => format!("{set}/{name}"),
        }
    }
}

fn distinguished(word: &str) -> &'static str {
    match word {
        "Address" => ADDRESS_SET,
        "PublicStrings" => PUBLIC_STRINGS,
        "Common" => "00062008-0000-0000-c000-000000000046",
        "Appointment" => "00062002-0000-0000-c000-000000000046",
        "Meeting" => "6ed8da90-450b-101b-98da-00aa003f1305",
        "Task" => "00062003-0000-0000-c000-000000000046",
        "InternetHeaders" => "00020386-0000-0000-c000-000000000046",
        "CalendarAssistant" => "11000e07-b51b-40d6-af21-caa85edab1d0",
        "UnifiedMessaging" => "4442858e-a9e3-4e80-b900-317a210cc15b",
        _ => "00062040-0000-0000-c000-000000000046",
    }
}

/// Numbers for extended names; they are never taken back.
#[derive(Debug, Default)]
pub struct Registry {
    ids: HashMap<ExtendedName, PropertyId>,
    names: Vec<ExtendedName>,
}

impl Registry {
    /// The property of a name, None where no item ever had it.
    pub fn find(&self, name: &ExtendedName) -> Option<PropertyId> {
        name.alias().or_else(|| self.ids.get(name).copied())
    }

    /// The property of a name, numbered now if it is new. None when the mailbox has run out of
    /// named properties.
    pub fn intern(&mut self, name: &ExtendedName) -> Option<PropertyId> {
        if let Some(known) = self.find(name) {
            return Some(known);
        }
        let id = PropertyId(u16::try_from(FIELDS.len() + self.names.len()).ok()?);
        self.names.push(name.clone());
        self.ids.insert(name.clone(), id);
        Some(id)
    }

    /// The name of an extended property.
    pub fn name(&self, property: PropertyId) -> Option<&ExtendedName> {
        self.names
            .get(usize::from(property.0).checked_sub(FIELDS.len())?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::soap::xml::parse;

    fn read(attributes: &str) -> Result<ExtendedName, BadName> {
        ExtendedName::read(&parse(&format!("<ExtendedFieldURI {attributes}/>")).unwrap())
    }

    #[test]
    fn knows_the_legal_sets_of_attributes() {
        assert_eq!(
            read("PropertyTag='0x3A45' PropertyType='String'")
                .unwrap()
                .identity,
            Identity::Tag(0x3A45)
        );
        assert_eq!(
            read("PropertyTag='0x8001' PropertyType='String'"),
            Err(BadName::CustomTag)
        );
        assert_eq!(
            read("PropertyTag='0x3A45' PropertyName='x' PropertyType='String'"),
            Err(BadName::Mixed)
        );
        assert_eq!(
            read("PropertyName='x' PropertyType='String'"),
            Err(BadName::Mixed)
        );
        assert_eq!(
            read("DistinguishedPropertySetId='Address' PropertyId='32899' PropertyType='String'"),
            read(
                "PropertySetId='00062004-0000-0000-C000-000000000046' PropertyId='32899' PropertyType='String'"
            )
        );
    }

    #[test]
    fn a_tag_is_the_same_storage_as_its_element() {
        let alias = |attributes: &str| read(attributes).unwrap().alias();
        assert_eq!(
            alias("PropertyTag='0x3a06' PropertyType='String'"),
            Some(fields::GIVEN_NAME)
        );
        assert_eq!(
            alias("PropertyTag='0x3A42' PropertyType='SystemTime'"),
            Some(fields::BIRTHDAY)
        );
        assert_eq!(alias("PropertyTag='0x3A42' PropertyType='String'"), None);
        assert_eq!(
            alias(
                "DistinguishedPropertySetId='PublicStrings' PropertyName='Keywords' PropertyType='StringArray'"
            ),
            Some(fields::CATEGORIES)
        );
    }

    #[test]
    fn numbers_a_name_once() {
        let mut registry = Registry::default();
        let name = read("PropertySetId='7c1d9c0e-52a1-4c8e-9f52-0d4a3b6f1a77' PropertyName='a' PropertyType='String'").unwrap();
        assert_eq!(registry.find(&name), None);
        let id = registry.intern(&name).unwrap();
        assert_eq!(
            (registry.intern(&name), registry.name(id)),
            (Some(id), Some(&name))
        );
    }
}
