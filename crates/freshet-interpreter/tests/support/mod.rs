//! Runs scripts inside of the test, in a world that only prints and draws.

use freshet_interpreter::eval::{Session, Start};
use freshet_interpreter::host::{Host, HostError, Mail, UrlCall, UrlReply};
use freshet_interpreter::library::builtin::Settings;
use freshet_interpreter::limits::Limits;
use freshet_interpreter::resolve::{self, Mode, Source};
use freshet_interpreter::value::Value;
use freshet_syntax::parser;
use freshet_syntax::source::{FileId, SourceFile};

/// A world that only prints and draws.
#[derive(Default)]
struct Paper {
    lines: Vec<String>,
    drawn: u64,
}

impl Host for Paper {
    fn print(&mut self, line: &str) -> Result<(), HostError> {
        self.lines.push(line.to_owned());
        Ok(())
    }

    fn notice(&mut self, _line: &str) {}

    fn now(&mut self) -> i64 {
        0
    }

    fn random(&mut self) -> u64 {
        self.drawn += 1;
        self.drawn
    }

    fn send(&mut self, _call: UrlCall) -> Result<UrlReply, HostError> {
        panic!("nothing is sent here")
    }

    fn send_mail(&mut self, _mail: Mail) -> Result<(), HostError> {
        panic!("nothing is sent here")
    }

    fn cancelled(&self) -> bool {
        false
    }
}

/// What a script prints that is given these arguments; behind it code and message, if it ends with an error.
pub fn output_with(script: &str, arguments: Vec<(&str, Value)>) -> String {
    output_in(script, arguments, Settings::default())
}

/// The same with these settings.
pub fn output_in(script: &str, arguments: Vec<(&str, Value)>, settings: Settings) -> String {
    let file = SourceFile::new("script.dg", script);
    let parsed = parser::parse(&file, FileId(0));
    let source = Source {
        file: &file,
        ast: &parsed.ast,
    };
    let names: Vec<String> = arguments
        .iter()
        .map(|(name, _)| (*name).to_owned())
        .collect();
    let mode = Mode::Run {
        arguments: &names,
        function: None,
    };
    let resolved = resolve::resolve(source, &[], mode);
    let mut faults = parsed.diagnostics.iter().chain(&resolved.diagnostics);
    if let Some(fault) = faults.find(|fault| fault.is_error()) {
        return format!("{} {} {:?}", fault.code, fault.message, fault.help);
    }
    let mut paper = Paper::default();
    let arguments = names
        .iter()
        .cloned()
        .zip(arguments.into_iter().map(|(_, value)| value));
    let mut session = Session::new(Limits::default(), settings);
    let outcome = session.run(
        &resolved.program,
        Start::Body,
        arguments.collect(),
        &mut paper,
    );
    if let Err(error) = outcome {
        paper
            .lines
            .push(format!("{} {}", error.code, error.message));
    }
    paper.lines.join("\n")
}
