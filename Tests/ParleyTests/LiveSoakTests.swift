import Foundation
import TestSupport
import Testing

extension LiveTests {
    /// A longer conversation: nothing grows.
    @Suite struct Soak {
        /// Seconds of the soak; PARLEY_SOAK_SECONDS makes it a long one.
        private let length = ProcessInfo.processInfo.environment["PARLEY_SOAK_SECONDS"].flatMap(Double.init) ?? 20

        @Test func aLongConversationKeepsItsSize() throws {
            try LiveTalk.with { talk in
                let program = try talk.terminal.pid()
                let speaker = try talk.card.record(.speaker)
                var sizes: [Size] = []
                let end = Recording.now + length
                var turns = 0
                while Recording.now < end || turns < 8 {
                    turns += 1
                    try Self.exchange(turns, talk)
                    try sizes.append(#require(Size(program)))
                    if turns % 10 == 0 { print("soak: turn \(turns): \(sizes[turns - 1])") }
                }
                // Buffers are made in the first turns: each of the four kinds has been there once.
                let (early, late) = (sizes[max(3, sizes.count / 4)], sizes[sizes.count - 1])
                print("soak: \(turns) turns in \(Int(length)) s; first \(sizes[0]); quarter \(early); end \(late)")
                #expect(late.descriptors <= early.descriptors)
                #expect(late.threads <= early.threads + 2)
                #expect(late.memory < early.memory + 40 << 20 + turns << 18)
                #expect(try !speaker.stop().sounding().isEmpty)
                #expect(try talk.quit() == 0)
                #expect(try talk.parley(["sessions", "check"]).status == 0)
            }
        }

        /// One of the ways to have a turn, by turns.
        private static func exchange(_ number: Int, _ talk: LiveTalk) throws {
            switch number % 4 {
            case 1: try talk.ask(LiveTalk.twoPlusTwo)
            case 2: try talk.write("What color is snow?")
            case 3:
                try talk.terminal.resize(columns: .random(in: 20...200), rows: .random(in: 6...60))
                try talk.ask(LiveTalk.capital)
                try talk.terminal.resize(columns: 100, rows: 30)
            default:
                try talk.write(LiveTalk.longReply)
                try talk.wait(for: .speaking)
                try talk.ask(LiveTalk.snow)
            }
            // From the question on until everything has been said and kept.
            usleep(800_000)
            try talk.wait(for: .listening, 30)
            try talk.terminal.wait("all turns kept", 5) { screen in
                try talk.finishedTurns(in: screen) > 0 && !screen.contains("not saved")
            }
        }

        /// What a process takes.
        struct Size: CustomStringConvertible {
            var memory: Int
            var descriptors: Int
            var threads: Int

            /// Of a running process.
            init?(_ pid: pid_t) {
                guard let memory = ProcessTable.privateMemory(pid), let descriptors = ProcessTable.descriptors(pid),
                    let threads = ProcessTable.threads(pid)
                else { return nil }
                (self.memory, self.descriptors, self.threads) = (memory, descriptors, threads)
            }

            var description: String { "\(memory >> 20) MB, \(descriptors) descriptors, \(threads) threads" }
        }
    }
}
