//! What all processes share for a while.

use std::time::Duration;

use exchange_contact_sync::mysql::{MySqlCache, MySqlStore};
use exchange_contact_sync::sync::ports::{Cache, Store};

use crate::support::{CONTACTS, Rig};

const HOUR: Duration = Duration::from_secs(3600);

/// R25: lifetimes are counted by the database's clock, so that processes on several machines agree.
#[test]
fn one_process_reads_what_another_one_has_kept_until_its_time_is_over() {
    let Some(mut rig) = Rig::new(CONTACTS) else {
        return;
    };
    drop(rig.store());
    let (one, other) = (
        MySqlCache::new(&rig.url).unwrap(),
        MySqlCache::new(&rig.url).unwrap(),
    );
    assert_eq!(one.read("a"), None);
    one.keep("a", b"\0'\\\xFF", HOUR);
    one.keep("b", b"else", HOUR);
    let cached = other.look("a").unwrap();
    assert_eq!(cached.value, b"\0'\\\xFF");
    assert!(
        cached.left <= HOUR && cached.left > HOUR / 2,
        "{:?}",
        cached.left
    );
    other.keep("a", b"new", HOUR / 4);
    assert_eq!(one.read("a").unwrap(), b"new");
    assert!(one.look("a").unwrap().left <= HOUR / 4);
    // Names are bytes: another case is another name.
    assert_eq!(one.read("A"), None);
    let time =
        "UPDATE ecs_cache SET valid_until = UTC_TIMESTAMP(6) - INTERVAL 1 SECOND WHERE name='a'";
    rig.app.run(time);
    assert_eq!(one.read("a"), None);
    one.keep("c", b"", HOUR);
    assert_eq!(
        rig.app.rows("SELECT name FROM ecs_cache ORDER BY name"),
        ["b", "c"],
        "what is over is removed when something is written"
    );
    other.forget("b");
    assert_eq!(one.read("b"), None);
    assert_eq!(one.read("c"), Some(Vec::new()));
    one.keep(&"n".repeat(65), b"x", HOUR);
    assert_eq!(one.read(&"n".repeat(65)), None);
    let open = "SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE DB=DATABASE()";
    // The server counts a connection until it has read the good-bye.
    let began = std::time::Instant::now();
    while rig.app.one(open) != "1" {
        assert!(
            began.elapsed().as_secs() < 10,
            "there is more than the app's own connection"
        );
        std::thread::yield_now();
    }
}

/// P5: whatever is wrong with it, it is only as if nothing had been kept.
#[test]
fn without_a_table_or_a_database_nothing_is_cached_and_nothing_fails() {
    let Some(mut rig) = Rig::new(CONTACTS) else {
        return;
    };
    let cache = MySqlCache::new(&rig.url).unwrap();
    cache.keep("a", b"x", HOUR);
    cache.forget("a");
    assert_eq!(cache.read("a"), None);
    let away = MySqlCache::new("mysql://root@localhost/none?socket=/nowhere/mysqld.sock").unwrap();
    away.keep("a", b"x", HOUR);
    assert_eq!(away.read("a"), None);

    drop(rig.store());
    let user = format!("r{}", std::process::id());
    for sql in [
        format!("DROP USER IF EXISTS '{user}'@'localhost'"),
        format!("CREATE USER '{user}'@'localhost' IDENTIFIED BY 'pw'"),
    ] {
        rig.app.run(&sql);
    }
    let database = rig.database.clone();
    rig.app.run(&format!(
        "GRANT SELECT ON `{database}`.* TO '{user}'@'localhost'"
    ));
    cache.keep("a", b"x", HOUR);
    let (_, place) = rig.url.split_once('@').unwrap();
    let reader = MySqlCache::new(&format!("mysql://{user}:pw@{place}")).unwrap();
    reader.keep("b", b"y", HOUR);
    reader.forget("a");
    assert_eq!(reader.read("b"), None);
    assert_eq!(reader.read("a").unwrap(), b"x");
    rig.app.run(&format!("DROP USER '{user}'@'localhost'"));
}

/// The tables of the version before have no cache: install() makes it, and the last pair takes it away.
#[test]
fn it_comes_with_an_upgrade_and_goes_with_the_last_pair() {
    let Some(mut rig) = Rig::new(CONTACTS) else {
        return;
    };
    drop(rig.store());
    rig.app.run("DROP TABLE ecs_cache");
    rig.app.run("UPDATE ecs_schema SET version=4");
    let mut config = rig.config();
    config.pair = "second".to_owned();
    config.mailbox = "else@example.test".to_owned();
    let mut first = MySqlStore::new(rig.config()).unwrap();
    assert!(first.pair().unwrap_err().message.contains("install()"));
    first.install().unwrap();
    first.pair().unwrap();
    let mut second = rig.store_with(config);
    let cache = MySqlCache::new(&rig.url).unwrap();
    cache.keep("a", b"x", HOUR);
    first.uninstall().unwrap();
    assert_eq!(cache.read("a").unwrap(), b"x");
    second.uninstall().unwrap();
    assert_eq!(rig.app.rows("SHOW TABLES"), ["contacts"]);
}
