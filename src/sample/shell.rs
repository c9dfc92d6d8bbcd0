//! Finds the curl commands on a page, and the variables that are set around them. A provider's page is no script: there is
//! prose around the command, and it may hold quotes that are none.

use zeroize::Zeroizing;

use super::SampleError;
use super::here;
use super::lexer::{Command, command, payload, words};
use super::text::Text;
use crate::template::is_name;

/// The most commands that are looked at, and the most bytes in front of one: a page may have any number.
const MOST: usize = 100;
const MOST_BEFORE: usize = 1000;

/// The words of each curl command in the text, without the word `curl` itself.
pub(super) fn curl_commands(text: &str) -> Vec<Result<Vec<Text>, SampleError>> {
    let mut found = Vec::new();
    let mut offset = 0;
    for line in text.split_inclusive('\n') {
        for (at, name) in line.match_indices("curl") {
            let before = line.get(..at).unwrap_or_default();
            let after = line.get(at + name.len()..).unwrap_or_default();
            let after = after.strip_prefix(".exe").unwrap_or(after);
            let begins_here =
                after.is_empty() || after.starts_with([' ', '\t', '\n', '\r', '\\', '^', '`']);
            if !begins_here || !(is_start_of_command(end_of(before)) || is_in_a_line(before, after))
            {
                continue;
            }
            if found.len() == MOST {
                return found;
            }
            let rest = text
                .get(offset + line.len() - after.len()..)
                .unwrap_or_default();
            let closing = before
                .trim_end()
                .chars()
                .next_back()
                .and_then(|last| match last {
                    '(' => Some(')'),
                    '`' => Some('`'),
                    _ => None,
                });
            found.push(command(rest, closing).map(|command| with_input(command, before, rest)));
        }
        offset += line.len();
    }
    found
}

/// The words, with what the command reads from standard input in the place of `@-`. `before`: what stands before it on its
/// line; `rest`: the command and all that follows.
fn with_input(command: Command, before: &str, rest: &str) -> Vec<Text> {
    let Command { mut words, stdin } = command;
    let piped = || {
        let program = before
            .trim_end()
            .strip_suffix('|')?
            .trim_start_matches(['$', '%', '>', ' ', '\t']);
        let (_, lines) = rest.split_once('\n').unwrap_or_default();
        here::printed(&format!("{program}\n{lines}")).or_else(|| payload(program))
    };
    let is_input = |word: &Text| word.as_marked() == "@-" || word.as_marked().starts_with("-d@-");
    if words.iter().any(is_input)
        && let Some(input) = stdin.or_else(piped)
    {
        // As `--data` does it.
        let input = Zeroizing::new(input.as_marked().replace(['\r', '\n'], ""));
        for word in words.iter_mut().filter(|word| is_input(word)) {
            *word = Text::marked(&Zeroizing::new(word.as_marked().replacen("@-", &input, 1)));
        }
    }
    words
}

/// The end of a line's part.
fn end_of(before: &str) -> &str {
    let at = (before.len().saturating_sub(MOST_BEFORE)..=before.len())
        .find(|at| before.is_char_boundary(*at));
    at.and_then(|at| before.get(at..)).unwrap_or_default()
}

/// Whether a command can begin after this part of a line.
fn is_start_of_command(before: &str) -> bool {
    let has_space = before.ends_with([' ', '\t']);
    let mut before = before.trim_end();
    // The program by its path.
    if !has_space && before.ends_with('/') && !before.contains("://") {
        let at = before
            .rfind([' ', '\t', '(', '`', '|', ';', '&'])
            .map_or(0, |at| at + 1);
        if before.get(at..) == Some("curlimages/") {
            return true;
        }
        before = before.get(..at).unwrap_or_default().trim_end();
    }
    let is_prompt =
        has_space && before.ends_with(['$', '%', '>', '#']) && !before.contains(['=', '"', '\'']);
    before.is_empty()
        || is_prompt
        || before.ends_with(['(', '`', '|', ';', '&'])
        || ["time", "sudo", "then", "do", "env"]
            .iter()
            .any(|word| before.split([' ', ';']).next_back() == Some(word))
        || (has_space && is_of_assignments(before))
}

/// Whether a command stands in the middle of a line, whatever is before it: `RUN curl -u`, `sudo -E curl https`. Prose has
/// no option there.
fn is_in_a_line(before: &str, after: &str) -> bool {
    let after = after.trim_start();
    let is_option = after
        .strip_prefix('-')
        .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_alphabetic() || c == '-'));
    let is_address = after.trim_start_matches(['"', '\'']).starts_with("http");
    before.ends_with(['@', ' ', '\t']) && (is_option || is_address)
}

/// `A=1 B=2`, as it may stand before a command.
fn is_of_assignments(before: &str) -> bool {
    let before = before.trim_start_matches(['$', '%', '>', ' ', '\t']);
    let before = before.strip_prefix("env ").unwrap_or(before);
    words(before, None)
        .is_ok_and(|words| !words.is_empty() && words.iter().all(|word| assigned(word).is_some()))
}

/// `NAME=value` in one word.
fn assigned(word: &Text) -> Option<(String, Text)> {
    let (name, value) = word.split_once('=')?;
    let name = name.literal().filter(|name| is_name(name))?;
    Some((name.to_owned(), value))
}

/// What the lines of the text set: `NAME=value`, with `export` or the like in front or without.
pub(super) fn assignments(text: &str) -> Vec<(String, Text)> {
    text.lines().flat_map(assignments_of).collect()
}

fn assignments_of(line: &str) -> Vec<(String, Text)> {
    let line = line.trim_start().trim_start_matches("$ ");
    let line = [
        "export ",
        "set ",
        "const ",
        "let ",
        "local ",
        "readonly ",
        "env ",
        "$env:",
    ]
    .iter()
    .find_map(|word| line.strip_prefix(word))
    .unwrap_or(line);
    // Before a command on the same line.
    let (line, has_command) = line
        .split_once("curl ")
        .map_or((line, false), |(before, _)| (before, true));
    let Some((name, value)) = line.split_once('=') else {
        return Vec::new();
    };
    let (name, is_in_words) = (name.trim(), !name.ends_with(' ') && !value.starts_with(' '));
    if !is_name(name) || value.starts_with('=') || line.trim_end().ends_with(['(', '`']) {
        return Vec::new();
    }
    if is_in_words {
        let words = words(line, None).unwrap_or_default();
        return words.iter().map_while(assigned).collect();
    }
    let value = words(value, None).ok().filter(|_| !has_command);
    value
        .and_then(|words| words.into_iter().next())
        .map(|value| (name.to_owned(), value))
        .into_iter()
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::lexer::tests::shown;
    use super::*;

    #[test]
    fn commands_are_found_where_they_stand() {
        let first = |text: &str| {
            let found = curl_commands(text).into_iter().find_map(Result::ok);
            found.map(|words| words.iter().map(shown).collect::<Vec<_>>().join(" "))
        };
        for text in [
            "curl x",
            "  curl x",
            "$ curl x",
            "> curl x",
            "curl.exe x",
            "T=$(curl x) y",
            "a | curl x",
            "curl x\nlater",
            "export T=`curl x`",
            "Use curl, as here's:\n\n    curl x",
            "if true; then curl x; fi",
            "curl \\\n x",
            "time curl x",
        ] {
            assert_eq!(first(text).as_deref(), Some("x"), "{text}");
        }
        for text in [
            "RUN curl -s x",
            "  - curl -s x",
            "sudo -E curl -s x",
            "if ! curl -s x; then",
            "\t@curl -s x",
        ] {
            assert_eq!(first(text).as_deref(), Some("-s x"), "{text}");
        }
        for text in [
            "$curl = curl_init();",
            "libcurl x",
            "use curl x",
            "curl_setopt(x)",
            "",
            "http://a/curl x",
        ] {
            assert_eq!(first(text), None, "{text}");
        }
    }

    #[test]
    fn what_is_set_around_it_is_known() {
        let text = "A=1\nexport B=\"2 3\"\nconst C = <YOUR_C>;\nset D=4\n$env:E = \"5\"\nF == 6\nT=$(curl x)\n# G=7\nif [ $H = 8 ]";
        let found: Vec<_> = assignments(text)
            .iter()
            .map(|(name, value)| format!("{name} {}", shown(value)))
            .collect();
        assert_eq!(found, ["A 1", "B 2 3", "C <YOUR_C>", "D 4", "E 5"]);
    }
}
