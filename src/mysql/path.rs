//! What a mapping names: a column, or a place in the JSON document that a column holds.

use std::fmt;

/// A column, and the keys that lead to a place in its document; without keys it is the column itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Path {
    /// The column.
    pub column: String,
    /// The keys.
    pub keys: Vec<String>,
}

impl Path {
    /// Reads `column`, `column->key.key` or `column->key->key`; as in MySQL, the keys may begin with `$.`.
    ///
    /// # Errors
    /// With what is wrong.
    pub fn parse(name: &str) -> Result<Self, String> {
        let Some((column, keys)) = name.split_once("->") else {
            return Ok(Self {
                column: name.to_owned(),
                keys: Vec::new(),
            });
        };
        let keys = keys.strip_prefix("$.").unwrap_or(keys).replace("->", ".");
        if keys.contains(['[', ']', '*', '"']) {
            return Err(
                "a place in a JSON document is named by keys, as in data->phones.mobile; array indexes, wildcards and quotes are not \
                 supported"
                    .to_owned(),
            );
        }
        let keys: Vec<String> = keys.split('.').map(str::to_owned).collect();
        if column.is_empty() || keys.iter().any(String::is_empty) {
            return Err(
                "expected a column and the keys of a JSON document, as in data->phones.mobile"
                    .to_owned(),
            );
        }
        Ok(Self {
            column: column.to_owned(),
            keys,
        })
    }

    /// Whether one of the two lies in what the other one names. MySQL takes column names in any case, JSON keys as they are.
    #[must_use]
    pub fn overlaps(&self, other: &Self) -> bool {
        self.column.to_lowercase() == other.column.to_lowercase()
            && self.keys.iter().zip(&other.keys).all(|(a, b)| a == b)
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.column)?;
        if self.keys.is_empty() {
            return Ok(());
        }
        write!(f, "->{}", self.keys.join("."))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_named_in_the_ways_that_people_know() {
        for name in ["data->a.b", "data->$.a.b", "data->a->b"] {
            let path = Path::parse(name).unwrap();
            assert_eq!((path.column.as_str(), path.keys.len()), ("data", 2));
            assert_eq!(path.to_string(), "data->a.b");
        }
        assert_eq!(Path::parse("a.b").unwrap().to_string(), "a.b");
        for wrong in ["data->", "->a", "data->a..b", "data->a[0]", "data->$"] {
            let parsed = Path::parse(wrong);
            assert_eq!(parsed.is_err(), wrong != "data->$", "{wrong}");
        }
    }

    #[test]
    fn what_lies_within_another_place_overlaps_it() {
        let overlap = |a: &str, b: &str| {
            let (a, b) = (Path::parse(a).unwrap(), Path::parse(b).unwrap());
            assert_eq!(a.overlaps(&b), b.overlaps(&a));
            a.overlaps(&b)
        };
        assert!(overlap("data", "Data->a"));
        assert!(overlap("data->a", "data->a.b"));
        assert!(overlap("data->a", "DATA->a"));
        assert!(!overlap("data->a", "data->A"));
        assert!(!overlap("data->a.b", "data->a.c"));
        assert!(!overlap("data->a", "more->a"));
    }
}
