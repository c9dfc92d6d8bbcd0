//! cargo against a sparse registry that wants a token for everything, pip against an index, docker against a registry.

use std::fs;
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use crate::Check;
use crate::consumers::world::{World, all, block, found};

pub(crate) fn cargo_checks() -> Vec<Check> {
    vec![
        Check::new("cargo: a crate from a registry that wants a token", || {
            cargo(BEARER, "Bearer")
        }),
        Check::new(
            "cargo: the token alone, where the profiles file says so",
            || cargo(ALONE, "alone"),
        ),
        Check::new(
            "cargo: a profile that the configuration names",
            cargo_by_name,
        ),
        Check::new(
            "cargo: a registry that is not named is left to the next provider",
            cargo_next,
        ),
        Check::new("cargo: cargo understands a failure", cargo_failing),
    ]
}

const BEARER: &str = "\"$URL/index\" = \"api\"";
const ALONE: &str = "\"$URL/index\" = { profile = \"api\", scheme = \"none\" }";

/// The directory of the cargo that runs this, and of its rustc.
fn cargo_home() -> PathBuf {
    let cargo = PathBuf::from(std::env::var("CARGO").unwrap());
    fs::canonicalize(&cargo)
        .unwrap()
        .parent()
        .unwrap()
        .to_owned()
}

fn sha256(bytes: &[u8]) -> String {
    let digits =
        |byte: u8| [byte >> 4, byte & 15].map(|digit| char::from_digit(digit.into(), 16).unwrap());
    Sha256::digest(bytes).into_iter().flat_map(digits).collect()
}

/// A registry with one crate, and a package that wants it.
fn registry(credentials: &str, providers: &str) -> Result<World, String> {
    let world = World::new(credentials, &cargo_home());
    world.write("dep/Cargo.toml", "[package]\nname = \"made-up\"\nversion = \"0.1.0\"\nedition = \"2021\"\nlicense = \"MIT\"\ndescription = \"d\"\n");
    world.write("dep/src/lib.rs", "");
    world.must("cd dep; cargo package -q --no-verify --allow-dirty --offline")?;
    let file = fs::read(world.path("dep/target/package/made-up-0.1.0.crate"))
        .map_err(|error| error.to_string())?;
    let checksum = sha256(&file);
    world.write(
        "www/index/config.json",
        "{\"dl\":\"$URL/index/dl\",\"auth-required\":true}",
    );
    world.write(
        "www/index/ma/de/made-up",
        &format!("{{\"name\":\"made-up\",\"vers\":\"0.1.0\",\"deps\":[],\"cksum\":\"{checksum}\",\"features\":{{}},\"yanked\":false}}\n"),
    );
    let download = world.path("www/index/dl/made-up/0.1.0/download");
    fs::create_dir_all(download.parent().unwrap())
        .and_then(|()| fs::write(download, file))
        .map_err(|error| error.to_string())?;
    world.write(".cargo/config.toml", &format!("[registry]\nglobal-credential-providers = {providers}\n[registries.made-up]\nindex = \"sparse+$URL/index/\"\n"));
    world.write("app/Cargo.toml", "[package]\nname = \"app\"\nversion = \"0.1.0\"\nedition = \"2021\"\n[dependencies]\nmade-up = { version = \"0.1\", registry = \"made-up\" }\n");
    world.write("app/src/lib.rs", "");
    Ok(world)
}

const FETCH: &str = "cd app; cargo fetch -q";

fn cargo(credentials: &str, scheme: &str) -> Result<(), String> {
    let page = block("cargo", &[]);
    let (_, as_on_the_page) = page.split_once("providers = ").unwrap();
    for providers in [
        "[\"cargo:token\", \"cargo-credential-tok\"]",
        as_on_the_page.trim_end(),
    ] {
        let world = registry(credentials, providers)?;
        world.must(FETCH)?;
        all(&[
            (
                "the token came as it should",
                world.server.schemes("/index") == [scheme],
            ),
            (
                "the crate was fetched",
                !world.server.schemes("/index/dl/made-up").is_empty(),
            ),
            ("one token request", world.server.issued() == 1),
        ])?;
    }
    Ok(())
}

fn cargo_by_name() -> Result<(), String> {
    let world = registry("", "[\"cargo-credential-tok --profile api\"]")?;
    world.must(FETCH)?;
    all(&[(
        "the token came",
        world.server.schemes("/index") == ["Bearer"],
    )])
}

fn cargo_next() -> Result<(), String> {
    let world = registry(
        "",
        "[\"cargo:token-from-stdout tok get api\", \"cargo-credential-tok\"]",
    )?;
    world.must(FETCH)?;
    all(&[(
        "the next provider's token came",
        world.server.schemes("/index") == ["alone"],
    )])
}

fn cargo_failing() -> Result<(), String> {
    let world = registry("\"$URL/index\" = \"bad\"", "[\"cargo-credential-tok\"]")?;
    let ran = world.run(FETCH);
    let causes = ran.stderr.split("Caused by:").skip(1).collect::<String>();
    all(&[
        ("cargo fails", ran.code == 101),
        (
            "cargo has read the answer",
            causes.contains("the token endpoint answered 401: invalid_client"),
        ),
    ])
}

/// A pip that runs `keyring` as a program: from 23.1 on.
pub(crate) fn pip_checks() -> Vec<Check> {
    let can = |directory: &PathBuf| {
        let help = World::new("", directory).run("python3 -m pip install --help");
        help.stdout.contains("--keyring-provider")
    };
    let check = |directory: PathBuf| {
        Check::new(
            "pip: a package from an index that wants a token",
            move || pip(&directory),
        )
    };
    found("python3")
        .into_iter()
        .filter(can)
        .map(check)
        .collect()
}

const WHEEL: &str = "import zipfile
with zipfile.ZipFile('www/basic/made_up-0.1-py3-none-any.whl', 'w') as wheel:
    wheel.writestr('made_up-0.1.dist-info/METADATA', 'Metadata-Version: 2.1\\nName: made-up\\nVersion: 0.1\\n')
    wheel.writestr('made_up-0.1.dist-info/WHEEL', 'Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n')
    wheel.writestr('made_up-0.1.dist-info/RECORD', '')
";

fn pip(python: &Path) -> Result<(), String> {
    let world = World::new("\"$URL\" = \"api\"", python);
    world.write("wheel.py", WHEEL);
    world.write(
        "www/basic/simple/made-up/index",
        "<a href=\"$URL/basic/made_up-0.1-py3-none-any.whl\">made_up-0.1-py3-none-any.whl</a>",
    );
    world.write("www/basic/simple/made-up/index.type", "text/html");
    let get = "mkdir -p www/basic; python3 wheel.py; python3 -m pip download -q --disable-pip-version-check --no-deps \
         --keyring-provider subprocess --index-url http://oauth2@$HOST/basic/simple/ -d out made-up; ls out";
    let listed = world.must(get)?;
    all(&[
        (
            "the package is there",
            listed.trim() == "made_up-0.1-py3-none-any.whl",
        ),
        ("by Basic", world.server.schemes("/basic") == ["Basic"]),
    ])
}

pub(crate) fn docker_checks() -> Vec<Check> {
    let check = |_| {
        Check::new(
            "docker: a manifest from a registry that wants a token",
            docker,
        )
    };
    found("docker").into_iter().take(1).map(check).collect()
}

/// The client asks a registry by itself for this; no engine runs.
fn docker() -> Result<(), String> {
    let world = World::new(
        "\"https://$HOST/v2\" = { profile = \"api\", username = \"robot\" }",
        Path::new("/usr/bin"),
    );
    let config = "{\"architecture\":\"amd64\",\"os\":\"linux\",\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[]}}";
    let digest = sha256(config.as_bytes());
    let kind = "application/vnd.docker.distribution.manifest.v2+json";
    world.write("www/v2/index", "{}");
    world.write("www/v2/made-up/manifests/latest", &format!(
        "{{\"schemaVersion\":2,\"mediaType\":\"{kind}\",\"config\":{{\"mediaType\":\"application/vnd.docker.container.image.v1+json\",\"size\":{},\"digest\":\"sha256:{digest}\"}},\"layers\":[]}}",
        config.len()
    ));
    world.write("www/v2/made-up/manifests/latest.type", kind);
    world.write(&format!("www/v2/made-up/blobs/sha256:{digest}"), config);
    world.write(
        ".docker/config.json",
        &block("docker", &[("registry.example.com", "$HOST")]),
    );
    let listed = world.must("docker manifest inspect --insecure $HOST/made-up:latest")?;
    all(&[
        ("the manifest is there", listed.contains("schemaVersion")),
        ("by Basic", world.server.schemes("/v2/made-up") == ["Basic"]),
    ])
}
