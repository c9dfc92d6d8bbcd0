//! `tok explain --curl`: the words of the command. `just shells` runs it, and holds its request against `tok`'s.

use crate::support::Sandbox;

/// The command for a profile with these keys.
#[track_caller]
fn curl(keys: &str) -> String {
    let keys = format!(
        "token_url = \"http://127.0.0.1:1/token\"\nclient_id = \"my app\"\nclient_secret = {{ env = \"SECRET\" }}\n{keys}"
    );
    let outcome = Sandbox::new().profile("p", &keys).env("SECRET", "s3cret").run("explain p --curl");
    assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""));
    outcome.stdout
}

/// curl writes a space as `+`, in a query too, where not every server reads it so: what is known is encoded already.
#[test]
fn a_query_is_encoded_once() {
    let expected = "curl 'http://127.0.0.1:1/token' \\\n  --header 'Accept: application/json' \\\n  --get \\\n  \
                    --data 'grant_type=client_credentials' \\\n  --data 'scope=a%20b%2B' \\\n  \
                    --data 'my%20id=my%20app' \\\n  --data-urlencode \"client_secret=$SECRET\"\n";
    let found = curl("strategy = \"get_query\"\nscope = \"a b+\"\nnames = { client_id = \"my id\" }");
    assert_eq!(found, expected);
}

#[test]
fn a_form_is_left_to_curl() {
    let expected = "curl 'http://127.0.0.1:1/token' \\\n  --header 'Accept: application/json' \\\n  \
                    --data 'grant_type=client_credentials' \\\n  --data-urlencode 'scope=a b+' \\\n  \
                    --data-urlencode 'my+id=my app' \\\n  --data-urlencode \"client_secret=$SECRET\"\n";
    let found = curl("strategy = \"post_form\"\nscope = \"a b+\"\nnames = { client_id = \"my id\" }");
    assert_eq!(found, expected);
}
