//! `tok` fetches and caches API access tokens. The binary is a thin shell around [`run`].
//!
//! Each layer uses those below it, never one above; `tests/architecture.rs` checks that.
//!
//! | layer | modules |
//! |---|---|
//! | the process | `main`, this file, [`cli`] |
//! | commands | [`commands`], one file per subcommand; [`render`]: tables, formats, errors |
//! | the use case | [`acquire`]: a token from the cache or from the provider |
//! | the outside world | [`config`] (the profiles file), [`store`] (cached tokens), [`http`], [`secret::source`] |
//! | the protocol, pure | [`profile`], [`request`], [`grant`], [`client_auth`], [`response`]; [`credential`], [`sample`] |
//! | small help | [`expiry`], [`jwt`], [`secret`], [`template`], [`time`], [`host`], [`os`] and others |
//!
//! A token's main path is [`acquire`]; start there.

pub mod acquire;
pub mod cli;
pub mod client_auth;
pub mod commands;
pub mod config;
pub mod credential;
pub mod expiry;
pub mod grant;
pub mod host;
pub mod http;
pub mod json;
pub mod jwt;
mod names;
pub mod os;
pub mod profile;
#[cfg(test)]
mod property;
pub mod render;
pub mod request;
pub mod response;
pub mod sample;
pub mod secret;
pub mod store;
pub mod suggest;
pub mod template;
pub mod text;
pub mod time;

use std::cell::RefCell;
use std::ffi::OsString;
use std::io::Write;

use anyhow::Result;
use clap::error::ErrorKind;

use cli::{Cli, Color, Command, ErrorFormat, usage};
use commands::Context;
use commands::input::{self, Input, Until};
use host::{Environment, Host, Log as _};
use http::{Settings, Transport, TransportError};
use render::error::CommandError;
use render::output::{self, Answer};
use render::report::{ErrorSummary, Kind, Reporter, Style, classify};
use store::FileStore;

/// Runs the program: arguments in, exit code out.
pub fn run(args: impl IntoIterator<Item = OsString>, host: &mut Host<'_>) -> u8 {
    let args = cli::as_helper(args.into_iter().collect());
    if let Some(answer) = commands::completions::complete(&args, host.environment) {
        // An error message would end up in the middle of the command line.
        return u8::from(output::write(&answer, false, host.stdout).is_err());
    }
    match Cli::read(&args, host.terminals.width(host.environment)) {
        Ok(cli) => run_command(&cli, host),
        Err(error) => answer_usage(&error, &args, host),
    }
}

fn run_command(cli: &Cli, host: &mut Host<'_>) -> u8 {
    let (environment, terminals) = (host.environment, host.terminals);
    let error_format = error_format(cli.global.error_format, environment);
    let colour = wants_colour(cli.global.color, environment, terminals.stdout);
    let style = Style {
        json: matches!(error_format, Ok(ErrorFormat::Json)),
        colour: wants_colour(cli.global.color, environment, terminals.stderr),
        quiet: cli.global.quiet || is_silent(&cli.command),
        verbose: cli.global.verbose > 0,
        progress: terminals.stderr,
    };
    let reporter = Reporter::new(host.stderr, style);
    let stdin = RefCell::new(&mut *host.stdin);
    let read_stdin = |until| Ok(input::read(&mut **stdin.borrow_mut(), until)?);
    let ask = |prompt: &str| ask(prompt, &reporter, &read_stdin);
    let config_path = config::path(cli.global.config.as_ref(), environment);
    let context = Context {
        environment,
        now: host.now,
        sleep: host.sleep,
        log: &reporter,
        config_path: config_path.as_deref(),
        cache: FileStore::locate(cli.global.cache_dir.as_deref(), environment, &reporter),
        connect: &connect,
        width: terminals.stdout.then(|| terminals.width(environment)),
        ask: (terminals.stdin && terminals.stderr).then_some(&ask),
    };
    let mut print = |answer: &Answer| output::write(answer, colour, host.stdout);
    let outcome = error_format.and_then(|_| {
        if let Some(greeting) = greeting(&cli.command) {
            print(&greeting)?;
        }
        let answer = dispatch(&cli.command, &context, &read_stdin)?;
        print(&answer)?;
        reporter.errors(&answer.errors);
        if let Some(next) = &answer.next {
            for line in next.lines() {
                reporter.info(line);
            }
        }
        Ok(answer.code)
    });
    outcome.unwrap_or_else(|error| {
        let summary = classify(&error);
        reporter.error(&summary);
        let Some(answer) = failure_answer(&cli.command, &summary) else {
            return summary.code();
        };
        // If this cannot be written, the exit code still tells of the failure.
        let _ = print(&answer);
        answer.code
    })
}

fn dispatch(command: &Command, context: &Context<'_>, stdin: &Input<'_>) -> Result<Answer> {
    match command {
        Command::Get(args) => commands::get::run(args, context, stdin),
        Command::Env(args) => commands::env::run(args, context),
        Command::Exec(args) => commands::exec::run(args, context),
        Command::Curl(args) => commands::curl::run(args, context),
        Command::Watch(args) => commands::watch::run(args, context),
        Command::Credential(command) => commands::credential::run(command, context, stdin),
        Command::Expiry(args) => commands::expiry::run(args, context, stdin),
        Command::Inspect(args) => commands::inspect::run(args, context, stdin),
        Command::List(args) => commands::list::run(args, context),
        Command::Forget(args) => commands::forget::run(args, context),
        Command::Explain(args) => commands::explain::run(args, context),
        Command::Doctor(args) => commands::doctor::run(args, context),
        Command::Init(args) => commands::init::run(args, context),
        Command::Import(command) => commands::import::run(command, context, stdin),
        Command::Presets(args) => commands::presets::run(args, context),
        Command::Config(command) => commands::config::run(command, context),
        Command::Completions(args) => commands::completions::run(args, context),
        Command::Man(args) => commands::man::run(args, context),
    }
}

/// What a protocol wants on standard output before the first request.
fn greeting(command: &Command) -> Option<Answer> {
    match command {
        Command::Credential(command) => commands::credential::greeting(command),
        _ => None,
    }
}

/// The standard output of a command that got no token, for shells and protocols that need one.
fn failure_answer(command: &Command, summary: &ErrorSummary) -> Option<Answer> {
    match command {
        Command::Env(args) => commands::env::fail_closed(args, summary.code()),
        Command::Credential(command) => commands::credential::failed(command, summary),
        _ => None,
    }
}

/// Whether the calling program would take warnings for a part of the answer.
fn is_silent(command: &Command) -> bool {
    matches!(command, Command::Credential(command) if commands::credential::is_silent(command))
}

/// Asks the person at the terminal for a line; `None` at the end of the input.
fn ask(prompt: &str, reporter: &Reporter<'_>, stdin: &Input<'_>) -> Option<String> {
    reporter.plain(prompt);
    let line = stdin(Until::Line).ok();
    let line = line.filter(|line| line.ends_with('\n'));
    if line.is_none() {
        reporter.plain("\n");
    }
    line.map(|line| line.to_string())
}

fn connect(url: &str, settings: &Settings<'_>) -> Result<Box<dyn Transport>, TransportError> {
    Ok(Box::new(http::connect(url, settings)?))
}

fn wants_colour(choice: Color, environment: Environment<'_>, is_terminal: bool) -> bool {
    match choice {
        Color::Always => true,
        Color::Never => false,
        Color::Auto => {
            is_terminal
                && environment.text("NO_COLOR").is_none()
                && environment.text("TERM").as_deref() != Some("dumb")
        }
    }
}

/// The flag, or `TOK_ERROR_FORMAT`.
fn error_format(flag: Option<ErrorFormat>, environment: Environment<'_>) -> Result<ErrorFormat> {
    let value = environment.get("TOK_ERROR_FORMAT").unwrap_or_default();
    match (flag, value.to_str()) {
        (Some(format), _) => Ok(format),
        (None, Some("" | "text")) => Ok(ErrorFormat::Text),
        (None, Some("json")) => Ok(ErrorFormat::Json),
        (None, _) => Err(CommandError::usage(
            "the value of `TOK_ERROR_FORMAT` is neither `text` nor `json`",
            "`unset TOK_ERROR_FORMAT`, or set it right",
        )
        .into()),
    }
}

/// Prints the help or the version, or reports a command line that cannot be parsed.
fn answer_usage(error: &clap::Error, args: &[OsString], host: &mut Host<'_>) -> u8 {
    let choice = usage::colour(args).unwrap_or(Color::Auto);
    let colour = |is_terminal| wants_colour(choice, host.environment, is_terminal);
    let format = error_format(usage::error_format(args), host.environment);
    let style = Style {
        json: matches!(format, Ok(ErrorFormat::Json)),
        colour: colour(host.terminals.stderr),
        ..Style::default()
    };
    let reporter = Reporter::new(host.stderr, style);
    if let ErrorKind::DisplayHelp | ErrorKind::DisplayVersion = error.kind() {
        let answer = Answer::new(error.render().ansi().to_string());
        let written = output::write(&answer, colour(host.terminals.stdout), host.stdout);
        return written.map_or_else(
            |failure| {
                let summary = classify(&failure.into());
                reporter.error(&summary);
                summary.code()
            },
            |()| 0,
        );
    }
    let is_bare = error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand;
    if is_bare && !style.json {
        let help = error.render();
        reporter.plain(&if style.colour {
            help.ansi().to_string()
        } else {
            help.to_string()
        });
    } else {
        reporter.error(&usage::summarize(error, args));
    }
    let code = Kind::Usage.code();
    if let Some(answer) = commands::env::fail_closed_unparsed(args, code) {
        let _ = output::write(&answer, false, host.stdout);
    }
    code
}

/// Reports a panic and its location.
pub fn report_crash(stderr: &mut dyn Write, location: Option<&str>) -> u8 {
    let location = location.map(|at| format!(" at {at}")).unwrap_or_default();
    let mut summary = ErrorSummary::new(Kind::Unexpected, format!("tok has crashed{location}"));
    summary.hint = Some("this is a bug in tok: please report it, with what you typed".to_owned());
    Reporter::new(stderr, Style::default()).error(&summary);
    summary.code()
}
