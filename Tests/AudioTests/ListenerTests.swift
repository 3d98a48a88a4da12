import Testing

@testable import Audio

@Suite struct ListenerTests {
    private func utterances(_ told: [(time: Int, event: ListeningEvent)]) -> [Utterance] {
        told.compactMap {
            switch $0.event {
            case .paused(let utterance), .ended(let utterance): utterance
            default: nil
            }
        }
    }

    private func rounded(_ samples: ArraySlice<Float>) -> [Float] {
        samples.map { ($0 * 32_768).rounded(.toNearestOrEven) / 32_768 }
    }

    @Test func anUtteranceHasItsSound() throws {
        let samples = Spoken.sound([(voice: 1, pause: 2)])
        var listener = Listener()
        let told = Spoken.tell(&listener, samples)
        let spoken = utterances(told)
        try #require(spoken.count == 2)
        #expect(told.count == 3 && told[0].event == .began(id: 0))
        #expect(spoken[0] == spoken[1], "what was prepared at the pause is what ended")
        let utterance = spoken[0]
        // 300 ms before the first word, which begins at 1 s, and the tail behind the last one, which ends at 2 s.
        #expect(abs(utterance.start - 11_200) <= 640)
        #expect(abs(utterance.endOfSpeech - 32_000) <= 1280)
        #expect(utterance.start + utterance.samples.count == utterance.endOfSpeech + 2400)
        #expect(utterance.samples == rounded(samples[utterance.start..<utterance.start + utterance.samples.count]))
        #expect(told[1].time - utterance.endOfSpeech == 2400 && told[2].time - utterance.endOfSpeech == 8000)
    }

    @Test func aTurnThatGoesOnHasMoreSound() throws {
        let samples = Spoken.sound([(voice: 0.6, pause: 0.3), (voice: 0.6, pause: 2)])
        var listener = Listener()
        let spoken = utterances(Spoken.tell(&listener, samples))
        try #require(spoken.count == 3)
        #expect(spoken[1].samples.starts(with: spoken[0].samples))
        #expect(spoken[1].samples.count > spoken[0].samples.count + 8000)
        #expect(spoken[1] == spoken[2])
    }

    @Test func aTurnOpenedAgainKeepsItsNumberAndSound() throws {
        let samples = Spoken.sound([(voice: 0.6, pause: 0.8), (voice: 0.6, pause: 3), (voice: 0.6, pause: 2)])
        var listener = Listener()
        let told = Spoken.tell(&listener, samples)
        let ended = told.compactMap { told -> Utterance? in
            if case .ended(let utterance) = told.event { utterance } else { nil }
        }
        try #require(ended.map(\.id) == [0, 0, 1])
        #expect(told.map(\.event).contains(.reopened(id: 0)))
        #expect(ended[1].start == ended[0].start)
        let sound = ended[1].start..<ended[1].start + ended[1].samples.count
        #expect(ended[1].samples == rounded(samples[sound]), "the gap is part of it")
    }

    @Test func soundIsRoundedToSixteenBits() {
        let odd: [Float] = [0.1, -0.1, 2, -2, .nan, .infinity, 1e-9, 0.5]
        var listener = Listener()
        _ = listener.pushToTalk(true)
        _ = Spoken.tell(&listener, Spoken.sound([]))
        _ = listener.press()
        let voice = Spoken.sound([(voice: 0.5, pause: 0)], lead: 0)
        _ = Spoken.tell(&listener, Array(repeating: odd, count: 20).flatMap { $0 } + voice)
        let events = listener.press()
        guard case .ended(let utterance) = events.first else {
            Issue.record("not ended: \(events)")
            return
        }
        #expect(utterance.samples.allSatisfy { $0 * 32_768 == ($0 * 32_768).rounded() && $0 >= -1 && $0 < 1 })
        // The odd frame is the first behind the 300 ms from before the key.
        let found = utterance.samples[4800..<4808].map { $0 * 32_768 }
        #expect(found == [3277, -3277, 32_767, -32_768, 0, 0, 0, 16_384])
    }

    @Test func utterancesAndMemoryAreBounded() {
        var settings = TurnSettings()
        settings.longestTurn = 5000
        var listener = Listener(settings: settings)
        var kept = 0
        let syllables = Array(repeating: (voice: 0.3, pause: 0.1), count: 30)
        for _ in 0..<2 {
            let told = Spoken.tell(&listener, Spoken.sound(syllables + [(voice: 1, pause: 0.9)]))
            for utterance in utterances(told) { #expect(utterance.samples.count <= 80_000) }
            #expect(utterances(told).contains { $0.samples.count == 80_000 })
            kept = max(kept, listener.keptSamples)
        }
        #expect(kept <= 80_000 + 2 * 16_000 + 20_000)
    }

    @Test func theKeyEndsInTheMiddleOfAWord() {
        var listener = Listener()
        _ = Spoken.tell(&listener, Spoken.sound([(voice: 1, pause: 0)]))
        #expect(listener.state == .speaking)
        let events = listener.press()
        guard case .ended(let utterance) = events.first else {
            Issue.record("not ended: \(events)")
            return
        }
        #expect(utterance.start + utterance.samples.count <= listener.position)
        #expect(listener.position - utterance.endOfSpeech <= 480)
    }

    @Test func afterAResetItHearsTheSame() {
        let samples = Spoken.sound([(voice: 0.5, pause: 1)])
        var listener = Listener()
        let first = Spoken.tell(&listener, samples).map(\.event)
        listener.reset()
        #expect(listener.position == 0 && listener.keptSamples == 0)
        #expect(Spoken.tell(&listener, samples).map(\.event) == first)
        #expect(first.count == 3)
    }

    @Test func aMicrophoneThatIsDigitallySilentHearsTheFirstWordOverTheAssistant() throws {
        var listener = Listener()
        let silence = [Float](repeating: 0, count: VoiceFrame.samples)
        let nothing = VoiceFrame(hasVoice: false, level: -100, rawLevel: -100, farLevel: -100)
        for _ in 0..<100 {
            let told = silence.withUnsafeBufferPointer { listener.append($0, nothing, assistantIsSpeaking: true) }
            #expect(told.isEmpty)
        }
        let told = Spoken.tell(
            &listener, Spoken.sound([(voice: 0.5, pause: 0)], lead: 0), assistantIsSpeaking: true)
        #expect(try #require(told.first).event == .suspected)
        #expect(told[0].time - 16_000 <= 4 * VoiceFrame.samples, "\(told[0].time - 16_000) samples")
    }

    @Test func aMutedMicrophoneDoesNotMoveTheBackground() {
        var listener = Listener()
        _ = Spoken.tell(&listener, Spoken.sound([], lead: 3))
        let floor = listener.noiseFloor
        let nothing = [Float](repeating: 0, count: VoiceFrame.samples)
        for _ in 0..<500 {
            let silent = VoiceFrame(hasVoice: false, level: -100, rawLevel: -100, farLevel: -100)
            let events = nothing.withUnsafeBufferPointer { listener.append($0, silent, assistantIsSpeaking: false) }
            #expect(events.isEmpty)
        }
        #expect(listener.noiseFloor == floor)
        #expect(floor < -55 && floor > -90)
    }
}

@Suite struct RecordedListeningTests {
    @Test(arguments: [1, 100, 160, 1000, 7777])
    func piecesAndTheWholeGiveTheSameEvents(_ size: Int) {
        let samples = Spoken.sound([(voice: 0.6, pause: 0.3), (voice: 0.5, pause: 1)], lead: 0.6)
        let whole = RecordedListening()
        let expected = whole.append(samples) + whole.finish()
        #expect(expected.count >= 5)
        let pieces = RecordedListening()
        var told: [RecordedListening.Told] = []
        for start in stride(from: 0, to: samples.count, by: size) {
            told += pieces.append(Array(samples[start..<min(start + size, samples.count)]))
        }
        #expect(told + pieces.finish() == expected)
    }

    @Test func thePlainProcessorTakesRumbleAway() {
        let processor = PlainVoiceProcessor()
        let far = [Float](repeating: 0.1, count: VoiceFrame.samples)
        var frame = VoiceFrame(hasVoice: true, level: 0, rawLevel: 0, farLevel: 0)
        for block in 0..<50 {
            // 25 Hz, as a desk makes it, and a constant.
            var near = (0..<VoiceFrame.samples).map { index in
                let phase = (block * VoiceFrame.samples + index) % 640
                return (phase < 320 ? Float(phase) / 320 - 0.5 : 0.5 - Float(phase - 320) / 320) * 0.4 + 0.1
            }
            frame = near.withUnsafeMutableBufferPointer { near in
                far.withUnsafeBufferPointer { processor.process(near, far: $0, delay: 0) }
            }
        }
        #expect(frame.rawLevel > -18 && frame.level < frame.rawLevel - 12)
        #expect(abs(frame.farLevel + 20) < 0.1 && !frame.hasVoice)
    }

    @Test func thePlainProcessorHearsAVoice() {
        let processor = PlainVoiceProcessor()
        let samples = Spoken.sound([(voice: 1, pause: 1)])
        let far = [Float](repeating: 0, count: VoiceFrame.samples)
        let flags = stride(from: 0, to: samples.count, by: VoiceFrame.samples).map { start in
            var near = Array(samples[start..<start + VoiceFrame.samples])
            return near.withUnsafeMutableBufferPointer { near in
                far.withUnsafeBufferPointer { processor.process(near, far: $0, delay: 0).hasVoice }
            }
        }
        #expect(flags[..<100].filter { $0 }.count <= 2)
        #expect(flags[100..<200].filter { $0 }.count >= 85)
        #expect(flags[225...].filter { $0 }.count <= 2)
    }
}
