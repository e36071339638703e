//! `latchkey keys`: what it says, and how it ends.

use std::path::Path;
use std::process::{Output, Stdio};

use domain::id::GameId;
use testkit::database::own_folder;
use testkit::{Kind, TestDatabase, on_both_databases, program};
use tokio::io::AsyncWriteExt as _;

use crate::staff::commands::ended;

/// A game that was sold, in a database without any.
pub(super) async fn add_game(database: &TestDatabase) -> GameId {
    let db = database.open().await;
    let tx = db.begin().await.unwrap();
    let mut game = crate::storage::game(77, |_| ());
    game.slug = "half-life".to_owned();
    tx.catalog().put(&[&game], game.created_at).await.unwrap();
    tx.commit().await.unwrap();
    db.close().await.unwrap();
    game.id
}

async fn run(folder: &Path, database: &TestDatabase, words: &[&str], input: &str) -> Output {
    let mut command = program::latchkey(folder, &[&["--no-demo", "keys"], words].concat());
    let mut child = command
        .env("DATABASE_URL", &database.url)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    // A command that reads nothing may have ended.
    let _unread = stdin.write_all(input.as_bytes()).await;
    drop(stdin);
    child.wait_with_output().await.unwrap()
}

#[on_both_databases]
async fn rows_are_told_one_by_one_and_what_was_not_taken_is_an_exit_code(kind: Kind) {
    let (folder, database) = (own_folder(), TestDatabase::migrated(kind).await);
    add_game(&database).await;
    std::fs::write(
        folder.join("keys.csv"),
        "game,key,cost\nhalf-life,A,1.50\nhalf-life,A\nportal,B\nhalf-life,C,x\n",
    )
    .unwrap();
    let (code, said) = ended(&run(&folder, &database, &["import", "keys.csv"], "").await);
    let expected = "line 2: taken\nline 3: duplicate of line 2\nline 4: unknown game\n\
                    line 5: unreadable: has a cost that is no amount such as 12.50\nimport ";
    assert!(code == 1 && said.starts_with(expected), "{code}: {said}");
    assert!(
        said.contains(": 1 taken, 1 duplicate, 1 of an unknown game, 1 unreadable\n"),
        "{said}"
    );
    let words = [
        "import",
        "-",
        "--format",
        "lines",
        "--game",
        "half-life",
        "--price",
        "9.99",
    ];
    let (code, said) = ended(&run(&folder, &database, &words, "D\nE\n\n").await);
    assert!(
        code == 0 && said.starts_with("line 1: taken\nline 2: taken\nimport "),
        "{code}: {said}"
    );
    let import = said.split("import ").nth(1).unwrap().split(':').next().unwrap();
    for (words, code, told) in [
        (&["undo", import][..], 0, "2 taken back, 0 sold, which stay"),
        (
            &["undo", import],
            0,
            "0 taken back, 0 sold, which stay\n2 were taken back before",
        ),
    ] {
        let (exit, text) = ended(&run(&folder, &database, words, "D\n").await);
        assert!(exit == code && text.contains(told), "{words:?}: {exit}, {text}");
    }
}

/// What is typed wrongly, how the command ends, and what it says.
const WRONG: &[(&[&str], i32, &str)] = &[
    (
        &["undo", "00000000-0000-0000-0000-000000000001"],
        1,
        "There is no such import of keys",
    ),
    (&["undo", "x"], 2, "invalid value 'x'"),
    (&["import", "nothing.csv"], 1, "nothing.csv cannot be read"),
    (&["import", "-", "--format", "lines"], 2, "--game"),
    (
        &[
            "import",
            "-",
            "--format",
            "lines",
            "--game",
            "half-life",
            "--price",
            "0",
        ],
        1,
        "price must be above 0",
    ),
    (&["import", "-", "--price", "1.999"], 2, "an amount in EUR"),
    (
        &["import", "-", "--game", "half-life"],
        1,
        "file line 1: the header has no column `key`",
    ),
    (&["import", "keys.csv", "--test"], 2, "--test"),
];

#[on_both_databases]
async fn what_cannot_be_done_is_named(kind: Kind) {
    let (folder, database) = (own_folder(), TestDatabase::migrated(kind).await);
    add_game(&database).await;
    std::fs::write(folder.join("keys.csv"), "game,key\nhalf-life,A\n").unwrap();
    for (words, code, told) in WRONG {
        let (exit, text) = ended(&run(&folder, &database, words, "D\n").await);
        assert!(exit == *code && text.contains(told), "{words:?}: {exit}, {text}");
    }
}
