import Audio
import Foundation
import Synchronization

/// The speaking half of a reply: speech codes become sound on a thread of their own while the language model goes on.
///
/// `append` and `finish` are called from the model's thread; the detokenizer and the sink are only touched on the queue.
final class SpokenReply: @unchecked Sendable {
    // Unchecked: `detokenizer`, `sink`, `samples`, `firstSound` and `playedUntil` belong to the serial queue; they are read after `finish`
    // has waited for it. `failure` is behind a lock.
    private let detokenizer: Detokenizer
    private let sink: any AudioSink
    private let cancellation: Cancellation
    private let queue = DispatchQueue(label: "parley.voice")
    private let failure = Mutex<(any Error)?>(nil)
    private var samples = 0
    private var firstSound: ContinuousClock.Instant?
    /// When a loudspeaker that began with the first sound has played what it has.
    private var playedUntil: ContinuousClock.Instant?
    private let spans: SpanRecorder?

    init(
        _ detokenizer: Detokenizer, noise: any NoiseSource, sink: any AudioSink, cancellation: Cancellation,
        spans: SpanRecorder?
    ) {
        self.spans = spans
        detokenizer.spans = spans
        self.detokenizer = detokenizer
        self.sink = sink
        self.cancellation = cancellation
        detokenizer.begin(noise: noise)
    }

    /// Whether speaking has failed; `finish` throws the reason.
    var hasFailed: Bool { failure.withLock { $0 != nil } }

    /// Takes the next code of the reply.
    func append(_ code: Int) {
        queue.async { [self] in attempt { try write(detokenizer.append([code])) } }
    }

    /// Speaks what is left and waits until the sink has everything, or, when cancelled, only for the call in progress.
    func finish() throws -> (samples: Int, firstSound: ContinuousClock.Instant?) {
        queue.sync { attempt { try write(detokenizer.finish()) } }
        if let error = failure.withLock({ $0 }) { throw error }
        return (samples, firstSound)
    }

    /// Speaks nothing more; waits for the call in progress, so that the detokenizer is free.
    func abandon() {
        failure.withLock { if $0 == nil { $0 = CancellationError() } }
        queue.sync {}
    }

    private func attempt(_ work: () throws -> Void) {
        if hasFailed || cancellation.isCancelled { return }
        do { try work() } catch { failure.withLock { $0 = error } }
    }

    private func write(_ sound: [Float]) throws {
        if sound.isEmpty { return }
        if firstSound == nil { firstSound = ContinuousClock.now }
        if let spans { play(sound.count, spans) }
        try sink.append(sound)
        samples += sound.count
    }

    /// A piece is heard from when it is there and the one before it is over.
    private func play(_ count: Int, _ spans: SpanRecorder) {
        let now = ContinuousClock.now
        let begin = max(now, playedUntil ?? now)
        let end = begin + .seconds(Double(count) / Double(sink.sampleRate))
        spans.add(.playback, .sound, from: begin, to: end, size: count)
        playedUntil = end
    }
}
