//! Which properties an answer shall hold.

use std::io;

use super::FieldPath;
use super::field::write_field_uri;
use super::xml::{EMPTY, XmlWriter};

/// In which form an answer holds bodies, and what a body is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BodyType {
    /// Plain text; the server makes it of HTML.
    Text,
    /// HTML; the server makes it of plain text.
    Html,
    /// As it is stored; only in a question.
    Best,
}

impl BodyType {
    /// Its name on the wire.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Text => "Text",
            Self::Html => "HTML",
            Self::Best => "Best",
        }
    }
}

/// The shape of the items in an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ItemShape {
    /// Ids only: the cheapest, since each further property costs the server a call for each item.
    IdOnly,
    /// What the default shape holds of a contact, the dictionaries among it, and these fields, the body in this form.
    Contact(Vec<FieldPath>, BodyType),
}

/// What is read of every item beside its fields.
const ITEM_FIELDS: &[&str] = &[
    "item:ParentFolderId",
    "item:ItemClass",
    "item:DateTimeCreated",
    "item:LastModifiedTime",
];

impl ItemShape {
    pub(super) fn write(&self, xml: &mut XmlWriter) -> io::Result<()> {
        xml.element("m:ItemShape", EMPTY, |xml| match self {
            Self::IdOnly => xml.text("t:BaseShape", EMPTY, "IdOnly"),
            Self::Contact(fields, body) => {
                // The dictionaries come with the base shape: asked for by name they fail on old servers.
                xml.text("t:BaseShape", EMPTY, "Default")?;
                xml.text("t:BodyType", EMPTY, body.name())?;
                xml.element("t:AdditionalProperties", EMPTY, |xml| {
                    for uri in ITEM_FIELDS {
                        write_field_uri(xml, uri)?;
                    }
                    // No base shape is sure to hold anything else, so each is asked for by name.
                    let mut named = fields.iter().filter(|path| !path.is_indexed());
                    named.try_for_each(|path| path.write(xml))
                })
            }
        })
    }
}

/// Writes the shape of folders: their ids, names, classes and counts.
pub(super) fn write_folder_shape(xml: &mut XmlWriter) -> io::Result<()> {
    xml.element("m:FolderShape", EMPTY, |xml| {
        xml.text("t:BaseShape", EMPTY, "Default")?;
        xml.element("t:AdditionalProperties", EMPTY, |xml| {
            write_field_uri(xml, "folder:ParentFolderId")?;
            write_field_uri(xml, "folder:FolderClass")?;
            write_field_uri(xml, "folder:EffectiveRights")
        })
    })
}
