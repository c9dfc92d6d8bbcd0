//! Text that came from a server, made fit to be shown to a person: no secret, no control character, no length. And words
//! that somebody wrote where a name belongs.

/// The most characters of a server's text that are shown.
const SHOWN: usize = 200;

/// One line of at most two hundred characters without control, format or direction characters.
#[must_use]
pub fn presentable(text: &str) -> String {
    let mut shown = String::new();
    let mut gap = false;
    let mut count = 0;
    for character in text.chars() {
        if character.is_whitespace() || character.is_control() || reorders(character) {
            gap = !shown.is_empty();
            continue;
        }
        if count >= SHOWN {
            shown.push('…');
            break;
        }
        if std::mem::take(&mut gap) {
            shown.push(' ');
            count += 1;
        }
        shown.push(character);
        count += 1;
    }
    shown
}

/// A text of our own, in which a path or a name may stand that somebody else chose: in one line, and without a
/// character that a terminal or the reader of a log would obey.
#[must_use]
pub fn in_one_line(text: &str) -> String {
    let obeyed = |character: char| character.is_control() || reorders(character);
    text.chars()
        .map(|character| {
            if obeyed(character) {
                '\u{fffd}'
            } else {
                character
            }
        })
        .collect()
}

/// The longest word that is shown where it is no name that is known, in characters.
const LONGEST_WORD: usize = 24;

/// Whether a word is too long for a slip of a name: it may be a token that was pasted where the name belongs.
#[must_use]
pub fn may_be_a_token(word: &str) -> bool {
    word.chars().nth(LONGEST_WORD).is_some()
}

/// A word that stands where a name belongs and is none, in backticks; without the word where it may be a token.
#[must_use]
pub fn named(word: &str) -> String {
    if may_be_a_token(word) {
        "`…`".to_owned()
    } else {
        format!("`{}`", presentable(word))
    }
}

/// A sentence as the rest of one: its first letter small, unless an abbreviation stands there.
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

/// Characters that print nothing but change how the rest is read (Unicode's bidirectional and format ones).
fn reorders(character: char) -> bool {
    matches!(character,
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
            assert_eq!(presentable(text), expected, "{text:?}");
        }
        assert!(presentable(&"x".repeat(10_000)).chars().count() <= SHOWN + 1);
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
            assert_eq!(named(word), expected);
        }
    }

    #[test]
    fn a_line_stays_one_line() {
        assert_eq!(
            in_one_line("a path/\n::add-mask::\u{1b}[2J"),
            "a path/\u{fffd}::add-mask::\u{fffd}[2J"
        );
        assert_eq!(in_one_line("plain …"), "plain …");
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
            let shown = presentable(&text);
            proptest::prop_assert!(shown.chars().count() <= SHOWN + 2, "{shown:?}");
            proptest::prop_assert!(!shown.chars().any(|c| c.is_control() || reorders(c)), "{shown:?}");
            proptest::prop_assert_eq!(presentable(&shown), shown);
        }
    }
}
