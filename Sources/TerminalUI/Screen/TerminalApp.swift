import Audio
import CNCurses
import Conversation
import Foundation

/// The full-screen program: draws the newest state at most 30 times a second and waits when nothing happens.
///
/// Everything here runs on the thread that calls `run`, the main thread; other threads reach it through `remote`.
public final class TerminalApp {
    /// Pictures a second at most.
    static let frameInterval = 1.0 / 30
    /// How often meters are looked at while sound moves them, and while all is quiet, in seconds.
    static let meterInterval = (moving: 1.0 / 25, quiet: 1.0 / 8)

    /// Reaches the screen from any thread.
    public let remote = ScreenRemote()

    var state: ScreenState
    let control: any ConversationControl
    let services: ScreenServices
    private let setup: ScreenSetup
    private let now: () -> Double
    private let events: EventQueue?
    private let start = ContinuousClock.now
    private let openReplay: ((@escaping @Sendable () -> Void) throws -> any ReplayPlaying)?

    var screen: CursesScreen?
    var player: (any ReplayPlaying)?
    /// The code to end with.
    var exitCode: Int32?
    private var mustDraw = true
    /// Whether nothing but the meters has to be drawn.
    private var metersMoved = false
    private var picture = CellGrid(size: GridSize(rows: 0, columns: 0))
    private var lastFrame = -1.0
    /// When a meter last moved.
    private var lastMovement = 0.0

    /// The screen of a conversation.
    public init(
        _ setup: ScreenSetup, events: EventStream, control: any ConversationControl, services: ScreenServices
    ) {
        self.setup = setup
        self.control = control
        self.services = services
        state = ScreenState(setup, services: services)
        now = { events.now }
        openReplay = nil
        let wakeup = remote.wakeup
        self.events = events.observe(capacity: 65_536) { wakeup.wake() }
    }

    /// The screen of a saved session; `play` begins to play it and calls what it is given when there is something new.
    public init(
        replaying play: @escaping (_ wake: @escaping @Sendable () -> Void) throws -> any ReplayPlaying,
        _ setup: ScreenSetup
    ) {
        self.setup = setup
        control = DeferredControl()
        services = ScreenServices()
        state = ScreenState(setup, services: services)
        // Nothing is recorded: what is seen was.
        state.transcript = Transcript(mode: setup.mode)
        state.replay.isWholeProgram = true
        state.replay.playing = ReplayState.Playing()
        events = nil
        now = { 0 }
        openReplay = play
    }

    /// Whether there is a terminal here that can show a full screen; `PlainApp` works everywhere.
    public static var isPossible: Bool { screen_check() == SCREEN_OPENED }

    /// Gives the terminal back with calls that are safe in a signal handler and on any thread: for a watchdog that is about
    /// to end the program.
    public static func rescue() { screen_rescue() }

    /// Runs until the user quits or a signal ends it; returns the exit code: 0, or 128 + n.
    public func run() throws -> Int32 {
        let screen = try CursesScreen(setup)
        self.screen = screen
        defer {
            player?.stop()
            screen.close()
            self.screen = nil
        }
        state.hasColors = screen.theme.colors > 0
        state.size = screen.size()
        let loop = PollLoop(wakeup: remote.wakeup)
        if let openReplay { player = try openReplay { [wakeup = remote.wakeup] in wakeup.wake() } }
        while exitCode == nil {
            step(loop, screen)
        }
        return exitCode ?? 0
    }

    private func step(_ loop: PollLoop, _ screen: CursesScreen) {
        drawIfDue(screen)
        let wake = loop.wait(waitingTime)
        if wake.hasSignal { for number in loop.signals() { take(signal: number, screen) } }
        if wake.isHungUp { exitCode = exitCode ?? 128 + SIGHUP }
        if wake.hasInput { takeKeys(screen) }
        for message in remote.take() { take(message) }
        for event in events?.drain() ?? [] {
            state.apply(event)
            mustDraw = true
        }
        followReplay()
        if state.advance(to: player.map { state.replay.isWholeProgram ? $0.position : now() } ?? now(), clock: clock) {
            mustDraw = true
        }
        updateMeters()
    }

    /// Seconds since the screen was made.
    private var clock: Double {
        let passed = (ContinuousClock.now - start).components
        return Double(passed.seconds) + Double(passed.attoseconds) * 1e-18
    }

    // MARK: time

    private func drawIfDue(_ screen: CursesScreen) {
        guard mustDraw || metersMoved, clock - lastFrame >= Self.frameInterval else { return }
        screen.use(state.theme)
        state.hasColors = screen.theme.colors > 0
        if mustDraw { picture = ScreenPicture.draw(state) } else { ScreenPicture.drawMeters(state, in: &picture) }
        screen.show(picture)
        lastFrame = clock
        mustDraw = false
        metersMoved = false
    }

    /// How long to wait; nil: until something happens.
    private var waitingTime: Double? {
        var times: [Double] = []
        if mustDraw || metersMoved { times.append(max(0, lastFrame + Self.frameInterval - clock)) }
        if let change = state.nextChange { times.append(max(0.01, change)) }
        if let interval = meterWait { times.append(interval) }
        if let player, !player.isPaused, !player.isFinished { times.append(0.25) }
        return times.min()
    }

    /// When the meters are to be looked at; nil: nothing can move them.
    private var meterWait: Double? {
        guard services.levels != nil, state.phase != .loading else { return nil }
        if clock - lastMovement < 1 || state.microphone.isMoving || state.speaker.isMoving {
            return Self.meterInterval.moving
        }
        return state.isMuted && state.phase == .listening ? nil : Self.meterInterval.quiet
    }

    private func updateMeters() {
        guard let levels = services.levels else { return }
        if state.updateMeters(microphone: levels.microphone, speaker: levels.speaker, at: clock) {
            lastMovement = clock
            metersMoved = true
        }
    }

    // MARK: what comes in

    private func take(signal number: Int32, _ screen: CursesScreen) {
        switch number {
        case SIGINT: perform(state.take(.control("c")))
        case SIGTSTP:
            screen.suspend()
            state.size = screen.size()
        case SIGCONT:
            screen.resume()
            state.size = screen.size()
        case SIGWINCH: state.size = screen.size()
        default: exitCode = exitCode ?? 128 + number
        }
        mustDraw = true
    }

    private func takeKeys(_ screen: CursesScreen) {
        for key in screen.keys() where exitCode == nil { perform(state.take(key)) }
        mustDraw = true
    }

    private func take(_ message: ScreenRemote.Message) {
        mustDraw = true
        switch message {
        case .loading(let text): state.loading = text.map { PlainText.line($0) }
        case .devices(let input, let output): (state.input, state.output) = (input, output)
        case .deviceList(let list): state.devices.take(list)
        case .sessions(let sessions): state.replay.sessions = sessions
        case .turns(let id, let turns): if state.replay.session?.id == id { state.replay.turns = turns }
        case .playing(let player): begin(player)
        case .replayFailed(let text):
            state.replay.playing = nil
            state.replay.problem = PlainText.line(text)
        case .finish(let code): exitCode = exitCode ?? code
        }
    }

    // MARK: replay

    /// A player that comes when nobody waits for it any more is stopped at once.
    private func begin(_ player: any ReplayPlaying) {
        guard state.replay.playing != nil, self.player == nil else { return player.stop() }
        self.player = player
    }

    private func followReplay() {
        guard let player else { return }
        let before = state.replay.playing
        for event in player.drain() {
            if state.replay.isWholeProgram { state.apply(event) } else { state.replay.playing?.transcript.apply(event) }
            mustDraw = true
        }
        state.replay.playing?.follow(player)
        if state.replay.playing != before { mustDraw = true }
    }
}
