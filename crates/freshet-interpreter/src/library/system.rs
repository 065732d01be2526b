//! System variables: what a script reads of its surroundings by name (Built-ins II, 9).

use super::builtin::{Example, Settings, World, example};
use crate::value::{Decimal, Value};

/// A system variable.
pub struct SystemVariable {
    /// Its full name; matched without regard to letter case.
    pub name: &'static str,
    /// What it is, in the words of the language: `DATE-TIME`, `TEXT or null`.
    pub returns: &'static str,
    /// One line: what it gives.
    pub summary: &'static str,
    /// What else one should know.
    pub details: &'static str,
    /// Scripts with what they print where nothing is configured. At least one.
    pub examples: &'static [Example],
    /// Words to find it by, beside its name and summary.
    pub words: &'static [&'static str],
    /// Address of the page that documents it, or `chosen`.
    pub source: &'static str,
    /// Its value now.
    pub value: fn(&mut World<'_>) -> Value,
}

const PAGE: &str = "https://www.zoho.com/creator/newhelp/script/deluge-system-variables.html";

const CURRENT_DATE: SystemVariable = SystemVariable {
    name: "zoho.currentdate",
    returns: "DATE-TIME, a pure date",
    summary: "Today, a pure date in the configured time zone.",
    details: "The same as `today`. The zone is `time-zone` under the line `[project]` of freshet.toml, UTC without it.",
    examples: &[
        example("info zoho.currentdate == today;", "true"),
        example(
            "due = zoho.currentdate.addDay(14);\ninfo zoho.currentdate.daysBetween(due);",
            "14",
        ),
    ],
    words: &["date", "today", "day", "clock", "calendar"],
    source: PAGE,
    value: today,
};

const CURRENT_TIME: SystemVariable = SystemVariable {
    name: "zoho.currenttime",
    returns: "DATE-TIME",
    summary: "Now; each use reads the clock.",
    details: "The same as `now`, in the configured time zone.",
    examples: &[
        example("info zoho.currenttime >= zoho.currentdate;", "true"),
        example(
            "begun = zoho.currenttime;\ninfo begun <= zoho.currenttime;",
            "true",
        ),
    ],
    words: &["date", "time", "now", "clock", "timestamp"],
    source: PAGE,
    value: now,
};

/// Every system variable but [`APP_VARIABLE`], which has a name of the project's own in it.
pub const VARIABLES: &[SystemVariable] = &[
    CURRENT_DATE,
    CURRENT_TIME,
    // The functions of these names describe them.
    SystemVariable {
        name: "today",
        ..CURRENT_DATE
    },
    SystemVariable {
        name: "now",
        ..CURRENT_TIME
    },
    SystemVariable {
        name: "zoho.loginuser",
        returns: "TEXT",
        summary: "The configured user's name, \"Public\" without one.",
        details: "It is `login-user` under the line `[identity]` of freshet.toml.",
        examples: &[example("info zoho.loginuser;", "Public")],
        words: &["user", "name", "who", "person", "identity", "account"],
        source: PAGE,
        value: |world| login_user(world.settings),
    },
    SystemVariable {
        name: "zoho.loginuserid",
        returns: "TEXT or null",
        summary: "The configured user's e-mail address, or null.",
        details: "It is `login-user-id` under the line `[identity]` of freshet.toml.",
        examples: &[example(
            "info ifnull(zoho.loginuserid, \"nobody\");",
            "nobody",
        )],
        words: &["user", "email", "mail", "address", "who", "identity"],
        source: PAGE,
        value: |world| text_or_null(world.settings.login_user_id.as_deref()),
    },
    SystemVariable {
        name: "zoho.loginrole",
        returns: "TEXT or null",
        summary: "The configured user's role, or null.",
        details: "It is `login-role` under the line `[identity]` of freshet.toml.",
        examples: &[example(
            "if (zoho.loginrole == \"Manager\")\n{\n    info \"may approve\";\n}\nelse\n{\n    info \"asks a manager\";\n}",
            "asks a manager",
        )],
        words: &["user", "role", "permission", "identity"],
        source: "chosen",
        value: |world| text_or_null(world.settings.login_role.as_deref()),
    },
    SystemVariable {
        name: "zoho.adminuser",
        returns: "TEXT",
        summary: "The configured owner's name, else that of the user.",
        details: "It is `admin-user` under the line `[identity]` of freshet.toml.",
        examples: &[example("info zoho.adminuser;", "Public")],
        words: &["owner", "admin", "name", "who", "identity"],
        source: PAGE,
        value: |world| match &world.settings.admin_user {
            Some(name) => name.as_str().into(),
            None => login_user(world.settings),
        },
    },
    SystemVariable {
        name: "zoho.adminuserid",
        returns: "TEXT or null",
        summary: "The configured owner's e-mail address, else that of the user.",
        details: "It is `admin-user-id` under the line `[identity]` of freshet.toml. Scripts write it as `from` of `sendmail`: then it must be an address of the mail account.",
        examples: &[example(
            "info ifnull(zoho.adminuserid, \"nobody\");",
            "nobody",
        )],
        words: &[
            "owner", "admin", "email", "mail", "sender", "address", "identity",
        ],
        source: PAGE,
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
        returns: "TEXT",
        summary: "The name of the project, `freshet` without one.",
        details: "It is `name` under the line `[project]` of freshet.toml.",
        examples: &[example("info zoho.appname;", "freshet")],
        words: &["application", "project", "name"],
        source: PAGE,
        value: |world| world.settings.app_name.as_str().into(),
    },
    SystemVariable {
        name: "zoho.appuri",
        returns: "TEXT",
        summary: "The name of the project between slashes.",
        details: "",
        examples: &[example("info zoho.appuri;", "/freshet/")],
        words: &["application", "project", "path", "address"],
        source: PAGE,
        value: |world| format!("/{}/", world.settings.app_name).into(),
    },
    SystemVariable {
        name: "zoho.ipaddress",
        returns: "TEXT",
        summary: "127.0.0.1: nobody calls from elsewhere.",
        details: "",
        examples: &[example("info zoho.ipaddress;", "127.0.0.1")],
        words: &["network", "caller", "client", "host"],
        source: PAGE,
        value: |_| "127.0.0.1".into(),
    },
    SystemVariable {
        name: "zoho.device.type",
        returns: "TEXT",
        summary: "`web`: there are no other devices here.",
        details: "",
        examples: &[example("info zoho.device.type;", "web")],
        words: &["mobile", "phone", "tablet", "browser"],
        source: PAGE,
        value: |_| "web".into(),
    },
];

/// `zoho.appvariable.NAME` as it is described; a script writes a name of its project, and gets [`app_variable`].
pub const APP_VARIABLE: SystemVariable = SystemVariable {
    name: "zoho.appvariable.NAME",
    returns: "TEXT, NUMBER, DECIMAL, BOOLEAN or null",
    summary: "The value NAME of the configured variables, or null.",
    details: "The values stand under the line `[variables]` of freshet.toml: `region = \"north\"` is `zoho.appvariable.region`. Letter case counts in NAME. `region = { env = \"REGION\" }` reads a variable of the environment. Keys and passwords are better kept in a connection.",
    examples: &[example(
        "info ifnull(zoho.appvariable.region, \"not set\");",
        "not set",
    )],
    words: &["setting", "configuration", "constant", "variable", "key"],
    source: "chosen",
    value: |_| Value::Null,
};

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
