//! The `Store` port of a session.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use exchange_contact_sync::contact::{Contact, Fingerprint, Picture, Property, Value};
use exchange_contact_sync::sync::back_off::{BackOff, Pause};
use exchange_contact_sync::sync::clock::Skew;
use exchange_contact_sync::sync::error::{RemoteClass, StoreClass, StoreError};
use exchange_contact_sync::sync::ids::{ItemId, LinkId, Moment, OutboxId, RowKey, Stamp};
use exchange_contact_sync::sync::link::{LinkRef, LinkState, Named};
use exchange_contact_sync::sync::matching::MatchKey;
use exchange_contact_sync::sync::ports::{
    Applied, Asked, Batch, Candidate, ConflictRecord, Counts, Errand, GoneCounts, HeldRecord,
    HoldKind, Identity, Lease, Look, PairState, Parked, Pending, Planned, Seen, Side, Standing,
    Step, Store, Unnoted,
};

use super::session::{MemoryStore, answered, is_due, page};
use crate::script::Fault;

impl Store for MemoryStore {
    fn mapped(&self) -> &[Property] {
        &self.mapped
    }

    fn pair(&mut self) -> Result<PairState, StoreError> {
        self.call("pair", |tables, now| {
            let pair = &tables.pair;
            let pause = pair.back_off.as_ref().map(|(end, back_off)| Pause {
                left: Duration::from_micros((end.0 - now.0).max(0) as u64),
                class: back_off.class,
                reason: back_off.reason.clone(),
            });
            Ok(PairState {
                standing: Standing {
                    identity: pair.identity.clone(),
                    paired: pair.paired,
                    pause,
                    failures: pair.failures,
                    checks_versions: pair.checks_versions,
                },
                cursor: pair.cursor.clone(),
                generation: pair.generation,
                pass_complete: pair.pass_complete,
                pass_due: pair
                    .passed
                    .is_none_or(|passed| now.0 - passed.0 > 86_400_000_000),
                last_pull: pair.last_pull,
                last_push: pair.last_push,
                mapping_changed: pair.paired && pair.mapped != tables.schema.mapped,
                triggers: tables.schema.triggers,
            })
        })
    }

    fn bind(&mut self, identity: &Identity) -> Result<(), StoreError> {
        self.call("bind", |tables, _| match &tables.pair.identity {
            Some(known) if known != identity => Err(StoreError::new(
                StoreClass::Identity,
                "the pair is bound to another folder",
            )),
            _ => {
                tables.pair.identity = Some(identity.clone());
                Ok(())
            }
        })
    }

    fn lease(&mut self, leases: &[Lease]) -> Result<Vec<bool>, StoreError> {
        let session = self.session;
        self.call("lease", |tables, now| {
            let mut granted = Vec::new();
            for lease in leases {
                let free = match lease {
                    Lease::Turn(_) => tables.has_turn(session),
                    Lease::Pull | Lease::Move | Lease::Row(_) => tables
                        .leases
                        .iter()
                        .all(|(owner, known)| *owner == session || known != lease),
                };
                if free {
                    tables.leases.push((session, lease.clone()));
                    if *lease == Lease::Pull {
                        tables.pair.pull_began = Some(now);
                    }
                }
                granted.push(free);
            }
            Ok(granted)
        })
    }

    fn await_pull(&mut self) -> Result<(), StoreError> {
        self.call("await_pull", |_, _| Ok(()))
    }

    fn await_turn(&mut self, errand: Errand) -> Result<bool, StoreError> {
        let session = self.session;
        self.call("await_turn", |tables, _| {
            let free = tables.has_turn(session);
            if free {
                tables.leases.push((session, Lease::Turn(errand)));
            }
            Ok(free)
        })
    }

    fn release(&mut self, leases: &[Lease]) -> Result<(), StoreError> {
        let session = self.session;
        self.call("release", |tables, _| {
            tables
                .leases
                .retain(|(owner, lease)| *owner != session || !leases.contains(lease));
            Ok(())
        })
    }

    fn enqueue(&mut self, key: &RowKey) -> Result<(RowKey, Standing), StoreError> {
        let key = self.call("enqueue", |tables, now| {
            let number: u64 = key.as_str().trim().parse().map_err(|_| {
                StoreError::new(
                    StoreClass::Config,
                    "the key is no number, as the table's are",
                )
            })?;
            let key = RowKey::new(number.to_string());
            tables.note(&key, now);
            Ok(key)
        })?;
        Ok((key, self.pair()?.standing))
    }

    fn enqueue_unlinked(&mut self) -> Result<u64, StoreError> {
        self.call("enqueue_unlinked", |tables, now| {
            Ok(tables.enqueue_unlinked(now))
        })
    }

    fn compare_rows(&mut self, _all: bool) -> Result<Unnoted, StoreError> {
        self.call("compare_rows", |tables, now| {
            tables.pair.had_triggers |= tables.schema.triggers;
            Ok(tables.compare_rows(now))
        })
    }

    fn enqueue_all(&mut self, keys: &[RowKey]) -> Result<(), StoreError> {
        self.call("enqueue_all", |tables, now| {
            for key in keys {
                tables.note(key, now);
            }
            Ok(())
        })
    }

    fn ask_about(&mut self, what: Asked, links: &[LinkId]) -> Result<(), StoreError> {
        self.call("ask_about", |tables, _| {
            let wanted: BTreeSet<LinkId> = links.iter().copied().collect();
            let known = tables
                .asked
                .insert(what, wanted.clone())
                .unwrap_or_default();
            tables.own_writes += known.symmetric_difference(&wanted).count() as u64;
            Ok(())
        })
    }

    fn asked_about(&mut self, what: Asked) -> Result<Vec<(LinkId, RowKey)>, StoreError> {
        self.call("asked_about", |tables, _| {
            let asked = tables.asked.get(&what).into_iter().flatten();
            let links = asked.filter_map(|id| Some((*id, tables.links.get(id)?.key.clone())));
            Ok(links.collect())
        })
    }

    fn pending(&mut self, after: OutboxId, limit: usize) -> Result<Vec<Pending>, StoreError> {
        self.call("pending", |tables, _| {
            let mut pending: Vec<Pending> = Vec::new();
            for (first, (key, _)) in &tables.outbox {
                if !pending.iter().any(|known| known.key == *key) {
                    pending.push(Pending {
                        key: key.clone(),
                        first: *first,
                        tries: tables.tries.get(key).copied().unwrap_or_default(),
                    });
                }
            }
            pending.retain(|row| row.first > after);
            pending.truncate(limit);
            Ok(pending)
        })
    }

    fn look(&mut self, keys: &[RowKey]) -> Result<Vec<Look>, StoreError> {
        self.call("look", |tables, now| {
            Ok(keys.iter().map(|key| tables.look(key, now)).collect())
        })
    }

    fn picture(&mut self, key: &RowKey, print: Fingerprint) -> Result<Option<Picture>, StoreError> {
        self.call("picture", |tables, _| {
            let row = tables.rows.get(key);
            Ok(match row.and_then(|row| row.contact.get(Property::Photo)) {
                Some(Value::Picture(picture)) if picture.print() == print => Some(picture.clone()),
                _ => None,
            })
        })
    }

    fn delivery_failed(&mut self, keys: &[RowKey]) -> Result<(), StoreError> {
        self.call("delivery_failed", |tables, _| {
            for key in keys {
                *tables.tries.entry(key.clone()).or_default() += 1;
                tables.own_writes += 1;
            }
            Ok(())
        })
    }

    fn links_of(&mut self, items: &[ItemId]) -> Result<Vec<LinkRef>, StoreError> {
        self.call("links_of", |tables, _| {
            let ids = items.iter().filter_map(|item| tables.link_by_item(item));
            Ok(ids.map(|id| tables.link_ref(id)).collect())
        })
    }

    fn links_stamped(&mut self, stamps: &[Stamp]) -> Result<Vec<(Stamp, LinkRef)>, StoreError> {
        self.call("links_stamped", |tables, _| {
            let mut found = Vec::new();
            for (id, link) in &tables.links {
                let begun = link.attempts.iter().map(|(stamp, _)| stamp);
                for stamp in begun.chain(&link.failed) {
                    if stamps.contains(stamp) {
                        found.push((stamp.clone(), tables.link_ref(*id)));
                    }
                }
            }
            Ok(found)
        })
    }

    fn tombstones(&mut self, items: &[ItemId]) -> Result<Vec<ItemId>, StoreError> {
        self.call("tombstones", |tables, _| {
            let ended = |item: &&ItemId| {
                let mut stones = tables.tombstones.iter();
                stones.any(|stone| stone.item.as_ref() == Some(item))
            };
            Ok(items.iter().filter(ended).cloned().collect())
        })
    }

    fn apply_planned(&mut self, planned: &Planned<'_>) -> Result<Vec<Applied>, StoreError> {
        if planned.in_place {
            let now = self.database.now();
            self.database
                .with(|tables| tables.check_in_place(planned, now));
        }
        self.apply(&planned.batch(), &mut |seen| planned.step(seen))
    }

    fn apply(
        &mut self,
        batch: &Batch,
        plan: &mut dyn FnMut(&Seen<'_>) -> Step,
    ) -> Result<Vec<Applied>, StoreError> {
        let fault = self.begin("apply")?;
        let (database, script) = (self.database.clone(), Arc::clone(&self.script));
        if fault == Some(Fault::Deadlock) {
            let now = database.now();
            script.transaction(|| database.with(|tables| tables.plan(batch, now, plan)));
            self.begin("apply after a deadlock")?;
        }
        let now = database.now();
        let result = script.transaction(|| {
            database.with(|tables| {
                if let Some(cursor) = &batch.cursor
                    && cursor.from != tables.pair.cursor
                {
                    return Err(StoreError::new(
                        StoreClass::Contended,
                        "another process has moved the cursor",
                    ));
                }
                let steps = tables.plan(batch, now, plan);
                Ok(tables.carry_out(batch, &steps, now))
            })
        });
        answered(fault, result)
    }

    fn attempts_failed(&mut self, link: LinkId, stamps: &[Stamp]) -> Result<(), StoreError> {
        self.call("attempts_failed", |tables, _| {
            if let Some(link) = tables.links.get_mut(&link) {
                link.attempts.retain(|(stamp, _)| !stamps.contains(stamp));
                link.failed.extend(stamps.iter().cloned());
                tables.own_writes += 1;
            }
            Ok(())
        })
    }

    fn parked(&mut self, after: Option<&ItemId>, limit: usize) -> Result<Vec<Parked>, StoreError> {
        self.call("parked", |tables, _| {
            let following = tables
                .parked
                .iter()
                .filter(|(item, _)| after.is_none_or(|after| *item > after));
            let parked = following.map(|(item, keys)| Parked {
                item: item.clone(),
                keys: keys.clone(),
            });
            Ok(parked.take(limit).collect())
        })
    }

    fn index_candidates(
        &mut self,
        keys_of: &dyn Fn(&Contact) -> Vec<MatchKey>,
    ) -> Result<u64, StoreError> {
        self.call("index_candidates", |tables, now| {
            Ok(tables.index_candidates(keys_of, now))
        })
    }

    fn candidates(&mut self, keys: &[MatchKey]) -> Result<Vec<Candidate>, StoreError> {
        self.call("candidates", |tables, _| Ok(tables.candidates(keys)))
    }

    fn rivals(&mut self, keys: &[MatchKey]) -> Result<Vec<u64>, StoreError> {
        self.call("rivals", |tables, _| {
            let sharing = |key| {
                tables
                    .parked
                    .values()
                    .filter(move |keys| keys.contains(key))
            };
            Ok(keys.iter().map(|key| sharing(key).count() as u64).collect())
        })
    }

    fn not_met(
        &mut self,
        generation: u64,
        after: LinkId,
        limit: usize,
    ) -> Result<Vec<LinkRef>, StoreError> {
        self.call("not_met", |tables, _| {
            let wanted = |link: &LinkRef| {
                link.named == Named::Yes
                    && link.generation < generation
                    && link.state == LinkState::Linked
            };
            Ok(page(tables, after, limit, wanted, |link| link))
        })
    }

    fn never_seen(&mut self, after: LinkId, limit: usize) -> Result<Vec<LinkRef>, StoreError> {
        self.call("never_seen", |tables, _| {
            let began = tables.pair.pull_began;
            let wanted = |link: &LinkRef| {
                let joined = tables.links[&link.id].joined;
                link.named != Named::Yes
                    && link.state == LinkState::Linked
                    && began.is_some_and(|at| joined < at)
            };
            Ok(page(tables, after, limit, wanted, |link| link))
        })
    }

    fn begin_list(&mut self) -> Result<(), StoreError> {
        self.call("begin_list", |tables, _| {
            let gone = tables.links.values_mut();
            for link in
                gone.filter(|link| link.state == LinkState::RemoteGone && link.named != Named::Yes)
            {
                link.named = Named::Yes;
                tables.own_writes += 1;
            }
            Ok(())
        })
    }

    fn gone(&mut self, after: LinkId, limit: usize) -> Result<Vec<LinkRef>, StoreError> {
        self.call("gone", |tables, now| {
            let waits = |link: &LinkRef| {
                let mut held = tables.held.values();
                held.any(|record| record.key.as_ref() == Some(&link.key) && !is_due(record, now))
            };
            let wanted = |link: &LinkRef| {
                link.state == LinkState::RemoteGone && link.named == Named::Yes && !waits(link)
            };
            Ok(page(tables, after, limit, wanted, |link| link))
        })
    }

    fn gone_counts(&mut self) -> Result<GoneCounts, StoreError> {
        self.call("gone_counts", |tables, now| {
            let waiting = tables.links.values().filter(|link| {
                link.state == LinkState::RemoteGone && tables.rows.contains_key(&link.key)
            });
            let today = tables.deleted_for_remote.iter();
            Ok(GoneCounts {
                waiting: waiting.count() as u64,
                done_today: today.filter(|at| now.seconds_since(**at) < 86_400).count() as u64,
                linked: tables.links.len() as u64,
            })
        })
    }

    fn held_due(
        &mut self,
        side: Side,
        after: u64,
        limit: usize,
    ) -> Result<Vec<HeldRecord>, StoreError> {
        self.call("held_due", |tables, now| {
            let records = tables.held.values().filter(|record| {
                record.hold.side == side && record.id > after && is_due(record, now)
            });
            Ok(records.take(limit).cloned().collect())
        })
    }

    fn refused(
        &mut self,
        tries: u32,
        after: u64,
        limit: usize,
    ) -> Result<Vec<HeldRecord>, StoreError> {
        self.call("refused", |tables, _| {
            let records = tables.held.values().filter(|record| {
                let hold = &record.hold;
                let unread = hold.side == Side::Row && hold.kind == HoldKind::Refused;
                unread && record.key.is_some() && record.id > after && record.tries <= tries
            });
            Ok(records.take(limit).cloned().collect())
        })
    }

    fn held(&mut self) -> Result<Vec<HeldRecord>, StoreError> {
        self.call("held", |tables, _| {
            Ok(tables.held.values().cloned().collect())
        })
    }

    fn conflicts(&mut self) -> Result<Vec<ConflictRecord>, StoreError> {
        self.call("conflicts", |tables, _| {
            let mut open = tables.conflicts.clone();
            open.retain(|record| !tables.acknowledged.contains(&record.id));
            Ok(open)
        })
    }

    fn acknowledge(&mut self, id: u64) -> Result<bool, StoreError> {
        self.call("acknowledge", |tables, _| {
            let known = tables.conflicts.iter().any(|record| record.id == id);
            Ok(known && tables.acknowledged.insert(id))
        })
    }

    fn back_off(&mut self, back_off: &BackOff) -> Result<(), StoreError> {
        self.call("back_off", |tables, now| {
            let part = tables.next() % 5;
            let wait = back_off.wait + back_off.spread * part as u32 / 4;
            let until = Moment(now.0 + wait.as_micros() as i64);
            let told = tables
                .pair
                .back_off
                .as_ref()
                .filter(|(_, known)| known.class == RemoteClass::Throttled);
            let until = told.map_or(until, |(known, _)| until.max(*known));
            tables.pair.back_off = Some((until, back_off.clone()));
            tables.pair.failures = tables.pair.failures.max(back_off.failures);
            Ok(())
        })
    }

    fn probe(&mut self) -> Result<bool, StoreError> {
        self.call("probe", |tables, now| {
            let back_off = &mut tables.pair.back_off;
            let over = back_off.as_mut().filter(|(end, _)| *end <= now);
            Ok(over
                .map(|(end, _)| *end = Moment(now.0 + 15_000_000))
                .is_some())
        })
    }

    fn leave_probe(&mut self) -> Result<(), StoreError> {
        self.call("leave_probe", |tables, now| {
            if let Some((end, _)) = &mut tables.pair.back_off {
                *end = now;
            }
            Ok(())
        })
    }

    fn recovered(&mut self) -> Result<(), StoreError> {
        self.call("recovered", |tables, _| {
            tables.pair.back_off = None;
            tables.pair.failures = 0;
            Ok(())
        })
    }

    fn note_version_check(&mut self, checks: bool) -> Result<(), StoreError> {
        self.call("note_version_check", |tables, _| {
            tables.pair.checks_versions = Some(checks);
            Ok(())
        })
    }

    fn clock(&self) -> Option<Skew> {
        Some(Skew::default())
    }

    fn reset_cursor(&mut self) -> Result<(), StoreError> {
        self.call("reset_cursor", |tables, _| {
            tables.pair.cursor = None;
            tables.pair.generation += 1;
            tables.parked.clear();
            Ok(())
        })
    }

    fn finish_pull(&mut self) -> Result<(), StoreError> {
        self.call("finish_pull", |tables, now| {
            let began = tables.pair.pull_began;
            tables
                .tombstones
                .retain(|stone| began.is_none_or(|at| stone.ended >= at));
            tables.index.clear();
            tables.pair.last_pull = Some(now);
            Ok(())
        })
    }

    fn counts(&mut self) -> Result<Counts, StoreError> {
        self.call("counts", |tables, _| {
            let of = |state| {
                tables
                    .links
                    .values()
                    .filter(move |link| link.state == state)
            };
            let mut pending: Vec<&RowKey> = tables.outbox.values().map(|(key, _)| key).collect();
            pending.sort();
            pending.dedup();
            let open = tables.conflicts.len() - tables.acknowledged.len();
            Ok(Counts {
                linked: of(LinkState::Linked).count() as u64,
                pending: pending.len() as u64,
                held: tables.held.len() as u64,
                conflicts: open as u64,
                gone: of(LinkState::RemoteGone).count() as u64,
            })
        })
    }

    fn rows(&mut self, after: Option<&RowKey>, limit: usize) -> Result<Vec<Look>, StoreError> {
        self.call("rows", |tables, now| {
            let following = tables
                .rows
                .iter()
                .filter(|(key, row)| row.in_scope && after.is_none_or(|after| *key > after));
            let keys = following.map(|(key, _)| key).take(limit);
            Ok(keys.map(|key| tables.look(key, now)).collect())
        })
    }
}
