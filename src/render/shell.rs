//! Code for shells: how a variable is exported, and how a failure ends up in `$?`.

use clap::ValueEnum;

/// A shell that `tok env` writes code for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ShellCode {
    #[value(aliases = ["bash", "zsh", "dash", "ksh", "posix"])]
    Sh,
    Fish,
    #[value(alias = "pwsh")]
    Powershell,
}

impl ShellCode {
    /// A line that exports a variable. A token has no character outside 0x21 to 0x7E (RFC 6750), so that quotes are
    /// all there is to escape.
    pub fn export(self, variable: &str, value: &str) -> String {
        match self {
            Self::Sh => format!("export {variable}='{}'\n", value.replace('\'', r"'\''")),
            Self::Fish => {
                let escaped = value.replace('\\', r"\\").replace('\'', r"\'");
                // fish's own command substitution makes spaces of line ends: `eval (tok env …)`.
                format!("set -gx {variable} '{escaped}';\n")
            }
            Self::Powershell => format!("$env:{variable} = '{}'\n", value.replace('\'', "''")),
        }
    }

    /// A line that removes variables.
    pub fn unset(self, variables: &[String]) -> String {
        let names = variables.join(" ");
        match self {
            Self::Sh => format!("unset {names}\n"),
            Self::Fish => format!("set -e {names};\n"),
            Self::Powershell => {
                let paths = variables
                    .iter()
                    .map(|name| format!("Env:{name}"))
                    .collect::<Vec<_>>()
                    .join(", ");
                format!("Remove-Item {paths} -ErrorAction Ignore\n")
            }
        }
    }

    /// A line that removes variables and leaves a failure behind: `eval` alone would forget that of `tok`.
    pub fn fail_closed(self, variables: &[String], code: u8) -> String {
        let unset = self.unset(variables);
        let unset = unset.trim_end().trim_end_matches(';');
        match self {
            Self::Sh => format!("{unset}; (exit {code})\n"),
            // Without a subshell of its own, fish borrows one.
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
        assert_eq!(
            ShellCode::Sh.export("X", token),
            "export X='a'\\''b\\c\"$d`'\n"
        );
        assert_eq!(
            ShellCode::Fish.export("X", token),
            "set -gx X 'a\\'b\\\\c\"$d`';\n"
        );
        assert_eq!(
            ShellCode::Powershell.export("X", token),
            "$env:X = 'a''b\\c\"$d`'\n"
        );
    }

    /// Between single quotes PowerShell knows one escape, a doubled quote (its `about_Quoting_Rules`). It takes curly quotes for
    /// quotes too, which no token has.
    #[test]
    fn powershell_reads_back_every_character_of_a_token() {
        let every: String = ('!'..='~').collect();
        for token in [every.as_str(), "'", "''", "a'", "'$(x)'", "`'`$env:A"] {
            let line = ShellCode::Powershell.export("X", token);
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
        assert_eq!(
            ShellCode::Sh.fail_closed(&names, 5),
            "unset A B; (exit 5)\n"
        );
        assert_eq!(
            ShellCode::Fish.fail_closed(&names, 5),
            "set -e A B; sh -c 'exit 5'\n"
        );
        assert_eq!(
            ShellCode::Powershell.fail_closed(&names, 5),
            "Remove-Item Env:A, Env:B -ErrorAction Ignore; $global:LASTEXITCODE = 5; \
             Write-Error 'tok env: no token, exit code 5'\n"
        );
    }
}
