//! Lookups: the value of a field that only the service knows, such as the site or the account that a
//! token is for (connections, 2.5). Asked for once, with the first token.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use http::{Method, StatusCode};
use serde_json::Value;

use crate::Connections;
use crate::connect::Connected;
use crate::error::{ConnectionError, shown};
use crate::service::{Choice, Field, FieldSource, Lookup, Scheme};
use crate::transport::WireRequest;
use crate::usable::{Usable, found};
use crate::verify::redirected;

/// What to do about a lookup that is answered in another way than the definition says.
const CHECK: &str = "check the lookup of the service: `freshet service show`";

/// What this process knows of choices.
#[derive(Default)]
pub(crate) struct Choosing {
    /// Which values to take, where there are several, by link name.
    wishes: Mutex<HashMap<String, BTreeMap<String, String>>>,
}

impl Choosing {
    fn wish(&self, link: &str, field: &str) -> Option<String> {
        locked(&self.wishes).get(link)?.get(field).cloned()
    }
}

/// A map stays whole whatever panics while it is locked.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Connections {
    /// Says which values to take where the service has several for a field that it is asked for,
    /// whenever this process connects `link` from now on.
    ///
    /// # Errors
    /// C0001; C0043 for a field that the service is not asked for.
    pub fn prefer(
        &self,
        link: &str,
        values: BTreeMap<String, String>,
    ) -> Result<(), ConnectionError> {
        let registry = self.store.reading()?;
        let service = registry.read(|rows| {
            let connection = crate::registry::find(rows, link)?;
            registry.service(rows, &connection.service)
        })?;
        let field = service.lookup.as_ref().map(|lookup| &lookup.field);
        if let Some(name) = values.keys().find(|name| Some(*name) != field) {
            let named = service.field(name);
            if named.is_some_and(|field| field.secret) {
                return Err(ConnectionError::secret_in_set(name));
            }
            if named.is_some_and(|field| field.from.is_told()) {
                return Err(ConnectionError::told_by_service(name));
            }
            let known: Vec<String> = field.into_iter().cloned().collect();
            return Err(ConnectionError::unknown_field(name, &service.name, &known));
        }
        locked(&self.http.choosing.wishes).insert(link.to_owned(), values);
        Ok(())
    }

    /// The values to take for `link`, where there are several.
    pub(crate) fn wishes(&self, link: &str) -> BTreeMap<String, String> {
        let wishes = locked(&self.http.choosing.wishes);
        wishes.get(link).cloned().unwrap_or_default()
    }

    /// What a person may choose from, where connecting `link` ended with several choices (C0038), in this process or
    /// another: [`choose`](Self::choose) goes on then. Empty: nothing waits for a choice.
    ///
    /// # Errors
    /// C0001, and those of the registry.
    pub fn choices(&self, link: &str) -> Result<Vec<Choice>, ConnectionError> {
        let registry = self.store.reading()?;
        let waiting = registry.load_parked(link, &self.store.settings.owner)?;
        Ok(waiting.map_or_else(Vec::new, |(_, parked)| parked.choices))
    }

    /// Goes on with a connection whose connecting ended with several choices: takes `value`,
    /// verifies and stores. A wrong value can be corrected.
    ///
    /// # Errors
    /// C0038 for a value that is none of the choices, or where nothing waits for one; then those of
    /// [`connect`](Self::connect).
    pub async fn choose(&self, link: &str, value: &str) -> Result<Connected, ConnectionError> {
        let registry = self.store.writing()?;
        let waiting = || {
            let parked = registry.load_parked(link, &self.store.settings.owner)?;
            parked.ok_or_else(|| ConnectionError::nothing_to_choose(link))
        };
        let (before, parked) = waiting()?;
        let service = Arc::clone(&before.service);
        let field = service.lookup.as_ref().map_or("", |lookup| &lookup.field);
        pick(field, &parked.choices, Some(value))?;
        let id = before.credential.id;
        let with = self.renewing(&registry, self.store.settings.limits);
        let _turn = self.http.renewals.turn(id, link, &with).await?;
        // Renewals until here do not matter, changes and the end of what waits do: this is read first.
        let generation = registry.generation(id)?;
        let (mut usable, parked) = waiting()?;
        usable.check_is_of(&before)?;
        usable.credential.generation = generation;
        find(&mut usable, field, value)?;
        self.settle(&registry, &mut usable, parked.token, parked.verify)
            .await
    }

    /// Finds out the field of a connection's service that only the service knows.
    ///
    /// # Errors
    /// C0038 without a value, or with several and none chosen: then the error has the choices. C0034
    /// when the service refuses to answer or another host does, and those of a request.
    pub(crate) async fn look_up(&self, usable: &mut Usable) -> Result<(), ConnectionError> {
        let service = Arc::clone(&usable.service);
        let Some(lookup) = &service.lookup else {
            return Ok(());
        };
        let asking = as_asked(usable, lookup);
        let request = WireRequest::new(Method::GET, asking.address(&lookup.url)?);
        let described = request.described();
        let limits = self.store.settings.limits;
        let arrival = self.send_once(&asking, request, limits).await?;
        if let Some(host) = arrival.led_to() {
            return Err(redirected(&described, &host, "200").with_help(CHECK));
        }
        if arrival.status != StatusCode::OK {
            let status = arrival.status.as_u16();
            let found = status.to_string();
            let error = ConnectionError::verification_failed(&described, &found, "200", status);
            return Err(match status {
                401 | 403 | 429 | 500.. => error,
                _ => error.with_help(CHECK),
            });
        }
        let reply: Value = serde_json::from_slice(&arrival.body).unwrap_or_default();
        let choices = choices(&reply, lookup, usable)?;
        let wish = self.http.choosing.wish(usable.link(), &lookup.field);
        let wish = wish.or_else(|| usable.connection.fields.get(&lookup.field).cloned());
        let value = pick(&lookup.field, &choices, wish.as_deref())?;
        find(usable, &lookup.field, &value)
    }
}

/// Whether the answer of the browser told no secret that came later, and the token reply every field that it has to.
///
/// # Errors
/// C0038 for a field with a secret, and for one that is missing.
pub(crate) fn check_told_fields(usable: &Usable) -> Result<(), ConnectionError> {
    for field in &usable.service.fields {
        let told = usable.credential.found.get(&field.name);
        let pointer = match &field.from {
            // Whoever issues tokens may know the next one before.
            FieldSource::Callback(_) if told.is_some_and(|told| usable.is_secret_in(told)) => {
                return Err(secret_told(field));
            }
            FieldSource::Token(pointer) => pointer,
            _ => continue,
        };
        let known = told.is_some() || usable.connection.fields.contains_key(&field.name);
        if !known && !field.optional && field.default.is_none() {
            let found = format!("found nothing at {pointer} of the token reply");
            return Err(ConnectionError::value_only_from_service(
                &field.name,
                &found,
            ));
        }
    }
    Ok(())
}

/// C0038 for a value that a service told, where it repeats a secret: it would be shown and stored in the open.
pub(crate) fn secret_told(field: &Field) -> ConnectionError {
    let found = "the service sent a secret, which must not be shown";
    ConnectionError::value_only_from_service(&field.name, found)
}

/// The connection as it asks: with the prefix of the lookup, and without the headers that need what
/// is asked for.
fn as_asked(usable: &Usable, lookup: &Lookup) -> Usable {
    let mut asking = usable.clone();
    let service = Arc::make_mut(&mut asking.service);
    service
        .headers
        .retain(|(_, text)| text.placeholders().all(|name| name != lookup.field));
    if let (Scheme::OAuth2(oauth2), Some(prefix)) = (&mut service.scheme, &lookup.prefix) {
        oauth2.param_prefix.clone_from(prefix);
    }
    asking
}

/// The values in a reply, each once. They are shown and stored in the open, so what repeats a secret is left out.
///
/// # Errors
/// C0038 for a reply without a list of them, and where none is as the definition wants it.
fn choices(
    reply: &Value,
    lookup: &Lookup,
    usable: &Usable,
) -> Result<Vec<Choice>, ConnectionError> {
    let place = match lookup.list.as_str() {
        "" => "as the whole reply".to_owned(),
        pointer => format!("at {pointer}"),
    };
    let expected = format!("a list {place} of the reply to the lookup");
    let no_list = |found: &str| ConnectionError::no_list(&lookup.field, found, &expected);
    let elements = match reply.pointer(&lookup.list) {
        Some(Value::Array(elements)) => elements.as_slice(),
        Some(one @ Value::Object(_)) => std::slice::from_ref(one),
        _ if reply.is_null() => return Err(no_list("found no JSON")),
        Some(_) => return Err(no_list("found something else there")),
        None => return Err(no_list("found nothing there")),
    };
    let text = |element: &Value, pointer: &str| {
        let text = match element.pointer(pointer)? {
            Value::String(text) if !text.is_empty() => text.clone(),
            Value::Number(number) => number.to_string(),
            _ => return None,
        };
        (!usable.is_secret_in(&text)).then_some(text)
    };
    let mut choices: Vec<Choice> = Vec::new();
    for element in elements {
        let Some(value) = text(element, &lookup.value) else {
            continue;
        };
        let title = lookup.title.as_ref();
        let title = title.and_then(|pointer| text(element, pointer));
        if choices.iter().all(|known| known.value != value) {
            choices.push(Choice {
                title: title.unwrap_or_else(|| value.clone()),
                value,
                sets: BTreeMap::new(),
            });
        }
    }
    // No value that a person could give is among them.
    if let (Some(first), Some(field)) = (choices.first(), usable.service.field(&lookup.field))
        && choices
            .iter()
            .all(|choice| found(field, &choice.value).is_err())
    {
        let found = format!(
            "the service sent `{}`, which does not match its pattern",
            shown(&first.value)
        );
        return Err(ConnectionError::value_only_from_service(
            &field.name,
            &found,
        ));
    }
    Ok(choices)
}

/// The value to take: the only one, or the one that was wished for.
fn pick(field: &str, choices: &[Choice], wish: Option<&str>) -> Result<String, ConnectionError> {
    match (choices, wish) {
        ([], _) => Err(ConnectionError::no_choice(field)),
        (_, Some(wish)) if choices.iter().any(|choice| choice.value == wish) => Ok(wish.to_owned()),
        ([only], None) => Ok(only.value.clone()),
        (_, wish) => Err(ConnectionError::several_choices(field, choices, wish)),
    }
}

/// Takes the value of a field, if it fits its pattern.
fn find(usable: &mut Usable, field: &str, value: &str) -> Result<(), ConnectionError> {
    let service = Arc::clone(&usable.service);
    match service.field(field) {
        Some(field) => usable.find(field, value),
        None => Ok(()),
    }
}
