//! Holds the cutting of a file into tables to what a TOML parser makes of the whole file.

use proptest::prelude::{Just, Strategy, prop_oneof};

use super::*;

fn file(text: &str) -> ProfilesFile {
    ProfilesFile::from_text(Path::new("profiles.toml"), text)
}

/// Values that look like headers, open brackets and hide quotes.
fn value() -> impl Strategy<Value = String> {
    let inner = "[\\[\\]{}'#=a.\\n ]{0,12}";
    prop_oneof![
        Just("1".to_owned()),
        Just("[\n  [\"]\"], # ]\n[1],\n]".to_owned()),
        Just("{ a = \"}\", b = [ '#' ] }".to_owned()),
        Just("\"\"\"\n[profiles.no]\\\"\"\"\"\"".to_owned()),
        Just("'''\n[profiles.no]'''''".to_owned()),
        Just("\"a\\\\\\\"[\" # \"".to_owned()),
        inner.prop_map(|text| format!("'''{text}''' # [profiles.no]")),
        inner.prop_map(|text| format!("\"\"\"{text}\"\"\"")),
        "[^'\\n\\r\\x00-\\x1f\\x7f]{0,12}".prop_map(|text| format!("'{text}'")),
        "[\\[\\]{}'#=a. ]{0,12}"
            .prop_map(|text| format!("[ \"{text}\", '{}' ]", text.replace('\'', ""))),
    ]
}

fn document() -> impl Strategy<Value = String> {
    let headers = vec![
        "[defaults]",
        "[profiles.a]",
        "[ profiles . \"b.c\" ] # [profiles.no]",
        "[profiles.'d']\r",
        "[profiles.e.params]",
        "[profiles.a.headers]",
        "\t[profiles.\"f\\u0067\"]",
        "[profiles]",
        "[profiles.-]",
        "[credentials]",
        "[credentials.\"https://h/[\"]",
    ];
    let count = headers.len();
    let tables = proptest::sample::subsequence(headers, 0..=count).prop_shuffle();
    (
        tables,
        proptest::collection::vec(proptest::collection::vec(value(), 0..4), count + 1),
    )
        .prop_map(|(headers, bodies)| {
            let body = |values: &[String]| {
                let lines = values.iter().enumerate();
                lines.fold(String::new(), |text, (n, value)| {
                    text + &format!("k{n} = {value}\n# '''\n")
                })
            };
            let first = body(
                bodies
                    .first()
                    .map_or(&[][..], |values| values.get(..1).unwrap_or_default()),
            );
            let tables = headers.iter().zip(bodies.iter().skip(1));
            tables.fold(first, |text, (header, values)| {
                format!("{text}{header}\n{}", body(values))
            })
        })
}

/// A table as text, to be compared: what stands where, not on which line.
fn shape(table: &Table) -> String {
    fn of(node: &Node) -> String {
        match &node.kind {
            Kind::Text(text) => format!("{:?}", text.as_str()),
            Kind::List(list) => format!("{:?}", list.iter().map(of).collect::<Vec<_>>()),
            Kind::Table(table) => shape(table),
            _ => node.kind_name().to_owned(),
        }
    }
    let mut members: Vec<_> = table
        .iter()
        .map(|(name, node)| format!("{name:?}={}", of(node)))
        .collect();
    members.sort();
    format!("{{{}}}", members.join(" "))
}

proptest::proptest! {
    #![proptest_config(crate::property::config())]

    #[test]
    fn any_text_is_cut_without_a_loss(text in crate::property::text()) {
        let whole: String = sections::split(&text).into_iter().filter_map(|section| text.get(section.bytes)).collect();
        proptest::prop_assert_eq!(&whole, &text);
        let file = file(&text);
        let _ = file.check();
        let _ = file.profile("a").map_err(|error| error.to_string());
    }

    #[test]
    fn a_profile_read_by_itself_is_the_one_in_the_whole_file(text in document()) {
        let whole = node::parse(&text, &|_| Origin::Line(1));
        proptest::prop_assume!(whole.is_ok());
        let whole = whole.ok().unwrap();
        let profiles = profiles_in(&whole).cloned().unwrap_or_default();
        let file = file(&text);
        let names: Vec<String> = profiles.iter().map(|(name, _)| name.clone()).collect();
        let tables: Vec<_> = profiles.iter().filter(|(_, node)| matches!(node.kind, Kind::Table(_))).collect();
        for (name, node) in tables {
            let Kind::Table(table) = &node.kind else { continue };
            proptest::prop_assert!(file.names().contains(name), "{name} of {names:?} is not found");
            // A key at the top of the file is refused, as it should be.
            if let Ok((found, _)) = file.tables(&sections::split(&file.text), name) {
                proptest::prop_assert_eq!(shape(&found), shape(table));
            } else {
                proptest::prop_assert!(whole.iter().any(|(root, _)| root != "profiles" && root != "defaults"));
            }
        }
    }
}
