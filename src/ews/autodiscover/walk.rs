//! From a mailbox to the address of its EWS: candidate by candidate, redirect by redirect.
//!
//! Everything that touches the network is behind [`Asker`]; the walk decides what is asked, and where credentials may go.

use std::collections::BTreeSet;

use reqwest::Url;

use super::candidates::{self, Candidate, Form};
use super::report::{self, Failure, Tried};
use super::trust::{Distrust, Trust, leads_online};
use super::{Discovery, Prefer};
use crate::ews::wire::autodiscover::{EwsUrls, Found, Refused};
use crate::sync::error::RemoteError;

/// Redirects, of an address or a place, that one search follows.
const MOST_REDIRECTS: u32 = 10;

/// Log-ins that may be refused in one search: most accounts are locked after a few more.
const MOST_REFUSED_LOG_INS: usize = 2;

/// Hosts of one SRV answer that are asked.
const MOST_TARGETS: usize = 3;

/// What a question led to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::ews) enum Reply {
    /// An answer to the question.
    Found(Found),
    /// An HTTP redirect.
    Redirect(String),
    /// The log-in was tried and refused.
    LogInRefused(String),
    /// The host cannot be reached, or says nothing in time.
    Unreachable(Failure, String),
    /// Something else, such as an error page.
    Other(Failure, String),
}

/// The network.
pub(in crate::ews) trait Asker {
    /// Asks a place about a mailbox, and logs in when the place wants that.
    fn ask(&mut self, form: Form, url: &Url, address: &str) -> Reply;

    /// Looks at a place without credentials.
    fn look(&mut self, url: &Url) -> Reply;

    /// The hosts that the DNS names for a service on port 443, the best one first.
    fn service(&mut self, name: &str) -> Result<Vec<String>, String>;

    /// Whether the time for the search is used up.
    fn is_late(&self) -> bool;
}

/// Where a part of the walk ended.
enum End {
    At(Url),
    Anew(String),
    Nowhere,
}

struct Walk<'a> {
    asker: &'a mut dyn Asker,
    trust: Trust,
    prefer: Prefer,
    redirects: u32,
    asked: BTreeSet<String>,
    /// Hosts that are not asked again: unreachable, or the log-in was refused there.
    out: BTreeSet<String>,
    refused: usize,
    tried: Vec<Tried>,
}

/// Looks for the EWS of a mailbox.
///
/// # Errors
/// With all places that were tried, and what each one said.
pub(in crate::ews) fn walk(
    asker: &mut dyn Asker,
    discovery: &Discovery,
    mailbox: &str,
) -> Result<Url, RemoteError> {
    let mut walk = Walk {
        asker,
        trust: Trust::new(mailbox, &discovery.allow),
        prefer: discovery.prefer,
        redirects: 0,
        asked: BTreeSet::new(),
        out: BTreeSet::new(),
        refused: 0,
        tried: Vec::new(),
    };
    let mut address = mailbox.to_owned();
    let mut addresses = BTreeSet::new();
    while addresses.insert(address.to_lowercase()) {
        match walk.of_address(&address) {
            End::At(url) => return Ok(url),
            End::Anew(next) if walk.may_follow(&next) => address = next,
            End::Anew(_) | End::Nowhere => return Err(report::in_vain(mailbox, &walk.tried)),
        }
    }
    walk.note(&address, Failure::Refused, "named twice, in a circle");
    Err(report::in_vain(mailbox, &walk.tried))
}

impl Walk<'_> {
    fn of_address(&mut self, address: &str) -> End {
        let domain = address.rsplit_once('@').map_or("", |(_, domain)| domain);
        for candidate in candidates::of_domain(&domain.to_ascii_lowercase()) {
            let end = match candidate {
                Candidate::Host(host) => self.host(&host, address),
                Candidate::Look(url) => self.look(&url, address),
                Candidate::Service(name) => self.service(&name, address),
            };
            if !matches!(end, End::Nowhere) {
                return end;
            }
        }
        End::Nowhere
    }

    /// A host in both forms.
    fn host(&mut self, host: &str, address: &str) -> End {
        for form in [Form::Soap, Form::Pox] {
            let Some(url) = form.at(host) else {
                self.note(host, Failure::Nothing, "no name of a host");
                return End::Nowhere;
            };
            let end = self.ask(form, url, address);
            if !matches!(end, End::Nowhere) {
                return end;
            }
        }
        End::Nowhere
    }

    /// A place that nobody vouches for: what it says counts only if it leads to one that the rule allows.
    fn look(&mut self, url: &Url, address: &str) -> End {
        if !self.may_go_on() {
            return End::Nowhere;
        }
        let place = url.as_str();
        match self.asker.look(url) {
            Reply::Redirect(location) => match url.join(&location) {
                Ok(next) if self.may_follow(next.as_str()) => {
                    self.note(place, Failure::Nothing, format!("leads to {next}"));
                    let soap = next.host_str().and_then(|host| match next.port() {
                        Some(port) => Form::Soap.at(&format!("{host}:{port}")),
                        None => Form::Soap.at(host),
                    });
                    let form = Form::Pox.after(&next);
                    if let (Some(soap), Form::Pox, true) =
                        (soap, form, self.trust.check(&next).is_ok())
                    {
                        let end = self.ask(Form::Soap, soap, address);
                        if !matches!(end, End::Nowhere) {
                            return end;
                        }
                    }
                    self.ask(form, next, address)
                }
                Ok(_) | Err(_) => End::Nowhere,
            },
            Reply::Unreachable(failure, said) | Reply::Other(failure, said) => {
                self.note(place, failure, said);
                End::Nowhere
            }
            Reply::Found(_) | Reply::LogInRefused(_) => {
                self.note(place, Failure::Nothing, "no redirect to https");
                End::Nowhere
            }
        }
    }

    fn service(&mut self, name: &str, address: &str) -> End {
        if !self.may_go_on() {
            return End::Nowhere;
        }
        let place = format!("DNS {name} (SRV)");
        let hosts = match self.asker.service(name) {
            Ok(hosts) => hosts,
            Err(said) => {
                self.note(&place, Failure::Nothing, said);
                return End::Nowhere;
            }
        };
        self.note(
            &place,
            Failure::Nothing,
            format!("names {}", hosts.join(", ")),
        );
        for host in hosts.into_iter().take(MOST_TARGETS) {
            let end = self.host(&host, address);
            if !matches!(end, End::Nowhere) {
                return end;
            }
        }
        End::Nowhere
    }

    /// Asks a place, and those to which it sends us.
    fn ask(&mut self, mut form: Form, mut url: Url, address: &str) -> End {
        loop {
            if let Some(ews) = leads_online(&url) {
                return End::At(ews);
            }
            let host = url.host_str().unwrap_or_default().to_owned();
            if self.out.contains(&host) || !self.may_go_on() {
                return End::Nowhere;
            }
            if let Err(distrust) = self.trust.check(&url) {
                self.distrust(&url, &distrust);
                return End::Nowhere;
            }
            if !self
                .asked
                .insert(format!("{form:?} {url} {}", address.to_lowercase()))
            {
                self.note(url.as_str(), Failure::Nothing, "asked already");
                return End::Nowhere;
            }
            let next = match self.asker.ask(form, &url, address) {
                Reply::Found(Found::Urls(urls)) => return self.chosen(&url, &urls),
                Reply::Found(Found::Address(next)) => {
                    self.note(
                        url.as_str(),
                        Failure::Nothing,
                        format!("the mailbox is {next}"),
                    );
                    return End::Anew(next);
                }
                Reply::Found(Found::Place(next)) | Reply::Redirect(next) => next,
                Reply::Found(Found::Refused(refused)) => {
                    self.refused(&url, &refused);
                    return End::Nowhere;
                }
                Reply::LogInRefused(said) => {
                    self.refused += 1;
                    self.out.insert(host);
                    self.note(url.as_str(), Failure::LogIn, said);
                    return End::Nowhere;
                }
                Reply::Unreachable(failure, said) => {
                    self.out.insert(host);
                    self.note(url.as_str(), failure, said);
                    return End::Nowhere;
                }
                Reply::Other(failure, said) => {
                    self.note(url.as_str(), failure, said);
                    return End::Nowhere;
                }
            };
            let Ok(next) = url.join(&next) else {
                self.note(url.as_str(), Failure::Nothing, "a redirect to no address");
                return End::Nowhere;
            };
            if !self.may_follow(next.as_str()) {
                return End::Nowhere;
            }
            self.note(url.as_str(), Failure::Nothing, format!("leads to {next}"));
            (form, url) = (form.after(&next), next);
        }
    }

    /// The address of EWS among those that a server named. It gets credentials with every request, so the rule holds for it too.
    fn chosen(&mut self, asked: &Url, urls: &EwsUrls) -> End {
        let named = match self.prefer {
            Prefer::External => [&urls.external, &urls.either, &urls.internal],
            Prefer::Internal => [&urls.internal, &urls.either, &urls.external],
        };
        let Some(named) = named.into_iter().flatten().next() else {
            self.note(
                asked.as_str(),
                Failure::Refused,
                "names no address of EWS for this mailbox",
            );
            return End::Nowhere;
        };
        let Ok(url) = Url::parse(named) else {
            self.note(
                asked.as_str(),
                Failure::Refused,
                "names an address of EWS that is none",
            );
            return End::Nowhere;
        };
        if let Some(ews) = leads_online(&url) {
            return End::At(ews);
        }
        match self.trust.check(&url) {
            Ok(()) => End::At(url),
            Err(distrust) => {
                self.distrust(&url, &distrust);
                End::Nowhere
            }
        }
    }

    fn refused(&mut self, url: &Url, refused: &Refused) {
        let failure = match refused.code.as_str() {
            "ServerBusy" => Failure::Busy,
            "InternalServerError" => Failure::Passing,
            _ => Failure::Refused,
        };
        let said = match refused.text.is_empty() {
            true => refused.code.clone(),
            false => format!("{} ({})", refused.code, refused.text),
        };
        self.note(url.as_str(), failure, said);
    }

    fn distrust(&mut self, url: &Url, distrust: &Distrust) {
        self.note(
            url.as_str(),
            Failure::Distrusted,
            report::distrusted(distrust),
        );
    }

    /// Whether more may be asked: in time, and without more refused log-ins than an account bears.
    fn may_go_on(&mut self) -> bool {
        if self.refused >= MOST_REFUSED_LOG_INS {
            return false;
        }
        let late = self.asker.is_late();
        if late && self.tried.last().is_none_or(|last| last.place != LATE) {
            self.note(LATE, Failure::Passing, "the rest was not asked");
        }
        !late
    }

    fn may_follow(&mut self, next: &str) -> bool {
        self.redirects += 1;
        let may = self.redirects <= MOST_REDIRECTS;
        if !may {
            self.note(next, Failure::Refused, "too many redirects");
        }
        may
    }

    fn note(&mut self, place: &str, failure: Failure, said: impl Into<String>) {
        self.tried.push(Tried {
            place: place.to_owned(),
            said: said.into(),
            failure,
        });
    }
}

/// Stands for the place when the time was up.
const LATE: &str = "no time was left";

#[cfg(test)]
#[path = "walk_tests.rs"]
mod tests;
