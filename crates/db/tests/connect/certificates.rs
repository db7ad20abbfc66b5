//! Certificates made by `openssl`, and servers that show them.

use std::{
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use segue_cluster::{Builder, Cluster};

use crate::start;

/// Certificates: `root`, `other` (another root), `server` (for `localhost`), `client` (for `tester`),
/// `own` (self-signed), `old` (X.509 version 1), each with `.crt` and `.key`.
pub(crate) struct Certificates(tempfile::TempDir);

impl Certificates {
    /// Makes them all.
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let at = folder.path();
        // Where we are root the server runs as another user, and reads `root.crt`.
        let open = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(at, open).expect("ours");
        for name in ["root", "other", "own"] {
            let subject = format!("/CN={name}");
            let name_of = ["-addext", "subjectAltName=DNS:localhost"];
            let (key, crt) = (format!("{name}.key"), format!("{name}.crt"));
            let mut arguments = vec!["req", "-x509", "-days", "9", "-subj", &subject];
            arguments.extend([
                "-newkey",
                "ec",
                "-pkeyopt",
                "ec_paramgen_curve:P-256",
                "-nodes",
            ]);
            arguments.extend(["-keyout", &key, "-out", &crt]);
            arguments.extend(name_of);
            openssl(at, &arguments);
        }
        let v3 = "subjectAltName=DNS:localhost\n";
        std::fs::write(at.join("v3.ext"), v3).expect("written");
        for (name, subject, extensions) in [
            ("server", "/CN=server", Some("v3.ext")),
            ("client", "/CN=tester", Some("v3.ext")),
            ("old", "/CN=localhost", None),
        ] {
            let names = ["key", "csr", "crt"].map(|kind| format!("{name}.{kind}"));
            let [key, csr, crt] = names.each_ref().map(String::as_str);
            let request = [
                "req", "-new", "-subj", subject, "-newkey", "rsa:2048", "-nodes",
            ];
            openssl(
                at,
                &[request.as_slice(), &["-keyout", key, "-out", csr]].concat(),
            );
            let mut sign = vec!["x509", "-req", "-in", csr, "-out", crt, "-days", "9"];
            sign.extend(["-CA", "root.crt", "-CAkey", "root.key", "-CAcreateserial"]);
            sign.extend(extensions.iter().flat_map(|file| ["-extfile", *file]));
            openssl(at, &sign);
        }
        Self(folder)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// `&name=path` for a URL.
    pub(crate) fn parameter(&self, name: &str, file: &str) -> String {
        format!("&{name}={}", self.path(file).display())
    }

    /// A server with this certificate, and these lines in pg_hba.conf.
    pub(crate) fn cluster(&self, name: &str, hba: &[&str]) -> Option<Cluster> {
        start(self.builder(name, hba))
    }

    /// The same, not started yet.
    pub(crate) fn builder(&self, name: &str, hba: &[&str]) -> Builder {
        let (crt, key) = (format!("{name}.crt"), format!("{name}.key"));
        let mut builder = Cluster::builder()
            .ssl(self.path(&crt), self.path(&key))
            .setting("ssl_ca_file", self.path("root.crt").display().to_string())
            .setting("max_connections", "5")
            .setting("superuser_reserved_connections", "1");
        for line in hba {
            builder = builder.hba(*line);
        }
        builder
    }
}

fn openssl(folder: &Path, arguments: &[&str]) {
    let mut command = Command::new("openssl");
    command
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::null());
    let output = command.output().expect("openssl is installed");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "openssl {arguments:?}: {said}");
}
