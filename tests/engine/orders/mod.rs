//! One set of changes, told in every order and in pages of every size: what a pull makes of it is always the same (P10).

mod happening;
mod picture;

use std::collections::BTreeSet;
use std::sync::Arc;

use exchange_contact_sync::sync::error::SyncError;
use exchange_contact_sync::sync::ids::{ItemId, RowKey};

use happening::{Happening, person};
use picture::Picture;

use crate::memory_remote::Order;
use crate::oracle::{disagreements, noise};
use crate::random::Random;
use crate::script::Fault;
use crate::world::World;

const PAGES: [usize; 4] = [1, 2, 5, 512];

/// What the list of the pull is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum List {
    /// What changed since the cursor.
    Changes,
    /// As that, and a deletion looks like a change.
    ChangesOnly,
    /// The whole folder, since the cursor is refused.
    Folder,
    /// The whole folder, and the server does not say so.
    Restarted,
    /// The whole folder for the first time: nothing is linked yet.
    First,
}

/// Contacts that were in step, and what happened to each of them since.
#[derive(Debug, Clone)]
struct Story {
    list: List,
    happenings: Vec<Happening>,
}

impl Story {
    fn random(list: List, contacts: usize, seed: u64) -> Self {
        let mut random = Random::new(seed);
        let happenings = (0..contacts)
            .map(|_| random.pick(&Happening::ALL))
            .collect();
        Self { list, happenings }
    }

    /// The world just before the pull.
    fn tell(&self) -> World {
        let world = World::new();
        let people = || (0..self.happenings.len()).map(|number| person("known", number));
        for (number, person) in people().enumerate() {
            match number % 2 {
                0 => drop(world.database.app_inserts(&person)),
                _ => drop(world.remote.person_creates(&person)),
            }
        }
        world.sync();
        world.sync();
        let rows = world.database.rows();
        let key_of = |person| {
            let mut found = rows.iter().filter(|(_, row)| row.contact == person);
            found.next().expect("a row for each").0
        };
        for (number, person) in people().enumerate() {
            world.clock.pass(60);
            self.happenings[number].happen(&world, key_of(person), number);
        }
        world.clock.pass(60);
        match self.list {
            List::Changes | List::Folder | List::Restarted => {}
            List::ChangesOnly => world
                .remote
                .with(|server| server.habits.deletes_look_like_changes = true),
            List::First => world.database.with(|tables| {
                tables.links.clear();
                tables.outbox.clear();
                tables.pair = Default::default();
            }),
        }
        world
    }

    /// The ids that the list of the pull will name.
    fn listed(&self, world: &World) -> Vec<ItemId> {
        let cursor = match self.list {
            List::Changes | List::ChangesOnly => {
                world.database.with(|tables| tables.pair.cursor.clone())
            }
            List::Folder | List::Restarted | List::First => None,
        };
        world
            .remote
            .with(|server| server.to_be_told(cursor.as_ref()))
    }

    /// What a pull makes of it when the list has this order and pages of this size, and what both sides are in the end.
    fn pull(&self, told: &World, order: Order, page: usize) -> Result<Outcome, SyncError> {
        let world = told.fork();
        let known: BTreeSet<RowKey> = world.database.rows().into_keys().collect();
        world.remote.with(|server| {
            server.habits.order = order;
            server.habits.page = page;
        });
        match self.list {
            List::Changes | List::ChangesOnly | List::First => {}
            List::Folder => world.script.fail("changes", 0, Fault::CursorsLost),
            List::Restarted => world.script.fail("changes", 0, Fault::CursorRestarted),
        }
        let report = world.try_pull()?;
        let pulled = Picture::of(&world, &known);
        for _ in 0..2 {
            world.clock.pass(3_600);
            world.try_sync()?;
        }
        let before = noise(&world);
        world.try_sync()?;
        let mut ambiguous = report.ambiguous;
        ambiguous.sort();
        Ok(Outcome {
            pulled,
            counts: [
                report.rows_inserted,
                report.rows_updated,
                report.rows_deleted,
                report.matched,
                report.merged,
                report.conflicts,
                report.held,
                report.detached,
                report.waiting_deletes,
            ],
            ambiguous,
            settled: Picture::of(&world, &known),
            trouble: disagreements(&world),
            silent: noise(&world) == before,
        })
    }

    /// Holds the outcome in these orders and all sizes of pages against that of one page in Exchange's own order.
    fn holds_in(&self, orders: impl FnOnce(&[ItemId]) -> Vec<Vec<ItemId>>) {
        let world = self.tell();
        let pull = |order: &Order, page| {
            let outcome = self.pull(&world, order.clone(), page);
            outcome
                .unwrap_or_else(|error| panic!("{self:?} in pages of {page}, {order:?}: {error}"))
        };
        let expected = pull(&Order::NewestFirst, 512);
        assert!(
            expected.silent && expected.trouble.is_empty(),
            "{self:?} {expected:#?}"
        );
        let given = orders(&self.listed(&world));
        let given = given.into_iter().map(|ids| Order::Of(Arc::new(ids)));
        for order in [Order::NewestFirst, Order::OldestFirst]
            .into_iter()
            .chain(given)
        {
            for page in PAGES {
                let outcome = pull(&order, page);
                assert_eq!(outcome, expected, "{self:?} in pages of {page}, {order:?}");
            }
        }
    }
}

/// What a pull came to: what was there just after it, what it reported, and what was there in the end.
#[derive(Debug, PartialEq, Eq)]
struct Outcome {
    pulled: Picture,
    counts: [u64; 9],
    ambiguous: Vec<String>,
    settled: Picture,
    trouble: Vec<String>,
    silent: bool,
}

/// All orders of a list.
fn permutations(ids: &[ItemId]) -> Vec<Vec<ItemId>> {
    if ids.is_empty() {
        return vec![Vec::new()];
    }
    let mut all = Vec::new();
    for index in 0..ids.len() {
        let mut rest = ids.to_vec();
        let first = rest.remove(index);
        for mut order in permutations(&rest) {
            order.insert(0, first.clone());
            all.push(order);
        }
    }
    all
}

/// P10, semantics 1, 3: every permutation of short lists of changes, in pages of 1, 2, 5 and 512: each happening beside any other one.
#[test]
fn every_order_of_a_short_list_in_pages_of_every_size_comes_to_the_same() {
    let mut random = Random::new(1);
    for happening in Happening::ALL {
        for list in [List::Changes, List::ChangesOnly] {
            let happenings = vec![happening, random.pick(&Happening::ALL)];
            Story { list, happenings }.holds_in(permutations);
        }
    }
}

/// P10, R11, semantics 1, 3: shuffles of longer lists, also of the whole folder.
#[test]
fn shuffled_lists_in_pages_of_every_size_come_to_the_same() {
    let lists = [
        List::Changes,
        List::ChangesOnly,
        List::Folder,
        List::Restarted,
        List::First,
    ];
    for (list, seed) in lists.into_iter().cycle().zip(1_000..1_025) {
        let story = Story::random(list, 9, seed);
        story.holds_in(|listed| shuffles(listed, 3, seed));
    }
}

fn shuffles(ids: &[ItemId], count: usize, seed: u64) -> Vec<Vec<ItemId>> {
    let mut random = Random::new(seed);
    let mut shuffle = || {
        let mut ids = ids.to_vec();
        for index in (1..ids.len()).rev() {
            ids.swap(index, random.below(index as u64 + 1) as usize);
        }
        ids
    };
    (0..count).map(|_| shuffle()).collect()
}
