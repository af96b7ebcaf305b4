//! The side door: JSON over HTTP for tests and demos that act as the person in Outlook, plant
//! faults and look at what is stored. No credentials; the server listens on loopback.

mod attachments;
mod contacts;
mod items;

use std::sync::PoisonError;

use bytes::Bytes;
use hyper::{Method, Response, Uri};
use serde_json::{Value, json};

use crate::seed;
use crate::server::Shared;
use crate::server::answer::{self, Answer, Cut};
use crate::store::Store;
use crate::store::folder::FolderNo;

/// What went wrong, with the HTTP status that says so.
type Refusal = (u16, String);

/// Answers one request below /_sim/.
pub fn serve(
    shared: &Shared,
    method: &Method,
    uri: &Uri,
    body: &Bytes,
) -> Result<Response<Answer>, Cut> {
    match route(shared, method, uri, body) {
        Ok(value) => answer::json(200, &value),
        Err((status, message)) => answer::json(status, &json!({ "error": message })),
    }
}

fn route(shared: &Shared, method: &Method, uri: &Uri, body: &Bytes) -> Result<Value, Refusal> {
    let path = uri.path().strip_prefix("/_sim/").unwrap_or_default();
    let query = Query(uri.query().unwrap_or_default());
    let sent: Value = if body.is_empty() {
        Value::Null
    } else {
        serde_json::from_slice(body)
            .map_err(|error| (400, format!("the body is not JSON: {error}")))?
    };
    match (method.as_str(), path) {
        ("GET", "health") => Ok(json!({ "ok": true })),
        ("GET", "stats") => Ok(shared.stats.show()),
        ("POST", "stats/reset") => {
            shared.stats.reset();
            Ok(json!({}))
        }
        ("GET", "items") => items::list(&read(shared), &query),
        ("POST", "items") => items::create(&mut write(shared), &sent),
        ("POST", "items/update") => items::update(&mut write(shared), &sent),
        ("POST", "items/delete") => items::delete(&mut write(shared), &sent),
        ("POST", "items/move") => items::relocate(&mut write(shared), &sent, true),
        ("POST", "items/copy") => items::relocate(&mut write(shared), &sent, false),
        ("POST", "photos") => attachments::set_photo(&mut write(shared), &sent),
        ("POST", "photos/delete") => attachments::remove_photo(&mut write(shared), &sent),
        ("GET", id) if id.starts_with("photos/") => attachments::photo(
            &read(shared),
            &decode(id.trim_start_matches("photos/"), false),
        ),
        ("POST", "attachments") => attachments::add(&mut write(shared), &sent),
        ("POST", "items/touch") => items::touch(&mut write(shared), &sent),
        ("GET", id) if id.starts_with("items/") => items::show(
            &read(shared),
            &decode(id.trim_start_matches("items/"), false),
        ),
        ("GET", "folders") => Ok(folders(&read(shared))),
        ("POST", "folders") => make_folder(&mut write(shared), &sent),
        ("POST", "folders/delete") => {
            let mut store = write(shared);
            let text = |name: &str| sent.get(name).and_then(Value::as_str);
            let path = text("path").ok_or((400, "path is missing".to_owned()))?;
            let folder = find(&store, text("mailbox"), Some(path))?;
            if store
                .folder(folder)
                .is_some_and(|folder| folder.distinguished.is_some())
            {
                return Err((400, "distinguished folders cannot be deleted".to_owned()));
            }
            store.remove_folder(folder);
            Ok(json!({}))
        }
        ("POST", "seed") => {
            let mut store = write(shared);
            let folder = place(&store, &sent)?;
            let number =
                |name: &str, default| sent.get(name).and_then(Value::as_u64).unwrap_or(default);
            let made = seed::fill(
                &mut store,
                folder,
                number("count", 10),
                number("seed", 1),
                number("first", 0),
            );
            Ok(json!({ "count": made }))
        }
        ("POST", "empty") => {
            let mut store = write(shared);
            let folder = place(&store, &sent)?;
            let all: Vec<u64> = store
                .folder(folder)
                .map(|f| f.items.iter().copied().collect())
                .unwrap_or_default();
            let count = all
                .into_iter()
                .filter_map(|number| store.remove(number))
                .count();
            Ok(json!({ "count": count }))
        }
        ("POST", "faults") => shared
            .faults
            .plant(&sent)
            .map(|()| json!({}))
            .map_err(|message| (400, message)),
        ("DELETE", "faults") => {
            shared.faults.clear();
            Ok(json!({}))
        }
        ("GET", "autodiscover") => Ok(shared.autodiscover.seen()),
        ("POST", "autodiscover") => shared
            .autodiscover
            .plant(&sent)
            .map(|()| json!({}))
            .map_err(|message| (400, message)),
        ("DELETE", "autodiscover") => {
            shared.autodiscover.clear();
            Ok(json!({}))
        }
        ("POST", "offline") => {
            let status = sent
                .get("status")
                .and_then(Value::as_u64)
                .and_then(|s| u16::try_from(s).ok());
            let Some(offline) = sent.get("offline").and_then(Value::as_bool) else {
                return Err((400, "offline must be true or false".to_owned()));
            };
            shared.faults.set_offline(offline, status);
            Ok(json!({ "offline": offline }))
        }
        ("GET", "oauth") => Ok(shared.authority.show()),
        ("POST", "oauth") => Ok(shared.authority.change(&sent)),
        ("POST", "modes") => {
            let modes = sent
                .as_object()
                .ok_or((400, "modes are an object".to_owned()))?;
            shared.modes.set(modes).map_err(|message| (400, message))
        }
        ("POST", "hang-up") => {
            shared.hang_up.notify_waiters();
            Ok(json!({}))
        }
        ("POST", "shutdown") => {
            shared.shutdown.notify_one();
            Ok(json!({}))
        }
        _ => Err((404, format!("the side door has no {method} {}", uri.path()))),
    }
}

fn read(shared: &Shared) -> std::sync::RwLockReadGuard<'_, Store> {
    shared.store.read().unwrap_or_else(PoisonError::into_inner)
}

fn write(shared: &Shared) -> std::sync::RwLockWriteGuard<'_, Store> {
    shared.store.write().unwrap_or_else(PoisonError::into_inner)
}

/// The folder that "mailbox" and "folder" name; the first mailbox and its contacts by default.
fn place(store: &Store, sent: &Value) -> Result<FolderNo, Refusal> {
    let text = |name: &str| sent.get(name).and_then(Value::as_str);
    find(store, text("mailbox"), text("folder"))
}

fn find(store: &Store, mailbox: Option<&str>, folder: Option<&str>) -> Result<FolderNo, Refusal> {
    let index = match mailbox {
        Some(address) => store
            .mailbox(address)
            .ok_or_else(|| (404, format!("there is no mailbox {address}")))?,
        None => 0,
    };
    let folder = folder.unwrap_or("contacts");
    store
        .folder_by_path(index, folder)
        .ok_or_else(|| (404, format!("there is no folder {folder}")))
}

fn folders(store: &Store) -> Value {
    let all = store.folders().map(|folder| {
        json!({
            "id": store.folder_id(folder.number),
            "mailbox": store.mailboxes.get(folder.mailbox).map(|m| m.address.as_str()),
            "name": folder.name,
            "class": folder.class,
            "distinguished": folder.distinguished,
            "hidden": folder.hidden,
            "count": folder.items.len(),
        })
    });
    json!({ "folders": all.collect::<Vec<_>>() })
}

fn make_folder(store: &mut Store, sent: &Value) -> Result<Value, Refusal> {
    let path = sent
        .get("path")
        .and_then(Value::as_str)
        .ok_or((400, "path is missing".to_owned()))?;
    let (parent, name) = path
        .rsplit_once('/')
        .ok_or((400, "path must be like contacts/Customers".to_owned()))?;
    let parent = find(
        store,
        sent.get("mailbox").and_then(Value::as_str),
        Some(parent),
    )?;
    let class = sent
        .get("class")
        .and_then(Value::as_str)
        .unwrap_or("IPF.Contact");
    let folder = match store.child(parent, name) {
        Some(folder) => folder,
        None => store
            .create_folder(parent, class, name)
            .ok_or((404, "there is no such parent".to_owned()))?,
    };
    Ok(json!({ "id": store.folder_id(folder) }))
}

/// A query string.
pub struct Query<'a>(&'a str);

impl Query<'_> {
    /// The value of a parameter.
    pub fn get(&self, name: &str) -> Option<String> {
        let pair = self
            .0
            .split('&')
            .find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))?;
        Some(decode(pair, true))
    }
}

/// Undoes percent encoding; `plus` also makes blanks of plus signs, as in a query.
pub fn decode(text: &str, plus: bool) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        let hex = |digit: u8| {
            char::from(digit)
                .to_digit(16)
                .and_then(|d| u8::try_from(d).ok())
        };
        match byte {
            b'%' => {
                let mut ahead = rest.clone();
                match (ahead.next().and_then(hex), ahead.next().and_then(hex)) {
                    (Some(high), Some(low)) => {
                        bytes.push(high << 4 | low);
                        rest = ahead;
                    }
                    _ => bytes.push(byte),
                }
            }
            b'+' if plus => bytes.push(b' '),
            byte => bytes.push(byte),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decodes_paths_and_queries() {
        assert_eq!(decode("a%2Bb+c%2Fd%3D%zz", false), "a+b+c/d=%zz");
        let query = Query("mailbox=a%40b&folder=contacts%2FNew+Ones&limit=3");
        assert_eq!(query.get("folder").as_deref(), Some("contacts/New Ones"));
        assert_eq!(query.get("limit").as_deref(), Some("3"));
        assert_eq!(query.get("fold"), None);
    }
}
