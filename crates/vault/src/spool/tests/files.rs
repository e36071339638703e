//! Files are never replaced, half-written ones are reported, and the disk's errors name them.

use std::collections::HashSet;
use std::os::unix::fs::PermissionsExt;
use std::thread;

use super::*;

/// The mode of a file or folder.
fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

/// The step and the path of an error of the disk.
fn refused<T: std::fmt::Debug>(result: Result<T, SpoolError>) -> (&'static str, PathBuf, ErrorKind) {
    match result.unwrap_err() {
        SpoolError::Disk { step, path, source } => (step, path, source.kind()),
        other => panic!("{other:?}"),
    }
}

#[test]
fn those_who_keep_at_once_never_replace_each_other() {
    let place = Place::new();
    // All of them draw the same names, in the same order.
    let all: Vec<SpoolId> = thread::scope(|scope| {
        let threads: Vec<_> = (0..4)
            .map(|thread| {
                let spool = place.spool();
                scope.spawn(move || {
                    let keep = |n| spool.keep(&answer(ATTEMPT, &format!("{thread}-{n}"))).unwrap();
                    (0..8).map(keep).collect::<Vec<_>>()
                })
            })
            .collect();
        threads.into_iter().flat_map(|it| it.join().unwrap()).collect()
    });
    assert_eq!(all.iter().collect::<HashSet<_>>().len(), 32);
    let found: HashSet<String> = bodies(&place.spool()).into_iter().collect();
    let kept = (0..4).flat_map(|thread| (0..8).map(move |n| format!("{thread}-{n}")));
    assert_eq!(found, kept.collect());
    assert_eq!(place.names().len(), 32, "and no drafts");
}

#[test]
fn a_name_that_is_taken_is_never_written_to() {
    let place = Place::new();
    let spool = place.spool();
    let first = spool.keep(&answer(ATTEMPT, "first")).unwrap();
    let draft = |id: SpoolId| place.folder().join(id.file_name(UNFINISHED));
    // The next process draws the first one's name, and then that of a draft.
    let unique = Uuid::from_bytes([2; 16]);
    let left = draft(SpoolId { unique, ..first });
    fs::write(&left, "left").unwrap();
    let second = place.spool().keep(&answer(ATTEMPT, "second")).unwrap();
    assert_eq!(second.unique, Uuid::from_bytes([3; 16]));
    assert_eq!(fs::read(&left).unwrap(), b"left");
    assert!(!draft(first).exists());
    let found = bodies(&spool);
    assert_eq!(
        HashSet::from(["first", "second"]),
        found.iter().map(String::as_str).collect()
    );
}

#[test]
fn a_draft_is_reported_and_never_taken_for_an_answer() {
    let place = Place::new();
    let spool = place.spool();
    let whole = spool.keep(&answer(ATTEMPT, KEY)).unwrap();
    let sealed = fs::read(place.folder().join(whole.to_string())).unwrap();
    let draft = |number: u128| {
        let unique = Uuid::from_u128(number);
        place.folder().join(SpoolId { unique, ..whole }.file_name(UNFINISHED))
    };
    let (cut, complete, empty) = (draft(1), draft(2), draft(3));
    fs::write(&cut, &sealed[..20]).unwrap();
    fs::write(&complete, &sealed).unwrap();
    let writing = File::create(&empty).unwrap();
    writing.try_lock().unwrap();
    for unfinished in [vec![cut.clone(), complete.clone()], vec![cut, complete, empty]] {
        let contents = place.spool().kept().unwrap();
        assert_eq!(contents.answers.len(), 1);
        assert_eq!(contents.unfinished, unfinished, "and not what is being written");
        let _ignored = writing.unlock();
    }
    assert_eq!(place.names().len(), 4, "nothing was removed");
}

#[test]
fn foreign_files_are_reported_and_left_alone() {
    let place = Place::new();
    let spool = place.spool();
    let id = spool.keep(&answer(ATTEMPT, KEY)).unwrap();
    let unlike = [
        "README".to_owned(),
        "x.answer".to_owned(),
        format!("{id}~"),
        format!("a.{id}"),
        id.to_string().to_uppercase(),
        id.to_string().replacen('-', "", 4),
    ];
    for name in &unlike {
        fs::write(place.folder().join(name), "foreign").unwrap();
    }
    let unique = Uuid::from_u128(1);
    let folder = SpoolId { unique, ..id }.to_string();
    fs::create_dir(place.folder().join(&folder)).unwrap();
    let contents = spool.kept().unwrap();
    assert_eq!((contents.answers.len(), contents.unfinished.len()), (1, 0));
    assert_eq!(contents.foreign.len(), unlike.len() + 1, "{:?}", contents.foreign);
    assert_eq!(place.names().len(), unlike.len() + 2);
}

#[test]
fn only_the_owner_can_read() {
    let place = Place::new();
    let spool = place.spool();
    let id = spool.keep(&answer(ATTEMPT, KEY)).unwrap();
    assert_eq!(mode(&place.folder()), 0o700);
    assert_eq!(mode(&place.folder().join(id.to_string())), 0o600);
}

#[test]
fn a_file_in_place_of_the_folder_is_named() {
    let place = Place::new();
    let folder = place.folder();
    fs::write(&folder, "").unwrap();
    let opened = Spool::open(&folder, secrets("master-key-of-a-test").seal);
    assert_eq!(
        refused(opened),
        ("create the folder", folder.clone(), ErrorKind::AlreadyExists)
    );
    let inside = folder.join("spool");
    let opened = Spool::open(&inside, secrets("master-key-of-a-test").seal);
    assert_eq!(refused(opened), ("create the folder", inside, ErrorKind::NotADirectory));
}

#[test]
fn a_folder_that_is_gone_or_became_a_file_is_named() {
    let place = Place::new();
    let spool = place.spool();
    let id = spool.keep(&answer(ATTEMPT, KEY)).unwrap();
    let folder = place.folder();
    fs::remove_dir_all(&folder).unwrap();
    for kind in [ErrorKind::NotFound, ErrorKind::NotADirectory] {
        let (step, path, found) = refused(spool.keep(&answer(ATTEMPT, KEY)));
        assert_eq!((step, path.parent(), found), ("create", Some(&*folder), kind));
        let (step, path, found) = refused(spool.check());
        assert_eq!((step, path.parent(), found), ("create", Some(&*folder), kind));
        assert_eq!(refused(spool.kept()), ("list", folder.clone(), kind));
        let (_, path, found) = refused(spool.remove(id));
        assert!(path.starts_with(&folder) && found == kind);
        fs::write(&folder, "").unwrap();
    }
}

#[test]
fn a_folder_without_write_permission_is_named() {
    let place = Place::new();
    let spool = place.spool();
    let id = spool.keep(&answer(ATTEMPT, KEY)).unwrap();
    let folder = place.folder();
    fs::set_permissions(&folder, PermissionsExt::from_mode(0o500)).unwrap();
    // Nothing is closed to root: there the tests of a folder that became a file have to do.
    if fs::write(folder.join("open to root"), "").is_err() {
        let error = spool.keep(&answer(ATTEMPT, KEY)).unwrap_err();
        assert!(error.to_string().contains(&*folder.to_string_lossy()), "{error}");
        assert_eq!(refused(spool.check()).2, ErrorKind::PermissionDenied);
        assert_eq!(refused(spool.remove(id)).0, "remove");
        assert_eq!(bodies(&spool), [KEY]);
    }
    fs::set_permissions(&folder, PermissionsExt::from_mode(0o700)).unwrap();
}

#[test]
fn a_check_leaves_nothing() {
    let place = Place::new();
    place.spool().check().unwrap();
    assert!(place.names().is_empty());
}

#[test]
fn errors_say_the_step_and_the_file() {
    let error = at("sync", Path::new("spool/x.part"))(ErrorKind::StorageFull.into());
    assert_eq!(error.to_string(), "the spool cannot sync spool/x.part");
    let source = std::error::Error::source(&error).unwrap();
    assert!(source.to_string().contains("storage"), "{source}");
}
