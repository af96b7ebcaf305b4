//! Autodiscover over lines to the server: one for each host that is asked.
//!
//! Credentials are sent only to a host that asks for a log-in and speaks our way of it: the shop on a company's bare domain never sees
//! them.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use reqwest::header::{HeaderMap, HeaderValue, LOCATION};
use reqwest::{StatusCode, Url};

use super::handshake::{Failed, offers, speaks};
use super::line::{Line, Outgoing};
use super::{Transport, name_of};
use crate::ews::autodiscover::{Asker, Discovery, Failure, Form, Reply, hosts, walk};
use crate::ews::login::{Attempt, Login, refused};
use crate::ews::wire::autodiscover::{read_pox, read_soap, write_pox, write_soap};
use crate::sync::error::{RemoteClass, RemoteError};
use crate::web::circumstances::Circumstances;
use crate::web::client::Response;
use crate::web::limited::read_page;
use crate::web::limits::Limits;

/// How long a whole search may take, when its caller has no shorter time.
const SEARCH: Duration = Duration::from_secs(30);

/// How long one place may take at most.
const PLACE: Duration = Duration::from_secs(5);

/// How long the name servers may take.
const NAMES: Duration = Duration::from_secs(2);

impl Transport {
    /// Looks for the EWS of a mailbox.
    pub(super) fn search(
        &self,
        discovery: &Discovery,
        limits: &Limits,
    ) -> Result<Url, RemoteError> {
        let mailbox = self.config.mailbox.as_deref().unwrap_or_default();
        let most = Instant::now() + SEARCH;
        let mut seeker = Seeker {
            transport: self,
            lines: BTreeMap::new(),
            until: limits.deadline.map_or(most, |deadline| deadline.min(most)),
            limits,
        };
        let found = walk(&mut seeker, discovery, mailbox);
        if found.is_err() && limits.interrupt.is_asked() {
            let message = "the search for the server was given up: the call was asked to end";
            return Err(RemoteError::interrupted(message));
        }
        found
    }
}

struct Seeker<'a> {
    transport: &'a Transport,
    lines: BTreeMap<String, Line>,
    until: Instant,
    limits: &'a Limits,
}

impl Asker for Seeker<'_> {
    fn ask(&mut self, form: Form, url: &Url, address: &str) -> Reply {
        let written = match form {
            Form::Soap => write_soap(address, url.as_str()),
            Form::Pox => write_pox(address),
        };
        let Ok(body) = written else {
            return Reply::Other(
                Failure::Nothing,
                "the question cannot be written".to_owned(),
            );
        };
        let mut headers = HeaderMap::new();
        for (name, value) in [
            ("Content-Type", "text/xml; charset=utf-8"),
            ("Accept", "text/xml"),
        ] {
            headers.insert(name, HeaderValue::from_static(value));
        }
        let outgoing = Outgoing {
            url: url.clone(),
            headers,
            body: body.into(),
            until: self.until_for_one(),
            interrupt: self.limits.interrupt.clone(),
        };
        let transport = self.transport;
        match self.line(url) {
            Ok(line) => ask(transport, line, form, &outgoing),
            Err(error) => unreachable(&error),
        }
    }

    fn look(&mut self, url: &Url) -> Reply {
        let until = self.until_for_one();
        let interrupt = self.limits.interrupt.clone();
        let line = match self.line(url) {
            Ok(line) => line,
            Err(error) => return unreachable(&error),
        };
        match line.look(url, until, &interrupt) {
            Ok(response) => read(Form::Pox, response),
            Err(error) => unreachable(&at(url).no_answer(&error)),
        }
    }

    fn service(&mut self, name: &str) -> Result<Vec<String>, String> {
        let left = self.until.saturating_duration_since(Instant::now());
        hosts(name, NAMES.min(left / 3))
    }

    fn is_late(&self) -> bool {
        Instant::now() >= self.until || self.limits.interrupt.is_asked()
    }
}

impl Seeker<'_> {
    /// One place that hangs leaves time for the others.
    fn until_for_one(&self) -> Instant {
        let now = Instant::now();
        let left = self.until.saturating_duration_since(now);
        now + PLACE.min(left / 3)
    }

    fn line(&mut self, url: &Url) -> Result<&mut Line, RemoteError> {
        let name = name_of(url);
        if !self.lines.contains_key(&name) {
            let line = Line::new(&self.transport.config, &name, true)?;
            self.lines.insert(name.clone(), line);
        }
        self.lines
            .get_mut(&name)
            .ok_or_else(|| RemoteError::new(RemoteClass::Transient, "there is no line"))
    }
}

fn ask(transport: &Transport, line: &mut Line, form: Form, outgoing: &Outgoing) -> Reply {
    let first = match line.send(outgoing, None, outgoing.body.clone()).answer {
        Ok(response) => response,
        Err(error) => return unreachable(&at(&outgoing.url).no_answer(&error)),
    };
    if first.status() != StatusCode::UNAUTHORIZED {
        return read(form, first);
    }
    let login = &transport.config.login;
    let scheme = login.scheme();
    let wanted = |headers: &HeaderMap| {
        let also = matches!(login, Login::Ntlm { .. }) && speaks(headers, "Negotiate");
        also || schemes(headers)
            .iter()
            .any(|offer| offer.eq_ignore_ascii_case(scheme))
    };
    if !wanted(first.headers()) {
        let said = refused(scheme, Attempt::NotOffered, &schemes(first.headers()));
        return Reply::Other(Failure::Refused, said);
    }
    // Read to its end, so that the connection can be used again.
    let _ = read_page(first);
    match transport.let_in(line, outgoing) {
        Ok((response, attempt)) if response.status() == StatusCode::UNAUTHORIZED => {
            Reply::LogInRefused(refused(scheme, attempt, &schemes(response.headers())))
        }
        Ok((response, _)) => read(form, response),
        Err(Failed::Sending(error)) => unreachable(&at(&outgoing.url).no_answer(&error)),
        Err(Failed::Speaking(why)) => Reply::Unreachable(Failure::Refused, why),
        Err(Failed::Token(error)) => unreachable(&error),
    }
}

fn schemes(headers: &HeaderMap) -> Vec<&str> {
    offers(headers)
        .filter_map(|offer| offer.split([' ', ',']).next())
        .collect()
}

/// What an answer says.
fn read(form: Form, response: Response) -> Reply {
    let status = response.status();
    let location = response.headers().get(LOCATION);
    let location = location.and_then(|location| location.to_str().ok());
    if let (true, Some(location)) = (status.is_redirection(), location) {
        return Reply::Redirect(location.to_owned());
    }
    let page = read_page(response);
    let found = match form {
        Form::Soap => read_soap(page.as_slice()),
        Form::Pox => read_pox(page.as_slice()),
    };
    let failure = match status.as_u16() {
        429 => Failure::Busy,
        500.. => Failure::Passing,
        _ => Failure::Nothing,
    };
    match found {
        // A fault has another status.
        Ok(found) if status == StatusCode::OK || status.is_server_error() => Reply::Found(found),
        Err(error) if status == StatusCode::OK => Reply::Other(
            failure,
            format!("answers, but not as Autodiscover does ({error})"),
        ),
        Ok(_) | Err(_) => Reply::Other(failure, format!("HTTP {}", status.as_u16())),
    }
}

fn at(url: &Url) -> Circumstances {
    Circumstances {
        host: name_of(url),
        ..Circumstances::default()
    }
}

fn unreachable(error: &RemoteError) -> Reply {
    let failure = match error.class {
        RemoteClass::Config => Failure::Certificate,
        RemoteClass::Auth => Failure::Refused,
        _ => Failure::Passing,
    };
    Reply::Unreachable(failure, error.message.clone())
}
