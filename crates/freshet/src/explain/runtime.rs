//! What is said while a script runs: R0xxx.

use super::{Example, Explanation};

/// In order of their codes.
pub const ALL: &[Explanation] = &[
    Explanation {
        code: "R0001",
        title: "an operator that does not take these types",
        text: "The operator is not defined for these two types. Convert one of the sides.",
        example: Some(Example {
            wrong: "info {1} - 5;
",
            right: "info {1}.get(0) - 5;
",
        }),
    },
    Explanation {
        code: "R0002",
        title: "a sign that does not take this type",
        text: "`-` stands before numbers.",
        example: Some(Example {
            wrong: r#"a = "5";
info -a;
"#,
            right: r#"a = "5";
info -a.toNumber();
"#,
        }),
    },
    Explanation {
        code: "R0003",
        title: "null where a value is needed",
        text: "A side of an operator is null: often the result of `get` with a key that does not exist.",
        example: Some(Example {
            wrong: r#"order = {"name": "Ann"};
info order.get("price") - 1;
"#,
            right: r#"order = {"name": "Ann"};
info ifnull(order.get("price"), 0) - 1;
"#,
        }),
    },
    Explanation {
        code: "R0004",
        title: "a condition that is neither true nor false",
        text: "A condition is a comparison or another BOOLEAN. Numbers and texts are not true or false by themselves.",
        example: Some(Example {
            wrong: r#"count = 5;
if (count) {
    info "some";
}
"#,
            right: r#"count = 5;
if (count > 0) {
    info "some";
}
"#,
        }),
    },
    Explanation {
        code: "R0005",
        title: "a value that a loop cannot walk",
        text: "`for each` walks lists, key-values and collections.",
        example: Some(Example {
            wrong: r#"for each name in "Ann,Bob" {
    info name;
}
"#,
            right: r#"for each name in "Ann,Bob".toList(",") {
    info name;
}
"#,
        }),
    },
    Explanation {
        code: "R0006",
        title: "division by zero",
        text: "The right side of `/` or `%` is zero. Test it first.",
        example: Some(Example {
            wrong: "count = 0;
info 10 / count;
",
            right: "count = 0;
if (count != 0) {
    info 10 / count;
}
",
        }),
    },
    Explanation {
        code: "R0007",
        title: "a NUMBER beyond 64 bits",
        text: "The result does not fit a NUMBER, whose largest value is 9223372036854775807. DECIMALs go further.",
        example: Some(Example {
            wrong: "info 9223372036854775807 + 1;
",
            right: "info 9223372036854775807.0 + 1;
",
        }),
    },
    Explanation {
        code: "R0008",
        title: "a DECIMAL beyond its range",
        text: "A DECIMAL holds 28 or 29 digits: without its point it is at most 79228162514264337593543950335, with at most 28 digits after the point.",
        example: Some(Example {
            wrong: "info 10.0.power(40);
",
            right: "info 10.0.power(20);
",
        }),
    },
    Explanation {
        code: "R0009",
        title: "a key that is no plain value",
        text: "Keys are TEXTs, NUMBERs, DECIMALs, BOOLEANs or DATE-TIMEs.",
        example: Some(Example {
            wrong: r#"m = Map();
m.put({1, 2}, "x");
"#,
            right: r#"m = Map();
m.put("1,2", "x");
"#,
        }),
    },
    Explanation {
        code: "R0010",
        title: "a value nested too deep",
        text: "A value that is printed, compared or converted goes at most 256 levels deep. Mostly it contains itself.",
        example: Some(Example {
            wrong: "a = List();
a.add(a);
info a;
",
            right: "a = List();
a.add(1);
info a;
",
        }),
    },
    Explanation {
        code: "R0011",
        title: "a function that this type does not have",
        text: "The function exists, but for values of another type.",
        example: Some(Example {
            wrong: "a = 5;
info a.toUpperCase();
",
            right: r#"a = "five";
info a.toUpperCase();
"#,
        }),
    },
    Explanation {
        code: "R0012",
        title: "a call on null",
        text: "The value before the dot is null: often the result of `get` with a key that does not exist.",
        example: Some(Example {
            wrong: r#"order = {"name": "Ann"};
info order.get("city").trim();
"#,
            right: r#"order = {"name": "Ann"};
info ifnull(order.get("city"), "").trim();
"#,
        }),
    },
    Explanation {
        code: "R0013",
        title: "a wrong number of arguments",
        text: "The built-in function takes fewer or more arguments.",
        example: Some(Example {
            wrong: r#"info "tea".replaceAll("t");
"#,
            right: r#"info "tea".replaceAll("t", "s");
"#,
        }),
    },
    Explanation {
        code: "R0014",
        title: "an argument of the wrong type",
        text: "The built-in function expects a value of another type here.",
        example: Some(Example {
            wrong: r#"m = Map();
m.putAll("tea");
"#,
            right: r#"m = Map();
m.putAll({"tea": 3});
"#,
        }),
    },
    Explanation {
        code: "R0015",
        title: "a place that does not exist",
        text: "Places in lists and texts are counted from 0, so the last one is the size minus one.",
        example: Some(Example {
            wrong: "info {3, 4}.get(2);
",
            right: "info {3, 4}.get(1);
",
        }),
    },
    Explanation {
        code: "R0016",
        title: "a value that the function cannot use",
        text: "The type is right, but not the value. The message says what the function needs.",
        example: Some(Example {
            wrong: r#"info "tea".matches("(");
"#,
            right: r#"info "tea".matches("t.*");
"#,
        }),
    },
    Explanation {
        code: "R0017",
        title: "a text that does not read as what is wanted",
        text: "The text cannot be converted. The message shows its beginning.",
        example: Some(Example {
            wrong: r#"info "five".toNumber();
"#,
            right: r#"info "5".toNumber();
"#,
        }),
    },
    Explanation {
        code: "R0018",
        title: "an element that a typed list refuses",
        text: "A list made with a type, such as `List:Int()`, takes elements of that type only.",
        example: Some(Example {
            wrong: r#"numbers = List:Int();
numbers.add("five");
"#,
            right: "numbers = List:Int();
numbers.add(5);
",
        }),
    },
    Explanation {
        code: "R0019",
        title: "an argument of the wrong type for a function of the program",
        text: "The declaration of the function names the type of each parameter.",
        example: Some(Example {
            wrong: "int twice(int n) {
    return n * 2;
}
info twice({1});
",
            right: "int twice(int n) {
    return n * 2;
}
info twice(1);
",
        }),
    },
    Explanation {
        code: "R0020",
        title: "a result of the wrong type",
        text: "The declaration of the function names the type of its result.",
        example: Some(Example {
            wrong: "int twice(int n) {
    return {n, n};
}
info twice(2);
",
            right: "int twice(int n) {
    return n * 2;
}
info twice(2);
",
        }),
    },
    Explanation {
        code: "R0021",
        title: "an error that the script threw",
        text: "`throw` ended the script, since no `try` around it caught the error.",
        example: Some(Example {
            wrong: r#"throw "no order";
"#,
            right: r#"try {
    throw "no order";
} catch (e) {
    info e.message;
}
"#,
        }),
    },
    Explanation {
        code: "R0022",
        title: "`throw` with nothing to say",
        text: "The value after `throw` says what happened, so it may be neither null nor a `{}` that is not yet decided.",
        example: Some(Example {
            wrong: "throw null;
",
            right: r#"try {
    throw "no order";
} catch (e) {
    info e.message;
}
"#,
        }),
    },
    Explanation {
        code: "R0023",
        title: "a member of something that is no caught error",
        text: "`.message` and `.lineNo` belong to the variable of `catch`.",
        example: Some(Example {
            wrong: r#"try {
    throw "no order";
} catch (e) {
    e = "x";
    info e.message;
}
"#,
            right: r#"try {
    throw "no order";
} catch (e) {
    info e.message;
}
"#,
        }),
    },
    Explanation {
        code: "R0025",
        title: "a task that is not available",
        text: "The task belongs to a service for which there is no implementation. `invokeurl` with a connection calls any service.",
        example: Some(Example {
            wrong: r#"r = zoho.sign.getTemplates("all");
"#,
            right: r#"r = invokeurl [
    url :"https://sign.example.com/api/v1/templates"
    type :GET
];
info r;
"#,
        }),
    },
    Explanation {
        code: "R0026",
        title: "something that a program on its own does not offer",
        text: "The function needs something that only a hosted platform has.",
        example: Some(Example {
            wrong: r#"sendsms [
    to :"+15550100"
    message :"done"
    connection :"sms"
]
"#,
            right: r#"r = invokeurl [
    url :"https://sms.example.com/messages"
    type :POST
    parameters :{"to": "+15550100", "text": "done"}
];
info r;
"#,
        }),
    },
    Explanation {
        code: "R0027",
        title: "a web request that cannot be made as written",
        text: "An address, header or part of the request is not what it must be. The message says which.",
        example: Some(Example {
            wrong: r#"r = invokeurl [
    url :"example"
];
"#,
            right: r#"r = invokeurl [
    url :"https://example.com"
];
info r;
"#,
        }),
    },
    Explanation {
        code: "R0028",
        title: "no mail account",
        text: "`sendmail` needs an account to send with, and none is configured. Make one with `freshet connection add smtp --service smtp --set host=HOST --set from=ADDRESS --connect`. To try a script without one, run it with `--mail print`, which shows its mail on standard error, or `--mail drop`.",
        example: Some(Example {
            wrong: r#"sendmail [
    from :"me@example.com"
    to :"ann@example.com"
    subject :"Report"
    message :"done"
]
"#,
            right: r#"// with the account that the setting `mail.connection` names
sendmail [
    from :"me@example.com"
    to :"ann@example.com"
    subject :"Report"
    message :"done"
]
"#,
        }),
    },
    Explanation {
        code: "R0029",
        title: "a date outside of the years 1 to 9999",
        text: "The result of the calculation with dates is too far away.",
        example: Some(Example {
            wrong: "info '2026-02-28'.addYear(9000);
",
            right: "info '2026-02-28'.addYear(90);
",
        }),
    },
    Explanation {
        code: "R0030",
        title: "a collection of the other form",
        text: "A collection holds either elements or pairs, and the function needs the other form.",
        example: Some(Example {
            wrong: r#"c = Collection(1, 2);
c.insert("a" : 3);
"#,
            right: r#"c = Collection("b" : 2);
c.insert("a" : 3);
"#,
        }),
    },
    Explanation {
        code: "R0031",
        title: "`&&`, `||` or `!` on something that is neither true nor false",
        text: "These operators join BOOLEANs. Compare numbers and texts first.",
        example: Some(Example {
            wrong: "count = 5;
info count && true;
",
            right: "count = 5;
info count > 0 && true;
",
        }),
    },
    Explanation {
        code: "R0032",
        title: "texts compared by size",
        text: "`<` and `>` compare numbers and dates. Digits in a TEXT are no number yet.",
        example: Some(Example {
            wrong: r#"info "10" > "9";
"#,
            right: r#"info "10".toNumber() > "9".toNumber();
"#,
        }),
    },
    Explanation {
        code: "R0033",
        title: "a date plus or minus a number",
        text: "What the number counts is not clear: days, months or hours. Functions say it.",
        example: Some(Example {
            wrong: "info '2026-02-28' + 1;
",
            right: "info '2026-02-28'.addDay(1);
",
        }),
    },
    Explanation {
        code: "R0034",
        title: "a task without a connection",
        text: "A task such as `zoho.crm.getRecordById` sends its request over a connection: its last argument, or what the project names for the service in freshet.toml, in the table `[integrations]`: `crm = \"link_name\"`.",
        example: Some(Example {
            wrong: r#"lead = zoho.crm.getRecordById("Leads", 4876876000000333001);
"#,
            right: r#"try {
    lead = zoho.crm.getRecordById("Leads", 4876876000000333001, "crm_link");
} catch (e) {
    info e.message;
}
"#,
        }),
    },
    Explanation {
        code: "R0035",
        title: "a comparison of too much",
        text: "`==` looks at each pair of elements, at a list inside several others once for each of them, and at 134 million pairs at most.",
        example: Some(Example {
            wrong: "a = {1};
b = {1};
i = 0;
while (i < 30) {
    a = {a, a};
    b = {b, b};
    i = i + 1;
}
info a == b;
",
            right: "a = {1};
b = {1};
i = 0;
while (i < 10) {
    a = {a, a};
    b = {b, b};
    i = i + 1;
}
info a == b;
",
        }),
    },
    Explanation {
        code: "R0101",
        title: "too many calls inside each other",
        text: "A function calls itself without end, or in a circle with others.",
        example: Some(Example {
            wrong: "int down(int n) {
    return down(n - 1);
}
info down(3);
",
            right: "int down(int n) {
    if (n == 0) {
        return 0;
    }
    return down(n - 1);
}
info down(3);
",
        }),
    },
    Explanation {
        code: "R0102",
        title: "a limit that was set",
        text: "The run was given a limit with `--limit` or in a setting, and it is reached. Raise it, or let the script do less.",
        example: Some(Example {
            wrong: r#"// freshet run again.dg --limit steps=1000
while (true) {
    info "again";
}
"#,
            right: r#"// freshet run again.dg --limit steps=1000
i = 0;
while (i < 3) {
    info "again";
    i = i + 1;
}
"#,
        }),
    },
    Explanation {
        code: "R0103",
        title: "the limit of memory",
        text: "The values of the script need more memory than the run may use. Raise the limit with `--limit memory=…`, or keep less at a time. A buffer that grows is there twice for a moment, so a single text or list ends at a part of the limit. The error also comes when the system has no more memory to give.",
        example: Some(Example {
            wrong: r#"// freshet run double.dg --limit memory=1MiB
text = "x";
while (true) {
    text = text + text;
}
"#,
            right: r#"// freshet run double.dg --limit memory=1MiB
text = "x";
i = 0;
while (i < 3) {
    text = text + text;
    i = i + 1;
}
"#,
        }),
    },
    Explanation {
        code: "R0104",
        title: "interrupted",
        text: "Ctrl-C or another signal ended the run. Nothing is wrong with the script.",
        example: Some(Example {
            wrong: "i = 0;
while (true) {
    i = i + 1;
}
",
            right: "i = 0;
while (i < 3) {
    i = i + 1;
}
",
        }),
    },
    Explanation {
        code: "R0105",
        title: "nothing more can be printed",
        text: "The program that reads the output ended, or the disk is full. Nothing is wrong with the script.",
        example: Some(Example {
            wrong: "i = 0;
while (true) {
    info i;
}
",
            right: "info 1;
",
        }),
    },
    Explanation {
        code: "R0106",
        title: "calls that need all the stack there is",
        text: "Calls inside each other filled the stack before their number reached the limit. The stack does not grow with `--limit depth`.",
        example: Some(Example {
            wrong: "// freshet run down.dg --limit depth=100000000
int down(int n) {
    return down(n - 1);
}
info down(3);
",
            right: "// freshet run down.dg --limit depth=100000000
int down(int n) {
    if (n == 0) {
        return 0;
    }
    return down(n - 1);
}
info down(3);
",
        }),
    },
    Explanation {
        code: "R0199",
        title: "a fault of Freshet itself",
        text: "This should never happen. Please report it with the script and what `freshet --version --verbose` prints.",
        // No script leads here.
        example: None,
    },
];
