//! What a server's certificate says of itself.

use std::time::{SystemTime, UNIX_EPOCH};

use picky_asn1_x509::{Certificate, validity::Time};

use crate::contact::{Date, days_since_1970};

/// Days before the end of a certificate when somebody should know.
pub(super) const SOON: i64 = 21;

/// For whom and by whom it was made, and for how long it is good.
pub(super) struct Described {
    pub(super) subject: String,
    pub(super) issuer: String,
    /// Days that are left; negative after the end.
    pub(super) days_left: Option<i64>,
}

pub(super) fn describe(der: &[u8], now: SystemTime) -> Option<Described> {
    let certificate: Certificate = picky_asn1_der::from_bytes(der).ok()?;
    let tbs = certificate.tbs_certificate;
    Some(Described {
        subject: tbs.subject.to_string(),
        issuer: tbs.issuer.to_string(),
        days_left: last_day(&tbs.validity.not_after)
            .zip(day_of(now))
            .map(|(end, now)| end - now),
    })
}

fn last_day(end: &Time) -> Option<i64> {
    let (year, month, day) = match end {
        Time::Utc(date) => (date.year(), date.month(), date.day()),
        Time::Generalized(date) => (date.year(), date.month(), date.day()),
    };
    Date::new(year, month, day).map(days_since_1970)
}

fn day_of(now: SystemTime) -> Option<i64> {
    let seconds = now.duration_since(UNIX_EPOCH).ok()?.as_secs();
    i64::try_from(seconds / 86_400).ok()
}
