//! Autodiscover (EWS reference, section 9), for whatever host a client thinks that it talks to.

mod pox;
mod rules;
mod soap;

pub use rules::{Autodiscover, Form, LogIn};

use hyper::Method;
use hyper::http::request::Parts;

use crate::soap::write;
use crate::soap::xml::{self, Element};
use rules::Says;

/// What is answered.
pub enum Reply {
    /// XML.
    Xml(String),
    /// A redirect of HTTP.
    Location(String),
    /// A page with a status.
    Status(u16),
    /// The client has to log in first.
    LogIn,
    /// Nothing for so many milliseconds.
    Hang(u64),
}

/// The form of a request, by its path; `None` when it is no question of Autodiscover.
pub fn form_of(method: &Method, path: &str) -> Option<Form> {
    match path.to_ascii_lowercase().as_str() {
        "/autodiscover/autodiscover.svc" | "/autodiscover/autodiscover.xml"
            if method == Method::GET =>
        {
            Some(Form::Look)
        }
        "/autodiscover/autodiscover.svc" => Some(Form::Soap),
        "/autodiscover/autodiscover.xml" => Some(Form::Pox),
        _ => None,
    }
}

/// The host that the client asked, without a port.
pub fn host_of(head: &Parts) -> String {
    let named = head.uri.host().map(str::to_owned).or_else(|| {
        let host = head.headers.get("Host")?.to_str().ok()?;
        Some(
            host.rsplit_once(':')
                .map_or(host, |(host, _)| host)
                .to_owned(),
        )
    });
    named.unwrap_or_default().to_ascii_lowercase()
}

/// Answers one question; `known` tells whether a mailbox exists.
pub fn answer(
    rules: &Autodiscover,
    form: Form,
    host: &str,
    log_in: LogIn,
    body: &str,
    known: impl Fn(&str) -> bool,
) -> Reply {
    let root = xml::parse(body);
    let name = match form {
        Form::Soap => "Mailbox",
        Form::Pox => "EMailAddress",
        Form::Look => "",
    };
    let mailbox = root.as_ref().ok().and_then(|root| text_of(root, name));
    let mailbox = mailbox.unwrap_or_default();
    rules.note(form, host, &mailbox, log_in);
    let says = rules
        .find(form, host, &mailbox)
        .unwrap_or_else(|| match form {
            Form::Look => Says::Status(404),
            Form::Soap | Form::Pox if !known(&mailbox) => Says::unknown(form),
            Form::Soap | Form::Pox => {
                let url = format!("https://{host}/EWS/Exchange.asmx");
                Says::Settings {
                    external: Some(url.clone()),
                    internal: Some(url),
                }
            }
        });
    match says {
        Says::Location(url) => Reply::Location(url),
        Says::Status(status) => Reply::Status(status),
        Says::Hang(milliseconds) => Reply::Hang(milliseconds),
        _ if log_in != LogIn::Good => Reply::LogIn,
        says => match form {
            Form::Soap => Reply::Xml(soap::write(&says)),
            Form::Pox => Reply::Xml(pox::write(&says)),
            Form::Look => Reply::Status(404),
        },
    }
}

/// Appends an element without a prefix.
fn element(out: &mut String, name: &str, text: &str) {
    out.push_str(&format!("<{name}>"));
    write::text(out, text);
    out.push_str(&format!("</{name}>"));
}

/// The text of the first element of that name, however deep.
fn text_of(element: &Element, name: &str) -> Option<String> {
    if element.name == name {
        return Some(element.text.trim().to_owned());
    }
    element
        .children
        .iter()
        .find_map(|child| text_of(child, name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const SOAP: &str = "<E><B><Mailbox>a@example.com</Mailbox></B></E>";

    fn ask(rules: &Autodiscover, form: Form, logged_in: bool) -> Reply {
        let log_in = if logged_in { LogIn::Good } else { LogIn::Bad };
        answer(rules, form, "mail.example.com", log_in, SOAP, |mailbox| {
            mailbox == "a@example.com"
        })
    }

    #[test]
    fn without_rules_the_host_itself_is_the_server_of_known_mailboxes() {
        let rules = Autodiscover::default();
        assert!(matches!(ask(&rules, Form::Soap, false), Reply::LogIn));
        let Reply::Xml(xml) = ask(&rules, Form::Soap, true) else {
            panic!("no answer");
        };
        assert!(
            xml.contains("https://mail.example.com/EWS/Exchange.asmx"),
            "{xml}"
        );
        // The body names no EMailAddress.
        let Reply::Xml(xml) = ask(&rules, Form::Pox, true) else {
            panic!("no answer");
        };
        assert!(xml.contains("<ErrorCode>500</ErrorCode>"), "{xml}");
        assert!(matches!(ask(&rules, Form::Look, false), Reply::Status(404)));
        assert_eq!(rules.seen()["seen"].as_array().unwrap().len(), 4);
    }

    #[test]
    fn the_newest_rule_that_fits_counts() {
        let rules = Autodiscover::default();
        rules.plant(&json!({"status": 404})).unwrap();
        rules
            .plant(&json!({"host": "MAIL.example.com", "form": "soap", "mailbox": "A@example.com", "redirectAddress": "b@example.com"}))
            .unwrap();
        let Reply::Xml(xml) = ask(&rules, Form::Soap, true) else {
            panic!("no answer");
        };
        assert!(
            xml.contains("RedirectAddress") && xml.contains("b@example.com"),
            "{xml}"
        );
        assert!(matches!(ask(&rules, Form::Pox, true), Reply::Status(404)));
        assert!(rules.plant(&json!({"host": "x"})).is_err());
        assert!(
            rules
                .plant(&json!({"form": "rest", "status": 404}))
                .is_err()
        );
        rules.clear();
        assert!(matches!(ask(&rules, Form::Soap, false), Reply::LogIn));
    }
}
