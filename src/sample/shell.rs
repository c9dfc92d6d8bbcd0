//! Splits a command into arguments as a POSIX shell does. A variable becomes `${NAME}`, the output of another command the
//! placeholder `<output>`.
//!
//! Pages are not scripts, so some text is read as its author meant it: `<placeholder>` is text and not a redirection, an
//! `&` within a URL is text, and a backslash continues a line even if blanks follow it.

use super::SampleError;
use super::placeholder::bracketed;
use crate::template::is_name;

/// The arguments of the first command in a text.
///
/// # Errors
/// A quotation mark or bracket is not closed, or a URL continues on the next line.
pub(super) fn split(text: &str) -> Result<Vec<String>, SampleError> {
    let mut lexer = Lexer {
        rest: text,
        arguments: Vec::new(),
        argument: None,
        is_file: false,
    };
    lexer.run()?;
    lexer.end_argument();
    Ok(lexer.arguments)
}

struct Lexer<'a> {
    rest: &'a str,
    arguments: Vec<String>,
    /// The unfinished argument, which may be empty.
    argument: Option<String>,
    /// The next argument is the file of a redirection.
    is_file: bool,
}

impl Lexer<'_> {
    fn run(&mut self) -> Result<(), SampleError> {
        loop {
            let here = self.rest;
            let Some(character) = self.next() else {
                return Ok(());
            };
            match character {
                ' ' | '\t' => self.end_argument(),
                '\n' | ';' | '|' | ')' => return self.check_url(character),
                '&' if self.rest.is_empty() || self.rest.starts_with(['&', ' ', '\t', '\n']) => {
                    return self.check_url(character);
                }
                '#' if self.argument.is_none() => {
                    self.rest = self.rest.trim_start_matches(|c| c != '\n');
                }
                '\\' => {
                    if let Some(next) = self.rest.trim_start_matches([' ', '\t']).strip_prefix('\n')
                    {
                        self.rest = next;
                    } else {
                        let escaped = self.next();
                        self.argument().extend(escaped);
                    }
                }
                '\'' => {
                    let (text, rest) = self.rest.split_once('\'').ok_or(SampleError::OpenQuote)?;
                    self.rest = rest;
                    self.argument().push_str(text);
                }
                '"' => self.double_quoted()?,
                '$' if self.rest.starts_with('\'') => self.ansi_quoted()?,
                '$' => self.expansion()?,
                '`' => self.substitution('`')?,
                '<' | '>' => self.angle_bracket(here),
                _ => self.argument().push(character),
            }
        }
    }

    fn next(&mut self) -> Option<char> {
        let mut characters = self.rest.chars();
        let character = characters.next()?;
        self.rest = characters.as_str();
        Some(character)
    }

    fn skip(&mut self, bytes: usize) {
        self.rest = self.rest.get(bytes..).unwrap_or_default();
    }

    fn argument(&mut self) -> &mut String {
        self.argument.get_or_insert_default()
    }

    fn end_argument(&mut self) {
        if let Some(argument) = self.argument.take()
            && !std::mem::take(&mut self.is_file)
        {
            self.arguments.push(argument);
        }
    }

    /// A URL without quotes that goes on in the next line would lose its parameters.
    fn check_url(&self, end: char) -> Result<(), SampleError> {
        let is_begun = self.argument.as_deref().is_some_and(|argument| {
            argument.contains("://")
                && (argument.ends_with('?') || (end == '&' && argument.contains('?')))
        });
        let goes_on = self.rest.trim_start().starts_with(['&', '?']);
        if is_begun || (end == '\n' && goes_on) {
            return Err(SampleError::SplitUrl);
        }
        Ok(())
    }

    fn double_quoted(&mut self) -> Result<(), SampleError> {
        self.argument();
        loop {
            match self.next().ok_or(SampleError::OpenQuote)? {
                '"' => return Ok(()),
                '\\' => match self.next().ok_or(SampleError::OpenQuote)? {
                    '\n' => {}
                    escaped @ ('"' | '\\' | '$' | '`') => self.argument().push(escaped),
                    other => self.argument().extend(['\\', other]),
                },
                '$' => self.expansion()?,
                '`' => self.substitution('`')?,
                other => self.argument().push(other),
            }
        }
    }

    /// `$'…'`, with the escapes of C.
    fn ansi_quoted(&mut self) -> Result<(), SampleError> {
        self.skip(1);
        self.argument();
        loop {
            let mut character = self.next().ok_or(SampleError::OpenQuote)?;
            if character == '\'' {
                return Ok(());
            }
            if character == '\\' {
                character = match self.next().ok_or(SampleError::OpenQuote)? {
                    'n' => '\n',
                    't' => '\t',
                    'r' => '\r',
                    'x' => self.code_point(2),
                    'u' => self.code_point(4),
                    other => other,
                };
            }
            self.argument().push(character);
        }
    }

    /// A character by at most this many hexadecimal digits.
    fn code_point(&mut self, most: usize) -> char {
        let hex = self
            .rest
            .chars()
            .take(most)
            .take_while(char::is_ascii_hexdigit);
        let digits: String = hex.collect();
        self.skip(digits.len());
        let code = u32::from_str_radix(&digits, 16).ok();
        code.and_then(char::from_u32)
            .unwrap_or(char::REPLACEMENT_CHARACTER)
    }

    /// What follows a dollar sign: `$NAME`, `${NAME}`, `${NAME:-default}`, `$(command)`.
    fn expansion(&mut self) -> Result<(), SampleError> {
        let inside = self.rest.strip_prefix('{');
        let text = inside.unwrap_or(self.rest);
        let is_end = |c: char| !(c.is_ascii_alphanumeric() || c == '_');
        let (name, after) = text.split_at(text.find(is_end).unwrap_or(text.len()));
        if is_name(name) {
            self.argument().extend(["${", name, "}"]);
            self.rest = after;
            if inside.is_some() {
                let (_, after) = after.split_once('}').ok_or(SampleError::OpenQuote)?;
                self.rest = after;
            }
        } else if let Some(command) = self.rest.strip_prefix('(') {
            self.rest = command;
            self.substitution(')')?;
        } else {
            self.argument().push('$');
        }
        Ok(())
    }

    /// Skips a command, in the place of its output.
    fn substitution(&mut self, end: char) -> Result<(), SampleError> {
        let mut depth = 0_u32;
        loop {
            match self.next().ok_or(SampleError::OpenQuote)? {
                character if character == end && depth == 0 => break,
                '(' => depth += 1,
                ')' => depth = depth.saturating_sub(1),
                _ => {}
            }
        }
        self.argument().push_str("<output>");
        Ok(())
    }

    /// A placeholder is text; a redirection is left out with its file.
    fn angle_bracket(&mut self, here: &str) {
        if let Some((_, length)) = bracketed(here) {
            self.argument()
                .push_str(here.get(..length).unwrap_or_default());
            return self.skip(length - 1);
        }
        // `2>`: the number of a descriptor.
        self.argument
            .take_if(|argument| argument == "1" || argument == "2");
        self.end_argument();
        self.is_file = true;
        self.rest = self.rest.trim_start_matches(['<', '>', '&', '|', ' ']);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_those_of_a_shell() {
        let cases: [(&str, &[&str]); 23] = [
            ("a  b\tc", &["a", "b", "c"]),
            (r#"'a b' "c d" e\ f"#, &["a b", "c d", "e f"]),
            (
                r#"'it'\''s' "say \"hi\" \$5 \x""#,
                &["it's", "say \"hi\" $5 \\x"],
            ),
            ("'' \"\"", &["", ""]),
            (r"$'a\tb\'c\x41\u00e9\\'", &["a\tb'cA\u{e9}\\"]),
            (
                "$A ${B} ${C:-none} \"x$D.y\" '$E' $1 $",
                &["${A}", "${B}", "${C}", "x${D}.y", "$E", "$1", "$"],
            ),
            ("a\\\n  b \\  \nc", &["a", "b", "c"]),
            ("a\n--b", &["a"]),
            ("a # no b\nc", &["a"]),
            ("a#b", &["a#b"]),
            ("a; b", &["a"]),
            ("a | b", &["a"]),
            ("a) b", &["a"]),
            ("a && b", &["a"]),
            ("a?b=c&d=e f", &["a?b=c&d=e", "f"]),
            ("a > out 2>/dev/null b", &["a", "b"]),
            ("a <<EOF\nb\nEOF", &["a"]),
            (
                "-u <client_id>:<<secret>> -H <a b>",
                &["-u", "<client_id>:<<secret>>", "-H", "<a b>"],
            ),
            ("a $(date) \"$(f (x) y)z\"", &["a", "<output>", "<output>z"]),
            ("a `date` b", &["a", "<output>", "b"]),
            ("{a} [b] ~/c", &["{a}", "[b]", "~/c"]),
            ("\"a\\\nb\"", &["ab"]),
            ("", &[]),
        ];
        for (text, expected) in cases {
            assert_eq!(split(text).unwrap(), expected, "{text}");
        }
        for text in ["'a", "\"a", "$'a", "\"a\\"] {
            assert_eq!(split(text), Err(SampleError::OpenQuote), "{text}");
        }
    }

    proptest::proptest! {
        #![proptest_config(crate::property::config())]

        #[test]
        fn what_is_quoted_is_one_word(text in ".{0,40}") {
            let quoted = format!("'{}' next", text.replace('\'', r"'\''"));
            proptest::prop_assert_eq!(split(&quoted).unwrap(), [text, "next".to_owned()]);
        }
    }
}
