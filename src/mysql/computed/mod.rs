//! Mappings that the app computes, in both directions, where no table can say what belongs to what.
//!
//! The app's code is never called while a transaction is open. What it answered is remembered for a while; a transaction that needs an
//! answer that is not there yet is rolled back, asks outside, and begins anew. What a row's columns meant is told by its link, as long
//! as they are what they were then, so that nothing is asked while nothing changes.

mod answers;
mod computer;
mod group;

use crate::contact::{Property, Value};

pub(crate) use answers::add_columns;
pub(crate) use computer::{Computer, Known, values_of};
pub(crate) use group::Group;

/// What a column holds, as the database gives it.
#[derive(Debug, Clone, PartialEq)]
pub enum Raw {
    /// NULL.
    Null,
    /// A whole number.
    Integer(i64),
    /// A number of a FLOAT or DOUBLE column.
    Float(f64),
    /// Everything else, as its text; of a binary column, its bytes.
    Text(Vec<u8>),
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unanswered {
    /// The app's code failed, or its answer is none, for this contact.
    Refused(String),
    /// The app wants the whole call to end.
    Interrupted,
}

/// The app's code for groups of columns and properties. It is asked for one contact at a time, and never while a row is locked.
pub trait Computed {
    /// What the columns of a group mean: a value, or nothing, for each of its properties.
    ///
    /// # Errors
    /// When there is no answer.
    fn meaning(
        &self,
        group: usize,
        row: &[(&str, &Raw)],
    ) -> Result<Vec<(Property, Option<Value>)>, Unanswered>;

    /// What the columns of a group are to hold for these values of its properties; those that are left out stay as they are. `row` is
    /// what they hold now, nothing but NULL for a row that is to be made.
    ///
    /// # Errors
    /// When there is no answer.
    fn columns(
        &self,
        group: usize,
        contact: &[(Property, Option<&Value>)],
        row: &[(&str, &Raw)],
    ) -> Result<Vec<(String, Raw)>, Unanswered>;
}
