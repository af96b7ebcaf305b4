//! The way to Exchange, of whichever kind.

use std::sync::Arc;
use std::time::Duration;

use crate::ews::Ews;
use crate::graph::Graph;
use crate::runtime::Interrupt;
use crate::sync::finding::Finding;
use crate::sync::ports::{Folder, Remote};

/// One contacts folder.
#[derive(Debug, Clone)]
pub(super) enum Way {
    /// Over Exchange Web Services.
    Ews(Ews),
    /// Over Microsoft Graph.
    Graph(Graph),
}

impl Way {
    /// The same with a time budget from now on.
    pub(super) fn within(&self, budget: Duration) -> Self {
        match self {
            Self::Ews(ews) => Self::Ews(ews.within(budget)),
            Self::Graph(graph) => Self::Graph(graph.within(budget)),
        }
    }

    /// The same for a call that may be asked to end.
    pub(super) fn until(&self, interrupt: Interrupt) -> Self {
        match self {
            Self::Ews(ews) => Self::Ews(ews.until(interrupt)),
            Self::Graph(graph) => Self::Graph(graph.until(interrupt)),
        }
    }

    /// Looks for what other processes have found out of how much the server manages at a time.
    pub(super) fn look_at_pace(&self) {
        match self {
            Self::Ews(ews) => ews.look_at_pace(),
            Self::Graph(graph) => graph.look_at_pace(),
        }
    }

    /// The port.
    pub(super) fn remote(&self) -> Arc<dyn Remote> {
        match self {
            Self::Ews(ews) => Arc::new(ews.clone()),
            Self::Graph(graph) => Arc::new(graph.clone()),
        }
    }

    /// Goes to the server's door, without logging in.
    pub(super) fn probe(&self) -> Vec<Finding> {
        match self {
            Self::Ews(ews) => ews.probe(),
            Self::Graph(graph) => graph.probe(),
        }
    }

    /// What the account may do in the folder, and how the server's clock goes.
    pub(super) fn inside(&self, folder: &Folder) -> Vec<Finding> {
        match self {
            Self::Ews(ews) => {
                let mut findings = vec![ews.rights(folder)];
                findings.extend(ews.clock_finding());
                findings
            }
            Self::Graph(graph) => graph.inside(folder),
        }
    }
}
