//! The ready-to-paste block of a connection: `invokeurl`, or `sendmail` for a mail account.

use super::view::known_values;
use crate::Connections;
use crate::error::ConnectionError;
use crate::registry::find;
use crate::usable::shown_address;

/// The method of a snippet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SnippetType {
    /// Reads.
    #[default]
    Get,
    /// Makes.
    Post,
    /// Replaces.
    Put,
    /// Removes.
    Delete,
}

impl SnippetType {
    fn as_str(self) -> &'static str {
        match self {
            SnippetType::Get => "GET",
            SnippetType::Post => "POST",
            SnippetType::Put => "PUT",
            SnippetType::Delete => "DELETE",
        }
    }

    fn has_parameters(self) -> bool {
        matches!(self, SnippetType::Post | SnippetType::Put)
    }
}

impl Connections {
    /// The block for a connection; `url` is its address, by default where the service begins. Ends
    /// with a line break.
    ///
    /// # Errors
    /// C0001.
    pub fn snippet(
        &self,
        link: &str,
        method: SnippetType,
        url: Option<&str>,
    ) -> Result<String, ConnectionError> {
        let registry = self.store.reading()?;
        let owner = &self.store.settings.owner;
        registry.read(|rows| {
            let connection = find(rows, link)?;
            let service = registry.service(rows, &connection.service)?;
            if service.mail {
                return Ok(mail_block(
                    connection.fields.get("from").map(String::as_str),
                ));
            }
            let credential = rows.credential_state(connection.id, connection.owner(owner))?;
            let values = known_values(&service, &connection, credential.as_ref());
            let base = shown_address(&service.base_url, &values);
            Ok(block(link, method, url.unwrap_or(&base)))
        })
    }
}

fn block(link: &str, method: SnippetType, url: &str) -> String {
    let parameters = if method.has_parameters() {
        "    parameters :{\"key\":\"value\"}\n"
    } else {
        ""
    };
    let (url, method) = (quoted(url), method.as_str());
    format!(
        "response = invokeurl\n[\n    url :{url}\n    type :{method}\n{parameters}    connection :\"{link}\"\n];\ninfo response;\n"
    )
}

/// The block of a mail account.
fn mail_block(from: Option<&str>) -> String {
    let from = quoted(from.unwrap_or("me@example.com"));
    format!(
        "sendmail\n[\n    from :{from}\n    to :\"someone@example.com\"\n    subject :\"Subject\"\n    message :\"Message\"\n];\n"
    )
}

/// A text literal of the language.
fn quoted(text: &str) -> String {
    let mut literal = String::from("\"");
    for character in text.chars().filter(|character| !character.is_control()) {
        if matches!(character, '"' | '\\') {
            literal.push('\\');
        }
        literal.push(character);
    }
    literal.push('"');
    literal
}
