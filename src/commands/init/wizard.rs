//! The questions of `tok init` at a terminal: the provider, the profile's name, where the credentials are, the scope.

use std::path::Path;

use anyhow::Result;

use super::prompt::{Prompt, list, position};
use super::{new_profile, preset_line, variables};
use crate::cli::InitArgs;
use crate::commands::new_profile::{
    check_name, env_name, env_source, exists, is_taken, name_of_url, preset_profile, toml_text,
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
pub(super) fn run(args: &InitArgs, path: &Path, prompt: &Prompt<'_>) -> Result<Answer> {
    let (taken, verb) = if exists(path) {
        (ProfilesFile::read(path)?.names(), "Add this to")
    } else {
        (Vec::new(), "Write this to")
    };
    if let Some(name) = args.profile.as_ref().filter(|name| taken.contains(name)) {
        return Err(is_taken(path, name).into());
    }
    let (preset, default_name, mut keys) = match provider(prompt)? {
        Provider::Preset(preset) => {
            let line = format!("{}\n", preset_line(&preset));
            (Some(preset), preset.name.to_owned(), line)
        }
        Provider::Url(url) => {
            let (token_url, strategy) = (literal(&url), strategy(prompt)?);
            let lines = format!("token_url = {token_url}\nstrategy = \"{strategy}\"\n");
            (None, name_of_url(&url), lines)
        }
    };
    let name = match &args.profile {
        Some(name) => name.clone(),
        None => profile_name(prompt, &default_name, &taken)?,
    };
    let profile = preset.as_ref().map(preset_profile).transpose()?;
    if let Some(profile) = &profile {
        keys.push_str(&vars(prompt, profile)?);
    }
    keys.push_str(&credentials(prompt, &name, preset.as_ref())?);
    if profile.is_none_or(|profile| profile.grant != Grant::None) {
        let any = |answer: &str| Ok::<_, String>(answer.to_owned());
        let scope = prompt.input("Scope (press Enter for none)", None, any)?;
        if !scope.is_empty() {
            keys.extend(["scope = ", &literal(&scope), "\n"]);
        }
    }
    let profile = new_profile(preset.as_ref(), &name, keys);
    ProfilesFile::from_text(path, &profile.toml()).profile(&name)?;
    let (keys, shown) = (&profile.keys, path.display());
    if !prompt.confirm(&format!(
        "\n[profiles.{name}]\n{keys}\n{verb} {shown}? [Y/n] "
    ))? {
        let hint = "`tok presets NAME` prints a profile to paste, and `tok import curl` makes one of a curl sample";
        return Err(CommandError::usage("nothing was written", hint).into());
    }
    profile.write(path)
}

fn provider(prompt: &Prompt<'_>) -> Result<Provider, CommandError> {
    let names = PRESETS.map(|preset| preset.name);
    let question = list(
        "Which provider? Enter a number, a name, or your provider's token URL.",
        &PRESETS.map(|preset| (preset.name, preset.summary())),
        "(`tok import curl` makes a profile of a curl sample.)\nProvider",
    );
    prompt.input(&question, None, |answer| {
        if let Some(preset) = position(answer, &names).and_then(|at| PRESETS.get(at)) {
            return Ok(Provider::Preset(*preset));
        }
        if !answer.contains("://") {
            return Err(match nearest(answer, names) {
                Some(near) => format!("unknown preset; did you mean `{near}`?"),
                None => "that is neither in the list nor a URL".to_owned(),
            });
        }
        let query = answer.split_once('?').map(|(_, query)| query);
        if query.is_some_and(contains_secret) {
            return Err("the URL contains a secret, which does not belong here: leave it out, and put `${NAME}` into the profile in its place".to_owned());
        }
        match Endpoint::parse(answer) {
            Ok(_) => Ok(Provider::Url(answer.to_owned())),
            Err(error) => Err(format!("that {error}: {}", error.hint())),
        }
    })
}

fn strategy(prompt: &Prompt<'_>) -> Result<&'static str, CommandError> {
    let intro = "Which strategy? The provider's own curl sample shows it.";
    let rows = Strategy::ALL
        .iter()
        .map(|strategy| (strategy.as_str(), strategy.summary()));
    prompt.choose(intro, &rows.collect::<Vec<_>>(), "Strategy", 0)
}

fn profile_name(
    prompt: &Prompt<'_>,
    default: &str,
    taken: &[String],
) -> Result<String, CommandError> {
    let is_free = |name: &str| taken.iter().all(|known| known != name);
    let default = Some(default).filter(|name| is_free(name));
    prompt.input("Profile name", default, |answer| match answer {
        name if check_name(name).is_err() => {
            Err("a name consists of letters, digits, `.`, `_` and `-`")
        }
        name if contains_secret(name) => {
            Err("that looks like a secret, which does not belong here: name the profile")
        }
        name if !is_free(name) => Err("the file already has a profile of that name"),
        name => Ok(name.to_owned()),
    })
}

/// The key `vars`, for the variables in the preset's URL.
fn vars(prompt: &Prompt<'_>, preset: &Profile) -> Result<String, CommandError> {
    let url = preset.token_url.to_string();
    let mut lines = Vec::new();
    for variable in preset.token_url.variables() {
        let default = preset.vars.get(variable);
        let is_host = url.contains(&format!("://${{{variable}}}/"));
        let question = match (is_host, default) {
            (true, None) => "API host (for example api.acme.example)".to_owned(),
            (true, Some(_)) => "API host".to_owned(),
            (false, _) => format!("Value of `{variable}` in {url}"),
        };
        let value = prompt.input(&question, default.map(String::as_str), |answer| {
            let is_part = !answer.is_empty() && !answer.contains(['/', ' ', '"', '\\', '?', '#']);
            let part = is_part.then(|| answer.to_owned());
            part.ok_or("write it without `https://` and `/`")
        })?;
        if default != Some(&value) {
            lines.push(format!("vars.{variable} = {}\n", toml_text(&value)));
        }
    }
    Ok(lines.concat())
}

/// The keys `client_id` and `client_secret`. The secret itself is never asked for.
fn credentials(
    prompt: &Prompt<'_>,
    name: &str,
    preset: Option<&Preset>,
) -> Result<String, CommandError> {
    let example = preset.map(Preset::credentials).unwrap_or_default();
    let default = if example.contains("properties = ") {
        2
    } else {
        0
    };
    let intro = "Where is the client secret? (Never type it here.)";
    let (id, secret) = match prompt.choose(intro, &PLACES, "Place", default)? {
        "file" => {
            let id = client_id(prompt)?;
            let path = prompt.text("Path of the file with the client secret", None)?;
            (id, format!("{{ file = {} }}", toml_text(&path)))
        }
        "properties" => {
            let path = prompt.text("Path of the file", Some("apiKey.properties"))?;
            let source = |what: &str, default: &str| -> Result<String, CommandError> {
                let key = prompt.text(&format!("Key of the client {what}"), Some(default))?;
                let (path, key) = (toml_text(&path), toml_text(&key));
                Ok(format!("{{ properties = {path}, key = {key} }}"))
            };
            let id = source("id", "apiKey.id")?;
            (id, source("secret", "apiKey.secret")?)
        }
        "command" => {
            let id = client_id(prompt)?;
            let argv = prompt.input("Command that prints the client secret", None, |answer| {
                let argv = split_command(answer).filter(|argv| !argv.is_empty());
                argv.ok_or("write a program and its arguments; no shell runs them")
            })?;
            let argv: Vec<String> = argv.iter().map(|argument| toml_text(argument)).collect();
            (id, format!("{{ command = [{}] }}", argv.join(", ")))
        }
        _ => {
            // The preset's own variables are those of a profile that is called after it.
            let is_own = preset.is_some_and(|preset| preset.name == name);
            let mut own = variables(example).into_iter().filter(|_| is_own);
            let mut variable = |what: &str, key: &str| {
                let default = own.next().unwrap_or_else(|| env_name(name, key));
                let question = format!("Environment variable with the client {what}");
                env_variable(prompt, &question, &default)
            };
            let id = variable("id", "client_id")?;
            (id, variable("secret", "client_secret")?)
        }
    };
    Ok(format!("client_id = {id}\nclient_secret = {secret}\n"))
}

/// The client id itself, which is not secret, or `$VARIABLE`.
fn client_id(prompt: &Prompt<'_>) -> Result<String, CommandError> {
    let question = "Client id, or $VARIABLE that holds it";
    prompt.input(question, None, |answer| match answer.strip_prefix('$') {
        Some(name) if is_name(name) => Ok(env_source(name)),
        Some(_) => Err("that is not the name of a variable"),
        None if answer.is_empty() => Err("enter a value"),
        None => Ok(literal(answer)),
    })
}

fn env_variable(
    prompt: &Prompt<'_>,
    question: &str,
    default: &str,
) -> Result<String, CommandError> {
    prompt.input(question, Some(default), |answer| {
        let name = answer.strip_prefix('$').unwrap_or(answer);
        if looks_like_secret(name) {
            return Err("that looks like a secret, which does not belong here: name the variable");
        }
        let source = is_name(name).then(|| env_source(name));
        source.ok_or("the name of a variable consists of letters, digits and `_`")
    })
}

/// A text in which no `${NAME}` is a variable.
fn literal(text: &str) -> String {
    toml_text(&Template::literal(text).to_string())
}
