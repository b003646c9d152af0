//! What this device's person or program can ask of a space.

use crate::blob::Blob;
use crate::consultation::form::FormError;
use crate::document::definition::Definition;
use crate::document::{Edit, EditError, Edited};
use crate::effect::Write;
use crate::entry::{ChainId, Kind};
use crate::id::{DeviceId, EntryHash, FormId, LaneId, RecoveryKey};
use crate::membership::{
    Adopt, Capability, CloseInvite, Cut, Invite, Operation, Rank, Remove, SetRank, StewardChange,
    Stewards,
};
use crate::record::{Close, Counted, Record, Records};
use crate::shelf::ShelfError;
use crate::sign::{DeviceKey, Purpose, Signer as _};
use crate::space::assess::{goes_on, record_needs};
use crate::space::seal::SEAL_BYTES;
use crate::space::step::Step;
use crate::space::{MediaPolicy, Space};
use crate::sync::manifest::Media;

/// Something to do.
#[derive(Debug)]
pub enum Command {
    /// Open a way in.
    Invite(Invite),
    /// Stop an invite; the joins known now still count.
    CloseInvite(EntryHash),
    /// Give a member another rank. Going down, the work done so far still counts.
    SetRank {
        /// Whose.
        device: DeviceId,
        /// To what.
        rank: Rank,
    },
    /// Remove a member, counting their work as far as it is held here.
    Remove {
        /// Who.
        device: DeviceId,
        /// Why.
        reason: String,
    },
    /// Leave.
    Leave,
    /// Be called something else.
    Rename(String),
    /// Bring entries back.
    Adopt(Vec<EntryHash>),
    /// Endorse a change among the stewards.
    Endorse(StewardChange),
    /// Change the stewards by a recovery card, whatever this device's rank.
    Recover {
        /// The change.
        change: StewardChange,
        /// The key on the card.
        card: Box<DeviceKey>,
    },
    /// State something on a process lane; `seal` makes it an entry at once.
    Record {
        /// The lane.
        lane: LaneId,
        /// The record.
        record: Box<Record>,
        /// Whether it is sealed at once or with the next batch.
        seal: bool,
    },
    /// Close a process, naming everything held here as counted.
    CloseProcess {
        /// The lane.
        lane: LaneId,
        /// The form that closes.
        form: FormId,
        /// A note.
        note: String,
    },
    /// Begin editing a document; gives a session number never used before.
    OpenEditor(LaneId),
    /// Edit a document.
    Edit {
        /// The lane.
        lane: LaneId,
        /// The editing session.
        session: u32,
        /// The heads that the edits were made on.
        base: Vec<automerge::ChangeHash>,
        /// The edits.
        edits: Vec<Edit>,
    },
    /// Give a document a title.
    SetTitle {
        /// The lane.
        lane: LaneId,
        /// The editing session.
        session: u32,
        /// The title.
        title: String,
    },
    /// Make the definition of a process say this.
    Define {
        /// The lane.
        lane: LaneId,
        /// The editing session.
        session: u32,
        /// The whole definition.
        definition: Box<Definition>,
    },
    /// Make entries of all unsealed work, and save documents.
    Seal,
    /// Sign what a document says now, for readers to whom its history has not come. Gives the entry.
    Checkpoint(LaneId),
    /// Sign for everything held that moved since this device's last receipt. Gives the last entry
    /// made, or [`Reply::Done`] when nothing moved.
    Receipt,
    /// Ask again about every entry that could not be read: this version may be newer than the one that
    /// asked first, and the disk may give again what it did not give then. Given once after a space was
    /// opened.
    Reconsider,
    /// Keep a photo or a sound that an answer is going to refer to.
    KeepBlob(Vec<u8>),
    /// Fetch a blob that something refers to, whatever the policy.
    FetchBlob(Blob),
    /// Which blobs of others are fetched from now on.
    Media(MediaPolicy),
    /// So many bytes of photos and sounds may be fetched by themselves; no limit without a number.
    MediaRoom(Option<u64>),
    /// Let go of so many bytes of photos and sounds that a carrier or their author keeps. Gives
    /// [`Reply::LetGo`].
    LetGo(u64),
}

/// The answer to a command.
#[derive(Debug)]
pub enum Reply {
    /// It is done.
    Done,
    /// This entry was made.
    Entry(EntryHash),
    /// An editing session was opened.
    Session(u32),
    /// The document was edited.
    Edited(Edited),
    /// The blob is kept.
    Blob(Blob),
    /// A run of a carry file was taken in.
    TakenIn {
        /// Entries in it.
        entries: u64,
        /// Of them new here.
        new: u64,
        /// Of them not counting: refused, or set aside.
        not_counting: u64,
        /// Of them altered on the way, and not taken in.
        altered: u64,
        /// Of them those whose predecessor is not here yet, with their chains.
        waiting: Vec<(ChainId, EntryHash)>,
    },
    /// So many bytes of photos and sounds were let go of.
    LetGo(u64),
    /// A run of photos and sounds of a carry file was taken in.
    MediaTaken {
        /// What is whole now and was not.
        came: Media,
        /// Bytes that are new here, those of blobs that are not whole yet among them.
        bytes: u64,
        /// Pieces that are not what their names say, and were not taken in.
        altered: u64,
        /// Those of which something was left: nothing that counts here refers to them, or what
        /// stands before in them is not here.
        left: Vec<Blob>,
    },
}

/// Why a command is not done. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// This device's rank may not do that.
    #[error("doing what this device's rank does not allow: {0:?}")]
    NotAllowed(Capability),
    /// This device is not a member (yet or any more).
    #[error("acting in a space without being a member")]
    NotMember,
    /// The space names no such recovery card.
    #[error("using a recovery card of another space")]
    WrongCard,
    /// Nothing of that name is here.
    #[error("acting on something that is not here")]
    NotFound,
    /// A text or list is empty or too long.
    #[error("giving a value that is empty, too long or malformed")]
    BadInput,
    /// A record is longer than what one entry may say.
    #[error("stating more than one entry holds")]
    TooLong,
    /// A newer version of the program wrote it.
    #[error("taking in what a newer version wrote")]
    Newer,
    /// The disk does not give something of the document any more.
    #[error("writing in or signing a document of which the disk does not give everything")]
    Unreadable,
    /// The disk does not give some answer of the consultation any more: the close would leave it out, for
    /// everybody.
    #[error("closing a consultation of which the disk does not give every answer")]
    AnswersUnreadable,
    /// The form cannot be opened.
    #[error("opening the consultation")]
    Form(#[source] FormError),
    /// The edits do not fit the document.
    #[error("editing the document")]
    Edit(#[source] EditError),
    /// The document cannot be signed.
    #[error("signing a checkpoint")]
    Checkpoint(#[source] crate::checkpoint::Unfit),
}

pub(super) type Done = Result<Result<Reply, CommandError>, ShelfError>;

impl Space {
    pub(super) fn command(&mut self, command: Command, step: &mut Step<'_>) -> Done {
        match command {
            Command::Invite(invite) => {
                let low = self.rank().is_some_and(|rank| invite.rank < rank);
                self.operate_if(low, Capability::Invite, &Operation::Invite(invite), step)
            }
            Command::CloseInvite(invite) => {
                let joins = self.roster.joins_under(invite);
                let operation = Operation::CloseInvite(CloseInvite { invite, joins });
                self.operate_if(true, Capability::Invite, &operation, step)
            }
            Command::SetRank { device, rank } => self.set_rank(device, rank, step),
            Command::Remove { device, reason } => {
                let remove = self.removal(device, reason);
                let low = self.outranks(device);
                self.operate_if(
                    low,
                    Capability::ChangeRanks,
                    &Operation::Remove(remove),
                    step,
                )
            }
            Command::Leave => {
                self.seal_all(step)?;
                self.operate_if(true, Capability::Read, &Operation::Leave, step)
            }
            Command::Rename(name) => {
                self.operate_if(true, Capability::Read, &Operation::Rename(name), step)
            }
            Command::Adopt(entries) => {
                let operation = Operation::Adopt(Adopt { entries });
                self.operate_if(true, Capability::Adopt, &operation, step)
            }
            Command::Endorse(change) => {
                let operation = Operation::Stewards(self.on_epoch(change));
                let steward = self.rank() == Some(Rank::Steward);
                self.operate_if(steward, Capability::ChangeRanks, &operation, step)
            }
            Command::Recover { change, card } => self.recover(change, &card, step),
            Command::Record { lane, record, seal } => self.record(lane, *record, seal, step),
            Command::CloseProcess { lane, form, note } => self.close(lane, form, note, step),
            Command::OpenEditor(lane) => {
                let number = self.next_session(lane, step)?;
                Ok(Ok(Reply::Session(number)))
            }
            Command::Edit {
                lane,
                session,
                base,
                edits,
            } => self.write(lane, session, step, |document, actor, now| {
                document.edit(actor, &base, &edits, now)
            }),
            Command::SetTitle {
                lane,
                session,
                title,
            } => self.write(lane, session, step, |document, actor, now| {
                document.set_title(actor, &title, now)
            }),
            Command::Define {
                lane,
                session,
                definition,
            } => self.write(lane, session, step, |document, actor, now| {
                document.define(actor, &definition, now)
            }),
            Command::Seal => {
                self.seal_all(step)?;
                self.save_all();
                Ok(Ok(Reply::Done))
            }
            Command::Reconsider => {
                self.reconsider(step)?;
                Ok(Ok(Reply::Done))
            }
            Command::KeepBlob(bytes) => self.keep_blob(&bytes, step),
            Command::FetchBlob(id) => self.ask_for(id, step),
            Command::Media(policy) => {
                self.set_media(policy);
                Ok(Ok(Reply::Done))
            }
            Command::MediaRoom(room) => {
                self.set_media_room(room, step)?;
                Ok(Ok(Reply::Done))
            }
            Command::LetGo(bytes) => self.let_go(bytes, step),
            Command::Receipt => self.sign_receipt(step),
            Command::Checkpoint(lane) => self.sign_checkpoint(lane, step),
        }
    }

    pub(super) fn denied(&self, capability: Capability) -> CommandError {
        if self.rank().is_none() {
            CommandError::NotMember
        } else {
            CommandError::NotAllowed(capability)
        }
    }

    /// Seals a membership operation at once, when rank and `also` allow it.
    pub(super) fn operate_if(
        &mut self,
        also: bool,
        capability: Capability,
        operation: &Operation,
        step: &mut Step<'_>,
    ) -> Done {
        if !also || !self.may(capability) {
            return Ok(Err(self.denied(capability)));
        }
        let payload = operation.encode();
        if Operation::decode(&payload).is_err() {
            return Ok(Err(CommandError::BadInput));
        }
        let hash = self.seal_entry(LaneId::MEMBERSHIP, Kind::Membership, payload, step);
        self.settle(&[hash], step)?;
        Ok(Ok(Reply::Entry(hash)))
    }

    fn outranks(&self, device: DeviceId) -> bool {
        let theirs = self.roster.rank(device);
        self.roster.is_known(device) && theirs.is_none_or(|theirs| self.rank() > Some(theirs))
    }

    fn on_epoch(&self, change: StewardChange) -> Stewards {
        Stewards {
            parent: self.roster.epoch(),
            change,
            recovery: None,
        }
    }

    fn recover(&mut self, change: StewardChange, card: &DeviceKey, step: &mut Step<'_>) -> Done {
        let key = RecoveryKey::from_bytes(*card.device().as_bytes());
        let genesis = self.roster.genesis();
        if !genesis.is_some_and(|genesis| genesis.recovery.contains(&key)) {
            return Ok(Err(CommandError::WrongCard));
        }
        let mut stewards = self.on_epoch(change);
        let proof = card.sign(Purpose::Recovery, &stewards.recovery_message(self.id));
        stewards.recovery = Some((key, proof.as_bytes().to_vec().into()));
        // The card is the authority; the device only has to be in.
        self.operate_if(true, Capability::Read, &Operation::Stewards(stewards), step)
    }

    /// A removal that counts everything held here on the branch that came first.
    #[must_use]
    pub fn removal(&self, device: DeviceId, reason: String) -> Remove {
        let mut cuts = Vec::new();
        for (tip, branch) in self.index.tips() {
            if tip.chain.device != device || branch > 0 {
                continue;
            }
            let last = match self.index.fork(tip.chain) {
                Some(fork) => fork.checked_sub(1),
                None => Some(tip.seq),
            };
            let item = last.and_then(|seq| self.index.on_branch(tip.chain, 0, seq));
            if let (Some(seq), Some(item)) = (last, item) {
                cuts.push(Cut {
                    lane: tip.chain.lane,
                    seq,
                    hash: item.hash,
                });
            }
        }
        Remove {
            device,
            cuts,
            reason,
        }
    }

    /// Going up is one operation; going down first ends the old rank where its work stands.
    fn set_rank(&mut self, device: DeviceId, rank: Rank, step: &mut Step<'_>) -> Done {
        if !self.roster.is_known(device) {
            return Ok(Err(CommandError::NotFound));
        }
        let allowed = self.outranks(device) && self.rank() > Some(rank);
        if !allowed || !self.may(Capability::ChangeRanks) {
            return Ok(Err(self.denied(Capability::ChangeRanks)));
        }
        if self.roster.rank(device).is_some_and(|now| rank < now) {
            let remove = Operation::Remove(self.removal(device, String::new()));
            let hash = self.seal_entry(LaneId::MEMBERSHIP, Kind::Membership, remove.encode(), step);
            self.settle(&[hash], step)?;
        }
        let after = self.roster.removals_of(device);
        let operation = Operation::SetRank(SetRank {
            device,
            rank,
            after,
        });
        self.operate_if(true, Capability::ChangeRanks, &operation, step)
    }

    fn record(&mut self, lane: LaneId, record: Record, seal: bool, step: &mut Step<'_>) -> Done {
        let needs = record_needs(&record);
        if !self.may(needs) {
            return Ok(Err(self.denied(needs)));
        }
        if !goes_on(lane, &record) {
            return Ok(Err(CommandError::BadInput));
        }
        if let Record::Open(form) = &record
            && let Err(error) = form.check()
        {
            return Ok(Err(CommandError::Form(error)));
        }
        let payload = Records {
            records: vec![record],
        }
        .encode();
        if payload.len() > SEAL_BYTES {
            return Ok(Err(CommandError::TooLong));
        }
        if Records::decode(&payload).is_err() {
            return Ok(Err(CommandError::BadInput));
        }
        step.writes.push(Write::DraftRecord {
            lane,
            device: self.me,
            record: payload.clone(),
        });
        self.unsealed
            .entry(lane)
            .or_default()
            .records
            .push_back(payload);
        Self::announce(lane, step);
        if seal {
            self.seal(lane, step)?;
        }
        Ok(Ok(Reply::Done))
    }

    fn close(&mut self, lane: LaneId, form: FormId, note: String, step: &mut Step<'_>) -> Done {
        if self.lacks(lane, Kind::Records) {
            return Ok(Err(CommandError::AnswersUnreadable));
        }
        self.seal(lane, step)?;
        let mut counted = Vec::new();
        for chain in self.index.chains().filter(|chain| chain.lane == lane) {
            let last = self.index.items_of(chain).filter(|(place, item)| {
                place.branch == 0 && item.state.counts() && item.kind == Kind::Records
            });
            if let Some((place, item)) = last.last() {
                let (device, seq, hash) = (chain.device, place.seq, item.hash);
                counted.push(Counted { device, seq, hash });
            }
        }
        self.record(
            lane,
            Record::Close(Close {
                form,
                counted,
                note,
            }),
            true,
            step,
        )
    }
}
