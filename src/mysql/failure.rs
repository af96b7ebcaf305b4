//! What the database answers when it does not do what it was asked to.

use crate::sync::error::{StoreClass, StoreError};
use crate::sync::ports::HoldKind;

/// A failure within the store, before it is decided what it means for the caller.
#[derive(Debug, Clone)]
pub(crate) enum Failure {
    /// The server refused a statement.
    Server {
        /// Its error number.
        number: u16,
        /// Its SQLSTATE.
        state: String,
        /// Its message.
        message: String,
    },
    /// The connection is gone; whether the last statement was carried out is not known.
    Lost(String),
    /// Already decided.
    Decided(StoreError),
}

impl Failure {
    /// A decided failure.
    pub(crate) fn new(class: StoreClass, message: impl Into<String>) -> Self {
        Self::Decided(StoreError::new(class, message))
    }

    /// A statement of so many bytes, which the server would not take.
    pub(crate) fn too_large(bytes: usize) -> Self {
        Self::Server {
            number: 1153,
            state: "08S01".to_owned(),
            message: format!("a statement has {bytes} bytes"),
        }
    }

    /// Whether it is not known what was carried out.
    #[must_use]
    pub(crate) const fn leaves_open(&self) -> bool {
        match self {
            Self::Lost(_) => true,
            Self::Decided(error) => matches!(error.class, StoreClass::Unavailable),
            Self::Server { .. } => false,
        }
    }

    /// The server's error number, if it was the server that refused.
    #[must_use]
    pub(crate) const fn number(&self) -> Option<u16> {
        match self {
            Self::Server { number, .. } => Some(*number),
            Self::Lost(_) | Self::Decided(_) => None,
        }
    }

    /// Whether another transaction was in the way: the whole transaction is rolled back and tried again.
    #[must_use]
    pub(crate) fn is_contention(&self) -> bool {
        // Deadlock, lock wait, NOWAIT of MySQL, changed since read (MariaDB).
        matches!(self.number(), Some(1213 | 1205 | 3572 | 1020))
    }

    /// Whether it was a lock that was not to be had, rather than a deadlock.
    #[must_use]
    pub(crate) fn is_lock_wait(&self) -> bool {
        matches!(self.number(), Some(1205 | 3572))
    }

    /// Whether a UNIQUE key refused.
    #[must_use]
    pub(crate) fn is_duplicate(&self) -> bool {
        matches!(self.number(), Some(1062 | 1586 | 1022))
    }

    /// Whether one of our own tables is missing.
    #[must_use]
    pub(crate) fn is_missing_table(&self) -> bool {
        matches!(self.number(), Some(1146))
    }

    /// Whether a column, key or table to be made is there already.
    #[must_use]
    pub(crate) fn is_done_already(&self) -> bool {
        matches!(self.number(), Some(1050 | 1060 | 1061))
    }

    /// Whether a privilege is missing, to create triggers in particular.
    #[must_use]
    pub(crate) fn is_denied(&self) -> bool {
        matches!(
            self.number(),
            Some(1044 | 1142 | 1143 | 1227 | 1370 | 1419 | 1410)
        )
    }

    /// What kind of hold it is when it speaks of one row only; `None` when it does not.
    #[must_use]
    pub(crate) fn refusal(&self) -> Option<HoldKind> {
        let Self::Server { number, state, .. } = self else {
            return None;
        };
        match number {
            // Too long, out of range, wrong date or number or characters, truncated, NULL, no default, no JSON.
            1406 | 1264 | 1292 | 1366 | 1265 | 1048 | 1364 | 1138 | 1411 | 1690 | 3140 | 3141
            | 3156 | 1300 | 3988 | 1977 => Some(HoldKind::Unfit),
            // Duplicate, foreign key either way, check, SIGNAL of a trigger.
            1062 | 1586 | 1022 | 1451 | 1452 | 1216 | 1217 | 1761 | 1762 | 3819 | 4025 | 1644
            | 1643 => Some(HoldKind::Constraint),
            // Whatever else is said of data, of integrity, or by the app itself, with a number of its own.
            _ => match state.get(..2) {
                Some("21" | "22") => Some(HoldKind::Unfit),
                Some("23" | "44" | "45") => Some(HoldKind::Constraint),
                _ => None,
            },
        }
    }

    /// The reason of a hold for a person, naming the column or key where the server names it.
    #[must_use]
    pub(crate) fn reason(&self) -> String {
        let Self::Server {
            number, message, ..
        } = self
        else {
            return StoreError::from(self.clone()).message;
        };
        let of = column(message).map_or_else(
            || "a value".to_owned(),
            |name| format!("the value for column {name}"),
        );
        match number {
            1366 if !message.contains("string value") => {
                format!("{of} is not of the column's type ({message})")
            }
            1406 => format!("{of} is too long; shorten it in Exchange or widen the column"),
            1264 | 1690 => format!("{of} is out of the column's range"),
            1366 | 3988 | 1977 | 1300 => {
                format!(
                    "{of} has characters that the column cannot hold; convert the column to utf8mb4 or change the value"
                )
            }
            1048 | 1364 | 1138 => {
                format!("{of} is missing and the column allows no NULL and has no default")
            }
            1265 | 1292 | 1411 | 3140 | 3141 | 3156 => {
                format!("{of} is not of the column's type ({message})")
            }
            1062 | 1586 | 1022 => {
                let key = message.rsplit("for key '").next().unwrap_or_default();
                format!(
                    "another row already has a value that the unique key {} allows only once; change one of the two",
                    key.trim_end_matches('\'')
                )
            }
            1451 | 1217 => format!(
                "other rows refer to this one{}; remove those references, then retry",
                constraint(message)
            ),
            1452 | 1216 => format!(
                "the row would refer to a row that does not exist{}",
                constraint(message)
            ),
            _ => format!("the table refuses the row: {message}"),
        }
    }
}

/// The column that a message speaks of. MariaDB names some as `database`.`table`.`column`; a value, which may hold anything, is
/// quoted before it.
fn column(message: &str) -> Option<&str> {
    let named = |prefix: &&str| message.rfind(prefix).map(|at| at + prefix.len());
    let from = ["olumn '", "olumn `", "Field '"]
        .iter()
        .filter_map(named)
        .max()?;
    let rest = message.get(from..)?;
    if message.get(..from)?.ends_with('`') {
        rest.split("` at row").next()?.rsplit("`.`").next()
    } else {
        rest.split('\'').next()
    }
}

fn constraint(message: &str) -> String {
    message
        .split_once("CONSTRAINT `")
        .and_then(|(_, rest)| rest.split('`').next())
        .map(|name| format!(" (foreign key {name})"))
        .unwrap_or_default()
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Decided(error)
    }
}

impl From<Failure> for StoreError {
    fn from(failure: Failure) -> Self {
        let (number, message) = match failure {
            Failure::Decided(error) => return error,
            Failure::Lost(message) => {
                return Self::new(
                    StoreClass::Unavailable,
                    format!("MySQL cannot be reached: {message}"),
                );
            }
            Failure::Server {
                number, message, ..
            } => (number, message),
        };
        let (class, message) = match number {
            1045 | 1698 | 1862 | 1820 => (
                StoreClass::Unavailable,
                format!("MySQL refuses the log-in: {message}"),
            ),
            1040 | 1203 | 1226 | 1129 | 1130 | 1053 | 1047 | 1290 | 1836 | 1205 | 3572 | 1213
            | 1020 => {
                if matches!(number, 1205 | 3572 | 1213 | 1020) {
                    (
                        StoreClass::Contended,
                        format!("other transactions hold rows for too long: {message}"),
                    )
                } else {
                    (
                        StoreClass::Unavailable,
                        format!("MySQL does not take the statement now: {message}"),
                    )
                }
            }
            1049 => (
                StoreClass::Config,
                format!("the database of the MySQL URL does not exist: {message}"),
            ),
            1146 => (
                StoreClass::NotInstalled,
                format!("a table is missing, call install(): {message}"),
            ),
            1044 | 1142 | 1143 | 1227 | 1370 | 1419 | 1410 => (
                StoreClass::Denied,
                format!("the MySQL account lacks a privilege: {message}"),
            ),
            1449 => (
                StoreClass::Denied,
                format!(
                    "the account that the triggers run as is gone, call install() with one that stays: {message}"
                ),
            ),
            1054 => (
                StoreClass::Config,
                format!("a column is missing, has the table changed? {message}"),
            ),
            3 | 28 | 1021 | 1026 | 1114 => (
                StoreClass::Unavailable,
                format!("MySQL has no room left, a disk or tablespace is full: {message}"),
            ),
            1153 => (
                StoreClass::Failed,
                format!(
                    "a statement is larger than the server's max_allowed_packet; raise it to 16M or more ({message})"
                ),
            ),
            _ => (StoreClass::Failed, format!("MySQL: {message}")),
        };
        Self {
            class,
            message,
            number: Some(number),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server(number: u16, message: &str) -> Failure {
        with_state(number, "HY000", message)
    }

    fn with_state(number: u16, state: &str, message: &str) -> Failure {
        Failure::Server {
            number,
            state: state.to_owned(),
            message: message.to_owned(),
        }
    }

    #[test]
    fn a_reason_names_column_or_key() {
        for (number, message, part) in [
            (
                1406,
                "Data too long for column 'city' at row 3",
                "column city",
            ),
            (
                1364,
                "Field 'country' doesn't have a default value",
                "column country",
            ),
            (
                1366,
                "Incorrect string value: '\\xF0' for column `crm`.`c`.`note` at row 1",
                "column note has characters",
            ),
            (
                1366,
                "Incorrect integer value: 'column `q`' for column `crm`.`c`.`zip` at row 1",
                "column zip is not of the column's type",
            ),
            (
                1048,
                "Column 'born' cannot be null",
                "column born is missing",
            ),
            (
                1062,
                "Duplicate entry 'a@b' for key 'email'",
                "unique key email",
            ),
            (
                1451,
                "Cannot delete: (`crm`.`o`, CONSTRAINT `o_fk` FOREIGN KEY (`c`) REFERENCES `contacts` (`id`))",
                "foreign key o_fk",
            ),
        ] {
            let failure = server(number, message);
            assert!(failure.refusal().is_some(), "{number}");
            assert!(failure.reason().contains(part), "{}", failure.reason());
        }
    }

    #[test]
    fn what_the_app_or_the_data_refuse_is_a_refusal_whatever_its_number() {
        for (number, state) in [(31000, "45000"), (1365, "22012"), (1242, "21000")] {
            let failure = with_state(number, state, "job_title must not be Spy");
            assert!(failure.refusal().is_some(), "{number}");
            assert!(failure.reason().contains("job_title"));
        }
        assert_eq!(with_state(1213, "40001", "").refusal(), None);
    }

    #[test]
    fn only_what_speaks_of_one_row_is_a_refusal() {
        for number in [1213, 1205, 1146, 1142, 1054, 2013, 1114] {
            assert_eq!(server(number, "").refusal(), None, "{number}");
        }
        assert_eq!(
            StoreError::from(server(1146, "x")).class,
            StoreClass::NotInstalled
        );
        assert_eq!(
            StoreError::from(server(1213, "x")).class,
            StoreClass::Contended
        );
    }
}
