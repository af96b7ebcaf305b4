//! `exchange.url` as 'autodiscover', and the key `exchange.autodiscover`.

use super::super::raw::Raw;
use super::super::section::{Checked, ConfigError, Section};
use crate::ews::{Discovery, Prefer};

/// The word in place of a URL.
const WORD: &str = "autodiscover";

/// How the server is looked for; `None` where it is configured.
pub(super) fn read(section: &Section<'_>) -> Checked<Option<Discovery>> {
    let is_sought = section
        .text("url", "a URL, or 'autodiscover'")?
        .is_some_and(|url| url.trim().eq_ignore_ascii_case(WORD));
    let Some(raw) = section.get(WORD) else {
        return Ok(is_sought.then(Discovery::default));
    };
    if !is_sought {
        return Err(section.wrong(WORD, "is of use only where exchange.url is 'autodiscover'"));
    }
    let own = Section::open("exchange.autodiscover", raw, &["prefer", "allow"])?;
    Ok(Some(Discovery {
        prefer: own.word(
            "prefer",
            &[
                ("external", Prefer::External),
                ("internal", Prefer::Internal),
            ],
            Prefer::External,
        )?,
        allow: allow(&own)?,
    }))
}

fn allow(own: &Section<'_>) -> Checked<Vec<String>> {
    const WHAT: &str = "a list of hosts such as 'mail.example.com' or '*.example.com'";
    let Some(raw) = own.get("allow") else {
        return Ok(Vec::new());
    };
    let wrong = || ConfigError::expected("exchange.autodiscover.allow", WHAT, raw);
    let Raw::Array(entries) = raw else {
        return Err(wrong());
    };
    let hosts = entries.iter().map(|(_, entry)| match entry {
        Raw::Text(host) => Ok(host.trim().to_owned()),
        _ => Err(own.wrong("allow", format!("expected {WHAT}"))),
    });
    hosts.collect()
}
