//! What `freshet demo` is made of: a small service on loopback, and a script that uses it.

pub mod service;
mod wire;

/// Link name of the service that the demo adds.
pub const SERVICE: &str = "demo_shop";
/// Link name of the connection that the demo makes.
pub const CONNECTION: &str = "demo";
/// The script. It takes the address of the service as its parameter `api`.
pub const SCRIPT: &str = include_str!("reminders.dg");

/// The definition of the service at `address`, as a person would write it.
pub fn definition(address: &str) -> String {
    let host = address.trim_start_matches("http://");
    format!(
        r#"name = "Demo Shop"
scheme = "oauth2"
grant_types = ["client_credentials"]
token_url = "{address}/oauth/token"
hosts = ["{host}"]
scopes = [{{ name = "invoices", default = true }}]
verify = "GET {address}/v1/me"
account = "/account"
"#
    )
}
