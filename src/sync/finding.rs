//! What a look at one side found, for a person.

/// How good it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Grade {
    /// It works.
    Good,
    /// It works, and something about it should be looked after.
    Doubtful,
    /// It does not work.
    Bad,
}

/// One step of a check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What was looked at, such as `exchange.tls`.
    pub step: &'static str,
    /// How good it is.
    pub grade: Grade,
    /// What was found, and what to do about it unless it is good.
    pub message: String,
}

impl Finding {
    /// A finding of a grade.
    pub fn new(step: &'static str, grade: Grade, message: impl Into<String>) -> Self {
        Self {
            step,
            grade,
            message: message.into(),
        }
    }

    /// Something that works.
    pub fn good(step: &'static str, message: impl Into<String>) -> Self {
        Self::new(step, Grade::Good, message)
    }

    /// Something to look after.
    pub fn doubtful(step: &'static str, message: impl Into<String>) -> Self {
        Self::new(step, Grade::Doubtful, message)
    }

    /// Something that does not work.
    pub fn bad(step: &'static str, message: impl Into<String>) -> Self {
        Self::new(step, Grade::Bad, message)
    }

    /// Whether it works, with or without a warning.
    #[must_use]
    pub fn works(&self) -> bool {
        self.grade != Grade::Bad
    }
}
