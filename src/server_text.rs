//! Text that came from a server, made fit to be shown to a person: no secret, no control character, no length.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use zeroize::Zeroizing;

use crate::secret::Secret;

/// The most characters of a server's text that are shown.
const SHOWN: usize = 200;

/// A secret shorter than this is not searched for: it would blot out innocent text and hide nothing.
const SHORTEST: usize = 4;

/// Blots out known secrets in every encoding in which `tok` sends them; servers echo what they got.
#[derive(Default)]
pub struct Redactor(Vec<Zeroizing<String>>);

impl Redactor {
    /// A redactor that knows no secret yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// From now on this value is blotted out: raw, percent-encoded, in JSON, and in Base64.
    pub fn learn(&mut self, secret: &Secret<String>) {
        let value = secret.expose();
        if value.len() < SHORTEST {
            return;
        }
        let percent = utf8_percent_encode(value, NON_ALPHANUMERIC).to_string();
        let form: String = form_urlencoded::byte_serialize(value.as_bytes()).collect();
        let quoted = serde_json::Value::from(value.as_str()).to_string();
        let json = quoted.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(&quoted);
        let forms = [
            value.clone(),
            percent.to_lowercase(),
            percent,
            form.replace('+', "%20"),
            form,
            json.to_owned(),
            STANDARD.encode(value).trim_end_matches('=').to_owned(),
            URL_SAFE_NO_PAD.encode(value),
        ];
        for form in forms {
            if !self.0.iter().any(|known| **known == form) {
                self.0.push(Zeroizing::new(form));
            }
        }
        // The longest first: a short form may stand inside a long one.
        self.0.sort_by_key(|form| std::cmp::Reverse(form.len()));
    }

    /// The text without any secret that is known.
    #[must_use]
    pub fn redact(&self, text: &str) -> String {
        self.0.iter().fold(text.to_owned(), |text, secret| {
            if text.contains(secret.as_str()) { text.replace(secret.as_str(), "[redacted]") } else { text }
        })
    }

    /// The text as it may be shown: redacted, in one line, without control characters, cut.
    #[must_use]
    pub fn presentable(&self, text: &str) -> String {
        presentable(&self.redact(text))
    }
}

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
    fn sentences_begin_small() {
        for (text, expected) in
            [("Connection refused", "connection refused"), ("TLS trouble", "TLS trouble"), ("", "")]
        {
            assert_eq!(lower_first(text), expected);
        }
    }

    #[test]
    fn a_secret_is_found_in_every_encoding_it_travels_in() {
        let mut redactor = Redactor::new();
        let secret = "p@ss \"w/rd+1";
        redactor.learn(&Secret::from(secret));
        let forms = [
            secret.to_owned(),
            "p%40ss%20%22w%2Frd%2B1".to_owned(),
            "p%40ss+%22w%2Frd%2B1".to_owned(),
            "p%40ss%20%22w%2frd%2b1".to_owned(),
            "p@ss \\\"w/rd+1".to_owned(),
            STANDARD.encode(secret),
        ];
        for form in forms {
            let shown = redactor.presentable(&format!("before {form} after"));
            assert!(shown.starts_with("before [redacted]") && shown.ends_with(" after"), "{shown}");
        }
    }
}
