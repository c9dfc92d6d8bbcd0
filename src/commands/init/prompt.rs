//! Questions at a terminal, a line each. Ctrl-D and Ctrl-C end them before anything is written.

use std::fmt::Display;

use crate::commands::Ask;
use crate::render::error::CommandError;

/// Asks the person at the terminal. Each method fails where the input ends.
pub(super) struct Prompt<'a>(pub(super) &'a Ask<'a>);

impl Prompt<'_> {
    /// Asks until `parse` accepts the answer, and returns its value. An empty answer is the default, in brackets.
    pub(super) fn input<T, E: Display>(
        &self,
        question: &str,
        default: Option<&str>,
        parse: impl Fn(&str) -> Result<T, E>,
    ) -> Result<T, CommandError> {
        let brackets = default.map(|default| format!(" [{default}]"));
        let brackets = brackets.unwrap_or_default();
        let mut prompt = format!("{question}{brackets}: ");
        loop {
            let answer = self.ask(&prompt)?;
            let answer = if answer.is_empty() {
                default.unwrap_or_default()
            } else {
                &answer
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

    /// A text that is not empty.
    pub(super) fn text(
        &self,
        question: &str,
        default: Option<&str>,
    ) -> Result<String, CommandError> {
        self.input(question, default, |answer| match answer {
            "" => Err("enter a value"),
            answer => Ok(answer.to_owned()),
        })
    }

    /// The name of a row, chosen from a list by number or name.
    pub(super) fn choose(
        &self,
        intro: &str,
        rows: &[(&'static str, &'static str)],
        question: &str,
        default: usize,
    ) -> Result<&'static str, CommandError> {
        let names: Vec<&str> = rows.iter().map(|(name, _)| *name).collect();
        let question = list(intro, rows, question);
        self.input(&question, Some(&(default + 1).to_string()), |answer| {
            let row = position(answer, &names).and_then(|at| rows.get(at));
            row.map(|(name, _)| *name).ok_or("that is not in the list")
        })
    }

    /// Yes or no; an empty answer is yes.
    pub(super) fn confirm(&self, question: &str) -> Result<bool, CommandError> {
        let answer = self.ask(question)?.to_ascii_lowercase();
        Ok(["", "y", "yes"].contains(&answer.as_str()))
    }

    fn ask(&self, prompt: &str) -> Result<String, CommandError> {
        let answer = (self.0)(prompt).map(|answer| answer.trim().to_owned());
        answer.ok_or_else(|| {
            CommandError::usage(
                "not all questions were answered; nothing was written",
                "`tok init --preset NAME` asks none",
            )
        })
    }
}

/// The place in a list: an answer that is a number from 1, or a name.
pub(super) fn position(answer: &str, names: &[&str]) -> Option<usize> {
    let number = answer.parse::<usize>().unwrap_or_default();
    let by_number = number.checked_sub(1).filter(|at| *at < names.len());
    by_number.or_else(|| names.iter().position(|name| *name == answer))
}

/// A list to choose from, and a question below it.
pub(super) fn list(intro: &str, rows: &[(&str, &str)], question: &str) -> String {
    let width = rows.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    let rows = (1..).zip(rows);
    let rows = rows.map(|(number, (name, text))| format!("  {number}  {name:width$}  {text}\n"));
    format!("{intro}\n{}{question}", rows.collect::<String>())
}
