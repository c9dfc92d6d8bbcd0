//! Finds known secrets in a text that came from a server, however the server has written them.
//!
//! A text is read once. At each place every known secret is compared character by character, and each character may be
//! written as itself or escaped as in a URL, in JSON or in HTML: a server may escape some and not others.

use base64::Engine as _;
use base64::engine::general_purpose::{GeneralPurpose, STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use zeroize::Zeroizing;

use crate::secret::Secret;

/// A secret shorter than this is only searched for as a whole word: anywhere else it would remove innocent text and hide
/// nothing.
const SHORT: usize = 4;

/// The longest entity in HTML that is read, without the ampersand: `#x10FFFF;`, with a zero to spare.
const LONGEST_ENTITY: usize = 10;

#[derive(Default)]
pub struct Redactor(Vec<Pattern>);

/// A secret as it is looked for: as it is, in hexadecimal digits, or in Base64.
struct Pattern {
    text: Zeroizing<String>,
    is_word: bool,
}

impl Redactor {
    pub fn new() -> Self {
        Self::default()
    }

    /// From now on this value is removed: raw, in hexadecimal digits, and in Base64 at any place of what was
    /// encoded (an id and a secret, for example).
    pub fn learn(&mut self, secret: &Secret<String>) {
        let value = secret.expose();
        let is_word = value.len() < SHORT;
        self.add(value.clone(), is_word);
        if is_word {
            return;
        }
        let hex = |text: String, byte: u8| text + &format!("{byte:02x}");
        self.add(value.bytes().fold(String::new(), hex), false);
        for engine in [&STANDARD_NO_PAD, &URL_SAFE_NO_PAD] {
            self.add(engine.encode(value), false);
            for before in 0..3 {
                self.add(inside(engine, value, before), false);
            }
        }
    }

    fn add(&mut self, text: String, is_word: bool) {
        let text = Zeroizing::new(text);
        let is_new = self.0.iter().all(|pattern| *pattern.text != *text);
        if is_new && (is_word || text.len() >= SHORT) && !text.is_empty() {
            self.0.push(Pattern { text, is_word });
        }
    }

    /// The text without any known secret. Small and capital letters are not told apart: hosts are written in small
    /// ones, hexadecimal digits in either.
    pub fn redact(&self, text: &str) -> String {
        // A text may be a mebibyte long, and few places in it begin like a secret.
        let mut begins = [false; 256];
        let first = self
            .0
            .iter()
            .filter_map(|pattern| pattern.text.bytes().next());
        let first = first.flat_map(|byte| [byte.to_ascii_lowercase(), byte.to_ascii_uppercase()]);
        for byte in first.chain(*b"%\\&+") {
            begins[usize::from(byte)] = true;
        }
        let mut shown = String::with_capacity(text.len());
        let mut end = 0;
        for (at, byte) in text.bytes().enumerate() {
            if !begins.get(usize::from(byte)).is_some_and(|begins| *begins) {
                continue;
            }
            let found = self.0.iter().filter_map(|pattern| pattern.find(text, at));
            let Some(found) = found.max() else { continue };
            if at >= end {
                shown.push_str(text.get(end..at).unwrap_or_default());
                shown.push_str("[redacted]");
            }
            end = end.max(found);
        }
        shown.push_str(text.get(end..).unwrap_or_default());
        shown
    }

    /// The text as it may be shown: redacted, in one line, without control characters, cut.
    pub fn sanitize(&self, text: &str) -> String {
        crate::text::sanitize(&self.redact(text))
    }
}

/// What Base64 makes of a value inside a longer one, after so many bytes more than a multiple of three:
/// the characters at its ends, which hold bits of its neighbours too, are left out.
fn inside(engine: &GeneralPurpose, value: &str, before: usize) -> String {
    let padded = Zeroizing::new([&[0; 3][..before], value.as_bytes()].concat());
    let encoded = Zeroizing::new(engine.encode(&padded));
    let whole = padded.len() * 8 / 6;
    encoded
        .get((before * 8).div_ceil(6)..whole)
        .unwrap_or_default()
        .to_owned()
}

impl Pattern {
    /// Where it ends, if it begins at this place of the text.
    fn find(&self, text: &str, at: usize) -> Option<usize> {
        let bytes = text.as_bytes();
        let mut found = None;
        // Where the text and the pattern are read on: `%25` may be a percent sign, or what it is.
        let mut open = vec![(at, 0)];
        while let Some((end, index)) = open.pop() {
            let Some(character) = self.text.get(index..).and_then(|rest| rest.chars().next())
            else {
                found = found.max(Some(end));
                continue;
            };
            let next = index + character.len_utf8();
            let rest = bytes.get(end..).unwrap_or_default();
            each_length(rest, character, &mut |length| {
                open.push((end + length, next));
            });
        }
        let is_of_word = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_alphanumeric);
        let is_part = |end: &usize| is_of_word(*end) || at.checked_sub(1).is_some_and(is_of_word);
        found.filter(|end| !(self.is_word && is_part(end)))
    }
}

/// How long this character may be, however it is written at the beginning of a text.
fn each_length(text: &[u8], character: char, each: &mut dyn FnMut(usize)) {
    let mut buffer = [0; 4];
    let raw = character.encode_utf8(&mut buffer);
    let mut take = |written: &str| {
        let begins = text.get(..written.len());
        if begins.is_some_and(|begins| begins.eq_ignore_ascii_case(written.as_bytes())) {
            each(written.len());
        }
    };
    take(raw);
    match text.first() {
        // A form writes a space as `+`.
        Some(b'+') if character == ' ' => take("+"),
        Some(b' ') if character == '+' => take(" "),
        // Encoded once, twice and three times.
        Some(b'%') => {
            for sign in ["%", "%25", "%2525"] {
                let bytes = raw.bytes().map(|byte| format!("{sign}{byte:02x}"));
                take(&bytes.collect::<String>());
            }
        }
        Some(b'\\') => {
            if matches!(character, '"' | '\\' | '/' | '\'') {
                take(&format!("\\{character}"));
            }
            let mut units = [0; 2];
            let units = character.encode_utf16(&mut units).iter();
            let units = units.map(|unit| format!("\\u{unit:04x}"));
            take(&units.collect::<String>());
        }
        Some(b'&') => {
            let end = text
                .iter()
                .take(LONGEST_ENTITY)
                .position(|byte| *byte == b';');
            let name = end.and_then(|end| std::str::from_utf8(text.get(1..end)?).ok());
            if let Some(name) = name.filter(|name| is_entity(name, character)) {
                take(&format!("&{name};"));
            }
        }
        _ => {}
    }
}

/// Whether this entity of HTML stands for the character.
fn is_entity(name: &str, character: char) -> bool {
    let code: Option<u32> = match name.strip_prefix('#') {
        Some(digits) => match digits.strip_prefix(['x', 'X']) {
            Some(digits) => u32::from_str_radix(digits, 16).ok(),
            None => digits.parse().ok(),
        },
        None => ["amp", "lt", "gt", "quot", "apos"]
            .iter()
            .zip("&<>\"'".chars())
            .find(|(known, _)| **known == name)
            .map(|(_, meant)| u32::from(meant)),
    };
    code == Some(u32::from(character))
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::STANDARD;
    use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

    use super::*;

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
            // What a server may make of it that sends it back: a mixture, each byte, small letters, other escapes.
            "p%40ss \"w/rd%2b1".to_owned(),
            "%70%40%73%73%20%22%77%2F%72%64%2B%31".to_owned(),
            "p\\u0040ss \\u0022w\\/rd\\u002B1".to_owned(),
            "p&#64;ss &#x22;w&#x2F;rd&#43;1".to_owned(),
            "p%25252540ss \\\"w/rd+1".replace("252525", "2525"),
        ];
        for form in forms {
            let shown = redactor.sanitize(&format!("before {form} after"));
            assert!(
                shown.starts_with("before [redacted]") && shown.ends_with(" after"),
                "{shown}"
            );
        }
        for before in ["a", "ab", "abc"] {
            let shown = redactor.redact(&STANDARD.encode(format!("{before}{secret}xyz")));
            assert!(shown.contains("[redacted]") && shown.len() < 24, "{shown}");
        }
    }

    #[test]
    fn a_short_secret_is_removed_where_it_is_a_word() {
        let mut redactor = Redactor::new();
        redactor.learn(&Secret::from("x1"));
        assert_eq!(
            redactor.redact("you sent x1, and (X1) or %781"),
            "you sent [redacted], and ([redacted]) or [redacted]"
        );
        assert_eq!(redactor.redact("x12 ax1 invalid"), "x12 ax1 invalid");
    }

    proptest::proptest! {
        #![proptest_config(crate::property::config())]

        #[test]
        fn no_secret_is_left(
            secret in "[ -Z^-~é\\\\]{4,30}", before in crate::property::text(), after in crate::property::text(), how in 0..12,
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
                8 => secret.bytes().fold(String::new(), |text, byte| text + &format!("%{byte:02x}")),
                9 => secret.chars().fold(String::new(), |text, one| text + &format!("&#{};", one as u32)),
                10 => secret.chars().fold(String::new(), |text, one| text + &format!("\\u{:04x}", one as u32)),
                _ => STANDARD.encode(format!("id:{secret}&x")),
            };
            // The beginning of an escape would take the secret's first characters for its own: another text.
            let begins_an_escape = before.chars().rev().take(12).any(|one| "%\\&".contains(one));
            let between = if begins_an_escape { " ".repeat(12) } else { String::new() };
            let shown = redactor.redact(&format!("{before}{between}{sent}{after}"));
            proptest::prop_assert!(shown.contains("[redacted]"), "{shown}");
            proptest::prop_assert!(!shown.to_ascii_lowercase().contains(&secret.to_ascii_lowercase()), "{shown}");
        }
    }
}
