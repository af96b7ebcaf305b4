//! Several requests in one (Graph reference, section 10).

use std::collections::{BTreeMap, HashMap, HashSet};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE, URL_SAFE_NO_PAD};
use bytes::Bytes;
use serde_json::{Value as Json, json};

use super::call::Call;
use super::error::GraphError;
use super::reply::Reply;
use super::route::Route;
use super::{Done, carry_out, mailbox_of, over_limit};
use crate::faults::Spoil;
use crate::options::User;
use crate::server::Shared;
use crate::server::answer::Cut;
use crate::store::ids::mix;

/// Parts at most.
const MOST: usize = 20;
/// Parts of a batch that the service has under way for one mailbox.
const AT_ONCE: u64 = 4;

struct Part {
    id: String,
    call: Call,
    depends_on: Vec<String>,
    /// What is wrong with it.
    refused: Option<GraphError>,
}

/// Answers a batch: 200 whatever became of its parts.
pub async fn answer(shared: &Shared, user: &User, call: &Call) -> Result<Done, Cut> {
    let lower = shared.modes.graph.now().lower_inner_error;
    let parts = match read(shared, call) {
        Ok(parts) => parts,
        Err(error) => {
            let reply = error.reply(call, lower);
            return Ok(Done { reply, spoil: None });
        }
    };
    let mut wanted: BTreeMap<String, u64> = BTreeMap::new();
    for part in &parts {
        *wanted
            .entry(mailbox_of(user, &Route::of(&part.call)))
            .or_default() += 1;
    }
    let limit = shared.modes.graph.now().at_once;
    let _under_way: Vec<_> = wanted.keys().map(|m| shared.stats.begin(m)).collect();
    let places: Vec<_> = wanted
        .iter()
        .map(|(mailbox, parts)| {
            let places = shared
                .graph
                .places
                .take(mailbox, AT_ONCE.min(*parts), limit);
            let missing = AT_ONCE.min(*parts).saturating_sub(places.number);
            (mailbox.clone(), missing, places)
        })
        .collect();
    let mut missing: HashMap<String, u64> = places
        .iter()
        .map(|(mailbox, missing, _)| (mailbox.clone(), *missing))
        .collect();

    let (mut answers, mut failed, mut spoil) = (Vec::new(), HashSet::new(), None);
    for part in parts {
        let Part {
            id,
            call,
            depends_on,
            refused,
        } = part;
        let route = Route::of(&call);
        shared.stats.count_part(route.operation);
        let no_place = missing.get_mut(&mailbox_of(user, &route));
        let no_place = no_place
            .filter(|missing| **missing > 0)
            .map(|missing| *missing -= 1);
        let reply = if let Some(error) = refused {
            error.reply(&call, lower)
        } else if depends_on.iter().any(|wanted| failed.contains(wanted)) {
            let text = "A part that this one depends on has failed.";
            GraphError::new(424, "FailedDependency", text).reply(&call, lower)
        } else if no_place.is_some() {
            over_limit().reply(&call, lower)
        } else {
            let done = carry_out(shared, user, &call, &route).await?;
            spoil = worse(spoil, done.spoil);
            done.reply
        };
        if reply.status >= 400 {
            failed.insert(id.clone());
        }
        answers.push(reply.part(&id));
    }
    shuffle(&mut answers);
    let reply = Reply::json(200, json!({ "responses": answers }));
    Ok(Done { reply, spoil })
}

/// A lost answer of a part is one of the whole.
fn worse(before: Option<Spoil>, now: Option<Spoil>) -> Option<Spoil> {
    match (before, now) {
        (Some(Spoil::Cut), _) | (_, None) => before,
        (_, now) => now,
    }
}

fn read(shared: &Shared, call: &Call) -> Result<Vec<Part>, GraphError> {
    let sent = call.object()?;
    let requests = sent.get("requests").and_then(Json::as_array);
    let requests = requests.ok_or_else(|| GraphError::option("requests is missing."))?;
    if requests.is_empty() || requests.len() > MOST {
        return Err(GraphError::option(
            "The number of batch request steps is not between 1 and the maximum of 20.",
        ));
    }
    let mut known = HashSet::new();
    let mut parts = Vec::new();
    for request in requests {
        let part = part(shared, call, request)?;
        // A part may depend on those before it only, so that there are no circles.
        if !part.depends_on.iter().all(|wanted| known.contains(wanted)) {
            return Err(GraphError::option("dependsOn names no part before this."));
        }
        if !known.insert(part.id.clone()) {
            return Err(GraphError::option("The id of a part is not unique."));
        }
        parts.push(part);
    }
    Ok(parts)
}

fn part(shared: &Shared, whole: &Call, request: &Json) -> Result<Part, GraphError> {
    let text = |name: &str| {
        request
            .get(name)
            .and_then(Json::as_str)
            .filter(|text| !text.is_empty())
            .ok_or_else(|| GraphError::option(format!("A part has no {name}.")))
    };
    let (id, method, url) = (text("id")?, text("method")?, text("url")?);
    let headers: Vec<(String, String)> = request
        .get("headers")
        .and_then(Json::as_object)
        .into_iter()
        .flatten()
        .filter_map(|(name, value)| Some((name.to_ascii_lowercase(), value.as_str()?.to_owned())))
        .collect();
    let kind = headers.iter().find(|(name, _)| name == "content-type");
    let kind = kind.map(|(_, value)| value.to_ascii_lowercase());
    let (body, mut refused) = match body(request.get("body"), kind.as_deref()) {
        Ok(body) => (body, None),
        Err(error) => (Bytes::new(), Some(error)),
    };
    // The documents want urls that are relative to the version; Microsoft's client for Python writes whole ones.
    let own = format!("{}/v1.0/", whole.origin);
    let url = url.strip_prefix(own.as_str()).unwrap_or(url);
    if url.contains("://") || url.trim_start_matches('/').starts_with("$batch") {
        refused = Some(GraphError::option(
            "The url of a part is relative and no batch.",
        ));
    }
    let names = request.get("dependsOn").and_then(Json::as_array);
    let depends_on = names
        .into_iter()
        .flatten()
        .filter_map(|name| name.as_str().map(str::to_owned))
        .collect();
    let request_id = shared.graph.request_id();
    let origin = whole.origin.clone();
    Ok(Part {
        id: id.to_owned(),
        call: Call::new(method, url, headers, body, origin, request_id),
        depends_on,
        refused,
    })
}

/// JSON as it is; of anything else the text is base64, of either alphabet.
fn body(sent: Option<&Json>, kind: Option<&str>) -> Result<Bytes, GraphError> {
    let Some(sent) = sent.filter(|sent| !sent.is_null()) else {
        return Ok(Bytes::new());
    };
    let Some(kind) = kind else {
        return Err(GraphError::option(
            "A part with a body has no Content-Type.",
        ));
    };
    if kind.starts_with("application/json") {
        return Ok(sent.to_string().into());
    }
    let text = sent.as_str().unwrap_or_default();
    let decoded = STANDARD
        .decode(text)
        .or_else(|_| URL_SAFE.decode(text))
        .or_else(|_| URL_SAFE_NO_PAD.decode(text));
    decoded
        .map(Bytes::from)
        .map_err(|_| GraphError::option("The body of a part is not base64."))
}

/// Answers come in any order; here in one that is never that of the requests, and the same each time.
fn shuffle(answers: &mut [Json]) {
    let mut state = answers.len() as u64;
    for last in (1..answers.len()).rev() {
        // Never itself, so that every answer leaves its place (Sattolo).
        let other = usize::try_from(mix(&mut state) % last as u64).unwrap_or(0);
        answers.swap(last, other);
    }
}
