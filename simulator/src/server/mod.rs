//! HTTP: accepting connections and sending requests to the two doors.

pub mod answer;
mod autodiscover;
pub mod connection;
mod exchange;
mod login;
pub mod oauth;
pub mod record;
pub mod stats;
mod tls;

use std::io::Write as _;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::{Arc, RwLock};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http_body_util::{BodyExt as _, Limited};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::sync::{Notify, watch};

use crate::autodiscover::{Autodiscover, form_of};
use crate::clock;
use crate::faults::Faults;
use crate::graph::{self, Graph};
use crate::modes::Modes;
use crate::options::{ExtendedProtection, Options, Schemes, User};
use crate::side_door;
use crate::store::Store;
use answer::{Answer, Cut};
use connection::Connection;
use oauth::Authority;
use record::Recorder;
use stats::Stats;
use tls::Tls;

/// Largest request that is read; servers ship with this limit (EWS reference, section 6.3).
const BODY_LIMIT: usize = 64 << 20;

/// How long it may take until connections are closed.
const HANG_UP: Duration = Duration::from_secs(1);

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
    /// What Graph requests share.
    pub graph: Graph,
    /// Counters.
    pub stats: Stats,
    /// Raised by the side door to end the server.
    pub shutdown: Notify,
    /// Raised by the side door: connections are closed as soon as nothing is under way on them.
    pub hang_up: Notify,
    /// How many connections there are.
    conversations: watch::Sender<usize>,
    /// Who issues tokens.
    pub authority: Authority,
    users: Vec<User>,
    schemes: Schemes,
    protection: ExtendedProtection,
    /// Keeps traffic in files.
    pub recorder: Option<Recorder>,
    /// Whether answers may be compressed.
    pub gzip: bool,
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
        graph: Graph::new(instance),
        stats: Stats::default(),
        shutdown: Notify::new(),
        hang_up: Notify::new(),
        conversations: watch::Sender::new(0),
        authority: Authority::new(options.tenant, options.clients),
        users: options.users,
        schemes: options.schemes,
        protection: options.protection,
        recorder: options.record.map(Recorder::new).transpose()?,
        gzip: options.gzip,
    });
    let listener = TcpListener::bind(options.address).await?;
    let secure = match &options.certificate {
        Some(certificate) => {
            let address = SocketAddr::new(options.address.ip(), 0);
            Some((TcpListener::bind(address).await?, Tls::new(certificate)?))
        }
        None => None,
    };
    announce("http", &listener)?;
    if let Some((listener, _)) = &secure {
        announce("https", listener)?;
    }
    let by_tls = async {
        match &secure {
            Some((listener, tls)) => listen(&shared, listener, Some(tls)).await,
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        () = listen(&shared, &listener, None) => {}
        () = by_tls => {}
        () = shared.shutdown.notified() => {}
    }
    Ok(())
}

fn announce(scheme: &str, listener: &TcpListener) -> std::io::Result<()> {
    let mut stdout = std::io::stdout();
    let address = listener.local_addr()?;
    writeln!(
        stdout,
        "listening on {scheme}://{address}/EWS/Exchange.asmx"
    )?;
    stdout.flush()
}

/// Takes connections until the end.
async fn listen(shared: &Arc<Shared>, listener: &TcpListener, tls: Option<&Tls>) {
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            continue;
        };
        let _ = stream.set_nodelay(true);
        let (shared, tls) = (Arc::clone(shared), tls.cloned());
        tokio::spawn(async move {
            match tls {
                None => converse(&shared, stream, false).await,
                // A client that does not trust us goes away in the handshake.
                Some(tls) => {
                    if let Ok(stream) = tls.accept(stream, &shared.stats).await {
                        converse(&shared, stream, true).await;
                    }
                }
            }
        });
    }
}

/// All requests of a connection.
async fn converse<S: AsyncRead + AsyncWrite + Unpin>(shared: &Shared, stream: S, secure: bool) {
    shared.conversations.send_modify(|count| *count += 1);
    let _end = Ending(shared);
    let connection = Connection::default();
    let service = service_fn(|request| serve(shared, &connection, request, secure));
    let requests =
        hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service);
    let mut requests = pin!(requests);
    let hang_up = shared.hang_up.notified();
    // An error here is a connection that was cut, often on purpose.
    let hung_up = tokio::select! {
        _ = requests.as_mut() => false,
        () = hang_up => true,
    };
    if hung_up {
        requests.as_mut().graceful_shutdown();
        let _ = requests.await;
    }
}

/// A conversation that is over when this goes, however it ends.
struct Ending<'a>(&'a Shared);

impl Drop for Ending<'_> {
    fn drop(&mut self) {
        let conversations = &self.0.conversations;
        conversations.send_modify(|count| *count = count.saturating_sub(1));
    }
}

/// Waits until all connections but the one that asks are closed; those on which something hangs are not waited for.
async fn hung_up(shared: &Shared) {
    let mut conversations = shared.conversations.subscribe();
    let closed = conversations.wait_for(|count| *count <= 1);
    let _ = tokio::time::timeout(HANG_UP, closed).await;
}

async fn serve(
    shared: &Shared,
    connection: &Connection,
    request: Request<Incoming>,
    secure: bool,
) -> Result<Response<Answer>, Cut> {
    let (head, body) = request.into_parts();
    let Ok(body) = Limited::new(body, BODY_LIMIT).collect().await else {
        return answer::plain(413, "text/plain", "the request is too large");
    };
    let body = body.to_bytes();
    let path = head.uri.path();
    if path.starts_with("/_sim/") {
        let answer = side_door::serve(shared, &head.method, &head.uri, &body);
        if path == "/_sim/hang-up" {
            hung_up(shared).await;
        }
        return answer;
    }
    if let Some(answer) = shared.authority.serve(&head, &body) {
        return answer;
    }
    if connection.is_fresh() {
        shared.stats.count_connection();
    }
    if path.eq_ignore_ascii_case("/ews/exchange.asmx") {
        let mut answer = exchange::serve(shared, connection, &head, &body).await?;
        if let Ok(date) = clock::http_date().parse() {
            answer.headers_mut().insert(hyper::header::DATE, date);
        }
        return Ok(answer);
    }
    if path.starts_with("/v1.0/") {
        let mut answer = graph::serve(shared, &head, &body, secure).await?;
        if let Ok(date) = clock::http_date().parse() {
            answer.headers_mut().insert(hyper::header::DATE, date);
        }
        return Ok(answer);
    }
    if let Some(form) = form_of(&head.method, path) {
        return autodiscover::serve(shared, connection, form, &head, &body).await;
    }
    answer::plain(
        404,
        "text/html",
        "<html><body>404 - File or directory not found.</body></html>",
    )
}
