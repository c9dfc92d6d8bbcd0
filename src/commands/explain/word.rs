//! Words of a shell's command line, for bash, dash, zsh and their like.

use super::values::Piece;

/// One word of a shell command: in single quotes, or in double quotes where a variable must expand.
pub(super) fn word(pieces: &[Piece]) -> String {
    let joined = joined(pieces);
    if let [Piece::Text(text)] = joined.as_slice() {
        return single_quoted(text);
    }
    // An interactive bash takes an exclamation mark for a command even in double quotes.
    let has_mark = joined
        .iter()
        .any(|piece| matches!(piece, Piece::Text(text) if text.contains('!')));
    let mut word = String::new();
    for (index, piece) in joined.iter().enumerate() {
        let follows_closely = match joined.get(index + 1) {
            Some(Piece::Text(text)) if text != ":" => {
                text.starts_with(|next: char| next.is_ascii_alphanumeric() || "_[:".contains(next))
            }
            _ => false,
        };
        match piece {
            Piece::Text(text) if has_mark => word.push_str(&single_quoted(text)),
            Piece::Text(text) => {
                for character in text.chars() {
                    if matches!(character, '"' | '\\' | '$' | '`') {
                        word.push('\\');
                    }
                    word.push(character);
                }
            }
            Piece::Variable(name) if has_mark => word.extend(["\"$", name, "\""]),
            // What follows must not be read as part of the name, nor by zsh as a subscript or a modifier.
            Piece::Variable(name) if follows_closely => {
                word.extend(["${", name, "}"]);
            }
            Piece::Variable(name) => word.extend(["$", name]),
            Piece::Output(command) if has_mark => word.extend(["\"$(", command, ")\""]),
            Piece::Output(command) => word.extend(["$(", command, ")"]),
        }
    }
    if has_mark {
        word
    } else {
        format!("\"{word}\"")
    }
}

fn single_quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// Neighbouring texts as one.
fn joined(pieces: &[Piece]) -> Vec<Piece> {
    let mut joined: Vec<Piece> = Vec::new();
    for piece in pieces {
        match (joined.last_mut(), piece) {
            (Some(Piece::Text(before)), Piece::Text(text)) => before.push_str(text),
            _ => joined.push(piece.clone()),
        }
    }
    joined.retain(|piece| *piece != Piece::Text(String::new()));
    if joined.is_empty() {
        vec![Piece::Text(String::new())]
    } else {
        joined
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_say_to_a_shell_what_they_mean() {
        let text = |text: &str| Piece::Text(text.to_owned());
        let variable = |name: &str| Piece::Variable(name.to_owned());
        let output = |command: &str| Piece::Output(command.to_owned());
        let cases = [
            (vec![text("it's $5")], r"'it'\''s $5'"),
            (vec![text("")], "''"),
            (
                vec![variable("ID"), text(":"), variable("SECRET")],
                r#""$ID:$SECRET""#,
            ),
            (
                vec![text("a"), text("b=\"\\$`"), variable("X"), text("\"}")],
                r#""ab=\"\\\$\`$X\"}""#,
            ),
            (vec![variable("X"), text("y")], r#""${X}y""#),
            (
                vec![variable("X"), text(":h/"), variable("Y")],
                r#""${X}:h/$Y""#,
            ),
            (vec![text("it's!"), variable("X")], r#"'it'\''s!'"$X""#),
            (
                vec![text("$"), output("a \"$X\" | b 'c'")],
                r#""\$$(a "$X" | b 'c')""#,
            ),
            (vec![text("!"), output("a \"$X\"")], r#"'!'"$(a "$X")""#),
        ];
        for (pieces, expected) in cases {
            assert_eq!(word(&pieces), expected);
        }
    }
}
