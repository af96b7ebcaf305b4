//! The part of the port that moves the pair to another kind of server.

use super::MySqlStore;
use crate::mysql::moving;
use crate::sync::error::StoreError;
use crate::sync::ids::{ItemId, LinkId};
use crate::sync::link::LinkRef;
use crate::sync::ports::{Identity, MoveCounts, MoveStore, Staged};

impl MoveStore for MySqlStore {
    fn begin_move(&mut self, kind: &str) -> Result<(), StoreError> {
        self.call(|db, ready| moving::begin(db, ready.pair, kind))
    }

    fn unstaged(&mut self, limit: usize) -> Result<Vec<ItemId>, StoreError> {
        self.call(|db, ready| moving::unstaged(db, ready.pair, limit))
    }

    fn stage(&mut self, kind: &str, staged: &[Staged]) -> Result<(), StoreError> {
        self.call(|db, ready| moving::stage(db, ready.pair, kind, staged))
    }

    fn stage_listed(&mut self, items: &[ItemId]) -> Result<Vec<bool>, StoreError> {
        self.call(|db, ready| moving::stage_listed(db, ready.pair, items))
    }

    fn unfound(&mut self, after: LinkId, limit: usize) -> Result<Vec<LinkRef>, StoreError> {
        self.call(|db, ready| moving::unfound(db, ready, after, limit))
    }

    fn move_counts(&mut self) -> Result<MoveCounts, StoreError> {
        self.call(|db, ready| moving::counts(db, ready.pair))
    }

    fn switch(&mut self, from: &Identity, to: &Identity) -> Result<bool, StoreError> {
        let config = self.config.clone();
        let mailbox = config.mailbox.to_lowercase();
        let configured = [&config.server, &mailbox, &config.folder].map(String::as_str);
        self.call(|db, ready| moving::switch(db, ready, from, to, configured))
    }
}
