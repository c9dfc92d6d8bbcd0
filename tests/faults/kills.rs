//! F2: a process ends at any system call; whoever comes next log nothing.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use crate::faults::server::{Mode, status};
use crate::faults::strace::{self, Call};
use crate::faults::world::{Snapshot, World, in_parallel};

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

    /// The cache as it is before.
    pub fn snapshot(self, world: &World) -> Snapshot {
        world.server.set(Mode::Issue);
        world.restore(&Vec::new());
        match self {
            Self::Cold => return Vec::new(),
            Self::Expired | Self::Refresh => {
                world.get(self.profile());
                world.shift(self.profile(), -7200, -7200);
            }
            Self::Beside | Self::Failing => {
                world.get("beside");
            }
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
        let mut state = world.server.state();
        state.refresh_token = text
            .split("\"refresh_token\":\"")
            .nth(1)
            .and_then(|rest| rest.split('"').next())
            .map(str::to_owned);
        state.reused = 0;
        state.mode = match self {
            Self::Failing => status("503 Busy", "Retry-After: 60\r\n", "{}"),
            _ => Mode::Issue,
        };
    }
}

/// Where this runs in the background of a shell, INT is ignored.
const SIGNALS: [&str; 4] = ["KILL", "TERM", "INT", "HUP"];

pub fn check(binary: &Path, full: bool) -> (usize, Vec<String>) {
    let mut jobs = Vec::new();
    for scene in Scene::ALL {
        let world = World::new(binary);
        scene.set(&world, &scene.snapshot(&world));
        let calls = strace::calls(&world, &arguments(scene));
        let begin = calls
            .iter()
            .position(|call| call.line.contains("profiles.toml"))
            .unwrap_or(0);
        let mut seen = std::collections::BTreeSet::new();
        for (index, call) in calls.into_iter().enumerate().skip(begin) {
            if !seen.insert((call.name.clone(), call.nth)) {
                continue;
            }
            // All four signals end the process in the same way; in the short form they take turns.
            let signals: &[&str] = if full {
                &SIGNALS
            } else {
                &SIGNALS[index % 4..=index % 4]
            };
            jobs.extend(signals.iter().map(|signal| (scene, call.clone(), *signal)));
        }
    }
    let ended = AtomicUsize::new(0);
    let mut failures = in_parallel(
        binary,
        &jobs,
        |world| world.profiles("cool_down = \"1s\""),
        |world, (scene, call, signal)| {
            let told = |what: String| format!("{scene:?}, {signal} at {}: {what}", call.line);
            kill(world, *scene, call, signal, &ended)
                .into_iter()
                .map(told)
                .collect()
        },
    );
    // Threads come to their calls in another order each time, so that a few points are not reached.
    let ended = ended.into_inner();
    eprintln!("  {ended} of {} were ended by their signal", jobs.len());
    if ended * 10 < jobs.len() * 8 {
        failures.push(format!("only {ended} of {} were ended", jobs.len()));
    }
    (jobs.len(), failures)
}

fn arguments(scene: Scene) -> [&'static str; 2] {
    ["get", scene.profile()]
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
    let ran = strace::signal(world, call, signal, &arguments(scene));
    if ran.signal.is_some() {
        ended.fetch_add(1, Ordering::Relaxed);
    }
    if ran.late {
        failures.push(ran.told());
    }
    let open = world.open_to_others();
    if !open.is_empty() {
        failures.push(format!("others may read {open:?}"));
    }
    world.server.settle();
    let after = world.files();
    let others_are_there = before
        .iter()
        .filter(|(_, bytes)| String::from_utf8_lossy(bytes).contains("\"beside\""))
        .all(|file| after.contains(file));
    if !others_are_there {
        failures.push("another token was touched".to_owned());
    }
    let (current, count) = {
        let mut state = world.server.state();
        state.mode = Mode::Issue;
        (state.refresh_token.clone(), state.requests.len())
    };
    let holds = |bytes: &[u8], text: &str| String::from_utf8_lossy(bytes).contains(text);
    let is_kept = |text: &String| {
        after
            .iter()
            .any(|(_, bytes)| holds(bytes, &format!("\"{text}\"")))
    };
    let kept = current.filter(is_kept);
    // A failure may be remembered for as long as the server asked.
    let again: &[&str] = if scene == Scene::Failing {
        &["get", "-f", "usual"]
    } else {
        &arguments(scene)
    };
    let next = world.run(again);
    let is_good = next
        .token()
        .is_some_and(|token| world.server.issued(token).is_some());
    if !is_good || next.took > Duration::from_secs(5) {
        failures.push(format!("the next one fails: {}", next.told()));
    }
    if kept.is_some() && world.server.state().reused > 0 {
        failures.push(format!(
            "a refresh token on the disk was lost ({} requests)",
            world.server.count() - count
        ));
    }
    let count = world.server.count();
    let third = world.get(scene.profile());
    if third.stdout != next.stdout || world.server.count() != count {
        failures.push(format!("the one after it is no hit: {}", third.told()));
    }
    let unfinished = || {
        world
            .files()
            .into_iter()
            .map(|(name, _)| name)
            .find(|name| name.contains("tmp"))
    };
    if unfinished().is_some() {
        world.run(&["get", "-f", scene.profile()]);
        failures.extend(unfinished().map(|name| format!("`{name}` stays for ever")));
    }
    failures
}
