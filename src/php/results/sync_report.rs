//! `ExchangeContactSync\SyncReport`

use ext_php_rs::boxed::ZBox;
use ext_php_rs::flags::ClassFlags;
use ext_php_rs::prelude::*;
use ext_php_rs::types::ZendHashTable;

use super::super::values::{count, list};
use super::{Array, engine, not_from_php};
use crate::sync::report::Report;

/// What a pull, a pushPending or both did, in numbers.
#[php_class]
#[php(name = "ExchangeContactSync\\SyncReport")]
#[php(flags = ClassFlags::Final.union(ClassFlags::NoDynamicProperties))]
#[php(implements(ce = engine::json_serializable, stub = "\\JsonSerializable"))]
pub struct SyncReport(Report);

impl From<Report> for SyncReport {
    fn from(report: Report) -> Self {
        Self(report)
    }
}

#[php_impl]
#[allow(missing_docs, reason = "the stub documents the methods")]
impl SyncReport {
    #[php(vis = "private")]
    pub fn __construct() -> PhpResult<Self> {
        not_from_php()
    }

    pub fn fetched(&self) -> i64 {
        count(self.0.fetched)
    }

    pub fn inserted(&self) -> i64 {
        count(self.0.rows_inserted)
    }

    pub fn updated(&self) -> i64 {
        count(self.0.rows_updated)
    }

    pub fn deleted(&self) -> i64 {
        count(self.0.rows_deleted)
    }

    pub fn created(&self) -> i64 {
        count(self.0.items_created)
    }

    pub fn pushed_updates(&self) -> i64 {
        count(self.0.items_updated)
    }

    pub fn pushed_deletes(&self) -> i64 {
        count(self.0.items_deleted)
    }

    pub fn matched(&self) -> i64 {
        count(self.0.matched)
    }

    pub fn merged(&self) -> i64 {
        count(self.0.merged)
    }

    pub fn conflicts(&self) -> i64 {
        count(self.0.conflicts)
    }

    pub fn held(&self) -> i64 {
        count(self.0.held)
    }

    pub fn detached(&self) -> i64 {
        count(self.0.detached)
    }

    pub fn skipped(&self) -> i64 {
        count(self.0.foreign)
    }

    pub fn pending_deletes(&self) -> i64 {
        count(self.0.waiting_deletes)
    }

    pub fn queued(&self) -> i64 {
        count(self.0.queued)
    }

    pub fn ambiguous(&self) -> Array {
        Ok(list(&self.0.ambiguous)?)
    }

    pub fn warnings(&self) -> Array {
        Ok(list(&self.0.warnings)?)
    }

    pub fn requests(&self) -> i64 {
        count(self.0.requests)
    }

    pub fn complete(&self) -> bool {
        self.0.complete && self.0.failure.is_none()
    }

    pub fn failure(&self) -> Option<String> {
        self.0.failure.as_ref().map(ToString::to_string)
    }

    pub fn to_array(&self) -> Array {
        let mut array = ZendHashTable::new();
        self.insert_counts(&mut array)?;
        array.insert("ambiguous", self.ambiguous()?)?;
        array.insert("warnings", self.warnings()?)?;
        array.insert("requests", self.requests())?;
        array.insert("complete", self.complete())?;
        array.insert("failure", self.failure())?;
        Ok(array)
    }

    pub fn json_serialize(&self) -> Array {
        self.to_array()
    }
}

impl SyncReport {
    fn insert_counts(&self, array: &mut ZBox<ZendHashTable>) -> PhpResult<()> {
        for (name, number) in [
            ("fetched", self.fetched()),
            ("inserted", self.inserted()),
            ("updated", self.updated()),
            ("deleted", self.deleted()),
            ("created", self.created()),
            ("pushed_updates", self.pushed_updates()),
            ("pushed_deletes", self.pushed_deletes()),
            ("matched", self.matched()),
            ("merged", self.merged()),
            ("conflicts", self.conflicts()),
            ("held", self.held()),
            ("detached", self.detached()),
            ("skipped", self.skipped()),
            ("pending_deletes", self.pending_deletes()),
            ("queued", self.queued()),
        ] {
            array.insert(name, number)?;
        }
        Ok(())
    }
}
