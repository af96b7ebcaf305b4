//! The third door: Microsoft Graph below /v1.0/, over the same mailboxes as EWS and with the same history of changes
//! (Graph reference).

mod batch;
mod call;
mod contact_map;
mod contact_view;
mod contact_write;
mod contacts;
mod delta;
mod desk;
mod error;
mod extended;
mod folder_delta;
mod folders;
mod login;
pub mod modes;
mod options;
mod photo;
mod places;
mod reply;
mod route;
mod token;
mod translate;

use std::sync::PoisonError;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use hyper::Response;
use hyper::http::request::Parts;

use crate::faults::{Instead, Spoil};
use crate::options::User;
use crate::server::Shared;
use crate::server::answer::{Answer, Cut};
use crate::store::ids;
use call::Call;
use desk::Desk;
use error::GraphError;
use places::Places;
use reply::Reply;
use route::{Route, Target};

/// What all requests to Graph share.
#[derive(Debug)]
pub struct Graph {
    places: Places,
    instance: u64,
    requests: AtomicU64,
}

impl Graph {
    /// The Graph of one run.
    pub fn new(instance: u64) -> Self {
        Self {
            places: Places::default(),
            instance,
            requests: AtomicU64::new(1),
        }
    }

    /// A request-id that no other request has.
    fn request_id(&self) -> String {
        let number = self.requests.fetch_add(1, Ordering::Relaxed);
        ids::guid(self.instance.wrapping_add(number))
    }
}

/// Answers one HTTP request.
pub async fn serve(
    shared: &Shared,
    head: &Parts,
    body: &Bytes,
    secure: bool,
) -> Result<Response<Answer>, Cut> {
    let call = Call::of_request(head, body, secure, shared.graph.request_id());
    if let Some(instead) = shared.faults.offline() {
        shared.stats.count_refused();
        return in_place(instead)?.send(shared, &call, None, None);
    }
    let user = match login::check(&shared.authority, head) {
        Ok(user) => user,
        Err(error) => {
            shared.stats.count_unauthenticated();
            let lower = shared.modes.graph.now().lower_inner_error;
            let reply = error.reply(&call, lower);
            return reply.send(shared, &call, None, None);
        }
    };
    let route = Route::of(&call);
    let is_batch = call.path == ["$batch"] && call.method == "POST";
    let operation = match is_batch {
        true => "GraphBatch",
        false => route.operation,
    };
    shared.stats.count_request(operation);
    let record = shared.recorder.as_ref().map(|recorder| {
        let line = format!("{} {}", call.method, head.uri);
        let number = recorder.graph_request(operation, &line, body);
        (number, operation)
    });
    let done = match is_batch {
        true => whole_batch(shared, &user, &call).await?,
        false => single(shared, &user, &call, &route).await?,
    };
    done.reply.send(shared, &call, done.spoil, record)
}

async fn whole_batch(shared: &Shared, user: &User, call: &Call) -> Result<Done, Cut> {
    match planned(shared, "GraphBatch", call, "").await? {
        Planned::Instead(reply) => Ok(Done { reply, spoil: None }),
        Planned::Go(spoil) => {
            let done = batch::answer(shared, user, call).await?;
            Ok(Done {
                spoil: spoil.or(done.spoil),
                ..done
            })
        }
    }
}

async fn single(shared: &Shared, user: &User, call: &Call, route: &Route) -> Result<Done, Cut> {
    let mailbox = mailbox_of(user, route);
    let modes = shared.modes.graph.now();
    let _under_way = shared.stats.begin(&mailbox);
    let place = shared.graph.places.take(&mailbox, 1, modes.at_once);
    if place.number == 0 {
        shared.stats.count_refused();
        let reply = over_limit().reply(call, modes.lower_inner_error);
        return Ok(Done { reply, spoil: None });
    }
    carry_out(shared, user, call, route).await
}

/// What became of a request.
struct Done {
    reply: Reply,
    spoil: Option<Spoil>,
}

/// What the planted faults have for a request.
enum Planned {
    /// This answer.
    Instead(Reply),
    /// To be executed, and its answer spoiled.
    Go(Option<Spoil>),
}

async fn planned(
    shared: &Shared,
    operation: &str,
    call: &Call,
    mailbox: &str,
) -> Result<Planned, Cut> {
    if let Some(page) = shared.faults.punished(mailbox) {
        shared.stats.count_refused();
        return Ok(Planned::Instead(Reply::page(page)));
    }
    let plan = shared.faults.plan(operation, &call.text());
    if !plan.delay.is_zero() {
        tokio::time::sleep(plan.delay).await;
    }
    if let (Some(Instead::Page(page)), Some(length)) = (&plan.instead, plan.penalty) {
        shared.faults.punish(mailbox, length, page.clone());
    }
    match plan.instead {
        Some(instead) => Ok(Planned::Instead(in_place(instead)?)),
        None => Ok(Planned::Go(plan.spoil)),
    }
}

fn in_place(instead: Instead) -> Result<Reply, Cut> {
    match instead {
        Instead::Cut => Err(Cut),
        Instead::Page(page) => Ok(Reply::page(page)),
        // A fault of SOAP that was planted for requests of any kind.
        Instead::Fault(_) => Ok(Reply::empty(503)),
    }
}

/// Does a request, one of its own or a part.
async fn carry_out(shared: &Shared, user: &User, call: &Call, route: &Route) -> Result<Done, Cut> {
    let mailbox = mailbox_of(user, route);
    let spoil = match planned(shared, route.operation, call, &mailbox).await? {
        Planned::Instead(reply) => return Ok(Done { reply, spoil: None }),
        Planned::Go(spoil) => spoil,
    };
    let lower = shared.modes.graph.now().lower_inner_error;
    let reply = execute(shared, user, call, route);
    let mut reply = reply.unwrap_or_else(|error| error.reply(call, lower));
    if call.is_immutable() {
        reply = reply.with("Preference-Applied", "IdType=\"ImmutableId\"");
    }
    Ok(Done { reply, spoil })
}

/// The mailbox by which requests are counted and limited.
fn mailbox_of(user: &User, route: &Route) -> String {
    let named = route.user.as_deref().unwrap_or(&user.mailbox);
    named.to_lowercase()
}

/// More than the service has under way for one mailbox (Graph reference, section 11).
fn over_limit() -> GraphError {
    GraphError::new(
        429,
        "ApplicationThrottled",
        "Application is over its MailboxConcurrency limit.",
    )
    .with("Retry-After", "1")
}

fn execute(shared: &Shared, user: &User, call: &Call, route: &Route) -> Result<Reply, GraphError> {
    if route.target == Target::Unknown {
        let text = format!(
            "Resource not found for the segment '{}'.",
            call.path.join("/")
        );
        return Err(GraphError::option(text));
    }
    let modes = shared.modes.graph.now();
    let address = match &route.user {
        Some(address) => address.as_str(),
        None if user.mailbox.is_empty() => {
            return Err(GraphError::option(
                "/me request is only valid with delegated authentication flow.",
            ));
        }
        None => user.mailbox.as_str(),
    };
    let mailbox = mailbox(shared, address)?;
    if modes
        .denied
        .iter()
        .any(|one| one.eq_ignore_ascii_case(address))
    {
        let text = "Access to OData is disabled.";
        return Err(GraphError::new(403, "ErrorAccessDenied", text));
    }
    let desk = Desk {
        shared,
        call,
        user: &user.name,
        mailbox,
        modes,
    };
    match (&route.target, call.method.as_str()) {
        (Target::Folders(parent), "GET") => folders::list(&desk, parent.as_deref()),
        (Target::Folders(parent), "POST") => folders::create(&desk, parent.as_deref()),
        (Target::FolderDelta, "GET") => folder_delta::page(&desk),
        (Target::Folder(id), "GET") => folders::get(&desk, id),
        (Target::Folder(id), "PATCH") => folders::update(&desk, id),
        (Target::Folder(id), "DELETE") => folders::delete(&desk, id),
        (Target::Contacts(folder), "GET") => contacts::list(&desk, folder.as_deref()),
        (Target::Contacts(folder), "POST") => contacts::create(&desk, folder.as_deref()),
        (Target::Delta(folder), "GET") => delta::page(&desk, folder.as_deref()),
        (Target::Contact(place), "GET") => contacts::get(&desk, place),
        (Target::Contact(place), "PATCH") => contacts::update(&desk, place),
        (Target::Contact(place), "DELETE") => contacts::delete(&desk, place, "MoveToDeletedItems"),
        (Target::PermanentDelete(place), "POST") => contacts::delete(&desk, place, "HardDelete"),
        (Target::Photo(place), "GET") => photo::metadata(&desk, place),
        (Target::Photo(place), "DELETE") => photo::delete(&desk, place, "photo"),
        (Target::PhotoValue(place), "GET") => photo::get(&desk, place),
        (Target::PhotoValue(place), "PUT" | "PATCH") => photo::put(&desk, place),
        (Target::PhotoValue(place), "DELETE") => photo::delete(&desk, place, "value"),
        (Target::TranslateIds, "POST") => translate::execute(&desk),
        _ => Err(GraphError::verb()),
    }
}

/// The mailbox of an address or of an object's id.
fn mailbox(shared: &Shared, address: &str) -> Result<usize, GraphError> {
    let store = shared.store.read().unwrap_or_else(PoisonError::into_inner);
    let by_guid = || {
        store
            .mailboxes
            .iter()
            .position(|mailbox| mailbox.guid.eq_ignore_ascii_case(address))
    };
    store.mailbox(address).or_else(by_guid).ok_or_else(|| {
        let text = format!(
            "Resource '{address}' does not exist or one of its queried reference-property objects are not present."
        );
        GraphError::new(404, "Request_ResourceNotFound", text)
    })
}
