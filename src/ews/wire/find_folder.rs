//! FindFolder: the direct sub-folders of a folder, a page at a time.

use std::io::{self, BufRead};

use super::folder::read_folders;
use super::shape::write_folder_shape;
use super::soap::{Body, Child, Operation, ResponsePart};
use super::xml::EMPTY;
use super::{Folder, FolderRef, WireError};

/// Asks for a page of sub-folders.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FindFolder {
    /// Whose sub-folders.
    pub parent: FolderRef,
    /// How many were read already.
    pub offset: u32,
}

/// A page of sub-folders.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FoundFolders {
    /// The folders.
    pub folders: Vec<Folder>,
    /// Where the next page begins, if the server says.
    pub next_offset: Option<u32>,
    /// Whether nothing follows.
    pub includes_last: bool,
}

impl Operation for FindFolder {
    const NAME: &'static str = "FindFolder";
    type Part = FoundFolders;

    fn write(&self, Body(xml): &mut Body<'_>) -> io::Result<()> {
        xml.element("m:FindFolder", &[("Traversal", "Shallow")], |xml| {
            write_folder_shape(xml)?;
            let offset = self.offset.to_string();
            let page = [
                ("MaxEntriesReturned", "500"),
                ("Offset", &offset),
                ("BasePoint", "Beginning"),
            ];
            xml.empty("m:IndexedPageFolderView", &page)?;
            xml.element("m:ParentFolderIds", EMPTY, |xml| self.parent.write(xml))
        })
    }
}

impl ResponsePart for FoundFolders {
    fn read_child<R: BufRead>(&mut self, child: &mut Child<'_, R>) -> Result<(), WireError> {
        if child.start.local != "RootFolder" {
            return Ok(());
        }
        self.next_offset = child
            .start
            .attribute("IndexedPagingOffset")
            .and_then(|offset| offset.parse().ok());
        self.includes_last = child.start.attribute("IncludesLastItemInRange") != Some("false");
        let xml = child.take();
        while let Some(list) = xml.child()? {
            if list.local == "Folders" {
                self.folders = read_folders(xml)?;
            } else {
                xml.skip()?;
            }
        }
        Ok(())
    }
}
