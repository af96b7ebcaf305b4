//! Random histories: the same from the same seed.

use exchange_contact_sync::sync::policy::{
    ConflictPolicy, EditVersusDelete, Policy, RemoteDeletePolicy,
};

use super::action::{Action, Step, What};
use super::edits::{Edit, FIELDS, SINGLE, lists};
use crate::memory_remote::Habits;
use crate::random::Random;
use crate::script::{Fault, Port};

/// What kinds of things happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mood {
    /// Nothing fails, nothing happens during a call, no contact is copied: the result does not depend on page sizes.
    Calm,
    /// Nothing fails, but others work while a call runs.
    Busy,
    /// Anything fails at any time.
    Rough,
}

#[derive(Clone)]
pub(crate) struct History {
    pub(crate) seed: u64,
    pub(crate) mood: Mood,
    pub(crate) page: usize,
    pub(crate) policy: Policy,
    pub(crate) habits: Habits,
    /// Whether e-mail addresses are UNIQUE in the table.
    pub(crate) unique: bool,
    /// Whether contacts have the slots that some servers keep as lists; the habits tell whether this one does.
    pub(crate) slots: bool,
    pub(crate) steps: Vec<Step>,
}

pub(crate) fn history(seed: u64, mood: Mood) -> History {
    let mut random = Random::new(seed);
    let policy = Policy {
        conflict: random.pick(&[
            ConflictPolicy::Newest,
            ConflictPolicy::Exchange,
            ConflictPolicy::Webapp,
            ConflictPolicy::Ask,
        ]),
        edit_versus_delete: if random.chance(70) {
            EditVersusDelete::Edit
        } else {
            EditVersusDelete::Delete
        },
        remote_delete: random.pick(&[
            RemoteDeletePolicy::Delete,
            RemoteDeletePolicy::Delete,
            RemoteDeletePolicy::Delete,
            RemoteDeletePolicy::Mark,
            RemoteDeletePolicy::Keep,
        ]),
        max_deletes: 1_000,
        ..Policy::default()
    };
    let slots = random.chance(40);
    let habits = Habits {
        lists: if slots && random.chance(75) {
            lists()
        } else {
            Vec::new()
        },
        fetch: random.pick(&[1, 3, 10]),
        write: random.pick(&[1, 2, 50]),
        deletes_look_like_changes: random.chance(30),
        edits_renew_ids: random.chance(20),
        // Between a look and a write nothing protects such a server's items: only where nobody else is at work is nothing lost.
        checks_versions: mood != Mood::Calm || random.chance(70),
        clock_ahead: random.pick(&[0, 0, 300, -300]),
        ..Habits::default()
    };
    let page = random.pick(&[512, 512, 512, 3, 1]);
    let unique = random.chance(25);
    let length = 4 + random.below(20) as u32;
    let steps = (0..length)
        .map(|id| {
            let action = action(&mut random, mood, slots, id < 4);
            let disturbed = disturbances(&mut random, mood, slots, action);
            Step {
                id,
                action,
                disturbed,
            }
        })
        .collect();
    History {
        seed,
        mood,
        page,
        policy,
        habits,
        unique,
        slots,
        steps,
    }
}

fn shared(random: &mut Random) -> Option<u8> {
    random.chance(30).then(|| random.below(3) as u8)
}

fn edit(random: &mut Random, slots: bool) -> Edit {
    let is_slot = slots && random.chance(70);
    let (first, count) = match is_slot {
        true => (SINGLE, FIELDS.len() - SINGLE),
        false => (0, SINGLE),
    };
    Edit {
        field: (first as u64 + random.below(count as u64)) as u8,
        // What closes up is what was cleared.
        clears: random.chance(if is_slot { 40 } else { 20 }),
    }
}

fn action(random: &mut Random, mood: Mood, slots: bool, begins: bool) -> Action {
    if begins && random.chance(60) {
        return creation(random);
    }
    let which = random.below(1_000) as u16;
    match random.below(100) {
        0..6 => creation(random),
        6..22 => Action::AppEdits(which, edit(random, slots)),
        22..36 => Action::PersonEdits(which, edit(random, slots)),
        36..40 => Action::AppDeletes(which),
        40..45 => Action::PersonDeletes(which),
        45..49 => Action::PersonMovesBack(which),
        49..51 if mood != Mood::Calm => Action::PersonCopies(which, random.chance(50)),
        51..53 => Action::PersonTouches(which),
        53..54 => Action::PersonMakesList,
        54..56 => Action::AppEditsUnnoticed(which, edit(random, slots)),
        56..58 => Action::AppLocks(which),
        58..60 => Action::AppUnlocks,
        60..62 => Action::AppRefers(which),
        62..65 => Action::AppScopes(which, random.chance(40)),
        65..74 => Action::Push(which),
        74..79 => Action::PushPending,
        79..88 => Action::Pull,
        88..96 => Action::Sync,
        96..99 => Action::Waits(random.below(600) as u32),
        _ => Action::Waits(90_000),
    }
}

fn creation(random: &mut Random) -> Action {
    if random.chance(50) {
        Action::AppInserts(shared(random))
    } else {
        Action::PersonCreates(shared(random))
    }
}

fn disturbances(
    random: &mut Random,
    mood: Mood,
    slots: bool,
    action: Action,
) -> Vec<(Port, u64, What)> {
    let calls = match action {
        Action::Push(_) => 8,
        Action::PushPending => 16,
        Action::Pull | Action::Sync => 30,
        _ => return Vec::new(),
    };
    if mood == Mood::Calm || random.chance(25) {
        return Vec::new();
    }
    let mut planned = Vec::new();
    for _ in 0..1 + random.below(4) {
        let port = random.pick(&[Port::Remote, Port::Store]);
        let limit = if port == Port::Remote {
            calls / 3 + 1
        } else {
            calls
        };
        // Most calls of the engine are short.
        let reach = 1 + random.below(limit);
        let number = 1 + random.below(reach);
        let what = if mood == Mood::Rough && random.chance(70) {
            What::Fault(fault(random, port))
        } else {
            What::Act(elsewhere(random, slots))
        };
        planned.push((port, number, what));
    }
    planned
}

fn fault(random: &mut Random, port: Port) -> Fault {
    let which = random.below(5) as usize;
    match port {
        Port::Store => random.pick(&[
            Fault::Before,
            Fault::After,
            Fault::Deadlock,
            Fault::KilledBefore,
            Fault::KilledAfter,
        ]),
        Port::Remote => random.pick(&[
            Fault::Before,
            Fault::TimedOut,
            Fault::After,
            Fault::Late(20),
            Fault::Throttled(40),
            Fault::OneRefused(which),
            Fault::OneTransient(which),
            Fault::CursorsLost,
            Fault::CursorRestarted,
            Fault::CursorRepeated,
            Fault::IdsRenamed,
            Fault::KilledBefore,
            Fault::KilledAfter,
        ]),
    }
}

/// What others do while a call runs.
fn elsewhere(random: &mut Random, slots: bool) -> Action {
    let which = random.below(1_000) as u16;
    match random.below(10) {
        0 => creation(random),
        1..4 => Action::AppEdits(which, edit(random, slots)),
        4..6 => Action::PersonEdits(which, edit(random, slots)),
        6 => Action::AppDeletes(which),
        7 => Action::PersonDeletes(which),
        8 => Action::PushPending,
        _ => Action::Push(which),
    }
}
