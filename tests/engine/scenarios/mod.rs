//! Named scenarios: what each promise and rule means for one contact.

mod away;
mod both_sides;
mod clocks;
mod cursors;
mod deletions;
mod faults;
mod fields;
mod first_run;
mod guard;
mod held;
mod identity;
mod left_out;
mod lists;
mod moving;
mod passes;
mod pictures;
mod races;
mod tombstones;
mod turns;
mod versions;
