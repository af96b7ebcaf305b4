//! ConvertId: clients send it to learn the server's version; no id is ever converted.

use super::item_error::ItemError;
use super::{Context, batch};
use crate::soap::xml::Element;

pub fn execute(context: &Context<'_>, body: &Element, out: &mut String) {
    batch::run(
        context,
        body.grandchildren("SourceIds"),
        "ConvertId",
        "",
        out,
        |_, _| Err(ItemError::new("ErrorInvalidIdMalformed")),
    );
}
