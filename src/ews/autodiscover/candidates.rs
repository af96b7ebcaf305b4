//! Where a domain's Autodiscover may be, in the order in which it is looked for.

use reqwest::Url;

/// In which form a place is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::ews) enum Form {
    /// GetUserSettings.
    Soap,
    /// The older, plain XML.
    Pox,
}

impl Form {
    const fn path(self) -> &'static str {
        match self {
            Self::Soap => "autodiscover/autodiscover.svc",
            Self::Pox => "autodiscover/autodiscover.xml",
        }
    }

    /// Where this form is answered on a host, which may have a port.
    pub(super) fn at(self, host: &str) -> Option<Url> {
        Url::parse(&format!("https://{host}/{}", self.path())).ok()
    }

    /// The form that a redirect leads to: its path tells, else it stays the same.
    pub(super) fn after(self, url: &Url) -> Self {
        let path = url.path().to_ascii_lowercase();
        if path.ends_with(".svc") {
            Self::Soap
        } else if path.ends_with(".xml") {
            Self::Pox
        } else {
            self
        }
    }
}

/// One way to find the place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Candidate {
    /// A host that is asked in both forms.
    Host(String),
    /// An address that is looked at without any credentials: only a redirect to https counts.
    Look(Url),
    /// A name of the DNS whose SRV records name hosts.
    Service(String),
}

/// The ways for a domain, the first one first. The list in a company's Active Directory is not among them: this machine
/// is no member of it.
pub(super) fn of_domain(domain: &str) -> Vec<Candidate> {
    let own = format!("autodiscover.{domain}");
    let look = Url::parse(&format!("http://{own}/{}", Form::Pox.path()));
    let mut all = vec![Candidate::Host(domain.to_owned()), Candidate::Host(own)];
    all.extend(look.ok().map(Candidate::Look));
    all.push(Candidate::Service(format!("_autodiscover._tcp.{domain}")));
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The order of the EWS reference, section 9.1; the domain is never shortened.
    #[test]
    fn the_domain_comes_first_and_is_never_shortened() {
        let look =
            Url::parse("http://autodiscover.corp.example.test/autodiscover/autodiscover.xml");
        assert_eq!(
            of_domain("corp.example.test"),
            [
                Candidate::Host("corp.example.test".to_owned()),
                Candidate::Host("autodiscover.corp.example.test".to_owned()),
                Candidate::Look(look.unwrap()),
                Candidate::Service("_autodiscover._tcp.corp.example.test".to_owned()),
            ]
        );
    }

    #[test]
    fn a_path_tells_the_form() {
        let after = |url: &str| Form::Soap.after(&Url::parse(url).unwrap());
        assert_eq!(
            after("https://x.test/Autodiscover/Autodiscover.XML"),
            Form::Pox
        );
        assert_eq!(
            after("https://x.test/autodiscover/autodiscover.svc"),
            Form::Soap
        );
        assert_eq!(after("https://x.test/elsewhere?a=.xml"), Form::Soap);
        let url = Form::Pox.at("x.test:8443").unwrap();
        assert_eq!(
            url.as_str(),
            "https://x.test:8443/autodiscover/autodiscover.xml"
        );
    }
}
