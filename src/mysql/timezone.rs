//! The time zone in which the app writes date-times.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::{Offset, TimeZone};

use crate::sync::error::{StoreClass, StoreError};
use crate::sync::ids::Moment;

/// A time zone of the configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Zone(TimeZone);

impl Zone {
    /// Reads `UTC`, an offset such as `+02:00`, or a name such as `Europe/Berlin`.
    ///
    /// # Errors
    /// When there is no such zone on this machine.
    pub(crate) fn parse(name: &str) -> Result<Self, StoreError> {
        if name.eq_ignore_ascii_case("UTC") || name == "Z" {
            return Ok(Self(TimeZone::UTC));
        }
        if let Some(offset) = offset(name) {
            return Ok(Self(TimeZone::fixed(offset)));
        }
        TimeZone::get(name).map(Self).map_err(|_| {
            StoreError::new(
                StoreClass::Config,
                format!("there is no time zone \"{name}\"; expected UTC, +02:00 or a name such as Europe/Berlin"),
            )
        })
    }

    /// The moment of a date-time as MySQL writes it; `None` when it is empty or none.
    #[must_use]
    pub(crate) fn moment(&self, text: &str) -> Option<Moment> {
        let local: DateTime = text.trim().parse().ok()?;
        let zoned = local.to_zoned(self.0.clone()).ok()?;
        Some(Moment(zoned.timestamp().as_microsecond()))
    }

    /// UTC.
    pub(crate) const fn utc() -> Self {
        Self(TimeZone::UTC)
    }

    /// A point in time, in seconds since 1970, as MySQL takes it; `None` for what no column can hold.
    #[must_use]
    pub(crate) fn date_time(&self, seconds: i64) -> Option<String> {
        let zoned = Timestamp::from_second(seconds)
            .ok()?
            .to_zoned(self.0.clone());
        (zoned.year() >= 1_000).then(|| zoned.strftime("%Y-%m-%d %H:%M:%S").to_string())
    }

    /// The seconds by which this zone is ahead of UTC now.
    #[must_use]
    pub(crate) fn offset_now(&self) -> i32 {
        self.0.to_offset(Timestamp::now()).seconds()
    }
}

fn offset(name: &str) -> Option<Offset> {
    let (sign, rest) = match name.as_bytes().first()? {
        b'+' => (1, name.get(1..)?),
        b'-' => (-1, name.get(1..)?),
        _ => return None,
    };
    let (hours, minutes) = rest.split_once(':')?;
    let (hours, minutes): (i32, i32) = (hours.parse().ok()?, minutes.parse().ok()?);
    ((0..=14).contains(&hours) && (0..60).contains(&minutes))
        .then(|| Offset::from_seconds(sign * (hours * 3_600 + minutes * 60)).ok())
        .flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_time_is_read_in_its_zone() {
        let at = |zone: &str, text: &str| Zone::parse(zone).unwrap().moment(text);
        let noon = Some(Moment(1_719_835_200_000_000));
        assert_eq!(at("UTC", "2024-07-01 12:00:00"), noon);
        assert_eq!(at("+02:00", "2024-07-01 14:00:00.000000"), noon);
        assert_eq!(at("-01:30", "2024-07-01 10:30:00"), noon);
        assert_eq!(at("UTC", "0000-00-00 00:00:00"), None);
        assert!(Zone::parse("Mars/Olympus").is_err());
        let written = |zone: &str| Zone::parse(zone).unwrap().date_time(1_719_835_200);
        assert_eq!(written("UTC").as_deref(), Some("2024-07-01 12:00:00"));
        assert_eq!(written("-01:30").as_deref(), Some("2024-07-01 10:30:00"));
        if let Ok(berlin) = Zone::parse("Europe/Berlin") {
            assert_eq!(berlin.moment("2024-07-01 14:00:00"), noon);
            assert_eq!(
                berlin.moment("2024-01-01 13:00:00"),
                Some(Moment(1_704_110_400_000_000))
            );
        }
    }
}
