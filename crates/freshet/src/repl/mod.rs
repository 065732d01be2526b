//! The REPL: one session that stays, and one entry after another resolved against what it knows.
//!
//! A reader's order: `input.rs` reads entries (with `assist.rs` for a person who types: `before.rs` tells what stands at
//! the cursor, `complete.rs` what may be meant there, `paint.rs` colours; `history.rs` keeps them), `entry.rs` runs them,
//! `commands.rs` has the commands, `transcript.rs` writes the session down, `value.rs` shows values.

mod assist;
mod before;
mod commands;
mod complete;
mod entry;
mod history;
mod input;
mod known;
mod paint;
mod transcript;
mod value;

use std::path::PathBuf;

use freshet_interpreter::resolve::{self, Mode, Source};
use freshet_interpreter::value::{Type, Value};
use freshet_runtime::engine::{Engine, LiveSession};
use freshet_runtime::project::{Functions, Project};
use freshet_syntax::ast::Ast;
use freshet_syntax::diagnostic::Diagnostic;
use freshet_syntax::source::{FileId, SourceFile};

use crate::exit;
use crate::output;
use crate::report::Reporter;
use history::History;
use input::{Entry, Input};
use known::{Known, KnownFunction};
use transcript::Transcript;

/// The variable that holds the last value.
const LAST: &str = "_";

/// A REPL over a session.
pub struct Repl<'s, 'e> {
    session: &'s mut LiveSession<'e>,
    engine: &'s Engine,
    project: &'s Project,
    /// The functions of the project, as they were when the folder was last read.
    custom: Option<Functions>,
    /// What is wrong with them as a whole: a name twice, a statement outside of a function.
    custom_faults: Vec<Diagnostic>,
    color: bool,
    /// True if a person is there.
    is_terminal: bool,
    /// Columns that results may take.
    width: usize,
    /// Every entry and every file so far, by the number of its file.
    files: Vec<SourceFile>,
    /// Those with functions, oldest first.
    declarations: Vec<Ast>,
    /// Names of the variables, by slot.
    names: Vec<String>,
    /// What ran well, to be saved.
    transcript: Transcript,
    /// The last entry, to be edited.
    last: String,
    /// Entries so far.
    count: usize,
    /// The file that the session was saved in.
    saved: Option<PathBuf>,
}

/// What became of an entry or a command.
enum Ran {
    /// It ran.
    Well,
    /// It was refused or failed; a REPL without a terminal ends with this code.
    Badly(u8),
    /// The session ends with this code.
    End(u8),
}

/// What a run would refuse of the files of a project: entries may declare a function again, and the files may not.
fn faults_of(functions: &Functions) -> Vec<Diagnostic> {
    let (empty, nothing) = (SourceFile::new("", ""), Ast::new(FileId::default()));
    let script = Source {
        file: &empty,
        ast: &nothing,
    };
    let resolved = resolve::resolve(script, &functions.sources(), Mode::Functions);
    let mut faults = resolved.diagnostics;
    faults.retain(|fault| matches!(fault.code, "E0205" | "E0221"));
    faults
}

impl<'s, 'e> Repl<'s, 'e> {
    /// A REPL that knows nothing yet.
    pub fn new(
        engine: &'s Engine,
        project: &'s Project,
        session: &'s mut LiveSession<'e>,
        color: bool,
    ) -> Self {
        Self {
            session,
            engine,
            project,
            custom: None,
            custom_faults: Vec::new(),
            color,
            is_terminal: false,
            width: 80,
            files: Vec::new(),
            declarations: Vec::new(),
            names: Vec::new(),
            transcript: Transcript::default(),
            last: String::new(),
            count: 0,
            saved: None,
        }
    }

    /// Reads and runs entries until the input ends; gives the exit code. `history` is where entries are kept.
    pub fn run(&mut self, history: Option<PathBuf>) -> u8 {
        let known = Known::new(self.engine.connections().clone());
        let mut input = Input::open(history.map(History::new), known, self.color);
        self.is_terminal = input.is_terminal();
        self.color &= self.is_terminal;
        if self.is_terminal {
            output::say(&format!(
                "freshet {}: :help shows what there is, Ctrl-D ends",
                env!("CARGO_PKG_VERSION")
            ));
        }
        loop {
            if self.is_terminal {
                self.renew_functions();
            }
            let entry = input.next_entry(|known| known.renew(self.variables(), self.functions()));
            self.width = input.width();
            let text = match entry {
                Entry::Text(text) => text,
                Entry::Dropped => continue,
                Entry::End => return exit::OK,
                Entry::Failed(cause) => {
                    output::say(&format!("error: the input cannot be read: {cause}"));
                    return exit::IO;
                }
            };
            match self.entry(text.trim_end_matches('\n'), &mut input) {
                Ran::End(code) => return code,
                Ran::Badly(code) if !self.is_terminal => return code,
                Ran::Badly(_) | Ran::Well => {}
            }
        }
    }

    /// Reads the functions of the project again when a file of them has changed.
    fn renew_functions(&mut self) {
        let Some(folder) = self.project.functions_folder() else {
            return;
        };
        if self
            .custom
            .as_ref()
            .is_some_and(|read| read.is_current(&folder))
        {
            return;
        }
        let first = self.files.len() as u32;
        let read = Functions::read(&folder, &|path| self.project.shown(path), first);
        self.files
            .extend(read.files.iter().map(|file| file.source.clone()));
        self.custom_faults = faults_of(&read);
        self.custom = Some(read);
    }

    fn reporter(&self) -> Reporter<'_> {
        Reporter::new(&self.files, self.color)
    }

    /// The variables with the types of their values.
    fn variables(&self) -> Vec<(String, Type)> {
        self.names
            .iter()
            .cloned()
            .zip(self.session.variables().iter().map(Value::type_of))
            .collect()
    }

    /// The functions that an entry can call.
    fn functions(&self) -> Vec<KnownFunction> {
        let own = self.declarations.iter().filter_map(|ast| {
            let file = self.files.get(ast.file.0 as usize)?;
            Some((file, &ast.functions))
        });
        let mut functions: Vec<KnownFunction> = own
            .flat_map(|(file, functions)| {
                functions
                    .iter()
                    .map(move |function| KnownFunction::new(function, file))
            })
            .collect();
        let custom = self.custom.iter().flat_map(Functions::declarations);
        for (file, function) in custom {
            let known = KnownFunction::new(function, &file.source);
            // One of the session stands before that of the project.
            if !functions.iter().any(|own| own.name == known.name) {
                functions.push(known);
            }
        }
        functions.sort_by(|one, other| one.name.cmp(&other.name));
        functions
    }

    fn show(&self, value: &Value) -> Ran {
        if value.is_null() {
            return Ran::Well;
        }
        match value::shown(value, self.session.zone(), self.width) {
            Ok(text) => self.print(&self.painted(value, text)),
            Err(mut error) => {
                error.span.get_or_insert(self.session.place_of_result());
                output::say(self.reporter().runtime_error(&error).trim_end());
                Ran::Badly(exit::SCRIPT)
            }
        }
    }

    /// A value in the colours of the literals it looks like.
    fn painted(&self, value: &Value, text: String) -> String {
        /// Bytes beyond which a value is no thing to look at.
        const MOST: usize = 64 * 1024;
        let is_literal = !matches!(value.type_of(), Type::DateTime | Type::File | Type::Error);
        if self.color && is_literal && text.len() <= MOST {
            paint::script(&text, None)
        } else {
            text
        }
    }

    fn print(&self, text: &str) -> Ran {
        if text.is_empty() {
            return Ran::Well;
        }
        match output::print(&format!("{text}\n")) {
            Ok(()) => Ran::Well,
            Err(failure) => self.refused(&failure),
        }
    }

    fn refused(&self, failure: &exit::Failure) -> Ran {
        output::tell(failure, output::Format::Human, self.color);
        Ran::Badly(failure.exit)
    }
}
