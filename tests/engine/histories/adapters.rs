//! The same histories over the adapters, at a server.

use super::generator::Mood;
use super::soak::play_without_end;
use super::{number, play_all};
use crate::adapter::Which;
use crate::exchange::Simulated;

/// Histories at a server take longer.
const AT_A_SERVER: u64 = 150;

fn play_over(which: Which) {
    let Some(simulated) = Simulated::start(which) else {
        return;
    };
    let stage = |habits, schema| simulated.world(habits, schema);
    play_all(&stage, Mood::Calm, AT_A_SERVER, 10);
    play_all(&stage, Mood::Busy, AT_A_SERVER, 4);
    play_all(&stage, Mood::Rough, AT_A_SERVER, 2);
}

/// P1, P2, P3, P4, P10, semantics 55: over EWS nothing is lost or doubled, whatever happens when.
#[test]
fn histories_over_ews_end_as_one_address_book() {
    play_over(Which::Ews);
}

/// P1, P2, P3, P4, P10, semantics 55: nor over Microsoft Graph.
#[test]
fn histories_over_graph_end_as_one_address_book() {
    play_over(Which::Graph);
}

/// P1, P2, P3, P4, P10, semantics 55: with seeds that nobody has seen.
#[test]
fn histories_without_end_over_both() {
    for (which, what) in [
        (Which::Ews, "histories over EWS"),
        (Which::Graph, "histories over Graph"),
    ] {
        if number("ECS_SOAK_SECONDS").is_some()
            && let Some(simulated) = Simulated::start(which)
        {
            // A simulator has one folder: one history at a time.
            let stage = |habits, schema| simulated.world(habits, schema);
            play_without_end(what, 1, &stage);
        }
    }
}
