//! A form as an XForm (ODK XForms 1.0): its model, and around it the page.

use super::{body, reference, texts};
use crate::expression::is_name;
use crate::form::{Item, Kind, Metadata};
use crate::logic::{Default, Logic, Part, ROOT};
use crate::xml::escape;

/// Writes a form as ODK Collect, KoboCollect and Enketo read it.
#[must_use]
pub fn write_form(logic: &Logic) -> String {
    let form = logic.form();
    let root = reference::root(logic);
    let mut xml = String::from(concat!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n",
        "<h:html xmlns=\"http://www.w3.org/2002/xforms\" xmlns:h=\"http://www.w3.org/1999/xhtml\"",
        " xmlns:ev=\"http://www.w3.org/2001/xml-events\"",
        " xmlns:xsd=\"http://www.w3.org/2001/XMLSchema\"",
        " xmlns:jr=\"http://openrosa.org/javarosa\" xmlns:orx=\"http://openrosa.org/xforms\"",
        " xmlns:odk=\"http://www.opendatakit.org/xforms\">",
    ));
    xml.push_str(&format!(
        "<h:head><h:title>{}</h:title><model odk:xforms-version=\"1.0.0\">",
        escape(&form.settings.title)
    ));
    xml.push_str(&texts::write(logic, form));
    let version = match &form.settings.version {
        Some(version) => format!(" version=\"{}\"", escape(version)),
        None => String::new(),
    };
    xml.push_str(&format!(
        "<instance><{root} id=\"{}\"{version}>",
        escape(&form.settings.id)
    ));
    instance(logic, ROOT, false, &mut xml);
    xml.push_str("<meta><instanceID/>");
    if logic.instance_name.is_some() {
        xml.push_str("<instanceName/>");
    }
    xml.push_str(&format!("</meta></{root}></instance>"));
    lists(logic, &mut xml);
    for (index, part) in logic.parts().iter().enumerate().skip(1) {
        bind(logic, index, part, &mut xml);
    }
    xml.push_str(&format!(
        "<bind nodeset=\"/{root}/meta/instanceID\" type=\"string\" readonly=\"true()\" jr:preload=\"uid\"/>"
    ));
    if let (Some(name), Some(_)) = (&form.settings.instance_name, &logic.instance_name) {
        xml.push_str(&format!(
            "<bind nodeset=\"/{root}/meta/instanceName\" type=\"string\" calculate=\"{}\"/>",
            escape(&reference::expression(logic, ROOT, name, false))
        ));
    }
    for (index, part) in logic.parts().iter().enumerate().skip(1) {
        if let (Some(Default::Computed(_)), Some(text)) = (&part.default, &part.item.rules.default)
        {
            let event = if part.repeat.is_some() {
                "odk-instance-first-load odk-new-repeat"
            } else {
                "odk-instance-first-load"
            };
            xml.push_str(&format!(
                "<setvalue event=\"{event}\" ref=\"{}\" value=\"{}\"/>",
                reference::path(logic, index),
                escape(&reference::expression(logic, index, text, false))
            ));
        }
    }
    // Answers may be corrected while they are collected, and a program that can edit what it sent does so only when told.
    xml.push_str("<submission odk:client-editable=\"true\"/>");
    xml.push_str("</model></h:head><h:body>");
    body::write(logic, &mut xml);
    xml.push_str("</h:body></h:html>\n");
    xml
}

/// The name of the node that counts a repeat whose count is not simply an answer.
pub(super) fn count_node(logic: &Logic, repeat: usize) -> Option<String> {
    let part = logic.part(repeat)?;
    part.count.as_ref()?;
    let written = part.item.rules.repeat_count.as_deref()?.trim();
    let bare = written
        .strip_prefix("${")
        .and_then(|rest| rest.strip_suffix('}'));
    match bare {
        Some(name) if is_name(name) => None,
        Some(_) | None => Some(format!("{}_count", part.item.name)),
    }
}

fn instance(logic: &Logic, section: usize, template: bool, xml: &mut String) {
    for child in logic.part(section).map_or(&[][..], |part| &part.children) {
        let Some(part) = logic.part(*child) else {
            continue;
        };
        let name = &part.item.name;
        match part.item.kind {
            Kind::Group => {
                xml.push_str(&format!("<{name}>"));
                instance(logic, *child, template, xml);
                xml.push_str(&format!("</{name}>"));
            }
            Kind::Repeat => {
                if let Some(count) = count_node(logic, *child) {
                    xml.push_str(&format!("<{count}/>"));
                }
                xml.push_str(&format!("<{name} jr:template=\"\">"));
                instance(logic, *child, true, xml);
                xml.push_str(&format!("</{name}>"));
                if !template {
                    xml.push_str(&format!("<{name}>"));
                    instance(logic, *child, false, xml);
                    xml.push_str(&format!("</{name}>"));
                }
            }
            _ => match &part.default {
                Some(Default::Literal(text)) => {
                    // A picture that is there from the start is a file of the form.
                    let file = part.item.kind == Kind::Image && !text.contains("://");
                    let text = if file {
                        format!("jr://images/{text}")
                    } else {
                        text.clone()
                    };
                    let text = text.as_str();
                    xml.push_str(&format!("<{name}>{}</{name}>", escape(text)));
                }
                Some(Default::Computed(_)) | None => xml.push_str(&format!("<{name}/>")),
            },
        }
    }
}

/// Lists of choices, and files of choices, as instances of their own.
fn lists(logic: &Logic, xml: &mut String) {
    for list in &logic.form().lists {
        xml.push_str(&format!("<instance id=\"{}\"><root>", escape(&list.name)));
        for (index, choice) in list.choices.iter().enumerate() {
            xml.push_str(&format!(
                "<item><itextId>{}-{index}</itextId><name>{}</name>",
                escape(&list.name),
                escape(&choice.name)
            ));
            for (column, text) in &choice.properties {
                // A heading that cannot name an element has no filter that could ask for it.
                if is_name(column) {
                    xml.push_str(&format!("<{column}>{}</{column}>", escape(text)));
                }
            }
            xml.push_str("</item>");
        }
        xml.push_str("</root></instance>");
    }
    let mut files = std::collections::BTreeSet::new();
    for part in logic.parts() {
        if let Kind::SelectFromFile { file, .. } = &part.item.kind
            && files.insert(file)
        {
            let (stem, ending) = file.rsplit_once('.').unwrap_or((file, ""));
            let kind = if ending == "csv" { "file-csv" } else { "file" };
            xml.push_str(&format!(
                "<instance id=\"{}\" src=\"jr://{kind}/{}\"/>",
                escape(stem),
                escape(file)
            ));
        }
    }
}

fn bind(logic: &Logic, index: usize, part: &Part, xml: &mut String) {
    let path = reference::path(logic, index);
    if let Some(count) = count_node(logic, index)
        && let Some(text) = &part.item.rules.repeat_count
    {
        let around = path.rsplit_once('/').map_or("", |(around, _)| around);
        let parent = part.parent.unwrap_or(ROOT);
        xml.push_str(&format!(
            "<bind nodeset=\"{around}/{count}\" type=\"string\" readonly=\"true()\" calculate=\"{}\"/>",
            escape(&reference::expression(logic, parent, text, false))
        ));
    }
    let mut attributes = String::new();
    if let Some(kind) = bind_type(&part.item) {
        attributes.push_str(&format!(" type=\"{kind}\""));
    }
    if let Some((preload, parameter)) = preload(&part.item.kind) {
        attributes.push_str(&format!(
            " jr:preload=\"{preload}\" jr:preloadParams=\"{parameter}\""
        ));
    }
    for (parameter, attribute) in [
        ("max-pixels", "orx:max-pixels"),
        ("quality", "odk:quality"),
        ("allow-mock-accuracy", "odk:allow-mock-accuracy"),
    ] {
        if let Some(value) = part.item.parameters.get(parameter) {
            attributes.push_str(&format!(" {attribute}=\"{}\"", escape(value)));
        }
    }
    let rules = &part.item.rules;
    let triggered = !part.triggers.is_empty();
    let read_only = match (&part.item.kind, &rules.read_only) {
        (Kind::Note, _) => Some("true()".to_owned()),
        (_, written) => written.clone(),
    };
    for (name, text) in [
        ("relevant", rules.relevant.as_ref()),
        ("required", rules.required.as_ref()),
        ("constraint", rules.constraint.as_ref()),
        ("readonly", read_only.as_ref()),
        (
            "calculate",
            rules.calculation.as_ref().filter(|_| !triggered),
        ),
    ] {
        if let Some(text) = text {
            attributes.push_str(&format!(
                " {name}=\"{}\"",
                escape(&reference::expression(logic, index, text, false))
            ));
        }
    }
    for (name, texts) in [
        ("jr:constraintMsg", &part.item.constraint_message),
        ("jr:requiredMsg", &part.item.required_message),
    ] {
        if !texts.is_empty() {
            attributes.push_str(&format!(" {name}=\"jr:itext('{path}:{name}')\""));
        }
    }
    if !attributes.is_empty() {
        xml.push_str(&format!("<bind nodeset=\"{path}\"{attributes}/>"));
    }
}

fn bind_type(item: &Item) -> Option<&'static str> {
    Some(match &item.kind {
        Kind::Group | Kind::Repeat => return None,
        Kind::Integer => "int",
        Kind::Range if crate::simulate::is_whole_range(&item.parameters) => "int",
        Kind::Decimal | Kind::Range => "decimal",
        Kind::Date
        | Kind::Metadata {
            what: Metadata::Today,
        } => "date",
        Kind::Time => "time",
        Kind::DateTime
        | Kind::Metadata {
            what: Metadata::Start | Metadata::End,
        } => "dateTime",
        Kind::Geopoint => "geopoint",
        Kind::Geotrace => "geotrace",
        Kind::Geoshape => "geoshape",
        Kind::Image | Kind::Audio | Kind::Video | Kind::File | Kind::BackgroundAudio => "binary",
        Kind::Barcode => "barcode",
        Kind::Rank { .. } => "odk:rank",
        _ => "string",
    })
}

fn preload(kind: &Kind) -> Option<(&'static str, &str)> {
    match kind {
        Kind::Metadata { what } => Some(match what {
            Metadata::Start => ("timestamp", "start"),
            Metadata::End => ("timestamp", "end"),
            Metadata::Today => ("date", "today"),
            other => ("property", other.written()),
        }),
        Kind::Other { written } if written.starts_with("uri:") => Some(("property", written)),
        _ => None,
    }
}
