//! A database of its own for each test, with an app's contacts table in it.

use std::sync::atomic::{AtomicU32, Ordering};

use exchange_contact_sync::contact::{Contact, Property};
use exchange_contact_sync::mysql::{MySqlConfig, MySqlStore};
use exchange_contact_sync::sync::base::Base;
use exchange_contact_sync::sync::ids::{ChangeKey, Cursor, ItemId, LinkId, LinkVersion, RowKey};
use exchange_contact_sync::sync::link::{LinkDraft, LinkState, Named};
use exchange_contact_sync::sync::ports::{
    Applied, Batch, CursorMove, Effect, LinkWrite, Look, Row, RowSeen, RowWrite, Step, Store,
    Target,
};
use mysql_async::prelude::Queryable as _;
use mysql_async::{Conn, Opts, OptsBuilder};

/// The usual contacts table.
pub(crate) const CONTACTS: &str = "CREATE TABLE contacts (
  id INT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
  account_id INT NULL,
  first_name VARCHAR(40) NULL,
  last_name VARCHAR(40) NOT NULL DEFAULT '',
  email VARCHAR(60) NULL UNIQUE,
  birthday DATE NULL,
  notes TEXT NULL,
  tags VARCHAR(200) NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4";

/// A runtime and a connection of the app.
pub(crate) struct App {
    runtime: tokio::runtime::Runtime,
    conn: Conn,
}

impl App {
    fn connect(opts: Opts) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let conn = runtime.block_on(Conn::new(opts)).unwrap();
        Self { runtime, conn }
    }

    /// Runs a statement that must succeed.
    pub(crate) fn run(&mut self, sql: &str) {
        if let Err(error) = self.runtime.block_on(self.conn.query_drop(sql)) {
            panic!("{sql}: {error}");
        }
    }

    /// Runs a statement and gives the server's error number.
    pub(crate) fn error(&mut self, sql: &str) -> Option<u16> {
        match self.runtime.block_on(self.conn.query_drop(sql)) {
            Ok(()) => None,
            Err(mysql_async::Error::Server(error)) => Some(error.code),
            Err(error) => panic!("{sql}: {error}"),
        }
    }

    /// The rows of a query as text, NULL as `NULL`, columns joined by `|`.
    pub(crate) fn rows(&mut self, sql: &str) -> Vec<String> {
        let rows: Vec<mysql_async::Row> = self.runtime.block_on(self.conn.query(sql)).unwrap();
        rows.into_iter()
            .map(|row| {
                let values: Vec<String> = row
                    .unwrap()
                    .into_iter()
                    .map(|value| match value {
                        mysql_async::Value::NULL => "NULL".to_owned(),
                        mysql_async::Value::Bytes(bytes) => {
                            String::from_utf8_lossy(&bytes).into_owned()
                        }
                        other => other.as_sql(true),
                    })
                    .collect();
                values.join("|")
            })
            .collect()
    }

    /// The single value of a query.
    pub(crate) fn one(&mut self, sql: &str) -> String {
        self.rows(sql).pop().unwrap_or_default()
    }

    /// Whether the server is MariaDB.
    pub(crate) fn is_mariadb(&mut self) -> bool {
        self.one("SELECT VERSION()").contains("MariaDB")
    }

    /// The last id that the server counted up for this connection.
    pub(crate) fn last_insert_id(&self) -> Option<u64> {
        self.conn.last_insert_id()
    }
}

/// One test's database.
pub(crate) struct Rig {
    /// The app's connection.
    pub(crate) app: App,
    /// The URL of the database.
    pub(crate) url: String,
    /// The database's name.
    pub(crate) database: String,
    opts: Opts,
}

static NEXT: AtomicU32 = AtomicU32::new(0);

impl Rig {
    /// Makes a database with a contacts table; `None` without a server.
    pub(crate) fn new(table: &str) -> Option<Self> {
        let Ok(server) = std::env::var("ECS_TEST_MYSQL") else {
            eprintln!("skipped: ECS_TEST_MYSQL names no server");
            return None;
        };
        let (base, query) = server.split_once('?').unwrap_or((&server, ""));
        let socket = query.strip_prefix("socket=").map(str::to_owned);
        let opts = Opts::from_url(base).unwrap();
        let opts = OptsBuilder::from_opts(opts)
            .socket(socket)
            .prefer_socket(false);
        let database = format!(
            "ecs_t_{}_{}",
            std::process::id(),
            NEXT.fetch_add(1, Ordering::Relaxed)
        );
        App::connect(opts.clone().db_name(None::<String>).into()).run(&format!(
            "CREATE DATABASE `{database}` CHARACTER SET utf8mb4"
        ));
        let opts: Opts = opts.db_name(Some(database.clone())).into();
        let mut app = App::connect(opts.clone());
        app.run(table);
        let base = base.trim_end_matches('/');
        Some(Self {
            app,
            url: format!("{base}/{database}?{query}"),
            database,
            opts,
        })
    }

    /// Another connection of the app.
    pub(crate) fn connect(&self) -> App {
        App::connect(self.opts.clone())
    }

    /// A connection of another account.
    pub(crate) fn connect_as(&self, user: &str, password: &str) -> App {
        let opts = OptsBuilder::from_opts(self.opts.clone());
        App::connect(opts.user(Some(user)).pass(Some(password)).into())
    }

    /// A configuration for the usual table.
    pub(crate) fn config(&self) -> MySqlConfig {
        let mut config = MySqlConfig::new(&self.url);
        config.mailbox = "Sales@example.test".to_owned();
        config.server = "mail.example.test".to_owned();
        // Tests that run side by side have the same mailbox on the same database server.
        config.concurrency = 10;
        config.map = vec![
            ("first_name".to_owned(), Property::GivenName),
            ("last_name".to_owned(), Property::Surname),
            ("email".to_owned(), email()),
            ("birthday".to_owned(), Property::Birthday),
            ("notes".to_owned(), Property::Body),
            ("tags".to_owned(), Property::Categories),
        ];
        config
    }

    /// An installed store for the usual table.
    pub(crate) fn store(&self) -> MySqlStore {
        self.store_with(self.config())
    }

    /// An installed store.
    pub(crate) fn store_with(&self, config: MySqlConfig) -> MySqlStore {
        let mut store = MySqlStore::new(config).unwrap();
        assert_eq!(store.install().unwrap(), Vec::<String>::new());
        store
    }
}

impl Drop for Rig {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            let database = self.database.clone();
            self.app.run(&format!("DROP DATABASE `{database}`"));
        }
    }
}

/// The first e-mail slot.
pub(crate) const fn email() -> Property {
    Property::Email(exchange_contact_sync::contact::EmailKey::EmailAddress1)
}

/// A contact of property names and texts.
pub(crate) fn contact(values: &[(&str, &str)]) -> Contact {
    let mut contact = Contact::new();
    for (name, text) in values {
        contact.set_raw(name.parse().unwrap(), text).unwrap();
    }
    contact
}

/// A key.
pub(crate) fn key(text: &str) -> RowKey {
    RowKey::new(text)
}

/// A draft of a link in step with an item, both legs holding the contact.
pub(crate) fn draft(item: &str, contact: &Contact, mapped: &[Property]) -> Box<LinkDraft> {
    let mut base = Base::unknown();
    for property in mapped {
        base.set_row(*property, contact.get(*property));
        base.set_item(*property, contact.get(*property));
    }
    Box::new(LinkDraft {
        state: LinkState::Linked,
        item: Some(ItemId::new(item)),
        change_key: Some(ChangeKey::new(format!("ck-{item}"))),
        base,
        named: Named::Yes,
    })
}

/// The step that makes a row and a link from an item.
pub(crate) fn insert(item: &str, contact: &Contact, mapped: &[Property]) -> Step {
    Step {
        row: RowWrite::Insert(contact.clone()),
        link: LinkWrite::Save(draft(item, contact, mapped)),
        effect: Effect::RowInserted,
        ..Step::nothing()
    }
}

/// Applies steps to targets without a cursor.
pub(crate) fn apply(
    store: &mut MySqlStore,
    targets: Vec<Target>,
    steps: Vec<Step>,
) -> Vec<Applied> {
    let batch = Batch {
        targets,
        ..Batch::default()
    };
    store
        .apply(&batch, &mut |seen| steps[seen.index].clone())
        .unwrap()
}

/// Makes rows and links from items, each in its own target of one batch; gives the keys and links.
pub(crate) fn seed(
    store: &mut MySqlStore,
    items: &[(&str, Contact)],
) -> Vec<(RowKey, (LinkId, LinkVersion))> {
    let mapped = store.mapped().to_vec();
    let targets = items
        .iter()
        .map(|(item, _)| Target::Unlinked(ItemId::new(*item)))
        .collect();
    let steps = items
        .iter()
        .map(|(item, contact)| insert(item, contact, &mapped))
        .collect();
    apply(store, targets, steps)
        .into_iter()
        .map(|applied| match applied {
            Applied::Done {
                key: Some(key),
                link: Some(link),
                ..
            } => (key, link),
            other => panic!("{other:?}"),
        })
        .collect()
}

/// Looks at one row.
pub(crate) fn look(store: &mut MySqlStore, text: &str) -> Look {
    store.look(&[key(text)]).unwrap().pop().unwrap()
}

/// The row of a look that must be there.
pub(crate) fn present(look: &Look) -> &Row {
    match &look.row {
        RowSeen::Present(row) => row,
        other => panic!("{other:?}"),
    }
}

/// A cursor.
pub(crate) fn cursor(text: &str) -> Cursor {
    Cursor {
        kind: "ews".to_owned(),
        text: text.to_owned(),
    }
}

/// A move of the cursor in an incremental round.
pub(crate) fn moved(from: Option<&str>, to: &str) -> Option<CursorMove> {
    Some(CursorMove {
        from: from.map(cursor),
        to: cursor(to),
        generation: 1,
        pass_complete: true,
    })
}

/// Notes what a comparison finds, as a pull does when it is little. Gives the number of rows.
pub(crate) fn note_unnoted(store: &mut MySqlStore, all: bool) -> usize {
    let found = store.compare_rows(all).unwrap();
    let differing = found.differing.into_iter().map(|(key, _)| key);
    let keys: Vec<RowKey> = differing.chain(found.others).collect();
    store.enqueue_all(&keys).unwrap();
    keys.len()
}
