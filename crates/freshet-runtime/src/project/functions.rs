//! The folder of custom functions, read when a script first calls something that it does not define.

use std::collections::HashSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use freshet_interpreter::resolve::Source;
use freshet_syntax::ast::{Ast, Function};
use freshet_syntax::diagnostic::Diagnostic;
use freshet_syntax::parse;
use freshet_syntax::source::{FileId, SourceFile};

use super::faults;

/// How deep folders may lie inside each other: more than anybody makes by hand.
const DEEPEST: usize = 32;

/// The custom functions of a project, as they were when the folder was read.
#[derive(Debug)]
pub struct Functions {
    /// The files, in the order of their paths.
    pub files: Vec<FunctionFile>,
    /// What the folder held, to see whether it has changed.
    stamp: Vec<Stamp>,
}

/// A file of the folder.
#[derive(Debug)]
pub struct FunctionFile {
    /// Where it is.
    pub path: PathBuf,
    /// Its text, under the name that reports show.
    pub source: SourceFile,
    /// Its tree.
    pub ast: Ast,
    /// What is wrong with its text, or that it cannot be read.
    pub diagnostics: Vec<Diagnostic>,
    /// How many errors there are beyond those.
    pub omitted: usize,
}

/// A file, when it was last changed, and how long it is.
type Stamp = (PathBuf, Option<SystemTime>, u64);

impl Functions {
    /// Reads every `.dg` file below `folder`. `first` is the number that the first file gets in reports and programs, and
    /// `shown` gives the name of a path for people. A folder that does not exist holds no functions.
    pub fn read(folder: &Path, shown: &dyn Fn(&Path) -> String, first: u32) -> Self {
        let mut found = Found::default();
        found.folder(folder, 0);
        found.paths.sort();
        let stamp = stamp(&found);
        let files = found.paths.into_iter().zip(first..);
        let mut files: Vec<FunctionFile> = files
            .map(|(path, number)| FunctionFile::read(path, shown, FileId(number)))
            .collect();
        for (path, cause) in found.unreadable {
            let number = FileId(first + files.len() as u32);
            files.push(FunctionFile::unreadable(path, shown, &cause, number));
        }
        Self { files, stamp }
    }

    /// Whether the folder still holds what was read.
    pub fn is_current(&self, folder: &Path) -> bool {
        let mut found = Found::default();
        found.folder(folder, 0);
        found.paths.sort();
        stamp(&found) == self.stamp
    }

    /// The files with their trees, for the resolver.
    pub fn sources(&self) -> Vec<Source<'_>> {
        self.files.iter().map(FunctionFile::as_source).collect()
    }

    /// Every declaration with its file, in the order of the files.
    pub fn declarations(&self) -> impl Iterator<Item = (&FunctionFile, &Function)> {
        self.files.iter().flat_map(|file| {
            file.ast
                .functions
                .iter()
                .map(move |function| (file, function))
        })
    }
}

impl FunctionFile {
    /// The file with its tree, for the resolver.
    pub fn as_source(&self) -> Source<'_> {
        Source {
            file: &self.source,
            ast: &self.ast,
        }
    }

    fn read(path: PathBuf, shown: &dyn Fn(&Path) -> String, number: FileId) -> Self {
        match fs::read(&path) {
            Ok(bytes) => {
                let source = SourceFile::from_bytes(shown(&path), bytes);
                let parsed = parse(&source, number);
                Self {
                    path,
                    source,
                    ast: parsed.ast,
                    diagnostics: parsed.diagnostics,
                    omitted: parsed.omitted,
                }
            }
            Err(cause) => Self::unreadable(path, shown, &cause, number),
        }
    }

    fn unreadable(
        path: PathBuf,
        shown: &dyn Fn(&Path) -> String,
        cause: &io::Error,
        number: FileId,
    ) -> Self {
        let name = shown(&path);
        Self {
            diagnostics: vec![faults::unreadable(&name, cause, number)],
            source: SourceFile::new(name, ""),
            ast: Ast::new(number),
            omitted: 0,
            path,
        }
    }
}

/// What a walk through the folder has found.
#[derive(Default)]
struct Found {
    paths: Vec<PathBuf>,
    unreadable: Vec<(PathBuf, io::Error)>,
    /// Folders that were walked, so that links in a circle end.
    walked: HashSet<PathBuf>,
}

impl Found {
    fn folder(&mut self, folder: &Path, depth: usize) {
        let is_new = fs::canonicalize(folder).map_or(true, |real| self.walked.insert(real));
        if depth > DEEPEST || !is_new {
            return;
        }
        let entries = match fs::read_dir(folder) {
            Ok(entries) => entries,
            Err(cause) if cause.kind() == io::ErrorKind::NotFound && depth == 0 => return,
            Err(cause) => return self.unreadable.push((folder.to_owned(), cause)),
        };
        for entry in entries {
            match entry {
                Ok(entry) => self.entry(entry.path(), depth),
                Err(cause) => self.unreadable.push((folder.to_owned(), cause)),
            }
        }
    }

    /// Names that begin with a point are left out, as everywhere.
    fn entry(&mut self, path: PathBuf, depth: usize) {
        let is_hidden = path
            .file_name()
            .is_some_and(|name| name.to_string_lossy().starts_with('.'));
        if is_hidden {
            return;
        }
        if path.is_dir() {
            self.folder(&path, depth + 1);
        } else if is_script(&path) {
            self.paths.push(path);
        }
    }
}

/// Whether a path that is no folder names a script: by its ending, and no pipe or device, which might never be read to
/// its end. What cannot be looked at counts, so that reading it tells why.
pub fn is_script(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending == "dg")
        && fs::metadata(path).map_or(true, |about| about.is_file())
}

fn stamp(found: &Found) -> Vec<Stamp> {
    let paths = found.paths.iter();
    let mut stamp: Vec<Stamp> = paths
        .map(|path| {
            let about = fs::metadata(path).ok();
            let changed = about.as_ref().and_then(|about| about.modified().ok());
            (path.clone(), changed, about.map_or(0, |about| about.len()))
        })
        .collect();
    let unreadable = found.unreadable.iter();
    stamp.extend(unreadable.map(|(path, _)| (path.clone(), None, 0)));
    stamp
}
