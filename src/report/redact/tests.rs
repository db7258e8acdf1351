use std::time::{Duration, Instant};

use jiff::Timestamp;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

use super::*;
use crate::checklist::facts::{OldOwnerAccessFact, OldOwnerAccessLine, Own, Rights};
use crate::checklist::{
    AccountDetails, Attestation, Evidence, Identity, Membership, Partition, StepId, Verdict, VerdictKind, Wording,
};

fn masks(values: &[&str], people: &[&str]) -> Masks {
    let set = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    Private { values: set(values), people: set(people), requests: BTreeSet::new() }.masks()
}

#[track_caller]
fn masked(values: &[&str], text: &str) -> String {
    masks(values, &[]).text(text)
}

#[test]
fn shapes_give_themselves_away_wherever_they_stand() {
    for (text, wanted) in [
        ("account 412098765432, or 4120-9876-5432.", "account [account-1], or [account-1]."),
        ("4120 9876 5432, 4120.9876.5432, 4120\u{a0}9876\u{2011}5432", "[account-1], [account-1], [account-1]"),
        ("（４１２０９８７６５４３２）（４１２０－９８７６－５４３２）", "（[account-1]）（[account-1]）"),
        ("４１２０９８７６５４３２１ and 4120 9876 54321", "４１２０９８７６５４３２１ and 4120 9876 54321"),
        ("role_412098765432x", "role_[account-1]x"),
        ("4120987654321 and 12345678901234 are no ids", "4120987654321 and 12345678901234 are no ids"),
        ("Write to Maria.O'Brien+aws@corp.example.", "Write to [e-mail-1]."),
        ("<AWS@CORP.EXAMPLE> is <aws@corp.example>", "<[e-mail-1]> is <[e-mail-1]>"),
        ("jürgen@bücher.example", "[e-mail-1]"),
        ("call +49 30 5550-1234 or +1 (206) 555-0100", "call [phone-1] or [phone-2]"),
        ("in o-a1b2c3d4e5, under ou-ab12-cd34ef56", "in [organization-1], under [organization-2]"),
        ("AKIAIOSFODNN7EXAMPLE", "[key-1]"),
        ("request 0c2f577f-7a11-4c0d-9e57-00000000002f", "request [request-1]"),
        ("no-one, 2 roles, 812 days, v0.1.0", "no-one, 2 roles, 812 days, v0.1.0"),
    ] {
        assert_eq!(masked(&[], text), wanted, "{text}");
    }
}

#[test]
fn an_arn_keeps_what_kind_of_thing_it_names_and_nothing_else() {
    for (text, wanted) in [
        (
            "User: arn:aws:sts::412098765432:assumed-role/DealAdmin/maria.keller is not authorized",
            "User: arn:aws:sts::[account-1]:assumed-role/[name-1]/[name-2] is not authorized",
        ),
        ("arn:aws:iam::412098765432:role/team/blue/Deal,Admin=1.", "arn:aws:iam::[account-1]:role/[name-1]/[name-2]/[name-3]."),
        ("arn:aws:iam::412098765432:root", "arn:aws:iam::[account-1]:root"),
        (
            "arn:aws:iam::412098765432:role/OrganizationAccountAccessRole",
            "arn:aws:iam::[account-1]:role/OrganizationAccountAccessRole",
        ),
        (
            "(arn:aws:organizations::305611223344:policy/o-a1b2c3d4e5/service_control_policy/p-12345678)",
            "(arn:aws:organizations::[account-1]:policy/[organization-1]/[name-1]/[organization-2])",
        ),
        ("on arn:aws:s3:::deal-room/*", "on arn:aws:s3:::[name-1]/*"),
        ("arn:aws-cn:iam::412098765432:user/maria.keller,", "arn:aws-cn:iam::[account-1]:user/[name-1],"),
    ] {
        assert_eq!(masked(&[], text), wanted, "{text}");
    }
}

#[test]
fn a_value_has_the_same_mask_throughout_and_another_has_another() {
    let mut masks = masks(&["Maria Keller", "Fabrikam"], &[]);
    assert_eq!(masks.text("Maria Keller of Fabrikam"), "[name-1] of [name-2]");
    assert_eq!(masks.text("FABRIKAM, maria keller"), "[name-2], [name-1]");
    assert_eq!(masks.give("name", "Maria Keller"), "[name-1]");
}

#[test]
fn a_part_of_a_name_does_not_stand_alone() {
    assert_eq!(masked(&["Maria Keller"], "Mrs Keller signed, and so did MARIA."), "Mrs [name-1] signed, and so did [name-2].");
    assert_eq!(masked(&["Li Wei"], "Li signed."), "[name-1] signed.");
    let mut of_maria = masks(&[], &["maria.keller@corp"]);
    assert_eq!(of_maria.text("keller, maria.keller@corp"), "[name-1], [e-mail-1]");
    assert_eq!(masks(&[], &["jo_keller_2024"]).text("jo, keller, 2024"), "jo, [name-1], 2024");
}

#[test]
fn a_name_is_found_in_any_width_and_with_anything_between_its_words() {
    for text in [
        "Northwind Payments",
        "NORTHWIND PAYMENTS",
        "northwind\u{a0}payments",
        "Northwind   Payments",
        "NorthwindPayments",
        "northwind-payments.example",
        "Ｎｏｒｔｈｗｉｎｄ　Ｐａｙｍｅｎｔｓ",
        "ｎｏｒｔｈｗｉｎｄ ＰＡＹＭＥＮＴＳ",
    ] {
        let masked = masked(&["Northwind Payments"], text);
        let narrow = in_half_width(&masked).to_lowercase();
        assert!(!narrow.contains("northwind") && !narrow.contains("payments"), "{text}: {masked}");
    }
    assert_eq!(masked(&["ｆａｂｒｉｋａｍ"], "by Fabrikam"), "by [name-1]");
    // Neither of these letters is a name by itself.
    assert_eq!(masked(&["X Y"], "by X_Y, x - y or x\u{2011}Y, not x"), "by [name-1], [name-2] or [name-3], not x");
}

#[test]
fn where_names_overlap_no_piece_is_left() {
    assert_eq!(masked(&["Anna Maria", "Maria Huber"], "by Anna Maria Huber."), "by [name-1].");
    assert_eq!(masked(&["Northwind", "Northwind Payments GmbH"], "Northwind Payments GmbH"), "[name-1]");
    assert_eq!(masked(&["corp"], "anna@corp.example"), "[e-mail-1]");
    assert_eq!(masked(&["aa"], "aaa aa"), "aaa [name-1]");
    // Where two only touch, each is still itself.
    assert_eq!(masked(&["Fabrikam", "Northwind"], "FabrikamNorthwind"), "[name-1][name-2]");
}

#[test]
fn a_long_name_is_found_inside_of_a_word_and_a_short_one_only_by_itself() {
    assert_eq!(masked(&["Fabrikam"], "fabrikam2 and prefabrikame"), "[name-1]2 and pre[name-1]e");
    assert_eq!(masked(&["an"], "an other and another"), "[name-1] other and another");
    assert_eq!(masked(&["10969"], "10969 and 110969"), "[name-1] and 110969");
    assert_eq!(masked(&["admin"], "an administrator, admin-2"), "an [name-1]istrator, [name-1]-2");
}

#[test]
fn names_of_one_letter_and_names_in_any_script_are_names() {
    assert_eq!(masked(&["X"], "X: x, Xa, (X)"), "[name-1]: x, Xa, ([name-1])");
    assert_eq!(masked(&["支払い本番"], "アカウント支払い本番です"), "アカウント[name-1]です");
    assert_eq!(masked(&["Straße 7", "ÉMILE ZOLA"], "STRASSE, straße, émile"), "[name-1], [name-2], [name-3]");
    assert_eq!(masked(&["🔥"], "on 🔥 here"), "on [name-1] here");
    assert_eq!(masked(&["-", "...", ""], "a - b... c"), "a - b... c");
}

#[test]
fn what_a_fact_holds_as_somebodys_own_is_masked_whatever_it_is_called_and_our_own_words_stay() {
    // Every one of them is a word of the sentence, or of AWS's.
    for name in ["role", "the", "May", "policies", "AdministratorAccess", "+49 30 5550-1234", "o-a1b2c3d4e5"] {
        let door = OldOwnerAccessLine::TrustsAnyone { role: Own::new(name), rights: Some(Rights::Everything) };
        let finding = Finding::new(StepId::OldOwnerAccess, OldOwnerAccessFact::NoDoors, Verdict::Met).line(door);
        let mut masks = masks(&[name], &[]);
        let Wording { summary, details, .. } = Wording::of(&finding, &mut masks);
        assert_eq!(summary, "No role of this account lets the organization's owner in.");
        let (mask, rest) = details[0].split_once(": ").unwrap();
        assert!(mask.starts_with('[') && mask.ends_with("-1]"), "{name}: {mask}");
        let ours = "anyone at all may use it, or a condition decides that this program does not weigh. \
            It can do everything (AdministratorAccess).";
        assert_eq!(rest, ours);
        // And the same in what AWS says.
        assert!(masks.text(&format!("No, said {name}.")).ends_with(&format!("{mask}.")), "{name}");
    }
}

#[test]
fn what_to_do_about_a_question_that_failed_names_nobody_either() {
    let problem = Problem::malformed("iam:ListRoles", "", Timestamp::UNIX_EPOCH);
    let problem = Problem { remedy: "Sign in as northwind again.".to_owned(), ..problem };
    let wording = Wording::of(&Finding::unknown(StepId::OldOwnerAccess, problem), &mut masks(&["northwind"], &[]));
    assert_eq!(wording.todo, ["Sign in as [name-1] again."]);
}

#[test]
fn no_value_that_is_somebodys_own_gets_past_in_any_fact() {
    fn replaced(value: &mut serde_json::Value) {
        match value {
            serde_json::Value::Object(fields) if fields.contains_key("own") => fields["own"] = "Quagga".into(),
            serde_json::Value::Object(fields) => fields.values_mut().for_each(replaced),
            serde_json::Value::Array(items) => items.iter_mut().for_each(replaced),
            _ => {}
        }
    }
    let mut said = 0;
    for finding in crate::checklist::samples::findings() {
        let mut written = serde_json::to_value(&finding).unwrap();
        replaced(&mut written);
        let finding: Finding = serde_json::from_value(written).unwrap();
        let in_words = |wording: Wording| {
            [vec![wording.summary], wording.details, wording.todo, wording.not_proven.into_iter().collect()].concat().join(" ")
        };
        said += usize::from(in_words(Wording::of(&finding, &mut crate::checklist::Unredacted)).contains("Quagga"));
        let masked = in_words(Wording::of(&finding, &mut masks(&[], &[])));
        assert!(!masked.contains("Quagga"), "{masked}");
    }
    assert!(said > 20, "{said}");
}

#[test]
fn a_date_stays_a_date_where_somebody_lives_at_the_postal_code_2026() {
    assert_eq!(masked(&["2026", "11"], "until 2026-11-24 10:11 UTC, 2026 Bondi"), "until 2026-11-24 10:11 UTC, [name-1] Bondi");
    assert_eq!(masked(&["2026-11-24"], "on 2026-11-24"), "on [name-1]");
}

#[test]
fn a_name_that_was_cut_off_at_the_end_is_still_one() {
    assert_eq!(masked(&["Northwind Payments"], "North…"), "[name-1]…");
    // Of four letters nothing was cut off.
    assert_eq!(masked(&["anna"], "savanna…"), "savanna…");
    let name = format!("Northwind {}", "x".repeat(3_000));
    let line = crate::untrusted::sanitize(&format!("{}, {name}", "Weg".repeat(400)));
    let masked = masked(&[&name], &line);
    assert!(!masked.contains("Northwind") && !masked.contains("xxx"), "{masked}");
    assert!(masked.ends_with("[name-1]…"), "{masked}");
}

#[test]
fn a_very_long_name_is_masked_to_its_end_in_any_spelling() {
    let name = format!("{}Quagga Möbel", "x".repeat(70));
    for spelt in [name.clone(), format!("{}QUAgga MöBEL", "X".repeat(70))] {
        assert_eq!(masked(&[&name], &format!("by {spelt}, signed")), "by [name-1], signed", "{spelt}");
    }
}

/// A call as a finding tells of it, with something in it that is somebody's own.
fn call(operation: &str, own: &str) -> Evidence {
    Evidence {
        operation: operation.to_owned(),
        outcome: "ok".to_owned(),
        fact: String::new(),
        request_id: Some("impala/4711".to_owned()),
        at: Timestamp::UNIX_EPOCH,
        own: vec![Own::new(own)],
    }
}

#[test]
fn what_any_line_of_the_journal_holds_as_somebodys_own_is_masked_in_what_aws_says() {
    let told = |entry: &Entry, text: &str| {
        let (at, account, entry) = (Timestamp::UNIX_EPOCH, "412098765432".parse().unwrap(), entry.clone());
        let kept = JournalContents::of("j", vec![Line { v: 1, at, run: "r".to_owned(), account, entry }], 0);
        Private::of(&Checklist::default(), Some(&kept)).unwrap().masks().text(text)
    };
    let identified = |role: &str, session: &str| {
        let arn = format!("arn:aws:sts::412098765432:assumed-role/{role}/{session}");
        let identity = Identity { account: "412098765432".parse().unwrap(), arn, partition: Partition::Aws };
        let details = AccountDetails { name: Some("Quagga".to_owned()), state: None, created_at: None };
        Entry::Identified { subject: Subject { identity, details: Some(details), membership: Membership::Standalone } }
    };
    let opened = Entry::Opened {
        version: "0.1.0".to_owned(),
        mode: "review".to_owned(),
        by: "Yucca".to_owned(),
        profile: Some("quoll".to_owned()),
        endpoints: vec!["https://manatee.example:8443 for iam".to_owned()],
    };
    let also_asked = Entry::AlsoAsked { endpoints: vec!["https://tapir.example for sso".to_owned()] };
    let door = OldOwnerAccessLine::TrustsAnyone { role: Own::new("lemur"), rights: None };
    let finding = Finding::new(StepId::OldOwnerAccess, OldOwnerAccessFact::NoDoors, Verdict::Met).line(door);
    let found = Entry::Found { finding: finding.evidence([call("iam:ListRoles", "axolotl")]), standing: None };
    let attestation = Attestation {
        is_override: false,
        by: "Zelda".to_owned(),
        at: Timestamp::UNIX_EPOCH,
        expires_at: Timestamp::UNIX_EPOCH,
        note: None,
        over: VerdictKind::NeedsYou,
        reading: None,
        rule: "a-rule".to_owned(),
    };
    for (entry, own, mask) in [
        (&opened, "Yucca", "name"),
        (&opened, "quoll", "name"),
        (&opened, "manatee.example:8443", "name"),
        (&also_asked, "tapir.example", "name"),
        (&identified("Narwhal", "xaver"), "Quagga", "name"),
        (&identified("Narwhal", "xaver"), "Narwhal", "name"),
        (&identified("Narwhal", "xaver"), "xaver", "name"),
        (&found, "lemur", "name"),
        (&found, "axolotl", "name"),
        (&found, "impala/4711", "request"),
        (&Entry::Attested { step: StepId::PaymentMethod, attestation }, "Zelda", "name"),
    ] {
        assert_eq!(told(entry, &format!("https knows no {own}.")), format!("https knows no [{mask}-1]."));
    }
    // Every account may have these.
    let known = "root of OrganizationAccountAccessRole";
    assert_eq!(told(&identified("OrganizationAccountAccessRole", "root"), known), known);
}

#[test]
fn what_a_call_is_named_stays_unless_no_call_is_named_so() {
    let mut checklist = Checklist::default();
    let finding = Finding::new(StepId::OldOwnerAccess, OldOwnerAccessFact::NoDoors, Verdict::Met);
    checklist.record(finding.evidence(["iam:ListRoles", "the roles of Quagga"].map(|operation| call(operation, "Quagga"))));
    let mut masks = masks(&["Quagga", "iam"], &[]);
    let document = Document::of(&checklist, &StepId::ALL, Timestamp::UNIX_EPOCH, &mut masks);
    let calls = &masks.finish(document).steps[StepId::OldOwnerAccess.index()].evidence;
    let operations: Vec<&str> = calls.iter().map(|call| call.operation.as_str()).collect();
    assert_eq!(operations, ["iam:ListRoles", "the roles of [name-1]"]);
}

#[test]
fn a_role_that_every_organization_makes_and_a_name_of_nothing_are_nobodys() {
    for (value, told) in [("AWSControlTowerExecution", "AWSControlTowerExecution"), (" ", " "), ("lemur", "[name-1]")] {
        assert_eq!(masks(&[], &[]).own(value), told);
    }
}

#[test]
fn a_hundred_thousand_characters_and_a_thousand_names_take_no_time() {
    let names: Vec<String> = (0..1_000).map(|number| format!("user{number} of the family {number}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    for text in
        ["a".repeat(100_000), "@.".repeat(50_000), "1234-".repeat(20_000), "+1 ".repeat(33_000), "arn:aws:".repeat(12_500)]
    {
        let begun = Instant::now();
        let masked = masked(&names, &text);
        assert!(masked.len() <= text.len() * 3, "{}", masked.len());
        // A debug build on a busy machine; what would be squared here takes hours.
        assert!(begun.elapsed() < Duration::from_secs(20), "{:?} for {}", begun.elapsed(), &text[..10]);
    }
}

#[test]
fn a_name_that_repeats_itself_takes_no_time_either() {
    let (name, text) = ("W".repeat(2_000), "W".repeat(50_000));
    let begun = Instant::now();
    assert_eq!(masked(&[&name], &text), "[name-1]");
    assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
}

#[test]
fn an_id_is_one_also_where_an_underscore_or_a_letter_joins_it() {
    for (text, wanted) in [
        ("x_o-a1b2c3d4e5", "x_[organization-1]"),
        ("o-a1b2c3d4e5_x", "[organization-1]_x"),
        ("p-abcdefgh_o-a1b2c3d4e5", "[organization-1]"),
        ("_ou-ab12-cd34ef56_h-9z8y7x6w5v", "_[organization-1]_[organization-2]"),
        ("key_AKIAIOSFODNN7EXAMPLE_old", "key_[key-1]_old"),
        ("id0c2f577f-7a11-4c0d-9e57-00000000002fx", "id[request-1]x"),
        ("x_arn:aws:iam::412098765432:user/maria.keller", "x_arn:aws:iam::[account-1]:user/[name-1]"),
        ("no-abcdefghijklm, stop-abcdefgh", "no-abcdefghijklm, stop-abcdefgh"),
    ] {
        assert_eq!(masked(&[], text), wanted, "{text}");
    }
}

#[test]
fn an_arn_begins_as_one_whatever_somebody_is_called() {
    let arn = "arn:aws:sts::412098765432:assumed-role/Admins/arn";
    for name in ["arn", "ARN", "arn:aws", "arn:aws:sts::412098765432", "aws"] {
        let masked = masked(&[name], arn);
        assert!(masked.starts_with("arn:aws:") || masked.starts_with("arn:aws["), "{name}: {masked}");
        assert!(!masked.contains("4120") && !masked.ends_with("arn"), "{name}: {masked}");
    }
    assert_eq!(masked(&["arn"], "arn signed"), "[name-1] signed");
}

#[test]
fn a_name_that_repeats_itself_leaves_no_piece_where_it_was_cut_off() {
    let name = "WWWWW".to_owned() + &"W".repeat(90) + "end";
    for length in 4..90 {
        let masked = masked(&[&name], &format!("by {}…", "W".repeat(length)));
        assert_eq!(masked, "by [name-1]…", "{length}");
    }
    assert_eq!(masked(&["ababXababYab"], "of ababXabab…"), "of [name-1]…");
    assert_eq!(masked(&["ababXababYab"], "of abababXab…"), "of ab[name-1]…");
}

/// Whether `name` stands in `text` as a word of its own.
fn stands_in(text: &str, name: &str) -> bool {
    let mut from = 0;
    while let Some(at) = text[from..].find(name).map(|at| at + from) {
        if stands_alone(text, &(at..at + name.len())) {
            return true;
        }
        from = at + name.chars().next().map_or(1, char::len_utf8);
    }
    false
}

/// Takes the masks out, so that a name is not found in one.
fn without_masks(text: &str) -> String {
    static MASKS: LazyLock<Regex> = LazyLock::new(|| regex(r"\[(name|account|e-mail|phone|key|request|organization)-[0-9]+\]"));
    MASKS.replace_all(text, "\u{0}").into_owned()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, rng_seed: RngSeed::Fixed(4), ..ProptestConfig::default() })]

    #[test]
    fn a_name_never_stands_in_a_masked_text(
        names in prop::collection::vec("[A-Za-z][A-Za-z0-9 .'_-]{0,14}[A-Za-z0-9]|[a-zA-Z]|\\p{Han}{1,4}|\\PC{1,12}", 1..5),
        words in prop::collection::vec("[a-z]{1,8}|, |\\. |: |\\(|\\)|“|”|/|-", 0..12),
        places in prop::collection::vec((0_usize..12, 0_usize..5), 1..6),
    ) {
        let names: Vec<String> = names
            .iter()
            .map(|name| name.split_whitespace().collect::<Vec<_>>().join(" "))
            .filter(|name| !name.chars().all(|c| c.is_ascii_punctuation() || c.is_whitespace()))
            .collect();
        prop_assume!(!names.is_empty());
        let mut pieces = words.clone();
        for (at, which) in places {
            pieces.insert(at.min(pieces.len()), names[which % names.len()].clone());
        }
        let text = pieces.join(" ");
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let found = without_masks(&masked(&names, &text));
        for name in names {
            prop_assert!(!stands_in(&found, name), "{name:?} in {found:?} of {text:?}");
        }
    }
}
