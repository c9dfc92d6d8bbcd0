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
mod providers;
#[path = "demo/recording.rs"]
mod recording;
#[path = "demo/server.rs"]
mod server;
#[path = "demo/world.rs"]
mod world;

use std::error::Error;
use std::io::{self, IsTerminal as _, Write as _};
use std::process::ExitCode;

use recording::Recording;
use server::Server;
use world::World;

fn main() -> ExitCode {
    let serves = std::env::args().nth(1).is_some_and(|argument| argument == "--serve");
    let mut stdout = io::stdout();
    let has_colour = stdout.is_terminal() && std::env::var_os("NO_COLOR").is_none();
    let outcome = if serves { serve() } else { tell(&mut stdout, has_colour) };
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
    println!("# Save this as profiles.toml, `chmod 600` it, and type `tok --config profiles.toml get moov`.");
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

/// The whole story.
fn tell(screen: &mut dyn io::Write, has_colour: bool) -> Result<(), Box<dyn Error>> {
    let server = Server::start()?;
    let mut world = World::new()?;
    let presets = ["moost", "moov", "metapack", "depotfinity", "json-body"];
    let profiles = world::profiles(&server.url(), &presets);
    world.write_profiles(&profiles)?;
    let mut recording = Recording::new(screen, has_colour, &server);

    recording.say(
        "This is `tok` with an authorization server of its own on loopback. The server stands for five",
    )?;
    recording
        .say("providers, and each of them wants exactly its own request. Tokens and secrets are made up.")?;
    recording.prompt("cat ~/.config/tok/profiles.toml")?;
    recording.output(&profiles)?;

    recording
        .say("Five providers, five kinds of request. Each preset knows one; the credentials are ours.")?;
    let first = recording.token(&world, "export ACCESS_TOKEN=$(tok get moost)", &["get", "moost"])?;
    recording.saw("GET /moost/auth/token/v1?clientId=…&clientSecret=…")?;
    let opaque = recording.token(&world, "tok get moov", &["get", "moov"])?;
    recording.saw("POST /moov/oauth2/token · Basic … · {\"grant_type\":\"client_credentials\"}")?;
    recording.token(&world, "tok get metapack", &["get", "metapack"])?;
    recording.saw("POST /metapack/oauth · Basic … · grant_type=client_credentials")?;
    recording.token(&world, "tok get depotfinity", &["get", "depotfinity"])?;
    recording.saw("POST /depotfinity/oauth2/token · Basic … · grant_type=client_credentials")?;
    recording.token(&world, "tok get json-body", &["get", "json-body"])?;
    recording.saw(concat!(
        "POST /json-body/oauth/token · ",
        "{\"client_id\":\"…\",\"client_secret\":\"…\",\"grant_type\":\"client_credentials\"}"
    ))?;

    recording.say("Again: the tokens come from the cache. No request, no waiting.")?;
    let again = recording.token(&world, "export ACCESS_TOKEN=$(tok get moost)", &["get", "moost"])?;
    recording.check(again == first, "a second `tok get moost` prints the first one's token")?;
    let again = recording.token(&world, "tok get moov", &["get", "moov"])?;
    recording.check(again == opaque, "a second `tok get moov` prints the first one's token")?;
    recording.saw_nothing()?;

    recording.say("How long is it good, and what is in it? Neither question asks the server.")?;
    let expiry = recording.run(&world, "tok expiry moost", &["expiry", "moost"], 0)?;
    let in_a_day = ["(in 1d)", "(in 23h 59m)"].iter().any(|span| expiry.stdout.contains(span));
    recording.check(in_a_day, "moost's token expires in a day")?;
    let inspected = recording.run(&world, "tok inspect moost", &["inspect", "moost"], 0)?;
    recording.check(inspected.stdout.contains("read:buildings"), "`tok inspect` shows the scope")?;
    recording.check(!inspected.stdout.contains(&first), "`tok inspect` does not show the token")?;

    recording.say("Moov's reply brought a refresh token, so a new token costs no credentials.")?;
    let renewed = recording.token(&world, "tok get --fresh moov", &["get", "--fresh", "moov"])?;
    recording.check(renewed != opaque, "`--fresh` brings another token")?;
    recording.saw(
        "POST /moov/oauth2/token · Basic … · {\"grant_type\":\"refresh_token\",\"refresh_token\":\"…\"}",
    )?;

    recording.say("Wrong credentials: nothing on standard output, a message, an exit code for scripts.")?;
    world.set("API_CLIENT_SECRET", "wrong");
    let refused =
        recording.run(&world, "API_CLIENT_SECRET=wrong tok get json-body", &["get", "json-body"], 5)?;
    recording.check(refused.stdout.is_empty(), "a failure prints nothing on standard output")?;
    recording.check(refused.stderr.contains("invalid_client"), "the message has the server's own words")?;
    recording.finish(&world)
}
