//! Projects: `freshet.toml`, the settings that hold, and what a script can call (running, 1).
//!
//! A project is found by walking up from a script. Of its folder nothing is read but `freshet.toml`, until a script calls
//! something that it does not define; then the functions are read, once a process.

mod compile;
mod description;
mod document;
mod faults;
mod functions;
mod keys;
mod settings;

use std::env;
use std::io;
use std::path::{Component, Path, PathBuf};
use std::sync::OnceLock;

use freshet_connections::read_at_most;
use freshet_syntax::source::SourceFile;

use document::Kind;

pub use compile::{Compiled, Script, full_name, spare_broken};
pub use description::Description;
pub use document::{Setting, switch};
pub(crate) use document::{found, is_astray};
pub use faults::Fault;
pub use functions::{FunctionFile, Functions, is_script};
pub use keys::{INTEGRATIONS, KEYS, Key, VARIABLES};
pub use settings::{Given, Origin, Settings};

/// The file that makes a folder a project.
pub const FILE: &str = "freshet.toml";

/// Which project and which settings of the user are wanted.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// The project's folder; `None`: it is looked for.
    pub project: Option<PathBuf>,
    /// No project and no settings of the user, unless they are named.
    pub isolated: bool,
    /// The user's settings; `None`: `freshet/config.toml` in the configuration folder.
    pub config: Option<PathBuf>,
}

/// Why there are no settings to go by.
#[derive(Debug)]
pub enum ProjectError {
    /// There is no `freshet.toml` in the folder that was named.
    NoProject(PathBuf),
    /// A settings file cannot be read.
    Unreadable(PathBuf, io::Error),
    /// Everything wrong with the settings files, warnings included.
    Wrong(Vec<Fault>),
}

/// A project, or the settings that hold where there is none.
#[derive(Debug, Default)]
pub struct Project {
    folder: Option<PathBuf>,
    config: Option<PathBuf>,
    settings: Settings,
    warnings: Vec<Fault>,
    functions: OnceLock<Functions>,
}

impl Project {
    /// The project of a script, by walking up from the folder it is in; `start` is the script, or a folder.
    ///
    /// # Errors
    /// When a settings file is not there although it was named, cannot be read, or has errors: all of them.
    pub fn find(start: &Path, wanted: &Wanted) -> Result<Self, ProjectError> {
        let mut project = Self::default();
        let mut faults = Vec::new();
        if let Some(path) = user_file(wanted) {
            let is_named = wanted.config.is_some();
            if let Some(bytes) = read(&path, is_named)? {
                faults.extend(project.add(Kind::User, &path, bytes));
                project.config = Some(path);
            }
        }
        if let Some((folder, bytes)) = project_file(start, wanted)? {
            project.settings.name_after(&folder);
            project.folder = Some(folder.clone());
            faults.extend(project.add(Kind::Project, &folder.join(FILE), bytes));
        }
        if faults.iter().any(Fault::is_error) {
            return Err(ProjectError::Wrong(faults));
        }
        project.warnings = faults;
        Ok(project)
    }

    /// Its folder; `None` where there is no project.
    pub fn folder(&self) -> Option<&Path> {
        self.folder.as_deref()
    }

    /// The user's settings file, where there is one.
    pub fn config(&self) -> Option<&Path> {
        self.config.as_deref()
    }

    /// The settings that hold.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// What is odd about the settings files and stops nothing: keys that nothing reads.
    pub fn warnings(&self) -> &[Fault] {
        &self.warnings
    }

    /// The folder of custom functions, whether it exists or not; `None` where there is no project.
    pub fn functions_folder(&self) -> Option<PathBuf> {
        let folder = self.folder.as_ref()?;
        let set = self.settings.path("functions.folder");
        Some(set.unwrap_or_else(|| folder.join("functions")))
    }

    /// The custom functions, read when this is first called; `None` where there is no project. Files are numbered from 1:
    /// 0 is the script.
    pub fn functions(&self) -> Option<&Functions> {
        let folder = self.functions_folder()?;
        let read = || Functions::read(&folder, &|path| self.shown(path), 1);
        Some(self.functions.get_or_init(read))
    }

    /// A path for people: from where they are, if that is in or above the project.
    pub fn shown(&self, path: &Path) -> String {
        shown(path, self.folder.as_deref())
    }

    /// Takes what a settings file says; gives what is wrong with it.
    fn add(&mut self, kind: Kind, path: &Path, bytes: Vec<u8>) -> Vec<Fault> {
        let name = self.shown(path);
        let file = SourceFile::from_bytes(name.clone(), bytes);
        let document = document::read(kind, &file);
        let folder = path.parent().unwrap_or(Path::new("."));
        self.settings
            .add(document.entries, folder, |line| match kind {
                Kind::User => Origin::User(name.clone(), line),
                Kind::Project => Origin::Project(name.clone(), line),
            });
        document.faults
    }
}

/// Where the user's settings are, whether the file exists or not.
fn user_file(wanted: &Wanted) -> Option<PathBuf> {
    if let Some(path) = &wanted.config {
        return Some(path.clone());
    }
    if wanted.isolated {
        return None;
    }
    let set = env::var_os("XDG_CONFIG_HOME").map(PathBuf::from);
    set.filter(|folder| folder.is_absolute())
        .or_else(|| {
            env::home_dir()
                .filter(|home| home.is_absolute())
                .map(|home| home.join(".config"))
        })
        .map(|folder| folder.join("freshet/config.toml"))
}

/// The folder of the project with the content of its `freshet.toml`.
fn project_file(start: &Path, wanted: &Wanted) -> Result<Option<(PathBuf, Vec<u8>)>, ProjectError> {
    if let Some(folder) = &wanted.project {
        let absolute = std::path::absolute(folder).unwrap_or_else(|_| folder.clone());
        let bytes = read(&absolute.join(FILE), false)?;
        let bytes = bytes.ok_or_else(|| ProjectError::NoProject(folder.clone()))?;
        return Ok(Some((absolute, bytes)));
    }
    if wanted.isolated {
        return Ok(None);
    }
    let start = std::path::absolute(start).unwrap_or_else(|_| start.to_owned());
    for folder in without_dots(&start).ancestors() {
        if let Some(bytes) = read(&folder.join(FILE), false)? {
            return Ok(Some((folder.to_owned(), bytes)));
        }
    }
    Ok(None)
}

/// The content of a settings file; `None` if it does not exist and need not.
fn read(path: &Path, must_exist: bool) -> Result<Option<Vec<u8>>, ProjectError> {
    use io::ErrorKind::{NotADirectory, NotFound};
    /// In bytes.
    const MOST: u64 = 16 * 1024 * 1024;
    match read_at_most(path, MOST) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(cause) if !must_exist && matches!(cause.kind(), NotFound | NotADirectory) => Ok(None),
        Err(cause) => Err(ProjectError::Unreadable(path.to_owned(), cause)),
    }
}

/// The path without `..`, by its words: `scripts/../shop/a.dg` is a script of `shop`.
fn without_dots(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for component in path.components() {
        match component {
            Component::ParentDir => {
                plain.pop();
            }
            Component::CurDir => {}
            other => plain.push(other),
        }
    }
    plain
}

/// A path as people see it: relative to the current folder, if that is above it or in the project.
fn shown(path: &Path, project: Option<&Path>) -> String {
    let Ok(here) = env::current_dir() else {
        return path.display().to_string();
    };
    if let Ok(below) = path.strip_prefix(&here) {
        return below.display().to_string();
    }
    let up = project.and_then(|project| {
        let steps = here.strip_prefix(project).ok()?.components().count();
        let rest = path.strip_prefix(project).ok()?;
        let up: PathBuf = std::iter::repeat_n("..", steps).collect();
        Some(up.join(rest))
    });
    up.unwrap_or_else(|| path.to_owned()).display().to_string()
}
