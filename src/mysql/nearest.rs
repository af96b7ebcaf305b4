//! The existing name that a wrong one was probably meant to be.

/// The nearest of some names, if one is near; upper and lower case do not matter.
#[must_use]
pub(crate) fn nearest<'a>(
    wanted: &str,
    known: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let wanted = wanted.to_lowercase();
    known
        .into_iter()
        .map(|name| (distance(&wanted, &name.to_lowercase()), name))
        .min()
        .filter(|(distance, name)| *distance <= 3 && *distance * 2 < name.len().max(wanted.len()))
        .map(|(_, name)| name)
}

/// A hint for a message, empty when no name is near.
#[must_use]
pub(crate) fn hint<'a>(wanted: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    nearest(wanted, known)
        .map(|name| format!("; did you mean \"{name}\"?"))
        .unwrap_or_default()
}

/// The number of letters that have to be changed, added or left out.
fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut costs: Vec<usize> = (0..=right.len()).collect();
    for (row, letter) in left.chars().enumerate() {
        let mut last = row + 1;
        let mut next = vec![last];
        for (other, pair) in right.iter().zip(costs.windows(2)) {
            if let [diagonal, above] = pair {
                last = (diagonal + usize::from(letter != *other))
                    .min(above + 1)
                    .min(last + 1);
                next.push(last);
            }
        }
        costs = next;
    }
    costs.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_finger_is_recognised_and_a_stranger_is_not() {
        let known = ["first_name", "last_name", "id"];
        assert_eq!(nearest("firstname", known), Some("first_name"));
        assert_eq!(nearest("LAST_NAME", known), Some("last_name"));
        assert_eq!(nearest("shoe_size", known), None);
        assert_eq!(hint("last_nam", known), "; did you mean \"last_name\"?");
    }
}
