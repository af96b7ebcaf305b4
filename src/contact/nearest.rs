//! The existing name that a wrong one was probably meant to be.

/// The nearest of some names, if one is near: letters that differ, are missing, too many or swapped count; upper and lower case do not.
#[must_use]
pub fn nearest<'a>(wanted: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wanted = wanted.to_lowercase();
    known
        .into_iter()
        .map(|name| (strsim::osa_distance(&wanted, &name.to_lowercase()), name))
        .min()
        .filter(|(distance, name)| *distance <= 3 && *distance * 2 < name.len().max(wanted.len()))
        .map(|(_, name)| name)
}

/// The end of a message that offers the nearest name, empty when none is near.
#[must_use]
pub fn did_you_mean<'a>(wanted: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    nearest(wanted, known)
        .map(|name| format!("; did you mean \"{name}\"?"))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_finger_is_recognised_and_a_stranger_is_not() {
        let known = ["first_name", "last_name", "exchange", "url", "id"];
        for (wanted, near) in [
            ("firstname", Some("first_name")),
            ("LAST_NAME", Some("last_name")),
            ("exhcange", Some("exchange")),
            ("URL", Some("url")),
            ("shoe_size", None),
            ("0", None),
        ] {
            assert_eq!(nearest(wanted, known), near, "{wanted}");
        }
        assert_eq!(
            did_you_mean("last_nam", known),
            "; did you mean \"last_name\"?"
        );
        assert_eq!(did_you_mean("shoe_size", known), "");
    }
}
