import Audio
import Tensors

/// From a question to text and speech: the page of data flow of the whole system.
///
///     speech ── SemanticTokenizer ──┐
///            ── AcousticEncoder ────┼─ Prompt ─ AudioLanguageModel ─┬─ text ids ─ TextTokenizer ─ events
///     text ──── TextTokenizer ──────┘        ▲                      └─ codes ─ Detokenizer ─ sink   (own thread)
///                                            └────── both ids of the last step ──────┘
///
/// Used from one thread at a time. Keeps the history of its conversation until `reset`; what the model has read of it is not
/// read again. Several pipelines may share a model, one after the other.
public final class ResponsePipeline {
    private let model: KimiAudioModel
    private let reader: PromptReader
    /// What was said so far; may be replaced between two replies.
    public var history: ConversationHistory

    /// A conversation with nothing said yet.
    public init(_ model: KimiAudioModel) {
        self.model = model
        reader = PromptReader(model.languageModel)
        history = model.emptyHistory()
    }

    /// Forgets what was said.
    public func reset() {
        history.reset()
        reader.reset()
    }

    /// Speech as the model hears it: 12.5 codes and as many feature vectors a second.
    public func hear(
        _ speech: [Float], cancellation: Cancellation = Cancellation(), spans: SpanRecorder? = nil
    ) throws -> HeardSpeech? {
        let codes = try spans.measure(.hearing, .codes, size: { $0.count }) {
            try model.semanticTokenizer.encode(speech)
        }
        if cancellation.isCancelled { return nil }
        let features = try spans.measure(.hearing, .features, size: { $0.rows }) {
            try model.acousticEncoder.encode(speech)
        }
        return HeardSpeech(codes: codes, features: features)
    }

    /// Reads the history ahead of the next question, so that only the question is left to be read.
    public func prepare(_ output: OutputKind, cancellation: Cancellation = Cancellation()) throws {
        let (prompt, features) = history.prompt(output: output)
        guard prompt.count > 1, prompt.count <= model.limits.longestPrompt(output) else { return }
        // Without the start of the reply: the question stands there.
        let known = prompt.streams.part(0..<prompt.count - 1)
        reader.begin()
        defer { reader.end() }
        _ = try reader.read(
            known, features: Tensor(stacking: features), text: .follow, audio: output == .both ? .follow : .leaveOut,
            cancellation: cancellation)
    }

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
        let spans = request.spans
        spans?.mark(.hearing, .endOfSpeech)
        var reply = Reply()

        // Hear: 12.5 codes and as many feature vectors a second.
        var question = request.writtenMessages.map {
            Message(.user, .text(tokens: model.textTokenizer.encode($0)))
        }
        var features: [Tensor] = []
        if let speech = request.speech {
            guard let heard = try request.heard ?? hear(speech, cancellation: cancellation, spans: spans) else {
                reply.finish = .cancelled
                return reply
            }
            reply.heardCodes = heard.codes
            features.append(heard.features)
            question.append(Message(.user, .audio(codes: heard.codes)))
            reply.timing.hear = start.secondsAgo
            observe(.heard(codes: heard.codes))
        }

        // Read the conversation so far, as far as it is new.
        let turnsBefore = history.turns.count
        let (prompt, allFeatures) = try history.prompt(
            asking: question, features: features, output: request.output,
            limit: model.limits.longestPrompt(request.output))
        reply.promptCount = prompt.count
        var loop = model.replyLoop(request, promptCount: prompt.count)
        reader.begin()
        defer { reader.end() }
        let read = try spans.measure(.languageModel, .prompt, size: { _ in reader.newPositions }) {
            try reader.read(
                prompt.streams, features: Tensor(stacking: allFeatures), text: loop.textWork, audio: loop.audioWork,
                cancellation: cancellation)
        }
        observe(
            .prompt(
                positions: prompt.count, new: reader.newPositions,
                forgottenTurns: turnsBefore - history.turns.count))
        guard var scores = read else {
            reply.finish = .cancelled
            return reply
        }

        // Say it: text and codes in the same steps, the codes behind; the voice works on its own thread.
        var text = StreamingTextDecoder(model.textTokenizer)
        var hasCode = false
        let voice = sink.flatMap { sink in
            request.output == .both
                ? SpokenReply(
                    model.detokenizer, noise: request.noise ?? SeededNoise(seed: request.seed), sink: sink,
                    cancellation: cancellation, spans: spans) : nil
        }
        func show(_ more: String) {
            if more.isEmpty { return }
            if reply.timing.firstText == nil {
                reply.timing.firstText = start.secondsAgo
                spans?.mark(.languageModel, .firstText)
            }
            reply.text += more
            observe(.text(more))
        }
        do {
            while !cancellation.isCancelled, voice?.hasFailed != true, let step = loop.next(scores) {
                observe(.drawn(loop.state.lastDraw))
                if let token = step.text { show(try text.append(token)) }
                if let code = step.code {
                    if !hasCode { spans?.mark(.languageModel, .firstCode) }
                    hasCode = true
                    voice?.append(code)
                }
                guard let feed = step.feed else { break }
                scores = try spans.measure(.languageModel, .step) {
                    try reader.step(feed, text: loop.textWork, audio: loop.audioWork)
                }
            }
        } catch {
            voice?.abandon()
            throw error
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

/// Speech as the model hears it.
public struct HeardSpeech {
    /// Speech codes, 12.5 a second.
    public var codes: [Int]
    /// Acoustic features `[codes, width]`.
    public var features: Tensor

    /// Codes and as many feature vectors.
    public init(codes: [Int], features: Tensor) {
        self.codes = codes
        self.features = features
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
