//! What is written: pure data. Nothing in it can hold a credential.
//!
//! A run writes [`Entry::Opened`], then [`Entry::Identified`], before anything else: words of a run that did not say against which
//! endpoints and about whom it spoke do not come back.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::checklist::gate::{Acknowledgement, ReadyToLeave, StandingsDigest};
use crate::checklist::{
    AccountId, Attestation, Destination, Finding, FixAnswer, FixRecord, LeaveAnswer, Problem, Standing, StepId, Subject,
};
use crate::untrusted::sanitize;

/// The version of the lines that this program writes. It reads no higher one.
pub(super) const VERSION: u64 = 1;
/// The longest line that is written or read, in bytes, its end included. AWS's longest answers stay far below it.
pub(super) const LONGEST_LINE: usize = 1 << 20;

/// One line of the journal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    pub v: u64,
    pub at: Timestamp,
    /// Which run of the program wrote it; no two runs have the same name.
    pub run: String,
    pub account: AccountId,
    #[serde(flatten)]
    pub entry: Entry,
}

/// What happened.
///
/// Its fields stand beside those of [`Line`], so none of them may be called like one of those.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, strum::IntoStaticStr, strum::VariantNames)]
#[serde(tag = "kind", rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum Entry {
    /// A run of the program began to work on the account.
    Opened {
        version: String,
        /// `guided` or `review`.
        mode: String,
        /// The name of the person on this machine.
        by: String,
        profile: Option<String>,
        /// Hosts that take AWS's place, in words. Empty: AWS itself.
        endpoints: Vec<String>,
    },
    /// From here on these hosts took AWS's place as well, and no others: on the way to credentials, or for the management profile.
    AlsoAsked {
        /// The hosts, in words. What they say does not decide which words of other runs count.
        endpoints: Vec<String>,
    },
    Identified {
        subject: Subject,
    },
    /// A person said where the account is going.
    Chosen {
        destination: Destination,
    },
    Found {
        finding: Finding,
        standing: Option<Standing>,
    },
    /// A person gave their word for a step.
    Attested {
        step: StepId,
        attestation: Attestation,
    },
    Confirmed {
        confirmed_at: Timestamp,
        acknowledged: Vec<Acknowledgement>,
        /// How often AWS had asked to come back later under this confirmation: the checks run again, and nobody typed anything.
        #[serde(default)]
        calls: u32,
    },
    /// The call is about to be made.
    Intended(Intent),
    Answered {
        answer: LeaveAnswer,
    },
    /// A person took back what they had said of a step.
    Withdrawn {
        step: StepId,
    },
    /// The membership was read to find out what became of a call.
    MembershipRead {
        look: MembershipRead,
    },
    /// A change that puts a step right is about to be made.
    FixIntended {
        fix: FixRecord,
    },
    FixAnswered {
        fix: FixRecord,
        answer: FixAnswer,
    },
    /// It is certain what became of the account.
    Settled {
        outcome: Settled,
        /// The organization it is about, when that is known.
        organization: Option<String>,
        /// How often the membership was read for it.
        looks: u32,
    },
    /// Lines that could not be read were moved into another file.
    SetAside {
        lines: u64,
        /// The name of that file, in the same folder.
        file: String,
    },
    Closed {
        exit_code: u8,
    },
}

/// A leave that is about to be asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Intent {
    pub principal: String,
    pub organization: String,
    /// The digest of the standings that were seen.
    pub standings: StandingsDigest,
    pub confirmed_at: Timestamp,
    pub made_at: Timestamp,
}

impl From<&ReadyToLeave> for Intent {
    fn from(token: &ReadyToLeave) -> Self {
        Self {
            principal: token.principal().to_owned(),
            organization: token.organization().to_owned(),
            standings: token.standings().clone(),
            confirmed_at: token.confirmation().at(),
            made_at: token.made_at(),
        }
    }
}

/// One read of the membership.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "said", rename_all = "kebab-case")]
pub enum MembershipRead {
    Standalone { request_id: Option<String> },
    Member { organization: String, request_id: Option<String> },
    Unknown { problem: Problem },
}

/// What is certain, from the membership as AWS reports it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Settled {
    Left,
    /// It is still a member: the call had no effect.
    StillMember,
    /// It was in no organization to begin with.
    AlreadyStandalone,
}

impl Entry {
    /// The name of its kind, as the lines spell it.
    pub(crate) fn kind(&self) -> &'static str {
        self.into()
    }

    /// The entry as it is written. Everything else was sanitized where it came in; these come straight from the machine.
    fn harmless(mut self) -> Self {
        match &mut self {
            Self::Opened { by, profile, endpoints, .. } => {
                *by = sanitize(by);
                *profile = profile.as_deref().map(sanitize);
                *endpoints = harmless_endpoints(endpoints);
            }
            Self::AlsoAsked { endpoints } => *endpoints = harmless_endpoints(endpoints),
            Self::Attested { attestation, .. } => attestation.by = sanitize(&attestation.by),
            _ => {}
        }
        self
    }

    /// The same with at most `most` lines of particulars, where it has any to spare. No rule looks at those.
    fn cut_to(&self, most: usize) -> Option<Self> {
        let Self::Found { finding, standing } = self else { return None };
        let finding = finding.cut_to(most)?;
        Some(Self::Found { finding, standing: *standing })
    }
}

fn harmless_endpoints(endpoints: &[String]) -> Vec<String> {
    endpoints.iter().map(|endpoint| sanitize(endpoint)).collect()
}

/// How endpoints are compared. Version 0.1 wrote them without `http://` or `https://`.
pub(super) fn places(endpoints: &[String]) -> BTreeSet<String> {
    let place = |endpoint: &str| endpoint.split_once("://").map_or(endpoint, |(_, host)| host).to_owned();
    harmless_endpoints(endpoints).iter().map(|endpoint| place(endpoint)).collect()
}

impl Line {
    /// The line as it is written, its end included.
    ///
    /// # Errors
    /// When it cannot be said in [`LONGEST_LINE`] bytes: a line that is written must be one that can be read.
    pub(super) fn to_bytes(&self) -> Result<Vec<u8>, serde_json::Error> {
        let whole = self.bytes_with(self.entry.clone().harmless())?;
        if whole.len() <= LONGEST_LINE {
            return Ok(whole);
        }
        let mut most = 1_024;
        while most > 0 {
            if let Some(entry) = self.entry.cut_to(most) {
                let bytes = self.bytes_with(entry)?;
                if bytes.len() <= LONGEST_LINE {
                    return Ok(bytes);
                }
            }
            most /= 2;
        }
        Err(serde::ser::Error::custom(format!("the line would have {} bytes, and {LONGEST_LINE} is the most", whole.len())))
    }

    fn bytes_with(&self, entry: Entry) -> Result<Vec<u8>, serde_json::Error> {
        let mut bytes = serde_json::to_vec(&Self { entry, run: self.run.clone(), account: self.account.clone(), ..*self })?;
        bytes.push(b'\n');
        Ok(bytes)
    }
}
