//! Turns: so many processes send requests to a mailbox at the same time as its configuration says.
//!
//! A turn is one of some named locks that belong to the mailbox, whatever pair or database sends. Pulls begin at one end of them and
//! deliveries at the other, so that a delivery does not wait for a lock that a long pull has.

use super::config::MySqlConfig;
use super::connection::Connection;
use super::failure::Failure;
use super::lease::short;
use crate::sync::ports::Errand;

/// How the names of these locks begin.
pub(super) const PREFIX: &str = "ecs-turn:";

/// The locks of a mailbox.
#[derive(Debug)]
pub(super) struct Turns(Vec<String>);

impl Turns {
    /// Those of the mailbox of a pair.
    pub(super) fn of(config: &MySqlConfig) -> Self {
        let mailbox = format!("{}\0{}", config.server, config.mailbox);
        Self(
            (1..=config.concurrency.max(1))
                .map(|place| short(PREFIX, &format!("{mailbox}\0{place}")))
                .collect(),
        )
    }

    /// All their names.
    pub(super) fn names(&self) -> &[String] {
        &self.0
    }

    /// The locks in the order in which they are tried, each with the seconds that it is waited for.
    pub(super) fn tried_for(&self, errand: Errand) -> Vec<(&String, u32)> {
        let locks = self.0.iter().map(|lock| (lock, 0));
        match errand {
            Errand::Pull => locks.collect(),
            Errand::Push => locks.rev().collect(),
        }
    }

    /// Takes one of them, if need be after a wait of at most a second; the server lets those who wait for the same one take it in the
    /// order in which they came.
    ///
    /// # Errors
    /// When the database fails.
    pub(super) fn wait(&self, db: &mut Connection, errand: Errand) -> Result<bool, Failure> {
        db.connect()?;
        let mut tried = self.tried_for(errand);
        let place = match errand {
            Errand::Pull => 0,
            // Each waits for another one, but not for the one that a pull begins with.
            Errand::Push => std::process::id() as usize % tried.len().saturating_sub(1).max(1),
        };
        if let Some((lock, _)) = tried.get(place) {
            tried.push((*lock, 1));
        }
        db.lock_with_any(&[], &tried).map(|(_, turn)| turn)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn turns(server: &str, mailbox: &str, concurrency: u32) -> Turns {
        let mut config = MySqlConfig::new("mysql://app@localhost/crm");
        config.server = server.to_owned();
        config.mailbox = mailbox.to_owned();
        config.concurrency = concurrency;
        Turns::of(&config)
    }

    #[test]
    fn the_locks_are_the_mailboxs_and_tried_from_both_ends() {
        let three = turns("mail", "sales@example.com", 3);
        assert_eq!(three.names().len(), 3);
        assert!(three.names().iter().all(|name| name.len() <= 64));
        let first = |errand| three.tried_for(errand)[0].0.clone();
        assert_eq!(first(Errand::Pull), three.names()[0]);
        assert_eq!(first(Errand::Push), three.names()[2]);
        let two = turns("mail", "sales@example.com", 2);
        assert_eq!(two.names(), &three.names()[..2], "whatever others permit");
        for other in [
            turns("mail", "office@example.com", 2),
            turns("mail2", "sales@example.com", 2),
        ] {
            assert!(!other.names().iter().any(|name| two.names().contains(name)));
        }
    }
}
