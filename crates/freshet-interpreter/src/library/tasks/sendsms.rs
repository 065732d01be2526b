//! `sendSms [ … ]`: its attributes are checked; no provider of text messages is behind it (Built-ins II, 6.7).

use super::CONNECTION;
use crate::error;
use crate::library::task::{AttributeEntry, Task};

pub(super) const SENDSMS: Task = Task {
    name: "sendSms",
    attributes: &[
        AttributeEntry {
            name: "to",
            required: true,
            summary: "Number of the receiver.",
            ..AttributeEntry::DEFAULT
        },
        AttributeEntry {
            name: "message",
            required: true,
            summary: "The message, TEXT.",
            ..AttributeEntry::DEFAULT
        },
        AttributeEntry {
            required: true,
            ..CONNECTION
        },
    ],
    summary: "Would send a text message; running it is an error.",
    details: "No provider of text messages is built in. One that has an API can be called with `invokeurl` over a connection.",
    example: "try { sendSms [ to :\"+4712345678\" message :\"Ready\" connection :\"sms\" ]; } catch (e) { info e.message; }",
    source: "https://www.zoho.com/creator/help/script/sending-sms-from-a-zoho-creator-application.html",
    run: |_| {
        Err(
            error::not_supported("sendsms", "no provider of text messages is built in")
                .help("call the API of a provider with `invokeurl` over a connection"),
        )
    },
};
