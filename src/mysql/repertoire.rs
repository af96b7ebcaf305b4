//! Which characters a column can hold, as far as that is cheaply known.

/// The characters of a column's character set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Repertoire {
    /// All of Unicode, or any bytes.
    All,
    /// What UTF-8 writes with up to three bytes: `utf8mb3`, `ucs2`.
    ThreeBytes,
    /// `latin1`, which in MySQL is Windows-1252.
    Latin1,
    /// ASCII.
    Ascii,
    /// Another one: the server decides.
    Other,
}

impl Repertoire {
    /// The repertoire of a character set; `None` is a binary column.
    #[must_use]
    pub(crate) fn of(charset: Option<&str>) -> Self {
        match charset {
            None | Some("utf8mb4" | "utf16" | "utf16le" | "utf32" | "binary") => Self::All,
            Some("utf8mb3" | "utf8" | "ucs2") => Self::ThreeBytes,
            Some("latin1") => Self::Latin1,
            Some("ascii") => Self::Ascii,
            Some(_) => Self::Other,
        }
    }

    /// Whether the text is certain to have no character that the set lacks, or only the server can tell.
    #[must_use]
    pub(crate) fn holds(self, text: &str) -> bool {
        match self {
            Self::All | Self::Other => true,
            Self::ThreeBytes => text.chars().all(|character| character <= '\u{ffff}'),
            Self::Latin1 => text.chars().all(|character| {
                matches!(character, '\0'..='\u{ff}') || WINDOWS_1252.contains(character)
            }),
            Self::Ascii => text.is_ascii(),
        }
    }

    /// The bytes that a text takes.
    #[must_use]
    pub(crate) fn size(self, text: &str) -> usize {
        match self {
            Self::All | Self::ThreeBytes | Self::Other => text.len(),
            Self::Latin1 | Self::Ascii => text.chars().count(),
        }
    }
}

/// The characters between 0x80 and 0x9F of Windows-1252.
const WINDOWS_1252: &str = "€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_character_set_lacks_is_noticed() {
        for (charset, text, holds) in [
            ("utf8mb4", "Ω😀", true),
            ("utf8mb3", "Ω", true),
            ("utf8mb3", "a😀", false),
            ("latin1", "Müller – 5 €", true),
            ("latin1", "Ω", false),
            ("ascii", "ü", false),
            ("koi8r", "😀", true),
        ] {
            assert_eq!(Repertoire::of(Some(charset)).holds(text), holds, "{text}");
        }
        assert_eq!(Repertoire::Latin1.size("ü"), 1);
        assert_eq!(Repertoire::All.size("ü"), 2);
    }
}
