//! What goes wrong has the same class over each kind.

use exchange_contact_sync::sync::error::RemoteClass;

use crate::kinds::{Which, World};

fn world(which: Which, wish: impl Fn(&mut crate::kinds::Wishes)) -> Option<World> {
    World::new(which, wish)
}

fn class(world: &World) -> Option<RemoteClass> {
    world.remote.resolve_folder().err().map(|error| error.class)
}

/// user-pains 2: what an administrator has to do is told apart from what passes.
#[test]
fn a_wrong_secret_and_a_missing_folder_are_told_apart() {
    for which in [Which::Ews, Which::Graph] {
        let Some(wrong) = world(which, |wishes| wishes.secret = Some("wrong".to_owned())) else {
            return;
        };
        assert_eq!(class(&wrong), Some(RemoteClass::Auth), "{which:?}");
        let missing =
            |wishes: &mut crate::kinds::Wishes| wishes.folder = vec!["Nowhere".to_owned()];
        let missing = world(which, missing).unwrap();
        assert_eq!(class(&missing), Some(RemoteClass::FolderGone), "{which:?}");
    }
}

/// A folder that is missing is made where that is asked for, once.
#[test]
fn a_missing_folder_is_made_on_demand() {
    for which in [Which::Ews, Which::Graph] {
        let wish = |wishes: &mut crate::kinds::Wishes| {
            wishes.folder = vec!["Customers".to_owned(), "Old ones".to_owned()];
            wishes.create_folder = true;
        };
        let Some(world) = world(which, wish) else {
            return;
        };
        assert_eq!(class(&world), Some(RemoteClass::FolderGone), "{which:?}");
        let made = world.remote.prepare_folder().unwrap();
        assert_eq!(made.name, "Old ones", "{which:?}");
        assert_eq!(
            world.remote.prepare_folder().unwrap().id,
            made.id,
            "{which:?}"
        );
        assert_eq!(
            world.remote.resolve_folder().unwrap().id,
            made.id,
            "{which:?}"
        );
    }
}
