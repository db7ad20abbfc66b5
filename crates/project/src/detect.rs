//! Which layout a folder has. The order of evidence: the user's word (flag, then `segue.toml`), a marker
//! file of the tool (the nearest one to the folder wins), the history table that the database already
//! has, and last a default for the form of the names.

use segue_sql::Problem;

use crate::{
    Folder, Migration, Note, foreign,
    layout::{Context, LAYOUTS, Layout},
    levels::Levels,
    locate::nothing_in,
    transform,
};

/// A layout and why it was chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// The layout.
    pub layout: &'static Layout,
    /// The evidence, as in "because of …".
    pub reason: String,
    /// Whether the user named it, rather than segue finding it.
    pub explicit: bool,
}

/// The layout that the user asked for.
#[derive(Debug, Clone)]
pub struct Wish {
    /// As in `--layout`.
    pub name: String,
    /// Where the user said so: `--layout`, `segue.toml:3`.
    pub origin: String,
}

/// What the disk says about the layout.
#[derive(Debug)]
pub struct Survey {
    /// The folder of migrations.
    pub folder: Folder,
    /// Settled, or the layouts that the names would fit, for the database to settle.
    pub verdict: Verdict,
}

/// See [`Survey`].
#[derive(Debug)]
pub enum Verdict {
    /// The disk settles it.
    Settled(Choice),
    /// The names fit all of these and no marker tells them apart; the first is the default.
    Open(Vec<&'static Layout>),
}

/// Looks for evidence on disk.
///
/// # Errors
/// A layout that nobody knows, markers of two tools that contradict each other, or a tool whose
/// layout segue does not read.
pub fn survey(folder: Folder, wish: Option<&Wish>) -> Result<Survey, Problem> {
    if let Some(wish) = wish {
        let choice = Choice {
            layout: wished(&folder, wish)?,
            reason: wish.origin.clone(),
            explicit: true,
        };
        return Ok(Survey {
            folder,
            verdict: Verdict::Settled(choice),
        });
    }
    let fitting: Vec<&'static Layout> = LAYOUTS
        .iter()
        .copied()
        .filter(|layout| (layout.fits)(&folder))
        .collect();
    if let Some(problem) = foreign::refuse(&folder) {
        return Err(problem);
    }
    let candidates = match (fitting.is_empty(), of_folders_below(&folder)) {
        (false, _) => fitting,
        (true, Some(layouts)) => layouts,
        (true, None) => {
            look_below(&folder)?;
            LAYOUTS.to_vec()
        }
    };
    let verdict = verdict(&folder, candidates)?;
    Ok(Survey { folder, verdict })
}

fn verdict(folder: &Folder, candidates: Vec<&'static Layout>) -> Result<Verdict, Problem> {
    let mut levels = Levels::of(folder);
    Ok(match nearest_marker(&mut levels, &candidates)? {
        Some(choice) => Verdict::Settled(choice),
        None if is_sqlxs_alone(&candidates) => {
            refuse_foreign_marker(&mut levels)?;
            match beside_go_mod(&mut levels, &candidates)? {
                Some(choice) => Verdict::Settled(choice),
                None if candidates.len() == 1 => Verdict::Settled(by_names(candidates[0])),
                None => Verdict::Open(candidates),
            }
        }
        None if candidates.len() == 1 => Verdict::Settled(by_names(candidates[0])),
        None => Verdict::Open(candidates),
    })
}

fn by_names(layout: &'static Layout) -> Choice {
    Choice {
        layout,
        reason: "the names in the folder".to_owned(),
        explicit: false,
    }
}

/// Whether the names are sqlx's, and at most golang-migrate's too.
fn is_sqlxs_alone(candidates: &[&'static Layout]) -> bool {
    candidates[0].name == "sqlx"
        && candidates[1..]
            .iter()
            .all(|layout| layout.name == "golang-migrate")
}

/// Without a better sign of either, a Go module tells golang-migrate's files from sqlx's. Files of sqlx's
/// simple form are nobody's there: tools for Go put both directions into such a file.
fn beside_go_mod(
    levels: &mut Levels<'_>,
    candidates: &[&'static Layout],
) -> Result<Option<Choice>, Problem> {
    let folder = levels.folder;
    levels.nearest(|_, level| {
        if !level.has("go.mod") {
            return Ok(None);
        }
        let Some(layout) = candidates.iter().find(|l| l.name == "golang-migrate") else {
            return Err(Problem::new(format!(
                "`{}` has names of sqlx, and go.mod stands for a project in Go",
                folder.path.display()
            ))
            .help("if the migrations are sqlx's after all, say so with --layout sqlx"));
        };
        Ok(Some(Choice {
            layout,
            reason: "go.mod, and names of its form".to_owned(),
            explicit: false,
        }))
    })
}

/// Without a marker of sqlx, one of another tool with the same names decides against it.
fn refuse_foreign_marker(levels: &mut Levels<'_>) -> Result<(), Problem> {
    let folder = levels.folder;
    let found = levels.nearest(|_, level| Ok(foreign::by_marker(level)))?;
    let Some((marker, tool)) = found else {
        return Ok(());
    };
    Err(Problem::new(format!(
        "`{}` has names of sqlx's form, and {marker} stands for {tool}",
        folder.path.display()
    ))
    .help(
        "if the migrations are sqlx's after all, say so with --layout sqlx; else name their layout",
    ))
}

/// The layouts whose tools look through sub-folders, for a folder that holds nothing but folders of theirs:
/// Flyway's `filesystem:postgres` over `postgres/tables` and `postgres/data`.
fn of_folders_below(folder: &Folder) -> Option<Vec<&'static Layout>> {
    if folder.files().next().is_some() {
        return None;
    }
    let below: Option<Vec<Folder>> = folder
        .folders()
        .map(|entry| folder.below(&entry.name).ok())
        .collect();
    let below = below.filter(|below| !below.is_empty())?;
    let fits_all = |layout: &&Layout| below.iter().all(|folder| (layout.fits)(folder));
    let layouts: Vec<_> = LAYOUTS.iter().copied().filter(fits_all).collect();
    let look_through = |layout: &&Layout| matches!(layout.name, "flyway" | "refinery");
    (!layouts.is_empty() && layouts.iter().all(look_through)).then_some(layouts)
}

/// Where the folder itself is nobody's, but one in it is: the wrong folder was named.
fn look_below(folder: &Folder) -> Result<(), Problem> {
    for entry in folder.folders() {
        let Ok(below) = folder.below(&entry.name) else {
            continue;
        };
        if LAYOUTS.iter().any(|layout| (layout.fits)(&below)) {
            return Err(nothing_in(folder));
        }
        if let Some(problem) = foreign::refuse(&below) {
            return Err(problem);
        }
    }
    Ok(())
}

/// `drizzle` means whichever of Drizzle's two layouts the folder has.
fn wished(folder: &Folder, wish: &Wish) -> Result<&'static Layout, Problem> {
    let family: Vec<&'static Layout> = LAYOUTS
        .iter()
        .copied()
        .filter(|layout| {
            layout.name == wish.name || layout.name.split('-').next() == Some(wish.name.as_str())
        })
        .collect();
    let fitting = family.iter().copied().find(|layout| (layout.fits)(folder));
    fitting.or(family.first().copied()).ok_or_else(|| {
        let names: Vec<&str> = LAYOUTS.iter().map(|layout| layout.name).collect();
        Problem::new(format!("`{}` ({}) is no layout", wish.name, wish.origin))
            .help(format!("segue reads {}", names.join(", ")))
    })
}

fn nearest_marker(
    levels: &mut Levels<'_>,
    candidates: &[&'static Layout],
) -> Result<Option<Choice>, Problem> {
    levels.nearest(|distance, level| {
        let found: Vec<(&'static Layout, String)> = candidates
            .iter()
            .filter_map(|layout| Some((*layout, (layout.evidence)(level)?)))
            .collect();
        match found.as_slice() {
            [] => Ok(None),
            [(layout, marker)] => {
                let place = if distance == 0 { "" } else { " above it" };
                Ok(Some(Choice {
                    layout,
                    reason: format!("{marker}{place}"),
                    explicit: false,
                }))
            }
            several => Err(conflict(&level.path, several)),
        }
    })
}

fn conflict(path: &std::path::Path, found: &[(&'static Layout, String)]) -> Problem {
    let mut problem = Problem::new(format!(
        "`{}` has markers of more than one migration tool",
        path.display()
    ));
    for (layout, marker) in found {
        problem = problem.note(format!("{marker}: {}", layout.title));
    }
    let names: Vec<&str> = found.iter().map(|(layout, _)| layout.name).collect();
    problem.help(format!(
        "say which one deploys this folder: --layout {}, or `layout` in segue.toml",
        names.join(" or --layout ")
    ))
}

impl Survey {
    /// Settles what the disk left open by the history tables that the database has, and at last by
    /// the default for the form of the names.
    ///
    /// # Errors
    /// When the database has histories of two layouts that would both fit.
    pub fn settle(self, histories: &[&'static Layout]) -> Result<(Folder, Choice), Problem> {
        let candidates = match self.verdict {
            Verdict::Settled(choice) => return Ok((self.folder, choice)),
            Verdict::Open(candidates) => candidates,
        };
        let known: Vec<_> = candidates
            .iter()
            .copied()
            .filter(|layout| histories.contains(layout))
            .collect();
        match known.as_slice() {
            [] => Ok((
                self.folder,
                Choice {
                    layout: candidates[0],
                    reason: "the default for names of this form".to_owned(),
                    explicit: false,
                },
            )),
            [layout] => Ok((
                self.folder,
                Choice {
                    layout,
                    reason: format!("the history table of {} in the database", layout.title),
                    explicit: false,
                },
            )),
            several => Err(Problem::new(
                "the database holds histories of more than one tool that could have this folder",
            )
            .help(format!(
                "say which one: {}",
                several
                    .iter()
                    .map(|layout| format!("--layout {}", layout.name))
                    .collect::<Vec<_>>()
                    .join(" or ")
            ))),
        }
    }
}

/// A folder of migrations that has been read.
#[derive(Debug, Clone)]
pub struct Project {
    /// Where it is.
    pub folder: Folder,
    /// Its layout and why.
    pub choice: Choice,
    /// In the order in which they run.
    pub migrations: Vec<Migration>,
    /// What was found and not used.
    pub notes: Vec<Note>,
    /// What the tool would use and segue cannot: nothing is deployed while it is there.
    pub refusals: Vec<Problem>,
    /// The schema that the tool's own configuration names, for the history and for names without one.
    pub history_schema: Option<String>,
    /// The history's table that the tool's own configuration names.
    pub history_table: Option<String>,
}

impl Project {
    /// Reads the migrations of a folder.
    ///
    /// # Errors
    /// Everything wrong with the files, not only the first thing.
    pub fn read(
        folder: Folder,
        choice: Choice,
        context: &Context<'_>,
    ) -> Result<Self, Vec<Problem>> {
        let mut reading = (choice.layout.read)(&folder, context)?;
        transform::find(&folder, &mut reading)?;
        Ok(Self {
            folder,
            choice,
            migrations: reading.migrations,
            notes: reading.notes,
            refusals: reading.refusals,
            history_schema: reading.history_schema,
            history_table: reading.history_table,
        })
    }

    /// Why there is nothing to deploy in the folder.
    pub fn nothing(&self) -> Problem {
        nothing_in(&self.folder)
    }

    /// The migration of this name: in full, or as much of it as is unique.
    pub fn named(&self, name: &str) -> Option<&Migration> {
        let exact = self
            .migrations
            .iter()
            .find(|m| m.name == name || m.key == name);
        exact.or_else(|| {
            let mut starting = self.migrations.iter().filter(|m| m.name.starts_with(name));
            starting.next().filter(|_| starting.next().is_none())
        })
    }
}
