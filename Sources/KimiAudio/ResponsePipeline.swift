import Audio
import Tensors

/// From a question to text and speech: the page of data flow of the whole system.
///
///     speech ── SemanticTokenizer ──┐
///            ── AcousticEncoder ────┼─ Prompt ─ AudioLanguageModel ─┬─ text ids ─ TextTokenizer ─ events
///     text ──── TextTokenizer ──────┘        ▲                      └─ codes ─ Detokenizer ─ sink   (own thread)
///                                            └────── both ids of the last step ──────┘
///
/// Used from one thread at a time. Keeps the history of its conversation until `reset`.
public final class ResponsePipeline {
    private let model: KimiAudioModel
    private var history: ConversationHistory

    /// A conversation with nothing said yet.
    public init(_ model: KimiAudioModel) {
        self.model = model
        history = model.emptyHistory()
    }

    /// Forgets what was said.
    public func reset() { history.reset() }

    /// Makes one reply.
    ///
    /// - Parameters:
    ///   - request: the question and how to answer it.
    ///   - sink: where speech goes as it is made; nil drops it. It is neither finished nor cancelled here.
    ///   - cancellation: looked at once a step.
    ///   - observe: told what happens, on the calling thread.
    public func run(
        _ request: ReplyRequest, sink: (any AudioSink)? = nil, cancellation: Cancellation = Cancellation(),
        observe: (ReplyEvent) -> Void = { _ in }
    ) throws -> Reply {
        let start = ContinuousClock.now
        var reply = Reply()

        // Hear: 12.5 codes and as many feature vectors a second.
        var question = request.writtenMessages.map {
            Message(.user, .text(tokens: model.textTokenizer.encode($0)))
        }
        var features: [Tensor] = []
        if let speech = request.speech {
            reply.heardCodes = try model.semanticTokenizer.encode(speech)
            features.append(try model.acousticEncoder.encode(speech))
            question.append(Message(.user, .audio(codes: reply.heardCodes)))
            reply.timing.hear = start.secondsAgo
            observe(.heard(codes: reply.heardCodes.count))
        }

        // Read the conversation so far.
        let (prompt, allFeatures) = try history.prompt(
            asking: question, features: features, output: request.output,
            limit: model.limits.longestPrompt(request.output))
        reply.promptCount = prompt.count
        var loop = model.replyLoop(request, promptCount: prompt.count)
        model.languageModel.reset()
        var scores = try model.languageModel.prefill(
            prompt.streams, features: Tensor(stacking: allFeatures), text: loop.textWork, audio: loop.audioWork)

        // Say it: text and codes in the same steps, the codes behind; the voice works on its own thread.
        var text = StreamingTextDecoder(model.textTokenizer)
        let voice = sink.flatMap { sink in
            request.output == .both
                ? SpokenReply(
                    model.detokenizer, noise: request.noise ?? SeededNoise(seed: request.seed), sink: sink,
                    cancellation: cancellation) : nil
        }
        func show(_ more: String) {
            if more.isEmpty { return }
            if reply.timing.firstText == nil { reply.timing.firstText = start.secondsAgo }
            reply.text += more
            observe(.text(more))
        }
        while !cancellation.isCancelled, voice?.hasFailed != true, let step = loop.next(scores) {
            if let token = step.text { show(try text.append(token)) }
            if let code = step.code { voice?.append(code) }
            guard let feed = step.feed else { break }
            scores = try model.languageModel.step(
                audio: feed.audio, text: feed.text, text: loop.textWork, audio: loop.audioWork)
        }
        show(text.finish())
        if let spoken = try voice?.finish() {
            reply.sampleCount = spoken.samples
            reply.timing.firstAudio = spoken.firstSound.map { ($0 - start).seconds }
        }

        reply.textTokens = loop.state.textTokens
        reply.codes = loop.state.codes
        reply.textIDs = Array(loop.state.textIDs)
        reply.audioIDs = Array(loop.state.audioIDs)
        reply.finish = cancellation.isCancelled ? .cancelled : loop.state.end == .length ? .length : .end
        remember(question, features, reply, request.output)
        reply.timing.total = start.secondsAgo
        return reply
    }

    /// Keeps the exchange for the next question; a reply that was cut short is kept as far as it came.
    private func remember(_ question: [Message], _ features: [Tensor], _ reply: Reply, _ output: OutputKind) {
        if question.isEmpty { return }
        let content: Message.Content =
            output == .both
            ? .audioText(codes: reply.codes, tokens: reply.textTokens) : .text(tokens: reply.textTokens)
        history.append(ConversationTurn(question: question, features: features, reply: Message(.assistant, content)))
    }
}

extension Duration {
    /// The duration in seconds.
    var seconds: Double { Double(components.seconds) + Double(components.attoseconds) * 1e-18 }
}

extension ContinuousClock.Instant {
    /// Seconds since this moment.
    var secondsAgo: Double { (ContinuousClock.now - self).seconds }
}
