//! How a sequence counts, by its options (`init_params` in `sequence.c`).

use squawk_syntax::ast::{self, AstNode};

use super::super::{Context, expression};
use crate::{DataType, model::SequenceOptions};

/// What a statement says, option by option; the outer `Option` of a bound: whether it says anything of it.
#[derive(Default)]
struct Said {
    data_type: Option<DataType>,
    start: Option<i64>,
    increment: Option<i64>,
    min: Option<Option<i64>>,
    max: Option<Option<i64>>,
    cache: Option<i64>,
    cycle: Option<bool>,
}

impl Context<'_> {
    /// The options of a new sequence. `data_type`: of the column that it is made for.
    pub(crate) fn new_sequence_options(
        &mut self,
        node: &impl AstNode,
        options: impl Iterator<Item = ast::SequenceOption>,
        data_type: Option<DataType>,
    ) -> Option<SequenceOptions> {
        let mut said = self.said(options)?;
        said.data_type = said.data_type.or(data_type);
        let data_type = said.data_type.take().unwrap_or_else(|| "bigint".into());
        if !is_countable(&data_type) {
            let message = "sequence type must be smallint, integer, or bigint";
            self.problem(node.syntax(), message);
            return None;
        }
        let made = combine(SequenceOptions::of(data_type), &said, true, (false, false));
        self.checked(node, made)
    }

    /// The options after an `ALTER SEQUENCE`, or of an identity column.
    pub(crate) fn altered_sequence_options(
        &mut self,
        node: &impl AstNode,
        options: impl Iterator<Item = ast::SequenceOption>,
        before: &SequenceOptions,
    ) -> Option<SequenceOptions> {
        let said = self.said(options)?;
        let mut after = before.clone();
        let mut adjust = (false, false);
        if let Some(data_type) = &said.data_type
            && *data_type != before.data_type
        {
            // bounds that were those of the old type become those of the new one
            let (least, greatest) = SequenceOptions::bounds(&before.data_type);
            adjust = (before.min == least, before.max == greatest);
            after.data_type = data_type.clone();
        }
        self.checked(node, combine(after, &said, false, adjust))
    }

    fn said(&mut self, options: impl Iterator<Item = ast::SequenceOption>) -> Option<Said> {
        let mut said = Said::default();
        let number = |expr: Option<ast::Expr>| expr.as_ref().and_then(expression::integer);
        for option in options {
            match option {
                ast::SequenceOption::OptionAsType(of) => {
                    said.data_type = Some(self.data_type(&of.ty()?)?);
                }
                ast::SequenceOption::OptionCache(of) => said.cache = number(of.expr()),
                ast::SequenceOption::OptionIncrement(of) => said.increment = number(of.expr()),
                ast::SequenceOption::OptionStart(of) => said.start = number(of.expr()),
                ast::SequenceOption::OptionMaxValue(of) => said.max = Some(number(of.expr())),
                ast::SequenceOption::OptionMinValue(of) => said.min = Some(number(of.expr())),
                ast::SequenceOption::OptionNoMaxValue(_) => said.max = Some(None),
                ast::SequenceOption::OptionNoMinValue(_) => said.min = Some(None),
                ast::SequenceOption::OptionCycle(_) => said.cycle = Some(true),
                ast::SequenceOption::OptionNoCycle(_) => said.cycle = Some(false),
                // the name and the owner are the statement's business, the present value is data
                ast::SequenceOption::OptionSequenceName(_)
                | ast::SequenceOption::OptionOwnedBy(_)
                | ast::SequenceOption::OptionRestart(_)
                | ast::SequenceOption::OptionLogged(_)
                | ast::SequenceOption::OptionUnlogged(_) => {}
            }
        }
        Some(said)
    }

    fn checked(&mut self, node: &impl AstNode, made: SequenceOptions) -> Option<SequenceOptions> {
        let message = if made.increment == 0 {
            "INCREMENT must not be zero".to_owned()
        } else if made.min >= made.max {
            let (min, max) = (made.min, made.max);
            format!("MINVALUE ({min}) must be less than MAXVALUE ({max})")
        } else if made.start < made.min {
            let (start, min) = (made.start, made.min);
            format!("START value ({start}) cannot be less than MINVALUE ({min})")
        } else if made.start > made.max {
            let (start, max) = (made.start, made.max);
            format!("START value ({start}) cannot be greater than MAXVALUE ({max})")
        } else {
            return Some(made);
        };
        self.problem(node.syntax(), message);
        None
    }
}

fn is_countable(data_type: &DataType) -> bool {
    ["smallint", "integer", "bigint"]
        .iter()
        .any(|name| data_type.is(name))
}

/// `adjust`: whether the least and the greatest value follow the type.
fn combine(
    mut made: SequenceOptions,
    said: &Said,
    new: bool,
    adjust: (bool, bool),
) -> SequenceOptions {
    let (least, greatest) = SequenceOptions::bounds(&made.data_type);
    made.increment = said.increment.unwrap_or(made.increment);
    made.cycle = said.cycle.unwrap_or(made.cycle);
    made.cache = said.cache.unwrap_or(made.cache);
    let ascending = made.increment > 0;
    match said.max {
        Some(Some(max)) => made.max = max,
        None if !new && !adjust.1 => {}
        _ => made.max = if ascending || adjust.1 { greatest } else { -1 },
    }
    match said.min {
        Some(Some(min)) => made.min = min,
        None if !new && !adjust.0 => {}
        _ => made.min = if !ascending || adjust.0 { least } else { 1 },
    }
    made.start = match said.start {
        Some(start) => start,
        None if !new => made.start,
        None if ascending => made.min,
        None => made.max,
    };
    made
}
