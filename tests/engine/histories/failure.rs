//! Whether a history fails, and what is told of one that does.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::sync::Once;

use super::generator::{History, Mood};
use super::{Stage, play};
use crate::outlook::Outlook;

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
pub(super) fn check<R: Outlook>(stage: &Stage<'_, R>, history: &History) -> Result<(), String> {
    let run = |page| {
        let played = quietly(|| catch_unwind(AssertUnwindSafe(|| play(stage, history, page))));
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
fn shrink<R: Outlook>(stage: &Stage<'_, R>, history: &History) -> History {
    let mut least = history.clone();
    let mut smaller = true;
    while smaller {
        smaller = false;
        for index in (0..least.steps.len()).rev() {
            let mut without = least.clone();
            without.steps.remove(index);
            if check(stage, &without).is_err() {
                least = without;
                smaller = true;
            }
        }
        for index in 0..least.steps.len() {
            for place in (0..least.steps[index].disturbed.len()).rev() {
                let mut without = least.clone();
                without.steps[index].disturbed.remove(place);
                if check(stage, &without).is_err() {
                    least = without;
                    smaller = true;
                }
            }
        }
    }
    least
}

/// What is printed of a history that fails: its seed, and the shortest history found that fails too.
pub(super) fn report<R: Outlook>(stage: &Stage<'_, R>, history: &History, error: &str) -> String {
    let least = shrink(stage, history);
    let error = check(stage, &least)
        .err()
        .unwrap_or_else(|| error.to_owned());
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
