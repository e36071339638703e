//! Answers come back as they were kept, open where they belong, and show nowhere.

use std::time::Duration;

use super::*;

#[test]
fn what_was_kept_comes_back_to_the_next_process_oldest_first() {
    let place = Place::new();
    let spool = place.spool();
    let mut ids = Vec::new();
    for (age, attempt) in [(2, 8), (3, 9), (1, 7)] {
        let id = spool
            .keep(&answer(Uuid::from_u128(attempt), &format!("{age} old")))
            .unwrap();
        let file = File::open(place.folder().join(id.to_string())).unwrap();
        let written = file.metadata().unwrap().modified().unwrap();
        file.set_modified(written - Duration::from_hours(age)).unwrap();
        ids.push(id);
    }
    drop(spool);

    let next = place.spool();
    let contents = next.kept().unwrap();
    assert_eq!((contents.unfinished.len(), contents.foreign.len()), (0, 0));
    let found: Vec<SpoolId> = contents.answers.iter().map(|it| it.id).collect();
    assert_eq!(found, [ids[1], ids[0], ids[2]]);
    assert_eq!(
        contents.answers[0].answer.as_ref().unwrap(),
        &answer(Uuid::from_u128(9), "3 old")
    );
    next.remove(ids[1]).unwrap();
    assert_eq!(bodies(&place.spool()), ["2 old", "1 old"]);
}

#[test]
fn every_body_is_kept_as_it_is() {
    let place = Place::new();
    let spool = place.spool();
    let large: Vec<u8> = (0..=u8::MAX).cycle().take(SPOOLED_BODY_MAX + 1).collect();
    for body in [Vec::new(), vec![0], b"\xff\n{".to_vec(), large] {
        for order in ["", "ü/\n\0"] {
            let kept = SpooledAnswer::new(ATTEMPT, order.to_owned(), Cents::new(i64::MIN), body.clone());
            let id = spool.keep(&kept).unwrap();
            let found = spool.kept().unwrap().answers.pop().unwrap();
            assert_eq!(found.id, id);
            assert!(found.answer.unwrap() == kept, "{} bytes", body.len());
            spool.remove(id).unwrap();
        }
    }
}

#[test]
fn an_answer_opens_for_its_attempt_and_with_its_master_key_alone() {
    let place = Place::new();
    let spool = place.spool();
    let id = spool.keep(&answer(ATTEMPT, KEY)).unwrap();
    let other = place.spool_of("master-key-of-another");
    let found = other.kept().unwrap().answers.pop().unwrap();
    assert_eq!(found.id, id);
    assert!(matches!(found.answer, Err(SpoolError::Sealed { .. })));

    // It lies there still. As an answer of another attempt, or for another purpose, it does not open either.
    assert_eq!(bodies(&spool), [KEY]);
    let moved = SpoolId {
        attempt: Uuid::from_u128(8),
        ..id
    };
    let sealed = fs::read(place.folder().join(id.to_string())).unwrap();
    assert!(spool.seal.open(SealPurpose::Mail, ATTEMPT, &sealed).is_err());
    fs::rename(
        place.folder().join(id.to_string()),
        place.folder().join(moved.to_string()),
    )
    .unwrap();
    let found = spool.kept().unwrap().answers.pop().unwrap();
    assert_eq!(found.id, moved);
    let error = found.answer.unwrap_err();
    assert!(error.to_string().contains(&moved.to_string()), "{error}");
}

#[test]
fn changed_bytes_and_a_missing_end_are_found_out_and_hide_nothing_else() {
    let place = Place::new();
    let spool = place.spool();
    let broken = spool.keep(&answer(ATTEMPT, KEY)).unwrap();
    spool.keep(&answer(Uuid::from_u128(1), "before it")).unwrap();
    spool.keep(&answer(Uuid::from_u128(8), "after it")).unwrap();
    let path = place.folder().join(broken.to_string());
    let sealed = fs::read(&path).unwrap();
    let found_out = |bytes: &[u8], how: &str| {
        fs::write(&path, bytes).unwrap();
        let answers = spool.kept().unwrap().answers;
        let bad: Vec<_> = answers.iter().filter(|it| it.answer.is_err()).collect();
        assert_eq!((answers.len(), bad.len(), bad[0].id), (3, 1, broken), "{how}");
        assert!(matches!(bad[0].answer, Err(SpoolError::Sealed { .. })), "{how}");
        assert_eq!(fs::read(&path).unwrap(), bytes, "{how}");
    };
    for at in 0..sealed.len() {
        let mut changed = sealed.clone();
        changed[at] ^= 1;
        found_out(&changed, &format!("byte {at}"));
        found_out(&sealed[..at], &format!("cut at {at}"));
    }
    found_out(&[&sealed[..], b"\0"].concat(), "longer");
    fs::write(&path, &sealed).unwrap();
    assert_eq!(bodies(&spool).len(), 3);
}

#[test]
fn another_layout_is_an_error_of_its_own() {
    let place = Place::new();
    let spool = place.spool();
    let id = spool.keep(&answer(ATTEMPT, KEY)).unwrap();
    let bytes = answer(ATTEMPT, "").to_bytes();
    // Without its end, with a longer order's id than there is, or of another version.
    let longer = [&bytes[..9], &[0xff; 8], &bytes[17..]].concat();
    let version = [&[2], &bytes[1..]].concat();
    for bytes in [&[], &bytes[..bytes.len() - 1], &longer[..], &version[..]] {
        let sealed = spool.seal.seal(SealPurpose::SpooledAnswer, ATTEMPT, bytes);
        fs::write(place.folder().join(id.to_string()), sealed).unwrap();
        let found = spool.kept().unwrap().answers.pop().unwrap();
        assert!(matches!(found.answer, Err(SpoolError::Layout { .. })), "{bytes:?}");
    }
}

#[test]
fn the_body_shows_in_no_file_and_in_no_debug() {
    let place = Place::new();
    let spool = place.spool();
    let kept = answer(ATTEMPT, KEY);
    spool.keep(&kept).unwrap();
    for name in place.names() {
        let bytes = fs::read(place.folder().join(name)).unwrap();
        let shows = |part: &[u8]| bytes.windows(part.len()).any(|window| window == part);
        assert!(!KEY.as_bytes().windows(4).any(shows));
        assert!(!shows(b"order-1"));
    }
    let shown = format!("{kept:?} {spool:?} {:?}", spool.kept().unwrap());
    assert!(shown.contains("order-1") && !shown.contains("AAAA"), "{shown}");
    assert!(!shown.contains("65, 65"), "{shown}");
}

#[test]
fn removing_what_is_gone_is_fine() {
    let place = Place::new();
    let spool = place.spool();
    let (one, two) = (
        spool.keep(&answer(ATTEMPT, "one")).unwrap(),
        spool.keep(&answer(ATTEMPT, "two")).unwrap(),
    );
    for _ in 0..2 {
        spool.remove(one).unwrap();
        assert_eq!(bodies(&spool), ["two"]);
    }
    assert_eq!(place.names(), [two.to_string()]);
}
