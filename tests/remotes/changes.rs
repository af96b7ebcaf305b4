//! Change lists.

use exchange_contact_sync::contact::Changes;
use exchange_contact_sync::sync::error::RemoteClass;
use exchange_contact_sync::sync::ids::Cursor;
use exchange_contact_sync::sync::ports::{Change, Fetched};

use crate::kinds::{Which, World, changes, named, over_each};
use crate::simulator::value;

/// semantics 5, 7: everything at first, then what has changed, our own writes included; a cursor may be read from again.
#[test]
fn a_list_names_everything_and_then_what_has_changed() {
    over_each(|world| {
        let which = world.which;
        let one = world.create(&named("a"), "s-1");
        let two = world.create(&named("b"), "s-2");
        let (all, cursor) = world.changes(None);
        let present = |written: &exchange_contact_sync::sync::ports::Written| {
            Change::Present(written.id.clone(), written.change_key.clone())
        };
        assert_eq!(all.len(), 2, "{which:?}");
        assert!(
            all.contains(&present(&one)) && all.contains(&present(&two)),
            "{which:?}"
        );
        let (none, again) = world.changes(Some(&cursor));
        assert_eq!(none, [], "{which:?}");
        let changed = world
            .update(&one, changes(&[("JobTitle", "Baker")]), Changes::new())
            .unwrap();
        world
            .remote
            .delete(&world.folder, std::slice::from_ref(&two.id))
            .unwrap();
        for from in [&cursor, &again, &cursor] {
            let (some, _) = world.changes(Some(from));
            assert_eq!(some.len(), 2, "{which:?}");
            assert!(some.contains(&present(&changed)), "{which:?}");
            assert!(some.contains(&Change::Gone(two.id.clone())), "{which:?}");
        }
    });
}

/// semantics 8: pages of any size make up one list.
#[test]
fn pages_make_up_one_list() {
    for which in [Which::Ews, Which::Graph] {
        let Some(world) = World::new(which, |wishes| wishes.page_size = Some(7)) else {
            return;
        };
        world.person("seed", r#"{"count": 40}"#);
        let (all, cursor) = world.changes(None);
        let mut ids: Vec<_> = all
            .into_iter()
            .map(|change| match change {
                Change::Present(id, _) => id,
                other => panic!("{which:?}: {other:?}"),
            })
            .collect();
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), 40, "{which:?}");
        assert_eq!(world.changes(Some(&cursor)).0, [], "{which:?}");
    }
}

/// semantics 18, 19: what was moved out of the folder has left it, in the list and for whoever looks.
#[test]
fn what_is_moved_away_has_left() {
    over_each(|world| {
        let made = world.person("items", r#"{"contact": {"GivenName": "Moved"}}"#);
        let (all, cursor) = world.changes(None);
        let Some(Change::Present(id, _)) = all.first() else {
            panic!("{:?}: {all:?}", world.which);
        };
        world.person("folders", r#"{"path": "contacts/Elsewhere"}"#);
        let named = value(&made, "id");
        let place = format!(r#"{{"id": "{named}", "folder": "contacts/Elsewhere"}}"#);
        world.person("items/move", &place);
        assert_eq!(world.fetch(id), Fetched::Gone, "{:?}", world.which);
        let (some, _) = world.changes(Some(&cursor));
        assert_eq!(some, [Change::Gone(id.clone())], "{:?}", world.which);
    });
}

/// semantics 10, 55: a cursor that is none, or another kind's, is refused and never misread.
#[test]
fn a_cursor_of_another_kind_is_refused() {
    over_each(|world| {
        world.create(&named("a"), "s-1");
        let (_, cursor) = world.changes(None);
        let foreign = Cursor {
            kind: "other".to_owned(),
            ..cursor.clone()
        };
        let broken = Cursor {
            text: cursor.text.replace("token=", "token=x"),
            kind: cursor.kind.clone(),
        };
        let broken = Cursor {
            text: if broken == cursor {
                "bm9uZQ==".to_owned()
            } else {
                broken.text
            },
            ..broken
        };
        for cursor in [foreign, broken] {
            let answer = world.remote.changes(&world.folder, Some(&cursor));
            let class = answer.map(|_| ()).map_err(|error| error.class);
            assert_eq!(
                class,
                Err(RemoteClass::CursorInvalid),
                "{:?} {cursor:?}",
                world.which
            );
        }
    });
}
