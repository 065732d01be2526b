//! Makes the request of an integration task, has it sent over its connection, and reads the reply.

use http::{Method, StatusCode};

use super::base;
use super::entry::{CONNECTION, Gives, Goes, IntegrationTask, Param, Takes};
use crate::error::{self, Fallible, RuntimeError};
use crate::library::builtin::World;
use crate::library::elements::describe;
use crate::library::reply::{self, Wanted};
use crate::library::request::{Draft, query_encode};
use crate::library::web;
use crate::value::{Decimal, Form, KeyValue, List, Value, display, heap};

/// Runs a task with the arguments of a call. `version`: the one in its name, such as `v8`.
///
/// # Errors
/// R0013 and R0014 for arguments, R0016 for one that cannot be part of a path, R0034 without a connection, and those of
/// a web call. An error that the service reports is a value.
pub fn run(
    task: &'static IntegrationTask,
    version: Option<&str>,
    arguments: &[Value],
    world: &mut World<'_>,
) -> Fallible<Value> {
    let bound = bind(task, arguments)?;
    let connection = connection(task, &bound, world)?;
    let service = Service {
        task,
        version: version.unwrap_or(task.version),
        connection: &connection,
    };
    match task.gives {
        Gives::Variable => service.variable(&bound, world),
        Gives::SetVariable => service.set_variable(&bound, world),
        gives => {
            let request = service.request(&bound, world)?;
            let (reply, nothing_came) = service.send(&request, world)?;
            Ok(given(gives, reply, nothing_came))
        }
    }
}

/// Parameters with their arguments; those left out are not there.
type Bound = Vec<(&'static Param, Value)>;

/// Gives every argument to a parameter, in order. One that may be left out is passed over where the argument is not of
/// its kind; null stands for leaving it out.
fn bind(task: &'static IntegrationTask, arguments: &[Value]) -> Fallible<Bound> {
    let (least, most) = task.count();
    if arguments.len() < least || arguments.len() > most {
        let expected = format!("{least} to {most}");
        let written = task.written();
        return Err(error::argument_count(
            task.name,
            &expected,
            arguments.len(),
            &written,
        ));
    }
    let mut bound = Vec::with_capacity(arguments.len());
    let mut params = task.all_params().peekable();
    for argument in arguments {
        let argument = argument.settled();
        let mut passed_over = Vec::new();
        loop {
            let Some(param) = params.next() else {
                return Err(fits_none(task, &passed_over, argument));
            };
            if let Some(value) = taken(param.takes, argument) {
                if let (Takes::Records, Value::List(records)) = (param.takes, &value) {
                    check_records(task, param, records)?;
                }
                bound.push((param, value));
                break;
            }
            if param.required {
                return Err(fits_none(task, &[param], argument));
            }
            if argument.is_null() {
                break;
            }
            passed_over.push(param);
        }
    }
    match params.find(|param| param.required) {
        None => Ok(bound),
        Some(missing) => Err(error::argument_value(
            task.name,
            format!("`{}` is missing", missing.name),
        )
        .help(format!("write `{}`", task.written()))),
    }
}

/// The value for a parameter; `None` if it is not of its kind.
fn taken(takes: Takes, argument: &Value) -> Option<Value> {
    let pairs = || match argument {
        Value::KeyValue(_) => Some(argument.clone()),
        Value::Braces(_) => Some(Value::KeyValue(KeyValue::new())),
        Value::Collection(collection) => match collection.form() {
            Form::Keyed(pairs) => Some(Value::KeyValue(pairs)),
            Form::Open => Some(Value::KeyValue(KeyValue::new())),
            Form::Index(_) => None,
        },
        _ => None,
    };
    match (takes, argument) {
        (Takes::Anything, _)
        | (Takes::Text | Takes::Id | Takes::Criteria, Value::Text(_))
        | (Takes::Id | Takes::Whole, Value::Number(_))
        | (Takes::Records, Value::List(_))
        | (Takes::File, Value::File(_)) => Some(argument.clone()),
        (Takes::Id | Takes::Whole, Value::Decimal { .. }) => argument
            .as_decimal()
            .and_then(Decimal::to_i64_exact)
            .map(Value::Number),
        (Takes::Whole, Value::Text(text)) => text.trim().parse().ok().map(Value::Number),
        (Takes::Search, Value::Text(text)) if text.is_empty() || text.contains('=') => {
            Some(argument.clone())
        }
        (Takes::Records, Value::Collection(collection)) => match collection.form() {
            Form::Index(list) => Some(Value::List(list)),
            Form::Open => Some(Value::list(Vec::new())),
            Form::Keyed(_) => None,
        },
        (Takes::Records, Value::Braces(_)) => Some(Value::list(Vec::new())),
        (Takes::Pairs | Takes::Search | Takes::Criteria, _) => pairs(),
        _ => None,
    }
}

/// Every record is pairs.
fn check_records(task: &IntegrationTask, param: &Param, records: &List) -> Fallible<()> {
    for (place, record) in records.items().iter().enumerate() {
        if taken(Takes::Pairs, record.settled()).is_none() {
            let found = describe(record);
            return Err(error::argument_value(
                task.name,
                format!(
                    "`{}` holds {found} at place {place}, expected KEY-VALUE",
                    param.name
                ),
            )
            .help("give a LIST of records, each a KEY-VALUE: `{\"Last_Name\": \"Berg\"}`"));
        }
    }
    Ok(())
}

#[cold]
fn fits_none(
    task: &IntegrationTask,
    passed_over: &[&'static Param],
    found: &Value,
) -> Box<RuntimeError> {
    let written = format!("write `{}`", task.written());
    match passed_over {
        [] => error::argument_value(
            task.name,
            format!("{} is one argument too many", describe(found)),
        ),
        [param] if param.required => error::argument_type(
            task.name,
            param.name,
            param.takes.expected(),
            &describe(found),
        ),
        params => {
            let expected: Vec<String> = params
                .iter()
                .map(|param| format!("{} ({})", param.takes.expected(), param.name))
                .collect();
            let expected = expected.join(" or ");
            let found = describe(found);
            error::argument_value(
                task.name,
                format!("expected {expected} next, found {found}"),
            )
        }
    }
    .help(written)
}

/// The link name of the connection: the last argument, else what the project says.
fn connection(task: &IntegrationTask, bound: &Bound, world: &World<'_>) -> Fallible<String> {
    if let Some((_, Value::Text(link))) = bound
        .iter()
        .find(|(param, _)| std::ptr::eq(*param, &CONNECTION))
        && !link.is_empty()
    {
        return Ok(link.to_string());
    }
    let service = task.service();
    let default = world
        .settings
        .integrations
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case(service));
    match default {
        Some((_, link)) => Ok(link.clone()),
        None => Err(error::no_connection(task.name, service)),
    }
}

/// What a task sends.
struct Request {
    method: Method,
    /// The address without what goes into its query as pairs.
    url: String,
    query: KeyValue,
    headers: KeyValue,
    body: Value,
    files: Value,
}

/// A task on its way to a service.
struct Service<'a> {
    task: &'static IntegrationTask,
    version: &'a str,
    connection: &'a str,
}

impl Service<'_> {
    /// The request of a task, from its arguments.
    fn request(&self, bound: &Bound, world: &World<'_>) -> Fallible<Request> {
        let task = self.task;
        let mut path = task.path.replace("{version}", self.version);
        let mut raw_query = String::new();
        let query = KeyValue::new();
        let headers = KeyValue::new();
        let mut record = None;
        let mut options = Vec::new();
        let (mut body, mut files) = (Value::Null, Value::Null);
        for param in task.params {
            let value = bound
                .iter()
                .find(|(of, _)| std::ptr::eq(*of, param))
                .map(|(_, value)| value);
            let Some(value) = value else {
                if let Goes::Query(key) = param.goes
                    && !param.default.is_empty()
                {
                    query.put_text(key, param.default.into());
                }
                continue;
            };
            match (param.goes, value) {
                (Goes::Path | Goes::LowerPath | Goes::LowerFirst, value) => {
                    let text = display::to_text(value, &world.settings.zone)?;
                    let text = cased(param.goes, &text);
                    path = self.filled(&path, param.name, &text)?;
                }
                (Goes::PathPairs, Value::KeyValue(pairs)) => {
                    for (key, value) in pairs.to_vec() {
                        let key = display::to_text(&key, &world.settings.zone)?;
                        if !path.contains(&format!("{{{key}}}")) {
                            continue;
                        }
                        let text = display::to_text(&value, &world.settings.zone)?;
                        path =
                            self.filled(&path, &key, if value.is_null() { "" } else { &text })?;
                    }
                }
                // Nothing to search for.
                (Goes::QueryAll, Value::KeyValue(pairs)) if param.required && pairs.is_empty() => {
                    return Err(self.no_part(param.name, "is empty"));
                }
                (Goes::Query(_) | Goes::QueryAll, Value::KeyValue(pairs)) => {
                    for (key, value) in pairs.to_vec() {
                        query.put(key, value)?;
                    }
                }
                // What follows `#` is never sent as part of an address.
                (Goes::QueryAll, Value::Text(text)) => {
                    raw_query = text.trim_start_matches('?').replace('#', "%23");
                }
                // Where a criterion has a place of its own, an empty one means all records.
                (Goes::Query(_), Value::Text(text))
                    if text.is_empty()
                        && param.required
                        && !matches!(param.takes, Takes::Criteria) =>
                {
                    return Err(self.no_part(param.name, "is empty"));
                }
                (Goes::Query(_), Value::Text(text)) if text.is_empty() => {}
                (Goes::Query(key), value) => query.put_text(key, value.clone()),
                (Goes::Header(name), value) => headers.put_text(name, value.clone()),
                (Goes::Record, value) => record = Some(List::from_items(vec![value.clone()])),
                (Goes::Records, Value::List(records)) => record = Some(records.clone()),
                (Goes::Options, Value::KeyValue(pairs)) => options = pairs.to_vec(),
                (Goes::Body, value) => body = value.clone(),
                (Goes::Part, value) => {
                    let parts = KeyValue::new();
                    parts.put_text("file", value.clone());
                    files = Value::KeyValue(parts);
                }
                (Goes::Own, _) => {}
                _ => return Err(error::internal("an argument of a task has no place")),
            }
        }
        if let Some(name) = path
            .split('{')
            .nth(1)
            .and_then(|rest| rest.split('}').next())
        {
            return Err(self.no_part(name, "is missing"));
        }
        if let Some(records) = record {
            let pairs = KeyValue::new();
            for (key, value) in options {
                pairs.put(key, value)?;
            }
            pairs.put_text("data", Value::List(records));
            body = Value::KeyValue(pairs);
        }
        Ok(Request {
            method: task
                .method
                .parse()
                .map_err(|_| error::internal("a task has no method"))?,
            url: self.address(&path, &raw_query, world),
            query,
            headers,
            body,
            files,
        })
    }

    fn address(&self, path: &str, raw_query: &str, world: &World<'_>) -> String {
        let base = base(self.task.service(), &world.settings.data_centre);
        match raw_query {
            "" => format!("{base}{path}"),
            query => format!("{base}{path}?{query}"),
        }
    }

    /// A path with a value in the place of a name in braces. An empty one, or one that stands for a folder, would make
    /// it the path of something else: all records instead of one.
    fn filled(&self, path: &str, name: &str, value: &str) -> Fallible<String> {
        let value = value.trim();
        if value.is_empty() {
            return Err(self.no_part(name, "is empty"));
        }
        if value.bytes().all(|byte| byte == b'.') {
            return Err(self.no_part(name, "is no name and no number"));
        }
        // Three characters for each byte.
        heap::check(value.len().saturating_mul(3))?;
        let mut encoded = String::new();
        query_encode(value, &mut encoded);
        Ok(path.replace(&format!("{{{name}}}"), &encoded))
    }

    #[cold]
    fn no_part(&self, name: &str, what: &str) -> Box<RuntimeError> {
        error::argument_value(self.task.name, format!("`{name}` {what}"))
            .help("print it to see what it is: `info …;`")
    }

    /// Sends a request. `true`: nothing came back, as is right with 204.
    fn send(&self, request: &Request, world: &mut World<'_>) -> Fallible<(Value, bool)> {
        let draft = Draft {
            name: self.task.name,
            url: request.url.clone(),
            method: request.method.clone(),
            headers: Value::KeyValue(request.headers.clone()),
            parameters: Value::KeyValue(request.query.clone()),
            body: request.body.clone(),
            content_type: (!request.body.is_null()).then(|| "application/json".to_owned()),
            files: request.files.clone(),
            connection: Some(self.connection.to_owned()),
            parameters_are_query: true,
        };
        let reply = web::exchange(world, &draft, false)?;
        let nothing_came = reply
            .response
            .as_ref()
            .is_some_and(|response| response.status() == StatusCode::NO_CONTENT);
        Ok((reply::value(reply, Wanted::default())?, nothing_came))
    }

    /// The value of a variable.
    fn variable(&self, bound: &Bound, world: &mut World<'_>) -> Fallible<Value> {
        let name = self.variable_name(bound)?;
        Ok(match self.look_up(&name, world)? {
            Ok(variable) => text_member(&variable, "value").unwrap_or_default(),
            Err(reply) => reply,
        })
    }

    fn set_variable(&self, bound: &Bound, world: &mut World<'_>) -> Fallible<Value> {
        let name = self.variable_name(bound)?;
        let variable = match self.look_up(&name, world)? {
            Ok(variable) => variable,
            Err(reply) => return Ok(reply),
        };
        let id = text_member(&variable, "id").unwrap_or_default();
        let id = display::to_text(&id, &world.settings.zone)?;
        let group = match text_member(&variable, "variable_group") {
            Some(Value::KeyValue(group)) => text_member(&group, "id"),
            _ => None,
        };
        let changed = KeyValue::new();
        let value = bound
            .iter()
            .find(|(param, _)| param.name == "value")
            .map(|(_, value)| value.clone());
        changed.put_text("value", value.unwrap_or_default());
        let body = KeyValue::new();
        body.put_text("variables", Value::list(vec![Value::KeyValue(changed)]));
        let path = self.task.path.replace("{version}", self.version);
        let path = self.filled(&path, "id", &id)?;
        let request = Request {
            method: Method::PUT,
            body: Value::KeyValue(body),
            ..self.of_variables(&path, group.unwrap_or_else(|| GENERAL.into()), world)
        };
        Ok(self.send(&request, world)?.0)
    }

    fn variable_name(&self, bound: &Bound) -> Fallible<String> {
        let name = bound
            .iter()
            .find(|(param, _)| param.name == "name")
            .and_then(|(_, value)| value.as_text());
        name.map(|name| name.trim().to_owned())
            .ok_or_else(|| self.no_part("name", "is missing"))
    }

    /// The variable of that name, or the reply of the service where there is none. The service wants the group of a
    /// variable that is asked for by name, which tasks do not tell: after the usual group all variables are looked at.
    fn look_up(&self, name: &str, world: &mut World<'_>) -> Fallible<Result<KeyValue, Value>> {
        let all = format!("/crm/{}/settings/variables", self.version);
        let one = self.filled(&format!("{all}/{{name}}"), "name", name)?;
        let named = |reply: &Value| {
            let Some(Value::List(variables)) = member(reply, "variables") else {
                return None;
            };
            variables.to_vec().into_iter().find_map(|variable| {
                let Value::KeyValue(pairs) = variable else {
                    return None;
                };
                let api_name = text_member(&pairs, "api_name")?;
                (api_name.as_text()?.as_str() == name).then_some(pairs)
            })
        };
        let request = self.of_variables(&one, GENERAL.into(), world);
        let first = self.send(&request, world)?.0;
        if let Some(variable) = named(&first) {
            return Ok(Ok(variable));
        }
        if first.is_null() {
            // A dry run: there is no reply that could say more.
            return Ok(Err(first));
        }
        let request = self.of_variables(&all, Value::Null, world);
        let second = self.send(&request, world)?.0;
        Ok(named(&second).ok_or(first))
    }

    fn of_variables(&self, path: &str, group: Value, world: &World<'_>) -> Request {
        let query = KeyValue::new();
        if !group.is_null() {
            query.put_text("group", group);
        }
        Request {
            method: Method::GET,
            url: self.address(path, "", world),
            query,
            headers: KeyValue::new(),
            body: Value::Null,
            files: Value::Null,
        }
    }
}

/// The group of variables that every organisation has.
const GENERAL: &str = "General";

fn cased(goes: Goes, text: &str) -> String {
    match goes {
        Goes::LowerPath => text.to_lowercase(),
        Goes::LowerFirst => {
            let mut characters = text.chars();
            characters
                .next()
                .into_iter()
                .flat_map(char::to_lowercase)
                .chain(characters)
                .collect()
        }
        _ => text.to_owned(),
    }
}

/// What a task gives of a reply.
fn given(gives: Gives, reply: Value, nothing_came: bool) -> Value {
    if nothing_came {
        return match gives {
            Gives::Records => Value::List(List::new()),
            Gives::Record => Value::KeyValue(KeyValue::new()),
            _ => reply,
        };
    }
    let data = member(&reply, "data");
    let part = match (gives, data) {
        (Gives::Records, Some(Value::List(records))) => Some(Value::List(records)),
        (Gives::Record, Some(Value::List(records))) => records.get(0),
        (Gives::Details, Some(Value::List(records))) => records.get(0).map(details),
        _ => None,
    };
    part.unwrap_or(reply)
}

/// `details` of a record that was written; what is said of one that was refused.
fn details(outcome: Value) -> Value {
    let refused = member(&outcome, "status").is_some_and(|status| {
        status
            .as_text()
            .is_some_and(|text| text.as_str() == "error")
    });
    match member(&outcome, "details") {
        Some(details @ Value::KeyValue(_)) if !refused => details,
        _ => outcome,
    }
}

fn member(value: &Value, key: &str) -> Option<Value> {
    match value {
        Value::KeyValue(pairs) => text_member(pairs, key),
        _ => None,
    }
}

fn text_member(pairs: &KeyValue, key: &str) -> Option<Value> {
    pairs.pairs().get_text(key).cloned()
}
