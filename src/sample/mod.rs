//! Reads a provider's sample of a token request: a curl command, or a request written as HTTP. Pure. `commands::import`
//! turns the result into a profile.
//!
//! In every text of a [`Sample`] `${NAME}` is a variable, in whichever quotes it was: pages use them at random.

mod curl;
mod http;
mod names;
mod options;
mod params;
mod placeholder;
mod raw;
mod secrecy;
mod shell;

pub use names::simplified;
pub use params::Params;
pub use placeholder::{Piece, is_bracketed, is_placeholder, pieces, variable};
pub use secrecy::{contains_secret, is_secret, is_timestamp};

use std::iter;

use crate::host::Warning;
use crate::request::{Method, ParamsIn};
use raw::RawRequest;

/// How many requests of a text are tried.
const MOST_REQUESTS: usize = 20;

/// What a sample sends.
pub struct Sample {
    pub method: Method,
    /// Without credentials and fragment. It keeps its query only where there is a body too.
    pub url: String,
    pub params: Params,
    pub params_in: ParamsIn,
    /// All of the sample's, except Basic credentials.
    pub headers: Vec<(String, String)>,
    /// Id and secret of Basic credentials (RFC 7617).
    pub basic: Option<(String, String)>,
    pub warnings: Vec<Warning>,
}

/// Why a text could not be read as a token request. Never holds a value of the sample.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SampleError {
    #[error("it contains no curl command and no HTTP request")]
    Nothing,
    #[error("a quotation mark or bracket in the curl command is not closed")]
    OpenQuote,
    #[error("it is a command for Windows' cmd or PowerShell")]
    Windows,
    #[error("it has no URL")]
    NoUrl,
    #[error("its URL continues on another line")]
    SplitUrl,
    #[error("it has more than one URL")]
    SecondUrl,
    #[error("it uses `{0}`, which `tok` does not support")]
    Unsupported(String),
    #[error("its method is {0}")]
    Method(String),
    #[error("a part of it is read from a file or standard input")]
    FromFile,
    #[error("its body is neither a form nor a JSON object")]
    Body,
    #[error("`{0}` in its JSON body is null, an object or a list of lists")]
    Nested(String),
    #[error("it is a GET with a body")]
    GetWithBody,
    #[error("the name of a parameter or header looks like a secret")]
    SecretName,
    #[error("it sends a Bearer token and no grant: it calls an API, and requests no token")]
    ApiCall,
    #[error("it sends neither credentials nor parameters")]
    Empty,
    #[error("it is too long for a token request")]
    TooLong,
}

impl SampleError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Nothing => {
                "begin a line with `curl`, or with `POST https://…`; samples for other tools are not read"
            }
            Self::OpenQuote => "paste the whole command, up to its last line",
            Self::Windows => "use the provider's sample for bash or Linux",
            Self::NoUrl => {
                "write the whole URL, such as `https://api.example.com/token`, or a `Host` header"
            }
            Self::SplitUrl => "join the lines of the URL, and put it into single quotes",
            Self::SecondUrl => "put values that contain spaces into plain quotes",
            Self::Unsupported(option) if option == "--form" => {
                "providers that show `--form` usually accept `--data-urlencode` too: replace it"
            }
            Self::Unsupported(_) => "if the request works without it, remove it from the sample",
            Self::Method(_) | Self::ApiCall | Self::Empty | Self::TooLong => {
                "look for the sample that requests the token"
            }
            Self::FromFile => "put it into the command itself, with its secrets as `$NAMES`",
            Self::Body => {
                "put JSON into single quotes, and its names, texts and placeholders into double quotes"
            }
            Self::Nested(_) => "no profile can send that yet",
            Self::GetWithBody => {
                "most providers mean POST: remove `-X GET`, or add `-G` if they mean the query"
            }
            Self::SecretName => "use the form `NAME=VALUE`",
        }
    }
}

/// Reads the first request in a text that can be read.
///
/// # Errors
/// Why the first one could not be read, where none can.
pub fn read(text: &str) -> Result<Sample, SampleError> {
    let text = text.replace("\r\n", "\n");
    let from_each_line = iter::successors(Some(text.as_str()), |rest| {
        rest.split_once('\n').map(|(_, next)| next)
    });
    let requests = from_each_line.filter_map(|rest| curl::read(rest).or_else(|| http::read(rest)));
    let mut first_error = None;
    for request in requests.take(MOST_REQUESTS) {
        match request.and_then(RawRequest::into_sample) {
            Ok(sample) => return Ok(sample),
            Err(error) => _ = first_error.get_or_insert(error),
        }
    }
    Err(first_error.unwrap_or(SampleError::Nothing))
}

/// Splits a plain command into program and arguments, as a POSIX shell does; `None` where only a shell could run it.
#[must_use]
pub fn split_command(line: &str) -> Option<Vec<String>> {
    let needs_shell = |c: char| "$`|&;<>()#".contains(c);
    shell::split(line)
        .ok()
        .filter(|_| !line.contains(needs_shell))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> SampleError {
        read(text).err().unwrap()
    }

    #[test]
    fn the_first_request_that_can_be_read_is_taken() {
        let url = |text: &str| read(text).map(|sample| sample.url);
        for text in [
            "curl https://a.example/t -d a=b",
            "Ask for a token:\n\n    $ curl https://a.example/t -d a=b\n",
            "export TOKEN=\"$(curl https://a.example/t -d a=b | jq -r .access_token)\"",
            "curl -H 'Authorization: Bearer x' https://api.a.example/things\ncurl https://a.example/t -d a=b",
            "POST https://a.example/t\n\na=b",
            "POST /t HTTP/1.1\r\nHost: a.example\r\n\r\na=b\r\n\r\nHTTP/1.1 200 OK\r\n",
            "curl is a program.\n\nPOST /t\nHost: a.example\na=b",
        ] {
            assert_eq!(url(text).as_deref(), Ok("https://a.example/t"), "{text}");
        }
        for text in [
            "",
            "get a token with curl, as you like",
            "libcurl https://a.example -d a=b",
        ] {
            assert_eq!(error(text), SampleError::Nothing, "{text}");
        }
    }

    #[test]
    fn a_url_on_several_lines_is_refused() {
        for text in [
            "curl 'https://a.example/t?\n  a=b'",
            "curl https://a.example/t?\na=b",
            "curl https://a.example/t?a=b&\nc=d",
            "curl https://a.example/t?a=b\n  &c=d",
            "GET https://a.example/t?\na=b",
            "GET https://a.example/t\n  ?a=b\n  &c=d",
        ] {
            assert_eq!(error(text), SampleError::SplitUrl, "{text}");
        }
    }

    #[test]
    fn an_api_call_is_refused_and_a_token_request_with_a_token_is_not() {
        let bearer = "curl -H 'Authorization: bearer x' https://a.example";
        for path in ["/v1/users", "/", "/token/1/things?type=token"] {
            assert_eq!(error(&format!("{bearer}{path}")), SampleError::ApiCall);
        }
        for rest in ["/v1/access_tokens", "/x -d grant_type=y"] {
            assert!(read(&format!("{bearer}{rest}")).is_ok(), "{rest}");
        }
    }

    proptest::proptest! {
        #![proptest_config(crate::property::config())]

        #[test]
        fn any_text_is_read_or_refused(text in crate::property::text()) {
            let _ = read(&format!("curl {text}"));
            let _ = read(&format!("POST https://a.example/{text}"));
        }
    }
}
