//! What of the server and the table makes values wait or saves pass unnoted, though everything works.

use super::connection::Connection;
use super::literal::{identifier, text};
use super::table::Table;
use crate::sync::finding::Finding;

const SQL_MODE: &str = "mysql.sql_mode";
const CHARSET: &str = "mysql.charset";
const TRIGGER_RIGHTS: &str = "mysql.trigger_rights";

/// How strict the server is with the app. Our own sessions are strict whatever it says.
pub(super) fn sql_mode(db: &mut Connection) -> Finding {
    let mode = match db.ask("SELECT @@GLOBAL.sql_mode") {
        Ok(answer) => answer
            .rows
            .first()
            .map(|row| row.string(0))
            .unwrap_or_default(),
        Err(_) => return Finding::doubtful(SQL_MODE, "the server does not show its sql_mode"),
    };
    if mode.contains("STRICT_TRANS_TABLES") || mode.contains("STRICT_ALL_TABLES") {
        return Finding::good(SQL_MODE, "strict");
    }
    Finding::doubtful(
        SQL_MODE,
        "the server is not strict: it cuts what does not fit when the app saves it, and the cut value goes to Exchange. What comes from Exchange \
         is never cut. Set sql_mode=STRICT_TRANS_TABLES",
    )
}

/// Whether all columns can hold all characters.
pub(super) fn charset(db: &mut Connection, table: &Table) -> Finding {
    let stored: Vec<String> = table.stored_in().map(text).collect();
    let asked = format!(
        "SELECT COLUMN_NAME, CHARACTER_SET_NAME FROM information_schema.COLUMNS WHERE TABLE_SCHEMA=DATABASE() AND TABLE_NAME={} \
         AND CHARACTER_SET_NAME IS NOT NULL AND CHARACTER_SET_NAME NOT IN ('utf8mb4', 'utf16', 'utf32') AND COLUMN_NAME IN ('', {}) ORDER BY 1",
        text(&table.plain_name),
        stored.join(", ")
    );
    let narrow: Vec<String> = match db.ask(&asked) {
        Ok(answer) => {
            let rows = answer.rows.iter();
            rows.map(|row| format!("{} ({})", row.string(0), row.string(1)))
                .collect()
        }
        Err(_) => return Finding::doubtful(CHARSET, "the server does not show its columns"),
    };
    if narrow.is_empty() {
        return Finding::good(CHARSET, "every mapped column holds every character");
    }
    Finding::doubtful(
        CHARSET,
        format!(
            "{} cannot hold every character; a contact of Exchange with others, such as emoji, is held, and nothing is damaged. \
             ALTER TABLE {} CONVERT TO CHARACTER SET utf8mb4 ends that",
            narrow.join(", "),
            identifier(&table.plain_name)
        ),
    )
}

/// Before the installation: whether triggers may be made. Nothing when it cannot be told.
pub(super) fn may_have_triggers(db: &mut Connection) -> Option<Finding> {
    let grants = db.ask("SHOW GRANTS").ok()?;
    let granted = grants.rows.iter().any(|row| {
        let grant = row.string(0).to_uppercase();
        grant.starts_with("GRANT ALL PRIVILEGES") || grant.contains("TRIGGER")
    });
    if !granted {
        return Some(Finding::doubtful(
            TRIGGER_RIGHTS,
            "the account has no privilege TRIGGER that SHOW GRANTS shows; without triggers changed rows are found by comparing, which takes longer. \
             Grant it, or let an administrator run installSql()",
        ));
    }
    let asked = db
        .ask("SELECT @@log_bin, @@log_bin_trust_function_creators")
        .ok()?;
    let about = asked.rows.first()?;
    let (logs, trusts): (u8, u8) = (about.number(0)?, about.number(1)?);
    Some(if logs == 1 && trusts == 0 {
        Finding::doubtful(
            TRIGGER_RIGHTS,
            "the server writes a binary log, so it lets only accounts with SUPER make triggers; set log_bin_trust_function_creators=1, or let an \
             administrator run installSql()",
        )
    } else {
        Finding::good(TRIGGER_RIGHTS, "the account may make triggers")
    })
}
