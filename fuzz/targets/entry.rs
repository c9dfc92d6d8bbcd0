//! A file of the cache: any bytes.

#![no_main]

use libfuzzer_sys::fuzz_target;
use tok::response::is_token;
use tok::store::Entry;

// The checksum stands in the way of everything behind it, so each input is tried with the right one too.
fuzz_target!(|data: &[u8]| {
    let _ = Entry::read(data, "key");
    let sum = data.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    });
    let head = format!("{{\"tok\":1,\"checksum\":\"{sum:016x}\",\"entry\":");
    let sealed = [head.as_bytes(), data, b"}\n"].concat();
    let value = serde_json::from_slice::<serde_json::Value>(data).unwrap_or_default();
    let key = value["key"].as_str().unwrap_or_default();
    if let Ok(entry) = Entry::read(&sealed, key) {
        assert!(is_token(entry.access_token.expose()));
    }
});
