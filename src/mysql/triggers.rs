//! The triggers that note every change of the app's table, and of the tables beside it, in the app's own transaction.
//!
//! They name key and scope columns only, so that no change of another column can break a save (R14), and let the save pass when our
//! tables are broken. Our own statements are kept out by session variables that name the pair and the keys being written (R18).

use sha2::{Digest as _, Sha256};

use super::children::Child;
use super::literal::{bytes, hex, identifier};
use super::table::Table;
use crate::sync::ids::RowKey;

/// One trigger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Trigger {
    /// Its name.
    pub(crate) name: String,
    /// The table that it watches.
    pub(crate) table: String,
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

/// The session variable that silences the triggers of child tables for several contacts.
fn silence_of_children(pair: u32) -> String {
    format!("@ecs_quiet_rows_{pair}")
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

/// The statement that silences the triggers of child tables for what belongs to some rows.
#[must_use]
pub(crate) fn silence_rows<'a>(pair: u32, keys: impl IntoIterator<Item = &'a RowKey>) -> String {
    let keys: Vec<String> = keys
        .into_iter()
        .map(|key| hex(key.as_str().as_bytes()))
        .collect();
    format!("SET {}='{}'", silence_of_children(pair), keys.join(","))
}

/// The statement that silences the insert trigger of a pair.
#[must_use]
pub(crate) fn silence_inserts(pair: u32) -> String {
    format!("SET {}={NEW_ROWS}, {}=''", silence(pair), made(pair))
}

/// The statement that ends the silence.
#[must_use]
pub(crate) fn end_silence(pair: u32) -> String {
    format!(
        "SET {}=NULL, {}=NULL",
        silence(pair),
        silence_of_children(pair)
    )
}

/// The triggers of a pair: those of the contacts table, then those of the tables beside it, each table once.
#[must_use]
pub(crate) fn triggers(pair: u32, table: &Table) -> Vec<Trigger> {
    let mut triggers = of_contacts(pair, table);
    for child in &table.children {
        let more = of_child(pair, table, child);
        if !more.iter().any(|trigger| triggers.contains(trigger)) {
            triggers.extend(more);
        }
    }
    triggers
}

fn note(pair: u32, key: &str) -> String {
    format!("INSERT INTO ecs_outbox (pair, row_key, at) VALUES ({pair}, {key}, UTC_TIMESTAMP(6));")
}

const LET_PASS: &str = "  DECLARE CONTINUE HANDLER FOR SQLEXCEPTION BEGIN END;\n";

fn of_contacts(pair: u32, table: &Table) -> Vec<Trigger> {
    let quiet = silence(pair);
    let made = made(pair);
    let (old, new) = (table.key.expression("OLD"), table.key.expression("NEW"));
    let (was_in, is_in) = (table.scope_test("OLD"), table.scope_test("NEW"));
    let note = |key: &str| note(pair, key);
    let trigger = |event: &'static str, inner: String| Trigger {
        name: format!("ecs_{pair}_{}", event.to_lowercase()),
        table: table.plain_name.clone(),
        event,
        body: format!("BEGIN\n{LET_PASS}{inner}END"),
    };
    vec![
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

/// The triggers of a child table note the contact. They name its key column alone, so one set serves all mappings of the table.
fn of_child(pair: u32, table: &Table, child: &Child) -> Vec<Trigger> {
    let watched = format!("{}\0{}", child.plain_name, child.contact.name);
    let print: String = hex(&Sha256::digest(watched)).to_lowercase();
    let print = print.get(..8).unwrap_or_default();
    let (quiet, rows) = (silence(pair), silence_of_children(pair));
    let column = |row: &str| format!("{row}.{}", identifier(&child.contact.name));
    // A number of contacts is counted without a lock. Should that fail, the note is made: one too many harms nobody.
    let note = |row: &str| {
        let insert = note(pair, &child.contact.expression(row));
        if table.scope.is_empty() {
            return format!(
                "IF {} IS NOT NULL THEN\n      {insert}\n    END IF;",
                column(row)
            );
        }
        format!(
            "SET meant = 1;\n    SELECT COUNT(*) INTO meant FROM {} p WHERE p.{} = {} AND {};\n    IF meant > 0 THEN\n      {insert}\n    END IF;",
            table.name,
            identifier(&table.key.name),
            column(row),
            table.scope_test("p")
        )
    };
    let loud = |row: &str| {
        let key = child.contact.expression(row);
        format!(
            "NOT ({quiet} <=> {key}) AND NOT COALESCE(FIND_IN_SET(CAST(HEX({key}) AS BINARY), {rows}), 0)"
        )
    };
    let meant = if table.scope.is_empty() {
        ""
    } else {
        "  DECLARE meant INT DEFAULT 1;\n"
    };
    let trigger = |event: &'static str, inner: String| Trigger {
        name: format!("ecs_{pair}_{print}_{}", event.to_lowercase()),
        table: child.plain_name.clone(),
        event,
        body: format!("BEGIN\n{meant}{LET_PASS}{inner}END"),
    };
    let moved = format!("NOT ({} <=> {})", column("OLD"), column("NEW"));
    vec![
        trigger(
            "INSERT",
            format!(
                "  IF {} THEN\n    {}\n  END IF;\n",
                loud("NEW"),
                note("NEW")
            ),
        ),
        trigger(
            "UPDATE",
            format!(
                "  IF {moved} THEN\n    {}\n  END IF;\n  IF {moved} OR {} THEN\n    {}\n  END IF;\n",
                note("OLD"),
                loud("NEW"),
                note("NEW")
            ),
        ),
        trigger(
            "DELETE",
            format!(
                "  IF {} THEN\n    {}\n  END IF;\n",
                loud("OLD"),
                note("OLD")
            ),
        ),
    ]
}

impl Trigger {
    /// The statement that makes it.
    #[must_use]
    pub(crate) fn create(&self) -> String {
        format!(
            "CREATE TRIGGER {} AFTER {} ON {} FOR EACH ROW\n{}",
            identifier(&self.name),
            self.event,
            identifier(&self.table),
            self.body
        )
    }

    /// The statement that removes it.
    #[must_use]
    pub(crate) fn remove(&self) -> String {
        format!("DROP TRIGGER IF EXISTS {}", identifier(&self.name))
    }
}
