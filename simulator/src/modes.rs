//! Behaviours that the side door switches on, beyond faults (EWS reference, section 10, items 4,
//! 5 and 14).

use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::{Map, Value, json};

use crate::graph::modes::GraphModes;

/// All modes.
#[derive(Debug)]
pub struct Modes {
    settings: Mutex<Settings>,
    /// Those of Graph alone.
    pub graph: GraphModes,
}

#[derive(Debug)]
struct Settings {
    state_size: usize,
    epoch: u64,
    nonce: u64,
    silent_restarts: u64,
    repeat_states: u64,
    restart_on_garbage: bool,
    create_for_known: bool,
    update_for_unseen: bool,
    duplicates: bool,
    read_flags: bool,
    ignore_change_keys: bool,
    forget_logins: bool,
    attachment_limit: usize,
    ghost_slots: bool,
    keep_display_names: bool,
    no_lists: bool,
    short_pages: u64,
    prefixes: String,
}

/// What one SyncFolderItems has to know.
#[derive(Debug, Clone)]
pub struct SyncModes {
    /// Bytes in a state.
    pub state_size: usize,
    /// States of other epochs are refused.
    pub epoch: u64,
    /// Makes each state differ.
    pub nonce: u64,
    /// Answer as if there were no state, without an error.
    pub restart: bool,
    /// Say "more" and give the same state back.
    pub repeat: bool,
    /// Answer a state that cannot be read as if there were none, without an error.
    pub restart_on_garbage: bool,
    /// Create in place of Update.
    pub create_for_known: bool,
    /// Update in place of Create.
    pub update_for_unseen: bool,
    /// Every entry twice.
    pub duplicates: bool,
    /// A ReadFlagChange after each item.
    pub read_flags: bool,
    /// There are no change lists.
    pub no_lists: bool,
}

/// What UpdateItem leaves of an e-mail slot (EWS reference, section 3.3; semantics 34).
#[derive(Debug, Clone, Copy)]
pub struct SlotModes {
    /// A deleted slot keeps all but its address.
    pub ghosts: bool,
    /// An entry that is written without Name keeps the display name of before.
    pub keep_names: bool,
}

/// Bytes of a state unless told otherwise; some 430 characters.
const STATE_SIZE: usize = 320;
/// Bytes in an attachment unless told otherwise; the reference found no number (section 2.8).
const ATTACHMENT_LIMIT: usize = 10 << 20;

impl Modes {
    /// No mode on; states of this run only.
    pub fn new(instance: u64) -> Self {
        let settings = Mutex::new(Settings {
            state_size: STATE_SIZE,
            epoch: instance,
            nonce: instance.rotate_left(32),
            silent_restarts: 0,
            repeat_states: 0,
            restart_on_garbage: false,
            create_for_known: false,
            update_for_unseen: false,
            duplicates: false,
            read_flags: false,
            ignore_change_keys: false,
            forget_logins: false,
            attachment_limit: ATTACHMENT_LIMIT,
            ghost_slots: false,
            keep_display_names: false,
            no_lists: false,
            short_pages: 0,
            prefixes: "usual".to_owned(),
        });
        Self {
            settings,
            graph: GraphModes::default(),
        }
    }

    fn settings(&self) -> MutexGuard<'_, Settings> {
        self.settings.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Modes for one sync; those with a number count down.
    ///
    /// A restart or a repetition needs a state to forget or to repeat.
    pub fn for_sync(&self, has_state: bool) -> SyncModes {
        let mut settings = self.settings();
        settings.nonce = settings.nonce.wrapping_add(1);
        let (restart, repeat) = (
            has_state && settings.silent_restarts > 0,
            has_state && settings.repeat_states > 0,
        );
        settings.silent_restarts -= u64::from(restart);
        settings.repeat_states -= u64::from(repeat);
        SyncModes {
            state_size: settings.state_size,
            epoch: settings.epoch,
            nonce: settings.nonce,
            restart,
            repeat,
            restart_on_garbage: settings.restart_on_garbage,
            create_for_known: settings.create_for_known,
            update_for_unseen: settings.update_for_unseen,
            duplicates: settings.duplicates,
            read_flags: settings.read_flags,
            no_lists: settings.no_lists,
        }
    }

    /// How many items one page of FindItem holds at most: fewer than the limit, and each time another number, where a budget is
    /// used up (semantics 14).
    pub fn find_limit(&self, limit: usize) -> usize {
        let mut settings = self.settings();
        let Some(most) = std::num::NonZeroU64::new(settings.short_pages) else {
            return limit;
        };
        settings.nonce = settings.nonce.wrapping_add(1);
        let random = settings.nonce.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 33;
        usize::try_from(random % most + 1)
            .unwrap_or(limit)
            .min(limit)
    }

    /// Whether UpdateItem takes a stale ChangeKey for the current one (DESIGN, section 5: such servers exist).
    pub fn ignores_change_keys(&self) -> bool {
        self.settings().ignore_change_keys
    }

    /// Whether a log-in counts for one request only, in place of the connection (semantics 50).
    pub fn forgets_logins(&self) -> bool {
        self.settings().forget_logins
    }

    /// What becomes of e-mail slots.
    pub fn for_slots(&self) -> SlotModes {
        let settings = self.settings();
        SlotModes {
            ghosts: settings.ghost_slots,
            keep_names: settings.keep_display_names,
        }
    }

    /// Largest attachment in bytes.
    pub fn attachment_limit(&self) -> usize {
        self.settings().attachment_limit
    }

    /// Rewrites an answer with other namespace prefixes where that mode is on.
    pub fn rewrite(&self, answer: String) -> String {
        match self.settings().prefixes.as_str() {
            "other" => with_prefixes(&answer, &[("m", "q1"), ("t", "ns2"), ("s", "SOAP-ENV")]),
            "default" => with_prefixes(&answer, &[("m", ""), ("s", "E")]),
            _ => answer,
        }
    }

    /// Sets the modes that are named; says which name or value is wrong.
    pub fn set(&self, wanted: &Map<String, Value>) -> Result<Value, String> {
        let mut settings = self.settings();
        for (name, value) in wanted {
            let number = || {
                value
                    .as_u64()
                    .ok_or_else(|| format!("{name} must be a number of 0 or more"))
            };
            let flag = || {
                value
                    .as_bool()
                    .ok_or_else(|| format!("{name} must be true or false"))
            };
            match name.as_str() {
                "stateSize" => {
                    settings.state_size = usize::try_from(number()?)
                        .unwrap_or(STATE_SIZE)
                        .min(64 << 20)
                }
                "forgetStates" if flag()? => settings.epoch = settings.epoch.wrapping_add(1),
                "forgetStates" => {}
                "silentRestarts" => settings.silent_restarts = number()?,
                "repeatStates" => settings.repeat_states = number()?,
                // A cursor may be restarted without a word (DESIGN, section 5 and R11).
                "restartOnGarbage" => settings.restart_on_garbage = flag()?,
                "createForKnown" => settings.create_for_known = flag()?,
                "updateForUnseen" => settings.update_for_unseen = flag()?,
                "duplicates" => settings.duplicates = flag()?,
                "readFlagChanges" => settings.read_flags = flag()?,
                "ignoreChangeKeys" => settings.ignore_change_keys = flag()?,
                "forgetLogins" => settings.forget_logins = flag()?,
                "ghostSlots" => settings.ghost_slots = flag()?,
                "keepDisplayNames" => settings.keep_display_names = flag()?,
                "noChangeLists" => settings.no_lists = flag()?,
                "shortPages" => settings.short_pages = number()?,
                "attachmentLimit" => {
                    settings.attachment_limit =
                        usize::try_from(number()?).unwrap_or(ATTACHMENT_LIMIT)
                }
                "clockAhead" => crate::clock::set_ahead(
                    value
                        .as_i64()
                        .ok_or_else(|| format!("{name} must be a number"))?,
                ),
                "prefixes" => match value.as_str() {
                    Some(word @ ("usual" | "other" | "default")) => {
                        settings.prefixes = word.to_owned()
                    }
                    _ => {
                        return Err(
                            "prefixes must be \"usual\", \"other\" or \"default\"".to_owned()
                        );
                    }
                },
                _ => self.graph.set(name, value)?,
            }
        }
        let mut shown = json!({
            "stateSize": settings.state_size,
            "silentRestarts": settings.silent_restarts,
            "repeatStates": settings.repeat_states,
            "restartOnGarbage": settings.restart_on_garbage,
            "createForKnown": settings.create_for_known,
            "updateForUnseen": settings.update_for_unseen,
            "duplicates": settings.duplicates,
            "readFlagChanges": settings.read_flags,
            "ignoreChangeKeys": settings.ignore_change_keys,
            "forgetLogins": settings.forget_logins,
            "ghostSlots": settings.ghost_slots,
            "keepDisplayNames": settings.keep_display_names,
            "noChangeLists": settings.no_lists,
            "shortPages": settings.short_pages,
            "attachmentLimit": settings.attachment_limit,
            "clockAhead": crate::clock::ahead(),
            "prefixes": settings.prefixes,
        });
        if let Some(shown) = shown.as_object_mut() {
            shown.extend(self.graph.show());
        }
        Ok(shown)
    }
}

/// Text cannot hold an unescaped `<`, so tags can be rewritten as text.
fn with_prefixes(answer: &str, pairs: &[(&str, &str)]) -> String {
    pairs.iter().fold(answer.to_owned(), |answer, (old, new)| {
        let (colon, binding) = if new.is_empty() {
            ("", "xmlns=".to_owned())
        } else {
            (":", format!("xmlns:{new}="))
        };
        answer
            .replace(&format!("<{old}:"), &format!("<{new}{colon}"))
            .replace(&format!("</{old}:"), &format!("</{new}{colon}"))
            .replace(&format!("xmlns:{old}="), &binding)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::soap::xml::{MESSAGES, Namespace, SOAP, parse};

    #[test]
    fn other_prefixes_mean_the_same() {
        let modes = Modes::new(1);
        let answer = format!(
            "<s:Envelope xmlns:s=\"{SOAP}\"><m:A xmlns:m=\"{MESSAGES}\">x</m:A></s:Envelope>"
        );
        for prefixes in ["other", "default"] {
            modes
                .set(json!({"prefixes": prefixes}).as_object().unwrap())
                .unwrap();
            let text = modes.rewrite(answer.clone());
            assert_ne!(text, answer);
            let root = parse(&text).unwrap();
            assert_eq!(
                (root.namespace, root.children[0].namespace),
                (Namespace::Soap, Namespace::Messages),
                "{text}"
            );
        }
    }

    #[test]
    fn counts_down_and_refuses_unknown_modes() {
        let modes = Modes::new(1);
        modes
            .set(json!({"repeatStates": 1}).as_object().unwrap())
            .unwrap();
        assert!(
            !modes.for_sync(false).repeat
                && modes.for_sync(true).repeat
                && !modes.for_sync(true).repeat
        );
        assert!(
            modes
                .set(json!({"nonsense": 1}).as_object().unwrap())
                .is_err()
        );
        assert!(
            modes
                .set(json!({"duplicates": 1}).as_object().unwrap())
                .is_err()
        );
    }
}
