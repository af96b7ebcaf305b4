//! What changes in a contact is written into its rows, and nothing else is.

use super::*;

/// P8, R13, R18: one row for each slot and each entry; only what changes is written, and our own writes are not noted.
#[test]
fn slots_and_lists_follow_the_contact() {
    let Some(mut rig) = rig() else {
        return;
    };
    let mut store = rig.store_with(config(&rig));
    seed(
        &mut store,
        &[("I1", full()), ("I2", contact(&[("GivenName", "Bea")]))],
    );
    let all = |rig: &mut Rig| {
        [
            "SELECT CONCAT_WS('|', contact_id, kind, number) FROM contact_phones ORDER BY id",
            "SELECT CONCAT_WS('|', contact_id, position, email) FROM contact_emails",
            "SELECT CONCAT_WS('|', contact_id, type, street, IFNULL(city,'NULL')) FROM contact_addresses",
            "SELECT CONCAT_WS('|', contact_id, tag, added) FROM contact_tags ORDER BY tag",
        ]
        .map(|sql| rig.app.rows(sql).join(" "))
    };
    assert_eq!(
        all(&mut rig),
        [
            "1|mobile|1 1|work|2",
            "1|2|two@x",
            "1|work||Köln 1|home||Bonn",
            "1|A|0 1|B|0"
        ]
    );
    let seen = look(&mut store, "1");
    assert_eq!(present(&seen).contact, full());
    let link = seen.link.clone().unwrap();
    assert!(link.base.is_complete(store.mapped()), "all read back");
    assert_eq!(store.counts().unwrap().pending, 0, "our own writes");

    rig.app.run("UPDATE contact_tags SET added=7 WHERE tag='B'");
    rig.app.run("INSERT INTO contact_phones (contact_id, kind, number) VALUES (1, 'fax', '9'), (1, 'Mobile', '8')");
    assert_eq!(noted(&mut rig), "1");
    let changes = change(&[
        (MOBILE, "11"),
        (WORK, ""),
        (CITY, ""),
        (email(), "one@x"),
        (Property::Categories, "B\nC"),
    ]);
    is_done(&edit(&mut store, "1", changes));
    assert_eq!(
        all(&mut rig),
        [
            "1|mobile|11 1|fax|9 1|Mobile|8",
            "1|1|one@x 1|2|two@x",
            "1|home||Bonn",
            "1|B|7 1|C|0"
        ]
    );
    let mut expected = full();
    for (name, text) in [
        ("MobilePhone", "11"),
        ("BusinessPhone", ""),
        ("BusinessAddress.City", ""),
        ("EmailAddress1", "one@x"),
        ("Categories", "B\nC"),
    ] {
        expected.set_raw(name.parse().unwrap(), text).unwrap();
    }
    assert_eq!(present(&look(&mut store, "1")).contact, expected);
    let base = look(&mut store, "1").link.unwrap().base;
    assert!(
        base.legs(MOBILE).row.holds(expected.get(MOBILE)),
        "read back"
    );
    assert_eq!(store.counts().unwrap().pending, 0, "our own writes");
    assert_eq!(note_unnoted(&mut store, true), 0);
}

/// P8: a row that holds something of the app's own is emptied, not deleted.
#[test]
fn a_slot_with_more_in_its_row_is_only_emptied() {
    let Some(mut rig) = rig() else {
        return;
    };
    let mut store = rig.store_with(config(&rig));
    seed(&mut store, &[("I1", full())]);
    rig.app
        .run("UPDATE contact_phones SET note='ring twice' WHERE kind='mobile'");
    rig.app
        .run("UPDATE contact_phones SET created_at=NOW() WHERE kind='work'");
    is_done(&edit(&mut store, "1", change(&[(MOBILE, ""), (WORK, "")])));
    assert_eq!(
        rig.app
            .rows("SELECT CONCAT_WS('|', kind, IFNULL(number,'NULL'), note) FROM contact_phones"),
        ["mobile|NULL|ring twice"]
    );
    is_done(&edit(&mut store, "1", change(&[(MOBILE, "5")])));
    assert_eq!(
        rig.app
            .rows("SELECT CONCAT_WS('|', kind, number, note) FROM contact_phones"),
        ["mobile|5|ring twice"]
    );
}

/// P6, P8: which of two rows is meant nobody knows.
#[test]
fn two_rows_for_one_slot_are_unreadable_and_left_alone() {
    let Some(mut rig) = rig() else {
        return;
    };
    let mut store = rig.store_with(config(&rig));
    seed(&mut store, &[("I1", full())]);
    rig.app
        .run("INSERT INTO contact_phones (contact_id, kind, number) VALUES (1, 'mobile', '3')");
    let seen = look(&mut store, "1");
    let row = present(&seen);
    assert!(!row.can_read(MOBILE) && row.can_read(WORK));
    assert_eq!(row.unreadable[0].text, "1,3");
    let reason = row.unreadable[0].reason.clone().unwrap();
    assert!(
        reason.contains("contact_phones has several rows for kind mobile"),
        "{reason}"
    );
    is_held(
        &edit(&mut store, "1", change(&[(MOBILE, "4")])),
        HoldKind::Unfit,
        "several rows",
    );
    is_done(&edit(&mut store, "1", change(&[(WORK, "22")])));
    assert_eq!(
        rig.app
            .rows("SELECT number FROM contact_phones ORDER BY id"),
        ["1", "22", "3"]
    );
}

/// P6, R21: what a child table refuses is held alone, and nothing of that contact is written.
#[test]
fn what_a_child_table_refuses_harms_no_other_contact() {
    let Some(mut rig) = rig() else {
        return;
    };
    let mut store = rig.store_with(config(&rig));
    let mapped = store.mapped().to_vec();
    seed(&mut store, &[("I1", full())]);
    let contacts = [
        contact(&[("GivenName", "Bea"), ("MobilePhone", "5")]),
        contact(&[
            ("GivenName", "Cleo"),
            ("MobilePhone", "6"),
            ("EmailAddress1", "two@x"),
        ]),
        contact(&[("GivenName", "Dora"), ("Categories", "X")]),
        contact(&[("GivenName", "Elli"), ("MobilePhone", &"7".repeat(30))]),
        contact(&[("GivenName", "Fee"), ("EmailAddress1", "fee@x")]),
        contact(&[("GivenName", "Gila"), ("EmailAddress2", "fee@x")]),
    ];
    let items: Vec<String> = (2..8).map(|number| format!("I{number}")).collect();
    let targets = items
        .iter()
        .map(|item| Target::Unlinked(ItemId::new(&**item)));
    let steps = items.iter().zip(&contacts);
    let steps = steps
        .map(|(item, contact)| insert(item, contact, &mapped))
        .collect();
    let applied = apply(&mut store, targets.collect(), steps);
    for done in [0, 2, 4] {
        is_done(&applied[done]);
    }
    is_held(&applied[1], HoldKind::Constraint, "unique key email");
    is_held(&applied[3], HoldKind::Unfit, "column number");
    is_held(&applied[5], HoldKind::Constraint, "unique key email");
    let names = "SELECT GROUP_CONCAT(first_name ORDER BY id) FROM contacts";
    assert_eq!(rig.app.one(names), "Anna,Bea,Dora,Fee");
    assert_eq!(rig.app.one("SELECT COUNT(*) FROM contact_phones"), "3");

    let bea = rig
        .app
        .one("SELECT id FROM contacts WHERE first_name='Bea'");
    let dora = rig
        .app
        .one("SELECT id FROM contacts WHERE first_name='Dora'");
    let steps = [(&bea, "two@x"), (&dora, "dora@x")].map(|(_, mail)| Step {
        row: RowWrite::Update(change(&[
            (Property::GivenName, "new"),
            (MOBILE, "55"),
            (email(), mail),
        ])),
        effect: Effect::RowUpdated,
        ..Step::nothing()
    });
    let targets = [&bea, &dora].map(|row| {
        let link = look(&mut store, row).link.unwrap();
        Target::Link(link.id, link.version)
    });
    let applied = apply(&mut store, targets.to_vec(), steps.to_vec());
    is_held(&applied[0], HoldKind::Constraint, "unique key email");
    is_done(&applied[1]);
    assert_eq!(rig.app.one(names), "Anna,Bea,new,Fee");
    assert_eq!(
        rig.app.rows(&format!(
            "SELECT number FROM contact_phones WHERE contact_id IN ({bea},{dora})"
        )),
        ["5", "55"]
    );
    assert_eq!(store.counts().unwrap().pending, 0, "our own writes");
}

/// P6: a new slot needs what the app alone can give; rows that are there do not.
#[test]
fn a_row_that_lacks_what_the_app_wants_is_held_with_the_reason() {
    let Some(mut rig) = rig() else {
        return;
    };
    let mut store = rig.store_with(config(&rig));
    seed(&mut store, &[("I1", full())]);
    rig.app
        .run("ALTER TABLE contact_phones ADD owner VARCHAR(9) NOT NULL DEFAULT 'app'");
    rig.app
        .run("ALTER TABLE contact_phones ALTER owner DROP DEFAULT");
    is_done(&edit(&mut store, "1", change(&[(WORK, "22")])));
    let targets = vec![Target::Row(
        key("1"),
        look(&mut store, "1")
            .link
            .map(|link| (link.id, link.version)),
    )];
    let batch = Batch {
        targets,
        ..Batch::default()
    };
    let cleared = Step {
        row: RowWrite::Update(change(&[(WORK, "")])),
        effect: Effect::RowUpdated,
        ..Step::nothing()
    };
    let error = store.apply(&batch, &mut |_| cleared.clone()).unwrap_err();
    assert!(
        error.message.contains("contact_phones"),
        "the column is new: {error}"
    );
    is_done(&edit(&mut store, "1", change(&[(WORK, "")])));
    let left =
        "SELECT CONCAT_WS('|', kind, IFNULL(number,'NULL'), owner) FROM contact_phones ORDER BY id";
    assert_eq!(rig.app.rows(left), ["mobile|1|app", "work|NULL|app"]);
    rig.app.run("DELETE FROM contact_phones WHERE kind='work'");
    let changes = change(&[(Property::GivenName, "new"), (WORK, "3")]);
    is_held(
        &edit(&mut store, "1", changes),
        HoldKind::Unfit,
        "column owner is missing",
    );
    assert_eq!(rig.app.one("SELECT first_name FROM contacts"), "Anna");
    assert_eq!(rig.app.rows(left), ["mobile|1|app"]);
}

/// R22: contacts that pass UNIQUE values to each other, in a row and in a ring.
#[test]
fn values_that_a_child_table_allows_only_once_are_passed_on() {
    let Some(mut rig) = rig() else {
        return;
    };
    let mut store = rig.store_with(config(&rig));
    let mail = |mail: &str| contact(&[("EmailAddress1", mail)]);
    let items = ["I1", "I2", "I3", "I4"].map(|item| (item, mail(&format!("{item}@x"))));
    let keys = seed(&mut store, &items);
    for (to, expected) in [
        (["I2@x", "I3@x", "new@x", "I4@x"], "I2@x I3@x new@x I4@x"),
        (["I3@x", "new@x", "I2@x", "I4@x"], "I3@x new@x I2@x I4@x"),
    ] {
        let steps = to.map(|to| Step {
            row: RowWrite::Update(change(&[(email(), to)])),
            effect: Effect::RowUpdated,
            ..Step::nothing()
        });
        let targets = keys
            .iter()
            .map(|(_, (id, version))| Target::Link(*id, *version));
        for applied in apply(&mut store, targets.collect(), steps.to_vec()) {
            is_done(&applied);
        }
        let mails =
            "SELECT GROUP_CONCAT(email ORDER BY contact_id SEPARATOR ' ') FROM contact_emails";
        assert_eq!(rig.app.one(mails), expected);
    }
    assert_eq!(noted(&mut rig), "NULL", "our own writes");
}

/// P7: what is mapped goes with its contact; what else refers to it holds it.
#[test]
fn a_deleted_contact_takes_its_mapped_rows_with_it() {
    let Some(mut rig) = rig() else {
        return;
    };
    let mut store = rig.store_with(config(&rig));
    seed(
        &mut store,
        &[("I1", full()), ("I2", contact(&[("MobilePhone", "5")]))],
    );
    rig.app
        .run("INSERT INTO contact_phones (contact_id, kind, number) VALUES (1, 'fax', '9')");
    rig.app.run("DELETE FROM ecs_outbox");
    is_held(
        &remove(&mut store, "1"),
        HoldKind::Constraint,
        "phones_contact",
    );
    assert_eq!(
        present(&look(&mut store, "1")).contact,
        full(),
        "all of it is still there"
    );
    is_done(&remove(&mut store, "2"));
    rig.app.run("DELETE FROM contact_phones WHERE kind='fax'");
    noted(&mut rig);
    is_done(&remove(&mut store, "1"));
    for table in [
        "contacts",
        "contact_phones",
        "contact_emails",
        "contact_addresses",
        "contact_tags",
    ] {
        assert_eq!(
            rig.app.one(&format!("SELECT COUNT(*) FROM {table}")),
            "0",
            "{table}"
        );
    }
    assert_eq!(noted(&mut rig), "NULL", "our own writes");
}
