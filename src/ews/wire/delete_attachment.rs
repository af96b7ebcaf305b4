//! DeleteAttachment: takes files away from items; no version is checked, and the item gets a new one.

use std::io;

use super::attachment::write_ids;
use super::soap::{Body, Operation};
use super::xml::EMPTY;

/// Deletes attachments; one response message each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeleteAttachment {
    /// Which ones, at least one.
    pub attachment_ids: Vec<String>,
}

impl Operation for DeleteAttachment {
    const NAME: &'static str = "DeleteAttachment";
    type Part = ();

    fn write(&self, Body(xml): &mut Body<'_>) -> io::Result<()> {
        xml.element("m:DeleteAttachment", EMPTY, |xml| {
            write_ids(xml, &self.attachment_ids)
        })
    }
}
