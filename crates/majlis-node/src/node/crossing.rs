//! Calls about answers seen together: tables of two questions, and how groups compare with a
//! census. The count of each question is in `consultations`.

use std::collections::BTreeMap;

use data_encoding::BASE64;
use majlis_core::consultation::cross::{Axis, Category, CrossTable, Crossing, Weight, represented};
use majlis_core::consultation::tally::Split;
use majlis_core::consultation::{Form, Question};
use majlis_core::id::{LaneId, QuestionId};
use majlis_store::OpeningRow;

use crate::api::ApiError;
use crate::api::results::{
    AxisName, CategoryView, CensusRead, CrossAsked, CrossView, ReadCensus, RepresentationAsked,
    RepresentedView, WeightName,
};
use crate::desk::Desk;
use crate::node::Node;
use crate::node::consultations::lane;
use crate::node::parts::waiting;
use crate::node::sealing::sealed_away;
use crate::plain::spoken::spoken;
use crate::plain::{self, census, form, results};

impl Node {
    pub(super) async fn cross_table(&self, asked: CrossAsked) -> Result<CrossView, ApiError> {
        let lane = lane(&asked.consultation)?;
        let (rows, columns) = (axis(&asked.rows)?, axis(&asked.columns)?);
        let (least, language) = (asked.least.into(), self.language());
        self.at(&asked.space, move |desk| {
            let (row, opening) = desk.opened(lane)?;
            desk.shown(&row)?;
            let table = desk.crossing(lane, &opening, rows, columns)?.finish(least);
            let form = spoken(opening.form, language);
            Ok(view(&form, rows, columns, table))
        })
        .await
    }

    pub(super) async fn representation(
        &self,
        asked: RepresentationAsked,
    ) -> Result<Vec<RepresentedView>, ApiError> {
        let lane = lane(&asked.consultation)?;
        let id = question_id(&asked.question)?;
        let language = self.language();
        self.at(&asked.space, move |desk| {
            let (row, opening) = desk.opened(lane)?;
            desk.shown(&row)?;
            let form = spoken(opening.form.clone(), language);
            let asks = question(&form, Axis::Question(id));
            let table = desk
                .crossing(lane, &opening, Axis::Question(id), Axis::Channel)?
                .finish(0);
            let each = table.rows.iter().zip(&table.cells).map(|(row, cells)| {
                let number = |at: usize| cells.get(at).copied().flatten().unwrap_or(0);
                let (own, assisted) = (number(0), number(1));
                (*row, Split { own, assisted })
            });
            let counts: Vec<(Category, Split)> = each.collect();
            let mut census: BTreeMap<Category, u64> = BTreeMap::new();
            for row in &asked.census {
                let found = counts.iter().map(|(category, _)| *category);
                let found = found.into_iter().find(|category| match category {
                    Category::Option(id) => i32::from(*id) == row.id,
                    Category::Step(step) => i32::from(*step) == row.id,
                    Category::Own | Category::Assisted | Category::Unanswered => false,
                });
                let found = found.ok_or_else(|| plain::bad("census").about(row.id.to_string()))?;
                census.insert(found, row.people.into());
            }
            let shown = represented(&counts, &census).unwrap_or_default();
            let views = shown.into_iter().map(|group| RepresentedView {
                group: category(asks, group.category),
                voices: results::split(group.voices),
                share: group.share,
                expected: group.expected,
                weight: match group.weight {
                    Weight::Unsure => WeightName::Unsure,
                    Weight::Less => WeightName::Less,
                    Weight::Even => WeightName::Even,
                    Weight::More => WeightName::More,
                },
            });
            Ok(views.collect())
        })
        .await
    }
}

/// The largest table, in bytes.
const MAX_CENSUS: usize = 8 << 20;

impl Node {
    pub(super) async fn read_census(&self, table: ReadCensus) -> Result<CensusRead, ApiError> {
        let lane = lane(&table.consultation)?;
        let id = question_id(&table.question)?;
        let asked = self.at(&table.space, move |desk| {
            let (_, opening) = desk.opened(lane)?;
            Crossing::new(&opening.form, Axis::Question(id), Axis::Channel)
                .map_err(|error| plain::bad("question").about(form::question_id(error.0)))?;
            question(&opening.form, Axis::Question(id))
                .cloned()
                .ok_or_else(|| plain::bad("question"))
        });
        let asked = asked.await?;
        waiting(move || {
            if table.base64.len() / 4 * 3 > MAX_CENSUS {
                return Err(plain::bad("census"));
            }
            let file = BASE64.decode(table.base64.as_bytes());
            let file = file.map_err(|_| plain::bad("census"))?;
            census::read(&asked, &file, table.column)
        })
        .await
    }
}

fn question_id(text: &str) -> Result<QuestionId, ApiError> {
    form::read_question_id(text).ok_or_else(|| plain::bad("question id").about(text))
}

pub(super) fn axis(name: &AxisName) -> Result<Axis, ApiError> {
    Ok(match name {
        AxisName::Question(id) => Axis::Question(question_id(id)?),
        AxisName::Channel => Axis::Channel,
    })
}

pub(super) fn question(form: &Form, axis: Axis) -> Option<&Question> {
    let Axis::Question(id) = axis else {
        return None;
    };
    form.questions.iter().find(|question| question.id == id)
}

pub(super) fn category(asked: Option<&Question>, category: Category) -> CategoryView {
    match category {
        Category::Option(id) => {
            let label = asked.map(|asked| results::option_label(asked, id));
            CategoryView::Option(label.unwrap_or_default())
        }
        Category::Step(step) => CategoryView::Step(step),
        Category::Own => CategoryView::Own,
        Category::Assisted => CategoryView::Assisted,
        Category::Unanswered => CategoryView::Unanswered,
    }
}

fn view(form: &Form, rows: Axis, columns: Axis, table: CrossTable) -> CrossView {
    let short = |number: u64| u32::try_from(number).unwrap_or(u32::MAX);
    let line = |line: Vec<Option<u64>>| line.into_iter().map(|cell| cell.map(short)).collect();
    let named = |axis: Axis, categories: Vec<Category>| {
        let asked = question(form, axis);
        categories
            .into_iter()
            .map(|one| category(asked, one))
            .collect()
    };
    CrossView {
        rows: named(rows, table.rows),
        columns: named(columns, table.columns),
        cells: table.cells.into_iter().map(line).collect(),
        row_totals: line(table.row_totals),
        column_totals: line(table.column_totals),
        total: short(table.total),
    }
}

impl Desk {
    /// The table of two axes over everything that counts.
    fn crossing(
        &self,
        lane: LaneId,
        opening: &OpeningRow,
        rows: Axis,
        columns: Axis,
    ) -> Result<Crossing, ApiError> {
        let form = &opening.form;
        let crossing = Crossing::new(form, rows, columns);
        let mut crossing =
            crossing.map_err(|error| plain::bad("question").about(form::question_id(error.0)))?;
        let sealed = |axis: Axis| match axis {
            Axis::Question(id) => form.is_sealed(id),
            Axis::Channel => false,
        };
        let reads = sealed(rows) || sealed(columns);
        let reader = if reads {
            Some(self.reader(lane, opening)?.ok_or_else(sealed_away)?)
        } else {
            None
        };
        self.each_voice(lane, reader.as_ref(), |assisted, answers| {
            crossing.add(assisted, answers);
        })?;
        Ok(crossing)
    }
}
