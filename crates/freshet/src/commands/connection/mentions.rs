//! Which scripts name a connection: those of the project, or where there is none, in the current folder and below.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use freshet_runtime::project;

/// Folders entered below the current one, entries looked at, bytes of a script: enough for a project, and an end in a
/// home folder.
const DEPTH: usize = 6;
const ENTRIES: usize = 10_000;
const LARGEST: u64 = 4 * 1024 * 1024;

/// The scripts (`.dg`) that contain the link name in quotes, sorted, from the folder that was searched on.
pub fn scripts(link: &str) -> Vec<String> {
    let root = root();
    let mut found = Vec::new();
    search(&root, link, DEPTH, &mut 0, &mut found);
    let mut found: Vec<String> = found
        .iter()
        .map(|path| {
            path.strip_prefix(&root)
                .unwrap_or(path)
                .display()
                .to_string()
        })
        .collect();
    found.sort();
    found
}

/// The folder of the project that the current folder belongs to, or that folder itself.
fn root() -> PathBuf {
    let here = env::current_dir().unwrap_or_else(|_| PathBuf::from("."));
    let of_project = here
        .ancestors()
        .find(|folder| folder.join(project::FILE).is_file());
    of_project.map_or(here.clone(), Path::to_owned)
}

/// What cannot be read is passed over: the question is only a courtesy.
fn search(folder: &Path, link: &str, depth: usize, seen: &mut usize, found: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    for entry in entries.flatten() {
        *seen += 1;
        if *seen > ENTRIES {
            return;
        }
        let (path, Ok(kind)) = (entry.path(), entry.file_type()) else {
            continue;
        };
        let hidden = entry.file_name().to_string_lossy().starts_with('.');
        if kind.is_dir() && !hidden && depth > 0 {
            search(&path, link, depth - 1, seen, found);
        } else if kind.is_file()
            && path.extension().is_some_and(|ending| ending == "dg")
            && names(&path, link)
        {
            found.push(path);
        }
    }
}

fn names(path: &Path, link: &str) -> bool {
    let small = fs::metadata(path).is_ok_and(|about| about.len() <= LARGEST);
    let Some(text) = small.then(|| fs::read_to_string(path).ok()).flatten() else {
        return false;
    };
    text.contains(&format!("\"{link}\"")) || text.contains(&format!("'{link}'"))
}
