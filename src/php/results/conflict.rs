//! `ExchangeContactSync\Conflict`

use ext_php_rs::convert::IntoZval;
use ext_php_rs::flags::ClassFlags;
use ext_php_rs::prelude::*;
use ext_php_rs::types::{ZendHashTable, Zval};

use super::super::moment::{DateTime, iso};
use super::super::values::{PhpValue, count};
use super::{Array, engine, not_from_php};
use crate::contact::Value;
use crate::sync::ports::{ConflictRecord, Side};

/// One property that was changed on both sides differently, or that a deletion would have lost.
#[php_class]
#[php(name = "ExchangeContactSync\\Conflict")]
#[php(flags = ClassFlags::Final.union(ClassFlags::NoDynamicProperties))]
#[php(implements(ce = engine::json_serializable, stub = "\\JsonSerializable"))]
pub struct Conflict(ConflictRecord);

impl From<ConflictRecord> for Conflict {
    fn from(record: ConflictRecord) -> Self {
        Self(record)
    }
}

#[php_impl]
#[allow(missing_docs, reason = "the stub documents the methods")]
impl Conflict {
    #[php(vis = "private")]
    pub fn __construct() -> PhpResult<Self> {
        not_from_php()
    }

    pub fn id(&self) -> i64 {
        count(self.0.id)
    }

    pub fn key(&self) -> String {
        self.0.key.to_string()
    }

    pub fn property(&self) -> Option<String> {
        self.0
            .conflict
            .property
            .map(|property| property.to_string())
    }

    pub fn row(&self) -> PhpResult<Zval> {
        value(self.0.conflict.row.as_ref())
    }

    pub fn item(&self) -> PhpResult<Zval> {
        value(self.0.conflict.item.as_ref())
    }

    pub fn base(&self) -> PhpResult<Zval> {
        value(self.0.conflict.base.as_ref())
    }

    pub fn winner(&self) -> &'static str {
        match self.0.conflict.kept {
            Some(Side::Row) => "row",
            Some(Side::Item) => "item",
            None => "resolver",
        }
    }

    pub fn at(&self) -> PhpResult<DateTime> {
        Ok(DateTime::of(self.0.at)?)
    }

    pub fn to_array(&self) -> Array {
        let mut array = ZendHashTable::new();
        array.insert("id", self.id())?;
        array.insert("key", self.key())?;
        array.insert("property", self.property())?;
        array.insert("row", PhpValue(self.0.conflict.row.as_ref()))?;
        array.insert("item", PhpValue(self.0.conflict.item.as_ref()))?;
        array.insert("base", PhpValue(self.0.conflict.base.as_ref()))?;
        array.insert("winner", self.winner())?;
        array.insert("at", iso(self.0.at))?;
        Ok(array)
    }

    pub fn json_serialize(&self) -> Array {
        self.to_array()
    }
}

fn value(value: Option<&Value>) -> PhpResult<Zval> {
    Ok(PhpValue(value).into_zval(false)?)
}
