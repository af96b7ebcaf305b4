//! The pair: identity, binding, back-off, mapping.

use std::time::Duration;

use exchange_contact_sync::contact::Property;
use exchange_contact_sync::mysql::MySqlStore;
use exchange_contact_sync::sync::back_off::BackOff;
use exchange_contact_sync::sync::error::{RemoteClass, StoreClass};
use exchange_contact_sync::sync::ids::{FolderId, LinkId, OutboxId, RowKey};
use exchange_contact_sync::sync::ports::{
    Batch, Hold, HoldKind, Identity, Side, Step, Store, Target,
};

use crate::support::{CONTACTS, Rig, contact, key, look, moved, seed};

fn identity(folder: &str) -> Identity {
    Identity {
        kind: "ews".to_owned(),
        server: "mail.example.test".to_owned(),
        mailbox: "sales@example.test".to_owned(),
        folder: FolderId::new(folder),
    }
}

/// R19.
#[test]
fn a_pair_that_belongs_elsewhere_stops_before_any_write() {
    let Some(rig) = Rig::new(CONTACTS) else {
        return;
    };
    let mut store = rig.store();
    assert_eq!(store.pair().unwrap().standing.identity, None);
    store.bind(&identity("F1")).unwrap();
    store.bind(&identity("F1")).unwrap();
    assert_eq!(
        store.pair().unwrap().standing.identity,
        Some(identity("F1"))
    );
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

/// R19.
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

/// R18, R19: what one pair writes is a change for the other.
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

/// R25: one wait for all processes; when it is over one of them finds out for all, and failures in a row are counted together.
#[test]
fn a_back_off_is_shared_and_then_one_process_probes() {
    let Some(mut rig) = Rig::new(CONTACTS) else {
        return;
    };
    let mut first = rig.store();
    let mut second = rig.store();
    let failed = |seconds, class, failures| BackOff {
        class,
        wait: Duration::from_secs(seconds),
        spread: Duration::from_secs(seconds / 4),
        failures,
        reason: "server busy".to_owned(),
    };
    first
        .back_off(&failed(600, RemoteClass::Throttled, 1))
        .unwrap();
    let state = second.pair().unwrap();
    let pause = state.standing.pause.unwrap();
    let between = Duration::from_secs(590)..=Duration::from_secs(750);
    assert!(between.contains(&pause.left), "{:?}", pause.left);
    assert_eq!(
        (pause.class, pause.reason.as_str(), state.standing.failures),
        (RemoteClass::Throttled, "server busy", 1)
    );
    second
        .back_off(&failed(4, RemoteClass::Transient, 2))
        .unwrap();
    let state = first.pair().unwrap();
    assert!(
        between.contains(&state.standing.pause.unwrap().left),
        "what the server asked for is not cut short"
    );
    assert_eq!(state.standing.failures, 2);
    rig.app
        .run("UPDATE ecs_activity SET back_off_until=UTC_TIMESTAMP(6) - INTERVAL 1 SECOND");
    let left =
        |store: &mut MySqlStore| store.pair().unwrap().standing.pause.map(|pause| pause.left);
    assert_eq!(
        left(&mut second),
        Some(Duration::ZERO),
        "looking at the pair takes nothing away"
    );
    assert!(first.probe().unwrap());
    assert!(!second.probe().unwrap(), "another one finds out");
    assert!(left(&mut second) > Some(Duration::from_secs(10)));
    first.leave_probe().unwrap();
    assert!(second.probe().unwrap(), "the first one had nothing to send");
    second
        .back_off(&failed(600, RemoteClass::Throttled, 3))
        .unwrap();
    first.leave_probe().unwrap();
    assert!(
        left(&mut first) > Some(Duration::from_secs(590)),
        "it stands"
    );
    first.recovered().unwrap();
    let state = second.pair().unwrap();
    assert_eq!((state.standing.pause, state.standing.failures), (None, 0));
}

/// What the pair knows of its server stays known.
#[test]
fn whether_the_server_looks_at_versions_is_noted() {
    let Some(rig) = Rig::new(CONTACTS) else {
        return;
    };
    let mut store = rig.store();
    assert_eq!(store.pair().unwrap().standing.checks_versions, None);
    for checks in [true, false] {
        store.note_version_check(checks).unwrap();
        assert_eq!(
            rig.store().pair().unwrap().standing.checks_versions,
            Some(checks)
        );
    }
    let clock = store.clock().unwrap();
    assert!(clock.least <= clock.most && clock.most - clock.least < 10_000_000);
}

/// Failed deliveries are counted for each row until its notes are done; one that is held stays under suspicion.
#[test]
fn failed_deliveries_are_counted_until_the_notes_are_done() {
    let Some(mut rig) = Rig::new(CONTACTS) else {
        return;
    };
    let mut store = rig.store();
    rig.app
        .run("INSERT INTO contacts (first_name) VALUES ('a'), ('b')");
    let keys = [RowKey::new("1"), RowKey::new("2")];
    store.delivery_failed(&keys).unwrap();
    store.delivery_failed(&keys[1..]).unwrap();
    let tries = |store: &mut MySqlStore| {
        let looks = store.look(&keys).unwrap();
        looks.iter().map(|look| look.tries).collect::<Vec<_>>()
    };
    assert_eq!(tries(&mut store), [1, 2]);
    let pending = store.pending(OutboxId(0), 10).unwrap();
    let told: Vec<u32> = pending.iter().map(|pending| pending.tries).collect();
    assert_eq!(told, [1, 2]);
    let looks = store.look(&keys).unwrap();
    let batch = Batch {
        targets: keys
            .iter()
            .map(|key| Target::Row(key.clone(), None))
            .collect(),
        ..Batch::default()
    };
    store
        .apply(&batch, &mut |seen| Step {
            done: looks[seen.index].notes.clone(),
            hold: (seen.index == 1).then(|| Hold {
                side: Side::Item,
                kind: HoldKind::Refused,
                reason: "no".to_owned(),
                contact: contact(&[]),
            }),
            ..Step::nothing()
        })
        .unwrap();
    store.enqueue_all(&keys).unwrap();
    assert_eq!(tries(&mut store), [0, 2]);
}

/// R23.
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
    assert!(plan.contains(&("first_name".to_owned(), Property::GivenName.to_string())));
    assert!(plan.contains(&("tags".to_owned(), Property::Categories.to_string())));
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
