//! Turns on a mailbox: named locks of which a process needs one, whatever pair and database it works for.

use exchange_contact_sync::mysql::MySqlStore;
use exchange_contact_sync::sync::ports::{Errand, Lease, Store};

use crate::support::{CONTACTS, Rig, key};

const PUSH: Lease = Lease::Turn(Errand::Push);
const PULL: Lease = Lease::Turn(Errand::Pull);

/// A mailbox of its own, since these locks are the whole server's.
fn store(rig: &Rig, concurrency: u32) -> MySqlStore {
    let mut config = rig.config();
    config.mailbox.clone_from(&rig.database);
    config.concurrency = concurrency;
    rig.store_with(config)
}

/// R20, semantics 47: a turn comes with the lease of a row in one question, there are as many as configured, and they are given back.
#[test]
fn as_many_have_a_turn_as_the_configuration_says() {
    let Some(rig) = Rig::new(CONTACTS) else {
        return;
    };
    let mut stores = [store(&rig, 2), store(&rig, 2), store(&rig, 2)];
    let [first, second, third] = &mut stores;
    let row = |text: &str| Lease::Row(key(text));
    first.pair().unwrap();
    let before = first.statements();
    assert_eq!(first.lease(&[row("1"), PUSH]).unwrap(), [true, true]);
    assert_eq!(first.statements(), before + 1);
    assert_eq!(first.lease(&[PUSH]).unwrap(), [true], "already ours");
    assert_eq!(
        second.lease(&[row("2"), row("1"), PUSH]).unwrap(),
        [true, false, true]
    );
    assert_eq!(third.lease(&[row("3"), PUSH]).unwrap(), [true, false]);
    assert_eq!(third.lease(&[PULL]).unwrap(), [false]);
    assert!(!third.await_turn(Errand::Pull).unwrap(), "a second is over");
    let before = first.statements();
    first.release(&[row("1"), PUSH]).unwrap();
    assert_eq!(first.statements(), before + 1);
    assert_eq!(third.lease(&[PULL]).unwrap(), [true]);
    assert_eq!(first.lease(&[PUSH]).unwrap(), [false]);
    second.release(&[row("2"), row("1"), PUSH]).unwrap();
    assert!(first.await_turn(Errand::Push).unwrap());
}

/// R20: a turn ends with the connection of its process; a process that connects anew goes on, also when another one has it by then.
#[test]
fn a_turn_ends_with_its_connection() {
    let Some(mut rig) = Rig::new(CONTACTS) else {
        return;
    };
    let mut first = store(&rig, 1);
    let mut second = store(&rig, 1);
    assert_eq!(first.lease(&[Lease::Pull, PULL]).unwrap(), [true, true]);
    assert_eq!(second.lease(&[PUSH]).unwrap(), [false]);
    let holder = rig.app.one(&format!(
        "SELECT ID FROM information_schema.PROCESSLIST WHERE DB='{}' AND ID<>CONNECTION_ID() ORDER BY ID LIMIT 1",
        rig.database
    ));
    rig.app.run(&format!("KILL {holder}"));
    assert!(second.await_turn(Errand::Push).unwrap());
    first.pair().unwrap();
    assert_eq!(first.lease(&[Lease::Pull]).unwrap(), [true], "taken again");
    assert_eq!(first.lease(&[PULL]).unwrap(), [false]);
    second.release(&[PUSH]).unwrap();
    assert_eq!(first.lease(&[PULL]).unwrap(), [true]);
}
