//! Opaque identifiers. Nothing but their owner may look into them; all compare to the byte.

use std::fmt;

macro_rules! opaque {
    ($(#[$meta:meta])* $name:ident) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        impl $name {
            /// Wraps the text as its owner gave it.
            pub fn new(text: impl Into<String>) -> Self {
                Self(text.into())
            }

            /// The text as its owner gave it.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

opaque! {
    /// An item's id in its folder. Case-sensitive; a move gives a new one.
    ItemId
}

opaque! {
    /// The version of an item, new at each write. It may change without a change of content.
    ChangeKey
}

opaque! {
    /// A folder's id; stays when the folder is moved or renamed.
    FolderId
}

opaque! {
    /// A row's key in its canonical text, as the table returns it; a binary key as upper-case hexadecimal digits.
    RowKey
}

opaque! {
    /// One attempt to create an item: a random id kept in a named property of the item.
    Stamp
}

/// Where a change list was read up to: opaque, any size, valid for one folder and one kind of server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor {
    /// The kind of server that gave it, [`Capabilities::kind`](super::ports::Capabilities::kind).
    pub kind: String,
    /// The server's own text.
    pub text: String,
}

/// The number of a link in its store, never used twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LinkId(pub u64);

/// A link's version: moves at every change of the link and is never used twice for one link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LinkVersion(pub u64);

/// The number of a note in the outbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OutboxId(pub u64);

/// A moment in UTC, in microseconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Moment(pub i64);

impl Moment {
    /// The seconds from an earlier moment to this one; negative when that one is later.
    #[must_use]
    pub const fn seconds_since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0) / 1_000_000
    }
}
