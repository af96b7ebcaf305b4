//! Properties that the app's code computes of columns, and columns of properties.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use exchange_contact_sync::contact::{Changes, Contact, PhoneKey, Property, Value};
use exchange_contact_sync::mysql::{
    Computed, ComputedConfig, MySqlConfig, MySqlStore, Raw, Unanswered,
};
use exchange_contact_sync::sync::error::StoreClass;
use exchange_contact_sync::sync::ids::ItemId;
use exchange_contact_sync::sync::ports::{
    Applied, Batch, Effect, HoldKind, LinkWrite, Missed, RowWrite, Step, Store, Target,
};

use crate::support::{
    App, Rig, apply, contact, draft, insert, key, look, note_unnoted, present, seed,
};

const MOBILE: Property = Property::Phone(PhoneKey::MobilePhone);

const TABLE: &str = "CREATE TABLE contacts (id INT NOT NULL AUTO_INCREMENT PRIMARY KEY, full_name VARCHAR(40) NULL, \
                     phone VARCHAR(20) NULL UNIQUE, calls INT NOT NULL DEFAULT 7, notes TEXT NULL) DEFAULT CHARSET=utf8mb4";

type Hook = Box<dyn Fn(&Raw)>;

/// Takes names apart at the last blank, and writes telephone numbers in another way.
#[derive(Default)]
struct Code {
    asked: Cell<[u32; 2]>,
    /// What happens while the code runs, with the name in the row.
    hook: RefCell<Option<Hook>>,
    stop: Cell<bool>,
}

impl Code {
    fn asked(&self) -> [u32; 2] {
        self.asked.take()
    }

    fn runs(&self, which: usize, row: &[(&str, &Raw)]) -> Result<(), Unanswered> {
        let mut asked = self.asked.get();
        asked[which] += 1;
        self.asked.set(asked);
        assert_eq!(
            row.iter().map(|(name, _)| *name).collect::<Vec<_>>(),
            ["full_name", "phone", "calls"]
        );
        if let Some(hook) = &*self.hook.borrow() {
            hook(row[0].1);
        }
        if self.stop.get() {
            return Err(Unanswered::Interrupted);
        }
        Ok(())
    }
}

fn text(raw: &Raw) -> Option<String> {
    match raw {
        Raw::Text(text) => Some(String::from_utf8(text.clone()).unwrap()),
        Raw::Null => None,
        other => panic!("{other:?}"),
    }
}

fn value(text: &str) -> Option<Value> {
    (!text.is_empty()).then(|| Value::Text(text.to_owned()))
}

impl Computed for Code {
    fn meaning(
        &self,
        _: usize,
        row: &[(&str, &Raw)],
    ) -> Result<Vec<(Property, Option<Value>)>, Unanswered> {
        self.runs(0, row)?;
        let name = text(row[0].1).unwrap_or_default();
        if name == "nobody" {
            return Err(Unanswered::Refused("nobody has no name".to_owned()));
        }
        let (given, surname) = name.rsplit_once(' ').unwrap_or(("", &name));
        let phone = text(row[1].1).unwrap_or_default();
        let phone = phone.strip_prefix('0').map(|rest| format!("+49{rest}"));
        Ok(vec![
            (MOBILE, phone.as_deref().and_then(value)),
            (Property::Surname, value(surname)),
            (Property::GivenName, value(given)),
        ])
    }

    fn columns(
        &self,
        _: usize,
        contact: &[(Property, Option<&Value>)],
        row: &[(&str, &Raw)],
    ) -> Result<Vec<(String, Raw)>, Unanswered> {
        self.runs(1, row)?;
        let of = |wanted: Property| {
            let found = contact.iter().find(|(property, _)| *property == wanted);
            found.unwrap().1.map(Value::display).unwrap_or_default()
        };
        let surname = of(Property::Surname);
        if surname == "Bad" {
            return Err(Unanswered::Refused("this name is bad".to_owned()));
        }
        let name = format!("{} {surname}", of(Property::GivenName));
        let phone = of(MOBILE)
            .strip_prefix("+49")
            .map(|rest| format!("0{rest}"));
        Ok(vec![
            (
                "phone".to_owned(),
                phone.map_or(Raw::Null, |phone| Raw::Text(phone.into_bytes())),
            ),
            (
                "full_name".to_owned(),
                Raw::Text(name.trim().as_bytes().to_vec()),
            ),
        ])
    }
}

fn config(rig: &Rig) -> MySqlConfig {
    let mut config = rig.config();
    config.map = vec![("notes".to_owned(), Property::Body)];
    config.computed = vec![ComputedConfig {
        columns: vec![
            "full_name".to_owned(),
            "PHONE".to_owned(),
            "calls".to_owned(),
        ],
        properties: vec![Property::GivenName, Property::Surname, MOBILE],
        version: String::new(),
    }];
    config
}

/// A process with code of its own; the tables are installed.
fn store(rig: &Rig, code: &Rc<Code>) -> MySqlStore {
    let mut store = rig.store_with(config(rig));
    let code: Rc<Code> = Rc::clone(code);
    store.lend(Some(code));
    store
}

fn anna() -> Contact {
    contact(&[
        ("GivenName", "Anna"),
        ("Surname", "Lee"),
        ("MobilePhone", "+4930"),
    ])
}

fn changes(of: &[(&str, &str)]) -> Changes {
    let contact = contact(of);
    contact
        .iter()
        .map(|(property, value)| (property, Some(value.clone())))
        .collect()
}

/// The step by which an item changes its row.
fn update(store: &mut MySqlStore, row: &str, item: &str, of: &[(&str, &str)]) -> (Target, Step) {
    let mapped = store.mapped().to_vec();
    let seen = look(store, row);
    let mut now = present(&seen).contact.clone();
    now.apply(&changes(of));
    let link = seen.link.map(|link| (link.id, link.version));
    let step = Step {
        row: RowWrite::Update(changes(of)),
        link: LinkWrite::Save(draft(item, &now, &mapped)),
        effect: Effect::RowUpdated,
        ..Step::nothing()
    };
    (Target::Row(key(row), link), step)
}

fn names(app: &mut App) -> Vec<String> {
    app.rows("SELECT full_name, phone, calls FROM contacts ORDER BY id")
}

/// R13, P4: what an item holds is written to the columns and read back, both by the app's code; as long as neither changes, nothing is
/// asked, in no process.
#[test]
fn values_are_computed_both_ways_and_nothing_is_asked_while_nothing_changes() {
    let Some(mut rig) = Rig::new(TABLE) else {
        return;
    };
    let code = Rc::new(Code::default());
    let mut first = store(&rig, &code);
    seed(
        &mut first,
        &[("I1", anna()), ("I2", contact(&[("Surname", "Ray")]))],
    );
    assert_eq!(names(&mut rig.app), ["Anna Lee|030|7", "Ray|NULL|7"]);
    assert_eq!(code.asked(), [2, 2]);
    assert_eq!(present(&look(&mut first, "1")).contact, anna());
    let mut second = store(&rig, &code);
    let seen = look(&mut second, "1");
    assert_eq!(present(&seen).contact, anna());
    let legs = seen.link.unwrap().base.legs(MOBILE).row.clone();
    assert!(legs.holds(anna().get(MOBILE)));
    assert_eq!(note_unnoted(&mut second, true), 0);
    assert_eq!(second.counts().unwrap().pending, 0, "our own write");
    assert_eq!(code.asked(), [0, 0]);

    // Another column is no reason to ask; those of the group are.
    rig.app.run("UPDATE contacts SET notes='x' WHERE id=1");
    look(&mut second, "1");
    assert_eq!(code.asked(), [0, 0]);
    rig.app
        .run("UPDATE contacts SET full_name='Anna Lynn' WHERE id=1");
    for mut process in [second, store(&rig, &code)] {
        let seen = look(&mut process, "1");
        assert_eq!(present(&seen).contact.text(Property::Surname), Some("Lynn"));
        assert_eq!(code.asked(), [1, 0]);
    }
}

/// R12, P4: where columns change and still mean the same, the comparison asks once for each row and remembers.
#[test]
fn columns_that_mean_the_same_are_asked_for_once() {
    let Some(mut rig) = Rig::new(TABLE) else {
        return;
    };
    let code = Rc::new(Code::default());
    let mut store = store(&rig, &code);
    seed(
        &mut store,
        &[("I1", anna()), ("I2", contact(&[("Surname", "Ray")]))],
    );
    code.asked();
    rig.app.run("UPDATE contacts SET calls=calls+1");
    rig.app.run("DELETE FROM ecs_outbox");
    assert_eq!(note_unnoted(&mut store, true), 0);
    assert_eq!(code.asked(), [2, 0]);
    let mut other = self::store(&rig, &code);
    assert_eq!(note_unnoted(&mut other, false), 0);
    assert_eq!(code.asked(), [0, 0]);

    // One that means something else waits for its delivery, and is no longer asked for by a comparison.
    rig.app
        .run("UPDATE contacts SET full_name='Anna Lynn' WHERE id=1");
    rig.app.run("DELETE FROM ecs_outbox");
    assert_eq!(note_unnoted(&mut store, false), 1);
    assert_eq!(code.asked(), [1, 0]);
    let mut other = self::store(&rig, &code);
    assert_eq!(note_unnoted(&mut other, true), 0);
    assert_eq!(code.asked(), [0, 0]);
}

/// R23: another version of the code makes another mapping, of which nothing is remembered.
#[test]
fn another_version_is_asked_anew() {
    let Some(rig) = Rig::new(TABLE) else {
        return;
    };
    let code = Rc::new(Code::default());
    seed(&mut store(&rig, &code), &[("I1", anna())]);
    code.asked();
    let mut config = config(&rig);
    config.computed[0].version = "2".to_owned();
    let mut store = rig.store_with(config);
    store.lend(Some(Rc::clone(&code) as Rc<dyn Computed>));
    let links = store.links_of(&[ItemId::new("I1")]).unwrap();
    assert!(!links[0].confirmed);
    assert_eq!(present(&look(&mut store, "1")).contact, anna());
    assert_eq!(code.asked(), [1, 0]);
}

/// R3: the code runs while nothing is locked, so that it may write to the very row, and what it wrote there is seen.
#[test]
fn nothing_is_locked_while_the_code_runs_and_a_row_that_changes_meanwhile_is_asked_for_anew() {
    let Some(mut rig) = Rig::new(TABLE) else {
        return;
    };
    let code = Rc::new(Code::default());
    let mut store = store(&rig, &code);
    seed(&mut store, &[("I1", anna())]);
    let (target, step) = update(&mut store, "1", "I1", &[("Surname", "Lynn")]);
    code.asked();
    let app = RefCell::new(rig.connect());
    *code.hook.borrow_mut() = Some(Box::new(move |_| {
        let mut app = app.borrow_mut();
        app.run("SELECT * FROM contacts FOR UPDATE NOWAIT");
        app.run("UPDATE contacts SET phone='077', calls=8 WHERE id=1");
    }));
    let applied = apply(&mut store, vec![target], vec![step]);
    assert!(matches!(applied[0], Applied::Done { .. }), "{applied:?}");
    // Only the telephone number that was there when the row was locked went into the new values.
    assert_eq!(names(&mut rig.app), ["Anna Lynn|077|8"]);
    let [meanings, columns] = code.asked();
    assert!(meanings <= 4 && columns == 2, "{meanings} {columns}");
    let seen = look(&mut store, "1");
    assert_eq!(present(&seen).contact.text(MOBILE), Some("+4977"));
}

/// P6: a row that changes whenever the code runs is left for later, and the others are written.
#[test]
fn a_row_that_changes_all_the_time_counts_as_locked() {
    let Some(mut rig) = Rig::new(TABLE) else {
        return;
    };
    let code = Rc::new(Code::default());
    let mut store = store(&rig, &code);
    let ray = contact(&[("GivenName", "Bo"), ("Surname", "Ray")]);
    seed(&mut store, &[("I1", anna()), ("I2", ray)]);
    let steps = [("1", "I1"), ("2", "I2")]
        .map(|(row, item)| update(&mut store, row, item, &[("Surname", "Lynn")]));
    code.asked();
    let app = RefCell::new(rig.connect());
    *code.hook.borrow_mut() = Some(Box::new(move |name| {
        if text(name).is_some_and(|name| name.starts_with("Anna")) {
            app.borrow_mut()
                .run("UPDATE contacts SET calls=calls+1 WHERE id=1");
        }
    }));
    let (targets, steps) = steps.into_iter().unzip();
    let applied = apply(&mut store, targets, steps);
    assert_eq!(applied[0], Applied::Missed(Missed::Locked));
    assert!(matches!(applied[1], Applied::Done { .. }), "{applied:?}");
    let names = rig.app.rows("SELECT full_name FROM contacts ORDER BY id");
    assert_eq!(names, ["Anna Lee", "Bo Lynn"]);
    let [meanings, columns] = code.asked();
    assert!(meanings < 20 && columns < 10, "{meanings} {columns}");
}

/// R3, R15: a row that the app has locked is not asked for.
#[test]
fn a_locked_row_is_missed_and_not_asked_for() {
    let Some(mut rig) = Rig::new(TABLE) else {
        return;
    };
    let code = Rc::new(Code::default());
    let mut store = store(&rig, &code);
    seed(&mut store, &[("I1", anna())]);
    let (target, step) = update(&mut store, "1", "I1", &[("Surname", "Lynn")]);
    code.asked();
    rig.app.run("START TRANSACTION");
    rig.app
        .run("UPDATE contacts SET full_name='Ann' WHERE id=1");
    let applied = apply(&mut store, vec![target], vec![step]);
    assert_eq!(applied, [Applied::Missed(Missed::Locked)]);
    assert_eq!(code.asked(), [0, 0]);
    rig.app.run("ROLLBACK");
}

/// P6, P8: a contact for which the code fails is held with the reason, and nothing of it is written; the others are, also when the
/// same statement would have had it. What would be written and could not be read back is not written either.
#[test]
fn a_contact_for_which_the_code_fails_is_held_alone() {
    let Some(mut rig) = Rig::new(TABLE) else {
        return;
    };
    let code = Rc::new(Code::default());
    let mut store = store(&rig, &code);
    let mapped = store.mapped().to_vec();
    let items = [
        ("I1", contact(&[("Surname", "Bad"), ("Body", "x")])),
        ("I2", anna()),
        ("I3", contact(&[("Surname", "nobody")])),
        ("I4", contact(&[("Surname", &"long".repeat(20))])),
    ];
    let applied = apply(
        &mut store,
        items
            .iter()
            .map(|(item, _)| Target::Unlinked(ItemId::new(*item)))
            .collect(),
        items
            .iter()
            .map(|(item, contact)| insert(item, contact, &mapped))
            .collect(),
    );
    let held = |reason: &str| Applied::Held(HoldKind::Unfit, reason.to_owned());
    assert_eq!(applied[0], held("this name is bad"));
    assert!(matches!(applied[1], Applied::Done { .. }), "{applied:?}");
    assert_eq!(
        applied[2],
        held("what would be written could not be read: nobody has no name")
    );
    assert!(
        matches!(&applied[3], Applied::Held(HoldKind::Unfit, reason) if reason.contains("full_name has 80 characters")),
        "{applied:?}"
    );
    assert_eq!(rig.app.one("SELECT COUNT(*) FROM contacts"), "1");
    let records = store.held().unwrap();
    assert_eq!(records.len(), 3, "{records:?}");
    assert_eq!(records[0].hold.contact, items[0].1);

    // Of a row, it is the values that cannot be read.
    rig.app
        .run("UPDATE contacts SET full_name='nobody', notes='y' WHERE full_name='Anna Lee'");
    let id = rig.app.one("SELECT id FROM contacts WHERE notes='y'");
    let row = look(&mut store, &id);
    let row = present(&row);
    assert_eq!(row.contact, contact(&[("Body", "y")]));
    assert!(!row.can_read(MOBILE));
    assert_eq!(
        row.unreadable[0].reason.as_deref(),
        Some("could not be computed: nobody has no name")
    );
    assert_eq!(
        row.unreadable[0].text,
        "full_name: nobody, phone: 030, calls: 7"
    );
}

/// R20, R21: when the app wants the call to end, nothing is written, and no lock is left behind.
#[test]
fn an_interrupted_code_leaves_nothing_behind() {
    let Some(mut rig) = Rig::new(TABLE) else {
        return;
    };
    let code = Rc::new(Code::default());
    let mut store = store(&rig, &code);
    seed(&mut store, &[("I1", anna())]);
    let (target, step) = update(&mut store, "1", "I1", &[("Surname", "Lynn")]);
    code.stop.set(true);
    let batch = Batch {
        targets: vec![target],
        ..Batch::default()
    };
    let error = store.apply(&batch, &mut |_| step.clone()).unwrap_err();
    assert_eq!(error.class, StoreClass::Interrupted);
    rig.app.run("SELECT * FROM contacts FOR UPDATE NOWAIT");
    rig.app.run("SELECT * FROM ecs_links FOR UPDATE NOWAIT");
    assert_eq!(names(&mut rig.app), ["Anna Lee|030|7"]);
    code.stop.set(false);
    let applied = store.apply(&batch, &mut |_| step.clone()).unwrap();
    assert!(matches!(applied[0], Applied::Done { .. }), "{applied:?}");
}

/// R13: where the table holds another thing than what was written, the row's leg is what the code makes of that.
#[test]
fn the_row_is_read_back_as_the_table_holds_it() {
    let Some(mut rig) = Rig::new(TABLE) else {
        return;
    };
    rig.app.run("CREATE TRIGGER upper BEFORE INSERT ON contacts FOR EACH ROW SET NEW.full_name=UPPER(NEW.full_name)");
    let code = Rc::new(Code::default());
    let mut store = store(&rig, &code);
    seed(&mut store, &[("I1", anna())]);
    let id = rig.app.one("SELECT id FROM contacts");
    let seen = look(&mut store, &id);
    assert_eq!(present(&seen).contact.text(Property::Surname), Some("LEE"));
    let base = seen.link.unwrap().base;
    let legs = base.legs(Property::Surname);
    assert_eq!(legs.row.value(), Some(&Value::Text("LEE".to_owned())));
    assert_eq!(legs.item.value(), Some(&Value::Text("Lee".to_owned())));
    code.asked();
    assert_eq!(note_unnoted(&mut self::store(&rig, &code), true), 0);
    assert_eq!(code.asked(), [0, 0]);
}

/// R22: rows that swap a value of a UNIQUE column that is computed are written within one transaction.
#[test]
fn unique_columns_are_swapped() {
    let Some(mut rig) = Rig::new(TABLE) else {
        return;
    };
    let code = Rc::new(Code::default());
    let mut store = store(&rig, &code);
    let ray = contact(&[("Surname", "Ray"), ("MobilePhone", "+4940")]);
    seed(&mut store, &[("I1", anna()), ("I2", ray)]);
    let steps = [("1", "I1", "+4940"), ("2", "I2", "+4930")]
        .map(|(row, item, phone)| update(&mut store, row, item, &[("MobilePhone", phone)]));
    let (targets, steps) = steps.into_iter().unzip();
    let applied = apply(&mut store, targets, steps);
    assert!(
        applied
            .iter()
            .all(|applied| matches!(applied, Applied::Done { .. })),
        "{applied:?}"
    );
    assert_eq!(names(&mut rig.app), ["Anna Lee|040|7", "Ray|030|7"]);
}

/// R10: rows without a link are found by what their columns mean.
#[test]
fn rows_are_indexed_by_what_they_mean() {
    let Some(mut rig) = Rig::new(TABLE) else {
        return;
    };
    rig.app
        .run("INSERT INTO contacts (full_name) VALUES ('Anna Lee'), ('nobody')");
    let code = Rc::new(Code::default());
    let mut store = store(&rig, &code);
    let surnames = RefCell::new(Vec::new());
    let count = store
        .index_candidates(&|contact| {
            surnames
                .borrow_mut()
                .extend(contact.text(Property::Surname).map(str::to_owned));
            Vec::new()
        })
        .unwrap();
    assert_eq!((count, surnames.into_inner()), (2, vec!["Lee".to_owned()]));
    assert_eq!(code.asked(), [2, 0]);
}

/// R23: the column is named, and what was probably meant.
#[test]
fn what_does_not_fit_the_table_is_named() {
    let Some(rig) = Rig::new(TABLE) else {
        return;
    };
    for (columns, map, expected) in [
        (
            &["full_nam"][..],
            "notes",
            "the table \"contacts\" has no column \"full_nam\", which contacts.computed.0.columns names; did you mean \"full_name\"?",
        ),
        (
            &["id"],
            "notes",
            "the column \"id\" is key or scope, or computed already, and cannot be in contacts.computed.0.columns",
        ),
        (
            &["phone", "Phone"],
            "notes",
            "contacts.computed.0.columns names the column \"phone\" twice",
        ),
        (
            &["phone"],
            "PHONE",
            "the column \"phone\" is in contacts.computed and cannot be mapped to Body as well",
        ),
    ] {
        let mut config = config(&rig);
        config.computed[0].columns = columns.iter().map(|&name| name.to_owned()).collect();
        config.map[0].0 = map.to_owned();
        let error = MySqlStore::new(config).unwrap().install().unwrap_err();
        assert_eq!(
            (error.class, error.message.as_str()),
            (StoreClass::Config, expected)
        );
    }
    let mut twice = config(&rig);
    twice.map[0].1 = MOBILE;
    let error = MySqlStore::new(twice).unwrap().install().unwrap_err();
    assert_eq!(
        error.message,
        "MobilePhone is mapped twice, by contacts.map, contacts.children or contacts.computed"
    );
    let plan = MySqlStore::new(config(&rig))
        .unwrap()
        .column_plan()
        .unwrap();
    let shown = (
        "phone".to_owned(),
        "computed: GivenName, Surname, MobilePhone".to_owned(),
    );
    assert!(plan.contains(&shown), "{plan:?}");
}
