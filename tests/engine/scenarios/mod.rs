//! Named scenarios: what each promise and rule means for one contact.

mod both_sides;
mod deletions;
mod faults;
mod fields;
mod first_run;
mod held;
mod identity;
mod races;
