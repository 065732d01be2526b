//! The text that is signed: method, address and parameters in one normal form (RFC 5849, 3.4.1).

use percent_encoding::{percent_decode, percent_encode};
use zeroize::Zeroizing;

use super::SIGNATURE;
use crate::scheme::{FORM, UNRESERVED, media_type};
use crate::transport::WireRequest;

/// Percent encoding: all but letters, digits and `-._~` as `%XX` of its UTF-8, in upper case
/// (RFC 5849, 3.6).
pub(super) fn encode(text: &str) -> String {
    encode_bytes(text.as_bytes())
}

fn encode_bytes(bytes: &[u8]) -> String {
    percent_encode(bytes, UNRESERVED).to_string()
}

/// The text to sign for a request as it is sent. `beside` are parameters that stand neither in its
/// address nor in its body.
pub(super) fn base_string(
    request: &WireRequest,
    beside: &[(&str, Zeroizing<String>)],
) -> Zeroizing<String> {
    let method = request.method.as_str().to_ascii_uppercase();
    let address = encode(&address(request));
    let parameters = Zeroizing::new(parameters(request, beside));
    Zeroizing::new(format!("{method}&{address}&{}", encode(&parameters)))
}

/// Scheme, host, port where it is not the usual one, and path; the parser of addresses has made the
/// first two lower case and dropped a usual port (3.4.1.2).
fn address(request: &WireRequest) -> String {
    let url = &request.url;
    let host = url.host_str().unwrap_or_default();
    let port = url
        .port()
        .map(|port| format!(":{port}"))
        .unwrap_or_default();
    format!("{}://{host}{port}{}", url.scheme(), url.path())
}

/// All parameters but a signature that stands there already, encoded, in order (3.4.1.3). A body takes part if it is declared to be a form,
/// whatever charset is declared with it.
fn parameters(request: &WireRequest, beside: &[(&str, Zeroizing<String>)]) -> String {
    let mut pairs: Vec<(String, String)> = beside
        .iter()
        .map(|(name, value)| (encode(name), encode(value)))
        .collect();
    pairs.extend(decoded(request.url.query().unwrap_or_default().as_bytes()));
    if media_type(&request.headers) == FORM {
        pairs.extend(decoded(&request.body));
    }
    pairs.retain(|(name, _)| name != SIGNATURE);
    pairs.sort();
    let pairs: Vec<String> = pairs
        .into_iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    pairs.join("&")
}

/// The pairs of a form or a query, decoded and encoded anew: byte by byte, so that no charset can
/// change them.
fn decoded(form: &[u8]) -> impl Iterator<Item = (String, String)> {
    let again = |text: &[u8]| {
        let spaced: Vec<u8> = text
            .iter()
            .map(|byte| if *byte == b'+' { b' ' } else { *byte })
            .collect();
        encode_bytes(&percent_decode(&spaced).collect::<Vec<u8>>())
    };
    form.split(|byte| *byte == b'&')
        .filter(|pair| !pair.is_empty())
        .map(move |pair| {
            let mut halves = pair.splitn(2, |byte| *byte == b'=');
            let name = halves.next().unwrap_or_default();
            let value = halves.next().unwrap_or_default();
            (again(name), again(value))
        })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use http::header::CONTENT_TYPE;
    use http::{HeaderValue, Method};
    use url::Url;

    use super::*;

    fn post(url: &str, media: &str, body: &str) -> WireRequest {
        let mut request = WireRequest::new(Method::POST, Url::parse(url).unwrap());
        request
            .headers
            .insert(CONTENT_TYPE, HeaderValue::from_str(media).unwrap());
        request.body = body.as_bytes().to_vec();
        request
    }

    /// Check 35.
    #[test]
    fn v4_all_parameters_in_order() {
        let request = post(
            "http://example.com/request?b5=%3D%253D&a3=a&c%40=&a2=r%20b",
            FORM,
            "c2&a3=2+q",
        );
        let beside = [
            ("oauth_consumer_key", "9djdj82h48djs9d2"),
            ("oauth_token", "kkk9d7dh3k39sjv7"),
            ("oauth_signature_method", "HMAC-SHA1"),
            ("oauth_timestamp", "137131201"),
            ("oauth_nonce", "7d8f3e4a"),
        ]
        .map(|(name, value)| (name, Zeroizing::new(value.to_owned())));
        let expected = "a2=r%20b&a3=2%20q&a3=a&b5=%3D%253D&c%40=&c2=&oauth_consumer_key=9djdj82h48djs9d2&oauth_nonce=7d8f3e4a&oauth_signature_method=HMAC-SHA1&oauth_timestamp=137131201&oauth_token=kkk9d7dh3k39sjv7";
        assert_eq!(parameters(&request, &beside), expected);
        // The base string as RFC 5849, 3.4.1.1 prints it.
        assert_eq!(
            *base_string(&request, &beside),
            "POST&http%3A%2F%2Fexample.com%2Frequest&a2%3Dr%2520b%26a3%3D2%2520q%26a3%3Da%26b5%3D%253D%25253D%26c%2540%3D%26c2%3D%26oauth_consumer_key%3D9djdj82h48djs9d2%26oauth_nonce%3D7d8f3e4a%26oauth_signature_method%3DHMAC-SHA1%26oauth_timestamp%3D137131201%26oauth_token%3Dkkk9d7dh3k39sjv7"
        );
    }

    /// Check 35.
    #[test]
    fn v11_percent_encoding() {
        for (text, encoded) in [
            ("Ladies + Gentlemen", "Ladies%20%2B%20Gentlemen"),
            ("☃", "%E2%98%83"),
            ("*()'", "%2A%28%29%27"),
            ("~-._", "~-._"),
        ] {
            assert_eq!(encode(text), encoded);
        }
    }

    /// Check 35.
    #[test]
    fn v12_addresses() {
        for (url, expected) in [
            (
                "HTTP://EXAMPLE.COM:80/r%20v/X",
                "http://example.com/r%20v/X",
            ),
            (
                "https://www.example.net:8080/",
                "https://www.example.net:8080/",
            ),
            ("https://example.com:443?x=1#part", "https://example.com/"),
        ] {
            let request = WireRequest::new(Method::GET, Url::parse(url).unwrap());
            assert_eq!(address(&request), expected);
        }
    }

    /// One of a script is not ours, and a server leaves it out as well (3.4.1.3.1).
    #[test]
    fn a_signature_that_is_there_is_not_signed() {
        let request = post("http://h/?oauth_signature=x&a=1", FORM, "oauth_signature=y");
        assert_eq!(parameters(&request, &[]), "a=1");
    }

    #[test]
    fn only_a_declared_form_takes_part() {
        let signed = |media: &str| parameters(&post("http://h/?q", media, "b=%fc&a=ü"), &[]);
        assert_eq!(
            signed("Application/X-WWW-Form-Urlencoded; charset=UTF-8"),
            "a=%C3%BC&b=%FC&q="
        );
        assert_eq!(signed("application/json"), "q=");
        assert_eq!(signed("multipart/form-data; boundary=B"), "q=");
    }
}
