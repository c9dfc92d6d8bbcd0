//! Tables. A terminal gets aligned columns below headings, cut to its width; rows never wrap. A file or pipe gets
//! records: one a line, fields separated by tabs, no headings.

use anstyle::Style;

use super::style::{DIM, paint};

/// The text of a field without a value.
pub const NONE: &str = "-";

/// Between two columns.
const GAP: &str = "  ";

/// A column is not made narrower than this to fit the terminal; then the last column is dropped.
const NARROWEST: usize = 10;

/// Text of a table, and its style.
#[derive(Debug, Clone)]
pub struct Cell {
    text: String,
    style: Style,
}

impl Cell {
    /// Text in a style.
    pub fn new(style: Style, text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            style,
        }
    }

    /// Text in no style.
    pub fn plain(text: impl Into<String>) -> Self {
        Self::new(Style::new(), text)
    }

    fn width(&self) -> usize {
        self.text.chars().count()
    }

    /// The cell in so many characters.
    fn cut(&self, width: usize) -> String {
        if self.width() <= width {
            return paint(self.style, &self.text);
        }
        let kept: String = self.text.chars().take(width.saturating_sub(1)).collect();
        paint(self.style, &(kept + "…"))
    }
}

/// A table with headings, at most `width` characters wide.
pub fn table(headings: &[&str], mut rows: Vec<Vec<Cell>>, width: usize) -> String {
    let head = headings.iter().map(|heading| Cell::new(DIM, *heading));
    rows.insert(0, head.collect());
    columns(&rows, width)
}

/// Rows of aligned cells, at most `width` characters wide: the widest columns are cut, then the last ones dropped. A
/// row with fewer cells than the others ends with one that may be as wide as the rest of the line.
pub fn columns(rows: &[Vec<Cell>], width: usize) -> String {
    let count = rows.iter().map(Vec::len).max().unwrap_or(0);
    let mut widths = vec![0; count];
    for row in rows {
        let aligned = if row.len() == count {
            count
        } else {
            row.len().saturating_sub(1)
        };
        for (widest, cell) in widths.iter_mut().zip(row).take(aligned) {
            *widest = cell.width().max(*widest);
        }
    }
    fit(&mut widths, width);
    let mut text = String::new();
    for row in rows {
        let mut line = String::new();
        let mut position = 0;
        for (index, (cell, column)) in row.iter().zip(&widths).enumerate() {
            let is_last = index + 1 == row.len();
            let width = if is_last && row.len() < count {
                width.saturating_sub(position)
            } else {
                *column
            };
            line.push_str(&cell.cut(width));
            if !is_last {
                line.push_str(&" ".repeat(column.saturating_sub(cell.width())));
                line.push_str(GAP);
            }
            position += column + GAP.len();
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

/// Fits columns into a line: as many as fit, the widest of them cut.
fn fit(widths: &mut Vec<usize>, line: usize) {
    let total = |widths: &[usize], most: usize| {
        let cut = widths.iter().map(|width| *width.min(&most) + GAP.len());
        cut.sum::<usize>().saturating_sub(GAP.len())
    };
    while widths.len() > 1 && total(widths, NARROWEST) > line {
        widths.pop();
    }
    while total(widths, usize::MAX) > line.max(1)
        && let Some(widest) = widths.iter_mut().max()
    {
        *widest -= 1;
    }
}

/// A table for programs. No field holds a tab or line break.
pub fn records(rows: &[Vec<String>]) -> String {
    let field = |cell: &String| {
        if cell.is_empty() {
            NONE.to_owned()
        } else {
            cell.replace(['\t', '\n'], " ")
        }
    };
    rows.iter()
        .map(|row| row.iter().map(field).collect::<Vec<_>>().join("\t") + "\n")
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(rows: &[&[&str]]) -> Vec<Vec<Cell>> {
        let row = |cells: &&[&str]| cells.iter().map(|cell| Cell::new(DIM, *cell)).collect();
        rows.iter().map(row).collect()
    }

    fn shown(rows: &[Vec<Cell>], width: usize) -> String {
        anstream::adapter::strip_str(&columns(rows, width)).to_string()
    }

    #[test]
    fn columns_are_aligned_by_their_characters() {
        let rows = rows(&[&["ab", "c", "d"], &["é", "longer than all"], &["", "x"]]);
        let expected = "ab  c  d\né   longer than all\n    x\n";
        assert_eq!(shown(&rows, usize::MAX), expected);
    }

    #[test]
    fn rows_never_exceed_the_width() {
        let rows = rows(&[
            &[
                "moov",
                "a scope that is rather long",
                "https://api.moov.io/oauth",
            ],
            &["a-profile", "a problem that takes all of the line"],
        ]);
        let expected = [
            (
                65,
                "moov       a scope that is rather long  https://api.moov.io/oauth\na-profile  a problem that takes all of the line\n",
            ),
            (
                62,
                "moov       a scope that is rather l…  https://api.moov.io/oau…\na-profile  a problem that takes all of the line\n",
            ),
            (
                40,
                "moov       a scope that …  https://api.…\na-profile  a problem that takes all of …\n",
            ),
            (
                30,
                "moov       a scope that is ra…\na-profile  a problem that tak…\n",
            ),
            (5, "moov\na-pr…\n"),
        ];
        for (width, expected) in expected {
            assert_eq!(shown(&rows, width), expected, "{width}");
        }
    }

    #[test]
    fn records_have_a_field_for_each_cell() {
        let row = ["a", "", "b\tc"].map(str::to_owned).to_vec();
        assert_eq!(records(&[row]), "a\t-\tb c\n");
    }
}
