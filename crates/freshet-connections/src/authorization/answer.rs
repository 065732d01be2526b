//! The answer of a service to a consent, as a browser brings it or a person pastes it.

use std::collections::BTreeMap;

use secrecy::SecretString;
use url::{Url, form_urlencoded};

use crate::error::ConnectionError;

/// Longest answer, in bytes.
const LONGEST: usize = 16 * 1024;

/// The parameters on which something is decided.
const ONCE: [&str; 8] = [
    "code",
    "state",
    "error",
    "iss",
    "oauth_token",
    "oauth_verifier",
    "oauth_problem",
    "denied",
];

/// The parameters of a callback. They hold the code, so none of it is ever shown.
pub(crate) struct Answer(BTreeMap<String, String>);

impl Answer {
    /// Reads the address a browser ended at, or its query alone; pasted line breaks do not count.
    ///
    /// # Errors
    /// C0030 for a text that is no answer.
    pub fn parse(text: &str) -> Result<Self, ConnectionError> {
        if text.len() > LONGEST {
            return Err(ConnectionError::pasted_text("a longer text"));
        }
        let text: String = text
            .chars()
            .filter(|character| !character.is_control())
            .collect();
        let text = text.trim();
        let query = match Url::parse(text) {
            Ok(url) if matches!(url.scheme(), "http" | "https") => {
                url.query().unwrap_or_default().to_owned()
            }
            _ => {
                let query = text.split_once('?').map_or(text, |(_, query)| query);
                let query = query.split('#').next().unwrap_or_default();
                query.replace(' ', "")
            }
        };
        let mut parameters = BTreeMap::new();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            // Something appended to an answer must not replace it (RFC 6749, 3.1: no parameter twice). Of those that
            // mean nothing here the first counts.
            let name = name.into_owned();
            if let Some(known) = ONCE.iter().find(|known| **known == name)
                && parameters.contains_key(&name)
            {
                return Err(ConnectionError::pasted_text(&format!("`{known}` twice")));
            }
            parameters.entry(name).or_insert_with(|| value.into_owned());
        }
        let answer = Answer(parameters);
        let known = ["code", "error", "oauth_verifier", "oauth_token", "denied"];
        if known.iter().any(|name| answer.text(name).is_some()) {
            Ok(answer)
        } else {
            let found = if answer.0.is_empty() || !query.contains('=') {
                "a text without parameters"
            } else {
                "other parameters"
            };
            Err(ConnectionError::pasted_text(found))
        }
    }

    /// Every parameter, sorted by name.
    pub fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// A parameter that is there and not empty.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.0
            .get(name)
            .map(String::as_str)
            .filter(|value| !value.is_empty())
    }

    /// The same, as a secret.
    pub fn secret(&self, name: &str) -> Option<SecretString> {
        self.text(name).map(SecretString::from)
    }

    /// What is for nobody to see, whatever else repeats it.
    pub fn secrets(&self) -> impl Iterator<Item = SecretString> {
        let names = ["state", "code", "oauth_token", "oauth_verifier"];
        names.into_iter().filter_map(|name| self.secret(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(text: &str) -> Option<String> {
        Answer::parse(text).ok()?.text("code").map(str::to_owned)
    }

    #[test]
    fn an_address_its_query_or_broken_lines_are_the_same_answer() {
        for text in [
            "http://127.0.0.1:8713/callback?code=a%2Bb&state=s",
            "https://localhost:8713/callback?state=s&code=a%2Bb#fragment",
            "?code=a%2Bb&state=s",
            "code=a%2Bb&state=s",
            "  http://127.0.0.1:8713/callback?co\nde=a%2\r\nBb&state=s \n",
            "127.0.0.1:8713/callback?code=a%2Bb&state=s",
        ] {
            assert_eq!(code(text).as_deref(), Some("a+b"), "{text}");
        }
    }

    #[test]
    fn what_holds_no_answer_is_refused_and_not_repeated() {
        for text in [
            "",
            "https://example.com/",
            "state=s3cr3t",
            "s3cr3t",
            "code=",
            &"code=a".repeat(10_000),
        ] {
            let error = Answer::parse(text).err().map(|error| {
                assert!(!error.message().contains("s3cr3t"));
                error.code()
            });
            assert_eq!(error, Some("C0030"));
        }
    }

    #[test]
    fn of_two_codes_none_counts() {
        assert_eq!(code("code=a&code=b"), None);
        assert_eq!(code("code=a&x=1&x=2").as_deref(), Some("a"));
    }
}
