//! `invokeapi [ … ]`: a request to a service of Zoho by name (Built-ins II, 6.6).

use super::{
    CONNECTION, CONTENT_TYPE, DETAILED, FILES, HEADERS, RESPONSE_DECODING, RESPONSE_FORMAT, TYPE,
    draft, required_text, wanted,
};
use crate::library::task::{AttributeEntry, Task};
use crate::library::{integration, web};

pub(super) const INVOKEAPI: Task = Task {
    name: "invokeapi",
    attributes: &[
        AttributeEntry {
            name: "service",
            required: true,
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
            summary: "KEY-VALUE or TEXT: part of the address, whatever the method.",
            ..AttributeEntry::DEFAULT
        },
        AttributeEntry {
            name: "body",
            summary: "TEXT, KEY-VALUE or FILE to send.",
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
    example: "leads = invokeapi\n[\n    service :\"crm\"\n    path :\"/crm/v3/Leads\"\n    type :GET\n    parameters :{\"fields\": \"Last_Name\"}\n    connection :\"crm_link\"\n];\ninfo leads;",
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
