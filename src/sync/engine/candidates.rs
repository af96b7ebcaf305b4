//! Deciding which unknown items and which rows are one contact, by keys alone.

use std::collections::{HashMap, HashSet};

use super::Engine;
use crate::sync::error::SyncError;
use crate::sync::ids::{ItemId, LinkId, LinkVersion, RowKey};
use crate::sync::matching::{MatchKey, MatchKind, Verdict, decide};
use crate::sync::ports::{Candidate, Parked};

/// A row that an item is one contact with, and its link when that item is gone.
pub(super) type Partner = (RowKey, Option<(LinkId, LinkVersion)>);

impl Engine<'_> {
    /// The partners of parked items by one kind of key; items that share no key or are ambiguous are left out.
    pub(super) fn partners(
        &mut self,
        parked: &[Parked],
        kind: MatchKind,
    ) -> Result<Vec<(ItemId, Partner)>, SyncError> {
        let keys: Vec<MatchKey> = parked
            .iter()
            .flat_map(|parked| &parked.keys)
            .filter(|key| key.kind == kind)
            .copied()
            .collect();
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        let mut rows: HashMap<MatchKey, Vec<Partner>> = HashMap::new();
        for candidate in self.telling(&keys)? {
            rows.entry(candidate.shared)
                .or_default()
                .push((candidate.key, candidate.link));
        }
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        let rivals: HashMap<MatchKey, u64> = keys
            .iter()
            .copied()
            .zip(self.store.rivals(&keys)?)
            .collect();
        let mut taken: HashSet<RowKey> = HashSet::new();
        let mut partners = Vec::new();
        for parked in parked {
            let shared: Vec<(Vec<Partner>, u64)> = parked
                .keys
                .iter()
                .filter(|key| key.kind == kind)
                .map(|key| {
                    (
                        rows.get(key).cloned().unwrap_or_default(),
                        rivals.get(key).copied().unwrap_or(1),
                    )
                })
                .collect();
            if let Verdict::Match(partner) = decide(&shared)
                && taken.insert(partner.0.clone())
            {
                partners.push((parked.item.clone(), partner));
            }
        }
        Ok(partners)
    }

    /// The candidates about which the key that they share says anything.
    pub(super) fn telling(&mut self, keys: &[MatchKey]) -> Result<Vec<Candidate>, SyncError> {
        let mut candidates = self.store.candidates(keys)?;
        candidates.retain(|candidate| candidate.shared.kind.tells(candidate.link.is_some()));
        Ok(candidates)
    }

    /// Which of these parked items share a key with a row, and so were not taken for new without a doubt.
    pub(super) fn doubtful(
        &mut self,
        parked: &[Parked],
    ) -> Result<Vec<(ItemId, RowKey)>, SyncError> {
        let keys: Vec<MatchKey> = parked
            .iter()
            .flat_map(|parked| parked.keys.iter().copied())
            .collect();
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        let rows: HashMap<MatchKey, RowKey> = self
            .telling(&keys)?
            .into_iter()
            .map(|candidate| (candidate.shared, candidate.key))
            .collect();
        Ok(parked
            .iter()
            .filter_map(|parked| {
                let row = parked.keys.iter().find_map(|key| rows.get(key))?;
                Some((parked.item.clone(), row.clone()))
            })
            .collect())
    }
}
