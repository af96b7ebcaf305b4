//! Faults that the side door plants into coming requests (EWS reference, section 10, item 11).

mod described;

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::operations::item_error::ItemError;
use crate::soap::fault::Fault;

/// A planted fault.
#[derive(Debug, Clone)]
struct Planted {
    operation: Option<String>,
    containing: Option<String>,
    skip: u64,
    times: Option<u64>,
    effect: Effect,
}

#[derive(Debug, Clone)]
enum Effect {
    Delay(Duration),
    CutBefore,
    CutAfter,
    CutMiddle,
    IllegalCharacter,
    Answer(Page, Option<Duration>),
    Soap(Fault),
    Busy { milliseconds: u64, penalty: bool },
    Item(ItemFault),
}

/// An answer that is not SOAP.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// HTTP status.
    pub status: u16,
    /// Value of Retry-After.
    pub retry_after: Option<String>,
    /// Value of Location.
    pub location: Option<String>,
    /// Content-Type
    pub content_type: &'static str,
    /// HTML, or the JSON of Graph.
    pub body: String,
}

/// An error for entries of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemFault {
    /// The entry; None means all.
    pub index: Option<usize>,
    /// ResponseCode
    pub code: String,
    back_off: Option<u64>,
    inner: Option<String>,
}

impl ItemFault {
    /// The error as a response message.
    pub fn error(&self) -> ItemError {
        let mut error = match self.back_off {
            Some(milliseconds) => ItemError::server_busy(milliseconds),
            None => ItemError::new(&self.code),
        };
        if let Some(inner) = &self.inner {
            error.message_xml = "<t:Value Name=\"InnerErrorResponseCode\">".to_owned();
            crate::soap::write::text(&mut error.message_xml, inner);
            error.message_xml.push_str("</t:Value>");
        }
        error
    }
}

/// What is to happen to one request.
#[derive(Debug, Default)]
pub struct Plan {
    /// Wait so long first.
    pub delay: Duration,
    /// Do not execute.
    pub instead: Option<Instead>,
    /// Errors for entries.
    pub items: Vec<ItemFault>,
    /// Spoil the answer.
    pub spoil: Option<Spoil>,
    /// The mailbox gets the same answer over Graph for so long.
    pub penalty: Option<Duration>,
}

/// In place of executing a request.
#[derive(Debug, Clone)]
pub enum Instead {
    /// Close the connection without an answer.
    Cut,
    /// Answer so.
    Page(Page),
    /// Answer a SOAP fault.
    Fault(Box<Fault>),
}

/// What happens to an answer after the request was executed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spoil {
    /// It is never sent, the connection is closed.
    Cut,
    /// Half of it is sent.
    Half,
    /// A character that XML forbids is referred to in a text.
    IllegalCharacter,
}

/// All planted faults and the state of being offline or in a penalty.
#[derive(Debug, Default)]
pub struct Faults(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    planted: Vec<Planted>,
    offline: Option<Instead>,
    penalty: Option<(Instant, u64)>,
    graph_penalties: HashMap<String, (Instant, Page)>,
}

impl Faults {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Removes all planted faults and ends a penalty; offline stays.
    pub fn clear(&self) {
        let mut state = self.state();
        state.planted.clear();
        state.penalty = None;
        state.graph_penalties.clear();
    }

    /// Goes offline or comes back. With a status every request is answered so, else cut.
    pub fn set_offline(&self, offline: bool, status: Option<u16>) {
        self.state().offline = offline.then(|| match status {
            Some(status) => Instead::Page(described::page(status, &Value::Null)),
            None => Instead::Cut,
        });
    }

    /// What happens to every request while offline.
    pub fn offline(&self) -> Option<Instead> {
        self.state().offline.clone()
    }

    /// The fault of a running penalty.
    pub fn penalty(&self) -> Option<Fault> {
        let mut state = self.state();
        let (until, milliseconds) = state.penalty?;
        if Instant::now() < until {
            return Some(Fault::server_busy(milliseconds));
        }
        state.penalty = None;
        None
    }

    /// Answers every Graph request for a mailbox so for a while (Graph reference, section 11).
    pub fn punish(&self, mailbox: &str, length: Duration, page: Page) {
        let until = Instant::now() + length;
        let mut state = self.state();
        state
            .graph_penalties
            .insert(mailbox.to_lowercase(), (until, page));
    }

    /// The answer of a running penalty of a mailbox.
    pub fn punished(&self, mailbox: &str) -> Option<Page> {
        let state = self.state();
        let (until, page) = state.graph_penalties.get(&mailbox.to_lowercase())?;
        (Instant::now() < *until).then(|| page.clone())
    }

    /// Plants a fault; says what is wrong with its description.
    pub fn plant(&self, wanted: &Value) -> Result<(), String> {
        let effect = described::effect(wanted)?;
        let times = match wanted.get("times") {
            None => Some(1),
            Some(Value::Null) => None,
            Some(times) => Some(
                times
                    .as_u64()
                    .ok_or("times must be a number or null for ever")?,
            ),
        };
        self.state().planted.push(Planted {
            operation: wanted
                .get("operation")
                .and_then(Value::as_str)
                .map(str::to_owned),
            containing: wanted
                .get("containing")
                .and_then(Value::as_str)
                .map(str::to_owned),
            skip: wanted.get("skip").and_then(Value::as_u64).unwrap_or(0),
            times,
            effect,
        });
        Ok(())
    }

    /// What happens to a request of an operation with this text; faults that are used up are dropped.
    pub fn plan(&self, operation: &str, text: &str) -> Plan {
        let mut plan = Plan::default();
        let mut state = self.state();
        let mut penalty = None;
        for planted in &mut state.planted {
            if planted
                .operation
                .as_deref()
                .is_some_and(|wanted| wanted != operation)
            {
                continue;
            }
            let containing = planted.containing.as_deref();
            if containing.is_some_and(|wanted| !text.contains(wanted)) {
                continue;
            }
            if planted.skip > 0 {
                planted.skip -= 1;
                continue;
            }
            match &mut planted.times {
                Some(0) => continue,
                Some(times) => *times -= 1,
                None => {}
            }
            match planted.effect.clone() {
                Effect::Delay(delay) => plan.delay += delay,
                Effect::CutBefore => plan.instead = Some(Instead::Cut),
                Effect::Answer(page, length) => {
                    plan.instead = Some(Instead::Page(page));
                    plan.penalty = length;
                }
                Effect::Soap(fault) => plan.instead = Some(Instead::Fault(Box::new(fault))),
                Effect::Busy {
                    milliseconds,
                    penalty: lasting,
                } => {
                    plan.instead = Some(Instead::Fault(Box::new(Fault::server_busy(milliseconds))));
                    if lasting {
                        penalty = Some((
                            Instant::now() + Duration::from_millis(milliseconds),
                            milliseconds,
                        ));
                    }
                }
                Effect::Item(fault) => plan.items.push(fault),
                Effect::CutAfter => plan.spoil = Some(Spoil::Cut),
                Effect::CutMiddle => plan.spoil = Some(Spoil::Half),
                Effect::IllegalCharacter => plan.spoil = Some(Spoil::IllegalCharacter),
            }
        }
        state.planted.retain(|planted| planted.times != Some(0));
        if penalty.is_some() {
            state.penalty = penalty;
        }
        plan
    }
}

/// Puts a reference to U+0002 into the first text of an answer that looks like a person's.
pub fn with_illegal_character(mut answer: String) -> String {
    let places = [
        "</t:DisplayName>",
        "</t:Surname>",
        "</t:Subject>",
        "</t:String>",
        "</m:ResponseCode>",
    ];
    if let Some(at) = places.iter().find_map(|place| answer.find(place)) {
        answer.insert_str(at, "&#x2;");
    }
    answer
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn hits_the_wanted_requests_only() {
        let faults = Faults::default();
        faults
            .plant(&json!({"operation": "CreateItem", "kind": "cut_after", "times": 2, "skip": 1}))
            .unwrap();
        let cut = |operation| faults.plan(operation, "").spoil == Some(Spoil::Cut);
        let hits: Vec<bool> = [
            "GetItem",
            "CreateItem",
            "CreateItem",
            "CreateItem",
            "CreateItem",
        ]
        .map(cut)
        .into();
        assert_eq!(hits, [false, false, true, true, false]);
    }

    #[test]
    fn a_fault_may_be_for_requests_with_a_certain_text() {
        let faults = Faults::default();
        faults
            .plant(&json!({"kind": "cut_after", "times": null, "containing": ">A<"}))
            .unwrap();
        let cut = |text| faults.plan("CreateItem", text).spoil == Some(Spoil::Cut);
        assert_eq!(
            [cut("<x>B</x>"), cut("<x>A</x>"), cut("<x>A</x>")],
            [false, true, true]
        );
    }

    #[test]
    fn a_penalty_lasts() {
        let faults = Faults::default();
        assert!(faults.penalty().is_none());
        let busy =
            json!({"kind": "server_busy_fault", "backOffMilliseconds": 60_000, "penalty": true});
        faults.plant(&busy).unwrap();
        assert!(matches!(
            faults.plan("GetItem", "").instead,
            Some(Instead::Fault(_))
        ));
        assert!(faults.penalty().is_some() && faults.plan("GetItem", "").instead.is_none());
        faults.clear();
        assert!(faults.penalty().is_none());
    }

    #[test]
    fn says_what_is_wrong() {
        let faults = Faults::default();
        for bad in [
            json!({}),
            json!({"kind": "x"}),
            json!({"kind": "delay_ms"}),
            json!({"kind": "http_status", "status": 7}),
        ] {
            assert!(faults.plant(&bad).is_err(), "{bad}");
        }
    }
}
