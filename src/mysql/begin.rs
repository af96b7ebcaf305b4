//! The beginning of a push: the note, the state of the pair, the leases and the look, all with one question.

use super::computed::Computer;
use super::connection::Connection;
use super::failure::Failure;
use super::lease;
use super::look;
use super::outbox;
use super::pair;
use super::ready::Ready;
use super::turn::Turns;
use crate::sync::ids::RowKey;
use crate::sync::ports::Begun;

/// Begins the delivery of a row; nothing, and nothing is done, where its key or the row need more than one question.
///
/// # Errors
/// When the text cannot be a key of the table, or the database fails: the leases are not ours, and the row may be noted.
pub(crate) fn begin_push(
    db: &mut Connection,
    ready: &Ready,
    computer: &mut Computer,
    turns: &Turns,
    given: &RowKey,
) -> Result<Option<Begun>, Failure> {
    let table = &ready.table;
    if !table.key.is_plain {
        return Ok(None);
    }
    let keys = [table.key.canonical(given)?];
    let notes = outbox::of_rows(ready.pair, &keys);
    let Some(questions) = look::questions(ready, &keys, notes) else {
        return Ok(None);
    };
    let [key] = &keys;
    let leases = Begun::leases(key);
    db.connect()?;
    let locks = lease::question(db, ready.pair, &leases, turns);
    let mut before: Vec<String> = outbox::add(ready.pair, &keys).into_iter().collect();
    // Behind the leases: what another process was doing until then is seen.
    before.push(pair::standing_and(ready, locks.columns()));
    let asked = before.len();
    let mut answers = match db.whole(&before, &questions, &[]) {
        Ok(answers) => answers.into_iter(),
        Err(failure) => {
            db.withdraw(&locks);
            return Err(failure);
        }
    };
    let pair = answers.by_ref().take(asked).last().unwrap_or_default();
    let granted = lease::granted(db, &leases, &locks, Some(&pair), pair::COLUMNS);
    // Where there may be trouble, the look asks for it. What began in the instant before the lease was ours ends with its own next try.
    let all_told = granted.iter().all(|granted| *granted) && !pair::is_troubled(&pair);
    let begun = pair::standing(&pair).and_then(|pair| {
        let mut look = None;
        if all_told && let Some(gathered) = look::gathered(db, ready, &keys, answers)? {
            look = look::looks_of(db, ready, computer, &keys, gathered)?
                .and_then(|mut looks| looks.pop());
        }
        Ok(Begun {
            key: key.clone(),
            pair,
            granted,
            look,
        })
    });
    if begun.is_err() {
        // They end with the connection at the latest.
        let _ = lease::release(db, ready.pair, &leases, turns);
    }
    begun.map(Some)
}
