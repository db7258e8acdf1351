//! `check`: every check once, one report, no terminal needed.

use std::io::{self, IsTerminal as _};
use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;
use tokio::task::JoinSet;

use super::{Credentials, Failure, Format, NO_IDENTITY, UNEXPECTED, print, say};
use crate::aws::{self, Wanted};
use crate::checklist::{Checklist, ProblemKind, StepId, texts};
use crate::driver::{read_subject_patiently, run_check_patiently};
use crate::report;
use crate::wizard::exit_code_of_standings;

/// Checks `steps` once and prints the report.
pub(super) async fn check(
    credentials: &Credentials,
    format: Format,
    output: Option<&Path>,
    steps: &[StepId],
    timeout: u64,
) -> Result<u8, Failure> {
    let limit = Duration::from_secs(timeout);
    let checklist = read(&credentials.wanted(), steps, limit).await?;
    let now = Timestamp::now();
    let text = match format {
        Format::Json => report::json::of_checklist(&checklist, steps, now),
        Format::Text => report::text::of_checklist(&checklist, steps, now),
    };
    match output {
        None => print("The report", text)?,
        Some(path) => std::fs::write(path, text).map_err(|error| {
            let what = format!("The report could not be written to {}: {error}", path.display());
            Failure::new(UNEXPECTED, what, "Choose another file, or leave --output out to read it here.")
        })?,
    }
    Ok(exit_code_of_standings(&checklist, steps, now))
}

/// Asks AWS. Every step that was asked for has a finding in the result.
async fn read(wanted: &Wanted, steps: &[StepId], limit: Duration) -> Result<Checklist, Failure> {
    let connected = tokio::time::timeout(limit, aws::connect(wanted)).await;
    let session = match connected {
        // Nobody is there to type it.
        Ok(Err(problem)) if problem.kind == ProblemKind::MfaCodeNeeded => {
            let hint = "This command cannot ask for it: run `leave-org review`, which can, or name a profile that needs no code.";
            return Err(Failure { hint: Some(hint.to_owned()), ..Failure::no_identity(&problem) });
        }
        Ok(result) => result.map_err(|problem| Failure::no_identity(&problem))?,
        Err(_) => return Err(Failure::no_identity(&aws::timed_out("credentials", limit.as_secs()))),
    };
    for endpoint in session.custom_endpoints() {
        let service = endpoint.service.as_deref().unwrap_or("every service");
        say(
            &mut io::stderr(),
            &format!("Note: a custom endpoint answers for {service}: {}", crate::untrusted::neutralise(&endpoint.host)),
        );
    }
    let reader = session.reader();
    let round = reader.round();
    let mut checklist = Checklist::default();
    let mut checks = JoinSet::new();
    for step in steps {
        checks.spawn(run_check_patiently(reader.clone(), round.clone(), *step, limit));
    }
    let subject = read_subject_patiently(reader, round, limit).await;
    checklist.subject = Some(subject.map_err(|problem| Failure { code: NO_IDENTITY, ..Failure::no_identity(&problem) })?);
    let watched = io::stderr().is_terminal();
    while let Some(finished) = checks.join_next().await {
        let finding = finished.map_err(|error| Failure::unexpected("A check could not be carried out", &error))?;
        if watched {
            say(&mut io::stderr(), &format!("checked: {}", texts::step(finding.step).title));
        }
        checklist.record(finding);
    }
    Ok(checklist)
}
