//! `journal`: what was done to an account, from its journal. It only reads, and asks nobody.

use std::fmt::Write as _;

use jiff::tz::TimeZone;

use super::{Failure, READY, UNEXPECTED, USAGE, for_people, print};
use crate::checklist::{AccountId, NotAnAccountId, Problem};
use crate::journal::{Folder, JournalContents};
use crate::report;
use crate::views::moments;

/// Reads an account id as people copy it: with or without hyphens.
pub(super) fn account_id(text: &str) -> Result<AccountId, NotAnAccountId> {
    text.replace('-', "").parse()
}

/// Prints the journal of `account`, of the only account that has one, or which accounts have one.
pub(super) fn journal(account: Option<&AccountId>) -> Result<u8, Failure> {
    let folder = Folder::of_user().map_err(|problem| not_read(&problem))?;
    let accounts = folder.accounts().map_err(|problem| not_read(&problem))?;
    let read = |account: &AccountId| folder.read(account).map_err(|problem| not_read(&problem));
    let text = match (account, accounts.as_slice()) {
        (Some(account), _) => match read(account)? {
            Some(kept) => history(account, &kept),
            None => return Err(no_journal(account, &accounts)),
        },
        (None, []) => "There is no journal yet. The guided leave and the review begin one.\n".to_owned(),
        (None, [only]) => read(only)?.map(|kept| history(only, &kept)).unwrap_or_default(),
        (None, several) => {
            let mut text = "Journals of these accounts, and when each was last written:\n\n".to_owned();
            for account in several {
                let last = match folder.read(account) {
                    Ok(kept) => kept.and_then(|kept| Some(moments::local(kept.lines.last()?.at, &TimeZone::system()))),
                    Err(problem) => Some(format!("cannot be read: {}", problem.message)),
                };
                let _ = writeln!(text, "  {account}  {}", last.unwrap_or_else(|| "holds nothing that can be read".to_owned()));
            }
            text.push_str("\nName one to read it: leave-org journal ACCOUNT\n");
            text
        }
    };
    print("The journal", for_people(&text).as_bytes())?;
    Ok(READY)
}

fn history(account: &AccountId, kept: &JournalContents) -> String {
    report::journal::of_account(account, kept, &TimeZone::system())
}

fn no_journal(account: &AccountId, others: &[AccountId]) -> Failure {
    let hint = if others.is_empty() {
        "The guided leave and the review begin one.".to_owned()
    } else {
        format!("There are journals of: {}", others.iter().map(AccountId::as_str).collect::<Vec<_>>().join(", "))
    };
    Failure::new(USAGE, format!("There is no journal of the account {account}."), hint)
}

fn not_read(problem: &Problem) -> Failure {
    Failure::new(UNEXPECTED, format!("The journal was not read. {}", problem.message), problem.remedy.clone())
}
