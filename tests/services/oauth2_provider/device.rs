//! The device grant (RFC 8628).

use std::time::{Duration, Instant};

use super::token::Grant;
use super::{OAuth2Provider, Refusal, State, refuse};
use crate::support::form;
use crate::support::server::{Reply, Request};

/// A device that waits for its person.
pub struct Login {
    device_code: String,
    user_code: String,
    scope: String,
    /// What the person decided; `None`: nothing yet.
    decided: Option<bool>,
    /// When the code ends.
    ends: Instant,
    used: bool,
    /// The time that must pass between two polls.
    interval: Duration,
    polled: Option<Instant>,
}

impl OAuth2Provider {
    /// The person confirms the newest device code, as on the page of its address.
    pub fn approve_device(&self) {
        self.newest(|login| login.decided = Some(true));
    }

    /// The person denies the newest device code.
    pub fn deny_device(&self) {
        self.newest(|login| login.decided = Some(false));
    }

    /// The newest device code ends now.
    pub fn expire_device(&self) {
        self.newest(|login| login.ends = Instant::now());
    }

    #[track_caller]
    fn newest(&self, change: impl FnOnce(&mut Login)) {
        change(self.state().devices.last_mut().expect("a device has begun"));
    }

    /// Polls get these errors first, one each, such as `authorization_pending` or `slow_down`.
    pub fn answer_polls(&self, answers: &[&'static str]) {
        self.state().device_answers.extend(answers);
    }

    /// The times between the polls that arrived.
    pub fn poll_gaps(&self) -> Vec<Duration> {
        let polls = self.state().polls.clone();
        polls.windows(2).map(|pair| pair[1] - pair[0]).collect()
    }

    /// Polls so far.
    pub fn polls(&self) -> usize {
        self.state().polls.len()
    }
}

impl State {
    /// `POST /device`: a device begins.
    pub(super) fn device(&mut self, request: &Request) -> Reply {
        let begun = self
            .sent_by_client(request)
            .and_then(|sent| self.scope(sent.get("scope")));
        let scope = match begun {
            Ok(scope) => scope,
            Err(refusal) => return self.refused(&refusal),
        };
        let number = self.devices.len() + 1;
        let (device_code, user_code) = (self.text("device", number), format!("WDJB-{number:04}"));
        let rules = self.rules.device;
        let uri = format!("{}/activate", self.address);
        let mut reply = serde_json::json!({
            "device_code": device_code, "user_code": user_code, "expires_in": rules.expires_in,
        });
        reply[rules.uri_name] = uri.clone().into();
        if rules.complete {
            let complete = form::with_query(&uri, &[("user_code", &user_code)]);
            reply["verification_uri_complete"] = complete.into();
        }
        if let Some(interval) = rules.interval {
            reply["interval"] = interval.into();
        }
        self.devices.push(Login {
            device_code,
            user_code,
            scope,
            decided: None,
            ends: Instant::now() + Duration::from_secs(rules.expires_in),
            used: false,
            interval: Duration::from_secs(rules.interval.unwrap_or(5)),
            polled: None,
        });
        Reply::json(&reply.to_string())
    }

    /// `GET /activate?user_code=…&decision=approve|deny`: the page for the person.
    pub(super) fn activate(&mut self, request: &Request) -> Reply {
        let code = form::in_query(&request.target, "user_code").unwrap_or_default();
        let login = self.devices.iter_mut().find(|one| one.user_code == code);
        let Some(login) = login else {
            return Reply::new(404, "text/html", "<h1>This code is unknown</h1>");
        };
        match form::in_query(&request.target, "decision").as_deref() {
            Some("approve") => login.decided = Some(true),
            Some("deny") => login.decided = Some(false),
            _ => {
                let page = format!(
                    "<h1>Connect a device?</h1><form action=\"/activate\"><input name=\"user_code\" value=\"{code}\"><button name=\"decision\" value=\"approve\">Allow</button><button name=\"decision\" value=\"deny\">Deny</button></form>"
                );
                return Reply::new(200, "text/html", page);
            }
        }
        Reply::new(200, "text/html", "<h1>Done</h1>")
    }

    /// A poll (RFC 8628 3.4, 3.5).
    pub(super) fn by_device(&mut self, code: &str) -> Result<Grant, Refusal> {
        let now = Instant::now();
        self.polls.push(now);
        let planned = self.device_answers.pop_front();
        let Some(login) = self.devices.iter_mut().find(|one| one.device_code == code) else {
            return refuse("invalid_grant", "the device code is unknown");
        };
        let before = login.polled.replace(now);
        if let Some(answer) = planned {
            if answer == "slow_down" {
                login.interval += Duration::from_secs(5);
            }
            return refuse(answer, "as planned");
        }
        if before.is_some_and(|before| now - before < login.interval) {
            login.interval += Duration::from_secs(5);
            return refuse("slow_down", "polled too soon");
        }
        if login.used {
            return refuse("invalid_grant", "the device code was used before");
        }
        if now >= login.ends {
            return refuse("expired_token", "the device code has expired");
        }
        match login.decided {
            None => refuse("authorization_pending", "nobody has decided yet"),
            Some(false) => refuse("access_denied", "the person denied it"),
            Some(true) => {
                login.used = true;
                let scope = login.scope.clone();
                self.families += 1;
                Ok(Grant {
                    scope,
                    family: self.families,
                    refresh: true,
                })
            }
        }
    }
}
