//! The values of a profile in TOML. What is secret is never among them: a variable stands in its place.

use crate::sample::{
    Piece, Text, has_secret_word, in_single_quotes, is_placeholder, is_secret, simplified,
};
use crate::template::{Template, is_name};

/// A variable that must be set before the profile is of use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Needed {
    pub(super) variable: String,
    /// The key whose value it is.
    pub(super) key: String,
    /// The sample held the value itself.
    pub(super) was_in_clear: bool,
    /// What it stands for, where it is a variable of our own.
    value: Option<Text>,
}

/// The most placeholders of one text that become variables.
const MOST_PLACEHOLDERS: usize = 50;

/// Writes values, and remembers which variables they come from.
pub(super) struct Values<'a> {
    /// What the lines around the sample set.
    set: &'a std::collections::BTreeMap<String, Text>,
    /// What our own variables begin with.
    prefix: String,
    pub(super) needed: Vec<Needed>,
    /// Keys whose values are written, and look as if a secret were among them.
    pub(super) kept: Vec<String>,
}

/// A text in quotes, as TOML has it.
pub(super) fn quoted(text: &str) -> String {
    serde_json::Value::from(text)
        .to_string()
        .replace('\u{7f}', "\\u007F")
}

/// A key, in quotes where it must be.
pub(super) fn key(name: &str) -> String {
    let is_bare = !name.is_empty()
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte));
    if is_bare {
        name.to_owned()
    } else {
        quoted(name)
    }
}

/// A source.
pub(super) fn env(variable: &str) -> String {
    format!("{{ env = {} }}", quoted(variable))
}

/// A text as a part of a variable's name: `yourOktaDomain` becomes `OKTA_DOMAIN`.
pub(super) fn shouted(text: &str) -> String {
    let mut words = String::new();
    let mut was_lower = false;
    for character in text.chars() {
        if was_lower && character.is_ascii_uppercase() {
            words.push('_');
        }
        words.push(if character.is_ascii_alphanumeric() {
            character.to_ascii_uppercase()
        } else {
            '_'
        });
        was_lower = character.is_ascii_lowercase();
    }
    let mut parts: Vec<&str> = words.split('_').filter(|part| !part.is_empty()).collect();
    if parts.len() > 1
        && parts
            .first()
            .is_some_and(|first| ["YOUR", "MY", "REPLACE", "INSERT", "THE"].contains(first))
    {
        parts.remove(0);
    }
    parts.join("_")
}

impl<'a> Values<'a> {
    pub(super) fn new(profile: &str, set: &'a std::collections::BTreeMap<String, Text>) -> Self {
        let prefix = shouted(profile);
        let prefix = if is_name(&prefix) {
            prefix
        } else {
            format!("API_{prefix}")
        };
        Self {
            set,
            prefix,
            needed: Vec::new(),
            kept: Vec::new(),
        }
    }

    fn need(&mut self, variable: &str, key: &str, was_in_clear: bool) {
        self.need_for(variable, key, was_in_clear, None);
    }

    fn need_for(&mut self, variable: &str, key: &str, was_in_clear: bool, value: Option<Text>) {
        if let Some(needed) = self
            .needed
            .iter_mut()
            .find(|needed| needed.variable == variable)
        {
            needed.was_in_clear |= was_in_clear;
        } else {
            let (variable, key) = (variable.to_owned(), key.to_owned());
            self.needed.push(Needed {
                variable,
                key,
                was_in_clear,
                value,
            });
        }
    }

    /// A variable that the sample names.
    fn need_named(&mut self, variable: &str, key: &str) {
        let is_set_here = |text: &Text| {
            text.literal()
                .is_some_and(|text| !is_placeholder(text, key))
        };
        let was_in_clear = self.set.get(variable).is_some_and(is_set_here);
        self.need(variable, key, was_in_clear);
    }

    /// A variable of our own for this value. What is another value gets another one.
    fn need_own(&mut self, key: &str, value: &Text, was_in_clear: bool) -> String {
        let own = self.own(key);
        let is_open = |text: &Text| text.literal().is_some_and(|text| is_placeholder(text, key));
        let is_the_same = |needed: &Needed| {
            // What a page leaves open in two places it calls by whatever name.
            let is_elsewhere = needed.key != key && is_open(value);
            needed
                .value
                .as_ref()
                .is_some_and(|known| known == value || (is_elsewhere && is_open(known)))
        };
        let is_free = |name: &String| {
            self.needed
                .iter()
                .find(|needed| needed.variable == *name)
                .is_none_or(is_the_same)
        };
        let numbered = (2..).map(|number: u32| format!("{own}_{number}"));
        let variable = std::iter::once(own.clone())
            .chain(numbered)
            .find(is_free)
            .unwrap_or(own);
        self.need_for(&variable, key, was_in_clear, Some(value.clone()));
        variable
    }

    /// Our own variable for the value of a key.
    pub(super) fn own(&self, key: &str) -> String {
        let name = key.rsplit_once('.').map_or(key, |(_, name)| name);
        let name = match name {
            // The name of a parameter may be the secret.
            name if has_secret_word(name) => "VALUE".to_owned(),
            name if name.to_ascii_lowercase().contains("xxxx") => "ID".to_owned(),
            name => shouted(name),
        };
        if name.starts_with(&format!("{}_", self.prefix)) {
            name
        } else {
            format!("{}_{name}", self.prefix)
        }
    }

    /// Notes that this stands in the profile, for a warning if it looks like a secret.
    pub(super) fn keep(&mut self, key: &str, text: &str) {
        if has_secret_word(text) && !self.kept.iter().any(|kept| kept == key) {
            self.kept.push(key.to_owned());
        }
    }

    /// A source for a value that must not stand in the file.
    pub(super) fn secret(&mut self, key: &str, text: &Text) -> String {
        let named = text
            .variable()
            .or_else(|| text.literal().and_then(in_single_quotes));
        if let Some(name) = named.filter(|name| is_name(name)) {
            let name = name.to_owned();
            self.need_named(&name, key);
            return env(&name);
        }
        let is_clear = |piece: Piece<'_>| match piece {
            Piece::Literal(part) if text.literal().is_some() => !is_placeholder(part, key),
            Piece::Literal(part) => is_secret("", part),
            Piece::Variable(_) => false,
        };
        let was_in_clear = text.pieces().into_iter().any(is_clear);
        env(&self.need_own(key, text, was_in_clear))
    }

    /// A proxy's URL: as a whole out of a variable where a user or password of it is in the sample.
    pub(super) fn proxy(&mut self, text: &Text) -> String {
        let filled = |text: &Text| {
            let filled = text.filled(&|name| self.set.get(name).cloned());
            // A variable that the sample sets itself stays one where there is more in it than a host.
            if filled.as_marked().contains('@') {
                text.clone()
            } else {
                filled
            }
        };
        let (user, text) = match text.as_marked().rsplit_once('@') {
            Some((before, host)) => {
                let user = before.split_once("://").map_or(before, |(_, user)| user);
                let host = filled(&Text::marked(host));
                (
                    Text::marked(user),
                    Text::marked(&format!("{before}@{}", host.as_marked())),
                )
            }
            None => (Text::default(), filled(text)),
        };
        let is_clear = |piece: Piece<'_>| matches!(piece, Piece::Literal(text) if text.split(':').any(|part| !is_placeholder(part, "proxy")));
        let is_text = |piece: &Piece<'_>| matches!(piece, Piece::Literal(text) if text.contains(|c: char| c.is_ascii_alphanumeric()));
        if user.pieces().iter().any(is_text) {
            let was_in_clear = user.pieces().into_iter().any(is_clear);
            let variable = self.need_own("proxy", &text, was_in_clear);
            quoted(&format!("${{{variable}}}"))
        } else {
            quoted(&self.verbatim("proxy", &with_scheme(&text)))
        }
    }

    /// A value that everybody may see, or a source where the sample has none. A value that only looks public stays out too.
    pub(super) fn public(&mut self, key: &str, text: &Text) -> String {
        let text = self.filled(key, text);
        match (text.literal(), text.variable()) {
            (Some(""), _) => "\"\"".to_owned(),
            (Some(literal), _) if is_placeholder(literal, key) => self.secret(key, &text),
            (None, Some(_)) => self.secret(key, &text),
            _ => self.template(key, &text),
        }
    }

    /// As [`Self::public`], for keys that take no source: variables stand in the text.
    pub(super) fn template(&mut self, key: &str, text: &Text) -> String {
        quoted(&self.written(key, text))
    }

    /// As [`Self::template`]; what is secret in the query becomes a variable.
    pub(super) fn url(&mut self, key: &str, text: &Text) -> String {
        let Some((place, query)) = text.split_once('?') else {
            return self.template(key, text);
        };
        let mut written = self.written(key, &place);
        for (index, pair) in query.as_marked().split('&').enumerate() {
            written.push(if index == 0 { '?' } else { '&' });
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let value = Text::marked(value);
            if value
                .literal()
                .is_some_and(|value| !value.is_empty() && is_secret(name, value))
            {
                let is_clear = value
                    .literal()
                    .is_some_and(|value| !is_placeholder(value, name));
                let variable = self.need_own(&format!("query.{name}"), &value, is_clear);
                written.push_str(&self.verbatim(key, &Text::marked(name)));
                written.extend(["=${", &variable, "}"]);
            } else {
                written.push_str(&self.verbatim(key, &Text::marked(pair)));
            }
        }
        quoted(&written)
    }

    fn written(&mut self, key: &str, text: &Text) -> String {
        let text = self.filled(key, text);
        self.verbatim(key, &text)
    }

    /// Text with its variables as the profile has them.
    fn verbatim(&mut self, key: &str, text: &Text) -> String {
        let mut written = String::new();
        for piece in text.pieces() {
            match piece {
                Piece::Literal(text) => self.literal(key, text, &mut written),
                Piece::Variable(name) => {
                    let name = if is_name(name) {
                        name.to_owned()
                    } else {
                        self.own(key)
                    };
                    self.need_named(&name, key);
                    written.extend(["${", &name, "}"]);
                }
            }
        }
        written
    }

    /// A parameter or a header: by its name and looks it is public or not.
    pub(super) fn judged(&mut self, key: &str, text: &Text) -> String {
        let name = key.split_once('.').map_or(key, |(_, name)| name);
        let is_secret_piece =
            |piece: Piece<'_>| matches!(piece, Piece::Literal(text) if is_secret("", text));
        let is_secret = is_secret(name, text.literal().unwrap_or_default());
        if text.literal() != Some("")
            && (is_secret || text.pieces().into_iter().any(is_secret_piece))
        {
            self.secret(key, text)
        } else {
            self.public(key, text)
        }
    }

    /// With the variables filled in that the sample sets itself, where that is no secret. What may be anything, a
    /// parameter or a header, keeps its variables: neither name nor looks tell a short secret.
    fn filled(&self, key: &str, text: &Text) -> Text {
        if key.contains('.') {
            return text.clone();
        }
        text.filled(&|name| {
            let value = self.set.get(name)?;
            let literal = value.literal()?;
            let is_kept =
                !is_placeholder(literal, key) && !is_secret(name, literal) && key != "client_id";
            is_kept.then(|| value.clone())
        })
    }

    /// Text with the placeholders that are in it as variables.
    fn literal(&mut self, key: &str, text: &str, written: &mut String) {
        if !["client_id", "ca_file"].contains(&key) {
            self.keep(key, text);
        }
        let mut rest = text;
        for _ in 0..MOST_PLACEHOLDERS {
            let Some((before, name, after)) = placeholder(rest) else {
                break;
            };
            written.push_str(&Template::literal(before).to_string());
            let variable = self.need_own(name, &Text::marked(name), false);
            written.extend(["${", &variable, "}"]);
            rest = after;
        }
        written.push_str(&Template::literal(rest).to_string());
    }
}

/// A key, or the name of a parameter or header, as a message has it: a page may have put a secret in the name's place.
pub(super) fn shown(key: &str) -> String {
    match key.split_once('.') {
        Some((table, name)) if has_secret_word(name) => format!("{table}.…"),
        None if has_secret_word(key) => "…".to_owned(),
        _ => crate::text::sanitize(key),
    }
}

/// curl takes a proxy without a scheme for one of http.
fn with_scheme(proxy: &Text) -> Text {
    let text = proxy.as_marked();
    let is_whole = text.contains("://") || proxy.literal().is_none() || text == "none";
    if is_whole || is_placeholder(text, "proxy") {
        proxy.clone()
    } else {
        Text::marked(&format!("http://{text}"))
    }
}

/// The first placeholder in a text: what is before it, its name, what is after it.
pub(super) fn placeholder(text: &str) -> Option<(&str, &str, &str)> {
    let bracketed = ["<<", "<", "{{", "${", "{", "["]
        .into_iter()
        .filter_map(|open| {
            let close = match open {
                "<<" => ">>",
                "<" => ">",
                "{{" => "}}",
                "[" => "]",
                _ => "}",
            };
            let (before, from) = text.split_once(open)?;
            let (name, after) = from.split_once(close)?;
            let is_plain = name
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || "_- .".contains(c));
            (is_plain && !simplified(name).is_empty()).then_some((before, name.trim(), after))
        });
    let worded = text
        .split(['/', '.', ':', '?', '&', '=', ' ', '@'])
        .find(|part| is_worded(part))
        .and_then(|part| {
            let (before, after) = text.split_once(part)?;
            Some((before, part, after))
        });
    // Of two that begin at the same place the one with more brackets was looked for first.
    bracketed
        .chain(worded)
        .min_by_key(|(before, _, _)| before.len())
}

/// A placeholder without brackets, as a part of an address: `YOUR_DOMAIN`, `your-tenant`.
fn is_worded(part: &str) -> bool {
    let is_shouted = part.contains('_')
        && part.starts_with(|first: char| first.is_ascii_uppercase())
        && part.chars().all(|c| c.is_ascii_uppercase() || c == '_');
    let lower = part.to_ascii_lowercase();
    let is_left_out = lower.contains("xxxx");
    is_shouted
        || is_left_out
        || (lower.starts_with("your") && lower.len() > 4)
        || lower.starts_with("replace_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_in_an_address() {
        let names = |text: &str| {
            let mut values = std::collections::BTreeMap::new();
            values.clear();
            let mut writer = Values::new("acme", &values);
            let written = writer.template("token_url", &Text::marked(text));
            (written, writer.needed.len())
        };
        for (text, expected) in [
            ("https://a.example.com/t", "https://a.example.com/t"),
            ("https://<<host>>/t", "https://${ACME_HOST}/t"),
            (
                "https://{yourOktaDomain}/t/{id}",
                "https://${ACME_OKTA_DOMAIN}/t/${ACME_ID}",
            ),
            ("https://YOUR_DOMAIN/t", "https://${ACME_DOMAIN}/t"),
            (
                "https://your-tenant.example.com/t",
                "https://${ACME_TENANT}.example.com/t",
            ),
            (
                "https://{{host}}/<tenant>",
                "https://${ACME_HOST}/${ACME_TENANT}",
            ),
            (
                "https://a.example.com/accounts/ACXXXXXXXX/t",
                "https://a.example.com/accounts/${ACME_ID}/t",
            ),
        ] {
            assert_eq!(names(text).0, format!("\"{expected}\""), "{text}");
            assert_eq!(names(text).1, expected.matches("${").count());
        }
    }

    #[test]
    fn names_of_variables() {
        for (text, expected) in [
            ("yourOktaDomain", "OKTA_DOMAIN"),
            ("X-Api-Key", "X_API_KEY"),
            ("my-app", "APP"),
            ("client_id", "CLIENT_ID"),
            ("YOUR", "YOUR"),
        ] {
            assert_eq!(shouted(text), expected);
        }
        assert_eq!(key("a b"), "\"a b\"");
        assert_eq!(quoted("a\"\\\u{7f}\n"), r#""a\"\\\u007F\n""#);
    }
}
