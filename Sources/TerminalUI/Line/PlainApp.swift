import CNCurses
import Conversation
import Foundation

/// The line-by-line mode: for screen readers, dumb terminals, and where there is no terminal at all.
///
/// Everything here runs on the thread that calls `run`; other threads reach it through `remote`.
public final class PlainApp {
    /// Reaches the line mode from any thread.
    public let remote = ScreenRemote()

    private let control: any ConversationControl
    private let services: ScreenServices
    private let setup: ScreenSetup
    private let events: EventQueue
    private let isTerminal = isatty(STDIN_FILENO) == 1
    private var transcript: PlainTranscript
    private var splitter = LineSplitter()
    private var devices = DevicesState(isPossible: true)
    private var phase = ConversationState.loading
    private var isMuted: Bool
    private var isPushToTalk: Bool
    /// Lines of a pipe that wait until the message before them is answered: a new message would interrupt the reply.
    private var waitingLines: [String] = []
    /// Whether a message was sent that is not answered yet.
    private var awaitsReply = false
    private var hasSentMessages = false
    private var inputEnded = false
    private var exitCode: Int32?

    /// The line mode of a conversation.
    public init(
        _ setup: ScreenSetup, events: EventStream, control: any ConversationControl, services: ScreenServices
    ) {
        self.setup = setup
        self.control = control
        self.services = services
        isMuted = setup.isMuted
        isPushToTalk = setup.isPushToTalk
        transcript = PlainTranscript(repeatsMessages: isatty(STDIN_FILENO) == 0)
        let wakeup = remote.wakeup
        self.events = events.observe(capacity: 65_536) { wakeup.wake() }
    }

    /// Runs until the user quits, a signal ends it, or, where messages came from a pipe, the last one is answered; returns
    /// the exit code: 0, or 128 + n.
    public func run() -> Int32 {
        guard signals_open() == 0 else { return 70 }
        write("Parley \(setup.version), line mode. Loading \(PlainText.line(setup.model)).")
        var loop = PollLoop(wakeup: remote.wakeup)
        while exitCode == nil {
            loop.watchesInput = !inputEnded
            let wake = loop.wait(nil)
            if wake.hasSignal { for number in loop.signals() { take(signal: number) } }
            if wake.hasInput || wake.isHungUp { read() }
            for message in remote.take() { take(message) }
            for event in events.drain() { take(event) }
            takeWaitingLines()
            endIfAnswered()
        }
        return exitCode ?? 0
    }

    private func take(signal number: Int32) {
        switch number {
        case SIGINT:
            if control.silence() { write("Speech stopped. Ctrl-C again quits.") } else { exitCode = 128 + SIGINT }
        case SIGTSTP: raise(SIGSTOP)
        case SIGWINCH, SIGCONT: break
        default: exitCode = exitCode ?? 128 + number
        }
    }

    // MARK: input

    private func read() {
        var bytes = [UInt8](repeating: 0, count: 65_536)
        let count = Glibc.read(STDIN_FILENO, &bytes, bytes.count)
        if count > 0 {
            for line in splitter.append(bytes[..<count]) { take(line: line) }
        } else if count == 0 || (errno != EINTR && errno != EAGAIN) {
            inputEnded = true
            if let line = splitter.finish() { take(line: line) }
            // Ctrl-D, or the terminal is gone.
            if isTerminal { exitCode = exitCode ?? (count == 0 ? 0 : 128 + SIGHUP) }
        }
    }

    private func take(line: String) {
        if isTerminal { obey(LineCommand(line)) } else { waitingLines.append(line) }
    }

    private func takeWaitingLines() {
        while !waitingLines.isEmpty, !awaitsReply, phase != .loading, exitCode == nil {
            obey(LineCommand(waitingLines.removeFirst()))
        }
    }

    private func obey(_ command: LineCommand) {
        switch command {
        case .press: control.press()
        case .message(let text):
            awaitsReply = true
            hasSentMessages = true
            control.send(text)
        case .textReplies: control.reply(in: .text)
        case .spokenReplies: control.reply(in: .speech)
        case .mute: control.mute(!isMuted)
        case .pushToTalk: control.pushToTalk(!isPushToTalk)
        case .sayAgain: control.sayAgain()
        case .latency: writeLatencies()
        case .listDevices: listDevices()
        case .useDevice(let number): use(device: number)
        case .help: for (command, meaning) in LineCommand.all { write("\(command.leftAligned(13)) \(meaning)") }
        case .quit: exitCode = 0
        case .unknown(let text): write("There is no command \(text); :help lists them.")
        }
    }

    /// A closed input goes on with the voice alone; a pipe that sent messages ends with the answer to the last.
    private func endIfAnswered() {
        let isDone = inputEnded && hasSentMessages && !isTerminal && waitingLines.isEmpty && !awaitsReply
        if isDone, phase == .listening { exitCode = exitCode ?? 0 }
    }

    // MARK: output

    private func take(_ timed: TimedEvent) {
        switch timed.event {
        case .state(let state): phase = state
        case .muted(let isMuted): self.isMuted = isMuted
        case .pushToTalk(let isOn): isPushToTalk = isOn
        case .question(let turn, .written): writtenTurn = turn
        case .turnFinished(let turn): if turn.turn == writtenTurn { awaitsReply = false }
        case .turnWithdrawn(let turn): if turn == writtenTurn { awaitsReply = false }
        default: break
        }
        for line in transcript.lines(timed) { write(line) }
    }

    /// The turn of the last written question.
    private var writtenTurn: Int?

    private func writeLatencies() {
        if transcript.latencies.isEmpty { write("No turn yet.") }
        for (turn, latency) in transcript.latencies.suffix(5) {
            let parts = [
                ("end", latency.endpoint), ("heard", latency.heard), ("text", latency.firstText),
                ("sound", latency.firstSound),
            ]
            let known = parts.compactMap { name, value in value.map { "\(name) \($0.shown(2)) s" } }
            write("turn \(turn): " + known.joined(separator: ", "))
        }
    }

    private func take(_ message: ScreenRemote.Message) {
        switch message {
        case .finish(let code): exitCode = exitCode ?? code
        case .deviceList(let list):
            devices.take(list)
            for (index, entry) in devices.entries.enumerated() {
                let direction = entry.direction == .input ? "microphone" : "loudspeaker"
                write(
                    "\(index + 1) \(direction): \(PlainText.line(entry.device.label))\(entry.isUsed ? " (in use)" : "")"
                )
            }
            if devices.entries.isEmpty { write("No sound device found.") }
        default: break
        }
    }

    private func listDevices() {
        guard let chooser = services.devices else { return write("There is no sound device to choose.") }
        let remote = remote
        Thread.detachNewThread { remote.send(.deviceList(chooser.list())) }
    }

    private func use(device number: Int) {
        let entries = devices.entries
        guard let chooser = services.devices, entries.indices.contains(number - 1) else {
            return write("There is no device \(number); :d lists them.")
        }
        let entry = entries[number - 1]
        Thread.detachNewThread { chooser.choose(entry.direction, entry.device.name) }
    }

    private func write(_ line: String) {
        var bytes = Array((line + "\n").utf8)[...]
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { Glibc.write(STDOUT_FILENO, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            // Nobody reads any more.
            guard count > 0 else { return exitCode = exitCode ?? 74 }
            bytes = bytes.dropFirst(count)
        }
    }
}
