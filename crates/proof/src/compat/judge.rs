//! How a query fares under each schema: what a server answered, beside what it answered under the schema that the query is
//! written for.

use super::{Answer, Fare, Form, Judgement, Moment, Shape, Side, Stages, Verdict, changed, writes};

/// An undefined table (SQLSTATE 42P01), a schema that is not there (3F000).
const NO_TABLE: [&str; 2] = ["42P01", "3F000"];
/// An undefined column.
const NO_COLUMN: &str = "42703";

/// Judges a query of one version of the app; `answers` are by [`Moment`].
pub fn judge(side: Side, form: &Form, answers: &[Answer; 3], stages: &Stages) -> Judgement {
    let Some(home) = home(side, answers) else {
        return nowhere(side, form, answers, stages);
    };
    let Answer::Taken(at_home) = &answers[home as usize] else {
        return nowhere(side, form, answers, stages);
    };
    let troubles = writes::troubles(stages, form, home);
    let fares = Moment::ALL.map(|moment| {
        let mut fare = Fare::default();
        match &answers[moment as usize] {
            Answer::Refused { message, .. } => {
                refused(&mut fare, form, stages, (home, moment), message)
            }
            Answer::Taken(shape) => {
                compare(&mut fare, at_home, shape, home);
                slower(
                    &mut fare,
                    reference(side, moment, answers, at_home),
                    shape,
                    stages.catalog(moment),
                );
                explain(&mut fare, form, stages, (home, moment));
                for trouble in &troubles[moment as usize] {
                    fare.add(trouble.verdict, trouble.reason.clone());
                }
            }
        }
        fare
    });
    Judgement::Fares(fares)
}

/// What speaks against the last schema in the text of a query alone, without a server that is asked: it names what is gone, or
/// leaves out what has to be given. It may name something else of the same name; a server knows.
pub fn suspicions(form: &Form, stages: &Stages) -> Vec<String> {
    let mut found = changed::losses(&stages.changed, form);
    let [_, _, last] = writes::troubles(stages, form, Moment::Before);
    let fails = last.into_iter().filter(|one| one.verdict == Verdict::Fails);
    found.extend(fails.map(|one| one.reason));
    found
}

/// The schema that the query works under, and that the others are compared with.
fn home(side: Side, answers: &[Answer; 3]) -> Option<Moment> {
    let takes = |moment: &Moment| matches!(answers[*moment as usize], Answer::Taken(_));
    let home = side.home();
    match side {
        // What has not worked before the migration is not broken by it.
        Side::Old => Some(home).filter(takes),
        Side::New if takes(&home) => Some(home),
        Side::New => Moment::ALL.into_iter().find(takes),
    }
}

/// Of a query that its own schema does not take.
fn nowhere(side: Side, form: &Form, answers: &[Answer; 3], stages: &Stages) -> Judgement {
    let Answer::Refused { code, message } = &answers[side.home() as usize] else {
        return Judgement::NotJudged("no answer".to_owned());
    };
    let when = match side {
        Side::Old => "before the migration either",
        Side::New => "under any of the schemas",
    };
    if NO_TABLE.contains(&code.as_str()) {
        return Judgement::NotJudged(format!(
            "it names what is not there {when}, perhaps of another database: {message}"
        ));
    }
    if side == Side::New && code == NO_COLUMN && knows_a_table(form, stages) {
        let fare = Fare {
            verdict: Verdict::Fails,
            reasons: vec![format!("{message}, under any of the schemas")],
        };
        return Judgement::Fares([fare.clone(), fare.clone(), fare]);
    }
    Judgement::NotJudged(format!("it cannot be prepared {when}: {message}"))
}

fn knows_a_table(form: &Form, stages: &Stages) -> bool {
    let tables = stages.catalog(Moment::Contracted).tables.keys();
    tables.into_iter().any(|table| form.mentions(&table.name))
}

fn refused(
    fare: &mut Fare,
    form: &Form,
    stages: &Stages,
    (home, moment): (Moment, Moment),
    message: &str,
) {
    let stories = changed::stories(&stages.changed, form, home, moment);
    match stories.is_empty() {
        true => fare.add(Verdict::Fails, message.to_owned()),
        false => {
            for story in stories {
                fare.add(Verdict::Fails, format!("{story} ({message})"));
            }
        }
    }
}

/// Says which object has changed where the answer is another one.
fn explain(fare: &mut Fare, form: &Form, stages: &Stages, (home, moment): (Moment, Moment)) {
    if fare.verdict == Verdict::Works {
        return;
    }
    let verdict = fare.verdict;
    for story in changed::stories(&stages.changed, form, home, moment) {
        fare.add(verdict, story);
    }
}

/// Compares what a query takes and gives with what it does at home.
fn compare(fare: &mut Fare, at_home: &Shape, shape: &Shape, home: Moment) {
    let when = home.name();
    let parameters = at_home.parameters.iter().zip(&shape.parameters);
    for (number, (meant, met)) in parameters
        .enumerate()
        .filter(|(_, (meant, met))| meant != met)
    {
        let what = format!("its parameter ${} is {met}, {when} {meant}", number + 1);
        fare.add(of_types(meant, met), what);
    }
    let names = |shape: &Shape| {
        shape
            .columns
            .iter()
            .map(|column| column.0.clone())
            .collect::<Vec<_>>()
    };
    let (meant, met) = (names(at_home), names(shape));
    let in_place = met.starts_with(&meant);
    for (number, (name, of)) in at_home.columns.iter().enumerate() {
        let found = match in_place {
            true => shape.columns.get(number),
            false => shape.columns.iter().find(|column| column.0 == *name),
        };
        match found {
            None => fare.add(
                Verdict::Differs,
                format!("it does not give the column {name}"),
            ),
            Some((_, other)) if other != of => fare.add(
                of_types(of, other),
                format!("its column {name} is {other}, {when} {of}"),
            ),
            Some(_) => {}
        }
    }
    if meant == met {
        return;
    }
    let more: Vec<&String> = met.iter().filter(|name| !meant.contains(name)).collect();
    let held = "a prepared statement that a connection holds fails once";
    match (in_place, more.is_empty()) {
        (true, _) => fare.add(
            Verdict::Notable,
            format!("it gives more columns ({}): {held}", listed(&more)),
        ),
        (false, false) => fare.add(
            Verdict::Notable,
            format!(
                "it gives more columns ({}), and others at their places",
                listed(&more)
            ),
        ),
        (false, true) => fare.add(
            Verdict::Notable,
            "its columns are in another order".to_owned(),
        ),
    }
}

fn listed(names: &[&String]) -> String {
    names
        .iter()
        .map(|name| name.as_str())
        .collect::<Vec<_>>()
        .join(", ")
}

/// Types that most drivers read into the same type of a program's, or refuse where they are strict.
const FAMILIES: [&[&str]; 4] = [
    &["int2", "int4", "int8"],
    &["float4", "float8"],
    &["text", "varchar", "bpchar", "citext", "name"],
    &["json", "jsonb"],
];

fn of_types(meant: &str, met: &str) -> Verdict {
    let is_kin = |family: &&[&str]| family.contains(&meant) && family.contains(&met);
    match FAMILIES.iter().any(is_kin) {
        true => Verdict::Notable,
        false => Verdict::Differs,
    }
}

/// What the plan of a query at one moment is compared with: the last schema matters to the new app, and what was fast before it.
fn reference<'a>(
    side: Side,
    moment: Moment,
    answers: &'a [Answer; 3],
    at_home: &'a Shape,
) -> &'a Shape {
    match (side, moment, &answers[Moment::Expanded as usize]) {
        (Side::New, Moment::Contracted, Answer::Taken(shape)) => shape,
        _ => at_home,
    }
}

/// An index that its plan used, and no other one in its place.
fn slower(fare: &mut Fare, meant: &Shape, met: &Shape, catalog: &segue_catalog::Catalog) {
    for used in &meant.indexes {
        let is_served = met.indexes.iter().any(|other| other.table == used.table);
        let has_table = catalog
            .tables
            .keys()
            .any(|name| name.name.as_str() == used.table);
        if !is_served && has_table {
            let reason = format!(
                "no index of {} serves it, where its plan can use {}",
                used.table, used.index
            );
            fare.add(Verdict::Notable, reason);
        }
    }
}
