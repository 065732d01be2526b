//! What can be named at the prompt: the variables and functions of the session, the connections.

use std::cell::OnceCell;
use std::sync::Arc;

use freshet_connections::Connections;
use freshet_interpreter::value::Type;
use freshet_runtime::arguments::type_word;
use freshet_syntax::ast::{Function, TypeKind};
use freshet_syntax::source::SourceFile;

/// What the session knew when the prompt appeared.
pub struct Known {
    /// Its variables with the types of their values.
    pub variables: Vec<(String, Type)>,
    /// Its functions and those of the project.
    pub functions: Vec<KnownFunction>,
    connections: Arc<Connections>,
    /// Read when first asked for: most entries name no connection.
    links: OnceCell<Vec<String>>,
}

/// A function of the session or of the project.
#[derive(Clone)]
pub struct KnownFunction {
    /// With its namespace.
    pub name: String,
    /// Parameters: `int id`.
    pub parameters: Vec<String>,
    /// The type word of what it gives.
    pub returns: &'static str,
    /// The type of what it gives, where that is known.
    pub result: Option<Type>,
    /// The comment before it, without its signs.
    pub description: Option<String>,
    /// The file or entry, and the line.
    pub place: String,
    /// The declaration itself.
    pub source: String,
}

impl KnownFunction {
    /// A declaration in a file.
    pub fn new(function: &Function, file: &SourceFile) -> Self {
        let span = function.span;
        let source = file.text().get(span.start as usize..span.end as usize);
        let (line, _) = file.line_column(span.start);
        let name = match &function.namespace {
            Some(namespace) => format!("{}.{}", namespace.text, function.name.text),
            None => function.name.text.to_string(),
        };
        Self {
            name,
            parameters: function
                .parameters
                .iter()
                .map(|parameter| {
                    format!(
                        "{} {}",
                        type_word(parameter.type_name.kind),
                        parameter.name.text
                    )
                })
                .collect(),
            returns: type_word(function.returns.kind),
            result: result(function.returns.kind),
            description: function.description.clone(),
            place: format!("{}:{line}", file.name()),
            source: source.unwrap_or_default().to_owned(),
        }
    }

    /// `int twice(int n)`
    pub fn signature(&self) -> String {
        format!(
            "{} {}({})",
            self.returns,
            self.name,
            self.parameters.join(", ")
        )
    }

    /// The first line of the description.
    pub fn summary(&self) -> &str {
        let text = self.description.as_deref().unwrap_or_default();
        text.trim().lines().next().unwrap_or_default().trim()
    }
}

impl Known {
    /// With the variables and functions of a session.
    pub fn new(connections: Arc<Connections>) -> Self {
        Self {
            variables: Vec::new(),
            functions: Vec::new(),
            connections,
            links: OnceCell::new(),
        }
    }

    /// What the session knows now.
    pub fn renew(&mut self, variables: Vec<(String, Type)>, functions: Vec<KnownFunction>) {
        self.variables = variables;
        self.functions = functions;
        self.links = OnceCell::new();
    }

    /// The link names there are; none when they cannot be read: a completion has no place for an error.
    pub fn links(&self) -> &[String] {
        self.links
            .get_or_init(|| self.connections.link_names().unwrap_or_default())
    }

    /// The type of a variable's value.
    pub fn variable(&self, name: &str) -> Option<Type> {
        let (_, found) = self.variables.iter().find(|(known, _)| known == name)?;
        (*found != Type::Null).then_some(*found)
    }

    /// The function of that full name.
    pub fn function(&self, name: &str) -> Option<&KnownFunction> {
        self.functions.iter().find(|function| function.name == name)
    }
}

fn result(kind: TypeKind) -> Option<Type> {
    match kind {
        TypeKind::Void | TypeKind::Unknown => None,
        TypeKind::Text => Some(Type::Text),
        TypeKind::Number => Some(Type::Number),
        TypeKind::Decimal => Some(Type::Decimal),
        TypeKind::Boolean => Some(Type::Boolean),
        TypeKind::DateTime => Some(Type::DateTime),
        TypeKind::List(_) => Some(Type::List),
        TypeKind::KeyValue => Some(Type::KeyValue),
        TypeKind::Collection => Some(Type::Collection),
        TypeKind::File => Some(Type::File),
    }
}
