//! What to write instead of what is not valid TOML: the parser only says what it found.

const BACKSLASH: &str = "a backslash begins an escape: write two, or put the text in single quotes";
const QUOTES: &str = "a string ends on its line, with the quotation mark it begins with";

/// A part of the parser's message, and what to write instead.
const HINTS: [(&str, &str); 13] = [
    (
        "string values must be quoted",
        "write text in quotes: `key = \"…\"`",
    ),
    (
        "unquoted key",
        "put a key with other characters in quotes: `\"https://git.example.com\" = \"PROFILE\"`",
    ),
    (
        "key with no value",
        "each line is `key = \"…\"` or a header in brackets; a comment begins with `#`",
    ),
    (
        "missing assignment",
        "write `=` between a key and its value",
    ),
    ("unicode value digits", BACKSLASH),
    ("escape", BACKSLASH),
    (
        "multi-line",
        "a string of several lines ends with the three quotation marks it begins with",
    ),
    ("basic string", QUOTES),
    ("literal string", QUOTES),
    (
        "duplicate key",
        "a key or table is written twice: remove one of them",
    ),
    (
        "invalid boolean",
        "write `true` or `false`, and text in quotes",
    ),
    (
        "invalid float",
        "write text in quotes, and leave out a key that has no value",
    ),
    (
        "unexpected key or value",
        "write one key per line, and text in quotes",
    ),
];

/// What to write instead, where that is known.
pub(super) fn hint(message: &str) -> Option<&'static str> {
    let found = HINTS.iter().find(|(part, _)| message.contains(part));
    found.map(|(_, hint)| *hint)
}
