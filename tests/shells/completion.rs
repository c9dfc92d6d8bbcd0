//! Completion as it is typed: real shells at a terminal, set up as the README says, and the TAB key. Beside it what else is
//! done at a terminal: questions that are broken off, a sample that is pasted.

use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;

use tempfile::TempDir;

use crate::shells::terminal::Terminal;

/// What is typed, and the words that the line then has.
const LINES: [(&str, &str); 22] = [
    ("tok ge\t", "tok|get|"),
    ("tok get moos\t", "tok|get|moost|"),
    ("tok get m\ts\t", "tok|get|moost|"),
    ("tok watch moos\t", "tok|watch|moost|"),
    ("tok env moost moov-o\t", "tok|env|moost|moov-other|"),
    (
        "tok credential google --profile moov-o\t",
        "tok|credential|google|--profile|moov-other|",
    ),
    ("tok forget moov-o\t", "tok|forget|moov-other|"),
    ("tok get --forma\t", "tok|get|--format|"),
    (
        "tok get --format exec\t",
        "tok|get|--format|exec-credential|",
    ),
    (
        "tok get --format=exec\t",
        "tok|get|--format=exec-credential|",
    ),
    ("tok init --preset depo\t", "tok|init|--preset|depotfinity|"),
    ("tok presets metap\t", "tok|presets|metapack|"),
    ("tok import cu\t", "tok|import|curl|"),
    ("tok import curl samp\t", "tok|import|curl|sample.sh|"),
    ("tok get moost -o samp\t", "tok|get|moost|-o|sample.sh|"),
    ("tok man impo\tcu\t", "tok|man|import|curl|"),
    (
        "tok exec moost -- a-progr\t",
        "tok|exec|moost|--|a-program|",
    ),
    (
        "tok exec moost -- cat samp\t",
        "tok|exec|moost|--|cat|sample.sh|",
    ),
    (
        "tok curl moost -- -K samp\t",
        "tok|curl|moost|--|-K|sample.sh|",
    ),
    (
        "tok --config=many.toml get zeb\t",
        "tok|--config=many.toml|get|zebra|",
    ),
    (
        "tok --config many.toml get zeb\t",
        "tok|--config|many.toml|get|zebra|",
    ),
    (
        "tok --config nowhere.toml get mo\t",
        "tok|--config|nowhere.toml|get|mo|",
    ),
];

/// A shell's start file with its prompt, and what the README says goes into which file.
struct Shell {
    name: &'static str,
    words: &'static [&'static str],
    start: (&'static str, &'static str),
}

const SHELLS: [Shell; 4] = [
    Shell {
        name: "bash",
        words: &["bash", "-i"],
        start: (
            ".bashrc",
            "PS1='ready> '\nbind 'set enable-bracketed-paste off'\nsource <(tok completions bash)\n",
        ),
    },
    Shell {
        name: "zsh",
        words: &["zsh", "-i"],
        start: (
            ".zshrc",
            "PROMPT='ready> '\nautoload -U compinit && compinit -u\nsource <(tok completions zsh)\n",
        ),
    },
    Shell {
        name: "zsh, with the file where packages put it",
        words: &["zsh", "-i"],
        start: (
            ".zshrc",
            "PROMPT='ready> '\ntok completions zsh > site/_tok\nfpath=($PWD/site $fpath)\nautoload -U compinit && compinit -u\n",
        ),
    },
    Shell {
        name: "fish",
        words: &["fish", "-i"],
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
        count += LINES.len();
        let complaints = lines(shell)
            .into_iter()
            .map(|complaint| format!("{}: {complaint}", shell.name));
        wrong.extend(complaints);
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
fn home() -> TempDir {
    let home = tempfile::tempdir().unwrap();
    let profile = |name: &str| format!("[profiles.{name}]\npreset = \"moov\"\n");
    let mut many: String = (0..10_000)
        .map(|number| profile(&format!("p{number}")))
        .collect();
    many.push_str(&profile("zebra"));
    let few = ["moost", "moov", "moov-other"].map(profile).concat();
    for (name, text) in [
        (
            ".config/tok/profiles.toml",
            format!("{few}[profiles.broken]\nscope = [\n"),
        ),
        ("many.toml", many),
        ("sample.sh", String::new()),
        ("bin/a-program", String::new()),
        ("site/placeholder", String::new()),
    ] {
        let path = home.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
    }
    fs::set_permissions(
        home.path().join("bin/a-program"),
        fs::Permissions::from_mode(0o755),
    )
    .unwrap();
    symlink(env!("CARGO_BIN_EXE_tok"), home.path().join("bin/tok")).unwrap();
    home
}

fn start(shell: &Shell, home: &Path) -> Result<Terminal, String> {
    let file = home.join(shell.start.0);
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(file, shell.start.1).unwrap();
    let path = format!("{}/bin:/usr/local/bin:/usr/bin:/bin", home.display());
    let mut terminal = Terminal::start(shell.words, home, &path);
    terminal.shows("ready> ")?;
    Ok(terminal)
}

fn lines(shell: &Shell) -> Vec<String> {
    let home = home();
    let mut complaints = Vec::new();
    let mut terminal = None;
    for (keys, expected) in LINES {
        let outcome = terminal
            .take()
            .map_or_else(|| start(shell, home.path()), Ok)
            .and_then(|mut terminal| {
                // The line is not run: a word in front, and it is the words of another command, which shows them.
                terminal.types(&format!("{keys}\u{1}printf '%s|' \r"));
                terminal.shows(expected)?;
                terminal.shows("ready> ")?;
                Ok(terminal)
            });
        match outcome {
            Ok(good) => terminal = Some(good),
            Err(why) => {
                let mut complaint = String::new();
                let _ = write!(complaint, "{keys:?}: {why}");
                complaints.push(complaint);
            }
        }
    }
    complaints
}

/// Ctrl-C in the middle of the questions: no file, and the exit code of what was interrupted.
fn broken_off() -> Result<(), String> {
    let home = home();
    fs::remove_dir_all(home.path().join(".config/tok")).unwrap();
    let mut terminal = start(&SHELLS[0], home.path())?;
    terminal.types("tok init\r");
    terminal.shows("Provider: ")?;
    terminal.types("moov\r");
    terminal.shows("Profile name [moov]: ")?;
    terminal.types("\u{3}");
    terminal.shows("ready> ")?;
    terminal.types("echo code=$?\r");
    terminal.shows("code=130")?;
    if home.path().join(".config/tok").exists() {
        Err("there is a file".to_owned())
    } else {
        Ok(())
    }
}

/// A sample that is pasted, and ended by Ctrl-D.
fn pasted() -> Result<(), String> {
    let home = home();
    let mut terminal = start(&SHELLS[0], home.path())?;
    terminal.types("tok import curl --write\r");
    terminal.shows("press Ctrl-D on a line of its own")?;
    terminal.types("curl -u \"$ID:$SECRET\" \\\r  -d grant_type=client_credentials \\\r  https://auth.acme.example/token\r\u{4}");
    for words in [
        "profiles.toml",
        "next:",
        "export ID=",
        "tok explain acme",
        "tok get acme",
        "ready> ",
    ] {
        terminal.shows(words)?;
    }
    Ok(())
}
