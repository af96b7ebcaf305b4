//! Named locks, which end with the connection; those of a lost one are taken again by the next.

use std::collections::BTreeSet;

use super::Connection;
use crate::mysql::answer::Answer;
use crate::mysql::failure::Failure;
use crate::mysql::literal;
use crate::mysql::turn;
use crate::runtime::Kept;
use crate::sync::error::StoreClass;

/// A question for named locks.
pub(crate) struct LockQuestion {
    names: Vec<String>,
    any: Vec<String>,
    wanted: Vec<String>,
    calls: Vec<String>,
}

impl LockQuestion {
    /// Its statement, unless there is nothing to ask for.
    pub(crate) fn sql(&self) -> Option<String> {
        (!self.calls.is_empty()).then(|| format!("SELECT {}", literal::list(&self.calls)))
    }

    /// What it asks, as columns of a statement that has exactly one row.
    pub(crate) fn columns(&self) -> &[String] {
        &self.calls
    }
}

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
        let question = self.lock_question(names, any);
        let answer = match question.sql() {
            Some(sql) => Some(self.ask(&sql)?),
            None => None,
        };
        Ok(self.locked(&question, answer.as_ref(), 0))
    }

    /// The question of [`lock_with_any`](Self::lock_with_any), which may be asked along with others.
    pub(crate) fn lock_question(&self, names: &[String], any: &[(&String, u32)]) -> LockQuestion {
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
        LockQuestion {
            names: names.to_vec(),
            any: any.iter().map(|(name, _)| (*name).clone()).collect(),
            wanted,
            calls,
        }
    }

    /// Which locks are ours after a question, whose columns begin at this place of the answer, and whether one of the others is.
    pub(crate) fn locked(
        &mut self,
        question: &LockQuestion,
        answer: Option<&Answer>,
        first: usize,
    ) -> (Vec<bool>, bool) {
        let row = answer.and_then(|answer| answer.rows.first());
        for (index, name) in question.wanted.iter().enumerate() {
            if row.is_some_and(|row| row.flag(first + index)) {
                self.leases.insert(name.clone());
            }
        }
        let chosen = row
            .and_then(|row| row.number::<usize>(first + question.wanted.len()))
            .and_then(|chosen| question.any.get(chosen.checked_sub(1)?));
        self.leases.extend(chosen.cloned());
        let held = |name: &String| self.leases.contains(name);
        let granted = question.names.iter().map(held).collect();
        (granted, question.any.iter().any(held))
    }

    /// Gives back what a question may have taken whose answer did not come.
    pub(crate) fn withdraw(&mut self, question: &LockQuestion) {
        let unheld = |name: &&String| !self.leases.contains(*name);
        let taken = question.wanted.iter().chain(&question.any).filter(unheld);
        let calls = taken.map(|name| release_lock(name));
        let calls = literal::list(calls);
        if !calls.is_empty() {
            // With a connection that is gone the locks are as well.
            let _ = self.once(&[format!("DO {calls}")]);
        }
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
        let held = self.held(names);
        let is_connected = self.live.as_mut().and_then(Kept::get).is_some();
        let ran = (is_connected && !held.is_empty()).then(|| {
            let calls = literal::list(held.iter().map(|name| release_lock(name)));
            self.once(&[format!("DO {calls}")])
        });
        self.unlocked(names);
        ran.map_or(Ok(()), |ran| ran.all().map(|_| ()))
    }

    /// The statement that gives those of some named locks back that are ours, if a condition holds. Without any there is nothing to do.
    pub(crate) fn unlocking(&self, names: &[String], condition: &str) -> Option<String> {
        let calls = self.held(names).into_iter();
        let calls =
            literal::list(calls.map(|name| format!("IF({condition}, {}, 0)", release_lock(&name))));
        (!calls.is_empty()).then(|| format!("DO {calls}"))
    }

    /// Some named locks were given back.
    pub(crate) fn unlocked(&mut self, names: &[String]) {
        for name in names {
            self.leases.remove(name);
        }
    }

    fn held(&self, names: &[String]) -> Vec<String> {
        let held = names.iter().filter(|name| self.leases.contains(*name));
        held.cloned().collect()
    }
}

fn release_lock(name: &str) -> String {
    format!("RELEASE_LOCK({})", literal::text(name))
}

fn get_lock(name: &str, seconds: u32) -> String {
    format!("GET_LOCK({},{seconds})", literal::text(name))
}
