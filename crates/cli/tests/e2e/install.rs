//! `install.sh` on releases that are served here.

use std::{
    fs,
    io::{BufRead, BufReader, Write},
    net::TcpListener,
    path::{Path, PathBuf},
    process::Command,
    thread,
};

use tempfile::TempDir;

/// A folder that is served over HTTP for as long as the process lives; its address.
fn served(folder: PathBuf) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut line = String::new();
            BufReader::new(&stream).read_line(&mut line).unwrap();
            let path = line
                .split(' ')
                .nth(1)
                .unwrap()
                .trim_start_matches('/')
                .to_owned();
            let (status, body) = match fs::read(folder.join(path)) {
                Ok(body) => ("200 OK", body),
                Err(_) => ("404 Not Found", Vec::new()),
            };
            let head = format!(
                "HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
                body.len()
            );
            let _ = stream
                .write_all(head.as_bytes())
                .and_then(|()| stream.write_all(&body));
        }
    });
    format!("http://{address}")
}

/// A release of this version with one archive, whose program says that it is of that version.
struct Release {
    folder: TempDir,
    url: String,
}

const TARGET: &str = "x86_64-unknown-linux-musl";

impl Release {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().join("segue");
        fs::write(&program, "#!/bin/sh\necho segue 9.9.9\n").unwrap();
        let release = folder.path().join("v9.9.9");
        fs::create_dir(&release).unwrap();
        let archive = format!("segue-{TARGET}.tar.gz");
        let packed =
            format!("tar -czf {archive} -C .. segue && sha256sum {archive} >{archive}.sha256");
        let ran = Command::new("sh")
            .args(["-c", &packed])
            .current_dir(&release)
            .status();
        assert!(ran.unwrap().success());
        let url = served(release);
        Self { folder, url }
    }

    fn archive(&self) -> PathBuf {
        self.folder
            .path()
            .join(format!("v9.9.9/segue-{TARGET}.tar.gz"))
    }

    /// Runs a text of the installer; what it says and whether it worked.
    fn install(&self, script: &str, into: &Path, variables: &[(&str, &str)]) -> (bool, String) {
        let mut command = Command::new("sh");
        command
            .args(["-c", script])
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap())
            .env("SEGUE_DOWNLOAD", &self.url)
            .env("SEGUE_INSTALL_DIR", into)
            .env("SEGUE_TARGET", TARGET)
            .envs(variables.iter().copied());
        let output = command.output().unwrap();
        let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        (output.status.success(), said)
    }
}

fn script() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../install.sh");
    fs::read_to_string(path).unwrap()
}

fn has_curl() -> bool {
    let there = Command::new("sh")
        .args(["-c", "command -v curl || command -v wget"])
        .output();
    let there = there.is_ok_and(|output| output.status.success());
    if !there {
        eprintln!("!! SKIPPED: neither curl nor wget is on the PATH, so nothing was installed");
    }
    there
}

#[test]
fn what_was_released_is_installed_and_nothing_else_is() {
    if !has_curl() {
        return;
    }
    let release = Release::new();
    let into = tempfile::tempdir().unwrap();
    let folder = into.path().join("a folder/bin");
    let (worked, said) = release.install(&script(), &folder, &[]);
    assert!(
        worked && said.contains("installed segue 9.9.9 as"),
        "{said}"
    );
    assert!(said.contains("is not in PATH"), "{said}");
    // one that runs is replaced
    let (worked, said) = release.install(&script(), &folder, &[]);
    assert!(worked, "{said}");
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);

    let other = into.path().join("other");
    let archive = fs::read(release.archive()).unwrap();
    fs::write(release.archive(), [&archive[..], b"x"].concat()).unwrap();
    let (worked, said) = release.install(&script(), &other, &[]);
    assert!(
        !worked && said.contains("is not what was released"),
        "{said}"
    );
    assert!(!other.exists());
    fs::write(release.archive().with_extension("gz.sha256"), "").unwrap();
    let (worked, said) = release.install(&script(), &other, &[]);
    assert!(
        !worked && said.contains("is not what was released"),
        "{said}"
    );
    fs::remove_file(release.archive()).unwrap();
    let (worked, said) = release.install(&script(), &other, &[]);
    assert!(!worked && said.contains("could not fetch"), "{said}");
    assert!(!other.exists());
}

#[test]
fn an_installer_that_arrives_cut_off_does_nothing_and_unknown_machines_are_told() {
    let release = Release::new();
    let into = tempfile::tempdir().unwrap();
    let (script, folder) = (script(), into.path().join("bin"));
    let main = script.rfind("\nmain\n").unwrap();
    let lines = script[..main].match_indices('\n').map(|(at, _)| at);
    for cut in lines.step_by(7).chain([main]) {
        release.install(&script[..cut], &folder, &[]);
        assert!(!folder.exists(), "{}", &script[..cut]);
    }
    let bin = into.path().join("stubs");
    fs::create_dir(&bin).unwrap();
    fs::write(bin.join("uname"), "#!/bin/sh\necho Plan9\n").unwrap();
    Command::new("chmod")
        .arg("755")
        .arg(bin.join("uname"))
        .status()
        .unwrap();
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
    let (worked, said) =
        release.install(&script, &folder, &[("SEGUE_TARGET", ""), ("PATH", &path)]);
    assert!(
        !worked && said.contains("no release for Plan9 on Plan9: build it from source"),
        "{said}"
    );
    let unfilled = [("SEGUE_DOWNLOAD", ""), ("SEGUE_REPOSITORY", "")];
    let (worked, said) = release.install(&script, &folder, &unfilled);
    assert!(
        !worked && said.contains("SEGUE_REPOSITORY has to name"),
        "{said}"
    );
    assert!(!folder.exists());
}
