//! OAuth 2.0: the access token in its place (RFC 6750; connections, 6.6).

use super::{Addition, Place, api_key};
use crate::error::ConnectionError;
use crate::service::OAuth2;
use crate::usable::Usable;

/// The stored token. `None` where there is none yet, which only happens when nothing is sent.
pub(super) fn addition(
    usable: &Usable,
    oauth2: &OAuth2,
) -> Result<Option<Addition>, ConnectionError> {
    let place = Place::new(oauth2.place, &oauth2.param_name)?;
    let token = usable.credential.access_token.clone();
    Ok(token.map(|token| api_key::in_place(place, &oauth2.param_prefix, token, "***")))
}
