//! What is in an archive: its list of contents, and the rows of its tables, counted by reading them as a restore does.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    io::{self, BufRead, BufReader},
    path::Path,
    process::{Command, Stdio},
};

use segue_engine::Failure;
use segue_sql::Problem;

use super::refused;

/// An entry of the list that `pg_restore --list` prints.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Item {
    /// What the server calls the object; of rows: of their table.
    pub(super) oid: u32,
    pub(super) kind: Kind,
    /// The line itself.
    line: String,
}

/// What an entry is, as far as that matters here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Rows,
    ForeignKey,
    Other,
}

/// The entries of a list. A line is `3412; 0 16386 TABLE DATA public users owner`: a number in the archive, the catalog and the oid, and what it is.
pub(super) fn items(list: &str) -> Vec<Item> {
    let item = |line: &str| {
        let (_, rest) = line.split_once("; ")?;
        let mut words = rest.splitn(3, ' ');
        words.next()?.parse::<u32>().ok()?;
        let oid = words.next()?.parse().ok()?;
        let what = words.next()?;
        let kind = if what.starts_with("TABLE DATA ") {
            Kind::Rows
        } else if what.starts_with("FK CONSTRAINT ") {
            Kind::ForeignKey
        } else {
            Kind::Other
        };
        Some(Item {
            oid,
            kind,
            line: line.to_owned(),
        })
    };
    let lines = list.lines().filter(|line| !line.starts_with(';'));
    lines.filter_map(item).collect()
}

/// A list for `pg_restore --use-list`, without some entries.
pub(super) fn list(items: &[Item], mut is_left_out: impl FnMut(&Item) -> bool) -> String {
    let mut text = String::new();
    for item in items {
        let mark = if is_left_out(item) { ";" } else { "" };
        let _ = writeln!(text, "{mark}{}", item.line);
    }
    text
}

/// Counts the rows of each table as they are printed, in the order of the list: the lines between `COPY … FROM stdin;` and `\.`. A line's end within a
/// value is written as `\n` (sql-copy.html), so a line is a row.
pub(super) fn rows(mut printed: impl BufRead) -> io::Result<Vec<u64>> {
    let mut counts: Vec<u64> = Vec::new();
    let (mut line, mut within, mut begun) = (Vec::new(), false, false);
    loop {
        line.clear();
        if printed.read_until(b'\n', &mut line)? == 0 {
            return match within {
                true => Err(io::ErrorKind::UnexpectedEof.into()),
                false => Ok(counts),
            };
        }
        if !within {
            // a name may have a line's end in it
            begun |= line.starts_with(b"COPY ");
            within = begun && line.ends_with(b" FROM stdin;\n");
            counts.extend(within.then_some(0));
        } else if line == b"\\.\n" {
            (within, begun) = (false, false);
        } else if let Some(count) = counts.last_mut() {
            *count += 1;
        }
    }
}

/// Prints the list of an archive.
pub(super) fn contents(restore: &Path, archive: &Path) -> Result<Vec<Item>, Failure> {
    let output = Command::new(restore)
        .arg("--list")
        .arg(archive)
        .stdin(Stdio::null())
        .output()
        .map_err(|error| refused(Problem::new(format!("pg_restore cannot be run: {error}"))))?;
    if output.status.success() {
        return Ok(items(&String::from_utf8_lossy(&output.stdout)));
    }
    Err(broken(&String::from_utf8_lossy(&output.stderr)))
}

/// The rows of each table in an archive, by its oid: the archive is read to its end, by so many processes at once. `sizes` spread the work.
pub(super) fn read(
    restore: &Path,
    (archive, beside): (&Path, &Path),
    items: &[Item],
    sizes: &BTreeMap<u32, u64>,
    jobs: usize,
) -> Result<BTreeMap<u32, u64>, Failure> {
    let parts = spread(items, sizes, jobs);
    let counted = std::thread::scope(|scope| {
        let work = parts.iter().enumerate().map(|(number, part)| {
            let list_file = beside.join(format!("verify-{number}.list"));
            scope.spawn(move || read_part(restore, archive, &list_file, part))
        });
        let work: Vec<_> = work.collect();
        let counted = work.into_iter().map(|one| {
            let lost = |_| Err(refused(Problem::new("the work was lost")));
            one.join().unwrap_or_else(lost)
        });
        counted.collect::<Result<Vec<_>, Failure>>()
    })?;
    Ok(counted.into_iter().flatten().collect())
}

/// The rows, in as many parts as there are processes, the largest tables first.
fn spread<'i>(items: &'i [Item], sizes: &BTreeMap<u32, u64>, jobs: usize) -> Vec<Vec<&'i Item>> {
    let size = |item: &Item| sizes.get(&item.oid).copied().unwrap_or_default();
    let mut all: Vec<&Item> = items
        .iter()
        .filter(|item| item.kind == Kind::Rows)
        .collect();
    all.sort_by_key(|item| std::cmp::Reverse(size(item)));
    let mut parts = vec![(0_u64, Vec::new()); jobs.clamp(1, all.len().max(1))];
    for item in all {
        if let Some(least) = parts.iter_mut().min_by_key(|(sum, _)| *sum) {
            least.0 += size(item).max(1);
            least.1.push(item);
        }
    }
    parts.into_iter().map(|(_, part)| part).collect()
}

fn read_part(
    restore: &Path,
    archive: &Path,
    list_file: &Path,
    part: &[&Item],
) -> Result<Vec<(u32, u64)>, Failure> {
    if part.is_empty() {
        return Ok(Vec::new());
    }
    let lost = |error: io::Error| broken(&error.to_string());
    let lines: Vec<&str> = part.iter().map(|item| item.line.as_str()).collect();
    std::fs::write(list_file, lines.join("\n")).map_err(lost)?;
    let mut child = Command::new(restore)
        .args(["--data-only", "--file=-", "--use-list"])
        .arg(list_file)
        .arg(archive)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(lost)?;
    let counts = child
        .stdout
        .take()
        .map(|out| rows(BufReader::with_capacity(1 << 20, out)));
    let output = child.wait_with_output().map_err(lost)?;
    let _ = std::fs::remove_file(list_file);
    if !output.status.success() {
        return Err(broken(&String::from_utf8_lossy(&output.stderr)));
    }
    let counts = counts.transpose().map_err(lost)?.unwrap_or_default();
    if counts.len() != part.len() {
        return Err(broken("it has fewer tables than its list"));
    }
    Ok(part.iter().map(|item| item.oid).zip(counts).collect())
}

fn broken(why: &str) -> Failure {
    let mut problem = Problem::new("the backup cannot be read again");
    problem.notes = why
        .lines()
        .take(5)
        .map(|line| format!("pg_restore says: {line}"))
        .collect();
    refused(problem.help("see whether the disk is full; nothing was deployed"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: &str = "\
;
; Archive created at 2026-11-27
;
3; 2615 16385 SCHEMA - app tester
218; 1259 16386 TABLE public users tester
3412; 0 16386 TABLE DATA public users tester
3413; 0 16390 TABLE DATA public odd name tester
3270; 2606 16400 FK CONSTRAINT public posts posts_user_fkey tester
";

    #[test]
    fn the_contents_are_known_by_their_oids() {
        let items = items(LIST);
        let kinds: Vec<(u32, Kind)> = items.iter().map(|item| (item.oid, item.kind)).collect();
        assert_eq!(
            kinds,
            [
                (16385, Kind::Other),
                (16386, Kind::Other),
                (16386, Kind::Rows),
                (16390, Kind::Rows),
                (16400, Kind::ForeignKey)
            ]
        );
        let without = list(&items, |item| item.kind == Kind::ForeignKey);
        assert!(
            without
                .ends_with(";3270; 2606 16400 FK CONSTRAINT public posts posts_user_fkey tester\n")
        );
        assert!(without.starts_with("3; 2615 16385 SCHEMA"));
    }

    #[test]
    fn rows_are_counted_whatever_is_in_them() {
        let printed = "SET x = 1;\nCOPY public.users (id, name) FROM stdin;\n1\ta\\nb\n2\tCOPY x FROM stdin;\n\n\\.\n\n\nCOPY public.\"odd name\" (id) FROM stdin;\n\\.\n\n-- done\n";
        assert_eq!(rows(printed.as_bytes()).expect("whole"), [3, 0]);
        let odd = "COPY public.\"a\nb\" (id) FROM stdin;\n1\n2\n\\.\n";
        assert_eq!(rows(odd.as_bytes()).expect("whole"), [2]);
        let torn = "COPY public.users (id) FROM stdin;\n1\n2\n";
        assert!(rows(torn.as_bytes()).is_err(), "it ends within a table");
    }

    #[test]
    fn the_work_is_spread_by_size() {
        let items = items(
            "1; 0 1 TABLE DATA a a a\n2; 0 2 TABLE DATA a b a\n3; 0 3 TABLE DATA a c a\n4; 0 4 TABLE DATA a d a\n",
        );
        let sizes = BTreeMap::from([(1, 10), (2, 100), (3, 60), (4, 40)]);
        let parts = spread(&items, &sizes, 2);
        let oids = |part: &[&Item]| part.iter().map(|item| item.oid).collect::<Vec<_>>();
        assert_eq!((oids(&parts[0]), oids(&parts[1])), (vec![2, 1], vec![3, 4]));
        assert_eq!(spread(&[], &sizes, 2).len(), 1);
    }
}
