//! The body of an XForm: what is asked, in order, and with which control.

use super::texts::{has_hint, has_label};
use super::{form, reference};
use crate::expression::is_name;
use crate::form::{Item, Kind};
use crate::logic::{Logic, Part, ROOT};
use crate::xml::escape;

pub(super) fn write(logic: &Logic, xml: &mut String) {
    section(logic, ROOT, xml);
}

fn section(logic: &Logic, index: usize, xml: &mut String) {
    for child in logic.part(index).map_or(&[][..], |part| &part.children) {
        if let Some(part) = logic.part(*child) {
            control(logic, *child, part, xml);
        }
    }
}

fn control(logic: &Logic, index: usize, part: &Part, xml: &mut String) {
    let path = reference::path(logic, index);
    let item = &part.item;
    let appearance = item
        .appearance
        .as_deref()
        // Tablets know the table only as a page whose lists have no labels of their own.
        .map(|words| words.replace("table-list", "field-list"))
        .map(|words| format!(" appearance=\"{}\"", escape(&words)))
        .unwrap_or_default();
    match &item.kind {
        Kind::Group => {
            xml.push_str(&format!("<group ref=\"{path}\"{appearance}>"));
            label(item, &path, xml);
            section(logic, index, xml);
            xml.push_str("</group>");
        }
        Kind::Repeat => {
            xml.push_str(&format!("<group ref=\"{path}\"{appearance}>"));
            label(item, &path, xml);
            xml.push_str(&format!(
                "<repeat nodeset=\"{path}\"{}>",
                count(logic, index, part)
            ));
            section(logic, index, xml);
            xml.push_str("</repeat></group>");
        }
        kind => {
            let Some(tag) = tag(item) else {
                return;
            };
            let parameters = parameters(item);
            xml.push_str(&format!("<{tag} ref=\"{path}\"{appearance}{parameters}>"));
            label(item, &path, xml);
            if has_hint(item) {
                xml.push_str(&format!("<hint ref=\"jr:itext('{path}:hint')\"/>"));
            }
            choices(logic, index, kind, item, xml);
            triggered(logic, index, xml);
            xml.push_str(&format!("</{tag}>"));
        }
    }
}

fn label(item: &Item, path: &str, xml: &mut String) {
    if has_label(item) {
        xml.push_str(&format!("<label ref=\"jr:itext('{path}:label')\"/>"));
    }
}

fn count(logic: &Logic, index: usize, part: &Part) -> String {
    let Some(written) = &part.item.rules.repeat_count else {
        return String::new();
    };
    let path = match form::count_node(logic, index) {
        Some(node) => {
            let own = reference::path(logic, index);
            let around = own.rsplit_once('/').map_or("", |(around, _)| around);
            format!("{around}/{node}")
        }
        None => reference::expression(logic, index, written, false),
    };
    format!(" jr:count=\"{}\" jr:noAddRemove=\"true()\"", escape(&path))
}

/// The control of a question; nothing for what is not shown.
fn tag(item: &Item) -> Option<&'static str> {
    let computed = item.rules.calculation.is_some() && item.label.is_empty();
    if computed {
        return None;
    }
    Some(match &item.kind {
        Kind::SelectOne { .. }
        | Kind::SelectFromFile {
            multiple: false, ..
        } => "select1",
        Kind::SelectMultiple { .. } | Kind::SelectFromFile { multiple: true, .. } => "select",
        Kind::Rank { .. } => "odk:rank",
        Kind::Range => "range",
        Kind::Acknowledge => "trigger",
        Kind::Image | Kind::Audio | Kind::Video | Kind::File => "upload",
        kind if kind.is_shown() => "input",
        _ => return None,
    })
}

fn parameters(item: &Item) -> String {
    match &item.kind {
        Kind::Range => {
            let (start, end, step) = crate::simulate::range(&item.parameters);
            format!(" start=\"{start}\" end=\"{end}\" step=\"{step}\"")
        }
        Kind::Image => " mediatype=\"image/*\"".to_owned(),
        Kind::Audio => " mediatype=\"audio/*\"".to_owned(),
        Kind::Video => " mediatype=\"video/*\"".to_owned(),
        Kind::File => " mediatype=\"application/*\"".to_owned(),
        Kind::Geopoint => {
            let wanted = [
                ("capture-accuracy", "accuracyThreshold"),
                ("warning-accuracy", "unacceptableAccuracyThreshold"),
            ];
            wanted
                .into_iter()
                .filter_map(|(parameter, attribute)| {
                    let value = item.parameters.get(parameter)?;
                    Some(format!(" {attribute}=\"{}\"", escape(value)))
                })
                .collect()
        }
        _ => String::new(),
    }
}

fn choices(logic: &Logic, index: usize, kind: &Kind, item: &Item, xml: &mut String) {
    let named = |name: &str, usual: &'static str| {
        let column = item.parameters.get(name).map(String::as_str);
        column.filter(|column| is_name(column)).unwrap_or(usual)
    };
    let (instance, value, label) = match kind {
        Kind::SelectFromFile { file, .. } => {
            let (stem, ending) = file.rsplit_once('.').unwrap_or((file, ""));
            let (value, label) = match ending {
                "geojson" => ("id", "title"),
                _ => ("name", "label"),
            };
            (stem, named("value", value), named("label", label))
        }
        _ => match kind.list() {
            Some(list) => (list, "name", "jr:itext(itextId)"),
            None => return,
        },
    };
    let filter = match &item.rules.choice_filter {
        Some(text) => format!("[{}]", reference::expression(logic, index, text, true)),
        None => String::new(),
    };
    let mut nodes = format!("instance('{instance}')/root/item{filter}");
    if item
        .parameters
        .get("randomize")
        .is_some_and(|value| value.eq_ignore_ascii_case("true"))
    {
        nodes = match item.parameters.get("seed") {
            Some(seed) => {
                let seed = reference::expression(logic, index, seed, false);
                format!("randomize({nodes}, {seed})")
            }
            None => format!("randomize({nodes})"),
        };
    }
    xml.push_str(&format!(
        "<itemset nodeset=\"{}\"><value ref=\"{value}\"/><label ref=\"{label}\"/></itemset>",
        escape(&nodes)
    ));
}

/// Calculations that wait for this question.
fn triggered(logic: &Logic, trigger: usize, xml: &mut String) {
    for (index, part) in logic.parts().iter().enumerate() {
        if part.triggers.contains(&trigger)
            && let Some(calculation) = &part.item.rules.calculation
        {
            xml.push_str(&format!(
                "<setvalue event=\"xforms-value-changed\" ref=\"{}\" value=\"{}\"/>",
                reference::path(logic, index),
                escape(&reference::expression(logic, index, calculation, false))
            ));
        }
    }
}
