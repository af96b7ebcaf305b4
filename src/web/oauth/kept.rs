//! The tokens of this process, shared by all its sessions with the same identity.
//!
//! A token is as good in a forked child. Locks are held for a moment only, and a lock that is not to be had, as one that another
//! thread held at a fork, means that nothing is kept.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use super::lifetime::early;
use crate::web::Secret;

/// How many identities a process remembers.
const MOST: usize = 64;

/// A token that may be used.
#[derive(Clone)]
pub(super) struct Kept {
    identity: [u8; 32],
    pub(super) token: Secret,
    /// When it is given up.
    until: Instant,
    /// When it ends.
    end: Instant,
}

impl Kept {
    /// A token with what is left of its lifetime from a moment on; `None` when it is to be renewed already.
    pub(super) fn new(
        identity: [u8; 32],
        token: Secret,
        (since, left): (Instant, Duration),
        lifetime: Duration,
    ) -> Option<Self> {
        let usable = left.checked_sub(early(lifetime, std::process::id()))?;
        let until = since.checked_add(usable)?;
        let end = since.checked_add(left)?;
        (until > Instant::now()).then_some(Self {
            identity,
            token,
            until,
            end,
        })
    }
}

static TOKENS: Mutex<Vec<Kept>> = Mutex::new(Vec::new());

/// The token of an identity that is still good and not the one that was refused.
pub(super) fn find(identity: [u8; 32], refused: Option<&Secret>) -> Option<Secret> {
    let tokens = TOKENS.try_lock().ok()?;
    let found = tokens.iter().find(|kept| kept.identity == identity)?;
    let good = found.until > Instant::now() && Some(&found.token) != refused;
    good.then(|| found.token.clone())
}

/// The token of an identity that should be renewed and has not ended yet, for when no other is to be had.
pub(super) fn last(identity: [u8; 32], refused: Option<&Secret>) -> Option<Secret> {
    let tokens = TOKENS.try_lock().ok()?;
    let found = tokens.iter().find(|kept| kept.identity == identity)?;
    let good = found.end > Instant::now() && Some(&found.token) != refused;
    good.then(|| found.token.clone())
}

/// Forgets a token that was refused, if it is still the one that is kept.
pub(super) fn forget(identity: [u8; 32], refused: &Secret) {
    if let Ok(mut tokens) = TOKENS.try_lock() {
        tokens.retain(|kept| kept.identity != identity || kept.token != *refused);
    }
}

/// Keeps a token in place of an older one of its identity.
pub(super) fn keep(kept: Kept) {
    let Ok(mut tokens) = TOKENS.try_lock() else {
        return;
    };
    tokens.retain(|other| other.identity != kept.identity);
    if tokens.len() >= MOST {
        tokens.remove(0);
    }
    tokens.push(kept);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_found_by_its_identity_until_it_is_given_up_or_refused() {
        let (mine, other) = ([71; 32], [72; 32]);
        let kept = |token: &str, seconds| {
            let time = Duration::from_secs(seconds);
            Kept::new(mine, Secret::new(token), (Instant::now(), time), time)
        };
        assert!(find(mine, None).is_none());
        keep(kept("one", 3600).unwrap());
        assert_eq!(find(mine, None), Some(Secret::new("one")));
        assert_eq!(find(mine, Some(&Secret::new("one"))), None);
        assert_eq!(find(other, None), None);
        keep(kept("two", 3600).unwrap());
        assert_eq!(
            find(mine, Some(&Secret::new("one"))),
            Some(Secret::new("two"))
        );
        forget(mine, &Secret::new("one"));
        assert_eq!(find(mine, None), Some(Secret::new("two")));
        forget(mine, &Secret::new("two"));
        assert_eq!(find(mine, None), None);
        assert!(kept("three", 0).is_none());
        // Time to renew it; until it ends it is better than none.
        let mut late = kept("late", 3600).unwrap();
        late.until = Instant::now();
        keep(late);
        assert_eq!(find(mine, None), None);
        assert_eq!(last(mine, None), Some(Secret::new("late")));
        assert_eq!(last(mine, Some(&Secret::new("late"))), None);
        // Of an hour too little is left.
        let hour = Duration::from_secs(3600);
        let left = (Instant::now(), Duration::from_secs(100));
        assert!(Kept::new(mine, Secret::new("old"), left, hour).is_none());
    }
}
