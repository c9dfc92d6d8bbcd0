//! Finds the curl commands on a page, and the variables that are set around them. A provider's page is no script: there is
//! prose around the command, and it may hold quotes that are none.

use super::SampleError;
use super::lexer::{is_name, words};
use super::text::Text;

/// The words of each curl command in the text, without the word `curl` itself.
pub(super) fn curl_commands(text: &str) -> Vec<Result<Vec<Text>, SampleError>> {
    let mut found = Vec::new();
    let mut offset = 0;
    for line in text.split_inclusive('\n') {
        for (at, name) in line.match_indices("curl") {
            let before = line.get(..at).unwrap_or_default();
            let after = line.get(at + name.len()..).unwrap_or_default();
            let after = after.strip_prefix(".exe").unwrap_or(after);
            let begins_here = after.is_empty() || after.starts_with([' ', '\t', '\n', '\r', '\\', '^', '`']);
            if !begins_here || !is_start_of_command(before) {
                continue;
            }
            let rest = text.get(offset + line.len() - after.len()..).unwrap_or_default();
            let closing = before.trim_end().chars().next_back().and_then(|last| match last {
                '(' => Some(')'),
                '`' => Some('`'),
                _ => None,
            });
            found.push(words(rest, closing));
        }
        offset += line.len();
    }
    found
}

/// Whether a command can begin after this part of a line.
fn is_start_of_command(before: &str) -> bool {
    let has_space = before.ends_with([' ', '\t']);
    let before = before.trim_end();
    let is_prompt = has_space && before.ends_with(['$', '%', '>']) && !before.contains(['=', '"', '\'']);
    before.is_empty()
        || is_prompt
        || before.ends_with(['(', '`', '|', ';', '&'])
        || ["time", "sudo", "then", "do"]
            .iter()
            .any(|word| before.split([' ', ';']).next_back() == Some(word))
}

/// What the lines of the text set: `NAME=value`, with `export` or the like in front or without.
pub(super) fn assignments(text: &str) -> Vec<(String, Text)> {
    let assignment = |line: &str| {
        let line = line.trim_start().trim_start_matches("$ ");
        let line = ["export ", "set ", "const ", "let ", "local ", "readonly ", "$env:"]
            .iter()
            .find_map(|word| line.strip_prefix(word))
            .unwrap_or(line);
        let (name, value) = line.split_once('=')?;
        let (name, value) = (name.trim(), value.trim());
        if !is_name(name) || value.starts_with('=') || value.contains("curl ") {
            return None;
        }
        let value = words(value, None).ok()?.into_iter().next()?;
        Some((name.to_owned(), value))
    };
    text.lines().filter_map(assignment).collect()
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
        for text in
            ["$curl = curl_init();", "libcurl x", "use curl x", "curl_setopt(x)", "", "http://a/curl x"]
        {
            assert_eq!(first(text), None, "{text}");
        }
    }

    #[test]
    fn what_is_set_around_it_is_known() {
        let text = "A=1\nexport B=\"2 3\"\nconst C = <YOUR_C>;\nset D=4\n$env:E = \"5\"\nF == 6\nT=$(curl x)\n# G=7\nif [ $H = 8 ]";
        let found: Vec<_> =
            assignments(text).iter().map(|(name, value)| format!("{name} {}", shown(value))).collect();
        assert_eq!(found, ["A 1", "B 2 3", "C <YOUR_C>", "D 4", "E 5"]);
    }
}
