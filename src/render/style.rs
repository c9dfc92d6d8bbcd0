//! Colours. They are always written; [`super::output`] strips them where none are wanted.

use anstyle::{AnsiColor, Color, Style};

pub const GOOD: Style = foreground(AnsiColor::Green);
pub const WARN: Style = foreground(AnsiColor::Yellow);
pub const BAD: Style = foreground(AnsiColor::Red);
/// What can be typed: names of profiles and presets.
pub const NAME: Style = foreground(AnsiColor::Cyan);
pub const DIM: Style = Style::new().dimmed();
pub const HEADING: Style = Style::new().bold();

const fn foreground(color: AnsiColor) -> Style {
    Style::new().fg_color(Some(Color::Ansi(color)))
}

/// Text in a style.
pub fn paint(style: Style, text: &str) -> String {
    if text.is_empty() || style.is_plain() {
        text.to_owned()
    } else {
        format!("{style}{text}{style:#}")
    }
}
