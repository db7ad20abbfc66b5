//! What somebody who mistyped a name most likely meant.

/// The known name that a mistyped one most likely meant: at most a third of it differs. `-` and `_` are the same.
pub fn nearest<'a>(wanted: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let plain = |name: &str| name.to_lowercase().replace('-', "_");
    let wanted = plain(wanted);
    known
        .map(|name| (distance(&wanted, &plain(name)), name))
        .min()
        .filter(|(distance, name)| *distance <= name.len().div_ceil(3))
        .map(|(_, name)| name)
}

/// The known name that one slip of the keyboard made this of: a letter too many, too few or another one, or two that changed
/// places.
pub fn mistyped<'a>(wanted: &str, mut known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    known.find(|name| is_one_slip(wanted.as_bytes(), name.as_bytes()))
}

fn is_one_slip(a: &[u8], b: &[u8]) -> bool {
    let same = |pair: &(&u8, &u8)| pair.0 == pair.1;
    let start = a.iter().zip(b).take_while(same).count();
    let (a, b) = (&a[start..], &b[start..]);
    let end = a.iter().rev().zip(b.iter().rev()).take_while(same).count();
    match (&a[..a.len() - end], &b[..b.len() - end]) {
        ([_], []) | ([], [_]) | ([_], [_]) => true,
        ([x, y], [v, w]) => x == w && y == v,
        _ => false,
    }
}

/// Levenshtein's distance.
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.chars().count()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = i;
        row[0] = i + 1;
        for (j, y) in b.chars().enumerate() {
            let substituted = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = substituted.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::mistyped;

    #[test]
    fn one_slip_is_told_from_another_word() {
        let known = ["dbname", "sslmode", "user"];
        let meant = |written| mistyped(written, known.into_iter());
        for written in ["dbnam", "dbnname", "dbmame", "dbnaem"] {
            assert_eq!(meant(written), Some("dbname"), "{written}");
        }
        for written in ["dbname", "name", "dnbnam", "sslcert", "suez", ""] {
            assert_eq!(meant(written), None, "{written}");
        }
    }
}
