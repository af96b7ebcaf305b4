//! The Remote port against the simulator: every call, as a driver makes them, and what goes wrong.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::indexing_slicing,
    reason = "tests"
)]

use std::collections::{BTreeMap, BTreeSet};

use crate::simulator::{Simulator, value};
use crate::whole::{self, everything};
use exchange_contact_sync::contact::{Changes, Contact, Property, Value, diff};
use exchange_contact_sync::ews::{Access, Ews, EwsConfig, FolderSpec};
use exchange_contact_sync::sync::error::{RemoteClass, RemoteError};
use exchange_contact_sync::sync::ids::{ChangeKey, Cursor, FolderId, ItemId, Stamp};
use exchange_contact_sync::sync::ports::{Change, Fetched, Item, NewItem, Remote, Update, Written};
use exchange_contact_sync::web::Secret;

fn config(simulator: &Simulator) -> EwsConfig {
    EwsConfig::basic(&simulator.url, "svc", Secret::new("secret"))
}

fn open(simulator: &Simulator) -> (Ews, FolderId) {
    let ews = Ews::new(config(simulator)).unwrap();
    let folder = ews.resolve_folder().unwrap().id;
    (ews, folder)
}

fn named(surname: &str) -> Contact {
    let mut contact = Contact::new();
    contact.set_raw(Property::GivenName, "Anna").unwrap();
    contact.set_raw(Property::Surname, surname).unwrap();
    contact
}

fn full(seed: usize) -> Contact {
    whole::full(&everything(), seed)
}

fn create(
    ews: &Ews,
    folder: &FolderId,
    contact: Contact,
    stamp: &str,
) -> Result<Written, RemoteError> {
    let stamp = Stamp::new(stamp);
    let mut all = ews.create(folder, &[NewItem { contact, stamp }])?;
    assert_eq!(all.len(), 1);
    all.pop().unwrap()
}

fn fetch(ews: &Ews, folder: &FolderId, id: &ItemId) -> Fetched {
    let mut all = ews
        .fetch(folder, std::slice::from_ref(id), &everything())
        .unwrap();
    assert_eq!(all.len(), 1);
    all.pop().unwrap()
}

fn item(ews: &Ews, folder: &FolderId, id: &ItemId) -> Item {
    match fetch(ews, folder, id) {
        Fetched::Item(item) => *item,
        other => panic!("no item: {other:?}"),
    }
}

fn update(ews: &Ews, written: &Written, changes: Changes) -> Result<Written, RemoteError> {
    let update = Update {
        id: written.id.clone(),
        change_key: written.change_key.clone(),
        changes,
        known: Changes::new(),
    };
    let folder = FolderId::new("any");
    ews.update(&folder, &[update])?.pop().unwrap()
}

/// All pages from a cursor on: the last word on each id, the last cursor, and the number of pages.
fn all_changes(
    ews: &Ews,
    folder: &FolderId,
    mut cursor: Option<Cursor>,
) -> (BTreeMap<ItemId, Change>, Cursor, usize) {
    let mut all = BTreeMap::new();
    let mut pages = 0;
    loop {
        let page = ews.changes(folder, cursor.as_ref()).unwrap();
        pages += 1;
        for change in page.changes {
            let (Change::Present(id, _) | Change::Foreign(id) | Change::Gone(id)) = &change;
            all.insert(id.clone(), change);
        }
        if page.last {
            return (all, page.cursor, pages);
        }
        cursor = Some(page.cursor);
    }
}

#[test]
fn folders_are_found_by_name_path_and_id() {
    let Some(simulator) = Simulator::start(&[]) else {
        return;
    };
    simulator.post("seed", "{\"count\":3}");
    let made = simulator.post("folders", "{\"path\":\"contacts/Customers\"}");
    let found = |spec: FolderSpec| {
        let mut config = config(&simulator);
        config.folder = spec;
        Ews::new(config).unwrap().resolve_folder()
    };
    let path =
        |names: &[&str]| FolderSpec::Path(names.iter().map(|name| (*name).to_owned()).collect());
    let contacts = found(FolderSpec::Distinguished("contacts".to_owned())).unwrap();
    assert_eq!(
        (contacts.name.as_str(), contacts.total),
        ("Contacts", Some(3))
    );
    let customers = found(path(&["Contacts", "customers"])).unwrap();
    assert_eq!(customers.id.as_str(), value(&made, "id"));
    assert_eq!(
        found(FolderSpec::Id(value(&made, "id"))).unwrap(),
        customers
    );
    assert_eq!(found(path(&["contacts"])).unwrap().id, contacts.id);
    let error = found(path(&["contacts", "Nobody"])).unwrap_err();
    assert_eq!(error.class, RemoteClass::FolderGone);
    assert!(
        error.message.contains("Nobody") && error.message.contains("Customers"),
        "{error}"
    );
    let error = found(FolderSpec::Distinguished("msgfolderroot".to_owned())).unwrap_err();
    assert_eq!(error.class, RemoteClass::Config, "{error}");
}

/// semantics 1, 12: what is no contact is told from one.
#[test]
fn every_page_size_gives_the_same_changes() {
    let Some(simulator) = Simulator::start(&[]) else {
        return;
    };
    simulator.post("seed", "{\"count\":130}");
    let list = simulator.post(
        "items",
        "{\"itemClass\":\"IPM.DistList\",\"fields\":{\"DisplayName\":\"All\"}}",
    );
    let list = ItemId::new(value(&list, "id"));
    let mut results = Vec::new();
    for (page_size, pages) in [(1, 131), (100, 2), (512, 1)] {
        let mut config = config(&simulator);
        config.page_size = page_size;
        let ews = Ews::new(config).unwrap();
        let folder = ews.resolve_folder().unwrap().id;
        let (changes, cursor, count) = all_changes(&ews, &folder, None);
        assert_eq!((changes.len(), count), (131, pages));
        assert_eq!(changes.get(&list), Some(&Change::Foreign(list.clone())));
        let idle = ews.changes(&folder, Some(&cursor)).unwrap();
        assert!(idle.changes.is_empty() && idle.last);
        results.push(changes);
    }
    assert!(results.iter().all(|changes| *changes == results[0]));

    // What a person does shows up once, as what it is.
    let (ews, folder) = open(&simulator);
    let (all, cursor, _) = all_changes(&ews, &folder, None);
    let mut ids = all.keys().filter(|id| **id != list);
    let (edited, deleted, moved) = (
        ids.next().unwrap(),
        ids.next().unwrap(),
        ids.next().unwrap(),
    );
    simulator.post(
        "items/update",
        &format!("{{\"id\":\"{edited}\",\"fields\":{{\"JobTitle\":\"Boss\"}}}}"),
    );
    simulator.post("items/delete", &format!("{{\"id\":\"{deleted}\"}}"));
    simulator.post("folders", "{\"path\":\"contacts/Other\"}");
    simulator.post(
        "items/move",
        &format!("{{\"id\":\"{moved}\",\"folder\":\"contacts/Other\"}}"),
    );
    let (changes, _, _) = all_changes(&ews, &folder, Some(cursor));
    assert_eq!(changes.len(), 3, "{changes:?}");
    assert!(matches!(changes.get(edited), Some(Change::Present(..))));
    assert_ne!(changes.get(edited), all.get(edited), "another ChangeKey");
    assert_eq!(changes.get(deleted), Some(&Change::Gone(deleted.clone())));
    assert_eq!(changes.get(moved), Some(&Change::Gone(moved.clone())));
    assert_eq!(fetch(&ews, &folder, deleted), Fetched::Gone);
    assert_eq!(fetch(&ews, &folder, moved), Fetched::Gone);
    assert!(matches!(
        fetch(&ews, &folder, &list),
        Fetched::Foreign(_) | Fetched::Failed(_)
    ));
    let job = Property::JobTitle;
    assert_eq!(item(&ews, &folder, edited).contact.text(job), Some("Boss"));
}

/// semantics 13, P10: a folder that refuses SyncFolderItems, as public folders and group mailboxes do, is listed by FindItem and compared by
/// ChangeKeys; what comes of it is the same.
#[test]
fn a_folder_without_change_lists_gives_the_same_changes() {
    let Some(simulator) = Simulator::start(&[]) else {
        return;
    };
    simulator.post("seed", "{\"count\":1300}");
    simulator.post(
        "items",
        "{\"itemClass\":\"IPM.DistList\",\"fields\":{\"DisplayName\":\"All\"}}",
    );
    let (ews, folder) = open(&simulator);
    let (all, state, _) = all_changes(&ews, &folder, None);
    let refuse = "{\"operation\":\"SyncFolderItems\",\"kind\":\"item_error\",\"code\":\"ErrorInvalidOperation\",\"times\":null}";
    simulator.post("faults", refuse);
    let (found, cursor, pages) = all_changes(&ews, &folder, None);
    assert_eq!((found.len(), pages), (1_301, 1));
    assert_eq!(found, all);
    let idle = ews.changes(&folder, Some(&cursor)).unwrap();
    assert!(idle.changes.is_empty() && idle.cursor == cursor && idle.last);
    let error = ews.changes(&folder, Some(&state)).unwrap_err();
    assert_eq!(
        error.class,
        RemoteClass::Permanent,
        "a SyncState stays one: {error}"
    );

    let mut ids = all
        .keys()
        .filter(|id| matches!(all[*id], Change::Present(..)));
    let mut next = || ids.next().unwrap().clone();
    let (edited, deleted, moved) = (next(), next(), next());
    simulator.post(
        "items/update",
        &format!("{{\"id\":\"{edited}\",\"fields\":{{\"JobTitle\":\"Boss\"}}}}"),
    );
    simulator.post("items/delete", &format!("{{\"id\":\"{deleted}\"}}"));
    simulator.post("folders", "{\"path\":\"contacts/Other\"}");
    simulator.post(
        "items/move",
        &format!("{{\"id\":\"{moved}\",\"folder\":\"contacts/Other\"}}"),
    );
    let made = create(&ews, &folder, named("New"), "s").unwrap();
    let (changes, cursor, _) = all_changes(&ews, &folder, Some(cursor));
    simulator.clear_faults();
    let (expected, ..) = all_changes(&ews, &folder, Some(state));
    assert_eq!(
        changes.keys().collect::<Vec<_>>(),
        expected.keys().collect::<Vec<_>>()
    );
    for id in [&edited, &made.id] {
        assert_eq!(changes[id], expected[id]);
    }
    // What is missing is not taken for gone before a look at it.
    for id in [&deleted, &moved] {
        assert_eq!(changes[id], Change::Present(id.clone(), ChangeKey::new("")));
        assert_eq!(fetch(&ews, &folder, id), Fetched::Gone);
    }
    assert!(
        ews.changes(&folder, Some(&cursor))
            .unwrap()
            .changes
            .is_empty()
    );
}

/// P8, semantics 46: an item that turns private is a change as any other, and no deletion; our writes leave it private.
#[test]
fn an_item_that_turns_private_is_no_deletion() {
    let Some(simulator) = Simulator::start(&[]) else {
        return;
    };
    let (ews, folder) = open(&simulator);
    let made = create(&ews, &folder, named("A"), "s").unwrap();
    let (_, cursor, _) = all_changes(&ews, &folder, None);
    let private = |id: &ItemId| {
        let id = id.as_str().replace('+', "%2B").replace('/', "%2F");
        value(&simulator.get(&format!("items/{id}")), "Sensitivity")
    };
    simulator.post(
        "items/update",
        &format!(
            "{{\"id\":\"{}\",\"fields\":{{\"Sensitivity\":\"Private\"}}}}",
            made.id
        ),
    );
    let (changes, _, _) = all_changes(&ews, &folder, Some(cursor));
    let now = item(&ews, &folder, &made.id);
    assert_eq!(
        changes[&made.id],
        Change::Present(made.id.clone(), now.change_key.clone())
    );
    assert_ne!(now.change_key, made.change_key);
    assert_eq!(now.contact.text(Property::Surname), Some("A"));
    let written = Written {
        id: made.id.clone(),
        change_key: now.change_key,
    };
    let changes = diff(&named("A"), &named("B"), &[Property::Surname]);
    update(&ews, &written, changes).unwrap();
    assert_eq!(
        item(&ews, &folder, &made.id)
            .contact
            .text(Property::Surname),
        Some("B")
    );
    assert_eq!(private(&made.id), "Private");
}

#[test]
fn a_full_contact_comes_back_as_it_was_sent_whatever_the_answer_looks_like() {
    for arguments in [&[][..], &["--gzip"][..]] {
        let Some(simulator) = Simulator::start(arguments) else {
            return;
        };
        let (ews, folder) = open(&simulator);
        for (seed, prefixes) in ["usual", "other", "default"].iter().enumerate() {
            simulator.post("modes", &format!("{{\"prefixes\":\"{prefixes}\"}}"));
            let stamp = format!("stamp-{seed}");
            let contact = full(seed);
            let written = create(&ews, &folder, contact.clone(), &stamp).unwrap();
            let read = item(&ews, &folder, &written.id);
            assert_eq!(read.contact, contact, "{prefixes}");
            assert_eq!(read.change_key, written.change_key);
            assert_eq!(read.stamp, Some(Stamp::new(stamp)));
            assert!(read.modified.is_some());
        }
    }
}

#[test]
fn a_contact_without_a_name_for_lists_gets_one() {
    let Some(simulator) = Simulator::start(&[]) else {
        return;
    };
    let (ews, folder) = open(&simulator);
    let written = create(&ews, &folder, named("Beispiel"), "s").unwrap();
    let contact = item(&ews, &folder, &written.id).contact;
    assert_eq!(contact.text(Property::FileAs), Some("Beispiel, Anna"));
    assert_eq!(contact.text(Property::DisplayName), Some("Anna Beispiel"));
}

/// P8, semantics 33.
#[test]
fn each_property_is_set_and_cleared_alone_and_nothing_else_is_touched() {
    let Some(simulator) = Simulator::start(&[]) else {
        return;
    };
    let (ews, folder) = open(&simulator);
    let (old, new) = (full(1), full(2));
    let mut written = create(&ews, &folder, old.clone(), "s").unwrap();
    simulator.post(
        "items/update",
        &format!(
            "{{\"id\":\"{}\",\"fields\":{{\"Profession\":\"Pilot\",\"Manager\":\"M\"}}}}",
            written.id
        ),
    );
    written.change_key = item(&ews, &folder, &written.id).change_key;
    let mut expected = old;
    for (property, text) in [(Property::Profession, "Pilot"), (Property::Manager, "M")] {
        expected.set_raw(property, text).unwrap();
    }
    let mut mapped = everything();
    mapped.retain(|property| ![Property::Profession, Property::Manager].contains(property));
    for property in mapped.clone() {
        let changes = diff(&expected, &new, &[property]);
        expected.apply(&changes);
        written = update(&ews, &written, changes).unwrap();
        let read = item(&ews, &folder, &written.id);
        if property == Property::FileAs {
            // One that is given is not the server's to make.
            expected.set(Property::FileAsMapping, None);
        }
        if [Property::FileAsMapping, Property::CompanyName].contains(&property) {
            // A mapping is an order to the server: here FileAs is the company.
            let company = expected.get(Property::CompanyName).cloned();
            expected.set(Property::FileAs, company);
        }
        assert_eq!(read.contact, expected, "{property} set");
        assert_eq!(read.change_key, written.change_key);
    }
    // The names that the server computes others from stay, so that nothing is computed in place of what is cleared.
    let kept = [Property::DisplayName, Property::FileAs];
    for property in mapped
        .iter()
        .copied()
        .filter(|property| !kept.contains(property))
    {
        let changes: Changes = [(property, None)].into_iter().collect();
        expected.apply(&changes);
        written = update(&ews, &written, changes).unwrap();
        if property == Property::Culture {
            // Without one of its own an item has that of its server.
            expected.set_raw(property, "en-US").unwrap();
        }
        let read = item(&ews, &folder, &written.id).contact;
        assert_eq!(read, expected, "{property} cleared");
    }
    let mut all = diff(&expected, &new, &mapped);
    all.insert(Property::GivenName, None);
    expected.apply(&all);
    update(&ews, &written, all).unwrap();
    assert_eq!(item(&ews, &folder, &written.id).contact, expected);
    let stored = simulator.get(&format!(
        "items/{}",
        written.id.as_str().replace('+', "%2B").replace('/', "%2F")
    ));
    assert_eq!(
        (value(&stored, "Profession"), value(&stored, "Manager")),
        ("Pilot".to_owned(), "M".to_owned())
    );
}

/// semantics 26.
#[test]
fn a_stale_version_is_a_conflict_and_writes_nothing() {
    let Some(simulator) = Simulator::start(&[]) else {
        return;
    };
    let (ews, folder) = open(&simulator);
    let first = create(&ews, &folder, named("A"), "s-1").unwrap();
    let second = create(&ews, &folder, named("B"), "s-2").unwrap();
    simulator.post(
        "items/update",
        &format!(
            "{{\"id\":\"{}\",\"fields\":{{\"JobTitle\":\"Theirs\"}}}}",
            first.id
        ),
    );
    let changes = |text: &str| {
        let mut contact = Contact::new();
        contact.set_raw(Property::JobTitle, text).unwrap();
        diff(&Contact::new(), &contact, &[Property::JobTitle])
    };
    let one = |written: &Written| Update {
        id: written.id.clone(),
        change_key: written.change_key.clone(),
        changes: changes("Ours"),
        known: Changes::new(),
    };
    let gone = Update {
        id: ItemId::new("AAMkNoSuchItem="),
        change_key: ChangeKey::new("EQAAAA=="),
        changes: changes("Ours"),
        known: Changes::new(),
    };
    let results = ews
        .update(&folder, &[one(&first), one(&second), gone])
        .unwrap();
    let class = |index: usize| {
        results[index]
            .as_ref()
            .map(|_| ())
            .map_err(|error| error.class)
    };
    assert_eq!(class(0), Err(RemoteClass::Conflict));
    assert_eq!(class(1), Ok(()));
    assert!(class(2).is_err());
    let job = |written: &Written| {
        let contact = item(&ews, &folder, &written.id).contact;
        contact.text(Property::JobTitle).map(str::to_owned)
    };
    assert_eq!(job(&first).as_deref(), Some("Theirs"));
    assert_eq!(job(&second).as_deref(), Some("Ours"));
}

/// semantics 20, 21.
#[test]
fn a_created_item_is_found_by_its_stamp_when_the_answer_was_lost() {
    let Some(simulator) = Simulator::start(&[]) else {
        return;
    };
    let (ews, folder) = open(&simulator);
    create(&ews, &folder, named("Other"), "s-other").unwrap();
    for (kind, made) in [("cut_after", 1), ("cut_middle", 1), ("cut_before", 0)] {
        simulator.post(
            "faults",
            &format!("{{\"operation\":\"CreateItem\",\"kind\":\"{kind}\"}}"),
        );
        let before = ews.requests();
        let error = create(&ews, &folder, named("Lost"), kind).unwrap_err();
        assert!(error.outcome_unknown, "{kind}: {error}");
        assert_eq!(ews.requests() - before, 1);
        let stamps = [Stamp::new(kind), Stamp::new("never sent")];
        let found = ews.find_stamped(&folder, &stamps).unwrap();
        assert_eq!(found.len(), made, "{kind}");
        for written in &found {
            let read = item(&ews, &folder, &written.id);
            assert_eq!(read.stamp, Some(Stamp::new(kind)));
            assert_eq!(read.change_key, written.change_key);
        }
    }
    // A copy made in Outlook bears the stamp as well.
    let original = ews
        .find_stamped(&folder, &[Stamp::new("s-other")])
        .unwrap()
        .pop()
        .unwrap();
    simulator.post("items/copy", &format!("{{\"id\":\"{}\"}}", original.id));
    let both = ews.find_stamped(&folder, &[Stamp::new("s-other")]).unwrap();
    let ids: BTreeSet<&ItemId> = both.iter().map(|written| &written.id).collect();
    assert!(ids.len() == 2 && ids.contains(&original.id));
    assert!(
        ews.find_stamped(&folder, &[Stamp::new("S-OTHER-2")])
            .unwrap()
            .is_empty()
    );
}

/// semantics 30.
#[test]
fn deleting_is_done_when_the_item_is_gone_already() {
    let Some(simulator) = Simulator::start(&[]) else {
        return;
    };
    let (ews, folder) = open(&simulator);
    let written = create(&ews, &folder, named("A"), "s").unwrap();
    let stays = create(&ews, &folder, named("B"), "t").unwrap();
    for _ in 0..2 {
        let done = ews
            .delete(&folder, std::slice::from_ref(&written.id))
            .unwrap();
        assert_eq!(done, [Ok(())]);
        assert_eq!(fetch(&ews, &folder, &written.id), Fetched::Gone);
    }
    assert!(matches!(fetch(&ews, &folder, &stays.id), Fetched::Item(_)));
    let items = simulator.get("items?folder=deleteditems");
    assert!(
        items.contains("\"Surname\":\"A\""),
        "in Deleted Items: {items}"
    );
}

#[test]
fn failures_are_told_apart_and_pass() {
    let Some(simulator) = Simulator::start(&[]) else {
        return;
    };
    let (ews, folder) = open(&simulator);
    let written = create(&ews, &folder, named("A"), "s").unwrap();
    use RemoteClass::{Auth, Config, Throttled, Transient};
    let table = [
        (
            "{\"kind\":\"server_busy_fault\",\"backOffMilliseconds\":1500}",
            Throttled,
            Some(1500),
        ),
        (
            "{\"kind\":\"server_busy_message\",\"backOffMilliseconds\":2500}",
            Throttled,
            Some(2500),
        ),
        ("{\"kind\":\"http_status\",\"status\":503}", Transient, None),
        (
            "{\"kind\":\"http_status\",\"status\":503,\"retryAfter\":3}",
            Throttled,
            Some(3000),
        ),
        ("{\"kind\":\"http_status\",\"status\":401}", Auth, None),
        ("{\"kind\":\"redirect_genericerrorpage\"}", Transient, None),
        ("{\"kind\":\"html_200\"}", Config, None),
        ("{\"kind\":\"cut_before\"}", Transient, None),
        ("{\"kind\":\"cut_middle\"}", Transient, None),
        (
            "{\"kind\":\"soap_fault\",\"code\":\"ErrorMailboxMoveInProgress\"}",
            Transient,
            None,
        ),
        (
            "{\"kind\":\"item_error\",\"code\":\"ErrorAccessDenied\"}",
            Auth,
            None,
        ),
        (
            "{\"kind\":\"item_error\",\"code\":\"ErrorInternalServerError\",\"inner\":\"ErrorServerBusy\"}",
            Throttled,
            None,
        ),
    ];
    for (plant, class, wait) in table {
        simulator.post("faults", plant);
        let error = ews
            .fetch(&folder, std::slice::from_ref(&written.id), &everything())
            .unwrap_err();
        assert_eq!(error.class, class, "{plant}: {error}");
        let waited = error.retry_after.map(|wait| wait.as_millis());
        assert_eq!(waited, wait, "{plant}");
        assert!(!format!("{error:?}").contains("secret"));
        // A cut answer may need a second look at the same state; nothing else is left behind.
        simulator.clear_faults();
        assert!(
            matches!(fetch(&ews, &folder, &written.id), Fetched::Item(_)),
            "{plant}"
        );
    }
    simulator.post("faults", "{\"kind\":\"illegal_character\"}");
    let read = item(&ews, &folder, &written.id);
    assert_eq!(read.contact.text(Property::Surname), Some("A"));

    simulator.post("offline", "{\"offline\":true}");
    let error = ews.changes(&folder, None).unwrap_err();
    assert_eq!(error.class, Transient, "{error}");
    simulator.post("offline", "{\"offline\":false}");
    assert_eq!(ews.changes(&folder, None).unwrap().changes.len(), 1);
}

/// semantics 11: what was not tried is told from what failed.
#[test]
fn one_bad_contact_of_a_batch_does_not_spoil_the_others() {
    let Some(simulator) = Simulator::start(&[]) else {
        return;
    };
    let (ews, folder) = open(&simulator);
    let items = |stamps: [&str; 3]| {
        stamps.map(|stamp| NewItem {
            contact: named(stamp),
            stamp: Stamp::new(stamp),
        })
    };
    let classes = |results: &[Result<Written, RemoteError>]| {
        let all = results.iter();
        all.map(|one| {
            one.as_ref()
                .err()
                .map(|error| (error.class, error.outcome_unknown))
        })
        .collect::<Vec<_>>()
    };
    simulator.post(
        "faults",
        "{\"kind\":\"item_error\",\"index\":1,\"code\":\"ErrorItemSavePropertyError\"}",
    );
    let results = ews.create(&folder, &items(["a", "b", "c"])).unwrap();
    assert_eq!(
        classes(&results),
        [None, Some((RemoteClass::Permanent, false)), None]
    );

    // This code stops the batch: what follows was not done, and is told so.
    simulator.post(
        "faults",
        "{\"kind\":\"item_error\",\"index\":1,\"code\":\"ErrorQuotaExceeded\"}",
    );
    let results = ews.create(&folder, &items(["d", "e", "f"])).unwrap();
    let stopped = Some((RemoteClass::Untried, false));
    assert_eq!(
        classes(&results),
        [None, Some((RemoteClass::Config, false)), stopped]
    );
    let stamps = ["a", "b", "c", "d", "e", "f"].map(Stamp::new);
    assert_eq!(ews.find_stamped(&folder, &stamps).unwrap().len(), 3);
}

#[test]
fn a_refused_cursor_is_told_from_a_missing_folder() {
    let Some(simulator) = Simulator::start(&[]) else {
        return;
    };
    let (ews, folder) = open(&simulator);
    let (_, cursor, _) = all_changes(&ews, &folder, None);
    let class = |folder: &FolderId, cursor: &Cursor| {
        ews.changes(folder, Some(cursor))
            .map(|_| ())
            .map_err(|error| error.class)
    };
    assert_eq!(class(&folder, &cursor), Ok(()));
    let foreign = Cursor {
        kind: "graph".to_owned(),
        ..cursor.clone()
    };
    assert_eq!(class(&folder, &foreign), Err(RemoteClass::CursorInvalid));
    simulator.post("modes", "{\"forgetStates\":true}");
    assert_eq!(class(&folder, &cursor), Err(RemoteClass::CursorInvalid));
    simulator.post("modes", "{\"stateSize\":5000000}");
    let (_, large, _) = all_changes(&ews, &folder, None);
    assert!(large.text.len() > 5_000_000);
    assert_eq!(class(&folder, &large), Ok(()));
    simulator.post(
        "modes",
        "{\"stateSize\":300,\"duplicates\":true,\"readFlagChanges\":true,\"updateForUnseen\":true}",
    );
    simulator.post("seed", "{\"count\":5}");
    assert_eq!(all_changes(&ews, &folder, None).0.len(), 5);
}

#[test]
fn another_mailbox_is_opened_by_rights_or_by_impersonation_and_a_wrong_password_is_named() {
    let arguments = [
        "--mailbox",
        "own@example.com",
        "--mailbox",
        "sales@example.com",
    ];
    let Some(simulator) = Simulator::start(&arguments) else {
        return;
    };
    simulator.post("seed", "{\"count\":4,\"mailbox\":\"sales@example.com\"}");
    for access in [Access::Delegate, Access::Impersonation] {
        let mut config = config(&simulator);
        config.mailbox = Some("sales@example.com".to_owned());
        config.access = access;
        let ews = Ews::new(config).unwrap();
        let folder = ews.resolve_folder().unwrap();
        assert_eq!(folder.total, Some(4), "{access:?}");
        create(&ews, &folder.id, named("A"), "s").unwrap();
        let found = ews.find_stamped(&folder.id, &[Stamp::new("s")]).unwrap();
        let ids: Vec<ItemId> = found.into_iter().map(|written| written.id).collect();
        assert_eq!(ews.delete(&folder.id, &ids).unwrap(), [Ok(())]);
    }
    let (own, _) = open(&simulator);
    assert_eq!(own.resolve_folder().unwrap().total, Some(0));

    let mut wrong = config(&simulator);
    wrong.login = exchange_contact_sync::ews::Login::Basic(exchange_contact_sync::ews::Account {
        username: "svc".to_owned(),
        password: Secret::new("hunter2"),
    });
    let error = Ews::new(wrong).unwrap().resolve_folder().unwrap_err();
    assert_eq!(error.class, RemoteClass::Auth);
    assert!(!format!("{error:?}").contains("hunter2"));

    let mut unknown = config(&simulator);
    unknown.mailbox = Some("nobody@example.com".to_owned());
    unknown.access = Access::Impersonation;
    let error = Ews::new(unknown).unwrap().resolve_folder().unwrap_err();
    assert!(
        matches!(error.class, RemoteClass::Config | RemoteClass::Auth),
        "{error}"
    );
}

/// semantics 38, user-pains 14: a new name changes the display name and FileAs once, in the form that they have; a FileAs that a person
/// gave stays.
#[test]
fn a_new_name_is_shown_everywhere_and_a_chosen_one_stays() {
    let Some(simulator) = Simulator::start(&[]) else {
        return;
    };
    let (ews, folder) = open(&simulator);
    let shown = |id: &ItemId| {
        let contact = item(&ews, &folder, id).contact;
        [Property::DisplayName, Property::FileAs, Property::Subject]
            .map(|property| contact.text(property).unwrap_or_default().to_owned())
    };
    let married = || {
        let value = Some(Value::Text("Cramer".to_owned()));
        [(Property::Surname, value)]
            .into_iter()
            .collect::<Changes>()
    };
    let written = create(&ews, &folder, named("Berg"), "s1").unwrap();
    assert_eq!(shown(&written.id), ["Anna Berg", "Berg, Anna", "Anna Berg"]);
    let written = update(&ews, &written, married()).unwrap();
    assert_eq!(
        shown(&written.id),
        ["Anna Cramer", "Cramer, Anna", "Anna Cramer"]
    );

    let mut chosen = create(&ews, &folder, named("Berg"), "s2").unwrap();
    simulator.post(
        "items/update",
        &format!(
            "{{\"id\":\"{}\",\"fields\":{{\"FileAs\":\"Annie\",\"FileAsMapping\":\"None\",\"DisplayName\":\"Annie B.\"}}}}",
            chosen.id
        ),
    );
    chosen.change_key = item(&ews, &folder, &chosen.id).change_key;
    let requests = ews.requests();
    update(&ews, &chosen, married()).unwrap();
    assert_eq!(ews.requests() - requests, 2, "a look and the update");
    let [display, file_as, _] = shown(&chosen.id);
    assert_eq!([display.as_str(), file_as.as_str()], ["Annie B.", "Annie"]);
}
