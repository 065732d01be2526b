//! What is said about settings files and the files of a project: E03xx and W03xx.

use super::{Example, Explanation};

/// In order of their codes.
pub const ALL: &[Explanation] = &[
    Explanation {
        code: "E0301",
        title: "a settings file that is no TOML",
        text: "`freshet.toml` and `config.toml` are written in TOML (https://toml.io): a table a section, `name = value` in it, texts in quotes.",
        example: Some(Example {
            wrong: "[project]
name = shop
",
            right: "[project]
name = \"shop\"
",
        }),
    },
    Explanation {
        code: "E0302",
        title: "a setting that does not fit",
        text: "The value is of another type than its key takes, or out of range. Nothing runs before it is mended.",
        example: Some(Example {
            wrong: "[project]
time-zone = \"Berlin\"

[batch]
in-flight = \"many\"
",
            right: "[project]
time-zone = \"Europe/Berlin\"

[batch]
in-flight = 100
",
        }),
    },
    Explanation {
        code: "E0303",
        title: "a variable that the environment does not have",
        text: "The project takes this variable from the environment, so that no secret stands in a file, and the environment does not have it. It counts only for scripts that read the variable.",
        example: Some(Example {
            wrong: "// [variables]  key = { env = \"SHOP_KEY\" }
// freshet run key.dg
info zoho.appvariable.key;
",
            right: "// [variables]  key = { env = \"SHOP_KEY\" }
// SHOP_KEY=… freshet run key.dg
info zoho.appvariable.key;
",
        }),
    },
    Explanation {
        code: "E0304",
        title: "a file of the functions folder that cannot be read",
        text: "A function is called that no readable file declares: it may be in this one.",
        example: Some(Example {
            wrong: "// of another user, with mode 0600
int shop.total(list lines) { return lines.size(); }
",
            right: "// readable
int shop.total(list lines) { return lines.size(); }
",
        }),
    },
    Explanation {
        code: "W0301",
        title: "a setting that does not exist",
        text: "Nothing reads this key: it may be misspelt, or stand in another table.",
        example: Some(Example {
            wrong: "[project]
timezone = \"Europe/Berlin\"
",
            right: "[project]
time-zone = \"Europe/Berlin\"
",
        }),
    },
];
