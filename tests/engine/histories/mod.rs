//! Random two-sided histories, with and without faults: whatever happens, both sides end as one address book.
//!
//! `ECS_HISTORIES` is how many are played (2000 in memory, 150 over each adapter), `ECS_SEED` plays one only. `make soak` plays others for
//! as long as it is told.

mod action;
#[cfg(all(feature = "ews", feature = "graph"))]
mod adapters;
mod doubts;
mod edits;
mod failure;
mod generator;
mod soak;

use std::sync::{Arc, Mutex};

use action::Play;
use edits::FIELDS;
use failure::{check, report};
use generator::{History, Mood, history};

use crate::ledger::Ledger;
use crate::memory_remote::Habits;
use crate::memory_store::Schema;
use crate::oracle::{disagreements, noise};
use crate::outlook::Outlook;
use crate::world::{EMAIL, World, schema};

/// Rounds in which both sides must have become one once the trouble has passed.
const ROUNDS: u32 = 6;

/// Where histories are played: makes a world with an empty table and an empty folder.
type Stage<'a, R> = dyn Fn(Habits, Schema) -> World<R> + Sync + 'a;

/// Plays a history to its end. Gives the contacts of both sides as sorted text.
fn play<R: Outlook>(
    stage: &Stage<'_, R>,
    history: &History,
    page: usize,
) -> Result<Vec<String>, String> {
    let habits = Habits {
        page,
        ..history.habits.clone()
    };
    let mut schema = schema();
    if history.unique {
        schema.unique = vec![EMAIL];
    }
    if history.slots {
        schema.mapped = FIELDS.to_vec();
    }
    let mut world = stage(habits, schema);
    world.settings.policy = history.policy;
    let play = Play {
        world: world.clone(),
        ledger: Arc::new(Mutex::new(Ledger::default())),
        rough: history.mood != Mood::Calm,
        slots: history.slots,
        turn: Arc::default(),
    };
    for step in &history.steps {
        world.clock.pass(60);
        play.step(step)
            .map_err(|error| format!("step {}: {error}", step.id))?;
    }
    world.database.with(|tables| {
        tables.locked.clear();
        tables.referred.clear();
    });
    // What nobody could notice is found by the comparison of the next day; until then, what has another id is another contact.
    if let Some(unknowable) = world.remote.unnoticed_restart() {
        world.clock.pass(86_400);
        let mut ledger = play.ledger.lock().unwrap();
        unknowable.iter().for_each(|contact| ledger.copied(contact));
    }
    let mut rounds = 0;
    loop {
        world.clock.pass(3_600);
        let result = world.try_sync();
        let found = disagreements(&world);
        if found.is_empty() && result.is_ok() {
            break;
        }
        rounds += 1;
        if rounds == ROUNDS {
            return Err(format!(
                "no agreement after {rounds} rounds: {result:?} {found:#?}"
            ));
        }
    }
    let broken = play.ledger.lock().unwrap().broken_promises(&world);
    if !broken.is_empty() {
        return Err(format!("{broken:#?}"));
    }
    silence(&world)?;
    let rows = world.database.rows().into_values();
    let items = world.remote.contacts().into_iter();
    let mut contacts: Vec<String> = rows
        .map(|row| format!("row {:?}", row.contact))
        .chain(items.map(|(_, item)| format!("item {item:?}")))
        .collect();
    contacts.sort();
    Ok(contacts)
}

/// Links made in the last rounds are met once more, what was parked is looked at; then there is silence (P4).
fn silence(world: &World<impl Outlook>) -> Result<(), String> {
    if world.database.with(|tables| !tables.held.is_empty()) {
        return Ok(());
    }
    let mut told = Vec::new();
    let mut idle = 0;
    for _ in 0..5 {
        // A thread of a killed process may still be reading: what this round fetched is in its report.
        let [rows, own, items, _] = noise(world);
        let report = world.try_sync().map_err(|error| error.to_string())?;
        let [rows_now, own_now, items_now, _] = noise(world);
        let moved = [
            rows_now - rows,
            own_now - own,
            items_now - items,
            report.fetched,
        ];
        idle = if moved == [0; 4] { idle + 1 } else { 0 };
        told.push(moved);
    }
    if idle < 2 {
        return Err(format!(
            "idle rounds are not silent: row writes, own writes, item writes, fetched {told:?}"
        ));
    }
    Ok(())
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

/// Plays so many histories, or as many as somebody wants, from seed 0 on.
fn play_all<R: Outlook>(stage: &Stage<'_, R>, mood: Mood, usual: u64, share: u64) {
    let count = number("ECS_HISTORIES").unwrap_or(usual) / share;
    let seeds = match number("ECS_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..count,
    };
    for seed in seeds {
        let history = history(seed, mood);
        if let Err(error) = check(stage, &history) {
            panic!("{}", report(stage, &history, &error));
        }
    }
}

/// All of them are played where only the engine is built; where the adapters are as well, theirs take the time.
const IN_MEMORY: u64 = if cfg!(all(feature = "ews", feature = "graph")) {
    400
} else {
    2_000
};

/// P4, P10: without trouble the page size is not to be seen in the outcome, and the end is silence.
#[test]
fn calm_histories_end_alike_for_every_page_size() {
    play_all(&World::with, Mood::Calm, IN_MEMORY, 4);
}

/// P1, P2, P4: whoever edits what and when, nothing is lost or doubled.
#[test]
fn histories_with_others_at_work_end_as_one_address_book() {
    play_all(&World::with, Mood::Busy, IN_MEMORY, 4);
}

/// P1, P2, P3, P4: whatever fails when, nothing is lost or doubled.
#[test]
fn histories_with_faults_end_as_one_address_book() {
    play_all(&World::with, Mood::Rough, IN_MEMORY, 2);
}
