//! Values of properties between Rust and PHP.

use ext_php_rs::boxed::ZBox;
use ext_php_rs::convert::IntoZval;
use ext_php_rs::error::Result;
use ext_php_rs::flags::DataType;
use ext_php_rs::types::{ZendHashTable, Zval};

use crate::contact::{Contact, Fingerprint, Kind, Picture, PictureFormat, Value, normalise_list};

/// A value as PHP sees it: a text, a number, a boolean, a date as `YYYY-MM-DD`, a moment as `YYYY-MM-DDTHH:MM:SSZ`, a list of texts, a
/// picture as `data:image/jpeg;base64,…`, null when empty.
#[derive(Clone, Copy)]
pub(super) struct PhpValue<'a>(pub(super) Option<&'a Value>);

impl IntoZval for PhpValue<'_> {
    const TYPE: DataType = DataType::Mixed;
    const NULLABLE: bool = false;

    fn set_zval(self, zv: &mut Zval, persistent: bool) -> Result<()> {
        match self.0 {
            None => zv.set_null(),
            Some(Value::Text(text) | Value::Opaque(text)) => zv.set_string(text, persistent)?,
            Some(value @ (Value::Date(_) | Value::Moment(_) | Value::Picture(_))) => {
                zv.set_string(&value.display(), persistent)?;
            }
            Some(Value::Integer(number)) => zv.set_long(*number),
            Some(Value::Boolean(yes)) => zv.set_bool(*yes),
            Some(Value::Double(number)) => zv.set_double(number.get()),
            Some(Value::List(entries)) => zv.set_hashtable(list(entries)?),
        }
        Ok(())
    }
}

/// A list of texts.
pub(super) fn list(texts: &[String]) -> Result<ZBox<ZendHashTable>> {
    let mut table = ZendHashTable::new();
    for text in texts {
        table.push(text.as_str())?;
    }
    Ok(table)
}

/// A contact as an array by property.
pub(super) fn contact(contact: &Contact) -> Result<ZBox<ZendHashTable>> {
    let mut table = ZendHashTable::new();
    for (property, value) in contact.iter() {
        table.insert(property.to_string().as_str(), PhpValue(Some(value)))?;
    }
    Ok(table)
}

/// A count for PHP.
pub(super) fn count(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// Reads what a resolver returned.
///
/// # Errors
/// What was expected, when it is nothing that the property can hold.
pub(super) fn read(kind: Kind, zval: &Zval) -> std::result::Result<Option<Value>, &'static str> {
    const LIST: &str = "a list of strings in UTF-8 or null";
    const PICTURE: &str = "one of the pictures that it was given, a JPEG, PNG or GIF as 'data:image/…;base64,…', or null";

    let zval = zval.dereference();
    if zval.is_null() {
        return Ok(None);
    }
    let expected = match kind {
        Kind::Line | Kind::Note => "a string in UTF-8 or null",
        Kind::Date => "a date as 'YYYY-MM-DD' or null",
        Kind::Moment => "a time as 'YYYY-MM-DDTHH:MM:SSZ' or null",
        Kind::Choice(_) => "one of the words of the property or null",
        Kind::Integer => "a whole number or null",
        Kind::Boolean => "a boolean or null",
        Kind::Double => "a number or null",
        Kind::Set => LIST,
        Kind::Picture => PICTURE,
    };
    let text = match kind {
        Kind::Picture => {
            let text = zval.str().ok_or(PICTURE)?;
            return picture(text).map(Value::Picture).map(Some).ok_or(PICTURE);
        }
        Kind::Set => {
            let entries: Option<Vec<String>> = zval
                .array()
                .ok_or(LIST)?
                .values()
                .map(|entry| text(entry.dereference()))
                .collect();
            return Ok(normalise_list(
                entries.ok_or(LIST)?.iter().map(String::as_str),
            ));
        }
        Kind::Boolean => zval
            .bool()
            .map(|yes| yes.to_string())
            .or_else(|| text(zval)),
        Kind::Double => zval
            .double()
            .map(|number| number.to_string())
            .or_else(|| text(zval)),
        Kind::Line | Kind::Note | Kind::Date | Kind::Moment | Kind::Choice(_) | Kind::Integer => {
            text(zval)
        }
    };
    Value::parse(kind, &text.ok_or(expected)?).map_err(|_| expected)
}

/// A picture as it is shown.
fn picture(text: &str) -> Option<Picture> {
    let Some(bytes) = Picture::bytes_of(text) else {
        return Picture::parse(text);
    };
    PictureFormat::of(&bytes)?;
    let print = Fingerprint::of(&bytes);
    Some(Picture::with(print, bytes.into()))
}

/// A text, or a number as its text.
fn text(zval: &Zval) -> Option<String> {
    zval.str().map_or_else(
        || zval.long().map(|number| number.to_string()),
        |text| Some(text.to_owned()),
    )
}
