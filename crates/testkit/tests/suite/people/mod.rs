//! People: what they had as guests is never lost, and what is theirs opens to nobody else.

mod basket_reads;
mod guessing;
mod hostile;
mod kills;
mod migration;
mod registrations;
