//! What a web page or a word processor does to a text, undone before it is read.

use zeroize::Zeroizing;

use super::text::unmarked;

/// The text of a page: without tags where it is HTML, without what cannot be seen, with plain spaces.
pub(super) fn plain(page: &str) -> Zeroizing<String> {
    let text = unmarked(page);
    let text = if is_html(&text) {
        without_tags(&text)
    } else {
        text
    };
    let visible = text
        .chars()
        .filter(|c| !matches!(c, '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{feff}'));
    Zeroizing::new(
        visible
            .map(|c| {
                if matches!(c, '\u{a0}' | '\u{2007}' | '\u{202f}') {
                    ' '
                } else {
                    c
                }
            })
            .collect(),
    )
}

fn is_html(text: &str) -> bool {
    let lower = Zeroizing::new(text.to_ascii_lowercase());
    ["</pre>", "</code>", "</html>", "<!doctype html"]
        .iter()
        .any(|mark| lower.contains(mark))
}

/// Tags are left out, and the characters that stand for others become those.
fn without_tags(html: &str) -> Zeroizing<String> {
    let mut text = Zeroizing::new(String::with_capacity(html.len()));
    let (mut rest, mut is_closed) = (html, true);
    while let Some(at) = rest.find(['<', '&']) {
        let (before, from) = rest.split_at(at);
        text.push_str(before);
        let inside = from.get(1..).unwrap_or_default();
        let is_tag = from.starts_with('<')
            && inside.starts_with(|c: char| c.is_ascii_alphabetic() || "/!".contains(c));
        let entity = ENTITIES.iter().find(|(name, _)| from.starts_with(name));
        // Where one is not closed, none behind it is.
        let end = if is_tag && is_closed {
            inside.find('>')
        } else {
            None
        };
        is_closed &= !is_tag || end.is_some();
        rest = if let Some(after) = end.and_then(|end| inside.get(end + 1..)) {
            if ["br", "p", "/p", "/div", "/pre", "/li"]
                .iter()
                .any(|name| is_named(inside, name))
            {
                text.push('\n');
            }
            after
        } else if let Some((name, meant)) = entity {
            text.push_str(meant);
            from.get(name.len()..).unwrap_or_default()
        } else {
            text.push_str(from.get(..1).unwrap_or_default());
            inside
        };
    }
    text.push_str(rest);
    text
}

fn is_named(tag: &str, name: &str) -> bool {
    tag.get(..name.len())
        .is_some_and(|begin| begin.eq_ignore_ascii_case(name))
        && tag
            .get(name.len()..)
            .is_some_and(|rest| rest.starts_with(['>', ' ', '/']))
}

const ENTITIES: [(&str, &str); 8] = [
    ("&lt;", "<"),
    ("&gt;", ">"),
    ("&quot;", "\""),
    ("&apos;", "'"),
    ("&#39;", "'"),
    ("&#x27;", "'"),
    ("&nbsp;", " "),
    ("&amp;", "&"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_becomes_its_text() {
        for (page, text) in [
            ("curl\u{a0}-d a=b\u{200b} \u{feff}x", "curl -d a=b x"),
            (
                "<pre><span class=\"x\">curl</span> -u &lt;id&gt;:&quot;b&quot; &amp;&amp; c</pre>",
                "curl -u <id>:\"b\" && c\n",
            ),
            (
                "a<br/>b</code>&copy; &amp;lt; < c <",
                "a\nb&copy; &lt; < c <",
            ),
            ("-u <id>:<secret> &amp;", "-u <id>:<secret> &amp;"),
            ("</pre>é&é<", "\né&é<"),
        ] {
            assert_eq!(*plain(page), text);
        }
    }
}
