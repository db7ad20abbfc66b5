//! An order in which everything stands behind what it needs. Knows nothing of schemas.
//!
//! Two kinds of edges: what *must* be before, and what had *better* be before. Where both together go round in a
//! circle, the second kind gives way, edge by edge; only a circle of the first kind is reported.

use std::hash::Hash;

use rustc_hash::FxHashMap;

/// Things and what stands before what.
#[derive(Debug, Clone)]
pub struct Graph<V> {
    vertices: Vec<V>,
    numbers: FxHashMap<V, usize>,
    musts: Vec<(usize, usize)>,
    wishes: Vec<(usize, usize)>,
}

/// An order, and where it could not be kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ordered<V> {
    /// Every vertex once.
    pub order: Vec<V>,
    /// Edges that must hold and do not, because they would close a circle: what should be before, and what behind.
    pub broken: Vec<(V, V)>,
}

impl<V> Default for Graph<V> {
    fn default() -> Self {
        Self {
            vertices: Vec::new(),
            numbers: FxHashMap::default(),
            musts: Vec::new(),
            wishes: Vec::new(),
        }
    }
}

impl<V: Clone + Eq + Hash> Graph<V> {
    /// Adds a vertex. They stand in the order in which they are added, as far as the edges allow.
    pub fn add(&mut self, vertex: V) {
        if !self.numbers.contains_key(&vertex) {
            self.numbers.insert(vertex.clone(), self.vertices.len());
            self.vertices.push(vertex);
        }
    }

    /// `before` must be before `after`. Vertices that were not added are passed over.
    pub fn must_be_before(&mut self, before: &V, after: &V) {
        if let Some(edge) = self.edge(before, after) {
            self.musts.push(edge);
        }
    }

    /// `before` had better be before `after`. Vertices that were not added are passed over.
    pub fn had_better_be_before(&mut self, before: &V, after: &V) {
        if let Some(edge) = self.edge(before, after) {
            self.wishes.push(edge);
        }
    }

    /// The vertices, in the order in which they were added.
    pub fn vertices(&self) -> &[V] {
        &self.vertices
    }

    /// Where in [`vertices`](Self::vertices) a vertex is.
    pub fn number(&self, vertex: &V) -> Option<usize> {
        self.numbers.get(vertex).copied()
    }

    /// The edges that must hold: the numbers of what is before, and of what is behind.
    pub fn musts(&self) -> &[(usize, usize)] {
        &self.musts
    }

    /// The edges that had better hold.
    pub fn wishes(&self) -> &[(usize, usize)] {
        &self.wishes
    }

    fn edge(&self, before: &V, after: &V) -> Option<(usize, usize)> {
        let edge = (*self.numbers.get(before)?, *self.numbers.get(after)?);
        (edge.0 != edge.1).then_some(edge)
    }

    /// The order: each vertex as soon as its turn comes, and right before it what it needs.
    pub fn order(self) -> Ordered<V> {
        let component = components(self.vertices.len(), self.musts.iter().chain(&self.wishes));
        let mut kept = Kept::new(component);
        let broken: Vec<(usize, usize)> = self
            .musts
            .iter()
            .copied()
            .filter(|&edge| !kept.add(edge))
            .collect();
        for &edge in &self.wishes {
            kept.add(edge);
        }
        let vertex = |number: usize| self.vertices[number].clone();
        Ordered {
            order: kept.walk().into_iter().map(vertex).collect(),
            broken: broken
                .into_iter()
                .map(|(before, after)| (vertex(before), vertex(after)))
                .collect(),
        }
    }
}

/// The edges that are kept: they never close a circle.
struct Kept {
    component: Vec<usize>,
    before: Vec<Vec<usize>>,
    visited: Vec<usize>,
    round: usize,
}

impl Kept {
    fn new(component: Vec<usize>) -> Self {
        let size = component.len();
        Self {
            component,
            before: vec![Vec::new(); size],
            visited: vec![0; size],
            round: 0,
        }
    }

    /// Keeps an edge, unless it would close a circle. It can do so only within one component.
    fn add(&mut self, (before, after): (usize, usize)) -> bool {
        if self.component[before] == self.component[after] && self.stands_before(after, before) {
            return false;
        }
        self.before[after].push(before);
        true
    }

    /// Whether the kept edges put `first` before `second`.
    fn stands_before(&mut self, first: usize, second: usize) -> bool {
        self.round += 1;
        let mut open = vec![second];
        while let Some(vertex) = open.pop() {
            if vertex == first {
                return true;
            }
            let within = self.component[vertex];
            for &next in &self.before[vertex] {
                if self.component[next] == within && self.visited[next] != self.round {
                    self.visited[next] = self.round;
                    open.push(next);
                }
            }
        }
        false
    }

    /// Every vertex in turn, each behind all that stands before it.
    fn walk(mut self) -> Vec<usize> {
        for before in &mut self.before {
            before.sort_unstable_by(|first, second| second.cmp(first));
            before.dedup();
        }
        let mut done = vec![false; self.before.len()];
        let mut order = Vec::with_capacity(done.len());
        for start in 0..self.before.len() {
            let mut open = vec![start];
            while let Some(&vertex) = open.last() {
                match self.before[vertex].pop() {
                    Some(next) if !done[next] => open.push(next),
                    Some(_) => {}
                    None => {
                        open.pop();
                        if !std::mem::replace(&mut done[vertex], true) {
                            order.push(vertex);
                        }
                    }
                }
            }
        }
        order
    }
}

/// The strongly connected component of each vertex (Tarjan 1972, without recursion).
fn components<'a>(size: usize, edges: impl Iterator<Item = &'a (usize, usize)>) -> Vec<usize> {
    let mut next = vec![Vec::new(); size];
    for &(before, after) in edges {
        next[before].push(after);
    }
    let mut search = Search {
        next,
        number: vec![usize::MAX; size],
        lowest: vec![0; size],
        component: vec![usize::MAX; size],
        stack: Vec::new(),
        count: 0,
        found: 0,
    };
    for start in 0..size {
        if search.number[start] == usize::MAX {
            search.from(start);
        }
    }
    search.component
}

struct Search {
    next: Vec<Vec<usize>>,
    number: Vec<usize>,
    lowest: Vec<usize>,
    component: Vec<usize>,
    stack: Vec<usize>,
    count: usize,
    found: usize,
}

impl Search {
    fn enter(&mut self, vertex: usize) {
        self.number[vertex] = self.count;
        self.lowest[vertex] = self.count;
        self.count += 1;
        self.stack.push(vertex);
    }

    fn from(&mut self, start: usize) {
        self.enter(start);
        let mut open = vec![(start, 0)];
        while let Some((vertex, at)) = open.pop() {
            if let Some(&next) = self.next[vertex].get(at) {
                open.push((vertex, at + 1));
                if self.number[next] == usize::MAX {
                    self.enter(next);
                    open.push((next, 0));
                } else if self.component[next] == usize::MAX {
                    self.lowest[vertex] = self.lowest[vertex].min(self.number[next]);
                }
                continue;
            }
            if self.lowest[vertex] == self.number[vertex] {
                self.close(vertex);
            }
            if let Some(&(parent, _)) = open.last() {
                self.lowest[parent] = self.lowest[parent].min(self.lowest[vertex]);
            }
        }
    }

    /// Everything above the vertex on the stack is one component with it.
    fn close(&mut self, vertex: usize) {
        while let Some(member) = self.stack.pop() {
            self.component[member] = self.found;
            if member == vertex {
                break;
            }
        }
        self.found += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn graph(vertices: &[&'static str]) -> Graph<&'static str> {
        let mut graph = Graph::default();
        for vertex in vertices {
            graph.add(*vertex);
        }
        graph
    }

    #[test]
    fn without_edges_the_order_is_that_of_adding() {
        assert_eq!(graph(&["b", "a", "c"]).order().order, ["b", "a", "c"]);
    }

    #[test]
    fn what_is_needed_stands_right_before_what_needs_it() {
        let mut graph = graph(&["a", "b", "c", "d"]);
        graph.must_be_before(&"d", &"b");
        graph.must_be_before(&"c", &"d");
        assert_eq!(graph.order().order, ["a", "c", "d", "b"]);
    }

    #[test]
    fn a_wish_gives_way_to_what_must_be() {
        let mut graph = graph(&["a", "b", "c"]);
        graph.had_better_be_before(&"c", &"b");
        graph.had_better_be_before(&"b", &"a");
        graph.must_be_before(&"a", &"c");
        let ordered = graph.order();
        assert_eq!(ordered.order, ["a", "c", "b"]);
        assert_eq!(ordered.broken, []);
    }

    #[test]
    fn a_circle_of_what_must_be_is_reported_and_everything_is_there() {
        let mut graph = graph(&["a", "b", "c"]);
        graph.must_be_before(&"a", &"b");
        graph.must_be_before(&"b", &"a");
        graph.must_be_before(&"c", &"a");
        let ordered = graph.order();
        assert_eq!(ordered.order, ["c", "a", "b"]);
        assert_eq!(ordered.broken, [("b", "a")]);
    }

    #[test]
    fn a_long_chain_needs_no_deep_stack() {
        let mut graph = Graph::default();
        for number in 0..100_000_u32 {
            graph.add(number);
        }
        for number in 1..100_000_u32 {
            graph.must_be_before(&number, &(number - 1));
        }
        let order = graph.order().order;
        assert_eq!(order.first(), Some(&99_999));
        assert_eq!(order.last(), Some(&0));
    }
}
