//! Runs scripts inside of the test, in a world that answers without a network.

use std::sync::Arc;

use freshet_interpreter::error::{Ending, RuntimeError};
use freshet_interpreter::eval::{Session, Start};
use freshet_interpreter::host::{Host, HostError, Mail, UrlCall, UrlReply};
use freshet_interpreter::library::builtin::Settings;
use freshet_interpreter::limits::Limits;
use freshet_interpreter::resolve::{self, Mode};
use freshet_interpreter::value::heap;
use freshet_syntax::diagnostic::Diagnostic;
use freshet_syntax::parser::parse;
use freshet_syntax::source::{FileId, SourceFile};

/// Stack of the threads that run scripts, in bytes: what the engine gives them.
pub const STACK: usize = 64 << 20;

/// A world with a clock that stands still and web calls that are answered with what was sent.
#[derive(Default)]
struct Scripted {
    lines: Vec<String>,
    bytes: usize,
    random: u64,
}

impl Host for Scripted {
    fn print(&mut self, line: &str) -> Result<(), HostError> {
        self.bytes += line.len();
        if self.bytes > 1 << 20 {
            let message = "enough".to_owned();
            return Err(HostError {
                code: "R0105",
                message,
                help: None,
                ending: Ending::Limited,
            });
        }
        self.lines.push(line.to_owned());
        Ok(())
    }

    fn notice(&mut self, _line: &str) {}

    fn now(&mut self) -> i64 {
        1_790_000_000_000
    }

    fn random(&mut self) -> u64 {
        self.random = self
            .random
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        self.random
    }

    fn send(&mut self, call: UrlCall) -> Result<UrlReply, HostError> {
        let address = call.request.uri().to_string();
        Ok(UrlReply {
            response: Some(http::Response::new(call.request.into_body())),
            address,
        })
    }

    fn send_mail(&mut self, _mail: Mail) -> Result<(), HostError> {
        let message = "there is no account".to_owned();
        Err(HostError {
            code: "R0061",
            message,
            help: None,
            ending: Ending::Failed,
        })
    }

    fn cancelled(&self) -> bool {
        false
    }
}

/// What a script did.
pub struct Ran {
    pub lines: Vec<String>,
    pub error: Option<Box<RuntimeError>>,
    /// Bytes of values that are still there after the session.
    pub left: usize,
}

/// Runs a script. `None` if it is no program: then there is an error among its diagnostics.
pub fn run(script: &str) -> Result<Ran, Arc<[Diagnostic]>> {
    let file = SourceFile::new("test.dg", script);
    let parsed = parse(&file, FileId::default());
    let source = resolve::Source {
        file: &file,
        ast: &parsed.ast,
    };
    let checked = resolve::resolve(source, &[], Mode::Check { project: false });
    let resolved = resolve::resolve(
        source,
        &[],
        Mode::Run {
            arguments: &[],
            function: None,
        },
    );
    let mut diagnostics = parsed.diagnostics;
    diagnostics.extend(resolved.diagnostics);
    if diagnostics.iter().any(Diagnostic::is_error) {
        return Err(diagnostics.into());
    }
    // Whatever runs is right for the checker, too.
    assert!(
        !checked.diagnostics.iter().any(Diagnostic::is_error),
        "{script}"
    );
    let limits = Limits {
        steps: Some(20_000),
        memory: 64 << 20,
        depth: 60,
        stack: STACK - (8 << 20),
        ..Limits::default()
    };
    let mut host = Scripted::default();
    let mut session = Session::new(limits, Settings::default());
    let outcome = session.run(&resolved.program, Start::Body, Vec::new(), &mut host);
    let error = outcome.err();
    drop(session);
    Ok(Ran {
        lines: host.lines,
        error,
        left: heap::used(),
    })
}
