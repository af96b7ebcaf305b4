//! The configuration's key `exchange` where `kind` is `graph`: Exchange Online over Microsoft Graph.

use reqwest::Url;

use super::super::section::{Checked, Section};
use super::{
    Access, ExchangeConfig, FolderName, Kind, file, folder, mailbox, oauth, pinned_certificates,
    proxy, seconds, size,
};
use crate::ews::{Login, Selection};
use crate::graph::Cloud;
use crate::web::TokenSource;

/// Keys that say something only of EWS, and what says it here.
const ELSEWHERE: &[(&str, &str)] = &[
    (
        "autodiscover",
        "Microsoft Graph has one address for each cloud: exchange.cloud",
    ),
    (
        "username",
        "an application logs in: exchange.tenant, client_id, and client_secret or certificate",
    ),
    (
        "password",
        "an application logs in: exchange.tenant, client_id, and client_secret or certificate",
    ),
    ("auth", "Microsoft Graph takes tokens alone"),
    ("channel_binding", "Microsoft Graph takes tokens alone"),
    ("kerberos", "Microsoft Graph takes tokens alone"),
    (
        "access",
        "what the application may open is said in Exchange Online",
    ),
    ("item_classes", "Microsoft Graph gives contacts alone"),
    ("private_items", "Microsoft Graph cannot leave them out"),
];

/// Keys that say something only here.
pub(super) const KEYS: &[&str] = &[
    "tenant",
    "client_id",
    "client_secret",
    "certificate",
    "cloud",
];

/// Reads it.
pub(super) fn read(section: &Section<'_>) -> Checked<ExchangeConfig> {
    let misplaced = ELSEWHERE.iter().find(|(key, _)| section.get(key).is_some());
    if let Some((key, instead)) = misplaced {
        return Err(section.wrong(key, format!("has no meaning with kind 'graph': {instead}")));
    }
    let cloud = section.word(
        "cloud",
        &[
            ("global", Cloud::Global),
            ("us_government", Cloud::UsGovernment),
            ("us_defense", Cloud::UsDefense),
            ("china", Cloud::China),
        ],
        Cloud::Global,
    )?;
    const WHAT: &str = "an address such as https://graph.microsoft.com";
    let url = section.text("url", WHAT)?.unwrap_or(cloud.graph()).trim();
    let host = Url::parse(url)
        .ok()
        .and_then(|url| url.host_str().map(str::to_lowercase));
    let server = host.ok_or_else(|| section.wrong("url", format!("expected {WHAT}")))?;
    let folder = folder(section)?;
    if let FolderName::Public(_) = folder {
        return Err(section.wrong(
            "folder",
            "Microsoft Graph does not reach public folders; they need EWS",
        ));
    }
    Ok(ExchangeConfig {
        kind: Kind::Graph,
        url: url.to_owned(),
        autodiscover: None,
        server,
        login: Login::OAuth(tokens(section, cloud)?),
        mailbox: mailbox(section)?,
        access: Access::Impersonation,
        folder,
        create_folder: section.flag("create_folder")?,
        push_timeout: seconds(section, "push_timeout", 60, 5)?,
        connect_timeout: seconds(section, "connect_timeout", 60, 10)?,
        timeout: seconds(section, "timeout", 600, 60)?,
        page_size: size(section, "page_size", 512, 512)?,
        batch: size(section, "batch", 20, 20)?,
        concurrency: u32::try_from(section.whole("concurrency", 1, 4, 2)?).unwrap_or(2),
        selection: Selection::default(),
        allow_plain_http: section.flag("allow_plain_http")?,
        ca_file: file(section, "ca_file")?,
        client_certificate: file(section, "client_certificate")?,
        pinned_certificates: pinned_certificates(section)?,
        proxy: proxy(section)?,
    })
}

/// Where the tokens come from: an application that stands right here, or whatever `exchange.oauth` says.
fn tokens(section: &Section<'_>, cloud: Cloud) -> Checked<TokenSource> {
    let own = ["tenant", "client_id", "client_secret", "certificate"];
    match section.get("oauth") {
        None => oauth::application(section, cloud.authority()),
        Some(raw) => {
            if let Some(key) = own.iter().find(|key| section.get(key).is_some()) {
                return Err(section.wrong(
                    key,
                    "has no meaning beside exchange.oauth: give one of them",
                ));
            }
            oauth::read(raw, cloud.authority())
        }
    }
}
