//! Sanitizes text from a server or from the command line for display.

/// The most characters of a server's text that are shown.
const SHOWN: usize = 200;

/// One line of at most two hundred characters, without control, format or direction characters.
#[must_use]
pub fn sanitize(text: &str) -> String {
    let words = text.split(|c: char| c.is_whitespace() || is_obeyed(c));
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    let mut line = words.join(" ");
    if let Some((end, _)) = line.char_indices().nth(SHOWN) {
        line.truncate(end);
        line.push('…');
    }
    line
}

/// A message of ours that may hold a path or a name chosen by others: every character that a terminal or a log reader
/// would obey becomes U+FFFD.
#[must_use]
pub fn single_line(text: &str) -> String {
    text.replace(is_obeyed, "\u{fffd}")
}

/// The longest unknown name that is shown, in characters.
const LONGEST_NAME: usize = 24;

/// Whether a text is too long for a mistyped name: it may be a token that was pasted in its place.
#[must_use]
pub fn may_be_token(name: &str) -> bool {
    name.chars().nth(LONGEST_NAME).is_some()
}

/// An unknown name in backticks; without the name where it may be a token.
#[must_use]
pub fn quote_name(name: &str) -> String {
    if may_be_token(name) {
        "`…`".to_owned()
    } else {
        format!("`{}`", sanitize(name))
    }
}

/// A sentence as the rest of another: its first letter in lower case, unless it begins an abbreviation.
#[must_use]
pub fn lower_first(text: &str) -> String {
    let mut characters = text.chars();
    match (characters.next(), characters.clone().next()) {
        (Some(first), second) if second.is_none_or(|second| !second.is_uppercase()) => {
            first.to_lowercase().chain(characters).collect()
        }
        _ => text.to_owned(),
    }
}

/// Control characters, and those that print nothing but change how the rest is read (Unicode's bidirectional and format
/// ones).
fn is_obeyed(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_go_and_length_is_bounded() {
        let cases = [
            ("plain", "plain"),
            ("  two\r\n::add-mask::x\tlines ", "two ::add-mask::x lines"),
            ("\u{1b}[31mred\u{0}\u{7f}", "[31mred"),
            ("a\u{202e}b", "a b"),
            ("", ""),
        ];
        for (text, expected) in cases {
            assert_eq!(sanitize(text), expected, "{text:?}");
        }
        assert!(sanitize(&"x".repeat(10_000)).chars().count() <= SHOWN + 1);
    }

    #[test]
    fn a_word_that_may_be_a_token_is_not_shown() {
        for (word, expected) in [
            ("moots", "`moots`"),
            ("a\u{1b}b", "`a b`"),
            ("ääääääääääääääääääääääää", "`ääääääääääääääääääääääää`"),
            ("made-up-0123456789abcdefg", "`…`"),
            ("made/up+0123456789abcdef==", "`…`"),
            ("Bearer made.up.0123456789", "`…`"),
        ] {
            assert_eq!(quote_name(word), expected);
        }
    }

    #[test]
    fn a_line_stays_one_line() {
        assert_eq!(
            single_line("a path/\n::add-mask::\u{1b}[2J"),
            "a path/\u{fffd}::add-mask::\u{fffd}[2J"
        );
        assert_eq!(single_line("plain …"), "plain …");
    }

    #[test]
    fn sentences_begin_small() {
        for (text, expected) in [
            ("Connection refused", "connection refused"),
            ("TLS trouble", "TLS trouble"),
            ("", ""),
        ] {
            assert_eq!(lower_first(text), expected);
        }
    }

    proptest::proptest! {
        #![proptest_config(crate::property::config())]

        #[test]
        fn any_text_becomes_one_short_line(text in proptest::prop_oneof![crate::property::text(), ".{0,400}"]) {
            let shown = sanitize(&text);
            proptest::prop_assert!(shown.chars().count() <= SHOWN + 2, "{shown:?}");
            proptest::prop_assert!(!shown.chars().any(is_obeyed), "{shown:?}");
            proptest::prop_assert_eq!(sanitize(&shown), shown);
        }
    }
}
