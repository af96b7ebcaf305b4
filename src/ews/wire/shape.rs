//! Which properties an answer shall hold.

use std::io;

use super::field::write_field_uri;
use super::xml::{EMPTY, XmlWriter};
use super::{ContactElement, ExtendedFieldUri};

/// The shape of the items in an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ItemShape {
    /// Ids only: the cheapest, since each further property costs the server a call for each item.
    IdOnly,
    /// Everything of a contact that this module reads, and these extended properties.
    Contact(Vec<ExtendedFieldUri>),
}

/// Elements that no base shape is sure to hold, so that each is asked for by name.
const ITEM_FIELDS: &[&str] = &[
    "item:ParentFolderId",
    "item:ItemClass",
    "item:Body",
    "item:Categories",
    "item:DateTimeCreated",
    "item:LastModifiedTime",
];

impl ItemShape {
    pub(super) fn write(&self, xml: &mut XmlWriter) -> io::Result<()> {
        xml.element("m:ItemShape", EMPTY, |xml| match self {
            Self::IdOnly => xml.text("t:BaseShape", EMPTY, "IdOnly"),
            Self::Contact(extended) => {
                // The dictionaries come with the base shape: asked for by name they fail on old servers.
                xml.text("t:BaseShape", EMPTY, "Default")?;
                xml.text("t:BodyType", EMPTY, "Text")?;
                xml.element("t:AdditionalProperties", EMPTY, |xml| {
                    for uri in ITEM_FIELDS {
                        write_field_uri(xml, uri)?;
                    }
                    for element in ContactElement::ALL {
                        write_field_uri(xml, &format!("contacts:{}", element.name()))?;
                    }
                    extended.iter().try_for_each(|uri| uri.write(xml))
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
