//! An in-memory Exchange folder behind the `Remote` port, with a person in Outlook on its other side.

mod lists;
mod outlook;
mod person;
mod server;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use exchange_contact_sync::contact::{Contact, Picture, Property};
use exchange_contact_sync::sync::clock::Skew;
use exchange_contact_sync::sync::error::{RemoteClass, RemoteError};
use exchange_contact_sync::sync::ids::{ChangeKey, Cursor, FolderId, ItemId, Stamp};
use exchange_contact_sync::sync::ports::{
    Capabilities, ChangePage, Fetched, Folder, Item, NewItem, Remote, Update, Written,
};

use crate::clock::Clock;
use crate::script::{Fault, Port, Script};

use server::Server;
pub(crate) use server::{Habits, Order};

pub(crate) struct MemoryRemote {
    script: Arc<Script>,
    clock: Clock,
    server: Mutex<Server>,
}

impl MemoryRemote {
    pub(crate) fn new(script: Arc<Script>, clock: Clock, habits: Habits) -> Self {
        let mut server = Server::default();
        server.habits = habits;
        Self {
            script,
            clock,
            server: Mutex::new(server),
        }
    }

    /// The same folder once more: what happens to one of them does not happen to the other.
    pub(crate) fn fork(&self, script: Arc<Script>, clock: Clock) -> Self {
        Self {
            script,
            clock,
            server: Mutex::new(self.with(|server| server.clone())),
        }
    }

    /// Looks at the server itself, or changes it, behind the port's back.
    pub(crate) fn with<T>(&self, work: impl FnOnce(&mut Server) -> T) -> T {
        let mut server = self.server.lock().unwrap();
        server.catch_up(self.clock.now());
        work(&mut server)
    }

    /// A request: faults before its effect, the effect, faults after it.
    fn request<T>(
        &self,
        op: &'static str,
        effect: impl FnOnce(&mut Server, Option<Fault>) -> Result<T, RemoteError>,
    ) -> Result<T, RemoteError> {
        let fault = self
            .script
            .enter(Port::Remote, op)
            .map_err(|()| RemoteError::new(RemoteClass::Transient, "the process is dead"))?;
        self.clock.tick();
        let mut server = self.server.lock().unwrap();
        server.catch_up(self.clock.now());
        server.requests += 1;
        match fault {
            Some(Fault::Before | Fault::Deadlock) => {
                return Err(RemoteError::new(RemoteClass::Transient, "no connection"));
            }
            Some(Fault::TimedOut) => return Err(lost("no answer in time")),
            Some(Fault::Late(_)) if op != "create" => return Err(lost("no answer in time")),
            _ if server.habits.mute => return Err(lost("no answer in time")),
            Some(Fault::LoginRefused) => {
                return Err(RemoteError::new(RemoteClass::Auth, "wrong password"));
            }
            Some(Fault::Throttled(seconds)) => {
                let mut error = RemoteError::new(RemoteClass::Throttled, "the server is busy");
                error.retry_after = Some(Duration::from_secs(seconds));
                return Err(error);
            }
            // A mailbox is not moved between a list and a look at what it names.
            Some(Fault::IdsRenamed) if op != "changes" => return Err(lost("no answer in time")),
            Some(Fault::IdsRenamed) => server.rename_ids(self.clock.now()),
            Some(Fault::CursorsLost) => server.forget_cursors(),
            _ => {}
        }
        let answer = effect(&mut server, fault);
        if fault == Some(Fault::After) {
            return Err(lost("the connection broke"));
        }
        answer
    }
}

/// Whether a contact has the given name that the server cannot stand.
fn bears(contact: &Contact, name: Option<&str>) -> bool {
    name.is_some() && contact.text(Property::GivenName) == name
}

fn lost(message: &str) -> RemoteError {
    let mut error = RemoteError::new(RemoteClass::Transient, message);
    error.outcome_unknown = true;
    error
}

/// The failure of one contact of a request, if the fault is about this one.
fn one_fails(fault: Option<Fault>, index: usize, count: usize) -> Option<RemoteError> {
    match fault {
        Some(Fault::OneRefused(which)) if which % count == index => Some(RemoteError::new(
            RemoteClass::Permanent,
            "the item is refused",
        )),
        Some(Fault::StoppedAt(place)) if place % count == index => Some(RemoteError::new(
            RemoteClass::Permanent,
            "the item is refused",
        )),
        Some(Fault::StoppedAt(place)) if place % count < index => Some(RemoteError::new(
            RemoteClass::Untried,
            "the batch was stopped before",
        )),
        Some(Fault::OneTransient(which)) if which % count == index => {
            Some(RemoteError::new(RemoteClass::Transient, "the item is busy"))
        }
        _ => None,
    }
}

impl Remote for MemoryRemote {
    fn capabilities(&self) -> Capabilities {
        let server = self.server.lock().unwrap();
        let habits = &server.habits;
        Capabilities {
            kind: habits.kind,
            page: habits.page,
            fetch: habits.fetch,
            write: habits.write,
            picture: 4 << 20,
            lists: habits.lists.clone(),
            together: habits.lists.clone(),
            computed: if habits.computes_file_as {
                vec![Property::FileAs]
            } else {
                Vec::new()
            },
        }
    }

    fn resolve_folder(&self) -> Result<Folder, RemoteError> {
        self.request("resolve_folder", |server, _| {
            Ok(Folder {
                id: FolderId::new("folder"),
                name: "Contacts".to_owned(),
                total: Some(server.items.len() as u64),
            })
        })
    }

    fn changes(
        &self,
        folder: &FolderId,
        cursor: Option<&Cursor>,
    ) -> Result<ChangePage, RemoteError> {
        assert_eq!(folder.as_str(), "folder");
        self.request("changes", |server, fault| {
            let restarted = fault == Some(Fault::CursorRestarted);
            let page = server.page(cursor, restarted).ok_or_else(|| {
                RemoteError::new(RemoteClass::CursorInvalid, "the cursor is refused")
            });
            match (fault, cursor) {
                (Some(Fault::CursorRepeated), Some(cursor)) => page.map(|page| ChangePage {
                    cursor: cursor.clone(),
                    last: false,
                    ..page
                }),
                _ => page,
            }
        })
    }

    fn fetch(
        &self,
        folder: &FolderId,
        ids: &[ItemId],
        _: &[Property],
    ) -> Result<Vec<Fetched>, RemoteError> {
        assert_eq!(folder.as_str(), "folder");
        self.request("fetch", |server, fault| {
            assert!(ids.len() <= server.habits.fetch, "too many items at once");
            assert!(!ids.is_empty(), "a request that asks for nothing");
            let mut answers = Vec::new();
            let held = ids.iter().filter_map(|id| server.items.get(id));
            if held
                .clone()
                .any(|stored| bears(&stored.contact, server.habits.unreadable))
            {
                return Err(RemoteError::new(
                    RemoteClass::Permanent,
                    "the answer is too large",
                ));
            }
            for (index, id) in ids.iter().enumerate() {
                if let Some(error) = one_fails(fault, index, ids.len()) {
                    answers.push(Fetched::Failed(error));
                    continue;
                }
                server.fetched += 1;
                if let Some(stored) = server.items.get(id) {
                    let version = stored.change_key.clone();
                    server.shown.insert(id.clone(), version);
                }
                answers.push(match server.items.get(id) {
                    None => Fetched::Gone,
                    Some(stored) if server.leaves_out(stored) => {
                        Fetched::Foreign(stored.change_key.clone())
                    }
                    Some(stored) => Fetched::Item(Box::new(Item {
                        id: id.clone(),
                        change_key: stored.change_key.clone(),
                        contact: lists::closed_up(&stored.contact, &server.habits.lists),
                        stamp: stored.stamp.clone(),
                        modified: Some(server.shown_time(stored.modified)),
                    })),
                });
            }
            Ok(answers)
        })
    }

    fn find_stamped(
        &self,
        folder: &FolderId,
        stamps: &[Stamp],
    ) -> Result<Vec<Written>, RemoteError> {
        assert_eq!(folder.as_str(), "folder");
        self.request("find_stamped", |server, _| {
            assert!(!stamps.is_empty(), "a request that asks for nothing");
            let found = server.items.iter().filter(|(_, stored)| {
                let stamp = stored.stamp.as_ref();
                stamp.is_some_and(|stamp| stamps.contains(stamp))
            });
            Ok(found.map(|(id, _)| server.written(id)).collect())
        })
    }

    fn create(
        &self,
        folder: &FolderId,
        items: &[NewItem],
    ) -> Result<Vec<Result<Written, RemoteError>>, RemoteError> {
        assert_eq!(folder.as_str(), "folder");
        self.request("create", |server, fault| {
            assert!(items.len() <= server.habits.write, "too many items at once");
            assert!(!items.is_empty(), "a request that asks for nothing");
            let now = self.clock.now();
            let poison = server.habits.poison;
            if items.iter().any(|item| bears(&item.contact, poison)) {
                return Err(lost("the connection broke"));
            }
            if let Some(Fault::Late(seconds)) = fault {
                let mut at = now;
                at.0 += seconds * 1_000_000;
                let late = items.iter().map(|item| (at, item.clone()));
                server.late.extend(late);
                return Err(lost("no answer in time"));
            }
            let mut answers = Vec::new();
            for (index, item) in items.iter().enumerate() {
                assert_eq!(item.contact.get(Property::Photo), None, "pictures follow");
                if let Some(error) = one_fails(fault, index, items.len()) {
                    answers.push(Err(error));
                    continue;
                }
                server.writes += 1;
                let id = server.insert(&item.contact, Some(item.stamp.clone()), now);
                answers.push(Ok(server.written(&id)));
            }
            Ok(answers)
        })
    }

    fn update(
        &self,
        _: &FolderId,
        updates: &[Update],
    ) -> Result<Vec<Result<Written, RemoteError>>, RemoteError> {
        self.request("update", |server, fault| {
            assert!(
                updates.len() <= server.habits.write,
                "too many items at once"
            );
            assert!(!updates.is_empty(), "a request that asks for nothing");
            let now = self.clock.now();
            let mut answers = Vec::new();
            for (index, update) in updates.iter().enumerate() {
                assert!(!update.changes.is_empty(), "an update that changes nothing");
                let pictured = update.changes.contains(Property::Photo);
                assert!(!pictured, "a picture travels alone");
                if let Some(error) = one_fails(fault, index, updates.len()) {
                    answers.push(Err(error));
                    continue;
                }
                answers.push(match server.items.get(&update.id) {
                    None => Err(RemoteError::new(RemoteClass::Gone, "no such item")),
                    Some(stored)
                        if server.habits.checks_versions
                            && stored.change_key != update.change_key =>
                    {
                        Err(RemoteError::new(
                            RemoteClass::Conflict,
                            "a stale change key",
                        ))
                    }
                    Some(_)
                        if server
                            .habits
                            .homeless
                            .is_some_and(|property| update.changes.contains(property)) =>
                    {
                        Err(RemoteError {
                            property: server.habits.homeless,
                            ..RemoteError::new(RemoteClass::Permanent, "there is no place")
                        })
                    }
                    Some(_) => {
                        server.writes += 1;
                        let now_there = &server.items[&update.id].contact;
                        let changes = lists::rewritten(now_there, &server.habits.lists, update);
                        server.change(&update.id, &changes, now);
                        Ok(server.written(&update.id))
                    }
                });
            }
            Ok(answers)
        })
    }

    fn translate(&self, _: &str, ids: &[ItemId]) -> Result<Vec<Option<ItemId>>, RemoteError> {
        self.request("translate", |server, _| {
            let found = ids.iter().map(|id| server.translations.get(id).cloned());
            Ok(found.collect())
        })
    }

    fn set_photo(
        &self,
        folder: &FolderId,
        id: &ItemId,
        change_key: &ChangeKey,
        picture: Option<&Picture>,
        _: &[Property],
    ) -> Result<Written, RemoteError> {
        assert_eq!(folder.as_str(), "folder");
        let now = self.clock.now();
        let (added, seen) = self.request("set_photo", |server, fault| {
            if let Some(error) = one_fails(fault, 0, 1) {
                return Err(error);
            }
            match server.items.get(id) {
                None => return Err(RemoteError::new(RemoteClass::Gone, "no such item")),
                Some(stored) if stored.change_key != *change_key => {
                    let message = "a stale change key";
                    return Err(RemoteError::new(RemoteClass::Conflict, message));
                }
                Some(_) => {}
            }
            if let Some(picture) = picture {
                assert!(picture.bytes().is_some(), "a picture without its bytes");
                server.writes += 1;
                server.add_picture(id, picture, now);
            }
            Ok((server.written(id), server.items[id].clone()))
        })?;
        let is_done = seen.older.is_empty()
            && (picture.is_some() || seen.contact.get(Property::Photo).is_none());
        if is_done {
            return Ok(added);
        }
        self.request("drop_photos", |server, _| {
            if !server.items.contains_key(id) {
                return Err(RemoteError::new(RemoteClass::Gone, "no such item"));
            }
            server.writes += 1;
            if picture.is_some() {
                server.drop_older(id, now);
            } else {
                let nothing = [(Property::Photo, None)].into_iter().collect();
                server.change(id, &nothing, now);
            }
            Ok(())
        })?;
        // The deletion of a picture looks at no version: had somebody else written in between, the last one would hide it.
        self.request("look_at_photo", |server, _| {
            let mut expected = seen.contact.clone();
            expected.set(
                Property::Photo,
                picture.and(seen.contact.get(Property::Photo).cloned()),
            );
            match server.items.get(id) {
                None => Err(RemoteError::new(RemoteClass::Gone, "no such item")),
                Some(stored) if stored.contact == expected => Ok(server.written(id)),
                Some(_) => Ok(added),
            }
        })
    }

    fn delete(
        &self,
        _: &FolderId,
        ids: &[ItemId],
    ) -> Result<Vec<Result<(), RemoteError>>, RemoteError> {
        self.request("delete", |server, fault| {
            assert!(ids.len() <= server.habits.write, "too many items at once");
            assert!(!ids.is_empty(), "a request that asks for nothing");
            let mut answers = Vec::new();
            for (index, id) in ids.iter().enumerate() {
                if let Some(error) = one_fails(fault, index, ids.len()) {
                    answers.push(Err(error));
                    continue;
                }
                if let Some(stored) = server.items.get(id)
                    && server.shown.get(id) != Some(&stored.change_key)
                {
                    let contact = stored.contact.clone();
                    server.deleted_unseen.push(contact);
                }
                server.writes += u64::from(server.remove(id));
                answers.push(Ok(()));
            }
            Ok(answers)
        })
    }

    fn clock(&self) -> Option<Skew> {
        let server = self.server.lock().unwrap();
        let ahead = server.habits.clock_ahead * 1_000_000;
        (server.requests > 0).then_some(Skew {
            least: ahead - 200_000,
            most: ahead + 200_000,
        })
    }

    fn requests(&self) -> u64 {
        self.server.lock().unwrap().requests
    }
}
