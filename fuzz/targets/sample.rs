//! A provider's sample, and the profile that is made of it: any text.

#![no_main]

use std::cell::RefCell;
use std::ffi::{OsStr, OsString};
use std::io;
use std::path::Path;
use std::time::Duration;

use libfuzzer_sys::fuzz_target;
use tok::cli::{ImportCommand, ImportCurlArgs};
use tok::commands::{Context, import};
use tok::host::{Environment, Log, Sleep, Warning};
use tok::http::{Settings, Transport, TransportError};
use tok::render::error::CommandError;
use tok::sample;
use tok::time::UnixTime;

/// A word that looks like a secret, for the seeds.
const HIDDEN: &str = "hidden-w0rd-0f-a-sample";

#[derive(Default)]
struct Said(RefCell<String>);

impl Log for Said {
    fn warn(&self, warning: Warning) {
        let mut said = self.0.borrow_mut();
        said.extend([
            warning.message.as_str(),
            "\n",
            warning.hint.as_deref().unwrap_or_default(),
            "\n",
        ]);
    }
    fn debug(&self, _: &str) {}
    fn progress(&self, _: &str) {}
}

struct Awake;

impl Sleep for Awake {
    fn listen(&self) -> io::Result<()> {
        Ok(())
    }
    fn sleep(&self, _: Duration) -> Option<&'static str> {
        None
    }
}

fn connect(_: &str, _: &Settings<'_>) -> Result<Box<dyn Transport>, TransportError> {
    unreachable!("nothing is sent")
}

fuzz_target!(|text: &str| {
    let _ = sample::split_command(text);
    let said = Said::default();
    let look_up = |_: &OsStr| None::<OsString>;
    let context = Context {
        environment: Environment::new(&look_up),
        now: &|| UnixTime(1_700_000_000),
        sleep: &Awake,
        log: &said,
        config_path: Ok(Path::new("profiles.toml")),
        cache: None,
        connect: &connect,
        width: None,
        ask: None,
    };
    let command = ImportCommand::Curl(ImportCurlArgs {
        file: None,
        profile: None,
        write: false,
    });
    let outcome = import::run(&command, &context, &|_| Ok(text.to_owned().into()));
    let said = said.0.into_inner();
    assert!(!said.contains(HIDDEN), "{said}");
    match outcome {
        // What looks like a secret is written only where it is told of, and where there is none by contract.
        Ok(answer) => {
            let is_told = said.contains(" is written in clear");
            let mut lines = answer.text.expose().lines();
            let written =
                lines.find(|line| line.contains(HIDDEN) && !line.starts_with("client_id = "));
            assert!(is_told || written.is_none(), "{written:?}");
        }
        Err(error) => {
            assert!(
                matches!(error.downcast_ref(), Some(CommandError::Usage { .. })),
                "{error:?}"
            );
            assert!(!format!("{error:?}").contains(HIDDEN), "{error:?}");
        }
    }
});
