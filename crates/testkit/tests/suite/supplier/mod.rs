//! Towards the supplier: one rate limit for all processes, and the client against every fault.

mod pace;
mod processes;
mod purchases;
