//! Lists the system calls of a run, and makes one of them fail or be the last.

use std::collections::BTreeMap;
use std::fs;
use std::process::Command;
use std::time::Duration;

use crate::faults::world::{LIMIT, Ran, Running, World};

/// One system call of a run.
#[derive(Debug, Clone)]
pub struct Call {
    pub name: String,
    /// Which one of this name in its thread, from 1: that is how `strace` counts.
    pub nth: usize,
    pub line: String,
}

fn traced(world: &World, options: &[&str], args: &[&str], limit: Duration) -> Ran {
    let mut command = Command::new("strace");
    command
        .args(["-f", "-qq"])
        .args(options)
        .arg("--")
        .arg(&world.binary)
        .args(args);
    world.dress(&mut command);
    Running::start(command).finish(limit)
}

/// The system calls of one run, in order, with the paths of descriptors. The same call of two threads is one.
pub fn calls(world: &World, args: &[&str]) -> Vec<Call> {
    let path = world.dir.path().join("trace");
    traced(
        world,
        &["-y", "-s", "300", "-o", path.to_str().unwrap()],
        args,
        LIMIT,
    );
    let text = fs::read_to_string(&path).unwrap();
    let mut counts: BTreeMap<(String, String), usize> = BTreeMap::new();
    let mut calls: Vec<Call> = Vec::new();
    for line in text.lines() {
        let Some((thread, rest)) = line.split_once(' ') else {
            continue;
        };
        let rest = rest.trim_start();
        let Some((name, _)) = rest.split_once('(') else {
            continue;
        };
        if rest.starts_with(['<', '+', '-', '?']) || name.contains(' ') {
            continue;
        }
        let count = counts
            .entry((thread.to_owned(), name.to_owned()))
            .or_default();
        *count += 1;
        calls.push(Call {
            name: name.to_owned(),
            nth: *count,
            line: rest.to_owned(),
        });
    }
    calls
}

impl Call {
    /// Whether a line is this call, with the same file, in a run of another world.
    pub fn is_it(&self, line: &str) -> bool {
        line.starts_with(&format!("{}(", self.name)) && target(line) == target(&self.line)
    }
}

/// The name of the file that a call is about, without what differs from world to world: digests and numbers.
fn target(line: &str) -> String {
    // Where relative paths would begin is told first.
    let line = line
        .split_once("AT_FDCWD<")
        .and_then(|(_, rest)| rest.split_once('>'))
        .map_or(line, |(_, it)| it);
    let begin = ["</", "\"/"]
        .iter()
        .filter_map(|mark| line.find(mark))
        .min()
        .map_or(line.len(), |at| at + 1);
    let path = line
        .get(begin..)
        .unwrap_or_default()
        .split(['>', '"'])
        .next()
        .unwrap_or_default();
    let name = path.rsplit('/').next().unwrap_or_default();
    let name = name
        .split_inclusive("tok-faults-")
        .next()
        .unwrap_or_default();
    name.chars()
        .filter(|character| !character.is_ascii_hexdigit())
        .collect()
}

/// Runs with a signal sent at one call.
pub fn signal(world: &World, call: &Call, signal: &str, args: &[&str]) -> Ran {
    let Call { name, nth, .. } = call;
    let (trace, inject) = (
        format!("trace={name}"),
        format!("inject={name}:signal={signal}:when={nth}"),
    );
    // Without `--seccomp-bpf`, though that is quicker: strace 6.1 injects no signals with it.
    traced(
        world,
        &[
            "-o",
            "/dev/null",
            "-e",
            &trace,
            "-e",
            "signal=none",
            "-e",
            &inject,
        ],
        args,
        LIMIT,
    )
}

/// Runs with an error at one call, and says which calls it really were: one in each thread that comes so far, and
/// other ones than were listed where the calls come in another order this time.
pub fn fail(
    world: &World,
    call: &Call,
    error: &str,
    args: &[&str],
    limit: Duration,
) -> (Ran, Vec<String>) {
    let Call { name, nth, .. } = call;
    let path = world.dir.path().join("trace");
    let (trace, inject) = (
        format!("trace={name}"),
        format!("inject={name}:error={error}:when={nth}"),
    );
    let options = [
        "--seccomp-bpf",
        "-y",
        "-s",
        "300",
        "-o",
        path.to_str().unwrap(),
    ];
    let options = [
        &options[..],
        &["-e", &trace, "-e", "signal=none", "-e", &inject],
    ]
    .concat();
    let ran = traced(world, &options, args, limit);
    (
        ran,
        injected(&fs::read_to_string(&path).unwrap_or_default()),
    )
}

/// The lines that `strace` marks as injected, put together where another thread's came between.
fn injected(text: &str) -> Vec<String> {
    let (mut begun, mut found) = (BTreeMap::new(), Vec::new());
    for line in text.lines() {
        let Some((thread, rest)) = line.split_once(' ') else {
            continue;
        };
        let rest = rest.trim_start();
        if let Some(beginning) = rest.strip_suffix("<unfinished ...>") {
            begun.insert(thread, beginning);
        }
        if rest.contains("(INJECTED)") {
            let end = rest
                .strip_prefix("<... ")
                .and_then(|end| end.split_once("resumed>"));
            found.push(match end {
                Some((_, end)) => [begun.get(thread).unwrap_or(&""), end].concat(),
                None => rest.to_owned(),
            });
        }
    }
    found
}

/// Runs with every call of these names on these paths failing.
pub fn inject_all(world: &World, names: &str, error: &str, paths: &[String], args: &[&str]) -> Ran {
    let (trace, inject) = (
        format!("trace={names}"),
        format!("inject={names}:error={error}"),
    );
    let mut options = vec![
        "-o",
        "/dev/null",
        "-e",
        &trace,
        "-e",
        "signal=none",
        "-e",
        &inject,
    ];
    for path in paths {
        options.extend(["-P", path]);
    }
    traced(world, &options, args, LIMIT)
}
