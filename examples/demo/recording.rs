//! Prints the story like a recording of a terminal, and holds the program and the server to it.

use std::error::Error;
use std::io::{self, Write};

use super::server::Server;
use super::world::{Ran, World};

type Outcome<T> = Result<T, Box<dyn Error>>;

/// The longest line of output that is shown whole, in characters.
const WIDTH: usize = 96;

/// The screen, and what the server has been asked so far.
pub(crate) struct Recording<'a> {
    screen: &'a mut dyn Write,
    has_colour: bool,
    server: &'a Server,
    told: usize,
}

impl<'a> Recording<'a> {
    pub(crate) fn new(screen: &'a mut dyn Write, has_colour: bool, server: &'a Server) -> Self {
        Self {
            screen,
            has_colour,
            server,
            told: 0,
        }
    }

    /// A sentence of the story.
    pub(crate) fn say(&mut self, sentence: &str) -> io::Result<()> {
        self.line("2", &format!("# {sentence}"))
    }

    /// A command as it would be typed.
    pub(crate) fn prompt(&mut self, command: &str) -> io::Result<()> {
        self.line("1", &format!("$ {command}"))
    }

    /// What a command prints; very long lines are cut.
    pub(crate) fn output(&mut self, text: &str) -> io::Result<()> {
        for line in text.lines() {
            let cut: String = line.chars().take(WIDTH).collect();
            let dots = if cut.len() < line.len() { "…" } else { "" };
            writeln!(self.screen, "{cut}{dots}")?;
        }
        Ok(())
    }

    /// Runs a command and shows it with its output, and its exit code where that is not 0.
    pub(crate) fn run(
        &mut self,
        world: &World,
        shown: &str,
        args: &[&str],
        code: u8,
    ) -> Outcome<Ran> {
        let ran = world.tok(args);
        self.prompt(shown)?;
        if !shown.starts_with("export ") {
            self.output(&tail(shown, &world.shown(&ran.stdout)))?;
        }
        self.output(&world.shown(&ran.stderr))?;
        if ran.code != 0 {
            self.prompt("echo $?")?;
            self.output(&ran.code.to_string())?;
        }
        check(ran.code == code, &format!("`{shown}` exits with {code}"))?;
        Ok(ran)
    }

    /// Runs a command that must print a token, and nothing on standard error.
    pub(crate) fn token(&mut self, world: &World, shown: &str, args: &[&str]) -> Outcome<String> {
        let ran = self.run(world, shown, args, 0)?;
        check(
            ran.stderr.is_empty(),
            &format!("`{shown}` has nothing to say besides"),
        )?;
        let token = ran.stdout.trim_end().to_owned();
        let is_one_word = token.len() > 20 && !token.contains(char::is_whitespace);
        check(
            is_one_word && ran.stdout == format!("{token}\n"),
            "a token and one newline are printed",
        )?;
        Ok(token)
    }

    /// The server has seen this one request since it was last asked.
    pub(crate) fn saw(&mut self, request: &str) -> Outcome<()> {
        let new = self.unheard();
        self.line("2", &format!("  server: {}", new.join("\n  server: ")))?;
        check(new == [request], &format!("the server sees: {request}"))
    }

    /// The server has seen nothing since it was last asked.
    pub(crate) fn saw_nothing(&mut self) -> Outcome<()> {
        let new = self.unheard();
        self.line("2", "  server: nothing")?;
        check(new.is_empty(), "no server is asked")
    }

    fn unheard(&mut self) -> Vec<String> {
        let seen = self.server.seen();
        let new = seen.get(self.told..).unwrap_or_default().to_vec();
        self.told = seen.len();
        new
    }

    fn line(&mut self, style: &str, text: &str) -> io::Result<()> {
        if self.has_colour {
            writeln!(self.screen, "\u{1b}[{style}m{text}\u{1b}[0m")
        } else {
            writeln!(self.screen, "{text}")
        }
    }
}

/// Stops the story where the program does not do what is told of it.
pub(crate) fn check(holds: bool, claim: &str) -> Outcome<()> {
    if holds {
        Ok(())
    } else {
        Err(format!("not as told: {claim}").into())
    }
}

/// The end of an output, where the command line as it is shown says `| tail -n N`.
fn tail(shown: &str, output: &str) -> String {
    let lines: Vec<&str> = output.lines().collect();
    let wanted = shown
        .split_once(" | tail -n ")
        .and_then(|(_, count)| count.parse().ok());
    let skipped = wanted.map_or(0, |wanted: usize| lines.len().saturating_sub(wanted));
    lines.get(skipped..).unwrap_or_default().join("\n")
}
