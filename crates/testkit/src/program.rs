//! The programs as their users run them: built once, started with only the test's environment.

use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Output, Stdio};
use std::sync::OnceLock;
use std::time::Duration;

use rlimit::{Resource, getrlimit, setrlimit};
use tokio::io::{AsyncBufReadExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

/// A client for plain HTTP requests to programs of a test.
///
/// # Panics
/// When it cannot be made.
#[must_use]
pub fn http() -> reqwest::Client {
    // A second caller finds it installed already, which is fine.
    let _ = rustls::crypto::ring::default_provider().install_default();
    plain_http().build().expect("a client")
}

/// Makes such clients. They trust no certificate: reading the machine's takes longer than most requests, for each client.
pub fn plain_http() -> reqwest::ClientBuilder {
    reqwest::Client::builder().no_proxy().tls_certs_only([])
}

/// A program that runs until the test ends it.
pub struct Program {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
    /// The address that it printed.
    pub url: String,
}

/// The folder of the built programs; builds them first if the sources are newer.
///
/// # Panics
/// When they cannot be built.
pub fn programs() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        // With the features of the tests: with others many crates would be compiled again.
        let built = crate::cargo::cargo(env!("CARGO"))
            .args([
                "build",
                "--quiet",
                "--workspace",
                "--bins",
                "--tests",
                "--message-format",
                "json",
            ])
            .current_dir(&root)
            .stderr(Stdio::inherit())
            .output()
            .expect("cargo");
        assert!(built.status.success(), "the programs cannot be built");
        let said = String::from_utf8_lossy(&built.stdout);
        let executable = said
            .lines()
            .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
            .filter(|line| line["target"]["name"] == "latchkey" && line["profile"]["test"] == false)
            .find_map(|line| line["executable"].as_str().map(PathBuf::from))
            .expect("cargo names what it built");
        executable.parent().expect("a folder").to_owned()
    })
}

/// `latchkey` with these arguments in this folder, without the machine's environment.
#[must_use]
pub fn latchkey(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(programs().join("latchkey"));
    command
        .args(arguments)
        .current_dir(folder)
        .env_clear()
        .kill_on_drop(true);
    command
}

/// Raises this process's limit on open files, if it may.
///
/// # Panics
/// When it may not.
pub fn open_files(files: u64) {
    let (soft, hard) = getrlimit(Resource::NOFILE).expect("a limit");
    if soft < files {
        setrlimit(Resource::NOFILE, files, hard).expect("more files");
    }
}

/// Runs `latchkey` to its end.
///
/// # Panics
/// When it cannot be run.
pub async fn run(folder: &Path, arguments: &[&str]) -> Output {
    latchkey(folder, arguments).output().await.expect("latchkey runs")
}

impl Program {
    /// Starts `latchkey serve` on a free port and waits for the address that it prints.
    ///
    /// # Panics
    /// When it ends before it listens.
    pub async fn serve(folder: &Path, arguments: &[&str]) -> Self {
        Self::serve_with(folder, arguments, &[]).await
    }

    /// The same, with this environment.
    ///
    /// # Panics
    /// When it ends before it listens.
    pub async fn serve_with(folder: &Path, arguments: &[&str], environment: &[(&str, &str)]) -> Self {
        let mut command = latchkey(folder, &[&["serve", "--listen", "127.0.0.1:0"], arguments].concat());
        command.envs(environment.iter().copied());
        Self::start(command).await
    }

    /// The same, its log in this file.
    ///
    /// # Panics
    /// When it ends before it listens.
    pub async fn serve_logging(folder: &Path, arguments: &[&str], environment: &[(&str, &str)], log: &Path) -> Self {
        let mut command = latchkey(folder, &[&["serve", "--listen", "127.0.0.1:0"], arguments].concat());
        let log = std::fs::File::create(log).expect("a file for the log");
        command.envs(environment.iter().copied()).stderr(log);
        Self::start(command).await
    }

    /// Starts it with this limit on open files, and its log in this file.
    ///
    /// # Panics
    /// When it ends before it listens.
    pub async fn serve_with_files(folder: &Path, files: u32, log: &Path) -> Self {
        let mut command = Command::new("/bin/sh");
        command
            .args(["-c", &format!("ulimit -n {files} && exec \"$0\" \"$@\"")])
            .arg(programs().join("latchkey"))
            .args(["serve", "--listen", "127.0.0.1:0"])
            .current_dir(folder)
            .env_clear()
            .stderr(std::fs::File::create(log).expect("a file for the log"))
            .kill_on_drop(true);
        Self::start(command).await
    }

    /// Starts it so that a write beyond a limit on the size of files is an error, as on a full disk, and not a signal that ends
    /// the program.
    ///
    /// # Panics
    /// When it ends before it listens.
    pub async fn serve_without_the_signal_of_full_disks(
        folder: &Path,
        arguments: &[&str],
        environment: &[(&str, &str)],
    ) -> Self {
        let mut command = Command::new("/bin/sh");
        command
            .args(["-c", "trap '' XFSZ && exec \"$0\" \"$@\""])
            .arg(programs().join("latchkey"))
            .args(["serve", "--listen", "127.0.0.1:0"])
            .args(arguments)
            .current_dir(folder)
            .env_clear()
            .envs(environment.iter().copied())
            // Its log may be a file, too.
            .stderr(Stdio::null())
            .kill_on_drop(true);
        Self::start(command).await
    }

    /// Starts `g2a-sandbox`, the local supplier, on a free port and waits for the address that it prints.
    ///
    /// # Panics
    /// When it ends before it listens.
    pub async fn supplier(arguments: &[&str]) -> Self {
        let mut command = Command::new(programs().join("g2a-sandbox"));
        command
            .args(["--listen", "127.0.0.1:0"])
            .args(arguments)
            .env_clear()
            .kill_on_drop(true);
        Self::start(command).await
    }

    async fn start(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().expect("the program runs");
        let mut lines = BufReader::new(child.stdout.take().expect("its output")).lines();
        loop {
            let line = lines
                .next_line()
                .await
                .expect("a line")
                .expect("it listens before it ends");
            if let Some(url) = line.strip_prefix("listening on ") {
                return Self {
                    url: url.to_owned(),
                    child,
                    lines,
                };
            }
        }
    }

    /// Waits until it prints this line on its standard output.
    ///
    /// # Panics
    /// When it ends before, or says nothing of the kind within a minute.
    pub async fn said(&mut self, line: &str) {
        self.said_after(line).await;
    }

    /// Waits until it prints a line that begins like this, and returns the rest of it.
    ///
    /// # Panics
    /// When it ends before, or says nothing of the kind within a minute.
    pub async fn said_after(&mut self, beginning: &str) -> String {
        let wait = async {
            loop {
                let line = self.lines.next_line().await.expect("a line");
                let line = line.expect("it says it before it ends");
                if let Some(rest) = line.strip_prefix(beginning) {
                    return rest.to_owned();
                }
            }
        };
        let said = tokio::time::timeout(Duration::from_secs(60), wait).await;
        said.unwrap_or_else(|_| panic!("it did not say: {beginning}"))
    }

    /// The process.
    ///
    /// # Panics
    /// When it has ended.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id().expect("it runs")
    }

    /// Sends a signal by name (`TERM`, `INT`, `KILL`, `STOP`, `CONT`).
    ///
    /// # Panics
    /// When it cannot be sent.
    pub async fn signal(&self, name: &str) {
        let id = self.id().to_string();
        let sent = Command::new("kill")
            .args(["-s", name, &id])
            .status()
            .await
            .expect("kill");
        assert!(sent.success());
    }

    /// Waits until it ends.
    ///
    /// # Panics
    /// When nobody can tell how it ended.
    pub async fn ended(mut self) -> ExitStatus {
        self.child.wait().await.expect("an end")
    }
}
