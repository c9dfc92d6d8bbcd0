//! Completion as it is typed: real shells at a terminal, set up as the README says, and the TAB key. Beside it what else is
//! done at a terminal: questions that are broken off, a sample that is pasted.

use std::fs;

use crate::shells::terminal::Terminal;
use crate::support::{Sandbox, rows};

/// What is typed before TAB (`→`), and the arguments that the line then has.
const LINES: &str = "
tok ge→                                  | tok get
tok get moos→                            | tok get moost
tok get m→s→                             | tok get moost
tok watch moos→                          | tok watch moost
tok env moost moov-o→                    | tok env moost moov-other
tok credential google --profile moov-o→  | tok credential google --profile moov-other
tok forget moov-o→                       | tok forget moov-other
tok get --forma→                         | tok get --format
tok get --format exec→                   | tok get --format exec-credential
tok get --format=exec→                   | tok get --format=exec-credential
tok init --preset depo→                  | tok init --preset depotfinity
tok presets metap→                       | tok presets metapack
tok import cu→                           | tok import curl
tok import curl samp→                    | tok import curl sample.sh
tok get moost -o samp→                   | tok get moost -o sample.sh
tok man impo→cu→                         | tok man import curl
tok exec moost -- a-progr→               | tok exec moost -- a-program
tok exec moost -- cat samp→              | tok exec moost -- cat sample.sh
tok curl moost -- -K samp→               | tok curl moost -- -K sample.sh
tok --config=many.toml get zeb→          | tok --config=many.toml get zebra
tok --config many.toml get zeb→          | tok --config many.toml get zebra
tok --config nowhere.toml get mo→        | tok --config nowhere.toml get mo
";

/// A shell's start file with its prompt, and what the README says goes into which file.
struct Shell {
    name: &'static str,
    args: &'static [&'static str],
    start: (&'static str, &'static str),
}

const SHELLS: [Shell; 4] = [
    Shell {
        name: "bash",
        args: &["bash", "-i"],
        start: (
            ".bashrc",
            "PS1='ready> '\nbind 'set enable-bracketed-paste off'\nsource <(tok completions bash)\n",
        ),
    },
    Shell {
        name: "zsh",
        args: &["zsh", "-i"],
        start: (
            ".zshrc",
            "PROMPT='ready> '\nautoload -U compinit && compinit -u\nsource <(tok completions zsh)\n",
        ),
    },
    Shell {
        name: "zsh, with the file where packages put it",
        args: &["zsh", "-i"],
        start: (
            ".zshrc",
            "PROMPT='ready> '\ntok completions zsh > site/_tok\nfpath=($PWD/site $fpath)\nautoload -U compinit && compinit -u\n",
        ),
    },
    Shell {
        name: "fish",
        args: &["fish", "-i"],
        start: (
            ".config/fish/config.fish",
            "function fish_prompt; echo -n 'ready> '; end\nfunction fish_greeting; end\n\
             mkdir -p ~/.config/fish/completions\ntok completions fish > ~/.config/fish/completions/tok.fish\n",
        ),
    },
];

/// Types it all; how much there was, and what was wrong.
pub(crate) fn check() -> (usize, Vec<String>) {
    let (mut count, mut wrong) = (0, Vec::new());
    for shell in &SHELLS {
        count += rows::<2>(LINES).len();
        wrong.extend(lines(shell).map(|complaint| format!("{}: {complaint}", shell.name)));
    }
    for (what, check) in [
        ("broken off", broken_off as fn() -> Result<(), String>),
        ("pasted", pasted),
    ] {
        count += 1;
        wrong.extend(check().err().map(|why| format!("{what}: {why}")));
    }
    (count, wrong)
}

/// A home with profiles, one of them broken, and 10,000 in another file.
fn home() -> Sandbox {
    let profile = |name: &str| format!("[profiles.{name}]\npreset = \"moov\"\n");
    let many: String = (0..10_000)
        .map(|number| profile(&format!("p{number}")))
        .collect();
    let few = ["moost", "moov", "moov-other"].map(profile).concat();
    let sandbox = Sandbox::new().profiles(format!("{few}[profiles.broken]\nscope = [\n"));
    let sandbox = sandbox
        .file("many.toml", many + &profile("zebra"))
        .file("sample.sh", "");
    let sandbox = sandbox
        .file("site/placeholder", "")
        .program("a-program", "");
    sandbox
        .linked_as(["tok"])
        .env("TERM", "xterm")
        .env("SECRET", "made-up-secret")
}

fn start(shell: &Shell, home: &Sandbox) -> Result<Terminal, String> {
    home.write(shell.start.0, shell.start.1);
    let mut terminal = Terminal::start(shell.args, home);
    terminal.shows("ready> ")?;
    Ok(terminal)
}

fn lines(shell: &Shell) -> impl Iterator<Item = String> {
    let (home, mut terminal) = (home(), None);
    rows(LINES).into_iter().filter_map(move |[keys, expected]| {
        let outcome = terminal.take().map_or_else(|| start(shell, &home), Ok);
        let outcome = outcome.and_then(|mut terminal: Terminal| {
            // The line is not run: a word in front makes it the arguments of another command, which shows them.
            terminal.types(&format!("{}\u{1}printf '%s|' \r", keys.replace('→', "\t")));
            terminal.shows(&format!("{}|", expected.replace(' ', "|")))?;
            terminal.shows("ready> ")?;
            Ok(terminal)
        });
        match outcome {
            Ok(good) => terminal = Some(good),
            Err(why) => return Some(format!("{keys:?}: {why}")),
        }
        None
    })
}

/// Ctrl-C in the middle of the questions: no file, and the exit code of what was interrupted.
fn broken_off() -> Result<(), String> {
    let home = home();
    fs::remove_dir_all(home.path(".config/tok")).unwrap();
    let mut terminal = start(&SHELLS[0], &home)?;
    terminal.types("tok init\r");
    terminal.shows("Provider: ")?;
    terminal.types("moov\r");
    terminal.shows("Profile name [moov]: ")?;
    terminal.types("\u{3}");
    terminal.shows("ready> ")?;
    terminal.types("echo code=$?\r");
    terminal.shows("code=130")?;
    let is_there = home.path(".config/tok").exists();
    if is_there {
        Err("there is a file".to_owned())
    } else {
        Ok(())
    }
}

/// A sample that is pasted, and ended by Ctrl-D.
fn pasted() -> Result<(), String> {
    let home = home();
    let mut terminal = start(&SHELLS[0], &home)?;
    terminal.types("tok import curl --write\r");
    terminal.shows("press Ctrl-D on a line of its own")?;
    terminal.types("curl -u \"$ID:$SECRET\" \\\r  -d grant_type=client_credentials \\\r  https://auth.acme.example/token\r\u{4}");
    let mut shown = [
        "profiles.toml",
        "next:",
        "export ID=",
        "tok explain acme",
        "ready> ",
    ]
    .into_iter();
    shown.try_for_each(|text| terminal.shows(text))
}
