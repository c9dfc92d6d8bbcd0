//! A JSON Web Token: any text.

#![no_main]

use libfuzzer_sys::fuzz_target;
use tok::jwt::Jwt;

fuzz_target!(|text: &str| {
    if let Some(jwt) = Jwt::read(text) {
        let _ = jwt.expires_at();
        for claim in jwt.claims.keys() {
            let _ = jwt.time(claim);
        }
    }
});
