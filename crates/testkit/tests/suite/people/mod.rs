//! People: guests' carts and wishlists are never lost, and nobody has access to another person's data.

mod basket_reads;
mod guessing;
mod hostile;
mod kills;
mod migration;
mod registrations;
