//! Notes that are HTML: what of it is kept, whichever side it comes from, so that both mean the same by it.

use ammonia::Builder;
use once_cell::sync::Lazy;

static CLEANER: Lazy<Builder<'static>> = Lazy::new(|| {
    let mut cleaner = Builder::default();
    cleaner.link_rel(None).add_clean_content_tags(["title"]);
    cleaner
});

static PLAIN: Lazy<Builder<'static>> = Lazy::new(Builder::empty);

/// The HTML of a body without what runs, loads or hides something (scripts, styles, frames, comments, handlers), and without the head
/// around it. Empty when nothing is left to read or to see. Cleaned once more it stays as it is.
#[must_use]
pub(crate) fn clean(html: &str) -> String {
    let cleaned = CLEANER.clean(html).to_string();
    if is_blank(&cleaned) {
        String::new()
    } else {
        cleaned
    }
}

/// A plain text as HTML.
#[cfg(feature = "ews")]
#[must_use]
pub(crate) fn of_text(text: &str) -> String {
    // In attributes quotes would be escaped too; here they are text.
    let escaped = text
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;");
    escaped.replace("\r\n", "\n").replace('\n', "<br>\n")
}

/// Outlook keeps an empty paragraph where somebody has removed everything.
fn is_blank(cleaned: &str) -> bool {
    let text = PLAIN.clean(cleaned).to_string().replace("&nbsp;", " ");
    text.trim().is_empty() && !cleaned.contains("<img ")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// semantics 40: what arrives from Outlook may be shown by a web page, and does not change from one round to the next.
    #[test]
    fn what_runs_loads_or_hides_goes_and_the_rest_stays_as_it_is() {
        for (html, expected) in [
            (
                "<p>Anna <b>said</b>:</p>\r\n<ul><li>a &lt; b</li></ul>",
                "<p>Anna <b>said</b>:</p>\n<ul><li>a &lt; b</li></ul>",
            ),
            (
                "<html><head><style>p {color: red}</style><title>x</title></head><body lang=\"DE\"><p class=\"MsoNormal\" style=\"x\">a</p></body></html>",
                "<p>a</p>",
            ),
            (
                "<script>alert(1)</script><p onclick=\"x()\">a</p><!-- b --><iframe src=\"c\"></iframe>",
                "<p>a</p>",
            ),
            (
                "<a href=\"javascript:x()\">a</a> <a href=\"https://example.com/?a=1&amp;b\">b</a>",
                "<a>a</a> <a href=\"https://example.com/?a=1&amp;b\">b</a>",
            ),
            ("plain & simple\u{a0}😀", "plain &amp; simple&nbsp;😀"),
            (
                "<html><body><p>&nbsp;</p>\r\n<div> </div></body></html>",
                "",
            ),
            ("", ""),
            (
                "<img src=\"https://example.com/a.png\">",
                "<img src=\"https://example.com/a.png\">",
            ),
        ] {
            let cleaned = clean(html);
            assert_eq!(cleaned, expected);
            assert_eq!(clean(&cleaned), cleaned, "once more");
        }
    }

    #[cfg(feature = "ews")]
    #[test]
    fn a_plain_text_reads_as_it_did() {
        let html = of_text("a < b & \"c\"\r\nd");
        assert_eq!(html, "a &lt; b &amp; \"c\"<br>\nd");
        assert_eq!(clean(&html), html);
    }
}
