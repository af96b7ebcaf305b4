//! Named locks, which end with the connection; those of a lost one are taken again by the next.

use std::collections::BTreeSet;

use super::Connection;
use crate::mysql::failure::Failure;
use crate::mysql::literal;
use crate::runtime::Kept;
use crate::sync::error::StoreClass;

impl Connection {
    /// Takes the leases again that the lost connection held. The server may not have noticed its end yet, and a lease of it that is gone
    /// then means that all of them are.
    pub(super) fn retake(&mut self) -> Result<(), Failure> {
        let names: Vec<String> = std::mem::take(&mut self.leases).into_iter().collect();
        if names.is_empty() {
            return Ok(());
        }
        let mut free = self.lock(&names)?;
        if let Some((taken, _)) = names.iter().zip(&free).find(|(_, free)| !**free) {
            self.lock_within(std::slice::from_ref(taken), 1)?;
            free = self.lock(&names)?;
        }
        if free.iter().all(|free| *free) {
            return Ok(());
        }
        self.unlock(&names)?;
        Err(Failure::new(
            StoreClass::Contended,
            "the connection to MySQL was lost, and with it a lease that another process has now",
        ))
    }

    /// Takes named locks without waiting.
    ///
    /// # Errors
    /// When the database fails.
    pub(crate) fn lock(&mut self, names: &[String]) -> Result<Vec<bool>, Failure> {
        self.lock_within(names, 0)
    }

    /// Takes named locks, each after a wait of at most so many seconds.
    ///
    /// # Errors
    /// When the database fails.
    pub(crate) fn lock_within(
        &mut self,
        names: &[String],
        seconds: u32,
    ) -> Result<Vec<bool>, Failure> {
        // A lock that is taken twice would have to be given back twice.
        let wanted: BTreeSet<&String> = names
            .iter()
            .filter(|name| !self.leases.contains(*name))
            .collect();
        if !wanted.is_empty() {
            let calls = literal::list(
                wanted
                    .iter()
                    .map(|name| format!("GET_LOCK({},{seconds})", literal::text(name))),
            );
            let answer = self.ask(&format!("SELECT {calls}"))?;
            let row = answer.rows.first();
            for (index, name) in wanted.into_iter().enumerate() {
                if row.is_some_and(|row| row.flag(index)) {
                    self.leases.insert(name.clone());
                }
            }
        }
        Ok(names
            .iter()
            .map(|name| self.leases.contains(name))
            .collect())
    }

    /// Gives named locks back; those of a lost connection are gone already.
    ///
    /// # Errors
    /// When the database fails.
    pub(crate) fn unlock(&mut self, names: &[String]) -> Result<(), Failure> {
        let held: Vec<&String> = names
            .iter()
            .filter(|name| self.leases.contains(*name))
            .collect();
        if held.is_empty() || self.live.as_mut().and_then(Kept::get).is_none() {
            for name in names {
                self.leases.remove(name);
            }
            return Ok(());
        }
        let calls = literal::list(
            held.iter()
                .map(|name| format!("RELEASE_LOCK({})", literal::text(name))),
        );
        let ran = self.once(&[format!("DO {calls}")]);
        for name in names {
            self.leases.remove(name);
        }
        ran.all().map(|_| ())
    }
}
