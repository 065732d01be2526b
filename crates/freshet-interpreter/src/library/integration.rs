//! The integration tasks (`zoho.crm.getRecordById(…)`), found by name (Built-ins II, 10). The implemented ones are one
//! table; of others that are known the call is told that does the same with `invokeurl`.

pub mod call;
pub mod entry;
mod table;

use crate::nearest::{is_slip_of, nearest};
use entry::IntegrationTask;
pub use table::TASKS;

/// An integration task as a script names it.
#[derive(Clone, Debug)]
pub struct Integration {
    /// Its full name, such as `zoho.crm.getRecordById`, in the spelling of the script.
    pub name: String,
    /// The version in its name, as in a path: `v8`, `v2.1`.
    pub version: Option<String>,
    /// Its entry, if it is implemented.
    pub task: Option<&'static IntegrationTask>,
    /// If not: the call that does the same, such as `POST https://www.zohoapis.com/invoice/v3/{module}`, if it is known.
    pub call: Option<String>,
}

/// The task that a script calls by its full name. A version word in it (`zoho.crm.v8.…`) selects that of the path.
pub fn find(name: &str) -> Integration {
    let words: Vec<&str> = name.split('.').collect();
    let (version, plain) = match words.as_slice() {
        [zoho, service, version, task] if is_version(version) => {
            let version = version.to_ascii_lowercase().replace('_', ".");
            (Some(version), format!("{zoho}.{service}.{task}"))
        }
        _ => (None, name.to_owned()),
    };
    Integration {
        name: name.to_owned(),
        version,
        task: TASKS
            .iter()
            .find(|task| task.name.eq_ignore_ascii_case(&plain)),
        call: rest_call(&plain),
    }
}

/// Name without version, method and path of a task that is known and not implemented.
struct Known {
    /// Name without `zoho.`, in the usual spelling.
    name: &'static str,
    /// Method and path of the call, what follows the base of the service.
    call: &'static str,
}

const fn task(name: &'static str, call: &'static str) -> Known {
    Known { name, call }
}

/// Services whose tasks scripts call.
const SERVICES: &[&str] = &[
    "crm",
    "books",
    "inventory",
    "invoice",
    "billing",
    "subscriptions",
    "desk",
    "recruit",
    "creator",
    "cliq",
    "projects",
    "sign",
    "sheet",
    "workdrive",
    "people",
    "writer",
    "reports",
    "map",
    "sdp",
    "campaigns",
    "expense",
];

/// The service whose name is nearest to `word`, which is none.
pub fn nearest_service(word: &str) -> Option<&'static str> {
    nearest(word, SERVICES.iter().copied())
}

/// The implemented task whose name is nearest to that of one which is not.
pub fn nearest_task(full: &str) -> Option<&'static str> {
    let service = full.split('.').nth(1)?;
    let word = full.rsplit('.').next()?;
    let of_service = || {
        TASKS
            .iter()
            .filter(|task| task.service().eq_ignore_ascii_case(service))
            .filter_map(|task| Some((task.name.rsplit('.').next()?, task.name)))
    };
    let near = nearest(word, of_service().map(|(word, _)| word))?;
    of_service()
        .find(|(word, _)| *word == near)
        .map(|(_, name)| name)
}

/// Base of the addresses of a service in a data centre (`com`, `eu`, …), without a slash at its end.
pub fn base(service: &str, data_centre: &str) -> String {
    let service = service.trim().to_ascii_lowercase();
    let host = match service
        .trim_start_matches("zoho")
        .trim_start_matches(['-', '_', ' ', '.'])
    {
        "desk" => "desk.zoho",
        "projects" => "projectsapi.zoho",
        "recruit" => "recruit.zoho",
        _ => "www.zohoapis",
    };
    format!("https://{host}.{data_centre}")
}

/// The call that does what a task does that is not implemented.
fn rest_call(name: &str) -> Option<String> {
    let name = name.get("zoho.".len()..)?;
    let known = OTHERS
        .iter()
        .find(|known| known.name.eq_ignore_ascii_case(name))?;
    let (service, _) = known.name.split_once('.')?;
    let (method, path) = known.call.split_once(' ')?;
    Some(format!("{method} {}{path}", base(service, "com")))
}

fn is_version(word: &str) -> bool {
    word.strip_prefix(['v', 'V']).is_some_and(|digits| {
        !digits.is_empty()
            && digits
                .bytes()
                .all(|byte| byte.is_ascii_digit() || byte == b'_')
    })
}

/// True for the name of a service whose tasks scripts call, in any letter case.
pub fn is_service(word: &str) -> bool {
    SERVICES
        .iter()
        .any(|service| service.eq_ignore_ascii_case(word))
}

/// The system variable of which `word`, the first word after `zoho.`, is a slip.
pub fn slip_of_variable(word: &str) -> Option<&'static str> {
    if is_service(word) {
        return None;
    }
    super::system::names().find(|name| {
        name.split('.')
            .nth(1)
            .is_some_and(|first| is_slip_of(word, first))
    })
}

/// Tasks that are known and not implemented, those of one service together.
const OTHERS: &[Known] = &[
    task(
        "books.markStatus",
        "POST /books/v3/{module}/{id}/status/{status}",
    ),
    task("books.getTemplates", "GET /books/v3/{module}/templates"),
    task("invoice.create", "POST /invoice/v3/{module}"),
    task("billing.retrieve", "GET /billing/v1/{module}/{id}"),
    task("billing.create", "POST /billing/v1/{module}"),
    task("billing.update", "PUT /billing/v1/{module}/{id}"),
    task(
        "creator.createRecord",
        "POST /creator/v2.1/data/{owner}/{app}/form/{form}",
    ),
    task(
        "creator.updateRecord",
        "PATCH /creator/v2.1/data/{owner}/{app}/report/{report}/{id}",
    ),
    task(
        "cliq.postToChannel",
        "POST /cliq/v2/channelsbyname/{name}/message",
    ),
    task("cliq.postToUser", "POST /cliq/v2/buddies/{mail}/message"),
    task(
        "projects.create",
        "POST /restapi/portal/{portal}/projects/{project}/{module}/",
    ),
];
