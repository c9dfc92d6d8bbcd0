//! "Did you mean": the known name nearest to an unknown one.

/// How alike two names must be, from 0 to 1, for one to be suggested in place of the other.
const ALIKE: f64 = 0.75;

/// The known name nearest to `name`, if one is near.
pub fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let fold = |name: &str| name.to_ascii_lowercase().replace('-', "_");
    let name = fold(name);
    let likeness = |known: &str| {
        let known = fold(known);
        let edits = strsim::normalized_damerau_levenshtein(&name, &known);
        edits.max(strsim::jaro(&name, &known) - 0.05)
    };
    let rated = known.into_iter().map(|known| (likeness(known), known));
    let near = rated.filter(|(likeness, _)| *likeness >= ALIKE);
    near.max_by(|(a, _), (b, _)| a.total_cmp(b))
        .map(|(_, known)| known)
}

/// A list of names as prose: `` `a`, `b` or `c` ``.
pub fn one_of<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let quoted: Vec<String> = names.into_iter().map(|name| format!("`{name}`")).collect();
    match quoted.split_last() {
        None => String::new(),
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} or {last}", rest.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_and_far() {
        let known = [
            "token_url",
            "client_id",
            "client_secret",
            "scope",
            "timeout",
        ];
        let cases = [
            ("token_ulr", Some("token_url")),
            ("tokenurl", Some("token_url")),
            ("client-id", Some("client_id")),
            ("scopes", Some("scope")),
            ("Timeout", Some("timeout")),
            ("banana", None),
        ];
        for (word, expected) in cases {
            assert_eq!(nearest(word, known), expected, "{word}");
        }
        assert_eq!(one_of(["a", "b", "c"]), "`a`, `b` or `c`");
        assert_eq!(one_of(["a"]), "`a`");
    }
}
