//! Lines, columns and the characters that PostgreSQL counts in.

/// Line and column of a byte offset, both from 1; columns count characters.
pub fn line_column(text: &str, offset: usize) -> (usize, usize) {
    let before = &text[..offset.min(text.len())];
    let line = before.bytes().filter(|b| *b == b'\n').count() + 1;
    let start = before.rfind('\n').map_or(0, |n| n + 1);
    (line, before[start..].chars().count() + 1)
}

/// Byte offset of the `position`-th character (from 1), as error field `P` of PostgreSQL's
/// protocol counts them (protocol-error-fields.html). Past the end: the end.
pub fn byte_of_character(text: &str, position: usize) -> usize {
    text.char_indices()
        .nth(position.saturating_sub(1))
        .map_or(text.len(), |(byte, _)| byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters_not_bytes() {
        let text = "a\nžluť x";
        let x = text.find('x').expect("x is there");
        assert_eq!(line_column(text, x), (2, 6));
        assert_eq!(byte_of_character(text, 8), x);
        assert_eq!(byte_of_character(text, 99), text.len());
    }
}
