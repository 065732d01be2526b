//! Trees and diagnostics as short text, for tests.

#![allow(dead_code, reason = "not every test file uses all of it")]

use freshet_syntax::ast::*;
use freshet_syntax::diagnostic::{Diagnostic, Severity};
use freshet_syntax::source::SourceFile;
use freshet_syntax::{Parsed, parse, parse_entry};

/// Parses a file: functions, then statements, one a line, then diagnostics.
pub fn parsed(text: &str) -> String {
    let source = SourceFile::new("test.dg", text);
    shown(&source, &parse(&source, Default::default()))
}

/// Parses an entry of a REPL.
pub fn entry(text: &str) -> String {
    let source = SourceFile::new("test.dg", text);
    shown(&source, &parse_entry(&source, Default::default()))
}

/// Only the diagnostics: `line:column code message | help`.
pub fn diagnostics(text: &str) -> String {
    let source = SourceFile::new("test.dg", text);
    let parsed = parse(&source, Default::default());
    parsed
        .diagnostics
        .iter()
        .map(|one| diagnostic(&source, one, false))
        .collect()
}

fn shown(source: &SourceFile, parsed: &Parsed) -> String {
    let printer = Printer(&parsed.ast);
    let mut out = String::new();
    for function in &parsed.ast.functions {
        out += &printer.function(function);
        out.push('\n');
    }
    for statement in &parsed.ast.body {
        out += &printer.statement(*statement);
        out.push('\n');
    }
    if let Some(value) = parsed.value {
        out += &format!("value {}\n", printer.expression(value));
    }
    for one in &parsed.diagnostics {
        out += &diagnostic(source, one, true);
    }
    if parsed.omitted > 0 {
        out += &format!("{} more\n", parsed.omitted);
    }
    if parsed.unfinished {
        out += "unfinished\n";
    }
    out
}

fn diagnostic(source: &SourceFile, one: &Diagnostic, short: bool) -> String {
    let (line, column) = source.line_column(one.span.start);
    let (end_line, end_column) = source.line_column(one.span.end);
    let end = if end_line == line {
        end_column.to_string()
    } else {
        format!("{end_line}:{end_column}")
    };
    if short {
        return format!("{line}:{column}-{end} {}\n", one.code);
    }
    let severity = match one.severity {
        Severity::Error => "",
        Severity::Warning => "warning: ",
    };
    let mut text = format!(
        "{line}:{column}-{end} {} {severity}{}\n",
        one.code, one.message
    );
    for other in &one.others {
        let (line, column) = source.line_column(other.span.start);
        text += &format!("    {line}:{column} {}\n", other.text);
    }
    if let Some(help) = &one.help {
        text += &format!("    help: {help}\n");
    }
    text
}

struct Printer<'a>(&'a Ast);

impl Printer<'_> {
    fn function(&self, function: &Function) -> String {
        let namespace = function
            .namespace
            .as_ref()
            .map_or(String::new(), |name| format!("{}.", name.text));
        let parameters: Vec<String> = function
            .parameters
            .iter()
            .map(|one| format!("{:?} {}", one.type_name.kind, one.name.text))
            .collect();
        let description = function
            .description
            .as_ref()
            .map_or(String::new(), |text| format!(" // {text:?}"));
        format!(
            "fn {:?} {namespace}{}({}) {}{description}",
            function.returns.kind,
            function.name.text,
            parameters.join(", "),
            self.block(&function.body)
        )
    }

    fn block(&self, statements: &[StatementId]) -> String {
        let statements: Vec<String> = statements.iter().map(|one| self.statement(*one)).collect();
        format!("{{{}}}", statements.join("; "))
    }

    fn statement(&self, id: StatementId) -> String {
        match &self.0.statement(id).kind {
            StatementKind::Assign {
                target,
                operator,
                value,
                ..
            } => {
                let sign = operator.map_or("", BinaryOperator::sign);
                format!("{} {sign}= {}", target.text, self.expression(*value))
            }
            StatementKind::Expression(value) => self.expression(*value),
            StatementKind::Info { value, .. } => format!("info {}", self.expression(*value)),
            StatementKind::Return { value: None, .. } => "return".to_owned(),
            StatementKind::Return {
                value: Some(value), ..
            } => format!("return {}", self.expression(*value)),
            StatementKind::Throw { value, .. } => format!("throw {}", self.expression(*value)),
            StatementKind::Break => "break".to_owned(),
            StatementKind::Continue => "continue".to_owned(),
            StatementKind::If {
                branches,
                otherwise,
            } => {
                let mut text = String::new();
                for branch in branches {
                    let before = if text.is_empty() { "if" } else { " else if" };
                    text += &format!(
                        "{before} {} {}",
                        self.expression(branch.condition),
                        self.block(&branch.body)
                    );
                }
                if let Some(otherwise) = otherwise {
                    text += &format!(" else {}", self.block(otherwise));
                }
                text
            }
            StatementKind::ForEach {
                index,
                variable,
                iterated,
                body,
            } => {
                let index = if *index { "index " } else { "" };
                format!(
                    "for {index}{} in {} {}",
                    variable.text,
                    self.expression(*iterated),
                    self.block(body)
                )
            }
            StatementKind::While { condition, body } => {
                format!("while {} {}", self.expression(*condition), self.block(body))
            }
            StatementKind::Try {
                body,
                error,
                handler,
            } => {
                format!(
                    "try {} catch {} {}",
                    self.block(body),
                    error.text,
                    self.block(handler)
                )
            }
            StatementKind::Empty => "-".to_owned(),
        }
    }

    fn expressions(&self, ids: &[ExpressionId]) -> String {
        ids.iter()
            .map(|id| self.expression(*id))
            .collect::<Vec<_>>()
            .join(" ")
    }

    fn arguments(&self, arguments: &[Argument]) -> String {
        arguments
            .iter()
            .map(|argument| match argument.pair {
                None => format!(" {}", self.expression(argument.value)),
                Some((_, value)) => format!(
                    " {}:{}",
                    self.expression(argument.value),
                    self.expression(value)
                ),
            })
            .collect()
    }

    fn expression(&self, id: ExpressionId) -> String {
        match &self.0.expression(id).kind {
            ExpressionKind::Null => "null".to_owned(),
            ExpressionKind::Boolean(value) => value.to_string(),
            ExpressionKind::Number(value) => value.to_string(),
            ExpressionKind::Smallest => "smallest".to_owned(),
            ExpressionKind::Decimal(digits) => format!("{digits}d"),
            ExpressionKind::Text(text) => format!("{text:?}"),
            ExpressionKind::Quoted(text) => format!("'{text}'"),
            ExpressionKind::Variable(name) => name.to_string(),
            ExpressionKind::Input => "INPUT".to_owned(),
            ExpressionKind::Zoho => "ZOHO".to_owned(),
            ExpressionKind::Thisapp => "THISAPP".to_owned(),
            ExpressionKind::Parenthesised(inner) => format!("(paren {})", self.expression(*inner)),
            ExpressionKind::List(elements) => format!("(list {})", self.expressions(elements)),
            ExpressionKind::KeyValue(pairs) => {
                let pairs: Vec<String> = pairs
                    .iter()
                    .map(|(key, value)| {
                        format!("{}:{}", self.expression(*key), self.expression(*value))
                    })
                    .collect();
                format!("(map {})", pairs.join(" "))
            }
            ExpressionKind::Undecided => "{}".to_owned(),
            ExpressionKind::Unary {
                operator, operand, ..
            } => {
                let sign = match operator {
                    UnaryOperator::Minus => "-",
                    UnaryOperator::Plus => "+",
                    UnaryOperator::Not => "!",
                };
                format!("({sign} {})", self.expression(*operand))
            }
            ExpressionKind::Binary {
                operator,
                left,
                right,
                ..
            } => {
                format!(
                    "({} {} {})",
                    operator.sign(),
                    self.expression(*left),
                    self.expression(*right)
                )
            }
            ExpressionKind::Conditional {
                condition,
                then,
                otherwise,
            } => {
                format!(
                    "(if {})",
                    self.expressions(&[*condition, *then, *otherwise])
                )
            }
            ExpressionKind::Call { name, arguments } => {
                format!("({}{})", name.text, self.arguments(arguments))
            }
            ExpressionKind::TypedList {
                element, argument, ..
            } => {
                let argument =
                    argument.map_or(String::new(), |one| format!(" {}", self.expression(one)));
                format!("(list:{element:?}{argument})")
            }
            ExpressionKind::Method {
                receiver,
                name,
                arguments,
            } => {
                format!(
                    "(.{} {}{})",
                    name.text,
                    self.expression(*receiver),
                    self.arguments(arguments)
                )
            }
            ExpressionKind::Member { receiver, name } => {
                format!("{}.{}", self.expression(*receiver), name.text)
            }
            ExpressionKind::Task { name, attributes } => {
                let attributes: Vec<String> = attributes
                    .iter()
                    .map(|attribute| {
                        let values: Vec<String> = attribute
                            .values
                            .iter()
                            .map(|value| match value {
                                AttributeValue::Expression(value) => self.expression(*value),
                                AttributeValue::Words(words) => format!("`{}`", words.text),
                                AttributeValue::File(value) => {
                                    format!("file:{}", self.expression(*value))
                                }
                            })
                            .collect();
                        format!(" <{}: {}>", attribute.name.text, values.join(", "))
                    })
                    .collect();
                format!("(task {}{})", name.text, attributes.concat())
            }
            ExpressionKind::Bracketed { operand, index, .. } => {
                let index = index.map_or("?".to_owned(), |index| self.expression(index));
                format!("(bracketed {} {index})", self.expression(*operand))
            }
            ExpressionKind::Missing => "MISSING".to_owned(),
        }
    }
}
