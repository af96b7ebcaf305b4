//! Changes of the contact folders (Graph reference, section 5): of every depth, in one page.

use serde_json::{Value as Json, json};

use super::desk::Desk;
use super::error::GraphError;
use super::folders;
use super::options::Options;
use super::reply::Reply;
use super::token::{self, Token};
use crate::store::Store;
use crate::store::changes::Seen;
use crate::store::folder::Folder;
use crate::store::sync_state;

/// What its tokens are for.
const LIST: &str = "folders";

/// The changes since a link, or all folders.
pub fn page(desk: &Desk<'_>) -> Result<Reply, GraphError> {
    let token = Token::of_call(desk, LIST)?;
    let store = desk.read();
    let default = desk.folder(&store, None)?;
    let modes = desk.shared.modes.for_sync(token.is_some());
    let seen = match &token {
        None => Seen::default(),
        Some(token) => {
            sync_state::read(&token.state, default, modes.epoch).ok_or_else(|| token::lost(desk))?
        }
    };
    let value: Vec<Json> = store
        .folders_ever()
        .filter(|folder| is_listed(desk, &store, folder) && !seen.contains(folder.key))
        .filter_map(|folder| show(&store, folder, token.is_some()))
        .collect();
    let now = Seen(vec![(0, store.last_change())]);
    let state = sync_state::write(default, &now, modes.epoch, modes.nonce, modes.state_size);
    let text = Token {
        state,
        select: None,
    }
    .write(LIST);
    Ok(Reply::json(
        200,
        json!({
            "@odata.context": desk.context("Collection(contactFolder)"),
            "@odata.deltaLink": desk.link(&[("$deltatoken", &text)]),
            "value": value,
        }),
    ))
}

/// All of the mailbox but the default one and, unless a mode wants them, those that are hidden.
fn is_listed(desk: &Desk<'_>, store: &Store, folder: &Folder) -> bool {
    let default = store.distinguished(desk.mailbox, "contacts");
    folder.mailbox == desk.mailbox
        && folder.holds_contacts()
        && Some(folder.number) != default
        && (!folder.hidden || desk.modes.hidden_folders)
}

/// A deleted folder is told to those only who may know it.
fn show(store: &Store, folder: &Folder, since: bool) -> Option<Json> {
    if folder.gone {
        let id = store.rest_folder_id(folder.number);
        return since.then(|| json!({ "@removed": { "reason": "deleted" }, "id": id }));
    }
    let mut shown = folders::show(store, folder, &Options::default());
    if let Some(shown) = shown.as_object_mut() {
        let of = json!("#microsoft.graph.contactFolder");
        shown.insert("@odata.type".to_owned(), of);
    }
    Some(shown)
}
