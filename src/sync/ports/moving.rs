//! What the store keeps while a pair is moved to another kind of server.

use super::pair::Identity;
use crate::sync::error::StoreError;
use crate::sync::ids::{ItemId, LinkId, RowKey};
use crate::sync::link::LinkRef;

/// How the id was found that an item has on the new kind of server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FoundBy {
    /// The server translated the old one.
    Translation,
    /// The item bears a stamp of ours.
    Stamp,
    /// Its values are those of one contact and no other.
    Content,
}

/// An item by its id on the old kind of server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Staged {
    /// That id.
    pub old: ItemId,
    /// Its id on the new kind of server, if it was found.
    pub new: Option<ItemId>,
    /// How it was found.
    pub by: FoundBy,
    /// Whether it is known to be in the folder.
    pub listed: bool,
}

/// How far a move is prepared. Only items of links that are in step count.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MoveCounts {
    /// Links in step.
    pub linked: u64,
    /// Items whose ids were translated.
    pub translated: u64,
    /// Items that were found by their stamp.
    pub by_stamp: u64,
    /// Items that were found by their values.
    pub by_content: u64,
    /// Items that were not found, or are not in the folder.
    pub missing: u64,
    /// The rows of some of those.
    pub examples: Vec<RowKey>,
}

/// The part of the store that moves a pair to another kind of server. What is found out of the items' new ids is kept, so that a move that
/// was interrupted goes on; the links themselves change with [`switch`](Self::switch) alone.
pub trait MoveStore {
    /// Begins to look for the new ids, or begins anew: what was translated stays, all else is forgotten.
    ///
    /// # Errors
    /// When the database fails.
    fn begin_move(&mut self, kind: &str) -> Result<(), StoreError>;

    /// Items whose new ids nobody has looked for: of links, of tombstones and of what is held; each once.
    ///
    /// # Errors
    /// When the database fails.
    fn unstaged(&mut self, limit: usize) -> Result<Vec<ItemId>, StoreError>;

    /// Notes what was found out of items.
    ///
    /// # Errors
    /// When the database fails.
    fn stage(&mut self, kind: &str, staged: &[Staged]) -> Result<(), StoreError>;

    /// Notes that these items, by their new ids, are in the folder. Gives which of them are known.
    ///
    /// # Errors
    /// When the database fails.
    fn stage_listed(&mut self, items: &[ItemId]) -> Result<Vec<bool>, StoreError>;

    /// Links in step whose items were looked for and not found, after a link.
    ///
    /// # Errors
    /// When the database fails.
    fn unfound(&mut self, after: LinkId, limit: usize) -> Result<Vec<LinkRef>, StoreError>;

    /// How far the move is prepared.
    ///
    /// # Errors
    /// When the database fails.
    fn move_counts(&mut self) -> Result<MoveCounts, StoreError>;

    /// Moves the pair in one transaction: its binding, the ids of its items in links, tombstones and held contacts, and the version of every
    /// link, so that nobody who looked at one before goes on with it. A link whose item was not found is taken for one whose item is gone,
    /// of which no list has told: the next full pass looks for it. The cursor, what was parked and the wait for the old server end. Gives
    /// whether that was done; it is not while there is an item whose new id nobody has looked for.
    ///
    /// # Errors
    /// When the pair is not bound as `from` says, or the database fails: nothing has happened then.
    fn switch(&mut self, from: &Identity, to: &Identity) -> Result<bool, StoreError>;
}
