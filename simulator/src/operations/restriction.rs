//! Restrictions of FindItem and FindFolder (EWS reference, section 2.6).

use super::comparison::{
    Comparison, Containment, Match, compare, comparison, constant_of, contains,
};
use super::folder_view;
use super::item_error::ItemError;
use super::paths::{self, Path};
use crate::contact::extended::{ExtendedName, Registry};
use crate::contact::fields::HAS_PICTURE;
use crate::contact::slot;
use crate::contact::value::{PropertyId, Value};
use crate::soap::xml::Element;
use crate::store::folder::Folder;
use crate::store::item::Item;

/// A condition on an item or folder.
#[derive(Debug)]
pub enum Restriction {
    /// All of these.
    And(Vec<Restriction>),
    /// One of these at least.
    Or(Vec<Restriction>),
    /// Not this.
    Not(Box<Restriction>),
    /// The property is there.
    Exists(Subject),
    /// The property compares so with a constant.
    Compare(Subject, Comparison, String),
    /// The property's text holds a constant.
    Contains(Subject, Containment, String),
}

/// What a condition looks at.
#[derive(Debug)]
pub enum Subject {
    /// A stored property; the name is kept for folders.
    Property(PropertyId),
    /// An extended property; no number where no item ever had it.
    Extended(ExtendedName, Option<PropertyId>),
    /// A property known by its path only.
    Named(String),
}

/// Reads one search expression.
pub fn read(expression: &Element, registry: &Registry) -> Result<Restriction, ItemError> {
    let all = || {
        expression
            .children
            .iter()
            .map(|inner| read(inner, registry))
            .collect::<Result<Vec<_>, _>>()
    };
    match expression.name.as_str() {
        "And" => Ok(Restriction::And(all()?)),
        "Or" => Ok(Restriction::Or(all()?)),
        "Not" => match all()?.pop() {
            Some(inner) => Ok(Restriction::Not(Box::new(inner))),
            None => Err(ItemError::new("ErrorUnsupportedQueryFilter")),
        },
        "Exists" => Ok(Restriction::Exists(subject(expression, registry)?)),
        "Contains" => {
            let containment = Containment {
                mode: match expression.attribute("ContainmentMode") {
                    Some("Prefixed" | "PrefixOnWords") => Match::Prefix,
                    Some("FullString") => Match::Full,
                    _ => Match::Substring,
                },
                ignore_case: expression
                    .attribute("ContainmentComparison")
                    .is_some_and(|c| c.contains("IgnoreCase")),
            };
            let constant = expression
                .child("Constant")
                .and_then(|c| c.attribute("Value"))
                .unwrap_or_default();
            Ok(Restriction::Contains(
                subject(expression, registry)?,
                containment,
                constant.to_owned(),
            ))
        }
        name => {
            let comparison =
                comparison(name).ok_or_else(|| ItemError::new("ErrorUnsupportedQueryFilter"))?;
            let constant = expression
                .child("FieldURIOrConstant")
                .and_then(|operand| operand.child("Constant"));
            let Some(constant) = constant.and_then(|c| c.attribute("Value")) else {
                return Err(ItemError::new("ErrorUnsupportedQueryFilter"));
            };
            let (constant, numeric) = constant_of(expression, constant);
            Ok(Restriction::Compare(
                subject(expression, registry)?,
                comparison.numbers(numeric),
                constant,
            ))
        }
    }
}

fn subject(expression: &Element, registry: &Registry) -> Result<Subject, ItemError> {
    let Some(path) = expression.children.first() else {
        return Err(ItemError::new("ErrorUnsupportedPathForQuery"));
    };
    Ok(match paths::read(path)? {
        Path::Field(id) => Subject::Property(id),
        Path::Named(uri) => Subject::Named(uri),
        Path::Extended(name) => {
            let id = registry.find(&name);
            Subject::Extended(name, id)
        }
    })
}

/// A value looked at: stored, or made on the way.
enum Seen<'a> {
    Stored(&'a Value),
    Made(Value),
}

impl Seen<'_> {
    fn value(&self) -> &Value {
        match self {
            Self::Stored(value) => value,
            Self::Made(value) => value,
        }
    }
}

impl Restriction {
    /// Whether no item can meet the condition: it wants a value of an extended property that no
    /// item ever had. Spares a search through the folder.
    pub fn is_hopeless(&self) -> bool {
        match self {
            Self::And(all) => all.iter().any(Self::is_hopeless),
            Self::Compare(Subject::Extended(_, None), comparison, _) => !comparison.missing,
            Self::Exists(subject) | Self::Contains(subject, ..) => {
                matches!(subject, Subject::Extended(_, None))
            }
            Self::Or(_) | Self::Not(_) | Self::Compare(..) => false,
        }
    }

    /// Whether an item meets the condition.
    pub fn matches_item(&self, item: &Item) -> bool {
        self.matches(&|subject| match subject {
            Subject::Property(id) => item.properties.get(*id).map(Seen::Stored).or_else(|| {
                slot::of(*id)?
                    .derived(&item.properties, *id)
                    .map(Seen::Made)
            }),
            Subject::Extended(_, id) => id.and_then(|id| item.properties.get(id)).map(Seen::Stored),
            Subject::Named(uri) => named(item, uri).map(Seen::Made),
        })
    }

    /// Whether a folder meets the condition.
    pub fn matches_folder(&self, folder: &Folder) -> bool {
        self.matches(&|subject| match subject {
            Subject::Extended(name, _) => {
                folder_view::extended(folder, name).map(|text| Seen::Made(Value::text(&text)))
            }
            Subject::Named(uri) => match uri.as_str() {
                "folder:FolderClass" => Some(Seen::Made(Value::text(&folder.class))),
                "folder:DisplayName" => Some(Seen::Made(Value::text(&folder.name))),
                "folder:TotalCount" => {
                    Some(Seen::Made(Value::text(&folder.items.len().to_string())))
                }
                _ => None,
            },
            Subject::Property(_) => None,
        })
    }

    fn matches<'a>(&self, look: &impl Fn(&Subject) -> Option<Seen<'a>>) -> bool {
        match self {
            Self::And(all) => all.iter().all(|inner| inner.matches(look)),
            Self::Or(any) => any.iter().any(|inner| inner.matches(look)),
            Self::Not(inner) => !inner.matches(look),
            Self::Exists(subject) => look(subject).is_some(),
            Self::Compare(subject, comparison, constant) => match look(subject) {
                Some(seen) => compare(seen.value(), *comparison, constant),
                None => comparison.missing,
            },
            Self::Contains(subject, containment, constant) => {
                look(subject).is_some_and(|seen| contains(seen.value(), *containment, constant))
            }
        }
    }
}

/// Values that are not stored as properties.
pub fn named(item: &Item, uri: &str) -> Option<Value> {
    match uri {
        "item:ItemClass" => Some(Value::text(&item.class)),
        "item:DateTimeCreated" | "item:DateTimeReceived" | "item:DateTimeSent" => {
            Some(Value::Time(item.created))
        }
        "item:LastModifiedTime" => Some(Value::Time(item.modified)),
        "item:LastModifiedName" => Some(Value::text(&item.modified_by)),
        "item:HasAttachments" => Some(flag(!item.attachments.is_empty())),
        "contacts:HasPicture" => Some(flag(item.properties.text(HAS_PICTURE) == "true")),
        _ => None,
    }
}

fn flag(flag: bool) -> Value {
    Value::text(if flag { "true" } else { "false" })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contact::value::Properties;
    use crate::soap::xml::parse;
    use crate::store::folder::FolderNo;

    fn matches(expression: &str) -> bool {
        let mut properties = Properties::default();
        properties.set(crate::contact::fields::GIVEN_NAME, Value::text("Erika"));
        properties.set(
            crate::contact::fields::CATEGORIES,
            Value::List(["A".into(), "B".into()].into()),
        );
        let item = Item {
            number: 1,
            origin: 1,
            folder: FolderNo(1),
            key: 1,
            change: 1,
            change_before: 0,
            arrived: 1,
            written: 1,
            created: 0,
            modified: 86_400,
            modified_by: "x".into(),
            class: "IPM.Contact".into(),
            properties,
            attachments: Vec::new(),
        };
        read(&parse(expression).unwrap(), &Registry::default())
            .unwrap()
            .matches_item(&item)
    }

    fn given(operation: &str, constant: &str) -> String {
        format!(
            "<{operation}><FieldURI FieldURI='contacts:GivenName'/><FieldURIOrConstant><Constant Value='{constant}'/>\
             </FieldURIOrConstant></{operation}>"
        )
    }

    #[test]
    fn compares_and_combines() {
        let (yes, no) = (given("IsEqualTo", "Erika"), given("IsEqualTo", "erika"));
        assert!(matches(&yes) && !matches(&no));
        assert!(
            matches(&format!("<Or>{no}{yes}</Or>")) && !matches(&format!("<And>{no}{yes}</And>"))
        );
        assert!(matches(&format!("<Not>{no}</Not>")));
        assert!(matches(&given("IsGreaterThan", "Eric")) && !matches(&given("IsLessThan", "Eric")));
    }

    #[test]
    fn looks_into_lists_texts_and_times() {
        assert!(matches(
            "<Contains ContainmentMode='Substring' ContainmentComparison='IgnoreCase'>\
             <FieldURI FieldURI='contacts:GivenName'/><Constant Value='RIK'/></Contains>"
        ));
        assert!(matches(
            "<IsEqualTo><FieldURI FieldURI='item:Categories'/><FieldURIOrConstant><Constant Value='B'/>\
             </FieldURIOrConstant></IsEqualTo>"
        ));
        assert!(matches(
            "<IsGreaterThanOrEqualTo><FieldURI FieldURI='item:LastModifiedTime'/><FieldURIOrConstant>\
             <Constant Value='1970-01-02T00:00:00Z'/></FieldURIOrConstant></IsGreaterThanOrEqualTo>"
        ));
        let extended = "<ExtendedFieldURI PropertyTag='0x3A50' PropertyType='String'/>";
        assert!(!matches(&format!("<Exists>{extended}</Exists>")));
        let hopeless = |text: &str| {
            read(&parse(text).unwrap(), &Registry::default())
                .unwrap()
                .is_hopeless()
        };
        assert!(hopeless(&format!("<Exists>{extended}</Exists>")));
        assert!(!hopeless(&format!(
            "<Not><Exists>{extended}</Exists></Not>"
        )));
        assert!(matches(
            "<Exists><FieldURI FieldURI='contacts:GivenName'/></Exists>"
        ));
    }
}
