//! Files that are made from the program and checked in, so that packages can take them as they are: the completion
//! scripts and the manual page. `just generate` writes them anew.

use std::fs;
use std::path::Path;

use tok::cli::Shell;
use tok::commands::{completions, man};

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
        files.push((format!("completions/{name}"), completions::script(shell).unwrap()));
    }
    files.push(("man/tok.1".to_owned(), man::page(None).unwrap().unwrap()));
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
    assert!(stale.is_empty(), "stale, run `just generate`: {stale:?}");
}
