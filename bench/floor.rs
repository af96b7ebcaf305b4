//! The floor that an initial pull is measured against: the download alone, and the same rows by multi-row INSERT.
//!
//! `floor download URL USER PASSWORD MAILBOX BATCH` reads a whole folder, page by page, and keeps nothing.
//! `floor insert MYSQL_URL SOURCE COLUMN,COLUMN...` writes the rows of a table into an empty copy of it, 512 to a statement,
//! one commit each; reading the source is not counted. Both print one line of JSON: seconds, cpu, peak (KiB), count.

use std::error::Error;
use std::io::Write as _;
use std::time::{Duration, Instant};

use exchange_contact_sync::contact::Property;
use exchange_contact_sync::ews::{Ews, EwsConfig, Secret};
use exchange_contact_sync::sync::ids::ItemId;
use exchange_contact_sync::sync::ports::{Change, Fetched, Remote as _};
use mysql_async::prelude::Queryable as _;
use mysql_async::{Conn, Opts, Row, Value};

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
        ["insert", url, source, columns] => {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()?;
            runtime.block_on(insert(url, source, columns))?
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
    let (began, cpu_before) = (Instant::now(), cpu()?);
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
        cpu: cpu()? - cpu_before,
        count,
    })
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
        let (began, cpu_before) = (Instant::now(), cpu()?);
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
        busy += cpu()? - cpu_before;
    }
    connection.query_drop("DROP TABLE floor_contacts").await?;
    connection.disconnect().await?;
    Ok(Measured {
        seconds: wall.as_secs_f64(),
        cpu: busy,
        count,
    })
}

/// The CPU time of this process in seconds. Linux counts it in hundredths.
fn cpu() -> Outcome<f64> {
    let stat = std::fs::read_to_string("/proc/self/stat")?;
    let after_name = stat.rsplit(')').next().unwrap_or_default();
    let ticks: u64 = after_name
        .split_whitespace()
        .skip(11)
        .take(2)
        .map(str::parse::<u64>)
        .sum::<Result<u64, _>>()?;
    #[allow(clippy::cast_precision_loss, reason = "a count of ticks is small")]
    Ok(ticks as f64 / 100.0)
}

fn peak() -> Outcome<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .ok_or("no VmHWM in /proc/self/status")?;
    Ok(line.trim().trim_end_matches(" kB").parse()?)
}
