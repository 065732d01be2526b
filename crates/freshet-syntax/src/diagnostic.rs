//! What the author of a script is told, as data. Rendering is the business of the command line.

use crate::source::Span;

/// How much a diagnostic weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Severity {
    /// Shown; stops nothing.
    Warning,
    /// The program cannot run, or has stopped.
    Error,
}

/// A second place that belongs to a diagnostic, with a few words about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// Where.
    pub span: Span,
    /// What is to be seen there.
    pub text: String,
}

/// One thing to tell the author of a script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Stable name: `E0104`, `W0201`, `R0003`, `C0001`.
    pub code: &'static str,
    /// Error or warning.
    pub severity: Severity,
    /// One sentence: what was found, and what was expected. No full stop.
    pub message: String,
    /// The place at fault (language reference, 9).
    pub span: Span,
    /// A few words shown at the place, where the message alone does not say what is meant there.
    pub label: Option<String>,
    /// Other places that belong to it, such as the first of two declarations.
    pub others: Vec<Label>,
    /// The likely repair, as a sentence or a piece of script.
    pub help: Option<String>,
}

impl Diagnostic {
    /// An error with nothing but its message.
    pub fn error(code: &'static str, span: Span, message: impl Into<String>) -> Self {
        Self::new(code, Severity::Error, span, message)
    }

    /// A warning with nothing but its message.
    pub fn warning(code: &'static str, span: Span, message: impl Into<String>) -> Self {
        Self::new(code, Severity::Warning, span, message)
    }

    fn new(code: &'static str, severity: Severity, span: Span, message: impl Into<String>) -> Self {
        Self {
            code,
            severity,
            message: message.into(),
            span,
            label: None,
            others: Vec::new(),
            help: None,
        }
    }

    /// Adds the likely repair.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Adds words at the place itself.
    #[must_use]
    pub fn label(mut self, text: impl Into<String>) -> Self {
        self.label = Some(text.into());
        self
    }

    /// Adds a second place.
    #[must_use]
    pub fn other(mut self, span: Span, text: impl Into<String>) -> Self {
        self.others.push(Label {
            span,
            text: text.into(),
        });
        self
    }

    /// True for errors.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}
