//! Unix: how a process that goes on for long sleeps, and which signals ask it to end.

use std::io;
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use signal_hook::consts::{SIGALRM, SIGHUP, SIGINT, SIGTERM};
use signal_hook::{flag, low_level};

use super::start;
use crate::host::Sleep;

/// The signals that ask for an end. One that was ignored from the start (`nohup`, a job in the background of a
/// script) stays ignored.
const ENDING: [(i32, &str); 3] = [(SIGTERM, "SIGTERM"), (SIGINT, "SIGINT"), (SIGHUP, "SIGHUP")];

/// So many seconds a request that is under way has to come to its end, as a refresh token that rotates may hang on it.
/// Who ends containers waits for ten before it ends them by force, and then nothing is put in order.
const GRACE: u32 = 8;

/// The sleep of this process, which a signal ends. No thread waits, and nothing runs meanwhile.
#[derive(Default)]
pub struct Sleeper(OnceLock<Listening>);

struct Listening {
    /// Becomes readable by the first signal, and stays so.
    wake: UnixStream,
    /// The number of the last signal; 0: there was none.
    last: Arc<AtomicUsize>,
}

impl Listening {
    fn begin() -> io::Result<Self> {
        let (wake, bell) = UnixStream::pair()?;
        let (asked, last) = (
            Arc::new(AtomicBool::new(false)),
            Arc::new(AtomicUsize::new(0)),
        );
        flag::register_conditional_shutdown(SIGALRM, 0, Arc::new(AtomicBool::new(true)))?;
        for (signal, _) in ENDING
            .into_iter()
            .filter(|(signal, _)| !start::is_ignored(*signal))
        {
            // In this order: the first signal only sets the flag, and the next one finds it set.
            flag::register_conditional_default(signal, Arc::clone(&asked))?;
            flag::register(signal, Arc::clone(&asked))?;
            flag::register_usize(
                signal,
                Arc::clone(&last),
                usize::try_from(signal).unwrap_or(0),
            )?;
            low_level::pipe::register(signal, bell.try_clone()?)?;
            start::set_alarm_on(signal, GRACE)?;
        }
        Ok(Self { wake, last })
    }

    fn asked(&self) -> Option<&'static str> {
        let last = i32::try_from(self.last.load(Ordering::SeqCst)).unwrap_or(0);
        ENDING
            .into_iter()
            .find_map(|(signal, name)| (signal == last).then_some(name))
    }
}

impl Sleep for Sleeper {
    fn listen(&self) -> io::Result<()> {
        if self.0.get().is_none() {
            let _ = self.0.set(Listening::begin()?);
        }
        Ok(())
    }

    fn sleep(&self, time: Duration) -> Option<&'static str> {
        let Some(listening) = self.0.get() else {
            std::thread::sleep(time);
            return None;
        };
        let time = Timespec {
            tv_sec: i64::try_from(time.as_secs()).unwrap_or(i64::MAX),
            tv_nsec: time.subsec_nanos().into(),
        };
        // A signal of another sort may cut it short: whoever sleeps looks at the clock anyway.
        let _ = poll(
            &mut [PollFd::new(&listening.wake, PollFlags::IN)],
            Some(&time),
        );
        listening.asked()
    }
}
