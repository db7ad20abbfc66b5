use squawk_syntax::SourceFile;
fn main() {
    for arg in std::env::args().skip(1) {
        let p = SourceFile::parse(&arg);
        println!("== {arg}");
        fn go(n: &squawk_syntax::SyntaxNode, d: usize) {
            for c in n.children_with_tokens() {
                match c {
                    squawk_syntax::SyntaxElement::Node(n) => {
                        println!("{}{:?}", " ".repeat(d), n.kind());
                        go(&n, d + 1);
                    }
                    squawk_syntax::SyntaxElement::Token(t) => {
                        if !t.text().trim().is_empty() {
                            println!("{}'{}'", " ".repeat(d), t.text());
                        }
                    }
                }
            }
        }
        go(&p.syntax_node(), 0);
        for e in p.errors() {
            println!("ERR {e:?}");
        }
    }
}
