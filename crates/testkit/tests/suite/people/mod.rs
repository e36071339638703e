//! People: guests' carts and wishlists are never lost, and nobody has access to another person's data.

mod basket_reads;
mod guessing;
mod hostile;
mod kills;
mod lockout;
mod migration;
mod own_codes;
mod password_races;
mod registrations;
mod reset_mails;
mod sign_in_ages;
mod sign_in_races;
mod spellings;
mod squatters;
mod typed;
