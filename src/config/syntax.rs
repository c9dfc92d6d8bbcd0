//! What to write instead of what is not TOML: the parser says what it met, and whoever has not read the specification is
//! not helped by that.

/// The parser's words, in part, and what is most likely meant.
const HINTS: [(&str, &str); 13] = [
    (
        "string values must be quoted",
        "write text in quotes: `key = \"…\"`",
    ),
    (
        "unquoted key",
        "a key with other characters stands in quotes: `\"https://git.example.com\" = \"PROFILE\"`",
    ),
    (
        "key with no value",
        "each line is `key = \"…\"` or a header in brackets; a comment begins with `#`",
    ),
    (
        "missing assignment",
        "between a key and its value stands `=`",
    ),
    ("unicode value digits", BACKSLASH),
    ("escape", BACKSLASH),
    (
        "multi-line",
        "a text of several lines ends with the three quotation marks that it begins with",
    ),
    (
        "basic string",
        "a text ends in its line, with the quotation mark that it begins with",
    ),
    (
        "literal string",
        "a text ends in its line, with the quotation mark that it begins with",
    ),
    (
        "duplicate key",
        "a key, or a table, is written twice: drop one of the two",
    ),
    (
        "invalid boolean",
        "it is `true` or `false`, and text stands in quotes",
    ),
    (
        "invalid float",
        "text stands in quotes, and a key that has no value is left out",
    ),
    (
        "unexpected key or value",
        "one key a line, and text in quotes",
    ),
];

const BACKSLASH: &str = "a backslash begins an escape: write two, or single quotes around the text";

/// What to write instead, where that is known.
pub(super) fn hint(message: &str) -> Option<&'static str> {
    HINTS
        .iter()
        .find(|(words, _)| message.contains(words))
        .map(|(_, hint)| *hint)
}
