//! The request as a curl command for a shell, with variables in place of secrets.
//!
//! curl encodes the values of a form. What else must be encoded is encoded here if it is known; a comment says so of a
//! variable whose value needs it.

use std::collections::BTreeSet;

use percent_encoding::utf8_percent_encode;

use super::shell::{Piece, comment, variables, word};
use super::values::{ShownValue, Values};
use crate::host::Environment;
use crate::request::{BasicEncoding, Method, ParamsIn, RequestPlan, UNRESERVED, json_body};
use crate::secret::Secret;

const FORM: &str = "application/x-www-form-urlencoded";

/// The command, with comments and assignments above it.
pub(super) fn command(plan: &RequestPlan, values: &Values, environment: Environment<'_>) -> String {
    let mut encoder = Encoder {
        environment,
        values,
        comments: BTreeSet::new(),
    };
    let mut words = vec![format!("curl {}", word(&values.url))];
    let has_glob =
        |piece: &Piece| matches!(piece, Piece::Text(text) if text.contains(['[', ']', '{', '}']));
    if values.url.iter().any(has_glob) {
        words.push("--globoff".to_owned());
    }
    if plan.params_in == ParamsIn::Query && plan.method == Method::Post {
        words.push("--request POST".to_owned());
    }
    if let (Some((id, secret)), Some(basic)) = (&values.basic, &plan.basic) {
        let mut half = |value: &ShownValue| match basic.encoding {
            BasicEncoding::Raw => value.pieces.clone(),
            BasicEncoding::Form => encoder.percent(&value.pieces),
        };
        let pair = [half(id), vec![Piece::text(":")], half(secret)].concat();
        words.push(format!("--user {}", word(&pair)));
    }
    for header in &values.headers {
        let is_curls_own = plan.params_in == ParamsIn::Form
            && header.name.eq_ignore_ascii_case("content-type")
            && header.text == FORM;
        if !is_curls_own {
            words.push(format!("--header {}", word(&header_line(header))));
        }
    }
    match plan.params_in {
        ParamsIn::Json => words.push(format!("--data {}", word(&encoder.json(plan)))),
        ParamsIn::Form if values.params.is_empty() => words.push("--data ''".to_owned()),
        ParamsIn::Query if values.params.is_empty() => {}
        ParamsIn::Form => words.extend(values.params.iter().map(|param| pair(param, "+"))),
        ParamsIn::Query => {
            words.push("--get".to_owned());
            words.extend(values.params.iter().map(|param| pair(param, "%20")));
        }
    }
    let mut lines: Vec<String> = values.assignments.lines().collect();
    lines.extend(encoder.comments.iter().map(|text| comment(text)));
    if let Some(file) = &values.ca_file {
        lines.push(comment(
            "tok also trusts the system certificates, curl only those of this file",
        ));
        words.push(format!("--cacert {}", word(&[Piece::text(file)])));
    }
    match values.proxy.as_deref() {
        Some([Piece::Text(none)]) if none == "none" => words.push("--noproxy '*'".to_owned()),
        Some(proxy) => words.push(format!("--proxy {}", word(proxy))),
        None => {}
    }
    lines.push(words.join(" \\\n  "));
    lines.join("\n") + "\n"
}

/// curl leaves out a header without a value, unless a semicolon follows its name.
fn header_line(header: &ShownValue) -> Vec<Piece> {
    let is_empty = header.text.is_empty();
    let name = format!("{}{}", header.name, if is_empty { ";" } else { ": " });
    [vec![Piece::text(name)], header.pieces.clone()].concat()
}

/// A parameter whose value curl encodes if necessary. curl writes a space in a query as `+`, where tok writes `%20`: a
/// value without variables is encoded here.
fn pair(param: &ShownValue, space: &str) -> String {
    let name = percent_encoded(&param.name).replace("%20", space);
    let is_known = variables(&param.pieces).next().is_none();
    let encoded = percent_encoded(&param.text);
    let (option, value) = if is_known && (space == "%20" || encoded == param.text) {
        ("--data", vec![Piece::text(encoded)])
    } else {
        ("--data-urlencode", param.pieces.clone())
    };
    let pieces = [vec![Piece::text(format!("{name}="))], value].concat();
    format!("{option} {}", word(&pieces))
}

fn percent_encoded(text: &str) -> String {
    utf8_percent_encode(text, UNRESERVED).to_string()
}

/// A text as it stands between the quotes of a JSON string.
fn json_escaped(text: &str) -> String {
    let string = serde_json::Value::from(text).to_string();
    let inner = string
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'));
    inner.unwrap_or_default().to_owned()
}

/// Encodes what is known, and notes which variables the user must encode.
struct Encoder<'a> {
    environment: Environment<'a>,
    values: &'a Values,
    comments: BTreeSet<String>,
}

impl Encoder<'_> {
    /// Notes the variables that do not hold what `encode` would leave as it is, as far as is known.
    fn note(&mut self, pieces: &[Piece], encode: &dyn Fn(&str) -> String, advice: &str) {
        for name in variables(pieces) {
            let known = self.environment.text(name);
            let known = known.filter(|_| !self.values.assignments.contains(name));
            if known.is_none_or(|value| encode(&value) != value) {
                self.comments.insert(format!("if {name} {advice}"));
            }
        }
    }

    fn percent(&mut self, pieces: &[Piece]) -> Vec<Piece> {
        let advice = "has characters other than letters and digits, percent-encode it";
        self.note(pieces, &percent_encoded, advice);
        let encoded = pieces.iter().map(|piece| match piece {
            Piece::Text(text) => Piece::text(percent_encoded(text)),
            Piece::Variable(_) => piece.clone(),
        });
        encoded.collect()
    }

    /// The JSON body: as tok builds it, with marks in place of the variables.
    fn json(&mut self, plan: &RequestPlan) -> Vec<Piece> {
        const MARK: char = '\u{e000}';
        let advice = "holds quotes or backslashes, escape them as in JSON";
        let mut values = self.values.params.iter();
        let mut params = plan.params.clone();
        for scalar in params.iter_mut().flat_map(|param| &mut param.values) {
            let Some(value) = values.next() else { continue };
            self.note(&value.pieces, &json_escaped, advice);
            let marked = value.pieces.iter().map(|piece| match piece {
                Piece::Text(text) => text.clone(),
                Piece::Variable(name) => format!("{MARK}{name}{MARK}"),
            });
            scalar.text = Secret::new(marked.collect());
        }
        let body = json_body(&params);
        let body = String::from_utf8_lossy(body.expose());
        let parts = body.split(MARK).enumerate();
        parts
            .map(|(index, part)| match index % 2 {
                0 => Piece::text(part),
                _ => Piece::Variable(part.to_owned()),
            })
            .collect()
    }
}
