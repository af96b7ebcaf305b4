//! Counters that the side door shows.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::{Value, json};

/// Counters since the start or the last reset.
#[derive(Debug, Default)]
pub struct Stats {
    requests: Mutex<BTreeMap<String, u64>>,
    parts: Mutex<BTreeMap<String, u64>>,
    connections: AtomicU64,
    refused: AtomicU64,
    unauthenticated: AtomicU64,
    unanchored: AtomicU64,
    under_way: Mutex<UnderWay>,
    challenges: AtomicU64,
    early_bodies: AtomicU64,
    logins: AtomicU64,
    tls_full: AtomicU64,
    tls_resumed: AtomicU64,
    /// Items and folders that EWS requests created, changed, moved, copied or deleted.
    pub writes: AtomicU64,
}

/// Requests that are being answered.
#[derive(Debug, Default)]
struct UnderWay {
    now: BTreeMap<String, u64>,
    most: BTreeMap<String, u64>,
}

/// A request that is being answered, until it is dropped.
#[derive(Debug)]
pub struct Request<'a> {
    stats: &'a Stats,
    mailbox: String,
}

impl Drop for Request<'_> {
    fn drop(&mut self) {
        let mut under_way = self.stats.under_way();
        if let Some(now) = under_way.now.get_mut(&self.mailbox) {
            *now = now.saturating_sub(1);
        }
    }
}

impl Stats {
    fn under_way(&self) -> MutexGuard<'_, UnderWay> {
        self.under_way
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts a request to a mailbox for as long as it is being answered.
    pub fn begin(&self, mailbox: &str) -> Request<'_> {
        let mailbox = mailbox.to_lowercase();
        let mut guard = self.under_way();
        let under_way = &mut *guard;
        let now = under_way.now.entry(mailbox.clone()).or_default();
        *now += 1;
        let most = under_way.most.entry(mailbox.clone()).or_default();
        *most = (*most).max(*now);
        Request {
            stats: self,
            mailbox,
        }
    }

    /// Counts a request of an operation.
    pub fn count_request(&self, operation: &str) {
        count(&self.requests, operation);
    }

    /// Counts a part of a batch of Graph, which is no request of its own.
    pub fn count_part(&self, operation: &str) {
        count(&self.parts, operation);
    }

    /// Counts a connection with its first EWS request.
    pub fn count_connection(&self) {
        self.connections.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts a request that was turned away: offline, or during a penalty.
    pub fn count_refused(&self) {
        self.refused.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts a request without good credentials.
    pub fn count_unauthenticated(&self) {
        self.unauthenticated.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts a challenge, and whether the request for it carried a body in vain.
    pub fn count_challenge(&self, has_body: bool) {
        self.challenges.fetch_add(1, Ordering::Relaxed);
        let early = u64::from(has_body);
        self.early_bodies.fetch_add(early, Ordering::Relaxed);
    }

    /// Counts a connection that was let in.
    pub fn count_login(&self) {
        self.logins.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts a TLS handshake.
    pub fn count_tls(&self, resumed: bool) {
        match resumed {
            true => self.tls_resumed.fetch_add(1, Ordering::Relaxed),
            false => self.tls_full.fetch_add(1, Ordering::Relaxed),
        };
    }

    /// Counts an impersonating request whose X-AnchorMailbox is not the mailbox it acts as
    /// (EWS reference, section 1.1).
    pub fn count_unanchored(&self) {
        self.unanchored.fetch_add(1, Ordering::Relaxed);
    }

    /// All counters.
    pub fn show(&self) -> Value {
        let requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        json!({
            "requests": *requests,
            "parts": *self.parts.lock().unwrap_or_else(PoisonError::into_inner),
            "total": requests.values().sum::<u64>(),
            "connections": self.connections.load(Ordering::Relaxed),
            "writes": self.writes.load(Ordering::Relaxed),
            "refused": self.refused.load(Ordering::Relaxed),
            "unauthenticated": self.unauthenticated.load(Ordering::Relaxed),
            "challenges": self.challenges.load(Ordering::Relaxed),
            "earlyBodies": self.early_bodies.load(Ordering::Relaxed),
            "logins": self.logins.load(Ordering::Relaxed),
            "tlsFull": self.tls_full.load(Ordering::Relaxed),
            "tlsResumed": self.tls_resumed.load(Ordering::Relaxed),
            "unanchored": self.unanchored.load(Ordering::Relaxed),
            "atOnce": self.under_way().most,
        })
    }

    /// Sets all counters to 0.
    pub fn reset(&self) {
        let mut under_way = self.under_way();
        under_way.most = under_way.now.clone();
        drop(under_way);
        for counted in [&self.requests, &self.parts] {
            counted
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .clear();
        }
        for counter in [
            &self.connections,
            &self.refused,
            &self.unauthenticated,
            &self.unanchored,
            &self.writes,
            &self.challenges,
            &self.early_bodies,
            &self.logins,
            &self.tls_full,
            &self.tls_resumed,
        ] {
            counter.store(0, Ordering::Relaxed);
        }
    }
}

fn count(counted: &Mutex<BTreeMap<String, u64>>, operation: &str) {
    let mut counted = counted.lock().unwrap_or_else(PoisonError::into_inner);
    match counted.get_mut(operation) {
        Some(count) => *count += 1,
        None => {
            counted.insert(operation.to_owned(), 1);
        }
    }
}
