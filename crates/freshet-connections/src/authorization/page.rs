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

/// A page.
pub(super) struct Page {
    /// The status it comes with.
    pub status: u16,
    heading: String,
    lines: Vec<String>,
}

impl Page {
    /// A connection was authorised. `account` is "connected as".
    pub fn connected(link: &str, service: &str, account: Option<&str>) -> Self {
        let account = account
            .map(|account| format!(" as {account}"))
            .unwrap_or_default();
        Page {
            status: 200,
            heading: "Authorised".to_owned(),
            lines: vec![
                format!("{link} is connected to {service}{account}."),
                "You can close this window and go back to the terminal.".to_owned(),
            ],
        }
    }

    /// The answer did not lead to a connection.
    pub fn refused(error: &ConnectionError) -> Self {
        let mut lines = vec![format!("{} ({})", error.message(), error.code())];
        lines.extend(error.help().map(|help| format!("Next: {help}.")));
        Page {
            status: 400,
            heading: "Not authorised".to_owned(),
            lines,
        }
    }

    /// Nothing was asked for that could be answered.
    pub fn nothing(status: u16, says: &str) -> Self {
        Page {
            status,
            heading: "Nothing to do here".to_owned(),
            lines: vec![says.to_owned(), "You can close this window.".to_owned()],
        }
    }

    /// The policy that lets this page run its own script and style, and nothing else.
    pub fn policy() -> String {
        let hash = |text: &str| STANDARD.encode(Sha256::digest(text.as_bytes()));
        format!(
            "default-src 'none'; script-src 'sha256-{}'; style-src 'sha256-{}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
            hash(SCRIPT),
            hash(STYLE)
        )
    }

    /// The page as HTML.
    pub fn html(&self) -> String {
        let heading = escaped(&self.heading);
        let lines: String = self
            .lines
            .iter()
            .map(|line| format!("<p>{}</p>\n", escaped(line)))
            .collect();
        format!(
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width\">\n<title>{heading} - Freshet</title>\n\
             <style>{STYLE}</style>\n<script>{SCRIPT}</script>\n</head>\n<body>\n<h1>{heading}</h1>\n{lines}</body>\n</html>\n"
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
        let page = Page::connected("shop", "<b>Shop</b>", Some("\"ada\" & 'bob'")).html();
        assert!(page.contains(
            "shop is connected to &lt;b&gt;Shop&lt;/b&gt; as &quot;ada&quot; &amp; &#39;bob&#39;."
        ));
    }
}
