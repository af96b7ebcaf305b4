//! Leases: named locks on our own connection, which end with it (R20).

use super::answer::Answer;
use super::connection::{Connection, LockQuestion};
use super::failure::Failure;
use super::links::bytes_of;
use super::literal::hex;
use super::turn::Turns;
use crate::sync::ports::Lease;

/// A name of at most 64 characters, as MySQL wants it: locks are the whole server's, so the database is part of it. Turns have other
/// names.
fn name(database: &str, pair: u32, lease: &Lease) -> Option<String> {
    let what = match lease {
        Lease::Pull => "pull".to_owned(),
        Lease::Move => "move".to_owned(),
        Lease::Row(key) => format!("row\0{key}"),
        Lease::Turn(_) => return None,
    };
    Some(short("ecs:", &format!("{database}\0{pair}\0{what}")))
}

/// A name of a lock that means this text and nothing else.
pub(super) fn short(prefix: &str, meaning: &str) -> String {
    let digest = hex(&bytes_of(meaning));
    format!("{prefix}{}", digest.get(..48).unwrap_or(&digest))
}

fn names(db: &Connection, pair: u32, leases: &[Lease]) -> Vec<String> {
    leases
        .iter()
        .filter_map(|lease| name(&db.address().database, pair, lease))
        .collect()
}

/// Takes leases without waiting, all with one question.
///
/// # Errors
/// When the database fails.
pub(crate) fn take(
    db: &mut Connection,
    pair: u32,
    leases: &[Lease],
    turns: &Turns,
) -> Result<Vec<bool>, Failure> {
    if leases.is_empty() {
        return Ok(Vec::new());
    }
    db.connect()?;
    let question = question(db, pair, leases, turns);
    let answer = question.sql().map(|sql| db.ask(&sql)).transpose()?;
    Ok(granted(db, leases, &question, answer.as_ref(), 0))
}

/// The question for leases that are not ours yet.
pub(crate) fn question(
    db: &Connection,
    pair: u32,
    leases: &[Lease],
    turns: &Turns,
) -> LockQuestion {
    let names = names(db, pair, leases);
    let errand = leases.iter().find_map(|lease| match lease {
        Lease::Turn(errand) => Some(*errand),
        Lease::Pull | Lease::Move | Lease::Row(_) => None,
    });
    let any = errand.map_or_else(Vec::new, |errand| turns.tried_for(errand));
    db.lock_question(&names, &any)
}

/// Which leases are ours after the question for them, whose columns begin at this place of the answer.
pub(crate) fn granted(
    db: &mut Connection,
    leases: &[Lease],
    question: &LockQuestion,
    answer: Option<&Answer>,
    first: usize,
) -> Vec<bool> {
    let (free, turn) = db.locked(question, answer, first);
    let mut free = free.into_iter();
    leases
        .iter()
        .map(|lease| match lease {
            Lease::Turn(_) => turn,
            Lease::Pull | Lease::Move | Lease::Row(_) => free.next().unwrap_or(false),
        })
        .collect()
}

/// Waits for a lease for at most a second, and takes it when it becomes free.
///
/// # Errors
/// When the database fails.
pub(crate) fn wait(db: &mut Connection, pair: u32, lease: &Lease) -> Result<(), Failure> {
    db.connect()?;
    let names = names(db, pair, std::slice::from_ref(lease));
    db.lock_within(&names, 1).map(|_| ())
}

/// Gives leases back, as far as we have them.
///
/// # Errors
/// When the database fails.
pub(crate) fn release(
    db: &mut Connection,
    pair: u32,
    leases: &[Lease],
    turns: &Turns,
) -> Result<(), Failure> {
    db.unlock(&names_of(db, pair, leases, turns))
}

/// The named locks that leases may be.
pub(crate) fn names_of(db: &Connection, pair: u32, leases: &[Lease], turns: &Turns) -> Vec<String> {
    let mut names = names(db, pair, leases);
    if leases.iter().any(|lease| matches!(lease, Lease::Turn(_))) {
        names.extend(turns.names().iter().cloned());
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sync::ids::RowKey;

    #[test]
    fn names_are_short_and_of_one_thing_only() {
        let names = [
            name("crm", 1, &Lease::Pull),
            name("crm", 2, &Lease::Pull),
            name("crm2", 1, &Lease::Pull),
            name("crm", 1, &Lease::Row(RowKey::new("1"))),
            name("crm", 1, &Lease::Row(RowKey::new("x".repeat(500)))),
        ];
        for (place, one) in names.iter().enumerate() {
            assert!(one.as_ref().is_some_and(|one| one.len() <= 64));
            assert_eq!(names.iter().position(|other| other == one), Some(place));
        }
    }
}
