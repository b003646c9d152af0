//! Real documents behind standard input and output, a JSON object a line: what the editor's tests
//! in `ui/src/editor` run against, so that the core itself does the merging.
//!
//! Every replica is one device with one document; editors open on a replica, hand in edits at
//! known heads and hear of others', as an open space lets them. Changes travel between replicas
//! through the gate. Not here: entries, signatures, storage.

use std::collections::BTreeMap;
use std::io::{self, BufRead as _, Write as _};

use automerge::ChangeHash;
use majlis_core::changes::{Changes, MAX_CHANGES};
use majlis_core::document::{
    Block, BlockKind, Document, Edit, EditError, Marks, Offer, Run, Written, checksum,
};
use majlis_core::gate;
use majlis_core::id::{DeviceId, LaneClass, LaneId};
use majlis_core::time::Timestamp;
use serde_json::{Value, json};

/// What an answer is when it cannot be given.
type Failure = (&'static str, String);

struct Replica {
    device: DeviceId,
    document: Document,
    sessions: u32,
    /// The version that was last told of.
    told: Vec<ChangeHash>,
}

struct Editor {
    replica: usize,
    heads: Vec<ChangeHash>,
}

struct Town {
    lane: LaneId,
    replicas: Vec<Replica>,
    editors: BTreeMap<u32, Editor>,
    next_editor: u32,
    actors: BTreeMap<Vec<u8>, (DeviceId, u32)>,
    clock: u64,
}

fn main() -> io::Result<()> {
    let mut town = Town::new(2, 0);
    let mut out = io::stdout().lock();
    for line in io::stdin().lock().lines() {
        let line = line?;
        let answer = match serde_json::from_str::<Value>(&line) {
            Ok(request) => town.answer(&request),
            Err(error) => Err(("bad_call", error.to_string())),
        };
        let answer = answer.unwrap_or_else(
            |(code, message)| json!({ "error": { "code": code, "message": message, "detail": null } }),
        );
        writeln!(out, "{answer}")?;
        out.flush()?;
    }
    Ok(())
}

fn bad(message: &str) -> Failure {
    ("bad_call", message.to_owned())
}

impl Town {
    fn new(replicas: u8, seed: u8) -> Self {
        let lane = LaneId::new(LaneClass::Document, [seed; 16]);
        let replica = |number: u8| Replica {
            device: DeviceId::from_bytes([number; 32]),
            document: Document::new(lane),
            sessions: 0,
            told: Document::new(lane).heads(),
        };
        Self {
            lane,
            replicas: (1..=replicas).map(replica).collect(),
            editors: BTreeMap::new(),
            next_editor: 0,
            actors: BTreeMap::new(),
            clock: 1_700_000_000_000,
        }
    }

    fn answer(&mut self, request: &Value) -> Result<Value, Failure> {
        let field = |name: &str| number(request.get(name));
        match request.get("op").and_then(Value::as_str) {
            Some("reset") => {
                let byte = |name| u8::try_from(field(name).unwrap_or(0)).unwrap_or(u8::MAX);
                *self = Self::new(byte("replicas").max(1), byte("seed"));
                Ok(json!({}))
            }
            Some("open") => self.open(field("replica").ok_or(bad("open"))?),
            Some("close") => {
                let number = editor_number(request).ok_or(bad("close"))?;
                self.editors.remove(&number);
                Ok(json!({}))
            }
            Some("begin") => self.begin(request),
            Some("edit") => self.edit(request),
            Some("sync") => {
                let (from, to) = (field("from"), field("to"));
                self.sync(from.ok_or(bad("from"))?, to.ok_or(bad("to"))?)
            }
            Some("tell") => self.tell(field("replica").ok_or(bad("tell"))?),
            Some("content") => {
                let replica = self.replica(field("replica").ok_or(bad("content"))?)?;
                let given = request.get("heads").and_then(heads_of).unwrap_or_default();
                let content = if given.is_empty() {
                    replica.document.blocks()
                } else {
                    let held = replica.document.blocks_at(&given);
                    held.ok_or(("not_found", "reading a version that is not held".to_owned()))?
                };
                Ok(json!({
                    "heads": heads(&replica.document.heads()),
                    "checksum": checksum(&content),
                    "blocks": blocks(&content),
                }))
            }
            Some("blame") => self.blame(field("replica").ok_or(bad("blame"))?),
            Some("restart") => self.restart(field("replica").ok_or(bad("restart"))?),
            _ => Err(bad("no such op")),
        }
    }

    fn replica(&mut self, number: usize) -> Result<&mut Replica, Failure> {
        self.replicas.get_mut(number).ok_or(bad("no such replica"))
    }

    fn open(&mut self, number: usize) -> Result<Value, Failure> {
        let replica = self.replica(number)?;
        let (content, at) = (replica.document.blocks(), replica.document.heads());
        self.next_editor = self.next_editor.saturating_add(1);
        let opened = json!({
            "editor": self.next_editor,
            "title": "",
            "heads": heads(&at),
            "checksum": checksum(&content),
            "blocks": blocks(&content),
            "may_write": true,
        });
        let editor = Editor {
            replica: number,
            heads: at,
        };
        self.editors.insert(self.next_editor, editor);
        Ok(opened)
    }

    /// Sessions outlive editors, as they do where they are stored.
    fn begin(&mut self, request: &Value) -> Result<Value, Failure> {
        let number = editor_number(request).ok_or(bad("editor"))?;
        let editor = self.editors.get(&number).ok_or_else(no_editor)?;
        let place = editor.replica;
        let replica = self.replica(place)?;
        replica.sessions = replica.sessions.saturating_add(1);
        Ok(json!({ "session": replica.sessions }))
    }

    fn edit(&mut self, request: &Value) -> Result<Value, Failure> {
        let number = editor_number(request).ok_or(bad("editor"))?;
        let session = field_u32(request, "session").ok_or(bad("session"))?;
        let base = request.get("base").and_then(heads_of).ok_or(bad("base"))?;
        let given = request
            .get("edits")
            .and_then(Value::as_array)
            .ok_or(bad("edits"))?;
        let edits: Option<Vec<Edit>> = given.iter().map(edit_of).collect();
        let edits = edits.ok_or(bad("an edit"))?;
        let editor = self.editors.get(&number).ok_or_else(no_editor)?;
        let place = editor.replica;
        let replica = self.replicas.get_mut(place).ok_or(bad("no such replica"))?;
        let actor = replica.device.actor(self.lane, session);
        self.actors
            .insert(actor.to_vec(), (replica.device, session));
        self.clock = self.clock.saturating_add(250);
        let made = replica
            .document
            .edit(actor, &base, &edits, Timestamp(self.clock));
        let edited =
            made.map_err(|error| ("edit_unfit", format!("{error}: {}", source_of(&error))))?;
        if let Some(editor) = self.editors.get_mut(&number) {
            editor.heads.clone_from(&edited.heads);
        }
        Ok(json!({
            "base": heads(&edited.base),
            "heads": heads(&edited.heads),
            "edits": edits_out(&edited.remote),
            "checksum": edited.checksum,
            "blocks": edited.blocks.as_deref().map(blocks),
        }))
    }

    /// Tells the editors of a replica how to get to where its document is; an open space does so
    /// a moment after every step, for several steps at once.
    fn tell(&mut self, place: usize) -> Result<Value, Failure> {
        let mut out = Vec::new();
        let replica = self.replicas.get_mut(place).ok_or(bad("no such replica"))?;
        let now = replica.document.heads();
        let changed = replica.told != now;
        replica.told.clone_from(&now);
        for (number, editor) in &mut self.editors {
            if editor.replica != place || editor.heads == now {
                continue;
            }
            let (edits, content, sum) = replica.document.lead(&editor.heads);
            out.push(json!({
                "event": "remote",
                "editor": number,
                "applied": {
                    "base": heads(&editor.heads),
                    "heads": heads(&now),
                    "edits": edits_out(&edits),
                    "checksum": sum,
                    "blocks": content.as_deref().map(blocks),
                },
            }));
            editor.heads.clone_from(&now);
        }
        Ok(json!({ "changed": changed, "events": out }))
    }

    /// Carries what one replica has and another lacks through that one's gate.
    fn sync(&mut self, from: usize, to: usize) -> Result<Value, Failure> {
        let actors = self.actors.clone();
        let changes = self.replica(from)?.document.automerge().get_changes(&[]);
        let target = self.replica(to)?;
        let mut batches: Vec<(DeviceId, Changes)> = Vec::new();
        let mut claims: u64 = 0;
        for change in changes {
            if target.document.history().contains(&change.hash()) {
                continue;
            }
            let actor = actors.get(change.actor_id().to_bytes());
            let (device, session) = *actor.ok_or(bad("a change of nobody"))?;
            let raw = change.raw_bytes().to_vec();
            let claim = gate::claim(&raw).unwrap_or(0);
            claims = claims.saturating_add(claim);
            let raw = raw.into();
            match batches.last_mut() {
                Some((of, batch))
                    if *of == device
                        && batch.session == session
                        && batch.changes.len() < MAX_CHANGES
                        && claims <= gate::MAX_BATCH_OPS =>
                {
                    batch.changes.push(raw);
                }
                _ => {
                    claims = claim;
                    batches.push((
                        device,
                        Changes {
                            session,
                            changes: vec![raw],
                        },
                    ));
                }
            }
        }
        let count = batches.len();
        for (device, batch) in batches {
            match target.document.offer(device, &batch) {
                Offer::Fits { .. } => {}
                other => {
                    return Err((
                        "internal",
                        format!("the gate does not take honest work: {other:?}"),
                    ));
                }
            }
            let taken = target.document.absorb();
            taken.map_err(|refusal| ("internal", format!("not taken: {refusal:?}")))?;
        }
        Ok(json!({ "batches": count }))
    }

    /// Who wrote what; a device is called by the number of its replica.
    fn blame(&mut self, place: usize) -> Result<Value, Failure> {
        let actors = self.actors.clone();
        let written = self.replica(place)?.document.blame();
        let run = |run: &Written| {
            let device = actors.get(&run.actor).map(|(device, _)| *device);
            let number = device.and_then(|device| device.as_bytes().first().copied());
            json!({
                "block": run.block,
                "text": run.text,
                "device": device.map(|device| device.to_string()),
                "name": number.map(|number| format!("device {number}")),
                "time": run.time.0,
            })
        };
        Ok(written.iter().map(run).collect())
    }

    /// Ends and starts a replica: the document is as saved, its editors are gone.
    fn restart(&mut self, place: usize) -> Result<Value, Failure> {
        let lane = self.lane;
        let replica = self.replica(place)?;
        let loaded = Document::load(lane, &replica.document.save());
        replica.document = loaded.map_err(|error| ("storage", error.to_string()))?;
        self.editors.retain(|_, editor| editor.replica != place);
        Ok(json!({}))
    }
}

fn no_editor() -> Failure {
    ("edit_unfit", "no such editor".to_owned())
}

fn source_of(error: &EditError) -> &'static str {
    match error {
        EditError::UnknownBase => "unknown base",
        EditError::OutOfRange => "out of range",
        EditError::BadText => "bad text",
        EditError::TooLong => "too long",
        EditError::NotTaken => "not taken",
    }
}

fn number(value: Option<&Value>) -> Option<usize> {
    value
        .and_then(Value::as_u64)
        .and_then(|number| usize::try_from(number).ok())
}

fn editor_number(request: &Value) -> Option<u32> {
    field_u32(request, "editor")
}

fn field_u32(request: &Value, name: &str) -> Option<u32> {
    request
        .get(name)
        .and_then(Value::as_u64)
        .and_then(|number| u32::try_from(number).ok())
}

fn heads(heads: &[ChangeHash]) -> Vec<String> {
    heads.iter().map(ToString::to_string).collect()
}

fn heads_of(value: &Value) -> Option<Vec<ChangeHash>> {
    value
        .as_array()?
        .iter()
        .map(|head| head.as_str()?.parse().ok())
        .collect()
}

fn kind(kind: BlockKind) -> Value {
    match kind {
        BlockKind::Paragraph => json!({ "type": "paragraph" }),
        BlockKind::Heading(level) => json!({ "type": "heading", "level": level }),
        BlockKind::Item { ordered, depth } => {
            json!({ "type": "item", "ordered": ordered, "depth": depth })
        }
        BlockKind::Quote => json!({ "type": "quote" }),
    }
}

fn kind_of(value: &Value) -> Option<BlockKind> {
    let small = |name: &str| number(value.get(name)).and_then(|small| u8::try_from(small).ok());
    Some(match value.get("type")?.as_str()? {
        "paragraph" => BlockKind::Paragraph,
        "heading" => BlockKind::Heading(small("level")?),
        "item" => {
            let ordered = value.get("ordered")?.as_bool()?;
            BlockKind::Item {
                ordered,
                depth: small("depth")?,
            }
        }
        "quote" => BlockKind::Quote,
        _ => return None,
    })
}

fn marks(marks: &Marks) -> Value {
    json!({ "strong": marks.strong, "em": marks.em, "link": marks.link })
}

fn marks_of(value: &Value) -> Option<Marks> {
    let on = |name: &str| value.get(name).and_then(Value::as_bool);
    let link = value.get("link").and_then(Value::as_str).map(str::to_owned);
    Some(Marks {
        strong: on("strong")?,
        em: on("em")?,
        link,
    })
}

fn blocks(blocks: &[Block]) -> Value {
    let run = |run: &Run| json!({ "text": run.text, "marks": marks(&run.marks) });
    let block = |block: &Block| {
        let runs: Vec<Value> = block.runs.iter().map(run).collect();
        json!({ "kind": kind(block.kind), "runs": runs })
    };
    blocks.iter().map(block).collect()
}

fn edits_out(edits: &[Edit]) -> Vec<Value> {
    let edit = |edit: &Edit| match edit {
        Edit::Insert {
            at,
            text,
            marks: set,
        } => {
            json!({ "edit": "insert", "at": at, "text": text, "marks": marks(set) })
        }
        Edit::Delete { at, count } => json!({ "edit": "delete", "at": at, "count": count }),
        Edit::Mark {
            from,
            to,
            marks: set,
        } => {
            json!({ "edit": "mark", "from": from, "to": to, "marks": marks(set) })
        }
        Edit::Split { at, kind: new } => json!({ "edit": "split", "at": at, "kind": kind(*new) }),
        Edit::Block { at, kind: new } => json!({ "edit": "block", "at": at, "kind": kind(*new) }),
    };
    edits.iter().map(edit).collect()
}

fn edit_of(value: &Value) -> Option<Edit> {
    let at = || number(value.get("at"));
    Some(match value.get("edit")?.as_str()? {
        "insert" => {
            let text = value.get("text")?.as_str()?.to_owned();
            Edit::Insert {
                at: at()?,
                text,
                marks: marks_of(value.get("marks")?)?,
            }
        }
        "delete" => Edit::Delete {
            at: at()?,
            count: number(value.get("count"))?,
        },
        "mark" => Edit::Mark {
            from: number(value.get("from"))?,
            to: number(value.get("to"))?,
            marks: marks_of(value.get("marks")?)?,
        },
        "split" => Edit::Split {
            at: at()?,
            kind: kind_of(value.get("kind")?)?,
        },
        "block" => Edit::Block {
            at: at()?,
            kind: kind_of(value.get("kind")?)?,
        },
        _ => return None,
    })
}
