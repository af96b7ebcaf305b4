//! The other front door: /autodiscover/autodiscover.svc and .xml.

use std::sync::PoisonError;
use std::time::Duration;

use hyper::Response;
use hyper::http::request::Parts;

use super::answer::{self, Answer, Cut};
use super::connection::Connection;
use super::{Shared, login};
use crate::autodiscover::{self, Form, LogIn, Reply};

/// Answers one question.
pub async fn serve(
    shared: &Shared,
    connection: &Connection,
    form: Form,
    head: &Parts,
    body: &[u8],
) -> Result<Response<Answer>, Cut> {
    let user = login::authenticate(shared, connection, head, !body.is_empty());
    let log_in = match (&user, head.headers.contains_key("Authorization")) {
        (Ok(_), _) => LogIn::Good,
        (Err(_), true) => LogIn::Bad,
        (Err(_), false) => LogIn::None,
    };
    let host = autodiscover::host_of(head);
    let text = String::from_utf8_lossy(body);
    let known = |mailbox: &str| {
        let store = shared.store.read().unwrap_or_else(PoisonError::into_inner);
        store.mailbox(mailbox).is_some()
    };
    let rules = &shared.autodiscover;
    match autodiscover::answer(rules, form, &host, log_in, &text, known) {
        Reply::Xml(xml) => answer::plain(200, "text/xml; charset=utf-8", xml),
        Reply::Location(url) => Response::builder()
            .status(302)
            .header("Location", url)
            .body(Answer::whole(""))
            .map_err(|_| Cut),
        Reply::Status(status) => {
            answer::plain(status, "text/html", "<html><body>A page.</body></html>")
        }
        Reply::LogIn => login::unauthorised(user.err().unwrap_or_default()),
        Reply::Hang(milliseconds) => {
            tokio::time::sleep(Duration::from_millis(milliseconds)).await;
            Err(Cut)
        }
    }
}
