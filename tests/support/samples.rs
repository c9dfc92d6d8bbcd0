//! The samples of `tok import curl`, a folder each: `sample`, the `profile.toml` and the `warnings` that must come of it,
//! the variables (`env`) with which profile and sample mean the same, and the `request` that both send.

#![allow(
    dead_code,
    reason = "each of the two binaries that have it needs a part of it"
)]

use std::fs;
use std::path::{Path, PathBuf};

pub(crate) struct Sample {
    pub(crate) name: String,
    folder: PathBuf,
}

pub(crate) fn samples() -> Vec<Sample> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/samples");
    let mut found: Vec<Sample> = fs::read_dir(folder)
        .unwrap()
        .map(|item| item.unwrap().path())
        .filter(|path| path.is_dir())
        .map(|folder| Sample {
            name: folder.file_name().unwrap().to_str().unwrap().to_owned(),
            folder,
        })
        .collect();
    found.sort_by(|a, b| a.name.cmp(&b.name));
    found
}

impl Sample {
    pub(crate) fn path(&self, file: &str) -> PathBuf {
        self.folder.join(file)
    }

    pub(crate) fn text(&self, file: &str) -> String {
        fs::read_to_string(self.path(file))
            .unwrap_or_else(|error| panic!("{} {file}: {error}", self.name))
    }

    /// The variables that are set.
    pub(crate) fn env(&self) -> Vec<(String, String)> {
        let pair = |line: &str| {
            line.split_once('=')
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
        };
        self.text("env").lines().filter_map(pair).collect()
    }

    /// The name of the profile.
    pub(crate) fn profile(&self) -> String {
        let text = self.text("profile.toml");
        let header = text
            .lines()
            .find_map(|line| line.strip_prefix("[profiles."))
            .unwrap();
        header.trim_end_matches(']').to_owned()
    }

    /// The profile, with a server on this machine in place of the provider's, and no proxy.
    pub(crate) fn profile_here(&self, server: &str) -> String {
        let request = self.text("request");
        let path = request
            .lines()
            .next()
            .unwrap()
            .split(' ')
            .nth(1)
            .unwrap()
            .to_owned();
        let mut here = String::new();
        for line in self.text("profile.toml").lines() {
            if let Some(url) = line.strip_prefix("token_url = \"") {
                here.extend(["token_url = \"", &on_this_machine(url, server), "\n"]);
            } else if line.starts_with("preset = ") {
                here.extend([line, "\ntoken_url = \"", server, &path, "\"\n"]);
            } else if !line.starts_with("proxy = ") && !line.starts_with("ca_file = ") {
                here.extend([line, "\n"]);
            }
        }
        here
    }
}

/// A text with this server in place of the first URL's scheme and host.
pub(crate) fn on_this_machine(text: &str, server: &str) -> String {
    let Some((before, from)) = text.split_once("://") else {
        return text.to_owned();
    };
    let before = before.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let end = from.find(['/', '"', '\'', ' ', '\n']).unwrap_or(from.len());
    let (scheme, host) = server.split_once("://").unwrap();
    let user = from[..end]
        .rsplit_once('@')
        .map(|(user, _)| format!("{user}@"))
        .unwrap_or_default();
    format!("{before}{scheme}://{user}{host}{}", &from[end..])
}

/// A request as it came, in one text in which nothing is left to chance: parameters decoded and sorted, headers sorted,
/// without those that every client sets in its own way.
pub(crate) fn canonical(request: &str) -> String {
    let request = request.replace("\r\n", "\n");
    let (head, body) = request.split_once("\n\n").unwrap_or((&request, ""));
    let mut lines = head.lines();
    let mut first = lines.next().unwrap().split(' ');
    let (method, target) = (first.next().unwrap(), first.next().unwrap());
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let is_usual = |name: &str, value: &str| match name {
        "host" | "content-length" | "accept-encoding" | "connection" | "expect" => true,
        "accept" => ["*/*", "application/json"].contains(&value),
        "user-agent" => value.starts_with("curl/") || value.starts_with("tok/"),
        _ => false,
    };
    let mut headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .filter(|(name, value)| !is_usual(name, value))
        .collect();
    headers.sort();
    let is_json = headers
        .iter()
        .any(|(name, value)| name == "content-type" && value.contains("json"));
    let body = if is_json {
        // Members of an object have no order.
        let value: serde_json::Value = serde_json::from_str(body).unwrap();
        serde_json::to_string_pretty(&value).unwrap()
    } else {
        pairs(body)
    };
    let query = pairs(query);
    let query = if query.is_empty() {
        String::new()
    } else {
        format!("?\n{query}\n")
    };
    let headers: Vec<String> = headers
        .iter()
        .map(|(name, value)| format!("{name}: {value}\n"))
        .collect();
    let headers = headers.concat();
    let body = if body.is_empty() {
        String::new()
    } else {
        format!("\n{body}\n")
    };
    format!("{method} {path}\n{query}{headers}{body}")
}

/// Pairs of a query or a form, decoded and sorted.
fn pairs(text: &str) -> String {
    let mut pairs: Vec<String> = form_urlencoded::parse(text.as_bytes())
        .map(|(name, value)| format!("  {name}={value}"))
        .collect();
    pairs.sort();
    pairs.join("\n")
}
