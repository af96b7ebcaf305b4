//! `check()`: what works, step by step, and what to do where it does not.

use ext_php_rs::boxed::ZBox;
use ext_php_rs::exception::PhpResult;
use ext_php_rs::types::ZendHashTable;

use super::session::Session;
use crate::sync::back_off::Pause;
use crate::sync::error::{RemoteClass, RemoteError, SyncError};
use crate::sync::finding::{Finding, Grade};
use crate::sync::ids::FolderId;
use crate::sync::ports::{Folder, Store as _};

const LOGIN: &str = "exchange.login";
const FOLDER: &str = "exchange.folder";
const THROTTLING: &str = "exchange.throttling";

/// Tries both sides.
///
/// # Errors
/// What a callable of the app threw.
pub(super) fn run(session: &mut Session) -> Result<Vec<Finding>, SyncError> {
    let mut findings = session.store().check();
    let way = session.remote().probe();
    let open = way.iter().all(Finding::works);
    findings.extend(way);
    let pair = session.store().pair().ok();
    let pause = pair.as_ref().and_then(|pair| pair.standing.pause.clone());
    if !open {
        findings.extend(pause.map(|pause| waiting(&pause)));
        return Ok(findings);
    }
    let folder = session.resolve_folder()?;
    let joined = pair.and_then(|pair| pair.standing.identity);
    findings.extend(log_in(&folder, joined.map(|pair| pair.folder)));
    match &folder {
        Ok(folder) => {
            findings.extend(session.remote().inside(folder));
            // A person has looked: what was left alone until now need not wait any longer. Where nothing is installed, nothing waits.
            let _ = session.store().recovered();
            findings.push(over(pause.as_ref()));
        }
        Err(_) => findings.extend(pause.map(|pause| waiting(&pause))),
    }
    Ok(findings)
}

fn waiting(pause: &Pause) -> Finding {
    let message = format!(
        "Exchange is left alone by all processes for {} s more, since: {}",
        pause.left.as_secs(),
        pause.reason
    );
    Finding::doubtful(THROTTLING, message)
}

fn over(pause: Option<&Pause>) -> Finding {
    match pause {
        None => Finding::good(THROTTLING, "Exchange asks nobody to wait"),
        Some(pause) => Finding::doubtful(
            THROTTLING,
            format!(
                "Exchange was left alone after a failure; this check has ended that. It was: {}",
                pause.reason
            ),
        ),
    }
}

/// One request shows it all: an answer of EWS means that it let the account in. A pair that is joined with another folder goes by that one.
fn log_in(folder: &Result<Folder, RemoteError>, joined: Option<FolderId>) -> Vec<Finding> {
    let let_in = || Finding::good(LOGIN, "Exchange accepts the account");
    let error = match folder {
        Ok(folder) if joined.is_some_and(|joined| joined != folder.id) => {
            let message = format!(
                "the folder \"{}\" is not the one that this pair was joined with, which was deleted, renamed or moved; nothing is taken from or \
                 written to this one. If it is meant from now on, call uninstall() and install()",
                folder.name
            );
            return vec![let_in(), Finding::bad(FOLDER, message)];
        }
        Ok(folder) => {
            let count = folder.total.map(|total| format!(", {total} items"));
            let message = format!(
                "the folder is \"{}\"{}",
                folder.name,
                count.unwrap_or_default()
            );
            return vec![let_in(), Finding::good(FOLDER, message)];
        }
        Err(error) => error,
    };
    // Refused before EWS had a word, or by EWS itself, which knows the account then.
    let unknown = match error.class {
        RemoteClass::FolderGone
        | RemoteClass::Gone
        | RemoteClass::Untried
        | RemoteClass::Permanent => false,
        RemoteClass::Auth
        | RemoteClass::Throttled
        | RemoteClass::Config
        | RemoteClass::Conflict
        | RemoteClass::CursorInvalid
        | RemoteClass::Interrupted
        | RemoteClass::Transient => {
            error.code.is_none() && !error.message.starts_with("the folder ")
        }
    };
    match unknown {
        true => vec![Finding::bad(LOGIN, error.message.clone())],
        false => vec![let_in(), Finding::bad(FOLDER, error.message.clone())],
    }
}

/// The findings as PHP gets them.
pub(super) fn table(findings: &[Finding]) -> PhpResult<ZBox<ZendHashTable>> {
    let mut list = ZendHashTable::new();
    for finding in findings {
        let status = match finding.grade {
            Grade::Good => "ok",
            Grade::Doubtful => "warning",
            Grade::Bad => "failure",
        };
        let mut entry = ZendHashTable::new();
        entry.insert("step", finding.step)?;
        entry.insert("ok", finding.works())?;
        entry.insert("status", status)?;
        entry.insert("message", finding.message.as_str())?;
        list.push(entry)?;
    }
    Ok(list)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn steps(folder: Result<Folder, RemoteError>) -> Vec<(&'static str, Grade)> {
        log_in(&folder, Some(FolderId::new("x")))
            .into_iter()
            .map(|finding| (finding.step, finding.grade))
            .collect()
    }

    fn failed(class: RemoteClass, code: Option<&str>) -> Vec<(&'static str, Grade)> {
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
        let folder = [(LOGIN, Grade::Good), (FOLDER, Grade::Bad)];
        assert_eq!(found("x"), [(LOGIN, Grade::Good), (FOLDER, Grade::Good)]);
        assert_eq!(found("another"), folder);
        assert_eq!(failed(RemoteClass::Transient, None), [(LOGIN, Grade::Bad)]);
        assert_eq!(failed(RemoteClass::Auth, None), [(LOGIN, Grade::Bad)]);
        assert_eq!(failed(RemoteClass::Auth, Some("ErrorAccessDenied")), folder);
        assert_eq!(
            failed(RemoteClass::FolderGone, Some("ErrorFolderNotFound")),
            folder
        );
        assert_eq!(failed(RemoteClass::FolderGone, None), folder);
    }

    #[test]
    fn a_wait_is_told_also_when_it_is_over() {
        let pause = Pause {
            left: std::time::Duration::from_secs(90),
            class: RemoteClass::Throttled,
            reason: "busy".to_owned(),
        };
        assert_eq!(over(None).grade, Grade::Good);
        for finding in [over(Some(&pause)), waiting(&pause)] {
            assert_eq!((finding.step, finding.grade), (THROTTLING, Grade::Doubtful));
            assert!(finding.message.contains("busy"));
        }
        assert!(waiting(&pause).message.contains("90 s"));
    }
}
