//! `majlis tally`: counting other people's ballot files, with no replica and no network.

mod compare;
mod explain;

use std::io::{Read as _, Write as _};
use std::path::Path;

use anyhow::{Context as _, bail, ensure};
use majlis_node::api::{ApiError, ErrorCode};
use majlis_tally::budget::{self, BudgetRule, Election, Lack, Method, Outcome, Utility};
use majlis_tally::opinion::{self, OpinionRule, Side};
use majlis_tally::pabulib::PbFile;
use majlis_tally::polis::{Conversation, ExportSet};
use majlis_tally::ranked::{self, RankedElection, RankedRule};
use majlis_tally::{Canonical as _, LotSeed, Ratio, ballot_csv, blt, delimited, pabulib, preflib};

use crate::Said;
use crate::args::{BudgetArgs, LotFlags, RankedArgs, RankedFlags, TallyCommand};

/// The largest file that is read: the largest elections known are a tenth of it.
const MAX_FILE: u64 = 256 * 1024 * 1024;

pub(super) fn run(command: TallyCommand) -> anyhow::Result<Said> {
    // Nothing but files and flags goes in, so whatever is wrong is wrong with those.
    said(command).map_err(|error| ApiError::new(ErrorCode::BadInput, format!("{error:#}")).into())
}

fn said(command: TallyCommand) -> anyhow::Result<Said> {
    match command {
        TallyCommand::Budget(args) => budget(*args),
        TallyCommand::Ranked(args) => ranked(args),
        TallyCommand::Opinions {
            folder,
            groups,
            strict,
        } => opinions(&folder, groups, strict),
        TallyCommand::Check { file } => check(&file),
        TallyCommand::Explain(args) => explain::explain(*args),
        TallyCommand::Compare(args) => compare::compare(*args),
        TallyCommand::Sample(args) => compare::sample(&args),
    }
}

/// How many doubts about a file are said beside its result.
const DOUBTS: usize = 5;

/// The bytes of a file; `-` is standard input.
pub(super) fn bytes(path: &Path) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let most = MAX_FILE.saturating_add(1);
    let read = if path == Path::new("-") {
        std::io::stdin().lock().take(most).read_to_end(&mut bytes)
    } else {
        let file = std::fs::File::open(path);
        file.and_then(|file| file.take(most).read_to_end(&mut bytes))
    };
    read.with_context(|| format!("reading {}", path.display()))?;
    ensure!(
        bytes.len() as u64 <= MAX_FILE,
        "reading {}: it is larger than 256 MB",
        path.display()
    );
    Ok(bytes)
}

fn budget(args: BudgetArgs) -> anyhow::Result<Said> {
    let (file, election) = pabulib_file(&args.file)?;
    let rule = args.flags.rule(args.method, args.lot);
    let outcome = budget::count(&election, &rule)?;
    let text = budget_text(&outcome, |id| name(&file, id));
    let warnings = warnings(&file, &rule, &outcome);
    for line in &warnings {
        let _ = writeln!(std::io::stderr().lock(), "warning: {line}");
    }
    let mut json = serde_json::to_value(&outcome)?;
    if let Some(json) = json.as_object_mut() {
        json.insert("warnings".to_owned(), serde_json::json!(warnings));
    }
    Said::new(json, text)
}

/// What somebody should look at before they believe the result: rows are counted as they stand.
fn warnings(file: &PbFile, rule: &BudgetRule, outcome: &Outcome) -> Vec<String> {
    let doubts = file.check();
    let doubts: Vec<_> = doubts.iter().filter(|one| one.doubt).collect();
    let mut said: Vec<String> = doubts
        .iter()
        .take(DOUBTS)
        .map(ToString::to_string)
        .collect();
    if let Some(more @ 1..) = doubts.len().checked_sub(DOUBTS) {
        said.push(format!(
            "and {more} more against the file; `majlis tally check` lists them"
        ));
    }
    // Points of a knapsack are money: a ballot that only approves gives one unit of it.
    let gives_money = matches!(file.meta("vote_type"), Some("cumulative" | "scoring"));
    if rule.method == Method::Knapsack
        && rule.utility == Utility::Points
        && (!gives_money || outcome.winners.is_empty())
    {
        let kind = file.meta("vote_type").unwrap_or("approval");
        said.push(format!(
            "knapsack with points takes each point as one unit of money, and these ballots ({kind}) give {}; \
             --utility cost takes each project that a ballot names as wanted whole",
            if gives_money { "no project as many as it costs" } else { "no points of money" }
        ));
    }
    said
}

fn pabulib_file(path: &Path) -> anyhow::Result<(PbFile, Election)> {
    let reading = || format!("reading {}", path.display());
    let file = pabulib::read(&bytes(path)?).with_context(reading)?;
    let election = file.election().with_context(reading)?;
    Ok((file, election))
}

/// What the file calls a project; empty if it has no name.
fn name(file: &PbFile, id: &str) -> String {
    let mut rows = file.projects.rows.iter();
    let row = rows.find(|row| file.projects.field(row, "project_id") == Some(id));
    let name = row.and_then(|row| file.projects.field(row, "name"));
    name.unwrap_or_default().to_owned()
}

fn budget_text(outcome: &Outcome, name: impl Fn(&str) -> String) -> String {
    let mut lines = vec![format!(
        "{} of {} projects funded, {} of {} spent, {} ballots",
        outcome.winners.len(),
        outcome.winners.len() + outcome.losers.len(),
        outcome.money(outcome.spent),
        outcome.money(outcome.budget),
        outcome.voters
    )];
    if let Some(endowment) = &outcome.endowment {
        lines.push(format!(
            "each voter's share: {} at first, {} in the count that stands ({} of it beyond the budget)",
            outcome.share(&endowment.start, outcome.decimals.max(2)),
            outcome.share(&endowment.reached, outcome.decimals.max(2)),
            percent(&endowment.virtual_part),
        ));
    }
    for (place, one) in (1..).zip(&outcome.winners) {
        let effective = one
            .effective_votes
            .as_ref()
            .map_or_else(String::new, |votes| {
                format!(", {} effective", votes.decimal(1))
            });
        lines.push(format!(
            "{place:>3}. {} {}: {}, {}{effective}",
            one.id,
            name(&one.id),
            outcome.money(one.cost),
            support(outcome, one.votes, &one.points)
        ));
    }
    lines.extend(outcome.losers.iter().map(|one| {
        format!(
            "  -  {} {}: {}, {}; {}",
            one.id,
            name(&one.id),
            outcome.money(one.cost),
            support(outcome, one.votes, &one.points),
            lacked(outcome, &one.lack)
        )
    }));
    lines.push(format!("result {}", outcome.result_hash()));
    lines.join("\n")
}

/// How many support a project, and with how many points where those decide.
fn support(outcome: &Outcome, votes: u64, points: &Ratio) -> String {
    match outcome.rule.utility {
        Utility::Points if outcome.rule.method != Method::Phragmen => {
            format!("{} points, {votes} votes", whole(points))
        }
        Utility::Points | Utility::Cost | Utility::Cardinality => format!("{votes} votes"),
    }
}

/// A number with two digits after the point where it is not whole.
fn whole(number: &Ratio) -> String {
    number
        .to_u64()
        .map_or_else(|| number.decimal(2), |number| number.to_string())
}

fn percent(part: &Ratio) -> String {
    let hundred = part * &Ratio::from(100);
    format!("{} %", hundred.decimal(1))
}

fn lacked(outcome: &Outcome, lack: &Lack) -> String {
    match lack {
        Lack::Support => "nobody supports it".to_owned(),
        Lack::SharesOfSupporters { left, missing } => format!(
            "its supporters had {} left and lacked {}",
            outcome.share(left, outcome.decimals),
            outcome.share(missing, outcome.decimals.max(2))
        ),
        Lack::Budget { missing } => format!("the budget lacked {}", outcome.money(*missing)),
        Lack::Stopped { before } => format!("the count ended at {before}, which did not fit"),
        Lack::Units { granted } => format!("it was given {}", outcome.money(*granted)),
    }
}

/// The ballots of a file by its ending, and the seats that it names.
fn ballots(path: &Path) -> anyhow::Result<(RankedElection, Option<u32>)> {
    let bytes = bytes(path)?;
    let ending = path.extension().unwrap_or_default();
    let ending = ending.to_string_lossy().to_lowercase();
    Ok(match ending.as_str() {
        "blt" => {
            let file = blt::read(&bytes)?;
            (file.election()?, Some(file.seats))
        }
        "soc" | "soi" | "toc" | "toi" | "cat" => (preflib::read(&bytes)?.election()?, None),
        "csv" | "tsv" => {
            let between = delimited::delimiter(delimited::text(&bytes)?);
            (ballot_csv::read(&bytes, between)?, None)
        }
        _ => bail!("its name must end in .blt, .soc, .soi, .toc, .toi, .cat, .csv or .tsv"),
    })
}

/// The rule of ranked ballots with these flags; `seats` are those of the file.
fn ranked_rule(
    method: ranked::Method,
    flags: RankedFlags,
    lot: LotFlags,
    seats: Option<u32>,
) -> anyhow::Result<RankedRule> {
    // Only the transferable vote fills several seats; electing one of three in silence misleads.
    if let (Some(several @ 2..), None) = (seats, flags.seats)
        && method != ranked::Method::ScottishStv
    {
        bail!(
            "the file elects {several} and {method} elects one: take --method scottish-stv, or say --seats 1"
        );
    }
    Ok(RankedRule {
        method,
        seats: flags.seats.or(seats).unwrap_or(1),
        status_quo: flags.status_quo,
        tie: lot.tie,
        seed: LotSeed::new(lot.seed),
    })
}

fn ranked(args: RankedArgs) -> anyhow::Result<Said> {
    let read = ballots(&args.file);
    let (election, seats) = read.with_context(|| format!("reading {}", args.file.display()))?;
    let rule = ranked_rule(args.method, args.flags, args.lot, seats)?;
    let outcome = ranked::count(&election, &rule)?;
    let winners = match outcome.winners.as_slice() {
        [] => "nobody, for no ballot ranks anybody".to_owned(),
        winners => winners.join(", "),
    };
    let mut lines = vec![format!(
        "{}: {winners}; {} ballots",
        rule.method, outcome.voters
    )];
    for (place, group) in (1..).zip(&outcome.order) {
        lines.push(format!("{place:>3}. {}", group.join(" = ")));
    }
    lines.push(format!("result {}", outcome.result_hash()));
    Said::new(&outcome, lines.join("\n"))
}

/// A file of a folder by the first of these names that is there.
fn one_of(folder: &Path, names: &[&str]) -> anyhow::Result<Option<Vec<u8>>> {
    let mut there = names.iter().map(|name| folder.join(name));
    there
        .find(|path| path.exists())
        .map(|path| bytes(&path))
        .transpose()
}

fn conversation(folder: &Path) -> anyhow::Result<Conversation> {
    ensure!(
        folder.is_dir(),
        "reading {}: it is no folder",
        folder.display()
    );
    let comments = one_of(folder, &["comments.csv"])?;
    let votes = one_of(folder, &["votes.csv"])?;
    let participants = one_of(folder, &["participants-votes.csv", "participant-votes.csv"])?;
    let summary = one_of(folder, &["summary.csv"])?;
    let set = ExportSet {
        comments: comments.as_deref(),
        votes: votes.as_deref(),
        participants_votes: participants.as_deref(),
        summary: summary.as_deref(),
    };
    Conversation::read(&set).with_context(|| format!("reading {}", folder.display()))
}

/// The words of a statement, on one line.
fn body(conversation: &Conversation, id: &str) -> String {
    let mut comments = conversation.comments.iter();
    let comment = comments.find(|comment| comment.id == id);
    let words = comment.map_or("", |comment| comment.body.as_str());
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn opinions(folder: &Path, groups: Option<u8>, strict: bool) -> anyhow::Result<Said> {
    let conversation = conversation(folder)?;
    let votes = conversation.opinions(strict);
    let votes = votes.with_context(|| format!("reading {}", folder.display()))?;
    let rule = OpinionRule {
        groups,
        ..OpinionRule::default()
    };
    let outcome = opinion::count(&votes, &rule);
    let body = |id: &str| body(&conversation, id);
    let mut lines = vec![format!(
        "{}: {} of {} people in {} groups{}, {} statements",
        conversation.topic,
        outcome.points.len(),
        outcome.participants,
        outcome.groups,
        if outcome.clear {
            ""
        } else {
            " that are not clear"
        },
        outcome.statements
    )];
    for (number, representative) in (1..).zip(&outcome.representative) {
        let of = |point: &&opinion::Point| point.group.is_some_and(|group| group + 1 == number);
        let people = outcome.points.iter().filter(of).count();
        lines.push(format!("group {number}, {people} people"));
        lines.extend(representative.iter().map(|one| {
            let side = match one.side {
                Side::Agree => "agrees",
                Side::Disagree => "disagrees",
            };
            format!(
                "  {side} ({} of {}): {}",
                one.votes,
                one.seen,
                body(&one.statement)
            )
        }));
    }
    // Without groups there is nothing that they share.
    if outcome.groups > 0 {
        lines.push("what groups share".to_owned());
    }
    let shared = outcome.consensus.iter().take(5);
    let shared = shared.filter(|_| outcome.groups > 0);
    lines.extend(shared.map(|one| {
        let part = percent(&one.agreement);
        format!("  {part}: {}", body(&one.statement))
    }));
    lines.push(format!("result {}", outcome.result_hash()));
    let mut json = serde_json::to_value(&outcome)?;
    let mut members = vec![Vec::new(); outcome.groups];
    for point in &outcome.points {
        let group = point.group.and_then(|group| members.get_mut(group));
        if let Some(group) = group {
            group.push(point.participant.as_str());
        }
    }
    if let Some(json) = json.as_object_mut() {
        json.insert("topic".to_owned(), conversation.topic.clone().into());
        json.insert("members".to_owned(), serde_json::json!(members));
    }
    Said::new(json, lines.join("\n"))
}

fn check(path: &Path) -> anyhow::Result<Said> {
    let file =
        pabulib::read(&bytes(path)?).with_context(|| format!("reading {}", path.display()))?;
    let findings = file.check();
    let lines: Vec<String> = findings.iter().map(ToString::to_string).collect();
    let text = if lines.is_empty() {
        "as the format has it".to_owned()
    } else {
        lines.join("\n")
    };
    let mut said = Said::new(&findings, text)?;
    said.well = !findings
        .iter()
        .any(|finding| finding.weight == pabulib::Weight::Error);
    Ok(said)
}
