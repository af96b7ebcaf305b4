//! How many statements a page takes: a number, not a time, so that a step back is noticed on every machine.

use exchange_contact_sync::contact::Contact;
use exchange_contact_sync::sync::ids::ItemId;
use exchange_contact_sync::sync::ports::{Batch, Store, Target};

use crate::support::{CONTACTS, Rig, contact, insert, moved};

#[test]
fn a_page_of_new_contacts_takes_a_few_statements() {
    let Some(mut rig) = Rig::new(CONTACTS) else {
        return;
    };
    let mut store = rig.store();
    store.pair().unwrap();
    let mapped = store.mapped().to_vec();
    let pages: usize = std::env::var("ECS_BENCH_PAGES")
        .ok()
        .and_then(|pages| pages.parse().ok())
        .unwrap_or(2);
    let page = |number: usize| -> Vec<(String, Contact)> {
        (number * 512..(number + 1) * 512)
            .map(|n| {
                let contact = contact(&[
                    ("GivenName", &format!("Given {n}")),
                    ("Surname", &format!("Surname {n}")),
                    ("EmailAddress1", &format!("person.{n}@example.test")),
                    ("Birthday", "1980-05-17"),
                    ("Body", "A note of some length, as people write them."),
                    ("Categories", "Customer\nNewsletter"),
                ]);
                (format!("AAMkADItem{n:032}"), contact)
            })
            .collect()
    };
    let mut cursor: Option<String> = None;
    let mut most = 0;
    let mut spent = std::time::Duration::ZERO;
    for number in 0..pages {
        let contacts = page(number);
        let next = format!("c{number}");
        let batch = Batch {
            targets: contacts
                .iter()
                .map(|(item, _)| Target::Unlinked(ItemId::new(&**item)))
                .collect(),
            cursor: moved(cursor.as_deref(), &next),
            ..Batch::default()
        };
        let before = store.statements();
        let began = std::time::Instant::now();
        store
            .apply(&batch, &mut |seen| {
                let (item, contact) = &contacts[seen.index];
                insert(item, contact, &mapped)
            })
            .unwrap();
        spent += began.elapsed();
        most = most.max(store.statements() - before);
        cursor = Some(next);
    }
    assert!(most <= 15, "{most} statements for a page");
    assert_eq!(
        rig.app.one("SELECT COUNT(*) FROM contacts"),
        (pages * 512).to_string()
    );
    rig.app.run("CREATE TABLE plain LIKE contacts");
    let mut floor = std::time::Duration::ZERO;
    for number in 0..pages {
        let rows: Vec<String> = page(number)
            .iter()
            .enumerate()
            .map(|(n, _)| {
                let n = number * 512 + n;
                format!("('Given {n}','Surname {n}','person.{n}@example.test','1980-05-17','A note of some length, as people write them.','Customer, Newsletter')")
            })
            .collect();
        let began = std::time::Instant::now();
        rig.app.run(&format!(
            "INSERT INTO plain (first_name, last_name, email, birthday, notes, tags) VALUES {}",
            rows.join(",")
        ));
        floor += began.elapsed();
    }
    eprintln!("{pages} pages: {spent:?}, plain inserts {floor:?}, {most} statements a page");
}
