//! Pictures in a BLOB column (semantics 39).

use exchange_contact_sync::contact::{Changes, Contact, Fingerprint, Picture, Property, Value};
use exchange_contact_sync::mysql::MySqlStore;
use exchange_contact_sync::sync::ports::{
    Applied, Conflict, Effect, HoldKind, LinkWrite, RowWrite, Side, Step, Store, Target,
};
use sha2::{Digest as _, Sha256};

use crate::support::{Rig, apply, contact, draft, key, look, note_unnoted, present, seed};

fn table(column: &str) -> String {
    format!(
        "CREATE TABLE contacts (id INT NOT NULL AUTO_INCREMENT PRIMARY KEY, first_name VARCHAR(40) NULL, photo {column}) DEFAULT CHARSET=utf8mb4"
    )
}

fn store(rig: &Rig) -> MySqlStore {
    let mut config = rig.config();
    config.map = vec![
        ("first_name".to_owned(), Property::GivenName),
        ("photo".to_owned(), Property::Photo),
    ];
    config.photo_limit = 5_000;
    rig.store_with(config)
}

/// A picture whose bytes are of every kind.
fn picture(number: u8, size: usize) -> Picture {
    let bytes: Vec<u8> = b"\xFF\xD8\xFF"
        .iter()
        .copied()
        .chain((0_u8..=255).cycle().map(|byte| byte ^ number))
        .take(size)
        .collect();
    let print = Fingerprint(Sha256::digest(&bytes).into());
    Picture::with(print, bytes.into())
}

fn named(name: &str, photo: &Picture) -> Contact {
    let mut contact = contact(&[("GivenName", name)]);
    contact.set(Property::Photo, Some(Value::Picture(photo.clone())));
    contact
}

fn to(photo: Option<&Picture>) -> Changes {
    let value = photo.cloned().map(Value::Picture);
    [(Property::Photo, value)].into_iter().collect()
}

/// P4, R12, R13: what is written is read back as the same picture, without its bytes; they come when they are asked for.
#[test]
fn a_picture_is_known_by_its_fingerprint_and_loaded_when_it_is_wanted() {
    for column in ["MEDIUMBLOB NULL", "BLOB NOT NULL", "VARBINARY(5000) NULL"] {
        let Some(mut rig) = Rig::new(&table(column)) else {
            return;
        };
        let mut store = store(&rig);
        let (one, two) = (picture(1, 5_000), picture(2, 4));
        let made = seed(
            &mut store,
            &[("i1", named("Anna", &one)), ("i2", named("Bo", &two))],
        );
        for ((row, _), whole) in made.iter().zip([&one, &two]) {
            let seen = look(&mut store, row.as_str());
            let held = present(&seen).contact.get(Property::Photo);
            let Some(Value::Picture(held)) = held else {
                panic!("{held:?}")
            };
            assert!(held == whole && held.bytes().is_none());
            let mapped = store.mapped().to_vec();
            let base = seen.link.as_ref().map(|link| &link.base);
            assert_eq!(
                base.unwrap().row_changes(&present(&seen).contact, &mapped),
                []
            );
            let loaded = store.picture(row, whole.print()).unwrap().unwrap();
            assert_eq!(loaded.bytes(), whole.bytes());
            assert_eq!(store.picture(row, Fingerprint([0; 32])).unwrap(), None);
        }
        assert_eq!(note_unnoted(&mut store, true), 0);
        rig.app.run("UPDATE contacts SET photo='' WHERE id=1");
        assert_eq!(
            present(&look(&mut store, "1")).contact.get(Property::Photo),
            None
        );
        rig.app
            .run("UPDATE contacts SET photo=x'FFD8FF00' WHERE id=1");
        assert!(
            present(&look(&mut store, "1"))
                .contact
                .get(Property::Photo)
                .is_some()
        );
    }
}

/// P6: a picture that breaks a rule is a value that cannot be read, with its reason.
#[test]
fn a_picture_that_breaks_a_rule_cannot_be_read() {
    let Some(mut rig) = Rig::new(&table("MEDIUMBLOB NULL")) else {
        return;
    };
    let mut store = store(&rig);
    for (literal, reason) in [
        ("CONCAT(x'FFD8FF', REPEAT('x', 4998))", "has 5001 bytes"),
        ("'<svg/>'", "is no JPEG"),
    ] {
        rig.app.run(&format!(
            "REPLACE INTO contacts VALUES (1, 'Anna', {literal})"
        ));
        let seen = look(&mut store, "1");
        let row = present(&seen);
        assert!(!row.can_read(Property::Photo) && row.can_read(Property::GivenName));
        let why = row
            .unreadable
            .first()
            .and_then(|unread| unread.reason.clone());
        assert!(why.is_some_and(|why| why.contains(reason)), "{reason}");
    }
}

/// P1: the journal gets the row's picture before it is overwritten, and the item's.
#[test]
fn a_conflict_keeps_the_picture_that_is_overwritten() {
    let Some(mut rig) = Rig::new(&table("MEDIUMBLOB NULL")) else {
        return;
    };
    let mut store = store(&rig);
    let (old, mine, theirs) = (picture(1, 900), picture(2, 900), picture(3, 4_000));
    let (row, link) = seed(&mut store, &[("i1", named("Anna", &old))]).remove(0);
    let digits: String = mine
        .bytes()
        .unwrap()
        .iter()
        .map(|byte| format!("{byte:02X}"))
        .collect();
    rig.app
        .run(&format!("UPDATE contacts SET photo=x'{digits}'"));
    let known = Picture::known(mine.print());
    let step = Step {
        row: RowWrite::Update(to(Some(&theirs))),
        link: LinkWrite::Save(draft("i1", &named("Anna", &theirs), store.mapped())),
        conflicts: vec![Conflict {
            property: Some(Property::Photo),
            row: Some(Value::Picture(known)),
            item: Some(Value::Picture(theirs.clone())),
            base: Some(Value::Picture(Picture::known(old.print()))),
            kept: Some(Side::Item),
        }],
        effect: Effect::Merged,
        ..Step::nothing()
    };
    apply(
        &mut store,
        vec![Target::Row(row.clone(), Some(link))],
        vec![step],
    );
    let conflicts = store.conflicts().unwrap();
    let kept = &conflicts.first().unwrap().conflict;
    let whole = |picture: &Picture| Some(Value::Text(picture.display()));
    assert_eq!((&kept.row, &kept.item), (&whole(&mine), &whole(&theirs)));
    let loaded = store.picture(&row, theirs.print()).unwrap();
    assert_eq!(loaded.unwrap().bytes(), theirs.bytes());
}

/// P6, R22: a picture that is longer than its column is held with all of its bytes, and stops no other.
#[test]
fn a_picture_that_does_not_fit_is_held() {
    let Some(rig) = Rig::new(&table("TINYBLOB NULL")) else {
        return;
    };
    let mut store = store(&rig);
    let (long, short) = (picture(1, 256), picture(2, 255));
    let mapped = store.mapped().to_vec();
    let steps = [("i1", &long), ("i2", &short)]
        .map(|(item, photo)| crate::support::insert(item, &named(item, photo), &mapped));
    let targets = ["i1", "i2"]
        .map(|item| Target::Unlinked(exchange_contact_sync::sync::ids::ItemId::new(item)));
    let applied = apply(&mut store, targets.to_vec(), steps.to_vec());
    assert!(
        matches!(&applied[0], Applied::Held(HoldKind::Unfit, reason) if reason.contains("256 bytes"))
    );
    assert!(matches!(&applied[1], Applied::Done { .. }));
    let held = store.held().unwrap();
    let kept = held.first().unwrap().hold.contact.text(Property::Photo);
    assert_eq!(kept, Some(long.display().as_str()));
    assert!(
        present(&look(&mut store, key("1").as_str()))
            .contact
            .get(Property::Photo)
            .is_some()
    );
}
