//! Zip archives (Built-ins II, 8): `compress` and `extract`. Everything stays in memory; names of entries are never
//! used as paths of the local file system.

use std::io::{Cursor, ErrorKind, Read, Write};

use rustc_hash::FxHashMap;
use zip::result::ZipError;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

use super::type_of_name;
use crate::error::{self, Fallible, RuntimeError};
use crate::library::builtin::Call;
use crate::library::elements::describe;
use crate::value::display::MAX_DEPTH;
use crate::value::{Collection, File, Form, KeyValue, List, Value, display, heap};

/// Bytes that the entries of an archive may have together, unpacked: what they claim to have is looked at first, and no
/// entry is read beyond it.
const MOST_BYTES: usize = 50 << 20;

/// Entries of an archive.
const MOST_ENTRIES: usize = 10_000;

/// Bytes of the name of an entry, set by the format.
const MOST_NAME: usize = 0xffff;

/// The archive that `compress` makes of its receiver.
pub(super) fn compress(call: &mut Call<'_, '_>) -> Fallible<Value> {
    let mut packer = Packer {
        name: call.name(),
        archive: ZipWriter::new(Cursor::new(Vec::new())),
        taken: FxHashMap::default(),
        bytes: 0,
    };
    match call.receiver() {
        Value::File(file) => packer.file(&file.data().name, file)?,
        Value::List(list) => packer.files(list)?,
        Value::KeyValue(pairs) => packer.entries(pairs, call)?,
        Value::Collection(collection) => match collection.form() {
            Form::Open => {}
            Form::Index(list) => packer.files(&list)?,
            Form::Keyed(pairs) => packer.entries(&pairs, call)?,
        },
        _ => {} // `{}` is an empty list.
    }
    let mut name = match call.arg(0) {
        Value::Text(name) if !name.is_empty() => name.to_string(),
        _ => "archive.zip".to_owned(),
    };
    if !name.to_ascii_lowercase().ends_with(".zip") {
        name.push_str(".zip");
    }
    let bytes = packer.finish()?;
    Ok(Value::File(File::new(name, "application/zip", bytes)))
}

/// Writes an archive.
struct Packer {
    /// Name of the function, for messages.
    name: &'static str,
    archive: ZipWriter<Cursor<Vec<u8>>>,
    /// The entries so far, each with the number that the last repeat of its name got.
    taken: FxHashMap<String, usize>,
    /// Bytes of their contents.
    bytes: usize,
}

impl Packer {
    /// Adds FILEs, each under its own name.
    fn files(&mut self, files: &List) -> Fallible<()> {
        for item in files.items().iter() {
            match item.settled() {
                Value::File(file) => self.file(&file.data().name, file)?,
                other => return Err(self.no_file("the list", other)),
            }
        }
        Ok(())
    }

    /// Adds what a KEY-VALUE holds, under its keys.
    fn entries(&mut self, pairs: &KeyValue, call: &Call<'_, '_>) -> Fallible<()> {
        for (key, value) in pairs.pairs().iter() {
            self.entry(&display::to_text(key, call.zone())?, value, call, 1)?;
        }
        Ok(())
    }

    /// Adds a FILE, or a KEY-VALUE or keyed COLLECTION as a folder.
    fn entry(
        &mut self,
        path: &str,
        value: &Value,
        call: &Call<'_, '_>,
        depth: usize,
    ) -> Fallible<()> {
        if depth > MAX_DEPTH {
            return Err(error::too_deep());
        }
        match value.settled() {
            Value::File(file) => self.file(path, file),
            Value::KeyValue(pairs) => self.folder(path, pairs, call, depth),
            Value::Braces(_) => self.folder(path, &KeyValue::new(), call, depth),
            Value::Collection(collection) => match collection.form() {
                Form::Keyed(pairs) => self.folder(path, &pairs, call, depth),
                Form::Open => self.folder(path, &KeyValue::new(), call, depth),
                Form::Index(_) => Err(self.no_file(&error::shorten(path), value)),
            },
            other => Err(self.no_file(&error::shorten(path), other)),
        }
    }

    /// Adds a folder with everything in it; only of an empty one there is an entry.
    fn folder(
        &mut self,
        path: &str,
        pairs: &KeyValue,
        call: &Call<'_, '_>,
        depth: usize,
    ) -> Fallible<()> {
        if pairs.is_empty() {
            let path = self.place(path)?;
            let made = self.archive.add_directory(path, options());
            return made.map_err(|fault| self.failed(&fault));
        }
        self.check_name(path)?;
        for (key, value) in pairs.pairs().iter() {
            let inside = format!("{path}/{}", display::to_text(key, call.zone())?);
            self.entry(&inside, value, call, depth + 1)?;
        }
        Ok(())
    }

    fn file(&mut self, path: &str, file: &File) -> Fallible<()> {
        let path = self.place(path)?;
        let file = file.data();
        self.bytes = self.bytes.saturating_add(file.bytes().len());
        if self.bytes > MOST_BYTES {
            return Err(too_large(self.name));
        }
        heap::check(self.bytes)?;
        self.archive
            .start_file(path, options())
            .and_then(|()| Ok(self.archive.write_all(file.bytes())?))
            .map_err(|fault| self.failed(&fault))
    }

    /// Takes a place in the archive: `path`, or with ` (2)`, ` (3)`, … before the extension where that is taken.
    fn place(&mut self, path: &str) -> Fallible<String> {
        self.check_name(path)?;
        if self.taken.len() == MOST_ENTRIES {
            return Err(too_many(self.name));
        }
        let Some(last) = self.taken.get(path) else {
            self.taken.insert(path.to_owned(), 1);
            return Ok(path.to_owned());
        };
        let folder = path.rfind('/').map_or(0, |at| at + 1);
        let stem = match path.rfind('.') {
            Some(dot) if dot > folder => dot,
            _ => path.len(),
        };
        let (stem, extension) = path.split_at(stem);
        let mut number = *last;
        let free = loop {
            number += 1;
            let wanted = format!("{stem} ({number}){extension}");
            if !self.taken.contains_key(&wanted) {
                break wanted;
            }
        };
        self.check_name(&free)?;
        self.taken.insert(path.to_owned(), number);
        self.taken.insert(free.clone(), 1);
        Ok(free)
    }

    /// Refuses names that lead out of the folder in which somebody unpacks the archive, and names that no archive
    /// can hold.
    fn check_name(&self, path: &str) -> Fallible<()> {
        let leads_out = path.split('/').any(|part| part.is_empty() || part == "..");
        if leads_out || path.contains(['\\', '\0']) || path.len() > MOST_NAME {
            let path = error::shorten(path);
            return Err(error::argument_value(
                self.name,
                format!(
                    "{path} cannot be the name of an entry; it must be a relative path with `/`, without `..`"
                ),
            ));
        }
        Ok(())
    }

    fn no_file(&self, place: &str, found: &Value) -> Box<RuntimeError> {
        let found = describe(found);
        error::argument_value(self.name, format!("{place} must hold FILEs, found {found}"))
    }

    fn failed(&self, fault: &ZipError) -> Box<RuntimeError> {
        error::argument_value(self.name, format!("the archive cannot be written: {fault}"))
    }

    fn finish(self) -> Fallible<Vec<u8>> {
        let name = self.name;
        let cursor = self.archive.finish().map_err(|fault| {
            error::argument_value(name, format!("the archive cannot be written: {fault}"))
        })?;
        Ok(cursor.into_inner())
    }
}

/// The date of every entry is that of the format's beginning, so that the same files give the same archive.
fn options() -> SimpleFileOptions {
    SimpleFileOptions::default().compression_method(CompressionMethod::Deflated)
}

/// The files in the archive that the receiver of `extract` holds.
pub(super) fn extract(call: &mut Call<'_, '_>) -> Fallible<Value> {
    let name = call.name();
    let file = call.file()?.data();
    let found = KeyValue::new();
    match ZipArchive::new(Cursor::new(file.bytes())) {
        Ok(archive) => unpack(name, archive, &found)?,
        // What begins like an archive but cannot be read as one must not pass for an empty one.
        Err(fault) if file.bytes().starts_with(b"PK\x03\x04") => {
            return Err(damaged(name, &file.name, &fault));
        }
        Err(_) => {}
    }
    Ok(Value::Collection(Collection::new(Form::Keyed(found))))
}

fn unpack(name: &str, mut archive: ZipArchive<Cursor<&[u8]>>, found: &KeyValue) -> Fallible<()> {
    if archive.len() > MOST_ENTRIES {
        return Err(too_many(name));
    }
    let mut room = MOST_BYTES;
    for place in 0..archive.len() {
        let path = entry_name(&archive, place);
        let entry = archive.by_index_data(place);
        let entry = entry.map_err(|fault| damaged(name, &path, &fault))?;
        if entry.encrypted() {
            let path = error::shorten(&path);
            return Err(error::argument_value(
                name,
                format!("{path} is protected with a password, which cannot be opened here"),
            ));
        }
        if entry.is_dir() {
            continue;
        }
        let claimed = usize::try_from(entry.size()).unwrap_or(usize::MAX);
        if claimed > room {
            return Err(too_large(name));
        }
        heap::check(claimed)?;
        let mut bytes = Vec::with_capacity(claimed);
        let read = archive.by_index(place).and_then(|entry| {
            // One byte more tells a file that is larger than it claims to be.
            Ok(entry.take(claimed as u64 + 1).read_to_end(&mut bytes)?)
        });
        let read = read.map_err(|fault| damaged(name, &path, &fault))?;
        if read > claimed {
            let path = error::shorten(&path);
            return Err(error::argument_value(
                name,
                format!("{path} is damaged: it is larger than the archive says"),
            ));
        }
        room -= read;
        let file_name = path.rsplit(['/', '\\']).next().unwrap_or(&path);
        let media_type = type_of_name(file_name).unwrap_or("application/octet-stream");
        let file = File::new(file_name, media_type, bytes);
        found.put_text(&path, Value::File(file));
    }
    Ok(())
}

/// The name of an entry; where its bytes are in no known encoding, with replacement characters.
fn entry_name(archive: &ZipArchive<Cursor<&[u8]>>, place: usize) -> String {
    let Ok(entry) = archive.by_index_data(place) else {
        return String::new();
    };
    match entry.name() {
        Ok(name) => name.into_owned(),
        Err(_) => String::from_utf8_lossy(entry.name_raw()).into_owned(),
    }
}

fn damaged(name: &str, path: &str, fault: &ZipError) -> Box<RuntimeError> {
    let path = error::shorten(path);
    let is_packed_otherwise = match fault {
        ZipError::UnsupportedArchive(_) | ZipError::CompressionMethodNotSupported(_) => true,
        ZipError::Io(fault) => fault.kind() == ErrorKind::Unsupported,
        _ => false,
    };
    if is_packed_otherwise {
        return error::argument_value(
            name,
            format!("{path} is packed in a way that is not read here"),
        )
        .help("pack it again as most programs do: with deflate, or not compressed");
    }
    error::argument_value(name, format!("{path} is damaged: {fault}"))
}

fn too_large(name: &str) -> Box<RuntimeError> {
    let most = error::bytes(MOST_BYTES);
    error::argument_value(name, format!("the files are more than {most} together"))
}

fn too_many(name: &str) -> Box<RuntimeError> {
    error::argument_value(
        name,
        format!("the archive has more than {MOST_ENTRIES} entries"),
    )
}
