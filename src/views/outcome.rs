//! How it ended, what is true now, and what is left to do.

use jiff::Timestamp;

use super::{ViewContext, leaving, problem};
use crate::aws::Reading;
use crate::checklist::{Problem, Refusal, Retry, Standing, StepId, texts};
use crate::departure::{Answered, JournalState, LastRequest, Mode, Outcome, Verification};
use crate::untrusted::sanitize;
use crate::views::layout::cut;
use crate::views::moments;
use crate::views::page::{LONGEST_NAME, Page};
use crate::views::theme::Role;
use crate::wizard::{Text, keyed, notices};

/// What may be done once it is certain that this request changed nothing.
fn safe(context: ViewContext) -> Text {
    keyed(match context.model.departure.mode {
        Mode::Guided if context.model.departure.has_open_request() => {
            "An earlier request may still be under way. `Press r` to check everything again. If you then confirm again, another request \
             is sent."
        }
        Mode::Guided => "It is safe to try again. `Press r` to check everything again, then confirm again.",
        Mode::Review => "`Press r` to check everything again.",
    })
}

/// That AWS's records had shown the account outside, and show it as a member now, if so.
fn write_went_back(page: &mut Page, context: ViewContext, outside_at: Option<Timestamp>) {
    if let Some(at) = outside_at {
        page.say(4, notices::went_back(&moments::local(at, context.zone)));
    }
}

pub fn write(page: &mut Page, context: ViewContext, outcome: &Outcome) {
    let account = context.model.departure.checklist.subject.as_ref().map_or_else(
        || "The account".to_owned(),
        |subject| {
            let (name, id) = (cut(&sanitize(&subject.display_name()), LONGEST_NAME), subject.identity.account.grouped());
            if name == id { format!("Account {id}") } else { format!("{name}  {id}") }
        },
    );
    match outcome {
        Outcome::AlreadyStandalone => write_standalone(page, context, &account),
        Outcome::Left { organization, now_in, answered, looks, at } => {
            page.sign(2, "✓", format!("{account}  has left  {}.", sanitize(organization)), Role::Good);
            let how = match answered {
                Answered::Accepted { request_id: Some(id) } => format!("AWS accepted the request ({id})"),
                Answered::Accepted { request_id: None } => "AWS accepted the request".to_owned(),
                Answered::Lost(Problem { code: Some(code), .. }) => {
                    format!("AWS's answer to the request ({code}) did not say what became of it")
                }
                Answered::Lost(_) => "AWS's answer to the request was lost".to_owned(),
                Answered::PutOff { calls } => {
                    format!("AWS had asked us to try again later ({})", moments::how_often(*calls))
                }
                Answered::NothingSent => "No request was sent".to_owned(),
                Answered::Interrupted { at } => {
                    format!("leave-org ended around its request of {}", moments::local(*at, context.zone))
                }
            };
            let place = now_in.as_ref().map_or_else(|| "in no organization".to_owned(), |id| format!("in {}", sanitize(id)));
            let since = moments::local(*at, context.zone);
            let read = moments::how_often(*looks);
            page.say(4, format!("{how}. AWS has reported “{place}” since {since}. The membership was read {read}."));
            if !matches!(answered, Answered::PutOff { .. }) {
                write_requests(page, context);
            }
            write_unwritten(page, context);
            write_left_to_do(page, context, now_in.is_some());
        }
        Outcome::Refused(refusal) => write_refusal(page, context, refusal, &account),
        Outcome::NeverSent(reason) => {
            let text = if context.model.departure.has_sent_before() {
                "This request was never sent. An earlier request was."
            } else {
                "The request was never sent. Nothing has been changed."
            };
            page.sign(2, "✗", text, Role::Bad);
            problem::write(page, context, reason);
            page.heading(2, "What to do");
            page.say(2, &reason.remedy);
            page.say(2, safe(context));
        }
        Outcome::StillMember { answered, looks, at, outside_at } => {
            page.sign(2, "✗", format!("{account}  is still a member."), Role::Bad);
            if *answered == Answered::NothingSent {
                page.say(4, "For a moment AWS reported no organization. No request was sent under this confirmation.");
            } else {
                let of = moments::local(*at, context.zone);
                page.say(4, notices::shows_no_effect(&of, outside_at.is_some()));
                write_went_back(page, context, *outside_at);
                if context.model.departure.last_request.as_ref().is_some_and(|request| !request.is_over()) {
                    page.say(4, "If the account leaves later, leave-org attributes it to this request.");
                }
            }
            match answered {
                Answered::Interrupted { at } => {
                    page.say(4, format!("leave-org ended around it, {}.", moments::ago(*at, context.now)));
                }
                Answered::Accepted { .. } => page.say(4, "AWS had accepted it, so the account may have left and joined again."),
                Answered::Lost(_) | Answered::PutOff { .. } | Answered::NothingSent => {}
            }
            page.say(4, format!("The membership was read {}.", moments::how_often(*looks)));
            write_requests(page, context);
            if let Answered::Lost(reason) = answered {
                page.heading(2, "What came back");
                problem::write_lost(page, context, reason);
                problem::write_lost_remedy(page, reason, safe(context));
            } else {
                page.heading(2, "What to do");
                page.say(2, safe(context));
            }
        }
        Outcome::NotKnown(verification) => write_not_known(page, context, verification, &account),
    }
}

/// How many requests one confirmation led to, where it was more than one.
fn write_requests(page: &mut Page, context: ViewContext) {
    let requests = context.model.departure.requests;
    if requests > 1 {
        page.say(4, format!("{requests} requests were sent under this confirmation, because AWS asked us to try again later."));
    }
}

/// The account is in no organization: by a departure that is in the journal, or without one of ours.
fn write_standalone(page: &mut Page, context: ViewContext, account: &str) {
    if let Some(left) = context.model.departure.departure_before() {
        let from = left.organization.as_deref().map_or_else(|| "its organization".to_owned(), sanitize);
        let on = moments::local(left.at, context.zone);
        page.sign(2, "✓", format!("{account}  left  {from}  on {on}, and is in no organization."), Role::Good);
        page.say(4, "The departure is in the journal. AWS reports no organization (read twice).");
        write_unwritten(page, context);
        write_left_to_do(page, context, false);
    } else {
        page.sign(2, "✓", format!("{account}  is in no organization. There is nothing to leave."), Role::Good);
        let cause = if context.model.departure.before.is_none() && context.model.departure.record.problem().is_some() {
            "The journal could not be read, so it is not known whether a request of leave-org is the cause."
        } else {
            "No request of leave-org is known to be the cause."
        };
        page.say(4, format!("AWS reports no organization (read twice). {cause}"));
        write_unwritten(page, context);
    }
}

fn write_refusal(page: &mut Page, context: ViewContext, refusal: &Refusal, account: &str) {
    page.sign(2, "✗", format!("AWS refused to let  {account}  leave."), Role::Bad);
    write_requests(page, context);
    if let Some(request) = context.model.departure.last_request.as_ref().filter(|request| request.is_open) {
        let of = moments::local(request.at, context.zone);
        page.text(4, format!("The request of {of} may still be under way."), Role::Attention);
    }
    page.heading(2, "Why");
    page.say(2, &refusal.cause);
    // What can be done stands before AWS's words, which can be long. Where nobody knows the reason, those words are all there is.
    let is_recognised = !refusal.message.is_empty() && refusal.entry != texts::UNRECOGNISED;
    if !is_recognised {
        write_words(page, context, refusal);
    }
    page.heading(2, "Who can change that");
    page.say(2, &refusal.who);
    page.heading(2, "What to do");
    page.numbered(&refusal.todo);
    if let Some(link) = &refusal.link {
        page.link(5, link);
    }
    page.say(
        2,
        keyed(match refusal.retry {
            Retry::AfterAPause => "Wait a moment, then `press r` to go back to the checklist, and confirm again.",
            Retry::AfterTheCause if refusal.steps.is_empty() => "When that is done, `press r` to go back to the checklist.",
            Retry::AfterTheCause => "When that is done, `press r`: it takes you to the step this is about.",
            Retry::Never => "Trying again as things stand will not help.",
        }),
    );
    if is_recognised {
        page.heading(2, "AWS said");
        write_words(page, context, refusal);
    }
}

/// What AWS said, word for word, and how to find that answer again.
fn write_words(page: &mut Page, context: ViewContext, refusal: &Refusal) {
    if !refusal.message.is_empty() {
        page.say(2, format!("“{}”", refusal.message));
    }
    problem::write_code(page, context, refusal);
}

fn write_not_known(page: &mut Page, context: ViewContext, verification: &Verification, account: &str) {
    page.sign(2, "¿", format!("We do not know whether  {account}  has left."), Role::Attention);
    match &verification.answered {
        Answered::Accepted { .. } if verification.seen.has_come_back => {
            page.say(4, "AWS accepted the request, but its own records contradict one another.");
        }
        Answered::Accepted { .. } => page.say(4, "AWS accepted the request, but its own records do not show it yet."),
        Answered::Lost(reason) => {
            page.say(4, "The request may have reached AWS, and no answer says what became of it.");
            page.heading(2, "What came back");
            problem::write_lost(page, context, reason);
            page.gap();
        }
        Answered::PutOff { .. } | Answered::NothingSent => {
            page.say(4, "AWS had asked us to try again later, but it may have accepted the request.");
        }
        Answered::Interrupted { at } => {
            page.say(4, format!("leave-org ended {} while the request may have been under way.", moments::ago(*at, context.now)));
        }
    }
    write_requests(page, context);
    leaving::write_looks(page, context, verification);
    if verification.is_member() {
        write_went_back(page, context, verification.seen.outside_at);
    }
    let is_unsettled = |request: &&LastRequest| verification.is_member() && context.now < request.settles_at();
    if let Some(request) = context.model.departure.last_request.as_ref().filter(is_unsettled) {
        let settled = moments::local(request.settles_at(), context.zone);
        page.say(2, format!("The request can still take effect. leave-org treats the outcome as unknown until {settled}."));
    }
    // What stands in the way now comes before what came back then.
    let in_the_way = match &verification.last {
        Some(Reading::Unknown(reason)) if reason.kind.is_about_credentials() => Some(reason),
        _ => None,
    };
    let next = keyed(match (verification.is_member(), context.model.departure.mode) {
        (true, Mode::Guided) => {
            "`Press r` to read the membership again. You can also close leave-org: the next start continues here. `Enter goes|Type back to go` back to \
             the checklist; if you confirm there, a second request is sent while the first may still be under way."
        }
        (true, Mode::Review) => {
            "`Press r` to read the membership again. You can also close leave-org: the next start continues here. `Enter goes|Type back to go` to the \
             checklist."
        }
        (false, _) => {
            "Nothing is sent again while this is open. `Press r` to read the membership again. If your sign-in has ended, r also reads \
             the credentials of this machine again."
        }
    });
    if let Some(reason) = context.model.departure.connection_problem().or(in_the_way) {
        page.heading(2, "What is in the way");
        problem::write(page, context, reason);
        page.heading(2, "What to do");
        page.say(2, &reason.remedy);
        page.say(2, next);
        return;
    }
    match &verification.answered {
        Answered::Accepted { .. } | Answered::Interrupted { .. } | Answered::PutOff { .. } | Answered::NothingSent => {
            page.heading(2, "What to do");
            page.say(2, next);
        }
        Answered::Lost(reason) => problem::write_lost_remedy(page, reason, next),
    }
}

/// That the end of the story is not in the journal, if so.
fn write_unwritten(page: &mut Page, context: ViewContext) {
    let Some(reason) = context.model.departure.record.problem() else { return };
    page.gap();
    page.sign(2, "✗", keyed("Not all of this is in the journal. `Press r` to write it again, or s to save a report."), Role::Bad);
    problem::write(page, context, reason);
    page.say(2, &reason.remedy);
}

fn write_left_to_do(page: &mut Page, context: ViewContext, is_elsewhere: bool) {
    let checklist = context.model.departure.checklist_before_leaving();
    page.heading(2, "Left to do");
    for id in [StepId::OldOwnerAccess, StepId::AccessAfterwards] {
        let Some(finding) = &checklist.step(id).finding else { continue };
        let wording = finding.wording();
        page.dot(2, "•", format!("{}: {}", texts::step(id).title, sanitize(&wording.summary)), Role::Text);
        for line in &wording.details {
            page.dot(6, "·", sanitize(line), Role::Text);
        }
        if checklist.step(id).standing(context.now) != Some(Standing::Met) {
            for line in &wording.todo {
                page.dot(6, "→", sanitize(line), Role::Quiet);
            }
        }
    }
    if checklist.steps().any(|step| step.finding.is_some()) {
        page.say(2, keyed("`Press s` to save the report: the checklist as it was read before the leave, what happened, and how both sides find it in CloudTrail."));
    }
    // The journal of the practice ends with the practice.
    if let (JournalState::Open { path }, None) = (&context.model.departure.record, &context.model.practice) {
        page.say(2, format!("What was found, said, sent and answered is in the journal: {}", sanitize(path)));
    }
    page.heading(2, "What is different now");
    for consequence in texts::consequences().iter().filter(|consequence| !(is_elsewhere && consequence.only_standalone)) {
        page.dot(2, "•", &consequence.text, Role::Text);
    }
}
