//! Files that cannot be used as a whole: each is refused with its line before any row is read.

use std::fs::{self, OpenOptions};
use std::io::{Seek, SeekFrom, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::super::{CsvSource, ROW_BYTES_MAX, ROWS_MAX};
use super::{Folder, all, feed, format, opened, rows_of};

const HEAD: &str = "sku,title,net,qty\n";

async fn refusal(bytes: impl AsRef<[u8]>) -> String {
    rows_of(bytes.as_ref(), format()).await.unwrap_err()
}

#[tokio::test]
async fn a_header_without_a_column_or_with_one_twice_is_refused() {
    assert!(refusal("").await.contains("the file is empty"));
    assert!(refusal("\n\r\n").await.contains("the file is empty"));
    let why = refusal("\nsku,title,qty\na,A,1\n").await;
    assert!(
        why.contains("line 2: there is no column `net`; the header is `sku, title, qty`"),
        "{why}"
    );
    let why = refusal("sku,title,net,net,qty\na,A,1,1,1\n").await;
    assert!(why.contains("line 1: the column `net` stands twice"), "{why}");
    // Another separator than that of the settings.
    assert!(
        refusal("sku;title;net;qty\na;A;1;1\n")
            .await
            .contains("line 1: there is no column `sku`")
    );
    assert!(rows_of(HEAD.as_bytes(), format()).await.unwrap().is_empty());
}

#[tokio::test]
async fn what_is_no_text_is_refused() {
    let noise: Vec<u8> = (0..200_000_u32)
        .map(|n| n.wrapping_mul(2_654_435_761).to_be_bytes()[1])
        .collect();
    let why = refusal(&noise).await;
    assert!(why.contains("line 1"), "{why}");
    let picture = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR";
    assert!(refusal(picture).await.contains("line 1"));
    for order in [u16::to_le_bytes, u16::to_be_bytes] {
        let wide: Vec<u8> = "\u{feff}sku,title,net,qty\na,A,1,1\n"
            .encode_utf16()
            .flat_map(order)
            .collect();
        let why = refusal(wide).await;
        assert!(why.contains("line 1: ") && why.contains("UTF-16"), "{why}");
    }
    // Behind a good header it is rows that cannot be read, or a quote that never ends.
    let behind = [HEAD.as_bytes(), b"a,A,1.00,1\n\0\x01\xff\xfe,\0\n"].concat();
    let rows = rows_of(&behind, format()).await.unwrap();
    assert!(rows[0].product.is_ok() && rows[1].product.is_err());
}

#[tokio::test]
async fn a_quote_that_is_never_closed_is_refused_with_its_line() {
    for open in ["b,\"B,1.00,1\n", "b,B,1.00,\"", "b,B,1.00,\"1\nc,C,1,1\n\n"] {
        let why = refusal(format!("{HEAD}a,A,1.00,1\n{open}")).await;
        assert!(why.contains("line 3: a quote is opened"), "{open:?}: {why}");
    }
    // One that looks like the end of the file.
    let why = refusal(format!("{HEAD}a,\"\n\x03end of file\x03\n")).await;
    assert!(why.contains("line 2: a quote is opened"), "{why}");
    let rows = rows_of(format!("{HEAD}\x03end of file\x03\na,A,1.00,1\n").as_bytes(), format())
        .await
        .unwrap();
    assert!(rows.len() == 2 && rows[1].product.is_ok());
}

#[tokio::test]
async fn a_line_without_end_is_refused_with_its_line() {
    for quote in ["", "\""] {
        let why = refusal(format!("{HEAD}a,A,1.00,1\nb,{quote}{}", "x".repeat(3 * ROW_BYTES_MAX))).await;
        assert!(why.contains("line 3: the row has more than"), "{quote}: {why}");
    }
    assert!(refusal("x".repeat(3 * ROW_BYTES_MAX)).await.contains("line 1: "));
    // Long, but not without end.
    let rows = rows_of(
        format!("{HEAD}a,{},1.00,1\n", "x".repeat(ROW_BYTES_MAX / 2)).as_bytes(),
        format(),
    )
    .await;
    assert!(rows.unwrap()[0].product.is_ok());
}

#[tokio::test]
async fn more_rows_than_a_million_are_refused() {
    let rows = "a,A,1,1\n".repeat(usize::try_from(ROWS_MAX).unwrap() + 1);
    let why = refusal(format!("{HEAD}{rows}")).await;
    assert!(why.contains("line 1000002: there are more than 1000000 rows"), "{why}");
}

#[tokio::test]
async fn a_file_that_is_too_large_is_refused_before_it_is_read() {
    let folder = Folder::new();
    let path = folder.file(HEAD.as_bytes());
    // Without a block on the disk.
    OpenOptions::new()
        .write(true)
        .open(&path)
        .unwrap()
        .set_len(1 << 30)
        .unwrap();
    let why = opened(&feed(&folder, CsvSource::Path(path), format()))
        .await
        .unwrap_err();
    assert!(
        why.to_string().contains("the file has more than 536870912 bytes"),
        "{why}"
    );
}

#[tokio::test]
async fn only_regular_files_are_read_and_no_copy_is_left() {
    let folder = Folder::new();
    for path in [folder.0.clone(), "/dev/zero".into()] {
        let why = opened(&feed(&folder, CsvSource::Path(path), format()))
            .await
            .unwrap_err();
        assert!(why.to_string().contains("is not a regular file"), "{why}");
    }
    let why = opened(&feed(&folder, CsvSource::Path(folder.0.join("none.csv")), format())).await;
    assert!(why.unwrap_err().to_string().contains("none.csv"));
    let path = folder.file(format!("{HEAD}a,A,1.00,1\n").as_bytes());
    let snapshot = opened(&feed(&folder, CsvSource::Path(path.clone()), format()))
        .await
        .unwrap();
    assert_eq!(fs::read_dir(folder.copies()).unwrap().count(), 0);
    // What becomes of the file afterwards changes nothing.
    fs::write(&path, "gone").unwrap();
    assert!(all(&snapshot).await[0].product.is_ok());
}

#[tokio::test]
async fn a_file_that_changes_while_it_is_read_is_refused() {
    for grows in [true, false] {
        let folder = Folder::new();
        let path = folder.file(format!("{HEAD}{}", "a,A,1.00,1\n".repeat(1_000_000)).as_bytes());
        let (stop, begun) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
        let writer = std::thread::spawn({
            let (stop, begun, path) = (Arc::clone(&stop), Arc::clone(&begun), path.clone());
            move || {
                let mut file = OpenOptions::new().write(true).open(path).unwrap();
                let mut length = file.seek(SeekFrom::End(0)).unwrap();
                while !stop.load(Ordering::Relaxed) {
                    if grows {
                        file.write_all(b"a").unwrap();
                    } else {
                        length -= 1;
                        file.set_len(length).unwrap();
                    }
                    begun.store(true, Ordering::Relaxed);
                }
            }
        });
        while !begun.load(Ordering::Relaxed) {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        // On a busy machine the writer may not have a turn while the file is read.
        let mut why = None;
        for _ in 0..100 {
            let read = opened(&feed(&folder, CsvSource::Path(path.clone()), format())).await;
            why = read.err();
            if why.is_some() {
                break;
            }
        }
        stop.store(true, Ordering::Relaxed);
        writer.join().unwrap();
        let why = why.unwrap().to_string();
        assert!(why.contains("changed while it was read"), "{why}");
    }
}
