//! FILE: a shared file object: name, media type, bytes.

use std::cell::{Ref, RefCell};
use std::rc::Rc;

use super::heap;

/// A FILE value. Cloning shares it.
#[derive(Clone)]
pub struct File(Rc<RefCell<FileData>>);

/// What a FILE consists of.
pub struct FileData {
    /// Its name.
    pub name: String,
    /// Media type such as `image/png`, without parameters.
    pub media_type: String,
    /// Its content.
    bytes: Vec<u8>,
    /// Label of the encoding its content is read in; UTF-8 if none was set.
    pub charset: Option<String>,
    /// Name of the form field it is sent under.
    pub param_name: Option<String>,
}

/// What can be changed of a FILE: all but its content.
pub(super) struct FileState {
    name: String,
    media_type: String,
    charset: Option<String>,
    param_name: Option<String>,
}

impl FileData {
    /// The content.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Bytes counted for it.
    fn weight(&self) -> usize {
        let texts = [
            Some(&self.name),
            Some(&self.media_type),
            self.charset.as_ref(),
            self.param_name.as_ref(),
        ];
        let texts: usize = texts.into_iter().flatten().map(String::capacity).sum();
        self.bytes.capacity() + texts
    }
}

impl Drop for FileData {
    fn drop(&mut self) {
        heap::shrink(self.weight());
    }
}

impl File {
    /// A file of that name, media type and content.
    pub fn new(name: impl Into<String>, media_type: impl Into<String>, bytes: Vec<u8>) -> Self {
        let data = FileData {
            name: name.into(),
            media_type: media_type.into(),
            bytes,
            charset: None,
            param_name: None,
        };
        heap::grow(data.weight());
        Self(Rc::new(RefCell::new(data)))
    }

    /// The file, to look at.
    pub fn data(&self) -> Ref<'_, FileData> {
        self.0.borrow()
    }

    /// Changes name, type, charset or parameter name.
    pub fn change(&self, change: impl FnOnce(&mut FileData)) {
        let mut data = self.0.borrow_mut();
        heap::shrink(data.weight());
        change(&mut data);
        heap::grow(data.weight());
    }

    pub(super) fn address(&self) -> usize {
        Rc::as_ptr(&self.0).addr()
    }

    /// What can be changed of it.
    pub(super) fn state(&self) -> FileState {
        let data = self.data();
        FileState {
            name: data.name.clone(),
            media_type: data.media_type.clone(),
            charset: data.charset.clone(),
            param_name: data.param_name.clone(),
        }
    }

    /// Gives it back what could be changed.
    pub(super) fn restore(&self, state: FileState) {
        self.change(|data| {
            data.name = state.name;
            data.media_type = state.media_type;
            data.charset = state.charset;
            data.param_name = state.param_name;
        });
    }

    /// True if both are the same shared file.
    pub fn same(&self, other: &File) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

impl PartialEq for File {
    /// Same bytes and name; the media type does not count.
    fn eq(&self, other: &Self) -> bool {
        self.same(other) || {
            let (left, right) = (self.data(), other.data());
            left.name == right.name && left.bytes == right.bytes
        }
    }
}
