//! Text of a sample. Where a shell would fill in a variable, the variable's name stands between two marks, so that the
//! text can be cut, decoded and parsed like any other.

use std::fmt;

use zeroize::Zeroizing;

/// Around a variable's name. No sample has these characters: they are taken out before it is read.
const VARIABLE: (char, char) = ('\u{F0000}', '\u{F0001}');
/// Around what a command of the sample encodes by base64.
const ENCODED: (char, char) = ('\u{F0002}', '\u{F0003}');

/// Text that may hold a secret and variables.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Text(Zeroizing<String>);

/// A piece of text.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Piece<'a> {
    Literal(&'a str),
    /// A variable; without a name where the shell would run a command.
    Variable(&'a str),
}

/// The text as a sample may hold it: without the marks.
pub(super) fn unmarked(text: &str) -> Zeroizing<String> {
    Zeroizing::new(
        text.chars()
            .filter(|character| !(VARIABLE.0..=ENCODED.1).contains(character))
            .collect(),
    )
}

impl Text {
    /// Text with its marks.
    #[must_use]
    pub fn marked(text: &str) -> Self {
        Self(Zeroizing::new(text.to_owned()))
    }

    /// The text with its marks, to be cut and parsed. It may be a secret.
    #[must_use]
    pub fn as_marked(&self) -> &str {
        &self.0
    }

    pub(super) fn push(&mut self, character: char) {
        self.0.push(character);
    }

    pub(super) fn push_str(&mut self, text: &str) {
        self.0.push_str(text);
    }

    pub(super) fn push_variable(&mut self, name: &str) {
        self.0.push(VARIABLE.0);
        self.0.push_str(name);
        self.0.push(VARIABLE.1);
    }

    pub(super) fn push_encoded(&mut self, text: &Self) {
        self.0.push(ENCODED.0);
        self.0.push_str(&text.0);
        self.0.push(ENCODED.1);
    }

    /// What is encoded by base64, where the text is nothing but that.
    pub(super) fn encoded(&self) -> Option<Self> {
        self.0
            .strip_prefix(ENCODED.0)?
            .strip_suffix(ENCODED.1)
            .map(Self::marked)
    }

    /// The pieces, in order.
    #[must_use]
    pub fn pieces(&self) -> Vec<Piece<'_>> {
        let mut pieces = Vec::new();
        let mut rest: &str = &self.0;
        while let Some((before, from)) = rest.split_once(VARIABLE.0) {
            let (name, after) = from.split_once(VARIABLE.1).unwrap_or((from, ""));
            if !before.is_empty() {
                pieces.push(Piece::Literal(before));
            }
            pieces.push(Piece::Variable(name));
            rest = after;
        }
        if !rest.is_empty() {
            pieces.push(Piece::Literal(rest));
        }
        pieces
    }

    /// The text, where no variable is in it.
    #[must_use]
    pub fn literal(&self) -> Option<&str> {
        (!self.0.contains([VARIABLE.0, ENCODED.0])).then_some(self.0.as_str())
    }

    /// The variable, where the text is nothing but one.
    #[must_use]
    pub fn variable(&self) -> Option<&str> {
        match self.pieces().as_slice() {
            [Piece::Variable(name)] => Some(name),
            _ => None,
        }
    }

    /// The text with variables replaced by what this function says of them, as far as it says anything.
    #[must_use]
    pub fn filled(&self, value: &dyn Fn(&str) -> Option<Self>) -> Self {
        let mut filled = Self::default();
        for piece in self.pieces() {
            match piece {
                Piece::Literal(text) => filled.push_str(text),
                Piece::Variable(name) => match value(name) {
                    Some(text) => filled.push_str(&text.0),
                    None => filled.push_variable(name),
                },
            }
        }
        filled
    }

    /// The two parts around the first of these characters that stands outside of a variable.
    #[must_use]
    pub fn split_once(&self, at: char) -> Option<(Self, Self)> {
        let (before, after) = self.0.split_once(at)?;
        Some((Self::marked(before), Self::marked(after)))
    }

    /// The text without white space at its ends.
    #[must_use]
    pub fn trimmed(&self) -> Self {
        Self::marked(self.0.trim())
    }
}

/// It may be a secret.
impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_stand_apart() {
        let mut text = Text::marked("a");
        text.push_variable("B");
        text.push('c');
        assert!(
            text.pieces()
                == [
                    Piece::Literal("a"),
                    Piece::Variable("B"),
                    Piece::Literal("c")
                ]
                && text.literal().is_none()
                && text.variable().is_none()
        );
        let filled = text.filled(&|name| (name == "B").then(|| Text::marked("-")));
        assert_eq!((filled.as_marked(), filled.literal()), ("a-c", Some("a-c")));
        assert_eq!(format!("{text:?}"), "[redacted]");
        assert_eq!(*unmarked("a\u{F0000}b\u{F0003}c"), "abc");
    }
}
