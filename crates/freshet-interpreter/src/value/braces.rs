//! `{}`: an empty value that is a LIST or a KEY-VALUE as soon as it is used as one (language reference, 2.7).

use std::cell::OnceCell;
use std::rc::Rc;

use super::Value;

/// A `{}`. Cloning shares it, and with it the decision.
#[derive(Clone)]
pub struct Braces(Rc<OnceCell<Value>>);

impl Braces {
    /// Not decided yet.
    pub fn new() -> Self {
        Self(Rc::new(OnceCell::new()))
    }

    /// The LIST or KEY-VALUE it has become.
    pub fn decided(&self) -> Option<&Value> {
        self.0.get()
    }

    /// Makes it `value`, a LIST or a KEY-VALUE, for everybody who shares it. A second decision is ignored.
    pub fn decide(&self, value: Value) {
        // It can only have been decided already, and then to something that this value was made from.
        let _ = self.0.set(value);
    }

    /// True if both are the same shared `{}`.
    pub fn same(&self, other: &Braces) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }

    pub(super) fn address(&self) -> usize {
        Rc::as_ptr(&self.0).addr()
    }

    pub(super) fn take_if_unshared(&mut self) -> Option<Vec<Value>> {
        Rc::get_mut(&mut self.0).map(|cell| cell.take().into_iter().collect())
    }
}

impl Default for Braces {
    fn default() -> Self {
        Self::new()
    }
}
