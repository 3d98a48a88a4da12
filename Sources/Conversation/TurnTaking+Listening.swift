import Audio

extension TurnTaking {
    /// What the ears heard, when they had heard `position` samples.
    mutating func listen(_ event: ListeningEvent, at position: Int) {
        if isClosed { return }
        switch event {
        case .began(let id): began(id)
        case .paused(let utterance): paused(utterance)
        case .resumed(let id): if hearing?.utterance == id { dropAhead() }
        case .ended(let utterance): ended(utterance, at: position)
        case .reopened(let id): reopened(id)
        case .discarded(let id): discarded(id)
        case .suspected: suspected()
        case .confirmed: confirmed()
        case .rejected: rejected()
        }
        settle()
    }

    private mutating func suspected() {
        // The mouth is silent already; where there is no reply any more, `settle` lets it go again.
        isMouthHeld = nil
        if reply != nil { overlap.suspected = events.now }
    }

    private mutating func began(_ id: Int) {
        guard let reply else { return beginTurn(speaking: id) }
        overlap.utterance = id
        if overlap.confirmed != nil {
            interrupt()
        } else if !isHeard(reply) {
            // Perhaps the user goes on before the reply is heard: it waits for what this will be.
            overlap.holdsReply = true
        }
    }

    private mutating func paused(_ utterance: Utterance) {
        if utterance.id == ignored { return }
        if overlap.utterance == utterance.id, overlap.holdsReply { interrupt() }
        guard let hearing, hearing.utterance == utterance.id else { return }
        prepareReply(to: utterance, turn: hearing.turn)
    }

    private mutating func ended(_ utterance: Utterance, at position: Int) {
        if utterance.id == ignored { return }
        // Also without a beginning, if that was taken for something else: what was said in full is a turn.
        if reply != nil { interrupt() }
        if hearing?.utterance != utterance.id { beginTurn(speaking: utterance.id) }
        guard let turn = hearing?.turn else { return }
        if utterance.samples.isEmpty { return withdrawQuestion() }
        let silence = Double(max(0, position - utterance.endOfSpeech)) / Double(VoiceFrame.sampleRate)
        ask(.spoken(utterance), turn: turn, endOfSpeech: events.now - silence, isSpeechOver: true)
    }

    private mutating func reopened(_ id: Int) {
        if let reply, reply.utterance == id, !reply.isRepeat, !isHeard(reply) {
            takeBack()
        } else if reply != nil {
            overlap.utterance = id
            interrupt()
        }
        if hearing?.utterance != id { beginTurn(speaking: id) }
    }

    private mutating func discarded(_ id: Int) {
        if id == ignored { ignored = nil }
        if overlap.utterance == id { overlap = Overlap() }
        if hearing?.utterance == id { withdrawQuestion() }
        useIdleModel()
    }

    private mutating func confirmed() {
        guard reply != nil else { return }
        overlap.confirmed = events.now
        if overlap.utterance != nil { interrupt() }
    }

    private mutating func rejected() {
        overlap.suspected = nil
        overlap.confirmed = nil
    }

    /// Whether the user has heard or read something of the reply that cannot be taken back.
    private func isHeard(_ reply: OpenReply) -> Bool { reply.hasSound && (mouth?.played ?? 0) > 0 }
}
