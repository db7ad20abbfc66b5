//! What changes in a text, as a unified diff.

/// How many lines around a change are shown.
const AROUND: usize = 3;

/// How many pairs of lines are compared at most; beyond that one change is shown that has all of them.
const LIMIT: usize = 4_000_000;

enum Line<'a> {
    Same(&'a str),
    Gone(&'a str),
    New(&'a str),
}

/// The difference between two texts of a file.
pub(crate) fn unified(name: &str, before: &str, after: &str) -> String {
    let lines = compared(before, after);
    let mut text = format!("--- {name}\n+++ {name}\n");
    let changes: Vec<usize> = (0..lines.len())
        .filter(|at| !matches!(lines[*at], Line::Same(_)))
        .collect();
    let mut rest = &changes[..];
    while let Some(&first) = rest.first() {
        let meet = |pair: &&[usize]| pair[1] - pair[0] <= 2 * AROUND + 1;
        let taken = 1 + rest.windows(2).take_while(meet).count();
        let last = rest[taken - 1];
        rest = &rest[taken..];
        let range = first.saturating_sub(AROUND)..(last + AROUND + 1).min(lines.len());
        text.push_str(&hunk(&lines, range));
    }
    text
}

fn hunk(lines: &[Line<'_>], range: std::ops::Range<usize>) -> String {
    let old = |line: &Line<'_>| !matches!(line, Line::New(_));
    let new = |line: &Line<'_>| !matches!(line, Line::Gone(_));
    let count =
        |part: &[Line<'_>], of: fn(&Line<'_>) -> bool| part.iter().filter(|l| of(l)).count();
    let (before, part) = (&lines[..range.start], &lines[range]);
    let mut text = format!(
        "@@ -{},{} +{},{} @@\n",
        count(before, old) + 1,
        count(part, old),
        count(before, new) + 1,
        count(part, new)
    );
    for line in part {
        let (sign, line) = match line {
            Line::Same(line) => (' ', line),
            Line::Gone(line) => ('-', line),
            Line::New(line) => ('+', line),
        };
        text.push(sign);
        text.push_str(&super::clean(line));
        text.push('\n');
    }
    text
}

fn compared<'a>(before: &'a str, after: &'a str) -> Vec<Line<'a>> {
    let old: Vec<&str> = before.lines().collect();
    let new: Vec<&str> = after.lines().collect();
    let front = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
    let longest = old.len().min(new.len()) - front;
    let back = old.iter().rev().zip(new.iter().rev());
    let back = back.take(longest).take_while(|(a, b)| a == b).count();
    let mut lines: Vec<Line<'a>> = old[..front].iter().map(|line| Line::Same(line)).collect();
    middle(
        &old[front..old.len() - back],
        &new[front..new.len() - back],
        &mut lines,
    );
    lines.extend(old[old.len() - back..].iter().map(|line| Line::Same(line)));
    lines
}

/// By a longest common subsequence.
fn middle<'a>(old: &[&'a str], new: &[&'a str], lines: &mut Vec<Line<'a>>) {
    if old.len() * new.len() > LIMIT {
        lines.extend(old.iter().map(|line| Line::Gone(line)));
        lines.extend(new.iter().map(|line| Line::New(line)));
        return;
    }
    let width = new.len() + 1;
    let mut length = vec![0_u32; (old.len() + 1) * width];
    for i in (0..old.len()).rev() {
        for j in (0..new.len()).rev() {
            length[i * width + j] = match old[i] == new[j] {
                true => length[(i + 1) * width + j + 1] + 1,
                false => length[(i + 1) * width + j].max(length[i * width + j + 1]),
            };
        }
    }
    let (mut i, mut j) = (0, 0);
    while i < old.len() || j < new.len() {
        if i < old.len() && j < new.len() && old[i] == new[j] {
            lines.push(Line::Same(old[i]));
            (i, j) = (i + 1, j + 1);
        } else if j == new.len()
            || (i < old.len() && length[(i + 1) * width + j] >= length[i * width + j + 1])
        {
            lines.push(Line::Gone(old[i]));
            i += 1;
        } else {
            lines.push(Line::New(new[j]));
            j += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::unified;

    #[test]
    fn changes_are_shown_with_what_stands_around_them() {
        let before: String = (1..=20).map(|n| format!("{n}\n")).collect();
        let after = before
            .replace("\n3\n", "\n3a\n3b\n")
            .replace("\n18\n", "\n");
        assert_eq!(
            unified("m.sql", &before, &after),
            "--- m.sql\n+++ m.sql\n@@ -1,6 +1,7 @@\n 1\n 2\n-3\n+3a\n+3b\n 4\n 5\n 6\n\
             @@ -15,6 +16,5 @@\n 15\n 16\n 17\n-18\n 19\n 20\n"
        );
    }

    #[test]
    fn neighbours_are_one_hunk() {
        let shown = unified("m.sql", "a\nb\nc\nd\n", "A\nb\nc\nD\n");
        assert_eq!(shown.matches("@@ -").count(), 1, "{shown}");
    }
}
