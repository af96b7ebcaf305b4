//! Something is gone on one side: what that means for the other one.

use super::Rules;
use super::overruled::{deletion_overruled, overruled};
use crate::sync::base::Base;
use crate::sync::link::{Link, LinkDraft, LinkState};
use crate::sync::policy::{EditVersusDelete, RemoteDeletePolicy};
use crate::sync::ports::{
    Conflict, Effect, Item, LinkWrite, Look, RowSeen, RowWrite, Seen, Side, Step,
};

/// Plans what a deletion in Exchange does to the row, once it may be carried out (R8). A row that was edited since is kept by
/// policy and created anew in Exchange.
#[must_use]
pub fn plan_row_removal(seen: &Seen<'_>, rules: &Rules<'_>) -> Step {
    let Some(link) = seen.link.filter(|link| link.state == LinkState::RemoteGone) else {
        return Step::nothing();
    };
    let row = match seen.row {
        RowSeen::Locked => return Step::nothing(),
        RowSeen::Absent => {
            return Step {
                link: LinkWrite::End,
                settles: Some(Side::Row),
                ..Step::nothing()
            };
        }
        RowSeen::Present(row) => row,
    };
    if !row.in_scope {
        return Step {
            link: LinkWrite::End,
            settles: Some(Side::Row),
            effect: Effect::Detached,
            ..Step::nothing()
        };
    }
    let edited = link.base.row_changes(&row.contact, &rules.readable(row));
    if !edited.is_empty() && rules.edit_versus_delete == EditVersusDelete::Edit {
        return Step {
            link: LinkWrite::End,
            conflicts: vec![deletion_overruled(Side::Row, &row.contact)],
            enqueue: true,
            settles: Some(Side::Row),
            effect: Effect::Merged,
            ..Step::nothing()
        };
    }
    let conflicts = overruled(Side::Row, &edited, &row.contact, &link.base);
    let step = match rules.remote_delete {
        RemoteDeletePolicy::Delete => Step {
            row: RowWrite::Delete,
            link: LinkWrite::End,
            effect: Effect::RowDeleted,
            ..Step::nothing()
        },
        RemoteDeletePolicy::Mark => Step {
            row: RowWrite::Mark,
            effect: Effect::RowDeleted,
            ..detached(link)
        },
        RemoteDeletePolicy::Keep => detached(link),
    };
    Step {
        conflicts,
        settles: Some(Side::Row),
        ..step
    }
}

/// The row stays, by policy, and is never made anew in Exchange.
fn detached(link: &Link) -> Step {
    Step {
        link: LinkWrite::Save(Box::new(LinkDraft {
            state: LinkState::Detached,
            item: None,
            change_key: None,
            base: Base::unknown(),
            named: link.named,
        })),
        settles: Some(Side::Row),
        effect: Effect::Detached,
        ..Step::nothing()
    }
}

/// Plans what follows when a deleted row's item was looked at (R7): `Err` is the step that is to happen instead of the
/// deletion, `Ok` the conflicts that go to the journal once it is deleted.
///
/// # Errors
/// The step for an item that was edited since and wins by policy: it becomes a row again.
pub fn plan_item_removal(
    look: &Look,
    item: &Item,
    rules: &Rules<'_>,
) -> Result<Vec<Conflict>, Box<Step>> {
    let Some(link) = &look.link else {
        return Ok(Vec::new());
    };
    let placed = super::absorb::placed(Some(link), None, item, rules);
    let item = placed.as_ref().unwrap_or(item);
    let changed = link.base.item_changes(&item.contact, rules.mapped);
    let edited = changed
        .iter()
        .any(|property| link.base.legs(*property).item != crate::sync::base::Leg::Unknown);
    if !edited {
        return Ok(Vec::new());
    }
    match rules.edit_versus_delete {
        EditVersusDelete::Edit => {
            let seen = Seen {
                index: 0,
                row: &RowSeen::Absent,
                link: Some(link),
            };
            let what = super::Absorb {
                item,
                rulings: &[],
                pairing: false,
                listed: false,
            };
            Err(Box::new(Step {
                done: look.notes.clone(),
                ..super::absorb(&seen, &what, rules)
            }))
        }
        EditVersusDelete::Delete => Ok(overruled(Side::Item, &changed, &item.contact, &link.base)),
    }
}
