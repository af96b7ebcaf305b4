//! What the server answers.

use mysql_async::Value;

use super::failure::Failure;

/// A row of an answer, each value as the text protocol gives it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Record(Vec<Option<Vec<u8>>>);

impl Record {
    /// The bytes of a value, `None` for NULL.
    #[must_use]
    pub(crate) fn bytes(&self, index: usize) -> Option<&[u8]> {
        self.0.get(index).and_then(Option::as_deref)
    }

    /// A value as text; what is no UTF-8 is replaced.
    #[must_use]
    pub(crate) fn text(&self, index: usize) -> Option<String> {
        self.bytes(index)
            .map(|bytes| String::from_utf8_lossy(bytes).into_owned())
    }

    /// A value as text, empty for NULL.
    #[must_use]
    pub(crate) fn string(&self, index: usize) -> String {
        self.text(index).unwrap_or_default()
    }

    /// A value as a number, `None` for NULL.
    #[must_use]
    pub(crate) fn number<N: std::str::FromStr>(&self, index: usize) -> Option<N> {
        std::str::from_utf8(self.bytes(index)?).ok()?.parse().ok()
    }

    /// Whether a value is a number other than 0.
    #[must_use]
    pub(crate) fn flag(&self, index: usize) -> bool {
        self.number::<i64>(index).is_some_and(|number| number != 0)
    }
}

/// The answer to one statement.
#[derive(Debug, Clone, Default)]
pub(crate) struct Answer {
    /// The rows, if it gives any.
    pub(crate) rows: Vec<Record>,
    /// The rows that it matched, if it changes any.
    pub(crate) affected: u64,
}

/// The answers to a script up to its first failure.
#[derive(Debug, Default)]
pub(crate) struct Ran {
    /// The answers to the statements that were carried out.
    pub(crate) answers: Vec<Answer>,
    /// What stopped it.
    pub(crate) failure: Option<Failure>,
}

impl Ran {
    /// The answers, if every statement was carried out.
    ///
    /// # Errors
    /// The failure that stopped the script.
    pub(crate) fn all(self) -> Result<Vec<Answer>, Failure> {
        match self.failure {
            None => Ok(self.answers),
            Some(failure) => Err(failure),
        }
    }
}

/// What the server is.
#[derive(Debug, Clone, Default)]
pub(crate) struct Server {
    /// Its version as it says itself.
    pub(crate) version: String,
    /// Whether it is MariaDB: INSERT … RETURNING.
    pub(crate) mariadb: bool,
    /// The largest statement that it takes, in bytes.
    pub(crate) max_packet: usize,
    /// Whether a lock wait rolls back the whole transaction.
    pub(crate) rollback_on_timeout: bool,
}

impl From<mysql_async::Row> for Record {
    fn from(row: mysql_async::Row) -> Self {
        let values = row.unwrap_raw().into_iter().map(|value| match value {
            Some(Value::Bytes(bytes)) => Some(bytes),
            Some(Value::NULL) | None => None,
            // The text protocol gives nothing else.
            Some(other) => Some(other.as_sql(true).into_bytes()),
        });
        Self(values.collect())
    }
}
