//! What a browser gets that brings an answer: the attempt is finished, and a page says how that went.

use secrecy::SecretString;

use super::page::AnswerPage;
use crate::Connections;

/// The cookie of the browser that began an attempt (connections, 8).
const COOKIE: &str = "freshet_attempt";

impl Connections {
    /// Finishes the attempt that the query of a redirect URL answers, whichever process began it. `cookies` are the
    /// values of the browser's `Cookie` headers. Everybody on this machine can ask: an answer counts only with the state
    /// of an attempt. The attempt remembers whether it is to be shown to work.
    pub async fn answer_browser<'a>(
        &self,
        query: &str,
        cookies: impl Iterator<Item = &'a str>,
    ) -> AnswerPage {
        if query.is_empty() {
            // So it looks after the address was replaced and the page loaded again.
            return AnswerPage::nothing(
                404,
                "This page takes the answer of a service, and found none.",
            );
        }
        let answer = SecretString::from(query);
        let browser = cookie(cookies, COOKIE);
        match self
            .finish_authorization(None, &answer, browser, true)
            .await
        {
            Ok(finished) => {
                let service = self.show(&finished.link);
                let service = service.map_or_else(|_| String::new(), |view| view.service_name);
                let account = finished.connected.account.as_deref();
                AnswerPage::connected(&finished.link, &service, account)
            }
            Err(error) => AnswerPage::refused(&error),
        }
    }
}

/// The value of a cookie among the values of `Cookie` headers.
pub fn cookie<'a>(headers: impl Iterator<Item = &'a str>, name: &str) -> Option<&'a str> {
    headers
        .flat_map(|header| header.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(found, _)| *found == name)
        .map(|(_, value)| value)
}

#[cfg(test)]
mod tests {
    use super::cookie;

    #[test]
    fn a_cookie_is_found_among_others() {
        let headers = ["a=b; freshet_attempt=c; d=e"];
        assert_eq!(cookie(headers.into_iter(), "freshet_attempt"), Some("c"));
        assert_eq!(cookie(["a=b", "d=e"].into_iter(), "d"), Some("e"));
        assert_eq!(cookie(["a=b"].into_iter(), "freshet_attempt"), None);
    }
}
