//! Towards the supplier: one pace for all processes, and the client against every fault.

mod pace;
mod processes;
