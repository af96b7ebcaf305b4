//! What is found by comparing: rows that changed without a note, and rows that an unknown item may match.

use exchange_contact_sync::contact::Contact;
use exchange_contact_sync::sync::ids::{LinkVersion, Moment, RowKey};
use exchange_contact_sync::sync::link::LinkState;
use exchange_contact_sync::sync::matching::MatchKey;
use exchange_contact_sync::sync::ports::{Candidate, RowSeen, Side, Unnoted};

use super::tables::Tables;

impl Tables {
    /// Notes every row of the scope that no link knows.
    pub(super) fn enqueue_unlinked(&mut self, now: Moment) -> u64 {
        let rows = self.rows.iter().filter(|(_, row)| row.in_scope);
        let keys: Vec<RowKey> = rows.map(|(key, _)| key.clone()).collect();
        let mut noted = 0;
        for key in keys {
            let known = self.link_by_key(&key).is_some() || self.is_noted(&key);
            if !known && !self.is_held(&key, Side::Item) {
                self.note(&key, now);
                noted += 1;
            }
        }
        noted
    }

    /// Finds rows that differ from their base, and links without a row.
    pub(super) fn compare_rows(&self, now: Moment) -> Unnoted {
        let mut found = Unnoted {
            by_surprise: self.schema.triggers || self.pair.had_triggers,
            ..Unnoted::default()
        };
        for id in self.links.keys().copied() {
            let Some(link) = self.link(id, now) else {
                continue;
            };
            if self.is_noted(&link.key) || self.is_held(&link.key, Side::Item) {
                continue;
            }
            let alive = matches!(link.state, LinkState::Linked | LinkState::RemoteGone);
            match self.row_seen(&link.key) {
                RowSeen::Absent if link.state != LinkState::Detached || link.item.is_none() => {
                    found.others.push(link.key);
                }
                RowSeen::Present(row) if alive && !row.in_scope => found.others.push(link.key),
                RowSeen::Present(row) if alive => {
                    let mapped = &self.schema.mapped;
                    if !link.base.row_changes(&row.contact, mapped).is_empty() {
                        found.differing.push((link.key, id));
                    }
                }
                RowSeen::Absent | RowSeen::Present(_) | RowSeen::Locked => {}
            }
        }
        found
    }

    /// Builds the index of rows without a link and of links whose item is gone.
    pub(super) fn index_candidates(
        &mut self,
        keys_of: &dyn Fn(&Contact) -> Vec<MatchKey>,
        now: Moment,
    ) -> u64 {
        let mut index = Vec::new();
        let mut rows = 0;
        for (key, row) in &self.rows {
            if row.in_scope && self.link_by_key(key).is_none() {
                rows += 1;
                let keys = keys_of(&row.contact.only(&self.schema.mapped));
                index.extend(keys.into_iter().map(|shared| Candidate {
                    shared,
                    key: key.clone(),
                    link: None,
                }));
            }
        }
        for (id, link) in &self.links {
            if link.state != LinkState::RemoteGone {
                continue;
            }
            rows += 1;
            let base = self.link(*id, now).expect("a link").base;
            let mut keys = keys_of(&base.item());
            if let Some(row) = self.rows.get(&link.key) {
                keys.extend(keys_of(&row.contact.only(&self.schema.mapped)));
            }
            keys.sort_unstable();
            keys.dedup();
            index.extend(keys.into_iter().map(|shared| Candidate {
                shared,
                key: link.key.clone(),
                link: Some((*id, LinkVersion(link.version))),
            }));
        }
        self.index = index;
        rows
    }

    /// The entries of the index with one of these keys that are still free.
    pub(super) fn candidates(&self, keys: &[MatchKey]) -> Vec<Candidate> {
        let free = |candidate: &&Candidate| match candidate.link {
            None => self.link_by_key(&candidate.key).is_none(),
            Some((id, _)) => {
                let now = self.links.get(&id).map(|link| link.state);
                now == Some(LinkState::RemoteGone)
            }
        };
        let shared = self
            .index
            .iter()
            .filter(|entry| keys.contains(&entry.shared));
        shared.filter(free).cloned().collect()
    }
}
