//! Answers that answer nothing count for nothing, whatever was asked: emptied, swapped for another call's, of another account, doubled.
//!
//! A proxy between the program and the practice AWS alters the answers to one question. What a step then comes to is held against what it
//! comes to when that question fails outright: an altered answer may not say more than no answer.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use leave_org::aws::connect;
use leave_org::checklist::{Finding, StepId, VerdictKind};
use leave_org::simulator::Server;
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::checks::serve;
use crate::faults::wanted;

const ACCOUNT: &str = "412098765432";
const STRANGER: &str = "998877665544";

/// Accounts in which every question is asked, and most of them decide something.
const WORLDS: [(&str, bool); 4] = [
    ("support = { plan = 'business-plus' }\nusers = [{ name = 'robot' }]", false),
    (
        "principal = { kind = 'user', path = '/division/' }\nroot = { password = false, mfa = false }\nsupport = { plan = 'basic' }\n\
         delegation_policy_grants_reads = true",
        false,
    ),
    (
        "created_days_ago = 1.0\njoined = 'INVITED'\nstack_sets = [{ name = 'baseline' }]\n\
         roles = [{ name = 'zz-audit', trusts = ['management-account'] }]\n\
         invitations = [{ id = 'h-abcdef0123', organization_id = 'o-fabr1kam99x', management_account_id = '771122334455', \
         management_account_name = 'Fabrikam', management_email = 'aws@fabrikam.example', sent_days_ago = 5.0 }]\n\
         denials = [{ by = 'service-control-policy', actions = ['organizations:LeaveOrganization'], spares_caller = true }]",
        true,
    ),
    (
        "delegated_services = ['guardduty.amazonaws.com']\ninstruments = []\ncontact = { city = '' }\niam_billing_access = 'off'\n\
         denials = [{ by = 'identity-policy', actions = ['organizations:LeaveOrganization'] }]",
        false,
    ),
];

// ---- The proxy ------------------------------------------------------------------------------------------------------------------

/// What is done to the answers to one caller's question.
#[derive(Clone)]
struct Altering {
    question: Question,
    answer: String,
}

/// An operation, and the access key of who asks.
type Question = (String, String);

/// The first answer to each question.
type Answers = BTreeMap<Question, String>;

/// Forwards every request, and keeps what was answered.
struct Proxy {
    address: SocketAddr,
    answers: Arc<Mutex<Answers>>,
}

impl Proxy {
    async fn start(server: &Server, altering: Option<Altering>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let behind = server.url().trim_start_matches("http://").to_owned();
        let answers: Arc<Mutex<Answers>> = Arc::default();
        let kept = answers.clone();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let (behind, altering, kept) = (behind.clone(), altering.clone(), kept.clone());
                tokio::spawn(async move {
                    // A client that has gone needs no answer.
                    let _ = forward(client, &behind, altering, &kept).await;
                });
            }
        });
        Self { address, answers }
    }
}

/// Reads a message to the end of its body: the head with its empty line, and the body.
async fn message(stream: &mut TcpStream) -> std::io::Result<(String, String)> {
    let mut read = Vec::new();
    loop {
        let mut more = [0; 8192];
        let count = stream.read(&mut more).await?;
        read.extend_from_slice(&more[..count]);
        let text = String::from_utf8_lossy(&read).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = header(head, "content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
            if body.len() >= length {
                return Ok((head.to_owned(), body.to_owned()));
            }
        }
        if count == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
    }
}

fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    let mut lines = head.lines().filter_map(|line| line.split_once(':'));
    lines.find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
}

/// The last part of the operation's name, by where each protocol has it.
fn operation(head: &str, body: &str) -> String {
    if let Some(target) = header(head, "x-amz-target") {
        return target.rsplit('.').next().unwrap().to_owned();
    }
    if let Some(action) = body.split('&').find_map(|field| field.strip_prefix("Action=")) {
        return action.to_owned();
    }
    let path = head.split(' ').nth(1).unwrap().trim_start_matches('/');
    path[..1].to_uppercase() + &path[1..]
}

async fn forward(mut client: TcpStream, behind: &str, altering: Option<Altering>, kept: &Mutex<Answers>) -> std::io::Result<()> {
    loop {
        let (head, body) = message(&mut client).await?;
        let caller = header(&head, "authorization").and_then(|signed| signed.split("Credential=").nth(1)?.split('/').next());
        let question = (operation(&head, &body), caller.unwrap_or_default().to_owned());
        let mut server = TcpStream::connect(behind).await?;
        server.write_all(format!("{head}\r\n\r\n{body}").as_bytes()).await?;
        let (answer_head, mut answer) = message(&mut server).await?;
        if answer_head.contains(" 200 ") {
            kept.lock().unwrap().entry(question.clone()).or_insert_with(|| answer.clone());
            if let Some(altering) = altering.as_ref().filter(|altering| altering.question == question) {
                answer.clone_from(&altering.answer);
            }
        }
        let head: Vec<&str> =
            answer_head.lines().filter(|line| !line.to_ascii_lowercase().starts_with("content-length")).collect();
        let whole = format!("{}\r\ncontent-length: {}\r\n\r\n{answer}", head.join("\r\n"), answer.len());
        client.write_all(whole.as_bytes()).await?;
    }
}

// ---- What is done to an answer ----------------------------------------------------------------------------------------------------

fn is_json(answer: &str) -> bool {
    answer.starts_with('{')
}

/// Every text and number in it becomes nothing; what it holds stays.
fn without_values(value: &mut Value) {
    match value {
        Value::String(text) => text.clear(),
        Value::Array(entries) => entries.iter_mut().for_each(without_values),
        Value::Object(members) => members.values_mut().for_each(without_values),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// The ways in which an answer can be there and say nothing.
fn emptied(answer: &str) -> Vec<String> {
    if !is_json(answer) {
        let text = regex_lite::Regex::new(">[^<]+<").unwrap().replace_all(answer, "><").into_owned();
        let (root, _) = answer.trim_start_matches('<').split_once([' ', '>']).unwrap();
        let result = root.trim_end_matches("Response");
        let bare = format!("<{root}><{result}Result></{result}Result></{root}>");
        return vec![String::new(), format!("<{root}></{root}>"), bare, text];
    }
    let parsed: Value = serde_json::from_str(answer).unwrap();
    let mut all = vec![String::new(), "{}".to_owned(), "null".to_owned(), "[]".to_owned()];
    for nothing in [Value::Null, serde_json::json!({}), serde_json::json!(""), serde_json::json!([{}]), serde_json::json!([null])]
    {
        let mut all_nothing = parsed.clone();
        for member in all_nothing.as_object_mut().unwrap().values_mut() {
            *member = nothing.clone();
        }
        all.push(all_nothing.to_string());
    }
    let mut texts = parsed;
    without_values(&mut texts);
    all.push(texts.to_string());
    all
}

/// The answer of somebody else: every account in it, and everybody's name, is another.
fn foreign(answer: &str) -> Vec<String> {
    let accounts = answer.replace(ACCOUNT, STRANGER);
    let names = ["PlatformAdmin", "maria.keller", "break-glass", "robot"]
        .iter()
        .fold(accounts.clone(), |answer, name| answer.replace(name, "somebody-else"));
    vec![accounts, names]
}

/// Every entry of every list in it stands there twice.
fn twice(value: &mut Value) {
    match value {
        Value::Array(entries) => {
            entries.iter_mut().for_each(twice);
            let again = entries.clone();
            entries.extend(again);
        }
        Value::Object(members) => members.values_mut().for_each(twice),
        _ => {}
    }
}

/// The answer with everything in it twice.
fn doubled(answer: &str) -> Vec<String> {
    if !is_json(answer) {
        let member = regex_lite::Regex::new("(?s)<member>.*</member>").unwrap();
        return vec![member.replace(answer, |found: &regex_lite::Captures<'_>| format!("{0}{0}", &found[0])).into_owned()];
    }
    let mut parsed: Value = serde_json::from_str(answer).unwrap();
    twice(&mut parsed);
    vec![parsed.to_string()]
}

// ---- The property -----------------------------------------------------------------------------------------------------------------

async fn findings(address: SocketAddr, owner: bool) -> BTreeMap<StepId, Finding> {
    let session = connect(&wanted(address, owner)).await.unwrap();
    let round = session.reader().round();
    let checks: Vec<_> = StepId::ALL
        .into_iter()
        .map(|step| {
            let round = round.clone();
            tokio::spawn(async move { (step, round.check(step).await) })
        })
        .collect();
    let mut findings = BTreeMap::new();
    for check in checks {
        let (step, finding) = check.await.unwrap();
        findings.insert(step, finding);
    }
    findings
}

fn comes_to(finding: &Finding) -> (VerdictKind, &str) {
    (finding.verdict.kind(), finding.found.name())
}

fn is_claimed(finding: &Finding) -> bool {
    matches!(finding.verdict.kind(), VerdictKind::Met | VerdictKind::Unmet | VerdictKind::Waiting | VerdictKind::NotApplicable)
}

/// What an altered answer made of a step that no answer would not have made of it.
async fn claims(
    server: &Server,
    owner: bool,
    question: &Question,
    ways: Vec<String>,
    must_equal: Option<&BTreeMap<StepId, Finding>>,
    without: &BTreeMap<StepId, Finding>,
) -> Vec<String> {
    let mut wrong = Vec::new();
    for way in ways {
        let altering = Altering { question: question.clone(), answer: way.clone() };
        let proxy = Proxy::start(server, Some(altering)).await;
        for (step, finding) in findings(proxy.address, owner).await {
            let right = match must_equal {
                Some(clean) => comes_to(&finding) == comes_to(&clean[&step]),
                None => !is_claimed(&finding) || comes_to(&finding) == comes_to(&without[&step]),
            };
            if !right {
                let start: String = way.chars().take(300).collect();
                wrong.push(format!("{question:?}: {step} is {:?} by {start}", comes_to(&finding)));
            }
        }
    }
    wrong
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_that_answers_nothing_says_no_more_than_none() {
    let mut wrong = Vec::new();
    let mut asked = BTreeSet::new();
    for (account, owner) in WORLDS {
        let server = serve(account).await;
        let proxy = Proxy::start(&server, None).await;
        let clean = findings(proxy.address, owner).await;
        let answers = proxy.answers.lock().unwrap().clone();
        for (question, answer) in &answers {
            asked.insert(question.0.clone());
            let garbage = Altering { question: question.clone(), answer: "no answer of AWS's".to_owned() };
            let without = findings(Proxy::start(&server, Some(garbage)).await.address, owner).await;
            let mut nothing = emptied(answer);
            // What does not even speak the same language is told from an answer by every client.
            let others = answers.iter().filter(|(of, other)| of.0 != question.0 && is_json(other) == is_json(answer));
            nothing.extend(others.map(|(_, other)| other.clone()));
            // Whose credentials these are is known from nothing else.
            if question.0 != "GetCallerIdentity" {
                nothing.extend(foreign(answer));
            }
            nothing.retain(|altered| altered != answer);
            wrong.extend(claims(&server, owner, question, nothing, None, &without).await);
            wrong.extend(claims(&server, owner, question, doubled(answer), Some(&clean), &without).await);
        }
        server.shutdown().await;
    }
    assert!(asked.len() >= 28, "{asked:?}");
    assert!(wrong.is_empty(), "{}:\n{}", wrong.len(), wrong.join("\n"));
}
