//! However much comes, the program takes little memory, ends, and says why.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use crate::connecting::Machine;
use crate::ended_sign_ins::{CONSOLE_TOKEN, RENEWABLE, SESSION_TOKEN, console_token, says, sso_token};
use crate::profiles::{DEAL_ADMIN, everyday, over, with_keys};

const TOO_LONG: &str = "is larger than any response of AWS";

// ---- Where credentials come from ----------------------------------------------------------------------------------------------------

/// A service whose answers do not end, or say that they are 2 GB, and how much of them it could send.
struct Endless {
    url: String,
    sent: Arc<AtomicUsize>,
}

impl Endless {
    fn start(announced: bool) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let sent = Arc::new(AtomicUsize::new(0));
        let counted = sent.clone();
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (mut stream, counted) = (stream.unwrap(), counted.clone());
                thread::spawn(move || {
                    let _ = stream.read(&mut [0; 16_384]);
                    let length = if announced { "content-length: 2147483648" } else { "transfer-encoding: chunked" };
                    let head = format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n{length}\r\n\r\n");
                    let chunk = [&b"8000\r\n"[..], &vec![b' '; 0x8000], b"\r\n"].concat();
                    let mut next = head.into_bytes();
                    while stream.write_all(&next).is_ok() {
                        counted.fetch_add(next.len(), Ordering::Relaxed);
                        next.clone_from(&chunk);
                    }
                });
            }
        });
        Self { url, sent }
    }
}

cases! {
    no_source_of_credentials_is_read_without_end:
        identity_center(Some("sso"), "AWS_ENDPOINT_URL_SSO");
        identity_center_renewed(Some("renewed"), "AWS_ENDPOINT_URL");
        console(Some("console"), "AWS_ENDPOINT_URL_SIGNIN");
        role(Some("deal"), "AWS_ENDPOINT_URL_STS");
        web_identity(None, "AWS_ENDPOINT_URL_STS");
        container(None, "AWS_CONTAINER_CREDENTIALS_FULL_URI");
        instance(None, "AWS_EC2_METADATA_SERVICE_ENDPOINT");
}

fn no_source_of_credentials_is_read_without_end(profile: Option<&str>, endpoint: &str) {
    for announced in [true, false] {
        let service = Endless::start(announced);
        let keys = with_keys("user", "AKIAUSER", "us-east-1");
        let machine = Machine::new(&(everyday() + &keys + &over("deal", DEAL_ADMIN, "user")));
        let renewed = profile == Some("renewed");
        let profile = if renewed { Some("sso") } else { profile };
        machine.write(SESSION_TOKEN, &if renewed { RENEWABLE.to_owned() } else { sso_token("2099-01-01T00:00:00Z") });
        machine.write(CONSOLE_TOKEN, &console_token("2020-01-01T00:00:00Z"));
        machine.write("token", "token");
        let token = machine.path("token");
        let mut variables = vec![(endpoint, service.url.as_str()), ("NO_PROXY", "127.0.0.1"), ("AWS_MAX_ATTEMPTS", "1")];
        if profile.is_none() && endpoint == "AWS_ENDPOINT_URL_STS" {
            variables.push(("AWS_WEB_IDENTITY_TOKEN_FILE", &token));
            variables.push(("AWS_ROLE_ARN", "arn:aws:iam::412098765432:role/Cluster"));
        }
        let said = machine.probe(profile, &variables);
        // The metadata service gets little time: on a busy machine it is over before.
        let is_over = endpoint == "AWS_EC2_METADATA_SERVICE_ENDPOINT" && said.contains("instance metadata (gave none)");
        if !is_over {
            says(&said, "malformed", &[TOO_LONG]);
        }
        let sent = service.sent.load(Ordering::Relaxed);
        // What the system's buffers take in is sent, too.
        assert!((1..32 << 20).contains(&sent), "{sent} bytes were sent");
    }
}

// ---- The whole program --------------------------------------------------------------------------------------------------------------

/// What the program may take in all, in KiB.
#[cfg(target_os = "linux")]
pub const MOST: u64 = 64 << 10;

#[cfg(target_os = "linux")]
pub mod memory {
    use std::collections::{BTreeMap, BTreeSet};
    use std::process::{Command, Stdio};
    use std::sync::Mutex;

    use leave_org::simulator::{Damage, Fault, MANAGEMENT_ACCESS_KEY, MEMBER_ACCESS_KEY};

    use super::*;
    use crate::command_line::Practice;
    use crate::faults::{IDENTITY, OWNED, QUESTIONS, Way, World, rows, scenario};

    /// The most memory that a process has had, in KiB.
    pub fn most_of(process: u32) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
        let most = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        most.unwrap_or_else(|| panic!("{status}")).trim().trim_end_matches(" kB").parse().unwrap()
    }

    /// What a command says that prints a long report, and the most memory that it has had by then, in KiB; `None` where it prints none.
    pub fn measured(mut command: Command) -> (String, Option<u64>) {
        let (mut reader, writer) = std::io::pipe().unwrap();
        // The report is longer than this: the program waits in the middle of it.
        let room = rustix::pipe::fcntl_setpipe_size(&reader, 4096).unwrap();
        let mut child = command.stdin(Stdio::null()).stdout(writer).stderr(Stdio::piped()).spawn().unwrap();
        drop(command);
        let mut said = vec![0];
        let mut memory = None;
        if reader.read(&mut said).unwrap() == 1 {
            memory = Some(most_of(child.id()));
            reader.read_to_end(&mut said).unwrap();
            assert!(said.len() > room, "the report was not waited for: {} bytes", said.len());
        }
        child.stderr.take().unwrap().read_to_end(&mut said).unwrap();
        child.wait().unwrap();
        (String::from_utf8(said).unwrap(), memory)
    }

    /// What `check` says, and the most memory that it has had by then, in KiB; `None` where it gives no report.
    fn checked(practice: &Practice, owner: bool) -> (String, Option<u64>) {
        let config =
            with_keys("member", MEMBER_ACCESS_KEY, "us-east-1") + &with_keys("owner", MANAGEMENT_ACCESS_KEY, "us-east-1");
        let config_file = practice.home.path().join("config");
        std::fs::write(&config_file, config).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_leave-org"));
        command.env_clear().envs(crate::clock()).env("HOME", practice.home.path());
        command.args(["check", "--format", "json", "--timeout", "20", "--profile", "member"]);
        command.args(owner.then_some(["--management-profile", "owner"]).into_iter().flatten());
        command.env("AWS_CONFIG_FILE", config_file).env("AWS_ENDPOINT_URL", practice.server.url());
        measured(command)
    }

    /// Tries `cases` four at a time and names those that take too much, or are wrong in another way.
    fn all_of<T: Send>(
        cases: Vec<T>,
        name: impl Fn(&T) -> String + Sync,
        run: impl Fn(&T) -> (String, Option<u64>) + Sync,
        wanted: impl Fn(&T, &str) -> bool + Sync,
    ) {
        let (cases, wrong, most) = (Mutex::new(cases), Mutex::new(Vec::new()), Mutex::new(BTreeMap::new()));
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    loop {
                        let next = cases.lock().unwrap().pop();
                        let Some(case) = next else { break };
                        let (said, memory) = run(&case);
                        if !wanted(&case, &said) || memory.is_some_and(|memory| memory > MOST) {
                            wrong.lock().unwrap().push(format!("{}: {memory:?} KiB: {said}", name(&case)));
                        }
                        most.lock().unwrap().insert(name(&case), memory);
                    }
                });
            }
        });
        println!("VmHWM in KiB: {:#?}", most.into_inner().unwrap());
        let wrong = wrong.into_inner().unwrap();
        assert!(wrong.is_empty(), "{}:\n{}", wrong.len(), wrong.join("\n"));
    }

    #[test]
    fn an_endless_answer_to_any_question_is_told_and_takes_little_memory() {
        let mut known = BTreeSet::new();
        let questions = QUESTIONS
            .iter()
            .filter(|question| known.insert((question.operation, question.by == leave_org::simulator::CalledBy::Member)));
        all_of(
            questions.collect(),
            |question| format!("{} by {:?}", question.operation, question.by),
            |question| {
                let practice = Practice::start(scenario(question.world));
                practice.server.inject(Fault::new(question.operation, Damage::EndlessBody).called_by(question.by));
                checked(&practice, question.world.owner)
            },
            |_, said| said.contains(TOO_LONG),
        );
    }

    #[test]
    fn every_fault_to_all_questions_at_once_takes_little_memory() {
        let rows = rows().into_iter().filter(|row| !row.once && !row.strikes_everything()).collect();
        all_of(
            rows,
            |row| row.name.to_owned(),
            |row| {
                let world: &World = &OWNED;
                let practice = Practice::start(scenario(world));
                let Way::Played(kind) = &row.way else { panic!("{} strikes one question", row.name) };
                let operations: BTreeSet<&str> = QUESTIONS.iter().map(|question| question.operation).collect();
                // Without an identity there is no report.
                for operation in operations.into_iter().filter(|operation| *operation != IDENTITY) {
                    practice.server.inject(Fault::new(operation, kind.clone()));
                }
                checked(&practice, world.owner)
            },
            |row, said| {
                let too_long = ["10 MB body", "2 GB body", "endless body", "1 MB of headers"].contains(&row.name);
                !said.is_empty() && said.contains(TOO_LONG) == too_long
            },
        );
    }
}
