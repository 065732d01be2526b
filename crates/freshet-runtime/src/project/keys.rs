//! The keys of `freshet.toml` and of the user's `config.toml`, in the order people see them.

/// What a key takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    Text,
    Zone,
    DataCentre,
    LinkName,
    Path,
    Boolean,
    /// A whole number in this range.
    Whole(i64, i64),
    Time,
    /// `use` or `manage`.
    Rights,
    /// The value of the limit with the key's last name.
    Limit,
}

/// A key that can be set.
#[derive(Debug)]
pub struct Key {
    /// Its full name, such as `project.time-zone`.
    pub name: &'static str,
    /// One line: what it is for.
    pub summary: &'static str,
    /// What holds where nobody sets it, as people read it.
    pub default: &'static str,
    /// The variable of the environment that wins over it, where there is one.
    pub variable: Option<&'static str>,
    /// True if it belongs to one project: `config.toml` does not take it.
    pub own: bool,
    pub(super) shape: Shape,
}

const fn key(
    name: &'static str,
    shape: Shape,
    default: &'static str,
    summary: &'static str,
) -> Key {
    Key {
        name,
        summary,
        default,
        variable: None,
        own: false,
        shape,
    }
}

const fn of_project(key: Key) -> Key {
    Key { own: true, ..key }
}

const fn with_variable(key: Key, variable: &'static str) -> Key {
    Key {
        variable: Some(variable),
        ..key
    }
}

const fn limit(name: &'static str, default: &'static str, summary: &'static str) -> Key {
    with_variable(key(name, Shape::Limit, default, summary), "FRESHET_LIMIT")
}

/// Every key but those of the open tables `variables` and `integrations`.
pub const KEYS: &[Key] = &[
    of_project(key(
        "project.name",
        Shape::Text,
        "the folder's name",
        "zoho.appname",
    )),
    key(
        "project.time-zone",
        Shape::Zone,
        "UTC",
        "the zone of dates, an IANA name",
    ),
    key(
        "project.data-centre",
        Shape::DataCentre,
        "com",
        "the data centre of invokeapi and the integration tasks",
    ),
    of_project(key(
        "functions.folder",
        Shape::Path,
        "functions",
        "where the custom functions are",
    )),
    key(
        "identity.login-user",
        Shape::Text,
        "Public",
        "zoho.loginuser",
    ),
    key(
        "identity.login-user-id",
        Shape::Text,
        "none",
        "zoho.loginuserid",
    ),
    key("identity.login-role", Shape::Text, "none", "zoho.loginrole"),
    key(
        "identity.admin-user",
        Shape::Text,
        "the login user",
        "zoho.adminuser",
    ),
    key(
        "identity.admin-user-id",
        Shape::Text,
        "that of the login user",
        "zoho.adminuserid",
    ),
    limit("limits.steps", "none", "executed statements and loop turns"),
    limit("limits.time", "none", "wall time of a run"),
    limit("limits.memory", "512MiB", "bytes of the values"),
    limit("limits.depth", "1000", "calls inside each other"),
    limit("limits.calls", "none", "web calls"),
    limit("limits.output", "none", "bytes that a run prints"),
    limit(
        "limits.reply",
        "50MiB",
        "bytes of a reply, after decompression",
    ),
    limit("limits.connect-time", "10s", "until a connection is made"),
    limit("limits.read-time", "40s", "between two reads of a reply"),
    limit("limits.call-time", "120s", "for a web call in all"),
    with_variable(
        key(
            "batch.in-flight",
            Shape::Whole(1, 1_000_000),
            "64",
            "jobs at a time",
        ),
        "FRESHET_IN_FLIGHT",
    ),
    with_variable(
        key(
            "batch.retries",
            Shape::Whole(0, 1000),
            "0",
            "further attempts of a job that failed in passing",
        ),
        "FRESHET_RETRIES",
    ),
    with_variable(
        key(
            "batch.timeout",
            Shape::Time,
            "5m",
            "time for one attempt of a job",
        ),
        "FRESHET_TIMEOUT",
    ),
    key(
        "mail.connection",
        Shape::LinkName,
        "smtp",
        "the connection of sendmail",
    ),
    with_variable(
        key(
            "connections",
            Shape::Rights,
            "manage",
            "what commands may do with connections: use them, or manage them too; a project can only restrict it",
        ),
        "FRESHET_CONNECTIONS",
    ),
    with_variable(
        key(
            "redirect_port",
            Shape::Whole(1, 65_535),
            "8713",
            "the port of the redirect URLs registered with services",
        ),
        "FRESHET_REDIRECT_PORT",
    ),
    with_variable(
        key(
            "network.refuse-private",
            Shape::Boolean,
            "false",
            "refuse private and loopback addresses; a project can only forbid what the user allows",
        ),
        "FRESHET_REFUSE_PRIVATE",
    ),
    with_variable(
        key(
            "network.ca-file",
            Shape::Path,
            "none",
            "certificates to trust besides those of the system (PEM)",
        ),
        "FRESHET_CA_FILE",
    ),
];

/// The table of `zoho.appvariable.NAME`.
pub const VARIABLES: &str = "variables";
/// The table of the connections of integration tasks.
pub const INTEGRATIONS: &str = "integrations";

/// The key of that full name.
pub(super) fn find(name: &str) -> Option<&'static Key> {
    KEYS.iter().find(|key| key.name == name)
}

/// The names that may stand in the table `path`, which is empty or ends in a point.
pub(super) fn names_in(path: &str) -> Vec<&'static str> {
    let mut names: Vec<&'static str> = KEYS
        .iter()
        .filter_map(|key| key.name.strip_prefix(path)?.split('.').next())
        .collect();
    if path.is_empty() {
        names.extend([VARIABLES, INTEGRATIONS]);
    }
    names.dedup();
    names
}

impl Shape {
    /// What is expected, for people.
    pub(super) fn expected(self) -> String {
        match self {
            Shape::Text => "a text".to_owned(),
            Shape::Zone => "the name of a time zone, such as \"Europe/Berlin\"".to_owned(),
            Shape::DataCentre => "a data centre, such as \"com\", \"eu\" or \"in\"".to_owned(),
            Shape::LinkName => "the link name of a connection".to_owned(),
            Shape::Path => "a path, as a text".to_owned(),
            Shape::Boolean => "true or false".to_owned(),
            Shape::Whole(least, most) => format!("a whole number from {least} to {most}"),
            Shape::Rights => "\"use\" or \"manage\"".to_owned(),
            Shape::Time => "a time longer than none, such as \"30s\" or \"5m\"".to_owned(),
            Shape::Limit => {
                "a number, a size such as \"64KiB\" or a time such as \"30s\"".to_owned()
            }
        }
    }
}
