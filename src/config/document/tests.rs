//! What is read of a text that is valid TOML, and of one that is not.

use super::*;
use crate::config::node::Kind;

/// A table as text.
fn shown(table: &Table) -> String {
    fn value(node: &Node) -> String {
        match &node.kind {
            Kind::Text(text) => format!("{:?}", text.as_str()),
            Kind::List(list) => list.iter().map(value).collect::<Vec<_>>().join(","),
            Kind::Table(table) => format!("{{{}}}", shown(table)),
            Kind::Integer(number) => number.to_string(),
            _ => node.kind_name().to_owned(),
        }
    }
    let entries = table.iter();
    let entries = entries.map(|(name, node)| format!("{name}={}", value(node)));
    entries.collect::<Vec<_>>().join(" ")
}

/// The profiles that are read, and what is not: scope, place and error.
fn read(text: &str) -> (Vec<String>, Vec<String>) {
    let document = Document::parse(text);
    let profile = |(name, node): (&String, &Node)| match &node.kind {
        Kind::Table(table) => format!("{name}: {}", shown(table)),
        _ => format!("{name}: {}", node.kind_name()),
    };
    let problem = |Problem { scope, error }: &Problem| {
        let ConfigError {
            what, line, column, ..
        } = error;
        let [line, column] = [line, column].map(|number| number.unwrap_or_default());
        let scope = match scope {
            Scope::Profile(name) => format!("[{name}]"),
            other => format!("{other:?}"),
        };
        format!("{scope} {line}:{column} {what}")
    };
    let profiles = document.profiles.iter().map(profile).collect();
    (profiles, document.problems.iter().map(problem).collect())
}

#[test]
fn valid_toml_is_read_as_toml() {
    let text = "profiles.c.x = 1\n[profiles.a]\ns = '''\n[profiles.no]\n'''\nl = [\n[\"x\"],\n]\n[profiles.a.params]\nz = 1\ny = 2\n";
    let (profiles, problems) = read(text);
    let expected = [
        "a: s=\"[profiles.no]\\n\" l=\"x\" params={z=1 y=2}",
        "c: x=1",
    ];
    assert_eq!(
        (profiles, problems),
        (expected.map(str::to_owned).to_vec(), vec![])
    );
}

#[test]
fn a_piece_with_an_error_is_not_read_and_the_others_are() {
    let good = "[profiles.good]\nx = 1\n";
    let cases = [
        (
            "[profiles.bad]\nscope = read\n",
            "[bad] 2:9 not valid TOML: string values must be quoted",
        ),
        (
            "[profiles.bad]\nscope = \"open\n",
            "[bad] 2:14 not valid TOML: invalid basic string",
        ),
        (
            "[profiles.bad]\nscope = [\"a\",\n",
            "[bad] 2:14 not valid TOML: unclosed array",
        ),
        (
            "[profiles.bad.params]\nx = '''\nopen\n",
            "[bad] 3:5 not valid TOML: invalid multi-line literal string",
        ),
        (
            "[profiles.bad]\na = 1\na = 2\n",
            "[bad] 3:1 not valid TOML: duplicate key",
        ),
        (
            "[profiles.bad]\n[profiles.bad]\n",
            "[bad] 2:1 not valid TOML: duplicate key",
        ),
        (
            "[profiles.bad]\nx.y = 1\n[profiles.bad.x]\n",
            "[bad] 3:15 not valid TOML: duplicate key",
        ),
        (
            "[profiles.bad\nx = 1\n",
            "[bad] 1:14 not a valid table header",
        ),
        (
            "[profiles.bad and more]\n",
            "[bad] 1:14 not a valid table header",
        ),
        ("[profils.bad\n", "[bad] 1:13 not a valid table header"),
        ("[defaults\n", "File 1:10 not a valid table header"),
        (
            "[credentials.https://h.example]\n",
            "Credentials 1:19 not a valid table header",
        ),
        ("[defaults]\ntimeout = 5s\n", "File 2:11 not valid TOML: "),
        ("x = = 1\n", "File 1:5 not valid TOML: "),
        ("[x.\n", "Nothing 1:4 not a valid table header"),
    ];
    let found = |text: &str| {
        let (profiles, problems) = read(text);
        assert!(profiles.contains(&"good: x=1".to_owned()), "{text}");
        assert_eq!(problems.len(), 1, "{problems:?}");
        problems.concat()
    };
    for (broken, expected) in cases {
        let first = found(&format!("{broken}{good}"));
        assert!(first.starts_with(expected), "{broken}: {first}");
        if broken.starts_with('[') {
            // The same two lines further on.
            let (scope, rest) = expected.split_once(' ').unwrap();
            let (line, rest) = rest.split_once(':').unwrap();
            let line: usize = line.parse().unwrap();
            let expected = format!("{scope} {}:{rest}", line + 2);
            let last = found(&format!("{good}{broken}"));
            assert!(last.starts_with(&expected), "{broken}: {last}");
        }
    }
}

/// However the rest is broken.
#[test]
fn nothing_is_read_from_inside_a_string() {
    for quotes in ["'''", "\"\"\""] {
        let text = format!(
            "[profiles.a]\nbroken\nx = {quotes}\n[profiles.b]\ny = 1\n[profiles.c]\n{quotes}\n[profiles.d]\ny = 1\n"
        );
        let (profiles, problems) = read(&text);
        assert_eq!(profiles, ["d: y=1"], "{text}");
        assert_eq!(problems.len(), 1, "{problems:?}");
    }
}

#[test]
fn two_pieces_that_define_the_same_are_one_error() {
    let text = "[profiles.a]\nbroken\n[profiles.b]\nx = 1\n[profiles.b]\ny = 1\n[profiles.c]\np = 1\n[profiles.c.p]\n";
    let (_, problems) = read(text);
    let expected = [
        "[a] 2:7 not valid TOML: key with no value",
        "[b] 5:1 not valid TOML: duplicate key",
        "[c] 9:1 not valid TOML: duplicate key",
    ];
    assert_eq!(problems, expected);
}

#[test]
fn columns_are_characters() {
    assert_eq!(Lines::new("ä\nöü = x").at("ä\nöü = ".len()), (2, 6));
    assert_eq!(Lines::new("").at(0), (1, 1));
    assert_eq!(Lines::new("a\n").at(2), (2, 1));
}

/// Values that look like headers, open brackets and hide quotes.
fn value() -> impl proptest::strategy::Strategy<Value = String> {
    let values = [
        "1",
        "\"x\"",
        "[\n  [\"]\"], # ]\n[1],\n]",
        "'''\n[profiles.no]'''''",
        "\"\"\"\n[profiles.no]\\\"\"\"\"\"",
        "{ a = \"}\", b = [ '#' ] }",
    ];
    proptest::sample::select(values.map(str::to_owned).to_vec())
}

proptest::proptest! {
    #![proptest_config(crate::property::config())]

    #[test]
    fn any_text_is_read_or_refused(text in crate::property::text()) {
        let file = crate::config::ProfilesFile::from_text(std::path::Path::new("profiles.toml"), &text);
        let _ = file.check();
        let _ = file.profile("a").map_err(|error| error.to_string());
    }

    #[test]
    fn an_error_changes_nothing_in_other_tables(values in proptest::collection::vec(value(), 1..6)) {
        let line = |(index, value): (usize, &String)| format!("[profiles.p{index}]\nkey = {value}\n");
        let text: String = values.iter().enumerate().map(line).collect();
        let (whole, problems) = read(&text);
        proptest::prop_assert!(problems.is_empty(), "{problems:?}");
        let (pieces, problems) = read(&format!("{text}[profiles.z]\nbroken\n"));
        proptest::prop_assert!(pieces.iter().all(|profile| whole.contains(profile)), "{pieces:?}");
        let refused = |name: &str| problems.iter().any(|problem| problem.starts_with(&format!("[{name}]")));
        for profile in whole {
            let name = profile.split(':').next().unwrap();
            proptest::prop_assert!(pieces.contains(&profile) || refused(name), "{profile} in {text}");
        }
    }
}
