//! A row as it was read, with the things of which its mapped values are only parts.

use super::children::ChildRow;
use super::computed::Raw;
use crate::sync::ids::RowKey;
use crate::sync::ports::Row;

/// A row as it was read.
#[derive(Debug, Clone)]
pub(crate) struct Found {
    /// Its key as it is stored.
    pub(crate) key: RowKey,
    /// What is known of it.
    pub(crate) row: Row,
    /// What its mapped values are parts of.
    pub(crate) parts: Parts,
}

/// What mapped values are parts of, so that the rest of it can be left as it is.
#[derive(Debug, Clone, Default)]
pub(crate) struct Parts {
    /// The JSON documents, in the order of the table's.
    pub(crate) documents: Vec<Option<Vec<u8>>>,
    /// The rows of child tables, in the order of the tables.
    pub(crate) children: Vec<Vec<ChildRow>>,
    /// The path of the picture's file, where pictures are kept in files.
    pub(crate) photo: Option<String>,
    /// What the columns hold that the app's code reads, in the order of its groups.
    pub(crate) computed: Vec<Vec<Raw>>,
}
