//! A watch as a real process: how signals end it, and that it shares with others.

use std::fs;
use std::io::Read as _;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::support::{Sandbox, Server, Tcp};

/// A process that is ended when the test is.
struct Watch(Child);

impl Drop for Watch {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Watch {
    fn start(mut command: Command) -> Self {
        Self(
            command
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap(),
        )
    }

    fn signal(&self, signal: &str) {
        let line = format!("kill -s {signal} {}", self.0.id());
        assert!(
            Command::new("/bin/sh")
                .args(["-c", &line])
                .status()
                .unwrap()
                .success()
        );
    }

    /// Exit code, `None` for one that a signal has ended, and what was said.
    fn end(mut self) -> (Option<i32>, String) {
        let deadline = Instant::now() + Duration::from_secs(60);
        let code = loop {
            match self.0.try_wait().unwrap() {
                Some(status) => break status.code(),
                None => assert!(Instant::now() < deadline, "it does not end"),
            }
            thread::sleep(Duration::from_millis(10));
        };
        let (mut stdout, mut stderr) = (String::new(), String::new());
        self.0
            .stdout
            .take()
            .unwrap()
            .read_to_string(&mut stdout)
            .unwrap();
        self.0
            .stderr
            .take()
            .unwrap()
            .read_to_string(&mut stderr)
            .unwrap();
        assert_eq!(stdout, "");
        (code, stderr)
    }
}

#[track_caller]
fn wait_until(what: &str, is_so: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(40);
    while !is_so() {
        assert!(Instant::now() < deadline, "never: {what}");
        thread::sleep(Duration::from_millis(20));
    }
}

/// Whether a process that is started from here inherits that a signal is ignored, as far as the system tells.
fn is_ignored_here(signal: u32) -> bool {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let ignored = ignored
        .and_then(|set| u64::from_str_radix(set.trim(), 16).ok())
        .unwrap_or(0);
    ignored & (1 << (signal - 1)) != 0
}

fn holds(tok: &Sandbox, name: &str, text: &str) -> bool {
    fs::read_to_string(tok.path(name)).is_ok_and(|found| found == text)
}

#[test]
fn each_signal_ends_it_well() {
    let (_server, tok) = Server::issuing("tok-1");
    for (signal, number) in [("TERM", 15), ("INT", 2)] {
        // It stays ignored, as the next test but one says: `nohup cargo test`, or a shell's job in the background.
        if is_ignored_here(number) {
            continue;
        }
        let watch = Watch::start(tok.process("watch api -o token"));
        wait_until("the file is written", || holds(&tok, "token", "tok-1\n"));
        watch.signal(signal);
        let (code, said) = watch.end();
        assert_eq!(code, Some(0), "{said}");
        assert!(
            said.ends_with(&format!(
                "api: ended by SIG{signal}; `token` is left as it is\n"
            )),
            "{said}"
        );
        assert!(holds(&tok, "token", "tok-1\n"));
        fs::remove_file(tok.path("token")).unwrap();
    }
}

/// A watch that waits for a server which says nothing, and for so long.
fn waiting_for(server: &Tcp, timeout: &str) -> (Watch, Sandbox) {
    let keys = format!(
        "token_url = \"{}\"\ngrant = \"none\"\nclient_auth = \"none\"\ntimeout = \"{timeout}\"",
        server.url("/")
    );
    let tok = Sandbox::new().profile("api", &keys);
    let watch = Watch::start(tok.process("watch api -o token"));
    wait_until("it holds its lock", || {
        let lock = fs::read_dir(tok.cache_dir())
            .into_iter()
            .flatten()
            .flatten();
        lock.into_iter().any(|item| {
            item.path()
                .extension()
                .is_some_and(|extension| extension == "lock")
        })
    });
    (watch, tok)
}

#[test]
fn a_request_that_hangs_does_not_keep_it_after_a_signal() {
    let server = Tcp::silent();
    let (watch, _sandbox) = waiting_for(&server, "1h");
    watch.signal("TERM");
    assert_eq!(watch.end(), (Some(0), String::new()));
}

#[test]
fn a_second_signal_ends_it_at_once() {
    let server = Tcp::silent();
    let (watch, _sandbox) = waiting_for(&server, "20s");
    watch.signal("TERM");
    // The first waits for the request in hand, which a rotated refresh token may hang on.
    thread::sleep(Duration::from_millis(100));
    watch.signal("TERM");
    let (code, said) = watch.end();
    assert_eq!((code, said.as_str()), (None, ""));
}

#[test]
fn a_signal_that_was_ignored_stays_ignored() {
    let (_server, tok) = Server::issuing("tok-1");
    let mut command = tok.process("");
    let program = command.get_program().to_owned();
    command = {
        let mut shell = Command::new("/bin/sh");
        shell
            .args(["-c", "trap '' HUP; exec \"$0\" watch api -o token"])
            .arg(program);
        shell.env_clear().envs(
            command
                .get_envs()
                .filter_map(|(name, value)| Some((name, value?))),
        );
        shell.current_dir(command.get_current_dir().unwrap());
        shell
    };
    let watch = Watch::start(command);
    wait_until("the file is written", || holds(&tok, "token", "tok-1\n"));
    watch.signal("HUP");
    thread::sleep(Duration::from_millis(100));
    watch.signal("TERM");
    let (code, said) = watch.end();
    assert_eq!(code, Some(0), "{said}");
    assert!(
        said.ends_with("api: ended by SIGTERM; `token` is left as it is\n"),
        "{said}"
    );
}

/// Watches and gets that begin together: one request, one token, a file for each.
#[test]
fn watches_and_gets_send_one_request_together() {
    let (_server, tok) = Server::issuing("tok-1");
    let names: Vec<String> = (0..6).map(|number| format!("token-{number}")).collect();
    let start = |name: &String| Watch::start(tok.process(&format!("watch api -o {name}")));
    let watches: Vec<Watch> = names.iter().map(start).collect();
    tok.run("get api").prints("tok-1\n");
    for name in &names {
        wait_until("each file is written", || holds(&tok, name, "tok-1\n"));
    }
    for watch in watches {
        watch.signal("TERM");
        assert_eq!(watch.end().0, Some(0));
    }
}

#[test]
fn a_token_is_renewed_while_the_real_clock_goes_on() {
    let server = Server::start();
    server.issues("tok-1").for_secs(4).issue("tok-2");
    let tok = Sandbox::with_api(&server);
    let watch = Watch::start(tok.process("watch api -o token"));
    wait_until("the second token is there", || {
        holds(&tok, "token", "tok-2\n")
    });
    watch.signal("TERM");
    assert_eq!(watch.end().0, Some(0));
}
