//! Terraform against a registry of modules, kubectl against a server of its API; each where it is there.

use crate::Check;
use std::path::Path;

use crate::consumers::world::{World, all, block, found};

pub(crate) fn checks() -> Vec<Check> {
    let one = |program: &str, name: &str, test: fn() -> Result<(), String>| {
        found(program)
            .first()
            .map(|_| Check::new(&format!("{program}: {name}"), test))
    };
    let all = [
        one(
            "terraform",
            "the versions of a module of a private registry",
            || terraform("terraform"),
        ),
        one(
            "tofu",
            "the versions of a module of a private registry",
            || terraform("tofu"),
        ),
        one(
            "kubectl",
            "an ExecCredential, by both versions of its API",
            kubectl,
        ),
    ];
    all.into_iter().flatten().collect()
}

fn terraform(program: &str) -> Result<(), String> {
    let world = World::new(
        "\"https://tf.example.com\" = \"api\"",
        Path::new("/usr/bin"),
    );
    world.write(
        "www/modules/n/m/p/versions",
        "{\"modules\":[{\"versions\":[{\"version\":\"1.0.0\"}]}]}",
    );
    world.write("www/modules/n/m/p/versions.type", "application/json");
    let services =
        "host \"tf.example.com\" {\n  services = { \"modules.v1\" = \"$URL/modules/\" }\n}\n";
    for file in [".terraformrc", ".tofurc"] {
        world.write(file, &(block("Terraform and OpenTofu", &[]) + services));
    }
    world.write(
        "main.tf",
        "module \"m\" {\n  source  = \"tf.example.com/n/m/p\"\n  version = \"1.0.0\"\n}\n",
    );
    world.must("mkdir -p .terraform.d/plugins; ln -s \"$(command -v tok)\" .terraform.d/plugins/terraform-credentials-tok")?;
    // There is nothing to download: what it asked shows how far it came.
    let ran = world.run(&format!("{program} get -no-color"));
    let claim = format!("the versions were asked for with a token: {ran:?}");
    all(&[(
        &claim,
        world.server.schemes("/modules/n/m/p/versions") == ["Bearer"],
    )])
}

const KUBECONFIG: &str = "apiVersion: v1
kind: Config
clusters: [{name: c, cluster: {server: \"https://$HOST\", insecure-skip-tls-verify: true}}]
contexts: [{name: x, context: {cluster: c, user: api}}]
current-context: x
";

fn kubectl() -> Result<(), String> {
    for version in ["v1", "v1beta1"] {
        let world = World::new("", Path::new("/usr/bin"));
        world.write(
            "www/version",
            "{\"major\":\"1\",\"minor\":\"32\",\"gitVersion\":\"v1.32.0\"}",
        );
        world.write("www/version.type", "application/json");
        let user = block(
            "kubectl",
            &[
                ("moost", "api"),
                ("k8s.io/v1", &format!("k8s.io/{version}")),
            ],
        );
        world.write("kube.yaml", &(KUBECONFIG.to_owned() + &user));
        let printed = world.must("kubectl --kubeconfig kube.yaml get --raw /version")?;
        all(&[
            ("the answer is there", printed.contains("v1.32.0")),
            ("by Bearer", world.server.schemes("/version") == ["Bearer"]),
        ])?;
    }
    Ok(())
}
