//! `tok list`: every profile and the state of its token. Offline; no secret command is run.

use std::fmt::Display;

use anstyle::Style;
use anyhow::Result;
use serde::Serialize;

use super::Context;
use crate::acquire::{AcquireError, Services, TokenIdentity, cool_down_in_force, find_cached};
use crate::cli::ListArgs;
use crate::expiry::Freshness;
use crate::host::Warning;
use crate::profile::{Profile, is_name};
use crate::render::output::Answer;
use crate::render::style::{BAD, DIM, WARN};
use crate::render::table::{Cell, NONE, records, table};
use crate::render::view;
use crate::secret::source::SourceError;
use crate::text::{may_be_token, sanitize};
use crate::time::UnixTime;

const HEADINGS: [&str; 6] = [
    "PROFILE", "STATE", "EXPIRES", "LIFETIME", "SCOPE", "ENDPOINT",
];

/// The state of an invalid profile.
const BROKEN: (&str, Style) = ("broken", BAD);

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
        .map(|(name, outcome)| match outcome {
            Ok(profile) => Row::new(&profile, &services, now).unwrap_or_else(|error| Row {
                strategy: Some(profile.strategy.as_str()),
                ..Row::without_token(name, state_of(&error), &error)
            }),
            // An invalid name may be a token that was pasted in the wrong place.
            Err(error) if !is_name(&name) && may_be_token(&name) => {
                Row::without_token("…".to_owned(), BROKEN, &error)
            }
            Err(error) => Row::without_token(name, BROKEN, &error),
        })
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
        _ if args.json => view::json(&rows)?,
        Some(width) if !rows.is_empty() => {
            let cells = rows.iter().map(|row| row.cells(now)).collect();
            table(&HEADINGS, cells, width)
        }
        _ => records(&rows.iter().map(Row::record).collect::<Vec<_>>()),
    }))
}

/// One profile, as `--json` prints it.
#[derive(Default, Serialize)]
struct Row {
    profile: String,
    state: &'static str,
    #[serde(skip)]
    style: Style,
    expires_at: Option<UnixTime>,
    expires_in: Option<i64>,
    /// The granted scope, else the requested one.
    scope: Option<String>,
    endpoint: Option<String>,
    strategy: Option<&'static str>,
    problem: Option<String>,
    #[serde(skip)]
    requested_at: Option<UnixTime>,
}

impl Row {
    fn new(
        profile: &Profile,
        services: &Services<'_>,
        now: UnixTime,
    ) -> Result<Self, AcquireError> {
        let identity = TokenIdentity::resolve(profile, services)?;
        let entry = find_cached(profile, &identity, services);
        let freshness = entry
            .as_ref()
            .map(|entry| entry.freshness(profile.timing.windows(None), now));
        let (mut state, mut style) = freshness.map_or(("none", DIM), view::freshness);
        let mut problem = (freshness == Some(Freshness::ClockSkew))
            .then(|| "it was fetched in the future: the clock was set back".to_owned());
        let is_good = freshness.is_some_and(Freshness::is_good);
        if let Some(cache) = services.store.filter(|_| !is_good)
            && let Some((failure, left)) = cool_down_in_force(cache, &identity, now)
        {
            (state, style) = ("cooling", WARN);
            let message = failure.message;
            problem = Some(format!("{message}; not retrying for another {left}s"));
        }
        let expires_at = entry.as_ref().map(|entry| entry.expires_at);
        Ok(Self {
            profile: profile.name.clone(),
            state,
            style,
            expires_at,
            expires_in: expires_at.map(|at| at.since(now)),
            requested_at: entry.as_ref().map(|entry| entry.requested_at),
            scope: entry.and_then(|entry| entry.scope).or(identity.scope),
            endpoint: Some(identity.endpoint.shown()),
            strategy: Some(profile.strategy.as_str()),
            problem,
        })
    }

    /// A profile whose token cannot be identified.
    fn without_token(name: String, state: (&'static str, Style), error: &dyn Display) -> Self {
        Self {
            profile: name,
            state: state.0,
            style: state.1,
            problem: Some(error.to_string()),
            ..Self::default()
        }
    }

    /// The row of a terminal's table; a problem takes the place of everything after the state.
    fn cells(&self, now: UnixTime) -> Vec<Cell> {
        let mut cells = vec![
            Cell::plain(sanitize(&self.profile)),
            Cell::new(self.style, self.state),
        ];
        if let Some(problem) = &self.problem {
            cells.push(Cell::new(self.style, sanitize(problem)));
            return cells;
        }
        let absent = || Cell::new(DIM, NONE);
        let or_absent = |text: &Option<String>, style| match text.as_deref().map(sanitize) {
            Some(text) if !text.is_empty() => Cell::new(style, text),
            _ => absent(),
        };
        match self.requested_at.zip(self.expires_at) {
            Some((from, to)) => cells.extend([
                Cell::plain(to.relative_to(now)),
                Cell::new(self.style, view::bar(from, to, now)),
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
        let expires_at = self.expires_at.map(UnixTime::rfc3339);
        let texts = [
            Some(self.profile.as_str()),
            Some(self.state),
            expires_at.as_deref(),
            self.scope.as_deref(),
            self.endpoint.as_deref(),
            self.problem.as_deref(),
        ];
        texts
            .map(|text| text.map(sanitize).unwrap_or_default())
            .to_vec()
    }
}

/// The state of a profile whose token cannot be identified.
fn state_of(error: &AcquireError) -> (&'static str, Style) {
    if let AcquireError::Secret(error) = error
        && let SourceError::Unset(_)
        | SourceError::NameLooksLikeSecret
        | SourceError::UnsetTemplate(_)
        | SourceError::Empty(_) = error.error
    {
        ("unset", WARN)
    } else {
        BROKEN
    }
}
