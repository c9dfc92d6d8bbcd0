//! Unix: how a process that runs for long sleeps, and which signals end it.

use std::io;
use std::process;
use std::sync::atomic::AtomicBool;
use std::sync::mpsc::{self, Receiver};
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::Duration;

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;
use signal_hook::iterator::Signals;

use crate::host::Sleep;

/// The signals that ask for an end. SIGHUP keeps the action that the process was started with, so that `nohup` works.
const ENDING: [(i32, &str); 2] = [(SIGTERM, "SIGTERM"), (SIGINT, "SIGINT")];

/// How long a request may go on after the signal, so that a rotated refresh token is not lost. Container runtimes kill a
/// process ten seconds after the signal.
const GRACE: Duration = Duration::from_secs(8);

/// The sleep of this process, which a signal ends.
#[derive(Default)]
pub struct Sleeper(OnceLock<Receiver<&'static str>>);

impl Sleep for Sleeper {
    fn listen(&self) -> io::Result<()> {
        if self.0.get().is_none() {
            let _ = self.0.set(listen()?);
        }
        Ok(())
    }

    fn sleep(&self, time: Duration) -> Option<&'static str> {
        let Some(signals) = self.0.get() else {
            thread::sleep(time);
            return None;
        };
        signals.recv_timeout(time).ok()
    }
}

/// Passes on the first signal's name. A second signal, or the end of the grace period, ends the process at once.
#[expect(
    clippy::exit,
    clippy::disallowed_methods,
    reason = "the main thread may be waiting for a server"
)]
fn listen() -> io::Result<Receiver<&'static str>> {
    let was_signalled = Arc::new(AtomicBool::new(false));
    for (signal, _) in ENDING {
        // In this order: the first signal only sets the flag, and the next one finds it set.
        flag::register_conditional_default(signal, Arc::clone(&was_signalled))?;
        flag::register(signal, Arc::clone(&was_signalled))?;
    }
    let mut signals = Signals::new(ENDING.map(|(signal, _)| signal))?;
    let (sender, receiver) = mpsc::channel();
    thread::Builder::new().spawn(move || {
        let first = signals.forever().next();
        let name = ENDING
            .into_iter()
            .find(|(signal, _)| Some(*signal) == first);
        if let Some((_, name)) = name {
            let _ = sender.send(name);
            thread::sleep(GRACE);
            process::exit(0);
        }
    })?;
    Ok(receiver)
}
