//! `check()`: what works, step by step, and what to do where it does not.

use ext_php_rs::boxed::ZBox;
use ext_php_rs::exception::PhpResult;
use ext_php_rs::types::ZendHashTable;

use super::session::Session;
use crate::mysql::CheckStep;
use crate::sync::error::{RemoteClass, RemoteError, SyncError};
use crate::sync::ids::FolderId;
use crate::sync::ports::{Folder, Store as _};

/// What a step found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Finding {
    pub(super) step: &'static str,
    pub(super) ok: bool,
    pub(super) message: String,
}

impl Finding {
    pub(super) fn good(step: &'static str, message: impl Into<String>) -> Self {
        Self {
            step,
            ok: true,
            message: message.into(),
        }
    }

    pub(super) fn bad(step: &'static str, message: impl Into<String>) -> Self {
        Self {
            step,
            ok: false,
            message: message.into(),
        }
    }
}

/// Tries both sides.
///
/// # Errors
/// When a callable of the app threw.
pub(super) fn run(session: &mut Session) -> Result<Vec<Finding>, SyncError> {
    let mut findings = database(session.store().check());
    let folder = session.resolve_folder()?;
    let server = session.server();
    if folder.is_ok() {
        // A person has looked: what was left alone until now need not wait any longer. Where nothing is installed, nothing waits.
        let _ = session.store().recovered();
    }
    let joined = session.store().pair().ok().and_then(|pair| pair.identity);
    findings.extend(exchange(&server, folder, joined.map(|pair| pair.folder)));
    Ok(findings)
}

/// The steps of the store by their public names. A missing privilege is shown with our tables, which are of no use then.
fn database(steps: Vec<CheckStep>) -> Vec<Finding> {
    let mut findings: Vec<Finding> = Vec::new();
    for step in steps {
        let name = match step.name {
            "MySQL connection" => "mysql.connect",
            "contacts table" => "mysql.table",
            "triggers" => "mysql.triggers",
            _ => "mysql.tables",
        };
        match findings.iter_mut().find(|finding| finding.step == name) {
            Some(finding) if finding.ok => {
                finding.ok = step.ok;
                finding.message = match step.ok {
                    true => format!("{}; {}", finding.message, step.message),
                    false => step.message,
                };
            }
            Some(_) => {}
            None => findings.push(Finding {
                step: name,
                ok: step.ok,
                message: step.message,
            }),
        }
    }
    findings
}

const CONNECT: &str = "exchange.connect";
const LOGIN: &str = "exchange.login";
const FOLDER: &str = "exchange.folder";

/// One request shows it all: an answer means that the server was reached, one of EWS that it let the account in. A pair that is joined
/// with another folder goes by that one.
fn exchange(
    server: &str,
    folder: Result<Folder, RemoteError>,
    joined: Option<FolderId>,
) -> Vec<Finding> {
    let reached = || Finding::good(CONNECT, format!("{server} answers"));
    let let_in = || Finding::good(LOGIN, "Exchange accepts the account");
    let error = match folder {
        Ok(folder) if joined.is_some_and(|joined| joined != folder.id) => {
            let message = format!(
                "the folder \"{}\" is not the one that this pair was joined with, which was deleted, renamed or moved; nothing is taken from or \
                 written to this one. If it is meant from now on, call uninstall() and install()",
                folder.name
            );
            return vec![reached(), let_in(), Finding::bad(FOLDER, message)];
        }
        Ok(folder) => {
            let count = folder
                .total
                .map(|total| format!(", {total} items"))
                .unwrap_or_default();
            return vec![
                reached(),
                let_in(),
                Finding::good(FOLDER, format!("the folder is \"{}\"{count}", folder.name)),
            ];
        }
        Err(error) => error,
    };
    let message = error.message.clone();
    match error.class {
        // Refused before EWS had a word, or by EWS itself, which knows the account then.
        RemoteClass::Auth if error.code.is_none() => vec![reached(), Finding::bad(LOGIN, message)],
        RemoteClass::Auth
        | RemoteClass::FolderGone
        | RemoteClass::Gone
        | RemoteClass::Untried
        | RemoteClass::Permanent => {
            vec![reached(), let_in(), Finding::bad(FOLDER, message)]
        }
        RemoteClass::Throttled
        | RemoteClass::Config
        | RemoteClass::Conflict
        | RemoteClass::CursorInvalid
        | RemoteClass::Transient => match error.code {
            Some(_) => vec![reached(), let_in(), Finding::bad(FOLDER, message)],
            None => vec![Finding::bad(CONNECT, message)],
        },
    }
}

/// The findings as PHP gets them.
pub(super) fn table(findings: &[Finding]) -> PhpResult<ZBox<ZendHashTable>> {
    let mut list = ZendHashTable::new();
    for finding in findings {
        let mut entry = ZendHashTable::new();
        entry.insert("step", finding.step)?;
        entry.insert("ok", finding.ok)?;
        entry.insert("message", finding.message.as_str())?;
        list.push(entry)?;
    }
    Ok(list)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_privilege_spoils_the_tables_and_nothing_is_named_twice() {
        let step = |name, ok| CheckStep {
            name,
            ok,
            message: name.to_owned(),
        };
        let all = |privileges| {
            database(vec![
                step("MySQL connection", true),
                step("contacts table", true),
                step("installation", true),
                step("triggers", true),
                step("privileges", privileges),
            ])
        };
        let names: Vec<_> = all(true).iter().map(|finding| finding.step).collect();
        assert_eq!(
            names,
            [
                "mysql.connect",
                "mysql.table",
                "mysql.tables",
                "mysql.triggers"
            ]
        );
        assert!(all(true).iter().all(|finding| finding.ok));
        let spoilt: Vec<_> = all(false)
            .into_iter()
            .filter(|finding| !finding.ok)
            .map(|finding| (finding.step, finding.message))
            .collect();
        assert_eq!(spoilt, [("mysql.tables", "privileges".to_owned())]);
    }

    fn steps(folder: Result<Folder, RemoteError>) -> Vec<(&'static str, bool)> {
        exchange("mail.example.com", folder, Some(FolderId::new("x")))
            .into_iter()
            .map(|finding| (finding.step, finding.ok))
            .collect()
    }

    fn failed(class: RemoteClass, code: Option<&str>) -> Vec<(&'static str, bool)> {
        let mut error = RemoteError::new(class, "why");
        error.code = code.map(str::to_owned);
        steps(Err(error))
    }

    #[test]
    fn the_step_that_fails_is_the_last_one() {
        let found = |id| {
            steps(Ok(Folder {
                id: FolderId::new(id),
                name: "Contacts".to_owned(),
                total: Some(3),
            }))
        };
        assert_eq!(found("x"), [(CONNECT, true), (LOGIN, true), (FOLDER, true)]);
        assert_eq!(failed(RemoteClass::Transient, None), [(CONNECT, false)]);
        assert_eq!(failed(RemoteClass::Config, None), [(CONNECT, false)]);
        assert_eq!(
            failed(RemoteClass::Auth, None),
            [(CONNECT, true), (LOGIN, false)]
        );
        let folder = [(CONNECT, true), (LOGIN, true), (FOLDER, false)];
        assert_eq!(failed(RemoteClass::Auth, Some("ErrorAccessDenied")), folder);
        assert_eq!(
            failed(RemoteClass::FolderGone, Some("ErrorFolderNotFound")),
            folder
        );
        assert_eq!(failed(RemoteClass::FolderGone, None), folder);
        assert_eq!(found("another"), folder);
    }
}
