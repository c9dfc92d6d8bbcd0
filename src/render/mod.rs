//! Output: answers on standard output, messages on standard error, tables and token formats.

pub mod error;
pub mod format;
pub mod output;
pub mod report;
pub mod shell;
pub mod style;
pub mod table;
pub mod view;
