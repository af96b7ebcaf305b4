//! Clocks that go differently: how far one is ahead of another, and how sure that is (R24).

use super::ids::Moment;

/// How far a clock is ahead of another one, in microseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Skew {
    /// The least that it can be.
    pub least: i64,
    /// The most that it can be.
    pub most: i64,
}

impl Skew {
    /// From a time that a clock showed, known to lie between two values, while the other clock went from one time to another.
    #[must_use]
    pub fn between(shown_from: Moment, shown_to: Moment, asked: Moment, answered: Moment) -> Self {
        Self {
            least: shown_from.0.saturating_sub(answered.0),
            most: shown_to.0.saturating_sub(asked.0),
        }
    }

    /// What two observations of the same clocks come to: both hold, unless a clock was set meanwhile. Then the new one does.
    #[must_use]
    pub fn and(self, newer: Self) -> Self {
        let both = Self {
            least: self.least.max(newer.least),
            most: self.most.min(newer.most),
        };
        if both.least <= both.most { both } else { newer }
    }

    /// How far a clock is ahead of a third one, of which the second is so far ahead.
    #[must_use]
    pub fn minus(self, other: Self) -> Self {
        Self {
            least: self.least.saturating_sub(other.most),
            most: self.most.saturating_sub(other.least),
        }
    }

    /// The latest that a moment of the clock ahead can be on the other one.
    #[must_use]
    pub fn latest(self, moment: Moment) -> Moment {
        Moment(moment.0.saturating_sub(self.least))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// R24: what is known of the clocks narrows with every answer, and a clock that was set is noticed.
    #[test]
    fn observations_narrow_the_skew_down() {
        let at = |shown: i64, asked, answered| {
            Skew::between(
                Moment(shown),
                Moment(shown + 1_000),
                Moment(asked),
                Moment(answered),
            )
        };
        let first = at(300_000, 0, 100);
        assert_eq!((first.least, first.most), (299_900, 301_000));
        let second = first.and(at(301_000, 1_800, 1_900));
        assert_eq!((second.least, second.most), (299_900, 300_200));
        let set = second.and(at(5_000, 4_000, 4_100));
        assert_eq!((set.least, set.most), (900, 2_000));
    }

    #[test]
    fn a_third_clock_adds_its_uncertainty() {
        let server = Skew {
            least: 290,
            most: 310,
        };
        let database = Skew {
            least: -15,
            most: -5,
        };
        let between = server.minus(database);
        assert_eq!((between.least, between.most), (295, 325));
        assert_eq!(between.latest(Moment(1_000)), Moment(705));
    }
}
