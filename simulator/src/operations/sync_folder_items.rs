//! SyncFolderItems (EWS reference, sections 2.1 and 4).

use std::collections::HashSet;

use super::item_error::ItemError;
use super::item_view::{self, Mode};
use super::shape::{self, Shape};
use super::{Context, batch, folder_ids};
use crate::modes::SyncModes;
use crate::soap::write;
use crate::soap::xml::Element;
use crate::store::Store;
use crate::store::changes::{self, Change, Seen};
use crate::store::folder::FolderNo;
use crate::store::ids::short_key;
use crate::store::sync_state;

const OPERATION: &str = "SyncFolderItems";

/// An error answer has an empty state (EWS reference, section 2.1).
const NO_STATE: &str = "<m:SyncState/><m:IncludesLastItemInRange>true</m:IncludesLastItemInRange>";

pub fn execute(context: &Context<'_>, body: &Element, out: &mut String) {
    // The request is one entry of its own batch.
    let entry = std::slice::from_ref(body);
    batch::run(context, entry, OPERATION, NO_STATE, out, |body, out| {
        let store = context.read();
        let folder =
            folder_ids::target(context, &store, body.child("SyncFolderId")).map_err(|error| {
                if error.code == "ErrorItemNotFound" {
                    ItemError::new("ErrorSyncFolderNotFound")
                } else {
                    error
                }
            })?;
        let shape = match body.child("ItemShape") {
            Some(shape) => shape::read(shape)?,
            None => return Err(ItemError::new("ErrorInvalidRequest")),
        };
        answer(context, &store, folder, &shape, body, out)
    });
}

fn answer(
    context: &Context<'_>,
    store: &Store,
    folder: FolderNo,
    shape: &Shape,
    body: &Element,
    out: &mut String,
) -> Result<(), ItemError> {
    let state = body
        .child_text("SyncState")
        .filter(|state| !state.is_empty());
    let modes = context.modes.for_sync(state.is_some());
    let seen = match state {
        None => Seen::default(),
        Some(state) => match sync_state::read(state, folder, modes.epoch) {
            None if modes.restart_on_garbage => Seen::default(),
            None => return Err(ItemError::new("ErrorInvalidSyncStateData")),
            Some(_) if modes.restart => Seen::default(),
            Some(seen) => seen,
        },
    };
    let limit = body
        .child_text("MaxChangesReturned")
        .and_then(|n| n.trim().parse().ok())
        .unwrap_or(512);
    let ignore: HashSet<u64> = body
        .grandchildren("Ignore")
        .iter()
        .filter_map(|id| store.item_by_id(id.attribute("Id")?).ok())
        .map(|item| item.number)
        .collect();
    let Some(folder) = store.folder(folder) else {
        return Err(ItemError::new("ErrorSyncFolderNotFound"));
    };
    // Public folders and group mailboxes (semantics 13); the documentation names no code.
    if modes.no_lists || store.is_public(folder) {
        return Err(ItemError::new("ErrorInvalidOperation"));
    }
    let page = changes::page(store, folder, &seen, limit, &ignore);
    let (next, last) = match state {
        Some(state) if modes.repeat => (state.to_owned(), false),
        _ => (
            sync_state::write(
                folder.number,
                &page.seen,
                modes.epoch,
                modes.nonce,
                modes.state_size,
            ),
            page.last,
        ),
    };
    out.push_str("<m:SyncState>");
    out.push_str(&next);
    out.push_str("</m:SyncState><m:IncludesLastItemInRange>");
    out.push_str(if last { "true" } else { "false" });
    out.push_str("</m:IncludesLastItemInRange>");
    if page.changes.is_empty() {
        out.push_str("<m:Changes/>");
        return Ok(());
    }
    out.push_str("<m:Changes>");
    for change in &page.changes {
        write_change(out, store, folder.number, shape, change, &modes);
    }
    if modes.duplicates {
        for change in &page.changes {
            write_change(out, store, folder.number, shape, change, &modes);
        }
    }
    out.push_str("</m:Changes>");
    Ok(())
}

fn write_change(
    out: &mut String,
    store: &Store,
    folder: FolderNo,
    shape: &Shape,
    change: &Change,
    modes: &SyncModes,
) {
    let (name, item) = match change {
        Change::Create(item) => (
            if modes.update_for_unseen {
                "Update"
            } else {
                "Create"
            },
            item,
        ),
        Change::Update(item) => (
            if modes.create_for_known {
                "Create"
            } else {
                "Update"
            },
            item,
        ),
        Change::Delete { number, kind, .. } => {
            write::open(out, "Delete");
            write::id(
                out,
                "ItemId",
                &store.former_item_id(folder, *number),
                short_key(kind.key_type()),
            );
            write::close(out, "Delete");
            return;
        }
    };
    write::open(out, name);
    item_view::write_item(out, store, item, shape, Mode::Find);
    write::close(out, name);
    if modes.read_flags {
        write::open(out, "ReadFlagChange");
        let key = store.ids.change_key(item.kind().key_type(), item.key);
        write::id(out, "ItemId", &store.item_id(item), &key);
        write::element(out, "IsRead", "true");
        write::close(out, "ReadFlagChange");
    }
}
