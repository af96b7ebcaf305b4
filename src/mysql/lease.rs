//! Leases: named locks on our own connection, which end with it (R20).

use super::connection::Connection;
use super::failure::Failure;
use super::links::bytes_of;
use super::literal::hex;
use crate::sync::ports::Lease;

/// A name of at most 64 characters, as MySQL wants it: locks are the whole server's, so the database is part of it.
fn name(database: &str, pair: u32, lease: &Lease) -> String {
    let what = match lease {
        Lease::Pull => "pull".to_owned(),
        Lease::Row(key) => format!("row\0{key}"),
    };
    let digest = hex(&bytes_of(&format!("{database}\0{pair}\0{what}")));
    format!("ecs:{}", digest.get(..48).unwrap_or(&digest))
}

fn names(db: &Connection, pair: u32, leases: &[Lease]) -> Vec<String> {
    leases
        .iter()
        .map(|lease| name(&db.address().database, pair, lease))
        .collect()
}

/// Takes leases without waiting.
///
/// # Errors
/// When the database fails.
pub(crate) fn take(db: &mut Connection, pair: u32, leases: &[Lease]) -> Result<Vec<bool>, Failure> {
    if leases.is_empty() {
        return Ok(Vec::new());
    }
    db.connect()?;
    let names = names(db, pair, leases);
    db.lock(&names)
}

/// Waits for a lease for at most a second, and takes it when it becomes free.
///
/// # Errors
/// When the database fails.
pub(crate) fn wait(db: &mut Connection, pair: u32, lease: &Lease) -> Result<(), Failure> {
    db.connect()?;
    let name = name(&db.address().database, pair, lease);
    db.lock_within(&[name], 1).map(|_| ())
}

/// Gives leases back.
///
/// # Errors
/// When the database fails.
pub(crate) fn release(db: &mut Connection, pair: u32, leases: &[Lease]) -> Result<(), Failure> {
    let names = names(db, pair, leases);
    db.unlock(&names)
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
            assert!(one.len() <= 64);
            assert_eq!(names.iter().position(|other| other == one), Some(place));
        }
    }
}
