//! F2: a process ends at any system call; the next one notices nothing.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use crate::faults::server::{Mode, status};
use crate::faults::strace::{self, Call};
use crate::faults::world::{Snapshot, World, holds, in_parallel};

/// What is in the cache when it happens.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Scene {
    Cold,
    Expired,
    Refresh,
    Beside,
    Failing,
}

impl Scene {
    pub const ALL: [Self; 5] = [
        Self::Cold,
        Self::Expired,
        Self::Refresh,
        Self::Beside,
        Self::Failing,
    ];

    pub fn profile(self) -> &'static str {
        if self == Self::Refresh {
            "rotating"
        } else {
            "usual"
        }
    }

    pub fn line(self) -> String {
        format!("get {}", self.profile())
    }

    /// The cache as it is before.
    pub fn snapshot(self, world: &World) -> Snapshot {
        world.server.set(Mode::Issue);
        world.clear();
        match self {
            Self::Cold => return Vec::new(),
            Self::Expired | Self::Refresh => {
                world.fill(self.profile());
                world.shift(self.profile(), -7200, -7200);
            }
            Self::Beside | Self::Failing => world.fill("beside"),
        }
        let files = world.files();
        assert!(!files.is_empty(), "{self:?}: nothing is cached");
        files
    }

    /// Puts cache and server back.
    pub fn set(self, world: &World, files: &Snapshot) {
        world.restore(files);
        let text: String = files
            .iter()
            .map(|(_, bytes)| String::from_utf8_lossy(bytes))
            .collect();
        let refresh = text.split("\"refresh_token\":\"").nth(1);
        let refresh = refresh.and_then(|rest| rest.split('"').next());
        let mut state = world.server.state();
        state.refresh_token = refresh.map(str::to_owned);
        state.reused = 0;
        state.mode = match self {
            Self::Failing => status("503 Busy", "Retry-After: 60\r\n", "{}"),
            _ => Mode::Issue,
        };
    }
}

/// Where this runs in the background of a shell, INT is ignored.
const SIGNALS: [&str; 4] = ["KILL", "TERM", "INT", "HUP"];

pub fn check(full: bool) -> (usize, Vec<String>) {
    let mut jobs = Vec::new();
    for scene in Scene::ALL {
        let world = World::new();
        scene.set(&world, &scene.snapshot(&world));
        let calls = strace::different_calls(&world, &scene.line());
        let is_profiles = |(_, call): &(usize, Call)| call.line.contains("profiles.toml");
        let begin = calls.iter().position(is_profiles).unwrap_or(0);
        for (index, call) in calls.into_iter().skip(begin) {
            // All four signals end the process in the same way; in the short form they take turns.
            let turn = index % SIGNALS.len();
            let signals = if full {
                &SIGNALS[..]
            } else {
                &SIGNALS[turn..=turn]
            };
            jobs.extend(signals.iter().map(|signal| (scene, call.clone(), *signal)));
        }
    }
    let ended = AtomicUsize::new(0);
    let prepare = |world: &World| world.profiles("cool_down = \"1s\"");
    let mut failures = in_parallel(&jobs, prepare, |world, (scene, call, signal)| {
        let found = kill(world, *scene, call, signal, &ended).into_iter();
        let place = |what| format!("{scene:?}, {signal} at {}: {what}", call.line);
        found.map(place).collect()
    });
    // Threads come to their calls in another order each time, so that a few points are not reached.
    let (ended, all) = (ended.into_inner(), jobs.len());
    eprintln!("  {ended} of {all} were ended by their signal");
    if ended * 10 < all * 8 {
        failures.push(format!("only {ended} of {all} were ended"));
    }
    (all, failures)
}

fn kill(
    world: &World,
    scene: Scene,
    call: &Call,
    signal: &str,
    ended: &AtomicUsize,
) -> Vec<String> {
    let before = scene.snapshot(world);
    scene.set(world, &before);
    let mut failures = Vec::new();
    let ran = strace::signal(world, call, signal, &scene.line());
    if ran.signal.is_some() {
        ended.fetch_add(1, Ordering::Relaxed);
    }
    if ran.is_late {
        failures.push(ran.summary());
    }
    let open = world.open_to_others();
    if !open.is_empty() {
        failures.push(format!("others may read {open:?}"));
    }
    world.server.settle();
    let after = world.files();
    let mut others = before
        .iter()
        .filter(|(_, bytes)| holds(bytes, "\"beside\""));
    if !others.all(|file| after.contains(file)) {
        failures.push("another token was touched".to_owned());
    }
    let (current, count) = {
        let mut state = world.server.state();
        state.mode = Mode::Issue;
        (state.refresh_token.clone(), state.requests)
    };
    let is_on_disk = |text: &String| {
        after
            .iter()
            .any(|(_, bytes)| holds(bytes, &format!("\"{text}\"")))
    };
    let is_kept = current.as_ref().is_some_and(is_on_disk);
    // A failure may be remembered for as long as the server asked.
    let flag = if scene == Scene::Failing { "-f" } else { "" };
    let next = world.run(&format!("{} {flag}", scene.line()));
    if !world.is_issued(&next) || next.took > Duration::from_secs(5) {
        failures.push(format!("the next one fails: {}", next.summary()));
    }
    if is_kept && world.server.state().reused > 0 {
        let requests = world.server.count() - count;
        failures.push(format!(
            "a refresh token on the disk was lost ({requests} requests)"
        ));
    }
    let count = world.server.count();
    let third = world.get(scene.profile());
    if third.stdout != next.stdout || world.server.count() != count {
        failures.push(format!("the one after it is no hit: {}", third.summary()));
    }
    let unfinished = || {
        let mut names = world.files().into_iter().map(|(name, _)| name);
        names.find(|name| name.contains("tmp"))
    };
    if unfinished().is_some() {
        drop(world.run(&format!("{} -f", scene.line())));
        failures.extend(unfinished().map(|name| format!("`{name}` stays for ever")));
    }
    failures
}
