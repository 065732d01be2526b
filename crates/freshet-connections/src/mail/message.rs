//! The text of a mail (RFC 5322, 2045).

use aws_lc_rs::rand;
use lettre::address::Envelope;
use lettre::message::header::ContentType;
use lettre::message::{Attachment, Mailbox, MultiPart, SinglePart};
use lettre::{Address, Message};

use super::{Account, Mail};
use crate::error::{ConnectionError, shown};

/// The message of a mail: multipart, UTF-8, its hidden receivers in the envelope only.
///
/// # Errors
/// C0050 for a sender that is not the account's, C0043 for an address that is none.
pub(super) fn build(account: &Account<'_>, mail: &Mail) -> Result<Message, ConnectionError> {
    let from = mailbox(&mail.from)?;
    let sender: &str = from.email.as_ref();
    let is_sender = |address: &String| {
        mailbox(address).is_ok_and(|own| {
            let own: &str = own.email.as_ref();
            own.eq_ignore_ascii_case(sender)
        })
    };
    if !is_sender(&account.from) && !account.aliases.iter().any(is_sender) {
        return Err(ConnectionError::sender_not_allowed(
            account.usable.link(),
            &account.from,
            &account.aliases,
            sender,
        ));
    }
    let mut receivers = Vec::new();
    let mut builder = Message::builder()
        .message_id(Some(message_id(from.email.domain())))
        .date_now()
        .subject(mail.subject.as_str());
    for to in mailboxes(&mail.to)? {
        receivers.push(to.email.clone());
        builder = builder.to(to);
    }
    for cc in mailboxes(&mail.cc)? {
        receivers.push(cc.email.clone());
        builder = builder.cc(cc);
    }
    for bcc in mailboxes(&mail.bcc)? {
        receivers.push(bcc.email);
    }
    for reply_to in mailboxes(&mail.reply_to)? {
        builder = builder.reply_to(reply_to);
    }
    let unusable = |_| ConnectionError::field_value("the mail", "no receiver", "one");
    let envelope = Envelope::new(Some(from.email.clone()), receivers).map_err(unusable)?;
    let text = if mail.html {
        SinglePart::html(mail.message.clone())
    } else {
        SinglePart::plain(mail.message.clone())
    };
    let mut parts = MultiPart::mixed().singlepart(text);
    for file in &mail.attachments {
        let media_type = ContentType::parse(&file.media_type)
            .or_else(|_| ContentType::parse("application/octet-stream"))
            .unwrap_or(ContentType::TEXT_PLAIN);
        let part = Attachment::new(file_name(&file.name)).body(file.bytes.clone(), media_type);
        parts = parts.singlepart(part);
    }
    builder
        .from(from)
        .envelope(envelope)
        .multipart(parts)
        .map_err(|cause| {
            ConnectionError::field_value("the mail", &shown(&cause.to_string()), "one to be sent")
        })
}

fn mailboxes(addresses: &[String]) -> Result<Vec<Mailbox>, ConnectionError> {
    addresses.iter().map(|address| mailbox(address)).collect()
}

/// `address`, or `name <address>`, where the name may be quoted. A domain that is not ASCII is written as it is in the
/// DNS: few servers take it otherwise.
fn mailbox(text: &str) -> Result<Mailbox, ConnectionError> {
    let text = text.trim();
    let (name, address) = match text
        .strip_suffix('>')
        .and_then(|text| text.rsplit_once('<'))
    {
        Some((name, address)) => (unquoted(name.trim()), address),
        None => (String::new(), text),
    };
    let parsed = address.rsplit_once('@').and_then(|(user, domain)| {
        let domain = match domain.is_ascii() {
            true => domain.to_owned(),
            false => idna::domain_to_ascii(domain).ok()?,
        };
        Address::new(user, domain).ok()
    });
    let email = parsed.ok_or_else(|| {
        let found = format!("\"{}\"", shown(text));
        let expected = "an address such as me@example.com or Ann <me@example.com>";
        ConnectionError::field_value("a mail address", &found, expected)
    })?;
    Ok(Mailbox::new((!name.is_empty()).then_some(name), email))
}

/// A name without the quotes around it, and without the backslashes in them.
fn unquoted(name: &str) -> String {
    let inside = name
        .strip_prefix('"')
        .and_then(|name| name.strip_suffix('"'));
    let Some(inside) = inside else {
        return name.to_owned();
    };
    let mut out = String::with_capacity(inside.len());
    let mut characters = inside.chars();
    while let Some(c) = characters.next() {
        out.extend(if c == '\\' {
            characters.next()
        } else {
            Some(c)
        });
    }
    out
}

/// A name that no other message has, of the sender's domain rather than of this machine.
fn message_id(domain: &str) -> String {
    let mut bytes = [0; 16];
    // Without chance, which a system always has, the time alone tells messages apart.
    let _ = rand::fill(&mut bytes);
    let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("<{digits}@{domain}>")
}

/// A file name that fits one line of a header.
fn file_name(name: &str) -> String {
    let name: String = name
        .chars()
        .map(|character| {
            if character.is_control() {
                '_'
            } else {
                character
            }
        })
        .collect();
    if name.is_empty() {
        "file".to_owned()
    } else {
        name
    }
}
