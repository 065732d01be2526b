//! Managing services: C0060 to C0070.

use super::{Code, ConnectionError, listed, shown};
use crate::service::{Fault, Service};

impl ConnectionError {
    /// All faults of a definition at once, one a line; the code is that of the first.
    pub(crate) fn definition(faults: &[Fault]) -> Self {
        let kind = faults.first().map_or(Code::Toml, |fault| fault.kind);
        let lines: Vec<String> = faults.iter().map(Fault::to_string).collect();
        Self::new(
            kind,
            lines.join("\n"),
            "mend the definition and try again; nothing was stored",
        )
    }

    pub(crate) fn service_link_name(found: &str, proposal: &str) -> Self {
        Self::new(
            Code::LinkName,
            format!(
                "found `{}`, expected up to 50 small letters, digits, `_`, first a letter",
                shown(found)
            ),
            format!("try `{proposal}`"),
        )
    }

    pub(crate) fn service_too_large(file: &str, limit: usize) -> Self {
        Self::new(
            Code::Toml,
            format!(
                "{}: found more than {limit} bytes, expected a service",
                shown(file)
            ),
            "give a file that holds one definition and nothing else",
        )
    }

    /// `taken` is the service that is there, by its link name; `service` the one that has that link name or its name.
    pub(crate) fn service_name_taken(taken: &str, is_default: bool, service: &Service) -> Self {
        let kind = if is_default { "default" } else { "custom" };
        let is = format!("`{}` is a {kind} service", shown(taken));
        let (message, help) = if taken.eq_ignore_ascii_case(&service.link_name) {
            (is, "choose another name")
        } else {
            let name = shown(&service.name);
            let message = format!("the name \"{name}\" is taken: {is}");
            (message, "choose another `name`, or `--name`")
        };
        Self::new(Code::ServiceNameTaken, message, help)
    }

    /// What a person changes is a service of their own.
    pub fn default_service(link: &str) -> Self {
        Self::new(
            Code::DefaultService,
            format!("`{link}` is a default service and cannot change"),
            format!("make one of your own from it: `freshet service add NEW --from {link}`"),
        )
    }

    pub(crate) fn service_in_use(link: &str, by: &[String]) -> Self {
        let plural = if by.len() == 1 {
            "connection"
        } else {
            "connections"
        };
        Self::new(
            Code::ServiceInUse,
            format!("`{link}` is used by {} {plural}: {}", by.len(), listed(by)),
            "remove those first: `freshet connection remove`",
        )
    }
}
