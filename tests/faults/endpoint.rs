//! F8: the token endpoint is broken while a token is cached that is alive, or dead.

use std::path::Path;
use std::time::Duration;

use crate::faults::server::{Mode, status};
use crate::faults::world::{World, in_parallel};

const TIMEOUT: u64 = 2;

pub fn check(binary: &Path) -> (usize, Vec<String>) {
    let html = status(
        "200 OK",
        "Content-Type: text/html\r\n",
        "<html>Sign in</html>",
    );
    let expiring = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"access_token\":\"half";
    let modes: Vec<(&str, Option<Mode>, i32)> = vec![
        ("refused", None, 7),
        ("reset", Some(Mode::Reset), 7),
        ("silent", Some(Mode::Hang), 7),
        ("500", Some(status("500 Oops", "", "")), 8),
        ("503", Some(status("503 Busy", "", "")), 8),
        (
            "503, come back",
            Some(status("503 Busy", "Retry-After: 3600\r\n", "")),
            8,
        ),
        ("429", Some(status("429 Slow down", "", "{}")), 6),
        (
            "429, come back",
            Some(status("429 Slow down", "Retry-After: 1\r\n", "{}")),
            6,
        ),
        (
            "401",
            Some(status("401 No", "", r#"{"error":"invalid_client"}"#)),
            5,
        ),
        (
            "400",
            Some(status("400 No", "", r#"{"error":"invalid_grant"}"#)),
            5,
        ),
        (
            "302",
            Some(status(
                "302 There",
                "Location: https://example.com/\r\n",
                "",
            )),
            8,
        ),
        ("HTML", Some(html), 8),
        (
            "an error in a 200",
            Some(status("200 OK", "", r#"{"error":"invalid_request"}"#)),
            5,
        ),
        ("half a reply", Some(Mode::Raw(expiring.to_owned())), 7),
        (
            "garbage",
            Some(Mode::Raw("\u{1}\u{2}\u{3} garbage\r\n\r\n".to_owned())),
            8,
        ),
        ("empty", Some(status("200 OK", "", "")), 8),
        // It dies while the server is waited for.
        ("silent until it is dead", Some(Mode::Hang), 7),
    ];
    let mut jobs = Vec::new();
    for mode in modes {
        for profile in ["usual", "rotating"] {
            for is_alive in [true, false] {
                jobs.push((mode.clone(), profile, is_alive));
            }
        }
    }
    let failures = in_parallel(
        binary,
        &jobs,
        configure,
        |world, ((name, mode, code), profile, is_alive)| {
            let told = |what| format!("{name}, {profile}, alive {is_alive}: {what}");
            let failure = break_down(world, name, mode.as_ref(), *code, profile, *is_alive);
            failure.into_iter().map(told).collect()
        },
    );
    (jobs.len(), failures)
}

fn break_down(
    world: &World,
    name: &str,
    mode: Option<&Mode>,
    code: i32,
    profile: &str,
    is_alive: bool,
) -> Vec<String> {
    let own;
    let world = if mode.is_some() {
        world
    } else {
        // Its server ends for good.
        own = World::new(&world.binary);
        configure(&own);
        &own
    };
    world.server.set(Mode::Issue);
    world.restore(&Vec::new());
    let old = world.get(profile);
    let dies = name.ends_with("dead");
    // An hour's token with two minutes left is worth renewing.
    let ahead = if dies {
        3599
    } else if is_alive {
        3480
    } else {
        3700
    };
    if dies {
        // A token of five seconds, in its last quarter.
        world.shift(profile, -4, 1 - 3600);
    } else {
        world.shift(profile, -ahead, -ahead);
    }
    match mode {
        Some(mode) => world.server.set(mode.clone()),
        None => world.server.stop(),
    }
    let count = world.server.count();
    let ran = world.get(profile);
    let requests = world.server.count() - count;
    let mut failures = Vec::new();
    let serves = is_alive && !dies;
    if serves {
        if ran.stdout != old.stdout || ran.code != Some(0) || !ran.stderr.starts_with("warning: ") {
            failures.push(format!("the living token is not printed: {}", ran.told()));
        }
    } else if ran.code != Some(code) || !ran.stdout.is_empty() {
        failures.push(format!("it should be code {code}: {}", ran.told()));
    }
    if requests > 5 || ran.took > Duration::from_secs(TIMEOUT + 5) {
        failures.push(format!("{requests} requests in {:?}", ran.took));
    }
    if ran.stderr.contains("refresh-") || ran.stderr.contains("token-") {
        failures.push(format!("a token is in the message: {}", ran.stderr));
    }
    failures
}

fn configure(world: &World) {
    world.profiles(&format!("timeout = \"{TIMEOUT}s\"\ncool_down = \"1s\""));
}
