//! A shell in a world of its own: the demonstration's profiles, server and credentials, the built `tok`, and a
//! `curl` that sends nothing and only looks for a token.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;
use std::process::{Command, Output, Stdio};

use crate::demo::providers::{API_KEY_PROPERTIES, ENDPOINTS, VARIABLES};
use crate::demo::server::Server;
use crate::demo::world::{World, profiles};

/// Stands in for curl: an API that wants a Bearer token.
const CURL: &str = r#"#!/bin/sh
header=
while [ $# -gt 0 ]; do
    case $1 in
    -K) shift; header=$(cat "$1") ;;
    -H | --header) shift; if [ "$1" = @- ]; then header=$(cat); else header=$1; fi ;;
    esac
    shift
done
case $header in
*'Authorization: Bearer '????????????????????*) echo '{"buildings":[]}' ;;
*) echo 'curl: no token' >&2; exit 22 ;;
esac
"#;

/// Ends the output of a command.
const END: &str = "\u{1e}\n";

pub(crate) struct Shell {
    world: World,
    server: Server,
}

impl Shell {
    /// A new world; with the presets' profiles, or without a profiles file.
    pub(crate) fn new(with_profiles: bool) -> Self {
        let (world, server) = (World::new().unwrap(), Server::start().unwrap());
        let names = ENDPOINTS.map(|(name, _)| name);
        let text = profiles(&server.url(), &names);
        if with_profiles {
            world.write_profiles(&text).unwrap();
        }
        let home = world.home();
        fs::create_dir(home.join("ci")).unwrap();
        fs::write(home.join("ci/profiles.toml"), text).unwrap();
        fs::write(home.join("ci/apiKey.properties"), API_KEY_PROPERTIES).unwrap();
        fs::create_dir(home.join("bin")).unwrap();
        fs::write(home.join("bin/curl"), CURL).unwrap();
        fs::set_permissions(home.join("bin/curl"), fs::Permissions::from_mode(0o755)).unwrap();
        symlink(crate::support::program(), home.join("bin/tok")).unwrap();
        Self { world, server }
    }

    /// Whether there is a bash to type into. A machine without one checks all of the page but what is typed.
    pub(crate) fn has_bash() -> bool {
        let found = Command::new("bash")
            .args(["-c", ":"])
            .status()
            .is_ok_and(|status| status.success());
        if !found {
            eprintln!("there is no bash here: recordings are not tried");
        }
        found
    }

    pub(crate) fn home(&self) -> &Path {
        self.world.home()
    }

    /// Runs a script; its exit code and standard error.
    pub(crate) fn run(&self, shell: &str, script: &str) -> (Option<i32>, String) {
        let output = self.in_shell(shell, script);
        (
            output.status.code(),
            String::from_utf8_lossy(&output.stderr).into_owned(),
        )
    }

    /// Types one command after the other into the same shell; what each prints, on both streams.
    pub(crate) fn record(&self, commands: &[&str]) -> Vec<String> {
        let step = |command: &&str| {
            let quoted = command.replace('\'', r"'\''");
            let meanwhile = if command.starts_with("tok init") {
                self.after_init()
            } else {
                String::new()
            };
            format!("eval '{quoted}'\ncode=$?\n{meanwhile}printf '\\036\\n'\n(exit $code)\n")
        };
        let script = format!(
            "exec 2>&1\n{}",
            commands.iter().map(step).collect::<String>()
        );
        let output = self.in_shell("bash", &script);
        let text = String::from_utf8_lossy(&output.stdout);
        let mut outputs: Vec<String> = text
            .split(END)
            .map(|text| self.as_on_the_page(text))
            .collect();
        outputs.pop();
        outputs
    }

    /// A profile of a provider that is far away is pointed to the one that is here.
    fn after_init(&self) -> String {
        let file = "\"$HOME\"/.config/tok/profiles.toml";
        let url = self.server.url();
        format!("sed -i.old 's#^preset = .*#&\\ntoken_url = \"{url}/moov/oauth2/token\"#' {file}\n")
    }

    /// An output with the real providers' hosts, and everybody's home.
    fn as_on_the_page(&self, text: &str) -> String {
        text.replace(
            &format!("{}/moov/", self.server.url()),
            "https://api.moov.io/",
        )
        .replace(
            &format!("{}/moost/", self.server.url()),
            "https://api.moost.io/",
        )
        .replace(&self.home().display().to_string(), "/home/you")
    }

    fn in_shell(&self, shell: &str, script: &str) -> Output {
        let path = format!(
            "{}:/usr/local/bin:/usr/bin:/bin",
            self.home().join("bin").display()
        );
        Command::new(shell)
            .args(["-c", script])
            .current_dir(self.home())
            .env_clear()
            .envs(VARIABLES)
            .env("HOME", self.home())
            .env("PATH", path)
            .env("GITHUB_ENV", self.home().join("github_env"))
            .stdin(Stdio::null())
            .output()
            .expect("the shell is there")
    }
}
