//! `{ command = ["argv", …] }`: the one line that a program prints. No shell reads it.

use std::io::{self, Read};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

use zeroize::Zeroizing;

use super::Trouble;
use crate::os;
use crate::secret::Secret;
use crate::server_text::presentable;

/// The most that is read of what the program prints, in bytes.
const LARGEST: u64 = 1 << 20;

/// How often a program that has closed its output is asked whether it has ended.
const POLL: Duration = Duration::from_millis(5);

#[expect(clippy::disallowed_methods, reason = "this is the secret source that starts a process")]
/// Runs the program. It is the child's own group and terminal that a prompt needs, so neither is taken away;
/// its standard input is empty, so that it cannot eat ours.
pub(super) fn read(argv: &[String], time_limit: Duration) -> Result<Secret<String>, Trouble> {
    let deadline = Instant::now() + time_limit;
    let (program, arguments) = argv.split_first().map_or(("", argv), |(first, rest)| (first.as_str(), rest));
    let failed =
        |what: String, said: Option<String>| Trouble::Command { program: program.to_owned(), what, said };
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| failed(format!("cannot be run: {}", os::describe(&error)), None))?;
    let outcome = collect(&mut child, deadline);
    if !matches!(outcome, Ok(Finished { .. })) {
        // It may have ended by itself meanwhile.
        let _ = child.kill();
        let _ = child.wait();
    }
    match outcome {
        Err(Unfinished::TimedOut) => {
            Err(failed(format!("did not finish within {}s", time_limit.as_secs_f32()), None))
        }
        Err(Unfinished::Broken(error)) => {
            Err(failed(format!("cannot be listened to: {}", os::describe(&error)), None))
        }
        Ok(Finished { succeeded: false, how, said, .. }) => Err(failed(how, said)),
        Ok(Finished { printed, said, .. }) => {
            one_line(&printed).map_err(|what| failed(what.to_owned(), said))
        }
    }
}

/// A program that ended.
struct Finished {
    printed: Zeroizing<Vec<u8>>,
    /// The last line of its standard error, fit to be shown.
    said: Option<String>,
    succeeded: bool,
    how: String,
}

enum Unfinished {
    TimedOut,
    Broken(io::Error),
}

fn collect(child: &mut Child, deadline: Instant) -> Result<Finished, Unfinished> {
    let printed = drain(child.stdout.take())?;
    let said = drain(child.stderr.take())?;
    let printed = receive(&printed, deadline)?;
    let said = receive(&said, deadline)?;
    let status = loop {
        match child.try_wait().map_err(Unfinished::Broken)? {
            Some(status) => break status,
            None if Instant::now() >= deadline => return Err(Unfinished::TimedOut),
            None => thread::sleep(POLL),
        }
    };
    let last = String::from_utf8_lossy(&said).lines().rev().map(presentable).find(|line| !line.is_empty());
    let how = status
        .code()
        .map_or_else(|| "was ended by a signal".to_owned(), |code| format!("failed with exit code {code}"));
    Ok(Finished { printed, said: last, succeeded: status.success(), how })
}

type Printed = Receiver<io::Result<Zeroizing<Vec<u8>>>>;

/// Reads a stream to its end in a thread of its own: a pipe has no time limit.
fn drain<R: Read + Send + 'static>(stream: Option<R>) -> Result<Printed, Unfinished> {
    let (sender, receiver) = mpsc::channel();
    let work = move || {
        let mut bytes = Zeroizing::new(Vec::with_capacity(4096));
        let outcome = stream.map_or(Ok(0), |stream| stream.take(LARGEST + 1).read_to_end(&mut bytes));
        // Nobody listens any more where the time was up.
        let _ = sender.send(outcome.map(|_| bytes));
    };
    thread::Builder::new().spawn(work).map(|_| receiver).map_err(Unfinished::Broken)
}

fn receive(printed: &Printed, deadline: Instant) -> Result<Zeroizing<Vec<u8>>, Unfinished> {
    match printed.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
        Ok(outcome) => outcome.map_err(Unfinished::Broken),
        Err(_) => Err(Unfinished::TimedOut),
    }
}

/// What was printed, where it is one line.
fn one_line(printed: &[u8]) -> Result<Secret<String>, &'static str> {
    if printed.len() as u64 > LARGEST {
        return Err("printed more than 1 MiB");
    }
    let text = std::str::from_utf8(printed).map_err(|_| "printed something that is not valid UTF-8")?;
    let line = text.strip_suffix('\n').unwrap_or(text);
    let line = line.strip_suffix('\r').unwrap_or(line);
    if line.is_empty() {
        return Err("printed nothing");
    }
    if line.contains('\n') {
        return Err("printed more than one line");
    }
    Ok(Secret::from(line))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_and_no_more() {
        let of = |text: &[u8]| one_line(text).map(|secret| secret.expose().clone());
        assert_eq!(of(b"s3cret\n").as_deref(), Ok("s3cret"));
        assert_eq!(of(b"s3cret").as_deref(), Ok("s3cret"));
        assert_eq!(of(b" s \r\n").as_deref(), Ok(" s "));
        assert_eq!(of(b""), Err("printed nothing"));
        assert_eq!(of(b"\n"), Err("printed nothing"));
        assert_eq!(of(b"a\nb\n"), Err("printed more than one line"));
        assert_eq!(of(b"a\n\n"), Err("printed more than one line"));
        assert_eq!(of(b"\xff"), Err("printed something that is not valid UTF-8"));
    }
}
