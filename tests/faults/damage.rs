//! F6 and F7: damaged entries, and a clock that is wrong.

use std::fs;
use std::path::Path;

use crate::server::unix_now;
use crate::world::{World, in_parallel};

#[derive(Clone, Copy, Debug)]
enum Damage {
    Cut(usize),
    Flip(usize, u8),
    Double(usize),
    Zero(usize),
}

pub fn check(binary: &Path, full: bool) -> (usize, Vec<String>) {
    let length = {
        let world = World::new(binary);
        world.get("usual");
        fs::read(world.entry("usual").unwrap()).unwrap().len()
    };
    let mut jobs = Vec::new();
    for at in 0..length {
        jobs.push(Damage::Cut(at));
        let bits = 0..8_u8;
        jobs.extend(bits.filter(|bit| full || usize::from(*bit) == at % 8).map(|bit| Damage::Flip(at, bit)));
        if full || at % 4 == 0 {
            jobs.push(Damage::Double(at));
            jobs.push(Damage::Zero(at));
        }
    }
    let failures = in_parallel(
        binary,
        &jobs,
        |world| {
            world.get("usual");
        },
        |world, damage| spoil(world, *damage),
    );
    (jobs.len(), failures)
}

fn spoil(world: &World, damage: Damage) -> Vec<String> {
    let Some(path) = world.entry("usual") else { return vec!["there is no entry".to_owned()] };
    let whole = fs::read(&path).unwrap();
    let mut bytes = whole.clone();
    match damage {
        Damage::Cut(at) => bytes.truncate(at),
        Damage::Flip(at, bit) if at < bytes.len() => bytes[at] ^= 1 << bit,
        Damage::Double(at) if at < bytes.len() => bytes.insert(at, bytes[at]),
        // As after a power cut: the length is there, the blocks are not.
        Damage::Zero(at) if at < bytes.len() => bytes[at..].fill(0),
        _ => {}
    }
    fs::write(&path, &bytes).unwrap();
    let cached = world.run(&["get", "--cached", "usual"]);
    let is_token = cached.token().is_some_and(|token| world.server.issued(token).is_some());
    let mut failures = Vec::new();
    if !is_token && (cached.code != Some(11) || !cached.stdout.is_empty()) {
        failures.push(format!("{damage:?}: {}", cached.told()));
    }
    // Now and then all the way: a new token, and the entry is whole again.
    if matches!(damage, Damage::Cut(at) | Damage::Flip(at, _) if at % 32 == 0) {
        let next = world.get("usual");
        let is_hit = world.run(&["get", "--cached", "usual"]).stdout == next.stdout;
        if next.token().is_none() || !is_hit {
            failures.push(format!("{damage:?}: it is not mended: {}", next.told()));
        }
    } else {
        fs::write(&path, &whole).unwrap();
    }
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
                    failures.push(format!("{profile}, clock {ahead} s ahead: asked {asked}, {}", ran.told()));
                }
                let expiry = world.run(&["get", "--cached", profile]);
                if expiry.stdout != ran.stdout {
                    failures.push(format!("{profile}, clock {ahead} s ahead, the next: {}", expiry.told()));
                }
            }
        }
    }
    (cases, failures)
}
