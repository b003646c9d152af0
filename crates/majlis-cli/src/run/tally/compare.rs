//! `majlis tally compare` and `sample`: the same ballots by several rules, real ones or made up.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Context as _, bail, ensure};
use majlis_tally::Ratio;
use majlis_tally::budget::Method;
use majlis_tally::delimited::Row;
use majlis_tally::explain::rules::{self, RuleTable};
use majlis_tally::explain::sample::{self, Guess, MAX_SAMPLE};
use majlis_tally::pabulib::{PbFile, Table};
use majlis_tally::ranked::{self, RankedRule};

use crate::Said;
use crate::args::{CompareArgs, LotFlags, SampleArgs};

/// Whether a file is a budget's, by its ending.
pub(super) fn is_budget(path: &Path) -> bool {
    path.extension()
        .is_some_and(|ending| ending.eq_ignore_ascii_case("pb"))
}

pub(super) fn compare(args: CompareArgs) -> anyhow::Result<Said> {
    let or = |given: Vec<String>, all: Vec<String>| if given.is_empty() { all } else { given };
    let twice = |given: &[String]| {
        let mut seen = BTreeSet::new();
        given.iter().find(|name| !seen.insert(*name)).cloned()
    };
    if is_budget(&args.file) {
        let (file, election) = super::pabulib_file(&args.file)?;
        let names = or(
            args.rules,
            Method::ALL.iter().map(ToString::to_string).collect(),
        );
        if let Some(name) = twice(&names) {
            bail!("--rules names {name} twice");
        }
        let like = args.budget.rule(Method::EqualShares, args.lot);
        let mut named = Vec::with_capacity(names.len());
        for name in names {
            let rule = rules::budget_rule(&name, &like)?;
            named.push((name, rule));
        }
        let table = rules::budgets(&election, &named)?;
        let text = table_text(
            &table,
            |id| super::name(&file, id),
            |spent| election.money(spent),
        );
        return Said::new(&table, text);
    }
    let read = super::ballots(&args.file);
    let (election, seats) = read.with_context(|| format!("reading {}", args.file.display()))?;
    let seats = args.ranked.seats.or(seats).unwrap_or(1);
    let fits = |method: &&ranked::Method| seats == 1 || **method == ranked::Method::ScottishStv;
    let all = ranked::Method::ALL.iter().filter(fits);
    let names = or(args.rules, all.map(ToString::to_string).collect());
    if let Some(name) = twice(&names) {
        bail!("--rules names {name} twice");
    }
    let LotFlags { tie, seed } = args.lot;
    let mut named = Vec::with_capacity(names.len());
    for name in names {
        let rule = RankedRule {
            method: name.parse()?,
            seats,
            status_quo: args.ranked.status_quo.clone(),
            tie: tie.clone(),
            seed: majlis_tally::LotSeed::new(seed.clone()),
        };
        named.push((name, rule));
    }
    let table = rules::ranked(&election, &named)?;
    let text = table_text(&table, |_| String::new(), |spent| spent.to_string());
    Said::new(&table, text)
}

fn table_text(
    table: &RuleTable,
    name: impl Fn(&str) -> String,
    money: impl Fn(u64) -> String,
) -> String {
    let list = |ids: &[String]| {
        let named = ids
            .iter()
            .map(|id| format!("{id} {}", name(id)).trim().to_owned());
        named.collect::<Vec<_>>().join(", ")
    };
    let mut lines = Vec::new();
    for (at, rule) in table.rules.iter().enumerate() {
        let spent = rule.spent.map(|spent| format!(", {} spent", money(spent)));
        lines.push(format!(
            "{}: {} winner{}{}, {} of {} voters have one of theirs",
            rule.name,
            rule.winners.len(),
            if rule.winners.len() == 1 { "" } else { "s" },
            spent.unwrap_or_default(),
            rule.voters_served,
            table.voters
        ));
        if at == 0 {
            lines.push(format!("  {}", list(&rule.winners)));
        } else if rule.gained.is_empty() && rule.lost.is_empty() {
            lines.push("  the same".to_owned());
        } else {
            let gained =
                (!rule.gained.is_empty()).then(|| format!("  besides: {}", list(&rule.gained)));
            let lost = (!rule.lost.is_empty()).then(|| format!("  without: {}", list(&rule.lost)));
            lines.extend(gained.into_iter().chain(lost));
        }
    }
    for (ids, what) in [
        (&table.always, "under every rule"),
        (&table.sometimes, "under some rules only"),
        (&table.never, "under none"),
    ] {
        if !ids.is_empty() {
            lines.push(format!("{what}: {}", list(ids)));
        }
    }
    lines.join("\n")
}

/// A project as it is typed: id, cost, support.
fn guess(text: &str) -> anyhow::Result<(Guess, Ratio)> {
    let parts: Vec<&str> = text.split(':').collect();
    let [id, cost, support] = parts.as_slice() else {
        bail!("--project {text}: write the id, the cost and the support, such as well:600:40");
    };
    let cost: Ratio = cost
        .parse()
        .with_context(|| format!("--project {text}: the cost"))?;
    ensure!(
        !id.is_empty() && !id.contains(',') && cost > Ratio::zero(),
        "--project {text}: an id has no comma, and a cost is above zero"
    );
    let support = support
        .split(',')
        .map(str::parse)
        .collect::<Result<Vec<u8>, _>>();
    let support = support
        .ok()
        .filter(|parts| parts.iter().all(|part| *part <= 100));
    let support = support
        .with_context(|| format!("--project {text}: support is whole hundredths, from 0 to 100"))?;
    let id = (*id).to_owned();
    Ok((Guess { id, support }, cost))
}

fn decimal(amount: &Ratio) -> anyhow::Result<String> {
    let text = amount.decimal(6);
    ensure!(
        text.parse::<Ratio>().as_ref() == Ok(amount),
        "{amount}: an amount has at most six digits after the point"
    );
    Ok(text.trim_end_matches('0').trim_end_matches('.').to_owned())
}

pub(super) fn sample(args: &SampleArgs) -> anyhow::Result<Said> {
    let mut guesses = Vec::new();
    let mut projects = Vec::new();
    for text in &args.project {
        let (guess, cost) = guess(text)?;
        projects.push(vec![guess.id.clone(), decimal(&cost)?]);
        guesses.push(guess);
    }
    let voters = args
        .camp
        .iter()
        .fold(0_u64, |sum, camp| sum.saturating_add(*camp));
    ensure!(
        (1..=MAX_SAMPLE).contains(&voters),
        "--camp: there are from one to {MAX_SAMPLE} voters"
    );
    let ballots = sample::ballots(&guesses, &args.camp, args.seed.as_bytes());
    let votes = ballots.iter().enumerate().map(|(at, ballot)| {
        let ids: Vec<&str> = ballot.iter().map(|one| one.0.as_str()).collect();
        vec![(at + 1).to_string(), ids.join(",")]
    });
    let table = |columns: &[&str], rows: Vec<Vec<String>>| Table {
        columns: columns.iter().map(|one| (*one).to_owned()).collect(),
        rows: rows
            .into_iter()
            .map(|fields| Row { line: 0, fields })
            .collect(),
    };
    let meta = [
        ("description", "made-up ballots".to_owned()),
        ("country", "Nowhere".to_owned()),
        ("unit", "Sample".to_owned()),
        ("instance", "sample".to_owned()),
        ("num_projects", projects.len().to_string()),
        ("num_votes", ballots.len().to_string()),
        ("budget", decimal(&args.budget)?),
        ("vote_type", "approval".to_owned()),
        ("rule", "equalshares".to_owned()),
        // The format asks for a date, and nothing happened on any.
        ("date_begin", "2000".to_owned()),
        ("date_end", "2000".to_owned()),
        ("experimental", "1".to_owned()),
        (
            "comment",
            "#1: drawn from guesses of support, nobody voted".to_owned(),
        ),
    ];
    let meta = meta.map(|(key, value)| vec![key.to_owned(), value]);
    let file = PbFile::new(
        table(&["key", "value"], meta.to_vec()),
        table(&["project_id", "cost"], projects),
        table(&["voter_id", "vote"], votes.collect()),
    );
    file.election().context("making up ballots")?;
    let text = file.write().trim_end().to_owned();
    Said::new(
        serde_json::json!({ "voters": voters, "file": file.write() }),
        text,
    )
}
