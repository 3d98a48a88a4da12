import Audio
import KimiAudio

/// The model as the conversation's partner: makes replies on a thread of its own.
public final class KimiReplies: ReplyMaker {
    /// Samples a second of the speech it makes.
    public let sampleRate: Int
    /// Samples of one speech code.
    public let samplesPerCode: Int
    private let limits: ReplyLimits
    private let thread: ModelThread<TurnPipeline>

    /// Takes a loaded model, which nobody else may use from here on.
    public init(_ model: sending KimiAudioModel) {
        sampleRate = model.detokenizer.sampleRate
        samplesPerCode = model.detokenizer.samplesPerCode
        limits = model.limits
        thread = ModelThread(name: "parley.model", TurnPipeline(model))
    }

    /// Most positions of a prompt.
    public func longestPrompt(_ mode: ReplyMode) -> Int { limits.longestPrompt(mode.output) }

    /// Reads the context ahead; what fails here fails again with the reply, which reports it.
    public func prepare(_ context: [PastTurn], mode: ReplyMode, cancellation: Cancellation) {
        thread.perform { pipeline in
            if cancellation.isCancelled { return }
            try? pipeline.prepare(context, mode: mode, cancellation: cancellation)
        }
    }

    /// Makes a reply.
    public func make(
        _ order: ReplyOrder, cancellation: Cancellation, report: @escaping @Sendable (ReplyReport) -> Void
    ) {
        thread.perform { pipeline in
            do {
                if order.transcribesFirst, case .spoken(let utterance) = order.question,
                    let text = try pipeline.transcribe(utterance, cancellation: cancellation)
                {
                    report(.transcript(text))
                }
                let sink = ReportingSink(sampleRate: self.sampleRate, report: report)
                let reply = try pipeline.run(order, sink: sink, cancellation: cancellation) { event in
                    report(ReplyReport(event, of: order))
                }
                report(.finished(reply))
            } catch {
                report(.failed(error))
            }
        }
    }

    /// Writes down what was said.
    public func transcribe(
        _ utterance: Utterance, cancellation: Cancellation, done: @escaping @Sendable (String?) -> Void
    ) {
        thread.perform { pipeline in
            done((try? pipeline.transcribe(utterance, cancellation: cancellation)) ?? nil)
        }
    }
}

extension ReplyReport {
    /// What an event of the pipeline means to the conversation.
    fileprivate init(_ event: ReplyEvent, of order: ReplyOrder) {
        switch event {
        case .heard(let codes): self = .heard(codes: codes)
        case .prompt(let positions, _, let forgotten):
            self = .prompt(
                context: order.context.map(\.turn).suffix(order.context.count - forgotten), positions: positions)
        case .drawn(let draw): self = .drawn(draw)
        case .text(let text): self = .text(text)
        }
    }
}

/// Reports sound as it is made.
private final class ReportingSink: AudioSink {
    let sampleRate: Int
    private let report: @Sendable (ReplyReport) -> Void

    init(sampleRate: Int, report: @escaping @Sendable (ReplyReport) -> Void) {
        self.sampleRate = sampleRate
        self.report = report
    }

    func append(_ samples: [Float]) throws { report(.sound(samples)) }
    func finish() throws {}
    func cancel() {}
}
