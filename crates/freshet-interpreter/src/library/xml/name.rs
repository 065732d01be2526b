//! Names of elements and attributes (XML 1.0, 2.3; Namespaces in XML 1.0, 4).

/// True for a character with which a name may begin; `:` is no part of it.
pub(super) fn is_start(character: char) -> bool {
    matches!(character,
        'A'..='Z' | '_' | 'a'..='z'
        | '\u{c0}'..='\u{d6}' | '\u{d8}'..='\u{f6}' | '\u{f8}'..='\u{2ff}'
        | '\u{370}'..='\u{37d}' | '\u{37f}'..='\u{1fff}' | '\u{200c}'..='\u{200d}'
        | '\u{2070}'..='\u{218f}' | '\u{2c00}'..='\u{2fef}' | '\u{3001}'..='\u{d7ff}'
        | '\u{f900}'..='\u{fdcf}' | '\u{fdf0}'..='\u{fffd}' | '\u{10000}'..='\u{effff}')
}

/// True for a character that a name may hold behind its first.
pub(super) fn is_part(character: char) -> bool {
    is_start(character)
        || matches!(character,
            '-' | '.' | '0'..='9' | '\u{b7}' | '\u{300}'..='\u{36f}' | '\u{203f}'..='\u{2040}')
}

/// True for a name that an element may have: with or without a prefix.
pub(super) fn is_qualified(name: &str) -> bool {
    match name.split_once(':') {
        // `xmlns:` declares prefixes, so that it cannot be one.
        Some((prefix, local)) => prefix != "xmlns" && is_plain(prefix) && is_plain(local),
        None => is_plain(name),
    }
}

fn is_plain(name: &str) -> bool {
    let mut characters = name.chars();
    characters.next().is_some_and(is_start) && characters.all(is_part)
}
