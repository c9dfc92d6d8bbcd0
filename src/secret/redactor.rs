//! Finding known secrets in a text that came from a server, however it has written them down.
//!
//! A list of encodings would never be complete: a server may escape some characters and not others, and twice. So
//! the text is read as somebody would who decodes it, with a note of where each byte came from, and the secrets are
//! looked for in what comes out.

use std::ops::Range;

use base64::Engine as _;
use base64::engine::general_purpose::{GeneralPurpose, STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use zeroize::Zeroizing;

use crate::secret::Secret;

/// A secret shorter than this is only searched for as a word of its own: anywhere else it would blot out innocent
/// text and hide nothing.
const SHORT: usize = 4;

/// So often is a text decoded: an encoding of an encoding is the most that was ever seen, and one is to spare.
const LAYERS: usize = 4;

/// The most bytes that one character is written with: `&#x10FFFF;`.
const LONGEST_ESCAPE: usize = 12;

/// Blots out known secrets, which servers send back.
#[derive(Default)]
pub struct Redactor(Vec<Form>);

/// A secret as it is looked for: as it is, in hexadecimal digits, or in Base64.
struct Form {
    bytes: Zeroizing<Vec<u8>>,
    /// It must stand by itself.
    is_word: bool,
}

impl Redactor {
    /// A redactor that knows no secret yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// From now on this value is blotted out: raw, in hexadecimal digits, in Base64 wherever it stands in what was
    /// encoded, and any of that with any characters escaped as in a URL, in JSON or in HTML.
    pub fn learn(&mut self, secret: &Secret<String>) {
        let value = secret.expose();
        if value.is_empty() {
            return;
        }
        let is_word = value.len() < SHORT;
        self.add(value.as_bytes(), is_word);
        if is_word {
            return;
        }
        // What in the secret itself looks like an escape is decoded along with the rest.
        let mut reading = Reading::plain(value);
        while let Some(decoded) = reading.decoded() {
            self.add(&decoded.exact, false);
            reading = decoded;
        }
        let hex = value
            .bytes()
            .fold(Zeroizing::new(String::new()), |mut text, byte| {
                let digit = |half: u8| char::from_digit(half.into(), 16).unwrap_or_default();
                text.extend([digit(byte >> 4), digit(byte & 15)]);
                text
            });
        self.add(hex.as_bytes(), false);
        for engine in [&STANDARD_NO_PAD, &URL_SAFE_NO_PAD] {
            self.add(Zeroizing::new(engine.encode(value)).as_bytes(), false);
            for before in 0..3 {
                self.add(
                    Zeroizing::new(inside(engine, value, before)).as_bytes(),
                    false,
                );
            }
        }
    }

    fn add(&mut self, bytes: &[u8], is_word: bool) {
        let bytes: Zeroizing<Vec<u8>> = Zeroizing::new(bytes.iter().copied().map(alike).collect());
        if (is_word || bytes.len() >= SHORT) && self.0.iter().all(|form| *form.bytes != *bytes) {
            self.0.push(Form { bytes, is_word });
        }
    }

    /// The text without any secret that is known, in small or capital letters: hosts are written in small ones, and
    /// hexadecimal digits in either.
    #[must_use]
    pub fn redact(&self, text: &str) -> String {
        let mut found = Vec::new();
        let mut reading = Reading::plain(text);
        for _ in 0..LAYERS {
            self.find(&reading, &mut found);
            let Some(decoded) = reading.decoded() else {
                break;
            };
            reading = decoded;
        }
        without(text, found)
    }

    /// The text as it may be shown: redacted, in one line, without control characters, cut.
    #[must_use]
    pub fn sanitize(&self, text: &str) -> String {
        crate::text::sanitize(&self.redact(text))
    }

    fn find(&self, reading: &Reading, found: &mut Vec<Range<usize>>) {
        // A text may be a mebibyte long, and hardly any place in it begins like a secret.
        let mut begins = [false; 256];
        for first in self.0.iter().filter_map(|form| form.bytes.first()) {
            if let Some(begins) = begins.get_mut(usize::from(*first)) {
                *begins = true;
            }
        }
        for (at, byte) in reading.bytes.iter().enumerate() {
            if !begins.get(usize::from(*byte)).is_some_and(|begins| *begins) {
                continue;
            }
            let Some(rest) = reading.bytes.get(at..) else {
                continue;
            };
            for Form { bytes, is_word } in
                self.0.iter().filter(|form| rest.starts_with(&form.bytes))
            {
                let end = at + bytes.len();
                if !(*is_word && reading.continues_word(at, end)) {
                    found.extend(reading.place(at, end));
                }
            }
        }
    }
}

/// Letters are looked for in either case, and a form writes a space as `+`.
fn alike(byte: u8) -> u8 {
    if byte == b'+' {
        b' '
    } else {
        byte.to_ascii_lowercase()
    }
}

/// What Base64 makes of a value that stands inside a longer one, after so many bytes more than a multiple of three:
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

/// The text without these places, each as far as it cuts into a character.
fn without(text: &str, mut places: Vec<Range<usize>>) -> String {
    for place in &mut places {
        while !text.is_char_boundary(place.start) {
            place.start -= 1;
        }
        while !text.is_char_boundary(place.end) && place.end < text.len() {
            place.end += 1;
        }
    }
    places.sort_by_key(|place| place.start);
    let mut shown = String::new();
    let mut end = 0;
    for place in places {
        if place.start >= end {
            shown.push_str(text.get(end..place.start).unwrap_or_default());
            shown.push_str("[redacted]");
        }
        end = end.max(place.end);
    }
    shown.push_str(text.get(end..).unwrap_or_default());
    shown
}

/// A text as it reads after some decoding.
struct Reading {
    /// What it says, such that alike is equal.
    bytes: Zeroizing<Vec<u8>>,
    /// What it says in full, which may be decoded further.
    exact: Zeroizing<Vec<u8>>,
    /// Where in the text each byte comes from; `None`: it is the text.
    places: Option<Vec<Range<usize>>>,
}

impl Reading {
    fn plain(text: &str) -> Self {
        Self::new(text.as_bytes().to_vec(), None)
    }

    fn new(exact: Vec<u8>, places: Option<Vec<Range<usize>>>) -> Self {
        let bytes = Zeroizing::new(exact.iter().copied().map(alike).collect());
        Self {
            bytes,
            exact: Zeroizing::new(exact),
            places,
        }
    }

    /// The same with every escape taken for what it stands for; `None` where there is none.
    fn decoded(&self) -> Option<Self> {
        let next = |from: usize| {
            let rest = self.exact.get(from..)?;
            rest.iter()
                .position(|byte| matches!(byte, b'%' | b'\\' | b'&'))
                .map(|at| from + at)
        };
        // Most texts have none, and may be long.
        let mut found = next(0)?;
        let (mut bytes, mut places) = (
            Vec::with_capacity(self.exact.len()),
            Vec::with_capacity(self.exact.len()),
        );
        let (mut at, mut is_other) = (0, false);
        loop {
            bytes.extend_from_slice(self.exact.get(at..found)?);
            match &self.places {
                None => places.extend((at..found).map(|at| at..at + 1)),
                Some(known) => places.extend_from_slice(known.get(at..found)?),
            }
            let Some(rest) = self.exact.get(found..).filter(|rest| !rest.is_empty()) else {
                break;
            };
            let (length, meant) =
                escape(rest).unwrap_or_else(|| (1, rest.iter().take(1).copied().collect()));
            is_other |= length > 1;
            let place = self.place(found, found + length)?;
            places.extend(std::iter::repeat_n(place, meant.len()));
            bytes.extend(meant);
            at = found + length;
            found = next(at).unwrap_or(self.exact.len());
        }
        is_other.then(|| Self::new(bytes, Some(places)))
    }

    /// Where in the text these bytes come from.
    fn place(&self, from: usize, to: usize) -> Option<Range<usize>> {
        match &self.places {
            None => Some(from..to),
            Some(places) => Some(places.get(from)?.start..places.get(to.checked_sub(1)?)?.end),
        }
    }

    /// Whether what stands here is a part of a longer word.
    fn continues_word(&self, from: usize, to: usize) -> bool {
        let is_of_word = |at: usize| self.bytes.get(at).is_some_and(u8::is_ascii_alphanumeric);
        from.checked_sub(1).is_some_and(is_of_word) || is_of_word(to)
    }
}

/// The escape at the beginning of a text: its length, and what it stands for.
fn escape(text: &[u8]) -> Option<(usize, Vec<u8>)> {
    let number =
        |digits: &[u8], radix| u32::from_str_radix(std::str::from_utf8(digits).ok()?, radix).ok();
    let utf8 = |code: u32| char::from_u32(code).map(|character| character.to_string().into_bytes());
    match text {
        [b'%', digits @ ..] => {
            let byte = u8::try_from(number(digits.get(..2)?, 16)?).ok()?;
            Some((3, vec![byte]))
        }
        [b'\\', b'u', digits @ ..] => Some((6, utf8(number(digits.get(..4)?, 16)?)?)),
        [b'\\', byte @ (b'"' | b'\\' | b'/' | b'\''), ..] => Some((2, vec![*byte])),
        [b'&', rest @ ..] => {
            let end = rest
                .iter()
                .take(LONGEST_ESCAPE)
                .position(|byte| *byte == b';')?;
            let meant = match rest.get(..end)? {
                b"amp" => b"&".to_vec(),
                b"lt" => b"<".to_vec(),
                b"gt" => b">".to_vec(),
                b"quot" => b"\"".to_vec(),
                b"apos" => b"'".to_vec(),
                [b'#', b'x' | b'X', digits @ ..] => utf8(number(digits, 16)?)?,
                [b'#', digits @ ..] => utf8(number(digits, 10)?)?,
                _ => return None,
            };
            Some((end + 2, meant))
        }
        _ => None,
    }
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
    fn a_short_secret_is_blotted_out_where_it_is_a_word() {
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
            let begins_an_escape = before.chars().rev().take(LONGEST_ESCAPE).any(|one| "%\\&".contains(one));
            let between = if begins_an_escape { " ".repeat(LONGEST_ESCAPE) } else { String::new() };
            let shown = redactor.redact(&format!("{before}{between}{sent}{after}"));
            proptest::prop_assert!(shown.contains("[redacted]"), "{shown}");
            proptest::prop_assert!(!shown.to_ascii_lowercase().contains(&secret.to_ascii_lowercase()), "{shown}");
        }
    }
}
