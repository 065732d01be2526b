//! What there is to say about settings and about the files of a project, one constructor for each code.

use std::fmt;
use std::io;

use freshet_syntax::diagnostic::Diagnostic;
use freshet_syntax::source::{FileId, SourceFile, Span};

/// Something wrong in a settings file, at its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The stable code.
    pub code: &'static str,
    /// The file as people see it.
    pub file: String,
    /// The line, counted from 1.
    pub line: u32,
    /// The column in characters, counted from 1.
    pub column: u32,
    /// What was found, and what was expected.
    pub message: String,
    /// The next step.
    pub help: Option<String>,
}

impl Fault {
    /// True for what stops a run; a warning does not.
    pub fn is_error(&self) -> bool {
        self.code.starts_with('E')
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Fault {
            code,
            file,
            line,
            column,
            message,
            help,
        } = self;
        write!(f, "{file}:{line}:{column}: {message} ({code})")?;
        help.as_ref().map_or(Ok(()), |help| write!(f, "; {help}"))
    }
}

/// Where in a settings file: the byte `at`.
#[derive(Clone, Copy)]
pub(super) struct Place<'f> {
    pub file: &'f SourceFile,
    pub at: usize,
}

impl Place<'_> {
    /// The line, counted from 1.
    pub fn line(self) -> u32 {
        self.file.line_column(self.at as u32).0
    }

    fn fault(self, code: &'static str, message: String, help: Option<String>) -> Fault {
        let (line, column) = self.file.line_column(self.at as u32);
        Fault {
            code,
            file: self.file.name().to_owned(),
            line,
            column,
            message,
            help,
        }
    }
}

/// E0301: the text is no TOML.
pub(super) fn not_toml(place: Place<'_>, cause: &str) -> Fault {
    let cause = cause.trim().replace('\n', ", ");
    place.fault("E0301", format!("this is no TOML: {cause}"), None)
}

/// E0302: a value that its key does not take.
pub(super) fn wrong_value(place: Place<'_>, key: &str, found: &str, expected: &str) -> Fault {
    place.fault(
        "E0302",
        format!("`{key}`: found {found}, expected {expected}"),
        None,
    )
}

/// W0301: a key that nothing reads.
pub(super) fn unknown_key(place: Place<'_>, key: &str, help: Option<String>) -> Fault {
    place.fault("W0301", format!("there is no setting `{key}`"), help)
}

/// E0303: a variable of the project that reads the environment, which does not have it.
pub(super) fn environment_missing(name: &str, variable: &str, span: Span) -> Diagnostic {
    Diagnostic::error(
        "E0303",
        span,
        format!(
            "`zoho.appvariable.{name}` reads `{variable}` of the environment, which is not set"
        ),
    )
    .help(format!(
        "set it in the environment that Freshet starts in: `{variable}=VALUE freshet …`"
    ))
}

/// E0304: a file of functions that cannot be read.
pub(super) fn unreadable(name: &str, cause: &io::Error, file: FileId) -> Diagnostic {
    let cause = cause.to_string();
    let cause = cause.split(" (os error").next().unwrap_or(&cause);
    Diagnostic::error(
        "E0304",
        Span::new(file, 0, 0),
        format!("{name} cannot be read: {}", cause.to_lowercase()),
    )
    .help("a function that is called may be declared there: let it be read, or move it out of the folder")
}
