//! HTTP Basic authentication (RFC 7617).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header::AUTHORIZATION;
use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

use super::{Addition, Place};

/// `Authorization: Basic ` and the padded base64 of `user:password` in UTF-8, as typed. That the
/// user name holds no colon and neither holds a control character was checked when they were
/// entered; a challenge's `charset` is ignored (connections, 6.1).
pub(crate) fn addition(username: &SecretString, password: &SecretString) -> Addition {
    let pair = Zeroizing::new(format!(
        "{}:{}",
        username.expose_secret(),
        password.expose_secret()
    ));
    let header = format!("Basic {}", STANDARD.encode(pair.as_bytes()));
    Addition {
        place: Place::Header(AUTHORIZATION),
        secret: SecretString::from(header),
        shown: "Basic ***".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// V1, V2 and V3.
    #[test]
    fn published_vectors() {
        for (username, password, expected) in [
            ("Aladdin", "open sesame", "QWxhZGRpbjpvcGVuIHNlc2FtZQ=="),
            ("test", "123£", "dGVzdDoxMjPCow=="),
            ("jürgen", "pässwörd", "asO8cmdlbjpww6Rzc3fDtnJk"),
            ("sk_test_123", "", "c2tfdGVzdF8xMjM6"),
        ] {
            let header = addition(&username.into(), &password.into());
            assert_eq!(header.secret.expose_secret(), format!("Basic {expected}"));
            assert_eq!(header.shown, "Basic ***");
        }
    }
}
