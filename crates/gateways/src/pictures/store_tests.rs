//! Tests of the picture store: storing, evicting, and damaged files.

use std::sync::atomic::{AtomicU64, Ordering};

use super::*;

/// A temporary folder, deleted when it is dropped.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let number = NUMBER.fetch_add(1, Ordering::SeqCst);
        Self(std::env::temp_dir().join(format!("latchkey-pictures-{}-{number}", std::process::id())))
    }

    fn store(&self, bytes_max: u64) -> PictureStore {
        PictureStore::in_folder(&self.0, bytes_max)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ignored = fs::remove_dir_all(&self.0);
    }
}

fn name(number: u32) -> Fingerprint {
    Fingerprint::of(&number.to_string())
}

/// A picture of this many bytes.
fn picture(length: usize) -> Vec<u8> {
    let mut bytes = b"GIF89a".to_vec();
    bytes.resize(length, 7);
    bytes
}

fn read(mut kept: StoredPicture) -> Vec<u8> {
    let mut bytes = Vec::new();
    kept.file.read_to_end(&mut bytes).unwrap();
    assert_eq!(bytes.len() as u64, kept.length);
    bytes
}

#[test]
fn what_was_kept_is_found_again_by_the_next_process_too() {
    let folder = Folder::new();
    let store = folder.store(10_000);
    assert!(store.find(name(1)).is_none());
    store.keep(name(1), PictureKind::Gif, &picture(100)).unwrap();
    let kept = store.find(name(1)).unwrap();
    let etag = kept.etag.clone();
    assert_eq!(read(kept), picture(100));

    let next = folder.store(10_000);
    let kept = next.find(name(1)).unwrap();
    assert_eq!((kept.kind, kept.etag.as_str()), (PictureKind::Gif, etag.as_str()));
    assert_eq!(read(kept), picture(100));
    assert_eq!(next.size(), (1, 132));
}

#[test]
fn a_damaged_or_half_written_picture_is_thrown_away() {
    let folder = Folder::new();
    for damage in [&picture(99)[..], b"", b"\0\0\0"] {
        let store = folder.store(10_000);
        store.keep(name(1), PictureKind::Gif, &picture(100)).unwrap();
        fs::write(store.path(name(1)), damage).unwrap();
        fs::write(folder.0.join(format!("{}.1.{DRAFT}", name(2))), b"half").unwrap();

        let next = folder.store(10_000);
        assert!(next.find(name(1)).is_none() && next.find(name(2)).is_none());
        assert_eq!(next.size(), (0, 0));
        assert_eq!(fs::read_dir(&folder.0).unwrap().count(), 0);
    }
}

#[test]
fn what_nobody_looked_at_for_longest_leaves_first() {
    let folder = Folder::new();
    // Ten pictures of 100 bytes fit with their checksums.
    let store = folder.store(1_320);
    for number in 0..10 {
        store.keep(name(number), PictureKind::Gif, &picture(100)).unwrap();
    }
    assert_eq!(store.size(), (10, 1_320));
    let open = store.find(name(1)).unwrap();
    assert!(store.find(name(0)).is_some());
    store.keep(name(10), PictureKind::Gif, &picture(100)).unwrap();
    let there = |number| store.find(name(number)).is_some();
    assert_eq!(store.size(), (9, 9 * 132));
    assert!(there(0) && there(1) && there(10) && !there(2) && !there(3));
    assert_eq!(fs::read_dir(&folder.0).unwrap().count(), 9, "they leave the disk too");

    store.keep(name(1), PictureKind::Gif, &picture(1_200)).unwrap();
    assert_eq!(read(open), picture(100), "who reads one already reads it to its end");
    assert!(store.size().1 <= 1_320);
}

#[test]
fn a_store_that_cannot_be_written_fails_and_stores_nothing() {
    let folder = Folder::new();
    fs::write(&folder.0, b"a file where the folder should be").unwrap();
    let store = folder.store(10_000);
    assert!(store.keep(name(1), PictureKind::Gif, &picture(100)).is_err());
    assert!(store.find(name(1)).is_none() && store.size() == (0, 0));
    fs::remove_file(&folder.0).unwrap();
}

#[test]
fn what_is_kept_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    let folder = Folder::new();
    let store = folder.store(10_000);
    store.keep(name(1), PictureKind::Gif, &picture(100)).unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&folder.0), mode(&store.path(name(1)))), (0o700, 0o600));
}
