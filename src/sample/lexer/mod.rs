//! The words of a command, as a shell would have them; and as a page means them, where a shell would read another thing.
//!
//! A page has variables in its words, `<placeholders>` that a shell would take for redirections, and lines that have lost
//! their backslashes. What can only be meant in one way is read that way.

use zeroize::Zeroizing;

use super::SampleError;
use super::here::{self, Delimiter};
use super::names::{placeholder_length, variable_name};
use super::text::Text;
use crate::template::is_name;

/// One command: its words, and what it is given on standard input.
#[derive(Default)]
pub(super) struct Command {
    pub(super) words: Vec<Text>,
    pub(super) stdin: Option<Text>,
}

/// The words of one command: to the end of its last line, or to what ends a command.
///
/// # Errors
/// A quotation mark is not closed.
pub(super) fn words(source: &str, closing: Option<char>) -> Result<Vec<Text>, SampleError> {
    command(source, closing).map(|command| command.words)
}

/// As [`words`], with what a here-document or a here-string gives.
///
/// # Errors
/// A quotation mark is not closed.
pub(super) fn command(source: &str, closing: Option<char>) -> Result<Command, SampleError> {
    command_within(source, closing, false)
}

fn command_within(
    source: &str,
    closing: Option<char>,
    is_inside: bool,
) -> Result<Command, SampleError> {
    let is_cmd = source.contains("^\n") || source.contains("^\r\n");
    let source = Zeroizing::new(if is_cmd {
        without_carets(source)
    } else {
        source.to_owned()
    });
    let mut lexer = Lexer {
        rest: &source,
        is_cmd,
        closing,
        is_inside,
        ..Lexer::default()
    };
    lexer.run()?;
    Ok(lexer.command)
}

/// A command for Windows' `cmd`: a caret takes its meaning from the next character, a line's end too.
fn without_carets(source: &str) -> String {
    let joined = source.replace("^\r\n", " ").replace("^\n", " ");
    let mut plain = String::with_capacity(joined.len());
    let mut characters = joined.chars();
    while let Some(character) = characters.next() {
        plain.extend(if character == '^' {
            characters.next()
        } else {
            Some(character)
        });
    }
    plain
}

#[derive(Default)]
struct Lexer<'a> {
    rest: &'a str,
    is_cmd: bool,
    /// What ends the command, as it stands in a substitution.
    closing: Option<char>,
    /// It stands in a substitution whose output matters. What stands in that in turn does not: there is no end to it.
    is_inside: bool,
    command: Command,
    word: Text,
    /// Whether a word has begun: it may be empty.
    is_open: bool,
    /// The next word belongs to a redirection.
    redirection: Option<Redirection>,
    /// The here-document that begins with the next line.
    document: Option<Delimiter<'a>>,
}

#[derive(Clone, Copy)]
enum Redirection {
    File,
    /// `<<<`
    String,
}

impl Lexer<'_> {
    fn run(&mut self) -> Result<(), SampleError> {
        while let Some(character) = self.next() {
            match character {
                ' ' | '\t' | '\r' => self.end_word(),
                '\n' => {
                    self.end_word();
                    if let Some(delimiter) = self.document.take() {
                        let (document, rest) = here::document(self.rest, &delimiter);
                        self.command.stdin = Some(document);
                        self.rest = rest;
                    }
                    if !self.next_line_goes_on() {
                        break;
                    }
                }
                _ if Some(character) == self.closing => break,
                '\\' | '`' if self.skips_line_end() => {
                    if self.next_line_goes_on() {
                        self.end_word();
                    }
                }
                '\\' if !self.is_cmd => {
                    if let Some(next) = self.next() {
                        self.push(next);
                    }
                }
                '\'' if !self.is_cmd => self.until(&['\''])?,
                '"' => self.double_quoted(&['"'])?,
                // A word processor's.
                '\u{2018}' | '\u{2019}' => self.until(&['\u{2018}', '\u{2019}', '\''])?,
                '\u{201c}' | '\u{201d}' => self.double_quoted(&['\u{201c}', '\u{201d}', '"'])?,
                '$' if self.rest.starts_with('\'') => self.escaped()?,
                '$' => self.variable(),
                '`' => self.substitution('`'),
                '%' if self.is_cmd => self.cmd_variable(),
                ';' | '|' => break,
                '&' if self.rest.is_empty() || self.rest.starts_with(['&', ' ', '\n', '\t']) => {
                    break;
                }
                '<' | '>' => self.angle(character),
                '#' if !self.is_open => {
                    let end = self.rest.find('\n').unwrap_or(self.rest.len());
                    self.skip(end);
                }
                other => self.push(other),
            }
        }
        self.end_word();
        Ok(())
    }

    fn next(&mut self) -> Option<char> {
        let character = self.rest.chars().next()?;
        self.skip(character.len_utf8());
        Some(character)
    }

    fn skip(&mut self, bytes: usize) {
        self.rest = self.rest.get(bytes..).unwrap_or_default();
    }

    fn push(&mut self, character: char) {
        self.is_open = true;
        self.word.push(character);
    }

    fn end_word(&mut self) {
        if std::mem::take(&mut self.is_open) {
            let word = std::mem::take(&mut self.word);
            match self.redirection.take() {
                None => self.command.words.push(word),
                Some(Redirection::File) => {}
                Some(Redirection::String) => self.command.stdin = Some(word),
            }
        }
    }

    /// Skips the rest of a line in which nothing stands any more; whether it was so.
    fn skips_line_end(&mut self) -> bool {
        let after = self.rest.trim_start_matches([' ', '\t', '\r']);
        match after.strip_prefix('\n') {
            Some(next) => {
                self.rest = after_prompt(next);
                true
            }
            None => after.is_empty(),
        }
    }

    /// No command begins with a dash: an option at the beginning of a line belongs to the line before.
    fn next_line_goes_on(&self) -> bool {
        let next = self.rest.trim_start_matches([' ', '\t']);
        next.strip_prefix(['-', '\u{2013}', '\u{2014}'])
            .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_alphabetic() || c == '-'))
            && !next.starts_with("---")
    }

    fn until(&mut self, ends: &[char]) -> Result<(), SampleError> {
        let (text, rest) = self.rest.split_once(ends).ok_or(SampleError::OpenQuote)?;
        self.is_open = true;
        self.word.push_str(text);
        self.rest = rest;
        Ok(())
    }

    fn double_quoted(&mut self, ends: &[char]) -> Result<(), SampleError> {
        self.is_open = true;
        loop {
            match self.next().ok_or(SampleError::OpenQuote)? {
                end if ends.contains(&end) => return Ok(()),
                '\\' => match self.next().ok_or(SampleError::OpenQuote)? {
                    '\n' if !self.is_cmd => {}
                    escaped @ ('"' | '\\') => self.push(escaped),
                    escaped @ ('$' | '`') if !self.is_cmd => self.push(escaped),
                    other => {
                        self.push('\\');
                        self.push(other);
                    }
                },
                '$' if !self.is_cmd => self.variable(),
                '`' if !self.is_cmd => self.substitution('`'),
                '%' if self.is_cmd => self.cmd_variable(),
                other => self.push(other),
            }
        }
    }

    /// `$'…'`, with the escapes of C.
    fn escaped(&mut self) -> Result<(), SampleError> {
        self.skip(1);
        self.is_open = true;
        loop {
            let character = self.next().ok_or(SampleError::OpenQuote)?;
            let plain = match character {
                '\'' => return Ok(()),
                '\\' => match self.next().ok_or(SampleError::OpenQuote)? {
                    'n' => '\n',
                    't' => '\t',
                    'r' => '\r',
                    'x' => self.number(16, 2),
                    'u' => self.number(16, 4),
                    'U' => self.number(16, 8),
                    digit @ '0'..='7' => self.octal(digit),
                    other => other,
                },
                other => other,
            };
            self.push(plain);
        }
    }

    fn octal(&mut self, first: char) -> char {
        let count = self
            .rest
            .chars()
            .take(2)
            .take_while(|digit| digit.is_digit(8))
            .count();
        let digits = format!("{first}{}", self.rest.get(..count).unwrap_or_default());
        self.skip(count);
        u32::from_str_radix(&digits, 8)
            .ok()
            .and_then(char::from_u32)
            .unwrap_or(char::REPLACEMENT_CHARACTER)
    }

    fn number(&mut self, radix: u32, most: usize) -> char {
        let count = self
            .rest
            .chars()
            .take(most)
            .take_while(|digit| digit.is_digit(radix))
            .count();
        let digits = self.rest.get(..count).unwrap_or_default();
        let character = u32::from_str_radix(digits, radix)
            .ok()
            .and_then(char::from_u32);
        self.skip(count);
        character.unwrap_or(char::REPLACEMENT_CHARACTER)
    }

    /// What follows a dollar sign.
    fn variable(&mut self) {
        self.is_open = true;
        if let Some((name, rest)) = variable_name(self.rest) {
            self.word.push_variable(name);
            self.rest = rest;
        } else if let Some(after) = self.rest.strip_prefix('(') {
            self.rest = after;
            self.substitution(')');
        } else {
            self.word.push('$');
        }
    }

    /// `%NAME%`.
    fn cmd_variable(&mut self) {
        match self.rest.split_once('%') {
            Some((name, rest)) if is_name(name) => {
                self.is_open = true;
                self.word.push_variable(name);
                self.rest = rest;
            }
            _ => self.push('%'),
        }
    }

    /// A command whose output would stand here. Only the one that encodes credentials is understood.
    fn substitution(&mut self, end: char) {
        self.is_open = true;
        let length = end_of_substitution(self.rest, end);
        let inside = self.rest.get(..length).unwrap_or_default();
        self.skip(length + end.len_utf8());
        if let Some(document) = here::printed(inside) {
            return self.word.push_str(document.as_marked());
        }
        let is_understood = !self.is_inside && inside.contains("base64");
        match is_understood.then(|| payload(inside)).flatten() {
            Some(payload) => self.word.push_encoded(&payload),
            None => self.word.push_variable(""),
        }
    }

    /// A placeholder in angle brackets, or a redirection, which is left out with its file.
    fn angle(&mut self, bracket: char) {
        if bracket == '<'
            && let Some(length) = placeholder_length(self.rest)
        {
            self.is_open = true;
            self.word.push('<');
            self.word
                .push_str(self.rest.get(..length).unwrap_or_default());
            return self.skip(length);
        }
        // The number of a descriptor belongs to the redirection.
        if self
            .word
            .literal()
            .is_some_and(|word| word.len() == 1 && word.starts_with(|c: char| c.is_ascii_digit()))
        {
            self.word = Text::default();
            self.is_open = false;
        }
        self.end_word();
        if bracket == '<'
            && let Some((delimiter, rest)) = here::delimiter(self.rest)
        {
            self.document = Some(delimiter);
            self.rest = rest;
            return;
        }
        let is_string = bracket == '<' && self.rest.starts_with("<<");
        self.redirection = Some(if is_string {
            Redirection::String
        } else {
            Redirection::File
        });
        self.rest = self.rest.trim_start_matches(['<', '>', '&', '|', ' ']);
    }
}

/// A line without what a shell prints in front of one that goes on: `>`, and `>>` in PowerShell. Before the name of a file
/// that would be a redirection.
fn after_prompt(line: &str) -> &str {
    let begin = line.trim_start_matches([' ', '\t']);
    let after = begin
        .strip_prefix(">>")
        .or_else(|| begin.strip_prefix('>'))
        .unwrap_or_default();
    let after = after.trim_start_matches([' ', '\t']);
    if after.starts_with(['-', '"', '\'']) || after.starts_with("http") {
        after
    } else {
        line
    }
}

/// Where a substitution ends, quotes and inner substitutions minded.
fn end_of_substitution(text: &str, end: char) -> usize {
    let (mut depth, mut quote) = (0_usize, None);
    let mut characters = text.char_indices();
    while let Some((at, character)) = characters.next() {
        match (quote, character) {
            (_, '\\') => _ = characters.next(),
            (Some(open), _) if open == character => quote = None,
            (None, '\'' | '"') => quote = Some(character),
            (None, '(') => depth += 1,
            (None, _) if character == end && depth == 0 => return at,
            (None, ')') => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    text.len()
}

/// What `echo -n ID:SECRET | base64` encodes, or `base64 <<< ID:SECRET`.
pub(super) fn payload(inside: &str) -> Option<Text> {
    if let Some((_, word)) = inside.split_once("<<<") {
        return command_within(word, None, true)
            .ok()?
            .words
            .into_iter()
            .next();
    }
    let words = command_within(inside, None, true).ok()?.words;
    let program = words.first()?.literal()?;
    let last = words.last().filter(|_| words.len() > 1)?;
    ["echo", "printf"].contains(&program).then(|| last.clone())
}

#[cfg(test)]
pub(super) mod tests;
