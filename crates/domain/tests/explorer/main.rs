//! Runs the table of units through every interleaving of two processes, a supplier that loses replies, answers late and lies,
//! customer, staff, deadline and restores, and checks in each state that money and keys agree.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "tests: a failure shows itself, and says how far it came"
)]

mod applying;
mod books;
mod calm;
mod cells;
mod explored;
mod mutants;
mod properties;
mod reply;
mod search;
mod steps;
mod supplier;
mod surroundings;
mod world;
