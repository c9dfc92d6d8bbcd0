//! Lists the system calls of a run, and makes one of them fail or be the last.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::process::Command;
use std::time::Duration;

use crate::faults::world::World;
use crate::support::{LIMIT, Outcome, program};

/// One system call of a run.
#[derive(Debug, Clone)]
pub struct Call {
    pub name: String,
    /// Which one of this name in its thread, from 1: that is how `strace` counts.
    pub nth: usize,
    pub line: String,
}

fn traced(world: &World, options: &[&str], line: &str, limit: Duration) -> Outcome {
    let mut command = Command::new("strace");
    command
        .args(["-f", "-qq"])
        .args(options)
        .arg("--")
        .arg(program());
    command.args(line.split(' '));
    world.start(command).finish_within(limit)
}

/// The system calls of one run that differ in their names or their numbers, each with its place among all.
pub fn different_calls(world: &World, line: &str) -> Vec<(usize, Call)> {
    let mut seen = BTreeSet::new();
    let all = calls(world, line).into_iter().enumerate();
    all.filter(|(_, call)| seen.insert((call.name.clone(), call.nth)))
        .collect()
}

/// The system calls of one run, in order, with the paths of descriptors. The same call of two threads is one.
pub fn calls(world: &World, line: &str) -> Vec<Call> {
    let path = world.sandbox.path("trace");
    let options = ["-y", "-s", "300", "-o", path.to_str().unwrap()];
    drop(traced(world, &options, line, LIMIT));
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
    // Where relative paths would begin stands first.
    let beginning = line
        .split_once("AT_FDCWD<")
        .and_then(|(_, rest)| rest.split_once('>'));
    let line = beginning.map_or(line, |(_, it)| it);
    let starts = ["</", "\"/"].iter().filter_map(|mark| line.find(mark));
    let begin = starts.min().map_or(line.len(), |at| at + 1);
    let path = line
        .get(begin..)
        .unwrap_or_default()
        .split(['>', '"'])
        .next();
    let name = path
        .unwrap_or_default()
        .rsplit('/')
        .next()
        .unwrap_or_default();
    let name = name.split_inclusive("tok-test-").next().unwrap_or_default();
    name.chars()
        .filter(|character| !character.is_ascii_hexdigit())
        .collect()
}

/// Runs with a signal sent at one call.
pub fn signal(world: &World, call: &Call, signal: &str, line: &str) -> Outcome {
    let Call { name, nth, .. } = call;
    let trace = format!("trace={name}");
    let inject = format!("inject={name}:signal={signal}:when={nth}");
    // Without `--seccomp-bpf`, though that is quicker: strace 6.1 injects no signals with it.
    let options = [
        "-o",
        "/dev/null",
        "-e",
        &trace,
        "-e",
        "signal=none",
        "-e",
        &inject,
    ];
    traced(world, &options, line, LIMIT)
}

/// Runs with an error at one call, and says which calls it really were: one in each thread that comes so far, and
/// other ones than were listed where the calls come in another order this time.
pub fn fail(
    world: &World,
    call: &Call,
    error: &str,
    line: &str,
    limit: Duration,
) -> (Outcome, Vec<String>) {
    let Call { name, nth, .. } = call;
    let path = world.sandbox.path("trace");
    let trace = format!("trace={name}");
    let inject = format!("inject={name}:error={error}:when={nth}");
    let mut options = vec![
        "--seccomp-bpf",
        "-y",
        "-s",
        "300",
        "-o",
        path.to_str().unwrap(),
    ];
    options.extend(["-e", &trace, "-e", "signal=none", "-e", &inject]);
    let ran = traced(world, &options, line, limit);
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
pub fn fail_all(world: &World, names: &str, error: &str, paths: &[String], line: &str) -> Outcome {
    let trace = format!("trace={names}");
    let inject = format!("inject={names}:error={error}");
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
    options.extend(paths.iter().flat_map(|path| ["-P", path.as_str()]));
    traced(world, &options, line, LIMIT)
}
