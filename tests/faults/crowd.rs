//! F1: many processes at once ask for one token.

use std::collections::BTreeSet;
use std::fs;
use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::Signal;

use crate::faults::server::{Mode, status};
use crate::faults::world::World;
use crate::support::{Outcome, Running};

/// What happens to the process that asks.
#[derive(Clone, Copy, PartialEq)]
enum Asker {
    Lives,
    IsKilled,
    IsStopped,
}

#[derive(Clone, Copy)]
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

const fn crowd(name: &'static str, most_requests: usize) -> Crowd {
    Crowd {
        name,
        profile: "usual",
        age: 0,
        failure: None,
        asker: Asker::Lives,
        most_requests,
    }
}

impl Crowd {
    const fn age(self, age: i64) -> Self {
        Self { age, ..self }
    }

    /// A single-use refresh token is to be spent.
    const fn rotating(self) -> Self {
        let profile = "rotating";
        Self {
            profile,
            age: EXPIRED,
            ..self
        }
    }

    const fn fails(self, status: &'static str, headers: &'static str, code: i32) -> Self {
        let failure = Some((status, headers, code));
        Self { failure, ..self }
    }

    const fn asker(self, asker: Asker) -> Self {
        Self { asker, ..self }
    }
}

const CROWDS: [Crowd; 12] = [
    crowd("empty cache", 1),
    crowd("expired", 1).age(EXPIRED),
    crowd("single-use refresh token", 1).rotating(),
    crowd("two minutes left", 1).age(3480),
    crowd("every answer 503", 20).fails("503 Busy", "", 8),
    crowd("every answer 429", 1).fails("429 Slow", "Retry-After: 60\r\n", 6),
    crowd("every answer 401", 1).fails("401 No", "", 5),
    crowd("asker killed", 2).asker(Asker::IsKilled),
    // The refresh token that was spent is tried, and then the grant.
    crowd("asker killed, single use", 3)
        .rotating()
        .asker(Asker::IsKilled),
    crowd("asker stopped", 3).asker(Asker::IsStopped),
    crowd("asker stopped, expired", 3)
        .age(EXPIRED)
        .asker(Asker::IsStopped),
    crowd("asker stopped, single use", 1)
        .rotating()
        .asker(Asker::IsStopped),
];

pub fn check(count: usize) -> (usize, Vec<String>) {
    let mut failures = Vec::new();
    for crowd in &CROWDS {
        let found = gather(crowd, count).into_iter();
        failures.extend(found.map(|what| format!("{}: {what}", crowd.name)));
    }
    (CROWDS.len() * (count / 4 * 4), failures)
}

fn gather(crowd: &Crowd, count: usize) -> Vec<String> {
    let world = World::new();
    let is_stopped = crowd.asker == Asker::IsStopped;
    let timeout = if is_stopped { 2 } else { 30 };
    world.profiles(&format!("timeout = \"{timeout}s\""));
    if crowd.age > 0 {
        if world.get(crowd.profile).code != 0 {
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
    let (begun, line) = (Instant::now(), format!("get {}", crowd.profile));
    let running: Mutex<Vec<Running>> = Mutex::new(Vec::new());
    let asker = thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..count / 4 {
                    let process = world.sandbox.start(&line);
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
        let at = running.iter().position(|process| process.id() == id);
        running.swap_remove(at.unwrap())
    });
    world.server.release();
    if let Some(asker) = asker.as_ref().filter(|_| crowd.asker == Asker::IsKilled) {
        asker.signal(Signal::KILL);
    }
    let limit = Duration::from_secs(120);
    let ran: Vec<Outcome> = running
        .into_iter()
        .map(|process| process.finish_within(limit))
        .collect();
    let requests = world.server.count() - before;
    if let Some(asker) = asker {
        asker.signal(Signal::CONT);
        drop(asker.finish_within(limit));
    }
    // A holder that hangs costs `timeout` + 5 s, then one asks; a crowd needs its time to start and to end.
    let slack = started * 3
        + Duration::from_secs(5)
        + Duration::from_millis(10) * u32::try_from(count).unwrap();
    let wait = if is_stopped { timeout + 5 } else { 1 };
    let longest = ran.iter().map(|ran| ran.took).max().unwrap_or_default();
    let name = crowd.name;
    eprintln!(
        "  {name:<26} {requests:>3} requests, longest {longest:?}, all started in {started:?}"
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

fn classify(world: &World, crowd: &Crowd, requests: usize, ran: &[Outcome]) -> Vec<String> {
    let mut failures = Vec::new();
    let most = crowd.most_requests;
    if requests > most {
        failures.push(format!("{requests} requests, at most {most} are allowed"));
    }
    if world.server.state().reused > 0 && crowd.asker != Asker::IsKilled {
        failures.push("a spent refresh token was sent again".to_owned());
    }
    let answers: BTreeSet<_> = ran
        .iter()
        .map(|ran| (ran.code, ran.stdout.clone()))
        .collect();
    let is_rotating = crowd.profile == "rotating";
    let code = match crowd.failure {
        Some((_, _, code)) => code,
        None if crowd.asker == Asker::IsStopped && is_rotating => 13,
        None => 0,
    };
    // While a token lives, those who do not renew it are served it.
    let most_answers = if (1..3600).contains(&crowd.age) { 2 } else { 1 };
    let codes: BTreeSet<_> = ran.iter().map(|ran| ran.code).collect();
    if answers.len() > most_answers || codes != BTreeSet::from([code]) {
        let odd = ran.iter().find(|ran| ran.code != code).unwrap_or(&ran[0]);
        let count = answers.len();
        failures.push(format!(
            "{count} different answers, codes {codes:?}: {}",
            odd.summary()
        ));
    }
    if code == 0 && !ran.iter().all(|ran| world.is_issued(ran)) {
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
    let end = Instant::now() + Duration::from_secs(5);
    while Instant::now() < end {
        if let Some(process) = running
            .lock()
            .unwrap()
            .iter()
            .find(|process| has_connection(process))
        {
            process.signal(Signal::STOP);
            return Some(process.id());
        }
        thread::sleep(Duration::from_millis(1));
    }
    None
}

/// Whether a process talks to the server: those who wait have no connection.
fn has_connection(process: &Running) -> bool {
    let items = fs::read_dir(format!("/proc/{}/fd", process.id()))
        .into_iter()
        .flatten()
        .flatten();
    let mut links = items.filter_map(|item| fs::read_link(item.path()).ok());
    links.any(|link| link.to_string_lossy().starts_with("socket:"))
}
