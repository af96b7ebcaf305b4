//! HTTP: accepting connections and sending requests to the two doors.

pub mod answer;
mod autodiscover;
mod exchange;
mod login;
mod record;
pub mod stats;

use std::io::Write as _;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, RwLock};
use std::time::{SystemTime, UNIX_EPOCH};

use http_body_util::{BodyExt as _, Limited};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::sync::Notify;

use crate::autodiscover::{Autodiscover, form_of};
use crate::clock;
use crate::faults::Faults;
use crate::modes::Modes;
use crate::options::{Options, User};
use crate::side_door;
use crate::store::Store;
use answer::{Answer, Cut};
use record::Recorder;
use stats::Stats;

/// Largest request that is read; servers ship with this limit (EWS reference, section 6.3).
const BODY_LIMIT: usize = 64 << 20;

/// All that requests share.
pub struct Shared {
    /// Mailboxes, folders and items.
    pub store: RwLock<Store>,
    /// Planted faults.
    pub faults: Faults,
    /// Modes that are on.
    pub modes: Modes,
    /// What Autodiscover answers.
    pub autodiscover: Autodiscover,
    /// Counters.
    pub stats: Stats,
    /// Raised by the side door to end the server.
    pub shutdown: Notify,
    users: Vec<User>,
    recorder: Option<Recorder>,
    gzip: bool,
}

/// Listens until the side door says shutdown.
pub async fn run(options: Options) -> std::io::Result<()> {
    let instance = SystemTime::now().duration_since(UNIX_EPOCH).map_or(1, |d| {
        d.as_secs().rotate_left(30)
            ^ u64::from(d.subsec_nanos())
            ^ u64::from(std::process::id()).rotate_left(50)
    });
    let shared = Arc::new(Shared {
        store: RwLock::new(Store::new(&options.mailboxes, instance)),
        faults: Faults::default(),
        modes: Modes::new(instance),
        autodiscover: Autodiscover::default(),
        stats: Stats::default(),
        shutdown: Notify::new(),
        users: options.users,
        recorder: options.record.map(Recorder::new).transpose()?,
        gzip: options.gzip,
    });
    let listener = TcpListener::bind(options.address).await?;
    let mut stdout = std::io::stdout();
    writeln!(
        stdout,
        "listening on http://{}/EWS/Exchange.asmx",
        listener.local_addr()?
    )?;
    stdout.flush()?;
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = shared.shutdown.notified() => return Ok(()),
        };
        let Ok((stream, _)) = accepted else { continue };
        let _ = stream.set_nodelay(true);
        let shared = Arc::clone(&shared);
        tokio::spawn(async move {
            let fresh = AtomicBool::new(true);
            let service = service_fn(|request| serve(&shared, &fresh, request));
            // An error here is a connection that was cut, often on purpose.
            let _ = hyper::server::conn::http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
    }
}

async fn serve(
    shared: &Shared,
    fresh: &AtomicBool,
    request: Request<Incoming>,
) -> Result<Response<Answer>, Cut> {
    let (head, body) = request.into_parts();
    let Ok(body) = Limited::new(body, BODY_LIMIT).collect().await else {
        return answer::plain(413, "text/plain", "the request is too large");
    };
    let body = body.to_bytes();
    let path = head.uri.path();
    if path.starts_with("/_sim/") {
        return side_door::serve(shared, &head.method, &head.uri, &body);
    }
    if fresh.swap(false, Ordering::Relaxed) {
        shared.stats.count_connection();
    }
    if path.eq_ignore_ascii_case("/ews/exchange.asmx") {
        let mut answer = exchange::serve(shared, &head, &body).await?;
        if let Ok(date) = clock::http_date().parse() {
            answer.headers_mut().insert(hyper::header::DATE, date);
        }
        return Ok(answer);
    }
    if let Some(form) = form_of(&head.method, path) {
        return autodiscover::serve(shared, form, &head, &body).await;
    }
    answer::plain(
        404,
        "text/html",
        "<html><body>404 - File or directory not found.</body></html>",
    )
}
