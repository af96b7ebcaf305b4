//! Instants as seconds since 1970-01-01T00:00:00Z, and their xs:dateTime text.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// How many seconds this server's clock is ahead of the machine's.
static AHEAD: AtomicI64 = AtomicI64::new(0);

/// Sets the clock so many seconds ahead of the machine's, or behind.
pub fn set_ahead(seconds: i64) {
    AHEAD.store(seconds, Ordering::Relaxed);
}

/// How many seconds the clock is ahead of the machine's.
pub fn ahead() -> i64 {
    AHEAD.load(Ordering::Relaxed)
}

/// The present second.
pub fn now() -> i64 {
    let machine = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |d| i64::try_from(d.as_secs()).unwrap_or(i64::MAX));
    machine.saturating_add(ahead())
}

/// The present second as HTTP writes it in Date.
pub fn http_date() -> String {
    let since = Duration::from_secs(u64::try_from(now()).unwrap_or(0));
    httpdate::fmt_http_date(UNIX_EPOCH + since)
}

/// Days since 1970-01-01 of a date of the proleptic Gregorian calendar.
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

/// Year, month and day of a number of days since 1970-01-01.
fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 {
        shifted + 3
    } else {
        shifted - 9
    };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day)
}

/// `YYYY-MM-DDTHH:MM:SSZ`
pub fn format(instant: i64) -> String {
    let (year, month, day) = civil_from_days(instant.div_euclid(86_400));
    let second = instant.rem_euclid(86_400);
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

/// `YYYY-MM-DD` of the instant's day in UTC.
pub fn format_date(instant: i64) -> String {
    let (year, month, day) = civil_from_days(instant.div_euclid(86_400));
    format!("{year:04}-{month:02}-{day:02}")
}

/// Reads `YYYY-MM-DD` as midnight UTC.
pub fn parse_date(text: &str) -> Option<i64> {
    let mut parts = text.splitn(3, '-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    let fixed = |part: &str, length: usize| {
        (part.len() == length && part.bytes().all(|b| b.is_ascii_digit()))
            .then(|| part.parse::<i64>().ok())
            .flatten()
    };
    let (year, month, day) = (fixed(year, 4)?, fixed(month, 2)?, fixed(day, 2)?);
    let days = days_from_civil(year, month, day);
    (civil_from_days(days) == (year, month, day)).then_some(days * 86_400)
}

/// Reads an xs:dateTime; fractions are dropped.
///
/// Without a zone it is taken as UTC, the time zone of a request without TimeZoneContext
/// (EWS reference, section 3.6).
pub fn parse(text: &str) -> Option<i64> {
    let text = text.trim();
    let (date, time) = text.split_once('T')?;
    let midnight = parse_date(date)?;
    let (clock, offset) = match time.find(['Z', '+', '-']) {
        Some(at) => (time.get(..at)?, zone(time.get(at..)?)?),
        None => (time, 0),
    };
    let whole = match clock.split_once('.') {
        Some((whole, fraction))
            if !fraction.is_empty() && fraction.bytes().all(|b| b.is_ascii_digit()) =>
        {
            whole
        }
        Some(_) => return None,
        None => clock,
    };
    let mut parts = whole.split(':').map(two_digits);
    let (hour, minute, second) = (parts.next()??, parts.next()??, parts.next()??);
    if parts.next().is_some() || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    Some(midnight + hour * 3600 + minute * 60 + second - offset)
}

fn two_digits(text: &str) -> Option<i64> {
    (text.len() == 2 && text.bytes().all(|b| b.is_ascii_digit()))
        .then(|| text.parse().ok())
        .flatten()
}

fn zone(text: &str) -> Option<i64> {
    if text == "Z" {
        return Some(0);
    }
    let (sign, rest) = match text.split_at_checked(1)? {
        ("+", rest) => (1, rest),
        ("-", rest) => (-1, rest),
        _ => return None,
    };
    let (hour, minute) = rest.split_once(':')?;
    Some(sign * (two_digits(hour)? * 3600 + two_digits(minute)? * 60))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_and_writes_instants() {
        for (text, canonical) in [
            ("1980-05-17T11:59:00Z", "1980-05-17T11:59:00Z"),
            ("1980-05-17T00:00:00+02:00", "1980-05-16T22:00:00Z"),
            ("2024-02-29T23:59:59.1234567-05:30", "2024-03-01T05:29:59Z"),
            ("1604-01-01T00:00:00", "1604-01-01T00:00:00Z"),
        ] {
            assert_eq!(
                parse(text).map(format).as_deref(),
                Some(canonical),
                "{text}"
            );
        }
    }

    #[test]
    fn refuses_what_is_no_instant() {
        for text in [
            "",
            "1980-05-17",
            "1980-02-30T00:00:00Z",
            "1980-5-17T00:00:00Z",
            "1980-05-17T24:00:00Z",
            "x",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn dates_survive() {
        assert_eq!(
            parse_date("1999-12-31").map(format_date).as_deref(),
            Some("1999-12-31")
        );
        assert_eq!(parse_date("1999-13-01"), None);
    }
}
