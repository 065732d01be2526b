//! What functions are called elsewhere: in other languages, and on values of other types.

use super::LIBRARY;
use super::builtin::Builtin;
use crate::value::Type;

/// Names in lower case, each with the functions that do here what it does elsewhere, the commonest first.
const TABLE: &[(&[&str], &[&str])] = &[
    // On other types.
    (&["length", "len"], &["size", "getFileSize"]),
    (&["size"], &["length", "getFileSize"]),
    (&["add"], &["put", "insert"]),
    (&["put"], &["add", "insert"]),
    (&["insert"], &["add", "put"]),
    (&["update"], &["put"]),
    (&["addall"], &["putAll", "insertAll"]),
    (&["putall"], &["addAll", "insertAll"]),
    (&["insertall"], &["addAll", "putAll"]),
    (&["contains"], &["containKey", "containsValue"]),
    (&["containkey", "containskey"], &["contains"]),
    (&["containvalue", "containsvalue"], &["contains"]),
    (&["substring", "subtext", "mid"], &["subList"]),
    (&["sublist"], &["subString"]),
    (&["indexof", "find"], &["getKey"]),
    (&["lastindexof"], &["getLastKey"]),
    (&["getkey"], &["indexOf"]),
    (&["getlastkey"], &["lastIndexOf"]),
    (&["remove"], &["deleteKey"]),
    (&["removeelement"], &["delete", "remove"]),
    (&["removeall"], &["deleteAll"]),
    (&["delete"], &["removeElement", "remove"]),
    (&["deletekey"], &["remove"]),
    (&["deleteall"], &["removeAll"]),
    (&["concat"], &["addAll", "putAll", "insertAll"]),
    (&["tolist"], &["keys"]),
    (&["sortkey"], &["sort"]),
    // In other languages.
    (&["push", "append"], &["add", "concat"]),
    (&["extend"], &["addAll"]),
    (&["merge"], &["putAll", "addAll"]),
    (&["pop", "shift"], &["remove"]),
    (&["split", "explode"], &["toList"]),
    (
        &["join", "implode", "str", "tojson", "stringify", "strftime"],
        &["toString"],
    ),
    (&["count"], &["size", "length"]),
    (
        &["upper", "toupper", "uppercase", "ucase"],
        &["toUpperCase"],
    ),
    (
        &["lower", "tolower", "lowercase", "lcase"],
        &["toLowerCase"],
    ),
    (&["capitalize", "capitalise", "title"], &["proper"]),
    (&["strip"], &["trim"]),
    (&["lstrip", "trimstart", "trimleft"], &["ltrim"]),
    (&["rstrip", "trimend", "trimright"], &["rtrim"]),
    (
        &["padstart", "padleft", "lpad", "rjust", "zfill"],
        &["leftpad"],
    ),
    (
        &["isnullorempty", "isnullorblank", "isnullorwhitespace"],
        &["isBlank"],
    ),
    (&["avg", "mean"], &["average"]),
    (&["padend", "padright", "rpad", "ljust"], &["rightpad"]),
    (&["slice", "substr"], &["subString", "subList"]),
    (
        &["has", "includes", "include", "exists"],
        &["contains", "containKey"],
    ),
    (&["haskey"], &["containKey"]),
    (&["hasvalue"], &["containValue"]),
    (&["set"], &["put"]),
    (&["replace"], &["replaceAll"]),
    (&["search", "position", "strpos"], &["indexOf"]),
    (&["match", "test"], &["matches"]),
    (&["parseint", "toint", "tointeger", "int"], &["toNumber"]),
    (
        &["parsefloat", "tofloat", "todouble", "float"],
        &["toDecimal"],
    ),
    (&["fromjson", "parse"], &["toMap", "toJSONList"]),
    (&["unique", "uniq"], &["distinct"]),
    (&["copy", "clone"], &["duplicate"]),
    (&["sorted"], &["sort"]),
    (&["items", "entries"], &["keys"]),
    (&["pow"], &["power"]),
    (&["ceiling", "cieling"], &["ceil"]),
    (&["absolute"], &["abs"]),
    (&["square", "squareroot"], &["power", "sqrt"]),
    (&["sign"], &["signum"]),
    (&["weekofyear", "week"], &["getWeekOfYear"]),
    (&["dayofweek"], &["getDayOfWeek"]),
    (&["trunc"], &["truncate"]),
    (&["random", "rand"], &["randomNumber"]),
    (&["getname", "filename"], &["getFileName"]),
    (&["gettype", "getmimetype"], &["getFileType"]),
    (&["getsize", "filesize"], &["getFileSize"]),
    (&["getcontent", "read"], &["getFileContent"]),
    (&["datediff"], &["daysBetween"]),
    (&["gettime"], &["unixEpoch"]),
];

/// The functions that do here what `name` does elsewhere.
pub(crate) fn called_here(name: &str) -> &'static [&'static str] {
    TABLE
        .iter()
        .find(|(known, _)| known.iter().any(|known| known.eq_ignore_ascii_case(name)))
        .map_or(&[], |(_, here)| here)
}

/// The functions of `found` that do what `name` does elsewhere, with the names they have here.
pub(crate) fn all_of_type(
    name: &str,
    found: Type,
) -> impl Iterator<Item = (&'static str, &'static Builtin)> {
    let here: &[&'static str] = match found {
        // Its keys are places, where it has no others.
        Type::Collection if name.eq_ignore_ascii_case("contains") => &["containsValue"],
        _ => called_here(name),
    };
    here.iter().filter_map(move |here| {
        let row = LIBRARY.row(LIBRARY.method(here)?);
        Some((*here, row.entries[found as usize]?))
    })
}

/// The first of [`all_of_type`].
pub(crate) fn of_type(name: &str, found: Type) -> Option<(&'static str, &'static Builtin)> {
    all_of_type(name, found).next()
}
