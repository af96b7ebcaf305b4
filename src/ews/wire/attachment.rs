//! Attachments as items name them, and as requests do: ids are opaque, like those of items.

use std::io::{self, BufRead};

use super::WireError;
use super::xml::{EMPTY, XmlReader, XmlWriter};

/// A `t:FileAttachment` of an item, without its content.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Attachment {
    /// Its id; it holds the item's.
    pub id: String,
    /// `Size` in bytes, more than its content takes.
    pub size: Option<u64>,
    /// `LastModifiedTime`, an `xs:dateTime`.
    pub last_modified_time: Option<String>,
    /// `IsContactPhoto`.
    pub is_contact_photo: bool,
}

/// Reads the children of `Attachments`; its start is read already. What is no file is left out.
pub(super) fn read_attachments<R: BufRead>(
    xml: &mut XmlReader<R>,
) -> Result<Vec<Attachment>, WireError> {
    let mut attachments = Vec::new();
    while let Some(start) = xml.child()? {
        if start.local != "FileAttachment" {
            xml.skip()?;
            continue;
        }
        let mut attachment = Attachment::default();
        while let Some(child) = xml.child()? {
            match child.local.as_str() {
                "AttachmentId" => {
                    attachment.id = child.attribute("Id").unwrap_or_default().to_owned();
                    xml.skip()?;
                }
                "Size" => attachment.size = xml.text()?.trim().parse().ok(),
                "LastModifiedTime" => attachment.last_modified_time = Some(xml.text()?),
                "IsContactPhoto" => {
                    attachment.is_contact_photo = matches!(xml.text()?.trim(), "true" | "1");
                }
                _ => xml.skip()?,
            }
        }
        if !attachment.id.is_empty() {
            attachments.push(attachment);
        }
    }
    Ok(attachments)
}

/// Writes `m:AttachmentIds`.
pub(super) fn write_ids(xml: &mut XmlWriter, ids: &[String]) -> io::Result<()> {
    xml.element("m:AttachmentIds", EMPTY, |xml| {
        ids.iter()
            .try_for_each(|id| xml.empty("t:AttachmentId", &[("Id", id)]))
    })
}
