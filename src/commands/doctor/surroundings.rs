//! What the process was given: the program itself, environment variables, root certificates, limits.

use std::path::PathBuf;
use std::time::Duration;

use super::Doctor;
use super::finding::Finding;
use crate::host::Environment;
use crate::http::{Settings, check_proxy_variables};
use crate::os::{self, Limits};

const ENVIRONMENT: &str = "environment";
const CERTIFICATES: &str = "certificates";
const LIMITS: &str = "limits";

/// A URL for which TLS is set up and which is never asked: it is of this machine, and no proxy matters to it.
const NOWHERE: &str = "https://localhost/";

/// So many files are open at a time on the way to a token, with room to spare.
const FEW_FILES: u64 = 32;
/// The least size of a file that must be possible: a reply of a mebibyte, escaped.
const SMALL_FILE: u64 = 4 << 20;

impl Doctor<'_> {
    pub(super) fn surroundings(&mut self) {
        let (os, arch) = (std::env::consts::OS, std::env::consts::ARCH);
        self.note(Finding::ok(
            "version",
            format!("tok {} on {os} {arch}", env!("CARGO_PKG_VERSION")),
        ));
        for finding in self.environment() {
            self.note(finding);
        }
        for finding in self.certificates() {
            self.note(finding);
        }
        for finding in judge_limits(os::limits()) {
            self.note(finding);
        }
    }

    fn environment(&self) -> Vec<Finding> {
        let environment = self.context.environment;
        let mut findings = paths(environment);
        for name in ["TOK_MIN_TTL", "TOK_TIMEOUT"] {
            if let Err(error) = self.context.duration(name) {
                findings.push(Finding::of_error(ENVIRONMENT, error));
            }
        }
        match check_proxy_variables(environment) {
            Err(error) => {
                findings.push(Finding::of_error(
                    ENVIRONMENT,
                    crate::acquire::AcquireError::from(error),
                ));
            }
            Ok(()) if findings.is_empty() => {
                findings.push(Finding::ok(
                    ENVIRONMENT,
                    "every variable that is set can be read",
                ));
            }
            Ok(()) => {}
        }
        findings
    }

    /// Sets TLS up as for a request, and throws it away.
    fn certificates(&self) -> Vec<Finding> {
        let environment = self.context.environment;
        let settings = Settings {
            connect_timeout: Duration::from_secs(1),
            ca_file: None,
            proxy: Some("none"),
            environment,
            log: self.overheard,
        };
        // A malformed proxy variable is told of already, and is not told again.
        let outcome = (self.context.connect)(NOWHERE, &settings);
        let mut findings = self.warnings(CERTIFICATES);
        if let Err(error) = outcome {
            findings.push(Finding::of_error(
                CERTIFICATES,
                crate::acquire::AcquireError::from(error),
            ));
            return findings;
        }
        let mut chosen = Vec::new();
        for name in ["SSL_CERT_FILE", "SSL_CERT_DIR"] {
            let Some(path) = environment.get(name).filter(|path| !path.is_empty()) else {
                continue;
            };
            // `SSL_CERT_DIR` may name several.
            let are_there = |mut paths: std::env::SplitPaths<'_>| paths.any(|path| path.exists());
            if are_there(std::env::split_paths(&path)) {
                chosen.push(format!("`{name}`"));
            } else {
                let shown = PathBuf::from(&path);
                findings.push(
                    Finding::warn(
                        CERTIFICATES,
                        format!("`{name}` names `{}`, which is not there", shown.display()),
                    )
                    .hint(format!(
                        "correct it, or type `unset {name}` for the platform's own roots"
                    )),
                );
            }
        }
        if findings.is_empty() {
            let whose = if chosen.is_empty() {
                "the platform's roots".to_owned()
            } else {
                chosen.join(" and ")
            };
            findings.push(Finding::ok(
                CERTIFICATES,
                format!("servers are trusted by {whose}"),
            ));
        }
        findings
    }
}

/// The variables that say where things are. A relative path means another place in each directory.
fn paths(environment: Environment<'_>) -> Vec<Finding> {
    let warn = |message: String, hint: String| Finding::warn(ENVIRONMENT, message).hint(hint);
    let mut findings = Vec::new();
    for name in ["HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"] {
        let Some(value) = environment.get(name) else {
            continue;
        };
        if !value.is_empty() && PathBuf::from(value).is_relative() {
            findings.push(warn(
                format!("`{name}` is not an absolute path, and is ignored"),
                format!("type `unset {name}`, or set it to a path that begins with `/`"),
            ));
        }
    }
    for name in ["TOK_CONFIG", "TOK_CACHE_DIR"] {
        let Some(value) = environment.get(name) else {
            continue;
        };
        if !value.is_empty() && PathBuf::from(value).is_relative() {
            findings.push(warn(
                format!("`{name}` is a relative path, which means another place in each directory"),
                format!("set `{name}` to a path that begins with `/`"),
            ));
        }
    }
    if environment.get("HOME").is_none_or(|home| home.is_empty()) {
        let message = match os::home(environment) {
            Some(home) => format!(
                "`HOME` is not set; the system says that it is `{}`",
                home.display()
            ),
            None => "`HOME` is not set".to_owned(),
        };
        findings.push(warn(
            message,
            "type `export HOME=…`; a service may need it in its unit".to_owned(),
        ));
    }
    findings
}

fn judge_limits(limits: Limits) -> Vec<Finding> {
    let mut findings = Vec::new();
    if let Some(files) = limits.open_files.filter(|files| *files < FEW_FILES) {
        findings.push(
            Finding::warn(LIMITS, format!("no more than {files} files may be open"))
                .hint("type `ulimit -n 256`"),
        );
    }
    if let Some(bytes) = limits.file_size.filter(|bytes| *bytes < SMALL_FILE) {
        findings.push(
            Finding::warn(LIMITS, format!("no file may be larger than {bytes} bytes"))
                .hint("type `ulimit -f unlimited`"),
        );
    }
    if findings.is_empty() {
        let files = limits
            .open_files
            .map_or_else(|| "any number of".to_owned(), |files| files.to_string());
        findings.push(Finding::ok(LIMITS, format!("{files} open files")));
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::super::finding::State;
    use super::*;

    #[test]
    fn limits() {
        let fine = Limits {
            open_files: Some(1024),
            file_size: None,
        };
        let cases = [
            (fine, State::Ok, "1024 open files"),
            (
                Limits {
                    open_files: None,
                    ..fine
                },
                State::Ok,
                "any number of open files",
            ),
            (
                Limits {
                    open_files: Some(31),
                    ..fine
                },
                State::Warn,
                "no more than 31 files may be open",
            ),
            (
                Limits {
                    open_files: Some(32),
                    ..fine
                },
                State::Ok,
                "32 open files",
            ),
            (
                Limits {
                    file_size: Some(0),
                    ..fine
                },
                State::Warn,
                "no file may be larger than 0 bytes",
            ),
        ];
        for (limits, state, message) in cases {
            let found = judge_limits(limits);
            let [finding] = found.as_slice() else {
                panic!("{found:?}")
            };
            assert_eq!((finding.state, finding.message.as_str()), (state, message));
        }
    }

    #[test]
    fn variables_that_say_where() {
        type Case<'a> = (&'a [(&'a str, &'a str)], &'a [&'a str]);
        let cases: [Case<'_>; 5] = [
            (
                &[("HOME", "/h"), ("TOK_CONFIG", ""), ("XDG_CACHE_HOME", "/c")],
                &[],
            ),
            (
                &[("HOME", "h")],
                &["`HOME` is not an absolute path, and is ignored"],
            ),
            (
                &[("HOME", "/h"), ("XDG_CONFIG_HOME", "c")],
                &["`XDG_CONFIG_HOME` is not an absolute path, and is ignored"],
            ),
            (
                &[("HOME", "/h"), ("TOK_CACHE_DIR", "c")],
                &[
                    "`TOK_CACHE_DIR` is a relative path, which means another place in each directory",
                ],
            ),
            (
                &[("HOME", "/h"), ("TOK_CONFIG", "./x.toml")],
                &["`TOK_CONFIG` is a relative path, which means another place in each directory"],
            ),
        ];
        for (variables, expected) in cases {
            let look_up = |name: &std::ffi::OsStr| {
                variables
                    .iter()
                    .find(|(known, _)| name == *known)
                    .map(|(_, value)| value.into())
            };
            let found = paths(Environment::new(&look_up));
            let words: Vec<_> = found
                .iter()
                .map(|finding| finding.message.as_str())
                .collect();
            assert_eq!(words, expected, "{variables:?}");
        }
    }
}
