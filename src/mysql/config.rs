//! What the store needs to know about the app's table and the pair.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use crate::contact::Property;
use crate::sync::email_overflow::EmailOverflow;

/// A value of the scope: only rows that have it are meant, and new rows get it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ScopeValue {
    /// A whole number.
    Integer(i64),
    /// Text.
    Text(String),
}

/// What the mark column is set to when the item is gone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MarkValue {
    /// The time of the database: UTC for `TIMESTAMP`, the configured zone for all else.
    Now,
    /// A fixed value.
    Fixed(ScopeValue),
}

/// A table beside the contacts table with rows that belong to contacts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChildConfig {
    /// The table.
    pub table: String,
    /// Its column with the contact's key.
    pub contact: String,
    /// What its rows are.
    pub rows: ChildRows,
}

impl ChildConfig {
    /// The properties that its rows hold.
    #[must_use]
    pub fn properties(&self) -> Vec<Property> {
        match &self.rows {
            ChildRows::List { property, .. } => vec![*property],
            ChildRows::Slots { slots, .. } => {
                let values = slots.iter().flat_map(|slot| &slot.map);
                values.map(|(_, property)| *property).collect()
            }
        }
    }
}

/// What the rows of a child table are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChildRows {
    /// One row for each slot.
    Slots {
        /// The column that says which slot a row is.
        column: String,
        /// The mapped slots.
        slots: Vec<SlotConfig>,
    },
    /// One row for each entry of a list.
    List {
        /// The column with the entry.
        value: String,
        /// The property.
        property: Property,
    },
}

/// A mapped slot of a child table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SlotConfig {
    /// What the slot's column has.
    pub slot: String,
    /// Column and property.
    pub map: Vec<(String, Property)>,
}

/// Columns and properties that the app's code turns into each other ([`Computed`](super::Computed)).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ComputedConfig {
    /// The columns.
    pub columns: Vec<String>,
    /// The properties.
    pub properties: Vec<Property>,
    /// What says that the code now answers otherwise; may be empty.
    pub version: String,
}

/// The configuration of one pair's database side.
#[derive(Clone, PartialEq, Eq)]
pub struct MySqlConfig {
    /// `mysql://user:password@host:port/database?socket=/path`; secret.
    pub url: String,
    /// The app's contacts table.
    pub table: String,
    /// Its key column: unique and not nullable.
    pub key: String,
    /// A column with the time of the last edit.
    pub modified: Option<String>,
    /// Only rows with these values are meant.
    pub scope: Vec<(String, ScopeValue)>,
    /// Column, or place in its JSON document ([`Path`](super::Path)), and property; empty: guessed from common column names.
    pub map: Vec<(String, Property)>,
    /// Whether notes whose column is guessed are HTML.
    pub html_notes: bool,
    /// Tables beside it with rows that belong to contacts.
    pub children: Vec<ChildConfig>,
    /// The folder of pictures whose paths stand in a text column.
    pub photo_dir: Option<PathBuf>,
    /// The most bytes of a picture.
    pub photo_limit: u64,
    /// What the app's code computes.
    pub computed: Vec<ComputedConfig>,
    /// The time zone of date-times in the table: `UTC`, an offset such as `+02:00`, or a name such as `Europe/Berlin`.
    pub timezone: String,
    /// The column that says that an item is gone, with its value.
    pub mark: Option<(String, MarkValue)>,
    /// The name of the pair among those that share the database.
    pub pair: String,
    /// The mailbox.
    pub mailbox: String,
    /// The kind of server, as [`Capabilities::kind`](crate::sync::ports::Capabilities::kind) names it; empty: whichever the pair is with.
    pub kind: String,
    /// The host of the Exchange server.
    pub server: String,
    /// The folder as the configuration names it.
    pub folder: String,
    /// How many processes may send requests to the mailbox at the same time.
    pub concurrency: u32,
    /// Where e-mail addresses go that have no slot in Exchange: without a place their list waits.
    pub email_overflow: EmailOverflow,
    /// The longest wait for a connection.
    pub connect_timeout: Duration,
    /// The longest wait for one statement.
    pub timeout: Duration,
}

impl MySqlConfig {
    /// The mapped properties, as far as they are not to be guessed; empty when they are.
    #[must_use]
    pub(crate) fn mapped(&self) -> Vec<Property> {
        if self.map.is_empty() {
            return Vec::new();
        }
        let columns = self.map.iter().map(|(_, property)| *property);
        columns
            .chain(self.children.iter().flat_map(ChildConfig::properties))
            .chain(
                self.computed
                    .iter()
                    .flat_map(|group| group.properties.iter().copied()),
            )
            .collect()
    }

    /// A configuration with the usual values: table `contacts`, key `id`, no scope, a guessed mapping, UTC, ten seconds to connect and
    /// sixty for a statement.
    #[must_use]
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            table: "contacts".to_owned(),
            key: "id".to_owned(),
            modified: None,
            scope: Vec::new(),
            map: Vec::new(),
            html_notes: false,
            children: Vec::new(),
            photo_dir: None,
            photo_limit: 2 << 20,
            computed: Vec::new(),
            timezone: "UTC".to_owned(),
            mark: None,
            pair: "contacts".to_owned(),
            mailbox: String::new(),
            kind: String::new(),
            server: String::new(),
            folder: "contacts".to_owned(),
            concurrency: 2,
            email_overflow: EmailOverflow::default(),
            connect_timeout: Duration::from_secs(10),
            timeout: Duration::from_secs(60),
        }
    }
}

impl fmt::Debug for MySqlConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MySqlConfig")
            .field("url", &"***")
            .field("table", &self.table)
            .field("key", &self.key)
            .field("modified", &self.modified)
            .field("scope", &self.scope)
            .field("map", &self.map)
            .field("html_notes", &self.html_notes)
            .field("children", &self.children)
            .field("photo_dir", &self.photo_dir)
            .field("photo_limit", &self.photo_limit)
            .field("computed", &self.computed)
            .field("timezone", &self.timezone)
            .field("mark", &self.mark)
            .field("pair", &self.pair)
            .field("mailbox", &self.mailbox)
            .field("kind", &self.kind)
            .field("server", &self.server)
            .field("folder", &self.folder)
            .field("concurrency", &self.concurrency)
            .field("email_overflow", &self.email_overflow)
            .field("connect_timeout", &self.connect_timeout)
            .field("timeout", &self.timeout)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_url_is_not_shown() {
        let shown = format!("{:?}", MySqlConfig::new("mysql://app:s3cret@host/db"));
        assert!(!shown.contains("s3cret"), "{shown}");
        assert!(shown.contains("***"));
    }
}
