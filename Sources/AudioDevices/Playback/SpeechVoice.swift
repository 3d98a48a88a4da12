import Synchronization

/// Reads the present reply block by block as it is to be heard: held or stopped, each by a fade that does not click.
///
/// Lives on the playback thread; nothing here waits or allocates.
final class SpeechVoice {
    /// Samples of a block: 10 ms of 24 kHz, as long for other rates.
    let block: Int
    /// Samples of a fade: 5 ms, which does not click and is a small part of the time until the user is given the floor.
    private let fade: Int
    private let queue: ReplyQueue
    private let wishes: SpeechWishes
    private var generation = 0
    /// Position of the next sample.
    private var cursor = 0
    /// Where the fade to a hold began: the place to go on from.
    private var holdStart: Int?
    private var gain: Float = 0
    /// The last sample that was given, and how far it has faded: a reply that ends abruptly ends in it.
    private var last: Float = 0
    private var tail: Float = 0
    private var tailLeft = 0
    /// For each of the last blocks, where it began in the reply and how many of its samples are of the reply.
    private let history: UnsafeMutablePointer<(position: Int, count: Int)>
    private static let remembered = 256
    private(set) var blocks = 0
    /// Blocks since there was a reply to be heard.
    var idleBlocks = 0

    init(_ queue: ReplyQueue, _ wishes: SpeechWishes, sampleRate: Int) {
        self.queue = queue
        self.wishes = wishes
        block = sampleRate / 100
        fade = sampleRate / 200
        history = .allocate(capacity: Self.remembered)
        history.initialize(repeating: (0, 0), count: Self.remembered)
    }

    deinit { history.deallocate() }

    /// Fills a block.
    func fill(_ output: UnsafeMutablePointer<Float>) {
        let view = queue.view()
        if view.generation != generation { turn(to: view) }
        let target: Float = view.isStopped || wishes.isHeld ? 0 : 1
        if target > 0, let place = holdStart {
            cursor = place
            holdStart = nil
        }
        if target == 0 && holdStart == nil && gain > 0 { holdStart = cursor }
        let begin = cursor
        let count = readable(view, target)
        for index in 0..<block {
            var value: Float = 0
            if index < count && !(target == 0 && gain <= 0) {
                gain += max(-step, min(step, target - gain))
                value = queue.sample(at: cursor) * gain
                cursor += 1
                last = value
            } else {
                startTail()
                if index >= count { gain = 0 }
            }
            output[index] = value + nextOfTail()
        }
        if count == 0 { gain = 0 }
        idleBlocks = isIdle(view) ? idleBlocks + 1 : 0
        if view.isStopped && gain == 0 { cursor = view.end }
        history[blocks % Self.remembered] = (begin, min(count, cursor - begin))
        blocks += 1
        queue.advance(handed: cursor)
    }

    /// Says that of all samples that were given, `samples` have been heard.
    func heard(_ samples: Int) {
        guard samples >= 0 else { return }
        let index = samples / block
        guard index < blocks else { return queue.advance(heard: min(cursor, holdStart ?? cursor)) }
        let entry = history[max(index, blocks - Self.remembered) % Self.remembered]
        let position = entry.position + min(entry.count, samples % block)
        queue.advance(heard: min(position, holdStart ?? position))
    }

    /// What was given and not heard is lost with its device: the reply goes on where it was last heard.
    func rewind(to samples: Int) {
        heard(samples)
        guard samples >= 0, samples / block < blocks, !queue.view().isStopped else { return }
        let entry = history[max(samples / block, blocks - Self.remembered) % Self.remembered]
        let position = entry.position + min(entry.count, samples % block)
        if position >= queue.view().start && position < cursor { cursor = position }
        holdStart = holdStart.map { min($0, cursor) }
        (gain, last, tailLeft) = (0, 0, 0)
    }

    /// Passes a block's time while there is nobody to hear it.
    func skipUnheard() {
        let view = queue.view()
        if view.generation != generation { turn(to: view) }
        if wishes.isHeld || view.isStopped { return }
        cursor = min(view.end, cursor + block)
        queue.advance(handed: cursor)
        queue.advance(heard: cursor)
    }

    /// Whether nothing of a reply is or will be heard.
    var isIdle: Bool { isIdle(queue.view()) }

    private func isIdle(_ view: ReplyQueue.View) -> Bool {
        guard view.generation == generation else { return false }
        return generation == 0 || view.isStopped || view.finishedEnd >= 0 && cursor >= view.finishedEnd
    }

    private var step: Float { 1 / Float(fade) }

    /// How many samples of the block are of the reply: a block is only begun in the middle of a reply if all of it is there, so that
    /// a slow reply is cut at few places.
    private func readable(_ view: ReplyQueue.View, _ target: Float) -> Int {
        if target == 0 && gain <= 0 { return 0 }
        let there = max(0, view.end - cursor)
        return there >= block || view.finishedEnd >= 0 ? min(there, block) : 0
    }

    private func turn(to view: ReplyQueue.View) {
        generation = view.generation
        cursor = max(cursor, view.start)
        holdStart = nil
        gain = 0
        startTail()
    }

    /// From the last sample down to nothing, where the next one is missing.
    private func startTail() {
        if last == 0 { return }
        tail = last
        tailLeft = fade
        last = 0
    }

    private func nextOfTail() -> Float {
        if tailLeft == 0 { return 0 }
        tailLeft -= 1
        return tail * Float(tailLeft) / Float(fade)
    }
}

/// What is wished of the sound while it plays; set from any thread.
final class SpeechWishes: Sendable {
    private let held = Atomic<Bool>(false)
    /// Calls a loudspeaker that rests.
    let wanted = WakeUp()

    var isHeld: Bool {
        get { held.load(ordering: .relaxed) }
        set { held.store(newValue, ordering: .relaxed) }
    }
}
