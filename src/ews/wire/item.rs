//! Items as answers hold them: contacts with their fields, everything else by its id alone.

use std::io::BufRead;

use super::attachment::{Attachment, read_attachments};
use super::contact::read_field;
use super::xml::{Start, XmlReader};
use super::{Field, ItemId, WireError};

/// A contact with the fields that the answer holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContactItem {
    /// Its id and version.
    pub item_id: ItemId,
    /// The id of its folder.
    pub parent_folder_id: Option<String>,
    /// `ItemClass`: `IPM.Contact` or a class below it.
    pub item_class: Option<String>,
    /// `DateTimeCreated`, an `xs:dateTime`.
    pub date_time_created: Option<String>,
    /// `LastModifiedTime`, an `xs:dateTime`.
    pub last_modified_time: Option<String>,
    /// Its fields in the order of the answer; empty texts included.
    pub fields: Vec<Field>,
    /// Its files in the order of the answer, without their contents.
    pub attachments: Vec<Attachment>,
}

/// An item of any class.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Item {
    /// A `t:Contact`.
    Contact(Box<ContactItem>),
    /// Any other element, such as `t:DistributionList` or `t:Message`.
    Other {
        /// The element's name.
        element: String,
        /// Its id.
        item_id: ItemId,
    },
}

impl Item {
    /// The item's id.
    #[must_use]
    pub fn item_id(&self) -> &ItemId {
        match self {
            Self::Contact(contact) => &contact.item_id,
            Self::Other { item_id, .. } => item_id,
        }
    }
}

/// The items of one response message.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Items(pub Vec<Item>);

/// Reads an item; its start is read already.
pub(super) fn read_item<R: BufRead>(
    start: &Start,
    xml: &mut XmlReader<R>,
) -> Result<Item, WireError> {
    let is_contact = start.local == "Contact";
    let mut item_id = None;
    let mut contact = ContactItem {
        item_id: ItemId {
            id: String::new(),
            change_key: None,
        },
        parent_folder_id: None,
        item_class: None,
        date_time_created: None,
        last_modified_time: None,
        fields: Vec::new(),
        attachments: Vec::new(),
    };
    while let Some(child) = xml.child()? {
        match child.local.as_str() {
            "ItemId" => {
                item_id = ItemId::from_start(&child);
                xml.skip()?;
            }
            "ParentFolderId" => {
                contact.parent_folder_id = child.attribute("Id").map(str::to_owned);
                xml.skip()?;
            }
            "ItemClass" => contact.item_class = Some(xml.text()?),
            "DateTimeCreated" => contact.date_time_created = Some(xml.text()?),
            "LastModifiedTime" => contact.last_modified_time = Some(xml.text()?),
            "Attachments" if is_contact => contact.attachments = read_attachments(xml)?,
            _ if is_contact => read_field(&child, xml, &mut contact.fields)?,
            _ => xml.skip()?,
        }
    }
    let item_id = item_id.ok_or(WireError::Incomplete("the id of an item"))?;
    if is_contact {
        contact.item_id = item_id;
        Ok(Item::Contact(Box::new(contact)))
    } else {
        let element = start.local.clone();
        Ok(Item::Other { element, item_id })
    }
}

/// Reads the children of `Items`; its start is read already.
pub(super) fn read_items<R: BufRead>(xml: &mut XmlReader<R>) -> Result<Vec<Item>, WireError> {
    let mut items = Vec::new();
    while let Some(start) = xml.child()? {
        items.push(read_item(&start, xml)?);
    }
    Ok(items)
}
