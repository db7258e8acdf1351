//! Puts a report into a file: for its owner alone, because it tells of people, and as a whole or not at all.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;

/// Writes `text` to a new file for its owner alone.
///
/// # Errors
/// When there is a file of that name, or it cannot be written.
pub fn save(path: &Path, text: &str) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

/// Writes `text` to the file at `path`, for its owner alone, and puts it in the place of a file that is there, all at once: at no moment is
/// there half a report. What a link leads to is written, and the link stays. A device or a pipe is written into.
///
/// # Errors
/// When it cannot be written. A file that was there is as it was then.
pub fn put(path: &Path, text: &str) -> io::Result<()> {
    match fs::metadata(path) {
        Ok(found) if found.is_dir() => return Err(io::ErrorKind::IsADirectory.into()),
        // A pipe, a device, or a descriptor such as /dev/stdout, whatever that leads to: what is there already stays.
        Ok(found) if !found.is_file() || path.starts_with("/dev") || path.starts_with("/proc") => {
            return OpenOptions::new().append(true).open(path)?.write_all(text.as_bytes());
        }
        // Replacing a file asks nothing of the file itself. Whoever made it read-only meant it.
        Ok(found) if found.permissions().readonly() => return Err(io::ErrorKind::PermissionDenied.into()),
        Ok(_) | Err(_) => {}
    }
    let target = match fs::canonicalize(path) {
        Ok(target) => target,
        // A link that leads nowhere yet: the file comes to be where it leads.
        Err(error) if error.kind() == io::ErrorKind::NotFound => match fs::read_link(path) {
            Ok(target) => path.parent().unwrap_or_else(|| Path::new("")).join(target),
            Err(_) => path.to_owned(),
        },
        Err(error) => return Err(error),
    };
    let folder = target.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."));
    // Beside it, so that it is only renamed; its owner's alone from the first moment; gone if anything fails.
    let mut new = tempfile::Builder::new().prefix(".leave-org-").tempfile_in(folder)?;
    new.write_all(text.as_bytes())?;
    new.as_file().sync_all()?;
    new.persist(&target).map_err(|error| error.error)?;
    Ok(())
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
        assert_eq!(put(&path, "two").unwrap_err().kind(), io::ErrorKind::PermissionDenied);
        assert_eq!(fs::read_to_string(&path).unwrap(), "one");
        assert_eq!(put(folder.path(), "two").unwrap_err().kind(), io::ErrorKind::IsADirectory);
        assert_eq!(put(&folder.path().join("no/where"), "two").unwrap_err().kind(), io::ErrorKind::NotFound);
        assert_eq!(names(folder.path()), ["report.txt"]);
    }
}
