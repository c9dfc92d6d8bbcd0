//! Cuts a profiles file into its tables without parsing it, so that a profile is read without the others:
//! one that is broken breaks no other, and ten thousand cost little more than one.

use std::borrow::Cow;
use std::ops::Range;

use memchr::{memchr_iter, memmem};

use super::credentials::CREDENTIALS;

/// What a table's header says it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Header<'a> {
    /// What stands before the first header, and `[profiles]` itself: keys of any profile may be there.
    Shared,
    /// `[defaults]` and its sub-tables.
    Defaults,
    /// `[profiles.NAME]` and its sub-tables.
    Profile(Cow<'a, str>),
    /// `[credentials]` and its sub-tables.
    Credentials,
    /// A table that has no business in a profiles file.
    Foreign(Cow<'a, str>),
    /// A line that begins like a header and is none.
    Broken,
}

/// One table: its header and the bytes from there to the next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Section<'a> {
    pub(super) header: Header<'a>,
    pub(super) bytes: Range<usize>,
}

/// All tables of a file, in order; the first begins at its first byte.
pub(super) fn split(text: &str) -> Vec<Section<'_>> {
    cut(text, &|_| true)
}

/// Those without the other profiles' own: to keep ten thousand takes as long as to find them.
pub(super) fn of_profile<'a>(text: &'a str, name: &str) -> Vec<Section<'a>> {
    cut(
        text,
        &|header| !matches!(header, Header::Profile(of) if of != name),
    )
}

/// Whether a table is kept.
type Keep<'k> = dyn Fn(&Header<'_>) -> bool + 'k;

fn cut<'a>(text: &'a str, keep: &Keep<'_>) -> Vec<Section<'a>> {
    at_brackets(text, keep).unwrap_or_else(|| by_lines(text, keep))
}

/// Line by line, as a line may begin inside a string.
fn by_lines<'a>(text: &'a str, keep: &Keep<'_>) -> Vec<Section<'a>> {
    let bytes = text.as_bytes();
    let mut cut = Cut::keeping(keep);
    let mut at = 0;
    while at < bytes.len() {
        let found = header(text, at)
            .filter(|(header, _)| cut.state.string.is_none() && cut.lets_pass(header));
        at = if let Some((header, next)) = found {
            cut.here(at, header);
            next
        } else {
            cut.state.feed(bytes, at)
        };
    }
    cut.finish(text)
}

/// Where no string goes over lines (`None`: one does), a header is where a line begins with a bracket, and the lines
/// between, nearly all of them, need not be read.
fn at_brackets<'a>(text: &'a str, keep: &Keep<'_>) -> Option<Vec<Section<'a>>> {
    let bytes = text.as_bytes();
    let opens_string = |quotes: &str| memmem::find(bytes, quotes.as_bytes()).is_some();
    if opens_string("\"\"\"") || opens_string("'''") {
        return None;
    }
    let mut cut = Cut::keeping(keep);
    // What follows the last header, as far as it was read.
    let mut read = 0;
    for bracket in memchr_iter(b'[', bytes) {
        let before = bytes.get(read..bracket).unwrap_or_default();
        let begin = bracket
            - before
                .iter()
                .rev()
                .take_while(|byte| is_blank(**byte))
                .count();
        if bracket < read || begin > read && bytes.get(begin - 1) != Some(&b'\n') {
            continue;
        }
        let Some((header, next)) = plain_header(text, bracket).or_else(|| header(text, bracket))
        else {
            continue;
        };
        if !stands_out(&header) {
            while read < begin {
                read = cut.state.feed(bytes, read);
            }
        }
        if cut.lets_pass(&header) {
            cut.here(begin, header);
            read = next;
        }
    }
    Some(cut.finish(text))
}

/// A text that is being cut.
struct Cut<'a, 'k> {
    keep: &'k Keep<'k>,
    kept: Vec<Section<'a>>,
    current: Section<'a>,
    state: State,
}

impl<'a, 'k> Cut<'a, 'k> {
    fn keeping(keep: &'k Keep<'k>) -> Self {
        let current = Section {
            header: Header::Shared,
            bytes: 0..0,
        };
        Self {
            keep,
            kept: Vec::new(),
            current,
            state: State::default(),
        }
    }

    /// Whether this is a header. Inside an array only what can be no value counts: a bracket that was forgotten in one
    /// profile must not swallow the next.
    fn lets_pass(&self, header: &Header<'_>) -> bool {
        self.state.depth == 0 || stands_out(header)
    }

    /// Begins a table.
    fn here(&mut self, begin: usize, header: Header<'a>) {
        self.end(begin);
        self.current = Section {
            header,
            bytes: begin..begin,
        };
        self.state = State::default();
    }

    fn end(&mut self, end: usize) {
        if (self.keep)(&self.current.header) {
            self.current.bytes.end = end;
            self.kept.push(self.current.clone());
        }
    }

    fn finish(mut self, text: &str) -> Vec<Section<'a>> {
        self.end(text.len());
        self.kept
    }
}

/// Which bytes are looked for. A table of them takes six instructions for each byte that is passed over, where a search
/// for characters took fifty.
type Wanted = [bool; 256];

const fn wanted(bytes: &[u8]) -> Wanted {
    let mut table = [false; 256];
    let mut rest = bytes;
    while let [byte, after @ ..] = rest {
        table[*byte as usize] = true;
        rest = after;
    }
    table
}

const fn others(mut table: Wanted) -> Wanted {
    let mut byte = 0;
    while byte < table.len() {
        table[byte] = !table[byte];
        byte += 1;
    }
    table
}

/// Outside of strings.
static OUTSIDE: Wanted = wanted(b"\n\"'#[]{}");
/// In basic strings, where a backslash makes the next character an ordinary one.
static IN_BASIC: Wanted = wanted(b"\n\"\\");
static IN_LITERAL: Wanted = wanted(b"\n'");
static LINE_BREAK: Wanted = wanted(b"\n");
/// What ends a key without quotes.
static NOT_BARE: Wanted = others(wanted(
    b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz-",
));

/// Where the next of these bytes is, from there on; else the end.
fn find(bytes: &[u8], from: usize, wanted: &Wanted) -> usize {
    let rest = bytes.get(from..).unwrap_or_default();
    let passed = rest.iter().position(|byte| wanted[usize::from(*byte)]);
    passed.map_or(bytes.len(), |passed| from + passed)
}

/// Where the next line begins.
fn next_line(bytes: &[u8], from: usize) -> usize {
    bytes.len().min(find(bytes, from, &LINE_BREAK) + 1)
}

/// What is open at the end of a line.
#[derive(Default)]
struct State {
    /// The quote whose threefold ends a multi-line string.
    string: Option<u8>,
    /// How many brackets and braces are open.
    depth: usize,
}

impl State {
    /// Reads a line that is no header for what it leaves open. Returns where the next one begins.
    fn feed(&mut self, bytes: &[u8], mut at: usize) -> usize {
        loop {
            if let Some(quote) = self.string {
                match after_closing(bytes, at, quote, true) {
                    Ok(after) => at = after,
                    Err(next) => return next,
                }
                self.string = None;
            }
            at = find(bytes, at, &OUTSIDE);
            let Some(byte) = bytes.get(at) else { return at };
            at += 1;
            match byte {
                b'\n' => return at,
                b'#' => return next_line(bytes, at),
                b'[' | b'{' => self.depth += 1,
                b']' | b'}' => self.depth = self.depth.saturating_sub(1),
                quote
                    if bytes
                        .get(at..)
                        .is_some_and(|rest| rest.starts_with(&[*quote, *quote])) =>
                {
                    self.string = Some(*quote);
                    at += 2;
                }
                quote => match after_closing(bytes, at, *quote, false) {
                    Ok(after) => at = after,
                    Err(next) => return next,
                },
            }
        }
    }
}

/// What follows the quotes that end a string; where this line does not end it, where the next line begins.
fn after_closing(
    bytes: &[u8],
    mut at: usize,
    quote: u8,
    is_multi_line: bool,
) -> Result<usize, usize> {
    let wanted = if quote == b'"' {
        &IN_BASIC
    } else {
        &IN_LITERAL
    };
    loop {
        at = find(bytes, at, wanted);
        let rest = bytes.get(at..).unwrap_or_default();
        match rest {
            [] => return Err(bytes.len()),
            [b'\n', ..] => return Err(at + 1),
            [b'\\', b'\n', ..] => return Err(at + 2),
            [b'\\', ..] => at += 2,
            _ if !is_multi_line => return Ok(at + 1),
            // It may end in up to two quotes of its own.
            _ => match rest
                .iter()
                .take(5)
                .take_while(|byte| **byte == quote)
                .count()
            {
                count @ 3.. => return Ok(at + count),
                count => at += count,
            },
        }
    }
}

/// Whether no value looks like this.
fn stands_out(header: &Header<'_>) -> bool {
    matches!(
        header,
        Header::Defaults | Header::Credentials | Header::Profile(_)
    )
}

fn is_blank(byte: u8) -> bool {
    byte.is_ascii_whitespace() && byte != b'\n'
}

/// The header that this line would be by itself, and where the next line begins.
fn header(text: &str, from: usize) -> Option<(Header<'_>, usize)> {
    let bytes = text.as_bytes();
    let blanks = bytes
        .get(from..)?
        .iter()
        .position(|byte| !is_blank(*byte))?;
    let begin = from + blanks;
    if bytes.get(begin) != Some(&b'[') {
        return None;
    }
    plain_header(text, begin).or_else(|| {
        let next = next_line(bytes, begin);
        Some((parse_header(text.get(begin..next)?.trim_ascii()), next))
    })
}

/// A header as nearly all of them are written, and where the next line begins.
fn plain_header(text: &str, begin: usize) -> Option<(Header<'_>, usize)> {
    let from = text.len() - text.get(begin..)?.strip_prefix("[profiles.")?.len();
    let end = find(text.as_bytes(), from, &NOT_BARE);
    let name = text.get(from..end).filter(|name| !name.is_empty())?;
    text.get(end..)?
        .starts_with("]\n")
        .then_some((Header::Profile(name.into()), end + 2))
}

/// Reads a line that begins with a bracket.
fn parse_header(line: &str) -> Header<'_> {
    let is_array = line.starts_with("[[");
    let (open, close) = if is_array { ("[[", "]]") } else { ("[", "]") };
    let Some(rest) = line.strip_prefix(open) else {
        return Header::Broken;
    };
    let mut keys = Vec::new();
    let mut rest = rest.trim_ascii_start();
    loop {
        let Some((key, after)) = parse_key(rest) else {
            return Header::Broken;
        };
        keys.push(key);
        let after = after.trim_ascii_start();
        if let Some(next) = after.strip_prefix('.') {
            rest = next.trim_ascii_start();
        } else if let Some(after) = after.strip_prefix(close) {
            let after = after.trim_ascii_start();
            if !after.is_empty() && !after.starts_with('#') {
                return Header::Broken;
            }
            break;
        } else {
            return Header::Broken;
        }
    }
    let mut keys = keys.into_iter();
    match (keys.next(), keys.next()) {
        (Some(root), None) if root == "profiles" => Header::Shared,
        (Some(root), Some(name)) if root == "profiles" => Header::Profile(name),
        (Some(root), _) if root == "defaults" => Header::Defaults,
        (Some(root), _) if root == CREDENTIALS => Header::Credentials,
        (Some(root), _) => Header::Foreign(root),
        (None, _) => Header::Broken,
    }
}

/// One part of a dotted key, and what follows it.
fn parse_key(text: &str) -> Option<(Cow<'_, str>, &str)> {
    match text.as_bytes().first()? {
        b'\'' => text
            .get(1..)?
            .split_once('\'')
            .map(|(key, rest)| (key.into(), rest)),
        b'"' => {
            let (quoted, rest) =
                text.split_at_checked(after_closing(text.as_bytes(), 1, b'"', false).ok()?)?;
            // JSON's escapes are those of TOML but for `\e`, `\x` and `\U`, which no profile's name needs.
            Some((serde_json::from_str::<String>(quoted).ok()?.into(), rest))
        }
        _ => {
            let (key, rest) = text.split_at_checked(find(text.as_bytes(), 0, &NOT_BARE))?;
            (!key.is_empty()).then_some((key.into(), rest))
        }
    }
}

#[cfg(test)]
mod tests;
