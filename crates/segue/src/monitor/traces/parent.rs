//! The span that a command is a part of: a pipeline that has a trace of its own says it in `TRACEPARENT`
//! (opentelemetry.io, "Environment Variables as Context Propagation Carriers"; w3.org, "Trace Context").

use std::env;

use opentelemetry::{SpanId, TraceId};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Parent {
    pub(super) trace: TraceId,
    pub(super) span: SpanId,
}

impl Parent {
    pub(super) fn of_environment() -> Option<Self> {
        Self::of(&env::var("TRACEPARENT").ok()?)
    }

    /// Reads `00-TRACE-SPAN-FLAGS`; what is something else is no parent.
    fn of(text: &str) -> Option<Self> {
        let parts: Vec<&str> = text.trim().split('-').collect();
        let [version, trace, span, _, ..] = parts.as_slice() else {
            return None;
        };
        if version.len() != 2 || *version == "ff" || trace.len() != 32 || span.len() != 16 {
            return None;
        }
        let (trace, span) = (TraceId::from_hex(trace).ok()?, SpanId::from_hex(span).ok()?);
        let is_one = trace != TraceId::INVALID && span != SpanId::INVALID;
        is_one.then_some(Self { trace, span })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parent_is_read_and_what_is_none_is_left_alone() {
        let text = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        let parent = Parent::of(text).expect("it is one");
        assert_eq!(parent.trace.to_string(), "4bf92f3577b34da6a3ce929d0e0e4736");
        assert_eq!(parent.span.to_string(), "00f067aa0ba902b7");
        for text in [
            "",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e473g-00f067aa0ba902b7-01",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        ] {
            assert_eq!(Parent::of(text), None, "{text}");
        }
    }
}
