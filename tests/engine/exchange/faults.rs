//! How the server fails: what a history plans, as the simulator does it.

use serde_json::{Value as Json, json};

use super::Exchange;
use super::door::Door;
use crate::adapter::Which;
use crate::memory_remote::Habits;
use crate::script::Fault;

impl Door {
    /// Empty folders, no faults, and the server's habits.
    pub(super) fn begin(&self, habits: &Habits) {
        for folder in ["contacts", "deleteditems"] {
            self.simulator()
                .post("empty", &json!({ "folder": folder }).to_string());
        }
        self.heal();
        let odd = habits.deletes_look_like_changes;
        self.modes(&json!({
            "ignoreChangeKeys": !habits.checks_versions,
            // Lists that name things twice, or as what they are not.
            "duplicates": odd,
            "createForKnown": odd,
            "updateForUnseen": odd,
            "readFlagChanges": odd,
            "graphRemovedReason": if odd { "changed" } else { "deleted" },
        }));
    }

    /// What was planted and not met is taken back.
    pub(super) fn heal(&self) {
        self.simulator().clear_faults();
        self.modes(&json!({ "silentRestarts": 0, "repeatStates": 0 }));
    }
}

impl Exchange {
    /// Makes the next request of a call about so many items fail.
    pub(super) fn plant(&self, op: &'static str, count: usize, fault: Fault) {
        match fault {
            Fault::CursorsLost => self.door.modes(&json!({ "forgetStates": true })),
            Fault::CursorRestarted if op == "changes" => {
                self.door.modes(&json!({ "silentRestarts": 1 }));
            }
            Fault::CursorRepeated if op == "changes" => {
                self.door.modes(&json!({ "repeatStates": 1 }));
            }
            Fault::CursorRestarted | Fault::CursorRepeated => {}
            Fault::IdsRenamed if op == "changes" => {
                for item in self.door.items("contacts") {
                    self.door.renew(&item.own_id);
                }
                self.door.modes(&json!({ "forgetStates": true }));
            }
            // A mailbox is not moved between a list and a look at what it names.
            Fault::IdsRenamed | Fault::TimedOut | Fault::Late(_) => {
                self.whole(op, json!({ "kind": "cut_before" }));
            }
            // None of the answer comes, or half of it.
            Fault::After if self.script.count(op).is_multiple_of(2) => {
                self.whole(op, json!({ "kind": "cut_middle" }));
            }
            Fault::After => self.whole(op, json!({ "kind": "cut_after" })),
            Fault::Throttled(seconds) => self.whole(op, self.throttling(seconds)),
            Fault::OneRefused(which) => self.one(op, count, which, false),
            Fault::OneTransient(which) => self.one(op, count, which, true),
            Fault::Before
            | Fault::Deadlock
            | Fault::LoginRefused
            | Fault::StoppedAt(_)
            | Fault::KilledBefore
            | Fault::KilledAfter => {
                self.whole(op, json!({ "kind": "http_status", "status": 503 }));
            }
        }
    }

    fn throttling(&self, seconds: u64) -> Json {
        match self.which {
            Which::Ews => json!({
                "kind": "server_busy_fault",
                "backOffMilliseconds": seconds * 1_000,
            }),
            Which::Graph => json!({
                "kind": "graph_error",
                "status": 429,
                "code": "ApplicationThrottled",
                "retryAfter": seconds.to_string(),
            }),
        }
    }

    /// Something happens to a whole request: to the one that writes, where a look goes before it, and to any of those for pictures.
    fn whole(&self, op: &'static str, mut fault: Json) {
        let turn = self.script.count(op) % 3;
        match (self.which, op) {
            (_, "set_photo") => fault["skip"] = turn.into(),
            (_, "fetch") if turn == 0 => fault["skip"] = 1.into(),
            (Which::Ews, "resolve_folder") => {}
            (Which::Ews, _) => fault["operation"] = operation(self.which, op).into(),
            (Which::Graph, "update") => fault["containing"] = "PATCH".into(),
            (Which::Graph, "delete") => fault["containing"] = "DELETE".into(),
            (Which::Graph, _) => {}
        }
        self.door.plant(&fault);
    }

    /// One contact of a request fails, for good or in passing.
    fn one(&self, op: &'static str, count: usize, which: usize, passes: bool) {
        if count == 0 {
            return;
        }
        let place = which % count;
        let mut fault = match (self.which, passes) {
            (Which::Ews, true) => json!({ "code": "ErrorInternalServerTransientError" }),
            (Which::Ews, false) => json!({ "code": "ErrorInvalidPropertySet" }),
            (Which::Graph, true) => {
                json!({ "status": 500, "code": "ErrorInternalServerTransientError" })
            }
            (Which::Graph, false) => {
                json!({ "status": 400, "code": "ErrorPropertyValidationFailure" })
            }
        };
        fault["operation"] = operation(self.which, op).into();
        match self.which {
            Which::Ews => {
                fault["kind"] = "item_error".into();
                fault["index"] = place.into();
            }
            Which::Graph => {
                fault["kind"] = "graph_error".into();
                fault["skip"] = place.into();
            }
        }
        self.door.plant(&fault);
    }
}

/// The operation by which the simulator knows what a call sends.
fn operation(which: Which, op: &str) -> &'static str {
    match (which, op) {
        (Which::Ews, "changes") => "SyncFolderItems",
        (Which::Ews, "fetch") => "GetItem",
        (Which::Ews, "find_stamped") => "FindItem",
        (Which::Ews, "create") => "CreateItem",
        (Which::Ews, "update") => "UpdateItem",
        (Which::Ews, "delete") => "DeleteItem",
        (Which::Ews, _) => "CreateAttachment",
        (Which::Graph, "fetch") => "GraphGetContact",
        (Which::Graph, "create") => "GraphCreateContact",
        (Which::Graph, "update") => "GraphUpdateContact",
        (Which::Graph, "delete") => "GraphDeleteContact",
        (Which::Graph, _) => "GraphPhoto",
    }
}
