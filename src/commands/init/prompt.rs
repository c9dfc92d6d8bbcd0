//! Questions at a terminal, a line each. Ctrl-D ends them, and so does Ctrl-C; nothing has been written then.

use crate::commands::Ask;
use crate::render::error::CommandError;

/// Asks until an answer is accepted; returns what `parse` makes of it. An empty answer is the default, shown in brackets.
///
/// # Errors
/// The input ended.
pub(super) fn input<T>(
    ask: &Ask<'_>,
    question: &str,
    default: Option<&str>,
    parse: impl Fn(&str) -> Result<T, String>,
) -> Result<T, CommandError> {
    let brackets = default.map(|default| format!(" [{default}]"));
    let brackets = brackets.unwrap_or_default();
    let mut prompt = format!("{question}{brackets}: ");
    loop {
        let answer = ask(&prompt).ok_or_else(unanswered)?;
        let answer = match answer.trim() {
            "" => default.unwrap_or_default(),
            answer => answer,
        };
        match parse(answer) {
            Ok(value) => return Ok(value),
            // A list is not shown again.
            Err(why) => {
                let question = question.lines().next_back().unwrap_or_default();
                prompt = format!("  {why}\n{question}{brackets}: ");
            }
        }
    }
}

/// The place in a list: an answer that is a number from 1, or a name.
pub(super) fn position(answer: &str, names: &[&str]) -> Option<usize> {
    let number = answer.parse::<usize>().unwrap_or_default();
    let by_number = number.checked_sub(1).filter(|at| *at < names.len());
    by_number.or_else(|| names.iter().position(|name| *name == answer))
}

/// One of a list, by number or name.
///
/// # Errors
/// The input ended.
pub(super) fn select(
    ask: &Ask<'_>,
    question: &str,
    names: &[&str],
    default: usize,
) -> Result<usize, CommandError> {
    input(ask, question, Some(&(default + 1).to_string()), |answer| {
        position(answer, names).ok_or_else(|| "that is not in the list".to_owned())
    })
}

/// Yes or no; an empty answer is yes.
///
/// # Errors
/// The input ended.
pub(super) fn confirm(ask: &Ask<'_>, question: &str) -> Result<bool, CommandError> {
    let answer = ask(question).ok_or_else(unanswered)?;
    Ok(["", "y", "yes"].contains(&answer.trim().to_ascii_lowercase().as_str()))
}

fn unanswered() -> CommandError {
    CommandError::usage(
        "not all questions were answered; nothing was written",
        "`tok init --preset NAME` asks none",
    )
}
