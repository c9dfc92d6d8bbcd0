//! git over HTTP, by each git that is on this machine: those from 2.46 on take Bearer, older ones a password.

use std::path::{Path, PathBuf};

use crate::Check;
use crate::consumers::world::{World, all, block, found};
use crate::support::Outcome;

const REPOSITORY: &str = "git init -q -b main work; git -C work -c user.name=n -c user.email=e@example.com commit -q --allow-empty -m first
    mkdir -p www/bearer www/basic/team; git clone -q --bare work www/bearer/r.git
    cp -r www/bearer/r.git www/basic/r.git; cp -r www/bearer/r.git www/basic/team/r.git";

pub(crate) fn checks() -> Vec<Check> {
    let of = |git: PathBuf| {
        let world = World::new("", &git);
        let version = world.must("git version").unwrap_or_default();
        let label = version.trim().to_owned();
        let new = takes_authtype(&version);
        let check = |name: &str, test: fn(&Path, bool) -> Result<(), String>| {
            let git = git.clone();
            Check::new(&format!("{label}: {name}"), move || test(&git, new))
        };
        vec![
            check(
                "a clone gets a token by the scheme that the server takes",
                clone,
            ),
            check(
                "a token that was revoked is refused once, and the next one is good",
                revoked,
            ),
            check(
                "a host that is not named is left to the next helper",
                next_helper,
            ),
            check(
                "a path counts with useHttpPath, and a profile that is named without",
                paths,
            ),
            check("no other helper keeps the token", kept_nowhere),
            check("a redirect takes no token to another host", redirected),
            check(
                "a profile that is refused a token says so, and git gets nothing",
                failing,
            ),
        ]
    };
    found("git").into_iter().flat_map(of).collect()
}

/// `git version 2.47.3`.
fn takes_authtype(version: &str) -> bool {
    let numbers = version
        .split(['.', ' '])
        .filter_map(|part| part.trim().parse::<u32>().ok());
    numbers.take(2).collect::<Vec<_>>() >= vec![2, 46]
}

fn world(credentials: &str, git: &Path) -> Result<World, String> {
    let world = World::new(credentials, git);
    world.must(REPOSITORY)?;
    Ok(world)
}

fn clone(git: &Path, new: bool) -> Result<(), String> {
    let world = world("\"$URL\" = \"api\"", git)?;
    world
        .must("git config --global credential.$URL.helper tok; git clone -q $URL/basic/r.git a")?;
    world.must("git -C a log --format=%s | grep -qx first; git -C a fetch -q")?;
    let helper = block("git", &[("https://git.example.com", "$URL")]);
    let bearer = world.run(&format!("{helper}\ngit clone -q $URL/bearer/r.git b"));
    all(&[
        (
            "a Bearer server is served by a git that can",
            (bearer.code == 0) == new,
        ),
        (
            "and by Bearer",
            world.server.schemes("/bearer") == if new { vec!["Bearer"] } else { vec![] },
        ),
        (
            "Basic where the server wants it",
            world.server.schemes("/basic") == ["Basic"],
        ),
        ("one token request", world.server.issued() == 1),
    ])
}

fn revoked(git: &Path, new: bool) -> Result<(), String> {
    let world = world("\"$URL\" = \"api\"", git)?;
    let kind = if new { "bearer" } else { "basic" };
    world.must(&format!(
        "git config --global credential.helper tok; git clone -q $URL/{kind}/r.git a"
    ))?;
    world.server.revoke();
    let refused = world.run("git -C a fetch -q");
    let dropped = world.run("tok get api --cached");
    world.must("git -C a fetch -q; git -C a fetch -q")?;
    all(&[
        ("the revoked token is refused", refused.code != 0),
        ("it is dropped", dropped.code == 10),
        ("one more request", world.server.issued() == 3),
    ])
}

fn next_helper(git: &Path, _new: bool) -> Result<(), String> {
    let world = world("\"https://other.example.com\" = \"api\"", git)?;
    let token = world.must("tok get api")?;
    let other = format!(
        "!f() {{ echo username=me; echo password={}; }}; f",
        token.trim()
    );
    world.must(
        &format!("git config --global credential.helper tok; git config --global --add credential.helper '{other}'; git clone -q $URL/basic/r.git a"))?;
    let alone =
        world.run("git -c credential.helper= -c credential.helper=tok clone -q $URL/basic/r.git b");
    all(&[
        (
            "the other helper's password was used",
            world.server.schemes("/basic") == ["Basic"],
        ),
        (
            "without it there is none",
            alone.code != 0 && !alone.stderr.contains("tok"),
        ),
    ])
}

fn paths(git: &Path, _new: bool) -> Result<(), String> {
    let world = world("\"$URL/basic/team\" = \"api\"", git)?;
    world.must("git config --global credential.helper tok")?;
    let without = world.run("git clone -q $URL/basic/team/r.git a");
    world.must(
        "git config --global credential.useHttpPath true; git clone -q $URL/basic/team/r.git b",
    )?;
    let beside = world.run("git clone -q $URL/basic/r.git c");
    world.must(
        "git config --global --unset credential.useHttpPath; git config --global credential.$URL.helper '!tok credential git --profile api'; git clone -q $URL/basic/r.git d")?;
    all(&[
        ("git does not name the path by itself", without.code != 0),
        ("another path gets nothing", beside.code != 0),
    ])
}

fn kept_nowhere(git: &Path, new: bool) -> Result<(), String> {
    let world = world("\"$URL\" = \"api\"", git)?;
    world.must(
        "git config --global credential.helper 'store --file kept'; git config --global --add credential.helper tok; git clone -q $URL/basic/r.git a")?;
    let is_kept = world.holds("kept", "made-up-token");
    // An older git hands a password to all helpers; the page says so.
    all(&[("it is kept by an older git alone", is_kept != new)])
}

/// Another port is another host. The table names the first server alone.
fn redirected(git: &Path, new: bool) -> Result<(), String> {
    let world = world("\"$URL\" = \"api\"", git)?;
    let stranger = World::new("", git).server;
    let place = stranger.host();
    world.must("git config --global credential.helper tok")?;
    let at_once = world.run(&format!("git clone -q $URL/moved/{place}/basic/r.git a"));
    let unasked = world.server.issued();
    // The first server takes the token, and sends the client on.
    let later = world.run(&format!(
        "git clone -q $URL/basic/moved/{place}/basic/r.git b"
    ));
    let bearer = world.run(&format!(
        "git clone -q $URL/bearer/moved/{place}/bearer/r.git c"
    ));
    let (asked, presented) = stranger.presented();
    let shown = [&at_once, &later, &bearer].map(Outcome::all).concat();
    all(&[
        ("git follows", asked >= 2 + usize::from(new)),
        ("the stranger is shown nothing", presented == 0),
        ("none is fetched for it", unasked == 0),
        (
            "the first server gets its token",
            world.server.schemes("/basic/moved") == ["Basic"],
        ),
        (
            "git fails",
            [at_once, later, bearer].iter().all(|ran| ran.code != 0),
        ),
        ("no token is shown", !shown.contains("made-up-token")),
    ])
}

fn failing(git: &Path, _new: bool) -> Result<(), String> {
    let world = world("\"$URL\" = \"bad\"", git)?;
    let ran =
        world.run("git config --global credential.helper tok; git clone -q $URL/basic/r.git a");
    all(&[
        ("git fails", ran.code != 0),
        (
            "the reason is given",
            ran.stderr
                .contains("profile `bad`: the token endpoint answered 401: invalid_client"),
        ),
    ])
}
