//! F5: full disks, missing homes, closed streams, few descriptors, little memory, planted files.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, chown, symlink};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::Command;

use crate::faults::strace;
use crate::faults::world::{LIMIT, Ran, Running, World, is_a};

/// What must come of it.
#[derive(Clone, Copy, PartialEq)]
enum Must {
    /// The token, and a warning.
    Warn,
    /// The token.
    Print,
    /// The token, or a failure with nothing on standard output.
    PrintOrFail,
    /// A failure.
    Fail,
    /// An end without a crash: Rust opens a closed standard output as `/dev/null`.
    End,
}

struct Classify {
    cases: usize,
    failures: Vec<String>,
}

impl Classify {
    fn see(&mut self, world: &World, what: &str, must: Must, ran: &Ran) {
        self.cases += 1;
        let printed = ran
            .token()
            .is_some_and(|token| world.server.issued(token).is_some());
        let failed = ran.code != Some(0) && ran.stdout.is_empty();
        let is_well = match must {
            Must::Warn => printed && ran.stderr.starts_with("warning: "),
            Must::Print => printed,
            Must::PrintOrFail => printed || failed,
            Must::Fail => failed,
            Must::End => ran.stdout.is_empty(),
        };
        if !is_well || ran.late || ran.stderr.contains("crashed") || ran.stderr.contains("panicked")
        {
            self.failures.push(format!("{what}: {}", ran.told()));
        }
    }
}

pub fn check(binary: &Path) -> (usize, Vec<String>) {
    let mut classify = Classify {
        cases: 0,
        failures: Vec::new(),
    };
    disks(&World::new(binary), &mut classify);
    limits(&World::new(binary), &mut classify);
    streams(&World::new(binary), &mut classify);
    planted(binary, &mut classify);
    masks(&World::new(binary), &mut classify);
    if rustix::process::geteuid().is_root() {
        users(&World::new(binary), &mut classify);
    }
    (classify.cases, classify.failures)
}

/// Every call that changes the cache fails, and goes on failing.
fn disks(world: &World, classify: &mut Classify) {
    let names = "openat,mkdir,rename,unlink,write,fsync,fchmod,chmod";
    world.get("usual");
    let files = world.files();
    let below = |name: String| world.cache().join(name).display().to_string();
    for error in ["ENOSPC", "EROFS", "EDQUOT", "EIO", "EACCES"] {
        for is_there in [false, true] {
            let mut paths: Vec<String> = files
                .iter()
                .flat_map(|(name, _)| [name.clone(), format!(".tmp-{name}")])
                .map(below)
                .collect();
            paths.extend(
                files
                    .iter()
                    .map(|(name, _)| below(format!(".tmp-{}", name.split('.').next().unwrap()))),
            );
            paths.push(world.cache().display().to_string());
            paths.push(world.dir.path().join("cache").display().to_string());
            world.restore(&if is_there { files.clone() } else { Vec::new() });
            let ran = strace::inject_all(world, names, error, &paths, &["get", "-f", "usual"]);
            classify.see(
                world,
                &format!("{error}, cache there: {is_there}"),
                Must::Warn,
                &ran,
            );
        }
    }
}

fn shell(world: &World, script: &str) -> Ran {
    let mut command = Command::new("sh");
    world.dress(&mut command);
    command.args(["-c", script]).arg(&world.binary);
    Running::start(command).finish(LIMIT)
}

fn limits(world: &World, classify: &mut Classify) {
    for count in 3..20 {
        world.restore(&Vec::new());
        let ran = shell(world, &format!("ulimit -n {count}; exec \"$0\" get usual"));
        classify.see(
            world,
            &format!("ulimit -n {count}, miss"),
            Must::PrintOrFail,
            &ran,
        );
        world.get("usual");
        let ran = shell(world, &format!("ulimit -n {count}; exec \"$0\" get usual"));
        classify.see(
            world,
            &format!("ulimit -n {count}, hit"),
            Must::PrintOrFail,
            &ran,
        );
    }
    for kib in (2_000..300_000).step_by(9_000) {
        world.restore(&Vec::new());
        let ran = shell(world, &format!("ulimit -v {kib}; exec \"$0\" get usual"));
        classify.see(world, &format!("ulimit -v {kib}"), Must::PrintOrFail, &ran);
    }
    for blocks in [0, 1] {
        world.restore(&Vec::new());
        let ran = shell(
            world,
            &format!("(ulimit -S -f {blocks}; exec \"$0\" get usual) | cat"),
        );
        // The warning cannot be seen: it would go to a file too.
        classify.see(world, &format!("ulimit -f {blocks}"), Must::Print, &ran);
    }
}

fn streams(world: &World, classify: &mut Classify) {
    for what in ["usual", "-f usual"] {
        for (streams, must) in [
            (">&-", Must::End),
            (">/dev/full", Must::Fail),
            ("2>&-", Must::Print),
            ("2>/dev/full", Must::Print),
            ("<&-", Must::Print),
            ("<&- 2>&-", Must::Print),
            ("<&- >&- 2>&-", Must::End),
        ] {
            let ran = shell(world, &format!("exec \"$0\" get {what} {streams}"));
            classify.see(world, &format!("get {what} {streams}"), must, &ran);
            let damaged = world.files().into_iter().find(|(name, bytes)| {
                is_a(name, "lock") && !bytes.is_empty()
                    || is_a(name, "json") && !bytes.starts_with(b"{\"tok\"")
            });
            classify.failures.extend(
                damaged.map(|(name, _)| format!("{streams}: something was written to `{name}`")),
            );
        }
    }
    let ran = shell(world, "\"$0\" get usual | true");
    classify.cases += 1;
    if ran.stderr.contains("crashed") || ran.signal.is_some() {
        classify
            .failures
            .push(format!("a pipe that nobody reads: {}", ran.told()));
    }
}

/// Links, pipes and directories where a file of ours should be.
fn planted(binary: &Path, classify: &mut Classify) {
    let mut names: Vec<String> = {
        let world = World::new(binary);
        world.get("usual");
        world.files().into_iter().map(|(name, _)| name).collect()
    };
    let digest = names
        .iter()
        .find_map(|name| name.strip_suffix(".json"))
        .unwrap()
        .to_owned();
    names.extend([format!(".tmp-{digest}"), format!("{digest}.lock-2")]);
    for name in names {
        for kind in [
            "link",
            "dangling link",
            "link to a directory",
            "pipe",
            "directory",
            "second name",
            "open to other users",
        ] {
            // The key of the entry has the server's port in it: this world's own must be asked for.
            let world = World::new(binary);
            world.get("usual");
            let own = world
                .entry("usual")
                .unwrap()
                .file_stem()
                .unwrap()
                .to_str()
                .unwrap()
                .to_owned();
            let path = world.cache().join(name.replace(&digest, &own));
            let content = fs::read(&path).ok();
            let _ = fs::remove_file(&path);
            let elsewhere = world.dir.path().join("elsewhere");
            fs::write(&elsewhere, content.as_deref().unwrap_or(b"precious")).unwrap();
            fs::set_permissions(&elsewhere, fs::Permissions::from_mode(0o600)).unwrap();
            match kind {
                "link" => symlink(&elsewhere, &path).unwrap(),
                "dangling link" => symlink(world.dir.path().join("nowhere"), &path).unwrap(),
                "link to a directory" => symlink(world.dir.path(), &path).unwrap(),
                "pipe" => {
                    let made = Command::new("mkfifo").arg(&path).status().unwrap();
                    assert!(made.success());
                }
                "directory" => fs::create_dir(&path).unwrap(),
                "second name" => fs::hard_link(&elsewhere, &path).unwrap(),
                _ => {
                    fs::write(&path, content.as_deref().unwrap_or_default()).unwrap();
                    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
                }
            }
            let what = format!("a {kind} at `{}`", name.replace(&digest, "DIGEST"));
            for args in [&["get", "usual"][..], &["get", "-f", "usual"]] {
                classify.see(&world, &what, Must::Print, &world.run(args));
            }
            if fs::read(&elsewhere).ok() != Some(content.unwrap_or_else(|| b"precious".to_vec())) {
                classify
                    .failures
                    .push(format!("{what}: it was written through"));
            }
            if world.dir.path().join("nowhere").exists() {
                classify
                    .failures
                    .push(format!("{what}: something was made beyond it"));
            }
            let open = world.open_to_others();
            if !open.is_empty() {
                classify
                    .failures
                    .push(format!("{what}: others may read {open:?}"));
            }
        }
    }
}

fn masks(world: &World, classify: &mut Classify) {
    for mask in ["000", "022", "077", "177", "277", "377", "777"] {
        world.restore(&Vec::new());
        let _ = fs::remove_dir_all(world.dir.path().join("cache"));
        for _ in 0..2 {
            let ran = shell(world, &format!("umask {mask}; exec \"$0\" get usual"));
            classify.see(world, &format!("umask {mask}"), Must::Print, &ran);
            if !ran.stderr.is_empty()
                || !world.open_to_others().is_empty()
                || world.entry("usual").is_none()
            {
                classify.failures.push(format!(
                    "umask {mask}: {}, open {:?}",
                    ran.told(),
                    world.open_to_others()
                ));
            }
        }
    }
    fs::set_permissions(world.cache(), fs::Permissions::from_mode(0o777)).unwrap();
    classify.see(
        world,
        "a cache directory open to all",
        Must::Warn,
        &world.get("usual"),
    );
    classify.see(world, "the same again", Must::Print, &world.get("usual"));
}

/// What only root can set up: another user's directory, no home at all.
fn users(world: &World, classify: &mut Classify) {
    const NOBODY: u32 = 65_534;
    world.get("usual");
    chown(world.cache(), Some(NOBODY), Some(NOBODY)).unwrap();
    let refused = world.get("usual");
    classify.see(
        world,
        "a cache directory of another user",
        Must::Warn,
        &refused,
    );
    let own = world.dir.path().join("own");
    fs::rename(world.cache(), &own).unwrap();
    chown(&own, Some(0), Some(0)).unwrap();
    symlink(&own, world.cache()).unwrap();
    classify.see(
        world,
        "a cache directory that is a link",
        Must::Warn,
        &world.get("usual"),
    );
    // Where the binary lies nobody else may be allowed to go.
    let place = tempfile::tempdir().unwrap();
    let binary = place.path().join("tok");
    fs::copy(&world.binary, &binary).unwrap();
    fs::set_permissions(place.path(), fs::Permissions::from_mode(0o755)).unwrap();
    fs::set_permissions(world.dir.path(), fs::Permissions::from_mode(0o755)).unwrap();
    for home in [None, Some(""), Some("relative"), Some("/nonexistent")] {
        let mut command = Command::new(&binary);
        world.dress(&mut command);
        command
            .env_remove("HOME")
            .env_remove("XDG_CACHE_HOME")
            .uid(NOBODY)
            .gid(NOBODY)
            .args(["get", "usual"]);
        if let Some(home) = home {
            command.env("HOME", home);
        }
        let ran = Running::start(command).finish(LIMIT);
        classify.see(world, &format!("HOME is {home:?}"), Must::Warn, &ran);
    }
    if world.dir.path().join("relative").exists() {
        classify
            .failures
            .push("a relative HOME became a directory".to_owned());
    }
}
