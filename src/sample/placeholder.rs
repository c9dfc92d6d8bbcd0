//! Placeholders: texts that a page shows in place of the reader's own values.

use super::names::{is_kind, simplified};
use crate::template::is_name;

/// A part of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Piece<'a> {
    Literal(&'a str),
    /// `${NAME}`
    Variable(&'a str),
    /// `{name}`, `<name>` and the like, without the brackets; or a word such as `YOUR_DOMAIN`.
    Placeholder(&'a str),
}

/// Pairs of brackets around a placeholder; the longer of two that begin alike comes first.
const BRACKETS: &str = "${ } {{ }} { } << >> < > [ ]";

/// The ends of words in a URL.
const DELIMITERS: [char; 8] = ['/', '.', ':', '?', '&', '=', ' ', '@'];

/// First words of placeholders.
const BEGINNINGS: &str = "your my replace insert enter example put some the add";

/// Names of credentials, which pages show in place of their values.
const CREDENTIALS: &str =
    "clientid clientsecret apikey apisecret appid appsecret appkey refreshtoken secretkey";

/// Splits a text at its variables and placeholders.
#[must_use]
pub fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let (mut begin, mut at) = (0, 0);
    let rest = |from: usize| text.get(from..).unwrap_or_default();
    while let Some(found) = rest(at).find(['$', '{', '<', '[']) {
        at += found;
        match bracketed(rest(at)) {
            Some((piece, length)) => {
                push_words(&mut pieces, text.get(begin..at).unwrap_or_default());
                pieces.push(piece);
                at += length;
                begin = at;
            }
            None => at += 1,
        }
    }
    push_words(&mut pieces, rest(begin));
    pieces
}

/// The placeholder or variable in brackets with which a text begins, and its length.
pub(super) fn bracketed(text: &str) -> Option<(Piece<'_>, usize)> {
    let mut brackets = BRACKETS.split(' ');
    while let (Some(open), Some(close)) = (brackets.next(), brackets.next()) {
        let inside = text.strip_prefix(open).unwrap_or_default();
        let is_end = |c: char| !c.is_ascii_alphanumeric() && !"_- .".contains(c);
        let (name, after) = inside.split_at(inside.find(is_end).unwrap_or_default());
        if name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && after.starts_with(close)
        {
            let piece = match open {
                "${" if is_name(name) => Piece::Variable(name),
                _ => Piece::Placeholder(name),
            };
            return Some((piece, open.len() + name.len() + close.len()));
        }
    }
    None
}

/// Adds a text without brackets, in which words such as `YOUR_DOMAIN` are placeholders.
fn push_words<'a>(pieces: &mut Vec<Piece<'a>>, text: &'a str) {
    for chunk in text.split_inclusive(DELIMITERS) {
        let word = chunk.strip_suffix(DELIMITERS).unwrap_or(chunk);
        if is_worded(word) {
            let delimiter = chunk.get(word.len()..).unwrap_or_default();
            pieces.extend([Piece::Placeholder(word), Piece::Literal(delimiter)]);
        } else {
            pieces.push(Piece::Literal(chunk));
        }
    }
}

/// `YOUR_DOMAIN`, `yourDomain`, `ACXXXXXXXX`.
fn is_worded(word: &str) -> bool {
    let is_upper = |c: char| c.is_ascii_uppercase() || c == '_';
    let is_constant = word.contains('_') && !word.starts_with('_') && word.chars().all(is_upper);
    let is_elided = word.to_ascii_lowercase().contains("xxxx");
    is_constant || is_elided || begins_with("your replace", word)
}

/// Whether a word begins with one of these and another word follows: `your-id` and `yourId`, but not `yours`.
fn begins_with(beginnings: &str, word: &str) -> bool {
    beginnings.split(' ').any(|beginning| {
        let Some((begin, after)) = word.split_at_checked(beginning.len()) else {
            return false;
        };
        let is_camel_case = begin.ends_with(|c: char| c.is_ascii_lowercase())
            && after.starts_with(|c: char| c.is_ascii_uppercase());
        begin.eq_ignore_ascii_case(beginning)
            && (after.starts_with(['_', '-', ' ']) || is_camel_case)
    })
}

/// The variable that is the whole of a text: `${NAME}`, or `$NAME` in single quotes.
#[must_use]
pub fn variable(text: &str) -> Option<&str> {
    let name = text.strip_prefix('$')?;
    let inside = name
        .strip_prefix('{')
        .and_then(|name| name.strip_suffix('}'));
    Some(inside.unwrap_or(name)).filter(|name| is_name(name))
}

/// Whether a text is a variable, or a placeholder by its brackets.
#[must_use]
pub fn is_bracketed(text: &str) -> bool {
    variable(text).is_some() || bracketed(text).is_some_and(|(_, length)| length == text.len())
}

/// Whether a text is a placeholder. `name`: the parameter or header that has this value.
#[must_use]
pub fn is_placeholder(text: &str, name: &str) -> bool {
    let text = text.trim();
    let name = simplified(name.rsplit('.').next().unwrap_or_default());
    let plain = simplified(text);
    let is_by_words = is_worded(text)
        || is_elided(text)
        || begins_with(BEGINNINGS, text)
        || plain == name
        || CREDENTIALS.split(' ').any(|known| plain == known);
    text.is_empty() || is_bracketed(text) || (is_by_words && !is_kind(&name))
}

/// Whether a part of a text is left out.
pub(super) fn is_elided(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    ["...", "…", "***", "xxx", "•••"]
        .iter()
        .any(|filler| lower.contains(filler))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_told_from_values() {
        for text in [
            "<client_id>",
            "<<client_id>>",
            "{client_id}",
            "{{clientId}}",
            "YOUR_CLIENT_ID",
            "your-client-id",
            "yourClientId",
            "REPLACE_BASIC_AUTH",
            "CLIENT_ID",
            "Df......Ye",
            "xxxxxxxx",
            "***",
            "my-client-id",
            "$TOKEN",
            "${TOKEN}",
            "insert_secret_here",
            "[CLIENT_ID]",
            "APPSECRET",
            "",
        ] {
            assert!(is_placeholder(text, "x"), "{text}");
        }
        assert!(is_placeholder("tenant-id", "params.tenant_id"));
        for (text, name) in [
            ("5clTR_MdVrrkgxw2", "x"),
            ("wqe34tyyh7679jokkDa$7df46", "x"),
            ("acme", "x"),
            ("robot@example", "x"),
            ("enterprise", "params.box_subject_type"),
            ("ENTERPRISE", "params.subject"),
            ("theme", "x"),
            ("API_KEY", "params.token_type"),
            ("password", "params.type"),
        ] {
            assert!(!is_placeholder(text, name), "{text}");
        }
        assert!(is_placeholder("<type>", "params.token_type"));
    }

    #[test]
    fn a_text_is_split_at_its_variables_and_placeholders() {
        for (text, expected) in [
            ("https://a.example.com/t", "https://a.example.com/t"),
            ("https://<<host>>/t", "https://(host)/t"),
            ("https://{yourDomain}/t/{id}", "https://(yourDomain)/t/(id)"),
            ("https://YOUR_DOMAIN/t", "https://(YOUR_DOMAIN)/t"),
            (
                "https://your-tenant.example.com/t",
                "https://(your-tenant).example.com/t",
            ),
            ("https://{{host}}/<tenant>", "https://(host)/(tenant)"),
            (
                "${HOST}/accounts/ACXXXXXXXX/t",
                "$HOST/accounts/(ACXXXXXXXX)/t",
            ),
            ("a{\"b\"}<>[0]${c:d}$e", "a{\"b\"}<>[0]${c:d}$e"),
        ] {
            let pieces = pieces(text).into_iter().map(|piece| match piece {
                Piece::Literal(literal) => literal.to_owned(),
                Piece::Variable(name) => format!("${name}"),
                Piece::Placeholder(name) => format!("({name})"),
            });
            assert_eq!(pieces.collect::<String>(), expected);
        }
    }
}
