//! Samples as pages, terminals, word processors and other systems' shells have them: whatever the form, one profile.

use crate::support::Sandbox;

fn keys(sample: &str) -> (String, String) {
    let outcome = Sandbox::new().run_with_input("import curl", sample);
    let lines = outcome
        .stdout
        .lines()
        .filter(|line| !line.starts_with('#') && !line.is_empty());
    (
        lines.flat_map(|line| [line, "\n"]).collect(),
        outcome.stderr,
    )
}

const FORM: &str = "[profiles.acme]\ntoken_url = \"https://acme.example/token\"\nstrategy = \"basic_form\"    # POST, Basic credentials, form body\n\
     client_id = { env = \"ID\" }\nclient_secret = { env = \"SECRET\" }\n";
const JSON: &str = "[profiles.acme]\ntoken_url = \"https://acme.example/token\"\nstrategy = \"post_json\"    # POST, credentials in the JSON body\n\
     grant = \"none\"\nclient_id = { env = \"ID\" }\nclient_secret = { env = \"SECRET\" }\n";

#[test]
fn a_form_is_read_however_it_is_written() {
    for sample in [
        // Prompts, also those of lines that go on.
        "$ curl https://acme.example/token \\\n> -u $ID:$SECRET \\\n> -d grant_type=client_credentials\n",
        "bob@host:~/src (main)$ curl -u \"$ID:$SECRET\" -d grant_type=client_credentials https://acme.example/token\n{\"access_token\":\"x\"}",
        "PS C:\\> curl.exe https://acme.example/token `\n>>   -u \"${env:ID}:${env:SECRET}\" `\n>>   -d \"grant_type=client_credentials\"",
        "C:\\> curl -u %ID%:%SECRET% -d \"grant_type=client_credentials\" https://acme.example/token",
        "root@host:/# curl -u $ID:$SECRET -d grant_type=client_credentials https://acme.example/token",
        // A word processor's quotation marks and dashes, a page's spaces.
        "curl –X POST “https://acme.example/token” —user “$ID:$SECRET” –d ‘grant_type=client_credentials’",
        "curl\u{a0}-u $ID:$SECRET -d\u{a0}grant_type=client_credentials https://acme.example/token\u{200b}",
        // The source of a page.
        "<p>Ask:</p><pre><code><b>curl</b> -u <i>$ID:$SECRET</i> \\\n -d &quot;grant_type=client_credentials&quot; https://acme.example/token</code></pre>",
        // What is around it.
        "/usr/bin/curl -u $ID:$SECRET -d grant_type=client_credentials https://acme.example/token",
        "docker run --rm curlimages/curl -u $ID:$SECRET -d grant_type=client_credentials https://acme.example/token",
        "T=$(curl -su $ID:$SECRET -d grant_type=client_credentials https://acme.example/token | jq -r .access_token)",
        "curl -u $ID:$SECRET -d grant_type=client_credentials https://acme.example/token \\\n  > token.json 2> 'my errors'",
        "LANG=C curl -u $ID:$SECRET -d grant_type=client_credentials https://acme.example/token && echo done",
        "```bash\ncurl https://acme.example/token \\\n  # the two of them\n  -u $ID:$SECRET \\\n  -d grant_type=client_credentials # the grant\n```",
        "token:\n\t@curl -u $(ID):$(SECRET) -d grant_type=client_credentials https://acme.example/token",
        "RUN curl -u $ID:$SECRET -d grant_type=client_credentials https://acme.example/token",
        "1. curl -u $ID:$SECRET -d grant_type=client_credentials https://acme.example/token",
        "apt-get install curl -y\nif ! curl -u $ID:$SECRET -d grant_type=client_credentials https://acme.example/token; then exit; fi",
        "HOST=acme.example\ncurl -u $ID:$SECRET -d grant_type=client_credentials $HOST/token",
        "URL=acme.example\ncurl -u $ID:$SECRET -d grant_type=client_credentials $URL/token",
        // The body from elsewhere.
        "curl -u $ID:$SECRET -d @- https://acme.example/token <<< grant_type=client_credentials",
        "curl -u $ID:$SECRET -d@- https://acme.example/token <<EOF\ngrant_type=client_credentials\nEOF\n",
        "echo -n grant_type=client_credentials | curl -u $ID:$SECRET -d @- https://acme.example/token",
    ] {
        assert_eq!(keys(sample), (FORM.to_owned(), String::new()), "{sample}");
    }
}

#[test]
fn a_json_body_is_read_however_it_is_written() {
    for sample in [
        "curl https://acme.example/token --json '{\"client_id\": \"'$ID'\", \"client_secret\": \"'\"$SECRET\"'\"}'",
        "curl https://acme.example/token -H $'Content-Type: application/json' -d $'{\\n\"client_id\":\"$ID\", \"client_secret\":\"$SECRET\"}'",
        "curl https://acme.example/token --json \"{\\\"client_id\\\":\\\"$ID\\\",\\\"client_secret\\\":\\\"$SECRET\\\"}\"",
        "curl https://acme.example/token ^\r\n -d \"{\\\"client_id\\\":\\\"%ID%\\\",\\\"client_secret\\\":\\\"%SECRET%\\\"}\"\r\n",
        "curl.exe https://acme.example/token --data '{\\\"client_id\\\":\\\"$ID\\\",\\\"client_secret\\\":\\\"$SECRET\\\"}'",
        "curl https://acme.example/token --json @- <<-'END'\n\t{ \"client_id\": \"$ID\",\n\t  \"client_secret\": \"$SECRET\" }\n\tEND\nlater",
        "cat <<EOF | curl https://acme.example/token -d @-\n{\"client_id\":\"${ID}\",\"client_secret\":\"$SECRET\"}\nEOF",
        "curl https://acme.example/token -d \"$(cat <<EOF\n{\"client_id\":\"$ID\",\"client_secret\":\"$SECRET\"}\nEOF\n)\" | jq .",
    ] {
        assert_eq!(keys(sample), (JSON.to_owned(), String::new()), "{sample}");
    }
}

#[test]
fn of_several_commands_the_one_that_asks_for_a_token_is_taken() {
    let sample = "curl -H \"Authorization: Bearer $T\" https://api.acme.example/things\n\n\
                  curl -u $ID:$SECRET -d grant_type=client_credentials https://acme.example/token";
    let said = "warning: there is more than one curl command in it: the one that asks for a token is taken\n";
    assert_eq!(keys(sample), (FORM.to_owned(), said.to_owned()));
    let sample = "Install it by curl -fsSL https://get.acme.example | sh\n\n\
                  curl --json '{\"client_id\":\"$ID\",\"client_secret\":\"$SECRET\"}' https://acme.example/token";
    let said = "warning: there is more than one curl command in it: the first one that sends anything is taken\n";
    assert_eq!(keys(sample), (JSON.to_owned(), said.to_owned()));
    let sample =
        "curl https://get.acme.example | sh\ncurl -F client_id=$ID https://acme.example/token";
    Sandbox::new()
        .run_with_input("import curl", sample)
        .fails_with(2, "its body is multipart", "--data-urlencode");
}

#[test]
fn what_a_line_sets_before_its_command_is_known() {
    for sample in [
        "ID=a SECRET=made-up curl -u \"$ID:$SECRET\" -d grant_type=client_credentials https://acme.example/token",
        "export ID=a SECRET='made-up'\ncurl -u \"$ID:$SECRET\" -d grant_type=client_credentials https://acme.example/token",
        "set ID=a\nset SECRET=made-up\ncurl -u %ID%:%SECRET% -d grant_type=client_credentials https://acme.example/token",
    ] {
        let (found, said) = keys(sample);
        assert_eq!(found, FORM, "{sample}");
        assert!(
            said.contains("the sample holds `client_secret` in clear"),
            "{sample}: {said}"
        );
    }
}

#[test]
fn samples_of_other_programs_are_told_by_name() {
    let sandbox = Sandbox::new();
    for (sample, program, hint) in [
        (
            "$ http -f POST https://acme.example/token grant_type=x",
            "HTTPie",
            "--offline",
        ),
        (
            "wget --post-data a=b https://acme.example/token",
            "wget",
            "one of several tabs",
        ),
        (
            "Invoke-RestMethod -Method Post -Uri https://acme.example/token",
            "PowerShell",
            "tabs",
        ),
        (
            "r = requests.post(\"https://acme.example/token\", auth=(a, b))",
            "Python",
            "tabs",
        ),
    ] {
        let words =
            format!("the sample cannot be read: it is a sample for {program}, not for curl");
        sandbox
            .run_with_input("import curl", sample)
            .fails_with(2, &words, hint);
    }
    for sample in ["--json {\"client_id\":\"a\"}", "-d \"{\\\"ttl\\\": $TTL}\""] {
        sandbox
            .run_with_input(
                "import curl",
                &format!("curl https://acme.example/token {sample}"),
            )
            .fails_with(
                2,
                "its body begins like a JSON object and is none",
                "put it into single quotes, and double quotes around names",
            );
    }
}

#[test]
fn a_variable_that_is_called_a_url_has_a_scheme_of_its_own() {
    for (url, expected) in [
        ("$TOKEN_URL", "${TOKEN_URL}"),
        (
            "\"${OAUTH_ENDPOINT:-none}/token\"",
            "${OAUTH_ENDPOINT}/token",
        ),
        ("{{baseUrl}}/token", "${API_BASE_URL}/token"),
        ("$HOST/token", "https://${HOST}/token"),
        ("{{host}}/token", "https://${API_HOST}/token"),
        ("https://$URL/token", "https://${URL}/token"),
    ] {
        let (found, said) = keys(&format!("curl -u $ID:$SECRET -d a=b {url}"));
        assert!(
            found.contains(&format!("token_url = \"{expected}\"\n")),
            "{url}: {found}{said}"
        );
    }
}

#[test]
fn what_a_page_leaves_out_of_a_url_becomes_a_variable() {
    let sample =
        "curl -u ACXXXXXXXXXXXX:$SECRET -d a=b https://acme.example/accounts/ACXXXXXXXXXXXX/token";
    let (found, said) = keys(sample);
    assert!(
        found.contains("token_url = \"https://acme.example/accounts/${ACME_ID}/token\"\n"),
        "{found}"
    );
    assert_eq!(said, "");
}

#[test]
fn a_user_with_an_empty_password_is_a_header_and_netrc_a_pair_of_variables() {
    for (user, is_clear) in [("made-up-key:", true), ("$KEY:", false)] {
        let sample =
            format!("curl -u {user} -d grant_type=client_credentials https://acme.example/token");
        let (found, said) = keys(&sample);
        let lines = "client_auth = \"none\"\nheaders = { Authorization = { env = \"ACME_AUTHORIZATION\" } }\n";
        assert!(found.ends_with(lines), "{found}");
        assert!(
            said.starts_with("warning: the sample sends a user with an empty password"),
            "{said}"
        );
        assert_eq!(said.contains("in clear"), is_clear, "{said}");
        assert_eq!(
            said.matches("warning: ").count(),
            1 + usize::from(is_clear),
            "{said}"
        );
    }
    let (found, said) = keys("curl -n -d grant_type=client_credentials https://acme.example/token");
    assert_eq!(
        found,
        FORM.replace("\"ID\"", "\"ACME_CLIENT_ID\"")
            .replace("\"SECRET\"", "\"ACME_CLIENT_SECRET\"")
    );
    assert_eq!(
        said,
        "warning: `--netrc` is left out\nhint: name the sources of `client_id` and `client_secret`\n"
    );
}
