import Audio
import AudioDevices
import Foundation
import TestSupport
import Testing

/// Whether the measurements are wanted: they take half an hour and are no checks.
private let isMeasuring = ProcessInfo.processInfo.environment["PARLEY_MEASURE"] == "1"

extension LiveTests {
    /// What the live assistant takes, measured at its microphone and loudspeaker.
    ///
    /// Run with PARLEY_MEASURE=1.
    @Suite(.enabled(if: isMeasuring)) struct Measurements {
        /// Recorded questions: those of a folder that is named, or the tests' own.
        private let questions: [URL]

        init() throws {
            if let folder = ProcessInfo.processInfo.environment["PARLEY_MEASURE_QUESTIONS"] {
                questions = try FileManager.default.contentsOfDirectory(
                    at: URL(filePath: folder), includingPropertiesForKeys: nil
                ).filter { $0.pathExtension == "flac" }.sorted { $0.path < $1.path }
            } else {
                questions = [LiveTalk.twoPlusTwo, LiveTalk.capital, LiveTalk.snow]
            }
        }

        /// From the last sound of a question to the first one of its reply.
        @Test func endOfSpeechToFirstSound() throws {
            try LiveTalk.with(rows: 50) { talk in
                var delays: [Double] = []
                for number in 0..<12 {
                    let (microphone, speaker) = (try talk.card.record(.microphone), try talk.card.record(.speaker))
                    try talk.ask(questions[number % questions.count])
                    try talk.waitForSound(speaker)
                    let asked = try #require(try microphone.stop().sounding(over: -45).last)
                    let answered = try speaker.stop().sounding().first { $0.start > asked.start }
                    try delays.append(#require(answered).start - asked.end)
                    print(report("end of speech to first sound", number + 1, delays[number]))
                    try talk.wait(for: .listening, 20)
                }
                print(report("end of speech to first sound", delays))
                print(try talk.terminal.history())
            }
        }

        /// From the first sound of the user, and from a key, to the last one of the assistant: with the loudspeaker in the
        /// microphone, 6 dB softer and 40 ms late, and without.
        ///
        /// Both ends are timed when the card's server moves its blocks of 10 ms.
        @Test(arguments: [false, true]) func interruptionToSilence(overEcho: Bool) throws {
            let room = overEcho ? " over its echo" : ""
            var voices: [Double] = []
            var heard: [Double] = []
            var screens: [Double] = []
            var keys: [Double] = []
            let again = try HeardAgain()
            var missed = 0
            try LiveTalk.with { talk in
                if overEcho { try talk.card.connectSpeakerToMicrophone(gain: -6, latency: 40) }
                for number in 0..<30 {
                    let speaker = try talk.card.record(.speaker)
                    let microphone = try talk.card.record(.microphone)
                    try talk.write(LiveTalk.longReply)
                    try talk.waitForSound(speaker)
                    usleep(.random(in: 100_000...500_000))
                    if number % 3 > 0 {
                        let question = questions[number % questions.count]
                        let voice = try talk.card.startPlaying(question)
                        guard (try? talk.wait(for: .hearing, 5)) != nil else {
                            _ = try speaker.stop()
                            let heard = try microphone.stop().sounding(over: -45).map(\.length)
                            print("measure interruption \(number + 1): not noticed; seconds heard: \(heard)")
                            missed += 1
                            continue
                        }
                        let seen = Recording.now
                        usleep(400_000)
                        let (played, said) = (try speaker.stop(), try microphone.stop())
                        let silent = try #require(played.sounding(joining: 0.05).last).end
                        let asked = try firstSound(of: question, in: said)
                        let suspected = try again.suspicion(microphone: said, speaker: played, after: asked)
                        // Otherwise the reply was over before the question began.
                        if silent > asked {
                            voices.append(silent - asked)
                            screens.append(silent - seen)
                            if let suspected { heard.append(suspected - asked) }
                        }
                        print(
                            report("user's first sound\(room) to silence", number + 1, silent - asked),
                            report("of it until the frame that tells", number + 1, (suspected ?? asked) - asked))
                        usleep(3_000_000)
                        voice.stop()
                    } else {
                        let pressed = Recording.now
                        try talk.terminal.press("Space")
                        usleep(400_000)
                        keys.append(try #require(try speaker.stop().sounding(joining: 0.05).last).end - pressed)
                        print(report("key to silence", number + 1, keys[keys.count - 1]))
                        _ = try microphone.stop()
                    }
                    try talk.wait(for: .listening, 20)
                }
            }
            #expect(missed == 0, "questions that did not interrupt")
            print(report("user's first sound\(room) to silence", voices))
            print(report("of it until the frame that tells", heard))
            print(report("shown on screen to silence (screen asked every 25 ms)", screens))
            print(report("key to silence", keys))
        }

        /// When a question began to be heard at the microphone, whatever else that hears.
        ///
        /// It is found by 0.3 s from its first sound on: not much more has been heard when the assistant falls silent.
        private func firstSound(of question: URL, in said: Recording) throws -> Double {
            let clip = try AudioClip(contentsOf: question.path, sampleRate: Int(Recording.rate))
            let asked = Recording(samples: clip.samples.map { Int16($0 * 32767) }, start: 0)
            let silence = try #require(asked.sounding(over: -45).first).start
            let voice = clip.samples.dropFirst(Int(silence * Recording.rate)).prefix(Int(0.3 * Recording.rate))
            return said.start(of: Array(voice))
        }

        /// Unplugged at 20 random moments of a conversation, for up to 3 s.
        @Test func unplugging() throws {
            try LiveTalk.with { talk in
                var survived = 0
                for moment in 1...20 {
                    let voice = try talk.card.startPlaying(LiveTalk.capital)
                    let wait = Double.random(in: 0...6)
                    usleep(UInt32(wait * 1_000_000))
                    talk.card.unplug()
                    voice.stop()
                    usleep(.random(in: 100_000...3_000_000))
                    try talk.card.replug()
                    do {
                        try Devices.isHeardAndHears(talk)
                        survived += 1
                    } catch {
                        print("measure unplug \(moment) after \(wait) s: \(error)")
                    }
                }
                print("measure unplug: \(survived) of 20 survived")
                #expect(survived == 20)
            }
        }

        /// Killed at 20 random moments of a conversation.
        @Test func kills() throws {
            for moment in 1...20 {
                try LiveTalk.with { talk in
                    let typing = moment % 2 == 0
                    let length = Double.random(in: 0...8)
                    let end = Recording.now + length
                    while Recording.now < end {
                        if typing {
                            try talk.write("What color is snow?")
                            usleep(400_000)
                        } else {
                            let voice = try talk.card.startPlaying(LiveTalk.snow)
                            usleep(UInt32(min(4, max(0.01, end - Recording.now)) * 1_000_000))
                            voice.stop()
                        }
                    }
                    try Sessions.killAndCheck(talk)
                    print("measure kill \(moment): after \(length) s")
                }
            }
        }

        /// Ten minutes of speech with the loudspeaker in the microphone: interruptions that nobody made; then, how many real
        /// ones are noticed.
        @Test func echo() throws {
            try LiveTalk.with { talk in
                try talk.card.connectSpeakerToMicrophone(gain: -6, latency: 40)
                let start = Recording.now
                var (turns, strange, wasHearing) = (0, 0, false)
                while Recording.now < start + 600 {
                    turns += 1
                    try talk.write(LiveTalk.longReply)
                    try talk.wait(for: .speaking)
                    try talk.terminal.wait("the end of the reply", 30) { screen in
                        let isHearing = [LiveTalk.Word.hearing, .held].contains { screen.contains($0.rawValue) }
                        if isHearing, !wasHearing {
                            strange += 1
                            print("measure echo: something heard after \(Int(Recording.now - start)) s\n\(screen)")
                        }
                        wasHearing = isHearing
                        return screen.contains(LiveTalk.Word.listening.rawValue)
                    }
                    usleep(500_000)
                }
                let interrupted = try talk.parley(["sessions", "export", "last", "--format", "jsonl"]).lines.filter {
                    $0.contains("\"interrupted\":true")
                }.count
                print("measure echo: \(turns) replies, \(interrupted) interrupted, something heard \(strange) times")
                var noticed = 0
                for _ in 0..<10 {
                    try talk.write(LiveTalk.longReply)
                    try talk.wait(for: .speaking)
                    usleep(.random(in: 300_000...1_200_000))
                    let voice = try talk.card.startPlaying(LiveTalk.twoPlusTwo)
                    if (try? talk.wait(for: .hearing, 2.5)) != nil { noticed += 1 }
                    usleep(2_000_000)
                    voice.stop()
                    try talk.wait(for: .listening, 30)
                }
                print("measure echo: \(noticed) of 10 real interruptions noticed")
            }
        }

        /// What the canceller leaves of the assistant's own voice, on what the virtual card's microphone heard of it.
        @Test func echoReduction() throws {
            try LiveTalk.with { talk in
                try talk.card.connectSpeakerToMicrophone(gain: -6, latency: 40)
                let (speaker, microphone) = (try talk.card.record(.speaker), try talk.card.record(.microphone))
                for _ in 0..<3 {
                    try talk.write(LiveTalk.longReply)
                    try talk.wait(for: .speaking)
                    try talk.wait(for: .listening, 30)
                }
                let (far, near) = (try speaker.stop(), try microphone.stop())
                let begin = max(far.start, near.start)
                let sounds = try [far, near].map { recording in
                    let first = Int((begin - recording.start) * Recording.rate)
                    let samples = recording.samples[first...].map { Float($0) / 32768 }
                    let clip = AudioClip(samples: samples, sampleRate: Int(Recording.rate))
                    return try Resampler.convert(clip, to: VoiceFrame.sampleRate).samples
                }
                let levels = try levelsBehindCanceller(near: sounds[1], far: sounds[0])
                // The second and third reply, as far as there is an echo. Longer recordings would measure how the clocks of
                // the two recorders part, which the program itself follows.
                let settled = levels[(levels.count / 3)...].filter { $0.heard > 1e-5 }
                let heard = settled.reduce(0) { $0 + $1.heard }
                let left = settled.reduce(0) { $0 + $1.left }
                print(String(format: "measure echo: %.1f dB less, %d frames", 10 * log10(heard / left), settled.count))
                #expect(!settled.isEmpty)
            }
        }

        /// Mean squares of each frame before and behind the echo canceller.
        private func levelsBehindCanceller(near: [Float], far: [Float]) throws -> [(heard: Double, left: Double)] {
            var settings = VoiceProcessingSettings()
            // Its gain would be counted as echo.
            settings.gainControl = false
            let processor = try WebRTCVoiceProcessor(settings)
            let square = { (frame: [Float]) in frame.reduce(0) { $0 + Double($1) * Double($1) } / Double(frame.count) }
            return stride(from: 0, to: min(near.count, far.count) - VoiceFrame.samples, by: VoiceFrame.samples).map {
                let range = $0..<$0 + VoiceFrame.samples
                var frame = Array(near[range])
                let heard = square(frame)
                _ = frame.withUnsafeMutableBufferPointer { near in
                    far[range].withUnsafeBufferPointer { processor.process(near, far: $0, delay: 40) }
                }
                return (heard, square(frame))
            }
        }

        /// Processor time of a program that nobody talks to.
        @Test func idling() throws {
            try LiveTalk.with { talk in
                let program = try talk.terminal.pid()
                usleep(3_000_000)
                let before = try #require(ProcessTable.processorSeconds(program))
                usleep(20_000_000)
                let used = try #require(ProcessTable.processorSeconds(program)) - before
                print("measure idle: \(String(format: "%.1f", used / 20 * 100)) % of one core with the microphone open")
            }
        }

        private func report(_ what: String, _ number: Int, _ value: Double) -> String {
            "measure \(what) \(number): \(String(format: "%.3f", value)) s"
        }

        private func report(_ what: String, _ values: [Double]) -> String {
            let sorted = values.sorted()
            let figures = [sorted[sorted.count / 2], sorted[0], sorted[sorted.count - 1]].map {
                String(format: "%.3f", $0)
            }
            return "measure \(what): median \(figures[0]) s, \(figures[1]) to \(figures[2]) s, \(values.count) times"
        }
    }
}
