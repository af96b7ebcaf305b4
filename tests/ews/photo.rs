//! Photos of contacts against the simulator: set, replaced, taken away, read, and left alone.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "tests"
)]

use crate::simulator::{Simulator, value};
use exchange_contact_sync::contact::{Contact, Fingerprint, Picture, Property, Value};
use exchange_contact_sync::ews::{Ews, EwsConfig};
use exchange_contact_sync::sync::error::{RemoteClass, RemoteError};
use exchange_contact_sync::sync::ids::{ChangeKey, FolderId, ItemId, Stamp};
use exchange_contact_sync::sync::ports::{Fetched, Item, NewItem, Remote, Written};
use exchange_contact_sync::web::Secret;

const MAPPED: [Property; 2] = [Property::GivenName, Property::Photo];

/// A simulator, a folder of it, and a contact without a photo.
fn start(limit: u64) -> Option<(Simulator, Ews, FolderId, Written)> {
    let simulator = Simulator::start(&[])?;
    let mut config = EwsConfig::basic(&simulator.url, "svc", Secret::new("secret"));
    config.photo_limit = limit;
    let ews = Ews::new(config).unwrap();
    let folder = ews.resolve_folder().unwrap().id;
    let mut contact = Contact::new();
    contact.set_raw(Property::GivenName, "Anna").unwrap();
    let stamp = Stamp::new("s");
    let made = ews.create(&folder, &[NewItem { contact, stamp }]).unwrap();
    let written = made.into_iter().next().unwrap().unwrap();
    Some((simulator, ews, folder, written))
}

/// The adapter never looks at a fingerprint that it is given.
fn gif(number: u8) -> Picture {
    let bytes = [b"GIF89a".as_slice(), &[number; 100]].concat();
    Picture::with(Fingerprint([number; 32]), bytes.into())
}

fn set(
    ews: &Ews,
    folder: &FolderId,
    known: &Written,
    picture: Option<&Picture>,
) -> Result<Written, RemoteError> {
    ews.set_photo(folder, &known.id, &known.change_key, picture, &MAPPED)
}

fn item(ews: &Ews, folder: &FolderId, id: &ItemId) -> Item {
    let fetched = ews.fetch(folder, std::slice::from_ref(id), &MAPPED);
    match fetched.unwrap().pop() {
        Some(Fetched::Item(item)) => *item,
        other => panic!("no item: {other:?}"),
    }
}

fn bytes(item: &Item) -> Option<Vec<u8>> {
    match item.contact.get(Property::Photo) {
        Some(Value::Picture(picture)) => Some(picture.bytes().unwrap().to_vec()),
        Some(other) => panic!("no picture: {other:?}"),
        None => None,
    }
}

fn photos(simulator: &Simulator, id: &ItemId) -> usize {
    let shown = simulator.get(&format!("items/{}", encoded(id)));
    shown.matches("\"isContactPhoto\":true").count()
}

fn encoded(id: &ItemId) -> String {
    let id = id.as_str().replace('%', "%25").replace('+', "%2B");
    id.replace('/', "%2F").replace('=', "%3D")
}

/// semantics 25, 39: the version that is answered is the item's; each photo takes as few requests as can be.
#[test]
fn a_photo_is_set_replaced_and_taken_away() {
    let Some((simulator, ews, folder, mut known)) = start(1 << 20) else {
        return;
    };
    let dropped = format!(
        "{{\"id\":\"{}\",\"name\":\"offer.pdf\",\"content\":\"JVBERg==\"}}",
        known.id
    );
    let dropped = simulator.post("attachments", &dropped);
    known.change_key = ChangeKey::new(value(&dropped, "changeKey"));
    for (picture, requests) in [
        (None, 1),
        (Some(gif(1)), 2),
        (Some(gif(2)), 4),
        (None, 3),
        (Some(gif(3)), 2),
    ] {
        let before = ews.requests();
        known = set(&ews, &folder, &known, picture.as_ref()).unwrap();
        assert_eq!(ews.requests() - before, requests, "{picture:?}");
        let seen = item(&ews, &folder, &known.id);
        assert_eq!(seen.change_key, known.change_key, "{picture:?}");
        let sent = picture
            .as_ref()
            .map(|picture| picture.bytes().unwrap().to_vec());
        assert_eq!(bytes(&seen), sent);
        assert_eq!(
            photos(&simulator, &known.id),
            usize::from(picture.is_some())
        );
        let shown = simulator.get(&format!("items/{}", encoded(&known.id)));
        assert!(shown.contains("offer.pdf"), "other files stay");
    }
}

/// R16, semantics 39: after a broken connection nothing is lost; of two photos the newest one counts, and the next one ends that.
#[test]
fn what_breaks_in_between_leaves_two_photos_of_which_the_newest_counts() {
    let Some((simulator, ews, folder, known)) = start(1 << 20) else {
        return;
    };
    let known = set(&ews, &folder, &known, Some(&gif(1))).unwrap();
    simulator.post(
        "faults",
        "{\"operation\":\"DeleteAttachment\",\"kind\":\"cut_before\"}",
    );
    let error = set(&ews, &folder, &known, Some(&gif(2))).unwrap_err();
    assert_eq!(error.class, RemoteClass::Transient, "{error}");
    assert_eq!(photos(&simulator, &known.id), 2);
    let seen = item(&ews, &folder, &known.id);
    assert_eq!(bytes(&seen), gif(2).bytes().map(|bytes| bytes.to_vec()));
    let known = Written {
        id: seen.id,
        change_key: seen.change_key,
    };
    set(&ews, &folder, &known, Some(&gif(3))).unwrap();
    assert_eq!(photos(&simulator, &known.id), 1);
}

/// semantics 26: a version that is not the item's is a conflict, and nothing is written.
#[test]
fn a_stale_version_is_a_conflict() {
    let Some((simulator, ews, folder, known)) = start(1 << 20) else {
        return;
    };
    simulator.post("items/touch", &format!("{{\"id\":\"{}\"}}", known.id));
    let error = set(&ews, &folder, &known, Some(&gif(1))).unwrap_err();
    assert_eq!(error.class, RemoteClass::Conflict);
    assert_eq!(photos(&simulator, &known.id), 0);
    simulator.post("items/delete", &format!("{{\"id\":\"{}\"}}", known.id));
    let error = set(&ews, &folder, &known, Some(&gif(1))).unwrap_err();
    assert_eq!(error.class, RemoteClass::Gone);
}

/// P8: a photo that is larger than allowed, or of a format that no browser shows, is a value that is left alone.
#[test]
fn what_cannot_be_taken_over_is_left_alone() {
    let Some((simulator, ews, folder, known)) = start(200) else {
        return;
    };
    let large = "R0lGODlh".repeat(40);
    let huge = "R0lGODlh".repeat(4_000);
    for content in [large.as_str(), huge.as_str(), "PHN2Zy8+"] {
        let json = format!("{{\"id\":\"{}\",\"content\":\"{content}\"}}", known.id);
        simulator.post("photos", &json);
        let seen = item(&ews, &folder, &known.id);
        let photo = seen.contact.get(Property::Photo);
        assert!(matches!(photo, Some(Value::Opaque(_))), "{photo:?}");
    }
    let without = ews
        .fetch(
            &folder,
            std::slice::from_ref(&known.id),
            &[Property::GivenName],
        )
        .unwrap();
    let Some(Fetched::Item(without)) = without.into_iter().next() else {
        panic!("no item")
    };
    assert_eq!(without.contact.get(Property::Photo), None, "not asked for");
}

/// P1, semantics 25: what somebody writes between the two requests of a new photo is not hidden by the version that is answered.
#[test]
fn an_edit_in_between_shows_in_the_next_list() {
    let Some((simulator, ews, folder, known)) = start(1 << 20) else {
        return;
    };
    let known = set(&ews, &folder, &known, Some(&gif(1))).unwrap();
    simulator.post(
        "faults",
        "{\"operation\":\"DeleteAttachment\",\"kind\":\"delay_ms\",\"ms\":2000}",
    );
    let written = std::thread::scope(|scope| {
        scope.spawn(|| {
            while photos(&simulator, &known.id) < 2 {
                std::thread::yield_now();
            }
            let edit = format!(
                "{{\"id\":\"{}\",\"fields\":{{\"GivenName\":\"Person\"}}}}",
                known.id
            );
            simulator.post("items/update", &edit);
        });
        set(&ews, &folder, &known, Some(&gif(2))).unwrap()
    });
    let seen = item(&ews, &folder, &known.id);
    assert_eq!(seen.contact.text(Property::GivenName), Some("Person"));
    assert_ne!(seen.change_key, written.change_key);
    assert_eq!(photos(&simulator, &known.id), 1);
}
