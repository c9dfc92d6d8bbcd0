//! The explanation as text.

use anstyle::Style;

use super::Explained;
use super::values::{ShownValue, origin};
use crate::commands::Context;
use crate::profile::Profile;
use crate::render::style::{DIM, HEADING, paint};
use crate::render::table::{Cell, columns};
use crate::render::view::{freshness, when};
use crate::text::sanitize;
use crate::time::UnixTime;

pub(super) fn text(explained: &Explained<'_>, profile: &Profile, context: &Context<'_>) -> String {
    let heading = |text: &str| [Vec::new(), vec![Cell::new(HEADING, text)]];
    let row = |name: &str, value: &str, from: &str| {
        vec![
            Cell::plain(format!("  {}", sanitize(name))),
            Cell::plain(sanitize(value)),
            Cell::new(DIM, sanitize(from)),
        ]
    };
    let value_row = |value: &ShownValue| row(&value.name, &value.text, &source_of(value));
    let url = &explained.url;
    let mut rows = Vec::from(heading("request"));
    rows.extend([
        row(explained.method, &url.value, &url.from),
        row(
            "strategy",
            &explained.strategy.value,
            &explained.strategy.from,
        ),
        row("grant", &explained.grant.value, &explained.grant.from),
    ]);
    if profile.origins.contains_key("client_auth") {
        let from = origin(profile, "client_auth");
        rows.push(row("client_auth", explained.client_auth, &from));
    }
    rows.extend(heading("headers"));
    rows.extend(explained.headers.iter().map(value_row));
    if let Some(basic) = &explained.basic {
        let encoding = format!("of the two below, encoding `{}`", basic.encoding);
        rows.push(row("Authorization", "Basic [redacted]", &encoding));
        for value in [&basic.client_id, &basic.client_secret] {
            let name = format!("  {}", value.name);
            rows.push(row(&name, &value.text, &source_of(value)));
        }
    }
    let place = format!("parameters ({})", explained.parameters_in);
    rows.extend(heading(&place));
    rows.extend(explained.parameters.iter().map(value_row));
    rows.extend(heading("timeouts, retries and renewal"));
    for (name, setting) in &explained.settings {
        rows.push(row(name, &setting.value, &setting.from));
    }
    rows.extend(heading("cache"));
    let cache = &explained.cache;
    let style = cache.freshness.map_or(DIM, |state| freshness(state).1);
    let wide = |name: &str, value: &str, style: Style| {
        vec![
            Cell::plain(format!("  {name}")),
            Cell::new(style, sanitize(value)),
        ]
    };
    rows.push(wide("state", cache.state, style));
    rows.push(wide("next", cache.verdict, Style::new()));
    if let Some(at) = cache.expires_at {
        let at = when(UnixTime(at), (context.now)(), context.width.is_some());
        rows.push(wide("expires", &at, Style::new()));
    }
    if let Some(cool_down) = &cache.cool_down {
        let text = format!("{}s more: {}", cool_down.seconds_left, cool_down.message);
        rows.push(wide("cool-down", &text, Style::new()));
    }
    rows.push(wide("key", &cache.key, Style::new()));
    if let Some(file) = &cache.file {
        rows.push(wide("file", file, Style::new()));
    }
    let title = format!("{} (dry run: nothing is sent)", explained.profile);
    let table = columns(&rows, context.width.unwrap_or(usize::MAX));
    format!("{}\n{}", paint(HEADING, &title), table)
}

/// The key of a value, unless that is its name, the line where it was written, and its source.
fn source_of(value: &ShownValue) -> String {
    let name = value
        .key
        .split_once('.')
        .map_or(value.key.as_str(), |(_, name)| name);
    let key = if name == value.name || value.key == "grant" {
        String::new()
    } else {
        format!("`{}`, ", value.key)
    };
    let source = value.source.as_deref().map(|source| format!(", {source}"));
    let source = source.unwrap_or_default();
    let note = match value.is_set {
        Some(false) => " (not set)",
        _ => "",
    };
    format!("{key}{}{source}{note}", value.origin)
}
