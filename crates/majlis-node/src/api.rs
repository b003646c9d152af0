//! The one API that every program calls: a closed list of calls with their answers, typed
//! errors and one event stream. Plain views out; nothing here decides a rule.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

pub mod activity;
pub mod answers;
pub mod boxes;
pub mod carry;
pub mod claims;
pub mod details;
pub mod document;
mod error;
mod event;
pub mod explain;
pub mod export;
pub mod field;
pub mod filling;
pub mod ground;
pub mod held;
pub mod me;
pub mod media;
pub mod members;
pub mod network;
pub mod outcome;
pub mod presence;
pub mod proceedings;
pub mod process;
pub mod receipts;
pub mod report;
pub mod requests;
pub mod results;
pub mod sealing;
pub mod secret;
pub mod sheet;
pub mod slips;
pub mod space;
pub mod sync;
pub mod tablets;

pub use error::{ApiError, ErrorCode};
pub use event::Event;

use activity::PresetsView;
use boxes::{BoxSealed, BoxesView, OpenWithBoxes, PictureBox, SealBox, SignBox};
use carry::{
    CarryExport, CarryImported, CarryPath, CarrySummary, CarryWritten, FileHeld, FilePart,
    FileWhole, MemoryCard, PartAt,
};
use claims::{ClaimSlot, ReceiptView, ShownReceipt};
use document::{
    Applied, CheckpointView, DocumentAt, DocumentEdit, DocumentNew, DocumentOpened, DocumentRef,
    DocumentSummary, DocumentVersion, EditingSession, EditorRef, PastDocument, RenameDocument,
    WrittenRun,
};
use explain::{Explain, RulesTried, TryRules, WhyView};
use export::{AnswersExport, AnswersWritten, MediaExport, MediaWritten};
use field::{BackChecksView, DayView, DrawBackChecks, TellBackCheck, TellDay};
use filling::{
    BeginFilling, Fill, FillRow, FillingLanguage, FillingRef, FillingView, FinishFilling, TryForm,
    UnfinishedFilling,
};
use ground::{GroundAsked, GroundView};
use held::HeldAboutMe;
use me::{DraftAt, DraftValue, Home, Me, QrImage, QrText, Search, SearchHit, SetProfile, Svg};
use media::{BlobRef, BlobView, KeepMedia, PhotoView, SoundView};
use members::{
    Adopted, AgreeToChange, ChangeRank, CreateInvite, ForksSeen, InviteCreated, InviteRef,
    InviteView, JoinSpace, MemberView, QuarantineItem, Recover, RemoveMember, StewardsView,
    TicketCard, TicketText,
};
use network::{Metered, SetTraffic, TrafficView};
use outcome::{BallotsExport, BallotsWritten, OutcomeView, RecountView};
use presence::ShowPresence;
use proceedings::{
    BudgetOfIdeas, KeepApart, StateResult, StatementNew, StatementRef, StatementView, StepNew,
};
use process::{
    CloseConsultation, ConsultationDraft, ConsultationEdit, ConsultationNew, ConsultationRef,
    ConsultationSummary, ConsultationView, MyResponse, OpenUntil, Respond, Responded, ResponsePage,
    ResponsesQuery, WithdrawResponse,
};
use receipts::ReceiptsView;
use report::{ReportView, ThemeChange, ThemedPage, ThemedQuery};
use requests::{AskDocumentErasure, AskErasure, ReplyErasure, RequestsView};
use results::{
    CensusRead, CrossAsked, CrossView, DividedAsked, DividedView, ReadCensus, RepresentationAsked,
    RepresentedView, ResultsView,
};
use sealing::{OpenSealed, PublishFigures, SealChoices, SealingView};
use secret::{
    BallotAt, BallotSealed, BallotTested, CheckTest, GivePart, OpenSecret, RiskAdvice, RiskView,
    SealBallot, SecretView, TestChecked, TranscriptAt, TranscriptTo, TranscriptView,
};
use sheet::{ReadSheet, SheetRead, SheetWritten};
use slips::{OpenWithSlips, ShownSlip, SlipOf, SlipSheetAt, SlipView};
use space::{
    FoundSpace, LeaveSpace, SpaceFounded, SpaceRef, SpaceSummary, SpaceView, Verification,
};
use sync::{AddPeer, MyAddress, SyncNow, SyncView};
use tablets::{NewTablet, TabletMade, TabletRef, TabletsView};

/// Nothing to say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Nothing {}

macro_rules! calls {
    ($($(#[$doc:meta])* $name:ident $variant:ident ($args:ty) -> $answer:ty;)*) => {
        /// One call with its arguments.
        #[derive(Clone, Debug, Serialize, Deserialize)]
        #[serde(tag = "call", content = "args", rename_all = "snake_case")]
        pub enum Request { $($(#[$doc])* $variant($args),)* }

        /// The answer to a call, of the type that the call promises.
        #[derive(Clone, Debug, Serialize)]
        #[serde(untagged)]
        pub enum Response { $($(#[$doc])* $variant($answer),)* }

        /// Per call: its arguments and its answer. For the interface's types only.
        #[derive(TS)]
        #[allow(dead_code, missing_debug_implementations, reason = "exists for its exported type")]
        pub struct Calls { $($(#[$doc])* $name: ($args, $answer),)* }

        impl Request {
            /// Every call's name.
            pub const NAMES: &'static [&'static str] = &[$(stringify!($name),)*];

            /// The call's name, as on the wire.
            #[must_use]
            pub const fn name(&self) -> &'static str {
                match self { $(Self::$variant(_) => stringify!($name),)* }
            }
        }
    };
}

calls! {
    /// Who this device is, and its settings.
    me Me(Nothing) -> Me;
    /// Changes name, language and settings.
    set_profile SetProfile(SetProfile) -> Me;
    /// What is asked of this person now, over all spaces.
    home Home(Nothing) -> Home;
    /// Searches everything held here.
    search Search(Search) -> Vec<SearchHit>;
    /// Draws a QR code.
    qr Qr(QrText) -> Svg;
    /// Reads a QR code from a camera frame or picture.
    read_qr ReadQr(QrImage) -> QrText;
    /// Saves an interface draft; durable when this returns.
    put_draft PutDraft(DraftValue) -> Nothing;
    /// Reads an interface draft.
    draft Draft(DraftAt) -> Option<DraftValue>;
    /// Forgets an interface draft.
    drop_draft DropDraft(DraftAt) -> Nothing;

    /// Spaces on this device.
    spaces Spaces(Nothing) -> Vec<SpaceSummary>;
    /// Founds a space.
    found_space FoundSpace(FoundSpace) -> SpaceFounded;
    /// Makes the sample space, or returns the one that is there.
    sample_space SampleSpace(Nothing) -> SpaceRef;
    /// One space.
    space Space(SpaceRef) -> SpaceView;
    /// Leaves a space: tells the others, keeps the copy until it is forgotten.
    leave_space LeaveSpace(LeaveSpace) -> Nothing;
    /// Deletes this device's copy of a space.
    forget_space ForgetSpace(LeaveSpace) -> Nothing;
    /// Checks every signature, chain, authority and projection.
    verify Verify(SpaceRef) -> Verification;
    /// Rebuilds everything that is derived from entries.
    reindex Reindex(SpaceRef) -> Nothing;

    /// Members of a space.
    members Members(SpaceRef) -> Vec<MemberView>;
    /// Makes an invite and its ticket.
    invite Invite(CreateInvite) -> InviteCreated;
    /// Invites of a space.
    invites Invites(SpaceRef) -> Vec<InviteView>;
    /// Stops an invite.
    close_invite CloseInvite(InviteRef) -> Nothing;
    /// What a ticket says, before joining.
    read_ticket ReadTicket(TicketText) -> TicketCard;
    /// Joins a space by ticket.
    join Join(JoinSpace) -> SpaceRef;
    /// Changes a member's rank.
    change_rank ChangeRank(ChangeRank) -> Nothing;
    /// Removes a member, counting their work up to what this device holds.
    remove_member RemoveMember(RemoveMember) -> Nothing;
    /// The stewards together, and changes among them that too few agreed to so far.
    stewards Stewards(SpaceRef) -> StewardsView;
    /// Agrees to a change among the stewards.
    agree Agree(AgreeToChange) -> Nothing;
    /// Makes this device a steward by the recovery card, and removes stewards with it.
    recover Recover(Recover) -> Nothing;
    /// Entries that are set aside, refused, waiting or unknown, with reasons.
    quarantine Quarantine(SpaceRef) -> Vec<QuarantineItem>;
    /// Says that this person was shown what devices signed twice in one place.
    forks_seen ForksSeen(ForksSeen) -> Nothing;
    /// Brings entries back under this device's responsibility.
    adopt Adopt(Adopted) -> Nothing;

    /// Consultations of a space.
    consultations Consultations(SpaceRef) -> Vec<ConsultationSummary>;
    /// Starts drafting a consultation.
    new_consultation NewConsultation(ConsultationNew) -> ConsultationRef;
    /// One consultation: its draft or frozen form, and its state.
    consultation Consultation(ConsultationRef) -> ConsultationView;
    /// Changes the draft of a consultation.
    edit_consultation EditConsultation(ConsultationEdit) -> ConsultationDraft;
    /// Freezes the draft and opens it for answers.
    open_consultation OpenConsultation(ConsultationRef) -> Nothing;
    /// Says until when people are asked to take part, or moves it; no answer counts or not because of it.
    open_until OpenUntil(OpenUntil) -> Nothing;
    /// What of a draft can be sealed, and who could hold the key.
    seal_choices SealChoices(ConsultationRef) -> SealChoices;
    /// Freezes the draft and opens it, with answers that only the keepers of a fresh key can read.
    open_sealed OpenSealed(OpenSealed) -> Nothing;
    /// Who can read sealed answers, and the figures they published; none where nothing is sealed.
    sealing Sealing(ConsultationRef) -> Option<SealingView>;
    /// Gives this device's part of the key to the other keepers, so that they can read.
    release_part ReleasePart(ConsultationRef) -> sealing::PartReleased;
    /// Publishes figures of the sealed answers of a closed consultation, small numbers left out.
    publish_figures PublishFigures(PublishFigures) -> Nothing;
    /// What the answers to the five questions about risk come to; a paper box comes first.
    weigh_risk WeighRisk(RiskView) -> RiskAdvice;
    /// Freezes the draft of a poll and opens it with secret ballots, once the trustees made the key.
    open_secret OpenSecret(OpenSecret) -> Nothing;
    /// Freezes the draft and opens it for whoever holds one of so many slips, once each.
    open_with_slips OpenWithSlips(OpenWithSlips) -> Nothing;
    /// Freezes the draft and opens it; ballots on paper are gathered in these boxes.
    open_with_boxes OpenWithBoxes(OpenWithBoxes) -> Nothing;
    /// How the ballot boxes of a vote stand; none where its form lists none.
    ballot_boxes BallotBoxes(ConsultationRef) -> Option<BoxesView>;
    /// Seals a ballot box: what this device entered for others since it last sealed one is in it.
    seal_box SealBox(SealBox) -> BoxSealed;
    /// Signs the minutes of a ballot box that somebody else sealed.
    sign_box SignBox(SignBox) -> Nothing;
    /// Adds a photo of the minutes of a ballot box as people signed them on paper.
    picture_box PictureBox(PictureBox) -> Nothing;
    /// Some of the slips of a vote that this device made, to print.
    slip_sheet SlipSheet(SlipSheetAt) -> Vec<SlipView>;
    /// The votes that a slip is of.
    read_slip ReadSlip(ShownSlip) -> Vec<SlipOf>;
    /// How a secret vote stands: trustees, key, ballots by receipt; none for another activity.
    secret_vote SecretVote(ConsultationRef) -> Option<SecretView>;
    /// Agrees to keep a part of the key on this device, which then does its steps by itself.
    keep_part KeepPart(ConsultationRef) -> Nothing;
    /// Gives this device's part in opening the ballots that the closing names; where it leaves some out
    /// that are here, only when its person says that they saw how many.
    give_part GivePart(GivePart) -> Nothing;
    /// Seals a ballot and shows its receipt; it is in memory until it is cast or tested.
    seal_ballot SealBallot(SealBallot) -> BallotSealed;
    /// Casts a sealed ballot; what opens it is dropped.
    cast_ballot CastBallot(BallotAt) -> Responded;
    /// Opens a sealed ballot for a test on another device; it is never cast.
    test_ballot TestBallot(BallotAt) -> BallotTested;
    /// Checks a ballot that another device opened for a test.
    check_test CheckTest(CheckTest) -> TestChecked;
    /// Writes everything published about a closed secret vote into a file, verified twice.
    write_transcript WriteTranscript(TranscriptTo) -> TranscriptView;
    /// Verifies such a file twice.
    verify_transcript VerifyTranscript(TranscriptAt) -> TranscriptView;
    /// Closes it, naming everything this device holds as counted.
    close_consultation CloseConsultation(CloseConsultation) -> Nothing;
    /// Reads a form from a spreadsheet of another program into a draft; nothing is stored.
    read_sheet ReadSheet(ReadSheet) -> SheetRead;
    /// Writes a consultation's form, or its draft, as a spreadsheet for other programs.
    write_sheet WriteSheet(ConsultationRef) -> SheetWritten;
    /// Writes a draft as a spreadsheet for other programs, as it is, in the space or not.
    write_draft WriteDraft(ConsultationDraft) -> SheetWritten;
    /// Tries a draft: a filling in memory, one at a time, that cannot be handed in; nothing is stored.
    try_form TryForm(TryForm) -> FillingView;
    /// Begins to fill in a form; goes on where one's own answer, or one that is corrected, stands.
    begin_filling BeginFilling(BeginFilling) -> FillingView;
    /// A filling as it stands, also after this device was off: everything that is shown.
    filling Filling(FillingRef) -> FillingView;
    /// Answers one question; durable when this returns.
    fill Fill(Fill) -> FillingView;
    /// Adds a row to a repeat.
    fill_add_row FillAddRow(FillRow) -> FillingView;
    /// Takes a row of a repeat away, with what was answered in it.
    fill_remove_row FillRemoveRow(FillRow) -> FillingView;
    /// Shows texts in another language.
    speak_filling SpeakFilling(FillingLanguage) -> FillingView;
    /// Hands in what was filled in, as `respond` does.
    finish_filling FinishFilling(FinishFilling) -> Responded;
    /// Drops what was filled in.
    drop_filling DropFilling(FillingRef) -> Nothing;
    /// What was begun in a space and not handed in, newest first.
    fillings Fillings(SpaceRef) -> Vec<UnfinishedFilling>;
    /// Tablets of other programs that may send answers here, and what they are offered.
    tablets Tablets(SpaceRef) -> TabletsView;
    /// Lets one officer's tablet send answers here; shows its secrets this once.
    new_tablet NewTablet(NewTablet) -> TabletMade;
    /// Takes a tablet's token back.
    revoke_tablet RevokeTablet(TabletRef) -> Nothing;
    /// Hands in an answer, or a correction of one; for oneself or assisted.
    respond Respond(Respond) -> Responded;
    /// Takes an answer back.
    withdraw Withdraw(WithdrawResponse) -> Nothing;
    /// What a receipt is for: the answers that an officer entered for whoever holds it.
    read_receipt ReadReceipt(ShownReceipt) -> Vec<ReceiptView>;
    /// Claims the slot of a receipt: from then on this person speaks for it, and no officer.
    claim Claim(ClaimSlot) -> Responded;
    /// This person's own answer in force.
    my_response MyResponse(ConsultationRef) -> Option<MyResponse>;
    /// Answers held here, paged.
    responses Responses(ResponsesQuery) -> ResponsePage;
    /// Keeps a photo for an answer: turned upright, made small, without what cameras note in it.
    keep_photo KeepPhoto(KeepMedia) -> PhotoView;
    /// Keeps a sound for an answer.
    keep_sound KeepSound(KeepMedia) -> SoundView;
    /// A photo or a sound, as far as it is here.
    blob Blob(BlobRef) -> BlobView;
    /// Fetches a photo or a sound from whoever has it, even when this device does not by itself.
    fetch_blob FetchBlob(BlobRef) -> Nothing;
    /// The count.
    results Results(ConsultationRef) -> ResultsView;
    /// Where the answers to a question about a place are.
    ground Ground(GroundAsked) -> GroundView;
    /// How the answers to one question go with those to another.
    cross_table CrossTable(CrossAsked) -> CrossView;
    /// What each group answered, so that no voice is singled out.
    divided Divided(DividedAsked) -> DividedView;
    /// How the groups that answered compare with a census.
    representation Representation(RepresentationAsked) -> Vec<RepresentedView>;
    /// Reads a table of people by group for a question; nothing is stored.
    read_census ReadCensus(ReadCensus) -> CensusRead;
    /// What this device entered for others today.
    field_day FieldDay(ConsultationRef) -> DayView;
    /// Counts who would not be asked today, or sets how many are meant.
    tell_day TellDay(TellDay) -> DayView;
    /// Draws, from a public seed, which answers another officer asks again, and records the draw.
    draw_back_checks DrawBackChecks(DrawBackChecks) -> BackChecksView;
    /// What was drawn to be asked again, and what came of it.
    back_checks BackChecks(ConsultationRef) -> BackChecksView;
    /// Tells what came of asking somebody again.
    tell_back_check TellBackCheck(TellBackCheck) -> BackChecksView;
    /// The outcome of an activity by its pinned rule, counted here, with what officers state and did.
    outcome Outcome(ConsultationRef) -> OutcomeView;
    /// Counts again from entries alone, and compares with what lists and officers say.
    recount Recount(ConsultationRef) -> RecountView;
    /// Why an option did not win, and the nearest change with which it would have.
    explain Explain(Explain) -> WhyView;
    /// What this rule and others would make of made-up ballots, before a draft is opened; nothing is stored.
    try_rules TryRules(TryRules) -> RulesTried;
    /// Signs under the outcome of a closed activity, as this device counts it from entries.
    state_result StateResult(StateResult) -> Nothing;
    /// Moderates a statement, reports on a project, decides on a petition, answers.
    step Step(StepNew) -> Nothing;
    /// The closing report: what people said, what is done, what is not and why. Reading it takes
    /// its notice away.
    report Report(ConsultationRef) -> ReportView;
    /// Answers with the themes that they are behind.
    themed_answers ThemedAnswers(ThemedQuery) -> ThemedPage;
    /// Puts answers behind a theme, or takes them away from it.
    change_theme ChangeTheme(ThemeChange) -> Nothing;
    /// The statements of a conversation, those to vote on first; hidden ones too, with the reason.
    statements Statements(ConsultationRef) -> Vec<StatementView>;
    /// Says something in a conversation.
    add_statement AddStatement(StatementNew) -> StatementRef;
    /// The statement that this person sees next; none when all are seen.
    next_statement NextStatement(ConsultationRef) -> Option<StatementView>;
    /// Asks that one's own statement, which was joined to another one, stand by itself.
    keep_apart KeepApart(KeepApart) -> Nothing;
    /// Makes the draft of a budget from the ideas of a conversation that can be done.
    budget_of_ideas BudgetOfIdeas(BudgetOfIdeas) -> ConsultationRef;
    /// Writes ballots that count into files for other counting programs.
    export_ballots ExportBallots(BallotsExport) -> BallotsWritten;
    /// What polls and petitions usually begin with.
    activity_presets ActivityPresets(Nothing) -> PresetsView;
    /// Writes the answers that count into files for other programs.
    export_answers ExportAnswers(AnswersExport) -> AnswersWritten;
    /// Writes the photos and sounds of the answers that count into one file beside them.
    export_media ExportMedia(MediaExport) -> MediaWritten;

    /// Everything that spaces on this device hold about this person.
    held_about_me HeldAboutMe(Nothing) -> HeldAboutMe;

    /// Asks that what this person said in a consultation be deleted where the office can.
    ask_erasure AskErasure(AskErasure) -> Nothing;
    /// Asks that what this person wrote in a document be deleted.
    ask_document_erasure AskDocumentErasure(AskDocumentErasure) -> Nothing;
    /// What people of a space ask to have deleted, and what became of it.
    erasure_requests ErasureRequests(SpaceRef) -> RequestsView;
    /// Replies to such a request: it was done, or is refused, with the reason.
    reply_erasure ReplyErasure(ReplyErasure) -> Nothing;

    /// Documents of a space.
    documents Documents(SpaceRef) -> Vec<DocumentSummary>;
    /// Starts a document.
    new_document NewDocument(DocumentNew) -> DocumentRef;
    /// Renames a document.
    rename_document RenameDocument(RenameDocument) -> Nothing;
    /// Opens an editor on a document.
    open_document OpenDocument(DocumentRef) -> DocumentOpened;
    /// Begins an editing session in an open editor; reading needs none.
    begin_editing BeginEditing(EditorRef) -> EditingSession;
    /// Hands in edits from an open editor.
    edit_document EditDocument(DocumentEdit) -> Applied;
    /// Tells others in the same text that this person is there too, and where, or is not any more.
    show_presence ShowPresence(ShowPresence) -> Nothing;
    /// Closes an editor.
    close_document CloseDocument(EditorRef) -> Nothing;
    /// Who wrote what.
    blame Blame(DocumentRef) -> Vec<WrittenRun>;
    /// Earlier versions.
    history History(DocumentRef) -> Vec<DocumentVersion>;
    /// A document as it was.
    document_at DocumentAt(DocumentAt) -> PastDocument;
    /// What a document says by the word of a member while its history is coming; none once all is here.
    checkpoint Checkpoint(DocumentRef) -> Option<CheckpointView>;
    /// Signs what a document says now, for those to whom its history has not come.
    sign_checkpoint SignCheckpoint(DocumentRef) -> Nothing;

    /// The state of sync of a space, per peer.
    sync_state SyncState(SpaceRef) -> SyncView;
    /// Receipts of those who carry entries, and alarms about them.
    receipts Receipts(SpaceRef) -> ReceiptsView;
    /// Meets every known and visible peer of the space now.
    sync_now SyncNow(SyncNow) -> Nothing;
    /// What the network cost, the budget, and how data is saved.
    traffic Traffic(Nothing) -> TrafficView;
    /// Changes the budget and how data is saved.
    set_traffic SetTraffic(SetTraffic) -> TrafficView;
    /// The system says whether bytes cost money; for shells that are told.
    set_metered SetMetered(Metered) -> Nothing;
    /// The system says that the network changed or the device woke up; for shells that are told.
    network_changed NetworkChanged(Nothing) -> Nothing;
    /// This device's address, as text and QR.
    my_address MyAddress(Nothing) -> MyAddress;
    /// Dials an address that was typed or scanned.
    add_peer AddPeer(AddPeer) -> Nothing;
    /// Writes a carry file, or adds to one.
    export_carry ExportCarry(CarryExport) -> CarryWritten;
    /// Memory cards and sticks that are in this device now, and the carry files on them.
    memory_cards MemoryCards(Nothing) -> Vec<MemoryCard>;
    /// What a carry file says about itself.
    carry_summary CarrySummary(CarryPath) -> CarrySummary;
    /// Takes in a carry file.
    import_carry ImportCarry(CarryPath) -> CarryImported;
    /// The carry files that were opened with this app and not looked at yet.
    offered_carry OfferedCarry(Nothing) -> Vec<CarryPath>;
    /// Brings a carry file to this device, part by part, for a page that cannot name a path. A part
    /// that is not the next one changes nothing: the answer says where to go on.
    put_part PutPart(FilePart) -> FileHeld;
    /// Keeps a file that a page made, among those that are written here, for a page that cannot save one
    /// itself. Nothing is replaced: another file of its name is called otherwise.
    keep_file KeepFile(FileWhole) -> FileHeld;
    /// Gives out a part of an exported carry file.
    part Part(PartAt) -> FilePart;
}

#[cfg(test)]
mod tests;
