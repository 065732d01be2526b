//! Statements of other languages, and halves of ours: reported at their word, their blocks read (language reference,
//! 2.3 and 6.7).

use super::fault::{Expected, Fault, Kind};
use super::primary::opens_typed_list;
use super::recovery::{line_end, skip_statement};
use super::state::{Input, Source, position, skip_to};
use super::statement::{Grammar, keep, no_name};
use crate::ast::{ExpressionKind, Name, StatementId, StatementKind};
use crate::token::Token;

/// Reads such a statement, if one stands here. The caller has made sure that the word `token` is not assigned to and
/// not followed by `.`.
pub(super) fn statement<'t>(
    grammar: &Grammar<'t>,
    input: &mut Input<'t, '_>,
    token: Token,
) -> Result<Option<StatementId>, Fault> {
    let at = position(input);
    let source = input.state().source;
    let before = |token: Token| source.is(at + 1, token);
    let statement = match token {
        Token::Else => {
            input.emit(Fault::at(at, Kind::WithoutPartner("if")));
            input.skip();
            half(grammar, input, at)?
        }
        Token::Catch => {
            input.emit(Fault::at(at, Kind::WithoutPartner("try")));
            input.skip();
            let error = caught(input);
            let handler = match input.peek() {
                Some(Token::LeftBrace) => input.parse(&grammar.block)?,
                _ => Vec::new(),
            };
            let end = position(input);
            let kind = StatementKind::Try {
                body: Vec::new(),
                error,
                handler,
            };
            input.state().statement(kind, at, end)
        }
        Token::Finally if before(Token::LeftBrace) => {
            input.emit(Fault::at(at, Kind::ForeignStatement));
            input.skip();
            half(grammar, input, at)?
        }
        Token::Do if before(Token::LeftBrace) => do_while(grammar, input, at)?,
        Token::For if opens_indented_loop(&source, at) => {
            input.emit(Fault::at(at, Kind::ForeignStatement));
            let end = source.indented_end(at, at + 1);
            skip_to(input, end);
            input.state().statement(StatementKind::Empty, at, end)
        }
        Token::For if counts(&source, at) => {
            input.emit(Fault::at(at, Kind::ForeignStatement));
            let end = head_end(&source, at);
            let mut assigned = assigned_names(input, at + 1, end, false);
            skip_to(input, end);
            let body = match input.peek() {
                Some(Token::LeftBrace) => input.parse(&grammar.looped)?,
                _ => Vec::new(),
            };
            input.state().beside.append(&mut assigned);
            keep(input, at, body)
        }
        Token::For if before(Token::LeftParenthesis) => {
            input.emit(Fault::at(at, Kind::ForeignStatement));
            input.skip();
            skip_group(input, Token::LeftParenthesis);
            skip_iterated(input);
            let body = input.parse(&grammar.looped)?;
            // Only now: the body would take them for statements of its own.
            assign_loop_names(input, at + 1);
            keep(input, at, body)
        }
        Token::MinusMinus if opens_comment(&source, at) => {
            input.emit(Fault::at(at, Kind::DashComment));
            let mut end = at + 1;
            while source.same_line(end) && !source.is(end, Token::RightBrace) {
                end = source.behind(end);
            }
            skip_to(input, end);
            input.state().statement(StatementKind::Empty, at, at + 1)
        }
        Token::Switch if before(Token::LeftParenthesis) => skipped_groups(input, at),
        Token::Case => {
            input.emit(Fault::at(at, Kind::ForeignStatement));
            skip_statement(input)?
        }
        Token::Word if is_else_if(&source, at) => {
            input.emit(Fault::at(at, Kind::ElseIfInOneWord));
            input.skip();
            if input.peek() == Some(Token::If) {
                input.skip();
            }
            input.parse(&grammar.condition)?;
            let body = input.parse(&grammar.body)?;
            keep(input, at, body)
        }
        Token::Word | Token::Do if opens_another(&source, at) => {
            input.emit(Fault::at(at, Kind::ForeignStatement));
            input.skip();
            input.state().statement(StatementKind::Empty, at, at + 1)
        }
        Token::Word
            if source.says(at, "foreach")
                && (source.is_name(at + 1) || opens_for_each(&source, at)) =>
        {
            grammar.for_each(input)?
        }
        Token::Word if source.says(at, "foreach") && names_element_last(&source, at) => {
            input.emit(Fault::at(at, Kind::ForEachInOneWord));
            input.skip();
            skip_group(input, Token::LeftParenthesis);
            let body = input.parse(&grammar.looped)?;
            let mut assigned = assigned_names(input, at + 2, source.behind(at + 1) - 1, true);
            input.state().beside.append(&mut assigned);
            keep(input, at, body)
        }
        Token::Word | Token::Cautioned if opens_line(&source, at) => {
            input.emit(Fault::at(at, Kind::ForeignStatement));
            let end = line_end(&source, at);
            skip_to(input, end);
            input.state().statement(StatementKind::Empty, at, end)
        }
        Token::Word if opens_class(&source, at) => class(input, at),
        Token::Word if opens_function(&source, at) => skipped_groups(input, at),
        Token::Word if opens_end(&source, at) => {
            input.emit(Fault::at(at, Kind::ForeignStatement));
            let end = end_of_block(&source, at);
            skip_to(input, end);
            input.state().statement(StatementKind::Empty, at, end)
        }
        _ => return Ok(None),
    };
    Ok(Some(statement))
}

/// A word before a statement with a block: `do while (…) {`, `loop while (…) {`.
fn opens_another(source: &Source<'_>, at: usize) -> bool {
    let next = source.token(at + 1);
    source.same_line(at + 1)
        && matches!(next, Some(Token::If | Token::While | Token::For))
        && !source.says(at, "end")
        && (next != Some(Token::If) || !source.opens_conditional(at + 1))
}

/// Words that open a statement of other languages, the value on their line included.
const BEFORE_VALUE: [&str; 17] = [
    "assert",
    "await",
    "debug",
    "echo",
    "include",
    "log",
    "namespace",
    "package",
    "print",
    "printf",
    "println",
    "puts",
    "raise",
    "require",
    "using",
    "write",
    "yield",
];

/// `print "text";`, `raise Error`, `import x`, `from x import y`: a word, and on its line a value or name, which could
/// not go on with it.
fn opens_line(source: &Source<'_>, at: usize) -> bool {
    use Token::*;
    let says_any = |words: &[&str]| words.iter().any(|word| source.says(at, word));
    let begins_value = match source.token(at + 1) {
        Some(Text | Quoted | BrokenText | CurlyText | Number | Decimal | New | True | False) => {
            true
        }
        Some(And | Or | In | Not | Case | Do) => false,
        Some(token) => token.is_name() && !source.says(at + 1, "is"),
        None => false,
    };
    begins_value
        && source.same_line(at + 1)
        && (says_any(&BEFORE_VALUE)
            || says_any(&["import"])
            || says_any(&["from"]) && source.says(at + 2, "import"))
}

/// `class Name`, whatever follows but an assignment.
pub(super) fn opens_class(source: &Source<'_>, at: usize) -> bool {
    let is_assigned = source.token(at + 2).is_some_and(Token::is_assignment);
    source.says(at, "class") && source.is_name(at + 1) && !is_assigned
}

/// Reports a class and skips it, its head and its braces or the lines that are its block.
fn class(input: &mut Input<'_, '_>, at: usize) -> StatementId {
    use Token::*;
    input.emit(Fault::at(at, Kind::ForeignStatement));
    let source = input.state().source;
    let mut end = at + 1;
    let is_head = |token: Token| {
        token.is_word() || matches!(token, LeftParenthesis | Comma | Dot | Less | Greater)
    };
    while source.same_line(end) && source.token(end).is_some_and(is_head) {
        end = source.behind(end);
    }
    end = match source.token(end) {
        Some(LeftBrace) => source.behind(end),
        Some(Colon) => source.indented_end(at, end + 1),
        Some(Semicolon) => end + 1,
        _ => end,
    };
    skip_to(input, end);
    input.state().statement(StatementKind::Empty, at, end)
}

/// `foreach (list as x) {`.
fn names_element_last(source: &Source<'_>, at: usize) -> bool {
    let end = source.behind(at + 1);
    source.is(at + 1, Token::LeftParenthesis) && (at + 2..end).any(|at| source.says(at, "as"))
}

/// Whether `=>` or `->` stands at `at`, which has been reported.
pub(super) fn is_arrow(source: &Source<'_>, at: usize) -> bool {
    source.is(at, Token::Invalid) && matches!(source.text_of(at, at), "=>" | "->")
}

/// A function without a name as a value: `(a, b) => a + b`, whose arrow has been reported, `lambda a: a + 1`,
/// `function (a) { … }`. Its statement is given up.
pub(super) fn nameless_function(source: &Source<'_>, at: usize) -> Option<Fault> {
    let behind = source.behind(at);
    if source.is(at, Token::LeftParenthesis) && is_arrow(source, behind) {
        return Some(Fault::expected(behind, Expected::OPERATOR));
    }
    let is_lambda = source.says(at, "lambda") && source.is_name(at + 1) && source.same_line(at + 1);
    let is_function = source.says(at, "function")
        && source.is(at + 1, Token::LeftParenthesis)
        && source.is(source.behind(at + 1), Token::LeftBrace);
    ((is_lambda || is_function) && stands_alone(source, at))
        .then(|| Fault::at(at, Kind::NamelessFunction))
}

/// Whether a value begins at `at` behind which no word and no block can stand: it is what is assigned or returned, or an
/// argument, but not the value of a task's attribute or of a loop.
fn stands_alone(source: &Source<'_>, at: usize) -> bool {
    /// How far the bracket around it is looked for, in tokens.
    const FAR: usize = 200;
    let Some(before) = at.checked_sub(1) else {
        return false;
    };
    match source.token(before) {
        Some(Token::Return) => true,
        Some(Token::Assign) => match before.checked_sub(2).and_then(|word| source.token(word)) {
            None | Some(Token::Semicolon | Token::LeftBrace | Token::RightBrace) => true,
            Some(word) => word.is_word() && word != Token::In,
        },
        Some(Token::LeftParenthesis) => true,
        Some(Token::Comma) => {
            let mut open = before;
            while open > at.saturating_sub(FAR) && source.partner(open).is_none_or(|end| end < open)
            {
                open = source.partner(open).unwrap_or(open).saturating_sub(1);
            }
            source.is(open, Token::LeftParenthesis)
        }
        _ => false,
    }
}

/// `foreach (x in list) {`, with or without a type before the name.
fn opens_for_each(source: &Source<'_>, at: usize) -> bool {
    let has_in = source.is(at + 3, Token::In) || source.is(at + 4, Token::In);
    let closing = source.partner(at + 1);
    has_in
        && closing.is_some_and(|closing| closing > at && source.is(closing + 1, Token::LeftBrace))
}

/// `for x in list:`, whose block is indented.
fn opens_indented_loop(source: &Source<'_>, at: usize) -> bool {
    /// How far the colon is looked for, in tokens.
    const FAR: usize = 100;
    let mut end = at + 1;
    while end < at + FAR
        && source.same_line(end)
        && !matches!(source.token(end), Some(Token::Colon | Token::LeftBrace))
    {
        end = source.behind(end);
    }
    source.is(end, Token::Colon)
        && !source.same_line(end + 1)
        // A typed list may go on in the next line.
        && !opens_typed_list(source, end - 1)
}

/// `for i = 0 to 3 {`, `for int i = 0; i < 3; i = i + 1 {`, `for i = 1, 10 do`: a loop that counts, without parentheses.
fn counts(source: &Source<'_>, at: usize) -> bool {
    let mut name = at + 1 + usize::from(source.is(at + 1, Token::Each));
    // A type, or `var`.
    name += usize::from(source.is_name(name) && source.is_name(name + 1));
    if !source.is_name(name) || !source.is(name + 1, Token::Assign) {
        return false;
    }
    let end = head_end(source, at);
    let mut at = name + 2;
    while at < end {
        let goes_on = matches!(source.token(at), Some(Token::Semicolon | Token::Comma));
        if goes_on
            || ["to", "until", "downto"]
                .iter()
                .any(|word| source.says(at, word))
        {
            return true;
        }
        at = source.behind(at);
    }
    false
}

/// Where the head of a loop without parentheses ends: at its block, or with its line.
fn head_end(source: &Source<'_>, at: usize) -> usize {
    let mut end = at + 1;
    while source.same_line(end) && !source.is(end, Token::LeftBrace) {
        end = source.behind(end);
    }
    end
}

/// `-- text` alone on its line: a comment in other languages. `-- i;` is none.
fn opens_comment(source: &Source<'_>, at: usize) -> bool {
    let changes_variable = source.is_name(at + 1) && source.is(at + 2, Token::Semicolon);
    let is_apart = source.same_line(at + 1) && !source.adjacent(at + 1);
    !source.same_line(at) && is_apart && !changes_variable
}

/// `elseif (`, `elsif (`, `elif (`, also without the parentheses; `} esle if (`.
pub(super) fn is_else_if(source: &Source<'_>, at: usize) -> bool {
    use Token::*;
    if is_misspelt_else(source, at) {
        return true;
    }
    let opens = |next: Token| {
        next.is_word()
            || matches!(
                next,
                LeftParenthesis | Text | Quoted | Number | Decimal | Bang
            )
    };
    // `elif(x);` calls a function of that name.
    let is_call = source.is(at + 1, LeftParenthesis) && source.is(source.behind(at + 1), Semicolon);
    source.is(at, Word)
        && source.token(at + 1).is_some_and(opens)
        && !is_call
        && ["elseif", "elsif", "elif"]
            .iter()
            .any(|word| source.says(at, word))
}

/// A word other than `else` between a block and `if`, on one line.
fn is_misspelt_else(source: &Source<'_>, at: usize) -> bool {
    source.is(at, Token::Word)
        && source.is(at + 1, Token::If)
        && source.same_line(at)
        && source.same_line(at + 1)
        && at
            .checked_sub(1)
            .is_some_and(|before| source.is(before, Token::RightBrace))
        && !source.says(at, "end")
}

/// `function name(` and its like, without the type that a declaration begins with.
pub(super) fn opens_function(source: &Source<'_>, at: usize) -> bool {
    source.is_name(at + 1) && source.is(at + 2, Token::LeftParenthesis) && says_function(source, at)
}

/// The words that functions begin with in other languages.
pub(super) fn says_function(source: &Source<'_>, at: usize) -> bool {
    ["function", "def", "func", "fun", "fn"]
        .iter()
        .any(|word| source.says(at, word))
}

/// The name in the parentheses behind a `catch` that stands alone: its block uses it.
fn caught(input: &mut Input<'_, '_>) -> Name {
    let open = position(input);
    let source = input.state().source;
    skip_group(input, Token::LeftParenthesis);
    let name = (open..position(input)).rev().find(|at| source.is_name(*at));
    name.map_or_else(|| no_name(&source, open), |name| source.name(name))
}

/// The block behind a word without its other half. Without braces nothing is read: what follows is a statement of its
/// own.
fn half<'t>(
    grammar: &Grammar<'t>,
    input: &mut Input<'t, '_>,
    first: usize,
) -> Result<StatementId, Fault> {
    let body = match input.peek() {
        Some(Token::LeftBrace) => input.parse(&grammar.block)?,
        _ => Vec::new(),
    };
    Ok(keep(input, first, body))
}

fn do_while<'t>(
    grammar: &Grammar<'t>,
    input: &mut Input<'t, '_>,
    at: usize,
) -> Result<StatementId, Fault> {
    input.emit(Fault::at(at, Kind::ForeignStatement));
    input.skip();
    let body = input.parse(&grammar.looped)?;
    let source = input.state().source;
    let next = position(input);
    let end = source.partner(next + 1).map_or(next, |closing| closing + 1);
    // A `while` that a block follows is a loop of its own.
    if source.is(next, Token::While)
        && source.is(next + 1, Token::LeftParenthesis)
        && !source.is(end, Token::LeftBrace)
    {
        skip_to(
            input,
            if source.is(end, Token::Semicolon) {
                end + 1
            } else {
                end
            },
        );
    }
    Ok(keep(input, at, body))
}

/// What other languages have between the head of a statement and its block.
pub(super) fn says_then(source: &Source<'_>, at: usize) -> bool {
    ["then", "do", "begin"]
        .iter()
        .any(|word| source.says(at, word))
}

/// Skips a block without braces of a language that indents it, behind `if (…):`, `else:`, `if … then`, and the `End If`
/// that may end it. Gives the assignments to its names.
pub(super) fn skip_indented_block(input: &mut Input<'_, '_>) -> Option<Vec<StatementId>> {
    let at = position(input);
    let source = input.state().source;
    let last = at.checked_sub(1)?;
    let opens = source.is(last, Token::Colon) || says_then(&source, last);
    if !opens || source.same_line(at) {
        return None;
    }
    let end = source.indented_end(source.line_begin(last), at);
    if end == at {
        return None;
    }
    let assigned = assigned_names(input, at, end, false);
    skip_to(
        input,
        if opens_end(&source, end) {
            end_of_block(&source, end)
        } else {
            end
        },
    );
    Some(assigned)
}

/// `end`, `End If`, `endif`, where other languages end a block: alone on a line, or behind a block or statement.
fn opens_end(source: &Source<'_>, at: usize) -> bool {
    let behind = end_of_block(source, at);
    let is_word = ["end", "endif", "fi", "done", "wend", "next"]
        .iter()
        .any(|word| source.says(at, word));
    let follows_statement = at.checked_sub(1).is_some_and(|before| {
        source.is(before, Token::RightBrace) || source.is(before, Token::Semicolon)
    });
    // The brackets that are missing at the end of the file stand there, on its last line.
    let ends_line = source.token(behind).is_none()
        || !source.same_line(behind)
        || source.span(behind, behind).start as usize == source.text.len();
    is_word && (follows_statement || !source.same_line(at)) && ends_line
}

/// The index behind `end`, `End If`, `endif;`.
fn end_of_block(source: &Source<'_>, at: usize) -> usize {
    let mut end = at + 1;
    if source.is_word(end) && source.same_line(end) {
        end += 1;
    }
    if source.is(end, Token::Semicolon) && source.same_line(end) {
        end += 1;
    }
    end
}

/// The names that the head of a loop, whose `(` is at `opening`, gives values to: `(i = 0; …)`, `(int i = 0, j = 9; …)`,
/// `(Order o : orders)`. They count as assigned before the loop.
fn assign_loop_names(input: &mut Input<'_, '_>, opening: usize) {
    let source = input.state().source;
    let end = source.partner(opening).unwrap_or(opening);
    let is_iterated = source.is(end + 1, Token::In);
    let mut assigned = assigned_names(input, opening + 1, end, is_iterated);
    input.state().beside.append(&mut assigned);
}

/// Assignments to the names between two tokens that are given values there; of a head that is iterated over, to all.
pub(super) fn assigned_names(
    input: &mut Input<'_, '_>,
    mut at: usize,
    end: usize,
    is_iterated: bool,
) -> Vec<StatementId> {
    let mut assigned = Vec::new();
    let state = input.state();
    let source = state.source;
    while at < end {
        let gives_value = source.is(at + 1, Token::Assign)
            || source.is(at + 1, Token::Colon)
            || source.is(at + 1, Token::In)
            || source.says(at + 1, "of")
            || is_iterated
                && (at + 1 == end || source.is(at + 1, Token::Comma) || is_arrow(&source, at + 1));
        if source.is_name(at) && gives_value {
            let value = state.expression(ExpressionKind::Missing, at, at + 1);
            let kind = StatementKind::Assign {
                target: source.name(at),
                operator: None,
                operator_span: source.span(at + 1, at + 1),
                value,
            };
            assigned.push(state.statement(kind, at, at + 2));
        }
        at = source
            .partner(at)
            .filter(|partner| *partner > at)
            .unwrap_or(at)
            + 1;
    }
    assigned
}

/// Skips `in value` before a block: `for (k, v) in value {`.
fn skip_iterated(input: &mut Input<'_, '_>) {
    let source = input.state().source;
    let mut at = position(input);
    if !source.is(at, Token::In) {
        return;
    }
    while !matches!(
        source.token(at),
        None | Some(Token::LeftBrace | Token::RightBrace | Token::Colon | Token::Semicolon)
    ) {
        at = source.behind(at);
    }
    skip_to(input, at);
}

/// Skips a bracket of that kind and what stands in it.
fn skip_group(input: &mut Input<'_, '_>, opening: Token) {
    let at = position(input);
    if let Some(end) = input
        .state()
        .source
        .partner(at)
        .filter(|_| input.peek() == Some(opening))
    {
        skip_to(input, end + 1);
    }
}

/// Reports the word at `at` and skips its name, its parentheses and its braces, or the lines that are its block.
fn skipped_groups(input: &mut Input<'_, '_>, at: usize) -> StatementId {
    input.emit(Fault::at(at, Kind::ForeignStatement));
    input.skip();
    if input.peek().is_some_and(Token::is_name) {
        input.skip();
    }
    skip_group(input, Token::LeftParenthesis);
    let source = input.state().source;
    let behind = position(input);
    // `: string` or `-> string` of other languages.
    let has_type = matches!(source.token(behind), Some(Token::Colon | Token::Invalid))
        && source.is_word(behind + 1)
        && matches!(
            source.token(behind + 2),
            Some(Token::Colon | Token::LeftBrace)
        );
    skip_to(input, if has_type { behind + 2 } else { behind });
    if input.peek() == Some(Token::Colon) {
        let end = source.indented_end(at, position(input) + 1);
        skip_to(input, end);
    }
    skip_group(input, Token::LeftBrace);
    let end = position(input);
    input.state().statement(StatementKind::Empty, at, end)
}
