//! API keys: one or several, each in a header, in the address, in a form body or before the path
//! (connections, 6.2).

use percent_encoding::utf8_percent_encode;
use secrecy::{ExposeSecret, SecretString};

use super::{Addition, Place, SEGMENT};
use crate::error::ConnectionError;
use crate::service::template::Part;
use crate::service::{ApiKey, Template};
use crate::usable::Usable;

pub(super) fn additions(
    usable: &Usable,
    keys: &[ApiKey],
) -> Result<Vec<Addition>, ConnectionError> {
    keys.iter()
        .map(|key| {
            let place = Place::new(key.place, &key.name)?;
            // A slash in a key is no boundary of the path (connections, 2.4).
            let secret = match place {
                Place::Path => usable.secret_in(&key.key, |value, text| {
                    text.extend(utf8_percent_encode(value, SEGMENT));
                })?,
                _ => usable.secret(&key.key)?,
            };
            Ok(in_place(place, &key.prefix, secret, &hidden(&key.key)))
        })
        .collect()
}

/// One credential in its place, behind its prefix.
pub(super) fn in_place(place: Place, prefix: &str, secret: SecretString, shown: &str) -> Addition {
    let secret = match prefix {
        "" => secret,
        prefix => format!("{prefix}{}", secret.expose_secret()).into(),
    };
    Addition {
        place,
        secret,
        shown: format!("{prefix}{shown}"),
    }
}

/// The key with `***` for every field in it.
fn hidden(key: &Template) -> String {
    let part = |part| match part {
        Part::Text(text) => text,
        Part::Field(_) => "***",
    };
    key.parts().into_iter().map(part).collect()
}
