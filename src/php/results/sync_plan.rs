//! `ExchangeContactSync\SyncPlan`

use ext_php_rs::boxed::ZBox;
use ext_php_rs::flags::ClassFlags;
use ext_php_rs::prelude::*;
use ext_php_rs::types::ZendHashTable;

use super::super::values::{count, list};
use super::{Array, engine, not_from_php};
use crate::sync::report::Plan;

/// What the next sync would do.
#[php_class]
#[php(name = "ExchangeContactSync\\SyncPlan")]
#[php(flags = ClassFlags::Final.union(ClassFlags::NoDynamicProperties))]
#[php(implements(ce = engine::json_serializable, stub = "\\JsonSerializable"))]
pub struct SyncPlan {
    plan: Plan,
    mapping: Vec<(String, String)>,
}

impl SyncPlan {
    /// A plan with the mapping that it was made with, column and property.
    pub(in crate::php) const fn new(plan: Plan, mapping: Vec<(String, String)>) -> Self {
        Self { plan, mapping }
    }
}

#[php_impl]
#[allow(missing_docs, reason = "the stub documents the methods")]
impl SyncPlan {
    #[php(vis = "private")]
    pub fn __construct() -> PhpResult<Self> {
        not_from_php()
    }

    pub fn mapping(&self) -> Array {
        let mut array = ZendHashTable::new();
        for (column, property) in &self.mapping {
            array.insert(column.as_str(), property.as_str())?;
        }
        Ok(array)
    }

    pub fn matches(&self) -> i64 {
        count(self.plan.matches)
    }

    pub fn ambiguous(&self) -> Array {
        Ok(list(&self.plan.ambiguous)?)
    }

    pub fn is_empty(&self) -> bool {
        let plan = &self.plan;
        [
            plan.create_items,
            plan.update_items,
            plan.delete_items,
            plan.insert_rows,
            plan.update_rows,
            plan.delete_rows,
        ]
        .iter()
        .all(|writes| *writes == 0)
    }

    pub fn to_array(&self) -> Array {
        let plan = &self.plan;
        let mut array = ZendHashTable::new();
        array.insert("mapping", self.mapping()?)?;
        array.insert("match", self.matches())?;
        array.insert(
            "to_exchange",
            writes([
                ("create", plan.create_items),
                ("update", plan.update_items),
                ("delete", plan.delete_items),
            ])?,
        )?;
        array.insert(
            "to_table",
            writes([
                ("insert", plan.insert_rows),
                ("update", plan.update_rows),
                ("delete", plan.delete_rows),
            ])?,
        )?;
        array.insert("conflicts", count(plan.conflicts))?;
        array.insert("ambiguous", self.ambiguous()?)?;
        array.insert("examples", list(&plan.examples)?)?;
        Ok(array)
    }

    pub fn json_serialize(&self) -> Array {
        self.to_array()
    }
}

fn writes(counts: [(&str, u64); 3]) -> PhpResult<ZBox<ZendHashTable>> {
    let mut array = ZendHashTable::new();
    for (name, number) in counts {
        array.insert(name, count(number))?;
    }
    Ok(array)
}
