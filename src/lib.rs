//! `tok` fetches and caches API access tokens. The binary is a thin shell around [`run`].
//!
//! The rooms of the house, each layer seeing only those below it:
//!
//! | layer | rooms |
//! |---|---|
//! | 5, the process | `main`, this file, [`cli`] |
//! | 4, words | [`commands`], [`input`], [`output`], [`report`] |
//! | 3, the use case | [`acquire`] |
//! | 2, the outside world | [`config`], [`cache`], [`transport`], [`secret_source`] |
//! | 1, the protocol, pure | [`profile`] → [`grant`] → [`strategy`]; [`credential_map`], [`preset`], [`response`], [`sample`] |
//! | 0, nouns, pure | [`endpoint`], [`expiry`], [`jwt`], [`secret`], [`template`], [`time`] and small help |

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

use std::borrow::Cow;
use std::cell::RefCell;
use std::ffi::OsString;
use std::io::Write;

use anyhow::Result;
use clap::error::ErrorKind;

use cli::{Cli, Color, Command, ErrorFormat, mistake};
use commands::Context;
use commands::input::{Input, InputText, Until};
use host::Host;
use http::{Settings, Transport, TransportError};
use render::error::CommandError;
use render::output::Answer;
use render::report::{ErrorSummary, Kind, Reporter, Style, classify};
use store::FileStore;

/// Runs the program: arguments in, exit code out.
pub fn run(args: impl IntoIterator<Item = OsString>, host: &mut Host<'_>) -> u8 {
    let args = cli::as_helper(args.into_iter().collect());
    if let Some(answer) = commands::completions::complete(&args, host.environment) {
        // There is nowhere to complain to in the middle of a command line.
        return u8::from(render::output::write(&answer, false, host.stdout).is_err());
    }
    match Cli::read(&asking_for_help(&args)) {
        Ok(cli) => dispatch(&cli, host),
        Err(error) => not_parsed(&error, &args, host),
    }
}

/// `tok help` and `tok help get` mean `tok --help` and `tok get --help`. Not by clap's own command: that brings a copy
/// of the whole tree of commands.
fn asking_for_help(args: &[OsString]) -> Cow<'_, [OsString]> {
    match args {
        [program, help, rest @ ..] if help == "help" => {
            let flag = OsString::from("--help");
            Cow::Owned(
                [program]
                    .into_iter()
                    .chain(rest)
                    .chain([&flag])
                    .cloned()
                    .collect(),
            )
        }
        _ => Cow::Borrowed(args),
    }
}

/// Says that the program itself is at fault, and where, as far as that is known.
pub fn report_crash(stderr: &mut dyn Write, place: Option<&str>) -> u8 {
    let place = place
        .map(|place| format!(" at {place}"))
        .unwrap_or_default();
    let report = ErrorSummary {
        hint: Some(
            "this is a mistake in `tok` itself: please report it, with what you typed".to_owned(),
        ),
        ..ErrorSummary::new(Kind::Unexpected, format!("tok has crashed{place}"))
    };
    Reporter::new(stderr, Style::default()).error(&report);
    report.code()
}

fn dispatch(cli: &Cli, host: &mut Host<'_>) -> u8 {
    let terminals = (host.terminals)();
    let environment = host.environment;
    let error_format = error_format(cli.global.error_format, environment);
    let style = style(cli, environment, terminals);
    let colour = wants_colour(cli.global.color, environment, terminals.stdout);
    let reporter = Reporter::new(host.stderr, style);
    let context = Context {
        environment,
        now: host.now,
        sleep: host.sleep,
        log: &reporter,
        config_flag: cli.global.config.as_ref(),
        cache: FileStore::locate(cli.global.cache_dir.as_deref(), environment, &reporter),
        connect: &connect,
        width: terminals.stdout.then(|| terminals.width(environment)),
        ask: None,
    };
    let stdin = RefCell::new(&mut *host.stdin);
    let read_stdin = |until: Until| Ok(commands::input::read(&mut **stdin.borrow_mut(), until)?);
    let ask = |prompt: &str| {
        reporter.plain(prompt);
        let line = read_stdin(Until::Line)
            .ok()
            .and_then(|line| commands::input::text(line).ok());
        let line = line
            .map(|line| line.to_string())
            .filter(|line| line.ends_with('\n'));
        if line.is_none() {
            reporter.plain("\n");
        }
        line
    };
    let context = Context {
        ask: (terminals.stdin && terminals.stderr).then_some(&ask),
        ..context
    };
    let outcome = error_format
        .and_then(|_| greet(&cli.command, host.stdout))
        .and_then(|()| answer(&cli.command, &context, &read_stdin))
        .and_then(|answer| {
            render::output::write(&answer, colour, host.stdout)?;
            reporter.errors(&answer.errors);
            if let Some(next) = &answer.next {
                host::Log::progress(&reporter, next);
            }
            Ok(answer.code)
        });
    outcome.unwrap_or_else(|error| {
        let report = classify(&error);
        reporter.error(&report);
        let answer = match &cli.command {
            Command::Env(args) => commands::env::fail_closed(args, report.code()),
            Command::Credential(command) => commands::credential::failed(command, &report),
            _ => None,
        };
        let code = answer.as_ref().map_or(report.code(), |answer| answer.code);
        fail_closed(answer, host.stdout);
        code
    })
}

/// Says what a protocol wants said before anything is asked.
fn greet(command: &Command, stdout: &mut dyn Write) -> Result<()> {
    let Command::Credential(command) = command else {
        return Ok(());
    };
    Ok(commands::credential::greeting(command)
        .map_or(Ok(()), |hello| render::output::write(&hello, false, stdout))?)
}

/// Writes what a command answers where there is no token. An answer that cannot be written is one more failure of
/// a command that fails.
fn fail_closed(answer: Option<Answer>, stdout: &mut dyn Write) {
    if let Some(answer) = answer {
        let _ = render::output::write(&answer, false, stdout);
    }
}

fn wants_colour(asked: Color, environment: host::Environment<'_>, is_terminal: bool) -> bool {
    match asked {
        Color::Always => true,
        Color::Never => false,
        Color::Auto => {
            is_terminal
                && environment.text("NO_COLOR").is_none()
                && environment.text("TERM").as_deref() != Some("dumb")
        }
    }
}

/// How warnings and errors look.
fn style(cli: &Cli, environment: host::Environment<'_>, terminals: host::Terminals) -> Style {
    let is_silent = match &cli.command {
        Command::Credential(command) => commands::credential::is_silent(command),
        _ => false,
    };
    Style {
        json: matches!(
            error_format(cli.global.error_format, environment),
            Ok(ErrorFormat::Json)
        ),
        colour: wants_colour(cli.global.color, environment, terminals.stderr),
        quiet: cli.global.quiet || is_silent,
        verbose: cli.global.verbose > 0,
        progress: terminals.stderr,
    }
}

fn answer(command: &Command, context: &Context<'_>, input: &Input<'_>) -> Result<Answer> {
    let stdin: &InputText<'_> = &|| Ok(commands::input::text(input(Until::End)?)?);
    match command {
        Command::Get(args) => commands::get::run(args, context, stdin),
        Command::Env(args) => commands::env::run(args, context),
        Command::Exec(args) => commands::exec::run(args, context),
        Command::Curl(args) => commands::curl::run(args, context),
        Command::Watch(args) => commands::watch::run(args, context),
        Command::Credential(command) => commands::credential::run(command, context, input),
        Command::Expiry(args) => commands::expiry::run(args, context, stdin),
        Command::Inspect(args) => commands::inspect::run(args, context, stdin),
        Command::List(args) => commands::list::run(args, context),
        Command::Forget(args) => commands::forget::run(args, context),
        Command::Explain(args) => commands::explain::run(args, context),
        Command::Doctor(args) => commands::doctor::run(args, context),
        Command::Init(args) => commands::init::run(args, context),
        Command::Import(command) => commands::import::run(command, context, input),
        Command::Presets(args) => commands::presets::run(args, context),
        Command::Config(command) => commands::config::run(command, context),
        Command::Completions(args) => commands::completions::run(args, context),
        Command::Man(args) => commands::man::run(args, context),
    }
}

fn connect(url: &str, settings: &Settings<'_>) -> Result<Box<dyn Transport>, TransportError> {
    Ok(Box::new(http::connect(url, settings)?))
}

/// The flag, or `TOK_ERROR_FORMAT`.
fn error_format(
    flag: Option<ErrorFormat>,
    environment: host::Environment<'_>,
) -> Result<ErrorFormat> {
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

/// Help and version are answers; everything else that could not be parsed is an error of usage.
fn not_parsed(error: &clap::Error, args: &[OsString], host: &mut Host<'_>) -> u8 {
    let terminals = (host.terminals)();
    let asked = mistake::colour(args).unwrap_or(Color::Auto);
    if matches!(
        error.kind(),
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion
    ) {
        let colour = wants_colour(asked, host.environment, terminals.stdout);
        let answer = Answer::new(error.render().ansi().to_string());
        let Err(failure) = render::output::write(&answer, colour, host.stdout) else {
            return 0;
        };
        let report = classify(&failure.into());
        Reporter::new(host.stderr, Style::default()).error(&report);
        return report.code();
    }
    let format = error_format(mistake::error_format(args), host.environment);
    let json = matches!(format, Ok(ErrorFormat::Json));
    let colour = wants_colour(asked, host.environment, terminals.stderr);
    let reporter = Reporter::new(
        host.stderr,
        Style {
            json,
            colour,
            ..Style::default()
        },
    );
    if json {
        reporter.error(&mistake::report(error, args));
    } else {
        reporter.plain(&mistake::words(error, args, colour));
    }
    let code = Kind::Usage.code();
    fail_closed(commands::env::fail_closed_unparsed(args, code), host.stdout);
    code
}
