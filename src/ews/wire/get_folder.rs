//! GetFolder: folders by id or distinguished name.

use std::io::{self, BufRead};

use super::folder::read_folders;
use super::shape::write_folder_shape;
use super::soap::{Body, Child, Operation, ResponsePart};
use super::xml::EMPTY;
use super::{FolderRef, Folders, WireError};

/// Asks for folders; one response message each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GetFolder {
    /// Which ones, at least one.
    pub folder_ids: Vec<FolderRef>,
}

impl Operation for GetFolder {
    const NAME: &'static str = "GetFolder";
    type Part = Folders;

    fn write(&self, Body(xml): &mut Body<'_>) -> io::Result<()> {
        xml.element("m:GetFolder", EMPTY, |xml| {
            write_folder_shape(xml)?;
            xml.element("m:FolderIds", EMPTY, |xml| {
                self.folder_ids
                    .iter()
                    .try_for_each(|folder| folder.write(xml))
            })
        })
    }
}

impl ResponsePart for Folders {
    fn read_child<R: BufRead>(&mut self, child: &mut Child<'_, R>) -> Result<(), WireError> {
        if child.start.local == "Folders" {
            self.0 = read_folders(child.take())?;
        }
        Ok(())
    }
}
