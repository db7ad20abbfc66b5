//! What a `go.mod` names, as evidence for a layout.

use crate::Folder;

/// Whether the module file in this folder names the module, whatever its major version, as one that the
/// project itself uses: in `require` without `// indirect`, or in `tool`.
pub(crate) fn names_module(folder: &Folder, module: &str) -> bool {
    if !folder.has("go.mod") {
        return false;
    }
    folder
        .text("go.mod")
        .is_ok_and(|text| text.raw.lines().any(|line| line_names(line, module)))
}

fn line_names(line: &str, module: &str) -> bool {
    let (code, comment) = line.split_once("//").unwrap_or((line, ""));
    if comment.trim() == "indirect" || code.trim_start().starts_with("module ") {
        return false;
    }
    code.split_whitespace().any(|word| {
        word.strip_prefix(module)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    })
}

#[cfg(test)]
mod tests {
    use super::line_names;

    const GOOSE: &str = "github.com/pressly/goose";

    #[test]
    fn a_module_is_found_where_the_project_uses_it() {
        assert!(line_names(
            "require github.com/pressly/goose/v3 v3.24.0",
            GOOSE
        ));
        assert!(line_names(
            "\tgithub.com/pressly/goose v2.7.0+incompatible",
            GOOSE
        ));
        assert!(line_names(
            "tool github.com/pressly/goose/v3/cmd/goose",
            GOOSE
        ));
        assert!(!line_names(
            "\tgithub.com/pressly/goose/v3 v3.24.0 // indirect",
            GOOSE
        ));
        assert!(!line_names("module github.com/pressly/goose/v3", GOOSE));
        assert!(!line_names("\tgithub.com/pressly/gooseberry v1.0.0", GOOSE));
        assert!(!line_names("// github.com/pressly/goose/v3", GOOSE));
    }
}
