//! The short way of a plain `tok get` means what the long way means. Two worlds live through the same; in one of
//! them `tok get api` is asked, in the other the same in words that only the long way understands.

mod world;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use proptest::prelude::*;

use self::world::World;

const PLAIN: &[&str] = &["tok", "get", "api"];
const LONG: &[&str] = &["tok", "get", "api", "--format", "raw"];

/// As long as the file system's clock must have gone on since a file was changed, and some more.
const SETTLING: Duration = Duration::from_millis(30);

/// What may happen between two calls.
#[derive(Debug, Clone)]
enum Event {
    Settle,
    Profile(&'static str),
    NoProfiles,
    Variable(&'static str, Option<&'static str>),
    File(&'static str, Option<&'static str>),
    /// The mode of the profiles file (`toml`), the entry, the shortcut or, for `""`, the cache directory.
    Mode(&'static str, u32),
    Clock(i64),
    /// Something of the entry's text is replaced.
    Damage(&'static str, &'static str),
    /// The byte of the shortcut that stands so far in it, in hundredths, is another one.
    DamagedShortcut(usize),
    /// A second name for the files of this ending.
    Link(&'static str),
    Remove(&'static str),
    Run(&'static [&'static str]),
}

/// Everything that may happen once.
fn events() -> Vec<Event> {
    let mut events = vec![Event::NoProfiles];
    let profiles = [
        "",
        "# a comment",
        "scope = \"s\"",
        "min_ttl = \"50m\"",
        "refresh_before = \"1s\"",
        "nonsense",
    ];
    events.extend(profiles.map(Event::Profile));
    let variables: [(_, &[_]); 8] = [
        ("SECRET", &[Some("one"), Some("two"), Some(""), None]),
        ("AUDIENCE", &[Some("a"), Some("b"), None]),
        ("TOK_MIN_TTL", &[Some("59m"), Some("x"), None]),
        ("TOK_TIMEOUT", &[Some("x"), None]),
        ("TOK_ERROR_FORMAT", &[Some("json"), Some("x"), None]),
        ("TOK_CONFIG", &[Some("/nowhere.toml"), None]),
        ("GITHUB_ACTIONS", &[Some("true"), None]),
        ("HTTP_PROXY", &[Some("::"), None]),
    ];
    for (name, values) in variables {
        events.extend(values.iter().map(|value| Event::Variable(name, *value)));
    }
    let files: [(_, &[_]); 2] = [
        ("key.txt", &[Some("one"), Some("two"), Some(""), None]),
        (
            "x.properties",
            &[Some("a = one"), Some("a = two"), Some("a ="), None],
        ),
    ];
    for (name, texts) in files {
        events.extend(texts.iter().map(|text| Event::File(name, *text)));
    }
    let modes = [
        ("toml", 0o644),
        ("json", 0o644),
        ("hit", 0o644),
        ("", 0o755),
        ("", 0o700),
    ];
    events.extend(modes.map(|(ending, mode)| Event::Mode(ending, mode)));
    events.extend([-4000, -1, 100, 3000, 3300, 3600].map(Event::Clock));
    let damages = [
        ("tok-1", "tok-9"),
        ("\"tok\":1", "\"tok\":2"),
        ("}}", "}"),
        ("3600", "9600"),
        ("\"generation\":1", "\"generation\":2"),
        ("\n", ""),
        ("\n", "\n\n"),
        ("{\"tok\"", "{ \"tok\""),
    ];
    events.extend(damages.map(|(from, to)| Event::Damage(from, to)));
    events.extend([0, 10, 13, 20, 25, 30, 60, 95, 99].map(Event::DamagedShortcut));
    events.extend(["json", "hit"].map(Event::Link));
    events.extend(["json", "hit"].map(Event::Remove));
    events.extend([&["tok", "forget", "api"][..], &["tok", "get", "api", "-f"]].map(Event::Run));
    events
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![1 => Just(Event::Settle), 3 => proptest::sample::select(events())]
}

/// Two worlds for each event, all of which take the short way before it.
#[test]
fn after_any_one_event_both_ways_mean_the_same() {
    let mut worlds: Vec<_> = events()
        .into_iter()
        .map(|event| (event, World::new(), World::new()))
        .collect();
    for (event, short, long) in &mut worlds {
        for _ in 0..2 {
            assert_eq!(short.run(PLAIN), long.run(LONG));
        }
        assert!(
            short.was_short.get(),
            "what is tried begins with the short way"
        );
        happen(event, short);
        happen(event, long);
        for _ in 0..2 {
            assert_eq!(short.run(PLAIN), long.run(LONG), "after {event:?}");
        }
    }
}

fn happen(event: &Event, world: &mut World) {
    match *event {
        // Once for both worlds, by the caller.
        Event::Settle => {}
        Event::Profile(more) => world.write_profile(more),
        Event::NoProfiles => world.write("profiles.toml", None),
        Event::Variable(name, value) => world.set(name, value),
        Event::File(name, text) => world.write(name, text),
        Event::Mode(ending, mode) => {
            let mut paths = world.cached(ending);
            match ending {
                "toml" => paths.push(world.path(".config/tok/profiles.toml")),
                "" => paths.push(world.path(".cache/tok")),
                _ => {}
            }
            for path in paths.iter().filter(|path| path.exists()) {
                fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
            }
        }
        Event::Clock(seconds) => world.now += seconds,
        Event::Damage(from, to) => {
            for path in world.cached("json") {
                let text = fs::read_to_string(&path).unwrap();
                fs::write(&path, text.replace(from, to)).unwrap();
            }
        }
        Event::DamagedShortcut(hundredths) => {
            for path in world.cached("hit") {
                let mut bytes = fs::read(&path).unwrap();
                let at = bytes.len() * hundredths / 100;
                bytes[at] ^= 1;
                fs::write(&path, bytes).unwrap();
            }
        }
        Event::Link(ending) => {
            for path in world.cached(ending) {
                // It is there already where this happens twice.
                let _ = fs::hard_link(&path, Path::new(&path).with_extension("linked"));
            }
        }
        Event::Remove(ending) => world
            .cached(ending)
            .iter()
            .for_each(|path| fs::remove_file(path).unwrap()),
        Event::Run(args) => _ = world.run(args),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 20, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn both_ways_mean_the_same(events in proptest::collection::vec(event(), 1..16)) {
        let (mut short, mut long) = (World::new(), World::new());
        let settled = [Event::Settle, Event::Settle];
        for (index, event) in settled.iter().chain(&events).enumerate() {
            happen(event, &mut short);
            happen(event, &mut long);
            if matches!(event, Event::Settle) {
                thread::sleep(SETTLING);
            }
            prop_assert_eq!(short.run(PLAIN), long.run(LONG), "after {:?}", event);
            prop_assert!(!long.was_short.get());
            prop_assert!(index != 1 || short.was_short.get(), "what is tried begins with the short way");
        }
    }
}

#[test]
fn a_plain_hit_takes_the_short_way() {
    let world = World::new();
    world.warmed_up();
    assert_eq!(world.run(LONG).1, "tok-1\n");
    assert!(!world.was_short.get());
}

/// What a shortcut holds is no secret, nor could a secret be found from it.
#[test]
fn a_shortcut_holds_no_token_and_no_secret_and_is_private() {
    let mut world = World::new();
    world.set("SECRET", Some("s3cret-value"));
    world.warmed_up();
    let hits = world.cached("hit");
    assert_eq!(hits.len(), 1);
    let bytes = fs::read(&hits[0]).unwrap();
    let text = String::from_utf8_lossy(&bytes);
    assert!(text.contains("profiles.toml"), "it can be read: {text}");
    assert!(
        !text.contains("tok-1") && !text.contains("s3cret-value"),
        "{text}"
    );
    assert_eq!(
        fs::metadata(&hits[0]).unwrap().permissions().mode() & 0o7777,
        0o600
    );
}

/// One that was just changed may change again within the same tick of the file system's clock.
#[test]
fn no_hit_puts_a_shortcut_down_before_the_files_have_settled() {
    let world = World::new();
    assert_eq!(world.run(LONG).1, "tok-1\n");
    // The file system's clock must not go on by that much between these two lines: on a busy machine it may.
    let found = (0..100).any(|_| {
        world.write("key.txt", Some("one"));
        assert_eq!(world.run(PLAIN).1, "tok-1\n");
        assert!(!world.was_short.get());
        world.cached("hit").is_empty()
    });
    assert!(found);
}

/// A shortcut that is gone, or does not hold any more, is put down by the next hit.
#[test]
fn a_hit_that_had_to_go_the_long_way_puts_a_shortcut_down() {
    let world = World::new();
    world.warmed_up();
    world.write_profile("# a comment");
    thread::sleep(SETTLING);
    for is_short in [false, true] {
        assert_eq!(world.run(PLAIN).1, "tok-1\n");
        assert_eq!(world.was_short.get(), is_short);
    }
}

/// What comes through a pipe is there once: to look for it again would be to wait for ever.
#[test]
fn a_secret_out_of_a_pipe_is_not_looked_for_again() {
    let world = World::new();
    let path = world.path(".config/tok/key.txt");
    fs::remove_file(&path).unwrap();
    rustix::fs::mkfifoat(
        rustix::fs::CWD,
        &path,
        rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR,
    )
    .unwrap();
    let writer = thread::spawn(move || fs::write(path, "one"));
    assert_eq!(world.run(PLAIN).1, "tok-1\n");
    writer.join().unwrap().unwrap();
    assert_eq!(world.cached("hit"), Vec::<PathBuf>::new());
}

/// Where a token stands in its entry as it is printed, it is served from there: one with a quote in it does not.
#[test]
fn a_token_that_is_written_with_escapes_goes_the_long_way() {
    let world = World::issuing(r#"a\"b\\c"#);
    for _ in 0..3 {
        assert_eq!(
            world.run(PLAIN),
            (0, "a\"b\\c1\n".to_owned(), String::new())
        );
        assert!(!world.was_short.get());
    }
}

#[test]
fn what_is_forgotten_takes_its_shortcut_along() {
    let world = World::new();
    world.warmed_up();
    assert_eq!(world.run(&["tok", "forget", "--all"]).0, 0);
    assert_eq!(world.cached("hit"), Vec::<PathBuf>::new());
    assert_eq!(world.run(PLAIN).1, "tok-2\n");
}

#[test]
fn a_newer_token_beats_the_shortcut() {
    let world = World::new();
    world.warmed_up();
    assert_eq!(world.run(&["tok", "get", "api", "-f"]).1, "tok-2\n");
    assert_eq!(world.run(PLAIN).1, "tok-2\n");
    assert!(!world.was_short.get());
}

/// There a mask must go to standard error before the token.
#[test]
fn in_github_actions_the_short_way_steps_aside() {
    let mut world = World::new();
    world.set("GITHUB_ACTIONS", Some("true"));
    for _ in 0..4 {
        thread::sleep(SETTLING);
        assert_eq!(world.run(PLAIN).1, "tok-1\n");
        assert!(!world.was_short.get());
    }
}
