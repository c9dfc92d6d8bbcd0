//! Which URLs can be mapped, and which are meant.

use super::*;

#[test]
fn what_can_be_mapped() {
    let cases = [
        ("https://git.example.com", Ok(())),
        ("https://*.example.com:8443/a/", Ok(())),
        ("http://127.0.0.1:8080", Ok(())),
        ("http://localhost/x", Ok(())),
        ("git.example.com", Err(UrlError::NoScheme)),
        ("ssh://git.example.com", Err(UrlError::OtherScheme)),
        (
            "http://git.example.com",
            Err(UrlError::PlainHttp("git.example.com".into())),
        ),
        ("https://me@git.example.com", Err(UrlError::Credentials)),
        ("https://git.example.com/?a", Err(UrlError::Query)),
        ("https://", Err(UrlError::NotAUrl)),
        ("https://*", Err(UrlError::Wildcard)),
        ("https://*.com", Err(UrlError::Wildcard)),
        ("https://*.com.", Err(UrlError::Wildcard)),
        ("https://git.example.com/team/*", Err(UrlError::WildPath)),
        ("https://git.example.com/team/%2A", Ok(())),
        ("https://*.co.uk", Err(UrlError::Wildcard)),
        ("https://*.CO.uk.:8443/team", Err(UrlError::Wildcard)),
        ("https://*.gov.au", Err(UrlError::Wildcard)),
        ("https://*.example.co.uk", Ok(())),
        ("https://*.id.me", Ok(())),
        ("https://*.co.example", Ok(())),
        ("https://git.co.uk", Ok(())),
        ("https://a*.example.com", Err(UrlError::Wildcard)),
        ("https://a.*.example.com", Err(UrlError::Wildcard)),
        ("https://*.*.example.com", Err(UrlError::Wildcard)),
    ];
    for (text, expected) in cases {
        assert_eq!(UrlPattern::parse(text).map(|_| ()), expected, "{text}");
    }
}

#[test]
fn what_matches() {
    let cases = [
        (
            "https://git.example.com",
            "https://git.example.com/a/b.git",
            true,
        ),
        (
            "https://git.example.com",
            "https://me:pw@GIT.example.com:443/?q#f",
            true,
        ),
        (
            "https://git.example.com",
            "https://git.example.com:8443/",
            false,
        ),
        (
            "https://git.example.com:8443",
            "https://git.example.com/",
            false,
        ),
        (
            "https://git.example.com",
            "https://x.git.example.com/",
            false,
        ),
        (
            "https://git.example.com",
            "https://git.example.com.evil.example/",
            false,
        ),
        (
            "https://git.example.com",
            "https://evilgit.example.com/",
            false,
        ),
        (
            "https://git.example.com",
            "https://git.example.com@evil.example/",
            false,
        ),
        ("https://*.example.com", "https://git.example.com/", true),
        ("https://*.example.com", "https://a.git.example.com/", false),
        ("https://*.example.com", "https://example.com/", false),
        ("https://*.example.com", "https://evilexample.com/", false),
        ("https://h.example/team", "https://h.example/team", true),
        (
            "https://h.example/team/",
            "https://h.example/team/x.git",
            true,
        ),
        ("https://h.example/team", "https://h.example/teams", false),
        (
            "https://h.example/team",
            "https://h.example/other/../team/x",
            true,
        ),
        (
            "https://h.example/team",
            "https://h.example/team/../other",
            false,
        ),
        (
            "https://h.example/team",
            "https://h.example/team/%2e%2e/other",
            false,
        ),
        ("https://h.example/t%65am", "https://h.example/team", true),
        ("https://h.example/team", "https://h.example/", false),
        ("http://127.0.0.1:80", "http://127.0.0.1/", true),
        ("https://127.0.0.1", "http://127.0.0.1/", false),
        ("https://[::1]", "https://[0::1]/x", true),
    ];
    for (pattern, url, expected) in cases {
        let target = Target::parse(url).unwrap();
        assert_eq!(
            UrlPattern::parse(pattern).unwrap().matches(&target),
            expected,
            "{pattern} {url}"
        );
    }
    assert_eq!(
        Target::parse("http://h.example/"),
        Err(UrlError::PlainHttp("h.example".into()))
    );
}

/// Each of these has the host `h.example` to some programs, and another or none to others.
#[test]
fn a_url_of_which_programs_disagree_is_none() {
    for text in [
        "https://h.example\\@evil.example/",
        "h.example\\@evil.example",
        "https://h.example\\.evil.example",
        "https://h.exa\tmple/",
        "https://h.exa\nmple/",
        "https:///h.example",
        "https://x@/h.example",
        "https://h%2eexample/",
        "https://h.example/a\r\nb",
    ] {
        assert_eq!(Target::guess(text), Err(UrlError::NotAUrl), "{text:?}");
    }
}

#[test]
fn the_parts_that_git_names_make_no_other_host() {
    let of = |host: &str, path: &str| {
        Target::from_parts("https", host, path).map(|target| target.as_str().to_owned())
    };
    assert_eq!(
        of("h.example:8443", "a b/c?d#e.git").as_deref(),
        Ok("https://h.example:8443/a%20b/c%3Fd%23e.git")
    );
    assert_eq!(of("[::1]:80", "").as_deref(), Ok("https://[::1]:80/"));
    for host in [
        "h.example/.evil.example",
        "h.example@evil.example",
        "h.example\\x",
        "h.example?x",
        "",
        "a b",
        "h%2f",
    ] {
        assert_eq!(of(host, ""), Err(UrlError::NotAUrl), "{host}");
    }
}

#[test]
fn a_url_without_a_scheme_is_https_and_on_loopback_http_too() {
    let guess = |text: &str| {
        Target::guess(text).map(|all| {
            all.iter()
                .map(|one| one.as_str().to_owned())
                .collect::<Vec<_>>()
        })
    };
    assert_eq!(
        guess("registry.example.com").unwrap(),
        ["https://registry.example.com/"]
    );
    assert_eq!(
        guess("localhost:5000/x").unwrap(),
        ["https://localhost:5000/x", "http://localhost:5000/x"]
    );
    assert_eq!(
        guess("http://h.example"),
        Err(UrlError::PlainHttp("h.example".into()))
    );
    assert_eq!(
        Target::parse("https://h").unwrap().or_path("/v2/").as_str(),
        "https://h/v2/"
    );
    assert_eq!(
        Target::parse("https://h/v1/")
            .unwrap()
            .or_path("/v2/")
            .as_str(),
        "https://h/v1/"
    );
}

proptest::proptest! {
    #![proptest_config(crate::property::config())]

    /// Whatever is typed: what matches is of the host that was meant, and safe.
    #[test]
    fn no_other_host_is_ever_meant(
        start in proptest::sample::select(vec!["https://", "http://", "https://git.example.com", "https://x@"]),
        rest in crate::property::text(),
    ) {
        let one = UrlPattern::parse("https://git.example.com/team").unwrap();
        let any = UrlPattern::parse("https://*.example.com").unwrap();
        for target in Target::parse(&format!("{start}{rest}")).into_iter()
            .chain(Target::from_parts("https", &rest, &rest)).chain(Target::guess(&rest).unwrap_or_default())
        {
            let url = Url::parse(target.as_str()).unwrap();
            let host = url.host_str().unwrap();
            let is_safe = url.scheme() == "https" || url.host().is_some_and(|host| is_loopback(&host));
            proptest::prop_assert!(is_safe && url.username().is_empty() && url.password().is_none());
            proptest::prop_assert!(!one.matches(&target) || (host == "git.example.com" && url.path().starts_with("/team")));
            proptest::prop_assert!(!any.matches(&target) || host.ends_with(".example.com"));
        }
    }
}
