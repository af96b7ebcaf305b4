//! Photos.

use std::sync::Arc;

use exchange_contact_sync::contact::{Fingerprint, Picture, Property, Value};
use exchange_contact_sync::sync::error::RemoteClass;
use exchange_contact_sync::sync::ids::ItemId;
use exchange_contact_sync::sync::ports::Fetched;

use crate::kinds::{World, everything, named, over_each};

fn picture(fill: u8) -> Picture {
    let mut bytes = vec![0xFF, 0xD8, 0xFF, 0xE0];
    bytes.resize(5_000, fill);
    Picture::with(Fingerprint::of(&bytes), Arc::from(bytes))
}

fn mapped() -> Vec<Property> {
    let mut mapped = everything();
    mapped.push(Property::Photo);
    mapped
}

fn photo(world: &World, id: &ItemId) -> Option<Value> {
    let mapped = mapped();
    let ids = [id.clone(), id.clone()];
    // Alone and together with others.
    let of = |count: usize| {
        let all = world
            .remote
            .fetch(&world.folder, &ids[..count], &mapped)
            .unwrap();
        match all.into_iter().next_back() {
            Some(Fetched::Item(item)) => item.contact.get(Property::Photo).cloned(),
            other => panic!("{:?}: {other:?}", world.which),
        }
    };
    let (alone, together) = (of(1), of(2));
    assert_eq!(alone, together, "{:?}", world.which);
    alone
}

/// semantics 25, 39: a photo is set, replaced and taken away, and the version that is answered is the one that was left behind.
#[test]
fn a_photo_comes_and_goes() {
    over_each(|world| {
        let mut written = world.create(&named("Anna"), "s-1");
        assert_eq!(photo(world, &written.id), None);
        for wanted in [Some(picture(1)), Some(picture(2)), None, None] {
            written = world
                .remote
                .set_photo(
                    &world.folder,
                    &written.id,
                    &written.change_key,
                    wanted.as_ref(),
                    &mapped(),
                )
                .unwrap();
            let now = photo(world, &written.id);
            assert_eq!(now, wanted.map(Value::Picture), "{:?}", world.which);
            assert_eq!(
                world.item(&written.id).change_key,
                written.change_key,
                "{:?}",
                world.which
            );
        }
    });
}

/// semantics 21, 39: a stale version is a conflict, and no photo is written.
#[test]
fn a_photo_of_a_stale_version_is_a_conflict() {
    over_each(|world| {
        let old = world.create(&named("Anna"), "s-1");
        let change = crate::kinds::changes(&[("JobTitle", "Baker")]);
        world.update(&old, change, Default::default()).unwrap();
        let answer = world.remote.set_photo(
            &world.folder,
            &old.id,
            &old.change_key,
            Some(&picture(1)),
            &mapped(),
        );
        let class = answer.map(|_| ()).map_err(|error| error.class);
        assert_eq!(class, Err(RemoteClass::Conflict), "{:?}", world.which);
        assert_eq!(photo(world, &old.id), None, "{:?}", world.which);
    });
}
