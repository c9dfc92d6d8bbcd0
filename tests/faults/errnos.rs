//! F3: each system call of a hit, a miss and a renewal fails once.

use std::fs;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, SystemTime};

use crate::faults::server::Issued;
use crate::faults::strace::{self, Call};
use crate::faults::world::{World, in_parallel};

const HOUR: Duration = Duration::from_secs(3600);

/// No run may take longer: each has a `timeout` of 5 s.
const LIMIT: Duration = Duration::from_secs(12);

/// What is done, and with which cache.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Way {
    Hit,
    Miss,
    /// A miss just after the profiles file was edited: its time is not to be relied on yet.
    Edited,
    Renewal,
    Rotation,
    /// The token is good for some minutes more.
    Early,
    /// The same, and a refresh token is spent for it.
    EarlyRotation,
}

impl Way {
    const ALL: [Self; 7] = [
        Self::Hit,
        Self::Miss,
        Self::Edited,
        Self::Renewal,
        Self::Rotation,
        Self::Early,
        Self::EarlyRotation,
    ];

    fn profile(self) -> &'static str {
        if matches!(self, Self::Rotation | Self::EarlyRotation) {
            "rotating"
        } else {
            "usual"
        }
    }

    fn set(self, world: &World) {
        world.clear();
        // One moment, however long a process takes to start.
        let half = HOUR / 2;
        let now = SystemTime::now();
        let written = if self == Self::Edited {
            now + half
        } else {
            now - half
        };
        let profiles = fs::File::open(world.sandbox.profiles_file()).unwrap();
        profiles.set_modified(written).unwrap();
        if matches!(self, Self::Miss | Self::Edited) {
            return;
        }
        world.fill(self.profile());
        match self {
            Self::Hit => {}
            Self::Early | Self::EarlyRotation => world.shift(self.profile(), -3480, -3480),
            _ => world.shift(self.profile(), -7200, -7200),
        }
        world.server.state().reused = 0;
    }

    fn line(self) -> String {
        format!("get {}", self.profile())
    }
}

/// The error numbers that a call can really give.
fn fitting(call: &Call) -> &'static [&'static str] {
    match call.name.as_str() {
        "openat" if call.line.contains("O_CREAT") || call.line.contains("O_WRONLY") => &[
            "ENOSPC", "EACCES", "EROFS", "EDQUOT", "EMFILE", "ENFILE", "EIO", "EINTR", "ENOMEM",
        ],
        "open" | "openat" => &["EACCES", "EMFILE", "ENFILE", "EIO", "EINTR", "ENOMEM"],
        "read" | "pread64" | "recvfrom" => &["EIO", "EINTR", "ENOMEM"],
        "write" | "writev" | "pwrite64" => &["ENOSPC", "EIO", "EDQUOT", "EINTR", "EAGAIN"],
        "fsync" | "fdatasync" => &["EIO", "ENOSPC", "EDQUOT", "EINTR", "EROFS"],
        "rename" | "renameat" | "renameat2" | "link" | "linkat" | "mkdir" | "mkdirat" => {
            &["ENOSPC", "EIO", "EACCES", "EROFS", "EDQUOT", "ENOMEM"]
        }
        "unlink" | "unlinkat" | "chmod" | "fchmod" | "fchmodat" => {
            &["EIO", "EACCES", "EROFS", "EPERM"]
        }
        "flock" => &["ENOLCK", "EINTR", "EIO", "EINVAL"],
        "fstat" | "stat" | "lstat" | "newfstatat" | "statx" | "access" | "readlink" => {
            &["EIO", "EACCES", "ENOMEM"]
        }
        "mmap" | "brk" | "mprotect" | "mremap" | "munmap" | "madvise" | "sigaltstack" => {
            &["ENOMEM", "EAGAIN"]
        }
        "clone" | "clone3" => &["EAGAIN", "ENOMEM", "ENOSYS"],
        "fcntl" if !call.line.contains("F_DUPFD") => &["EINTR"],
        "socket" | "socketpair" | "pipe2" | "eventfd2" | "epoll_create1" | "dup" | "fcntl" => {
            &["EMFILE", "ENFILE", "ENOMEM"]
        }
        "connect" => &[
            "ECONNREFUSED",
            "EADDRNOTAVAIL",
            "ENETUNREACH",
            "EACCES",
            "ENOMEM",
            "EINTR",
        ],
        "sendto" | "sendmsg" => &["ECONNRESET", "EPIPE", "ENOMEM", "EINTR"],
        "epoll_ctl" | "setsockopt" | "getsockopt" | "getpeername" | "getsockname" => {
            &["ENOMEM", "ENOSPC"]
        }
        "epoll_wait" | "epoll_pwait" | "poll" => &["EINTR", "ENOMEM"],
        // Numbers for hash tables are asked for without waiting for the kernel's pool: then it never says EAGAIN, at
        // which the standard library panics. One before 5.6 does not know the flag.
        "getrandom" if call.line.contains("GRND_INSECURE") => &["EINTR", "EINVAL", "ENOSYS"],
        "getrandom" => &["EINTR", "EAGAIN", "ENOSYS"],
        // One that wakes others gives neither.
        "futex" if call.line.contains("FUTEX_WAIT") => &["EINTR", "EAGAIN"],
        "close" => &["EIO", "EINTR"],
        "prlimit64" | "setrlimit" | "getrlimit" | "prctl" => &["EPERM"],
        "ioctl" | "lseek" | "statfs" | "sysinfo" => &["EIO"],
        "sched_getaffinity" => &["ENOMEM"],
        _ => &[],
    }
}

/// How often a call is tried again where the error has hit another one of its name.
const TRIES: usize = 4;

pub fn check(full: bool) -> (usize, Vec<String>) {
    let mut jobs = Vec::new();
    for way in Way::ALL {
        let world = World::new();
        prepare(&world);
        way.set(&world);
        let cache = world.cache_path();
        for (index, call) in strace::different_calls(&world, &way.line()) {
            let errors = fitting(&call);
            let is_cache = call.line.contains(&cache);
            // In the short form the errors take turns, but where it is about the cache.
            let some = errors.iter().enumerate();
            let some = some.filter(|(at, _)| full || is_cache || *at == index % errors.len());
            jobs.extend(some.map(|(_, error)| (way, call.clone(), *error)));
        }
    }
    let missed = AtomicUsize::new(0);
    let mut failures = in_parallel(&jobs, prepare, |world, (way, call, error)| {
        let mut failures = Vec::new();
        for _ in 0..TRIES {
            let lines = fail(world, *way, call, error, &mut failures);
            if lines.iter().any(|line| call.is_it(line)) {
                return failures;
            }
        }
        missed.fetch_add(1, Ordering::Relaxed);
        failures
    });
    // Threads come to their calls in another order each time, so that a few are not reached.
    let report = format!(
        "{} of {} calls were not met again",
        missed.load(Ordering::Relaxed),
        jobs.len()
    );
    eprintln!("  {report}");
    if missed.into_inner() * 10 > jobs.len() {
        failures.push(report);
    }
    (jobs.len(), failures)
}

fn prepare(world: &World) {
    world.profiles("timeout = \"5s\"");
}

/// Lets one call fail, judges what comes of it by the calls that really failed, and says which ones those were.
fn fail(
    world: &World,
    way: Way,
    call: &Call,
    error: &str,
    failures: &mut Vec<String>,
) -> Vec<String> {
    way.set(world);
    let (ran, lines) = strace::fail(world, call, error, &way.line(), LIMIT);
    // One that wakes no thread, which a kernel never does: what comes of it is of no interest.
    if lines.iter().any(|line| line.contains("FUTEX_WAKE")) {
        return Vec::new();
    }
    let place = lines.join(" and ");
    let mut found = |what: &str| {
        failures.push(format!(
            "{way:?}, {error} at {place}: {what}: {}",
            ran.summary()
        ));
    };
    let cache = world.cache_path();
    let is_cache = lines.iter().all(|line| line.contains(&cache));
    if ran.is_late {
        found("it takes too long");
    }
    // Without memory for the stack of a signal handler Rust's own start gives up, before `main`.
    let is_before_main =
        ran.stderr.contains("alternative stack") || ran.stderr.contains("guard page");
    if (ran.stderr.contains("crashed") || ran.stderr.contains("panicked")) && !is_before_main {
        found("a panic");
    }
    let issued = ran.token().and_then(|token| world.server.issued(token));
    let is_right = issued.as_ref().is_some_and(Issued::is_good);
    // Trouble with the cache costs the cache; and without any the token is owed all the more.
    if !is_right && (is_cache || ran.code == 0 || !ran.stdout.is_empty()) {
        found("the token is lost");
    }
    let is_lock = |line: &String| line.contains("flock(") && line.contains("ENOLCK");
    if lines.iter().any(is_lock) && !ran.stderr.contains("has no locks") {
        found("it does not say that there are no locks");
    }
    if world.server.state().reused > 0 {
        found("a spent refresh token was sent");
    }
    // What it leaves behind hinders no other; a failure may be remembered for others for a moment only.
    let next = world.run(&format!("{} -f", way.line()));
    if next.token().is_none() {
        failures.push(format!(
            "{way:?}, {error} at {place}: the next one fails: {}",
            next.summary()
        ));
    }
    lines
}
