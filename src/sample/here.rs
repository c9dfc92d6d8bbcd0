//! Here-documents: what a command is given on the lines below it.

use super::text::Text;

/// What ends a here-document.
#[derive(Clone, Copy)]
pub(super) struct Delimiter<'a> {
    word: &'a str,
    /// Variables in it are none: the word is in quotes.
    is_raw: bool,
}

/// What follows the first bracket of `<<EOF`, `<<-EOF`, `<< 'EOF'`, and what is behind it.
pub(super) fn delimiter(rest: &str) -> Option<(Delimiter<'_>, &str)> {
    let begin = rest
        .strip_prefix('<')
        .filter(|rest| !rest.starts_with('<'))?;
    let begin = begin.trim_start_matches(['-', '~']).trim_start_matches(' ');
    let quote = begin
        .chars()
        .next()
        .filter(|first| ['\'', '"'].contains(first));
    let begin = quote
        .and_then(|quote| begin.strip_prefix(quote))
        .unwrap_or(begin);
    let end = begin
        .find(|c: char| !c.is_ascii_alphanumeric() && c != '_')
        .unwrap_or(begin.len());
    let (word, after) = begin.split_at(end);
    let after = match quote {
        Some(quote) => after.strip_prefix(quote)?,
        None => after,
    };
    (!word.is_empty()).then_some((
        Delimiter {
            word,
            is_raw: quote.is_some(),
        },
        after,
    ))
}

/// The document that begins here, and what is behind its last line.
pub(super) fn document<'a>(lines: &'a str, delimiter: &Delimiter<'_>) -> (Text, &'a str) {
    let (mut length, mut rest) = (0, lines);
    for line in lines.split_inclusive('\n') {
        rest = rest.get(line.len()..).unwrap_or_default();
        if line.trim().trim_start_matches("> ") == delimiter.word {
            break;
        }
        length += line.len();
    }
    let text = lines.get(..length).unwrap_or_default();
    (
        if delimiter.is_raw {
            Text::marked(text)
        } else {
            filled(text)
        },
        rest,
    )
}

/// What `cat <<EOF` prints, in a substitution.
pub(super) fn printed(inside: &str) -> Option<Text> {
    let (delimiter, after) = delimiter(
        inside
            .trim_start()
            .strip_prefix("cat")?
            .trim_start()
            .strip_prefix('<')?,
    )?;
    let (_, lines) = after.split_once('\n')?;
    Some(document(lines, &delimiter).0)
}

/// Text with its variables.
fn filled(text: &str) -> Text {
    let mut filled = Text::default();
    let mut rest = text;
    while let Some(at) = rest.find(['$', '\\']) {
        let (before, from) = rest.split_at(at);
        filled.push_str(before);
        let mut characters = from.chars();
        let first = characters.next();
        let after = characters.as_str();
        if first == Some('\\') {
            let escaped = after
                .chars()
                .next()
                .filter(|next| ['$', '`', '\\'].contains(next));
            filled.push(escaped.unwrap_or('\\'));
            rest = after
                .get(escaped.map_or(0, char::len_utf8)..)
                .unwrap_or_default();
        } else if let Some((name, behind)) = super::names::variable_name(after) {
            filled.push_variable(name);
            rest = behind;
        } else {
            filled.push('$');
            rest = after;
        }
    }
    filled.push_str(rest);
    filled
}
