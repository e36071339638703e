//! What the benchmarks share: the programs as separate processes, and the load.

pub(crate) mod bare;
pub(crate) mod load;
pub(crate) mod process;
pub(crate) mod shop;
pub(crate) mod supplier;
