//! What is said about names and tasks: E02xx and W02xx.

use super::{Example, Explanation};

/// In order of their codes.
pub const ALL: &[Explanation] = &[
    Explanation {
        code: "E0201",
        title: "a variable without a value",
        text: "Nothing assigns this variable before it is read. The name may be misspelt; inside of a function, the variables of the file around it are not seen.",
        example: Some(Example {
            wrong: "int twice(int number) {
    return numbr * 2;
}
",
            right: "int twice(int number) {
    return number * 2;
}
",
        }),
    },
    Explanation {
        code: "E0202",
        title: "an unknown function",
        text: "No function of this name is built in or declared.",
        example: Some(Example {
            wrong: "info ifnul(null, 1);
",
            right: "info ifnull(null, 1);
",
        }),
    },
    Explanation {
        code: "E0203",
        title: "an unknown function of values",
        text: "No type of value has a function of this name.",
        example: Some(Example {
            wrong: r#"info "tea".toUpercase();
"#,
            right: r#"info "tea".toUpperCase();
"#,
        }),
    },
    Explanation {
        code: "E0204",
        title: "a wrong number of arguments",
        text: "A function that is declared in the program takes one argument for each of its parameters.",
        example: Some(Example {
            wrong: "int twice(int n) {
    return n * 2;
}
info twice(1, 2);
",
            right: "int twice(int n) {
    return n * 2;
}
info twice(1);
",
        }),
    },
    Explanation {
        code: "E0205",
        title: "a function declared twice",
        text: "A name stands for one function.",
        example: Some(Example {
            wrong: "int one() {
    return 1;
}
int one() {
    return 2;
}
",
            right: "int one() {
    return 1;
}
int two() {
    return 2;
}
",
        }),
    },
    Explanation {
        code: "E0206",
        title: "two parameters with one name",
        text: "Each parameter has a name of its own.",
        example: Some(Example {
            wrong: "int sum(int n, int n) {
    return n + n;
}
",
            right: "int sum(int n, int m) {
    return n + m;
}
",
        }),
    },
    Explanation {
        code: "E0207",
        title: "a member without parentheses",
        text: "Only records of a form have fields, and there are no forms here. Key-values are read with `get`, and functions are called with parentheses. One error tells of all places of a file where a value is read, and one of all where a function is meant.",
        example: Some(Example {
            wrong: r#"order = {"name": "Ann"};
info order.name;
"#,
            right: r#"order = {"name": "Ann"};
info order.get("name");
"#,
        }),
    },
    Explanation {
        code: "E0208",
        title: "an element read with brackets",
        text: "Elements of lists and key-values are read with `get`. The first element of a list has the number 0.",
        example: Some(Example {
            wrong: "prices = {3, 4};
info prices[0];
",
            right: "prices = {3, 4};
info prices.get(0);
",
        }),
    },
    Explanation {
        code: "E0209",
        title: "`=` inside of an expression",
        text: "Inside of an expression nothing can be assigned. To compare, write `==`. To assign, write a statement of its own. Arguments have no names, so their values stand alone, and in braces a `:` stands between a key and its value.",
        example: Some(Example {
            wrong: "a = 1;
info (a = 2) || true;
",
            right: "a = 1;
info (a == 2) || true;
",
        }),
    },
    Explanation {
        code: "E0210",
        title: "`input` has no such parameter",
        text: "Inside of a function, `input` holds the parameters of the function.",
        example: Some(Example {
            wrong: "int twice(int number) {
    return input.amount * 2;
}
",
            right: "int twice(int number) {
    return input.number * 2;
}
",
        }),
    },
    Explanation {
        code: "E0211",
        title: "an unknown system variable",
        text: "`zoho.` is followed by one of the variables that Freshet provides, or by a service. A variable takes no arguments; a function or a task is called, with parentheses.",
        example: Some(Example {
            wrong: "info zoho.curentdate;
",
            right: "info zoho.currentdate;
",
        }),
    },
    Explanation {
        code: "E0212",
        title: "a caught error has no such member",
        text: "A caught error has `message` and `lineNo`.",
        example: Some(Example {
            wrong: "try {
    info 1 / 0;
} catch (e) {
    info e.msg;
}
",
            right: "try {
    info 1 / 0;
} catch (e) {
    info e.message;
}
",
        }),
    },
    Explanation {
        code: "E0213",
        title: "a date that does not exist",
        text: "The literal has the form of a date, but no calendar has that day.",
        example: Some(Example {
            wrong: "info '31-Feb-2026';
",
            right: "info '28-Feb-2026';
",
        }),
    },
    Explanation {
        code: "E0214",
        title: "an unknown task",
        text: "The tasks written with brackets are `invokeurl`, `invokeapi`, `sendmail` and `sendsms`.",
        example: Some(Example {
            wrong: r#"r = invokurl [
    url :"https://example.com"
];
"#,
            right: r#"r = invokeurl [
    url :"https://example.com"
];
"#,
        }),
    },
    Explanation {
        code: "E0215",
        title: "an unknown attribute",
        text: "The task does not have this attribute. The message names those it has.",
        example: Some(Example {
            wrong: r#"r = invokeurl [
    url :"https://example.com"
    methd :GET
];
"#,
            right: r#"r = invokeurl [
    url :"https://example.com"
    type :GET
];
"#,
        }),
    },
    Explanation {
        code: "E0216",
        title: "an attribute given twice",
        text: "Each attribute of a task is given at most once.",
        example: Some(Example {
            wrong: r#"r = invokeurl [
    url :"https://example.com"
    url :"https://example.org"
];
"#,
            right: r#"r = invokeurl [
    url :"https://example.com"
];
"#,
        }),
    },
    Explanation {
        code: "E0217",
        title: "a missing attribute",
        text: "The task cannot work without this attribute.",
        example: Some(Example {
            wrong: "r = invokeurl [
    type :GET
];
",
            right: r#"r = invokeurl [
    url :"https://example.com"
    type :GET
];
"#,
        }),
    },
    Explanation {
        code: "E0218",
        title: "joined words as a value",
        text: "Words joined by `/` or `-`, such as `application/json`, are values of few attributes. A text in double quotes is a value of any.",
        example: Some(Example {
            wrong: r#"sendmail [
    from :zoho.adminuserid
    to :"ann@example.com"
    subject :"Report"
    message :"done"
    content type :text/html
]
"#,
            right: r#"sendmail [
    from :zoho.adminuserid
    to :"ann@example.com"
    subject :"Report"
    message :"done"
    content type :HTML
]
"#,
        }),
    },
    Explanation {
        code: "E0219",
        title: "an unknown constant",
        text: "The word is neither one of the values of the attribute nor a variable of the script.",
        example: Some(Example {
            wrong: r#"r = invokeurl [
    url :"https://example.com"
    type :GETT
];
"#,
            right: r#"r = invokeurl [
    url :"https://example.com"
    type :GET
];
"#,
        }),
    },
    Explanation {
        code: "E0220",
        title: "an attachment out of an application",
        text: "Attachments of this kind are made by a Creator application. Files can be attached.",
        example: Some(Example {
            wrong: r#"sendmail [
    from :zoho.adminuserid
    to :"ann@example.com"
    subject :"Report"
    message :"See the attachment."
    attachments :template:Report
]
"#,
            right: r#"report = "a,b".toFile("report.csv");
sendmail [
    from :zoho.adminuserid
    to :"ann@example.com"
    subject :"Report"
    message :"See the attachment."
    attachments :file:report
]
"#,
        }),
    },
    Explanation {
        code: "E0221",
        title: "a statement outside of a function",
        text: "Files of the functions folder hold declarations only.",
        example: Some(Example {
            wrong: r#"info "loaded";
int one() {
    return 1;
}
"#,
            right: "int one() {
    return 1;
}
",
        }),
    },
    Explanation {
        code: "E0222",
        title: "fetching records of a form",
        text: "`Form[condition]` reads records of a Creator application. There are no forms here; records of a service are fetched over its API.",
        example: Some(Example {
            wrong: "orders = Orders[ID == 5];
",
            right: r#"orders = zoho.creator.getRecords("owner", "shop", "All_Orders", "ID == 5", 1, 200, "creator");
"#,
        }),
    },
    Explanation {
        code: "E0223",
        title: "data of an application",
        text: "`thisapp.` stands before calls of functions only.",
        example: Some(Example {
            wrong: "info thisapp.permissions;
",
            right: "info zoho.appvariable.permissions;
",
        }),
    },
    Explanation {
        code: "E0224",
        title: "a function of an application",
        text: "`application.` calls functions of a Creator application.",
        example: Some(Example {
            wrong: "info application.orders.total(2);
",
            right: "int total(int n) {
    return n * 2;
}
info total(2);
",
        }),
    },
    Explanation {
        code: "E0225",
        title: "counting and summing up the records of a form",
        text: "`Form.count()`, `.sum(field)`, `.getAll()` and their like belong to forms of a Creator application. Here the records are fetched first; lists have `size`, and numbers are summed up in a loop.",
        example: Some(Example {
            wrong: "info Orders.Amount.getAll();
",
            right: r#"orders = {{"amount": 3}, {"amount": 4}};
sum = 0;
for each order in orders {
    sum = sum + order.get("amount");
}
info sum;
"#,
        }),
    },
    Explanation {
        code: "E0226",
        title: "a row of a sub-form",
        text: "`Form.Subform()` makes a row in a form of a Creator application. Here a row is a key-value.",
        example: Some(Example {
            wrong: r#"row = Orders.Items();
row.Product = "tea";
delete from Orders[ID == 7];
"#,
            right: r#"row = Map();
row.put("Product", "tea");
info row;
"#,
        }),
    },
    Explanation {
        code: "W0201",
        title: "a parameter of the script",
        text: "Nothing assigns this variable, so it is an argument that each run has to give: `freshet script.dg name=VALUE`. If it is a slip, correct the name.",
        example: Some(Example {
            wrong: r#"info "Hello " + name;
"#,
            right: r#"name = "Ann";
info "Hello " + name;
"#,
        }),
    },
    Explanation {
        code: "W0202",
        title: "a function that is declared elsewhere",
        text: "The function is not in this file, and without a project there is no functions folder to look for it.",
        example: Some(Example {
            wrong: r#"info shop.price("tea");
"#,
            right: r#"int price(string what) {
    return 3;
}
info price("tea");
"#,
        }),
    },
    Explanation {
        code: "W0203",
        title: "`=` in a condition",
        text: "It is read as `==`, as Zoho does.",
        example: Some(Example {
            wrong: "a = 1;
if (a = 2) {
    info a;
}
",
            right: "a = 1;
if (a == 2) {
    info a;
}
",
        }),
    },
    Explanation {
        code: "W0204",
        title: "`&&` and `||` without parentheses",
        text: "Here `&&` goes first, but in Zoho Creator `||` does. Parentheses make both agree.",
        example: Some(Example {
            wrong: "a = 5;
info a > 1 || a > 2 && a > 9;
",
            right: "a = 5;
info a > 1 || (a > 2 && a > 9);
",
        }),
    },
    Explanation {
        code: "W0205",
        title: "a text that begins with a date",
        text: "What follows the date is no time of day, so the literal is a TEXT.",
        example: Some(Example {
            wrong: "info '2026-02-28 noon';
",
            right: "info '2026-02-28 12:00:00';
",
        }),
    },
    Explanation {
        code: "W0206",
        title: "a year of two digits",
        text: "Its century depends on the day of the run.",
        example: Some(Example {
            wrong: "info '28-02-26';
",
            right: "info '28-02-2026';
",
        }),
    },
    Explanation {
        code: "W0207",
        title: "a time of day without a date",
        text: "There is no type for a time of day, so the literal is a TEXT.",
        example: Some(Example {
            wrong: "info '12:30:00';
",
            right: r#"info "12:30:00";
"#,
        }),
    },
    Explanation {
        code: "W0208",
        title: "a function that hides a built-in one",
        text: "Calls by this name now go to the declared function, everywhere in the program.",
        example: Some(Example {
            wrong: "int abs(int n) {
    return n;
}
",
            right: "int distance(int n) {
    return n.abs();
}
",
        }),
    },
    Explanation {
        code: "W0209",
        title: "a function that hides one of the project",
        text: "The script declares a function that the functions folder has as well. The one of the script is called.",
        example: Some(Example {
            wrong: "int price(string what) {
    return 3;
}
",
            right: "int specialPrice(string what) {
    return 3;
}
",
        }),
    },
    Explanation {
        code: "W0210",
        title: "the value of a `void` function",
        text: "The function gives no value, so what is used here is always null.",
        example: Some(Example {
            wrong: r#"void tell(string text) {
    info text;
}
x = tell("hello");
"#,
            right: r#"void tell(string text) {
    info text;
}
tell("hello");
"#,
        }),
    },
    Explanation {
        code: "W0211",
        title: "a statement that is never executed",
        text: "It stands after a statement that always leaves.",
        example: Some(Example {
            wrong: r#"int one() {
    return 1;
    info "done";
}
"#,
            right: r#"int one() {
    info "done";
    return 1;
}
"#,
        }),
    },
    Explanation {
        code: "W0212",
        title: "a variable that may have no value",
        text: "On some way to this place nothing assigns the variable; it is null then.",
        example: Some(Example {
            wrong: "int parcels(int n) {
    if (n > 3) {
        result = 1;
    }
    return result;
}
",
            right: "int parcels(int n) {
    result = 0;
    if (n > 3) {
        result = 1;
    }
    return result;
}
",
        }),
    },
    Explanation {
        code: "W0213",
        title: "a loop that does not end",
        text: "The body changes no variable of the condition and never leaves the loop.",
        example: Some(Example {
            wrong: "i = 0;
while (i < 3) {
    info i;
}
",
            right: "i = 0;
while (i < 3) {
    info i;
    i = i + 1;
}
",
        }),
    },
    Explanation {
        code: "W0214",
        title: "a task that is not implemented",
        text: "The task belongs to a service of Zoho for which there is no implementation. `invokeurl` with a connection calls any service.",
        example: Some(Example {
            wrong: r#"r = zoho.sign.getTemplates("all");
"#,
            right: r#"r = invokeurl [
    url :"https://sign.zoho.com/api/v1/templates"
    type :GET
];
"#,
        }),
    },
    Explanation {
        code: "W0215",
        title: "a call with nothing to work on",
        text: "The function works on a value, before the dot or as its first argument.",
        example: Some(Example {
            wrong: "info toUpperCase();
",
            right: r#"info "tea".toUpperCase();
"#,
        }),
    },
];
