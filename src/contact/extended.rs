//! Properties of MAPI that have no name in the catalogue, in any of the forms in which they can be named.

use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::hash::{Hash, Hasher};
use std::str::FromStr;
use std::sync::{LazyLock, Mutex, PoisonError};

use super::Kind;

/// The set of this product, for properties that a mapping names by a word alone. Never change it: items bear them.
pub const OWN_SET: &str = "b5a6a7d1-2f0e-4e0c-9c57-6d1f0a3e8c42";

/// The name in that set by which items of ours are known.
pub const STAMP_NAME: &str = "EcsStamp";

/// The sets that have a name of their own, and their GUIDs in lower case.
pub const KNOWN_SETS: &[(&str, &str)] = &[
    ("Address", "00062004-0000-0000-c000-000000000046"),
    ("Appointment", "00062002-0000-0000-c000-000000000046"),
    ("CalendarAssistant", "11000e07-b51b-40d6-af21-caa85edab1d0"),
    ("Common", "00062008-0000-0000-c000-000000000046"),
    ("InternetHeaders", "00020386-0000-0000-c000-000000000046"),
    ("Meeting", "6ed8da90-450b-101b-98da-00aa003f1305"),
    ("PublicStrings", "00020329-0000-0000-c000-000000000046"),
    ("Sharing", "00062040-0000-0000-c000-000000000046"),
    ("Task", "00062003-0000-0000-c000-000000000046"),
    ("UnifiedMessaging", "4442858e-a9e3-4e80-b900-317a210cc15b"),
];

macro_rules! types {
    ($($variant:ident $name:literal: $kind:expr, $other:pat),+ $(,)?) => {
        /// The type of an extended property.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        #[allow(missing_docs, reason = "the names are those of the protocol")]
        pub enum MapiType { $($variant),+ }

        impl MapiType {
            /// Its name.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),+ }
            }

            /// How its values are read, compared and merged.
            #[must_use]
            pub const fn kind(self) -> Kind {
                match self { $(Self::$variant => $kind),+ }
            }

            /// The type of this name, or of the word that a mapping may use for it; upper and lower case are alike.
            #[must_use]
            pub fn from_name(name: &str) -> Option<Self> {
                let name = name.to_ascii_lowercase().replace(['-', '_', ' '], "");
                if let Some(known) = [$(Self::$variant),+]
                    .into_iter()
                    .find(|known| known.name().eq_ignore_ascii_case(&name))
                {
                    return Some(known);
                }
                match name.as_str() { $($other => Some(Self::$variant),)+ _ => None }
            }
        }
    };
}

types! {
    String "String": Kind::Note, "text",
    Integer "Integer": Kind::Integer, "int",
    Short "Short": Kind::Integer, "smallint",
    Long "Long": Kind::Integer, "bigint",
    Boolean "Boolean": Kind::Boolean, "bool",
    Double "Double": Kind::Double, "real",
    Float "Float": Kind::Double, "single",
    Time "SystemTime": Kind::Moment, "datetime" | "time" | "timestamp",
    StringArray "StringArray": Kind::Set, "list" | "strings" | "set",
}

/// What identifies an extended property.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MapiId {
    /// A tag below 0x8000.
    Tag(u16),
    /// A number in a set: a well-known set's name, else a GUID in lower case.
    Number(String, u32),
    /// A name in a set.
    Name(String, String),
}

#[derive(Debug)]
struct Definition {
    id: MapiId,
    mapi_type: MapiType,
    text: String,
}

/// An extended property: `extended:` with a name, `0x3A45`, `Address/32847`, `PublicStrings/Name` or `GUID/Name`, and `#` with its type
/// unless it is a text. As cheap to copy as a number: what was named once stays in memory.
#[derive(Debug, Clone, Copy)]
pub struct Extended(&'static Definition);

/// Why a text names no extended property.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UnknownExtended {
    /// Nothing follows.
    #[error("a name is missing after \"extended:\"")]
    Empty,
    /// The tag is none.
    #[error(
        "a tag is 0x and one to four hexadecimal digits, below 0x8000; use a set and a name or number for your own"
    )]
    Tag,
    /// The set is unknown.
    #[error(
        "a set is a GUID or one of Address, Appointment, CalendarAssistant, Common, InternetHeaders, Meeting, PublicStrings, Sharing, Task, UnifiedMessaging"
    )]
    Set,
    /// The type is unknown.
    #[error(
        "a type is one of string, integer, short, long, boolean, double, float, datetime, list"
    )]
    Type,
    /// The name is taken.
    #[error("\"EcsStamp\" is how this product knows its own items; take another name")]
    Reserved,
    /// The name has a character that no name has.
    #[error("a name has no control characters and no #")]
    Name,
}

static KNOWN: LazyLock<Mutex<BTreeSet<Extended>>> = LazyLock::new(Mutex::default);

impl Extended {
    /// How its names begin in a mapping.
    pub const PREFIX: &'static str = "extended:";

    /// The property of an identity and a type.
    #[must_use]
    pub fn new(id: MapiId, mapi_type: MapiType) -> Self {
        let mut text = Self::PREFIX.to_owned();
        // Writing to a text cannot fail.
        let _ = match &id {
            MapiId::Tag(tag) => write!(text, "0x{tag:04X}"),
            MapiId::Number(set, number) => write!(text, "{set}/{number}"),
            MapiId::Name(set, name) if set == OWN_SET && !is_path(name) => write!(text, "{name}"),
            MapiId::Name(set, name) if is_number(name) => write!(text, "{set}/\"{name}\""),
            MapiId::Name(set, name) => write!(text, "{set}/{name}"),
        };
        if mapi_type != MapiType::String {
            let _ = write!(text, "#{}", mapi_type.name());
        }
        let definition = Definition {
            id,
            mapi_type,
            text,
        };
        let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
        let same = known.iter().find(|known| known.0.text == definition.text);
        if let Some(same) = same {
            return *same;
        }
        let new = Self(Box::leak(Box::new(definition)));
        known.insert(new);
        new
    }

    /// The same property with another type.
    #[must_use]
    pub fn with_type(self, mapi_type: MapiType) -> Self {
        Self::new(self.0.id.clone(), mapi_type)
    }

    /// What identifies it.
    #[must_use]
    pub const fn id(self) -> &'static MapiId {
        &self.0.id
    }

    /// Its type.
    #[must_use]
    pub const fn mapi_type(self) -> MapiType {
        self.0.mapi_type
    }

    /// Its name in a mapping, always in the same form.
    #[must_use]
    pub const fn text(self) -> &'static str {
        self.0.text.as_str()
    }
}

/// Whether a name would be read as something else without its set.
fn is_path(name: &str) -> bool {
    name.contains('/') || name.starts_with("0x") || name.starts_with("0X")
}

fn is_number(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_digit())
}

fn set(text: &str) -> Result<String, UnknownExtended> {
    let guid = text.trim_matches(['{', '}']).to_ascii_lowercase();
    let known = KNOWN_SETS
        .iter()
        .find(|(name, known)| name.eq_ignore_ascii_case(text) || *known == guid);
    if let Some((name, _)) = known {
        return Ok((*name).to_owned());
    }
    let dashes = [8, 13, 18, 23];
    let is_guid = guid.len() == 36
        && guid.bytes().enumerate().all(|(place, byte)| {
            if dashes.contains(&place) {
                byte == b'-'
            } else {
                byte.is_ascii_hexdigit()
            }
        });
    is_guid.then_some(guid).ok_or(UnknownExtended::Set)
}

impl FromStr for Extended {
    type Err = UnknownExtended;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (path, mapi_type) = match text.rsplit_once('#') {
            Some((path, name)) => (
                path,
                MapiType::from_name(name).ok_or(UnknownExtended::Type)?,
            ),
            None => (text, MapiType::String),
        };
        let named = |name: &str| {
            if name.eq_ignore_ascii_case(STAMP_NAME) {
                return Err(UnknownExtended::Reserved);
            }
            let sound = !name.contains('#') && !name.chars().any(char::is_control);
            sound.then(|| name.to_owned()).ok_or(UnknownExtended::Name)
        };
        if path.trim().is_empty() {
            return Err(UnknownExtended::Empty);
        }
        if let Some(digits) = path.strip_prefix("0x").or_else(|| path.strip_prefix("0X")) {
            let tag = u16::from_str_radix(digits, 16).map_err(|_| UnknownExtended::Tag)?;
            return match tag {
                1..0x8000 => Ok(Self::new(MapiId::Tag(tag), mapi_type)),
                _ => Err(UnknownExtended::Tag),
            };
        }
        let id = match path.split_once('/') {
            None => MapiId::Name(OWN_SET.to_owned(), named(path)?),
            Some((_, "")) => return Err(UnknownExtended::Empty),
            Some((of, name)) if is_number(name) => {
                MapiId::Number(set(of)?, name.parse().map_err(|_| UnknownExtended::Name)?)
            }
            Some((of, name)) => {
                let quoted = name
                    .strip_prefix('"')
                    .and_then(|name| name.strip_suffix('"'));
                let name = quoted.filter(|name| is_number(name)).unwrap_or(name);
                MapiId::Name(set(of)?, named(name)?)
            }
        };
        Ok(Self::new(id, mapi_type))
    }
}

impl PartialEq for Extended {
    fn eq(&self, other: &Self) -> bool {
        self.0.text == other.0.text
    }
}

impl Eq for Extended {}

impl PartialOrd for Extended {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Extended {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.text.cmp(&other.0.text)
    }
}

impl Hash for Extended {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.text.hash(state);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Result<Extended, UnknownExtended> {
        text.parse()
    }

    #[test]
    fn every_form_has_one_name() {
        let guid = "7c1d9c0e-52a1-4c8e-9f52-0d4a3b6f1a77";
        for (given, text) in [
            ("Vip", "extended:Vip".to_owned()),
            ("Vip#bool", "extended:Vip#Boolean".to_owned()),
            ("vip#string", "extended:vip".to_owned()),
            ("0x3a45", "extended:0x3A45".to_owned()),
            ("address/32847", "extended:Address/32847".to_owned()),
            (
                "{00062004-0000-0000-C000-000000000046}/32847#Integer",
                "extended:Address/32847#Integer".to_owned(),
            ),
            (
                "PublicStrings/Keywords#list",
                "extended:PublicStrings/Keywords#StringArray".to_owned(),
            ),
            (
                "7C1D9C0E-52A1-4C8E-9F52-0D4A3B6F1A77/SyncUid",
                format!("extended:{guid}/SyncUid"),
            ),
            (
                "7c1d9c0e-52a1-4c8e-9f52-0d4a3b6f1a77/\"12\"#datetime",
                format!("extended:{guid}/\"12\"#SystemTime"),
            ),
        ] {
            let property = parsed(given).unwrap();
            assert_eq!(property.text(), text, "{given}");
            let again = parsed(&text["extended:".len()..]).unwrap();
            assert_eq!(again, property);
            assert!(std::ptr::eq(again.0, property.0), "kept once: {given}");
        }
        assert_eq!(
            parsed("Vip").unwrap().with_type(MapiType::Boolean),
            parsed("Vip#Boolean").unwrap()
        );
    }

    #[test]
    fn what_names_nothing_is_refused_with_a_reason() {
        for (given, reason) in [
            ("", UnknownExtended::Empty),
            (" #bool", UnknownExtended::Empty),
            ("Address/", UnknownExtended::Empty),
            ("0x8001", UnknownExtended::Tag),
            ("0xzz", UnknownExtended::Tag),
            ("0x0", UnknownExtended::Tag),
            ("Adress/1", UnknownExtended::Set),
            ("00062004-0000-0000-c000/1", UnknownExtended::Set),
            ("Vip#blob", UnknownExtended::Type),
            ("ecsstamp", UnknownExtended::Reserved),
            ("Vip\n", UnknownExtended::Name),
        ] {
            assert_eq!(parsed(given).unwrap_err(), reason, "{given:?}");
        }
    }
}
