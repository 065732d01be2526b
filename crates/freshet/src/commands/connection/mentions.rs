//! Which scripts name a connection: those in the current folder and below.

use std::fs;
use std::path::Path;

/// Folders entered below the current one, entries looked at, bytes of a script: enough for a project, and an end in a
/// home folder.
const DEPTH: usize = 6;
const ENTRIES: usize = 10_000;
const LARGEST: u64 = 4 * 1024 * 1024;

/// The scripts (`.dg`) that contain the link name in quotes, sorted.
pub fn scripts(link: &str) -> Vec<String> {
    let mut found = Vec::new();
    search(Path::new("."), link, DEPTH, &mut 0, &mut found);
    found.sort();
    found
}

/// What cannot be read is passed over: the question is only a courtesy.
fn search(folder: &Path, link: &str, depth: usize, seen: &mut usize, found: &mut Vec<String>) {
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
            found.push(
                path.strip_prefix(".")
                    .unwrap_or(&path)
                    .display()
                    .to_string(),
            );
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
