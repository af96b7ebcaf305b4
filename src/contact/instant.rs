//! Calendar dates that no time zone may move, as Exchange keeps them.
//!
//! Birthdays are moments on the wire: each client stores another moment of the day, Outlook the midnight
//! of its own zone. MAPI has a twin of each, the day at 00:00, which Outlook keeps as well.

use super::{Date, date_at, parse_micros};

const DAY: i64 = 86_400;
const HOUR: i64 = 3_600;

/// The calendar date that a birthday means, given its moment and, if there is one, its local twin.
///
/// A moment at 00:00 or 11:59 UTC is the day in UTC: no zone's midnight is meant by 11:59, and 00:00 is
/// that of the day itself. Any other moment is some zone's midnight: the twin tells the day, unless it is
/// too far away to belong to this moment (a client that knows nothing of twins changed it); without a twin
/// the day is that of twelve hours later, which is right for all zones between -12 and +12.
#[must_use]
pub fn date_of(moment: &str, twin: Option<&str>) -> Option<Date> {
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
#[must_use]
pub fn moment_of(date: Date) -> String {
    format!("{date}T11:59:00Z")
}

/// The local twin that is written for a date.
#[must_use]
pub fn twin_of(date: Date) -> String {
    format!("{date}T00:00:00Z")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contact::days_since_1970;

    fn date(text: &str) -> Date {
        text.parse().unwrap()
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
