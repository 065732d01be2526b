//! An API behind a key: in the header `X-Api-Key`, the query or form parameter `api_key`, or the path after `/bot`.

use super::{refusal, welcome};
use crate::support::form;
use crate::support::server::{Request, Server};

/// `GET /me` tells who is calling.
pub struct ApiKey {
    /// What arrives, and where.
    pub server: Server,
}

impl ApiKey {
    /// Knows one key. It must need no percent encoding in a path.
    pub fn start(key: &str) -> Self {
        Self::knowing(key, None)
    }

    /// Asks for two keys: the first anywhere, the second in the header `X-Second-Key`.
    pub fn with_two(key: &str, second: &str) -> Self {
        Self::knowing(key, Some(second.to_owned()))
    }

    fn knowing(key: &str, second: Option<String>) -> Self {
        let key = key.to_owned();
        let server = Server::start(move |request| {
            let good = given(request, &key) && request.header("x-second-key") == second.as_deref();
            if good {
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
        let place = "param_type = \"query\"\nparam_name = \"api_key\"\n";
        self.definition(name, place)
    }

    /// As a custom service with the key in a form body.
    pub fn in_form(&self, name: &str) -> String {
        let place = "param_type = \"form\"\nparam_name = \"api_key\"\n";
        let definition = self.definition(name, place);
        definition.replace("verify = \"GET ", "verify = \"POST ")
    }

    /// As a custom service with the key in the path.
    pub fn in_path(&self, name: &str) -> String {
        let place = "param_type = \"path\"\nkey = \"/bot{api_key}\"\n";
        self.definition(name, place)
    }

    /// As a custom service with two keys, fields `api_key` and `second`.
    pub fn two_keys(&self, name: &str) -> String {
        let keys = "param_name = \"X-Api-Key\"\nkeys = [{ param_name = \"X-Second-Key\", key = \"{second}\" }]\nfields = [{ name = \"api_key\", title = \"Key\", secret = true }, { name = \"second\", title = \"Second key\", secret = true }]\n";
        self.definition(name, keys)
    }

    fn definition(&self, name: &str, place: &str) -> String {
        let (host, me) = (self.server.host(), self.server.url("/me"));
        format!(
            "name = \"{name}\"\nscheme = \"api_key\"\n{place}hosts = [\"{host}\"]\nbase_url = \"http://{host}/\"\nverify = \"GET {me}\"\naccount = \"/email\"\n"
        )
    }
}

/// Whether the key is in one of its places.
fn given(request: &Request, key: &str) -> bool {
    let is_key = |pairs: Vec<(String, String)>| {
        let mut keys = pairs.into_iter().filter(|(name, _)| name == "api_key");
        keys.next().is_some_and(|(_, value)| value == key) && keys.next().is_none()
    };
    let query = request
        .target
        .split_once('?')
        .map_or("", |(_, query)| query);
    let media = request.header("content-type").unwrap_or_default();
    let is_form = media.starts_with("application/x-www-form-urlencoded");
    request.header("x-api-key") == Some(key)
        || form::pairs(query).is_some_and(is_key)
        || (is_form && form::pairs(&request.text()).is_some_and(is_key))
        || request.path().starts_with(&format!("/bot{key}/"))
}
