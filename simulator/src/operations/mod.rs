//! The operations: one file each, from a checked request to the answer's text.

mod attachment_view;
mod batch;
pub mod body;
mod comparison;
mod convert_id;
mod copy_move;
mod create_attachment;
mod create_folder;
mod create_item;
mod delete_attachment;
pub mod delete_item;
mod dictionaries;
mod extended_view;
mod find_folder;
mod find_item;
mod folder_ids;
pub mod folder_view;
mod get_attachment;
mod get_folder;
mod get_item;
pub mod item_error;
mod item_view;
pub mod paths;
mod resolve_names;
mod restriction;
mod shape;
mod sync_folder_items;
mod update_item;
pub mod written;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use item_error::ItemError;

use crate::faults::ItemFault;
use crate::modes::Modes;
use crate::soap::fault::Fault;
use crate::soap::{self, Request};
use crate::store::Store;

/// What an operation works with.
pub struct Context<'a> {
    /// The store.
    pub store: &'a RwLock<Store>,
    /// Index of the caller's mailbox, or of the one impersonated.
    pub mailbox: usize,
    /// Name that LastModifiedName shows.
    pub user: &'a str,
    /// Modes set at the side door.
    pub modes: &'a Modes,
    /// Errors to give to single entries of this request.
    pub item_faults: &'a [ItemFault],
    /// Counts writes that changed something.
    pub writes: &'a AtomicU64,
}

impl Context<'_> {
    fn read(&self) -> RwLockReadGuard<'_, Store> {
        self.store.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Store> {
        self.store.write().unwrap_or_else(PoisonError::into_inner)
    }

    fn count_write(&self) {
        self.writes.fetch_add(1, Ordering::Relaxed);
    }

    /// The error that the side door wants for an entry of this request.
    fn injected(&self, index: usize) -> Option<ItemError> {
        self.item_faults
            .iter()
            .find(|fault| fault.index.is_none_or(|wanted| wanted == index))
            .map(ItemFault::error)
    }
}

/// Executes a request.
pub fn execute(context: &Context<'_>, request: &Request) -> Result<String, Fault> {
    let operation = request.operation.as_str();
    let body = &request.body;
    let mut out = soap::open_answer(operation);
    match operation {
        "GetFolder" => get_folder::execute(context, body, &mut out),
        "FindFolder" => find_folder::execute(context, body, &mut out),
        "CreateFolder" => create_folder::execute(context, body, &mut out),
        "SyncFolderItems" => sync_folder_items::execute(context, body, &mut out),
        "GetItem" => get_item::execute(context, body, &mut out),
        "FindItem" => find_item::execute(context, body, &mut out),
        "CreateItem" => create_item::execute(context, body, &mut out),
        "UpdateItem" => update_item::execute(context, body, &mut out),
        "DeleteItem" => delete_item::execute(context, body, &mut out),
        "MoveItem" => copy_move::execute(context, body, "MoveItem", &mut out),
        "CopyItem" => copy_move::execute(context, body, "CopyItem", &mut out),
        "CreateAttachment" => create_attachment::execute(context, body, &mut out),
        "GetAttachment" => get_attachment::execute(context, body, &mut out),
        "DeleteAttachment" => delete_attachment::execute(context, body, &mut out),
        "ConvertId" => convert_id::execute(context, body, &mut out),
        "ResolveNames" => resolve_names::execute(&mut out),
        _ => return Err(Fault::new("ErrorInvalidRequest", "The request is invalid.")),
    }
    soap::close_answer(&mut out, operation);
    Ok(out)
}
