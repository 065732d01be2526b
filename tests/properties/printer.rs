//! Prints a syntax tree as a script: the same tokens, other blanks, no comments.

use freshet_syntax::ast::*;

/// The script of a tree that has no errors.
pub fn print(ast: &Ast) -> String {
    let printer = Printer(ast);
    // Functions and statements in the order of the file, so that the nodes of the tree keep their numbers.
    let functions = ast
        .functions
        .iter()
        .map(|function| (function.span.start, printer.function(function)));
    let body = ast
        .body
        .iter()
        .map(|id| (ast.statement(*id).span.start, printer.statement(*id)));
    let mut pieces: Vec<(u32, String)> = functions.chain(body).collect();
    pieces.sort_by_key(|(start, _)| *start);
    pieces.into_iter().map(|(_, text)| text + "\n").collect()
}

struct Printer<'a>(&'a Ast);

impl Printer<'_> {
    fn function(&self, function: &Function) -> String {
        let parameters = listed(&function.parameters, |one| {
            format!("{} {}", type_word(one.type_name.kind), one.name.text)
        });
        let namespace = function
            .namespace
            .as_ref()
            .map_or(String::new(), |name| format!("{}.", name.text));
        let (returns, name) = (type_word(function.returns.kind), &function.name.text);
        format!(
            "{returns} {namespace}{name}({parameters}) {}",
            self.block(&function.body)
        )
    }

    fn block(&self, statements: &[StatementId]) -> String {
        let statements: String = statements
            .iter()
            .map(|id| self.statement(*id) + "\n")
            .collect();
        format!("{{\n{statements}}}")
    }

    fn statement(&self, id: StatementId) -> String {
        match &self.0.statement(id).kind {
            StatementKind::Assign {
                target,
                operator,
                value,
                ..
            } => {
                format!(
                    "{} {}= {};",
                    target.text,
                    operator.map_or("", BinaryOperator::sign),
                    self.expression(*value)
                )
            }
            StatementKind::Expression(value) => format!("{};", self.expression(*value)),
            StatementKind::Info { value, .. } => format!("info {};", self.expression(*value)),
            StatementKind::Return { value: None, .. } => "return;".to_owned(),
            StatementKind::Return {
                value: Some(value), ..
            } => format!("return {};", self.expression(*value)),
            StatementKind::Throw { value, .. } => format!("throw {};", self.expression(*value)),
            StatementKind::Break => "break;".to_owned(),
            StatementKind::Continue => "continue;".to_owned(),
            StatementKind::If {
                branches,
                otherwise,
            } => {
                let branches: Vec<String> = branches
                    .iter()
                    .map(|branch| {
                        format!(
                            "if ({}) {}",
                            self.expression(branch.condition),
                            self.block(&branch.body)
                        )
                    })
                    .collect();
                let otherwise = otherwise
                    .as_ref()
                    .map_or(String::new(), |body| format!(" else {}", self.block(body)));
                branches.join(" else ") + &otherwise
            }
            StatementKind::ForEach {
                index,
                variable,
                iterated,
                body,
            } => {
                let index = if *index { "index " } else { "" };
                let iterated = self.expression(*iterated);
                format!(
                    "for each {index}{} in {iterated} {}",
                    variable.text,
                    self.block(body)
                )
            }
            StatementKind::While { condition, body } => {
                format!(
                    "while ({}) {}",
                    self.expression(*condition),
                    self.block(body)
                )
            }
            StatementKind::Try {
                body,
                error,
                handler,
            } => {
                format!(
                    "try {} catch ({}) {}",
                    self.block(body),
                    error.text,
                    self.block(handler)
                )
            }
            StatementKind::Empty => ";".to_owned(),
        }
    }

    fn expression(&self, id: ExpressionId) -> String {
        let expression = |id: &ExpressionId| self.expression(*id);
        match &self.0.expression(id).kind {
            ExpressionKind::Null => "null".to_owned(),
            ExpressionKind::Boolean(value) => value.to_string(),
            ExpressionKind::Number(value) => value.to_string(),
            ExpressionKind::Smallest => i64::MIN.to_string(),
            ExpressionKind::Decimal(digits) => digits.to_string(),
            ExpressionKind::Text(text) => quoted(text, '"'),
            ExpressionKind::Quoted(text) => quoted(text, '\''),
            ExpressionKind::Variable(name) => name.to_string(),
            ExpressionKind::Input => "input".to_owned(),
            ExpressionKind::Zoho => "zoho".to_owned(),
            ExpressionKind::Thisapp => "thisapp".to_owned(),
            ExpressionKind::Parenthesised(inner) => format!("({})", self.expression(*inner)),
            ExpressionKind::List(elements) => format!("[{}]", listed(elements, expression)),
            ExpressionKind::KeyValue(pairs) => {
                format!(
                    "{{{}}}",
                    listed(pairs, |(key, value)| format!(
                        "{}: {}",
                        expression(key),
                        expression(value)
                    ))
                )
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
                format!("{sign} {}", self.expression(*operand))
            }
            ExpressionKind::Binary {
                operator,
                left,
                right,
                ..
            } => {
                format!(
                    "{} {} {}",
                    self.expression(*left),
                    operator.sign(),
                    self.expression(*right)
                )
            }
            ExpressionKind::Conditional {
                condition,
                then,
                otherwise,
            } => {
                format!(
                    "if({})",
                    listed(&[*condition, *then, *otherwise], expression)
                )
            }
            ExpressionKind::Call { name, arguments } => {
                format!("{}({})", name.text, self.arguments(arguments))
            }
            ExpressionKind::TypedList {
                element, argument, ..
            } => {
                format!(
                    "list:{}({})",
                    element_word(*element),
                    argument.as_ref().map_or(String::new(), expression)
                )
            }
            ExpressionKind::Method {
                receiver,
                name,
                arguments,
            } => {
                format!(
                    "{}.{}({})",
                    self.expression(*receiver),
                    name.text,
                    self.arguments(arguments)
                )
            }
            ExpressionKind::Member { receiver, name } => {
                format!("{}.{}", self.expression(*receiver), name.text)
            }
            ExpressionKind::Task { name, attributes } => {
                let attributes: String = attributes
                    .iter()
                    .map(|attribute| {
                        let values = listed(&attribute.values, |value| match value {
                            AttributeValue::Expression(value) => self.expression(*value),
                            AttributeValue::Words(words) => words.text.to_string(),
                            AttributeValue::File(value) => {
                                format!("file: {}", self.expression(*value))
                            }
                        });
                        format!(" {}: {values};", attribute.name.text)
                    })
                    .collect();
                format!("{} [{attributes} ]", name.text)
            }
            // Read as it stands; only the resolver refuses it.
            ExpressionKind::Bracketed {
                operand,
                index: Some(index),
                ..
            } => format!("{}[{}]", self.expression(*operand), self.expression(*index)),
            // Criteria of a form, or nothing: the tree does not keep which.
            ExpressionKind::Bracketed {
                operand,
                index: None,
                ..
            } => format!("{}[]", self.expression(*operand)),
            ExpressionKind::Missing => panic!("no script without errors has one"),
        }
    }

    fn arguments(&self, arguments: &[Argument]) -> String {
        listed(arguments, |argument| match argument.pair {
            None => self.expression(argument.value),
            Some((_, value)) => format!(
                "{}: {}",
                self.expression(argument.value),
                self.expression(value)
            ),
        })
    }
}

fn listed<T>(items: &[T], print: impl Fn(&T) -> String) -> String {
    items.iter().map(print).collect::<Vec<_>>().join(", ")
}

fn quoted(text: &str, quote: char) -> String {
    let mut literal = String::from(quote);
    for character in text.chars() {
        match character {
            '\n' => literal += "\\n",
            '\r' => literal += "\\r",
            '\\' => literal += "\\\\",
            _ if character == quote => literal.extend(['\\', quote]),
            _ => literal.push(character),
        }
    }
    literal.push(quote);
    literal
}

fn type_word(kind: TypeKind) -> String {
    match kind {
        TypeKind::Void => "void".to_owned(),
        TypeKind::Text => "string".to_owned(),
        TypeKind::Number => "int".to_owned(),
        TypeKind::Decimal => "float".to_owned(),
        TypeKind::Boolean => "bool".to_owned(),
        TypeKind::DateTime => "date".to_owned(),
        TypeKind::List(None) => "list".to_owned(),
        TypeKind::List(Some(element)) => format!("list:{}", element_word(element)),
        TypeKind::KeyValue => "map".to_owned(),
        TypeKind::Collection => "collection".to_owned(),
        TypeKind::File => "file".to_owned(),
        TypeKind::Unknown => panic!("no script without errors has one"),
    }
}

fn element_word(element: ElementType) -> &'static str {
    match element {
        ElementType::Text => "string",
        ElementType::Number => "int",
        ElementType::Decimal => "float",
        ElementType::Boolean => "bool",
        ElementType::DateTime => "date",
    }
}
