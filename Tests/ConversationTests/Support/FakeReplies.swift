import Audio
import Conversation
import KimiAudio
import Synchronization

/// A model that replies what its order says, at a given speed in virtual time.
///
/// The reply is a function of the order alone, as that of the real one.
final class FakeReplies: ReplyMaker {
    /// Codes whose sound is silence.
    static let breath = 4097

    /// How fast it works; seconds.
    struct Speed: Sendable {
        var hearing = 0.05
        var reading = 0.02
        var step = 0.01
        /// For each code of a chunk, before the chunk's sound is there.
        var soundPerCode = 0.005
        var transcript = 0.1
    }

    struct Broken: Error {}

    let sampleRate = 2400
    /// A tenth of the real ones: copying sound is what these tests would spend their time on.
    let samplesPerCode = 192
    static let codesPerChunk = 4
    static let delay = 6

    /// Codes of silence that a reply begins with.
    private let breaths: Int
    private let time: VirtualTime
    private let speed: Speed
    /// Steps of the reply to an order.
    private let steps: @Sendable (ReplyOrder) -> Int
    /// Step at which the work on an order fails.
    private let failure: @Sendable (ReplyOrder) -> Int?
    private let state = Mutex(State())

    private struct State {
        var orders: [ReplyOrder] = []
        var prepared: [[PastTurn]] = []
        var jobs: [Job] = []
        var isBusy = false
    }

    private struct Work: Sendable {
        let seconds: Double
        var work: @Sendable () -> Void = {}
    }

    /// Stages with the time each takes; the last one always happens.
    private struct Job: Sendable {
        var stages: [Work]
        let cancellation: Cancellation
        let end: @Sendable (_ isCancelled: Bool) -> Void
    }

    init(
        _ time: VirtualTime, speed: Speed = Speed(), breaths: Int = 0,
        steps: @escaping @Sendable (ReplyOrder) -> Int = { _ in 40 },
        failure: @escaping @Sendable (ReplyOrder) -> Int? = { _ in nil }
    ) {
        self.time = time
        self.speed = speed
        self.breaths = breaths
        self.steps = steps
        self.failure = failure
    }

    /// All orders so far.
    var orders: [ReplyOrder] { state.withLock { $0.orders } }
    /// All contexts that were read ahead.
    var prepared: [[PastTurn]] { state.withLock { $0.prepared } }
    var isBusy: Bool { state.withLock { $0.isBusy } }

    func longestPrompt(_ mode: ReplyMode) -> Int { 1280 }

    func prepare(_ context: [PastTurn], mode: ReplyMode, cancellation: Cancellation) {
        state.withLock { $0.prepared.append(context) }
        add(Job(stages: [Work(seconds: speed.reading)], cancellation: cancellation, end: { _ in }))
    }

    func transcribe(
        _ utterance: Utterance, cancellation: Cancellation, done: @escaping @Sendable (String?) -> Void
    ) {
        let words = Self.words(utterance)
        add(
            Job(stages: [Work(seconds: speed.transcript)], cancellation: cancellation, end: { done($0 ? nil : words) }))
    }

    func make(
        _ order: ReplyOrder, cancellation: Cancellation, report: @escaping @Sendable (ReplyReport) -> Void
    ) {
        state.withLock { $0.orders.append(order) }
        let made = reply(to: order)
        var stages: [Work] = []
        if case .spoken(let utterance) = order.question {
            if order.transcribesFirst {
                stages.append(Work(seconds: speed.transcript) { report(.transcript(Self.words(utterance))) })
            }
            stages.append(Work(seconds: speed.hearing) { report(.heard(codes: made.heardCodes)) })
        }
        let context = context(of: order)
        stages.append(Work(seconds: speed.reading) { report(.prompt(context: context, positions: made.promptCount)) })
        let failure = failure(order)
        var told = 0
        for step in 0..<steps(order) {
            if step == failure { break }
            let draw = Self.draw(step, made, order.mode)
            stages.append(Work(seconds: speed.step) { report(.drawn(draw)) })
            if let token = draw.token {
                stages.append(Work(seconds: 0) { report(.text(Self.spelling(token, at: step))) })
            }
            if draw.code != nil, (step - Self.delay) % Self.codesPerChunk == Self.codesPerChunk - 1 {
                let chunk = Self.sound(made.codes[told..<told + Self.codesPerChunk], samplesPerCode)
                told += Self.codesPerChunk
                stages.append(Work(seconds: speed.soundPerCode * Double(Self.codesPerChunk)) { report(.sound(chunk)) })
            }
        }
        if failure == nil, told < made.codes.count {
            let chunk = Self.sound(made.codes[told...], samplesPerCode)
            stages.append(Work(seconds: speed.soundPerCode * Double(made.codes.count - told)) { report(.sound(chunk)) })
        }
        add(
            Job(stages: stages, cancellation: cancellation) { isCancelled in
                if isCancelled {
                    var cut = made
                    cut.finish = .cancelled
                    report(.finished(cut))
                } else if failure != nil {
                    report(.failed(Broken()))
                } else {
                    report(.finished(made))
                }
            })
    }

    // ------------------------------------------------------------------------------------------ what is replied

    /// The whole reply to an order.
    func reply(to order: ReplyOrder) -> Reply {
        var reply = Reply()
        let steps = steps(order)
        var numbers = RandomNumbers(seed: order.seed, stream: UInt64(order.context.count))
        if case .spoken(let utterance) = order.question {
            reply.heardCodes = stride(from: 0, to: utterance.samples.count, by: 1280).map { $0 / 1280 }
        }
        reply.promptCount = 10 + reply.heardCodes.count
        let tokens = order.mode == .text ? steps : steps / 2
        for index in 0..<tokens {
            let token = Int(numbers.next() % 100)
            reply.textTokens.append(token)
            reply.text += Self.spelling(token, at: index)
        }
        reply.textIDs = reply.textTokens
        if order.mode == .speech {
            for _ in 0..<max(0, steps - Self.delay) { reply.codes.append(1000 + Int(numbers.next() % 3000)) }
            for code in 0..<min(breaths, reply.codes.count) { reply.codes[code] = Self.breath }
            reply.audioIDs = reply.codes
            reply.sampleCount = reply.codes.count * samplesPerCode
        }
        return reply
    }

    /// The sound of a whole reply.
    func sound(of reply: Reply) -> [Float] { Self.sound(reply.codes[...], samplesPerCode) }

    static func words(_ utterance: Utterance) -> String { "heard \(utterance.samples.count)" }

    private static func spelling(_ token: Int, at index: Int) -> String { (index == 0 ? "w" : " w") + "\(token)" }

    private static func sound(_ codes: ArraySlice<Int>, _ samplesPerCode: Int) -> [Float] {
        codes.flatMap { [Float](repeating: $0 == breath ? 0.001 : Float($0) / 4096, count: samplesPerCode) }
    }

    private static func draw(_ step: Int, _ made: Reply, _ mode: ReplyMode) -> ReplyDraw {
        var draw = ReplyDraw()
        if step < made.textTokens.count {
            draw.textID = made.textTokens[step]
            draw.token = draw.textID
        }
        if mode == .speech, step >= delay {
            draw.audioID = made.codes[step - delay]
            draw.code = draw.audioID
        }
        return draw
    }

    /// No more than four turns fit.
    private func context(of order: ReplyOrder) -> [Int] { order.context.map(\.turn).suffix(4) }

    // ------------------------------------------------------------------------------------------ one job after the other

    private func add(_ job: Job) {
        let isFirst = state.withLock { state in
            state.jobs.append(job)
            defer { state.isBusy = true }
            return !state.isBusy
        }
        if isFirst { work() }
    }

    private func work() {
        let stage = state.withLock { state in state.jobs.first.flatMap { $0.stages.first } }
        time.after(stage?.seconds ?? 0) { [self] in
            let (job, isDone) = state.withLock { state in
                let job = state.jobs[0]
                let isDone = job.cancellation.isCancelled || job.stages.isEmpty
                if isDone { state.jobs.removeFirst() } else { state.jobs[0].stages.removeFirst() }
                return (job, isDone)
            }
            if isDone { job.end(job.cancellation.isCancelled) } else { job.stages.first?.work() }
            let goesOn = state.withLock { state in
                state.isBusy = !state.jobs.isEmpty
                return state.isBusy
            }
            if goesOn { work() }
        }
    }
}
