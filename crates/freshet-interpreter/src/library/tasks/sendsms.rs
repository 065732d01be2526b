//! `sendSms [ … ]`: its attributes are checked; no provider of text messages is behind it (Built-ins II, 6.7).

use super::CONNECTION;
use crate::error;
use crate::library::builtin::example;
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
            summary: "The message.",
            ..AttributeEntry::DEFAULT
        },
        AttributeEntry {
            required: true,
            ..CONNECTION
        },
    ],
    summary: "Would send a text message; running it is an error.",
    details: "No provider of text messages is built in. One that has an API can be called with `invokeurl` over a connection.",
    returns: "nothing: it is an error",
    examples: &[example(
        r#"try
{
    sendSms
    [
        to :"+4712345678"
        message :"Ready"
        connection :"sms_link"
    ];
}
catch (e)
{
    info e.message;
}"#,
        "sendsms is not supported: no provider of text messages is built in",
    )],
    words: &["sms", "text message", "phone", "mobile", "send", "notify"],
    source: "https://www.zoho.com/creator/help/script/sending-sms-from-a-zoho-creator-application.html",
    run: |_| {
        Err(
            error::not_supported("sendsms", "no provider of text messages is built in")
                .help("call the API of a provider with `invokeurl` over a connection"),
        )
    },
};
