//! Every form of every kind of report.

use std::collections::BTreeSet;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use quick_xml::Reader;
use quick_xml::escape::unescape;
use quick_xml::events::{BytesStart, Event as Xml};

use super::*;
use crate::aws::{Endpoint, Side};
use crate::checklist::Unredacted;
use crate::checklist::facts::{Few, OldOwnerAccessFact, OldOwnerAccessLine, Own};
use crate::checklist::gate::Acknowledgement;
use crate::checklist::{
    AccountDetails, Attestation, Checklist, Confidence, Destination, Evidence, Finding, FixAnswer, FixRecord, FixRefusal,
    Identity, LeaveAnswer, Membership, Organization, Partition, Problem, ProblemKind, Refusal, Retry, Standing, StepId, Subject,
    Verdict, VerdictKind, texts,
};
use crate::journal::{Entry, Intent, JournalContents, Line, MembershipRead, Settled};

/// A name as people give one.
const HARMLESS: &str = "Zahlungen – Prod";
const ANNA: &str = "arn:aws:iam::123456789012:user/anna";

/// So many minutes after the beginning.
fn minute(minutes: i64) -> Timestamp {
    "2026-11-23T09:00:00Z".parse::<Timestamp>().unwrap() + SignedDuration::from_mins(minutes)
}

fn subject(name: &str, membership: Membership) -> Subject {
    let identity = Identity { account: "123456789012".parse().unwrap(), arn: ANNA.to_owned(), partition: Partition::Aws };
    let details =
        AccountDetails { name: Some(name.to_owned()), state: Some("ACTIVE".to_owned()), created_at: Some(minute(-100_000)) };
    Subject { identity, details: Some(details), membership }
}

fn member(name: &str) -> Subject {
    let organization = Organization {
        id: "o-a1b2c3d4e5".to_owned(),
        management_account: Some("999999999999".parse().unwrap()),
        feature_set: Some("ALL".to_owned()),
    };
    subject(name, Membership::Member(organization))
}

/// What a check found, with `foreign` wherever text from outside can be.
fn finding(step: StepId, verdict: Verdict, foreign: &str) -> Finding {
    let evidence = |outcome: &str, request_id: Option<&str>| Evidence {
        operation: "iam:ListRoles".to_owned(),
        outcome: outcome.to_owned(),
        fact: format!("A fact about {foreign}."),
        request_id: request_id.map(str::to_owned),
        at: minute(1),
        own: Vec::new(),
    };
    let finding = match step {
        // As a fact: what is private in it is masked where its words are made.
        StepId::OldOwnerAccess => {
            let roles = Few::of([Own::new(foreign)], 3);
            let fact = OldOwnerAccessFact::DoorsOpen { count: 1, possible: 0, roles, complete: true };
            Finding::new(step, fact, verdict).line(OldOwnerAccessLine::TrustsAnyone { role: Own::new(foreign), rights: None })
        }
        _ => Finding::told(step, "a-rule", verdict).telling(|told| {
            told.summary = format!("What was found about {foreign}.");
            told.details = vec![foreign.to_owned(), "a particular".to_owned()];
            told.not_proven = Some(format!("That {foreign} is all."));
            told.todo = vec![format!("Do something about {foreign}."), "Check again.".to_owned()];
            told.private = vec![foreign.to_owned()];
        }),
    };
    finding
        .evidence([evidence("ok", Some("11111111-2222-3333-4444-555555555555")), evidence(foreign, None)])
        .finish(Partition::Aws, minute(2))
}

fn word(foreign: &str) -> Attestation {
    Attestation {
        is_override: false,
        by: foreign.to_owned(),
        at: minute(3),
        expires_at: minute(3) + SignedDuration::from_hours(24),
        note: Some(format!("I saw {foreign}.")),
        over: VerdictKind::NeedsYou,
        reading: None,
        rule: "a-rule".to_owned(),
    }
}

fn problem(foreign: &str) -> Problem {
    let problem = Problem::here(ProblemKind::DeniedByIdentityPolicy, "support:DescribeSeverityLevels", "", minute(2));
    let request_id = Some("66666666-7777-8888-9999-000000000000".to_owned());
    Problem { code: Some(foreign.to_owned()), message: format!("No, said {foreign}."), request_id, ..problem }
}

fn refusal(foreign: &str) -> Refusal {
    Refusal {
        ends_with_a_response: false,
        entry: "payment-method-missing".to_owned(),
        code: "ConstraintViolationException".to_owned(),
        reason: Some(foreign.to_owned()),
        message: format!("Not without {foreign}."),
        request_id: Some(foreign.to_owned()),
        cause: "Something is missing.".to_owned(),
        who: "You.".to_owned(),
        todo: vec!["Add it.".to_owned()],
        link: None,
        steps: vec![StepId::ContactInformation],
        retry: Retry::AfterTheCause,
        at: minute(-60),
    }
}

/// A checklist on which every standing is to be seen, and every part of a step.
fn every_standing(foreign: &str) -> Checklist {
    let mut checklist = Checklist::default();
    checklist.subject = Some(member(foreign));
    let verdicts = [
        (StepId::Membership, Verdict::Met),
        (StepId::WaitingPeriod, Verdict::Waiting { until: minute(3_000) }),
        (StepId::Permission, Verdict::Met),
        (StepId::SupportPlan, Verdict::Unknown(problem(foreign))),
        (StepId::ContactInformation, Verdict::Unmet),
        (StepId::PaymentMethod, Verdict::NeedsYou),
        (StepId::BillingAccess, Verdict::NotApplicable),
        (StepId::DelegatedAdministrator, Verdict::NeedsYou),
        (StepId::OldOwnerAccess, Verdict::NeedsYou),
        (StepId::OtherWayOut, Verdict::Met),
    ];
    for (step, verdict) in verdicts {
        checklist.record(finding(step, verdict, foreign));
    }
    let change = |checklist: &mut Checklist, step, change: fn(&mut Finding)| {
        checklist.step_mut(step).finding.iter_mut().for_each(change);
    };
    change(&mut checklist, StepId::Permission, |finding| finding.confidence = Confidence::Predicted);
    change(&mut checklist, StepId::WaitingPeriod, |finding| finding.confidence = Confidence::Predicted);
    change(&mut checklist, StepId::BillingAccess, |finding| finding.evidence.clear());
    checklist.step_mut(StepId::ContactInformation).refuse(&refusal(foreign));
    checklist.step_mut(StepId::PaymentMethod).attestation = Some(word(foreign));
    checklist
}

fn all_met(foreign: &str) -> Checklist {
    let mut checklist = Checklist::default();
    checklist.subject = Some(member(foreign));
    for step in StepId::ALL {
        checklist.record(match step {
            StepId::OldOwnerAccess => finding(step, Verdict::Met, foreign),
            _ => finding(step, Verdict::Met, foreign).telling(|told| (told.todo, told.not_proven) = (Vec::new(), None)),
        });
    }
    checklist
}

/// A walk that was refused once, and left.
fn walk(foreign: &str) -> JournalContents {
    let step = StepId::PaymentMethod;
    let found = |standing| Entry::Found { finding: finding(step, Verdict::NeedsYou, foreign), standing };
    let intended = || {
        Entry::Intended(Intent {
            principal: format!("arn:aws:iam::123456789012:user/{foreign}"),
            organization: "o-a1b2c3d4e5".to_owned(),
            standings: serde_json::from_value("ab12".into()).unwrap(),
            confirmed_at: minute(9),
            made_at: minute(10),
        })
    };
    let entries = [
        Entry::SetAside { lines: 1, file: foreign.to_owned() },
        Entry::Opened {
            version: "0.1.0".to_owned(),
            mode: "guided".to_owned(),
            by: foreign.to_owned(),
            profile: Some(foreign.to_owned()),
            endpoints: Vec::new(),
        },
        Entry::Identified { subject: member(foreign) },
        found(None),
        Entry::Chosen { destination: Destination::AnotherOrganization },
        Entry::Attested { step, attestation: word(foreign) },
        Entry::Confirmed {
            calls: 0,
            confirmed_at: minute(4),
            acknowledged: vec![Acknowledgement::Advice(StepId::OldOwnerAccess), Acknowledgement::Consequence(foreign.to_owned())],
        },
        intended(),
        Entry::Answered { answer: LeaveAnswer::Refused { refusal: refusal(foreign) } },
        found(Some(Standing::NeedsYou)),
        found(Some(Standing::NeedsYou)),
        intended(),
        Entry::Answered { answer: LeaveAnswer::Accepted { request_id: Some(foreign.to_owned()) } },
        Entry::MembershipRead { look: MembershipRead::Unknown { problem: problem(foreign) } },
        Entry::MembershipRead { look: MembershipRead::Standalone { request_id: Some("the-last-one".to_owned()) } },
        Entry::Settled { outcome: Settled::Left, organization: None, looks: 2 },
        Entry::Closed { exit_code: 0 },
    ];
    let line =
        |(at, entry)| Line { v: 1, at: minute(at), run: "a-run".to_owned(), account: "123456789012".parse().unwrap(), entry };
    JournalContents::of("a-journal.jsonl", (4..).zip(entries).map(line).collect(), 2)
}

/// One document of each kind, by its name.
fn documents(foreign: &str) -> Vec<(&'static str, Document)> {
    let story = || Some(Story::of(&walk(foreign), Some(&[]), &TimeZone::UTC, &mut Unredacted));
    let of = |checklist: &Checklist, steps: &[StepId]| Document::of(checklist, steps, minute(30), &mut Unredacted);
    let whole = |checklist: &Checklist| of(checklist, &StepId::ALL);
    let (mixed, met) = (every_standing(foreign), all_met(foreign));
    let mut standalone = Checklist::default();
    standalone.subject = Some(subject(foreign, Membership::Standalone));
    standalone.record(finding(StepId::Membership, Verdict::Met, foreign));
    let mut nameless = mixed.clone();
    nameless.subject = Some(Subject { details: None, membership: Membership::Unknown, ..member(foreign) });
    let documents = [
        ("no_subject", whole(&Checklist::default())),
        ("nameless", whole(&nameless)),
        ("standalone", whole(&standalone)),
        ("standalone_with_story", whole(&standalone).with_story(story())),
        ("ready", whole(&met)),
        ("practice", whole(&met).answered_by(Origin::Practice)),
        ("elsewhere", whole(&met).answered_by(Origin::of(vec![endpoint(foreign)]))),
        ("open_outcome", whole(&mixed).with_open_outcome(Some(minute(29)))),
        ("left", whole(&met).with_story(story())),
        ("part", of(&mixed, &[StepId::PaymentMethod, StepId::SupportPlan])),
        ("every_standing", whole(&mixed)),
        ("masked", redacted(&mixed, Some(&walk(foreign)))),
    ];
    documents.map(|(name, document)| (name, Document { version: "0.0.0", ..document })).to_vec()
}

/// A page, read as strictly as XML is.
#[derive(Debug, Default, PartialEq)]
struct Page {
    /// Every tag with all that is in it, in order.
    tags: Vec<String>,
    /// What each of them is called, and each attribute as `name=value`.
    elements: BTreeSet<String>,
    attributes: BTreeSet<(String, String)>,
    /// What is written between them.
    text: String,
}

impl Page {
    fn read(html: &str) -> Self {
        let mut page = Self::default();
        let mut reader = Reader::from_str(html);
        let (mut open, mut is_over) = (0, false);
        while !is_over {
            match reader.read_event().unwrap_or_else(|error| panic!("{error} in:\n{html}")) {
                Xml::Start(tag) => {
                    page.take(&tag);
                    open += 1;
                }
                Xml::Empty(tag) => page.take(&tag),
                Xml::End(tag) => {
                    page.tags.push(format!("/{}", tag.name().as_ref()));
                    open -= 1;
                }
                Xml::Text(text) => page.text.push_str(&text),
                Xml::GeneralRef(entity) => {
                    let escaped = format!("&{};", &*entity);
                    page.text.push_str(&unescape(&escaped).unwrap());
                }
                Xml::DocType(kind) => assert_eq!(kind.trim(), "html"),
                Xml::Eof => is_over = true,
                other => panic!("{other:?} is nothing that the template writes"),
            }
        }
        assert_eq!(open, 0, "an element stays open in:\n{html}");
        page
    }

    fn take(&mut self, tag: &BytesStart) {
        self.tags.push((**tag).to_owned());
        self.elements.insert(tag.name().as_ref().to_owned());
        for attribute in tag.attributes() {
            let attribute = attribute.unwrap();
            let name = attribute.key.as_ref().to_owned();
            self.attributes.insert((name, unescape(&attribute.value).unwrap().into_owned()));
        }
    }
}

/// What somebody may try to smuggle into a page by a name.
fn hostile() -> Vec<String> {
    let mut names: Vec<String> = [
        "<script>alert(1)</script>",
        "\" onmouseover=\"alert(1)",
        "' onfocus='alert(1)' autofocus='",
        "</td></tr></table></main><img src=x onerror=alert(1)>",
        "</title><style>*{display:none}</style>",
        "<a href=\"javascript:alert(1)\">here</a>",
        "javascript:alert(1)",
        "https://elsewhere.example/?a=b&c",
        "<!-- ]]> --> <![CDATA[ <?php",
        "&lt;b&gt; &amp; &#60;i&#62; &nosuch;",
        "{{ verdict }}{% raw %}{# no",
        "`a` **b** [c](d) | e",
    ]
    .map(str::to_owned)
    .to_vec();
    names.push("x".repeat(2_000));
    names
}

#[test]
fn every_form_of_every_kind_of_report_can_be_written() {
    for (name, document) in documents(HARMLESS) {
        for form in Form::ALL {
            let text = form.write(&document);
            assert!(
                text.contains(document.account.as_ref().map_or("", |account| &account.told.id)) || form == Form::Text,
                "{name}"
            );
            assert!(!text.contains("{{") && !text.contains("{%") && text.ends_with('\n'), "{name}, {form:?}:\n{text}");
        }
        let page = Page::read(&Form::Html.write(&document));
        assert!(page.text.contains(&super::verdict::verdict(&document)), "{name}");
        assert_eq!(page.tags.first().map(String::as_str), Some("html lang=\"en\""), "{name}");
    }
}

#[test]
fn no_name_message_or_note_becomes_markup_in_the_page() {
    let plain: Vec<Page> = documents(HARMLESS).iter().map(|(_, document)| Page::read(&Form::Html.write(document))).collect();
    for name in hostile() {
        for ((kind, document), plain) in documents(&name).iter().zip(&plain) {
            let page = Page::read(&Form::Html.write(document));
            assert_eq!(page.tags, plain.tags, "{name} in {kind}");
            if !matches!(*kind, "no_subject" | "masked") {
                assert!(page.text.contains(&name), "{name} in {kind} cannot be read any more");
            }
        }
    }
}

#[test]
fn what_turns_the_reading_around_does_not_reach_the_page_or_the_ticket() {
    for (kind, document) in documents("prod\u{202E}dorp\u{1b}[2J\u{200B}") {
        for form in [Form::Html, Form::Markdown] {
            let text = form.write(&document);
            assert!(!text.contains(['\u{202E}', '\u{1b}', '\u{200B}']), "{kind}, {form:?}");
        }
    }
}

#[test]
fn the_page_loads_nothing_runs_nothing_and_leads_only_to_pages_that_are_ours() {
    let elements = BTreeSet::from(
        [
            "html", "head", "meta", "title", "style", "body", "main", "header", "nav", "section", "article", "footer", "div",
            "h1", "h2", "h3", "p", "a", "ul", "ol", "li", "dl", "dt", "dd", "table", "caption", "thead", "tbody", "tr", "th",
            "td", "span", "strong", "q", "code", "pre", "time",
        ]
        .map(str::to_owned),
    );
    let attributes = BTreeSet::from(
        ["lang", "charset", "name", "content", "http-equiv", "class", "id", "href", "rel", "scope", "datetime", "aria-hidden"]
            .map(str::to_owned),
    );
    let mut links = 0;
    for (kind, document) in documents(HARMLESS) {
        let html = Form::Html.write(&document);
        let page = Page::read(&html);
        let surplus: Vec<_> = page.elements.difference(&elements).collect();
        assert!(surplus.is_empty(), "{kind}: {surplus:?}");
        for (name, value) in &page.attributes {
            assert!(attributes.contains(name) || name == "aria-label", "{kind}: {name}={value}");
            match (name.as_str(), value.strip_prefix('#')) {
                ("href", Some(place)) => assert!(html.contains(&format!("id=\"{place}\"")), "{kind}: nothing is called {place}"),
                ("href", None) => {
                    assert!(texts::our_link(value).is_some(), "{kind}: {value}");
                    links += 1;
                }
                _ => assert!(!value.contains("//"), "{kind}: {name}={value}"),
            }
        }
        let style = html.split_once("<style>").unwrap().1.split_once("</style>").unwrap().0;
        for word in ["@import", "url(", "//", "src", "image-set", "expression"] {
            assert!(!style.contains(word), "{word} in the style");
        }
        // An address is only ever one of ours, also where it is only read.
        for address in page.text.split("http").skip(1) {
            let address = format!("http{}", address.split_whitespace().next().unwrap_or_default());
            assert!(texts::our_link(&address).is_some(), "{kind}: {address}");
        }
    }
    assert!(links > 0);
}

#[test]
fn the_page_names_who_or_what_said_so_when_and_with_which_request() {
    let checklist = every_standing(HARMLESS);
    let page = Page::read(&Form::Html.write(&Document::of(&checklist, &StepId::ALL, minute(30), &mut Unredacted)));
    for step in checklist.steps() {
        let evidence = step.finding.iter().flat_map(|finding| &finding.evidence);
        for call in evidence {
            for told in [&call.operation, &call.outcome, &call.fact, call.request_id.as_ref().unwrap_or(&call.fact)] {
                assert!(page.text.contains(told.as_str()), "{told}");
            }
        }
    }
    for told in ["2026-11-23 09:01:00 UTC", "on 2026-11-23 09:03:00 UTC. It counts until", "counts until 2026-11-24 09:03 UTC"] {
        assert!(page.text.contains(told), "{told}");
    }
}

#[test]
fn headings_follow_one_another_and_every_column_says_what_it_heads() {
    for (kind, document) in documents(HARMLESS) {
        let page = Page::read(&Form::Html.write(&document));
        let mut depth = 0;
        for tag in &page.tags {
            let (name, rest) = tag.split_once(' ').unwrap_or((tag, ""));
            if let Some(level) = name.strip_prefix('h').and_then(|level| level.parse::<u8>().ok()) {
                assert!(level <= depth + 1, "{kind}: <h{level}> after <h{depth}>");
                depth = level;
            }
            assert!(name != "th" || rest.contains("scope="), "{kind}: {tag}");
        }
    }
}

#[test]
fn after_the_leave_the_page_holds_the_whole_story_and_both_look_ups() {
    let documents = documents(HARMLESS);
    for (kind, document) in documents.iter().filter(|(_, document)| document.story.is_some() && !document.is_redacted) {
        let page = Page::read(&Form::Html.write(document));
        let story = document.story.as_ref().unwrap();
        for event in &story.events {
            assert!(page.text.contains(&event.text), "{kind}: {}", event.text);
        }
        let look_ups = &story.departure.as_ref().unwrap().look_ups;
        assert_eq!(look_ups.len(), 2);
        assert!(look_ups.iter().all(|look_up| page.text.contains(&look_up.command)), "{kind}");
    }
}

#[test]
fn a_masked_report_names_neither_the_account_nor_a_request_in_any_form() {
    let documents = documents(HARMLESS);
    let (_, masked) = documents.iter().find(|(kind, _)| *kind == "masked").unwrap();
    assert!(masked.is_redacted && masked.story.is_some());
    let private =
        ["123456789012", "1234-5678-9012", "999999999999", "o-a1b2c3d4e5", "11111111-2222", "66666666-7777", "the-last-one"];
    for form in Form::ALL {
        let text = form.write(masked);
        for value in private {
            assert!(!text.contains(value), "{value} in {form:?}");
        }
    }
}

#[test]
fn the_forms_of_a_report() {
    for (name, document) in documents(HARMLESS) {
        if !matches!(name, "every_standing" | "left" | "standalone_with_story") {
            continue;
        }
        for form in [Form::Text, Form::Markdown, Form::Html] {
            let text = form.write(&document);
            // How it looks is for the eye to judge, not for a snapshot.
            let text = match text.split_once("<style>").and_then(|(head, rest)| Some((head, rest.split_once("</style>")?.1))) {
                Some((head, body)) => format!("{head}<style>…</style>{body}"),
                None => text,
            };
            insta::assert_snapshot!(format!("{name}.{}", form.as_str()), text);
        }
    }
}

/// A line of another run than [`walk`]'s, so many minutes after it began.
fn line_of(run: &str, at: i64, entry: Entry) -> Line {
    Line { v: 1, at: minute(at), run: run.to_owned(), account: "123456789012".parse().unwrap(), entry }
}

fn opened_at(endpoints: &[&str]) -> Entry {
    let endpoints = endpoints.iter().map(|host| (*host).to_owned()).collect();
    Entry::Opened { version: "0.1.0".to_owned(), mode: "guided".to_owned(), by: "maria".to_owned(), profile: None, endpoints }
}

fn intended_by(principal: &str) -> Entry {
    Entry::Intended(Intent {
        principal: principal.to_owned(),
        organization: "o-a1b2c3d4e5".to_owned(),
        standings: serde_json::from_value("ab12".into()).unwrap(),
        confirmed_at: minute(9),
        made_at: minute(10),
    })
}

fn settled_left() -> Entry {
    Entry::Settled { outcome: Settled::Left, organization: Some("o-a1b2c3d4e5".to_owned()), looks: 2 }
}

fn kept(lines: Vec<Line>) -> JournalContents {
    JournalContents::of("a-journal.jsonl", lines, 0)
}

#[test]
fn a_leave_in_another_aws_is_told_and_says_nothing_of_this_one() {
    let unknown = || Entry::Answered { answer: LeaveAnswer::Unknown { problem: problem("lost") } };
    let kept = kept(vec![
        line_of("here", 1, opened_at(&[])),
        line_of("here", 2, intended_by("asked-here")),
        line_of("here", 3, unknown()),
        line_of("there", 4, opened_at(&["localhost:4566"])),
        line_of("there", 5, intended_by("asked-there")),
        line_of("there", 6, settled_left()),
    ]);
    let story = |endpoints: Option<&[String]>| Story::of(&kept, endpoints, &TimeZone::UTC, &mut Unredacted);
    assert_eq!(story(Some(&[])).events.len(), 6);
    let here = story(Some(&[])).departure.unwrap();
    assert_eq!((here.principal.as_str(), here.certain_since), ("asked-here", None));
    assert!(here.hint.starts_with("What became of this request is not in the journal."), "{}", here.hint);
    let there = story(Some(&["localhost:4566".to_owned()])).departure.unwrap();
    assert_eq!((there.principal.as_str(), there.hint.contains("localhost:4566")), ("asked-there", true));

    let mut lines = kept.lines.clone();
    lines.extend([line_of("later", 7, opened_at(&[])), line_of("later", 8, settled_left())]);
    let here = Story::of(&self::kept(lines), Some(&[]), &TimeZone::UTC, &mut Unredacted).departure.unwrap();
    assert_eq!(
        (here.principal.as_str(), here.certain_since, here.hint.contains("localhost")),
        ("asked-here", Some(minute(8)), false)
    );
}

#[test]
fn what_was_put_right_reads_as_sentences() {
    let deregister =
        || FixRecord::Deregister { service: "config.amazonaws.com".to_owned(), owner: "305611223344".parse().unwrap() };
    let contact = || FixRecord::Contact { changed: vec!["City".to_owned(), "PhoneNumber".to_owned()] };
    let done = |status: Option<&str>| FixAnswer::Done { status: status.map(str::to_owned), request_id: None, at: minute(1) };
    let refusal = FixRefusal {
        entry: "code-wrong".to_owned(),
        code: "ValidationException".to_owned(),
        message: "The code is wrong.".to_owned(),
        fields: Vec::new(),
        request_id: Some("request-9".to_owned()),
        cause: "That is not the code.".to_owned(),
        todo: Vec::new(),
        at: minute(1),
    };
    let cases = [
        (
            Entry::FixIntended { fix: contact() },
            "AWS was about to be asked to save new contact information (changed: city, phone number).",
        ),
        (
            Entry::FixIntended { fix: deregister() },
            "AWS was about to be asked to take config.amazonaws.com away from this account, by the organization's owner 305611223344.",
        ),
        (
            Entry::FixAnswered { fix: FixRecord::SendCode, answer: done(Some("PENDING")) },
            "AWS was asked to send a code to the phone number on file, and took it. Its word for the state is PENDING. Whether it holds is for the next check to say.",
        ),
        (
            Entry::FixAnswered { fix: deregister(), answer: done(None) },
            "AWS was asked to take config.amazonaws.com away from this account, by the organization's owner 305611223344, and took it. Whether it holds is for the next check to say.",
        ),
        (
            Entry::FixAnswered { fix: FixRecord::VerifyPhone, answer: FixAnswer::Refused { refusal: Box::new(refusal) } },
            "AWS was asked to verify the phone number by the code that was typed, and refused (ValidationException). That is not the code.",
        ),
        (
            Entry::FixAnswered { fix: contact(), answer: FixAnswer::NeverSent { problem: problem("no network") } },
            "AWS was to be asked to save new contact information (changed: city, phone number), but the request never reached it. Nothing has been changed.",
        ),
        (
            Entry::FixAnswered { fix: FixRecord::SendCode, answer: FixAnswer::Unknown { problem: problem("lost") } },
            "AWS was asked to send a code to the phone number on file. No usable answer came back, so it was not known whether AWS did it.",
        ),
    ];
    for (entry, told) in cases {
        let story = Story::of(&kept(vec![line_of("a", 1, entry)]), None, &TimeZone::UTC, &mut Unredacted);
        assert!(story.events[0].text.starts_with(told), "{}", story.events[0].text);
        assert!(!story.events[0].text.contains("{{") && !story.events[0].text.contains("  "), "{}", story.events[0].text);
    }
}

#[test]
fn a_departure_is_that_of_a_request_which_aws_may_have_taken() {
    let refused = Entry::Answered { answer: LeaveAnswer::Refused { refusal: refusal("no") } };
    let never_sent = Entry::Answered { answer: LeaveAnswer::NeverSent { problem: problem("no network") } };
    let accepted = Entry::Answered { answer: LeaveAnswer::Accepted { request_id: Some("request-1".to_owned()) } };
    let kept = kept(vec![
        line_of("a", 1, opened_at(&[])),
        line_of("a", 2, intended_by("taken")),
        line_of("a", 3, accepted),
        line_of("b", 4, opened_at(&[])),
        line_of("b", 5, intended_by("refused")),
        line_of("b", 6, refused),
        line_of("b", 7, intended_by("never sent")),
        line_of("b", 8, never_sent),
        line_of("b", 9, settled_left()),
    ]);
    let departure = Story::of(&kept, Some(&[]), &TimeZone::UTC, &mut Unredacted).departure.unwrap();
    assert_eq!((departure.principal.as_str(), departure.hint.contains("request-1")), ("taken", true));
    assert!(departure.look_ups[0].command.contains("--start-time 2026-11-23T08:47:00Z --end-time 2026-11-23T09:24:00Z"));
}

#[test]
fn a_departure_that_shows_later_is_that_of_a_request_which_was_put_off_or_had_shown_no_effect() {
    let later = Refusal { retry: Retry::AfterAPause, ..refusal("later") };
    let put_off = || Entry::Answered { answer: LeaveAnswer::Refused { refusal: later.clone() } };
    let lost = || Entry::Answered { answer: LeaveAnswer::Unknown { problem: problem("lost") } };
    let no_effect = || Entry::Settled { outcome: Settled::StillMember, organization: None, looks: 2 };
    // A journal that is opened anew tells a refusal of before again: it is no answer to the call.
    let told_again = || Entry::Answered { answer: LeaveAnswer::Refused { refusal: refusal("no") } };
    for (what, entries) in [
        ("put off twice", vec![intended_by("the first"), put_off(), intended_by("x"), put_off(), settled_left()]),
        ("no effect", vec![intended_by("x"), lost(), no_effect(), settled_left()]),
        ("told again", vec![intended_by("x"), lost(), told_again(), settled_left()]),
    ] {
        let entries = std::iter::once(opened_at(&[])).chain(entries);
        let lines = (1..).zip(entries).map(|(at, entry)| line_of("a", at, entry)).collect();
        let departure = Story::of(&kept(lines), Some(&[]), &TimeZone::UTC, &mut Unredacted).departure.expect(what);
        assert!(departure.principal == "x" && departure.certain_since.is_some(), "{what}: {departure:?}");
    }
    // One that was put off, and was a member long after, is not behind what follows the next one.
    let year = 525_600;
    let kept = kept(vec![
        line_of("a", 1, opened_at(&[])),
        line_of("a", 2, intended_by("last year's")),
        line_of("a", 3, put_off()),
        line_of("b", year, opened_at(&[])),
        line_of("b", year, Entry::Identified { subject: member("x") }),
        line_of("b", year + 1, intended_by("this year's")),
        line_of("b", year + 2, put_off()),
        line_of("b", year + 3, settled_left()),
    ]);
    let departure = Story::of(&kept, Some(&[]), &TimeZone::UTC, &mut Unredacted).departure.unwrap();
    assert_eq!(departure.principal, "this year's");
}

#[test]
fn what_is_told_stays_in_the_order_in_which_it_was_and_each_run_looks_anew() {
    let found = |step| Entry::Found { finding: finding(step, Verdict::Met, "x"), standing: Some(Standing::Met) };
    let kept = kept(vec![
        line_of("a", 1, opened_at(&[])),
        line_of("a", 2, found(StepId::PaymentMethod)),
        line_of("a", 3, found(StepId::PaymentMethod)),
        line_of("a", 4, found(StepId::SupportPlan)),
        line_of("b", 5, opened_at(&["localhost:4566"])),
        line_of("b", 6, found(StepId::PaymentMethod)),
    ]);
    let story = Story::of(&kept, Some(&[]), &TimeZone::UTC, &mut Unredacted);
    assert_eq!(story.events.iter().map(|event| event.at).collect::<Vec<_>>(), (1..=6).map(minute).collect::<Vec<_>>());
    let again: Vec<usize> = (0..6).filter(|at| story.events[*at].text.contains("checked again")).collect();
    assert_eq!(again, [2]);
}

#[test]
fn ready_is_said_only_where_the_guided_leave_could_begin() {
    let document = |change: fn(&mut Checklist)| {
        let mut checklist = all_met("x");
        change(&mut checklist);
        Document::of(&checklist, &StepId::ALL, minute(30), &mut Unredacted)
    };
    assert!(document(|_| ()).is_ready());
    let nowhere = document(|checklist| checklist.subject = Some(subject("x", Membership::Unknown)));
    assert!(!nowhere.is_ready() && nowhere.blockers.is_empty());
    assert!(super::verdict::verdict(&nowhere).contains("did not say which organization"));
    let open = document(|_| ()).with_open_outcome(Some(minute(29)));
    assert!(!open.is_ready() && super::verdict::verdict(&open).contains("it is not known what became of it"));
    let out = document(|checklist| checklist.subject = Some(subject("x", Membership::Standalone)));
    assert!(super::verdict::verdict(&out).contains("There is nothing to leave."));
    let out = out.with_open_outcome(Some(minute(29)));
    assert!(!out.is_ready() && super::verdict::verdict(&out).contains("this is not certain"));
    let refused = document(|checklist| checklist.step_mut(StepId::Permission).refuse(&refusal("no")));
    assert!(super::verdict::verdict(&refused).contains("AWS refused to let the account leave because of: Permission to leave."));
}

fn endpoint(url: &str) -> Endpoint {
    Endpoint { profile: Side::Member, service: "*".to_owned(), url: url.to_owned() }
}

#[test]
fn every_form_for_people_says_whose_answers_it_tells() {
    for (origin, says) in [
        (Origin::Practice, "an account that exists only inside this program"),
        (
            Origin::of(vec![endpoint("http://localhost:4566")]),
            "Requests went to a custom endpoint, not to AWS itself: http://localhost:4566.",
        ),
    ] {
        let document = Document::of(&all_met("x"), &StepId::ALL, minute(30), &mut Unredacted).answered_by(origin);
        for form in [Form::Text, Form::Markdown, Form::Html] {
            let text =
                form.write(&document).split_whitespace().collect::<Vec<_>>().join(" ").replace("\\:", ":").replace("&#x2f;", "/");
            assert!(text.contains(says), "{form:?}:\n{text}");
        }
    }
}

/// A line of a journal.
fn said_at(minutes: i64, entry: Entry) -> Line {
    Line { v: 1, at: minute(minutes), run: "r".to_owned(), account: "123456789012".parse().unwrap(), entry }
}

/// The same document, redacted.
fn redacted(checklist: &Checklist, kept: Option<&JournalContents>) -> Document {
    let mut masks = Private::of(checklist, kept).unwrap().masks();
    let story = kept.map(|kept| Story::of(kept, Some(&[]), &TimeZone::UTC, &mut masks));
    let document = Document::of(checklist, &StepId::ALL, minute(10), &mut masks).with_story(story);
    masks.finish(document)
}

#[test]
fn what_aws_calls_things_is_masked_as_well_and_what_we_and_it_always_call_them_is_not() {
    let foreign = "Quagga";
    let mut checklist = every_standing(foreign);
    let subject = checklist.subject.as_mut().unwrap();
    subject.details.as_mut().unwrap().state = Some("OF_QUAGGA".to_owned());
    if let Membership::Member(organization) = &mut subject.membership {
        organization.feature_set = Some("ALL_FOR_QUAGGA".to_owned());
    }
    // A name must not take away what programs go by.
    let finding = checklist.step_mut(StepId::Membership).finding.as_mut().unwrap();
    *finding = finding.clone().telling(|told| told.private.extend(["ok", "iam", "ListRoles", "support"].map(str::to_owned)));
    let document = redacted(&checklist, None);
    let account = document.account.as_ref().unwrap();
    assert!(account.told.state.as_ref().unwrap().starts_with("OF_[name-"), "{account:?}");
    for form in Form::ALL {
        assert!(!form.write(&document).to_lowercase().contains("quagga"), "{form:?}");
    }
    let calls = &document.steps[0].evidence;
    assert_eq!((calls[0].operation.as_str(), calls[0].outcome.as_str()), ("iam:ListRoles", "ok"));
    assert!(calls[1].outcome.starts_with('['), "{calls:?}");
    let problem = document.steps[StepId::SupportPlan.index()].problem.as_ref().unwrap();
    assert_eq!(problem.operation, "support:DescribeSeverityLevels");
    assert!(problem.code.as_ref().unwrap().starts_with('['), "{problem:?}");
}

#[test]
fn a_redacted_report_tells_nothing_that_this_machine_said_of_itself() {
    let said = "There is no profile typo in /home/quagga/cfg. The profiles there: acme-prod, northwind-billing.";
    let kinds = ProblemKind::ALL;
    for (kind, operation) in kinds.into_iter().zip(["configuration", "credentials", "journal", "iam:ListRoles"].iter().cycle()) {
        let problem = Problem::here(kind, operation, said, minute(2));
        let evidence = Evidence {
            operation: (*operation).to_owned(),
            outcome: kind.as_str().to_owned(),
            fact: said.to_owned(),
            request_id: None,
            at: minute(2),
            own: Vec::new(),
        };
        let mut checklist = every_standing(HARMLESS);
        let mut finding = finding(StepId::DelegatedAdministrator, Verdict::Unknown(problem.clone()), HARMLESS);
        finding.evidence = vec![evidence.clone()];
        checklist.record(finding);
        // What is found again is told with its calls.
        let entries = [
            Entry::Answered { answer: LeaveAnswer::NeverSent { problem: problem.clone() } },
            Entry::MembershipRead { look: MembershipRead::Unknown { problem } },
        ];
        let lines = entries.into_iter().map(|entry| said_at(3, entry));
        let kept = JournalContents::of("j", lines.collect(), 0);
        let document = redacted(&checklist, Some(&kept));
        let step = &document.steps[StepId::DelegatedAdministrator.index()];
        let cause = &texts::problem(kind).cause;
        assert_eq!(step.problem.as_ref().map(|problem| &problem.message), Some(cause));
        assert_eq!(&step.evidence[0].fact, cause);
        for form in Form::ALL {
            let told = form.write(&document);
            assert!(!told.contains("acme") && !told.contains("quagga"), "{form:?}: {told}");
        }
    }
}

#[test]
fn what_is_said_around_the_words_of_aws_when_signing_in_goes_with_them() {
    let said = "The mfa_serial of profile northwind is not accepted. AWS says: no.";
    for (operation, stays) in [("sts:AssumeRole", false), ("credentials", false), ("iam:ListRoles", true)] {
        let problem =
            Problem { code: Some("AccessDenied".to_owned()), ..Problem::here(ProblemKind::Denied, operation, said, minute(2)) };
        let mut finding = finding(StepId::Membership, Verdict::Unknown(problem), HARMLESS);
        for call in &mut finding.evidence {
            operation.clone_into(&mut call.operation);
            "AccessDenied".clone_into(&mut call.outcome);
            said.clone_into(&mut call.fact);
        }
        let mut checklist = every_standing(HARMLESS);
        checklist.record(finding);
        let document = redacted(&checklist, None);
        let step = &document.steps[0];
        assert_eq!(step.problem.as_ref().unwrap().message == said, stays, "{operation}");
        assert!(step.evidence.iter().all(|call| (call.fact == said) == stays), "{operation}: {:?}", step.evidence);
    }
}

#[test]
fn a_request_id_of_any_shape_is_masked_also_when_the_line_it_is_from_is_too_old_to_be_told() {
    let intent: Intent = serde_json::from_value(serde_json::json!({
        "principal": ANNA, "organization": "o-a1b2c3d4e5", "standings": "0f", "confirmed_at": minute(0), "made_at": minute(0),
    }))
    .unwrap();
    let mut lines = vec![
        said_at(0, opened_at(&[])),
        said_at(0, Entry::Intended(intent)),
        said_at(1, Entry::Answered { answer: LeaveAnswer::Accepted { request_id: Some("quagga/request=17".to_owned()) } }),
        said_at(2, Entry::Settled { outcome: Settled::Left, organization: None, looks: 3 }),
    ];
    lines.extend((0..2_500).map(|at| said_at(3 + at, Entry::Closed { exit_code: 0 })));
    let kept = JournalContents::of("j", lines, 0);
    let document = redacted(&every_standing(HARMLESS), Some(&kept));
    let hint = document.story.unwrap().departure.unwrap().hint;
    assert!(!hint.contains("quagga") && hint.contains("requestID is [request-"), "{hint}");
}

#[test]
fn the_form_for_reading_is_harmless_also_where_nothing_is_wrapped() {
    let answer = LeaveAnswer::Accepted { request_id: Some("a\u{1b}[31mb\u{202e}c".to_owned()) };
    let kept = JournalContents::of("j", vec![said_at(1, Entry::Answered { answer })], 0);
    let document = Document::of(&every_standing(HARMLESS), &StepId::ALL, minute(10), &mut Unredacted)
        .with_story(Some(Story::of(&kept, Some(&[]), &TimeZone::UTC, &mut Unredacted)));
    let told = [Form::Text.write(&document), journal::of_account(&"123456789012".parse().unwrap(), &kept, &TimeZone::UTC)];
    for text in told {
        assert!(text.contains("request a") && text.chars().all(|c| c == '\n' || !c.is_control() && c != '\u{202e}'), "{text:?}");
    }
}

#[test]
fn an_account_that_was_taken_in_again_is_not_said_to_have_left_what_it_left_before() {
    let mut kept = walk("x");
    assert!(Story::of(&kept, Some(&[]), &TimeZone::UTC, &mut Unredacted).departure.is_some());
    let mut soon = walk("x");
    let again = |minutes| {
        [line_of("later", minutes, opened_at(&[])), line_of("later", minutes, Entry::Identified { subject: member("x") })]
    };
    kept.lines.extend(again(140));
    assert!(Story::of(&kept, Some(&[]), &TimeZone::UTC, &mut Unredacted).departure.is_none());
    // Soon after, AWS's records may only have gone back.
    soon.lines.extend(again(40));
    let open = Story::of(&soon, Some(&[]), &TimeZone::UTC, &mut Unredacted).departure.unwrap();
    assert!(open.certain_since.is_none() && open.hint.contains("is not in the journal"), "{open:?}");
    assert!(Story::of(&kept, None, &TimeZone::UTC, &mut Unredacted).departure.is_some(), "the journal tells of every leave");
}
