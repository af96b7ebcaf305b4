//! The text in which a state is kept or moved: versioned, one line of ASCII, with a check sum.
//!
//! `ecs-state/1;kind=…;folder=…;cursor=…;sum=…`: what is not known is left out, and everything but letters, digits
//! and a few signs is written as `%XX`.

use std::fmt::Write as _;

use sha2::{Digest, Sha256};

use crate::sync::ids::{Cursor, FolderId};

const VERSION: &str = "ecs-state/1";

/// What a text tells.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) folder: Option<FolderId>,
    pub(super) cursor: Option<Cursor>,
}

/// Why a text is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum TextError {
    #[error("the text is no state of this extension; expected what SyncState::toString() gave")]
    Foreign,
    #[error(
        "the state was written by another version of this extension, and this one cannot read it"
    )]
    Version,
    #[error("the state is damaged: it is not, or not in full, what SyncState::toString() gave")]
    Damaged,
}

/// Writes a place.
pub(super) fn write(place: &Place) -> String {
    let mut text = VERSION.to_owned();
    let mut field = |name: &str, value: &str| {
        text.push(';');
        text.push_str(name);
        text.push('=');
        escape(value, &mut text);
    };
    if let Some(folder) = &place.folder {
        field("folder", folder.as_str());
    }
    if let Some(cursor) = &place.cursor {
        field("kind", &cursor.kind);
        field("cursor", &cursor.text);
    }
    let sum = sum(&text);
    text.push_str(";sum=");
    text.push_str(&sum);
    text
}

/// Reads a place.
pub(super) fn read(text: &str) -> Result<Place, TextError> {
    let text = text.trim_matches([' ', '\t', '\r', '\n']);
    let Some(rest) = text.strip_prefix(VERSION) else {
        return Err(if text.starts_with("ecs-state/") {
            TextError::Version
        } else {
            TextError::Foreign
        });
    };
    let (body, given) = text.rsplit_once(";sum=").ok_or(TextError::Damaged)?;
    if !rest.starts_with(';') || sum(body) != given {
        return Err(TextError::Damaged);
    }
    let (mut folder, mut kind, mut cursor) = (None, None, None);
    for field in body.split(';').skip(1) {
        let (name, value) = field.split_once('=').ok_or(TextError::Damaged)?;
        let place = match name {
            "folder" => &mut folder,
            "kind" => &mut kind,
            "cursor" => &mut cursor,
            _ => return Err(TextError::Damaged),
        };
        if place.replace(unescape(value)?).is_some() {
            return Err(TextError::Damaged);
        }
    }
    let cursor = match (kind, cursor) {
        (Some(kind), Some(text)) => Some(Cursor { kind, text }),
        (None, None) => None,
        (Some(_), None) | (None, Some(_)) => return Err(TextError::Damaged),
    };
    Ok(Place {
        folder: folder.map(FolderId::new),
        cursor,
    })
}

/// The first eight bytes of the SHA-256, enough to notice an accident.
fn sum(text: &str) -> String {
    Sha256::digest(text.as_bytes())
        .iter()
        .take(8)
        .fold(String::new(), |mut sum, byte| {
            let _ = write!(sum, "{byte:02x}");
            sum
        })
}

fn escape(value: &str, text: &mut String) {
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || b"+/=-_.:".contains(&byte) {
            text.push(char::from(byte));
        } else {
            let _ = write!(text, "%{byte:02X}");
        }
    }
}

fn unescape(value: &str) -> Result<String, TextError> {
    let mut bytes = Vec::with_capacity(value.len());
    let mut rest = value.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let mut digit = || {
            let digit = char::from(rest.next()?).to_digit(16)?;
            u8::try_from(digit).ok()
        };
        let (high, low) = digit().zip(digit()).ok_or(TextError::Damaged)?;
        bytes.push(high << 4 | low);
    }
    String::from_utf8(bytes).map_err(|_| TextError::Damaged)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place() -> Place {
        Place {
            folder: Some(FolderId::new("AAMkAD+/=")),
            cursor: Some(Cursor {
                kind: "ews".to_owned(),
                text: "H4sIAAA;%=\u{e4}\n".to_owned(),
            }),
        }
    }

    #[test]
    fn what_was_written_is_read() {
        for place in [
            place(),
            Place::default(),
            Place {
                cursor: None,
                ..place()
            },
        ] {
            let text = write(&place);
            assert!(text.bytes().all(|byte| byte.is_ascii_graphic()), "{text}");
            assert_eq!(read(&text), Ok(place.clone()));
            assert_eq!(read(&format!("{text}\n")), Ok(place));
        }
    }

    #[test]
    fn every_damage_is_noticed() {
        let text = write(&place());
        for end in 0..text.len() {
            assert!(read(&text[..end]).is_err(), "cut at {end}");
        }
        for place in 0..text.len() {
            let mut bytes = text.clone().into_bytes();
            bytes[place] ^= 1;
            let changed = String::from_utf8(bytes).unwrap();
            assert!(read(&changed).is_err(), "{changed}");
        }
        assert_eq!(read(""), Err(TextError::Foreign));
        assert_eq!(read("hello"), Err(TextError::Foreign));
        assert_eq!(read("ecs-state/2;cursor=x"), Err(TextError::Version));
    }
}
