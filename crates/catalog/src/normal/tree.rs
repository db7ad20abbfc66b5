//! An expression as a tree in which redundant parentheses, white space, comments, the case of words and the quoting
//! of names and texts are gone.

use squawk_syntax::SyntaxKind;

use crate::{DataType, Name};

/// A node: what it is, and its parts in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tree {
    /// What it is.
    pub head: Head,
    /// What it is made of, in order.
    pub parts: Vec<Tree>,
}

/// What a node is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Head {
    /// A text constant whose type is not said.
    Text(String),
    /// A number, perhaps with a minus.
    Number(String),
    /// `true` or `false`.
    Bool(bool),
    /// `NULL`.
    Null,
    /// A name with what is in front of it: `a`, `t.a`, `s.t.a`; the last part is the column.
    Column(Vec<Name>),
    /// A cast of its part.
    Cast(DataType),
    /// A plain call; schema (unless it is `pg_catalog`) and name.
    Call(Vec<Name>),
    /// An operator with one or two operands: its symbol, or its words in lower case.
    Operator(String),
    /// `AND` of two or more.
    And,
    /// `OR` of two or more.
    Or,
    /// `NOT`.
    Not,
    /// `left operator ANY (right)`, and `ALL`.
    Quantified {
        /// The operator.
        symbol: String,
        /// `ALL` rather than `ANY`.
        all: bool,
    },
    /// `left IN (…)`.
    In {
        /// `NOT IN`.
        not: bool,
    },
    /// `value BETWEEN low AND high`.
    Between {
        /// `NOT BETWEEN`.
        not: bool,
    },
    /// `IS NULL`, `IS NOT TRUE`…: the words behind `IS`.
    Is(String),
    /// `ARRAY[…]`.
    Array,
    /// `ROW(…)` or `(…, …)`.
    Row,
    /// `COLLATE`.
    Collate(Vec<Name>),
    /// A type where it is no cast.
    Type(DataType),
    /// Any other piece of syntax, with its words.
    Syntax(SyntaxKind),
    /// A word or sign of one.
    Word(String),
    /// The name of something that is no column of the expression: a relation, an alias, a label.
    Named(Vec<Name>),
}

impl Tree {
    /// A node with parts.
    pub fn new(head: Head, parts: Vec<Tree>) -> Self {
        Self { head, parts }
    }

    /// A node without parts.
    pub fn leaf(head: Head) -> Self {
        Self::new(head, Vec::new())
    }

    /// A call of a function of the server's.
    pub(crate) fn call(name: &str, parts: Vec<Tree>) -> Self {
        Self::new(Head::Call(vec![Name::stored(name)]), parts)
    }

    /// An operator with its operands.
    pub fn operator(symbol: &str, parts: Vec<Tree>) -> Self {
        Self::new(Head::Operator(symbol.to_owned()), parts)
    }

    /// This, cast.
    pub fn cast(self, to: DataType) -> Self {
        Self::new(Head::Cast(to), vec![self])
    }

    /// What is left when all casts on top are taken off.
    pub fn uncast(&self) -> &Self {
        match (&self.head, self.parts.first()) {
            (Head::Cast(_), Some(inner)) => inner.uncast(),
            _ => self,
        }
    }

    /// The name of a call of one of the server's functions.
    pub fn called(&self) -> Option<&str> {
        match &self.head {
            Head::Call(name) if name.len() == 1 => Some(name[0].as_str()),
            _ => None,
        }
    }

    /// A constant whose type is still open.
    pub(crate) fn is_open(&self) -> bool {
        match &self.head {
            Head::Text(_) | Head::Null => true,
            Head::Collate(_) => self.parts.iter().all(Self::is_open),
            _ => false,
        }
    }

    /// Applies something to every node, parts first.
    pub(crate) fn each(&mut self, visit: &mut dyn FnMut(&mut Tree)) {
        for part in &mut self.parts {
            part.each(visit);
        }
        visit(self);
    }

    /// Whether a node anywhere in it is such.
    pub fn any(&self, is: &dyn Fn(&Tree) -> bool) -> bool {
        is(self) || self.parts.iter().any(|part| part.any(is))
    }

    /// Takes it, leaving `NULL` in its place.
    pub(crate) fn take(&mut self) -> Self {
        std::mem::replace(self, Self::leaf(Head::Null))
    }
}
