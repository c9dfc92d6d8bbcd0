//! Systems without signals: a process that goes on for long is ended by the system.

use std::io;
use std::time::Duration;

use crate::host::Sleep;

/// The sleep of this process.
#[derive(Default)]
pub struct Sleeper;

impl Sleep for Sleeper {
    fn listen(&self) -> io::Result<()> {
        Ok(())
    }

    fn sleep(&self, time: Duration) -> Option<&'static str> {
        std::thread::sleep(time);
        None
    }
}
