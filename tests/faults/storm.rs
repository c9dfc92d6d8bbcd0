//! F10: everything at once for a while; afterwards each profile works.

use std::fs;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::faults::server::{Mode, status};
use crate::faults::world::{World, is_a};
use crate::support::{LIMIT, now};

const PROFILES: [&str; 3] = ["usual", "beside", "rotating"];
const WORKERS: usize = 8;
const HALF: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{\"access_token\":\"half";

/// Good enough for weather.
struct Dice(AtomicU64);

impl Dice {
    fn throw(&self, sides: usize) -> usize {
        let x = self.0.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::Relaxed);
        let x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb) >> 33;
        usize::try_from(x).unwrap() % sides
    }
}

pub fn check(seconds: u64) -> (usize, Vec<String>) {
    let world = World::new();
    world.profiles("timeout = \"2s\"\ncool_down = \"1s\"");
    world.server.state().lifetime = 3;
    let end = Instant::now() + Duration::from_secs(seconds);
    let dice = Dice(AtomicU64::new(now().cast_unsigned()));
    let runs = Runs::default();
    thread::scope(|scope| {
        for worker in 0..WORKERS {
            let (world, dice, runs) = (&world, &dice, &runs);
            scope.spawn(move || {
                while Instant::now() < end {
                    let profile = PROFILES[(worker + dice.throw(3)) % 3];
                    runs.ask(world, profile);
                }
            });
        }
        weather(scope, &world, end, &dice, &runs.alive);
    });
    let mut failures = runs.failures.into_inner().unwrap();
    world.server.set(Mode::Issue);
    // What the last failure forbids, it forbids for a second.
    thread::sleep(Duration::from_millis(2100));
    for profile in PROFILES {
        let ran = world.get(profile);
        if ran.token().is_none() || ran.took > Duration::from_secs(2) {
            failures.push(format!("afterwards {profile} fails: {}", ran.summary()));
        }
    }
    let (count, printed) = (runs.count.into_inner(), runs.printed.into_inner());
    let requests = world.server.count();
    eprintln!("  {count} runs, {printed} tokens printed, {requests} requests");
    (count, failures)
}

#[derive(Default)]
struct Runs {
    count: AtomicUsize,
    printed: AtomicUsize,
    failures: Mutex<Vec<String>>,
    /// The processes under way, for those who kill.
    alive: Mutex<Vec<u32>>,
}

impl Runs {
    fn ask(&self, world: &World, profile: &str) {
        let (from, begun) = (now(), Instant::now());
        let mut process = world.sandbox.start(&format!("get {profile}"));
        let id = process.id();
        self.alive.lock().unwrap().push(id);
        loop {
            // Under the lock, so that no signal is sent to a number that is free again.
            let mut alive = self.alive.lock().unwrap();
            if process.is_over() || begun.elapsed() > LIMIT {
                alive.retain(|other| *other != id);
                break;
            }
            drop(alive);
            thread::sleep(Duration::from_millis(1));
        }
        let ran = process.finish();
        self.count.fetch_add(1, Ordering::Relaxed);
        let fail = |what: &str| {
            let failure = format!("{profile}: {what}: {}", ran.summary());
            self.failures.lock().unwrap().push(failure);
        };
        if ran.is_late {
            fail("it hangs");
        }
        if ran.stderr.contains("crashed") {
            fail("a panic");
        }
        if let Some(token) = ran.token() {
            self.printed.fetch_add(1, Ordering::Relaxed);
            match world.server.issued(token) {
                None => fail("it was never issued"),
                Some(issued) if issued.client != profile => fail("it is another profile's"),
                // A process may have been stopped between its last look at the clock and now.
                Some(issued) if issued.until < from => fail("it was dead already"),
                Some(_) => {}
            }
        } else if ran.signal.is_none() && (ran.code == 0 || !ran.stdout.is_empty()) {
            fail("half an answer");
        }
    }
}

/// Kills, changes what the server does, and damages the cache.
fn weather<'scope>(
    scope: &'scope thread::Scope<'scope, '_>,
    world: &'scope World,
    end: Instant,
    dice: &'scope Dice,
    alive: &'scope Mutex<Vec<u32>>,
) {
    let pause = |most: usize| {
        thread::sleep(Duration::from_millis(1 + dice.throw(most) as u64));
    };
    scope.spawn(move || {
        while Instant::now() < end {
            pause(40);
            // Under the lock no process is reaped, so that the number is still this process's.
            let alive = alive.lock().unwrap();
            let Some(id) = alive.get(dice.throw(alive.len().max(1))) else {
                continue;
            };
            let Some(pid) = Pid::from_raw(i32::try_from(*id).unwrap()) else {
                continue;
            };
            let _ = match dice.throw(4) {
                0 => kill_process(pid, Signal::KILL),
                1 => kill_process(pid, Signal::TERM),
                _ => kill_process(pid, Signal::STOP).map(|()| {
                    thread::sleep(Duration::from_millis(dice.throw(30) as u64));
                    let _ = kill_process(pid, Signal::CONT);
                }),
            };
        }
    });
    scope.spawn(move || {
        while Instant::now() < end {
            pause(400);
            let mode = match dice.throw(9) {
                0 => status("503 Busy", "", ""),
                1 => status("500 Oops", "", "<html>"),
                2 => Mode::Reset,
                3 => Mode::Raw(HALF.to_vec()),
                4 => Mode::Slow(Duration::from_millis(300)),
                5 => status("401 No", "", r#"{"error":"invalid_client"}"#),
                _ => Mode::Issue,
            };
            let mut state = world.server.state();
            state.mode = mode;
            state.lifetime = 2 + i64::try_from(dice.throw(5)).unwrap();
        }
    });
    scope.spawn(move || {
        while Instant::now() < end {
            pause(100);
            let files = world.files();
            let Some((name, bytes)) = files.get(dice.throw(files.len().max(1))) else {
                continue;
            };
            let mut bytes = bytes.clone();
            let at = dice.throw(bytes.len().max(1));
            match dice.throw(3) {
                0 => bytes.truncate(at),
                1 if at < bytes.len() => bytes[at] ^= 4,
                _ if is_a(name, "lock") => continue,
                _ => {
                    let _ = fs::remove_file(world.cache().join(name));
                    continue;
                }
            }
            let _ = fs::write(world.cache().join(name), bytes);
        }
    });
}
