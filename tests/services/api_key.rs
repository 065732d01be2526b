//! An API behind a key, in the header `X-Api-Key` or the query parameter `api_key`.

use super::{refusal, welcome};
use crate::support::server::{Request, Server};

/// `GET /me` tells who is calling.
pub struct ApiKey {
    /// What arrives, and where.
    pub server: Server,
}

impl ApiKey {
    /// Knows one key. It must need no percent encoding.
    pub fn start(key: &str) -> Self {
        let key = key.to_owned();
        let server = Server::start(move |request| {
            if given(request) == Some(key.as_str()) {
                welcome("key@api.example")
            } else {
                refusal(request)
            }
        });
        Self { server }
    }

    /// As a custom service with the key in a header.
    pub fn in_header(&self, name: &str) -> String {
        self.definition(name, "param_name = \"X-Api-Key\"\n")
    }

    /// As a custom service with the key in the query.
    pub fn in_query(&self, name: &str) -> String {
        self.definition(name, "param_type = \"query\"\nparam_name = \"api_key\"\n")
    }

    fn definition(&self, name: &str, place: &str) -> String {
        let (host, me) = (self.server.host(), self.server.url("/me"));
        format!(
            "name = \"{name}\"\nscheme = \"api_key\"\n{place}hosts = [\"{host}\"]\nbase_url = \"http://{host}/\"\nverify = \"GET {me}\"\naccount = \"/email\"\n"
        )
    }
}

fn given(request: &Request) -> Option<&str> {
    request.header("x-api-key").or_else(|| {
        let (_, query) = request.target.split_once('?')?;
        query
            .split('&')
            .find_map(|pair| pair.strip_prefix("api_key="))
    })
}
