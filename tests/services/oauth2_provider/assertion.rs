//! JSON Web Tokens as grants and as client authentication (RFC 7523 3).

use super::{Refusal, State, refuse};
use crate::services::crypto::{self, Key};

/// What an assertion must say.
pub struct Expected<'a> {
    pub key: Key,
    pub iss: &'a str,
    pub sub: &'a str,
    pub aud: &'a str,
    pub kid: Option<&'a str>,
    /// The longest life, in seconds.
    pub longest: i64,
}

/// Checks an assertion at this second: its `jti`, or what is wrong.
pub fn check(token: &str, expected: &Expected<'_>, now: i64) -> Result<String, String> {
    let (header, claims) = crypto::read_jwt(expected.key, token)?;
    if let Some(kid) = expected.kid.filter(|kid| header["kid"] != **kid) {
        return Err(format!("found kid {}, expected {kid}", header["kid"]));
    }
    for (name, wanted) in [
        ("iss", expected.iss),
        ("sub", expected.sub),
        ("aud", expected.aud),
    ] {
        if claims[name] != wanted {
            return Err(format!("found {name} {}, expected {wanted}", claims[name]));
        }
    }
    let (Some(iat), Some(exp)) = (claims["iat"].as_i64(), claims["exp"].as_i64()) else {
        return Err("`iat` or `exp` is missing".to_owned());
    };
    if exp <= now {
        return Err("it has expired".to_owned());
    }
    if iat > now + 60 {
        return Err("it is from the future".to_owned());
    }
    if exp - iat > expected.longest || exp > now + expected.longest + 60 {
        return Err(format!("it lives longer than {} seconds", expected.longest));
    }
    match claims["jti"].as_str() {
        Some(jti) if !jti.is_empty() => Ok(jti.to_owned()),
        _ => Err("`jti` is missing".to_owned()),
    }
}

impl State {
    /// An assertion counts once.
    pub(super) fn once(
        &mut self,
        error: &'static str,
        checked: Result<String, String>,
    ) -> Result<(), Refusal> {
        match checked {
            Ok(jti) if self.seen.insert(jti.clone()) => Ok(()),
            Ok(_) => refuse(error, "the assertion was used before"),
            Err(says) => refuse(error, format!("assertion: {says}")),
        }
    }
}
