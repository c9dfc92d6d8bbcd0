//! A profile added to a profiles file that is there: all that stands in it stays.

use std::fs;
use std::os::unix::fs::symlink;
use std::process::Stdio;

use crate::support::{Sandbox, Terminal};

fn path(sandbox: &Sandbox) -> String {
    format!("{}\n", sandbox.profiles_file().display())
}

#[test]
fn what_is_added_leaves_comments_mode_and_link_as_they_are() {
    let mine = "# mine\n[profiles.a]   # a\nbroken\n";
    let tok = Sandbox::new().file("dotfiles/tok.toml", mine);
    tok.chmod("dotfiles/tok.toml", 0o644);
    fs::create_dir_all(tok.path(".config/tok")).unwrap();
    symlink(tok.path("dotfiles/tok.toml"), tok.profiles_file()).unwrap();
    tok.run("init --preset moov --append -q")
        .prints(&path(&tok));
    tok
        .run("init --preset moov --append --profile second")
        .prints_and_warns(
            &path(&tok),
            "\nnext:\n  export MOOV_CLIENT_ID=…\n  export MOOV_CLIENT_SECRET=…\n  tok explain second\n  tok get second\n",
        );
    assert!(
        fs::symlink_metadata(tok.profiles_file())
            .unwrap()
            .is_symlink()
    );
    let target = tok.path("dotfiles/tok.toml");
    assert_eq!(Sandbox::mode(&target), 0o644);
    let text = fs::read_to_string(&target).unwrap();
    assert!(text.starts_with(&format!("{mine}\n# Moov")), "{text}");
    assert_eq!(text.matches("\n[profiles.").count(), 3);
    assert_eq!(
        text.matches("# Profiles for `tok`").count(),
        0,
        "the head is for a file of our own"
    );
    tok.run("init --preset moov --append").fails_with(
        1,
        "already has a profile `moov`",
        "--profile NAME",
    );
    assert_eq!(fs::read_to_string(&target).unwrap(), text);
    assert_eq!(tok.files().len(), 2, "nothing else is left behind");
}

#[test]
fn a_file_that_cannot_be_added_to_stays_as_it_is() {
    let text = "profiles = { a = { preset = \"moov\" } }\n";
    let tok = Sandbox::new().profiles(text);
    tok.run("init --preset moov --append")
        .fails_with(1, "cannot add to", "`tok config check`");
    assert_eq!(tok.read(".config/tok/profiles.toml"), text);
    let tok = Sandbox::new().profiles("# mine\n");
    tok.chmod(".config/tok/profiles.toml", 0o400);
    tok.run("init --preset moov --append")
        .fails_with(1, "permission denied", "");
    // Nor a pipe. A device is not tried here: it would be gone.
    let tok = Sandbox::new().file("sample", "curl -u $A:$B https://a.example/t -d a=b");
    fs::create_dir_all(tok.path(".config/tok")).unwrap();
    tok.shell("mkfifo .config/tok/profiles.toml").prints("");
    for command in ["init --preset moov --append", "import curl sample --write"] {
        tok.run(command)
            .fails_with(1, "it is not a regular file", "`--config FILE`");
    }
    assert!(!fs::symlink_metadata(tok.profiles_file()).unwrap().is_file());
    // A link that leads nowhere is no place to write to.
    let tok = Sandbox::new();
    fs::create_dir_all(tok.path(".config/tok")).unwrap();
    symlink("../../hop", tok.profiles_file()).unwrap();
    symlink("dotfiles/nowhere", tok.path("hop")).unwrap();
    let words = "is a link to `[HOME]/.config/tok/../../dotfiles/nowhere`, which does not exist";
    for command in [
        "init",
        "init --preset moov",
        "init --preset moov --append",
        "import curl sample --write",
    ] {
        fs::write(
            tok.path("sample"),
            "curl -u $A:$B https://a.example/t -d a=b",
        )
        .unwrap();
        tok.run(command).fails_with(1, words, "remove the link");
    }
    tok.run("list").fails_with(3, words, "remove the link");
    assert!(!tok.path("dotfiles").exists());
    let (code, _, shown) = Terminal::run(&tok, "init --preset moov").finish();
    assert!(
        code == 1 && shown.contains("which does not exist") && !shown.contains("[Y/n]"),
        "{shown}"
    );
    // Nor is a directory that is such a link.
    let tok = Sandbox::new().file("sample", "curl -u $A:$B https://a.example/t -d a=b");
    symlink("gone", tok.path(".config")).unwrap();
    let words =
        "cannot be reached: `[HOME]/.config` is a link to `[HOME]/gone`, which does not exist";
    for command in ["init", "init --preset moov", "import curl sample --write"] {
        tok.run(command).fails_with(1, words, "remove the link");
    }
    tok.run("list").fails_with(3, words, "remove the link");
}

/// Processes, as an unfinished file is called after its process.
#[test]
fn processes_that_write_at_once_add_each_its_profile() {
    for round in 0..6 {
        let tok = Sandbox::new().file(
            "sample",
            "curl -u \"$ID:$SECRET\" https://auth.acme.example/t -d a=b",
        );
        // Every other time there is a file already.
        if round % 2 == 1 {
            tok.write_profiles("# mine\n");
        }
        let words = |number: usize| match number % 2 {
            0 => format!("import curl sample --write --profile p{number}"),
            _ if round % 2 == 1 => format!("init --preset moov --append --profile p{number}"),
            _ => format!("init --preset moov --profile p{number}"),
        };
        // Without `--append` all but the first may be refused; those of `import` never.
        let wanted: Vec<usize> = (0..16)
            .filter(|number| round % 2 == 1 || number % 2 == 0)
            .collect();
        let children: Vec<_> = (0..16)
            .map(|number| {
                let mut command = tok.process(&words(number));
                command
                    .stdin(Stdio::null())
                    .stdout(Stdio::piped())
                    .stderr(Stdio::piped())
                    .spawn()
                    .unwrap()
            })
            .collect();
        let outcomes: Vec<_> = children
            .into_iter()
            .map(|child| child.wait_with_output().unwrap())
            .collect();
        let text = tok.read(".config/tok/profiles.toml");
        for (number, outcome) in outcomes.iter().enumerate() {
            let is_there = text.contains(&format!("\n[profiles.p{number}]\n"));
            let said = String::from_utf8_lossy(&outcome.stderr);
            assert_eq!(
                outcome.status.success(),
                is_there,
                "round {round}, p{number}: {said}\n{text}"
            );
            assert!(
                is_there || !wanted.contains(&number),
                "round {round}, p{number}: {said}"
            );
        }
        assert_eq!(
            text.matches("# Profiles for `tok`").count(),
            usize::from(round % 2 == 0),
            "{text}"
        );
        let left: Vec<_> = tok.files().into_iter().map(|(path, _)| path).collect();
        assert_eq!(left.len(), 2, "an unfinished file was left: {left:?}");
    }
}
