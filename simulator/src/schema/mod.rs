//! Hand-written tables of what a request may hold, and the check against them.
//!
//! The server refuses a request that violates its schema as a whole, before anything is executed
//! (EWS reference, section 10, item 1). Microsoft's schema files cannot be shipped, so the part of
//! them that the simulator supports is written down here as element orders.

pub mod simple;

use crate::soap::xml::{Element, Namespace};
use simple::Simple;

/// What an element may hold.
pub struct Type {
    /// Its attributes.
    pub attributes: &'static [Attribute],
    /// Its text or children.
    pub content: Content,
}

/// An attribute of a [`Type`].
pub struct Attribute {
    /// Its name.
    pub name: &'static str,
    /// Whether it must be there.
    pub required: bool,
    /// What its value may be.
    pub simple: Simple,
}

/// Content of a [`Type`].
pub enum Content {
    /// Text only.
    Text(Simple),
    /// Nothing at all.
    Empty,
    /// Elements in this order, all of one namespace.
    Sequence(Namespace, &'static [Particle]),
    /// Whatever it likes: known to the schema, ignored by the simulator.
    Any,
}

/// One place in a sequence.
pub struct Particle {
    options: &'static [(&'static str, &'static Type)],
    min: usize,
    max: usize,
}

// Macros and not functions: only in a literal do the tables live for ever.

/// A place that one of these elements may fill, so many times at least and at most.
macro_rules! choice {
    ($options:expr, $min:expr, $max:expr $(,)?) => {
        $crate::schema::Particle {
            options: $options,
            min: $min,
            max: $max,
        }
    };
}

/// A place that must be filled once.
macro_rules! required {
    ($options:expr $(,)?) => {
        $crate::schema::Particle {
            options: $options,
            min: 1,
            max: 1,
        }
    };
}

/// A place that may be filled once.
macro_rules! optional {
    ($options:expr $(,)?) => {
        $crate::schema::Particle {
            options: $options,
            min: 0,
            max: 1,
        }
    };
}

/// An element of the messages namespace.
macro_rules! messages {
    ($attributes:expr, $particles:expr $(,)?) => {
        $crate::schema::Type {
            attributes: $attributes,
            content: $crate::schema::Content::Sequence(
                $crate::soap::xml::Namespace::Messages,
                $particles,
            ),
        }
    };
}

/// An element without attributes of the types namespace.
macro_rules! types {
    ($particles:expr) => {
        $crate::schema::Type {
            attributes: &[],
            content: $crate::schema::Content::Sequence(
                $crate::soap::xml::Namespace::Types,
                $particles,
            ),
        }
    };
}

mod attachments;
pub mod item;
pub mod paths;
pub mod requests;
mod writes;

/// A violation of the schema and where it is.
#[derive(Debug)]
pub struct Violation {
    /// The server's words.
    pub message: String,
    /// Byte offset in the request.
    pub offset: usize,
}

/// Checks an element and everything below it.
pub fn check(element: &Element, expected: &Type) -> Result<(), Violation> {
    check_attributes(element, expected)?;
    match &expected.content {
        Content::Any => Ok(()),
        Content::Empty => {
            no_children(element)?;
            blank(element)
        }
        Content::Text(simple) => {
            no_children(element)?;
            if simple.allows(&element.text) {
                return Ok(());
            }
            let (name, uri) = (&element.name, element.namespace.uri());
            Err(violation(
                element,
                format!(
                    "The '{uri}:{name}' element is invalid - The value '{}' is invalid according to its datatype.",
                    element.text
                ),
            ))
        }
        Content::Sequence(namespace, particles) => {
            blank(element)?;
            check_sequence(element, *namespace, particles)
        }
    }
}

fn check_attributes(element: &Element, expected: &Type) -> Result<(), Violation> {
    if matches!(expected.content, Content::Any) {
        return Ok(());
    }
    for (name, value) in &element.attributes {
        let Some(attribute) = expected.attributes.iter().find(|a| a.name == name) else {
            return Err(violation(
                element,
                format!("The '{name}' attribute is not declared."),
            ));
        };
        if !attribute.simple.allows(value) {
            return Err(violation(
                element,
                format!(
                    "The '{name}' attribute is invalid - The value '{value}' is invalid according to its datatype."
                ),
            ));
        }
    }
    match expected
        .attributes
        .iter()
        .find(|a| a.required && element.attribute(a.name).is_none())
    {
        Some(missing) => Err(violation(
            element,
            format!("The required attribute '{}' is missing.", missing.name),
        )),
        None => Ok(()),
    }
}

fn check_sequence(
    element: &Element,
    namespace: Namespace,
    particles: &[Particle],
) -> Result<(), Violation> {
    let mut places = particles.iter();
    let mut place = places.next();
    let mut filled = 0;
    for child in &element.children {
        loop {
            let Some(particle) = place else {
                return Err(misplaced(element, child));
            };
            let option = particle
                .options
                .iter()
                .find(|(name, _)| *name == child.name && child.namespace == namespace);
            match option {
                Some((_, expected)) if filled < particle.max => {
                    check(child, expected)?;
                    filled += 1;
                    break;
                }
                _ if filled < particle.min => return Err(misplaced(element, child)),
                _ => {
                    place = places.next();
                    filled = 0;
                }
            }
        }
    }
    while let Some(particle) = place {
        if filled < particle.min {
            let (name, uri) = (&element.name, element.namespace.uri());
            return Err(violation(
                element,
                format!("The element '{name}' in namespace '{uri}' has incomplete content."),
            ));
        }
        place = places.next();
        filled = 0;
    }
    Ok(())
}

fn misplaced(parent: &Element, child: &Element) -> Violation {
    violation(
        child,
        format!(
            "The element '{}' in namespace '{}' has invalid child element '{}' in namespace '{}'.",
            parent.name,
            parent.namespace.uri(),
            child.name,
            child.namespace.uri()
        ),
    )
}

fn no_children(element: &Element) -> Result<(), Violation> {
    element
        .children
        .first()
        .map_or(Ok(()), |child| Err(misplaced(element, child)))
}

fn blank(element: &Element) -> Result<(), Violation> {
    if element.text.trim().is_empty() {
        return Ok(());
    }
    Err(violation(
        element,
        format!("The element '{}' cannot contain text.", element.name),
    ))
}

fn violation(element: &Element, message: String) -> Violation {
    Violation {
        message,
        offset: element.offset,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::soap::xml::{MESSAGES, TYPES, parse};

    fn verdict(body: &str) -> Result<(), String> {
        let text = body.replacen('>', &format!(" xmlns:m='{MESSAGES}' xmlns:t='{TYPES}'>"), 1);
        let root = parse(&text).expect("well-formed");
        let expected = requests::of(&root.name).expect("a known operation");
        check(&root, expected).map_err(|v| v.message)
    }

    fn create(contact: &str) -> Result<(), String> {
        verdict(&format!(
            "<m:CreateItem><m:Items><t:Contact>{contact}</t:Contact></m:Items></m:CreateItem>"
        ))
    }

    #[test]
    fn enforces_the_order_of_elements() {
        assert_eq!(
            create("<t:GivenName>A</t:GivenName><t:Surname>B</t:Surname>"),
            Ok(())
        );
        assert!(create("<t:Surname>B</t:Surname><t:GivenName>A</t:GivenName>").is_err());
        assert!(create("<t:GivenName>A</t:GivenName><t:Body BodyType='Text'>x</t:Body>").is_err());
        assert!(create("<t:GivenName>A</t:GivenName><t:GivenName>A</t:GivenName>").is_err());
    }

    #[test]
    fn refuses_unknown_elements_attributes_and_keys() {
        assert!(create("<t:Nonsense/>").is_err());
        assert!(create("<m:GivenName>A</m:GivenName>").is_err());
        assert!(
            create("<t:Body>x</t:Body>")
                .unwrap_err()
                .contains("BodyType")
        );
        assert!(create("<t:Surname x='1'>B</t:Surname>").is_err());
        assert!(
            create("<t:PhoneNumbers><t:Entry Key='BusinessPhone'>1</t:Entry></t:PhoneNumbers>")
                .is_ok()
        );
        assert!(
            create("<t:PhoneNumbers><t:Entry Key='Work'>1</t:Entry></t:PhoneNumbers>").is_err()
        );
        assert!(create("<t:Birthday>1980-01-01</t:Birthday>").is_err());
    }

    #[test]
    fn bounds_the_page_of_a_sync() {
        let sync = |n: &str| {
            verdict(&format!(
                "<m:SyncFolderItems><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape>\
                 <m:SyncFolderId><t:DistinguishedFolderId Id='contacts'/></m:SyncFolderId>{n}</m:SyncFolderItems>"
            ))
        };
        assert!(sync("<m:MaxChangesReturned>512</m:MaxChangesReturned>").is_ok());
        assert!(sync("<m:MaxChangesReturned>513</m:MaxChangesReturned>").is_err());
        assert!(sync("").is_err());
    }

    #[test]
    fn wants_at_least_one_change_description() {
        let update = |updates: &str| {
            verdict(&format!(
                "<m:UpdateItem ConflictResolution='NeverOverwrite'><m:ItemChanges><t:ItemChange><t:ItemId Id='x'/>\
                 <t:Updates>{updates}</t:Updates></t:ItemChange></m:ItemChanges></m:UpdateItem>"
            ))
        };
        assert!(update("").is_err());
        assert!(
            update(
                "<t:DeleteItemField><t:FieldURI FieldURI='contacts:Birthday'/></t:DeleteItemField>"
            )
            .is_ok()
        );
        assert!(
            update("<t:DeleteItemField><t:FieldURI FieldURI='contacts:Nope'/></t:DeleteItemField>")
                .is_err()
        );
    }
}
