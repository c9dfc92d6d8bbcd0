//! What `tok init` asks: the provider, the profile's name, where its credentials are, the scope.

use std::path::Path;

use anyhow::Result;

use super::ask::{choice, until, yes};
use super::{checked_name, is_taken, is_there, preset_line, section, variables, write};
use crate::cli::InitArgs;
use crate::commands::Ask;
use crate::commands::import::{env_name, name_of_url, toml_text};
use crate::config::ProfilesFile;
use crate::grant::Grant;
use crate::profile::Profile;
use crate::profile::Strategy;
use crate::profile::endpoint::Endpoint;
use crate::profile::preset::{PRESETS, Preset};
use crate::render::error::CommandError;
use crate::render::output::Answer;
use crate::sample::{has_secret_in_address, has_secret_word, looks_random, words};
use crate::suggest::nearest;
use crate::template::{Template, is_name};

/// A profile may be shown to anybody.
const SECRET_IN_URL: &str = "that has a secret in it, which does not belong here: leave it out, and put `${NAME}` into the \
    profile in its place";

/// Whose tokens they are.
enum Provider {
    RequestValue(Preset),
    Other { url: String, strategy: &'static str },
}

/// Asks, shows the profile, and writes it when that is wanted.
///
/// # Errors
/// The questions were not answered to the end, or the file cannot be written.
pub(super) fn run(args: &InitArgs, path: &Path, ask: &Ask<'_>) -> Result<Answer> {
    let names = if is_there(path) {
        ProfilesFile::read(path)?.names()
    } else {
        Vec::new()
    };
    if let Some(name) = args
        .profile
        .as_deref()
        .filter(|name| names.iter().any(|known| known == name))
    {
        return Err(is_taken(path, name).into());
    }
    let provider = provider(ask)?;
    let (proposed, mut keys) = match &provider {
        Provider::RequestValue(preset) => {
            (preset.name.to_owned(), format!("{}\n", preset_line(preset)))
        }
        Provider::Other { url, strategy } => (
            name_of_url(url),
            format!(
                "token_url = {}\nstrategy = \"{strategy}\"\n",
                toml_text(&Template::literal(url).to_string())
            ),
        ),
    };
    let name = match &args.profile {
        Some(name) => name.clone(),
        None => name(ask, &proposed, &names)?,
    };
    let profile = match &provider {
        Provider::RequestValue(preset) => Some(example(preset)?),
        Provider::Other { .. } => None,
    };
    if let (Provider::RequestValue(preset), Some(profile)) = (&provider, &profile) {
        keys.push_str(&vars(ask, preset, profile)?);
    }
    let preset = match &provider {
        Provider::RequestValue(preset) => Some(preset),
        Provider::Other { .. } => None,
    };
    keys.push_str(&credentials(ask, &name, preset)?);
    if profile.is_none_or(|profile| profile.grant != Grant::None) {
        let scope = until(
            ask,
            "Scope, if the provider wants one (Enter: none)",
            None,
            |answer| Ok(answer.to_owned()),
        )?;
        if !scope.is_empty() {
            keys.extend([
                "scope = ",
                &toml_text(&Template::literal(&scope).to_string()),
                "\n",
            ]);
        }
    }
    let needed = variables(&keys);
    let text = section(preset, &name, &needed, &keys);
    ProfilesFile::from_text(path, &text).profile(&name)?;
    let verb = if is_there(path) {
        "Add this to"
    } else {
        "Write this to"
    };
    if !yes(
        ask,
        &format!(
            "\n[profiles.{name}]\n{keys}\n{verb} {}? [Y/n] ",
            path.display()
        ),
    )? {
        let hint = "`tok presets NAME` prints a profile to paste, and `tok import curl` makes one of a curl sample";
        return Err(CommandError::usage("nothing is written", hint).into());
    }
    write(path, &name, &text, &needed)
}

fn provider(ask: &Ask<'_>) -> Result<Provider, CommandError> {
    let width = PRESETS
        .iter()
        .map(|preset| preset.name.len())
        .max()
        .unwrap_or_default();
    let rows = PRESETS.iter().enumerate().map(|(index, preset)| {
        format!(
            "  {}  {:width$}  {}\n",
            index + 1,
            preset.name,
            preset.summary()
        )
    });
    let prompt = format!(
        "Whose tokens? A number or name from this list, or the URL of any other token endpoint.\n{}\
         (`tok import curl` makes a profile of the curl sample on a provider's page.)\nProvider",
        rows.collect::<String>()
    );
    let names = PRESETS.map(|preset| preset.name);
    let taken = choice(ask, &prompt, &names, None, |answer| match answer {
        Ok(at) => PRESETS.get(at).copied().map(Ok).ok_or_else(String::new),
        Err(text) if text.contains("://") => match Endpoint::parse(text) {
            Ok(_) if has_secret_in_address(text) => Err(SECRET_IN_URL.to_owned()),
            Ok(_) => Ok(Err(text.to_owned())),
            Err(error) => Err(format!("that {error}: {}", error.hint())),
        },
        Err("") => Err("name a provider, or give the URL at which it issues tokens".to_owned()),
        Err(text) => Err(match nearest(text, names) {
            Some(near) => format!("there is no preset of that name; did you mean `{near}`?"),
            None => "that is neither in the list nor a URL".to_owned(),
        }),
    })?;
    match taken {
        Ok(preset) => Ok(Provider::RequestValue(preset)),
        Err(url) => Ok(Provider::Other {
            url,
            strategy: strategy(ask)?,
        }),
    }
}

fn strategy(ask: &Ask<'_>) -> Result<&'static str, CommandError> {
    let rows = Strategy::ALL.iter().enumerate().map(|(index, strategy)| {
        format!(
            "  {}  {:10}  {}\n",
            index + 1,
            strategy.as_str(),
            strategy.summary()
        )
    });
    let prompt = format!(
        "How does it want to be asked? The provider's own curl sample shows it.\n{}Strategy",
        rows.collect::<String>()
    );
    choice(ask, &prompt, Strategy::NAMES, Some(0), |answer| {
        let found = answer.ok().and_then(|at| Strategy::NAMES.get(at));
        found
            .copied()
            .ok_or_else(|| "that is not in the list".to_owned())
    })
}

fn name(ask: &Ask<'_>, proposed: &str, names: &[String]) -> Result<String, CommandError> {
    let is_free = |name: &str| names.iter().all(|known| known != name);
    let default = if is_free(proposed) {
        Some(proposed)
    } else {
        None
    };
    until(ask, "Name of the profile", default, |answer| {
        checked_name(answer)
            .map_err(|_| "a name is letters, digits, `.`, `_` and `-`".to_owned())?;
        if has_secret_word(answer) {
            return Err(
                "that looks like a secret, which does not belong here: name the profile".to_owned(),
            );
        }
        if is_free(answer) {
            Ok(answer.to_owned())
        } else {
            Err("the file has a profile of that name".to_owned())
        }
    })
}

/// The preset's own example as a profile.
fn example(preset: &Preset) -> Result<Profile> {
    let text = format!(
        "[profiles.it]\npreset = \"{}\"\n{}\n",
        preset.name,
        preset.credentials()
    );
    Ok(ProfilesFile::from_text(Path::new(preset.name), &text).profile("it")?)
}

/// What stands for the variables in the preset's URL.
fn vars(ask: &Ask<'_>, preset: &Preset, profile: &Profile) -> Result<String, CommandError> {
    let mut entries = Vec::new();
    for variable in profile.token_url.variables() {
        let own = preset.keys().contains(&format!("{variable} = \""));
        let default = profile
            .vars
            .get(variable)
            .filter(|_| own)
            .map(String::as_str);
        let prompt = format!("{variable}, in {}", profile.token_url);
        let value = until(ask, &prompt, default, |answer| {
            let is_part = !answer.is_empty() && !answer.contains(['/', ' ', '"', '\\', '?', '#']);
            is_part.then(|| answer.to_owned()).ok_or_else(|| {
                "write what stands in its place, without `https://` and `/`".to_owned()
            })
        })?;
        if default != Some(value.as_str()) {
            entries.push(format!("{variable} = {}", toml_text(&value)));
        }
    }
    Ok(if entries.is_empty() {
        String::new()
    } else {
        format!("vars = {{ {} }}\n", entries.join(", "))
    })
}

const PLACES: [&str; 4] = ["env", "file", "properties", "command"];

/// The lines that say where id and secret are. The secret itself is never asked for.
fn credentials(ask: &Ask<'_>, name: &str, preset: Option<&Preset>) -> Result<String, CommandError> {
    let example = preset.map(Preset::credentials).unwrap_or_default();
    let usual = usize::from(example.contains("properties = ")) * 2;
    let prompt = "Where is the client secret? (Never type it here.)\n\
                  \u{20} 1  env         in an environment variable\n\
                  \u{20} 2  file        in a file by itself\n\
                  \u{20} 3  properties  in a Java .properties file\n\
                  \u{20} 4  command     a command prints it: pass, op, vault …\nPlace";
    let place = choice(ask, prompt, &PLACES, Some(usual), |answer| {
        answer.map_err(|_| "that is not in the list".to_owned())
    })?;
    let own = variables(example);
    // The preset's own names are those of a profile that is called after it.
    let proposed = |at: usize, key: &str| match own.get(at) {
        Some(variable) if preset.is_some_and(|preset| preset.name == name) => variable.clone(),
        _ => env_name(name, key),
    };
    let (id, secret) = match place {
        0 => {
            let id = variable(
                ask,
                "Variable that holds the client id",
                &proposed(0, "client_id"),
            )?;
            let secret = variable(
                ask,
                "Variable that holds the client secret",
                &proposed(1, "client_secret"),
            )?;
            (env(&id), env(&secret))
        }
        2 => {
            let path = until(ask, "Path of the file", Some("apiKey.properties"), text)?;
            let key = |what: &str, default: &str| until(ask, what, Some(default), text);
            let source = |key: String| {
                format!(
                    "{{ properties = {}, key = {} }}",
                    toml_text(&path),
                    toml_text(&key)
                )
            };
            let id = source(key("Key of the client id", "apiKey.id")?);
            (
                id,
                source(key("Key of the client secret", "apiKey.secret")?),
            )
        }
        1 => {
            let id = id(ask)?;
            let path = until(ask, "Path of the file with the client secret", None, text)?;
            (id, format!("{{ file = {} }}", toml_text(&path)))
        }
        _ => {
            let id = id(ask)?;
            let command = until(
                ask,
                "Command that prints the client secret",
                None,
                |answer| {
                    let words = words(answer).filter(|words| !words.is_empty());
                    words.ok_or_else(|| {
                        "write a program and its arguments; no shell reads them".to_owned()
                    })
                },
            )?;
            let words: Vec<String> = command.iter().map(|word| toml_text(word)).collect();
            (id, format!("{{ command = [{}] }}", words.join(", ")))
        }
    };
    Ok(format!("client_id = {id}\nclient_secret = {secret}\n"))
}

fn env(variable: &str) -> String {
    format!("{{ env = {} }}", toml_text(variable))
}

fn text(answer: &str) -> Result<String, String> {
    if answer.is_empty() {
        Err("there is nothing to go on with".to_owned())
    } else {
        Ok(answer.to_owned())
    }
}

/// The client id itself, which is no secret, or `$VARIABLE`.
fn id(ask: &Ask<'_>) -> Result<String, CommandError> {
    until(
        ask,
        "Client id, or $VARIABLE that holds it",
        None,
        |answer| match answer.strip_prefix('$') {
            Some(name) if is_name(name) => Ok(env(name)),
            Some(_) => Err("that is no name of a variable".to_owned()),
            None => text(answer).map(|text| toml_text(&Template::literal(&text).to_string())),
        },
    )
}

fn variable(ask: &Ask<'_>, prompt: &str, default: &str) -> Result<String, CommandError> {
    until(ask, prompt, Some(default), |answer| {
        let name = answer.strip_prefix('$').unwrap_or(answer);
        if !is_name(name) {
            return Err("that is no name of a variable: letters, digits and `_`".to_owned());
        }
        let is_shouted = !name.contains(|character: char| character.is_ascii_lowercase());
        if looks_random(name) && !is_shouted {
            return Err(
                "that looks like a secret itself, which does not belong here: name the variable"
                    .to_owned(),
            );
        }
        Ok(name.to_owned())
    })
}
