//! Resolves credentials once. Every source that the SDK offers stays on. Roles that ask for a code are ours, because the SDK passes over them; so are commands, which need the terminal.

use aws_config::default_provider::credentials::DefaultCredentialsChain;
use aws_config::profile::ProfileFileCredentialsProvider;
use aws_credential_types::Credentials;
use aws_types::region::Region;

use super::profiles::{ProfileKind, Road};
use super::source::{Source, environment_has_keys, look_ahead, provided};
use super::{mfa, process};
use crate::checklist::Problem;

/// Resolves credentials once.
pub(super) async fn resolve(source: &Source<'_>) -> Result<Credentials, Problem> {
    look_ahead(source)?;
    let is_the_profiles = source.named.is_some() || !environment_has_keys(source.env);
    if is_the_profiles {
        if let Some(road) = mfa::road(source)? {
            return mfa::assume(source, road).await;
        }
        let road = Road::of(source.profiles, source.profile()).filter(|road| road.kind == ProfileKind::Process);
        if let Some(road) = road {
            return process::assume(source, &road, 0).await;
        }
    }
    let configuration = source.configuration();
    if let Some(name) = source.named {
        let provider = ProfileFileCredentialsProvider::builder().configure(&configuration).profile_name(name).build();
        provided(source, &provider).await
    } else {
        let region = Region::new(source.region.to_owned());
        let chain = DefaultCredentialsChain::builder()
            .configure(configuration)
            .profile_name(source.profile())
            .region(region)
            .imds_client(source.metadata());
        provided(source, &chain.build().await).await
    }
}
