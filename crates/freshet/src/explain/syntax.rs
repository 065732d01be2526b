//! What lexer and parser say: E01xx and W01xx.

use super::{Example, Explanation};

/// In order of their codes.
pub const ALL: &[Explanation] = &[
    Explanation {
        code: "E0101",
        title: "the script is too large",
        text: "A script may have at most 4 MiB. Larger files are mostly data: keep data in a file or service that the script reads.",
        example: Some(Example {
            wrong: r#"rows = {"…", "…", "… four million characters of data …"};
"#,
            right: r#"rows = invokeurl [ url :"https://example.com/rows.json" ];
"#,
        }),
    },
    Explanation {
        code: "E0102",
        title: "the file is not UTF-8 text",
        text: "The file holds a byte that no UTF-8 character begins with. It was saved in another encoding, or it is no script at all. Choose the encoding UTF-8 when saving.",
        example: Some(Example {
            wrong: r#"info "caf\xE9";
"#,
            right: r#"info "café";
"#,
        }),
    },
    Explanation {
        code: "E0103",
        title: "a character that means nothing here",
        text: "Outside of texts and comments, only letters, digits, `_` and the signs of the language are allowed.",
        example: Some(Example {
            wrong: "total = 5 # 3;
info total;
",
            right: "total = 5 + 3;  // a comment begins with two slashes
info total;
",
        }),
    },
    Explanation {
        code: "E0104",
        title: "curly quotes",
        text: "Word processors and web pages turn straight quotes into curly ones. Only straight quotes mark a text.",
        example: Some(Example {
            wrong: "info “Hello”;
",
            right: r#"info "Hello";
"#,
        }),
    },
    Explanation {
        code: "E0105",
        title: "a full-width semicolon",
        text: "An input method for Chinese or Japanese wrote `；`. Statements end with the plain `;`.",
        example: Some(Example {
            wrong: "info 1；
",
            right: "info 1;
",
        }),
    },
    Explanation {
        code: "E0106",
        title: "a text without its closing quote",
        text: "A text ends on the line on which it begins. For a line break inside of a text write `\\n`.",
        example: Some(Example {
            wrong: r#"info "Hello;
"#,
            right: r#"info "Hello";
"#,
        }),
    },
    Explanation {
        code: "E0107",
        title: "a comment that is never closed",
        text: "`/*` begins a comment that ends at `*/` only, so the rest of the file was read as a comment.",
        example: Some(Example {
            wrong: "info 1;  /* one
",
            right: "info 1;  /* one */
",
        }),
    },
    Explanation {
        code: "E0108",
        title: "letters directly after digits",
        text: "A name begins with a letter or `_`, and a number has digits and at most one point.",
        example: Some(Example {
            wrong: "info 1_000;
",
            right: "info 1000;
",
        }),
    },
    Explanation {
        code: "E0109",
        title: "a number that is too large",
        text: "A NUMBER has 64 bits: its largest value is 9223372036854775807. Long identifiers are better kept as texts.",
        example: Some(Example {
            wrong: "id = 12345678901234567890;
info id;
",
            right: r#"id = "12345678901234567890";
info id;
"#,
        }),
    },
    Explanation {
        code: "E0110",
        title: "a DECIMAL with too many digits",
        text: "A DECIMAL holds at most 28 significant digits.",
        example: Some(Example {
            wrong: "info 12345678901234567890123456789.5;
",
            right: r#"info "12345678901234567890123456789.5";
"#,
        }),
    },
    Explanation {
        code: "E0111",
        title: "half of a surrogate pair",
        text: "Characters beyond U+FFFF are written with two `\\u` escapes that belong together. One of them alone is no character.",
        example: Some(Example {
            wrong: r#"info "\ud83d";
"#,
            right: r#"info "\ud83d\ude00";
"#,
        }),
    },
    Explanation {
        code: "E0120",
        title: "a bracket that is not closed",
        text: "Each `(`, `{` and `[` needs its partner. The place shown is the one that opens; a second place is where something else came first.",
        example: Some(Example {
            wrong: "info (1 + 2;
",
            right: "info (1 + 2);
",
        }),
    },
    Explanation {
        code: "E0121",
        title: "a closing bracket too many",
        text: "Nothing is open that this bracket could close.",
        example: Some(Example {
            wrong: "info 1 + 2);
",
            right: "info (1 + 2);
",
        }),
    },
    Explanation {
        code: "E0122",
        title: "brackets nested too deep",
        text: "Brackets inside of brackets go to a limited depth, so that no script can exhaust the memory of the reader.",
        example: Some(Example {
            wrong: "x = ((((… hundreds of them …))));
",
            right: "part = (1 + 2) * 3;
x = (part + 4) * 5;
",
        }),
    },
    Explanation {
        code: "E0123",
        title: "too many signs in a row",
        text: "More than 256 signs `-` or `!` follow each other. Two of the same kind cancel each other, so one or none is enough.",
        example: Some(Example {
            wrong: "x = !!!!… !true;
",
            right: "x = !true;
",
        }),
    },
    Explanation {
        code: "E0130",
        title: "a missing `;`",
        text: "Every simple statement ends with `;`, also the last one of a block. The place shown is where it belongs.",
        example: Some(Example {
            wrong: "a = 1
info a;
",
            right: "a = 1;
info a;
",
        }),
    },
    Explanation {
        code: "E0131",
        title: "something else was expected here",
        text: "The statement cannot go on like this. The message says what may follow and what was found.",
        example: Some(Example {
            wrong: "for each x of {1, 2} {
    info x;
}
",
            right: "for each x in {1, 2} {
    info x;
}
",
        }),
    },
    Explanation {
        code: "E0132",
        title: "a value is missing",
        text: "An operator, `=`, `info` or `return` is followed by nothing that has a value.",
        example: Some(Example {
            wrong: "total = 5 + ;
",
            right: "total = 5 + 3;
",
        }),
    },
    Explanation {
        code: "E0133",
        title: "a block without braces",
        text: "The bodies of `if`, `else`, `for each`, `while`, `try`, `catch` and of functions stand in braces, even for one statement.",
        example: Some(Example {
            wrong: "i = 0;
while (i < 3)
    i = i + 1;
",
            right: "i = 0;
while (i < 3) {
    i = i + 1;
}
",
        }),
    },
    Explanation {
        code: "E0134",
        title: "a condition without parentheses",
        text: "The conditions of `if`, `else if` and `while` stand in parentheses.",
        example: Some(Example {
            wrong: r#"a = 5;
if a > 3 {
    info "large";
}
"#,
            right: r#"a = 5;
if (a > 3) {
    info "large";
}
"#,
        }),
    },
    Explanation {
        code: "E0135",
        title: "a word of the language as a name",
        text: "Some words open statements or are values, so nothing can be called by them.",
        example: Some(Example {
            wrong: "true = 1;
",
            right: "isTrue = 1;
",
        }),
    },
    Explanation {
        code: "E0136",
        title: "chained comparisons",
        text: "A comparison gives true or false, which the second comparison would then compare. Join two comparisons instead.",
        example: Some(Example {
            wrong: "x = 5;
info 1 < x < 9;
",
            right: "x = 5;
info 1 < x && x < 9;
",
        }),
    },
    Explanation {
        code: "E0137",
        title: "two assignments in one statement",
        text: "A statement assigns one variable.",
        example: Some(Example {
            wrong: "a = b = 1;
",
            right: "b = 1;
a = b;
",
        }),
    },
    Explanation {
        code: "E0138",
        title: "assigning to something that is no variable",
        text: "The left side of `=` is the name of a variable. Entries of lists and key-values are changed with functions.",
        example: Some(Example {
            wrong: r#"prices = Map();
prices.get("tea") = 3;
"#,
            right: r#"prices = Map();
prices.put("tea", 3);
"#,
        }),
    },
    Explanation {
        code: "E0139",
        title: "a variable with a declaration",
        text: "Variables come into being by assigning them; there is no word before the name.",
        example: Some(Example {
            wrong: "var total = 5;
",
            right: "total = 5;
",
        }),
    },
    Explanation {
        code: "E0140",
        title: "a statement without effect",
        text: "The value is computed and lost. Calls may stand alone, other values may not.",
        example: Some(Example {
            wrong: "total = 5;
total + 1;
",
            right: "total = 5;
total = total + 1;
",
        }),
    },
    Explanation {
        code: "E0141",
        title: "`if(…)` as a statement",
        text: "`if(condition, a, b)` chooses a value. As a statement of its own the value would be lost.",
        example: Some(Example {
            wrong: r#"a = 5;
if(a > 3, "large", "small");
"#,
            right: r#"a = 5;
info if(a > 3, "large", "small");
"#,
        }),
    },
    Explanation {
        code: "E0142",
        title: "`break` or `continue` outside of a loop",
        text: "`break` leaves the innermost loop and `continue` begins its next turn, so both need a loop around them.",
        example: Some(Example {
            wrong: "break;
",
            right: "for each x in {1, 2} {
    break;
}
",
        }),
    },
    Explanation {
        code: "E0143",
        title: "a value returned by a `void` function",
        text: "`void` says that the function gives no value.",
        example: Some(Example {
            wrong: "void twice(int n) {
    return n * 2;
}
",
            right: "int twice(int n) {
    return n * 2;
}
",
        }),
    },
    Explanation {
        code: "E0144",
        title: "`else` or `catch` without its partner",
        text: "`else` follows the closing brace of `if`, and `catch` that of `try`, with nothing between.",
        example: Some(Example {
            wrong: "else {
    info 1;
}
",
            right: "if (1 > 2) {
    info 0;
} else {
    info 1;
}
",
        }),
    },
    Explanation {
        code: "E0145",
        title: "`try` without `catch`",
        text: "`try` needs a `catch` that says what happens after an error.",
        example: Some(Example {
            wrong: "try {
    info 1 / 0;
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
        code: "E0146",
        title: "a block that belongs to no statement",
        text: "Braces with statements stand only after the head of a statement or a declaration.",
        example: Some(Example {
            wrong: "{
    info 1;
}
",
            right: "if (true) {
    info 1;
}
",
        }),
    },
    Explanation {
        code: "E0147",
        title: "a comma before the closing bracket",
        text: "A comma stands between two values. Behind the last one there is none.",
        example: Some(Example {
            wrong: "info {1, 2, };
",
            right: "info {1, 2};
",
        }),
    },
    Explanation {
        code: "E0148",
        title: "a list and a key-value in one",
        text: "In braces stand either values, which make a list, or pairs of key and value.",
        example: Some(Example {
            wrong: r#"info {"a": 1, 2};
"#,
            right: r#"info {"a": 1, "b": 2};
"#,
        }),
    },
    Explanation {
        code: "E0149",
        title: "a pair as an argument",
        text: "`key : value` is an argument of `Collection(…)` and `insert(…)` only.",
        example: Some(Example {
            wrong: r#"m = Map();
m.put("a" : 1);
"#,
            right: r#"m = Map();
m.put("a", 1);
"#,
        }),
    },
    Explanation {
        code: "E0150",
        title: "a second value",
        text: "`info`, `return` and `throw` take one value.",
        example: Some(Example {
            wrong: r#"info "total", 5;
"#,
            right: r#"info "total " + 5;
"#,
        }),
    },
    Explanation {
        code: "E0151",
        title: "a word is missing",
        text: "The loop over the elements of a list is written `for each … in …`; here `each` is missing.",
        example: Some(Example {
            wrong: "for x in {1, 2} {
    info x;
}
",
            right: "for each x in {1, 2} {
    info x;
}
",
        }),
    },
    Explanation {
        code: "E0152",
        title: "`zoho` or `thisapp` without a member",
        text: "These words only stand before a `.` and a name.",
        example: Some(Example {
            wrong: "info zoho;
",
            right: "info zoho.currentdate;
",
        }),
    },
    Explanation {
        code: "E0153",
        title: "a typed list with several arguments",
        text: "`List:Int(…)` and its sisters take at most one argument: a text of the elements, with commas between them.",
        example: Some(Example {
            wrong: "info List:Int(1, 2);
",
            right: r#"info List:Int("1,2");
"#,
        }),
    },
    Explanation {
        code: "E0154",
        title: "assigning to `input`",
        text: "`input` holds the arguments of the run and cannot be replaced.",
        example: Some(Example {
            wrong: "input = 5;
",
            right: "number = 5;
",
        }),
    },
    Explanation {
        code: "E0160",
        title: "an operator of another language",
        text: "The operator exists elsewhere, not here. The message names what to write.",
        example: Some(Example {
            wrong: r#"a = 1;
if (a === 1) {
    info "one";
}
"#,
            right: r#"a = 1;
if (a == 1) {
    info "one";
}
"#,
        }),
    },
    Explanation {
        code: "E0161",
        title: "`++` or `--`",
        text: "There is no operator that changes a variable by one.",
        example: Some(Example {
            wrong: "i = 0;
i++;
",
            right: "i = 0;
i = i + 1;
",
        }),
    },
    Explanation {
        code: "E0162",
        title: "a word as an operator",
        text: "`and`, `or`, `not` and `in` are written as signs, or as a call of `contains`.",
        example: Some(Example {
            wrong: "a = 5;
if (a > 1 and a < 9) {
    info a;
}
",
            right: "a = 5;
if (a > 1 && a < 9) {
    info a;
}
",
        }),
    },
    Explanation {
        code: "E0163",
        title: "`? :`",
        text: "To choose one of two values, there is the function `if`.",
        example: Some(Example {
            wrong: r#"a = 5;
size = a > 3 ? "large" : "small";
"#,
            right: r#"a = 5;
size = if(a > 3, "large", "small");
"#,
        }),
    },
    Explanation {
        code: "E0164",
        title: "`elseif` in one word",
        text: "The two words are written apart.",
        example: Some(Example {
            wrong: r#"a = 5;
if (a > 9) {
    info "large";
} elseif (a > 3) {
    info "middle";
}
"#,
            right: r#"a = 5;
if (a > 9) {
    info "large";
} else if (a > 3) {
    info "middle";
}
"#,
        }),
    },
    Explanation {
        code: "E0165",
        title: "a statement of another language",
        text: "The statement exists elsewhere, not here. The message says what does the same.",
        example: Some(Example {
            wrong: "for (i = 0; i < 3; i = i + 1) {
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
        code: "E0166",
        title: "`foreach` in one word",
        text: "The two words are written apart.",
        example: Some(Example {
            wrong: "foreach x in {1, 2} {
    info x;
}
",
            right: "for each x in {1, 2} {
    info x;
}
",
        }),
    },
    Explanation {
        code: "E0167",
        title: "`new`",
        text: "There are no classes, so nothing is made with `new`.",
        example: Some(Example {
            wrong: "m = new Map();
",
            right: "m = Map();
",
        }),
    },
    Explanation {
        code: "E0168",
        title: "a range",
        text: "Lists are written out, or numbers are counted in a loop.",
        example: Some(Example {
            wrong: "for each i in 1..3 {
    info i;
}
",
            right: "i = 1;
while (i <= 3) {
    info i;
    i = i + 1;
}
",
        }),
    },
    Explanation {
        code: "E0180",
        title: "a function inside of a block",
        text: "Functions are declared at the top level of a file.",
        example: Some(Example {
            wrong: "if (true) {
    int one() {
        return 1;
    }
}
",
            right: "int one() {
    return 1;
}
if (true) {
    info one();
}
",
        }),
    },
    Explanation {
        code: "E0181",
        title: "an unknown type",
        text: "Types are void, string, int, float, bool, date, list, map, collection and file. Where Zoho Creator takes the name of a form, `map` takes the record. Of all unknown words in a file that stand for types the first is reported.",
        example: Some(Example {
            wrong: "Order twice(int n) {
    return n * 2;
}
",
            right: "int twice(int n) {
    return n * 2;
}
",
        }),
    },
    Explanation {
        code: "E0182",
        title: "a function called like a statement",
        text: "A call of a function by this name could not be told from the statement.",
        example: Some(Example {
            wrong: "void info(string text) {
    return;
}
",
            right: "void tell(string text) {
    info text;
}
",
        }),
    },
    Explanation {
        code: "E0183",
        title: "a parameter of type `void`",
        text: "`void` says that a function gives no value. A parameter always has one.",
        example: Some(Example {
            wrong: "int one(void x) {
    return 1;
}
",
            right: "int one() {
    return 1;
}
",
        }),
    },
    Explanation {
        code: "E0184",
        title: "a parameter without a type",
        text: "Each parameter is declared with the type it accepts.",
        example: Some(Example {
            wrong: "int twice(n) {
    return n * 2;
}
",
            right: "int twice(int n) {
    return n * 2;
}
",
        }),
    },
    Explanation {
        code: "E0185",
        title: "a default value of a parameter",
        text: "Parameters have no default values. Pass null and replace it in the function.",
        example: Some(Example {
            wrong: "int twice(int n = 1) {
    return n * 2;
}
",
            right: "int twice(int n) {
    n = ifnull(n, 1);
    return n * 2;
}
",
        }),
    },
    Explanation {
        code: "E0186",
        title: "an attribute without a value",
        text: "An attribute of a task is a name, `:` and a value.",
        example: Some(Example {
            wrong: "r = invokeurl [
    url :
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
        code: "E0187",
        title: "a declaration without a result type",
        text: "A function begins with the type of its result, or with `void`.",
        example: Some(Example {
            wrong: "twice(int n) {
    return n * 2;
}
",
            right: "int twice(int n) {
    return n * 2;
}
",
        }),
    },
    Explanation {
        code: "E0188",
        title: "any number of arguments",
        text: "A function has as many parameters as its declaration names. Several values of one kind are passed in a list.",
        example: Some(Example {
            wrong: "void show(string... words) {
    info words;
}
",
            right: "void show(list words) {
    info words;
}
show({\"a\", \"b\"});
",
        }),
    },
    Explanation {
        code: "E0190",
        title: "`alert`",
        text: "It opens a window over a form of Zoho Creator. There are no forms here.",
        example: Some(Example {
            wrong: r#"alert "done";
"#,
            right: r#"info "done";
"#,
        }),
    },
    Explanation {
        code: "E0191",
        title: "`cancel submit`",
        text: "It refuses the submission of a form of Zoho Creator. There are no forms here.",
        example: Some(Example {
            wrong: "cancel submit;
",
            right: r#"throw "the name is missing";
"#,
        }),
    },
    Explanation {
        code: "E0192",
        title: "`insert into`",
        text: "It adds a record to a form of Zoho Creator. There are no forms here; records of a service are created over its API.",
        example: Some(Example {
            wrong: r#"insert into Orders [
    Name = "Ann"
];
"#,
            right: r#"values = {"Name": "Ann"};
r = invokeurl [
    url :"https://example.com/orders"
    type :POST
    parameters :values.toString()
];
info r;
"#,
        }),
    },
    Explanation {
        code: "E0193",
        title: "assigning to a member",
        text: "Only records of a form have fields. A key-value is changed with `put`.",
        example: Some(Example {
            wrong: r#"order = Map();
order.name = "Ann";
"#,
            right: r#"order = Map();
order.put("name", "Ann");
"#,
        }),
    },
    Explanation {
        code: "E0194",
        title: "`delete from`",
        text: "It deletes records of a form of Zoho Creator. There are no forms here; records of a service are deleted over its API.",
        example: Some(Example {
            wrong: "delete from Orders[ID == 5];
",
            right: r#"r = invokeurl [
    url :"https://example.com/orders/5"
    type :DELETE
];
"#,
        }),
    },
    Explanation {
        code: "E0195",
        title: "assigning to a field of `input`",
        text: "`input` holds the arguments of the run and is only read.",
        example: Some(Example {
            wrong: r#"input.name = "Ann";
"#,
            right: r#"name = "Ann";
"#,
        }),
    },
    Explanation {
        code: "E0196",
        title: "changing the open form",
        text: "`show`, `hide`, `enable`, `disable` and their sisters change the open form of Zoho Creator. There are no forms here.",
        example: Some(Example {
            wrong: "hide Name;
",
            right: r#"info "Name is hidden";
"#,
        }),
    },
    Explanation {
        code: "E0197",
        title: "a task of forms and pages",
        text: "The statement belongs to forms and pages of Zoho Creator.",
        example: Some(Example {
            wrong: r#"append [
    Name = "Ann"
]
"#,
            right: r#"info "Ann";
"#,
        }),
    },
    Explanation {
        code: "E0198",
        title: "an HTML page",
        text: "The file is a page of Zoho Creator: only its server can fill in what stands between `<%` and `%>`.",
        example: Some(Example {
            wrong: r#"<% name = "Ann"; %>
"#,
            right: r#"name = "Ann";
"#,
        }),
    },
    Explanation {
        code: "E0199",
        title: "the export of a whole application",
        text: "The file describes an application of Zoho Creator: forms, reports, workflows. Only the scripts in it can be run, each from a file of its own.",
        example: Some(Example {
            wrong: r#"application "Shop" {
    forms {
        form Orders {
        }
    }
}
"#,
            right: r#"void Orders.close(int id) {
    info id + " is closed";
}
"#,
        }),
    },
    Explanation {
        code: "W0101",
        title: "a DECIMAL that is rounded",
        text: "A DECIMAL has at most 28 digits after the point.",
        example: Some(Example {
            wrong: "info 0.00000000000000000000000000001;
",
            right: "info 0.0000000000000000000000000001;
",
        }),
    },
    Explanation {
        code: "W0102",
        title: "an unknown escape",
        text: "A backslash in a text begins an escape such as `\\n`. Before other characters it stays as it is.",
        example: Some(Example {
            wrong: r#"info "C:\data";
"#,
            right: r#"info "C:\\data";
"#,
        }),
    },
    Explanation {
        code: "W0103",
        title: "`\\u` without four digits",
        text: "`\\u` takes four hexadecimal digits. With fewer it stays as it is.",
        example: Some(Example {
            wrong: r#"info "\u00e";
"#,
            right: r#"info "\u00e9";
"#,
        }),
    },
    Explanation {
        code: "W0104",
        title: "an invisible character",
        text: "A character without width came with text from elsewhere. It is skipped.",
        example: Some(Example {
            wrong: "info\u{200b} 1;\n",
            right: "info 1;
",
        }),
    },
    Explanation {
        code: "W0105",
        title: "`!` before a comparison",
        text: "`!` covers the whole comparison that follows, not only its left side.",
        example: Some(Example {
            wrong: "a = 1;
if (!a == 2) {
    info a;
}
",
            right: "a = 1;
if (a != 2) {
    info a;
}
",
        }),
    },
    Explanation {
        code: "W0106",
        title: "a variable called like a word of the language",
        text: "It is allowed, but a reader will stumble over it.",
        example: Some(Example {
            wrong: "date = 5;
",
            right: "day = 5;
",
        }),
    },
    Explanation {
        code: "W0107",
        title: "`throws`",
        text: "The statement is called `throw`.",
        example: Some(Example {
            wrong: r#"throws "no order";
"#,
            right: r#"throw "no order";
"#,
        }),
    },
];
