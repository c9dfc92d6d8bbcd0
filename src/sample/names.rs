//! What stands for something else in a command: variables and placeholders, by their names.

use crate::template::is_name;

/// The most characters in which a placeholder or a variable in braces is looked for: a page may have very many brackets.
const LONGEST_NAME: usize = 200;

/// The name of the variable whose dollar sign stands before this, and what is behind it.
pub(super) fn variable_name(text: &str) -> Option<(&str, &str)> {
    let is_end = |c: char| !(c.is_ascii_alphanumeric() || c == '_');
    if let Some(after) = text.strip_prefix('{')
        && let Some((end, _)) = after
            .char_indices()
            .take(LONGEST_NAME)
            .find(|(_, character)| *character == '}')
    {
        let (inside, rest) = (after.get(..end)?, after.get(end + 1..)?);
        let inside = inside.strip_prefix("env:").unwrap_or(inside);
        let name = inside.split(is_end).next().unwrap_or_default();
        return is_name(name).then_some((name, rest));
    }
    // As in a Makefile. No command is called like that.
    if let Some((name, rest)) = text
        .strip_prefix('(')
        .and_then(|after| after.split_at_checked(after.find(is_end)?))
        && let Some(rest) = rest.strip_prefix(')')
    {
        let is_shouted = is_name(name) && !name.contains(|c: char| c.is_ascii_lowercase());
        return is_shouted.then_some((name, rest));
    }
    let text = text.strip_prefix("env:").unwrap_or(text);
    let (name, rest) = text.split_at(text.find(is_end).unwrap_or(text.len()));
    is_name(name).then_some((name, rest))
}

/// The length of `name>` or `<name>>`: what is left of a placeholder after its first bracket.
pub(super) fn placeholder_length(rest: &str) -> Option<usize> {
    let name = rest.trim_start_matches('<');
    let brackets = rest.len() - name.len() + 1;
    let end = name
        .char_indices()
        .take(LONGEST_NAME)
        .find(|(_, character)| *character == '>')?
        .0;
    let is_plain = |character: char| character.is_alphanumeric() || " _-.:".contains(character);
    let text = name.get(..end)?;
    let closing = name
        .get(end..)?
        .chars()
        .take(brackets)
        .take_while(|character| *character == '>')
        .count();
    let fits = !text.is_empty()
        && text.chars().all(is_plain)
        && !text.starts_with(' ')
        && brackets <= 2
        && closing == brackets;
    fits.then_some(brackets - 1 + end + closing)
}

/// Whether what stands in front of a URL is a whole one, scheme and all, by the name of its variable or placeholder.
pub(super) fn is_named_as_url(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ["url", "uri", "endpoint"]
        .iter()
        .any(|word| name.contains(word))
}
