//! Runs scripts inside of the test, in a world that only prints and draws; properties of them.

use freshet_interpreter::eval::{Session, Start};
use freshet_interpreter::host::{Host, HostError, Mail, UrlCall, UrlReply};
use freshet_interpreter::library::builtin::Settings;
use freshet_interpreter::limits::Limits;
use freshet_interpreter::resolve::{self, Mode, Source};
use freshet_interpreter::value::Value;
use freshet_syntax::parser;
use freshet_syntax::source::{FileId, SourceFile};
use proptest::strategy::Strategy;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseResult, TestRng, TestRunner};

/// A world that only prints and draws.
struct Paper {
    lines: Vec<String>,
    drawn: u64,
    /// Lines after which the run is interrupted.
    most_lines: usize,
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
        self.lines.len() >= self.most_lines
    }
}

/// What a script prints that is given these arguments; behind it code and message, if it ends with an error.
pub fn output_with(script: &str, arguments: Vec<(&str, Value)>) -> String {
    output_in(script, arguments, Settings::default())
}

/// The same with these settings.
pub fn output_in(script: &str, arguments: Vec<(&str, Value)>, settings: Settings) -> String {
    ended(script, arguments, settings, Limits::default(), usize::MAX)
}

/// The same with these limits, interrupted when so many lines are printed.
pub fn ended(
    script: &str,
    arguments: Vec<(&str, Value)>,
    settings: Settings,
    limits: Limits,
    most_lines: usize,
) -> String {
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
    let mut paper = Paper {
        lines: Vec::new(),
        drawn: 0,
        most_lines,
    };
    let arguments = names
        .iter()
        .cloned()
        .zip(arguments.into_iter().map(|(_, value)| value));
    let mut session = Session::new(limits, settings);
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

/// True when the long forms of tests are wanted.
pub fn is_long() -> bool {
    std::env::var_os("FRESHET_LONG_TESTS").is_some()
}

/// Shows that `property` holds for `cases` values: the same each time, or in the long form fifty times as many, others each
/// time.
pub fn holds<S: Strategy>(cases: u32, strategy: S, property: impl Fn(S::Value) -> TestCaseResult) {
    let config = Config {
        cases: if is_long() { cases * 50 } else { cases },
        failure_persistence: None,
        ..Config::default()
    };
    let mut runner = if is_long() {
        TestRunner::new(config)
    } else {
        TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha))
    };
    if let Err(error) = runner.run(&strategy, property) {
        panic!("{error}");
    }
}
