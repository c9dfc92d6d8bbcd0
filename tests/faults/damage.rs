//! F6 and F7: damaged entries, and a clock that is wrong.

use std::fs;
use std::path::{Path, PathBuf};

use crate::faults::server::{Mode, status, unix_now};
use crate::faults::world::{Ran, World, in_parallel, is_a};

#[derive(Clone, Copy, Debug)]
enum Damage {
    Cut(usize),
    Flip(usize, u8),
    Double(usize),
    Zero(usize),
}

/// The files of a cache that are read.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    Entry,
    CoolDown,
}

impl Kind {
    fn end(self) -> &'static str {
        match self {
            Self::Entry => "json",
            Self::CoolDown => "cool-down",
        }
    }

    /// Makes a cache with such a file in it, whole.
    fn make(self, world: &World) {
        world.restore(&Vec::new());
        if self == Self::CoolDown {
            world
                .server
                .set(status("429 Slow down", "Retry-After: 60\r\n", "{}"));
            world.get("usual");
            world.server.set(Mode::Issue);
            return;
        }
        world.get("usual");
    }

    fn file(self, world: &World) -> Option<PathBuf> {
        let found = world
            .files()
            .into_iter()
            .find(|(name, _)| is_a(name, self.end()));
        found.map(|(name, _)| world.cache().join(name))
    }
}

pub fn check(binary: &Path, full: bool) -> (usize, Vec<String>) {
    let (mut cases, mut failures) = (0, Vec::new());
    for kind in [Kind::Entry, Kind::CoolDown] {
        let world = World::new(binary);
        kind.make(&world);
        let Some(file) = kind.file(&world) else {
            failures.push(format!("there is no {kind:?}"));
            continue;
        };
        let length = fs::read(file).unwrap().len();
        let mut jobs = Vec::new();
        for at in 0..length {
            jobs.push(Damage::Cut(at));
            let bits = 0..8_u8;
            jobs.extend(
                bits.filter(|bit| full || usize::from(*bit) == at % 8)
                    .map(|bit| Damage::Flip(at, bit)),
            );
            if full || at % 4 == 0 {
                jobs.push(Damage::Double(at));
                jobs.push(Damage::Zero(at));
            }
        }
        cases += jobs.len();
        let found = in_parallel(
            binary,
            &jobs,
            |world| kind.make(world),
            |world, damage| {
                spoil(world, kind, *damage)
                    .into_iter()
                    .map(|what| format!("{kind:?}, {what}"))
                    .collect()
            },
        );
        failures.extend(found);
    }
    (cases, failures)
}

fn spoil(world: &World, kind: Kind, damage: Damage) -> Vec<String> {
    let Some(path) = kind.file(world) else {
        return vec!["there is no such file".to_owned()];
    };
    let before = world.files();
    let mut bytes = fs::read(&path).unwrap();
    match damage {
        Damage::Cut(at) => bytes.truncate(at),
        Damage::Flip(at, bit) if at < bytes.len() => bytes[at] ^= 1 << bit,
        Damage::Double(at) if at < bytes.len() => bytes.insert(at, bytes[at]),
        // As after a power cut: the length is there, the blocks are not.
        Damage::Zero(at) if at < bytes.len() => bytes[at..].fill(0),
        _ => {}
    }
    fs::write(&path, &bytes).unwrap();
    let is_issued = |ran: &Ran| {
        ran.token()
            .is_some_and(|token| world.server.issued(token).is_some())
    };
    let mut failures = Vec::new();
    match kind {
        Kind::Entry => {
            let cached = world.run(&["get", "--cached", "usual"]);
            if !is_issued(&cached) && (cached.code != Some(11) || !cached.stdout.is_empty()) {
                failures.push(format!("{damage:?}: {}", cached.told()));
            }
        }
        // It counts as it is, or not at all.
        Kind::CoolDown => {
            let ran = world.get("usual");
            let is_cooling =
                ran.code == Some(6) && ran.stdout.is_empty() && ran.stderr.contains("not retrying");
            if !is_issued(&ran) && !is_cooling {
                failures.push(format!("{damage:?}: {}", ran.told()));
            }
        }
    }
    // Now and then all the way: a new token, and what was damaged is whole again.
    if matches!(damage, Damage::Cut(at) | Damage::Flip(at, _) if at % 32 == 0) {
        let next = world.run(if kind == Kind::CoolDown {
            &["get", "-f", "usual"]
        } else {
            &["get", "usual"]
        });
        let is_hit = world.run(&["get", "--cached", "usual"]).stdout == next.stdout;
        if next.token().is_none() || !is_hit {
            failures.push(format!("{damage:?}: it is not mended: {}", next.told()));
        }
    }
    world.restore(&before);
    failures
}

/// The clock is set by moving the entry's times the other way.
pub fn clocks(binary: &Path) -> (usize, Vec<String>) {
    let world = World::new(binary);
    let (mut cases, mut failures) = (0, Vec::new());
    for profile in ["usual", "rotating"] {
        for by in [60, 86_400, 3_652 * 86_400] {
            for direction in [-1, 1] {
                cases += 1;
                let ahead = by * direction;
                world.restore(&Vec::new());
                let old = world.get(profile);
                world.shift(profile, -ahead, -ahead);
                let count = world.server.count();
                let ran = world.get(profile);
                let asked = world.server.count() > count;
                // Ahead: only a minute leaves the hour's token good. Back: the entry is from the future.
                let should_ask = ahead != 60;
                let is_alive = ran
                    .token()
                    .and_then(|token| world.server.issued(token))
                    .is_some_and(|issued| issued.until > unix_now());
                if asked != should_ask || !is_alive || (ran.stdout == old.stdout) == should_ask {
                    failures.push(format!(
                        "{profile}, clock {ahead} s ahead: asked {asked}, {}",
                        ran.told()
                    ));
                }
                let expiry = world.run(&["get", "--cached", profile]);
                if expiry.stdout != ran.stdout {
                    failures.push(format!(
                        "{profile}, clock {ahead} s ahead, the next: {}",
                        expiry.told()
                    ));
                }
            }
        }
    }
    (cases, failures)
}
