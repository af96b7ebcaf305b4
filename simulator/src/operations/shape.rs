//! ItemShape: which properties an answer shows (EWS reference, sections 2.0 and 3.8).

use std::collections::HashSet;

use super::item_error::ItemError;
use super::item_view::{Base, ELEMENTS};
use super::paths::{self, Path};
use crate::contact::extended::ExtendedName;
use crate::contact::fields::{self, Place};
use crate::contact::value::PropertyId;
use crate::soap::xml::Element;

/// How a body is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BodyType {
    /// As it is stored.
    Best,
    /// As HTML.
    Html,
    /// As text.
    Text,
}

/// A shape, read once for a request.
#[derive(Debug)]
pub struct Shape {
    /// Which of [`ELEMENTS`] are wanted, one bit each.
    pub elements: u128,
    /// Single dictionary entries that are wanted.
    pub entries: HashSet<PropertyId>,
    /// Extended properties that are wanted, each with its path as the request wrote it.
    pub extended: Vec<(Wanted, String)>,
    /// How the body is wanted.
    pub body_type: BodyType,
    /// MaximumBodySize, in characters.
    pub body_limit: Option<usize>,
    /// Whether MIME is wanted, which contacts do not have.
    pub mime: bool,
    /// Paths of other kinds of item, as text. Those of contacts and of distribution lists are not
    /// among them: exchangelib asks for both of every item in a contacts folder.
    pub foreign_paths: Vec<String>,
}

/// An extended property that a shape names.
#[derive(Debug)]
pub enum Wanted {
    /// The same storage as a first-class property.
    Field(PropertyId),
    /// One of the registry.
    Extended(ExtendedName),
}

/// Reads m:ItemShape.
pub fn read(shape: &Element) -> Result<Shape, ItemError> {
    let base = shape.child_text("BaseShape").unwrap_or("IdOnly");
    let mut read = Shape {
        elements: base_elements(base),
        entries: HashSet::new(),
        extended: Vec::new(),
        body_type: match shape.child_text("BodyType") {
            Some("HTML") => BodyType::Html,
            Some("Text") => BodyType::Text,
            _ => BodyType::Best,
        },
        body_limit: shape
            .child_text("MaximumBodySize")
            .and_then(|n| n.trim().parse().ok()),
        mime: matches!(shape.child_text("IncludeMimeContent"), Some("true" | "1")),
        foreign_paths: Vec::new(),
    };
    for path in shape.grandchildren("AdditionalProperties") {
        add(&mut read, path)?;
    }
    Ok(read)
}

fn base_elements(base: &str) -> u128 {
    let shown = |element: &Base| match base {
        "IdOnly" => *element == Base::Id,
        "Default" => matches!(element, Base::Id | Base::Default),
        _ => *element != Base::Asked,
    };
    bits(|_, base| shown(base))
}

fn bits(wanted: impl Fn(&str, &Base) -> bool) -> u128 {
    ELEMENTS
        .iter()
        .enumerate()
        .fold(0, |mask, (at, (name, _, base))| {
            mask | u128::from(wanted(name, base)) << at
        })
}

fn add(shape: &mut Shape, path: &Element) -> Result<(), ItemError> {
    let text = paths::text(path);
    if path.name == "ExtendedFieldURI" {
        let wanted = match paths::read(path)? {
            Path::Field(id) => Wanted::Field(id),
            Path::Extended(name) => Wanted::Extended(name),
            Path::Named(_) => return Ok(()),
        };
        shape.extended.push((wanted, text));
        return Ok(());
    }
    let uri = path.attribute("FieldURI").unwrap_or_default();
    match uri.split_once(':') {
        Some(("contacts" | "distributionlist" | "item", _)) => {}
        _ => shape.foreign_paths.push(text),
    }
    match paths::read(path)? {
        Path::Field(id) => match fields::of(id).map(|field| field.place) {
            Some(Place::Contact(name) | Place::Item(name)) => {
                shape.elements |= bits(|n, _| n == name)
            }
            Some(_) => {
                shape.entries.insert(id);
            }
            None => {}
        },
        Path::Named(uri) => {
            let name = uri.split_once(':').map_or("", |(_, name)| name);
            shape.elements |= bits(|n, _| n == name);
        }
        Path::Extended(_) => {}
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::soap::xml::parse;

    fn shape(inner: &str) -> Shape {
        read(&parse(&format!("<ItemShape>{inner}</ItemShape>")).unwrap()).unwrap()
    }

    fn names(shape: &Shape) -> Vec<&'static str> {
        ELEMENTS
            .iter()
            .enumerate()
            .filter(|(at, _)| shape.elements >> at & 1 == 1)
            .map(|(_, (name, ..))| *name)
            .collect()
    }

    #[test]
    fn base_shapes_show_what_the_reference_lists() {
        assert_eq!(names(&shape("<BaseShape>IdOnly</BaseShape>")), ["ItemId"]);
        let default = shape("<BaseShape>Default</BaseShape>");
        assert!(
            names(&default).contains(&"EmailAddresses") && !names(&default).contains(&"GivenName")
        );
        let all = shape("<BaseShape>AllProperties</BaseShape>");
        assert!(names(&all).contains(&"GivenName") && names(&all).contains(&"Body"));
        assert!(!names(&all).contains(&"Birthday") && !names(&all).contains(&"Categories"));
    }

    #[test]
    fn additional_properties_are_added() {
        let shape = shape(
            "<BaseShape>IdOnly</BaseShape><BodyType>Text</BodyType><AdditionalProperties>\
             <FieldURI FieldURI='contacts:Birthday'/><FieldURI FieldURI='item:ItemClass'/>\
             <IndexedFieldURI FieldURI='contacts:PhoneNumber' FieldIndex='MobilePhone'/>\
             <ExtendedFieldURI PropertyTag='0x3A45' PropertyType='String'/></AdditionalProperties>",
        );
        assert_eq!(names(&shape), ["ItemId", "ItemClass", "Birthday"]);
        assert_eq!(
            (shape.entries.len(), shape.extended.len(), shape.body_type),
            (1, 1, BodyType::Text)
        );
    }
}
