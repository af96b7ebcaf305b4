//! Random two-sided histories, with and without faults: whatever happens, both sides end as one address book.
//!
//! `ECS_HISTORIES` is how many are played (2000), `ECS_SEED` plays one only. `make soak` plays others for as long as it is told.

mod action;
mod edits;
mod generator;
mod soak;

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::sync::{Arc, Mutex, Once};

use action::Play;
use edits::FIELDS;
use generator::{History, Mood, history};

use crate::memory_remote::Habits;
use crate::memory_store::Schema;
use crate::oracle::{Ledger, disagreements, noise};
use crate::world::{EMAIL, World, schema};

/// Rounds in which both sides must have become one once the trouble has passed.
const ROUNDS: u32 = 6;

/// Plays a history to its end. Gives the contacts of both sides as sorted text.
fn play(history: &History, page: usize) -> Result<Vec<String>, String> {
    let habits = Habits {
        page,
        ..history.habits.clone()
    };
    let mut schema = Schema {
        unique: if history.unique {
            vec![EMAIL]
        } else {
            Vec::new()
        },
        ..schema()
    };
    if history.slots {
        schema.mapped = FIELDS.to_vec();
    }
    let mut world = World::with(habits, schema);
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
    if world.remote.with(|server| server.restarts_unnoticed) {
        world.clock.pass(86_400);
        let unknowable = world.remote.with(|server| server.unknowable.clone());
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
    let mut contacts: Vec<String> = world
        .database
        .rows()
        .into_values()
        .map(|row| format!("row {:?}", row.contact))
        .chain(
            world
                .remote
                .contacts()
                .into_iter()
                .map(|(_, item)| format!("item {item:?}")),
        )
        .collect();
    contacts.sort();
    Ok(contacts)
}

/// Links made in the last rounds are met once more, what was parked is looked at; then there is silence (P4).
fn silence(world: &World) -> Result<(), String> {
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

thread_local! {
    static QUIET: Cell<bool> = const { Cell::new(false) };
}

/// Runs something whose panics are told otherwise than by a message.
fn quietly<T>(work: impl FnOnce() -> T) -> T {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let usual = take_hook();
        set_hook(Box::new(move |panic| {
            if !QUIET.get() {
                usual(panic);
            }
        }));
    });
    QUIET.set(true);
    let result = work();
    QUIET.set(false);
    result
}

/// Plays a history in all the ways that must come to the same end.
fn check(history: &History) -> Result<(), String> {
    let run = |page| {
        let played = quietly(|| catch_unwind(AssertUnwindSafe(|| play(history, page))));
        played.unwrap_or_else(|panic| {
            let text = panic
                .downcast_ref::<String>()
                .cloned()
                .or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
            Err(format!("panic: {}", text.unwrap_or_default()))
        })
    };
    // Which of two contacts gets a UNIQUE value depends on which arrives first.
    if history.mood != Mood::Calm || history.unique {
        return run(history.page).map(|_| ());
    }
    let whole = run(512)?;
    for page in [1, 3] {
        let paged = run(page).map_err(|error| format!("page {page}: {error}"))?;
        if paged != whole {
            return Err(format!(
                "P10: pages of {page} end in {paged:#?}, pages of 512 in {whole:#?}"
            ));
        }
    }
    Ok(())
}

/// Leaves out what is not needed for a failure.
fn shrink(history: &History) -> History {
    let mut least = history.clone();
    let mut smaller = true;
    while smaller {
        smaller = false;
        for index in (0..least.steps.len()).rev() {
            let mut without = least.clone();
            without.steps.remove(index);
            if check(&without).is_err() {
                least = without;
                smaller = true;
            }
        }
        for index in 0..least.steps.len() {
            for place in (0..least.steps[index].disturbed.len()).rev() {
                let mut without = least.clone();
                without.steps[index].disturbed.remove(place);
                if check(&without).is_err() {
                    least = without;
                    smaller = true;
                }
            }
        }
    }
    least
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

/// What is printed of a history that fails: its seed, and the shortest history found that fails too.
fn report(history: &History, error: &str) -> String {
    let least = shrink(history);
    let error = check(&least).err().unwrap_or_else(|| error.to_owned());
    let steps: Vec<String> = least.steps.iter().map(|step| format!("{step:?}")).collect();
    format!(
        "{:?} history, ECS_SEED={}: {error}\npolicy {:?}, pages of {}, fetch {}, write {}, deletes look like changes: {}, edits renew ids: {}, lists: {}, unique: {}\n{}",
        least.mood,
        least.seed,
        least.policy,
        least.page,
        least.habits.fetch,
        least.habits.write,
        least.habits.deletes_look_like_changes,
        least.habits.edits_renew_ids,
        !least.habits.lists.is_empty(),
        least.unique,
        steps.join("\n")
    )
}

fn play_all(mood: Mood, share: u64) {
    let count = number("ECS_HISTORIES").unwrap_or(2_000) / share;
    let seeds = match number("ECS_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..count,
    };
    for seed in seeds {
        let history = history(seed, mood);
        if let Err(error) = check(&history) {
            panic!("{}", report(&history, &error));
        }
    }
}

/// P4, P10: without trouble the page size is not to be seen in the outcome, and the end is silence.
#[test]
fn calm_histories_end_alike_for_every_page_size() {
    play_all(Mood::Calm, 4);
}

/// P1, P2, P4: whoever edits what and when, nothing is lost or doubled.
#[test]
fn histories_with_others_at_work_end_as_one_address_book() {
    play_all(Mood::Busy, 4);
}

/// P1, P2, P3, P4: whatever fails when, nothing is lost or doubled.
#[test]
fn histories_with_faults_end_as_one_address_book() {
    play_all(Mood::Rough, 2);
}
