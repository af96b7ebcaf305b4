//! The legs of a property: what each side was last known to hold.

use crate::contact::{CanonicalError, Fingerprint, Value, decode_value, encode_value};

/// The longest text, in bytes, that a base keeps. Of a longer one it keeps the fingerprint, which tells whether a side has changed as well
/// as the text does; a database takes a millisecond to store a hundred kilobytes, and every delivery stores the base twice.
pub const LONGEST_TEXT: usize = 4_096;

/// One side's leg of a property: what that side was last known to hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Leg {
    /// Never seen: newly mapped, or not yet read back.
    #[default]
    Unknown,
    /// Known to be empty.
    Empty,
    /// Known to hold this.
    Value(Value),
    /// Known to hold the text of this fingerprint, which is longer than [`LONGEST_TEXT`].
    Long(Fingerprint),
}

impl Leg {
    /// The leg of a value that was seen.
    #[must_use]
    pub fn of(value: Option<&Value>) -> Self {
        match value {
            None => Self::Empty,
            Some(Value::Text(text)) if text.len() > LONGEST_TEXT => {
                Self::Long(Fingerprint::of(text.as_bytes()))
            }
            Some(value) => Self::Value(value.clone()),
        }
    }

    /// Whether the side is known to have held exactly this.
    #[must_use]
    pub fn holds(&self, value: Option<&Value>) -> bool {
        match (self, value) {
            (Self::Empty, None) => true,
            (Self::Value(known), Some(value)) => known.same(value),
            (Self::Long(known), Some(Value::Text(text))) => {
                text.len() > LONGEST_TEXT && *known == Fingerprint::of(text.as_bytes())
            }
            (Self::Long(_) | Self::Unknown | Self::Empty, Some(_))
            | (Self::Long(_) | Self::Unknown | Self::Value(_), None) => false,
        }
    }

    /// The value, if one is known and kept.
    #[must_use]
    pub fn value(&self) -> Option<&Value> {
        match self {
            Self::Value(value) => Some(value),
            Self::Unknown | Self::Empty | Self::Long(_) => None,
        }
    }
}

/// Both legs of one property.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Legs {
    /// What the row held.
    pub row: Leg,
    /// What the item held.
    pub item: Leg,
    /// What was about to be written to the item, while it is not known whether it arrived (R16). Unknown: nothing was, but the item
    /// holds something else than its leg says.
    pub sent: Option<Leg>,
}

impl Legs {
    /// Whether the item holds what we know of it, or what we were about to write.
    #[must_use]
    pub fn item_holds(&self, value: Option<&Value>) -> bool {
        self.item.holds(value) || self.sent.as_ref().is_some_and(|sent| sent.holds(value))
    }
}

/// Writes a leg as the stored form of a base has it.
pub(super) fn encode_leg(leg: &Leg, out: &mut String) {
    match leg {
        Leg::Unknown => out.push('?'),
        Leg::Empty => {}
        Leg::Value(value) => encode_value(value, out),
        Leg::Long(print) => {
            out.push('#');
            out.push_str(&print.to_string());
        }
    }
}

/// Reads what [`encode_leg`] wrote.
///
/// # Errors
/// When the text is damaged.
pub(super) fn decode_leg(text: &str) -> Result<Leg, CanonicalError> {
    match text {
        "?" => Ok(Leg::Unknown),
        "" => Ok(Leg::Empty),
        _ => match text.strip_prefix('#') {
            Some(print) => Fingerprint::parse(print)
                .map(Leg::Long)
                .ok_or(CanonicalError),
            None => decode_value(text).map(|value| Leg::of(Some(&value))),
        },
    }
}
