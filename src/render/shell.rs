//! Shell code: how each shell exports a variable, and how a failure ends up in `$?`.

use clap::ValueEnum;

/// A shell that `tok env` writes code for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Shell {
    #[value(aliases = ["bash", "zsh", "dash", "ksh", "posix"])]
    Sh,
    Fish,
    #[value(alias = "pwsh")]
    Powershell,
}

impl Shell {
    /// A line that exports a variable. `value` has no character outside 0x21 to 0x7E (a token has none, RFC 6750 §2.1).
    #[must_use]
    pub fn export(self, variable: &str, value: &str) -> String {
        let value = self.quote(value);
        match self {
            Self::Sh => format!("export {variable}={value}\n"),
            // `eval (tok env …)` joins lines with spaces in fish, so each ends with a semicolon.
            Self::Fish => format!("set -gx {variable} {value};\n"),
            Self::Powershell => format!("$env:{variable} = {value}\n"),
        }
    }

    /// A value in single quotes.
    #[must_use]
    pub fn quote(self, value: &str) -> String {
        format!("'{}'", self.escape(value))
    }

    /// Escapes a value for single quotes.
    #[must_use]
    pub fn escape(self, value: &str) -> String {
        match self {
            Self::Sh => value.replace('\'', r"'\''"),
            Self::Fish => value.replace('\\', r"\\").replace('\'', r"\'"),
            Self::Powershell => value.replace('\'', "''"),
        }
    }

    /// A line that removes variables.
    #[must_use]
    pub fn unset(self, variables: &[String]) -> String {
        let names = variables.join(" ");
        match self {
            Self::Sh => format!("unset {names}\n"),
            Self::Fish => format!("set -e {names};\n"),
            Self::Powershell => {
                let paths = variables.iter().map(|name| format!("Env:{name}"));
                let paths = paths.collect::<Vec<_>>().join(", ");
                format!("Remove-Item {paths} -ErrorAction Ignore\n")
            }
        }
    }

    /// A line that removes variables and then fails: `eval` alone would lose the exit code of `tok`.
    #[must_use]
    pub fn fail_closed(self, variables: &[String], code: u8) -> String {
        let unset = self.unset(variables);
        let unset = unset.trim_end().trim_end_matches(';');
        match self {
            Self::Sh => format!("{unset}; (exit {code})\n"),
            // fish has no subshells.
            Self::Fish => format!("{unset}; sh -c 'exit {code}'\n"),
            Self::Powershell => format!(
                "{unset}; $global:LASTEXITCODE = {code}; Write-Error 'tok env: no token, exit code {code}'\n"
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_are_escaped_as_each_shell_wants() {
        let token = r#"a'b\c"$d`"#;
        assert_eq!(Shell::Sh.export("X", token), "export X='a'\\''b\\c\"$d`'\n");
        assert_eq!(
            Shell::Fish.export("X", token),
            "set -gx X 'a\\'b\\\\c\"$d`';\n"
        );
        assert_eq!(
            Shell::Powershell.export("X", token),
            "$env:X = 'a''b\\c\"$d`'\n"
        );
    }

    /// Between single quotes PowerShell knows one escape, a doubled quote (its `about_Quoting_Rules`). It takes curly quotes for
    /// quotes too, which no token has.
    #[test]
    fn powershell_reads_back_every_character_of_a_token() {
        let every: String = ('!'..='~').collect();
        for token in [every.as_str(), "'", "''", "a'", "'$(x)'", "`'`$env:A"] {
            let line = Shell::Powershell.export("X", token);
            let quoted = line
                .strip_prefix("$env:X = '")
                .and_then(|rest| rest.strip_suffix("'\n"))
                .unwrap();
            let read = quoted.replace("''", "\u{0}");
            assert!(!read.contains('\''), "the text ends too early: {line}");
            assert_eq!(read.replace('\u{0}', "'"), token);
        }
    }

    #[test]
    fn a_failure_unsets_and_fails() {
        let names = ["A".to_owned(), "B".to_owned()];
        assert_eq!(Shell::Sh.fail_closed(&names, 5), "unset A B; (exit 5)\n");
        assert_eq!(
            Shell::Fish.fail_closed(&names, 5),
            "set -e A B; sh -c 'exit 5'\n"
        );
        assert_eq!(
            Shell::Powershell.fail_closed(&names, 5),
            "Remove-Item Env:A, Env:B -ErrorAction Ignore; $global:LASTEXITCODE = 5; \
             Write-Error 'tok env: no token, exit code 5'\n"
        );
    }
}
