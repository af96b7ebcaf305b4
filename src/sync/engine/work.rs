//! Work on items: what is intended for each of them, planned under the store's locks and applied in one transaction.

use super::Engine;
use super::page::PIECE;
use crate::sync::error::SyncError;
use crate::sync::ids::{ChangeKey, RowKey};
use crate::sync::link::{Link, LinkDraft, LinkState, Named};
use crate::sync::matching::MatchKey;
use crate::sync::plan::{Absorb, Ruling, absorb, leave_out};
use crate::sync::policy::ConflictPolicy;
use crate::sync::ports::{
    Applied, Batch, Effect, Hold, HoldKind, Item, LinkWrite, Observer, Seen, Side, Step, Target,
};
use crate::sync::report::Report;

/// What is to happen to an item once it is under the store's locks.
pub(super) enum Intent {
    /// It is taken over into the row of this key, if one is known.
    Absorb(Box<Item>, Option<RowKey>),
    MarkGone,
    /// It is left out, in this version.
    LeaveOut(ChangeKey),
    Park(Vec<MatchKey>),
    Hold(String, bool),
}

impl Engine<'_> {
    /// Plans and applies work, and counts what came of it; gives what became of each part. Much work is done in several transactions,
    /// so that none holds rows for long that the app may be about to save (R3); what else the batch is to do, and the cursor, comes
    /// with the last of them. `listed` tells whether a change list has named the items.
    pub(super) fn carry_out(
        &mut self,
        batch: Batch,
        mut work: Vec<(Target, Intent)>,
        listed: bool,
        report: &mut Report,
        observer: &mut dyn Observer,
    ) -> Result<Vec<Applied>, SyncError> {
        // A cursor that does not move will not tell what becomes of the items that it named.
        let listed = listed && !self.unmoved;
        let mut applied = Vec::with_capacity(work.len());
        while work.len() > PIECE {
            let rest = work.split_off(PIECE);
            let piece = Batch {
                pass: batch
                    .cursor
                    .as_ref()
                    .map(|cursor| cursor.generation)
                    .or(batch.pass),
                park_missed: batch.park_missed,
                ..Batch::default()
            };
            let now = std::mem::replace(&mut work, rest);
            applied.append(&mut self.carry_out_at_once(piece, now, listed, report, observer)?);
        }
        applied.append(&mut self.carry_out_at_once(batch, work, listed, report, observer)?);
        Ok(applied)
    }

    fn carry_out_at_once(
        &mut self,
        mut batch: Batch,
        work: Vec<(Target, Intent)>,
        listed: bool,
        report: &mut Report,
        observer: &mut dyn Observer,
    ) -> Result<Vec<Applied>, SyncError> {
        let (targets, intents): (Vec<Target>, Vec<Intent>) = work.into_iter().unzip();
        if targets.is_empty()
            && batch.met.is_empty()
            && batch.forget.is_empty()
            && batch.cursor.is_none()
        {
            return Ok(Vec::new());
        }
        let rulings = self.ask_about(&intents, observer)?;
        let told = batch.cursor.is_some() || batch.pass.is_some();
        batch.targets = targets;
        let book = self.book.clone();
        let applied = self.store.apply(
            &batch,
            &mut |seen: &Seen<'_>| match intents.get(seen.index) {
                Some(Intent::Absorb(item, _)) => {
                    // What was left out and is a contact again follows the rules of the first run (R17).
                    let is_detached = |link: &Link| link.state == LinkState::Detached;
                    let pairing =
                        matches!(batch.targets.get(seen.index), Some(Target::Pairing(..)))
                            || seen.link.is_some_and(is_detached);
                    let what = Absorb {
                        item,
                        rulings: rulings.get(seen.index).map_or(&[], Vec::as_slice),
                        pairing,
                        listed,
                    };
                    absorb(seen, &what, &book.rules())
                }
                Some(Intent::MarkGone) => mark_gone(seen, told),
                Some(Intent::LeaveOut(version)) => leave_out(seen.link, version.clone()),
                Some(Intent::Park(keys)) => Step {
                    park: Some(keys.clone()),
                    effect: Effect::Parked,
                    ..Step::nothing()
                },
                Some(Intent::Hold(reason, passing)) => unread(reason, *passing),
                None => Step::nothing(),
            },
        )?;
        for applied in &applied {
            match applied {
                Applied::Done {
                    effect, conflicts, ..
                } => {
                    report.count(*effect);
                    report.conflicts += *conflicts as u64;
                }
                Applied::Held(..) => report.count(Effect::Held),
                Applied::Missed(_) => {}
            }
        }
        Ok(applied)
    }

    fn ask_about(
        &mut self,
        intents: &[Intent],
        observer: &mut dyn Observer,
    ) -> Result<Vec<Vec<Ruling>>, SyncError> {
        let mut rulings = vec![Vec::new(); intents.len()];
        if self.book.policy.conflict != ConflictPolicy::Ask {
            return Ok(rulings);
        }
        let keyed: Vec<(usize, &Item, RowKey)> = intents
            .iter()
            .enumerate()
            .filter_map(|(index, intent)| match intent {
                Intent::Absorb(item, Some(key)) => Some((index, item.as_ref(), key.clone())),
                Intent::Absorb(_, None)
                | Intent::MarkGone
                | Intent::LeaveOut(_)
                | Intent::Park(_)
                | Intent::Hold(..) => None,
            })
            .collect();
        let keys: Vec<RowKey> = keyed.iter().map(|(_, _, key)| key.clone()).collect();
        let looks = self.store.look(&keys)?;
        let pairs: Vec<_> = looks
            .iter()
            .zip(&keyed)
            .map(|(look, (_, item, _))| (look, *item))
            .collect();
        let answers = self.rulings(&pairs, observer)?;
        for ((index, _, _), answer) in keyed.iter().zip(answers) {
            if let Some(place) = rulings.get_mut(*index) {
                *place = answer;
            }
        }
        Ok(rulings)
    }
}

/// The item is gone. Unless it is `told` by a list, the next list may name it under another id, and the row waits for that (R10).
fn mark_gone(seen: &Seen<'_>, told: bool) -> Step {
    let Some(link) = seen.link else {
        return Step::nothing();
    };
    match link.state {
        LinkState::RemoteGone | LinkState::Detached => Step {
            unpark: true,
            ..Step::nothing()
        },
        LinkState::Creating | LinkState::Linked => Step {
            unpark: true,
            settles: Some(Side::Row),
            link: LinkWrite::Save(Box::new(LinkDraft {
                state: LinkState::RemoteGone,
                named: if told { Named::Yes } else { Named::NotYet },
                ..LinkDraft::of(link)
            })),
            effect: Effect::MarkedGone,
            ..Step::nothing()
        },
    }
}

/// An item that Exchange could not give waits, when the trouble may pass, or is held.
fn unread(reason: &str, passing: bool) -> Step {
    if passing {
        return Step {
            park: Some(Vec::new()),
            effect: Effect::Parked,
            ..Step::nothing()
        };
    }
    Step {
        unpark: true,
        hold: Some(Hold {
            side: Side::Row,
            kind: HoldKind::Refused,
            reason: format!("Exchange could not give this item: {reason}"),
            contact: crate::contact::Contact::new(),
        }),
        effect: Effect::Held,
        ..Step::nothing()
    }
}
