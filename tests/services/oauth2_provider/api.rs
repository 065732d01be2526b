//! What surrounds the tokens: metadata (RFC 8414), revocation (RFC 7009) and an API that takes them (RFC 6750).

use super::{Access, Metadata, Place, Revocation, State, refuse};
use crate::services::welcome;
use crate::support::form;
use crate::support::server::{Reply, Request};

impl State {
    /// The metadata, where the rules put them.
    pub(super) fn well_known(&mut self, path: &str) -> Reply {
        let issuer = self.rules.issuer_path;
        let standard = format!("/.well-known/oauth-authorization-server{issuer}");
        let openid = format!("{issuer}/.well-known/openid-configuration");
        let there = match self.rules.metadata {
            Metadata::Absent => false,
            Metadata::OpenId => path == openid,
            Metadata::Path | Metadata::WrongIssuer | Metadata::HttpEndpoint => path == standard,
        };
        if there {
            Reply::json(&self.metadata().to_string())
        } else {
            Reply::new(404, "text/html", "<h1>Not found</h1>")
        }
    }

    fn metadata(&self) -> serde_json::Value {
        let at = |path: &str| format!("{}{path}", self.address);
        let issuer = match self.rules.metadata {
            Metadata::WrongIssuer => "https://other.example".to_owned(),
            _ => self.issuer(),
        };
        let token = match self.rules.metadata {
            Metadata::HttpEndpoint => "http://token.other.example/token".to_owned(),
            _ => at("/token"),
        };
        let auth = match self.rules.client_auth {
            super::ClientAuth::Basic => "client_secret_basic",
            super::ClientAuth::Body => "client_secret_post",
            super::ClientAuth::None => "none",
            super::ClientAuth::PrivateKeyJwt(_) => "private_key_jwt",
        };
        serde_json::json!({
            "issuer": issuer,
            "authorization_endpoint": at("/authorize"),
            "token_endpoint": token,
            "device_authorization_endpoint": at("/device"),
            "revocation_endpoint": at("/revoke"),
            "response_types_supported": ["code"],
            "grant_types_supported": self.rules.grants,
            "code_challenge_methods_supported": ["S256"],
            "token_endpoint_auth_methods_supported": [auth],
            "scopes_supported": self.rules.scopes,
            "authorization_response_iss_parameter_supported": self.rules.iss_announced,
        })
    }

    /// `POST /revoke`: 200 whatever the token, and with a refresh token everything that came with it ends.
    pub(super) fn revoke(&mut self, request: &Request) -> Reply {
        let told = self
            .sent_by_client(request)
            .and_then(|sent| sent.need("token").map(str::to_owned));
        let token = match told {
            Ok(token) => token,
            Err(refusal) => return self.refused(&refusal),
        };
        let is_refresh = self.refresh.iter().any(|one| one.token == token);
        match self.rules.revocation {
            Revocation::Status(status) => return Reply::new(status, "", ""),
            Revocation::RefreshOnly if !is_refresh => return self.unsupported(),
            Revocation::AccessOnly if is_refresh => return self.unsupported(),
            _ => {}
        }
        if let Some(refresh) = self.refresh.iter().find(|one| one.token == token) {
            let family = refresh.family;
            self.end_family(family);
        }
        for access in self.access.iter_mut().filter(|one| one.token == token) {
            access.dead = true;
        }
        Reply::new(200, "", "")
    }

    fn unsupported(&mut self) -> Reply {
        match refuse::<()>("unsupported_token_type", "not tokens of this kind") {
            Ok(()) => Reply::new(200, "", ""),
            Err(refusal) => self.refused(&refusal),
        }
    }

    /// The API: 200 with the account for a good token, and by RFC 6750 3.1 what else there is to say.
    pub(super) fn api(&mut self, request: &Request) -> Reply {
        let found = places(request, self.rules.api_prefix);
        let wanted = |place: Place| {
            matches!(self.rules.api_place, Place::Any) || place == self.rules.api_place
        };
        let token = match &found[..] {
            [] => return challenge(self.rules.api_refusal, ""),
            [(place, token)] if wanted(*place) => token,
            [_] => return challenge(self.rules.api_refusal, "invalid_token"),
            _ => {
                self.note("invalid_request", "the token came in two places");
                return challenge(400, "invalid_request");
            }
        };
        let good = self.access.iter().find(|one| &one.token == token);
        match good.filter(|access| access.good()) {
            None => challenge(self.rules.api_refusal, "invalid_token"),
            Some(access) if !self.allowed(access) => challenge(403, "insufficient_scope"),
            Some(_) => self.answered(request.path()),
        }
    }

    fn answered(&self, path: &str) -> Reply {
        let mut replies = self.rules.api_replies.iter();
        match replies.find(|(at, _)| *at == path) {
            Some((_, reply)) => Reply::json(&reply.to_string()),
            None => welcome(&self.rules.account),
        }
    }

    fn allowed(&self, access: &Access) -> bool {
        let wanted = self.rules.api_scope;
        wanted.is_none_or(|wanted| access.scope.split(' ').any(|scope| scope == wanted))
    }
}

/// The tokens of a request, and where each stands.
fn places(request: &Request, prefix: &str) -> Vec<(Place, String)> {
    let mut found = Vec::new();
    if let Some(value) = request.header("authorization") {
        let token = value.strip_prefix(prefix).unwrap_or_default();
        found.push((Place::Header, token.to_owned()));
    }
    let query = form::in_query(&request.target, "access_token");
    found.extend(query.map(|token| (Place::Query, token)));
    let media = request.header("content-type").unwrap_or_default();
    if media.starts_with("application/x-www-form-urlencoded") {
        let pairs = form::pairs(&request.text()).unwrap_or_default();
        let tokens = pairs.into_iter().filter(|(name, _)| name == "access_token");
        found.extend(tokens.map(|(_, token)| (Place::Form, token)));
    }
    found
}

fn challenge(status: u16, error: &str) -> Reply {
    let told = match error {
        "" => "Bearer realm=\"api\"".to_owned(),
        error => format!("Bearer realm=\"api\", error=\"{error}\""),
    };
    let body = serde_json::json!({ "error": error });
    Reply::new(status, "application/json", body.to_string()).with("WWW-Authenticate", &told)
}
