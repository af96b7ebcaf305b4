//! GetAttachment: the contents of attachments.

use std::io::{self, BufRead};

use super::WireError;
use super::attachment::write_ids;
use super::soap::{Body, Child, Operation, ResponsePart};
use super::xml::EMPTY;

/// Asks for the contents of attachments; one response message each, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GetAttachment {
    /// Which ones, at least one.
    pub attachment_ids: Vec<String>,
}

/// The content of an attachment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AttachmentContent {
    /// `Content` in base64; `None` where it is no file.
    pub content: Option<String>,
}

impl Operation for GetAttachment {
    const NAME: &'static str = "GetAttachment";
    type Part = AttachmentContent;

    fn write(&self, Body(xml): &mut Body<'_>) -> io::Result<()> {
        xml.element("m:GetAttachment", EMPTY, |xml| {
            write_ids(xml, &self.attachment_ids)
        })
    }
}

impl ResponsePart for AttachmentContent {
    fn read_child<R: BufRead>(&mut self, child: &mut Child<'_, R>) -> Result<(), WireError> {
        if child.start.local != "Attachments" {
            return Ok(());
        }
        let xml = child.take();
        while xml.child()?.is_some() {
            while let Some(part) = xml.child()? {
                if part.local == "Content" {
                    self.content = Some(xml.file()?);
                } else {
                    xml.skip()?;
                }
            }
        }
        Ok(())
    }
}
