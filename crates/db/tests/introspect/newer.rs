//! A server that says that it is newer than any that is known. There is none, so a real one is made to say so: what it
//! answers goes through here, and its version is written over on the way.

use segue_catalog::compare;
use segue_db::introspect;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream, UnixStream},
};

use crate::Server;

/// Far from now, and of as many digits as the versions of today.
const NEWER: &[u8] = b"99";

/// Passes on one connection. The first row that the server sends is the answer to what version it is.
async fn pass_on(mut client: TcpStream, server: UnixStream, version: String) {
    let (mut from_server, mut to_server) = server.into_split();
    let (mut from_client, mut to_client) = client.split();
    let answers = async {
        let mut is_told = false;
        loop {
            // protocol-message-formats.html: a kind, a length that counts itself, and the rest
            let mut head = [0; 5];
            if from_server.read_exact(&mut head).await.is_err() {
                break;
            }
            let length = u32::from_be_bytes([head[1], head[2], head[3], head[4]]);
            let mut body = vec![0; usize::try_from(length).expect("it fits") - 4];
            from_server.read_exact(&mut body).await.expect("all of it");
            if head[0] == b'D' && !is_told {
                // how many columns, and how long the first is
                let first = &mut body[6..6 + version.len()];
                assert_eq!(first, version.as_bytes(), "it is the version");
                first.copy_from_slice(NEWER);
                is_told = true;
            }
            to_client.write_all(&head).await.expect("it goes on");
            to_client.write_all(&body).await.expect("it goes on");
        }
    };
    let questions = async {
        let _ = tokio::io::copy(&mut from_client, &mut to_server).await;
    };
    tokio::join!(answers, questions);
}

#[tokio::test]
async fn a_newer_server_is_read_and_that_it_is_newer_is_said() {
    let Some(server) = Server::with(include_str!("constraints.sql")) else {
        return;
    };
    if server.major < 18 {
        eprintln!(
            "skipped: a newer server has what PostgreSQL 18 has, this is {}",
            server.major
        );
        return;
    }
    let whole = server.introspected().await.catalog;
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let socket = server.cluster.socket_dir().join(".s.PGSQL.5432");
    let version = server.major.to_string();
    tokio::spawn(async move {
        let (client, _) = listener.accept().await.expect("it connects");
        let server = UnixStream::connect(socket).await.expect("the server");
        pass_on(client, server, version).await;
    });
    let database = server.url.split('?').next().expect("a URL");
    let database = database.rsplit('/').next().expect("a database");
    let url = format!("postgres://tester@127.0.0.1:{port}/{database}?sslmode=disable");
    let session = server.session_of(&url).await;
    let mut read = introspect(&session).await.expect("it is read");
    assert_eq!(read.unread, Vec::new());
    assert_eq!(read.catalog.major, 99);
    let [note] = &read.notes[..] else {
        panic!("{:?}", read.notes);
    };
    assert!(
        note.starts_with("the server is PostgreSQL 99, newer than the 18 that this segue knows"),
        "{note}"
    );
    read.catalog.major = whole.major;
    assert_eq!(compare(&read.catalog, &whole), Vec::new());
}
