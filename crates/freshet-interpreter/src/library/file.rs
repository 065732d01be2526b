//! Functions of FILE (Built-ins II, 8).

mod archive;

use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_8};

use super::builtin::{Builtin, Kind, Receiver, example, optional, param, rest};
use crate::error::{self, Fallible};
use crate::value::{File, Text, Type, Value, heap};

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
            let name = kept(call.arg_text(0)?)?;
            let media_type = type_of_name(&name).unwrap_or("text/plain");
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
        examples: &[
            example("info \"x\".toFile(\"note.txt\").getFileName();", "note.txt"),
            example(
                r#"info "x".toFile("in/note.txt").getFileName();"#,
                "in/note.txt",
            ),
        ],
        words: &["title", "name"],
        source: "https://www.zoho.com/deluge/help/file/get-file-name.html",
        run: |call| Ok(Text::copied(&call.file()?.data().name)?.into()),
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "getFileType",
        receiver: FILE_TYPE,
        returns: "TEXT",
        summary: "The media type of the file, such as image/png.",
        examples: &[
            example("info \"x\".toFile(\"pic.png\").getFileType();", "image/png"),
            example(r##"info "x".toFile("note").getFileType();"##, "text/plain"),
        ],
        words: &["mime", "content type", "extension"],
        source: "https://www.zoho.com/deluge/help/file/get-file-type.html",
        run: |call| Ok(Text::copied(&call.file()?.data().media_type)?.into()),
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "getFileSize",
        receiver: FILE_TYPE,
        returns: "NUMBER",
        summary: "The size of the content in bytes.",
        examples: &[
            example("info \"blå\".toFile(\"b.txt\").getFileSize();", "4"),
            example(r##"info "é".toFile("note.txt").getFileSize();"##, "2"),
        ],
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
        examples: &[
            example(
                "info \"line one\".toFile(\"note.txt\").getFileContent();",
                "line one",
            ),
            example(
                r#"info {1, 2}.toFile("numbers.txt").getFileContent();"#,
                "1,2",
            ),
        ],
        words: &["read", "text", "decode"],
        source: "https://www.zoho.com/deluge/help/file/get-file-content.html",
        run: |call| {
            let file = call.file()?.data();
            let charset = file.charset.as_deref().and_then(encoding).unwrap_or(UTF_8);
            Ok(match decoded(charset, file.bytes())? {
                Cow::Borrowed(text) => Text::copied(text)?.into(),
                Cow::Owned(text) => text.into(),
            })
        },
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "setFileName",
        receiver: FILE_TYPE,
        params: &[param("name", Kind::Text)],
        summary: "Renames the file.",
        details: "A name is not empty and holds no `/`, `\\` or NUL. Type and content stay.",
        examples: &[
            example(
                "f = \"x\".toFile(\"old.txt\");\nf.setFileName(\"new.txt\");\ninfo f;",
                "new.txt",
            ),
            example(
                r##"try
{
    info "x".toFile("a").setFileName("b/c");
}
catch (e)
{
    info e.message;
}"##,
                "`setFileName`: `b/c` cannot be a file name; it must not be empty or hold `/`, `\\` or NUL",
            ),
        ],
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
            let name = kept(name)?;
            call.file()?.change(|file| file.name = name);
            Ok(Value::Null)
        },
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "setFileType",
        receiver: FILE_TYPE,
        params: &[param("type", Kind::Text)],
        summary: "Sets the media type that is announced when the file is sent.",
        details: "A bare extension (`pdf`) stands for its media type; what is none must be a type, as `image/webp`. The content stays as it is.",
        examples: &[
            example(
                "f = \"x\".toFile(\"a.txt\");\nf.setFileType(\"pdf\");\ninfo f.getFileType();",
                "application/pdf",
            ),
            example(
                r##"f = "x".toFile("a");
f.setFileType("image/webp");
info f.getFileType();"##,
                "image/webp",
            ),
        ],
        words: &["mime", "content type"],
        source: "https://www.zoho.com/deluge/help/file/set-file-type.html",
        run: |call| {
            let wanted = call.arg_text(0)?.trim();
            let extension = wanted.strip_prefix('.').unwrap_or(wanted);
            let media_type = type_of_extension(extension).unwrap_or(wanted);
            if !is_media_type(media_type) {
                return Err(error::unreadable(
                    call.name(),
                    wanted,
                    "a media type such as image/png, or an extension such as pdf",
                ));
            }
            let media_type = kept(media_type)?;
            call.file()?.change(|file| file.media_type = media_type);
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
            let name = kept(call.arg_text(0)?)?;
            call.file()?.change(|file| file.param_name = Some(name));
            Ok(Value::Null)
        },
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "setCharset",
        receiver: FILE_TYPE,
        params: &[param("charset", Kind::Text)],
        summary: "Sets the charset in which the content is read, and which is announced when it is sent.",
        examples: &[
            example(
                "f = \"keep me\".toFile(\"a.txt\");\nf.setCharset(\"UTF-8\");\ninfo f.getFileContent();",
                "keep me",
            ),
            example(
                r#"f = "é".toFile("a.txt");
f.setCharset("ISO-8859-1");
info f.getFileContent();"#,
                "Ã©",
            ),
        ],
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
    Builtin {
        name: "compress",
        receiver: Receiver::AnyOf(&[
            Type::File,
            Type::List,
            Type::KeyValue,
            Type::Collection,
            Type::Undecided,
        ]),
        params: &[optional("name", Kind::Text)],
        returns: "FILE",
        summary: "A zip archive of a FILE, a LIST of FILEs, or a KEY-VALUE of names and FILEs.",
        details: "A COLLECTION is packed as a LIST or KEY-VALUE, by its form. A KEY-VALUE in a KEY-VALUE is a folder. Without `name` the archive is `archive.zip`; `.zip` is added where it is missing. Repeated names get ` (2)`, ` (3)` and so on. Up to 50 MiB and 10000 entries.",
        examples: &[
            example(
                "z = \"alpha\".toFile(\"a.txt\").compress(\"b\");\ninfo z.getFileName() + \" \" + z.extract().get(\"a.txt\").getFileContent();",
                "b.zip alpha",
            ),
            example(
                "z = {\"docs\": {\"a.csv\": \"1,2\".toFile(\"x\")}}.compress();\ninfo z.extract().keys();",
                "docs/a.csv",
            ),
            example(
                r##"f = "x".toFile("a.txt");
info {f, f}.compress().extract().keys();"##,
                "a.txt,a (2).txt",
            ),
            example(
                r##"try
{
    info {1}.compress();
}
catch (e)
{
    info e.message;
}"##,
                "`compress`: the list must hold FILEs, found NUMBER",
            ),
        ],
        words: &["zip", "archive", "pack", "bundle"],
        source: "https://www.zoho.com/deluge/help/functions/file/compress.html",
        run: archive::compress,
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "extract",
        receiver: FILE_TYPE,
        returns: "COLLECTION",
        summary: "The files of a zip archive: a collection of their paths and FILEs.",
        details: "What is no archive gives an empty collection. Folders are left out; a FILE is named by the last part of its path. Archives with a password, and those that unpack to more than 50 MiB or 10000 entries, are an error.",
        examples: &[
            example(
                "z = {\"one\".toFile(\"n.txt\"), \"two\".toFile(\"n.txt\")}.compress();\ninfo z.extract().keys();",
                "n.txt,n (2).txt",
            ),
            example(
                "info \"hello\".toFile(\"a.txt\").extract().isEmpty();",
                "true",
            ),
            example(
                r##"info "no archive".toFile("a.zip").extract().isEmpty();"##,
                "true",
            ),
        ],
        words: &["unzip", "zip", "archive", "unpack", "decompress"],
        source: "https://www.zoho.com/deluge/help/functions/file/extract.html",
        run: archive::extract,
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "convertToPDF",
        receiver: FILE_TYPE,
        params: &[rest("options", Kind::Anything)],
        returns: "FILE",
        summary: "Not available here: laying out pages needs a service.",
        details: "The call is an error, which `try` can catch. Send the file to a service with `invokeurl`.",
        examples: &[example(
            "try { \"x\".toFile(\"a.txt\").convertToPDF(); } catch (e) { info e.message; }",
            "`convertToPDF` is not supported: it needs a service that lays out pages",
        )],
        words: &["pdf", "print", "render", "document"],
        run: |call| {
            let name = format!("`{}`", call.name());
            Err(
                error::not_supported(&name, "it needs a service that lays out pages")
                    .help("send the file to such a service with `invokeurl`"),
            )
        },
        ..Builtin::DEFAULT
    },
];

/// The encoding of a label, as the web knows them.
pub(super) fn encoding(label: &str) -> Option<&'static Encoding> {
    Encoding::for_label(label.trim().as_bytes())
}

/// The text of `bytes`; what the encoding does not know becomes the replacement character. UTF-8 is not copied.
///
/// # Errors
/// R0103 when the text would need more memory than the run may use.
pub(super) fn decoded<'b>(encoding: &'static Encoding, bytes: &'b [u8]) -> Fallible<Cow<'b, str>> {
    /// Bytes that are decoded at a time.
    const PIECE: usize = 64 << 10;
    if encoding == UTF_8
        && let Ok(text) = std::str::from_utf8(bytes)
    {
        return Ok(Cow::Borrowed(text.strip_prefix('\u{feff}').unwrap_or(text)));
    }
    let mut decoder = encoding.new_decoder_with_bom_removal();
    let mut out = String::new();
    let mut rest = bytes;
    loop {
        let (piece, after) = rest.split_at(rest.len().min(PIECE));
        rest = after;
        let most = decoder.max_utf8_buffer_length(piece.len());
        heap::reserve_text(&mut out, most.unwrap_or(usize::MAX))?;
        let _ = decoder.decode_to_string(piece, &mut out, rest.is_empty());
        if rest.is_empty() {
            return Ok(Cow::Owned(out));
        }
    }
}

/// A copy of what a file keeps of a script.
fn kept(text: &str) -> Fallible<String> {
    heap::check(text.len())?;
    Ok(text.to_owned())
}

/// True for `type/subtype`, with parameters or without; a line break would make more headers of it.
fn is_media_type(text: &str) -> bool {
    let (essence, parameters) = text.split_once(';').unwrap_or((text, ""));
    let is_token = |part: &str| {
        let known = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$&^_.+-".contains(&byte);
        !part.is_empty() && part.bytes().all(known)
    };
    let parts = essence.trim_end().split_once('/');
    parts.is_some_and(|(kind, subtype)| is_token(kind) && is_token(subtype))
        && !parameters.contains(char::is_control)
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
