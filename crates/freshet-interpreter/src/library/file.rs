//! Functions of FILE (Built-ins II, 8).

use encoding_rs::{Encoding, UTF_8};

use super::builtin::{Builtin, Call, Kind, Receiver, example, param};
use crate::error::{self, Fallible};
use crate::value::{File, Type, Value};

const FILE_TYPE: Receiver = Receiver::Of(Type::File);

/// The functions.
pub(super) const FILE: &[Builtin] = &[
    Builtin {
        name: "toFile",
        receiver: Receiver::AnyOf(&[Type::Text, Type::List, Type::KeyValue, Type::Collection]),
        params: &[param("name", Kind::Text)],
        returns: "FILE",
        summary: "A file with the text of the receiver, encoded as UTF-8.",
        details: "The name's extension decides the media type; without a known one it is text/plain. Nothing is written to disk.",
        examples: &[
            example(
                "f = \"line one\".toFile(\"note.txt\");\ninfo f.getFileContent();",
                "line one",
            ),
            example(
                "info {\"k\": {1, 2}}.toFile(\"m.json\").getFileType();",
                "application/json",
            ),
        ],
        words: &["create", "make", "write", "save", "attachment"],
        source: "https://www.zoho.com/deluge/help/functions/file/to-file.html",
        run: |call| {
            let name = call.arg_text(0)?.as_str();
            let media_type = type_of_name(name).unwrap_or("text/plain");
            let bytes = call.to_text(call.receiver())?.into_bytes();
            Ok(Value::File(File::new(name, media_type, bytes)))
        },
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "getFileName",
        receiver: FILE_TYPE,
        returns: "TEXT",
        summary: "The name of the file.",
        examples: &[example(
            "info \"x\".toFile(\"note.txt\").getFileName();",
            "note.txt",
        )],
        words: &["title", "name"],
        source: "https://www.zoho.com/deluge/help/file/get-file-name.html",
        run: |call| Ok(call.file()?.data().name.as_str().into()),
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "getFileType",
        receiver: FILE_TYPE,
        returns: "TEXT",
        summary: "The media type of the file, such as image/png.",
        examples: &[example(
            "info \"x\".toFile(\"pic.png\").getFileType();",
            "image/png",
        )],
        words: &["mime", "content type", "extension"],
        source: "https://www.zoho.com/deluge/help/file/get-file-type.html",
        run: |call| Ok(call.file()?.data().media_type.as_str().into()),
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "getFileSize",
        receiver: FILE_TYPE,
        returns: "NUMBER",
        summary: "The size of the content in bytes.",
        examples: &[example(
            "info \"blå\".toFile(\"b.txt\").getFileSize();",
            "4",
        )],
        words: &["length", "bytes"],
        source: "https://www.zoho.com/deluge/help/file/get-file-size.html",
        run: |call| Ok(call.file()?.data().bytes().len().into()),
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "getFileContent",
        receiver: FILE_TYPE,
        returns: "TEXT",
        summary: "The content as text, read in the charset of the file.",
        details: "Bytes that the charset does not know become the replacement character.",
        examples: &[example(
            "info \"line one\".toFile(\"note.txt\").getFileContent();",
            "line one",
        )],
        words: &["read", "text", "decode"],
        source: "https://www.zoho.com/deluge/help/file/get-file-content.html",
        run: |call| {
            let file = call.file()?.data();
            let charset = file.charset.as_deref().and_then(encoding).unwrap_or(UTF_8);
            Ok(Value::text(charset.decode_with_bom_removal(file.bytes()).0))
        },
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "setFileName",
        receiver: FILE_TYPE,
        params: &[param("name", Kind::Text)],
        summary: "Renames the file.",
        details: "A name is not empty and holds no `/`, `\\` or NUL. Type and content stay.",
        examples: &[example(
            "f = \"x\".toFile(\"old.txt\");\nf.setFileName(\"new.txt\");\ninfo f;",
            "new.txt",
        )],
        words: &["rename", "name"],
        source: "https://www.zoho.com/deluge/help/file/set-file-name.html",
        run: |call| {
            let name = call.arg_text(0)?;
            if name.is_empty() || name.contains(['/', '\\', '\0']) {
                let found = error::shorten(name);
                return Err(error::argument_value(
                    call.name(),
                    format!(
                        "{found} cannot be a file name; it must not be empty or hold `/`, `\\` or NUL"
                    ),
                ));
            }
            call.file()?.change(|file| file.name = name.to_string());
            Ok(Value::Null)
        },
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "setFileType",
        receiver: FILE_TYPE,
        params: &[param("type", Kind::Text)],
        summary: "Sets the media type that is announced when the file is sent.",
        details: "A bare extension (`pdf`) stands for its media type. The content stays as it is.",
        examples: &[example(
            "f = \"x\".toFile(\"a.txt\");\nf.setFileType(\"pdf\");\ninfo f.getFileType();",
            "application/pdf",
        )],
        words: &["mime", "content type"],
        source: "https://www.zoho.com/deluge/help/file/set-file-type.html",
        run: |call| {
            let wanted = call.arg_text(0)?.trim();
            let media_type = type_of_extension(wanted).unwrap_or(wanted);
            header_part(call, media_type, "a media type")?;
            call.file()?
                .change(|file| file.media_type = media_type.to_owned());
            Ok(Value::Null)
        },
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "setParamName",
        receiver: FILE_TYPE,
        params: &[param("name", Kind::Text)],
        summary: "Sets the name of the form field under which the file is sent.",
        details: "Without it a file in `files` is sent as `file`.",
        examples: &[example(
            "f = \"x\".toFile(\"a.txt\");\nf.setParamName(\"attachment\");\ninfo f;",
            "a.txt",
        )],
        words: &["multipart", "field", "upload", "form"],
        run: |call| {
            let name = call.arg_text(0)?;
            call.file()?
                .change(|file| file.param_name = Some(name.to_string()));
            Ok(Value::Null)
        },
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "setCharset",
        receiver: FILE_TYPE,
        params: &[param("charset", Kind::Text)],
        summary: "Sets the charset in which the content is read, and which is announced when it is sent.",
        examples: &[example(
            "f = \"keep me\".toFile(\"a.txt\");\nf.setCharset(\"UTF-8\");\ninfo f.getFileContent();",
            "keep me",
        )],
        words: &["encoding", "utf-8", "latin"],
        run: |call| {
            let charset = call.arg_text(0)?.trim();
            if encoding(charset).is_none() {
                return Err(error::unreadable(
                    call.name(),
                    charset,
                    "a charset, such as UTF-8",
                ));
            }
            call.file()?
                .change(|file| file.charset = Some(charset.to_owned()));
            Ok(Value::Null)
        },
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "isFile",
        receiver: Receiver::Anything,
        returns: "BOOLEAN",
        summary: "True for a FILE, false for every other value, null included.",
        examples: &[
            example("info isFile(\"x\".toFile(\"a.txt\"));", "true"),
            example("info \"a.txt\".isFile();", "false"),
        ],
        words: &["type", "check"],
        source: "https://www.zoho.com/deluge/help/functions/common/is-file.html",
        run: |call| Ok(matches!(call.receiver(), Value::File(_)).into()),
        ..Builtin::DEFAULT
    },
];

/// The encoding of a label, as the web knows them.
pub(super) fn encoding(label: &str) -> Option<&'static Encoding> {
    Encoding::for_label(label.trim().as_bytes())
}

/// Refuses what could break out of a header line.
fn header_part(call: &Call<'_, '_>, text: &str, expected: &str) -> Fallible<()> {
    if text.is_empty() || text.contains(char::is_control) {
        return Err(error::unreadable(call.name(), text, expected));
    }
    Ok(())
}

/// The media type that the extension of a file name stands for.
pub(super) fn type_of_name(name: &str) -> Option<&'static str> {
    type_of_extension(name.rsplit_once('.')?.1)
}

fn type_of_extension(extension: &str) -> Option<&'static str> {
    let extension = extension.to_ascii_lowercase();
    MEDIA_TYPES
        .iter()
        .find(|(known, _)| *known == extension)
        .map(|(_, media_type)| *media_type)
}

/// Extensions and their media types.
const MEDIA_TYPES: &[(&str, &str)] = &[
    ("txt", "text/plain"),
    ("csv", "text/csv"),
    ("html", "text/html"),
    ("htm", "text/html"),
    ("css", "text/css"),
    ("xml", "text/xml"),
    ("md", "text/markdown"),
    ("ics", "text/calendar"),
    ("js", "text/javascript"),
    ("json", "application/json"),
    ("pdf", "application/pdf"),
    ("rtf", "application/rtf"),
    ("zip", "application/zip"),
    ("gz", "application/gzip"),
    ("png", "image/png"),
    ("jpg", "image/jpeg"),
    ("jpeg", "image/jpeg"),
    ("gif", "image/gif"),
    ("svg", "image/svg+xml"),
    ("webp", "image/webp"),
    ("bmp", "image/bmp"),
    ("ico", "image/x-icon"),
    ("mp3", "audio/mpeg"),
    ("wav", "audio/wav"),
    ("mp4", "video/mp4"),
    ("doc", "application/msword"),
    ("xls", "application/vnd.ms-excel"),
    ("ppt", "application/vnd.ms-powerpoint"),
    (
        "docx",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ),
    (
        "xlsx",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ),
    (
        "pptx",
        "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    ),
];
