//! What benchmarks share: the programs as processes of their own, and the load.

pub(crate) mod bare;
pub(crate) mod load;
pub(crate) mod process;
pub(crate) mod shop;
pub(crate) mod supplier;
