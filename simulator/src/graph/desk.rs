//! What the requests of one call work with, and how they find folders and contacts.

use std::sync::{Arc, PoisonError, RwLockReadGuard, RwLockWriteGuard};

use super::call::Call;
use super::contact_view::View;
use super::error::GraphError;
use super::modes::Settings;
use super::route::Place;
use crate::server::Shared;
use crate::store::Store;
use crate::store::folder::FolderNo;
use crate::store::item::{Item, ItemKind};

/// What a request works with.
pub struct Desk<'a> {
    /// What all requests share.
    pub shared: &'a Shared,
    /// The request.
    pub call: &'a Call,
    /// Who asks, as LastModifiedName shows it.
    pub user: &'a str,
    /// Index of the mailbox.
    pub mailbox: usize,
    /// Modes.
    pub modes: Settings,
}

impl Desk<'_> {
    /// The store to read.
    pub fn read(&self) -> RwLockReadGuard<'_, Store> {
        let store = &self.shared.store;
        store.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// The store to write.
    pub fn write(&self) -> RwLockWriteGuard<'_, Store> {
        let store = &self.shared.store;
        store.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts a write that changed something.
    pub fn count_write(&self) {
        let writes = &self.shared.stats.writes;
        writes.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    }

    /// How contacts are shown.
    pub fn view<'s>(&'s self, store: &'s Store) -> View<'s> {
        View {
            store,
            immutable: self.call.is_immutable(),
            modes: &self.modes,
        }
    }

    /// A contact folder by its id or by the well-known name; the default one where none is named.
    pub fn folder(&self, store: &Store, id: Option<&str>) -> Result<FolderNo, GraphError> {
        let id = id.unwrap_or("contacts");
        if id.eq_ignore_ascii_case("contacts") {
            let found = store.distinguished(self.mailbox, "contacts");
            return found.ok_or_else(GraphError::not_found);
        }
        let folder = store.folder_by_rest_id(id)?;
        match folder.mailbox == self.mailbox && folder.holds_contacts() {
            true => Ok(folder.number),
            false => Err(GraphError::not_found()),
        }
    }

    /// A contact, in its folder where one is named. Lists of contacts are none (Graph reference, section 3, traps).
    pub fn contact(&self, store: &Store, place: &Place) -> Result<Arc<Item>, GraphError> {
        let item = store.item_by_rest_id(&place.contact)?;
        let mailbox = store.folder(item.folder).map(|folder| folder.mailbox);
        let folder = match &place.folder {
            Some(folder) => self.folder(store, Some(folder))?,
            None => item.folder,
        };
        let fits = mailbox == Some(self.mailbox)
            && folder == item.folder
            && item.kind() == ItemKind::Contact;
        match fits {
            true => Ok(Arc::clone(item)),
            false => Err(GraphError::not_found()),
        }
    }

    /// Refuses a write that names another version (Graph reference, section 6).
    pub fn check_match(&self, store: &Store, item: &Item) -> Result<(), GraphError> {
        let wanted = self.call.header("if-match").map(str::trim);
        let Some(wanted) = wanted.filter(|wanted| *wanted != "*") else {
            return Ok(());
        };
        if self.shared.modes.ignores_change_keys() || wanted == self.view(store).etag(item) {
            return Ok(());
        }
        let key = wanted.trim_start_matches("W/").trim_matches('"');
        match store.ids.read_change_key(key) {
            None => Err(GraphError::of_store(400, "ErrorInvalidChangeKey")),
            Some(_) => Err(GraphError::of_store(412, "ErrorIrresolvableConflict")),
        }
    }

    /// Where the resource of this call is, for `@odata.context`.
    pub fn context(&self, path: &str) -> String {
        format!("{}/v1.0/$metadata#{path}", self.call.origin)
    }

    /// The address of this call with other options.
    pub fn link(&self, options: &[(&str, &str)]) -> String {
        let origin = match self.modes.link_host.as_str() {
            "" => self.call.origin.clone(),
            host => {
                let scheme = self.call.origin.split("://").next().unwrap_or("https");
                format!("{scheme}://{host}")
            }
        };
        let options: Vec<String> = options
            .iter()
            .map(|(name, value)| {
                let name = name.replace('$', "%24");
                format!("{name}={}", super::call::encode(value))
            })
            .collect();
        let path = self.call.path_text();
        match options.is_empty() {
            true => format!("{origin}/v1.0/{path}"),
            false => format!("{origin}/v1.0/{path}?{}", options.join("&")),
        }
    }
}
