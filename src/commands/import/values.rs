//! The values of a profile in TOML. In place of a secret, the name of a variable is written.

use crate::commands::new_profile::{env_name, env_source, toml_text};
use crate::host::Warning;
use crate::sample::{
    Piece, contains_secret, is_bracketed, is_placeholder, is_secret, pieces, variable,
};
use crate::template::Template;

/// Writes values, and remembers which variables they need.
pub(super) struct Values {
    /// The profile's name, with which the variables begin.
    profile: String,
    needed: Vec<Needed>,
    pub(super) warnings: Vec<Warning>,
}

/// A variable that must be set before the profile can be used.
struct Needed {
    variable: String,
    /// Its name without the number that tells it from others.
    name: String,
    /// The value in the sample.
    value: String,
}

impl Values {
    pub(super) fn new(profile: &str, warnings: Vec<Warning>) -> Self {
        Self {
            profile: profile.to_owned(),
            needed: Vec::new(),
            warnings,
        }
    }

    /// The variables, in the order in which they are needed.
    pub(super) fn variables(&self) -> Vec<String> {
        self.needed
            .iter()
            .map(|needed| needed.variable.clone())
            .collect()
    }

    pub(super) fn warn(&mut self, message: String, hint: &str) {
        self.warnings.push(Warning::new(message).hint(hint));
    }

    /// The source of a value that must not be written.
    pub(super) fn secret(&mut self, key: &str, text: &str) -> String {
        if let Some(name) = variable(text) {
            return env_source(&self.need_named(name));
        }
        let variable = self.need(&env_name(&self.profile, last(key)), text);
        let literal = literal(text);
        let is_in_clear = if literal.len() == text.len() {
            !is_placeholder(text, key)
        } else {
            contains_secret(&literal)
        };
        if is_in_clear {
            self.in_clear(key, &variable);
        }
        env_source(&variable)
    }

    /// A parameter, a header or an id: written unless it is secret, open, or a variable.
    pub(super) fn value(&mut self, key: &str, text: &str) -> String {
        let is_secret = key != "client_id" && is_secret(last(key), &literal(text));
        if text.is_empty() {
            return toml_text(text);
        }
        if is_secret || is_bracketed(text) {
            return self.secret(key, text);
        }
        if is_placeholder(text, key) {
            if key.contains('.') {
                let variable = env_name(&self.profile, last(key));
                self.warn(
                    format!("`{key}` looks like a placeholder; the profile takes it from the variable `{variable}`"),
                    "if the provider wants exactly that value, write it into the profile",
                );
            }
            return self.secret(key, text);
        }
        // `token_type=ACCESS_TOKEN` is not a placeholder.
        if matches!(pieces(text).first(), Some(Piece::Placeholder(word)) if *word == text) {
            return toml_text(text);
        }
        self.template(key, text)
    }

    /// A value that cannot have a source: its variables and placeholders are `${NAME}` within the text.
    pub(super) fn template(&mut self, key: &str, text: &str) -> String {
        if key != "client_id" && contains_secret(&literal(text)) {
            let variable = env_name(&self.profile, "secret");
            self.warn(
                format!("`{key}` is written in clear, and a part of it looks like a secret"),
                &format!(
                    "if it is one, write `${{{variable}}}` in its place, and `export {variable}=…`"
                ),
            );
        }
        toml_text(&self.with_variables(text))
    }

    /// A URL; secrets in its query become variables.
    pub(super) fn url(&mut self, text: &str) -> String {
        let Some((base, query)) = text.split_once('?') else {
            return self.template("token_url", text);
        };
        let pairs = query.split('&').map(|pair| match pair.split_once('=') {
            Some((name, value)) if variable(value).is_none() && is_secret(name, value) => {
                let variable = self.need(&env_name(&self.profile, name), value);
                if !is_placeholder(value, name) {
                    self.in_clear("token_url", &variable);
                }
                format!("{name}=${{{variable}}}")
            }
            _ => pair.to_owned(),
        });
        let query = pairs.collect::<Vec<_>>().join("&");
        self.template("token_url", &format!("{base}?{query}"))
    }

    fn in_clear(&mut self, key: &str, variable: &str) {
        self.warn(
            format!("the sample has `{key}` in clear; the profile takes it from the variable `{variable}`"),
            &format!("`export {variable}=…`; the secret is still in the sample, and perhaps in the shell's history"),
        );
    }

    fn with_variables(&mut self, text: &str) -> String {
        let mut written = String::new();
        for piece in pieces(text) {
            let variable = match piece {
                Piece::Literal(literal) => {
                    written.push_str(&Template::literal(literal).to_string());
                    continue;
                }
                Piece::Variable(name) => self.need_named(name),
                Piece::Placeholder(name) => {
                    // `ACXXXXXXXX`
                    let is_elided = name.to_ascii_lowercase().contains("xxxx");
                    let word = if is_elided { "id" } else { name };
                    self.need(&env_name(&self.profile, word), name)
                }
            };
            written.extend(["${", &variable, "}"]);
        }
        written
    }

    /// A variable of our own for a value: of this name for the first, `NAME_2` for another.
    fn need(&mut self, name: &str, value: &str) -> String {
        let is_same = |needed: &&Needed| {
            let is_open = || is_bracketed(&needed.value) && is_bracketed(value);
            needed.name == name && (needed.value == value || is_open())
        };
        if let Some(known) = self.needed.iter().find(is_same) {
            return known.variable.clone();
        }
        let of_name = self.needed.iter().filter(|needed| needed.name == name);
        let variable = match of_name.count() {
            0 => name.to_owned(),
            count => format!("{name}_{}", count + 1),
        };
        self.needed.push(Needed {
            variable: variable.clone(),
            name: name.to_owned(),
            value: value.to_owned(),
        });
        variable
    }

    /// A variable that the sample names.
    fn need_named(&mut self, name: &str) -> String {
        if !self.variables().iter().any(|known| known == name) {
            self.need(name, &format!("${{{name}}}"));
        }
        name.to_owned()
    }
}

/// The parts of a text that are neither variables nor placeholders.
fn literal(text: &str) -> String {
    let literals = pieces(text).into_iter().map(|piece| match piece {
        Piece::Literal(literal) => literal,
        _ => "",
    });
    literals.collect()
}

/// The name of a parameter or header in `params.name`.
pub(super) fn last(key: &str) -> &str {
    key.split_once('.').map_or(key, |(_, name)| name)
}
