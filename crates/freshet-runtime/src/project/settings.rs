//! What the settings files say, put together: defaults, then the user's file, then the project's.

use std::collections::BTreeMap;
use std::env;
use std::path::{Path, PathBuf};
use std::time::Duration;

use freshet_interpreter::library::builtin::Settings as ScriptSettings;
use freshet_interpreter::value::calendar::Zone;
use serde_json::Value;

use super::document::{Entry, Setting};
use super::keys::{INTEGRATIONS, KEYS, Key, VARIABLES};
use crate::engine::MAIL_ACCOUNT;
use crate::limit::{self, Limit};

/// What may be done with connections.
const CONNECTIONS: &str = "connections";

/// Whether private addresses are refused.
const REFUSE_PRIVATE: &str = "network.refuse-private";

/// Where a setting comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The user's `config.toml`, as people see it, and the line.
    User(String, u32),
    /// The project's `freshet.toml`, as people see it, and the line.
    Project(String, u32),
}

/// A setting with where it comes from.
#[derive(Clone, Debug, PartialEq)]
pub struct Given {
    /// The value.
    pub value: Setting,
    /// Where it stands.
    pub origin: Origin,
    /// The folder of the file it stands in: paths are relative to it.
    folder: PathBuf,
}

/// The settings that hold: those of the project win over those of the user, but that what the user forbids stays
/// forbidden.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    given: BTreeMap<String, Given>,
    /// Name of the project's folder, where there is a project.
    folder_name: Option<String>,
}

impl Settings {
    pub(super) fn add(
        &mut self,
        entries: Vec<Entry>,
        folder: &Path,
        origin: impl Fn(u32) -> Origin,
    ) {
        for Entry { key, value, line } in entries {
            // A project can only restrict it: who unpacks one must not get its rule.
            let is_forbidden = match key.as_str() {
                CONNECTIONS => self.use_only() == Some(true),
                REFUSE_PRIVATE => self.refuse_private() == Some(true),
                _ => false,
            };
            if is_forbidden {
                continue;
            }
            let given = Given {
                value,
                origin: origin(line),
                folder: folder.to_owned(),
            };
            self.given.insert(key, given);
        }
    }

    pub(super) fn name_after(&mut self, folder: &Path) {
        let name = folder.file_name();
        self.folder_name = name.map(|name| name.to_string_lossy().into_owned());
    }

    /// What a file says of that key.
    pub fn given(&self, key: &str) -> Option<&Given> {
        self.given.get(key)
    }

    /// Everything that files say of the open table `table` (`variables`, `integrations`), by name.
    pub fn table<'s>(&'s self, table: &str) -> impl Iterator<Item = (&'s str, &'s Given)> {
        let prefix = format!("{table}.");
        self.given
            .iter()
            .filter_map(move |(key, given)| key.strip_prefix(&prefix).map(|name| (name, given)))
    }

    fn text(&self, key: &str) -> Option<&str> {
        match &self.given.get(key)?.value {
            Setting::Text(text) => Some(text),
            _ => None,
        }
    }

    fn whole(&self, key: &str) -> Option<i64> {
        match self.given.get(key)?.value {
            Setting::Whole(number) => Some(number),
            _ => None,
        }
    }

    /// What scripts see: time zone, data centre, identity, name and variables.
    pub fn of_scripts(&self) -> ScriptSettings {
        let owned = |key: &str| self.text(key).map(str::to_owned);
        let default = ScriptSettings::default();
        ScriptSettings {
            zone: self
                .text("project.time-zone")
                .and_then(Zone::find)
                .unwrap_or(default.zone),
            login_user: owned("identity.login-user"),
            login_user_id: owned("identity.login-user-id"),
            login_role: owned("identity.login-role"),
            admin_user: owned("identity.admin-user"),
            admin_user_id: owned("identity.admin-user-id"),
            app_name: owned("project.name")
                .or_else(|| self.folder_name.clone())
                .unwrap_or(default.app_name),
            data_centre: owned("project.data-centre").unwrap_or(default.data_centre),
            variables: self
                .table(VARIABLES)
                .filter_map(|(name, given)| Some((name.to_owned(), value_of(&given.value)?)))
                .collect(),
            integrations: self
                .table(INTEGRATIONS)
                .filter_map(|(service, given)| match &given.value {
                    Setting::Text(link) => Some((service.to_owned(), link.clone())),
                    _ => None,
                })
                .collect(),
        }
    }

    /// The variable of the environment that `zoho.appvariable.NAME` reads and that is not set.
    pub fn missing_variable(&self, name: &str) -> Option<&str> {
        match &self.given.get(&format!("{VARIABLES}.{name}"))?.value {
            Setting::Environment(variable) if env::var(variable).is_err() => Some(variable),
            _ => None,
        }
    }

    /// The limits that are set, for [`limit::apply`]. Options of the command line win: apply them after these.
    pub fn limits(&self) -> Vec<Limit> {
        KEYS.iter()
            .filter_map(|Key { name, .. }| {
                let limit = name.strip_prefix("limits.")?;
                // Reading the file has checked the value.
                limit::read(limit, self.text(name)?).ok()
            })
            .collect()
    }

    /// Whether private and loopback addresses are refused; `None`: nobody says.
    pub fn refuse_private(&self) -> Option<bool> {
        match self.given.get(REFUSE_PRIVATE)?.value {
            Setting::Boolean(value) => Some(value),
            _ => None,
        }
    }

    /// Certificates to trust besides those of the system.
    pub fn ca_file(&self) -> Option<PathBuf> {
        self.path("network.ca-file")
    }

    /// `connections`: whether they may only be used; `None`: nobody says.
    pub fn use_only(&self) -> Option<bool> {
        self.text(CONNECTIONS).map(|word| word == "use")
    }

    /// `redirect_port`
    pub fn redirect_port(&self) -> Option<u16> {
        self.whole("redirect_port")
            .and_then(|port| u16::try_from(port).ok())
    }

    /// `batch.in-flight`
    pub fn in_flight(&self) -> Option<usize> {
        self.whole("batch.in-flight")
            .and_then(|number| usize::try_from(number).ok())
    }

    /// `batch.retries`
    pub fn retries(&self) -> Option<u32> {
        self.whole("batch.retries")
            .and_then(|number| u32::try_from(number).ok())
    }

    /// `batch.timeout`
    pub fn timeout(&self) -> Option<Duration> {
        limit::duration(self.text("batch.timeout")?).ok()
    }

    /// `mail.connection`: the link name of the account of `sendmail`.
    pub fn mail_connection(&self) -> &str {
        self.text("mail.connection").unwrap_or(MAIL_ACCOUNT)
    }

    pub(super) fn path(&self, key: &str) -> Option<PathBuf> {
        let path = self.text(key)?;
        Some(self.given.get(key)?.folder.join(path))
    }
}

/// A variable's value in JSON; `None` for one of an environment that does not have it.
fn value_of(setting: &Setting) -> Option<Value> {
    match setting {
        Setting::Text(text) => Some(Value::from(text.as_str())),
        Setting::Whole(number) => Some(Value::from(*number)),
        Setting::Decimal(number) => Some(Value::from(*number)),
        Setting::Boolean(value) => Some(Value::from(*value)),
        Setting::Environment(name) => env::var(name).ok().map(Value::from),
    }
}
