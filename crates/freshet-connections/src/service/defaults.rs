//! The default services: the files of `services/`, embedded in the program.

use super::document::{Origin, read};
use super::{Fault, Service};

/// Link name and document of every default service, by link name. A test compares this list with
/// the folder.
const DEFAULT_SERVICES: &[(&str, &str)] = &[];

/// The default service of that link name.
pub(crate) fn default_service(link_name: &str) -> Option<Result<Service, Vec<Fault>>> {
    let at = DEFAULT_SERVICES
        .binary_search_by(|(name, _)| (*name).cmp(link_name))
        .ok()?;
    DEFAULT_SERVICES
        .get(at)
        .map(|(name, text)| read(&format!("{name}.toml"), text, name, Origin::Default))
}

/// Every default service, by link name.
pub(crate) fn default_services() -> impl Iterator<Item = Result<Service, Vec<Fault>>> {
    DEFAULT_SERVICES
        .iter()
        .map(|(name, text)| read(&format!("{name}.toml"), text, name, Origin::Default))
}
