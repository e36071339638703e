//! Queries of the catalogue: the same results as the reference implementation, few statements, and hostile queries.

mod by_the_book;
pub(crate) mod fixtures;
mod following;
mod hostile;
mod oracle;
mod sitemap;
mod statements;
