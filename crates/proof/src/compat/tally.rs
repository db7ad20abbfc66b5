//! The sum of what was judged of one version of the app. Its size does not depend on how many queries there are.

use rustc_hash::FxHashMap;

use super::{Fare, Judgement, Moment, Side, Verdict};

/// So many queries are kept of each kind: who breaks under the same schemas, and who is not judged for the same reason.
const KEPT: usize = 100;
/// So many bytes of a text are kept.
const LONGEST: usize = 2000;

/// How many queries fare how under one schema.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Cell {
    /// As at home.
    pub works: u64,
    /// They work, and something is other than at home.
    pub notable: u64,
    /// The server takes them, but it is not what the app expects.
    pub differs: u64,
    /// The server refuses them.
    pub fails: u64,
}

impl Cell {
    fn add(&mut self, verdict: Verdict) {
        match verdict {
            Verdict::Works => self.works += 1,
            Verdict::Notable => self.notable += 1,
            Verdict::Differs => self.differs += 1,
            Verdict::Fails => self.fails += 1,
        }
    }

    /// How many break.
    pub fn broken(&self) -> u64 {
        self.differs + self.fails
    }
}

/// A query that does not simply work under every schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    /// Where it was read.
    pub place: String,
    /// The query, perhaps shortened.
    pub text: String,
    /// How often it was called, where that is known.
    pub calls: Option<u64>,
    /// How it fares, by [`Moment`].
    pub fares: [Fare; 3],
}

/// A query of which nothing can be said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unjudged {
    /// Where it was read.
    pub place: String,
    /// The query, perhaps shortened.
    pub text: String,
    /// Why.
    pub why: String,
}

/// What was judged of one version of the app.
#[derive(Debug, Clone)]
pub struct Tally {
    /// Which.
    pub side: Side,
    /// How many queries were read.
    pub read: u64,
    /// How many of them were judged.
    pub judged: u64,
    /// How many name no object of a schema.
    pub silent: u64,
    /// How many could not be judged.
    pub unjudged: u64,
    /// By [`Moment`].
    pub cells: [Cell; 3],
    /// Those that do not simply work, as they were read; of each kind at most a hundred.
    pub broken: Vec<Broken>,
    /// Some of those that were not judged.
    pub not_judged: Vec<Unjudged>,
    /// How many there are of each kind.
    kinds: FxHashMap<[Verdict; 3], u64>,
}

impl Tally {
    /// Nothing yet.
    pub fn new(side: Side) -> Self {
        Self {
            side,
            read: 0,
            judged: 0,
            silent: 0,
            unjudged: 0,
            cells: [Cell::default(); 3],
            broken: Vec::new(),
            not_judged: Vec::new(),
            kinds: FxHashMap::default(),
        }
    }

    /// A query that names nothing of a schema.
    pub fn silent(&mut self) {
        self.read += 1;
        self.silent += 1;
    }

    /// A query, and what there is to say of it.
    pub fn add(&mut self, place: &str, text: &str, calls: Option<u64>, judgement: Judgement) {
        self.read += 1;
        let fares = match judgement {
            Judgement::NotJudged(why) => {
                self.unjudged += 1;
                if self.not_judged.len() < KEPT {
                    self.not_judged.push(Unjudged {
                        place: place.to_owned(),
                        text: shortened(text),
                        why,
                    });
                }
                return;
            }
            Judgement::Fares(fares) => fares,
        };
        self.judged += 1;
        for (cell, fare) in self.cells.iter_mut().zip(&fares) {
            cell.add(fare.verdict);
        }
        let kind = [0, 1, 2].map(|at| fares[at].verdict);
        if kind == [Verdict::Works; 3] {
            return;
        }
        let kept = self.kinds.entry(kind).or_default();
        *kept += 1;
        if *kept <= KEPT as u64 {
            self.broken.push(Broken {
                place: place.to_owned(),
                text: shortened(text),
                calls,
                fares,
            });
        }
    }

    /// How many of those that do not simply work are not listed.
    pub fn left_out(&self) -> u64 {
        self.kinds.values().sum::<u64>() - self.broken.len() as u64
    }

    /// The cell of a moment.
    pub fn cell(&self, moment: Moment) -> Cell {
        self.cells[moment as usize]
    }

    /// Whether this version runs under a schema, as far as was judged; `None`: nothing was.
    pub fn runs(&self, moment: Moment, is_strict: bool) -> Option<bool> {
        let cell = self.cell(moment);
        let counts = cell.broken() + if is_strict { cell.notable } else { 0 };
        (self.judged > 0).then_some(counts == 0)
    }
}

fn shortened(text: &str) -> String {
    let text = text.trim();
    match text.len() > LONGEST {
        true => format!("{} …", &text[..text.floor_char_boundary(LONGEST)]),
        false => text.to_owned(),
    }
}
