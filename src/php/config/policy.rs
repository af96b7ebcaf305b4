//! The configuration's key `policy`.

use super::raw::Raw;
use super::section::{Checked, ConfigError, Section};
use crate::contact::nearest;
use crate::sync::email_overflow::EmailOverflow;
use crate::sync::policy::{ConflictPolicy, EditVersusDelete, Policy, RemoteDeletePolicy};

const KEYS: &[&str] = &[
    "conflict",
    "remote_delete",
    "edit_vs_delete",
    "max_deletes",
    "max_delete_share",
    "wait_for_pull",
    "email_overflow",
];

/// The longest wait for another pull, in seconds.
const LONGEST_WAIT: i64 = 600;

/// Reads the policies; `resolver` tells whether `conflict` is something that can be called.
pub(super) fn read(raw: Option<&Raw>, resolver: bool) -> Checked<Policy> {
    let nothing = Raw::Array(Vec::new());
    let section = Section::open("policy", raw.unwrap_or(&nothing), KEYS)?;
    let standard = Policy::default();
    let wait = section.whole("wait_for_pull", 0, LONGEST_WAIT, 0)?;
    let max_deletes = section.whole("max_deletes", 0, i64::MAX, 10)?;
    Ok(Policy {
        conflict: conflict(&section, resolver)?,
        remote_delete: section.word(
            "remote_delete",
            &[
                ("delete", RemoteDeletePolicy::Delete),
                ("mark", RemoteDeletePolicy::Mark),
                ("keep", RemoteDeletePolicy::Keep),
            ],
            standard.remote_delete,
        )?,
        edit_versus_delete: section.word(
            "edit_vs_delete",
            &[
                ("edit", EditVersusDelete::Edit),
                ("delete", EditVersusDelete::Delete),
            ],
            standard.edit_versus_delete,
        )?,
        max_deletes: u64::try_from(max_deletes).unwrap_or(standard.max_deletes),
        max_delete_share: section.number(
            "max_delete_share",
            "a number from 0 to 1",
            (0.0, 1.0),
            standard.max_delete_share,
        )?,
        wait_for_pull: u32::try_from(wait).unwrap_or(standard.wait_for_pull),
        email_overflow: section.word(
            "email_overflow",
            &[
                ("hold", EmailOverflow::Hold),
                ("extended", EmailOverflow::Extended),
                ("notes", EmailOverflow::Notes),
            ],
            standard.email_overflow,
        )?,
    })
}

fn conflict(section: &Section<'_>, resolver: bool) -> Checked<ConflictPolicy> {
    let words = [
        ("newest", ConflictPolicy::Newest),
        ("exchange", ConflictPolicy::Exchange),
        ("webapp", ConflictPolicy::Webapp),
    ];
    match section.get("conflict") {
        Some(Raw::Text(text)) if words.iter().any(|(word, _)| word == text) => {
            section.word("conflict", &words, ConflictPolicy::Newest)
        }
        Some(_) if resolver => Ok(ConflictPolicy::Ask),
        Some(Raw::Text(text)) => {
            let hint = nearest(text, words.iter().map(|(word, _)| *word))
                .map(|near| format!("; did you mean '{near}'?"))
                .unwrap_or_default();
            let what = "expected one of 'newest', 'exchange', 'webapp' or the name of a function";
            Err(section.wrong("conflict", format!("{what}{hint}")))
        }
        None => Ok(ConflictPolicy::Newest),
        Some(other) => Err(ConfigError::expected(
            "policy.conflict",
            "'newest', 'exchange', 'webapp' or a callable",
            other,
        )),
    }
}
