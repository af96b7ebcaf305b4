//! CreateFolder: a contacts folder below another one.

use std::io;

use super::soap::{Body, Operation};
use super::xml::EMPTY;
use super::{FolderRef, Folders};

/// Makes a folder of class `IPF.Contact`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreateFolder {
    /// The folder that it lies in.
    pub parent: FolderRef,
    /// `DisplayName`
    pub display_name: String,
}

impl Operation for CreateFolder {
    const NAME: &'static str = "CreateFolder";
    type Part = Folders;

    fn write(&self, Body(xml): &mut Body<'_>) -> io::Result<()> {
        xml.element("m:CreateFolder", EMPTY, |xml| {
            xml.element("m:ParentFolderId", EMPTY, |xml| self.parent.write(xml))?;
            xml.element("m:Folders", EMPTY, |xml| {
                xml.element("t:ContactsFolder", EMPTY, |xml| {
                    xml.text("t:DisplayName", EMPTY, &self.display_name)
                })
            })
        })
    }
}
