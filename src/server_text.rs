//! Text that came from a server, made fit to be shown to a person: no secret, no control character, no length.

use base64::Engine as _;
use base64::engine::general_purpose::{GeneralPurpose, STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD};
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

    /// From now on this value is blotted out: raw, percent-encoded once or twice, in JSON and HTML, in hexadecimal
    /// digits, and in Base64 wherever it stands in what was encoded.
    pub fn learn(&mut self, secret: &Secret<String>) {
        let value = secret.expose();
        if value.len() < SHORTEST {
            return;
        }
        let percent = utf8_percent_encode(value, NON_ALPHANUMERIC).to_string();
        let form: String = form_urlencoded::byte_serialize(value.as_bytes()).collect();
        let quoted = serde_json::Value::from(value.as_str()).to_string();
        let json = quoted.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(&quoted);
        let html =
            value.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;");
        let mut forms = vec![
            value.clone(),
            utf8_percent_encode(&percent, NON_ALPHANUMERIC).to_string(),
            percent,
            form.replace('+', "%20"),
            form,
            json.to_owned(),
            html.replace('\'', "&#39;"),
            html.replace('\'', "&#x27;"),
            html,
            value.bytes().fold(String::new(), |text, byte| text + &format!("{byte:02x}")),
            STANDARD.encode(value).trim_end_matches('=').to_owned(),
            URL_SAFE_NO_PAD.encode(value),
        ];
        for before in 0..3 {
            forms.extend([inside(&STANDARD_NO_PAD, value, before), inside(&URL_SAFE_NO_PAD, value, before)]);
        }
        for form in forms {
            let form = Zeroizing::new(form);
            if form.len() >= SHORTEST && !self.0.contains(&form) {
                self.0.push(form);
            }
        }
        // The longest first: a short form may stand inside a long one.
        self.0.sort_by_key(|form| std::cmp::Reverse(form.len()));
    }

    /// The text without any secret that is known, in small or capital letters: hosts are written in small ones, and
    /// hexadecimal digits in either.
    #[must_use]
    pub fn redact(&self, text: &str) -> String {
        self.0.iter().fold(text.to_owned(), |text, secret| without(text, secret))
    }

    /// The text as it may be shown: redacted, in one line, without control characters, cut.
    #[must_use]
    pub fn presentable(&self, text: &str) -> String {
        presentable(&self.redact(text))
    }
}

/// What Base64 makes of a value that stands inside a longer one, after so many bytes more than a multiple of three:
/// the characters at its ends, which hold bits of its neighbours too, are left out.
fn inside(engine: &GeneralPurpose, value: &str, before: usize) -> String {
    let padded = Zeroizing::new([&[0; 3][..before], value.as_bytes()].concat());
    let encoded = Zeroizing::new(engine.encode(&padded));
    let whole = padded.len() * 8 / 6;
    encoded.get((before * 8).div_ceil(6)..whole).unwrap_or_default().to_owned()
}

/// The text with another one blotted out, whatever the case of its ASCII letters.
fn without(text: String, secret: &str) -> String {
    let (small, wanted) = (text.to_ascii_lowercase(), Zeroizing::new(secret.to_ascii_lowercase()));
    let mut shown = String::new();
    let mut end = 0;
    // The lower-case text has the same bytes at the same places, but for those letters.
    for (at, found) in small.match_indices(wanted.as_str()) {
        shown.push_str(text.get(end..at).unwrap_or_default());
        shown.push_str("[redacted]");
        end = at + found.len();
    }
    if end == 0 {
        return text;
    }
    shown.push_str(text.get(end..).unwrap_or_default());
    shown
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

/// A text of our own, in which a path or a name may stand that somebody else chose: in one line, and without a
/// character that a terminal or the reader of a log would obey.
#[must_use]
pub fn in_one_line(text: &str) -> String {
    let obeyed = |character: char| character.is_control() || reorders(character);
    text.chars().map(|character| if obeyed(character) { '\u{fffd}' } else { character }).collect()
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
    fn a_line_stays_one_line() {
        assert_eq!(in_one_line("a path/\n::add-mask::\u{1b}[2J"), "a path/\u{fffd}::add-mask::\u{fffd}[2J");
        assert_eq!(in_one_line("plain …"), "plain …");
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
            STANDARD.encode(secret).to_ascii_lowercase(),
            "p@ss &quot;w/rd+1".to_owned(),
            "P%2540SS%2520%2522W%252FRD%252B1".to_owned(),
            "70407373202277 2f72642b31".replace(' ', ""),
            "704073732022772F72642B31".to_owned(),
        ];
        for form in forms {
            let shown = redactor.presentable(&format!("before {form} after"));
            assert!(shown.starts_with("before [redacted]") && shown.ends_with(" after"), "{shown}");
        }
        for before in ["a", "ab", "abc"] {
            let shown = redactor.redact(&STANDARD.encode(format!("{before}{secret}xyz")));
            assert!(shown.contains("[redacted]") && shown.len() < 24, "{shown}");
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

        #[test]
        fn no_secret_is_left(
            secret in "[ -Z^-~é\\\\]{4,30}", before in crate::property::text(), after in crate::property::text(), how in 0..9,
        ) {
            proptest::prop_assume!(!"[redacted]".contains(&secret.to_ascii_lowercase()));
            let mut redactor = Redactor::new();
            redactor.learn(&Secret::from(secret.as_str()));
            let sent = match how {
                0 => secret.clone(),
                1 => secret.to_ascii_uppercase(),
                2 => utf8_percent_encode(&secret, NON_ALPHANUMERIC).to_string(),
                3 => form_urlencoded::byte_serialize(secret.as_bytes()).collect(),
                4 => STANDARD.encode(&secret),
                5 => URL_SAFE_NO_PAD.encode(&secret),
                6 => serde_json::Value::from(secret.as_str()).to_string(),
                7 => secret.bytes().fold(String::new(), |text, byte| text + &format!("{byte:02X}")),
                _ => STANDARD.encode(format!("id:{secret}&x")),
            };
            let shown = redactor.redact(&format!("{before}{sent}{after}"));
            proptest::prop_assert!(shown.contains("[redacted]"), "{shown}");
            proptest::prop_assert!(!shown.to_ascii_lowercase().contains(&secret.to_ascii_lowercase()), "{shown}");
        }
    }
}
