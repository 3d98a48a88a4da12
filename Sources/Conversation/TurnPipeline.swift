import Audio
import KimiAudio
import Tensors

/// Makes the replies of a conversation's turns from their orders alone.
///
/// The live conversation, and running a recorded turn again, are both this: an order says everything a reply follows from. What
/// was heard and read before is only kept to save time. Used from one thread at a time.
public final class TurnPipeline {
    private let model: KimiAudioModel
    private let turns: ResponsePipeline
    private let transcripts: ResponsePipeline
    /// Questions as they were heard, by turn: the present one and those of its context.
    private(set) var heard: [Int: (samples: [Float], speech: HeardSpeech)] = [:]

    /// A pipeline over a loaded model.
    public init(_ model: KimiAudioModel) {
        self.model = model
        turns = ResponsePipeline(model)
        transcripts = ResponsePipeline(model)
    }

    /// Makes the reply to one order, on the calling thread.
    ///
    /// - Parameters:
    ///   - order: the question, its context, and how to answer.
    ///   - sink: where speech goes as it is made; nil drops it.
    ///   - cancellation: looked at once a step.
    ///   - observe: told what happens, on the calling thread.
    public func run(
        _ order: ReplyOrder, sink: (any AudioSink)? = nil, cancellation: Cancellation = Cancellation(),
        observe: (ReplyEvent) -> Void = { _ in }
    ) throws -> Reply {
        let start = ContinuousClock.now
        var request = ReplyRequest(output: order.mode.output)
        request.seed = order.seed
        request.stepLimit = order.longestReply
        request.sampling = order.sampling
        guard try recall(order.context, order.instruction, cancellation) else { return .cancelled }
        request.writtenMessages = order.instruction.map { [$0] } ?? []
        switch order.question {
        case .written(let text): request.writtenMessages.append(text)
        case .spoken(let utterance):
            guard let speech = try hear(utterance, turn: order.turn, cancellation) else { return .cancelled }
            request.speech = utterance.samples
            request.heard = speech
        }
        let heard = (ContinuousClock.now - start) / .seconds(1)
        var reply = try turns.run(request, sink: sink, cancellation: cancellation, observe: observe)
        if request.speech != nil { reply.timing.shift(by: heard) }
        return reply
    }

    /// Reads the context of the next order ahead.
    func prepare(_ context: [PastTurn], mode: ReplyMode, cancellation: Cancellation) throws {
        guard try recall(context, nil, cancellation) else { return }
        try turns.prepare(mode.output, cancellation: cancellation)
    }

    /// Writes down what was said; nil if cancelled.
    func transcribe(_ utterance: Utterance, cancellation: Cancellation) throws -> String? {
        let known = heard.values.first { $0.samples == utterance.samples }?.speech
        guard let speech = try known ?? transcripts.hear(utterance.samples, cancellation: cancellation) else {
            return nil
        }
        var request = ReplyRequest(output: .text)
        request.writtenMessages = [model.transcription.text(for: .english)]
        request.speech = utterance.samples
        request.heard = speech
        request.stepLimit = TranscriptLimit.steps(samples: utterance.samples.count)
        transcripts.history.reset()
        let reply = try transcripts.run(request, cancellation: cancellation)
        return reply.finish == .cancelled ? nil : TranscriptLimit.text(of: reply)
    }

    // ------------------------------------------------------------------------------------------ what was said before

    /// Puts the context into the pipeline's history, hearing again what is not known; false if cancelled.
    private func recall(_ context: [PastTurn], _ instruction: String?, _ cancellation: Cancellation) throws -> Bool {
        let before = instruction.map { [Message(.user, .text(tokens: model.textTokenizer.encode($0)))] } ?? []
        // The newest question is the one that may come once more: as a transcript, or as context.
        var wanted = Set(context.map(\.turn))
        if let newest = heard.keys.max() { wanted.insert(newest) }
        heard = heard.filter { wanted.contains($0.key) }
        var history = model.emptyHistory()
        for turn in context {
            var message: Message
            var features: [Tensor] = []
            switch turn.question {
            case .written(let text): message = Message(.user, .text(tokens: model.textTokenizer.encode(text)))
            case .spoken(let utterance):
                guard let speech = try hear(utterance, turn: turn.turn, cancellation) else { return false }
                message = Message(.user, .audio(codes: speech.codes))
                features = [speech.features]
            }
            history.append(ConversationTurn(question: before + [message], features: features, reply: turn.message))
        }
        turns.history = history
        return true
    }

    private func hear(_ utterance: Utterance, turn: Int, _ cancellation: Cancellation) throws -> HeardSpeech? {
        if let known = heard[turn], known.samples == utterance.samples { return known.speech }
        guard let speech = try turns.hear(utterance.samples, cancellation: cancellation) else { return nil }
        heard[turn] = (utterance.samples, speech)
        return speech
    }
}

extension ReplyMode {
    /// What the model is asked for.
    var output: OutputKind { self == .speech ? .both : .text }
}

extension PastTurn {
    /// The reply as the model is shown it; nil if nothing of it was heard.
    var message: Message? {
        if keptTokens.isEmpty && keptCodes.isEmpty { return nil }
        return Message(
            .assistant,
            mode == .speech ? .audioText(codes: keptCodes, tokens: keptTokens) : .text(tokens: keptTokens))
    }
}

extension Reply {
    /// A reply that was given up before it began.
    static var cancelled: Reply {
        var reply = Reply()
        reply.finish = .cancelled
        return reply
    }
}

extension ReplyTiming {
    /// Counts from `seconds` earlier.
    mutating func shift(by seconds: Double) {
        hear += seconds
        firstText = firstText.map { $0 + seconds }
        firstAudio = firstAudio.map { $0 + seconds }
        total += seconds
    }
}
