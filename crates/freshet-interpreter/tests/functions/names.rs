//! Every name that the language documents, with what it is called on and how many arguments it takes.

use std::collections::{BTreeMap, BTreeSet};

use freshet_interpreter::library::builtin::{Builtin, Forms, Receiver};
use freshet_interpreter::library::{LIBRARY, builtins, system};
use freshet_interpreter::value::Type;

use super::output;

/// The functions of the two documents of built-ins, aliases included, section by section of their indexes. Before the
/// point stands what a function is called on, `/` between several; what may be left out stands in brackets.
const METHODS: &str = "
Built-ins I, 1.1: text
text.concat(str)
text.contains(str)
text.containsIgnoreCase(str)
text.notContains(str)
text.startsWith(str)
text.startsWithIgnoreCase(str)
text.endsWith(str)
text.endsWithIgnoreCase(str)
text.equalsIgnoreCase(str)
value.equals(y)
text.matches(regex)
text.indexOf(str)
text.find(str)
text.lastIndexOf(str)
text.getOccurenceCount(str)
text.getOccurrenceCount(str)
text.getOccurence(str)
text.getOccurrence(str)
text.length()
text.len()
text.isAscii()
text.subString(from[, to])
text.subText(from[, to])
text.mid(from[, to])
text.left(n)
text.right(n)
text.getPrefix(str)
text.getPrefixIgnoreCase(str)
text.getSuffix(str)
text.getSuffixIgnoreCase(str)
text.getAlpha()
text.getAlphaNumeric()
text.removeAllAlpha()
text.removeAllAlphaNumeric()
text.remove(str)
text.removeFirstOccurence(str)
text.removeFirstOccurrence(str)
text.removeLastOccurence(str)
text.removeLastOccurrence(str)
text.replaceAll(search, with[, literal])
text.replaceAllIgnoreCase(search, with[, literal])
text.replaceFirst(search, with[, literal])
text.replaceFirstIgnoreCase(search, with[, literal])
text.toUpperCase()
text.toLowerCase()
text.proper()
text.trim()
text.ltrim()
text.rtrim()
text.leftpad(width)
text.rightpad(width)
text.repeat(n)
text/list.reverse()
text.textToHex()
text.hexToText()
number/decimal/date/text.text(pattern)
Built-ins I, 1.2: number
number/decimal.abs()
number/decimal.ceil()
number/decimal.floor()
number/decimal.round([places])
number/decimal.truncate([places])
number/decimal.frac()
number/decimal.signum()
number/decimal.sqrt()
number/decimal.power(m)
number/decimal.exp()
number/decimal.log()
number/decimal.log10()
number/decimal.max(m)
number/decimal.min(m)
number/decimal.isEven()
number/decimal.isOdd()
number/decimal.randomNumber([end])
number/decimal.toHex()
number/decimal.toWords()
number/decimal.sin()
number/decimal.cos()
number/decimal.tan()
number/decimal.asin()
number/decimal.acos()
number/decimal.atan()
number/decimal.atan2(x)
number/decimal.sinh()
number/decimal.cosh()
number/decimal.tanh()
number/decimal.asinh()
number/decimal.acosh()
number/decimal.atanh()
number/decimal.degrees()
number/decimal.radians()
list/coll.percentile(p)
Built-ins I, 1.3: checks
value.isNull()
value.isBlank()
null/text/list/map/coll.isEmpty()
value.ifNull(other)
value.isText()
value.isNumber()
value.isDate()
value.isValidObject()
Built-ins I, 1.4: conversion
some.toString([format[, zone]])
some.toText([format[, zone]])
number/decimal/date/text.toDateTimeString(format[, zone])
number/decimal/date/text.toNumber()
number/decimal/date/text.toLong()
number/decimal/text.toDecimal()
number/decimal/date/text.toDate([mapping])
number/decimal/date/text.dateValue([mapping])
number/decimal/date/text.toTime([mapping[, zone]])
number/decimal/date/text.toDateTime([mapping])
Built-ins I, 1.5: date-time
date/text.addYear(n)
date/text.addMonth(n)
date/text.addWeek(n)
date/text.addDay(n)
date/text.addHour(n)
date/text.addMinutes(n)
date/text.addSeconds(n)
date/text.subYear(n)
date/text.subMonth(n)
date/text.subWeek(n)
date/text.subDay(n)
date/text.subHour(n)
date/text.subMinutes(n)
date/text.subSeconds(n)
date/text.addBusinessDay(n[, weekends[, holidays]])
date/text.subBusinessDay(n[, weekends[, holidays]])
date/text.workday(n[, weekends[, holidays]])
date/text.workDaysList(end[, weekends[, holidays]])
date/text.addBusinessHour(n[, weekends[, holidays[, hours]]])
date/text.getDay()
date/text.day()
date/text.getMonth()
date/text.month()
date/text.getYear()
date/text.year()
date/text.getHour()
date/text.hour()
date/text.getMinutes()
date/text.minute()
date/text.getSeconds()
date/text.second()
date/text.getDayOfYear()
date/text.getDayOfWeek()
date/text.weekday()
date/text.getWeekOfYear([startDay])
date/text.getDate()
date/text.getDateTime()
date/text.toStartOfWeek()
date/text.toStartOfMonth()
date/text.eomonth(n)
date/text.edate(n)
date/text.nextWeekDay(name)
date/text.previousWeekDay(name)
date/text.daysBetween(end)
date/text.days360(end)
date/text.hoursBetween(end)
date/text.monthsBetween(end)
date/text.yearsBetween(end)
date/text.monthsDiff(end)
date/text.totalMonths(end)
date/text.totalMonth(end)
date/text.yearsDiff(end)
date/text.totalYears(end)
date/text.totalYear(end)
date/text.yearFraction(end)
date/text.timeBetween(end)
date/text.unixEpoch([zone])
Built-ins II, 1: list
list.add(x)
list.addAll(list2)
list.clear()
list.contains(x)
list.notContains(x)
list.distinct()
list.duplicate()
list.get(i)
list.getAsString(i)
list.indexOf(x)
list.lastIndexOf(x)
list.intersect(list2)
list.remove(i)
list.removeElement(x)
list.removeAll(list2)
list.size()
list.sort([asc])
list.subList(from[, to])
list/coll.average()
list/coll.median()
list/coll.largest()
list/coll.smallest()
list/coll.nthLargest(n)
list/coll.nthSmallest(n)
list/coll.rank(x[, asc])
text.toList([sep])
list/coll.toList()
text/list.toJSONList()
Built-ins II, 1: key-value
map.put(k[, v])
map.putAll(map2)
map/text.get(k)
map/text/list.getJSON(k)
map.keys()
map.values()
map.containKey(k)
map.containsKey(k)
map.containValue(v)
map.containsValue(v)
map.remove(k)
map.clear()
map.size()
map.duplicate()
map.notContains(x)
text/map.toMap()
Built-ins II, 1: collection
coll.insert(x[, v])
coll.insertAll(x)
coll.update(k, v)
coll.delete(v)
coll.deleteAll(list)
coll.deleteKey(k)
coll.deleteKeys(list)
coll.get(k)
coll.getKey(v)
coll.getLastKey(v)
coll.keys()
coll.values()
coll.containsKey(k)
coll.containKey(k)
coll.containsValue(v)
coll.containValue(v)
coll.notContains(v)
coll.duplicate()
coll.distinct()
coll.intersect(coll2)
coll.sort([asc])
coll.sortKey([asc])
coll.size()
coll.clear()
Built-ins II, 1: JSON and XML
text/map/coll.toXML()
text/map/coll.executeXPath(path)
text.toXmlList()
Built-ins II, 1: web
text.encodeUrl()
Built-ins II, 1: file
text/list/map/coll.toFile(name)
file.getFileName()
file.getFileType()
file.getFileSize()
file.getFileContent()
file.setFileName(name)
file.setFileType(type)
file.setParamName(name)
file.setCharset(name)
value.isFile()
file/list/map/coll.compress([name])
file.extract()
file.convertToPDF(…)
";

/// The functions that are called on nothing.
const PLAIN: &str = "
now()
today()
List([text])
Map()
Collection(…)
invokeUrl(url, type, …)
getUrl(url, …)
postUrl(url, body, …)
openUrl(url, window[, param])
zoho.pushNotification(…)
zoho.encryption.md5(text)
zoho.encryption.sha1(text)
zoho.encryption.sha256(text[, type])
zoho.encryption.sha512(text[, type])
zoho.encryption.hmacsha1(key, text[, type])
zoho.encryption.hmacsha256(key, text[, type])
zoho.encryption.hmacsha512(key, text[, type])
zoho.encryption.base64Encode(x)
zoho.encryption.base64Decode(text)
zoho.encryption.urlEncode(text)
zoho.encryption.urlDecode(text)
zoho.encryption.aesEncode(key, text[, iv])
zoho.encryption.aesDecode(key, text[, iv])
";

/// The names that are values.
const VARIABLES: &str = "now today zoho.currentdate zoho.currenttime zoho.loginuser zoho.loginuserid zoho.loginrole \
    zoho.adminuser zoho.adminuserid zoho.appname zoho.appuri zoho.ipaddress zoho.device.type";

/// The tasks written in brackets.
const TASKS: &str = "invokeurl invokeapi sendmail sendSms";

/// Methods that have no plain form.
const METHODS_ONLY: &[&str] = &["notcontains", "rank"];

/// A line of the index: what it is called on, its name, the fewest and the most arguments.
struct Signature {
    receivers: Vec<Type>,
    name: &'static str,
    count: (usize, Option<usize>),
}

fn signatures(index: &'static str) -> impl Iterator<Item = Signature> {
    let lines = index.lines().filter(|line| line.ends_with(')'));
    lines.map(|line| {
        let (before, arguments) = line.trim_end_matches(')').split_once('(').unwrap();
        let (receivers, name) = match before.rsplit_once('.') {
            Some((receivers, name)) if !receivers.starts_with("zoho") => (receivers, name),
            _ => ("", before),
        };
        let words = receivers.split('/').filter(|word| !word.is_empty());
        let parts: Vec<&str> = arguments
            .split(',')
            .filter(|part| !part.trim().is_empty())
            .collect();
        let rest = arguments.contains('…');
        // A bracket before a comma begins with the argument behind it.
        let optional = arguments.matches('[').count();
        let most = parts.len() - usize::from(rest);
        Signature {
            receivers: words.flat_map(types).collect(),
            name,
            count: (most - optional, (!rest).then_some(most)),
        }
    })
}

fn types(word: &str) -> Vec<Type> {
    match word {
        "null" => vec![Type::Null],
        "number" => vec![Type::Number],
        "decimal" => vec![Type::Decimal],
        "date" => vec![Type::DateTime],
        "text" => vec![Type::Text],
        "list" => vec![Type::List],
        "map" => vec![Type::KeyValue],
        "coll" => vec![Type::Collection],
        "file" => vec![Type::File],
        "value" => Type::ALL.to_vec(),
        "some" => Type::ALL
            .into_iter()
            .filter(|kind| *kind != Type::Null)
            .collect(),
        other => panic!("{other}"),
    }
}

#[test]
fn every_method_of_the_index_is_there_with_its_receivers_and_its_count() {
    let mut faults = Vec::new();
    let mut receivers: BTreeMap<String, BTreeSet<u8>> = BTreeMap::new();
    for line in signatures(METHODS) {
        let Some(id) = LIBRARY.method(line.name) else {
            faults.push(format!("{} is missing", line.name));
            continue;
        };
        let entries = &LIBRARY.row(id).entries;
        for kind in &line.receivers {
            match entries[*kind as usize] {
                None => faults.push(format!("{} of {}", line.name, kind.name())),
                Some(entry) if entry.count() != line.count => faults.push(format!(
                    "{} of {} takes {:?}, not {:?}",
                    line.name,
                    kind.name(),
                    entry.count(),
                    line.count
                )),
                Some(_) => {}
            }
        }
        let known = receivers.entry(line.name.to_lowercase()).or_default();
        known.extend(line.receivers.iter().map(|kind| *kind as u8));
        let is_plain = LIBRARY.method_as_function(line.name).is_some();
        if is_plain == METHODS_ONLY.contains(&line.name.to_lowercase().as_str()) {
            faults.push(format!("{} as a plain function: {is_plain}", line.name));
        }
    }
    // Nothing is called on more than is documented; `{}` is all that it may become.
    for (name, known) in &receivers {
        let row = LIBRARY.method(name).map(|id| LIBRARY.row(id));
        for kind in Type::ALL {
            let has = row.is_some_and(|row| row.entries[kind as usize].is_some());
            if has && kind != Type::Undecided && !known.contains(&(kind as u8)) {
                faults.push(format!("{name} is called on {}, too", kind.name()));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn every_plain_function_of_the_index_is_there_with_its_count() {
    for line in signatures(PLAIN) {
        let entry = LIBRARY.function(line.name);
        let entry = entry.unwrap_or_else(|| panic!("{} is missing", line.name));
        assert_eq!(entry.count(), line.count, "{}", line.name);
    }
    for (made, element) in [
        ("List:String()", "\"7\""),
        ("List:Int()", "7"),
        ("List:Long()", "7"),
        ("List:Float()", "7"),
        ("List:Bool()", "true"),
        ("List:Date()", "'07-Jan-2024'"),
    ] {
        let script = format!("l = {made}; l.add({element}); info l.size();");
        assert_eq!(output(&script), "1", "{made}");
    }
}

#[test]
fn every_variable_and_every_task_of_the_index_is_there() {
    for name in VARIABLES.split_whitespace() {
        assert!(system::find(name).is_some(), "{name}");
        // The old form with parentheses; letter case does not count.
        let script = format!("a = {}(); info \"there\";", name.to_uppercase());
        assert_eq!(output(&script), "there", "{name}");
    }
    for name in TASKS.split_whitespace() {
        assert!(LIBRARY.task(name).is_some(), "{name}");
    }
}

#[test]
fn nothing_is_offered_that_the_index_does_not_have() {
    let known: BTreeSet<String> = signatures(METHODS)
        .chain(signatures(PLAIN))
        .map(|line| line.name.to_lowercase())
        .collect();
    let names =
        |entry: &'static Builtin| std::iter::once(entry.name).chain(entry.aliases.iter().copied());
    let unknown: Vec<&str> = builtins()
        .flat_map(names)
        .filter(|name| !known.contains(&name.to_lowercase()))
        .collect();
    assert!(unknown.is_empty(), "{unknown:?}");
}

/// Two entries of one name for one type: the later one would hide the earlier.
#[test]
fn no_entry_hides_another() {
    let mut seen: BTreeSet<(String, u8)> = BTreeSet::new();
    for entry in builtins() {
        for kind in Type::ALL.into_iter().filter(|kind| entry.accepts(*kind)) {
            let key = (entry.name.to_lowercase(), kind as u8);
            assert!(seen.insert(key), "{} of {}", entry.name, kind.name());
        }
        let is_plain = matches!(entry.receiver, Receiver::None);
        assert!(!is_plain || entry.forms == Forms::Both, "{}", entry.name);
    }
}
