//! The download alone over Microsoft Graph, as plainly as it can be: a token, the pages of a delta, and for each page its contacts in
//! batches of GETs, with what a pull of the demo's columns asks for. Nothing of the adapter is used, and nothing is kept.

use std::time::Instant;

use exchange_contact_sync::contact::{OWN_SET, STAMP_NAME};
use reqwest::Url;
use reqwest::blocking::{Client, RequestBuilder};
use serde_json::{Value as Json, json};

use crate::{Measured, Outcome, cpu};

/// What fits into a batch.
const PARTS: usize = 20;
const IMMUTABLE: &str = "IdType=\"ImmutableId\"";
const SELECT: &str = "id,changeKey,parentFolderId,lastModifiedDateTime,displayName,givenName,surname,companyName,jobTitle,emailAddresses,\
    businessPhones,mobilePhone,businessAddress,birthday,personalNotes,categories";
/// The day of birth as Outlook keeps it beside the instant.
const LOCAL_BIRTHDAY: &str = "SystemTime {00062004-0000-0000-c000-000000000046} Id 0x80de";

/// Who asks, and for what.
pub(crate) struct Door<'a> {
    pub(crate) server: &'a str,
    pub(crate) authority: &'a str,
    pub(crate) tenant: &'a str,
    pub(crate) client: (&'a str, &'a str),
    pub(crate) mailbox: &'a str,
    pub(crate) page: &'a str,
}

pub(crate) fn download(door: &Door<'_>) -> Outcome<Measured> {
    // The client wants one even where nothing is encrypted; another one that is there already is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = Client::builder()
        .http1_only()
        .tcp_nodelay(true)
        .tls_certs_only([])
        .build()?;
    let (began, cpu_before) = (Instant::now(), cpu());
    let token = token(&client, door)?;
    let send = |request: RequestBuilder| -> Outcome<Json> {
        let answer = request.bearer_auth(&token).send()?.error_for_status()?;
        Ok(serde_json::from_slice(&answer.bytes()?)?)
    };
    let server = Url::parse(door.server)?;
    let batch = server.join("/v1.0/$batch")?;
    let paging = format!("odata.maxpagesize={}", door.page);
    let first = ["contactFolders", "contacts", "contacts", "delta"];
    let select = [("$select", "changeKey,parentFolderId")];
    let mut next = address(&server, door.mailbox, &first, &select)?;
    let mut count = 0;
    loop {
        let request = client.get(next).header("Prefer", IMMUTABLE);
        let page = send(request.header("Prefer", &paging))?;
        let entries = page.get("value").and_then(Json::as_array);
        let ids: Vec<&str> = entries
            .into_iter()
            .flatten()
            .filter_map(|entry| entry.get("id")?.as_str())
            .collect();
        for ids in ids.chunks(PARTS) {
            let parts = ids
                .iter()
                .enumerate()
                .map(|(number, id)| part(&server, door.mailbox, number, id));
            let parts: Vec<Json> = parts.collect::<Outcome<_>>()?;
            let whole = client.post(batch.clone());
            let whole = whole.header("Content-Type", "application/json");
            let answer = send(whole.body(json!({ "requests": parts }).to_string()))?;
            let answers = answer.get("responses").and_then(Json::as_array);
            count += answers
                .into_iter()
                .flatten()
                .filter(|answer| answer.get("status").and_then(Json::as_u64) == Some(200))
                .count();
        }
        match page.get("@odata.nextLink").and_then(Json::as_str) {
            Some(link) => next = Url::parse(link)?,
            None => break,
        }
    }
    Ok(Measured {
        seconds: began.elapsed().as_secs_f64(),
        cpu: cpu() - cpu_before,
        count,
    })
}

fn token(client: &Client, door: &Door<'_>) -> Outcome<String> {
    let mut endpoint = Url::parse(door.authority)?;
    endpoint.set_path(&format!("{}/oauth2/v2.0/token", door.tenant));
    let scope = format!("{}/.default", door.server);
    let form = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("grant_type", "client_credentials")
        .append_pair("client_id", door.client.0)
        .append_pair("client_secret", door.client.1)
        .append_pair("scope", &scope)
        .finish();
    let request = client
        .post(endpoint)
        .header("Content-Type", "application/x-www-form-urlencoded")
        .body(form);
    let answer: Json = serde_json::from_slice(&request.send()?.error_for_status()?.bytes()?)?;
    let token = answer.get("access_token").and_then(Json::as_str);
    Ok(token.ok_or("no token")?.to_owned())
}

/// The GET of a contact.
fn part(server: &Url, mailbox: &str, number: usize, id: &str) -> Outcome<Json> {
    let expand = format!(
        "singleValueExtendedProperties($filter=id eq 'String {{{OWN_SET}}} Name {STAMP_NAME}' or id eq '{LOCAL_BIRTHDAY}')"
    );
    let query = [("$select", SELECT), ("$expand", expand.as_str())];
    let whole = address(server, mailbox, &["contacts", id], &query)?;
    let path = whole.path().trim_start_matches("/v1.0");
    Ok(json!({
        "id": number.to_string(),
        "method": "GET",
        "url": format!("{path}?{}", whole.query().unwrap_or_default()),
        "headers": { "Prefer": IMMUTABLE },
    }))
}

fn address(server: &Url, mailbox: &str, below: &[&str], query: &[(&str, &str)]) -> Outcome<Url> {
    let mut url = server.clone();
    url.path_segments_mut()
        .map_err(|()| "no server")?
        .clear()
        .extend(["v1.0", "users", mailbox])
        .extend(below);
    let pairs: Vec<String> = query
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    url.set_query(Some(&pairs.join("&")));
    Ok(url)
}
