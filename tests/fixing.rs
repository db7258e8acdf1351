//! The calls that put a step right, over HTTP: done, refused, never sent, and nobody knows.

use std::collections::BTreeMap;

use leave_org::aws::{ConnectOptions, FixClient, Reader, connect_owner_to_fix, connect_to_leave};
use leave_org::checklist::{
    AccountId, Contact, ContactField, Deregistration, Fix, FixAnswer, FixKind, FixRecord, OwnerProof, ProblemKind, texts,
};
use leave_org::simulator::{Damage, Fault, FaultKind, MANAGEMENT_ACCESS_KEY, PRACTICE_CODE, Server, Verification};

use crate::checks::{serve, shut_down, wanted};

const OPEN: &str = "delegated_services = ['config.amazonaws.com', 'guardduty.amazonaws.com']\n\
                    contact = { verification = 'UNVERIFIED', phone_number = '+496955500100' }";

/// What a guided leave can do, with the owner's hand.
struct Hands {
    fixer: FixClient,
    reader: Reader,
    account: AccountId,
    proof: OwnerProof,
}

async fn hands(server: &Server) -> Hands {
    let mut wanted: ConnectOptions = wanted(server, false);
    if let Some(practice) = &mut wanted.practice {
        practice.profiles = vec![("owner".to_owned(), MANAGEMENT_ACCESS_KEY.to_owned())];
    }
    let (session, _, fixer) = connect_to_leave(&wanted).await.unwrap();
    let (owner, hand) = connect_owner_to_fix(&wanted, "owner").await.unwrap();
    let reader = session.reader().with_owner(owner);
    let proof = reader.owner().await.unwrap().unwrap();
    let account = reader.identity().await.unwrap().account;
    Hands { fixer: fixer.with_owner(hand), reader, account, proof }
}

const KINDS: [FixKind; 4] = [FixKind::Contact, FixKind::SendCode, FixKind::VerifyPhone, FixKind::Deregister];

impl Hands {
    /// A change of this kind, as a person would have confirmed it.
    async fn fix(&self, kind: FixKind) -> Fix {
        match kind {
            FixKind::Contact => {
                let contact = self.with_city("Potsdam").await;
                Fix::Contact { contact: Box::new(contact), changed: vec![ContactField::City] }
            }
            FixKind::SendCode => Fix::SendCode,
            FixKind::VerifyPhone => Fix::VerifyPhone(PRACTICE_CODE.parse().unwrap()),
            FixKind::Deregister => self.deregister("config.amazonaws.com"),
        }
    }

    async fn with_city(&self, city: &str) -> Contact {
        let mut contact = self.reader.contact().await.unwrap().unwrap().contact;
        contact.set(ContactField::City, city);
        contact
    }

    fn deregister(&self, service: &str) -> Fix {
        let word = Deregistration::word(service);
        Fix::Deregister(Deregistration::confirmed(&self.account, &self.proof, service, word).unwrap())
    }
}

/// What is true over there of each kind of change.
fn is_done(server: &Server, kind: FixKind) -> bool {
    let account = server.state();
    match kind {
        FixKind::Contact => account.contact.city == "Potsdam",
        FixKind::SendCode => server.console().phone().is_some(),
        FixKind::VerifyPhone => account.contact.verification == Verification::Verified,
        FixKind::Deregister => !account.delegated_services.contains(&"config.amazonaws.com".to_owned()),
    }
}

fn asked(server: &Server, fix: &Fix) -> usize {
    server.requests().iter().filter(|request| request.operation == fix.operation()).count()
}

/// A server on which a change of this kind would be done, and the hands to do it with.
async fn ready_for(kind: FixKind) -> (Server, Hands, Fix) {
    let server = serve(OPEN).await;
    let hands = Box::pin(hands(&server)).await;
    if kind == FixKind::VerifyPhone {
        assert!(matches!(hands.fixer.apply(Fix::SendCode).await, FixAnswer::Done { .. }));
    }
    let fix = hands.fix(kind).await;
    (server, hands, fix)
}

#[tokio::test]
async fn each_change_is_done_by_one_call_and_a_read_shows_it() {
    let statuses = BTreeMap::from([(FixKind::SendCode, "PENDING"), (FixKind::VerifyPhone, "VERIFIED")]);
    for kind in KINDS {
        let (server, hands, fix) = Box::pin(ready_for(kind)).await;
        let answer = hands.fixer.apply(fix.clone()).await;
        let FixAnswer::Done { status, request_id: Some(_), .. } = &answer else { panic!("{kind:?}: {answer:?}") };
        assert_eq!(status.as_deref(), statuses.get(&kind).copied(), "{kind:?}");
        assert!(is_done(&server, kind), "{kind:?}");
        assert_eq!(asked(&server, &fix), 1, "{kind:?}");
    }
    let (_server, hands, fix) = Box::pin(ready_for(FixKind::Contact)).await;
    hands.fixer.apply(fix).await;
    assert_eq!(hands.reader.contact().await.unwrap().unwrap().contact, hands.with_city("Potsdam").await);
}

#[tokio::test]
async fn an_answer_that_is_lost_leaves_it_open_and_nothing_is_sent_twice() {
    for kind in KINDS {
        for fault in
            [FaultKind::AnswerLost, Damage::ResetBeforeActing.into(), FaultKind::InternalError, Damage::BadGateway.into()]
        {
            let (server, hands, fix) = Box::pin(ready_for(kind)).await;
            server.inject(Fault::new(fix.operation(), fault.clone()));
            let before = asked(&server, &fix);
            let answer = hands.fixer.apply(fix.clone()).await;
            assert!(matches!(answer, FixAnswer::Unknown { .. }), "{kind:?} under {fault:?}: {answer:?}");
            assert_eq!(asked(&server, &fix) - before, 1, "{kind:?} under {fault:?}");
            assert_eq!(is_done(&server, kind), fault == FaultKind::AnswerLost, "{kind:?} under {fault:?}");
        }
    }
}

#[tokio::test]
async fn where_nobody_listens_nothing_was_sent() {
    for kind in KINDS {
        let (server, hands, fix) = Box::pin(ready_for(kind)).await;
        let _port = shut_down(server).await;
        let answer = hands.fixer.apply(fix).await;
        let FixAnswer::NeverSent { problem } = &answer else { panic!("{kind:?}: {answer:?}") };
        assert_eq!(problem.kind, ProblemKind::Unreachable, "{kind:?}");
    }
}

/// Every refusal, as AWS would send it: the code and, where it decides, the words.
fn refusals() -> Vec<(FixKind, String, String, String)> {
    let mut refusals = Vec::new();
    for entry in texts::all_fix_refusals() {
        for kind in &entry.fixes {
            for pattern in &entry.when {
                let message = pattern.says.first().cloned().unwrap_or_else(|| "Something.".to_owned());
                refusals.extend(pattern.codes.iter().map(|code| (*kind, code.clone(), message.clone(), entry.id.clone())));
            }
        }
    }
    refusals
}

#[tokio::test]
async fn every_refusal_of_the_catalogue_is_recognised_as_aws_sends_it() {
    let mut servers = BTreeMap::new();
    for kind in KINDS {
        servers.insert(kind, Box::pin(ready_for(kind)).await);
    }
    let refusals = refusals();
    assert!(refusals.len() > 25, "{}", refusals.len());
    for (kind, code, message, entry) in refusals {
        let (server, hands, fix) = &servers[&kind];
        let error = Damage::Error { code: code.clone(), message: message.clone(), reason: None, status: None };
        server.inject(Fault::new(fix.operation(), error));
        let answer = hands.fixer.apply(fix.clone()).await;
        server.clear_faults();
        let FixAnswer::Refused { refusal } = &answer else { panic!("{kind:?} {code}: {answer:?}") };
        assert_eq!((refusal.entry.as_str(), refusal.code.as_str()), (entry.as_str(), code.as_str()), "{kind:?}");
        assert!(refusal.request_id.is_some() && !refusal.cause.is_empty() && !refusal.todo.is_empty(), "{refusal:?}");
        assert!(refusal.message.contains(&message), "{refusal:?}");
    }
}

#[tokio::test]
async fn the_practice_aws_refuses_as_aws_does_and_says_which_field() {
    let (server, hands, _) = Box::pin(ready_for(FixKind::Contact)).await;
    let mut contact = hands.with_city("Potsdam").await;
    contact.set(ContactField::PhoneNumber, "069");
    contact.set(ContactField::CountryCode, "ZZ");
    let fix = Fix::Contact { contact: Box::new(contact), changed: vec![ContactField::PhoneNumber] };
    let FixAnswer::Refused { refusal } = hands.fixer.apply(fix).await else { panic!() };
    let named: Vec<&str> = refusal.fields.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!((refusal.entry.as_str(), named), ("contact-not-taken", vec!["CountryCode", "PhoneNumber"]));
    assert!(!is_done(&server, FixKind::Contact));
    // A code, where none was sent; a wrong one; the right one after the number was changed.
    let verify = |code: &str| hands.fixer.apply(Fix::VerifyPhone(code.parse().unwrap()));
    let entry = |answer: FixAnswer| match answer {
        FixAnswer::Refused { refusal } => refusal.entry,
        other => panic!("{other:?}"),
    };
    assert_eq!(entry(verify("000000").await), "nothing-to-verify");
    assert!(matches!(hands.fixer.apply(Fix::SendCode).await, FixAnswer::Done { .. }));
    assert_eq!(entry(verify("000000").await), "code-not-taken");
    server.change(|account| "+4989123456".clone_into(&mut account.contact.phone_number));
    assert_eq!(entry(verify(PRACTICE_CODE).await), "number-changed");
    server.change(|account| account.contact.on_file = false);
    assert_eq!(entry(hands.fixer.apply(Fix::SendCode).await), "no-number-on-file");
}

#[tokio::test]
async fn a_service_that_is_gone_already_is_told_as_such() {
    let (server, hands, fix) = Box::pin(ready_for(FixKind::Deregister)).await;
    server.change(|account| account.delegated_services.clear());
    let answer = hands.fixer.apply(fix).await;
    assert!(matches!(&answer, FixAnswer::Refused { refusal } if refusal.entry == "not-registered-any-more"), "{answer:?}");
}

#[tokio::test]
async fn one_service_is_taken_away_and_no_other() {
    let (server, hands, _) = Box::pin(ready_for(FixKind::Deregister)).await;
    let answer = hands.fixer.apply(hands.deregister("guardduty.amazonaws.com")).await;
    assert!(matches!(answer, FixAnswer::Done { .. }), "{answer:?}");
    assert_eq!(server.state().delegated_services, ["config.amazonaws.com"]);
}

#[tokio::test]
async fn without_the_owners_credentials_nothing_is_taken_away() {
    let (server, hands, fix) = Box::pin(ready_for(FixKind::Deregister)).await;
    let (_, _, alone) = connect_to_leave(&wanted(&server, false)).await.unwrap();
    let answer = alone.apply(fix.clone()).await;
    assert!(matches!(answer, FixAnswer::NeverSent { .. }), "{answer:?}");
    assert_eq!((asked(&server, &fix), is_done(&server, FixKind::Deregister)), (0, false));
    drop(hands);
}

#[tokio::test]
async fn credentials_that_are_not_the_confirmed_owners_any_more_take_nothing_away() {
    let (server, hands, fix) = Box::pin(ready_for(FixKind::Deregister)).await;
    // The organization is another one by now.
    server.change(|account| "o-elsewhere1".clone_into(&mut account.organization.id));
    let answer = hands.fixer.apply(fix.clone()).await;
    assert!(matches!(&answer, FixAnswer::NeverSent { problem } if problem.kind == ProblemKind::AccountChanged), "{answer:?}");
    // They belong to another account by now.
    let (other, hands, fix_there) = Box::pin(ready_for(FixKind::Deregister)).await;
    other.change(|account| "777766665555".clone_into(&mut account.organization.management_account_id));
    let answer = hands.fixer.apply(fix_there.clone()).await;
    assert!(matches!(&answer, FixAnswer::NeverSent { problem } if problem.kind == ProblemKind::AccountChanged), "{answer:?}");
    assert_eq!((asked(&server, &fix), asked(&other, &fix_there)), (0, 0));
    // Nobody can say whose they are.
    for operation in ["sts:GetCallerIdentity", "organizations:DescribeOrganization"] {
        let (server, hands, fix) = Box::pin(ready_for(FixKind::Deregister)).await;
        let denied = Damage::Error { code: "AccessDeniedException".into(), message: "no".into(), reason: None, status: None };
        server.inject(Fault::new(operation, denied));
        let answer = hands.fixer.apply(fix.clone()).await;
        assert!(matches!(answer, FixAnswer::NeverSent { .. }), "{operation}: {answer:?}");
        assert_eq!(asked(&server, &fix), 0, "{operation}");
    }
}

#[tokio::test]
async fn what_a_change_leaves_behind_holds_nothing_private() {
    for kind in KINDS {
        let (_server, hands, fix) = Box::pin(ready_for(kind)).await;
        let record = fix.record();
        let answer = hands.fixer.apply(fix.clone()).await;
        let kept = format!("{} {answer:?} {fix:?}", serde_json::to_string(&record).unwrap());
        assert!(!kept.contains(PRACTICE_CODE) && !kept.contains("55500100") && !kept.contains("Potsdam"), "{kept}");
        assert_eq!(matches!(record, FixRecord::Deregister { .. }), kind == FixKind::Deregister);
    }
}
