//! `tok list`: every profile and the state of its token. Asks no server and runs no command.

use anstyle::Style;
use anyhow::Result;
use serde::Serialize;

use super::{Context, base_of};
use crate::acquire::{AcquireError, Services, TokenIdentity, cool_down_in_force, find_cached};
use crate::cli::ListArgs;
use crate::config::ConfigError;
use crate::expiry::Freshness;
use crate::host::Warning;
use crate::profile::{Profile, is_name};
use crate::render::output::Answer;
use crate::render::view;
use crate::secret::source::SourceError;
use crate::store::Entry;
use crate::text::{may_be_token, sanitize};
use crate::time::UnixTime;

const HEADINGS: [&str; 6] = [
    "PROFILE", "STATE", "EXPIRES", "LIFETIME", "SCOPE", "ENDPOINT",
];

/// Lists the profiles.
///
/// # Errors
/// The profiles file cannot be read, or is wrong in such a way that no profile is found in it. A broken profile is a row
/// like the others.
pub fn run(args: &ListArgs, context: &Context<'_>) -> Result<Answer> {
    let file = context.file()?;
    let base = base_of(&file);
    let services = context.services(&base);
    let now = (context.now)();
    let rows: Vec<Row> = file
        .all()
        .map(|(name, outcome)| row(name, outcome, &services, now))
        .collect();
    if rows.is_empty() {
        // `[profile.NAME]`, and all else that hides the profiles that somebody wrote.
        if let Some(problem) = file.check().into_iter().next() {
            return Err(problem.into());
        }
        context.log.warn(
            Warning::new(format!("{} has no profile yet", file.path().display())).hint(
                "`tok presets` lists providers, and `tok presets NAME` prints one to paste there",
            ),
        );
    }
    if args.json {
        return Ok(Answer::new(view::json(
            &rows.iter().map(Json::from).collect::<Vec<_>>(),
        )?));
    }
    if context.is_terminal && !rows.is_empty() {
        let shown = rows.iter().map(|row| row.for_people(now)).collect();
        return Ok(Answer::new(view::table(&HEADINGS, shown)));
    }
    Ok(Answer::new(view::records(
        &rows.iter().map(Row::for_programs).collect::<Vec<_>>(),
    )))
}

/// One profile.
#[derive(Default)]
struct Row {
    name: String,
    state: State,
    entry: Option<Entry>,
    expires_in: Option<i64>,
    /// What is asked for, where nothing is granted yet.
    scope: Option<String>,
    endpoint: Option<String>,
    strategy: Option<&'static str>,
    problem: Option<String>,
}

/// The state of a profile's token.
#[derive(Default)]
enum State {
    /// There is one.
    Cached(Freshness),
    #[default]
    None,
    /// There is no good one, and the server is not asked for another just now.
    Cooling,
    /// Something that says which token is meant is not set.
    Unset,
    /// The profile is wrong.
    Broken,
}

impl State {
    fn shown(&self) -> (&'static str, Style) {
        match self {
            Self::Cached(freshness) => view::freshness(*freshness),
            Self::None => ("none", view::DIM),
            Self::Cooling => ("cooling", view::WARN),
            Self::Unset => ("unset", view::WARN),
            Self::Broken => ("broken", view::BAD),
        }
    }
}

fn row(
    name: String,
    outcome: Result<Profile, ConfigError>,
    services: &Services<'_>,
    now: UnixTime,
) -> Row {
    let profile = match outcome {
        Ok(profile) => profile,
        Err(error) => {
            // One that no profile can have may be a token, as in any other place for a name.
            let name = if !is_name(&name) && may_be_token(&name) {
                "…".to_owned()
            } else {
                name
            };
            return Row {
                name,
                state: State::Broken,
                problem: Some(error.to_string()),
                ..Row::default()
            };
        }
    };
    let strategy = Some(profile.strategy.as_str());
    let identity = match TokenIdentity::resolve(&profile, services) {
        Ok(identity) => identity,
        Err(error) => {
            let (state, problem) = trouble(&error);
            return Row {
                name,
                state,
                strategy,
                problem: Some(problem),
                ..Row::default()
            };
        }
    };
    let entry = find_cached(&profile, &identity, services);
    let freshness = entry
        .as_ref()
        .map(|entry| entry.freshness(profile.timing.windows(None), now));
    // With a good token in the cache nobody meets it.
    let held = services
        .store
        .filter(|_| !freshness.is_some_and(Freshness::is_good));
    let held = held.and_then(|cache| cool_down_in_force(cache, &identity, now));
    let held = held
        .map(|(failure, left)| format!("{}; not retrying for another {left}s", failure.message));
    let is_from_the_future = freshness == Some(Freshness::ClockSkew);
    let future = || "it was fetched in the future: the clock has been set back".to_owned();
    Row {
        name,
        state: match freshness {
            _ if held.is_some() => State::Cooling,
            Some(freshness) => State::Cached(freshness),
            None => State::None,
        },
        expires_in: entry.as_ref().map(|entry| entry.expires_at.since(now)),
        scope: entry
            .as_ref()
            .and_then(|entry| entry.scope.clone())
            .or(identity.scope),
        endpoint: Some(identity.endpoint.shown()),
        strategy,
        problem: held.or_else(|| is_from_the_future.then(future)),
        entry,
    }
}

/// What keeps a profile from saying which token it wants.
fn trouble(error: &AcquireError) -> (State, String) {
    match error {
        AcquireError::Secret(error) => {
            let is_unset = matches!(
                error.error,
                SourceError::Unset(_)
                    | SourceError::NameLooksLikeSecret
                    | SourceError::UnsetTemplate(_)
                    | SourceError::Empty(_)
            );
            let state = if is_unset {
                State::Unset
            } else {
                State::Broken
            };
            (state, format!("`{}`: {}", error.field, error.error))
        }
        other => (State::Broken, other.to_string()),
    }
}

impl Row {
    fn for_people(&self, now: UnixTime) -> Vec<String> {
        let (word, style) = self.state.shown();
        let mut cells = vec![sanitize(&self.name), view::paint(style, word)];
        if let (Some(problem), State::Cooling | State::Unset | State::Broken) =
            (&self.problem, &self.state)
        {
            cells.push(view::paint(style, &sanitize(problem)));
            return cells;
        }
        let scope = self.scope.as_deref().map(sanitize);
        let absent = || view::paint(view::DIM, view::NONE);
        match &self.entry {
            Some(entry) => cells.extend([
                view::when(entry.expires_at, now, true),
                view::paint(style, &view::bar(entry.requested_at, entry.expires_at, now)),
            ]),
            None => cells.extend([absent(), absent()]),
        }
        cells.extend([
            scope
                .filter(|scope| !scope.is_empty())
                .unwrap_or_else(absent),
            view::paint(view::DIM, self.endpoint.as_deref().unwrap_or_default()),
        ]);
        cells
    }

    /// Profile, state, expiry, scope, endpoint, problem.
    fn for_programs(&self) -> Vec<String> {
        let shown = |text: &Option<String>| text.as_deref().map(sanitize).unwrap_or_default();
        vec![
            sanitize(&self.name),
            self.state.shown().0.to_owned(),
            self.entry
                .as_ref()
                .map(|entry| entry.expires_at.rfc3339())
                .unwrap_or_default(),
            shown(&self.scope),
            self.endpoint.clone().unwrap_or_default(),
            shown(&self.problem),
        ]
    }
}

#[derive(Serialize)]
struct Json<'a> {
    profile: &'a str,
    state: &'static str,
    expires_at: Option<i64>,
    expires_in: Option<i64>,
    scope: Option<&'a str>,
    endpoint: Option<&'a str>,
    strategy: Option<&'static str>,
    problem: Option<&'a str>,
}

impl<'a> From<&'a Row> for Json<'a> {
    fn from(row: &'a Row) -> Self {
        Self {
            profile: &row.name,
            state: row.state.shown().0,
            expires_at: row.entry.as_ref().map(|entry| entry.expires_at.0),
            expires_in: row.expires_in,
            scope: row.scope.as_deref(),
            endpoint: row.endpoint.as_deref(),
            strategy: row.strategy,
            problem: row.problem.as_deref(),
        }
    }
}
