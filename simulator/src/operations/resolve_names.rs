//! ResolveNames: clients send it to learn the server's version; nobody is ever found.

use super::item_error::ItemError;

pub fn execute(out: &mut String) {
    ItemError::new("ErrorNameResolutionNoResults").write(out, "ResolveNames", "");
}
