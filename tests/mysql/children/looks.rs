//! What is seen of contacts that live in several tables.

use super::*;

/// R3, R15: a contact of which the app holds a child row counts as locked, whether that is committed or not; nobody waits.
#[test]
fn a_contact_with_a_locked_child_row_is_locked() {
    let Some(mut rig) = rig() else {
        return;
    };
    let mut store = rig.store_with(config(&rig));
    let mobile = |number: &str| {
        contact(&[
            ("MobilePhone", number),
            ("EmailAddress1", &format!("{number}@x")),
        ])
    };
    let keys = seed(
        &mut store,
        &[
            ("I1", mobile("1")),
            ("I2", mobile("2")),
            ("I3", mobile("3")),
            ("I4", mobile("4")),
        ],
    );
    let mut app = rig.connect();
    for sql in [
        "START TRANSACTION",
        "UPDATE contact_phones SET note='mine' WHERE contact_id=2",
        "INSERT INTO contact_tags (contact_id, tag) VALUES (3, 'new')",
        "DELETE FROM contact_emails WHERE contact_id=4",
    ] {
        app.run(sql);
    }
    let rows: Vec<RowKey> = keys.iter().map(|(key, _)| key.clone()).collect();
    let seen = store.look(&rows).unwrap();
    let locked = seen.iter().map(|look| look.row == RowSeen::Locked);
    assert_eq!(locked.collect::<Vec<_>>(), [false, true, true, true]);
    let links = keys
        .iter()
        .map(|(_, (id, version))| Target::Link(*id, *version));
    let batch = Batch {
        targets: links.collect(),
        park_missed: true,
        ..Batch::default()
    };
    let step = Step {
        row: RowWrite::Update(change(&[(MOBILE, "9")])),
        effect: Effect::RowUpdated,
        ..Step::nothing()
    };
    let applied = store.apply(&batch, &mut |_| step.clone()).unwrap();
    is_done(&applied[0]);
    assert_eq!(applied[1..], vec![Applied::Missed(Missed::Locked); 3][..]);
    app.run("COMMIT");
    assert_eq!(
        rig.app
            .rows("SELECT contact_id FROM contact_phones WHERE number='9'"),
        ["1"]
    );
    let seen = store.look(&rows).unwrap();
    assert!(
        seen.iter()
            .all(|look| matches!(look.row, RowSeen::Present(_)))
    );
    assert_eq!(noted(&mut rig), "2,3,4", "what the app wrote");
}

/// R12: without triggers a changed child row is found by comparing.
#[test]
fn a_changed_child_row_is_found_without_triggers() {
    let Some(mut rig) = rig() else {
        return;
    };
    let mut store = rig.store_with(config(&rig));
    seed(
        &mut store,
        &[("I1", full()), ("I2", contact(&[("MobilePhone", "5")]))],
    );
    assert_eq!(note_unnoted(&mut store, true), 0);
    let quiet = "SET @ecs_quiet_1=CAST('1' AS BINARY)";
    rig.app.run(quiet);
    rig.app
        .run("UPDATE contact_phones SET number='77' WHERE contact_id=1 AND kind='work'");
    assert_eq!(noted(&mut rig), "NULL");
    assert_eq!(note_unnoted(&mut store, true), 1);
    assert_eq!(noted(&mut rig), "1");
    rig.app.run("DELETE FROM contact_tags WHERE tag='A'");
    assert_eq!(note_unnoted(&mut store, true), 1);
}

/// P10: the statements of a page do not grow with its contacts.
#[test]
fn a_page_is_read_by_one_statement_for_each_table() {
    let Some(rig) = rig() else {
        return;
    };
    let mut store = rig.store_with(config(&rig));
    seed(&mut store, &[("I1", full())]);
    let mut cost = Vec::new();
    for count in [10, 100] {
        let items: Vec<String> = (0..count).map(|place| format!("{count}-{place}")).collect();
        let contacts: Vec<(&str, Contact)> = items
            .iter()
            .map(|item| {
                let mail = format!("{item}@x");
                let values = [
                    ("MobilePhone", &**item),
                    ("EmailAddress1", &*mail),
                    ("Categories", "A\nB"),
                ];
                (&**item, contact(&values))
            })
            .collect();
        let before = store.statements();
        let keys = seed(&mut store, &contacts);
        let rows: Vec<RowKey> = keys.into_iter().map(|(key, _)| key).collect();
        assert_eq!(store.look(&rows).unwrap().len(), count);
        cost.push(store.statements() - before);
    }
    assert_eq!(cost[0], cost[1]);
}

/// R19: the column's collation may take other texts for the same key.
#[test]
fn text_keys_are_those_of_the_contacts_table() {
    let Some(mut rig) = Rig::new(
        "CREATE TABLE contacts (id VARCHAR(10) NOT NULL PRIMARY KEY, first_name VARCHAR(40)) DEFAULT CHARSET=utf8mb4",
    ) else {
        return;
    };
    rig.app.run("CREATE TABLE contact_tags (contact_id VARCHAR(10) NOT NULL, tag VARCHAR(40) NOT NULL, KEY (contact_id)) DEFAULT CHARSET=utf8mb4");
    let mut config = config(&rig);
    config.children.drain(..3);
    let mut store = rig.store_with(config);
    rig.app.run("INSERT INTO contacts VALUES ('abc', 'Anna')");
    rig.app
        .run("INSERT INTO contact_tags VALUES ('ABC', 'x'), ('abc', 'y')");
    let seen = look(&mut store, "abc");
    assert_eq!(
        present(&seen).contact,
        contact(&[("GivenName", "Anna"), ("Categories", "x\ny")])
    );
    is_done(&edit(
        &mut store,
        "abc",
        change(&[(Property::Categories, "y\nz")]),
    ));
    assert_eq!(
        rig.app
            .rows("SELECT CONCAT(contact_id, tag) FROM contact_tags ORDER BY tag"),
        ["abcy", "abcz"]
    );
}
