//! Quirks: what services do that data cannot say (connections, 2.6). Each has a name in the service's
//! file. `get_refresh` and `facebook_exchange` are grants, so they stand in `grant.rs`.

use std::sync::Arc;

use hmac::{Hmac, KeyInit, Mac};
use secrecy::ExposeSecret;
use sha2::Sha256;
use subtle::ConstantTimeEq;
use url::{Url, form_urlencoded};

use crate::authorization::answer::Answer;
use crate::error::{ConnectionError, shown};
use crate::service::hosts::{host_and_port, is_loopback};
use crate::service::{Choice, Field, Quirk};
use crate::usable::Usable;

/// `shopify_hmac`: the answer to a consent is signed with the client's secret. Asked before the
/// answer counts as used, so that a forged one harms nobody.
///
/// # Errors
/// C0020 for a wrong signature or none; C0039.
pub(crate) fn check_signature(usable: &Usable, answer: &Answer) -> Result<(), ConnectionError> {
    if !usable.service.has_quirk(Quirk::ShopifyHmac) {
        return Ok(());
    }
    let found = answer.text("hmac").unwrap_or_default().to_lowercase();
    let secret = usable.client()?.client_secret.as_ref();
    let secret = secret.map_or("", |secret| secret.expose_secret());
    let signed: Vec<(&str, &str)> = answer.pairs().filter(|(name, _)| *name != "hmac").collect();
    // Its documentation has shown both, and they differ where a value needs encoding.
    let plain: Vec<String> = signed
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    let encoded = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(&signed)
        .finish();
    let fits = [plain.join("&"), encoded].iter().any(|text| {
        let expected = hmac_hex(secret, text);
        bool::from(expected.as_bytes().ct_eq(found.as_bytes()))
    });
    if secret.is_empty() || !fits {
        return Err(ConnectionError::unknown_attempt("another signature (hmac)"));
    }
    Ok(())
}

fn hmac_hex(secret: &str, text: &str) -> String {
    // HMAC takes keys of any length.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else {
        return String::new();
    };
    mac.update(text.as_bytes());
    let bytes = mac.finalize().into_bytes();
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// `zoho_accounts_server`: the answer names the server of the person's data centre. It is taken if
/// it is among the choices of the service, together with all that belongs to that choice.
///
/// # Errors
/// C0038 for any other server.
pub(crate) fn take_accounts_server(
    usable: &mut Usable,
    answer: &Answer,
) -> Result<(), ConnectionError> {
    const PARAMETER: &str = "accounts-server";
    if !usable.service.has_quirk(Quirk::ZohoAccountsServer) {
        return Ok(());
    }
    let Some(named) = answer.text(PARAMETER) else {
        return Ok(());
    };
    let service = Arc::clone(&usable.service);
    let server = Url::parse(named).ok().filter(|url| {
        let plain = url.scheme() == "http" && !service.is_default && is_loopback(url);
        url.scheme() == "https" || plain
    });
    let server = server.as_ref().map(host_and_port);
    for field in &service.fields {
        for choice in &field.choices {
            let chosen = with_choice(usable, field, choice);
            if server.is_some() && chosen.as_ref().and_then(token_server) == server {
                usable.credential.found = chosen.map(|it| it.credential.found).unwrap_or_default();
                return Ok(());
            }
        }
    }
    let named = if usable.is_secret_in(named) {
        "a secret".to_owned()
    } else {
        shown(named)
    };
    let found = format!("found {named}, which is none of its choices");
    Err(ConnectionError::value_only_from_service(PARAMETER, &found))
}

/// The connection with a choice and all that it sets.
fn with_choice(usable: &Usable, field: &Field, choice: &Choice) -> Option<Usable> {
    let mut chosen = usable.clone();
    chosen.find(field, &choice.value).ok()?;
    for (name, value) in &choice.sets {
        let other = usable.service.field(name)?;
        chosen.find(other, value).ok()?;
    }
    Some(chosen)
}

/// Host and port of its token endpoint.
fn token_server(usable: &Usable) -> Option<String> {
    let url = usable.oauth2()?.token_url.as_ref()?;
    usable.address(url).ok().as_ref().map(host_and_port)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn check_71_v17_shopify_signs_its_answers() {
        let signed = "code=0907a61c0c8d55e99db179b68161bc00&shop=some-shop.myshopify.com&state=0.6784241404160823&timestamp=1337178173";
        assert_eq!(
            hmac_hex("hush", signed),
            "700e2dadb827fcc8609e9d5ce208b2e9cdaab9df07390d2cbca10d7c328fc4bf"
        );
    }
}
