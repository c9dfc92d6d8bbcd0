//! A reply: any status, any content type, any body.

#![no_main]

use libfuzzer_sys::fuzz_target;
use tok::response::{ErrorRule, Reply, ReplyRules, is_token, parse};
use tok::secret::Secret;
use tok::time::UnixTime;

// The first three bytes choose status, content type and rules; the rest is the body.
fuzz_target!(|data: &[u8]| {
    let Some(([status, kind, rules], body)) = data.split_first_chunk() else {
        return;
    };
    let statuses = [200, 201, 204, 301, 400, 401, 403, 429, 500, 503, 299, 999];
    let types = [
        "application/json",
        "application/x-www-form-urlencoded",
        "text/html",
        "text/plain",
        "",
    ];
    let words =
        String::from_utf8_lossy(body.get(..body.len().min(40)).unwrap_or_default()).into_owned();
    let reply = Reply {
        status: statuses[usize::from(*status) % statuses.len()],
        content_type: types
            .get(usize::from(*kind) % 6)
            .map(|text| (*text).to_owned()),
        content_encoding: None,
        retry_after: Some(words.clone()),
        retry_in: Some(words.clone()),
        location: None,
        date: Some(words),
        body: Secret::new(body.to_vec()),
    };
    let mut map = ReplyRules::default();
    if rules % 2 == 1 {
        map.response.access_token = "/data/0/token".to_owned();
        map.response.expires_at = Some("/data/0/until".to_owned());
        map.error = Some(ErrorRule {
            when: "/ok".to_owned(),
            equals: Some(false.into()),
            message: Some("/m".to_owned()),
        });
    }
    if let Ok(response) = parse(&reply, &map, UnixTime(1_700_000_000)) {
        assert!(is_token(response.access_token.expose()));
        assert!((200..300).contains(&reply.status));
    }
});
