//! F4: the power is cut at a call that changes a file. The cache lies on a file system of its own, in an image that is
//! mounted; it forgets at once all that is not on its disk, and is mounted again.
//!
//! That takes root and loop devices. Where they cannot be had only the order of the calls is looked at, and it says so.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::thread;

use crate::faults::kills::Scene;
use crate::faults::strace::{self, Call};
use crate::faults::world::{World, holds};

/// A kind of file system, with the options that promise least.
#[derive(Clone, Copy)]
struct Kind {
    name: &'static str,
    make: &'static [&'static str],
    size: u64,
    options: &'static str,
}

const KINDS: [Kind; 2] = [
    Kind {
        name: "ext4",
        make: &["mkfs.ext4", "-q", "-F"],
        size: 32 << 20,
        // No file is written out because it was renamed, nor before the log says that it is there.
        options: "loop,data=writeback,noauto_da_alloc",
    },
    Kind {
        name: "xfs",
        make: &["mkfs.xfs", "-q", "-f"],
        size: 320 << 20,
        options: "loop",
    },
];

/// What becomes of changes to names and sizes that were not synced: `EXT4_IOC_SHUTDOWN` and
/// `XFS_IOC_GOINGDOWN` have the same numbers.
#[derive(Debug, Clone, Copy)]
enum Log {
    IsWritten = 1,
    IsLost = 2,
}

const SCENES: [Scene; 4] = [Scene::Cold, Scene::Expired, Scene::Refresh, Scene::Beside];

pub fn check() -> (usize, Vec<String>) {
    let (mut cases, mut failures) = order();
    thread::scope(|scope| {
        let running = KINDS.map(|kind| scope.spawn(move || all_cuts(kind)));
        for (kind, running) in KINDS.iter().zip(running) {
            match running.join().unwrap() {
                Ok((count, found)) => {
                    eprintln!("  {}: {count} cuts", kind.name);
                    cases += count;
                    failures.extend(found);
                }
                Err(why) => eprintln!("  {}: no cuts, {why}", kind.name),
            }
        }
    });
    (cases, failures)
}

/// The entry is on the disk before it gets its name, its name is before the token is printed, and nothing else is
/// made of it in between.
fn order() -> (usize, Vec<String>) {
    let mut failures = Vec::new();
    for scene in SCENES {
        let world = World::new();
        scene.set(&world, &scene.snapshot(&world));
        let calls = strace::calls(&world, &scene.line());
        let cache = world.cache_path();
        let steps: [(&[&str], &str); 5] = [
            (&["write"], ".tmp-"),
            (&["fsync", "fdatasync"], ".tmp-"),
            (&["rename", "renameat", "renameat2"], ".json\""),
            (&["fsync", "fdatasync"], "/tok>"),
            (&["write"], "write(1<"),
        ];
        let mut rest = calls.iter();
        for (names, mark) in steps {
            let is_it = |call: &Call| {
                names.contains(&call.name.as_str())
                    && call.line.contains(mark)
                    && (mark.starts_with("write(1") || call.line.contains(&cache))
            };
            if !rest.any(is_it) {
                failures.push(format!(
                    "{scene:?}: no {names:?} with `{mark}` where it should be"
                ));
            }
        }
    }
    (SCENES.len(), failures)
}

/// A file system in an image, mounted where a world has its cache.
struct Disk {
    kind: Kind,
    image: PathBuf,
    place: PathBuf,
}

impl Disk {
    fn new(kind: Kind, world: &World) -> Result<Self, String> {
        let image = world.sandbox.path("image");
        let file = fs::File::create(&image).map_err(|error| error.to_string())?;
        file.set_len(kind.size).map_err(|error| error.to_string())?;
        let disk = Self {
            kind,
            image,
            place: world.sandbox.path(".cache"),
        };
        fs::create_dir_all(&disk.place).unwrap();
        run(Command::new(kind.make[0])
            .args(&kind.make[1..])
            .arg(&disk.image))?;
        disk.mount()?;
        Ok(disk)
    }

    fn mount(&self) -> Result<(), String> {
        run(Command::new("mount")
            .args(["-t", self.kind.name, "-o", self.kind.options])
            .args([&self.image, &self.place]))
    }

    /// Cuts the power, and turns it on again.
    fn cut(&self, log: Log) -> Result<(), String> {
        let script = r#"open(my $f, "<", $ARGV[0]) or die $!; ioctl($f, 0x8004587d, pack("L", $ARGV[1])) or die $!"#;
        run(Command::new("perl")
            .args(["-e", script])
            .arg(&self.place)
            .arg((log as u32).to_string()))?;
        run(Command::new("umount").arg(&self.place))?;
        self.mount()
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // A process that looks at it just then must not keep it mounted for ever.
        if run(Command::new("umount").arg(&self.place)).is_err() {
            _ = run(Command::new("umount").arg("-l").arg(&self.place));
        }
    }
}

fn run(command: &mut Command) -> Result<(), String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("{name}: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    let stderr = String::from_utf8_lossy(&output.stderr);
    Err(format!(
        "{name}: {}",
        stderr.lines().next().unwrap_or_default()
    ))
}

/// Whether a call changes a file, or shows what was changed.
fn matters(call: &Call, cache: &str) -> bool {
    const CHANGING: &str = "mkdir mkdirat rename renameat renameat2 unlink unlinkat rmdir write pwrite64 fsync \
        fdatasync chmod fchmod fchmodat ftruncate link";
    let is_about_cache = call.line.contains(cache);
    let makes = call.name.starts_with("open") && call.line.contains("O_CREAT");
    call.name == "exit_group"
        || call.line.starts_with("write(1<")
        || is_about_cache && (makes || CHANGING.split(' ').any(|name| name == call.name))
}

fn all_cuts(kind: Kind) -> Result<(usize, Vec<String>), String> {
    let world = World::new();
    let disk = Disk::new(kind, &world)?;
    let (mut cases, mut failures) = (0, Vec::new());
    for scene in SCENES {
        let before = scene.snapshot(&world);
        scene.set(&world, &before);
        let cache = world.sandbox.path(".cache").display().to_string();
        let calls = strace::different_calls(&world, &scene.line());
        let calls = calls.into_iter().map(|(_, call)| call);
        for call in calls.filter(|call| matters(call, &cache)) {
            for log in [Log::IsWritten, Log::IsLost] {
                cases += 1;
                scene.set(&world, &before);
                // Not all file systems: the other one is at its own cut.
                rustix::fs::syncfs(fs::File::open(&disk.place).unwrap()).unwrap();
                let ran = strace::signal(&world, &call, "KILL", &scene.line());
                world.server.settle();
                disk.cut(log)?;
                // What was printed, also of a process that did not end by itself.
                let printed = ran.stdout.strip_suffix('\n');
                let found = afterwards(&world, scene, printed).into_iter();
                let place = format!(
                    "{}, {scene:?}, the log {log:?}, cut at {}",
                    kind.name, call.line
                );
                failures.extend(found.map(|what| format!("{place}: {what}")));
            }
        }
    }
    Ok((cases, failures))
}

fn afterwards(world: &World, scene: Scene, printed: Option<&str>) -> Vec<String> {
    let mut failures = Vec::new();
    let refresh_token = world.server.state().refresh_token.clone();
    if let (Some(token), Some(refresh_token)) = (printed, &refresh_token)
        && scene == Scene::Refresh
    {
        let mark = format!("\"{refresh_token}\"");
        if !world.files().iter().any(|(_, bytes)| holds(bytes, &mark)) {
            failures.push(format!(
                "`{token}` was printed, and its refresh token is lost"
            ));
        }
    }
    if scene == Scene::Beside && world.entry("beside").is_none() {
        failures.push("another token is lost".to_owned());
    }
    let open = world.open_to_others();
    if !open.is_empty() {
        failures.push(format!("others may read {open:?}"));
    }
    let next = world.get(scene.profile());
    if !world.is_issued(&next) || !next.stderr.is_empty() {
        failures.push(format!("the next one fails: {}", next.summary()));
    }
    if printed.is_some_and(|token| next.token() != Some(token)) {
        failures.push(format!(
            "{printed:?} was printed, and is not cached: {}",
            next.summary()
        ));
    }
    let count = world.server.count();
    if world.get(scene.profile()).stdout != next.stdout || world.server.count() != count {
        failures.push("the one after it is no hit".to_owned());
    }
    if printed.is_some() && world.server.state().reused > 0 {
        failures.push("a spent refresh token was sent".to_owned());
    }
    failures
}
