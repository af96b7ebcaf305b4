//! Paths to properties as requests name them (EWS reference, sections 3.3, 3.4 and 3.7).

use super::item_error::ItemError;
use crate::contact::extended::ExtendedName;
use crate::contact::fields::{self, Place};
use crate::contact::value::PropertyId;
use crate::soap::write;
use crate::soap::xml::Element;

/// A property that a request names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Path {
    /// A first-class property that can be written.
    Field(PropertyId),
    /// An extended property.
    Extended(ExtendedName),
    /// A property known by its FieldURI only: computed, read-only or a whole dictionary.
    Named(String),
}

/// Reads FieldURI, IndexedFieldURI or ExtendedFieldURI.
pub fn read(path: &Element) -> Result<Path, ItemError> {
    let uri = path.attribute("FieldURI").unwrap_or_default();
    match path.name.as_str() {
        "ExtendedFieldURI" => match ExtendedName::read(path) {
            Ok(name) => Ok(name.alias().map_or(Path::Extended(name), Path::Field)),
            Err(error) => Err(ItemError {
                message_xml: text(path),
                ..ItemError::from(error)
            }),
        },
        "IndexedFieldURI" => {
            let key = path.attribute("FieldIndex").unwrap_or_default();
            match uri
                .strip_prefix("contacts:")
                .and_then(|name| fields::by_entry(name, key))
            {
                Some((id, _)) => Ok(Path::Field(id)),
                None => Err(ItemError::about("ErrorInvalidPropertyRequest", &text(path))),
            }
        }
        _ => {
            let place = match uri.split_once(':') {
                Some(("contacts", "Culture")) => "Culture",
                Some((_, name)) => name,
                None => uri,
            };
            let found = fields::all().find(|(_, field)| match field.place {
                Place::Contact(name) => uri.starts_with("contacts:") && name == place,
                Place::Item(name) => {
                    (uri.starts_with("item:") || uri == "contacts:Culture") && name == place
                }
                _ => false,
            });
            Ok(found.map_or_else(|| Path::Named(uri.to_owned()), |(id, _)| Path::Field(id)))
        }
    }
}

/// The path element as text, for MessageXml.
pub fn text(path: &Element) -> String {
    let mut out = format!("<t:{}", path.name);
    for (name, value) in &path.attributes {
        out.push(' ');
        out.push_str(name);
        out.push_str("=\"");
        write::attribute(&mut out, value);
        out.push('"');
    }
    out.push_str("/>");
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::soap::xml::parse;

    fn path(text: &str) -> Result<Path, String> {
        read(&parse(text).unwrap()).map_err(|e| e.code)
    }

    #[test]
    fn leads_to_properties() {
        assert_eq!(
            path("<FieldURI FieldURI='contacts:GivenName'/>"),
            Ok(Path::Field(fields::GIVEN_NAME))
        );
        assert_eq!(
            path("<FieldURI FieldURI='item:Body'/>"),
            Ok(Path::Field(fields::BODY))
        );
        assert_eq!(
            path("<ExtendedFieldURI PropertyTag='0x3A06' PropertyType='String'/>"),
            Ok(Path::Field(fields::GIVEN_NAME))
        );
        let city = fields::by_name("HomeAddress.City").unwrap().0;
        let indexed =
            "<IndexedFieldURI FieldURI='contacts:PhysicalAddress:City' FieldIndex='Home'/>";
        assert_eq!(path(indexed), Ok(Path::Field(city)));
        assert_eq!(
            path("<FieldURI FieldURI='contacts:EmailAddresses'/>"),
            Ok(Path::Named("contacts:EmailAddresses".to_owned()))
        );
    }

    #[test]
    fn says_what_is_wrong() {
        let unknown = "<IndexedFieldURI FieldURI='contacts:PhoneNumber' FieldIndex='Work'/>";
        assert_eq!(path(unknown), Err("ErrorInvalidPropertyRequest".to_owned()));
        let custom = "<ExtendedFieldURI PropertyTag='0x8005' PropertyType='String'/>";
        assert_eq!(
            path(custom),
            Err("ErrorNoPropertyTagForCustomProperties".to_owned())
        );
    }
}
