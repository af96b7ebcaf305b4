//! A page of a change list that was looked up: what it names, whole or in pieces.

use std::collections::{HashMap, HashSet, VecDeque};

use super::page::Round;
use crate::sync::ids::{Cursor, ItemId, LinkId};
use crate::sync::link::LinkRef;
use crate::sync::ports::Fetched;

/// A page whose entries were looked up, before its items are fetched.
pub(super) struct Prepared {
    pub(super) from: Option<Cursor>,
    pub(super) to: Cursor,
    pub(super) last: bool,
    pub(super) wanted: Vec<ItemId>,
    pub(super) links: HashMap<ItemId, LinkRef>,
    pub(super) gone: Vec<ItemId>,
    pub(super) met: Vec<LinkId>,
    /// Items that were named once more as an earlier list had named them.
    pub(super) repeated: Vec<ItemId>,
    pub(super) foreign: u64,
    pub(super) entries: u64,
    /// Whether the cursor moves with it: it is a whole page, or the last piece of one.
    pub(super) closes: bool,
}

/// So many repeated entries in one page are not looked at one by one.
const MANY_REPEATED: usize = 10;

impl Prepared {
    /// Whether the server repeats its cursor although it says that more follows.
    pub(super) fn repeats(&self) -> bool {
        self.from.as_ref() == Some(&self.to)
    }

    /// Whether an entry has an id that no link knows.
    pub(super) fn has_unknown(&self) -> bool {
        self.wanted.iter().any(|id| !self.links.contains_key(id))
    }

    /// The page in pieces that are fetched and applied one after the other, the cursor moving with the last one. A page that is
    /// applied but for its cursor is named again, as echoes. Only a full pass may be cut: in any other round one entry of a page
    /// can tell what another one means.
    pub(super) fn pieces(mut self, round: Round, size: usize) -> (Self, VecDeque<Self>) {
        if !round.full || self.wanted.len() <= size {
            return (self, VecDeque::new());
        }
        let first = self.cut(size);
        let mut rest = VecDeque::new();
        while self.wanted.len() > size {
            rest.push_back(self.cut(size));
        }
        rest.push_back(self);
        (first, rest)
    }

    fn cut(&mut self, size: usize) -> Self {
        let wanted: Vec<ItemId> = self.wanted.drain(..size).collect();
        self.entries = self.entries.saturating_sub(size as u64);
        Self {
            from: self.from.clone(),
            to: self.to.clone(),
            last: self.last,
            links: wanted
                .iter()
                .filter_map(|id| self.links.remove_entry(id))
                .collect(),
            wanted,
            gone: Vec::new(),
            met: Vec::new(),
            repeated: self.repeated.clone(),
            foreign: 0,
            entries: size as u64,
            closes: false,
        }
    }

    /// Looks again at what the page before this one, which is not applied yet, has already named.
    pub(super) fn follow(&mut self, before: &Self) {
        let named: HashSet<LinkId> = before.met.iter().copied().collect();
        if !self.met.iter().any(|link| named.contains(link)) {
            return;
        }
        self.met.retain(|link| !named.contains(link));
        let again: Vec<ItemId> = self
            .links
            .values()
            .filter(|link| named.contains(&link.id))
            .filter_map(|link| link.item.clone())
            .collect();
        self.name_again(again);
    }

    /// Items that were named once more as they were are looked at, unless they are many.
    pub(super) fn name_again(&mut self, items: Vec<ItemId>) {
        self.repeated.extend(items.iter().cloned());
        if self.repeated.len() <= MANY_REPEATED {
            self.wanted.extend(items);
        }
    }

    /// How many links the page names.
    pub(super) fn named(&self) -> usize {
        self.links.len()
    }

    /// Whether the page names the item of a link.
    pub(super) fn names(&self, link: &LinkRef) -> bool {
        link.item
            .as_ref()
            .is_some_and(|item| self.links.contains_key(item))
    }

    /// Whether an item has left the folder, by its entry or by a look at it.
    pub(super) fn has_departures(&self, fetched: &[Fetched]) -> bool {
        !self.gone.is_empty()
            || fetched
                .iter()
                .any(|fetched| matches!(fetched, Fetched::Gone | Fetched::Failed(_)))
    }

    /// Whether the server began its list anew without saying so (R11): an item is named once more although it has not changed
    /// since an earlier list named it. It may also have been moved away, which changes no ChangeKey: only a look tells.
    pub(super) fn is_restarted(&self, fetched: &[Fetched]) -> bool {
        let still_there = |id: &ItemId, fetched: &Fetched| {
            let link = self.links.get(id);
            matches!(fetched, Fetched::Item(item)
                if link.is_some_and(|link| link.change_key.as_ref() == Some(&item.change_key)))
        };
        self.repeated.len() > MANY_REPEATED
            || self
                .wanted
                .iter()
                .zip(fetched)
                .any(|(id, fetched)| self.repeated.contains(id) && still_there(id, fetched))
    }
}
