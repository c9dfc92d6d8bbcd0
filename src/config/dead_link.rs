//! A link to something that does not exist, on the way to a file: the operating system only says of it that there is no
//! such file.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Such a link, and where it leads in the end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadLink {
    link: PathBuf,
    target: PathBuf,
}

impl DeadLink {
    /// What to do about it.
    pub const HINT: &str = "create what it points to, or remove the link";

    /// The one on this path, if any: the file itself, or a directory above it.
    #[must_use]
    pub fn on(path: &Path) -> Option<Self> {
        let is_absent = |path: &Path| {
            fs::metadata(path).is_err_and(|error| error.kind() == io::ErrorKind::NotFound)
        };
        let absent = path
            .ancestors()
            .take_while(|path| !path.as_os_str().is_empty() && is_absent(path));
        let next = |path: &Path| Some(path.parent()?.join(fs::read_link(path).ok()?));
        // The highest one: nothing below it can be looked up. The system itself follows no more than forty.
        let link = absent.filter(|path| fs::read_link(path).is_ok()).last()?;
        let target = std::iter::successors(next(link), |link| next(link))
            .take(40)
            .last()?;
        Some(Self {
            link: link.to_owned(),
            target,
        })
    }

    /// What is wrong with this path, to follow the path itself.
    #[must_use]
    pub fn describe(&self, path: &Path) -> String {
        let target = self.target.display();
        if self.link == path {
            format!("is a link to `{target}`, which does not exist")
        } else {
            format!(
                "cannot be reached: `{}` is a link to `{target}`, which does not exist",
                self.link.display()
            )
        }
    }
}
