//! F10: everything at once for a while; afterwards each profile works.

use std::fs;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::faults::server::{Mode, status, unix_now};
use crate::faults::world::{Running, World, is_a};

const PROFILES: [&str; 3] = ["usual", "beside", "rotating"];
const WORKERS: usize = 8;

/// Good enough for weather.
struct Dice(AtomicU64);

impl Dice {
    fn throw(&self, sides: u64) -> u64 {
        let x = self.0.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::Relaxed);
        let x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        ((x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb) >> 33) % sides
    }
}

pub fn check(binary: &Path, seconds: u64) -> (usize, Vec<String>) {
    let world = World::new(binary);
    world.profiles("timeout = \"2s\"\ncool_down = \"1s\"");
    world.server.state().lifetime = 3;
    let end = Instant::now() + Duration::from_secs(seconds);
    let dice = Dice(AtomicU64::new(unix_now()));
    let (printed, runs) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let failures = Mutex::new(Vec::new());
    // The processes under way, for those who kill.
    let alive: Mutex<Vec<u32>> = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for worker in 0..WORKERS {
            let (world, dice, printed, runs, failures, alive) =
                (&world, &dice, &printed, &runs, &failures, &alive);
            scope.spawn(move || {
                while Instant::now() < end {
                    let profile = PROFILES[(worker + usize::try_from(dice.throw(3)).unwrap()) % 3];
                    let from = unix_now();
                    let mut process = Running::start(world.tok(&["get", profile]));
                    let id = process.child.id();
                    alive.lock().unwrap().push(id);
                    let begun = Instant::now();
                    loop {
                        // Under the lock, so that nobody sends a signal to a number that is free again.
                        let mut alive = alive.lock().unwrap();
                        if process.is_over() || begun.elapsed() > Duration::from_secs(60) {
                            alive.retain(|other| *other != id);
                            break;
                        }
                        drop(alive);
                        thread::sleep(Duration::from_millis(1));
                    }
                    let ran = process.finish(Duration::from_secs(60));
                    runs.fetch_add(1, Ordering::Relaxed);
                    let fail = |what: &str| {
                        failures
                            .lock()
                            .unwrap()
                            .push(format!("{profile}: {what}: {}", ran.told()));
                    };
                    if ran.late {
                        fail("it hangs");
                    }
                    if ran.stderr.contains("crashed") {
                        fail("a panic");
                    }
                    if let Some(token) = ran.token() {
                        printed.fetch_add(1, Ordering::Relaxed);
                        match world.server.issued(token) {
                            None => fail("it was never issued"),
                            Some(issued) if issued.client != profile => {
                                fail("it is another profile's")
                            }
                            // A process may have been stopped between its last look at the clock and now.
                            Some(issued) if issued.until < from => fail("it was dead already"),
                            Some(_) => {}
                        }
                    } else if ran.signal.is_none()
                        && (ran.code == Some(0) || !ran.stdout.is_empty())
                    {
                        fail("half an answer");
                    }
                }
            });
        }
        weather(scope, &world, end, &dice, &alive);
    });
    let mut failures = failures.into_inner().unwrap();
    world.server.set(Mode::Issue);
    // What the last failure forbids, it forbids for a second.
    thread::sleep(Duration::from_millis(2100));
    for profile in PROFILES {
        let ran = world.get(profile);
        if ran.token().is_none() || ran.took > Duration::from_secs(2) {
            failures.push(format!("afterwards {profile} fails: {}", ran.told()));
        }
    }
    let runs = runs.into_inner();
    eprintln!(
        "  {runs} runs, {} tokens printed, {} requests",
        printed.into_inner(),
        world.server.count()
    );
    (runs, failures)
}

fn weather<'scope>(
    scope: &'scope thread::Scope<'scope, '_>,
    world: &'scope World,
    end: Instant,
    dice: &'scope Dice,
    alive: &'scope Mutex<Vec<u32>>,
) {
    let pause = |most: u64| thread::sleep(Duration::from_millis(1 + dice.throw(most)));
    scope.spawn(move || {
        while Instant::now() < end {
            pause(40);
            // Under the lock nobody is reaped, so that the number is still this process's.
            let alive = alive.lock().unwrap();
            let Some(id) =
                alive.get(usize::try_from(dice.throw(alive.len().max(1) as u64)).unwrap())
            else {
                continue;
            };
            let Some(pid) = Pid::from_raw(i32::try_from(*id).unwrap()) else {
                continue;
            };
            let _ = match dice.throw(4) {
                0 => kill_process(pid, Signal::KILL),
                1 => kill_process(pid, Signal::TERM),
                _ => kill_process(pid, Signal::STOP).map(|()| {
                    thread::sleep(Duration::from_millis(dice.throw(30)));
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
                3 => Mode::Raw(
                    "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{\"access_token\":\"half"
                        .to_owned(),
                ),
                4 => Mode::Slow(Duration::from_millis(300)),
                5 => status("401 No", "", r#"{"error":"invalid_client"}"#),
                _ => Mode::Issue,
            };
            let mut state = world.server.state();
            state.mode = mode;
            state.lifetime = 2 + dice.throw(5);
        }
    });
    scope.spawn(move || {
        while Instant::now() < end {
            pause(100);
            let files = world.files();
            let Some((name, bytes)) =
                files.get(usize::try_from(dice.throw(files.len().max(1) as u64)).unwrap())
            else {
                continue;
            };
            let mut bytes = bytes.clone();
            let at = usize::try_from(dice.throw(bytes.len().max(1) as u64)).unwrap();
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
