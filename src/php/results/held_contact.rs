//! `ExchangeContactSync\HeldContact`

use ext_php_rs::flags::ClassFlags;
use ext_php_rs::prelude::*;
use ext_php_rs::types::ZendHashTable;

use super::super::moment::{DateTime, iso};
use super::super::values;
use super::{Array, engine, not_from_php};
use crate::sync::ports::{HeldRecord, Side};

/// A contact that could not be applied to one side.
#[php_class]
#[php(name = "ExchangeContactSync\\HeldContact")]
#[php(flags = ClassFlags::Final.union(ClassFlags::NoDynamicProperties))]
#[php(implements(ce = engine::json_serializable, stub = "\\JsonSerializable"))]
pub struct HeldContact(HeldRecord);

impl From<HeldRecord> for HeldContact {
    fn from(record: HeldRecord) -> Self {
        Self(record)
    }
}

impl HeldContact {
    /// The id by which a held contact is retried: never to be confused with a row's key.
    pub(in crate::php) fn id_of(record: &HeldRecord) -> String {
        format!("held:{}", record.id)
    }
}

#[php_impl]
#[allow(missing_docs, reason = "the stub documents the methods")]
impl HeldContact {
    #[php(vis = "private")]
    pub fn __construct() -> PhpResult<Self> {
        not_from_php()
    }

    pub fn id(&self) -> String {
        Self::id_of(&self.0)
    }

    pub fn key(&self) -> Option<String> {
        self.0.key.as_ref().map(ToString::to_string)
    }

    pub fn item(&self) -> Option<String> {
        self.0.item.as_ref().map(ToString::to_string)
    }

    pub fn label(&self) -> String {
        self.0.hold.contact.label()
    }

    pub fn direction(&self) -> &'static str {
        match self.0.hold.side {
            Side::Row => "to_table",
            Side::Item => "to_exchange",
        }
    }

    pub fn reason(&self) -> String {
        self.0.hold.reason.clone()
    }

    pub fn values(&self) -> Array {
        Ok(values::contact(&self.0.hold.contact)?)
    }

    pub fn tries(&self) -> i64 {
        i64::from(self.0.tries)
    }

    pub fn since(&self) -> PhpResult<DateTime> {
        Ok(DateTime::of(self.0.since)?)
    }

    pub fn to_array(&self) -> Array {
        let mut array = ZendHashTable::new();
        array.insert("id", self.id())?;
        array.insert("key", self.key())?;
        array.insert("item", self.item())?;
        array.insert("label", self.label())?;
        array.insert("direction", self.direction())?;
        array.insert("reason", self.reason())?;
        array.insert("values", self.values()?)?;
        array.insert("tries", self.tries())?;
        array.insert("since", iso(self.0.since))?;
        Ok(array)
    }

    pub fn json_serialize(&self) -> Array {
        self.to_array()
    }
}
