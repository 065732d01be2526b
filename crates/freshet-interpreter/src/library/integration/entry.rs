//! What an entry for an integration task (`zoho.crm.getRecordById(…)`) consists of.

use super::super::builtin::Example;

/// An integration task: a call of a function that is one request to a service of Zoho.
#[derive(Debug)]
pub struct IntegrationTask {
    /// Its full name without a version; matched without regard to letter case.
    pub name: &'static str,
    /// `GET`, `POST`, `PUT`, `PATCH` or `DELETE`.
    pub method: &'static str,
    /// What follows the base of the service. `{version}` is the version, other words in braces are parameters.
    pub path: &'static str,
    /// The version where the name has none.
    pub version: &'static str,
    /// What it takes, the connection not counted, which every task takes last.
    pub params: &'static [Param],
    /// How it pages, for people; empty where there are no pages.
    pub paging: &'static str,
    /// What of the reply it gives.
    pub gives: Gives,
    /// One line: what it does.
    pub summary: &'static str,
    /// What else one should know.
    pub details: &'static str,
    /// A script, and what it prints when the service answers as it should.
    pub example: Example,
    /// Words to find it by, beside its name and summary.
    pub words: &'static [&'static str],
    /// Address of the page that documents the task or its request.
    pub source: &'static str,
}

/// A parameter of an integration task.
#[derive(Debug)]
pub struct Param {
    /// Its name in messages and help; that in the braces of a path.
    pub name: &'static str,
    /// What it takes.
    pub takes: Takes,
    /// Where it goes.
    pub goes: Goes,
    /// True if the task cannot do without it.
    pub required: bool,
    /// What goes into the address when it is left out; empty: nothing does.
    pub default: &'static str,
    /// One line: what it is.
    pub summary: &'static str,
}

/// What a parameter takes. Arguments that may be left out are told apart by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Takes {
    /// TEXT.
    Text,
    /// The number of a record or an organisation: TEXT or a whole NUMBER.
    Id,
    /// A whole NUMBER, or a TEXT of digits.
    Whole,
    /// KEY-VALUE.
    Pairs,
    /// LIST of KEY-VALUE.
    Records,
    /// KEY-VALUE, or TEXT in the form `name=value&name=value`.
    Search,
    /// KEY-VALUE, or any TEXT.
    Criteria,
    /// FILE.
    File,
    /// Every value.
    Anything,
}

impl Takes {
    /// How messages call it.
    pub fn expected(self) -> &'static str {
        match self {
            Takes::Text => "TEXT",
            Takes::Id => "TEXT or a whole NUMBER",
            Takes::Whole => "a whole NUMBER",
            Takes::Pairs => "KEY-VALUE",
            Takes::Records => "a LIST of KEY-VALUEs",
            Takes::Search => "KEY-VALUE or a TEXT such as `status=active`",
            Takes::Criteria => "TEXT or KEY-VALUE",
            Takes::File => "FILE",
            Takes::Anything => "a value",
        }
    }
}

/// Where an argument goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Goes {
    /// Into the path, as it is.
    Path,
    /// Into the path in small letters: the paths of these services know no others, while scripts write `Contacts`.
    LowerPath,
    /// Into the path with a small first letter, for the same reason (`Tickets`, but `timeEntry`).
    LowerFirst,
    /// Its values, by their keys, into the path.
    PathPairs,
    /// Into the query, under this name. A KEY-VALUE gives all its pairs instead.
    Query(&'static str),
    /// All its pairs into the query; a TEXT as it is.
    QueryAll,
    /// Into a header.
    Header(&'static str),
    /// A record: the only element of `data` in the body.
    Record,
    /// Records: `data` in the body.
    Records,
    /// Further pairs of the body, beside `data`.
    Options,
    /// The whole body.
    Body,
    /// A file in a multipart body.
    Part,
    /// Whatever the task does with it; see [`Gives`].
    Own,
}

/// What of the reply a task gives. What does not look like it, such as an error of the service, is given whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gives {
    /// All of it.
    Reply,
    /// The first element of `data`; an empty KEY-VALUE where nothing comes back.
    Record,
    /// The LIST in `data`; an empty one where nothing comes back.
    Records,
    /// `details` of the first element of `data`; that element where it reports an error.
    Details,
    /// The value of a variable, which is looked up first.
    Variable,
    /// The reply to setting a variable, which is looked up first.
    SetVariable,
}

impl Gives {
    /// What it gives, in the words of the language.
    pub fn returns(self) -> &'static str {
        match self {
            Gives::Records => "LIST, or KEY-VALUE for an error of the service",
            Gives::Variable => "TEXT, or KEY-VALUE for an error of the service",
            Gives::Reply | Gives::Record | Gives::Details | Gives::SetVariable => "KEY-VALUE",
        }
    }
}

impl IntegrationTask {
    /// Name of the service: `crm`.
    pub fn service(&self) -> &'static str {
        self.name.split('.').nth(1).unwrap_or_default()
    }

    /// What the service keeps: words that find all its tasks.
    pub fn nouns(&self) -> &'static [&'static str] {
        match self.service() {
            "crm" => &["lead", "contact", "deal", "account"],
            "books" => &["invoice", "contact", "accounting", "bill"],
            "inventory" => &["item", "stock", "order"],
            "desk" => &["ticket", "support"],
            "recruit" => &["candidate", "job"],
            "creator" => &["form", "report", "application"],
            _ => &[],
        }
    }

    /// The parameters, the connection last.
    pub fn all_params(&self) -> impl Iterator<Item = &'static Param> + use<> {
        self.params.iter().chain(std::iter::once(&CONNECTION))
    }

    /// How it is called, as messages show it; what may be left out stands in brackets.
    pub fn written(&self) -> String {
        let params: Vec<String> = self
            .all_params()
            .map(|param| match param.required {
                true => param.name.to_owned(),
                false => format!("[{}]", param.name),
            })
            .collect();
        format!("{}({})", self.name, params.join(", "))
    }

    /// Fewest and most arguments.
    pub fn count(&self) -> (usize, usize) {
        let least = self.params.iter().filter(|param| param.required).count();
        (least, self.params.len() + 1)
    }
}

/// The last parameter of every task.
pub(super) static CONNECTION: Param = Param {
    name: "connection",
    takes: Takes::Text,
    goes: Goes::Own,
    required: false,
    default: "",
    summary: "Link name of the connection; without it that of the project, `integrations.SERVICE`.",
};
