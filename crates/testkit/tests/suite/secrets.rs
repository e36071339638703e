//! The shop's secrets: generated once, inaccessible to other users of the machine, never replaced silently.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Output;

use testkit::database::own_folder;
use testkit::{Kind, Program, TestDatabase, on_both_databases, program, soon};

const SECRETS: [(&str, &str); 2] = [
    ("master-key", "LATCHKEY__KEYS__MASTER_KEY"),
    ("jwt-secret", "JWT_SECRET"),
];

/// A folder whose settings name a database of this kind, and that database.
async fn settled(kind: Kind) -> (std::path::PathBuf, TestDatabase) {
    let (folder, database) = (own_folder(), TestDatabase::migrated(kind).await);
    let settings = format!("[database]\nurl = '{}'\n", database.url);
    std::fs::write(folder.join("latchkey.toml"), settings).unwrap();
    (folder, database)
}

/// A command that needs the whole house and soon ends.
async fn sync(folder: &Path, variables: &[(&str, &str)]) -> Output {
    let mut command = program::latchkey(folder, &["--demo", "sync"]);
    command.envs(variables.iter().copied()).output().await.unwrap()
}

fn kept(folder: &Path, file: &str) -> String {
    std::fs::read_to_string(folder.join("latchkey-data").join(file)).unwrap()
}

fn refused(ended: &Output, why: &str) {
    let said = String::from_utf8_lossy(&ended.stderr);
    assert_eq!(ended.status.code(), Some(2), "{said}");
    assert!(said.contains(why), "{said}");
}

/// The mode of the data folder, and of all that lies in it.
fn modes(folder: &Path) -> Vec<(String, u32)> {
    let data = folder.join("latchkey-data");
    let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o7777;
    let mut all = vec![(".".to_owned(), mode(&data))];
    for file in std::fs::read_dir(&data).unwrap() {
        let path = file.unwrap().path();
        all.push((path.file_name().unwrap().to_string_lossy().into_owned(), mode(&path)));
    }
    all.sort();
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn all_that_a_demo_keeps_is_its_owners_alone() {
    let folder = own_folder();
    let shop = Program::serve(&folder, &[]).await;
    let data = folder.join("latchkey-data");
    soon("the accounts are made", async || data.join("demo-accounts").exists()).await;
    let kept = modes(&folder);
    let names: Vec<&str> = kept.iter().map(|(name, _)| name.as_str()).collect();
    for file in [
        "latchkey.db",
        "latchkey.db-wal",
        "latchkey.db-shm",
        "demo-supplier",
        "master-key",
        "jwt-secret",
    ] {
        assert!(names.contains(&file), "{names:?}");
    }
    for (name, mode) in &kept {
        let own = if matches!(name.as_str(), "." | "pictures") {
            0o700
        } else {
            0o600
        };
        assert_eq!(*mode, own, "{name}");
    }
    shop.signal("TERM").await;
    assert_eq!(shop.ended().await.code(), Some(0));
}

#[on_both_databases]
async fn a_first_start_makes_secrets_that_later_starts_must_have(kind: Kind) {
    let (folder, _database) = settled(kind).await;
    let first = sync(&folder, &[]).await;
    assert!(first.status.success(), "{first:?}");
    for (file, variable) in SECRETS {
        let secret = kept(&folder, file);
        assert_eq!(secret.len(), 64, "32 bytes as hex");
        let path = folder.join("latchkey-data").join(file);
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        let said = [&first.stdout[..], &first.stderr].concat();
        assert!(!String::from_utf8_lossy(&said).contains(&secret), "a secret in the log");
        // The same secret from the environment is the same; another one is refused, and not shown.
        assert!(sync(&folder, &[(variable, &secret)]).await.status.success());
        let other = "quite another secret of 32 characters";
        let ended = sync(&folder, &[(variable, other)]).await;
        let setting = format!("keys.{}", file.replace('-', "_"));
        refused(
            &ended,
            &format!("setting `{setting}`: not the secret that this database was made with"),
        );
        assert!(!String::from_utf8_lossy(&ended.stderr).contains(other));
        // Lost, it is missed and not made again.
        let hidden = folder.join("hidden");
        std::fs::rename(&path, &hidden).unwrap();
        refused(
            &sync(&folder, &[]).await,
            &format!("setting `{setting}`: this database was made with a secret that is not here"),
        );
        assert!(!path.exists());
        std::fs::rename(&hidden, &path).unwrap();
    }
    assert!(sync(&folder, &[]).await.status.success());
    let doctor = program::run(&folder, &["doctor"]).await;
    let said = String::from_utf8_lossy(&doctor.stdout).into_owned();
    assert!(
        said.contains("ok     secrets: those that this database was made with"),
        "{said}"
    );
}

#[on_both_databases]
async fn what_others_could_read_is_closed_to_them_at_the_start(kind: Kind) {
    let (folder, _database) = settled(kind).await;
    assert!(sync(&folder, &[]).await.status.success());
    let data = folder.join("latchkey-data");
    std::fs::write(data.join("notes.txt"), "somebody else's").unwrap();
    for name in ["", "master-key", "notes.txt"] {
        let path = data.join(name);
        let mode = if path.is_dir() { 0o755 } else { 0o644 };
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    }
    let again = sync(&folder, &[]).await;
    assert!(again.status.success(), "{again:?}");
    for (name, mode) in modes(&folder) {
        let own = match name.as_str() {
            "." | "pictures" => 0o700,
            "notes.txt" => 0o644,
            _ => 0o600,
        };
        assert_eq!(mode, own, "{name}");
    }
    let said = String::from_utf8_lossy(&again.stderr).into_owned();
    assert!(
        said.contains("latchkey-data was open to other users of this machine (mode 0755)"),
        "{said}"
    );
    assert!(
        said.contains("master-key was open") && !said.contains("jwt-secret was open"),
        "{said}"
    );
    assert!(!String::from_utf8_lossy(&sync(&folder, &[]).await.stderr).contains("was open"));
}

#[on_both_databases]
async fn processes_that_start_at_once_agree(kind: Kind) {
    let (folder, _database) = settled(kind).await;
    let starting = (0..6).map(|_| Program::serve(&folder, &[]));
    // Whoever listens has found its secrets to be those of the database.
    let shops = futures::future::join_all(starting).await;
    let data = std::fs::read_dir(folder.join("latchkey-data")).unwrap();
    let mut files: Vec<String> = data
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .collect();
    files.sort();
    assert_eq!(files, ["jwt-secret", "master-key"], "no draft is left behind");
    for shop in shops {
        shop.signal("TERM").await;
        assert_eq!(shop.ended().await.code(), Some(0));
    }
}
