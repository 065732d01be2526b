//! `sendmail [ … ]`: an e-mail (Built-ins II, 6.7). Sending it is the host's part.

use super::{required_text, text};
use crate::error::{self, Fallible};
use crate::host::{Attachment, Mail};
use crate::library::builtin::example;
use crate::library::elements::describe;
use crate::library::task::{AttributeEntry, Task, TaskCall};
use crate::value::{File, Form, Text, Value, heap};

pub(super) const SENDMAIL: Task = Task {
    name: "sendmail",
    attributes: &[
        AttributeEntry {
            name: "from",
            required: true,
            summary: "Address of the sender: that of the mail account, or one it may use.",
            ..AttributeEntry::DEFAULT
        },
        AttributeEntry {
            name: "to",
            takes: "TEXT or LIST",
            required: true,
            summary: "Receivers; a TEXT may hold several, with commas between.",
            ..AttributeEntry::DEFAULT
        },
        AttributeEntry {
            name: "cc",
            takes: "TEXT or LIST",
            summary: "Receivers of a copy.",
            ..AttributeEntry::DEFAULT
        },
        AttributeEntry {
            name: "bcc",
            takes: "TEXT or LIST",
            summary: "Receivers of a copy whom the others do not see.",
            ..AttributeEntry::DEFAULT
        },
        AttributeEntry {
            name: "reply to",
            takes: "TEXT or LIST",
            aliases: &["reply-to"],
            summary: "Where answers go.",
            ..AttributeEntry::DEFAULT
        },
        AttributeEntry {
            name: "subject",
            summary: "Subject; it or `message` must be there.",
            ..AttributeEntry::DEFAULT
        },
        AttributeEntry {
            name: "message",
            summary: "The message.",
            ..AttributeEntry::DEFAULT
        },
        AttributeEntry {
            name: "content type",
            takes: "HTML or TEXT",
            aliases: &["content-type"],
            constants: &["HTML", "TEXT", "Plain"],
            summary: "What the message is; HTML if it is left out.",
            ..AttributeEntry::DEFAULT
        },
        AttributeEntry {
            name: "attachments",
            takes: "FILE or LIST of FILE",
            files: true,
            summary: "Files; `file:` may stand before each of several.",
            ..AttributeEntry::DEFAULT
        },
    ],
    summary: "Sends an e-mail through the configured mail account.",
    details: "`from` must be the address of the account or one of its aliases. A mail goes to all receivers, or to none if the server refuses one of them. Without an account it is an error that `try` can catch; `freshet run --mail print` shows mail on standard error instead of sending it, `--mail drop` throws it away.",
    returns: "null",
    examples: &[
        example(
            r#"report = "item,count\nKite,3\n".toFile("week.csv");
sendmail
[
    from :"me@example.com"
    to :"ann@example.com", "bo@example.com"
    subject :"Weekly figures"
    message :"<b>Attached.</b>"
    attachments :file:report
];
info "sent " + report;"#,
            "sent week.csv",
        ),
        example(
            r#"receivers = List();
try
{
    sendmail
    [
        from :"me@example.com"
        to :receivers
        subject :"Weekly figures"
    ];
}
catch (e)
{
    info e.message;
}"#,
            "`to` names no receiver",
        ),
    ],
    words: &[
        "mail",
        "email",
        "e-mail",
        "smtp",
        "send",
        "message",
        "attachment",
        "notify",
        "html",
    ],
    source: "https://www.zoho.com/creator/help/script/fetch-and-email.html",
    run: |call| {
        let mail = mail(call)?;
        let attached = mail.attachments.iter().map(|file| file.bytes.len());
        let bytes = mail.message.len() + attached.sum::<usize>();
        heap::check(bytes.saturating_mul(SENDING))?;
        call.world.host.send_mail(mail).map_err(error::host)?;
        Ok(Value::Null)
    },
};

fn mail(call: &TaskCall<'_, '_>) -> Fallible<Mail> {
    if call.get("from").is_some_and(Value::is_null) {
        return Err(
            error::argument_type(call.entry.name, "from", "TEXT", "null").help(
                "write the address of the mail account; `zoho.adminuserid` is what freshet.toml says under the line `[identity]`: `admin-user-id = \"me@example.com\"`",
            ),
        );
    }
    let mut from = Vec::new();
    split(&required_text(call, "from")?, &mut from)?;
    if from.len() != 1 {
        let found = from.len();
        return Err(
            error::bad_request(format!("`from` must be one address, found {found}"))
                .help("write the address of the mail account, or one of its aliases"),
        );
    }
    let to = addresses(call, "to")?;
    if to.is_empty() {
        return Err(error::bad_request("`to` names no receiver").help(
            "give one address at least; leave the mail out with `if` where there may be none",
        ));
    }
    let (subject, message) = (text(call, "subject")?, text(call, "message")?);
    if subject
        .as_ref()
        .is_some_and(|text| text.contains(char::is_control))
    {
        return Err(error::bad_request(
            "`subject` holds a line break or another control character",
        )
        .help("take it out: `subject.replaceAll(\"\\\\s+\", \" \")`"));
    }
    if subject.is_none() && message.is_none() {
        return Err(error::bad_request("a mail needs `subject` or `message`"));
    }
    Ok(Mail {
        from: from.remove(0),
        to,
        cc: addresses(call, "cc")?,
        bcc: addresses(call, "bcc")?,
        reply_to: addresses(call, "reply to")?,
        subject: copied(subject)?,
        message: copied(message)?,
        html: is_html(call)?,
        attachments: attachments(call)?,
    })
}

/// Bytes that sending takes for a byte of message and attachments: each is encoded, and then stands in the mail.
const SENDING: usize = 6;

fn copied(text: Option<Text>) -> Fallible<String> {
    let text = text.as_deref().unwrap_or_default();
    heap::check(text.len())?;
    Ok(text.to_owned())
}

fn is_html(call: &TaskCall<'_, '_>) -> Fallible<bool> {
    let Some(name) = text(call, "content type")? else {
        return Ok(true);
    };
    match name.trim().to_ascii_lowercase().as_str() {
        "html" => Ok(true),
        "text" | "plain" => Ok(false),
        _ => Err(error::bad_request(format!(
            "`content type` must be HTML or TEXT, found {}",
            error::shorten(&name)
        ))),
    }
}

/// The addresses of an attribute: TEXTs cut at commas, LISTs one by one, several values one by one.
fn addresses(call: &TaskCall<'_, '_>, attribute: &str) -> Fallible<Vec<String>> {
    let mut out = Vec::new();
    let Some(value) = call.get(attribute) else {
        return Ok(out);
    };
    let mut taken = 0_usize;
    // Several values arrive as a LIST, each of which may be one.
    let mut waiting = vec![(value.clone(), 0)];
    while let Some((value, depth)) = waiting.pop() {
        match value.settled() {
            Value::Null | Value::Braces(_) => {}
            Value::Text(text) => {
                // One text may stand in a list many times.
                taken = taken.saturating_add(text.len());
                heap::check(taken)?;
                split(text, &mut out)?;
            }
            other => match elements(other) {
                Some(items) if depth < 2 => {
                    waiting.extend(items.into_iter().rev().map(|item| (item, depth + 1)));
                }
                _ => {
                    return Err(error::argument_type(
                        call.entry.name,
                        attribute,
                        "TEXT or a LIST of TEXT",
                        &describe(other),
                    ));
                }
            },
        }
    }
    Ok(out)
}

/// The elements of a LIST or an index COLLECTION.
fn elements(value: &Value) -> Option<Vec<Value>> {
    match value {
        Value::List(list) => Some(list.to_vec()),
        Value::Collection(collection) => match collection.form() {
            Form::Index(list) => Some(list.to_vec()),
            Form::Open => Some(Vec::new()),
            Form::Keyed(_) => None,
        },
        _ => None,
    }
}

/// Appends the addresses of a text: `a@b` or `Name <a@b>`, with commas between. A comma of a name, in quotes or before
/// any `@`, parts nothing. A line break in one would make more headers of it.
fn split(text: &str, out: &mut Vec<String>) -> Fallible<()> {
    let mut rest = text;
    while !rest.is_empty() {
        let (mut is_quoted, mut has_at) = (false, false);
        let end = rest.find(|c: char| {
            is_quoted ^= c == '"';
            has_at |= c == '@' && !is_quoted;
            c == ',' && has_at && !is_quoted
        });
        let (address, after) = match end {
            Some(end) => (&rest[..end], &rest[end + 1..]),
            None => (rest, ""),
        };
        rest = after;
        let address = address.trim_matches(|c: char| c == ',' || c.is_whitespace());
        if address.is_empty() {
            continue;
        }
        if !is_address(address) {
            return Err(error::bad_request(format!(
                "{} is no mail address",
                error::shorten(address)
            ))
            .help(
                "write `me@example.com` or `Ann <me@example.com>`, and commas between several; or give a LIST of them",
            ));
        }
        out.push(address.to_owned());
    }
    Ok(())
}

/// True for an address, or a name and an address in angle brackets; letters need not be ASCII.
fn is_address(text: &str) -> bool {
    /// Most bytes of the part before the `@` (RFC 5321, 4.5.3.1.1).
    const MOST_USER: usize = 64;
    /// Most bytes of a label and of a domain (RFC 1035, 2.3.4).
    const MOST_LABEL: usize = 63;
    const MOST_DOMAIN: usize = 253;
    let (name, address) = match text
        .strip_suffix('>')
        .and_then(|text| text.rsplit_once('<'))
    {
        Some(parts) => parts,
        None => ("", text),
    };
    let Some((user, domain)) = address.rsplit_once('@') else {
        return false;
    };
    let is_atom = |part: &str| {
        let known = |c: char| c.is_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(c);
        !part.is_empty() && part.chars().all(known)
    };
    let is_label = |label: &str| {
        let known = |c: char| c.is_alphanumeric() || c == '-';
        let has_hyphen_at_edge = label.starts_with('-') || label.ends_with('-');
        !label.is_empty()
            && label.len() <= MOST_LABEL
            && !has_hyphen_at_edge
            && label.chars().all(known)
    };
    let is_ip_literal = domain
        .strip_prefix('[')
        .and_then(|domain| domain.strip_suffix(']'))
        .is_some_and(|number| number.parse::<std::net::IpAddr>().is_ok());
    !name.contains(char::is_control)
        && !name.contains(['<', '>'])
        && user.len() <= MOST_USER
        && user.split('.').all(is_atom)
        && domain.len() <= MOST_DOMAIN
        && (is_ip_literal || domain.split('.').all(is_label))
}

/// FILEs and LISTs of FILEs, which several values are as well.
fn attachments(call: &TaskCall<'_, '_>) -> Fallible<Vec<Attachment>> {
    let mut out = Vec::new();
    let mut taken = 0_usize;
    let mut waiting = Vec::from_iter(call.get("attachments").map(|value| (value.clone(), 0)));
    while let Some((value, depth)) = waiting.pop() {
        match value.settled() {
            Value::Null | Value::Braces(_) if depth == 0 => {}
            Value::File(file) => {
                taken = taken.saturating_add(file.data().bytes().len());
                heap::check(taken)?;
                out.push(attachment(file));
            }
            other => match elements(other) {
                Some(items) if depth < 2 => {
                    waiting.extend(items.into_iter().rev().map(|item| (item, depth + 1)));
                }
                _ => {
                    return Err(error::argument_type(
                        call.entry.name,
                        "attachments",
                        "a FILE or a LIST of FILEs",
                        &describe(other),
                    ));
                }
            },
        }
    }
    Ok(out)
}

fn attachment(file: &File) -> Attachment {
    let data = file.data();
    Attachment {
        name: data.name.clone(),
        media_type: data.media_type.clone(),
        bytes: data.bytes().to_vec(),
    }
}
