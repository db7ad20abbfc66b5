//! Constants of `jsonb`: keys in order of their lengths, one space behind `:` and `,` (`jsonb.c`, `jsonb_util.c`,
//! `lengthCompareJsonbString`).

use serde_json::Value;

use super::{
    context::Side,
    tree::{Head, Tree},
};

/// Writes a document as the server prints it; one with fractions stays, since their digits would have to be kept.
pub(super) fn absorb(tree: &mut Tree, _: &Side<'_>) {
    let Head::Cast(to) = &tree.head else { return };
    if !to.is("jsonb") {
        return;
    }
    if let Some(Tree {
        head: Head::Text(text),
        ..
    }) = tree.parts.first_mut()
        && let Ok(value) = serde_json::from_str::<Value>(text)
    {
        let mut printed = String::new();
        if print(&value, &mut printed) {
            *text = printed;
        }
    }
}

/// `false` where the document has what cannot be printed exactly.
fn print(value: &Value, out: &mut String) -> bool {
    match value {
        Value::Number(number) if number.is_f64() => return false,
        Value::Array(items) => {
            out.push('[');
            for (place, item) in items.iter().enumerate() {
                out.push_str(if place == 0 { "" } else { ", " });
                if !print(item, out) {
                    return false;
                }
            }
            out.push(']');
        }
        Value::Object(entries) => {
            let mut entries: Vec<(&String, &Value)> = entries.iter().collect();
            entries.sort_by_key(|(key, _)| (key.len(), key.as_bytes()));
            out.push('{');
            for (place, (key, item)) in entries.into_iter().enumerate() {
                out.push_str(if place == 0 { "" } else { ", " });
                out.push_str(&Value::from(key.as_str()).to_string());
                out.push_str(": ");
                if !print(item, out) {
                    return false;
                }
            }
            out.push('}');
        }
        plain => out.push_str(&plain.to_string()),
    }
    true
}
