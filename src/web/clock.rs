//! The server's clock, as the Date of its answers shows it (R24).

use std::sync::Mutex;
use std::time::SystemTime;

use reqwest::header::{DATE, HeaderMap};

use crate::sync::clock::Skew;
use crate::sync::finding::Finding;
use crate::sync::ids::Moment;

/// A Date names a second that has begun.
const SECOND: i64 = 1_000_000;

const CLOCK: &str = "exchange.clock";

/// A clock that is so many seconds off should be looked after.
const CLOCK_DOUBTFUL: i64 = 30;
/// And one that is off by so much is refused by Kerberos and some policies of NTLM.
const CLOCK_BAD: i64 = 300;

/// What is known of the server's clock. Every answer makes it more exact.
#[derive(Debug, Default)]
pub(crate) struct ServerClock(Mutex<Option<Skew>>);

impl ServerClock {
    /// Takes what an answer tells that came between two times of this machine.
    pub(crate) fn observe(&self, headers: &HeaderMap, asked: SystemTime, answered: SystemTime) {
        let text = headers.get(DATE).and_then(|value| value.to_str().ok());
        let date = text.and_then(|text| httpdate::parse_http_date(text).ok());
        let (Some(Moment(shown)), Some(asked), Some(answered)) =
            (date.and_then(moment), moment(asked), moment(answered))
        else {
            return;
        };
        let seen = Skew::between(
            Moment(shown),
            Moment(shown.saturating_add(SECOND)),
            asked,
            answered,
        );
        if let Ok(mut known) = self.0.lock() {
            *known = Some(known.map_or(seen, |known| known.and(seen)));
        }
    }

    /// How far the server's clock is ahead of this machine's; `None` before an answer showed it.
    pub(crate) fn skew(&self) -> Option<Skew> {
        self.0.lock().ok().and_then(|known| *known)
    }
}

fn moment(time: SystemTime) -> Option<Moment> {
    let since = time.duration_since(SystemTime::UNIX_EPOCH).ok()?;
    i64::try_from(since.as_micros()).ok().map(Moment)
}

/// How a clock goes beside this machine's, for a person.
pub(crate) fn finding(skew: Skew) -> Finding {
    // The server tells whole seconds only: the least that it can be off counts.
    let micros = if skew.least > 0 {
        skew.least
    } else {
        skew.most.min(0)
    };
    let seconds = micros / 1_000_000;
    let (off, way) = (
        seconds.abs(),
        if seconds < 0 { "behind" } else { "ahead of" },
    );
    let message = format!(
        "Exchange's clock is {off} s {way} this machine's; that changes no merge, but keep both by NTP"
    );
    match off {
        _ if off >= CLOCK_BAD => Finding::bad(
            CLOCK,
            format!("{message}: log-ins by Kerberos or with tokens fail beyond five minutes"),
        ),
        _ if off >= CLOCK_DOUBTFUL => Finding::doubtful(CLOCK, message),
        _ => Finding::good(CLOCK, "Exchange's clock and this machine's agree"),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::sync::finding::Grade;

    fn answer(date: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(DATE, date.parse().unwrap());
        headers
    }

    /// R24: the Date tells to the second, a slow answer tells less, one without a Date nothing.
    #[test]
    fn the_date_of_an_answer_tells_how_the_servers_clock_goes() {
        let clock = ServerClock::default();
        let at = |seconds| SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
        clock.observe(&answer("never"), at(1_000), at(1_001));
        assert_eq!(clock.skew(), None);
        // 1970-01-01T00:21:40Z is second 1300.
        clock.observe(&answer("Thu, 01 Jan 1970 00:21:40 GMT"), at(990), at(1_010));
        let known = clock
            .skew()
            .map(|skew| (skew.least / SECOND, skew.most / SECOND));
        assert_eq!(known, Some((290, 311)));
        clock.observe(
            &answer("Thu, 01 Jan 1970 00:21:50 GMT"),
            at(1_010),
            at(1_010),
        );
        let known = clock
            .skew()
            .map(|skew| (skew.least / SECOND, skew.most / SECOND));
        assert_eq!(known, Some((300, 301)));
    }

    #[test]
    fn clocks_are_judged_by_what_they_are_off_at_least() {
        let grade = |least: i64, most: i64| {
            let second = 1_000_000;
            finding(Skew {
                least: least * second,
                most: most * second,
            })
            .grade
        };
        assert_eq!(grade(-1, 1), Grade::Good);
        assert_eq!(grade(29, 31), Grade::Good);
        assert_eq!(grade(30, 31), Grade::Doubtful);
        assert_eq!(grade(-40, -39), Grade::Doubtful);
        assert_eq!(grade(300, 301), Grade::Bad);
    }
}
