//! A second server that follows a first one, as standbys do in production.

use crate::{
    Builder, Cluster, StartError, Stop,
    folder::{Base, Folder},
    template::{check, run},
};
use std::path::Path;

impl Cluster {
    /// Starts a standby: a copy of this server's data that takes in what happens here, and lets its own
    /// clients only read. This server is stopped meanwhile and runs again afterwards: a cold copy needs no
    /// program that some installations lack.
    pub fn standby(&mut self, builder: Builder) -> Result<Self, StartError> {
        self.stop(Stop::Fast)
            .map_err(StartError::io("stop the server in", self.socket_dir()))?;
        let base = Base::open(self.account)?;
        let lock = base.lock_file()?;
        lock.lock_shared()
            .map_err(StartError::io("lock", &base.path))?;
        let folder = Folder::create(&base)?;
        let mut copy = self.account.command(Path::new("cp"));
        copy.arg("-R")
            .arg(self.folder.data().join("."))
            .arg(folder.data());
        check("cp", run("cp", &mut copy)?)?;
        // Its presence is what makes a standby (PostgreSQL 17, "Setting Up a Standby Server").
        let mut touch = self.account.command(Path::new("touch"));
        touch.arg(folder.data().join("standby.signal"));
        check("touch", run("touch", &mut touch)?)?;
        self.start_again()?;
        let primary = format!(
            "host={} port={} user={}",
            self.socket_dir().display(),
            self.port(),
            crate::SUPERUSER
        );
        let builder = builder.setting("primary_conninfo", primary);
        self.beside(folder, &builder)
    }
}
