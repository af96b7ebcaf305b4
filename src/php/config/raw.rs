//! A PHP value as plain data, so that everything after it needs no PHP.

use std::fmt;

/// A value of the configuration array.
#[derive(Clone, PartialEq)]
pub(in crate::php) enum Raw {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(String),
    /// A string that is not UTF-8.
    Binary,
    Array(Vec<(Key, Raw)>),
    /// An object, with the name of its class.
    Object(String),
    /// Something that no configuration can hold, such as a resource.
    Other,
}

/// A key of an array.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::php) enum Key {
    Number(i64),
    Text(String),
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => write!(f, "{number}"),
            Self::Text(text) => f.write_str(text),
        }
    }
}

impl Raw {
    /// The type in PHP's words.
    pub(super) fn type_name(&self) -> &str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "bool",
            Self::Int(_) => "int",
            Self::Float(_) => "float",
            Self::Text(_) => "string",
            Self::Binary => "string that is not UTF-8",
            Self::Array(_) => "array",
            Self::Object(class) => class,
            Self::Other => "resource",
        }
    }
}

/// Shows types only: any value may be a secret.
impl fmt::Debug for Raw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.type_name())
    }
}
