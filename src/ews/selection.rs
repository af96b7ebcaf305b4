//! Which items of the folder take part: contacts by their class, and private ones only where they are meant to.

use std::borrow::Cow;

use super::wire::ContactItem;
use crate::contact::{Contact, Property};

/// Which items of the folder take part. Others are left out as if they were no contacts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selection {
    /// Item classes in any letter case, such as `IPM.Contact`; one that ends in `.*` also means all classes below it.
    pub item_classes: Vec<String>,
    /// Whether items that Outlook calls private take part.
    pub private: bool,
}

impl Default for Selection {
    /// Plain contacts, also private ones.
    fn default() -> Self {
        Self {
            item_classes: vec!["IPM.Contact".to_owned()],
            private: true,
        }
    }
}

impl Selection {
    /// The properties that are asked for so that [`leaves_out`](Self::leaves_out) can tell.
    pub(super) fn asked<'a>(&self, mapped: &'a [Property]) -> Cow<'a, [Property]> {
        if self.private || mapped.contains(&Property::Sensitivity) {
            return Cow::Borrowed(mapped);
        }
        let mut asked = mapped.to_vec();
        asked.push(Property::Sensitivity);
        Cow::Owned(asked)
    }

    /// Whether an item takes no part.
    pub(super) fn leaves_out(&self, item: &ContactItem, contact: &Contact) -> bool {
        let is_private = contact.text(Property::Sensitivity) == Some("Private");
        let is_meant = item.item_class.as_deref().is_none_or(|class| {
            let mut classes = self.item_classes.iter();
            classes.any(|meant| is_of(class.trim(), meant))
        });
        !is_meant || (is_private && !self.private)
    }
}

fn is_of(class: &str, meant: &str) -> bool {
    let Some(above) = meant.strip_suffix(".*") else {
        return class.eq_ignore_ascii_case(meant);
    };
    let (head, below) = class.split_at_checked(above.len()).unwrap_or((class, ""));
    head.eq_ignore_ascii_case(above) && (below.is_empty() || below.starts_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// semantics 12, 46.
    #[test]
    fn classes_are_meant_by_name_or_with_all_below_them() {
        for (class, meant, expected) in [
            ("IPM.Contact", "IPM.Contact", true),
            ("ipm.contact", "IPM.Contact", true),
            ("IPM.Contact.Custom", "IPM.Contact", false),
            ("IPM.Contact.Custom", "IPM.Contact.*", true),
            ("IPM.Contact.Custom", "IPM.Contact.Custom", true),
            ("IPM.Contact", "IPM.Contact.*", true),
            ("IPM.Contacts", "IPM.Contact.*", false),
            ("IPM", "IPM.Contact.*", false),
            ("IPM.Contäct", "IPM.Contact.*", false),
        ] {
            assert_eq!(is_of(class, meant), expected, "{class} {meant}");
        }
    }
}
