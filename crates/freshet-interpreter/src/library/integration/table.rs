//! The integration tasks that are implemented, one row each (Built-ins II, 10).
//!
//! Paths and parameters were compared with the public reference of each service; where a task's page says more than
//! the reference, `details` tells it.

use super::entry::{Gives, Goes, IntegrationTask, Param, Takes};
use crate::library::builtin::example;

const CRM_TASKS: &str = "https://zoho.com/crm/developer/docs/functions/integration-tasks.html";
const CRM_VARIABLES: &str = "https://zoho.com/crm/developer/docs/api/v2/get-variables.html";
const CRM_UPSERT: &str = "https://www.zoho.com/crm/developer/docs/api/v2/upsert-records.html";
const CRM_CONVERT: &str = "https://www.zoho.com/deluge/help/crm/convert-lead.html";
const CRM_BULK: &str = "https://www.zoho.com/deluge/help/crm/bulk-create-records-V8.html";
const BOOKS: &str = "https://www.zoho.com/creator/help/script/get-records-zoho-books.html";
const INVENTORY: &str = "https://www.zoho.com/inventory/api/v1/";
const DESK: &str = "https://www.zoho.com/deluge/help/desk/search-records.html";
const RECRUIT: &str = "https://www.zoho.com/deluge/help/recruit-tasks.html";
const CREATOR: &str = "https://www.zoho.com/creator/help/api/v2.1/get-records.html";

const BY_PAGE: &str = "`page` from 1 and `perPage`, at most 200";
const BY_PAGE_IN_SEARCH: &str = "`page` and `per_page` in `search`";
const BY_PLACE: &str = "`from` and `limit`";

// Words that find tasks of a kind.
const ONE: &[&str] = &["read", "fetch", "get", "lookup", "id"];
const MANY: &[&str] = &["list", "read", "fetch", "all", "page"];
const FIND: &[&str] = &["find", "query", "filter", "criteria", "lookup"];
const MAKE: &[&str] = &["add", "insert", "new", "create", "post"];
const CHANGE: &[&str] = &["change", "edit", "set", "write", "update"];
const UPSERT: &[&str] = &["insert", "duplicate", "merge", "create"];
const BULK: &[&str] = &["many", "batch", "mass", "insert", "change"];
const RELATED: &[&str] = &["notes", "link", "children", "relation", "related list"];
const SETTING: &[&str] = &["setting", "configuration", "constant"];

const fn needed(name: &'static str, takes: Takes, goes: Goes, summary: &'static str) -> Param {
    Param {
        name,
        takes,
        goes,
        required: true,
        default: "",
        summary,
    }
}

const fn maybe(name: &'static str, takes: Takes, goes: Goes, summary: &'static str) -> Param {
    Param {
        required: false,
        ..needed(name, takes, goes, summary)
    }
}

const fn or(default: &'static str, param: Param) -> Param {
    Param { default, ..param }
}

// Parameters that several tasks share.
const MODULE: Param = needed(
    "module",
    Takes::Text,
    Goes::Path,
    "API name of the module, such as Leads.",
);
const LOWER_MODULE: Param = needed(
    "module",
    Takes::Text,
    Goes::LowerPath,
    "Module, such as invoices.",
);
const DESK_MODULE: Param = needed(
    "module",
    Takes::Text,
    Goes::LowerFirst,
    "Module, such as tickets.",
);
const ID: Param = needed("id", Takes::Id, Goes::Path, "Number of the record.");
const LIST: Param = needed(
    "list",
    Takes::Text,
    Goes::Path,
    "API name of the related list, such as Notes.",
);
const RECORD: Param = needed(
    "map",
    Takes::Pairs,
    Goes::Record,
    "Fields of the record, by their API names.",
);
const RECORDS: Param = needed(
    "records",
    Takes::Records,
    Goes::Records,
    "The records, at most 100.",
);
const BODY: Param = needed("map", Takes::Pairs, Goes::Body, "Fields of the record.");
const QUERY: Param = maybe(
    "map",
    Takes::Pairs,
    Goes::QueryAll,
    "Further parameters of the address, such as fields.",
);
const OPTIONS: Param = maybe(
    "options",
    Takes::Pairs,
    Goes::Options,
    "What stands beside the record, such as trigger.",
);
const PAGE: Param = maybe(
    "page",
    Takes::Whole,
    Goes::Query("page"),
    "Page, counted from 1.",
);
const PER_PAGE: Param = maybe(
    "perPage",
    Takes::Whole,
    Goes::Query("per_page"),
    "Records of a page, at most 200.",
);
const CRITERIA: Param = needed(
    "criteria",
    Takes::Text,
    Goes::Query("criteria"),
    "Such as (Last_Name:equals:Berg).",
);
const ORGANISATION: Param = needed(
    "organisation",
    Takes::Id,
    Goes::Query("organization_id"),
    "Number of the organisation.",
);
const SEARCH: Param = maybe(
    "search",
    Takes::Search,
    Goes::QueryAll,
    "Further parameters of the address.",
);
const ORG_ID: Param = needed(
    "organisation",
    Takes::Id,
    Goes::Header("orgId"),
    "Number of the organisation.",
);
const FROM: Param = maybe(
    "from",
    Takes::Whole,
    Goes::Query("from"),
    "Place of the first record.",
);
const LIMIT: Param = maybe(
    "limit",
    Takes::Whole,
    Goes::Query("limit"),
    "How many records at most.",
);
const OWNER: Param = needed(
    "owner",
    Takes::Text,
    Goes::Path,
    "Owner of the application.",
);
const APP: Param = needed(
    "app",
    Takes::Text,
    Goes::Path,
    "Link name of the application.",
);
const REPORT: Param = needed(
    "report",
    Takes::Text,
    Goes::Path,
    "Link name of the report.",
);

const CRM: IntegrationTask = IntegrationTask {
    name: "",
    method: "GET",
    path: "",
    version: "v2",
    params: &[],
    paging: "",
    gives: Gives::Reply,
    summary: "",
    details: "",
    example: example("", ""),
    words: &[],
    source: CRM_TASKS,
};

const BOOKS_V3: IntegrationTask = IntegrationTask {
    version: "v3",
    source: BOOKS,
    ..CRM
};

const INVENTORY_V1: IntegrationTask = IntegrationTask {
    version: "v1",
    source: INVENTORY,
    ..CRM
};

const DESK_V1: IntegrationTask = IntegrationTask {
    version: "v1",
    source: DESK,
    ..CRM
};

const RECRUIT_V2: IntegrationTask = IntegrationTask {
    source: RECRUIT,
    ..CRM
};

const CREATOR_V2_1: IntegrationTask = IntegrationTask {
    version: "v2.1",
    source: CREATOR,
    ..CRM
};

/// The table, those of one service together.
pub static TASKS: &[IntegrationTask] = &[
    IntegrationTask {
        name: "zoho.crm.getRecordById",
        path: "/crm/{version}/{module}/{id}",
        params: &[MODULE, ID, QUERY],
        gives: Gives::Record,
        summary: "The record of a module with that number.",
        details: "A number that no record has gives an empty KEY-VALUE, or what the service says of it.",
        example: example(
            "lead = zoho.crm.getRecordById(\"Leads\", 4876876000000333001, \"crm_link\");\ninfo lead.get(\"Last_Name\");",
            "Berg",
        ),
        words: ONE,
        ..CRM
    },
    IntegrationTask {
        name: "zoho.crm.updateRecord",
        method: "PUT",
        path: "/crm/{version}/{module}/{id}",
        params: &[MODULE, ID, RECORD, OPTIONS],
        gives: Gives::Details,
        summary: "Changes fields of a record.",
        details: "The result is what the service calls `details`, with `id`; where it refuses, its `code` and `message`.",
        example: example(
            "done = zoho.crm.updateRecord(\"Leads\", 4876876000000333001, {\"City\": \"Voss\"}, {\"trigger\": {\"workflow\"}}, \"crm_link\");\ninfo done.get(\"id\");",
            "4876876000000333001",
        ),
        words: CHANGE,
        ..CRM
    },
    IntegrationTask {
        name: "zoho.crm.getRelatedRecords",
        path: "/crm/{version}/{module}/{id}/{list}",
        params: &[LIST, MODULE, ID, PAGE, PER_PAGE, QUERY],
        paging: BY_PAGE,
        gives: Gives::Records,
        summary: "Records of a related list of a record.",
        example: example(
            "notes = zoho.crm.getRelatedRecords(\"Notes\", \"Leads\", 4876876000000333001, 1, 50, \"crm_link\");\ninfo notes.size();",
            "2",
        ),
        words: RELATED,
        ..CRM
    },
    IntegrationTask {
        name: "zoho.crm.searchRecords",
        path: "/crm/{version}/{module}/search",
        params: &[MODULE, CRITERIA, PAGE, PER_PAGE, QUERY],
        paging: BY_PAGE,
        gives: Gives::Records,
        summary: "Records of a module that meet the criteria.",
        details: "Nothing found gives an empty LIST.",
        example: example(
            "found = zoho.crm.searchRecords(\"Leads\", \"(Last_Name:equals:Berg)\", \"crm_link\");\ninfo found.size() + \" \" + found.get(0).get(\"City\");",
            "2 Voss",
        ),
        words: FIND,
        ..CRM
    },
    IntegrationTask {
        name: "zoho.crm.createRecord",
        method: "POST",
        path: "/crm/{version}/{module}",
        params: &[MODULE, RECORD, OPTIONS],
        gives: Gives::Details,
        summary: "Makes a record.",
        details: "The result is what the service calls `details`, with `id`; where it refuses, its `code` and `message`.",
        example: example(
            "made = zoho.crm.createRecord(\"Leads\", {\"Last_Name\": \"Berg\", \"Company\": \"Fjord\"}, \"crm_link\");\ninfo made.get(\"id\");",
            "4876876000000333001",
        ),
        words: MAKE,
        ..CRM
    },
    IntegrationTask {
        name: "zoho.crm.getRecords",
        path: "/crm/{version}/{module}",
        params: &[MODULE, or("1", PAGE), or("200", PER_PAGE), QUERY],
        paging: BY_PAGE,
        gives: Gives::Records,
        summary: "A page of the records of a module.",
        details: "From version 3 on the service wants `fields` in `map`.",
        example: example(
            "leads = zoho.crm.v8.getRecords(\"Leads\", 1, 50, {\"fields\": \"Last_Name\"}, \"crm_link\");\ninfo leads.size();",
            "2",
        ),
        words: MANY,
        ..CRM
    },
    IntegrationTask {
        name: "zoho.crm.updateRelatedRecord",
        method: "PUT",
        path: "/crm/{version}/{module}/{id}/{list}/{relatedId}",
        params: &[
            LIST,
            needed(
                "relatedId",
                Takes::Id,
                Goes::Path,
                "Number of the related record.",
            ),
            MODULE,
            ID,
            RECORD,
        ],
        summary: "Changes how a record is related to another one.",
        example: example(
            "done = zoho.crm.updateRelatedRecord(\"Products\", 333002, \"Leads\", 333001, {\"Quantity\": 2}, \"crm_link\");\ninfo done.get(\"data\").get(0).get(\"status\");",
            "success",
        ),
        words: RELATED,
        ..CRM
    },
    IntegrationTask {
        name: "zoho.crm.convertLead",
        method: "POST",
        path: "/crm/{version}/Leads/{id}/actions/convert",
        params: &[ID, RECORD],
        gives: Gives::Record,
        summary: "Makes a contact, and what else is asked for, of a lead.",
        details: "The result has the numbers of the new records under Contacts, Accounts and Deals.",
        example: example(
            "made = zoho.crm.convertLead(4876876000000333001, {\"overwrite\": true}, \"crm_link\");\ninfo made.get(\"Contacts\");",
            "4876876000000333009",
        ),
        words: &["contact", "deal", "account", "promote"],
        source: CRM_CONVERT,
        ..CRM
    },
    IntegrationTask {
        name: "zoho.crm.attachFile",
        method: "POST",
        path: "/crm/{version}/{module}/{id}/Attachments",
        params: &[
            MODULE,
            ID,
            needed("file", Takes::File, Goes::Part, "The file."),
        ],
        summary: "Attaches a file to a record.",
        example: example(
            "done = zoho.crm.attachFile(\"Leads\", 333001, \"alpha\".toFile(\"a.txt\"), \"crm_link\");\ninfo done.get(\"data\").get(0).get(\"code\");",
            "SUCCESS",
        ),
        words: &["upload", "attachment", "document"],
        ..CRM
    },
    IntegrationTask {
        name: "zoho.crm.upsert",
        method: "POST",
        path: "/crm/{version}/{module}/upsert",
        params: &[MODULE, RECORD, OPTIONS],
        summary: "Changes a record that is there already, else makes it.",
        details: "`duplicate_check_fields` in `options` names the fields that tell.",
        example: example(
            "done = zoho.crm.upsert(\"Leads\", {\"Last_Name\": \"Berg\", \"Email\": \"b@example.com\"}, {\"duplicate_check_fields\": {\"Email\"}}, \"crm_link\");\ninfo done.get(\"data\").get(0).get(\"action\");",
            "update",
        ),
        words: UPSERT,
        source: CRM_UPSERT,
        ..CRM
    },
    IntegrationTask {
        name: "zoho.crm.bulkCreate",
        method: "POST",
        path: "/crm/{version}/{module}",
        params: &[MODULE, RECORDS, OPTIONS],
        summary: "Makes up to 100 records in one request.",
        details: "`data` of the result has an element for each record, in their order: some may be refused.",
        example: example(
            "done = zoho.crm.bulkCreate(\"Leads\", [{\"Last_Name\": \"Berg\"}, {\"Last_Name\": \"Dahl\"}], \"crm_link\");\ninfo done.get(\"data\").size();",
            "2",
        ),
        words: BULK,
        source: CRM_BULK,
        ..CRM
    },
    IntegrationTask {
        name: "zoho.crm.bulkUpdate",
        method: "PUT",
        path: "/crm/{version}/{module}",
        params: &[MODULE, RECORDS, OPTIONS],
        summary: "Changes up to 100 records in one request; each names its `id`.",
        details: "`data` of the result has an element for each record, in their order: some may be refused.",
        example: example(
            "done = zoho.crm.bulkUpdate(\"Leads\", [{\"id\": \"333001\", \"City\": \"Voss\"}], \"crm_link\");\ninfo done.get(\"data\").get(0).get(\"code\");",
            "SUCCESS",
        ),
        words: BULK,
        source: CRM_BULK,
        ..CRM
    },
    IntegrationTask {
        name: "zoho.crm.deleteRecord",
        method: "DELETE",
        path: "/crm/{version}/{module}/{id}",
        params: &[needed(
            "map",
            Takes::Pairs,
            Goes::PathPairs,
            "`module` and `id` of the record.",
        )],
        summary: "Deletes a record.",
        example: example(
            "done = zoho.crm.deleteRecord({\"module\": \"Leads\", \"id\": 333001}, \"crm_link\");\ninfo done.get(\"data\").get(0).get(\"message\");",
            "record deleted",
        ),
        words: &["remove", "erase", "destroy"],
        ..CRM
    },
    IntegrationTask {
        name: "zoho.crm.getOrgVariable",
        path: "/crm/{version}/settings/variables/{name}",
        params: &[needed(
            "name",
            Takes::Text,
            Goes::Path,
            "API name of the variable.",
        )],
        gives: Gives::Variable,
        summary: "The value of a variable of the organisation.",
        details: "The service wants the group of a variable: `General` is asked for, and where it is in another one, the list of all variables.",
        example: example(
            "info zoho.crm.getOrgVariable(\"desk_key\", \"crm_link\");",
            "k-17",
        ),
        words: SETTING,
        source: CRM_VARIABLES,
        ..CRM
    },
    IntegrationTask {
        name: "zoho.crm.setOrgVariable",
        method: "PUT",
        path: "/crm/{version}/settings/variables/{id}",
        params: &[
            needed("name", Takes::Text, Goes::Own, "API name of the variable."),
            needed("value", Takes::Anything, Goes::Own, "Its new value."),
        ],
        gives: Gives::SetVariable,
        summary: "Changes the value of a variable of the organisation.",
        details: "The variable is looked up first, as in `getOrgVariable`, since the service knows it by its number.",
        example: example(
            "done = zoho.crm.setOrgVariable(\"desk_key\", \"k-18\", \"crm_link\");\ninfo done.get(\"variables\").get(0).get(\"status\");",
            "success",
        ),
        words: SETTING,
        source: CRM_VARIABLES,
        ..CRM
    },
    IntegrationTask {
        name: "zoho.books.getRecords",
        path: "/books/{version}/{module}",
        params: &[LOWER_MODULE, ORGANISATION, SEARCH],
        paging: BY_PAGE_IN_SEARCH,
        summary: "A page of the records of a module of Zoho Books.",
        details: "`search` is a KEY-VALUE or a TEXT such as `status=sent`; a TEXT without `=` is the connection.",
        example: example(
            "reply = zoho.books.getRecords(\"Invoices\", \"10234695\", {\"status\": \"sent\"}, \"books_link\");\ninfo reply.get(\"invoices\").size();",
            "2",
        ),
        words: MANY,
        ..BOOKS_V3
    },
    IntegrationTask {
        name: "zoho.books.getRecordsByID",
        path: "/books/{version}/{module}/{id}",
        params: &[LOWER_MODULE, ORGANISATION, ID],
        summary: "The record of a module of Zoho Books with that number.",
        example: example(
            "reply = zoho.books.getRecordsByID(\"invoices\", \"10234695\", 982000000567114, \"books_link\");\ninfo reply.get(\"invoice\").get(\"total\");",
            "40.6",
        ),
        words: ONE,
        ..BOOKS_V3
    },
    IntegrationTask {
        name: "zoho.books.createRecord",
        method: "POST",
        path: "/books/{version}/{module}",
        params: &[LOWER_MODULE, ORGANISATION, BODY],
        summary: "Makes a record of Zoho Books.",
        example: example(
            "reply = zoho.books.createRecord(\"contacts\", \"10234695\", {\"contact_name\": \"Fjord\"}, \"books_link\");\ninfo reply.get(\"code\");",
            "0",
        ),
        words: MAKE,
        ..BOOKS_V3
    },
    IntegrationTask {
        name: "zoho.books.updateRecord",
        method: "PUT",
        path: "/books/{version}/{module}/{id}",
        params: &[LOWER_MODULE, ORGANISATION, ID, BODY],
        summary: "Changes fields of a record of Zoho Books.",
        example: example(
            "reply = zoho.books.updateRecord(\"contacts\", \"10234695\", 982000000567001, {\"notes\": \"Voss\"}, \"books_link\");\ninfo reply.get(\"message\");",
            "Contact information has been saved.",
        ),
        words: CHANGE,
        ..BOOKS_V3
    },
    IntegrationTask {
        name: "zoho.inventory.getRecords",
        path: "/inventory/{version}/{module}",
        params: &[LOWER_MODULE, ORGANISATION, SEARCH],
        paging: BY_PAGE_IN_SEARCH,
        summary: "A page of the records of a module of Zoho Inventory.",
        details: "`search` is a KEY-VALUE or a TEXT such as `sku=K-1`; a TEXT without `=` is the connection.",
        example: example(
            "reply = zoho.inventory.getRecords(\"items\", \"10234695\", \"sku=K-1\", \"inventory_link\");\ninfo reply.get(\"items\").get(0).get(\"name\");",
            "Kite",
        ),
        words: MANY,
        ..INVENTORY_V1
    },
    IntegrationTask {
        name: "zoho.inventory.getRecordsByID",
        path: "/inventory/{version}/{module}/{id}",
        params: &[LOWER_MODULE, ORGANISATION, ID],
        summary: "The record of a module of Zoho Inventory with that number.",
        example: example(
            "reply = zoho.inventory.getRecordsByID(\"items\", \"10234695\", 4815000000044208, \"inventory_link\");\ninfo reply.get(\"item\").get(\"name\");",
            "Kite",
        ),
        words: ONE,
        ..INVENTORY_V1
    },
    IntegrationTask {
        name: "zoho.inventory.createRecord",
        method: "POST",
        path: "/inventory/{version}/{module}",
        params: &[LOWER_MODULE, ORGANISATION, BODY],
        summary: "Makes a record of Zoho Inventory.",
        example: example(
            "reply = zoho.inventory.createRecord(\"items\", \"10234695\", {\"name\": \"Kite\", \"rate\": 12}, \"inventory_link\");\ninfo reply.get(\"code\");",
            "0",
        ),
        words: MAKE,
        ..INVENTORY_V1
    },
    IntegrationTask {
        name: "zoho.inventory.updateRecord",
        method: "PUT",
        path: "/inventory/{version}/{module}/{id}",
        params: &[LOWER_MODULE, ORGANISATION, ID, BODY],
        summary: "Changes fields of a record of Zoho Inventory.",
        example: example(
            "reply = zoho.inventory.updateRecord(\"items\", \"10234695\", 4815000000044208, {\"rate\": 14}, \"inventory_link\");\ninfo reply.get(\"item\").get(\"rate\");",
            "14",
        ),
        words: CHANGE,
        ..INVENTORY_V1
    },
    IntegrationTask {
        name: "zoho.desk.searchRecords",
        path: "/api/{version}/{module}/search",
        params: &[
            ORG_ID,
            DESK_MODULE,
            needed(
                "map",
                Takes::Pairs,
                Goes::QueryAll,
                "What to search for, such as ticketNumber.",
            ),
            FROM,
            LIMIT,
        ],
        paging: BY_PLACE,
        summary: "Records of a module of Zoho Desk that meet the criteria.",
        example: example(
            "reply = zoho.desk.searchRecords(\"60031797\", \"tickets\", {\"ticketNumber\": \"101\"}, 0, 1, \"desk_link\");\ninfo reply.get(\"data\").get(0).get(\"subject\");",
            "A kite is late",
        ),
        words: FIND,
        ..DESK_V1
    },
    IntegrationTask {
        name: "zoho.desk.create",
        method: "POST",
        path: "/api/{version}/{module}",
        params: &[ORG_ID, DESK_MODULE, BODY],
        summary: "Makes a record of Zoho Desk.",
        example: example(
            "reply = zoho.desk.create(\"60031797\", \"tickets\", {\"subject\": \"A kite is late\"}, \"desk_link\");\ninfo reply.get(\"ticketNumber\");",
            "101",
        ),
        words: MAKE,
        ..DESK_V1
    },
    IntegrationTask {
        name: "zoho.desk.update",
        method: "PATCH",
        path: "/api/{version}/{module}/{id}",
        params: &[ORG_ID, DESK_MODULE, ID, BODY],
        summary: "Changes fields of a record of Zoho Desk.",
        example: example(
            "reply = zoho.desk.update(\"60031797\", \"tickets\", 1892000000042034, {\"status\": \"Closed\"}, \"desk_link\");\ninfo reply.get(\"status\");",
            "Closed",
        ),
        words: CHANGE,
        ..DESK_V1
    },
    IntegrationTask {
        name: "zoho.desk.getRecordById",
        path: "/api/{version}/{module}/{id}",
        params: &[ORG_ID, DESK_MODULE, ID, QUERY],
        summary: "The record of a module of Zoho Desk with that number.",
        example: example(
            "reply = zoho.desk.getRecordById(\"60031797\", \"Tickets\", 1892000000042034, \"desk_link\");\ninfo reply.get(\"subject\");",
            "A kite is late",
        ),
        words: ONE,
        ..DESK_V1
    },
    IntegrationTask {
        name: "zoho.desk.getRecords",
        path: "/api/{version}/{module}",
        params: &[ORG_ID, DESK_MODULE, FROM, LIMIT, QUERY],
        paging: BY_PLACE,
        summary: "Records of a module of Zoho Desk.",
        example: example(
            "reply = zoho.desk.getRecords(\"60031797\", \"tickets\", 1, 50, {\"sortBy\": \"createdTime\"}, \"desk_link\");\ninfo reply.get(\"data\").size();",
            "2",
        ),
        words: MANY,
        ..DESK_V1
    },
    IntegrationTask {
        name: "zoho.desk.getRelatedRecords",
        path: "/api/{version}/{module}/{id}/{relation}",
        params: &[
            ORG_ID,
            needed(
                "relation",
                Takes::Text,
                Goes::LowerFirst,
                "What is related, such as comments.",
            ),
            DESK_MODULE,
            ID,
            FROM,
            LIMIT,
            QUERY,
        ],
        paging: BY_PLACE,
        summary: "What is related to a record of Zoho Desk.",
        example: example(
            "reply = zoho.desk.getRelatedRecords(\"60031797\", \"comments\", \"tickets\", 1892000000042034, 1, 10, \"desk_link\");\ninfo reply.get(\"data\").get(0).get(\"content\");",
            "On its way",
        ),
        words: RELATED,
        ..DESK_V1
    },
    IntegrationTask {
        name: "zoho.recruit.getRecordById",
        path: "/recruit/{version}/{module}/{id}",
        params: &[MODULE, ID, QUERY],
        summary: "The record of a module of Zoho Recruit with that number.",
        details: "The result is the whole reply: the record is the first element of its `data`.",
        example: example(
            "reply = zoho.recruit.getRecordById(\"Candidates\", 333001, \"recruit_link\");\ninfo reply.get(\"data\").get(0).get(\"Last_Name\");",
            "Berg",
        ),
        words: ONE,
        ..RECRUIT_V2
    },
    IntegrationTask {
        name: "zoho.recruit.getRecords",
        path: "/recruit/{version}/{module}",
        params: &[MODULE, PAGE, PER_PAGE, QUERY],
        paging: BY_PAGE,
        summary: "A page of the records of a module of Zoho Recruit.",
        details: "The result is the whole reply: the records are its `data`.",
        example: example(
            "reply = zoho.recruit.getRecords(\"Candidates\", 1, 50, \"recruit_link\");\ninfo reply.get(\"data\").size();",
            "2",
        ),
        words: MANY,
        ..RECRUIT_V2
    },
    IntegrationTask {
        name: "zoho.recruit.searchRecords",
        path: "/recruit/{version}/{module}/search",
        params: &[MODULE, CRITERIA, PAGE, PER_PAGE, QUERY],
        paging: BY_PAGE,
        summary: "Records of a module of Zoho Recruit that meet the criteria.",
        details: "The result is the whole reply: the records are its `data`.",
        example: example(
            "reply = zoho.recruit.searchRecords(\"Candidates\", \"(Last_Name:equals:Berg)\", \"recruit_link\");\ninfo reply.get(\"data\").size();",
            "2",
        ),
        words: FIND,
        ..RECRUIT_V2
    },
    IntegrationTask {
        name: "zoho.recruit.updateRecord",
        method: "PUT",
        path: "/recruit/{version}/{module}/{id}",
        params: &[MODULE, ID, RECORD, OPTIONS],
        summary: "Changes fields of a record of Zoho Recruit.",
        details: "The result is the whole reply: what became of the record is the first element of its `data`.",
        example: example(
            "reply = zoho.recruit.updateRecord(\"Candidates\", 333001, {\"City\": \"Voss\"}, \"recruit_link\");\ninfo reply.get(\"data\").get(0).get(\"code\");",
            "SUCCESS",
        ),
        words: CHANGE,
        ..RECRUIT_V2
    },
    IntegrationTask {
        name: "zoho.creator.getRecords",
        path: "/creator/{version}/data/{owner}/{app}/report/{report}",
        params: &[
            OWNER,
            APP,
            REPORT,
            needed(
                "criteria",
                Takes::Criteria,
                Goes::Query("criteria"),
                "Such as Total > 100, or \"\" for all; a KEY-VALUE is the parameters of the address.",
            ),
            FROM,
            maybe(
                "limit",
                Takes::Whole,
                Goes::Query("max_records"),
                "How many records at most.",
            ),
        ],
        paging: BY_PLACE,
        summary: "Records of a report of Zoho Creator.",
        details: "Version 2.1 calls the most records `max_records` and knows `field_config` and others: give them in a KEY-VALUE in place of `criteria`.",
        example: example(
            "reply = zoho.creator.getRecords(\"ann\", \"shop\", \"All_Orders\", \"Total > 100\", 1, 200, \"creator_link\");\ninfo reply.get(\"data\").size();",
            "2",
        ),
        words: MANY,
        ..CREATOR_V2_1
    },
    IntegrationTask {
        name: "zoho.creator.getRecordById",
        path: "/creator/{version}/data/{owner}/{app}/report/{report}/{id}",
        params: &[OWNER, APP, REPORT, ID],
        summary: "The record of a report of Zoho Creator with that number.",
        example: example(
            "reply = zoho.creator.getRecordById(\"ann\", \"shop\", \"All_Orders\", 3888833000000114027, \"creator_link\");\ninfo reply.get(\"data\").get(\"Total\");",
            "120",
        ),
        words: ONE,
        ..CREATOR_V2_1
    },
];
