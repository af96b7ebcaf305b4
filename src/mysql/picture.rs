//! Pictures in the app's table: a BLOB column, or files whose paths stand in a text column (semantics 39).
//!
//! Of many rows only what tells one picture from another is read; the bytes are loaded when they are to be sent or kept.

use std::path::PathBuf;
use std::sync::Arc;

use super::column::{Column, Holds};
use super::connection::Connection;
use super::failure::Failure;
use super::literal::{self, identifier};
use super::photo_file;
use super::table::Table;
use crate::contact::{Fingerprint, Kind, Picture, PictureFormat, Property, Value};
use crate::sync::ids::RowKey;
use crate::sync::ports::Unread;

/// What pictures have to keep to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Photos {
    /// The folder of their files, resolved.
    pub(crate) dir: PathBuf,
    /// The most bytes of one.
    pub(crate) limit: u64,
}

/// What is different where a column may hold a picture.
impl Column {
    /// No picture may be larger than what the server takes in one statement, also where a journal keeps two of them as text.
    pub(crate) fn fit_into(&mut self, packet: usize) {
        let most = packet as u64 / 6;
        self.photos.limit = self.photos.limit.min(most);
        if let Holds::Picture { bytes } = &mut self.holds {
            *bytes = most.min(*bytes);
        }
    }

    /// What is read of a row: of a picture only what tells it from others. `of` is a prefix with its dot, or empty.
    #[must_use]
    pub(crate) fn selected(&self, of: &str) -> String {
        let name = format!("{of}{}", identifier(&self.name));
        match self.holds {
            Holds::Picture { .. } => summary(&name),
            _ => name,
        }
    }

    /// Reads what is [selected](Self::selected); `None` when it is empty.
    ///
    /// # Errors
    /// When it is not what the property wants.
    pub(crate) fn read(&self, value: Option<&[u8]>) -> Result<Option<Value>, Unread> {
        match (value, self.property.kind()) {
            (Some(value), Kind::Picture) => read(self, value),
            (value, _) => {
                let decoded = self.decode(value);
                decoded.map_err(|text| Unread::new(self.property, text))
            }
        }
    }

    /// Writes a value as [`encode`](Self::encode) does; a picture that is kept in a file by the file's name.
    ///
    /// # Errors
    /// With the reason, when it does not fit.
    pub(crate) fn write(
        &self,
        value: Option<&Value>,
        file: Option<&str>,
    ) -> Result<String, String> {
        match (self.holds, value, file) {
            (Holds::File { characters }, Some(_), Some(file)) => {
                if file.len() as u64 > characters {
                    return Err(format!(
                        "the column {} is too short for the name of a file, which has {} characters",
                        self.name,
                        file.len()
                    ));
                }
                Ok(literal::text(file))
            }
            _ => self.encode(value),
        }
    }

    /// The bytes of a picture as SQL.
    ///
    /// # Errors
    /// With the reason, when they are not at hand or too many.
    pub(super) fn encode_picture(
        &self,
        content: Option<&Arc<[u8]>>,
        most: u64,
    ) -> Result<String, String> {
        let content = content
            .ok_or_else(|| format!("the picture for column {} is not at hand", self.name))?;
        if content.len() as u64 > most {
            return Err(format!(
                "the picture for column {} has {} bytes, which is more than it holds ({most}); take a smaller one in Exchange or widen the column",
                self.name,
                content.len()
            ));
        }
        Ok(literal::bytes(content))
    }
}

/// The expression that tells size, first bytes and fingerprint of the picture in a column; NULL without one.
#[must_use]
pub(super) fn summary(column: &str) -> String {
    format!(
        "IF(LENGTH({column})>0, CONCAT_WS(':', LENGTH({column}), HEX(LEFT({column},8)), SHA2({column},256)), NULL)"
    )
}

/// A picture that breaks a rule, with what is shown of it.
fn broken(shown: String, reason: String) -> Unread {
    Unread {
        property: Property::Photo,
        text: shown,
        reason: Some(reason),
    }
}

/// Reads what [`summary`] gave.
fn of_summary(summary: &str, limit: u64) -> Result<Value, Unread> {
    let mut parts = summary.split(':');
    let size: u64 = parts
        .next()
        .and_then(|size| size.parse().ok())
        .unwrap_or_default();
    let shown = format!("{size} bytes");
    let start: Vec<u8> = parts
        .next()
        .unwrap_or_default()
        .as_bytes()
        .chunks(2)
        .filter_map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
        .collect();
    if let Some(reason) = rule_broken(size, &start, limit) {
        return Err(broken(shown, reason));
    }
    let print = parts.next().and_then(Fingerprint::parse);
    let print =
        print.ok_or_else(|| broken(shown, "has no fingerprint in this database".to_owned()))?;
    Ok(Value::Picture(Picture::known(print)))
}

/// Which rule a picture breaks, as the end of a sentence.
fn rule_broken(size: u64, start: &[u8], limit: u64) -> Option<String> {
    if size > limit {
        return Some(format!(
            "has {size} bytes, more than contacts.photo_limit allows ({limit})"
        ));
    }
    match PictureFormat::of(start) {
        Some(_) => None,
        None => Some("is no JPEG, PNG or GIF".to_owned()),
    }
}

/// Reads a picture as a row has it, without its bytes: a summary, or the path of a file.
///
/// # Errors
/// What stands there and why it cannot be taken.
pub(super) fn read(column: &Column, value: &[u8]) -> Result<Option<Value>, Unread> {
    let text = String::from_utf8_lossy(value);
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    if let Holds::Picture { .. } = column.holds {
        return of_summary(text, column.photos.limit).map(Some);
    }
    let picture = file(column, text).map_err(|reason| broken(text.to_owned(), reason))?;
    Ok(Some(Value::Picture(Picture::known(picture.print()))))
}

/// The picture of a path with its bytes.
fn file(column: &Column, path: &str) -> Result<Picture, String> {
    let Photos { dir, limit } = &column.photos;
    let bytes = photo_file::read(dir, path, *limit)?;
    match rule_broken(bytes.len() as u64, &bytes, *limit) {
        Some(reason) => Err(format!("names a file that {reason}")),
        None => Ok(picture(bytes)),
    }
}

fn picture(bytes: Vec<u8>) -> Picture {
    let print = Fingerprint::of(&bytes);
    Picture::with(print, bytes.into())
}

/// The picture of a row with its bytes, if it still is the one of this fingerprint.
///
/// # Errors
/// When the database fails.
pub(crate) fn load(
    db: &mut Connection,
    table: &Table,
    key: &RowKey,
    print: Fingerprint,
) -> Result<Option<Picture>, Failure> {
    let Some(column) = table.column(Property::Photo) else {
        return Ok(None);
    };
    let answer = db.ask(&format!(
        "SELECT {} FROM {} WHERE {}={} AND LENGTH({0})<={}",
        identifier(&column.name),
        table.name,
        identifier(&table.key.name),
        table.key.literal(key),
        column.photos.limit.max(1 << 16),
    ))?;
    let value = answer.rows.first().and_then(|row| row.bytes(0));
    let found = match (value, column.holds) {
        (None, _) => None,
        (Some(value), Holds::Picture { .. }) => Some(picture(value.to_vec())),
        (Some(value), _) => file(column, String::from_utf8_lossy(value).trim()).ok(),
    };
    Ok(found.filter(|picture| picture.print() == print))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// semantics 39: what is read of a row tells pictures apart, and which rule one breaks.
    #[test]
    fn a_summary_tells_a_picture_and_what_is_wrong_with_it() {
        let print = "ab".repeat(32);
        let read = |summary: String| of_summary(&summary, 1_000);
        let known = Picture::known(Fingerprint([0xAB; 32]));
        assert_eq!(
            read(format!("1000:FFD8FFE000104A46:{print}")),
            Ok(Value::Picture(known))
        );
        let reason = |summary: String| read(summary).unwrap_err().reason.unwrap();
        assert_eq!(
            reason(format!("1001:FFD8FFE000104A46:{print}")),
            "has 1001 bytes, more than contacts.photo_limit allows (1000)"
        );
        assert_eq!(
            reason(format!("12:3C737667:{print}")),
            "is no JPEG, PNG or GIF"
        );
    }
}
