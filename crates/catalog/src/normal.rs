//! Whether two expressions are the same, although one is as a person wrote it and the other as a server printed it,
//! or both as servers of different major versions did.
//!
//! Both become trees (`tree.rs`, `build.rs`), every habit of the server is absorbed in both (`rules.rs`; one habit
//! per file: each is pure, and neither how often nor in which order they are applied matters), and what is left is
//! compared (`agree.rs`). No server is asked: what depends on functions, operators or settings that only a server
//! knows is [`Verdict::Unclear`].

mod agree;
mod arrays;
mod branches;
mod build;
mod casts;
mod connectives;
mod context;
mod documents;
mod functions;
mod inference;
mod literals;
mod membership;
mod names;
mod operators;
mod queries;
mod rules;
mod spellings;
mod syntax;
mod target;
mod tree;
mod types;
mod whole_rows;

use squawk_syntax::SyntaxKind;

use crate::{Catalog, DataType, Expr, Origin, QName};
use context::Side;
pub use tree::{Head, Tree};

/// What comparing two expressions gave. The greater one prevails where parts differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// They mean the same: servers that stored them would hold the same. It is never said of two that do not.
    Same,
    /// They may mean the same; it depends on what only a server knows: the types of functions and operators, how
    /// it prints a constant, a `search_path`. Also where one of them is no SQL that can be read here.
    Unclear,
    /// They differ in something that no habit of a server explains that is known here. That is no proof: a server
    /// may still print them alike, so who has one at hand lets it print both.
    Different,
}

/// What is known around two expressions.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// The schema that the first belongs to.
    pub first: &'a Catalog,
    /// The schema that the second belongs to.
    pub second: &'a Catalog,
    /// What both of them are for.
    pub about: About<'a>,
}

/// What an expression is for: which columns it may name, and what its value becomes.
#[derive(Debug, Clone, Copy, Default)]
pub struct About<'a> {
    /// The table whose columns it may name without anything in front.
    table: Option<&'a QName>,
    /// The type that its value is made to be.
    target: Option<&'a DataType>,
    /// Whether the columns are those of the rows `new` and `old`.
    rows: bool,
    /// The type of `VALUE`.
    value: Option<&'a DataType>,
    /// What kind of text it is.
    form: Form,
}

/// What kind of text an expression is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Form {
    #[default]
    Expression,
    Statements,
    Bound,
}

impl<'a> About<'a> {
    /// A value for something of this type: a default, a generated column.
    pub fn value(table: Option<&'a QName>, target: &'a DataType) -> Self {
        Self {
            table,
            target: Some(target),
            ..Self::default()
        }
    }

    /// A condition on the rows of a table: a check, a predicate, a policy.
    pub fn condition(table: Option<&'a QName>) -> Self {
        Self {
            table,
            ..Self::default()
        }
    }

    /// What an index or a partitioned table is over.
    pub fn operand(table: &'a QName) -> Self {
        Self::condition(Some(table))
    }

    /// The condition of a trigger or rule, about the rows `new` and `old`.
    pub fn rows(table: &'a QName) -> Self {
        Self {
            table: Some(table),
            rows: true,
            ..Self::default()
        }
    }

    /// The `CHECK` of a domain, about `VALUE`.
    pub fn domain(base: &'a DataType) -> Self {
        Self {
            value: Some(base),
            ..Self::default()
        }
    }

    /// The bound of a partition: `FOR VALUES …`.
    pub fn bound() -> Self {
        Self {
            form: Form::Bound,
            ..Self::default()
        }
    }

    /// The query of a view.
    pub fn query() -> Self {
        Self::statement()
    }

    /// A statement, or several.
    pub fn statement() -> Self {
        Self {
            form: Form::Statements,
            ..Self::default()
        }
    }

    fn is_bound(self) -> bool {
        self.form == Form::Bound
    }

    /// Whether columns are looked for in relations that the text itself names.
    fn is_statement(self) -> bool {
        self.form == Form::Statements
    }
}

/// Whether two expressions mean the same, as far as that can be told without a server.
pub fn compare(first: &Expr, second: &Expr, context: &Context<'_>) -> Verdict {
    if first.text == second.text && first.origin == second.origin {
        return Verdict::Same;
    }
    let about = context.about;
    let trees = build::parse(&first.text, about.form).zip(build::parse(&second.text, about.form));
    let Some((mut first_tree, mut second_tree)) = trees else {
        return Verdict::Unclear;
    };
    let pair = agree::Pair {
        first: side(&mut first_tree, context.first, about),
        second: side(&mut second_tree, context.second, about),
        both_printed: first.origin == Origin::Printed && second.origin == Origin::Printed,
    };
    let has_star = first_tree.any(&is_star) != second_tree.any(&is_star);
    let has_function = first_tree.any(&is_function_item);
    let settled = |tree, side| rules::settled(tree, side, rules::RULES);
    let verdict = pair.agree(
        &settled(first_tree, &pair.first),
        &settled(second_tree, &pair.second),
    );
    // A server prints the columns that `*` stood for, and what a function's columns are called.
    if has_star || has_function {
        verdict.min(Verdict::Unclear)
    } else {
        verdict
    }
}

/// An expression as a tree in the form that all habits of servers lead to, for whoever has to know what it says: `IN` is
/// `= ANY`, `BETWEEN` two comparisons, `LIKE` is `~~`. `None` where it is no SQL that can be read here.
pub fn tree(expression: &Expr, catalog: &Catalog, about: About<'_>) -> Option<Tree> {
    let mut tree = build::parse(&expression.text, about.form)?;
    let side = side(&mut tree, catalog, about);
    Some(rules::settled(tree, &side, rules::RULES))
}

/// What is known around a tree; of a query also the table that it reads, where it is a single one.
fn side<'a>(tree: &mut tree::Tree, catalog: &'a Catalog, about: About<'a>) -> Side<'a> {
    let mut side = Side { catalog, about };
    if about.is_statement()
        && let Some(table) = queries::absorb(tree, &side)
    {
        side.about.table = Some(table);
    }
    side
}

/// `*` or `relation.*` among the results of a query.
fn is_star(node: &tree::Tree) -> bool {
    matches!(
        &node.head,
        tree::Head::Syntax(SyntaxKind::TARGET | SyntaxKind::FIELD_EXPR)
    ) && node
        .parts
        .iter()
        .any(|part| matches!(&part.head, tree::Head::Word(word) if word == "*"))
}

/// A function in `FROM`.
fn is_function_item(node: &tree::Tree) -> bool {
    node.head == tree::Head::Syntax(SyntaxKind::FUNCTION_FROM_ITEM)
}

#[cfg(test)]
mod tests;
