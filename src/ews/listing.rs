//! Change lists for folders that have none: public folders and group mailboxes refuse SyncFolderItems. All that is in them is listed by
//! FindItem and compared with what the last list held.

use std::collections::BTreeMap;

use super::Ews;
use super::remote::KIND;
use super::wire::Item;
use crate::sync::error::{RemoteClass, RemoteError};
use crate::sync::ids::{ChangeKey, Cursor, FolderId, ItemId};
use crate::sync::ports::{Change, ChangePage};

/// What a cursor made here begins with. No SyncState does: in base64 there is no colon.
const MARK: &str = "found:\n";

/// The version of each item of a folder; `None` for what is no contact.
type Listed = BTreeMap<String, Option<String>>;

/// Whether a cursor was made here.
pub(super) fn is_listed(cursor: Option<&Cursor>) -> bool {
    cursor.is_some_and(|cursor| cursor.text.starts_with(MARK))
}

/// Whether a refusal says that the folder has no change lists. The documentation names no code; whatever passes, or speaks of log-in,
/// rights, the folder or the cursor, has a class of its own.
pub(super) fn has_no_lists(error: &RemoteError) -> bool {
    let ours = Some("ErrorSchemaValidation");
    error.class == RemoteClass::Permanent && error.code.is_some() && error.code.as_deref() != ours
}

impl Ews {
    /// What has changed since a cursor made here, in one page, since ids are all that it holds; everything without one.
    pub(super) fn list_and_compare(
        &self,
        folder: &FolderId,
        cursor: Option<&Cursor>,
    ) -> Result<ChangePage, RemoteError> {
        let before = cursor.map(|cursor| read(&cursor.text)).unwrap_or_default();
        let (items, _) = self.find_all(folder, &[])?;
        let now: Listed = items
            .into_iter()
            .map(|item| match item {
                Item::Contact(contact) => {
                    let id = contact.item_id;
                    (id.id, Some(id.change_key.unwrap_or_default()))
                }
                Item::Other { item_id, .. } => (item_id.id, None),
            })
            .collect();
        Ok(ChangePage {
            changes: compare(&before, &now),
            cursor: Cursor {
                kind: KIND.to_owned(),
                text: write(&now),
            },
            last: true,
        })
    }
}

/// What is missing may have been passed over, because others were added or removed between two pages of the search. It is named as
/// changed: only a look at it tells.
fn compare(before: &Listed, now: &Listed) -> Vec<Change> {
    let news = now.iter().filter(|(id, key)| before.get(*id) != Some(*key));
    let named = news.map(|(id, key)| match key {
        Some(key) => Change::Present(ItemId::new(id), ChangeKey::new(key)),
        None => Change::Foreign(ItemId::new(id)),
    });
    let missing = before.iter().filter(|(id, _)| !now.contains_key(*id));
    let doubtful = missing.map(|(id, key)| match key {
        Some(_) => Change::Present(ItemId::new(id), ChangeKey::new("")),
        None => Change::Gone(ItemId::new(id)),
    });
    named.chain(doubtful).collect()
}

fn write(listed: &Listed) -> String {
    let mut text = MARK.to_owned();
    for (id, key) in listed {
        text.push_str(id);
        if let Some(key) = key {
            text.push('\t');
            text.push_str(key);
        }
        text.push('\n');
    }
    text
}

fn read(text: &str) -> Listed {
    let lines = text.strip_prefix(MARK).unwrap_or_default().lines();
    lines
        .map(|line| match line.split_once('\t') {
            Some((id, key)) => (id.to_owned(), Some(key.to_owned())),
            None => (line.to_owned(), None),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(items: &[(&str, Option<&str>)]) -> Listed {
        let own = |(id, key): &(&str, Option<&str>)| ((*id).to_owned(), key.map(str::to_owned));
        items.iter().map(own).collect()
    }

    /// semantics 13: a cursor holds what was listed, to the byte, and the same list makes the same cursor.
    #[test]
    fn a_cursor_holds_what_was_listed() {
        let all = listed(&[
            ("AAMk+/=", Some("EQ=")),
            ("AAMK+/=", Some("")),
            ("list", None),
        ]);
        let text = write(&all);
        assert_eq!(read(&text), all);
        assert_eq!(write(&read(&text)), text);
        assert_eq!(read(&write(&Listed::new())), Listed::new());
        let cursor = |text: &str| Cursor {
            kind: KIND.to_owned(),
            text: text.to_owned(),
        };
        assert!(is_listed(Some(&cursor(&text))));
        assert!(!is_listed(Some(&cursor("H4sIAAA="))) && !is_listed(None));
    }

    /// semantics 13: what is new or has another version is named, what is missing is to be looked at, the rest is silent.
    #[test]
    fn lists_are_compared_item_by_item() {
        let before = listed(&[
            ("same", Some("1")),
            ("edited", Some("1")),
            ("gone", Some("1")),
            ("list", None),
            ("old list", None),
        ]);
        let now = listed(&[
            ("same", Some("1")),
            ("edited", Some("2")),
            ("new", Some("1")),
            ("list", None),
            ("new list", None),
        ]);
        let present = |id: &str, key: &str| Change::Present(ItemId::new(id), ChangeKey::new(key));
        assert_eq!(
            compare(&before, &now),
            [
                present("edited", "2"),
                present("new", "1"),
                Change::Foreign(ItemId::new("new list")),
                present("gone", ""),
                Change::Gone(ItemId::new("old list")),
            ]
        );
        assert!(compare(&now, &now).is_empty());
    }
}
