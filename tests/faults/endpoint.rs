//! F8: the token endpoint is broken while a token is cached that is alive, or dead.

use std::time::Duration;

use crate::faults::server::{Mode, status};
use crate::faults::world::{World, in_parallel};

const TIMEOUT: u64 = 2;

/// What goes wrong, and the exit code where no token is left. Without a mode the server ends for good.
struct Fault(&'static str, Option<Mode>, i32);

fn faults() -> Vec<Fault> {
    let fault = |name, mode, code| Fault(name, Some(mode), code);
    let refusal = |code: &str| format!(r#"{{"error":"{code}"}}"#);
    let half = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"access_token\":\"half";
    let garbage = b"\x01\x02\x03 garbage\r\n\r\n";
    let (later, soon) = ("Retry-After: 3600\r\n", "Retry-After: 1\r\n");
    let place = "Location: https://example.com/\r\n";
    let html = status(
        "200 OK",
        "Content-Type: text/html\r\n",
        "<html>Sign in</html>",
    );
    vec![
        Fault("refused", None, 7),
        fault("reset", Mode::Reset, 7),
        fault("silent", Mode::Hang, 7),
        fault("500", status("500 Oops", "", ""), 8),
        fault("503", status("503 Busy", "", ""), 8),
        fault("503, come back", status("503 Busy", later, ""), 8),
        fault("429", status("429 Slow down", "", "{}"), 6),
        fault("429, come back", status("429 Slow down", soon, "{}"), 6),
        fault("401", status("401 No", "", &refusal("invalid_client")), 5),
        fault("400", status("400 No", "", &refusal("invalid_grant")), 5),
        fault("302", status("302 There", place, ""), 8),
        fault("HTML", html, 8),
        fault(
            "an error in a 200",
            status("200 OK", "", &refusal("invalid_request")),
            5,
        ),
        fault("half a reply", Mode::Raw(half.to_vec()), 7),
        fault("garbage", Mode::Raw(garbage.to_vec()), 8),
        fault("empty", status("200 OK", "", ""), 8),
        // It dies while the server is waited for.
        fault("silent until it is dead", Mode::Hang, 7),
    ]
}

pub fn check() -> (usize, Vec<String>) {
    let faults = faults();
    let mut jobs = Vec::new();
    for fault in &faults {
        for profile in ["usual", "rotating"] {
            jobs.extend([true, false].map(|is_alive| (fault, profile, is_alive)));
        }
    }
    let failures = in_parallel(&jobs, configure, |world, (fault, profile, is_alive)| {
        let found = break_down(world, fault, profile, *is_alive).into_iter();
        found
            .map(|what| format!("{}, {profile}, alive {is_alive}: {what}", fault.0))
            .collect()
    });
    (jobs.len(), failures)
}

fn break_down(world: &World, fault: &Fault, profile: &str, is_alive: bool) -> Vec<String> {
    let Fault(name, mode, code) = fault;
    let own;
    let world = if mode.is_some() {
        world
    } else {
        own = World::new();
        configure(&own);
        &own
    };
    world.server.set(Mode::Issue);
    world.clear();
    let old = world.get(profile);
    let dies = name.ends_with("dead");
    // Of an hour's token: five seconds in its last quarter, two minutes (which is worth renewing), none.
    let (from, until) = match (dies, is_alive) {
        (true, _) => (-4, 1 - 3600),
        (false, true) => (-3480, -3480),
        (false, false) => (-3700, -3700),
    };
    world.shift(profile, from, until);
    match mode {
        Some(mode) => world.server.set(mode.clone()),
        None => world.server.stop(),
    }
    let count = world.server.count();
    let ran = world.get(profile);
    let requests = world.server.count() - count;
    let mut failures = Vec::new();
    if is_alive && !dies {
        let is_served = ran.stdout == old.stdout && ran.code == 0;
        if !is_served || !ran.stderr.starts_with("warning: ") {
            failures.push(format!(
                "the living token is not printed: {}",
                ran.summary()
            ));
        }
    } else if ran.code != *code || !ran.stdout.is_empty() {
        failures.push(format!("it should be code {code}: {}", ran.summary()));
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
