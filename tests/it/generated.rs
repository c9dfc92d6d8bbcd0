//! Generated files that are checked in for packagers: completion scripts and manual pages. `just generate` updates
//! them.

use std::fs;
use std::path::Path;

use tok::cli::Shell;
use tok::commands::{completions, man};

use crate::support::Sandbox;

#[test]
fn generated_files_are_current() {
    let completions = [
        (Shell::Bash, "tok.bash"),
        (Shell::Zsh, "_tok"),
        (Shell::Fish, "tok.fish"),
        (Shell::Elvish, "tok.elv"),
        (Shell::Powershell, "tok.ps1"),
    ];
    let mut files = Vec::new();
    for (shell, name) in completions {
        files.push((
            format!("completions/{name}"),
            completions::script(shell).unwrap(),
        ));
    }
    let pages = man::pages().unwrap();
    files.extend(
        pages
            .into_iter()
            .map(|(name, text)| (format!("man/{name}"), text)),
    );
    let known: Vec<String> = files.iter().map(|(name, _)| name.clone()).collect();
    let update = std::env::var_os("UPDATE_GENERATED").is_some();
    let mut stale = Vec::new();
    for (name, text) in files {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(&name);
        if update {
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, text).unwrap();
        } else if fs::read_to_string(&path).ok() != Some(text) {
            stale.push(name);
        }
    }
    // Pages of commands that no longer exist.
    for item in fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("man")).unwrap() {
        let item = item.unwrap();
        let name = format!("man/{}", item.file_name().to_str().unwrap());
        match (known.contains(&name), update) {
            (true, _) => {}
            (false, true) => fs::remove_file(item.path()).unwrap(),
            (false, false) => stale.push(name),
        }
    }
    assert!(stale.is_empty(), "stale, run `just generate`: {stale:?}");
}

#[test]
fn the_pages_are_written_where_packagers_want_them() {
    let tok = Sandbox::new();
    let listed = tok.shell("umask 022; $TOK man --output-dir share/man1");
    assert_eq!((listed.code, listed.stderr.as_str()), (0, ""));
    let checked_in: Vec<_> = man::pages().unwrap();
    assert_eq!(listed.stdout.lines().count(), checked_in.len());
    for (name, text) in checked_in {
        let path = tok.path("share/man1").join(&name);
        assert_eq!(fs::read_to_string(&path).unwrap(), text);
        assert_eq!(Sandbox::mode(&path), 0o644, "{name}");
    }
    tok.run("man config check")
        .prints(&man::page(&man::find(&["config", "check"]).unwrap()).unwrap());
    tok.run("man config chek").fails_with(
        2,
        "unknown command `config chek`",
        "did you mean `check`?",
    );
    tok.run("man gett")
        .fails_with(2, "unknown command `gett`", "did you mean `get`?");
    tok.run("man get x")
        .fails_with(2, "unknown command `get x`", "`get` has no subcommands");
    tok.run("man --output-dir /dev/null/x")
        .fails_with(1, "cannot write `/dev/null/x`", "");
}
