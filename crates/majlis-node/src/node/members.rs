//! Calls about members, invites, joining and what was set aside.

use data_encoding::HEXLOWER;
use majlis_core::entry::{Kind, Signed};
use majlis_core::id::{DeviceId, EntryHash, InviteKey, LaneClass, SpaceId};
use majlis_core::membership::{Capability, Invite, Operation, Rank, StewardChange};
use majlis_core::record::{Record, Records};
use majlis_core::shelf::Shelf as _;
use majlis_core::sign::{DeviceKey, Signer as _};
use majlis_core::space::{Command, Reply};
use zeroize::Zeroizing;

use crate::api::members::{
    Adopted, ChangeRank, CreateInvite, InviteCreated, InviteRef, InviteView, MemberAct, MemberView,
    NotCounting, OutReason, QuarantineItem, RankName, RemoveMember, SignedStatement, TicketCard,
    TicketText,
};
use crate::api::space::SpaceRef;
use crate::api::{ApiError, ErrorCode, Nothing};
use crate::desk::{Desk, store_error};
use crate::node::joining::Footing;
use crate::node::{Node, Note};
use crate::plain::{form, value};
use crate::ticket::{self, Ticket, TicketError};
use crate::{card, clock, plain, qr};

impl Node {
    pub(super) async fn members(&self, at: SpaceRef) -> Result<Vec<MemberView>, ApiError> {
        self.at(&at.space, |desk| Ok(desk.members())).await
    }

    pub(super) async fn invite(&self, wanted: CreateInvite) -> Result<InviteCreated, ApiError> {
        let secret = Zeroizing::new(clock::fresh::<16>());
        let rank = plain::rank(wanted.rank);
        let invite = Invite {
            key: InviteKey::from_bytes(*secret_key(&secret).device().as_bytes()),
            rank,
            uses: wanted.uses,
            label: wanted.label.trim().to_owned(),
        };
        let (entry, space, name, me) = self
            .at(&wanted.space, move |desk| {
                let Reply::Entry(entry) = desk.command(Command::Invite(invite))? else {
                    return Err(ApiError::new(
                        ErrorCode::Internal,
                        "an invite made no entry",
                    ));
                };
                let name = desk
                    .space
                    .roster()
                    .genesis()
                    .map(|genesis| genesis.name.clone());
                Ok((entry, desk.id(), name.unwrap_or_default(), desk.space.me()))
            })
            .await?;
        let ticket = Ticket {
            space,
            invite: entry,
            secret,
            rank,
            fingerprint: me.fingerprint(),
            endpoint: self.0.keys.transport.public(),
            sockets: self.sockets(),
            name,
            inviter: self.me()?.name.unwrap_or_default(),
            relay: self.relay_of(space).await,
        };
        let text = Zeroizing::new(ticket.to_text());
        self.keep(Note::Invite(space, entry), &text)?;
        Ok(InviteCreated {
            invite: entry.to_string(),
            svg: draw(&text)?,
            ticket: text.to_string(),
        })
    }

    pub(super) async fn invites(&self, at: SpaceRef) -> Result<Vec<InviteView>, ApiError> {
        let space: SpaceId = plain::id(&at.space, "space")?;
        let mut list = self.at(&at.space, |desk| Ok(desk.invites())).await?;
        for (entry, view) in &mut list {
            // The device may have moved to another network: the ticket says where it is now.
            let kept = self.kept(Note::Invite(space, *entry))?;
            let ticket = kept.and_then(|text| Ticket::from_text(&text).ok());
            let relay = self.relay_of(space).await;
            view.ticket = ticket.map(|mut ticket| {
                let now = self.sockets();
                if relay.is_some() {
                    ticket.relay.clone_from(&relay);
                }
                if !now.is_empty() {
                    ticket.sockets = now;
                }
                ticket.to_text()
            });
        }
        Ok(list.into_iter().map(|(_, view)| view).collect())
    }

    pub(super) async fn close_invite(&self, at: InviteRef) -> Result<Nothing, ApiError> {
        let invite: EntryHash = plain::id(&at.invite, "invite")?;
        self.at(&at.space, move |desk| {
            if !desk.space.roster().invites().any(|row| row.entry == invite) {
                return Err(plain::missing("invite"));
            }
            desk.command(Command::CloseInvite(invite))?;
            Ok(Nothing {})
        })
        .await
    }

    pub(super) async fn read_ticket(&self, text: TicketText) -> Result<TicketCard, ApiError> {
        let ticket = read(&text.ticket)?;
        Ok(TicketCard {
            space: ticket.space.to_string(),
            name: ticket.name.clone(),
            inviter: ticket.inviter.clone(),
            fingerprint: card::digits(ticket.fingerprint),
            rank: plain::rank_name(ticket.rank),
            joined: self.footing(&ticket).await? == Footing::In,
        })
    }

    pub(super) async fn change_rank(&self, change: ChangeRank) -> Result<Nothing, ApiError> {
        let device: DeviceId = plain::id(&change.device, "member")?;
        let rank = plain::rank(change.rank);
        self.at(&change.space, move |desk| {
            let command = if rank == Rank::Steward {
                Command::Endorse(StewardChange::Add(device))
            } else {
                Command::SetRank { device, rank }
            };
            if !desk.space.roster().is_known(device) {
                return Err(plain::missing("member"));
            }
            desk.command(command)?;
            Ok(Nothing {})
        })
        .await
    }

    pub(super) async fn remove_member(&self, remove: RemoveMember) -> Result<Nothing, ApiError> {
        let device: DeviceId = plain::id(&remove.device, "member")?;
        let reason = remove.reason.trim().to_owned();
        self.at(&remove.space, move |desk| {
            let command = match desk.space.roster().rank(device) {
                Some(Rank::Steward) => Command::Endorse(desk.steward_removal(device, reason)),
                Some(_) => Command::Remove { device, reason },
                None => return Err(plain::missing("member")),
            };
            desk.command(command)?;
            Ok(Nothing {})
        })
        .await
    }

    pub(super) async fn quarantine(&self, at: SpaceRef) -> Result<Vec<QuarantineItem>, ApiError> {
        self.at(&at.space, Desk::set_aside).await
    }

    pub(super) async fn adopt(&self, adopted: Adopted) -> Result<Nothing, ApiError> {
        let entries: Result<Vec<EntryHash>, ApiError> = adopted
            .entries
            .iter()
            .map(|entry| plain::id(entry, "entry"))
            .collect();
        let entries = entries?;
        self.at(&adopted.space, move |desk| {
            for entry in &entries {
                if !desk.space.state_of(*entry).is_some_and(adoptable) {
                    return Err(plain::missing("entry set aside").about(entry.to_string()));
                }
            }
            desk.command(Command::Adopt(entries))?;
            Ok(Nothing {})
        })
        .await
    }
}

const fn adoptable(state: majlis_core::admission::State) -> bool {
    matches!(state, majlis_core::admission::State::Quarantined(_))
}

/// The key whose public half an invite names.
pub(crate) fn secret_key(secret: &[u8; 16]) -> DeviceKey {
    DeviceKey::from_secret(&blake3::derive_key("majlis 2026 invite key v1", secret))
}

pub(super) fn read(text: &str) -> Result<Ticket, ApiError> {
    Ticket::from_text(text).map_err(|error| {
        let detail = match error {
            TicketError::Damaged => "damaged",
            TicketError::Newer => "newer",
        };
        ApiError::new(ErrorCode::BadTicket, error.to_string()).about(detail)
    })
}

/// A ticket as a code: the link in capitals, which codes hold in half the space.
fn draw(ticket: &str) -> Result<String, ApiError> {
    let link = format!("{}{ticket}", ticket::LINK.to_uppercase());
    qr::draw(&link).map_err(|error| ApiError::new(ErrorCode::Internal, error.to_string()))
}

impl Desk {
    fn members(&self) -> Vec<MemberView> {
        let roster = self.space.roster();
        let me = self.space.me();
        let mine = roster.rank(me);
        let rules = mine.is_some_and(|rank| rank.may(Capability::ChangeRanks));
        let mut list: Vec<MemberView> = roster
            .members()
            .map(|row| {
                let lower =
                    rules && row.device != me && row.rank.is_none_or(|rank| Some(rank) < mine);
                let fellow = rules && row.device != me && row.rank == Some(Rank::Steward);
                let may_become: Vec<RankName> = if lower {
                    let ranks = Rank::ALL.into_iter().filter(|rank| Some(*rank) != row.rank);
                    ranks.map(plain::rank_name).collect()
                } else {
                    Vec::new()
                };
                MemberView {
                    device: row.device.to_string(),
                    person: row.person.to_string(),
                    name: row.name,
                    rank: row.rank.map(plain::rank_name),
                    fingerprint: card::fingerprint(row.device),
                    invited_by: row.invited_by.map(|by| by.to_string()).unwrap_or_default(),
                    me: row.device == me,
                    out: row.out.map(out),
                    may_become,
                    may_remove: row.rank.is_some() && (lower || fellow),
                }
            })
            .collect();
        list.sort_by(|a, b| (b.rank, &a.name, &a.device).cmp(&(a.rank, &b.name, &b.device)));
        list
    }

    fn invites(&self) -> Vec<(EntryHash, InviteView)> {
        let roster = self.space.roster();
        let views = roster.invites().map(|row| {
            let view = InviteView {
                invite: row.entry.to_string(),
                label: row.invite.label.clone(),
                rank: plain::rank_name(row.invite.rank),
                uses: row.invite.uses,
                used: row.used,
                closed: row.closed,
                by: roster.name(row.by).unwrap_or_default().to_owned(),
                ticket: None,
            };
            (row.entry, view)
        });
        views.collect()
    }

    /// Entries that do not count, newest claims first.
    fn set_aside(&mut self) -> Result<Vec<QuarantineItem>, ApiError> {
        let may = self.space.may(Capability::Adopt);
        let shelf = self.store.shelf(self.id());
        let roster = self.space.roster();
        let mut list = Vec::new();
        for (place, item) in self.space.index().items() {
            let Some(reason) = plain::not_counting(item.state) else {
                continue;
            };
            let signed = shelf
                .signed(item.hash)
                .map_err(|error| store_error(&error))?;
            list.push(QuarantineItem {
                entry: item.hash.to_string(),
                device: place.chain.device.to_string(),
                name: roster
                    .name(place.chain.device)
                    .unwrap_or_default()
                    .to_owned(),
                kind: plain::entry_kind(item.kind),
                lane: place.chain.lane.to_string(),
                claimed: signed.as_ref().map_or(0, |one| one.unchecked().claimed.0),
                signed: match signed {
                    Some(signed) if reason == NotCounting::AuthorForked => {
                        Some(self.statement(item.hash, &signed)?)
                    }
                    _ => None,
                },
                reason,
                may_adopt: may && adoptable(item.state) && item.kind != Kind::Membership,
            });
        }
        list.sort_by_key(|item| core::cmp::Reverse(item.claimed));
        Ok(list)
    }

    /// What an entry about who belongs to the space does, in names.
    fn act(&self, payload: &[u8]) -> Option<MemberAct> {
        let roster = self.space.roster();
        let name = |device: DeviceId| roster.name(device).unwrap_or_default().to_owned();
        Some(match Operation::decode(payload).ok()? {
            Operation::Invite(invite) => MemberAct::Invited {
                label: invite.label,
                rank: plain::rank_name(invite.rank),
                uses: invite.uses,
            },
            Operation::Join(join) => MemberAct::Joined { name: join.name },
            Operation::SetRank(set) => MemberAct::Ranked {
                name: name(set.device),
                rank: plain::rank_name(set.rank),
            },
            Operation::Remove(remove) => MemberAct::Removed {
                name: name(remove.device),
                why: remove.reason,
            },
            Operation::Leave => MemberAct::Left,
            Operation::CloseInvite(close) => {
                let invite = roster.invites().find(|row| row.entry == close.invite);
                MemberAct::InviteClosed {
                    label: invite.map_or_else(String::new, |row| row.invite.label.clone()),
                }
            }
            Operation::Rename(name) => MemberAct::Renamed { name },
            Operation::Genesis(_)
            | Operation::Adopt(_)
            | Operation::Stewards(_)
            | Operation::Fork(_) => MemberAct::Other,
        })
    }

    /// What an entry says, with its signature, for people to hold beside another one.
    fn statement(&self, entry: EntryHash, signed: &Signed) -> Result<SignedStatement, ApiError> {
        let header = signed.unchecked();
        let shelf = self.store.shelf(self.id());
        let payload = shelf.payload(entry).map_err(|error| store_error(&error))?;
        let member = match header.lane.class() {
            LaneClass::Membership => payload.as_deref().and_then(|payload| self.act(payload)),
            _ => None,
        };
        let records = payload.and_then(|payload| Records::decode(&payload).ok());
        let records = records.map(|batch| batch.records).unwrap_or_default();
        let row = match header.lane.class() {
            LaneClass::Process => self.process(header.lane).ok(),
            _ => None,
        };
        // Ballots are shown when the outcome is; that there are two is told before.
        let withheld = row.as_ref().map_or(Ok(false), |row| self.withheld(row))?;
        let form = row.and_then(|row| row.opening).map(|opening| opening.form);
        let said = records.iter().find_map(|record| match record {
            Record::Response(response) if !withheld => Some(&response.answers),
            _ => None,
        });
        let answers = said.map(|said| value::answer_views(said, form.as_ref()));
        let shown = form.as_ref().map(form::shown_of);
        Ok(SignedStatement {
            position: header.seq,
            title: shown
                .as_ref()
                .map(|form| form.title.clone())
                .unwrap_or_default(),
            questions: shown.map(|form| form.questions).unwrap_or_default(),
            answers: answers.unwrap_or_default(),
            member,
            records: u32::try_from(records.len()).unwrap_or(u32::MAX),
            header: HEXLOWER.encode(&header.to_bytes()),
            signature: HEXLOWER.encode(signed.signature().as_bytes()),
        })
    }
}

fn out(out: majlis_core::effect::Out) -> OutReason {
    match out {
        majlis_core::effect::Out::Left => OutReason::Left,
        majlis_core::effect::Out::Removed(_, reason) => OutReason::Removed(reason),
        majlis_core::effect::Out::NotCounted => OutReason::NotCounted,
    }
}
