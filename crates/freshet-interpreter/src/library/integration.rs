//! The integration tasks (`zoho.crm.getRecordById(…)`) that are known by name (Built-ins II, 10). None is implemented:
//! the table says which call to make with `invokeurl` instead.

use crate::nearest::{is_slip_of, nearest};

/// An integration task as a script names it.
#[derive(Clone, Debug)]
pub struct Integration {
    /// Its full name, such as `zoho.crm.getRecordById`, in the spelling of the script.
    pub name: String,
    /// The call that does the same, such as `GET https://www.zohoapis.com/crm/v2/{module}/{id}`, if it is known.
    pub call: Option<String>,
}

/// The task that a script calls by its full name.
pub fn find(name: &str) -> Integration {
    Integration {
        name: name.to_owned(),
        call: rest_call(name),
    }
}

/// A known task.
struct Known {
    /// Name without `zoho.` and without a version, in the usual spelling.
    name: &'static str,
    /// Method and path of the call, what follows the base of the service.
    call: &'static str,
}

const fn task(name: &'static str, call: &'static str) -> Known {
    Known { name, call }
}

/// Services whose tasks scripts call.
pub const SERVICES: &[&str] = &[
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

/// The call that does what a task does. A version word in the name (`zoho.crm.v8.…`) selects that of the path.
fn rest_call(name: &str) -> Option<String> {
    let words: Vec<&str> = name.split('.').collect();
    let (service, version, task) = match words.as_slice() {
        [_zoho, service, task] => (service, None, task),
        [_zoho, service, version, task] if is_version(version) => (service, Some(version), task),
        _ => return None,
    };
    let wanted = format!("{service}.{task}");
    let known = INTEGRATIONS
        .iter()
        .find(|known| known.name.eq_ignore_ascii_case(&wanted))?;
    let (method, path) = known.call.split_once(' ')?;
    let path = match version {
        Some(version) => path.replacen("/v2/", &format!("/{}/", version.to_ascii_lowercase()), 1),
        None => path.to_owned(),
    };
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

/// The system variable of which `word`, the first word after `zoho.`, is a slip.
pub fn slip_of_variable(word: &str) -> Option<&'static str> {
    if SERVICES
        .iter()
        .any(|service| service.eq_ignore_ascii_case(word))
    {
        return None;
    }
    super::system::names().find(|name| {
        name.split('.')
            .nth(1)
            .is_some_and(|first| is_slip_of(word, first))
    })
}

/// The tasks, those of one service together.
const INTEGRATIONS: &[Known] = &[
    task("crm.getRecordById", "GET /crm/v2/{module}/{id}"),
    task(
        "crm.updateRecord",
        "PUT /crm/v2/{module}/{id} with body {\"data\":[map]}",
    ),
    task("crm.getRelatedRecords", "GET /crm/v2/{module}/{id}/{list}"),
    task("crm.searchRecords", "GET /crm/v2/{module}/search?criteria="),
    task(
        "crm.createRecord",
        "POST /crm/v2/{module} with body {\"data\":[map]}",
    ),
    task("crm.getRecords", "GET /crm/v2/{module}?page=&per_page="),
    task(
        "crm.updateRelatedRecord",
        "PUT /crm/v2/{module}/{id}/{list}/{relId}",
    ),
    task("crm.convertLead", "POST /crm/v2/Leads/{id}/actions/convert"),
    task(
        "crm.attachFile",
        "POST /crm/v2/{module}/{id}/Attachments with files",
    ),
    task("crm.upsert", "POST /crm/v2/{module}/upsert"),
    task(
        "crm.bulkCreate",
        "POST /crm/v2/{module} with at most 100 records",
    ),
    task("crm.bulkUpdate", "PUT /crm/v2/{module}"),
    task("crm.deleteRecord", "DELETE /crm/v2/{module}/{id}"),
    task(
        "crm.getOrgVariable",
        "GET /crm/v2/settings/variables/{name}",
    ),
    task("crm.setOrgVariable", "PUT /crm/v2/settings/variables/{id}"),
    task(
        "books.getRecords",
        "GET /books/v3/{module}?organization_id=",
    ),
    task("books.getRecordsByID", "GET /books/v3/{module}/{id}"),
    task("books.createRecord", "POST /books/v3/{module}"),
    task("books.updateRecord", "PUT /books/v3/{module}/{id}"),
    task(
        "books.markStatus",
        "POST /books/v3/{module}/{id}/status/{status}",
    ),
    task("books.getTemplates", "GET /books/v3/{module}/templates"),
    task("inventory.getRecords", "GET /inventory/v1/{module}"),
    task(
        "inventory.getRecordsByID",
        "GET /inventory/v1/{module}/{id}",
    ),
    task("inventory.createRecord", "POST /inventory/v1/{module}"),
    task("inventory.updateRecord", "PUT /inventory/v1/{module}/{id}"),
    task("invoice.create", "POST /invoice/v3/{module}"),
    task("billing.retrieve", "GET /billing/v1/{module}/{id}"),
    task("billing.create", "POST /billing/v1/{module}"),
    task("billing.update", "PUT /billing/v1/{module}/{id}"),
    task(
        "desk.searchRecords",
        "GET /api/v1/{module}/search with header orgId",
    ),
    task("desk.create", "POST /api/v1/{module} with header orgId"),
    task(
        "desk.update",
        "PATCH /api/v1/{module}/{id} with header orgId",
    ),
    task(
        "desk.getRecordById",
        "GET /api/v1/{module}/{id} with header orgId",
    ),
    task("desk.getRecords", "GET /api/v1/{module} with header orgId"),
    task(
        "desk.getRelatedRecords",
        "GET /api/v1/{module}/{id}/{relation} with header orgId",
    ),
    task("recruit.getRecordById", "GET /recruit/v2/{module}/{id}"),
    task("recruit.getRecords", "GET /recruit/v2/{module}"),
    task(
        "recruit.searchRecords",
        "GET /recruit/v2/{module}/search?criteria=",
    ),
    task("recruit.updateRecord", "PUT /recruit/v2/{module}/{id}"),
    task(
        "creator.getRecords",
        "GET /creator/v2.1/data/{owner}/{app}/report/{report}",
    ),
    task(
        "creator.getRecordById",
        "GET /creator/v2.1/data/{owner}/{app}/report/{report}/{id}",
    ),
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
