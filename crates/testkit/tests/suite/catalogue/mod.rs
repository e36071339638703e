//! The catalogue as it is asked: the same answers as by the book, few statements, and hostile questions.

mod by_the_book;
pub(crate) mod fixtures;
mod following;
mod hostile;
mod oracle;
mod sitemap;
mod statements;
