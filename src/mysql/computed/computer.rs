//! Fills in what is computed, from what is known, and asks the app's code for the rest when no transaction is open.

use std::fmt;
use std::rc::Rc;

use super::answers::{Answers, Columns, Meaning, of_columns, of_values};
use super::{Computed, Group, Raw, Unanswered};
use crate::contact::{Contact, Property, Value};
use crate::mysql::failure::Failure;
use crate::mysql::table::Table;
use crate::sync::base::{Base, Leg};
use crate::sync::error::StoreClass;
use crate::sync::ports::{Row, Unread};

/// The most characters of columns that go into the journal when their meaning is not known.
const SHOWN: usize = 200;

/// What a link knows of its row.
#[derive(Clone, Copy)]
pub(crate) struct Known<'a> {
    /// What the row's columns meant.
    pub(crate) base: &'a Base,
    /// The fingerprint of the columns that meant it.
    pub(crate) print: Option<&'a [u8]>,
}

/// A question that the app's code has to answer.
enum Question {
    Meaning {
        group: usize,
        raws: Vec<Raw>,
    },
    Columns {
        group: usize,
        values: Vec<Option<Value>>,
        raws: Vec<Raw>,
    },
}

/// Answers from memory, and asks the app's code outside of transactions.
#[derive(Default)]
pub(crate) struct Computer {
    app: Option<Rc<dyn Computed>>,
    answers: Answers,
    questions: Vec<Question>,
}

impl fmt::Debug for Computer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Computer")
            .field("app", &self.app.is_some())
            .finish_non_exhaustive()
    }
}

impl Computer {
    /// Takes the app's code, or gives it back. What another code answered is forgotten.
    pub(crate) fn lend(&mut self, app: Option<Rc<dyn Computed>>) {
        *self = Self {
            app,
            ..Self::default()
        };
    }

    /// A call begins: what earlier ones asked may be forgotten, and what they did not come to ask.
    pub(crate) fn begin(&mut self) {
        self.questions.clear();
        self.answers.trim();
    }

    /// Fills in the computed values of a row. Where one is not known, a question is noted and nothing is filled in.
    pub(crate) fn fill(
        &mut self,
        table: &Table,
        row: &mut Row,
        raws: &[Vec<Raw>],
        known: Option<Known<'_>>,
    ) -> bool {
        if table.computed.is_empty() {
            return true;
        }
        let known = known.filter(|known| known.print == Some(&table.computed_print(raws)));
        let mut meanings: Vec<Meaning> = Vec::with_capacity(table.computed.len());
        let mut complete = true;
        for (group, raws) in table.computed.iter().zip(raws) {
            let remembered = known.and_then(|known| remembered(group, known.base));
            let meaning = remembered.or_else(|| {
                self.answers
                    .meaning(&of_columns(group.place, raws))
                    .cloned()
            });
            match meaning {
                Some(meaning) => meanings.push(meaning),
                None => {
                    complete = false;
                    self.questions.push(Question::Meaning {
                        group: group.place,
                        raws: raws.clone(),
                    });
                }
            }
        }
        if complete {
            for ((group, raws), meaning) in table.computed.iter().zip(raws).zip(meanings) {
                tell(group, raws, meaning, row);
                if group.properties.contains(&Property::EmailAddresses) {
                    row.hold_overflow(table.email_overflow);
                }
            }
        }
        complete
    }

    /// Fills in rows that were read outside of a transaction, asking where that is needed.
    ///
    /// # Errors
    /// When the app wants the call to end.
    pub(crate) fn complete<'a>(
        &mut self,
        table: &Table,
        rows: impl Iterator<Item = (&'a mut Row, &'a [Vec<Raw>], Option<Known<'a>>)>,
    ) -> Result<(), Failure> {
        if table.computed.is_empty() {
            return Ok(());
        }
        self.begin();
        let mut open: Vec<_> = Vec::new();
        for (row, raws, known) in rows {
            if !self.fill(table, row, raws, known) {
                open.push((row, raws, known));
            }
        }
        self.ask(table)?;
        for (row, raws, known) in open {
            self.fill(table, row, raws, known);
        }
        Ok(())
    }

    /// What the columns of a group are to hold. Where that is not known, a question is noted.
    pub(crate) fn columns(
        &mut self,
        group: &Group,
        values: Vec<Option<Value>>,
        raws: &[Raw],
    ) -> Option<Columns> {
        let print = of_values(group.place, &values, raws);
        let columns = self.answers.columns(&print).cloned();
        if columns.is_none() {
            self.questions.push(Question::Columns {
                group: group.place,
                values,
                raws: raws.to_vec(),
            });
        }
        columns
    }

    /// Asks the app's code what is to be asked. No transaction is open.
    ///
    /// # Errors
    /// When the app wants the call to end.
    pub(crate) fn ask(&mut self, table: &Table) -> Result<(), Failure> {
        for question in std::mem::take(&mut self.questions) {
            match question {
                Question::Meaning { group, raws } => {
                    if let Some(group) = table.computed.get(group) {
                        let _ = self.ask_meaning(group, &raws)?;
                    }
                }
                Question::Columns {
                    group,
                    values,
                    raws,
                } => {
                    if let Some(group) = table.computed.get(group) {
                        self.ask_columns(group, values, &raws)?;
                    }
                }
            }
        }
        Ok(())
    }

    fn ask_meaning(&mut self, group: &Group, raws: &[Raw]) -> Result<Meaning, Failure> {
        let print = of_columns(group.place, raws);
        if let Some(meaning) = self.answers.meaning(&print) {
            return Ok(meaning.clone());
        }
        let meaning = match &self.app {
            None => Err(nobody(group)),
            Some(app) => match app.meaning(group.place, &group.named(raws)) {
                Ok(values) => group.in_order(values),
                Err(Unanswered::Refused(reason)) => Err(reason),
                Err(Unanswered::Interrupted) => return Err(interrupted()),
            },
        };
        self.answers.keep_meaning(print, meaning.clone());
        Ok(meaning)
    }

    /// What is to be written has to be readable afterwards, so that is asked with it; else it is not written.
    fn ask_columns(
        &mut self,
        group: &Group,
        values: Vec<Option<Value>>,
        raws: &[Raw],
    ) -> Result<(), Failure> {
        let print = of_values(group.place, &values, raws);
        if self.answers.columns(&print).is_some() {
            return Ok(());
        }
        let contact: Vec<(Property, Option<&Value>)> = group
            .properties
            .iter()
            .copied()
            .zip(values.iter().map(Option::as_ref))
            .collect();
        let mut columns = match &self.app {
            None => Err(nobody(group)),
            Some(app) => match app.columns(group.place, &contact, &group.named(raws)) {
                Ok(columns) => group.columns_in_order(columns),
                Err(Unanswered::Refused(reason)) => Err(reason),
                Err(Unanswered::Interrupted) => return Err(interrupted()),
            },
        };
        if let Ok(written) = &columns
            && let Some(expected) = group.expected(written, raws)
            && let Err(reason) = self.ask_meaning(group, &expected)?
        {
            columns = Err(format!("what would be written could not be read: {reason}"));
        }
        self.answers.keep_columns(print, columns);
        Ok(())
    }
}

/// What a link remembers of a group, where it is all there.
fn remembered(group: &Group, base: &Base) -> Option<Meaning> {
    let values = group
        .properties
        .iter()
        .map(|property| match &base.legs(*property).row {
            // The text of a long one is not kept: the app is asked again.
            Leg::Unknown | Leg::Long(_) => None,
            Leg::Empty => Some(None),
            Leg::Value(value) => Some(Some(value.clone())),
        });
    values.collect::<Option<Vec<_>>>().map(Ok)
}

fn tell(group: &Group, raws: &[Raw], meaning: Meaning, row: &mut Row) {
    match meaning {
        Ok(values) => {
            for (property, value) in group.properties.iter().zip(values) {
                row.contact.set(*property, value);
            }
        }
        Err(reason) => {
            let shown: String = group.shown(raws).chars().take(SHOWN).collect();
            row.unreadable
                .extend(group.properties.iter().map(|property| Unread {
                    reason: Some(format!("could not be computed: {reason}")),
                    ..Unread::new(*property, shown.clone())
                }));
        }
    }
}

/// The values of a group's properties after a change.
pub(crate) fn values_of(group: &Group, contact: &Contact) -> Vec<Option<Value>> {
    let properties = group.properties.iter();
    properties
        .map(|property| contact.get(*property).cloned())
        .collect()
}

fn nobody(group: &Group) -> String {
    format!(
        "contacts.computed.{} has no callables in this process",
        group.place
    )
}

fn interrupted() -> Failure {
    Failure::new(StoreClass::Interrupted, "stopped on request of the caller")
}
