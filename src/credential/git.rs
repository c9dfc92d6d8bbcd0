//! git's credential helper: <https://git-scm.com/docs/gitcredentials>, <https://git-scm.com/docs/git-credential>.
//!
//! ```text
//! $ git-credential-tok get        in:  capability[]=authtype      out: capability[]=authtype
//!                                      protocol=https                  authtype=Bearer
//!                                      host=git.example.com            credential=TOKEN
//!                                      wwwauth[]=Bearer                password_expiry_utc=1795436100
//!                                                                      ephemeral=1
//! ```
//!
//! A git without that capability (before 2.46) gets `username=` and `password=`. For a host that is not mapped the reply
//! is empty, and git asks its next helper. `erase` names the credential that the server has rejected; `store` and
//! operations that git may get later are ignored, as the documentation demands.

use std::fmt::Write as _;

use anyhow::Result;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use super::{
    Credential, CredentialSource, Input, ProtocolError, Query, Reply, Scheme, Target, UrlError,
};
use crate::host::Warning;
use crate::secret::Secret;

pub fn answer(operation: &str, input: &Input<'_>, source: &dyn CredentialSource) -> Result<Reply> {
    let attributes = Attributes::parse(&input()?);
    match operation {
        "get" => attributes?.get(source),
        "erase" => attributes?.erase(source),
        _ => Ok(Reply::nothing()),
    }
}

/// What git says, as far as it matters here.
#[derive(Default)]
struct Attributes {
    protocol: String,
    host: String,
    path: String,
    username: Option<String>,
    password: Option<Secret<String>>,
    authtype: Option<String>,
    credential: Option<Secret<String>>,
    /// git accepts `authtype` and `credential`.
    takes_authtype: bool,
    /// The `WWW-Authenticate` headers of the server's reply.
    challenges: Vec<String>,
}

impl Attributes {
    fn parse(text: &str) -> Result<Self, ProtocolError> {
        let mut all = Self::default();
        // Lines end with LF alone: a CR belongs to the value.
        for line in text.split('\n').take_while(|line| !line.is_empty()) {
            let Some((key, value)) = line.split_once('=') else {
                return Err(ProtocolError::malformed(
                    "standard input has a line without `key=value`",
                ));
            };
            match key {
                "protocol" => value.clone_into(&mut all.protocol),
                "host" => value.clone_into(&mut all.host),
                "path" => value.clone_into(&mut all.path),
                // One that is not UTF-8 cannot be repeated to git.
                "username" => {
                    let is_odd = |c: char| c.is_control() || c == char::REPLACEMENT_CHARACTER;
                    let is_usable = !value.is_empty() && !value.contains(is_odd);
                    all.username = is_usable.then(|| value.to_owned());
                }
                "password" => all.password = Some(Secret::from(value)),
                "authtype" => all.authtype = Some(value.to_owned()),
                "credential" => all.credential = Some(Secret::from(value)),
                "capability[]" => all.takes_authtype |= value == "authtype",
                // An empty value clears the list.
                "wwwauth[]" if value.is_empty() => all.challenges.clear(),
                "wwwauth[]" => all.challenges.push(value.to_owned()),
                _ => {}
            }
        }
        Ok(all)
    }

    fn target(&self, protocol: &str) -> Result<Target, UrlError> {
        Target::from_parts(protocol, &self.host, &self.path)
    }

    fn get(&self, source: &dyn CredentialSource) -> Result<Reply> {
        let target = match self.target(&self.protocol) {
            Ok(target) => target,
            Err(UrlError::PlainHttp(host)) => return self.refuse_plain_http(&host, source),
            // Mail, certificates, a host of two lines: not a matter of tokens.
            Err(_) => return Ok(Reply::nothing()),
        };
        let query = Query {
            username: self.username.as_deref(),
            ..Query::about(std::slice::from_ref(&target))
        };
        match source.get(query)? {
            Some(credential) => self.reply(&credential),
            None => Ok(Reply::nothing()),
        }
    }

    /// Warns if https would have got a token.
    fn refuse_plain_http(&self, host: &str, source: &dyn CredentialSource) -> Result<Reply> {
        let secure: Vec<Target> = self.target("https").into_iter().collect();
        let is_mapped = source.is_mapped(Query::about(&secure))?;
        let warning = is_mapped.then(|| {
            Warning::new(format!("`{host}` gets no token over plain http"))
                .hint("use the https URL of the repository")
        });
        Ok(Reply {
            warning,
            ..Reply::nothing()
        })
    }

    fn reply(&self, credential: &Credential) -> Result<Reply> {
        let is_basic = credential.scheme == Some(Scheme::Basic)
            || (credential.scheme.is_none() && self.wants_basic());
        let mut text = Zeroizing::new(String::new());
        if self.takes_authtype {
            // Not as a password: git would tell other helpers to store that.
            let (authtype, value) = if is_basic {
                ("Basic", credential.basic())
            } else {
                ("Bearer", credential.token.clone())
            };
            let value = value.expose();
            writeln!(
                text,
                "capability[]=authtype\nauthtype={authtype}\ncredential={value}"
            )?;
        } else {
            let (username, token) = (&credential.username, credential.token.expose());
            writeln!(text, "username={username}\npassword={token}")?;
        }
        if let Some(at) = credential.expires_at {
            writeln!(text, "password_expiry_utc={}", at.0)?;
        }
        if self.takes_authtype {
            text.push_str("ephemeral=1\n");
        }
        Ok(Reply::text(text.as_str()))
    }

    /// Whether the server accepts Basic, and not Bearer.
    fn wants_basic(&self) -> bool {
        let offers = |scheme: &str| {
            let mut schemes = self.challenges.iter().flat_map(|header| schemes(header));
            schemes.any(|offered| offered.eq_ignore_ascii_case(scheme))
        };
        offers("basic") && !offers("bearer")
    }

    /// A later token than the rejected one is kept.
    fn erase(&self, source: &dyn CredentialSource) -> Result<Reply> {
        let target = self.target(&self.protocol);
        if let (Some(token), Ok(target)) = (self.rejected(), target) {
            source.reject(Query::about(&[target]), &token)?;
        }
        Ok(Reply::nothing())
    }

    fn rejected(&self) -> Option<Secret<String>> {
        let authtype = self.authtype.as_deref().unwrap_or_default();
        let is_basic = authtype.eq_ignore_ascii_case("basic");
        match &self.credential {
            Some(pair) if is_basic => {
                let pair = Zeroizing::new(STANDARD.decode(pair.expose()).ok()?);
                let (_, token) = std::str::from_utf8(&pair).ok()?.split_once(':')?;
                Some(Secret::from(token))
            }
            Some(token) => Some(token.clone()),
            None => self.password.clone(),
        }
    }
}

/// The authentication schemes of a `WWW-Authenticate` header (RFC 9110 §11.6.1), which may hold several challenges:
/// `Negotiate, Basic realm="a, b", charset="UTF-8"`.
fn schemes(header: &str) -> Vec<&str> {
    let (mut is_quoted, mut is_escaped) = (false, false);
    let parts = header.split(|c| {
        match c {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = is_quoted,
            '"' => is_quoted = !is_quoted,
            _ => {}
        }
        c == ',' && !is_quoted
    });
    parts
        .filter_map(|part| {
            // A part begins with a scheme, unless it is a further parameter, `name=value`.
            let part = part.trim();
            let end = part.find(|c: char| c.is_whitespace() || c == '=');
            let (first, rest) = part.split_at(end.unwrap_or(part.len()));
            let is_parameter = rest.trim_start().starts_with('=');
            (!first.is_empty() && !is_parameter).then_some(first)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_may_hold_several_challenges() {
        let cases: [(&str, &[&str]); 8] = [
            ("Basic realm=\"x\"", &["Basic"]),
            ("Negotiate, Basic realm=\"x\"", &["Negotiate", "Basic"]),
            ("basic realm=\"a, Bearer b\", charset=\"UTF-8\"", &["basic"]),
            ("Digest realm=\"a\\\", Bearer \", qop=\"auth\"", &["Digest"]),
            ("Negotiate YII==,NTLM", &["Negotiate", "NTLM"]),
            ("Basic realm = \"x\" , charset = \"UTF-8\"", &["Basic"]),
            (" , ,Bearer", &["Bearer"]),
            ("", &[]),
        ];
        for (header, expected) in cases {
            assert_eq!(schemes(header), expected, "{header}");
        }
    }

    proptest::proptest! {
        #![proptest_config(crate::property::config())]

        /// Whatever is on standard input, none of it is in an error.
        #[test]
        fn any_input_is_read_or_refused(text in crate::property::text(), key in "(wwwauth\\[\\]|credential|authtype|host|x)=") {
            match Attributes::parse(&format!("{key}{text}")) {
                Ok(all) => _ = (all.rejected(), all.wants_basic()),
                Err(error) => proptest::prop_assert_eq!(error.to_string(), "standard input has a line without `key=value`"),
            }
        }
    }
}
