//! The floor that an initial pull is measured against: the download alone, and the same rows by multi-row INSERT.
//!
//! `floor download URL USER PASSWORD MAILBOX BATCH` reads a whole folder, page by page, and keeps nothing.
//! `floor graph SERVER AUTHORITY TENANT CLIENT_ID SECRET MAILBOX PAGE` reads it over Microsoft Graph.
//! `floor insert MYSQL_URL SOURCE COLUMN,COLUMN...` writes the rows of a table into an empty copy of it, 512 to a statement,
//! one commit each; reading the source is not counted.
//! Each prints one line of JSON: seconds, cpu, peak (KiB), count.
//! `floor roundtrip URL USER PASSWORD MAILBOX CA BYTES` sends an UpdateItem of that length over a connection that is kept and reads the
//! answer, once for each line that it reads, and prints the seconds and the CPU time of each as a line of JSON.

mod floor_graph;

use std::error::Error;
use std::io::{BufRead as _, Write as _};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use exchange_contact_sync::contact::{Contact, Property};
use exchange_contact_sync::ews::wire::{
    self, ConflictResolution, Context, FieldPath, FieldUpdate, FieldValue, ItemId as ItemIdOnWire,
    ItemUpdate, SchemaVersion, UpdateItem,
};
use exchange_contact_sync::ews::{Ews, EwsConfig};
use exchange_contact_sync::sync::ids::{ItemId, Stamp};
use exchange_contact_sync::sync::ports::{Change, Fetched, NewItem, Remote as _};
use exchange_contact_sync::web::Secret;
use mysql_async::prelude::Queryable as _;
use mysql_async::{Conn, Opts, Row, Value};
use reqwest::Certificate;
use reqwest::blocking::Client;
use rustix::time::{ClockId, Timespec, clock_gettime};

const PAGE: usize = 512;

type Outcome<T> = Result<T, Box<dyn Error>>;

struct Measured {
    seconds: f64,
    cpu: f64,
    count: usize,
}

fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let measured = match words.as_slice() {
        ["download", url, user, password, mailbox, batch] => {
            let mut config = EwsConfig::basic(*url, *user, Secret::new(*password));
            config.mailbox = Some((*mailbox).to_owned());
            config.get_item_batch = batch.parse()?;
            download(config)?
        }
        [
            "graph",
            server,
            authority,
            tenant,
            id,
            secret,
            mailbox,
            page,
        ] => floor_graph::download(&floor_graph::Door {
            server,
            authority,
            tenant,
            client: (id, secret),
            mailbox,
            page,
        })?,
        ["insert", url, source, columns] => {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()?;
            runtime.block_on(insert(url, source, columns))?
        }
        ["roundtrip", url, user, password, mailbox, ca, bytes] => {
            let mut config = EwsConfig::basic(*url, *user, Secret::new(*password));
            config.mailbox = Some((*mailbox).to_owned());
            config.web.ca_file = Some(PathBuf::from(ca));
            return round_trips(config, (user, password), bytes.parse()?);
        }
        _ => return Err("see the head of bench/floor.rs for the arguments".into()),
    };
    let line = serde_json::json!({
        "seconds": measured.seconds,
        "cpu": measured.cpu,
        "peak": peak()?,
        "count": measured.count,
    });
    Ok(writeln!(std::io::stdout(), "{line}")?)
}

fn download(config: EwsConfig) -> Outcome<Measured> {
    let batch = config.get_item_batch;
    let remote = Ews::new(config)?;
    let folder = remote.resolve_folder()?.id;
    let mapped: Vec<Property> = Property::all().collect();
    let (began, cpu_before) = (Instant::now(), cpu());
    let (mut cursor, mut count) = (None, 0);
    loop {
        let page = remote.changes(&folder, cursor.as_ref())?;
        let ids: Vec<ItemId> = page
            .changes
            .into_iter()
            .filter_map(|change| match change {
                Change::Present(id, _) => Some(id),
                Change::Foreign(_) | Change::Gone(_) => None,
            })
            .collect();
        for ids in ids.chunks(batch) {
            let items = remote.fetch(&folder, ids, &mapped)?;
            count += items
                .iter()
                .filter(|item| matches!(item, Fetched::Item(_)))
                .count();
        }
        if page.last {
            break;
        }
        cursor = Some(page.cursor);
    }
    Ok(Measured {
        seconds: began.elapsed().as_secs_f64(),
        cpu: cpu() - cpu_before,
        count,
    })
}

/// A contact that is written again and again.
fn make(config: EwsConfig) -> Outcome<ItemIdOnWire> {
    let remote = Ews::new(config)?;
    let folder = remote.resolve_folder()?.id;
    let mut contact = Contact::new();
    contact.set_raw(Property::GivenName, "Floor")?;
    let item = NewItem {
        contact,
        stamp: Stamp::new("floor"),
    };
    let mut made = remote.create(&folder, &[item])?;
    let made = made.pop().ok_or("no answer")??;
    Ok(ItemIdOnWire {
        id: made.id.as_str().to_owned(),
        change_key: Some(made.change_key.as_str().to_owned()),
    })
}

/// The bytes of a request that writes notes of a length which were never written before.
fn update(item_id: &ItemIdOnWire, bytes: usize, number: usize) -> Outcome<Vec<u8>> {
    let mut notes = "x".repeat(bytes.saturating_sub(10));
    notes.push_str(&format!("{number:010}"));
    let operation = UpdateItem {
        conflict_resolution: ConflictResolution::AlwaysOverwrite,
        item_changes: vec![ItemUpdate {
            item_id: item_id.clone(),
            updates: vec![FieldUpdate::Set((FieldPath::Body, FieldValue::Text(notes)))],
        }],
    };
    let context = Context {
        version: SchemaVersion::Exchange2013Sp1,
        impersonate: None,
    };
    Ok(wire::write(&context, &operation)?)
}

fn round_trips(config: EwsConfig, (user, password): (&str, &str), bytes: usize) -> Outcome<()> {
    let url = config.url.clone();
    let ca = config.web.ca_file.clone().ok_or("no certificate")?;
    let authority = Certificate::from_pem(&std::fs::read(ca)?)?;
    let item_id = make(config)?;
    let client = Client::builder()
        .http1_only()
        .tcp_nodelay(true)
        .tls_certs_only([authority])
        .build()?;
    for (number, line) in std::io::stdin().lock().lines().enumerate() {
        line?;
        let body = update(&item_id, bytes, number)?;
        let (began, cpu_before) = (Instant::now(), cpu());
        let request = client
            .post(&url)
            .basic_auth(user, Some(password))
            .header("Content-Type", "text/xml; charset=utf-8")
            .body(body);
        let answer = request.send()?.error_for_status()?.text()?;
        let (seconds, busy) = (began.elapsed().as_secs_f64(), cpu() - cpu_before);
        if !answer.contains("NoError") {
            return Err(answer.into());
        }
        let line = serde_json::json!({ "seconds": seconds, "cpu": busy });
        let mut out = std::io::stdout();
        writeln!(out, "{line}")?;
        out.flush()?;
    }
    Ok(())
}

async fn insert(url: &str, source: &str, columns: &str) -> Outcome<Measured> {
    let mut connection = Conn::new(Opts::from_url(url)?).await?;
    let key = "id";
    connection
        .query_drop("DROP TABLE IF EXISTS floor_contacts")
        .await?;
    connection
        .query_drop(format!("CREATE TABLE floor_contacts LIKE {source}"))
        .await?;
    let (mut after, mut count) = (0_u64, 0);
    let (mut wall, mut busy) = (Duration::ZERO, 0.0);
    loop {
        let rows: Vec<Row> = connection
            .query(format!(
                "SELECT {key}, {columns} FROM {source} WHERE {key} > {after} ORDER BY {key} LIMIT {PAGE}"
            ))
            .await?;
        let Some(last) = rows.last() else {
            break;
        };
        after = last.get(0).ok_or("a row without a key")?;
        count += rows.len();
        let (began, cpu_before) = (Instant::now(), cpu());
        let tuples: Vec<String> = rows
            .into_iter()
            .map(|row| {
                let values: Vec<String> = row
                    .unwrap()
                    .iter()
                    .skip(1)
                    .map(|value: &Value| value.as_sql(false))
                    .collect();
                format!("({})", values.join(","))
            })
            .collect();
        connection.query_drop("START TRANSACTION").await?;
        connection
            .query_drop(format!(
                "INSERT INTO floor_contacts ({columns}) VALUES {}",
                tuples.join(",")
            ))
            .await?;
        connection.query_drop("COMMIT").await?;
        wall += began.elapsed();
        busy += cpu() - cpu_before;
    }
    connection.query_drop("DROP TABLE floor_contacts").await?;
    connection.disconnect().await?;
    Ok(Measured {
        seconds: wall.as_secs_f64(),
        cpu: busy,
        count,
    })
}

/// The CPU time of this process in seconds, its threads together.
fn cpu() -> f64 {
    #[allow(clippy::cast_precision_loss, reason = "a bench runs for minutes")]
    let seconds = |time: Timespec| time.tv_sec as f64 + time.tv_nsec as f64 / 1e9;
    seconds(clock_gettime(ClockId::ProcessCPUTime))
}

fn peak() -> Outcome<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .ok_or("no VmHWM in /proc/self/status")?;
    Ok(line.trim().trim_end_matches(" kB").parse()?)
}
