//! What `tok init` asks at a terminal: the provider, the profile's name, where the credentials are, the scope.

use std::path::Path;

use anyhow::Result;

use super::prompt::{confirm, input, position, select};
use super::{new_profile, preset_line, variables};
use crate::cli::InitArgs;
use crate::commands::Ask;
use crate::commands::new_profile::{
    check_name, env_name, env_source, exists, is_taken, name_of_url, toml_text,
};
use crate::config::ProfilesFile;
use crate::grant::Grant;
use crate::profile::endpoint::Endpoint;
use crate::profile::preset::{PRESETS, Preset};
use crate::profile::{Profile, Strategy};
use crate::render::error::CommandError;
use crate::render::output::Answer;
use crate::sample::{contains_secret, split_command};
use crate::secret::looks_like_secret;
use crate::suggest::nearest;
use crate::template::{Template, is_name};

const PLACES: [(&str, &str); 4] = [
    ("env", "in an environment variable"),
    ("file", "in a file by itself"),
    ("properties", "in a Java .properties file"),
    ("command", "a command prints it: pass, op, vault …"),
];

enum Provider {
    Preset(Preset),
    Url(String),
}

/// Asks, shows the profile, and writes it when that is confirmed.
///
/// # Errors
/// Not all questions were answered, or the file cannot be written.
pub(super) fn run(args: &InitArgs, path: &Path, ask: &Ask<'_>) -> Result<Answer> {
    let taken = if exists(path) {
        ProfilesFile::read(path)?.names()
    } else {
        Vec::new()
    };
    if let Some(name) = args.profile.as_ref().filter(|name| taken.contains(name)) {
        return Err(is_taken(path, name).into());
    }
    let (preset, default_name, mut keys) = match provider(ask)? {
        Provider::Preset(preset) => {
            let line = format!("{}\n", preset_line(&preset));
            (Some(preset), preset.name.to_owned(), line)
        }
        Provider::Url(url) => {
            let strategy = strategy(ask)?;
            let token_url = literal(&url);
            let lines = format!("token_url = {token_url}\nstrategy = \"{strategy}\"\n");
            (None, name_of_url(&url), lines)
        }
    };
    let name = match &args.profile {
        Some(name) => name.clone(),
        None => profile_name(ask, &default_name, &taken)?,
    };
    let example = preset.as_ref().map(example).transpose()?;
    if let (Some(preset), Some(example)) = (&preset, &example) {
        keys.push_str(&vars(ask, preset, example)?);
    }
    keys.push_str(&credentials(ask, &name, preset.as_ref())?);
    if example.is_none_or(|example| example.grant != Grant::None) {
        let scope = input(ask, "Scope (press Enter for none)", None, |answer| {
            Ok(answer.to_owned())
        })?;
        if !scope.is_empty() {
            keys.extend(["scope = ", &literal(&scope), "\n"]);
        }
    }
    let profile = new_profile(preset.as_ref(), &name, keys);
    ProfilesFile::from_text(path, &profile.toml()).profile(&name)?;
    let question = format!(
        "\n[profiles.{name}]\n{}\n{} {}? [Y/n] ",
        profile.keys,
        if exists(path) {
            "Add this to"
        } else {
            "Write this to"
        },
        path.display()
    );
    if !confirm(ask, &question)? {
        let hint = "`tok presets NAME` prints a profile to paste, and `tok import curl` makes one of a curl sample";
        return Err(CommandError::usage("nothing was written", hint).into());
    }
    profile.write(path)
}

/// A list to choose from, and a question below it.
fn list<'a>(
    intro: &str,
    rows: impl Iterator<Item = (&'a str, &'a str)> + Clone,
    question: &str,
) -> String {
    let width = rows.clone().map(|(name, _)| name.len()).max().unwrap_or(0);
    let rows = rows
        .enumerate()
        .map(|(index, (name, text))| format!("  {}  {name:width$}  {text}\n", index + 1));
    format!("{intro}\n{}{question}", rows.collect::<String>())
}

fn provider(ask: &Ask<'_>) -> Result<Provider, CommandError> {
    let names = PRESETS.map(|preset| preset.name);
    let question = list(
        "Which provider? Enter a number, a name, or your provider's token URL.",
        PRESETS.iter().map(|preset| (preset.name, preset.summary())),
        "(`tok import curl` makes a profile of a curl sample.)\nProvider",
    );
    input(ask, &question, None, |answer| {
        if let Some(preset) = position(answer, &names).and_then(|at| PRESETS.get(at)) {
            return Ok(Provider::Preset(*preset));
        }
        if !answer.contains("://") {
            return Err(match nearest(answer, names) {
                Some(near) => format!("unknown preset; did you mean `{near}`?"),
                None => "that is neither in the list nor a URL".to_owned(),
            });
        }
        if contains_secret(answer) {
            return Err("the URL contains a secret, which does not belong here: leave it out, and put `${NAME}` into the profile in its place".to_owned());
        }
        match Endpoint::parse(answer) {
            Ok(_) => Ok(Provider::Url(answer.to_owned())),
            Err(error) => Err(format!("that {error}: {}", error.hint())),
        }
    })
}

fn strategy(ask: &Ask<'_>) -> Result<&'static str, CommandError> {
    let question = list(
        "Which strategy? The provider's own curl sample shows it.",
        Strategy::ALL
            .iter()
            .map(|strategy| (strategy.as_str(), strategy.summary())),
        "Strategy",
    );
    let at = select(ask, &question, Strategy::NAMES, 0)?;
    Ok(Strategy::NAMES.get(at).copied().unwrap_or_default())
}

fn profile_name(ask: &Ask<'_>, default: &str, taken: &[String]) -> Result<String, CommandError> {
    let is_free = |name: &str| taken.iter().all(|known| known != name);
    let default = Some(default).filter(|name| is_free(name));
    input(ask, "Profile name", default, |answer| {
        if check_name(answer).is_err() {
            Err("a name consists of letters, digits, `.`, `_` and `-`".to_owned())
        } else if contains_secret(answer) {
            Err("that looks like a secret, which does not belong here: name the profile".to_owned())
        } else if is_free(answer) {
            Ok(answer.to_owned())
        } else {
            Err("the file already has a profile of that name".to_owned())
        }
    })
}

/// The preset with its own example of credentials.
fn example(preset: &Preset) -> Result<Profile> {
    let Preset { name, .. } = preset;
    let text = format!(
        "[profiles.it]\npreset = \"{name}\"\n{}\n",
        preset.credentials()
    );
    Ok(ProfilesFile::from_text(Path::new(name), &text).profile("it")?)
}

/// The variables in the preset's URL.
fn vars(ask: &Ask<'_>, preset: &Preset, example: &Profile) -> Result<String, CommandError> {
    let url = example.token_url.to_string();
    let mut entries = Vec::new();
    for variable in example.token_url.variables() {
        let has_default = preset.keys().contains(&format!("{variable} = \""));
        let default = example.vars.get(variable).filter(|_| has_default);
        let is_host = url.contains(&format!("://${{{variable}}}/"));
        let question = match (is_host, default) {
            (true, None) => "API host (for example api.acme.example)".to_owned(),
            (true, Some(_)) => "API host".to_owned(),
            (false, _) => format!("Value of `{variable}` in {url}"),
        };
        let value = input(ask, &question, default.map(String::as_str), |answer| {
            let is_part = !answer.is_empty() && !answer.contains(['/', ' ', '"', '\\', '?', '#']);
            is_part
                .then(|| answer.to_owned())
                .ok_or_else(|| "write it without `https://` and `/`".to_owned())
        })?;
        if default != Some(&value) {
            entries.push(format!("{variable} = {}", toml_text(&value)));
        }
    }
    if entries.is_empty() {
        return Ok(String::new());
    }
    Ok(format!("vars = {{ {} }}\n", entries.join(", ")))
}

/// The keys `client_id` and `client_secret`. The secret itself is never asked for.
fn credentials(ask: &Ask<'_>, name: &str, preset: Option<&Preset>) -> Result<String, CommandError> {
    let example = preset.map(Preset::credentials).unwrap_or_default();
    let default = if example.contains("properties = ") {
        2
    } else {
        0
    };
    let question = list(
        "Where is the client secret? (Never type it here.)",
        PLACES.iter().copied(),
        "Place",
    );
    let place = select(ask, &question, &PLACES.map(|(place, _)| place), default)?;
    // The preset's own variables are those of a profile that is called after it.
    let own = variables(example);
    let own = own
        .iter()
        .filter(|_| preset.is_some_and(|preset| preset.name == name));
    let mut own = own.cloned();
    let mut variable = |what: &str, key: &str| {
        let default = own.next().unwrap_or_else(|| env_name(name, key));
        env_variable(
            ask,
            &format!("Environment variable with the client {what}"),
            &default,
        )
    };
    let (id, secret) = match PLACES.get(place) {
        Some(("file", _)) => {
            let id = client_id(ask)?;
            let path = input(
                ask,
                "Path of the file with the client secret",
                None,
                some_text,
            )?;
            (id, format!("{{ file = {} }}", toml_text(&path)))
        }
        Some(("properties", _)) => {
            let path = input(
                ask,
                "Path of the file",
                Some("apiKey.properties"),
                some_text,
            )?;
            let source = |what: &str, default: &str| -> Result<String, CommandError> {
                let question = format!("Key of the client {what}");
                let key = input(ask, &question, Some(default), some_text)?;
                let (path, key) = (toml_text(&path), toml_text(&key));
                Ok(format!("{{ properties = {path}, key = {key} }}"))
            };
            (
                source("id", "apiKey.id")?,
                source("secret", "apiKey.secret")?,
            )
        }
        Some(("command", _)) => {
            let id = client_id(ask)?;
            let argv = input(
                ask,
                "Command that prints the client secret",
                None,
                |answer| {
                    let argv = split_command(answer).filter(|argv| !argv.is_empty());
                    argv.ok_or_else(|| {
                        "write a program and its arguments; no shell runs them".to_owned()
                    })
                },
            )?;
            let argv: Vec<String> = argv.iter().map(|argument| toml_text(argument)).collect();
            (id, format!("{{ command = [{}] }}", argv.join(", ")))
        }
        _ => (
            variable("id", "client_id")?,
            variable("secret", "client_secret")?,
        ),
    };
    Ok(format!("client_id = {id}\nclient_secret = {secret}\n"))
}

/// A text in which no `${NAME}` is a variable.
fn literal(text: &str) -> String {
    toml_text(&Template::literal(text).to_string())
}

fn some_text(answer: &str) -> Result<String, String> {
    Some(answer.to_owned())
        .filter(|answer| !answer.is_empty())
        .ok_or_else(|| "enter a value".to_owned())
}

/// The client id itself, which is not secret, or `$VARIABLE`.
fn client_id(ask: &Ask<'_>) -> Result<String, CommandError> {
    let question = "Client id, or $VARIABLE that holds it";
    input(ask, question, None, |answer| {
        match answer.strip_prefix('$') {
            Some(name) if is_name(name) => Ok(env_source(name)),
            Some(_) => Err("that is not the name of a variable".to_owned()),
            None => some_text(answer).map(|text| literal(&text)),
        }
    })
}

fn env_variable(ask: &Ask<'_>, question: &str, default: &str) -> Result<String, CommandError> {
    input(ask, question, Some(default), |answer| {
        let name = answer.strip_prefix('$').unwrap_or(answer);
        if looks_like_secret(name) {
            return Err(
                "that looks like a secret, which does not belong here: name the variable"
                    .to_owned(),
            );
        }
        if !is_name(name) {
            return Err("the name of a variable consists of letters, digits and `_`".to_owned());
        }
        Ok(env_source(name))
    })
}
