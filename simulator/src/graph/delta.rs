//! Changes of the contacts of a folder (Graph reference, section 5).

use std::collections::HashSet;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value as Json, json};

use super::desk::Desk;
use super::error::GraphError;
use super::options::{self, Options};
use super::reply::Reply;
use crate::store::Store;
use crate::store::changes::{self, Change, Seen};
use crate::store::folder::{Folder, FolderNo};
use crate::store::item::ItemKind;
use crate::store::sync_state;

/// What a token starts with.
const HEAD: &[u8] = b"Rs1";

/// What a link carries: how far the reader is, and the options of the first request.
struct Token {
    state: String,
    select: Option<String>,
}

impl Token {
    fn write(&self) -> String {
        let select = self.select.as_deref();
        let rest = json!([self.state, select]).to_string();
        URL_SAFE_NO_PAD.encode([HEAD, rest.as_bytes()].concat())
    }

    fn read(text: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let rest: Json = serde_json::from_slice(bytes.strip_prefix(HEAD)?).ok()?;
        Some(Self {
            state: rest.get(0)?.as_str()?.to_owned(),
            select: rest.get(1)?.as_str().map(str::to_owned),
        })
    }
}

/// One page of changes.
pub fn page(desk: &Desk<'_>, folder: Option<&str>) -> Result<Reply, GraphError> {
    let token = token(desk)?;
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
            None => return Err(lost(desk)),
            Some(_) if modes.restart => Seen::default(),
            Some(seen) => seen,
        },
    };
    let link = |seen: &Seen, last: bool| {
        let state = sync_state::write(number, seen, modes.epoch, modes.nonce, modes.state_size);
        let select = select.clone();
        let text = Token { state, select }.write();
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
            true => (value, link(&seen, false)),
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

/// The token of a link; options go with the first request only.
fn token(desk: &Desk<'_>) -> Result<Option<Token>, GraphError> {
    let call = desk.call;
    let allowed = |name: &str| matches!(name, "$select" | "$deltatoken" | "$skiptoken");
    let other = call.query.iter().map(|(name, _)| name.as_str());
    if let Some(name) = other
        .filter(|name| name.starts_with('$'))
        .find(|name| !allowed(name))
    {
        return Err(GraphError::new(
            400,
            "ErrorInvalidRequest",
            format!("The query parameter '{name}' is not supported with change tracking."),
        ));
    }
    let Some(text) = call
        .option("$deltatoken")
        .or_else(|| call.option("$skiptoken"))
    else {
        return Ok(None);
    };
    if call.option("$select").is_some() {
        return Err(GraphError::option(
            "Query options are part of the token and cannot be given again.",
        ));
    }
    let token = Token::read(text);
    token
        .map(Some)
        .ok_or_else(|| GraphError::option("Badly formed token."))
}

/// Entries of a page: what each request prefers.
fn size(desk: &Desk<'_>) -> usize {
    desk.call
        .preference("odata.maxpagesize")
        .and_then(|size| size.parse().ok())
        .unwrap_or_else(Options::default_top)
        .clamp(1, 1000)
}

/// The state is not known any more: begin anew.
fn lost(desk: &Desk<'_>) -> GraphError {
    let code = match desk.modes.lost_state.as_str() {
        "" => "SyncStateNotFound",
        code => code,
    };
    if code == "ErrorInvalidIdMalformed" {
        return GraphError::of_store(400, code);
    }
    let message = "The sync state generation is not found; generation=1;.";
    GraphError::new(410, code, message).with("Location", desk.link(&[]))
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
