//! `xs:dateTime` as EWS writes it, and calendar dates that no time zone may move.
//!
//! Birthdays are moments on the wire: each client stores another moment of the day, Outlook the midnight
//! of its own zone. MAPI has a twin of each, the day at 00:00, which Outlook keeps as well.

use crate::contact::Date;

const DAY: i64 = 86_400;
const HOUR: i64 = 3_600;

/// The microseconds since 1970 of an `xs:dateTime`; without a zone it is taken for UTC. `None` when it is none.
pub(super) fn parse_micros(text: &str) -> Option<i64> {
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

/// The calendar date that a birthday means, given its moment and, if there is one, its local twin.
///
/// A moment at 00:00 or 11:59 UTC is the day in UTC: no zone's midnight is meant by 11:59, and 00:00 is
/// that of the day itself. Any other moment is some zone's midnight: the twin tells the day, unless it is
/// too far away to belong to this moment (a client that knows nothing of twins changed it); without a twin
/// the day is that of twelve hours later, which is right for all zones between -12 and +12.
pub(super) fn date_of(moment: &str, twin: Option<&str>) -> Option<Date> {
    let seconds = parse_micros(moment)?.div_euclid(1_000_000);
    let time = seconds.rem_euclid(DAY);
    if time == 0 || time == 11 * HOUR + 59 * 60 {
        return date_at(seconds);
    }
    let twin = twin.and_then(parse_micros).map(|micros| {
        let seconds = micros.div_euclid(1_000_000);
        seconds - seconds.rem_euclid(DAY)
    });
    match twin {
        Some(midnight) if (-14 * HOUR..=12 * HOUR).contains(&(seconds - midnight)) => {
            date_at(midnight)
        }
        Some(_) | None => date_at(seconds + 12 * HOUR),
    }
}

/// The moment that is written for a date: the one at which most clients in any zone see the right day.
pub(super) fn moment_of(date: Date) -> String {
    format!("{date}T11:59:00Z")
}

/// The `xs:dateTime` of a number of seconds since 1970; `None` for what Exchange cannot keep.
pub(super) fn text_of(seconds: i64) -> Option<String> {
    let date = date_at(seconds)?;
    let time = seconds.rem_euclid(DAY);
    let (hours, minutes) = (time / HOUR, time % HOUR / 60);
    Some(format!("{date}T{hours:02}:{minutes:02}:{:02}Z", time % 60))
}

/// The local twin that is written for a date.
pub(super) fn twin_of(date: Date) -> String {
    format!("{date}T00:00:00Z")
}

/// Days since 1970-01-01 in the Gregorian calendar, by counting years from March so that a leap day is the last day of its year.
fn days_since_1970(date: Date) -> i64 {
    let (month, day) = (i64::from(date.month()), i64::from(date.day()));
    let year = i64::from(date.year()) - i64::from(month <= 2);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    year * 365 + year / 4 - year / 100 + year / 400 + day_of_year - 719_468
}

/// The date at a number of seconds since 1970, in UTC.
fn date_at(seconds: i64) -> Option<Date> {
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

    /// Every client's way to write a day, in every zone, gives that day.
    #[test]
    fn a_birthday_is_the_same_day_whoever_wrote_it_and_wherever() {
        for text in ["1899-12-31", "1969-12-31", "1980-05-17", "2000-02-29"] {
            let day = date(text);
            let twin = twin_of(day);
            assert_eq!(date_of(&moment_of(day), None), Some(day));
            assert_eq!(date_of(&format!("{text}T00:00:00Z"), None), Some(day));
            for hours in -12..=14_i64 {
                for minutes in [0, 30, 45] {
                    if hours == 14 && minutes > 0 {
                        continue;
                    }
                    let midnight = days_since_1970(day) * DAY - hours * HOUR - minutes * 60;
                    let at = date_at(midnight).unwrap();
                    let time = midnight.rem_euclid(DAY);
                    let moment = format!("{at}T{:02}:{:02}:00Z", time / HOUR, time % HOUR / 60);
                    assert_eq!(date_of(&moment, Some(&twin)), Some(day), "{moment}");
                    let ahead = hours * 60 + minutes;
                    if -12 * 60 < ahead && ahead <= 12 * 60 {
                        assert_eq!(date_of(&moment, None), Some(day), "{moment}");
                    }
                }
            }
        }
    }

    #[test]
    fn a_twin_that_belongs_to_an_older_day_is_not_believed() {
        let twin = Some("1980-05-17T00:00:00Z");
        assert_eq!(
            date_of("1980-05-18T11:59:00Z", twin),
            Some(date("1980-05-18"))
        );
        assert_eq!(
            date_of("1980-05-16T11:59:00Z", twin),
            Some(date("1980-05-16"))
        );
        assert_eq!(
            date_of("1981-05-16T22:00:00Z", twin),
            Some(date("1981-05-17"))
        );
        assert_eq!(
            date_of("1980-05-16T22:00:00Z", Some("rubbish")),
            Some(date("1980-05-17"))
        );
    }
}
