//! `ExchangeContactSync\PushResult`

use ext_php_rs::builders::ClassBuilder;
use ext_php_rs::flags::ClassFlags;
use ext_php_rs::prelude::*;
use ext_php_rs::types::ZendHashTable;

use super::super::exchange_contact_sync::ExchangeContactSync;
use super::super::values::count;
use super::{Array, Outcome, engine, not_from_php};
use crate::sync::report;

/// What became of one push.
#[php_class]
#[php(name = "ExchangeContactSync\\PushResult")]
#[php(flags = ClassFlags::Final.union(ClassFlags::NoDynamicProperties))]
#[php(implements(ce = engine::json_serializable, stub = "\\JsonSerializable"))]
#[php(modifier = last_class)]
pub struct PushResult(report::PushResult);

/// Runs when the module's last class is built: the earlier ones are there by then.
fn last_class(builder: ClassBuilder) -> ClassBuilder {
    ExchangeContactSync::hide_password();
    builder
}

impl From<report::PushResult> for PushResult {
    fn from(result: report::PushResult) -> Self {
        Self(result)
    }
}

#[php_impl]
#[allow(missing_docs, reason = "the stub documents the methods")]
impl PushResult {
    #[php(vis = "private")]
    pub fn __construct() -> PhpResult<Self> {
        not_from_php()
    }

    pub fn outcome(&self) -> Outcome {
        self.0.outcome.into()
    }

    pub fn error(&self) -> Option<String> {
        self.0.reason.clone()
    }

    pub fn conflicts(&self) -> i64 {
        count(self.0.conflicts)
    }

    pub fn key(&self) -> String {
        self.0.key.clone()
    }

    pub fn is_synced(&self) -> bool {
        self.outcome().is_synced()
    }

    pub fn to_array(&self) -> Array {
        let outcome: &str = self.outcome().into();
        let mut array = ZendHashTable::new();
        array.insert("key", self.key())?;
        array.insert("outcome", outcome)?;
        array.insert("error", self.error())?;
        array.insert("conflicts", self.conflicts())?;
        array.insert("synced", self.is_synced())?;
        Ok(array)
    }

    pub fn json_serialize(&self) -> Array {
        self.to_array()
    }
}
