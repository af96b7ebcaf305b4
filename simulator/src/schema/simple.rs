//! Values of attributes and of elements that hold text.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::clock;

/// A simple type of the schema.
pub enum Simple {
    /// Any text.
    Text,
    /// Text of at least one character.
    NonEmpty,
    /// `true`, `false`, `1` or `0`.
    Boolean,
    /// A 32-bit integer.
    Int,
    /// An integer between two bounds, both included.
    Range(i32, i32),
    /// An xs:dateTime.
    DateTime,
    /// One of these words.
    Enum(&'static [&'static str]),
    /// A GUID without braces.
    Guid,
    /// `0x` and one to four hex digits, or a decimal unsigned short.
    PropertyTag,
    /// Base64, with white space anywhere.
    Base64,
    /// A path of an unindexed property.
    FieldUri,
}

impl Simple {
    /// Whether a value is of this type.
    pub fn allows(&self, value: &str) -> bool {
        match self {
            Self::Text => true,
            Self::NonEmpty => !value.is_empty(),
            Self::Boolean => matches!(value.trim(), "true" | "false" | "1" | "0"),
            Self::Int => value.trim().parse::<i32>().is_ok(),
            Self::Range(low, high) => value
                .trim()
                .parse::<i32>()
                .is_ok_and(|n| (*low..=*high).contains(&n)),
            Self::DateTime => clock::parse(value).is_some(),
            Self::Enum(words) => words.contains(&value),
            Self::Guid => is_guid(value),
            Self::PropertyTag => property_tag(value).is_some(),
            Self::Base64 => {
                let packed: String = value.split_ascii_whitespace().collect();
                STANDARD.decode(packed).is_ok()
            }
            Self::FieldUri => super::paths::is_field_uri(value),
        }
    }
}

/// Whether a text is a GUID without braces.
pub fn is_guid(value: &str) -> bool {
    value.len() == 36
        && value.bytes().enumerate().all(|(at, b)| match at {
            8 | 13 | 18 | 23 => b == b'-',
            _ => b.is_ascii_hexdigit(),
        })
}

/// Reads a PropertyTag attribute; the id half of the tag.
pub fn property_tag(value: &str) -> Option<u16> {
    match value
        .strip_prefix("0x")
        .or_else(|| value.strip_prefix("0X"))
    {
        Some(hex) if (1..=4).contains(&hex.len()) => u16::from_str_radix(hex, 16).ok(),
        Some(_) => None,
        None => value.parse().ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_its_values() {
        assert!(Simple::Guid.allows("7c1d9c0e-52a1-4c8e-9f52-0d4a3b6f1a77"));
        assert!(!Simple::Guid.allows("{7c1d9c0e-52a1-4c8e-9f52-0d4a3b6f1a77}"));
        assert_eq!(property_tag("0x3a45"), Some(0x3A45));
        assert_eq!(property_tag("14917"), Some(0x3A45));
        assert_eq!(property_tag("0x13A45"), None);
        assert!(Simple::Range(1, 512).allows("512"));
        assert!(!Simple::Range(1, 512).allows("0"));
        assert!(!Simple::Boolean.allows("yes"));
        assert!(Simple::Base64.allows("/9j/\n 4AA=") && !Simple::Base64.allows("/9j"));
    }
}
