//! `ExchangeContactSync\MigrationReport`

use ext_php_rs::flags::ClassFlags;
use ext_php_rs::prelude::*;
use ext_php_rs::types::ZendHashTable;

use super::super::values::{count, list};
use super::{Array, engine, not_from_php};
use crate::sync::report::MoveReport;

/// What a move of a pair to another kind of server did, or would do.
#[php_class]
#[php(name = "ExchangeContactSync\\MigrationReport")]
#[php(flags = ClassFlags::Final.union(ClassFlags::NoDynamicProperties))]
#[php(implements(ce = engine::json_serializable, stub = "\\JsonSerializable"))]
pub struct MigrationReport(MoveReport);

impl From<MoveReport> for MigrationReport {
    fn from(report: MoveReport) -> Self {
        Self(report)
    }
}

#[php_impl]
#[allow(missing_docs, reason = "the stub documents the methods")]
impl MigrationReport {
    #[php(vis = "private")]
    pub fn __construct() -> PhpResult<Self> {
        not_from_php()
    }

    pub const fn moved(&self) -> bool {
        self.0.moved
    }

    pub fn refused(&self) -> Option<String> {
        self.0.refused.clone()
    }

    pub fn linked(&self) -> i64 {
        count(self.0.counts.linked)
    }

    pub fn translated(&self) -> i64 {
        count(self.0.counts.translated)
    }

    pub fn by_stamp(&self) -> i64 {
        count(self.0.counts.by_stamp)
    }

    pub fn by_content(&self) -> i64 {
        count(self.0.counts.by_content)
    }

    pub fn missing(&self) -> i64 {
        count(self.0.counts.missing)
    }

    pub fn missing_rows(&self) -> Array {
        let rows = self.0.counts.examples.iter().map(ToString::to_string);
        Ok(list(&rows.collect::<Vec<_>>())?)
    }

    pub fn unknown(&self) -> i64 {
        count(self.0.unknown)
    }

    pub fn requests(&self) -> i64 {
        count(self.0.requests)
    }

    pub fn to_array(&self) -> Array {
        let report = &self.0;
        let mut array = ZendHashTable::new();
        array.insert("from", report.from.as_str())?;
        array.insert("to", report.to.as_str())?;
        array.insert("moved", report.moved)?;
        array.insert("refused", self.refused())?;
        array.insert("linked", self.linked())?;
        array.insert("translated", self.translated())?;
        array.insert("by_stamp", self.by_stamp())?;
        array.insert("by_content", self.by_content())?;
        array.insert("missing", self.missing())?;
        array.insert("missing_rows", self.missing_rows()?)?;
        array.insert("unknown", self.unknown())?;
        array.insert("requests", self.requests())?;
        Ok(array)
    }

    pub fn json_serialize(&self) -> Array {
        self.to_array()
    }
}
