//! F1: many processes at once ask for one token.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::Signal;

use crate::server::{Mode, status};
use crate::world::{Ran, Running, World};

/// What happens to the process that asks.
#[derive(Clone, Copy, PartialEq)]
enum Asker {
    Lives,
    IsKilled,
    IsStopped,
}

struct Crowd {
    name: &'static str,
    profile: &'static str,
    /// Whether a token is cached, and expired.
    expired: bool,
    failing: bool,
    asker: Asker,
    most_requests: usize,
}

const TIMEOUT: u64 = 2;

const CROWDS: [Crowd; 9] = {
    let usual = Crowd {
        name: "",
        profile: "usual",
        expired: false,
        failing: false,
        asker: Asker::Lives,
        most_requests: 1,
    };
    [
        Crowd { name: "empty cache", ..usual },
        Crowd { name: "expired", expired: true, ..usual },
        Crowd { name: "single-use refresh token", profile: "rotating", expired: true, ..usual },
        Crowd { name: "every answer 503", failing: true, most_requests: 20, ..usual },
        Crowd { name: "asker killed", asker: Asker::IsKilled, most_requests: 2, ..usual },
        Crowd {
            name: "asker killed, single use",
            asker: Asker::IsKilled,
            most_requests: 3,
            profile: "rotating",
            expired: true,
            ..usual
        },
        Crowd { name: "asker stopped", asker: Asker::IsStopped, most_requests: 3, ..usual },
        Crowd {
            name: "asker stopped, expired",
            asker: Asker::IsStopped,
            most_requests: 3,
            expired: true,
            ..usual
        },
        Crowd {
            name: "asker stopped, single use",
            asker: Asker::IsStopped,
            most_requests: 1,
            profile: "rotating",
            expired: true,
            ..usual
        },
    ]
};

pub fn check(binary: &Path, count: usize) -> (usize, Vec<String>) {
    let mut failures = Vec::new();
    for crowd in &CROWDS {
        failures
            .extend(gather(binary, crowd, count).into_iter().map(|what| format!("{}: {what}", crowd.name)));
    }
    (CROWDS.len() * count, failures)
}

fn gather(binary: &Path, crowd: &Crowd, count: usize) -> Vec<String> {
    let world = World::new(binary);
    if crowd.expired {
        world.profiles("");
        if world.get(crowd.profile).code != Some(0) {
            return vec!["the first token cannot be had".to_owned()];
        }
        world.shift(crowd.profile, -7200, -7200);
    }
    if crowd.asker == Asker::IsStopped {
        set_timeout(&world);
    }
    let before = world.server.count();
    world.server.set(match (crowd.failing, crowd.asker) {
        (true, _) => status("503 Service Unavailable", "", "{}"),
        (_, Asker::Lives) => Mode::Slow(Duration::from_millis(300)),
        _ => Mode::Slow(Duration::from_millis(1500)),
    });
    let begun = Instant::now();
    let mut running: Vec<Running> = thread::scope(|scope| {
        let start = || (0..count / 4).map(|_| Running::start(world.tok(&["get", crowd.profile]))).collect();
        let starters: Vec<_> = (0..4).map(|_| scope.spawn(start)).collect();
        starters.into_iter().flat_map(|starter| -> Vec<Running> { starter.join().unwrap() }).collect()
    });
    let started = begun.elapsed();
    let mut failures = Vec::new();
    let mut asker = None;
    if crowd.asker != Asker::Lives {
        if !world.server.wait_for_requests(before + 1, Duration::from_secs(20)) {
            return vec!["nobody asks".to_owned()];
        }
        // The process with a client has a thread of the client's.
        let Some(at) = running.iter_mut().position(|process| has_client(process)) else {
            return vec!["the asking process cannot be found".to_owned()];
        };
        let process = running.swap_remove(at);
        process.signal(if crowd.asker == Asker::IsKilled { Signal::KILL } else { Signal::STOP });
        asker = Some(process);
    }
    let limit = Duration::from_secs(120);
    let ran: Vec<Ran> = running.into_iter().map(|process| process.finish(limit)).collect();
    let requests = world.server.count() - before;
    if let Some(asker) = asker {
        asker.signal(Signal::CONT);
        asker.finish(limit);
    }
    if requests > crowd.most_requests {
        failures.push(format!("{requests} requests, at most {} are allowed", crowd.most_requests));
    }
    if world.server.state().reused > 0 && crowd.asker != Asker::IsKilled {
        failures.push("a spent refresh token was sent again".to_owned());
    }
    let answers: BTreeSet<_> = ran.iter().map(|ran| (ran.code, ran.stdout.clone())).collect();
    let expected_code = match crowd {
        Crowd { failing: true, .. } => 8,
        Crowd { asker: Asker::IsStopped, profile: "rotating", .. } => 13,
        _ => 0,
    };
    if answers.len() != 1 || ran[0].code != Some(expected_code) {
        let codes: BTreeSet<_> = ran.iter().map(|ran| ran.code).collect();
        failures.push(format!("{} different answers, codes {codes:?}: {}", answers.len(), ran[0].told()));
    }
    if expected_code == 0
        && !ran.iter().all(|ran| ran.token().is_some_and(|token| world.server.issued(token).is_some()))
    {
        failures.push("a token was printed that was never issued".to_owned());
    }
    // A holder that hangs costs `timeout` + 5 s, then one asks; a crowd needs its time to start and to end.
    let slack =
        started * 3 + Duration::from_secs(5) + Duration::from_millis(10) * u32::try_from(count).unwrap();
    let allowed = match crowd.asker {
        Asker::IsStopped => Duration::from_secs(2 * TIMEOUT + 5),
        _ => Duration::from_secs(6),
    } + slack;
    let longest = ran.iter().map(|ran| ran.took).max().unwrap_or_default();
    if longest > allowed {
        failures.push(format!("one waited for {longest:?}, allowed are {allowed:?}"));
    }
    eprintln!(
        "  {:<26} {requests:>3} requests, {:>3} answers, longest {longest:?}",
        crowd.name,
        answers.len()
    );
    failures
}

fn set_timeout(world: &World) {
    // A time limit does not enter the cache key: the entry is still found.
    world.profiles(&format!("timeout = \"{TIMEOUT}s\""));
}

fn has_client(process: &mut Running) -> bool {
    let Ok(tasks) = fs::read_dir(format!("/proc/{}/task", process.child.id())) else { return false };
    tasks.flatten().any(|task| {
        fs::read_to_string(task.path().join("comm")).is_ok_and(|name| name.starts_with("reqwest"))
    })
}
