//! The triggers that note every change of the app's table in the app's own transaction.
//!
//! They name key and scope columns only, so that no change of another column can break a save (R14), and let the save pass when our
//! tables are broken. Our own statements are kept out by a session variable that names the pair and the key being written (R18).

use super::literal::{bytes, identifier};
use super::table::Table;
use crate::sync::ids::RowKey;

/// One trigger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Trigger {
    /// Its name.
    pub(crate) name: String,
    /// The event it follows.
    pub(crate) event: &'static str,
    /// Its body.
    pub(crate) body: String,
}

/// The session variable that silences the triggers of a pair.
#[must_use]
pub(crate) fn silence(pair: u32) -> String {
    format!("@ecs_quiet_{pair}")
}

/// The session variable in which the insert trigger collects the keys of new rows.
#[must_use]
pub(crate) fn made(pair: u32) -> String {
    format!("@ecs_made_{pair}")
}

/// What the variable is set to while we insert rows whose keys are not yet known; no key is this byte.
const NEW_ROWS: &str = "x'00'";

/// The statement that silences the triggers of a pair for one row.
#[must_use]
pub(crate) fn silence_row(pair: u32, key: &RowKey) -> String {
    format!("SET {}={}", silence(pair), bytes(key.as_str().as_bytes()))
}

/// The statement that silences the insert trigger of a pair.
#[must_use]
pub(crate) fn silence_inserts(pair: u32) -> String {
    format!("SET {}={NEW_ROWS}, {}=''", silence(pair), made(pair))
}

/// The statement that ends the silence.
#[must_use]
pub(crate) fn end_silence(pair: u32) -> String {
    format!("SET {}=NULL", silence(pair))
}

/// The triggers of a pair.
#[must_use]
pub(crate) fn triggers(pair: u32, table: &Table) -> [Trigger; 3] {
    let quiet = silence(pair);
    let made = made(pair);
    let (old, new) = (table.key.expression("OLD"), table.key.expression("NEW"));
    let (was_in, is_in) = (table.scope_test("OLD"), table.scope_test("NEW"));
    let note = |key: &str| {
        format!(
            "INSERT INTO ecs_outbox (pair, row_key, at) VALUES ({pair}, {key}, UTC_TIMESTAMP(6));"
        )
    };
    let body = |inner: String| {
        format!("BEGIN\n  DECLARE CONTINUE HANDLER FOR SQLEXCEPTION BEGIN END;\n{inner}END")
    };
    let trigger = |event: &'static str, inner: String| Trigger {
        name: format!("ecs_{pair}_{}", event.to_lowercase()),
        event,
        body: body(inner),
    };
    [
        trigger(
            "INSERT",
            format!(
                "  IF {quiet} <=> {NEW_ROWS} THEN\n    SET {made} = CONCAT({made}, HEX({new}), ',');\n  ELSEIF {is_in} THEN\n    {}\n  END IF;\n",
                note(&new)
            ),
        ),
        trigger(
            "UPDATE",
            format!(
                "  IF {was_in} OR {is_in} THEN\n    IF NOT ({old} <=> {new}) THEN\n      INSERT INTO ecs_renames (pair, old_key, new_key) \
                 VALUES ({pair}, {old}, {new});\n      {}\n      {}\n    ELSEIF NOT ({quiet} <=> {new}) THEN\n      {}\n    END IF;\n  \
                 END IF;\n",
                note(&old),
                note(&new),
                note(&new)
            ),
        ),
        trigger(
            "DELETE",
            format!(
                "  IF {was_in} AND NOT ({quiet} <=> {old}) THEN\n    {}\n  END IF;\n",
                note(&old)
            ),
        ),
    ]
}

impl Trigger {
    /// The statement that makes it.
    #[must_use]
    pub(crate) fn create(&self, table: &Table) -> String {
        format!(
            "CREATE TRIGGER {} AFTER {} ON {} FOR EACH ROW\n{}",
            identifier(&self.name),
            self.event,
            table.name,
            self.body
        )
    }

    /// The statement that removes it.
    #[must_use]
    pub(crate) fn remove(&self) -> String {
        format!("DROP TRIGGER IF EXISTS {}", identifier(&self.name))
    }
}
