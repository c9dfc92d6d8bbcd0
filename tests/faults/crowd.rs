//! F1: many processes at once ask for one token.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::Signal;

use crate::faults::server::{Mode, status};
use crate::faults::world::{Ran, Running, World};

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
    /// How many seconds ago a token of an hour was cached; 0: none is.
    age: i64,
    /// What every request is answered, and the exit code that comes of it.
    failure: Option<(&'static str, &'static str, i32)>,
    asker: Asker,
    most_requests: usize,
}

const EXPIRED: i64 = 7200;

const CROWDS: [Crowd; 12] = {
    let usual = Crowd {
        name: "",
        profile: "usual",
        age: 0,
        failure: None,
        asker: Asker::Lives,
        most_requests: 1,
    };
    let killed = Crowd {
        asker: Asker::IsKilled,
        most_requests: 2,
        ..usual
    };
    let stopped = Crowd {
        asker: Asker::IsStopped,
        most_requests: 3,
        ..usual
    };
    [
        Crowd {
            name: "empty cache",
            ..usual
        },
        Crowd {
            name: "expired",
            age: EXPIRED,
            ..usual
        },
        Crowd {
            name: "single-use refresh token",
            profile: "rotating",
            age: EXPIRED,
            ..usual
        },
        Crowd {
            name: "two minutes left",
            age: 3480,
            ..usual
        },
        Crowd {
            name: "every answer 503",
            failure: Some(("503 Busy", "", 8)),
            most_requests: 20,
            ..usual
        },
        Crowd {
            name: "every answer 429",
            failure: Some(("429 Slow", "Retry-After: 60\r\n", 6)),
            ..usual
        },
        Crowd {
            name: "every answer 401",
            failure: Some(("401 No", "", 5)),
            ..usual
        },
        Crowd {
            name: "asker killed",
            ..killed
        },
        // The refresh token that was spent is tried, and then the grant.
        Crowd {
            name: "asker killed, single use",
            profile: "rotating",
            age: EXPIRED,
            most_requests: 3,
            ..killed
        },
        Crowd {
            name: "asker stopped",
            ..stopped
        },
        Crowd {
            name: "asker stopped, expired",
            age: EXPIRED,
            ..stopped
        },
        Crowd {
            name: "asker stopped, single use",
            profile: "rotating",
            age: EXPIRED,
            most_requests: 1,
            ..stopped
        },
    ]
};

pub fn check(binary: &Path, count: usize) -> (usize, Vec<String>) {
    let mut failures = Vec::new();
    for crowd in &CROWDS {
        failures.extend(
            gather(binary, crowd, count)
                .into_iter()
                .map(|what| format!("{}: {what}", crowd.name)),
        );
    }
    (CROWDS.len() * (count / 4 * 4), failures)
}

fn gather(binary: &Path, crowd: &Crowd, count: usize) -> Vec<String> {
    let world = World::new(binary);
    let timeout = if crowd.asker == Asker::IsStopped {
        2
    } else {
        30
    };
    world.profiles(&format!("timeout = \"{timeout}s\""));
    if crowd.age > 0 {
        if world.get(crowd.profile).code != Some(0) {
            return vec!["the first token cannot be had".to_owned()];
        }
        world.shift(crowd.profile, -crowd.age, -crowd.age);
    }
    let before = world.server.count();
    world.server.set(match (crowd.failure, crowd.asker) {
        (Some((line, headers, _)), _) => status(line, headers, "{}"),
        (None, Asker::Lives) => Mode::Slow(Duration::from_millis(300)),
        (None, _) => Mode::HoldFirst,
    });
    let begun = Instant::now();
    let running: Mutex<Vec<Running>> = Mutex::new(Vec::new());
    let asker = thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..count / 4 {
                    let process = Running::start(world.tok(&["get", crowd.profile]));
                    running.lock().unwrap().push(process);
                }
            });
        }
        (crowd.asker != Asker::Lives).then(|| stop_the_asker(&world, before, &running))
    });
    let started = begun.elapsed();
    if asker == Some(None) {
        return vec!["the asking process cannot be found".to_owned()];
    }
    let mut running = running.into_inner().unwrap();
    let asker = asker.flatten().map(|id| {
        let at = running
            .iter()
            .position(|process| process.child.id() == id)
            .unwrap();
        running.swap_remove(at)
    });
    world.server.release();
    if let Some(asker) = asker.as_ref().filter(|_| crowd.asker == Asker::IsKilled) {
        asker.signal(Signal::KILL);
    }
    let limit = Duration::from_secs(120);
    let ran: Vec<Ran> = running
        .into_iter()
        .map(|process| process.finish(limit))
        .collect();
    let requests = world.server.count() - before;
    if let Some(asker) = asker {
        asker.signal(Signal::CONT);
        asker.finish(limit);
    }
    // A holder that hangs costs `timeout` + 5 s, then one asks; a crowd needs its time to start and to end.
    let slack = started * 3
        + Duration::from_secs(5)
        + Duration::from_millis(10) * u32::try_from(count).unwrap();
    let wait = if crowd.asker == Asker::IsStopped {
        timeout + 5
    } else {
        1
    };
    let longest = ran.iter().map(|ran| ran.took).max().unwrap_or_default();
    eprintln!(
        "  {:<26} {requests:>3} requests, longest {longest:?}, all started in {started:?}",
        crowd.name
    );
    let mut failures = classify(&world, crowd, requests, &ran);
    let allowed = Duration::from_secs(wait) + slack;
    if longest > allowed {
        failures.push(format!(
            "one waited for {longest:?}, allowed are {allowed:?}"
        ));
    }
    failures
}

fn classify(world: &World, crowd: &Crowd, requests: usize, ran: &[Ran]) -> Vec<String> {
    let mut failures = Vec::new();
    if requests > crowd.most_requests {
        failures.push(format!(
            "{requests} requests, at most {} are allowed",
            crowd.most_requests
        ));
    }
    if world.server.state().reused > 0 && crowd.asker != Asker::IsKilled {
        failures.push("a spent refresh token was sent again".to_owned());
    }
    let answers: BTreeSet<_> = ran
        .iter()
        .map(|ran| (ran.code, ran.stdout.clone()))
        .collect();
    let code = match crowd {
        Crowd {
            failure: Some((_, _, code)),
            ..
        } => *code,
        Crowd {
            asker: Asker::IsStopped,
            profile: "rotating",
            ..
        } => 13,
        _ => 0,
    };
    // While a token lives, those who do not renew it are served it.
    let most_answers = if crowd.age > 0 && crowd.age < 3600 {
        2
    } else {
        1
    };
    let codes: BTreeSet<_> = ran.iter().map(|ran| ran.code).collect();
    if answers.len() > most_answers || codes != BTreeSet::from([Some(code)]) {
        let odd = ran
            .iter()
            .find(|ran| ran.code != Some(code))
            .unwrap_or(&ran[0]);
        failures.push(format!(
            "{} different answers, codes {codes:?}: {}",
            answers.len(),
            odd.told()
        ));
    }
    let is_issued = |ran: &Ran| {
        ran.token()
            .is_some_and(|token| world.server.issued(token).is_some())
    };
    if code == 0 && !ran.iter().all(is_issued) {
        failures.push("a token was printed that was never issued".to_owned());
    }
    failures
}

/// Stops the process that asks as soon as the server has seen its request, and says which one it is.
fn stop_the_asker(world: &World, before: usize, running: &Mutex<Vec<Running>>) -> Option<u32> {
    if !world
        .server
        .wait_for_requests(before + 1, Duration::from_secs(20))
    {
        return None;
    }
    // It may have been started just now.
    let find = || {
        running
            .lock()
            .unwrap()
            .iter()
            .find(|process| has_connection(process))
            .map(told_to_stop)
    };
    let end = Instant::now() + Duration::from_secs(5);
    let mut found = find();
    while found.is_none() && Instant::now() < end {
        thread::sleep(Duration::from_millis(1));
        found = find();
    }
    found
}

fn told_to_stop(process: &Running) -> u32 {
    process.signal(Signal::STOP);
    process.child.id()
}

/// Whether a process talks to the server: those who wait have no connection.
fn has_connection(process: &Running) -> bool {
    let Ok(items) = fs::read_dir(format!("/proc/{}/fd", process.child.id())) else {
        return false;
    };
    items.flatten().any(|item| {
        fs::read_link(item.path()).is_ok_and(|link| link.to_string_lossy().starts_with("socket:"))
    })
}
