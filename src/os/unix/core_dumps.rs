//! Core dumps, which would hold secrets.

#[cfg(any(target_os = "linux", target_os = "android"))]
mod platform {
    use rustix::process::{DumpableBehavior, set_dumpable_behavior};

    /// Also forbids core dumps that the system pipes to a program, to which the resource limit does not apply. The setting
    /// ends with this program.
    pub(in crate::os) fn forbid() {
        // Nothing is lost if the system refuses: then it most likely writes none for us either.
        let _ = set_dumpable_behavior(DumpableBehavior::NotDumpable);
    }

    pub(in crate::os) fn restore() {}
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
mod platform {
    use std::sync::OnceLock;

    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

    static LIMIT: OnceLock<Rlimit> = OnceLock::new();

    pub(in crate::os) fn forbid() {
        let limit = LIMIT.get_or_init(|| getrlimit(Resource::Core));
        let none = Rlimit {
            current: Some(0),
            maximum: limit.maximum,
        };
        let _ = setrlimit(Resource::Core, none);
    }

    /// For the program that takes this one's place.
    pub(in crate::os) fn restore() {
        if let Some(limit) = LIMIT.get() {
            let _ = setrlimit(Resource::Core, limit.clone());
        }
    }
}

pub(super) use platform::{forbid, restore};
