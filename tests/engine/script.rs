//! What goes wrong, or happens elsewhere, at which call of a port.
//!
//! The calls of each port are counted, since a pull reads ahead in a thread of its own. Before a call has any effect, the script may let something else happen (an
//! edit by the app, a push by another process) and may tell the call to fail in some way. A killed process is one whose
//! later calls all fail without an effect until [`Script::revive`].

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::thread::{ThreadId, current};

/// Which port is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Port {
    Remote,
    Store,
}

/// How a call fails. A call to which a fault means nothing fails before its effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Before any effect, and known to be so.
    Before,
    /// Before any effect, but the caller cannot know that.
    TimedOut,
    /// After the effect: the answer is lost.
    After,
    /// The effect of a create comes so many seconds after its time-out.
    Late(i64),
    /// The server asks for so many seconds of peace.
    Throttled(u64),
    /// The server refuses the log-in.
    LoginRefused,
    /// The server refuses the contact of this place and does not come to those behind it.
    StoppedAt(usize),
    /// One contact of the call is refused for good.
    OneRefused(usize),
    /// One contact of the call fails in passing.
    OneTransient(usize),
    /// The server has forgotten every cursor.
    CursorsLost,
    /// The server takes the cursor and lists everything all the same.
    CursorRestarted,
    /// The server says that more follows and gives back the cursor that it was asked with.
    CursorRepeated,
    /// Every item gets a new id, and every cursor is lost: a migrated mailbox.
    IdsRenamed,
    /// The transaction is the victim of a deadlock and starts again.
    Deadlock,
    /// The process dies before the call has an effect.
    KilledBefore,
    /// The process dies after the call had its effect.
    KilledAfter,
}

pub(crate) type Act = Box<dyn FnOnce() + Send>;

struct Named {
    op: &'static str,
    /// How many calls of that name come before it.
    skip: u64,
    fault: Option<Fault>,
    act: Option<Act>,
}

#[derive(Default)]
struct Inner {
    calls: BTreeMap<Port, u64>,
    by_number: BTreeMap<(Port, u64), (Option<Fault>, Option<Act>)>,
    by_name: Vec<Named>,
    counts: BTreeMap<&'static str, u64>,
    trace: Vec<String>,
    dead: bool,
    since_revival: u64,
    /// Threads in which something happens elsewhere: its calls are not counted and never disturbed.
    aside: Vec<ThreadId>,
    in_transaction: Option<ThreadId>,
}

#[derive(Default)]
pub(crate) struct Script(Mutex<Inner>);

impl Script {
    /// A call begins. `Err` means that its process is dead.
    pub(crate) fn enter(&self, port: Port, op: &'static str) -> Result<Option<Fault>, ()> {
        let thread = current().id();
        let (mut fault, acts) = {
            let mut inner = self.0.lock().unwrap();
            assert!(
                inner.in_transaction != Some(thread),
                "{op} is called while a transaction is open"
            );
            if inner.aside.contains(&thread) {
                return Ok(None);
            }
            if inner.dead {
                return Err(());
            }
            *inner.counts.entry(op).or_default() += 1;
            let calls = inner.calls.entry(port).or_default();
            *calls += 1;
            let calls = *calls;
            inner.since_revival += 1;
            assert!(inner.since_revival < 20_000, "the engine finds no end");
            let mut acts = Vec::new();
            let mut fault = None;
            if let Some((planned, act)) = inner.by_number.remove(&(port, calls)) {
                fault = planned;
                acts.extend(act);
            }
            let mut index = 0;
            while index < inner.by_name.len() {
                let named = &mut inner.by_name[index];
                if named.op != op {
                    index += 1;
                } else if named.skip > 0 {
                    named.skip -= 1;
                    index += 1;
                } else {
                    let named = inner.by_name.remove(index);
                    fault = fault.or(named.fault);
                    acts.extend(named.act);
                }
            }
            inner.trace.push(match fault {
                Some(fault) => format!("{port:?} {calls} {op} {fault:?}"),
                None => format!("{port:?} {calls} {op}"),
            });
            inner.aside.push(thread);
            (fault, acts)
        };
        for act in acts {
            act();
        }
        let mut inner = self.0.lock().unwrap();
        inner.aside.retain(|known| *known != thread);
        if matches!(fault, Some(Fault::KilledBefore | Fault::KilledAfter)) {
            inner.dead = true;
        }
        if fault == Some(Fault::KilledBefore) {
            return Err(());
        }
        if fault == Some(Fault::KilledAfter) {
            fault = Some(Fault::After);
        }
        Ok(fault)
    }

    /// Something fails, happens, or both, at the call of this number, counted from now (1 is the next one).
    pub(crate) fn at(&self, port: Port, number: u64, fault: Option<Fault>, act: Option<Act>) {
        let mut inner = self.0.lock().unwrap();
        let calls = inner.calls.get(&port).copied().unwrap_or_default();
        inner.by_number.insert((port, calls + number), (fault, act));
    }

    /// The call of this name, after `skip` others of that name, fails.
    pub(crate) fn fail(&self, op: &'static str, skip: u64, fault: Fault) {
        self.0.lock().unwrap().by_name.push(Named {
            op,
            skip,
            fault: Some(fault),
            act: None,
        });
    }

    /// Something happens elsewhere just before the call of this name, after `skip` others of that name.
    pub(crate) fn before(&self, op: &'static str, skip: u64, act: impl FnOnce() + Send + 'static) {
        self.0.lock().unwrap().by_name.push(Named {
            op,
            skip,
            fault: None,
            act: Some(Box::new(act)),
        });
    }

    /// A new process takes over; what was planned and did not happen is forgotten.
    pub(crate) fn revive(&self) {
        let mut inner = self.0.lock().unwrap();
        inner.dead = false;
        inner.since_revival = 0;
        inner.by_number.clear();
    }

    /// How often a call was made since the start.
    pub(crate) fn count(&self, op: &'static str) -> u64 {
        let inner = self.0.lock().unwrap();
        inner.counts.get(op).copied().unwrap_or_default()
    }

    /// Whether nothing that was planned by name is still waiting.
    pub(crate) fn is_spent(&self) -> bool {
        self.0.lock().unwrap().by_name.is_empty()
    }

    /// The calls since the start, for a failure's message.
    pub(crate) fn trace(&self) -> Vec<String> {
        self.0.lock().unwrap().trace.clone()
    }

    /// Runs a part of a call during which no port may be called.
    pub(crate) fn transaction<T>(&self, work: impl FnOnce() -> T) -> T {
        self.0.lock().unwrap().in_transaction = Some(current().id());
        let result = work();
        self.0.lock().unwrap().in_transaction = None;
        result
    }
}
