//! The catalogue as it is asked: the same answers as by the book, few statements, and hostile questions.

mod by_the_book;
mod following;
mod hostile;
pub(crate) mod made_up;
mod oracle;
mod sitemap;
mod statements;
