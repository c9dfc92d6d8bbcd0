//! The request as a curl command that can be pasted into a shell: what is secret stands there as a variable.
//!
//! Where its value must be encoded in a way that curl knows nothing of, `jq` does it. curl could too (`--variable` and
//! `--expand-user`), but only since 8.3, which is not what most machines have.

use std::cell::Cell;
use std::collections::BTreeMap;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::values::{Piece, Shown, StandIn, Values, variables};
use super::word::word;
use crate::host::Environment;
use crate::request::{BasicEncoding, Method, ParamsIn, RequestPlan};

/// RFC 3986's unreserved characters stay as they are.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

const FORM: &str = "application/x-www-form-urlencoded";

/// The command, with comments above it where something must be done first.
pub(super) fn command(plan: &RequestPlan, values: &Values, environment: Environment<'_>) -> String {
    let encoder = Encoder {
        environment,
        stand_ins: &values.stand_ins,
        is_used: Cell::new(false),
    };
    let mut lines: Vec<String> = values.stand_ins.iter().map(stand_in).collect();
    let mut words = vec![format!("curl {}", word(&values.url))];
    let is_pattern =
        |piece: &Piece| matches!(piece, Piece::Text(text) if text.contains(['[', ']', '{', '}']));
    if values.url.iter().any(is_pattern) {
        words.push("--globoff".to_owned());
    }
    if plan.params_in == ParamsIn::Query && plan.method == Method::Post {
        words.push("--request POST".to_owned());
    }
    if let Some((id, secret)) = &values.basic {
        let is_encoded = plan
            .basic
            .as_ref()
            .is_some_and(|basic| basic.encoding == BasicEncoding::Form);
        let piece = |piece: &Piece| {
            if is_encoded {
                encoder.in_url(piece)
            } else {
                piece.clone()
            }
        };
        let part = |shown: &Shown| shown.pieces.iter().map(piece).collect();
        let (mut pair, secret): (Vec<Piece>, Vec<Piece>) = (part(id), part(secret));
        pair.push(Piece::Text(":".to_owned()));
        pair.extend(secret);
        words.push(format!("--user {}", word(&pair)));
    }
    for header in &values.headers {
        let is_curls_own = plan.params_in == ParamsIn::Form
            && header.name.eq_ignore_ascii_case("content-type")
            && header.pieces == [Piece::Text(FORM.to_owned())];
        if !is_curls_own {
            words.push(format!("--header {}", word(&as_header(header))));
        }
    }
    words.extend(parameters(plan, &values.parameters, &encoder));
    if encoder.is_used.get() {
        lines.push(comment(
            "jq must be there: it encodes what the variables hold",
        ));
    }
    if let Some(file) = &values.ca_file {
        lines.push(comment(
            "tok trusts the certificates of the system too, curl those of this file alone",
        ));
        words.push(format!("--cacert {}", word(&[Piece::Text(file.clone())])));
    }
    match values.proxy.as_deref() {
        Some([Piece::Text(none)]) if none == "none" => words.push("--noproxy '*'".to_owned()),
        Some(proxy) => words.push(format!("--proxy {}", word(proxy))),
        None => {}
    }
    lines.push(words.join(" \\\n  "));
    lines.join("\n") + "\n"
}

/// Gives a variable its value, or says what that is to be.
fn stand_in((name, stands_for): (&String, &StandIn)) -> String {
    match &stands_for.command {
        Some(command) => format!("{name}=$({command})"),
        None => comment(&format!("{name} stands for: {}", stands_for.meaning)),
    }
}

/// A comment, in which nothing means anything to a shell: it ends where its line ends, and zsh at a terminal takes it for
/// a command.
fn comment(text: &str) -> String {
    let is_plain = |letter: char| letter.is_alphanumeric() || " -_.,:/@=+%".contains(letter);
    format!("# {}", text.replace(|letter| !is_plain(letter), " "))
}

/// Encodes what is known at once, and has the shell encode what a variable holds.
struct Encoder<'a> {
    environment: Environment<'a>,
    stand_ins: &'a BTreeMap<String, StandIn>,
    /// Whether the shell has anything to encode.
    is_used: Cell<bool>,
}

impl Encoder<'_> {
    fn in_url(&self, piece: &Piece) -> Piece {
        let encoded = |text: &str| utf8_percent_encode(text, ESCAPED).to_string();
        match piece {
            Piece::Text(text) => Piece::Text(encoded(text)),
            Piece::Variable(name) => self.variable(name, "jq -sRr @uri", &encoded),
            Piece::Output(_) => piece.clone(),
        }
    }

    /// Inside the quotes of a JSON string.
    fn in_json(&self, piece: &Piece) -> Piece {
        match piece {
            Piece::Text(text) => Piece::Text(escaped(text)),
            Piece::Variable(name) => self.variable(name, "jq -Rsr '@json[1:-1]'", &escaped),
            Piece::Output(_) => piece.clone(),
        }
    }

    /// A JSON string that is nothing but a variable.
    fn json_string(&self, name: &str) -> Vec<Piece> {
        let quote = || Piece::Text("\"".to_owned());
        match self.variable(name, "jq -Rs .", &escaped) {
            output @ Piece::Output(_) => vec![output],
            variable => vec![quote(), variable, quote()],
        }
    }

    fn variable(&self, name: &str, filter: &str, encode: &dyn Fn(&str) -> String) -> Piece {
        if self.is_kept_by(name, encode) {
            return Piece::Variable(name.to_owned());
        }
        self.is_used.set(true);
        Piece::Output(format!("printf %s \"${name}\" | {filter}"))
    }

    /// Whether a variable holds what its encoding leaves as it is.
    fn is_kept_by(&self, name: &str, encode: &dyn Fn(&str) -> String) -> bool {
        self.known(name)
            .is_some_and(|value| encode(&value) == value)
    }

    /// What a variable holds; of one that is not set yet nobody knows.
    fn known(&self, name: &str) -> Option<String> {
        self.environment
            .text(name)
            .filter(|_| !self.stand_ins.contains_key(name))
    }
}

/// A text as it stands between the quotes of a JSON string.
fn escaped(text: &str) -> String {
    let quoted = quoted(text);
    quoted
        .get(1..quoted.len().saturating_sub(1))
        .unwrap_or_default()
        .to_owned()
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// curl leaves out a header without a value, unless a semicolon stands there.
fn as_header(header: &Shown) -> Vec<Piece> {
    let is_empty = header
        .pieces
        .iter()
        .all(|piece| *piece == Piece::Text(String::new()));
    let name = Piece::Text(format!(
        "{}{}",
        header.name,
        if is_empty { ";" } else { ": " }
    ));
    std::iter::once(name)
        .chain(header.pieces.iter().cloned())
        .collect()
}

fn parameters(plan: &RequestPlan, parameters: &[Shown], encoder: &Encoder<'_>) -> Vec<String> {
    let pairs = || {
        parameters
            .iter()
            .map(|shown| pair(shown, plan.params_in, encoder))
    };
    match plan.params_in {
        ParamsIn::Json => vec![format!("--data {}", word(&json_body(parameters, encoder)))],
        ParamsIn::Form if parameters.is_empty() => vec!["--data ''".to_owned()],
        ParamsIn::Form => pairs().collect(),
        ParamsIn::Query if parameters.is_empty() => Vec::new(),
        ParamsIn::Query => std::iter::once("--get".to_owned()).chain(pairs()).collect(),
    }
}

/// A parameter that curl encodes; it takes the name for encoded already. In a query it would write a space as `+`,
/// which is not sent: what is known there is encoded beforehand.
fn pair(shown: &Shown, place: ParamsIn, encoder: &Encoder<'_>) -> String {
    let mut name = utf8_percent_encode(&shown.name, ESCAPED).to_string();
    if place == ParamsIn::Form {
        name = name.replace("%20", "+");
    }
    let has_space = |piece: &Piece| match piece {
        Piece::Text(text) => text.contains(' '),
        // One that nobody knows of yet is left to curl: it is rare in a secret, and nearly every server reads the `+`.
        Piece::Variable(name) => encoder.known(name).is_some_and(|value| value.contains(' ')),
        Piece::Output(_) => false,
    };
    let is_known = variables(&shown.pieces).next().is_none();
    let beforehand = place == ParamsIn::Query && (is_known || shown.pieces.iter().any(has_space));
    let is_plain = |piece: &Piece| matches!(piece, Piece::Text(text) if utf8_percent_encode(text, ESCAPED).to_string() == *text);
    let is_ready = beforehand || shown.pieces.iter().all(is_plain);
    let option = if is_ready {
        "--data"
    } else {
        "--data-urlencode"
    };
    let name = Piece::Text(format!("{name}="));
    let piece = |piece: &Piece| {
        if beforehand {
            encoder.in_url(piece)
        } else {
            piece.clone()
        }
    };
    let pieces: Vec<Piece> = std::iter::once(name)
        .chain(shown.pieces.iter().map(piece))
        .collect();
    format!("{option} {}", word(&pieces))
}

fn json_body(parameters: &[Shown], encoder: &Encoder<'_>) -> Vec<Piece> {
    let text = |text: &str| Piece::Text(text.to_owned());
    let mut pieces = vec![text("{")];
    let mut rest = parameters;
    while let Some(first) = rest.first() {
        // The values of a list stand together.
        let count = if first.is_list {
            rest.iter()
                .take_while(|shown| shown.is_list && shown.key == first.key)
                .count()
        } else {
            1
        };
        let (values, after) = rest.split_at_checked(count).unwrap_or((rest, &[]));
        let comma = if pieces.len() > 1 { "," } else { "" };
        let open = if first.is_list { "[" } else { "" };
        pieces.push(Piece::Text(format!(
            "{comma}{}:{open}",
            quoted(&first.name)
        )));
        for (index, shown) in values.iter().enumerate() {
            if index > 0 {
                pieces.push(text(","));
            }
            match shown.pieces.as_slice() {
                value if shown.is_json_literal => pieces.extend_from_slice(value),
                [Piece::Variable(name)] => pieces.extend(encoder.json_string(name)),
                value => {
                    pieces.push(text("\""));
                    pieces.extend(value.iter().map(|piece| encoder.in_json(piece)));
                    pieces.push(text("\""));
                }
            }
        }
        pieces.push(text(if first.is_list { "]" } else { "" }));
        rest = after;
    }
    pieces.push(text("}"));
    pieces
}
