//! Moments as PHP sees them.

use ext_php_rs::boxed::ZBox;
use ext_php_rs::convert::IntoZval;
use ext_php_rs::error::{Error, Result};
use ext_php_rs::flags::DataType;
use ext_php_rs::types::{ZendObject, Zval};
use ext_php_rs::zend::ClassEntry;

use crate::sync::ids::Moment;

/// A `DateTimeImmutable` in UTC.
pub struct DateTime(ZBox<ZendObject>);

impl DateTime {
    /// The object of a moment, with its microseconds.
    pub(super) fn of(moment: Moment) -> Result<Self> {
        let class = ClassEntry::try_find("DateTimeImmutable").ok_or(Error::InvalidPointer)?;
        let object = class.new();
        let text = format!("{} UTC", Civil::of(moment).text(" ", true));
        object.try_call_method("__construct", vec![&text])?;
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

/// A moment as ISO 8601 in UTC, to the second: `2026-03-01T08:30:00Z`.
pub(super) fn iso(moment: Moment) -> String {
    format!("{}Z", Civil::of(moment).text("T", false))
}

struct Civil {
    year: i64,
    month: i64,
    day: i64,
    second_of_day: i64,
    micros: i64,
}

impl Civil {
    /// Days to date after Howard Hinnant's `civil_from_days`: years begin in March, so that leap days come last.
    fn of(moment: Moment) -> Self {
        const DAY: i64 = 86_400;
        let seconds = moment.0.div_euclid(1_000_000);
        let days = seconds.div_euclid(DAY) + 719_468;
        let era = days.div_euclid(146_097);
        let day_of_era = days.rem_euclid(146_097);
        let year_of_era =
            (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted = (5 * day_of_year + 2) / 153;
        let month = if shifted < 10 {
            shifted + 3
        } else {
            shifted - 9
        };
        Self {
            year: year_of_era + era * 400 + i64::from(month <= 2),
            month,
            day: day_of_year - (153 * shifted + 2) / 5 + 1,
            second_of_day: seconds.rem_euclid(DAY),
            micros: moment.0.rem_euclid(1_000_000),
        }
    }

    fn text(&self, between: &str, micros: bool) -> String {
        let (hour, minute, second) = (
            self.second_of_day / 3_600,
            self.second_of_day / 60 % 60,
            self.second_of_day % 60,
        );
        let fraction = if micros {
            format!(".{:06}", self.micros)
        } else {
            String::new()
        };
        format!(
            "{:04}-{:02}-{:02}{between}{hour:02}:{minute:02}:{second:02}{fraction}",
            self.year, self.month, self.day
        )
    }
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
        assert_eq!(
            Civil::of(Moment(-1)).text(" ", true),
            "1969-12-31 23:59:59.999999"
        );
    }
}
