//! The front door: /EWS/Exchange.asmx.

use std::sync::PoisonError;

use bytes::Bytes;
use hyper::http::request::Parts;
use hyper::{Method, Response};

use super::Shared;
use super::answer::{self, Answer, Cut};
use super::connection::Connection;
use super::login;
use crate::faults::{self, Instead, Page, Plan, Spoil};
use crate::operations::{self, Context};
use crate::options::User;
use crate::soap::fault::Fault;
use crate::soap::{self, xml};

/// Answers one HTTP request.
pub async fn serve(
    shared: &Shared,
    connection: &Connection,
    head: &Parts,
    body: &Bytes,
) -> Result<Response<Answer>, Cut> {
    if let Some(instead) = shared.faults.offline() {
        shared.stats.count_refused();
        return refuse(shared, head, instead);
    }
    let user = match shared.authority.bearer(head) {
        Some(Ok(bearer)) => bearer,
        Some(Err(refused)) => {
            shared.stats.count_unauthenticated();
            return refused.answer();
        }
        None => match login::authenticate(shared, connection, head, !body.is_empty()) {
            Ok(user) => user.clone(),
            Err(challenge) => {
                shared.stats.count_unauthenticated();
                return login::unauthorised(challenge);
            }
        },
    };
    if head.method != Method::POST {
        return answer::plain(
            200,
            "text/html",
            "<html><body>You have created a service.</body></html>",
        );
    }
    let text = String::from_utf8_lossy(body);
    let root = xml::parse(&text);
    let operation = root
        .as_ref()
        .ok()
        .and_then(soap::operation_of)
        .unwrap_or("Unreadable")
        .to_owned();
    shared.stats.count_request(&operation);
    let anchor = head.headers.get("X-AnchorMailbox");
    let mailbox = anchor.and_then(|anchor| anchor.to_str().ok());
    let _under_way = shared.stats.begin(mailbox.unwrap_or(&user.mailbox));
    let number = shared
        .recorder
        .as_ref()
        .map(|recorder| recorder.request(&operation, body));
    let plan = match shared.faults.penalty() {
        Some(fault) => {
            shared.stats.count_refused();
            Plan {
                instead: Some(Instead::Fault(Box::new(fault))),
                ..Plan::default()
            }
        }
        None => shared.faults.plan(&operation, &text),
    };
    if !plan.delay.is_zero() {
        tokio::time::sleep(plan.delay).await;
    }
    let result = match &plan.instead {
        Some(Instead::Fault(fault)) => Err(Fault::clone(fault)),
        Some(instead) => return refuse(shared, head, instead.clone()),
        None => match root {
            Err(error) => Err(Fault::schema(&error.to_string(), &text, error.offset)),
            Ok(root) => execute(shared, &user, head, &plan, &text, root),
        },
    };
    let (status, answer) = match result {
        Ok(answer) => (200, answer),
        Err(fault) => (500, fault.envelope()),
    };
    let answer = shared.modes.rewrite(answer);
    if let (Some(recorder), Some(number)) = (&shared.recorder, number) {
        recorder.response(number, &operation, &answer);
    }
    match plan.spoil {
        Some(Spoil::Cut) => Err(Cut),
        Some(Spoil::Half) => xml_answer(head, status, Answer::half(answer), false),
        Some(Spoil::IllegalCharacter) => {
            send(shared, head, status, faults::with_illegal_character(answer))
        }
        None => send(shared, head, status, answer),
    }
}

fn execute(
    shared: &Shared,
    user: &User,
    head: &Parts,
    plan: &Plan,
    text: &str,
    root: xml::Element,
) -> Result<String, Fault> {
    let request = soap::read(text, root)?;
    if let Some(mailbox) = &request.impersonate {
        let anchor = head
            .headers
            .get("X-AnchorMailbox")
            .and_then(|value| value.to_str().ok());
        if !anchor.is_some_and(|anchor| anchor.eq_ignore_ascii_case(mailbox)) {
            shared.stats.count_unanchored();
        }
    }
    if user.mailbox.is_empty() && request.impersonate.is_none() {
        // An application has no mailbox (EWS reference, section 7.5).
        return Err(Fault::new(
            "ErrorAccessDenied",
            "ExchangeImpersonation SOAP header must be present for this type of OAuth token.",
        ));
    }
    let mailbox = {
        let store = shared.store.read().unwrap_or_else(PoisonError::into_inner);
        let address = request.impersonate.as_deref().unwrap_or(&user.mailbox);
        store.mailbox(address).ok_or_else(|| {
            Fault::new(
                "ErrorNonExistentMailbox",
                "The SMTP address has no mailbox associated with it.",
            )
        })?
    };
    let context = Context {
        store: &shared.store,
        mailbox,
        user: &user.name,
        modes: &shared.modes,
        item_faults: &plan.items,
        writes: &shared.stats.writes,
    };
    operations::execute(&context, &request)
}

fn refuse(shared: &Shared, head: &Parts, instead: Instead) -> Result<Response<Answer>, Cut> {
    match instead {
        Instead::Cut => Err(Cut),
        Instead::Fault(fault) => send(shared, head, 500, fault.envelope()),
        Instead::Page(Page {
            status,
            retry_after,
            location,
            content_type,
            body,
        }) => {
            let mut response = Response::builder()
                .status(status)
                .header("Content-Type", content_type);
            for (name, value) in [("Retry-After", retry_after), ("Location", location)] {
                if let Some(value) = value {
                    response = response.header(name, value);
                }
            }
            response.body(Answer::whole(body)).map_err(|_| Cut)
        }
    }
}

fn send(
    shared: &Shared,
    head: &Parts,
    status: u16,
    answer: String,
) -> Result<Response<Answer>, Cut> {
    let accepts = head.headers.get("Accept-Encoding");
    let accepts = accepts.and_then(|value| value.to_str().ok());
    let accepts = accepts.filter(|_| shared.gzip);
    if let Some(packed) = answer::packed(accepts, answer.as_bytes()) {
        return xml_answer(head, status, Answer::whole(packed), true);
    }
    xml_answer(head, status, Answer::whole(answer), false)
}

/// Headers as servers send them (EWS reference, section 1.3).
fn xml_answer(
    head: &Parts,
    status: u16,
    body: Answer,
    packed: bool,
) -> Result<Response<Answer>, Cut> {
    let mut response = Response::builder()
        .status(status)
        .header("Cache-Control", "private")
        .header("Content-Type", "text/xml; charset=utf-8")
        .header("Server", "Microsoft-IIS/10.0")
        .header("X-AspNet-Version", "4.0.30319")
        .header("X-Powered-By", "ASP.NET");
    if packed {
        response = response.header("Content-Encoding", "gzip");
    }
    let wants_id = head
        .headers
        .get("return-client-request-id")
        .is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"true"));
    if let Some(id) = head.headers.get("client-request-id").filter(|_| wants_id) {
        response = response.header("client-request-id", id);
    }
    response.body(body).map_err(|_| Cut)
}
