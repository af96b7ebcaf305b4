//! An item was seen: what becomes of its row and its link.

use super::overruled::{deletion_overruled, overruled};
use super::{Rules, Ruling};
use crate::sync::base::Base;
use crate::sync::ids::ChangeKey;
use crate::sync::link::{Link, LinkDraft, LinkState, Named};
use crate::sync::merge::{Merge, Verdict, merge};
use crate::sync::policy::{ConflictPolicy, EditVersusDelete};
use crate::sync::ports::{Conflict, Effect, Item, LinkWrite, Row, RowWrite, Side, Step};

/// An item that is to be taken over.
#[derive(Debug, Clone, Copy)]
pub struct Absorb<'a> {
    /// The item.
    pub item: &'a Item,
    /// What the caller said about clashes, for [`ConflictPolicy::Ask`].
    pub rulings: &'a [Ruling],
    /// Whether item and row were there before and are now to become one contact.
    pub pairing: bool,
    /// Whether a change list has named the item as it is: only then does its next entry there mean anything (R11).
    pub listed: bool,
}

impl Absorb<'_> {
    fn named(&self, link: &Link) -> Named {
        if !self.listed && link.change_key.as_ref() == Some(&self.item.change_key) {
            return link.named;
        }
        Named::taken_over(self.listed)
    }
}

/// The item waits for the end of the list.
pub(super) fn wait() -> Step {
    Step {
        park: Some(Vec::new()),
        effect: Effect::Parked,
        ..Step::nothing()
    }
}

fn linked(what: &Absorb<'_>, base: Base) -> LinkWrite {
    LinkWrite::Save(Box::new(LinkDraft {
        state: LinkState::Linked,
        item: Some(what.item.id.clone()),
        change_key: Some(what.item.change_key.clone()),
        base,
        named: Named::taken_over(what.listed),
    }))
}

pub(super) fn insert(what: &Absorb<'_>, conflict: Option<Conflict>, rules: &Rules<'_>) -> Step {
    let contact = what.item.contact.only(rules.mapped).without_opaque();
    let mut base = Base::unknown();
    for property in rules.mapped.iter().copied() {
        base.set_row(property, contact.get(property));
        base.set_item(property, what.item.contact.get(property));
    }
    Step {
        row: RowWrite::Insert(contact),
        link: linked(what, base),
        conflicts: conflict.into_iter().collect(),
        effect: Effect::RowInserted,
        ..Step::nothing()
    }
}

/// The row was deleted here. An item that has not changed leaves the deletion to the outbox; one that has meets the policy.
pub(super) fn row_was_deleted(link: &Link, what: &Absorb<'_>, rules: &Rules<'_>) -> Step {
    let item = what.item;
    let changed = link.base.item_changes(&item.contact, rules.mapped);
    let draft = LinkDraft {
        state: LinkState::Linked,
        item: Some(item.id.clone()),
        change_key: Some(item.change_key.clone()),
        base: link.base.clone(),
        named: what.named(link),
    };
    if changed.is_empty() {
        return Step {
            link: save_if_changed(link, draft),
            enqueue: matches!(link.state, LinkState::Creating | LinkState::RemoteGone),
            ..Step::nothing()
        };
    }
    match rules.edit_versus_delete {
        EditVersusDelete::Edit => insert(
            what,
            Some(deletion_overruled(Side::Item, &item.contact)),
            rules,
        ),
        EditVersusDelete::Delete => {
            let conflicts = overruled(Side::Item, &changed, &item.contact, &link.base);
            let mut draft = draft;
            for property in rules.mapped.iter().copied() {
                draft.base.set_item(property, item.contact.get(property));
            }
            Step {
                link: LinkWrite::Save(Box::new(draft)),
                conflicts,
                enqueue: true,
                ..Step::nothing()
            }
        }
    }
}

/// A row that left the scope keeps its item; from now on neither follows the other.
pub(super) fn detach(link: &Link, what: &Absorb<'_>) -> Step {
    let draft = LinkDraft {
        state: LinkState::Detached,
        item: Some(what.item.id.clone()),
        change_key: Some(what.item.change_key.clone()),
        base: Base::unknown(),
        named: what.named(link),
    };
    detached(link, draft)
}

fn detached(link: &Link, draft: LinkDraft) -> Step {
    Step {
        link: save_if_changed(link, draft),
        effect: match link.state {
            LinkState::Detached => Effect::Unchanged,
            LinkState::Creating | LinkState::Linked | LinkState::RemoteGone => Effect::Detached,
        },
        ..Step::nothing()
    }
}

/// An item is left out from now on, as one that is no contact: its row stays, and neither follows the other (R17). One that is
/// being created is not known yet.
#[must_use]
pub fn leave_out(link: Option<&Link>, version: ChangeKey) -> Step {
    let Some(link) = link.filter(|link| link.state != LinkState::Creating) else {
        return Step {
            unpark: true,
            ..Step::nothing()
        };
    };
    let draft = LinkDraft {
        state: LinkState::Detached,
        change_key: Some(version),
        base: Base::unknown(),
        named: Named::Yes,
        ..LinkDraft::of(link)
    };
    Step {
        unpark: true,
        settles: Some(Side::Row),
        ..detached(link, draft)
    }
}

pub(super) fn merged(row: &Row, link: Option<&Link>, what: &Absorb<'_>, rules: &Rules<'_>) -> Step {
    let unknown = Base::unknown();
    let base = base_of(link, what.item).unwrap_or(&unknown);
    let readable = rules.readable(row);
    let verdict = rules.judge(row.edited, what.item.modified);
    let merge = merge(
        base,
        &row.contact,
        &what.item.contact,
        &readable,
        &mut |clash| match rules.conflict {
            ConflictPolicy::Ask => Ruling::verdict(what.rulings, clash),
            ConflictPolicy::Newest | ConflictPolicy::Exchange | ConflictPolicy::Webapp => {
                verdict.clone()
            }
        },
    );
    if merge.open {
        return wait();
    }
    let mut merge = merge;
    // What the row does not let us take over now must not be overwritten once its value can be read again. Until then the contact is
    // held: a file that comes back makes no note.
    let mut blocked = false;
    for property in rules.mapped.iter().copied() {
        let value = what.item.contact.get(property);
        if !row.can_read(property) && !merge.base.legs(property).item_holds(value) {
            merge.base.look_first(property);
            blocked = true;
        }
    }
    let effect = effect(&merge, link.is_none() || what.pairing);
    let draft = LinkDraft {
        state: LinkState::Linked,
        item: Some(what.item.id.clone()),
        change_key: Some(what.item.change_key.clone()),
        base: merge.base,
        named: link.map_or_else(|| Named::taken_over(what.listed), |link| what.named(link)),
    };
    Step {
        row: if merge.to_row.is_empty() {
            RowWrite::Keep
        } else {
            RowWrite::Update(merge.to_row)
        },
        link: match link {
            Some(link) => save_if_changed(link, draft),
            None => LinkWrite::Save(Box::new(draft)),
        },
        conflicts: merge.conflicts,
        enqueue: blocked || !merge.to_item.is_empty(),
        effect,
        ..Step::nothing()
    }
}

/// The item with what the server keeps in lists where the base knows it to be, or else where the row has it; nothing where it is there
/// already.
pub(super) fn placed(
    link: Option<&Link>,
    row: Option<&Row>,
    item: &Item,
    rules: &Rules<'_>,
) -> Option<Item> {
    if rules.lists.is_empty() {
        return None;
    }
    let unknown = Base::unknown();
    let base = base_of(link, item).unwrap_or(&unknown);
    let row = row.map(|row| &row.contact);
    Some(Item {
        contact: base.placed(&item.contact, row, rules.lists, rules.mapped)?,
        ..item.clone()
    })
}

/// The base, if it speaks of this item. While one is being created, the base is what the last attempt sends: an item of an earlier
/// attempt was made with other values, which nobody knows any more.
fn base_of<'a>(link: Option<&'a Link>, item: &Item) -> Option<&'a Base> {
    let link = link?;
    let last = link.attempts.last().map(|attempt| &attempt.stamp);
    let describes =
        link.state != LinkState::Creating || (last.is_some() && last == item.stamp.as_ref());
    describes.then_some(&link.base)
}

fn effect(merge: &Merge, pairing: bool) -> Effect {
    match (merge.to_row.is_empty(), merge.to_item.is_empty()) {
        _ if pairing => Effect::Matched,
        (true, true) if merge.conflicts.is_empty() => Effect::Unchanged,
        (false, true) if merge.conflicts.is_empty() => Effect::RowUpdated,
        (true, false) if merge.conflicts.is_empty() => Effect::Unchanged,
        (true | false, true | false) => Effect::Merged,
    }
}

fn save_if_changed(link: &Link, draft: LinkDraft) -> LinkWrite {
    if LinkDraft::of(link) == draft {
        LinkWrite::Keep
    } else {
        LinkWrite::Save(Box::new(draft))
    }
}

/// The clashes that the caller would have to decide if an item were taken over now.
#[must_use]
pub fn open_clashes(row: &Row, link: Option<&Link>, item: &Item, rules: &Rules<'_>) -> Vec<Ruling> {
    let placed = placed(link, Some(row), item, rules);
    let item = placed.as_ref().unwrap_or(item);
    let unknown = Base::unknown();
    let base = base_of(link, item).unwrap_or(&unknown);
    let mut open = Vec::new();
    merge(
        base,
        &row.contact,
        &item.contact,
        &rules.readable(row),
        &mut |clash| {
            open.push(Ruling {
                property: clash.property,
                row: clash.row.cloned(),
                item: clash.item.cloned(),
                keep: clash.base.cloned(),
            });
            Verdict::Open
        },
    );
    open
}
