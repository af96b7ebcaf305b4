//! Triggers of the app, and several pairs beside each other (R18).

use exchange_contact_sync::contact::{Property, Value};
use exchange_contact_sync::mysql::MySqlStore;
use exchange_contact_sync::sync::ids::ItemId;
use exchange_contact_sync::sync::ports::{Applied, Effect, RowWrite, Step, Store, Target};

use crate::support::{CONTACTS, Rig, apply, contact, insert, seed};

const SUPPLIERS: &str = "CREATE TABLE suppliers (id INT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY, name VARCHAR(40) NULL) ENGINE=InnoDB";

fn suppliers(rig: &mut Rig) -> MySqlStore {
    rig.app.run(SUPPLIERS);
    let mut config = rig.config();
    config.pair = "suppliers".to_owned();
    config.folder = "contacts/Suppliers".to_owned();
    config.table = "suppliers".to_owned();
    config.map = vec![("name".to_owned(), Property::CompanyName)];
    rig.store_with(config)
}

fn noted(rig: &mut Rig, pair: u32) -> String {
    rig.app.one(&format!(
        "SELECT GROUP_CONCAT(row_key ORDER BY row_key) FROM ecs_outbox WHERE pair={pair}"
    ))
}

/// R18: what the app's own triggers do to rows of another pair, while we write, is a change for that pair: silence is for one pair and
/// for the keys being written.
#[test]
fn what_the_apps_triggers_write_while_we_write_is_noted() {
    let Some(mut rig) = Rig::new(CONTACTS) else {
        return;
    };
    let mut store = rig.store();
    let mut others = suppliers(&mut rig);
    rig.app
        .run("INSERT INTO suppliers (id, name) VALUES (1, 'one'), (2, 'two')");
    rig.app.run("DELETE FROM ecs_outbox");
    for (event, row) in [("INSERT", "NEW"), ("UPDATE", "NEW"), ("DELETE", "OLD")] {
        rig.app.run(&format!(
            "CREATE TRIGGER app_{event} AFTER {event} ON contacts FOR EACH ROW UPDATE suppliers SET name={row}.first_name WHERE id={row}.id"
        ));
    }
    let keys = seed(
        &mut store,
        &[
            ("I1", contact(&[("GivenName", "Anna")])),
            ("I2", contact(&[("GivenName", "Bea")])),
        ],
    );
    assert_eq!(noted(&mut rig, 1), "NULL", "our own writes");
    assert_eq!(noted(&mut rig, 2), "1,2", "made with the same keys");
    rig.app.run("DELETE FROM ecs_outbox");
    let name = Some(Value::Text("Cleo".to_owned()));
    let steps = [
        RowWrite::Update([(Property::GivenName, name)].into_iter().collect()),
        RowWrite::Delete,
    ];
    let effects = [Effect::RowUpdated, Effect::RowDeleted];
    let steps = steps.into_iter().zip(effects).map(|(row, effect)| Step {
        row,
        effect,
        ..Step::nothing()
    });
    let targets = keys
        .iter()
        .map(|(_, (id, version))| Target::Link(*id, *version));
    apply(&mut store, targets.collect(), steps.collect());
    assert_eq!(noted(&mut rig, 1), "NULL");
    assert_eq!(noted(&mut rig, 2), "1,2");
    assert_eq!(others.counts().unwrap().pending, 2);
    assert_eq!(rig.app.rows("SELECT name FROM suppliers"), ["Cleo", "Bea"]);
}

/// R18: the silence ends with the statement, also when that fails: what the app's triggers write on the same connection right behind it
/// is noted.
#[test]
fn a_statement_that_fails_leaves_no_silence_behind() {
    for updates in [true, false] {
        let Some(mut rig) = Rig::new(CONTACTS) else {
            return;
        };
        let mut store = rig.store();
        rig.app
            .run("INSERT INTO contacts (id, email) VALUES (50, 'taken@x')");
        let mapped = store.mapped().to_vec();
        let mine = contact(&[("EmailAddress1", "mine@x")]);
        let (row, (id, version)) = seed(&mut store, &[("I1", mine)]).remove(0);
        rig.app.run("DELETE FROM ecs_outbox");
        // Whenever a contact is held the app marks the row that we have just tried to write, or makes one.
        let writes = match updates {
            true => format!("UPDATE contacts SET notes='held' WHERE id={row}"),
            false => "INSERT INTO contacts (id) VALUES (70)".to_owned(),
        };
        rig.app.run(&format!(
            "CREATE TRIGGER app_echo AFTER INSERT ON ecs_held FOR EACH ROW {writes}"
        ));
        let taken = contact(&[("EmailAddress1", "taken@x")]);
        let (target, step) = match updates {
            true => {
                let email = crate::support::email();
                let changes = [(email, taken.get(email).cloned())];
                let step = Step {
                    row: RowWrite::Update(changes.into_iter().collect()),
                    effect: Effect::RowUpdated,
                    ..Step::nothing()
                };
                (Target::Link(id, version), step)
            }
            false => (
                Target::Unlinked(ItemId::new("I2")),
                insert("I2", &taken, &mapped),
            ),
        };
        let applied = apply(&mut store, vec![target], vec![step]);
        assert!(matches!(applied[0], Applied::Held(..)), "{applied:?}");
        let expected = if updates { row.as_str() } else { "70" };
        assert_eq!(noted(&mut rig, 1), expected);
    }
}
