//! `--watch`: run or check again when a script or a file of its project changes.

use std::ffi::OsStr;
use std::fs;
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::Duration;

use freshet_runtime::project::FILE;
use notify::{EventKind, RecommendedWatcher, RecursiveMode, Watcher};

use super::Global;
use crate::exit::{self, Failure, Outcome};
use crate::output::{self, Format};
use crate::{script, signal};

/// How long nothing may change before a run begins: programs write a file in several steps.
const QUIET: Duration = Duration::from_millis(100);
/// Between two looks at whether somebody wants to end it.
const LOOK: Duration = Duration::from_millis(50);

/// How a run ended.
pub struct Ran {
    /// Its exit code.
    pub exit: u8,
    /// Nobody reads the output any more.
    pub closed: bool,
}

/// Runs `work` now, and again after each change of the scripts or their projects, until Ctrl-C. A folder stands for the
/// scripts in it.
///
/// # Errors
/// When a script is not there, or files cannot be watched.
pub fn again_and_again(
    scripts: &[PathBuf],
    global: &Global,
    format: Format,
    mut work: impl FnMut() -> Result<Ran, Failure>,
) -> Outcome {
    // One that is not there yet may be a slip of the pen: nobody is to wait for it.
    if let Some(missing) = scripts.iter().find(|script| !script.exists()) {
        return Err(script::missing(missing));
    }
    let cancelled = signal::cancel_flag();
    let mut watch = Watch::start(&Watched::of(scripts, global), &cancelled)?;
    loop {
        // In this order, so that a Ctrl-C between the two is not lost.
        cancelled.store(false, Ordering::Relaxed);
        if let Some(signal) = signal::received() {
            return Ok(128 + signal);
        }
        match work() {
            Ok(Ran { closed: true, .. }) => return Ok(exit::OK),
            Ok(_) => {}
            Err(failure) => output::tell(&failure, format, global.color.on_stderr()),
        }
        if format == Format::Human && signal::received().is_none() {
            output::say("waiting for changes, Ctrl-C ends");
        }
        if let Some(signal) = watch.wait() {
            return Ok(128 + signal);
        }
        // The project may be another one now. The old watch ends only when the new one is there.
        watch = Watch::start(&Watched::of(scripts, global), &cancelled)?;
        clear();
    }
}

/// What comes from standard input is there once.
pub fn needs_files() -> Failure {
    Failure::usage("what comes from standard input cannot be read again: --watch needs files")
        .help("write it into a file, and name that")
}

/// An empty screen for each run, where there is one.
fn clear() {
    let mut stderr = io::stderr();
    if io::stdout().is_terminal() && stderr.is_terminal() && output::obeys() {
        // A screen that cannot be cleared is no reason to stop.
        let _ = stderr.write_all(b"\x1b[2J\x1b[3J\x1b[H");
    }
}

/// What a run depends on.
#[derive(Clone, Default)]
struct Watched {
    /// Files, whether they exist or not, by the real paths of their folders.
    files: Vec<PathBuf>,
    /// Folders of scripts and of functions that exist, by their real paths: the scripts in them count.
    folders: Vec<PathBuf>,
}

impl Watched {
    fn of(scripts: &[PathBuf], global: &Global) -> Self {
        let mut watched = Self::default();
        for script in scripts {
            watched.script(script, global);
        }
        watched
    }

    fn script(&mut self, script: &Path, global: &Global) {
        if script.is_dir() {
            self.folder(script);
        }
        self.file(script);
        if let Ok(target) = fs::canonicalize(script) {
            self.file(&target);
        }
        self.file(&project_file(script, global));
        if let Ok(project) = global.find_project(script) {
            if let Some(config) = project.config() {
                self.file(config);
            }
            if let Some(functions) = project.functions_folder() {
                // It may be made later.
                self.file(&functions);
                self.folder(&functions);
            }
        }
    }

    fn folder(&mut self, path: &Path) {
        self.folders.extend(fs::canonicalize(path));
    }

    fn file(&mut self, path: &Path) {
        let folder = path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty())
            .unwrap_or(Path::new("."));
        if let (Ok(folder), Some(name)) = (fs::canonicalize(folder), path.file_name()) {
            self.files.push(folder.join(name));
        }
    }

    fn concerns(&self, path: &Path) -> bool {
        self.files.iter().any(|file| file == path)
            || self.folders.iter().any(|folder| is_script(path, folder))
    }
}

/// Whether a path below a folder may be a script, or a folder with scripts that has come or gone.
fn is_script(path: &Path, folder: &Path) -> bool {
    let Ok(below) = path.strip_prefix(folder) else {
        return false;
    };
    let is_hidden = |part: &OsStr| part.to_string_lossy().starts_with('.');
    let ending = path.extension();
    !below.iter().any(is_hidden) && ending.is_none_or(|ending| ending == "dg")
}

/// Where `freshet.toml` is, or would be beside the script or in the folder: also of a project whose settings are wrong.
pub fn project_file(script: &Path, global: &Global) -> PathBuf {
    if let Some(folder) = &global.project {
        return folder.join(FILE);
    }
    let absolute = std::path::absolute(script).unwrap_or_else(|_| script.to_owned());
    let above = absolute.ancestors();
    above
        .map(|folder| folder.join(FILE))
        .find(|file| file.exists())
        .unwrap_or_else(|| match script.is_dir() {
            true => absolute.join(FILE),
            false => absolute.with_file_name(FILE),
        })
}

/// A watch on those files.
struct Watch {
    changes: Receiver<()>,
    /// Ends with it.
    _watcher: RecommendedWatcher,
}

impl Watch {
    /// A change also ends the run that is under way.
    fn start(watched: &Watched, cancelled: &Arc<AtomicBool>) -> Result<Self, Failure> {
        let (sender, changes) = mpsc::channel();
        let wanted = watched.clone();
        let cancelled = Arc::clone(cancelled);
        let on_event = move |event: notify::Result<notify::Event>| {
            let Ok(event) = event else {
                return;
            };
            let is_change = !matches!(event.kind, EventKind::Access(_));
            if is_change && event.paths.iter().any(|path| wanted.concerns(path)) {
                cancelled.store(true, Ordering::Relaxed);
                // Nobody listens any more when the watch ends.
                let _ = sender.send(());
            }
        };
        let mut watcher = notify::recommended_watcher(on_event).map_err(failed)?;
        let mut folders: Vec<&Path> = watched
            .files
            .iter()
            .filter_map(|file| file.parent())
            .collect();
        folders.sort();
        folders.dedup();
        for folder in folders {
            watcher
                .watch(folder, RecursiveMode::NonRecursive)
                .map_err(failed)?;
        }
        for folder in &watched.folders {
            match watcher.watch(folder, RecursiveMode::Recursive) {
                // It is gone again, which the watch on the folder above has seen.
                Err(_) if !folder.exists() => {}
                outcome => outcome.map_err(failed)?,
            }
        }
        Ok(Self {
            changes,
            _watcher: watcher,
        })
    }

    /// Waits for a change and until nothing has changed for a while; gives the signal that came instead.
    fn wait(&self) -> Option<u8> {
        loop {
            match self.changes.recv_timeout(LOOK) {
                Ok(()) => break,
                Err(_) => {
                    if let Some(signal) = signal::received() {
                        return Some(signal);
                    }
                }
            }
        }
        while self.changes.recv_timeout(QUIET) != Err(RecvTimeoutError::Timeout) {
            if let Some(signal) = signal::received() {
                return Some(signal);
            }
        }
        None
    }
}

fn failed(cause: notify::Error) -> Failure {
    Failure {
        exit: exit::IO,
        ..Failure::usage(format!("files cannot be watched: {cause}"))
    }
}
