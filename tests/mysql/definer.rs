//! Triggers run as the account that made them: what happens when it is gone or has lost its rights, and who needs which.

use exchange_contact_sync::mysql::MySqlStore;
use exchange_contact_sync::sync::error::StoreClass;
use exchange_contact_sync::sync::finding::Finding;
use exchange_contact_sync::sync::ports::Store;

use crate::support::{App, CONTACTS, Rig, key};

/// An account that exists for one test, on every host.
struct Account {
    name: String,
}

impl Account {
    fn new(rig: &mut Rig, name: &str, rights: &str) -> Self {
        let account = Self {
            name: format!("{name}{}", rig.database.trim_start_matches("ecs_t")),
        };
        account.everywhere(rig, "DROP USER IF EXISTS", "");
        account.everywhere(rig, "CREATE USER", "IDENTIFIED BY 'pw'");
        let database = rig.database.clone();
        account.everywhere(rig, &format!("GRANT {rights} ON `{database}`.* TO"), "");
        account
    }

    fn everywhere(&self, rig: &mut Rig, before: &str, behind: &str) {
        for host in ["%", "localhost"] {
            rig.app
                .run(&format!("{before} '{}'@'{host}' {behind}", self.name));
        }
    }

    fn drop(&self, rig: &mut Rig) {
        self.everywhere(rig, "DROP USER", "");
    }

    fn url(&self, rig: &Rig) -> String {
        let (_, place) = rig.url.split_once('@').unwrap();
        format!("mysql://{}:pw@{place}", self.name)
    }

    fn store(&self, rig: &Rig) -> MySqlStore {
        let mut config = rig.config();
        config.url = self.url(rig);
        MySqlStore::new(config).unwrap()
    }
}

const INSTALLS: &str = "SELECT, INSERT, UPDATE, DELETE, CREATE, DROP, INDEX, ALTER, TRIGGER";

fn triggers(store: &mut MySqlStore) -> Finding {
    let steps = store.check();
    let found = steps.iter().find(|step| step.step == "mysql.triggers");
    found.unwrap_or_else(|| panic!("{steps:?}")).clone()
}

fn saves(app: &mut App) -> Option<u16> {
    app.error("INSERT INTO contacts (first_name) VALUES ('new')")
}

/// semantics 60: `check()` says that the account is gone, before the app's first row if it may see accounts, else by a save that is rolled
/// back; `install()` by another account mends it.
#[test]
fn an_account_that_was_dropped_is_noticed_and_replaced() {
    for (rows, sees_accounts) in [(0, true), (1, true), (1, false)] {
        let Some(mut rig) = Rig::new(CONTACTS) else {
            return;
        };
        let account = Account::new(&mut rig, "installer", INSTALLS);
        account.store(&rig).install().unwrap();
        for _ in 0..rows {
            assert_eq!(saves(&mut rig.app), None);
        }
        let other = Account::new(&mut rig, "other", INSTALLS);
        let mut store = match sees_accounts {
            true => MySqlStore::new(rig.config()).unwrap(),
            false => other.store(&rig),
        };
        let step = triggers(&mut store);
        assert!(
            step.works() && step.message.contains(&account.name),
            "{step:?}"
        );
        account.drop(&mut rig);
        assert_eq!(saves(&mut rig.app), Some(1449), "every save fails");
        let step = triggers(&mut store);
        assert!(!step.works(), "{rows} rows: {step:?}");
        assert!(step.message.contains(&account.name), "{step:?}");
        assert!(step.message.contains("install()"), "{step:?}");
        store.install().unwrap();
        assert_eq!(saves(&mut rig.app), None);
        assert!(triggers(&mut store).works());
        assert_eq!(store.counts().unwrap().pending, rows + 1);
        drop(store);
        other.drop(&mut rig);
    }
}

/// semantics 60: an account that may no longer have triggers makes every save fail; one that may no longer write into our outbox makes
/// them pass unnoted. `check()` tells both, and leaves neither a note nor a change behind.
#[test]
fn an_account_that_lost_its_rights_is_noticed() {
    for (lost, save) in [("TRIGGER", Some(1142)), ("INSERT", None)] {
        let Some(mut rig) = Rig::new(CONTACTS) else {
            return;
        };
        let account = Account::new(&mut rig, "installer", INSTALLS);
        account.store(&rig).install().unwrap();
        assert_eq!(saves(&mut rig.app), None);
        let mut store = MySqlStore::new(rig.config()).unwrap();
        let database = rig.database.clone();
        account.everywhere(
            &mut rig,
            &format!("REVOKE {lost} ON `{database}`.* FROM"),
            "",
        );
        assert_eq!(saves(&mut rig.app), save, "{lost}");
        assert_eq!(store.counts().unwrap().pending, 1, "{lost}");
        let sum = "CHECKSUM TABLE contacts, ecs_outbox, ecs_links, ecs_renames";
        let before = rig.app.rows(sum);
        let step = triggers(&mut store);
        assert!(
            !step.works() && step.message.contains("install()"),
            "{lost}: {step:?}"
        );
        assert_eq!(rig.app.rows(sum), before, "{lost}");
        store.install().unwrap();
        assert!(triggers(&mut store).works(), "{lost}");
        assert_eq!(saves(&mut rig.app), None);
        assert_eq!(store.counts().unwrap().pending, 2, "{lost}");
        account.drop(&mut rig);
    }
}

/// semantics 60: uninstalling works whatever became of the account and of our tables, and the app saves again.
#[test]
fn uninstalling_always_works() {
    for damage in [
        "SELECT 1",
        "DROP TABLE ecs_outbox",
        "DROP TABLE ecs_schema",
        "DROP TABLE ecs_pairs",
        "ALTER TABLE ecs_links DROP COLUMN base",
        "ALTER TABLE ecs_pairs DROP COLUMN folder",
        "UPDATE ecs_schema SET version=99",
    ] {
        let Some(mut rig) = Rig::new(CONTACTS) else {
            return;
        };
        let account = Account::new(&mut rig, "installer", INSTALLS);
        account.store(&rig).install().unwrap();
        account.drop(&mut rig);
        assert_eq!(saves(&mut rig.app), Some(1449));
        rig.app.run(damage);
        let mut store = MySqlStore::new(rig.config()).unwrap();
        store
            .uninstall()
            .unwrap_or_else(|error| panic!("{damage}: {error}"));
        assert_eq!(rig.app.rows("SHOW TABLES"), ["contacts"], "{damage}");
        assert_eq!(
            rig.app.rows("SHOW TRIGGERS"),
            Vec::<String>::new(),
            "{damage}"
        );
        assert_eq!(saves(&mut rig.app), None, "{damage}");
    }
}

/// semantics 60: the app's own account needs no right on our tables.
#[test]
fn the_apps_account_needs_no_right_on_our_tables() {
    let Some(mut rig) = Rig::new(CONTACTS) else {
        return;
    };
    let mut store = rig.store();
    let account = Account::new(&mut rig, "app", "CREATE TEMPORARY TABLES");
    let database = rig.database.clone();
    let right = format!("GRANT SELECT, INSERT, UPDATE, DELETE ON `{database}`.contacts TO");
    account.everywhere(&mut rig, &right, "");
    let mut app = rig.connect_as(&account.name, "pw");
    app.run("INSERT INTO contacts (id, first_name) VALUES (1, 'Anna'), (2, 'Bea')");
    app.run("UPDATE contacts SET first_name='Cleo' WHERE id=1");
    app.run("UPDATE contacts SET id=3 WHERE id=1");
    app.run("DELETE FROM contacts WHERE id=2");
    assert_eq!(app.error("SELECT 1 FROM ecs_outbox"), Some(1142));
    assert_eq!(
        rig.app
            .one("SELECT GROUP_CONCAT(row_key ORDER BY id) FROM ecs_outbox"),
        "1,2,1,1,3,2"
    );
    drop(app);
    account.drop(&mut rig);
    assert!(triggers(&mut store).works());
}

/// semantics 60: our own writes of rows fail as the app's do, and say why.
#[test]
fn a_write_of_ours_says_that_the_account_is_gone() {
    let Some(mut rig) = Rig::new(CONTACTS) else {
        return;
    };
    let account = Account::new(&mut rig, "installer", INSTALLS);
    account.store(&rig).install().unwrap();
    let mut store = MySqlStore::new(rig.config()).unwrap();
    store.enqueue(&key("1")).unwrap();
    account.drop(&mut rig);
    let contact = crate::support::contact(&[("GivenName", "Anna")]);
    let mapped = store.mapped().to_vec();
    let batch = exchange_contact_sync::sync::ports::Batch {
        targets: vec![exchange_contact_sync::sync::ports::Target::Unlinked(
            exchange_contact_sync::sync::ids::ItemId::new("I1"),
        )],
        ..Default::default()
    };
    let error = store
        .apply(&batch, &mut |_| {
            crate::support::insert("I1", &contact, &mapped)
        })
        .unwrap_err();
    assert_eq!(error.class, StoreClass::Denied, "{error}");
    assert!(
        error.message.contains(&account.name) && error.message.contains("install()"),
        "{error}"
    );
}
