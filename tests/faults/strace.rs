//! Lists the system calls of a run, and makes one of them fail or be the last.

use std::collections::BTreeMap;
use std::fs;
use std::process::Command;

use crate::world::{LIMIT, Ran, Running, World};

/// One system call of a run.
#[derive(Debug, Clone)]
pub struct Call {
    pub name: String,
    /// Which one of this name in its thread, from 1: that is how `strace` counts.
    pub nth: usize,
    pub line: String,
}

fn traced(world: &World, options: &[&str], args: &[&str]) -> Ran {
    let mut command = Command::new("strace");
    command.args(["-f", "-qq"]).args(options).arg("--").arg(&world.binary).args(args);
    world.dress(&mut command);
    Running::start(command).finish(LIMIT)
}

/// The system calls of one run, in order, with the paths of descriptors. The same call of two threads is one.
pub fn calls(world: &World, args: &[&str]) -> Vec<Call> {
    let path = world.dir.path().join("trace");
    traced(world, &["-y", "-s", "300", "-o", path.to_str().unwrap()], args);
    let text = fs::read_to_string(&path).unwrap();
    let mut counts: BTreeMap<(String, String), usize> = BTreeMap::new();
    let mut calls: Vec<Call> = Vec::new();
    for line in text.lines() {
        let Some((thread, rest)) = line.split_once(' ') else { continue };
        let rest = rest.trim_start();
        let Some((name, _)) = rest.split_once('(') else { continue };
        if rest.starts_with(['<', '+', '-', '?']) || name.contains(' ') {
            continue;
        }
        let count = counts.entry((thread.to_owned(), name.to_owned())).or_default();
        *count += 1;
        calls.push(Call { name: name.to_owned(), nth: *count, line: rest.to_owned() });
    }
    calls
}

/// Runs with something done to one call: `error=EIO`, `signal=KILL`.
pub fn inject(world: &World, call: &Call, what: &str, args: &[&str]) -> Ran {
    let Call { name, nth, .. } = call;
    let (trace, inject) = (format!("trace={name}"), format!("inject={name}:{what}:when={nth}"));
    let options = ["-o", "/dev/null", "-e", &trace, "-e", "signal=none", "-e", &inject];
    // Quicker; but strace 6.1 injects no signals with it.
    let options = if what.starts_with("error") {
        [&["--seccomp-bpf"], &options[..]].concat()
    } else {
        options.to_vec()
    };
    traced(world, &options, args)
}

/// Runs with every call of these names on these paths failing.
pub fn inject_all(world: &World, names: &str, error: &str, paths: &[String], args: &[&str]) -> Ran {
    let (trace, inject) = (format!("trace={names}"), format!("inject={names}:error={error}"));
    let mut options = vec!["-o", "/dev/null", "-e", &trace, "-e", "signal=none", "-e", &inject];
    for path in paths {
        options.extend(["-P", path]);
    }
    traced(world, &options, args)
}
