//! Transactions: opened with their first statements, ended with their last.

use super::Connection;
use crate::mysql::answer::Answer;
use crate::mysql::failure::Failure;
use crate::runtime::Kept;
use crate::sync::error::StoreClass;

impl Connection {
    /// Whether a transaction is open.
    #[must_use]
    pub(crate) const fn is_open(&self) -> bool {
        self.open
    }

    /// Opens a transaction with its first statements; without any, with those that come next. A connection that turns out to be dead is
    /// replaced.
    ///
    /// # Errors
    /// The first failure; the transaction is then not open.
    pub(crate) fn begin<S: AsRef<str>>(&mut self, first: &[S]) -> Result<Vec<Answer>, Failure> {
        if self.open {
            self.rollback();
        }
        if first.is_empty() {
            (self.open, self.unsent) = (true, true);
            return Ok(Vec::new());
        }
        let mut script = vec!["START TRANSACTION"];
        script.extend(first.iter().map(AsRef::as_ref));
        match self.run(&script) {
            Ok(mut answers) => {
                self.open = true;
                answers.remove(0);
                Ok(answers)
            }
            Err(failure) => {
                self.open = true;
                self.rollback();
                Err(failure)
            }
        }
    }

    /// Runs a whole transaction as one script, between other statements; after a loss once more, so only what may happen twice. Gives the
    /// answers to all of them.
    ///
    /// # Errors
    /// The first failure; nothing is locked any more.
    pub(crate) fn whole(
        &mut self,
        before: &[String],
        statements: &[String],
        after: &[String],
    ) -> Result<Vec<Answer>, Failure> {
        if self.open {
            self.rollback();
        }
        let begin = "START TRANSACTION".to_owned();
        let commit = "COMMIT".to_owned();
        let parts = [
            before,
            std::slice::from_ref(&begin),
            statements,
            std::slice::from_ref(&commit),
            after,
        ];
        let answers = self.run(&parts.concat());
        if answers.is_err() {
            // What came before the failure may have opened it.
            self.open = true;
            self.rollback();
        }
        let around = [before.len(), before.len() + statements.len() + 1];
        let asked = |(place, answer)| (!around.contains(&place)).then_some(answer);
        Ok(answers?.into_iter().enumerate().filter_map(asked).collect())
    }

    /// Runs the last statements of a transaction and commits it.
    ///
    /// # Errors
    /// The first failure: the transaction was rolled back, or, after a loss, its outcome is open.
    pub(crate) fn commit<S: AsRef<str>>(&mut self, last: &[S]) -> Result<(), Failure> {
        let mut script: Vec<&str> = last.iter().map(AsRef::as_ref).collect();
        if self.unsent && script.is_empty() {
            (self.open, self.unsent) = (false, false);
            return Ok(());
        }
        script.push("COMMIT");
        let ran = self.once(&script);
        match ran.failure {
            None => {
                self.open = false;
                Ok(())
            }
            Some(Failure::Lost(message)) => Err(Failure::new(
                StoreClass::Unavailable,
                format!(
                    "the connection to MySQL was lost while a transaction was being committed, its outcome is open: {message}"
                ),
            )),
            Some(failure) => {
                self.rollback();
                Err(failure)
            }
        }
    }

    /// Rolls an open transaction back.
    pub(crate) fn rollback(&mut self) {
        if std::mem::take(&mut self.unsent) {
            self.open = false;
        }
        if self.open && self.live.as_mut().and_then(Kept::get).is_some() {
            // A connection that does not take this one is dropped, and the server rolls back.
            if self.once(&["ROLLBACK"]).failure.is_some() {
                self.live = None;
            }
        }
        self.open = false;
    }
}
