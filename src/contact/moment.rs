//! Points in time as text, `2024-07-01T12:00:00Z`, and the days that they lie in.

use super::Date;

const DAY: i64 = 86_400;
const HOUR: i64 = 3_600;

/// The microseconds since 1970 of an `xs:dateTime`; without a zone it is taken for UTC. `None` when it is none.
#[must_use]
pub fn parse_micros(text: &str) -> Option<i64> {
    let (day, rest) = text.trim().split_once('T')?;
    let date: Date = day.parse().ok()?;
    let (time, zone) = match rest.find(['Z', '+', '-']) {
        Some(at) => rest.split_at(at),
        None => (rest, "Z"),
    };
    let mut parts = time.splitn(3, ':');
    let hours: i64 = parts.next()?.parse().ok()?;
    let minutes: i64 = parts.next()?.parse().ok()?;
    let last = parts.next()?;
    let (seconds, fraction) = last.split_once('.').unwrap_or((last, ""));
    let seconds: i64 = seconds.parse().ok()?;
    if !(0..=24).contains(&hours) || !(0..60).contains(&minutes) || !(0..=60).contains(&seconds) {
        return None;
    }
    let digits: String = fraction.chars().chain("000000".chars()).take(6).collect();
    let micros: i64 = digits.parse().ok()?;
    let since_midnight = hours * HOUR + minutes * 60 + seconds - offset_of(zone)?;
    Some((days_since_1970(date) * DAY + since_midnight) * 1_000_000 + micros)
}

/// The seconds by which a zone is ahead of UTC.
fn offset_of(zone: &str) -> Option<i64> {
    if zone == "Z" {
        return Some(0);
    }
    let sign = if zone.starts_with('-') { -1 } else { 1 };
    let (hours, minutes) = zone.get(1..)?.split_once(':')?;
    let (hours, minutes): (i64, i64) = (hours.parse().ok()?, minutes.parse().ok()?);
    Some(sign * (hours * HOUR + minutes * 60))
}

/// The text of a number of seconds since 1970; `None` for what Exchange cannot keep.
#[must_use]
pub fn text_of(seconds: i64) -> Option<String> {
    let date = date_at(seconds)?;
    let time = seconds.rem_euclid(DAY);
    let (hours, minutes) = (time / HOUR, time % HOUR / 60);
    Some(format!("{date}T{hours:02}:{minutes:02}:{:02}Z", time % 60))
}

/// Days since 1970-01-01 in the Gregorian calendar, by counting years from March so that a leap day is the last day of its year.
#[must_use]
pub fn days_since_1970(date: Date) -> i64 {
    let (month, day) = (i64::from(date.month()), i64::from(date.day()));
    let year = i64::from(date.year()) - i64::from(month <= 2);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    year * 365 + year / 4 - year / 100 + year / 400 + day_of_year - 719_468
}

/// The date at a number of seconds since 1970, in UTC.
#[must_use]
pub fn date_at(seconds: i64) -> Option<Date> {
    let days = seconds.div_euclid(DAY) + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = (shifted + 2) % 12 + 1;
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    Date::new(
        u16::try_from(year).ok()?,
        u8::try_from(month).ok()?,
        u8::try_from(day).ok()?,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> Date {
        text.parse().unwrap()
    }

    #[test]
    fn moments_are_read_in_all_their_forms() {
        let micros = |text| parse_micros(text);
        assert_eq!(micros("1970-01-01T00:00:00Z"), Some(0));
        assert_eq!(micros("2025-07-05T21:50:03Z"), Some(1_751_752_203_000_000));
        assert_eq!(
            micros("2025-07-05T23:50:03+02:00"),
            micros("2025-07-05T21:50:03Z")
        );
        assert_eq!(
            micros("2025-07-05T21:50:03"),
            micros("2025-07-05T21:50:03Z")
        );
        assert_eq!(
            micros("2025-07-05T21:50:03.25Z"),
            Some(1_751_752_203_250_000)
        );
        assert_eq!(micros("1969-12-31T23:59:59Z"), Some(-1_000_000));
        for text in [
            "",
            "2025-07-05",
            "2025-13-05T00:00:00Z",
            "2025-07-05T25:00:00Z",
            "x",
        ] {
            assert_eq!(micros(text), None, "{text}");
        }
    }

    #[test]
    fn moments_are_written_as_they_are_read() {
        for text in ["1969-12-31T23:59:59Z", "2025-07-05T21:50:03Z"] {
            let seconds = parse_micros(text).unwrap().div_euclid(1_000_000);
            assert_eq!(text_of(seconds).as_deref(), Some(text));
        }
        assert_eq!(text_of(i64::MIN / 2), None);
    }

    #[test]
    fn days_go_there_and_back() {
        for text in [
            "1601-01-01",
            "1899-12-31",
            "1969-12-31",
            "2000-02-29",
            "2100-03-01",
            "9999-12-31",
        ] {
            assert_eq!(
                date_at(days_since_1970(date(text)) * DAY),
                Some(date(text)),
                "{text}"
            );
        }
        for days in -134_774..200_000 {
            let date = date_at(days * DAY).unwrap();
            assert_eq!(days_since_1970(date), days);
        }
    }
}
