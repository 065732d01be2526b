//! The reference beside the editor, `grammar/reference/`: made of the tables, one page a family.
//!
//! `FRESHET_RENEW=1 cargo test -p freshet-interpreter --test functions reference` writes it anew.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use freshet_interpreter::library::builtin::Example;
use freshet_interpreter::library::builtin::{Builtin, Forms, Kind, Param, Presence, Receiver};
use freshet_interpreter::library::integration::TASKS;
use freshet_interpreter::library::integration::entry::IntegrationTask;
use freshet_interpreter::library::system::{APP_VARIABLE, SystemVariable, VARIABLES};
use freshet_interpreter::library::task::Task;
use freshet_interpreter::library::{FAMILIES, Family, LIBRARY, builtins, tasks};
use freshet_interpreter::value::Type;

const RENEW: &str = "FRESHET_RENEW=1 cargo test -p freshet-interpreter --test functions reference";

/// Pages by file name.
type Pages = BTreeMap<String, String>;

#[test]
fn the_reference_is_what_the_tables_say() {
    let folder = folder();
    let pages = pages();
    if std::env::var_os("FRESHET_RENEW").is_some() {
        std::fs::create_dir_all(&folder).unwrap();
        for path in kept(&folder) {
            std::fs::remove_file(path).unwrap();
        }
        for (name, page) in &pages {
            std::fs::write(folder.join(name), page).unwrap();
        }
    }
    let kept: Vec<String> = kept(&folder)
        .iter()
        .map(|path| path.file_name().unwrap().to_string_lossy().into_owned())
        .collect();
    assert_eq!(
        kept,
        pages.keys().cloned().collect::<Vec<_>>(),
        "renew it: {RENEW}"
    );
    for (name, page) in &pages {
        let found = std::fs::read_to_string(folder.join(name)).unwrap();
        assert!(
            &found == page,
            "{name} is not what the tables say; renew it: {RENEW}"
        );
    }
}

#[test]
fn every_link_of_the_reference_leads_to_a_heading() {
    let pages = pages();
    let mut links = 0;
    for (name, page) in &pages {
        for link in page.split("](").skip(1) {
            let target = link.split(')').next().unwrap();
            if target.starts_with("http") {
                continue;
            }
            let (file, anchor) = target.split_once('#').unwrap_or((target, ""));
            let file = if file.is_empty() { name } else { file };
            let page = pages
                .get(file)
                .unwrap_or_else(|| panic!("{name}: {target}"));
            assert!(
                anchor.is_empty() || anchors(page).iter().any(|known| known == anchor),
                "{name}: {target}"
            );
            links += 1;
        }
    }
    assert!(links > 500, "{links}");
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../grammar/reference")
}

/// The pages that are there, by name.
fn kept(folder: &Path) -> Vec<PathBuf> {
    let files = std::fs::read_dir(folder).into_iter().flatten();
    let mut paths: Vec<PathBuf> = files
        .map(|file| file.unwrap().path())
        .filter(|path| path.extension().is_some_and(|end| end == "md"))
        .collect();
    paths.sort();
    paths
}

fn pages() -> Pages {
    let mut pages: Pages = FAMILIES
        .iter()
        .map(|family| (file_name(family.name), family_page(family)))
        .collect();
    pages.insert(file_name("tasks"), task_page());
    pages.insert(file_name("integrations"), integration_page());
    pages.insert(file_name("variables"), variable_page());
    pages.insert(file_name("README"), index_page());
    pages
}

fn file_name(name: &str) -> String {
    format!("{name}.md")
}

/// The anchors of a page's headings: letters, digits and `-` of it, and a number where one comes again.
fn anchors(page: &str) -> Vec<String> {
    let mut anchors: Vec<String> = Vec::new();
    let mut fenced = false;
    for line in page.lines() {
        fenced ^= line.starts_with("```");
        if fenced || !line.starts_with('#') {
            continue;
        }
        let plain = anchor(line.trim_start_matches('#').trim());
        let before = anchors
            .iter()
            .filter(|known| **known == plain || known.strip_prefix(&plain).is_some_and(is_repeated))
            .count();
        anchors.push(if before == 0 {
            plain
        } else {
            format!("{plain}-{before}")
        });
    }
    anchors
}

fn is_repeated(end: &str) -> bool {
    end.strip_prefix('-')
        .is_some_and(|number| number.parse::<u32>().is_ok())
}

fn anchor(heading: &str) -> String {
    let kept = heading
        .chars()
        .filter(|c| c.is_alphanumeric() || matches!(c, '-' | ' ' | '_'));
    kept.map(|c| {
        if c == ' ' {
            '-'
        } else {
            c.to_ascii_lowercase()
        }
    })
    .collect()
}

/// The entries of a family with their anchors.
fn anchored(family: &Family) -> Vec<(&'static Builtin, String)> {
    let mut before: BTreeMap<String, usize> = BTreeMap::new();
    family
        .entries()
        .map(|entry| {
            let plain = anchor(entry.name);
            let count = before.entry(plain.clone()).or_default();
            *count += 1;
            let name = if *count == 1 {
                plain
            } else {
                format!("{plain}-{}", *count - 1)
            };
            (entry, name)
        })
        .collect()
}

fn index_page() -> String {
    let mut page = String::from(
        "# The functions of the language\n\nThis reference is made of the tables that the program itself reads; `freshet help NAME` shows the same entry, and \
         `freshet help --search WORD` finds one.\n\n## Families\n\n| page | holds |\n|---|---|\n",
    );
    for family in FAMILIES {
        let count = family.entries().count();
        let _ = writeln!(
            page,
            "| [{}]({}) | {count} functions |",
            family.title,
            file_name(family.name)
        );
    }
    let _ = writeln!(
        page,
        "| [Tasks](tasks.md) | {} tasks, written in brackets |",
        tasks().count()
    );
    let _ = writeln!(
        page,
        "| [Integration tasks](integrations.md) | {} calls of services |",
        TASKS.len()
    );
    let _ = writeln!(
        page,
        "| [Variables](variables.md) | {} names that are values |",
        variables().count()
    );
    page += RULES;
    page += "\n## All names\n\nLetter case does not count. Other names of a function are set in italics.\n\n";
    page += &all_names();
    page
}

/// What holds for all of them (Built-ins I, 0; language reference, 9).
const RULES: &str = "
## What holds for all of them

- A function is called on a value, `x.indexOf(search)`, or with that value as its first argument, `indexOf(x, search)`;
  an entry says where only the first is possible. Letter case does not count in names.
- What stands in brackets may be left out; `…` may be repeated.
- Places in a TEXT or a LIST count from 0. A character is a Unicode scalar value: `\"😀\".length()` is 1.
- NUMBER and DECIMAL stand for each other as arguments; where a whole number is wanted, a DECIMAL must have no fraction.
- Where a DATE-TIME is wanted, a TEXT that reads as a date will do.
- A COLLECTION of elements stands for a LIST, one of pairs for a KEY-VALUE.
- A call that fails changes nothing.

Every function ends with one of these errors where it is used wrongly; `freshet explain CODE` tells more. What else an
entry can end with is said there. `try` and `catch` take them all.

| code | means |
|---|---|
| R0011 | the value has no function of that name |
| R0012 | it was called on null |
| R0013 | another number of arguments is wanted |
| R0014 | an argument is of another type |
| R0015 | there is no such place |
| R0016 | the value of an argument is not allowed |
| R0017 | a text does not read as what was wanted |
| R0103 | the result would need more memory than the run may use |
";

/// The names with links, one paragraph a letter.
fn all_names() -> String {
    let mut names: Vec<(String, String)> = Vec::new();
    for family in FAMILIES {
        for (entry, anchor) in anchored(family) {
            let target = format!("{}#{anchor}", file_name(family.name));
            let owner = receivers(entry).map_or_else(String::new, |words| format!(" ({words})"));
            let shared = builtins().filter(|other| other.name == entry.name).count() > 1;
            let owner = if shared { owner } else { String::new() };
            names.push((
                entry.name.to_owned(),
                format!("[{}]({target}){owner}", entry.name),
            ));
            for alias in entry.aliases {
                names.push(((*alias).to_owned(), format!("[*{alias}*]({target}){owner}")));
            }
        }
    }
    for task in tasks() {
        let link = format!("[{}](tasks.md#{}) (task)", task.name, anchor(task.name));
        names.push((task.name.to_owned(), link));
    }
    for task in TASKS {
        let link = format!("[{0}](integrations.md#{1})", task.name, anchor(task.name));
        names.push((task.name.to_owned(), link));
    }
    for variable in variables() {
        let link = format!(
            "[{0}](variables.md#{1})",
            variable.name,
            anchor(variable.name)
        );
        names.push((variable.name.to_owned(), link));
    }
    names.sort_by_key(|(name, link)| (name.to_lowercase(), link.clone()));
    let mut letters: BTreeMap<char, Vec<String>> = BTreeMap::new();
    for (name, link) in names {
        let letter = name.chars().next().unwrap().to_ascii_uppercase();
        letters.entry(letter).or_default().push(link);
    }
    let paragraphs = letters
        .iter()
        .map(|(letter, links)| format!("**{letter}**  {}\n", links.join(" · ")));
    paragraphs.collect::<Vec<_>>().join("\n")
}

fn family_page(family: &Family) -> String {
    let entries = anchored(family);
    let mut page = format!(
        "# {}\n\n[All functions](README.md)\n\n| function | |\n|---|---|\n",
        family.title
    );
    for (entry, anchor) in &entries {
        let _ = writeln!(
            page,
            "| [`{}`](#{anchor}) | {} |",
            entry.written(entry.name),
            cell(entry.summary)
        );
    }
    for (entry, _) in &entries {
        page += &entry_section(entry);
    }
    page
}

fn entry_section(entry: &Builtin) -> String {
    let mut text = format!(
        "\n## {}\n\n`{}` → {}\n\n{}\n\n",
        entry.name,
        entry.written(entry.name),
        entry.returns,
        entry.summary
    );
    if let Some(receivers) = receivers(entry) {
        let only = if entry.forms == Forms::Method {
            "; as a method only"
        } else {
            ""
        };
        let _ = writeln!(text, "- called on {receivers}{only}");
    }
    for param in entry.params {
        let _ = writeln!(text, "- {}", parameter(param));
    }
    if !entry.aliases.is_empty() {
        let names: Vec<String> = entry
            .aliases
            .iter()
            .map(|name| format!("`{name}`"))
            .collect();
        let _ = writeln!(text, "- also called {}", names.join(", "));
    }
    let (errors, details): (Vec<&str>, Vec<&str>) = sentences(entry.details)
        .into_iter()
        .partition(|sentence| sentence.contains("error"));
    if !details.is_empty() {
        let _ = write!(text, "\n{}\n", details.join(" "));
    }
    text += &examples(entry.examples);
    let refused = format!("{}{}", usual_errors(entry), errors.join(" "));
    if !refused.is_empty() {
        let _ = write!(text, "\n**Errors.** {}\n", refused.trim_end());
    }
    let _ = write!(text, "\n{}\n", source(entry.source));
    text
}

fn examples(examples: &[Example]) -> String {
    let mut text = "\n**Examples**\n\n".to_owned();
    for example in examples {
        let _ = write!(
            text,
            "```deluge\n{}\n```\n```text\n{}\n```\n",
            example.script, example.output
        );
    }
    text
}

/// Sentences end with a point and a blank, but not inside of quoted code.
fn sentences(text: &'static str) -> Vec<&'static str> {
    let mut sentences = Vec::new();
    let (mut start, mut quoted) = (0, false);
    for (at, c) in text.char_indices() {
        quoted ^= c == '`';
        if c == '.' && !quoted && text[at + 1..].starts_with(' ') {
            sentences.push(text[start..=at].trim());
            start = at + 1;
        }
    }
    sentences.push(text[start..].trim());
    sentences.retain(|sentence| !sentence.is_empty());
    sentences
}

/// What its signature refuses.
fn usual_errors(entry: &Builtin) -> String {
    let mut text = match entry.count() {
        (_, None) if entry.params.len() == 1 => String::new(),
        _ => "Another number of arguments: R0013. ".to_owned(),
    };
    let typed: Vec<String> = entry
        .params
        .iter()
        .filter(|param| !matches!(param.kind, Kind::Anything))
        .map(|param| format!("`{}`", param.name))
        .collect();
    if !typed.is_empty() {
        let _ = write!(text, "Another type of {}: R0014. ", typed.join(" or "));
    }
    text
}

fn parameter(param: &Param) -> String {
    let takes = match param.kind {
        Kind::WholeCut => "NUMBER, or DECIMAL whose fraction is cut",
        Kind::DateTime => "DATE-TIME, or TEXT that reads as a date",
        Kind::List => "LIST, or COLLECTION of elements",
        Kind::KeyValue => "KEY-VALUE, or COLLECTION of pairs",
        kind => kind.expected(),
    };
    let presence = match param.presence {
        Presence::Required => "",
        Presence::Optional => "; may be left out",
        Presence::Rest => "; as many as there are",
    };
    format!("`{}`: {takes}{presence}", param.name)
}

fn receivers(entry: &Builtin) -> Option<String> {
    let name = |kind: &Type| kind.name().to_owned();
    Some(match entry.receiver {
        Receiver::None => return None,
        Receiver::Of(Type::DateTime) => "DATE-TIME, or TEXT that reads as a date".to_owned(),
        Receiver::Of(kind) => name(&kind),
        Receiver::AnyOf(kinds) => {
            let kinds = kinds.iter().filter(|kind| **kind != Type::Undecided);
            kinds.map(name).collect::<Vec<_>>().join(", ")
        }
        Receiver::Anything => "any value, null too".to_owned(),
    })
}

fn task_page() -> String {
    let mut page = "# Tasks\n\n[All functions](README.md)\n\nA task is written in brackets, its attributes one after another.\n\n| task | |\n|---|---|\n".to_owned();
    for task in tasks() {
        let _ = writeln!(
            page,
            "| [`{0}`](#{1}) | {2} |",
            task.name,
            anchor(task.name),
            cell(task.summary)
        );
    }
    for task in tasks() {
        page += &task_section(task);
    }
    page
}

fn task_section(task: &Task) -> String {
    let mut text = format!(
        "\n## {0}\n\n`{0} [ … ]` → {1}\n\n{2}\n\n| attribute | takes | |\n|---|---|---|\n",
        task.name, task.returns, task.summary
    );
    for attribute in task.attributes {
        let needed = if attribute.required { " Required." } else { "" };
        let _ = writeln!(
            text,
            "| `{}` | {} | {}{needed} |",
            attribute.name,
            attribute.takes,
            cell(attribute.summary)
        );
    }
    if !task.details.is_empty() {
        let _ = write!(text, "\n{}\n", task.details);
    }
    text += &examples(task.examples);
    let _ = write!(text, "\n{}\n", source(task.source));
    text
}

fn integration_page() -> String {
    let mut page = "# Integration tasks\n\n[All functions](README.md)\n\nEach is one request to a service of Zoho, over the connection named last, or over the project's own for the \
                    service (`integrations.SERVICE`). A version in the name, as in `zoho.crm.v8.getRecords`, selects that of the address. An \
                    error of the service comes back as a value.\n\n| task | |\n|---|---|\n"
        .to_owned();
    for task in TASKS {
        let _ = writeln!(
            page,
            "| [`{0}`](#{1}) | {2} |",
            task.name,
            anchor(task.name),
            cell(task.summary)
        );
    }
    for task in TASKS {
        page += &integration_section(task);
    }
    page
}

fn integration_section(task: &IntegrationTask) -> String {
    let mut text = format!(
        "\n## {}\n\n`{}` → {}\n\n{}\n\n- sends `{} {}`; without a version in the name, {}\n",
        task.name,
        task.written(),
        task.gives.returns(),
        task.summary,
        task.method,
        task.path,
        task.version
    );
    for param in task.all_params() {
        let presence = if param.required {
            ""
        } else {
            "; may be left out"
        };
        let takes = param.takes.expected();
        let _ = writeln!(
            text,
            "- `{}`: {takes}{presence}. {}",
            param.name, param.summary
        );
    }
    if !task.paging.is_empty() {
        let _ = writeln!(text, "- pages: {}", task.paging);
    }
    if !task.details.is_empty() {
        let _ = write!(text, "\n{}\n", task.details);
    }
    let _ = write!(
        text,
        "\n**Example**, with what it prints when the service answers as it should\n\n```deluge\n{}\n```\n```text\n{}\n```\n\n{}\n",
        task.example.script,
        task.example.output,
        source(task.source)
    );
    text
}

/// The system variables; `now` and `today` are described as functions.
fn variables() -> impl Iterator<Item = &'static SystemVariable> {
    let variables = VARIABLES.iter();
    variables
        .filter(|variable| LIBRARY.function(variable.name).is_none())
        .chain([&APP_VARIABLE])
}

fn variable_page() -> String {
    let mut page = "# Variables\n\n[All functions](README.md)\n\nThey can be read only; `()` behind the name is accepted. \
                    [now](date-time.md#now) and [today](date-time.md#today) are written like variables, too.\n\n| name | gives |\n|---|---|\n".to_owned();
    for variable in variables() {
        let (name, anchor) = (variable.name, anchor(variable.name));
        let _ = writeln!(
            page,
            "| [`{name}`](#{anchor}) | {} |",
            cell(variable.summary)
        );
    }
    for variable in variables() {
        let _ = write!(
            page,
            "\n## {0}\n\n`{0}` → {1}\n\n{2}\n",
            variable.name, variable.returns, variable.summary
        );
        if !variable.details.is_empty() {
            let _ = write!(page, "\n{}\n", variable.details);
        }
        page += &examples(variable.examples);
        let _ = write!(page, "\n{}\n", source(variable.source));
    }
    page
}

/// Text as a cell of a table takes it.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

fn source(source: &str) -> String {
    match source {
        "chosen" => "Source: chosen for this language; no page documents it.".to_owned(),
        address => format!("Source: <{address}>"),
    }
}
