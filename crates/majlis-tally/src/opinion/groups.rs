//! Groups of people who stand near each other: first many small clusters, then few groups of those,
//! as many as give the clearest picture.

#![allow(
    clippy::indexing_slicing,
    reason = "clusters and points are indices into tables of their number"
)]

use serde::Serialize;

use super::{double, exact};

/// The most groups that are looked for, so that people can tell them apart.
pub const MAX_GROUPS: usize = 5;
const BASE_CLUSTERS: usize = 100;
const BASE_ROUNDS: usize = 100;
const GROUP_ROUNDS: usize = 20;
/// Centres that move less than this have come to rest.
const AT_REST: f64 = 0.01;

/// Members put into so many groups.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Grouping {
    /// How many groups.
    pub groups: usize,
    /// Billionths of mean silhouette: how much nearer people are to their own group than to the
    /// next; one thousand millions at best.
    pub silhouette: i64,
    /// The group of each member, in their order.
    pub labels: Vec<usize>,
}

type Point = [f64; 2];

fn squared(one: Point, other: Point) -> f64 {
    let (x, y) = (one[0] - other[0], one[1] - other[1]);
    x * x + y * y
}

fn nearest(point: Point, centres: &[Point]) -> usize {
    let mut best = (0, f64::INFINITY);
    for (at, centre) in centres.iter().enumerate() {
        let distance = squared(point, *centre);
        if distance < best.1 {
            best = (at, distance);
        }
    }
    best.0
}

/// Weighted k-means; begins with the first `wanted` different points. Empty clusters are dropped.
fn clusters(
    points: &[Point],
    weights: &[f64],
    wanted: usize,
    rounds: usize,
) -> (Vec<Point>, Vec<usize>) {
    let mut centres: Vec<Point> = Vec::new();
    for point in points {
        if centres.len() == wanted {
            break;
        }
        if !centres.contains(point) {
            centres.push(*point);
        }
    }
    for _ in 0..rounds {
        let mut sums = vec![([0.0, 0.0], 0.0); centres.len()];
        for (point, weight) in points.iter().zip(weights) {
            let slot = &mut sums[nearest(*point, &centres)];
            slot.0[0] += point[0] * weight;
            slot.0[1] += point[1] * weight;
            slot.1 += weight;
        }
        let mut rest = true;
        let mut moved = Vec::with_capacity(centres.len());
        for ((sum, weight), old) in sums.into_iter().zip(&centres) {
            if weight == 0.0 {
                rest = false;
                continue;
            }
            let centre = [sum[0] / weight, sum[1] / weight];
            rest &= squared(centre, *old) < AT_REST * AT_REST;
            moved.push(centre);
        }
        centres = moved;
        if rest {
            break;
        }
    }
    let labels: Vec<usize> = points
        .iter()
        .map(|point| nearest(*point, &centres))
        .collect();
    // The last round may have left a centre without anybody.
    let kept: Vec<usize> = (0..centres.len())
        .filter(|one| labels.contains(one))
        .collect();
    let place = |label: &usize| kept.binary_search(label).unwrap_or(0);
    let labels = labels.iter().map(place).collect();
    (kept.iter().map(|one| centres[*one]).collect(), labels)
}

/// Mean silhouette over points, each counting once; who is alone counts zero.
fn silhouette(points: &[Point], labels: &[usize], groups: usize) -> f64 {
    let mut total = 0.0;
    for (at, point) in points.iter().enumerate() {
        let mut sums = vec![(0.0, 0_usize); groups];
        for (other, label) in points.iter().zip(labels) {
            let slot = &mut sums[*label];
            slot.0 += squared(*point, *other).sqrt();
            slot.1 += 1;
        }
        let own = sums[labels[at]];
        if own.1 <= 1 {
            continue;
        }
        let inside = own.0 / exact(own.1 - 1);
        let mut outside = f64::INFINITY;
        for (group, (sum, count)) in sums.iter().enumerate() {
            if group != labels[at] && *count > 0 {
                outside = outside.min(sum / exact(*count));
            }
        }
        let larger = inside.max(outside);
        if larger > 0.0 && outside.is_finite() {
            total += (outside - inside) / larger;
        }
    }
    total / exact(points.len().max(1))
}

/// All groupings that are looked at, fewest groups first.
pub(super) fn groupings(points: &[[i64; 2]]) -> Vec<Grouping> {
    let points: Vec<Point> = points
        .iter()
        .map(|one| [double(one[0]), double(one[1])])
        .collect();
    let ones = vec![1.0; points.len()];
    let (centres, base) = clusters(&points, &ones, BASE_CLUSTERS, BASE_ROUNDS);
    let mut sizes = vec![0_usize; centres.len()];
    for label in &base {
        sizes[*label] += 1;
    }
    let weights: Vec<f64> = sizes.into_iter().map(exact).collect();
    let most = MAX_GROUPS.min(2 + centres.len() / 12).min(centres.len());
    let mut found = Vec::new();
    for wanted in 2..=most {
        let (kept, labels) = clusters(&centres, &weights, wanted, GROUP_ROUNDS);
        if kept.len() < 2 || found.iter().any(|one: &Grouping| one.groups == kept.len()) {
            continue;
        }
        let clear = silhouette(&centres, &labels, kept.len());
        found.push(Grouping {
            groups: kept.len(),
            silhouette: super::billionths(clear),
            labels: base.iter().map(|cluster| labels[*cluster]).collect(),
        });
    }
    found
}

/// How alike two groupings are, 1 for the same and about 0 for chance (Hubert and Arabie 1985).
#[must_use]
pub fn adjusted_rand_index(one: &[usize], other: &[usize]) -> f64 {
    use std::collections::BTreeMap;
    let pairs = |count: &usize| exact(count * count.saturating_sub(1) / 2);
    let mut both: BTreeMap<(usize, usize), usize> = BTreeMap::new();
    let (mut ones, mut others): (BTreeMap<usize, usize>, BTreeMap<usize, usize>) =
        Default::default();
    for (a, b) in one.iter().zip(other) {
        *both.entry((*a, *b)).or_default() += 1;
        *ones.entry(*a).or_default() += 1;
        *others.entry(*b).or_default() += 1;
    }
    let sum = |counts: &mut dyn Iterator<Item = &usize>| counts.map(pairs).fold(0.0, |a, b| a + b);
    let together = sum(&mut both.values());
    let (in_one, in_other) = (sum(&mut ones.values()), sum(&mut others.values()));
    let all = pairs(&one.len().min(other.len()));
    if all == 0.0 {
        return 1.0;
    }
    let expected = in_one * in_other / all;
    let most = f64::midpoint(in_one, in_other);
    if most - expected == 0.0 {
        1.0
    } else {
        (together - expected) / (most - expected)
    }
}
