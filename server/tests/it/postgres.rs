//! A PostgreSQL server of the tests' own, from the machine's binaries; it ends with the test process, however that ends, and
//! leaves no files.

use crate::tasks::free_port;
use std::io::Read as _;
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

struct Cluster {
    bin: PathBuf,
    port: u16,
    /// Its standard input keeps the server alive.
    child: Child,
    /// It goes after the server.
    folder: Option<tempfile::TempDir>,
}

static CLUSTER: OnceLock<Cluster> = OnceLock::new();

/// The address of a new and empty database.
pub(crate) fn database() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let cluster = CLUSTER.get_or_init(Cluster::for_all);
    let name = format!("t{}", NEXT.fetch_add(1, Ordering::Relaxed));
    let port = cluster.port.to_string();
    let made = Command::new(cluster.bin.join("createdb"));
    let made = { made }.args(["-h", "127.0.0.1", "-p", &port, "-U", "pulse", &name]).status().unwrap();
    assert!(made.success());
    format!("postgres://pulse@127.0.0.1:{port}/{name}")
}

/// A standby server that replays what the databases' server does. It ends when it is dropped.
pub(crate) struct Standby(Cluster);

impl Standby {
    /// A standby of the server that [`database`] is on.
    pub(crate) fn start() -> Self {
        let cluster = CLUSTER.get_or_init(Cluster::for_all);
        let folder = Folder::new();
        let mut copy = Command::new(cluster.bin.join("pg_basebackup"));
        let copied = as_owner(&mut copy, folder.owner)
            .args(["-h", "127.0.0.1", "-p", &cluster.port.to_string(), "-U", "pulse"])
            .args(["--write-recovery-conf", "--wal-method=stream", "--checkpoint=fast", "--no-sync", "-D"])
            .arg(folder.data())
            .current_dir(folder.path.path())
            .output()
            .unwrap();
        assert!(copied.status.success(), "{}", String::from_utf8_lossy(&copied.stderr));
        Self(folder.serve(cluster.bin.clone(), None, ""))
    }

    /// The address there of a database.
    pub(crate) fn address(&self, database: &str) -> String {
        format!("postgres://pulse@127.0.0.1:{}/{}", self.0.port, database.rsplit('/').next().unwrap())
    }
}

/// A server of a test's own, which may break down and come back.
pub(crate) struct Own(Option<Cluster>);

impl Own {
    pub(crate) fn start() -> Self {
        Self(Some(Cluster::start("")))
    }

    /// The address of the one database there.
    pub(crate) fn address(&self) -> String {
        format!("postgres://pulse@127.0.0.1:{}/postgres", self.0.as_ref().unwrap().port)
    }

    /// Breaks it down without a word to anybody, and starts it again.
    pub(crate) fn restart(&mut self) {
        let mut cluster = self.0.take().unwrap();
        let (folder, bin, port) = (cluster.folder.take().unwrap(), cluster.bin.clone(), cluster.port);
        drop(cluster);
        self.0 = Some(Folder { path: folder, owner: owner() }.serve(bin, Some(port), ""));
    }
}

/// Where a server's files are, and whose.
struct Folder {
    path: tempfile::TempDir,
    owner: Option<(u32, u32)>,
}

impl Folder {
    fn new() -> Self {
        let (path, owner) = (tempfile::tempdir().unwrap(), owner());
        if let Some((user, group)) = owner {
            chown(path.path(), Some(user), Some(group)).unwrap();
        }
        Self { path, owner }
    }

    fn data(&self) -> PathBuf {
        self.path.path().join("data")
    }

    /// `at_last` is what the shell does once the server has ended.
    fn serve(self, bin: PathBuf, port: Option<u16>, at_last: &str) -> Cluster {
        let port = port.unwrap_or_else(free_port);
        // The shell breaks the server when our end of its standard input closes.
        let script = format!(
            "{}/postgres -D {} -p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c fsync=off -c wal_keep_size=1GB -c max_connections=200 2>&1 & server=$!; cat >/dev/null; kill -QUIT $server; wait; {at_last}",
            bin.display(),
            self.data().display()
        );
        let mut command = Command::new("sh");
        let child = as_owner(&mut command, self.owner)
            .args(["-c", &script])
            .current_dir(self.path.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn();
        let mut child = child.unwrap();
        let mut output = child.stdout.take().unwrap();
        let mut said = String::new();
        // A standby says that its connections are read-only.
        while !said.contains("ready to accept") {
            let mut some = [0; 1024];
            let n = output.read(&mut some).unwrap();
            assert!(n > 0, "PostgreSQL did not start: {said}");
            said.push_str(&String::from_utf8_lossy(&some[..n]));
        }
        // It would stop for a full pipe.
        std::thread::spawn(move || std::io::copy(&mut output, &mut std::io::sink()));
        Cluster { bin, port, child, folder: Some(self.path) }
    }
}

impl Cluster {
    /// What stands in a static is never dropped: so the shell, which outlives us, takes the files away.
    fn for_all() -> Self {
        Self::start("cd / && rm -rf \"$OLDPWD\"")
    }

    fn start(at_last: &str) -> Self {
        let (bin, folder) = (binaries(), Folder::new());
        let mut init = Command::new(bin.join("initdb"));
        let init = as_owner(&mut init, folder.owner)
            .args(["--no-sync", "--auth=trust", "--username=pulse", "--encoding=UTF8", "--locale=C", "-D"])
            .arg(folder.data())
            .current_dir(folder.path.path())
            .output()
            .unwrap();
        assert!(init.status.success(), "{}", String::from_utf8_lossy(&init.stderr));
        folder.serve(bin, None, at_last)
    }
}

/// The server ends with its standard input; its folder goes after that.
impl Drop for Cluster {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        drop(self.child.wait());
    }
}

fn binaries() -> PathBuf {
    let versions = std::fs::read_dir("/usr/lib/postgresql").expect("`make test` installs PostgreSQL");
    let mut found: Vec<PathBuf> = versions.filter_map(|entry| Some(entry.ok()?.path().join("bin"))).collect();
    found.retain(|bin| bin.join("initdb").exists());
    found.sort();
    found.pop().expect("`make test` installs PostgreSQL")
}

/// Who runs the server: PostgreSQL refuses to run as root. `None` when the tests do not either.
fn owner() -> Option<(u32, u32)> {
    use std::os::unix::fs::MetadataExt as _;
    let ours = Path::new("/proc/self").metadata().unwrap().uid();
    let passwd = std::fs::read_to_string("/etc/passwd").unwrap();
    let of = |name: &str| {
        let line = passwd.lines().find(|line| line.split(':').next() == Some(name))?;
        let mut ids = line.split(':').skip(2).map(|id| id.parse().unwrap());
        Some((ids.next()?, ids.next()?))
    };
    if ours == 0 { of("postgres").or_else(|| of("nobody")) } else { None }
}

fn as_owner(command: &mut Command, owner: Option<(u32, u32)>) -> &mut Command {
    match owner {
        Some((user, group)) => command.uid(user).gid(group),
        None => command,
    }
}
