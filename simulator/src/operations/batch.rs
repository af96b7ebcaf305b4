//! One response message for each entry of a request, in order (EWS reference, section 2.0).

use super::Context;
use super::item_error::ItemError;
use crate::soap::xml::Element;

/// Appends the start of a success message.
pub fn open_success(out: &mut String, operation: &str) {
    out.push_str("<m:");
    out.push_str(operation);
    out.push_str(
        "ResponseMessage ResponseClass=\"Success\"><m:ResponseCode>NoError</m:ResponseCode>",
    );
}

/// Appends the end of a message.
pub fn close_message(out: &mut String, operation: &str) {
    out.push_str("</m:");
    out.push_str(operation);
    out.push_str("ResponseMessage>");
}

/// Does each entry. `each` appends the operation's own part of a success message; `rest` is that
/// part of an error message. A batch is not a transaction, but some errors leave its rest undone.
pub fn run(
    context: &Context<'_>,
    entries: &[Element],
    operation: &str,
    rest: &str,
    out: &mut String,
    mut each: impl FnMut(&Element, &mut String) -> Result<(), ItemError>,
) {
    let mut stopped = false;
    for (index, entry) in entries.iter().enumerate() {
        if stopped {
            ItemError::new("ErrorBatchProcessingStopped").write(out, operation, rest);
            continue;
        }
        let start = out.len();
        open_success(out, operation);
        let done = match context.injected(index) {
            Some(error) => Err(error),
            None => each(entry, out),
        };
        match done {
            Ok(()) => close_message(out, operation),
            Err(error) => {
                out.truncate(start);
                error.write(out, operation, rest);
                stopped = error.stops_batch();
            }
        }
    }
}
