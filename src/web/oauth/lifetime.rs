//! How long a token is used.

use std::time::Duration;

/// The longest time before its end at which a token is given up.
const EARLY: Duration = Duration::from_secs(150);

/// A lifetime that no token has; a longer one is not believed.
const LONGEST: Duration = Duration::from_secs(86_400);

/// How long before its end a token of this lifetime is given up: minutes, and at most a tenth of it.
///
/// Each process has its own moment, so that one of them renews the token for all instead of all of them at once. What is left of
/// the crowd is harmless: a token more is issued.
pub(super) fn early(lifetime: Duration, process: u32) -> Duration {
    let base = (lifetime / 20).min(EARLY);
    let share = f64::from(process.wrapping_mul(2_654_435_761) >> 16) / 65_536.0;
    base + base.mul_f64(share)
}

/// A lifetime as far as it is believed.
pub(super) fn believed(seconds: u64) -> Duration {
    Duration::from_secs(seconds).min(LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_given_up_some_minutes_before_its_end_and_at_most_a_tenth() {
        let hour = Duration::from_secs(3600);
        let moments: Vec<Duration> = (0..200).map(|process| early(hour, process)).collect();
        assert!(
            moments
                .iter()
                .all(|early| (EARLY..=EARLY * 2).contains(early))
        );
        let distinct: std::collections::BTreeSet<_> = moments.iter().collect();
        assert!(distinct.len() > 190, "{}", distinct.len());
        for process in [1, 4711, u32::MAX] {
            for seconds in [0, 1, 60, 600] {
                let lifetime = Duration::from_secs(seconds);
                assert!(early(lifetime, process) <= lifetime / 10);
            }
        }
        assert_eq!(believed(u64::MAX), LONGEST);
    }
}
