//! Faults as the side door describes them in JSON.

use std::time::Duration;

use serde_json::{Value, json};

use super::{Effect, ItemFault, Page};
use crate::clock;
use crate::soap::fault::Fault;

/// What a fault does.
pub(super) fn effect(wanted: &Value) -> Result<Effect, String> {
    let number = |name: &str| wanted.get(name).and_then(Value::as_u64);
    let text = |name: &str| wanted.get(name).and_then(Value::as_str);
    let code = || text("code").map(str::to_owned).ok_or("code is missing");
    let back_off = number("backOffMilliseconds").unwrap_or(5000);
    Ok(match text("kind").ok_or("kind is missing")? {
        "delay_ms" => Effect::Delay(Duration::from_millis(number("ms").ok_or("ms is missing")?)),
        "refuse_connection" | "cut_before" => Effect::CutBefore,
        "cut_after" => Effect::CutAfter,
        "cut_middle" => Effect::CutMiddle,
        "illegal_character" => Effect::IllegalCharacter,
        "http_status" => {
            let status = number("status")
                .and_then(|s| u16::try_from(s).ok())
                .filter(|s| (200..600).contains(s));
            Effect::Answer(
                page(status.ok_or("status must be 200 to 599")?, wanted),
                None,
            )
        }
        "graph_error" => graph_error(wanted)?,
        "html_200" => Effect::Answer(page(200, wanted), None),
        "redirect_genericerrorpage" => {
            let location = "/ews/genericerrorpage.htm?aspxerrorpath=/ews/exchange.asmx".to_owned();
            let redirect = Page {
                location: Some(location),
                ..page(302, wanted)
            };
            Effect::Answer(redirect, None)
        }
        "server_busy_fault" => Effect::Busy {
            milliseconds: back_off,
            penalty: wanted
                .get("penalty")
                .and_then(Value::as_bool)
                .unwrap_or(false),
        },
        "server_busy_message" => Effect::Item(ItemFault {
            index: None,
            code: "ErrorServerBusy".to_owned(),
            back_off: Some(back_off),
            inner: None,
        }),
        "soap_fault" => {
            let code = code()?;
            Effect::Soap(match code.as_str() {
                "ErrorExceededConnectionCount" => Fault::connection_count(27),
                code => Fault::new(code, text("text").unwrap_or("The request failed.")),
            })
        }
        "item_error" => Effect::Item(ItemFault {
            index: number("index").and_then(|n| usize::try_from(n).ok()),
            code: code()?,
            back_off: None,
            inner: text("inner").map(str::to_owned),
        }),
        kind => return Err(format!("there is no fault kind {kind}")),
    })
}

/// An error as Graph says it (Graph reference, sections 11 and 12). Retry-After is sent as it was given: whole, with a
/// fraction or as a date.
fn graph_error(wanted: &Value) -> Result<Effect, String> {
    let status = wanted.get("status").and_then(Value::as_u64);
    let status = status
        .and_then(|status| u16::try_from(status).ok())
        .filter(|status| (200..600).contains(status))
        .ok_or("status must be 200 to 599")?;
    let text = |name: &str| wanted.get(name).and_then(Value::as_str);
    let code = text("code").ok_or("code is missing")?;
    let message = text("message").unwrap_or("The request failed.");
    let penalty = wanted.get("penalty").and_then(Value::as_u64);
    let body = json!({ "error": { "code": code, "message": message, "innerError": {
        "date": clock::format(clock::now()).trim_end_matches('Z'),
        "request-id": "0d1b5a5c-0000-4000-8000-00000000c0de",
        "client-request-id": "0d1b5a5c-0000-4000-8000-00000000c0de",
    } } });
    let page = Page {
        content_type: "application/json",
        body: body.to_string(),
        ..page(status, wanted)
    };
    Ok(Effect::Answer(page, penalty.map(Duration::from_millis)))
}

/// An answer with what its description says of it.
pub(super) fn page(status: u16, wanted: &Value) -> Page {
    let body = wanted.get("body").and_then(Value::as_str).map_or_else(
        || format!("<html><head><title>{status}</title></head><body><h1>Server Error in '/EWS' Application.</h1></body></html>"),
        str::to_owned,
    );
    let retry_after = wanted
        .get("retryAfter")
        .filter(|v| !v.is_null())
        .map(|v| v.as_str().map_or_else(|| v.to_string(), str::to_owned));
    Page {
        status,
        retry_after,
        location: None,
        content_type: "text/html",
        body,
    }
}
