//! Questions at a terminal, one line each. Ctrl-D ends them, and so does Ctrl-C: nothing has been written then.

use crate::commands::Ask;
use crate::render::error::CommandError;

/// Asks until an answer is taken. An empty answer is the one in brackets, where there is one.
///
/// # Errors
/// There is no answer any more.
pub(super) fn until<T>(
    ask: &Ask<'_>,
    prompt: &str,
    default: Option<&str>,
    take: impl Fn(&str) -> Result<T, String>,
) -> Result<T, CommandError> {
    let shown = default
        .map(|default| format!(" [{default}]"))
        .unwrap_or_default();
    let mut prompt_now = format!("{prompt}{shown}: ");
    // Asked again, a list is not shown again.
    let question = prompt.lines().next_back().unwrap_or_default();
    loop {
        let answer = ask(&prompt_now).ok_or_else(ended)?;
        let answer = answer.trim();
        let answer = if answer.is_empty() {
            default.unwrap_or_default()
        } else {
            answer
        };
        match take(answer) {
            Ok(taken) => return Ok(taken),
            Err(why) => prompt_now = format!("  {why}\n{question}{shown}: "),
        }
    }
}

/// One of several, by number or by name; what to do with any other answer is for `otherwise` to say.
///
/// # Errors
/// There is no answer any more.
pub(super) fn choice<T>(
    ask: &Ask<'_>,
    prompt: &str,
    names: &[&str],
    default: Option<usize>,
    take: impl Fn(Result<usize, &str>) -> Result<T, String>,
) -> Result<T, CommandError> {
    let default = default.map(|at| (at + 1).to_string());
    until(ask, prompt, default.as_deref(), |answer| {
        let by_number = answer
            .parse::<usize>()
            .ok()
            .and_then(|number| number.checked_sub(1));
        let by_name = || names.iter().position(|name| *name == answer);
        take(
            by_number
                .filter(|at| *at < names.len())
                .or_else(by_name)
                .ok_or(answer),
        )
    })
}

/// Yes or no; an empty answer is yes.
///
/// # Errors
/// There is no answer any more.
pub(super) fn yes(ask: &Ask<'_>, question: &str) -> Result<bool, CommandError> {
    let answer = ask(question).ok_or_else(ended)?;
    Ok(["", "y", "yes"].contains(&answer.trim().to_ascii_lowercase().as_str()))
}

/// Whoever was asked has gone.
fn ended() -> CommandError {
    CommandError::usage(
        "the questions were not answered to the end: nothing is written",
        "`tok init --preset NAME` asks none",
    )
}
