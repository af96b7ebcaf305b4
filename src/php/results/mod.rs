//! What the methods return: small final objects without public properties.

mod conflict;
mod held_contact;
mod migration_report;
mod outcome;
mod push_result;
mod sync_plan;
mod sync_report;

pub(super) use conflict::Conflict;
pub(super) use held_contact::HeldContact;
pub(super) use migration_report::MigrationReport;
pub(super) use outcome::Outcome;
pub(super) use push_result::PushResult;
pub(super) use sync_plan::SyncPlan;
pub(super) use sync_report::SyncReport;

use ext_php_rs::boxed::ZBox;
use ext_php_rs::exception::PhpResult;
use ext_php_rs::types::ZendHashTable;

use super::{engine, exceptions};

/// The array of a result.
type Array = PhpResult<ZBox<ZendHashTable>>;

/// The constructor of a class that only methods make; it is private, so PHP cannot call it.
fn not_from_php<T>() -> PhpResult<T> {
    Err(exceptions::config("this object is made by methods only"))
}
