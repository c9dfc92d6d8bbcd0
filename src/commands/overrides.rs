//! `--scope`, `--audience` and `--param`, which replace what the profile says.

use anyhow::{Context as _, Result};

use crate::cli::IdentityArgs;
use crate::grant::Grant;
use crate::profile::{Origin, ParamScalar, ParamValue, Profile, Value};
use crate::render::error::{CommandError, InProfile};
use crate::template::Template;

/// Applies the flags to the profile.
///
/// # Errors
/// `--scope` or `--audience` with grant `none`, which sends neither.
pub(super) fn apply(profile: &mut Profile, flags: &IdentityArgs) -> Result<()> {
    let given = [
        ("--scope", !flags.scope.is_empty()),
        ("--audience", flags.audience.is_some()),
    ];
    let given = given.into_iter().find(|(_, is_given)| *is_given);
    if let (Grant::None, Some((flag, _))) = (profile.grant, given) {
        let message = format!("`{flag}` is not sent with `grant = \"none\"`");
        let hint = "send it as a parameter, by the provider's own name: `--param NAME=VALUE`";
        return Err(CommandError::usage(message, hint)).context(InProfile(profile.name.clone()));
    }
    let mut set_by = |key: String, flag| profile.origins.insert(key, Origin::Flag(flag));
    if !flags.scope.is_empty() {
        profile.scope = flags
            .scope
            .iter()
            .map(|scope| Template::literal(scope))
            .collect();
        set_by("scope".to_owned(), "--scope");
    }
    if let Some(audience) = &flags.audience {
        // An empty one means none, as for a scope.
        profile.audience = (!audience.is_empty()).then(|| Template::literal(audience));
        set_by("audience".to_owned(), "--audience");
    }
    let mut params: Vec<(&String, Vec<ParamScalar>)> = Vec::new();
    for (name, value) in &flags.param {
        let scalar = ParamScalar {
            value: Value::Text(Template::literal(value)),
            is_json_literal: false,
        };
        match params.iter_mut().find(|(known, _)| *known == name) {
            Some((_, scalars)) => scalars.push(scalar),
            None => params.push((name, vec![scalar])),
        }
    }
    for (name, scalars) in params {
        let is_list = scalars.len() > 1;
        let value = ParamValue { scalars, is_list };
        match profile.params.iter_mut().find(|(known, _)| known == name) {
            Some((_, slot)) => *slot = value,
            None => profile.params.push((name.clone(), value)),
        }
        set_by(format!("params.{name}"), "--param");
    }
    Ok(())
}
