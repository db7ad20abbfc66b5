//! What Unix is asked for, held to what it does.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::{
    fs,
    io::{ErrorKind, Read, Write},
    os::unix::fs::PermissionsExt,
    path::Path,
    process::{Command, Stdio},
    thread,
};

use segue_host::{
    file::{self, Access},
    process,
    signal::{self, Signal},
    socket, user,
};

#[test]
fn a_child_ends_by_the_signal_that_it_is_sent() {
    for (told, number) in [
        (Signal::Interrupt, 2),
        (Signal::Quit, 3),
        (Signal::Kill, 9),
        (Signal::Terminate, 15),
    ] {
        let mut child = Command::new("sleep").arg("60").spawn().unwrap();
        signal::send(child.id(), told).unwrap();
        assert_eq!(signal::that_ended(child.wait().unwrap()), Some(number));
    }
    let done = process::shell("exit 3").status().unwrap();
    assert_eq!((signal::that_ended(done), done.code()), (None, Some(3)));
}

#[test]
fn a_group_ends_with_all_that_it_has_started() {
    let mut command = process::shell("sleep 60 & echo started; wait");
    process::lead_group(&mut command);
    let mut leader = command.stdout(Stdio::piped()).spawn().unwrap();
    let mut output = leader.stdout.take().unwrap();
    let mut line = [0; 8];
    output.read_exact(&mut line).unwrap();
    assert_eq!(&line, b"started\n");
    signal::send_to_group(leader.id(), Signal::Kill).unwrap();
    // It ends when the last process has closed it that has it.
    let mut rest = Vec::new();
    output.read_to_end(&mut rest).unwrap();
    assert_eq!(rest, b"");
    assert_eq!(signal::that_ended(leader.wait().unwrap()), Some(9));
}

#[test]
fn numbers_that_mean_more_than_one_process_are_refused() {
    for id in [0, 1, u32::MAX] {
        for refused in [
            signal::send(id, Signal::Kill),
            signal::send_to_group(id, Signal::Kill),
        ] {
            assert_eq!(refused.unwrap_err().kind(), ErrorKind::InvalidInput);
        }
    }
}

#[test]
fn files_and_folders_have_the_access_that_they_are_given() {
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o7777;
    let folder = tempfile::tempdir().unwrap();
    let own = folder.path().join("own");
    file::create_folder(&own, Access::PrivateFolder).unwrap();
    assert_eq!(mode(&own), 0o700);
    let again = file::create_folder(&own, Access::PrivateFolder);
    assert_eq!(again.unwrap_err().kind(), ErrorKind::AlreadyExists);
    let met = |path: &Path| {
        let facts = fs::metadata(path).unwrap();
        let others = [
            file::others_may_enter(&facts),
            file::others_may_write(&facts),
        ];
        (
            file::is_private(&facts),
            file::is_executable(&facts),
            others,
        )
    };
    assert_eq!(met(&own), (true, true, [false, false]));
    file::set_access(&own, Access::EnterableFolder).unwrap();
    assert_eq!(mode(&own), 0o711);
    assert_eq!(met(&own), (false, true, [true, false]));
    let text = own.join("text");
    fs::write(&text, "").unwrap();
    file::set_access(&text, Access::PrivateFile).unwrap();
    assert_eq!((mode(&text), met(&text).0), (0o600, true));
    file::set_access(&text, Access::ReadableFile).unwrap();
    assert_eq!(mode(&text), 0o644);
    assert_eq!(met(&text), (false, false, [false, false]));
    fs::set_permissions(&text, fs::Permissions::from_mode(0o620)).unwrap();
    assert_eq!(met(&text), (false, false, [false, true]));
    assert_eq!(
        file::owner(&fs::metadata(&text).unwrap()),
        user::effective_id()
    );
    file::sync_folder(&own).unwrap();
}

#[test]
fn a_file_is_the_same_under_each_of_its_names() {
    let folder = tempfile::tempdir().unwrap();
    let [one, linked, other] = ["one", "linked", "other"].map(|name| folder.path().join(name));
    fs::write(&one, "").unwrap();
    fs::write(&other, "").unwrap();
    fs::hard_link(&one, &linked).unwrap();
    let id = |path: &Path| file::id_of(path).unwrap().expect("a number");
    assert_eq!(id(&one), id(&linked));
    assert_ne!(id(&one), id(&other));
    assert!(file::id_of(&folder.path().join("none")).is_err());
}

#[test]
fn a_named_pipe_is_not_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("pipe");
    assert!(
        Command::new("mkfifo")
            .arg(&pipe)
            .status()
            .unwrap()
            .success()
    );
    let open = file::open_without_waiting(&pipe).unwrap();
    assert!(!open.metadata().unwrap().is_file());
}

#[test]
fn what_a_killed_process_has_left_is_listened_at_again() {
    let folder = tempfile::tempdir().unwrap();
    let listen = || socket::listen(folder.path(), "s").unwrap();
    // The file stays when a listener goes, however that does.
    drop(listen());
    let (listener, address) = listen();
    assert_eq!(address, socket::address(folder.path(), "s"));
    assert_eq!(socket::tcp(&address), None);
    let served = thread::spawn(move || listener.accept().unwrap().0.write_all(b"hello"));
    let mut said = String::new();
    let mut stream = socket::Stream::connect(&address).unwrap();
    stream.read_to_string(&mut said).unwrap();
    assert_eq!(said, "hello");
    served.join().unwrap().unwrap();
}

#[test]
fn a_path_that_fits_can_be_listened_at() {
    let folder = tempfile::Builder::new()
        .prefix("s")
        .rand_bytes(6)
        .tempdir_in("/tmp")
        .unwrap();
    let room = 103 - folder.path().as_os_str().len() - 1;
    let (longest, longer) = ("s".repeat(room), "s".repeat(room + 1));
    assert!(socket::fits(&folder.path().join(&longest)));
    assert!(!socket::fits(&folder.path().join(&longer)));
    socket::listen(folder.path(), &longest).unwrap();
}
