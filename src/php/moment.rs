//! Moments as PHP sees them.

use ext_php_rs::boxed::ZBox;
use ext_php_rs::convert::IntoZval;
use ext_php_rs::error::{Error, Result};
use ext_php_rs::flags::DataType;
use ext_php_rs::types::{ZendObject, Zval};
use ext_php_rs::zend::ClassEntry;

use crate::contact::text_of;
use crate::sync::ids::Moment;

/// A `DateTimeImmutable` in UTC.
pub struct DateTime(ZBox<ZendObject>);

impl DateTime {
    /// The object of a moment, with its microseconds.
    pub(super) fn of(moment: Moment) -> Result<Self> {
        let class = ClassEntry::try_find("DateTimeImmutable").ok_or(Error::InvalidPointer)?;
        let object = class.new();
        object.try_call_method("__construct", vec![&precise(moment)])?;
        Ok(Self(object))
    }
}

impl IntoZval for DateTime {
    const TYPE: DataType = DataType::object("DateTimeImmutable");
    const NULLABLE: bool = false;

    fn set_zval(self, zv: &mut Zval, persistent: bool) -> Result<()> {
        self.0.set_zval(zv, persistent)
    }
}

/// A moment as ISO 8601 in UTC, to the second: `2026-03-01T08:30:00Z`. Nothing before 1601 or after 9999.
pub(super) fn iso(moment: Moment) -> String {
    text_of(moment.0.div_euclid(1_000_000)).unwrap_or_default()
}

/// A moment as PHP reads it, with its microseconds.
fn precise(moment: Moment) -> String {
    let text = iso(moment);
    let micros = moment.0.rem_euclid(1_000_000);
    format!("{}.{micros:06} UTC", text.trim_end_matches('Z'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_written_in_utc() {
        for (micros, text) in [
            (0, "1970-01-01T00:00:00Z"),
            (-1, "1969-12-31T23:59:59Z"),
            (951_782_400_000_000, "2000-02-29T00:00:00Z"),
            (951_868_800_000_000, "2000-03-01T00:00:00Z"),
            (1_795_432_764_123_456, "2026-11-23T11:19:24Z"),
            (4_102_444_799_999_999, "2099-12-31T23:59:59Z"),
        ] {
            assert_eq!(iso(Moment(micros)), text);
        }
        assert_eq!(precise(Moment(-1)), "1969-12-31T23:59:59.999999 UTC");
    }
}
