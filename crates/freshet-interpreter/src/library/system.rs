//! System variables: what a script reads of its surroundings by name (Built-ins II, 9).

use super::builtin::{Settings, World};
use crate::value::{Decimal, Value};

/// A system variable.
pub struct SystemVariable {
    /// Its full name; matched without regard to letter case.
    pub name: &'static str,
    /// One line: what it gives.
    pub summary: &'static str,
    /// Its value now.
    pub value: fn(&mut World<'_>) -> Value,
}

/// Every system variable but `zoho.appvariable.NAME`, which is open-ended: see [`app_variable`].
pub const VARIABLES: &[SystemVariable] = &[
    SystemVariable {
        name: "zoho.currentdate",
        summary: "Today, a pure date in the configured time zone.",
        value: today,
    },
    SystemVariable {
        name: "zoho.currenttime",
        summary: "Now; each use reads the clock.",
        value: now,
    },
    SystemVariable {
        name: "today",
        summary: "Today, a pure date in the configured time zone.",
        value: today,
    },
    SystemVariable {
        name: "now",
        summary: "Now; each use reads the clock.",
        value: now,
    },
    SystemVariable {
        name: "zoho.loginuser",
        summary: "The configured user's name, \"Public\" without one.",
        value: |world| login_user(world.settings),
    },
    SystemVariable {
        name: "zoho.loginuserid",
        summary: "The configured user's e-mail address, or null.",
        value: |world| text_or_null(world.settings.login_user_id.as_deref()),
    },
    SystemVariable {
        name: "zoho.loginrole",
        summary: "The configured user's role, or null.",
        value: |world| text_or_null(world.settings.login_role.as_deref()),
    },
    SystemVariable {
        name: "zoho.adminuser",
        summary: "The configured owner's name, else that of the user.",
        value: |world| match &world.settings.admin_user {
            Some(name) => name.as_str().into(),
            None => login_user(world.settings),
        },
    },
    SystemVariable {
        name: "zoho.adminuserid",
        summary: "The configured owner's e-mail address, else that of the user.",
        value: |world| {
            let settings = world.settings;
            text_or_null(
                settings
                    .admin_user_id
                    .as_deref()
                    .or(settings.login_user_id.as_deref()),
            )
        },
    },
    SystemVariable {
        name: "zoho.appname",
        summary: "The name of the project, `freshet` without one.",
        value: |world| world.settings.app_name.as_str().into(),
    },
    SystemVariable {
        name: "zoho.appuri",
        summary: "The name of the project between slashes.",
        value: |world| format!("/{}/", world.settings.app_name).into(),
    },
    SystemVariable {
        name: "zoho.ipaddress",
        summary: "127.0.0.1: nobody calls from elsewhere.",
        value: |_| "127.0.0.1".into(),
    },
    SystemVariable {
        name: "zoho.device.type",
        summary: "`web`.",
        value: |_| "web".into(),
    },
];

/// The variable of that full name (`zoho.currentdate`, `now`); letter case does not count.
pub fn find(name: &str) -> Option<&'static SystemVariable> {
    VARIABLES
        .iter()
        .find(|variable| variable.name.eq_ignore_ascii_case(name))
}

/// The full names that begin with `zoho.`, for suggestions and completion.
pub fn names() -> impl Iterator<Item = &'static str> {
    VARIABLES
        .iter()
        .map(|variable| variable.name)
        .filter(|name| name.starts_with("zoho."))
}

/// `zoho.appvariable.NAME`: a configured value, null where none is; letter case counts.
pub fn app_variable(settings: &Settings, name: &str) -> Value {
    let found = settings.variables.iter().find(|(known, _)| known == name);
    match found.map(|(_, value)| value) {
        Some(serde_json::Value::String(text)) => text.as_str().into(),
        Some(serde_json::Value::Bool(value)) => (*value).into(),
        Some(serde_json::Value::Number(number)) => match number.as_i64() {
            Some(whole) => whole.into(),
            None => number
                .as_f64()
                .and_then(Decimal::from_f64)
                .map(Value::decimal)
                .unwrap_or_default(),
        },
        _ => Value::Null,
    }
}

fn now(world: &mut World<'_>) -> Value {
    Value::Date {
        pure: false,
        millis: world.host.now(),
    }
}

fn today(world: &mut World<'_>) -> Value {
    let now = world.host.now();
    Value::Date {
        pure: true,
        millis: world.settings.zone.start_of_day(now),
    }
}

/// What a visitor who is not signed in is called.
fn login_user(settings: &Settings) -> Value {
    settings.login_user.as_deref().unwrap_or("Public").into()
}

fn text_or_null(text: Option<&str>) -> Value {
    text.map(Value::from).unwrap_or_default()
}
