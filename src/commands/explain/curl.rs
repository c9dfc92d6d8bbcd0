//! The request as a curl command that can be pasted into a shell: what is secret stands there as a variable.

use std::collections::BTreeSet;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::values::{Piece, Shown, Values, variables};
use crate::host::Environment;
use crate::profile::Profile;
use crate::strategy::{BasicEncoding, Method, ParamsIn, Plan};

/// RFC 3986's unreserved characters stay as they are.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

const FORM: &str = "application/x-www-form-urlencoded";

/// The command, with comments above it where something must be done first.
pub(super) fn command(
    profile: &Profile,
    plan: &Plan,
    values: &Values,
    environment: Environment<'_>,
) -> String {
    let is_json = plan.params_in == ParamsIn::Json;
    let form = if is_json { ", escaped as JSON has it" } else { "" };
    let stand_in = |(name, meaning)| format!("# {name} stands for: {meaning}{form}");
    let mut notes: Vec<String> = values.stand_ins.iter().map(stand_in).collect();
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
        let is_encoded = plan.basic_encoding == BasicEncoding::Form;
        if is_encoded {
            let names: Vec<&str> = variables(&id.pieces).chain(variables(&secret.pieces)).collect();
            notes.push(format!("# URL-encode {} first: `basic_encoding` is \"form\"", names.join(" and ")));
        }
        let part = |shown: &Shown| shown.pieces.iter().map(move |piece| encoded(piece, is_encoded)).collect();
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
    if is_json {
        let all = values.parameters.iter().flat_map(|shown| variables(&shown.pieces));
        let is_escaped = |name: &&str| {
            let value = environment.text(name).unwrap_or_default();
            unquoted(&serde_json::Value::from(value.as_str()).to_string()) != value
        };
        let names: BTreeSet<&str> = all.filter(is_escaped).collect();
        let note = |name| format!("# {name} holds characters that JSON escapes: escape them first");
        notes.extend(names.into_iter().map(note));
    }
    words.extend(parameters(plan, &values.parameters));
    let text = |template: &crate::template::Template| template.to_string();
    if let Some(file) = profile.ca_file.as_ref().map(text) {
        notes.push(format!("# `tok` trusts the system's certificates too, besides {file}"));
        words.push(format!("--cacert {}", word(&[Piece::Text(file)])));
    }
    match profile.proxy.as_ref().map(text).as_deref() {
        Some("none") => words.push("--noproxy '*'".to_owned()),
        Some(proxy) => {
            words.push(format!("--proxy {}", word(&[Piece::Text(super::without_credentials(proxy))])));
        }
        None => {}
    }
    notes.into_iter().map(|note| one_line(&note) + "\n").collect::<String>() + &words.join(" \\\n  ") + "\n"
}

/// A comment ends where its line ends: nothing in it may begin another.
fn one_line(text: &str) -> String {
    text.chars().map(|character| if character.is_control() { ' ' } else { character }).collect()
}

fn encoded(piece: &Piece, is_encoded: bool) -> Piece {
    match piece {
        Piece::Text(text) if is_encoded => Piece::Text(utf8_percent_encode(text, ESCAPED).to_string()),
        other => other.clone(),
    }
}

/// curl leaves out a header without a value, unless a semicolon stands there.
fn as_header(header: &Shown) -> Vec<Piece> {
    let is_empty = header.pieces.iter().all(|piece| *piece == Piece::Text(String::new()));
    let name = Piece::Text(format!("{}{}", header.name, if is_empty { ";" } else { ": " }));
    std::iter::once(name).chain(header.pieces.iter().cloned()).collect()
}

fn parameters(plan: &Plan, parameters: &[Shown]) -> Vec<String> {
    let pairs = || parameters.iter().map(|shown| pair(shown, plan.params_in));
    match plan.params_in {
        ParamsIn::Json => vec![format!("--data {}", word(&json_body(parameters)))],
        ParamsIn::Form if parameters.is_empty() => vec!["--data ''".to_owned()],
        ParamsIn::Form => pairs().collect(),
        ParamsIn::Query if parameters.is_empty() => Vec::new(),
        ParamsIn::Query => std::iter::once("--get".to_owned()).chain(pairs()).collect(),
    }
}

/// A parameter that curl encodes; it takes the name for encoded already. In a query it would write a space as `+`,
/// which is not sent: what is known there is encoded beforehand.
fn pair(shown: &Shown, place: ParamsIn) -> String {
    let mut name = utf8_percent_encode(&shown.name, ESCAPED).to_string();
    if place == ParamsIn::Form {
        name = name.replace("%20", "+");
    }
    let is_known = variables(&shown.pieces).next().is_none();
    let beforehand = place == ParamsIn::Query && is_known;
    let is_plain = |piece: &Piece| matches!(piece, Piece::Text(text) if utf8_percent_encode(text, ESCAPED).to_string() == *text);
    let is_ready = beforehand || shown.pieces.iter().all(is_plain);
    let option = if is_ready { "--data" } else { "--data-urlencode" };
    let name = Piece::Text(format!("{name}="));
    let pieces: Vec<Piece> =
        std::iter::once(name).chain(shown.pieces.iter().map(|piece| encoded(piece, beforehand))).collect();
    format!("{option} {}", word(&pieces))
}

fn json_body(parameters: &[Shown]) -> Vec<Piece> {
    let text = |text: &str| Piece::Text(text.to_owned());
    let quoted = |text: &str| serde_json::Value::from(text).to_string();
    let mut pieces = vec![text("{")];
    let mut rest = parameters;
    while let Some(first) = rest.first() {
        // The values of a list stand together.
        let count = if first.is_list {
            rest.iter().take_while(|shown| shown.is_list && shown.key == first.key).count()
        } else {
            1
        };
        let (values, after) = rest.split_at_checked(count).unwrap_or((rest, &[]));
        let comma = if pieces.len() > 1 { "," } else { "" };
        let open = if first.is_list { "[" } else { "" };
        pieces.push(Piece::Text(format!("{comma}{}:{open}", quoted(&first.name))));
        for (index, shown) in values.iter().enumerate() {
            if index > 0 {
                pieces.push(text(","));
            }
            let quote = if shown.bare { "" } else { "\"" };
            pieces.push(text(quote));
            pieces.extend(shown.pieces.iter().map(|piece| match piece {
                Piece::Text(value) if shown.bare => Piece::Text(value.clone()),
                Piece::Text(value) => Piece::Text(unquoted(&quoted(value)).to_owned()),
                variable @ Piece::Variable(_) => variable.clone(),
            }));
            pieces.push(text(quote));
        }
        pieces.push(text(if first.is_list { "]" } else { "" }));
        rest = after;
    }
    pieces.push(text("}"));
    pieces
}

/// A JSON string without its quotes.
fn unquoted(text: &str) -> &str {
    text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text)
}

/// One word of a shell command: in single quotes, or in double quotes where a variable must expand.
fn word(pieces: &[Piece]) -> String {
    let joined = joined(pieces);
    if let [Piece::Text(text)] = joined.as_slice() {
        return single_quoted(text);
    }
    // An interactive bash takes an exclamation mark for a command even in double quotes.
    let has_mark = joined.iter().any(|piece| matches!(piece, Piece::Text(text) if text.contains('!')));
    let mut word = String::new();
    for (index, piece) in joined.iter().enumerate() {
        let follows_closely = match joined.get(index + 1) {
            Some(Piece::Text(text)) if text != ":" => {
                text.starts_with(|next: char| next.is_ascii_alphanumeric() || "_[:".contains(next))
            }
            _ => false,
        };
        match piece {
            Piece::Text(text) if has_mark => word.push_str(&single_quoted(text)),
            Piece::Text(text) => {
                for character in text.chars() {
                    if matches!(character, '"' | '\\' | '$' | '`') {
                        word.push('\\');
                    }
                    word.push(character);
                }
            }
            Piece::Variable(name) if has_mark => word.extend(["\"$", name, "\""]),
            // What follows must not be read as part of the name, nor by zsh as a subscript or a modifier.
            Piece::Variable(name) if follows_closely => {
                word.extend(["${", name, "}"]);
            }
            Piece::Variable(name) => word.extend(["$", name]),
        }
    }
    if has_mark { word } else { format!("\"{word}\"") }
}

fn single_quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// Neighbouring texts as one.
fn joined(pieces: &[Piece]) -> Vec<Piece> {
    let mut joined: Vec<Piece> = Vec::new();
    for piece in pieces {
        match (joined.last_mut(), piece) {
            (Some(Piece::Text(before)), Piece::Text(text)) => before.push_str(text),
            _ => joined.push(piece.clone()),
        }
    }
    joined.retain(|piece| *piece != Piece::Text(String::new()));
    if joined.is_empty() { vec![Piece::Text(String::new())] } else { joined }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_say_to_a_shell_what_they_mean() {
        let text = |text: &str| Piece::Text(text.to_owned());
        let variable = |name: &str| Piece::Variable(name.to_owned());
        let cases = [
            (vec![text("it's $5")], r"'it'\''s $5'"),
            (vec![text("")], "''"),
            (vec![variable("ID"), text(":"), variable("SECRET")], r#""$ID:$SECRET""#),
            (vec![text("a"), text("b=\"\\$`"), variable("X"), text("\"}")], r#""ab=\"\\\$\`$X\"}""#),
            (vec![variable("X"), text("y")], r#""${X}y""#),
            (vec![variable("X"), text(":h/"), variable("Y")], r#""${X}:h/$Y""#),
            (vec![text("it's!"), variable("X")], r#"'it'\''s!'"$X""#),
        ];
        for (pieces, expected) in cases {
            assert_eq!(word(&pieces), expected);
        }
    }
}
