//! The tickets of this process, shared by all its sessions of the same account. A ticket is as good in a forked child.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use super::Ticket;

/// How long a ticket is used. Domains give ten hours; one that is over sooner is refused by the server, and replaced then.
const KEPT: Duration = Duration::from_secs(3600);

/// How many a process remembers.
const MOST: usize = 64;

struct Kept {
    identity: [u8; 32],
    ticket: Ticket,
    until: Instant,
}

static TICKETS: Mutex<Vec<Kept>> = Mutex::new(Vec::new());

/// The ticket of an account for a service. A lock that is not to be had means that there is none.
pub(super) fn find(identity: [u8; 32]) -> Option<Ticket> {
    let tickets = TICKETS.try_lock().ok()?;
    let found = tickets.iter().find(|kept| kept.identity == identity)?;
    (found.until > Instant::now()).then(|| found.ticket.clone())
}

/// Keeps a ticket in place of an older one.
pub(super) fn keep(identity: [u8; 32], ticket: Ticket) {
    let Some(until) = Instant::now().checked_add(KEPT) else {
        return;
    };
    forget(identity);
    if let Ok(mut tickets) = TICKETS.try_lock() {
        if tickets.len() >= MOST {
            tickets.remove(0);
        }
        tickets.push(Kept {
            identity,
            ticket,
            until,
        });
    }
}

/// Drops a ticket.
pub(super) fn forget(identity: [u8; 32]) {
    if let Ok(mut tickets) = TICKETS.try_lock() {
        tickets.retain(|kept| kept.identity != identity);
    }
}
