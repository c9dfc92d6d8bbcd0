//! A day of a watch: the clock goes on by itself whenever the program sleeps, and things happen at their times.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::fs;
use std::io;
use std::path::PathBuf;
use std::time::{Duration, UNIX_EPOCH};

use tok::host::Sleep;
use tok::time::UnixTime;

use crate::support::{Sandbox, now};

type Event<'a> = (i64, Box<dyn Fn(&Day<'a>) + 'a>);

/// Times are in seconds since it began.
pub(super) struct Day<'a> {
    tok: &'a Sandbox,
    began: i64,
    clock: Cell<i64>,
    events: RefCell<VecDeque<Event<'a>>>,
    /// A file that is another one at each look at the clock, and how many looks there were.
    restless: RefCell<Option<PathBuf>>,
    looks: Cell<usize>,
}

/// How a watch ended.
pub(super) struct Ended {
    pub(super) code: u8,
    pub(super) stderr: String,
}

impl Ended {
    /// By the signal, after these lines.
    #[track_caller]
    pub(super) fn ends(&self, lines: &[&str]) {
        let last = "api: ended by SIGTERM; `[FILE]` is left as it is";
        let all: Vec<&str> = lines.iter().copied().chain([last]).collect();
        assert_eq!(self.stderr.lines().collect::<Vec<_>>(), all);
        assert_eq!(self.code, 0);
    }
}

impl Ended {
    /// Each of these as often as said.
    #[track_caller]
    pub(super) fn mentions(&self, counts: &[(&str, usize)]) {
        for (text, count) in counts {
            let found = self.stderr.matches(text).count();
            assert_eq!(found, *count, "{text}: {}", self.stderr);
        }
    }
}

impl<'a> Day<'a> {
    pub(super) fn new(tok: &'a Sandbox) -> Self {
        fs::create_dir_all(tok.path("out")).unwrap();
        let began = now();
        Self {
            tok,
            began,
            clock: Cell::new(began),
            events: RefCell::default(),
            restless: RefCell::default(),
            looks: Cell::new(0),
        }
    }

    /// At this time, or as soon as the program sleeps after it.
    pub(super) fn at(&self, seconds: i64, event: impl Fn(&Day<'a>) + 'a) {
        let event: Event<'a> = (seconds, Box::new(event));
        self.events.borrow_mut().push_back(event);
    }

    pub(super) fn now(&self) -> i64 {
        self.clock.get()
    }

    pub(super) fn set_clock(&self, at: i64) {
        self.clock.set(at);
    }

    /// From now on this file changes all the time.
    pub(super) fn changes_all_the_time(&self, path: PathBuf) {
        *self.restless.borrow_mut() = Some(path);
    }

    fn tick(&self) -> UnixTime {
        if let Some(path) = &*self.restless.borrow() {
            self.looks.set(self.looks.get() + 1);
            assert!(self.looks.get() < 1000, "it does not sleep any more");
            let at = UNIX_EPOCH + Duration::from_secs(1_700_000_000 + self.looks.get() as u64);
            let file = fs::File::options().append(true).open(path);
            file.unwrap().set_modified(at).unwrap();
        }
        UnixTime(self.now())
    }

    pub(super) fn path(&self) -> PathBuf {
        self.tok.path("out/token")
    }

    pub(super) fn file(&self) -> String {
        fs::read_to_string(self.path()).unwrap_or_else(|error| error.to_string())
    }

    pub(super) fn mode(&self) -> u32 {
        Sandbox::mode(&self.path())
    }

    /// Watches until all that was to happen has happened, and the signal after it.
    pub(super) fn watch(&self, flags: &str) -> Ended {
        let path = self.path();
        let mut args = vec!["watch", "api", "-o", path.to_str().unwrap()];
        args.extend(flags.split_whitespace());
        let (code, stdout, stderr) = self.tok.run_here(&args, &|| self.tick(), self);
        assert_eq!(stdout, "");
        assert!(!stderr.contains("tok-"), "{stderr}");
        Ended {
            code,
            stderr: stderr.replace("[HOME]/out/token", "[FILE]"),
        }
    }
}

impl Sleep for Day<'_> {
    fn listen(&self) -> io::Result<()> {
        Ok(())
    }

    fn sleep(&self, time: Duration) -> Option<&'static str> {
        if time.is_zero() {
            return None;
        }
        // A real sleep does not go on while the machine is suspended: it must be short.
        assert!(time <= Duration::from_secs(5), "{time:?}");
        let wakes_at = self.now() + i64::try_from(time.as_secs()).unwrap();
        let Some((at, event)) = self.events.borrow_mut().pop_front() else {
            return Some("SIGTERM");
        };
        let at_clock = self.began + at;
        if at_clock > wakes_at {
            self.events.borrow_mut().push_front((at, event));
            self.clock.set(wakes_at);
        } else {
            self.clock.set(at_clock.max(self.now()));
            event(self);
        }
        None
    }
}
