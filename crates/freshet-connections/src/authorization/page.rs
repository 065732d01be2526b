//! What a browser shows at the redirect URL: in plain words what happened, and never a code.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use crate::error::ConnectionError;

/// Takes the answer out of the address bar and the history.
const SCRIPT: &str = "history.replaceState(null, '', location.pathname);";

const STYLE: &str = "body{font:1.1rem/1.5 system-ui,sans-serif;margin:4rem auto;max-width:36rem;padding:0 1rem;\
                     color:#1c1c1c;background:#fff}h1{font-size:1.6rem}\
                     @media(prefers-color-scheme:dark){body{color:#eee;background:#181818}}";

/// What a browser gets that brought an answer.
pub struct AnswerPage {
    /// The status it comes with.
    pub status: u16,
    /// The connection that was authorised; `None`: none was.
    pub link: Option<String>,
    /// Where it leads on, and the words for that.
    onward: Option<(String, &'static str)>,
    heading: String,
    lines: Vec<String>,
}

impl AnswerPage {
    /// A connection was authorised. `account` is "connected as".
    pub(super) fn connected(link: &str, service: &str, account: Option<&str>) -> Self {
        let account = account
            .map(|account| format!(" as {account}"))
            .unwrap_or_default();
        AnswerPage {
            status: 200,
            link: Some(link.to_owned()),
            onward: None,
            heading: "Authorised".to_owned(),
            lines: vec![
                format!("{link} is connected to {service}{account}."),
                "You can close this window and go back to the terminal.".to_owned(),
            ],
        }
    }

    /// The answer did not lead to a connection.
    pub(super) fn refused(error: &ConnectionError) -> Self {
        let mut lines = vec![format!("{} ({})", error.message(), error.code())];
        lines.extend(error.help().map(|help| format!("Next: {help}.")));
        AnswerPage {
            status: 400,
            link: None,
            onward: None,
            heading: "Not authorised".to_owned(),
            lines,
        }
    }

    /// Nothing was asked for that could be answered.
    pub(super) fn nothing(status: u16, says: &str) -> Self {
        AnswerPage {
            status,
            link: None,
            onward: None,
            heading: "Nothing to do here".to_owned(),
            lines: vec![says.to_owned(), "You can close this window.".to_owned()],
        }
    }

    /// The page with a link to what comes next, for whoever serves that too.
    #[must_use]
    pub fn leading_to(mut self, address: String, words: &'static str) -> Self {
        self.onward = Some((address, words));
        self
    }

    /// The policy that lets this page run its own script and style, and nothing else.
    #[must_use]
    pub fn policy() -> String {
        let hash = |text: &str| STANDARD.encode(Sha256::digest(text.as_bytes()));
        format!(
            "default-src 'none'; script-src 'sha256-{}'; style-src 'sha256-{}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
            hash(SCRIPT),
            hash(STYLE)
        )
    }

    /// The page as HTML.
    #[must_use]
    pub fn html(&self) -> String {
        let heading = escaped(&self.heading);
        let lines: String = self
            .lines
            .iter()
            .map(|line| format!("<p>{}</p>\n", escaped(line)))
            .collect();
        let onward = self.onward.as_ref().map(|(address, words)| {
            format!(
                "<p><a href=\"{}\">{}</a></p>\n",
                escaped(address),
                escaped(words)
            )
        });
        let onward = onward.unwrap_or_default();
        format!(
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width\">\n<title>{heading} - Freshet</title>\n\
             <style>{STYLE}</style>\n<script>{SCRIPT}</script>\n</head>\n<body>\n<h1>{heading}</h1>\n{lines}{onward}</body>\n</html>\n"
        )
    }
}

/// A text that stays a text inside HTML.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_others_wrote_stays_text() {
        let page = AnswerPage::connected("shop", "<b>Shop</b>", Some("\"ada\" & 'bob'")).html();
        assert!(page.contains(
            "shop is connected to &lt;b&gt;Shop&lt;/b&gt; as &quot;ada&quot; &amp; &#39;bob&#39;."
        ));
    }
}
