//! The pair: identity, binding, back-off, mapping.

use std::time::Duration;

use exchange_contact_sync::contact::Property;
use exchange_contact_sync::mysql::MySqlStore;
use exchange_contact_sync::sync::error::StoreClass;
use exchange_contact_sync::sync::ids::{FolderId, LinkId};
use exchange_contact_sync::sync::ports::{Batch, Identity, Step, Store};

use crate::support::{CONTACTS, Rig, contact, key, look, moved, seed};

fn identity(folder: &str) -> Identity {
    Identity {
        kind: "ews".to_owned(),
        server: "mail.example.test".to_owned(),
        mailbox: "sales@example.test".to_owned(),
        folder: FolderId::new(folder),
    }
}

#[test]
fn a_pair_that_belongs_elsewhere_stops_before_any_write() {
    let Some(rig) = Rig::new(CONTACTS) else {
        return;
    };
    let mut store = rig.store();
    assert_eq!(store.pair().unwrap().identity, None);
    store.bind(&identity("F1")).unwrap();
    store.bind(&identity("F1")).unwrap();
    assert_eq!(store.pair().unwrap().identity, Some(identity("F1")));
    let error = store.bind(&identity("f1")).unwrap_err();
    assert_eq!(error.class, StoreClass::Identity);
    for part in ["F1", "f1"] {
        assert!(error.message.contains(part), "{error}");
    }
    let mut config = rig.config();
    config.mailbox = "other@example.test".to_owned();
    let mut other = MySqlStore::new(config).unwrap();
    let error = other.pair().unwrap_err();
    assert_eq!(error.class, StoreClass::Identity);
    for part in ["sales@example.test", "other@example.test"] {
        assert!(error.message.contains(part), "{error}");
    }
    assert_eq!(other.install().unwrap_err().class, StoreClass::Identity);
    assert_eq!(
        other.enqueue(&key("1")).unwrap_err().class,
        StoreClass::Identity
    );
    assert_eq!(store.counts().unwrap().pending, 0);
}

#[test]
fn a_clone_in_another_database_is_recognised() {
    let (Some(mut rig), Some(mut clone)) = (Rig::new(CONTACTS), Rig::new(CONTACTS)) else {
        return;
    };
    drop(rig.store());
    for table in rig.app.rows("SHOW TABLES LIKE 'ecs%'") {
        clone.app.run(&format!(
            "CREATE TABLE {table} LIKE `{}`.{table}",
            rig.database
        ));
        clone.app.run(&format!(
            "INSERT INTO {table} SELECT * FROM `{}`.{table}",
            rig.database
        ));
    }
    let error = MySqlStore::new(clone.config()).unwrap().pair().unwrap_err();
    assert_eq!(error.class, StoreClass::Identity);
    assert!(error.message.contains(&rig.database), "{error}");
}

#[test]
fn two_pairs_share_a_table_and_never_a_folder() {
    let Some(mut rig) = Rig::new(CONTACTS) else {
        return;
    };
    let mut first = rig.store();
    let mut config = rig.config();
    config.pair = "second".to_owned();
    config.folder = "contacts/Customers".to_owned();
    let mut second = rig.store_with(config);
    first.bind(&identity("F1")).unwrap();
    let error = second.bind(&identity("F1")).unwrap_err();
    assert_eq!(error.class, StoreClass::Identity);
    second.bind(&identity("F2")).unwrap();
    rig.app
        .run("INSERT INTO contacts (first_name) VALUES ('app')");
    assert_eq!(first.counts().unwrap().pending, 1);
    assert_eq!(second.counts().unwrap().pending, 1);
    // What one pair writes is a change for the other.
    seed(
        &mut first,
        &[("I1", contact(&[("GivenName", "from Exchange")]))],
    );
    assert_eq!(first.counts().unwrap().pending, 1);
    assert_eq!(second.counts().unwrap().pending, 2);
    assert_eq!(look(&mut second, "2").link, None);
    first.uninstall().unwrap();
    assert!(second.pair().unwrap().triggers);
    assert_eq!(rig.app.one("SELECT COUNT(*) FROM ecs_pairs"), "1");
}

#[test]
fn a_back_off_is_shared_and_then_one_process_probes() {
    let Some(mut rig) = Rig::new(CONTACTS) else {
        return;
    };
    let mut first = rig.store();
    let mut second = rig.store();
    first
        .back_off(Some(Duration::from_secs(600)), "server busy")
        .unwrap();
    let state = second.pair().unwrap();
    let left = state.back_off.unwrap();
    assert!(left > Duration::from_secs(500) && left <= Duration::from_secs(600));
    assert_eq!(state.back_off_reason.as_deref(), Some("server busy"));
    rig.app
        .run("UPDATE ecs_activity SET back_off_until=UTC_TIMESTAMP(6) - INTERVAL 1 SECOND");
    assert_eq!(first.pair().unwrap().back_off, None, "this one probes");
    assert!(second.pair().unwrap().back_off.is_some(), "this one waits");
    first.finish_pull().unwrap();
    assert_eq!(second.pair().unwrap().back_off, None);
    first
        .back_off(Some(Duration::from_secs(60)), "again")
        .unwrap();
    second.back_off(None, "").unwrap();
    assert_eq!(first.pair().unwrap().back_off, None);
}

#[test]
fn a_changed_mapping_makes_links_unconfirmed() {
    let Some(rig) = Rig::new(CONTACTS) else {
        return;
    };
    let mut store = rig.store();
    seed(&mut store, &[("I1", contact(&[("GivenName", "a")]))]);
    let batch = Batch {
        cursor: moved(None, "c1"),
        ..Batch::default()
    };
    store.apply(&batch, &mut |_| Step::nothing()).unwrap();
    assert!(!store.pair().unwrap().mapping_changed);
    let mut config = rig.config();
    config.map.pop();
    let mut changed = MySqlStore::new(config).unwrap();
    assert!(changed.pair().unwrap().mapping_changed);
    let item = exchange_contact_sync::sync::ids::ItemId::new("I1");
    let link = changed
        .links_of(std::slice::from_ref(&item))
        .unwrap()
        .remove(0);
    assert!(!link.confirmed);
    // A plan that finds nothing to do confirms the link for the new mapping.
    let target = exchange_contact_sync::sync::ports::Target::Link(link.id, link.version);
    crate::support::apply(&mut changed, vec![target], vec![Step::nothing()]);
    let link = changed.links_of(&[item]).unwrap().remove(0);
    assert!(link.confirmed);
    assert!(changed.gone(LinkId(0), 1).unwrap().is_empty());
}

#[test]
fn without_a_map_common_names_are_guessed() {
    let Some(rig) = Rig::new(CONTACTS) else {
        return;
    };
    let mut config = rig.config();
    config.map.clear();
    let mut store = MySqlStore::new(config).unwrap();
    let plan = store.column_plan().unwrap();
    assert!(plan.contains(&("first_name".to_owned(), Property::GivenName)));
    assert!(plan.contains(&("tags".to_owned(), Property::Categories)));
    assert_eq!(plan.len(), 6);
    assert_eq!(store.mapped().len(), 6);
    assert!(store.statements() > 0);
}

#[test]
fn connections_over_tcp_and_with_tls() {
    let Some(rig) = Rig::new(CONTACTS) else {
        return;
    };
    let Ok(tcp) = std::env::var("ECS_TEST_MYSQL_TCP") else {
        eprintln!("skipped: ECS_TEST_MYSQL_TCP names no server");
        return;
    };
    let ca = std::env::var("ECS_TEST_MYSQL_CA").unwrap();
    let base = format!("{}/{}", tcp.trim_end_matches('/'), rig.database);
    let works = |query: &str| {
        let mut config = rig.config();
        config.url = format!("{base}{query}");
        MySqlStore::new(config).unwrap().install().map(|_| ())
    };
    works("").unwrap();
    works("?ssl-mode=required").unwrap();
    works(&format!("?ssl-ca={ca}")).unwrap();
    let error = works("?require_ssl=true").unwrap_err();
    assert_eq!(
        error.class,
        StoreClass::Unavailable,
        "an unknown authority: {error}"
    );
    let error = works("?ssl-ca=/nonexistent.pem").unwrap_err();
    assert_eq!(error.class, StoreClass::Config);
    let mut config = rig.config();
    config.url = "mysql://app:s3cret@127.0.0.1:1/crm".to_owned();
    let error = MySqlStore::new(config).unwrap().pair().unwrap_err();
    assert_eq!(error.class, StoreClass::Unavailable);
    assert!(!error.message.contains("s3cret"), "{error}");
}
