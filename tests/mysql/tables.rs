//! Tables as apps have them: old character sets, odd names, odd values.

use exchange_contact_sync::contact::{EmailKey, Property, Value};
use exchange_contact_sync::sync::ids::ItemId;
use exchange_contact_sync::sync::ports::{Applied, Effect, RowWrite, Step, Store, Target, Unread};

use crate::support::{
    CONTACTS, Rig, apply, contact, insert, key, look, note_unnoted, present, seed,
};

#[test]
fn names_with_quotes_are_only_names() {
    let Some(mut rig) = Rig::new(
        "CREATE TABLE `con``tacts'x` (`i``d` INT NOT NULL AUTO_INCREMENT PRIMARY KEY, `first \"na``me'` VARCHAR(40), `sco\\pe'` VARCHAR(10))",
    ) else {
        return;
    };
    let mut config = rig.config();
    config.table = "con`tacts'x".to_owned();
    config.key = "i`d".to_owned();
    config.map = vec![("first \"na`me'".to_owned(), Property::GivenName)];
    config.scope = vec![(
        "sco\\pe'".to_owned(),
        exchange_contact_sync::mysql::ScopeValue::Text("O'\\x".to_owned()),
    )];
    config.pair = "p'\\air".to_owned();
    let mut store = rig.store_with(config);
    let (row, _) = seed(
        &mut store,
        &[("I'1", contact(&[("GivenName", "a'b\\c`d")]))],
    )
    .remove(0);
    let seen = look(&mut store, row.as_str());
    assert!(present(&seen).in_scope);
    assert_eq!(
        present(&seen).contact,
        contact(&[("GivenName", "a'b\\c`d")])
    );
    rig.app
        .run("UPDATE `con``tacts'x` SET `first \"na``me'`='z'");
    assert_eq!(store.counts().unwrap().pending, 1);
    assert!(
        store.check().iter().all(|step| step.works()),
        "{:?}",
        store.check()
    );
    assert_eq!(store.rows(None, 10).unwrap().len(), 1);
}

/// P6, semantics 43.
#[test]
fn old_character_sets_hold_what_they_can_and_nothing_is_cut() {
    for (charset, good, bad) in [
        ("latin1", "Müller – 5 €", "Ω"),
        ("utf8mb3", "ΩЖ", "😀"),
        ("ascii", "plain", "ü"),
        ("koi8r", "Ж", "ü"),
        ("utf8mb4 COLLATE utf8mb4_bin", "😀", ""),
    ] {
        let Some(mut rig) = Rig::new(&format!(
            "CREATE TABLE contacts (id INT NOT NULL AUTO_INCREMENT PRIMARY KEY, first_name VARCHAR(20) NOT NULL, notes TINYTEXT NOT NULL) DEFAULT CHARSET={charset}"
        )) else {
            return;
        };
        let mut config = rig.config();
        config.map = vec![
            ("first_name".to_owned(), Property::GivenName),
            ("notes".to_owned(), Property::Body),
        ];
        let mut store = rig.store_with(config);
        let mapped = store.mapped().to_vec();
        let fine = contact(&[("GivenName", good)]);
        let (row, _) = seed(&mut store, &[("I1", fine.clone())]).remove(0);
        assert_eq!(
            present(&look(&mut store, row.as_str())).contact,
            fine,
            "{charset}"
        );
        let long = "n".repeat(256);
        let mut contacts = vec![contact(&[("Body", &long)])];
        if !bad.is_empty() {
            contacts.push(contact(&[("GivenName", bad)]));
        }
        for (place, contact) in contacts.iter().enumerate() {
            let item = format!("B{place}");
            let applied = apply(
                &mut store,
                vec![Target::Unlinked(ItemId::new(&*item))],
                vec![insert(&item, contact, &mapped)],
            );
            assert!(
                matches!(applied[0], Applied::Held(..)),
                "{charset} {applied:?}"
            );
        }
        assert_eq!(rig.app.one("SELECT COUNT(*) FROM contacts"), "1");
    }
}

/// R14.
#[test]
fn values_are_compared_to_the_byte() {
    let Some(mut rig) = Rig::new(CONTACTS) else {
        return;
    };
    let mut store = rig.store();
    let (_, (id, version)) =
        seed(&mut store, &[("I1", contact(&[("GivenName", "anna")]))]).remove(0);
    let changes = [(Property::GivenName, Some(Value::Text("Anna".to_owned())))];
    let step = Step {
        row: RowWrite::Update(changes.into_iter().collect()),
        effect: Effect::RowUpdated,
        ..Step::nothing()
    };
    apply(&mut store, vec![Target::Link(id, version)], vec![step]);
    assert_eq!(rig.app.one("SELECT first_name FROM contacts"), "Anna");
    assert_eq!(
        note_unnoted(&mut store, true),
        1,
        "the base still says anna"
    );
}

#[test]
fn dates_lists_and_numbers_in_the_columns_that_apps_have() {
    let Some(mut rig) = Rig::new(
        "CREATE TABLE contacts (id INT NOT NULL AUTO_INCREMENT PRIMARY KEY, birthday DATETIME NOT NULL, anniversary VARCHAR(30) NOT NULL DEFAULT '', \
         tags JSON NULL, phone BIGINT NULL, kind ENUM('lead','customer') NULL)",
    ) else {
        return;
    };
    rig.app.run("SET sql_mode=''");
    rig.app.run("INSERT INTO contacts (birthday, anniversary, tags, phone) VALUES ('0000-00-00', '17.5.1980', '[\"A\", \"B\"]', 4930), ('2000-02-29 11:59:00', '1999-01-02', NULL, NULL)");
    let mut config = rig.config();
    config.map = vec![
        ("birthday".to_owned(), Property::Birthday),
        ("anniversary".to_owned(), Property::WeddingAnniversary),
        ("tags".to_owned(), Property::Categories),
        (
            "phone".to_owned(),
            Property::Phone(exchange_contact_sync::contact::PhoneKey::MobilePhone),
        ),
        ("kind".to_owned(), Property::JobTitle),
    ];
    let mut store = rig.store_with(config);
    let mapped = store.mapped().to_vec();
    let seen = look(&mut store, "1");
    assert_eq!(
        present(&seen).contact,
        contact(&[("Categories", "A\nB"), ("MobilePhone", "4930")])
    );
    assert_eq!(
        present(&seen).unreadable,
        [Unread::new(Property::WeddingAnniversary, "17.5.1980")]
    );
    assert_eq!(
        present(&look(&mut store, "2")).contact,
        contact(&[
            ("Birthday", "2000-02-29"),
            ("WeddingAnniversary", "1999-01-02")
        ])
    );
    let full = contact(&[
        ("Birthday", "1899-12-31"),
        ("Categories", "X, Y\nZ"),
        ("MobilePhone", "123"),
        ("JobTitle", "customer"),
    ]);
    let (row, _) = seed(&mut store, &[("I1", full.clone())]).remove(0);
    assert_eq!(present(&look(&mut store, row.as_str())).contact, full);
    for bad in [
        contact(&[("Birthday", "1980-01-01"), ("MobilePhone", "+49 30")]),
        contact(&[("Birthday", "1980-01-01"), ("JobTitle", "boss")]),
        contact(&[("JobTitle", "lead")]),
    ] {
        let target = Target::Unlinked(ItemId::new("I9"));
        let applied = apply(&mut store, vec![target], vec![insert("I9", &bad, &mapped)]);
        assert!(matches!(applied[0], Applied::Held(..)), "{applied:?}");
    }
}

#[test]
fn a_text_column_keeps_its_way_of_writing_lists() {
    let Some(mut rig) = Rig::new(CONTACTS) else {
        return;
    };
    rig.app
        .run("INSERT INTO contacts (tags) VALUES ('A;B'), ('C; D'), ('x'), ('')");
    let mut store = rig.store();
    seed(&mut store, &[("I1", contact(&[("Categories", "P\nQ")]))]);
    assert_eq!(
        rig.app
            .one("SELECT tags FROM contacts ORDER BY id DESC LIMIT 1"),
        "P; Q"
    );
}

/// R24.
#[test]
fn a_modified_column_is_read_in_the_apps_zone_and_a_mark_is_set() {
    let Some(mut rig) = Rig::new(
        "CREATE TABLE contacts (id INT NOT NULL AUTO_INCREMENT PRIMARY KEY, email VARCHAR(40), updated_at DATETIME NULL, gone_at DATETIME NULL)",
    ) else {
        return;
    };
    rig.app
        .run("INSERT INTO contacts (email, updated_at) VALUES ('a@x', '2024-07-01 14:00:00')");
    let mut config = rig.config();
    config.map = vec![("email".to_owned(), Property::Email(EmailKey::EmailAddress1))];
    config.modified = Some("updated_at".to_owned());
    config.timezone = "+02:00".to_owned();
    config.mark = Some((
        "gone_at".to_owned(),
        exchange_contact_sync::mysql::MarkValue::Now,
    ));
    let mut store = rig.store_with(config);
    let edited = present(&look(&mut store, "1")).edited.unwrap();
    assert_eq!(edited.0, 1_719_835_200_000_000);
    let step = Step {
        row: RowWrite::Mark,
        effect: Effect::RowDeleted,
        ..Step::nothing()
    };
    apply(&mut store, vec![Target::Row(key("1"), None)], vec![step]);
    let ahead = rig
        .app
        .one("SELECT TIMESTAMPDIFF(MINUTE, UTC_TIMESTAMP(), gone_at) FROM contacts");
    assert!(ahead == "120" || ahead == "119", "{ahead}");
}

/// P6: a JSON column that allows no NULL holds an empty list, and lists that are JSON, on MySQL and on MariaDB.
#[test]
fn a_json_column_that_allows_no_null_holds_lists() {
    let Some(mut rig) = Rig::new(
        "CREATE TABLE contacts (id INT NOT NULL AUTO_INCREMENT PRIMARY KEY, first_name VARCHAR(50) NULL, tags JSON NOT NULL)",
    ) else {
        return;
    };
    let mut config = rig.config();
    config.map = vec![
        ("first_name".to_owned(), Property::GivenName),
        ("tags".to_owned(), Property::Categories),
    ];
    let mut store = rig.store_with(config);
    let rows = seed(
        &mut store,
        &[
            ("I1", contact(&[("GivenName", "Anna")])),
            ("I2", contact(&[("GivenName", "Bert"), ("Categories", "A")])),
        ],
    );
    assert_eq!(rows.len(), 2);
    assert_eq!(
        rig.app.rows("SELECT tags FROM contacts ORDER BY id"),
        ["[]", "[\"A\"]"]
    );
}
