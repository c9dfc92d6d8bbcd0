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
        Self { screen, has_colour, server, told: 0 }
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
    pub(crate) fn run(&mut self, world: &World, shown: &str, args: &[&str], code: u8) -> Outcome<Ran> {
        let ran = world.tok(args);
        self.prompt(shown)?;
        if !shown.starts_with("export ") {
            self.output(&world.shown(&ran.stdout))?;
        }
        self.output(&world.shown(&ran.stderr))?;
        if ran.code != 0 {
            self.prompt("echo $?")?;
            self.output(&ran.code.to_string())?;
        }
        self.check(ran.code == code, &format!("`{shown}` exits with {code}"))?;
        Ok(ran)
    }

    /// Runs a command that must print a token, and nothing on standard error.
    pub(crate) fn token(&mut self, world: &World, shown: &str, args: &[&str]) -> Outcome<String> {
        let ran = self.run(world, shown, args, 0)?;
        self.check(ran.stderr.is_empty(), &format!("`{shown}` has nothing to say besides"))?;
        let token = ran.stdout.trim_end().to_owned();
        let is_one_word = token.len() > 20 && !token.contains(char::is_whitespace);
        self.check(is_one_word && ran.stdout == format!("{token}\n"), "a token and one newline are printed")?;
        Ok(token)
    }

    /// The server has seen this one request since it was last asked.
    pub(crate) fn saw(&mut self, request: &str) -> Outcome<()> {
        let new = self.unheard();
        self.line("2", &format!("  the server saw: {}", new.join("\n  the server saw: ")))?;
        self.check(new == [request], &format!("the server sees: {request}"))
    }

    /// The server has seen nothing since it was last asked.
    pub(crate) fn saw_nothing(&mut self) -> Outcome<()> {
        let new = self.unheard();
        self.line("2", "  the server saw: nothing")?;
        self.check(new.is_empty(), "a second `tok get` asks no server")
    }

    /// Stops the story where the program does not do what is told of it.
    pub(crate) fn check(&self, holds: bool, claim: &str) -> Outcome<()> {
        if holds { Ok(()) } else { Err(format!("not as told: {claim}").into()) }
    }

    /// The last words, and where to go from here.
    pub(crate) fn finish(mut self, world: &World) -> Outcome<()> {
        self.unheard();
        let listed = world.tok(&["config", "check"]);
        self.check(listed.code == 0, "`tok config check` finds the profiles valid")?;
        self.say(
            "All of this was checked while it was shown. Next: `cargo test --locked`, then the README.",
        )?;
        Ok(())
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
