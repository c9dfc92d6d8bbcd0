//! F5: full disks, missing homes, closed streams, few descriptors, little memory, planted files.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, chown, symlink};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::Command;

use crate::faults::strace;
use crate::faults::world::{World, is_a};
use crate::support::{Outcome, Running, program};

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

#[derive(Default)]
struct Findings {
    cases: usize,
    failures: Vec<String>,
}

impl Findings {
    fn add(&mut self, world: &World, what: &str, must: Must, ran: &Outcome) {
        self.cases += 1;
        let printed = world.is_issued(ran);
        let failed = ran.code != 0 && ran.stdout.is_empty();
        let is_well = match must {
            Must::Warn => printed && ran.stderr.starts_with("warning: "),
            Must::Print => printed,
            Must::PrintOrFail => printed || failed,
            Must::Fail => failed,
            Must::End => ran.stdout.is_empty(),
        };
        let is_panic = ran.stderr.contains("crashed") || ran.stderr.contains("panicked");
        if !is_well || ran.is_late || is_panic {
            self.fail(format!("{what}: {}", ran.summary()));
        }
    }

    fn fail(&mut self, what: String) {
        self.failures.push(what);
    }
}

pub fn check() -> (usize, Vec<String>) {
    let mut findings = Findings::default();
    disks(&World::new(), &mut findings);
    limits(&World::new(), &mut findings);
    streams(&World::new(), &mut findings);
    planted(&mut findings);
    masks(&World::new(), &mut findings);
    if rustix::process::geteuid().is_root() {
        users(&World::new(), &mut findings);
    }
    (findings.cases, findings.failures)
}

/// Every call that changes the cache fails, and goes on failing.
fn disks(world: &World, findings: &mut Findings) {
    let names = "openat,mkdir,rename,unlink,write,fsync,fchmod,chmod";
    world.fill("usual");
    let files = world.files();
    let below = |name: String| world.cache().join(name).display().to_string();
    for error in ["ENOSPC", "EROFS", "EDQUOT", "EIO", "EACCES"] {
        for is_there in [false, true] {
            let mut paths = vec![
                world.cache_path(),
                world.sandbox.path(".cache").display().to_string(),
            ];
            for (name, _) in &files {
                let digest = name.split('.').next().unwrap();
                let temporary = [format!(".tmp-{name}"), format!(".tmp-{digest}")];
                paths.extend(temporary.into_iter().chain([name.clone()]).map(below));
            }
            world.restore(&if is_there { files.clone() } else { Vec::new() });
            let ran = strace::fail_all(world, names, error, &paths, "get -f usual");
            findings.add(
                world,
                &format!("{error}, cache there: {is_there}"),
                Must::Warn,
                &ran,
            );
        }
    }
}

fn shell(world: &World, script: &str) -> Outcome {
    let mut command = Command::new("sh");
    command.args(["-c", script]).arg(program());
    world.start(command).finish()
}

fn limits(world: &World, findings: &mut Findings) {
    let mut limited = |limit: &str, must: Must, pipe: &str| {
        let ran = shell(
            world,
            &format!("(ulimit {limit}; exec \"$0\" get usual) {pipe}"),
        );
        findings.add(world, &format!("ulimit {limit}"), must, &ran);
    };
    for count in 3..20 {
        world.clear();
        limited(&format!("-n {count}"), Must::PrintOrFail, "");
        world.fill("usual");
        limited(&format!("-n {count}"), Must::PrintOrFail, "");
    }
    for kib in (2_000..300_000).step_by(9_000) {
        world.clear();
        limited(&format!("-v {kib}"), Must::PrintOrFail, "");
    }
    for blocks in [0, 1] {
        world.clear();
        // The warning cannot be seen: it would go to a file too.
        limited(&format!("-S -f {blocks}"), Must::Print, "| cat");
    }
}

fn streams(world: &World, findings: &mut Findings) {
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
            findings.add(world, &format!("get {what} {streams}"), must, &ran);
            let is_damaged = |(name, bytes): &(String, Vec<u8>)| {
                is_a(name, "lock") && !bytes.is_empty()
                    || is_a(name, "json") && !bytes.starts_with(b"{\"tok\"")
            };
            if let Some((name, _)) = world.files().into_iter().find(is_damaged) {
                findings.fail(format!("{streams}: something was written to `{name}`"));
            }
        }
    }
    let ran = shell(world, "\"$0\" get usual | true");
    findings.add(world, "a pipe that is not read", Must::End, &ran);
}

/// What is planted where a file of ours should be.
const KINDS: [&str; 7] = [
    "link",
    "dangling link",
    "link to a directory",
    "pipe",
    "directory",
    "second name",
    "open to other users",
];

fn planted(findings: &mut Findings) {
    let digest = |world: &World| {
        let entry = world.entry("usual").unwrap();
        entry.file_stem().unwrap().to_str().unwrap().to_owned()
    };
    let world = World::new();
    world.fill("usual");
    let files = world.files().into_iter();
    let mut names: Vec<String> = files
        .map(|(name, _)| name.replace(&digest(&world), "DIGEST"))
        .collect();
    names.extend([".tmp-DIGEST".to_owned(), "DIGEST.lock-2".to_owned()]);
    for name in names {
        for kind in KINDS {
            // The key of the entry has the server's port in it: this world's own must be asked for.
            let world = World::new();
            world.fill("usual");
            let path = world.cache().join(name.replace("DIGEST", &digest(&world)));
            plant(
                &world,
                &path,
                kind,
                &format!("a {kind} at `{name}`"),
                findings,
            );
        }
    }
}

fn plant(world: &World, path: &Path, kind: &str, what: &str, findings: &mut Findings) {
    let content = fs::read(path).ok();
    let _ = fs::remove_file(path);
    let sandbox = &world.sandbox;
    let precious = content.clone().unwrap_or_else(|| b"precious".to_vec());
    sandbox.write("elsewhere", &precious);
    let elsewhere = sandbox.path("elsewhere");
    match kind {
        "link" => symlink(&elsewhere, path).unwrap(),
        "dangling link" => symlink(sandbox.path("nowhere"), path).unwrap(),
        "link to a directory" => symlink(sandbox.path(""), path).unwrap(),
        "pipe" => assert!(Command::new("mkfifo").arg(path).status().unwrap().success()),
        "directory" => fs::create_dir(path).unwrap(),
        "second name" => fs::hard_link(&elsewhere, path).unwrap(),
        _ => {
            fs::write(path, content.unwrap_or_default()).unwrap();
            fs::set_permissions(path, fs::Permissions::from_mode(0o644)).unwrap();
        }
    }
    for line in ["get usual", "get -f usual"] {
        findings.add(world, what, Must::Print, &world.run(line));
    }
    if fs::read(&elsewhere).ok() != Some(precious) {
        findings.fail(format!("{what}: it was written through"));
    }
    if sandbox.path("nowhere").exists() {
        findings.fail(format!("{what}: something was made beyond it"));
    }
    let open = world.open_to_others();
    if !open.is_empty() {
        findings.fail(format!("{what}: others may read {open:?}"));
    }
}

fn masks(world: &World, findings: &mut Findings) {
    for mask in ["000", "022", "077", "177", "277", "377", "777"] {
        let _ = fs::remove_dir_all(world.sandbox.path(".cache"));
        for _ in 0..2 {
            let ran = shell(world, &format!("umask {mask}; exec \"$0\" get usual"));
            findings.add(world, &format!("umask {mask}"), Must::Print, &ran);
            let open = world.open_to_others();
            if !ran.stderr.is_empty() || !open.is_empty() || world.entry("usual").is_none() {
                findings.fail(format!("umask {mask}: {}, open {open:?}", ran.summary()));
            }
        }
    }
    world.sandbox.chmod(".cache/tok", 0o777);
    let ran = world.get("usual");
    findings.add(world, "a cache directory open to all", Must::Warn, &ran);
    findings.add(world, "the same again", Must::Print, &world.get("usual"));
}

/// What only root can set up: another user's directory, no home at all.
fn users(world: &World, findings: &mut Findings) {
    const OTHER_USER: u32 = 65_534;
    world.fill("usual");
    chown(world.cache(), Some(OTHER_USER), Some(OTHER_USER)).unwrap();
    let ran = world.get("usual");
    findings.add(world, "a cache directory of another user", Must::Warn, &ran);
    let own = world.sandbox.path("own");
    fs::rename(world.cache(), &own).unwrap();
    chown(&own, Some(0), Some(0)).unwrap();
    symlink(&own, world.cache()).unwrap();
    let ran = world.get("usual");
    findings.add(world, "a cache directory that is a link", Must::Warn, &ran);
    // Where the binary lies no other user may be allowed to go.
    let place = tempfile::tempdir().unwrap();
    let binary = place.path().join("tok");
    fs::copy(program(), &binary).unwrap();
    let home = world.sandbox.path("");
    for path in [
        place.path(),
        &home,
        &home.join(".config"),
        &home.join(".config/tok"),
    ] {
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
    }
    world.sandbox.chmod(".config/tok/profiles.toml", 0o644);
    for home in [None, Some(""), Some("relative"), Some("/nonexistent")] {
        let mut command = Command::new(&binary);
        world.sandbox.dress(&mut command);
        command
            .env_remove("HOME")
            .uid(OTHER_USER)
            .gid(OTHER_USER)
            .args(["get", "usual"]);
        command.envs(home.map(|home| ("HOME", home)));
        let ran = Running::start(command, "", world.sandbox.home()).finish();
        findings.add(world, &format!("HOME is {home:?}"), Must::Warn, &ran);
    }
    if world.sandbox.path("relative").exists() {
        findings.fail("a relative HOME became a directory".to_owned());
    }
}
