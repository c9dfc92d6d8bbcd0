//! The built-in providers: one TOML file each, everything but the credentials.

/// A built-in partial profile.
#[derive(Debug, Clone, Copy)]
pub struct Preset {
    pub name: &'static str,
    text: &'static str,
}

const fn preset(name: &'static str, text: &'static str) -> Preset {
    Preset { name, text }
}

pub const PRESETS: [Preset; 6] = [
    preset("moost", include_str!("moost.toml")),
    preset("moov", include_str!("moov.toml")),
    preset("moov-form", include_str!("moov-form.toml")),
    preset("metapack", include_str!("metapack.toml")),
    preset("depotfinity", include_str!("depotfinity.toml")),
    preset("json-body", include_str!("json-body.toml")),
];

impl Preset {
    /// One line for tables.
    pub fn summary(&self) -> &'static str {
        self.field("summary")
    }

    /// The provider's own page.
    pub fn source(&self) -> &'static str {
        self.field("source")
    }

    /// What a profile inherits: the lines below `[profile]`, as they stand in the file.
    pub fn keys(&self) -> &'static str {
        self.section("profile")
    }

    /// What the user brings: the lines below `[credentials]`, as an example.
    pub fn credentials(&self) -> &'static str {
        self.section("credentials")
    }

    /// The comment at the head of the file.
    pub fn comment(&self) -> &'static str {
        let end = self.text.find("\nsummary").unwrap_or(0);
        self.text.get(..end).unwrap_or_default()
    }

    fn field(&self, name: &str) -> &'static str {
        let line = self.text.lines().find_map(|line| line.strip_prefix(name));
        line.and_then(|line| line.split('"').nth(1))
            .unwrap_or_default()
    }

    fn section(&self, name: &str) -> &'static str {
        let header = format!("\n[{name}]\n");
        let Some((_, after)) = self.text.split_once(&header) else {
            return "";
        };
        after
            .split_once("\n[")
            .map_or(after, |(section, _)| section)
            .trim_end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_preset_has_every_part() {
        for preset in PRESETS {
            assert!(!preset.summary().is_empty(), "{}", preset.name);
            assert!(preset.source().starts_with("https://"), "{}", preset.name);
            assert!(preset.keys().contains("token_url = "), "{}", preset.name);
            assert!(
                preset.credentials().contains("client_secret = "),
                "{}",
                preset.name
            );
            assert!(preset.comment().starts_with("# "), "{}", preset.name);
        }
    }
}
