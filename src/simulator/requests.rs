//! What came to the practice AWS and what it answered, in memory and, when asked for, as one JSON line per request in a file.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use serde::Serialize;
use tokio::sync::watch;

/// One request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Request {
    pub at: Timestamp,
    /// What it asked for, such as `organizations:LeaveOrganization`; `unknown` when it was for no service that is played.
    pub operation: String,
    /// The HTTP status that was sent; `None` when none was.
    pub status: Option<u16>,
    /// `ok`, the error code, the name of the fault that spoiled the answer, or `client-gone` when the client did not wait for it.
    pub outcome: String,
    /// Whether the operation was carried out without an error, whatever the client got to see of it.
    pub acted: bool,
    /// The access key id it was signed with.
    pub access_key: Option<String>,
    /// How long the answer took, in milliseconds.
    pub duration_ms: u64,
}

impl Request {
    /// One of which nothing has been read yet.
    pub(super) fn unread(outcome: &str) -> Self {
        Self {
            at: Timestamp::now(),
            operation: "unknown".to_owned(),
            status: None,
            outcome: outcome.to_owned(),
            acted: false,
            access_key: None,
            duration_ms: 0,
        }
    }
}

/// The requests so far.
#[derive(Debug, Default)]
pub(super) struct Log {
    noted: watch::Sender<Noted>,
    file: Option<Mutex<File>>,
}

#[derive(Debug, Default)]
struct Noted {
    /// In the order they were answered.
    requests: Vec<Request>,
    /// The operations of the requests that were read and are not answered yet.
    under_way: Vec<String>,
}

impl Log {
    /// A log that appends to the file too.
    pub fn open(path: Option<&Path>) -> io::Result<Self> {
        let file = path.map(|path| OpenOptions::new().create(true).append(true).open(path)).transpose()?;
        Ok(Self { file: file.map(Mutex::new), ..Self::default() })
    }

    /// Notes that a request was read.
    pub fn begin(&self, operation: &str) {
        self.noted.send_modify(|noted| noted.under_way.push(operation.to_owned()));
    }

    /// Waits until a request for this operation is under way.
    pub async fn until_under_way(&self, operation: &str) {
        self.wait_for(|noted| noted.under_way.iter().any(|name| name == operation)).await;
    }

    /// Notes a request that has ended, at once in the file as well.
    pub fn note(&self, request: Request) {
        if let Some(file) = &self.file
            && let Ok(mut line) = serde_json::to_vec(&request)
        {
            line.push(b'\n');
            // A full disk must not stop the practice; the requests in memory are the record.
            let _ = file.lock().unwrap_or_else(PoisonError::into_inner).write_all(&line);
        }
        self.noted.send_modify(|noted| {
            if let Some(at) = noted.under_way.iter().position(|operation| *operation == request.operation) {
                noted.under_way.swap_remove(at);
            }
            noted.requests.push(request);
        });
    }

    /// Waits until the requests so far are as `wanted`.
    pub async fn until(&self, wanted: impl Fn(&[Request]) -> bool) {
        self.wait_for(|noted| wanted(&noted.requests)).await;
    }

    async fn wait_for(&self, wanted: impl FnMut(&Noted) -> bool) {
        // The sender lives as long as this log.
        let _ = self.noted.subscribe().wait_for(wanted).await;
    }

    /// All requests so far, in the order they were answered.
    pub fn all(&self) -> Vec<Request> {
        self.noted.borrow().requests.clone()
    }
}
