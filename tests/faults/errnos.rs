//! F3: each system call of a hit, a miss and a renewal fails once.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use crate::server::unix_now;
use crate::strace::{self, Call};
use crate::world::{World, in_parallel};

/// What is done, and with which cache.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Way {
    Hit,
    Miss,
    Renewal,
    Rotation,
}

impl Way {
    const ALL: [Self; 4] = [Self::Hit, Self::Miss, Self::Renewal, Self::Rotation];

    fn profile(self) -> &'static str {
        if self == Self::Rotation { "rotating" } else { "usual" }
    }

    fn set(self, world: &World) {
        world.restore(&Vec::new());
        if self == Self::Miss {
            return;
        }
        world.get(self.profile());
        if self != Self::Hit {
            world.shift(self.profile(), -7200, -7200);
        }
        world.server.state().reused = 0;
    }
}

/// The error numbers that a call can really give.
fn fitting(call: &Call) -> &'static [&'static str] {
    match call.name.as_str() {
        "openat" if call.line.contains("O_CREAT") || call.line.contains("O_WRONLY") => {
            &["ENOSPC", "EACCES", "EROFS", "EDQUOT", "EMFILE", "ENFILE", "EIO", "EINTR", "ENOMEM"]
        }
        "open" | "openat" => &["EACCES", "EMFILE", "ENFILE", "EIO", "EINTR", "ENOMEM"],
        "read" | "pread64" | "recvfrom" => &["EIO", "EINTR", "ENOMEM"],
        "write" | "writev" | "pwrite64" => &["ENOSPC", "EIO", "EDQUOT", "EINTR", "EAGAIN"],
        "fsync" | "fdatasync" => &["EIO", "ENOSPC", "EDQUOT", "EINTR", "EROFS"],
        "rename" | "renameat" | "renameat2" | "link" | "linkat" | "mkdir" | "mkdirat" => {
            &["ENOSPC", "EIO", "EACCES", "EROFS", "EDQUOT", "ENOMEM"]
        }
        "unlink" | "unlinkat" | "chmod" | "fchmod" | "fchmodat" => &["EIO", "EACCES", "EROFS", "EPERM"],
        "flock" => &["ENOLCK", "EINTR", "EIO", "EINVAL"],
        "fstat" | "stat" | "lstat" | "newfstatat" | "statx" | "access" | "readlink" => {
            &["EIO", "EACCES", "ENOMEM"]
        }
        "mmap" | "brk" | "mprotect" | "mremap" | "munmap" | "madvise" | "sigaltstack" => {
            &["ENOMEM", "EAGAIN"]
        }
        "clone" | "clone3" => &["EAGAIN", "ENOMEM", "ENOSYS"],
        "socket" | "socketpair" | "pipe2" | "eventfd2" | "epoll_create1" | "dup" | "fcntl" => {
            &["EMFILE", "ENFILE", "ENOMEM"]
        }
        "connect" => &["ECONNREFUSED", "EADDRNOTAVAIL", "ENETUNREACH", "EACCES", "ENOMEM", "EINTR"],
        "sendto" | "sendmsg" => &["ECONNRESET", "EPIPE", "ENOMEM", "EINTR"],
        "epoll_ctl" | "setsockopt" | "getsockopt" | "getpeername" | "getsockname" => &["ENOMEM", "ENOSPC"],
        "epoll_wait" | "epoll_pwait" | "poll" => &["EINTR", "ENOMEM"],
        "getrandom" => &["EINTR", "EAGAIN", "ENOSYS"],
        // One that wakes others gives neither, and would wake nobody here.
        "futex" if call.line.contains("FUTEX_WAIT") => &["EINTR", "EAGAIN"],
        "close" => &["EIO", "EINTR"],
        "prlimit64" | "setrlimit" | "getrlimit" | "prctl" => &["EPERM"],
        "ioctl" | "lseek" | "statfs" | "sysinfo" => &["EIO"],
        "sched_getaffinity" => &["ENOMEM"],
        _ => &[],
    }
}

pub fn check(binary: &Path, full: bool) -> (usize, Vec<String>) {
    let mut jobs = Vec::new();
    for way in Way::ALL {
        let world = World::new(binary);
        way.set(&world);
        let cache = world.cache().display().to_string();
        let mut seen = BTreeSet::new();
        for (index, call) in strace::calls(&world, &["get", way.profile()]).into_iter().enumerate() {
            if !seen.insert((call.name.clone(), call.nth)) {
                continue;
            }
            let errors = fitting(&call);
            let is_cache = call.line.contains(&cache);
            // In the short form the errors take turns, but where it is about the cache.
            let some =
                errors.iter().enumerate().filter(|(at, _)| full || is_cache || *at == index % errors.len());
            jobs.extend(some.map(|(_, error)| (way, call.clone(), *error, is_cache)));
        }
    }
    let failures = in_parallel(
        binary,
        &jobs,
        |world| world.profiles("timeout = \"5s\""),
        |world, (way, call, error, is_cache)| {
            let told = |what: String| format!("{way:?}, {error} at {}: {what}", call.line);
            fail(world, *way, call, error, *is_cache).into_iter().map(told).collect()
        },
    );
    (jobs.len(), failures)
}

fn fail(world: &World, way: Way, call: &Call, error: &str, is_cache: bool) -> Vec<String> {
    way.set(world);
    let ran = strace::inject(world, call, &format!("error={error}"), &["get", way.profile()]);
    let mut failures = Vec::new();
    if ran.late || ran.took > Duration::from_secs(12) {
        failures.push(format!("it takes too long: {}", ran.told()));
    }
    // Without memory for the stack of a signal handler Rust's own start gives up, before `main`.
    let is_before_main = ran.stderr.contains("alternative stack") || ran.stderr.contains("guard page");
    if (ran.stderr.contains("crashed") || ran.stderr.contains("panicked")) && !is_before_main {
        failures.push(format!("a panic: {}", ran.told()));
    }
    let is_right = ran
        .token()
        .is_some_and(|token| world.server.issued(token).is_some_and(|issued| issued.until > unix_now()));
    if !is_right && (is_cache || ran.code == Some(0) || !ran.stdout.is_empty()) {
        failures.push(format!("the token is lost: {}", ran.told()));
    }
    if world.server.state().reused > 0 {
        failures.push("a spent refresh token was sent".to_owned());
    }
    // What it leaves behind hinders nobody; a failure may be remembered for others for a moment only.
    let next = world.run(&["get", "-f", way.profile()]);
    if next.token().is_none() {
        failures.push(format!("the next one fails: {}", next.told()));
    }
    failures
}
