//! Java's `.properties` files, and as much of YAML as Spring's settings are written in.

/// The keys and values of a `.properties` file (`java.util.Properties.load`), without escapes by number.
pub(super) fn read(text: &str) -> Vec<(String, String)> {
    let mut entries = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let mut line = line.trim_start().to_owned();
        if line.is_empty() || line.starts_with(['#', '!']) {
            continue;
        }
        while line.ends_with('\\') {
            line.pop();
            line.push_str(lines.next().unwrap_or_default().trim_start());
        }
        let end = line.find(['=', ':', ' ', '\t']).unwrap_or(line.len());
        let value = line[end..].trim_start();
        let value = value.strip_prefix(['=', ':']).unwrap_or(value).trim();
        entries.push((line[..end].to_owned(), unescaped(value)));
    }
    entries
}

fn unescaped(value: &str) -> String {
    let mut text = String::new();
    let mut chars = value.chars();
    while let Some(c) = chars.next() {
        match (c, c == '\\') {
            (_, true) => text.extend(chars.next().map(|escaped| match escaped {
                'n' => '\n',
                't' => '\t',
                'r' => '\r',
                other => other,
            })),
            (c, false) => text.push(c),
        }
    }
    text
}

/// The plain values of a YAML file under their full keys; several documents are read as one, and the items
/// of a list have the list's key.
pub(super) fn yaml(text: &str) -> Vec<(String, String)> {
    let mut entries = Vec::new();
    let mut path: Vec<(usize, String)> = Vec::new();
    for line in text.lines() {
        let content = line.trim_start();
        if content.is_empty() || content.starts_with('#') || content.starts_with("---") {
            continue;
        }
        let indent = line.len() - content.len();
        if let Some(item) = content.strip_prefix("- ") {
            while path.last().is_some_and(|(at, _)| *at > indent) {
                path.pop();
            }
            entries.push((full(&path, ""), scalar(item)));
            continue;
        }
        while path.last().is_some_and(|(at, _)| *at >= indent) {
            path.pop();
        }
        let Some((key, value)) = content.split_once(':') else {
            continue;
        };
        let key = key.trim().trim_matches(['"', '\'']).to_owned();
        let value = value.trim();
        if value.is_empty() || value.starts_with('#') {
            path.push((indent, key));
            continue;
        }
        match value.strip_prefix('[').and_then(|v| v.strip_suffix(']')) {
            Some(items) => {
                let items: Vec<String> = items.split(',').map(scalar).collect();
                entries.push((full(&path, &key), items.join(",")));
            }
            None => entries.push((full(&path, &key), scalar(value))),
        }
    }
    entries
}

fn full(path: &[(usize, String)], key: &str) -> String {
    let mut parts: Vec<&str> = path.iter().map(|(_, key)| key.as_str()).collect();
    parts.extend(Some(key).filter(|key| !key.is_empty()));
    parts.join(".")
}

fn scalar(text: &str) -> String {
    let text = text.trim();
    for quote in ['"', '\''] {
        if let Some(rest) = text.strip_prefix(quote)
            && let Some((inside, _)) = rest.split_once(quote)
        {
            return inside.to_owned();
        }
    }
    text.split(" #")
        .next()
        .unwrap_or_default()
        .trim()
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair(key: &str, value: &str) -> (String, String) {
        (key.to_owned(), value.to_owned())
    }

    #[test]
    fn properties_are_read_as_java_reads_them() {
        let text = "# a comment\nflyway.table = history\nflyway.schemas:a,b\n  flyway.locations=one,\\\n    two\nx\n";
        let expected = [
            pair("flyway.table", "history"),
            pair("flyway.schemas", "a,b"),
            pair("flyway.locations", "one,two"),
            pair("x", ""),
        ];
        assert_eq!(read(text), expected);
    }

    #[test]
    fn yaml_of_spring_is_flattened() {
        let text = "spring:\n  application:\n    name: x # name\n  flyway:\n    locations:\n      - classpath:a\n      - \"classpath:b\"\n    schemas: [one, two]\n    placeholders:\n      owner: 'it'\nspring.flyway.table: h\n";
        let expected = [
            pair("spring.application.name", "x"),
            pair("spring.flyway.locations", "classpath:a"),
            pair("spring.flyway.locations", "classpath:b"),
            pair("spring.flyway.schemas", "one,two"),
            pair("spring.flyway.placeholders.owner", "it"),
            pair("spring.flyway.table", "h"),
        ];
        assert_eq!(yaml(text), expected);
    }
}
