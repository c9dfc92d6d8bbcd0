//! `tok doctor` from outside: each condition is made on purpose, and must be found.

mod cache;
mod profiles;
mod surroundings;
mod world;
