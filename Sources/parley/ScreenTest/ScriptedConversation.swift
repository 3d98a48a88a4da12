import Audio
import Conversation
import Foundation
import Synchronization
import TerminalUI

/// A conversation that does what a script says and echoes what is written.
final class ScriptedConversation: ConversationControl {
    let events = EventStream()
    let levels = SoundLevels()
    let devices = DeviceChooser(
        list: {
            let names = [("default", "System default"), ("hw:1", "USB Microphone")]
            let inputs = names.map { DeviceChoice(name: $0.0, label: $0.1) }
            let outputs = [
                DeviceChoice(name: "default", label: "System default"), DeviceChoice(name: "hw:0", label: "Speakers"),
            ]
            return DeviceList(inputs: inputs, outputs: outputs, input: "hw:1", output: "default")
        }, choose: { _, _ in })
    private let lines: [String]
    private let turn = Atomic<Int>(100)
    private let isSpeaking = Atomic<Bool>(false)

    init(lines: [String]) { self.lines = lines }

    /// Plays the script.
    ///
    /// On a thread of its own.
    func play(_ remote: ScreenRemote) {
        var replies: [Int: String] = [:]
        for line in lines where !line.hasPrefix("#") {
            let words = line.split(separator: " ").map(String.init)
            if let event = ConversationScript.event(line, replies: replies) {
                if case .replyText(let turn, let text) = event { replies[turn, default: ""] += text }
                if case .state(let state) = event { isSpeaking.store(state == .replying, ordering: .relaxed) }
                events.publish(event)
            } else if words.count > 1 {
                act(words, remote)
            }
        }
    }

    private func act(_ words: [String], _ remote: ScreenRemote) {
        let value = Double(words.last ?? "") ?? 0
        switch words[0] {
        case "wait": Thread.sleep(forTimeInterval: value)
        case "levels":
            levels.microphone = Float(words[1]) ?? -100
            levels.speaker = Float(value)
        case "loading": remote.loading(words.dropFirst().joined(separator: " "))
        case "names": remote.devices(input: words[1], output: words.last)
        case "noise": for number in 0..<Int(value) { FileHandle.standardError.write(Data("noise \(number)\n".utf8)) }
        case "finish": remote.finish(code: Int32(value))
        case "die": Self.die(words[1])
        default: break
        }
    }

    /// Every way in which a program can end by its own fault.
    private static func die(_ how: String) {
        switch how {
        case "index":
            let none: [Int] = []
            _ = none[how.count]
        case "fatal": preconditionFailure("asked for by the script")
        case "pointer": UnsafeMutablePointer<Int>(bitPattern: 16)?.pointee = 1
        case "abort": abort()
        case "divide":
            let zero = how.count - 6
            _ = how.count / zero
        case "exit": exit(7)
        default: break
        }
    }

    // MARK: what keys do

    func press() { events.publish(.notice(Notice(.information, "pressed"))) }
    func send(_ text: String) {
        let turn = turn.add(1, ordering: .relaxed).newValue
        let lines = [
            "began \(turn)", "wrote \(turn) \(text)", "reply \(turn) You_wrote:_\(text)",
            "finished \(turn) 0 0 0.1 0.2",
        ]
        for line in lines {
            if let event = ConversationScript.event(line, replies: [turn: "You wrote: " + text]) {
                events.publish(event)
            }
        }
        events.publish(.state(.listening))
    }
    func silence() -> Bool {
        let was = isSpeaking.exchange(false, ordering: .relaxed)
        if was { events.publish(.state(.listening)) }
        return was
    }
    func reply(in mode: ReplyMode) { events.publish(.mode(mode)) }
    func mute(_ isMuted: Bool) { events.publish(.muted(isMuted)) }
    func pushToTalk(_ isOn: Bool) { events.publish(.pushToTalk(isOn)) }
    func sayAgain() { events.publish(.notice(Notice(.information, "said again"))) }
}

/// Two sessions to look at.
struct ScriptedReplays: ReplaySource {
    func sessions() -> [SavedSession] {
        [
            SavedSession(
                id: "b", title: "2026-11-21 18:02", turns: 2, seconds: 21, summary: "what is the capital of france"),
            SavedSession(id: "a", title: "2026-11-20 09:41", turns: 1, seconds: 8, summary: "tell me a short story"),
        ]
    }

    func turns(of id: String) -> [SavedTurn] {
        [
            SavedTurn(
                number: 1, question: "what is the capital of france", reply: "The capital of France is Paris.",
                seconds: 6),
            SavedTurn(number: 2, question: "and of japan", reply: "Tokyo.", seconds: 4),
        ]
    }

    func play(_ id: String, from turn: Int, wake: @escaping @Sendable () -> Void) -> any ReplayPlaying {
        ScriptedPlayer(wake)
    }
}

/// A replay of nothing: its time passes when it is moved.
final class ScriptedPlayer: ReplayPlaying {
    private let state = Mutex((position: 3.0, isPaused: false, speed: 1.0, isNew: true))
    private let wake: @Sendable () -> Void

    init(_ wake: @escaping @Sendable () -> Void) {
        self.wake = wake
        wake()
    }

    var duration: Double { 21 }
    var position: Double { state.withLock { $0.position } }
    var isPaused: Bool { state.withLock { $0.isPaused } }
    var isFinished: Bool { false }
    var speed: Double {
        get { state.withLock { $0.speed } }
        set { state.withLock { $0.speed = newValue } }
    }
    func pause() { state.withLock { $0.isPaused = true } }
    func resume() { state.withLock { $0.isPaused = false } }
    func seek(to seconds: Double) { state.withLock { $0.position = seconds } }
    func stop() {}
    func drain() -> [TimedEvent] {
        let isNew = state.withLock { state in
            defer { state.isNew = false }
            return state.isNew
        }
        guard isNew else { return [] }
        return [
            TimedEvent(time: 1, .question(turn: 1, .written("what is the capital of france"))),
            TimedEvent(time: 2, .replyText(turn: 1, "The capital of France is Paris.")),
        ]
    }
}
