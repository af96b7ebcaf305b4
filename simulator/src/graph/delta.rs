//! Changes of the contacts of a folder (Graph reference, section 5).

use std::collections::HashSet;

use serde_json::{Value as Json, json};

use super::desk::Desk;
use super::error::GraphError;
use super::options::{self, Options};
use super::reply::Reply;
use super::token::{self, Token};
use crate::store::Store;
use crate::store::changes::{self, Change, Seen};
use crate::store::folder::{Folder, FolderNo};
use crate::store::item::ItemKind;
use crate::store::sync_state;

/// What its tokens are for.
const LIST: &str = "contacts";

/// One page of changes.
pub fn page(desk: &Desk<'_>, folder: Option<&str>) -> Result<Reply, GraphError> {
    let token = Token::of_call(desk, LIST)?;
    let store = desk.read();
    let number = desk.folder(&store, folder)?;
    let folder = store.folder(number).ok_or_else(GraphError::not_found)?;
    let select = match &token {
        Some(token) => token.select.clone(),
        None => desk.call.option("$select").map(str::to_owned),
    };
    let options = Options {
        select: select.as_deref().map(options::select).transpose()?,
        ..Options::default()
    };
    let modes = desk.shared.modes.for_sync(token.is_some());
    let seen = match &token {
        None => Seen::default(),
        Some(token) => match sync_state::read(&token.state, number, modes.epoch) {
            None if modes.restart_on_garbage => Seen::default(),
            None => return Err(token::lost(desk)),
            Some(_) if modes.restart => Seen::default(),
            Some(seen) => seen,
        },
    };
    let link = |seen: &Seen, last: bool| {
        let state = sync_state::write(number, seen, modes.epoch, modes.nonce, modes.state_size);
        let select = select.clone();
        let text = Token { state, select }.write(LIST);
        match last {
            true => ("@odata.deltaLink", desk.link(&[("$deltatoken", &text)])),
            false => ("@odata.nextLink", desk.link(&[("$skiptoken", &text)])),
        }
    };
    let empty = desk.shared.modes.graph.take_empty_page();
    let (mut value, (name, link)) = if empty {
        (Vec::new(), link(&seen, false))
    } else {
        let page = changes::page(&store, folder, &seen, size(desk), &HashSet::new());
        let shown = page.changes.iter();
        let value: Vec<Json> = shown
            .filter(|change| !is_silent(desk, change, &seen))
            .filter_map(|change| show(desk, &store, folder, change, &options))
            .collect();
        match modes.repeat {
            true => (value, ("@odata.nextLink", same_link(desk))),
            false => (value, link(&page.seen, page.last)),
        }
    };
    if modes.duplicates {
        value.extend(value.clone());
    }
    let mut answer =
        json!({ "@odata.context": desk.context("Collection(contact)"), "value": value });
    if let Some(answer) = answer.as_object_mut() {
        answer.insert(name.to_owned(), json!(link));
    }
    Ok(Reply::json(200, answer))
}

/// The link that led here.
fn same_link(desk: &Desk<'_>) -> String {
    let given = ["$deltatoken", "$skiptoken"].map(|name| Some((name, desk.call.option(name)?)));
    let given: Vec<(&str, &str)> = given.into_iter().flatten().collect();
    desk.link(&given)
}

/// Entries of a page: what each request prefers.
fn size(desk: &Desk<'_>) -> usize {
    desk.call
        .preference("odata.maxpagesize")
        .and_then(|size| size.parse().ok())
        .unwrap_or_else(Options::default_top)
        .clamp(1, 1000)
}

fn show(
    desk: &Desk<'_>,
    store: &Store,
    folder: &Folder,
    change: &Change,
    options: &Options,
) -> Option<Json> {
    let view = desk.view(store);
    let (number, origin, kind) = match change {
        Change::Create(item) | Change::Update(item) => {
            let is_contact = item.kind() == ItemKind::Contact;
            return is_contact.then(|| {
                let mut shown = view.contact(item, options);
                let of = json!("#microsoft.graph.contact");
                shown.insert("@odata.type".to_owned(), of);
                Json::Object(shown)
            });
        }
        Change::Delete {
            number,
            origin,
            kind,
        } => (*number, *origin, *kind),
    };
    let is_back = view.immutable && is_in(store, folder.number, origin);
    if kind != ItemKind::Contact || is_back {
        return None;
    }
    let reason = match desk.modes.removed_reason.as_str() {
        "" => "deleted",
        reason => reason,
    };
    let id = store.former_rest_id(folder.number, number, origin, view.immutable);
    Some(json!({ "@removed": { "reason": reason }, "id": id }))
}

/// Whether only the photo of what the reader knows has changed, which the documents say is not reported.
fn is_silent(desk: &Desk<'_>, change: &Change, seen: &Seen) -> bool {
    match change {
        Change::Update(item) => desk.modes.silent_photos && seen.contains(item.written),
        _ => false,
    }
}

/// Whether what left the folder has come back under the same immutable id.
fn is_in(store: &Store, folder: FolderNo, origin: u64) -> bool {
    store
        .item_of_origin(origin)
        .is_some_and(|item| item.folder == folder)
}
