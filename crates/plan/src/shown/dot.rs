//! A plan as a graph: the steps of each phase, each behind the last one before it that has a table in common with it.

use std::collections::BTreeMap;

use segue_catalog::QName;

use super::{
    order::{Numbered, numbered, phase},
    summary::Blocking,
    words,
};
use crate::{Action, Phase, Plan};

pub(super) fn graph(plan: &Plan) -> String {
    let steps = numbered(plan);
    let mut graph = "digraph plan {\n  rankdir = LR;\n  node [shape = box, style = filled, fillcolor = white, fontname = monospace];\n".to_owned();
    for of in [Phase::Expand, Phase::Contract] {
        let own: Vec<&Numbered<'_>> = steps.iter().filter(|one| one.step.phase == of).collect();
        if own.is_empty() {
            continue;
        }
        graph.push_str(&format!(
            "  subgraph cluster_{0} {{\n    label = \"{0}\";\n",
            phase(of)
        ));
        for one in own {
            graph.push_str(&node(*one));
        }
        graph.push_str("  }\n");
    }
    for (from, to, table) in edges(&steps) {
        graph.push_str(&format!(
            "  {} -> {} [label = \"{}\"];\n",
            id(from),
            id(to),
            escaped(&table)
        ));
    }
    graph.push_str("}\n");
    graph
}

fn id(one: Numbered<'_>) -> String {
    format!("{}_{}", phase(one.step.phase), one.number)
}

/// A step; red where others wait for it.
fn node(one: Numbered<'_>) -> String {
    let (waits, colour) = match Blocking::of(one.step, one.number) {
        Some(blocking) => (
            format!(
                "\n{}, {}",
                blocking.blocked,
                words::longest(blocking.longest)
            ),
            "mistyrose",
        ),
        None => (String::new(), "honeydew"),
    };
    format!(
        "    {} [label = \"{}\", fillcolor = {colour}];\n",
        id(one),
        escaped(&format!("{}\n{}{waits}", one.name(), one.step.title))
    )
}

fn tables(one: Numbered<'_>) -> Vec<QName> {
    let effect = &one.step.effect;
    let mut tables: Vec<QName> = effect.locks.keys().cloned().collect();
    tables.extend(effect.work.iter().map(|work| work.table.clone()));
    match &one.step.action {
        Action::Batches(batches) => tables.push(batches.table.clone()),
        Action::Transform(transform) => tables.push(transform.table.clone()),
        Action::Transaction(_) | Action::Alone(_) => {}
    }
    tables.sort();
    tables.dedup();
    tables
}

fn edges<'a>(steps: &[Numbered<'a>]) -> Vec<(Numbered<'a>, Numbered<'a>, String)> {
    let mut last: BTreeMap<QName, Numbered<'a>> = BTreeMap::new();
    let mut edges: Vec<(Numbered<'a>, Numbered<'a>, String)> = Vec::new();
    for one in steps {
        let mut from: BTreeMap<(Phase, usize), (Numbered<'a>, Vec<QName>)> = BTreeMap::new();
        for table in tables(*one) {
            if let Some(before) = last.insert(table.clone(), *one) {
                let key = (before.step.phase, before.number);
                from.entry(key)
                    .or_insert((before, Vec::new()))
                    .1
                    .push(table);
            }
        }
        for (before, shared) in from.into_values() {
            edges.push((before, *one, words::names(&shared)));
        }
    }
    edges
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('\n', "\\n")
}
