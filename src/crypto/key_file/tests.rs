use super::*;

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

fn names(path: &Path) -> Vec<String> {
    let keys = load(path).unwrap();
    keys.iter().map(|key| key.id.to_string()).collect()
}

#[test]
fn a_new_file_is_readable_by_its_owner_only_and_reads_back() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("db.key");
    let created = load_or_create(&path).unwrap();
    assert_eq!(mode(&path), 0o600);
    assert_eq!(load_or_create(&path).unwrap(), created);
    assert_eq!(
        fs::read_dir(directory.path()).unwrap().count(),
        1,
        "nothing is left beside it"
    );
}

#[test]
fn a_file_that_exists_is_never_replaced_by_a_new_one() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("db.key");
    let created = create_new(&path).unwrap();
    let error = create_new(&path).unwrap_err();
    assert!(
        matches!(&error, Error::KeyFile { source, .. } if source.kind() == io::ErrorKind::AlreadyExists),
        "{error:?}"
    );
    assert_eq!(load(&path).unwrap(), created);
}

#[test]
fn processes_that_start_together_agree_on_one_key() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("db.key");
    let load = || load_or_create(&path).unwrap().active.id;
    let names = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(load)).collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .collect::<std::collections::HashSet<_>>()
    });
    assert_eq!(names.len(), 1);
}

#[test]
fn the_error_for_a_file_that_others_can_read_says_how_to_fix_it() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("db.key");
    load_or_create(&path).unwrap();
    for mode in [0o640, 0o604, 0o622] {
        fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
        let error = load_or_create(&path).unwrap_err();
        assert!(matches!(error, Error::KeyFileExposed { .. }), "{error}");
        assert!(error.to_string().contains("chmod 600"), "{error}");
        let error = KeyFile::new(path.clone()).add().unwrap_err();
        assert!(matches!(error, Error::KeyFileExposed { .. }), "{error}");
    }
}

#[test]
fn a_file_of_root_may_be_readable_for_the_services_group() {
    const SERVICE: u32 = 65_532;
    for (mode, owner, user, exposed) in [
        (0o440, ROOT, SERVICE, false),
        (0o640, ROOT, SERVICE, false),
        (0o460, ROOT, SERVICE, true),
        (0o444, ROOT, SERVICE, true),
        (0o440, SERVICE, SERVICE, true),
        (0o440, ROOT, ROOT, true),
        (0o400, SERVICE, SERVICE, false),
    ] {
        assert_eq!(
            is_exposed(mode, owner, user),
            exposed,
            "{mode:o} of {owner}"
        );
    }
}

#[test]
fn keys_are_added_activated_and_retired() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("db.key");
    let first = create_new(&path).unwrap().active.id;
    fs::set_permissions(&path, Permissions::from_mode(0o400)).unwrap();
    let file = KeyFile::new(path.clone());
    let second = file.add().unwrap();
    assert_eq!(names(&path), [first.as_str(), second.as_str()]);
    file.activate(&second).unwrap();
    assert_eq!(names(&path), [second.as_str(), first.as_str()]);
    file.activate(&second).unwrap();
    let third = file.add_active().unwrap();
    assert_eq!(
        names(&path),
        [third.as_str(), second.as_str(), first.as_str()]
    );
    file.retire(&second).unwrap();
    assert_eq!(names(&path), [third.as_str(), first.as_str()]);
    assert_eq!(mode(&path), 0o400, "the mode is kept");
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.starts_with(HEADER), "the comments are kept: {text}");

    let error = file.retire(&third).unwrap_err();
    assert!(matches!(error, Error::KeyActive(_)), "{error}");
    let error = file.activate(&second).unwrap_err();
    assert!(matches!(error, Error::NoSuchKey { .. }), "{error}");
    assert!(error.to_string().contains(first.as_str()), "{error}");
    assert_eq!(fs::read_to_string(&path).unwrap(), text);
    assert_eq!(
        fs::read_dir(directory.path()).unwrap().count(),
        1,
        "nothing is left beside it"
    );
}

#[test]
fn a_link_stays_a_link() {
    let directory = tempfile::tempdir().unwrap();
    let (path, link) = (
        directory.path().join("db.key"),
        directory.path().join("link"),
    );
    create_new(&path).unwrap();
    std::os::unix::fs::symlink(&path, &link).unwrap();
    let added = KeyFile::new(link.clone()).add_active().unwrap();
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!(load(&path).unwrap().active.id, added);
}

#[test]
fn the_second_of_two_concurrent_changes_fails() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("db.key");
    create_new(&path).unwrap();
    let file = KeyFile::new(path.clone());
    let before = fs::read_to_string(&path).unwrap();
    let mut second = None;
    file.change(|text, _| {
        second = Some(file.add());
        Ok(Zeroizing::new(text.to_owned()))
    })
    .unwrap();
    let error = second.unwrap().unwrap_err();
    assert!(matches!(error, Error::ChangeUnderWay(_)), "{error}");
    assert!(error.to_string().contains("db.key.new"), "{error}");
    assert_eq!(fs::read_to_string(&path).unwrap(), before);
    file.add().unwrap();
}

#[test]
fn a_change_that_would_leave_no_key_is_not_made() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("db.key");
    create_new(&path).unwrap();
    let file = KeyFile::new(path.clone());
    let before = fs::read_to_string(&path).unwrap();
    let error = file
        .change(|_, _| Ok(Zeroizing::new(String::new())))
        .unwrap_err();
    assert!(matches!(error, Error::NoKey(_)), "{error}");
    assert_eq!(fs::read_to_string(&path).unwrap(), before);
}
