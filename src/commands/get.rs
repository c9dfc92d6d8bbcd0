//! `tok get`: print an access token, cached or fresh.

use anyhow::{Context as _, Result};

use super::Context;
use super::output_file::write_file;
use crate::acquire::Acquired;
use crate::cli::{GetArgs, TokenArgs};
use crate::commands::input::{Input, Until, token_in};
use crate::render::error::{CommandError, InProfile};
use crate::render::format::{OutputFormat, TokenOutput, curl_quote, exec_credential_version};
use crate::render::output::Answer;
use crate::secret::Secret;

/// Gets the token and prints it.
///
/// # Errors
/// The token cannot be obtained, or the output file cannot be written.
pub fn run(args: &GetArgs, context: &Context<'_>, stdin: &Input<'_>) -> Result<Answer> {
    let profile = context.profile(&args.profile, &args.identity)?;
    let rejected = args.rejected.then(|| rejected_token(stdin)).transpose()?;
    if args.token.output_format() == OutputFormat::ExecCredential {
        // Before a request is sent, as the caller could not use its token.
        exec_credential_version(exec_info(context).as_deref())?;
    }
    let (profile, acquired) = context.obtain(profile, &args.fetch, rejected.as_ref())?;
    let text = format_token(&acquired, &profile.name, &args.token, context)?;
    match args.output.as_deref() {
        Some(path) if path.as_os_str() != "-" => {
            write_file(path, text.expose().as_bytes())?;
            Ok(Answer::new(""))
        }
        _ => Ok(Answer::secret(text)),
    }
}

/// Masks the token that was asked for, and formats it.
///
/// # Errors
/// As [`OutputFormat::format`].
pub(super) fn format_token(
    acquired: &Acquired,
    profile: &str,
    args: &TokenArgs,
    context: &Context<'_>,
) -> Result<Secret<String>> {
    let output = TokenOutput {
        token: &acquired.token,
        token_type: args.token_type,
        profile,
        cached: acquired.cached,
        now: (context.now)(),
        kubernetes_exec_info: exec_info(context),
    };
    let formatted = output.selected().and_then(|token| {
        context.mask(token);
        let text = args.output_format().format(&output)?;
        let escaped = Secret::new(curl_quote(token.expose()));
        context.mask_printed(token, &[escaped], &text);
        Ok(text)
    });
    formatted.with_context(|| InProfile(profile.to_owned()))
}

fn exec_info(context: &Context<'_>) -> Option<String> {
    context.environment.text("KUBERNETES_EXEC_INFO")
}

/// The token on standard input, alone or as a header has it.
fn rejected_token(stdin: &Input<'_>) -> Result<Secret<String>> {
    let text = stdin(Until::End)?;
    let token = token_in(&text).ok_or_else(|| {
        CommandError::usage(
            "standard input does not hold exactly one token",
            "`printf %s \"$ACCESS_TOKEN\" | tok get PROFILE --rejected`",
        )
    })?;
    Ok(Secret::from(token))
}
