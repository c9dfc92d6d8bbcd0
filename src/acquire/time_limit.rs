//! How long one acquisition may take.

use std::time::{Duration, Instant};

/// What the network has at the least, or all of its `timeout` where that is less, whatever the secret commands took.
const AT_LEAST: Duration = Duration::from_secs(4);

/// The time of the network: `timeout`. Secret commands have as much of their own, which takes nothing from it, as far as
/// the two together end before those who wait for this process lose their patience.
pub(super) struct NetworkTime {
    /// When it is over.
    pub(super) deadline: Instant,
    latest: Instant,
}

impl NetworkTime {
    pub(super) fn begin(timeout: Duration, now: Instant) -> Self {
        Self {
            deadline: now + timeout,
            latest: now + timeout + AT_LEAST,
        }
    }

    pub(super) fn commands_took(&mut self, time: Duration) {
        self.deadline = (self.deadline + time).min(self.latest);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_and_network_end_while_others_wait() {
        // `timeout`, what the commands took, when the network's time is over; in seconds.
        let cases = [
            (30, [0, 0], 30),
            (30, [1, 0], 31),
            (30, [2, 2], 34),
            (30, [20, 10], 34),
            (1, [1, 0], 2),
            (1, [1, 1], 3),
        ];
        let now = Instant::now();
        for (timeout, commands, expected) in cases {
            let mut time = NetworkTime::begin(Duration::from_secs(timeout), now);
            for took in commands {
                time.commands_took(Duration::from_secs(took));
            }
            assert_eq!(
                time.deadline,
                now + Duration::from_secs(expected),
                "{timeout} {commands:?}"
            );
            assert!(time.deadline < now + Duration::from_secs(timeout) + super::super::PATIENCE);
        }
    }
}
