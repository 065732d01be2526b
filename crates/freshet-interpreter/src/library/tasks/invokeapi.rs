//! `invokeapi [ … ]`: a request to a service of Zoho by name (Built-ins II, 6.6).

use super::{
    CONNECTION, CONTENT_TYPE, DETAILED, FILES, HEADERS, RESPONSE_DECODING, RESPONSE_FORMAT, TYPE,
    WEB_WORDS, draft, required_text, wanted,
};
use crate::library::builtin::example;
use crate::library::task::{AttributeEntry, Task};
use crate::library::{integration, web};

pub(super) const INVOKEAPI: Task = Task {
    name: "invokeapi",
    attributes: &[
        AttributeEntry {
            name: "service",
            required: true,
            takes: "TEXT or a name",
            words: true,
            summary: "Name of the service, such as crm or desk.",
            ..AttributeEntry::DEFAULT
        },
        AttributeEntry {
            name: "path",
            required: true,
            summary: "Path of the address, such as /crm/v3/Leads.",
            ..AttributeEntry::DEFAULT
        },
        TYPE,
        AttributeEntry {
            name: "parameters",
            takes: "KEY-VALUE or TEXT",
            summary: "Part of the address, whatever the method.",
            ..AttributeEntry::DEFAULT
        },
        AttributeEntry {
            name: "body",
            takes: "TEXT, KEY-VALUE or FILE",
            summary: "What is sent.",
            ..AttributeEntry::DEFAULT
        },
        HEADERS,
        CONTENT_TYPE,
        FILES,
        CONNECTION,
        DETAILED,
        RESPONSE_FORMAT,
        RESPONSE_DECODING,
    ],
    summary: "Sends a request to a service of Zoho in the configured data centre.",
    details: "The address is the base of the service, https://www.zohoapis.com for most, and `path`. The reply is as that of `invokeurl`.",
    returns: "KEY-VALUE, LIST, TEXT or FILE: what the reply holds",
    examples: &[example(
        r#"reply = invokeapi
[
    service :"crm"
    path :"/crm/v3/Leads"
    type :GET
    parameters :{"fields": "Last_Name"}
    connection :"crm_link"
];
info reply.get("data").get(0).get("Last_Name");"#,
        "Berg",
    )],
    words: WEB_WORDS,
    source: "https://www.zoho.com/deluge/help/webhook/invokeapitask.html",
    run: |call| {
        let mut request = draft(call)?;
        let base = integration::base(
            &required_text(call, "service")?,
            &call.world.settings.data_centre,
        );
        let path = required_text(call, "path")?;
        request.url = format!("{base}/{}", path.trim().trim_start_matches('/'));
        request.parameters_are_query = true;
        let wanted = wanted(call)?;
        web::send(call.world, &request, wanted)
    },
};
