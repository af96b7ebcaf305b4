//! Options of a list or of one contact (Graph reference, sections 2 and 8).

use super::call::Call;
use super::contact_view::is_property;
use super::error::GraphError;
use super::extended;
use crate::contact::extended::ExtendedName;

/// Entries of a page unless told otherwise, and at most (Graph reference, section 2).
const PAGE: usize = 10;
const LARGEST_PAGE: usize = 1000;

/// What a client wants to see.
#[derive(Debug, Default)]
pub struct Options {
    /// Properties; `None` means all.
    pub select: Option<Vec<String>>,
    /// Extended properties with one value.
    pub single: Vec<ExtendedName>,
    /// Extended properties with several.
    pub multi: Vec<ExtendedName>,
    /// An extended property and the value that it has to have.
    pub filter: Option<(ExtendedName, String)>,
    /// A property to sort by, and whether downwards.
    pub order: Option<(String, bool)>,
    /// Entries of a page.
    pub top: usize,
    /// Entries to leave out.
    pub skip: usize,
    /// Whether to count.
    pub count: bool,
}

impl Options {
    /// Reads the options of a call; those that are none of the service's are passed over.
    pub fn read(call: &Call) -> Result<Self, GraphError> {
        let preferred = call
            .preference("odata.maxpagesize")
            .and_then(|size| size.parse().ok());
        let mut options = Self {
            top: preferred.unwrap_or(PAGE).clamp(1, LARGEST_PAGE),
            ..Self::default()
        };
        for (name, value) in &call.query {
            match name.as_str() {
                "$select" => options.select = Some(select(value)?),
                "$expand" => options.expand(value)?,
                "$filter" => options.filter = Some(filter(value)?),
                "$orderby" => options.order = Some(order(value)?),
                "$top" => options.top = number(name, value, 1, LARGEST_PAGE)?,
                "$skip" => options.skip = number(name, value, 0, usize::MAX)?,
                "$count" => options.count = value == "true",
                name if name.starts_with('$') => {
                    return Err(GraphError::option(format!(
                        "The query parameter '{name}' is not supported."
                    )));
                }
                _ => {}
            }
        }
        Ok(options)
    }

    /// Nothing but what `$expand` wants.
    pub fn of_expand(value: &str) -> Result<Self, GraphError> {
        let mut options = Self::default();
        options.expand(value)?;
        Ok(options)
    }

    /// Entries of a page where nobody says how many.
    pub fn default_top() -> usize {
        PAGE
    }

    fn expand(&mut self, value: &str) -> Result<(), GraphError> {
        for part in split(value, ',') {
            let part = part.trim();
            let (name, inner) = part.split_once('(').unwrap_or((part, ""));
            let names = || {
                let wanted = inner
                    .strip_suffix(')')
                    .and_then(|inner| inner.trim().strip_prefix("$filter="));
                // There is no way to get all of them.
                ids(wanted.ok_or_else(|| GraphError::option("$expand wants a $filter by id."))?)
            };
            match name {
                "singleValueExtendedProperties" => self.single = names()?,
                "multiValueExtendedProperties" => self.multi = names()?,
                "extensions" | "photo" => {}
                _ => return Err(unknown(name)),
            }
        }
        Ok(())
    }
}

/// Properties of `$select`, all of them known.
pub fn select(value: &str) -> Result<Vec<String>, GraphError> {
    let names = value.split(',').map(str::trim).filter(|n| !n.is_empty());
    names
        .map(|name| match is_property(name) {
            true => Ok(name.to_owned()),
            false => Err(unknown(name)),
        })
        .collect()
}

fn unknown(name: &str) -> GraphError {
    GraphError::option(format!(
        "Could not find a property named '{name}' on type 'microsoft.graph.contact'."
    ))
}

fn number(name: &str, value: &str, least: usize, most: usize) -> Result<usize, GraphError> {
    value
        .parse()
        .ok()
        .filter(|number| (least..=most).contains(number))
        .ok_or_else(|| {
            GraphError::option(format!(
                "Invalid value '{value}' for {name} query option found."
            ))
        })
}

fn order(value: &str) -> Result<(String, bool), GraphError> {
    let (name, direction) = value.trim().split_once(' ').unwrap_or((value.trim(), ""));
    match (is_property(name), direction.trim()) {
        (true, "" | "asc") => Ok((name.to_owned(), false)),
        (true, "desc") => Ok((name.to_owned(), true)),
        _ => Err(unknown(name)),
    }
}

/// `id eq '…' or id eq '…'`
fn ids(filter: &str) -> Result<Vec<ExtendedName>, GraphError> {
    let parts = split_word(filter, " or ");
    let ids = parts.into_iter().map(|part| {
        let id = part.trim().strip_prefix("id eq ").and_then(quoted);
        let id = id.ok_or_else(|| GraphError::option("$expand wants: id eq '…'."))?;
        extended::wanted(&id)
    });
    ids.collect()
}

/// `singleValueExtendedProperties/Any(ep: ep/id eq '…' and ep/value eq '…')`; Any has a large letter.
fn filter(value: &str) -> Result<(ExtendedName, String), GraphError> {
    let refused = || {
        GraphError::new(
            400,
            "ErrorInvalidRequest",
            format!("The filter '{value}' is not supported."),
        )
    };
    let inner = value
        .trim()
        .strip_prefix("singleValueExtendedProperties/Any(")
        .and_then(|rest| rest.strip_suffix(')'))
        .ok_or_else(refused)?;
    let (variable, condition) = inner.split_once(':').ok_or_else(refused)?;
    let variable = variable.trim();
    let (mut name, mut wanted) = (None, None);
    for part in split_word(condition, " and ") {
        let part = part.trim();
        let of = |property: &str| {
            part.strip_prefix(&format!("{variable}/{property} eq "))
                .and_then(quoted)
        };
        match (of("id"), of("value")) {
            (Some(id), _) => name = Some(extended::wanted(&id)?),
            (_, Some(value)) => wanted = Some(value),
            _ => return Err(refused()),
        }
    }
    name.zip(wanted).ok_or_else(refused)
}

/// A text in quotes; two of them stand for one.
fn quoted(text: &str) -> Option<String> {
    let inner = text.trim().strip_prefix('\'')?.strip_suffix('\'')?;
    Some(inner.replace("''", "'"))
}

/// Splits at a character outside of quotes and parentheses.
fn split(text: &str, at: char) -> Vec<&str> {
    let (mut parts, mut start, mut depth, mut in_quotes) = (Vec::new(), 0, 0usize, false);
    for (place, character) in text.char_indices() {
        match character {
            '\'' => in_quotes = !in_quotes,
            '(' if !in_quotes => depth += 1,
            ')' if !in_quotes => depth = depth.saturating_sub(1),
            found if found == at && !in_quotes && depth == 0 => {
                parts.extend(text.get(start..place));
                start = place + at.len_utf8();
            }
            _ => {}
        }
    }
    parts.extend(text.get(start..));
    parts
}

/// Splits at a word outside of quotes.
fn split_word<'a>(text: &'a str, word: &str) -> Vec<&'a str> {
    let (mut parts, mut start, mut in_quotes) = (Vec::new(), 0, false);
    for (place, character) in text.char_indices() {
        if character == '\'' {
            in_quotes = !in_quotes;
        }
        let here = text.get(place..).unwrap_or_default();
        if !in_quotes && place >= start && here.starts_with(word) {
            parts.extend(text.get(start..place));
            start = place + word.len();
        }
    }
    parts.extend(text.get(start..));
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;

    fn options(query: &str) -> Result<Options, GraphError> {
        Options::read(&Call::new(
            "GET",
            &format!("/me/contacts?{query}"),
            Vec::new(),
            Bytes::new(),
            String::new(),
            String::new(),
        ))
    }

    /// Graph reference, sections 2 and 8.
    #[test]
    fn reads_what_the_reference_writes() {
        let expand = "$expand=singleValueExtendedProperties($filter=id eq 'String 0x3A24' or id eq 'SystemTime 0x3A41')";
        assert_eq!(options(expand).unwrap().single.len(), 2);
        let set = "{7c1d9c0e-52a1-4c8e-9f52-0d4a3b6f1a77}";
        let filter = |any: &str| {
            options(&format!(
                "$filter=singleValueExtendedProperties/{any}(ep: ep/id eq 'String {set} Name A and B' and ep/value eq 'u''1')"
            ))
        };
        let (name, value) = filter("Any").unwrap().filter.unwrap();
        assert_eq!(extended::show(&name), format!("String {set} Name A and B"));
        assert_eq!(value, "u'1");
        assert_eq!(filter("any").unwrap_err().status, 400);
        assert_eq!(options("").unwrap().top, 10);
        assert_eq!(options("$top=1001").unwrap_err().status, 400);
        assert_eq!(
            options("$select=id,surname").unwrap().select.unwrap().len(),
            2
        );
        assert_eq!(options("$select=nothing").unwrap_err().status, 400);
        assert_eq!(options("$search=x").unwrap_err().status, 400);
    }
}
