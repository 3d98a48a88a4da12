import Conversation

/// What is beside or over the transcript.
enum Pane: String, CaseIterable, Sendable {
    case help, replay, latency, devices, spectrogram
}

/// The line at the bottom that is being written.
enum WritingPurpose: Equatable, Sendable { case message, search }

/// What the program is asked to do by a key.
enum Effect: Equatable, Sendable {
    case press, sayAgain
    case send(String)
    case reply(ReplyMode)
    case mute(Bool)
    case pushToTalk(Bool)
    /// Stops the speech; when there is none, quits.
    case silenceOrQuit
    case quit
    case copy(String)
    case listDevices
    case chooseDevice(DeviceDirection, String)
    case listSessions
    case listTurns(session: String)
    case play(session: String, turn: Int)
    case replay(ReplayControl)
    case redraw
}

/// What the replay pane asks of what is playing.
enum ReplayControl: Equatable, Sendable {
    case pause(Bool)
    case seek(Double)
    case speed(Double)
    case stop
}

/// Everything that the screen shows.
///
/// A value: events, keys and time go in, a picture comes out.
struct ScreenState: Sendable {
    var size = GridSize(rows: 24, columns: 80)
    /// Seconds since the session began.
    var now = 0.0
    /// Seconds on a clock that no replay moves.
    var clock = 0.0
    var theme: ThemeChoice

    let version: String
    let model: String
    let session: String?
    /// What is being loaded; nil: everything is there.
    var loading: String?
    var input: String?
    var output: String?

    var phase = ConversationState.loading
    var isMuted: Bool
    var isPushToTalk: Bool
    var memory: (used: Double, limit: Double)?
    var transcript: Transcript
    var scroll = ScrollPosition.newest
    var microphone = Meter()
    var speaker = Meter()
    /// Whether there are colours; without them, pictures use density.
    var hasColors = true
    /// Whether there are levels to show.
    let hasMeters: Bool

    var pane: Pane?
    var line: MessageLine?
    var purpose = WritingPurpose.message
    var draft = ""
    var history: [String] = []
    var search: TranscriptSearch?
    var helpScroll = 0
    var devices: DevicesState
    var replay: ReplayState
    var sounds = TurnSounds()
    /// The turn whose sound is seen; nil: the newest.
    var soundTurn: Int?
    /// A word of confirmation and when it goes.
    var flash: (text: String, until: Double)?

    init(_ setup: ScreenSetup, services: ScreenServices = ScreenServices()) {
        theme = setup.theme
        version = PlainText.line(setup.version)
        model = PlainText.line(setup.model)
        session = setup.session.map { PlainText.line($0) }
        isMuted = setup.isMuted
        isPushToTalk = setup.isPushToTalk
        transcript = Transcript(mode: setup.mode, waitsForRecord: setup.session != nil)
        hasMeters = services.levels != nil
        devices = DevicesState(isPossible: services.devices != nil)
        replay = ReplayState(isPossible: services.replays != nil)
    }

    /// How replies are given.
    var mode: ReplyMode { transcript.mode }

    /// The transcript as it is seen now.
    var view: TranscriptView {
        let area = Layout(self).transcript
        return TranscriptView(
            transcript: transcript, columns: area.columns, rows: max(0, area.rows), now: now, search: search)
    }

    // MARK: events

    /// Takes what happened into account.
    mutating func apply(_ timed: TimedEvent) {
        now = max(now, timed.time)
        transcript.apply(timed)
        sounds.apply(timed)
        switch timed.event {
        case .state(let state):
            phase = state
            if state != .loading { loading = nil }
        case .muted(let isMuted): self.isMuted = isMuted
        case .pushToTalk(let isOn): isPushToTalk = isOn
        case .context(let used, let limit): memory = (used, limit)
        case .rewound: now = timed.time
        default: break
        }
    }

    /// Says something for a moment.
    mutating func tell(_ text: String) { flash = (text, clock + 2.5) }

    // MARK: time

    /// Lets time pass; returns whether something looks different now.
    mutating func advance(to time: Double, clock: Double) -> Bool {
        let before = now
        now = max(now, time)
        self.clock = clock
        var changed = false
        if let until = flash?.until, clock >= until {
            flash = nil
            changed = true
        }
        if let since = transcript.listensSince, Int(before - since) != Int(now - since) { changed = true }
        return changed
    }

    /// In how many seconds something will look different by itself; nil: never.
    var nextChange: Double? {
        let listening = transcript.listensSince.map { 1 - max(0, now - $0).truncatingRemainder(dividingBy: 1) }
        return [flash.map { $0.until - clock }, listening].compactMap { $0 }.min()
    }

    /// Takes the levels of this moment; returns whether a meter looks different.
    mutating func updateMeters(microphone: Float, speaker: Float, at time: Double) -> Bool {
        let first = self.microphone.update(decibels: isMuted ? -100 : microphone, at: time)
        let second = self.speaker.update(decibels: speaker, at: time)
        return first || second
    }
}
