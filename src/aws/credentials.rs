//! Resolves credentials once. Every source that the SDK offers stays on. Roles that ask for a code are ours, because the SDK passes over them.
//! So are commands, which need the terminal.

use std::path::Path;

use aws_config::default_provider::credentials::DefaultCredentialsChain;
use aws_config::profile::ProfileFileCredentialsProvider;
use aws_credential_types::Credentials;
use aws_types::region::Region;

use super::profiles::{self, CredentialRoute, ProfileKind};
use super::source::{Source, environment_has_keys, look_ahead, provided};
use super::{mfa, process};
use crate::checklist::Problem;

/// Resolves credentials once.
pub(super) async fn resolve(source: &Source<'_>) -> Result<Credentials, Problem> {
    look_ahead(source)?;
    let is_the_profiles = source.named.is_some() || !environment_has_keys(&source.env);
    if is_the_profiles {
        if let Some(road) = mfa::road(source)? {
            return mfa::assume(source, road).await;
        }
        let road = CredentialRoute::of(&source.profiles, source.profile()).filter(|road| road.kind == ProfileKind::Process);
        if let Some(road) = road {
            return process::assume(source, &road, 0).await;
        }
    }
    token_is_readable(source)?;
    let configuration = source.configuration();
    if let Some(name) = &source.named {
        let provider = ProfileFileCredentialsProvider::builder().configure(&configuration).profile_name(name).build();
        provided(source, &provider).await
    } else {
        let region = Region::new(source.region.clone());
        let chain = DefaultCredentialsChain::builder()
            .configure(configuration)
            .profile_name(source.profile())
            .region(region)
            .imds_client(source.metadata());
        provided(source, &chain.build().await).await
    }
}

/// The SDK reads the token of a web identity to its end, whatever it is.
fn token_is_readable(source: &Source<'_>) -> Result<(), Problem> {
    let road = CredentialRoute::of(&source.profiles, source.profile());
    let of_profile = road.and_then(|road| road.start.get("web_identity_token_file").map(str::to_owned));
    for file in [source.env.get("AWS_WEB_IDENTITY_TOKEN_FILE").ok(), of_profile].into_iter().flatten() {
        let path = Path::new(&file);
        // What is not there, the SDK says in its own words.
        if path.exists()
            && let Err(why) = profiles::readable(path)
        {
            let message = format!(
                "The web identity token {} (AWS_WEB_IDENTITY_TOKEN_FILE or web_identity_token_file) cannot be read: {why}.",
                profiles::short(&file)
            );
            return Err(Problem::of_configuration(&message, source.clock.now()));
        }
    }
    Ok(())
}
