//! Lists of e-mail addresses that are longer than what Exchange has slots for.

/// The slots for e-mail addresses of an Exchange contact.
pub const SLOTS: usize = 3;

/// Where the addresses of a list go that have no slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum EmailOverflow {
    /// Nowhere: the list waits until it fits, all else goes on.
    #[default]
    Hold,
    /// Into an extended property of ours, which Outlook does not show.
    Extended,
    /// Into a line of the item's notes, where a person can read and change them.
    Notes,
}

impl EmailOverflow {
    /// Why Exchange cannot keep a list whole, as the end of a sentence about it; `None` when it can.
    #[must_use]
    pub fn objection(self, addresses: &[String]) -> Option<String> {
        let count = distinct(addresses).count();
        if count <= SLOTS {
            return None;
        }
        match self {
            Self::Extended => None,
            Self::Hold => Some(format!(
                "has {count} e-mail addresses, Exchange keeps {SLOTS}; remove some, or let policy.email_overflow keep the others"
            )),
            Self::Notes if addresses.iter().all(|address| is_address(address)) => None,
            Self::Notes => Some(format!(
                "has {count} e-mail addresses, Exchange keeps {SLOTS}, and not all of them are addresses that a line of notes can hold"
            )),
        }
    }
}

/// Whether a text is an address that can stand among others in a line of text and be told from them.
#[must_use]
pub fn is_address(text: &str) -> bool {
    let separates =
        |letter: char| letter.is_whitespace() || matches!(letter, ';' | ',' | '<' | '>');
    text.contains('@') && !text.contains(separates)
}

/// The addresses without those that differ from one before them in capitals alone.
pub fn distinct(addresses: &[String]) -> impl Iterator<Item = &String> {
    addresses.iter().enumerate().filter_map(|(place, address)| {
        let mut before = addresses.iter().take(place);
        let known = before.any(|known| is_same(known, address));
        (!known).then_some(address)
    })
}

/// Whether two addresses reach the same person.
#[must_use]
pub fn is_same(left: &str, right: &str) -> bool {
    left.to_lowercase() == right.to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// semantics 35: what Exchange cannot keep waits with its reason, never shortened.
    #[test]
    fn a_list_is_objected_to_only_where_it_has_no_place() {
        let list = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
        let five = list("a@x b@x c@x d@x e@x");
        let odd = list("a@x b@x c@x d@x nobody");
        let three = list("a@x b@x A@X c@x");
        use EmailOverflow::{Extended, Hold, Notes};
        for (policy, addresses, said) in [
            (Hold, &three, None),
            (
                Hold,
                &five,
                Some("has 5 e-mail addresses, Exchange keeps 3"),
            ),
            (Extended, &five, None),
            (Extended, &odd, None),
            (Notes, &three, None),
            (Notes, &five, None),
            (Notes, &odd, Some("a line of notes can hold")),
        ] {
            let objection = policy.objection(addresses);
            assert_eq!(
                objection.is_some(),
                said.is_some(),
                "{policy:?} {addresses:?}"
            );
            assert!(
                objection
                    .unwrap_or_default()
                    .contains(said.unwrap_or_default()),
                "{policy:?}"
            );
        }
    }

    #[test]
    fn an_address_can_be_told_from_others() {
        for (text, is) in [
            ("a@x", true),
            ("nobody", false),
            ("a@x, b@x", false),
            ("A <a@x>", false),
        ] {
            assert_eq!(is_address(text), is, "{text}");
        }
    }
}
