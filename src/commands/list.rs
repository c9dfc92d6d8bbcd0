//! `tok list`: every profile and the state of its token. Offline; no secret command is run.

use anstyle::Style;
use anyhow::Result;
use serde::Serialize;

use super::Context;
use crate::acquire::{AcquireError, Services, TokenIdentity, cool_down_in_force, find_cached};
use crate::cli::ListArgs;
use crate::config::ConfigError;
use crate::expiry::Freshness;
use crate::host::Warning;
use crate::profile::{Profile, is_name};
use crate::render::output::Answer;
use crate::render::style::{BAD, DIM, WARN};
use crate::render::table::{Cell, NONE, records, table};
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
/// The profiles file cannot be read, or no profile can be found in it. An invalid profile is a row like the others.
pub fn run(args: &ListArgs, context: &Context<'_>) -> Result<Answer> {
    let file = context.file()?;
    let services = context.services();
    let now = (context.now)();
    let rows: Vec<Row> = file
        .all()
        .map(|(name, outcome)| Row::new(name, outcome, &services, now))
        .collect();
    if rows.is_empty() {
        if let Some(problem) = file.check().into_iter().next() {
            return Err(problem.into());
        }
        context.log.warn(
            Warning::new(format!("{} has no profiles yet", file.path().display()))
                .hint("`tok init` adds one; `tok presets` lists the built-in providers"),
        );
    }
    Ok(Answer::new(match context.width {
        _ if args.json => view::json(&rows.iter().map(Json::from).collect::<Vec<_>>())?,
        Some(width) if !rows.is_empty() => {
            let cells = rows.iter().map(|row| row.cells(now)).collect();
            table(&HEADINGS, cells, width)
        }
        _ => records(&rows.iter().map(Row::record).collect::<Vec<_>>()),
    }))
}

/// One profile.
#[derive(Default)]
struct Row {
    name: String,
    state: State,
    entry: Option<Entry>,
    expires_in: Option<i64>,
    /// The granted scope, else the requested one.
    scope: Option<String>,
    endpoint: Option<String>,
    strategy: Option<&'static str>,
    problem: Option<String>,
}

/// The state of a profile's token.
#[derive(Default)]
enum State {
    Cached(Freshness),
    #[default]
    None,
    /// No good token is cached, and a remembered failure keeps `tok get` from requesting one.
    CoolingDown,
    /// A value that identifies the token is not set.
    Unset,
    /// The profile is invalid.
    Invalid,
}

impl State {
    fn shown(&self) -> (&'static str, Style) {
        match self {
            Self::Cached(freshness) => view::freshness(*freshness),
            Self::None => ("none", DIM),
            Self::CoolingDown => ("cooling", WARN),
            Self::Unset => ("unset", WARN),
            Self::Invalid => ("broken", BAD),
        }
    }
}

impl Row {
    fn new(
        name: String,
        outcome: Result<Profile, ConfigError>,
        services: &Services<'_>,
        now: UnixTime,
    ) -> Self {
        let profile = match outcome {
            Ok(profile) => profile,
            Err(error) => {
                // An invalid name may be a token that was pasted in the wrong place.
                let is_shown = is_name(&name) || !may_be_token(&name);
                return Self {
                    name: if is_shown { name } else { "…".to_owned() },
                    state: State::Invalid,
                    problem: Some(error.to_string()),
                    ..Self::default()
                };
            }
        };
        let strategy = Some(profile.strategy.as_str());
        let identity = match TokenIdentity::resolve(&profile, services) {
            Ok(identity) => identity,
            Err(error) => {
                return Self {
                    name,
                    state: state_of(&error),
                    strategy,
                    problem: Some(error.to_string()),
                    ..Self::default()
                };
            }
        };
        let entry = find_cached(&profile, &identity, services);
        let freshness = entry
            .as_ref()
            .map(|entry| entry.freshness(profile.timing.windows(None), now));
        let mut state = freshness.map_or(State::None, State::Cached);
        let mut problem = (freshness == Some(Freshness::ClockSkew))
            .then(|| "it was fetched in the future: the clock was set back".to_owned());
        let is_good = freshness.is_some_and(Freshness::is_good);
        if let Some(cache) = services.store.filter(|_| !is_good)
            && let Some((failure, left)) = cool_down_in_force(cache, &identity, now)
        {
            state = State::CoolingDown;
            problem = Some(format!(
                "{}; not retrying for another {left}s",
                failure.message
            ));
        }
        Self {
            name,
            state,
            expires_in: entry.as_ref().map(|entry| entry.expires_at.since(now)),
            scope: entry
                .as_ref()
                .and_then(|entry| entry.scope.clone())
                .or(identity.scope),
            endpoint: Some(identity.endpoint.shown()),
            strategy,
            problem,
            entry,
        }
    }

    /// The row of a terminal's table; a problem takes the place of everything after the state.
    fn cells(&self, now: UnixTime) -> Vec<Cell> {
        let (state, style) = self.state.shown();
        let mut cells = vec![Cell::plain(sanitize(&self.name)), Cell::new(style, state)];
        if let Some(problem) = &self.problem
            && !matches!(self.state, State::Cached(_))
        {
            cells.push(Cell::new(style, sanitize(problem)));
            return cells;
        }
        let absent = || Cell::new(DIM, NONE);
        let or_absent = |text: &Option<String>, style| match text.as_deref().map(sanitize) {
            Some(text) if !text.is_empty() => Cell::new(style, text),
            _ => absent(),
        };
        match &self.entry {
            Some(entry) => cells.extend([
                Cell::plain(entry.expires_at.relative_to(now)),
                Cell::new(style, view::bar(entry.requested_at, entry.expires_at, now)),
            ]),
            None => cells.extend([absent(), absent()]),
        }
        cells.extend([
            or_absent(&self.scope, Style::new()),
            or_absent(&self.endpoint, DIM),
        ]);
        cells
    }

    /// Profile, state, expiry, scope, endpoint, problem.
    fn record(&self) -> Vec<String> {
        let expires_at = self.entry.as_ref().map(|entry| entry.expires_at.rfc3339());
        let texts = [
            Some(&self.name),
            Some(&self.state.shown().0.to_owned()),
            expires_at.as_ref(),
            self.scope.as_ref(),
            self.endpoint.as_ref(),
            self.problem.as_ref(),
        ];
        texts
            .map(|text| text.map(|text| sanitize(text)).unwrap_or_default())
            .to_vec()
    }
}

/// The state of a profile whose token cannot be identified.
fn state_of(error: &AcquireError) -> State {
    match error {
        AcquireError::Secret(error) => match error.error {
            SourceError::Unset(_)
            | SourceError::NameLooksLikeSecret
            | SourceError::UnsetTemplate(_)
            | SourceError::Empty(_) => State::Unset,
            _ => State::Invalid,
        },
        _ => State::Invalid,
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
