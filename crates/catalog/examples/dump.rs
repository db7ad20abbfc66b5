use squawk_syntax::ast::AstNode;
fn main(){ for a in std::env::args().skip(1) { let p = squawk_syntax::SourceFile::parse(&format!("select {a}")); println!("{:#?}\n{:?}", p.tree().syntax(), p.errors()); } }
