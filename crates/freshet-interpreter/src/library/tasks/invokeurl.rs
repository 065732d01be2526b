//! `invokeurl [ … ]`: a request to any address (Built-ins II, 6.1).

use super::{
    CONNECTION, CONTENT_TYPE, DETAILED, FILES, HEADERS, RESPONSE_DECODING, RESPONSE_FORMAT, TYPE,
    WEB_WORDS, draft, required_text, wanted,
};
use crate::library::builtin::example;
use crate::library::task::{AttributeEntry, Task};
use crate::library::web;

pub(super) const INVOKEURL: Task = Task {
    name: "invokeurl",
    attributes: &[
        AttributeEntry {
            name: "url",
            required: true,
            summary: "The address, http or https; blanks and letters that it may not hold are encoded.",
            ..AttributeEntry::DEFAULT
        },
        TYPE,
        HEADERS,
        AttributeEntry {
            name: "parameters",
            takes: "KEY-VALUE, TEXT or FILE",
            summary: "With GET and DELETE part of the address, otherwise the body.",
            ..AttributeEntry::DEFAULT
        },
        AttributeEntry {
            name: "body",
            takes: "TEXT, KEY-VALUE or FILE",
            summary: "What is sent; `parameters` then go into the address.",
            ..AttributeEntry::DEFAULT
        },
        CONTENT_TYPE,
        FILES,
        CONNECTION,
        DETAILED,
        RESPONSE_FORMAT,
        RESPONSE_DECODING,
    ],
    summary: "Sends a request to a web address and gives its reply.",
    details: "JSON replies arrive as KEY-VALUE or LIST, other texts as TEXT, everything else as FILE. A status outside 2xx is no error: `detailed :true` shows it. A request that gets no reply is an error that `try` can catch.",
    returns: "KEY-VALUE, LIST, TEXT or FILE: what the reply holds",
    examples: &[
        example(
            r#"orders = invokeurl
[
    url :"https://api.example.com/v1/orders"
    parameters :{"status": "open"}
    connection :"shop_link"
];
info orders.size() + " orders, the first " + orders.get(0).get("id");"#,
            "2 orders, the first 7",
        ),
        example(
            r#"reply = invokeurl
[
    url :"https://api.example.com/v1/orders"
    type :POST
    parameters :{"id": 9, "item": "Kite"}.toString()
    content-type :application/json
    connection :"shop_link"
    detailed :true
];
if (reply.get("responseCode") == 201)
{
    info "made " + reply.get("responseText").get("id");
}"#,
            "made 9",
        ),
        example(
            r#"reply = invokeurl
[
    url :"https://api.example.com/v1/orders/none"
    connection :"shop_link"
    detailed :true
];
info reply.get("responseCode") + ": " + reply.get("responseText").get("error");"#,
            "404: no such order",
        ),
    ],
    words: WEB_WORDS,
    source: "https://www.zoho.com/deluge/help/deluge-invoke-url.html",
    run: |call| {
        let mut request = draft(call)?;
        request.url = required_text(call, "url")?.to_string();
        let wanted = wanted(call)?;
        web::send(call.world, &request, wanted)
    },
};
