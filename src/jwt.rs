//! Reads the claims of a JSON Web Token (RFC 7519). The signature is not verified.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde_json::{Map, Value};

use crate::json::{Json, JsonKind};
use crate::time::UnixTime;

/// Base64url as RFC 7515 §2 has it; padding, which some issuers add, is taken too.
const BASE64URL: GeneralPurpose = GeneralPurpose::new(
    &alphabet::URL_SAFE,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The readable parts of a JWT in compact form.
#[derive(Debug, Clone, PartialEq)]
pub struct Jwt {
    /// The JOSE header (RFC 7515 §4).
    pub header: Map<String, Value>,
    /// The claims (RFC 7519 §4).
    pub claims: Map<String, Value>,
}

impl Jwt {
    /// Reads a token; `None` for one that is not a signed JWT, an opaque token for example.
    #[must_use]
    pub fn read(token: &str) -> Option<Self> {
        let [header, claims, _signature] = token.split('.').collect::<Vec<_>>()[..] else {
            return None;
        };
        Some(Self {
            header: object(header)?,
            claims: object(claims)?,
        })
    }

    /// The claim `exp` (RFC 7519 §4.1.4).
    #[must_use]
    pub fn expires_at(&self) -> Option<UnixTime> {
        self.time("exp")
    }

    /// A claim that is a `NumericDate`: seconds, a fraction dropped.
    #[must_use]
    pub fn time(&self, claim: &str) -> Option<UnixTime> {
        let value = self.claims.get(claim)?;
        if let Some(whole) = value.as_i64() {
            return Some(UnixTime(whole));
        }
        let seconds = value.as_f64()?;
        // A float holds whole seconds exactly far beyond any date that can be meant.
        #[expect(clippy::cast_possible_truncation, reason = "the range is checked")]
        (seconds.abs() < 1e15).then_some(UnixTime(seconds.floor() as i64))
    }
}

/// Decodes a part. A member that [`Value`] cannot hold (a number out of range, nesting that is too deep) is kept as text,
/// so that the expiry can still be read.
fn object(part: &str) -> Option<Map<String, Value>> {
    let text = String::from_utf8(BASE64URL.decode(part).ok()?).ok()?;
    let json = Json::parse(&text)
        .ok()
        .filter(|json| json.kind() == JsonKind::Object)?;
    let members = json.members();
    let readable = members.map(|(name, value)| (name.to_string(), value.value()));
    Some(readable.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) fn token(claims: &str) -> String {
        format!(
            "{}.{}.c2ln",
            BASE64URL.encode(r#"{"alg":"none"}"#),
            BASE64URL.encode(claims)
        )
    }

    #[test]
    fn times() {
        let cases = [
            (r#"{"exp":1720186593}"#, Some(1_720_186_593)),
            (r#"{"exp":1720186593.75}"#, Some(1_720_186_593)),
            (r#"{"exp":"1720186593"}"#, None),
            (r#"{"exp":1e300}"#, None),
            (r#"{"exp":1e400}"#, None),
            (
                r#"{"x":1e400,"y":"\ud800","exp":1720186593}"#,
                Some(1_720_186_593),
            ),
            (r"{}", None),
        ];
        for (claims, expected) in cases {
            let jwt = Jwt::read(&token(claims)).unwrap();
            assert_eq!(jwt.expires_at().map(|at| at.0), expected, "{claims}");
        }
    }

    #[test]
    fn what_is_no_jwt() {
        for text in [
            "",
            "opaque",
            "a.b",
            "a.b.c",
            "..",
            "e30.W10.x",
            "e30.e30.x.y.z",
        ] {
            assert_eq!(Jwt::read(text), None, "{text}");
        }
        assert!(
            Jwt::read("e30.e30.").is_some(),
            "an unsigned JWT has an empty signature"
        );
    }

    proptest::proptest! {
        #![proptest_config(crate::property::config())]

        #[test]
        fn any_text_is_read_or_not(text in crate::property::text(), claims in crate::property::text()) {
            let _ = Jwt::read(&text).map(|jwt| jwt.expires_at());
            let _ = Jwt::read(&token(&claims)).map(|jwt| jwt.expires_at());
        }

        #[test]
        fn a_time_is_read_as_it_is_written(exp: i64, padding in "={0,3}") {
            let text = token(&format!("{{\"exp\":{exp}}}")).replace(".c2ln", &format!("{padding}.c2ln"));
            if let Some(jwt) = Jwt::read(&text) {
                proptest::prop_assert_eq!(jwt.expires_at(), Some(UnixTime(exp)));
            }
        }
    }
}
