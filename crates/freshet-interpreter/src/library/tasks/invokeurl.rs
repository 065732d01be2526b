//! `invokeurl [ … ]`: a request to any address (Built-ins II, 6.1).

use super::{
    CONNECTION, CONTENT_TYPE, DETAILED, FILES, HEADERS, RESPONSE_DECODING, RESPONSE_FORMAT, TYPE,
    draft, required_text, wanted,
};
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
            summary: "KEY-VALUE or TEXT: with GET and DELETE part of the address, otherwise the body.",
            ..AttributeEntry::DEFAULT
        },
        AttributeEntry {
            name: "body",
            summary: "TEXT, KEY-VALUE or FILE to send; `parameters` then go into the address.",
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
    example: "reply = invokeurl\n[\n    url :\"https://api.example.com/v1/orders\"\n    type :POST\n    parameters :{\"id\": 7}.toString()\n    content-type :application/json\n    connection :\"shop_link\"\n    detailed :true\n];\ninfo reply.get(\"responseCode\");",
    source: "https://www.zoho.com/deluge/help/deluge-invoke-url.html",
    run: |call| {
        let mut request = draft(call)?;
        request.url = required_text(call, "url")?.to_string();
        let wanted = wanted(call)?;
        web::send(call.world, &request, wanted)
    },
};
