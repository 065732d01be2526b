//! Exit codes, and the failures that lead to them.

use std::io;

use freshet_connections::ConnectionError;
use freshet_interpreter::error::{Ending, RuntimeError};
use freshet_runtime::arguments::ArgumentError;
use freshet_runtime::project::{FILE, Fault, ProjectError};

/// All went well.
pub const OK: u8 = 0;
/// A script ended in an error.
pub const SCRIPT: u8 = 1;
/// The command was not understood.
pub const USAGE: u8 = 2;
/// Some jobs of a batch failed.
pub const SOME_FAILED: u8 = 3;
/// A connection needs a person.
pub const AUTHORISATION: u8 = 4;
/// A source does not compile.
pub const SOURCE: u8 = 65;
/// A fault of Freshet itself.
pub const INTERNAL: u8 = 70;
/// A file or the registry cannot be read or written.
pub const IO: u8 = 74;
/// A limit or time that was set was reached.
pub const LIMIT: u8 = 75;
/// A definition or a setting is wrong.
pub const SETTINGS: u8 = 78;
/// Interrupted by Ctrl-C.
pub const INTERRUPTED: u8 = 130;

/// Every exit code with its meaning, as `freshet help exit-codes` shows it.
pub const TABLE: &[(u8, &str)] = &[
    (OK, "all went well"),
    (
        SCRIPT,
        "the script ended in an error, or doctor found something wrong",
    ),
    (
        USAGE,
        "the command was not understood: wrong command, option, argument or name",
    ),
    (SOME_FAILED, "some jobs of a batch failed"),
    (
        AUTHORISATION,
        "a connection needs a person: to authorise it, or to answer a question",
    ),
    (SOURCE, "the source does not compile; nothing was run"),
    (
        69,
        "the network, or the service of a connection, did not do its part",
    ),
    (INTERNAL, "a fault of Freshet itself: please report it"),
    (
        IO,
        "a file, the registry or its key cannot be read or written",
    ),
    (LIMIT, "a limit or a time that was set was reached"),
    (
        SETTINGS,
        "a definition or a setting is wrong: of a service, of where a connection may be used, of a project",
    ),
    (INTERRUPTED, "interrupted by Ctrl-C"),
    (143, "ended by a TERM signal"),
];

/// Why a command could not do what it was asked for.
#[derive(Clone, Debug)]
pub struct Failure {
    /// The stable name of the error, where it has one.
    pub code: Option<&'static str>,
    /// What was found, and what was expected.
    pub message: String,
    /// The next step.
    pub help: Option<String>,
    /// The exit code.
    pub exit: u8,
    /// What is wrong with settings files, each for itself; and what is only odd about them, which people are told apart.
    pub faults: Vec<Fault>,
}

/// How a command ends.
pub type Outcome = Result<u8, Failure>;

impl Failure {
    /// The command was used wrongly.
    pub fn usage(message: impl Into<String>) -> Self {
        Self {
            code: None,
            message: message.into(),
            help: None,
            exit: USAGE,
            faults: Vec::new(),
        }
    }

    /// A file cannot be read or written.
    pub fn io(what: impl AsRef<str>, cause: &io::Error) -> Self {
        Self {
            exit: IO,
            ..Self::usage(format!("{}: {}", what.as_ref(), cause_of(cause)))
        }
    }

    /// A fault of Freshet itself.
    pub fn internal(what: impl AsRef<str>) -> Self {
        Self {
            code: Some("R0199"),
            help: Some(format!(
                "this is a fault of freshet {}: please report it",
                env!("CARGO_PKG_VERSION")
            )),
            exit: INTERNAL,
            ..Self::usage(format!("internal error: {}", what.as_ref()))
        }
    }

    /// Adds the next step.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

impl From<ConnectionError> for Failure {
    fn from(error: ConnectionError) -> Self {
        Self {
            code: Some(error.code()),
            help: error.help().map(str::to_owned),
            exit: error.exit(),
            ..Self::usage(error.message())
        }
    }
}

impl From<ArgumentError> for Failure {
    fn from(error: ArgumentError) -> Self {
        Self {
            help: error.help,
            ..Self::usage(error.message)
        }
    }
}

/// Everything that does not fit, one argument a line.
impl From<Vec<ArgumentError>> for Failure {
    fn from(mut errors: Vec<ArgumentError>) -> Self {
        if errors.len() == 1
            && let Some(only) = errors.pop()
        {
            return only.into();
        }
        let mut text = format!("{} arguments do not fit:", errors.len());
        let mut last_help = None;
        for ArgumentError { message, help, .. } in &errors {
            text.push_str(&format!("\n  {message}"));
            // The same advice once is enough.
            if let Some(told) = help
                && last_help != Some(told)
            {
                text.push_str(&format!("; {told}"));
                last_help = Some(told);
            }
        }
        Failure::usage(text)
    }
}

impl From<ProjectError> for Failure {
    fn from(error: ProjectError) -> Self {
        match error {
            ProjectError::NoProject(folder) => {
                let shown = folder.display();
                Failure::usage(format!("there is no {FILE} in {shown}"))
                    .help(format!("`freshet init {shown}` makes one"))
            }
            ProjectError::Unreadable(path, cause) => {
                Failure::io(format!("cannot read {}", path.display()), &cause)
            }
            ProjectError::Wrong(faults) => wrong_settings(faults),
        }
    }
}

/// Everything that is wrong with settings files, one fault a line.
fn wrong_settings(faults: Vec<Fault>) -> Failure {
    let wrong = faults.iter().filter(|fault| fault.is_error());
    let lines: Vec<String> = wrong.clone().map(Fault::to_string).collect();
    let code = wrong.clone().next().map(|fault| fault.code);
    Failure {
        code,
        help: code.map(|code| format!("`freshet explain {code}` tells more")),
        exit: SETTINGS,
        faults,
        ..Failure::usage(lines.join("\n"))
    }
}

/// The cause of an I/O error without the number of the system.
pub fn cause_of(error: &io::Error) -> String {
    let text = error.to_string();
    match text.find(" (os error") {
        Some(end) => text[..end].to_lowercase(),
        None => text,
    }
}

/// The exit code of a run that ended in `error`; `signal` is what interrupted it, if something did.
pub fn of_error(error: &RuntimeError, signal: Option<u8>) -> u8 {
    match error.ending {
        Ending::Failed | Ending::Stopped => SCRIPT,
        Ending::Connection(exit) => exit,
        Ending::Limited => LIMIT,
        Ending::Cancelled => signal.map_or(INTERRUPTED, |signal| 128 + signal),
        Ending::Internal => INTERNAL,
    }
}
