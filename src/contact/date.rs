//! A calendar date: year, month and day, without a time and without a time zone.

use std::fmt;
use std::str::FromStr;

/// A day of the Gregorian calendar between the years 1601 and 9999, which is what Exchange can keep.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date {
    year: u16,
    month: u8,
    day: u8,
}

impl Date {
    /// The date, or `None` when there is no such day or it lies before 1601 or after 9999.
    #[must_use]
    pub const fn new(year: u16, month: u8, day: u8) -> Option<Self> {
        if year < 1601 || year > 9999 || day < 1 || day > days_in_month(year, month) {
            return None;
        }
        Some(Self { year, month, day })
    }

    /// The year, 1601 to 9999.
    #[must_use]
    pub const fn year(self) -> u16 {
        self.year
    }

    /// The month, 1 to 12.
    #[must_use]
    pub const fn month(self) -> u8 {
        self.month
    }

    /// The day of the month, 1 to 31.
    #[must_use]
    pub const fn day(self) -> u8 {
        self.day
    }

    /// The following day; the last day of 9999 is its own follower.
    #[must_use]
    pub const fn next_day(self) -> Self {
        let Self { year, month, day } = self;
        let next = if day < days_in_month(year, month) {
            Self::new(year, month, day + 1)
        } else if month < 12 {
            Self::new(year, month + 1, 1)
        } else {
            Self::new(year + 1, 1, 1)
        };
        match next {
            Some(next) => next,
            None => self,
        }
    }
}

const fn days_in_month(year: u16, month: u8) -> u8 {
    match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => {
            29
        }
        2 => 28,
        _ => 0,
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

impl FromStr for Date {
    type Err = String;

    /// Reads `YYYY-MM-DD`, also when a time of day follows after a blank or a `T`: the time is left out.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let day = text.split(['T', ' ']).next().unwrap_or_default();
        let mut parts = day.splitn(3, '-');
        let mut number = || {
            let part = parts.next()?;
            part.bytes()
                .all(|byte| byte.is_ascii_digit())
                .then(|| part.parse::<u16>().ok())
                .flatten()
        };
        let date = (|| {
            let (year, month, day) = (number()?, number()?, number()?);
            Self::new(year, u8::try_from(month).ok()?, u8::try_from(day).ok()?)
        })();
        date.ok_or_else(|| text.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_and_writes_days_and_refuses_what_is_none() {
        for text in ["1899-12-31", "1969-12-31", "2000-02-29", "9999-12-31"] {
            assert_eq!(text.parse::<Date>().unwrap().to_string(), text);
        }
        assert_eq!(
            "1980-05-17 23:59:59".parse(),
            Ok(Date::new(1980, 5, 17).unwrap())
        );
        for text in [
            "",
            "1900-02-29",
            "0000-00-00",
            "1600-12-31",
            "17.5.1980",
            "1980-5",
            "+980-01-01",
        ] {
            assert_eq!(text.parse::<Date>(), Err(text.to_owned()));
        }
    }

    #[test]
    fn the_next_day_knows_months_and_leap_years() {
        let next = |text: &str| text.parse::<Date>().unwrap().next_day().to_string();
        assert_eq!(next("2000-02-28"), "2000-02-29");
        assert_eq!(next("1900-02-28"), "1900-03-01");
        assert_eq!(next("1999-12-31"), "2000-01-01");
        assert_eq!(next("9999-12-31"), "9999-12-31");
    }
}
