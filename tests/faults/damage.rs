//! F6 and F7: damaged entries, and a clock that is wrong.

use std::fs;
use std::path::PathBuf;

use crate::faults::server::{Issued, Mode, status};
use crate::faults::world::{World, in_parallel, is_a};

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
        world.clear();
        if self == Self::CoolDown {
            let slow = status("429 Slow down", "Retry-After: 60\r\n", "{}");
            world.server.set(slow);
        }
        world.fill("usual");
        world.server.set(Mode::Issue);
    }

    fn file(self, world: &World) -> Option<PathBuf> {
        let mut files = world.files().into_iter();
        let found = files.find(|(name, _)| is_a(name, self.end()));
        found.map(|(name, _)| world.cache().join(name))
    }
}

pub fn check(full: bool) -> (usize, Vec<String>) {
    let (mut cases, mut failures) = (0, Vec::new());
    for kind in [Kind::Entry, Kind::CoolDown] {
        let world = World::new();
        kind.make(&world);
        let Some(file) = kind.file(&world) else {
            failures.push(format!("there is no {kind:?}"));
            continue;
        };
        let mut jobs = Vec::new();
        for at in 0..fs::read(file).unwrap().len() {
            jobs.push(Damage::Cut(at));
            let bits = (0..8_u8).filter(|bit| full || usize::from(*bit) == at % 8);
            jobs.extend(bits.map(|bit| Damage::Flip(at, bit)));
            if full || at % 4 == 0 {
                jobs.extend([Damage::Double(at), Damage::Zero(at)]);
            }
        }
        cases += jobs.len();
        let work = |world: &World, damage: &Damage| {
            let found = spoil(world, kind, *damage).into_iter();
            found
                .map(|what| format!("{kind:?}, {damage:?}: {what}"))
                .collect()
        };
        failures.extend(in_parallel(&jobs, |world| kind.make(world), work));
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
    let mut failures = Vec::new();
    // It counts as it is, or not at all.
    let (ran, is_right) = match kind {
        Kind::Entry => {
            let ran = world.run("get --cached usual");
            let is_miss = ran.code == 11 && ran.stdout.is_empty();
            (ran, is_miss)
        }
        Kind::CoolDown => {
            let ran = world.get("usual");
            let is_cooling =
                ran.code == 6 && ran.stdout.is_empty() && ran.stderr.contains("not retrying");
            (ran, is_cooling)
        }
    };
    if !world.is_issued(&ran) && !is_right {
        failures.push(ran.summary());
    }
    // Now and then all the way: a new token, and the damaged file is whole again.
    if matches!(damage, Damage::Cut(at) | Damage::Flip(at, _) if at % 32 == 0) {
        let flag = if kind == Kind::CoolDown { "-f" } else { "" };
        let next = world.run(&format!("get usual {flag}"));
        let is_hit = world.run("get --cached usual").stdout == next.stdout;
        if next.token().is_none() || !is_hit {
            failures.push(format!("the next one is not well: {}", next.summary()));
        }
    }
    world.restore(&before);
    failures
}

/// The clock is set by moving the entry's times the other way.
pub fn clocks() -> (usize, Vec<String>) {
    const DAY: i64 = 86_400;
    let (world, mut failures) = (World::new(), Vec::new());
    let distances = [-60, 60, -DAY, DAY, -3652 * DAY, 3652 * DAY];
    for profile in ["usual", "rotating"] {
        for ahead in distances {
            world.clear();
            let old = world.get(profile);
            world.shift(profile, -ahead, -ahead);
            let count = world.server.count();
            let ran = world.get(profile);
            let asked = world.server.count() > count;
            // Ahead: only a minute leaves the hour's token good. Back: the entry is from the future.
            let should_ask = ahead != 60;
            let issued = ran.token().and_then(|token| world.server.issued(token));
            let is_alive = issued.as_ref().is_some_and(Issued::is_good);
            let mut fail =
                |what: String| failures.push(format!("{profile}, clock {ahead} s ahead: {what}"));
            if asked != should_ask || !is_alive || (ran.stdout == old.stdout) == should_ask {
                fail(format!("asked {asked}, {}", ran.summary()));
            }
            let next = world.run(&format!("get --cached {profile}"));
            if next.stdout != ran.stdout {
                fail(format!("the next: {}", next.summary()));
            }
        }
    }
    (2 * distances.len(), failures)
}
