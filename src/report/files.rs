//! Puts reports into files: for their owner alone, because they tell of people, and each as a whole or not at all.

use std::fs::{self, Metadata, OpenOptions};
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

/// How many names are tried for new files.
const MOST_NAMES: usize = 1_000;

/// Writes `texts` to new files in `folder`, for their owner alone: all of them, or none. Each text comes with the end of its file's name; the
/// beginning is `stem`, with a number where there is a file of that name. Says what it became.
///
/// # Errors
/// When they cannot be written.
pub fn save(folder: &Path, stem: &str, texts: &[(&str, String)]) -> io::Result<String> {
    for number in 1..=MOST_NAMES {
        let stem = if number == 1 { stem.to_owned() } else { format!("{stem}-{number}") };
        let paths: Vec<PathBuf> = texts.iter().map(|(end, _)| folder.join(format!("{stem}.{end}"))).collect();
        if paths.iter().any(|path| path.symlink_metadata().is_ok()) {
            continue;
        }
        let new: Vec<NamedTempFile> = texts.iter().map(|(_, text)| written(folder, text)).collect::<io::Result<_>>()?;
        match place(new, &paths) {
            // Somebody was faster.
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
            Ok(()) => return Ok(stem),
        }
    }
    Err(ErrorKind::AlreadyExists.into())
}

/// Gives each of the `new` files its path, where nothing is: to all of them, or to none.
fn place(new: Vec<NamedTempFile>, paths: &[PathBuf]) -> io::Result<()> {
    for (at, (new, path)) in new.into_iter().zip(paths).enumerate() {
        if let Err(error) = new.persist_noclobber(path) {
            for placed in &paths[..at] {
                // What cannot be taken away again is a report as a whole, too.
                let _ = fs::remove_file(placed);
            }
            return Err(error.error);
        }
    }
    Ok(())
}

/// A file in `folder` that holds `text`: its owner's alone from the first moment, and gone if it gets no name.
fn written(folder: &Path, text: &str) -> io::Result<NamedTempFile> {
    let mut new = tempfile::Builder::new().prefix(".leave-org-").tempfile_in(folder)?;
    new.write_all(text.as_bytes())?;
    new.as_file().sync_all()?;
    Ok(new)
}

/// Writes `text` to the file at `path`, for its owner alone, and puts it in the place of a file that is there, all at once: at no moment is
/// there half a report. What a link leads to is written, and the link stays. A device or a pipe is written into.
///
/// # Errors
/// When it cannot be written. A file that was there is as it was then.
pub fn put(path: &Path, text: &str) -> io::Result<()> {
    match way(path, fs::metadata(path))? {
        Way::Into => return OpenOptions::new().append(true).open(path)?.write_all(text.as_bytes()),
        Way::InPlaceOf => {}
    }
    let target = match fs::canonicalize(path) {
        Ok(target) => target,
        // A link that leads nowhere yet: the file comes to be where it leads.
        Err(error) if error.kind() == ErrorKind::NotFound => match fs::read_link(path) {
            Ok(target) => path.parent().unwrap_or_else(|| Path::new("")).join(target),
            Err(_) => path.to_owned(),
        },
        Err(error) => return Err(error),
    };
    let folder = target.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."));
    // Beside it, so that it is only renamed.
    written(folder, text)?.persist(&target).map_err(|error| error.error)?;
    Ok(())
}

/// How a text gets to where a path leads.
#[derive(Debug, PartialEq, Eq)]
enum Way {
    /// What is there already stays, and the text comes after it.
    Into,
    /// A file takes the place of what is there, if anything is.
    InPlaceOf,
}

/// How a text gets to `path`, where this was `found`.
fn way(path: &Path, found: io::Result<Metadata>) -> io::Result<Way> {
    match found {
        Ok(found) if found.is_dir() => Err(ErrorKind::IsADirectory.into()),
        Ok(found) if !found.is_file() || is_descriptor(path) => Ok(Way::Into),
        // Replacing a file asks nothing of the file itself. Whoever made it read-only meant it.
        Ok(found) if found.permissions().readonly() => Err(ErrorKind::PermissionDenied.into()),
        Ok(_) => Ok(Way::InPlaceOf),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Way::InPlaceOf),
        // The system does not follow every link, and what it does not follow is not to be walked around.
        Err(error) => Err(error),
    }
}

/// Whether `path` names what this process has open already, such as a file that standard output goes to.
fn is_descriptor(path: &Path) -> bool {
    let folder = path.parent().unwrap_or_else(|| Path::new(""));
    path == Path::new("/dev/stdout")
        || path == Path::new("/dev/stderr")
        || folder == Path::new("/dev/fd")
        || (folder.starts_with("/proc") && folder.ends_with("fd"))
}

/// Why a file was not written, in plain words: the end of a sentence.
pub(crate) fn in_words(error: &io::Error) -> String {
    let words = match error.kind() {
        ErrorKind::NotFound => "there is no such folder",
        ErrorKind::PermissionDenied => "you may not write there",
        ErrorKind::ReadOnlyFilesystem => "nothing can be written on that disk",
        ErrorKind::StorageFull => "the disk is full",
        ErrorKind::QuotaExceeded => "your share of the disk is full",
        ErrorKind::FileTooLarge => "the file would be larger than that disk or the limit of this shell (ulimit -f) allows",
        ErrorKind::IsADirectory => "that is a folder",
        ErrorKind::NotADirectory => "a part of the path is no folder",
        ErrorKind::AlreadyExists => "there are files of that name already",
        ErrorKind::InvalidFilename => "no file can have that name",
        _ => return error.to_string(),
    };
    words.to_owned()
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).map_or(0, |found| found.permissions().mode() & 0o777)
    }

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).into_iter().flatten().flatten();
        let mut names: Vec<String> = entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

    #[test]
    fn a_report_takes_the_place_of_another_for_its_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report.txt");
        put(&path, "one").unwrap();
        assert_eq!((fs::read_to_string(&path).unwrap().as_str(), mode(&path)), ("one", 0o600));
        fs::set_permissions(&path, PermissionsExt::from_mode(0o644)).unwrap();
        put(&path, "two").unwrap();
        assert_eq!((fs::read_to_string(&path).unwrap().as_str(), mode(&path)), ("two", 0o600));
        assert_eq!(names(folder.path()), ["report.txt"], "nothing is left beside it");
    }

    #[test]
    fn a_link_stays_a_link_also_one_that_leads_nowhere_yet() {
        let folder = tempfile::tempdir().unwrap();
        let link = folder.path().join("latest");
        symlink("dated", &link).unwrap();
        for text in ["one", "two"] {
            put(&link, text).unwrap();
            assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
            assert_eq!(fs::read_to_string(folder.path().join("dated")).unwrap(), text);
        }
        assert_eq!(names(folder.path()), ["dated", "latest"]);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn an_ordinary_file_below_dev_is_replaced_as_any_other_and_a_descriptor_is_written_into() {
        let folder = tempfile::tempdir_in("/dev/shm").unwrap();
        let path = folder.path().join("report.json");
        fs::write(&path, "what was there").unwrap();
        fs::set_permissions(&path, PermissionsExt::from_mode(0o644)).unwrap();
        put(&path, "one").unwrap();
        put(&path, "two").unwrap();
        assert_eq!((fs::read_to_string(&path).unwrap().as_str(), mode(&path)), ("two", 0o600));

        let open = OpenOptions::new().append(true).open(&path).unwrap();
        for below in ["/dev/fd", "/proc/self/fd", "/proc/thread-self/fd"] {
            put(&Path::new(below).join(std::os::fd::AsRawFd::as_raw_fd(&open).to_string()), ", more").unwrap();
        }
        assert_eq!(fs::read_to_string(&path).unwrap(), "two, more, more, more");
    }

    #[test]
    fn a_link_that_the_system_does_not_follow_is_not_followed() {
        // As the kernel answers where links in a folder for everybody are protected.
        let path = Path::new("report.txt");
        let refused = way(path, Err(ErrorKind::PermissionDenied.into()));
        assert_eq!(refused.unwrap_err().kind(), ErrorKind::PermissionDenied);
        assert_eq!(way(path, Err(ErrorKind::NotFound.into())).unwrap(), Way::InPlaceOf);
    }

    #[test]
    fn new_files_come_about_together_or_not_at_all_and_a_name_that_is_taken_gets_a_number() {
        let folder = tempfile::tempdir().unwrap();
        let texts = [("html", "page".to_owned()), ("md", "ticket".to_owned())];
        let stems: Vec<String> = (0..3).map(|_| save(folder.path(), "r", &texts).unwrap()).collect();
        assert_eq!(stems, ["r", "r-2", "r-3"]);
        // One name of the two is enough, also that of a link that leads nowhere.
        symlink("nowhere", folder.path().join("r-4.md")).unwrap();
        assert_eq!(save(folder.path(), "r", &texts).unwrap(), "r-5");
        assert_eq!(
            names(folder.path()),
            ["r-2.html", "r-2.md", "r-3.html", "r-3.md", "r-4.md", "r-5.html", "r-5.md", "r.html", "r.md"]
        );
        assert_eq!(fs::read_to_string(folder.path().join("r-5.md")).unwrap(), "ticket");
        assert_eq!(mode(&folder.path().join("r-5.html")), 0o600);
    }

    #[test]
    fn where_the_second_file_gets_no_name_the_first_goes_again() {
        let folder = tempfile::tempdir().unwrap();
        let new = || ["page", "ticket"].map(|text| written(folder.path(), text).unwrap()).into();
        let path = |name: &str| folder.path().join(name);
        fs::write(path("r.md"), "another's").unwrap();
        let taken = place(new(), &[path("r.html"), path("r.md")]);
        assert_eq!(taken.unwrap_err().kind(), ErrorKind::AlreadyExists);
        let nowhere = place(new(), &[path("r.html"), path("no/r.md")]);
        assert_eq!(nowhere.unwrap_err().kind(), ErrorKind::NotFound);
        assert_eq!(names(folder.path()), ["r.md"]);
        assert_eq!(fs::read_to_string(path("r.md")).unwrap(), "another's");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_disk_that_is_full_is_called_so() {
        let error = put(Path::new("/dev/full"), "text").unwrap_err();
        assert_eq!(in_words(&error), "the disk is full");
    }

    #[test]
    fn a_pipe_is_written_into() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe");
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        let reader = std::thread::spawn({
            let pipe = pipe.clone();
            move || fs::read_to_string(pipe).unwrap()
        });
        put(&pipe, "one").unwrap();
        assert_eq!(reader.join().unwrap(), "one");
        assert_eq!(names(folder.path()), ["pipe"]);
    }

    #[test]
    fn what_cannot_be_written_leaves_everything_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report.txt");
        put(&path, "one").unwrap();
        fs::set_permissions(&path, PermissionsExt::from_mode(0o400)).unwrap();
        assert_eq!(put(&path, "two").unwrap_err().kind(), ErrorKind::PermissionDenied);
        assert_eq!(fs::read_to_string(&path).unwrap(), "one");
        assert_eq!(put(folder.path(), "two").unwrap_err().kind(), ErrorKind::IsADirectory);
        assert_eq!(put(&folder.path().join("no/where"), "two").unwrap_err().kind(), ErrorKind::NotFound);
        assert_eq!(names(folder.path()), ["report.txt"]);
    }
}
