//! CreateAttachment: a file for an item, which gives the item a new version.

use std::io::{self, BufRead};

use super::soap::{Body, Child, Operation, ResponsePart};
use super::xml::EMPTY;
use super::{ItemId, WireError};

/// Attaches a contact's photo to an item; one response message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreateAttachment {
    /// The item; a stale ChangeKey is a conflict.
    pub parent_item_id: ItemId,
    /// `Name`.
    pub name: String,
    /// `ContentType`.
    pub content_type: String,
    /// `Content` in base64.
    pub content: String,
}

/// What the answer says of the item.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CreatedAttachment {
    /// The id of what was attached.
    pub id: Option<String>,
    /// `RootItemChangeKey`: the item's new version.
    pub root_change_key: Option<String>,
}

impl Operation for CreateAttachment {
    const NAME: &'static str = "CreateAttachment";
    type Part = CreatedAttachment;

    fn write(&self, Body(xml): &mut Body<'_>) -> io::Result<()> {
        let parent = &self.parent_item_id;
        let mut attributes = vec![("Id", parent.id.as_str())];
        if let Some(key) = &parent.change_key {
            attributes.push(("ChangeKey", key));
        }
        xml.element("m:CreateAttachment", EMPTY, |xml| {
            xml.empty("m:ParentItemId", &attributes)?;
            xml.element("m:Attachments", EMPTY, |xml| {
                xml.element("t:FileAttachment", EMPTY, |xml| {
                    xml.text("t:Name", EMPTY, &self.name)?;
                    xml.text("t:ContentType", EMPTY, &self.content_type)?;
                    xml.text("t:IsInline", EMPTY, "false")?;
                    xml.text("t:IsContactPhoto", EMPTY, "true")?;
                    xml.text("t:Content", EMPTY, &self.content)
                })
            })
        })
    }
}

impl ResponsePart for CreatedAttachment {
    fn read_child<R: BufRead>(&mut self, child: &mut Child<'_, R>) -> Result<(), WireError> {
        if child.start.local != "Attachments" {
            return Ok(());
        }
        let xml = child.take();
        while xml.child()?.is_some() {
            while let Some(part) = xml.child()? {
                if part.local == "AttachmentId" {
                    self.id = part.attribute("Id").map(str::to_owned);
                    self.root_change_key = part.attribute("RootItemChangeKey").map(str::to_owned);
                }
                xml.skip()?;
            }
        }
        Ok(())
    }
}
