//! When a token expires, and how fresh it is: any numbers.

#![no_main]

use std::time::Duration;

use libfuzzer_sys::fuzz_target;
use tok::expiry::{ExpiryInput, MinTtl, Stated, Windows, decide, freshness};
use tok::time::UnixTime;

type Numbers = (
    i64,
    (u8, i64),
    (u8, i64),
    Option<i64>,
    Option<u32>,
    i64,
    (u32, bool, u32),
);

fuzz_target!(|numbers: Numbers| {
    let (start, expires_in, expires_at, exp, assumed, now, (min_ttl, demanded, refresh_before)) =
        numbers;
    let stated = |(kind, number): (u8, i64)| match kind % 4 {
        0 => Stated::Absent,
        1 => Stated::Number(number),
        2 => Stated::Instant(UnixTime(number)),
        _ => Stated::Unreadable,
    };
    let seconds = |seconds: u32| Duration::from_secs(seconds.into());
    let input = ExpiryInput {
        requested_at: UnixTime(start),
        expires_in: stated(expires_in),
        expires_at: stated(expires_at),
        jwt_exp: exp.map(UnixTime),
        assumed: assumed.map(seconds),
    };
    let wanted = seconds(min_ttl);
    let windows = Windows {
        min_ttl: if demanded {
            MinTtl::Demanded(wanted)
        } else {
            MinTtl::AtMostATenth(wanted)
        },
        refresh_before: seconds(refresh_before),
    };
    if let Some((at, _)) = decide(&input).expiry
        && freshness(UnixTime(start), at, windows, UnixTime(now)).is_good()
    {
        assert!(now >= start && now < at.0);
    }
});
