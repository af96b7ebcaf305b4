//! What each host answers, as the side door has set it, and who has asked.

use std::sync::{Mutex, PoisonError};

use serde_json::{Value, json};

/// In which form a question came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// GetUserSettings.
    Soap,
    /// Plain XML.
    Pox,
    /// A GET, which may come without TLS.
    Look,
}

impl Form {
    const fn name(self) -> &'static str {
        match self {
            Self::Soap => "soap",
            Self::Pox => "pox",
            Self::Look => "look",
        }
    }
}

/// What a question came with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogIn {
    /// No log-in.
    None,
    /// One that is wrong, or not complete.
    Bad,
    /// A good one.
    Good,
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Says {
    /// Addresses of EWS.
    Settings {
        /// From outside.
        external: Option<String>,
        /// From inside.
        internal: Option<String>,
    },
    /// Another address of the mailbox.
    Address(String),
    /// Another place to ask.
    Place(String),
    /// An error.
    Error {
        /// A word in SOAP, a number in POX.
        code: String,
        /// Whether it is one of the whole answer, and not of the one mailbox in it (SOAP only).
        whole: bool,
    },
    /// A redirect of HTTP.
    Location(String),
    /// A page with a status.
    Status(u16),
    /// Nothing for so many milliseconds.
    Hang(u64),
}

impl Says {
    /// What is said of a mailbox that is not there.
    pub fn unknown(form: Form) -> Self {
        let code = match form {
            Form::Soap => "InvalidUser",
            Form::Pox | Form::Look => "500",
        };
        Self::Error {
            code: code.to_owned(),
            whole: false,
        }
    }

    fn read(sent: &Value) -> Result<Self, String> {
        let text = |name: &str| sent.get(name).and_then(Value::as_str).map(str::to_owned);
        let number = |name: &str| sent.get(name).and_then(Value::as_u64);
        if let Some(settings) = sent.get("settings") {
            let url = |name: &str| {
                settings
                    .get(name)
                    .and_then(Value::as_str)
                    .map(str::to_owned)
            };
            return Ok(Self::Settings {
                external: url("external"),
                internal: url("internal"),
            });
        }
        if let Some(address) = text("redirectAddress") {
            return Ok(Self::Address(address));
        }
        if let Some(place) = text("redirectUrl") {
            return Ok(Self::Place(place));
        }
        if let Some(code) = text("error") {
            let whole = sent.get("whole").and_then(Value::as_bool) == Some(true);
            return Ok(Self::Error { code, whole });
        }
        if let Some(location) = text("location") {
            return Ok(Self::Location(location));
        }
        if let Some(status) = number("status").and_then(|status| u16::try_from(status).ok()) {
            return Ok(Self::Status(status));
        }
        if let Some(milliseconds) = number("hang") {
            return Ok(Self::Hang(milliseconds));
        }
        Err("one of settings, redirectAddress, redirectUrl, error, location, status, hang is needed".to_owned())
    }
}

#[derive(Debug)]
struct Rule {
    host: Option<String>,
    form: Option<String>,
    mailbox: Option<String>,
    says: Says,
}

/// All rules, and what was asked.
#[derive(Debug, Default)]
pub struct Autodiscover {
    rules: Mutex<Vec<Rule>>,
    seen: Mutex<Vec<Value>>,
}

impl Autodiscover {
    /// Adds a rule; says what is wrong with it.
    pub fn plant(&self, sent: &Value) -> Result<(), String> {
        let text = |name: &str| {
            let text = sent.get(name).and_then(Value::as_str);
            text.map(str::to_ascii_lowercase)
        };
        let form = text("form");
        if let Some(form) = &form
            && ![Form::Soap, Form::Pox, Form::Look]
                .iter()
                .any(|known| known.name() == form)
        {
            return Err("form must be \"soap\", \"pox\" or \"look\"".to_owned());
        }
        let rule = Rule {
            host: text("host"),
            form,
            mailbox: text("mailbox"),
            says: Says::read(sent)?,
        };
        let mut rules = self.rules.lock().unwrap_or_else(PoisonError::into_inner);
        rules.push(rule);
        Ok(())
    }

    /// Forgets all rules and what was asked.
    pub fn clear(&self) {
        self.rules
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
        self.seen
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
    }

    /// The newest rule that fits.
    pub fn find(&self, form: Form, host: &str, mailbox: &str) -> Option<Says> {
        let rules = self.rules.lock().unwrap_or_else(PoisonError::into_inner);
        let fits = |wanted: &Option<String>, given: &str| {
            wanted
                .as_ref()
                .is_none_or(|wanted| wanted.eq_ignore_ascii_case(given))
        };
        let mut fitting = rules.iter().rev().filter(|rule| {
            fits(&rule.host, host) && fits(&rule.form, form.name()) && fits(&rule.mailbox, mailbox)
        });
        fitting.next().map(|rule| rule.says.clone())
    }

    /// Notes a question.
    pub fn note(&self, form: Form, host: &str, mailbox: &str, log_in: LogIn) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.push(json!({
            "form": form.name(),
            "host": host,
            "mailbox": mailbox,
            "tried": log_in != LogIn::None,
            "loggedIn": log_in == LogIn::Good,
        }));
    }

    /// The questions, in their order.
    pub fn seen(&self) -> Value {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        json!({ "seen": *seen })
    }
}
