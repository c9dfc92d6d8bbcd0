//! `${NAME}` in a text of a profile: parsed once when the profile is read, filled in when the value is needed.

use std::fmt;

/// A text with variables. `$${` stands for a literal `${`; any other `$` for itself.
#[derive(Default, Clone, PartialEq, Eq)]
pub struct Template(Vec<Part>);

/// A part of a template.
#[derive(Clone, PartialEq, Eq)]
pub enum Part {
    Text(String),
    /// The name between the braces.
    Variable(String),
}

/// What is wrong with a template.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// `${` without its brace.
    #[error("`${{` is not closed; write `${{NAME}}`, or `$${{` for the characters themselves")]
    Unclosed,
    /// The text between the braces is not a name.
    #[error("`${{…}}` must hold a name: letters, digits and `_`, not starting with a digit")]
    BadName,
}

/// A variable that a template names and that nothing sets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unset(pub String);

impl Template {
    /// Reads a template.
    ///
    /// # Errors
    /// [`TemplateError`], which holds nothing of the text.
    pub fn parse(text: &str) -> Result<Self, TemplateError> {
        let mut parts = Vec::new();
        let mut literal = String::new();
        let mut rest = text;
        while let Some(at) = rest.find('$') {
            let (before, from) = rest.split_at(at);
            literal.push_str(before);
            if let Some(after) = from.strip_prefix("$${") {
                literal.push_str("${");
                rest = after;
            } else if let Some(after) = from.strip_prefix("${") {
                let (name, after) = after.split_once('}').ok_or(TemplateError::Unclosed)?;
                if !is_name(name) {
                    return Err(TemplateError::BadName);
                }
                if !literal.is_empty() {
                    parts.push(Part::Text(std::mem::take(&mut literal)));
                }
                parts.push(Part::Variable(name.to_owned()));
                rest = after;
            } else {
                literal.push('$');
                rest = from.get(1..).unwrap_or_default();
            }
        }
        literal.push_str(rest);
        if !literal.is_empty() {
            parts.push(Part::Text(literal));
        }
        Ok(Self(parts))
    }

    /// A template without variables.
    #[must_use]
    pub fn literal(text: &str) -> Self {
        Self(vec![Part::Text(text.to_owned())])
    }

    /// The text with every variable filled in.
    ///
    /// # Errors
    /// The first variable that `look_up` does not know.
    pub fn fill(&self, look_up: &dyn Fn(&str) -> Option<String>) -> Result<String, Unset> {
        self.0
            .iter()
            .map(|part| match part {
                Part::Text(text) => Ok(text.clone()),
                Part::Variable(name) => look_up(name).ok_or_else(|| Unset(name.clone())),
            })
            .collect()
    }

    /// The texts and variables, in order.
    pub fn parts(&self) -> impl Iterator<Item = &Part> {
        self.0.iter()
    }

    /// The names of the variables, in order.
    pub fn variables(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|part| match part {
            Part::Variable(name) => Some(name.as_str()),
            Part::Text(_) => None,
        })
    }
}

/// Whether a text can stand in `${…}`, and a shell takes it for the name of a variable.
#[must_use]
pub fn is_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// The template as it was written.
impl fmt::Display for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|part| match part {
            Part::Text(text) => f.write_str(&text.replace("${", "$${")),
            Part::Variable(name) => write!(f, "${{{name}}}"),
        })
    }
}

impl fmt::Debug for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Template({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fill(text: &str) -> Result<String, String> {
        let template = Template::parse(text).map_err(|error| error.to_string())?;
        template
            .fill(&|name| (name == "A").then(|| "x${A}".to_owned()))
            .map_err(|unset| unset.0)
    }

    #[test]
    fn filled_once_and_only_where_braces_stand() {
        let cases = [
            ("plain", Ok("plain")),
            ("", Ok("")),
            ("$A costs 5$", Ok("$A costs 5$")),
            ("a${A}b", Ok("ax${A}b")),
            ("$${A}", Ok("${A}")),
            ("$$${A}", Ok("$${A}")),
            ("${B}", Err("B")),
        ];
        for (text, expected) in cases {
            assert_eq!(
                fill(text).as_deref().map_err(String::as_str),
                expected,
                "{text}"
            );
        }
        assert!(fill("${A").is_err() && fill("${}").is_err() && fill("${a-b}").is_err());
    }

    #[test]
    fn displays_as_written() {
        for text in ["a${A}b", "$${A} $x", "plain"] {
            assert_eq!(Template::parse(text).unwrap().to_string(), text);
        }
    }

    proptest::proptest! {
        #![proptest_config(crate::property::config())]

        #[test]
        fn what_is_displayed_is_the_same_template(text in crate::property::text()) {
            if let Ok(template) = Template::parse(&text) {
                proptest::prop_assert!(Template::parse(&template.to_string()) == Ok(template));
            }
        }

        #[test]
        fn a_value_is_filled_in_once(before in "[^$]{0,9}", value in crate::property::text(), after in "[^$]{0,9}") {
            let template = Template::parse(&format!("{before}${{A}}{after}")).unwrap();
            let filled = template.fill(&|_| Some(value.clone())).map_err(|unset| unset.0);
            proptest::prop_assert_eq!(filled, Ok(format!("{before}{value}{after}")));
        }
    }
}
