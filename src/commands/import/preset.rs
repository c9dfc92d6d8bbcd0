//! The preset that a sample matches.

use crate::client_auth::ClientAuth;
use crate::commands::new_profile::preset_profile;
use crate::profile::Profile;
use crate::profile::preset::{PRESETS, Preset};
use crate::sample::Sample;

pub(super) struct FoundPreset {
    pub(super) preset: Preset,
    profile: Profile,
}

/// The preset with the sample's URL, client authentication, method and place of the parameters, if any.
pub(super) fn find(sample: &Sample, auth: Option<ClientAuth>) -> Option<FoundPreset> {
    PRESETS.iter().find_map(|preset| {
        let profile = preset_profile(preset).ok()?;
        let url = profile
            .token_url
            .fill(&|name| profile.vars.get(name).cloned());
        let shape = &profile.shape;
        let is_same = url.ok()? == sample.url.trim_end_matches('/')
            && auth.is_none_or(|auth| auth == profile.client_auth)
            && shape.method == sample.method
            && shape.params_in == sample.params_in;
        let preset = *preset;
        is_same.then_some(FoundPreset { preset, profile })
    })
}

impl FoundPreset {
    /// Whether the preset sends this parameter elsewhere, or not at all.
    pub(super) fn sends_otherwise(&self, name: &str) -> bool {
        let is_credential = ["client_id", "client_secret"].contains(&name);
        (is_credential && self.profile.client_auth == ClientAuth::SecretBasic)
            || (name == "refresh_token" && self.profile.renews_by_refresh_token())
    }
}
