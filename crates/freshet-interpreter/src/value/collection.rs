//! COLLECTION: shared elements or shared pairs; which of the two, the first insert decides.

use std::cell::RefCell;
use std::rc::{Rc, Weak};

use super::{KeyValue, List, Value};

/// A COLLECTION value. Cloning shares it.
#[derive(Clone)]
pub struct Collection(Rc<Data>);

pub(super) struct Data {
    form: RefCell<Form>,
}

/// What a collection holds.
#[derive(Clone)]
pub enum Form {
    /// Not decided yet; behaves as an empty index form.
    Open,
    /// Elements. The list belongs to the collection alone.
    Index(List),
    /// Pairs. The key-value belongs to the collection alone.
    Keyed(KeyValue),
}

impl Collection {
    /// A collection of that form.
    pub fn new(form: Form) -> Self {
        Self(Rc::new(Data {
            form: RefCell::new(form),
        }))
    }

    /// What it holds now; the list or key-value inside is shared with the collection.
    pub fn form(&self) -> Form {
        self.0.form.borrow().clone()
    }

    /// Decides an open form.
    pub fn decide(&self, form: Form) {
        *self.0.form.borrow_mut() = form;
    }

    /// Number of elements or pairs.
    pub fn len(&self) -> usize {
        match &*self.0.form.borrow() {
            Form::Open => 0,
            Form::Index(list) => list.len(),
            Form::Keyed(pairs) => pairs.len(),
        }
    }

    /// True without elements or pairs.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// True if both are the same shared collection.
    pub fn same(&self, other: &Collection) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }

    pub(super) fn address(&self) -> usize {
        Rc::as_ptr(&self.0).addr()
    }

    pub(super) fn downgrade_if_shared(&self) -> Option<Weak<Data>> {
        (Rc::strong_count(&self.0) > 1).then(|| Rc::downgrade(&self.0))
    }

    pub(super) fn from_weak(weak: &Weak<Data>) -> Option<Self> {
        weak.upgrade().map(Self)
    }

    /// What is inside, as one value, if nobody else holds the collection. Notes of possible cycles do not hold it.
    pub(super) fn take_if_unshared(&self) -> Option<Vec<Value>> {
        if Rc::strong_count(&self.0) > 1 {
            return None;
        }
        Some(match self.0.form.replace(Form::Open) {
            Form::Open => Vec::new(),
            Form::Index(list) => vec![Value::List(list)],
            Form::Keyed(pairs) => vec![Value::KeyValue(pairs)],
        })
    }
}
