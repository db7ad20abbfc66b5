use std::time::Instant;
use segue_embedded::*;
use tokio_postgres::*;
async fn conn(e:&Embedded, db:&str)->Result<(Client,tokio::task::JoinHandle<Result<(),Error>>),Error>{
    let p=e.endpoint();
    let (c,d)=Config::new().host(&p.host).port(p.port).user(&p.user).dbname(db).connect(NoTls).await?;
    Ok((c,tokio::spawn(d)))
}
async fn show(c:&Client,sql:&str){
    let t=Instant::now();
    match c.simple_query(sql).await { Ok(r)=>{ for m in r { if let SimpleQueryMessage::Row(r)=m { print!("[{}] ", (0..r.len()).map(|i|r.get(i).unwrap_or("NULL")).collect::<Vec<_>>().join("|")); } } println!("<- {sql} {:?}",t.elapsed()); }, Err(e)=>println!("ERR {:?} <- {sql} {:?}", e.as_db_error().map(|d|d.to_string()).unwrap_or(e.to_string()), t.elapsed()) }
}
fn rss()->String{ std::fs::read_to_string("/proc/self/status").unwrap().lines().filter(|l|l.starts_with("VmRSS")||l.starts_with("VmHWM")).collect::<Vec<_>>().join(" ")}

#[tokio::test]
async fn explore(){
    use futures_util::SinkExt; use futures_util::StreamExt;
    let d=tempfile::tempdir().unwrap();
    let t=Instant::now();
    let e=Embedded::open(&d.path().join("pg"),&[]).unwrap();
    println!("open warm cache, new cluster {:?} {}",t.elapsed(),rss());
    println!("{:?}", std::process::Command::new("du").arg("-sh").arg(d.path()).output().map(|o|String::from_utf8_lossy(&o.stdout).to_string()));
    for i in 0..12 { let t=Instant::now(); let (c,_j)=conn(&e,"segue").await.unwrap(); println!("c{i} {:?} {}",t.elapsed(),rss()); show(&c,"select 1").await; drop(c);}
    let all:Vec<String>=["age","amcheck","auto_explain","bloom","btree_gin","btree_gist","citext","cube","dict_int","dict_xsyn","earthdistance","file_fdw","fuzzystrmatch","hstore","intarray","isn","lo","ltree","pageinspect","pg_buffercache","pg_freespacemap","pg_hashids","pg_ivm","pg_surgery","pg_textsearch","pg_trgm","pg_uuidv7","pg_visibility","pg_walinspect","pgtap","seg","tablefunc","tcn","tsm_system_rows","tsm_system_time","unaccent","vector"].iter().map(|s|s.to_string()).collect();
    for n in &all { if !supports(n){println!("UNSUPPORTED {n}");}}
    let t=Instant::now(); e.add_extensions(&all).unwrap(); println!("install all {:?}",t.elapsed());
    for i in 0..3 { let t=Instant::now(); let (c,_j)=conn(&e,"segue").await.unwrap(); println!("c{i} {:?} {}",t.elapsed(),rss()); 
      if i==0 { for n in &all { show(&c,&format!("create extension if not exists {n} cascade")).await; } println!("{}",rss()); for n in &all { show(&c,&format!("drop extension if exists {n} cascade")).await; } } drop(c);}
    let (c,j)=conn(&e,"segue").await.unwrap();
    show(&c,"create table big as select g id, repeat('x',100) t from generate_series(1,300000) g").await;
    let sink=c.copy_in("copy big from stdin").await.unwrap(); let mut sink=Box::pin(sink);
    let t=Instant::now();
    for _ in 0..100 { sink.send(futures_util_bytes(&"5\tabc\n".repeat(1000))).await.unwrap(); }
    println!("copied {} {:?}",sink.as_mut().finish().await.unwrap(),t.elapsed());
    show(&c,"select count(*) from big").await;
    show(&c,"select count(*) from big").await;
    let out=c.copy_out("copy big to stdout").await.unwrap(); let mut out=Box::pin(out); let mut n=0; let t=Instant::now(); while let Some(b)=out.next().await { n+=b.unwrap().len(); } println!("copy out {n} {:?}",t.elapsed());
    show(&c,"select 2").await;
    println!("prepared {:?}", c.query_one("select $1::int8+1",&[&41i64]).await.unwrap().get::<_,i64>(0));
    show(&c,"do $$ begin raise notice 'hello'; end $$; listen a; notify a,'x'").await;
    show(&c,"select 1/0; select 3").await;
    show(&c,"bad; ").await;
    show(&c,"begin; select 1; create temp table x(a int); commit; select 5").await;
    // copy aborted by dropping
    let sink=c.copy_in("copy big from stdin").await.unwrap(); let mut sink=Box::pin(sink); 
    sink.send(futures_util_bytes("7\tabc\n")).await.unwrap(); drop(sink);
    show(&c,"select count(*) from big").await;
    // drop in the middle of COPY
    let sink=c.copy_in("copy big from stdin").await.unwrap(); let mut sink=Box::pin(sink); 
    sink.send(futures_util_bytes("7\tabc\n")).await.unwrap(); j.abort(); drop(sink); drop(c);
    let t=Instant::now();
    let (c,j)=conn(&e,"segue").await.unwrap(); println!("after aborted copy {:?}",t.elapsed());
    show(&c,"select count(*) from big").await;
    // drop in the middle of a large answer
    let c=std::sync::Arc::new(c); let c2=c.clone();
    let q=tokio::spawn(async move { c2.simple_query("select a.*,repeat('y',1000) from big a").await.map(|r|r.len()) });
    tokio::time::sleep(std::time::Duration::from_millis(50)).await; j.abort(); q.abort(); drop(c);
    let t=Instant::now();
    let (c,j)=conn(&e,"segue").await.unwrap(); println!("after aborted answer {:?}",t.elapsed());
    show(&c,"select count(*) from big").await;
    let q=tokio::spawn(async move { c.simple_query("select pg_sleep(7)").await.map(|r|r.len()) });
    tokio::time::sleep(std::time::Duration::from_millis(50)).await; j.abort(); q.abort();
    let t=Instant::now();
    let r=conn(&e,"segue").await; println!("busy: {:?} {:?}",r.err().map(|e|format!("{e} {:?}",e.as_db_error())),t.elapsed());
    let t=Instant::now(); println!("close {:?} {:?}",e.close(),t.elapsed());
}
fn futures_util_bytes(s:&str)->std::io::Cursor<Vec<u8>>{ std::io::Cursor::new(s.as_bytes().to_vec()) }
