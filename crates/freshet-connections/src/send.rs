//! One call: from a request and a link name to a reply.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use http::{Request, Response, StatusCode};
use tracing::warn;
use url::Url;

use crate::Connections;
use crate::connect::fewer_scopes;
use crate::discovery::Discovery;
use crate::error::{Code, ConnectionError, shown};
use crate::lookup::Choosing;
use crate::rate::{Rates, TurnTaken};
use crate::refresh::{Renewals, Renewing, Why};
use crate::registry::Registry;
use crate::scheme::oauth1::clock;
use crate::scheme::{Additions, Secrets};
use crate::service::hosts::host_and_port;
use crate::settings::{Limits, Settings};
use crate::token;
use crate::transport::{Arrival, Exchange, HttpTransport, Transport, WireRequest};
use crate::usable::Usable;

/// A request to send.
#[derive(Clone, Debug)]
pub struct Call {
    /// Method, address, headers and body, without any credential.
    pub request: Request<Vec<u8>>,
    /// The link name of the connection that authenticates it.
    pub connection: Option<String>,
    /// The body is form pairs, also where the declared type says otherwise.
    pub form: bool,
    /// Told when the call has waited for its turn, where somebody counts its time from there.
    pub turn: Option<Arc<TurnTaken>>,
    /// Limits of this call; `None`: those of the settings. The time to connect is always that of
    /// the settings.
    pub limits: Option<Limits>,
}

impl Call {
    /// A call without a connection, by the limits of the settings.
    #[must_use]
    pub fn new(request: Request<Vec<u8>>) -> Self {
        Call {
            request,
            connection: None,
            form: false,
            turn: None,
            limits: None,
        }
    }

    /// The same call, authenticated by a connection.
    #[must_use]
    pub fn with_connection(self, link: impl Into<String>) -> Self {
        Call {
            connection: Some(link.into()),
            ..self
        }
    }
}

/// What came back.
#[derive(Debug)]
pub struct Reply {
    /// Status, headers, and the body after decompression.
    pub response: Response<Vec<u8>>,
    /// Where it came from after redirects, without what the connection added.
    pub address: String,
    /// A token was requested for this call.
    pub renewed: bool,
    /// Redirects followed.
    pub hops: usize,
    /// From the call to the last byte, waiting for a turn included.
    pub elapsed: Duration,
}

/// What sends requests and renews tokens for all connections of a process.
pub(crate) struct Http {
    pub transport: Arc<dyn Transport>,
    pub renewals: Renewals,
    pub rates: Rates,
    /// How far the clocks of services are from ours, by connection, in seconds; only those that
    /// refused a signature for its time. Locked for a look only.
    pub apart: Mutex<BTreeMap<i64, i64>>,
    pub discovery: Discovery,
    pub choosing: Choosing,
}

impl Http {
    pub(crate) fn new(settings: &Settings) -> Self {
        Http {
            transport: Arc::new(HttpTransport::new(settings)),
            renewals: Renewals::new(settings),
            rates: Rates::default(),
            apart: Mutex::default(),
            discovery: Discovery::default(),
            choosing: Choosing::default(),
        }
    }
}

impl Connections {
    /// Sends a request, with the credential of a connection if the call names one.
    ///
    /// A status outside 2xx is a reply, not an error. A token past its lead point is renewed first;
    /// a token that the service refuses is renewed once and the request sent once more.
    ///
    /// # Errors
    /// C0001 to C0018, C0026, and those of the registry. Before anything is sent: unknown or
    /// unusable connections (C0001 to C0005) and hosts the credential may not go to (C0006, C0007).
    pub async fn send(&self, call: Call) -> Result<Reply, ConnectionError> {
        let begun = Instant::now();
        let limits = call.limits.unwrap_or(self.store.settings.limits);
        let request = WireRequest::of(call.request, call.form)?;
        let turn = call.turn.as_deref();
        let (arrival, renewed) = match &call.connection {
            // Boxed, so that a call without a connection is small while it waits.
            Some(link) => Box::pin(self.send_authenticated(link, request, limits, turn)).await?,
            None => {
                TurnTaken::tell(turn);
                let arrival = self.exchange(request, Additions::default(), limits).await?;
                (arrival, false)
            }
        };
        let mut response = Response::new(arrival.body);
        *response.status_mut() = arrival.status;
        *response.headers_mut() = arrival.headers;
        let (address, hops) = (arrival.url.into(), arrival.hops);
        Ok(Reply {
            response,
            address,
            renewed,
            hops,
            elapsed: begun.elapsed(),
        })
    }

    /// The request as [`send`](Self::send) would send it, with `***` for every secret. Sends
    /// nothing and requests no token.
    ///
    /// # Errors
    /// Those of `send` that come before anything is sent.
    pub fn describe(&self, call: Call) -> Result<Request<Vec<u8>>, ConnectionError> {
        let request = WireRequest::of(call.request, call.form)?;
        let Some(link) = &call.connection else {
            return request.into_http();
        };
        let registry = self.store.reading()?;
        let usable = self.usable_for(&registry, link, &request.url)?;
        Additions::of(&usable, self.signing_time(&usable))?
            .apply(&request, Secrets::Hidden)?
            .into_http()
    }

    /// The header in which the service of a connection takes an idempotency key, if it names one.
    ///
    /// # Errors
    /// Those of `send` that come before anything is sent.
    pub fn idempotency_header(&self, link: &str) -> Result<Option<String>, ConnectionError> {
        let registry = self.store.reading()?;
        let usable = registry.load_for_use(link, &self.store.settings.owner)?;
        Ok(usable.service.idempotency_header.clone())
    }

    async fn send_authenticated(
        &self,
        link: &str,
        request: WireRequest,
        limits: Limits,
        turn: Option<&TurnTaken>,
    ) -> Result<(Arrival, bool), ConnectionError> {
        let registry = self.store.reading()?;
        let mut usable = match self.usable_for(&registry, link, &request.url) {
            // Another process may have been refused with the token before one that could not be stored here.
            Err(refused) if refused.kind() == Code::NeedsAuthorisation => {
                let with = self.renewing(&registry, limits);
                let owner = &self.store.settings.owner;
                if !self.http.renewals.store_late(link, owner, &with).await? {
                    return Err(refused);
                }
                self.usable_for(&registry, link, &request.url)?
            }
            loaded => loaded?,
        };
        let (connection, host) = (usable.connection.id, host_and_port(&request.url));
        let had = self
            .http
            .rates
            .turn(
                connection,
                link,
                usable.rate(),
                TurnTaken::place(turn),
                self.store.settings.patience.unwrap_or(limits.call),
            )
            .await?;
        TurnTaken::tell(turn);
        if had.waited {
            usable = registry.load_again(&usable)?;
            check_address(&registry, &usable, &request.url)?;
        }
        let renewed = self
            .http
            .renewals
            .freshen(&mut usable, &self.renewing(&registry, limits))
            .await?;
        // A token that came meanwhile may have named another host, or somebody taken one away.
        check_address(&registry, &usable, &request.url)?;
        let outcome = self
            .send_with_renewal(&registry, &mut usable, request, limits)
            .await;
        if let Err(error) = &outcome
            && error.kind() == Code::AddressGuard
        {
            note(registry.record_refusal(&usable, error, &host));
        }
        note(registry.touch_used(&usable));
        let requested = renewed || outcome.as_ref().is_ok_and(|(_, again)| *again);
        let granted = usable.credential.granted_scopes.as_deref();
        if requested && let Some(fewer) = fewer_scopes(&usable.connection.scopes, granted) {
            warn!("`{link}`: {fewer} ({})", fewer.code());
        }
        outcome.map(|(arrival, again)| (arrival, renewed || again))
    }

    /// Loads a connection for a request to `url` and refuses the addresses its credential may not
    /// go to: before a token is renewed for nothing.
    fn usable_for(
        &self,
        registry: &Registry,
        link: &str,
        url: &Url,
    ) -> Result<Usable, ConnectionError> {
        let usable = registry.load_for_use(link, &self.store.settings.owner)?;
        check_address(registry, &usable, url)?;
        Ok(usable)
    }

    /// Sends a request; when the service refuses the token, renews it and sends once more. `true`:
    /// a token was requested.
    pub(crate) async fn send_with_renewal(
        &self,
        registry: &Registry,
        usable: &mut Usable,
        request: WireRequest,
        limits: Limits,
    ) -> Result<(Arrival, bool), ConnectionError> {
        let additions = Additions::of(usable, self.signing_time(usable))?;
        for name in additions.replaced(&request.headers) {
            warn!(
                "`{}` replaces the header {name} of the request",
                usable.connection.link_name
            );
        }
        // A verify request may go to an endpoint of the service, where scripts may not.
        let is_of_a_script = usable.check_address(&request.url).is_ok();
        let renewable = token::renewal_grant(usable).is_some();
        let again = renewable.then(|| request.clone());
        let described = request.described();
        let arrival = self
            .exchange_in_time(usable, request, additions, limits)
            .await?;
        let Some(again) =
            again.filter(|_| arrival.authenticated && refuses_token(usable, arrival.status))
        else {
            if arrival.authenticated && arrival.status == StatusCode::UNAUTHORIZED {
                let error = ConnectionError::verification_failed(&described, "401", "2xx", 401);
                note(registry.record_error(usable, &error));
            }
            return Ok((arrival, false));
        };
        let refused = Why::Refused(usable.credential.generation);
        let with = self.renewing(registry, limits);
        let requested = self.http.renewals.renew(usable, refused, &with).await?;
        if is_of_a_script {
            check_address(registry, usable, &again.url)?;
        }
        let second = self.send_once(usable, again, limits).await?;
        Ok((second, requested))
    }

    /// Sends a request with the credential as it is.
    pub(crate) async fn send_once(
        &self,
        usable: &Usable,
        request: WireRequest,
        limits: Limits,
    ) -> Result<Arrival, ConnectionError> {
        let additions = Additions::of(usable, self.signing_time(usable))?;
        self.exchange_in_time(usable, request, additions, limits)
            .await
    }

    /// Sends a request. One that is signed and refused because our clock is wrong goes once more,
    /// with the time of the service, which is kept for the requests after it: unless the connection was ended meanwhile,
    /// or the host taken away.
    async fn exchange_in_time(
        &self,
        usable: &Usable,
        request: WireRequest,
        additions: Additions,
        limits: Limits,
    ) -> Result<Arrival, ConnectionError> {
        let Some(signed_at) = additions.signer.as_ref().map(|signer| signer.timestamp()) else {
            return self.exchange(request, additions, limits).await;
        };
        let again = request.clone();
        let arrival = self.exchange(request, additions, limits).await?;
        let correction = clock::correction(&arrival, signed_at).filter(|_| arrival.authenticated);
        let Some(correction) = correction else {
            return Ok(arrival);
        };
        *self.apart().entry(usable.connection.id).or_default() += correction;
        let registry = self.store.reading()?;
        let now = registry.load_around(usable)?;
        // A verify request may go to an endpoint of the service, where scripts may not.
        if usable.check_address(&again.url).is_ok() {
            check_address(&registry, &now, &again.url)?;
        }
        let additions = Additions::of(usable, self.signing_time(usable))?;
        self.exchange(again, additions, limits).await
    }

    /// What time it is for the service of a connection, in milliseconds since 1970 UTC.
    pub(crate) fn signing_time(&self, usable: &Usable) -> i64 {
        let apart = self.apart().get(&usable.connection.id).copied();
        let apart = apart.unwrap_or_default().saturating_mul(1000);
        self.store.clock.now().saturating_add(apart)
    }

    fn apart(&self) -> MutexGuard<'_, BTreeMap<i64, i64>> {
        self.http
            .apart
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    async fn exchange(
        &self,
        request: WireRequest,
        additions: Additions,
        limits: Limits,
    ) -> Result<Arrival, ConnectionError> {
        self.http
            .transport
            .send(Exchange {
                request,
                additions,
                follow: true,
                limits,
            })
            .await
    }

    pub(crate) fn renewing<'a>(&'a self, registry: &'a Registry, limits: Limits) -> Renewing<'a> {
        let (transport, clock) = (self.http.transport.as_ref(), self.store.clock.as_ref());
        Renewing {
            registry,
            transport,
            clock,
            limits,
            discovery: &self.http.discovery,
        }
    }
}

impl WireRequest {
    /// # Errors
    /// C0012 if the address is none of http or https.
    fn of(request: Request<Vec<u8>>, form: bool) -> Result<Self, ConnectionError> {
        let (parts, body) = request.into_parts();
        // The text of the address may hold a key, so it is not shown.
        let host = shown(parts.uri.host().unwrap_or("the address"));
        if !matches!(parts.uri.scheme_str(), Some("http" | "https")) {
            return Err(ConnectionError::unreachable(
                &host,
                "expected an address that begins with http:// or https://",
            ));
        }
        let url = Url::parse(&parts.uri.to_string()).map_err(|cause| {
            ConnectionError::unreachable(&host, &format!("its address cannot be read: {cause}"))
        })?;
        Ok(WireRequest {
            method: parts.method,
            url,
            headers: parts.headers,
            body,
            form,
        })
    }

    fn into_http(self) -> Result<Request<Vec<u8>>, ConnectionError> {
        let host = host_and_port(&self.url);
        let mut request = Request::new(self.body);
        *request.method_mut() = self.method;
        *request.uri_mut() = self
            .url
            .as_str()
            .parse()
            .map_err(|_| ConnectionError::unreachable(&host, "its address cannot be shown"))?;
        *request.headers_mut() = self.headers;
        Ok(request)
    }
}

/// Refuses an address to which the credential may not go, and notes that.
fn check_address(registry: &Registry, usable: &Usable, url: &Url) -> Result<(), ConnectionError> {
    usable.check_address(url).inspect_err(|error| {
        note(registry.record_refusal(usable, error, &host_and_port(url)));
    })
}

/// Whether a status means that the service does not take the token (any more).
pub(crate) fn refuses_token(usable: &Usable, status: StatusCode) -> bool {
    usable
        .oauth2()
        .is_some_and(|oauth2| oauth2.expired_statuses.contains(&status.as_u16()))
}

/// What is only noted in the registry must not fail a call that succeeded.
pub(crate) fn note(written: Result<(), ConnectionError>) {
    if let Err(error) = written {
        warn!("not noted in the registry: {error}");
    }
}
