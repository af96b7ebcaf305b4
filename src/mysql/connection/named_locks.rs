//! Named locks, which end with the connection; those of a lost one are taken again by the next.

use std::collections::BTreeSet;

use super::Connection;
use crate::mysql::failure::Failure;
use crate::mysql::literal;
use crate::mysql::turn;
use crate::runtime::Kept;
use crate::sync::error::StoreClass;

impl Connection {
    /// Takes the leases again that the lost connection held. The server may not have noticed its end yet, and a lease of it that is gone
    /// then means that all of them are. A turn that is gone is no reason to end what was begun in it.
    pub(super) fn retake(&mut self) -> Result<(), Failure> {
        let names: Vec<String> = std::mem::take(&mut self.leases).into_iter().collect();
        if names.is_empty() {
            return Ok(());
        }
        self.lock_within(&names, 0)?;
        let lost = |connection: &Self| {
            let mut needed = names.iter().filter(|name| !name.starts_with(turn::PREFIX));
            needed
                .find(|name| !connection.leases.contains(*name))
                .cloned()
        };
        if let Some(taken) = lost(self) {
            self.lock_within(&[taken], 1)?;
            self.lock_within(&names, 0)?;
        }
        if lost(self).is_none() {
            return Ok(());
        }
        self.unlock(&names)?;
        Err(Failure::new(
            StoreClass::Contended,
            "the connection to MySQL was lost, and with it a lease that another process has now",
        ))
    }

    /// Takes named locks without waiting, and the first of some others that can be had, each within its seconds, all with one question.
    /// One of those others that is held already will do.
    ///
    /// # Errors
    /// When the database fails.
    pub(crate) fn lock_with_any(
        &mut self,
        names: &[String],
        any: &[(&String, u32)],
    ) -> Result<(Vec<bool>, bool), Failure> {
        let wanted = self.wanted(names);
        let holds_one = any.iter().any(|(name, _)| self.leases.contains(*name));
        let choice = (!any.is_empty() && !holds_one).then(|| {
            let tried = any.iter().enumerate();
            let cases: String = tried
                .map(|(place, (name, seconds))| {
                    let lock = get_lock(name, *seconds);
                    format!(" WHEN {lock}=1 THEN {}", place + 1)
                })
                .collect();
            format!("CASE{cases} ELSE 0 END")
        });
        let calls: Vec<String> = wanted
            .iter()
            .map(|name| get_lock(name, 0))
            .chain(choice)
            .collect();
        if !calls.is_empty() {
            let answer = self.ask(&format!("SELECT {}", literal::list(calls.into_iter())))?;
            let row = answer.rows.first();
            let place_of_choice = wanted.len();
            for (index, name) in wanted.into_iter().enumerate() {
                if row.is_some_and(|row| row.flag(index)) {
                    self.leases.insert(name);
                }
            }
            let chosen = row
                .and_then(|row| row.number::<usize>(place_of_choice))
                .and_then(|chosen| any.get(chosen.checked_sub(1)?));
            if let Some((name, _)) = chosen {
                self.leases.insert((*name).clone());
            }
        }
        let held = |name: &String| self.leases.contains(name);
        let granted = names.iter().map(held).collect();
        Ok((granted, any.iter().any(|(name, _)| held(name))))
    }

    /// Those that are not held; a lock that is taken twice would have to be given back twice.
    fn wanted(&self, names: &[String]) -> Vec<String> {
        let held = &self.leases;
        let wanted: BTreeSet<&String> = names.iter().filter(|name| !held.contains(*name)).collect();
        wanted.into_iter().cloned().collect()
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
        let wanted = self.wanted(names);
        if !wanted.is_empty() {
            let calls = literal::list(wanted.iter().map(|name| get_lock(name, seconds)));
            let answer = self.ask(&format!("SELECT {calls}"))?;
            let row = answer.rows.first();
            for (index, name) in wanted.into_iter().enumerate() {
                if row.is_some_and(|row| row.flag(index)) {
                    self.leases.insert(name);
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

fn get_lock(name: &str, seconds: u32) -> String {
    format!("GET_LOCK({},{seconds})", literal::text(name))
}
