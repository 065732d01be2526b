//! The functions a program may call, by name, and which of them it reaches.

use freshet_syntax::ast::{Function, TypeKind};
use freshet_syntax::diagnostic::Diagnostic;
use freshet_syntax::source::FileId;
use rustc_hash::{FxHashMap, FxHashSet};

use super::{Mode, Source, faults};
use crate::library::LIBRARY;
use crate::nearest::nearest;

/// Namespace (empty if there is none) and name of a function.
pub(super) type FullName<'a> = (&'a str, &'a str);

/// Namespaces under which the services keep functions: never variables (language reference, 4.8).
const NAMESPACES: [&str; 8] = [
    "standalone",
    "automation",
    "button",
    "schedule",
    "related_list",
    "validation_rule",
    "crm",
    "books",
];

/// The function as messages and [`crate::program::Program`] call it.
pub(super) fn written((namespace, name): FullName<'_>) -> String {
    if namespace.is_empty() {
        name.to_owned()
    } else {
        format!("{namespace}.{name}")
    }
}

/// The full name of a declaration.
pub(super) fn full_name(function: &Function) -> FullName<'_> {
    (
        function
            .namespace
            .as_ref()
            .map_or("", |namespace| &namespace.text),
        &function.name.text,
    )
}

/// A declaration: its file, and its place among the declarations of the file.
#[derive(Clone, Copy)]
struct Declaration {
    source: usize,
    place: usize,
}

/// A function that is called.
pub(super) struct Called<'a> {
    pub number: u32,
    pub function: &'a Function,
}

/// Every function there is.
pub(super) struct Functions<'a> {
    /// The script, then the files of custom functions.
    sources: Vec<Source<'a>>,
    by_name: FxHashMap<FullName<'a>, Declaration>,
    namespaces: FxHashSet<&'a str>,
    /// Files that declare a function of the folder for a second time: they are reached with it, so that this is told.
    again: FxHashMap<FullName<'a>, Vec<usize>>,
    /// For each file the number of its first function, once one of its functions has been called.
    first_numbers: Vec<Option<u32>>,
    /// Files in the order they were reached.
    reached: Vec<usize>,
    /// What is wrong with the declarations of each file; it counts only if the file is reached.
    faults: Vec<Vec<Diagnostic>>,
    /// Numbers given so far; 0 is the body.
    count: u32,
}

impl<'a> Functions<'a> {
    pub fn new(script: Source<'a>, others: &[Source<'a>], mode: Mode<'a>) -> Self {
        let sources: Vec<Source<'a>> = std::iter::once(script)
            .chain(others.iter().copied())
            .collect();
        let mut functions = Self {
            by_name: FxHashMap::default(),
            namespaces: FxHashSet::default(),
            again: FxHashMap::default(),
            first_numbers: vec![None; sources.len()],
            reached: Vec::new(),
            faults: sources.iter().map(|_| Vec::new()).collect(),
            count: 1,
            sources,
        };
        for source in 0..functions.sources.len() {
            functions.add(source, mode);
        }
        functions.reach(0);
        functions
    }

    fn add(&mut self, source: usize, mode: Mode<'a>) {
        let ast = self.sources[source].ast;
        for (place, function) in ast.functions.iter().enumerate() {
            let name = full_name(function);
            if name.0.is_empty() {
                if is_plain_builtin(name.1) {
                    self.faults[source].push(faults::shadows_builtin(name.1, function.name.span));
                }
            } else {
                self.namespaces.insert(name.0);
            }
            let declaration = Declaration { source, place };
            let Some(first) = self.by_name.get(&name).copied() else {
                self.by_name.insert(name, declaration);
                continue;
            };
            let earlier = self.function(first);
            if first.source == source {
                self.faults[source].push(faults::declared_twice(
                    &written(name),
                    function.name.span,
                    earlier.name.span,
                    None,
                ));
            } else if matches!(mode, Mode::Repl { .. }) {
                // An entry may declare a function anew: the script is the newest, then the later ones count.
                if first.source != 0 {
                    self.by_name.insert(name, declaration);
                }
            } else if first.source == 0 {
                self.faults[0].push(faults::hides_project_function(
                    &written(name),
                    self.sources[source].file.name(),
                    earlier.name.span,
                    function.name.span,
                ));
            } else {
                self.again.entry(name).or_default().push(source);
                self.faults[source].push(faults::declared_twice(
                    &written(name),
                    function.name.span,
                    earlier.name.span,
                    Some(self.sources[first.source].file.name()),
                ));
            }
        }
        let is_functions_file = source != 0 && !matches!(mode, Mode::Repl { .. });
        if let Some(statement) = ast.body.first()
            && is_functions_file
        {
            let span = ast.statement(*statement).span;
            self.faults[source].push(faults::statement_in_functions(span));
        }
    }

    fn function(&self, declaration: Declaration) -> &'a Function {
        &self.sources[declaration.source].ast.functions[declaration.place]
    }

    /// Makes the functions of a file part of the program. Gives the number of its first one.
    fn reach(&mut self, source: usize) -> u32 {
        if let Some(first) = self.first_numbers[source] {
            return first;
        }
        let first = self.count;
        self.first_numbers[source] = Some(first);
        self.count += self.sources[source].ast.functions.len() as u32;
        self.reached.push(source);
        first
    }

    /// Makes every file part of the program: a function that is missing may be in one that is broken.
    pub fn reach_all(&mut self) {
        for source in 0..self.sources.len() {
            self.reach(source);
        }
    }

    /// The file that was reached as number `place`, with what is wrong with its declarations.
    pub fn reached(&mut self, place: usize) -> Option<(Source<'a>, Vec<Diagnostic>)> {
        let source = *self.reached.get(place)?;
        Some((
            self.sources[source],
            std::mem::take(&mut self.faults[source]),
        ))
    }

    /// The files that are part of the program, the script first.
    pub fn files(&self) -> Vec<FileId> {
        self.reached
            .iter()
            .map(|source| self.sources[*source].ast.file)
            .collect()
    }

    /// The function of that name; its file becomes part of the program.
    pub fn call(&mut self, name: FullName<'a>) -> Option<Called<'a>> {
        let declaration = *self.by_name.get(&name)?;
        let first = self.reach(declaration.source);
        for source in self.again.remove(&name).unwrap_or_default() {
            self.reach(source);
        }
        Some(Called {
            number: first + declaration.place as u32,
            function: self.function(declaration),
        })
    }

    /// The type that a function declares for its result. Asking makes no file part of the program.
    pub fn returns(&self, name: FullName<'_>) -> Option<TypeKind> {
        let declaration = self.by_name.get(&name)?;
        Some(self.function(*declaration).returns.kind)
    }

    /// How many functions there are.
    pub fn count(&self) -> usize {
        self.by_name.len()
    }

    /// True if there is a function of that name.
    pub fn knows(&self, name: FullName<'_>) -> bool {
        self.by_name.contains_key(&name)
    }

    /// True if a function is declared under that namespace.
    pub fn has_namespace(&self, name: &str) -> bool {
        self.namespaces.contains(name)
    }

    /// True if the name cannot be meant as a variable.
    pub fn is_namespace(&self, name: &str) -> bool {
        self.has_namespace(name) || NAMESPACES.contains(&name)
    }

    /// The names of the functions with that namespace, for proposals.
    pub fn names_in(&self, namespace: &str) -> impl Iterator<Item = &'a str> {
        self.by_name
            .keys()
            .filter(move |name| name.0 == namespace)
            .map(|name| name.1)
    }

    /// The names of the functions without namespace that the script itself declares.
    pub fn names_of_script(&self) -> impl Iterator<Item = &'a str> {
        let script = self.sources[0].ast;
        script
            .functions
            .iter()
            .filter(|function| function.namespace.is_none())
            .map(|function| &*function.name.text)
    }

    /// The function that `namespace.name` was probably meant to be: one of the namespace, one of that name, or one with
    /// a namespace like it.
    pub fn near(&self, namespace: &str, name: &str) -> Option<FullName<'a>> {
        if let Some(near) = nearest(name, self.names_in(namespace)) {
            return self
                .by_name
                .keys()
                .find(|known| known.0 == namespace && known.1 == near)
                .copied();
        }
        let elsewhere = || self.by_name.keys().filter(|known| known.1 == name);
        let namespaces = elsewhere().map(|known| known.0);
        match nearest(namespace, namespaces) {
            Some(near) => elsewhere().find(|known| known.0 == near).copied(),
            None => elsewhere().next().copied(),
        }
    }
}

/// True if a plain call of that name means a built-in.
fn is_plain_builtin(name: &str) -> bool {
    LIBRARY.function(name).is_some() || LIBRARY.method_as_function(name).is_some()
}
