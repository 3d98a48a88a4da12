import Glibc
import Testing

@testable import AudioDevices

@Suite struct SpeechVoiceTests {
    private let queue = ReplyQueue(longest: 48_000)
    private let wishes = SpeechWishes()
    private let voice: SpeechVoice
    /// A sound whose every sample is different, so that each can be found again.
    private let ramp = (0..<24_000).map { 0.1 + Float($0) / 48_000 }

    init() { voice = SpeechVoice(queue, wishes, sampleRate: 24_000) }

    private func blocks(_ count: Int) -> [Float] {
        var all: [Float] = []
        for _ in 0..<count {
            var block = [Float](repeating: 9, count: voice.block)
            block.withUnsafeMutableBufferPointer { block in
                if let base = block.baseAddress { voice.fill(base) }
            }
            voice.heard(voice.blocks * voice.block)
            all += block
        }
        return all
    }

    private func begin(_ samples: [Float], isFinished: Bool = false) {
        queue.begin()
        queue.append(samples)
        if isFinished { queue.finish() }
    }

    /// The largest jump from sample to sample: a click.
    private func jump(_ samples: [Float]) -> Float {
        zip(samples, samples.dropFirst()).map { abs($1 - $0) }.max() ?? 0
    }

    @Test func nothingIsHeardBeforeAReply() {
        #expect(blocks(5).allSatisfy { $0 == 0 })
        #expect(queue.isSilent && queue.played == 0 && queue.queued == 0)
    }

    @Test func aReplyIsSilentWhenItIsFinishedAndHeard() {
        begin(Array(ramp.prefix(1000)))
        _ = blocks(3)
        #expect(!queue.isSilent)
        queue.finish()
        #expect(!queue.isSilent)
        _ = blocks(2)
        #expect(queue.isSilent && queue.played == 1000 && queue.queued == 0)
    }

    @Test func whatWasHeardTakesNoMemory() {
        // Each reply lies behind the last one: all of the storage is used, and two of them at most stay in memory.
        for _ in 0..<8 {
            begin(ramp, isFinished: true)
            _ = blocks(ramp.count / voice.block + 2)
            #expect(queue.isSilent)
        }
        begin(Array(ramp.prefix(1000)))
        #expect(residentSamples() < 2 * ramp.count, "\(residentSamples()) of \(queue.capacity)")
        #expect(blocks(5)[300..<900].contains { $0 > 0.1 })
    }

    /// Samples of the queue's storage whose pages are in memory.
    private func residentSamples() -> Int {
        let page = sysconf(Int32(_SC_PAGESIZE))
        let bytes = queue.capacity * MemoryLayout<Float>.stride
        var pages = [UInt8](repeating: 0, count: (bytes + page - 1) / page)
        guard mincore(queue.storage, bytes, &pages) == 0 else { return .max }
        return pages.count { $0 & 1 == 1 } * page / MemoryLayout<Float>.stride
    }

    @Test func samplesOfAnOldReplyAreNeverHeard() {
        begin(Array(repeating: -0.5, count: 24_000))
        let old = blocks(3)
        begin(ramp)
        let new = blocks(3)
        #expect(old.contains { $0 < -0.4 })
        // What remains of the old one is its last sample, fading within 8 ms.
        #expect(new.dropFirst(192).allSatisfy { $0 >= 0 })
        #expect(jump(old.suffix(1) + new) < 0.01)
        #expect(abs(new[719] - ramp[719]) < 1e-6)
        #expect(queue.played == 720)
    }

    @Test func aHeldReplyLosesNothing() {
        begin(ramp, isFinished: true)
        let before = blocks(4)
        wishes.isHeld = true
        let held = blocks(10)
        let position = queue.played
        wishes.isHeld = false
        let after = blocks(40)
        #expect(held.dropFirst(192).allSatisfy { $0 == 0 })
        #expect(position == 960)
        #expect(jump(before + held + after) < 0.01)
        // The fade repeats what it had taken: at full loudness the ramp goes on where it was held.
        #expect(abs(after[240] - ramp[960 + 240]) < 1e-6)
    }

    @Test func aStoppedReplyFadesAndTellsWhatIsHeard() {
        begin(ramp)
        let before = blocks(5)
        let heard = queue.stop()
        let after = blocks(5)
        #expect(heard == 5 * 240)
        #expect(after.dropFirst(192).allSatisfy { $0 == 0 })
        #expect(jump(before + after) < 0.01)
        #expect(queue.isSilent && queue.played == heard && queue.queued == 0)
        #expect(queue.stop() == heard)
    }

    @Test func whatComesAfterAStopIsDropped() {
        begin(ramp)
        _ = blocks(2)
        let heard = queue.stop()
        queue.append(ramp)
        queue.finish()
        _ = blocks(10)
        #expect(queue.played == heard && queue.queued == 0)
        begin(Array(ramp.prefix(480)), isFinished: true)
        let next = blocks(3)
        #expect(abs(next[479] - ramp[479]) < 1e-6)
        #expect(queue.played == 480 && queue.isSilent)
    }

    @Test func aSlowReplyPausesWithoutAClickAndGoesOn() {
        begin(Array(ramp[..<1000]))
        let first = blocks(8)
        queue.append(Array(ramp[1000...]))
        let second = blocks(8)
        #expect(first.suffix(240).allSatisfy { $0 == 0 })
        #expect(jump(first + second) < 0.01)
        // 40 samples less than a block had waited.
        #expect(abs(second[300] - ramp[960 + 300]) < 1e-6)
    }

    @Test func aReplyLongerThanTheRoomIsCutAndCounted() {
        let room = queue.capacity - ReplyQueue.margin
        begin([Float](repeating: 0.1, count: room + 5))
        #expect(queue.refusedSamples == 5)
        #expect(queue.queued == room)
    }

    @Test func theRingServesManyReplies() {
        for reply in 0..<20 {
            begin(ramp, isFinished: true)
            let heard = blocks(101)
            #expect(queue.isSilent, "\(reply)")
            #expect(queue.played == ramp.count)
            #expect(abs(heard[23_000] - ramp[23_000]) < 1e-6)
        }
        #expect(queue.refusedSamples == 0)
    }

    @Test func withNobodyToHearItTimePasses() {
        begin(Array(ramp.prefix(1000)), isFinished: true)
        for _ in 0..<4 { voice.skipUnheard() }
        #expect(!queue.isSilent && queue.played == 960)
        voice.skipUnheard()
        #expect(queue.isSilent && queue.played == 1000)
    }

    @Test func whatIsPlayedIsCountedAcrossPauses() {
        begin(Array(ramp[..<480]))
        _ = blocks(4)
        queue.append(Array(ramp[480..<960]))
        queue.finish()
        var block = [Float](repeating: 0, count: voice.block)
        for _ in 0..<2 {
            block.withUnsafeMutableBufferPointer { block in
                if let base = block.baseAddress { voice.fill(base) }
            }
        }
        // Four blocks were heard, two of them pauses; of the fifth one half.
        voice.heard(4 * 240 + 120)
        #expect(queue.played == 480 + 120)
    }
}
