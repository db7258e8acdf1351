//! A checklist as a document. Report types are apart from domain types, so that the public forms change only on purpose.

pub mod json;
mod message;
pub mod request;
pub mod text;

use std::fs::OpenOptions;
use std::io::Write as _;

use jiff::Timestamp;

/// Writes `text` to a new file in the working directory and says where.
///
/// # Errors
/// A sentence for the person: why the file could not be written and what to do.
pub fn save(account: &str, text: &str, now: Timestamp) -> Result<String, String> {
    let name = format!("leave-org-{account}-{}.json", now.strftime("%Y%m%dT%H%M%SZ"));
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = options.open(&name).and_then(|mut file| file.write_all(text.as_bytes()).and_then(|()| file.sync_all()));
    match written {
        Ok(()) => Ok(format!("The report was saved here as {name}")),
        Err(error) => Err(format!(
            "The report could not be saved as {name} in this folder ({error}). Start leave-org in a folder where you may write."
        )),
    }
}
