//! An Exchange contacts folder in memory: items with ids and change keys, and change lists in the way of SyncFolderItems.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::Arc;

use exchange_contact_sync::contact::{Changes, Contact, Picture, Property, Value};
use exchange_contact_sync::sync::ids::{ChangeKey, Cursor, ItemId, Moment, Stamp};
use exchange_contact_sync::sync::ports::{Change, ChangePage, NewItem, Written};

/// In which order a change list names what it has to tell.
#[derive(Debug, Clone, Default)]
pub(crate) enum Order {
    /// As Exchange does since 2010 SP2.
    #[default]
    NewestFirst,
    /// As it did before.
    OldestFirst,
    /// In the order of these ids; what is not among them comes last.
    Of(Arc<Vec<ItemId>>),
}

/// In which of the ways seen in the wild the server behaves.
#[derive(Clone)]
pub(crate) struct Habits {
    /// The kind of its ids and cursors.
    pub(crate) kind: &'static str,
    pub(crate) page: usize,
    pub(crate) order: Order,
    pub(crate) fetch: usize,
    pub(crate) write: usize,
    /// A deletion is listed as a change; only a look at the item tells that it has left the folder.
    pub(crate) deletes_look_like_changes: bool,
    /// A person's edit gives the item a new id.
    pub(crate) edits_renew_ids: bool,
    /// The server gives a FileAs to an item that has none.
    pub(crate) computes_file_as: bool,
    /// Whether a write with a stale version is refused.
    pub(crate) checks_versions: bool,
    /// How many seconds the server's clock is ahead of the database's.
    pub(crate) clock_ahead: i64,
    /// A contact with this given name is never written: the request gets no answer.
    pub(crate) poison: Option<&'static str>,
    /// A contact with this given name makes every answer that holds it too large.
    pub(crate) unreadable: Option<&'static str>,
    /// What a person calls private is left out by whoever looks at it, although lists name it.
    pub(crate) private_left_out: bool,
    /// There is no place for a value of this property.
    pub(crate) homeless: Option<Property>,
    /// Slots that whoever reads by the port is given as lists that close up, and that are written as a whole.
    pub(crate) lists: Vec<Vec<Property>>,
    /// No request gets an answer.
    pub(crate) mute: bool,
    /// How the server changes values that it is given.
    pub(crate) normalise: fn(Property, &Value) -> Option<Value>,
}

impl Default for Habits {
    fn default() -> Self {
        Self {
            kind: "memory",
            page: 512,
            order: Order::default(),
            fetch: 10,
            write: 50,
            deletes_look_like_changes: false,
            edits_renew_ids: false,
            computes_file_as: false,
            checks_versions: true,
            clock_ahead: 0,
            poison: None,
            unreadable: None,
            private_left_out: false,
            homeless: None,
            lists: Vec::new(),
            mute: false,
            normalise: |_, value| Some(value.clone()),
        }
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Stored {
    pub(crate) contact: Contact,
    /// Pictures beside the contact's own, which is the newest one.
    pub(crate) older: Vec<Picture>,
    pub(crate) stamp: Option<Stamp>,
    pub(crate) change_key: ChangeKey,
    pub(crate) modified: Moment,
    /// Set for what is no contact, such as a distribution list.
    pub(crate) foreign: bool,
    /// FileAs was given by somebody rather than computed.
    pub(crate) file_as_given: bool,
    /// When it last came into a change list: higher is newer.
    pub(crate) event: u64,
}

/// What a cursor stands for: which items its owner was told of, at which event.
type Told = BTreeMap<ItemId, u64>;

#[derive(Clone, Default)]
pub(crate) struct Server {
    pub(crate) habits: Habits,
    pub(crate) items: BTreeMap<ItemId, Stored>,
    /// Items outside the folder: deleted or moved away, in that order.
    pub(crate) elsewhere: Vec<Stored>,
    /// Creates whose effect is still to come.
    pub(crate) late: Vec<(Moment, NewItem)>,
    /// The version of each item that was last given out with its values.
    pub(crate) shown: BTreeMap<ItemId, ChangeKey>,
    /// What the port deleted although it had changed since it was last shown: no protocol prevents that.
    pub(crate) deleted_unseen: Vec<Contact>,
    /// Whether a list began anew without an item that is named once more as it was: nobody could know.
    pub(crate) restarts_unnoticed: bool,
    /// What such a list named under another id than before: nobody could know that it is the same.
    pub(crate) unknowable: Vec<Contact>,
    /// The new ids of items by those that they had as another kind of server.
    pub(crate) translations: BTreeMap<ItemId, ItemId>,
    cursors: BTreeMap<String, Told>,
    last: u64,
    cursors_given: u64,
    /// Items written by the port since the start: made, changed or deleted.
    pub(crate) writes: u64,
    /// Items given out with their values since the start.
    pub(crate) fetched: u64,
    pub(crate) requests: u64,
}

impl Server {
    /// Whether a look at an item tells that it takes no part.
    pub(crate) fn leaves_out(&self, stored: &Stored) -> bool {
        let is_private = stored.contact.text(Property::Sensitivity) == Some("Private");
        stored.foreign || (self.habits.private_left_out && is_private)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.last += 1;
        self.last
    }

    fn new_id(&mut self) -> ItemId {
        let number = self.next();
        // Ids differ by letter case only, as they may on a real server.
        let name = if number.is_multiple_of(2) {
            "AAMk"
        } else {
            "AAMK"
        };
        ItemId::new(format!("{name}{:04}+/=", number / 2))
    }

    fn touch(&mut self, id: &ItemId, now: Moment) {
        let event = self.next();
        if let Some(stored) = self.items.get_mut(id) {
            stored.event = event;
            stored.change_key = ChangeKey::new(format!("CQ{event}"));
            stored.modified = now;
        }
    }

    pub(crate) fn renew_key(&mut self, id: &ItemId) {
        let modified = self.items[id].modified;
        self.touch(id, modified);
    }

    /// A moment as the server's own clock tells it, to the second.
    pub(crate) fn shown_time(&self, moment: Moment) -> Moment {
        Moment((moment.0 / 1_000_000 + self.habits.clock_ahead) * 1_000_000)
    }

    pub(crate) fn written(&self, id: &ItemId) -> Written {
        Written {
            id: id.clone(),
            change_key: self.items[id].change_key.clone(),
        }
    }

    pub(crate) fn insert(
        &mut self,
        contact: &Contact,
        stamp: Option<Stamp>,
        now: Moment,
    ) -> ItemId {
        let id = self.new_id();
        let stored = Stored {
            contact: Contact::new(),
            older: Vec::new(),
            stamp,
            change_key: ChangeKey::new(""),
            modified: now,
            foreign: false,
            file_as_given: false,
            event: 0,
        };
        self.items.insert(id.clone(), stored);
        let changes = contact
            .iter()
            .map(|(property, value)| (property, Some(value.clone())))
            .collect();
        self.change(&id, &changes, now);
        id
    }

    /// Puts an item into the folder, under a new id.
    pub(crate) fn put(&mut self, stored: Stored, now: Moment) -> ItemId {
        let id = self.new_id();
        self.items.insert(id.clone(), stored);
        let modified = self.items[&id].modified;
        self.touch(&id, modified.max(now));
        id
    }

    pub(crate) fn change(&mut self, id: &ItemId, changes: &Changes, now: Moment) {
        let (normalise, computes) = (self.habits.normalise, self.habits.computes_file_as);
        if let Some(stored) = self.items.get_mut(id) {
            for (property, value) in changes.iter() {
                let value = value.and_then(|value| normalise(property, value));
                if property == Property::Photo {
                    stored.older.clear();
                }
                if property == Property::FileAs {
                    stored.file_as_given = value.is_some();
                }
                stored.contact.set(property, value);
            }
            if computes && !stored.file_as_given {
                let name = [Property::Surname, Property::GivenName]
                    .into_iter()
                    .filter_map(|property| stored.contact.text(property))
                    .collect::<Vec<_>>()
                    .join(", ");
                let value = (!name.is_empty()).then_some(Value::Text(name));
                stored.contact.set(Property::FileAs, value);
            }
        }
        self.touch(id, now);
    }

    /// Puts one more picture to an item, beside those that it has.
    pub(super) fn add_picture(&mut self, id: &ItemId, picture: &Picture, now: Moment) {
        if let Some(stored) = self.items.get_mut(id) {
            if let Some(Value::Picture(old)) = stored.contact.get(Property::Photo) {
                stored.older.push(old.clone());
            }
            let value = Value::Picture(picture.clone());
            stored.contact.set(Property::Photo, Some(value));
        }
        self.touch(id, now);
    }

    /// Takes away the pictures beside an item's own.
    pub(super) fn drop_older(&mut self, id: &ItemId, now: Moment) {
        if let Some(stored) = self.items.get_mut(id) {
            stored.older.clear();
        }
        self.touch(id, now);
    }

    pub(crate) fn remove(&mut self, id: &ItemId) -> bool {
        match self.items.remove(id) {
            Some(stored) => {
                self.elsewhere.push(stored);
                true
            }
            None => false,
        }
    }

    /// Carries out the creates whose time has come.
    pub(crate) fn catch_up(&mut self, now: Moment) {
        let (due, late) = std::mem::take(&mut self.late)
            .into_iter()
            .partition::<Vec<_>, _>(|(at, _)| *at <= now);
        self.late = late;
        for (_, item) in due {
            self.insert(&item.contact, Some(item.stamp), now);
        }
    }

    pub(crate) fn rename_ids(&mut self, now: Moment) {
        for stored in std::mem::take(&mut self.items).into_values() {
            self.put(stored, now);
        }
        self.cursors.clear();
    }

    /// Goes on as another kind of server: its ids are others, its versions are not.
    pub(crate) fn moves_to(&mut self, kind: &'static str) {
        self.habits.kind = kind;
        self.translations.clear();
        for (old, stored) in std::mem::take(&mut self.items) {
            let new = self.new_id();
            self.translations.insert(old, new.clone());
            self.items.insert(new, stored);
        }
        self.cursors.clear();
    }

    pub(crate) fn forget_cursors(&mut self) {
        self.cursors.clear();
    }

    /// What somebody who was told so much is still to be told, in the server's order.
    fn news(&self, told: &Told) -> Vec<(u64, ItemId, Option<ChangeKey>)> {
        let mut news: Vec<(u64, ItemId, Option<ChangeKey>)> = self
            .items
            .iter()
            .filter(|(id, stored)| told.get(*id) != Some(&stored.event))
            .map(|(id, stored)| (stored.event, id.clone(), Some(stored.change_key.clone())))
            .collect();
        let gone = told.iter().filter(|(id, _)| !self.items.contains_key(*id));
        news.extend(gone.map(|(id, event)| (*event, id.clone(), None)));
        news.sort_by_key(|(event, id, _)| match &self.habits.order {
            Order::NewestFirst => (0, Reverse(*event)),
            Order::OldestFirst => (0, Reverse(u64::MAX - *event)),
            Order::Of(ids) => {
                let place = ids.iter().position(|known| known == id);
                (place.unwrap_or(usize::MAX), Reverse(*event))
            }
        });
        news
    }

    /// The items that the owner of a cursor, or somebody without one, is to be told of.
    pub(crate) fn to_be_told(&self, cursor: Option<&Cursor>) -> Vec<ItemId> {
        let told = cursor.and_then(|cursor| self.cursors.get(&cursor.text));
        let news = self.news(told.unwrap_or(&Told::new()));
        news.into_iter().map(|(_, id, _)| id).collect()
    }

    /// A page of what the cursor's owner was not told; `None` for a cursor that is unknown.
    pub(crate) fn page(&mut self, cursor: Option<&Cursor>, restarted: bool) -> Option<ChangePage> {
        let mut told = match cursor {
            Some(cursor) => self.cursors.get(&cursor.text)?.clone(),
            None => Told::new(),
        };
        let shows = |(id, event): (&ItemId, &u64)| {
            let stored = self.items.get(id);
            stored.is_some_and(|stored| stored.event == *event && !stored.foreign)
        };
        if restarted {
            if !told.iter().any(shows) {
                self.restarts_unnoticed = true;
                let new = self
                    .items
                    .iter()
                    .filter(|(id, stored)| stored.stamp.is_none() && !told.contains_key(*id));
                self.unknowable
                    .extend(new.map(|(_, stored)| stored.contact.clone()));
            }
            told.clear();
        }
        let mut news = self.news(&told);
        let last = news.len() <= self.habits.page;
        news.truncate(self.habits.page);
        let mut changes = Vec::new();
        for (event, id, key) in news {
            changes.push(match key {
                Some(_) if self.items[&id].foreign => Change::Foreign(id.clone()),
                Some(key) => Change::Present(id.clone(), key),
                None if self.habits.deletes_look_like_changes => {
                    Change::Present(id.clone(), ChangeKey::new(format!("CQ{event}")))
                }
                None => Change::Gone(id.clone()),
            });
            match self.items.get(&id) {
                Some(stored) => told.insert(id, stored.event),
                None => told.remove(&id),
            };
        }
        let cursor = match cursor {
            Some(cursor) if changes.is_empty() && !restarted => cursor.clone(),
            _ => {
                self.cursors_given += 1;
                let text = format!("H4sIA{}", self.cursors_given);
                self.cursors.insert(text.clone(), told);
                Cursor {
                    kind: self.habits.kind.to_owned(),
                    text,
                }
            }
        };
        Some(ChangePage {
            changes,
            cursor,
            last,
        })
    }
}
