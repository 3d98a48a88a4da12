import Foundation
import TestSupport
import Testing

extension LiveTests {
    /// Devices that vanish, come back, hang, or were never there.
    @Suite struct Devices {
        /// While nobody speaks, while the user speaks, and while the assistant does.
        @Test(arguments: [LiveTalk.Word.listening, .hearing, .speaking])
        func anUnpluggedCardDoesNotEndTheSession(_ moment: LiveTalk.Word) throws {
            try LiveTalk.with { talk in
                switch moment {
                case .hearing:
                    let voice = try talk.card.startPlaying(LiveTalk.capital)
                    try talk.wait(for: .hearing)
                    talk.card.unplug()
                    voice.stop()
                case .speaking:
                    try talk.write(LiveTalk.longReply)
                    try talk.wait(for: .speaking)
                    talk.card.unplug()
                default: talk.card.unplug()
                }
                try talk.terminal.wait(for: "gone")
                usleep(1_000_000)
                try talk.card.replug()
                try Self.isHeardAndHears(talk)
            }
        }

        @Test func aHangingCardDoesNotEndTheSession() throws {
            try LiveTalk.with { talk in
                talk.card.freeze()
                try talk.terminal.wait(for: "does not respond")
                talk.card.thaw()
                try Self.isHeardAndHears(talk)
            }
        }

        @Test func withoutAnySoundDeviceThereIsTextAndItIsSaidOnce() throws {
            let talk = try LiveTalk()
            defer { talk.stop() }
            let nothing = try VirtualSoundCard.environmentWithoutDevices(in: talk.terminal.home)
            try talk.terminal.run(BuiltProgram.url, ["talk"], environment: nothing)
            try talk.terminal.wait(for: "sound device", 30)
            try talk.write("What is two plus two?")
            try talk.wait(forTurns: 1)
            let screen = try talk.terminal.screen()
            #expect(screen.contains("Two plus two is four."))
            #expect(screen.components(separatedBy: "sound device").count == 2)
            #expect(try talk.quit() == 0)
        }

        /// Microphone and loudspeaker both work.
        static func isHeardAndHears(_ talk: LiveTalk) throws {
            let speaker = try talk.card.record(.speaker)
            // The program looks for its devices every half second.
            try Rig.wait(5, for: "the program's streams") {
                let streams = try talk.card.streamCount()
                // One capturing stream is the recorder's.
                return streams.playing >= 1 && streams.capturing >= 2
            }
            try talk.wait(for: .listening)
            try talk.ask(LiveTalk.snow)
            try Rig.wait(20, for: "a spoken reply", seen: talk.terminal.screen) {
                speaker.soFar.sounding().contains { $0.length > 0.5 }
            }
            try talk.terminal.wait(for: "What color is snow?")
            _ = try speaker.stop()
            try talk.wait(for: .listening, 20)
        }
    }
}
