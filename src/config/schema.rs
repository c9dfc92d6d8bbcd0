//! The JSON Schema of profiles files, for editors; written by hand, and held to the tables of keys and words.

/// The JSON Schema (2020-12) of a profiles file.
pub const SCHEMA: &str = include_str!("schema.json");
