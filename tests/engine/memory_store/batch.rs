//! Applying a batch in one transaction, with the table's constraints.

use std::collections::BTreeMap;

use exchange_contact_sync::contact::{Changes, Contact, Property, Value};
use exchange_contact_sync::sync::ids::{ItemId, LinkId, LinkVersion, Moment, RowKey, Stamp};
use exchange_contact_sync::sync::link;
use exchange_contact_sync::sync::link::LinkState;
use exchange_contact_sync::sync::ports::{
    Applied, Batch, Conflict, ConflictRecord, Effect, HeldRecord, Hold, HoldKind, LinkWrite,
    Missed, RowWrite, Side, Step,
};

use super::app::all_of;
use super::planning::Named;
use super::tables::{AppRow, Tables};

type Refusals = BTreeMap<usize, (HoldKind, String)>;

impl Tables {
    /// Applies the steps. Rows that the table refuses are held instead, found by trying without them.
    pub(crate) fn carry_out(
        &mut self,
        batch: &Batch,
        steps: &[Result<Step, Missed>],
        now: Moment,
    ) -> Vec<Applied> {
        let mut refused = Refusals::new();
        loop {
            let mut attempt = self.clone();
            match attempt.try_out(batch, steps, &refused, now) {
                Ok(applied) => {
                    *self = attempt;
                    return applied;
                }
                Err((index, kind, reason)) => refused.insert(index, (kind, reason)),
            };
        }
    }

    fn try_out(
        &mut self,
        batch: &Batch,
        steps: &[Result<Step, Missed>],
        refused: &Refusals,
        now: Moment,
    ) -> Result<Vec<Applied>, (usize, HoldKind, String)> {
        if let Some(cursor) = &batch.cursor {
            let same_pass = self.pair.pass_complete && self.pair.generation == cursor.generation;
            if cursor.pass_complete && !same_pass {
                self.pair.passed = Some(now);
            }
            self.pair.cursor = Some(cursor.to.clone());
            self.pair.generation = cursor.generation;
            self.pair.pass_complete = cursor.pass_complete;
            if cursor.pass_complete {
                self.pair.paired = true;
                self.pair.mapped.clone_from(&self.schema.mapped);
            }
        }
        for item in &batch.forget {
            let parked = self.parked.remove(item).is_some();
            let before = self.held.len();
            self.held
                .retain(|_, record| record.item.as_ref() != Some(item));
            self.own_writes += u64::from(parked) + (before - self.held.len()) as u64;
        }
        let cursor = batch.cursor.as_ref();
        let listed = cursor.map(|cursor| cursor.generation).or(batch.pass);
        let generation = listed.unwrap_or(self.pair.generation);
        let unread = steps.iter().enumerate().filter_map(|(index, step)| {
            let holds = step.as_ref().is_ok_and(|step| step.hold.is_some());
            holds.then_some(index)
        });
        let refused_links = unread
            .chain(refused.keys().copied())
            .filter(|_| listed.is_some())
            .filter_map(|index| self.named(&batch.targets[index]).link);
        let met: Vec<LinkId> = batch.met.iter().copied().chain(refused_links).collect();
        for id in &met {
            if let Some(link) = self.links.get_mut(id) {
                self.own_writes +=
                    u64::from(link.named != link::Named::Yes || link.generation != generation);
                link.named = link::Named::Yes;
                link.generation = generation;
            }
        }
        let mut applied = Vec::new();
        let mut written = Vec::new();
        for (index, (target, step)) in batch.targets.iter().zip(steps).enumerate() {
            let named = self.named(target);
            applied.push(match step {
                Err(missed) => {
                    if let (true, Some(item)) = (batch.park_missed, named.item) {
                        self.own_writes += 1;
                        self.parked.entry(item).or_default();
                    }
                    Applied::Missed(*missed)
                }
                Ok(step) => match refused.get(&index) {
                    Some((kind, reason)) => {
                        let hold = Hold {
                            side: Side::Row,
                            kind: *kind,
                            reason: reason.clone(),
                            contact: refused_values(&step.row),
                        };
                        let item = item_of(&step.link).or(named.item);
                        if let (true, Some(item)) = (step.unpark, &item) {
                            self.parked.remove(item);
                        }
                        self.hold(named.key, item, &hold, now);
                        Applied::Held(*kind, reason.clone())
                    }
                    None => {
                        let conflicts = self.with_pictures(&named, step);
                        let key = self
                            .write_row(&named, step)
                            .map_err(|(kind, reason)| (index, kind, reason))?;
                        written.extend(key.clone().map(|key| (index, key)));
                        self.write_rest(named, key, step, conflicts, listed, now)
                    }
                },
            });
        }
        for (index, key) in written.into_iter().rev() {
            self.check_unique(&key)
                .map_err(|reason| (index, HoldKind::Constraint, reason))?;
        }
        Ok(applied)
    }

    /// Writes the row; gives its key when it was written.
    fn write_row(
        &mut self,
        named: &Named,
        step: &Step,
    ) -> Result<Option<RowKey>, (HoldKind, String)> {
        let (key, changes) = match &step.row {
            RowWrite::Keep => return Ok(None),
            RowWrite::Insert(contact) => {
                let there = named.key.as_ref().and_then(|key| self.rows.get(key));
                assert!(
                    there.is_none(),
                    "a row is inserted beside the one that is there"
                );
                (RowKey::new(self.next().to_string()), all_of(contact))
            }
            RowWrite::Update(changes) => (named.key.clone().unwrap(), changes.clone()),
            RowWrite::Delete | RowWrite::Mark => (named.key.clone().unwrap(), Changes::new()),
        };
        let outside = changes
            .iter()
            .find(|(property, _)| !self.schema.mapped.contains(property));
        assert!(
            outside.is_none(),
            "an unmapped property is written: {outside:?}"
        );
        self.row_writes += 1;
        let mut row = match &step.row {
            RowWrite::Insert(_) => AppRow {
                in_scope: true,
                ..AppRow::default()
            },
            _ => self
                .rows
                .get(&key)
                .cloned()
                .expect("a write that hits no row"),
        };
        if step.row == RowWrite::Delete {
            if self.referred.contains(&key) {
                return Err((
                    HoldKind::Constraint,
                    "another table refers to the row".into(),
                ));
            }
            self.rows.remove(&key);
            return Ok(None);
        }
        row.marked |= step.row == RowWrite::Mark;
        self.write(&mut row, &changes);
        for (property, max) in &self.schema.max_length {
            if row
                .contact
                .text(*property)
                .is_some_and(|text| text.chars().count() > *max)
            {
                return Err((HoldKind::Unfit, format!("{property} is too long")));
            }
        }
        for property in &self.schema.required {
            if row.contact.get(*property).is_none() {
                return Err((HoldKind::Unfit, format!("{property} may not be empty")));
            }
        }
        self.rows.insert(key.clone(), row);
        Ok(Some(key))
    }

    fn check_unique(&self, key: &RowKey) -> Result<(), String> {
        let folded = |row: &AppRow, property| row.contact.text(property).map(str::to_lowercase);
        for property in &self.schema.unique {
            let Some(mine) = self.rows.get(key).and_then(|row| folded(row, *property)) else {
                continue;
            };
            let mut others = self.rows.iter().filter(|(other, _)| *other != key);
            if others.any(|(_, row)| folded(row, *property).as_ref() == Some(&mine)) {
                return Err(format!("{property} belongs to another row"));
            }
        }
        Ok(())
    }

    /// The conflicts of a step, in which the row's picture is there with its bytes.
    fn with_pictures(&self, named: &Named, step: &Step) -> Vec<Conflict> {
        let row = named.key.as_ref().and_then(|key| self.rows.get(key));
        let picture = row.and_then(|row| row.contact.get(Property::Photo));
        let mut conflicts = step.conflicts.clone();
        for conflict in &mut conflicts {
            if conflict.property == Some(Property::Photo) && conflict.row.as_ref() == picture {
                conflict.row = picture.cloned();
            }
        }
        conflicts
    }

    /// Writes everything of a step but its row.
    fn write_rest(
        &mut self,
        named: Named,
        written: Option<RowKey>,
        step: &Step,
        conflicts: Vec<Conflict>,
        listed: Option<u64>,
        now: Moment,
    ) -> Applied {
        let key = match step.row {
            RowWrite::Insert(_) => written,
            _ => named.key,
        };
        let was = named.link.map(|id| self.links[&id].state);
        let (link, stamp) = match &step.link {
            LinkWrite::Keep => (named.link, None),
            LinkWrite::End => {
                self.end_link(named.link.expect("a link to end"), now);
                (None, None)
            }
            LinkWrite::Save(draft) => {
                let id = self.save_link(named.link, key.as_ref(), draft, &step.row, listed, now);
                (Some(id), None)
            }
            LinkWrite::Attempt(draft) => {
                let id = self.save_link(named.link, key.as_ref(), draft, &step.row, listed, now);
                let stamp = Stamp::new(format!("s{}", self.next()));
                let link = self.links.get_mut(&id).unwrap();
                link.attempts.push((stamp.clone(), now));
                (Some(id), Some(stamp))
            }
        };
        if step.enqueue {
            self.note(key.as_ref().expect("a row to note"), now);
        }
        for note in &step.done {
            self.own_writes += u64::from(self.outbox.remove(note).is_some());
        }
        if !step.done.is_empty()
            && step.hold.is_none()
            && let Some(key) = &key
        {
            self.own_writes += u64::from(self.tries.remove(key).is_some());
        }
        let (item, gets) = (named.item.clone(), item_of(&step.link));
        if let Some(keys) = &step.park {
            let item = item.clone().expect("an item to park");
            self.own_writes +=
                u64::from(self.parked.insert(item, keys.clone()).as_ref() != Some(keys));
        }
        for item in [&item, &gets].into_iter().flatten() {
            let was_parked = step.unpark && self.parked.remove(item).is_some();
            self.own_writes += u64::from(was_parked);
        }
        for conflict in conflicts {
            self.own_writes += 1;
            let record = ConflictRecord {
                id: self.next(),
                key: key.clone().expect("a row for the journal"),
                conflict,
                at: now,
            };
            self.conflicts.push(record);
        }
        if let Some(hold) = &step.hold {
            self.hold(key.clone(), item.clone(), hold, now);
        } else if let Some(side) = step.settles {
            let before = self.held.len();
            // What could not be written to a row is known by its item: another one of the same row still waits.
            let of = |known: &HeldRecord| {
                let by_row = side == Side::Item || known.item.is_none();
                (by_row && known.key.is_some() && known.key == key)
                    || (known.item.is_some() && (known.item == item || known.item == gets))
            };
            self.held
                .retain(|_, known| known.hold.side != side || !of(known));
            self.own_writes += (before - self.held.len()) as u64;
        }
        let for_remote = step.effect == Effect::RowDeleted
            || (step.effect == Effect::Detached && was == Some(LinkState::RemoteGone));
        if for_remote {
            self.deleted_for_remote.push(now);
        }
        Applied::Done {
            effect: step.effect,
            key,
            link: link.map(|id| (id, LinkVersion(self.links[&id].version))),
            stamp,
            conflicts: step.conflicts.len(),
        }
    }
}

/// The item that a link gets.
fn item_of(link: &LinkWrite) -> Option<ItemId> {
    match link {
        LinkWrite::Save(draft) | LinkWrite::Attempt(draft) => draft.item.clone(),
        LinkWrite::Keep | LinkWrite::End => None,
    }
}

/// The values that a row could not take.
fn refused_values(row: &RowWrite) -> Contact {
    match row {
        RowWrite::Insert(contact) => contact.clone(),
        RowWrite::Update(changes) => changes
            .iter()
            .filter_map(|(property, value)| Some((property, value?.clone())))
            .collect::<Vec<(Property, Value)>>()
            .into_iter()
            .collect(),
        RowWrite::Keep | RowWrite::Delete | RowWrite::Mark => Contact::new(),
    }
}
