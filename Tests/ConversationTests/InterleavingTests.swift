import Audio
import KimiAudio
import Testing

@testable import Conversation

/// Any order of events and keys must end in a legal state, with every turn finished or withdrawn.
@Suite struct InterleavingTests {
    private struct Dice {
        var numbers: RandomNumbers
        mutating func roll(_ sides: Int) -> Int { Int(numbers.next() % UInt64(sides)) }
        mutating func time() -> Double { [0, 0.001, 0.02, 0.1, 0.3, 0.8, 2][roll(7)] * numbers.uniform() }
    }

    /// Events as a listener may tell them, with keys in between.
    @Test(arguments: 0..<200) func theUserSpeaksAndPressesAtRandom(_ seed: Int) {
        var dice = Dice(numbers: RandomNumbers(seed: UInt64(seed)))
        let stage = Self.stage(&dice)
        var user = RandomUser()
        for _ in 0..<60 {
            if dice.roll(3) == 0 { Self.press(stage, dice.roll(8)) }
            let event = user.next(stage, dice.roll(4))
            if let event { stage.listen(event) }
            stage.pass(dice.time())
        }
        if let event = user.finish() { stage.listen(event) }
        stage.checkEnd("seed \(seed)")
    }

    /// Events in orders that no listener tells: nothing may be taken for granted about a device.
    @Test(arguments: 0..<200) func eventsComeInImpossibleOrders(_ seed: Int) {
        var dice = Dice(numbers: RandomNumbers(seed: UInt64(seed), stream: 1))
        let stage = Self.stage(&dice)
        for _ in 0..<80 {
            if dice.roll(3) == 0 { Self.press(stage, dice.roll(8)) }
            let id = 1 + dice.roll(3)
            let said = stage.utterance(id, seconds: Double(dice.roll(3)) * 0.5)
            let events: [ListeningEvent] = [
                .began(id: id), .paused(said), .resumed(id: id), .ended(said), .reopened(id: id), .discarded(id: id),
                .suspected, .confirmed, .rejected,
            ]
            stage.listen(events[dice.roll(events.count)])
            stage.pass(dice.time())
        }
        stage.decide { $0.press() }
        for id in 1...3 { stage.listen(.discarded(id: id)) }
        stage.listen(.rejected)
        stage.checkEnd("seed \(seed)")
    }

    private static func stage(_ dice: inout Dice) -> Stage {
        var settings = ConversationSettings()
        settings.seed = UInt64(dice.roll(1000))
        settings.encodesAhead = dice.roll(4) > 0
        settings.transcript = [.after, .before, .never][dice.roll(3)]
        var speed = FakeReplies.Speed()
        let slowness = [0.1, 1, 8][dice.roll(3)]
        speed.step *= slowness
        speed.hearing *= slowness
        speed.soundPerCode *= slowness
        let failing = dice.roll(4)
        return Stage(
            settings, speed: speed, hasMouth: dice.roll(8) > 0,
            steps: { Int($0.seed % 90) },
            failure: { $0.seed % 9 < failing ? Int($0.seed % 40) : nil })
    }

    private static func press(_ stage: Stage, _ key: Int) {
        stage.decide { turns in
            switch key {
            case 0: turns.press()
            case 1: turns.send("something")
            case 2: turns.silence()
            case 3: turns.reply(in: .text)
            case 4: turns.reply(in: .speech)
            case 5: turns.sayAgain()
            case 6: turns.pushToTalk(!turns.isPushToTalk)
            default: turns.mute(false)
            }
        }
    }
}

/// Somebody whose turns, pauses and coughs follow the rules of `ListeningEvent`.
private struct RandomUser {
    private var id = 0
    private var isSpeaking = false
    private var pause: Utterance?
    private var isSuspected = false
    private var hasEnded = false

    mutating func next(_ stage: Stage, _ choice: Int) -> ListeningEvent? {
        if isSuspected {
            isSuspected = false
            if choice > 1 { return .rejected }
            // Told together, as the listener does.
            stage.listen(.confirmed)
            return begin(mayReopen: choice == 1)
        }
        if !isSpeaking {
            if stage.look({ $0.isSpeaking }) {
                isSuspected = choice > 0
                return isSuspected ? .suspected : nil
            }
            return choice == 0 ? nil : begin(mayReopen: choice == 1)
        }
        if let said = pause {
            pause = nil
            if choice == 0 { return .resumed(id: id) }
            isSpeaking = false
            hasEnded = true
            return .ended(said)
        }
        if choice == 0 {
            isSpeaking = false
            hasEnded = false
            return .discarded(id: id)
        }
        pause = stage.utterance(id, seconds: 0.5 + Double(choice))
        return pause.map { .paused($0) }
    }

    private mutating func begin(mayReopen: Bool) -> ListeningEvent {
        isSpeaking = true
        if mayReopen && hasEnded { return .reopened(id: id) }
        id += 1
        return .began(id: id)
    }

    mutating func finish() -> ListeningEvent? {
        if isSuspected { return .rejected }
        return isSpeaking ? .discarded(id: id) : nil
    }
}
