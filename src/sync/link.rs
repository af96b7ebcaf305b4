//! Links: which row and which item are one contact, and how they stand.

use super::base::Base;
use super::ids::{ChangeKey, ItemId, LinkId, LinkVersion, Moment, RowKey, Stamp};

/// How a link stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkState {
    /// An attempt to create the item was committed; whether it succeeded is not yet known.
    Creating,
    /// Row and item are one contact.
    Linked,
    /// Exchange said that the item is gone; what follows for the row is decided at the end of the round.
    RemoteGone,
    /// Row and item know each other and are deliberately not synced.
    Detached,
}

/// Whether a change list has named an item as a link knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Named {
    /// Not since the link was made or we last wrote the item: its next entry is our own echo. Of an item that is gone: no list tells
    /// what has become of it.
    NotYet,
    /// It was taken over as it is without a list's word, which may have been given or be still to come: only a look at it tells what
    /// its next entry means.
    Perhaps,
    /// Yes.
    Yes,
}

impl Named {
    /// What is known of an item that is taken over, or found gone.
    #[must_use]
    pub const fn taken_over(listed: bool) -> Self {
        if listed { Self::Yes } else { Self::Perhaps }
    }
}

/// A link as it stands in the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// Its number.
    pub id: LinkId,
    /// Its version when it was read.
    pub version: LinkVersion,
    /// The row's key.
    pub key: RowKey,
    /// How it stands.
    pub state: LinkState,
    /// The item, unknown while it is being created.
    pub item: Option<ItemId>,
    /// The item's ChangeKey as we last knew it.
    pub change_key: Option<ChangeKey>,
    /// What both sides last agreed on.
    pub base: Base,
    /// Attempts to create the item whose outcome is not known to be a failure, oldest first; need not be known of an item that is there.
    pub attempts: Vec<Attempt>,
    /// Whether a change list has named the item as the link knows it.
    pub named: Named,
}

impl Link {
    /// The link was saved as this, and has that version now.
    pub fn become_at(&mut self, version: LinkVersion, draft: LinkDraft) {
        let LinkDraft {
            state,
            item,
            change_key,
            base,
            named,
        } = draft;
        self.version = version;
        self.state = state;
        self.item = item;
        self.change_key = change_key;
        self.base = base;
        self.named = named;
    }
}

/// One attempt to create an item, committed before it was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// The stamp that the item would bear.
    pub stamp: Stamp,
    /// When the attempt was committed.
    pub at: Moment,
    /// The seconds from then to now, by the store's clock.
    pub age: i64,
}

/// The part of a link that a pull needs to recognise an echo.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkRef {
    /// Its number.
    pub id: LinkId,
    /// Its version when it was read.
    pub version: LinkVersion,
    /// The row's key.
    pub key: RowKey,
    /// How it stands.
    pub state: LinkState,
    /// The item, unknown while it is being created.
    pub item: Option<ItemId>,
    /// The item's ChangeKey as we last knew it.
    pub change_key: Option<ChangeKey>,
    /// Whether every mapped property has both legs: only then is an equal ChangeKey an echo.
    pub confirmed: bool,
    /// Whether a change list has named the item as the link knows it.
    pub named: Named,
    /// The full pass that last met the item.
    pub generation: u64,
}

/// What a link becomes. The store gives it its next version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkDraft {
    /// How it stands.
    pub state: LinkState,
    /// The item.
    pub item: Option<ItemId>,
    /// The item's ChangeKey.
    pub change_key: Option<ChangeKey>,
    /// What both sides agree on; the row's legs of what is written, unless unknown, are moved by the store to what it
    /// reads back ([`Base::confirm_row`]).
    pub base: Base,
    /// Whether a change list has named the item as the link knows it.
    pub named: Named,
}

impl LinkDraft {
    /// A draft that leaves a link as it is.
    #[must_use]
    pub fn of(link: &Link) -> Self {
        Self {
            state: link.state,
            item: link.item.clone(),
            change_key: link.change_key.clone(),
            base: link.base.clone(),
            named: link.named,
        }
    }

    /// Whether a link that becomes this keeps its state and its item.
    #[must_use]
    pub fn stays(&self, link: &Link) -> bool {
        self.state == link.state && self.item == link.item
    }
}
