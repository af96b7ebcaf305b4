//! The engine on a real database, with an Exchange folder in memory on its other side.

use std::collections::BTreeMap;
use std::sync::Arc;

use exchange_contact_sync::contact::{Contact, Property, Value};
use exchange_contact_sync::mysql::MySqlStore;
use exchange_contact_sync::sync::engine::{Engine, Settings};
use exchange_contact_sync::sync::ids::{ItemId, RowKey};
use exchange_contact_sync::sync::policy::{ConflictPolicy, Policy};
use exchange_contact_sync::sync::ports::Store;
use exchange_contact_sync::sync::report::Outcome;

use crate::clock::Clock;
use crate::memory_remote::{Habits, MemoryRemote};
use crate::script::Script;
use crate::support::{CONTACTS, Rig, contact, key};

const TABLES: &str = "contacts, ecs_links, ecs_outbox, ecs_renames, ecs_match, ecs_parked, ecs_parked_keys, ecs_held, ecs_conflicts, \
                      ecs_tombstones, ecs_attempts, ecs_activity";

struct World {
    rig: Rig,
    store: MySqlStore,
    remote: Arc<MemoryRemote>,
    settings: Settings,
}

impl World {
    fn new() -> Option<Self> {
        let rig = Rig::new(CONTACTS)?;
        let config = rig.config();
        let policy = Policy {
            conflict: ConflictPolicy::Exchange,
            max_deletes: 1_000,
            ..Policy::default()
        };
        Some(Self {
            store: rig.store_with(config.clone()),
            rig,
            remote: Arc::new(MemoryRemote::new(
                Arc::new(Script::default()),
                Clock::new(),
                Habits::default(),
            )),
            settings: Settings {
                policy,
                server: config.server,
                mailbox: config.mailbox.to_lowercase(),
                push_seconds: 5,
            },
        })
    }

    fn engine(&mut self) -> Engine<'_> {
        Engine::new(self.remote.clone(), &mut self.store, &self.settings)
    }

    fn sync(&mut self) {
        let report = self.engine().sync(&mut ()).unwrap();
        assert!(report.complete && report.failure.is_none(), "{report:?}");
    }

    fn push(&mut self, text: &str) -> Outcome {
        let result = self.engine().push(&key(text), &mut ()).unwrap();
        result.outcome
    }

    /// Rows and items by the links between them, as texts.
    fn assert_in_step(&mut self) {
        let rows: BTreeMap<RowKey, Contact> = self
            .store
            .rows(None, 10_000)
            .unwrap()
            .into_iter()
            .map(|look| {
                (
                    look.key.clone(),
                    crate::support::present(&look).contact.clone(),
                )
            })
            .collect();
        let items = self.remote.contacts();
        let ids: Vec<ItemId> = items.iter().map(|(id, _)| id.clone()).collect();
        let links = self.store.links_of(&ids).unwrap();
        assert_eq!(links.len(), items.len(), "every item has a link");
        assert_eq!(rows.len(), items.len(), "as many rows as items");
        let mapped = self.store.mapped().to_vec();
        for (id, item) in items {
            let link = links
                .iter()
                .find(|link| link.item.as_ref() == Some(&id))
                .unwrap();
            let row = rows.get(&link.key).unwrap();
            for property in &mapped {
                let shown = |contact: &Contact| contact.get(*property).map(Value::display);
                assert_eq!(shown(row), shown(&item), "{property} of row {}", link.key);
            }
        }
    }

    fn assert_silent(&mut self) {
        let sum = format!("CHECKSUM TABLE {TABLES}");
        let before = self.rig.app.rows(&sum);
        let items = self.remote.contacts();
        for _ in 0..3 {
            let report = self.engine().sync(&mut ()).unwrap();
            assert_eq!(report.fetched, 0, "{report:?}");
        }
        assert_eq!(self.rig.app.rows(&sum), before);
        assert_eq!(self.remote.contacts(), items);
    }
}

/// P4.
#[test]
fn contacts_on_both_sides_meet_and_then_there_is_silence() {
    let Some(mut world) = World::new() else {
        return;
    };
    world
        .rig
        .app
        .run("INSERT INTO contacts (first_name, email) VALUES ('Anna', 'anna@x'), ('Bea', NULL)");
    world.remote.person_creates(&contact(&[
        ("GivenName", "Anna"),
        ("EmailAddress1", "ANNA@x"),
        ("Body", "from Outlook"),
    ]));
    world.remote.person_creates(&contact(&[
        ("GivenName", "Cleo"),
        ("Birthday", "1980-05-17"),
    ]));
    world.sync();
    world.sync();
    assert_eq!(world.rig.app.one("SELECT COUNT(*) FROM contacts"), "3");
    assert_eq!(
        world
            .rig
            .app
            .one("SELECT notes FROM contacts WHERE first_name='Anna'"),
        "from Outlook"
    );
    world.assert_in_step();
    world.assert_silent();

    world
        .rig
        .app
        .run("UPDATE contacts SET last_name='Berg' WHERE first_name='Anna'");
    assert_eq!(world.push("1"), Outcome::Updated);
    assert_eq!(world.push("1"), Outcome::Unchanged);
    world.rig.app.run("DELETE FROM contacts WHERE id=2");
    assert_eq!(world.push("2"), Outcome::Deleted);
    world
        .rig
        .app
        .run("INSERT INTO contacts (id, first_name) VALUES (50, 'Dora')");
    assert_eq!(world.push("50"), Outcome::Created);
    world.sync();
    world.assert_in_step();
    world.assert_silent();
}

/// R15.
#[test]
fn a_row_in_the_apps_open_transaction_is_queued() {
    let Some(mut world) = World::new() else {
        return;
    };
    world.sync();
    let mut app = world.rig.connect();
    app.run("START TRANSACTION");
    app.run("INSERT INTO contacts (id, first_name) VALUES (7, 'Anna')");
    assert_eq!(world.push("7"), Outcome::Queued);
    app.run("COMMIT");
    assert_eq!(world.push("7"), Outcome::Created);
    world.sync();
    world.assert_in_step();
}

/// P6.
#[test]
fn a_contact_that_the_table_refuses_is_held_and_arrives_later() {
    let Some(mut world) = World::new() else {
        return;
    };
    world
        .rig
        .app
        .run("INSERT INTO contacts (first_name, last_name, email) VALUES ('Anna', 'A', 'one@x')");
    world.sync();
    let mine = world.remote.person_creates(&contact(&[
        ("GivenName", "Zoe"),
        ("EmailAddress1", "two@x"),
    ]));
    world.sync();
    let clash = [(
        crate::support::email(),
        Some(Value::Text("one@x".to_owned())),
    )];
    world
        .remote
        .person_edits(&mine, &clash.into_iter().collect());
    world.sync();
    assert_eq!(world.store.held().unwrap().len(), 1);
    world
        .rig
        .app
        .run("UPDATE contacts SET email=NULL WHERE first_name='Anna'");
    world
        .rig
        .app
        .run("UPDATE ecs_held SET tried=tried - INTERVAL 1 DAY");
    world.sync();
    world.sync();
    assert!(
        world.store.held().unwrap().is_empty(),
        "{:?}",
        world.store.held()
    );
    world.assert_in_step();
    world.assert_silent();
}

struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % sides
    }
}

/// P4.
#[test]
fn random_edits_on_both_sides_end_in_step_and_in_silence() {
    let seeds = std::env::var("ECS_TEST_SEEDS")
        .ok()
        .and_then(|count| count.parse().ok())
        .unwrap_or(3);
    for seed in 1..=seeds {
        let Some(mut world) = World::new() else {
            return;
        };
        let mut dice = Dice(seed);
        for step in 0..80 {
            let keys = world.rig.app.rows("SELECT id FROM contacts");
            let items = world.remote.contacts();
            let word = format!("w{seed}-{step}");
            match dice.roll(9) {
                0 => world.rig.app.run(&format!(
                    "INSERT INTO contacts (first_name, tags) VALUES ('{word}', 'A, {word}')"
                )),
                1 if !keys.is_empty() => {
                    let row = &keys[dice.roll(keys.len())];
                    let column = ["first_name", "last_name", "notes", "tags"][dice.roll(4)];
                    world.rig.app.run(&format!(
                        "UPDATE contacts SET {column}='{word}' WHERE id={row}"
                    ));
                    if dice.roll(2) == 0 {
                        world.push(row);
                    }
                }
                2 if keys.len() > 3 => {
                    let row = &keys[dice.roll(keys.len())];
                    world
                        .rig
                        .app
                        .run(&format!("DELETE FROM contacts WHERE id={row}"));
                    if dice.roll(2) == 0 {
                        world.push(row);
                    }
                }
                3 if !keys.is_empty() => {
                    let row = &keys[dice.roll(keys.len())];
                    world.rig.app.run(&format!(
                        "UPDATE contacts SET id={} WHERE id={row}",
                        (step + 1) * 1_000_000
                    ));
                }
                4 => {
                    world
                        .remote
                        .person_creates(&contact(&[("GivenName", &word), ("Body", "n")]));
                }
                5 | 6 if !items.is_empty() => {
                    let (id, _) = &items[dice.roll(items.len())];
                    let property =
                        [Property::GivenName, Property::Surname, Property::Body][dice.roll(3)];
                    let value = (dice.roll(4) > 0).then(|| Value::Text(word.clone()));
                    world
                        .remote
                        .person_edits(id, &[(property, value)].into_iter().collect());
                }
                7 if items.len() > 3 => {
                    let (id, _) = &items[dice.roll(items.len())];
                    world.remote.person_deletes(id);
                }
                _ => world.sync(),
            }
        }
        for _ in 0..3 {
            world.sync();
        }
        world.assert_in_step();
        assert_eq!(world.store.held().unwrap(), [], "seed {seed}");
        world.assert_silent();
    }
}
