//! Finds what a mistyped word was meant to be.

/// The known word that is nearest, if one is near.
pub(super) fn nearest<'a>(word: &str, known: &[&'a str]) -> Option<&'a str> {
    let wanted = word.to_lowercase();
    known
        .iter()
        .map(|candidate| (distance(&wanted, &candidate.to_lowercase()), *candidate))
        .min_by_key(|(distance, _)| *distance)
        .filter(|(distance, candidate)| *distance <= 3 && *distance * 2 <= candidate.len())
        .map(|(_, candidate)| candidate)
}

/// How many letters have to be changed, added, removed or swapped with their neighbour.
fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut above: Vec<usize> = (0..=right.len()).collect();
    let mut two_above: Vec<usize> = Vec::new();
    let mut previous: Option<char> = None;
    for (line, a) in left.chars().enumerate() {
        let mut row = vec![line + 1];
        for (column, b) in right.iter().enumerate() {
            let at =
                |row: &[usize], place: usize| row.get(place).copied().unwrap_or(usize::MAX / 2);
            let replaced = at(&above, column) + usize::from(a != *b);
            let mut best = replaced
                .min(at(&above, column + 1) + 1)
                .min(at(&row, column) + 1);
            if let Some(before) = column.checked_sub(1)
                && previous == Some(*b)
                && right.get(before) == Some(&a)
            {
                best = best.min(at(&two_above, before) + 1);
            }
            row.push(best);
        }
        two_above = std::mem::replace(&mut above, row);
        previous = Some(a);
    }
    above.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_count_edits_and_swaps() {
        for (left, right, edits) in [
            ("", "", 0),
            ("", "abc", 3),
            ("usrname", "username", 1),
            ("exhcange", "exchange", 1),
            ("kitten", "sitting", 3),
        ] {
            assert_eq!(distance(left, right), edits, "{left} {right}");
            assert_eq!(distance(right, left), edits, "{right} {left}");
        }
    }

    #[test]
    fn only_what_is_near_is_offered() {
        let known = ["url", "username", "password"];
        assert_eq!(nearest("usrname", &known), Some("username"));
        assert_eq!(nearest("URL", &known), Some("url"));
        assert_eq!(nearest("shoe_size", &known), None);
        assert_eq!(nearest("0", &known), None);
    }
}
