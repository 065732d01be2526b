//! TEXT: a shared text that remembers whether it is ASCII, and grows in place while nobody else holds it. One that is
//! not ASCII remembers how many characters it has and where some of them begin, so that a loop over its characters is
//! linear.

use std::cell::Cell;
use std::ops::Deref;
use std::rc::Rc;

use compact_str::CompactString;

use super::heap;
use crate::error::{self, Fallible};

/// A TEXT value. Cloning shares it.
#[derive(Clone)]
pub struct Text(Rc<Data>);

struct Data {
    /// Up to 24 bytes lie in the value itself.
    string: CompactString,
    /// Where every [`STRIDE`]th character begins, as far as a place was asked for.
    marks: Cell<Option<Box<Marks>>>,
    /// The number of characters of a text that is not ASCII; [`UNCOUNTED`] if nobody asked, or if there are more.
    characters: Cell<u32>,
    ascii: Cell<Ascii>,
}

/// The bytes at which characters number [`STRIDE`], twice that, and so on begin. They take less than a hundredth of the
/// text, and are not counted.
struct Marks(Vec<u32>);

/// Characters between two marks.
const STRIDE: usize = 512;

/// See [`Data`].
const UNCOUNTED: u32 = u32::MAX;

/// What is known about the characters of a text.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ascii {
    Unknown,
    Yes,
    No,
}

/// Bytes of a text beyond its content: reference counts, string header, the pointer to its marks, number of characters,
/// flag. The marks themselves are not counted.
const OVERHEAD: usize = std::mem::size_of::<Data>() + 2 * std::mem::size_of::<usize>();

/// Bytes of a text up to which nothing is asked before it grows or is copied.
const SMALL: usize = 4096;

fn weight(string: &CompactString) -> usize {
    if string.is_heap_allocated() {
        OVERHEAD + string.capacity()
    } else {
        OVERHEAD
    }
}

/// Makes room for `more` bytes behind those of `string`, which is counted: both are there while it moves.
#[inline]
fn make_room(string: &mut CompactString, more: usize) -> Fallible<()> {
    let length = string.len();
    let needed = length.saturating_add(more);
    if needed > SMALL {
        // As much as a reservation takes.
        heap::check(needed.max(length.saturating_mul(3) / 2))?;
    }
    string
        .try_reserve(more)
        .map_err(|_| error::out_of_memory(None))
}

impl Text {
    /// Makes a text of `string`, keeping its memory where it has some.
    pub fn new(string: impl Into<CompactString>) -> Self {
        Self::with(string.into(), Ascii::Unknown)
    }

    /// A copy of `text`.
    ///
    /// # Errors
    /// R0103 when it would need more memory than the run may use.
    #[inline]
    pub fn copied(text: &str) -> Fallible<Self> {
        if text.len() > SMALL {
            heap::check(text.len())?;
        }
        Ok(Self::new(text))
    }

    fn with(string: CompactString, ascii: Ascii) -> Self {
        heap::grow(weight(&string));
        Self(Rc::new(Data {
            string,
            marks: Cell::new(None),
            characters: Cell::new(UNCOUNTED),
            ascii: Cell::new(ascii),
        }))
    }

    /// The characters.
    #[inline]
    pub fn as_str(&self) -> &str {
        &self.0.string
    }

    /// True if every character is ASCII, so that a place counted in characters is one counted in bytes.
    #[inline]
    pub fn is_ascii(&self) -> bool {
        match self.0.ascii.get() {
            Ascii::Yes => true,
            Ascii::No => false,
            Ascii::Unknown => {
                let ascii = self.0.string.is_ascii();
                self.0.ascii.set(if ascii { Ascii::Yes } else { Ascii::No });
                ascii
            }
        }
    }

    /// Number of characters (Unicode scalar values).
    pub fn length(&self) -> usize {
        if self.is_ascii() {
            return self.0.string.len();
        }
        match self.0.characters.get() {
            UNCOUNTED => {
                let count = self.0.string.chars().count();
                let kept = u32::try_from(count).unwrap_or(UNCOUNTED);
                self.0.characters.set(kept);
                count
            }
            count => count as usize,
        }
    }

    /// Byte at which character number `index` begins; the end for the number of characters; `None` beyond it.
    #[inline]
    pub fn byte_of(&self, index: usize) -> Option<usize> {
        if self.is_ascii() {
            return (index <= self.0.string.len()).then_some(index);
        }
        self.byte_by_marks(index)
    }

    fn byte_by_marks(&self, index: usize) -> Option<usize> {
        let mut marks = self.0.marks.take();
        let wanted = index / STRIDE;
        if wanted > 0 {
            let marks = marks.get_or_insert_with(|| Box::new(Marks(Vec::new())));
            marks.extend(self.as_str(), wanted);
        }
        let known = marks.as_deref().map(|marks| marks.0.as_slice());
        let known = known.unwrap_or_default();
        let from = known.len().min(wanted);
        let begin = from.checked_sub(1).map_or(0, |last| known[last] as usize);
        self.0.marks.set(marks);
        let rest = &self.as_str()[begin..];
        let mut characters = rest.chars();
        match index - from * STRIDE {
            0 => Some(begin),
            further => characters
                .nth(further - 1)
                .map(|_| self.len() - characters.as_str().len()),
        }
    }

    /// Number of the character that begins at `byte`, which must be a character's first byte or the end.
    pub fn index_of_byte(&self, byte: usize) -> usize {
        if self.is_ascii() {
            return byte;
        }
        let marks = self.0.marks.take();
        let known = marks.as_deref().map(|marks| marks.0.as_slice());
        let known = known.unwrap_or_default();
        let passed = known.partition_point(|mark| *mark as usize <= byte);
        let begin = passed.checked_sub(1).map_or(0, |last| known[last] as usize);
        self.0.marks.set(marks);
        let between = self.0.string.get(begin..byte);
        passed * STRIDE + between.map_or(0, |between| between.chars().count())
    }

    /// True if both are the same shared text, without looking at the characters.
    #[inline]
    pub fn same(&self, other: &Text) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }

    /// Appends `more`: in place when nobody else holds the text, so that building a text in a loop is linear.
    ///
    /// # Errors
    /// When the result would need more memory than the run may use.
    #[inline]
    pub fn push(&mut self, more: &str) -> Fallible<()> {
        if more.is_empty() {
            return Ok(());
        }
        let needed = self.0.string.len().saturating_add(more.len());
        match Rc::get_mut(&mut self.0) {
            Some(data) => {
                let before = weight(&data.string);
                if needed > data.string.capacity() {
                    make_room(&mut data.string, more.len())?;
                }
                data.string.push_str(more);
                let after = weight(&data.string);
                if after != before {
                    heap::grow(after - before);
                }
                if data.ascii.get() == Ascii::Yes && !more.is_ascii() {
                    data.ascii.set(Ascii::No);
                }
                let known = data.characters.get();
                if known != UNCOUNTED {
                    let count = more.chars().count().saturating_add(known as usize);
                    let kept = u32::try_from(count).unwrap_or(UNCOUNTED);
                    data.characters.set(kept);
                }
            }
            None => {
                let mut string = CompactString::default();
                make_room(&mut string, needed)?;
                string.push_str(&self.0.string);
                string.push_str(more);
                let ascii = match self.0.ascii.get() {
                    Ascii::Yes if !more.is_ascii() => Ascii::No,
                    known => known,
                };
                *self = Self::with(string, ascii);
            }
        }
        Ok(())
    }

    /// Cuts the text back to its first `bytes` bytes; undoes [`Text::push`].
    pub fn truncate(&mut self, bytes: usize) {
        if bytes >= self.0.string.len() {
            return;
        }
        match Rc::get_mut(&mut self.0) {
            Some(data) => {
                data.string.truncate(bytes);
                data.marks.set(None);
                data.characters.set(UNCOUNTED);
                data.ascii.set(Ascii::Unknown);
            }
            None => *self = Self::new(&self.0.string[..bytes]),
        }
    }
}

impl Marks {
    /// Goes on until there are `wanted` marks, or as many as `text` has.
    fn extend(&mut self, text: &str, wanted: usize) {
        let mut begin = self.0.last().map_or(0, |last| *last as usize);
        while self.0.len() < wanted {
            let mut rest = text[begin..].chars();
            if rest.nth(STRIDE - 1).is_none() {
                break;
            }
            begin = text.len() - rest.as_str().len();
            // Beyond 4 GiB there are none.
            let Ok(mark) = u32::try_from(begin) else {
                break;
            };
            self.0.push(mark);
        }
    }
}

impl Drop for Data {
    #[inline]
    fn drop(&mut self) {
        heap::shrink(weight(&self.string));
    }
}

impl Deref for Text {
    type Target = str;

    #[inline]
    fn deref(&self) -> &str {
        &self.0.string
    }
}

impl PartialEq for Text {
    #[inline]
    fn eq(&self, other: &Self) -> bool {
        self.same(other) || self.0.string == other.0.string
    }
}

impl Eq for Text {}

impl std::fmt::Debug for Text {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Debug::fmt(self.as_str(), f)
    }
}
