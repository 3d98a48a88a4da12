import Conversation
import Testing

@testable import TerminalUI

@Suite struct TranscriptTests {
    private func text(_ state: ScreenState) -> String { ScreenPicture.draw(state).text.joined(separator: "\n") }

    @Test func aTurnGoesThroughItsStates() {
        var state = SampleState.welcome.make()
        #expect(text(state).contains("Say something."))
        state.apply(.state(.hearing))
        state.apply(.turnBegan(turn: 1), at: 5)
        #expect(text(state).contains("listening…"))
        #expect(!text(state).contains("Say something."))
        state.apply(.question(turn: 1, Sample.spoken(2.1)))
        state.apply(.state(.thinking))
        #expect(text(state).contains("spoken, 2.1 s"))
        #expect(text(state).contains("thinking…"))
        state.apply(.transcript(turn: 1, "hello there"))
        #expect(text(state).contains("you  hello there"))
        state.apply(.replyText(turn: 1, "Good "))
        state.apply(.replyText(turn: 1, "day."))
        #expect(text(state).contains("parley  Good day."))
        #expect(!text(state).contains("thinking…"))
        state.apply(.turnFinished(Sample.finished(1, "Good day.", [0.5, 0.55, 0.6, 0.8], kept: nil)))
        #expect(text(state).contains("end 0.50 · heard 0.55 · text 0.60 · sound 0.80 s"))
    }

    @Test func theSpokenPartIsMarked() throws {
        let state = SampleState.speaking.make()
        let turn = try #require(state.transcript.newestTurn)
        let block = try #require(turn.replyBlock(isHeld: false))
        let quiet = block.text.filter { $0.style == .quiet }.map(\.glyph.text).joined()
        #expect("The capital of France is " + quiet.drop { $0 == " " } == turn.reply.replacing("is  ", with: "is "))
        #expect(block.text.filter { $0.style.attributes.contains(.underline) }.map(\.glyph.text).joined() == "is")
    }

    @Test func whatWasNotHeardOfAnInterruptedReplyIsCutOff() {
        var state = SampleState.welcome.make()
        Sample.ask(&state, 1, "q", "One two three.", [nil, nil, nil, nil], kept: 7)
        #expect(text(state).contains("One two╱ three.╱"))
        Sample.ask(&state, 2, "q", "Four.", [nil, nil, nil, nil], kept: 5)
        #expect(text(state).contains("Four.╱"))
    }

    @Test func aWithdrawnTurnLeavesAndOthersStay() {
        var state = SampleState.answered.make()
        state.apply(.turnBegan(turn: 4))
        #expect(text(state).contains("listening…"))
        state.apply(.turnWithdrawn(turn: 4))
        #expect(!text(state).contains("listening…"))
        #expect(state.transcript.turns.map(\.number) == [1, 2, 3])
    }

    /// Events may be lost when too many wait: what comes later still makes sense.
    @Test func lateAndUnknownTurnsAreTaken() {
        var state = SampleState.welcome.make()
        state.apply(.replyText(turn: 7, "late"))
        state.apply(.turnFinished(Sample.finished(9, "whole", [nil, nil, 1, nil], kept: nil)))
        #expect(state.transcript.turns.map(\.reply) == ["late", "whole"])
        state.apply(.turnWithdrawn(turn: 55))
        state.apply(.forgotten(turns: [1, 7]))
        #expect(state.transcript.turns[0].isForgotten)
    }

    @Test func whatIsRecordedCountsAsSaved() {
        var state = SampleState.unsaved.make()
        #expect(text(state).contains("not saved yet"))
        state.apply(.recorded(turn: 1))
        #expect(!text(state).contains("not saved yet"))
        #expect(!text(SampleState.answered.make()).contains("not saved yet"))
    }

    @Test func aReplayThatGoesBackBeginsAnew() {
        var state = SampleState.answered.make()
        state.apply(.rewound, at: 3)
        #expect(state.transcript.items.isEmpty)
        #expect(state.now == 3)
        #expect(state.sounds.turns.isEmpty)
    }

    @Test func theSameNoticeIsNotRepeated() {
        var state = SampleState.welcome.make()
        for _ in 0..<5 { state.apply(.notice(Notice(.warning, "gone"))) }
        #expect(state.transcript.items.count == 1)
    }

    // MARK: scrolling

    private func long() -> ScreenState {
        var state = SampleState.welcome.make()
        for turn in 1...60 { Sample.ask(&state, turn, "question \(turn)", "answer \(turn).", [nil, nil, nil, nil]) }
        return state
    }

    @Test func theNewestIsInViewUntilSomeoneScrolls() {
        var state = long()
        #expect(text(state).contains("answer 60."))
        _ = state.take(.pageUp)
        #expect(!text(state).contains("answer 60."))
        #expect(text(state).contains("G to the end"))
        let before = text(state)
        Sample.ask(&state, 61, "question 61", "answer 61.", [nil, nil, nil, nil])
        #expect(text(state) == before)
        _ = state.take(.character("G"))
        #expect(text(state).contains("answer 61."))
    }

    @Test func scrollingShowsEveryLineAndStopsAtTheEnds() {
        var state = long()
        _ = state.take(.character("g"))
        #expect(text(state).contains("question 1\n"))
        var seen: Set<String> = []
        for _ in 0..<400 {
            for line in ScreenPicture.draw(state).text { seen.insert(line) }
            _ = state.take(.down)
        }
        for turn in 1...60 { #expect(seen.contains { $0.hasSuffix("answer \(turn).") }) }
        #expect(state.scroll == .newest)
        for _ in 0..<400 { _ = state.take(.up) }
        #expect(text(state).contains("question 1\n"))
    }

    @Test func aLineUpAndALineDownIsWhereItWas() {
        var state = long()
        for _ in 0..<30 { _ = state.take(.up) }
        let before = text(state)
        for _ in 0..<7 { _ = state.take(.up) }
        for _ in 0..<7 { _ = state.take(.down) }
        #expect(text(state) == before)
    }

    // MARK: search

    @Test func searchFindsInQuestionsRepliesAndNotices() {
        var state = long()
        state.apply(.notice(Notice(.information, "The ANSWER is elsewhere.")))
        let search = TranscriptSearch("Answer")
        #expect(search.matches(in: state.transcript).count == 61)
        #expect(TranscriptSearch("question 60").matches(in: state.transcript).count == 1)
        #expect(TranscriptSearch("").matches(in: state.transcript).isEmpty)
        #expect(TranscriptSearch("nowhere").matches(in: state.transcript).isEmpty)
        #expect(TranscriptSearch("aa").ranges(in: [StyledGlyph]("aaaa a")) == [0..<2, 2..<4])
    }

    @Test func searchGoesFromTheNewestUpwardsAndAround() {
        var state = long()
        for key in "fanswer 1".unicodeScalars { _ = state.take(Key(key)) }
        _ = state.take(.enter)
        // 1 and 10 to 19.
        let all = state.search?.matches(in: state.transcript) ?? []
        #expect(all.count == 11)
        #expect(state.search?.current == all.last)
        #expect(text(state).contains("answer 19."))
        _ = state.take(.character("n"))
        #expect(state.search?.current == all[9])
        _ = state.take(.character("N"))
        _ = state.take(.character("N"))
        #expect(state.search?.current == all[0])
        #expect(text(state).contains("answer 1."))
        #expect(text(state).contains("11 of 11"))
        _ = state.take(.escape)
        #expect(state.search == nil)
    }

    @Test func aMatchInViewDoesNotMoveIt() {
        var state = long()
        let position = state.scroll
        for key in "fanswer 60".unicodeScalars { _ = state.take(Key(key)) }
        #expect(state.scroll == position)
    }

    @Test func whatIsNotFoundIsSaid() {
        var state = long()
        for key in "fxyz".unicodeScalars { _ = state.take(Key(key)) }
        _ = state.take(.enter)
        #expect(text(state).contains("not found"))
        _ = state.take(.escape)
        _ = state.take(.character("n"))
        #expect(text(state).contains("Search first: f"))
    }
}

@Suite struct ScreenStateTests {
    @Test func nothingMovesByItselfWhenNothingHappens() {
        for state in [SampleState.welcome, .answered, .help, .latency, .devices, .sound] {
            #expect(state.make().nextChange == nil)
        }
        #expect(SampleState.hearing.make().nextChange != nil)
    }

    @Test func aConfirmationGoesAway() {
        var state = SampleState.answered.make()
        _ = state.take(.character("y"))
        #expect(ScreenPicture.draw(state).text.last?.contains("copied") == true)
        #expect(state.nextChange.map { $0 > 0 && $0 <= 3 } == true)
        #expect(state.advance(to: 1, clock: 1) == false)
        #expect(state.advance(to: 3, clock: 3) == true)
        #expect(ScreenPicture.draw(state).text.last?.contains("copied") == false)
    }

    @Test func secondsOfListeningAreCounted() {
        var state = SampleState.hearing.make()
        #expect(ScreenPicture.draw(state).text.joined().contains("listening… 2 s"))
        #expect(state.advance(to: 12.9, clock: 12.9) == false)
        #expect(state.advance(to: 13.1, clock: 13.1) == true)
        #expect(ScreenPicture.draw(state).text.joined().contains("listening… 3 s"))
    }

    @Test func metersRiseAtOnceAndFallSlowly() {
        var meter = Meter()
        #expect(meter.update(decibels: -100, at: 0) == false)
        #expect(meter.update(decibels: -6, at: 0.1) == true)
        #expect(meter.shown == Meter.steps)
        _ = meter.update(decibels: -100, at: 0.2)
        #expect((1..<Meter.steps).contains(meter.shown))
        _ = meter.update(decibels: -100, at: 2)
        #expect(meter.shown == 0 && !meter.isMoving)
        // Noise under the floor moves nothing.
        #expect(meter.update(decibels: -60, at: 3) == false)
        for wrong in [Float.nan, .infinity, -.infinity] { _ = meter.update(decibels: wrong, at: 4) }
        #expect((0...Meter.steps).contains(meter.shown))
    }

    @Test func theThemeKeyGoesAroundAndSaysSo() {
        var state = SampleState.answered.make()
        var seen: [ThemeChoice] = []
        for _ in 0..<4 {
            _ = state.take(.character("T"))
            seen.append(state.theme)
        }
        #expect(Set(seen) == [.dark, .light, .none])
    }

    @Test func theSoundOfATurnIsKeptForSomeTurnsOnly() {
        var sounds = TurnSounds()
        for turn in 1...40 {
            sounds.apply(TimedEvent(time: 0, .replySound(turn: turn, Sample.tone(seconds: 0.1, rate: 24_000))))
        }
        #expect(sounds.turns.count == 24)
        #expect(sounds.turns.last == 40)
    }

    /// In pieces and whole, the picture is the same; a tone stands in its band.
    @Test func picturesOfSoundDoNotDependOnThePieces() {
        let samples = Sample.tone(seconds: 0.7, rate: 16_000)
        var whole = SoundPicture(rate: 16_000)
        whole.append(samples)
        var pieces = SoundPicture(rate: 16_000)
        for start in stride(from: 0, to: samples.count, by: 333) {
            pieces.append(Array(samples[start..<min(start + 333, samples.count)]))
        }
        #expect(pieces.levels == whole.levels)
        #expect(whole.frames > 25)
        let frame = whole.frames / 2
        let loudest = (0..<SoundPicture.bands).max {
            whole.loudest(frames: frame..<frame + 1, bands: $0..<$0 + 1)
                < whole.loudest(frames: frame..<frame + 1, bands: $1..<$1 + 1)
        }
        // 400 Hz is 509 mel; bands are (2787 - 121) / 48 mel wide from 121 on.
        #expect(loudest.map { (6...8).contains($0) } == true)
    }

    @Test func clipboardTextIsCodedAndBounded() {
        #expect(Clipboard.sequence("hi", environment: [:]) == "\u{1B}]52;c;aGk=\u{07}")
        #expect(
            Clipboard.sequence("hi", environment: ["TMUX": "x"]).contains(
                "\u{1B}Ptmux;\u{1B}\u{1B}]52;c;aGk=\u{07}\u{1B}\\"))
        #expect(Clipboard.sequence("a\u{1B}[2Jb", environment: [:]) == Clipboard.sequence("ab", environment: [:]))
        let long = Clipboard.sequence(String(repeating: "世", count: 100_000), environment: [:])
        #expect(long.utf8.count < 100_000)
    }
}
