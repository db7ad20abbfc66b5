//! The statements around the one that is being planned.

use super::planning::Planning;
use crate::Line;

impl Planning<'_> {
    /// The statements that come behind the one that is being planned, in all migrations.
    pub(crate) fn later(&self) -> impl Iterator<Item = (&Line, (usize, usize))> {
        let (migration, atom) = self.at;
        let rest = self.atoms.iter().enumerate().skip(migration);
        rest.flat_map(move |(number, atoms)| {
            let skipped = if number == migration { atom + 1 } else { 0 };
            let lines = atoms.script.lines.iter().enumerate().skip(skipped);
            lines.map(move |(atom, line)| (line, (number, atom)))
        })
    }

    /// The statements that come before the one that is being planned, in all migrations, each with its text.
    pub(crate) fn earlier(&self) -> impl Iterator<Item = (&Line, &str)> {
        let (migration, atom) = self.at;
        let first = self.atoms.iter().enumerate().take(migration + 1);
        first.flat_map(move |(number, atoms)| {
            let most = if number == migration {
                atom
            } else {
                usize::MAX
            };
            let lines = atoms.script.lines.iter().take(most);
            lines.map(|line| (line, &atoms.script.source.text[line.span.clone()]))
        })
    }

    /// All statements, in all migrations.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Line> {
        let atoms = self.atoms.iter();
        atoms.flat_map(|atoms| &atoms.script.lines)
    }

    /// All statements that are deployed together with the one that is being planned, each with its text.
    pub(crate) fn planned_together(&self) -> impl Iterator<Item = (&Line, &str)> {
        let atoms = self.atoms.iter().take(self.together);
        atoms.flat_map(|atoms| {
            let lines = atoms.script.lines.iter();
            lines.map(|line| (line, &atoms.script.source.text[line.span.clone()]))
        })
    }

    /// What is written for a statement.
    pub(crate) fn text(&self, (migration, atom): (usize, usize)) -> &str {
        let script = &self.atoms[migration].script;
        &script.source.text[script.lines[atom].span.clone()]
    }
}
