//! `tok` at work: `cargo run --example demo`.
//!
//! Starts an authorization server on loopback that wants exactly the requests of the built-in providers, and runs
//! the program against it, in this process and in a home directory of its own. Needs no account and no network,
//! and touches nothing of yours. It checks all that it tells and exits with 1 if anything is otherwise.
//!
//! `cargo run --example demo -- --serve` keeps the server up and prints a profiles file to try `tok` with.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "an example is the outside world: it has files, threads, a clock and a screen"
)]

#[path = "demo/providers.rs"]
pub(crate) mod providers;
#[path = "demo/recording.rs"]
mod recording;
#[path = "demo/server.rs"]
pub(crate) mod server;
#[path = "demo/world.rs"]
pub(crate) mod world;

use std::error::Error;
use std::io::{self, IsTerminal as _, Write as _};
use std::process::ExitCode;

use recording::{Recording, check};
use server::Server;
use world::World;

fn main() -> ExitCode {
    let serves = std::env::args()
        .nth(1)
        .is_some_and(|argument| argument == "--serve");
    let mut stdout = io::stdout();
    let has_colour = stdout.is_terminal() && std::env::var_os("NO_COLOR").is_none();
    let outcome = if serves {
        serve()
    } else {
        tell(&mut stdout, has_colour)
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// The server alone, for trying things by hand. What is printed is a profiles file.
fn serve() -> Result<(), Box<dyn Error>> {
    let server = Server::start()?;
    let url = server.url();
    println!("# The demonstration's server is at {url} until it is stopped.");
    println!(
        "# Save this as profiles.toml, `chmod 600` it, and type `tok --config profiles.toml get moov`."
    );
    for (preset, _) in providers::ENDPOINTS {
        let (id, secret) = providers::credentials(preset);
        let url = world::endpoint(&url, preset);
        println!("\n[profiles.{preset}]\npreset = \"{preset}\"\ntoken_url = \"{url}\"");
        println!("client_id = \"{id}\"\nclient_secret = {{ value = \"{secret}\" }}");
    }
    io::stdout().flush()?;
    server.stay();
    Ok(())
}

/// The whole story. The README's test tells it too.
pub(crate) fn tell(screen: &mut dyn io::Write, has_colour: bool) -> Result<(), Box<dyn Error>> {
    let server = Server::start()?;
    let mut world = World::new()?;
    let presets = ["moost", "moov", "metapack", "depotfinity", "json-body"];
    let profiles = world::profiles(&server.url(), &presets);
    world.write_profiles(&profiles)?;
    let mut story = Recording::new(screen, has_colour, &server);

    story.say(
        "`tok` at work, with a server of its own on loopback that stands for five providers. Each",
    )?;
    story
        .say("wants exactly its own request. Tokens and secrets are made up; nothing of yours is touched.")?;
    story.prompt("cat ~/.config/tok/profiles.toml")?;
    story.output(&profiles)?;

    story
        .say("Five kinds of request. The presets know them; only the credentials are one's own.")?;
    let jwt = story.token(
        &world,
        "export ACCESS_TOKEN=$(tok get moost)",
        &["get", "moost"],
    )?;
    story.saw("GET /moost/auth/token/v1?clientId=…&clientSecret=…")?;
    let opaque = story.token(&world, "tok get moov", &["get", "moov"])?;
    story.saw("POST /moov/oauth2/token · Basic … · {\"grant_type\":\"client_credentials\"}")?;
    story.token(&world, "tok get metapack", &["get", "metapack"])?;
    story.saw("POST /metapack/oauth · Basic … · grant_type=client_credentials")?;
    story.token(&world, "tok get depotfinity", &["get", "depotfinity"])?;
    story.saw("POST /depotfinity/oauth2/token · Basic … · grant_type=client_credentials")?;
    story.token(&world, "tok get json-body", &["get", "json-body"])?;
    story.saw(concat!(
        "POST /json-body/oauth/token · ",
        "{\"client_id\":\"…\",\"client_secret\":\"…\",\"grant_type\":\"client_credentials\"}"
    ))?;

    story.say("Again: now the token comes from the cache.")?;
    let again = story.token(&world, "tok get moov", &["get", "moov"])?;
    check(
        again == opaque,
        "a second `tok get moov` prints the first one's token",
    )?;
    story.saw_nothing()?;

    story.say("How long is a token good, and what is in it? Neither question asks a server.")?;
    let expiry = story.run(&world, "tok expiry moost", &["expiry", "moost"], 0)?;
    let is_a_day = ["(in 1d)", "(in 23h 59m)"]
        .iter()
        .any(|span| expiry.stdout.contains(span));
    check(is_a_day, "moost's token expires in a day")?;
    let inspected = story.run(
        &world,
        "tok inspect moost | tail -n 7",
        &["inspect", "moost"],
        0,
    )?;
    check(
        inspected.stdout.contains("https://auth.moost.io/"),
        "`tok inspect` shows the claims",
    )?;
    check(
        !inspected.stdout.contains(&jwt),
        "`tok inspect` does not show the token",
    )?;
    story.saw_nothing()?;

    story.say("Moov's reply brought a refresh token. The next request goes by that.")?;
    let renewed = story.token(&world, "tok get --fresh moov", &["get", "--fresh", "moov"])?;
    check(renewed != opaque, "`--fresh` brings another token")?;
    story.saw(concat!(
        "POST /moov/oauth2/token · Basic … · ",
        "{\"grant_type\":\"refresh_token\",\"refresh_token\":\"…\"}"
    ))?;

    story.say(
        "Wrong credentials: nothing on standard output, a message, an exit code for scripts.",
    )?;
    world.set("API_CLIENT_SECRET", "wrong");
    let refused = story.run(
        &world,
        "API_CLIENT_SECRET=wrong tok get json-body",
        &["get", "json-body"],
        5,
    )?;
    check(
        refused.stdout.is_empty(),
        "a failure prints nothing on standard output",
    )?;
    check(
        refused.stderr.contains("invalid_client"),
        "the message has the server's own words",
    )?;

    story.say(
        "All of this was checked while it was shown. Next: `cargo test --locked`, then the README.",
    )?;
    Ok(())
}
