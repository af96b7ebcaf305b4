//! Links, tombstones and held contacts as a step leaves them.

use exchange_contact_sync::contact::Property;
use exchange_contact_sync::sync::base::Base;
use exchange_contact_sync::sync::ids::{ItemId, LinkId, Moment, RowKey};
use exchange_contact_sync::sync::link::{LinkDraft, Named};
use exchange_contact_sync::sync::ports::{
    HeldRecord, Hold, LinkWrite, Planned, RowWrite, Side, Target,
};

use super::tables::{StoredLink, Tables, Tombstone};

impl Tables {
    /// Fails when a link that is said to stay in place, and still is as it was then, would not.
    pub(super) fn check_in_place(&self, planned: &Planned<'_>, now: Moment) {
        for (target, step) in planned.steps {
            let (Target::Row(_, Some((id, version))), LinkWrite::Save(draft)) =
                (target, &step.link)
            else {
                panic!("{target:?} is said to stay in place, but no known link is saved");
            };
            let link = self.link(*id, now);
            if let Some(link) = link.filter(|link| link.version == *version) {
                assert_eq!((draft.state, &draft.item), (link.state, &link.item));
            }
        }
    }

    pub(super) fn save_link(
        &mut self,
        known: Option<LinkId>,
        key: Option<&RowKey>,
        draft: &LinkDraft,
        row: &RowWrite,
        listed: Option<u64>,
        now: Moment,
    ) -> LinkId {
        let key = key.expect("a row for the link");
        if let Some(item) = &draft.item {
            let other = self.link_by_item(item);
            assert!(
                other.is_none() || other == known,
                "two links for {item}: UNIQUE"
            );
        }
        let other = self.link_by_key(key);
        assert!(
            other.is_none() || other == known,
            "two links for row {key}: UNIQUE"
        );
        let mut base: Base = draft.base.clone();
        let confirmed: Vec<Property> = match row {
            RowWrite::Insert(_) => self.schema.mapped.clone(),
            RowWrite::Update(changes) => changes.iter().map(|(property, _)| property).collect(),
            RowWrite::Keep | RowWrite::Delete | RowWrite::Mark => Vec::new(),
        };
        if let Some(row) = self.rows.get(key) {
            base.confirm_row(&row.contact, confirmed);
        }
        let version = self.next();
        let id = known.unwrap_or(LinkId(version));
        let old = self.links.get(&id).cloned();
        let known_to_be_met = old
            .as_ref()
            .is_some_and(|old| old.named == Named::Yes && old.item == draft.item);
        let met = draft.named == Named::Yes && (listed.is_some() || !known_to_be_met);
        let link = StoredLink {
            version,
            key: key.clone(),
            state: draft.state,
            item: draft.item.clone(),
            change_key: draft.change_key.clone(),
            base: base.encode(),
            attempts: old
                .as_ref()
                .map(|old| old.attempts.clone())
                .unwrap_or_default(),
            failed: old.as_ref().map_or_else(Vec::new, |old| old.failed.clone()),
            named: draft.named,
            generation: match &old {
                _ if met => listed.unwrap_or(self.pair.generation),
                Some(old) => old.generation,
                None => 0,
            },
            joined: match &old {
                Some(old) if old.item == draft.item => old.joined,
                _ => now,
            },
        };
        self.own_writes += 1;
        self.links.insert(id, link);
        id
    }

    pub(super) fn end_link(&mut self, id: LinkId, now: Moment) {
        let link = self.links.remove(&id).unwrap();
        self.own_writes += 1;
        self.tombstones.push(Tombstone {
            item: link.item,
            ended: now,
        });
    }

    pub(super) fn hold(
        &mut self,
        key: Option<RowKey>,
        item: Option<ItemId>,
        hold: &Hold,
        now: Moment,
    ) {
        self.own_writes += 1;
        // Several items may want to become one row.
        let same = |known: &&mut HeldRecord| {
            let by_row = hold.side == Side::Item || known.item.is_none() || item.is_none();
            known.hold.side == hold.side
                && ((by_row && known.key.is_some() && known.key == key)
                    || (known.item.is_some() && known.item == item))
        };
        if let Some(known) = self.held.values_mut().find(same) {
            let same_values = known.hold.contact == hold.contact;
            known.tries = if same_values { known.tries + 1 } else { 1 };
            known.hold = hold.clone();
            known.tried = now;
            known.key = key.or(known.key.take());
            known.item = item.or(known.item.take());
            return;
        }
        let id = self.next();
        let record = HeldRecord {
            id,
            key,
            item,
            hold: hold.clone(),
            tries: 1,
            since: now,
            tried: now,
        };
        self.held.insert(id, record);
    }
}
