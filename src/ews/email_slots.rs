//! Which slot each address of a list gets: what is there stays where it is, and only what changes is written.

use crate::contact::EmailKey;
use crate::sync::email_overflow::{distinct, is_same};

/// What a slot holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Slot {
    /// Nothing.
    Free,
    /// An address.
    Address(String),
    /// An entry of the company's address list with this SMTP form, which is not written anew.
    Listed(String),
    /// Such an entry without a known SMTP form: it is in no list, and stays.
    Foreign,
}

impl Slot {
    /// The address.
    pub(super) fn address(&self) -> Option<&String> {
        match self {
            Self::Address(address) | Self::Listed(address) => Some(address),
            Self::Free | Self::Foreign => None,
        }
    }
}

/// What becomes of a list of addresses.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Placement {
    /// The slots that change; `None` clears one.
    pub(super) slots: Vec<(EmailKey, Option<String>)>,
    /// The addresses that have no slot, those that had none before first.
    pub(super) others: Vec<String>,
}

/// Places the wanted addresses, given what the slots hold and which addresses were left over before. An address keeps its place while it
/// is wanted; a new one takes the first slot that is free, or becomes free; what is left over is not moved when a slot becomes free.
pub(super) fn place(slots: &[Slot; 3], others: &[String], wanted: &[String]) -> Placement {
    let wanted: Vec<&String> = distinct(wanted).collect();
    let spelled = |now: &String| wanted.iter().copied().find(|one| is_same(one, now));
    let mut placed: Vec<&String> = slots
        .iter()
        .filter_map(Slot::address)
        .filter_map(spelled)
        .collect();
    let mut left_over: Vec<&String> = Vec::new();
    for other in others.iter().filter_map(spelled) {
        if !placed.contains(&other) {
            placed.push(other);
            left_over.push(other);
        }
    }
    let mut new = wanted
        .iter()
        .copied()
        .filter(|address| !placed.contains(address));
    let mut writes = Vec::new();
    for (key, slot) in EmailKey::ALL.iter().zip(slots) {
        let write = match (slot, slot.address().map(spelled)) {
            (Slot::Foreign | Slot::Listed(_), None | Some(Some(_))) => None,
            (Slot::Address(now), Some(Some(wanted))) => (now != wanted).then_some(Some(wanted)),
            (Slot::Free | Slot::Address(_), None | Some(Some(_))) => new.next().map(Some),
            (_, Some(None)) => Some(new.next()),
        };
        writes.extend(write.map(|address| (*key, address.cloned())));
    }
    left_over.extend(new);
    Placement {
        slots: writes,
        others: left_over.into_iter().cloned().collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Slots as words: `-` is free, `?` a foreign entry, `=a` an entry of the address list.
    fn slots(text: &str) -> [Slot; 3] {
        let mut slots = text.split(' ').map(|word| match word {
            "-" => Slot::Free,
            "?" => Slot::Foreign,
            _ => match word.strip_prefix('=') {
                Some(address) => Slot::Listed(address.to_owned()),
                None => Slot::Address(word.to_owned()),
            },
        });
        [(); 3].map(|()| slots.next().unwrap())
    }

    fn list(text: &str) -> Vec<String> {
        text.split_whitespace().map(str::to_owned).collect()
    }

    fn outcome(now: &str, others: &str, wanted: &str) -> String {
        let placement = place(&slots(now), &list(others), &list(wanted));
        let writes = placement.slots.iter().map(|(key, address)| {
            let number = key.name().trim_start_matches("EmailAddress");
            format!("{number}:{}", address.as_deref().unwrap_or("x"))
        });
        let writes: Vec<String> = writes.collect();
        format!("{} | {}", writes.join(" "), placement.others.join(" "))
    }

    /// semantics 35, 36, user-pains 20: addresses keep their slots, nothing is reordered, and what is foreign stays.
    #[test]
    fn only_what_changes_is_written() {
        for (now, others, wanted, expected) in [
            ("- - -", "", "", " | "),
            ("- - -", "", "a b", "1:a 2:b | "),
            ("a b c", "", "c a b", " | "),
            ("a b c", "", "a c", "2:x | "),
            ("a - c", "", "a c d", "2:d | "),
            ("a b -", "", "a d", "2:d | "),
            ("a b -", "", "b c d", "1:c 3:d | "),
            ("a b c", "", "", "1:x 2:x 3:x | "),
            ("a b c", "", "a b c d e", " | d e"),
            ("a b c", "d e", "e d c b a", " | d e"),
            ("a b c", "d e", "a c d e", "2:x | d e"),
            ("a - c", "d e", "a c d e", " | d e"),
            ("a - c", "d e", "a c d e f", "2:f | d e"),
            ("a b c", "d e", "a b c e f", " | e f"),
            ("a b c", "d", "x y z d", "1:x 2:y 3:z | d"),
            ("a ? c", "", "a c", " | "),
            ("a ? c", "", "a c d", " | d"),
            ("a ? -", "", "d", "1:d | "),
            ("? ? ?", "", "a", " | a"),
            ("=a b -", "", "A b", " | "),
            ("=a b -", "", "b", "1:x | "),
            ("a b -", "", "A b", "1:A | "),
            ("a b c", "d", "a b c D", " | D"),
            ("a b -", "", "a A b", " | "),
            ("a a b", "", "a b", " | "),
            ("a a b", "", "b", "1:x 2:x | "),
            ("a b c", "a", "a b c", " | "),
        ] {
            assert_eq!(
                outcome(now, others, wanted),
                expected,
                "{now} + {others} -> {wanted}"
            );
        }
    }

    /// semantics 35: whatever is edited, an address that stays keeps its place, and no address is lost or doubled.
    #[test]
    fn random_edits_never_move_an_address() {
        let mut state = 0x9E37_79B9_7F4A_7C15_u64;
        let mut random = move |below: usize| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            usize::try_from(state % below as u64).unwrap()
        };
        let (mut now, mut others) = (slots("- ? -"), Vec::new());
        for _ in 0..2_000 {
            let mut wanted: Vec<String> =
                (0..random(7)).map(|_| format!("{}@x", random(9))).collect();
            wanted.dedup();
            let before = now.clone();
            let placement = place(&now, &others, &wanted);
            for (key, address) in &placement.slots {
                let at = EmailKey::ALL.iter().position(|known| known == key).unwrap();
                now[at] = address.clone().map_or(Slot::Free, Slot::Address);
            }
            for (was, is) in before.iter().zip(&now) {
                let stays = was.address().is_none_or(|address| wanted.contains(address));
                assert!(!stays || was == is || *was == Slot::Free, "{was:?} {is:?}");
            }
            let stayed = others.iter().filter(|other| wanted.contains(other));
            let stayed: Vec<&String> = stayed.collect();
            assert!(
                placement
                    .others
                    .iter()
                    .zip(&stayed)
                    .all(|(is, was)| is == *was)
            );
            others = placement.others;
            assert_eq!(now[1], Slot::Foreign);
            let mut held: Vec<String> = now.iter().filter_map(Slot::address).cloned().collect();
            held.extend(others.iter().cloned());
            held.sort();
            wanted.sort();
            wanted.dedup();
            assert_eq!(held, wanted);
        }
    }
}
