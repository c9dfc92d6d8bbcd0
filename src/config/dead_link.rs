//! Describes a dead link in a path. The operating system only reports that the file does not exist.

use std::fs;
use std::io;
use std::path::Path;

pub const DEAD_LINK_HINT: &str = "create what it points to, or remove the link";

/// What is wrong with a path that is a dead link, or leads through one; continues a sentence about the path.
pub fn describe_dead_link(path: &Path) -> Option<String> {
    let is_absent = |path: &Path| {
        fs::metadata(path).is_err_and(|error| error.kind() == io::ErrorKind::NotFound)
    };
    let absent = path
        .ancestors()
        .take_while(|path| !path.as_os_str().is_empty() && is_absent(path));
    let next = |path: &Path| Some(path.parent()?.join(fs::read_link(path).ok()?));
    // The highest one: nothing below it can be looked up. The system itself follows no more than forty.
    let link = absent.filter(|path| path.is_symlink()).last()?;
    let targets = std::iter::successors(next(link), |link| next(link)).take(40);
    let target = targets.last()?.display().to_string();
    let dead = format!("is a link to `{target}`, which does not exist");
    Some(if link == path {
        dead
    } else {
        format!("cannot be reached: `{}` {dead}", link.display())
    })
}
