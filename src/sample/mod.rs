//! A provider's own sample of a token request, read: what a curl command, or a request written out as HTTP, would send.
//! Pure. Which profile sends the same is for `commands::import` to say.

mod body;
mod curl;
mod guess;
mod here;
mod http;
mod lexer;
mod names;
mod options;
mod page;
mod shell;
mod text;

pub use crate::secret::looks_random;
pub use guess::{
    has_secret_in_address, has_secret_word, in_single_quotes, is_placeholder, is_secret, simplified,
};
pub use text::{Piece, Text};

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::request::{Method, ParamsIn};

/// The words of a command as a shell has them; `None` where a quotation mark is not closed, or a variable is among them.
#[must_use]
pub fn words(line: &str) -> Option<Vec<String>> {
    let words = lexer::words(line, None).ok()?;
    words
        .iter()
        .map(|word| word.literal().map(str::to_owned))
        .collect()
}

/// What a sample would send.
pub struct Sample {
    pub method: Method,
    /// Without credentials and fragment. It has a query where there is a body too.
    pub url: Text,
    pub params: Vec<Param>,
    pub params_in: ParamsIn,
    /// Those that are named in the sample, but for Basic credentials.
    pub headers: Vec<(String, Text)>,
    pub basic: Option<Basic>,
    pub ca_file: Option<Text>,
    pub proxy: Option<Text>,
    /// Seconds.
    pub timeout: Option<u64>,
    pub connect_timeout: Option<u64>,
    pub retries: Option<u64>,
    /// What the lines around it set.
    pub variables: BTreeMap<String, Text>,
    /// What was not understood, or is not done.
    pub asides: Vec<Aside>,
}

/// A parameter of the request.
pub struct Param {
    pub name: String,
    pub values: Vec<Value>,
    /// A list of JSON, or a name that is repeated.
    pub is_list: bool,
}

/// One value of a parameter.
pub struct Value {
    pub text: Text,
    /// A number or a boolean of JSON.
    pub bare: bool,
    /// The value is what this file holds.
    pub is_file: bool,
}

/// Basic credentials (RFC 7617).
pub enum Basic {
    Pair(Text, Text),
    /// Encoded by somebody else: a variable, a placeholder.
    Whole,
}

/// Something of the sample that the profile does without.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Aside {
    pub what: String,
    pub hint: Option<&'static str>,
}

/// Why a text is no sample that could be read. Holds nothing of it but names.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SampleError {
    #[error("there is no curl command in it")]
    Nothing,
    #[error("it is a sample for {0}, not for curl")]
    OfAnother(&'static str),
    #[error("a quotation mark in the curl command is not closed")]
    OpenQuote,
    #[error("the curl command has no URL")]
    NoUrl,
    #[error("its request is {0}, and a token request is GET or POST")]
    Method(String),
    #[error("the request is longer than any for a token")]
    TooLong,
    #[error("its body is multipart (`--form`), which `tok` does not send")]
    Multipart,
    #[error("its body comes from a file, which is not read")]
    BodyFromFile,
    #[error("its body is neither a form nor a JSON object")]
    Body,
    #[error("its body begins like a JSON object and is none")]
    Json,
    #[error("`{0}` in its JSON body is neither text, number, boolean nor a list of these")]
    Nested(String),
    #[error("it is a GET with a body")]
    GetWithBody,
}

impl SampleError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Nothing => "paste the whole command, from `curl` to its last line",
            Self::OfAnother("HTTPie") => {
                "with `--offline` HTTPie prints the request as HTTP, which is read"
            }
            Self::OfAnother(_) => "most pages show a curl command too, as one of several tabs",
            Self::OpenQuote => "paste the whole command, to its last line",
            Self::NoUrl => "the URL begins with `https://`",
            Self::Method(_) | Self::TooLong => "look for the sample that requests the token",
            Self::Multipart => {
                "a provider that shows `--form` takes `--data-urlencode` as well: put that in its place"
            }
            Self::BodyFromFile => {
                "put the body itself into the command, with its secrets as `$NAMES`"
            }
            Self::Body => "see the strategies in the README, and write the profile by hand",
            Self::Json => {
                "put it into single quotes, and double quotes around names, texts, `$VARIABLES` and placeholders"
            }
            Self::Nested(_) => "such a request cannot be written as a profile",
            Self::GetWithBody => {
                "most providers mean a POST: drop `-X GET`, or say `-G` if they mean the query"
            }
        }
    }
}

/// Reads a sample.
///
/// # Errors
/// There is none in the text, or `tok` cannot send what it sends.
pub fn read(text: &str) -> Result<Sample, SampleError> {
    let text = page::plain(text);
    let variables: BTreeMap<String, Text> = shell::assignments(&text).into_iter().collect();
    let address = |name: &str| {
        let value = variables.get(name)?;
        let is_host = || {
            value
                .literal()
                .is_some_and(|text| text.contains('.') && !text.contains(' '))
        };
        (value.as_marked().contains("://") || is_host()).then(|| value.clone())
    };
    // The parts of a URL are told apart whether it stands in the command or in a variable.
    let filled = |words: Vec<Text>| -> Vec<Text> {
        let is_address = |word: &Text| matches!(word.pieces().first(), Some(Piece::Variable(_)));
        let fill = |word: Text| {
            if is_address(&word) {
                word.filled(&address)
            } else {
                word
            }
        };
        words.into_iter().map(fill).collect()
    };
    let commands = shell::curl_commands(&text)
        .into_iter()
        .map(|words| words.map(filled).and_then(curl::read));
    let (mut samples, mut first_error) = (Vec::new(), None);
    for command in commands {
        match command {
            Ok(sample) => samples.push(sample),
            Err(error) => _ = first_error.get_or_insert(error),
        }
    }
    let count = samples.len();
    // A page may show first what the token is good for.
    let sends = |sample: &Sample| sample.basic.is_some() || !sample.params.is_empty();
    let asking = samples.iter().position(Sample::asks_for_a_token);
    let at = asking
        .or_else(|| samples.iter().position(sends))
        .unwrap_or_default();
    // One that sends nothing is not what a page is about where it has another that `tok` cannot send.
    let sends_nothing = asking.is_none() && !samples.iter().any(sends);
    let is_real =
        |error: &SampleError| !matches!(error, SampleError::NoUrl | SampleError::OpenQuote);
    let mut sample = match (samples.into_iter().nth(at), first_error) {
        (Some(_), Some(error)) if sends_nothing && is_real(&error) => return Err(error),
        (Some(sample), _) => sample,
        (None, Some(error)) => return Err(error),
        (None, None) => http::read(&text)?,
    };
    if count > 1 {
        let which = match asking {
            _ if at == 0 => "the first one is taken",
            Some(_) => "the one that asks for a token is taken",
            None => "the first one that sends anything is taken",
        };
        let what = format!("there is more than one curl command in it: {which}");
        sample.asides.push(Aside { what, hint: None });
    }
    sample.variables = variables;
    sample.understand_basic();
    sample.understand_user_alone();
    Ok(sample)
}

impl Sample {
    /// Whether the request is one for a token, by what every such request has.
    fn asks_for_a_token(&self) -> bool {
        self.params
            .iter()
            .any(|param| simplified(&param.name) == "granttype")
    }

    /// A user with an empty password (`-u KEY:`) stays a header: a secret that is empty is none.
    fn understand_user_alone(&mut self) {
        let Some(Basic::Pair(user, secret)) = &self.basic else {
            return;
        };
        if secret.literal() != Some("") {
            return;
        }
        self.headers.push((
            "Authorization".to_owned(),
            Text::marked(&format!("Basic {}:", user.as_marked())),
        ));
        self.basic = None;
        self.asides.push(Aside {
            what: "the sample sends a user with an empty password, which no `client_secret` can be"
                .to_owned(),
            hint: Some(
                "the variable for `headers.Authorization` holds `Basic`, a space, and the base64 of `USER:`",
            ),
        });
    }

    /// A `Authorization: Basic …` header becomes the credentials that are in it, as far as they can be told.
    fn understand_basic(&mut self) {
        let is_basic = |(name, value): &(String, Text)| {
            let scheme = value.as_marked().get(..6);
            name.eq_ignore_ascii_case("authorization")
                && scheme.is_some_and(|scheme| scheme.eq_ignore_ascii_case("basic "))
        };
        let Some(at) = self.headers.iter().position(is_basic) else {
            return;
        };
        let (_, value) = self.headers.remove(at);
        let mut value = Text::marked(value.as_marked().get(6..).unwrap_or_default()).trimmed();
        let named = value
            .literal()
            .and_then(in_single_quotes)
            .or(value.variable())
            .map(str::to_owned);
        if let Some(set) = named.and_then(|name| self.variables.get(&name).cloned()) {
            value = set;
        }
        let decoded = value
            .literal()
            .and_then(|text| STANDARD.decode(text).ok())
            .map(zeroize::Zeroizing::new);
        let decoded = decoded
            .as_ref()
            .and_then(|bytes| std::str::from_utf8(bytes).ok())
            .map(Text::marked);
        let pair = value.encoded().or(decoded).unwrap_or(value);
        // A page may write the pair itself in place of its encoding: `Basic <base64(id:secret)>`, `Basic id:secret`.
        self.basic = Some(match pair.split_once(':') {
            Some((id, secret))
                if !id.as_marked().contains(['(', '<']) || id.as_marked().ends_with('>') =>
            {
                Basic::Pair(id, secret)
            }
            _ => Basic::Whole,
        });
    }
}
