//! Calls: of user functions, with and without namespace, of built-in functions, of methods.

use freshet_syntax::ast::{Argument, ExpressionId, ExpressionKind, Name, TypeKind};
use freshet_syntax::source::Span;

use super::chain::{Origin, SoFar, is_null_test};
use super::expression::is_clock;
use super::faults::{self, FunctionHelp, MethodHelp};
use super::form;
use super::functions::{FullName, written};
use super::scope::{declared_type, evident_type};
use super::{Mode, Once, Resolver};
use crate::library::builtin::Builtin;
use crate::library::collection::MIXED_COLLECTION;
use crate::library::{LIBRARY, MethodId, elsewhere};
use crate::nearest::is_slip_of;
use crate::program::{Node, NodeId};
use crate::value::Type;

/// What a plain call of a name means, if no user function has it.
#[derive(Clone, Copy)]
pub(super) enum Plain {
    Function(&'static Builtin),
    /// `f(x, a)` for `x.f(a)`.
    Method(MethodId),
    Unknown,
}

/// A call in a chain: its name and its arguments.
pub(super) type Step<'a> = (&'a Name, &'a [Argument]);

/// True for the calls that hardly a script does without: for them alone no other files are asked for. `ifnull` is no
/// name that a function may have.
fn is_constructor(name: &str) -> bool {
    ["Map", "List", "Collection", "ifnull"]
        .iter()
        .any(|known| name.eq_ignore_ascii_case(known))
}

/// True if an argument is a pair, `key : value`.
fn has_pairs(arguments: &[Argument]) -> bool {
    arguments.iter().any(|argument| argument.pair.is_some())
}

impl<'a> Resolver<'a> {
    /// `name(…)`.
    pub(super) fn call(
        &mut self,
        id: ExpressionId,
        name: &'a Name,
        arguments: &'a [Argument],
    ) -> NodeId {
        self.scope.calls += 1;
        if has_pairs(arguments) && !name.text.eq_ignore_ascii_case("collection") {
            return self.with_pairs(name.span, arguments);
        }
        if self.functions.knows(("", &name.text)) {
            return self.user_call(id, ("", &name.text), name.span, arguments);
        }
        // A function of that name in another file would be meant, and not the built-in one (7.1).
        self.calls_elsewhere |= !is_constructor(&name.text);
        match self.plain(&name.text) {
            Plain::Function(entry) => {
                if has_pairs(arguments) {
                    return self.collection_of_pairs(entry, name.span, arguments);
                }
                self.builtin_call(entry, name.span, arguments)
            }
            Plain::Method(method) => self.method_as_function(method, name, arguments),
            Plain::Unknown => {
                self.unknown_plain(name);
                self.ignored(name.span, arguments)
            }
        }
    }

    fn plain(&mut self, name: &'a str) -> Plain {
        *self.plain.entry(name).or_insert_with(|| {
            match (LIBRARY.function(name), LIBRARY.method_as_function(name)) {
                (Some(entry), _) => Plain::Function(entry),
                (None, Some(method)) => Plain::Method(method),
                (None, None) => Plain::Unknown,
            }
        })
    }

    fn method_id(&mut self, name: &'a str) -> Option<MethodId> {
        *self
            .methods
            .entry(name)
            .or_insert_with(|| LIBRARY.method(name))
    }

    /// Resolves arguments as operands of the list begun last; of a pair key and value.
    pub(super) fn push_arguments(&mut self, arguments: &'a [Argument]) {
        let mut is_named = false;
        for argument in arguments {
            let named = self.named_value(argument.value);
            if let Some((equals, _)) = named
                && !std::mem::replace(&mut is_named, true)
            {
                self.diagnostics
                    .push(faults::single_equals(equals, faults::Equals::Argument));
            }
            let value = named.map_or(argument.value, |(_, value)| value);
            let value = self.expression(value, false);
            self.builder.argument(value);
            if let Some((_, value)) = argument.pair {
                let value = self.expression(value, false);
                self.builder.argument(value);
            }
        }
    }

    /// What stands for a call with pairs among its arguments that the parser has reported: of these only the values are
    /// looked at, since the others are names that the author gives the arguments.
    fn with_pairs(&mut self, span: Span, arguments: &'a [Argument]) -> NodeId {
        let mark = self.builder.mark();
        for argument in arguments {
            let value = argument.pair.map_or(argument.value, |(_, value)| value);
            let value = self.expression(value, false);
            self.builder.argument(value);
        }
        self.builder.discard(mark);
        self.builder.reported(span)
    }

    /// What stands for a call that has been reported; its arguments may have faults of their own.
    pub(super) fn ignored(&mut self, span: Span, arguments: &'a [Argument]) -> NodeId {
        let mark = self.builder.mark();
        self.push_arguments(arguments);
        self.builder.discard(mark);
        self.builder.reported(span)
    }

    pub(super) fn builtin_call(
        &mut self,
        entry: &'static Builtin,
        span: Span,
        arguments: &'a [Argument],
    ) -> NodeId {
        let mark = self.builder.mark();
        match arguments.split_first() {
            Some((first, rest)) if is_null_test(entry.name) && first.pair.is_none() => {
                let value = self.tested(first.value);
                self.builder.argument(value);
                self.push_arguments(rest);
            }
            _ => self.push_arguments(arguments),
        }
        let arguments = self.builder.operands(mark);
        let builtin = self.builder.builtin(entry);
        self.builder
            .node(Node::Builtin { builtin, arguments }, span)
    }

    fn method_as_function(
        &mut self,
        method: MethodId,
        name: &'a Name,
        arguments: &'a [Argument],
    ) -> NodeId {
        let Some((receiver, rest)) = arguments.split_first() else {
            self.diagnostics
                .push(faults::no_receiver(&name.text, name.span));
            return self.builder.node(Node::NoReceiver(method), name.span);
        };
        let receiver = if is_null_test(&name.text) {
            self.tested(receiver.value)
        } else {
            self.expression(receiver.value, false)
        };
        let call = self.method_call(method, receiver, name.span, rest);
        self.builder.program.plain_calls.push(call.0);
        call
    }

    fn method_call(
        &mut self,
        method: MethodId,
        receiver: NodeId,
        span: Span,
        arguments: &'a [Argument],
    ) -> NodeId {
        let mark = self.builder.mark();
        self.builder.argument(receiver);
        self.push_arguments(arguments);
        let arguments = self.builder.operands(mark);
        self.builder.node(Node::Method { method, arguments }, span)
    }

    /// True for a method whose result on a TEXT is that text, with more behind it or as it is.
    pub(super) fn extends(&mut self, name: &'a Name, count: usize) -> bool {
        let Some(method) = self.method_id(&name.text) else {
            return false;
        };
        LIBRARY.row(method).entries[Type::Text as usize]
            .is_some_and(|entry| entry.extends && entry.count().0 == count)
    }

    /// What a plain call of such a method, `concat(x, a)`, is called on.
    pub(super) fn extending_call(
        &mut self,
        name: &'a Name,
        arguments: &'a [Argument],
    ) -> Option<ExpressionId> {
        let (receiver, rest) = arguments.split_first()?;
        let extends = !self.functions.knows(("", &name.text))
            && matches!(self.plain(&name.text), Plain::Method(_))
            && self.extends(name, rest.len())
            && arguments.iter().all(|argument| argument.pair.is_none());
        extends.then_some(receiver.value)
    }

    /// A call that [`Resolver::extending_call`] knows, on `receiver`.
    pub(super) fn extending_step(
        &mut self,
        receiver: NodeId,
        name: &'a Name,
        arguments: &'a [Argument],
    ) -> NodeId {
        self.scope.calls += 1;
        // As in `call`.
        self.calls_elsewhere = true;
        let rest = arguments.get(1..).unwrap_or_default();
        match self.plain(&name.text) {
            Plain::Method(method) => self.method_call(method, receiver, name.span, rest),
            _ => self.ignored(name.span, rest),
        }
    }

    /// `receiver.name(…)`; `written` is the receiver as it stands there.
    pub(super) fn method(
        &mut self,
        receiver: SoFar,
        written: ExpressionId,
        name: &'a Name,
        arguments: &'a [Argument],
    ) -> NodeId {
        self.scope.calls += 1;
        if receiver.origin != Origin::Value && form::is_aggregate(&name.text) {
            // Its argument is the name of a field.
            return self.builder.reported(name.span);
        }
        if has_pairs(arguments) && !name.text.eq_ignore_ascii_case("insert") {
            return self.with_pairs(name.span, arguments);
        }
        let Some(method) = self.method_id(&name.text) else {
            if receiver.origin == Origin::Value {
                self.unknown_method(written, name);
            }
            return self.ignored(name.span, arguments);
        };
        self.method_call(method, receiver.node, name.span, arguments)
    }

    fn unknown_method(&mut self, receiver: ExpressionId, name: &'a Name) {
        let is_plain =
            LIBRARY.function(&name.text).is_some() || self.functions.knows(("", &name.text));
        let receiver = self.type_of(receiver);
        let help = if is_plain {
            MethodHelp::PlainOnly
        } else {
            self.near_method(&name.text, receiver)
        };
        self.diagnostics.push(faults::unknown_method(
            &name.text, help, receiver, name.span,
        ));
    }

    /// The type of a value, where the script tells it.
    fn type_of(&self, id: ExpressionId) -> Option<Type> {
        let ast = self.source.ast;
        match &ast.expression(id).kind {
            ExpressionKind::Variable(name)
                if !is_clock(name) || self.scope.slot(name).is_some() =>
            {
                let slot = self.scope.slot(name)?;
                self.scope.variable(slot).given
            }
            ExpressionKind::Call { name, .. } if self.functions.knows(("", &name.text)) => {
                declared_type(self.functions.returns(("", &name.text))?)
            }
            _ => evident_type(ast, id),
        }
    }

    /// The method that was meant: one of the type, if that is known.
    fn near_method(&mut self, name: &str, receiver: Option<Type>) -> MethodHelp<'static> {
        let has =
            |method: MethodId, wanted: Type| LIBRARY.row(method).entries[wanted as usize].is_some();
        let methods = |wanted: Option<Type>| {
            LIBRARY.names().filter(move |name| {
                let method = LIBRARY.method(name);
                method.is_some_and(|method| wanted.is_none_or(|wanted| has(method, wanted)))
            })
        };
        if let Some(near) = self.propose(name, methods(receiver)) {
            return MethodHelp::Near(near);
        }
        let Some(receiver) = receiver else {
            return MethodHelp::Nothing;
        };
        // The slip of a name that others have.
        match self.propose(name, methods(None)) {
            Some(near) => match elsewhere::of_type(near, receiver) {
                Some((here, _)) => MethodHelp::Near(here),
                None => MethodHelp::OfOthers(near, receiver),
            },
            None => MethodHelp::Nothing,
        }
    }

    /// `Collection(key : value, …)`.
    fn collection_of_pairs(
        &mut self,
        entry: &'static Builtin,
        span: Span,
        arguments: &'a [Argument],
    ) -> NodeId {
        let begins_with_pair = arguments
            .first()
            .is_some_and(|argument| argument.pair.is_some());
        let same = arguments
            .iter()
            .position(|argument| argument.pair.is_some() != begins_with_pair)
            .unwrap_or(arguments.len());
        let (first, others) = arguments.split_at(same);
        let mark = self.builder.mark();
        self.push_arguments(first);
        let operands = self.builder.operands(mark);
        let node = if begins_with_pair {
            Node::CollectionOfPairs(operands)
        } else {
            let builtin = self.builder.builtin(entry);
            Node::Builtin {
                builtin,
                arguments: operands,
            }
        };
        let collection = self.builder.node(node, span);
        let Some(other) = others.first() else {
            return collection;
        };
        // Elements and pairs in one collection are an error of the run (Built-ins II, 4), after the arguments up to the
        // first one of the other kind.
        let mark = self.builder.mark();
        self.builder.operand(collection);
        self.push_arguments(std::slice::from_ref(other));
        let arguments = self.builder.operands(mark);
        let builtin = self.builder.builtin(&MIXED_COLLECTION);
        self.builder
            .node(Node::Builtin { builtin, arguments }, span)
    }

    /// A call of a user function that exists. `id` is the call, `span` the name.
    fn user_call(
        &mut self,
        id: ExpressionId,
        name: FullName<'a>,
        span: Span,
        arguments: &'a [Argument],
    ) -> NodeId {
        let mark = self.builder.mark();
        self.push_arguments(arguments);
        let operands = self.builder.operands(mark);
        let Some(called) = self.functions.call(name) else {
            return self.builder.reported(span);
        };
        let function = called.function;
        let expected = function.parameters.len();
        if arguments.len() != expected {
            let name = written(name);
            self.diagnostics.push(faults::argument_count(
                &name,
                expected,
                arguments.len(),
                span,
                function.name.span,
            ));
        }
        if function.returns.kind == TypeKind::Void && self.unused != Some(id) {
            self.diagnostics
                .push(faults::void_value(&written(name), span));
        }
        let node = Node::Call {
            function: called.number,
            arguments: operands,
        };
        self.builder.node(node, span)
    }

    /// A plain call of a name that nobody knows.
    fn unknown_plain(&mut self, name: &'a Name) {
        let found = &*name.text;
        if self.unread_words.contains(found) {
            return;
        }
        self.function_missing = true;
        if matches!(self.mode, Mode::Check { project: false }) && !self.is_slip(found) {
            self.diagnostics
                .push(faults::function_elsewhere(found, name.span));
            return;
        }
        let help = if LIBRARY.method(found).is_some() {
            FunctionHelp::MethodOnly
        } else {
            self.near_function(found)
        };
        self.diagnostics
            .push(faults::unknown_function(found, help, name.span));
    }

    /// Whether a name is that of a function at hand but for one letter (language reference, 7.2).
    fn is_slip(&mut self, found: &str) -> bool {
        let names = LIBRARY.names().map(|name| -> &'a str { name });
        let names = names.chain(self.functions.names_of_script());
        let mut left = self.slips;
        let is_slip = names.take(self.slips).any(|name| {
            left -= 1;
            is_slip_of(found, name)
        });
        self.slips = left;
        is_slip
    }

    fn near_function(&mut self, found: &str) -> FunctionHelp {
        let names: Vec<&'a str> = match self.proposals {
            0 => Vec::new(),
            _ => {
                let builtin = LIBRARY.names().map(|name| -> &'a str { name });
                builtin.chain(self.functions.names_in("")).collect()
            }
        };
        match self.propose(found, names) {
            Some(near) => FunctionHelp::Near(near.to_owned()),
            // Perhaps only its namespace is missing.
            None => self.near_namespaced(("", found)),
        }
    }

    /// `a.f(…)` where nothing assigns `a`: a function with a namespace, or a variable without value (4.8).
    pub(super) fn unassigned_receiver(&mut self, name: &'a str, span: Span, base: usize) -> SoFar {
        let Some(ExpressionKind::Method {
            name: function,
            arguments,
            ..
        }) = self.next_step(base)
        else {
            return SoFar::value(self.variable(name, span));
        };
        let full = (name, &*function.text);
        if self.functions.knows(full) {
            return self.namespaced(full, function.span, arguments);
        }
        self.calls_elsewhere = true;
        let is_namespace = self.functions.has_namespace(name);
        let is_built_in = self.method_id(&function.text).is_some();
        let is_of_form = form::is_aggregate(&function.text) || !is_built_in;
        if !is_namespace && is_of_form && self.is_form(name, &function.text) {
            self.chain.pop();
            return self.form_call(name, span, function);
        }
        if is_clock(name) && !is_namespace {
            return SoFar::value(self.variable(name, span));
        }
        if is_built_in && !self.functions.is_namespace(name) {
            return SoFar::value(if is_null_test(&function.text) {
                self.tested_variable(name, span)
            } else {
                self.variable(name, span)
            });
        }
        self.chain.pop();
        self.unknown_namespaced(full, if is_namespace { function.span } else { span });
        SoFar::reported(self.ignored(function.span, arguments))
    }

    /// A call of a user function, as a step of a chain.
    fn namespaced(&mut self, name: FullName<'a>, span: Span, arguments: &'a [Argument]) -> SoFar {
        self.scope.calls += 1;
        match self.chain.pop() {
            Some(id) => SoFar::value(self.user_call(id, name, span, arguments)),
            None => SoFar::reported(self.builder.reported(span)),
        }
    }

    fn unknown_namespaced(&mut self, name: FullName<'a>, span: Span) {
        self.scope.calls += 1;
        self.calls_elsewhere = true;
        if self.unread_words.contains(name.1) {
            return;
        }
        self.function_missing = true;
        let shown = written(name);
        if matches!(self.mode, Mode::Check { project: false }) {
            self.diagnostics
                .push(faults::function_elsewhere(&shown, span));
            return;
        }
        let help = self.near_namespaced(name);
        self.diagnostics
            .push(faults::unknown_function(&shown, help, span));
    }

    fn near_namespaced(&mut self, (namespace, function): FullName<'_>) -> FunctionHelp {
        let longer = if namespace.len() > function.len() {
            namespace
        } else {
            function
        };
        if !self.may_compare(longer, self.functions.count()) {
            return FunctionHelp::Declare;
        }
        let near = self.functions.near(namespace, function);
        near.map_or(FunctionHelp::Declare, |near| {
            FunctionHelp::Near(written(near))
        })
    }

    /// `thisapp.…`: before a call of a user function it means nothing (7.2).
    pub(super) fn thisapp(&mut self, base: usize, span: Span) -> SoFar {
        match self.next_step(base) {
            Some(ExpressionKind::Method {
                name, arguments, ..
            }) => self.application_call(("", &name.text), name.span, arguments),
            Some(ExpressionKind::Member { name: member, .. }) => {
                self.chain.pop();
                let is_data = ["permissions", "variables", "portal"]
                    .iter()
                    .any(|word| word.eq_ignore_ascii_case(&member.text));
                match self.next_step(base) {
                    Some(ExpressionKind::Method {
                        name, arguments, ..
                    }) if !is_data => {
                        self.application_call((&member.text, &name.text), name.span, arguments)
                    }
                    _ => {
                        if self.first_time(Once::ApplicationData) {
                            self.diagnostics
                                .push(faults::application_data(&member.text, member.span));
                        }
                        SoFar::reported(self.builder.reported(span))
                    }
                }
            }
            _ => SoFar::reported(self.builder.reported(span)),
        }
    }

    fn application_call(
        &mut self,
        name: FullName<'a>,
        span: Span,
        arguments: &'a [Argument],
    ) -> SoFar {
        if self.functions.knows(name) {
            return self.namespaced(name, span, arguments);
        }
        self.chain.pop();
        self.unknown_namespaced(name, span);
        SoFar::reported(self.ignored(span, arguments))
    }

    /// `application.…`, which is no variable of the function: something of another application.
    pub(super) fn application(&mut self, span: Span, base: usize) -> SoFar {
        let steps = &self.chain[base..];
        let call = steps
            .len()
            .checked_sub(2)
            .and_then(|place| steps.get(place));
        let Some(call) = call.map(|call| &self.source.ast.expression(*call).kind) else {
            return SoFar::value(self.builder.reported(span));
        };
        let Some(ExpressionKind::Member { name: middle, .. }) = self.next_step(base) else {
            return SoFar::value(self.builder.reported(span));
        };
        let (name, arguments, brackets) = match call {
            ExpressionKind::Method {
                name, arguments, ..
            } => (name, arguments.as_slice(), "(…)"),
            // A connector kept in a variable.
            ExpressionKind::Member { name, .. } => (name, &[] as &'a [Argument], ""),
            _ => return SoFar::value(self.builder.reported(span)),
        };
        self.chain.pop();
        self.chain.pop();
        if self.first_time(Once::ApplicationFunction) {
            let shown = written((&middle.text, &name.text)) + brackets;
            self.diagnostics
                .push(faults::application_function(&shown, span));
        }
        SoFar::reported(self.ignored(name.span, arguments))
    }
}
