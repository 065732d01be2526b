//! LIST: a shared, growing sequence, with an element type where it was made with one.

use std::cell::{Ref, RefCell};
use std::rc::{Rc, Weak};

use freshet_syntax::ast::ElementType;

use super::{Value, heap, release};
use crate::error::Fallible;

/// A LIST value. Cloning shares it.
#[derive(Clone)]
pub struct List(Rc<Data>);

pub(super) struct Data {
    items: RefCell<Vec<Value>>,
    element: Option<ElementType>,
}

const ITEM: usize = std::mem::size_of::<Value>();
const OVERHEAD: usize = std::mem::size_of::<Data>() + 2 * std::mem::size_of::<usize>();

/// Makes room for `more` elements, and counts it.
fn make_room(items: &mut Vec<Value>, more: usize) -> Fallible<()> {
    let before = items.capacity();
    heap::reserve(items, more)?;
    heap::grow((items.capacity() - before) * ITEM);
    Ok(())
}

impl List {
    /// An empty list without element type.
    pub fn new() -> Self {
        Self::typed(None)
    }

    /// An empty list; with an element type, functions that add convert to it.
    pub fn typed(element: Option<ElementType>) -> Self {
        heap::grow(OVERHEAD);
        Self(Rc::new(Data {
            items: RefCell::new(Vec::new()),
            element,
        }))
    }

    /// A list of `items`, without element type.
    pub fn from_items(items: Vec<Value>) -> Self {
        items.iter().for_each(heap::note);
        Self::typed_from(items, None)
    }

    /// A list of `items` that have the element type already.
    pub fn typed_from(items: Vec<Value>, element: Option<ElementType>) -> Self {
        heap::grow(OVERHEAD + items.capacity() * ITEM);
        Self(Rc::new(Data {
            items: RefCell::new(items),
            element,
        }))
    }

    /// The type every element has, if the list was made with one.
    pub fn element(&self) -> Option<ElementType> {
        self.0.element
    }

    /// Number of elements.
    #[inline]
    pub fn len(&self) -> usize {
        self.0.items.borrow().len()
    }

    /// True without elements.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The element at `index`, counted from 0.
    #[inline]
    pub fn get(&self, index: usize) -> Option<Value> {
        self.0.items.borrow().get(index).cloned()
    }

    /// The elements, to look at. Nothing may change the list while they are held.
    pub fn items(&self) -> Ref<'_, Vec<Value>> {
        self.0.items.borrow()
    }

    /// A copy of the elements, safe to walk whatever happens to the list.
    pub fn to_vec(&self) -> Vec<Value> {
        self.0.items.borrow().clone()
    }

    /// Appends an element that has the list's element type.
    ///
    /// # Errors
    /// R0103 when the list would need more memory than the run may use.
    #[inline]
    pub fn push(&self, value: Value) -> Fallible<()> {
        let mut items = self.0.items.borrow_mut();
        if items.len() == items.capacity() {
            make_room(&mut items, 1)?;
        }
        heap::note(&value);
        items.push(value);
        Ok(())
    }

    /// Asks whether a list of so many elements is allowed, before it is made.
    ///
    /// # Errors
    /// R0103 when it would need more memory than the run may use.
    pub fn check_room(elements: usize) -> Fallible<()> {
        heap::check(elements.saturating_mul(ITEM))
    }

    /// Appends several elements that have the list's element type.
    ///
    /// # Errors
    /// When they would need more memory than the run may use; nothing is appended then.
    pub fn extend(&self, values: Vec<Value>) -> Fallible<()> {
        let mut items = self.0.items.borrow_mut();
        make_room(&mut items, values.len())?;
        values.iter().for_each(heap::note);
        items.extend(values);
        Ok(())
    }

    /// Changes the elements as a whole: remove, sort, clear. `change` must not reach this list by another way, must
    /// not add containers, and what it takes out it should return rather than drop.
    pub fn change<R>(&self, change: impl FnOnce(&mut Vec<Value>) -> R) -> R {
        let mut items = self.0.items.borrow_mut();
        let before = items.capacity();
        let result = change(&mut items);
        let after = items.capacity();
        if after >= before {
            heap::grow((after - before) * ITEM);
        } else {
            heap::shrink((before - after) * ITEM);
        }
        result
    }

    /// Takes all elements out. The elements are dropped by the caller, when the list is no longer borrowed.
    pub fn take(&self) -> Vec<Value> {
        self.change(std::mem::take)
    }

    /// True if both are the same shared list.
    pub fn same(&self, other: &List) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }

    pub(super) fn address(&self) -> usize {
        Rc::as_ptr(&self.0).addr()
    }

    /// Puts `items` into the list, which is empty. Containers among them have been noted when they were first put in.
    pub(super) fn refill(&self, items: Vec<Value>) {
        self.change(|inside| *inside = items);
    }

    pub(super) fn downgrade_if_shared(&self) -> Option<Weak<Data>> {
        (Rc::strong_count(&self.0) > 1).then(|| Rc::downgrade(&self.0))
    }

    pub(super) fn from_weak(weak: &Weak<Data>) -> Option<Self> {
        weak.upgrade().map(Self)
    }

    /// The elements, if nobody else holds the list. Notes of possible cycles (see [`heap`]) do not hold it.
    pub(super) fn take_if_unshared(&self) -> Option<Vec<Value>> {
        (Rc::strong_count(&self.0) == 1).then(|| self.take())
    }
}

impl Default for List {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for Data {
    fn drop(&mut self) {
        let items = std::mem::take(self.items.get_mut());
        heap::shrink(OVERHEAD + items.capacity() * ITEM);
        release(items);
    }
}
