//! From syntax trees to a [`Program`]: every name is looked up, every rule that needs names is checked.
//!
//! The resolver always gives a program, whatever the trees; one with errors beside it must not be run. Trees are walked
//! once, function by function. Expressions that grow to the left are walked by loops (`chain`); the rest recurses no
//! deeper than the parser lets brackets and signs nest.

mod builder;
mod call;
mod chain;
mod expression;
mod faults;
mod form;
mod functions;
mod scope;
mod statement;
mod task;
mod zoho;

use freshet_syntax::ast::{self, Ast, ExpressionId};
use freshet_syntax::diagnostic::Diagnostic;
use freshet_syntax::source::{FileId, SourceFile, Span};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::library::MethodId;
use crate::nearest::{nearest, nearest_function};
use crate::program::{Function, Parameter, Program};
use builder::Builder;
use functions::Functions;
use scope::{Assigned, Scope, assigned_names};

/// A file with its tree.
#[derive(Clone, Copy)]
pub struct Source<'a> {
    /// The file, for its name and its lines.
    pub file: &'a SourceFile,
    /// Its tree.
    pub ast: &'a Ast,
}

impl<'a> Source<'a> {
    /// The text at a place of the file.
    fn text(&self, span: Span) -> &'a str {
        let place = span.start as usize..span.end as usize;
        self.file.text().get(place).unwrap_or_default()
    }
}

/// What the program is for.
#[derive(Clone, Copy)]
pub enum Mode<'a> {
    /// It is run.
    Run {
        /// Names of the arguments of the run.
        arguments: &'a [String],
        /// The function to call instead of running the body.
        function: Option<&'a str>,
    },
    /// It is only checked: the arguments of later runs are not known.
    Check {
        /// True if there is a project, so that every function that may be called is known.
        project: bool,
    },
    /// The files of custom functions are checked, all of them; the script is empty.
    Functions,
    /// It is an entry of a REPL.
    Repl {
        /// Names of the session's variables, in the order of their slots: they take the first slots of the body.
        variables: &'a [String],
        /// Those of them that hold an error that was caught: they have its members.
        errors: &'a [String],
    },
}

/// A program, with what there is to say about it.
pub struct Resolved {
    /// The program. With an error among the diagnostics it must not be run; a program that was only checked neither.
    pub program: Program,
    /// Errors and warnings by place.
    pub diagnostics: Vec<Diagnostic>,
    /// True if something is called that no file at hand declares, or that a function of another file might hide: more
    /// files would make a difference.
    pub calls_elsewhere: bool,
    /// The files that are part of the program, the script first.
    pub reached: Vec<FileId>,
}

/// Resolves a script together with the custom functions it reaches.
///
/// `functions` are the files of custom functions or, in a REPL, the earlier entries with declarations, oldest first. Of
/// these, files that are not reached are not looked at. If a function is found nowhere all of them are, since it may be
/// in one that is broken (running, 1).
pub fn resolve<'a>(script: Source<'a>, functions: &[Source<'a>], mode: Mode<'a>) -> Resolved {
    let assigned = assigned_names(script, &script.ast.body);
    let mut resolver = Resolver {
        builder: Builder::default(),
        functions: Functions::new(script, functions, mode),
        mode,
        source: script,
        scope: Scope::default(),
        owner: None,
        body_names: names(&assigned, false),
        unread_words: names(&assigned, true),
        script_parameters: Vec::new(),
        diagnostics: Vec::new(),
        reported: FxHashSet::default(),
        members: FxHashMap::default(),
        forms: FxHashSet::default(),
        chain: Vec::new(),
        methods: FxHashMap::default(),
        plain: FxHashMap::default(),
        unused: None,
        function_missing: false,
        calls_elsewhere: false,
        proposals: PROPOSALS,
        slips: SLIPS,
    };
    resolver.program(&assigned);
    resolver.tell_of_more_members();
    let Resolver {
        builder,
        functions: known,
        mut diagnostics,
        calls_elsewhere,
        ..
    } = resolver;
    let mut program = builder.program;
    for source in std::iter::once(&script).chain(functions) {
        let FileId(number) = source.ast.file;
        let number = number as usize;
        if program.line_starts.len() <= number {
            program.line_starts.resize(number + 1, Vec::new());
        }
        program.line_starts[number] = source.file.line_starts().to_vec();
    }
    diagnostics.sort_by_key(|diagnostic| (diagnostic.span.file, diagnostic.span.start));
    Resolved {
        program,
        diagnostics,
        calls_elsewhere,
        reached: known.files(),
    }
}

fn names<'a>(assigned: &[Assigned<'a>], unread: bool) -> FxHashSet<&'a str> {
    let wanted = assigned.iter().filter(|assigned| assigned.unread == unread);
    wanted.map(|assigned| assigned.name).collect()
}

/// How much is done for proposals: for each name that is looked at, the square of the letters of the unknown one. A file
/// that takes more has another problem than spelling, and comparing each unknown name with each known one has no end.
const PROPOSALS: usize = 20_000_000;

/// How many names are looked at to tell a slip from a function of another file, for the same reason.
const SLIPS: usize = 4_000_000;

/// Kinds of faults reported once for each file (language reference, appendix A).
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Once {
    Fetch,
    Aggregate,
    SubformRow,
    ApplicationData,
    ApplicationFunction,
}

/// What resolving needs to know.
struct Resolver<'a> {
    builder: Builder<'a>,
    functions: Functions<'a>,
    mode: Mode<'a>,
    /// The file at hand.
    source: Source<'a>,
    /// The variables of the function at hand.
    scope: Scope<'a>,
    /// The function at hand; `None` for the body.
    owner: Option<&'a ast::Function>,
    /// What the body of the script assigns, to explain that functions do not see it.
    body_names: FxHashSet<&'a str>,
    /// Words of the body's statements that could not be read: a function that is missing may be declared there.
    unread_words: FxHashSet<&'a str>,
    /// Names found to be parameters of the script.
    script_parameters: Vec<&'a str>,
    diagnostics: Vec<Diagnostic>,
    reported: FxHashSet<(FileId, Once)>,
    /// Members read in a file, those that have the name of a function apart.
    members: FxHashMap<(FileId, bool), form::Members>,
    /// Names of forms of the files read so far.
    forms: FxHashSet<(FileId, &'a str)>,
    /// The steps of the left-growing expressions at hand, outermost first.
    chain: Vec<ExpressionId>,
    /// Names of methods and of plain functions looked up so far.
    methods: FxHashMap<&'a str, Option<MethodId>>,
    plain: FxHashMap<&'a str, call::Plain>,
    /// The call that is a whole statement, whose value is not used.
    unused: Option<ExpressionId>,
    /// True once a function was found nowhere.
    function_missing: bool,
    /// True once something was called that another file might declare.
    calls_elsewhere: bool,
    /// What is left of [`PROPOSALS`].
    proposals: usize,
    /// What is left of [`SLIPS`].
    slips: usize,
}

impl<'a> Resolver<'a> {
    fn program(&mut self, assigned: &[Assigned<'a>]) {
        self.builder.program.functions.push(Function {
            name: String::new(),
            parameters: Vec::new(),
            returns: None,
            slots: 0,
            slot_names: Vec::new(),
            block: crate::program::Block::EMPTY,
            span: Span::default(),
            description: None,
        });
        if let Mode::Run {
            function: Some(name),
            ..
        } = self.mode
        {
            self.functions
                .call(name.rsplit_once('.').unwrap_or(("", name)));
        }
        if matches!(self.mode, Mode::Functions) {
            self.functions.reach_all();
        }
        self.body(assigned);
        let mut place = 0;
        loop {
            while let Some((source, faults)) = self.functions.reached(place) {
                place += 1;
                self.source = source;
                self.note_forms();
                self.diagnostics.extend(faults);
                for function in &source.ast.functions {
                    self.function(function);
                }
            }
            if !self.function_missing || matches!(self.mode, Mode::Repl { .. }) {
                return;
            }
            self.function_missing = false;
            self.functions.reach_all();
        }
    }

    /// The body of the script, function number 0.
    fn body(&mut self, assigned: &[Assigned<'a>]) {
        let ast = self.source.ast;
        self.note_forms();
        let first_slots: Vec<&'a str> = match self.mode {
            Mode::Run { arguments, .. } => {
                let mut seen = FxHashSet::default();
                arguments
                    .iter()
                    .map(String::as_str)
                    .filter(|name| {
                        !self.body_names.contains(name)
                            && !expression::is_clock(name)
                            && seen.insert(*name)
                    })
                    .collect()
            }
            Mode::Check { .. } | Mode::Functions => Vec::new(),
            Mode::Repl { variables, .. } => variables.iter().map(String::as_str).collect(),
        };
        (self.scope, _) = Scope::new(first_slots.iter().map(|name| (*name, None)), assigned);
        if let Mode::Repl { errors, .. } = self.mode {
            errors.iter().for_each(|name| self.scope.hold_error(name));
        }
        if matches!(self.mode, Mode::Run { .. }) {
            self.script_parameters = first_slots;
        }
        self.owner = None;
        let (block, _) = self.block(&ast.body);
        let parameters = self.script_parameters.iter().map(|name| Parameter {
            name: (*name).into(),
            kind: None,
        });
        let body = &mut self.builder.program.functions[0];
        body.parameters = parameters.collect();
        body.slot_names = self.scope.names().map(Box::from).collect();
        body.slots = body.slot_names.len() as u32;
        body.block = block;
        body.span = Span::new(ast.file, 0, 0);
    }

    fn function(&mut self, function: &'a ast::Function) {
        let assigned = assigned_names(self.source, &function.body);
        let parameters = function.parameters.iter().map(|parameter| {
            let given = scope::declared_type(parameter.type_name.kind);
            (&*parameter.name.text, given)
        });
        let repeated;
        (self.scope, repeated) = Scope::new(parameters, &assigned);
        for place in repeated {
            let second = &function.parameters[place].name;
            let first = function
                .parameters
                .iter()
                .find(|first| first.name.text == second.text);
            let first = first.map_or(second.span, |first| first.name.span);
            self.diagnostics
                .push(faults::parameter_twice(&second.text, second.span, first));
        }
        self.owner = Some(function);
        let (block, _) = self.block(&function.body);
        let slot_names: Vec<Box<str>> = self.scope.names().map(Box::from).collect();
        self.builder.program.functions.push(Function {
            name: functions::written(functions::full_name(function)),
            parameters: function
                .parameters
                .iter()
                .map(|parameter| Parameter {
                    name: parameter.name.text.clone(),
                    kind: Some(parameter.type_name.kind),
                })
                .collect(),
            returns: Some(function.returns.kind),
            slots: slot_names.len() as u32,
            slot_names,
            block,
            span: function.name.span,
            description: function.description.clone(),
        });
    }

    /// Reports a kind of fault once for the file at hand. True the first time.
    fn first_time(&mut self, kind: Once) -> bool {
        self.reported.insert((self.source.ast.file, kind))
    }

    /// The function that `found` was probably meant to be.
    fn propose<'n>(
        &mut self,
        found: &str,
        names: impl IntoIterator<Item = &'n str>,
    ) -> Option<&'n str> {
        if self.proposals == 0 {
            return None;
        }
        let names: Vec<&'n str> = names.into_iter().collect();
        self.may_compare(found, names.len())
            .then(|| nearest_function(found, names))?
    }

    /// The variable that `found` was probably meant to be.
    fn propose_variable(&mut self, found: &str) -> Option<&'a str> {
        /// Names that have a value in every function.
        const CLOCKS: [&str; 2] = ["now", "today"];
        let count = self.scope.names().count() + CLOCKS.len();
        self.may_compare(found, count)
            .then(|| nearest(found, self.scope.names().chain(CLOCKS)))?
    }

    /// Whether an unknown name is compared with so many others. Once it is not, none is any more.
    fn may_compare(&mut self, found: &str, names: usize) -> bool {
        let cost = found
            .len()
            .saturating_mul(found.len())
            .saturating_mul(names);
        let left = self.proposals.checked_sub(cost);
        self.proposals = left.unwrap_or(0);
        left.is_some()
    }
}
