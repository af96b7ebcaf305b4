//! What `check()` shows of this side before the folder is looked for.

use super::Graph;
use crate::sync::finding::Finding;
use crate::sync::ports::Folder;
use crate::web::clock;

const TOKEN: &str = "exchange.token";

impl Graph {
    /// Asks for a token; sends nothing to Graph.
    #[must_use]
    pub fn probe(&self) -> Vec<Finding> {
        let host = self.shared.transport.host();
        vec![match self.shared.transport.ask_for_token(&self.limits) {
            Ok(()) => Finding::good(TOKEN, format!("there is a token for {host}")),
            Err(error) => Finding::bad(TOKEN, error.message),
        }]
    }

    /// How the server's clock goes, as the answer for the folder showed it. What the application may do there, Graph does not tell.
    #[must_use]
    pub fn inside(&self, _: &Folder) -> Vec<Finding> {
        let skew = self.shared.transport.clock();
        skew.map(clock::finding).into_iter().collect()
    }
}
